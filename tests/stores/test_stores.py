"""Every store that is here passes the contract that the kit has for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from obq_privacy.stores import MemoryStore, SQLiteStore
from obq_privacy.testing import StoreContract

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy.stores import Store


class ClausesOfStores(StoreContract):
    """The tests of the contract that keep clauses, which the contract itself does not name."""

    test_rewrapping_never_brings_back_a_destroyed_key = pytest.mark.clause("DEF-4")(
        StoreContract.test_rewrapping_never_brings_back_a_destroyed_key
    )
    test_a_destroyed_key_leaves_a_tombstone_for_ever = pytest.mark.clause("DEF-4")(
        StoreContract.test_a_destroyed_key_leaves_a_tombstone_for_ever
    )
    test_a_keyring_works_on_it = pytest.mark.clause("DEF-4")(StoreContract.test_a_keyring_works_on_it)
    test_every_version_of_the_policy_is_kept = pytest.mark.clause("CHANGE-3")(
        StoreContract.test_every_version_of_the_policy_is_kept
    )
    test_a_version_never_changes = pytest.mark.clause("CHANGE-3")(StoreContract.test_a_version_never_changes)
    test_of_different_texts_at_once_one_is_kept = pytest.mark.clause("CHANGE-3")(
        StoreContract.test_of_different_texts_at_once_one_is_kept
    )
    test_from_the_order_on_nothing_is_added_about_the_subject = pytest.mark.clause("DEF-4")(
        StoreContract.test_from_the_order_on_nothing_is_added_about_the_subject
    )
    test_erasure_destroys_key_profile_and_vault_fields = pytest.mark.clause("DEF-4")(
        StoreContract.test_erasure_destroys_key_profile_and_vault_fields
    )
    test_an_erased_subject_is_never_resurrected = pytest.mark.clause("DEF-4")(
        StoreContract.test_an_erased_subject_is_never_resurrected
    )
    test_of_erasing_and_keeping_at_once_nothing_stays = pytest.mark.clause("DEF-4")(
        StoreContract.test_of_erasing_and_keeping_at_once_nothing_stays
    )
    test_burying_erases_who_is_there = pytest.mark.clause("DEF-4")(StoreContract.test_burying_erases_who_is_there)
    test_burying_finishes_an_erasure_that_was_begun = pytest.mark.clause("DEF-4")(
        StoreContract.test_burying_finishes_an_erasure_that_was_begun
    )
    test_burying_somebody_unknown_adds_a_tombstone = pytest.mark.clause("DEF-4")(
        StoreContract.test_burying_somebody_unknown_adds_a_tombstone
    )


class TestMemoryStore(ClausesOfStores):
    """The store in memory."""

    def open_store(self, directory: Path) -> Store:
        """Open one; it needs no directory."""
        del directory
        return MemoryStore()


class TestSQLiteStore(ClausesOfStores):
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
