"""Every store that is here passes the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.stores import MemoryStore, SQLiteStore

from .contract import StoreContract

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy.stores import Store


class TestMemoryStore(StoreContract):
    """The store in memory."""

    def open_store(self, directory: Path) -> Store:
        """Open one; it needs no directory."""
        del directory
        return MemoryStore()


class TestSQLiteStore(StoreContract):
    """The store on SQLite."""

    def open_store(self, directory: Path) -> Store:
        """Open one on a new file."""
        return SQLiteStore(directory / "store.db")


def test_only_the_store_on_a_file_is_shared(tmp_path: Path) -> None:
    """A guard on the one in memory has to refuse itself to a forked child."""
    memory, sqlite = MemoryStore(), SQLiteStore(tmp_path / "store.db")
    assert (memory.shared, sqlite.shared) == (False, True)
    assert (repr(memory), repr(sqlite)) == ("MemoryStore()", f"SQLiteStore({str(tmp_path / 'store.db')!r})")
    sqlite.close()
