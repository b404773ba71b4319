"""Recorded uses decided again under another version: what would change, and nothing is opened."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from versions_world import (
    ADULT,
    BOOK_ROLE,
    CARRIER,
    DAY,
    INCOME,
    NAME,
    PHONE,
    POST,
    START,
    Books,
    Delivery,
    HandClock,
    Marketing,
    Scoring,
    new,
    old,
    shop,
)

from obq_privacy import Actor, Exemption, Guard, Invoked, LegalBasis, Operation, Purpose, additional, basic, statutory
from obq_privacy.errors import ArgumentInvalid, ConsentMissing, ConsentOutdated, Denied, PolicyConflict, PolicyGap
from obq_privacy.rights import Difference, replay

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy import Subject

VALUE = "Li Lei of Canary Row"


def shopper(guard: Guard, *purposes: type[Purpose], name: str = "shopper") -> Subject:
    subject = guard.subject(name, born=ADULT)
    if purposes:
        subject.grant(*purposes)
    return subject


def tried(act: Any) -> None:
    with suppress(Denied):
        act()


def settle(clock: HandClock) -> None:
    """Let a second pass: what happens at one instant is recorded one after another, a microsecond apart."""
    clock.move(DAY / 86400)


def rows(guard: Guard, policy: Any, **period: Any) -> dict[tuple[str, str, str, str], int]:
    """Give what would change: operation, purpose, before and after, and how often."""
    found = replay(guard, policy, **period)
    assert found.unexplained == 0
    return {(d.operation, d.purpose, d.before, d.after): count for d, count in found.differences.items()}


@pytest.mark.clause("CHANGE-2")
def test_the_version_in_force_changes_nothing(tmp_path: Path) -> None:
    """Permits and refusals of every kind come out as they were recorded."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        subject = shopper(guard, Delivery)
        settle(clock)
        name = subject.collect(NAME, VALUE)
        name.reveal(Delivery)
        tried(lambda: name.reveal(Marketing))
        tried(lambda: name.share(Delivery, to=CARRIER))
        subject.grant(Delivery, recipients=[CARRIER])
        settle(clock)
        clock.move(DAY)
        name.share(Delivery, to=CARRIER)
        name.reveal(Books)
        subject.withdraw(Delivery)
        settle(clock)
        tried(lambda: name.reveal(Delivery))
        found = replay(guard, old())
    assert (found.decided, found.unexplained, found.erased) == (7, 0, 0)
    assert not found.differences
    assert (found.refused, found.permitted) == (0, 0)
    assert repr(found) == "Replay('1', 7 decided, 0 otherwise)"


@pytest.mark.clause("CHANGE-2")
def test_a_draft_shows_what_it_would_refuse_and_permit(tmp_path: Path) -> None:
    """By reason, purpose and item."""
    clock = HandClock()
    draft = old(
        version="draft",
        purposes=[
            basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME, PHONE]),
            statutory(Marketing, items=[NAME]),
            statutory(Books, items=[NAME]),
        ],
        recipients=[],
    )
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        subject = shopper(guard, Delivery)
        settle(clock)
        subject.grant(Delivery, recipients=[CARRIER])
        settle(clock)
        name, phone = subject.collect(NAME, VALUE), subject.collect(PHONE, "13800138000")
        for _ in range(3):
            name.share(Delivery, to=CARRIER)
        tried(lambda: phone.share(Delivery, to=CARRIER))
        tried(lambda: name.reveal(Marketing))
        name.reveal(Delivery)
        found = replay(guard, draft)
    assert found.differences == {
        Difference("share", "delivery", ("consignee-name",), "carrier", "permit", "OBQ115"): 3,
        Difference("share", "delivery", ("phone",), "carrier", "OBQ119", "OBQ115"): 1,
        Difference("use", "marketing", ("consignee-name",), "", ConsentMissing.code, "permit"): 1,
    }
    assert (found.refused, found.permitted, found.decided) == (3, 1, 8)
    assert found.by_reason() == {"OBQ115": 4, "permit": 1}
    assert found.by_purpose() == {"delivery": 4, "marketing": 1}
    assert found.by_item() == {"consignee-name": 4, "phone": 1}


@pytest.mark.clause("CHANGE-1", "CHANGE-2")
def test_what_a_newer_version_added_is_refused_to_older_consents(tmp_path: Path) -> None:
    """A changed purpose is not covered by what was agreed to before; an unchanged one is."""
    clock = HandClock()
    draft = old(
        version="draft",
        purposes=[
            basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME]),
            basic(Marketing, optional=[NAME]),
            statutory(Books, items=[NAME]),
        ],
    )
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        name = shopper(guard, Delivery, Marketing).collect(NAME, VALUE)
        name.reveal(Delivery)
        name.reveal(Marketing)
        assert rows(guard, draft) == {("use", "marketing", "permit", ConsentOutdated.code): 1}


