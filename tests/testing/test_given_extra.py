"""Without the extra: the library and the names of the kit are there, and using a strategy says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"hypothesis", "pytest"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import obq_privacy
import obq_privacy.testing as kit
assert "strategies_for" in kit.__all__
assert not {"hypothesis", "pytest"} & sys.modules.keys()
try:
    kit.NAME
except ImportError as error:
    print(error, error.name, error.__cause__)
"""


@pytest.mark.parametrize("name", ["strategies_for", "policies", "PrivacyMachine"])
def test_a_strategy_without_hypothesis_names_the_extra(name: str) -> None:
    """One clear error, not a traceback through the kit's own modules."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("NAME", name)], capture_output=True, text=True, check=True
    )
    wanted = f"{name} of obq_privacy.testing needs hypothesis; install obq-privacy[testing] hypothesis None\n"
    assert done.stdout == wanted
