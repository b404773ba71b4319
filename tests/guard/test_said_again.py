"""What is said twice, what is said of everybody, and what a plain field cannot hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from guard_world import HandClock
from laws_world import ADDRESS, NAME, REST, Delivery, Express, Payment, bazaar, bazaar_policy, person

from obq_privacy import Category, EventKind, Guard, Personal, PersonalItem, Policy, basic, held_as, record
from obq_privacy.consent import EVERYBODY
from obq_privacy.errors import AskedTooSoon, WrapperMisuse

if TYPE_CHECKING:
    from pathlib import Path


@record
class Parcel:
    """A parcel with a label that was meant to be plain."""

    name: Personal[str, Delivery | Payment] = held_as(NAME)
    label: str


@pytest.mark.clause("USE-9", "USE-19")
def test_a_refusal_after_the_rest_begins_another_rest() -> None:
    clock = HandClock()
    with bazaar(clock=clock.clock) as guard:
        shopper = person(guard)
        shopper.refuse(Delivery)
        shopper.refuse(Delivery)
        assert sum(event.kind is EventKind.REFUSE for event in guard._core.store.events(shopper.pseudonym)) == 1
        clock.move(REST)
        shopper.request(Delivery)
        shopper.refuse(Delivery)
        clock.move(REST - timedelta(seconds=1))
        with pytest.raises(AskedTooSoon):
            shopper.request(Delivery)
        clock.move(timedelta(seconds=1))
        shopper.request(Delivery)


@pytest.mark.clause("USE-19")
def test_who_refused_a_purpose_is_not_asked_for_one_below_it() -> None:
    with bazaar() as guard:
        shopper = person(guard)
        shopper.refuse(Delivery)
        with pytest.raises(AskedTooSoon, match="delivery"):
            shopper.request(Express)
        other = person(guard, name="other")
        other.refuse(Express)
        other.request(Delivery)


@pytest.mark.clause("SHARE-6")
@pytest.mark.parametrize("accepted", [True, False])
def test_every_succession_is_on_record(*, accepted: bool) -> None:
    with bazaar() as guard:
        guard.succession("buyer", accepted=accepted)
        (event,) = guard._core.store.events(EVERYBODY)
        assert (event.kind, event.parties) == (EventKind.SUCCEED, ("buyer",))


def test_naming_an_item_or_category_twice_is_naming_it_once() -> None:
    with bazaar() as guard:
        shopper = person(guard)
        once = shopper.grant(Delivery, items=[NAME], categories=[Category.NAME])
        twice = shopper.grant(Delivery, items=[NAME, NAME], categories=[Category.NAME, Category.NAME])
        assert once.id == twice.id


def test_a_wrapper_in_a_plain_field_is_refused_before_anything_is_kept() -> None:
    """It could not be loaded again."""
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        with pytest.raises(WrapperMisuse, match="label"):
            guard.vault.keep("parcel", Parcel(name=name, label=cast("str", name)))
        assert "parcel" not in guard.vault


@pytest.mark.clause("PROT-3")
def test_agreeing_again_gives_what_says_it_already() -> None:
    """The event of these items and this time, or of more items and this time; another one is made for the rest."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    with bazaar() as guard:
        shopper = person(guard)
        version = shopper.agree()
        both = shopper.agree(items=[NAME, ADDRESS], until=start)
        longer = shopper.agree(items=[ADDRESS], until=start + REST)
        assert shopper.agree().id == version.id
        assert shopper.agree(items=[NAME], until=start).id == both.id
        assert shopper.agree(items=[ADDRESS], until=start + REST).id == longer.id
        assert len({version.id, both.id, longer.id}) == 3
        again = shopper.agree(items=[NAME, ADDRESS], until=start)
        assert (again.id, shopper.standing.longer) == (again.id, {NAME.key: start, ADDRESS.key: start})
        assert again.id != both.id


@pytest.mark.clause("PROT-3")
def test_what_several_say_together_is_said_by_the_newest() -> None:
    """And of what was said twice, with something else between, the later one stands."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    with bazaar() as guard:
        shopper = person(guard)
        first = shopper.agree(items=[NAME], until=start)
        shopper.agree(items=[NAME], until=start + REST)
        later = shopper.agree(items=[NAME], until=start)
        assert first.id != later.id
        assert shopper.agree(items=[NAME], until=start).id == later.id
        newest = shopper.agree(items=[ADDRESS], until=start)
        assert shopper.agree(items=[NAME, ADDRESS], until=start).id == newest.id
        assert shopper.agree(items=[NAME], until=start).id == later.id
        both = shopper.agree(items=[NAME, ADDRESS], until=start + REST)
        shopper.agree(items=[NAME], until=start)
        newest = shopper.agree(items=[ADDRESS], until=start)
        assert shopper.agree(items=[NAME, ADDRESS], until=start).id == newest.id != both.id


@pytest.mark.clause("CHANGE-1")
def test_agreeing_to_a_version_again_gives_the_event_of_that_version(tmp_path: Path) -> None:
    """Also when another one was agreed to since, and something else."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    agreed: dict[str, str] = {}
    for version in ("1", "2", "1"):
        with Guard.open(tmp_path / "db", policy=bazaar_policy(version)) as guard:
            shopper = person(guard)
            event = shopper.agree()
            assert agreed.setdefault(version, event.id) == event.id
            shopper.agree(items=[NAME], until=start)
            assert shopper.agree().id == event.id
    assert len(set(agreed.values())) == 2


@pytest.mark.clause("USE-19")
def test_without_a_rest_a_refusal_stands_for_ever_and_anybody_may_ask_again() -> None:
    """So refusing again says nothing new."""
    address = PersonalItem("address", str, Delivery)
    policy = Policy(version="1", controller="Bazaar", purposes=[basic(Delivery, necessary=[address])])
    with Guard.in_memory(policy=policy) as guard:
        assert guard.policy.refusal_rest is None
        shopper = person(guard)
        shopper.refuse(Delivery)
        shopper.refuse(Delivery)
        assert sum(event.kind is EventKind.REFUSE for event in guard._core.store.events(shopper.pseudonym)) == 1
        shopper.request(Delivery)


@pytest.mark.clause("RIGHT-4")
def test_an_end_is_written_down_beside_the_database_once(tmp_path: Path) -> None:
    """And what is no end, or changes nothing, is not."""
    file = tmp_path / "db.endings"
    with Guard.open(tmp_path / "db", policy=bazaar_policy()) as guard:
        shopper = person(guard, Delivery)
        assert not file.exists()
        shopper.withdraw(Delivery)
        once = file.read_text("utf-8")
        assert once.count("withdraw") == 1
        shopper.withdraw(Delivery)
        shopper.grant(Delivery)
        assert file.read_text("utf-8") == once
