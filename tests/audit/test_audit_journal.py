"""The journal: appended means kept, through roll-over, threads, forks, full disks and clocks that jump."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, cast

import pytest
from audit_stores import MemoryStore, environment, numbers_in, subject_of

from obq_privacy.audit import Batch, Fact, Journal, adopt_orphans, flush, verify_chain
from obq_privacy.audit import _journal as journal_module
from obq_privacy.errors import JournalUnavailable

if TYPE_CHECKING:
    from pathlib import Path

FACT = Fact("use", "permit", items=("bank-card",), purpose="payment")


@pytest.fixture
def store() -> MemoryStore:
    """A store that knows the fact of these tests."""
    store = MemoryStore()
    store.add_facts([FACT])
    return store


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory for a journal, not made yet."""
    return tmp_path / "test.db.journal"


def test_records_come_out_as_they_went_in(directory: Path, store: MemoryStore) -> None:
    """Records of several segments arrive in order, and the drained files are removed."""
    journal = Journal.open(directory, slots=16)
    for number in range(1, 101):
        journal.append(subject_of(number), number, FACT.id)
    assert journal.pending == 100
    assert len(list(directory.iterdir())) == 7
    assert flush(journal, store) == 100
    assert (journal.pending, flush(journal, store)) == (0, 0)
    assert numbers_in(store.rows) == list(range(1, 101))
    assert len(list(directory.iterdir())) == 1
    journal.close()
    assert list(directory.iterdir()) == []


def test_a_journal_in_memory_leaves_nothing_behind(store: MemoryStore) -> None:
    """Without a directory the slots stand in anonymous memory and drain alike."""
    journal = Journal.open(None, slots=4)
    for number in range(1, 10):
        journal.append(subject_of(number), number, FACT.id)
    journal.seal()
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == list(range(1, 10))
    assert "memory" in str(JournalUnavailable(place="memory", problem=""))


def test_files_are_private(directory: Path) -> None:
    """The directory has mode 0700 and the files 0600, whatever the umask allows."""
    old = os.umask(0)
    try:
        journal = Journal.open(directory)
        journal.append(subject_of(1), 1, FACT.id)
    finally:
        os.umask(old)
    (path,) = directory.iterdir()
    assert directory.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_blocks * 512 >= 8192 * 32
    journal.close()


@pytest.mark.parametrize(
    ("subject", "at", "fact"),
    [
        (b"short", 0, FACT.id),
        (bytes(17), 0, FACT.id),
        (bytes(16), -1, FACT.id),
        (bytes(16), 2**64, FACT.id),
        (bytes(16), 0, b""),
    ],
)
def test_the_first_record_is_checked(directory: Path, subject: bytes, at: int, fact: bytes) -> None:
    """A record of the wrong shape raises and takes no slot."""
    journal = Journal.open(directory)
    with pytest.raises(ValueError, match="16 bytes"):
        journal.append(subject, at, fact)
    assert journal.pending == 0
    journal.close()


def test_a_bad_record_takes_no_slot(directory: Path, store: MemoryStore) -> None:
    """What cannot be packed raises before a slot is reserved, so no hole stops the draining."""
    journal = Journal.open(directory)
    journal.append(subject_of(1), 1, FACT.id)
    with pytest.raises(Exception, match="bytes"):
        journal.append(cast("bytes", "subject"), 2, FACT.id)
    journal.append(subject_of(2), 3, FACT.id)
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == [1, 2]


def test_slots_must_be_some(directory: Path) -> None:
    """A segment has at least one slot and at most what an adopting process reads."""
    for slots in (0, 2**20 + 1):
        with pytest.raises(ValueError, match="slots"):
            Journal.open(directory, slots=slots)
    assert Journal.open(directory, slots=1).pending == 0


