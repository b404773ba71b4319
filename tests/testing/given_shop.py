"""A policy of a downstream project: every kind of item, and values that no kit can know."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

import attrs

from obq_privacy import (
    Agreement,
    Anchor,
    Category,
    Exemption,
    LegalBasis,
    Level,
    Minors,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Place,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    Retention,
    SecurityCheck,
    SensitiveItem,
    ThirdPartySource,
    additional,
    basic,
    statutory,
    validators,
)

if TYPE_CHECKING:
    from obq_privacy.vocab import AnyItem


class Delivery(Purpose, key="given-shop.delivery"):
    """Bring the order to the consignee."""


class Payment(Purpose, key="given-shop.payment"):
    """Take the money for the order."""


class Membership(Purpose, key="given-shop.membership"):
    """Know the shopper again."""


class Points(Purpose, key="given-shop.points"):
    """Reward the shopper."""


class Search(Purpose, key="given-shop.search"):
    """Search by voice."""


class Books(Purpose, key="given-shop.books"):
    """Keep what the law wants kept."""


class Size(Enum):
    """How big something is."""

    SMALL = "s"
    LARGE = "l"


@attrs.frozen
class Address:
    """Where somebody lives."""

    street: str
    number: int
    size: Size


class Fingerprint:
    """Something that only its own project knows."""

    def __init__(self, lines: bytes) -> None:
        self.lines = lines


class FingerprintCodec:
    """Spell fingerprints."""

    def encode(self, value: Fingerprint, /) -> bytes:
        """Give its lines."""
        return value.lines

    def decode(self, data: bytes, /) -> Fingerprint:
        """Give it back."""
        return Fingerprint(data)


def even(value: int, /) -> str | None:
    """Accept even numbers."""
    return None if value % 2 == 0 else "it is odd"


NAME = PersonalItem("name", str, Delivery | Membership | Books, category=Category.NAME, validate=validators.Text(1, 60))
ADDRESS = PersonalItem("address", Address, Delivery)
CARD = SensitiveItem("card", str, Payment, category=Category.BANK_ACCOUNT, validate=validators.BankCard())
IDENTITY = SensitiveItem(
    "identity", str, Membership, category=Category.IDENTITY_DOCUMENT, validate=validators.IdentityNumber()
)
PASSPORT = SensitiveItem(
    "passport", str, Membership, category=Category.IDENTITY_DOCUMENT, validate=validators.Passport()
)
PHONE = PersonalItem("phone", str, Delivery | Membership, validate=validators.MobileNumber(chinese=True), encrypt=True)
DEVICE = NonPersonalItem("device", str, Delivery, validate=validators.Imei())
FACE = SensitiveItem("face", bytes, Membership, category=Category.BIOMETRIC, validate=validators.Features(128, 4096))
PLACE = SensitiveItem("place", Place, Delivery, category=Category.WHEREABOUTS)
SOUND = PersonalItem("sound", bytes, Search)
AMOUNT = SensitiveItem("amount", Decimal, Payment | Books, category=Category.TRANSACTION)
SIZE = PersonalItem("size", Size, Delivery)
TICKET = PersonalItem("ticket", UUID, Delivery)
LUCKY = PersonalItem("lucky", int, Membership, validate=even)
PRINT = SensitiveItem("print", Fingerprint, Membership, category=Category.BIOMETRIC, codec=FingerprintCodec())

TERM = Agreement("2026/1", date(2026, 1, 1), date(2026, 12, 31))
CARRIER = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER, items=[NAME, ADDRESS], agreement=TERM)
BANK = Recipient(
    "bank",
    Payment,
    kind=RecipientKind.THIRD_PARTY,
    agreement=Agreement("2026/2", date(2025, 1, 1), date(2027, 6, 30)),
    sdk=True,
    check=SecurityCheck(date(2026, 3, 1), date(2027, 2, 28)),
)
BUREAU = ThirdPartySource("bureau", undertaking=Agreement("2026/3", date(2026, 1, 1), date(2028, 1, 31)))


def given_policy(version: str = "2", *, further: bool = False, keep: timedelta = timedelta(days=30)) -> Policy:
    """Give the policy.

    Args:
        version: its version.
        further: whether it has the items that no kit can know.
        keep: how long addresses are kept.
    """
    unknown: list[AnyItem] = [LUCKY, PRINT] if further else []
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=[
            basic(
                Delivery,
                necessary=[NAME, ADDRESS, PHONE],
                optional=[DEVICE, PLACE, SIZE, TICKET],
                shared=[NAME, ADDRESS],
            ),
            basic(Payment, necessary=[CARD, AMOUNT], shared=[CARD], choice=True, roles=["cashier"]),
            additional(
                Membership,
                optional=[NAME, PHONE, IDENTITY, PASSPORT, FACE, *unknown],
                requires=[Delivery],
            ),
            additional(Points, requires=[Membership]),
            additional(Search, optional=[SOUND], permission="microphone", user_initiated=True),
            statutory(Books, items=[NAME, AMOUNT]),
        ],
        levels={Category.BIOMETRIC: Level.SEPARATE},
        minors=Minors(guardian_until_majority=frozenset({"given-shop.membership"})),
        retention=[
            Retention(ADDRESS, keep),
            Retention(AMOUNT, timedelta(days=90), at_least=timedelta(days=1095)),
            Retention(NAME, timedelta(days=180), Membership, Anchor.ACTIVITY),
        ],
        recipients=[CARRIER, BANK],
        sources=[BUREAU],
        exemptions=[Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset({Operation.SHARE, Operation.USE}))],
        refusal_rest=timedelta(hours=48),
    )


POLICY = given_policy()
