"""Profiles: OBQ_PROFILE=quick (the default), brief, long, or mutation (for tests/mutation/mutate.py)."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

_PROFILE = os.environ.get("OBQ_PROFILE", "quick")
_SLOW_MACHINE = [HealthCheck.too_slow]

settings.register_profile("quick", max_examples=40, deadline=None, suppress_health_check=_SLOW_MACHINE)
settings.register_profile("brief", max_examples=8, deadline=None, suppress_health_check=_SLOW_MACHINE)
settings.register_profile("long", max_examples=2000, deadline=None, suppress_health_check=_SLOW_MACHINE)
settings.register_profile(
    "mutation",
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a mutant is dead at its first failure, however ugly
    suppress_health_check=_SLOW_MACHINE,
)
settings.load_profile(_PROFILE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the slow tests to the long profile."""
    if _PROFILE == "long":
        return
    skip = pytest.mark.skip(reason="runs with OBQ_PROFILE=long")
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(skip)