@pytest.mark.parametrize("anonymous", [True, False])
def test_threads_lose_and_double_nothing(anonymous: bool, directory: Path, store: MemoryStore) -> None:
    """Threads append while segments roll over and two more drain: every record arrives exactly once."""
    journal = Journal.open(None if anonymous else directory, slots=128)
    each, writers = 4000, 4
    over = threading.Event()
    failures: list[BaseException] = []

    def write(base: int) -> None:
        stale = journal.append  # the way into a segment that soon is full
        try:
            for number in range(base + 1, base + each + 1):
                (stale if number % 3 else journal.append)(subject_of(number), number, FACT.id)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    def drain() -> None:
        try:
            while not over.is_set():
                flush(journal, store)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=write, args=(each * n,)) for n in range(writers)]
        drains = [threading.Thread(target=drain) for _ in range(2)]
        for thread in (*threads, *drains):
            thread.start()
        for thread in threads:
            thread.join()
        over.set()
        for thread in drains:
            thread.join()
    finally:
        sys.setswitchinterval(old)
    flush(journal, store)
    journal.close()
    assert failures == []
    assert sorted(numbers_in(store.rows)) == list(range(1, each * writers + 1))
    assert verify_chain(store) == store.head()


def test_closing_races_with_appending(directory: Path, store: MemoryStore) -> None:
    """A record that is acknowledged while another thread closes the journal is kept; after that, none is taken."""
    for round_ in range(30):
        journal = Journal.open(directory, slots=32)
        acknowledged: list[int] = []

        def write(journal: Journal = journal, acknowledged: list[int] = acknowledged, base: int = round_) -> None:
            with contextlib.suppress(JournalUnavailable):
                for number in range(1, 10**6):
                    journal.append(subject_of(base << 32 | number), number, FACT.id)
                    acknowledged.append(base << 32 | number)

        thread = threading.Thread(target=write)
        thread.start()
        while not acknowledged:
            time.sleep(0)
        flush(journal, store)
        journal.close()
        thread.join()
        adopt_orphans(directory, store)
        seen = numbers_in(store.rows)
        assert [number for number in seen if number >> 32 == round_] == acknowledged
    assert list(directory.iterdir()) == []


def test_an_interrupt_anywhere_blocks_nothing(directory: Path, store: MemoryStore) -> None:
    """KeyboardInterrupt at random instants of appending and draining neither loses a record nor stops the journal."""
    child = os.fork()
    if child == 0:  # interrupts may leak descriptors
        code = 1
        try:
            interrupt(directory, store)
            code = 0
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def interrupt(directory: Path, store: MemoryStore) -> None:
    """Interrupt appending and draining 300 times, then see what is there."""
    journal = Journal.open(directory, slots=8)
    numbers, acknowledged, interrupts = itertools.count(1), list[int](), 0

    def work() -> None:
        for _ in range(1000):  # not forever: an interrupt in a callback of somebody else is swallowed
            number = next(numbers)
            journal.append(subject_of(number), number, FACT.id)
            acknowledged.append(number)
            if number % 5 == 0:
                store.append_segments(batches := journal.take())
                journal.done(batches)
        signal.setitimer(signal.ITIMER_REAL, 0)
        time.sleep(1e-4)  # one that is on its way arrives here

    signal.signal(signal.SIGALRM, signal.default_int_handler)
    for round_ in range(300):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0002 + round_ % 97 * 1e-5)
            work()
        except KeyboardInterrupt:
            interrupts += 1
    thread = threading.Thread(target=work, daemon=True)  # it waits forever if a lock stayed taken
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    flush(journal, store)
    journal.close()
    gc.collect()  # a segment whose making was interrupted lives until its mapping is collected
    adopt_orphans(directory, store)
    seen = numbers_in(store.rows)
    assert interrupts > 100
    assert len(seen) == len(set(seen))
    assert len(set(acknowledged) - set(seen)) == 0
    assert list(directory.iterdir()) == []
    assert verify_chain(store) == store.head()


def test_a_signal_handler_may_append(directory: Path, store: MemoryStore) -> None:
    """A handler that appends while its own thread rolls over does not wait for itself."""
    journal = Journal.open(directory, slots=2)
    numbers = iter(range(1, 10**9))

    def handle(*_: object) -> None:
        journal.append(subject_of(next(numbers)), 0, FACT.id)

    old = signal.signal(signal.SIGALRM, handle)
    try:
        for number in range(1000):
            if number % 10 == 0:
                signal.setitimer(signal.ITIMER_REAL, 1e-5 + number % 97 * 1e-5)
            journal.append(subject_of(next(numbers)), 0, FACT.id)
            if number % 50 == 0:
                flush(journal, store)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    flush(journal, store)
    journal.close()
    assert sorted(numbers_in(store.rows)) == list(range(1, next(numbers)))
    assert list(directory.iterdir()) == []
    assert verify_chain(store) == store.head()


