"""Incidents: who is affected follows from the record, and nobody is told less than is due."""

from __future__ import annotations

import os
import signal
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from deletion_world import (
    CARRIER,
    DAY,
    DEPOT,
    GOODS,
    NAME,
    NAME_VALUE,
    POLICY,
    START,
    Delivery,
    HandClock,
    Marketing,
    Person,
    child,
    filled,
    rights_of,
    shop,
    shopper,
)

from obq_privacy import Policy
from obq_privacy.errors import (
    ArgumentInvalid,
    AuditBroken,
    CaseUnknown,
    Denied,
    IncidentIncomplete,
    IncidentInvalid,
    KeyReused,
    ScopeInvalid,
)
from obq_privacy.rights import (
    AffectedSubject,
    Incident,
    IncidentKind,
    Incidents,
    IncidentScope,
    IncidentState,
    impact_assessment,
)
from obq_privacy.stores import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Guard, Subject

LEAK = IncidentKind.LEAK
PARTS = {
    "happened": "A carrier's terminal was stolen.",
    "cause": "Its disk was not encrypted.",
    "impact": "Somebody may know where you live.",
    "measures": "The terminal was locked from afar; carriers encrypt their disks from now on.",
    "protection": "Do not open the door to whom you do not expect.",
    "remedies": "You can have your data deleted, and claim damages.",
}


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None, clock=clock) as guard:
        yield guard


def worked_out(guard: Guard, scope: IncidentScope) -> dict[str, tuple[str, ...]]:
    """Give the items of each affected subject."""
    incidents = Incidents(guard)
    incident = incidents.assess(incidents.record(LEAK, scope, by="officer"), by="officer")
    found = list(incidents.affected(incident))
    assert incident.assessed is not None
    assert incident.assessed.subjects == len(found)
    assert set(incident.assessed.items) == {item for one in found for item in one.items}
    return {one.subject: one.items for one in found}


def ready(guard: Guard, scope: IncidentScope | None = None) -> tuple[Incidents, Incident]:
    """Give an incident that is described and assessed."""
    incidents = Incidents(guard)
    incident = incidents.record(LEAK, scope or IncidentScope(recipients=[CARRIER.key]), by="officer")
    incidents.describe(incident, by="officer", **PARTS)
    return incidents, incidents.assess(incident, by="officer")


def key_id(subject: Subject) -> str:
    """Give the id of the key of a subject, as it stands in its tokens."""
    return subject.collect(NAME, NAME_VALUE).seal()[2:18].hex()


# ── Who is affected ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-6")
def test_a_recipient_affects_those_whose_values_it_got(guard: Guard, clock: HandClock) -> None:
    """Others whose values went elsewhere, or nowhere, are not affected."""
    first, second, third = filled(guard, "1"), filled(guard, "2", orders=0), shopper(guard, "3")
    clock.move(DAY)
    guard.vault.load(Person, "person-2").name.share(Delivery, to=DEPOT)
    assert worked_out(guard, IncidentScope(recipients=[CARRIER.key])) == {first.pseudonym: (NAME.key,)}
    both = IncidentScope(recipients=[CARRIER.key, DEPOT.key])
    assert worked_out(guard, both) == {first.pseudonym: (NAME.key,), second.pseudonym: (NAME.key,)}
    assert third.pseudonym not in worked_out(guard, IncidentScope(items=[GOODS.key, NAME.key]))


@pytest.mark.clause("PROT-6")
@pytest.mark.parametrize(("since", "until", "hit"), [(0, 1, True), (-1, 0, False), (1, 2, False)])
def test_the_first_instant_counts_and_the_one_after_the_last_does_not(
    guard: Guard, clock: HandClock, since: int, until: int, *, hit: bool
) -> None:
    """A share at noon is in the hour from noon on, and not in the hour up to noon."""
    subject = filled(guard)
    clock.move(10 * DAY)
    scope = IncidentScope(recipients=[CARRIER.key], since=START + since * DAY, until=START + until * DAY)
    assert worked_out(guard, scope) == ({subject.pseudonym: (NAME.key,)} if hit else {})


