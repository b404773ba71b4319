"""A value that is shared in an envelope stays under the label that it left with."""

from __future__ import annotations

import copy
import pickle
import signal
import subprocess
import sys
import traceback
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from envelopes_world import (
    ABROAD,
    ADDRESSEE,
    BRIEF,
    CALL,
    CARD,
    CARD_VALUE,
    CARRIER,
    CARRIER_KEY,
    CODE,
    COUNT,
    COURIER,
    COURIER_KEY,
    DEVICE,
    FACE,
    FROM_SHOP,
    GADGET,
    GARBLED,
    GATE,
    KEPT,
    KEYLESS,
    KNOCK,
    LAPSING,
    MONEY,
    NAME,
    NAME_VALUE,
    NOTE,
    PHONE,
    PHONE_VALUE,
    PICKED,
    PLAIN_KEY,
    RING,
    START,
    STUDY,
    Billing,
    Carry,
    Delivery,
    Insight,
    LastMile,
    Marketing,
    Payment,
    PickUp,
    World,
    carrier_policy,
    envelope,
    forged,
    opened,
    records,
    world,
)
from guard_world import HandClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obq_privacy import (
    Category,
    Invoked,
    LegalBasis,
    Level,
    Personal,
    Place,
    PurposeSet,
    Sensitivity,
    Source,
    SourceKind,
    combine,
    held_as,
    record,
)
from obq_privacy.crypto import EnvelopeKey, open_envelope, seal_envelope
from obq_privacy.errors import (
    AccidentalUse,
    ArgumentInvalid,
    BorderClosed,
    ConfirmationMissing,
    ConsentMissing,
    Denied,
    DerivationFailed,
    EnvelopeBroken,
    EnvelopeKeyInvalid,
    EnvelopeMismatch,
    EnvelopeNotForYou,
    EnvelopeOverdue,
    EnvelopeReplayed,
    ItemNotShared,
    PurposeInvalid,
    PurposeNotAllowed,
    RecipientKeyMissing,
    RetentionEnded,
    SubjectErased,
    UndertakingMissing,
    UserActionMissing,
    ValueInvalid,
    WrapperMisuse,
)
from obq_privacy.guard._inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Generator

    from obq_privacy import Protected

    Values = dict[str, Protected[Any, Any]]

SECRETS = (NAME_VALUE, PHONE_VALUE, CARD_VALUE)


@pytest.fixture
def w() -> Generator[World]:
    with world() as made:
        yield made


def shown_values(error: BaseException) -> list[str]:
    """Give the values that a traceback with the locals of the library's frames shows."""
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            if "/obq_privacy/" in frame.f_code.co_filename:
                said = repr(frame.f_locals)
                found += [secret for secret in SECRETS if secret in said]
        seen = seen.__cause__ or seen.__context__
    return found


# ── From wrapper to wrapper ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-5", "CROSS-1")
def test_a_shared_value_arrives_wrapped(w: World) -> None:
    """It is decided and recorded as a share, travels sealed, and opens as wrappers that reveal for its purpose."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "call": w.shopper.collect(PHONE, PHONE_VALUE)}
    data = envelope(w.shop, Delivery, values, to=CARRIER)
    assert not any(secret.encode() in data for secret in SECRETS)
    assert w.shopper.pseudonym.encode() not in data
    found = w.inbox.open(data, {"call": CALL, "who": ADDRESSEE}, subject=w.addressee)
    assert list(found) == ["call", "who"]
    assert repr(found) == "{'call': Personal(call), 'who': Personal(addressee)}"
    assert found["who"].reveal(Carry) == NAME_VALUE
    assert found["call"].reveal(LastMile) == PHONE_VALUE
    assert records(w.shop)[2:] == [("share", "permit", "delivery", "carrier", ("consignee-name", "phone"))]
    assert records(w.carrier) == [
        ("collect", "permit", "", "", ("addressee", "call")),
        ("use", "permit", "delivery", "", ("addressee",)),
        ("use", "permit", "last-mile", "", ("call",)),
    ]


@pytest.mark.clause("SHARE-5")
def test_it_opens_for_the_purposes_that_it_was_shared_for_only(w: World) -> None:
    """The item here is also for another purpose, and its subject agreed to that: still it is refused."""
    found = w.inbox.open(w.name_envelope(), {"who": ADDRESSEE}, subject=w.addressee)["who"]
    collected = w.addressee.collect(ADDRESSEE, NAME_VALUE)
    assert collected.reveal(Insight) == NAME_VALUE
    with pytest.raises(PurposeNotAllowed):
        found.reveal(Insight)
    assert found.label.purposes == PurposeSet([Carry])


@pytest.mark.clause("SHARE-5")
def test_what_was_shared_for_no_purpose_of_the_item_stays_shut(w: World) -> None:
    """An item for other purposes alone gets nothing out of the envelope."""
    with pytest.raises(EnvelopeMismatch, match="not shared for any purpose of study"):
        w.inbox.open(w.name_envelope(), {"who": STUDY}, subject=w.addressee)
    assert records(w.carrier) == []


def test_the_label_arrives(w: World) -> None:
    """Source, region, sensitivity, end and purposes are those of the envelope; collected it was just now."""
    data = w.name_envelope()
    w.hand.move(timedelta(days=3))
    label = w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"].label
    assert label.sources == {Source(SourceKind.THIRD_PARTY, "example-shop")}
    assert label.regions == {"CN"}
    assert label.sensitivity is Sensitivity.PERSONAL
    assert label.categories == {Category.NAME}
    assert label.versions == {"c-1"}
    assert label.ends == START + KEPT
    assert label.collected == (START + timedelta(days=3),) * 2
    assert label.subjects == {w.addressee.pseudonym}


def test_what_stands_in_clear_is_the_label(w: World) -> None:
    """Who shares what with whom, for what, under which version, from where, and until when."""
    header, contents = open_envelope(CARRIER_KEY, w.name_envelope())
    assert contents == {"who": NAME_VALUE.encode()}
    assert (header.sender, header.recipient, header.purpose) == ("Example Shop", "carrier", "delivery")
    assert (header.version, header.made) == ("2026-11", int(START.timestamp()))
    assert len({open_envelope(CARRIER_KEY, w.name_envelope())[0].id for _ in range(5)} | {header.id}) == 6
    (field,) = header.fields
    assert field == (
        *("who", 0, ("consignee-name",), "str", 1, ("name",), ("delivery",), (), ("CN",), ("subject",), ("2026-11",)),
        *((int(START.timestamp()),) * 2, int((START + KEPT).timestamp())),
    )


def test_a_narrower_purpose_here_is_within_a_wide_one_there(w: World) -> None:
    """The shop shares for delivery with all below; of an exact item for nothing below."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "gate": w.shopper.collect(CODE, "0000")}
    data = envelope(w.shop, Delivery, values, to=CARRIER)
    found = w.inbox.open(data, {"who": ADDRESSEE, "gate": GATE}, subject=w.addressee)
    assert found["who"].reveal(LastMile) == NAME_VALUE
    assert found["gate"].label.purposes == PurposeSet((), [Carry])
    assert found["gate"].reveal(Carry) == "0000"
    with pytest.raises(PurposeNotAllowed):
        found["gate"].reveal(LastMile)


