"""Requests of subjects: a state machine with a time that runs, closed grounds of refusal, and a way to complain."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from request_world import (
    ADULT,
    CONTACT,
    START,
    HandClock,
    child,
    outcomes,
    shop,
    shop_policy,
    shopper,
    wait,
)

from obq_privacy.errors import (
    ArgumentInvalid,
    CaseUnknown,
    ContactMissing,
    FeeInvalid,
    IdentityUnverified,
    KeyReused,
    RefusalInvalid,
    TransitionInvalid,
)
from obq_privacy.rights import (
    DeletionGround,
    RefusalGround,
    RequestKind,
    Requests,
    RequestState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from obq_privacy import Guard
    from obq_privacy.rights import RightsRequest

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None, clock=clock) as guard:
        yield guard


@pytest.fixture
def requests(guard: Guard) -> Requests:
    """Its requests."""
    return Requests(guard)


STEPS: dict[str, Callable[[Requests, str], RightsRequest]] = {
    "verify": lambda requests, case: requests.verify(case, method="id-card", by="clerk"),
    "begin": lambda requests, case: requests.begin(case, by="clerk"),
    "fulfil": lambda requests, case: requests.fulfil(case, evidence="sent by mail", by="clerk"),
    "refuse": lambda requests, case: requests.refuse(
        case,
        RefusalGround.IDENTITY if requests.get(case).verified is None else RefusalGround.TRADE_SECRETS,
        because="file 12",
        by="clerk",
    ),
    "complain": lambda requests, case: requests.complain(case),
}

# What the policy says, apart from the code: from which state which step leads where.
DIAGRAM = {
    ("received", "verify"): "identity-verified",
    ("received", "refuse"): "refused",
    ("identity-verified", "begin"): "in-progress",
    ("identity-verified", "refuse"): "refused",
    ("in-progress", "fulfil"): "fulfilled",
    ("in-progress", "refuse"): "refused",
    ("fulfilled", "complain"): "complained",
    ("refused", "complain"): "complained",
    ("complained", "begin"): "in-progress",
    ("complained", "refuse"): "refused",
}
WAYS: dict[str, list[str]] = {
    "received": [],
    "identity-verified": ["verify"],
    "in-progress": ["verify", "begin"],
    "fulfilled": ["verify", "begin", "fulfil"],
    "refused": ["verify", "begin", "refuse"],
    "complained": ["verify", "begin", "refuse", "complain"],
}


def received(guard: Guard, requests: Requests, *steps: str, kind: RequestKind = RequestKind.EXPORT) -> RightsRequest:
    """Give a request that has taken some steps."""
    request = requests.receive(shopper(guard), kind)
    for step in steps:
        request = STEPS[step](requests, request.case)
    return request


# ── The state machine ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-6")
@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("step", STEPS)
def test_a_request_goes_along_the_diagram_and_nowhere_else(
    guard: Guard, requests: Requests, state: str, step: str
) -> None:
    """Every pair of state and step: it leads where the diagram says, or is one typed error and changes nothing."""
    request = received(guard, requests, *WAYS[state])
    assert request.state.value == state
    if (state, step) in DIAGRAM:
        assert STEPS[step](requests, request.case).state.value == DIAGRAM[state, step]
        return
    unverified = (state, step) == ("received", "begin")
    with pytest.raises(IdentityUnverified if unverified else TransitionInvalid) as caught:
        STEPS[step](requests, request.case)
    assert caught.value.facts["case"] == request.case
    assert requests.get(request.case) == request


@pytest.mark.clause("RIGHT-6")
def test_identity_comes_first_even_after_a_complaint(guard: Guard, requests: Requests) -> None:
    """A request that was refused because nobody could be verified is verified before it is taken up again."""
    request = received(guard, requests, "refuse", "complain")
    with pytest.raises(IdentityUnverified):
        requests.begin(request, by="clerk")
    requests.verify(request, method="video call", by="clerk")
    assert requests.begin(request, by="clerk").state is RequestState.IN_PROGRESS


@pytest.mark.clause("RIGHT-6", "PROT-2")
def test_every_step_is_kept_with_who_and_when_and_recorded(guard: Guard, requests: Requests, clock: HandClock) -> None:
    """The history has every step in order, and so has the audit log."""
    request = received(guard, requests, "verify")
    clock.move(DAY)
    requests.begin(request, by="bai")
    requests.fulfil(request, evidence="mail 7", by="chen")
    history = requests.history(request)
    assert [(step.name, step.at, step.text("by")) for step in history] == [
        ("receive", START, ""),
        ("verify", START, "clerk"),
        ("begin", START + DAY, "bai"),
        ("fulfil", START + DAY, "chen"),
    ]
    steps = ["receive", "verify", "begin", "fulfil"]
    actors = ["subject", "clerk", "bai", "chen"]
    assert outcomes(guard, "request") == [("done", who, f"export: {s}") for who, s in zip(actors, steps, strict=True)]


def test_who_acts_and_what_shows_it_are_said(guard: Guard, requests: Requests) -> None:
    """No step is taken by nobody, and none is taken without what it rests on."""
    request = received(guard, requests, "verify", "begin")
    for wrong in ("", "  ", "\ud800", None):
        bad: Any = wrong
        with pytest.raises(ArgumentInvalid):
            requests.fulfil(request, evidence="x", by=bad)
        with pytest.raises(ArgumentInvalid):
            requests.fulfil(request, evidence=bad, by="clerk")
        with pytest.raises(ArgumentInvalid):
            requests.refuse(request, RefusalGround.TRADE_SECRETS, because=bad, by="clerk")
    assert requests.get(request.case) == request


def test_a_name_that_no_request_has_is_unknown(guard: Guard, requests: Requests) -> None:
    """Neither one that nobody made, nor one of another kind of case."""
    guard._core.store.enter("other", "incident", "", lambda _: ("{}", True, None), START)
    for name in ("", "request-1", "other"):
        with pytest.raises(CaseUnknown):
            requests.get(name)


# ── Receiving ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3")
def test_a_deletion_names_its_ground(guard: Guard, requests: Requests) -> None:
    """One of five, and nothing else has a ground."""
    subject = shopper(guard)
    assert len(DeletionGround) == 5
    for ground in DeletionGround:
        assert requests.receive(subject, RequestKind.DELETE, ground=ground).ground is ground
    with pytest.raises(ArgumentInvalid):
        requests.receive(subject, RequestKind.DELETE)
    with pytest.raises(ArgumentInvalid):
        requests.receive(subject, RequestKind.EXPORT, ground=DeletionGround.UNLAWFUL)


def test_what_is_asked_for_is_checked(guard: Guard, requests: Requests) -> None:
    """Callers without a type checker are told, and nothing is written down."""
    subject = shopper(guard)
    wrong: Any = "delete"
    with pytest.raises(ArgumentInvalid):
        requests.receive(subject, wrong)
    with pytest.raises(ArgumentInvalid):
        requests.receive(wrong, RequestKind.EXPORT)
    with pytest.raises(ArgumentInvalid):
        requests.receive(subject, RequestKind.DELETE, ground=wrong)
    with pytest.raises(ArgumentInvalid):
        requests.refuse(requests.receive(subject, RequestKind.EXPORT), wrong, because="x", by="clerk")
    assert len(requests.of(subject)) == 1


@pytest.mark.clause("RIGHT-6", "MINOR-1")
def test_a_guardian_asks_for_a_child(guard: Guard, requests: Requests) -> None:
    """A registered guardian, and nobody else."""
    parent, stranger = shopper(guard, "parent"), shopper(guard, "stranger")
    minor = guard.subject("minor", born=ADULT.replace(year=2016), guardians=[parent])
    request = requests.receive(minor, RequestKind.EXPORT, by=parent)
    assert (request.subject, request.asker) == (minor.pseudonym, parent.pseudonym)
    with pytest.raises(ArgumentInvalid):
        requests.receive(minor, RequestKind.EXPORT, by=stranger)
    assert requests.receive(minor, RequestKind.EXPORT, by=minor).asker == minor.pseudonym


def test_a_key_is_one_request_of_one_subject(guard: Guard, requests: Requests, clock: HandClock) -> None:
    """Repeated, it gives the request that is there, wherever it stands; for something else it is refused."""
    one, other = shopper(guard, "one"), shopper(guard, "other")
    first = requests.receive(one, RequestKind.EXPORT, key="web-1")
    requests.verify(first, method="code", by="clerk")
    clock.move(DAY)
    assert requests.receive(one, RequestKind.EXPORT, key="web-1").case == first.case
    assert requests.receive(one, RequestKind.EXPORT, key="web-1").state is RequestState.VERIFIED
    assert requests.receive(other, RequestKind.EXPORT, key="web-1").case != first.case
    assert requests.receive(one, RequestKind.EXPORT).case != requests.receive(one, RequestKind.EXPORT).case
    with pytest.raises(KeyReused):
        requests.receive(one, RequestKind.CORRECT, key="web-1")
    with pytest.raises(KeyReused):
        requests.receive(one, RequestKind.EXPORT, about="order", key="web-1")


def test_a_step_with_a_key_is_taken_once(guard: Guard, requests: Requests, clock: HandClock) -> None:
    """Repeated later, even when the request is elsewhere, it changes nothing; for something else it is refused."""
    request = received(guard, requests)
    for _ in range(2):
        requests.verify(request, method="code", by="clerk", key="v")
        requests.begin(request, by="clerk", key="b")
        requests.fulfil(request, evidence="mail 7", by="clerk", key="f")
        requests.complain(request, about="letter 3", key="c")
        clock.move(DAY)
    assert [step.name for step in requests.history(request)] == ["receive", "verify", "begin", "fulfil", "complain"]
    assert requests.get(request.case).state is RequestState.COMPLAINED
    with pytest.raises(KeyReused):
        requests.verify(request, method="other", by="clerk", key="v")
    with pytest.raises(KeyReused):
        requests.begin(request, by="clerk", key="v")


# ── The time ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-6", "CONT-1")
@pytest.mark.parametrize(
    ("at", "end"),
    [
        (datetime(2026, 11, 2, 8, 0, tzinfo=UTC), datetime(2026, 11, 17, 16, 0, tzinfo=UTC)),
        (datetime(2026, 11, 2, 15, 59, 59, 999999, tzinfo=UTC), datetime(2026, 11, 17, 16, 0, tzinfo=UTC)),
        (datetime(2026, 11, 2, 16, 0, tzinfo=UTC), datetime(2026, 11, 18, 16, 0, tzinfo=UTC)),
        (datetime(2028, 2, 20, 0, 0, tzinfo=UTC), datetime(2028, 3, 6, 16, 0, tzinfo=UTC)),
    ],
)
def test_the_answer_is_due_within_fifteen_days(clock: HandClock, at: datetime, end: datetime) -> None:
    """The day of receipt in the policy's zone does not count, and the fifteenth after it does, to its end."""
    clock.move_to(at)
    with shop(clock=clock) as guard:
        requests = Requests(guard)
        request = requests.receive(shopper(guard), RequestKind.EXPORT)
        assert request.due == end
        clock.move_to(end - TICK)
        assert requests.overdue() == []
        assert not requests.get(request.case).overdue(clock.clock.now())
        clock.move_to(end)
        assert requests.overdue() == [request]


