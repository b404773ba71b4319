"""The laws of the fold for everything but giving and ending consent: what happened, what is kept, what is isolated."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from ledger import GUARDIAN, HOUR, START, event, fold

from obq_privacy.consent import Consent, ConsentEvent, EventKind, Hold, Published, Standing

TICK = dt.timedelta(microseconds=1)


def at(hour: int) -> dt.datetime:
    """Give the time of an hour."""
    return START + hour * HOUR


def either_way(*events: ConsentEvent) -> Standing:
    """Fold events whose order must not matter, nor their ids."""
    standing = fold(*events)
    assert fold(*reversed(events)) == standing
    swapped = [attrs.evolve(each, id=f"{9 - number:032x}") for number, each in enumerate(events)]
    assert fold(*swapped).consents == tuple(
        each._replace(grant=attrs.evolve(each.grant, id=swapped[events.index(each.grant)].id))
        for each in standing.consents
    )
    assert attrs.evolve(fold(*swapped), consents=()) == attrs.evolve(standing, consents=())
    return standing


# ── Marks ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
def test_the_first_completion_counts_and_the_last_activity() -> None:
    """Of each business case by itself; a second completion starts no period again, a new activity does."""
    marks = [
        event(EventKind.MARK, name=str(hour), hour=hour, anchor=anchor, matter=matter)
        for hour, anchor, matter in (
            (1, "completion", "order-1"),
            (2, "completion", "order-2"),
            (3, "completion", "order-1"),
            (4, "activity", ""),
            (5, "activity", ""),
        )
    ]
    assert either_way(*marks).marks == {
        ("completion", "order-1"): at(1),
        ("completion", "order-2"): at(2),
        ("activity", ""): at(5),
    }


# ── What the subject made public or confirmed ─────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-4")
def test_what_was_made_public_is_kept_with_its_last_time() -> None:
    """Once for each item, business case and act: what was collected before the last time is public."""
    facts: dict[str, Any] = {"matter": "review-1", "method": "posted"}
    first = event(EventKind.PUBLISH, name="1", hour=1, items=("name", "photo"), **facts)
    again = event(EventKind.PUBLISH, name="2", hour=2, items=("name",), **facts)
    other_act = event(EventKind.PUBLISH, name="3", hour=3, items=("name",), matter="review-1", method="edited")
    other_case = event(EventKind.PUBLISH, name="4", hour=4, items=("name",), matter="review-2", method="posted")
    assert either_way(first, again, other_act, other_case).published == (
        ("photo", "review-1", "posted", at(1)),
        ("name", "review-1", "posted", at(2)),
        ("name", "review-1", "edited", at(3)),
        ("name", "review-2", "posted", at(4)),
    )


@pytest.mark.clause("USE-10")
def test_what_was_confirmed_is_known_by_item_and_source() -> None:
    """Every item of every source that the event names, and nothing without a source."""
    confirmed = event(EventKind.CONFIRM, name="1", items=("card", "face"), parties=("bank", "bureau"))
    assert fold(confirmed).confirmed == {("card", "bank"), ("card", "bureau"), ("face", "bank"), ("face", "bureau")}
    assert fold(event(EventKind.CONFIRM, name="1", items=("card",))).confirmed == frozenset()


# ── Isolation and holds ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3")
def test_a_restriction_ends_by_the_same_items_and_case_and_by_nothing_else() -> None:
    """No items means all of the case, and neither is lifted by the other."""
    some = event(EventKind.RESTRICT, name="1", hour=1, items=("card", "name"), matter="order-1")
    every = event(EventKind.RESTRICT, name="2", hour=1)
    both = {("card", "order-1"), ("name", "order-1"), ("", "")}
    assert either_way(some, every).restrictions == both
    lifts = {
        event(EventKind.LIFT, name="3", hour=2, items=("card",), matter="order-1"): both - {("card", "order-1")},
        event(EventKind.LIFT, name="3", hour=2, items=("card",)): both,
        event(EventKind.LIFT, name="3", hour=2, matter="order-1"): both,
        event(EventKind.LIFT, name="3", hour=2): both - {("", "")},
        event(EventKind.LIFT, name="3", hour=0): both,
    }
    for lift, left in lifts.items():
        assert fold(some, every, lift).restrictions == left


@pytest.mark.clause("RIGHT-3")
def test_a_hold_is_kept_once_and_released_by_its_reference() -> None:
    """With its first time, one for each item in the order of their names; another case's hold stays."""
    first = event(EventKind.HOLD, name="1", hour=1, items=("name", "card"), matter="order-1", method="case 9")
    again = event(EventKind.HOLD, name="2", hour=2, items=("card",), matter="order-1", method="case 9")
    other = event(EventKind.HOLD, name="3", hour=3, items=("card",), matter="order-1", method="case 10")
    every = event(EventKind.HOLD, name="4", hour=4, method="case 9")
    held = (
        ("card", "order-1", "case 9", at(1)),
        ("name", "order-1", "case 9", at(1)),
        ("card", "order-1", "case 10", at(3)),
        ("", "", "case 9", at(4)),
    )
    assert either_way(first, again, other, every).holds == held
    released = event(EventKind.RELEASE, name="5", hour=5, method="case 9")
    assert fold(first, again, other, every, released).holds == held[2:3]
    assert fold(first, event(EventKind.RELEASE, name="5", hour=5, method="case")).holds == held[:2]


