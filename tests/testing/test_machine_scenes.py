"""The machine, scene by scene: what it finds in a shop at a certain moment, and what it says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from machine_shop import CARD, CONSIGNEE, POLICY, Delivery, Gifts, Newsletter, Payment

from obq_privacy.errors import Denied
from obq_privacy.testing import MisuseFound, Person, PrivacyMachine, operation, renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from obq_privacy import Guard, Personal

DAY = timedelta(days=1)


class Desk(PrivacyMachine):
    """An application of one drawer: a name, its wrapper, and its copy."""

    policy = POLICY
    later = (renamed(POLICY),)

    def start(self, guard: Guard) -> None:
        """Nothing has to be built."""

    def collected(self, person: Person) -> Personal[str, Delivery | Newsletter]:
        """Collect the name of somebody."""
        self.copy = self.plant(person, CONSIGNEE)
        return self.subject(person).collect(CONSIGNEE, self.copy)

    @operation(Delivery)
    def show(self, thing: Callable[[], object]) -> object:
        """Let something out, for delivery."""
        return thing()

    @operation(Newsletter)
    def advertise(self, thing: Callable[[], object]) -> object:
        """Let something out, for the newsletter."""
        return thing()


@pytest.fixture
def desk() -> Generator[Desk]:
    """Give a desk with anna, who has consented to everything."""
    made = Desk()
    made.begin()
    yield made
    made.teardown()


@pytest.fixture
def anna(desk: Desk) -> Person:
    """Give anna."""
    return desk._watch.lives["anna"].person


def found(act: Callable[[], object]) -> MisuseFound:
    with pytest.raises(MisuseFound) as caught:
        act()
    return caught.value


def test_what_is_permitted_and_recorded_passes(desk: Desk, anna: Person) -> None:
    """A reveal in the operation that shows it."""
    name = desk.collected(anna)
    desk.show(thing=lambda: name.reveal(Delivery))
    assert desk.tally["show", "done"] == 1
    desk.nothing_was_misused()


def test_a_copy_is_found_as_soon_as_no_record_covers_it(desk: Desk, anna: Person) -> None:
    """While the consent stands nothing else is wrong with it; afterwards the failure says what."""
    name = desk.collected(anna)
    desk.show(thing=lambda: name.reveal(Delivery))
    assert str(found(lambda: desk.show(thing=lambda: desk.copy))) == (
        "show: consignee-name of anna for machine.delivery: it came out without a record"
    )
    desk.person_takes_back(anna, Delivery, refusing=False)
    assert str(found(lambda: desk.show(thing=lambda: {"to": [desk.copy]}))) == (
        "show: consignee-name of anna for machine.delivery: it came out without a record, "
        "and anna took back the consent to machine.delivery"
    )


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (lambda desk, anna: desk.person_takes_back(anna, Delivery, refusing=True), "anna refused machine.delivery"),
        (lambda desk, anna: desk.person_takes_back(anna, None, refusing=False), "anna took back the consent"),
        (lambda desk, anna: desk.person_leaves(anna, erased=True), "anna was erased"),
        (lambda desk, anna: desk.person_leaves(anna, erased=False), "anna closed the account"),
    ],
    ids=["refuses", "withdraws", "erased", "closes"],
)
def test_the_failure_says_what_the_person_did(
    desk: Desk, anna: Person, happens: Callable[[Desk, Person], None], says: str
) -> None:
    """By the label of the person, and in no other words than theirs."""
    desk.collected(anna)
    happens(desk, anna)
    error = found(lambda: desk.show(thing=lambda: desk.copy))
    assert (error.rule, error.person, error.item, error.purpose) == (
        "show",
        "anna",
        "consignee-name",
        "machine.delivery",
    )
    # A refusal strikes the consent out, and either word for it is true.
    assert says in error.problem or ("refused" in says and "took back" in error.problem)
    assert desk.copy not in str(error)
    assert desk.copy not in repr(error)


def test_an_expired_consent_is_named(desk: Desk, anna: Person) -> None:
    """Time alone is enough."""
    desk.person_takes_back(anna, None, refusing=False)
    desk.person_consents(anna, Delivery, timedelta(hours=12))
    desk.collected(anna)
    desk.time_passes(DAY)
    assert (
        "the consent of anna to machine.delivery ended at" in found(lambda: desk.show(thing=lambda: desk.copy)).problem
    )


def test_an_ended_period_is_named(desk: Desk, anna: Person) -> None:
    """The consent stands, but names are kept for 400 days."""
    desk.collected(anna)
    desk.time_passes(400 * DAY)
    assert "the period of consignee-name ended at" in found(lambda: desk.show(thing=lambda: desk.copy)).problem


def test_another_purpose_is_found_although_it_is_permitted(desk: Desk, anna: Person) -> None:
    """The record says delivery, and the operation is the newsletter."""
    name = desk.collected(anna)
    error = found(lambda: desk.advertise(thing=lambda: name.reveal(Delivery)))
    assert (error.purpose, error.problem) == ("machine.delivery", "the rule is for machine.newsletter")


def test_asking_for_what_no_consent_allows_is_found_although_it_is_refused(desk: Desk, anna: Person) -> None:
    """The guard refused it; the application should not have asked."""
    card = desk.subject(anna).collect(CARD, desk.plant(anna, CARD))
    error = found(lambda: desk.advertise(thing=lambda: card.reveal(Newsletter)))  # type: ignore[arg-type]
    assert error.problem == "it was asked for, and bank-card is not for machine.newsletter"


def test_a_refusal_that_is_respected_passes(desk: Desk, anna: Person) -> None:
    """Asking after a withdrawal, and doing without."""
    name = desk.collected(anna)
    desk.person_takes_back(anna, Delivery, refusing=False)
    desk.show(thing=lambda: name.reveal(Delivery))
    assert desk.tally["show", "refused"] == 1


def test_an_error_that_quotes_a_value_is_found(desk: Desk, anna: Person) -> None:
    """A refusal of the library never does; one that the application makes of it may."""
    desk.collected(anna)

    def fail() -> None:
        raise Denied(
            operation="use",
            items=(),
            purpose="",
            subject="",
            codes=(),
            clauses=(),
            detail=desk.copy,
        )

    assert "without a record" in found(lambda: desk.show(thing=fail)).problem


def test_what_another_version_inherits_goes_on(desk: Desk, anna: Person) -> None:
    """The store is opened anew under the same text with another name; consents and copies are remembered."""
    desk.collected(anna)
    desk.version_changes()
    assert desk.guard.policy.version == "1+1"
    desk.nothing_was_misused()
    desk.person_takes_back(anna, Delivery, refusing=False)
    assert "took back" in found(lambda: desk.show(thing=lambda: desk.copy)).problem


def test_a_consent_counts_for_narrower_purposes_and_on_top_of_another(desk: Desk, anna: Person) -> None:
    """Gifts are narrower than the newsletter, which rests while there is no delivery."""
    life = desk._watch.lives["anna"]
    now = desk.clock.now()
    assert life.against(POLICY, CONSIGNEE, Gifts, now) is None
    desk.person_takes_back(anna, Delivery, refusing=False)
    assert life.against(POLICY, CONSIGNEE, Gifts, now) == "anna took back the consent to machine.delivery"
    assert life.against(POLICY, CONSIGNEE, Payment, now) == "consignee-name is not for machine.payment"


def test_a_guardians_consent_ends_with_majority(desk: Desk) -> None:
    """A few days after the birthday even the model says so."""
    desk.person_registers(date(2013, 6, 1), guarded=True, willing=True)
    child = desk._watch.lives["bert"]
    assert {slip.by_guardian for slip in child.slips.values()} == {True}
    assert child.against(POLICY, CONSIGNEE, Delivery, desk.clock.now()) is None
    desk.time_passes(5 * 365 * DAY)
    said = child.against(POLICY, CONSIGNEE, Delivery, desk.clock.now())
    assert said == "bert has come of age, and the guardian's consent to machine.delivery ended"


class Idle(PrivacyMachine):
    """An application that does nothing."""

    policy = POLICY


def test_a_machine_without_operations_runs() -> None:
    """The people alone do nothing wrong, whatever they do: the guard is never more generous than the model."""
    few = settings(max_examples=5, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Idle, settings=few)
