"""Whether the parts of a policy are of the declared types; callers without types may pass anything."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from obq_privacy.errors import PolicyFinding
from obq_privacy.policy._clauses import Contact, Exemption
from obq_privacy.policy._minors import Minors
from obq_privacy.policy._rules import Anchor, Kind, PurposeRule, Retention
from obq_privacy.vocab import (
    Agreement,
    Item,
    LegalBasis,
    Operation,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    ThirdPartySource,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import UnionType

    from obq_privacy.vocab import AnyRecipient

_KINDS: dict[str, tuple[type | UnionType, str]] = {
    "version": (str, "it is not text"),
    "controller": (str, "it is not text"),
    "home_region": (str, "it is not text"),
    "minors": (Minors, "they are not a Minors"),
    "purposes": (PurposeRule, "one is not made by basic, additional or statutory"),
    "items": (Item, "one is not an item"),
    "retention": (Retention, "one is not a Retention"),
    "recipients": (Recipient, "one is not a Recipient"),
    "sources": (ThirdPartySource, "one is not a ThirdPartySource"),
    "exemptions": (Exemption, "one is not an Exemption"),
    "contact": (Contact | None, "it is not a Contact"),
    "smallest_group": (int, "it is not a whole number"),
    "answer_within": (dt.timedelta, "it is not a timedelta"),
    "refusal_rest": (dt.timedelta | None, "it is not a timedelta"),
    "machine_refusal": (bool, "it is not True or False"),
}


def misfits(parts: Mapping[str, object]) -> list[PolicyFinding]:
    """Give what cannot even be checked, because it, or a part of it, is not of the declared type."""
    found: list[PolicyFinding] = []
    for name, (kind, problem) in _KINDS.items():
        part = parts[name]
        members = cast("tuple[object, ...]", part) if type(part) is tuple else (part,)
        if not all(isinstance(member, kind) for member in members) or (kind is int and isinstance(part, bool)):
            found.append(PolicyFinding(declaration=name, problem=problem))
            continue
        for member in members:
            found += [PolicyFinding(declaration=of, problem=problem) for of, problem in _inside(member)]
    return found


def _inside(part: Any) -> Iterator[tuple[str, str]]:
    """Find what is of another type inside a declaration."""
    whole: Any = part  # as it came, whatever its parameters
    match part:
        case PurposeRule():
            yield from ((f"purpose {part.purpose.key}", problem) for problem in _rule(part))
        case Retention():
            name = f"retention of {part.item.key}" if _is(part.item, Item) else "retention"
            yield from ((name, problem) for problem in _retention(part))
        case Recipient():
            yield from ((f"recipient {part.key}", problem) for problem in _recipient(whole))
        case ThirdPartySource():
            yield from ((f"source {part.key}", problem) for problem in _party(part.region, part.undertaking))
        case Exemption():
            name = f"exemption {part.basis.value}" if _is(part.basis, LegalBasis) else "exemptions"
            yield from ((name, problem) for problem in _exemption(part))
        case Contact() if not all(_is(text, str) for text in part):
            yield "contact", "a part of it is not text"
        case _:
            pass


def _is(part: object, kind: type | UnionType) -> bool:
    """Tell whether something is of a type, whatever its declaration promises."""
    return isinstance(part, kind)


def _rule(rule: PurposeRule) -> Iterator[str]:
    if not _is(rule.kind, Kind):
        yield "its kind is not a Kind"
    if not all(_is(flag, bool) for flag in (rule.choice, rule.user_initiated, rule.signal)):
        yield "choice, user_initiated and signal are True or False"
    if not (_is(rule.roles, frozenset) and all(_is(role, str) for role in rule.roles)):
        yield "its roles are not text"
    if not all(_is(text, str) for text in (rule.alternative, rule.permission)):
        yield "its alternative or permission is not text"


def _retention(entry: Retention) -> Iterator[str]:
    if not _is(entry.item, Item):
        yield "what it is about is not an item"
    if not all(_is(period, dt.timedelta) for period in (entry.keep, entry.at_least or entry.keep)):
        yield "a period of it is not a timedelta"
    purpose: object = entry.purpose
    if purpose is not None and not (isinstance(purpose, type) and issubclass(purpose, Purpose) and purpose.lineage):
        yield "what it is for is not one purpose"
    if not _is(entry.after, Anchor):
        yield "what it counts from is not an Anchor"


def _recipient(recipient: AnyRecipient) -> Iterator[str]:
    if not _is(recipient.kind, RecipientKind):
        yield "its kind is not a RecipientKind"
    if not _is(recipient.role, Role):
        yield "its role is not a Role"
    if not all(_is(item, Item) for item in recipient.items):
        yield "what it names is not an item"
    if not all(_is(flag, bool) for flag in (recipient.follows_policy, recipient.sdk)):
        yield "follows_policy and sdk are True or False"
    check: object = recipient.check
    if check is not None and not (isinstance(check, SecurityCheck) and all(_is_day(day) for day in check)):
        yield "its check is not a SecurityCheck with two dates"
    if recipient.public_key is not None and not (_is(recipient.public_key, bytes) and recipient.public_key):
        yield "its public key is not bytes"
    yield from _party(recipient.region, recipient.agreement)


def _party(region: object, agreement: object) -> Iterator[str]:
    if not isinstance(region, str):
        yield "its region is not text"
    if agreement is None:
        return
    if not isinstance(agreement, Agreement):
        yield "its agreement or undertaking is not an Agreement"
    elif not (_is_day(agreement.since) and _is_day(agreement.until)):
        yield "its agreement or undertaking is not dated by two dates"


def _is_day(day: object) -> bool:
    """Tell whether it is a date; a datetime is an instant, and belongs to another day elsewhere."""
    return isinstance(day, dt.date) and not isinstance(day, dt.datetime)


def _exemption(exemption: Exemption) -> Iterator[str]:
    if not _is(exemption.basis, LegalBasis):
        yield "its basis is not a LegalBasis"
    if not (_is(exemption.operations, frozenset) and all(_is(one, Operation) for one in exemption.operations)):
        yield "its operations are not a frozenset of Operation"
    if not _is(exemption.deidentified, bool):
        yield "deidentified is True or False"
    if not _is(exemption.clause, str):
        yield "its clause is not text"