@pytest.mark.clause("CHANGE-3")
def test_an_older_version_decides_what_was_done_under_a_newer_one(tmp_path: Path) -> None:
    """A recipient and a purpose that it did not have; consents that were given to the newer one are as new to it."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        shopper(guard, Delivery)
        settle(clock)
    with shop(path, new(), clock) as guard:
        subject = shopper(guard, Scoring)
        settle(clock)
        subject.grant(Delivery, recipients=[POST])
        settle(clock)
        income, name = subject.collect(INCOME, 5), subject.collect(NAME, VALUE)
        income.reveal(Scoring)
        name.share(Delivery, to=POST)
        assert rows(guard, old()) == {
            ("collect", "", "permit", PolicyGap.code): 1,
            ("use", "scoring", "permit", PolicyGap.code): 1,
            ("share", "delivery", "permit", "OBQ115"): 1,
        }


@pytest.mark.clause("CHANGE-2")
def test_a_period_is_decided_with_the_consents_of_its_time(tmp_path: Path) -> None:
    """The first instant belongs to it, the last does not; what was consented to later does not count."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        subject = shopper(guard, Delivery)
        settle(clock)
        name = subject.collect(NAME, VALUE)
        clock.move(DAY)
        tried(lambda: name.reveal(Marketing))
        clock.move(DAY)
        subject.grant(Marketing)
        settle(clock)
        name.reveal(Marketing)
        clock.move(DAY)
        subject.withdraw(Marketing)
        settle(clock)
        tried(lambda: name.reveal(Marketing))
        draft = old(version="draft", controller="Other")
        assert rows(guard, draft) == {}
        for since, until, decided in ((0, 4, 4), (0, 3, 3), (1, 2, 1), (2, 3, 1), (3, 4, 1), (4, 9, 0)):
            found = replay(guard, draft, since=START + since * DAY, until=START + until * DAY)
            assert (found.decided, found.unexplained) == (decided, 0)


@pytest.mark.clause("CHANGE-2")
def test_invoked_bases_choices_and_roles_are_assumed_as_recorded(tmp_path: Path) -> None:
    """What a record says of them counts, and what it does not say is assumed."""
    clock = HandClock()
    declared: dict[str, Any] = {
        "purposes": [
            basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME], choice=True, roles=[BOOK_ROLE]),
            additional(Marketing, optional=[NAME]),
            statutory(Books, items=[NAME]),
        ],
        "exemptions": [Exemption(LegalBasis.VITAL_INTERESTS, frozenset({Operation.USE}))],
    }
    rescue = Invoked(LegalBasis.VITAL_INTERESTS, justification="rescue 7", by="dispatcher")
    with shop(tmp_path / "shop.db", old(**declared), clock) as guard:
        subject = shopper(guard, Delivery)
        settle(clock)
        name = subject.collecting(matter="order-1").collect(NAME, VALUE)
        name.reveal_under(rescue)
        subject.choose(Delivery, CARRIER, matter="order-1")
        settle(clock)
        with guard.acting(Actor("clerk-7", frozenset({BOOK_ROLE}))):
            name.reveal(Delivery)
            name.share(Delivery, to=CARRIER)
        assert rows(guard, old(version="draft", **declared)) == {}
        stricter = old(version="draft", **{**declared, "exemptions": []})
        (only,) = rows(guard, stricter)
        assert only[:3] == ("use", "", "permit")


@pytest.mark.clause("CHANGE-2")
def test_what_a_record_does_not_say_is_not_taken_for_a_change(tmp_path: Path) -> None:
    """A use after the end of its retention was refused for the age of the value, which no record tells."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        name = shopper(guard, Delivery).collect(NAME, VALUE)
        clock.move(30 * DAY)
        tried(lambda: name.reveal(Delivery))
        found = replay(guard, old(version="draft", controller="Other"))
    assert (found.decided, found.unexplained) == (2, 1)
    assert not found.differences
    assert any("collected" in said for said in found.assumed)


@pytest.mark.clause("CHANGE-2", "DEF-4")
def test_erased_subjects_are_left_out(tmp_path: Path) -> None:
    """Nothing is known of them but that they were."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        gone, here = shopper(guard, Delivery, name="gone"), shopper(guard, Delivery, name="here")
        gone.collect(NAME, VALUE).reveal(Delivery)
        here.collect(NAME, VALUE).reveal(Delivery)
        gone.erase()
        found = replay(guard, old(version="draft", controller="Other"))
    assert (found.decided, found.erased) == (2, 2)


@pytest.mark.clause("CHANGE-2")
def test_a_narrower_purpose_that_no_policy_declares_has_to_be_given(tmp_path: Path) -> None:
    """Its key alone does not say below what it stands."""

    class NightDelivery(Delivery):
        """Bring it at night."""

    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        shopper(guard, Delivery).collect(NAME, VALUE).reveal(NightDelivery)
        draft = old(version="draft", controller="Other")
        assert replay(guard, draft).unexplained == 1
        assert rows(guard, draft, purposes=[NightDelivery]) == {}


@pytest.mark.clause("CHANGE-3")
def test_a_draft_does_not_pass_for_a_version_that_was_in_force(tmp_path: Path) -> None:
    """Its consents would count as given to it."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        with pytest.raises(PolicyConflict):
            replay(guard, old(controller="Other"))
        with pytest.raises(ArgumentInvalid):
            replay(guard, old(), since=START.replace(tzinfo=None))


@pytest.mark.clause("PROT-2")
def test_nothing_is_opened_and_nothing_recorded(tmp_path: Path) -> None:
    """The log is as long after as before, and no value is in memory."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        shopper(guard, Delivery).collect(NAME, VALUE).reveal(Delivery)
        before = len(list(guard.audit.entries()))
        gc.collect()
        found = replay(guard, new())
        assert len(list(guard.audit.entries())) == before
    assert VALUE not in repr(found) + repr(found.differences)
    assert ConsentMissing.code not in found.by_reason()


def test_many_subjects_are_replayed_with_few_ledgers_at_hand(tmp_path: Path) -> None:
    """What is dropped is read again."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        people = [shopper(guard, Delivery, name=f"shopper-{number}") for number in range(300)]
        values = [person.collect(NAME, VALUE) for person in people]
        for value in values:
            value.reveal(Delivery)
        found = replay(guard, old(version="draft", recipients=[]))
    assert (found.decided, found.unexplained, found.differences.total()) == (600, 0, 0)
