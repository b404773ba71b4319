"""What the shop knows of its customers, and what for."""

from __future__ import annotations

from obq_privacy import (
    Category,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    Sensitive,
    SensitiveItem,
    additional,
    basic,
    held_as,
    record,
    validators,
)


class Delivery(Purpose, key="bookshop.delivery"):
    """Bring the books to the customer."""


class Payment(Purpose, key="bookshop.payment"):
    """Take the money for the books."""


class Newsletter(Purpose, key="bookshop.newsletter"):
    """Tell the customer about new books."""


NAME = PersonalItem(
    "customer-name", str, Delivery | Newsletter, category=Category.NAME, validate=validators.Text(1, 60)
)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, validate=validators.BankCard())

POLICY = Policy(
    version="1",
    controller="Bookshop",
    purposes=[
        basic(Delivery, necessary=[NAME]),
        basic(Payment, necessary=[CARD]),
        additional(Newsletter, optional=[NAME]),
    ],
)


@record
class Order:
    """One order."""

    number: str
    name: Personal[str, Delivery | Newsletter] = held_as(NAME)
    card: Sensitive[str, Payment] = held_as(CARD)