# ── Objections ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-7")
def test_topics_are_blocked_and_unblocked_by_name_in_a_purpose() -> None:
    """Every topic in every purpose that the event names; allowing one leaves the others blocked."""
    objected = event(EventKind.OBJECT, "marketing", "portrait", name="1", topics=("shoes", "toys"))
    blocked = {(purpose, topic) for purpose in ("marketing", "portrait") for topic in ("shoes", "toys")}
    assert fold(objected).objections == blocked
    allowed = event(EventKind.ALLOW, "marketing", name="2", hour=1, topics=("toys",))
    assert fold(objected, allowed).objections == blocked - {("marketing", "toys")}
    assert fold(objected, attrs.evolve(allowed, at=at(-1))).objections == blocked


# ── Agreeing, closing, succession, ceasing ────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-1")
def test_agreeing_is_to_a_version_or_to_a_longer_period() -> None:
    """With items it is about how long they are kept, and the last word counts; without, about the version alone."""
    version = event(EventKind.AGREE, name="1", hour=1, version="2026-11")
    longer = event(EventKind.AGREE, name="2", hour=2, version="2027-01", items=("card", "name"), valid_until=at(90))
    shorter = event(EventKind.AGREE, name="3", hour=3, version="2027-01", items=("card",), valid_until=at(50))
    standing = either_way(version, longer, shorter)
    assert standing.agreed == {"2026-11"}
    assert standing.longer == {"card": at(50), "name": at(90)}
    endless = attrs.evolve(longer, valid_until=None)
    assert not fold(endless).agreed
    assert not fold(endless).longer
    dated = fold(attrs.evolve(version, valid_until=at(9)))
    assert dated.agreed == {"2026-11"}
    assert not dated.longer


@pytest.mark.clause("USE-6")
def test_closing_ends_every_consent_at_once_and_for_good() -> None:
    """What had ended before keeps its reason; the first time stands."""
    grant = event(EventKind.GRANT, "delivery", "payment", name="1")
    choice = event(EventKind.CHOOSE, "payment", name="2", parties=("bank",))
    gone = event(EventKind.WITHDRAW, "delivery", name="3", hour=1)
    closed = event(EventKind.CLOSE, name="4", hour=2)
    again = event(EventKind.CLOSE, name="5", hour=3)
    standing = fold(grant, choice, gone, closed, again)
    assert standing.closed == at(2)
    assert [consent.ended for consent in standing.consents] == [
        {"delivery": EventKind.WITHDRAW, "payment": EventKind.CLOSE},
        {"delivery": EventKind.WITHDRAW, "payment": EventKind.CLOSE},
    ]
    assert all(consent.over for consent in standing.consents)
    assert fold(grant).closed is None


@pytest.mark.clause("SHARE-6")
def test_only_a_successor_that_declined_ends_what_was_consented_to() -> None:
    """The latest that did; one that accepted the policy changes nothing, before or after it."""
    first = event(EventKind.SUCCEED, name="1", hour=1, parties=("buyer",), method="declined")
    accepted = event(EventKind.SUCCEED, name="2", hour=2, parties=("heir",), method="accepted")
    second = event(EventKind.SUCCEED, name="3", hour=3, parties=("heir",), method="declined")
    assert fold(accepted).carried is None
    assert fold(first, accepted).carried == at(1)
    assert either_way(first, accepted, second).carried == at(3)


@pytest.mark.clause("USE-24")
def test_operations_cease_once() -> None:
    """The first time stands."""
    standing = either_way(event(EventKind.CEASE, name="1", hour=1), event(EventKind.CEASE, name="2", hour=2))
    assert standing.ceased == at(1)


