"""Stores: one contract, and the implementations in memory and on SQLite."""

from __future__ import annotations

from obq_privacy.stores._contract import Feed, Store, SubjectRow, VaultField
from obq_privacy.stores._memory import MemoryStore

__all__ = ["Feed", "MemoryStore", "Store", "SubjectRow", "VaultField"]
