"""A guard that observes: it hands out and records what the policy refuses, but never what a person said no to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

import pytest

from obq_privacy import (
    Category,
    Clock,
    EnvelopeKey,
    Guard,
    Invoked,
    LegalBasis,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    Recipient,
    RecipientKind,
    Retention,
    Sensitive,
    SensitiveItem,
    additional,
    basic,
    combine,
    errors,
    held_as,
    record,
    reveal_all,
)
from obq_privacy.rights import DeletionGround, Rights
from obq_privacy.unsafe import UnsafeObserve, UnsafeWarning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Subject


class Delivery(Purpose):
    """Bring the order."""


class Express(Delivery):
    """Bring it today."""


class Payment(Purpose):
    """Take the money."""


class Offers(Purpose):
    """Tell about offers."""


NAME = PersonalItem("consignee", str, Delivery | Payment)
CARD = SensitiveItem("card", str, Payment, category=Category.BANK_ACCOUNT)
CARRIER = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER)
POLICY = Policy(
    version="1",
    controller="Shop",
    purposes=[
        basic(Delivery, necessary=[NAME], shared=[NAME]),
        basic(Payment, necessary=[CARD], optional=[NAME]),
        additional(Offers),
    ],
    recipients=[CARRIER],
)
ADULT = dt.date(1990, 5, 1)


@record
class Parcel:
    """What somebody ordered."""

    name: Personal[str, Delivery | Payment] = held_as(NAME)
    card: Sensitive[str, Payment] = held_as(CARD)


def observing(*enforce: type[Purpose]) -> Guard:
    with pytest.warns(UnsafeWarning):
        return Guard.in_memory(policy=POLICY, unsafe=UnsafeObserve(enforce=enforce))


@pytest.fixture
def guard() -> Iterator[Guard]:
    with observing() as guard:
        yield guard


@pytest.fixture
def anybody(guard: Guard) -> Subject:
    return guard.subject("somebody", born=ADULT)


def test_what_nobody_consented_to_is_handed_out_and_on_record_as_observed(guard: Guard, anybody: Subject) -> None:
    card = anybody.collect(CARD, "6222021234567890128")
    assert card.reveal(Payment) == "6222021234567890128"
    assert [(entry.operation, entry.outcome, entry.codes) for entry in guard.audit.entries()] == [
        ("collect", "observed", (errors.ConsentMissing.code,)),
        ("use", "observed", (errors.ConsentMissing.code,)),
    ]


def test_what_is_permitted_is_no_different(guard: Guard, anybody: Subject) -> None:
    anybody.grant(Payment)
    anybody.collect(CARD, "6222021234567890128").reveal(Payment)
    assert [entry.outcome for entry in guard.audit.entries() if entry.operation in {"collect", "use"}] == ["permit"] * 2
    assert guard.observed() == ()


def test_a_purpose_that_the_value_is_not_for_is_observed_too(guard: Guard, anybody: Subject) -> None:
    anybody.grant(Payment)
    card = anybody.collect(CARD, "6222021234567890128")
    assert card.reveal(cast("type[Payment]", Offers)) == "6222021234567890128"
    (seen,) = guard.observed()
    assert (seen.purpose, seen.codes) == ("offers", (errors.PurposeNotAllowed.code,))


@pytest.mark.clause("RIGHT-4", "USE-7", "RIGHT-3", "USE-6")
@pytest.mark.parametrize("no", ["withdraw", "refuse", "restrict", "close", "erase"])
def test_what_a_person_said_no_to_is_refused_even_so(guard: Guard, anybody: Subject, no: str) -> None:
    anybody.grant(Payment)
    name = anybody.collect(NAME, "Li Lei")
    assert name.reveal(Delivery) == "Li Lei"  # nobody consented to it
    match no:
        case "withdraw":
            anybody.withdraw(Payment)
        case "refuse":
            anybody.refuse(Payment)
        case "restrict":
            anybody.restrict(NAME)
        case "close":
            anybody.close()
        case _:
            anybody.erase()
    with pytest.raises(errors.Denied):
        name.reveal(Payment)
    with pytest.raises(errors.Denied):
        combine("{}{}".format, name, name).reveal(Payment)
    assert list(guard.audit.entries(outcome="deny"))


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize("no", ["withdraw", "refuse"])
def test_a_no_counts_whatever_else_stands_in_the_way(no: str) -> None:
    """The period is over, the item is not for it: a decision stops there, and the no is no reason of it."""
    year = dt.timedelta(days=366)
    now = [dt.datetime(2026, 11, 2, tzinfo=dt.UTC)]
    clock = Clock(wall_ns=lambda: int(now[0].timestamp()) * 10**9, monotonic_ns=lambda: int(now[0].timestamp()) * 10**9)
    policy = Policy(version="2", controller="Shop", purposes=POLICY.purposes, retention=[Retention(NAME, year)])
    with pytest.warns(UnsafeWarning):
        guard = Guard.in_memory(policy=policy, unsafe=UnsafeObserve(), clock=clock)
    with guard:
        person = guard.subject("somebody", born=ADULT)
        person.grant(Delivery, Offers)
        name = person.collect(NAME, "Li Lei")
        getattr(person, no)(Offers, Delivery)
        with pytest.raises(errors.PurposeNotAllowed):
            name.reveal(cast("type[Delivery]", Offers))
        now[0] += year
        with pytest.raises(errors.RetentionEnded):
            name.reveal(Express)
        assert name.reveal(Payment) == "Li Lei"
        person.grant(Delivery)
        assert name.reveal(Delivery) == "Li Lei", "the last word is yes, so only the period is over"


@pytest.mark.clause("RIGHT-4", "USE-6")
def test_a_no_counts_for_what_the_policy_does_not_declare_any_more(tmp_path: Path) -> None:
    liking = PersonalItem("liking", str, Offers)
    whole = Policy(version="0", controller="Shop", purposes=[basic(Payment), additional(Offers, necessary=[liking])])
    with Guard.open(tmp_path / "p.db", policy=whole) as guard:
        people = [guard.subject(name, born=ADULT) for name in ("one", "two", "three")]
        for person in people:
            person.grant(Offers)
        tokens = [person.collect(liking, "bears").seal() for person in people]
        people[0].withdraw(Offers)
        people[1].close()
    later = Policy(version="1", controller="Shop", purposes=[basic(Payment)])
    with pytest.warns(UnsafeWarning):
        guard = Guard.open(tmp_path / "p.db", policy=later, unsafe=UnsafeObserve())
    with guard:
        for token in tokens[:2]:
            with pytest.raises(errors.PolicyGap):
                guard.unseal(liking, token).reveal(Offers)
        assert guard.unseal(liking, tokens[2]).reveal(Offers) == "bears"


@pytest.mark.clause("USE-7")
def test_an_objection_is_kept(guard: Guard, anybody: Subject) -> None:
    name = anybody.collecting(topics=["toys"]).collect(NAME, "Li Lei")
    assert name.reveal(Delivery) == "Li Lei"
    anybody.object_to(Delivery, "toys")
    with pytest.raises(errors.ObjectionStands):
        name.reveal(Delivery)


def test_enforcing_goes_purpose_by_purpose_and_covers_those_below() -> None:
    with observing(Delivery) as guard:
        person = guard.subject("somebody", born=ADULT)
        name = person.collect(NAME, "Li Lei")  # it may still be for a payment, which is only observed
        assert name.reveal(Payment) == "Li Lei"
        for enforced in (Delivery, Express):
            with pytest.raises(errors.ConsentMissing):
                name.reveal(enforced)


def test_collecting_is_enforced_once_all_purposes_of_the_item_are() -> None:
    with observing(Delivery, Payment) as guard, pytest.raises(errors.ConsentMissing):
        guard.subject("somebody", born=ADULT).collect(NAME, "Li Lei")
    with observing(Payment) as guard, pytest.raises(errors.ConsentMissing):
        guard.subject("somebody", born=ADULT).collect(CARD, "6222021234567890128")


def test_several_values_at_once_are_each_on_record(guard: Guard, anybody: Subject) -> None:
    name, card = anybody.collect(NAME, "Li Lei"), anybody.collect(CARD, "6222021234567890128")
    assert reveal_all(Payment, name, card) == ("Li Lei", "6222021234567890128")
    uses = [entry for entry in guard.audit.entries(outcome="observed") if entry.operation == "use"]
    assert [entry.items for entry in uses] == [("consignee",), ("card",)]


@pytest.mark.clause("RIGHT-2", "SHARE-1")
def test_a_recipient_of_an_observed_share_is_among_those_who_are_told(guard: Guard, anybody: Subject) -> None:
    name = anybody.collect(NAME, "Li Lei")
    assert name.share(Delivery, to=CARRIER) == "Li Lei"
    (seen,) = [one for one in guard.observed() if one.operation == "share"]
    assert seen.recipient == "carrier"
    assert errors.AgreementMissing.code in seen.codes
    deletion = Rights(guard).delete(anybody, DeletionGround.UNLAWFUL, by="clerk")
    assert [notice.recipient for notice in deletion.notices] == ["carrier"]


def test_the_account_counts_uses_and_people_and_says_what_enforcing_would_keep(guard: Guard) -> None:
    for number in range(3):
        person = guard.subject(f"somebody-{number}", born=ADULT)
        person.collect(CARD, "6222021234567890128").reveal(Payment)
        person.collect(CARD, "6222021234567890128").reveal(Payment)
    use, collected = sorted(guard.observed(), key=lambda seen: seen.operation, reverse=True)
    assert (use.times, use.people, collected.times) == (6, 3, 6)
    assert str(use) == f"use of card for payment: 6 times, 3 people ({errors.ConsentMissing.code}, USE-2)"
    assert guard.observed(since=use.last + dt.timedelta(seconds=1)) == ()


def test_it_warns_wherever_it_is_opened_and_shows_in_the_repr(tmp_path: Path) -> None:
    with pytest.warns(UnsafeWarning, match="enforces it for payment") as warned:
        guard = Guard.open(tmp_path / "p.db", policy=POLICY, unsafe=UnsafeObserve(enforce=[Payment]))
    assert warned[0].filename == __file__
    assert "UnsafeObserve(enforce=[Payment])" in repr(guard)
    guard.close()


def test_the_account_outlives_the_guard_and_enforcing_begins_by_leaving_the_argument_out(tmp_path: Path) -> None:
    with pytest.warns(UnsafeWarning):
        guard = Guard.open(tmp_path / "p.db", policy=POLICY, unsafe=UnsafeObserve())
    with guard:
        token = guard.subject("somebody", born=ADULT).collect(CARD, "6222021234567890128").seal()
    with Guard.open(tmp_path / "p.db", policy=POLICY) as strict:
        assert [one.operation for one in strict.observed()] == ["collect"]
        with pytest.raises(errors.ConsentMissing):
            strict.unseal(CARD, token).reveal(Payment)


@pytest.mark.parametrize("wrong", ["observe", Payment, True])
def test_only_the_loud_name_switches_it_on(wrong: object) -> None:
    with pytest.raises(errors.ArgumentInvalid, match="unsafe"):
        Guard.in_memory(policy=POLICY, unsafe=cast("UnsafeObserve", wrong))


@pytest.mark.parametrize("wrong", ["payment", [Purpose], ["payment"], Payment])
def test_what_is_enforced_is_purposes(wrong: object) -> None:
    with pytest.raises((errors.PurposeInvalid, errors.ArgumentInvalid)):
        UnsafeObserve(enforce=cast("list[type[Purpose]]", wrong))


def test_bad_values_are_bad_values(guard: Guard, anybody: Subject) -> None:
    """Observing lets pass what the policy refuses, and nothing else."""
    with pytest.raises(errors.ValueInvalid):
        anybody.collect(CARD, cast("str", 5))
    with pytest.raises(errors.SealBroken):
        guard.unseal(CARD, b"no token")


@pytest.mark.clause("RIGHT-3", "USE-6", "USE-24")
@pytest.mark.parametrize(
    "end", ["close", "restrict all", "restrict it", "restrict its order", "restrict all of its order"]
)
def test_what_may_not_be_touched_is_not_handed_out_for_a_purpose_that_nobody_ever_spoke_of(
    guard: Guard, anybody: Subject, end: str
) -> None:
    name = anybody.collecting(matter="order-1").collect(NAME, "Li Lei")
    other = anybody.collecting(matter="order-2").collect(CARD, "6222021234567890128")
    match end:
        case "close":
            anybody.close()
        case "restrict all":
            anybody.restrict()
        case "restrict it":
            anybody.restrict(NAME)
        case "restrict its order":
            anybody.restrict(NAME, matter="order-1")
        case _:
            anybody.restrict(matter="order-1")
    with pytest.raises((errors.Restricted, errors.AccountClosed)):
        name.reveal(Delivery)
    if end.startswith("restrict") and end != "restrict all":
        assert other.reveal(Payment) == "6222021234567890128"


@pytest.mark.clause("USE-24")
def test_after_the_end_of_operations_nothing_is_collected_and_what_is_there_is_handed_out(
    guard: Guard, anybody: Subject
) -> None:
    name = anybody.collect(NAME, "Li Lei")
    guard.cease()
    with pytest.raises(errors.OperationsCeased):
        anybody.collect(NAME, "Li Lei")
    assert name.reveal(Delivery) == "Li Lei"


@pytest.mark.clause("RIGHT-4")
def test_a_consent_to_something_else_does_not_undo_a_no(guard: Guard, anybody: Subject) -> None:
    anybody.grant(Delivery)
    anybody.withdraw(Delivery)
    anybody.grant(Payment)
    name = anybody.collect(NAME, "Li Lei")
    with pytest.raises(errors.ConsentWithdrawn):
        name.reveal(Delivery)
    anybody.grant(Delivery, valid_for=dt.timedelta(microseconds=1))
    assert name.reveal(Delivery) == "Li Lei"  # they said yes again; that it is over is what observing passes


@pytest.mark.clause("USE-22")
def test_a_basis_that_somebody_invokes_is_not_observed(guard: Guard, anybody: Subject) -> None:
    name = anybody.collect(NAME, "Li Lei")
    with pytest.raises(errors.BasisNotCovering):
        name.reveal_under(Invoked(LegalBasis.NEWS, justification="an article", by="editor"))


def test_the_account_is_in_order_and_reads_as_a_sentence(guard: Guard, anybody: Subject) -> None:
    other = guard.subject("other", born=ADULT)
    name = anybody.collect(NAME, "Li Lei")
    for _ in range(3):
        name.share(Delivery, to=CARRIER)
    name.reveal(Payment)
    name.reveal(Delivery)
    card = other.collect(CARD, "6222021234567890128")
    card.reveal(cast("type[Payment]", Offers))
    assert [(seen.operation, seen.purpose, seen.items, seen.times) for seen in guard.observed()] == [
        ("share", "delivery", ("consignee",), 3),
        ("collect", "", ("card",), 1),
        ("collect", "", ("consignee",), 1),
        ("use", "delivery", ("consignee",), 1),
        ("use", "offers", ("card",), 1),
        ("use", "payment", ("consignee",), 1),
    ]
    share = guard.observed()[0]
    said = f"({', '.join(share.codes)}, {', '.join(share.clauses)})"
    assert str(share) == f"share of consignee for delivery to carrier: 3 times, 1 people {said}"
    several = share._replace(codes=("OBQ1", "OBQ2"), clauses=("USE-1", "USE-2"))
    assert str(several).endswith("(OBQ1, OBQ2, USE-1, USE-2)")
    bare = share._replace(clauses=(), recipient="", items=("card", "consignee"), codes=("OBQ1", "OBQ2"))
    assert str(bare) == "share of card, consignee for delivery: 3 times, 1 people (OBQ1, OBQ2)"
    times = [entry.at for entry in guard.audit.entries(outcome="observed") if entry.operation == "share"]
    assert share.last == max(times) > min(times)


def test_what_it_says_of_itself() -> None:
    with pytest.warns(UnsafeWarning) as warned:
        Guard.in_memory(policy=POLICY, unsafe=UnsafeObserve()).close()
    says = "this guard only observes: it hands out what the policy refuses, and enforces it for "
    assert [str(one.message) for one in warned] == [f"{says}nothing"]
    both = UnsafeObserve(enforce=[Payment, Delivery])
    with pytest.warns(UnsafeWarning) as warned:
        Guard.in_memory(policy=POLICY, unsafe=both).close()
    assert [str(one.message) for one in warned] == [f"{says}delivery, payment"]
    assert repr(both) == "UnsafeObserve(enforce=[Delivery, Payment])"
    with pytest.raises(errors.ArgumentInvalid) as caught:
        UnsafeObserve(enforce=cast("list[type[Purpose]]", ["payment"]))
    assert caught.value.argument == "enforce"
    with pytest.raises(errors.PurposeInvalid) as found:
        UnsafeObserve(enforce=[Purpose])
    assert found.value.declaration == "enforce"


def test_a_record_that_is_only_observed_is_on_record_as_that(guard: Guard, anybody: Subject) -> None:
    anybody.grant(Payment)
    parcel = anybody.collect_record(Parcel, name="Li Lei", card="6222021234567890128")
    assert parcel.name.reveal(Payment) == "Li Lei"
    other = guard.subject("other", born=ADULT)
    other.grant(Payment, items=[NAME])
    bought = other.collect_record(Parcel, name="Han Meimei", card="6222021234567890128")
    shown = [
        (entry.subject, entry.outcome, entry.items) for entry in guard.audit.entries() if entry.operation == "collect"
    ]
    assert shown == [
        (anybody.pseudonym, "permit", ("card", "consignee")),
        (other.pseudonym, "permit", ("consignee",)),
        (other.pseudonym, "observed", ("card",)),
    ]
    reveal_all(Payment, bought.name, bought.card)
    uses = guard.audit.entries(operation="use", subject=other.pseudonym)
    assert [(entry.outcome, entry.items) for entry in uses] == [("permit", ("consignee",)), ("observed", ("card",))]


@pytest.mark.clause("SHARE-5", "USE-23")
def test_releases_count_nobody_who_has_not_consented(guard: Guard) -> None:
    """Existing code has no releases, so these are as strict as ever, also for values that were handed out before."""
    values = []
    for number in range(40):
        person = guard.subject(f"somebody-{number}", born=ADULT)
        if number < 20:
            person.grant(Payment)
        name = person.collect(NAME, "Li Lei")
        assert name.reveal(Payment) == "Li Lei"
        values.append(name)
    made = guard.release(Payment, values, by={"name": lambda name: name})
    assert [group.subjects for group in made.groups] == [20]
    assert values[-1].reveal(Payment) == "Li Lei"


@pytest.mark.clause("SHARE-5")
def test_an_envelope_that_is_refused_is_on_record_as_refused() -> None:
    """Although the values themselves would be handed out."""
    to = Recipient("bank", Payment, kind=RecipientKind.PARTNER, public_key=EnvelopeKey.new().public)
    policy = Policy(
        version="1",
        controller="Shop",
        purposes=[basic(Payment, necessary=[CARD], shared=[CARD])],
        recipients=[to],
    )
    with pytest.warns(UnsafeWarning):
        opened = Guard.in_memory(policy=policy, unsafe=UnsafeObserve())
    with opened as guard:
        card = guard.subject("somebody", born=ADULT).collect(CARD, "6222021234567890128")
        with pytest.raises(errors.Denied):
            guard.envelope(Payment, {"card": card}, to=to)
        assert [entry.outcome for entry in guard.audit.entries() if entry.operation == "share"] == ["deny"]
        assert card.share(Payment, to=to) == "6222021234567890128"


def test_what_enforces_within_what_enforces_leaves_the_rest_enforced(guard: Guard) -> None:
    """A function that a release calls may make another one."""
    core = guard._core
    with core.strictly():
        with core.strictly():
            assert core.observing is None
        assert core.observing is None
    assert core.observing is not None
