"""Threads and forks: no race lets a use begin late, and a child shares nothing of its parent's that it must not."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest
from guard_world import CARD, CARD_VALUE, CONSIGNEE, LONG, NAME_VALUE, POLICY, Delivery, Payment, adult, shop

from obq_privacy import Guard, combine
from obq_privacy.errors import ConsentWithdrawn, Denied, GuardClosed, KeyErased

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from obq_privacy import ConsentEvent

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
]
ROUNDS = 200 if LONG else 25


def in_child(work: Callable[[], object]) -> int:
    """Run something in a forked child that ends without any cleaning up, and give the child's pid."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def ended(pid: int, seconds: float = 20) -> int:
    """Wait for a child and give its exit code."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return 99


class Busy:
    """Threads that use values all the time and remember when their last success began."""

    def __init__(self, uses: Sequence[Callable[[], object]]) -> None:
        self.last = [0] * len(uses)
        self.strange: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._loop, args=pair) for pair in enumerate(uses)]

    def _loop(self, place: int, use: Callable[[], object]) -> None:
        while not self._stop.is_set():
            began = time.monotonic_ns()
            try:
                use()
            except (Denied, KeyErased):
                time.sleep(0.0005)
            except BaseException as error:  # noqa: BLE001
                self.strange.append(error)
                return
            else:
                self.last[place] = began

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert self.strange == []


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize("end", ["withdraw", "refuse", "invalidate", "expire", "erase"])
def test_no_thread_begins_a_use_after_the_end_of_consent(end: str, tmp_path: Path) -> None:
    """While threads use values in every way, no use that begins after the call returned succeeds."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper")
        consent = shopper.grant(Payment)
        name, card = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(CARD, CARD_VALUE)
        line = combine("{}{}".format, name, card)
        uses: list[Callable[[], object]] = [
            lambda: card.reveal(Payment),
            lambda: name.reveal(Payment),
            lambda: line.reveal(Payment),
            lambda: shopper.collect(CARD, CARD_VALUE),
        ]
        ends: dict[str, Callable[[], object]] = {
            "withdraw": lambda: shopper.withdraw(Payment),
            "refuse": lambda: shopper.refuse(Payment),
            "invalidate": lambda: shopper.invalidate(consent),
            "expire": lambda: shopper.expire(consent),
            "erase": shopper.erase,
        }
        with Busy(uses) as busy:
            for _ in range(1 if end == "erase" else ROUNDS):
                time.sleep(0.005)
                ends[end]()
                returned = time.monotonic_ns()
                time.sleep(0.004)
                assert max(busy.last) <= returned
                if end != "erase":
                    consent = shopper.grant(Payment)
            assert min(busy.last) > 0


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize("delay", [0.0, 0.03, 0.2])
def test_a_decision_on_old_state_is_never_found_later(delay: float, tmp_path: Path) -> None:
    """A decision that took long, while another guard withdrew, is good for nobody afterwards."""
    lease = timedelta(milliseconds=80)
    with shop(tmp_path / "db", lease=lease) as slow, shop(tmp_path / "db", lease=lease) as quick:
        shopper = adult(slow, "shopper", Payment)
        card = shopper.collect(CARD, CARD_VALUE)
        read, read_events = threading.Event(), type(slow._core.store).events

        def late(store: Any, subject: Any) -> Sequence[ConsentEvent]:
            found = read_events(store, subject)
            if threading.current_thread() is revealing:
                read.set()
                time.sleep(delay)
            return found

        outcome: list[object] = []

        def reveal() -> None:
            try:
                outcome.append(card.reveal(Payment))
            except ConsentWithdrawn as error:
                outcome.append(error)

        for _ in range(ROUNDS // 5):
            read.clear()
            slow._core.drop(shopper.pseudonym)
            revealing = threading.Thread(target=reveal)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(type(slow._core.store), "events", late)
                revealing.start()
                assert read.wait(10)
                quick.subject("shopper").withdraw(Payment)
                with pytest.raises(ConsentWithdrawn):
                    card.reveal(Payment)
                revealing.join()
            with pytest.raises(ConsentWithdrawn):
                card.reveal(Payment)
            shopper.grant(Payment)
            assert card.reveal(Payment) == CARD_VALUE
        assert len(outcome) == ROUNDS // 5


# ── Forks ─────────────────────────────────────────────────────────────────────────────────────────────────


def open_files(place: Path) -> set[str]:
    """Give the names of the files beside the database that this process has open."""
    found: set[str] = set()
    for entry in os.scandir("/proc/self/fd"):
        try:
            target = os.readlink(entry.path)  # noqa: PTH115
        except FileNotFoundError:
            continue
        if target.startswith(str(place)):
            found.add(target.removeprefix(str(place)))
    return found


@pytest.mark.clause("PROT-2", "PROT-1")
def test_a_child_has_everything_of_its_own(tmp_path: Path) -> None:
    """A child follows, records and connects by itself; each record is counted once, no nonce is used twice."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Payment)
        card = shopper.collect(CARD, CARD_VALUE)
        for _ in range(10):
            card.reveal(Payment)
        follower, journal = guard._core.follower, guard._core.journal
        reader, writer = os.pipe()

        def work() -> None:
            for _ in range(7):
                assert card.reveal(Payment) == CARD_VALUE
            assert guard._core.follower != follower
            assert guard._core.journal is not journal
            os.write(writer, b"".join(card.seal()[18:30] for _ in range(50)))
            inherited = {name for name in open_files(place) if name.startswith(".journal")}
            assert len(inherited) == 1  # the child's own segment, and not the parent's

        pids = [in_child(work) for _ in range(3)]
        for _ in range(10):
            card.reveal(Payment)
        nonces = [card.seal()[18:30] for _ in range(50)]
        assert [ended(pid) for pid in pids] == [0, 0, 0]
        told = os.read(reader, 65536)
        os.close(reader)
        os.close(writer)
        nonces += [told[start : start + 12] for start in range(0, len(told), 12)]
        assert len(set(nonces)) == len(nonces) == 200
        assert guard._core.follower == follower
    with shop(place) as guard:
        uses = [entry for entry in guard.audit.entries() if entry.operation == "use"]
        assert len(uses) == 10 + 10 + 3 * 7
        guard.audit.verify()


@pytest.mark.clause("RIGHT-4")
def test_a_child_obeys_a_withdrawal_of_its_parent(tmp_path: Path) -> None:
    """A child that was forked in the middle of a lease relies on nothing that its parent had decided."""
    with shop(tmp_path / "db", lease=timedelta(milliseconds=300)) as guard:
        shopper = adult(guard, "shopper", Payment)
        card = shopper.collect(CARD, CARD_VALUE)
        assert card.reveal(Payment) == CARD_VALUE
        reader, writer = os.pipe()

        def work() -> None:
            assert os.read(reader, 1) == b"x"
            with pytest.raises(ConsentWithdrawn):
                card.reveal(Payment)

        pid = in_child(work)
        shopper.withdraw(Payment)
        os.write(writer, b"x")
        assert ended(pid) == 0
        os.close(reader)
        os.close(writer)


@pytest.mark.clause("RIGHT-4")
def test_a_parent_obeys_a_withdrawal_of_its_child(tmp_path: Path) -> None:
    """A withdrawal in a child waits for the parent like for any other process."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper", Payment)
        card = shopper.collect(CARD, CARD_VALUE)
        for _ in range(3):
            with Busy([lambda: card.reveal(Payment)]) as busy:
                while not busy.last[0]:  # the fork comes while the parent is at it, not before it has begun
                    time.sleep(0.001)
                reader, writer = os.pipe()

                def work(writer: int = writer) -> None:
                    shopper.withdraw(Payment)
                    os.write(writer, str(time.monotonic_ns()).encode())

                pid = in_child(work)
                assert ended(pid) == 0
                time.sleep(0.02)
                assert 0 < busy.last[0] <= int(os.read(reader, 64))
                os.close(reader)
                os.close(writer)
            shopper.grant(Payment)


