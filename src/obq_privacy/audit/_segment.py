"""Segments: the memory-mapped files that a journal writes, and those that dead processes left.

Whether the owner of a file lives is told by a lock (flock) on it, which lasts as long as its mapping: the mapping
holds the only descriptor. A file gets its final name only when it is locked, allocated and has its header.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
from typing import TYPE_CHECKING

from obq_privacy import _late
from obq_privacy.audit._slots import COMMITTED, SLOT_BYTES, Batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"OBQJRNL\0"
FORMAT = 1
HEADER = struct.Struct("<8sHHI8sIIq24x")
HEADER_BYTES = HEADER.size
JOURNAL_BYTES = 8
MOST_SLOTS = 1 << 20
_SEGMENT, _UNBORN = ".seg", ".new"
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_ADOPT = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class Segment:
    """One mapping of this process. The journal's lock protects everything except writes to `map`.

    `map.write` copies 32 bytes to the position and advances it in one step under the interpreter lock. So slots are
    reserved and written at once: there are no holes, and `map.tell()` counts the committed ones.
    """

    __slots__ = ("anchor", "count", "drained", "journal", "map", "number", "path", "slots")

    def __init__(
        self, mapping: _late.mmap.mmap, path: Path | None, *, journal: bytes, number: int, slots: int, anchor: int
    ) -> None:
        self.map = mapping
        self.path = path
        self.journal = journal
        self.number = number
        self.slots = slots
        self.anchor = anchor  # of the first slot that is not drained
        self.drained = 0
        self.count: int | None = None  # known once nobody can write any more

    @property
    def written(self) -> int:
        """How many slots are committed."""
        return self.count if self.count is not None else (self.map.tell() - HEADER_BYTES) // SLOT_BYTES

    @property
    def finished(self) -> bool:
        """Whether nothing more can come and everything is drained."""
        return self.drained in {self.slots, self.count}

    def seal(self) -> None:
        """Let no further write succeed, and count those that did."""
        if self.count is not None:
            return
        count = self.written
        self.map.seek(0, os.SEEK_END)
        # Writes that came between the two lines stand right behind the counted ones.
        while count < self.slots and self.map[HEADER_BYTES + (count + 1) * SLOT_BYTES - 1] == COMMITTED:
            count += 1
        self.count = count

    def batch(self) -> Batch:
        """Copy the slots that are committed and not drained."""
        start, end = (HEADER_BYTES + slot * SLOT_BYTES for slot in (self.drained, self.written))
        return Batch(self.journal, self.number, self.drained, self.anchor, self.map[start:end])

    def vanished(self) -> bool:
        """Tell whether somebody removed the file, so that a kill would lose what is in it."""
        return self.path is not None and not self.path.exists()

    def discard(self) -> None:
        """Remove the file. If that fails, the next process to adopt finds nothing new in it and removes it."""
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()


def segment_name(journal: bytes, number: int) -> str:
    """Return the file name of a segment."""
    return f"{journal.hex()}-{number:04}{_SEGMENT}"


def create(directory: Path | None, journal: bytes, number: int, slots: int, anchor: int) -> Segment:
    """Make a segment, in anonymous memory without a directory.

    Raises:
        FileExistsError: the name is taken; choose another journal id.
        OSError: there is no space, no directory, no permission, ...
    """
    size = HEADER_BYTES + slots * SLOT_BYTES
    header = HEADER.pack(MAGIC, FORMAT, SLOT_BYTES, slots, journal, number, os.getpid(), anchor)
    if directory is None:
        path, mapping = None, _late.mmap.mmap(-1, size)
        mapping[:HEADER_BYTES] = header
    else:
        path = directory / segment_name(journal, number)
        mapping = _file_mapping(path, header, size)
    mapping.seek(HEADER_BYTES)
    return Segment(mapping, path, journal=journal, number=number, slots=slots, anchor=anchor)


def _file_mapping(path: Path, header: bytes, size: int) -> _late.mmap.mmap:
    unborn = path.with_suffix(_UNBORN)
    fd = os.open(unborn, _CREATE, 0o600)
    try:
        _late.fcntl.flock(fd, _late.fcntl.LOCK_EX)
        _check_names(fd, path)
        _allocate(fd, size)
        os.pwrite(fd, header, 0)
        mapping = _late.mmap.mmap(fd, size)  # it duplicates the descriptor and so keeps the lock
        unborn.rename(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unborn.unlink()
        raise
    finally:
        os.close(fd)
    return mapping


def _check_names(fd: int, path: Path) -> None:
    """See that the final name is free, and that no adopting process swept the new file before it was locked."""
    if os.fstat(fd).st_nlink == 0 or path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _allocate(fd: int, size: int) -> None:
    """Reserve the blocks, so that a write to the mapping cannot fail for lack of space."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(fd, 0, size)
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS}:
                raise
        else:
            return
    zeros = memoryview(bytes(size))
    done = 0
    while done < size:
        done += os.pwrite(fd, zeros[done:], done)