@pytest.mark.clause("PROT-6")
def test_a_stolen_key_affects_everything_of_its_subject_that_was_there(guard: Guard, clock: HandClock) -> None:
    """What was collected before counts, too; a key of a subject that had been erased by then opens nothing."""
    subject, other = filled(guard, "1"), filled(guard, "2")
    keys = [key_id(subject), key_id(other)]
    clock.move(DAY)
    other.erase()
    clock.move(DAY)
    later = IncidentScope(keys=keys, since=START + 2 * DAY)
    clock.move(DAY)
    assert worked_out(guard, later) == {
        subject.pseudonym: ("birthday", "consignee-name", "goods", "photo"),
    }
    assert set(worked_out(guard, IncidentScope(keys=keys, items=[GOODS.key]))) == {subject.pseudonym, other.pseudonym}
    with pytest.raises(ScopeInvalid):
        Incidents(guard).record(LEAK, IncidentScope(keys=["00" * 16]), by="officer")
    with pytest.raises(ScopeInvalid):
        Incidents(guard).record(LEAK, IncidentScope(keys=["canary"]), by="officer")


@pytest.mark.clause("PROT-6")
def test_what_was_held_is_more_than_what_was_processed(guard: Guard, clock: HandClock) -> None:
    """Of a stolen disk everything is affected that was on it."""
    subject = filled(guard, orders=0)
    clock.move(DAY)
    span: dict[str, Any] = {"since": START + DAY, "until": START + 2 * DAY}
    assert worked_out(guard, IncidentScope(items=[NAME.key], **span)) == {}
    assert worked_out(guard, IncidentScope(items=[NAME.key], held=True, **span)) == {subject.pseudonym: (NAME.key,)}


@pytest.mark.clause("PROT-6")
def test_an_actor_and_a_purpose_narrow(guard: Guard) -> None:
    """What a clerk exported is affected; refusals are counted, and affect nobody."""
    subject, other = filled(guard, "1"), filled(guard, "2")
    rights_of(guard).export(subject, by="mallory")
    assert worked_out(guard, IncidentScope(actors=["mallory"])) == {
        subject.pseudonym: ("birthday", "consignee-name", "goods", "photo")
    }
    other.withdraw(Marketing)
    name = guard.vault.load(Person, "person-2").name
    with pytest.raises(Denied):
        name.reveal(Marketing)
    assert worked_out(guard, IncidentScope(purposes=[Marketing.key])) == {}
    incidents, incident = ready(guard, IncidentScope(purposes=[Marketing.key]))
    assert incident.assessed is not None
    assert (incident.assessed.subjects, incident.assessed.attempts) == (0, 1)
    guard.vault.load(Person, "person-1").name.reveal(Marketing)
    (one,) = incidents.affected(incidents.assess(incident, by="officer"))
    assert one == AffectedSubject(subject.pseudonym, (NAME.key,), (), 1, START, START)


@pytest.mark.clause("PROT-6", "PROT-2")
def test_the_assessment_holds_as_of_a_head_that_is_recorded(guard: Guard) -> None:
    """What happens later changes nothing until it is assessed again; then everybody has to be told anew."""
    subject = filled(guard, "1")
    incidents, incident = ready(guard)
    assert incident.assessed is not None
    guard.audit.verify(incident.assessed.head)
    filled(guard, "2")
    assert [one.subject for one in incidents.affected(incident)] == [subject.pseudonym]
    incidents.notified(incident, by="officer", because="the mail server is down")
    again = incidents.assess(incident, by="officer")
    assert again.assessed is not None
    assert (again.assessed.subjects, again.notified, again.announced) == (2, None, "")
    assert again.assessed.digest != incident.assessed.digest
    other = incidents.assess(incident, by="officer", scope=IncidentScope(recipients=[DEPOT.key], until=START + DAY))
    assert other.assessed is not None
    assert other.assessed.subjects == 0
    assert incidents.get(incident).scope.until == START + DAY


@pytest.mark.clause("PROT-2")
def test_a_log_that_was_tampered_with_is_not_assessed_unawares(tmp_path: Path, clock: HandClock) -> None:
    """The check names the place; without it, the report says that nothing was checked."""
    with shop(tmp_path / "db", clock=clock) as guard:
        filled(guard)
        incidents, incident = ready(guard)
        assert "checked as a whole" in incidents.report(incident)
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("UPDATE audit_segments SET until = until + 1 WHERE seq = 1")
    database.close()
    with shop(tmp_path / "db", clock=clock) as guard:
        incidents = Incidents(guard)
        with pytest.raises(AuditBroken):
            incidents.assess(incident, by="officer")
        unchecked = incidents.assess(incident, by="officer", verify=False)
        assert unchecked.assessed is not None
        assert (unchecked.assessed.subjects, unchecked.assessed.verified) == (1, False)
        assert "not checked" in incidents.report(unchecked)
        assert "record-broken" in {risk.code for risk in impact_assessment(guard).risks}


