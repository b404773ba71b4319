"""Files beside the database, which a backup meets again that is put back: JSON objects, one a line, only ever added."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from obq_privacy.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

_BLOCK: Final = 1 << 16


class Lines:
    """A file of lines for its owner alone, or none where there is no path.

    A line is synced to disk before `add` returns. One that was cut short by a crash was never acted upon; readers get
    it as it is, and pass over what is no whole object.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def add(self, text: str) -> None:
        """Write a line down, durably.

        Raises:
            StoreUnavailable: the file cannot be written.
        """
        if self._path is None:
            return
        line = b"\n" + text.encode() + b"\n"
        with self._reported():
            fresh = not self._path.exists()
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                written = os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
            if fresh:
                _sync_folder(self._path)
        if written != len(line):
            raise StoreUnavailable(store=str(self._path), problem="no space left on device")

    def check(self) -> None:
        """Make sure that the file can be added to, if there is one.

        Raises:
            StoreUnavailable: it cannot.
        """
        if self._path is not None:
            with self._reported(), suppress(FileNotFoundError):
                os.close(os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC))

    def oldest_first(self) -> list[bytes]:
        """Read every line.

        Raises:
            StoreUnavailable: the file cannot be read.
        """
        if self._path is None or not self._path.exists():
            return []
        with self._reported():
            return self._path.read_bytes().splitlines()

    def newest_first(self) -> Iterator[bytes]:
        """Read lines from the end, as many as are asked for.

        Raises:
            StoreUnavailable: the file cannot be read.
        """
        if self._path is None or not self._path.exists():
            return
        with self._reported(), self._path.open("rb") as file:
            left, rest = file.seek(0, os.SEEK_END), b""
            while left:
                size = min(left, _BLOCK)
                left -= size
                file.seek(left)
                rest, *lines = (file.read(size) + rest).split(b"\n")
                yield from reversed(lines)
            yield rest

    @contextmanager
    def _reported(self) -> Generator[None]:
        """Say what the system says of the file, without its error, whose frames hold more than its text."""
        problem = ""
        try:
            yield
        except OSError as error:
            problem = os.strerror(error.errno or 0).lower()
        if problem:
            raise StoreUnavailable(store=str(self._path), problem=problem)


def _sync_folder(path: Path) -> None:
    """Make sure that a crash of the machine does not take the name of a new file."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
