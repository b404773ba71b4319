"""The audit log that applications read: entries by what they are about, and whether the chain is whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, cast, final

import attrs

from obq_privacy.audit._chain import GENESIS, Facts, Head, SegmentRow, check_row
from obq_privacy.audit._fact import OUTCOMES, Fact, Outcome
from obq_privacy.audit._slots import MAX_NS, MIN_NS, NO_SUBJECT, records, survey
from obq_privacy.errors import ArgumentInvalid, AuditBroken
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obq_privacy.audit._chain import AuditStore

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Keyed(Protocol):
    """Something with a stable key, such as an item or a purpose."""

    @property
    def key(self) -> str:
        """The key."""
        ...


@final
@attrs.frozen(eq=False, repr=False)
class Entry(Noun):
    """One record: who was concerned, when, and what was asked and decided.

    Attributes:
        at: when, aware and in UTC, to the microsecond.
        subject: pseudonym of the data subject in 32 hex digits, or "" for none.
        fact: the rest; its fields are here, too.
        seq: number of the row in the chain.
        index: number of the slot in the row.
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    at: datetime
    subject: str
    fact: Fact = attrs.field(kw_only=True)
    seq: int = attrs.field(kw_only=True)
    index: int = attrs.field(kw_only=True)

    @property
    def operation(self) -> str:
        """What was done or asked."""
        return self.fact.operation

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        return self.fact.outcome

    @property
    def items(self) -> tuple[str, ...]:
        """Keys of the items."""
        return self.fact.items

    @property
    def purpose(self) -> str:
        """Key of the purpose, or ""."""
        return self.fact.purpose

    @property
    def basis(self) -> str:
        """The legal basis of a permit, or ""."""
        return self.fact.basis

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the reasons of a refusal."""
        return self.fact.codes

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that those reasons keep."""
        return self.fact.clauses

    @property
    def version(self) -> str:
        """The version of the policy that decided, or ""."""
        return self.fact.version

    @property
    def recipient(self) -> str:
        """Key of the recipient, or ""."""
        return self.fact.recipient

    @property
    def actor(self) -> str:
        """Who acted, or ""."""
        return self.fact.actor

    @property
    def justification(self) -> str:
        """Why, in free text, or ""."""
        return self.fact.justification


@final
class AuditLog:
    """Read what was recorded.

    What this process has appended is drained into the store before every reading; what other living processes have
    not drained yet is not seen, what dead ones left is seen once it is adopted.
    """

    __module__ = "obq_privacy"
    __slots__ = ("_flush", "_store")

    def __init__(self, store: AuditStore, *, flush: Callable[[], None]) -> None:
        self._store = store
        self._flush = flush

    def entries(
        self,
        *,
        subject: str | None = None,
        item: str | Keyed | None = None,
        purpose: str | Keyed | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        operation: str | None = None,
        recipient: str | Keyed | None = None,
    ) -> Iterator[Entry]:
        """Yield the entries that fit all of the arguments, in the order in which they were chained.

        Args:
            subject: a pseudonym in 32 hex digits, or "" for entries about no subject.
            item: key of an item, or the item; entries that name it among others fit.
            purpose: key of a purpose, or the purpose; the one that was asked for, not those above or below it.
            outcome: "permit", "deny", "gap", "done" or "observed".
            since: the first instant, aware.
            until: the first instant that is too late, aware.
            operation: what was done or asked: "collect", "use", "share", "erase", …
            recipient: key of a recipient, or the recipient.

        Raises:
            ArgumentInvalid: an argument cannot be meant.
            AuditBroken: while iterating: a row or fact on the way is not what was linked.
        """
        if outcome is not None and outcome not in OUTCOMES:
            raise ArgumentInvalid(argument="outcome", problem=f"it is one of {', '.join(sorted(OUTCOMES))}")
        pseudonym = None if subject is None else _pseudonym(subject)
        start, stop = (None if each is None else _to_ns(each) for each in (since, until))
        wanted = _Wanted(_key("item", item), _key("purpose", purpose), outcome, operation, _key("recipient", recipient))
        self._flush()
        return self._entries(pseudonym, wanted, start, stop)

    def _entries(self, subject: bytes | None, wanted: _Wanted, since: int | None, until: int | None) -> Iterator[Entry]:
        facts = Facts(self._store)
        start = None if since is None or since < MIN_NS else min(since, MAX_NS)
        stop = None if until is None or until > MAX_NS else max(until, MIN_NS)
        for row in self._store.segments(subject=subject, since=start, until=stop):
            check_row(row, facts)
            for index, who, wall, fact in records(row.data, row.anchor):
                if subject is not None and who != subject:
                    continue
                if (since is not None and wall < since) or (until is not None and wall >= until):
                    continue
                what = facts.get(fact, row.seq)
                if wanted.by(what):
                    yield Entry(
                        _from_ns(wall),
                        "" if who == NO_SUBJECT else who.hex(),
                        fact=what,
                        seq=row.seq,
                        index=index,
                    )

    def head(self) -> Head:
        """Return the end of the chain. Keep it where whoever can write the store cannot: see `verify`."""
        self._flush()
        return self._store.head()

    def verify(self, anchor: Head | None = None) -> Head:
        """Check every row, link, fact and index entry of the chain and return its end.

        Args:
            anchor: an earlier end of this chain that was kept elsewhere. Without one, a chain that was cut at its
                end, or replaced as a whole, looks like a shorter, or another, whole chain.

        Raises:
            AuditBroken: something was changed, removed, reordered, duplicated or cut; the place says where (PROT-2).
        """
        self._flush()
        return verify_chain(self._store, anchor)