@pytest.mark.clause("RIGHT-6")
def test_how_many_days_is_a_setting_of_the_policy(clock: HandClock) -> None:
    """A part of a day more does not count: the answer is never later than the policy says."""
    for within, days in ((DAY, 1), (timedelta(days=2, hours=23), 2), (timedelta(days=30), 30)):
        with shop(policy=shop_policy(answer_within=within), clock=clock) as guard:
            request = Requests(guard).receive(shopper(guard), RequestKind.EXPORT)
            assert request.due == datetime(2026, 11, 2, 16, 0, tzinfo=UTC) + timedelta(days=days)


@pytest.mark.clause("RIGHT-6")
def test_no_step_and_no_later_policy_gives_more_time(tmp_path: Path, clock: HandClock) -> None:
    """The time is the one of the day of receipt, whatever happens until the answer."""
    with shop(tmp_path / "db", clock=clock) as guard:
        requests = Requests(guard)
        request = received(guard, requests)
    clock.move(3 * DAY)
    with shop(tmp_path / "db", policy=shop_policy("2026-12", answer_within=timedelta(days=60)), clock=clock) as guard:
        requests = Requests(guard)
        for step in ("verify", "begin", "fulfil"):
            assert STEPS[step](requests, request.case).due == request.due


@pytest.mark.clause("RIGHT-6")
def test_what_is_overdue_comes_first(guard: Guard, requests: Requests, clock: HandClock) -> None:
    """Open requests come by when they are due, and answered ones do not come."""
    subject = shopper(guard)
    made: list[RightsRequest] = []
    for _ in range(4):
        made.append(requests.receive(subject, RequestKind.EXPORT))
        clock.move(5 * DAY)
    refused = requests.refuse(made[2], RefusalGround.IDENTITY, because="no papers", by="clerk")
    assert [request.case for request in requests.open()] == [made[0].case, made[1].case, made[3].case]
    assert [request.case for request in requests.overdue()] == [made[0].case]
    assert not refused.overdue(clock.clock.now())
    late = requests.refuse(made[0], RefusalGround.IDENTITY, because="no papers", by="clerk")
    assert late.overdue(clock.clock.now())
    assert requests.overdue() == []


