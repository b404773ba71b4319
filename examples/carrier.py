"""The carrier's side: a program of somebody else's, with a policy of its own, that opens what the shop sends it."""

from __future__ import annotations

from datetime import date

from shop_terms import attempt

from obq_privacy import (
    Agreement,
    Category,
    EnvelopeKey,
    Guard,
    Inbox,
    PersonalItem,
    Policy,
    Purpose,
    ThirdPartySource,
    additional,
    basic,
)
from obq_privacy.crypto import EnvelopeSuite


class Carriage(Purpose, key="delivery"):
    """Carry parcels to the door: what shops call delivery."""


class Insight(Purpose):
    """Learn who lives where."""


ADDRESSEE = PersonalItem("addressee", str, Carriage | Insight, category=Category.NAME)
DOOR = PersonalItem("door", str, Carriage | Insight, category=Category.CONTACT)
SHOP = ThirdPartySource(
    "example-shop",
    undertaking=Agreement("carriage 7", date(2020, 1, 1), date(2049, 12, 31)),
    title="Example Shop",
)
POLICY = Policy(
    version="7",
    controller="Swift Parcels",
    purposes=[basic(Carriage, necessary=[ADDRESSEE, DOOR]), additional(Insight, optional=[ADDRESSEE, DOOR])],
    sources=[SHOP],
)
# A real carrier keeps its key where it keeps its secrets.
_SECRET = bytes([EnvelopeSuite.X25519]) + b"the secret of the example carrie"


def receive(parcel: str, envelope: bytes) -> None:
    """Open an envelope: the wrappers in it serve what they were shared for, whatever else the carrier would like."""
    with Guard.in_memory(policy=POLICY) as guard:
        person = guard.subject(parcel, born=date(1988, 3, 9))
        person.grant(Carriage, Insight, method="terms of carriage")
        inbox = Inbox(guard, EnvelopeKey.of(_SECRET), sender=SHOP.key)
        name = inbox.open(envelope, {"name": ADDRESSEE, "address": DOOR}, subject=person)["name"]
        opened = len(name.reveal(Carriage)) > 0
        print(f"  swift-parcels opens the envelope of {parcel} with its key, for delivery: {opened}")
        attempt(lambda: name.reveal(Insight))
