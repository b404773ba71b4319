"""Numbers of people and things that are valid because of how they are made. They belong to nobody on purpose.

Each is made of free parts, so that strategies, which draw the parts, and canaries, which count, share one way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from obq_privacy.vocab._identity import PERMITS, PROVINCES, check_character

if TYPE_CHECKING:
    import datetime as dt

PLACES: Final = (*sorted(province + "0199" for province in PROVINCES), *sorted(PERMITS), "911156", "931392")
"""Where identity numbers begin: a division in each province, residence permits, foreigners' cards."""

DIVISIONS: Final = len(PROVINCES)
"""How many of `PLACES` are divisions, which the old form has, too."""

CHINESE_PASSPORTS: Final = ("E", "G", "D", "H", "K", "M", "P", "S", "EA", "EB")
"""Letters that passports of China, Hong Kong and Macao begin with."""


def luhn(body: str) -> str:
    """Append the check digit of ISO/IEC 7812 to digits.

    >>> luhn("622202123456789012")
    '6222021234567890128'
    """
    doubled = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] for digit in body[-1::-2])
    return body + str(-(doubled + sum(map(int, body[-2::-2]))) % 10)


def identity_number(place: str, born: dt.date, order: int) -> str:
    """Give the identity number of eighteen characters: where, when, and which of a thousand that day.

    >>> from datetime import date
    >>> identity_number("110199", date(1990, 2, 28), 123)
    '110199199002281234'
    """
    body = f"{place}{born:%Y%m%d}{order % 1000:03}"
    return body + check_character(body)


def old_identity_number(place: str, born: dt.date, order: int) -> str:
    """Give the fifteen digits of old, for births from 1900 to 1999; the last four orders were for centenarians."""
    return f"{place}{born:%y%m%d}{order % 996:03}"


def chinese_passport(series: str, number: int) -> str:
    """Give a passport number of nine characters that begins with the letters of a series."""
    return f"{series}{number % 10 ** (9 - len(series)):0{9 - len(series)}}"
