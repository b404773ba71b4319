"""The embedded default store: one SQLite file, for any number of threads and processes of one machine."""

from __future__ import annotations

import os
from typing import final

from obq_privacy.stores._sqlite_audit import AuditPart
from obq_privacy.stores._sqlite_database import Database
from obq_privacy.stores._sqlite_docket import DocketPart
from obq_privacy.stores._sqlite_ledger import LedgerPart
from obq_privacy.stores._sqlite_subjects import SubjectPart


@final
class SQLiteStore(SubjectPart, LedgerPart, DocketPart, AuditPart):
    """Keep everything in an SQLite file, which is created with mode 0600 if there is none.

    Threads share one connection in turns; a forked child opens its own. What a method has returned from is on disk.
    The methods do what `Store` says; docs/formats/store.md describes the file.

    Args:
        path: the file. SQLite keeps two more beside it, `<path>-wal` and `<path>-shm`.
        busy_seconds: how long to wait for other processes before `StoreUnavailable`.

    Raises:
        StoreIncompatible: the file is of another program or a newer version of the library; it is left as it was.
        StoreUnavailable: it cannot be opened or created.
    """

    def __init__(self, path: str | os.PathLike[str], *, busy_seconds: float = 10.0) -> None:
        self._busy_seconds = busy_seconds
        self._database = Database(os.path.abspath(path), busy_seconds)  # noqa: PTH100  links stay as they are

    def __repr__(self) -> str:
        return f"SQLiteStore({self.place!r})"

    @property
    def place(self) -> str:
        """The absolute path."""
        return self._database.place

    @property
    def shared(self) -> bool:
        """Other processes see the same file."""
        return True

    def back_up(self, place: str | os.PathLike[str], /) -> None:
        """Copy the file as it is now into a new one, created with mode 0600, while everybody else goes on.

        Raises:
            ArgumentInvalid: there is a file already.
            StoreUnavailable: it cannot be written; then there is none.
        """
        from obq_privacy.stores._sqlite_backup import back_up  # noqa: PLC0415  few processes make one

        back_up(self.place, self._busy_seconds, os.path.abspath(place))  # noqa: PTH100

    def close(self) -> None:
        """Close the connection. Repeating it does nothing."""
        self._database.close()
