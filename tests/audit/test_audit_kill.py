"""SIGKILL at random instants: every acknowledged record is found, exactly once."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from audit_child import FACT
from audit_stores import Crash, MemoryStore, SqliteStore, environment, numbers_in, subject_of

from obq_privacy.audit import Fact, Journal, adopt_orphans, flush, verify_chain
from obq_privacy.errors import AuditBroken

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def killed_child(directory: Path, database: Path, mode: str, seconds: float) -> int:
    """Start the child, kill it `seconds` after its first record, and return the last number it acknowledged."""
    command = [sys.executable, str(HERE / "audit_child.py"), str(directory), str(database), mode]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        said = os.read(pipe, 4)
        end = time.monotonic() + seconds
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        while (left := end - time.monotonic()) > 0:
            if poll.poll(left * 1000):
                said += os.read(pipe, 65536)
        child.send_signal(signal.SIGKILL)
        while part := os.read(pipe, 65536):
            said += part
    assert child.returncode == -signal.SIGKILL
    assert said
    return int.from_bytes(said[len(said) // 4 * 4 - 4 : len(said) // 4 * 4], "big")


@pytest.mark.clause("PROT-2")
@pytest.mark.parametrize("mode", ["append", "drain"])
def test_a_killed_process_loses_no_acknowledged_record(mode: str, kills: int, tmp_path: Path) -> None:
    """Whether it only appends or drains as well, what it acknowledged is in the chain once, and at most one more."""
    chance = random.Random(881)  # noqa: S311
    for round_ in range(kills):
        directory, database = tmp_path / f"{round_}.journal", tmp_path / f"{round_}.db"
        last = killed_child(directory, database, mode, chance.uniform(0, 0.05))
        with SqliteStore(database) as store:
            adopted = adopt_orphans(directory, store)
            numbers = numbers_in(store.segments())
            assert numbers in (list(range(1, last + 1)), list(range(1, last + 2)))
            assert adopted.left == ()
            assert verify_chain(store) == store.head()
            assert adopt_orphans(directory, store) == (0, ())
        assert list(directory.iterdir()) == []


def test_a_child_that_outlives_its_killed_parent_holds_nothing(tmp_path: Path) -> None:
    """A forked child lets go of the lock, so that the journal of its dead parent is adopted while it lives."""
    directory, database = tmp_path / "journal", tmp_path / "db"
    last = killed_child(directory, database, "fork", 0.2)
    with SqliteStore(database) as store:
        adopt_orphans(directory, store)
        assert last > 100
        assert numbers_in(store.segments()) in (list(range(1, last + 1)), list(range(1, last + 2)))


class Steps:
    """Raise at the n-th step, once."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash


@pytest.mark.clause("PROT-2")
def test_a_crash_at_every_step_of_draining_is_resolved(tmp_path: Path) -> None:
    """If the store fails at any step, before or after its commit, the next flush neither loses nor doubles."""
    for at in range(1, 30):
        with SqliteStore(tmp_path / f"{at}.db") as store:
            store.add_facts([FACT])
            journal = Journal.open(tmp_path / f"{at}.journal", slots=8)
            number = crashes = 0
            store.step = Steps(at)
            for _ in range(3):
                for _ in range(11):
                    number += 1
                    journal.append(subject_of(number), number, FACT.id)
                try:
                    flush(journal, store)
                except Crash:
                    crashes += 1
            assert crashes == (store.step.left <= 0)
            flush(journal, store)
            journal.close()
            assert numbers_in(store.segments()) == list(range(1, number + 1))
            assert verify_chain(store) == store.head()


def test_a_crash_at_every_step_of_adopting_is_resolved(tmp_path: Path) -> None:
    """If adopting fails at any step, the next one goes on where it stopped."""
    for at in range(1, 20):
        directory = tmp_path / f"{at}.journal"
        left_behind(directory, 1, 21)
        with SqliteStore(tmp_path / f"{at}.db") as store:
            store.add_facts([FACT])
            store.step = Steps(at)
            try:
                adopt_orphans(directory, store)
            except Crash:
                assert list(directory.iterdir()) != []
            adopt_orphans(directory, store)
            assert numbers_in(store.segments()) == list(range(1, 21))
            assert verify_chain(store) == store.head()
        assert list(directory.iterdir()) == []


def left_behind(directory: Path, first: int, end: int, fact: Fact = FACT) -> list[Path]:
    """Leave segments as a dead process does, and return their files."""
    before = set(directory.iterdir()) if directory.exists() else set[Path]()
    with closing(Journal.open(directory, slots=8)) as journal:
        for number in range(first, end):
            journal.append(subject_of(number), number, fact.id)
    return sorted(set(directory.iterdir()) - before)


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    """A store that knows the fact of these tests."""
    store = MemoryStore()
    store.add_facts([FACT])
    yield store
    assert verify_chain(store) == store.head()


def test_a_torn_slot_is_void(tmp_path: Path, store: MemoryStore) -> None:
    """A slot without its commit byte is no record, and those behind it are."""
    (path,) = left_behind(tmp_path / "journal", 1, 8)
    content = bytearray(path.read_bytes())
    content[64 + 3 * 32 + 31] = 0
    path.write_bytes(content)
    assert adopt_orphans(tmp_path / "journal", store) == (1, ())
    assert numbers_in(store.rows) == [1, 2, 3, 5, 6, 7]


