"""Values as bytes: what is written is read back, no two values share a spelling, and nothing else is accepted."""

from __future__ import annotations

import datetime as dt
import math
import struct
import sys
from decimal import Context, Decimal, localcontext
from enum import Enum, Flag, IntEnum, IntFlag
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from obq_privacy.vocab import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy.vocab._codec import Form

    class Unseen:
        """What exists for the type checker only."""


class Size(Enum):
    """An enum with an alias, and values that are not names."""

    SMALL = 1
    LARGE = 2
    BIG = 2  # noqa: PIE796


class Rank(IntEnum):
    """An enum whose members are ints."""

    FIRST = 1
    SECOND = 2


class Word(str, Enum):  # noqa: UP042
    """An enum whose members are texts."""

    YES = "no"
    NO = "yes"


@attrs.frozen
class Point:
    """Two numbers, one of them by another name in the constructor."""

    x: int
    _y: float


@attrs.frozen(kw_only=True)
class Trip:
    """Every supported type at once, and another class."""

    name: str
    data: bytes
    done: bool
    price: Decimal
    day: dt.date
    at: dt.datetime
    id: UUID
    size: Size
    start: Point


@attrs.frozen
class Nothing:
    """No field at all."""


def form_of(kind: type) -> Form[Any]:
    form = codec_for(kind)
    assert form is not None
    return form


