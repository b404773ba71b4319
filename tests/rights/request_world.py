"""A small shop whose subjects ask for things: purposes, items, a policy with a contact, a clock, child processes."""

from __future__ import annotations

import os
import traceback
import warnings
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from obq_privacy import (
    Category,
    Clock,
    Guard,
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
)
from obq_privacy.policy import Contact

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from obq_privacy import Subject

LONG = os.environ.get("OBQ_PROFILE", "quick") == "long"


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Scoring(Purpose):
    """Decide how much the shopper may owe."""


class LimitScoring(Scoring):
    """Decide on the limit of the shopper's account."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


NAME = PersonalItem("consignee-name", str, Delivery | Marketing, category=Category.NAME, title="Name of the consignee")
INCOME = SensitiveItem("income", int, Scoring, category=Category.PROPERTY, title="Monthly income")

NAME_VALUE = "Li Lei of Canary Row"
CONTACT = Contact("Personal Information Protection Department", "vip@shop.example", "the People's Court of Hangzhou")
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ADULT = date(1990, 5, 1)


@record
class Person:
    """What the shop knows of a shopper."""

    name: Personal[str, Delivery | Marketing] = held_as(NAME)
    income: Sensitive[int, Scoring] | None = held_as(INCOME, default=None)


def shop_policy(
    version: str = "2026-11",
    *,
    contact: Contact | None = CONTACT,
    answer_within: timedelta = timedelta(days=15),
    machine_refusal: bool = True,
) -> Policy:
    """Give the policy of the shop."""
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[NAME]),
            additional(Scoring, optional=[INCOME]),
            additional(Marketing, optional=[NAME]),
        ],
        contact=contact,
        answer_within=answer_within,
        machine_refusal=machine_refusal,
    )


POLICY = shop_policy()


class HandClock:
    """A clock that stands until it is moved; wall and monotonic time move together."""

    def __init__(self, now: datetime = START) -> None:
        self._wall = int(now.timestamp() * 1_000_000) * 1000
        self._monotonic = 1_000_000_000_000
        self.clock = Clock(wall_ns=lambda: self._wall, monotonic_ns=lambda: self._monotonic)

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        step = by // timedelta(microseconds=1) * 1000
        self._wall += step
        self._monotonic += step

    def move_to(self, now: datetime) -> None:
        """Let time pass until an instant."""
        self.move(now - self.clock.now())


@contextmanager
def shop(path: Path | None = None, *, policy: Policy = POLICY, clock: HandClock | None = None) -> Generator[Guard]:
    """Open a guard of the shop, in memory without a path."""
    lease = timedelta(milliseconds=50)
    ticking = (clock or HandClock()).clock
    if path is None:
        guard = Guard.in_memory(policy=policy, lease=lease, clock=ticking)
    else:
        guard = Guard.open(path, policy=policy, lease=lease, clock=ticking)
    with guard:
        yield guard


def shopper(guard: Guard, name: str = "shopper", *purposes: type[Purpose]) -> Subject:
    """Register an adult who consents to these purposes."""
    subject = guard.subject(name, born=ADULT)
    if purposes:
        subject.grant(*purposes)
    return subject


def outcomes(guard: Guard, operation: str) -> list[tuple[str, str, str]]:
    """Give (outcome, actor, justification) of what was recorded of an operation."""
    found = [entry for entry in guard.audit.entries() if entry.operation == operation]
    return [(entry.outcome, entry.actor, entry.justification) for entry in found]


def child(work: Callable[[], object]) -> int:
    """Let a forked child do something and end at once, with exit code 1 after an exception; return its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  the test must not go on in the child
        traceback.print_exc()
    finally:
        os._exit(code)


def wait(*pids: int) -> None:
    """Wait for children, all of which must end well."""
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    assert codes == [0] * len(pids)
