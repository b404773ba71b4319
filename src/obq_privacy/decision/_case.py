"""What a decision is made about."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obq_privacy.consent import Standing
    from obq_privacy.policy import Policy
    from obq_privacy.values import Label
    from obq_privacy.vocab import Request, Sensitivity

ANY = dt.datetime.min.replace(tzinfo=dt.UTC)


class State:
    """What a consent is judged by."""

    __slots__ = ("at", "policy", "standing")

    def __init__(self, policy: Policy, standing: Standing, at: dt.datetime) -> None:
        self.policy = policy
        self.standing = standing
        self.at = at


class Case:
    """Everything that a decision depends on, apart from the purpose and the item."""

    __slots__ = ("label", "request", "sensitivity", "state")

    def __init__(self, state: State, label: Label, sensitivity: Sensitivity, request: Request) -> None:
        self.state = state
        self.label = label
        self.sensitivity = sensitivity
        self.request = request


def sensitivity_of(policy: Policy, label: Label) -> Sensitivity:
    """Give the higher of what was true when the value was collected and what the policy says of its items now."""
    sensitivity = label.sensitivity
    for key in label.items:
        item = policy.item(key)
        if item is not None:
            sensitivity = max(sensitivity, item.sensitivity)
    return sensitivity


def never(until: dt.datetime | None) -> tuple[bool, dt.datetime]:
    """Order instants with None, which is never, last."""
    return (until is None, until if until is not None else ANY)


def earlier(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    """Give the earlier of two instants; None is never."""
    if one is None or other is None:
        return other if one is None else one
    return one if one <= other else other


def is_minor(state: State) -> bool:
    """Tell whether the subject is below the age of majority now; an unknown birth date counts as the policy says."""
    born, minors = state.standing.born, state.policy.minors
    if born is None:
        return minors.unknown == "child"
    if state.at.year - born.year > minors.majority + 1:
        return False
    return state.at < minors.minor_until(born)


def in_force(state: State, since: dt.date, until: dt.date) -> dt.datetime | None:
    """Give the instant at which a term ends that runs today, or None; both days belong to it, in the policy's zone."""
    begins, ends = state.policy.minors.term(since, until)
    return ends if begins <= state.at < ends else None
