"""Tests that fail, each while it holds a value; `test_channels_processes` runs them and reads what pytest prints."""

# ruff: noqa: T201, PT009
from __future__ import annotations

import logging
import os
import unittest
from typing import Any

import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from values_world import CARD, NAME, Marketing, Order, World

from obq_privacy import PersonalItem, reveal_all
from obq_privacy.testing._channels_classes import Attr, Data, Pair
from obq_privacy.testing._channels_msgspec import Struct
from obq_privacy.testing._channels_pydantic import Model

SECRET = bytes.fromhex(os.environ["OBQ_CHANNEL_VALUE"]).decode
WORLD = World()
V: Any = WORLD.adult.collect(NAME, SECRET())
W: Any = WORLD.adult.collect(CARD, SECRET())
U: Any = WORLD.adult.collect(NAME, "other")
ORDER = Order(number="881", name=V, card=W)
UNKNOWN = PersonalItem("unknown-item", str, Marketing)


def test_equal() -> None:
    v, u = V, U
    assert v == u


def test_equal_text() -> None:
    v = V
    assert v == "expected"
    assert v == "expected", f"{v!r} is wrong"


def test_membership() -> None:
    v, u = V, U
    assert v in [u]


def test_truth() -> None:
    v = V
    assert not v


def test_lists() -> None:
    v, u = [V], [U]
    assert v == u


def test_dictionaries() -> None:
    v, u = {"a": V}, {"a": U}
    assert v == u


def test_sets() -> None:
    assert {V} == {U}


def test_dataclasses() -> None:
    assert Data(V) == Data(U)


def test_attrs() -> None:
    assert Attr(V) == Attr(U)


def test_models() -> None:
    assert Model(field=V) == Model(field=U)


def test_structs() -> None:
    assert Struct(V) == Struct(U)


def test_tuples() -> None:
    assert Pair(V) == Pair(U)


def test_records() -> None:
    order, other = ORDER, Order(number="881", name=U, card=W)
    assert order == other


def test_identity() -> None:
    assert V is None


def test_type() -> None:
    assert isinstance(V, str)


def test_length() -> None:
    assert len(V) == 2


def test_text() -> None:
    assert str(V) == "expected"


def test_format() -> None:
    assert f"{V}" == "expected"


def test_locals() -> None:
    v, order, both, derived = V, ORDER, [V, W], V.map(str.upper)
    raise ValueError("failed", v, order, both, derived)


def test_printed() -> None:
    print([V], ORDER, repr(W))
    print(V)


def test_logged() -> None:
    logging.getLogger("channel").error("value %r", V)
    logging.getLogger("channel").error("value %s", V)
    raise AssertionError(V)


def test_raises() -> None:
    with pytest.raises(ValueError, match="something else"):
        raise ValueError(repr(V), V)


def test_approximately() -> None:
    assert pytest.approx(1.0) == V


def test_refused_reveal() -> None:
    V.reveal(Marketing)


def test_refused_reveal_of_several() -> None:
    reveal_all(Marketing, V, V.map(len))


def test_refused_reveal_of_a_derived_value() -> None:
    W.map(len).map(str).reveal(Marketing)


def test_refused_collect() -> None:
    WORLD.adult.collect(UNKNOWN, SECRET())


@pytest.mark.parametrize("value", [V, W, [V]])
def test_parameter(value: object) -> None:
    assert value is None


@pytest.fixture
def broken() -> object:
    v = V
    raise ValueError(v)


def test_fixture(broken: object) -> None:
    assert broken


class TestOfUnittest(unittest.TestCase):
    def test_equal(self) -> None:
        self.assertEqual(V, U)

    def test_sub(self) -> None:
        with self.subTest(v=V):
            self.assertIs(V, U)

    def test_items(self) -> None:
        self.assertCountEqual([V], [U])


FIXED = settings(derandomize=True, database=None, max_examples=5, phases=[Phase.generate, Phase.shrink])


@FIXED
@given(st.just(V))
def test_drawn(v: object) -> None:
    assert v is None


@FIXED
@given(st.lists(st.just(V), min_size=1), st.integers())
def test_drawn_in_a_list(v: list[object], n: int) -> None:
    note(f"{v} {n}")
    assert v is None


@FIXED
@given(st.builds(lambda item: WORLD.adult.collect(item, SECRET()), st.just(NAME)))
def test_built(v: object) -> None:
    assert v is None


@FIXED
@given(st.builds(WORLD.adult.collect, st.just(NAME), st.builds(SECRET)))
def test_built_by_collect(v: object) -> None:
    assert v is None


@FIXED
@given(st.builds(SECRET).map(lambda text: WORLD.adult.collect(NAME, text)))
def test_built_by_map(v: object) -> None:
    assert v is None


@FIXED
@given(st.data())
def test_drawn_inside(data: st.DataObject) -> None:
    v: object = data.draw(st.sampled_from([V, V]))
    assert v is None


class Machine(RuleBasedStateMachine):
    @rule(v=st.just(V))
    def fails(self, v: object) -> None:
        assert v is None


Machine.TestCase.settings = FIXED
TestMachine = Machine.TestCase
