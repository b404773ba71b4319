"""Two versions of a small shop's policy, of which the newer one takes more, and a clock."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from obq_privacy import (
    Category,
    Clock,
    Guard,
    PersonalItem,
    Policy,
    Purpose,
    Retention,
    SensitiveItem,
    additional,
    basic,
)
from obq_privacy.policy import statutory
from obq_privacy.vocab import Agreement, Recipient, RecipientKind, Role

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LONG = os.environ.get("OBQ_PROFILE", "quick") == "long"
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ADULT = date(1990, 5, 1)
DAY = timedelta(days=1)
BOOK_ROLE = "clerk"


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class Scoring(Purpose):
    """Decide how much the shopper may owe."""


class Books(Purpose):
    """Keep the books that the law wants."""


NAME = PersonalItem("consignee-name", str, Delivery | Marketing | Books, category=Category.NAME)
PHONE = PersonalItem("phone", str, Delivery | Marketing, category=Category.CONTACT)
INCOME = SensitiveItem("income", int, Scoring, category=Category.PROPERTY)

SIGNED = Agreement("2026/17", date(2026, 1, 1), date(2027, 12, 31))
CARRIER = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, agreement=SIGNED)
POST = Recipient("post", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, agreement=SIGNED)

OLD: dict[str, Any] = {
    "version": "1",
    "controller": "Example Shop",
    "purposes": [
        basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME]),
        additional(Marketing, optional=[NAME]),
        statutory(Books, items=[NAME]),
    ],
    "retention": [Retention(NAME, 30 * DAY)],
    "recipients": [CARRIER],
}
NEW: dict[str, Any] = {
    **OLD,
    "version": "2",
    "purposes": [
        basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME, PHONE]),
        additional(Marketing, optional=[NAME, PHONE]),
        additional(Scoring, optional=[INCOME]),
        statutory(Books, items=[NAME]),
    ],
    "retention": [Retention(NAME, 60 * DAY)],
    "recipients": [CARRIER, POST],
}


def old(**changes: Any) -> Policy:
    """Give the older version."""
    return Policy(**{**OLD, **changes})


def new(**changes: Any) -> Policy:
    """Give the newer version: a purpose, a recipient, an item, a shared item and a longer time were added."""
    return Policy(**{**NEW, **changes})


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._wall = int(now.timestamp() * 1_000_000) * 1000
        self._monotonic = 1_000_000_000_000
        self.clock = Clock(wall_ns=lambda: self._wall, monotonic_ns=lambda: self._monotonic)

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        step = by // timedelta(microseconds=1) * 1000
        self._wall += step
        self._monotonic += step


@contextmanager
def shop(path: Path, policy: Policy, clock: HandClock) -> Generator[Guard]:
    """Open the store under a version."""
    with Guard.open(path, policy=policy, lease=timedelta(milliseconds=50), clock=clock.clock) as guard:
        yield guard
