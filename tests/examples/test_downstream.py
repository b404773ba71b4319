"""The project in examples/downstream finds its own mistakes with the test kit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "examples" / "downstream"

LOG = "tests/test_desk.py::test_charging_leaks_nothing"
PURPOSE = "tests/test_desk.py::test_a_newsletter_uses_names_for_newsletters"
MACHINE = "tests/test_desk_machine.py::TestDesk::runTest"

CAUGHT = {
    "": {},
    "log": {LOG: "bank-card in log: src/bookshop/parts.py:"},
    "purpose": {PURPOSE: "the audit log does not say that customer-name was used for bookshop.newsletter"},
    "cache": {MACHINE: "MisuseFound: deliver: customer-name of"},
    "cache,log,purpose": {
        LOG: "bank-card in log: src/bookshop/parts.py:",
        PURPOSE: "permit: use customer-name for bookshop.delivery",
        MACHINE: "MisuseFound: deliver: customer-name of",
    },
}
"""For each choice of mistakes, the tests that fail and what they say; no others do."""


def suite(tmp_path: Path, mistakes: str, *tests: str) -> str:
    """Run the project's tests, all or some, in a process of its own, and give what is printed."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        "DOWNSTREAM_BUGS": mistakes,
        "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path / "hypothesis"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # so that it is the same with and without the kit's entry point
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    options = ["-p", "obq_privacy.testing.plugin", "-p", "no:cacheprovider", "-q", "-rf", "--tb=short"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("mistakes", CAUGHT, ids=lambda mistakes: mistakes or "none")
def test_each_planted_mistake_fails_its_test(tmp_path: Path, mistakes: str) -> None:
    """By leak detection, by the machine, and by assertions on the audit log; without mistakes everything passes."""
    alone = mistakes in {"log", "purpose", "cache"}
    shown = suite(tmp_path, mistakes, *([LOG, PURPOSE, MACHINE] if alone else []))
    assert set(re.findall(r"^FAILED (\S+)", shown, re.MULTILINE)) == CAUGHT[mistakes].keys()
    assert re.search(r"^1 failed, 2 passed in" if alone else r"^(3 failed, )?2\d\d passed in", shown, re.MULTILINE)
    for said in CAUGHT[mistakes].values():
        assert said in shown


def test_the_project_names_its_mistakes() -> None:
    """Its page lists each of them with the test that fails."""
    page = (PROJECT / "README.md").read_text("utf-8")
    for mistake, test in (("cache", MACHINE), ("log", LOG), ("purpose", PURPOSE)):
        assert re.search(rf"^\| `{mistake}` \| .* \| `{re.escape(test)}` \|$", page, re.MULTILINE)


def test_the_switch_is_without_branches() -> None:
    """No code of the project asks which mistakes are in."""
    source = (PROJECT / "src" / "bookshop" / "parts.py").read_text("utf-8")
    assert not re.search(r"^\s+(el)?if ", source.replace("if TYPE_CHECKING", ""), re.MULTILINE)
