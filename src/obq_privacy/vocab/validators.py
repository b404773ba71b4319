"""Validators: what a valid value of an item looks like, told without telling the value.

A validator is a callable of one value that gives None for a valid one, else a short text. The texts are constants of
the rule: they hold nothing of the value, nor its length beyond what the rule itself says. An item makes sure of the
type before it asks its validator. A value passes as it is or not at all: nothing is trimmed, cleaned or normalised,
because the value that was checked must be the value that is kept.

Digits are the ten of ASCII. `str.isdigit` is also true of superscripts and of the digits of other scripts, and a `$`
in a regular expression lets a newline pass; both are refused here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, NoReturn, TypeVar, final

from obq_privacy.errors import ItemInvalid
from obq_privacy.vocab import _identity
from obq_privacy.vocab._identity import identity_birth, today_in_china

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

__all__ = [
    "BankCard",
    "Features",
    "IdentityNumber",
    "Imei",
    "MobileNumber",
    "OneOf",
    "Passport",
    "Text",
    "identity_birth",
]

T_contra = TypeVar("T_contra", contravariant=True)


class _Rule:
    """What validators have in common: they never change, and their repr is the declaration."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    def _put(self, **settings: object) -> None:
        for name, setting in settings.items():
            object.__setattr__(self, name, setting)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({settings})"


# ── Numbers of people ─────────────────────────────────────────────────────────────────────────────────────


