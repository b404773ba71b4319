"""The records of processing: what the policy declares, with what was recorded of it, as one plain form."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.policy import Kind, purpose_text
from obq_privacy.rights._volumes import Volume
from obq_privacy.vocab import AnyItem, AnyRecipient, LegalBasis, Operation, RecipientKind, Sensitivity

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable

    from obq_privacy.policy import Policy, PurposeRule, Retention
    from obq_privacy.rights._steps import Json
    from obq_privacy.rights._volumes import Volumes
    from obq_privacy.vocab import Agreement, SecurityCheck

Form = dict[str, "Json"]

SAFEGUARDS: Final = (
    "Sensitive values are encrypted with a key of their subject from the moment of collection, in memory and storage.",
    "Every use is decided for a purpose and recorded before a value opens; what the policy is silent on is refused.",
    "The record is chained, so that changes, gaps and cuts are found.",
    "Erasing a subject destroys the key.",
)
"""What protects every value, whatever the policy says."""

_NONE: Final = Volume()


def processing(policy: Policy, found: Volumes, at: dt.datetime) -> Form:
    """Give everything that is declared, with its volumes."""
    return {
        "purposes": [_purpose(policy, rule, found) for rule in policy.purposes],
        "items": [_item(policy, item, found) for item in sorted(policy.items, key=lambda item: item.key)],
        "recipients": [_recipient(policy, one, found, at) for one in policy.recipients],
        "sources": [
            {
                "key": source.key,
                "title": source.title,
                "region": source.region,
                "undertaking": _agreement(policy, source.undertaking, at),
                "clause": source.clause or "",
            }
            for source in policy.sources
        ],
        "exemptions": [
            {
                "basis": one.basis.value,
                "operations": sorted(operation.value for operation in one.operations),
                "deidentified": one.deidentified,
                "clause": one.clause,
                "invoked": found.all.bases[one.basis.value],
            }
            for one in policy.exemptions
        ],
        "undeclared": [{"purpose": key, **_volume(one)} for key, one in sorted(found.undeclared.items())],
        "safeguards": SAFEGUARDS,
    }


class Way(NamedTuple):
    """A way by which data of a purpose may leave.

    Attributes:
        recipient: to whom.
        operation: how; what is shared is not named again as what may be transferred.
        items: what.
    """

    recipient: AnyRecipient
    operation: Operation
    items: tuple[AnyItem, ...]


def going(policy: Policy, rule: PurposeRule) -> list[Way]:
    """Give who may get what for a purpose, and how: shared, transferred, or because it is made public."""
    ways: list[Way] = []
    for recipient in policy.recipients:
        narrower = any(policy.rule(purpose) is rule for purpose in recipient.purposes)
        if not narrower and not recipient.purposes.allows(rule.purpose):
            continue
        items = tuple(item for item in rule.items if not recipient.items or item in recipient.items)
        if recipient.standing is RecipientKind.PUBLIC:
            ways.append(Way(recipient, Operation.DISCLOSE, items))
        else:
            ways.append(Way(recipient, Operation.SHARE, tuple(item for item in items if item in rule.shared)))
            ways.append(Way(recipient, Operation.TRANSFER, tuple(item for item in items if item not in rule.shared)))
    return [way for way in ways if way.items]


def _purpose(policy: Policy, rule: PurposeRule, found: Volumes) -> Form:
    purpose, ways = rule.purpose, going(policy, rule)
    return {
        "key": purpose.key,
        "title": purpose.title,
        "text": purpose_text(purpose),
        "kind": rule.kind.value,
        "clause": purpose.clause or "",
        "dpv": purpose.dpv,
        "fides": purpose.fides,
        "requires": [one.key for one in rule.requires],
        "bases": _bases(policy, rule),
        "items": [
            {
                "key": item.key,
                "need": "necessary" if item in rule.necessary else "optional",
                "sensitivity": sensitivity(item),
                "shared": item in rule.shared,
                "retention": [_kept(one) for one in kept_for(policy, rule, item)],
            }
            for item in rule.items
        ],
        "recipients": list(dict.fromkeys(way.recipient.key for way in ways)),
        "outward": [
            {"recipient": way.recipient.key, "operation": way.operation.value, "items": keys(way.items)} for way in ways
        ],
        "regions": sorted({policy.home_region, *(way.recipient.region for way in ways)}),
        "roles": sorted(rule.roles),
        "alternative": rule.alternative,
        "volumes": _volume(found.purposes.get(purpose.key, _NONE)),
    }


def kept_for(policy: Policy, rule: PurposeRule, item: AnyItem) -> tuple[Retention, ...]:
    """Give the periods that end the use of an item for a purpose."""
    lineage = rule.purpose.lineage
    return tuple(one for one in policy.retentions(item.key) if one.purpose is None or one.purpose in lineage)


def _bases(policy: Policy, rule: PurposeRule) -> list[str]:
    """Give what makes the purpose lawful by the policy itself, without what somebody may invoke."""
    if rule.kind is Kind.STATUTORY:
        return [LegalBasis.STATUTORY.value]
    found = [LegalBasis.NON_PERSONAL.value for item in rule.items if item.sensitivity is Sensitivity.NON_PERSONAL][:1]
    levels = {
        policy.level(item, item.sensitivity, Operation.USE)
        for item in rule.items
        if item.sensitivity is not Sensitivity.NON_PERSONAL
    }
    found += [f"{LegalBasis.CONSENT.value} ({level.name.lower()})" for level in sorted(levels)]
    return [*found, LegalBasis.CHOICE.value] if rule.choice else found


def _item(policy: Policy, item: AnyItem, found: Volumes) -> Form:
    return {
        "key": item.key,
        "title": item.title,
        "category": item.category.value,
        "sensitivity": sensitivity(item),
        "encrypted": item.encrypt or item.sensitivity is Sensitivity.SENSITIVE,
        "clause": item.clause or "",
        "dpv": item.dpv,
        "fides": item.fides,
        "retention": [_kept(one) for one in policy.retentions(item.key)],
        "volumes": _volume(found.items.get(item.key, _NONE)),
    }


def _recipient(policy: Policy, one: AnyRecipient, found: Volumes, at: dt.datetime) -> Form:
    return {
        "key": one.key,
        "title": one.title,
        "kind": one.standing.value,
        "role": one.role.value,
        "region": one.region,
        "abroad": one.region != policy.home_region,
        "agreement": _agreement(policy, one.agreement, at),
        "check": _check(policy, one.check, at),
        "purposes": [purpose.key for purpose in one.purposes],
        "items": [item.key for item in one.items],
        "clause": one.clause or "",
        "volumes": _volume(found.recipients.get(one.key, _NONE)),
    }


def _agreement(policy: Policy, one: Agreement | None, at: dt.datetime) -> Form | None:
    if one is None:
        return None
    return {
        "reference": one.reference,
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
        "state": state(policy, one.since, one.until, at),
    }


def _check(policy: Policy, one: SecurityCheck | None, at: dt.datetime) -> Form | None:
    if one is None:
        return None
    return {"on": one.on.isoformat(), "until": one.until.isoformat(), "state": state(policy, one.on, one.until, at)}


def state(policy: Policy, since: dt.date, until: dt.date, at: dt.datetime) -> str:
    """Tell where a term stands that has both days, in the policy's zone."""
    today = policy.minors.today(at)
    if today < since:
        return "not yet in force"
    return "in force" if today <= until else "lapsed"


def _volume(one: Volume) -> Form:
    return {
        "permits": _counts(one.permits),
        "bases": _counts(one.bases),
        "refusals": one.refused,
        "gaps": one.gaps,
        "denials": _counts(one.denials),
        "subjects": len(one.subjects),
    }


def _counts(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))


def _kept(one: Retention) -> Form:
    return {
        "purpose": one.purpose.key if one.purpose is not None else "",
        "keep": lasting(one.keep),
        "after": one.after.value,
        "at_least": lasting(one.at_least) if one.at_least is not None else "",
    }


def lasting(time: dt.timedelta) -> str:
    """Say how long something lasts."""
    return f"{time.days} days" if time == dt.timedelta(time.days) else f"{int(time.total_seconds())} seconds"


def sensitivity(item: AnyItem) -> str:
    """Say how sensitive an item is."""
    return item.sensitivity.name.lower().replace("_", "-")


def keys(items: Iterable[AnyItem]) -> tuple[str, ...]:
    """Give the keys of items, sorted."""
    return tuple(sorted(item.key for item in items))
