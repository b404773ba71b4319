"""The project's own examples: exactly these places, and nothing in what a virtual environment has stops the scanner."""

from __future__ import annotations

import os
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reveals_world import run

from obq_privacy.cli._scan import Way, scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden" / "reveals-examples.txt"


def line(way: Way) -> str:
    """Spell a place without its line and digest, which change with every edit."""
    parts = [f"{way.file} {way.function}: {way.text} = {way.out}", *(f"of {one}" for one in way.items)]
    parts += [*(f"for {one}" for one in way.purposes), *(f"to {one}" for one in way.recipients)]
    return ", ".join((*parts, *(f"into {one}" for one in sorted({where for where, _ in way.into})), *way.notes))


def read(files: Iterable[Path], root: Path) -> dict[str, str]:
    return {file.relative_to(root).as_posix(): file.read_text("utf-8", errors="replace") for file in files}


def test_the_examples_have_exactly_these_places() -> None:
    """The list was checked by hand; OBQ_WRITE_GOLDEN=1 writes it anew, to be checked by hand."""
    found = scan(read(sorted((ROOT / "examples").glob("*.py")), ROOT)).ways
    text = "".join(f"{line(way)}\n" for way in found)
    if os.environ.get("OBQ_WRITE_GOLDEN"):
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")


def test_every_use_in_the_examples_is_in_the_list() -> None:
    """A plain search for the words finds no line that the scanner does not have."""
    words = (".reveal(", ".share(", ".mask(", ".reveal_under(", "reveal_all(", "share_all(", ".seal(", ".unseal(")
    files = sorted((ROOT / "examples").glob("*.py"))
    listed = {(way.file, way.line) for way in scan(read(files, ROOT)).ways}
    for file in files:
        for number, text in enumerate(file.read_text("utf-8").splitlines(), 1):
            if any(word in text for word in words):
                assert (file.relative_to(ROOT).as_posix(), number) in listed


def test_other_peoples_code_is_read_without_stopping() -> None:
    """A sample of what is installed here: no file stops the scanner, and none of it passes for ours."""
    root = Path(sysconfig.get_paths()["purelib"])
    files = sorted(root.rglob("*.py"))
    sample = files[:: max(1, len(files) // 40)]
    sources = {name: text for name, text in read(sample, root).items() if "obq_privacy" not in text}
    began = time.process_time()
    found = scan(sources)
    assert found.ways == ()
    scan(sources, everything=True)
    lines = sum(text.count("\n") for text in sources.values())
    assert time.process_time() - began < 5 + lines / 2_000


def test_the_guide_shows_what_the_command_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The listing in docs/how-to/review-what-leaves.md is that of the application in it."""
    page = (ROOT / "docs" / "how-to" / "review-what-leaves.md").read_text("utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    listing = page.partition("$ python -m obq_privacy reveals shop.py\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(code, {})  # noqa: S102  the page's own program, which the suite runs as well
    ran = run(capsys, "shop.py")
    assert (ran.status, ran.out, ran.err) == (0, listing, "")
