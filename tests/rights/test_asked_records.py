"""What is asked for and decided is on record before it stands in the docket, and counts for what it was said of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from request_world import (
    ADULT,
    INCOME,
    NAME,
    NAME_VALUE,
    Delivery,
    LimitScoring,
    Marketing,
    Scoring,
    shop,
    shop_policy,
    shopper,
)

from obq_privacy import errors
from obq_privacy.rights import (
    Automated,
    Decisions,
    IncidentKind,
    Incidents,
    IncidentScope,
    IncidentState,
    MachineDecision,
    RequestKind,
    Requests,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from obq_privacy import Guard, Subject

SCOPE = IncidentScope(items=[NAME.key])
PARTS = dict.fromkeys(("happened", "cause", "impact", "measures", "protection", "remedies"), "a text")


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None) as guard:
        yield guard


def decided(guard: Guard, subject: Subject, *, logic: str = "credit", purpose: Any = Scoring) -> MachineDecision:
    with Automated(guard, logic=logic, version="1").deciding(subject, purpose) as deciding:
        return deciding.conclude(f"{logic}-says-no", key="order-1")


# ── The record comes first ────────────────────────────────────────────────────────────────────────────────


def _received(guard: Guard, subject: Subject) -> Callable[[], object]:
    return lambda: Requests(guard).receive(subject, RequestKind.EXPORT, key="k")


def _verified(guard: Guard, subject: Subject) -> Callable[[], object]:
    request = Requests(guard).receive(subject, RequestKind.EXPORT)
    return lambda: Requests(guard).verify(request, method="passport", by="clerk", key="v")


def _concluded(guard: Guard, subject: Subject) -> Callable[[], object]:
    return lambda: decided(guard, subject)


def _appealed(guard: Guard, subject: Subject) -> Callable[[], object]:
    decision = decided(guard, subject)
    return lambda: Decisions(guard).appeal(decision)


def _refused(guard: Guard, subject: Subject) -> Callable[[], object]:
    return lambda: Decisions(guard).refuse(subject, Scoring)


def _recorded(guard: Guard, subject: Subject) -> Callable[[], object]:
    del subject
    return lambda: Incidents(guard).record(IncidentKind.LEAK, SCOPE, by="officer", key="k")


def _assessed(guard: Guard, subject: Subject) -> Callable[[], object]:
    subject.collect(NAME, NAME_VALUE)
    incident = Incidents(guard).record(IncidentKind.LEAK, SCOPE, by="officer")
    return lambda: Incidents(guard).assess(incident, by="officer")


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.clause("PROT-2", "RIGHT-5", "RIGHT-6", "PROT-6")
@pytest.mark.parametrize("prepared", [_received, _verified, _concluded, _appealed, _refused, _recorded, _assessed])
def test_who_dies_before_the_record_has_entered_nothing(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, prepared: Callable[[Guard, Subject], Callable[[], object]]
) -> None:
    """Repeated under the same key it is entered and recorded, and repeated again neither."""
    act = prepared(guard, shopper(guard, "shopper", Delivery, Scoring))

    def docket() -> int:
        store = guard._core.store
        kinds = ("request", "automated-decision", "automated-refusal", "incident")
        return sum(len(store.entries(row.case)) for kind in kinds for row in store.cases(kind))

    def records() -> int:
        return sum(entry.outcome == "done" for entry in guard.audit.entries())

    def dying(*_: object) -> None:
        raise Killed

    entries, recorded = docket(), records()
    with monkeypatch.context() as patch:
        patch.setattr(type(guard._core.journal), "append", dying)
        patch.setattr(type(guard._core), "record", dying)
        with pytest.raises(Killed):
            act()
    assert (docket(), records()) == (entries, recorded)
    act()
    assert (docket(), records()) == (entries + 1, recorded + 1)


# ── Keys, and people of other guards ──────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-5")
def test_a_key_does_not_give_the_outcome_of_another_logic_or_purpose(guard: Guard) -> None:
    subject = shopper(guard, "shopper", Scoring)
    first = decided(guard, subject)
    with pytest.raises(errors.KeyReused):
        decided(guard, subject, logic="fraud")
    with pytest.raises(errors.KeyReused):
        decided(guard, subject, purpose=LimitScoring)
    assert decided(guard, subject) == first
    assert Decisions(guard).of(subject) == [first]


@pytest.mark.clause("RIGHT-5")
def test_a_decision_reads_nothing_of_somebody_else(guard: Guard) -> None:
    subject, other = shopper(guard, "shopper", Scoring), shopper(guard, "other", Scoring)
    income = other.collect(INCOME, 48_151)
    with Automated(guard, logic="credit", version="1").deciding(subject, Scoring) as deciding:
        with pytest.raises(errors.MachineDecisionInvalid, match="its own subject"):
            deciding.reveal(income, Scoring)
        assert deciding.conclude("no").items == ()


def test_nobody_of_another_guard_is_decided_about_or_listed(guard: Guard) -> None:
    incidents = Incidents(guard)
    incident = incidents.record(IncidentKind.LEAK, SCOPE, by="officer")
    with shop(policy=shop_policy()) as other:
        stranger = other.subject("stranger", born=ADULT)
        acts: list[Callable[[], object]] = [
            lambda: decided(guard, stranger),
            lambda: Requests(guard).of(stranger),
            lambda: Decisions(guard).of(stranger),
            lambda: Decisions(guard).refuse(stranger, Scoring),
            lambda: Decisions(guard).allow(stranger, Scoring),
            lambda: incidents.notice(incident, stranger),
        ]
        for act in acts:
            with pytest.raises(errors.ArgumentInvalid, match="another guard"):
                act()


@pytest.mark.clause("RIGHT-5", "RIGHT-6")
def test_an_appeal_is_due_when_a_request_of_the_same_day_is(guard: Guard) -> None:
    subject = shopper(guard, "shopper", Scoring)
    Decisions(guard).appeal(decided(guard, subject))
    (row,) = guard._core.store.cases("automated-decision", open=True)
    assert row.due == Requests(guard).receive(subject, RequestKind.EXPORT).due


# ── Incidents ─────────────────────────────────────────────────────────────────────────────────────────────


def _leak(guard: Guard) -> tuple[Incidents, str]:
    incidents = Incidents(guard)
    case = incidents.record(IncidentKind.LEAK, SCOPE, by="officer").case
    incidents.describe(case, by="officer", **PARTS)
    incidents.assess(case, by="officer")
    return incidents, case


@pytest.mark.clause("PROT-6")
@pytest.mark.parametrize("step", ["notified", "reported"])
def test_an_assessment_in_between_is_not_the_one_that_was_told_of(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first, second = shopper(guard, "first", Delivery), shopper(guard, "second", Delivery)
    first.collect(NAME, NAME_VALUE)
    incidents, case = _leak(guard)
    incidents.told(case, first.pseudonym, reference="mail 1")
    checked = Incidents._assessed

    def meanwhile(self: Incidents, *args: Any) -> Any:
        found = checked(self, *args)
        monkeypatch.undo()
        second.collect(NAME, NAME_VALUE)
        Incidents(guard).assess(case, by="somebody else")
        return found

    monkeypatch.setattr(Incidents, "_assessed", meanwhile)
    acts: dict[str, Callable[[], object]] = {
        "notified": lambda: incidents.notified(case, by="officer", because="addresses were lost"),
        "reported": lambda: incidents.reported(case, authority="CAC", reference="77", by="officer"),
    }
    with pytest.raises(errors.IncidentInvalid):
        acts[step]()
    assert incidents.get(case).state is IncidentState.ASSESSED
    assert [one.subject for one in incidents.untold(case)] == sorted((first.pseudonym, second.pseudonym))


@pytest.mark.clause("PROT-6")
def test_a_notice_counts_for_the_assessment_that_it_was_drafted_from(guard: Guard) -> None:
    first, second = shopper(guard, "first", Delivery), shopper(guard, "second", Delivery)
    first.collect(NAME, NAME_VALUE)
    incidents, case = _leak(guard)
    (old,) = incidents.notices(case)
    second.collect(NAME, NAME_VALUE)
    incidents.assess(case, by="officer")
    incidents.told(case, old, reference="mail 1")
    assert [one.subject for one in incidents.untold(case)] == sorted((first.pseudonym, second.pseudonym))
    for notice in incidents.notices(case):
        incidents.told(case, notice, reference="mail 2")
    assert list(incidents.untold(case)) == []
    assert incidents.notified(case, by="officer").state is IncidentState.NOTIFIED


@pytest.mark.clause("PROT-6")
def test_a_blank_reason_is_no_announcement(guard: Guard) -> None:
    shopper(guard, "first", Delivery, Marketing).collect(NAME, NAME_VALUE)
    incidents, case = _leak(guard)
    with pytest.raises(errors.IncidentInvalid):
        incidents.notified(case, by="officer", because=" \n")
