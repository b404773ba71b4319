"""What envelopes say when they are refused, and what of several values, people and times decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from envelopes_world import (
    ADDRESSEE,
    ADULT,
    CALL,
    CARD,
    CARRIER,
    CARRIER_KEY,
    COUNT,
    FACE,
    FROM_SHOP,
    GADGET,
    KEPT,
    KEYLESS,
    NAME,
    NAME_VALUE,
    NOTE,
    PHONE,
    PHONE_VALUE,
    PICKED,
    SHOP,
    START,
    STUDY,
    Carry,
    Delivery,
    Insight,
    LastMile,
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

from obq_privacy import (
    Agreement,
    Category,
    Guard,
    Invoked,
    LegalBasis,
    Personal,
    PersonalItem,
    Policy,
    Recipient,
    RecipientKind,
    basic,
    combine,
    held_as,
    record,
)
from obq_privacy.crypto import open_envelope, seal_envelope
from obq_privacy.errors import (
    ArgumentInvalid,
    BorderClosed,
    ConsentMissing,
    DerivationFailed,
    EnvelopeMismatch,
    EnvelopeOverdue,
    EnvelopeReplayed,
    GuardClosed,
    ItemInvalid,
    PurposeInvalid,
    RecipientKeyMissing,
    UserActionMissing,
    ValueInvalid,
    WrapperMisuse,
)
from obq_privacy.guard._inbox import Inbox
from obq_privacy.unsafe import UnsafeObserve, UnsafeWarning

if TYPE_CHECKING:
    from collections.abc import Generator

    from obq_privacy import Protected, Subject

    Values = dict[str, Protected[Any, Any]]


@pytest.fixture
def w() -> Generator[World]:
    with world() as made:
        yield made


def two_values(w: World) -> bytes:
    """Give an envelope with two values of one person."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "call": w.shopper.collect(PHONE, PHONE_VALUE)}
    return envelope(w.shop, Delivery, values, to=CARRIER)


def two_people(w: World) -> bytes:
    """Give an envelope with a name of each of two people."""
    other = w.customer("other")
    values: Values = {"one": w.shopper.collect(NAME, NAME_VALUE), "two": other.collect(NAME, "Han Meimei")}
    return envelope(w.shop, Delivery, values, to=CARRIER)


def mismatch(data: bytes, problem: str) -> EnvelopeMismatch:
    """Give the error that says what does not fit in an envelope."""
    return EnvelopeMismatch(envelope=open_envelope(CARRIER_KEY, data)[0].id, problem=problem)


# ── What the sender is told ───────────────────────────────────────────────────────────────────────────────


