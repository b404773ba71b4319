"""A process that rotates without end until it is killed (run by test_kill)."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from obq_privacy.crypto import KeyFile, Keyring

from .worlds import NOW, SqliteKeys


def main() -> None:
    """Rotate, and make and destroy a key now and then, saying which before and after."""
    place = Path(sys.argv[1])
    store = SqliteKeys(place / "store.db")
    ring = Keyring(store, KeyFile(place / "keys"))
    for round_ in count():
        sys.stdout.write(f"round {round_}\n")
        sys.stdout.flush()
        ring.rotate(batch=4)
        subject = f"{sys.argv[2]}-{round_}"
        key = ring.ensure(subject)
        sys.stdout.write(f"made {subject} {key.key.hex()}\n")
        sys.stdout.flush()
        if round_ % 3 == 0:
            store.destroy_key(subject, NOW)
            sys.stdout.write(f"destroyed {subject} -\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