# ── What is said of it ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-6", "CONT-1")
def test_notice_announcement_and_report_have_every_part_and_no_value(guard: Guard) -> None:
    """What happened, why, its impact, the measures, how to protect oneself, the remedies, and whom to turn to."""
    subject = filled(guard)
    incidents, incident = ready(guard)
    notice = incidents.notice(incident, subject)
    assert (notice.subject, notice.items) == (subject.pseudonym, (NAME.key,))
    assert [one.text for one in incidents.notices(incident)] == [notice.text]
    texts = [notice.text, incidents.announcement(incident, because="two million people"), incidents.report(incident)]
    contact = guard.policy.contact
    assert contact is not None
    for text in texts:
        for part in PARTS.values():
            assert part in text
        for said in (contact.department, contact.address, contact.court, "within 15 days", incident.case):
            assert said in text
        assert "Name of the consignee" in text
        assert NAME_VALUE not in text
    assert "two million people" in texts[1]
    assert subject.pseudonym not in texts[1] + texts[2]
    assert incident.assessed is not None
    for said in ("People concerned: 1", str(incident.assessed.head), incident.assessed.digest, "carrier", "not yet"):
        assert said in texts[2]


@pytest.mark.clause("PROT-6")
@pytest.mark.parametrize("missing", sorted(PARTS))
def test_a_missing_part_is_one_error_that_names_it(guard: Guard, missing: str) -> None:
    """No notice, announcement or report goes out without it, and nobody can have been told."""
    subject = filled(guard)
    incidents = Incidents(guard)
    incident = incidents.record(LEAK, IncidentScope(recipients=[CARRIER.key]), by="officer")
    incidents.describe(incident, by="officer", **{name: text for name, text in PARTS.items() if name != missing})
    incidents.assess(incident, by="officer")
    for act in (
        lambda: incidents.notice(incident, subject),
        lambda: incidents.notices(incident),
        lambda: incidents.announcement(incident, because="x"),
        lambda: incidents.report(incident),
        lambda: incidents.notified(incident, by="officer", because="x"),
        lambda: incidents.reported(incident, authority="CAC", reference="1", by="officer"),
    ):
        with pytest.raises(IncidentIncomplete) as caught:
            act()
        assert caught.value.parts == (missing,)
    incidents.describe(incident, by="officer", **{missing: PARTS[missing]})
    assert PARTS[missing] in incidents.report(incident)


@pytest.mark.clause("PROT-6", "CONT-1")
def test_all_missing_parts_are_named_at_once_and_the_contact_is_one(clock: HandClock) -> None:
    """A policy without a contact cannot tell anybody whom to turn to."""
    bare = Policy(version="2026-12", controller="Example Shop", purposes=POLICY.purposes, recipients=POLICY.recipients)
    with shop(policy=bare, clock=clock) as guard:
        subject = filled(guard)
        incidents = Incidents(guard)
        incident = incidents.record(LEAK, IncidentScope(recipients=[CARRIER.key]), by="officer")
        incidents.describe(incident, by="officer", happened="  ")
        incidents.assess(incident, by="officer")
        with pytest.raises(IncidentIncomplete) as caught:
            incidents.notice(incident, subject)
        assert caught.value.parts == (*PARTS, "contact")


