"""A sealed value comes back under the label that it left with, whoever reads it, and never under a looser one."""

from __future__ import annotations

import json
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import START, HandClock
from laws_world import (
    AMOUNT,
    BUREAU,
    CARD,
    DAY,
    DEVICE,
    NAME,
    SINCE,
    UNTIL,
    Delivery,
    Express,
    Payment,
    bazaar,
    person,
    untyped,
)

from obq_privacy import (
    Agreement,
    Category,
    Guard,
    LegalBasis,
    PersonalItem,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    SensitiveItem,
    Sensitivity,
    ThirdPartySource,
    additional,
    basic,
)
from obq_privacy.crypto import EnvelopeKey, EnvelopeSuite, KeyMemory, Token, seal
from obq_privacy.errors import KeyErased, KeyUnknown, SealBroken
from obq_privacy.guard import Inbox
from obq_privacy.vocab import Invoked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy import Subject
    from obq_privacy.values import Held

LAW = Invoked(LegalBasis.NATIONAL_SECURITY, justification="file 1", by="legal-desk")
SENDER = EnvelopeKey.of(bytes([EnvelopeSuite.X25519]) + b"k" * 32)

COMINGS: dict[str, Callable[[Guard, Subject], Held[Any, Any]]] = {
    "of the subject": lambda _, s: s.collect(NAME, "Li Lei"),
    "not personal": lambda _, s: s.collect(DEVICE, "phone 7"),
    "sensitive": lambda _, s: s.collect(CARD, "6222021234567890128"),
    "of an order": lambda _, s: s.collecting(matter="订单-1").collect(NAME, "Li Lei"),
    "about topics": lambda _, s: s.collecting(topics=["toys", "shoes"]).collect(NAME, "Li Lei"),
    "of another person": lambda g, s: s.collecting(provided_by=g.subject("orderer")).collect(NAME, "Li Lei"),
    "of a third party": lambda _, s: s.collecting(source=BUREAU).collect(NAME, "Li Lei"),
    "public": lambda _, s: s.collecting(public=True, under=LAW).collect(NAME, "Li Lei"),
    "of everything": lambda _, s: s.collecting(matter="1", topics=["a"], source=BUREAU).collect(NAME, "x"),
}


def given(guard: Guard) -> Subject:
    """Register a shopper for whom another person may provide data."""
    shopper = person(guard, Delivery, Payment)
    shopper.attest(Delivery, by=person(guard, name="orderer"))
    return shopper


