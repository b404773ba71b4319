"""What each act of a subject puts on record, and which arguments it does not take."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from market import (
    ADDRESS,
    AMOUNT,
    BANK,
    BUREAU,
    CARD,
    NAME,
    OTHER_BANK,
    REVIEW,
    Bookkeeping,
    Delivery,
    HandClock,
    Payment,
    Posting,
    Recommendation,
    adult,
    market,
    market_policy,
    untyped,
)

from obq_privacy import (
    Anchor,
    Level,
    Minors,
    Operation,
    Personal,
    Sensitive,
    combine,
    errors,
    held_as,
    record,
)
from obq_privacy.consent import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Subject

BEIJING = timezone(timedelta(hours=8))
UNTIL = datetime(2028, 1, 1, 8, tzinfo=BEIJING)


@record
class Order:
    """An order, with a note that is nobody's."""

    number: str
    name: Personal[str, Delivery | Payment | Bookkeeping | Posting] = held_as(NAME)
    card: Sensitive[str, Payment] | None = held_as(CARD, default=None)


# ── Events ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-3", "USE-13")
def test_a_choice_is_a_separate_consent_to_share_for_one_case() -> None:
    """It names everybody who was chosen; the same choice again is the same event."""
    with market() as guard:
        shopper = adult(guard, Payment)
        chosen = shopper.choose(Payment, OTHER_BANK, BANK, matter="order-1")
        assert (chosen.kind, chosen.purposes, chosen.parties) == (
            EventKind.CHOOSE,
            ("payment",),
            ("bank", "other-bank"),
        )
        assert (chosen.level, chosen.operations, chosen.matter) == (Level.SEPARATE, (Operation.SHARE,), "order-1")
        assert (chosen.subject, chosen.actor) == (shopper.pseudonym, shopper.pseudonym)
        assert shopper.choose(Payment, BANK, OTHER_BANK, matter="order-1").id == chosen.id
        assert shopper.choose(Payment, BANK, OTHER_BANK).id != chosen.id
        card = shopper.collecting(matter="order-1").collect(CARD, "6222021234567890128")
        assert card.share(Payment, to=BANK) == card.share(Payment, to=OTHER_BANK)


@pytest.mark.clause("CHANGE-1", "PROT-3")
def test_agreeing_is_recorded_with_its_version_or_its_end() -> None:
    """In UTC; agreeing again gives the event that says it already."""
    with market() as guard:
        shopper = adult(guard)
        version = shopper.agree()
        assert (version.kind, version.version, version.items, version.valid_until) == (
            EventKind.AGREE,
            "2026-11",
            (),
            None,
        )
        assert shopper.agree() == version
        longer = shopper.agree(items=[NAME, AMOUNT], until=UNTIL)
        assert (longer.items, longer.valid_until) == (("amount", "name"), UNTIL)
        assert longer.valid_until is not None
        assert longer.valid_until.tzinfo is UTC
        assert shopper.agree(items=[NAME, AMOUNT], until=UNTIL) == longer
        assert shopper.standing.agreed == {"2026-11"}
        assert shopper.standing.longer == {"name": UNTIL, "amount": UNTIL}


@pytest.mark.clause("USE-8")
def test_an_attestation_is_by_who_provides_the_data() -> None:
    """With the idempotency key of the application's, by which it is found again."""
    with market() as guard:
        friend, orderer = guard.subject("friend", born=date(1991, 1, 1)), adult(guard, name="orderer")
        attested = friend.attest(Payment, Delivery, by=orderer, key="order-1")
        assert (attested.kind, attested.purposes, attested.key) == (
            EventKind.ATTEST,
            ("delivery", "payment"),
            "order-1",
        )
        assert (attested.subject, attested.actor) == (friend.pseudonym, orderer.pseudonym)
        assert not attested.by_guardian
        assert friend.attest(Delivery, by=orderer, key="order-1") == attested


@pytest.mark.clause("PROT-4", "USE-10", "RIGHT-3", "USE-7")
def test_what_is_noted_is_in_the_standing() -> None:
    """Each act with its items, its business case and its words."""
    clock = HandClock()
    with market(clock=clock.clock) as guard:
        shopper = adult(guard, Recommendation)
        shopper.publish(REVIEW, NAME, act="review-17", matter="order-1")
        assert [one[:3] for one in shopper.standing.published] == [
            ("name", "order-1", "review-17"),
            ("review", "order-1", "review-17"),
        ]
        shopper.confirm(CARD, AMOUNT, source=BUREAU)
        assert shopper.standing.confirmed == {("card", "bureau"), ("amount", "bureau")}
        shopper.restrict(NAME, AMOUNT, matter="order-1")
        shopper.restrict()
        assert shopper.standing.restrictions == {("name", "order-1"), ("amount", "order-1"), ("", "")}
        shopper.lift(NAME, matter="order-1")
        shopper.lift()
        assert shopper.standing.restrictions == {("amount", "order-1")}
        shopper.hold(reference="case 9")
        shopper.hold(NAME, matter="order-1", reference="case 10")
        assert {one[:3] for one in shopper.standing.holds} == {("", "", "case 9"), ("name", "order-1", "case 10")}
        shopper.object_to(Recommendation, "toys", "shoes")
        shopper.allow(Recommendation, "shoes")
        assert shopper.objections(Recommendation) == {"toys"}
        assert shopper.objections(Delivery) == frozenset()
        shopper.mark(Anchor.ACTIVITY)
        first = shopper.standing.marks["activity", ""]
        clock.move_to(clock.clock.now() + timedelta(days=1))
        shopper.mark(Anchor.ACTIVITY)
        assert shopper.standing.marks["activity", ""] > first + timedelta(hours=23)
        shopper.mark(Anchor.COMPLETION, matter="order-1")
        assert set(shopper.standing.marks) == {("activity", ""), ("completion", "order-1")}
        shopper.close()
        assert shopper.standing.closed is not None