def test_only_what_is_asked_for_is_collected(w: World) -> None:
    """A recipient that needs one value of two opens one; the other is collected nowhere."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "call": w.shopper.collect(PHONE, PHONE_VALUE)}
    data = envelope(w.shop, Delivery, values, to=CARRIER)
    assert set(w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)) == {"who"}
    assert records(w.carrier) == [("collect", "permit", "", "", ("addressee",))]


def test_a_plain_suite_does_as_well(w: World) -> None:
    """The recipient's key says how; here X25519 alone."""
    found = Inbox(w.carrier, PLAIN_KEY, sender="example-shop").open(
        w.name_envelope(to=LAPSING), {"who": ADDRESSEE}, subject=w.addressee
    )
    assert found["who"].reveal(Carry) == NAME_VALUE


@record
class Parcel:
    """What the carrier knows of a parcel."""

    who: Personal[str, Carry | Insight] = held_as(ADDRESSEE)
    call: Personal[str, LastMile | Insight] = held_as(CALL)
    note: str = ""


@record
class Stop:
    """A stop of a tour, perhaps with somebody to call."""

    who: Personal[str, Carry | Insight] = held_as(ADDRESSEE)
    call: Personal[str, LastMile | Insight] | None = held_as(CALL, default=None)


@record
class Numbered:
    """A parcel with a number that no envelope holds."""

    who: Personal[str, Carry | Insight] = held_as(ADDRESSEE)
    number: int


def test_optional_fields_of_a_record_are_taken_where_they_are(w: World) -> None:
    """What the envelope has is in the record, what it lacks is None; a required plain field is refused at once."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "call": w.shopper.collect(PHONE, PHONE_VALUE)}
    both = w.inbox.open_record(envelope(w.shop, Delivery, values, to=CARRIER), Stop, subject=w.addressee)
    assert both.call is not None
    assert both.call.reveal(LastMile) == PHONE_VALUE
    assert w.inbox.open_record(w.name_envelope(), Stop, subject=w.addressee).call is None
    before = records(w.carrier)
    with pytest.raises(WrapperMisuse, match="no envelope holds what is plain: number"):
        w.inbox.open_record(w.name_envelope(), Numbered, subject=w.addressee)
    with pytest.raises(WrapperMisuse):
        w.inbox.open_record(w.name_envelope(), str, subject=w.addressee)
    odd: Any = None
    with pytest.raises(ArgumentInvalid, match="kind"):
        w.inbox.open_record(w.name_envelope(), odd, subject=w.addressee)
    with pytest.raises(ArgumentInvalid, match="subject"):
        w.inbox.open_record(w.name_envelope(), Stop, subject=odd)
    assert records(w.carrier) == before


def test_an_envelope_opens_into_a_record(w: World) -> None:
    """Its protected fields are named as the values; what the checker knows of it, it knows of the record."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "call": w.shopper.collect(PHONE, PHONE_VALUE)}
    parcel = w.inbox.open_record(envelope(w.shop, Delivery, values, to=CARRIER), Parcel, subject=w.addressee)
    assert parcel.who.reveal(Carry) == NAME_VALUE
    assert parcel.call.reveal(LastMile) == PHONE_VALUE
    with pytest.raises(EnvelopeMismatch, match="does not hold call"):
        w.inbox.open_record(w.name_envelope(), Parcel, subject=w.addressee)


# ── Sensitivity ───────────────────────────────────────────────────────────────────────────────────────────


def card_envelope(w: World) -> bytes:
    return envelope(w.shop, Payment, {"card": w.shopper.collect(CARD, CARD_VALUE)}, to=CARRIER)


@pytest.mark.clause("SHARE-5", "USE-10")
def test_a_sensitive_value_stays_sensitive(w: World) -> None:
    """It needs the subject's confirmation here, as from any third party, and is ciphertext from then on."""
    data = card_envelope(w)
    with pytest.raises(Denied) as caught:
        w.inbox.open(data, {"card": MONEY}, subject=w.addressee)
    assert ConfirmationMissing.code in caught.value.codes
    w.addressee.confirm(MONEY, source=FROM_SHOP)
    found = w.inbox.open(data, {"card": MONEY}, subject=w.addressee)["card"]
    assert repr(found) == "Sensitive(money)"
    assert found.reveal(Billing) == CARD_VALUE


