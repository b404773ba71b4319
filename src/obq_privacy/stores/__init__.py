"""Stores: one contract, and the implementations in memory and on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late

if TYPE_CHECKING:
    from obq_privacy.stores._contract import Store
    from obq_privacy.stores._memory import MemoryStore
    from obq_privacy.stores._rows import CaseEntry, CaseRow, Feed, SubjectRow, VaultField
    from obq_privacy.stores._sqlite import SQLiteStore
else:
    # A program has one of the two stores, of which SQLite alone costs several milliseconds; `Store` is for annotations.
    __getattr__ = late(
        __name__,
        {
            **dict.fromkeys(("CaseEntry", "CaseRow", "Feed", "SubjectRow", "VaultField"), "_rows"),
            "MemoryStore": "_memory",
            "SQLiteStore": "_sqlite",
            "Store": "_contract",
        },
    )

__all__ = ["CaseEntry", "CaseRow", "Feed", "MemoryStore", "SQLiteStore", "Store", "SubjectRow", "VaultField"]
