"""Withdrawal across processes: when `withdraw` has returned, no use that begins succeeds anywhere."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import CARD, CARD_VALUE, CONSIGNEE, LONG, NAME_VALUE, Child, Delivery, Order, Payment, adult, shop

from obq_privacy import combine
from obq_privacy.errors import ConsentWithdrawn, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from obq_privacy import Guard, Subject
    from obq_privacy.stores import Feed

ROUNDS = 100 if LONG else 10
LEASE = timedelta(milliseconds=60)
SLACK_NS = 250_000_000
"""What a busy machine may add to a wait without the wait meaning anything else."""


def prepared(guard: Guard) -> Subject:
    """Put a record into the vault that other processes use."""
    shopper = adult(guard, "shopper", Delivery, Payment)
    guard.vault.keep("order", shopper.collect_record(Order, number="1", consignee=NAME_VALUE, card=CARD_VALUE))
    return shopper


def shut(follower: Child) -> tuple[str, int]:
    """Read that a follower was refused: with which error, and when its last success began."""
    word, error, began = follower.read().split()
    assert word == "shut"
    return error, int(began)


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize("shape", ["card", "derived", "mask", "unseal", "load"])
def test_no_reveal_begins_after_withdraw_returned(shape: str, tmp_path: Path) -> None:
    """Whichever way another process reaches the value, its last success began before the withdrawal returned."""
    with shop(tmp_path / "db", lease=LEASE) as guard:
        shopper = prepared(guard)
        with Child("follow", tmp_path / "db", shape, lease=LEASE).ready() as follower:
            for _ in range(ROUNDS):
                assert follower.read().startswith("open")
                time.sleep(random.uniform(0, 0.05))  # noqa: S311
                shopper.withdraw(Payment)
                returned = time.monotonic_ns()
                error, began = shut(follower)
                assert error == "ConsentWithdrawn"
                assert began <= returned
                shopper.grant(Delivery, Payment)
            assert follower.read().startswith("open")
            shopper.withdraw()
            shut(follower)
            assert follower.end() == 0
        assert guard.audit.verify()


@pytest.mark.clause("RIGHT-4")
def test_three_followers_stop_together(tmp_path: Path) -> None:
    """With several processes revealing, none of them succeeds after the return."""
    with shop(tmp_path / "db", lease=LEASE) as guard, ExitStack() as stack:
        shopper = prepared(guard)
        followers = [
            stack.enter_context(Child("follow", tmp_path / "db", shape, lease=LEASE).ready())
            for shape in ("card", "derived", "card")
        ]
        for _ in range(ROUNDS // 3 + 1):
            for follower in followers:
                assert follower.read().startswith("open")
            shopper.withdraw(Payment)
            returned = time.monotonic_ns()
            assert all(shut(follower)[1] <= returned for follower in followers)
            shopper.grant(Delivery, Payment)


@pytest.mark.clause("RIGHT-4")
def test_another_process_withdraws(tmp_path: Path) -> None:
    """It does not matter which process withdraws: this one refuses as soon as the other one has returned."""
    with shop(tmp_path / "db", lease=LEASE) as guard:
        shopper = prepared(guard)
        card = shopper.collect(CARD, CARD_VALUE)
        with Child("withdraw", tmp_path / "db", lease=LEASE).ready() as other:
            for _ in range(ROUNDS):
                other.ask("grant")
                while True:
                    try:
                        card.reveal(Payment)
                    except ConsentWithdrawn:
                        time.sleep(0.005)
                    else:
                        break
                other.tell("withdraw")
                last = 0
                while True:
                    began = time.monotonic_ns()
                    try:
                        card.reveal(Payment)
                    except ConsentWithdrawn:
                        break
                    last = began
                assert last <= int(other.read())


@pytest.mark.clause("RIGHT-4")
def test_an_idle_follower_delays_by_one_lease_and_then_refuses(tmp_path: Path) -> None:
    """A process that does nothing holds a withdrawal up for at most its lease, once; its next use is refused."""
    lease = timedelta(milliseconds=300)
    with shop(tmp_path / "db", lease=lease) as guard:
        shopper = prepared(guard)
        with Child("on-demand", tmp_path / "db", lease=lease).ready() as idle:
            began = time.monotonic_ns()
            shopper.withdraw(Payment)
            assert time.monotonic_ns() - began < 300_000_000 + SLACK_NS
            assert idle.ask() == "ConsentWithdrawn"
            shopper.grant(Payment)
            time.sleep(0.35)
            assert idle.ask() == "revealed"
            assert idle.end() == 0


@pytest.mark.clause("RIGHT-4")
def test_a_stopped_follower_refuses_when_it_goes_on(tmp_path: Path) -> None:
    """A process that slept through a withdrawal relies on nothing that it knew before."""
    with shop(tmp_path / "db", lease=LEASE) as guard:
        shopper = prepared(guard)
        with Child("on-demand", tmp_path / "db", lease=LEASE).ready() as stopped:
            for _ in range(ROUNDS // 3 + 1):
                assert stopped.ask() == "revealed"
                stopped.signal(signal.SIGSTOP)
                shopper.withdraw(Payment)
                stopped.tell()
                stopped.signal(signal.SIGCONT)
                assert stopped.read() == "ConsentWithdrawn"
                shopper.grant(Payment)
                time.sleep(LEASE.total_seconds() * 1.5)


@pytest.mark.clause("RIGHT-4")
def test_a_follower_stopped_in_its_loop_does_not_go_on(tmp_path: Path) -> None:
    """Stopped at any instant of its loop, a process at most ends the use that it had begun before the withdrawal."""
    with shop(tmp_path / "db", lease=LEASE) as guard:
        shopper = prepared(guard)
        with Child("follow", tmp_path / "db", "card", lease=LEASE).ready() as follower:
            for _ in range(ROUNDS):
                assert follower.read().startswith("open")
                time.sleep(random.uniform(0, 0.02))  # noqa: S311
                follower.signal(signal.SIGSTOP)
                shopper.withdraw(Payment)
                returned = time.monotonic_ns()
                follower.signal(signal.SIGCONT)
                assert shut(follower)[1] <= returned
                shopper.grant(Payment)


@pytest.mark.clause("RIGHT-4")
def test_a_killed_follower_delays_one_withdrawal_only(tmp_path: Path) -> None:
    """A dead process is waited for once; from then on a process that is alone does not wait."""
    lease = timedelta(milliseconds=600)
    with shop(tmp_path / "db", lease=lease) as guard:
        shopper = prepared(guard)
        with Child("on-demand", tmp_path / "db", lease=lease).ready() as killed:
            killed.signal(signal.SIGKILL)
        shopper.withdraw(Payment)
        shopper.grant(Payment)
        began = time.monotonic_ns()
        shopper.withdraw(Payment)
        assert time.monotonic_ns() - began < 300_000_000


@pytest.mark.clause("RIGHT-4")
def test_a_process_that_is_alone_waits_for_nobody(tmp_path: Path) -> None:
    """Without other followers a withdrawal is a local write, however long the lease."""
    lease = timedelta(seconds=30)
    for path in (tmp_path / "db", None):
        with shop(path, lease=lease) as guard:
            shopper = adult(guard, "shopper", Delivery, Payment)
            began = time.monotonic_ns()
            shopper.withdraw(Payment)
            shopper.withdraw(Payment)
            shopper.refuse(Payment)
            shopper.erase()
            assert time.monotonic_ns() - began < 2_000_000_000


@pytest.mark.clause("RIGHT-4")
def test_a_process_that_comes_or_goes_during_the_withdrawal(tmp_path: Path) -> None:
    """Who opens the store while a withdrawal waits never reveals after it returned."""
    lease = timedelta(milliseconds=400)
    with shop(tmp_path / "db", lease=lease) as guard, ExitStack() as stack:
        shopper = prepared(guard)
        stack.enter_context(Child("on-demand", tmp_path / "db", lease=lease).ready())  # lets the withdrawal wait
        returned: list[int] = []

        def withdraw() -> None:
            shopper.withdraw(Payment)
            returned.append(time.monotonic_ns())

        joining = [stack.enter_context(Child("follow", tmp_path / "db", "card", lease=lease)) for _ in range(2)]
        time.sleep(0.2)
        thread = threading.Thread(target=withdraw)
        thread.start()
        joining += [stack.enter_context(Child("follow", tmp_path / "db", "card", lease=lease)) for _ in range(2)]
        thread.join()
        (end,) = returned
        time.sleep(1)
        for follower in joining:
            assert follower.end() == 0
            assert all(int(line.split()[-1]) <= end for line in follower.said if line != "ready")


@pytest.mark.clause("RIGHT-4")
def test_one_that_is_struck_off_between_asking_and_answering(tmp_path: Path) -> None:
    """A follower that was given up while it was answering does not miss the next withdrawal.

    It has read one change and is about to say so; its lease ran out meanwhile, so it is struck off; somebody else
    withdraws, and waits for nobody. Then it answers.
    """
    lease = timedelta(milliseconds=500)
    with shop(tmp_path / "db", lease=lease) as slow, shop(tmp_path / "db", lease=lease) as other:
        first, second = adult(slow, "first", Payment), adult(slow, "second", Payment)
        card = second.collect(CARD, CARD_VALUE)
        time.sleep(0.5)
        card.reveal(Payment)  # under a lease that has seen everything so far
        answer = type(slow._core.store).follow
        asked, go_on = threading.Event(), threading.Event()

        def hesitate(store: Any, follower: bytes, seen: int) -> None:
            if threading.current_thread() is answering and not asked.is_set():
                asked.set()
                assert go_on.wait(10)
            answer(store, follower, seen)

        def use() -> None:
            with pytest.raises(ConsentWithdrawn):
                first.collect(CARD, CARD_VALUE)

        answering = threading.Thread(target=use)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(slow._core.store), "follow", hesitate)
            time.sleep(0.5)
            change = other.subject("first")._withdraw((), None, None, "")  # the wait for it is what follows, by hand
            answering.start()
            assert asked.wait(10)
            other._core.store.unfollow(slow._core.follower, below=change)
            other.subject("second").withdraw()
            go_on.set()
            answering.join()
            with pytest.raises(ConsentWithdrawn):
                card.reveal(Payment)


@pytest.mark.clause("RIGHT-4")
def test_a_follower_with_a_longer_lease_is_waited_for(tmp_path: Path) -> None:
    """How long to wait is the follower's lease, not the withdrawing process's own."""
    longer = timedelta(milliseconds=600)
    with shop(tmp_path / "db", lease=longer) as slow, shop(tmp_path / "db", lease=timedelta(milliseconds=20)) as quick:
        card = adult(slow, "shopper", Payment).collect(CARD, CARD_VALUE)
        card.reveal(Payment)
        quick.subject("shopper").withdraw()
        with pytest.raises(ConsentWithdrawn):
            card.reveal(Payment)


def test_one_change_is_read_once(tmp_path: Path) -> None:
    """Opening a store reads no subject that changed before, so that a large store opens as fast as a small one."""
    with shop(tmp_path / "db") as guard:
        for number in range(20):
            adult(guard, f"shopper-{number}", Delivery)
    with shop(tmp_path / "db") as guard:
        seen: list[int] = []
        feed = guard._core.store.feed
        with pytest.MonkeyPatch.context() as patch:

            def counted(_: object, after: int, follower: bytes) -> Feed:
                found = feed(after, follower)
                seen.append(len(found.subjects))
                return found

            patch.setattr(type(guard._core.store), "feed", counted)
            guard.subject("shopper-1")
        assert sum(seen) == 0


# ── From a coroutine ──────────────────────────────────────────────────────────────────────────────────────


async def longest_gap(work: Callable[[], Coroutine[object, object, object]]) -> float:
    """Give the longest time (seconds) in which a ticker on the loop did not run while `work` did."""
    longest, last, done = 0.0, time.monotonic(), False

    async def tick() -> None:
        nonlocal longest, last
        while not done:
            await asyncio.sleep(0.001)
            now = time.monotonic()
            longest, last = max(longest, now - last), now

    ticker = asyncio.ensure_future(tick())
    await asyncio.sleep(0.01)
    await work()
    done = True
    await ticker
    return longest


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize("what", ["withdraw", "erase"])
def test_the_loop_goes_on_during_a_withdrawal(what: str, tmp_path: Path) -> None:
    """While a coroutine waits for another process's lease, the others on its loop run."""
    lease = timedelta(milliseconds=1000)
    with shop(tmp_path / "db", lease=lease) as guard:
        shopper = prepared(guard)
        with Child("on-demand", tmp_path / "db", lease=lease).ready() as idle:
            idle.ask()

            async def work() -> None:
                await (shopper.awithdraw(Payment) if what == "withdraw" else shopper.aerase())

            began = time.monotonic()
            gap = asyncio.run(longest_gap(work))
            assert time.monotonic() - began > 0.5  # so it did wait
            assert gap < 0.4
            assert idle.ask() == ("ConsentWithdrawn" if what == "withdraw" else "SubjectErased")