def test_the_sender_is_told_which_argument_is_wrong(w: World) -> None:
    """Purpose, recipient and basis are checked by name, and before it is asked whether the recipient has a key."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE)}
    before = records(w.shop)
    odd: Any
    for odd in ("delivery", None, Delivery | Payment):
        with pytest.raises(PurposeInvalid) as purposeless:
            envelope(w.shop, odd, values, to=KEYLESS)
        assert purposeless.value == PurposeInvalid(declaration="envelope", problem="it takes Purpose classes")
    for odd in (None, "carrier", CARRIER_KEY.public):
        with pytest.raises(ArgumentInvalid) as nowhere:
            envelope(w.shop, Delivery, values, to=odd)
        assert nowhere.value == ArgumentInvalid(argument="to", problem="it is a Recipient")
    for odd in ("order 12", LegalBasis.LEGAL_OBLIGATION):
        with pytest.raises(ArgumentInvalid) as baseless:
            envelope(w.shop, Delivery, values, to=KEYLESS, under=odd)
        assert baseless.value == ArgumentInvalid(argument="under", problem=f"it is a {Invoked | None}")
    with pytest.raises(RecipientKeyMissing) as keyless:
        envelope(w.shop, Delivery, values, to=KEYLESS)
    assert keyless.value == RecipientKeyMissing(recipient="keyless")
    assert records(w.shop) == before


def test_one_odd_value_among_good_ones_is_found(w: World) -> None:
    """Every name is a text and every value a wrapper: one that is not is enough to refuse all."""
    value = w.shopper.collect(NAME, NAME_VALUE)
    before = records(w.shop)
    wrong: Any
    for wrong in ({"who": value, 1: value}, {1: value, "who": value}, {"who": value, "": value}):
        with pytest.raises(ArgumentInvalid) as caught:
            envelope(w.shop, Delivery, wrong, to=CARRIER)
        assert caught.value == ArgumentInvalid(argument="values", problem="it maps names to wrappers, at least one")
    for wrong in ({"who": value, "more": NAME_VALUE}, {"more": None, "who": value}):
        with pytest.raises(ArgumentInvalid) as caught:
            envelope(w.shop, Delivery, wrong, to=CARRIER)
        assert caught.value == ArgumentInvalid(argument="values", problem="it maps names to wrappers, at least one")
    with pytest.raises(ArgumentInvalid) as caught:
        envelope(w.shop, Delivery, {"who": value, "\ud800": value}, to=CARRIER)
    problem = "it is a str that UTF-8 can spell"
    assert caught.value == ArgumentInvalid(argument="the name of a value", problem=problem)
    assert records(w.shop) == before


def test_one_value_of_another_guard_is_found(w: World) -> None:
    """Own values beside it do not help, wherever it stands."""
    own, foreign = w.shopper.collect(NAME, NAME_VALUE), w.addressee.collect(ADDRESSEE, NAME_VALUE)
    before = records(w.shop)
    mixed: list[Any] = [{"one": own, "two": foreign}, {"one": foreign, "two": own}, {"one": foreign}]
    for values in mixed:
        with pytest.raises(ArgumentInvalid) as caught:
            envelope(w.shop, Delivery, values, to=CARRIER)
        assert caught.value == ArgumentInvalid(argument="values", problem="one of them belongs to another guard")
    assert records(w.shop) == before


def test_one_value_about_two_people_is_found(w: World) -> None:
    """Values about one person beside it do not help, wherever it stands."""
    single = w.shopper.collect(NAME, NAME_VALUE)
    joint = combine(lambda one, two: one + two, single, w.customer("other").collect(NAME, "x"))
    before = records(w.shop)
    mixed: list[Values] = [{"one": single, "two": joint}, {"one": joint, "two": single}, {"one": joint}]
    problem = "one is about several people, whom nobody could tell apart"
    for values in mixed:
        with pytest.raises(ArgumentInvalid) as caught:
            envelope(w.shop, Delivery, values, to=CARRIER)
        assert caught.value == ArgumentInvalid(argument="values", problem=problem)
    assert records(w.shop) == before


def test_a_value_that_cannot_be_written_is_named_by_its_items(w: World) -> None:
    """The error has the keys of all items that a derived value is made of, and why it cannot be shared."""
    name, phone = w.shopper.collect(NAME, NAME_VALUE), w.shopper.collect(PHONE, PHONE_VALUE)
    unspelled: Values = {"both": combine(lambda one, two: {one, two}, name, phone)}
    with pytest.raises(ValueInvalid) as caught:
        envelope(w.shop, Delivery, unspelled, to=CARRIER)
    problem = "what was derived has no canonical bytes; map it to some"
    assert caught.value == ValueInvalid(item="consignee-name, phone", problem=problem)
    unwritten: Values = {"both": combine(lambda one, two: f"{one}{two}\ud800", name, phone)}
    with pytest.raises(ValueInvalid) as caught:
        envelope(w.shop, Delivery, unwritten, to=CARRIER)
    assert caught.value == ValueInvalid(item="consignee-name, phone", problem="it cannot be written as bytes")
    with pytest.raises(DerivationFailed) as failed:
        envelope(w.shop, Delivery, {"call": phone, "who": name.map(int)}, to=CARRIER)
    assert failed.value == DerivationFailed(items=("consignee-name",), function="int", raised="ValueError")


def test_a_guard_that_only_observes_seals_nothing_that_is_refused(w: World) -> None:
    """Envelopes are nothing that existing code does: their refusals hold, and say whom and what they are about."""
    with pytest.warns(UnsafeWarning):
        lenient = Guard.in_memory(policy=SHOP, clock=w.hand.clock, unsafe=UnsafeObserve())
    with lenient:
        silent = lenient.subject("silent", born=ADULT)
        both: Values = {
            "both": combine(
                lambda one, two: f"{one} {two}", silent.collect(PHONE, PHONE_VALUE), silent.collect(NAME, NAME_VALUE)
            )
        }
        with pytest.raises(ConsentMissing) as caught:
            envelope(lenient, Delivery, both, to=CARRIER)
        assert caught.value.items == ("consignee-name", "phone")
        assert caught.value.subject == silent.pseudonym
        assert caught.value.purpose == "delivery"


# ── What the recipient is told ────────────────────────────────────────────────────────────────────────────


def test_an_inbox_is_found_where_it_says(w: World) -> None:
    """Its class is public, so its module is the package."""
    assert type(w.inbox).__module__ == "obq_privacy"
    assert getattr(import_module(type(w.inbox).__module__), type(w.inbox).__name__) is type(w.inbox)


@pytest.mark.parametrize(
    ("changed", "argument", "problem"),
    [
        ({"guard": None}, "guard", "it is a Guard"),
        ({"guard": "carrier"}, "guard", "it is a Guard"),
        ({"key": CARRIER_KEY.private}, "key", "it is a EnvelopeKey"),
        ({"key": None}, "key", "it is a EnvelopeKey"),
        ({"sender": "nobody"}, "sender", "it is the key of a source that the policy declares"),
        ({"sender": ""}, "sender", "it is the key of a source that the policy declares"),
        ({"sender": 1}, "sender", "it is a str that UTF-8 can spell"),
        ({"sender": FROM_SHOP}, "sender", "it is a str that UTF-8 can spell"),
        ({"controller": 1}, "controller", "it is a str that UTF-8 can spell"),
        ({"controller": "\ud800"}, "controller", "it is a str that UTF-8 can spell"),
        ({"within": 3600}, "within", f"it is a {timedelta | None}"),
    ],
)
def test_the_maker_of_an_inbox_is_told_which_argument_is_wrong(
    w: World, changed: dict[str, object], argument: str, problem: str
) -> None:
    """Each argument is checked by its name; nothing of what was given is in the error."""
    rest: dict[str, Any] = {"guard": w.carrier, "key": CARRIER_KEY, "sender": "example-shop"} | changed
    guard, key = rest.pop("guard"), rest.pop("key")
    with pytest.raises(ArgumentInvalid) as caught:
        Inbox(guard, key, **rest)
    assert caught.value == ArgumentInvalid(argument=argument, problem=problem)


def test_one_odd_name_or_person_among_good_ones_is_found(w: World) -> None:
    """Every name is a text, every person a subject, and all of them of this guard."""
    data = two_values(w)
    odd: Any
    for odd in ({"who": ADDRESSEE, 1: CALL}, {1: CALL, "who": ADDRESSEE}, ["who"], "who"):
        with pytest.raises(ArgumentInvalid) as caught:
            w.inbox.open(data, odd, subject=w.addressee)
        assert caught.value == ArgumentInvalid(argument="items", problem="it maps names to items, at least one")
    items: dict[str, Any] = {"who": ADDRESSEE, "call": CALL}
    for odd in ({"who": w.addressee, "call": None}, {"who": "addressee", "call": w.addressee}):
        with pytest.raises(ArgumentInvalid) as caught:
            w.inbox.open(data, items, subject=odd)
        assert caught.value == ArgumentInvalid(argument="subject", problem="it is a Subject, or one for each name")
    strangers: list[Subject | dict[str, Subject]] = [
        w.shopper,
        {"who": w.addressee, "call": w.shopper},
        {"who": w.shopper, "call": w.addressee},
    ]
    for stranger in strangers:
        with pytest.raises(ArgumentInvalid) as caught:
            w.inbox.open(data, items, subject=stranger)
        assert caught.value == ArgumentInvalid(argument="subject", problem="it belongs to another guard")
    assert records(w.carrier) == []


def test_what_is_no_item_of_the_policy_is_told(w: World) -> None:
    """Something else than an item, or another item under a key of the policy, opens nothing."""
    odd: Any = "addressee"
    with pytest.raises(ItemInvalid) as caught:
        w.inbox.open(w.name_envelope(), {"who": odd}, subject=w.addressee)
    assert caught.value == ItemInvalid(declaration="open", problem="it takes an item")
    other = PersonalItem("addressee", str, Carry, category=Category.CONTACT)
    with pytest.raises(ItemInvalid) as caught:
        w.inbox.open(w.name_envelope(), {"who": other}, subject=w.addressee)
    problem = "open takes the item that the policy declares by this key"
    assert caught.value == ItemInvalid(declaration="addressee", problem=problem)
    assert records(w.carrier) == []


def test_what_does_not_fit_is_told_with_the_id_of_the_envelope(w: World) -> None:
    """Names and keys of items are said, values are not."""
    name = w.name_envelope()
    card = envelope(w.shop, Payment, {"card": w.shopper.collect(CARD, "6222021234567890128")}, to=CARRIER)
    cases: list[tuple[bytes, dict[str, Any], str]] = [
        (name, {"where": CALL, "who": ADDRESSEE, "age": COUNT}, "it does not hold age, where"),
        (name, {"who": STUDY}, "who was not shared for any purpose of study"),
        (name, {"who": COUNT}, "who is no int"),
        (name, {"who": GADGET}, "who identifies people, gadget does not"),
        (card, {"card": FACE}, "card is another kind of sensitive data than face"),
    ]
    for data, items, problem in cases:
        with pytest.raises(EnvelopeMismatch) as caught:
            w.inbox.open(data, items, subject=w.addressee)
        assert caught.value == mismatch(data, problem)
    with pytest.raises(EnvelopeMismatch) as caught:
        Inbox(w.carrier, CARRIER_KEY, sender="example-shop", controller="Another Shop").open(
            name, {"who": ADDRESSEE}, subject=w.addressee
        )
    assert caught.value == mismatch(name, "its sender is another than this inbox is for")
    w.hand.move(timedelta(seconds=2))
    with pytest.raises(EnvelopeMismatch) as caught:
        Inbox(w.carrier, CARRIER_KEY, sender="example-shop", within=timedelta(seconds=1)).open(
            name, {"who": ADDRESSEE}, subject=w.addressee
        )
    assert caught.value == mismatch(name, "it was made too long ago")
    assert records(w.carrier) == []


def test_what_is_overdue_is_told_in_the_order_asked_for(w: World) -> None:
    """The error has the id of the envelope and the names whose time has ended, of those that were asked for."""
    values: Values = {
        "one": w.shopper.collect(NAME, NAME_VALUE),
        "call": w.shopper.collect(PHONE, PHONE_VALUE),
        "two": w.shopper.collect(NAME, NAME_VALUE),
    }
    data = envelope(w.shop, Delivery, values, to=CARRIER)
    w.hand.move_to(START + KEPT)
    with pytest.raises(EnvelopeOverdue) as caught:
        w.inbox.open(data, {"two": ADDRESSEE, "call": CALL, "one": ADDRESSEE}, subject=w.addressee)
    header, _ = open_envelope(CARRIER_KEY, data)
    assert caught.value == EnvelopeOverdue(envelope=header.id, fields=("two", "one"))
    assert w.inbox.open(data, {"call": CALL}, subject=w.addressee)["call"].reveal(LastMile) == PHONE_VALUE


def test_all_refused_values_are_recorded_and_told(w: World) -> None:
    """Each refusal is a record of its own, and one error names all items."""
    stranger = w.carrier.subject("stranger", born=ADULT)
    with pytest.raises(ConsentMissing) as caught:
        w.inbox.open(two_values(w), {"who": ADDRESSEE, "call": CALL}, subject=stranger)
    assert caught.value.items == ("addressee", "call")
    assert caught.value.subject == stranger.pseudonym
    assert sorted(records(w.carrier)) == [
        ("collect", "deny", "", "", ("addressee",)),
        ("collect", "deny", "", "", ("call",)),
    ]
    assert {entry.subject for entry in w.carrier.audit.entries(operation="collect")} == {stranger.pseudonym}


def test_a_closed_guard_opens_nothing(w: World) -> None:
    """That it is closed is said before anything about the envelope, even of one that is broken."""
    data = w.name_envelope()
    w.carrier.close()
    for sent in (data, data[:-1], b""):
        with pytest.raises(GuardClosed):
            w.inbox.open(sent, {"who": ADDRESSEE}, subject=w.addressee)


# ── Labels ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("regions", "kept"), [((), {""}), (("DE",), {"DE"}), (("CN",), {"CN"}), (("CN", "DE"), {"CN+DE"})]
)
def test_where_a_value_was_collected_is_kept(w: World, regions: tuple[str, ...], kept: set[str]) -> None:
    """The regions of the envelope are those of the value here, and not the region of this guard."""
    data = seal_envelope(CARRIER_KEY.public, forged(regions=regions), {"who": NAME_VALUE.encode()})
    assert w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"].label.regions == kept


def test_opening_abroad_is_collecting_abroad(w: World) -> None:
    """A guard that stores in another region than its policy's home opens no envelope without consent for that."""
    with Guard.in_memory(policy=carrier_policy(), clock=w.hand.clock, region="DE") as abroad:
        person = abroad.subject("addressee", born=ADULT)
        person.grant(Carry)
        box = Inbox(abroad, CARRIER_KEY, sender="example-shop")
        with pytest.raises(BorderClosed):
            box.open(w.name_envelope(), {"who": ADDRESSEE}, subject=person)
        assert records(abroad) == [("collect", "deny", "", "", ("addressee",))]


