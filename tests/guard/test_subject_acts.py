"""A subject in a coroutine: every ending waits as it does elsewhere, without holding up the loop."""

from __future__ import annotations

import asyncio
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from laws_world import (
    BANK,
    DAY,
    NAME,
    OTHER_BANK,
    POLICY,
    Delivery,
    Payment,
    Posting,
    Recommendation,
    Voice,
    bazaar,
    person,
    untyped,
)

from obq_privacy import EventKind, Guard, Notice
from obq_privacy.crypto import KeyMemory
from obq_privacy.errors import ConsentWithdrawn, GuardClosed, SubjectErased, SubjectInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from obq_privacy import ConsentEvent, Subject

from guard_world import START, HandClock

NOTICE = Notice.of("text", language="zh-CN", shown=START)

ENDINGS: dict[EventKind, tuple[Callable[[Subject, ConsentEvent], Coroutine[Any, Any, None]], dict[str, Any]]] = {
    EventKind.REFUSE: (
        lambda s, _: s.arefuse(Delivery, notice=NOTICE, method="page"),
        {"purposes": ("delivery",), "notice": NOTICE, "method": "page", "about": ""},
    ),
    EventKind.WITHDRAW: (
        lambda s, given: s.awithdraw(Delivery, consent=given, method="page"),
        {"purposes": ("delivery",), "notice": None, "method": "page"},
    ),
    EventKind.INVALIDATE: (
        lambda s, given: s.ainvalidate(given, method="wrong person"),
        {"purposes": ("delivery",), "notice": None, "method": "wrong person"},
    ),
    EventKind.EXPIRE: (
        lambda s, given: s.aexpire(given, method="end of term"),
        {"purposes": ("delivery",), "notice": None, "method": "end of term"},
    ),
}


@pytest.mark.clause("RIGHT-4")
def test_each_ending_in_a_coroutine_is_that_ending() -> None:
    """With all that was said of it, and for whom."""
    for kind, (act, content) in ENDINGS.items():
        with bazaar(lease=DAY) as guard:
            shopper = person(guard, Payment)
            given = shopper.grant(Delivery)
            name = shopper.collect(NAME, "Li Lei")
            assert name.reveal(Delivery) == "Li Lei"
            asyncio.run(act(shopper, given))
            event = guard._core.store.events(shopper.pseudonym)[-1]
            expected = {"about": given.id, **content}
            assert event.kind is kind
            assert {key: getattr(event, key) for key in expected} == expected
            assert shopper.standing.consents[1].over
            assert not shopper.standing.consents[0].over


def test_what_is_left_out_is_empty() -> None:
    """Of how it was said, in and outside of a coroutine; and values belong to no business case."""
    with bazaar() as guard:
        shopper = person(guard)
        assert type(shopper).__module__ == "obq_privacy"
        given = [shopper.grant(Delivery, method=str(number)) for number in range(6)]
        acts: list[Callable[[], object]] = [
            lambda: shopper.request(Voice),
            lambda: shopper.refuse(Posting),
            lambda: asyncio.run(shopper.arefuse(Recommendation)),
            lambda: shopper.withdraw(consent=given[0]),
            lambda: asyncio.run(shopper.awithdraw(consent=given[1])),
            lambda: shopper.invalidate(given[2]),
            lambda: asyncio.run(shopper.ainvalidate(given[3])),
            lambda: shopper.expire(given[4]),
            lambda: asyncio.run(shopper.aexpire(given[5])),
        ]
        for number, act in enumerate(acts, start=7):
            act()
            events = guard._core.store.events(shopper.pseudonym)
            assert (len(events), events[-1].method, events[-1].notice) == (number, "", None)
        shopper.grant(Delivery)
        assert shopper.collecting().collect(NAME, "Li Lei").label.matters == {""}


@pytest.mark.clause("MINOR-1", "RIGHT-4")
def test_a_guardian_ends_in_a_coroutine_as_well() -> None:
    """By name, and only a registered one."""
    with bazaar() as guard:
        parent = person(guard, name="parent")
        child = guard.subject("child", born=date(2018, 1, 1), guardians=[parent])
        child.grant(Delivery, by=parent)
        asyncio.run(child.awithdraw(by=parent))
        asyncio.run(child.arefuse(Delivery, by=parent))
        actors = [event.actor for event in guard._core.store.events(child.pseudonym)]
        assert actors == [parent.pseudonym] * 3


@pytest.mark.clause("DEF-4")
def test_updating_and_erasing_in_a_coroutine() -> None:
    """As outside of one, with the same evidence."""
    with bazaar(lease=DAY) as guard:
        parent, shopper = person(guard, name="parent"), person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        asyncio.run(shopper.aupdate(born=date(1991, 1, 1)))
        assert shopper.standing.born == date(1991, 1, 1)
        asyncio.run(shopper.aupdate(guardians=[parent]))
        assert shopper.standing.born == date(1991, 1, 1)
        assert guard._core.access(shopper.pseudonym).profile.guardians == {parent.pseudonym}
        evidence = asyncio.run(shopper.aerase())
        assert guard.erasures() == [evidence]
        with pytest.raises(SubjectErased):
            name.reveal(Delivery)


