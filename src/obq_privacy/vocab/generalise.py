"""Techniques of de-identification: what becomes of a value when it is told less exactly, each with a name.

A technique is a callable of one value, made for `map`: `born.map(age_bands(18, 30, on=today))` is still a wrapper,
still personal, and opened by a permitted use alone. What comes out names groups in releases. A value that a technique
cannot place, because it is of another type or no such value exists, becomes `NOT_KNOWN` and raises nothing: one odd
record must not show itself by an error.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar, final

from obq_privacy.errors import ItemInvalid
from obq_privacy.vocab import masks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from obq_privacy.vocab._place import Place

__all__ = [
    "NOT_KNOWN",
    "SUPPRESSED",
    "Technique",
    "age_bands",
    "grid",
    "grouped",
    "month",
    "postal_prefix",
    "quarter",
    "ranges",
    "region",
    "suppress",
    "year",
]

T_contra = TypeVar("T_contra", contravariant=True)

NOT_KNOWN: Final = "unknown"
"""Stands for every value that a technique cannot place."""

SUPPRESSED: Final = "*"
"""Stands for every value that is suppressed."""

_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}|[0-9]{6})?\Z")
_LEVELS = {"province": 2, "city": 4, "county": 6}


@final
class Technique(Generic[T_contra]):
    """One way of telling a value less exactly. Equal ones have equal names.

    Attributes:
        name: what it does and how far, such as "age-bands(18, 30)"; it stands in releases and in errors.
    """

    __slots__ = ("__qualname__", "_place", "name")

    def __init__(self, name: str, place: Callable[[T_contra], str | None]) -> None:
        self.name = name
        self.__qualname__ = name  # by this an error of a derivation names its function
        self._place = place

    def __call__(self, value: T_contra, /) -> str:
        """Give the name of the group that the value belongs to."""
        try:
            placed = self._place(value)
        except Exception:  # noqa: BLE001  its text may quote the value
            placed = None
        return NOT_KNOWN if placed is None else placed

    def __repr__(self) -> str:
        return f"Technique({self.name})"


def age_bands(*ages: int, on: dt.date) -> Technique[dt.date]:
    """Make a technique that tells birth dates as bands of age on a day.

    Whoever was born on 29 February is a year older from 1 March on in common years. Who is born after that day is in
    no band.

    Args:
        ages: the ages at which a new band begins, rising, from 1 on.
        on: the day.

    Raises:
        ItemInvalid: the ages are not rising whole numbers.

    >>> bands = age_bands(18, 30, 60, on=dt.date(2026, 11, 2))
    >>> [bands(dt.date(born, 11, 3)) for born in (2020, 2008, 2007, 1996, 1966, 1960)]
    ['0-17', '0-17', '18-29', '18-29', '30-59', '60+']
    """
    edges = _rising("age_bands", ages, least=1)

    def place(born: dt.date) -> str | None:
        age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
        if age < 0:
            return None
        above = next((edge for edge in edges if age < edge), None)
        begins = max((edge for edge in edges if edge <= age), default=0)
        return f"{begins}+" if above is None else f"{begins}-{above - 1}"

    return Technique(f"age-bands({_listed(edges)}; {on.isoformat()})", place)


def region(level: Literal["province", "city", "county"] = "province") -> Technique[str]:
    """Make a technique that tells Chinese administrative division codes (6, 9 or 12 digits) as those of a wider area.

    Args:
        level: how wide.

    Raises:
        ItemInvalid: there is no such level.

    >>> region("city")("310115"), region()("310115125"), region()("31")
    ('310100', '310000', 'unknown')
    """
    digits = _LEVELS.get(level)
    if digits is None:
        raise ItemInvalid(declaration="region", problem="the level is province, city or county")

    def place(code: str) -> str | None:
        return code[:digits].ljust(6, "0") if _CODE.match(code) else None

    return Technique(f"region({level})", place)


def postal_prefix(digits: int = 2) -> Technique[str]:
    """Make a technique that tells postal codes by their first characters, without blanks, in capitals.

    A code with no more characters than these is not told. Where a prefix is an area of few people, it tells who they
    are; only the size of groups shows that.

    Args:
        digits: how many characters, at least 1.

    Raises:
        ItemInvalid: it is less.

    >>> postal_prefix(3)("200120"), postal_prefix()("sw1a 1aa"), postal_prefix(6)("200120")
    ('200*', 'SW*', 'unknown')
    """
    if digits < 1:
        raise ItemInvalid(declaration="postal_prefix", problem="it tells at least one character")

    def place(code: str) -> str | None:
        plain = "".join(code.split()).upper()
        return f"{plain[:digits]}{SUPPRESSED}" if len(plain) > digits and plain.isalnum() else None

    return Technique(f"postal-prefix({digits})", place)


def ranges(*edges: float | Decimal) -> Technique[float | Decimal]:
    """Make a technique that tells numbers by the range that they are in; the lower end belongs to a range.

    Args:
        edges: where a new range begins, rising and finite.

    Raises:
        ItemInvalid: they are not.

    >>> spent = ranges(0, 100, 500)
    >>> spent(0), spent(99.5), spent(500), spent(-1), spent(float("nan"))
    ('[0, 100)', '[0, 100)', '[500, ∞)', '(-∞, 0)', 'unknown')
    """
    starts = _rising("ranges", edges, least=-math.inf)

    def place(number: float | Decimal) -> str | None:
        if isinstance(number, bool) or number != number:  # noqa: PLR0124  not a number is not equal to itself
            return None
        low = next((edge for edge in reversed(starts) if edge <= number), None)
        high = next((edge for edge in starts if number < edge), None)
        return f"{'(-∞' if low is None else f'[{low}'}, {'∞' if high is None else high})"

    return Technique(f"ranges({_listed(starts)})", place)


def grid(*, decimals: int = 1) -> Technique[Place]:
    """Make a technique that tells places by rounded degrees: 0 for squares of about 111 km, 1 for 11 km, 2 for 1.1 km.

    Raises:
        ItemInvalid: it is another number.

    >>> from obq_privacy.vocab import Place
    >>> grid()(Place(latitude=39.9087, longitude=116.3975, accuracy=12))
    '39.9, 116.4'
    """
    return Technique(f"grid({decimals})", masks.place(decimals=decimals))


def grouped(groups: Mapping[str, str], *, name: str, other: str = NOT_KNOWN) -> Technique[str]:
    """Make a technique that tells words by the wider word that they belong to.

    Args:
        groups: the wider word for each word.
        name: of this grouping, in names of techniques.
        other: for words that are not in it.

    >>> paid = grouped({"visa": "card", "unionpay": "card", "cod": "cash"}, name="payment")
    >>> paid("visa"), paid("barter")
    ('card', 'unknown')
    """
    known = dict(groups)
    return Technique(f"grouped({name})", lambda word: known.get(word, other))


def _year(day: dt.date) -> str:
    return f"{day.year:04}"


def _quarter(day: dt.date) -> str:
    return f"{day.year:04}-Q{(day.month + 2) // 3}"


def _month(day: dt.date) -> str:
    return f"{day.year:04}-{day.month:02}"


def _nothing(value: object) -> str:
    del value
    return SUPPRESSED


year: Final = Technique[dt.date]("year", _year)
"""Tells a date or datetime by its year, in its own zone: `2026`."""

quarter: Final = Technique[dt.date]("quarter", _quarter)
"""Tells a date or datetime by its quarter, in its own zone: `2026-Q4`."""

month: Final = Technique[dt.date]("month", _month)
"""Tells a date or datetime by its month, in its own zone: `2026-11`."""

suppress: Final = Technique[object]("suppress", _nothing)
"""Tells nothing: everybody is in one group."""


N = TypeVar("N", int, float, Decimal, float | Decimal)


def _rising(declaration: str, edges: tuple[N, ...], *, least: float) -> tuple[N, ...]:
    """Check that there are edges, and that they rise."""
    finite = all(least <= edge and math.isfinite(edge) for edge in edges)
    if not edges or not finite or any(low >= high for low, high in pairwise(edges)):
        raise ItemInvalid(declaration=declaration, problem="its edges are finite numbers that rise")
    return edges


def _listed(edges: tuple[object, ...]) -> str:
    return ", ".join(map(str, edges))
