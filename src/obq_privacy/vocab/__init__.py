"""Purposes, categories, items and the other words that everything else is said in."""

from __future__ import annotations

from obq_privacy.vocab import masks, validators
from obq_privacy.vocab._category import Category, Sensitivity
from obq_privacy.vocab._codec import Codec, codec_for
from obq_privacy.vocab._item import AnyItem, Item, NonPersonalItem, PersonalItem, SensitiveItem
from obq_privacy.vocab._operation import LegalBasis, Level, Operation, Pseudonym, Source, SourceKind
from obq_privacy.vocab._place import Place
from obq_privacy.vocab._purpose import Purpose, PurposeSet

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
