"""What other processes do in the tests of releases: `python releases_child.py <what> <database> <first> <last>`."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from releases_world import Member, Research, opened

from obq_privacy.errors import ReleaseRefused

if TYPE_CHECKING:
    from obq_privacy import Guard
    from obq_privacy.audit import Fact


def tell(guard: Guard, first: int, last: int) -> str:
    """Release the people with these numbers, and say what came of it."""
    records = [guard.vault.load(Member, f"member-{number}") for number in range(first, last)]
    try:
        release = guard.release(Research, records, by={"region": lambda member: member.region})
    except ReleaseRefused as refusal:
        return type(refusal).__name__
    return " ".join(f"{group.values[0]}={group.subjects}" for group in release.groups)


def die_before_telling(guard: Guard) -> None:
    """Be killed once the release is remembered and before it is recorded and handed out."""
    core = guard._core
    record = core.record

    def die(subject: str, fact: Fact) -> None:
        if fact.operation == "release":
            os.kill(os.getpid(), signal.SIGKILL)
        record(subject, fact)

    core.record = die  # type: ignore[method-assign]


def main() -> None:
    """Run what the command line names."""
    what, path, first, last = sys.argv[1:]
    with opened(path) as guard:  # type: ignore[arg-type]
        if what == "die":
            die_before_telling(guard)
        os.write(1, b"ready\n")
        sys.stdin.readline()
        os.write(1, (tell(guard, int(first), int(last)) + "\n").encode())


if __name__ == "__main__":
    main()
