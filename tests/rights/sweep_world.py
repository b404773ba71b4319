"""A shop whose items are kept for periods of every kind: what sweeps are tried on."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from deletion_world import Shelf
from request_world import ADULT, CONTACT, START, HandClock, child, outcomes, wait

from obq_privacy import (
    Category,
    Clock,
    Guard,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    Retention,
    Sensitive,
    SensitiveItem,
    additional,
    basic,
    held_as,
    record,
)
from obq_privacy.policy import Anchor, statutory

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from obq_privacy import Subject

__all__ = ["ADULT", "START", "HandClock", "Shelf", "child", "outcomes", "wait"]

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MONTH = 30 * DAY
YEAR = 365 * DAY
THREE_YEARS = 1096 * DAY


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


class TaxAudit(Purpose):
    """Show the tax office what was sold."""


NAME = PersonalItem("consignee-name", str, Delivery, category=Category.NAME)
NOTE = PersonalItem("parcel-note", str, Delivery | Marketing)
PHONE = PersonalItem("phone", str, Delivery, category=Category.CONTACT)
TRACE = PersonalItem("trace", str, Marketing, category=Category.BEHAVIOUR)
CLOSED = PersonalItem("farewell", str, Delivery)
GOODS = SensitiveItem("goods", str, Delivery | TaxAudit, category=Category.TRANSACTION)
ITEMS = (NAME, NOTE, PHONE, TRACE, CLOSED, GOODS)

NOTE_VALUE = "leave it with the canary next door"
GOODS_VALUE = "one umbrella, canary yellow"
VALUE = "canary"


def shop_policy(version: str = "2026-11", *, notes: timedelta = MONTH, extra: Iterable[Retention] = ()) -> Policy:
    """Give the policy of the shop."""
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[NAME], optional=[NOTE, PHONE, CLOSED, GOODS]),
            additional(Marketing, optional=[NOTE, TRACE]),
            statutory(TaxAudit, items=[GOODS]),
        ],
        retention=[
            Retention(NOTE, notes),
            Retention(PHONE, YEAR, after=Anchor.ACTIVITY),
            Retention(TRACE, MONTH, purpose=Marketing),
            Retention(CLOSED, MONTH, after=Anchor.ACCOUNT_END),
            Retention(GOODS, YEAR, after=Anchor.COMPLETION, at_least=THREE_YEARS),
            *extra,
        ],
        contact=CONTACT,
    )


POLICY = shop_policy()


@record
class Parcel:
    """A note for whoever brings the parcel, and for how long it matters."""

    number: str
    note: Personal[str, Delivery | Marketing] | None = held_as(NOTE, default=None)


@record
class Order:
    """One order."""

    number: str
    name: Personal[str, Delivery] = held_as(NAME)
    goods: Sensitive[str, Delivery | TaxAudit] | None = held_as(GOODS, default=None)
    note: Personal[str, Delivery | Marketing] | None = held_as(NOTE, default=None)


@record
class Member:
    """What the shop knows of a member."""

    phone: Personal[str, Delivery] | None = held_as(PHONE, default=None)
    trace: Personal[str, Marketing] | None = held_as(TRACE, default=None)
    farewell: Personal[str, Delivery] | None = held_as(CLOSED, default=None)


class Ticking(Protocol):
    """Something with a clock."""

    clock: Clock


@contextmanager
def shop(path: Path | None = None, *, policy: Policy = POLICY, clock: Ticking | None = None) -> Generator[Guard]:
    """Open a guard of the shop, in memory without a path."""
    lease = timedelta(milliseconds=20)
    ticking = (clock or HandClock()).clock
    if path is None:
        guard = Guard.in_memory(policy=policy, lease=lease, clock=ticking)
    else:
        guard = Guard.open(path, policy=policy, lease=lease, clock=ticking)
    with guard:
        yield guard


def shopper(guard: Guard, name: str = "shopper") -> Subject:
    """Register an adult who consents to everything."""
    subject = guard.subject(name, born=ADULT)
    subject.grant(Delivery, Marketing)
    return subject


def noted(guard: Guard, subject: Subject, name: str = "parcel") -> str:
    """Keep a parcel with a note, and give the name of the record."""
    guard.vault.keep(name, subject.collect_record(Parcel, number="7", note=NOTE_VALUE))
    return name


def ordered(guard: Guard, subject: Subject, matter: str = "order-1") -> str:
    """Keep an order of a business case, and give the name of the record."""
    coming = subject.collecting(matter=matter)
    guard.vault.keep(matter, coming.collect_record(Order, number="1", name=VALUE, goods=GOODS_VALUE))
    return matter


def fields(guard: Guard, record: str) -> list[str]:
    """Give the names of the fields that a record has."""
    return sorted(row.field for row in guard._core.store.load(record))


def at(text: str) -> datetime:
    """Read a time."""
    return datetime.fromisoformat(text).astimezone(UTC)
