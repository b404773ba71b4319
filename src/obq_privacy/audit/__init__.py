"""The audit: a journal that is written before any plaintext is handed out, and the chain that it becomes.

`Journal` takes records of 32 bytes, `Fact` says what they mean, `flush` and `adopt_orphans` move them into a store
(`AuditStore`), `link` chains them there, and `AuditLog` reads and verifies them. The formats are in
docs/formats/journal.md. Kept here: PROT-2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.audit._fact import HANDED_OUT, Fact, Outcome
from obq_privacy.audit._journal import Journal
from obq_privacy.audit._segment import parse as parse_segment
from obq_privacy.audit._slots import Batch

if TYPE_CHECKING:
    from obq_privacy.audit._chain import GENESIS, AuditStore, FactRow, Head, SegmentRow, link
    from obq_privacy.audit._drain import Adopted, adopt_orphans, flush
    from obq_privacy.audit._log import AuditLog, Entry, Keyed, verify_chain
else:
    # Most programs write to the log much more often than they read it, and link its rows only in a store.
    __getattr__ = late(
        __name__,
        {
            **dict.fromkeys(("GENESIS", "AuditStore", "FactRow", "Head", "SegmentRow", "link"), "_chain"),
            **dict.fromkeys(("Adopted", "adopt_orphans", "flush"), "_drain"),
            **dict.fromkeys(("AuditLog", "Entry", "Keyed", "verify_chain"), "_log"),
        },
    )

__all__ = [
    "GENESIS",
    "HANDED_OUT",
    "Adopted",
    "AuditLog",
    "AuditStore",
    "Batch",
    "Entry",
    "Fact",
    "FactRow",
    "Head",
    "Journal",
    "Keyed",
    "Outcome",
    "SegmentRow",
    "adopt_orphans",
    "flush",
    "link",
    "parse_segment",
    "verify_chain",
]

for _public in (Batch, Fact, Journal):  # the others say so themselves
    _public.__module__ = __name__
