"""How a value may be spelled where it leaks, and whether it is rare enough to be looked for."""

from __future__ import annotations

import base64
import datetime as dt
import html
import json
import math
import re
import struct
import urllib.parse
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

WEAKEST: Final = 26.0
"""Bits that a value must have to be looked for: in a megabyte of anything, one in sixty million is found by chance."""

_SHORTEST: Final = 8
_LONGEST: Final = 64
"""Characters or bytes of a long value that are looked for: its beginning, because what is shown may be cut."""

_CORE: Final = 10
"""Characters that a base64 text must have, apart from those that depend on what stands around it."""

_CHARSETS = (
    *((f"utf-{width}-{order}", "surrogatepass") for width in (16, 32) for order in ("le", "be")),
    ("gb18030", "replace"),
    ("latin-1", "replace"),
)
_DATE = re.compile(r"\d{4}-?\d\d-?\d\d")
_ESCAPE = re.compile(r"%[0-9A-F]{2}|\\u[0-9a-f]{4}")
_ALPHABETS = ((str.isdecimal, 10), (str.islower, 26), (str.isupper, 26))


def strength(value: object) -> float:
    """Give how many bits of chance a value has at most, judged by its look; 0 for what cannot be looked for."""
    return max((_bits(form) for form in _forms(value)), default=0.0)


def spellings(value: object) -> dict[bytes, str]:
    """Give everything that a value may look like in bytes, with the name of each encoding; the plainest comes first."""
    found: dict[bytes, str] = {}
    for form in _forms(value):
        if _bits(form) >= WEAKEST:
            for encoding, needle in _spelled(form[:_LONGEST]):
                found.setdefault(needle, encoding)
    return found


# ── What a value looks like before anything encodes it ────────────────────────────────────────────────────


def _forms(value: object) -> Iterator[str | bytes]:
    """Give the texts and bytes that programs make of a value without thinking."""
    if isinstance(value, str | bytes):
        yield value
    elif isinstance(value, bool | None):
        return
    elif isinstance(value, int):
        yield str(value)
        yield f"{value:x}"
        yield value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True).lstrip(b"\0")
    elif isinstance(value, float):
        yield repr(value)
        yield from (struct.pack(order, value) for order in ("<d", ">d"))
    elif isinstance(value, Decimal):
        yield str(value)
    elif isinstance(value, UUID):
        yield from (str(value), value.hex, value.bytes)
    elif isinstance(value, dt.datetime):
        yield value.isoformat()
        yield value.isoformat(" ")
    elif attrs.has(type(value)):
        for field in attrs.fields(cast("Any", type(value))):
            yield from _forms(getattr(value, field.name))


def _bits(form: str | bytes) -> float:
    if len(form) < _SHORTEST or (isinstance(form, str) and _DATE.fullmatch(form)):
        return 0.0
    if isinstance(form, bytes):
        return len(form) * math.log2(len(set(form)))
    alphabet = sum(size for has, size in _ALPHABETS if any(map(has, form))) or 32
    return len(form) * math.log2(min(alphabet, len(set(form))))


# ── Encodings ─────────────────────────────────────────────────────────────────────────────────────────────


def _spelled(form: str | bytes) -> Iterator[tuple[str, bytes]]:
    if isinstance(form, bytes):
        yield "plain", form
        yield from _repr([repr(bytes([byte]))[2:-1] for byte in form])
        yield "url-encoded", urllib.parse.quote_from_bytes(form, safe="").encode()
        yield from _armoured(form)
        return
    data = form.encode("utf-8", "surrogatepass")
    yield "plain", data
    yield from _escaped(form)
    yield from _armoured(data)
    for charset, errors in _CHARSETS:
        yield charset, form.encode(charset, errors)
    if form.isdecimal() and form.isascii():
        for between in " -":
            yield "in groups of four", between.join(re.findall(".{1,4}", form)).encode()
    for how, changed in (("in capitals", form.upper()), ("in small letters", form.lower())):
        yield how, changed.encode("utf-8", "surrogatepass")


def _escaped(text: str) -> Iterator[tuple[str, bytes]]:
    """Give the escapes of JSON, of addresses, of HTML and of Python, with hex digits of both cases."""
    quoted = json.dumps(text)[1:-1]
    made = [
        ("json-escaped", quoted),
        ("json-escaped", quoted.replace("/", "\\/")),
        ("json-escaped", json.dumps(text, ensure_ascii=False)[1:-1]),
        ("url-encoded", urllib.parse.quote(text, safe="", errors="replace")),
        ("url-encoded", urllib.parse.quote(text, errors="replace")),
        ("url-encoded", urllib.parse.quote_plus(text, errors="replace")),
        ("html-escaped", html.escape(text)),
        ("html-escaped", html.escape(text, quote=False)),
    ]
    yield from _repr([repr(character)[1:-1] for character in text])
    yield from _repr([ascii(character)[1:-1] for character in text])
    for encoding, spelled in made:
        data = spelled.encode("utf-8", "surrogatepass")
        yield encoding, data
        yield (
            encoding,
            _ESCAPE.sub(lambda found: found[0].swapcase().replace("\\U", "\\u"), spelled).encode(
                "utf-8", "surrogatepass"
            ),
        )


def _repr(parts: list[str]) -> Iterator[tuple[str, bytes]]:
    """Give what stands between the quotes of a repr, whichever quotes those are."""
    for quote in ("'", "\\'"):
        yield "repr", "".join(quote if part == "'" else part for part in parts).encode("utf-8", "surrogatepass")


def _armoured(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Give hex digits of both cases, and base64 wherever in a group of three bytes the value begins."""
    yield "hex", data.hex().encode()
    yield "hex", data.hex().upper().encode()
    for before in range(3):
        text = base64.b64encode(bytes(before) + data + b"\0\0")
        first, last = -(-8 * before // 6), 8 * (before + len(data)) // 6
        if last - first >= _CORE:
            core = text[first:last]
            yield "base64", core
            yield "base64", core.translate(bytes.maketrans(b"+/", b"-_"))
