"""Let the assertions of the contract explain themselves, and say how often to kill."""

from __future__ import annotations

import os

import pytest

pytest.register_assert_rewrite(
    *(
        f"stores.{name}"
        for name in ("contract", "contract_audit", "contract_keys", "contract_ledger", "contract_subjects", "makers")
    )
)


@pytest.fixture(scope="session")
def kills() -> int:
    """How many processes each killing test kills."""
    return 200 if os.environ.get("OBQ_PROFILE") == "long" else 20