@pytest.mark.clause("RIGHT-6", "CONT-1")
def test_a_complaint_is_answered_in_as_much_time(guard: Guard, requests: Requests, clock: HandClock) -> None:
    """It opens the request again, and the time runs from its day."""
    request = received(guard, requests, "verify", "begin", "fulfil")
    assert requests.open() == []
    clock.move(20 * DAY)
    again = requests.complain(request, about="letter 3")
    assert again.open
    assert again.due == request.due + 20 * DAY
    assert requests.open() == [again]


# ── Refusals and fees ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-6")
def test_the_grounds_of_refusal_are_closed() -> None:
    """The six of the policy, requests beyond reason, and a person who was not verified."""
    assert {ground.value for ground in RefusalGround} == {
        *("national-security", "public-safety", "criminal-matters", "bad-faith", "serious-harm", "trade-secrets"),
        *("repeated", "unreasonable", "identity-not-verified"),
    }


@pytest.mark.clause("RIGHT-6")
@pytest.mark.parametrize("ground", RefusalGround)
def test_until_somebody_is_verified_a_refusal_tells_nothing_else(
    guard: Guard, requests: Requests, ground: RefusalGround
) -> None:
    """Before, only that nobody was verified; afterwards, everything but that."""
    fresh = received(guard, requests)
    verified = received(guard, requests, "verify")
    unknown = ground is RefusalGround.IDENTITY
    possible, impossible = (fresh, verified) if unknown else (verified, fresh)
    with pytest.raises(RefusalInvalid) as caught:
        requests.refuse(impossible, ground, because="file 12", by="clerk")
    assert caught.value.ground == ground.value
    if ground is RefusalGround.REPEATED:  # the subject of the next test
        return
    refused = requests.refuse(possible, ground, because="file 12", by="clerk")
    assert (refused.state, refused.refusal, refused.because) == (RequestState.REFUSED, ground, "file 12")
    assert ground.says in requests.answer(refused).text
    assert "file 12" in requests.answer(refused).text


