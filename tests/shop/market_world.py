"""The shop as its tests run it: a guard on its policy, people, and a clock that stands."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obq_privacy import Clock, Guard, shop

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from obq_privacy import Policy, Purpose, Subject
    from obq_privacy.vocab import AnyItem

VOCABULARY: dict[str, Any] = json.loads((Path(__file__).parent / "vocabulary.json").read_text("utf-8"))

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ADULT = date(1990, 5, 1)
DAY = timedelta(days=1)

NAME, PHONE, ADDRESS, CARD = "Li Lei", "13800138000", "1 Canary Row, Hangzhou", "6222021234567890128"


class HandClock:
    """A clock that stands until it is moved."""

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
    path: Path | None = None, *, policy: Policy = shop.POLICY, clock: HandClock | None = None
) -> Generator[Guard]:
    """Open the shop, in memory without a path."""
    ticking = (clock or HandClock()).clock
    lease = timedelta(milliseconds=100)
    if path is None:
        guard = Guard.in_memory(policy=policy, lease=lease, clock=ticking)
    else:
        guard = Guard.open(path, policy=policy, lease=lease, clock=ticking)
    with guard:
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


def keys(items: Iterable[AnyItem]) -> list[str]:
    """Give the keys of items, sorted."""
    return sorted(item.key for item in items)
