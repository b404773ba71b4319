"""What SQLite reports, in the words of the library: from a fixed list, since its own texts could quote data."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from obq_privacy.errors import StoreError, StoreIncompatible, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[Any, ...]

_AWAY: Final = {
    sqlite3.SQLITE_PERM: "access is refused",
    sqlite3.SQLITE_BUSY: "another process holds it",
    sqlite3.SQLITE_LOCKED: "another connection holds it",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_INTERRUPT: "the statement was interrupted",
    sqlite3.SQLITE_IOERR: "reading or writing its files failed",
    sqlite3.SQLITE_FULL: "no space is left",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "its locks cannot be had",
}
_WRONG: Final = {
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
    sqlite3.SQLITE_TOOBIG: "a value is too large",
    sqlite3.SQLITE_CONSTRAINT: "what is to be stored contradicts what is stored",
    sqlite3.SQLITE_MISMATCH: "a value has another type than its column",
}


def failure(place: str, error: sqlite3.Error) -> StoreError:
    """Give the error that stands for one of SQLite's."""
    # Errors that the module raises by itself, such as for a parameter that it cannot bind, have no code.
    code: int = getattr(error, "sqlite_errorcode", 0)
    name: str = getattr(error, "sqlite_errorname", type(error).__name__)
    primary = code & 0xFF
    if primary in _AWAY:
        return StoreUnavailable(store=place, problem=f"{_AWAY[primary]} ({name})")
    if primary == sqlite3.SQLITE_NOTADB:
        return StoreIncompatible(store=place, problem=f"its file is not a database ({name})")
    return StoreError(store=place, problem=f"{_WRONG.get(primary, 'a statement failed')} ({name})")


def run(
    connection: sqlite3.Connection,
    place: str,
    sql: str,
    values: Sequence[object] = (),
    *,
    rows: Sequence[Sequence[object]] | None = None,
) -> list[Row]:
    """Run a statement to its end and return its rows; nothing of SQLite's own error stays, not even as context.

    Args:
        connection: where to run it.
        place: how errors name the store.
        sql: the statement.
        values: for its placeholders.
        rows: values for as many runs of it, in place of `values`.
    """
    try:
        cursor = connection.execute(sql, values) if rows is None else connection.executemany(sql, rows)
        return cursor.fetchall()
    except sqlite3.Error as error:
        failed = failure(place, error)
    except (OverflowError, UnicodeEncodeError):
        failed = StoreError(store=place, problem="a number or a text is not one that can be stored")
    raise failed


def busy(error: sqlite3.Error) -> bool:
    """Tell whether the same statement may succeed in a moment."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
