"""Who may ask for somebody else: a guardian of somebody who is not of age, judged when it is asked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from request_world import ADULT, NAME, NAME_VALUE, Delivery, shop_policy

from obq_privacy import Clock, Guard, Minors, errors
from obq_privacy.rights import RequestKind, Requests, Rights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy import Subject

BIRTHDAY = date(2008, 11, 3)
"""Eighteen on the day after the clock begins."""


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.ns = 1_793_606_400 * 10**9  # 2 November 2026, 08:00 UTC

    def clock(self) -> Clock:
        return Clock(wall_ns=lambda: self.ns, monotonic_ns=lambda: self.ns)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def guard(hand: Hand) -> Iterator[Guard]:
    with Guard.in_memory(policy=shop_policy(), clock=hand.clock()) as guard:
        yield guard


def parent_of(guard: Guard, born: date) -> tuple[Subject, Subject]:
    parent = guard.subject("parent", born=ADULT)
    return parent, guard.subject("young", born=born, guardians=[parent])


@pytest.mark.clause("MINOR-1", "MINOR-2", "USE-6", "RIGHT-1")
def test_from_the_eighteenth_birthday_on_a_parent_asks_for_nothing(guard: Guard, hand: Hand) -> None:
    parent, young = parent_of(guard, BIRTHDAY)
    young.grant(Delivery)
    name = young.collect(NAME, NAME_VALUE)
    Requests(guard).receive(young, RequestKind.EXPORT, by=parent)
    hand.ns += 8 * 3600 * 10**9  # midnight in +08:00, of the birthday
    with pytest.raises(errors.ArgumentInvalid, match="of age"):
        Requests(guard).receive(young, RequestKind.EXPORT, by=parent)
    with pytest.raises(errors.ArgumentInvalid, match="of age"):
        Rights(guard).cancel_account(young, by=parent)
    assert name.reveal(Delivery) == NAME_VALUE


@pytest.mark.clause("MINOR-1", "USE-6")
def test_a_guardian_who_is_a_minor_cancels_nothing(guard: Guard) -> None:
    sister = guard.subject("sister", born=date(2014, 6, 1))
    child = guard.subject("child", born=date(2019, 6, 1), guardians=[sister])
    with pytest.raises(errors.ArgumentInvalid, match="minor"):
        Rights(guard).cancel_account(child, by=sister)
    with pytest.raises(errors.GuardianRequired, match="minor"):
        child.close(by=sister)
    assert child.standing.closed is None


@pytest.mark.clause("MINOR-1")
def test_an_erased_guardian_asks_for_nothing(guard: Guard) -> None:
    parent, young = parent_of(guard, date(2016, 1, 1))
    parent.erase()
    with pytest.raises(errors.ArgumentInvalid, match="erased"):
        Requests(guard).receive(young, RequestKind.EXPORT, by=parent)


@pytest.mark.clause("RIGHT-4")
def test_to_take_something_away_a_guardian_waits_for_nothing(guard: Guard, hand: Hand) -> None:
    """A withdrawal by a registered guardian holds, whatever the ages: it only ends what was open."""
    parent, young = parent_of(guard, BIRTHDAY)
    young.grant(Delivery)
    hand.ns += 24 * 3600 * 10**9
    young.withdraw(Delivery, by=parent)
    with pytest.raises(errors.ConsentWithdrawn):
        young.collect(NAME, NAME_VALUE).reveal(Delivery)


def test_somebody_of_another_guard_neither_asks_nor_is_asked_for(guard: Guard) -> None:
    with Guard.in_memory(policy=shop_policy()) as other:
        stranger = other.subject("stranger", born=ADULT)
        mine = guard.subject("mine", born=ADULT)
        for subject, by in ((stranger, None), (mine, stranger)):
            with pytest.raises(errors.ArgumentInvalid, match="another guard"):
                Requests(guard).receive(subject, RequestKind.EXPORT, by=by)


@pytest.mark.parametrize(("unknown", "asks"), [("adult", False), ("child", True)])
def test_without_a_birth_date_it_is_as_the_policy_says(unknown: str, asks: bool) -> None:
    policy = shop_policy()
    minors = Minors(unknown="adult" if unknown == "adult" else "child")
    policy = type(policy)(
        version="u", controller="Shop", purposes=policy.purposes, contact=policy.contact, minors=minors
    )
    with Guard.in_memory(policy=policy) as guard:
        parent = guard.subject("parent", born=ADULT)
        young = guard.subject("young", guardians=[parent])
        if asks:
            Requests(guard).receive(young, RequestKind.EXPORT, by=parent)
        else:
            with pytest.raises(errors.ArgumentInvalid, match="of age"):
                Requests(guard).receive(young, RequestKind.EXPORT, by=parent)
