"""Times: every instant at which time alone changes an answer is drawn, with the ticks on both sides of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from given_shop import ADDRESS, NAME, POLICY, Delivery, Membership
from hypothesis import HealthCheck, given, settings
from hypothesis import find as found
from hypothesis import strategies as st

from obq_privacy import Deny, Operation, Permit, Request, decide
from obq_privacy.consent import standing_of
from obq_privacy.shop.policy import POLICY as SHOP
from obq_privacy.testing import Person, strategies_for, times

if TYPE_CHECKING:
    from obq_privacy import Label
    from obq_privacy.testing import PolicyStrategies

GIVEN = strategies_for(POLICY)
SHOP_GIVEN = strategies_for(SHOP)
TICK = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)
ZONE = dt.timezone(dt.timedelta(hours=8))
MOST = settings(max_examples=3000, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


def midnight(year: int, month: int, day: int) -> dt.datetime:
    """Give the instant at which a day begins where the policy lives."""
    return dt.datetime(year, month, day, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("what", "at"),
    [
        ("retention of address ends", GIVEN.around + 30 * DAY),
        ("retention of amount ends", GIVEN.around + 90 * DAY),
        ("duty to keep amount ends", GIVEN.around + 1095 * DAY),
        ("retention of name for given-shop.membership ends", GIVEN.around + 180 * DAY),
        ("agreement of carrier begins", midnight(2026, 1, 1)),
        ("agreement of carrier ends", midnight(2027, 1, 1)),
        ("agreement of bank ends", midnight(2027, 7, 1)),
        ("security check of bank ends", midnight(2027, 3, 1)),
        ("undertaking of bureau ends", midnight(2028, 2, 1)),
    ],
)
def test_each_boundary_of_the_policy_is_named_and_drawn(what: str, at: dt.datetime) -> None:
    """Periods, duties, agreements, checks and undertakings: at it, and one tick before and after."""
    assert (what, at) in GIVEN.boundaries()
    for edge in (at - TICK, at, at + TICK):
        assert found(times(POLICY), lambda one, edge=edge: one == edge, settings=MOST) == edge  # type: ignore[misc]


@pytest.mark.parametrize(
    ("born", "comes"),
    [
        (dt.date(2012, 2, 29), {midnight(2027, 3, 1), midnight(2030, 3, 1)}),
        (dt.date(2012, 1, 16), {midnight(2027, 1, 16), midnight(2030, 1, 16)}),
    ],
)
def test_birthdays_are_boundaries(born: dt.date, comes: set[dt.datetime]) -> None:
    """The policy counts 14 as a child, so the 15th and the 18th; 29 February falls on 1 March."""
    drawn = {one.at for one in GIVEN.boundaries(Person("anna", born), collected=())}
    assert drawn >= comes
    assert {one.at for one in GIVEN.boundaries(collected=())} >= (comes if born in {dt.date(2012, 2, 29)} else set())


@given(GIVEN.histories(least=5), st.data())
def test_ends_of_consents_are_boundaries(history: list[object], data: st.DataObject) -> None:
    """And the time at which something happened, for which everything was different before."""
    events = data.draw(st.just(history))
    drawn = {one.at for one in GIVEN.boundaries(events=events)}  # type: ignore[arg-type]
    for event in events:
        assert event.at in drawn  # type: ignore[attr-defined]
        assert event.valid_until is None or event.valid_until in drawn  # type: ignore[attr-defined]


def answer_at(own: PolicyStrategies, person: Person, label: Label, request: Request, at: dt.datetime) -> Permit | Deny:
    standing = standing_of((), subject=person.pseudonym, born=person.born)
    return decide(own.policy, standing, label, request, at)


@pytest.mark.parametrize("own", [GIVEN, SHOP_GIVEN], ids=["own", "shop"])
@given(st.data())
def test_between_boundaries_nothing_changes(own: PolicyStrategies, data: st.DataObject) -> None:
    """No boundary is missing: whatever ends a permit is one of them.

    The end that a permit names comes from the decision, the boundaries from the policy's text alone.
    """
    person = data.draw(own.people())
    history = data.draw(own.histories(person, least=3))
    label, request = data.draw(own.labels(person=person)), data.draw(own.requests())
    standing = standing_of(history, subject=person.pseudonym, born=person.born)
    edges = {one.at for one in own.boundaries(person, events=history, collected=label.collected)}
    edges |= {label.ends} if label.ends is not None else set()
    answer = decide(own.policy, standing, label, request, data.draw(own.times(person, events=history)))
    assert isinstance(answer, Deny) or answer.until is None or answer.until in edges


def test_that_law_is_not_empty() -> None:
    """Permits that end by a period, by a consent and by a birthday do occur."""
    anna = Person("anna")
    label = found(GIVEN.labels(ADDRESS), lambda one: one.collected[0] == GIVEN.around, settings=MOST)
    use = Request(Operation.USE, Delivery)

    def permitted(history: list[object]) -> bool:
        standing = standing_of(history, subject=anna.pseudonym, born=anna.born)  # type: ignore[arg-type]
        answer = decide(POLICY, standing, label, use, GIVEN.around)
        return isinstance(answer, Permit) and answer.until == GIVEN.around + 30 * DAY

    assert found(GIVEN.histories(anna), permitted, settings=MOST)
    assert isinstance(answer_at(GIVEN, anna, label, use, GIVEN.around), Deny)
    assert NAME.purposes.allows(Membership)