# ── A store that does not answer ──────────────────────────────────────────────────────────────────────────


def eventually(use: Callable[[], object], seconds: float = 5) -> object:
    """Give what `use` returns as soon as it raises nothing."""
    end = time.monotonic() + seconds
    while True:
        try:
            return use()
        except StoreUnavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


@pytest.mark.clause("RIGHT-4")
def test_leases_lapse_when_the_store_does_not_answer(tmp_path: Path) -> None:
    """For no longer than a lease does a process rely on a store that it cannot reach; afterwards it goes on."""
    with shop(tmp_path / "db", lease=LEASE) as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        name, card = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(CARD, CARD_VALUE)
        assert name.reveal(Payment) == NAME_VALUE

        def away(*_: object) -> Feed:
            raise StoreUnavailable(store="db", problem="it is away")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(guard._core.store), "feed", away)
            time.sleep(LEASE.total_seconds() * 1.1)
            for value in (name, card, combine("{}{}".format, name, card)):
                with pytest.raises(StoreUnavailable):
                    value.reveal(Payment)
            with pytest.raises(StoreUnavailable):
                shopper.collect(CARD, CARD_VALUE)
            with pytest.raises(StoreUnavailable):
                card.seal()
        assert card.reveal(Payment) == CARD_VALUE
        assert name.reveal(Payment) == NAME_VALUE


