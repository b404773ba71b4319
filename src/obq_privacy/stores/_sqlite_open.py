"""Opening a database file: created private, checked before it is touched, brought to the newest schema."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import Final

from obq_privacy.errors import StoreError, StoreIncompatible, StoreUnavailable
from obq_privacy.stores._schema import APPLICATION_ID, MIGRATIONS
from obq_privacy.stores._sqlite_errors import busy, failure, run

_OLDEST: Final = (3, 37, 0)  # STRICT tables
_RETRY_SECONDS: Final = 0.01

# docs/formats/store.md says why.
_PRAGMAS: Final = (
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


def open_database(place: str, busy_seconds: float, *, create: bool) -> sqlite3.Connection:
    """Open a connection in autocommit mode on a file of the newest schema.

    Args:
        place: absolute path of the file.
        busy_seconds: how long a statement waits for other processes.
        create: whether to create the file if there is none.

    Raises:
        StoreIncompatible: the file is of another program or a newer version of the library; it is left as it was.
        StoreUnavailable: it cannot be opened or created, or another process holds it.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreError(store=place, problem=f"SQLite {sqlite3.sqlite_version} is older than 3.37")
    if create:
        _create(place)
    version = _probe(place, busy_seconds)
    connection = _connect(place, "rw", busy_seconds)
    try:
        for pragma in _PRAGMAS:
            run(connection, place, pragma)
        _use_wal(connection, place, busy_seconds)
        if version < len(MIGRATIONS):
            _migrate(connection, place)
    except BaseException:
        connection.close()
        raise
    return connection


def _create(place: str) -> None:
    """Create the file if there is none; SQLite would create it readable to others."""
    # An existing file is not opened here: closing it again would drop the locks that other connections of this
    # process have on it.
    try:
        os.close(os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        problem = os.strerror(error.errno or 0).lower()
    except ValueError:
        problem = "the path holds a zero byte"
    else:
        return
    raise StoreUnavailable(store=place, problem=problem)


def _connect(place: str, mode: str, busy_seconds: float) -> sqlite3.Connection:
    name = place.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        return sqlite3.connect(
            f"file:{name}?mode={mode}",
            uri=True,
            timeout=busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        failed = failure(place, error)
    raise failed


def _probe(place: str, busy_seconds: float) -> int:
    """Return the version of the schema, seen through a connection that cannot write: other files stay as they are."""
    connection = _connect(place, "ro", busy_seconds)
    try:
        # One transaction, or another process could make the schema between two looks at it.
        run(connection, place, "BEGIN")
        return _version(connection, place)
    finally:
        connection.close()


def _version(connection: sqlite3.Connection, place: str) -> int:
    """Return the version of the schema, 0 for an empty file; to be called in a transaction.

    Raises:
        StoreIncompatible: it is not a file of this library, or of a newer version.
    """
    ((objects,),) = run(connection, place, "SELECT count(*) FROM sqlite_schema")
    ((application,),) = run(connection, place, "PRAGMA application_id")
    ((version,),) = run(connection, place, "PRAGMA user_version")
    if application != APPLICATION_ID and (application, version, objects) != (0, 0, 0):
        raise StoreIncompatible(store=place, problem="it is a database of another program")
    if version > len(MIGRATIONS):
        problem = f"its schema has version {version}, and this library knows those up to {len(MIGRATIONS)}"
        raise StoreIncompatible(store=place, problem=problem)
    return int(version)


def _use_wal(connection: sqlite3.Connection, place: str, busy_seconds: float) -> None:
    """Switch to write-ahead logging, for which SQLite does not always wait by itself while others do the same."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            ((mode,),) = connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.Error as error:
            failed = None if busy(error) and time.monotonic() < deadline else failure(place, error)
        else:
            if mode == "wal":
                return
            failed = StoreError(store=place, problem="write-ahead logging is not possible there")
        if failed is not None:
            raise failed
        time.sleep(_RETRY_SECONDS)


def _migrate(connection: sqlite3.Connection, place: str) -> None:
    """Take the steps that the file has not taken, all or none, while no other process can."""
    run(connection, place, "BEGIN EXCLUSIVE")
    try:
        for script in MIGRATIONS[_version(connection, place) :]:
            for statement in script:
                run(connection, place, statement)
        run(connection, place, f"PRAGMA application_id = {APPLICATION_ID}")
        run(connection, place, f"PRAGMA user_version = {len(MIGRATIONS)}")
        run(connection, place, "COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
