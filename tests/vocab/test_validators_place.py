"""Places: what they accept, that equal ones have one spelling, and that neither repr nor error shows where."""

from __future__ import annotations

import copy
import math
import pickle
import traceback
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.errors import ValueInvalid
from obq_privacy.vocab._codec import codec_for
from obq_privacy.vocab._place import Place

places = st.builds(
    Place,
    latitude=st.one_of(st.floats(-90, 90), st.integers(-90, 90)),
    longitude=st.one_of(st.floats(-180, 180), st.integers(-180, 180)),
    accuracy=st.one_of(st.floats(0, allow_infinity=False), st.integers(0, 10**9)),
)
GOOD: dict[str, Any] = {"latitude": 39.90873, "longitude": 116.39745, "accuracy": 12.5}


@given(places)
def test_every_place_on_earth_is_accepted_as_three_floats(value: Place) -> None:
    """Whole numbers become floats, and no zero is negative."""
    for number in (value.latitude, value.longitude, value.accuracy):
        assert type(number) is float
        assert number != 0 or math.copysign(1, number) == 1


@given(places)
def test_places_survive_their_bytes(value: Place) -> None:
    """Three floats have a form, so an item of places needs no codec."""
    form = codec_for(Place)
    assert form is not None
    assert form.accepts(value)
    assert form.decode(form.encode(value)) == value


@given(places, places)
def test_equal_places_have_equal_bytes(one: Place, other: Place) -> None:
    """Equality is that of the numbers, and equal places have one spelling."""
    same = (one.latitude, one.longitude, one.accuracy) == (other.latitude, other.longitude, other.accuracy)
    form = codec_for(Place)
    assert form is not None
    assert (one == other) == same
    assert (form.encode(one) == form.encode(other)) == same


def test_negative_zero_is_zero() -> None:
    """Two spellings of one place would be two values under a seal."""
    one = Place(latitude=-0.0, longitude=-0.0, accuracy=-0.0)
    assert repr((one.latitude, one.longitude, one.accuracy)) == "(0.0, 0.0, 0.0)"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude", 90.0001),
        ("latitude", -90.0001),
        ("latitude", math.nextafter(90, 91)),
        ("latitude", 91),
        ("longitude", 180.0001),
        ("longitude", -180.0001),
        ("longitude", 181),
        ("accuracy", -1),
        ("accuracy", -0.5),
        ("accuracy", 10**400),
        *((field, math.nan) for field in GOOD),
        *((field, math.inf) for field in GOOD),
        *((field, -math.inf) for field in GOOD),
        *((field, True) for field in GOOD),
        *((field, None) for field in GOOD),
        *((field, "39.90873") for field in GOOD),
        *((field, Decimal("39.90873")) for field in GOOD),
        *((field, [39.90873]) for field in GOOD),
    ],
)
def test_what_is_no_place_is_refused_without_saying_where(field: str, value: object) -> None:
    """Neither the error nor the frames of the library hold a coordinate, the valid ones included."""
    given_numbers: dict[str, Any] = {**GOOD, field: value}
    with pytest.raises(ValueInvalid) as caught:
        Place(**given_numbers)
    error = caught.value
    assert error.item == "place"
    assert field in error.problem
    assert error.__cause__ is None
    assert error.__context__ is None
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    library = [frame.f_locals for frame in frames if "obq_privacy" in frame.f_code.co_filename]
    assert library
    told = f"{error!r} {error.args} {library}"
    assert not any(part in told for part in ("39.9", "116.3", "12.5", "nan", "inf", "True", "None, "))


def test_repr_shows_no_coordinate() -> None:
    """One shape for every place."""
    here, there = Place(**GOOD), Place(latitude=0, longitude=0, accuracy=0)
    assert repr(here) == repr(there) == str(here) == f"{here}" == "Place(...)"
    assert "39.9" not in repr([here])


def test_places_are_values() -> None:
    """A place never changes; it can be copied, pickled, hashed and evolved."""
    here = Place(**GOOD)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(here, "latitude", 0)  # noqa: B010  the checkers refuse an assignment
    assert pickle.loads(pickle.dumps(here)) == copy.deepcopy(here) == here
    assert len({here, Place(**GOOD)}) == 1
    assert attrs.evolve(here, accuracy=1).accuracy == 1
    with pytest.raises(ValueInvalid):
        attrs.evolve(here, latitude=91)
