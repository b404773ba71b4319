"""Opening values to count people: who stands in which group, with nothing of the values left behind."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from hmac import digest
from typing import TYPE_CHECKING, Any, Final, cast

from obq_privacy.crypto import encode
from obq_privacy.errors import (
    ActorNotAuthorised,
    BasisNotCovering,
    Denied,
    ItemNotNeeded,
    KeyErased,
    PolicyGap,
    PurposeNotAllowed,
    ReleaseInvalid,
)
from obq_privacy.guard._access import Access
from obq_privacy.guard._pass import Box
from obq_privacy.values import Protected
from obq_privacy.values._door import Derived, Failure, leaves, open_all, payload
from obq_privacy.vocab import LegalBasis
from obq_privacy.vocab.generalise import Technique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from obq_privacy.guard._core import Core
    from obq_privacy.vocab import Request

DIGEST: Final = 12
"""Bytes that stand for a subject: two of a million people share them with a chance of about 2⁻⁵⁷."""

Naming = str | int | bool | dt.date | Enum | None
"""What may name a group: the values of a technique are text."""

Key = tuple[tuple[str, Naming], ...]
"""The name of a group: each value with the name of its type, because True equals 1."""

Row = tuple[Protected[Any, Any], ...]
"""The wrappers of one record."""


class Opened:
    """Who stands in which group. The names of groups are values, so nothing shows them."""

    __slots__ = ("groups", "left", "techniques")

    def __init__(self) -> None:
        self.groups: dict[Key, set[bytes]] = {}
        self.left: set[bytes] = set()
        self.techniques: dict[str, set[str]] = {}

    def __repr__(self) -> str:
        return "Opened(…)"

    def add(self, member: bytes, keys: Box) -> None:
        """Put a person into groups, or with those who are left out where there are none."""
        for key in keys.value:
            self.groups.setdefault(key, set()).add(member)
        if not keys.value:
            self.left.add(member)


def people_of(core: Core, records: Box, by: Mapping[str, Callable[[Any], object]]) -> dict[Access, list[Row]]:
    """Give the wrappers of every record, by the person that they are about."""
    people: dict[Access, list[Row]] = {}
    for record in map(Box, records.value):
        row = tuple(select(record.value) for select in by.values())
        if not all(isinstance(value, Protected) for value in row):
            del row  # what is no wrapper may be a value
            raise ReleaseInvalid(problem="a function in by gives something other than a wrapper")
        wrappers = cast("Row", row)
        about = {leaf._keeper for value in wrappers for leaf in leaves(value)}
        access = about.pop()
        if about or not isinstance(access, Access) or access._core is not core:
            raise ReleaseInvalid(problem="the values of one record are about several people, or of another guard")
        people.setdefault(access, []).append(wrappers)
    return people


def counted(names: Iterable[str], people: Mapping[Access, list[Row]], *, use: Request, share: Request | None) -> Opened:
    """Open the values of one person after the other, and keep only in which groups they stand."""
    opened = Opened()
    opened.techniques.update((name, set()) for name in names)
    for access, rows in people.items():
        member = member_of(access)
        if member is None:
            continue  # erased: there is nobody to count
        usable, keys = _keys(use, rows)
        if isinstance(keys, Failure):
            raise keys.error()
        if keys.value is None:
            raise ReleaseInvalid(problem="a group is named by something other than text, a whole number or a date")
        if share is not None:
            _check_sharing(access, usable, share)
        opened.add(member, keys)
        for row in usable:  # how the values of somebody were made who is left out is their own
            for name, value in zip(names, row, strict=True):
                opened.techniques[name] |= _techniques(value)
    return opened


def _check_sharing(access: Access, rows: list[Row], share: Request) -> None:
    """Decide whether the recipient may get what comes of these values; it gets none of them, so no sharing is recorded.

    A refusal is recorded and raised: it is for what the recipient is, so for everybody.
    """
    core = access._core
    for leaf in (leaf for row in rows for value in row for leaf in leaves(value)):
        held = access.decided(core.acted(share), leaf._origin, leaf._collected)
        if held.refusal is not None:
            core.journal.append(bytes.fromhex(access.subject), core.clock.monotonic_ns(), held.fact)
            raise held.refusal()


def member_of(access: Access) -> bytes | None:
    """Give what stands for a subject in the docket: nobody can compute it once the subject's key is destroyed."""
    try:
        return digest(access.key().key, encode("obq-privacy/release/1"), "sha256")[:DIGEST]
    except KeyErased:
        return None


def _keys(use: Request, rows: list[Row]) -> tuple[list[Row], Box | Failure]:
    """Give the rows of one person that may be used, and the groups that the person stands in by them.

    All values are opened together, so that there is one record; only where some may not be used, each row is opened on
    its own. A box of None says that a value cannot name a group.
    """
    try:
        return rows, _row_keys(use, rows)
    except (Denied, KeyErased) as error:
        _raise_unless_personal(error, use)
        if len(rows) == 1:
            return [], Box([])
    usable: list[Row] = []
    found = Box([])
    for row in rows:
        try:
            alone = _row_keys(use, [row])
        except (Denied, KeyErased) as error:
            _raise_unless_personal(error, use)
            continue
        usable.append(row)
        if isinstance(alone, Failure) or alone.value is None:
            return usable, alone
        found.value.extend(alone.value)
    return usable, found


def _raise_unless_personal(error: Denied | KeyErased, use: Request) -> None:
    """Raise what is refused because of the policy or of who asks: that is no reason to leave somebody out."""
    if isinstance(error, Denied) and not _OURS.isdisjoint(error.codes):
        raise error
    basis = None if use.invoked is None else use.invoked.basis
    if isinstance(error, BasisNotCovering) and basis not in {LegalBasis.SELF_PUBLISHED, LegalBasis.MINOR_PROTECTION}:
        raise error


_OURS = frozenset(kind.code for kind in (PolicyGap, PurposeNotAllowed, ItemNotNeeded, ActorNotAuthorised))


def _row_keys(use: Request, rows: list[Row]) -> Box | Failure:
    plain = open_all(use, [value for row in rows for value in row])
    failed = next((value for value in plain if isinstance(value, Failure)), None)
    if failed is not None:
        plain.clear()
        return failed
    if not all(value is None or isinstance(value, str | int | dt.date | Enum) for value in plain):
        return Box(None)
    width = len(rows[0])
    kinds = [(type(value).__name__, value) for value in plain]
    return Box([tuple(kinds[at : at + width]) for at in range(0, len(kinds), width)])


def _techniques(value: Protected[Any, Any]) -> set[str]:
    """Give the names of the techniques that a value is made by."""
    found: set[str] = set()
    stack, seen = [value], set[int]()
    while stack:
        top = stack.pop()
        if isinstance(top, Derived) and id(cast("object", top)) not in seen:
            seen.add(id(cast("object", top)))
            function, parents = payload(cast("object", top))
            stack.extend(parents)
            if isinstance(function, Technique):
                found.add(function.name)
    return found


def order(key: Key) -> list[tuple[str, int, str]]:
    """Order groups by their values, whatever types those are of."""
    return [(kind, value, "") if isinstance(value, int) else (kind, 0, str(value)) for kind, value in key]
