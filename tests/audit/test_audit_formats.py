"""The documented formats: the checked-in vectors hold, for the library and for an implementation beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[2] / "docs" / "vectors"


@pytest.mark.parametrize("how", ["--check", "--library"])
def test_the_vectors_hold(how: str) -> None:
    """Both implementations read and write exactly what the vectors say."""
    script = str(VECTORS / "check_journal.py")
    ran = subprocess.run([sys.executable, script, how], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("the vectors of the audit journal hold\n", "", 0)


def test_the_second_implementation_stands_alone() -> None:
    """With --check the script imports nothing of the library, so that it can disagree with it."""
    script = str(VECTORS / "check_journal.py")
    program = (
        "import runpy, sys; sys.argv = ['check', '--check'];"
        f"runpy.run_path({script!r}, run_name='__main__');"
        "print([name for name in sys.modules if name.startswith('obq_privacy')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("how", ["--check", "--library"])
@pytest.mark.parametrize("part", ["facts", "segments", "chain", "entries"])
def test_a_changed_vector_is_noticed(how: str, part: str, tmp_path: Path) -> None:
    """The scripts compare what they say they compare: one changed digit fails them."""
    text = (VECTORS / "journal-v1.json").read_text("utf-8")
    vectors = json.loads(text)
    match part:
        case "facts":
            vectors["facts"][0]["digest"] = vectors["facts"][0]["digest"].replace("a", "b", 1)
        case "segments":
            vectors["segments"][0]["file"] = vectors["segments"][0]["file"].replace("0123", "0124", 1)
        case "chain":
            vectors["chain"][1]["hash"] = vectors["chain"][1]["hash"][::-1]
        case _:
            vectors["entries"][0]["wall_ns"] += 1000
    (tmp_path / "journal-v1.json").write_text(json.dumps(vectors), "utf-8")
    script = tmp_path / "check_journal.py"
    script.write_text((VECTORS / "check_journal.py").read_text("utf-8"), "utf-8")
    ran = subprocess.run([sys.executable, str(script), how], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "the vector has" in ran.stderr