# ── No room ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-2")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_full_disk_refuses_and_recovers(
    code: int, directory: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When no segment can be made every append raises, and as soon as one can, appends work again."""
    journal = Journal.open(directory, slots=4)
    for number in range(1, 5):
        journal.append(subject_of(number), number, FACT.id)

    def full(*_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        for _ in range(3):
            with pytest.raises(JournalUnavailable) as caught:
                journal.append(subject_of(99), 99, FACT.id)
            assert caught.value.place == str(directory)
            assert caught.value.problem == os.strerror(code).lower()
            assert caught.value.__cause__ is None
            assert caught.value.__suppress_context__
        assert flush(journal, store) == 4
    journal.append(subject_of(5), 5, FACT.id)
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == [1, 2, 3, 4, 5]
    assert verify_chain(store) == store.head()
    assert list(directory.iterdir()) == []


LIMITED = """
import resource, sys
from pathlib import Path
from audit_stores import MemoryStore, numbers_in, subject_of
from obq_privacy.audit import Fact, Journal, flush
from obq_privacy.errors import JournalUnavailable
fact, store = Fact("use", "permit", items=("bank-card",)), MemoryStore()
store.add_facts([fact])
journal = Journal.open(Path(sys.argv[1]), slots=64)
for number in range(1, 65):
    journal.append(subject_of(number), number, fact.id)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
for _ in range(2):
    try:
        journal.append(subject_of(65), 65, fact.id)
    except JournalUnavailable as error:
        print(error.problem)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