@final
class IdentityNumber(_Rule):
    """Accept Chinese identity numbers: citizens', residence permits', foreign permanent residents'.

    Eighteen characters with a check digit (GB 11643), or the fifteen digits of old. They begin with a province of
    GB/T 2260 and a plausible division; with 810000, 820000 or 830000 (residence permits of people from Hong Kong,
    Macao and Taiwan); or with 9, a province and a country (permanent residence cards of foreigners since 2023). The
    birth is a real date, not before 1900 and not in the future. The X of the check digit may be small, as people type
    it, and is kept so: two spellings of one number, like the old and the new form, are two values. Divisions are not
    looked up in a register, because numbers keep divisions that were renamed or dissolved long ago.

    Args:
        today: gives the current date; by default the date in Asia/Shanghai.

    >>> from datetime import date
    >>> check = IdentityNumber(today=lambda: date(2026, 11, 1))
    >>> check("110199199002281234") is None
    True
    >>> check("110199199002281235")
    'the check digit does not match'
    """

    __slots__ = ("today",)

    today: Callable[[], date]

    def __init__(self, *, today: Callable[[], date] = today_in_china) -> None:
        self._put(today=today)

    def __call__(self, value: str, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        found = _identity.read(value)
        if isinstance(found, str):
            return found
        return _identity.IN_FUTURE if found > self.today() else None


@final
class Passport(_Rule):
    """Accept passport numbers: six to nine of the letters A to Z and the digits, at least one digit.

    Nine characters are what the machine-readable zone holds (ICAO Doc 9303); no check digit belongs to the number
    itself, so a mistyped one cannot be told. Small letters, spaces and the filler `<` are refused.

    Args:
        chinese: accept the series of China only: one of the letters D, E, G, P, S, of Hong Kong H, K, or of Macao M,
            with seven or eight digits; the letter and a second one other than I and O with seven digits; or the
            former 14 and 15 with seven digits. These are families of series, not a list of numbers in use.

    >>> Passport()("X1234567") is None
    True
    >>> Passport(chinese=True)("X1234567")
    'it is not of a form that Chinese passports have'
    """

    __slots__ = ("chinese",)

    chinese: bool

    def __init__(self, *, chinese: bool = False) -> None:
        self._put(chinese=chinese)

    def __call__(self, value: str, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        if not 6 <= len(value) <= 9 or not (_UPPER | _DIGITS).issuperset(value) or _DIGITS.isdisjoint(value):
            return "it must be six to nine capital letters and digits, at least one of them a digit"
        if self.chinese and not _is_chinese_passport(value):
            return "it is not of a form that Chinese passports have"
        return None


@final
class MobileNumber(_Rule):
    """Accept mobile numbers: eleven digits as in China, or `+`, country code and number.

    In China: 1, a digit from 3 to 9, nine digits. Behind a plus sign: eight to fifteen digits that do not begin with 0
    (E.164 allows fifteen; seven or fewer reach no mobile phone). Behind +86 the rule for China holds. Spaces, hyphens
    and brackets are refused. Elsewhere a landline passes, because only lists per country could tell.

    Args:
        chinese: accept numbers of China only, with or without +86.

    >>> MobileNumber()("+447700900123") is None
    True
    >>> MobileNumber()("1390000000")
    'it must be eleven digits of a Chinese mobile number, or + and eight to fifteen digits'
    """

    __slots__ = ("chinese",)

    chinese: bool

    def __init__(self, *, chinese: bool = False) -> None:
        self._put(chinese=chinese)

    def __call__(self, value: str, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        if _is_chinese_mobile(value.removeprefix("+86")):
            return None
        if self.chinese:
            return "it must be eleven digits of a Chinese mobile number, with or without the country code"
        digits = value[1:]
        foreign = value.startswith("+") and not digits.startswith(("0", "86"))
        if foreign and 8 <= len(digits) <= 15 and _DIGITS.issuperset(digits):
            return None
        return "it must be eleven digits of a Chinese mobile number, or + and eight to fifteen digits"


# ── Numbers of things ─────────────────────────────────────────────────────────────────────────────────────


@final
class BankCard(_Rule):
    """Accept bank card numbers: twelve to nineteen digits, the last a check digit (ISO/IEC 7812, Luhn).

    Digits only: spaces and hyphens are for people and belong in a form's field, not in the value. Who issues the card
    is not looked up.

    >>> BankCard()("6222021234567890128") is None
    True
    >>> BankCard()("6222 0212 3456 7890 128")
    'it must be twelve to nineteen digits and nothing else'
    """

    __slots__ = ()

    def __call__(self, value: str, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        if not 12 <= len(value) <= 19 or not _DIGITS.issuperset(value):
            return "it must be twelve to nineteen digits and nothing else"
        return None if _luhn(value) else _identity.WRONG_CHECK


@final
class Imei(_Rule):
    """Accept IMEI numbers: fifteen digits, the last a check digit (3GPP TS 23.003, Luhn).

    Refused are the fourteen digits without the check digit, in which no mistake could be told, and the sixteen of an
    IMEISV, which change with the software of a device.

    >>> Imei()("490154203237518") is None
    True
    >>> Imei()("49015420323751")
    'it must be fifteen digits and nothing else'
    """

    __slots__ = ()

    def __call__(self, value: str, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        if len(value) != 15 or not _DIGITS.issuperset(value):
            return "it must be fifteen digits and nothing else"
        return None if _luhn(value) else _identity.WRONG_CHECK


# ── Everything else ───────────────────────────────────────────────────────────────────────────────────────


@final
class Features(_Rule):
    """Accept face or voice features of a size: what a recognition model gives, as bytes.

    Args:
        minimum: the smallest size, in bytes; equal to `maximum` for a model of fixed size.
        maximum: the largest size, in bytes.

    Raises:
        ItemInvalid: the sizes are not 1 <= minimum <= maximum.

    >>> Features(512, 2048)(bytes(100))
    'it must have 512 to 2048 bytes'
    """

    __slots__ = ("minimum", "maximum")  # noqa: RUF023  the order of the arguments

    minimum: int
    maximum: int

    def __init__(self, minimum: int, maximum: int) -> None:
        _check_bounds("Features", minimum, maximum, least=1)
        self._put(minimum=minimum, maximum=maximum)

    def __call__(self, value: bytes, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        if self.minimum <= len(value) <= self.maximum:
            return None
        return f"it must have {self.minimum} to {self.maximum} bytes"


@final
class Text(_Rule):
    r"""Accept text of a length, in any script, without control characters.

    Length counts code points: one letter that people see may be several. Refused besides are lone surrogates, which
    no encoding can spell; line and paragraph separators; marks that reorder the line around them; and, unless
    `minimum` is 0, text of spaces alone. Joiners and directional marks that names in Persian or Arabic need pass.

    Args:
        minimum: the least number of code points.
        maximum: the greatest number of code points.
        lines: whether line feeds may stand in it, as in an address.

    Raises:
        ItemInvalid: the lengths are not 0 <= minimum <= maximum.

    >>> Text(1, 60)("Nguyễn Thị Ánh") is None
    True
    >>> Text(1, 60)("Li\nLei")
    'it must not hold control characters'
    """

    __slots__ = ("minimum", "maximum", "lines")  # noqa: RUF023  the order of the arguments

    minimum: int
    maximum: int
    lines: bool

    def __init__(self, minimum: int, maximum: int, *, lines: bool = False) -> None:
        _check_bounds("Text", minimum, maximum, least=0)
        self._put(minimum=minimum, maximum=maximum, lines=lines)

    def __call__(self, value: str, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        if not self.minimum <= len(value) <= self.maximum:
            return f"it must have {self.minimum} to {self.maximum} characters"
        if not _CONTROLS.isdisjoint(value.replace("\n", "") if self.lines else value):
            return "it must not hold control characters"
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            return "it must not hold halves of characters"
        return "it must not be blank" if self.minimum and not value.strip() else None


@final
class OneOf(_Rule, Generic[T_contra]):
    """Accept one of a few values, of exactly their types: True is not 1.

    Args:
        allowed: the values. They are part of the declaration: its repr shows them, its problem text does not.

    Raises:
        ItemInvalid: no value is allowed.

    >>> OneOf("home", "work")("hotel")
    'it is not one of the allowed values'
    """

    __slots__ = ("_allowed",)

    _allowed: tuple[object, ...]

    def __init__(self, *allowed: T_contra) -> None:
        if not allowed:
            raise ItemInvalid(declaration="OneOf", problem="it allows no value at all")
        self._put(_allowed=allowed)

    def __call__(self, value: T_contra, /) -> str | None:
        """Tell what is wrong with `value`; None when it is valid."""
        if any(type(value) is type(each) and value == each for each in self._allowed):
            return None
        return "it is not one of the allowed values"

    def __repr__(self) -> str:
        return f"OneOf({', '.join(map(repr, self._allowed))})"


# ── Parts ─────────────────────────────────────────────────────────────────────────────────────────────────

_DIGITS = frozenset("0123456789")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
# C0, DEL and C1; line and paragraph separator; embeddings, overrides and isolates of direction.
_CONTROLS = frozenset(
    map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)


def _luhn(digits: str) -> bool:
    """Tell whether the digits add up to a multiple of ten, every second one from the right doubled, nines cast out."""
    doubled = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def _is_chinese_mobile(value: str) -> bool:
    return len(value) == 11 and value[0] == "1" and value[1] in "3456789" and _DIGITS.issuperset(value)


def _is_chinese_passport(value: str) -> bool:
    if value.startswith(("14", "15")):
        return len(value) == 9 and _DIGITS.issuperset(value)
    if value[0] not in "DEGHKMPS":
        return False
    if value[1] in _UPPER - {"I", "O"}:
        return len(value) == 9 and _DIGITS.issuperset(value[2:])
    return len(value) in {8, 9} and _DIGITS.issuperset(value[1:])


def _check_bounds(declaration: str, minimum: int, maximum: int, *, least: int) -> None:
    if not least <= minimum <= maximum:
        raise ItemInvalid(declaration=declaration, problem=f"its bounds are not {least} <= minimum <= maximum")