@pytest.mark.clause("SHARE-5")
def test_a_childs_value_is_no_less_sensitive_here(w: World) -> None:
    """The shop knows that it is a child's; the carrier, who takes the person for an adult, treats it as that."""
    guardian = w.customer("guardian")
    child = w.shop.subject("child", born=date(2018, 1, 1), guardians=[guardian])
    child.grant(Delivery, by=guardian, level=Level.SEPARATE)
    child.grant(Delivery, by=guardian, recipients=[CARRIER], level=Level.SEPARATE)
    data = envelope(w.shop, Delivery, {"who": child.collect(NAME, NAME_VALUE)}, to=CARRIER)
    w.addressee.confirm(ADDRESSEE, source=FROM_SHOP)
    found = w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"]
    assert found.label.sensitivity is Sensitivity.SENSITIVE
    assert Category.CHILD in found.label.categories
    assert found.reveal(Carry) == NAME_VALUE


@pytest.mark.clause("SHARE-5")
def test_a_value_that_identifies_does_not_come_in_as_one_that_does_not(w: World) -> None:
    """An item for what is not personal takes nothing that the sender calls personal; the other way is stricter."""
    with pytest.raises(EnvelopeMismatch, match="identifies people"):
        w.inbox.open(w.name_envelope(), {"who": GADGET}, subject=w.addressee)
    data = envelope(w.shop, Delivery, {"device": w.shopper.collect(DEVICE, "d-1")}, to=CARRIER)
    found = w.inbox.open(data, {"device": GADGET}, subject=w.addressee)["device"]
    assert found.label.sensitivity is Sensitivity.NON_PERSONAL
    raised = w.inbox.open(data, {"device": ADDRESSEE}, subject=w.addressee)["device"]
    assert raised.label.sensitivity is Sensitivity.PERSONAL


def test_sensitive_data_comes_in_as_its_own_kind(w: World) -> None:
    """A bank card is no face, though both are sensitive and for billing here: other levels of consent would hold."""
    w.addressee.confirm(FACE, source=FROM_SHOP)
    with pytest.raises(EnvelopeMismatch, match="another kind of sensitive data"):
        w.inbox.open(card_envelope(w), {"card": FACE}, subject=w.addressee)


# ── How long ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-5", "PROT-3")
def test_the_senders_retention_is_never_exceeded(w: World) -> None:
    """The carrier's own period is ten years; the shop's ends first, to the second, sealed and unsealed alike."""
    found = w.inbox.open(w.name_envelope(), {"who": ADDRESSEE}, subject=w.addressee)["who"]
    token = found.seal(record="r")
    w.hand.move_to(START + KEPT - timedelta(seconds=1))
    assert found.reveal(Carry) == NAME_VALUE
    w.hand.move(timedelta(seconds=1))
    for value in (found, w.carrier.unseal(ADDRESSEE, token, record="r")):
        with pytest.raises(RetentionEnded):
            value.reveal(Carry)


def test_the_carriers_own_retention_counts_too(w: World) -> None:
    """Where it is the shorter one, it begins with the opening."""
    with opened(carrier_policy(keep=timedelta(days=1)), w.hand.clock) as short:
        person = short.subject("addressee", born=date(1990, 1, 1))
        person.grant(Carry)
        data = w.name_envelope()
        w.hand.move(timedelta(days=5))
        found = Inbox(short, CARRIER_KEY, sender="example-shop").open(data, {"who": ADDRESSEE}, subject=person)["who"]
        w.hand.move(timedelta(hours=23))
        assert found.reveal(Carry) == NAME_VALUE
        w.hand.move(timedelta(hours=1))
        with pytest.raises(RetentionEnded):
            found.reveal(Carry)


@pytest.mark.clause("SHARE-5")
def test_the_end_of_an_agreement_is_the_end(w: World) -> None:
    """What was shared under an agreement that ends on 9 November is good until midnight in the policy's zone."""
    box = Inbox(w.carrier, PLAIN_KEY, sender="example-shop")
    found = box.open(w.name_envelope(to=LAPSING), {"who": ADDRESSEE}, subject=w.addressee)["who"]
    assert found.label.ends is not None
    assert (found.label.ends + timedelta(hours=8)).replace(tzinfo=None).isoformat() == "2026-11-10T00:00:00"


@pytest.mark.clause("SHARE-5")
def test_a_consent_for_a_time_is_shared_for_that_time(w: World) -> None:
    """A shopper who lets the shop share for a day lets the carrier use it for a day."""
    brief = w.shop.subject("brief", born=date(1990, 1, 1))
    brief.grant(Delivery)
    brief.grant(Delivery, recipients=[CARRIER], valid_for=timedelta(days=1))
    data = envelope(w.shop, Delivery, {"call": brief.collect(PHONE, PHONE_VALUE)}, to=CARRIER)
    found = w.inbox.open(data, {"call": CALL}, subject=w.addressee)["call"]
    assert found.label.ends == START + timedelta(days=1)


@pytest.mark.clause("SHARE-5", "PROT-3")
def test_an_overdue_envelope_is_refused(w: World) -> None:
    """A second before its end it opens; from then on it does not."""
    data = w.name_envelope()
    w.hand.move_to(START + KEPT - timedelta(seconds=1))
    w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)
    w.hand.move(timedelta(seconds=1))
    with pytest.raises(EnvelopeOverdue) as caught:
        w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)
    assert caught.value.fields == ("who",)


