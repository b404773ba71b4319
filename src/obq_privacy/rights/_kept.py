"""How long a value may be used, and how long it must be kept: by the policy, by law, or for a legal matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.decision._case import Case, State, sensitivity_of
from obq_privacy.decision._terms import begins, held, standing_versions, usable_until
from obq_privacy.vocab import Operation, Request

if TYPE_CHECKING:
    import datetime as dt

    from obq_privacy.consent import Standing
    from obq_privacy.policy import Policy
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem


class Kept(NamedTuple):
    """How long a value is there.

    Attributes:
        usable: until when it may be used at most; None for no end.
        lawful: whether the law wants it kept now.
        until: until when, as far as that is known.
        holds: references of the legal matters that it is held for.
    """

    usable: dt.datetime | None
    lawful: bool
    until: dt.datetime | None
    holds: tuple[str, ...]

    @property
    def stays(self) -> bool:
        """Whether it must stay now."""
        return self.lawful or bool(self.holds)


def kept(policy: Policy, standing: Standing, label: Label, item: AnyItem, now: dt.datetime) -> Kept:
    """Work out how long a value is there.

    A statutory period whose beginning has not come, such as that of an order that is not completed, is running: the
    value stays.
    """
    case = Case(State(policy, standing, now), label, sensitivity_of(policy, label), Request(Operation.USE, None))
    lawful, until = False, None
    for entry in policy.retentions(item.key, bound=standing_versions(case, None)):
        if entry.at_least is None:
            continue
        start = begins(case, entry)
        if start is None:
            lawful = True
        elif now < start + entry.at_least:
            lawful = True
            until = max(until or start, start + entry.at_least)
    return Kept(usable_until(case, item, None, None), lawful, until, held(standing, item, label))
