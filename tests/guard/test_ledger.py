"""What is put on a person's ledger: by whom, when, once, and only what can count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import START, HandClock
from laws_world import (
    ADDRESS,
    AMOUNT,
    BANK,
    BUREAU,
    CARD,
    CARRIER,
    DAY,
    MICRO,
    NAME,
    OTHER_BANK,
    REST,
    REVIEW,
    STRANGER,
    Adrift,
    Bookkeeping,
    Delivery,
    Express,
    Membership,
    Payment,
    Recommendation,
    Undeclared,
    Voice,
    bazaar,
    bazaar_policy,
    person,
    untyped,
)

from obq_privacy import Anchor, Category, ConsentEvent, EventKind, Level, Minors, Notice, Operation, Role
from obq_privacy.errors import (
    AskedTooSoon,
    ConsentMissing,
    ConsentWithdrawn,
    Denied,
    GrantInvalid,
    GuardianRequired,
    PrivacyError,
    RequiredConsentMissing,
    SubjectErased,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from obq_privacy import Guard, Subject

CHILD, MINOR = date(2018, 1, 1), date(2010, 1, 1)
MIDNIGHT = datetime(2026, 11, 2, 16, tzinfo=UTC)
"""When the third of November begins where the policy is."""

NOTICE = Notice.of("text", language="zh-CN", shown=START)


def ledger(guard: Guard, subject: Subject) -> Sequence[ConsentEvent]:
    """Give the events of a person."""
    return guard._core.store.events(subject.pseudonym)


def kinds(guard: Guard, subject: Subject) -> list[EventKind]:
    """Give what happened to a person."""
    return [event.kind for event in ledger(guard, subject)]


def error_of(act: Callable[[], object]) -> PrivacyError:
    """Give the error that an act is refused with."""
    with pytest.raises(PrivacyError) as refused:
        act()
    return refused.value


# ── What stands in an event ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2", "SHARE-1", "CROSS-1")
def test_a_grant_says_all_that_was_consented_to() -> None:
    """Purposes, items, categories, recipients and regions sorted, each once; operations in the order of their kind."""
    with bazaar() as guard:
        shopper = person(guard)
        given = shopper.grant(
            Payment,
            Delivery,
            Delivery,
            level=Level.GENERAL,
            items=[NAME, CARD, ADDRESS],
            categories=[Category.NAME, Category.CONTACT],
            recipients=[Role.LOGISTICS, OTHER_BANK, BANK, BANK],
            regions=["US", "SG", "SG"],
            operations=[Operation.TRANSFER, Operation.SHARE],
            valid_for=DAY,
            notice=NOTICE,
            method="checkbox",
            key="form 17",
        )
        assert given == ConsentEvent(
            id=given.id,
            key="form 17",
            kind=EventKind.GRANT,
            subject=shopper.pseudonym,
            actor=shopper.pseudonym,
            purposes=("delivery", "payment"),
            items=("address", "card", "name"),
            categories=("contact", "name"),
            operations=tuple(one for one in Operation if one in {Operation.SHARE, Operation.TRANSFER}),
            level=given.level,
            version="1",
            notice=NOTICE,
            method="checkbox",
            at=START,
            valid_until=START + DAY,
            parties=("bank", "other-bank", "role:logistics"),
            regions=("SG", "US"),
        )
        assert list(ledger(guard, shopper)) == [given]


def test_what_is_not_said_is_the_usual() -> None:
    """Use and collection without recipients, sharing with them; without end, in the weakest words that count."""
    with bazaar() as guard:
        shopper = person(guard)
        plain, shared = shopper.grant(Delivery), shopper.grant(Delivery, recipients=[CARRIER])
        assert plain == ConsentEvent(
            id=plain.id,
            key=plain.id,
            kind=EventKind.GRANT,
            subject=shopper.pseudonym,
            actor=shopper.pseudonym,
            purposes=("delivery",),
            version="1",
            at=START,
        )
        assert (plain.operations, plain.level) == ((Operation.COLLECT, Operation.USE), Level.EXPRESS)
        assert (shared.operations, shared.parties) == ((Operation.SHARE,), ("carrier",))
        assert len(plain.id) == len(shared.id) == 32
        assert plain.id != shared.id


EVENTS: dict[EventKind, tuple[Callable[[Subject, Subject], object], dict[str, Any]]] = {
    EventKind.REQUEST: (
        lambda s, _: s.request(Delivery, notice=NOTICE, method="page"),
        {"purposes": ("delivery",), "notice": NOTICE, "method": "page"},
    ),
    EventKind.REFUSE: (
        lambda s, _: s.refuse(Delivery, notice=NOTICE, method="page"),
        {"purposes": ("delivery",), "notice": NOTICE, "method": "page"},
    ),
    EventKind.CHOOSE: (
        lambda s, _: s.choose(Payment, OTHER_BANK, BANK, matter="order-1"),
        {
            "purposes": ("payment",),
            "parties": ("bank", "other-bank"),
            "level": Level.SEPARATE,
            "operations": (Operation.SHARE,),
            "matter": "order-1",
        },
    ),
    EventKind.ATTEST: (
        lambda s, o: s.attest(Delivery, by=o, notice=NOTICE, key="k"),
        {"purposes": ("delivery",), "notice": NOTICE, "key": "k"},
    ),
    EventKind.CONFIRM: (
        lambda s, _: s.confirm(CARD, AMOUNT, source=BUREAU),
        {"items": ("amount", "card"), "parties": ("bureau",)},
    ),
    EventKind.PUBLISH: (
        lambda s, _: s.publish(REVIEW, act="review-1", matter="order-1"),
        {"items": ("review",), "method": "review-1", "matter": "order-1"},
    ),
    EventKind.OBJECT: (
        lambda s, _: s.object_to(Recommendation, "toys", "shoes", "toys"),
        {"purposes": ("recommendation",), "topics": ("shoes", "toys")},
    ),
    EventKind.MARK: (
        lambda s, _: s.mark(Anchor.COMPLETION, matter="order-1"),
        {"anchor": "completion", "matter": "order-1"},
    ),
    EventKind.RESTRICT: (
        lambda s, _: s.restrict(NAME, matter="order-1", method="letter"),
        {"items": ("name",), "matter": "order-1", "method": "letter"},
    ),
    EventKind.HOLD: (
        lambda s, _: s.hold(NAME, matter="order-1", reference="case 9"),
        {"items": ("name",), "matter": "order-1", "method": "case 9"},
    ),
    EventKind.AGREE: (
        lambda s, _: s.agree(items=[NAME], until=START + DAY),
        {"items": ("name",), "valid_until": START + DAY},
    ),
    EventKind.CLOSE: (lambda s, _: s.close(method="letter"), {"method": "letter"}),
}


def test_each_act_says_what_it_is_about_and_nothing_else() -> None:
    """By the person, or for an attestation by whoever gives it; what was not said is empty."""
    with bazaar() as guard:
        other = person(guard, name="other")
        for kind, (act, content) in EVENTS.items():
            shopper = person(guard, name=kind.value)
            act(shopper, other)
            (event,) = ledger(guard, shopper)
            actor = other if kind is EventKind.ATTEST else shopper
            usual: dict[str, Any] = {"purposes": (), "key": event.id, "subject": shopper.pseudonym, "version": "1"}
            usual |= {"actor": actor.pseudonym, "at": START}
            assert event == ConsentEvent(id=event.id, kind=kind, **{**usual, **content})


def test_what_is_left_out_of_an_act_is_empty() -> None:
    """No business case, no words, and no key but the id of the event."""
    with bazaar() as guard:
        shopper, other = person(guard), person(guard, name="other")
        chosen = shopper.choose(Payment, BANK)
        attested = shopper.attest(Delivery, by=other)
        shopper.publish(REVIEW, act="review-1")
        shopper.restrict(NAME)
        shopper.lift(NAME)
        shopper.close()
        assert (chosen.matter, chosen.method, chosen.key) == ("", "", chosen.id)
        assert (attested.matter, attested.method, attested.key) == ("", "", attested.id)
        said = [(one.matter, one.method) for one in ledger(guard, shopper)[2:]]
        assert said == [("", "review-1"), ("", ""), ("", ""), ("", "")]


def test_what_ends_something_says_which() -> None:
    """A lifted restriction, a released hold, an unblocked topic; withdrawn, expired and invalid consents."""
    with bazaar() as guard:
        shopper = person(guard)
        given = [shopper.grant(Delivery, method=str(number)) for number in range(4)]
        shopper.restrict(NAME, matter="1", method="letter")
        shopper.lift(NAME, matter="1", method="call")
        shopper.hold(NAME, reference="case 9")
        shopper.release("case 9")
        shopper.object_to(Delivery, "toys")
        shopper.allow(Delivery, "toys")
        shopper.withdraw(consent=given[0], method="page")
        shopper.expire(given[1], method="end of term")
        shopper.invalidate(given[2], method="wrong person")
        found = [(one.kind, one.items, one.matter, one.method, one.about) for one in ledger(guard, shopper)[4:]]
        assert found == [
            (EventKind.RESTRICT, ("name",), "1", "letter", ""),
            (EventKind.LIFT, ("name",), "1", "call", ""),
            (EventKind.HOLD, ("name",), "", "case 9", ""),
            (EventKind.RELEASE, (), "", "case 9", ""),
            (EventKind.OBJECT, (), "", "", ""),
            (EventKind.ALLOW, (), "", "", ""),
            (EventKind.WITHDRAW, (), "", "page", given[0].id),
            (EventKind.EXPIRE, (), "", "end of term", given[1].id),
            (EventKind.INVALIDATE, (), "", "wrong person", given[2].id),
        ]
        ended = [one.ended for one in shopper.standing.consents]
        assert ended == [
            {"delivery": EventKind.WITHDRAW},
            {"delivery": EventKind.EXPIRE},
            {"delivery": EventKind.INVALIDATE},
            {},
        ]


@pytest.mark.clause("USE-18", "COOK-2")
def test_permissions_and_signals_are_consent_and_refusal_in_their_own_words() -> None:
    """Of exactly the purposes that the policy ties to them."""
    with bazaar() as guard:
        shopper = person(guard)
        shopper.grant(Delivery)
        shopper.permission_changed("microphone", on=True, notice=NOTICE)
        shopper.permission_changed("microphone", on=False)
        assert shopper.privacy_signal() == (Recommendation,)
        shown = [(one.kind, one.purposes, one.method, one.level, one.notice) for one in ledger(guard, shopper)[1:]]
        assert shown == [
            (EventKind.GRANT, ("voice",), "permission microphone", Level.SEPARATE, NOTICE),
            (EventKind.WITHDRAW, ("voice",), "permission microphone", Level.EXPRESS, None),
            (EventKind.REFUSE, ("recommendation",), "Sec-GPC", Level.EXPRESS, None),
        ]


# ── When ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_time_never_runs_backwards_in_a_ledger() -> None:
    """What opens up comes after whatever was there, by a microsecond; an ending may tie, and wins."""
    hand = Adrift()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard)
        times = [shopper.grant(Delivery, method=str(number)).at for number in range(3)]
        assert times == [START, START + MICRO, START + 2 * MICRO]
        shopper.withdraw(Delivery)
        assert ledger(guard, shopper)[-1].at == START + 2 * MICRO
        assert shopper.grant(Delivery, method="2").at == START + 3 * MICRO
        hand.move(DAY)
        assert shopper.grant(Delivery, method="4").at == START + DAY
        hand.set_back(DAY / 2)
        assert shopper.grant(Delivery, method="5").at == START + DAY + MICRO
        shopper.refuse(Delivery)
        assert ledger(guard, shopper)[-1].at == START + DAY + MICRO
        assert [one.over for one in shopper.standing.consents] == [True] * 6


@pytest.mark.clause("SHARE-6")
@pytest.mark.parametrize("back", [timedelta(0), DAY])
def test_consent_to_a_successor_comes_after_the_succession(back: timedelta) -> None:
    """Even when its clock is behind; what was given before is over, and asked for anew."""
    hand = Adrift()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard)
        former = shopper.grant(Delivery)
        name = shopper.collect(NAME, "Li Lei")
        hand.set_back(back)
        former_one = person(guard, Delivery, name="former")
        guard.succession("other shop", accepted=False)
        assert isinstance(error_of(lambda: name.reveal(Delivery)), Denied)
        again = shopper.grant(Delivery)
        assert (again.id != former.id, again.at) == (True, START + MICRO)
        assert name.reveal(Delivery) == "Li Lei"
        assert shopper.grant(Delivery).id == again.id
        (event,) = guard._core.store.events(guard._core.everybody().subject)
        assert (event.kind, event.parties, event.method, event.at) == (
            EventKind.SUCCEED,
            ("other shop",),
            "declined",
            START,
        )
        other = person(guard, name="other")
        assert other.grant(Delivery).at == START + MICRO
        shopper.withdraw(Delivery)
        assert ledger(guard, shopper)[-1].at == START + MICRO
        former_one.withdraw(Delivery)
        assert ledger(guard, former_one)[-1].at == START - back


def test_a_succession_needs_nobody() -> None:
    """It is recorded also where nobody has consented to anything yet."""
    with bazaar() as guard:
        guard.succession("other shop", accepted=False)
        assert [one.at for one in guard._core.about_everybody()] == [START]


@pytest.mark.clause("SHARE-6")
def test_a_successor_that_accepts_changes_nothing() -> None:
    """Consents carry over, and the same one again is the same."""
    with bazaar() as guard:
        shopper = person(guard)
        former = shopper.grant(Delivery)
        guard.succession("other shop", accepted=True)
        assert shopper.grant(Delivery) == former
        assert shopper.collect(NAME, "Li Lei").reveal(Delivery) == "Li Lei"


def test_a_consent_does_not_last_longer_than_dates_reach() -> None:
    """The last instant is one; a microsecond more is refused, and nothing is on the ledger."""
    with bazaar() as guard:
        shopper = person(guard)
        last = datetime.max.replace(tzinfo=UTC)
        assert error_of(lambda: shopper.grant(Delivery, valid_for=last - START + MICRO)) == GrantInvalid(
            purpose="delivery", problem="it would last longer than dates reach"
        )
        assert ledger(guard, shopper) == ()
        assert shopper.grant(Delivery, valid_for=last - START).valid_until == last
        assert shopper.grant(Payment, valid_for=MICRO).valid_until == START + 2 * MICRO


# ── Once ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_consent_again_is_the_same_while_it_is_in_force() -> None:
    """Once it was withdrawn or has run out, it is a new one."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard)
        first = shopper.grant(Delivery, valid_for=DAY)
        hand.move(DAY / 2)
        assert shopper.grant(Delivery, valid_for=DAY) == first
        assert shopper.grant(Delivery, valid_for=2 * DAY) != first
        hand.move(DAY / 2 - MICRO)
        assert shopper.grant(Delivery, valid_for=DAY) == first
        hand.move(MICRO)
        second = shopper.grant(Delivery, valid_for=DAY)
        assert second != first
        shopper.withdraw(consent=second)
        assert shopper.grant(Delivery, valid_for=DAY) not in {first, second}
        forever = shopper.grant(Payment)
        hand.move(1000 * DAY)
        assert shopper.grant(Payment) == forever
        shopper.grant(Delivery, Payment)
        both = shopper.grant(Payment, Delivery)
        shopper.withdraw(Payment)
        assert shopper.grant(Delivery, Payment) != both


