"""A shop that shares in envelopes, and a carrier that opens them: two controllers that have no class in common."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from guard_world import HandClock

from obq_privacy import (
    Agreement,
    Category,
    Clock,
    Exemption,
    Guard,
    LegalBasis,
    Level,
    NonPersonalItem,
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
)
from obq_privacy.crypto import EnvelopeField, EnvelopeHeader, EnvelopeKey, EnvelopeSuite
from obq_privacy.guard._inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from pathlib import Path

    from obq_privacy import Invoked, Protected, Subject

ADULT = date(1990, 5, 1)
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
SIGNED = Agreement("contract 7", date(2026, 1, 1), date(2027, 12, 31))
KEPT = timedelta(days=90)
NAME_VALUE = "Li Lei of Canary Row"
PHONE_VALUE = "13800138000"
CARD_VALUE = "6222021234567890128"

CARRIER_KEY = EnvelopeKey.of(bytes([EnvelopeSuite.MLKEM768_X25519]) + b"c" * 32)
PLAIN_KEY = EnvelopeKey.of(bytes([EnvelopeSuite.X25519]) + b"p" * 32)
COURIER_KEY = EnvelopeKey.of(bytes([EnvelopeSuite.X25519]) + b"o" * 32)


# ── The shop ──────────────────────────────────────────────────────────────────────────────────────────────


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Payment(Purpose):
    """Take the money for the order."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class Backwards:
    """A codec of its own."""

    def encode(self, value: str, /) -> bytes:
        """Spell text from its end."""
        return value[::-1].encode()

    def decode(self, data: bytes, /) -> str:
        """Read it back."""
        return data.decode()[::-1]


NAME = PersonalItem("consignee-name", str, Delivery | Marketing, category=Category.NAME)
PHONE = PersonalItem("phone", str, Delivery, category=Category.CONTACT, encrypt=True)
CODE = PersonalItem("gate-code", str, Delivery, category=Category.CONTACT, exact=True)
KNOCK = PersonalItem("knock", str, Delivery, category=Category.CONTACT, codec=Backwards())
NOTE = PersonalItem("note", str, Payment, category=Category.OTHER)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT)
DEVICE = NonPersonalItem("device", str, Delivery)

CARRIER = Recipient(
    "carrier",
    Delivery | Payment,
    kind=RecipientKind.PARTNER,
    role=Role.LOGISTICS,
    agreement=SIGNED,
    public_key=CARRIER_KEY.public,
)
LAPSING = Recipient(
    "lapsing",
    Delivery,
    kind=RecipientKind.PARTNER,
    agreement=Agreement("contract 8", date(2026, 1, 1), date(2026, 11, 9)),
    public_key=PLAIN_KEY.public,
)
ABROAD = Recipient(
    "abroad",
    Delivery,
    kind=RecipientKind.PARTNER,
    region="DE",
    agreement=SIGNED,
    public_key=CARRIER_KEY.public,
)
KEYLESS = Recipient("keyless", Delivery, kind=RecipientKind.PARTNER, agreement=SIGNED)
GARBLED = Recipient("garbled", Delivery, kind=RecipientKind.PARTNER, agreement=SIGNED, public_key=bytes(33))
RECIPIENTS = (CARRIER, LAPSING, ABROAD, KEYLESS, GARBLED)

SHOP = Policy(
    version="2026-11",
    controller="Example Shop",
    purposes=[
        basic(
            Delivery, necessary=[NAME], optional=[PHONE, CODE, DEVICE, KNOCK], shared=[NAME, PHONE, CODE, DEVICE, KNOCK]
        ),
        basic(Payment, necessary=[CARD], optional=[NOTE], shared=[CARD, NOTE]),
        additional(Marketing, optional=[NAME]),
    ],
    recipients=RECIPIENTS,
    retention=[Retention(NAME, KEPT)],
    exemptions=[Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset({Operation.SHARE}))],
)


# ── The carrier ───────────────────────────────────────────────────────────────────────────────────────────


class Carry(Purpose, key="delivery"):
    """Carry parcels."""


class LastMile(Carry):
    """Carry them from the depot to the door."""


class Billing(Purpose, key="payment"):
    """Collect money at the door."""


class PickUp(Billing):
    """Hand a parcel over when it is called for."""


class Insight(Purpose):
    """Learn from what is carried."""


ADDRESSEE = PersonalItem("addressee", str, Carry | Insight, category=Category.NAME)
CALL = PersonalItem("call", str, LastMile | Insight, category=Category.CONTACT)
GATE = PersonalItem("gate", str, Carry, category=Category.CONTACT)
MONEY = SensitiveItem("money", str, Billing, category=Category.BANK_ACCOUNT)
FACE = SensitiveItem("face", str, Billing, category=Category.BIOMETRIC)
RING = PersonalItem("ring", str, Carry, category=Category.CONTACT, codec=Backwards())
PICKED = PersonalItem("picked", str, PickUp, category=Category.OTHER)
GADGET = NonPersonalItem("gadget", str, Carry)
COUNT = PersonalItem("count", int, Carry, category=Category.NAME)
BRIEF = PersonalItem(
    "brief",
    str,
    Carry,
    category=Category.NAME,
    validate=lambda text: None if len(text) <= 5 else "it is longer than 5 characters",
)
STUDY = PersonalItem("study", str, Insight, category=Category.NAME)

