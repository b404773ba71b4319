"""A carrier in a process of its own that opens an envelope and is killed at one of its steps."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from envelopes_world import ADDRESSEE, CARRIER_KEY, START, carrier_policy, opened
from guard_world import HandClock

from obq_privacy.guard._access import Access
from obq_privacy.guard._inbox import Inbox


def die(*_: object, **__: object) -> NoReturn:
    """Be killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def main(path: str, step: str, envelope: str) -> None:
    """Open the envelope in a file; `step` says before or after what it ends."""
    with opened(carrier_policy(), HandClock(START).clock, Path(path)) as guard:
        store: Any = guard._core.store
        if step == "before remembering":
            store.enter = die
        elif step == "after remembering":
            Access.collect_record = die  # type: ignore[method-assign]
        box = Inbox(guard, CARRIER_KEY, sender="example-shop")
        box.open(Path(envelope).read_bytes(), {"who": ADDRESSEE}, subject=guard.subject("addressee"))
        if step == "after opening":
            die()


if __name__ == "__main__":
    main(*sys.argv[1:])