def test_of_two_that_say_the_same_the_newest_counts() -> None:
    """A renewed consent of the same content is found before the one that ran out."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard)
        old = shopper.grant(Delivery, valid_for=DAY)
        hand.move(DAY)
        new = shopper.grant(Delivery, valid_for=DAY)
        shopper.renew(new, valid_for=3 * DAY)
        hand.move(DAY)
        assert shopper.grant(Delivery, valid_for=DAY) == new != old


def test_a_key_is_that_of_one_event() -> None:
    """The same again is the event that is there, whatever else it says now; something else under it is refused."""
    with bazaar() as guard:
        shopper, other = person(guard), person(guard, name="other")
        shopper.grant(Delivery)
        first = shopper.grant(Delivery, key="form 17", method="paper")
        assert shopper.grant(Delivery, key="form 18", method="page").id != first.id
        assert shopper.grant(Delivery, Payment, key="form 17") == first
        assert error_of(lambda: shopper.attest(Delivery, by=other, key="form 17")) == GrantInvalid(
            purpose="delivery", problem="its key is that of something else"
        )
        shopper.withdraw()
        assert shopper.grant(Delivery, key="form 17") == first
        assert [one.over for one in shopper.standing.consents] == [True] * 3
        assert shopper.grant(Delivery).key not in {"form 17", ""}
        assert other.grant(Delivery, key="form 17").subject == other.pseudonym
        assert len(ledger(guard, shopper)) == 5


def test_an_ending_that_ends_nothing_is_no_event() -> None:
    """Nor is a repetition of what is so already; what changes something is one each time."""
    with bazaar() as guard:
        shopper = person(guard)
        shopper.withdraw()
        shopper.withdraw(Delivery)
        assert ledger(guard, shopper) == ()
        given = shopper.grant(Delivery, Payment)
        shopper.withdraw(Delivery)
        shopper.withdraw(Delivery)
        shopper.expire(given)
        assert [one.purposes for one in ledger(guard, shopper)] == [
            ("delivery", "payment"),
            ("delivery",),
            ("delivery", "payment"),
        ]
        shopper.invalidate(given)
        shopper.withdraw(consent=given)
        assert len(ledger(guard, shopper)) == 3
        shopper.refuse(Delivery)
        shopper.refuse(Delivery)
        shopper.refuse(Delivery, Payment)
        assert kinds(guard, shopper)[3:] == [EventKind.REFUSE, EventKind.REFUSE]
        shopper.withdraw(Delivery)
        assert len(ledger(guard, shopper)) == 5


def test_an_ending_of_one_consent_leaves_the_others() -> None:
    """Only its own purposes, and only those that it still has."""
    with bazaar() as guard:
        shopper = person(guard)
        one, other = shopper.grant(Delivery), shopper.grant(Delivery, Payment, method="paper")
        shopper.withdraw(consent=one)
        assert [consent.ended for consent in shopper.standing.consents] == [{"delivery": EventKind.WITHDRAW}, {}]
        shopper.withdraw(consent=one)
        assert len(ledger(guard, shopper)) == 3
        shopper.withdraw(Delivery, consent=other)
        assert ledger(guard, shopper)[-1].purposes == ("delivery",)
        shopper.withdraw()
        assert ledger(guard, shopper)[-1].purposes == ("delivery", "payment")


def test_what_is_noted_twice_stands_once() -> None:
    """For everything that is about something other than consent."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard)
        acts: list[Callable[[], object]] = [
            lambda: shopper.confirm(CARD, source=BUREAU),
            lambda: shopper.object_to(Delivery, "toys"),
            lambda: shopper.allow(Delivery, "toys"),
            lambda: shopper.restrict(NAME),
            lambda: shopper.lift(NAME),
            lambda: shopper.hold(NAME, reference="case 9"),
            lambda: shopper.release("case 9"),
            lambda: shopper.mark(Anchor.COMPLETION, matter="order-1"),
            shopper.agree,
            lambda: shopper.agree(items=[NAME], until=START + DAY),
            shopper.close,
        ]
        for number, act in enumerate(acts, start=1):
            for _ in range(2):
                act()
                hand.move(DAY)
            assert len(ledger(guard, shopper)) == number
        shopper.lift(CARD)
        shopper.release("case 10")
        shopper.allow(Delivery, "shoes")
        assert len(ledger(guard, shopper)) == len(acts)
        for _ in range(2):
            hand.move(DAY)
            shopper.mark(Anchor.ACTIVITY)
            shopper.publish(REVIEW, act="review-1")
        assert len(ledger(guard, shopper)) == len(acts) + 4
        guard.cease()
        guard.cease()
        assert [one.kind for one in guard._core.about_everybody()] == [EventKind.CEASE]