@pytest.mark.parametrize("begin", [START, datetime(1969, 6, 1, tzinfo=UTC)])
def test_an_end_within_a_second_is_rounded_down(begin: datetime) -> None:
    """The recipient has no part of a second more than the sender, also where seconds count backwards from 1970."""
    carrier = Recipient(
        "carrier",
        Delivery,
        kind=RecipientKind.PARTNER,
        agreement=Agreement("contract 9", date(1960, 1, 1), date(2030, 1, 1)),
        public_key=CARRIER_KEY.public,
    )
    rules = [basic(Delivery, necessary=[PHONE], shared=[PHONE])]
    policy = Policy(version="1", controller="Old Shop", purposes=rules, recipients=[carrier])
    hand = HandClock(begin)
    hand.move(timedelta(milliseconds=300))
    with opened(policy, hand.clock) as shop:
        person = shop.subject("shopper", born=date(1930, 1, 1))
        person.grant(Delivery)
        person.grant(Delivery, recipients=[carrier], valid_for=timedelta(seconds=10))
        data = envelope(shop, Delivery, {"call": person.collect(PHONE, PHONE_VALUE)}, to=carrier)
    assert open_envelope(CARRIER_KEY, data)[0].fields[0].until == int(begin.timestamp()) + 10


# ── Records ───────────────────────────────────────────────────────────────────────────────────────────────


