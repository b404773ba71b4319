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
    """Whether a function belongs to the service itself, comes on top of it (USE-1), or is a duty by law (PROT-3).

    A statutory purpose needs no consent, and is the only kind that reveals restricted values.
    """

    BASIC = "basic"
    ADDITIONAL = "additional"
    STATUTORY = "statutory"


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
        shared: items that may be shared for it (USE-13); transfers and disclosures have consents of their own.
        choice: whether they are shared only with the recipient that the subject chose (USE-13).
        roles: roles of which an actor needs one; none where anybody acts (PROT-1).
        alternative: what is offered without personal data where this is refused (USE-7).
        permission: the device permission that it depends on, or "" (USE-18).
        user_initiated: whether it collects only while the subject acts (USE-20).
        signal: whether a Global Privacy Control signal refuses it (COOK-2).

    Raises:
        PurposeInvalid: what stands for a purpose is not a purpose class.
        ItemInvalid: what stands for an item is not an item.
    """

    purpose: type[Purpose]
    kind: Kind
    necessary: tuple[AnyItem, ...]
    optional: tuple[AnyItem, ...]
    requires: tuple[type[Purpose], ...]
    shared: tuple[AnyItem, ...] = ()
    choice: bool = False
    roles: frozenset[str] = frozenset()
    alternative: str = ""
    permission: str = ""
    user_initiated: bool = False
    signal: bool = False

    def __attrs_post_init__(self) -> None:
        declared: tuple[object, ...] = (self.purpose, *self.requires)  # callers without types may pass anything
        if not all(isinstance(purpose, type) and issubclass(purpose, Purpose) for purpose in declared):
            raise PurposeInvalid(declaration=self.kind.value, problem="what it declares or requires is not one purpose")
        listed: tuple[object, ...] = (*self.items, *self.shared)
        if not all(isinstance(item, Item) for item in listed):
            raise ItemInvalid(declaration=f"purpose {self.purpose.key}", problem="what it names is not an item")

    @property
    def items(self) -> tuple[AnyItem, ...]:
        """All items that the purpose may use."""
        return (*self.necessary, *self.optional)


def _roles(purpose: type[Purpose], roles: Iterable[str]) -> frozenset[str]:
    if isinstance(roles, str):  # it would be a set of letters
        raise PurposeInvalid(declaration=purpose.key, problem="its roles are a collection of names")
    return frozenset(roles)


def basic(
    purpose: type[Purpose],
    *,
    necessary: Iterable[AnyItem] = (),
    optional: Iterable[AnyItem] = (),
    requires: Iterable[type[Purpose]] = (),
    shared: Iterable[AnyItem] = (),
    choice: bool = False,
    roles: Iterable[str] = (),
) -> PurposeRule:
    """Declare a function of the service itself; refusing its necessary items means doing without it."""
    return PurposeRule(
        purpose,
        Kind.BASIC,
        tuple(necessary),
        tuple(optional),
        tuple(requires),
        shared=tuple(shared),
        choice=choice,
        roles=_roles(purpose, roles),
    )


def additional(
    purpose: type[Purpose],
    *,
    necessary: Iterable[AnyItem] = (),
    optional: Iterable[AnyItem] = (),
    requires: Iterable[type[Purpose]] = (),
    shared: Iterable[AnyItem] = (),
    choice: bool = False,
    roles: Iterable[str] = (),
    alternative: str = "",
    permission: str = "",
    user_initiated: bool = False,
    signal: bool = False,
) -> PurposeRule:
    """Declare a function on top of the service; refusing it leaves every basic function as it was."""
    return PurposeRule(
        purpose,
        Kind.ADDITIONAL,
        tuple(necessary),
        tuple(optional),
        tuple(requires),
        shared=tuple(shared),
        choice=choice,
        roles=_roles(purpose, roles),
        alternative=alternative,
        permission=permission,
        user_initiated=user_initiated,
        signal=signal,
    )


def statutory(
    purpose: type[Purpose],
    *,
    items: Iterable[AnyItem] = (),
    shared: Iterable[AnyItem] = (),
    roles: Iterable[str] = (),
) -> PurposeRule:
    """Declare a duty by law: it needs no consent, uses nothing but `items`, and reaches restricted values."""
    return PurposeRule(
        purpose, Kind.STATUTORY, tuple(items), (), (), shared=tuple(shared), roles=_roles(purpose, roles)
    )


class Anchor(Enum):
    """What a retention period counts from (PROT-3)."""

    COLLECTION = "collection"
    COMPLETION = "completion"
    ACTIVITY = "activity"
    ACCOUNT_END = "account-end"


@final
@attrs.frozen(eq=False, repr=False)
class Retention(Noun):
    """How long values of an item may be kept (PROT-3).

    Attributes:
        item: the item.
        keep: for how long they may be used.
        purpose: for this purpose only; None for every purpose.
        after: what the period counts from. What has not happened yet (a completion, an end of the account) starts none.
        at_least: how long the law wants them kept, restricted once `keep` is over, whatever `purpose` says: statutory
            purposes reach them for that long; None where it does not say.
    """

    item: AnyItem
    keep: dt.timedelta
    purpose: type[Purpose] | None = None
    after: Anchor = Anchor.COLLECTION
    at_least: dt.timedelta | None = None
