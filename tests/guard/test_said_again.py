"""What is said twice, what is said of everybody, and what a plain field cannot hold."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from guard_world import HandClock
from laws_world import NAME, REST, Delivery, Express, Payment, bazaar, person

from obq_privacy import Category, EventKind, Personal, held_as, record
from obq_privacy.consent import EVERYBODY
from obq_privacy.errors import AskedTooSoon, WrapperMisuse


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
