"""Values as bytes: one spelling for every type that an item may have."""

from __future__ import annotations

import datetime as dt
import struct
from enum import Enum, Flag
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast, get_type_hints

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

T = TypeVar("T")


class Codec(Protocol[T]):
    """Turn a value into bytes and back; `decode(encode(value))` equals `value`.

    An item names one when its values are of a type that the library does not know.
    """

    def encode(self, value: T, /) -> bytes:
        """Give the one spelling of `value`."""
        ...

    def decode(self, data: bytes, /) -> T:
        """Give the value back; raise on bytes that `encode` never gives."""
        ...


class Form(Generic[T]):
    """A codec made of two functions and the test that a value is of its type."""

    __slots__ = ("accepts", "decode", "encode")

    def __init__(
        self, encode: Callable[[T], bytes], decode: Callable[[bytes], T], accepts: Callable[[object], bool]
    ) -> None:
        self.encode = encode
        self.decode = decode
        self.accepts = accepts


_FOLD = ";fold=1"


def _exactly(kind: type) -> Callable[[object], bool]:
    return lambda value: type(value) is kind


def _one_spelling(encode: Callable[[T], bytes], decode: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Make a reader that is more lenient than the writer refuse what the writer never gives."""

    def strict(data: bytes) -> T:
        value = decode(data)
        if encode(value) != data:
            raise ValueError("not the one spelling")
        return value

    return strict


def _int_out(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _int_in(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _float_out(value: float) -> bytes:
    return struct.pack(">d", value)


def _float_in(data: bytes) -> float:
    number: float
    (number,) = struct.unpack(">d", data)
    return number


def _decimal_out(value: Decimal) -> bytes:
    return str(value).replace("e", "E").encode("ascii")  # the thread's decimal context may ask for a small e


def _bool_in(data: bytes) -> bool:
    return {b"\1": True, b"\0": False}[data]


def _date_out(value: dt.date) -> bytes:
    return value.isoformat().encode("ascii")


def _date_in(data: bytes) -> dt.date:
    return dt.date.fromisoformat(data.decode("ascii"))


def _datetime_out(value: dt.datetime) -> bytes:
    offset = value.utcoffset()
    if offset is not None and offset.microseconds:
        raise ValueError("an offset with a fraction of a second is not read back on every version of Python")
    ambiguous = value.fold and offset is None  # an offset already tells the first hour from the second
    return (value.isoformat() + (_FOLD if ambiguous else "")).encode("ascii")


def _datetime_in(data: bytes) -> dt.datetime:
    text = data.decode("ascii")
    return dt.datetime.fromisoformat(text.removesuffix(_FOLD)).replace(fold=int(text.endswith(_FOLD)))


_AT_HAND: dict[type, Form[Any]] = {
    str: Form[str](str.encode, bytes.decode, _exactly(str)),
    bytes: Form[bytes](bytes, bytes, _exactly(bytes)),
    bool: Form[bool](lambda value: b"\1" if value else b"\0", _bool_in, _exactly(bool)),
    int: Form[int](_int_out, _one_spelling(_int_out, _int_in), _exactly(int)),
    float: Form[float](_float_out, _float_in, _exactly(float)),
    dt.datetime: Form[dt.datetime](_datetime_out, _one_spelling(_datetime_out, _datetime_in), _exactly(dt.datetime)),
    dt.date: Form[dt.date](_date_out, _one_spelling(_date_out, _date_in), _exactly(dt.date)),
}


_LATE = frozenset({"decimal", "uuid"})


@cache
def built_in() -> Mapping[type, Form[Any]]:
    """Give the form of every plain type, those included whose modules take long to import and are seldom needed."""
    from decimal import Decimal  # noqa: PLC0415
    from uuid import UUID  # noqa: PLC0415

    def decimal_in(data: bytes) -> Decimal:
        return Decimal(data.decode("ascii"))

    return {
        **_AT_HAND,
        Decimal: Form[Decimal](_decimal_out, _one_spelling(_decimal_out, decimal_in), _exactly(Decimal)),
        UUID: Form[UUID](lambda value: value.bytes, lambda data: UUID(bytes=data), _exactly(UUID)),
    }


def codec_for(kind: object) -> Form[Any] | None:
    """Give the form of a supported type, or None.

    Supported are str, bytes, int, float, bool, Decimal, date, datetime, UUID, enums other than flags, and attrs
    classes whose fields are all of these and are all taken by the constructor. Subclasses of the plain types are not:
    they would come back as the plain type. A member of an enum is spelled by its name, an attrs value field by field.
    A datetime keeps its offset but not the rules of its zone; without an offset it keeps its fold.
    """
    return _form(kind, ())


def adapt(codec: Codec[T], kind: type[T]) -> Form[T]:
    """Give an item's own codec the shape of the built-in ones."""
    return Form(codec.encode, codec.decode, lambda value: isinstance(value, kind))


def _form(kind: object, around: tuple[type, ...]) -> Form[Any] | None:
    """Give the form of a type that stands in a field of each of the classes `around`."""
    if not isinstance(kind, type) or kind in around:
        return None
    plain = built_in() if kind.__module__ in _LATE else _AT_HAND
    if kind in plain:
        return plain[kind]
    known = cast("type[Any]", kind)
    if issubclass(known, Enum):
        # A union of flags has no name of its own, and an enum without members has nothing to read back.
        return None if issubclass(known, Flag) or not known.__members__ else _enum_form(known)
    return _attrs_form(known, (*around, known)) if attrs.has(known) else None


def _enum_form(kind: type[Enum]) -> Form[Enum]:
    members = kind.__members__

    def decode(data: bytes) -> Enum:
        member = members[data.decode("utf-8")]
        if member._name_.encode() != data:
            raise ValueError("an alias is not the one spelling")
        return member

    def accepts(value: object) -> bool:
        return isinstance(value, kind) and members.get(value._name_) is value

    return Form(lambda value: value._name_.encode(), decode, accepts)


def _fields(kind: type[Any], around: tuple[type, ...]) -> list[tuple[str, str, Form[Any]]] | None:
    """Give name, constructor argument and form of each field; None when one of them cannot be written and read."""
    try:
        hints = get_type_hints(kind)
    except (NameError, TypeError, SyntaxError, AttributeError):  # an annotation names what only a type checker sees
        return None
    found: list[tuple[str, str, Form[Any]]] = []
    for field in attrs.fields(kind):
        form = _form(hints.get(field.name), around)
        if form is None or not field.init:
            return None
        found.append((field.name, field.alias or field.name, form))
    return found


def _attrs_form(kind: type[Any], around: tuple[type, ...]) -> Form[Any] | None:
    """Spell an attrs class field by field in declaration order, each with its length (u32 BE)."""
    parts = _fields(kind, around)
    if parts is None:
        return None

    def encode(value: object) -> bytes:
        spelled = [form.encode(getattr(value, name)) for name, _, form in parts]
        return b"".join(struct.pack(">I", len(part)) + part for part in spelled)

    def decode(data: bytes) -> object:
        found: dict[str, object] = {}
        at = 0
        for _, alias, form in parts:
            (size,) = struct.unpack_from(">I", data, at)
            if at + 4 + size > len(data):
                raise ValueError("cut short")
            found[alias] = form.decode(data[at + 4 : at + 4 + size])
            at += 4 + size
        if at != len(data):
            raise ValueError("too long")
        return kind(**found)

    def accepts(value: object) -> bool:
        return type(value) is kind and all(form.accepts(getattr(value, name)) for name, _, form in parts)

    return Form(encode, decode, accepts)
