"""The makers of the kit's contract, and a look behind a store on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.testing._contract_store_makers import (
    FACT,
    HOUR,
    NOW,
    OTHER_FACT,
    batch_of,
    enroll,
    event_of,
    field_of,
    give,
    key_of,
    row_of,
    secret,
    together,
    turn,
    who,
)

if TYPE_CHECKING:
    import sqlite3

    from obq_privacy.stores import SQLiteStore

__all__ = [
    "FACT",
    "HOUR",
    "NOW",
    "OTHER_FACT",
    "batch_of",
    "connection_of",
    "enroll",
    "event_of",
    "field_of",
    "give",
    "key_of",
    "row_of",
    "secret",
    "together",
    "turn",
    "who",
]


def connection_of(store: SQLiteStore) -> sqlite3.Connection:
    """Return the connection of a store."""
    return store._database.connection()
