"""Two small stores for the tests of the audit: one of dicts, one of SQLite."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from obq_privacy.audit import GENESIS, Batch, Fact, FactRow, Head, SegmentRow, link
from obq_privacy.errors import AuditBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

SCHEMA = """
CREATE TABLE IF NOT EXISTS audit_fact (
    id BLOB PRIMARY KEY CHECK (length(id) = 7),
    digest BLOB NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audit_segment (
    seq INTEGER PRIMARY KEY,
    prev BLOB NOT NULL,
    hash BLOB NOT NULL,
    journal BLOB NOT NULL,
    segment INTEGER NOT NULL,
    first INTEGER NOT NULL,
    anchor INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (journal, segment, first)
) STRICT;
CREATE TABLE IF NOT EXISTS audit_pair (
    seq INTEGER NOT NULL REFERENCES audit_segment,
    subject BLOB NOT NULL,
    fact BLOB NOT NULL,
    PRIMARY KEY (seq, subject, fact)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS audit_pair_subject ON audit_pair (subject, seq);
"""
POSITION = """
SELECT first + length(data) / 32 FROM audit_segment WHERE journal = ? AND segment = ? ORDER BY first DESC LIMIT 1
"""
NEXT = """
SELECT seq, prev, hash, journal, segment, first, anchor, since, until, data FROM audit_segment
WHERE seq > :after
  AND (:since IS NULL OR until >= :since) AND (:until IS NULL OR since < :until)
  AND (:subject IS NULL OR seq IN (SELECT seq FROM audit_pair WHERE subject = :subject))
ORDER BY seq LIMIT 1
"""


class Crash(Exception):
    """Stands for a kill in the middle of a store's work."""


def no_step() -> None:
    """Go on."""


class SqliteStore:
    """The audit tables of a database file. `step` is called between any two steps and may raise or kill."""

    def __init__(self, path: Path, step: Callable[[], None] = no_step) -> None:
        self.step = step
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        with self.lock:
            self.step()
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")
            self.step()

    def add_facts(self, facts: Iterable[Fact], /) -> None:
        with self.transaction():
            for fact in facts:
                found = self.fact(fact.id)
                if found is not None and found.digest != fact.digest:
                    raise AuditBroken(place=f"fact {fact.id.hex()}", problem="another one has its id")
                row = (fact.id, fact.digest, fact.text)
                self.db.execute("INSERT OR IGNORE INTO audit_fact VALUES (?, ?, ?)", row)
                self.step()

    def fact(self, fact: bytes, /) -> FactRow | None:
        with self.lock:
            row = self.db.execute("SELECT id, digest, text FROM audit_fact WHERE id = ?", (fact,)).fetchone()
        return None if row is None else FactRow(*row)

    def _digest(self, fact: bytes) -> bytes | None:
        row = self.fact(fact)
        return None if row is None else row.digest

    def append_segments(self, batches: Iterable[Batch], /) -> None:
        with self.transaction():
            head = self.head()
            for batch in batches:
                found = self.db.execute(POSITION, (batch.journal, batch.segment)).fetchone()
                row = link(head, batch, position=found[0] if found else 0, digest_of=self._digest)
                self.step()
                if row is not None:
                    self.db.execute("INSERT INTO audit_segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
                    self.step()
                    pairs = [(row.seq, *pair) for pair in row.pairs]
                    self.db.executemany("INSERT INTO audit_pair VALUES (?, ?, ?)", pairs)
                    self.step()
                    head = row.head

    def segments(
        self, *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
    ) -> Iterator[SegmentRow]:
        while True:
            named = {"after": after, "subject": subject, "since": since, "until": until}
            with self.lock:
                row = self.db.execute(NEXT, named).fetchone()
            if row is None:
                return
            yield SegmentRow(*row)
            after = row[0]

    def pairs(self, seq: int, /) -> list[tuple[bytes, bytes]]:
        with self.lock:
            return self.db.execute("SELECT subject, fact FROM audit_pair WHERE seq = ?", (seq,)).fetchall()

    def head(self) -> Head:
        with self.lock:
            row = self.db.execute("SELECT seq, hash FROM audit_segment ORDER BY seq DESC LIMIT 1").fetchone()
        return GENESIS if row is None else Head(*row)


class MemoryStore:
    """The same in dicts; it may leave out no row at all in `segments`, and that is right, too."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: dict[bytes, FactRow] = {}
        self.rows: list[SegmentRow] = []
        self.positions: dict[tuple[bytes, int], int] = {}  # of the first `counted` rows
        self.counted = 0
        self.index: dict[int, frozenset[tuple[bytes, bytes]]] = {}

    def digest(self, fact: bytes) -> bytes | None:
        return self.known[fact].digest if fact in self.known else None

    def add_facts(self, facts: Iterable[Fact], /) -> None:
        with self.lock:
            for fact in facts:
                row = FactRow(fact.id, fact.digest, fact.text)
                if self.known.setdefault(fact.id, row) != row:
                    raise AuditBroken(place=f"fact {fact.id.hex()}", problem="another one has its id")

    def fact(self, fact: bytes, /) -> FactRow | None:
        return self.known.get(fact)

    def append_segments(self, batches: Iterable[Batch], /) -> None:
        with self.lock:
            self._append(batches)

    def _append(self, batches: Iterable[Batch]) -> None:
        for old in self.rows[self.counted :]:
            self.positions[old.journal, old.segment] = old.end
        self.counted = len(self.rows)
        head, rows, positions = self.head(), list[SegmentRow](), dict[tuple[bytes, int], int]()
        for batch in batches:
            here = (batch.journal, batch.segment)
            position = positions.get(here, self.positions.get(here, 0))
            row = link(head, batch, position=position, digest_of=self.digest)
            if row is not None:
                rows.append(row)
                head, positions[here] = row.head, row.end
        self.index |= {row.seq: row.pairs for row in rows}
        self.rows += rows  # the one step that counts, also when a test interrupts this

    def segments(
        self, *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
    ) -> Iterator[SegmentRow]:
        del subject, since, until
        yield from [row for row in self.rows if row.seq > after]

    def pairs(self, seq: int, /) -> frozenset[tuple[bytes, bytes]]:
        return self.index.get(seq, frozenset())

    def head(self) -> Head:
        return self.rows[-1].head if self.rows else GENESIS


def environment() -> dict[str, str]:
    """Return the environment of a child that imports this module."""
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def subject_of(number: int) -> bytes:
    """Return a pseudonym that says which record it is in."""
    return number.to_bytes(16, "big")


def numbers_in(rows: Iterable[SegmentRow]) -> list[int]:
    """Read the numbers of all records back with nothing but slices: a decoder too simple to be wrong."""
    numbers: list[int] = []
    for row in rows:
        for start in range(0, len(row.data), 32):
            slot = row.data[start : start + 32]
            if slot[31] == 0xA5 and any(slot[24:31]):
                numbers.append(int.from_bytes(slot[:16], "big"))
    return numbers
