"""Encoding and padding: one spelling each."""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.crypto import encode, memory_context, pad, unpad
from obq_privacy.errors import SealBroken

if TYPE_CHECKING:
    Field = bytes | str | int

TEXTS = st.text(st.characters(), max_size=12) | st.text(st.characters(categories=["Cs"]), max_size=3)
FIELDS = st.lists(
    TEXTS | st.binary(max_size=12) | st.integers(-(2**63), 2**63 - 1) | st.binary(min_size=254, max_size=258),
    max_size=5,
)


def decode(encoded: bytes) -> tuple[str, list[Field]]:
    """Read an encoding back, with nothing from the library."""

    def take() -> bytes:
        nonlocal encoded
        size = 4 + struct.unpack(">I", encoded[:4])[0]
        assert len(encoded) >= size
        taken, encoded = encoded[4:size], encoded[size:]
        return taken

    domain = take().decode("utf-8", "surrogatepass")
    fields: list[Field] = []
    while encoded:
        kind, encoded = encoded[:1], encoded[1:]
        content = take()
        if kind == b"s":
            fields.append(content.decode("utf-8", "surrogatepass"))
        elif kind == b"i":
            fields.append(cast("int", struct.unpack(">q", content)[0]))
        else:
            assert kind == b"b"
            fields.append(content)
    return domain, fields


@given(TEXTS, FIELDS)
def test_an_encoding_reads_back_as_the_same_fields_of_the_same_types(domain: str, fields: list[Field]) -> None:
    """What can be read back in one way only is injective, types included."""
    read_domain, read = decode(encode(domain, *fields))
    assert read_domain == domain
    assert [(type(field), field) for field in read] == [(type(field), field) for field in fields]


@given(st.tuples(TEXTS, FIELDS), st.tuples(TEXTS, FIELDS))
def test_different_fields_have_different_encodings(one: tuple[str, list[Field]], two: tuple[str, list[Field]]) -> None:
    """Two encodings are equal exactly if domain, number, types and contents of the fields are."""
    same = one[0] == two[0] and [(type(f), f) for f in one[1]] == [(type(f), f) for f in two[1]]
    assert (encode(one[0], *one[1]) == encode(two[0], *two[1])) is same


def test_near_misses_differ() -> None:
    """Fields that concatenate alike, and values that look alike, do not encode alike."""
    alike: list[tuple[Field, ...]] = [
        ("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), (b"abc",), ("a", b"bc"), (), ("",), (b"",), (0,),
        ("0",), (b"0",), (b"\0" * 8,), (1,), (-1,), (256,),
    ]  # fmt: skip
    assert len({encode("d", *fields) for fields in alike}) == len(alike)
    assert encode("d", "a") != encode("da")
    assert encode("d/1", "a") != encode("d/2", "a")


@pytest.mark.parametrize(
    "field", [True, False, None, 1.5, bytearray(b"secret-7"), memoryview(b"secret-7"), ["secret-7"]]
)
def test_other_types_are_refused_without_being_quoted(field: object) -> None:
    """What has no one spelling is refused by its type's name."""
    with pytest.raises(TypeError, match=type(field).__name__) as caught:
        encode("d", cast("str", field))
    assert "secret-7" not in str(caught.value)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**100])
def test_integers_beyond_64_bits_are_refused_without_being_quoted(number: int) -> None:
    """A number that does not fit is neither cut off nor shown."""
    with pytest.raises(ValueError, match="64 bits") as caught:
        encode("d", number)
    assert caught.value.__context__ is None
    assert str(number) not in str(caught.value)


def test_subclasses_cannot_bend_the_encoding() -> None:
    """A text that overrides its own encoding is encoded by its characters."""

    class Bent(str):
        __slots__ = ()

        def encode(self, encoding: str = "", errors: str = "") -> bytes:
            del encoding, errors
            return b"bent"

    assert encode("d", Bent("straight")) == encode("d", "straight")


@given(FIELDS)
def test_memory_context_is_the_hash_of_one_encoding(fields: list[Field]) -> None:
    """The associated data of values in memory is 32 bytes, from the documented domain."""
    assert memory_context(*fields) == sha256(encode("obq-privacy/memory/1", *fields)).digest()


@given(st.binary(max_size=200))
def test_padding_comes_off_again_and_shows_length_in_steps_of_32(content: bytes) -> None:
    """A padded value gives its content back and has the least multiple of 32 bytes that holds it and its length."""
    padded = pad(content)
    assert unpad(padded) == content
    assert len(padded) == (len(content) + 4 + 31) // 32 * 32


@given(st.binary(max_size=100) | st.binary(max_size=70).map(lambda tail: bytes(3) + tail))
def test_no_second_padding_is_accepted(padded: bytes) -> None:
    """Whatever is accepted is what padding makes of the result."""
    try:
        content = unpad(padded)
    except SealBroken:
        return
    assert pad(content) == padded


@given(st.binary(max_size=90).filter(lambda content: (4 + len(content)) % 32), st.data())
def test_damaged_padding_is_refused(content: bytes, data: st.DataObject) -> None:
    """Any change of the zeros after the content is refused."""
    padded = bytearray(pad(content))
    padded[data.draw(st.integers(4 + len(content), len(padded) - 1))] = data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken) as caught:
        unpad(bytes(padded))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "padded", [b"", b"\0", bytes(31), bytes(33), bytes(64), b"\xff" * 32, bytes(3) + b"\x1d" + bytes(28)]
)
def test_malformed_padding_is_refused(padded: bytes) -> None:
    """Nothing, too short, ragged, a block too many, and lengths beyond the end are all refused."""
    with pytest.raises(SealBroken):
        unpad(padded)


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 257, 300, 70_000])
def test_a_field_is_spelled_by_type_length_and_content(size: int) -> None:
    """Short and long fields are spelled alike, also around the length up to which headers are made beforehand."""
    domain = struct.pack(">I", 1) + b"d"
    assert encode("d", "x" * size) == domain + b"s" + struct.pack(">I", size) + b"x" * size
    assert encode("d", b"x" * size) == domain + b"b" + struct.pack(">I", size) + b"x" * size


def test_what_does_not_fit_is_told_in_these_words() -> None:
    """The errors name the type or the limit, and nothing of the field."""
    with pytest.raises(TypeError, match=r"^a field is bytes, str or int, not float$"):
        encode("d", 1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^a field does not fit; integers have 64 bits, lengths 32$"):
        encode("d", 2**63)
