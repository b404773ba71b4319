"""Policies written as documents: one policy has one text. The form is described in `docs/formats/policy.md`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from obq_privacy.policy._check import vocabulary
from obq_privacy.policy._forms import ALL, FORMAT, OF
from obq_privacy.policy._scopes import purpose_text, sensitivity_name, type_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from obq_privacy.policy._clauses import Exemption
    from obq_privacy.policy._forms import Contract, Entry, Exempt, Kept, Origin, Party, Rule, Word
    from obq_privacy.policy._minors import Minors
    from obq_privacy.policy._policy import LevelKey, Policy
    from obq_privacy.policy._rules import PurposeRule, Retention
    from obq_privacy.vocab import Agreement, AnyItem, Level, Purpose, Recipient, ThirdPartySource


def dumps(policy: Policy) -> str:
    """Give the document of a policy. The order of declarations makes no difference."""
    import json  # noqa: PLC0415  only programs that read or write documents need it

    return json.dumps(document(policy), ensure_ascii=False, indent=2) + "\n"


def document(policy: Policy) -> dict[str, object]:
    """Give what the document of a policy holds."""
    contact, rest = policy.contact, policy.refusal_rest
    return {
        "format": FORMAT,
        "version": policy.version,
        "controller": policy.controller,
        "home_region": policy.home_region,
        "contact": None if contact is None else contact._asdict(),
        "minors": _minors(policy.minors),
        "levels": _levels(policy.levels),
        "vocabulary": [word(purpose) for purpose in vocabulary(policy)],
        "purposes": sorted((_rule(rule) for rule in policy.purposes), key=_key),
        "items": sorted((entry(item) for item in policy.items), key=_key),
        "retention": sorted((_kept(kept) for kept in policy.retention), key=_kept_key),
        "recipients": sorted((party(recipient) for recipient in policy.recipients), key=_key),
        "sources": sorted((origin(source) for source in policy.sources), key=_key),
        "exemptions": sorted((_exempt(exemption) for exemption in policy.exemptions), key=_basis),
        "smallest_group": policy.smallest_group,
        "answer_within_seconds": seconds(policy.answer_within),
        "refusal_rest_seconds": None if rest is None else seconds(rest),
        "machine_refusal": policy.machine_refusal,
    }


def seconds(period: dt.timedelta) -> int:
    """Give whole seconds."""
    return period // dt.timedelta(seconds=1)


def _key(part: Word | Rule | Entry | Party | Origin) -> str:
    return part["key"]


def _basis(part: Exempt) -> str:
    return part["basis"]


def _kept_key(part: Kept) -> tuple[str, str]:
    return part["item"], part["purpose"] or ""


def _minors(minors: Minors) -> dict[str, object]:
    return {
        "sensitive_age": minors.sensitive_age,
        "sensitive_inclusive": minors.sensitive_inclusive,
        "guardian_age": minors.guardian_age,
        "guardian_inclusive": minors.guardian_inclusive,
        "majority": minors.majority,
        "guardian_until_majority": sorted(minors.guardian_until_majority),
        "guardian_operations": sorted(minors.guardian_operations),
        "approval": minors.approval,
        "counted_from": minors.counted_from,
        "leap_day": minors.leap_day,
        "zone": minors.zone,
        "unknown": minors.unknown,
    }


def _levels(levels: Mapping[LevelKey, Level]) -> list[dict[str, str]]:
    names = {of: name for name, of in OF.items()}
    rows: list[tuple[str, str, str]] = []
    for key, level in levels.items():
        of, operation = (key[0], key[1].value) if isinstance(key, tuple) else (key, ALL)
        rows.append((names[of], operation, level.name.lower()))
    return [{"of": of, "operation": operation, "level": level} for of, operation, level in sorted(rows)]


def word(purpose: type[Purpose]) -> Word:
    """Give what the document says of a purpose as such."""
    wider = purpose.lineage[1:2]
    return {
        "key": purpose.key,
        "title": purpose.title,
        "text": purpose_text(purpose),
        "clause": purpose.clause,
        "parent": wider[0].key if wider else None,
        "dpv": sorted(set(purpose.dpv)),
        "fides": sorted(set(purpose.fides)),
    }


def _rule(rule: PurposeRule) -> Rule:
    return {
        "key": rule.purpose.key,
        "kind": rule.kind.value,
        "necessary": sorted(item.key for item in rule.necessary),
        "optional": sorted(item.key for item in rule.optional),
        "requires": sorted(purpose.key for purpose in rule.requires),
        "shared": sorted(item.key for item in rule.shared),
        "choice": rule.choice,
        "roles": sorted(rule.roles),
        "alternative": rule.alternative,
        "permission": rule.permission,
        "user_initiated": rule.user_initiated,
        "signal": rule.signal,
    }


def entry(item: AnyItem) -> Entry:
    """Give what the document says of an item."""
    return {
        "key": item.key,
        "title": item.title,
        "clause": item.clause,
        "sensitivity": sensitivity_name(item.sensitivity),
        "category": item.category.value,
        "type": type_name(item.kind),
        "purposes": sorted(purpose.key for purpose in item.purposes),
        "exact": item.exact,
        "encrypt": item.encrypt,
        "codec": _callable_name(item.codec),
        "validate": _callable_name(item.validate),
        "mask": _callable_name(item.mask),
        "dpv": sorted(set(item.dpv)),
        "fides": sorted(set(item.fides)),
    }


def _callable_name(thing: object) -> str | None:
    """Give `module:name` of a function or class; of another object, that of its class."""
    if thing is None:
        return None
    named: object = thing if hasattr(thing, "__qualname__") else type(thing)
    module: object = getattr(named, "__module__", None) or getattr(thing, "__objclass__", type(thing)).__module__
    return f"{module}:{cast('type', named).__qualname__}"


def _kept(kept: Retention) -> Kept:
    return {
        "item": kept.item.key,
        "purpose": None if kept.purpose is None else kept.purpose.key,
        "after": kept.after.value,
        "keep_seconds": seconds(kept.keep),
        "at_least_seconds": None if kept.at_least is None else seconds(kept.at_least),
    }


def party(recipient: Recipient[Any]) -> Party:
    """Give what the document says of a recipient."""
    check, key = recipient.check, recipient.public_key
    return {
        "key": recipient.key,
        "title": recipient.title,
        "clause": recipient.clause,
        "purposes": sorted(purpose.key for purpose in recipient.purposes),
        "kind": recipient.kind.value,
        "role": recipient.role.value,
        "region": recipient.region,
        "items": sorted(item.key for item in recipient.items),
        "agreement": _contract(recipient.agreement),
        "follows_policy": recipient.follows_policy,
        "sdk": recipient.sdk,
        "check": None if check is None else {"on": check.on.isoformat(), "until": check.until.isoformat()},
        "public_key": None if key is None else _base64(key),
    }


def _base64(data: bytes) -> str:
    from base64 import b64encode  # noqa: PLC0415  only documents of policies with public keys need it

    return b64encode(data).decode("ascii")


def origin(source: ThirdPartySource) -> Origin:
    """Give what the document says of a source."""
    return {
        "key": source.key,
        "title": source.title,
        "clause": source.clause,
        "region": source.region,
        "undertaking": _contract(source.undertaking),
    }


def _contract(agreement: Agreement | None) -> Contract | None:
    if agreement is None:
        return None
    return {
        "reference": agreement.reference,
        "since": agreement.since.isoformat(),
        "until": agreement.until.isoformat(),
    }


def _exempt(exemption: Exemption) -> Exempt:
    return {
        "basis": exemption.basis.value,
        "operations": sorted(operation.value for operation in exemption.operations),
        "deidentified": exemption.deidentified,
        "clause": exemption.clause,
    }
