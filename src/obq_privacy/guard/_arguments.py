"""What callers without a type checker may get wrong: found before anything is done, and named without the value."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, TypeVar

from obq_privacy.errors import ArgumentInvalid, ItemInvalid, PurposeInvalid, RecordMismatch
from obq_privacy.vocab import Item, Purpose
from obq_privacy.vocab._text import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import UnionType

    from obq_privacy.policy import Policy

V = TypeVar("V")


def check_purposes(where: str, *purposes: object) -> None:
    """Check that all are purpose classes.

    Raises:
        PurposeInvalid: one is not, or is `Purpose` itself.
    """
    for purpose in purposes:
        if not (isinstance(purpose, type) and issubclass(purpose, Purpose)):
            raise PurposeInvalid(declaration=where, problem="it takes Purpose classes")
        if purpose is Purpose:
            raise PurposeInvalid(declaration=where, problem="Purpose itself is no purpose; name a subclass")


def check_item(where: str, item: object, policy: Policy) -> None:
    """Check that it is an item, and not another one under the key of one that the policy declares (DEF-2).

    Raises:
        ItemInvalid: it is not.
    """
    if not isinstance(item, Item):
        raise ItemInvalid(declaration=where, problem="it takes an item")
    if policy.item(item.key) not in {None, item}:
        raise ItemInvalid(declaration=item.key, problem=f"{where} takes the item that the policy declares by this key")


def check_name(name: object) -> None:
    """Check the name of a record.

    Raises:
        RecordMismatch: it is no str, empty, or has no bytes.
    """
    if not name or not is_text(name):
        raise RecordMismatch(record="without a name", problem="its name is a str that is not empty")


def check_text(where: str, text: object) -> None:
    """Check that an argument is text that can be stored.

    Raises:
        ArgumentInvalid: it is no str, or has no bytes.
    """
    if not is_text(text):
        raise ArgumentInvalid(argument=where, problem="it is a str that UTF-8 can spell")


def check_kind(where: str, value: object, kind: type[object] | UnionType) -> None:
    """Check that an argument is of a type.

    Raises:
        ArgumentInvalid: it is not.
    """
    if not isinstance(value, kind):
        del value  # a renderer of tracebacks may show this frame
        name = kind.__name__ if isinstance(kind, type) else str(kind)
        raise ArgumentInvalid(argument=where, problem=f"it is a {name}")


def checked(where: str, value: V, kind: type[object] | UnionType) -> V:
    """Give an argument that is of a type.

    Raises:
        ArgumentInvalid: it is not.
    """
    check_kind(where, value, kind)
    return value


def checked_text(where: str, text: str) -> str:
    """Give an argument that is text that can be stored.

    Raises:
        ArgumentInvalid: it is no str, or has no bytes.
    """
    check_text(where, text)
    return text


def all_of(where: str, values: Iterable[V], kind: type[object] | UnionType) -> tuple[V, ...]:
    """Give the members of an argument, all of one type.

    Raises:
        ArgumentInvalid: one is not, or it is no collection.
    """
    try:
        members = None if isinstance(values, str | bytes) else tuple(values)  # a text is not a collection of letters
    except TypeError:
        members = None
    if members is None or not all(isinstance(member, kind) for member in members):
        name = kind.__name__ if isinstance(kind, type) else str(kind)
        raise ArgumentInvalid(argument=where, problem=f"its members are each a {name}")
    return members


def check_region(region: object) -> None:
    """Check where a store is.

    Raises:
        ArgumentInvalid: it is no country code.
    """
    if region != "" and not is_region(region):
        raise ArgumentInvalid(argument="region", problem="it is an ISO 3166-1 code of two capital letters")


def is_region(region: object) -> bool:
    """Tell whether it is a country code."""
    return isinstance(region, str) and len(region) == 2 and region.isascii() and region.isalpha() and region.isupper()


def check_lease(lease: object) -> None:
    """Check how long a process may rely on what it knows.

    Raises:
        ArgumentInvalid: it is no timedelta, or negative.
    """
    if not isinstance(lease, dt.timedelta) or lease < dt.timedelta(0):
        raise ArgumentInvalid(argument="lease", problem="it is a timedelta that is not negative")
