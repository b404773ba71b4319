"""A process to kill: it appends numbered records and acknowledges each on its standard output.

Arguments: the directory of the journal, the database, "append", "drain" (a thread of it drains without pause) or
"fork" (as "append", with a forked child that goes on living).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from audit_stores import SqliteStore, subject_of

from obq_privacy.audit import Fact, Journal, flush

FACT = Fact("use", "permit", items=("bank-card",), purpose="payment", basis="consent", version="2026-11")


def main() -> None:
    """Append until killed."""
    sys.setswitchinterval(1e-5)
    directory, database, mode = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    store = SqliteStore(database)
    store.add_facts([FACT])
    journal = Journal.open(directory, slots=64)
    if mode == "drain":

        def drain() -> None:
            while True:
                flush(journal, store)

        threading.Thread(target=drain, daemon=True).start()
    number = 0
    while True:
        number += 1
        journal.append(subject_of(number), time.monotonic_ns(), FACT.id)
        os.write(1, number.to_bytes(4, "big"))
        if mode == "fork" and number == 100 and os.fork() == 0:
            os.close(1)
            time.sleep(30)
            os._exit(0)


if __name__ == "__main__":
    main()
