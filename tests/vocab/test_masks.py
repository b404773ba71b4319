"""Masks: total, of constant shape, and never showing more than they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.errors import ItemInvalid
from obq_privacy.vocab import masks
from obq_privacy.vocab._place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

long_texts = st.text("0123456789abcXYZ李", min_size=16, max_size=64)
few = st.integers(1, 6)


@given(few, st.integers(2, 6), st.text(max_size=40))
def test_last_shows_at_most_half_and_not_how_long(characters: int, groups: int, value: str) -> None:
    """The end is shown when at least as much stays hidden, and stars are counted by the rule alone."""
    stars = "**** " * (groups - 1)
    shown = value[len(value) - characters :] if len(value) >= 2 * characters else "****"
    assert masks.last(characters, groups=groups)(value) == stars + shown


@given(few, few, st.integers(3, 6), st.text(max_size=40))
def test_first_and_last_show_at_most_half_and_not_how_long(first: int, last: int, groups: int, value: str) -> None:
    """Both ends are shown when at least as much stays hidden, and stars are counted by the rule alone."""
    shown = masks.first_and_last(first, last, groups=groups)(value)
    if len(value) < 2 * (first + last):
        assert shown == " ".join(["****"] * groups)
    else:
        between = " ".join(["****"] * (groups - 2))
        assert shown == f"{value[:first]} {between} {value[len(value) - last :]}"


@given(long_texts, long_texts)
def test_shape_tells_no_length(one: str, other: str) -> None:
    """Two values of different lengths have masks of one length."""
    for mask in (masks.last(), masks.last(2, groups=2), masks.first_and_last(), masks.hidden):
        assert len(mask(one)) == len(mask(other))


@given(st.text())
def test_masks_of_text_are_total(value: str) -> None:
    """Any text at all gives text."""
    every: list[Callable[[str], str]] = [
        masks.hidden,
        masks.last(),
        masks.first_and_last(),
        masks.name,
        masks.phone,
        masks.email,
    ]
    for mask in every:
        assert "*" in mask(value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: masks.last(0),
        lambda: masks.last(-4),
        lambda: masks.last(4, groups=1),
        lambda: masks.first_and_last(0, 4),
        lambda: masks.first_and_last(4, 0),
        lambda: masks.first_and_last(4, 4, groups=2),
        lambda: masks.place(decimals=-1),
        lambda: masks.place(decimals=3),
    ],
)
def test_masks_that_would_hide_nothing_are_refused(make: Callable[[], object]) -> None:
    """`value[-0:]` is the whole value: such a mask cannot be made."""
    with pytest.raises(ItemInvalid):
        make()


@pytest.mark.parametrize("value", [None, "", b"secret", 7, [1, 2]])
def test_hidden_is_the_same_for_everything(value: object) -> None:
    """Not even emptiness is told."""
    assert masks.hidden(value) == "****"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("李雷", "李*"),
        ("李", "*"),
        ("", "*"),
        ("欧阳明远", "欧阳*"),
        ("歐陽明遠", "歐陽*"),
        ("欧阳", "欧*"),
        ("\U00020bb7田花子", "\U00020bb7*"),
        ("Li Lei", "L*"),
        ("Siobhán O'Brien", "S*"),
        ("'t Hooft", "t*"),
        ("  Li Lei", "L*"),
        ("فاطمة الزهراء", "ف*"),
        ("김민서", "김*"),
        ("O", "*"),
        ("12", "*"),
        ("🙂🙂🙂", "*"),
        ("\ud800\ud800", "*"),
    ],
)
def test_names_show_a_family_name_or_a_letter(value: str, shown: str) -> None:
    """One star stands for the rest, however long."""
    assert masks.name(value) == shown


@given(st.text())
def test_names_never_show_more_than_two_letters(value: str) -> None:
    """Two only for a family name of two, with a given name behind it."""
    shown = masks.name(value)
    assert shown.endswith("*")
    assert len(shown) <= 3
    assert len(shown) < max(2, len(value) + 1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "+86 138****5678"),
        ("+447700900123", "+****0123"),
        ("+12345678", "+****5678"),
        ("+1234567", "****"),
        ("+8610123456", "****"),
        ("12345", "****"),
        ("", "****"),
        ("1381234567\u0668", "****"),
        ("13812345678\n", "****"),
    ],
)
def test_phones_show_three_and_four(value: str, shown: str) -> None:
    """What is no number shows nothing."""
    assert masks.phone(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("li.lei@example.com", "l****@example.com"),
        ("l@example.com", "****@example.com"),
        ('"a@b"@example.com', '"****@example.com'),
        ("@example.com", "****"),
        ("li.lei@", "****"),
        ("li.lei", "****"),
        ("@", "****"),
        ("", "****"),
    ],
)
def test_emails_show_a_letter_and_the_domain(value: str, shown: str) -> None:
    """The mailbox is hidden from its second character on."""
    assert masks.email(value) == shown


@pytest.mark.parametrize(
    ("latitude", "longitude", "decimals", "shown"),
    [
        (39.9087, 116.3975, 1, "39.9, 116.4"),
        (39.9087, 116.3975, 0, "40, 116"),
        (39.9087, 116.3975, 2, "39.91, 116.40"),
        (-0.01, -0.04, 1, "0.0, 0.0"),
        (-89.99, 179.99, 1, "-90.0, 180.0"),
        (0, 0, 0, "0, 0"),
    ],
)
def test_places_are_rounded(latitude: float, longitude: float, decimals: int, shown: str) -> None:
    """A grid is shown, no negative zero and no accuracy."""
    assert masks.place(decimals=decimals)(Place(latitude=latitude, longitude=longitude, accuracy=3)) == shown


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_places_of_one_cell_look_alike(latitude: float, longitude: float) -> None:
    """What is shown says nothing but the cell: a place at its middle gives the same text."""
    shown = masks.place()(Place(latitude=latitude, longitude=longitude, accuracy=1))
    north, east = map(float, shown.split(", "))
    assert masks.place()(Place(latitude=north, longitude=east, accuracy=999)) == shown
    assert abs(north - latitude) <= 0.05 + 1e-9
    assert abs(east - longitude) <= 0.05 + 1e-9
