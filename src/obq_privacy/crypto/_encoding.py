"""One spelling for everything that is hashed or authenticated, and the padding that hides lengths.

A sequence of fields has exactly one encoding, and an encoding has exactly one sequence of fields: every field carries
its type and its length, and the first says what the whole is for. See docs/formats/token.md.
"""

from __future__ import annotations

import struct
from typing import Final

from obq_privacy import _late
from obq_privacy.errors import SealBroken

BLOCK: Final = 32
"""Padded lengths are multiples of this many bytes."""

_LENGTH: Final = struct.Struct(">I").pack
_INTEGER: Final = struct.Struct(">cIq").pack
# Type and length of short fields, made beforehand: encoding is a good part of what collecting a value costs.
_TEXT: Final = [b"s" + _LENGTH(size) for size in range(256)]
_BYTES: Final = [b"b" + _LENGTH(size) for size in range(256)]


def encode(domain: str, *fields: bytes | str | int) -> bytes:
    """Return the one encoding of these fields in this domain.

    The domain is `u32 length | UTF-8`; a field is `type | u32 length | content`, where type is `b`, `s` or `i`, and an
    integer is 8 bytes, signed. Lone surrogates are kept, so that no text fails with an error that quotes it.

    Args:
        domain: what the encoding is for, with a version, such as "obq-privacy/seal/1".
        fields: bytes, text, or integers of 64 bits; a bool is refused, because it would read as 0 or 1.

    Raises:
        TypeError: a field has another type; the message names the type only.
        ValueError: an integer needs more than 64 bits, or a field is 4 GiB or longer.
    """
    head = _utf8(domain)
    parts = [_LENGTH(len(head)), head]
    unfit = False
    try:
        for field in fields:
            if isinstance(field, str):
                data = _utf8(field)
                size = len(data)
                parts.append(_TEXT[size] if size < 256 else b"s" + _LENGTH(size))
                parts.append(data)
            elif isinstance(field, bytes):
                size = len(field)
                parts.append(_BYTES[size] if size < 256 else b"b" + _LENGTH(size))
                parts.append(field)
            elif type(field) is int:
                parts.append(_INTEGER(b"i", 8, field))
            else:
                raise TypeError(f"a field is bytes, str or int, not {type(field).__name__}")
    except struct.error:
        unfit = True
    if unfit:
        raise ValueError("a field does not fit; integers have 64 bits, lengths 32")
    return b"".join(parts)


def _utf8(text: str) -> bytes:
    try:
        return str.encode(text)
    except UnicodeEncodeError:
        return str.encode(text, "utf-8", "surrogatepass")


def memory_context(*fields: bytes | str | int) -> bytes:
    """Return the 32 bytes of associated data for a value that is ciphertext in memory.

    They cannot be mistaken for those of a token: the latter are an encoding, which is longer than 32 bytes.

    Args:
        fields: what the value is bound to: the subject's pseudonym, the item's key, its origin.

    Raises:
        TypeError: as `encode`.
        ValueError: as `encode`.
    """
    return _late.hashlib.sha256(encode("obq-privacy/memory/1", *fields)).digest()


def pad(content: bytes) -> bytes:
    """Return `u32 length | content | zeros`, up to a multiple of 32 bytes, so that the length shows in steps only."""
    return b"".join((_LENGTH(len(content)), content, bytes(-(4 + len(content)) % BLOCK)))


def unpad(padded: bytes) -> bytes:
    """Return the content that `pad` was given.

    Raises:
        SealBroken: these bytes are not what `pad` returns for any content.
    """
    content = _content(padded)
    if content is None:
        del padded  # a traceback that shows locals must not show it
        raise SealBroken
    return content


def _content(padded: bytes) -> bytes | None:
    end = 4 + int.from_bytes(padded[:4], "big")
    # Exactly one length is right: the next multiple of 32, and nothing but zeros after the content.
    if len(padded) < BLOCK or len(padded) != end + -end % BLOCK or any(padded[end:]):
        return None
    return padded[4:end]
