"""A bazaar with what a policy can declare, on a clock that stands until it is moved; for the laws of the guard."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from guard_world import ADULT, START, HandClock

from obq_privacy import (
    Agreement,
    Anchor,
    Category,
    Clock,
    Exemption,
    Guard,
    LegalBasis,
    Level,
    Minors,
    NonPersonal,
    NonPersonalItem,
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
    ThirdPartySource,
    additional,
    basic,
    held_as,
    masks,
    record,
    statutory,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from obq_privacy import KeyProvider, Subject


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Express(Delivery):
    """Bring it today."""


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


class Undeclared(Purpose):
    """Do what no policy speaks of."""


NAME = PersonalItem("name", str, Delivery | Payment | Bookkeeping, category=Category.NAME)
ADDRESS = PersonalItem("address", str, Delivery, category=Category.CONTACT, mask=masks.last(3))
CARD = SensitiveItem("card", str, Payment, category=Category.BANK_ACCOUNT, mask=masks.last(4))
AMOUNT = SensitiveItem("amount", int, Payment | Bookkeeping | Delivery, category=Category.TRANSACTION)
BROWSING = PersonalItem("browsing", str, Recommendation, category=Category.BEHAVIOUR)
REVIEW = PersonalItem("review", str, Posting, category=Category.CONTENT)
SOUND = PersonalItem("sound", bytes, Voice, category=Category.CONTENT)
DEVICE = NonPersonalItem("device", str, Delivery)
NICKNAME = PersonalItem("nickname", str, Membership, category=Category.ACCOUNT)
TWIN = PersonalItem("card", str, Payment | Delivery)
"""Not the item that the policy declares by this key."""

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
TERM = Agreement("DPA-1", SINCE, UNTIL)
CARRIER = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, agreement=TERM)
BANK = Recipient("bank", Payment, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, agreement=TERM)
OTHER_BANK = Recipient("other-bank", Payment, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, agreement=TERM)
STRANGER = Recipient("stranger", Payment, kind=RecipientKind.THIRD_PARTY, agreement=TERM)
"""No policy declares it."""

BUREAU = ThirdPartySource("bureau", undertaking=Agreement("U-1", SINCE, UNTIL))
DAY = timedelta(days=1)
MICRO = timedelta(microseconds=1)
LEASE = timedelta(milliseconds=50)
KEEP = timedelta(days=30)
REST = timedelta(days=90)


def bazaar_policy(
    version: str = "1", *, minors: Minors | None = None, retention: Sequence[Retention] = (), smallest: int = 2
) -> Policy:
    """Give the policy of the bazaar."""
    return Policy(
        version=version,
        controller="Example Bazaar",
        purposes=[
            basic(Delivery, necessary=[NAME, ADDRESS], optional=[AMOUNT, DEVICE], shared=[NAME, ADDRESS]),
            basic(Payment, necessary=[CARD], optional=[NAME, AMOUNT], shared=[CARD], choice=True),
            additional(Recommendation, optional=[BROWSING], signal=True),
            additional(Voice, optional=[SOUND], permission="microphone", user_initiated=True),
            additional(Posting, optional=[REVIEW]),
            additional(Membership, necessary=[NICKNAME], requires=[Delivery]),
            statutory(Bookkeeping, items=[AMOUNT, NAME], roles=["accountant"]),
        ],
        recipients=[CARRIER, BANK, OTHER_BANK],
        sources=[BUREAU],
        exemptions=[
            Exemption(LegalBasis.NATIONAL_SECURITY, frozenset(Operation)),
            Exemption(LegalBasis.CONTRACT, frozenset({Operation.COLLECT, Operation.USE})),
        ],
        minors=minors or Minors(),
        levels={Category.BIOMETRIC: Level.SEPARATE},
        retention=retention,
        refusal_rest=REST,
        smallest_group=smallest,
    )


def kept_for(keep: timedelta = KEEP) -> Retention:
    """Give a period for names, counted from collecting them."""
    return Retention(NAME, keep, after=Anchor.COLLECTION)


POLICY = bazaar_policy()


@record
class Order:
    """An order, with a number that is nobody's."""

    number: str
    name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)
    card: Sensitive[str, Payment] | None = held_as(CARD, default=None)
    device: NonPersonal[str, Delivery] | None = held_as(DEVICE, default=None)


class Adrift:
    """A clock whose wall can be set back; its monotonic time only goes on."""

    def __init__(self, now: datetime = START) -> None:
        self._hand = HandClock(now)
        self._set = 0
        self.clock = Clock(
            wall_ns=lambda: self._hand.clock.wall_ns() + self._set, monotonic_ns=self._hand.clock.monotonic_ns
        )

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._hand.move(by)

    def set_back(self, by: timedelta) -> None:
        """Set the wall clock back."""
        self._set -= by // timedelta(microseconds=1) * 1000


@contextmanager
def bazaar(
    *,
    policy: Policy = POLICY,
    clock: Clock | None = None,
    lease: timedelta = LEASE,
    keys: KeyProvider | None = None,
) -> Generator[Guard]:
    """Open the bazaar in memory, on a clock that stands."""
    with Guard.in_memory(policy=policy, lease=lease, clock=clock or HandClock(START).clock, keys=keys) as guard:
        yield guard


def person(guard: Guard, *purposes: type[Purpose], name: str = "shopper", born: date | None = ADULT) -> Subject:
    """Register somebody who consents to these purposes."""
    subject = guard.subject(name, born=born)
    if purposes:
        subject.grant(*purposes)
    return subject


def untyped(thing: object) -> Any:
    """Give something as callers without a type checker pass it."""
    return thing


def facts(guard: Guard, **asked: Any) -> list[tuple[object, ...]]:
    """Give (operation, outcome, items, purpose, basis) of what is on record, oldest first."""
    found = guard.audit.entries(**asked)
    return [(one.operation, one.outcome, one.items, one.purpose, one.basis) for one in found]