@pytest.mark.clause("PROT-1", "USE-9")
def test_a_label_survives_being_sealed() -> None:
    """Whatever came in how: item, source, business case, topics, region, version, time, sensitivity and class."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = given(guard)
        for come in COMINGS.values():
            value = come(guard, shopper)
            hand.move(DAY)
            back = guard.unseal(untyped(value._origin.item), value.seal(record="row 1"), record="row 1")
            assert type(back) is type(value)
            assert back.label == value.label
            purpose = Payment if value.label.items == {"card"} else Delivery
            assert back.reveal(purpose) == value.reveal(purpose)


SPELLED = {
    "of the subject": '{"at":1793606400,"exact":[],"region":"CN","sensitivity":1,"source":["subject",""],"version":"1",'
    '"wide":["bookkeeping","delivery","payment"]}',
    "of an order": '{"at":1793606400,"exact":[],"matter":"订单-1",'
    '"region":"CN","sensitivity":1,"source":["subject",""],'
    '"version":"1","wide":["bookkeeping","delivery","payment"]}',
    "of everything": '{"at":1793606400,"exact":[],"matter":"1","region":"CN","sensitivity":1,'
    '"source":["third-party","bureau"],"topics":["a"],"version":"1","wide":["bookkeeping","delivery","payment"]}',
}


def test_a_label_has_one_spelling() -> None:
    """Canonical JSON, which is authenticated byte by byte: what was ever written opens in every later version."""
    with bazaar() as guard:
        shopper = given(guard)
        for how, expected in SPELLED.items():
            token = COMINGS[how](guard, shopper).seal()
            assert Token.parse(token).label.decode() == expected
            assert json.loads(expected)["at"] == START.timestamp()


@pytest.mark.clause("PROT-3")
def test_the_end_that_a_sender_set_survives_being_sealed() -> None:
    """What came in an envelope may not be used for longer by being kept sealed."""
    hand = HandClock()
    term = Agreement("A", SINCE, date(2026, 11, 10))
    to = Recipient("shop", Delivery, kind=RecipientKind.PARTNER, agreement=term, public_key=SENDER.public)
    source = ThirdPartySource("bureau", undertaking=Agreement("U-1", SINCE, UNTIL))
    rules = [basic(Delivery, necessary=[LABEL], shared=[LABEL])]
    policy = Policy(version="1", controller="bureau", purposes=rules, recipients=[to], sources=[source])
    with bazaar(policy=policy, clock=hand.clock) as guard:
        shopper = person(guard, Delivery)
        shopper.grant(Delivery, recipients=[to])
        sent = guard.envelope(Delivery, {"name": shopper.collect(LABEL, "Li Lei")}, to=to)
        here = Inbox(guard, SENDER, sender="bureau", controller="bureau")
        (value,) = here.open(sent, {"name": LABEL}, subject=shopper).values()
        assert value.label.ends is not None
        assert value.label.ends.tzinfo is UTC
        back = guard.unseal(LABEL, value.seal())
        assert back.label == value.label
        assert f'"ends":{int(value.label.ends.timestamp())}'.encode() in Token.parse(value.seal()).label


LABEL = PersonalItem("label", str, Delivery)
PLAIN = Policy(version="1", controller="Example Bazaar", purposes=[basic(Delivery, optional=[LABEL])])


class Newer(Purpose):
    """Do what the policy speaks of since it changed."""


@pytest.mark.clause("USE-2", "CHANGE-3")
def test_a_sealed_value_never_comes_back_for_more(tmp_path: Path) -> None:
    """For the purposes that the label and the item of today have in common, at least as sensitive as either says."""
    former = PersonalItem("name", str, Delivery | Payment, category=Category.NAME)
    wider = PersonalItem("name", str, Delivery | Newer, category=Category.NAME)
    stricter = SensitiveItem("name", str, Delivery | Payment, category=Category.NAME)
    looser = PersonalItem("card", str, Payment)
    keys = KeyMemory()

    def opened(version: str, *items: Any) -> Guard:
        rules = [
            basic(Delivery, optional=[item for item in items if item.purposes.allows(Delivery)]),
            basic(Payment, optional=[item for item in items if item.purposes.allows(Payment)]),
            additional(Newer, optional=[item for item in items if item.purposes.allows(Newer)]),
        ]
        policy = Policy(version=version, controller="Example Bazaar", purposes=rules)
        return Guard.open(tmp_path / "db", policy=policy, keys=keys, clock=HandClock().clock)

    with opened("1", former, CARD) as guard:
        shopper = person(guard, Delivery, Payment)
        name, card = shopper.collect(former, "Li Lei").seal(), shopper.collect(CARD, "6222").seal()
    with opened("2", wider, looser) as guard:
        back = guard.unseal(wider, name)
        assert {purpose.key for purpose in back.label.purposes} == {"delivery"}
        assert back.label.versions == {"1"}
        assert guard.unseal(looser, card).label.sensitivity is Sensitivity.SENSITIVE
    with opened("3", stricter) as guard:
        assert guard.unseal(stricter, name).label.sensitivity is Sensitivity.SENSITIVE


@pytest.mark.clause("USE-2")
def test_narrowed_purposes_stay_narrow() -> None:
    """A pseudonym for a purpose below the item's comes back for that one; an exact purpose has none below it."""
    exact = PersonalItem("name", str, Delivery | Payment, category=Category.NAME, exact=True)
    rules = [basic(Delivery, optional=[exact]), basic(Payment, optional=[exact])]
    policy = Policy(version="1", controller="Example Bazaar", purposes=rules)
    with bazaar(policy=policy) as guard:
        token = person(guard, Delivery).collect(exact, "Li Lei").seal()
        back = guard.unseal(exact, token)
        assert b'"exact":["delivery","payment"]' in Token.parse(token).label
        assert (back.label.purposes.allows(Delivery), back.label.purposes.allows(Express)) == (True, False)
    known = Policy(
        version="1",
        controller="Example Bazaar",
        purposes=[basic(Delivery, optional=[LABEL]), basic(Express, optional=[LABEL])],
    )
    for policy, kept in ((known, True), (PLAIN, False)):
        with bazaar(policy=policy) as guard:
            token = guard.pseudonym(person(guard, Delivery), Express, item=LABEL).seal()
            assert b'"wide":["express"]' in Token.parse(token).label
            narrow = guard.unseal(LABEL, token).label.purposes
            assert (narrow.allows(Express), narrow.allows(Delivery)) == (kept, False)


