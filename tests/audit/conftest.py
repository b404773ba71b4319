"""Profiles of the audit tests: OBQ_PROFILE=long kills ten times as often."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def kills() -> int:
    """How many processes each killing test kills."""
    return 200 if os.environ.get("OBQ_PROFILE") == "long" else 20