def test_an_envelope_that_was_kept_back_is_refused(w: World) -> None:
    """An inbox that takes envelopes of one hour takes none that is a second older."""
    quick = Inbox(w.carrier, CARRIER_KEY, sender="example-shop", within=timedelta(hours=1))
    data = w.name_envelope()
    w.hand.move(timedelta(hours=1))
    assert quick.open(data, {"who": ADDRESSEE}, subject=w.addressee)
    w.hand.move(timedelta(seconds=1))
    with pytest.raises(EnvelopeMismatch, match="too long ago"):
        quick.open(data, {"who": ADDRESSEE}, subject=w.addressee)


# ── Sharing on ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-5")
def test_it_is_not_shared_on_under_a_looser_label(w: World) -> None:
    """The carrier may share names for insight, but not this one; its next envelope has no later end and no more."""
    found = w.inbox.open(w.name_envelope(), {"who": ADDRESSEE}, subject=w.addressee)["who"]
    own = w.addressee.collect(ADDRESSEE, NAME_VALUE)
    assert envelope(w.carrier, Insight, {"who": own}, to=COURIER)
    with pytest.raises(PurposeNotAllowed):
        envelope(w.carrier, Insight, {"who": found}, to=COURIER)
    with pytest.raises(PurposeNotAllowed):
        found.share(Insight, to=COURIER)
    header, contents = open_envelope(COURIER_KEY, envelope(w.carrier, Carry, {"who": found}, to=COURIER))
    (field,) = header.fields
    assert (field.wide, field.exact, field.sensitivity) == (("delivery",), (), 1)
    assert field.until == int((START + KEPT).timestamp())
    assert field.regions == ("CN",)
    assert field.sources == ("third-party:example-shop",)
    assert contents == {"who": NAME_VALUE.encode()}


@pytest.mark.clause("SHARE-5", "USE-9")
def test_what_is_derived_of_it_is_not_looser_either(w: World) -> None:
    """Together with a value of the carrier's own it is for what both allow, until the earlier end."""
    found = w.inbox.open(w.name_envelope(), {"who": ADDRESSEE}, subject=w.addressee)["who"]
    both = combine(lambda one, two: one + two, found, w.addressee.collect(ADDRESSEE, "!"))
    with pytest.raises(PurposeNotAllowed):
        envelope(w.carrier, Insight, {"both": both}, to=COURIER)
    header, contents = open_envelope(COURIER_KEY, envelope(w.carrier, LastMile, {"both": both}, to=COURIER))
    assert header.fields[0].wide == ("last-mile",)
    assert header.fields[0].until == int((START + KEPT).timestamp())
    assert contents == {"both": f"{NAME_VALUE}!".encode()}


# ── Across the border ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CROSS-1", "SHARE-5")
def test_protection_travels_across_the_border(w: World) -> None:
    """It leaves with a separate consent for the region alone, and abroad it opens for no more than it left for."""
    value = w.shopper.collect(NAME, NAME_VALUE)
    with pytest.raises(BorderClosed):
        envelope(w.shop, Delivery, {"who": value}, to=ABROAD)
    w.shopper.grant(Delivery, level=Level.SEPARATE, recipients=[ABROAD], regions=["DE"])
    data = envelope(w.shop, Delivery, {"who": value}, to=ABROAD)
    with opened(carrier_policy("DE"), w.hand.clock) as there:
        person = there.subject("addressee", born=date(1990, 1, 1))
        person.grant(Carry, Insight)
        box = Inbox(there, CARRIER_KEY, sender="example-shop")
        found = box.open(data, {"who": ADDRESSEE}, subject=person)["who"]
        assert found.label.regions == {"CN"}
        assert found.reveal(Carry) == NAME_VALUE
        with pytest.raises(PurposeNotAllowed):
            found.reveal(Insight)
        w.hand.move(KEPT)
        with pytest.raises(RetentionEnded):
            found.reveal(Carry)


# ── The sender decides ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-1", "SHARE-5")
def test_one_refused_value_keeps_all_of_them(w: World) -> None:
    """Marketing names nobody to share with, so there is no envelope, and the refusal is all that is recorded."""
    other = w.shop.subject("other", born=date(1990, 1, 1))
    other.grant(Delivery)
    values = {"one": w.shopper.collect(NAME, NAME_VALUE), "two": other.collect(NAME, NAME_VALUE)}
    before = len(records(w.shop))
    with pytest.raises(ConsentMissing) as caught:
        envelope(w.shop, Delivery, values, to=CARRIER)
    assert caught.value.subject == other.pseudonym
    assert shown_values(caught.value) == []
    assert records(w.shop)[before:] == [("share", "deny", "delivery", "carrier", ("consignee-name",))]
    with pytest.raises(Denied) as refused:
        envelope(w.shop, Marketing, {"one": values["one"]}, to=CARRIER)
    assert ItemNotShared.code in refused.value.codes


def test_one_record_for_each_person(w: World) -> None:
    """An envelope about two people is two records, one for each, with all items of the person."""
    other = w.customer("other")
    values: Values = {
        "one": w.shopper.collect(NAME, NAME_VALUE),
        "call": w.shopper.collect(PHONE, PHONE_VALUE),
        "two": other.collect(NAME, "Han Meimei"),
    }
    before = len(records(w.shop))
    envelope(w.shop, Delivery, values, to=CARRIER)
    assert sorted(records(w.shop)[before:]) == [
        ("share", "permit", "delivery", "carrier", ("consignee-name",)),
        ("share", "permit", "delivery", "carrier", ("consignee-name", "phone")),
    ]
    about = [entry.operation for entry in w.shop.audit.entries(subject=other.pseudonym)]
    assert about[-1] == "share"


