"""Techniques tell values less exactly, by name, and never fail with a value in their mouth."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.errors import ItemInvalid
from obq_privacy.vocab import Place, generalise
from obq_privacy.vocab.generalise import NOT_KNOWN, SUPPRESSED, Technique

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = dt.date(2026, 11, 2)
BANDS = generalise.age_bands(18, 30, 60, on=TODAY)

TECHNIQUES: list[Technique[Any]] = [
    BANDS,
    generalise.region(),
    generalise.region("city"),
    generalise.region("county"),
    generalise.postal_prefix(3),
    generalise.ranges(0, 100),
    generalise.grid(),
    generalise.grouped({"visa": "card"}, name="payment"),
    generalise.month,
    generalise.quarter,
    generalise.year,
]


@pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda technique: technique.name)
@pytest.mark.parametrize(
    "odd", [None, "", "x" * 9, b"1", 1 + 2j, [], object(), True], ids=lambda odd: type(odd).__name__
)
def test_what_cannot_be_placed_is_unknown(technique: Technique[Any], odd: object) -> None:
    """A value of another type, or one that does not exist, raises nothing and is told as nothing else."""
    told = technique(odd)
    assert type(told) is str
    if technique.name != "postal-prefix(3)":
        assert told == NOT_KNOWN


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (dt.date(2008, 11, 3), "0-17"),
        (dt.date(2008, 11, 2), "18-29"),
        (dt.date(1996, 11, 3), "18-29"),
        (dt.date(1996, 11, 2), "30-59"),
        (dt.date(1966, 11, 2), "60+"),
        (dt.date(1900, 1, 1), "60+"),
        (TODAY, "0-17"),
        (dt.date(2026, 11, 3), NOT_KNOWN),
        (dt.datetime(1996, 11, 2, 23, tzinfo=dt.UTC), "30-59"),
    ],
)
def test_ages_change_on_the_birthday(born: dt.date, band: str) -> None:
    """The birthday itself counts; who is not born yet is in no band."""
    assert BANDS(born) == band


def test_who_was_born_on_the_leap_day_is_older_from_the_first_of_march() -> None:
    """In common years; in leap years on the day itself."""
    born = dt.date(2008, 2, 29)
    days = [dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2028, 2, 28), dt.date(2028, 2, 29)]
    edges = [18, 18, 20, 20]
    assert [generalise.age_bands(edge, on=day)(born) for edge, day in zip(edges, days, strict=True)] == [
        "0-17",
        "18+",
        "0-19",
        "20+",
    ]


@given(st.dates(dt.date(1900, 1, 1), TODAY))
def test_every_age_is_in_exactly_one_band(born: dt.date) -> None:
    """Whatever the birth date, the band that is told has the age in it."""
    age = next(age for age in range(200) if generalise.age_bands(age + 1, on=TODAY)(born) == f"0-{age}")
    low, _, high = BANDS(born).rstrip("+").partition("-")
    assert int(low) <= age <= int(high or 999)


@pytest.mark.parametrize(
    ("technique", "value", "told"),
    [
        (generalise.region(), "310115", "310000"),
        (generalise.region("city"), "310115", "310100"),
        (generalise.region("county"), "310115", "310115"),
        (generalise.region("county"), "310115125", "310115"),
        (generalise.region("county"), "310115125003", "310115"),
        (generalise.region(), "3101151", NOT_KNOWN),
        (generalise.region(), "31011\uff15", NOT_KNOWN),
        (generalise.region(), "310115\n", NOT_KNOWN),
        (generalise.postal_prefix(3), "200120", "200*"),
        (generalise.postal_prefix(3), "200", NOT_KNOWN),
        (generalise.postal_prefix(), " ec1a 1bb", "EC*"),
        (generalise.postal_prefix(), "20-0120", NOT_KNOWN),
        (generalise.month, dt.date(2026, 1, 31), "2026-01"),
        (generalise.month, dt.datetime(2026, 12, 1, tzinfo=dt.UTC), "2026-12"),
        (generalise.quarter, dt.date(2026, 3, 31), "2026-Q1"),
        (generalise.quarter, dt.date(2026, 4, 1), "2026-Q2"),
        (generalise.quarter, dt.date(2026, 12, 31), "2026-Q4"),
        (generalise.year, dt.date(26, 1, 1), "0026"),
        (generalise.ranges(0, 100), 0, "[0, 100)"),
        (generalise.ranges(0, 100), 99, "[0, 100)"),
        (generalise.ranges(0, 100), 100, "[100, ∞)"),
        (generalise.ranges(0, 100), -0.5, "(-∞, 0)"),
        (generalise.ranges(0, 100), Decimal("12.50"), "[0, 100)"),
        (generalise.ranges(Decimal("0.5"), 2), Decimal("0.5"), "[0.5, 2)"),
        (generalise.ranges(0, 100), float("nan"), NOT_KNOWN),
        (generalise.ranges(0, 100), Decimal("nan"), NOT_KNOWN),
        (generalise.ranges(0, 100), float("inf"), "[100, ∞)"),
        (generalise.grid(decimals=0), Place(latitude=39.9, longitude=116.4, accuracy=1), "40, 116"),
        (generalise.grouped({"visa": "card"}, name="paid", other="else"), "visa", "card"),
        (generalise.grouped({"visa": "card"}, name="paid", other="else"), "cash", "else"),
        (generalise.suppress, "anything", SUPPRESSED),
        (generalise.suppress, None, SUPPRESSED),
    ],
)
def test_each_technique_tells_what_it_says(technique: Technique[Any], value: object, told: str) -> None:
    """Edges included."""
    assert technique(value) == told


@pytest.mark.parametrize(
    "make",
    [
        lambda: generalise.age_bands(on=TODAY),
        lambda: generalise.age_bands(0, on=TODAY),
        lambda: generalise.age_bands(30, 18, on=TODAY),
        lambda: generalise.age_bands(18, 18, on=TODAY),
        generalise.ranges,
        lambda: generalise.ranges(1, 1),
        lambda: generalise.ranges(float("nan")),
        lambda: generalise.ranges(float("inf")),
        lambda: generalise.region("village"),  # type: ignore[arg-type]
        lambda: generalise.postal_prefix(0),
        lambda: generalise.grid(decimals=3),
    ],
)
def test_what_cannot_be_meant_is_refused_when_it_is_declared(make: Callable[[], object]) -> None:
    """An error of the declaration, not of a value."""
    with pytest.raises(ItemInvalid):
        make()


def test_a_technique_says_its_name() -> None:
    """The name tells how far it goes; it stands in releases, and in the errors of derivations."""
    assert BANDS.name == "age-bands(18, 30, 60; 2026-11-02)"
    assert repr(generalise.ranges(0, 2.5)) == "Technique(ranges(0, 2.5))"
    assert generalise.month.__qualname__ == "month"
    assert sorted(generalise.__all__) == generalise.__all__
