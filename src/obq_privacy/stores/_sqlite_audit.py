"""The audit chain on SQLite: facts, rows of slots, and the index that finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from obq_privacy.audit import GENESIS, FactRow, Head, SegmentRow, link
from obq_privacy.errors import AuditBroken
from obq_privacy.stores._sqlite_part import Part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from obq_privacy.audit import Batch, Fact
    from obq_privacy.stores._sqlite_database import Turn

_ROW: Final = "SELECT seq, prev, hash, journal, segment, first, anchor, since, until, data FROM audit_segments"
_WITHIN: Final = "until >= ? AND (? OR since < ?)"
_INSERT: Final = "INSERT INTO audit_segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SLOT_BYTES: Final = 32
_PAGE: Final = 8  # rows that are read at once; one can have two megabytes
_SEQS_ABOUT: Final = "SELECT DISTINCT seq FROM audit_index WHERE subject = ? AND seq > ? ORDER BY seq LIMIT 256"
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1


class AuditPart(Part):
    """Keep the audit chain."""

    def add_facts(self, facts: Iterable[Fact], /) -> None:
        """Insert facts that are not there yet."""
        new = list(facts)
        with self._database.writing() as turn:
            for fact in new:
                digest = _digest(turn, fact.id)
                if digest is None:
                    turn.run("INSERT INTO audit_facts VALUES (?, ?, ?)", fact.id, fact.digest, fact.text)
                elif digest != fact.digest:
                    raise AuditBroken(place=f"fact {fact.id.hex()}", problem="another fact has the same id")

    def fact(self, fact: bytes, /) -> FactRow | None:
        """Return a fact as it is stored."""
        found = self._database.ask("SELECT id, digest, text FROM audit_facts WHERE id = ?", fact)
        return FactRow(*found[0]) if found else None

    def append_segments(self, batches: Iterable[Batch], /) -> None:
        """Link batches to the end of the chain, all or none."""
        new = list(batches)
        with self._database.writing() as turn:
            head = _head(turn)
            for batch in new:
                row = link(head, batch, position=_position(turn, batch), digest_of=lambda fact: _digest(turn, fact))
                if row is not None:
                    turn.run(_INSERT, *row)
                    entries = sorted((subject, row.seq, fact) for subject, fact in row.pairs)
                    turn.run_many("INSERT INTO audit_index VALUES (?, ?, ?)", entries)
                    head = row.head

    def segments(
        self, *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
    ) -> Iterator[SegmentRow]:
        """Yield rows of the chain."""
        # The bounds of what a column holds stand for the times beyond them, which neither condition leaves out.
        earliest = max(_LEAST, min(_LEAST if since is None else since, _MOST))
        times = earliest, until is None or until > _MOST, max(_LEAST, min(until or 0, _MOST))
        if subject is None:
            return self._rows(after, times)
        return self._rows_about(subject, after, times)

    def _rows(self, after: int, times: tuple[int, bool, int]) -> Iterator[SegmentRow]:
        page = f"{_ROW} WHERE seq > ? AND {_WITHIN} ORDER BY seq LIMIT {_PAGE}"
        while found := self._database.ask(page, after, *times):
            yield from map(SegmentRow._make, found)
            after = found[-1][0]

    def _rows_about(self, subject: bytes, after: int, times: tuple[int, bool, int]) -> Iterator[SegmentRow]:
        while found := self._database.ask(_SEQS_ABOUT, subject, after):
            for (seq,) in found:
                rows = self._database.ask(f"{_ROW} WHERE seq = ? AND {_WITHIN}", seq, *times)
                yield from map(SegmentRow._make, rows)
            after = found[-1][0]

    def pairs(self, seq: int, /) -> Collection[tuple[bytes, bytes]]:
        """Return the index entries of a row."""
        return self._database.ask("SELECT subject, fact FROM audit_index WHERE seq = ?", seq)

    def head(self) -> Head:
        """Return the end of the chain."""
        with self._database.reading() as turn:
            return _head(turn)


def _head(turn: Turn) -> Head:
    found = turn.run("SELECT seq, hash FROM audit_segments ORDER BY seq DESC LIMIT 1")
    return Head(*found[0]) if found else GENESIS


def _position(turn: Turn, batch: Batch) -> int:
    """Return how many slots of the segment of a batch are there."""
    found = turn.run(
        "SELECT first + length(data) / ? FROM audit_segments"
        " WHERE journal = ? AND segment = ? ORDER BY seq DESC LIMIT 1",
        _SLOT_BYTES,
        batch.journal,
        batch.segment,
    )
    return int(found[0][0]) if found else 0


def _digest(turn: Turn, fact: bytes) -> bytes | None:
    found = turn.run("SELECT digest FROM audit_facts WHERE id = ?", fact)
    return found[0][0] if found else None