# ── Segments of dead processes ────────────────────────────────────────────────────────────────────────────


class Orphan:
    """A segment file whose owner is dead, locked by this process until the iteration goes on.

    Attributes:
        path: where it lies.
        journal: id of the journal by its file name.
        batch: its slots up to the last committed one; None when the file cannot be read as a segment.
    """

    __slots__ = ("batch", "journal", "path")

    def __init__(self, path: Path, journal: str, batch: Batch | None) -> None:
        self.path = path
        self.journal = journal
        self.batch = batch


def parse(content: bytes) -> Batch | None:
    """Read the bytes of a segment file: all slots up to the last committed one, or None if it is no segment."""
    if len(content) < HEADER_BYTES:
        return None
    magic, version, width, slots, journal, number, _, anchor = HEADER.unpack_from(content)
    size = HEADER_BYTES + slots * SLOT_BYTES
    if (magic, version, width) != (MAGIC, FORMAT, SLOT_BYTES) or len(content) != size:
        return None
    commits = content[HEADER_BYTES + SLOT_BYTES - 1 :: SLOT_BYTES]
    end = commits.rfind(COMMITTED) + 1
    return Batch(journal, number, 0, anchor, content[HEADER_BYTES : HEADER_BYTES + end * SLOT_BYTES])


def orphans(directory: Path) -> Iterator[Orphan]:
    """Yield the segments of dead processes, those of one journal in the order of their numbers.

    A journal is passed over while another process holds a segment of it: its slots must be chained in order.
    """
    journals: dict[str, list[tuple[int, Path]]] = {}
    try:
        entries = list(directory.iterdir())
    except FileNotFoundError:
        return
    for path in entries:
        journal, _, digits = path.stem.partition("-")
        if not (len(journal) == 2 * JOURNAL_BYTES and digits.isascii() and digits.isdigit()):
            continue
        if path.suffix == _SEGMENT:
            journals.setdefault(journal, []).append((int(digits), path))
        elif path.suffix == _UNBORN:
            _sweep(path)
    for journal, segments in journals.items():
        for number, path in sorted(segments):
            try:
                fd = os.open(path, _ADOPT)
            except FileNotFoundError:  # adopted by somebody else since the listing
                continue
            except OSError:  # not ours to read
                yield Orphan(path, journal, None)
                break
            try:
                if not _locked(fd):
                    break
                if os.fstat(fd).st_nlink:
                    yield Orphan(path, journal, _read(fd, journal, number))
            finally:
                os.close(fd)


def _sweep(path: Path) -> None:
    """Remove a file that its owner died over before it was a segment."""
    with contextlib.suppress(OSError):
        fd = os.open(path, _ADOPT)
        try:
            if _locked(fd) and os.fstat(fd).st_nlink:
                path.unlink()
        finally:
            os.close(fd)


def _locked(fd: int) -> bool:
    try:
        _late.fcntl.flock(fd, _late.fcntl.LOCK_EX | _late.fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(fd: int, journal: str, number: int) -> Batch | None:
    size = os.fstat(fd).st_size
    if size > HEADER_BYTES + MOST_SLOTS * SLOT_BYTES:
        return None
    content = b""
    while part := os.pread(fd, size - len(content), len(content)):
        content += part
    if not any(content):  # a machine that lost power before anything reached the disk
        return Batch(bytes.fromhex(journal), number, 0, 0, b"")
    batch = parse(content)
    return batch if batch and (batch.journal.hex(), batch.segment) == (journal, number) else None
