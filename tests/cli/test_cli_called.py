"""How commands are called, and what they say when that goes wrong."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_world import SHOPPER, run

COMMANDS = (
    ("policy", "show"),
    ("policy", "check"),
    ("policy", "diff"),
    ("policy", "explain"),
    ("audit", "verify"),
    ("audit", "show"),
    ("subject", "export"),
    ("map",),
)
CARD = "6222021234567890128"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_says_what_the_exit_status_means(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Each command has --json, and its --help ends with the exit statuses."""
    found = run(tmp_path, *command, "--help")
    text = " ".join(found.out.split())
    assert (found.status, found.err) == (0, "")
    assert "--json" in text
    assert text.endswith(
        "exit status: 0 done; 1 found something, was refused, or failed; 2 called wrongly; 130 interrupted; "
        "141 nobody reads the output any more"
    )


@pytest.mark.parametrize(
    "words",
    [(), ("nothing",), ("policy",), ("map",), ("audit", "show", "x.db", "--limit", "0"), ("subject", "export", "x.db")],
    ids=" ".join,
)
def test_a_command_that_is_called_wrongly_has_status_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Nothing is printed on standard output."""
    found = run(tmp_path, *words)
    assert (found.status, found.out) == (2, "")


def test_words_too_many_are_not_repeated(folder: Path) -> None:
    """An id that was typed in the wrong place stays out of the error."""
    found = run(folder, "audit", "show", "shop.db", SHOPPER)
    assert found.status == 2
    assert SHOPPER not in found.err


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        (f"raise ValueError('{CARD}')", "importing bad failed with ValueError at bad.py line 1"),
        (f"x = 1\nint('{CARD}x')", "importing bad failed with ValueError at bad.py line 2"),
        (f"def f(:\n    '{CARD}'", "importing bad failed with SyntaxError at bad.py line 1"),
        (f"raise SystemExit('{CARD}')", "importing bad failed with SystemExit at bad.py line 1"),
        ("import no_such_library_at_all", "there is no module no_such_library_at_all"),
    ],
)
def test_a_module_that_does_not_import_is_told_by_kind_and_place(tmp_path: Path, program: str, problem: str) -> None:
    """What an application's error says may be a value, and is not repeated."""
    (tmp_path / "bad.py").write_text(program, "utf-8")
    found = run(tmp_path, "policy", "check", "bad:POLICY")
    assert (found.status, found.out) == (1, "")
    assert CARD not in found.err
    remedy = "name MODULE:ATTRIBUTE, a policy document, or DATABASE@VERSION [OBQ701]"
    assert found.error == f"obq-privacy: there is no policy to be had from bad:POLICY: {problem}; {remedy}"


@pytest.mark.parametrize(
    "name", ["cli_shop", "cli_shop:", "cli_shop:NOPE", "cli_shop:YEAR", "../x:POLICY", "cli_shop:1"]
)
def test_a_name_that_leads_to_no_policy_is_one_line(folder: Path, name: str) -> None:
    """Whatever is wrong with it."""
    found = run(folder, "policy", "show", name)
    assert (found.status, found.out) == (1, "")
    assert "[OBQ701]" in found.error


def test_what_a_module_prints_does_not_disturb_json(folder: Path) -> None:
    """It goes to standard error."""
    (folder / "chatty.py").write_text("print('hello')\nfrom cli_shop import POLICY\n", "utf-8")
    found = run(folder, "policy", "check", "chatty:POLICY", "--json")
    assert found.json["holds"] is True
    assert found.err == "hello\n"


def test_errors_are_json_too(tmp_path: Path) -> None:
    """With --json the error is an object on standard output, and still a line on standard error."""
    found = run(tmp_path, "audit", "verify", "none.db", "--json")
    assert found.status == 1
    assert found.json == {
        "format": "obq-privacy/cli/error/1",
        "error": {
            "code": "OBQ702",
            "clause": None,
            "says": "there is no database at none.db: there is no such file",
            "remedy": "name one that Guard.open has made",
            "facts": {"place": "none.db", "problem": "there is no such file"},
        },
    }
    assert "[OBQ702]" in found.error


def test_a_full_disk_is_told(folder: Path) -> None:
    """What cannot be written to standard output is no traceback either."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "obq_privacy", "policy", "show", "cli_shop:POLICY"],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == (
        "obq-privacy: standard output cannot be written: no space left on device; "
        "name a file that is not there yet, in a folder that can be written [OBQ706]\n"
    )


def test_progress_is_told_only_where_it_is_wanted(folder: Path) -> None:
    """Nothing on a pipe; lines on a pipe with --progress; one line that is wiped on a terminal."""
    words = ("audit", "verify", "shop.db")
    assert run(folder, *words).err == ""
    assert re.fullmatch(r"(\d+ segments verified, \d+ s\n)+", run(folder, *words, "--progress").err)
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "obq_privacy", *words, "--progress"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    said = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0
    assert said.startswith("\r\x1b[K1 segments verified")
    assert said.endswith("\r\x1b[K")


def test_json_of_every_command_names_its_form(folder: Path) -> None:
    """Whoever reads it can tell what it is, and which version of it."""
    calls = {
        "obq-privacy-policy/1": ("policy", "show", "cli_shop:POLICY"),
        "obq-privacy/cli/policy-check/1": ("policy", "check", "cli_shop:POLICY"),
        "obq-privacy/cli/policy-diff/1": ("policy", "diff", "cli_shop:POLICY", "cli_shop:NEXT"),
        "obq-privacy/cli/policy-explain/1": ("policy", "explain", "cli_shop:POLICY", "payment", "bank-card"),
        "obq-privacy/cli/audit-verify/1": ("audit", "verify", "shop.db"),
        "obq-privacy/cli/audit-entry/1": ("audit", "show", "shop.db", "--limit", "1"),
        "obq-privacy/cli/subject-export/1": (
            *("subject", "export", "shop.db", SHOPPER, "--policy", "cli_shop:POLICY", "-o", "out.json"),
        ),
        "obq-privacy/cli/map/1": ("map", "--policy", "cli_shop:POLICY", "-o", "map.html"),
    }
    for form, words in calls.items():
        assert json.loads(run(folder, *words, "--json").out)["format"] == form
