"""A small market with everything that a policy can declare about recipients, sources, bases, roles and periods."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from obq_privacy import (
    Actor,
    Agreement,
    Anchor,
    Category,
    Clock,
    Exemption,
    Guard,
    LegalBasis,
    Level,
    Minors,
    Operation,
    PersonalItem,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    Retention,
    Role,
    SecurityCheck,
    SensitiveItem,
    Sensitivity,
    ThirdPartySource,
    additional,
    basic,
    statutory,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from obq_privacy import Subject
    from obq_privacy.policy import LevelKey


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Payment(Purpose):
    """Take the money for the order."""


class Recommendation(Purpose):
    """Show what the shopper may like."""


class Voice(Purpose):
    """Search by voice."""


class Posting(Purpose):
    """Let the shopper publish reviews."""


class Bookkeeping(Purpose):
    """Keep what the law wants kept."""


class Membership(Purpose):
    """Have an account."""


NAME = PersonalItem("name", str, Delivery | Payment | Bookkeeping | Posting, category=Category.NAME)
ADDRESS = PersonalItem("address", str, Delivery, category=Category.CONTACT)
CARD = SensitiveItem("card", str, Payment, category=Category.BANK_ACCOUNT)
AMOUNT = SensitiveItem("amount", int, Payment | Bookkeeping | Delivery, category=Category.TRANSACTION)
BROWSING = PersonalItem("browsing", str, Recommendation, category=Category.BEHAVIOUR)
SOUND = PersonalItem("sound", bytes, Voice, category=Category.CONTENT)
REVIEW = PersonalItem("review", str, Posting, category=Category.CONTENT)
NICKNAME = PersonalItem("nickname", str, Membership, category=Category.ACCOUNT)

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
TERM = Agreement("DPA-1", SINCE, UNTIL)
CARRIER = Recipient(
    "carrier", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, items=[NAME, ADDRESS], agreement=TERM
)
OTHER_CARRIER = Recipient(
    "other-carrier", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, items=[NAME], agreement=TERM
)
UNBOUND = Recipient("unbound", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS)
ABROAD = Recipient("abroad", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, region="SG", agreement=TERM)
BANK = Recipient("bank", Payment, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, agreement=TERM)
OTHER_BANK = Recipient("other-bank", Payment, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, agreement=TERM)
SISTER = Recipient("sister", Delivery | Payment, kind=RecipientKind.AFFILIATE, follows_policy=True)
COUSIN = Recipient("cousin", Delivery, kind=RecipientKind.AFFILIATE, follows_policy=False, agreement=TERM)
ADVERTISER = Recipient("advertiser", Recommendation, kind=RecipientKind.PARTNER, role=Role.ADVERTISING, agreement=TERM)
SDK = Recipient(
    "sdk",
    Recommendation,
    kind=RecipientKind.PARTNER,
    sdk=True,
    agreement=TERM,
    check=SecurityCheck(date(2026, 6, 1), date(2026, 11, 30)),
)
UNCHECKED = Recipient("unchecked", Recommendation, kind=RecipientKind.PARTNER, sdk=True, agreement=TERM)
COURT = Recipient("court", Delivery | Payment, kind=RecipientKind.THIRD_PARTY, role=Role.AUTHORITY)
BUYER = Recipient("buyer", Delivery, kind=RecipientKind.THIRD_PARTY, role=Role.SUCCESSOR)
STRANGER = Recipient("stranger", Delivery, kind=RecipientKind.THIRD_PARTY, agreement=TERM)
"""No policy declares it."""

BUREAU = ThirdPartySource("bureau", undertaking=Agreement("U-1", SINCE, UNTIL))
GOSSIP = ThirdPartySource("gossip", undertaking=None)
UNDECLARED = ThirdPartySource("undeclared", undertaking=Agreement("U-2", SINCE, UNTIL))

YEAR = timedelta(days=365)
SIX = (
    LegalBasis.NATIONAL_SECURITY,
    LegalBasis.PUBLIC_SAFETY,
    LegalBasis.CRIMINAL_MATTERS,
    LegalBasis.VITAL_INTERESTS,
    LegalBasis.SELF_PUBLISHED,
    LegalBasis.PUBLIC_SOURCE,
)
FIVE = (
    LegalBasis.CONTRACT,
    LegalBasis.SERVICE_SECURITY,
    LegalBasis.NEWS,
    LegalBasis.RESEARCH,
    LegalBasis.OTHER_LAW,
)
IN = frozenset({Operation.COLLECT, Operation.USE})
OUT = frozenset({Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})
EXEMPTIONS = (
    *(Exemption(basis, IN | OUT) for basis in SIX),
    *(Exemption(basis, IN, deidentified=basis is LegalBasis.RESEARCH) for basis in FIVE),
    Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset({Operation.SHARE}), clause="SHARE-2"),
    Exemption(LegalBasis.SERIOUS_VIOLATION, frozenset({Operation.DISCLOSE}), clause="SHARE-7"),
    Exemption(LegalBasis.MINOR_PROTECTION, IN | OUT, clause="MINOR-2"),
)
DECLARED: tuple[Recipient[Any], ...] = (
    *(CARRIER, OTHER_CARRIER, UNBOUND, ABROAD, BANK, OTHER_BANK, SISTER, COUSIN, ADVERTISER, SDK, UNCHECKED),
    *(COURT, BUYER),
)
ADULT = date(1990, 5, 1)
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
AGENT = Actor("agent-7", frozenset({"accountant"}))


def market_policy(
    version: str = "2026-11",
    *,
    minors: Minors | None = None,
    levels: dict[LevelKey, Level] | None = None,
    recipients: tuple[Recipient[Any], ...] = DECLARED,
) -> Policy:
    """Give the policy of the market."""
    return Policy(
        version=version,
        controller="Example Market",
        purposes=[
            basic(Delivery, necessary=[NAME, ADDRESS], optional=[AMOUNT], shared=[NAME, ADDRESS, AMOUNT]),
            basic(Payment, necessary=[CARD], optional=[NAME, AMOUNT], shared=[CARD, NAME], choice=True),
            additional(
                Recommendation, optional=[BROWSING], shared=[BROWSING], alternative="the sort by sales", signal=True
            ),
            additional(Voice, optional=[SOUND], permission="microphone", user_initiated=True),
            additional(Posting, optional=[REVIEW, NAME]),
            additional(Membership, necessary=[NICKNAME]),
            statutory(Bookkeeping, items=[AMOUNT, NAME], roles=["accountant"]),
        ],
        recipients=recipients,
        sources=[BUREAU, GOSSIP],
        exemptions=EXEMPTIONS,
        minors=minors or Minors(),
        levels=levels or {Sensitivity.SENSITIVE: Level.EXPRESS},
        retention=[Retention(AMOUNT, YEAR, after=Anchor.COMPLETION, at_least=3 * YEAR)],
    )


POLICY = market_policy()


class HandClock:
    """A clock that stands until it is moved; wall and monotonic time move together."""

    def __init__(self, now: datetime = START) -> None:
        self._wall = int(now.timestamp()) * 1_000_000_000
        self._monotonic = 1_000_000_000_000
        self.clock = Clock(wall_ns=lambda: self._wall, monotonic_ns=lambda: self._monotonic)

    def move_to(self, now: datetime) -> None:
        """Let time pass until an instant."""
        step = (now - self.clock.now()) // timedelta(microseconds=1) * 1000
        self._wall += step
        self._monotonic += step


@contextmanager
def market(
    path: Path | None = None, *, policy: Policy = POLICY, clock: Clock | None = None, region: str = ""
) -> Generator[Guard]:
    """Open the market, in memory without a path."""
    lease = timedelta(milliseconds=50)
    at = clock or HandClock().clock
    opened = (
        Guard.in_memory(policy=policy, lease=lease, clock=at)
        if path is None
        else Guard.open(path, policy=policy, lease=lease, clock=at, region=region)
    )
    with opened as guard:
        yield guard


def adult(guard: Guard, *purposes: type[Purpose], name: str = "shopper") -> Subject:
    """Register an adult who consents to these purposes."""
    subject = guard.subject(name, born=ADULT)
    if purposes:
        subject.grant(*purposes)
    return subject


def untyped(thing: object) -> Any:
    """Give something as callers without a type checker pass it."""
    return thing


def midnight(day: date) -> datetime:
    """Give the start of a day where the market is."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