# ── How it goes on ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-6")
def test_an_incident_is_closed_once_everybody_was_told(guard: Guard) -> None:
    """Recorded, assessed, told to each and to the authority; no step is skipped."""
    first, second = filled(guard, "1"), filled(guard, "2")
    incidents = Incidents(guard)
    incident = incidents.record(LEAK, IncidentScope(recipients=[CARRIER.key]), by="officer")
    assert (incident.state, incident.recorded) == (IncidentState.RECORDED, START)
    for early in (
        lambda: incidents.affected(incident),
        lambda: incidents.report(incident),
        lambda: incidents.notified(incident, by="officer"),
        lambda: incidents.close(incident, by="officer"),
    ):
        with pytest.raises(IncidentInvalid):
            early()
    incidents.describe(incident, by="officer", **PARTS)
    assert incidents.assess(incident, by="officer").state is IncidentState.ASSESSED
    for _ in range(2):
        incidents.told(incident, first.pseudonym, reference="mail 1")
    assert [one.subject for one in incidents.untold(incident)] == [second.pseudonym]
    with pytest.raises(IncidentInvalid):
        incidents.notified(incident, by="officer")
    incidents.told(incident, second.pseudonym, reference="mail 2")
    assert incidents.notified(incident, by="officer").state is IncidentState.NOTIFIED
    with pytest.raises(IncidentInvalid) as caught:
        incidents.close(incident, by="officer")
    assert (caught.value.state, caught.value.step) == ("notified", "close")
    assert [one.case for one in incidents.open()] == [incident.case]
    assert incidents.reported(incident, authority="CAC", reference="77", by="officer").state is IncidentState.REPORTED
    closed = incidents.close(incident, by="officer")
    assert (closed.state, closed.closed, incidents.open()) == (IncidentState.CLOSED, START, [])
    with pytest.raises(IncidentInvalid):
        incidents.assess(incident, by="officer")
    assert "Done: 2026" in incidents.report(incident)


@pytest.mark.clause("PROT-6")
def test_where_one_by_one_is_hard_an_announcement_does(guard: Guard) -> None:
    """It says why, and the report says so as well."""
    filled(guard)
    incidents, incident = ready(guard)
    told = incidents.notified(incident, by="officer", because="addresses were lost")
    assert told.announced == "addresses were lost"
    assert "by announcement: addresses were lost" in incidents.report(incident)


def test_a_key_is_one_incident(guard: Guard) -> None:
    """Repeated, it changes nothing; for something else it is refused."""
    incidents = Incidents(guard)
    first = incidents.record(LEAK, IncidentScope(items=[NAME.key]), by="officer", key="k")
    assert incidents.record(LEAK, IncidentScope(items=[NAME.key]), by="officer", key="k") == first
    with pytest.raises(KeyReused):
        incidents.record(LEAK, IncidentScope(items=[GOODS.key]), by="officer", key="k")


def test_a_scope_that_cannot_be_is_refused(guard: Guard) -> None:
    """Nothing is recorded."""
    incidents = Incidents(guard)
    bad: Any = "wrong"
    for wrong in (
        IncidentScope,
        lambda: IncidentScope(since=START + DAY, until=START),
        lambda: incidents.record(LEAK, IncidentScope(items=["none"]), by="officer"),
        lambda: incidents.record(LEAK, IncidentScope(recipients=["none"]), by="officer"),
    ):
        with pytest.raises(ScopeInvalid):
            wrong()
    for unfit in (
        lambda: IncidentScope(items=bad),
        lambda: IncidentScope(since=START.replace(tzinfo=None)),
        lambda: Incidents(bad),
        lambda: incidents.record(bad, IncidentScope(items=[NAME.key]), by="officer"),
        lambda: incidents.record(LEAK, IncidentScope(items=[NAME.key]), by=""),
        lambda: incidents.notice("incident-1", bad),
    ):
        with pytest.raises(ArgumentInvalid):
            unfit()
    with pytest.raises(CaseUnknown):
        incidents.get("incident-1")
    assert incidents.open() == []
    subject = shopper(guard)
    other = ready(guard)[1]
    with pytest.raises(ArgumentInvalid):
        incidents.notice(other, subject)


@pytest.mark.clause("PROT-6")
def test_an_incident_that_dies_between_two_steps_goes_on(tmp_path: Path) -> None:
    """What was written down is there for the next process, and nothing else is."""
    path = tmp_path / "db"
    with shop(path) as guard:
        filled(guard)
    for step in (1, 2, 3, 4):

        def work(step: int = step) -> None:
            left = [step]
            enter = SQLiteStore.enter

            def deadly(*arguments: Any) -> Any:
                entered = enter(*arguments)
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return entered

            SQLiteStore.enter = deadly  # type: ignore[method-assign]
            with shop(path) as guard:
                incidents = Incidents(guard)
                incident = incidents.record(LEAK, IncidentScope(recipients=[CARRIER.key]), by="officer", key="theft")
                incidents.describe(incident, by="officer", **PARTS)
                incidents.assess(incident, by="officer")
                incidents.notified(incident, by="officer", because="x")

        assert os.WIFSIGNALED(os.waitpid(child(work), 0)[1])
    with shop(path) as guard:
        (incident,) = Incidents(guard).open()
        assert (incident.state, incident.announced) == (IncidentState.NOTIFIED, "x")
