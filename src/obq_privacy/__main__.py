"""`python -m obq_privacy`."""

from __future__ import annotations

import sys

from obq_privacy.cli import main

if __name__ == "__main__":
    sys.exit(main())
