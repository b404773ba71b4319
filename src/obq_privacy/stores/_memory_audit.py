"""The audit chain in memory, and the turns that threads take at a store in memory."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from obq_privacy.audit import GENESIS, FactRow, Head, SegmentRow, link
from obq_privacy.errors import AuditBroken, StoreError

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator

    from obq_privacy.audit import Batch, Fact

PLACE: Final = "memory"


class MemoryAudit:
    """Keep facts and rows of the chain in dicts and lists."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._making = False
        self._clear_audit()

    def _clear_audit(self) -> None:
        self._facts: dict[bytes, FactRow] = {}
        self._rows: list[SegmentRow] = []

    @contextmanager
    def _turn(self, *, writing: bool = True) -> Generator[None]:
        with self._lock:
            if self._closed:
                raise failure("it is closed")
            if writing and self._making:
                raise failure("a callback must not write")
            yield

    def add_facts(self, facts: Iterable[Fact], /) -> None:
        """Insert facts that are not there yet."""
        new = {fact.id: FactRow(fact.id, fact.digest, fact.text) for fact in facts}
        with self._turn():
            for row in new.values():
                if self._facts.get(row.id, row).digest != row.digest:
                    raise AuditBroken(place=f"fact {row.id.hex()}", problem="another fact has the same id")
            self._facts = {**new, **self._facts}

    def fact(self, fact: bytes, /) -> FactRow | None:
        """Return a fact as it is stored."""
        with self._turn(writing=False):
            return self._facts.get(fact)

    def append_segments(self, batches: Iterable[Batch], /) -> None:
        """Link batches to the end of the chain, all or none."""
        new = list(batches)
        with self._turn():
            rows = list(self._rows)
            for batch in new:
                place = (batch.journal, batch.segment)
                position = next((row.end for row in reversed(rows) if (row.journal, row.segment) == place), 0)
                head = rows[-1].head if rows else GENESIS
                row = link(head, batch, position=position, digest_of=self._digest)
                if row is not None:
                    rows.append(row)
            self._rows = rows

    def segments(
        self, *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
    ) -> Iterator[SegmentRow]:
        """Yield rows of the chain."""
        after = max(after, 0)
        while True:
            with self._turn(writing=False):
                row = self._rows[after] if after < len(self._rows) else None
            if row is None:
                return
            after = row.seq
            if (
                (subject is None or any(subject == who for who, _ in row.pairs))
                and (since is None or row.until >= since)
                and (until is None or row.since < until)
            ):
                yield row

    def pairs(self, seq: int, /) -> Collection[tuple[bytes, bytes]]:
        """Return the index entries of a row."""
        with self._turn(writing=False):
            return self._rows[seq - 1].pairs if 0 < seq <= len(self._rows) else frozenset()

    def head(self) -> Head:
        """Return the end of the chain."""
        with self._turn(writing=False):
            return self._rows[-1].head if self._rows else GENESIS

    def _digest(self, fact: bytes) -> bytes | None:
        row = self._facts.get(fact)
        return row and row.digest


def failure(problem: str) -> StoreError:
    """Give an error of a store in memory."""
    return StoreError(store=PLACE, problem=problem)


def utc(at: dt.datetime) -> dt.datetime:
    """Give the same instant in UTC.

    Raises:
        ValueError: it is not aware.
    """
    if at.utcoffset() is None:
        raise ValueError("a time must be aware")
    return at.astimezone(dt.UTC)