@pytest.mark.clause("CHANGE-1")
def test_agreeing_again_gives_the_newest_event_that_says_it() -> None:
    """Of the same kind; other events in between do not matter."""
    with bazaar() as guard:
        shopper = person(guard)
        agreed = shopper.agree()
        shopper.mark(Anchor.ACTIVITY)
        assert shopper.agree() == agreed
        longer = shopper.agree(items=[NAME], until=START + DAY)
        assert shopper.agree(items=[NAME], until=START + DAY) == longer


# ── What can count ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2", "USE-4", "SHARE-3", "USE-6")
def test_what_could_never_count_is_not_on_the_ledger() -> None:
    """Each is refused in words, by the purpose that it is about."""
    with bazaar() as guard:
        shopper = person(guard)
        rows: list[tuple[Callable[[], object], type[GrantInvalid], str, str]] = [
            (shopper.grant, GrantInvalid, "nothing", "it names no purpose"),
            (lambda: shopper.grant(Undeclared), GrantInvalid, "undeclared", "the policy does not declare it"),
            (
                lambda: shopper.grant(Delivery, Payment, level=Level.SEPARATE),
                GrantInvalid,
                "payment",
                "a separate consent covers exactly one purpose; grant them one by one",
            ),
            (
                lambda: shopper.grant(Membership),
                RequiredConsentMissing,
                "membership",
                "it builds on delivery, which has no live consent",
            ),
            (
                lambda: shopper.choose(Payment, STRANGER),
                GrantInvalid,
                "payment",
                "the policy declares no recipient stranger for it",
            ),
            (
                lambda: shopper.choose(Payment, BANK, untyped(CARRIER)),
                GrantInvalid,
                "payment",
                "the policy declares no recipient carrier for it",
            ),
        ]
        for act, kind, purpose, problem in rows:
            assert error_of(act) == kind(purpose=purpose, problem=problem)
        assert ledger(guard, shopper) == ()
        shopper.grant(Delivery)
        assert shopper.grant(Membership).purposes == ("membership",)
        shopper.close()
        assert error_of(lambda: shopper.grant(Delivery)) == GrantInvalid(
            purpose="delivery", problem="the account was cancelled"
        )


