"""Small worlds for the tests here: key stores too simple to be wrong, a step counter, and a look into tracebacks."""

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from obq_privacy.crypto import StaleKek, WrappedKey

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MemoryKeys:
    """A KeyStore in a dict."""

    def __init__(self) -> None:
        self.rows: dict[str, WrappedKey] = {}
        self.version = 0
        self.target: int | None = None

    def kek(self) -> tuple[int, int | None]:
        return self.version, self.target

    def init_kek(self, version: int) -> int:
        self.version = self.version or version
        return self.version

    def begin_rotation(self, target: int) -> None:
        if self.target is None and target > self.version:
            self.target = target

    def finish_rotation(self, target: int) -> None:
        if self.target == target:
            self.version, self.target = target, None

    def add_key(self, key: WrappedKey) -> WrappedKey:
        if key.subject not in self.rows:
            if key.kek != (self.target or self.version):
                raise StaleKek
            self.rows[key.subject] = key
        return self.rows[key.subject]

    def key_of(self, subject: str) -> WrappedKey | None:
        return self.rows.get(subject)

    def key(self, key_id: bytes) -> WrappedKey | None:
        return next((key for key in self.rows.values() if key.key_id == key_id), None)

    def keys_behind(self, version: int, limit: int) -> list[WrappedKey]:
        return [key for key in self.rows.values() if key.wrapped is not None and key.kek < version][:limit]

    def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        for key in keys:
            stored = self.rows[key.subject]
            if stored.wrapped is not None and stored.kek < key.kek:
                self.rows[key.subject] = key

    def destroy_key(self, subject: str, at: datetime) -> WrappedKey | None:
        stored = self.rows.get(subject)
        if stored is not None and stored.wrapped is not None:
            stored = self.rows[subject] = stored._replace(wrapped=None, destroyed_at=at)
        return stored


class SqliteKeys:
    """A KeyStore that survives its process: each call loads a MemoryKeys, lets it act and saves it, exclusively."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._transaction() as db:
            db.execute("CREATE TABLE IF NOT EXISTS state (version INT, target INT)")
            db.execute("CREATE TABLE IF NOT EXISTS keys (subject TEXT PRIMARY KEY, key_id BLOB, kek INT, wrapped BLOB)")

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            yield db
            db.execute("COMMIT")

    def _act(self, act: Callable[[MemoryKeys], T]) -> T:
        with self._transaction() as db:
            world = MemoryKeys()
            for world.version, world.target in db.execute("SELECT version, target FROM state"):
                pass
            for subject, key_id, kek, wrapped in db.execute("SELECT * FROM keys"):
                world.rows[subject] = WrappedKey(key_id, subject, kek, wrapped, None if wrapped else NOW)
            result = act(world)
            db.execute("DELETE FROM state")
            db.execute("INSERT INTO state VALUES (?, ?)", (world.version, world.target))
            rows = [(key.subject, key.key_id, key.kek, key.wrapped) for key in world.rows.values()]
            db.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)", rows)
            return result

    def kek(self) -> tuple[int, int | None]:
        return self._act(lambda world: world.kek())

    def init_kek(self, version: int) -> int:
        return self._act(lambda world: world.init_kek(version))

    def begin_rotation(self, target: int) -> None:
        self._act(lambda world: world.begin_rotation(target))

    def finish_rotation(self, target: int) -> None:
        self._act(lambda world: world.finish_rotation(target))

    def add_key(self, key: WrappedKey) -> WrappedKey:
        return self._act(lambda world: world.add_key(key))

    def key_of(self, subject: str) -> WrappedKey | None:
        return self._act(lambda world: world.key_of(subject))

    def key(self, key_id: bytes) -> WrappedKey | None:
        return self._act(lambda world: world.key(key_id))

    def keys_behind(self, version: int, limit: int) -> list[WrappedKey]:
        return self._act(lambda world: world.keys_behind(version, limit))

    def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        self._act(lambda world: world.rewrap(keys))

    def destroy_key(self, subject: str, at: datetime) -> WrappedKey | None:
        return self._act(lambda world: world.destroy_key(subject, at))


class Killed(BaseException):
    """The process is gone; nothing that follows was done."""


class Steps:
    """Watch the calls on several objects, and do something at one of them, before or after its effect.

    Attributes:
        taken: the names of the calls so far.
    """

    def __init__(self, at: int, act: Callable[[], object], *, after: bool = False) -> None:
        self.taken: list[str] = []
        self._at = at
        self._act = act
        self._after = after

    def watch(self, watched: T, unwatched: tuple[str, ...] = ()) -> T:
        """Return a stand-in for `watched`, which is untyped on the inside and of the same type to the checkers."""
        steps = self

        class Watched(ModuleType):
            def __getattr__(self, name: str) -> Any:
                found = getattr(watched, name)
                if isinstance(found, type) or not callable(found) or name in unwatched:
                    return found

                def call(*args: Any, **named: Any) -> Any:
                    number = len(steps.taken)
                    steps.taken.append(name)
                    if number == steps._at and not steps._after:
                        steps._act()
                    try:
                        return found(*args, **named)
                    finally:
                        if number == steps._at and steps._after:
                            steps._act()

                return call

        stand_in: Any = Watched("watched")
        return stand_in  # type: ignore[no-any-return]


def die() -> None:
    """Stand for SIGKILL."""
    raise Killed


def shown(error: BaseException) -> str:
    """Return everything that a traceback with local variables shows of an error and what led to it."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def frames_hold(error: BaseException, secret: bytes) -> list[str]:
    """Return where the library's frames of an error, or of its context, hold a secret in a local variable."""
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            if "obq_privacy" in frame.f_code.co_filename:
                found += [
                    f"{frame.f_code.co_name}.{name}"
                    for name, value in frame.f_locals.items()
                    if (isinstance(value, bytes | bytearray) and secret in value)
                    or (isinstance(value, tuple | list | dict) and repr(secret)[2:-1] in repr(value))
                ]
        seen = seen.__context__
    return found
