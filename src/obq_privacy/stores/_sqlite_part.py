"""What the parts of the SQLite store have in common."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from obq_privacy.stores._sqlite_database import Database, Turn

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


class Part:
    """Base of the parts: each keeps its own tables in the one database."""

    _database: Database

    def _changed(self, turn: Turn, subject: str) -> int:
        """Tell followers that a subject has changed, and return the number of the change."""
        # SQLite has one writer at a time, so numbers become visible in order; a rollback takes its number back.
        ((seq,),) = turn.run("INSERT INTO feed (subject) VALUES (?) RETURNING seq", subject)
        return int(seq)

    def _newest(self, turn: Turn) -> int:
        """Return the number of the newest change."""
        ((seq,),) = turn.run("SELECT coalesce(max(seq), 0) FROM feed")
        return int(seq)

    def _is_erasing(self, turn: Turn, subject: str) -> bool:
        """Tell whether a subject is erased or being erased.

        Raises:
            StoreError: there is no such subject.
        """
        found = turn.run("SELECT erasing FROM subjects WHERE pseudonym = ?", subject)
        if not found:
            raise self._database.failure("the subject is unknown")
        return found[0][0] is not None


def to_number(at: dt.datetime) -> int:
    """Spell a time as microseconds since 1970.

    Raises:
        ValueError: it is not aware.
    """
    if at.utcoffset() is None:
        raise ValueError("a time must be aware")
    return (at - _EPOCH) // _MICROSECOND


def to_time(number: int | None) -> dt.datetime | None:
    """Read what `to_number` wrote, if anything."""
    return None if number is None else instant(number)


def instant(number: int) -> dt.datetime:
    """Read what `to_number` wrote."""
    return _EPOCH + dt.timedelta(microseconds=number)
