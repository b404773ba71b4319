"""How long a value is of use at all: when its periods are over for every purpose, as a decision applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from obq_privacy.decision._case import Case, State, never, sensitivity_of
from obq_privacy.decision._terms import usable_until
from obq_privacy.policy import Kind
from obq_privacy.vocab import Operation, Request

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.consent import Standing
    from obq_privacy.policy import Policy
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, Purpose


class Lifetime(NamedTuple):
    """When the periods of a value end: one instant for each purpose, None for a period without end.

    Attributes:
        ordinary: for purposes that need consent; where no purpose reaches the value at all, its general period.
        statutory: for duties by law.
    """

    ordinary: tuple[dt.datetime | None, ...]
    statutory: tuple[dt.datetime | None, ...]

    def running(self, at: dt.datetime) -> bool:
        """Tell whether a purpose other than a duty by law may still use it, as far as time goes."""
        return _running(self.ordinary, at)

    def owed(self, at: dt.datetime) -> bool:
        """Tell whether a duty by law may still use it."""
        return _running(self.statutory, at)

    @property
    def ended(self) -> dt.datetime | None:
        """When the last ordinary period ends, or ended; None where one has no end, or there is none."""
        return max(self.ordinary, key=never, default=None)

    @property
    def owed_until(self) -> dt.datetime | None:
        """When the last duty ends; None where one has no end, or there is none."""
        return max(self.statutory, key=never, default=None)


def lifetime(policy: Policy, standing: Standing, label: Label, item: AnyItem, at: dt.datetime) -> Lifetime:
    """Give when the periods of a value end that `decide` applies, for every purpose that can reach it (PROT-3).

    Pure. It looks at time alone: neither consent nor restriction matters, because both can change.
    """
    candidates = dict.fromkeys((*label.purposes, *(rule.purpose for rule in policy.purposes)))
    granted = {key for consent in standing.consents for key in consent.grant.purposes}
    candidates.update(dict.fromkeys(_below(candidates, granted)))
    cases = _cases(policy, standing, label, (purpose.key for purpose in candidates), at)
    ordinary: list[dt.datetime | None] = []
    statutory: list[dt.datetime | None] = []
    for purpose in candidates:
        rule = policy.rule(purpose)
        if rule is None or item not in rule.items:
            continue
        duty = rule.kind is Kind.STATUTORY
        if duty or (item.purposes.allows(purpose) and label.purposes.allows(purpose)):
            ends = max((usable_until(case, item, purpose, rule) for case in cases), key=never)
            (statutory if duty else ordinary).append(ends)
    if not ordinary and not statutory:
        ordinary.append(usable_until(cases[0], item, None, None))
    return Lifetime(tuple(ordinary), tuple(statutory))


def _below(wider: Iterable[type[Purpose]], keys: set[str]) -> list[type[Purpose]]:
    """Give the narrower purposes that this program has under these keys."""
    left = list(wider) if keys.difference(purpose.key for purpose in wider) else []
    for purpose in left:
        left.extend(purpose.__subclasses__())
    return [purpose for purpose in left if purpose.key in keys]


def _running(ends: Iterable[dt.datetime | None], at: dt.datetime) -> bool:
    return any(end is None or at < end for end in ends)


def _cases(policy: Policy, standing: Standing, label: Label, known: Iterable[str], at: dt.datetime) -> tuple[Case, ...]:
    """Give what to judge: the subject as it is, and as it is for purposes that only its consents name.

    Such a purpose is narrower than one that is declared, but this program does not know below which. The version under
    which it was agreed to counts for it (CHANGE-1), and may keep a value for longer.
    """
    sensitivity, request = sensitivity_of(policy, label), Request(Operation.USE, None)
    case = Case(State(policy, standing, at), label, sensitivity, request)
    keys = frozenset(known)
    versions = {one.grant.version for one in standing.consents if not keys.issuperset(one.grant.purposes)}
    if versions <= standing.agreed or not policy.archive:
        return (case,)
    wider = attrs.evolve(standing, agreed=standing.agreed | versions)
    return case, Case(State(policy, wider, at), label, sensitivity, request)
