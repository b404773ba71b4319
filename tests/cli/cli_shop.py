"""The application whose policies the commands are tried on; copied to where a test runs, and imported there by name."""

from __future__ import annotations

import datetime as dt

from obq_privacy import (
    Agreement,
    Anchor,
    Category,
    Contact,
    Exemption,
    LegalBasis,
    Operation,
    PersonalItem,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    Retention,
    Role,
    SensitiveItem,
    ThirdPartySource,
    additional,
    basic,
    masks,
    statutory,
)


class Delivery(Purpose, clause="USE-14", dpv=["https://w3id.org/dpv#DeliveryOfGoods"]):
    """Bring the order to the consignee."""


class Payment(Purpose, clause="USE-13"):
    """Take the money for the order."""


class Marketing(Purpose, clause="USE-7"):
    """Tell the shopper about <b>offers</b> & more."""


class Bookkeeping(Purpose, clause="PROT-3"):
    """Keep the books that the law wants kept."""


class Quizzes(Purpose):
    """Ask the shopper questions."""


NAME = PersonalItem("consignee-name", str, Delivery | Payment | Marketing, category=Category.NAME)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, mask=masks.last(4))
AMOUNT = SensitiveItem("order-amount", int, Payment | Bookkeeping, category=Category.TRANSACTION)
ANSWER = PersonalItem("answer", str, Quizzes)

YEARS = Agreement("contract 1", dt.date(2026, 1, 1), dt.date(2046, 12, 31))
BANK = Recipient("example-bank", Payment, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, agreement=YEARS)
CARRIER = Recipient(
    "swift-parcels",
    Delivery,
    kind=RecipientKind.PARTNER,
    role=Role.LOGISTICS,
    region="SG",
    items=[NAME],
    agreement=Agreement("carriage 7", dt.date(2020, 1, 1), dt.date(2021, 1, 1)),
    title="Swift <Parcels> & Co.",
)
YEAR = dt.timedelta(days=365)
CONTACT = Contact("Privacy Office", "privacy@shop.example", "Court of Example City")


def policy(version: str, *, later: bool = False) -> Policy:
    """Declare the policy, or what it says later."""
    return Policy(
        version=version,
        controller="Example Shop Ltd" if later else "Example Shop",
        purposes=[
            basic(Delivery, necessary=[NAME], shared=[NAME]),
            basic(Payment, necessary=[CARD], optional=[NAME, AMOUNT], shared=[CARD], choice=True),
            additional(Marketing, optional=[NAME], alternative="the sort by sales"),
            statutory(Bookkeeping, items=[AMOUNT], roles=["accountant"]),
            *([additional(Quizzes, optional=[ANSWER])] if later else []),
        ],
        recipients=[BANK] if later else [BANK, CARRIER],
        sources=[ThirdPartySource("bureau", undertaking=YEARS)],
        exemptions=[Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset({Operation.SHARE}), clause="SHARE-2")],
        retention=[Retention(AMOUNT, 2 * YEAR if later else YEAR, after=Anchor.COMPLETION, at_least=3 * YEAR)],
        contact=CONTACT._replace(address="office@shop.example") if later else CONTACT,
        answer_within=dt.timedelta(days=20 if later else 15),
    )


POLICY = policy("2026-11")
NEXT = policy("2027-01", later=True)
