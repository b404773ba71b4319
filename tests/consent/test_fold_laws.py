"""Laws of the fold of consent events."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ledger import GUARDIAN, HOUR, PURPOSES, START, SUBJECT, event, fold, ledgers, some_purposes

from obq_privacy.consent import Consent, EventKind, Standing, standing_of

if TYPE_CHECKING:
    from obq_privacy.consent import ConsentEvent

ENDINGS = (EventKind.WITHDRAW, EventKind.REFUSE, EventKind.EXPIRE, EventKind.INVALIDATE)
ENDS_CONSENT = pytest.mark.parametrize("kind", ENDINGS, ids=[kind.value for kind in ENDINGS])


# ── A ledger is a set ─────────────────────────────────────────────────────────────────────────────────────


@given(ledger=ledgers, data=st.data())
def test_neither_order_nor_repetition_matters(ledger: list[ConsentEvent], data: st.DataObject) -> None:
    """Any permutation with any repetitions folds into the same standing."""
    repeated = data.draw(st.lists(st.sampled_from(ledger))) if ledger else []
    shuffled = data.draw(st.permutations([*ledger, *repeated]))
    assert fold(*shuffled) == fold(*ledger)


@given(ledger=ledgers, data=st.data(), delay=st.integers(0, 9))
def test_the_same_key_at_another_time_is_the_same_event(
    ledger: list[ConsentEvent], data: st.DataObject, delay: int
) -> None:
    """An event that comes again later, under a new id and time, changes nothing: times take no part."""
    assume(ledger)
    first = data.draw(st.sampled_from(ledger))
    earliest = min(each.at for each in ledger if each.key == first.key)
    assume(first.at == earliest)
    assume(sum(each.key == first.key for each in ledger) == 1)
    again = attrs.evolve(first, id="e" * 32, at=first.at + delay * HOUR)
    later = attrs.evolve(again, at=first.at + (delay + 1) * HOUR)
    assert fold(*ledger, later) == fold(*ledger)
    if delay:
        assert fold(again, *ledger) == fold(*ledger)


@given(ledger=ledgers)
def test_requests_change_nothing(ledger: list[ConsentEvent]) -> None:
    """Asking is on record, and is not consent."""
    without = [each for each in ledger if each.kind is not EventKind.REQUEST]
    assume(len({each.key for each in ledger}) == len(ledger))
    assert fold(*ledger) == fold(*without)


@given(ledger=ledgers, born=st.sampled_from((None, dt.date(2012, 2, 29))), erased=st.booleans())
def test_what_is_no_event_is_passed_on(ledger: list[ConsentEvent], born: dt.date | None, *, erased: bool) -> None:
    """The subject, the birth date and the erasure are what the caller says."""
    standing = standing_of(ledger, subject=SUBJECT, born=born, erased=erased)
    assert standing == attrs.evolve(fold(*ledger), born=born, erased=erased)
    assert (standing.subject, standing.born, standing.erased) == (SUBJECT, born, erased)


def test_no_events_are_an_empty_standing() -> None:
    """Unknown is a state: nothing granted, nothing refused, not erased."""
    assert fold() == Standing(subject=SUBJECT)
    assert standing_of([], subject=SUBJECT) == Standing(
        subject=SUBJECT, born=None, consents=(), refused={}, erased=False
    )


def test_a_standing_shows_no_birth_date() -> None:
    """It is personal, and standings end up in logs and tracebacks."""
    shown = repr(attrs.evolve(fold(), born=dt.date(2012, 2, 29)))
    assert "2012" not in shown
    assert "born" not in shown


# ── Grants ────────────────────────────────────────────────────────────────────────────────────────────────


@given(ledger=ledgers)
def test_every_grant_is_a_consent_of_its_own_oldest_first(ledger: list[ConsentEvent]) -> None:
    """Each key once, at its first time, in the order of time."""
    firsts: dict[str, dt.datetime] = {}
    for each in ledger:
        firsts[each.key] = min(each.at, firsts.get(each.key, each.at))
    standing = fold(*ledger)
    times = [consent.grant.at for consent in standing.consents]
    assert times == sorted(times)
    alone = [e for e in ledger if e.kind is EventKind.GRANT and sum(o.key == e.key for o in ledger) == 1]
    assert {each.id for each in alone} <= {consent.grant.id for consent in standing.consents}
    for consent in standing.consents:
        assert consent.grant in ledger
        assert consent.grant.at == firsts[consent.grant.key]
    keys = [consent.grant.key for consent in standing.consents]
    assert len(keys) == len(set(keys))


def test_a_grant_begins_live_and_ends_when_it_says() -> None:
    """Nothing is taken away yet; its end is its own."""
    grant = event(EventKind.GRANT, "delivery", valid_until=START + HOUR)
    assert fold(grant).consents == (Consent(grant, {}, START + HOUR),)
    assert not fold(grant).consents[0].over
    assert Consent(grant, {}) == Consent(grant, ended={}, valid_until=None)


# ── Endings ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-4")
@ENDS_CONSENT
def test_an_ending_wins_a_tie(kind: EventKind) -> None:
    """At the same instant, in whichever order and with whichever ids, consent ends; one tick later it is granted."""
    for name in ("1", "9"):
        ending = event(kind, "delivery", name=name)
        grant = event(EventKind.GRANT, "delivery", name="5")
        assert fold(grant, ending) == fold(ending, grant)
        assert fold(grant, ending).consents[0].ended == {"delivery": kind}
        after = attrs.evolve(grant, at=START + dt.timedelta(microseconds=1))
        assert fold(after, ending).consents[0].ended == {}


def test_among_endings_at_one_instant_withdrawal_is_named() -> None:
    """What the subject did is named before what befell: withdrawal, refusal, invalidation, expiry, whatever the ids."""
    order = (EventKind.WITHDRAW, EventKind.REFUSE, EventKind.INVALIDATE, EventKind.EXPIRE)
    grant = event(EventKind.GRANT, "delivery", name="0")
    for first, kind in enumerate(order):
        for other in order[first:]:
            for names in (("1", "2"), ("2", "1")):
                endings = [
                    event(each, "delivery", name=n, hour=1) for each, n in zip((other, kind), names, strict=True)
                ]
                assert fold(grant, *endings).consents[0].ended == {"delivery": kind}


@pytest.mark.clause("RIGHT-4")
@given(ledger=ledgers, purposes=some_purposes, kind=st.sampled_from(ENDINGS), hour=st.integers(0, 9))
def test_an_ending_reaches_every_earlier_grant_and_only_what_it_names(
    ledger: list[ConsentEvent], purposes: tuple[str, ...], kind: EventKind, hour: int
) -> None:
    """All consents of its time and before lose these purposes; nothing else changes, and nothing comes back."""
    ending = event(kind, *purposes, name="e", hour=hour)
    before, after = fold(*ledger).consents, fold(*ledger, ending).consents
    assert [each.grant for each in before] == [each.grant for each in after]
    for old, new in zip(before, after, strict=True):
        reached = set(purposes) if old.grant.at <= ending.at else set[str]()
        assert set(new.ended) == set(old.ended) | reached
        for purpose in set(old.ended) - reached:
            assert new.ended[purpose] is old.ended[purpose]


def test_the_first_ending_is_remembered() -> None:
    """Refused, then withdrawn: refused. Both are on record; the state names what came first."""
    grant = event(EventKind.GRANT, "delivery", "payment", name="1")
    refused = event(EventKind.REFUSE, "payment", name="2", hour=1)
    withdrawn = event(EventKind.WITHDRAW, "delivery", "payment", name="3", hour=2)
    assert fold(grant, withdrawn, refused).consents[0].ended == {
        "payment": EventKind.REFUSE,
        "delivery": EventKind.WITHDRAW,
    }


@ENDS_CONSENT
def test_an_ending_may_be_about_one_consent_and_may_name_no_purpose(kind: EventKind) -> None:
    """With `about` it ends that consent alone; without purposes it ends all that the consent named."""
    one, two = (event(EventKind.GRANT, "delivery", "payment", name=name) for name in ("1", "2"))
    ending = event(kind, name="3", hour=1, about=one.id)
    first, second = fold(one, two, ending).consents
    assert first.over
    assert first.ended == {"delivery": kind, "payment": kind}
    assert second.ended == {}
    for every in fold(one, two, event(kind, name="3", hour=1)).consents:
        assert every.over
    partly = fold(one, event(kind, "payment", name="3", hour=1)).consents[0]
    assert partly.ended == {"payment": kind}
    assert not partly.over


def test_withdrawing_a_wider_purpose_is_kept_by_its_name() -> None:
    """A name that the grant did not say is kept as well: the decision looks at it for what is below."""
    (consent,) = fold(event(EventKind.GRANT, "email"), event(EventKind.WITHDRAW, "marketing", name="1")).consents
    assert consent.ended == {"marketing": EventKind.WITHDRAW}
    assert not consent.over


# ── Refusals ──────────────────────────────────────────────────────────────────────────────────────────────


@given(ledger=ledgers)
def test_refused_is_what_was_refused_and_not_granted_since(ledger: list[ConsentEvent]) -> None:
    """For each purpose, its last refusal is at or after its last grant."""
    assume(len({each.key for each in ledger}) == len(ledger))
    for purpose in PURPOSES:
        said = {
            kind: max((each.at for each in ledger if each.kind is kind and purpose in each.purposes), default=None)
            for kind in (EventKind.REFUSE, EventKind.GRANT)
        }
        refused, granted = said[EventKind.REFUSE], said[EventKind.GRANT]
        expected = refused is not None and (granted is None or granted <= refused)
        assert (purpose in fold(*ledger).refused) == expected


# ── Renewals ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-4")
@given(ledger=ledgers, data=st.data(), hour=st.integers(0, 9), until=st.sampled_from((None, START + 99 * HOUR)))
def test_a_renewal_brings_back_nothing_and_touches_one_consent(
    ledger: list[ConsentEvent], data: st.DataObject, hour: int, until: dt.datetime | None
) -> None:
    """Whatever was taken away stays so; other consents do not change; no consent appears."""
    grants = [each for each in ledger if each.kind is EventKind.GRANT]
    assume(grants)
    grant = data.draw(st.sampled_from(grants))
    renewal = event(
        EventKind.RENEW, *grant.purposes, name="e", hour=hour, about=grant.id, actor=grant.actor, valid_until=until
    )
    before, after = fold(*ledger), fold(*ledger, renewal)
    assert after.refused == before.refused
    for old, new in zip(before.consents, after.consents, strict=True):
        assert new.ended == old.ended
        assert new.grant == old.grant
        if old.grant.id != grant.id:
            assert new == old


def _renewed(*more: ConsentEvent, hour: int = 1, until: int | None = 9, **changes: object) -> dt.datetime | None:
    """Fold a grant of two purposes that ends at 2:00 and a renewal of it; give when it ends then."""
    grant = event(EventKind.GRANT, "delivery", "payment", name="1", valid_until=START + 2 * HOUR)
    end = None if until is None else START + until * HOUR
    facts = {"about": grant.id, "valid_until": end, **changes}
    renewal = event(EventKind.RENEW, "delivery", "payment", name="2", hour=hour, **facts)
    (consent,) = fold(grant, renewal, *more).consents
    return consent.valid_until


OLD, NEW = START + 2 * HOUR, START + 9 * HOUR


@pytest.mark.clause("RIGHT-4")
@ENDS_CONSENT
def test_a_renewal_extends_only_what_is_still_live(kind: EventKind) -> None:
    """In time and not over; a purpose taken away before does not come back with the rest."""
    assert _renewed() == NEW
    assert _renewed(until=None) is None
    assert _renewed(until=1) == START + HOUR
    assert _renewed(event(kind, "delivery", "payment", name="3", hour=0)) == OLD
    assert _renewed(event(kind, "delivery", name="3", hour=0)) == NEW
    assert _renewed(event(kind, "delivery", "payment", name="3", hour=1)) == NEW


def test_a_renewal_comes_before_the_end() -> None:
    """At the instant of the end it is too late; at the instant of the grant it is not too early, whatever the ids."""
    assert _renewed(hour=2, at=OLD - dt.timedelta(microseconds=1)) == NEW
    assert _renewed(hour=2) == OLD
    assert _renewed(hour=0) == NEW
    assert _renewed(hour=0, id="0" * 32) == NEW
    assert _renewed(hour=0, at=START - HOUR) == OLD


def test_a_renewal_is_about_one_consent() -> None:
    """Without saying which, or about another one, it extends nothing."""
    assert _renewed(about="") == OLD
    assert _renewed(about="7" * 32) == OLD


@pytest.mark.clause("MINOR-1")
def test_who_gave_a_consent_renews_it() -> None:
    """A child alone does not prolong a guardian's consent, nor a guardian the subject's; another guardian may."""
    assert _renewed(actor=GUARDIAN) == OLD
    grant = event(EventKind.GRANT, "delivery", name="1", valid_until=OLD, actor=GUARDIAN)
    for actor, end in ((SUBJECT, OLD), (GUARDIAN, NEW), ("7" * 32, NEW)):
        renewal = event(EventKind.RENEW, "delivery", name="2", about=grant.id, valid_until=NEW, actor=actor)
        assert fold(grant, renewal).consents[0].valid_until == end


def test_a_renewal_is_of_all_that_is_left() -> None:
    """One that names less than the consent still covers extends nothing, as it would extend what it does not name."""
    assert _renewed(purposes=("delivery",)) == OLD
    assert _renewed(purposes=()) == NEW
    assert _renewed(purposes=("delivery", "marketing", "payment")) == NEW
    assert _renewed(event(EventKind.WITHDRAW, "payment", name="3"), purposes=("delivery",)) == NEW
    assert _renewed(event(EventKind.WITHDRAW, "payment", name="3"), purposes=("payment",)) == OLD


def test_renewals_follow_each_other_and_the_shortest_counts_on_a_tie() -> None:
    """A renewal in the time of the one before it counts; at one instant the shortest has the last word."""
    grant = event(EventKind.GRANT, "delivery", name="1", valid_until=START + HOUR)

    def renewal(name: str, hour: int, until: int | None) -> ConsentEvent:
        end = None if until is None else START + until * HOUR
        return event(EventKind.RENEW, "delivery", name=name, hour=hour, about=grant.id, valid_until=end)

    assert fold(grant, renewal("3", 0, 4), renewal("2", 3, 6)).consents[0].valid_until == START + 6 * HOUR
    assert fold(grant, renewal("2", 3, 6)).consents[0].valid_until == START + HOUR
    last = dt.datetime.max.replace(tzinfo=dt.UTC)
    for one, two in (("2", "3"), ("3", "2")):
        endless, nearly = renewal(one, 0, None), attrs.evolve(renewal(two, 0, 0), valid_until=last)
        assert fold(grant, endless, nearly).consents[0].valid_until == last
    for names in (("2", "3", "4"), ("4", "3", "2"), ("3", "4", "2")):
        tied = [renewal(name, 0, until) for name, until in zip(names, (None, 7, 5), strict=True)]
        assert fold(grant, *tied).consents[0].valid_until == START + 5 * HOUR


def test_a_new_grant_is_a_new_consent() -> None:
    """Beside the withdrawn one, with an end of its own."""
    old = event(EventKind.GRANT, "delivery", name="1")
    withdrawn = event(EventKind.WITHDRAW, "delivery", name="2", hour=1)
    new = event(EventKind.GRANT, "delivery", name="3", hour=2, valid_until=START + 5 * HOUR)
    assert fold(new, old, withdrawn).consents == (
        Consent(old, {"delivery": EventKind.WITHDRAW}, None),
        Consent(new, {}, START + 5 * HOUR),
    )