@record
class Parcel:
    """A parcel with a note of the carrier's own."""

    who: Personal[str, Carry | Insight] = held_as(ADDRESSEE)
    note: str = "own"


@record
class Called:
    """A parcel that is handed over when it is called for."""

    note: Personal[str, PickUp] = held_as(PICKED)


@record
class Plain:
    """Two fields that no envelope can fill, and one that it can."""

    who: Personal[str, Carry | Insight] = held_as(ADDRESSEE)
    weight: int
    colour: str


def test_a_plain_field_takes_nothing_out_of_an_envelope(w: World) -> None:
    """Though a value has its name, the field keeps its default; fields without one are all named."""
    values: Values = {"who": w.shopper.collect(NAME, NAME_VALUE), "note": w.shopper.collect(PHONE, PHONE_VALUE)}
    parcel = w.inbox.open_record(envelope(w.shop, Delivery, values, to=CARRIER), Parcel, subject=w.addressee)
    assert parcel.note == "own"
    assert parcel.who.reveal(Carry) == NAME_VALUE
    with pytest.raises(WrapperMisuse) as caught:
        w.inbox.open_record(w.name_envelope(), Plain, subject=w.addressee)
    problem = "no envelope holds what is plain: colour, weight"
    assert caught.value == WrapperMisuse(wrapper="Plain", problem=problem)


