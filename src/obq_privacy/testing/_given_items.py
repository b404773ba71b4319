"""Items of all kinds, for tests that bring none of their own, and the small draws that declarations are made of."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from hypothesis import strategies as st

from obq_privacy.vocab import (
    Category,
    NonPersonalItem,
    PersonalItem,
    Place,
    SensitiveItem,
    Sensitivity,
    masks,
    validators,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.vocab import AnyItem, Purpose

T = TypeVar("T")

WORDS: Final = st.text(st.characters(codec="utf-8"), max_size=6)
SAID: Final = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(str.strip)

_PLAIN: Final[tuple[type[Any], ...]] = (str, bytes, int, float, bool, Decimal, dt.date, dt.datetime, UUID)
_CHECKED: Final[tuple[tuple[type[Any], Callable[[Any], str | None] | None], ...]] = (
    *((kind, None) for kind in (str, bytes, int, dt.date, UUID, Place)),
    (str, validators.Text(1, 60)),
    (str, validators.Text(5, 400, lines=True)),
    (str, validators.BankCard()),
    (str, validators.IdentityNumber()),
    (str, validators.Passport()),
    (str, validators.MobileNumber()),
    (str, validators.Imei()),
    (str, validators.OneOf("home", "work")),
    (bytes, validators.Features(64, 512)),
)
_KEYS = st.builds("{}{}".format, st.sampled_from("abcdefgh"), st.sampled_from(("", "-1", ".x", "_y", "7.z-9")))
_SENSITIVITIES = st.sampled_from((Sensitivity.PERSONAL, Sensitivity.SENSITIVE, Sensitivity.NON_PERSONAL))
_CATEGORIES = st.sampled_from(Category)
_MILD = st.sampled_from([category for category in Category if not category.sensitive])
_CLAUSES = st.sampled_from((None, "USE-1", "§ 3"))
_TERMS = st.sampled_from(((), ("dpv:Name",), ("b c", "a", "李")))
_MASKS = st.sampled_from((None, masks.last(4), masks.hidden))


def some(draw: DrawFn, options: Sequence[T], *, least: int = 0) -> list[T]:
    """Draw some of the options, in their order; one draw, which shrinks to few."""
    chosen = draw(st.integers(least if options else 0, 2 ** len(options) - 1))
    return [option for at, option in enumerate(options) if chosen >> at & 1]


def form_of(purposes: Sequence[type[Purpose]]) -> Any:
    """Join purposes by `|`, as a declaration does."""
    form: Any = purposes[0]
    for purpose in purposes[1:]:
        form = form | purpose
    return form


def keys(*, most: int) -> SearchStrategy[list[str]]:
    """Give different keys."""
    return st.lists(_KEYS, unique=True, max_size=most)


def items_for(purposes: Sequence[type[Purpose]], *, plain: bool) -> SearchStrategy[AnyItem]:
    """Give items for some of these purposes."""

    @st.composite
    def build(draw: DrawFn) -> AnyItem:
        return item_of(draw, draw(_KEYS), some(draw, purposes, least=1), plain=plain)

    return build()


def item_of(draw: DrawFn, key: str, purposes: Sequence[type[Purpose]], *, plain: bool) -> AnyItem:
    """Draw what an item is besides its key and its purposes.

    Args:
        draw: draws.
        key: its key.
        purposes: its purposes.
        plain: whether its type alone says what its values are, so that a document is enough to make it again.
    """
    kind, rule = (draw(st.sampled_from(_PLAIN)), None) if plain else draw(st.sampled_from(_CHECKED))
    common: dict[str, Any] = {
        "exact": draw(st.booleans()),
        "title": draw(WORDS),
        "clause": draw(_CLAUSES),
        "dpv": draw(_TERMS),
        "fides": draw(_TERMS),
        "validate": rule,
        "mask": draw(_MASKS) if kind is str and not plain else None,
    }
    form = form_of(purposes)
    match draw(_SENSITIVITIES):
        case Sensitivity.SENSITIVE:
            return SensitiveItem(key, kind, form, category=draw(_CATEGORIES), **common)
        case Sensitivity.NON_PERSONAL:
            return NonPersonalItem(key, kind, form, **common)
        case _:
            return PersonalItem(key, kind, form, category=draw(_MILD), encrypt=draw(st.booleans()), **common)