@pytest.mark.parametrize("label", [b"no json", b"\xff", b""])
def test_a_label_that_is_none_is_a_broken_seal(label: bytes) -> None:
    """Even where it was sealed with the right key."""
    with bazaar() as guard:
        key = guard._core.keyring.of(person(guard, Delivery).pseudonym)
        with pytest.raises(SealBroken) as refused:
            guard.unseal(NAME, seal(key, item="name", label=label, record="", plaintext=b"Li Lei"))
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__


def test_a_label_that_names_purposes_of_nobody_is_narrower() -> None:
    """What neither the item nor the policy knows any more is left out."""
    label = json.dumps(
        {
            "at": 1,
            "exact": [],
            "wide": ["delivery", "undeclared"],
            "region": "SG",
            "source": ["subject", ""],
            "sensitivity": 1,
            "version": "0",
        }
    )
    with bazaar() as guard:
        key = guard._core.keyring.of(person(guard, Delivery).pseudonym)
        token = seal(key, item="name", label=label.encode(), record="", plaintext=b"Li Lei")
        back = guard.unseal(NAME, token)
        assert back.label.purposes.allows(Delivery)
        assert {purpose.key for purpose in back.label.purposes} == {"delivery"}
        assert back.label.regions == {"SG"}
        assert back.label.versions == {"0"}
        assert back.label.matters == {""}
        assert back.label.topics == frozenset()
        assert back.label.ends is None
        assert back.label.collected[0].timestamp() == 1


@pytest.mark.clause("PROT-1", "DEF-4")
def test_a_token_opens_where_it_belongs_only() -> None:
    """As its item, for its record, in its store, as long as its key is there."""
    with bazaar() as guard, bazaar() as other:
        shopper = person(guard, Delivery, Payment)
        token = shopper.collect(AMOUNT, 1999).seal(record="row 1")
        assert guard.unseal(AMOUNT, token, record="row 1").reveal(Delivery) == 1999
        for item, record in ((AMOUNT, "row 2"), (AMOUNT, ""), (CARD, "row 1")):
            with pytest.raises(SealBroken):
                guard.unseal(item, token, record=record)
        with pytest.raises(SealBroken):
            guard.unseal(AMOUNT, token[:-1] + bytes([token[-1] ^ 1]), record="row 1")
        with pytest.raises(KeyUnknown):
            other.unseal(AMOUNT, token, record="row 1")
        own = seal(guard._core.keyring.ensure(""), item="amount", label=b"{}", record="", plaintext=b"1")
        with pytest.raises(KeyUnknown):
            guard.unseal(AMOUNT, own)
        shopper.erase()
        with pytest.raises(KeyErased):
            guard.unseal(AMOUNT, token, record="row 1")
