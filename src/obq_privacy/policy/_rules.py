"""The declarations that a policy is made of."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, final

import attrs

from obq_privacy.errors import ItemInvalid, PurposeInvalid
from obq_privacy.vocab import AnyItem, Item, Purpose
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(Enum):
    """Whether a function belongs to the service itself or comes on top of it (USE-1)."""

    BASIC = "basic"
    ADDITIONAL = "additional"


@final
@attrs.frozen(eq=False, repr=False)
class PurposeRule(Noun):
    """What the policy says of one purpose; made by `basic` and `additional`.

    Attributes:
        purpose: the purpose.
        kind: basic or additional.
        necessary: items without which the function cannot be had.
        optional: items that it can use.
        requires: purposes that it builds on (USE-4).

    Raises:
        PurposeInvalid: what stands for a purpose is not a purpose class.
        ItemInvalid: what stands for an item is not an item.
    """

    purpose: type[Purpose]
    kind: Kind
    necessary: tuple[AnyItem, ...]
    optional: tuple[AnyItem, ...]
    requires: tuple[type[Purpose], ...]

    def __attrs_post_init__(self) -> None:
        declared: tuple[object, ...] = (self.purpose, *self.requires)  # callers without types may pass anything
        if not all(isinstance(purpose, type) and issubclass(purpose, Purpose) for purpose in declared):
            raise PurposeInvalid(declaration=self.kind.value, problem="what it declares or requires is not one purpose")
        listed: tuple[object, ...] = self.items
        if not all(isinstance(item, Item) for item in listed):
            raise ItemInvalid(declaration=f"purpose {self.purpose.key}", problem="what it names is not an item")

    @property
    def items(self) -> tuple[AnyItem, ...]:
        """All items that the purpose may use."""
        return (*self.necessary, *self.optional)


def basic(
    purpose: type[Purpose],
    *,
    necessary: Iterable[AnyItem] = (),
    optional: Iterable[AnyItem] = (),
    requires: Iterable[type[Purpose]] = (),
) -> PurposeRule:
    """Declare a function of the service itself; refusing its necessary items means doing without it."""
    return PurposeRule(purpose, Kind.BASIC, tuple(necessary), tuple(optional), tuple(requires))


def additional(
    purpose: type[Purpose],
    *,
    necessary: Iterable[AnyItem] = (),
    optional: Iterable[AnyItem] = (),
    requires: Iterable[type[Purpose]] = (),
) -> PurposeRule:
    """Declare a function on top of the service; refusing it leaves every basic function as it was."""
    return PurposeRule(purpose, Kind.ADDITIONAL, tuple(necessary), tuple(optional), tuple(requires))


@final
@attrs.frozen(eq=False, repr=False)
class Retention(Noun):
    """How long values of an item may be kept, counted from their collection."""

    item: AnyItem
    keep: dt.timedelta
