"""Values as bytes: one spelling for every type that an item may have."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, get_type_hints
from uuid import UUID

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

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


def _exactly(kind: type) -> Callable[[object], bool]:
    return lambda value: type(value) is kind


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


def _decimal_in(data: bytes) -> Decimal:
    try:
        return Decimal(data.decode("ascii"))
    except InvalidOperation:
        raise ValueError("not a decimal") from None


def _bool_in(data: bytes) -> bool:
    return {b"\1": True, b"\0": False}[data]


def _date_out(value: dt.date) -> bytes:
    return value.isoformat().encode("ascii")


def _date_in(data: bytes) -> dt.date:
    return dt.date.fromisoformat(data.decode("ascii"))


def _datetime_out(value: dt.datetime) -> bytes:
    return value.isoformat().encode("ascii")


def _datetime_in(data: bytes) -> dt.datetime:
    return dt.datetime.fromisoformat(data.decode("ascii"))


def _is_date(value: object) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _is_datetime(value: object) -> bool:
    return isinstance(value, dt.datetime)


_BUILTIN: dict[type, Form[Any]] = {
    str: Form[str](str.encode, lambda data: data.decode("utf-8"), _exactly(str)),
    bytes: Form[bytes](bytes, bytes, _exactly(bytes)),
    bool: Form[bool](lambda value: b"\1" if value else b"\0", _bool_in, _exactly(bool)),
    int: Form[int](_int_out, _int_in, _exactly(int)),
    float: Form[float](_float_out, _float_in, _exactly(float)),
    Decimal: Form[Decimal](lambda value: str(value).encode("ascii"), _decimal_in, _exactly(Decimal)),
    dt.datetime: Form[dt.datetime](_datetime_out, _datetime_in, _is_datetime),
    dt.date: Form[dt.date](_date_out, _date_in, _is_date),
    UUID: Form[UUID](lambda value: value.bytes, lambda data: UUID(bytes=data), _exactly(UUID)),
}


def codec_for(kind: type[Any]) -> Form[Any] | None:
    """Give the form of a supported type, or None.

    Supported are str, bytes, int, float, bool, Decimal, date, datetime, UUID, enums, and attrs classes whose
    fields are all of these. A member of an enum is spelled by its name, an attrs value field by field.
    """
    if kind in _BUILTIN:
        return _BUILTIN[kind]
    if issubclass(kind, Enum):
        return _enum_form(kind)
    return _attrs_form(kind) if attrs.has(kind) else None


def adapt(codec: Codec[T], kind: type[T]) -> Form[T]:
    """Give an item's own codec the shape of the built-in ones."""
    return Form(codec.encode, codec.decode, lambda value: isinstance(value, kind))


def _enum_form(kind: type[Enum]) -> Form[Enum]:
    def decode(data: bytes) -> Enum:
        return kind[data.decode("utf-8")]

    return Form(lambda value: value.name.encode(), decode, lambda value: isinstance(value, kind))


def _attrs_form(kind: type[Any]) -> Form[Any] | None:
    """Spell an attrs class field by field in declaration order, each with its length (u32 BE)."""
    hints = get_type_hints(kind)
    fields = [(field.name, field.alias or field.name, codec_for(hints[field.name])) for field in attrs.fields(kind)]
    parts = [(name, alias, form) for name, alias, form in fields if form is not None]
    if len(parts) != len(fields):
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
