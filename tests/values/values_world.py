"""A small world that the tests of values share: purposes, items, a policy, a clock that stands, and canaries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from obq_privacy import (
    Category,
    Clock,
    Guard,
    Level,
    NonPersonal,
    NonPersonalItem,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    Sensitive,
    SensitiveItem,
    Subject,
    additional,
    basic,
    combine,
    held_as,
    masks,
    record,
)

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
ADULT = dt.date(1987, 3, 9)
CHILD = dt.date(2020, 3, 9)
CANARY = 'Zq7#Xw9é李Vk3&Lm5"Jt'
"""A value that no file, name or message holds by chance, with characters that every escaping treats differently."""
SHORT = "Yp2@Bn8"
VALUES = (CANARY, SHORT, "")
"""What an outcome is compared for: other content, other length, and nothing at all."""


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Express(Delivery):
    """Bring it today."""


class Payment(Purpose):
    """Take the money for the order."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


NAME = PersonalItem("consignee-name", str, Delivery | Payment, category=Category.NAME)
PHONE = PersonalItem("phone", str, Delivery | Marketing, category=Category.CONTACT, mask=masks.last(4))
DIARY = PersonalItem("diary", str, Delivery, encrypt=True)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, mask=masks.last(4))
DEVICE = NonPersonalItem("device-model", str, Delivery | Payment)

POLICY = Policy(
    version="1",
    controller="Example Shop",
    purposes=[
        basic(Delivery, necessary=[NAME], optional=[PHONE, DIARY, DEVICE]),
        basic(Payment, necessary=[CARD], optional=[NAME, DEVICE]),
        additional(Marketing, optional=[PHONE]),
    ],
)


@record
class Order:
    """A record with a wrapper of each kind."""

    number: str
    name: Personal[str, Delivery | Payment] = held_as(NAME)
    card: Sensitive[str, Payment] = held_as(CARD)
    device: NonPersonal[str, Delivery | Payment] | None = held_as(DEVICE, default=None)


def standing_clock(at: dt.datetime = NOON) -> Clock:
    """Give a clock that stands, so that nothing differs by when it happened."""
    seconds = int(at.timestamp())
    return Clock(wall_ns=lambda: seconds * 1_000_000_000, monotonic_ns=lambda: 1_000_000_000)


class World:
    """A guard with an adult and a child, both consenting to everything."""

    def __init__(self, policy: Policy = POLICY, name: str = "shopper") -> None:
        self.guard = Guard.in_memory(policy=policy, clock=standing_clock())
        self.adult = self.guard.subject(name, born=ADULT)
        self.parent = self.guard.subject(f"parent of {name}", born=ADULT)
        self.child = self.guard.subject(f"child of {name}", born=CHILD, guardians=[self.parent])
        for rule in policy.purposes:
            self.adult.grant(rule.purpose)
            self.child.grant(rule.purpose, by=self.parent, level=Level.EXPRESS)


def targets(adult: Subject, child: Subject, value: str) -> dict[str, Any]:
    """Give everything that holds a value, by name."""
    name = adult.collect(NAME, value)
    card = adult.collect(CARD, value)
    device = adult.collect(DEVICE, value)
    return {
        "Personal": name,
        "Sensitive": card,
        "NonPersonal": device,
        "encrypted Personal": adult.collect(DIARY, value),
        "a child's Personal": child.collect(NAME, value),
        "mapped": name.map(str.upper),
        "combined": combine("{} {}".format, card, name),
        "record": Order(number="881", name=name, card=card, device=device),
    }
