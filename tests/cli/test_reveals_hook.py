"""The pre-commit hook does what a project that uses it expects, as a process of its own."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from reveals_world import PREAMBLE

ROOT = Path(__file__).resolve().parents[2]
PAY = "from terms import *\ndef pay(order: Order):\n    {}(order.card.reveal(Payment))\n"


def command(file: str) -> list[str]:
    """Give the command of the hook in one of the two files, run by this Python."""
    text = (ROOT / file).read_text("utf-8")
    part = text[text.index("id: obq-reveals") :]
    entry = re.search(r"^ +entry: (.+)$", part, re.MULTILINE)
    args = re.search(r'^ +args: \["(.+)"\]$', part, re.MULTILINE)
    assert entry is not None
    _, _, words = entry.group(1).replace("python -m obq_privacy", "obq-privacy").partition("obq-privacy ")
    return [sys.executable, "-m", "obq_privacy", *shlex.split(words), *([args.group(1)] if args else [])]


def hook(folder: Path, file: str = ".pre-commit-hooks.yaml", *instead: str) -> int:
    words = [word for word in command(file) if word != "--check"] if instead else command(file)
    return subprocess.run([*words, *instead], cwd=folder, capture_output=True, check=False).returncode


def test_the_hook_lets_pass_what_was_reviewed_and_nothing_else(tmp_path: Path) -> None:
    """From the first commit of a project on: no list, a list, a change, a comment, and a file that does not parse."""
    (tmp_path / "terms.py").write_text(PREAMBLE, "utf-8")
    pay = tmp_path / "pay.py"
    pay.write_text(PAY.format("bank"), "utf-8")
    assert hook(tmp_path) == 1
    assert hook(tmp_path, ".pre-commit-hooks.yaml", "--update") == 0
    assert hook(tmp_path) == 0
    pay.write_text(PAY.format("print"), "utf-8")
    assert hook(tmp_path) == 1
    pay.write_text("# a comment\n" + PAY.format("bank"), "utf-8")
    assert hook(tmp_path) == 0
    pay.write_text("def pay(:\n", "utf-8")
    assert hook(tmp_path) == 2


def test_the_hook_of_this_project_names_what_is_there() -> None:
    """Its command is one that the command line takes, on files that exist."""
    words = command(".pre-commit-config.yaml")
    for word in words[4:]:
        assert word.startswith("--") or (ROOT / word).exists(), word


@pytest.mark.parametrize("setting", ["pass_filenames: false", "always_run: true"])
def test_the_hook_reads_everything_each_time(setting: str) -> None:
    """A declaration in one file changes what a place in another one reveals, and so may a list that was edited."""
    assert setting in (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
