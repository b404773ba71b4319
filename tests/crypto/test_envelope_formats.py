"""The documented form of envelopes: vectors hold in two implementations, and the document shows what is so."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = DOCS / "vectors" / "check_envelopes.py"
VECTORS = DOCS / "vectors" / "envelope-v1.json"


def run(*args: str, script: Path = SCRIPT) -> tuple[int, str]:
    """Run the check as a user does."""
    done = subprocess.run([sys.executable, str(script), *args], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_vectors_hold_in_both_implementations() -> None:
    """The independent implementation and the library agree with every vector, and open what the other seals."""
    code, said = run("--check", "--library")
    assert code == 0, said
    assert "93 vectors, 0 faults" in said


def test_the_library_keeps_every_vector() -> None:
    """The same in this process, where a change of the library under test is seen."""
    check = runpy.run_path(str(SCRIPT))
    assert list(check["library_faults"](json.loads(VECTORS.read_text(encoding="ascii")))) == []


def test_the_check_is_independent_of_the_library() -> None:
    """`--check` works where the library cannot be imported."""
    blocked = (
        "import sys, runpy; sys.modules['obq_privacy'] = None;"
        "sys.modules['cryptography.hazmat.primitives.hpke'] = None; sys.argv = sys.argv[1:];"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", blocked, str(SCRIPT), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "0 faults" in done.stdout


def test_vectors_are_rewritten_on_demand_only_and_alike(tmp_path: Path) -> None:
    """Neither check writes; `--write` beside the file makes it again byte for byte, and without it one that holds."""
    copy = Path(shutil.copy(SCRIPT, tmp_path))
    written = tmp_path / VECTORS.name
    assert run(script=copy)[0] == 2
    assert run("--check", script=copy)[0] != 0
    assert not written.exists()
    assert run("--write", "--check", "--library", script=copy)[0] == 0
    assert written.read_bytes() != VECTORS.read_bytes()  # ML-KEM draws at random, once
    shutil.copy(VECTORS, written)
    assert run("--write", script=copy)[0] == 0
    assert written.read_bytes() == VECTORS.read_bytes()


@pytest.mark.parametrize("mode", ["--check", "--library"])
@pytest.mark.parametrize(("part", "field"), [("keys", "public"), ("headers", "data"), ("envelopes", "envelope")])
def test_a_false_vector_is_noticed(tmp_path: Path, mode: str, part: str, field: str) -> None:
    """Each kind of vector is really checked, by each implementation."""
    copy = shutil.copy(SCRIPT, tmp_path)
    vectors = json.loads(VECTORS.read_text(encoding="ascii"))
    true = vectors[part][1][field]
    vectors[part][1][field] = true[:-2] + ("00" if true[-2:] != "00" else "01")
    (tmp_path / VECTORS.name).write_text(json.dumps(vectors), encoding="ascii")
    code, said = run(mode, script=Path(copy))
    assert code == 1
    assert f"{part} 1" in said


def test_the_document_shows_the_first_vector() -> None:
    """The worked example of the document is the first vector, digit for digit."""
    page = (DOCS / "formats" / "envelope.md").read_text(encoding="utf-8")
    vectors = json.loads(VECTORS.read_text(encoding="ascii"))
    first, pair = vectors["envelopes"][0], vectors["keys"][0]
    example = page[page.index("### Worked example") :]
    assert pair["private"][2:] in example
    assert pair["public"][2:] in example
    shown = example[example.index("envelope   ") :]
    digits = "".join(re.findall(r"(?<=[ ])[0-9a-f]{2,64}(?=[ \n])", shown[: shown.index("\n```")]))
    header = first["header"]
    assert first["envelope"].replace(header, "") == digits
    label = "".join(re.findall(r"^    (\S.*)$", example[: example.index("envelope   ")], re.MULTILINE))
    assert label.encode().hex() == header
