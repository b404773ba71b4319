"""How long a value may be used, and how long it must be kept: by the policy, by law, or for a legal matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.decision._case import Case, State, earlier, never, sensitivity_of
from obq_privacy.decision._terms import duties, held, standing_versions, usable_until
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
        until: until when; None where that is not known yet.
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
    value stays. Decisions go by the same duties, and with them the sweep.
    """
    case = Case(State(policy, standing, now), label, sensitivity_of(policy, label), Request(Operation.USE, None))
    entries = policy.retentions(item.key, bound=standing_versions(case, None))
    owed = [earlier(label.ends, end) for end in duties(case, entries)]
    running = [end for end in owed if end is None or now < end]
    until = max(running, key=never, default=None)
    return Kept(usable_until(case, item, None, None), bool(running), until, held(standing, item, label))