@pytest.mark.parametrize(
    ("to", "error"),
    [(KEYLESS, RecipientKeyMissing), (GARBLED, EnvelopeKeyInvalid)],
)
def test_nothing_is_recorded_that_cannot_be_sealed(w: World, to: Any, error: type[Exception]) -> None:
    """Without a key that works there is no share, and no record that says there was one."""
    value = w.shopper.collect(NAME, NAME_VALUE)
    before = records(w.shop)
    with pytest.raises(error):
        envelope(w.shop, Delivery, {"who": value}, to=to)
    assert records(w.shop) == before


@pytest.mark.clause("RIGHT-4")
def test_withdrawal_and_erasure_end_it(w: World) -> None:
    """What was withdrawn or erased leaves in no envelope any more."""
    value = w.shopper.collect(NAME, NAME_VALUE)
    w.shopper.withdraw(Delivery)
    with pytest.raises(Denied):
        envelope(w.shop, Delivery, {"who": value}, to=CARRIER)
    other = w.customer("other")
    value = other.collect(NAME, NAME_VALUE)
    other.erase()
    with pytest.raises(SubjectErased):
        envelope(w.shop, Delivery, {"who": value}, to=CARRIER)


@pytest.mark.clause("SHARE-8")
def test_an_invoked_basis_is_recorded(w: World) -> None:
    """Who shares by legal obligation instead of consent says so, and the envelope has the same label."""
    silent = w.shop.subject("silent", born=date(1990, 1, 1))
    silent.grant(Delivery)
    value = silent.collect(NAME, NAME_VALUE)
    under = Invoked(LegalBasis.LEGAL_OBLIGATION, justification="order 12", by="counsel")
    data = envelope(w.shop, Delivery, {"who": value}, to=CARRIER, under=under)
    entry = list(w.shop.audit.entries())[-1]
    assert (entry.operation, entry.basis, entry.actor, entry.justification) == (
        *("share", "legal-obligation", "counsel", "order 12"),
    )
    assert w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"].label.purposes == PurposeSet([Carry])


def test_derived_values_are_shared_as_what_they_are(w: World) -> None:
    """A value made of two has both items in its label; one that has no bytes, or fails, makes no envelope."""
    name, phone = w.shopper.collect(NAME, NAME_VALUE), w.shopper.collect(PHONE, PHONE_VALUE)
    data = envelope(w.shop, Delivery, {"who": combine(lambda a, b: f"{a} {b}", name, phone)}, to=CARRIER)
    found = w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"]
    assert found.reveal(Carry) == f"{NAME_VALUE} {PHONE_VALUE}"
    header, _ = open_envelope(CARRIER_KEY, data)
    assert header.fields[0].items == ("consignee-name", "phone")
    assert header.fields[0].categories == ("contact", "name")
    for function, error in (
        (lambda text: {text}, ValueInvalid),
        (int, DerivationFailed),
        (lambda _: "\ud800", ValueInvalid),
    ):
        with pytest.raises(error) as caught:
            envelope(w.shop, Delivery, {"ok": phone, "who": name.map(function)}, to=CARRIER)
        assert shown_values(caught.value) == []
        assert not any(secret in str(caught.value) for secret in SECRETS)


class Colour(Enum):
    """A type of the application's."""

    RED = 1


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        ("text", "str"),
        (b"bytes", "bytes"),
        (7, "int"),
        (1.5, "float"),
        (True, "bool"),
        (Decimal("1.50"), "Decimal"),
        (date(2026, 11, 2), "date"),
        (START, "datetime"),
        (UUID(int=7), "UUID"),
        (Place(latitude=1, longitude=2, accuracy=3), "Place"),
        (Colour.RED, ""),
    ],
)
def test_what_a_value_is_spelled_as_is_said(w: World, value: object, spelling: str) -> None:
    """Bytes of one type are often those of another, so the label names the type, and no class of the application's."""
    data = envelope(w.shop, Delivery, {"who": w.shopper.collect(NAME, "x").map(lambda _: value)}, to=CARRIER)
    assert open_envelope(CARRIER_KEY, data)[0].fields[0].spelling == spelling
    if spelling == "str":
        assert w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)
    else:
        with pytest.raises(EnvelopeMismatch, match="who is no str"):
            w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)


def test_a_codec_of_ones_own_is_no_spelling(w: World) -> None:
    """Text that an item spells in its own way does not come in as plain text."""
    data = envelope(w.shop, Delivery, {"knock": w.shopper.collect(KNOCK, "abc")}, to=CARRIER)
    header, contents = open_envelope(CARRIER_KEY, data)
    assert (header.fields[0].spelling, contents) == ("", {"knock": b"cba"})
    with pytest.raises(EnvelopeMismatch, match="knock is no str"):
        w.inbox.open(data, {"knock": ADDRESSEE}, subject=w.addressee)
    assert w.inbox.open(data, {"knock": RING}, subject=w.addressee)["knock"].reveal(Carry) == "abc"


def test_a_value_without_bytes_is_not_shared(w: World) -> None:
    """A lone surrogate is valid text until it is to be written; its error has nothing of it."""
    with pytest.raises(ValueInvalid) as caught:
        envelope(w.shop, Delivery, {"who": w.shopper.collect(NAME, f"{NAME_VALUE}\ud800")}, to=CARRIER)
    assert caught.value == ValueInvalid(item="consignee-name", problem="it cannot be written as bytes")
    assert shown_values(caught.value) == []


@pytest.mark.clause("USE-20")
def test_what_only_an_act_of_the_subject_allows_is_collected_with_one(w: World) -> None:
    """A purpose of the carrier's that the subject has to set off takes nothing from an envelope without that."""
    data = envelope(w.shop, Payment, {"note": w.shopper.collect(NOTE, "two bags")}, to=CARRIER)
    with pytest.raises(UserActionMissing):
        w.inbox.open(data, {"note": PICKED}, subject=w.addressee)
    assert w.inbox.open(data, {"note": PICKED}, subject=w.addressee, user_action=True)["note"].reveal(PickUp)


