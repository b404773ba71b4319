"""Wrappers around values, what they carry, and the operations on them."""

from __future__ import annotations

from obq_privacy.values._label import Label, Origin
from obq_privacy.values._protected import Held, Keeper, NonPersonal, Personal, Protected, Sensitive
from obq_privacy.values._record import RecordField, evolve, fields_of, held_as, record
from obq_privacy.values._several import combine, equal, reveal_all
from obq_privacy.values._sharing import share_all

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
