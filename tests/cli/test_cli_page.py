"""The page about the command line: every command in it is run in order, and prints what the page says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from obq_privacy.cli import _failures
from obq_privacy.errors import PrivacyError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "command-line.md"
ERRORS = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
LEFT_OUT = "…"


def blocks(kind: str) -> list[str]:
    """Give the blocks of a kind, in the order of the page."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def calls(block: str) -> list[tuple[str, str]]:
    """Give the commands of a block, each with what the page says that it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    assert parts[0] == ""
    return list(zip(parts[1::2], parts[2::2], strict=True))


def fits(said: str, printed: str) -> bool:
    """Tell whether something is what the page says, with anything where the page leaves something out."""
    pattern = r"[^\n]+".join(map(re.escape, said.split(LEFT_OUT)))
    return re.fullmatch(pattern, printed) is not None


def test_every_command_of_the_page_prints_what_it_says(tmp_path: Path) -> None:
    """The application of the page is put beside, and the commands are run one after the other."""
    (program,) = blocks("python")
    (tmp_path / "shop.py").write_text(program, "utf-8")
    (tmp_path / "broken_shop.py").write_text(blocks("text")[0], "utf-8")
    status, count = 0, 0
    for block in blocks("console"):
        for command, said in calls(block):
            words = shlex.split(command)
            if words == ["echo", "$?"]:
                assert said == f"{status}\n"
                continue
            assert words[0] == "python"
            done = subprocess.run(
                [sys.executable, *words[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
            )
            printed, status = done.stdout + done.stderr, done.returncode
            assert fits(said, printed), f"{command}\n{printed}"
            count += 1
    assert count == PAGE.read_text("utf-8").count("\n$ python ") > 0


def test_what_is_left_out_is_part_of_a_line() -> None:
    """The mark stands for something, and for nothing beyond its line."""
    assert fits("a … c\n", "a b c\n")
    assert not fits("a …\n", "a \n")
    assert not fits("a …\n", "a b\nc\n")
    assert not fits("a b\n", "a c\n")


def test_every_error_of_the_command_line_has_a_code_of_its_own() -> None:
    """And says what to do; docs/errors.md, written from them, lists them with the library's."""
    own = [
        kind
        for kind in vars(_failures).values()
        if isinstance(kind, type) and issubclass(kind, PrivacyError) and kind is not PrivacyError
    ]
    codes = {kind.code for kind in own}
    assert len(codes) == len(own) > 0
    assert all(code.startswith("OBQ7") for code in codes)
    assert set(re.findall(r"^### (OBQ7\d\d)$", ERRORS.read_text("utf-8"), re.MULTILINE)) == codes
    assert all("remedy" in vars(kind) and not kind.remedy.endswith(".") for kind in own)
