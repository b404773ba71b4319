"""Releases are compared across calls, processes and time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from releases_child import tell
from releases_world import Research, members, opened

from obq_privacy.guard._counting import member_of

HERE = Path(__file__).parent


def populated(path: Path, count: int) -> None:
    """Keep so many members of one region in a store."""
    with opened(path) as guard:
        for number, member in enumerate(members(guard, {"north": count})):
            guard.vault.keep(f"member-{number}", member)


def child(what: str, path: Path, first: int, last: int) -> subprocess.Popen[str]:
    """Start another process, and wait until it is about to release."""
    command = [sys.executable, str(HERE / "releases_child.py"), what, str(path), str(first), str(last)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.clause("USE-23")
def test_what_was_told_before_is_remembered_when_the_store_is_opened_again(tmp_path: Path) -> None:
    """Closing and opening the store in between is no way around, nor is rotating its keys."""
    path = tmp_path / "shop.db"
    populated(path, 8)
    with opened(path) as guard:
        assert tell(guard, 0, 8) == "north=8"
        guard.rotate()
    with opened(path) as guard:
        assert tell(guard, 1, 8) == "DifferenceTooSmall"
        assert tell(guard, 3, 8) == "north=5"
        assert tell(guard, 0, 8) == "north=8"


@pytest.mark.clause("USE-23")
def test_another_process_is_no_way_around(tmp_path: Path) -> None:
    """What one process told, another process that was already there is held to."""
    path = tmp_path / "shop.db"
    populated(path, 8)
    with child("tell", path, 1, 8) as other:
        with opened(path) as guard:
            assert tell(guard, 0, 8) == "north=8"
        assert other.communicate("\n", timeout=30)[0] == "DifferenceTooSmall\n"


@pytest.mark.clause("USE-23")
def test_of_two_processes_at_once_one_is_refused(tmp_path: Path) -> None:
    """Two releases that differ by one person, at the same moment: never both."""
    path = tmp_path / "shop.db"
    populated(path, 8)
    for _ in range(3):
        others = [child("tell", path, first, 8) for first in (0, 1)]
        for other in others:
            assert other.stdin is not None
            other.stdin.write("\n")
            other.stdin.flush()
        said = [other.communicate(timeout=30)[0].strip() for other in others]
        assert sorted(said) in (["DifferenceTooSmall", "north=7"], ["DifferenceTooSmall", "north=8"])


@pytest.mark.clause("USE-23")
def test_a_release_that_was_killed_counts_as_told_and_can_be_made_again(tmp_path: Path) -> None:
    """It is remembered before it is handed out, so a kill in between loses nothing but the answer."""
    path = tmp_path / "shop.db"
    populated(path, 8)
    with child("die", path, 0, 8) as other:
        assert other.communicate("\n", timeout=30)[0] == ""
        assert other.returncode == -signal.SIGKILL
    with opened(path) as guard:
        assert tell(guard, 1, 8) == "DifferenceTooSmall"
        assert tell(guard, 0, 8) == "north=8"
        assert len(guard._core.store.entries("releases")) == 2


@pytest.mark.clause("USE-23", "DEF-4")
def test_what_is_remembered_of_the_erased_leads_to_nobody(tmp_path: Path) -> None:
    """What stands for a person in the docket is made with the person's own key, and cannot be made without it."""
    with opened(tmp_path / "shop.db") as guard:
        people = members(guard, {"north": 6})
        guard.release(Research, people, by={"region": lambda member: member.region})
        (entry,) = guard._core.store.entries("releases")
        remembered = b64decode(json.loads(entry.text)["sets"][0])
        access = guard._core.access(guard.subject("north-0").pseudonym)
        mine = member_of(access)
        assert mine is not None
        assert mine in {remembered[at : at + 12] for at in range(0, len(remembered), 12)}
        assert mine not in (bytes.fromhex(access.subject), access.subject.encode())
        guard.subject("north-0").erase()
        assert member_of(access) is None
        assert guard._core.store.entries("releases") == (entry,)  # what was told stays told
