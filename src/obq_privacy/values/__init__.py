"""Wrappers around values, what they carry, and the operations on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.values._label import Label, Origin
from obq_privacy.values._protected import Held, Keeper, NonPersonal, Personal, Protected, Sensitive

if TYPE_CHECKING:
    from obq_privacy.values._record import RecordField, evolve, fields_of, held_as, record
    from obq_privacy.values._several import combine, equal, reveal_all
    from obq_privacy.values._sharing import share_all
else:
    # Records, and what is done with several values at once, are loaded by programs that have them.
    __getattr__ = late(
        __name__,
        {
            **dict.fromkeys(("RecordField", "evolve", "fields_of", "held_as", "record"), "_record"),
            **dict.fromkeys(("combine", "equal", "reveal_all"), "_several"),
            "share_all": "_sharing",
        },
    )

__all__ = [
    "Held",
    "Keeper",
    "Label",
    "NonPersonal",
    "Origin",
    "Personal",
    "Protected",
    "RecordField",
    "Sensitive",
    "combine",
    "equal",
    "evolve",
    "fields_of",
    "held_as",
    "record",
    "reveal_all",
    "share_all",
]
