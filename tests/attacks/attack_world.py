"""A small world to attack: purposes, items, people, and a clock that stands until it is moved."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from obq_privacy import (
    Actor,
    Agreement,
    Category,
    Clock,
    Exemption,
    Guard,
    Invoked,
    LegalBasis,
    Level,
    Minors,
    Operation,
    PersonalItem,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
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


class Posting(Purpose):
    """Let the shopper publish reviews."""


class Bookkeeping(Purpose):
    """Keep what the law wants kept."""


class Voice(Purpose):
    """Search by voice."""


class FaceCheck(Purpose):
    """Check that the person is who the document says."""


class FaceLogin(Purpose):
    """Log in with the face."""


NAME = PersonalItem("name", str, Delivery | Payment, category=Category.NAME)
CARD = SensitiveItem("card", str, Payment, category=Category.BANK_ACCOUNT)
AMOUNT = SensitiveItem("amount", int, Delivery | Bookkeeping, category=Category.TRANSACTION)
BROWSING = PersonalItem("browsing", str, Recommendation, category=Category.BEHAVIOUR)
REVIEW = PersonalItem("review", str, Posting, category=Category.CONTENT)
SOUND = PersonalItem("sound", bytes, Voice, category=Category.CONTENT)
FACE = SensitiveItem("face", str, FaceCheck | FaceLogin, category=Category.TRANSACTION)

TERM = Agreement("DPA-1", date(2026, 1, 1), date(2026, 12, 31))
CARRIER = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER, items=[NAME], agreement=TERM)
BANK = Recipient("bank", Payment, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, agreement=TERM)
OTHER_BANK = Recipient("other-bank", Payment, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, agreement=TERM)
ADVERTISER = Recipient("advertiser", Recommendation, kind=RecipientKind.PARTNER, role=Role.ADVERTISING, agreement=TERM)
UNCHECKED = Recipient("unchecked", Recommendation, kind=RecipientKind.PARTNER, sdk=True, agreement=TERM)
LAB = Recipient("lab", FaceCheck, kind=RecipientKind.PARTNER, agreement=TERM)
BUREAU = ThirdPartySource("bureau", undertaking=Agreement("U-1", date(2026, 1, 1), date(2026, 12, 31)))
RECIPIENTS: tuple[Recipient[Any], ...] = (CARRIER, BANK, OTHER_BANK, ADVERTISER, UNCHECKED, LAB)

ALL = frozenset(Operation)
EXEMPTIONS = (
    Exemption(LegalBasis.NATIONAL_SECURITY, ALL),
    Exemption(LegalBasis.SELF_PUBLISHED, ALL),
    Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset({Operation.SHARE}), clause="SHARE-2"),
)
ORDER = Invoked(LegalBasis.LEGAL_OBLIGATION, justification="order 17 of the court", by="legal-desk")
THREAT = Invoked(LegalBasis.NATIONAL_SECURITY, justification="order 18", by="legal-desk")
ACCOUNTANT = Actor("agent-7", frozenset({"accountant"}))

ADULT = date(1990, 5, 1)
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def world_policy(*, levels: dict[LevelKey, Level] | None = None, minors: Minors | None = None) -> Policy:
    """Give the policy of the world."""
    return Policy(
        version="1",
        controller="Example Market",
        purposes=[
            basic(Delivery, necessary=[NAME], optional=[AMOUNT], shared=[NAME, AMOUNT]),
            basic(Payment, necessary=[CARD], optional=[NAME], shared=[CARD], choice=True),
            additional(Recommendation, optional=[BROWSING], shared=[BROWSING]),
            additional(Posting, optional=[REVIEW]),
            additional(Voice, optional=[SOUND], permission="microphone"),
            additional(FaceCheck, necessary=[FACE], shared=[FACE]),
            additional(FaceLogin, necessary=[FACE], requires=[FaceCheck]),
            statutory(Bookkeeping, items=[AMOUNT], roles=["accountant"]),
        ],
        recipients=RECIPIENTS,
        sources=[BUREAU],
        exemptions=EXEMPTIONS,
        minors=minors or Minors(),
        levels=levels or {Sensitivity.SENSITIVE: Level.EXPRESS},
    )


class HandClock:
    """A clock that stands until it is moved; monotonic time only goes on."""

    def __init__(self, now: datetime = START) -> None:
        self._wall = int(now.timestamp()) * 1_000_000_000
        self._monotonic = 1_000_000_000_000
        self.clock = Clock(wall_ns=lambda: self._wall, monotonic_ns=lambda: self._monotonic)

    def move(self, step: timedelta) -> None:
        """Let time pass, or set the wall clock back."""
        passed = step // timedelta(microseconds=1) * 1000
        self._wall += passed
        self._monotonic += abs(passed)


@contextmanager
def world(path: Path | None = None, *, policy: Policy | None = None, clock: Clock | None = None) -> Generator[Guard]:
    """Open the world, in memory without a path."""
    lease, at = timedelta(milliseconds=50), clock or HandClock().clock
    asked = policy or world_policy()
    opened = (
        Guard.in_memory(policy=asked, lease=lease, clock=at)
        if path is None
        else Guard.open(path, policy=asked, lease=lease, clock=at)
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
