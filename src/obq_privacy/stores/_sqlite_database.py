"""One connection to a database file: turns of threads, transactions, forks, and what erasure leaves in the log."""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Final, final

from obq_privacy.errors import StoreError, StoreUnavailable
from obq_privacy.stores._sqlite_errors import Row, run
from obq_privacy.stores._sqlite_open import open_database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_SCRUB_SECONDS: Final = 1.0
_FORK_SECONDS: Final = 1.0
_NO_FILE: Final = (-1, -1)
_SCRUB: Final = (
    "SELECT (SELECT value FROM meta WHERE name = 'scrub_wanted'), (SELECT value FROM meta WHERE name = 'scrub_done')"
)


@final
class Turn:
    """The time in which one thread has the connection, and in which nobody else writes if it is for writing.

    As a context manager, a turn for writing commits at the end, and rolls back when an exception passes through.
    """

    __slots__ = ("_connection", "_database", "_lock", "_writing")

    def __init__(self, database: Database, *, writing: bool) -> None:
        self._database = database
        self._writing = writing

    def __enter__(self) -> Turn:
        database = self._database
        self._lock = database.lock
        self._lock.acquire()
        nested = database.in_transaction
        try:
            self._connection = database.connection()
            if self._writing:
                self._start(nested=nested)
        except BaseException:
            if not nested:
                database.roll_back()
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._writing:
                self._end(commit=kind is None)
                self._database.written()
        finally:
            self._lock.release()

    def run(self, sql: str, *values: object) -> list[Row]:
        """Run a statement to its end and return its rows.

        Raises:
            StoreError: SQLite failed, or the process was forked since the turn began.
        """
        return run(self._checked(), self._database.place, sql, values)

    def run_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each row of values."""
        run(self._checked(), self._database.place, sql, rows=rows)

    def _checked(self) -> sqlite3.Connection:
        if not self._database.holds(self._connection):
            raise self._database.failure("the process was forked during a transaction")
        return self._connection

    def _start(self, *, nested: bool) -> None:
        if nested:
            raise self._database.failure("a callback must not write")
        # SQLite has one writer at a time. A transaction that began by reading could not become that one after
        # another had written, so it is the writer from the beginning.
        self.run("BEGIN IMMEDIATE")
        self._database.in_transaction = True

    def _end(self, *, commit: bool) -> None:
        try:
            if commit:
                self.run("COMMIT")
        finally:
            if self._database.holds(self._connection):
                self._database.in_transaction = False
                self._database.roll_back()


@final
class Database:
    """A database file, through one connection that threads take in turns.

    Args:
        place: absolute path of the file; it is created if there is none.
        busy_seconds: how long a statement waits for other processes.
    """

    def __init__(self, place: str, busy_seconds: float) -> None:
        self.place = place
        self.lock = threading.RLock()
        self.in_transaction = False
        self._busy_seconds = busy_seconds
        self._closed = False
        self._blocked = False
        self._connection: sqlite3.Connection | None = None
        self._file = _NO_FILE
        _databases.add(self)  # before SQLite is entered: no fork may happen meanwhile
        with self.lock:
            self._connection = self._open(create=True)
            self._file = _identity(place)
        self.scrub()

    def failure(self, problem: str) -> StoreError:
        """Give an error of this store."""
        return StoreError(store=self.place, problem=problem)

    def reading(self) -> Turn:
        """Take a turn in which every statement reads by itself, inside the transaction if there is one."""
        return Turn(self, writing=False)

    def writing(self) -> Turn:
        """Take a turn in which nobody else writes."""
        return Turn(self, writing=True)

    def ask(self, sql: str, *values: object) -> list[Row]:
        """Run a single statement that reads."""
        with self.reading() as turn:
            return turn.run(sql, *values)

    def connection(self) -> sqlite3.Connection:
        """Return the connection, opened anew after a fork or a failure; to be called with the lock.

        Raises:
            StoreError: the store is closed.
            StoreUnavailable: the file is not the one that was opened first, or it cannot be opened.
        """
        if self._closed:
            raise self.failure("it is closed")
        if _identity(self.place) != self._file:  # others may write to the new one, or look for the old one in vain
            raise StoreUnavailable(store=self.place, problem="its file was removed or replaced since it was opened")
        if self._connection is None:
            self._connection = self._open(create=False)
        return self._connection

    def _open(self, *, create: bool) -> sqlite3.Connection:
        if _identity(self.place) in _inherited:
            raise self.failure("the process was forked during a transaction, and cannot open it any more")
        return open_database(self.place, self._busy_seconds, create=create)

    def holds(self, connection: sqlite3.Connection) -> bool:
        """Tell whether this is still the connection."""
        return self._connection is connection

    def roll_back(self) -> None:
        """End a transaction that is still open; a connection that cannot even do that is replaced."""
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection = None
            with suppress(sqlite3.Error):
                connection.close()

    def close(self) -> None:
        """Close the connection."""
        with self.lock:
            if self.in_transaction:
                raise self.failure("a callback must not close it")
            if self._connection is not None:
                self.scrub()
            connection, self._connection, self._closed = self._connection, None, True
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()

    def scrub(self, patience: float = _SCRUB_SECONDS) -> None:
        """Empty the write-ahead log if something was destroyed since that was done last.

        What was destroyed is overwritten in the log only; emptying it overwrites it in the database, and removes the
        older versions of pages from the log. It cannot be done while others read: then it is tried again after every
        write, and whenever somebody erases, opens or closes.

        Args:
            patience: how many seconds to wait for others.
        """
        with suppress(StoreError), self.reading() as turn:
            ((wanted, done),) = turn.run(_SCRUB)
            if wanted == done:
                self._blocked = False
                return
            self._blocked = True
            turn.run(f"PRAGMA busy_timeout = {int(min(patience, self._busy_seconds) * 1000)}")
            try:
                ((blocked, _, _),) = turn.run("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                turn.run(f"PRAGMA busy_timeout = {int(self._busy_seconds * 1000)}")
            if not blocked:
                turn.run("UPDATE meta SET value = max(value, ?) WHERE name = 'scrub_done'", wanted)
                self._blocked = False

    def written(self) -> None:
        """Do what has to be done after a transaction."""
        if self._blocked:
            self.scrub(0)

    def before_fork(self) -> threading.RLock | None:
        """Keep threads out of SQLite and close the connection, if that can be; return the lock if it was taken."""
        lock = self.lock
        if not lock.acquire(timeout=self._busy_seconds + _FORK_SECONDS):
            return None
        if not self.in_transaction and self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(sqlite3.Error):
                connection.close()
        return lock

    def after_fork_in_child(self) -> None:
        """Begin anew in a child process."""
        if self._connection is not None:
            if not _parked:
                atexit.register(_leak)
            _parked.append(self._connection)
            _inherited.add(_identity(self.place))
        self._connection = None
        self.lock = threading.RLock()
        self.in_transaction = False


def _identity(place: str) -> tuple[int, int]:
    try:
        status = os.stat(place)  # noqa: PTH116  a path would have to be made of it first
    except (OSError, ValueError):
        return _NO_FILE
    return status.st_dev, status.st_ino


# ── Forks ─────────────────────────────────────────────────────────────────────────────────────────────────
# SQLite keeps one table per process of the files it has open and of its locks on them. A child inherits the table, but
# not the locks: whatever it then opens, even anew, is not protected against other processes. So connections are closed
# before a fork, and both sides open theirs again when they need it. Where that cannot be, because a transaction goes
# on, the child does not open that file any more, and never closes what it has inherited.

_databases: weakref.WeakSet[Database] = weakref.WeakSet()
_held: dict[int, list[threading.RLock]] = {}  # by forking thread
_inherited: set[tuple[int, int]] = set()  # files that this process cannot open
_parked: list[sqlite3.Connection] = []


def _before_fork() -> None:
    locks = [database.before_fork() for database in list(_databases)]
    _held[threading.get_ident()] = [lock for lock in locks if lock is not None]


def _after_fork() -> None:
    for lock in _held.pop(threading.get_ident(), ()):
        lock.release()


def _after_fork_in_child() -> None:
    _held.clear()
    for database in list(_databases):
        database.after_fork_in_child()


def _leak() -> None:
    """Keep the parent's connections from being closed when the interpreter empties its modules at the end."""
    with suppress(ImportError):
        import ctypes  # noqa: PLC0415  costs milliseconds, and only a child that ends in the ordinary way needs it

        for connection in _parked:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
