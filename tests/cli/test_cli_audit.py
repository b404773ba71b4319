"""audit verify and audit show."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cli_shop import POLICY
from cli_world import OTHER, SHOPPER, pseudonym, run, sql

from obq_privacy import Guard
from obq_privacy.audit._fact import OUTCOMES
from obq_privacy.cli import _audit

if TYPE_CHECKING:
    from pathlib import Path


SWAP = """
UPDATE audit_segments SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3);
UPDATE audit_segments SET seq = -seq WHERE seq < 0;
"""


def more(folder: Path, times: int = 2) -> None:
    """Let the application run again, so that the chain has further rows."""
    for _ in range(times):
        with Guard.open(folder / "shop.db", policy=POLICY) as guard:
            guard.rotate()


# ── Verify ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-2")
def test_a_whole_chain_is_whole(folder: Path) -> None:
    """Its head is printed, and given as an anchor next time it is found again."""
    found = run(folder, "audit", "verify", "shop.db", "--json")
    assert (found.status, found.err) == (0, "")
    form = found.json
    assert (form["format"], form["whole"], form["place"]) == ("obq-privacy/cli/audit-verify/1", True, None)
    more(folder)
    again = run(folder, "audit", "verify", "shop.db", "--anchor", form["head"])
    assert again.status == 0
    assert again.out.startswith("whole: ")


@pytest.mark.clause("PROT-2")
@pytest.mark.parametrize(
    ("tamper", "place", "problem"),
    [
        ("UPDATE audit_segments SET data = zeroblob(length(data)) WHERE seq = 2", "segment 2", "changed"),
        ("DELETE FROM audit_index WHERE seq = 2; DELETE FROM audit_segments WHERE seq = 2", "segment 2", "missing"),
        (SWAP, "segment 2", "reordered"),
        ("DELETE FROM audit_index WHERE seq = 2", "segment 2", "index"),
    ],
    ids=["changed", "missing", "reordered", "hidden"],
)
def test_where_a_chain_is_broken_is_told(folder: Path, tamper: str, place: str, problem: str) -> None:
    """The place and the kind of damage are named, and what is intact before it."""
    more(folder, 3)
    with sql(folder) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.executescript(tamper)
    found = run(folder, "audit", "verify", "shop.db", "--json")
    assert found.status == 1
    assert found.error.startswith(f"obq-privacy: the audit chain is broken at {place}: ")
    assert found.error.endswith("[OBQ504, PROT-2]")
    form = found.json
    assert (form["whole"], form["place"], form["head"]) == (False, place, None)
    assert problem in form["problem"]
    assert form["intact"].startswith("1:")
    plain = run(folder, "audit", "verify", "shop.db").out.splitlines()
    assert plain == [f"broken: {place}: {form['problem']}", f"intact up to: {form['intact']}"]


@pytest.mark.clause("PROT-2")
def test_a_chain_that_was_cut_at_its_end_needs_the_anchor(folder: Path) -> None:
    """Without the head of before, a chain without its newest rows looks whole; with it, the cut shows."""
    more(folder)
    head = run(folder, "audit", "verify", "shop.db", "--json").json["head"]
    with sql(folder) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DELETE FROM audit_index WHERE seq = (SELECT max(seq) FROM audit_segments)")
        database.execute("DELETE FROM audit_segments WHERE seq = (SELECT max(seq) FROM audit_segments)")
    assert run(folder, "audit", "verify", "shop.db").status == 0
    found = run(folder, "audit", "verify", "shop.db", "--anchor", head)
    assert found.status == 1
    assert "truncated" in found.error


def test_what_a_killed_process_left_is_taken_in(folder: Path) -> None:
    """A use whose process was killed right after it is on record, and shown."""
    program = (
        "import os, signal\n"
        "from obq_privacy import Guard\n"
        "from cli_shop import *\n"
        "guard = Guard.open('shop.db', policy=POLICY)\n"
        "shopper = guard.subject('killed-1', born=dt.date(1990, 1, 1))\n"
        "shopper.grant(Delivery)\n"
        "shopper.collect(NAME, 'x').reveal(Delivery)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    shown = run(folder, "audit", "show", "shop.db", "--limit", 1)
    assert " permit   use consignee-name for delivery on consent of " in shown.out
    assert run(folder, "audit", "verify", "shop.db").status == 0


@pytest.mark.parametrize("command", ["verify", "show"])
def test_what_is_no_database_is_left_as_it_is(tmp_path: Path, command: str) -> None:
    """No command makes, fills or changes a file that is no database of the library."""
    (tmp_path / "notes.txt").write_text("not a database at all, but long enough to be looked at" * 9, "utf-8")
    (tmp_path / "empty.db").touch()
    for name, code in (("missing.db", "OBQ702"), ("empty.db", "OBQ702"), (".", "OBQ702"), ("notes.txt", "OBQ502")):
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        found = run(tmp_path, "audit", command, name)
        assert (found.status, found.out) == (1, "")
        assert f"[{code}" in found.error
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


# ── Show ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_filters_fit_together(folder: Path) -> None:
    """Every filter leaves out what does not fit, and only that."""

    def found(*words: str) -> list[tuple[str, str, str]]:
        lines = run(folder, "audit", "show", "shop.db", "--json", *words).out.splitlines()
        entries = [json.loads(line) for line in lines]
        assert all(entry["format"] == "obq-privacy/cli/audit-entry/1" for entry in entries)
        return [(entry["operation"], entry["outcome"], entry["purpose"]) for entry in entries]

    everything = found()
    assert ("share", "permit", "payment") in everything
    assert found("--operation", "share") == [("share", "permit", "payment")]
    assert found("--recipient", "example-bank") == [("share", "permit", "payment")]
    assert found("--purpose", "marketing") == [("use", "deny", "marketing")] * 2
    assert found("--outcome", "deny", "--item", "bank-card") == [("use", "deny", "payment")]
    assert found("--limit", "1") == everything[-1:]
    assert found("--limit", "10000") == everything
    assert found("--since", "2026-01-01", "--until", "2026-01-02T00:00+08:00") == []
    assert found("--since", "2026-01-01") == everything
    assert found("--pseudonym", pseudonym(folder, OTHER)) == [
        ("collect", "permit", ""),
        ("use", "permit", "payment"),
        ("use", "deny", "marketing"),
        ("use", "deny", "payment"),
    ]


def test_a_subject_is_found_by_the_key(folder: Path) -> None:
    """By the application's id the key is needed; by pseudonym it is not. The id itself is said nowhere."""
    by_id = run(folder, "audit", "show", "shop.db", "--subject", SHOPPER)
    from_input = run(folder, "audit", "show", "shop.db", "--subject", "-", stdin=f"{SHOPPER}\n")
    name = pseudonym(folder, SHOPPER)
    (folder / "shop.db.key").unlink()
    by_name = run(folder, "audit", "show", "shop.db", "--pseudonym", name)
    assert by_id == from_input == by_name
    assert by_id.status == 0
    assert by_id.out.count(name) == len(by_id.out.splitlines()) > 0
    assert SHOPPER not in by_id.out
    without = run(folder, "audit", "show", "shop.db", "--subject", SHOPPER)
    assert (without.status, without.out) == (1, "")
    assert "[OBQ410]" in without.error
    assert not (folder / "shop.db.key").exists()


def test_a_reader_that_goes_away_ends_it(folder: Path) -> None:
    """`| head -1` gets its line, and nothing is said of the pipe that broke."""
    with Guard.open(folder / "shop.db", policy=POLICY) as guard:
        for _ in range(4000):
            guard._core.record("0" * 32, guard._core.fact("rotate", "done", actor="ordered"))
    words = [sys.executable, "-m", "obq_privacy", "audit", "show", "shop.db"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 141


def test_an_interruption_is_one_line(folder: Path) -> None:
    """Ctrl-C ends a command without a traceback."""
    (folder / "slow.py").write_text("import time\nprint('begun', flush=True)\ntime.sleep(60)\n", "utf-8")
    words = [sys.executable, "-m", "obq_privacy", "policy", "check", "slow:POLICY"]
    with subprocess.Popen(
        words,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  a job in the background ignores it
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "obq-privacy: interrupted\n")


def test_every_outcome_can_be_asked_for() -> None:
    """Those of the log are those of the command."""
    assert set(_audit._OUTCOMES) == OUTCOMES
