"""The lease of a guard, the journal behind it, and what its parts share: on a clock that only sleeping moves."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import HandClock
from laws_world import (
    ADDRESS,
    AMOUNT,
    CARD,
    CARRIER,
    NAME,
    POLICY,
    Bookkeeping,
    Delivery,
    Payment,
    bazaar,
    bazaar_policy,
    person,
    untyped,
)

from obq_privacy import Actor, Guard, LegalBasis, Level, Minors, Operation
from obq_privacy.crypto import KeyMemory, StaleKek
from obq_privacy.errors import (
    ApprovalMissing,
    ConsentWithdrawn,
    Denied,
    GuardClosed,
    JournalUnavailable,
    StoreError,
    StoreUnavailable,
)
from obq_privacy.vocab import Invoked

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

DESCRIPTORS = Path("/proc/self/fd")
MILLI = timedelta(milliseconds=1)
TENTH = timedelta(milliseconds=100)
LAW = Invoked(LegalBasis.NATIONAL_SECURITY, justification="file 1", by="legal-desk")
ACCOUNTANT = Actor("agent-7", frozenset({"accountant"}))


class World:
    """Guards on one database, as of several processes, and a clock that goes on while somebody sleeps."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.hand = HandClock()
        self.slept: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self._place, self._keys, self._stack = place, KeyMemory(), ExitStack()
        patch.setattr(time, "sleep", self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.hand.move(timedelta(seconds=seconds))
        self.meanwhile()

    def guard(self, lease: timedelta = TENTH, **more: Any) -> Guard:
        """Open one more."""
        opened = Guard.open(
            self._place, policy=more.pop("policy", POLICY), keys=self._keys, lease=lease, clock=self.hand.clock, **more
        )
        return self._stack.enter_context(opened)

    def close(self) -> None:
        """Close them all."""
        self._stack.close()


@pytest.fixture
def w(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[World]:
    """Give a world."""
    made = World(tmp_path / "db", monkeypatch)
    yield made
    made.close()


def refused(kind: type[Exception], act: Callable[[], object]) -> bool:
    """Tell whether an act is refused with this error, or succeeds."""
    try:
        act()
    except kind:
        return True
    return False


# ── The lease ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-4")
def test_a_withdrawal_waits_for_the_lease_of_an_idle_process_and_no_longer(w: World) -> None:
    """It looks again soon, then less and less often, and strikes off whoever did not answer."""
    one, idle = w.guard(), w.guard()
    shopper = person(one, Delivery)
    name = idle.subject("shopper").collect(NAME, "Li Lei")
    assert name.reveal(Delivery) == "Li Lei"
    w.slept.clear()
    shopper.withdraw(Delivery)
    assert [round(slept * 1000) for slept in w.slept] == [1, 2, 4, 8, 16, 32, 37]
    assert len(one._core.store.followers()) == 1
    assert refused(ConsentWithdrawn, lambda: name.reveal(Delivery))
    assert len(one._core.store.followers()) == 2
    w.slept.clear()
    shopper.grant(Payment)
    assert w.slept == []


@pytest.mark.clause("RIGHT-4")
def test_a_withdrawal_waits_for_the_longest_lease_in_force(w: World) -> None:
    """Each stands in the name of its process, rounded up; a pause is never longer than a twentieth of a second."""
    one, short, longer = w.guard(TENTH), w.guard(MILLI), w.guard(timedelta(microseconds=299_001))
    shopper = person(one, Delivery)
    w.slept.clear()
    began = w.hand.clock.now()
    shopper.withdraw(Delivery)
    assert w.hand.clock.now() - began == timedelta(milliseconds=300)
    assert max(w.slept) == 0.05
    assert len(one._core.store.followers()) == 1
    assert refused(Denied, partial(short.subject("shopper").collect, NAME, "Li Lei"))
    assert refused(Denied, partial(longer.subject("shopper").collect, NAME, "Li Lei"))
    names = one._core.store.followers()
    assert sorted((len(name), int.from_bytes(name[12:], "big")) for name in names) == [(16, 1), (16, 100), (16, 300)]
    endless = w.guard(timedelta(days=100))
    w.slept.clear()
    shopper.grant(Delivery)
    w.meanwhile = lambda: w.hand.move(timedelta(days=49, hours=17, minutes=2, seconds=47, milliseconds=294))
    shopper.withdraw(Delivery)
    assert len(w.slept) == 1
    assert refused(Denied, lambda: endless.subject("shopper").collect(NAME, "Li Lei"))


@pytest.mark.clause("RIGHT-4")
def test_whoever_has_heard_is_not_waited_for(w: World) -> None:
    """A process that asks meanwhile answers at once; what it did before is in the store by then."""
    one, busy = w.guard(), w.guard()
    shopper = person(one, Delivery)
    name = busy.subject("shopper").collect(NAME, "Li Lei")
    name.reveal(Delivery)
    w.slept.clear()

    def use() -> None:
        if len(w.slept) == 3:
            w.hand.move(TENTH / 2)  # its lease is over, and it asks
            w.hand.move(TENTH / 2)
            assert refused(ConsentWithdrawn, lambda: name.reveal(Delivery))

    w.meanwhile = use
    shopper.withdraw(Delivery)
    assert len(w.slept) == 3
    assert [entry.outcome for entry in one.audit.entries(operation="use")] == ["permit"]
    assert len(one._core.store.followers()) == 2


@pytest.mark.clause("RIGHT-4")
def test_whoever_is_alone_waits_for_nobody(w: World) -> None:
    """Neither does a guard whose others have closed."""
    one, other = w.guard(), w.guard()
    other.close()
    shopper = person(one, Delivery)
    w.slept.clear()
    shopper.withdraw(Delivery)
    assert w.slept == []
    assert len(one._core.store.followers()) == 1


def test_a_use_within_the_lease_asks_nobody(w: World) -> None:
    """From the end of the lease on it asks again, and counts it from before it asked."""
    one, other = w.guard(), w.guard()
    person(one, Delivery)
    name = other.subject("shopper").collect(NAME, "Li Lei")
    asked: list[int] = []
    feed = other._core.store.feed

    def counted(*arguments: Any) -> Any:
        asked.append(1)
        w.hand.move(MILLI * 10)  # it takes its time
        return feed(*arguments)

    name.reveal(Delivery)
    w.hand.move(TENTH)
    untyped(other._core).store.feed = counted
    name.reveal(Delivery)
    assert len(asked) == 1
    w.hand.move(TENTH - MILLI * 10 - timedelta(microseconds=1))
    name.reveal(Delivery)
    assert len(asked) == 1
    w.hand.move(timedelta(microseconds=1))
    name.reveal(Delivery)
    assert len(asked) == 2


def test_without_an_answer_nothing_is_permitted(w: World) -> None:
    """The lease runs out, and every use is refused until the store answers again."""
    guard = w.guard()
    name = person(guard, Delivery).collect(NAME, "Li Lei")
    name.reveal(Delivery)
    feed = guard._core.store.feed

    def silent(*_: object) -> Any:
        raise StoreUnavailable(store="db", problem="no answer")

    untyped(guard._core).store.feed = silent
    assert name.reveal(Delivery) == "Li Lei"
    w.hand.move(TENTH)
    for _ in range(2):
        assert refused(StoreUnavailable, lambda: name.reveal(Delivery))
    untyped(guard._core).store.feed = feed
    assert name.reveal(Delivery) == "Li Lei"


@pytest.mark.clause("USE-24", "SHARE-6")
def test_what_happens_to_everybody_reaches_every_process(w: World) -> None:
    """Within a lease, whatever they have kept about people."""
    one, other = w.guard(), w.guard()
    person(one, Delivery)
    theirs = other.subject("shopper")
    name = theirs.collect(NAME, "Li Lei")
    assert name.reveal(Delivery) == "Li Lei"
    w.slept.clear()
    one.succession("other shop", accepted=False)
    assert sum(w.slept) == pytest.approx(0.1)
    assert refused(Denied, lambda: name.reveal(Delivery))
    theirs.grant(Delivery)
    assert theirs.collect(NAME, "Li Lei").reveal(Delivery) == "Li Lei"
    one.cease()
    assert refused(Denied, lambda: theirs.collect(NAME, "Li Lei"))


@pytest.mark.clause("RIGHT-4")
def test_a_change_of_the_person_is_waited_for_as_well(w: World) -> None:
    """Birth date and guardians, objections and restrictions, erasure and replay."""
    one, idle = w.guard(), w.guard()
    shopper = person(one, Delivery)
    shopper.permission_changed("microphone", on=True)
    theirs = idle.subject("shopper")
    acts: list[Callable[[], object]] = [
        lambda: shopper.update(guardians=[person(one, name="parent")]),
        lambda: shopper.object_to(Delivery, "toys"),
        lambda: shopper.restrict(NAME),
        lambda: shopper.refuse(Payment),
        lambda: shopper.expire(shopper.grant(Payment)),
        lambda: shopper.invalidate(shopper.grant(Payment)),
        shopper.privacy_signal,
        lambda: shopper.permission_changed("microphone", on=False),
        shopper.close,
        shopper.erase,
    ]
    for act in acts:
        assert theirs.pseudonym == shopper.pseudonym
        assert theirs.standing.subject == shopper.pseudonym  # it follows
        w.hand.move(TENTH)
        assert isinstance(theirs.standing.erased, bool)
        w.slept.clear()
        act()
        assert sum(w.slept) == pytest.approx(0.1)
    gone = person(one, name="gone")
    evidence = [gone.erase()]
    assert idle.subject("gone").standing.erased
    assert one.replay(evidence) == 0


# ── The journal ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-2")
def test_records_are_moved_into_the_store_before_they_are_too_many(w: World) -> None:
    """When the lease is refreshed; where that fails they wait in the journal, and nothing is refused."""
    guard = w.guard()
    shopper = person(guard, Delivery)
    name = shopper.collect(NAME, "Li Lei")
    journal = guard._core.journal
    for _ in range(4200):
        name.reveal(Delivery)
    assert journal.pending > 4200
    w.hand.move(TENTH)
    name.reveal(Delivery)
    assert journal.pending < 10
    for _ in range(100):
        name.reveal(Delivery)
    w.hand.move(TENTH)
    name.reveal(Delivery)
    assert journal.pending > 100
    assert sum(1 for _ in guard.audit.entries(operation="use")) == 4302
    assert journal.pending == 0


def test_the_audit_sees_what_was_just_done(w: World) -> None:
    """Every reading is preceded by moving what the journal holds; a closed guard has moved all of it."""
    guard = w.guard()
    name = person(guard, Delivery).collect(NAME, "Li Lei")
    name.reveal(Delivery)
    assert [entry.operation for entry in guard.audit.entries()] == ["collect", "use"]
    assert {entry.at for entry in guard.audit.entries()} == {w.hand.clock.now()}
    w.hand.move(TENTH)
    name.reveal(Delivery)
    guard.close()
    again = w.guard()
    entries = list(again.audit.entries())
    assert [entry.operation for entry in entries] == ["collect", "use", "use"]
    assert entries[-1].at - entries[0].at == TENTH


# ── The end, and forks ────────────────────────────────────────────────────────────────────────────────────


def test_a_closed_guard_is_followed_by_nobody_and_holds_nothing_open(w: World) -> None:
    """Closing again does nothing; what is still in hand says so."""
    one, other = w.guard(), w.guard()
    shopper = person(other, Delivery)
    name = shopper.collect(NAME, "Li Lei")
    before = len(list(DESCRIPTORS.iterdir()))
    other.close()
    other.close()
    assert len(list(DESCRIPTORS.iterdir())) < before
    assert len(one._core.store.followers()) == 1
    for act in (lambda: name.reveal(Delivery), lambda: shopper.standing, other.audit.head, name.seal):
        assert refused(GuardClosed, untyped(act))


def test_a_guard_that_cannot_drain_lets_go_all_the_same(w: World) -> None:
    """What could not be moved waits in its files for the next process."""
    guard = w.guard()
    person(guard, Delivery).collect(NAME, "Li Lei")
    before = len(list(DESCRIPTORS.iterdir()))

    def failing(*_: object, **__: object) -> Any:
        raise StoreUnavailable(store="db", problem="no answer")

    untyped(guard._core).store.unfollow = failing
    assert refused(StoreError, guard.close)
    assert len(list(DESCRIPTORS.iterdir())) < before
    assert refused(JournalUnavailable, lambda: guard._core.record("0" * 32, next(iter(guard._core._facts.values()))))


def in_child(work: Callable[[], object]) -> int:
    """Do something in a forked child, and give its exit code: 0 where it went well."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.clause("PROT-2")
def test_a_child_has_a_lease_and_a_journal_of_its_own(w: World) -> None:
    """What it does is on record once, what it closes is its own, and the parent goes on as before."""
    guard = w.guard()
    shopper = person(guard, Delivery)
    name = shopper.collect(NAME, "Li Lei")
    name.reveal(Delivery)
    follower = guard._core.follower

    def work() -> None:
        assert name.reveal(Delivery) == "Li Lei"
        assert guard._core.follower != follower
        assert name.reveal(Delivery) == "Li Lei"
        assert len(guard._core.store.followers()) == 2
        guard.close()

    assert in_child(work) == 0
    assert in_child(guard.close) == 0
    assert set(guard._core.store.followers()) == {follower}
    assert name.reveal(Delivery) == "Li Lei"
    assert sorted(entry.operation for entry in guard.audit.entries()) == ["collect", "use", "use", "use", "use"]
    guard.audit.verify()


def test_a_store_in_memory_is_closed_in_a_child() -> None:
    """It lives in the memory of its parent."""
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        name.reveal(Delivery)

        def work() -> None:
            for act in (lambda: name.reveal(Delivery), shopper.withdraw, name.seal, guard.audit.head):
                assert refused(GuardClosed, untyped(act))

        assert in_child(work) == 0
        assert name.reveal(Delivery) == "Li Lei"


# ── What its parts share ──────────────────────────────────────────────────────────────────────────────────


def test_values_of_one_kind_share_what_they_have_in_common() -> None:
    """A wrapper is small because its origin and its second are objects that many have; a business case is its own."""
    with bazaar() as guard:
        shopper, other = person(guard, Delivery), person(guard, Delivery, name="other")
        one, two, third = shopper.collect(NAME, "a"), shopper.collect(NAME, "b"), other.collect(NAME, "c")
        assert one._origin is two._origin is third._origin
        assert one._collected is two._collected
        assert shopper.collect(ADDRESS, "x")._origin is not one._origin
        back = guard.unseal(NAME, one.seal())
        assert back._origin is one._origin
        mine = shopper.collecting(matter="1").collect(NAME, "a")
        assert mine._origin is not shopper.collecting(matter="1").collect(NAME, "a")._origin


def test_a_fact_is_written_once() -> None:
    """Of those that say the same; one that says why says something else each time."""
    with bazaar() as guard:
        written: list[int] = []
        store = untyped(guard._core.store)
        add = store.add_facts

        def counted(facts: list[Any]) -> None:
            written.append(len(facts))
            add(facts)

        store.add_facts = counted
        shopper = person(guard, Delivery)
        shopper.grant(Delivery, recipients=[CARRIER])
        name, address = shopper.collect(NAME, "Li Lei"), shopper.collect(ADDRESS, "1 Canary Row")
        for _ in range(3):
            name.share(Delivery, to=CARRIER)
            address.share(Delivery, to=CARRIER)
        assert len(written) == 4
        for _ in range(3):
            name.reveal_under(LAW)
        assert len(written) == 7


@pytest.mark.clause("PROT-1", "MINOR-2")
def test_who_acted_and_under_what_approval_is_on_record_where_it_is_asked_for() -> None:
    """Also beside a legal basis that somebody invokes; where nobody asks who acts, nothing is said."""
    policy = bazaar_policy(minors=Minors(approval=True))
    with bazaar(policy=policy) as guard:
        shopper = person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        parent = person(guard, name="parent")
        child = guard.subject("child", born=date(2012, 1, 1), guardians=[parent])
        child.grant(Delivery, by=parent)
        theirs = child.collect(NAME, "Xiao Ming")
        assert refused(ApprovalMissing, lambda: theirs.reveal(Delivery))
        with guard.acting(ACCOUNTANT, approval="A 1"):
            assert theirs.reveal(Delivery) == "Xiao Ming"
            assert name.reveal_under(LAW) == "Li Lei"
        with guard.acting(ACCOUNTANT):
            assert refused(ApprovalMissing, lambda: theirs.reveal(Delivery))
            assert name.reveal(Delivery) == "Li Lei"
            assert name.reveal_under(LAW) == "Li Lei"
        assert name.reveal_under(LAW) == "Li Lei"
        found = [(one.actor, one.justification) for one in guard.audit.entries(operation="use")]
        assert found == [
            ("", ""),
            ("agent-7", "A 1"),
            ("legal-desk", "file 1; acting: agent-7; approval: A 1"),
            ("agent-7", ""),
            ("agent-7", ""),
            ("legal-desk", "file 1; acting: agent-7"),
            ("legal-desk", "file 1"),
        ]
    with bazaar() as guard:
        shopper = person(guard, Delivery, Payment)
        name, amount = shopper.collect(NAME, "Li Lei"), shopper.collect(AMOUNT, 1)
        with guard.acting(ACCOUNTANT, approval="A 1"):
            name.reveal(Delivery)
            amount.reveal(Bookkeeping)
            name.reveal_under(LAW)
        found = [(one.actor, one.justification) for one in guard.audit.entries(operation="use")]
        assert found == [("", ""), ("agent-7", "A 1"), ("legal-desk", "file 1; acting: agent-7; approval: A 1")]


def test_a_key_that_was_rotated_meanwhile_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registering somebody, or the ledger of everybody, while another process rotates keys."""
    with bazaar() as guard:
        store = untyped(guard._core.store)
        add, stale = store.add_subject, [True, True]

        def late(*arguments: Any) -> Any:
            if stale:
                stale.pop()
                raise StaleKek
            return add(*arguments)

        monkeypatch.setattr(store, "add_subject", late)
        shopper = person(guard, Payment)
        assert stale == []
        assert shopper.collect(CARD, "6222").reveal(Payment) == "6222"
        stale.append(True)
        guard.succession("other shop", accepted=False)
        assert stale == []
        row = store.subject(guard._core.everybody().subject)
        assert (row.lookup, row.profile) == (bytes(32), None)


@pytest.mark.clause("CROSS-1")
def test_a_store_is_in_its_region_unless_that_is_home(w: World) -> None:
    """Values say where they were collected, and abroad each needs a consent that names it."""
    assert person(w.guard(region="CN"), Delivery).collect(NAME, "Li Lei").label.regions == {"CN"}
    abroad = w.guard(region="SG")
    shopper = abroad.subject("shopper")
    assert refused(Denied, lambda: shopper.collect(NAME, "Li Lei"))
    shopper.grant(Delivery, level=Level.SEPARATE, regions=["SG"], operations=[Operation.COLLECT, Operation.USE])
    assert shopper.collect(NAME, "Li Lei").label.regions == {"SG"}
