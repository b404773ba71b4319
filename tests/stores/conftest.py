"""Let the assertions of the contract explain themselves, and say how often to kill."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from obq_privacy.stores import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.register_assert_rewrite(
    "obq_privacy.testing._contract_store",
    *(
        f"obq_privacy.testing._contract_store_{part}"
        for part in ("audit", "docket", "keys", "ledger", "makers", "subjects")
    ),
    "stores.makers",
)


@pytest.fixture(scope="session")
def kills() -> int:
    """How many processes each killing test kills."""
    return 200 if os.environ.get("OBQ_PROFILE") == "long" else 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store may be made."""
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    """A store with one person, that does not wait for others."""
    from .makers import enroll  # noqa: PLC0415  its assertions explain themselves from the line above on

    store = SQLiteStore(path, busy_seconds=0.05)
    enroll(store, 1)
    yield store
    store.close()
