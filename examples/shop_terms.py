"""What the example shop says about data: purposes, items, recipients, the policy, and what an order holds."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from obq_privacy import (
    Agreement,
    Anchor,
    Category,
    Contact,
    Exemption,
    LegalBasis,
    Minors,
    Operation,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    Retention,
    Role,
    Sensitive,
    SensitiveItem,
    additional,
    basic,
    held_as,
    masks,
    record,
    statutory,
    validators,
)
from obq_privacy.errors import PrivacyError
from obq_privacy.rights import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

# ── What the data is for ──────────────────────────────────────────────────────────────────────────────────


class Delivery(Purpose, clause="USE-14"):
    """Bring the order to the consignee."""


class Payment(Purpose, clause="USE-13"):
    """Take the money for the order, and keep to the law against money laundering."""


class Marketing(Purpose, clause="USE-7"):
    """Tell the shopper about offers, and count what sells."""


class Bookkeeping(Purpose, clause="PROT-3"):
    """Keep the books that the law wants kept."""


CONSIGNEE = PersonalItem(
    "consignee-name", str, Delivery | Payment | Marketing, category=Category.NAME, validate=validators.Text(1, 80)
)
ADDRESS = PersonalItem("consignee-address", str, Delivery, category=Category.CONTACT, validate=validators.Text(5, 200))
PHONE = PersonalItem(
    "consignee-phone",
    str,
    Delivery | Marketing,
    category=Category.CONTACT,
    validate=validators.MobileNumber(),
    mask=masks.last(4),
)
PICKUP_CODE = PersonalItem("pickup-code", str, Delivery, category=Category.ACCOUNT)
CARD = SensitiveItem(
    "bank-card",
    str,
    Payment,
    category=Category.BANK_ACCOUNT,
    validate=validators.BankCard(),
    mask=masks.last(4),
)
ID_NUMBER = SensitiveItem(
    "identity-number", str, Payment, category=Category.IDENTITY_DOCUMENT, validate=validators.IdentityNumber()
)
AMOUNT = SensitiveItem("order-amount", Decimal, Payment | Marketing | Bookkeeping, category=Category.TRANSACTION)
GOODS = SensitiveItem("order-goods", str, Delivery | Marketing | Bookkeeping, category=Category.TRANSACTION)

# ── Who else gets some of it ──────────────────────────────────────────────────────────────────────────────

_SINCE, _UNTIL = date(2020, 1, 1), date(2049, 12, 31)
BANK = Recipient(
    "example-bank",
    Payment,
    kind=RecipientKind.THIRD_PARTY,
    role=Role.PAYMENT,
    agreement=Agreement("acquiring 1", _SINCE, _UNTIL),
)
OTHER_BANK = Recipient(
    "other-bank",
    Payment,
    kind=RecipientKind.THIRD_PARTY,
    role=Role.PAYMENT,
    agreement=Agreement("acquiring 2", _SINCE, _UNTIL),
)
CARRIER = Recipient(
    "swift-parcels",
    Delivery,
    kind=RecipientKind.PARTNER,
    role=Role.LOGISTICS,
    items=[CONSIGNEE, ADDRESS, PHONE],
    agreement=Agreement("carriage 7", _SINCE, _UNTIL),
    public_key=bytes.fromhex("0179738457ea4698e9fed17fd36e939d83dd5a96a9e704f408990c9d1362adf105"),
)
UNSIGNED = Recipient("slow-parcels", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS)
ADVERTISER = Recipient(
    "bright-adverts",
    Marketing,
    kind=RecipientKind.PARTNER,
    role=Role.ADVERTISING,
    agreement=Agreement("adverts 3", _SINCE, _UNTIL),
)

# ── The policy ────────────────────────────────────────────────────────────────────────────────────────────

YEAR = timedelta(days=366)
A_SECOND = timedelta(seconds=1)
"""The shortest period that there is: the day of the example is not long enough for any other to end."""

GUARDED = (Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE)
ACCOUNTANT = "accountant"
ISSUER = Issuer(
    email="privacy@shop.example", phone="400 000 0000", address="1 Example Street, Hangzhou", language="en-GB"
)


def policy(version: str, *, offers: tuple[SensitiveItem[str, Marketing], ...], kept: timedelta) -> Policy:
    """Declare a version of the policy.

    Args:
        version: its name.
        offers: what else is used for offers.
        kept: how long orders are used after their completion.
    """
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=[
            basic(
                Delivery,
                necessary=[CONSIGNEE, ADDRESS, PHONE],
                optional=[GOODS, PICKUP_CODE],
                shared=[CONSIGNEE, ADDRESS, PHONE],
            ),
            basic(
                Payment, necessary=[CARD, AMOUNT], optional=[CONSIGNEE, ID_NUMBER], shared=[CARD, AMOUNT], choice=True
            ),
            additional(Marketing, optional=[CONSIGNEE, PHONE, AMOUNT, *offers], shared=[PHONE, AMOUNT]),
            statutory(Bookkeeping, items=[AMOUNT, GOODS], roles=[ACCOUNTANT]),
        ],
        recipients=[BANK, OTHER_BANK, CARRIER, UNSIGNED, ADVERTISER],
        retention=[
            Retention(PICKUP_CODE, A_SECOND, after=Anchor.COMPLETION),
            Retention(AMOUNT, kept, after=Anchor.COMPLETION, at_least=3 * YEAR),
            Retention(GOODS, kept, after=Anchor.COMPLETION, at_least=3 * YEAR),
        ],
        exemptions=[Exemption(LegalBasis.SERVICE_SECURITY, frozenset({Operation.COLLECT, Operation.USE}))],
        minors=Minors(guardian_operations=frozenset(operation.value for operation in GUARDED)),
        contact=Contact(
            department="Privacy desk of Example Shop",
            address="privacy@shop.example",
            court="the court at the defendant's domicile",
            url="https://shop.example/privacy",
        ),
        smallest_group=5,
    )


POLICY = policy("2026-11", offers=(), kept=YEAR)
NEXT = policy("2027-01", offers=(GOODS,), kept=2 * YEAR)
"""What the shop would like to say next: goods are used for offers, too, and orders for a year longer."""


@record
class Order:
    """One order; what is protected says so, and the rest says nothing of a person."""

    number: str
    settled: bool
    amount: Sensitive[Decimal, Payment | Marketing | Bookkeeping] = held_as(AMOUNT)
    goods: Sensitive[str, Delivery | Marketing | Bookkeeping] = held_as(GOODS)
    consignee: Personal[str, Delivery | Payment | Marketing] = held_as(CONSIGNEE)
    address: Personal[str, Delivery] = held_as(ADDRESS)
    phone: Personal[str, Delivery | Marketing] = held_as(PHONE)
    card: Sensitive[str, Payment] = held_as(CARD)
    id_number: Sensitive[str, Payment] | None = held_as(ID_NUMBER, default=None)


@record
class Transaction:
    """What is left of an order when only the law still wants it."""

    number: str
    settled: bool
    amount: Sensitive[Decimal, Payment | Marketing | Bookkeeping] = held_as(AMOUNT)
    goods: Sensitive[str, Delivery | Marketing | Bookkeeping] = held_as(GOODS)
    id_number: Sensitive[str, Payment] | None = held_as(ID_NUMBER, default=None)


@record
class Pickup:
    """The code with which a parcel is picked up."""

    number: str
    code: Personal[str, Delivery] = held_as(PICKUP_CODE)


def attempt(use: Callable[[], object]) -> None:
    """Show that something is refused, and why."""
    try:
        use()
    except PrivacyError as error:
        print(f"  {type(error).__name__}: {error}")
    else:
        raise AssertionError("this has to be refused")
