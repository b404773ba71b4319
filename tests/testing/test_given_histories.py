"""People, histories and standings: what a real ledger takes, of people of every age, and folded as it folds."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any, assert_type

import pytest
from given_shop import ADDRESS, CARD, DEVICE, NAME, POLICY, Delivery, Membership, Payment, given_policy
from hypothesis import HealthCheck, given, settings
from hypothesis import find as found
from hypothesis import strategies as st

from obq_privacy import EventKind, Guard, Level, Operation, PersonalItem, Request, Sensitive, Sensitivity, decide
from obq_privacy.consent import standing_of
from obq_privacy.errors import ArgumentInvalid
from obq_privacy.policy import Anchor
from obq_privacy.testing import (
    FrozenClock,
    Person,
    any_policy,
    histories,
    labels,
    people,
    requests,
    standings,
    strategies_for,
)
from obq_privacy.vocab import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from obq_privacy import ConsentEvent, Label, Standing, Subject
    from obq_privacy.testing import PolicyStrategies

GIVEN = strategies_for(POLICY)
OLDER = strategies_for(POLICY, older=[given_policy("1", keep=dt.timedelta(days=60))])
MOST = settings(max_examples=2000, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


# ── A real ledger takes every history ─────────────────────────────────────────────────────────────────────


class Replay:
    """The acts of a history, done at a guard at the times when they happened."""

    def __init__(self, guard: Guard, person: Person) -> None:
        self.guard = guard
        self.subject = person.register(guard)
        self.people: dict[str, Subject] = {person.pseudonym: self.subject}
        for other in (person.guardian, Person("witness")):
            if other is not None:
                self.people[other.pseudonym] = other.register(guard)
        self.made: dict[str, ConsentEvent] = {}

    def act(self, event: ConsentEvent) -> None:
        """Do what an event says."""
        policy, subject = self.guard.policy, self.subject
        actor = self.people[event.actor]
        by = None if actor is subject else actor
        purposes = [purpose for key in event.purposes if (purpose := policy.purpose(key)) is not None]
        items = [item for key in event.items if (item := policy.item(key)) is not None]
        assert (len(purposes), len(items)) == (len(event.purposes), len(event.items))
        lasts = None if event.valid_until is None else event.valid_until - event.at
        about = self.made.get(event.about)
        any_subject: Any = subject
        match event.kind:
            case EventKind.GRANT:
                self.made[event.id] = any_subject.grant(
                    *purposes,
                    by=by,
                    level=event.level,
                    items=items,
                    categories=[item.category for item in policy.items if item.category.value in event.categories],
                    recipients=[
                        Role(name.removeprefix("role:")) if name.startswith("role:") else policy.recipient(name)
                        for name in event.parties
                    ],
                    operations=event.operations,
                    regions=event.regions,
                    valid_for=lasts,
                )
            case EventKind.CHOOSE:
                chosen = [policy.recipient(party) for party in event.parties]
                self.made[event.id] = any_subject.choose(*purposes, *chosen, matter=event.matter, by=by)
            case EventKind.ATTEST:
                self.made[event.id] = subject.attest(*purposes, by=actor)
            case EventKind.RENEW:
                any_subject.renew(about, valid_for=lasts, by=by)
            case EventKind.REQUEST:
                subject.request(*purposes)
            case EventKind.REFUSE:
                subject.refuse(*purposes)
            case EventKind.WITHDRAW:
                subject.withdraw(*purposes, consent=about)
            case EventKind.EXPIRE:
                any_subject.expire(about)
            case EventKind.INVALIDATE:
                any_subject.invalidate(about)
            case _:
                self._note(event, purposes, items, by)

    def _note(self, event: ConsentEvent, purposes: Sequence[Any], items: Sequence[Any], by: Subject | None) -> None:
        subject = self.subject
        match event.kind:
            case EventKind.CONFIRM:
                (source,) = self.guard.policy.sources
                subject.confirm(*items, source=source, by=by)
            case EventKind.PUBLISH:
                subject.publish(*items, act=event.method, matter=event.matter, by=by)
            case EventKind.OBJECT:
                subject.object_to(*purposes, *event.topics, by=by)
            case EventKind.ALLOW:
                subject.allow(*purposes, *event.topics, by=by)
            case EventKind.MARK:
                subject.mark(Anchor(event.anchor), matter=event.matter)
            case EventKind.RESTRICT:
                subject.restrict(*items, matter=event.matter)
            case EventKind.LIFT:
                subject.lift(*items, matter=event.matter)
            case EventKind.HOLD:
                subject.hold(*items, matter=event.matter, reference=event.method)
            case EventKind.RELEASE:
                subject.release(event.method)
            case EventKind.AGREE:
                subject.agree(items=items, until=event.valid_until, by=by)
            case EventKind.CLOSE:
                subject.close(by=by)
            case other:
                raise AssertionError(other)


def shape(standing: Standing) -> tuple[object, ...]:
    """Give what a standing says, without the names that a guard draws at random."""
    return (
        [(c.grant.purposes, c.grant.parties, c.valid_until, dict(c.ended), c.grant.at) for c in standing.consents],
        dict(standing.refused),
        dict(standing.marks),
        standing.published,
        standing.confirmed,
        standing.objections,
        standing.restrictions,
        standing.holds,
        standing.closed,
        standing.agreed,
        dict(standing.longer),
    )


@settings(suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_real_ledger_takes_every_history(data: st.DataObject) -> None:
    """Each event is accepted, at its time, by the hand that it names, and what they come to is the same."""
    person = data.draw(GIVEN.people().filter(lambda one: one.born is None or one.born.year < 2020))
    history = data.draw(GIVEN.histories(person, least=4))
    clock = FrozenClock(history[0].at if history else GIVEN.around)
    with Guard.in_memory(policy=POLICY, clock=clock) as guard:
        replay = Replay(guard, person)
        for event in history:
            clock.move_to(event.at)
            replay.act(event)
        pure = standing_of(history, subject=person.pseudonym, born=person.born)
        assert shape(replay.subject.standing) == shape(pure)


@given(OLDER.histories(least=6))
def test_histories_go_from_version_to_version(history: list[ConsentEvent]) -> None:
    """The older one comes first, and time goes forward."""
    versions = [event.version for event in history]
    assert versions == sorted(versions)
    assert set(versions) <= {"1", "2"}
    assert all(one.at < other.at for one, other in pairwise(history))
    assert all(event.at < OLDER.around for event in history)


def test_every_kind_of_event_is_drawn() -> None:
    """Apart from the two that are about everybody."""
    seen: set[EventKind] = set()
    hands: set[bool] = set()

    @settings(max_examples=300, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(GIVEN.people().flatmap(lambda person: GIVEN.histories(person, least=8)))
    def draw(history: list[ConsentEvent]) -> None:
        seen.update(event.kind for event in history)
        hands.update(event.by_guardian for event in history if event.kind is EventKind.GRANT)

    draw()
    assert seen == set(EventKind) - {EventKind.SUCCEED, EventKind.CEASE}
    assert hands == {True, False}


# ── People ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("years", [14, 15, 18])
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_people_have_their_birthday_today_or_next_to_it(years: int, days: int) -> None:
    """At each age of the policy; the policy of the test says 14 inclusive, so 15 counts, too."""
    today = GIVEN.around.date()
    born = today.replace(year=today.year - years) + dt.timedelta(days=days)
    assert found(GIVEN.births(), lambda one: one == born, settings=MOST) == born


def test_births_are_unknown_on_a_leap_day_and_long_ago() -> None:
    """And of somebody who was born today."""
    assert found(GIVEN.births(), lambda one: one is None, settings=MOST) is None
    for year in (2008, 2012):
        assert found(GIVEN.births(), lambda one, year=year: one == dt.date(year, 2, 29), settings=MOST)  # type: ignore[misc]
    assert found(GIVEN.births(), lambda one: one is not None and one.year < 1925, settings=MOST)
    assert found(GIVEN.births(), lambda one: one == GIVEN.around.date(), settings=MOST)
    guarded = found(people(), lambda one: one.born == dt.date(2019, 1, 15) and one.guardian is not None, settings=MOST)
    assert guarded.guardian == Person(f"parent-of-{guarded.name}")
    alone = found(people(), lambda one: one.born == dt.date(2019, 1, 15) and one.guardian is None, settings=MOST)
    assert alone.guardian is None


@given(GIVEN.people())
def test_everybody_can_be_registered(person: Person) -> None:
    """With the guardian, in one step, and again."""
    with Guard.in_memory(policy=POLICY, clock=FrozenClock(GIVEN.around)) as guard:
        subject = person.register(guard)
        assert subject.standing.born == person.born
        assert person.register(guard).pseudonym == subject.pseudonym


# ── What is asked ─────────────────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from([GIVEN, OLDER]), st.data())
def test_every_question_has_an_answer(own: PolicyStrategies, data: st.DataObject) -> None:
    """Standing, label, request and time fit together: deciding never fails."""
    person = data.draw(own.people())
    label, asked = data.draw(own.labels(person=person)), data.draw(own.requests())
    at = data.draw(own.times(person))
    assert decide(own.policy, data.draw(own.standings(person)), label, asked, at) is not None


@settings(max_examples=20)
@given(any_policy().filter(lambda drawn: bool(drawn.policy.items)), st.data())
def test_every_question_under_any_policy_has_an_answer(own: PolicyStrategies, data: st.DataObject) -> None:
    """The same under policies that nobody wrote."""
    label, asked = data.draw(own.labels()), data.draw(own.requests())
    assert decide(own.policy, data.draw(own.standings()), label, asked, data.draw(own.times())) is not None


@settings(max_examples=10)
@given(histories(), standings(), requests(), labels())
def test_what_is_about_no_policy_in_particular(
    history: list[ConsentEvent], standing: Standing, request: Request, label: Label
) -> None:
    """Each can be drawn alone."""
    assert {event.subject for event in history} <= label.subjects
    assert len(standing.subject) == 32
    assert isinstance(request.operation, Operation)


def test_requests_and_labels_are_of_every_sort() -> None:
    """Every operation, invoked bases, strangers, several items, children's values, third parties."""
    sorts: dict[str, Callable[[Request], bool]] = {
        "invoked": lambda asked: asked.invoked is not None,
        "aimless": lambda asked: asked.purpose is None,
        "undeclared": lambda asked: asked.purpose is not None and POLICY.rule(asked.purpose) is None,
        "stranger": lambda asked: asked.recipient is not None and asked.recipient not in POLICY.recipients,
        "cashier": lambda asked: asked.actor is not None and "cashier" in asked.actor.roles,
    }
    for operation in Operation:
        drawn = found(GIVEN.requests(), lambda asked, one=operation: asked.operation is one, settings=MOST)  # type: ignore[misc]
        assert drawn.operation is operation
    for sort in sorts.values():
        assert sort(found(GIVEN.requests(), sort, settings=MOST))
    child = Person("child", dt.date(2018, 1, 1))
    shapes: list[Callable[[Label], bool]] = [
        lambda label: len(label.items) > 1,
        lambda label: label.items == {NAME.key} and label.sensitivity is Sensitivity.SENSITIVE,
        lambda label: label.items == {DEVICE.key} and label.sensitivity is Sensitivity.NON_PERSONAL,
        lambda label: any(source.name == "bureau" for source in label.sources),
        lambda label: bool(label.topics) and label.matters == {"order-1"},
        lambda label: label.ends is not None,
    ]
    for has in shapes:
        assert has(found(GIVEN.labels(person=child), has, settings=MOST))


