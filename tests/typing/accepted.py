"""What the type checkers accept, and what they infer; `test_types` runs them over this file."""

from __future__ import annotations

from datetime import date
from typing import Any, assert_type

import attrs

from obq_privacy import (
    Category,
    Guard,
    NonPersonal,
    NonPersonalItem,
    Personal,
    PersonalItem,
    Place,
    Policy,
    Protected,
    Purpose,
    Sensitive,
    SensitiveItem,
    Subject,
    additional,
    basic,
    combine,
    equal,
    evolve,
    held_as,
    masks,
    record,
    reveal_all,
    validators,
)


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Payment(Purpose):
    """Take the money for the order."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


CONSIGNEE = PersonalItem("consignee-name", str, Delivery | Payment)
BANK_CARD = SensitiveItem(
    "bank-card",
    str,
    Payment,
    category=Category.BANK_ACCOUNT,
    validate=validators.BankCard(),
    mask=masks.last(4),
)
PLACE = SensitiveItem("place", Place, Delivery | Marketing, category=Category.WHEREABOUTS)
AGE = PersonalItem("age", int, Delivery | Payment | Marketing)
DEVICE = NonPersonalItem("device-model", str, Delivery | Payment)
OFFER = PersonalItem("offer", bytes, Marketing)

POLICY = Policy(
    version="2026-11",
    controller="Example Shop",
    purposes=[
        basic(Delivery, necessary=[CONSIGNEE, PLACE]),
        basic(Payment, necessary=[BANK_CARD], optional=[CONSIGNEE, AGE, DEVICE]),
        additional(Marketing, optional=[OFFER]),
    ],
)


def items() -> None:
    """An item takes its purposes from a union that is written once."""
    assert_type(CONSIGNEE, PersonalItem[str, Delivery | Payment])
    assert_type(BANK_CARD, SensitiveItem[str, Payment])
    assert_type(PLACE, SensitiveItem[Place, Delivery | Marketing])
    assert_type(DEVICE, NonPersonalItem[str, Delivery | Payment])


def first_program() -> None:
    """The program of the README."""
    with Guard.open("privacy.db", policy=POLICY) as guard:
        shopper = guard.subject("shopper-42", born=date(1990, 5, 1))
        assert_type(shopper, Subject)
        shopper.grant(Delivery, Payment)
        name = shopper.collect(CONSIGNEE, "Li Lei")
        card = shopper.collect(BANK_CARD, "6222021234567890128")
        assert_type(name, Personal[str, Delivery | Payment])
        assert_type(card, Sensitive[str, Payment])
        assert_type(card.reveal(Payment), str)
        line = combine("{} / {}".format, name, card)
        assert_type(line.reveal(Payment), str)
        shopper.withdraw(Payment)
        assert_type(card.mask(Payment), str)
        assert_type(card.seal(record="payments/9"), bytes)


def collecting(subject: Subject) -> None:
    """The class of the wrapper follows from the kind of item."""
    assert_type(subject.collect(DEVICE, "phone"), NonPersonal[str, Delivery | Payment])
    assert_type(subject.collect(AGE, 36), Personal[int, Delivery | Payment | Marketing])
    place = Place(latitude=39.9, longitude=116.4, accuracy=30)
    assert_type(subject.collect(PLACE, place), Sensitive[Place, Delivery | Marketing])


def deliver(
    name: Personal[str, Delivery], anything: Protected[object, Delivery], number: Protected[int, Delivery]
) -> None:
    """Ask for no more than is needed."""
    assert_type(name.reveal(Delivery), str)
    assert_type(anything.reveal(Delivery), object)
    assert_type(number.reveal(Delivery), int)


def narrowing(name: Personal[str, Delivery | Payment], age: Personal[bool, Delivery]) -> None:
    """A value allowed for more fits where less is needed, in purposes as in types."""
    deliver(name, name, age)
    narrow: Personal[str, Delivery] = name
    assert_type(narrow.reveal(Delivery), str)


def hierarchy(offer: Personal[bytes, Marketing], mail: Personal[bytes, EmailMarketing]) -> None:
    """What is allowed for a purpose is allowed for a narrower one; the type says so."""
    assert_type(offer.reveal(EmailMarketing), bytes)
    narrow: Personal[bytes, EmailMarketing] = offer
    assert_type(narrow.reveal(EmailMarketing), bytes)
    assert_type(combine(max, offer, mail).reveal(EmailMarketing), bytes)


def chosen(purpose: type[Delivery | Payment], name: Personal[str, Delivery | Payment]) -> str:
    """A purpose that is chosen at run time may be any of the allowed ones."""
    return name.reveal(purpose)


def deriving(
    name: Personal[str, Delivery | Payment],
    card: Sensitive[str, Payment],
    age: Personal[int, Delivery | Payment | Marketing],
) -> None:
    """Functions change the type and keep the purposes; combining intersects them."""
    assert_type(name.map(len), Protected[int, Delivery | Payment])
    assert_type(name.map(len).map(str).reveal(Delivery), str)
    older: Protected[str, Delivery | Payment] = combine(older_than, name, age)
    paying: Protected[str, Payment] = combine(older_than, combine("{}{}".format, name, card), age)
    assert_type(older.reveal(Delivery), str)
    assert_type(paying.reveal(Payment), str)
    assert_type(combine(older_than, card, age).reveal(Payment), str)
    assert_type(combine(lambda a, b: (a, b), name, age).reveal(Delivery), tuple[str, int])


def older_than(name: str, age: int) -> str:
    """Say a name and an age."""
    return f"{name} ({age})"


def many(n: Personal[str, Delivery | Payment], a: Personal[int, Payment]) -> None:
    """Up to eight values keep their types."""
    assert_type(reveal_all(Payment, n), tuple[str])
    assert_type(reveal_all(Payment, n, a), tuple[str, int])
    assert_type(reveal_all(Payment, n, a, n), tuple[str, int, str])
    assert_type(reveal_all(Payment, n, a, n, a), tuple[str, int, str, int])
    assert_type(reveal_all(Payment, n, a, n, a, n), tuple[str, int, str, int, str])
    assert_type(reveal_all(Payment, n, a, n, a, n, a), tuple[str, int, str, int, str, int])
    assert_type(reveal_all(Payment, n, a, n, a, n, a, n), tuple[str, int, str, int, str, int, str])
    assert_type(reveal_all(Payment, n, a, n, a, n, a, n, a), tuple[str, int, str, int, str, int, str, int])
    assert_type(combine(lambda b, c, d: (b, d, c), n, a, n).reveal(Payment), tuple[str, str, int])
    assert_type(combine("{}{}{}{}".format, n, a, n, a).reveal(Payment), str)
    assert_type(combine("{}{}{}{}{}".format, n, a, n, a, n).reveal(Payment), str)
    assert_type(combine("{}{}{}{}{}{}".format, n, a, n, a, n, a).reveal(Payment), str)
    assert_type(combine("{}{}{}{}{}{}{}".format, n, a, n, a, n, a, n).reveal(Payment), str)
    assert_type(combine("{}{}{}{}{}{}{}{}".format, n, a, n, a, n, a, n, a).reveal(Payment), str)
    assert_type(equal(Payment, n, n), bool)


@record
class Order:
    """A record whose annotations name the purposes of the items, or fewer."""

    number: str
    consignee: Personal[str, Delivery | Payment] = held_as(CONSIGNEE)
    card: Sensitive[str, Payment] = held_as(BANK_CARD)
    age: Personal[int, Delivery] = held_as(AGE)
    device: NonPersonal[str, Delivery | Payment] | None = held_as(DEVICE, default=None)
    note: str = attrs.field(default="")


def records(
    guard: Guard, subject: Subject, name: Personal[str, Delivery | Payment], card: Sensitive[str, Payment]
) -> None:
    """Collecting, keeping, loading and changing a record give the record."""
    age = subject.collect(AGE, 36)
    made = Order(number="881", consignee=name, card=card, age=age)
    order = subject.collect_record(Order, number="881", consignee="Li Lei", card="6222021234567890128", age=36)
    assert_type(order, Order)
    assert_type(guard.vault.load(Order, "order-881"), Order)
    assert_type(evolve(made, number="882"), Order)
    assert_type(order.consignee, Personal[str, Delivery | Payment])
    assert_type(order.age.reveal(Delivery), int)
    assert_type(reveal_all(Payment, order.consignee, order.card), tuple[str, str])
    if order.device is not None:
        assert_type(order.device.reveal(Payment), str)


def unsealing(guard: Guard, token: bytes) -> None:
    """Opening a token gives the wrapper of the item."""
    assert_type(guard.unseal(BANK_CARD, token), Sensitive[str, Payment])
    assert_type(guard.unseal(CONSIGNEE, token, record="r"), Personal[str, Delivery | Payment])
    assert_type(guard.unseal(DEVICE, token), NonPersonal[str, Delivery | Payment])


@attrs.define
class Holder:
    """Wrappers stand in plain classes without anything special."""

    name: Personal[str, Delivery]
    others: list[Protected[Any, Payment]]


def holding(name: Personal[str, Delivery | Payment], card: Sensitive[str, Payment]) -> None:
    """Also in containers, where the type of the container says what all of them allow."""
    holder = Holder(name, [name, card])
    assert_type(holder.name.reveal(Delivery), str)
    for other in holder.others:
        assert_type(other, Protected[Any, Payment])
    mapping: dict[str, Protected[str, Payment]] = {"name": name, "card": card}
    assert_type(mapping["name"].reveal(Payment), str)
