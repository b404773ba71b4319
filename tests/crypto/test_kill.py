"""Processes that are killed with SIGKILL while they rotate, make and destroy keys."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from obq_privacy.crypto import KeyFile, Keyring
from obq_privacy.errors import KeyErased, KeyProviderError

from .test_keyfile import start
from .worlds import SqliteKeys

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

ROUNDS = 60 if os.environ.get("OBQ_PROFILE") == "long" else 8


def until(child: subprocess.Popen[str], last: str) -> list[str]:
    """Return what a process says up to this line."""
    assert child.stdout is not None
    said: list[str] = []
    for line in child.stdout:
        said.append(line.rstrip("\n"))
        if line == last:
            return said
    raise AssertionError(f"the process ended before it said {last!r}")


@pytest.mark.clause("DEF-4")
def test_sigkill_at_any_instant_loses_no_key_and_brings_none_back(tmp_path: Path) -> None:
    """Two processes rotate, make and destroy keys until they are killed: what they said is so afterwards."""
    chance = random.Random(20261122)  # noqa: S311 - when to kill needs no secrecy
    store, place = SqliteKeys(tmp_path / "store.db"), tmp_path / "keys"
    ring = Keyring(store, KeyFile(place))
    keys = {f"before-{n}": ring.ensure(f"before-{n}").key for n in range(12)}
    gone: set[str] = set()
    for number in range(ROUNDS):
        children = [start("killed_rotation", str(tmp_path), f"{number}-{name}") for name in "ab"]
        said: list[str] = []
        for child in children:
            # How far they come before the kill is waited for, not left to how busy the machine is: into the first
            # round, where a key is made and destroyed, or into the third, after one was made that stays.
            said += until(child, f"round {number % 2 * 2}\n")
        time.sleep(chance.uniform(0, 0.3))
        for child in children:
            child.kill()
        for child in children:
            said += child.communicate()[0].split("\n")[:-1]
        for line in said:
            word, _, rest = line.partition(" ")
            subject, _, secret = rest.partition(" ")
            if word == "made":
                keys[subject] = bytes.fromhex(secret)
            elif word == "destroyed":
                gone.add(subject)
        for subject, secret_bytes in keys.items():
            try:
                found = ring.of(subject).key
            except KeyErased:
                # Every third is destroyed, and the process may have been killed before it could say so.
                gone.add(subject)
            else:
                assert found == secret_bytes
                assert subject not in gone
    assert not any(subject.startswith("before") or int(subject.rpartition("-")[2]) % 3 for subject in gone)
    assert len(keys) - len(gone) >= 12 + ROUNDS // 2 * 2
    ring.rotate()
    version, target = store.kek()
    assert target is None
    assert KeyFile(place).current() == version
    with pytest.raises(KeyProviderError, match=f"there is {version};"):
        KeyFile(place).wrap(version - 1, bytes(32), b"")
    assert not (tmp_path / "keys.new").exists()
    for subject in gone:
        with pytest.raises(KeyErased):
            ring.of(subject)
