"""Wrappers around values, what they carry, and the operations on them."""

from __future__ import annotations

from obq_privacy.values._label import Label, Origin
from obq_privacy.values._protected import Held, Keeper, NonPersonal, Personal, Protected, Sensitive
from obq_privacy.values._record import held_as, items_of, record
from obq_privacy.values._several import combine, equal, reveal_all

__all__ = [
    "Held",
    "Keeper",
    "Label",
    "NonPersonal",
    "Origin",
    "Personal",
    "Protected",
    "Sensitive",
    "combine",
    "equal",
    "held_as",
    "items_of",
    "record",
    "reveal_all",
]
