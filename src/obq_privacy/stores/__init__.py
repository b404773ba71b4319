"""Stores: one contract, and the implementations in memory and on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.stores._contract import CaseEntry, CaseRow, Feed, Store, SubjectRow, VaultField
from obq_privacy.stores._memory import MemoryStore

if TYPE_CHECKING:
    from obq_privacy.stores._sqlite import SQLiteStore
else:

    def __getattr__(name: str) -> object:
        # SQLite costs several milliseconds, which a program that keeps everything in memory need not spend.
        if name != "SQLiteStore":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from obq_privacy.stores._sqlite import SQLiteStore  # noqa: PLC0415

        globals()[name] = SQLiteStore
        return SQLiteStore


__all__ = ["CaseEntry", "CaseRow", "Feed", "MemoryStore", "SQLiteStore", "Store", "SubjectRow", "VaultField"]
