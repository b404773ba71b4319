"""Plain values: every one that is drawn is valid, and the odd ones are drawn, too."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, assert_type

import pytest
from given_shop import (
    ADDRESS,
    CARD,
    DEVICE,
    IDENTITY,
    LUCKY,
    NAME,
    PASSPORT,
    PHONE,
    POLICY,
    PRINT,
    Address,
    Delivery,
    Fingerprint,
    even,
    given_policy,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import find as found
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from obq_privacy import PersonalItem, validators
from obq_privacy.errors import ArgumentInvalid
from obq_privacy.shop.policy import POLICY as SHOP
from obq_privacy.testing import any_policy, strategies_for, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy.testing import PolicyStrategies

GIVEN = strategies_for(POLICY)
SHOP_GIVEN = strategies_for(SHOP)
MOST = settings(max_examples=5000, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


def check(item: Any, value: object) -> None:
    """See that an item accepts a value, and spells it as bytes and back."""
    assert item.check(value) is None
    assert item.decode(item.encode(value)) == value


# ── Every value is valid ──────────────────────────────────────────────────────────────────────────────────


@given(GIVEN.filled())
def test_every_value_is_one_of_its_item(pair: tuple[Any, object]) -> None:
    """Validators, enums, attrs classes, places, decimals: by construction."""
    check(*pair)


@given(SHOP_GIVEN.filled())
def test_every_item_of_the_ready_shop_has_values(pair: tuple[Any, object]) -> None:
    """Also those whose validators the shop brings itself."""
    check(*pair)


def test_no_item_of_the_ready_shop_is_left_out() -> None:
    """A strategy is there for each of them."""
    for item in SHOP.items:
        SHOP_GIVEN.values(item).validate()


@settings(max_examples=20)
@given(any_policy(), st.data())
def test_items_of_any_policy_have_values(drawn: PolicyStrategies, data: st.DataObject) -> None:
    """What `policies` declares, `values` fills."""
    for item in drawn.policy.items:
        check(item, data.draw(drawn.values(item)))


@given(st.integers(0, 3), st.integers(0, 30), st.booleans(), st.data())
def test_text_keeps_to_its_rule(least: int, more: int, lines: bool, data: st.DataObject) -> None:
    """Whatever the lengths."""
    item = PersonalItem("text", str, Delivery, validate=validators.Text(least, least + more, lines=lines))
    check(item, data.draw(values(item)))


@given(st.dates(dt.date(1900, 1, 1), dt.date(2026, 1, 1)), st.data())
def test_nobody_with_an_identity_number_is_unborn(today: dt.date, data: st.DataObject) -> None:
    """The validator's own day counts."""
    rule = validators.IdentityNumber(today=lambda: max(today, dt.date(2009, 1, 1)))
    item = PersonalItem("identity", str, Delivery, validate=rule)
    check(item, data.draw(values(item)))


def test_values_have_the_type_of_their_item() -> None:
    """For the type checker, too."""
    assert_type(GIVEN.values(CARD), SearchStrategy[str])
    assert_type(GIVEN.values(ADDRESS), SearchStrategy[Address])
    assert type(found(GIVEN.values(ADDRESS), lambda _: True)) is Address


# ── The odd ones are drawn ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("item", "looks"),
    [
        (IDENTITY, lambda number: len(number) == 15),
        (IDENTITY, lambda number: number.endswith("X")),
        (IDENTITY, lambda number: number.endswith("x")),
        (IDENTITY, lambda number: number.startswith("81")),
        (IDENTITY, lambda number: number.startswith("9")),
        (IDENTITY, lambda number: number[10:14] == "0229"),
        (IDENTITY, lambda number: number[6:14] == "19000101"),
        (CARD, lambda number: len(number) == 12),
        (CARD, lambda number: len(number) == 19),
        (PASSPORT, lambda number: len(number) == 6),
        (PASSPORT, lambda number: number.startswith("14")),
        (PHONE, lambda number: number.startswith("+86")),
        (DEVICE, lambda number: number.startswith("0")),
        (NAME, lambda text: len(text) == 60),
        (NAME, lambda text: len(text) == 1),
        (NAME, lambda text: "'" in text),
        (NAME, lambda text: "<" in text),
        (NAME, lambda text: "\u200d" in text),
        (NAME, lambda text: not text.isascii()),
        (ADDRESS, lambda address: address.size.value == "l"),
    ],
    ids=range(20),
)
def test_odd_values_are_drawn(item: Any, looks: Callable[[Any], bool]) -> None:
    """Old forms, letters in check digits, leap days, lengths at their limits, and text that breaks programs."""
    assert looks(found(GIVEN.values(item), looks, settings=MOST))


# ── What nobody can know ──────────────────────────────────────────────────────────────────────────────────


def test_an_item_of_which_nothing_is_known_is_named() -> None:
    """A validator or codec of the project's own: the error says which item, and what to pass."""
    unknown = strategies_for(given_policy(further=True))
    items: tuple[Any, ...] = (LUCKY, PRINT)
    for item in items:
        with pytest.raises(ArgumentInvalid, match=rf"what {item.key} accepts; pass values="):
            unknown.values(item)
    with pytest.raises(ArgumentInvalid, match=r"lucky|print"):
        unknown.filled()


@pytest.mark.parametrize("key", [LUCKY, even, int], ids=["item", "validator", "type"])
def test_values_can_be_given_by_item_by_validator_or_by_type(key: object) -> None:
    """And go before what the kit knows."""
    evens = st.integers(0, 50).map(lambda half: 2 * half)
    known = strategies_for(given_policy(further=True), values={key: evens, PRINT: st.binary().map(Fingerprint)})
    assert found(known.values(LUCKY), lambda value: value > 20) == 22
    assert type(found(known.values(PRINT), lambda _: True)) is Fingerprint
    mine = strategies_for(POLICY, values={NAME: st.just("Anna")})
    assert found(mine.values(NAME), lambda _: True) == "Anna"