def known_zone(name: str) -> dt.tzinfo:
    """Give the zone, or a fixed offset on a machine without zones."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return dt.timezone(dt.timedelta(hours=1))


offsets = st.integers(-86_399, 86_399).map(lambda seconds: dt.timezone(dt.timedelta(seconds=seconds)))
zones = st.sampled_from(
    [known_zone(name) for name in ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")]
)
datetimes = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.datetimes(timezones=offsets),
    st.datetimes(timezones=zones, allow_imaginary=True),
).flatmap(lambda at: st.sampled_from([at.replace(fold=0), at.replace(fold=1)]))
decimals = st.one_of(
    st.decimals(),
    st.builds(
        lambda sign, digits, exponent: Decimal((sign, digits, exponent)),
        st.sampled_from([0, 1]),
        st.lists(st.integers(0, 9), max_size=20).map(tuple),
        st.one_of(st.integers(-500, 500), st.sampled_from(["n", "N"])),
    ),
    st.sampled_from([Decimal("Infinity"), Decimal("-Infinity"), Decimal("-0"), Decimal("0E+9"), Decimal("1E-999999")]),
)
floats = st.one_of(
    st.floats(),
    st.integers(0, 2**64 - 1).map(lambda bits: float(struct.unpack(">d", struct.pack(">Q", bits))[0])),
)
points = st.builds(Point, st.integers(), floats)
VALUES: dict[type, st.SearchStrategy[Any]] = {
    str: st.text(),
    bytes: st.binary(),
    int: st.one_of(st.integers(), st.integers(0, 4096).map(lambda n: (-2) ** n)),
    float: floats,
    bool: st.booleans(),
    Decimal: decimals,
    dt.date: st.dates(),
    dt.datetime: datetimes,
    UUID: st.uuids(),
    Size: st.sampled_from(Size),
    Rank: st.sampled_from(Rank),
    Word: st.sampled_from(Word),
    Point: points,
    Nothing: st.builds(Nothing),
}
VALUES[Trip] = st.builds(
    Trip,
    name=VALUES[str],
    data=VALUES[bytes],
    done=VALUES[bool],
    price=VALUES[Decimal],
    day=VALUES[dt.date],
    at=VALUES[dt.datetime],
    id=VALUES[UUID],
    size=VALUES[Size],
    start=points,
)
kinds = st.sampled_from(list(VALUES))
values = kinds.flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind]))


def facets(value: object) -> object:
    """Give everything that makes a value what it is, written down without the code under test."""
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, Decimal):
        return value.as_tuple()
    if isinstance(value, dt.datetime):
        offset = value.utcoffset()
        return value.replace(tzinfo=None, fold=0), offset, value.fold if offset is None else None
    kind: Any = type(value)
    if attrs.has(kind):
        return tuple(facets(getattr(value, field.name)) for field in attrs.fields(kind))
    return value


@given(values)
@example((float, math.nan))
@example((float, -0.0))
@example((float, 5e-324))
@example((int, 10**5000))
@example((int, -(10**5000)))
@example((int, -128))
@example((str, ""))
@example((bytes, b""))
@example((str, "\0 \U0010ffff"))
@example((Decimal, Decimal("sNaN123")))
@example((Decimal, Decimal("-NaN")))
@example((Decimal, Decimal("1E+999999999999999999" if sys.maxsize > 2**32 else "1E+9")))
@example((dt.datetime, dt.datetime(2026, 11, 1, 1, 30, fold=1)))  # noqa: DTZ001
@example((dt.datetime, dt.datetime.max))  # noqa: DTZ901
@example((dt.date, dt.date.min))
def test_what_is_written_is_read_back(case: tuple[type, object]) -> None:
    """`decode(encode(v))` is `v` in every facet and of the same type, and the value is accepted."""
    kind, value = case
    form = form_of(kind)
    assert form.accepts(value)
    data = form.encode(value)
    assert type(data) is bytes
    back = form.decode(data)
    assert type(back) is type(value)
    assert facets(back) == facets(value)


@given(kinds.flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind], VALUES[kind])))
@example((str, "a", "a\0"))
@example((float, 0.0, -0.0))
@example((Decimal, Decimal("1.0"), Decimal("1.00")))
@example((dt.datetime, dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, fold=1)))  # noqa: DTZ001
@example((dt.datetime, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 1)))  # noqa: DTZ001
@example((Point, Point(1, 0.0), Point(256, 0.0)))
def test_no_two_values_share_a_spelling(case: tuple[type, object, object]) -> None:
    """Different values have different bytes, and the same value always has the same."""
    kind, one, two = case
    form = form_of(kind)
    assert (form.encode(one) == form.encode(two)) == (facets(one) == facets(two))


@given(kinds, st.binary(max_size=40))
@example(int, b"")
@example(int, b"\0\1")
@example(int, b"\xff\xff")
@example(bool, b"\2")
@example(Decimal, b"1_0")
@example(Decimal, b" 1")
@example(Decimal, b"1e5")
@example(Decimal, b"inf")
@example(dt.date, b"20260101")
@example(dt.date, b"2026-W01-1")
@example(dt.datetime, b"2026-01-01 00:00:00")
@example(dt.datetime, b"2026-01-01T00:00:00Z")
@example(dt.datetime, b"2026-01-01T00:00:00+00:00;fold=1")
@example(dt.datetime, b"2026-01-01")
@example(str, b"\xed\xa0\x80")
@example(str, b"\xc0\x80")
@example(Size, b"BIG")
@example(Size, b"__class__")
@example(Nothing, b"\0")
def test_bytes_that_are_never_written_are_refused(kind: type, data: bytes) -> None:
    """Whatever is read writes the same bytes again: a value has one spelling, also for readers."""
    form = form_of(kind)
    try:
        value = form.decode(data)
    except Exception:  # noqa: BLE001  the item turns any of them into its own error
        return
    assert form.encode(value) == data


@given(points, st.data())
def test_cut_or_lengthened_bytes_of_an_attrs_value_are_refused(value: Point, data: st.DataObject) -> None:
    """Lengths are part of the spelling, so no field runs into the next."""
    spelled = form_of(Point).encode(value)
    cut = data.draw(st.integers(0, len(spelled) - 1))
    for other in (spelled[:cut], spelled + b"\0"):
        with pytest.raises((ValueError, struct.error)):
            form_of(Point).decode(other)


def test_a_decimal_is_spelled_alike_in_every_context() -> None:
    """The thread's decimal context changes neither writing nor reading."""
    form = form_of(Decimal)
    long = Decimal("1234567890.123456789E+40")
    plain = form.encode(long)
    with localcontext(Context(prec=3, capitals=0, traps=[])):
        assert form.encode(long) == plain
        assert form.decode(plain).as_tuple() == long.as_tuple()
        with pytest.raises(ValueError, match="one spelling"):
            form.decode(b"nonsense")


def test_the_second_hour_of_a_change_of_clocks_is_kept() -> None:
    """With an offset by the offset, without one by the fold."""
    form = form_of(dt.datetime)
    zone = known_zone("America/New_York")
    first, second = (dt.datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1))
    assert form.decode(form.encode(first)).astimezone(dt.UTC) == first.astimezone(dt.UTC)
    assert form.decode(form.encode(second)).astimezone(dt.UTC) == second.astimezone(dt.UTC)
    assert form.decode(form.encode(second.replace(tzinfo=None))).fold == 1


# ── What is accepted ──────────────────────────────────────────────────────────────────────────────────────


