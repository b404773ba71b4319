"""The anatomy of Chinese identity numbers: where they come from, when their holder was born, whether they add up.

Three kinds of document share one form of eighteen characters (GB 11643, check character by ISO 7064 MOD 11-2):

==================  ===========================================================================================
six characters      in a citizen's number the division of registration (GB/T 2260); in a residence permit 810000
                    for Hong Kong, 820000 for Macao, 830000 for Taiwan; in a foreigner's permanent residence
                    card (since December 2023) a 9, the province of application and the country (ISO 3166 numeric)
eight               birth, as year, month, day
three               order among those born on one day in one division
one                 check digit, or X for ten
==================  ===========================================================================================

The old form of fifteen digits has a two-digit year of the twentieth century and no check digit. Its orders 996 to 999
were kept for people who were over a hundred, so these mean births before 1900.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

from obq_privacy.errors import ValueInvalid

EARLIEST: Final = date(1900, 1, 1)

PROVINCES: Final = frozenset(
    # As one text, because the formatter gives each literal of a list a line of its own.
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 "  # noqa: SIM905
    "41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71".split()
)
PERMITS: Final = frozenset({"810000", "820000", "830000"})

WRONG_FORM: Final = "it must be eighteen digits, of which the last may be X, or fifteen digits in the old form"
WRONG_DIVISION: Final = "it does not begin with a division that issues such numbers"
WRONG_DATE: Final = "its date of birth does not exist"
TOO_EARLY: Final = "its date of birth is too early"
WRONG_CHECK: Final = "the check digit does not match"
IN_FUTURE: Final = "its date of birth is in the future"

# One time all over the country and no summer time since 1991: a fixed offset needs no time zone database.
_CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
_CENTENARIANS = frozenset({"996", "997", "998", "999"})
# Prefectures and cities are numbered to 70, counties directly under a province are filed under 90.
_LAST_PREFECTURE, _UNDER_PROVINCE = 70, 90


def today_in_china() -> date:
    """Give the current date in Asia/Shanghai."""
    return datetime.now(_CHINA).date()


def read(number: str) -> date | str:
    """Give the date of birth in `number`, or in words that hold nothing of it what is wrong.

    No clock is read: a birth in the future is for the caller to judge.
    """
    if not number.isascii():  # str.isdigit is true of digits in forty scripts
        return WRONG_FORM
    if len(number) == 18 and number[:17].isdigit() and (number[17].isdigit() or number[17] in "Xx"):
        return _read_new(number)
    if len(number) == 15 and number.isdigit():
        return _read_old(number)
    return WRONG_FORM


def identity_birth(number: str) -> date:
    """Give the date of birth in an identity number of fifteen or eighteen characters.

    Whether it lies in the future is not asked; `IdentityNumber` does.

    Raises:
        ValueInvalid: the number is not valid. The number is nowhere in the error.

    >>> identity_birth("110199199002281234")
    datetime.date(1990, 2, 28)
    """
    found = read(number)
    if isinstance(found, date):
        return found
    del number  # a renderer of tracebacks may show this frame
    raise ValueInvalid(item="identity-number", problem=found) from None


def check_character(body: str) -> str:
    """Give the check character of seventeen digits by ISO 7064 MOD 11-2.

    >>> check_character("11010519491231002")
    'X'
    """
    remainder = 0
    for digit in body:
        remainder = (remainder + int(digit)) * 2 % 11
    return "10X98765432"[remainder]


def _read_new(number: str) -> date | str:
    if not _issues(number[:6]):
        return WRONG_DIVISION
    found = _birth(number[6:10], number[10:12], number[12:14])
    if isinstance(found, date) and number[17].upper() != check_character(number[:17]):
        return WRONG_CHECK
    return found


def _read_old(number: str) -> date | str:
    if not _is_division(number[:6]):  # permits and foreigners' cards are younger than this form
        return WRONG_DIVISION
    found = _birth("19" + number[6:8], number[8:10], number[10:12])
    if isinstance(found, date) and number[12:] in _CENTENARIANS:
        return TOO_EARLY
    return found


def _issues(code: str) -> bool:
    if code[0] == "9":
        return code[1:3] in PROVINCES and code[3:] != "000"
    return code in PERMITS or _is_division(code)


def _is_division(code: str) -> bool:
    """Tell whether the code may stand for a county of a real province, today or in the past."""
    prefecture = int(code[2:4])
    numbered = prefecture <= _LAST_PREFECTURE or prefecture == _UNDER_PROVINCE
    return code[:2] in PROVINCES and numbered and code[2:] != "0000"


def _birth(year: str, month: str, day: str) -> date | str:
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        return WRONG_DATE
    return TOO_EARLY if born < EARLIEST else born
