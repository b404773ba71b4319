"""Validators for what the library has none of. Their words hold nothing of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")


def email(value: str, /) -> str | None:
    """Accept what can be an e-mail address: one @, no spaces, a domain with a dot; whether it exists nobody can see."""
    mailbox, _, domain = value.partition("@")
    plain = value.isprintable() and " " not in value and len(value) <= 254
    labels = domain.split(".")
    if plain and mailbox and "@" not in domain and len(labels) > 1 and all(labels):
        return None
    return "it must be a mailbox, one @ and a domain"


def fixed_phone(value: str, /) -> str | None:
    """Accept a landline: seven to sixteen digits, which a plus sign may precede and hyphens may divide."""
    digits = value.removeprefix("+").replace("-", "")
    if 7 <= len(digits) <= 16 and _DIGITS.issuperset(digits):
        return None
    return "it must be seven to sixteen digits, with hyphens and a plus sign at most"


def expiry(value: str, /) -> str | None:
    """Accept the expiry of a card as it stands on it, such as 04/29. Whether it has passed is for the bank to say."""
    month, slash, year = value[:2], value[2:3], value[3:]
    if slash == "/" and len(year) == 2 and _DIGITS.issuperset(month + year) and "01" <= month <= "12":
        return None
    return "it must be a month and a year, each of two digits, with a slash between"


def amount(value: Decimal, /) -> str | None:
    """Accept an amount of money: not negative, and of no more than two decimals."""
    if not value.is_finite() or value < 0:
        return "it must be a number that is not negative"
    exponent = value.as_tuple().exponent
    return None if isinstance(exponent, int) and exponent >= -2 else "it must have no more than two decimals"


def steps(value: int, /) -> str | None:
    """Accept the steps of one day."""
    return None if 0 <= value <= 200_000 else "it must be the steps of a day"


def imsi(value: str, /) -> str | None:
    """Accept an IMSI: fourteen or fifteen digits (ITU-T E.212)."""
    return None if len(value) in {14, 15} and _DIGITS.issuperset(value) else "it must be fourteen or fifteen digits"


def mac_address(value: str, /) -> str | None:
    """Accept a MAC address: six pairs of hexadecimal digits with colons between."""
    pairs = value.split(":")
    if len(pairs) == 6 and all(len(pair) == 2 and _HEX.issuperset(pair) for pair in pairs):
        return None
    return "it must be six pairs of hexadecimal digits with colons between"


def ip_address(value: str, /) -> str | None:
    """Accept an address of version 4 or 6 of the Internet Protocol."""
    from ipaddress import ip_address as read  # noqa: PLC0415  loaded where it is used

    try:
        read(value)
    except ValueError:
        return "it must be an address of the Internet Protocol"
    return None


def licence(value: str, /) -> str | None:
    """Accept a unified social credit code (eighteen characters) or the registration number of old (fifteen digits)."""
    old = len(value) == 15 and _DIGITS.issuperset(value)
    new = len(value) == 18 and value.isascii() and value.isalnum() and value.upper() == value
    return None if old or new else "it must be eighteen capital letters and digits, or fifteen digits"