class OtherStr(str):
    """A text with more to it."""

    __slots__ = ()


class OtherDatetime(dt.datetime):
    """An instant with more to it, such as nanoseconds."""


class OtherDate(dt.date):
    """A day with more to it."""


@attrs.frozen
class OtherPoint(Point):
    """A point with more to it."""

    z: int = 0


EXAMPLES: list[Any] = [
    *("", "a", b"", b"a", 0, 1, True, False, 0.0, 1.5, math.nan, Decimal(1), dt.date(2026, 1, 1)),
    *(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), UUID(int=1), Size.SMALL, Rank.FIRST, Word.YES, Point(1, 2.0), Nothing()),
    *(OtherStr("a"), OtherDatetime(2026, 1, 1, tzinfo=dt.UTC), OtherDate(2026, 1, 1), OtherPoint(1, 2.0)),
    *(bytearray(b"a"), None, (), [], {}, object(), 1j, int, "SMALL", "no", 2),
]


@pytest.mark.parametrize("kind", list(VALUES), ids=lambda kind: kind.__name__)
def test_only_values_of_exactly_the_type_are_accepted(kind: type) -> None:
    """A bool is no int, a datetime no date, a member neither its value nor its name, a subclass no plain text."""
    accepted = [value for value in EXAMPLES if form_of(kind).accepts(value)]
    assert [value for value in accepted if type(value) is not kind] == []
    assert [value for value in EXAMPLES if type(value) is kind and not form_of(kind).accepts(value)] == []


def test_fields_of_an_attrs_value_are_checked_as_well() -> None:
    """Attrs does not check types by itself."""
    wrong: Callable[..., Point] = Point
    assert not form_of(Point).accepts(wrong(True, 2.0))
    assert not form_of(Point).accepts(wrong(1, "2"))


class Dynamic(Enum):
    """An enum that makes members up."""

    KNOWN = 1

    @classmethod
    def _missing_(cls, value: object) -> Any:
        made: Any = object.__new__(cls)
        made._name_, made._value_ = "MADE_UP", value
        return made


def test_a_member_that_could_not_be_read_back_is_not_accepted() -> None:
    """Members made up at run time have no name to read them back by."""
    assert form_of(Dynamic).accepts(Dynamic.KNOWN)
    assert not form_of(Dynamic).accepts(Dynamic(7))


# ── Types without a form ──────────────────────────────────────────────────────────────────────────────────


class Bits(Flag):
    """Unions of these have no name."""

    A = 1
    B = 2


class IntBits(IntFlag):
    """Neither have unions of these."""

    A = 1


class Empty(Enum):
    """No member at all."""


@attrs.frozen
class Loop:
    """A class with itself in it can have no value."""

    inner: Loop


@attrs.frozen
class Maybe:
    """A field that is one of two types."""

    x: int | None


@attrs.frozen
class Many:
    """A field of a generic type."""

    x: list[int]


@attrs.frozen
class Hinted:
    """A field whose type only a type checker sees."""

    x: Unseen


@attrs.frozen
class Given:
    """A field that the constructor does not take."""

    x: int = attrs.field(init=False, default=1)


Untyped: Any = attrs.make_class("Untyped", ["x"])


@pytest.mark.parametrize(
    "kind",
    [
        *(Bits, IntBits, Empty, Enum, Flag, Loop, Maybe, Many, Hinted, Given, Untyped, object, complex, list, dict),
        *(tuple, type(None), int | None, list[int], "str", None, Any),
    ],
    ids=repr,
)
def test_a_type_that_could_not_be_read_back_has_no_form(kind: object) -> None:
    """Better no form, and a codec asked for, than a value that is lost when it is read."""
    assert codec_for(kind) is None


@given(st.text())
def test_a_lone_surrogate_has_no_bytes(text: str) -> None:
    """Text that is not Unicode is refused rather than changed."""
    with pytest.raises(UnicodeEncodeError):
        form_of(str).encode(f"{text}\ud800")


@pytest.mark.parametrize("microseconds", [1, -1, 3_600_000_001])
def test_an_offset_with_a_fraction_of_a_second_has_no_bytes(microseconds: int) -> None:
    """Some versions of Python read it back as another offset, so it is refused while the value is still there."""
    zone = dt.timezone(dt.timedelta(microseconds=microseconds))
    with pytest.raises(ValueError, match="offset"):
        form_of(dt.datetime).encode(dt.datetime(2026, 1, 1, tzinfo=zone))
