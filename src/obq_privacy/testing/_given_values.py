"""Plain values that an item accepts, by construction from its validator or the type of its values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_type_hints
from uuid import UUID

import attrs
from hypothesis import strategies as st

from obq_privacy.errors import ArgumentInvalid
from obq_privacy.testing import _given_numbers as numbers
from obq_privacy.vocab import Place, validators
from obq_privacy.vocab._identity import EARLIEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from obq_privacy.vocab import Item

T = TypeVar("T")

_MORE: Final = 24
"""How much longer than it has to be a text is; its greatest length is tried besides."""

_DAY = dt.timedelta(days=1)
_REORDERING: Final = "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_ODD: Final = (
    *("Li Lei", "李雷", "Nguyễn Thị Ánh", "O'Brien", "<b>Anna</b>", '"quoted"', "100% {sure}", "=1+1", "a,b;c\td"),
    *("Zo\u200dë", "I\u0307stanbul", "\u05d0\u05d1", "\U0001f9d1\U0001f3fd", "back\\slash", "two\nlines", "%s %d"),
)


def values_of(item: Item[T, Any], known: Mapping[Any, SearchStrategy[Any]]) -> SearchStrategy[T]:
    """Give the plain values of an item.

    Args:
        item: the item.
        known: strategies by item, by validator, or by type, which go before what this kit knows.

    Raises:
        ArgumentInvalid: nothing is known of its validator, codec or type; the error names the item.
    """
    rule: object = item.validate
    for key in (item, rule, item.kind):
        given = _known(known, key) if key is not None else None
        if given is not None:
            return given
    found = _of_type(item.kind) if rule is None else _of_rule(rule)
    if item.codec is not None and rule is None:
        found = None  # which values of the type it can spell, nobody can see
    if found is None:
        problem = f"nothing is known of what {item.key} accepts; pass values={{item: strategy}} to strategies_for"
        raise ArgumentInvalid(argument="values", problem=problem)
    return cast("SearchStrategy[T]", found)


def _known(known: Mapping[Any, SearchStrategy[Any]], key: object) -> SearchStrategy[Any] | None:
    try:
        return known.get(key)
    except TypeError:  # a validator without a hash
        return None


# ── By validator ──────────────────────────────────────────────────────────────────────────────────────────


def _of_rule(rule: object) -> SearchStrategy[Any] | None:
    match rule:
        case validators.IdentityNumber():
            return identity_numbers(rule.today())
        case validators.Passport():
            return passports(chinese=rule.chinese)
        case validators.MobileNumber():
            return mobile_numbers(chinese=rule.chinese)
        case validators.BankCard():
            return _digits(11, 18).map(numbers.luhn)
        case validators.Imei():
            return _digits(14, 14).map(numbers.luhn)
        case validators.Features():
            return _features(rule.minimum, rule.maximum)
        case validators.Text():
            return texts(rule)
        case validators.OneOf():
            allowed: tuple[object, ...] = cast("Any", rule)._allowed
            return st.sampled_from(allowed)
        case _:
            return _of_shop(rule)


def _of_shop(rule: object) -> SearchStrategy[Any] | None:
    import sys  # noqa: PLC0415  asked for where it is used

    if "obq_privacy.shop._checks" not in sys.modules:  # then nobody has an item with one of these
        return None
    from obq_privacy.testing._given_shop import CHECKED  # noqa: PLC0415  it imports the shop

    return _known(CHECKED, rule)


def _digits(least: int, most: int) -> SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


def identity_numbers(today: dt.date) -> SearchStrategy[str]:
    """Give identity numbers of all kinds and both forms, of births up to a day."""
    orders = st.integers(0, 999)
    births = st.one_of(st.dates(EARLIEST, today), st.sampled_from((EARLIEST, dt.date(2008, 2, 29), today)))
    old = st.one_of(st.dates(EARLIEST, dt.date(1999, 12, 31)), st.sampled_from((EARLIEST, dt.date(1960, 2, 29))))
    new = st.builds(numbers.identity_number, st.sampled_from(numbers.PLACES), births, orders)
    return st.one_of(
        new,
        st.builds(numbers.old_identity_number, st.sampled_from(numbers.PLACES[: numbers.DIVISIONS]), old, orders),
        new.map(str.lower),
    )


def passports(*, chinese: bool) -> SearchStrategy[str]:
    """Give passport numbers, of China alone or of any country."""
    native = st.builds(
        numbers.chinese_passport,
        st.sampled_from((*numbers.CHINESE_PASSPORTS, "14", "15")),
        st.integers(0, 99_999_999),
    )
    if chinese:
        return native
    letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=5, max_size=8)
    return st.one_of(st.builds(_with_digit, letters, _digits(1, 1), st.integers(0, 8)), native)


def mobile_numbers(*, chinese: bool) -> SearchStrategy[str]:
    """Give mobile numbers, of China alone or of any country."""
    native = st.builds("{}1{}{}".format, st.sampled_from(("", "+86")), st.sampled_from("3456789"), _digits(9, 9))
    if chinese:
        return native
    countries = st.sampled_from(("1", "31", "44", "49", "55", "65", "7", "81", "852", "886", "91"))
    return st.one_of(native, st.builds("+{}{}".format, countries, _digits(7, 12)))


def _features(least: int, most: int) -> SearchStrategy[bytes]:
    sizes = st.sampled_from(sorted({least, min(least + 1, most), most}))
    return st.builds(_repeated, st.binary(min_size=1, max_size=8), sizes)


def _with_digit(text: str, digit: str, at: int) -> str:
    return text[:at] + digit + text[at:]


def _repeated(some: bytes, size: int) -> bytes:
    return (some * (size // len(some) + 1))[:size]


def texts(rule: validators.Text) -> SearchStrategy[str]:
    """Give text that a rule accepts: of any script, of its least and greatest length, and of odd looks."""
    shown = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=_REORDERING)
    within = st.one_of(shown, st.just("\n")) if rule.lines else shown
    free = st.text(within, max_size=min(rule.maximum, rule.minimum + _MORE))
    if rule.minimum:
        seen = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs"), exclude_characters=_REORDERING)
        rest = st.text(within, min_size=rule.minimum - 1, max_size=min(rule.maximum, rule.minimum + _MORE) - 1)
        free = st.builds(str.__add__, seen, rest)
    odd = [text for text in _ODD if rule(text) is None]
    longest = [letter * rule.maximum for letter in ("a", "李") if rule(letter * rule.maximum) is None]
    return st.one_of(free, st.sampled_from([*odd, *longest])) if odd or longest else free


# ── By type ───────────────────────────────────────────────────────────────────────────────────────────────

_PLAIN: Final[Mapping[type, SearchStrategy[Any]]] = {
    str: st.one_of(st.text(st.characters(codec="utf-8"), max_size=_MORE), st.sampled_from(_ODD)),
    bytes: st.binary(max_size=_MORE),
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    Decimal: st.decimals(allow_nan=False),
    dt.date: st.dates(),
    dt.datetime: st.datetimes(timezones=st.sampled_from((dt.UTC, None))),
    UUID: st.uuids(),
    Place: st.builds(
        Place,
        latitude=st.floats(-90, 90),
        longitude=st.floats(-180, 180),
        accuracy=st.floats(0, allow_nan=False, allow_infinity=False),
    ),
}


def _of_type(kind: type[Any]) -> SearchStrategy[Any] | None:
    found = _PLAIN.get(kind)
    if found is not None:
        return found
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if not attrs.has(kind):
        return None
    hints = get_type_hints(kind)
    parts: dict[str, SearchStrategy[Any]] = {}
    for field in attrs.fields(kind):
        part = _of_type(hints[field.name]) if isinstance(hints.get(field.name), type) else None
        if part is None or field.validator is not None:  # what a validator accepts, nobody can see
            return None
        parts[field.alias or field.name] = part
    return st.builds(kind, **parts)
