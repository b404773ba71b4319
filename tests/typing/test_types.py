"""The types hold in both directions, under mypy and pyright, both strict.

`accepted.py` has no error. In `rejected.py` every line that must be refused carries an ignore comment for each checker,
and each comment is needed: with the comments taken out, exactly these lines are errors.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REJECTED = 89
"""Lines of `rejected.py` that both checkers refuse; the documentation may quote it."""

_IGNORE = re.compile(r"  # (?:type|pyright): ignore\[[\w, -]+\]")
_MYPY_ERROR = re.compile(r"(?:.*/)?(\w+)\.py:(\d+): error: ")
_COMMENTED = (HERE / "rejected.py").read_text("utf-8").splitlines()
LINES = {number for number, line in enumerate(_COMMENTED, 1) if _IGNORE.search(line)}
ONE = min(LINES)

Errors = dict[str, set[int]]
"""Numbers of lines with errors, by file."""


def files(place: Path) -> list[str]:
    """Write the files to check: as they are, without any ignore comment, without one, and with one too many."""
    shown = _COMMENTED
    bare = [_IGNORE.sub("", line) for line in shown]
    one = [bare[number - 1] if number == ONE else line for number, line in enumerate(shown, 1)]
    many = [*shown, "_number: int = 1  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]"]
    written = {"rejected": shown, "bare": bare, "one": one, "many": many}
    for name, lines in written.items():
        (place / f"{name}.py").write_text("\n".join(lines) + "\n", "utf-8")
    (place / "accepted.py").write_text((HERE / "accepted.py").read_text("utf-8"), "utf-8")
    return ["accepted.py", *(f"{name}.py" for name in written)]


def run(place: Path, *command: str) -> str:
    """Run a checker and give what it prints."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=place, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Errors:
    """Check by mypy, as configured for the project."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    place = tmp_path_factory.mktemp("mypy")
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache" / "types")]
    errors: Errors = defaultdict(set)
    for line in run(place, "mypy", *options, *files(place)).splitlines():
        found = _MYPY_ERROR.match(line)
        if found:
            errors[found[1]].add(int(found[2]))
    return errors


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Errors:
    """Check by pyright, as configured for the project."""
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    place = tmp_path_factory.mktemp("pyright")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pyright"]
    (place / "pyrightconfig.json").write_text(json.dumps({**settings, "include": files(place)}), "utf-8")
    told = run(place, "pyright", "--project", str(place), "--pythonpath", sys.executable, "--outputjson")
    if not told.startswith("{"):
        pytest.skip("pyright cannot run here: it needs Node.js, which its package fetches on first use")
    errors: Errors = defaultdict(set)
    for one in json.loads(told)["generalDiagnostics"]:
        errors[Path(one["file"]).stem].add(one["range"]["start"]["line"] + 1)
    return errors


def test_the_files_are_what_they_seem() -> None:
    """Each line that is refused carries a comment for each checker, and none covers a whole file."""
    assert len(LINES) == REJECTED
    assert [line for line in _COMMENTED if ("# type: ignore" in line) != ("# pyright: ignore" in line)] == []
    accepted = (HERE / "accepted.py").read_text("utf-8")
    assert "ignore" not in accepted
    assert not re.search(r"^# (mypy|pyright|type):", accepted + "\n".join(_COMMENTED), re.MULTILINE)


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_is_right_is_accepted(checker: str, request: pytest.FixtureRequest) -> None:
    """There is no error, and every type is inferred as it is asserted."""
    errors: Errors = request.getfixturevalue(checker)
    assert errors["accepted"] == set()


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_is_wrong_is_refused(checker: str, request: pytest.FixtureRequest) -> None:
    """Without the comments exactly the commented lines are errors; with them none is, so none is unneeded."""
    errors: Errors = request.getfixturevalue(checker)
    assert errors["bare"] == LINES
    assert errors["rejected"] == set()


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_check_can_fail(checker: str, request: pytest.FixtureRequest) -> None:
    """One comment too few is an error, and so is one too many."""
    errors: Errors = request.getfixturevalue(checker)
    assert errors["one"] == {ONE}
    assert errors["many"] == {len(_COMMENTED) + 1}
