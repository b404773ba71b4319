"""Purposes, categories, items and the other words that everything else is said in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.vocab._category import Category, Sensitivity
from obq_privacy.vocab._codec import Codec, codec_for
from obq_privacy.vocab._item import AnyItem, Item, NonPersonalItem, PersonalItem, SensitiveItem
from obq_privacy.vocab._operation import LegalBasis, Level, Operation, Pseudonym, Source, SourceKind
from obq_privacy.vocab._party import AnyRecipient, Invoked, Recipient, RecipientKind, Role, ThirdPartySource
from obq_privacy.vocab._purpose import Purpose, PurposeSet, is_key
from obq_privacy.vocab._request import Request

if TYPE_CHECKING:
    from obq_privacy.vocab import generalise, masks, validators
    from obq_privacy.vocab._place import Place
    from obq_privacy.vocab._terms import Actor, Agreement, SecurityCheck
else:
    # A program names those that it needs.
    __getattr__ = late(
        __name__,
        {
            **dict.fromkeys(("Actor", "Agreement", "SecurityCheck"), "_terms"),
            "Place": "_place",
            "generalise": "generalise",
            "masks": "masks",
            "validators": "validators",
        },
    )

__all__ = [
    "Actor",
    "Agreement",
    "AnyItem",
    "AnyRecipient",
    "Category",
    "Codec",
    "Invoked",
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
    "Recipient",
    "RecipientKind",
    "Request",
    "Role",
    "SecurityCheck",
    "SensitiveItem",
    "Sensitivity",
    "Source",
    "SourceKind",
    "ThirdPartySource",
    "codec_for",
    "generalise",
    "is_key",
    "masks",
    "validators",
]