def test_a_consent_that_is_over_is_not_renewed() -> None:
    """Nor one that there is not; one in force is, also to the last microsecond and to no end."""
    hand = HandClock()
    over = GrantInvalid(purpose="delivery", problem="the consent is over; a new one has to be given")
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard)
        given = shopper.grant(Delivery, valid_for=DAY)
        hand.move(DAY - MICRO)
        renewed = shopper.renew(given, valid_for=DAY)
        assert (renewed.kind, renewed.about, renewed.purposes) == (EventKind.RENEW, given.id, ())
        until = shopper.standing.consents[0].valid_until
        assert until == START + 2 * DAY - MICRO
        hand.move_to(until)
        assert error_of(lambda: shopper.renew(given, valid_for=DAY)) == over
        forever = shopper.grant(Delivery)
        shopper.renew(forever, valid_for=None)
        shopper.withdraw(consent=forever)
        assert error_of(lambda: shopper.renew(forever, valid_for=DAY)) == over
        asked = shopper.request(Delivery)
        assert error_of(lambda: shopper.renew(asked, valid_for=DAY)) == GrantInvalid(
            purpose="nothing", problem="there is no such consent"
        )


@pytest.mark.clause("USE-2")
def test_whoever_refused_is_left_in_peace_for_a_while() -> None:
    """For as long as the policy says and no microsecond longer; about other purposes they may be asked."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard)
        assert shopper.request(Delivery).kind is EventKind.REQUEST
        shopper.refuse(Delivery)
        soon = AskedTooSoon(purpose="delivery", until=(START + REST).isoformat())
        assert error_of(lambda: shopper.request(Delivery)) == soon
        assert error_of(lambda: shopper.request(Payment, Delivery)) == soon
        assert shopper.request(Payment).purposes == ("payment",)
        hand.move(REST - MICRO)
        assert error_of(lambda: shopper.request(Delivery)) == soon
        hand.move(MICRO)
        assert shopper.request(Delivery).purposes == ("delivery",)
        assert kinds(guard, shopper) == [
            EventKind.REQUEST,
            EventKind.REFUSE,
            EventKind.REQUEST,
            EventKind.REQUEST,
        ]


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────────────


def required(problem: str, purpose: str = "delivery") -> GuardianRequired:
    """Give the error of whoever may not act."""
    return GuardianRequired(purpose=purpose, problem=problem)


@pytest.mark.clause("MINOR-1")
def test_a_guardian_is_registered_there_and_of_age() -> None:
    """To open something up; whoever is registered may end."""
    hand = HandClock(MIDNIGHT - DAY)
    with bazaar(clock=hand.clock) as guard:
        parent, stranger = person(guard, name="parent"), person(guard, name="stranger")
        gone, nameless = person(guard, name="gone"), guard.subject("nameless")
        grown = guard.subject("grown", born=date(2008, 11, 3))
        child = guard.subject("child", born=CHILD, guardians=[parent, gone, nameless, grown])
        gone.erase()
        acts: list[Callable[[Subject], object]] = [
            lambda by: child.grant(Delivery, by=by),
            lambda by: child.allow(Delivery, "toys", by=by),
        ]
        hand.move_to(MIDNIGHT - MICRO)
        for by, problem in (
            (stranger, "the person is not registered as a guardian of the subject"),
            (gone, "the guardian was erased"),
            (nameless, "the guardian's birth date is unknown"),
            (grown, "the guardian is a minor"),
        ):
            for act in acts:
                assert error_of(partial(act, by)) == required(problem)
        hand.move(MICRO)
        assert child.grant(Delivery, by=grown).by_guardian
        given = child.grant(Delivery, by=parent)
        assert (given.actor, given.by_guardian) == (parent.pseudonym, True)
        for by in (gone, nameless):
            child.withdraw(consent=given, by=by)
        assert error_of(lambda: child.withdraw(by=stranger)) == required(
            "the person is not registered as a guardian of the subject", "everything"
        )
        assert [one.over for one in child.standing.consents] == [False, True]
    with bazaar(policy=bazaar_policy(minors=Minors(unknown="adult"))) as guard:
        nameless = guard.subject("nameless")
        assert guard.subject("child", born=CHILD, guardians=[nameless]).grant(Delivery, by=nameless).by_guardian


@pytest.mark.clause("MINOR-1")
def test_whoever_is_of_age_acts_alone() -> None:
    """A guardian from former times can still end what they gave, and nothing else."""
    hand = HandClock(MIDNIGHT - DAY)
    hand.move(DAY - MICRO)
    with bazaar(clock=hand.clock) as guard:
        parent = person(guard, name="parent")
        ward = guard.subject("ward", born=date(2008, 11, 3), guardians=[parent])
        ward.grant(Delivery, by=parent)
        alone = required("the subject is of age and acts alone", "everything")
        acts: list[Callable[[], object]] = [
            lambda: ward.confirm(CARD, source=BUREAU, by=parent),
            lambda: ward.publish(REVIEW, act="review-1", by=parent),
            lambda: ward.agree(by=parent),
            lambda: ward.close(by=parent),
        ]
        for act in acts[:3]:
            act()
        hand.move(MICRO)
        assert [error_of(act) for act in acts] == [alone] * 4
        assert error_of(lambda: ward.allow(Delivery, "toys", by=parent)) == required(alone.problem)
        assert isinstance(error_of(lambda: ward.grant(Delivery, by=parent)), GrantInvalid)
        ward.object_to(Delivery, "toys", by=parent)
        ward.withdraw(by=parent)
        assert ward.standing.consents[0].over


@pytest.mark.clause("MINOR-1", "USE-8")
@pytest.mark.parametrize(("born", "why"), [(CHILD, "child"), (None, "birth date unknown")])
def test_a_child_alone_opens_nothing_and_is_no_witness(born: date | None, why: str) -> None:
    """What closes something is open to everybody."""
    with bazaar() as guard:
        child, friend = guard.subject("child", born=born), person(guard, Delivery, name="friend")
        refused = required(f"a guardian has to do it ({why})", "everything")
        acts: list[Callable[[], object]] = [
            lambda: child.confirm(CARD, source=BUREAU),
            lambda: child.publish(REVIEW, act="review-1"),
            child.agree,
        ]
        assert [error_of(act) for act in acts] == [refused] * 3
        assert error_of(lambda: child.allow(Delivery, "toys")) == required(refused.problem)
        child.object_to(Delivery, "toys")
        child.restrict()
        child.close()
        assert error_of(lambda: friend.attest(Delivery, by=child)) == GrantInvalid(
            purpose="delivery", problem=f"whoever attests it is too young ({why})"
        )
        erased = person(guard, name="erased")
        erased.erase()
        assert error_of(lambda: friend.attest(Delivery, by=erased)) == GrantInvalid(
            purpose="delivery", problem="whoever attests it was erased"
        )
        fifteen = guard.subject("fifteen", born=date(2011, 11, 2))
        assert friend.attest(Delivery, by=fifteen).actor == fifteen.pseudonym


@pytest.mark.clause("USE-8", "DEF-4")
def test_whoever_was_erased_is_no_witness() -> None:
    """Also where an unknown birth date counts as that of an adult."""
    with bazaar(policy=bazaar_policy(minors=Minors(unknown="adult"))) as guard:
        friend, gone, nameless = person(guard, name="friend"), person(guard, name="gone"), guard.subject("nameless")
        gone.erase()
        assert error_of(lambda: friend.attest(Delivery, by=gone)) == GrantInvalid(
            purpose="delivery", problem="whoever attests it was erased"
        )
        assert friend.attest(Delivery, by=nameless).actor == nameless.pseudonym


@pytest.mark.clause("DEF-4")
def test_nothing_is_put_on_the_ledger_of_an_erased_person() -> None:
    """Whatever it is; the error says what was tried."""
    with bazaar() as guard:
        shopper, other = person(guard), person(guard, name="other")
        given = shopper.grant(Delivery)
        before = ledger(guard, shopper)
        shopper.erase()
        acts: dict[str, Callable[[], object]] = {
            "grant": lambda: shopper.grant(Delivery),
            "request": lambda: shopper.request(Delivery),
            "attest": lambda: shopper.attest(Delivery, by=other),
            "choose": lambda: shopper.choose(Payment, BANK),
            "agree": shopper.agree,
            "withdraw": shopper.withdraw,
            "renew": lambda: shopper.renew(given, valid_for=None),
            "close": shopper.close,
        }
        for operation, act in acts.items():
            assert error_of(act) == SubjectErased(
                operation=operation,
                items=(),
                purpose="",
                subject=shopper.pseudonym,
                codes=("OBQ101",),
                clauses=("DEF-4",),
            )
        assert ledger(guard, shopper) == before
        assert error_of(shopper.update) == SubjectErased(
            operation="update",
            items=(),
            purpose="",
            subject=shopper.pseudonym,
            codes=("OBQ101",),
            clauses=("DEF-4",),
        )


@pytest.mark.clause("DEF-4")
def test_what_another_process_has_begun_to_erase_is_granted_nothing() -> None:
    """Even where this one does not know of it yet; to end something is no error."""
    with bazaar(lease=DAY) as guard:
        shopper = person(guard)
        shopper.grant(Delivery)
        assert not shopper.standing.erased
        guard._core.store.begin_erasure(shopper.pseudonym, START)
        shopper.withdraw()
        assert [one.kind for one in ledger(guard, shopper)] == [EventKind.GRANT]
    for act in ("grant", "renew"):
        with bazaar(lease=DAY) as guard:
            shopper = person(guard)
            given = shopper.grant(Delivery)
            assert not shopper.standing.erased
            guard._core.store.begin_erasure(shopper.pseudonym, START)
            tried = lambda: shopper.grant(Payment) if act == "grant" else shopper.renew(given, valid_for=DAY)  # noqa: E731, B023
            erased = error_of(tried)
            assert isinstance(erased, SubjectErased)
            assert erased.operation == act


# ── What follows ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-4", "USE-7")
def test_every_act_counts_at_once_in_the_process_that_made_it() -> None:
    """Under a lease of a day: what was kept about the person is dropped."""
    with bazaar(lease=DAY) as guard:
        shopper = person(guard)
        given = shopper.grant(Delivery, Payment)
        name = shopper.collect(NAME, "Li Lei")
        assert name.reveal(Delivery) == "Li Lei"
        shopper.withdraw(Delivery)
        assert isinstance(error_of(lambda: name.reveal(Delivery)), ConsentWithdrawn)
        assert isinstance(error_of(lambda: name.reveal(untyped(Express))), ConsentWithdrawn)
        shopper.grant(Delivery)
        assert name.reveal(Delivery) == "Li Lei"
        shopper.restrict(NAME)
        assert isinstance(error_of(lambda: name.reveal(Delivery)), Denied)
        shopper.lift(NAME)
        shopper.object_to(Delivery, "toys")
        assert shopper.objections(Delivery) == {"toys"}
        assert shopper.objections(Express) == {"toys"}
        assert shopper.objections(Payment) == frozenset()
        shopper.object_to(Express, "shoes")
        assert shopper.objections(Express) == {"toys", "shoes"}
        assert shopper.objections(Delivery) == {"toys"}
        assert name.reveal(Payment) == "Li Lei"
        shopper.invalidate(given)
        assert isinstance(error_of(lambda: name.reveal(Payment)), Denied)
        guard.cease()
        assert isinstance(error_of(lambda: shopper.collect(NAME, "Li Lei")), Denied)


def test_words_of_the_world() -> None:
    """What the tests above rest upon: voice has a permission, bookkeeping needs no consent."""
    with bazaar() as guard:
        shopper = person(guard)
        assert shopper.grant(Voice).purposes == ("voice",)
        assert isinstance(error_of(lambda: shopper.collect(CARD, "6222")), ConsentMissing)
        assert shopper.grant(Bookkeeping).purposes == ("bookkeeping",)