def test_a_record_is_opened_by_an_act_of_the_subject_where_it_has_to_be(w: World) -> None:
    """Without the act it is refused, as with single values."""
    data = envelope(w.shop, Payment, {"note": w.shopper.collect(NOTE, "two bags")}, to=CARRIER)
    with pytest.raises(UserActionMissing):
        w.inbox.open_record(data, Called, subject=w.addressee)
    found = w.inbox.open_record(data, Called, subject=w.addressee, user_action=True)
    assert found.note.reveal(PickUp) == "two bags"


def test_a_record_is_checked_before_it_is_opened(w: World) -> None:
    """What is no class, no subject, or somebody of another guard is told by name."""
    odd: Any
    for odd in (None, "Parcel"):
        with pytest.raises(ArgumentInvalid) as caught:
            w.inbox.open_record(w.name_envelope(), odd, subject=w.addressee)
        assert caught.value == ArgumentInvalid(argument="kind", problem="it is a type")
    odd = "addressee"
    with pytest.raises(ArgumentInvalid) as caught:
        w.inbox.open_record(w.name_envelope(), Parcel, subject=odd)
    assert caught.value == ArgumentInvalid(argument="subject", problem="it is a Subject, or one for each name")
    with pytest.raises(ArgumentInvalid) as caught:
        w.inbox.open_record(w.name_envelope(), Parcel, subject=w.shopper)
    assert caught.value == ArgumentInvalid(argument="subject", problem="it belongs to another guard")
    assert records(w.carrier) == []