journal.append(subject_of(66), 66, fact.id)
flush(journal, store)
journal.close()
print(numbers_in(store.rows) == [*range(1, 65), 66])
"""


@pytest.mark.clause("PROT-2")
def test_a_limit_on_file_sizes_refuses_and_recovers(directory: Path) -> None:
    """A real RLIMIT_FSIZE makes appends raise instead of killing the process, and lifting it mends them."""
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(directory)], env=environment(), capture_output=True, text=True, check=False
    )
    assert (ran.stdout.splitlines(), ran.stderr) == (["file too large", "file too large", "True"], "")


@pytest.mark.clause("PROT-2")
def test_a_removed_directory_refuses_and_recovers(directory: Path, store: MemoryStore) -> None:
    """Records that stood in removed files still drain; new ones wait until the directory is there again."""
    journal = Journal.open(directory, slots=64)
    for number in range(1, 9):
        journal.append(subject_of(number), number, FACT.id)
    shutil.rmtree(directory)
    flush(journal, store)  # notices: what would be appended now could not survive a kill
    with pytest.raises(JournalUnavailable, match="no such file"):
        journal.append(subject_of(9), 9, FACT.id)
    directory.mkdir()
    journal.append(subject_of(10), 10, FACT.id)
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == [*range(1, 9), 10]
    assert verify_chain(store) == store.head()


def test_an_empty_segment_that_vanished_leaves_no_gap(directory: Path, store: MemoryStore) -> None:
    """A segment that was removed before its first record is not missed in the chain."""
    journal = Journal.open(directory, slots=64)
    journal.append(subject_of(1), 1, FACT.id)
    flush(journal, store)
    for _ in range(2):
        for path in directory.iterdir():
            path.unlink()
        flush(journal, store)
        journal.append(subject_of(2), 2, FACT.id)
        flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == [1, 2, 2]
    assert verify_chain(store) == store.head()


def test_a_place_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    """Opening where no directory can be made raises the typed error."""
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "missing" / "journal"):
        with pytest.raises(JournalUnavailable) as caught:
            Journal.open(place)
        assert caught.value.place == str(place)


def test_without_fallocate_zeros_are_written(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system cannot reserve blocks, writing zeros does."""

    def unsupported(*_: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    journal = Journal.open(directory, slots=1000)
    journal.append(subject_of(1), 1, FACT.id)
    (path,) = directory.iterdir()
    assert path.stat().st_size == 64 + 32_000
    assert path.stat().st_blocks * 512 >= 32_000
    journal.close()


def test_a_taken_name_is_not_used_twice(directory: Path, store: MemoryStore) -> None:
    """If the next file name is taken, the journal goes on under another id."""
    journal = Journal.open(directory, slots=2)
    for number in (1, 2):
        journal.append(subject_of(number), number, FACT.id)
    (path,) = directory.iterdir()
    taken = path.with_name(path.name.replace("-0000", "-0001"))
    taken.touch()
    journal.append(subject_of(3), 3, FACT.id)
    assert taken.stat().st_size == 0
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == [1, 2, 3]
    assert len({row.journal for row in store.rows}) == 2
    assert verify_chain(store) == store.head()


def test_no_free_name_is_an_error(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If every name is taken, the journal says so instead of trying forever."""
    journal = Journal.open(directory)

    def taken(*_: object) -> None:
        raise FileExistsError(errno.EEXIST, "exists")

    monkeypatch.setattr(journal_module, "create", taken)
    with pytest.raises(JournalUnavailable, match="no name is free"):
        journal.append(subject_of(1), 1, FACT.id)


# ── Processes ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_forked_child_refuses_and_the_parent_goes_on(directory: Path, store: MemoryStore) -> None:
    """A child cannot write, drain or remove what is its parent's, also through a function it kept; its own works."""
    journal = Journal.open(directory, slots=64)
    journal.append(subject_of(1), 1, FACT.id)
    kept = journal.append
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for append in (kept, journal.append):
                with pytest.raises(JournalUnavailable, match="parent process"):
                    append(subject_of(666), 666, FACT.id)
            assert (journal.take(), journal.pending) == ([], 0)
            journal.close()
            own = Journal.open(directory, slots=64)
            own.append(subject_of(100), 100, FACT.id)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    journal.append(subject_of(2), 2, FACT.id)
    assert adopt_orphans(directory, store).segments == 1  # the child's own; the parent's is alive
    assert numbers_in(store.rows) == [100]
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == [100, 1, 2]
    assert list(directory.iterdir()) == []


def test_a_child_in_memory_does_not_write_the_shared_map(store: MemoryStore) -> None:
    """Anonymous memory is shared with a child, too, so the child lets go of it as well."""
    journal = Journal.open(None, slots=64)
    journal.append(subject_of(1), 1, FACT.id)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with pytest.raises(JournalUnavailable):
                journal.append(subject_of(666), 666, FACT.id)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    journal.append(subject_of(2), 2, FACT.id)
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == [1, 2]


def test_a_living_journal_is_not_adopted(directory: Path, store: MemoryStore) -> None:
    """What a living process holds is left alone, also by another reader in the same process."""
    journal = Journal.open(directory, slots=4)
    for number in range(1, 7):
        journal.append(subject_of(number), number, FACT.id)
    assert adopt_orphans(directory, store) == (0, ())
    assert len(list(directory.iterdir())) == 2
    journal.close()
    assert adopt_orphans(directory, store) == (2, ())
    assert numbers_in(store.rows) == [1, 2, 3, 4, 5, 6]


def test_a_closed_journal_refuses(directory: Path) -> None:
    """After closing, once or twice, appends raise and nothing is pending."""
    journal = Journal.open(directory)
    journal.append(subject_of(1), 1, FACT.id)
    journal.close()
    journal.close()
    with pytest.raises(JournalUnavailable, match="closed"):
        journal.append(subject_of(2), 2, FACT.id)
    assert (journal.pending, journal.take()) == (0, [])
    assert "Journal(" in repr(journal)


def test_a_journal_that_is_dropped_can_be_adopted(directory: Path, store: MemoryStore) -> None:
    """Forgetting to close leaks no lock: the segment is adopted once the object is gone."""
    journal = Journal.open(directory)
    journal.append(subject_of(1), 1, FACT.id)
    del journal
    gc.collect()
    assert adopt_orphans(directory, store) == (1, ())
    assert numbers_in(store.rows) == [1]


def test_another_owner_of_the_lock_is_waited_for(directory: Path) -> None:
    """A new file that an adopting process swept before it was locked is noticed, and another one is made."""
    journal = Journal.open(directory, slots=4)
    swept: list[Path] = []
    real = fcntl.flock

    def sweep_first(fd: int, operation: int) -> None:
        if not swept:
            swept.extend(directory.glob("*.new"))
            swept[0].unlink()
        real(fd, operation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcntl, "flock", sweep_first)
        journal.append(subject_of(1), 1, FACT.id)
    (path,) = directory.iterdir()
    assert len(swept) == 1
    assert path.suffix == ".seg"
    assert path.stem[:16] != swept[0].stem[:16]
    journal.close()


# ── Clocks ────────────────────────────────────────────────────────────────────────────────────────────────


class Clocks:
    """A monotonic and a wall clock that a test moves."""

    def __init__(self) -> None:
        self.monotonic = 5_000_000_000
        self.wall = 1_700_000_000_000_000_000

    def tick(self, ns: int, *, jump: int = 0) -> int:
        self.monotonic += ns
        self.wall += ns + jump
        return self.monotonic


@pytest.mark.parametrize("jump", [-3_600_000_000_000, -1_000_001, 1_000_001, 86_400_000_000_000])
def test_records_follow_a_clock_that_jumps(jump: int, store: MemoryStore) -> None:
    """After the wall clock was set, later records have the new time and earlier ones keep the old."""
    clocks = Clocks()
    journal = Journal.open(None, monotonic_ns=lambda: clocks.monotonic, wall_ns=lambda: clocks.wall, slots=8)
    journal.sync_clock()
    walls: list[int] = []
    for number in range(1, 31):
        at = clocks.tick(1_000_000_000, jump=jump if number % 7 == 0 else 0)
        if number % 7 == 0:
            journal.sync_clock()
        journal.append(subject_of(number), at, FACT.id)
        walls.append(clocks.wall)
        if number % 5 == 0:
            flush(journal, store)
    flush(journal, store)
    journal.close()
    times = [wall for row in store.rows for wall in wall_times(row.data, row.anchor)]
    assert times == walls
    assert numbers_in(store.rows) == list(range(1, 31))
    assert min(row.since for row in store.rows) == min(walls)
    assert max(row.until for row in store.rows) == max(walls)


def test_small_drift_takes_no_slot(store: MemoryStore) -> None:
    """A wall clock that is off by a millisecond or less is not worth an anchor."""
    clocks = Clocks()
    journal = Journal.open(None, monotonic_ns=lambda: clocks.monotonic, wall_ns=lambda: clocks.wall)
    journal.append(subject_of(1), clocks.tick(1), FACT.id)
    clocks.tick(5, jump=1_000_000)
    assert flush(journal, store) == 1
    clocks.tick(5, jump=1)
    assert flush(journal, store) == 1
    assert numbers_in(store.rows) == [1]
    journal.close()


def wall_times(data: bytes, anchor: int) -> list[int]:
    """Read the times back with slices only."""
    times: list[int] = []
    for start in range(0, len(data), 32):
        slot = data[start : start + 32]
        if any(slot[24:31]):
            times.append(int.from_bytes(slot[16:24], "little") + anchor)
        else:
            anchor = int.from_bytes(slot[:8], "little", signed=True)
    return times


def test_a_batch_can_be_cut_anywhere(store: MemoryStore) -> None:
    """Leaving out the first slots of a batch keeps the times of the others, also behind an anchor."""
    clocks = Clocks()
    journal = Journal.open(None, monotonic_ns=lambda: clocks.monotonic, wall_ns=lambda: clocks.wall)
    for number in range(1, 10):
        journal.append(subject_of(number), clocks.tick(10, jump=7_000_000), FACT.id)
        journal.sync_clock()
    (batch,) = journal.take()
    whole = wall_times(batch.data, batch.anchor)
    for position in range(batch.end + 3):
        cut: Batch = batch.after(position)
        times = wall_times(cut.data, cut.anchor)
        assert times == whole[len(whole) - len(times) :]
        assert (cut.first, cut.end) == (min(position, batch.end), batch.end)
    journal.close()
    assert store.rows == []


def test_without_the_interpreter_lock_appends_take_the_slow_way(
    directory: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a build without the global lock every append takes the journal's own."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    journal = Journal.open(directory, slots=4)
    for number in range(1, 11):
        journal.append(subject_of(number), number, FACT.id)
    with pytest.raises(ValueError, match="16 bytes"):
        journal.append(b"", 1, FACT.id)
    flush(journal, store)
    journal.close()
    assert numbers_in(store.rows) == list(range(1, 11))
