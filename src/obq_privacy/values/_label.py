"""What a value carries with it: the label, and the part of it that many values share."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self, final

import attrs

from obq_privacy.vocab import Category, Item, Pseudonym, PurposeSet, Sensitivity, Source
from obq_privacy.vocab._noun import Noun


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Label(Noun):
    """What is known about a value without its content. Labels form a lattice under `join`.

    Attributes:
        items: keys of the items.
        categories: kinds of data.
        sensitivity: the highest of its parts.
        purposes: what all of its parts allow.
        subjects: pseudonyms of the people it is about.
        sources: where it came from.
        regions: where it was collected.
        versions: versions of the policy that it was collected under.
        collected: when the oldest and the newest part were collected (aware, UTC, whole seconds).
        matters: the orders or other business cases that its parts belong to; "" stands for parts of none.
        topics: what it is about, where a subject may object to a topic (USE-7).
        ends: when it may not be used any more, whatever the policy says; None where only the policy says.
    """

    items: frozenset[str]
    categories: frozenset[Category]
    sensitivity: Sensitivity
    purposes: PurposeSet
    subjects: frozenset[Pseudonym]
    sources: frozenset[Source]
    regions: frozenset[str]
    versions: frozenset[str]
    collected: tuple[dt.datetime, dt.datetime]
    matters: frozenset[str] = frozenset({""})
    topics: frozenset[str] = frozenset()
    ends: dt.datetime | None = None

    def join(self, other: Label) -> Label:
        """Give the label of a value made of both: never looser than either (USE-9).

        Sensitivity is the higher one, purposes the intersection, the end the earlier one, everything else the union.
        Commutative, associative and idempotent.
        """
        return Label(
            items=self.items | other.items,
            categories=self.categories | other.categories,
            sensitivity=max(self.sensitivity, other.sensitivity),
            purposes=self.purposes.meet(other.purposes),
            subjects=self.subjects | other.subjects,
            sources=self.sources | other.sources,
            regions=self.regions | other.regions,
            versions=self.versions | other.versions,
            collected=(min(self.collected[0], other.collected[0]), max(self.collected[1], other.collected[1])),
            matters=self.matters | other.matters,
            topics=self.topics | other.topics,
            ends=min((end for end in (self.ends, other.ends) if end is not None), default=None),
        )

    def __le__(self, other: Label) -> bool:
        """Tell whether `other` is at least as strict."""
        return self.join(other) == other


@final
@attrs.frozen(eq=False, repr=False)
class Origin:
    """The part of a label that values of one item share; the guard keeps one object for each combination.

    `sealed` says whether the values are ciphertext in memory, `ends` is in seconds since the epoch, 0 for never.
    """

    item: Item[Any, Any]
    sensitivity: Sensitivity
    purposes: PurposeSet
    source: Source
    region: str
    version: str
    matter: str = ""
    topics: frozenset[str] = frozenset()
    ends: int = 0

    __repr__ = Noun.__repr__

    @property
    def sealed(self) -> bool:
        """Whether values are ciphertext in memory."""
        return self.sensitivity is Sensitivity.SENSITIVE or self.item.encrypt

    def label(self, subject: Pseudonym, collected: int) -> Label:
        """Give the whole label; `collected` is in seconds since the epoch."""
        category = {self.item.category}
        if self.sensitivity > self.item.sensitivity:
            category.add(Category.CHILD)
        when = dt.datetime.fromtimestamp(collected, dt.UTC)
        return Label(
            items=frozenset({self.item.key}),
            categories=frozenset(category),
            sensitivity=self.sensitivity,
            purposes=self.purposes,
            subjects=frozenset({subject}),
            sources=frozenset({self.source}),
            regions=frozenset({self.region}),
            versions=frozenset({self.version}),
            collected=(when, when),
            matters=frozenset({self.matter}),
            topics=self.topics,
            ends=dt.datetime.fromtimestamp(self.ends, dt.UTC) if self.ends else None,
        )

    def narrowed(self, purposes: PurposeSet) -> Self:
        """Give the same origin for the purposes that both allow."""
        return attrs.evolve(self, purposes=self.purposes.meet(purposes))
