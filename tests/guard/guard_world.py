"""A small shop that the tests of the guard share: purposes, items, a policy, a clock, and a record."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from obq_privacy import (
    Category,
    Clock,
    Guard,
    Level,
    NonPersonalItem,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    Retention,
    Sensitive,
    SensitiveItem,
    additional,
    basic,
    held_as,
    masks,
    record,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from obq_privacy import KeyProvider, Subject

HERE = Path(__file__).parent
LONG = os.environ.get("OBQ_PROFILE", "quick") == "long"


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Payment(Purpose):
    """Take the money for the order."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


class Authentication(Purpose):
    """Make sure that the shopper is who they say."""


class FaceLogin(Purpose):
    """Log in by face."""


class Undeclared(Purpose):
    """Do what no policy speaks of."""


CONSIGNEE = PersonalItem("consignee-name", str, Delivery | Payment | Marketing, category=Category.NAME)
PHONE = PersonalItem("phone", str, Delivery | Marketing, category=Category.CONTACT, mask=masks.last(4), encrypt=True)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, mask=masks.last(4))
FACE = SensitiveItem("face", bytes, Authentication | FaceLogin, category=Category.BIOMETRIC)
DEVICE = NonPersonalItem("device", str, Delivery | Marketing)
PARCEL = PersonalItem("parcel-note", str, Delivery)
ITEMS = (CONSIGNEE, PHONE, CARD, FACE, DEVICE, PARCEL)

NAME_VALUE = "Li Lei of Canary Row"
PHONE_VALUE = "13800138000"
CARD_VALUE = "6222021234567890128"
ADULT = date(1990, 5, 1)
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def shop_policy(version: str = "2026-11", *, keep_parcels: timedelta | None = None) -> Policy:
    """Give the policy of the shop."""
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[CONSIGNEE], optional=[PHONE, DEVICE, PARCEL]),
            basic(Payment, necessary=[CARD], optional=[CONSIGNEE]),
            additional(Marketing, optional=[CONSIGNEE, PHONE, DEVICE]),
            additional(Authentication, optional=[FACE]),
            additional(FaceLogin, optional=[FACE], requires=[Authentication]),
        ],
        levels={Category.BIOMETRIC: Level.SEPARATE},
        retention=[] if keep_parcels is None else [Retention(PARCEL, keep_parcels)],
    )


POLICY = shop_policy()


@record
class Order:
    """One order of the shop."""

    number: str
    consignee: Personal[str, Delivery | Payment | Marketing] = held_as(CONSIGNEE)
    card: Sensitive[str, Payment] | None = held_as(CARD, default=None)


class HandClock:
    """A clock that stands until it is moved; wall and monotonic time move together."""

    def __init__(self, now: datetime = START) -> None:
        self._wall = int(now.timestamp()) * 1_000_000_000
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


LEASE = timedelta(milliseconds=100)


@contextmanager
def shop(
    path: Path | None = None,
    *,
    policy: Policy = POLICY,
    lease: timedelta = LEASE,
    clock: Clock | None = None,
    keys: KeyProvider | None = None,
) -> Generator[Guard]:
    """Open a guard of the shop, in memory without a path."""
    if path is None:
        guard = Guard.in_memory(policy=policy, lease=lease, clock=clock, keys=keys)
    else:
        guard = Guard.open(path, policy=policy, lease=lease, clock=clock, keys=keys)
    with guard:
        yield guard


def untyped(purpose: type[Purpose]) -> Any:
    """Give a purpose as callers without a type checker pass it."""
    return purpose


def adult(guard: Guard, name: str = "shopper", *purposes: type[Purpose]) -> Subject:
    """Register an adult who consents to these purposes."""
    subject = guard.subject(name, born=ADULT)
    if purposes:
        subject.grant(*purposes)
    return subject


def outcomes(guard: Guard, subject: Subject | None = None) -> list[tuple[str, str, str]]:
    """Give (operation, outcome, purpose) of what was recorded."""
    about = None if subject is None else subject.pseudonym
    return [(entry.operation, entry.outcome, entry.purpose) for entry in guard.audit.entries(subject=about)]


class Child:
    """Another process, that runs a function of `guard_child` on the database and reports by lines."""

    def __init__(self, what: str, path: Path, *arguments: object, lease: timedelta = LEASE) -> None:
        milliseconds = lease // timedelta(milliseconds=1)
        command = [sys.executable, str(HERE / "guard_child.py"), what, path, milliseconds, *arguments]
        self._process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.pid = self._process.pid
        self.said: list[str] = []

    def ready(self) -> Child:
        """Wait until it has begun."""
        assert self.read() == "ready"
        return self

    def read(self) -> str:
        """Give its next line, "" at the end."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def tell(self, line: str = "") -> None:
        """Send it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def ask(self, line: str = "") -> str:
        """Send it a line and give its answer."""
        self.tell(line)
        return self.read()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> int:
        """End its input, read what it says until it ends, and give its exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self.said = self._process.stdout.read().splitlines()
        return self._process.wait(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