def verify_chain(store: AuditStore, anchor: Head | None = None) -> Head:
    """Do what `AuditLog.verify` says, on a store alone."""
    head = GENESIS
    facts = Facts(store)
    positions: dict[bytes, tuple[int, int]] = {}
    if anchor is not None and anchor.seq == 0:
        _check_anchor(head, anchor)
    for row in store.segments():
        if row.seq != head.seq + 1:
            raise AuditBroken(place=f"segment {head.seq + 1}", problem=_jump(head.seq + 1, row.seq))
        check_row(row, facts)
        if row.prev != head.hash:
            raise AuditBroken(place=f"segment {row.seq}", problem="it was linked to another row than the one before it")
        _check_continuity(row, positions)
        _check_index(row, store)
        head = row.head
        if anchor is not None and anchor.seq == head.seq:
            _check_anchor(head, anchor)
    if anchor is not None and anchor.seq > head.seq:
        gone = f"segments {head.seq + 1} to {anchor.seq}"
        raise AuditBroken(place=f"segment {head.seq + 1}", problem=f"truncated: {gone} are missing from the end")
    return head


def _jump(expected: int, found: int) -> str:
    if found > expected:
        return f"segments {expected} to {found - 1} are missing"
    return f"segment {found} stands here: reordered or duplicated"


def _check_anchor(head: Head, anchor: Head) -> None:
    if head != anchor:
        raise AuditBroken(place=f"segment {head.seq}", problem="it is not the one that the anchor names")


def _check_continuity(row: SegmentRow, positions: dict[bytes, tuple[int, int]]) -> None:
    """Check that no slot of a journal was left out before the chain was linked."""
    segment, position = positions.get(row.journal, (0, 0))
    if (row.segment, row.first) not in {(segment, position), (segment + bool(position), 0)}:
        where = f"journal {row.journal.hex()} segment {segment} slot {position}"
        raise AuditBroken(place=f"segment {row.seq}", problem=f"records are missing from {where} on")
    positions[row.journal] = (row.segment, row.end)


def _check_index(row: SegmentRow, store: AuditStore) -> None:
    """Check that queries find what is there."""
    seen = survey(row.data, row.anchor)
    if (row.since, row.until) != (seen.since, seen.until) or frozenset(store.pairs(row.seq)) != seen.pairs:
        raise AuditBroken(place=f"segment {row.seq}", problem="its index was changed, so queries may miss records")


# ── Arguments ─────────────────────────────────────────────────────────────────────────────────────────────


class _Wanted:
    """What entries are asked for, as far as their facts say."""

    __slots__ = ("item", "operation", "outcome", "purpose", "recipient")

    def __init__(
        self,
        item: str | None,
        purpose: str | None,
        outcome: str | None,
        operation: str | None,
        recipient: str | None,
    ) -> None:
        self.item = item
        self.purpose = purpose
        self.outcome = outcome
        self.operation = operation
        self.recipient = recipient

    def by(self, fact: Fact) -> bool:
        return (
            (self.item is None or self.item in fact.items)
            and (self.purpose is None or self.purpose == fact.purpose)
            and (self.outcome is None or self.outcome == fact.outcome)
            and (self.operation is None or self.operation == fact.operation)
            and (self.recipient is None or self.recipient == fact.recipient)
        )


def _key(argument: str, named: str | Keyed | None) -> str | None:
    key: object = named if named is None or isinstance(named, str) else getattr(named, "key", named)
    if key is None or isinstance(key, str):
        return key
    raise ArgumentInvalid(argument=argument, problem="it is a key, or something with one")


def _pseudonym(subject: str) -> bytes:
    if not subject:
        return NO_SUBJECT
    try:
        pseudonym = bytes.fromhex(subject)
    except (TypeError, ValueError):
        pseudonym = b""
    if pseudonym.hex() != subject or len(pseudonym) != len(NO_SUBJECT):
        raise ArgumentInvalid(argument="subject", problem="a pseudonym is 32 lower-case hex digits")
    return pseudonym


def _to_ns(at: datetime) -> int:
    if not isinstance(cast("object", at), datetime) or at.utcoffset() is None:
        raise ArgumentInvalid(argument="since, until", problem="they are aware datetimes")
    return (at - _EPOCH) // _MICROSECOND * 1000


def _from_ns(wall: int) -> datetime:
    return _EPOCH + timedelta(microseconds=wall // 1000)  # a slot reaches from the year 1677 to 2846
