"""The chain: batches of slots as rows that each hash the one before, and what a store must offer to hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from obq_privacy import _late
from obq_privacy.audit._fact import Fact, encode, fact_digest, fact_id
from obq_privacy.audit._slots import SLOT_BYTES, Batch, survey
from obq_privacy.errors import AuditBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

HASH_BYTES = 32
_CONTENT = b"obq-privacy/audit-segment/1"
_LINK = b"obq-privacy/audit-chain/1"
_SEARCHED = 100_000  # numbers that a displaced row is looked for under, in a fraction of a second


class Head(NamedTuple):
    """The end of a chain, which commits to everything before it. Kept elsewhere, it shows whether the tail was cut.

    Attributes:
        seq: number of the last row, 0 for an empty chain.
        hash: its hash, 32 bytes.

    >>> str(Head.parse("2:" + "ab" * 32))[:10]
    '2:abababab'
    """

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read what `str` wrote.

        Raises:
            ValueError: it is not of the form `<number>:<64 hex digits>`.
        """
        seq, _, digest = text.partition(":")
        head = cls(int(seq), bytes.fromhex(digest)) if seq.isascii() and seq.isdigit() else None
        if head is None or str(head) != text or len(head.hash) != HASH_BYTES:
            raise ValueError("a head is written as <number>:<64 hex digits>")
        return head


GENESIS = Head(0, bytes(HASH_BYTES))


class FactRow(NamedTuple):
    """A fact as a store holds it, unchecked: its id, its digest, its text."""

    id: bytes
    digest: bytes
    text: str


class SegmentRow(NamedTuple):
    """A row of the chain: slots of one segment, linked to the row before.

    Attributes:
        seq: number of the row, from 1 without gaps.
        prev: hash of the row before; 32 zero bytes before the first.
        hash: hash of this row.
        journal: id of the journal, 8 bytes.
        segment: number of the segment in its journal.
        first: index of the first slot in its segment.
        anchor: wall minus monotonic clock in ns before the first slot.
        since: wall time of the earliest record in ns since 1970, for queries; not hashed, as it follows from the rest.
        until: wall time of the latest record, likewise.
        data: the slots.
    """

    seq: int
    prev: bytes
    hash: bytes
    journal: bytes
    segment: int
    first: int
    anchor: int
    since: int
    until: int
    data: bytes

    @property
    def head(self) -> Head:
        """The end of the chain as of this row."""
        return Head(self.seq, self.hash)

    @property
    def end(self) -> int:
        """The index after the last slot: where the next batch of this segment begins."""
        return self.first + len(self.data) // SLOT_BYTES

    @property
    def pairs(self) -> frozenset[tuple[bytes, bytes]]:
        """Every (subject pseudonym, fact id) of the records in this row: what a store indexes."""
        return survey(self.data, self.anchor).pairs


class AuditStore(Protocol):
    """What a store offers to the audit log. Each method is one transaction; errors of the store are `StoreError`."""

    def add_facts(self, facts: Iterable[Fact], /) -> None:
        """Insert facts; those that are there already are left alone.

        Raises:
            AuditBroken: another fact, one with a different digest, has the same id.
        """
        ...

    def fact(self, fact: bytes, /) -> FactRow | None:
        """Return the fact with this id as it is stored, or None."""
        ...

    def append_segments(self, batches: Iterable[Batch], /) -> None:
        """Link batches to the end of the chain, all or none, against every other writer.

        Inside the one transaction, for each batch: read the head, read the position (`end` of the last row of that
        journal and segment, 0 if there is none), call `link` and, unless it returns None, insert the row and an
        index entry (subject, fact, seq) for each of its `pairs`. Let errors of `link` roll everything back.
        """
        ...

    def segments(
        self, *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
    ) -> Iterator[SegmentRow]:
        """Yield rows with seq > after in the order of seq, without a transaction open in between.

        The other arguments may leave out rows without a record of that subject, and rows whose latest record is
        before `since` or whose earliest is at `until` or later (ns). They never leave out any other row.
        """
        ...

    def pairs(self, seq: int, /) -> Collection[tuple[bytes, bytes]]:
        """Return the index entries of a row: (subject pseudonym, fact id), each once."""
        ...

    def head(self) -> Head:
        """Return the seq and hash of the last row, or `GENESIS`."""
        ...


