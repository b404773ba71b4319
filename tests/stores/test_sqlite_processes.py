"""Several processes on one SQLite store: writers, forks, and kills at any instant."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING

import pytest

from obq_privacy.audit import verify_chain
from obq_privacy.consent import EventKind
from obq_privacy.errors import KeyErased
from obq_privacy.stores import CaseRow, SQLiteStore

from .makers import FACT, NOW, batch_of, connection_of, enroll, event_of, field_of, give, key_of, row_of, turn, who
from .processes import child, wait

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from obq_privacy.stores import CaseEntry


def changes(store: SQLiteStore) -> list[int]:
    """Return the numbers of all changes."""
    return [seq for (seq,) in connection_of(store).execute("SELECT seq FROM feed ORDER BY seq")]


def whole(store: SQLiteStore) -> bool:
    """Tell whether nothing in a file contradicts anything else."""
    connection = connection_of(store)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    used = "SELECT wrapped FROM keys UNION ALL SELECT profile FROM subjects UNION ALL SELECT token FROM vault"
    cells = sorted(n for (n,) in connection.execute(used) if n is not None)
    assert cells == [n for (n,) in connection.execute("SELECT n FROM sealed WHERE used = 1 ORDER BY n")]
    assert connection.execute("SELECT n FROM sealed WHERE used = 0 AND data <> zeroblob(size)").fetchall() == []
    assert changes(store) == list(range(1, len(changes(store)) + 1))
    newest = "SELECT name, max(seq), count(*) FROM case_entries GROUP BY name ORDER BY name"
    assert [(name, seq, seq) for name, seq in connection.execute("SELECT name, seq FROM cases ORDER BY name")] == (
        connection.execute(newest).fetchall()
    )
    assert verify_chain(store) == store.head()
    return True


# ── Writers ───────────────────────────────────────────────────────────────────────────────────────────────


def test_identical_grants_of_several_processes_make_one_event(path: Path) -> None:
    """Whichever process comes first, the others are told its event, and the changes have no gap."""
    with closing(SQLiteStore(path)) as store:
        enroll(store, 1)

        def work(n: int) -> None:
            kind = (EventKind.GRANT, EventKind.RENEW)[n % 2]
            for k in range(25):
                event, _ = store.append(who(1), give(event_of(1, str(k), kind)))
                assert event in store.events(who(1))

        wait(*[child(lambda n=n: work(n)) for n in range(4)])  # type: ignore[misc]
        assert [event.key for event in store.events(who(1))] == [str(k) for k in range(25)]
        assert changes(store) == list(range(1, 27))


def test_several_processes_lose_nothing(path: Path) -> None:
    """What processes write at once is all there, and each sees its own writes at once."""
    with closing(SQLiteStore(path)) as store:
        store.init_kek(1)
        store.add_facts([FACT])

        def work(n: int) -> None:
            enroll(store, n)
            for k in range(12):
                store.append(who(n), give(event_of(n, str(k))))
                store.keep(f"{n}-{k}", [field_of(n), field_of(n, "more", 5000)], NOW)
                store.append_segments([batch_of([n], journal=n, first=k)])
                assert len(store.events(who(n))) == k + 1

        wait(*[child(lambda n=n: work(n)) for n in range(4)])  # type: ignore[misc]
        assert len(changes(store)) == 4 * 13
        assert [len(store.records(who(n))) for n in range(4)] == [12] * 4
        assert store.head().seq == 48
        assert whole(store)


def test_of_processes_that_enter_the_same_step_one_does(path: Path) -> None:
    """Each step of a case is entered once, by whichever process came first, and the case has no gap."""
    with closing(SQLiteStore(path)) as store:

        def work(n: int) -> None:
            def make(k: int, there: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
                return (f"{k} by {n}", True, None) if len(there) == k else None

            for k in range(25):
                store.enter("case", "request", "", partial(make, k), NOW)
                assert len(store.entries("case")) > k

        wait(*[child(lambda n=n: work(n)) for n in range(4)])  # type: ignore[misc]
        assert [(entry.seq, entry.text.split()[0]) for entry in store.entries("case")] == [
            (k + 1, str(k)) for k in range(25)
        ]
        assert whole(store)


def test_opening_and_closing_beside_writers_does_no_harm(path: Path) -> None:
    """The last one to close removes the log, the next one makes it anew, and nobody is disturbed."""

    def work(n: int) -> None:
        for k in range(25):
            with closing(SQLiteStore(path)) as store:
                if not k:
                    enroll(store, n)
                store.put_profile(who(n), b"new")

    wait(*[child(lambda n=n: work(n)) for n in range(4)])  # type: ignore[misc]
    with closing(SQLiteStore(path)) as store:
        assert len(changes(store)) == 4 * 26
        assert whole(store)


@pytest.mark.clause("DEF-4")
def test_of_erasing_and_keeping_in_several_processes_nothing_stays(path: Path) -> None:
    """Once a process has erased a subject, no other one can keep anything about it."""
    with closing(SQLiteStore(path)) as store:
        enroll(store, 1)

        def keep(n: int) -> None:
            with suppress(KeyErased):
                for k in range(10_000):
                    store.keep(f"{n}-{k}", [field_of(1)], NOW)

        keepers = [child(lambda n=n: keep(n)) for n in range(2)]  # type: ignore[misc]
        while not store.records(who(1)):
            time.sleep(0.001)
        _, fields = store.finish_erasure(who(1), NOW)
        wait(*keepers)
        assert fields > 0
        assert list(store.records(who(1))) == []
        assert whole(store)


# ── Kills ─────────────────────────────────────────────────────────────────────────────────────────────────


def do_everything(store: SQLiteStore, round_: int, told: int) -> None:
    """Write whatever can be written, and acknowledge each thing by a line once it is done."""
    for n in range(1000 * round_, 1000 * round_ + 1000):
        lines = [f"subject {n}"]
        enroll(store, n)
        store.append(who(n), give(event_of(n, "a")))
        lines.append(f"event {n}")
        store.keep(f"order-{n}", [field_of(n, size=3000), field_of(n, "b")], NOW)
        lines.append(f"record {n}")
        store.append_segments([batch_of([n], journal=round_, first=n % 1000)])
        lines.append(f"segment {n}")
        os.write(told, "".join(f"{line}\n" for line in lines).encode())
        store.enter(f"case-{n}", "request", who(n), turn("a"), NOW)
        os.write(told, f"case {n}\n".encode())
        if n % 3 == 0:
            store.begin_erasure(who(n), NOW)
            os.write(told, f"ordered {n}\n".encode())
            store.finish_erasure(who(n), NOW)
            os.write(told, f"erased {n}\n".encode())
        if n % 5 == 0:
            version = 2 + n
            store.rewrap([key_of(n, kek=version)])
            store.put_policy(str(n), "text", NOW)
            os.write(told, f"policy {n}\n".encode())


@pytest.mark.clause("DEF-4")
def test_a_kill_at_any_instant_loses_nothing_that_was_acknowledged(path: Path, kills: int) -> None:
    """What a killed process had been told is done is there, what it had erased is in no file, and all of it fits."""
    chance = random.Random(881)  # noqa: S311
    done: set[str] = set()
    with closing(SQLiteStore(path)) as store:
        store.init_kek(1)
        store.add_facts([FACT])
    for round_ in range(kills):
        heard, told = os.pipe()

        def work(round_: int = round_, told: int = told) -> None:
            do_everything(SQLiteStore(path), round_, told)

        pid = child(work)
        os.close(told)
        time.sleep(chance.uniform(0.005, 0.12))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with os.fdopen(heard) as lines:
            done.update(line.rstrip("\n") for line in lines if line.endswith("\n"))
        if round_ % 5 == 4 or round_ == kills - 1:
            check(path, done)
    assert len(done) > kills


def check(path: Path, done: set[str]) -> None:
    """Compare a file with what was acknowledged."""
    with closing(SQLiteStore(path)) as store:
        assert whole(store)
        raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
        chained = {(row.journal, row.first) for row in store.segments()}
        policies = store.policies()
        for what, n in ((line.split()[0], int(line.split()[1])) for line in done):
            row = store.subject(who(n))
            assert row is not None
            erasing = row.erasing is not None
            if what == "event":
                assert list(store.events(who(n))) == [event_of(n, "a")]
            elif what == "record":
                assert erasing or len(store.load(f"order-{n}")) == 2
            elif what == "segment":
                assert ((n // 1000).to_bytes(8, "big"), n % 1000) in chained
            elif what == "case":
                assert [entry.text for entry in store.entries(f"case-{n}")] == ["a"]
                assert store.case(f"case-{n}") == CaseRow(f"case-{n}", "request", who(n), open=True, due=None, seq=1)
            elif what == "policy":
                assert policies[str(n)] == "text"
            elif what == "ordered":
                assert erasing
            elif what == "erased":
                assert row.erased == NOW
                assert list(store.load(f"order-{n}")) == []
                assert (key_of(n).wrapped or b"?") not in raw
                assert (row_of(n).profile or b"?") not in raw
                assert field_of(n, "b").token not in raw