def test_arguments_are_checked_before_anything(w: World) -> None:
    """What is no wrapper, no purpose, no recipient, or another guard's is refused without a record and without it."""
    value = w.shopper.collect(NAME, NAME_VALUE)
    other = w.customer("other")
    before = records(w.shop)
    wrong: Any
    for wrong in ({}, None, [value], {"who": NAME_VALUE}, {"": value}, {1: value}, {"\ud800": value}):
        with pytest.raises(ArgumentInvalid) as caught:
            envelope(w.shop, Delivery, wrong, to=CARRIER)
        assert shown_values(caught.value) == []
        if not isinstance(wrong, dict) or list(wrong) != ["\ud800"]:
            problem = "it maps names to wrappers, at least one"
            assert caught.value == ArgumentInvalid(argument="values", problem=problem)
    joint = combine(lambda a, b: a + b, value, other.collect(NAME, "x"))
    with pytest.raises(ArgumentInvalid, match="values: one is about several people"):
        envelope(w.shop, Delivery, {"who": joint}, to=CARRIER)
    with pytest.raises(ArgumentInvalid, match="values: one of them belongs to another guard"):
        envelope(w.carrier, Carry, {"who": value}, to=COURIER)
    for to in (None, "carrier", CARRIER_KEY.public):
        with pytest.raises(ArgumentInvalid):
            envelope(w.shop, Delivery, {"who": value}, to=to)
    purpose: Any = "delivery"
    with pytest.raises(PurposeInvalid):
        envelope(w.shop, purpose, {"who": value}, to=CARRIER)
    under: Any = LegalBasis.LEGAL_OBLIGATION
    with pytest.raises(ArgumentInvalid, match="under: "):
        envelope(w.shop, Delivery, {"who": value}, to=CARRIER, under=under)
    assert records(w.shop)[len(before) + 1 :] == []


def test_a_person_who_is_a_source_is_not_named(w: World) -> None:
    """What somebody else provided says so, without that person's pseudonym."""
    friend = w.customer("friend")
    friend.attest(Delivery, by=w.shopper)
    value = friend.collecting(provided_by=w.shopper).collect(NAME, NAME_VALUE)
    data = envelope(w.shop, Delivery, {"who": value}, to=CARRIER)
    assert open_envelope(CARRIER_KEY, data)[0].fields[0].sources == ("person",)
    assert w.shopper.pseudonym.encode() not in data


# ── The recipient decides ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2", "USE-10")
def test_collecting_is_decided_and_recorded_here(w: World) -> None:
    """Who did not agree here, or whose source gave no undertaking, is refused; nothing is remembered as opened."""
    stranger = w.carrier.subject("stranger", born=date(1990, 1, 1))
    data = w.name_envelope()
    with pytest.raises(ConsentMissing) as caught:
        w.inbox.open(data, {"who": ADDRESSEE}, subject=stranger)
    assert shown_values(caught.value) == []
    assert records(w.carrier) == [("collect", "deny", "", "", ("addressee",))]
    with pytest.raises(UndertakingMissing):
        Inbox(w.carrier, CARRIER_KEY, sender="unbound-shop").open(data, {"who": ADDRESSEE}, subject=w.addressee)
    assert w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)


@pytest.mark.clause("USE-10")
def test_an_inbox_takes_nobody_of_another_guard(w: World) -> None:
    """What comes in is judged by the policy of the inbox, so whom it is about belongs to the same guard."""
    data = envelope(w.shop, Delivery, {"who": w.shopper.collect(NAME, NAME_VALUE)}, to=CARRIER)
    for stranger in (w.shopper, {"who": w.shopper}):
        with pytest.raises(ArgumentInvalid, match="another guard"):
            w.inbox.open(data, {"who": ADDRESSEE}, subject=stranger)
    assert w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)


def test_one_refused_value_keeps_all_of_them_shut(w: World) -> None:
    """Of two values one may not be collected: neither is."""
    limited = w.carrier.subject("limited", born=date(1990, 1, 1))
    limited.grant(Carry, items=[ADDRESSEE])
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "gate": w.shopper.collect(CODE, "0000")}
    data = envelope(w.shop, Delivery, values, to=CARRIER)
    with pytest.raises(ConsentMissing):
        w.inbox.open(data, {"who": ADDRESSEE, "gate": GATE}, subject=limited)
    assert records(w.carrier) == [("collect", "deny", "", "", ("gate",))]


def test_who_was_erased_gets_nothing(w: World) -> None:
    """No envelope brings anything back about a person who was erased here."""
    data = w.name_envelope()
    found = w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"]
    w.addressee.erase()
    with pytest.raises(SubjectErased):
        w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)
    with pytest.raises(SubjectErased):
        found.reveal(Carry)
    with pytest.raises(EnvelopeReplayed):
        w.inbox.open(data, {"who": ADDRESSEE}, subject=w.person("addressee again"))


def test_a_value_that_does_not_fit_its_item_is_withheld(w: World) -> None:
    """A name is no number, and one that the item's own validator refuses is none here; nothing was kept."""
    with pytest.raises(EnvelopeMismatch, match="who is no int"):
        w.inbox.open(w.name_envelope(), {"who": COUNT}, subject=w.addressee)
    with pytest.raises(ValueInvalid) as caught:
        w.inbox.open(w.name_envelope(), {"who": BRIEF}, subject=w.addressee)
    assert caught.value == ValueInvalid(item="brief", problem="it is longer than 5 characters")
    assert shown_values(caught.value) == []
    garbled = seal_envelope(CARRIER_KEY.public, forged(), {"who": b"\xff"})
    with pytest.raises(ValueInvalid) as undecoded:
        w.inbox.open(garbled, {"who": ADDRESSEE}, subject=w.addressee)
    assert undecoded.value.item == "addressee"
    assert records(w.carrier) == []


