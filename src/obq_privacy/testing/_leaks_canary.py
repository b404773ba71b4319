"""Values that are valid for an item and that no file, name or message holds by chance."""

from __future__ import annotations

import datetime as dt
import secrets
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from uuid import UUID, uuid4

import attrs

from obq_privacy import validators
from obq_privacy.testing._leaks_found import WeakCanary
from obq_privacy.testing._leaks_spelling import WEAKEST, strength
from obq_privacy.vocab import Place
from obq_privacy.vocab._identity import check_character

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obq_privacy.vocab import Item

T = TypeVar("T")

_DIGITS: Final = "0123456789"
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ROUNDS: Final = 20
"""How often each shape is tried: some divisions, for example, are of no province."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def canary_of(item: Item[T, Any]) -> T:
    """Make a value for an item, at random.

    Raises:
        WeakCanary: values of its type are too few, or its validator refuses everything that is tried.
    """
    for value in _tries(item):
        if item.check(value) is None and strength(value) >= WEAKEST:
            return cast("T", value)
    kind = item.kind.__name__
    if item.kind is bool or item.kind is dt.date or issubclass(item.kind, Enum):
        raise WeakCanary(f"{item.key} is a {kind}: there are too few to tell a leak from chance; watch another item")
    raise WeakCanary(f"no valid value of {item.key} ({kind}) comes to mind; give one: no_leaks.canary(…, value=…)")


def check_canary(item: Item[Any, Any], value: object) -> None:
    """Make sure that a value can be looked for.

    Raises:
        WeakCanary: it, or one like it, stands in many places by chance; or the item refuses it.
    """
    problem = item.check(value)
    if problem is not None:
        raise WeakCanary(f"the canary for {item.key} is no value of it: {problem}")
    if strength(value) < WEAKEST:
        raise WeakCanary(
            f"the canary for {item.key} has too little in it to tell a leak from chance; "
            "give a longer one, such as no_leaks.canary makes"
        )


def _tries(item: Item[Any, Any]) -> Iterator[object]:
    """Give values that the item's validator may accept, the likeliest first."""
    rule: object = item.validate
    if isinstance(rule, validators.Text):
        yield token(max(rule.minimum, min(rule.maximum, 24)))
    if isinstance(rule, validators.Features):
        yield secrets.token_bytes(max(rule.minimum, min(rule.maximum, 64)))
    for _ in range(_ROUNDS):
        if item.kind is str:
            yield from (make() for make in _TEXTS)
        else:
            yield made_of(item.kind)


def made_of(kind: type) -> object:
    """Make a value of a type; None where nothing comes to mind."""
    make = _KINDS.get(kind)
    if make is not None:
        return make()
    if attrs.has(kind):
        hints = attrs.fields(attrs.resolve_types(cast("Any", kind)))
        return kind(**{str(field.alias): made_of(cast("type", field.type)) for field in hints if field.init})
    return None


# ── Texts ─────────────────────────────────────────────────────────────────────────────────────────────────


def token(length: int = 24) -> str:
    """Make letters that stand nowhere else, with two digits among them."""
    return "".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(length))


def digits(length: int) -> str:
    """Make digits, the first of which is not 0."""
    return secrets.choice(_DIGITS[1:]) + "".join(secrets.choice(_DIGITS) for _ in range(length - 1))


def various(length: int) -> str:
    """Make up to ten digits that are all different, so that a short number is rare enough."""
    return "".join(secrets.SystemRandom().sample(_DIGITS, length))


def card() -> str:
    """Make the number of a bank card: nineteen digits that add up. Its first ones are of no network."""
    return luhn("9" + digits(17))


def luhn(body: str) -> str:
    """Add the check digit of ISO/IEC 7812.

    >>> luhn("622202123456789012")
    '6222021234567890128'
    """
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def identity() -> str:
    """Make an identity number of a division that there is not, with a birth between 1950 and 1999."""
    born = _day()
    division = digits(2) + f"{secrets.randbelow(70) + 1:02}{secrets.randbelow(99) + 1:02}"
    body = f"{division}{born:%Y%m%d}{secrets.randbelow(1000):03}"
    return body + check_character(body)


_TEXTS: Final[tuple[Callable[[], str], ...]] = (
    token,
    card,
    identity,
    lambda: f"1{secrets.choice('3456789')}{various(9)}",
    lambda: f"{secrets.choice('EGPD')}{various(8)}",
    lambda: luhn(digits(14)),
    lambda: f"{token(16)}@example.org",
    lambda: digits(18),
    lambda: token(12),
    lambda: token(9).upper(),
    lambda: digits(12),
    lambda: various(10),
)
"""Texts of the shapes that validators ask for, tried in this order."""


def _day() -> dt.date:
    return dt.date(1950, 1, 1) + dt.timedelta(days=secrets.randbelow(18_000))


def _place() -> Place:
    latitude, longitude = (int(digits(14)) / 1e13 for _ in range(2))
    return Place(latitude=latitude, longitude=longitude, accuracy=30)


_KINDS: Final[dict[type, Callable[[], object]]] = {
    str: token,
    bytes: lambda: secrets.token_bytes(32),
    int: lambda: int(digits(17)),
    float: lambda: int(digits(16)) / 1e9,
    Decimal: lambda: Decimal(digits(16)).scaleb(-2),
    UUID: uuid4,
    dt.datetime: lambda: _EPOCH + dt.timedelta(microseconds=secrets.randbelow(10**15)),
    dt.date: _day,
    Place: _place,
}