READERS_SHUT_OUT = """
import fcntl, os, struct, sys
handle = os.open(sys.argv[1] + "-shm", os.O_RDWR)
fcntl.lockf(handle, fcntl.LOCK_EX, 5, 123)  # the marks of readers in the index of the write-ahead log
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.clause("RIGHT-4")
def test_a_locked_database_refuses_uses_until_it_is_unlocked(tmp_path: Path) -> None:
    """When another program shuts SQLite's readers out, uses are refused and come back with the lock."""
    with shop(tmp_path / "db", lease=LEASE) as guard:
        card = adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE)
        with subprocess.Popen(
            [sys.executable, "-c", READERS_SHUT_OUT, str(tmp_path / "db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as locker:
            assert locker.stdout is not None
            assert locker.stdout.readline() == b"locked\n"
            time.sleep(LEASE.total_seconds())
            with pytest.raises(StoreUnavailable):
                card.reveal(Payment)
            locker.kill()
        assert eventually(lambda: card.reveal(Payment)) == CARD_VALUE


def test_a_database_that_was_removed_or_replaced_is_not_relied_upon(tmp_path: Path) -> None:
    """A process whose database file is gone, or is another one now, does not go on with the file that it had open."""
    place = tmp_path / "db"
    with shop(place, lease=LEASE) as guard:
        card = adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE)
        card.reveal(Payment)
        place.rename(tmp_path / "elsewhere")
        time.sleep(LEASE.total_seconds() * 1.1)
        with pytest.raises(StoreUnavailable):
            card.reveal(Payment)
        (tmp_path / "elsewhere").rename(place)
        assert eventually(lambda: card.reveal(Payment)) == CARD_VALUE