@pytest.mark.clause("RIGHT-4")
def test_a_coroutine_waits_for_the_lease_of_an_idle_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as a withdrawal elsewhere does, and other tasks go on meanwhile."""
    hand, keys, slept = HandClock(), KeyMemory(), list[float]()
    tenth = timedelta(milliseconds=100)

    async def sleeping(seconds: float) -> None:
        slept.append(seconds)
        hand.move(timedelta(seconds=seconds))

    monkeypatch.setattr(asyncio, "sleep", sleeping)
    with (
        Guard.open(tmp_path / "db", policy=POLICY, keys=keys, lease=tenth, clock=hand.clock) as one,
        Guard.open(tmp_path / "db", policy=POLICY, keys=keys, lease=tenth, clock=hand.clock) as idle,
    ):
        shopper = person(one, Delivery)
        name = idle.subject("shopper").collect(NAME, "Li Lei")
        assert name.reveal(Delivery) == "Li Lei"
        asyncio.run(shopper.awithdraw())
        assert sum(slept) == pytest.approx(0.1)
        with pytest.raises(ConsentWithdrawn):
            name.reveal(Delivery)
        given = [shopper.grant(Delivery, method=str(number)) for number in range(2)]
        acts: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: shopper.arefuse(Posting),
            lambda: shopper.ainvalidate(given[0]),
            lambda: shopper.aexpire(given[1]),
            lambda: shopper.aupdate(born=date(1991, 1, 1)),
            shopper.aerase,
        ]
        theirs = idle.subject("shopper")
        for act in acts:
            hand.move(tenth)
            assert not theirs.standing.erased
            slept.clear()
            asyncio.run(act())
            assert sum(slept) == pytest.approx(0.1)


@pytest.mark.clause("SHARE-3", "USE-7", "RIGHT-4")
def test_an_act_waits_for_the_lease_of_an_idle_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A choice takes the place of another one, and an objection closes something, in every process alike."""
    hand, keys, slept = HandClock(), KeyMemory(), list[float]()
    tenth = timedelta(milliseconds=100)

    def sleeping(seconds: float) -> None:
        slept.append(seconds)
        hand.move(timedelta(seconds=seconds))

    monkeypatch.setattr(time, "sleep", sleeping)
    with (
        Guard.open(tmp_path / "db", policy=POLICY, keys=keys, lease=tenth, clock=hand.clock) as one,
        Guard.open(tmp_path / "db", policy=POLICY, keys=keys, lease=tenth, clock=hand.clock) as idle,
    ):
        shopper = person(one, Payment)
        theirs = idle.subject("shopper")
        given = [shopper.grant(Delivery, method=str(number)) for number in range(2)]
        acts: list[Callable[[], object]] = [
            lambda: shopper.choose(Payment, BANK),
            lambda: shopper.choose(Payment, OTHER_BANK),
            lambda: shopper.object_to(Payment, "toys"),
            shopper.agree,
            lambda: shopper.refuse(Posting),
            lambda: shopper.expire(given[0]),
            lambda: shopper.invalidate(given[1]),
        ]
        for act in acts:
            hand.move(tenth)
            assert not theirs.standing.erased
            slept.clear()
            act()
            assert sum(slept) == pytest.approx(0.1)
        assert theirs.objections(Payment) == {"toys"}
        hand.move(tenth)
        assert not theirs.standing.erased
        slept.clear()
        assert shopper.erase() in one.erasures()
        assert sum(slept) == pytest.approx(0.1)
    with pytest.raises(GuardClosed):
        shopper.erase()


@pytest.mark.clause("MINOR-1")
def test_two_corrections_at_once_are_both_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process has put is not undone by another that has not heard of it yet."""
    hand, keys = HandClock(), KeyMemory()
    tenth = timedelta(milliseconds=100)
    with (
        Guard.open(tmp_path / "db", policy=POLICY, keys=keys, lease=tenth, clock=hand.clock) as one,
        Guard.open(tmp_path / "db", policy=POLICY, keys=keys, lease=tenth, clock=hand.clock) as other,
    ):
        shopper, parent = person(one), person(one, name="parent")
        theirs = other.subject("shopper")
        assert theirs.standing.born == date(1990, 5, 1)
        corrected: list[bool] = []

        def sleeping(seconds: float) -> None:
            hand.move(timedelta(seconds=seconds))
            if not corrected:
                corrected.append(True)
                theirs.update(born=date(1991, 1, 1))

        monkeypatch.setattr(time, "sleep", sleeping)
        shopper.update(guardians=[parent])
        hand.move(tenth)
        for subject in (shopper, theirs):
            assert subject.standing.born == date(1991, 1, 1)
            assert subject._access.profile.guardians == {parent.pseudonym}


def test_a_birth_date_is_corrected_to_one_that_can_be() -> None:
    """Or nothing is changed, and the error names the person by pseudonym."""
    with bazaar() as guard:
        shopper = person(guard)
        for born, problem in (
            (date(2100, 1, 1), "born is neither in the future nor before 1900"),
            ("1990-05-01", "born is a datetime.date"),
        ):
            with pytest.raises(SubjectInvalid) as refused:
                shopper.update(born=untyped(born))
            assert refused.value == SubjectInvalid(subject=shopper.pseudonym, problem=problem)
        assert shopper.standing.born == date(1990, 5, 1)
