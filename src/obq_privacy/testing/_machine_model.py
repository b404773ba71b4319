"""What a person would say of their own consents: a model too simple to be wrong, that asks neither fold nor decision.

It may allow what a guard refuses, never the other way round: so whatever it calls a misuse is one. What it leaves to
the guard (the strength of a consent, items and recipients that it is limited to, versions that say something else)
stands in `PrivacyMachine`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, final

from obq_privacy.policy import Kind
from obq_privacy.vocab import Operation, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.policy import Policy
    from obq_privacy.testing._given_people import Person
    from obq_privacy.vocab import AnyItem, Purpose

_OUTWARD = frozenset({Operation.SHARE.value, Operation.TRANSFER.value, Operation.DISCLOSE.value})
_GRACE = dt.timedelta(days=2)
"""Where a birthday falls depends on zones and leap days, which are for the guard; this much later it has come."""


@final
class Slip:
    """One consent, as a slip of paper: what it says, what was struck out since, when it ends, and whose hand."""

    __slots__ = ("by_guardian", "named", "struck", "until")

    def __init__(self, named: Iterable[str], until: dt.datetime | None, *, by_guardian: bool) -> None:
        self.named = frozenset(named)
        self.struck: set[str] = set()
        self.until = until
        self.by_guardian = by_guardian

    def speaks_of(self, purpose: type[Purpose]) -> bool:
        """Tell whether it names the purpose or a wider one."""
        return not purpose.names.isdisjoint(self.named)

    def learn(self, struck: Iterable[str], until: dt.datetime | None) -> None:
        """Take over what an application took back, and that it renewed the consent."""
        self.struck.update(struck)
        if self.until is not None and (until is None or until > self.until):
            self.until = until

    def struck_for(self, purpose: type[Purpose]) -> bool:
        """Tell whether that was struck out."""
        return not purpose.names.isdisjoint(self.struck)


@final
class Life:
    """What happened to one person, by their own account."""

    __slots__ = ("closed", "erased", "longer", "person", "refused", "slips")

    def __init__(self, person: Person) -> None:
        self.person = person
        self.slips: dict[str, Slip] = {}
        self.refused: set[str] = set()
        self.longer: set[str] = set()
        self.erased = False
        self.closed = False

    def agree(self, name: str, slip: Slip) -> None:
        """Consent."""
        self.slips[name] = slip
        self.refused -= slip.named

    def strike(self, *purposes: str) -> None:
        """Take purposes back, or everything where none is named."""
        for slip in self.slips.values():
            slip.struck |= set(purposes) or slip.named

    def against(
        self,
        policy: Policy,
        item: AnyItem,
        purpose: type[Purpose],
        at: dt.datetime,
        *,
        operation: str = Operation.USE.value,
    ) -> str | None:
        """Say why a value of theirs may not be used for a purpose now; None where nothing is known against it."""
        who = self.person.name
        if self.erased:
            return f"{who} was erased"
        mismatch = outside(policy, item, purpose)
        if mismatch is not None:
            return mismatch
        rule = policy.rule(purpose)
        if rule is None or rule.kind is Kind.STATUTORY:
            return None
        if self.closed:
            return f"{who} closed the account"
        if item.sensitivity is Sensitivity.NON_PERSONAL or operation in _OUTWARD:
            return None
        for needed in (purpose, *_built_on(policy, purpose)):
            lapse = self._lapsed(policy, needed, at)
            if lapse is not None:
                return lapse
        return None

    def _lapsed(self, policy: Policy, purpose: type[Purpose], at: dt.datetime) -> str | None:
        """Say why no consent to a purpose is in force; None where one is."""
        who, key = self.person.name, purpose.key
        said = f"{who} refused {key}" if key in self.refused else f"{who} never consented to {key}"
        for slip in self.slips.values():
            if not slip.speaks_of(purpose):
                continue
            if slip.struck_for(purpose):
                said = f"{who} took back the consent to {key}"
            elif slip.until is not None and at >= slip.until:
                said = f"the consent of {who} to {key} ended at {slip.until.isoformat()}"
            elif slip.by_guardian and self._grown_up(policy, at):
                said = f"{who} has come of age, and the guardian's consent to {key} ended"
            else:
                return None
        return said

    def _grown_up(self, policy: Policy, at: dt.datetime) -> bool:
        born = self.person.born
        if born is None:
            return False
        birthday = dt.datetime(born.year + policy.minors.majority, born.month, min(born.day, 28), tzinfo=dt.UTC)
        return at >= birthday + 2 * _GRACE


def outside(policy: Policy, item: AnyItem, purpose: type[Purpose]) -> str | None:
    """Say why no consent whatever allows a purpose for an item; None where one could."""
    names = list(item.purposes)
    allowed = purpose in names if item.exact else any(wider in names for wider in purpose.lineage)
    if not allowed:
        return f"{item.key} is not for {purpose.key}"
    rule = policy.rule(purpose)
    if rule is None:
        return f"the policy does not declare {purpose.key}"
    return None if item in rule.items else f"{purpose.key} does not need {item.key}"


def _built_on(policy: Policy, purpose: type[Purpose]) -> list[type[Purpose]]:
    """Give what a purpose requires, directly or not."""
    found: list[type[Purpose]] = []
    left = [purpose]
    while left:
        rule = policy.rule(left.pop())
        for required in rule.requires if rule is not None else ():
            if required not in found:
                found.append(required)
                left.append(required)
    return found


def overdue(
    policy: Policy, item: AnyItem, purpose: type[Purpose], collected: dt.datetime, at: dt.datetime
) -> str | None:
    """Say that a value is kept for longer than the policy says, counted from its collection; None where it is not."""
    rule = policy.rule(purpose)
    if rule is None or rule.kind is Kind.STATUTORY:
        return None
    for entry in policy.retention:
        about = entry.item.key == item.key and (entry.purpose is None or entry.purpose in purpose.lineage)
        if about and entry.after.value == "collection" and at >= collected + entry.keep:
            return f"the period of {item.key} ended at {(collected + entry.keep).isoformat()}"
    return None