@pytest.mark.clause("RIGHT-6")
def test_only_what_is_repeated_beyond_reason_costs_or_is_refused_for_it(guard: Guard, clock: HandClock) -> None:
    """Earlier requests of the same kind count for as long as the setting says, to the instant."""
    requests = Requests(guard, repeated_after=2, repeated_within=10 * DAY)
    subject, other = shopper(guard), shopper(guard, "other")
    requests.receive(other, RequestKind.EXPORT)
    requests.receive(subject, RequestKind.EXPORT)
    clock.move(5 * DAY)
    requests.receive(subject, RequestKind.CORRECT)
    second = requests.receive(subject, RequestKind.EXPORT)
    requests.verify(second, method="code", by="clerk")
    assert second.earlier == 1
    with pytest.raises(FeeInvalid):
        requests.charge(second, fee="20 CNY", by="clerk")
    with pytest.raises(RefusalInvalid):
        requests.refuse(second, RefusalGround.REPEATED, because="log", by="clerk")
    clock.move(5 * DAY)
    third = requests.receive(subject, RequestKind.EXPORT)
    assert third.earlier == 2
    clock.move(TICK)
    assert requests.receive(subject, RequestKind.EXPORT).earlier == 2  # the first does not count any more
    requests.verify(third, method="code", by="clerk")
    assert "free of charge" in requests.answer(third).text
    requests.charge(third, fee="20 CNY", by="clerk")
    assert "20 CNY" in requests.answer(third).text
    assert requests.refuse(third, RefusalGround.REPEATED, because="log", by="clerk").state is RequestState.REFUSED


