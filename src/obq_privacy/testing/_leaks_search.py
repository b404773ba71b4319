"""Looking for watched values in bytes and texts, and taking them out of what a report shows."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from obq_privacy.testing._leaks_spelling import spellings

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST: Final = 64 * 1024 * 1024
"""Bytes that something compressed is unpacked to at most."""

_BROKEN_BY_LINES: Final = frozenset({"base64", "hex"})
_BREAKS: Final = b"\r\n \t"
_ZLIB: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


class Hit(NamedTuple):
    """A watched value that was found.

    Attributes:
        item: key of its item.
        encoding: how it was spelled.
        at: offset of its first byte; -1 where that says nothing.
    """

    item: str
    encoding: str
    at: int


class Finder:
    """The values that are watched, in all their spellings. It shows none of them."""

    def __init__(self) -> None:
        self._needles: dict[str, dict[bytes, str]] = {}

    def __repr__(self) -> str:
        return f"Finder({', '.join(sorted(self._needles))})"

    def add(self, item: str, value: object) -> None:
        """Watch a value of an item."""
        self._needles.setdefault(item, {}).update(spellings(value))

    def hits(self, data: bytes | str) -> list[Hit]:
        """Give for each item the plainest spelling in which one of its values stands in `data`."""
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        found: dict[str, Hit] = {}
        for packed, view in _views(raw):
            joined = view.translate(None, _BREAKS) if b"\n" in view else b""
            for item, needles in self._needles.items():
                if item not in found:
                    hit = _first(item, needles, view, joined)
                    if hit is not None:
                        found[item] = hit._replace(encoding=f"{packed}{hit.encoding}", at=-1 if packed else hit.at)
        return list(found.values())

    def hits_in(self, thing: object) -> list[Hit]:
        """Do as `hits`, on everything that an object shows of itself: its text, and what a container holds."""
        found: dict[str, Hit] = {}
        for part in shown(thing):
            for hit in self.hits(part):
                found.setdefault(hit.item, hit)
        return list(found.values())

    def without(self, text: str) -> str:
        """Put the names of items in the place of their values."""
        data = text.encode("utf-8", "surrogatepass")
        for item, needles in self._needles.items():
            for needle in needles:
                data = data.replace(needle, f"<{item}>".encode())
        return data.decode("utf-8", "replace")


def _first(item: str, needles: dict[bytes, str], view: bytes, joined: bytes) -> Hit | None:
    for needle, encoding in needles.items():
        at = view.find(needle)
        if at >= 0:
            return Hit(item, encoding, at)
        if joined and encoding in _BROKEN_BY_LINES and needle in joined:
            return Hit(item, encoding, -1)
    return None


def _views(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the data as they are, and unpacked if they begin as gzip or zlib do."""
    yield "", data
    how, width = ("gzip, ", 31) if data[:2] == b"\x1f\x8b" else ("zlib, ", 15)
    if how == "gzip, " or data[:2] in _ZLIB:
        try:
            yield how, zlib.decompressobj(width).decompress(data, _MOST)
        except zlib.error:
            return


def shown(thing: object, depth: int = 6) -> Iterator[str | bytes]:
    """Give the texts and bytes that an object shows: itself, its parts if it is a container, else repr and str."""
    if isinstance(thing, str | bytes):
        yield thing
    elif isinstance(thing, bytearray | memoryview):
        yield bytes(cast("bytearray", thing))
    elif isinstance(thing, dict) and depth:
        for pair in cast("dict[object, object]", thing).items():
            for part in pair:
                yield from shown(part, depth - 1)
    elif isinstance(thing, list | tuple | set | frozenset) and depth:
        for part in cast("list[object]", thing):
            yield from shown(part, depth - 1)
    else:
        for render in (repr, str):
            try:
                yield str(render(thing))  # pyright: ignore[reportUnknownArgumentType]
            except Exception:  # noqa: BLE001, S112  what has no text shows nothing
                continue
