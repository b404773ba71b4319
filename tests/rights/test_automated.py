"""Decisions by machine alone: on record with what they read, explained, appealed to a person, and refused."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from request_world import (
    CONTACT,
    INCOME,
    NAME,
    NAME_VALUE,
    START,
    Delivery,
    HandClock,
    LimitScoring,
    Marketing,
    Scoring,
    child,
    shop,
    shop_policy,
    shopper,
    wait,
)

from obq_privacy.errors import (
    AppealInvalid,
    ArgumentInvalid,
    CaseUnknown,
    ConsentMissing,
    ContactMissing,
    MachineDecisionInvalid,
    MachineDecisionRefused,
)
from obq_privacy.rights import Automated, Deciding, Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Guard, Subject
    from obq_privacy.rights import MachineDecision

INCOME_VALUE = 48_151
WORDS = {"limit-5000": "a limit of 5000 CNY", "income-known": "You have told us your income.", "limit-0": "no limit"}
SAYS = "It compares your income with the limits of other accounts."


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None, clock=clock) as guard:
        yield guard


def scoring(guard: Guard, version: str = "3") -> Automated:
    """Give the logic of the shop."""
    return Automated(guard, logic="credit-limit", version=version, says=SAYS, words=WORDS)


def decided(guard: Guard, subject: Subject, *, key: str = "", outcome: str = "limit-5000") -> MachineDecision:
    """Let the machine decide about a subject."""
    income = subject.collect(INCOME, INCOME_VALUE)
    with scoring(guard).deciding(subject, Scoring) as deciding:
        assert deciding.reveal(income, Scoring) == INCOME_VALUE
        return deciding.conclude(outcome, because=["income-known", "rule-7"], key=key)


# ── On record ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-5")
def test_a_decision_is_recorded_with_what_it_rests_on(guard: Guard) -> None:
    """Purpose, items, outcome, reasons, name and version of the logic, and the version of the policy."""
    subject = shopper(guard, "shopper", Scoring)
    decision = decided(guard, subject)
    assert (decision.purpose, decision.items, decision.outcome) == ("scoring", ("income",), "limit-5000")
    assert (decision.logic, decision.logic_version, decision.version) == ("credit-limit", "3", "2026-11")
    assert (decision.because, decision.at) == (("income-known", "rule-7"), START)
    assert Decisions(guard).of(subject) == [decision]
    (entry,) = [entry for entry in guard.audit.entries() if entry.operation == "automated-decision"]
    assert (entry.items, entry.purpose, entry.actor) == (("income",), "scoring", "credit-limit/3")
    assert [e.items for e in guard.audit.entries(purpose=Scoring) if e.operation == "use"] == [("income",)]


@pytest.mark.clause("RIGHT-5")
def test_what_is_combined_is_read_with_all_its_items(guard: Guard) -> None:
    """Every item of a derived value counts, and a decision that reads nothing says so."""
    subject = shopper(guard, "shopper", LimitScoring, Scoring)
    income = subject.collect(INCOME, INCOME_VALUE)
    with scoring(guard).deciding(subject, Scoring) as deciding:
        deciding.reveal(income.map(lambda amount: amount // 1000), LimitScoring)
        assert deciding.conclude("limit-0").items == ("income",)
    with scoring(guard).deciding(subject, Scoring) as deciding:
        decision = deciding.conclude("limit-0")
    assert decision.items == ()
    assert "Read: nothing about you." in Decisions(guard).explain(decision)


@pytest.mark.clause("RIGHT-5", "USE-2")
def test_a_decision_reads_for_its_own_purpose_and_with_consent(guard: Guard) -> None:
    """Neither another purpose nor a missing consent gives it anything."""
    subject = shopper(guard, "shopper", Delivery)
    name = subject.collect(NAME, NAME_VALUE)
    with pytest.raises(MachineDecisionInvalid), scoring(guard).deciding(subject, Scoring) as deciding:
        deciding.reveal(name, Delivery)
    with pytest.raises(ConsentMissing), scoring(guard).deciding(subject, Marketing) as deciding:
        deciding.reveal(name, Marketing)
    assert Decisions(guard).of(subject) == []


def test_a_decision_has_one_outcome(guard: Guard) -> None:
    """A second one, none, or reading after it: each is an error. What raises decides nothing."""
    subject = shopper(guard, "shopper", Scoring)
    income = subject.collect(INCOME, INCOME_VALUE)
    with scoring(guard).deciding(subject, Scoring) as deciding:
        deciding.conclude("limit-0")
        with pytest.raises(MachineDecisionInvalid):
            deciding.conclude("limit-5000")
        with pytest.raises(MachineDecisionInvalid):
            deciding.reveal(income, Scoring)
    with pytest.raises(MachineDecisionInvalid), scoring(guard).deciding(subject, Scoring):
        pass
    with pytest.raises(ZeroDivisionError), scoring(guard).deciding(subject, Scoring):
        raise ZeroDivisionError
    assert [decision.outcome for decision in Decisions(guard).of(subject)] == ["limit-0"]


def test_a_key_is_one_decision(guard: Guard) -> None:
    """Repeated, the first outcome stands."""
    subject = shopper(guard, "shopper", Scoring)
    first = decided(guard, subject, key="order-1")
    assert decided(guard, subject, key="order-1", outcome="limit-0") == first
    assert len(Decisions(guard).of(subject)) == 1


def test_arguments_are_checked(guard: Guard) -> None:
    """A logic has a name and a version, and outcomes say something."""
    subject = shopper(guard)
    assert repr(scoring(guard)) == "Automated(credit-limit, version 3)"
    assert repr(Deciding(scoring(guard), subject, Scoring)) == "Deciding(credit-limit, scoring)"
    for parts in ({"logic": ""}, {"version": ""}, {"words": {"": "x"}}, {"words": {"x": ""}}):
        with pytest.raises(ArgumentInvalid):
            Automated(guard, **{"logic": "l", "version": "1", **parts})  # type: ignore[arg-type]
    wrong: Any = "shopper"
    with pytest.raises(ArgumentInvalid), scoring(guard).deciding(wrong, Scoring):
        pass
    with pytest.raises(ArgumentInvalid), scoring(guard).deciding(subject, Scoring) as deciding:
        deciding.conclude("")


# ── Explained ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-5", "CONT-1")
def test_a_decision_is_explained_in_plain_words(guard: Guard) -> None:
    """What was decided, from which items, by what, why, and how to appeal; no value is in it."""
    text = Decisions(guard).explain(decided(guard, shopper(guard, "shopper", Scoring)))
    for part in (
        "made on 2026-11-02 by machine alone",
        "Purpose: Scoring.",
        "Decided: a limit of 5000 CNY",
        f"By: credit-limit, version 3. {SAYS}",
        "Read: Monthly income.",
        "Because: You have told us your income.",
        "Because: rule-7",
        "version 2026-11 of the policy",
        *CONTACT[:3],
    ):
        assert part in text
    assert str(INCOME_VALUE) not in text


@pytest.mark.clause("RIGHT-5")
def test_an_old_decision_is_explained_as_it_was(tmp_path: Path) -> None:
    """In the words and with the version of its day, although the logic has changed."""
    with shop(tmp_path / "db") as guard:
        case = decided(guard, shopper(guard, "shopper", Scoring)).case
    with shop(tmp_path / "db", policy=shop_policy("2026-12")) as guard:
        Automated(guard, logic="credit-limit", version="4", words={"limit-5000": "something else"})
        text = Decisions(guard).explain(case)
    assert "a limit of 5000 CNY" in text
    assert "version 3" in text
    assert "2026-11" in text


def test_a_decision_that_nobody_made_is_unknown(guard: Guard) -> None:
    """It is neither explained nor appealed."""
    decisions = Decisions(guard)
    for act in (decisions.explain, decisions.appeal, decisions.get):
        with pytest.raises(CaseUnknown):
            act("automated-decision-1")


# ── Appealed ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-5")
@pytest.mark.parametrize("result", ["", "limit-0"])
def test_an_appeal_is_resolved_by_a_person(guard: Guard, clock: HandClock, result: str) -> None:
    """It waits until a person upholds the decision or puts another in its place, once."""
    decisions = Decisions(guard)
    decision = decided(guard, shopper(guard, "shopper", Scoring))
    assert decisions.appeals() == []
    appealed = decisions.appeal(decision, about="letter 9")
    clock.move(timedelta(days=1))
    assert decisions.appeal(decision) == appealed
    assert decisions.appeals() == [appealed]
    assert (appealed.appealed, appealed.appeal, appealed.result) == (START, "letter 9", "limit-5000")
    assert "a person looks at it" in decisions.explain(decision)
    resolved = decisions.resolve(decision, by="dong", result=result)
    assert (resolved.by, resolved.result) == ("dong", result or "limit-5000")
    assert resolved.outcome == "limit-5000"
    assert resolved.resolved == START + timedelta(days=1)
    assert decisions.appeals() == []
    assert ("decided instead: no limit" if result else "(dong) upheld it") in decisions.explain(decision)
    with pytest.raises(AppealInvalid):
        decisions.resolve(decision, by="dong")
    with pytest.raises(AppealInvalid):
        decisions.appeal(decision)


@pytest.mark.clause("RIGHT-5")
def test_no_machine_resolves_an_appeal(guard: Guard) -> None:
    """Neither inside of any decision by machine, nor under the name of the logic, nor by nobody."""
    decisions, subject = Decisions(guard), shopper(guard, "shopper", Scoring)
    decision = decisions.appeal(decided(guard, subject))
    other = Automated(guard, logic="appeals", version="1")
    with other.deciding(subject, Scoring) as deciding:
        with pytest.raises(AppealInvalid):
            decisions.resolve(decision, by="dong")
        deciding.conclude("x")
    for name in ("credit-limit", "credit-limit/3"):
        with pytest.raises(AppealInvalid):
            decisions.resolve(decision, by=name)
    with pytest.raises(ArgumentInvalid):
        decisions.resolve(decision, by=" ")
    assert decisions.appeals() == [decision]
    assert decisions.resolve(decision, by="dong").by == "dong"


def test_another_thread_is_not_the_machine(guard: Guard) -> None:
    """A person may resolve an appeal while a machine decides elsewhere."""
    decisions, subject = Decisions(guard), shopper(guard, "shopper", Scoring)
    decision = decisions.appeal(decided(guard, subject))
    with scoring(guard).deciding(subject, Scoring) as deciding:
        thread = threading.Thread(target=lambda: decisions.resolve(decision, by="dong"))
        thread.start()
        thread.join()
        deciding.conclude("x")
    assert decisions.get(decision).by == "dong"


def test_without_an_appeal_there_is_nothing_to_resolve(guard: Guard) -> None:
    """A decision that nobody appealed stands."""
    with pytest.raises(AppealInvalid):
        Decisions(guard).resolve(decided(guard, shopper(guard, "shopper", Scoring)), by="dong")


@pytest.mark.clause("CONT-1")
def test_without_a_contact_nobody_can_be_told_how_to_appeal() -> None:
    """A policy that names nobody to turn to has no appeals."""
    with shop(policy=shop_policy(contact=None)) as guard, pytest.raises(ContactMissing):
        Decisions(guard)


# ── Refused ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-5")
def test_a_subject_refuses_decisions_by_machine(guard: Guard) -> None:
    """For the purpose and all below it, and nobody else's; what was decided stays, and it can be taken back."""
    decisions, subject, other = Decisions(guard), shopper(guard, "shopper", Scoring), shopper(guard, "other", Scoring)
    decision = decided(guard, subject)
    for _ in range(2):
        decisions.refuse(subject, Scoring)
    for purpose in (Scoring, LimitScoring):
        with pytest.raises(MachineDecisionRefused) as caught, scoring(guard).deciding(subject, purpose):
            pytest.fail("it decides")
        assert (caught.value.purpose, caught.value.logic) == (purpose.key, "credit-limit")
    denials = [entry for entry in guard.audit.entries(outcome="deny") if entry.operation == "automated-decision"]
    assert [entry.codes for entry in denials] == [("OBQ610",)] * 2
    assert decisions.of(subject) == [decision]
    decided(guard, other)
    decisions.allow(subject, Scoring)
    decided(guard, subject)


