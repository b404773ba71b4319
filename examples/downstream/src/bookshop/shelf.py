"""Sealed values in a table of the shop's own; a holder, so that export and erasure reach them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from obq_privacy.rights import Holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from obq_privacy import Pseudonym

_TABLE = """
CREATE TABLE IF NOT EXISTS shelf (
    subject TEXT, place TEXT, field TEXT, item TEXT, token BLOB, record TEXT, isolated INTEGER DEFAULT 0,
    PRIMARY KEY (subject, place, field)
)
"""


class Shelf:
    """A table of sealed values.

    Args:
        path: of the database.
    """

    name = "shelf"

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute(_TABLE)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def put(self, subject: Pseudonym, held: Holding) -> None:
        """Put a sealed value there."""
        row = (subject, held.place, held.field, held.item, held.token, held.record)
        self._database.execute(
            "INSERT OR REPLACE INTO shelf (subject, place, field, item, token, record) VALUES (?, ?, ?, ?, ?, ?)", row
        )

    def holdings(self, subject: Pseudonym, /) -> Iterable[Holding]:
        """Give every sealed value of a subject."""
        rows = self._database.execute(
            "SELECT place, field, item, token, record FROM shelf WHERE subject = ?", (subject,)
        )
        return [Holding(*row) for row in rows]

    def erase(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Delete rows."""
        self._database.executemany(
            "DELETE FROM shelf WHERE subject = ? AND place = ? AND field = ?",
            [(subject, place, field) for place, field in places],
        )
        return f"{len(places)} rows deleted"

    def isolate(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Mark rows."""
        self._database.executemany(
            "UPDATE shelf SET isolated = 1 WHERE subject = ? AND place = ? AND field = ?",
            [(subject, place, field) for place, field in places],
        )
        return f"{len(places)} rows marked"
