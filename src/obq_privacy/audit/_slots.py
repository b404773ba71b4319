"""Slots: 32 bytes for one record, and the batches of them that travel from a journal to a store."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.audit._fact import NO_FACT

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOT = struct.Struct("<16sQ7sB")
SLOT_BYTES = SLOT.size
COMMITTED = 0xA5
NO_SUBJECT = bytes(16)

_OFFSET = struct.Struct("<q8x")  # in the place of the subject of an anchor slot
_TIMES = struct.Struct("<16xQ8x")
_PAIRS = struct.Struct("<16s8x7sB")
_FACTS = struct.Struct("<24x7sB")
MIN_NS, MAX_NS = -(2**63), 2**63 - 1  # what an index column holds


class Batch(NamedTuple):
    """Slots of one segment in the order of their writing, on the way from a journal to a store.

    Attributes:
        journal: id of the journal, 8 bytes.
        segment: number of the segment in its journal, from 0.
        first: index of the first of these slots in the segment.
        anchor: wall clock minus monotonic clock in ns, as it was before the first slot.
        data: the slots, 32 bytes each; a slot without commit byte is void.
    """

    journal: bytes
    segment: int
    first: int
    anchor: int
    data: bytes

    @property
    def end(self) -> int:
        """The index after the last slot."""
        return self.first + len(self.data) // SLOT_BYTES

    def after(self, position: int) -> Batch:
        """Leave out the slots before `position`, which must not lie before the first one."""
        cut = (min(position, self.end) - self.first) * SLOT_BYTES
        anchor = anchor_after(self.data[:cut], self.anchor)
        return self._replace(first=self.first + cut // SLOT_BYTES, anchor=anchor, data=self.data[cut:])


class Survey:
    """What an index needs to know of some slots.

    Attributes:
        pairs: every (subject pseudonym, fact id) that occurs in a record.
        since: wall time of the earliest record in ns since 1970, 0 where there is none.
        until: wall time of the latest record, likewise.
    """

    __slots__ = ("pairs", "since", "until")

    def __init__(self, pairs: frozenset[tuple[bytes, bytes]], since: int, until: int) -> None:
        self.pairs = pairs
        self.since = since
        self.until = until

    @property
    def facts(self) -> list[bytes]:
        """The ids of the facts that occur, sorted."""
        return sorted({fact for _, fact in self.pairs})


def anchor_slot(anchor: int, at: int) -> bytes:
    """Spell a slot that sets wall minus monotonic clock to `anchor` ns from here on."""
    return SLOT.pack(_OFFSET.pack(anchor), at, NO_FACT, COMMITTED)


def anchor_after(data: bytes, anchor: int) -> int:
    """Return wall minus monotonic clock after these slots, given what it was before them."""
    if (NO_FACT, COMMITTED) not in set(_FACTS.iter_unpack(data)):
        return anchor
    for subject, _, fact, commit in SLOT.iter_unpack(data):
        if fact == NO_FACT and commit == COMMITTED:
            (anchor,) = _OFFSET.unpack(subject)
    return anchor


def records(data: bytes, anchor: int) -> Iterator[tuple[int, bytes, int, bytes]]:
    """Yield (index, subject, wall time in ns, fact id) of every record: anchors are applied, voids are skipped."""
    for index, (subject, at, fact, commit) in enumerate(SLOT.iter_unpack(data)):
        if commit != COMMITTED:
            continue
        if fact == NO_FACT:
            (anchor,) = _OFFSET.unpack(subject)
        else:
            yield index, subject, at + anchor, fact


@lru_cache(maxsize=1)  # linking a row, indexing it and checking it ask for the same one in turn
def survey(data: bytes, anchor: int) -> Survey:
    """Collect what an index needs, at about half a µs per slot."""
    seen = set(_PAIRS.iter_unpack(data))
    pairs = frozenset((subject, fact) for subject, fact, commit in seen if commit == COMMITTED and fact != NO_FACT)
    if all(commit == COMMITTED and fact != NO_FACT for _, fact, commit in seen):
        times = [at + anchor for (at,) in _TIMES.iter_unpack(data)]
    else:
        times = [at for _, _, at, _ in records(data, anchor)]
    if not pairs:
        return Survey(pairs, 0, 0)
    return Survey(pairs, _storable(min(times)), _storable(max(times)))


def _storable(wall: int) -> int:
    return max(MIN_NS, min(MAX_NS, wall))
