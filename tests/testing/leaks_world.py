"""A small application's declarations, which the tests of leak detection and of the plugin share."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from obq_privacy import (
    Agreement,
    Category,
    PersonalItem,
    Place,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
    SensitiveItem,
    additional,
    basic,
    validators,
)

if TYPE_CHECKING:
    from obq_privacy import Guard, Subject


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Payment(Purpose):
    """Take the money for the order."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class Size(Enum):
    """How large somebody is."""

    SMALL = "small"
    LARGE = "large"


NAME = PersonalItem("consignee-name", str, Delivery | Payment, category=Category.NAME)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, validate=validators.BankCard())
IDENTITY = SensitiveItem(
    "identity-number", str, Payment, category=Category.IDENTITY_DOCUMENT, validate=validators.IdentityNumber()
)
PHONE = PersonalItem("phone", str, Delivery, validate=validators.MobileNumber(chinese=True))
PASSPORT = PersonalItem("passport", str, Delivery, validate=validators.Passport(chinese=True))
DEVICE = PersonalItem("imei", str, Delivery, validate=validators.Imei())
ADDRESS = PersonalItem("address", str, Delivery, validate=validators.Text(1, 60))
FACE = SensitiveItem("face", bytes, Payment, category=Category.BIOMETRIC, validate=validators.Features(512, 2048))
ACCOUNT = PersonalItem("account", int, Payment)
BALANCE = PersonalItem("balance", Decimal, Payment)
WEIGHT = PersonalItem("weight", float, Delivery)
MEMBER = PersonalItem("member", UUID, Delivery)
SEEN = PersonalItem("seen", dt.datetime, Delivery)
WHERE = SensitiveItem("where", Place, Delivery, category=Category.WHEREABOUTS)
ADULT = PersonalItem("adult", bool, Payment)
BORN = PersonalItem("born", dt.date, Payment)
SIZE = PersonalItem("size", Size, Delivery)
CODE = PersonalItem("code", str, Delivery, validate=lambda value: None if value.startswith("X-") else "no X- in front")

STRONG = (NAME, CARD, IDENTITY, PHONE, PASSPORT, DEVICE, ADDRESS, FACE, ACCOUNT, BALANCE, WEIGHT, MEMBER, SEEN, WHERE)
WEAK = (ADULT, BORN, SIZE)

CARRIER = Recipient(
    "swift-parcels",
    Delivery,
    kind=RecipientKind.PARTNER,
    role=Role.LOGISTICS,
    agreement=Agreement("carriage 7", dt.date(2026, 1, 1), dt.date(2036, 1, 1)),
)

POLICY = Policy(
    version="2026-11",
    controller="Example Shop",
    purposes=[
        basic(
            Delivery,
            necessary=[NAME],
            shared=[NAME],
            optional=[PHONE, ADDRESS, WHERE, SEEN, MEMBER, WEIGHT, SIZE, CODE, PASSPORT, DEVICE],
        ),
        basic(Payment, necessary=[CARD], optional=[NAME, ADULT, BORN, ACCOUNT, IDENTITY, FACE, BALANCE]),
        additional(Marketing),
    ],
    recipients=[CARRIER],
)


def shopper_of(guard: Guard) -> Subject:
    """Give an adult who has consented to delivery and payment."""
    shopper = guard.subject("shopper-42", born=dt.date(1990, 5, 1))
    shopper.grant(Delivery, Payment)
    return shopper