COURIER = Recipient(
    "courier",
    Carry | Insight,
    kind=RecipientKind.PARTNER,
    agreement=SIGNED,
    public_key=COURIER_KEY.public,
)
FROM_SHOP = ThirdPartySource("example-shop", undertaking=SIGNED, title="Example Shop")
UNBOUND = ThirdPartySource("unbound-shop", undertaking=None, title="Example Shop")


def carrier_policy(home_region: str = "CN", keep: timedelta = timedelta(days=3650)) -> Policy:
    """Give the policy of the carrier, which would keep names for long."""
    return Policy(
        version="c-1",
        controller="Fast Carrier",
        home_region=home_region,
        purposes=[
            basic(
                Carry,
                necessary=[ADDRESSEE],
                optional=[CALL, GATE, GADGET, COUNT, BRIEF, RING],
                shared=[ADDRESSEE, CALL, GATE],
            ),
            basic(LastMile, optional=[ADDRESSEE, CALL, GATE], shared=[ADDRESSEE]),
            basic(Billing, necessary=[MONEY], optional=[FACE]),
            additional(PickUp, optional=[PICKED], permission="camera", user_initiated=True),
            additional(Insight, optional=[ADDRESSEE, CALL, STUDY], shared=[ADDRESSEE]),
        ],
        recipients=[COURIER],
        sources=[FROM_SHOP, UNBOUND],
        retention=[Retention(ADDRESSEE, keep)],
        levels={Category.BIOMETRIC: Level.SEPARATE},
    )


@contextmanager
def opened(policy: Policy, clock: Clock, path: Path | None = None) -> Generator[Guard]:
    """Open a guard, in memory without a path."""
    lease = timedelta(milliseconds=100)
    if path is None:
        guard = Guard.in_memory(policy=policy, lease=lease, clock=clock)
    else:
        guard = Guard.open(path, policy=policy, lease=lease, clock=clock)
    with guard:
        yield guard


class World:
    """The shop and the carrier under one clock, with a shopper who has agreed to everything that they do."""

    def __init__(self, hand: HandClock, shop: Guard, carrier: Guard) -> None:
        self.hand = hand
        self.shop = shop
        self.carrier = carrier
        self.shopper = self.customer("shopper")
        self.addressee = self.person("addressee")
        self.inbox = Inbox(carrier, CARRIER_KEY, sender="example-shop")

    def customer(self, name: str) -> Subject:
        """Register a person at the shop who lets it share."""
        made = self.shop.subject(name, born=ADULT)
        made.grant(Delivery, Payment, Marketing)
        made.grant(Delivery, Payment, recipients=[CARRIER, LAPSING, ABROAD, KEYLESS, GARBLED])
        return made

    def person(self, name: str) -> Subject:
        """Register a person at the carrier who agrees to what it does, and to its sharing."""
        made = self.carrier.subject(name, born=ADULT)
        made.grant(Carry, LastMile, Billing, PickUp, Insight)
        made.grant(Carry, LastMile, Insight, recipients=[COURIER])
        return made

    def name_envelope(self, *, to: Any = CARRIER) -> bytes:
        """Give an envelope with the shopper's name."""
        return envelope(self.shop, Delivery, {"who": self.shopper.collect(NAME, NAME_VALUE)}, to=to)


@contextmanager
def world(carrier_path: Path | None = None, home_region: str = "CN") -> Generator[World]:
    """Open both."""
    hand = HandClock(START)
    carrier = opened(carrier_policy(home_region), hand.clock, carrier_path)
    with opened(SHOP, hand.clock) as shop, carrier as there:
        yield World(hand, shop, there)


def envelope(
    guard: Guard,
    purpose: type[Purpose],
    values: Mapping[str, Protected[Any, Any]],
    *,
    to: Any,
    under: Invoked | None = None,
) -> bytes:
    """Share values in an envelope."""
    return guard.envelope(purpose, values, to=to, under=under)


def records(guard: Guard) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """Give (operation, outcome, purpose, recipient, items) of what was recorded about values."""
    return [
        (entry.operation, entry.outcome, entry.purpose, entry.recipient, entry.items)
        for entry in guard.audit.entries()
        if entry.operation in {"share", "collect", "use", "transfer", "disclose"}
    ]


def forged(wide: Iterable[str] = ("delivery",), **changed: Any) -> EnvelopeHeader:
    """Give a header such as anybody can write who has the public key."""
    field = EnvelopeField(
        name="who",
        person=0,
        items=("consignee-name",),
        spelling="str",
        sensitivity=1,
        categories=("name",),
        wide=tuple(wide),
        exact=(),
        regions=("CN",),
        sources=("subject",),
        versions=("2026-11",),
        collected=(0, 0),
        until=None,
    )
    header = EnvelopeHeader("0" * 32, "Example Shop", "carrier", "delivery", "2026-11", int(START.timestamp()), ())
    parts = {name: part for name, part in changed.items() if name in EnvelopeField._fields}
    rest = {name: part for name, part in changed.items() if name not in parts}
    return header._replace(fields=(field._replace(**parts),), **rest)
