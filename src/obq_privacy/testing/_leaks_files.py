"""What a program leaves behind: files, and SQLite databases down to their free pages."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from obq_privacy.testing._leaks_output import Said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy.testing._leaks_search import Finder

_MAGIC: Final = b"SQLite format 3\0"
_BESIDE: Final = ("-wal", "-journal", "-shm")


def said_below(folder: Path, finder: Finder) -> Iterator[Said]:
    """Give the files below a folder in which something is found; a database by table and column if it can be."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        yield Said("file", "name of a file", name)
        with suppress(OSError):
            data = path.read_bytes()
            if data.startswith(_MAGIC):
                yield from _said_of_database(path, name, data, finder)
            elif path.name.endswith(_BESIDE):
                yield Said("sqlite", name, data)
            else:
                yield from _said_of_file(name, data, finder)


def _said_of_file(name: str, data: bytes, finder: Finder) -> Iterator[Said]:
    """Name the line, where the file has lines."""
    for hit in finder.hits(data):
        line = f":{data.count(10, 0, hit.at) + 1}" if hit.at >= 0 and 0 not in data[:1024] else ""
        yield Said("file", f"{name}{line}", data)


def _said_of_database(path: Path, name: str, data: bytes, finder: Finder) -> Iterator[Said]:
    shown: set[str] = set()
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.2)) as connection:
        for said in said_of_rows(connection, name):
            found = finder.hits_in(said.thing)
            shown.update(hit.item for hit in found)
            if found:
                yield said
    if any(hit.item not in shown for hit in finder.hits(data)):
        yield Said("sqlite", f"{name}, in no row any more: free pages, or a row that was changed", data)


def said_of_rows(connection: sqlite3.Connection, name: str) -> Iterator[Said]:
    """Give every value of every table of an open database."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    for (table,) in tables:
        quoted = str(table).replace('"', '""')
        with suppress(sqlite3.Error):  # a virtual table whose module is not there
            cursor = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  the name is quoted
            columns = [str(described[0]) for described in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    yield Said("sqlite", f"{name}, {table}.{column}", value)
    schema = connection.execute("SELECT sql FROM sqlite_schema").fetchall()
    yield Said("sqlite", f"{name}, schema", schema)
