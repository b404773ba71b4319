"""Purposes, categories, items and the other words that everything else is said in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.vocab._category import Category, Sensitivity
from obq_privacy.vocab._codec import Codec, codec_for
from obq_privacy.vocab._item import AnyItem, Item, NonPersonalItem, PersonalItem, SensitiveItem
from obq_privacy.vocab._operation import LegalBasis, Level, Operation, Pseudonym, Source, SourceKind
from obq_privacy.vocab._purpose import Purpose, PurposeSet

if TYPE_CHECKING:
    from obq_privacy.vocab import masks, validators
    from obq_privacy.vocab._place import Place
else:
    # A program names those that it needs.
    __getattr__ = late(__name__, {"Place": "_place", "masks": "masks", "validators": "validators"})

__all__ = [
    "AnyItem",
    "Category",
    "Codec",
    "Item",
    "LegalBasis",
    "Level",
    "NonPersonalItem",
    "Operation",
    "PersonalItem",
    "Place",
    "Pseudonym",
    "Purpose",
    "PurposeSet",
    "SensitiveItem",
    "Sensitivity",
    "Source",
    "SourceKind",
    "codec_for",
    "masks",
    "validators",
]