def test_settings_that_cannot_be_meant_are_refused(guard: Guard) -> None:
    """The first request is never repeated, and a period is a time."""
    with pytest.raises(ArgumentInvalid):
        Requests(guard, repeated_after=0)
    with pytest.raises(ArgumentInvalid):
        Requests(guard, repeated_within=timedelta(0))


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-6", "CONT-1")
@pytest.mark.parametrize("state", WAYS)
def test_every_answer_names_the_way_to_complain(guard: Guard, requests: Requests, state: str) -> None:
    """Department, address and court, the day and the cost, in every state."""
    answer = requests.answer(received(guard, requests, *WAYS[state]))
    text = str(answer)
    assert (answer.contact, answer.days) == (CONTACT, 15)
    for part in (*CONTACT[:3], "within 15 days", "2026-11-02", "free of charge", answer.request.case):
        assert part in text
    if answer.request.open:
        assert "answer by 2026-11-17" in text
    if state == "fulfilled":
        assert "sent by mail" in text


@pytest.mark.clause("CONT-1")
def test_without_a_contact_there_are_no_requests() -> None:
    """A policy that names nobody to turn to cannot answer."""
    with shop(policy=shop_policy(contact=None)) as guard, pytest.raises(ContactMissing) as caught:
        Requests(guard)
    assert caught.value.version == "2026-11"


@pytest.mark.clause("DEF-4", "RIGHT-6")
def test_a_request_outlives_its_subject(guard: Guard, requests: Requests) -> None:
    """Who was erased can still be answered, and complain."""
    subject = shopper(guard)
    request = requests.receive(subject, RequestKind.DELETE, ground=DeletionGround.NO_CONSENT)
    requests.verify(request, method="code", by="clerk")
    requests.begin(request, by="clerk")
    subject.erase()
    requests.fulfil(request, evidence="erased", by="clerk")
    assert requests.complain(request).state is RequestState.COMPLAINED
    assert [one.case for one in requests.of(subject)] == [request.case]


# ── Several processes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-6")
def test_of_processes_that_answer_at_once_one_does(tmp_path: Path) -> None:
    """Some fulfil, some refuse: each request gets exactly one answer, and the others are told."""
    with shop(tmp_path / "db") as guard:
        requests = Requests(guard)
        cases = [received(guard, requests, "verify", "begin").case for _ in range(10)]
        heard, told = os.pipe()

        def work(n: int) -> None:
            for case in cases:
                try:
                    STEPS["fulfil" if n % 2 else "refuse"](Requests(guard), case)
                    os.write(told, b"1")
                except TransitionInvalid:
                    os.write(told, b"0")

        wait(*[child(lambda n=n: work(n)) for n in range(4)])  # type: ignore[misc]
        assert sorted(os.read(heard, 100)) == sorted(b"0" * 30 + b"1" * 10)
        os.close(heard)
        os.close(told)
        for case in cases:
            assert len(requests.history(case)) == 4
            assert not requests.get(case).open


@pytest.mark.clause("RIGHT-6")
def test_a_key_is_one_request_in_all_processes(tmp_path: Path) -> None:
    """Processes that receive the same at once write it down once."""
    with shop(tmp_path / "db") as guard:
        subject = shopper(guard)

        def work() -> None:
            for n in range(10):
                Requests(guard).receive(subject, RequestKind.EXPORT, key=str(n))

        wait(*[child(work) for _ in range(4)])
        requests = Requests(guard).of(subject)
        assert len(requests) == 10
        assert sorted(request.earlier for request in requests) == list(range(10))