@pytest.mark.clause("RIGHT-5")
def test_refusing_the_narrower_purpose_leaves_the_wider(guard: Guard) -> None:
    """The machine still decides what was not refused."""
    decisions, subject = Decisions(guard), shopper(guard, "shopper", Scoring)
    decisions.refuse(subject, LimitScoring)
    with pytest.raises(MachineDecisionRefused), scoring(guard).deciding(subject, LimitScoring):
        pass
    assert decided(guard, subject).outcome == "limit-5000"


@pytest.mark.clause("RIGHT-5")
def test_a_refusal_while_the_machine_decides_comes_in_time(guard: Guard) -> None:
    """What had begun before is not recorded after, so nobody acts on it."""
    decisions, subject = Decisions(guard), shopper(guard, "shopper", Scoring)
    with suppress(MachineDecisionInvalid), scoring(guard).deciding(subject, Scoring) as deciding:
        decisions.refuse(subject, Scoring)
        with pytest.raises(MachineDecisionRefused):
            deciding.conclude("limit-5000")
    assert decisions.of(subject) == []


@pytest.mark.clause("RIGHT-5")
def test_a_policy_may_not_offer_to_refuse() -> None:
    """Then a refusal is an error and not a promise that nobody keeps."""
    with shop(policy=shop_policy(machine_refusal=False)) as guard:
        with pytest.raises(MachineDecisionInvalid):
            Decisions(guard).refuse(shopper(guard), Scoring)
        Decisions(guard).allow(shopper(guard), Scoring)


@pytest.mark.clause("RIGHT-5")
def test_after_a_refusal_no_process_decides(tmp_path: Path) -> None:
    """Another process that decides in a loop stops with the refusal."""
    with shop(tmp_path / "db") as guard:
        subject = shopper(guard, "shopper", Scoring)
        heard, told = os.pipe()

        def work() -> None:
            with suppress(MachineDecisionRefused):
                while True:
                    with scoring(guard).deciding(subject, Scoring) as deciding:
                        deciding.conclude("limit-0")
                    os.write(told, b".")

        pid = child(work)
        os.read(heard, 1)
        Decisions(guard).refuse(subject, Scoring)
        count = len(Decisions(guard).of(subject))
        wait(pid)
        os.close(heard)
        os.close(told)
        assert len(Decisions(guard).of(subject)) == count