# ── Wrappers ──────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=12)
@given(st.data())
def test_values_are_collected_with_what_that_takes(data: st.DataObject) -> None:
    """Consent to what a purpose builds on, a separate one, an act of the person: for each item of the policy."""
    with Guard.in_memory(policy=POLICY, clock=FrozenClock(GIVEN.around)) as guard:
        card = data.draw(GIVEN.wrappers(guard, CARD, Payment))
        assert card.label.items == {"card"}
        assert_type(card, Sensitive[str, Payment])
        name = data.draw(GIVEN.wrappers(guard, NAME, Membership, Delivery))
        assert NAME.check(name.reveal(Delivery)) is None
        assert NAME.check(name.reveal(Membership)) is None
        for item in POLICY.items:
            value = data.draw(GIVEN.wrappers(guard, item))  # type: ignore[call-overload]
            assert value.label.items == {item.key}


@given(st.data())
def test_the_guardian_consents_for_a_child(data: st.DataObject) -> None:
    """And what is collected is sensitive."""
    child = Person("child", dt.date(2018, 1, 1), Person("parent"))
    with Guard.in_memory(policy=POLICY, clock=FrozenClock(GIVEN.around)) as guard:
        address = data.draw(GIVEN.wrappers(guard, ADDRESS, person=child))
        assert address.label.sensitivity is Sensitivity.SENSITIVE
        assert all(consent.grant.by_guardian for consent in child.register(guard).standing.consents)
        assert all(consent.grant.level is Level.SEPARATE for consent in child.register(guard).standing.consents)


def test_an_item_that_the_policy_lacks_is_named() -> None:
    """No purpose, no collection."""
    with Guard.in_memory(policy=given_policy(), clock=FrozenClock()) as guard:
        stray = PersonalItem("stray", str, Delivery)
        with pytest.raises(ArgumentInvalid, match="stray"):
            found(GIVEN.wrappers(guard, stray), lambda _: True)