def test_damaged_and_foreign_envelopes_do_not_open(w: World) -> None:
    """Each is one typed error, and none leaves a record."""
    data = w.name_envelope()
    with pytest.raises(EnvelopeBroken):
        w.inbox.open(data[:-1] + bytes([data[-1] ^ 1]), {"who": ADDRESSEE}, subject=w.addressee)
    with pytest.raises(EnvelopeBroken):
        w.inbox.open(data.replace(b'["delivery"]', b'["insight!"]'), {"who": ADDRESSEE}, subject=w.addressee)
    with pytest.raises(EnvelopeNotForYou):
        Inbox(w.carrier, EnvelopeKey.new(), sender="example-shop").open(data, {"who": ADDRESSEE}, subject=w.addressee)
    with pytest.raises(EnvelopeMismatch, match="does not hold where"):
        w.inbox.open(data, {"where": ADDRESSEE}, subject=w.addressee)
    with pytest.raises(EnvelopeMismatch, match="its sender is another"):
        Inbox(w.carrier, CARRIER_KEY, sender="example-shop", controller="Another Shop").open(
            data, {"who": ADDRESSEE}, subject=w.addressee
        )
    assert records(w.carrier) == []


# ── People and replays ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1")
def test_values_of_two_people_do_not_become_one_persons(w: World) -> None:
    """One subject for each person in the envelope, and one person for each subject."""
    other = w.customer("other")
    values: Values = {
        "one": w.shopper.collect(NAME, NAME_VALUE),
        "gate": w.shopper.collect(CODE, "0000"),
        "two": other.collect(NAME, "Han Meimei"),
    }
    data = envelope(w.shop, Delivery, values, to=CARRIER)
    items: dict[str, Any] = {"one": ADDRESSEE, "gate": GATE, "two": ADDRESSEE}
    mate = w.person("mate")
    for wrong in (
        w.addressee,
        {"one": w.addressee, "gate": mate, "two": mate},
        {"one": w.addressee, "gate": mate, "two": w.addressee},
        {"one": w.addressee, "gate": w.addressee, "two": w.addressee},
    ):
        with pytest.raises(EnvelopeMismatch, match="not about these people"):
            w.inbox.open(data, items, subject=wrong)
    found = w.inbox.open(data, items, subject={"one": w.addressee, "gate": w.addressee, "two": mate})
    assert found["two"].label.subjects == {mate.pseudonym}
    assert found["one"].label.subjects == found["gate"].label.subjects == {w.addressee.pseudonym}


def test_opening_again_is_harmless(w: World) -> None:
    """After a crash between opening and keeping, the same envelope gives the same values, and a record of its own."""
    data = w.name_envelope()
    first, second = (w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"] for _ in range(2))
    assert first.label == second.label
    assert first.reveal(Carry) == second.reveal(Carry) == NAME_VALUE
    assert [operation for operation, *_ in records(w.carrier)] == ["collect", "collect", "use", "use"]
    (case,) = w.carrier._core.store.cases("envelope")
    assert (case.open, case.due, case.subject, case.seq) == (False, None, "", 1)
    (entry,) = w.carrier._core.store.entries(case.case)
    digest = sha256(data).hexdigest()
    assert entry.text == (f'{{"digest":"{digest}","people":{{"0":"{w.addressee.pseudonym}"}},"sender":"Example Shop"}}')


def test_an_envelope_is_not_replayed_onto_somebody_else(tmp_path: Path) -> None:
    """Also after a restart, and by another inbox: whose values they are was said once."""
    with world(tmp_path / "carrier.db") as w:
        data = w.name_envelope()
        w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)
        with pytest.raises(EnvelopeReplayed):
            w.inbox.open(data, {"who": ADDRESSEE}, subject=w.person("mate"))
        clock = w.hand.clock
    with opened(carrier_policy(), clock, tmp_path / "carrier.db") as again:
        box = Inbox(again, CARRIER_KEY, sender="example-shop")
        with pytest.raises(EnvelopeReplayed) as caught:
            box.open(data, {"who": ADDRESSEE}, subject=again.subject("mate"))
        assert shown_values(caught.value) == []
        assert box.open(data, {"who": ADDRESSEE}, subject=again.subject("addressee"))
        collected = [entry.outcome for entry in again.audit.entries() if entry.operation == "collect"]
        assert collected == ["permit", "permit"]


@pytest.mark.parametrize("step", ["before remembering", "after remembering", "after opening"])
def test_a_killed_recipient_opens_it_again(tmp_path: Path, step: str) -> None:
    """Killed at any step, another process opens the same envelope for the same person, and for no other."""
    path, file = tmp_path / "carrier.db", tmp_path / "envelope"
    with world(path) as w:
        file.write_bytes(w.name_envelope())
        mate = w.person("mate").pseudonym
    child = [sys.executable, str(Path(__file__).with_name("envelopes_child.py")), str(path), step, str(file)]
    assert subprocess.run(child, check=False, timeout=60).returncode == -signal.SIGKILL
    with opened(carrier_policy(), HandClock(START).clock, path) as again:
        box = Inbox(again, CARRIER_KEY, sender="example-shop")
        if step != "before remembering":
            with pytest.raises(EnvelopeReplayed):
                box.open(file.read_bytes(), {"who": ADDRESSEE}, subject=again.subject("mate"))
        found = box.open(file.read_bytes(), {"who": ADDRESSEE}, subject=again.subject("addressee"))["who"]
        assert found.reveal(Carry) == NAME_VALUE
        assert found.label.subjects != {mate}
        collected = [entry.outcome for entry in again.audit.entries() if entry.operation == "collect"]
        assert collected == ["permit"] * (2 if step == "after opening" else 1)


