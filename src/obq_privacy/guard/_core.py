"""What the parts of a guard share: store, keys, journal, lease, and the state of the subjects in use."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import attrs

from obq_privacy import audit, stores
from obq_privacy.audit import Fact, Journal
from obq_privacy.consent import EVERYBODY
from obq_privacy.crypto import StaleKek, lookup
from obq_privacy.errors import GuardClosed, StoreError
from obq_privacy.guard._access import Access
from obq_privacy.guard._acting import current
from obq_privacy.values import Origin
from obq_privacy.vocab import Request, Source

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

    from obq_privacy.audit import Outcome
    from obq_privacy.consent import ConsentEvent
    from obq_privacy.crypto import DataKey, Keyring
    from obq_privacy.guard._clock import Clock
    from obq_privacy.guard._endings import Endings
    from obq_privacy.guard._observing import UnsafeObserve
    from obq_privacy.policy import Policy
    from obq_privacy.stores import Store
    from obq_privacy.vocab import AnyItem, Operation, Pseudonym, Purpose, PurposeSet, Sensitivity

_CIPHERS = 256
"""How many subjects keep a ready cipher object, at about 2.5 kB each."""

_FACTS = 4096
"""Facts that are kept at hand; refusals may name whatever was asked for."""

_NAME = 12
"""Random bytes in the name of a follower; four more say how long its lease is, in milliseconds."""

_NEWEST = 2**62
"""A number of a change that is after every other."""

_PENDING = 4096
"""Slots in the journal from which on a refresh of the lease drains it."""


class Core:
    """One guard's shared state. The lock is held wherever state is loaded or dropped, and never in the hot path."""

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        policy: Policy,
        journal: Path | None,
        lease_ns: int,
        clock: Clock,
        region: str = "",
        observing: UnsafeObserve | None = None,
    ) -> None:
        self.store = store
        self.endings: Endings | None = None
        self._strict = threading.local()
        self._observing = observing
        self.region = region if region != policy.home_region else ""
        self.keyring = keyring
        self.policy = policy
        self.clock = clock
        self.lease_ns = lease_ns
        self.lock = threading.RLock()
        self.journal_place = journal
        self.journal = self._open_journal()
        self.closed = False
        self._forked = False
        self._accesses: weakref.WeakValueDictionary[str, Access] = weakref.WeakValueDictionary()
        self._origins: dict[tuple[object, ...], Origin] = {}
        self._facts: dict[tuple[object, ...], Fact] = {}
        self._ciphers: deque[Access] = deque()
        self._index_key: DataKey | None = None
        self._everybody: Sequence[ConsentEvent] | None = None
        self._second = 0
        _cores.add(self)
        self._begin_following()

    # ── The lease ─────────────────────────────────────────────────────────────────────────────────────────

    def _begin_following(self) -> None:
        """Register as a follower before relying on anything: a withdrawal from now on waits for this process."""
        lease_ms = min(-(-self.lease_ns // 1_000_000), 2**32 - 1)
        self.follower = os.urandom(_NAME) + lease_ms.to_bytes(4, "big")
        self.lease_end = 0
        self.store.follow(self.follower, 0)
        # Nothing is known yet, so nothing that changed before has to be read and dropped.
        self._seen = self._told = self.store.feed(_NEWEST, self.follower).head
        self.store.follow(self.follower, self._told)

    def refresh(self) -> None:
        """Make sure that the lease runs: ask what has changed, and drop the state of whoever did.

        The lease counts from the moment before asking, and begins after everything asked for was applied.

        Raises:
            StoreError: the store does not answer; the lease is over and nothing is permitted.
            GuardClosed: the guard is closed.
        """
        with self.lock:
            self.revive()
            asked = self.clock.monotonic_ns()
            if asked < self.lease_end:
                return
            self._catch_up()
            self.lease_end = asked + self.lease_ns
            self.journal.sync_clock()
            if self.journal.pending >= _PENDING:
                with suppress(StoreError):  # what cannot be drained now waits in the journal
                    audit.flush(self.journal, self.store)

    def _catch_up(self) -> None:
        """Apply what has changed, and say so; return only after the store was seen to know this follower.

        A withdrawal that waits in vain strikes this follower off, also between its asking and its answer. Then the
        next withdrawal does not wait for it, so whatever follows the answer has to be asked for once more.
        """
        answered = False
        while True:
            feed = self.store.feed(self._seen, self.follower)
            for subject in feed.subjects:
                self.drop(subject)
            if feed.subjects and self.journal.pending:
                with suppress(StoreError):  # so that whoever waits for this process finds in the store what it has done
                    audit.flush(self.journal, self.store)
            self._seen = feed.head
            if feed.following and (answered or feed.head == self._told):
                return
            self.store.follow(self.follower, feed.head)
            self._told = feed.head
            answered = True

    def drop(self, subject: str) -> None:
        """Forget everything about a subject that was derived from the store."""
        with self.lock:
            if subject == EVERYBODY:
                self._everybody = None
                for access in list(self._accesses.values()):
                    access.drop()
                return
            known = self._accesses.get(subject)
            if known is not None:
                known.drop()

    def settle(self, change: int) -> None:
        """Wait until no other process can rely on the state before `change`: at most one lease.

        Called after the change was committed, so every lease that could predate it ends within the wait; how long a
        follower's is stands in its name. One that has not answered by then is struck off; it registers again before
        it relies on anything.
        """
        for pause in self.pauses(change):
            time.sleep(pause)

    def pauses(self, change: int) -> Iterable[float]:
        """Yield how long to sleep (seconds) before looking again whether `change` has settled."""
        began = self.clock.monotonic_ns()
        pause = 0.001
        while behind := self._behind(change):
            passed = self.clock.monotonic_ns() - began
            left = 0
            for follower in behind:
                lease = int.from_bytes(follower[_NAME:], "big") * 1_000_000
                if passed >= lease:
                    self.store.unfollow(follower, below=change)
                left = max(left, lease - passed)
            if left > 0:
                yield min(pause, left / 1e9)
            pause = min(pause * 2, 0.05)

    def _behind(self, change: int) -> list[bytes]:
        """Give the other followers that have not said that they applied a change."""
        followers = self.store.followers()
        return [follower for follower, seen in followers.items() if follower != self.follower and seen < change]

    # ── Observing ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def observing(self) -> UnsafeObserve | None:
        """What lets this guard hand out what the policy refuses; None where it enforces, as nearly always."""
        return None if self.strict else self._observing

    @property
    def strict(self) -> bool:
        """Whether this thread enforces although the guard only observes."""
        return self._observing is not None and getattr(self._strict, "on", False)

    @contextmanager
    def strictly(self) -> Generator[None]:
        """Enforce in this thread, even if the guard only observes: existing code has none of what needs it."""
        before, self._strict.on = getattr(self._strict, "on", False), True
        try:
            yield
        finally:
            self._strict.on = before

    # ── Subjects ──────────────────────────────────────────────────────────────────────────────────────────

    def access(self, subject: Pseudonym) -> Access:
        """Give the one access object of a subject."""
        with self.lock:
            found = self._accesses.get(subject)
            if found is None:
                found = Access(self, subject)
                self._accesses[subject] = found
            return found

    def about_everybody(self) -> Sequence[ConsentEvent]:
        """Give what happened to all subjects at once, as fresh as the lease promises."""
        with self.lock:
            if self._everybody is None:
                self._everybody = tuple(self.store.events(EVERYBODY))
            return self._everybody

    def everybody(self) -> Access:
        """Give the access whose ledger is about all subjects, making it on first use."""
        while self.store.subject(EVERYBODY) is None:
            wrapped = self.keyring.new(EVERYBODY)
            with suppress(StaleKek):
                self.store.add_subject(stores.SubjectRow(EVERYBODY, bytes(32), wrapped.key_id, None), wrapped)
        return self.access(EVERYBODY)

    def lookup(self, subject_id: str) -> bytes:
        """Return the bytes under which the store knows an application's id."""
        return lookup(self.own_key(), subject_id)

    def own_key(self) -> DataKey:
        """Give the key of the store itself, which is made with it; its id tells the store from others."""
        with self.lock:
            if self._index_key is None:
                self._index_key = self.keyring.ensure("")
            return self._index_key

    def cipher_loaded(self, access: Access) -> None:
        """Keep the number of ready ciphers bounded, first in, first out."""
        self._ciphers.append(access)
        if len(self._ciphers) > _CIPHERS:
            self._ciphers.popleft().unload()

    # ── Shared nouns ──────────────────────────────────────────────────────────────────────────────────────

    def origin(
        self,
        item: AnyItem,
        sensitivity: Sensitivity,
        *,
        purposes: PurposeSet | None = None,
        source: Source | None = None,
        region: str | None = None,
        version: str | None = None,
        matter: str = "",
        topics: frozenset[str] = frozenset(),
        ends: int = 0,
    ) -> Origin:
        """Give the one object for a combination, so that values share it and caches know it by identity.

        Business cases and ends are too many to keep: their values have an object of their own.
        """
        made = (
            purposes if purposes is not None else item.purposes,
            source or _BY_SUBJECT,
            region if region is not None else self.region or self.policy.home_region,
            version if version is not None else self.policy.version,
        )
        known = None if matter or topics or ends else self._origins.get((item, sensitivity, *made))
        return known or self.shared(Origin(item, sensitivity, *made, matter, topics, ends))

    def shared(self, origin: Origin) -> Origin:
        """Give the one object for all origins like this one; itself where it is about a business case, topic or end."""
        if origin.matter or origin.topics or origin.ends:
            return origin
        key = (origin.item, origin.sensitivity, origin.purposes, origin.source, origin.region, origin.version)
        return self._origins.setdefault(key, origin)

    def stricter(self, origin: Origin, sensitivity: Sensitivity) -> Origin:
        """Give an origin that differs in its sensitivity."""
        return self.shared(attrs.evolve(origin, sensitivity=sensitivity))

    def shortest_keep(self, item: str) -> float | None:
        """Give the shortest time that values of an item may be kept (seconds), None where there is no limit."""
        keeps = [entry.keep.total_seconds() for entry in self.policy.retentions(item, bound=self.policy.archive)]
        return min(keeps, default=None)

    def request(self, operation: Operation, purpose: type[Purpose]) -> Request:
        """Give a request with whoever acts just now."""
        return self.acted(Request(operation, purpose))

    def acted(self, request: Request) -> Request:
        """Add who acts just now, where the policy asks for it."""
        who = current()
        if who is None or request.actor is not None or not self.depends_on_actor(request.purpose):
            return request
        return request._replace(actor=who.actor, approval=who.approval)

    def depends_on_actor(self, purpose: type[Purpose] | None) -> bool:
        """Tell whether a decision for a purpose depends on who acts."""
        if self.policy.minors.approval or purpose is None:
            return True
        rule = self.policy.rule(purpose)
        return rule is not None and bool(rule.roles)

    def fact_of(self, request: Request, outcome: Outcome, **rest: Any) -> Fact:
        """Give the fact that says what was asked and how it ended."""
        said: dict[str, Any] = {"purpose": request.purpose.key if request.purpose is not None else "", **rest}
        if request.recipient is not None:
            said["recipient"] = request.recipient.key
        if request.actor is not None:
            said["actor"] = request.actor.key
            said["justification"] = request.approval
        if request.invoked is not None:
            said["actor"] = request.invoked.by
            parts = [request.invoked.justification]
            if request.actor is not None:
                parts += [f"acting: {request.actor.key}", *([f"approval: {request.approval}"] * bool(request.approval))]
            said["justification"] = "; ".join(parts)
        return self.fact(request.operation.value, outcome, **said)

    def fact(self, operation: str, outcome: Outcome, **rest: Any) -> Fact:
        """Give a fact that the store has, so that slots may name it."""
        key = (operation, outcome, *sorted(rest.items()))
        found = self._facts.get(key)
        if found is None:
            rest.setdefault("items", ())
            found = Fact(operation, outcome, version=self.policy.version, **rest)
            self.store.add_facts([found])
            if len(self._facts) > _FACTS:
                self._facts = {}
            if "justification" not in rest:  # each says something else
                self._facts[key] = found
        return found

    def record(self, subject: str, fact: Fact) -> None:
        """Write one audit record.

        Raises:
            JournalUnavailable: it cannot be written.
        """
        self.journal.append(bytes.fromhex(subject), self.clock.monotonic_ns(), fact.id)

    def second(self) -> int:
        """Return the wall clock in whole seconds, as one shared object per second: values keep it."""
        now = self.clock.wall_ns() // 1_000_000_000
        if now != self._second:
            self._second = now
        return self._second

    def flush(self) -> None:
        """Move what the journal holds into the store."""
        with self.lock:
            self.revive()
            audit.flush(self.journal, self.store)

    # ── The end, and forks ────────────────────────────────────────────────────────────────────────────────

    def _open_journal(self) -> Journal:
        return Journal.open(self.journal_place, monotonic_ns=self.clock.monotonic_ns, wall_ns=self.clock.wall_ns)

    def close(self) -> None:
        """Drain, deregister and shut. Repeating it does nothing."""
        with self.lock:
            if self.closed:
                return
            self.closed = True
            self._shut_accesses()
            try:
                if not self._forked:
                    audit.flush(self.journal, self.store)
                    self.store.unfollow(self.follower)
            finally:
                self.journal.close()  # what could not be drained waits in its files for the next process
                self.store.close()

    def _shut_accesses(self) -> None:
        self.lease_end = 0
        self._everybody = None
        for access in list(self._accesses.values()):
            access.drop()

    def after_fork(self) -> None:
        """In a forked child: nothing of the parent's is used again; `revive` opens the child's own."""
        self.lock = threading.RLock()  # the parent's may be held by a thread that does not exist here
        self._forked = True
        self._shut_accesses()

    def revive(self) -> None:
        """Make sure that the guard is open and belongs to this process.

        Raises:
            GuardClosed: it was closed, or this is a forked child and the store lives in the memory of its parent.
        """
        if self.closed:
            raise GuardClosed
        if self._forked:
            if not self.store.shared:
                raise GuardClosed
            self.journal = self._open_journal()
            self._begin_following()
            self._forked = False


_BY_SUBJECT = Source()

# The cores and not the guards: a subject or a value keeps its core alive after the guard itself is forgotten.
_cores: weakref.WeakSet[Core] = weakref.WeakSet()


def _after_fork() -> None:
    for core in list(_cores):
        core.after_fork()


os.register_at_fork(after_in_child=_after_fork)