# ── Choices and attestations ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-3", "USE-8")
@pytest.mark.parametrize("kind", [EventKind.CHOOSE, EventKind.ATTEST])
def test_a_choice_or_an_attestation_is_a_consent_that_undoes_no_refusal(kind: EventKind) -> None:
    """Only the subject's own grant by name does; withdrawing the purpose ends all of them."""
    refused = event(EventKind.REFUSE, "payment", name="1")
    made = event(kind, "payment", name="2", hour=1, valid_until=at(9), actor=GUARDIAN)
    standing = fold(refused, made)
    assert standing.consents == (Consent(made, {}, at(9)),)
    assert standing.refused == {"payment": at(0)}
    granted = event(EventKind.GRANT, "payment", name="3", hour=2)
    assert fold(refused, made, granted).refused == {}
    ended = fold(made, event(EventKind.WITHDRAW, "payment", name="4", hour=2))
    assert ended.consents[0].ended == {"payment": EventKind.WITHDRAW}


@pytest.mark.clause("SHARE-3")
def test_another_choice_takes_the_place_of_one_for_the_same_purposes_and_business_case() -> None:
    """What was chosen of somebody else ends; the same choice again, another case, and consents go on."""
    facts: dict[str, Any] = {"parties": ("bank",), "matter": "order-1"}
    bank = event(EventKind.CHOOSE, "payment", name="1", **facts)
    other = {"parties": ("wallet",), "matter": "order-1"}
    for number, (kind, purpose, changes, ends) in enumerate(
        (
            (EventKind.CHOOSE, "payment", other, True),
            (EventKind.CHOOSE, "payment", facts, False),
            (EventKind.CHOOSE, "payment", {**other, "matter": "order-2"}, False),
            (EventKind.CHOOSE, "delivery", other, False),
            (EventKind.GRANT, "payment", other, False),
            (EventKind.ATTEST, "payment", other, False),
        )
    ):
        then = event(kind, purpose, name="2", hour=1, **changes)
        first, second = either_way(bank, then).consents
        assert first.ended == ({"payment": EventKind.CHOOSE} if ends else {}), number
        assert second.ended == {}
    for kind in (EventKind.GRANT, EventKind.ATTEST):
        earlier = event(kind, "payment", name="1", **facts)
        assert fold(earlier, event(EventKind.CHOOSE, "payment", name="2", hour=1, **other)).consents[0].ended == {}


def test_a_refusal_is_remembered_with_its_last_time() -> None:
    """How long nobody may ask again is counted from it."""
    refusals = [event(EventKind.REFUSE, "payment", name=str(hour), hour=hour) for hour in (1, 2)]
    assert either_way(*refusals).refused == {"payment": at(2)}


# ── Ties ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3", "USE-7")
def test_at_one_instant_what_closes_wins() -> None:
    """Whatever the ids: restricted, objected to and held, although it was lifted, allowed and released at that time."""
    pairs = {
        EventKind.RESTRICT: (EventKind.LIFT, "restrictions", {("name", "")}),
        EventKind.OBJECT: (EventKind.ALLOW, "objections", {("marketing", "toys")}),
    }
    for closing, (opening, part, expected) in pairs.items():
        facts: dict[str, Any] = {"topics": ("toys",)} if closing is EventKind.OBJECT else {"items": ("name",)}
        named = ("marketing",) if closing is EventKind.OBJECT else ()
        tied = [event(kind, *named, name=str(n), **facts) for n, kind in enumerate((opening, closing))]
        assert getattr(either_way(*tied), part) == expected
    hold = event(EventKind.HOLD, name="1", items=("name",), method="case 9")
    release = event(EventKind.RELEASE, name="2", method="case 9")
    assert len(either_way(hold, release).holds) == 1


@pytest.mark.clause("RIGHT-4", "USE-6")
@pytest.mark.parametrize("kind", [EventKind.GRANT, EventKind.CHOOSE, EventKind.ATTEST])
def test_at_one_instant_whatever_makes_a_consent_comes_before_what_ends_it(kind: EventKind) -> None:
    """Withdrawal, refusal and closing of the account; among them the subject's withdrawal is named."""
    made = event(kind, "payment", name="1")
    for ending in (EventKind.WITHDRAW, EventKind.REFUSE, EventKind.CLOSE):
        (consent,) = either_way(made, event(ending, "payment", name="2")).consents
        assert consent.ended == {"payment": ending}
        (later,) = fold(attrs.evolve(made, at=START + TICK), event(ending, "payment", name="2")).consents
        assert later.ended == {}
    tied = [event(EventKind.WITHDRAW, "payment", name="2"), event(EventKind.CLOSE, name="3")]
    assert either_way(made, *tied).consents[0].ended == {"payment": EventKind.WITHDRAW}


def test_standings_and_their_parts_report_their_public_module() -> None:
    """As readers import them."""
    assert {kind.__module__ for kind in (Consent, Standing, Hold, Published)} == {"obq_privacy"}
