"""A shop with everything that an assessment looks at: recipients abroad, terms that end, exemptions, minors."""

from __future__ import annotations

from datetime import date, timedelta

from request_world import ADULT, CONTACT, START, HandClock

from obq_privacy import (
    Category,
    Guard,
    Minors,
    PersonalItem,
    Policy,
    Purpose,
    Retention,
    SensitiveItem,
    additional,
    basic,
)
from obq_privacy.policy import Anchor, Exemption, statutory
from obq_privacy.vocab import (
    Agreement,
    LegalBasis,
    Operation,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    ThirdPartySource,
)

__all__ = ["ADULT", "CONTACT", "START", "HandClock"]

DAY = timedelta(days=1)
TODAY = START.date()
DPV = "https://w3id.org/dpv#DeliveryOfGoods"


class Delivery(Purpose, dpv=(DPV,), fides=("essential.service",), clause="USE-3"):
    """Bring the order to the consignee."""


class Marketing(Purpose):
    """Tell the shopper about <b>offers</b> | and more."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


class TaxAudit(Purpose):
    """Show the tax office what was sold."""


NAME = PersonalItem(
    "consignee-name", str, Delivery | Marketing, category=Category.NAME, dpv=("https://w3id.org/dpv/pd#Name",)
)
GOODS = SensitiveItem("goods", str, Delivery | TaxAudit, category=Category.TRANSACTION)
MOOD = SensitiveItem("mood", str, Marketing, category=Category.HEALTH, title="Mood & <script>alert(1)</script>")


def partner(key: str, until: date | None, *, region: str = "CN", since: date = date(2020, 1, 1)) -> Recipient[Delivery]:
    """Give a partner whose agreement ends on a day."""
    return Recipient(
        key,
        Delivery,
        kind=RecipientKind.PARTNER,
        role=Role.LOGISTICS,
        region=region,
        agreement=None if until is None else Agreement(f"C-{key}", since, until),
    )


CARRIER = partner("carrier", date(2099, 1, 1))
OVERSEAS = partner("overseas", date(2099, 1, 1), region="SG")
ENDING = partner("ending", TODAY + 89 * DAY)
LATER = partner("later", TODAY + 90 * DAY)
LAST = partner("last-day", TODAY)
LAPSED = partner("lapsed", TODAY - DAY)
COMING = partner("coming", date(2099, 1, 1), since=TODAY + DAY)
BARE = partner("bare", None)
SDK = Recipient(
    "sdk",
    Delivery,
    kind=RecipientKind.PARTNER,
    sdk=True,
    items=[NAME],
    agreement=Agreement("S", date(2020, 1, 1), date(2099, 1, 1)),
    check=SecurityCheck(date(2025, 1, 1), TODAY - DAY),
)
BROKER = ThirdPartySource("broker", undertaking=None)


def shop_policy(*, whole: bool = True) -> Policy:
    """Give the policy of the shop; one without any risk unless it is whole."""
    never = [Retention(item, 365 * DAY) for item in (NAME, MOOD)]
    return Policy(
        version="2026-11",
        controller="Example Shop & Sons",
        purposes=[
            basic(Delivery, necessary=[NAME], optional=[GOODS], shared=[NAME, GOODS]),
            additional(Marketing, optional=[NAME, MOOD], alternative="offers for everybody"),
            statutory(TaxAudit, items=[GOODS]),
        ],
        retention=[
            Retention(GOODS, 365 * DAY, after=Anchor.COMPLETION, at_least=1096 * DAY),
            *(never if not whole else [Retention(NAME, timedelta(hours=36), purpose=Marketing)]),
        ],
        recipients=[CARRIER, OVERSEAS, ENDING, LATER, LAST, LAPSED, COMING, BARE, SDK] if whole else [CARRIER],
        sources=[BROKER] if whole else [],
        exemptions=[Exemption(LegalBasis.CRIMINAL_MATTERS, frozenset({Operation.USE}))],
        contact=CONTACT,
        minors=Minors(unknown="adult"),
    )


def shop(*, whole: bool = True, clock: HandClock | None = None) -> Guard:
    """Open a guard of the shop in memory."""
    ticking = (clock or HandClock()).clock
    return Guard.in_memory(policy=shop_policy(whole=whole), lease=timedelta(milliseconds=20), clock=ticking)
