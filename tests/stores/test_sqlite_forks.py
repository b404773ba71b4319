"""Forks: a child must neither use, nor close, nor be misled by what SQLite had open in its parent."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from obq_privacy.errors import StoreError
from obq_privacy.stores import SQLiteStore

from .makers import connection_of, enroll, event_of, give, row_of, who
from .processes import child, script, wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.consent import ConsentEvent


def profile_of(store: SQLiteStore) -> bytes | None:
    """Return the profile of the first person."""
    row = store.subject(who(1))
    assert row is not None
    return row.profile


def test_a_child_has_a_connection_of_its_own(path: Path) -> None:
    """It sees and writes the same store, and its closing does not disturb the parent; at any depth."""
    with closing(SQLiteStore(path)) as store:
        enroll(store, 1)

        def inner() -> None:
            assert profile_of(store) == b"by the child"
            store.put_profile(who(1), b"by the child of the child")

        def outer() -> None:
            assert store.subject(who(1)) == row_of(1)
            store.put_profile(who(1), b"by the child")
            wait(child(inner))
            store.close()

        wait(child(outer))
        assert profile_of(store) == b"by the child of the child"
        assert store.put_profile(who(1), b"by the parent") == 4


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs a list of locks")
def test_a_child_holds_locks_of_its_own(path: Path) -> None:
    """Without them, the last of the other processes to close would remove the log under its feet."""
    with closing(SQLiteStore(path)) as store:
        enroll(store, 1)

        def locked() -> bool:
            store.subject(who(1))
            lines = Path("/proc/locks").read_text().splitlines()
            mine = [line.split()[5].split(":")[2] for line in lines if line.split()[4] == str(os.getpid())]
            return str(path.stat().st_ino) in mine

        def work() -> None:
            assert locked()

        assert locked()
        wait(child(work))
        assert locked()


ORDINARY = """
import os, sys
from obq_privacy.stores import SQLiteStore
from stores.makers import *

store = SQLiteStore(sys.argv[1])
enroll(store, 1)
pid = os.fork()
if not pid:
    if sys.argv[2] == "use":
        store.put_profile(who(1), b"by the child")
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
store.put_profile(who(1), b"by the parent")
other = SQLiteStore(sys.argv[1])
print(other.subject(who(1)).profile.decode(), other.feed(0, b"").head)
other.close()
store.close()
"""


@pytest.mark.parametrize(("what", "head"), [("use", 3), ("leave", 2)])
def test_a_child_may_end_in_the_ordinary_way(path: Path, what: str, head: int) -> None:
    """Its end closes nothing of the parent's, whether or not it has used the store."""
    assert script(ORDINARY, path, what) == f"by the parent {head}\n"


def test_forking_beside_busy_threads_leaves_a_usable_child(path: Path) -> None:
    """No lock that a thread of the parent held at that moment stays locked in the child."""
    with closing(SQLiteStore(path)) as store:
        enroll(store, *range(4))
        stop = threading.Event()

        def busy(n: int) -> None:
            while not stop.is_set():
                store.put_profile(who(n), b"x" * 3000)
                store.events(who(n))

        threads = [threading.Thread(target=busy, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()

        def work() -> None:
            signal.alarm(30)
            assert store.put_profile(who(3), b"by a child")
            with closing(SQLiteStore(path)) as another:
                assert another.subject(who(3)) == store.subject(who(3))

        try:
            wait(*[child(work) for _ in range(12)])
        finally:
            stop.set()
            for thread in threads:
                thread.join()


TRANSACTION = """
import os, sys
from obq_privacy.errors import StoreError
from obq_privacy.stores import SQLiteStore
from stores.makers import *

store = SQLiteStore(sys.argv[1])
enroll(store, 1)
pids = []

def make(events):
    pids.append(os.fork())
    return event_of(1, "by the parent" if pids[0] else "by the child")

def refused(act):
    try:
        act()
    except StoreError as error:
        return "forked" in error.problem
    return False

if refused(lambda: store.append(who(1), make)):
    os.symlink(sys.argv[1], sys.argv[1] + ".link")
    acts = [
        lambda: store.subject(who(1)),
        lambda: store.append(who(1), give(event_of(1, "later"))),
        lambda: SQLiteStore(sys.argv[1]),
        lambda: SQLiteStore(sys.argv[1] + ".link"),
    ]
    SQLiteStore(sys.argv[1] + ".other").close()
    sys.exit(pids != [0] or not all(map(refused, acts)))
assert os.waitpid(pids[0], 0)[1] == 0
print([event.key for event in store.events(who(1))])
store.close()
"""


def test_a_child_that_is_forked_in_a_transaction_has_no_part_in_it(path: Path) -> None:
    """It cannot use that file any more, only others; what the parent appends is appended once."""
    assert script(TRANSACTION, path) == "['by the parent']\n"


def test_a_fork_does_not_wait_for_ever(path: Path) -> None:
    """A thread that does not come to an end delays a fork by about the time to wait for others; the child is told."""
    with closing(SQLiteStore(path, busy_seconds=0.1)) as store:
        enroll(store, 1)
        begun, end = threading.Event(), threading.Event()

        def make(_: Sequence[ConsentEvent]) -> ConsentEvent:
            begun.set()
            end.wait(30)
            return event_of(1)

        def work() -> None:
            with pytest.raises(StoreError, match="forked"):
                store.subject(who(1))

        thread = threading.Thread(target=store.append, args=(who(1), make))
        thread.start()
        begun.wait()
        began = time.monotonic()
        pid = child(work)
        took = time.monotonic() - began
        end.set()
        thread.join()
        wait(pid)
        assert took < 5
        assert list(store.events(who(1))) == [event_of(1)]
        assert store.append(who(1), give(event_of(1, "next")))[0] == event_of(1, "next")
        assert connection_of(store).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
