"""Where sealed bytes are kept so that they can be destroyed: cells of fixed size that never move.

With secure_delete SQLite overwrites what is deleted, but when a page is full it copies rows to another page, and what
it leaves in the gap of the old one is not overwritten. So cells are only ever added at the end, keep their size for
good, are overwritten in place, and are used again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from obq_privacy.stores._sqlite_database import Turn

_LENGTH_BYTES: Final = 4
_SMALLEST: Final = 64


def put(turn: Turn, data: bytes) -> int:
    """Keep bytes in a free cell, or in a new one, and return its number."""
    size = _size(_LENGTH_BYTES + len(data))
    cell = (len(data).to_bytes(_LENGTH_BYTES, "big") + data).ljust(size, b"\0")
    for (n,) in turn.run("SELECT n FROM sealed WHERE used = 0 AND size = ? LIMIT 1", size):
        turn.run("UPDATE sealed SET used = 1, data = ? WHERE n = ?", cell, n)
        return int(n)
    # With RETURNING, SQLite would plan a walk through the tables that refer to this one.
    turn.run("INSERT INTO sealed (used, size, data) VALUES (1, ?, ?)", size, cell)
    ((n,),) = turn.run("SELECT last_insert_rowid()")
    return int(n)


def wipe(turn: Turn, n: int | None) -> None:
    """Overwrite a cell with zeros and set it free."""
    if n is not None:
        turn.run("UPDATE sealed SET used = 0, data = zeroblob(size) WHERE n = ?", n)


def content(cell: bytes | None) -> bytes | None:
    """Return the bytes that a cell keeps."""
    if cell is None:
        return None
    return cell[_LENGTH_BYTES : _LENGTH_BYTES + int.from_bytes(cell[:_LENGTH_BYTES], "big")]


def _size(needed: int) -> int:
    """Round up to one of few sizes, by at most an eighth: cells that are free fit what comes later."""
    step = max(_SMALLEST, 1 << needed.bit_length() >> 4)
    return -(-needed // step) * step
