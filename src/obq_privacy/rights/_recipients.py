"""Who got values of a subject: read from the audit log, and told when these are corrected or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.audit import HANDED_OUT
from obq_privacy.errors import ArgumentInvalid

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Sequence

    from obq_privacy.guard import Guard
    from obq_privacy.rights._steps import Step
    from obq_privacy.vocab import Pseudonym

OUTWARD: Final = frozenset({"share", "transfer", "disclose"})
PUBLIC: Final = "public"
"""Stands for everybody, where something was disclosed; nobody can be told."""


class Went(NamedTuple):
    """That values of an item went to a recipient.

    Attributes:
        item: key of the item.
        recipient: key of the recipient, or "public".
        operation: "share", "transfer" or "disclose".
        purpose: key of the purpose.
        basis: what made it lawful.
        at: when.
    """

    item: str
    recipient: str
    operation: str
    purpose: str
    basis: str
    at: dt.datetime


class RecipientNotice(NamedTuple):
    """A recipient who is to be told, and what it got.

    Attributes:
        recipient: key of the recipient.
        items: keys of the items.
        last: when it got the last of them.
        acknowledged: when it confirmed that it has done the same, or None.
        reference: of its confirmation, or "".
    """

    recipient: str
    items: tuple[str, ...]
    last: dt.datetime
    acknowledged: dt.datetime | None = None
    reference: str = ""


def went(guard: Guard, subject: Pseudonym) -> list[Went]:
    """Give everything that left, the oldest first."""
    return [
        Went(item, entry.recipient or PUBLIC, entry.operation, entry.purpose, entry.basis, entry.at)
        for entry in guard.audit.entries(subject=subject)
        if entry.operation in OUTWARD and entry.outcome in HANDED_OUT
        for item in entry.items
    ]


def notices(
    left: Iterable[Went],
    steps: Iterable[Step],
    *,
    items: Collection[str] | None,
    since: dt.datetime | None,
    until: dt.datetime,
) -> tuple[RecipientNotice, ...]:
    """Give whom to tell: who got one of the items, None for all, in the time.

    It is read from the audit log each time, so what another process had not handed in yet is there later.
    """
    acknowledged = {step.text("recipient"): step for step in steps if step.name == "acknowledge"}
    found: dict[str, tuple[set[str], dt.datetime]] = {}
    for one in left:
        inside = one.at <= until and (since is None or one.at >= since)
        if one.recipient == PUBLIC or not inside or (items is not None and one.item not in items):
            continue
        got, last = found.get(one.recipient, (set[str](), one.at))
        found[one.recipient] = got | {one.item}, max(last, one.at)
    told: list[RecipientNotice] = []
    for recipient, (got, last) in sorted(found.items()):
        step = acknowledged.get(recipient)
        at, reference = (None, "") if step is None else (step.at, step.text("reference"))
        told.append(RecipientNotice(recipient, tuple(sorted(got)), last, at, reference))
    return tuple(told)


def check_recipient(told: Sequence[RecipientNotice], recipient: str) -> None:
    """Check that somebody is among those to be told.

    Raises:
        ArgumentInvalid: it is not.
    """
    if recipient not in {notice.recipient for notice in told}:
        raise ArgumentInvalid(argument="recipient", problem="it is the key of one that is to be told")