def content_hash(batch: Batch, digests: Iterable[bytes]) -> bytes:
    """Hash what a row holds; `digests` are those of its facts, in the order of their ids."""
    digest = _late.hashlib.sha256(
        encode(
            _CONTENT,
            batch.journal,
            batch.segment.to_bytes(4, "big"),
            batch.first.to_bytes(4, "big"),
            batch.anchor.to_bytes(8, "big", signed=True),
            b"".join(digests),
        )
    )
    digest.update(len(batch.data).to_bytes(4, "big"))
    digest.update(batch.data)
    return digest.digest()


def chain_hash(prev: bytes, seq: int, content: bytes) -> bytes:
    """Hash the place of a row: the hash of the row before, the number of this one, and what it holds."""
    return _late.hashlib.sha256(encode(_LINK, prev, seq.to_bytes(8, "big"), content)).digest()


def link(head: Head, batch: Batch, *, position: int, digest_of: Callable[[bytes], bytes | None]) -> SegmentRow | None:
    """Make the next row of the chain from a batch, or None when the store has all of it already.

    Args:
        head: the end of the chain.
        batch: the slots; those before `position` are left out.
        position: how many slots of that segment the store has.
        digest_of: returns the digest of a stored fact by its id, or None.

    Raises:
        AuditBroken: a slot names a fact that is not stored, or slots before the batch are missing. Nothing is lost:
            the slots stay in the journal.
    """
    place = f"journal {batch.journal.hex()} segment {batch.segment}"
    if batch.first > position:
        raise AuditBroken(place=place, problem=f"slots {position} to {batch.first - 1} are missing")
    if batch.end <= position:
        return None
    batch = batch.after(position)
    seen = survey(batch.data, batch.anchor)
    digests: list[bytes] = []
    for fact in seen.facts:
        digest = digest_of(fact)
        if digest is None:
            raise AuditBroken(place=place, problem=f"fact {fact.hex()} is unknown")
        digests.append(digest)
    seq = head.seq + 1
    digest = chain_hash(head.hash, seq, content_hash(batch, digests))
    journal, segment, first, anchor, data = batch
    return SegmentRow(seq, head.hash, digest, journal, segment, first, anchor, seen.since, seen.until, data)


class Facts:
    """The facts of a store, each read and checked once."""

    __slots__ = ("_known", "_store")

    def __init__(self, store: AuditStore) -> None:
        self._store = store
        self._known: dict[bytes, Fact] = {}

    def get(self, fact: bytes, seq: int) -> Fact:
        """Return a fact that row `seq` names.

        Raises:
            AuditBroken: the store does not have it, or not as it was written.
        """
        known = self._known.get(fact)
        if known is not None:
            return known
        row = self._store.fact(fact)
        if row is None:
            raise AuditBroken(place=f"segment {seq}", problem=f"fact {fact.hex()} is unknown")
        digest = fact_digest(row.text)
        if row.id != fact or row.digest != digest or fact_id(digest) != fact:
            raise AuditBroken(place=f"segment {seq}", problem=f"fact {fact.hex()} was changed")
        self._known[fact] = parsed = Fact.parse(row.text)
        return parsed


def check_row(row: SegmentRow, facts: Facts) -> bytes:
    """Check a row by itself and return the hash of its content.

    Raises:
        AuditBroken: the row or one of its facts is not what was linked.
    """
    place = f"segment {row.seq}"
    if not row.data or len(row.data) % SLOT_BYTES:
        raise AuditBroken(place=place, problem="it was changed: its slots are cut")
    digests = [facts.get(fact, row.seq).digest for fact in survey(row.data, row.anchor).facts]
    batch = Batch(row.journal, row.segment, row.first, row.anchor, row.data)
    try:
        content = content_hash(batch, digests)
    except OverflowError:
        raise AuditBroken(place=place, problem="it was changed: a number is out of range") from None
    if chain_hash(row.prev, row.seq, content) != row.hash:
        raise AuditBroken(place=place, problem=_displacement(row, content))
    return content


def _displacement(row: SegmentRow, content: bytes) -> str:
    """Tell a row that was moved from one that was changed: its hash says under which number it was linked."""
    for seq in range(1, min(2 * row.seq + 1024, _SEARCHED)):
        if chain_hash(row.prev, seq, content) == row.hash:
            return f"it was linked as segment {seq}: reordered or duplicated"
    return "it was changed"


Head.__module__ = "obq_privacy"  # they are loaded after the packages have published their other names
for _public in (AuditStore, FactRow, SegmentRow):
    _public.__module__ = "obq_privacy.audit"