def test_a_fork_while_other_threads_hold_every_lock(tmp_path: Path) -> None:
    """Whatever other threads are doing at that instant, a child can go on."""
    with shop(tmp_path / "db", lease=timedelta(milliseconds=1)) as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        card = shopper.collect(CARD, CARD_VALUE)

        def work() -> None:
            assert card.reveal(Payment) == CARD_VALUE
            shopper.grant(Delivery, method="child")

        uses: list[Callable[[], object]] = [
            lambda: card.reveal(Payment),
            lambda: shopper.grant(Delivery, method=os.urandom(4).hex()),
            lambda: len(list(guard.audit.entries())),
        ]
        with Busy(uses):
            pids: list[int] = []
            for _ in range(ROUNDS // 4):
                time.sleep(0.004)
                pids.append(in_child(work))
            assert [ended(pid) for pid in pids] == [0] * len(pids)
        guard.audit.verify()


def test_a_fork_while_the_guards_lock_is_held(tmp_path: Path) -> None:
    """A child does not wait for a lock that a thread of its parent held."""
    with shop(tmp_path / "db") as guard:
        card = adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE)
        held, go_on = threading.Event(), threading.Event()

        def hold() -> None:
            with guard._core.lock:
                held.set()
                go_on.wait(10)

        thread = threading.Thread(target=hold)
        thread.start()
        assert held.wait(10)
        pid = in_child(lambda: card.reveal(Payment))
        assert ended(pid) == 0
        go_on.set()
        thread.join()


