"""What whole programs print when they fail with a value at hand: the runner of tests, Hypothesis, the interpreter."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from channel_ending import ENDS
from values_world import CANARY

from obq_privacy.testing._channels_outcome import leaks, steady

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
COUNT_OF_FAILURES = 40
COUNT_OF_ENDS = 15
"""How many more channels there are; the documentation quotes their sum with the ones in `test_channels`."""


@cache
def printed(value: str, *arguments: str) -> str:
    """Run Python with a value that only the environment tells, and give everything that it prints."""
    environment = {**os.environ, "OBQ_CHANNEL_VALUE": value.encode().hex(), "PYTHONHASHSEED": "0", "COLUMNS": "200"}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment.pop("PYTEST_ADDOPTS", None)
    run = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return run.stdout + run.stderr


def failing(value: str) -> str:
    """Run the failing tests with everything shown that pytest can show."""
    options = [
        "-p",
        "no:randomly",
        "-p",
        "no:asyncio",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:cov",
        "-p",
        "no:xdist",
        "-p",
        "no:benchmark",
    ]
    return printed(value, "-m", "pytest", *options, "--showlocals", "-vv", "-ra", "--tb=long", "channel_failing.py")


def ending(value: str) -> str:
    """Take every end of a process."""
    return printed(value, str(HERE / "channel_ending.py"))


def test_every_failing_test_fails() -> None:
    """There are as many channels of this kind as is said, and each of them prints something."""
    assert f" {COUNT_OF_FAILURES} failed, 1 passed, 1 error" in failing(CANARY)  # what passes has a failing subtest
    assert len(ENDS) == COUNT_OF_ENDS == len(re.findall("^── ", ending(CANARY), re.MULTILINE))


@pytest.mark.parametrize("run", [failing, ending])
def test_a_failing_program_prints_nothing_of_a_value(run: Callable[[str], str]) -> None:
    """Output with all locals is the same whatever the value is, and holds nothing of it."""
    shown, shown_of_nothing = (steady(run(value)).splitlines() for value in (CANARY, ""))
    assert leaks("\n".join(shown), [CANARY]) == []
    assert list(difflib.unified_diff(shown_of_nothing, shown)) == []