@pytest.mark.clause("USE-18")
def test_a_permission_is_a_separate_consent_to_its_one_purpose() -> None:
    """In the words of the device; a signal is a refusal in the words of the browser, where any purpose ends by it."""
    with market() as guard:
        shopper = adult(guard)
        shopper.permission_changed("microphone", on=True)
        (consent,) = shopper.standing.consents
        assert (consent.grant.purposes, consent.grant.level) == (("voice",), Level.SEPARATE)
        assert consent.grant.method == "permission microphone"
        shopper.permission_changed("microphone", on=False)
        assert shopper.standing.consents[0].ended == {"voice": EventKind.WITHDRAW}
        assert shopper.privacy_signal() == (Recommendation,)
        assert set(shopper.standing.refused) == {"recommendation"}


# ── Arguments ─────────────────────────────────────────────────────────────────────────────────────────────

WRONG: list[tuple[str, str, Callable[[Subject], object]]] = [
    ("recipients", "it names at least one", lambda s: s.choose(Payment)),
    ("act", "it names the act", lambda s: s.publish(NAME, act="")),
    ("items", "it names at least one", lambda s: s.publish(act="x")),
    ("items", "it names at least one", lambda s: s.confirm(source=BUREAU)),
    ("topics", "it names at least one, none of them empty", lambda s: s.object_to(Recommendation)),
    ("topics", "it names at least one, none of them empty", lambda s: s.allow(Recommendation, "toys", "")),
    ("permission", "the policy ties no purpose to it", lambda s: s.permission_changed("camera", on=True)),
    ("reference", "it names the legal matter", lambda s: s.hold(NAME, reference="")),
    ("by", "nobody attests for themselves; grant instead", lambda s: s.attest(Delivery, by=s)),
    *(
        ("anchor", "it is the completion of a matter, or an activity; collecting and closing mark themselves", act)
        for act in (
            lambda s: s.mark(Anchor.COMPLETION),
            lambda s: s.mark(Anchor.ACTIVITY, matter="order-1"),
            lambda s: s.mark(Anchor.COLLECTION),
            lambda s: s.mark(Anchor.ACCOUNT_END, matter="order-1"),
        )
    ),
    *(
        ("until", "it is an aware time, and goes with items", act)
        for act in (
            lambda s: s.agree(until=UNTIL),
            lambda s: s.agree(items=[NAME]),
            lambda s: s.agree(items=[NAME], until=UNTIL.replace(tzinfo=None)),
        )
    ),
    ("collecting", "a value comes from one source", lambda s: s.collecting(source=BUREAU, public=True)),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_an_act_says_which_argument_is_wrong_and_records_nothing(number: int) -> None:
    """By its name, and what it should be."""
    argument, problem, act = WRONG[number]
    with market() as guard:
        shopper = adult(guard)
        before = shopper.standing
        with pytest.raises(errors.ArgumentInvalid) as refused:
            act(shopper)
        assert (refused.value.argument, refused.value.problem) == (argument, problem)
        assert shopper.standing == before


def test_arguments_of_another_type_are_one_typed_error() -> None:
    """Whoever has no type checker hears of it before anything is recorded."""
    wrong: list[Callable[[Any], object]] = [
        lambda s: s.attest(Delivery, by="orderer"),
        lambda s: s.confirm(CARD, source="bureau"),
        lambda s: s.mark("completion", matter="order-1"),
        lambda s: s.agree(items=[NAME], until="2028-01-01"),
        lambda s: s.permission_changed("microphone", on=1),
        lambda s: s.publish("name", act="x"),
        lambda s: s.publish(NAME, act=7),
        lambda s: s.hold(NAME, reference=7),
        lambda s: s.choose(Payment, "bank"),
        lambda s: s.restrict("name"),
        lambda s: s.object_to(Recommendation, 7),
        lambda s: s.collecting(source="bureau"),
        lambda s: s.grant(Delivery, recipients=["carrier"]),
        lambda s: s.grant(Delivery, regions=["Singapore"]),
        lambda s: s.close(by="parent"),
    ]
    with market() as guard:
        shopper = adult(guard)
        before = shopper.standing
        for act in wrong:
            with pytest.raises(errors.PrivacyError):
                act(untyped(shopper))
        with market() as other, pytest.raises(errors.ArgumentInvalid):
            shopper.grant(Delivery, by=adult(other, name="parent"))
        assert shopper.standing == before


# ── Who acts for whom ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("MINOR-1")
def test_whoever_acts_for_a_child_is_a_registered_guardian_of_age() -> None:
    """What ends something, a guardian of any age may do; a stranger may do nothing."""
    policy = market_policy(minors=Minors(unknown="child"))
    with market(policy=policy) as guard:
        parent = adult(guard, name="parent")
        cousin = guard.subject("cousin", born=date(2010, 1, 1))
        nameless = guard.subject("nameless")
        child = guard.subject("child", born=date(2018, 1, 1), guardians=[parent, cousin, nameless])
        for by, problem in (
            (adult(guard, name="stranger"), "the person is not registered as a guardian of the subject"),
            (cousin, "the guardian is a minor"),
            (nameless, "the guardian's birth date is unknown"),
        ):
            with pytest.raises(errors.GuardianRequired) as refused:
                child.grant(Delivery, by=by)
            assert (refused.value.purpose, refused.value.problem) == ("delivery", problem)
        child.grant(Delivery, by=parent)
        child.withdraw(Delivery, by=cousin)
        assert child.standing.consents[0].over
        with pytest.raises(errors.GuardianRequired) as alone:
            child.publish(NAME, act="x")
        assert (alone.value.purpose, alone.value.problem) == ("everything", "a guardian has to do it (child)")
        child.publish(NAME, act="x", by=parent)
        grown = guard.subject("grown", born=date(2000, 1, 1), guardians=[parent])
        with pytest.raises(errors.GuardianRequired) as of_age:
            grown.close(by=parent)
        assert of_age.value.problem == "the subject is of age and acts alone"


# ── Several at once ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-1", "USE-9")
def test_a_record_that_is_refused_names_every_item_and_every_reason_once() -> None:
    """In the class of the weightiest reason; nothing was collected."""
    with market() as guard:
        shopper = adult(guard)
        with pytest.raises(errors.Denied) as refused:
            shopper.collect_record(Order, number="1", name="Li Lei", card="6222021234567890128")
        assert refused.value.items == ("card", "name")
        assert refused.value.codes == ("OBQ114",)
        assert refused.value.clauses == ("USE-2",)
        assert {entry.outcome for entry in guard.audit.entries(operation="collect")} == {"deny"}
        shopper.grant(Payment)
        shopper.choose(Payment, BANK)
        order = shopper.collect_record(Order, number="1", name="Li Lei", card="6222021234567890128")
        assert order.card is not None
        assert order.card.reveal(Payment) == "6222021234567890128"
        assert shopper.collect_record(Order, number="2", name="Li Lei").card is None


@pytest.mark.clause("USE-9", "RIGHT-3")
def test_a_value_of_two_parts_is_refused_by_the_weightier_and_names_both() -> None:
    """A restriction speaks before a missing consent."""
    with market() as guard:
        shopper = adult(guard, Delivery)
        name, address = shopper.collect(NAME, "Li Lei"), shopper.collect(ADDRESS, "1 Canary Row")
        label = combine("{}, {}".format, name, address)
        assert label.reveal(Delivery) == "Li Lei, 1 Canary Row"
        shopper.restrict(ADDRESS)
        shopper.withdraw(Delivery)
        with pytest.raises(errors.Restricted) as refused:
            label.reveal(Delivery)
        assert refused.value.items == ("address", "name")
        assert refused.value.codes == ("OBQ124", "OBQ108")
        assert refused.value.clauses == ("RIGHT-3", "RIGHT-4")


def test_a_record_says_what_is_missing_unknown_and_wrong() -> None:
    """All of it, by field, sorted, and never a value."""
    with market() as guard:
        shopper = adult(guard, Payment)
        with pytest.raises(errors.RecordInvalid) as refused:
            shopper.collecting(matter="order-1").collect_record(Order, nubmer="1", card=untyped(7))
        assert refused.value.fields == ("card", "name", "nubmer", "number")
        assert refused.value.problems[1:] == ("name: is missing", "nubmer: is unknown", "number: is missing")
        assert refused.value.record == "Order"
        assert not [entry for entry in guard.audit.entries(operation="collect") if entry.outcome == "permit"]


def test_collecting_shows_whose_values_they_are() -> None:
    """By pseudonym alone."""
    with market() as guard:
        shopper = adult(guard)
        assert repr(shopper.collecting()) == f"Collecting({shopper.pseudonym})"
        assert type(shopper.collecting()).__module__ == "obq_privacy"
        assert repr(shopper) == f"Subject({shopper.pseudonym})"