def test_a_value_outlives_its_guard_across_a_fork(tmp_path: Path) -> None:
    """A subject whose guard was forgotten, but not closed, is as good in a child as any other."""
    guard = Guard.open(tmp_path / "db", policy=POLICY)
    core = guard._core
    shopper = adult(guard, "shopper", Payment)
    card = shopper.collect(CARD, CARD_VALUE)
    card.reveal(Payment)
    del guard
    follower = core.follower

    def work() -> None:
        assert card.reveal(Payment) == CARD_VALUE
        assert core.follower != follower

    assert ended(in_child(work)) == 0
    core.close()


def test_a_guard_in_memory_is_closed_in_a_child() -> None:
    """A store that lives in the memory of the parent is of no use in a child, which is told so."""
    with shop() as guard:
        shopper = adult(guard, "shopper", Payment)
        card = shopper.collect(CARD, CARD_VALUE)
        card.reveal(Payment)

        def work() -> None:
            for use in (lambda: card.reveal(Payment), shopper.withdraw, lambda: guard.subject("x"), card.seal):
                with pytest.raises(GuardClosed):
                    use()
            guard.close()

        assert ended(in_child(work)) == 0
        assert card.reveal(Payment) == CARD_VALUE


def child_of_multiprocessing(guard: Guard, times: int) -> None:
    """Use a value in a child of `multiprocessing`, which ends without closing the guard."""
    card = guard.subject("shopper").collect(CARD, CARD_VALUE)
    for _ in range(times):
        card.reveal(Payment)


@pytest.mark.clause("PROT-2")
def test_multiprocessing_loses_no_record(tmp_path: Path) -> None:
    """Children of multiprocessing that never close the guard leave every record to the next process."""
    context = multiprocessing.get_context("fork")
    with shop(tmp_path / "db") as guard:
        adult(guard, "shopper", Payment)
        children = [context.Process(target=child_of_multiprocessing, args=(guard, 20)) for _ in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join()
            assert child.exitcode == 0
            child.close()
    with shop(tmp_path / "db") as guard:
        assert len(list(guard.audit.entries())) == 3 * 21
        guard.audit.verify()


@pytest.mark.clause("PROT-2")
def test_a_child_that_closes_the_guard_leaves_the_parents_alone(tmp_path: Path) -> None:
    """Closing in a child, used or not, takes nothing from the parent."""
    with shop(tmp_path / "db") as guard:
        card = adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE)
        card.reveal(Payment)

        def used() -> None:
            card.reveal(Payment)
            guard.close()
            guard.close()
            with pytest.raises(GuardClosed):
                card.reveal(Payment)

        assert ended(in_child(guard.close)) == 0
        assert ended(in_child(used)) == 0
        card.reveal(Payment)
        assert len([entry for entry in guard.audit.entries() if entry.operation == "use"]) == 3
        guard.audit.verify()
