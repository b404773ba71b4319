"""Leak detection: values that are watched, and channels that are searched for them."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar, final

from obq_privacy.testing._leaks_canary import canary_of, check_canary
from obq_privacy.testing._leaks_errors import said_of
from obq_privacy.testing._leaks_files import said_below, said_of_rows
from obq_privacy.testing._leaks_found import Leak, LeakFound
from obq_privacy.testing._leaks_http import Answers
from obq_privacy.testing._leaks_output import PIECES, Collector, LogRecords, Said, Streams, Warned
from obq_privacy.testing._leaks_search import Finder
from obq_privacy.testing._leaks_spelling import WEAKEST, strength

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterator, Mapping
    from contextlib import AbstractContextManager
    from wsgiref.types import WSGIApplication

    from obq_privacy.audit import AuditLog
    from obq_privacy.testing._leaks_http import ASGIApplication
    from obq_privacy.vocab import AnyItem, AnyRecipient, Item

T = TypeVar("T")


class _Exit(NamedTuple):
    """A leak that is meant."""

    item: str
    channel: str
    at: str
    recipient: str


@final
class NoLeaks:
    """Watches values, and finds them where they should not be. The plugin makes one for each test that asks.

    Looked for are texts, bytes, numbers, and attrs classes of these, as they are and in base64 (wherever the value
    begins), hex, URL, JSON, HTML and repr escapes, UTF-16 and -32, gzip and zlib. Not found are pieces of a value,
    values that were changed (hashed, encrypted, cut, masked), log records below the level of their logger, which are
    never made (set `log_level = "DEBUG"` in the settings of pytest), exceptions that the test catches and does not hand
    to `look`, and what other processes write to places that are not searched.

    Outside of pytest it is a context manager: `with NoLeaks() as no_leaks: …`, and then `no_leaks.check()`.
    """

    def __init__(self) -> None:
        self._finder = Finder()
        self._logs, self._streams, self._warned, self._answers = LogRecords(), Streams(), Warned(), Answers()
        self._looked: list[Said] = []
        self._folders: list[Path] = []
        self._databases: list[tuple[str, sqlite3.Connection]] = []
        self._exits: list[_Exit] = []
        self._unwatched: set[str] = set()
        self._audit: AuditLog | None = None
        self._told: set[Leak] = set()
        self._open = ExitStack()

    # ── What is watched ───────────────────────────────────────────────────────────────────────────────────

    def canary(self, item: Item[T, Any], /, *, value: T | None = None) -> T:
        """Give a valid value of an item that stands nowhere by chance, and watch it.

        Args:
            item: what it is a value of. Of text, bytes, int, float, Decimal, UUID, datetime and attrs classes of these
                there are canaries; of bool, date and enums there are none, because all their values are common.
            value: one of your own, for items whose validator asks for something special.

        Raises:
            WeakCanary: there is none, or your own could stand somewhere by chance.
        """
        if value is None:
            value = canary_of(item)
        else:
            check_canary(item, value)
        self._finder.add(item.key, value)
        return value

    def noticed(self, item: AnyItem, value: object, /) -> None:
        """Watch a value that was collected, unless it could stand somewhere by chance."""
        if strength(value) >= WEAKEST:
            self._finder.add(item.key, value)
        else:
            self._unwatched.add(item.key)

    # ── What is searched ──────────────────────────────────────────────────────────────────────────────────

    def look(self, channel: str, thing: object, /, *, at: str = "") -> None:
        """Search something of yours at the end: a message, an answer of another client, an exception you caught.

        Args:
            channel: what to call it in the report, such as "queue".
            thing: a text, bytes, a container, an exception, or anything that shows text.
            at: where it was.
        """
        if isinstance(thing, BaseException):
            self._looked += [said._replace(channel=channel) for said in said_of(thing)]
        self._looked.append(Said(channel, at or type(thing).__name__, thing))

    def folder(self, path: Path, /) -> None:
        """Search the files below a folder; `tmp_path` is searched anyway."""
        self._folders.append(path)

    def sqlite(self, connection: sqlite3.Connection, /, name: str = "database") -> None:
        """Search an open SQLite database, such as one in memory; files below the folders are searched anyway."""
        self._databases.append((name, connection))

    def wsgi(self, app: WSGIApplication, /) -> WSGIApplication:
        """Wrap a WSGI application, so that its answers are searched. Flask applications are searched anyway."""
        return self._answers.wsgi(app)

    def asgi(self, app: ASGIApplication, /) -> ASGIApplication:
        """Wrap an ASGI application, so that its answers are searched, as in `TestClient(no_leaks.asgi(app))`."""
        return self._answers.asgi(app)

    def audited(self, log: AuditLog, /) -> None:
        """Name the log that knows what was shared, for `expected(…, to=…)`."""
        self._audit = log

    # ── What is meant ─────────────────────────────────────────────────────────────────────────────────────

    def expected(self, item: AnyItem, /, *, in_: str, at: str = "*", to: AnyRecipient | None = None) -> None:
        """Say that values of an item are meant to come out somewhere.

        Args:
            item: whose values.
            in_: the channel: "log", "stdout", "stderr", "warning", "exception", "file", "sqlite", "http", or yours.
            at: a pattern as in `fnmatch` that the place of the leak matches.
            to: somebody they are shared with; then they are meant only if the audit log holds a permitted share.
        """
        self._exits.append(_Exit(item.key, in_, at, "" if to is None else to.key))

    def _meant(self, leak: Leak) -> bool:
        return any(
            way.item == leak.item
            and way.channel == leak.channel
            and fnmatchcase(leak.place, way.at)
            and (not way.recipient or self._was_shared(way))
            for way in self._exits
        )

    def _was_shared(self, way: _Exit) -> bool:
        if self._audit is None:
            return False
        shares = self._audit.entries(item=way.item, recipient=way.recipient, outcome="permit")
        return any(entry.operation != "collect" for entry in shares)

    # ── Finding ───────────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> Self:
        self._open.enter_context(self.listening())
        self._open.enter_context(self.streaming())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def listening(self) -> AbstractContextManager[None]:
        """Listen to everything but the standard streams, which pytest changes from phase to phase."""
        return _on(self._logs, self._warned, self._answers)

    def streaming(self) -> AbstractContextManager[None]:
        """Listen to what `sys.stdout` and `sys.stderr` are now."""
        return _on(self._streams)

    def _said(self) -> Iterator[Said]:
        for collector in (self._logs, self._streams, self._warned, self._answers):
            yield from collector.said()
        yield from self._looked
        for folder in self._folders:
            yield from said_below(folder, self._finder)
        for name, connection in self._databases:
            yield from said_of_rows(connection, name)

    def found(self) -> list[Leak]:
        """Give what has leaked by now and is not meant to, each item once for each place."""
        found: dict[tuple[str, str, str], Leak] = {}
        for said in self._said():
            for hit in self._finder.hits_in(said.thing):
                place = self._finder.without(said.place)
                leak = Leak(hit.item, said.channel, place, hit.encoding)
                known = {one[:2] for one in found} if place in PIECES else ()
                if (leak.item, leak.channel) not in known and not self._meant(leak):
                    found.setdefault((leak.item, leak.channel, _record(leak)), leak)
        return list(found.values())

    def check(self) -> None:
        """Find leaks.

        Raises:
            LeakFound: there are.
        """
        found = self.found()
        if found:
            raise LeakFound(found, sorted(self._unwatched))

    def reported(
        self, *, error: BaseException | None, own: str, captured: Mapping[str, str], folder: object
    ) -> str | None:
        """Give what to report after a phase of a test: what leaked and was not reported before; None for nothing.

        Args:
            error: what the phase raised.
            own: the file of the test, whose own frames hold values by right.
            captured: what pytest captured of each stream.
            folder: `tmp_path` of the test, if it has one.
        """
        if error is not None:
            self._looked += said_of(error, own=own)
        self._looked += [Said(channel, "captured by pytest", text) for channel, text in captured.items()]
        if isinstance(folder, Path) and folder not in self._folders:
            self._folders.append(folder)
        new = [leak for leak in self.found() if leak not in self._told]
        self._told.update(new)
        return str(LeakFound(new, sorted(self._unwatched))) if new else None


@contextmanager
def _on(*collectors: Collector) -> Generator[None]:
    with ExitStack() as stack:
        for collector in collectors:
            collector.start()
            stack.callback(collector.stop)
        yield


_PARTS = re.compile(r", (message|arguments|notes|exception|extra \w+)$")


def _record(leak: Leak) -> str:
    """Name what a leak stands in without the part of it: one log record has it in message and arguments."""
    return _PARTS.sub("", leak.place)