def test_a_restored_backup_takes_what_it_lacks(tmp_path: Path, store: MemoryStore) -> None:
    """A store that has a part of a dead process's segment takes the rest, from where it stands."""
    (path,) = left_behind(tmp_path / "journal", 1, 8)
    content = path.read_bytes()
    path.write_bytes(content[: 64 + 3 * 32].ljust(len(content), b"\0"))
    copy = path.read_bytes()
    assert adopt_orphans(tmp_path / "journal", store) == (1, ())
    path.write_bytes(content)
    assert adopt_orphans(tmp_path / "journal", store) == (1, ())
    path.write_bytes(copy)
    assert adopt_orphans(tmp_path / "journal", store) == (1, ())
    assert numbers_in(store.rows) == [1, 2, 3, 4, 5, 6, 7]
    assert [row.first for row in store.rows] == [0, 3]


def test_unknown_facts_keep_a_segment_where_it_is(tmp_path: Path, store: MemoryStore) -> None:
    """A segment with a fact that the store lacks is left, with the later ones of its journal, until it has it."""
    other = Fact("use", "deny", items=("bank-card",))
    paths = left_behind(tmp_path / "journal", 1, 20, other)
    left_behind(tmp_path / "journal", 100, 110)
    adopted = adopt_orphans(tmp_path / "journal", store)
    assert adopted == (2, tuple(path.name for path in paths))
    assert numbers_in(store.rows) == list(range(100, 110))
    store.add_facts([other])
    assert adopt_orphans(tmp_path / "journal", store) == (3, ())
    assert numbers_in(store.rows) == [*range(100, 110), *range(1, 20)]


def test_a_flush_with_an_unknown_fact_raises_and_keeps(tmp_path: Path, store: MemoryStore) -> None:
    """A record whose fact is not stored stops the flush loudly, and drains once the fact is there."""
    other = Fact("use", "deny", items=("bank-card",))
    journal = Journal.open(tmp_path / "journal")
    journal.append(subject_of(1), 1, other.id)
    with pytest.raises(AuditBroken, match=f"fact {other.id.hex()} is unknown"):
        flush(journal, store)
    store.add_facts([other])
    assert flush(journal, store) == 1
    journal.close()
    assert numbers_in(store.rows) == [1]


@pytest.mark.parametrize("spoil", ["short", "long", "magic", "version", "name", "huge"])
def test_a_file_that_is_no_segment_is_left(spoil: str, tmp_path: Path, store: MemoryStore) -> None:
    """What cannot be read as a segment is named and stays; nothing of it gets into the chain."""
    (path,) = left_behind(tmp_path / "journal", 1, 8)
    content = path.read_bytes()
    match spoil:
        case "short":
            path.write_bytes(content[:40])
        case "long":
            path.write_bytes(content + b"x")
        case "magic":
            path.write_bytes(b"X" + content[1:])
        case "version":
            path.write_bytes(content[:8] + b"\2" + content[9:])
        case "huge":
            os.truncate(path, 64 + 32 * 2**20 + 1)
        case _:
            path = path.rename(path.with_name(path.name.replace("-0000", "-0001")))
    assert adopt_orphans(tmp_path / "journal", store) == (0, (path.name,))
    assert path.exists()
    assert store.rows == []


def test_leftovers_without_records_are_swept(tmp_path: Path, store: MemoryStore) -> None:
    """Files that hold no record are removed: half-made ones, and those that a power cut left full of zeros."""
    directory = tmp_path / "journal"
    directory.mkdir()
    (directory / f"{'ab' * 8}-0000.new").write_bytes(b"OBQ")
    (directory / f"{'cd' * 8}-0000.seg").write_bytes(bytes(1000))
    (directory / f"{'ef' * 8}-0000.seg").touch()
    (directory / "notes.txt").write_text("mine")
    (directory / "ab-0000.seg").touch()
    adopt_orphans(directory, store)
    assert sorted(path.name for path in directory.iterdir()) == ["ab-0000.seg", "notes.txt"]
    assert store.rows == []
    assert adopt_orphans(tmp_path / "nowhere", store) == (0, ())


def test_links_are_not_followed(tmp_path: Path, store: MemoryStore) -> None:
    """A symbolic link in the directory is neither read nor removed."""
    (tmp_path / "journal").mkdir()
    (path,) = left_behind(tmp_path / "elsewhere", 1, 8)
    link = tmp_path / "journal" / path.name
    link.symlink_to(path)
    assert adopt_orphans(tmp_path / "journal", store) == (0, (path.name,))
    assert (link.is_symlink(), path.exists(), store.rows) == (True, True, [])


def test_a_file_that_cannot_be_removed_is_named(
    tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If an adopted file cannot be removed it is named, and adopting it again adds nothing."""
    paths = left_behind(tmp_path / "journal", 1, 12)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert adopt_orphans(tmp_path / "journal", store) == (1, tuple(path.name for path in paths))
    assert adopt_orphans(tmp_path / "journal", store) == (2, ())
    assert numbers_in(store.rows) == list(range(1, 12))


def test_two_processes_adopt_in_turn(tmp_path: Path) -> None:
    """Several processes that open the store at once adopt every record exactly once and in order."""
    directory, database = tmp_path / "journal", tmp_path / "db"
    with SqliteStore(database) as store:
        store.add_facts([FACT])
    for start in range(0, 2000, 200):
        left_behind(directory, start + 1, start + 201)
    program = (
        "import sys; from pathlib import Path; from audit_stores import SqliteStore;"
        "from obq_privacy.audit import adopt_orphans;"
        "adopt_orphans(Path(sys.argv[1]), SqliteStore(Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(directory), str(database)]
    for child in [subprocess.Popen(command, env=environment()) for _ in range(4)]:
        assert child.wait() == 0
    with SqliteStore(database) as store:
        adopt_orphans(directory, store)
        assert sorted(numbers_in(store.segments())) == list(range(1, 2001))
        assert verify_chain(store) == store.head()
    assert list(directory.iterdir()) == []
