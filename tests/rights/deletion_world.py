"""A shop with orders that the law wants kept, a carrier that gets names, and a shelf of sealed values outside."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from request_world import ADULT, CONTACT, START, HandClock, child, outcomes, wait

from obq_privacy import (
    Category,
    Clock,
    Guard,
    NonPersonalItem,
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
from obq_privacy.rights import Holding, Rights
from obq_privacy.vocab import Agreement, Recipient, RecipientKind, Role

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

    from obq_privacy import Subject
    from obq_privacy.vocab import Pseudonym

__all__ = ["ADULT", "CONTACT", "START", "HandClock", "child", "outcomes", "wait"]

YEAR = timedelta(days=365)
DAY = timedelta(days=1)


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class TaxAudit(Purpose):
    """Show the tax office what was sold."""


NAME = PersonalItem("consignee-name", str, Delivery | Marketing, category=Category.NAME, title="Name of the consignee")
PHOTO = SensitiveItem("photo", bytes, Delivery, category=Category.BIOMETRIC)
BORN = PersonalItem("birthday", date, Delivery)
GOODS = SensitiveItem("goods", str, Delivery | TaxAudit, category=Category.TRANSACTION, title="What was ordered")
DEVICE = NonPersonalItem("device", str, Delivery)

CARRIER = Recipient(
    "carrier",
    Delivery,
    kind=RecipientKind.PARTNER,
    role=Role.LOGISTICS,
    agreement=Agreement("C-1", date(2020, 1, 1), date(2099, 1, 1)),
)
DEPOT = Recipient(
    "depot",
    Delivery,
    kind=RecipientKind.PARTNER,
    role=Role.LOGISTICS,
    agreement=Agreement("C-2", date(2020, 1, 1), date(2099, 1, 1)),
)


def shop_policy(*retention: Retention) -> Policy:
    """Give the policy of the shop with these periods."""
    return Policy(
        version="2026-11",
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[NAME], optional=[PHOTO, BORN, GOODS, DEVICE], shared=[NAME, GOODS]),
            additional(Marketing, optional=[NAME]),
            statutory(TaxAudit, items=[GOODS]),
        ],
        retention=retention,
        recipients=[CARRIER, DEPOT],
        contact=CONTACT,
    )


POLICY = shop_policy(
    Retention(GOODS, YEAR, after=Anchor.COMPLETION, at_least=3 * YEAR),
    Retention(PHOTO, YEAR),
)
DELIVERIES = [
    shop_policy(Retention(GOODS, YEAR, purpose=Delivery, at_least=3 * YEAR)),
    shop_policy(Retention(GOODS, YEAR, purpose=Delivery, at_least=3 * YEAR), Retention(GOODS, YEAR)),
    shop_policy(Retention(GOODS, YEAR, at_least=3 * YEAR), Retention(GOODS, YEAR, purpose=TaxAudit)),
]
"""Policies that say beside various periods that the law wants goods kept for three years."""

NAME_VALUE = "Li Lei of Canary Row"
GOODS_VALUE = "one umbrella, canary yellow"
PHOTO_VALUE = b"\x00\xff canary photo"


@record
class Person:
    """What the shop knows of a shopper."""

    number: str
    name: Personal[str, Delivery | Marketing] = held_as(NAME)
    photo: Sensitive[bytes, Delivery] | None = held_as(PHOTO, default=None)
    born: Personal[date, Delivery] | None = held_as(BORN, default=None)


@record
class Order:
    """One order."""

    number: str
    name: Personal[str, Delivery | Marketing] = held_as(NAME)
    goods: Sensitive[str, Delivery | TaxAudit] = held_as(GOODS)


class Shelf:
    """A holder: a folder with one file for each sealed value, which outlives the process."""

    def __init__(self, folder: Path, name: str = "shelf") -> None:
        self.name = name
        self._folder = folder
        self.fails = False
        folder.mkdir(exist_ok=True)

    def put(self, subject: Subject, held: Holding) -> None:
        """Put a sealed value there."""
        form = held._asdict() | {"token": b64encode(held.token).decode()}
        (self._folder / f"{subject.pseudonym}.{held.place}.{held.field}").write_text(json.dumps(form))

    def holdings(self, subject: Pseudonym, /) -> Iterable[Holding]:
        """Give what is there."""
        if self.fails:
            raise OSError(NAME_VALUE)
        for file in sorted(self._folder.glob(f"{subject}.*")):
            form = json.loads(file.read_text())
            yield Holding(form["place"], form["field"], form["item"], b64decode(form["token"]), form["record"])

    def erase(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Delete files."""
        for place, field in places:
            (self._folder / f"{subject}.{place}.{field}").unlink(missing_ok=True)
        return f"{len(places)} files deleted"

    def isolate(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Mark files."""
        for place, field in places:
            (self._folder / f"isolated.{subject}.{place}.{field}").touch()
        return f"{len(places)} files marked"

    def names(self) -> list[str]:
        """Give what is there, by place and field."""
        return sorted(file.name.partition(".")[2] for file in self._folder.iterdir() if "isolated" not in file.name)

    def marked(self) -> list[str]:
        """Give what is kept apart, by place and field."""
        return sorted(file.name.split(".", 2)[2] for file in self._folder.glob("isolated.*"))


@contextmanager
def shop(
    path: Path | None = None, *, policy: Policy = POLICY, clock: HandClock | None = None, real: bool = False
) -> Generator[Guard]:
    """Open a guard of the shop, in memory without a path; `real` for the time of the machine."""
    lease = timedelta(milliseconds=20)
    ticking = Clock() if real else (clock or HandClock()).clock
    if path is None:
        guard = Guard.in_memory(policy=policy, lease=lease, clock=ticking)
    else:
        guard = Guard.open(path, policy=policy, lease=lease, clock=ticking)
    with guard:
        yield guard


def shopper(guard: Guard, name: str = "shopper") -> Subject:
    """Register an adult who consents to everything, and to sharing with the carrier."""
    subject = guard.subject(name, born=ADULT)
    subject.grant(Delivery, Marketing)
    subject.grant(Delivery, recipients=[CARRIER, DEPOT])
    return subject


def filled(guard: Guard, name: str = "shopper", *, orders: int = 1) -> Subject:
    """Give a shopper with a person record and orders, whose names went to the carrier."""
    subject = shopper(guard, name)
    person = subject.collect_record(Person, number="7", name=NAME_VALUE, photo=PHOTO_VALUE, born=ADULT)
    guard.vault.keep(f"person-{name}", person)
    for n in range(1, orders + 1):
        coming = subject.collecting(matter=f"order-{n}")
        order = coming.collect_record(Order, number=str(n), name=NAME_VALUE, goods=GOODS_VALUE)
        guard.vault.keep(f"order-{n}-{name}", order)
        assert order.name.share(Delivery, to=CARRIER) == NAME_VALUE
    return subject


def shelved(guard: Guard, shelf: Shelf, subject: Subject, place: str = "row-1") -> None:
    """Put a sealed name of a subject on the shelf."""
    token = subject.collect(NAME, NAME_VALUE).seal(record=place)
    shelf.put(subject, Holding(place, "name", NAME.key, token, place))


def rights_of(guard: Guard, *holders: Shelf) -> Rights:
    """Give the rights of a guard with these holders."""
    return Rights(guard, holders=holders)


def at(text: str) -> datetime:
    """Read a time."""
    return datetime.fromisoformat(text).astimezone(UTC)


def with_label(token: bytes, label: bytes) -> bytes:
    """Give a token that says another label."""
    head, size = token[:30], int.from_bytes(token[30:32], "big")
    return head + len(label).to_bytes(2, "big") + label + token[32 + size :]