def test_people_who_are_opened_one_after_the_other_stay_apart(w: World) -> None:
    """Whoever was opened first is remembered when the second is: nobody can be both."""
    other = w.customer("other")
    values = {"one": w.shopper.collect(NAME, NAME_VALUE), "two": other.collect(NAME, "Han Meimei")}
    data = envelope(w.shop, Delivery, values, to=CARRIER)
    w.inbox.open(data, {"one": ADDRESSEE}, subject=w.addressee)
    with pytest.raises(EnvelopeReplayed):
        w.inbox.open(data, {"two": ADDRESSEE}, subject=w.addressee)
    mate = w.person("mate")
    w.inbox.open(data, {"two": ADDRESSEE}, subject=mate)
    with pytest.raises(EnvelopeReplayed):
        w.inbox.open(data, {"one": ADDRESSEE}, subject=mate)
    assert w.inbox.open(data, {"one": ADDRESSEE, "two": ADDRESSEE}, subject={"one": w.addressee, "two": mate})


def test_another_envelope_under_a_known_id_is_refused(w: World) -> None:
    """Whoever has the public key can write any id; the first envelope under it is the only one."""
    header = forged()
    one, two = (seal_envelope(CARRIER_KEY.public, header, {"who": text}) for text in (b"one", b"two"))
    assert w.inbox.open(one, {"who": ADDRESSEE}, subject=w.addressee)
    with pytest.raises(EnvelopeReplayed):
        w.inbox.open(two, {"who": ADDRESSEE}, subject=w.addressee)


# ── Whatever an envelope claims ───────────────────────────────────────────────────────────────────────────

KEYS = ("delivery", "payment", "insight", "last-mile", "marketing", "")


@pytest.mark.clause("SHARE-5")
@given(
    wide=st.lists(st.sampled_from(KEYS), max_size=3),
    exact=st.lists(st.sampled_from(KEYS), max_size=3),
    sensitivity=st.integers(0, 2),
    until=st.none() | st.integers(int(START.timestamp()) - 2, int(START.timestamp()) + 10**6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_label_opens_wider_than_it_says(
    wide: list[str], exact: list[str], sensitivity: int, until: int | None
) -> None:
    """For any label: a purpose is allowed only if the item and the label allow it, the rest is never looser."""
    purposes = {"delivery": Carry, "payment": Billing, "insight": Insight, "last-mile": LastMile}
    with world() as w:
        w.addressee.confirm(ADDRESSEE, source=FROM_SHOP)
        header = forged(wide, exact=tuple(exact), sensitivity=sensitivity, until=until)
        data = seal_envelope(CARRIER_KEY.public, header, {"who": NAME_VALUE.encode()})
        try:
            label = w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"].label
        except EnvelopeOverdue:
            assert until is not None
            assert until <= START.timestamp()
            return
        except EnvelopeMismatch:
            assert {"delivery", "insight", "last-mile"}.isdisjoint({*wide, *exact})
            return
        allowed = {key for key, purpose in purposes.items() if label.purposes.allows(purpose)}
        said = {*wide, *exact} | ({"last-mile"} if "delivery" in wide else set())
        assert allowed == said & {"delivery", "insight", "last-mile"}
        assert label.sensitivity >= max(sensitivity, Sensitivity.PERSONAL)
        assert (None if label.ends is None else int(label.ends.timestamp())) == until


# ── The inbox itself ──────────────────────────────────────────────────────────────────────────────────────


def test_an_inbox_shows_and_gives_away_nothing(w: World) -> None:
    """Its repr has the sender and the key id; no key is pickled or copied with it."""
    assert repr(w.inbox) == f"Inbox(example-shop, {CARRIER_KEY.key_id.hex()})"
    for use in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(AccidentalUse):
            use(w.inbox)


def test_what_an_inbox_is_opened_with_is_checked(w: World) -> None:
    """Another type, or a sender that the policy does not declare, is refused at once."""
    guard, key, odd = w.carrier, CARRIER_KEY, 1
    made: Any = Inbox
    for arguments, named in (
        ((None, key), {"sender": "example-shop"}),
        ((guard, CARRIER_KEY.private), {"sender": "example-shop"}),
        ((guard, key), {"sender": "nobody"}),
        ((guard, key), {"sender": odd}),
        ((guard, key), {"sender": "example-shop", "controller": odd}),
        ((guard, key), {"sender": "example-shop", "within": odd}),
    ):
        with pytest.raises(ArgumentInvalid) as caught:
            made(*arguments, **named)
        assert b"ccc" not in repr(caught.value).encode()
        assert caught.value.argument in {*named, "guard", "key"}
    data = w.name_envelope()
    wrong: Any
    for wrong in ({}, None, {1: ADDRESSEE}, [ADDRESSEE]):
        with pytest.raises(ArgumentInvalid) as refused:
            w.inbox.open(data, wrong, subject=w.addressee)
        assert refused.value == ArgumentInvalid(argument="items", problem="it maps names to items, at least one")
    for wrong in (None, "addressee", {}, {"who": None}, {"who": w.addressee, "more": w.addressee}):
        with pytest.raises(ArgumentInvalid) as refused:
            w.inbox.open(data, {"who": ADDRESSEE}, subject=wrong)
        assert refused.value == ArgumentInvalid(argument="subject", problem="it is a Subject, or one for each name")
    assert records(w.carrier) == []