# ── People ────────────────────────────────────────────────────────────────────────────────────────────────


def test_values_of_one_person_do_not_become_two_peoples(w: World) -> None:
    """Two subjects for the one person in an envelope are refused, and it stays free to open for one."""
    data = two_values(w)
    items: dict[str, Any] = {"who": ADDRESSEE, "call": CALL}
    mate = w.person("mate")
    with pytest.raises(EnvelopeMismatch) as caught:
        w.inbox.open(data, items, subject={"who": w.addressee, "call": mate})
    problem = "its values are not about these people: one subject for each person in it"
    assert caught.value == mismatch(data, problem)
    assert set(w.inbox.open(data, items, subject={"who": mate, "call": mate})) == {"who", "call"}


def test_one_of_two_remembered_people_is_not_replaced(w: World) -> None:
    """Who was opened before stays who it was, also where the other person is the same as before."""
    data = two_people(w)
    items: dict[str, Any] = {"one": ADDRESSEE, "two": ADDRESSEE}
    mate, third = w.person("mate"), w.person("third")
    w.inbox.open(data, items, subject={"one": w.addressee, "two": mate})
    wrong = [{"one": w.addressee, "two": third}, {"one": third, "two": mate}, {"one": mate, "two": w.addressee}]
    for people in wrong:
        with pytest.raises(EnvelopeReplayed) as caught:
            w.inbox.open(data, items, subject=people)
        assert caught.value == EnvelopeReplayed(envelope=open_envelope(CARRIER_KEY, data)[0].id)
    assert w.inbox.open(data, items, subject={"one": w.addressee, "two": mate})


def test_what_is_remembered_of_an_envelope_has_one_spelling(w: World) -> None:
    """The case bears the id of the envelope; people stand in the order of their numbers, text as it is."""
    first = forged(id="7" * 32, sender="示例商店").fields[0]
    header = forged(id="7" * 32, sender="示例商店")._replace(fields=(first, first._replace(name="more", person=1)))
    data = seal_envelope(CARRIER_KEY.public, header, {"who": b"one", "more": b"two"})
    mate = w.person("mate")
    box = Inbox(w.carrier, CARRIER_KEY, sender="example-shop", controller="示例商店")
    box.open(data, {"more": ADDRESSEE, "who": ADDRESSEE}, subject={"more": mate, "who": w.addressee})
    (case,) = w.carrier._core.store.cases("envelope")
    assert case.case == f"envelope.{'7' * 32}"
    (entry,) = w.carrier._core.store.entries(case.case)
    assert f'"people":{{"0":"{w.addressee.pseudonym}","1":"{mate.pseudonym}"}},"sender":"示例商店"}}' in entry.text
    assert entry.at == START


@pytest.mark.clause("SHARE-5")
@pytest.mark.parametrize("until", [253_402_300_799, 253_402_300_800, 2**50])
def test_an_end_beyond_the_calendar_is_the_end_of_the_calendar(w: World, until: int) -> None:
    """Whoever has the public key can write one."""
    w.addressee.confirm(ADDRESSEE, source=FROM_SHOP)
    data = seal_envelope(CARRIER_KEY.public, forged(until=until), {"who": b"Li Lei"})
    label = w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)["who"].label
    assert label.ends == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.clause("SHARE-5", "USE-9", "DEF-3")
def test_what_is_of_several_sensitive_kinds_comes_in_as_none_of_another(w: World) -> None:
    """Made of a note and a bank card, it is no note there, nor anything else that lost the card."""
    header = forged(items=("bank-card", "consignee-name"), categories=("bank-account", "name"), sensitivity=2)
    data = seal_envelope(CARRIER_KEY.public, header, {"who": b"Li Lei 6222"})
    with pytest.raises(EnvelopeMismatch, match="another kind of sensitive data"):
        w.inbox.open(data, {"who": ADDRESSEE}, subject=w.addressee)
