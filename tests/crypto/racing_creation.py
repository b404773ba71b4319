"""A process that makes a key file at a signal, wraps a key under it and says what it saw (run by test_keyfile)."""

from __future__ import annotations

import sys

from obq_privacy.crypto import KeyFile

DATA_KEY = b"D4#data-key-bytes-of-length-32.."


def main() -> None:
    """Wait for a line, then act."""
    keys = KeyFile(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    version = keys.advance(0)
    sys.stdout.write(f"{version} {keys.wrap(version, DATA_KEY, b'').hex()}\n")


if __name__ == "__main__":
    main()
