"""A copy of the database as of one instant, while everybody else goes on."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress

from obq_privacy.errors import ArgumentInvalid, StoreError, StoreUnavailable
from obq_privacy.stores._sqlite_database import Database
from obq_privacy.stores._sqlite_errors import failure


def back_up(source: str, busy_seconds: float, place: str) -> None:
    """Copy a database into a new file for its owner alone, which is there as a whole or not at all.

    It reads through a connection of its own, so neither threads nor processes wait for it.

    Raises:
        ArgumentInvalid: there is a file already.
        StoreUnavailable: it cannot be written.
    """
    part = f"{place}.part"
    problem = ""
    if os.path.lexists(place):
        raise ArgumentInvalid(argument="place", problem="there is a file already")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            _copy(source, busy_seconds, part)
            _sync(part)
            os.link(part, place)  # unlike renaming, it replaces nothing
        finally:
            for suffix in ("", "-wal", "-shm", "-journal"):
                with suppress(FileNotFoundError):
                    os.unlink(part + suffix)  # noqa: PTH108  the rest of this function speaks of names, too
        _sync(os.path.dirname(place) or os.curdir)  # noqa: PTH120
    except OSError as error:
        problem = os.strerror(error.errno or 0).lower()
    if problem:
        raise StoreUnavailable(store=place, problem=problem)


def _copy(source: str, busy_seconds: float, part: str) -> None:
    found: StoreError | None = None
    database = Database(source, busy_seconds)
    try:
        with database.lock, closing(sqlite3.connect(part)) as copy:
            database.connection().backup(copy)
    except sqlite3.Error as error:
        found = failure(part, error)
    finally:
        database.close()
    if found is not None:
        raise found


def _sync(place: str) -> None:
    handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
