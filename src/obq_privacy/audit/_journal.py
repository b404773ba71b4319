"""The journal: records of this process, in memory that outlives it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, final

from obq_privacy.audit._segment import JOURNAL_BYTES, MOST_SLOTS, Segment, create
from obq_privacy.audit._slots import COMMITTED, SLOT, anchor_after, anchor_slot
from obq_privacy.errors import JournalUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from obq_privacy.audit._slots import Batch

DRIFT_NS = 1_000_000
_NAMES_TO_TRY = 3
_SUBJECT_BYTES, _FACT_BYTES, _AT_END = 16, 7, 2**64


@final
class Journal:
    """Append records of 32 bytes at the price of a memory copy; a killed process loses none of them.

    The slots stand in files that are mapped and shared, so the kernel has them as soon as `append` returns. They are
    drained into a store by `flush`, and by whoever opens the store next if this process dies. Safe for threads. A
    forked child gets a journal that refuses, and must open its own.

    Attributes:
        append: `append(subject, at, fact)` writes one record or raises: the pseudonym (16 bytes, all zero for none),
            the monotonic time in ns, the id of a fact that is in the store already (7 bytes). It raises
            `JournalUnavailable` when a new segment is needed and cannot be made; as soon as it can be, appends work
            again (PROT-2). Look it up for each use: it is rebound when a segment is full. It is too fast to check
            the lengths, so hand it nothing but pseudonyms and ids.
    """

    __slots__ = (
        "__weakref__",
        "_current",
        "_directory",
        "_lock",
        "_monotonic_ns",
        "_next",
        "_offset",
        "_refusal",
        "_segments",
        "_slots",
        "_wall_ns",
        "append",
    )

    append: Callable[[bytes, int, bytes], None]

    def __init__(
        self,
        directory: Path | None,
        *,
        monotonic_ns: Callable[[], int],
        wall_ns: Callable[[], int],
        slots: int,
    ) -> None:
        if not 1 <= slots <= MOST_SLOTS:
            raise ValueError(f"slots must be from 1 to {MOST_SLOTS}")
        self._directory = directory
        self._monotonic_ns = monotonic_ns
        self._wall_ns = wall_ns
        self._slots = slots
        self._lock = threading.RLock()  # a signal handler may append while its thread rolls over
        self._next = _first_name()
        self._offset = 0
        self._segments: list[Segment] = []
        self._current: Segment | None = None
        self._refusal = ""
        self.append = self._append_slowly
        _journals.add(self)

    @classmethod
    def open(
        cls,
        directory: Path | None,
        *,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wall_ns: Callable[[], int] = time.time_ns,
        slots: int = 8192,
    ) -> Journal:
        """Open a new journal of this process.

        Args:
            directory: where the segment files go; made with mode 0700 if missing. None for anonymous memory, which
                dies with the process.
            monotonic_ns: the clock that `at` is read from.
            wall_ns: ns since 1970 in UTC.
            slots: records per segment.

        Raises:
            JournalUnavailable: the directory cannot be made.
        """
        if directory is not None:
            try:
                directory.mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                raise _unavailable(directory, error) from None
        return cls(directory, monotonic_ns=monotonic_ns, wall_ns=wall_ns, slots=slots)

    def __repr__(self) -> str:
        return f"Journal({self._place})"

    @property
    def pending(self) -> int:
        """How many slots wait to be drained; other threads may be adding some."""
        try:
            return sum(segment.written - segment.drained for segment in tuple(self._segments))
        except ValueError:  # closed meanwhile
            return 0

    def sync_clock(self) -> None:
        """Notice that the wall clock was set, or that the machine slept: times of later records follow it.

        Notice as well that somebody removed the file: later records go to another one.

        Call it every second or so; `take` does it, too.

        Raises:
            JournalUnavailable: as for `append`.
        """
        with self._lock:
            if self._current is not None and self._current.vanished():
                self._retire(self._current)
            if self._current is None:
                return
        offset = self._measure()
        if abs(offset - self._offset) > DRIFT_NS:
            self._write(anchor_slot(offset, max(0, self._monotonic_ns())))
            self._offset = offset

    def take(self) -> list[Batch]:
        """Copy everything that is not drained, in order. Once the store has it, call `done` with it.

        Whoever takes twice before `done` gets the same slots twice: the store knows which of them it has.
        """
        with contextlib.suppress(JournalUnavailable):
            self.sync_clock()
        with self._lock:
            return self._pending_batches()

    def done(self, batches: Iterable[Batch]) -> None:
        """Forget slots that the store has, and remove segments that are full and drained."""
        with self._lock:
            self._forget(batches)

    def seal(self) -> None:
        """Refuse further records. Those that were written can still be taken."""
        with self._lock:
            self._refusal = self._refusal or "it is closed"
            self._retire_all()

    def close(self) -> None:
        """Refuse further records and let go of the files; what is not drained waits there to be adopted."""
        self.seal()
        with self._lock:
            self._drop_finished()
            self._let_go()

    def abandon(self) -> None:
        """Let go of everything in a forked child, where it happens by itself; the parent's records stay untouched."""
        self._lock = threading.RLock()  # a thread that does not exist here may hold the old one
        self._refusal = "it belongs to the parent process"
        self._let_go()

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────

    def _append_slowly(self, subject: bytes, at: int, fact: bytes) -> None:
        """Append with every check; `append` comes here first, and when a segment is full."""
        if len(subject) != _SUBJECT_BYTES or len(fact) != _FACT_BYTES or not 0 <= at < _AT_END:
            raise ValueError("a record takes a pseudonym of 16 bytes, ns from 0 on, and a fact id of 7 bytes")
        self._write(SLOT.pack(subject, at, fact, COMMITTED))

    def _write(self, slot: bytes) -> None:
        with self._lock:
            self._write_locked(slot)

    # ── With the lock held ────────────────────────────────────────────────────────────────────────────────
    # These are functions of their own because they loop: an interrupt on the way back to the top of a loop can miss
    # the end of a `with` around it (seen on CPython 3.13.0), and the lock would stay taken.

    def _write_locked(self, slot: bytes) -> None:
        while True:
            if self._refusal:
                raise JournalUnavailable(place=self._place, problem=self._refusal)
            if self._current is not None:
                try:
                    self._current.map.write(slot)
                except ValueError:  # full: other threads may have been faster, even on a fresh segment
                    pass
                else:
                    return
            self._roll()

    def _roll(self) -> None:
        offset = self._measure()
        for _ in range(_NAMES_TO_TRY):
            # Until this succeeds a fresh name is next: if it is interrupted, or a signal handler rolls over in
            # between, no journal id has a gap in its numbers.
            (journal, number), self._next = self._next, _first_name()
            try:
                segment = create(self._directory, journal, number, self._slots, offset)
            except FileExistsError:
                continue
            except OSError as error:
                raise _unavailable(self._directory, error) from None
            self._segments.append(segment)
            self._current, self._offset = segment, offset
            self._next = (journal, number + 1)
            self.append = _appender(self._append_slowly, segment)
            return
        raise JournalUnavailable(place=self._place, problem="no name is free")

    def _pending_batches(self) -> list[Batch]:
        if self._current is not None and self._current.vanished():
            self._retire(self._current)
        return [each.batch() for each in self._segments if each.written > each.drained]

    def _forget(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            for segment in self._segments:
                here = (segment.journal, segment.number) == (batch.journal, batch.segment)
                if here and batch.end > segment.drained:
                    segment.anchor = anchor_after(batch.data, batch.anchor)
                    segment.drained = batch.end
        self._drop_finished()

    def _let_go(self) -> None:
        """Unmap and close. The lock of a file goes with the last descriptor: a child's leave the parent's alone."""
        segments, self._segments, self._current = self._segments, [], None
        for segment in segments:
            segment.map.close()

    def _retire_all(self) -> None:
        for segment in tuple(self._segments):
            self._retire(segment)

    def _retire(self, segment: Segment) -> None:
        """Make the next record open a new segment."""
        segment.seal()
        if segment is self._current:
            self._current = None
        if segment.count == 0:
            self._next = _first_name()  # the chain will never see this number
            self._drop(segment)

    def _drop_finished(self) -> None:
        for segment in tuple(self._segments):
            if segment.finished:
                if segment is self._current:
                    self._current = None
                self._drop(segment)

    def _drop(self, segment: Segment) -> None:
        segment.discard()  # before the mapping, and with it the lock, goes
        with contextlib.suppress(ValueError):  # a signal handler was faster
            self._segments.remove(segment)
        segment.map.close()

    def _measure(self) -> int:
        """Return wall minus monotonic clock in ns, from the tightest of three tries."""
        tries: list[tuple[int, int]] = []
        for _ in range(3):
            before = self._monotonic_ns()
            wall = self._wall_ns()
            after = self._monotonic_ns()
            tries.append((after - before, wall - (before + after) // 2))
        return min(tries)[1]

    @property
    def _place(self) -> str:
        return _place(self._directory)


def _appender(slowly: Callable[[bytes, int, bytes], None], segment: Segment) -> Callable[[bytes, int, bytes], None]:
    """Make the fast way into one segment."""
    write, pack = segment.map.write, SLOT.pack

    def append(subject: bytes, at: int, fact: bytes) -> None:
        try:
            # One call reserves and writes the slot; a bad argument fails in `pack`, before that.
            write(pack(subject, at, fact, COMMITTED))
        except ValueError:  # full, sealed or closed
            slowly(subject, at, fact)

    return append if _gil_enabled() else slowly  # without the interpreter lock, `write` is not one step


def _gil_enabled() -> bool:
    ask: Callable[[], bool] | None = getattr(sys, "_is_gil_enabled", None)
    return ask is None or ask()


def _first_name() -> tuple[bytes, int]:
    """Choose a new journal id and the number of its first segment."""
    return os.urandom(JOURNAL_BYTES), 0


def _place(directory: Path | None) -> str:
    return "memory" if directory is None else str(directory)


def _unavailable(directory: Path | None, error: OSError) -> JournalUnavailable:
    problem = os.strerror(error.errno) if error.errno else "it cannot be written"
    return JournalUnavailable(place=_place(directory), problem=problem.lower())


_journals: weakref.WeakSet[Journal] = weakref.WeakSet()


def _abandon_all() -> None:
    for journal in tuple(_journals):
        journal.abandon()


os.register_at_fork(after_in_child=_abandon_all)
