"""The machine around applications: each planted bug is found and named, and the right application passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from machine_shop import (
    CARD,
    CONSIGNEE,
    POLICY,
    AssumingShop,
    BackdoorShop,
    Books,
    CachingShop,
    CastingShop,
    ChattyShop,
    Delivery,
    EncodingShop,
    HoardingShop,
    Newsletter,
    Payment,
    PretextShop,
    Shop,
)

from obq_privacy.testing import MisuseFound, Person, PrivacyMachine, operation, renamed

if TYPE_CHECKING:
    from obq_privacy import Guard, Subject


class ShopMachine(PrivacyMachine):
    """What a project would write down about its shop."""

    policy = POLICY
    kind: ClassVar[type[Shop]] = Shop

    def __init__(self) -> None:
        super().__init__()
        self.ordered: set[str] = set()

    def start(self, guard: Guard) -> None:
        """Build the shop."""
        self.shop = self.kind(guard, self.seen)

    def shopper(self, person: Person) -> Subject:
        """Give the subject of a person, who has ordered."""
        subject = self.subject(person)
        if subject.pseudonym not in self.ordered:
            self.shop.order(subject, self.plant(person, CONSIGNEE), self.plant(person, CARD))
            self.ordered.add(subject.pseudonym)
        return subject

    @operation(Delivery, Payment, person=PrivacyMachine.people)
    def order(self, person: Person) -> None:
        """Somebody orders, for the first time or again."""
        self.ordered.discard(self.subject(person).pseudonym)
        self.shopper(person)

    @operation(Payment, person=PrivacyMachine.people)
    def charge(self, person: Person) -> None:
        """The money is taken."""
        self.shop.charge(self.shopper(person))

    @operation(Delivery, person=PrivacyMachine.people)
    def deliver(self, person: Person) -> str:
        """The parcel is sent."""
        return self.shop.deliver(self.shopper(person))

    @operation(Newsletter, person=PrivacyMachine.people)
    def newsletter(self, person: Person) -> None:
        """Offers are sent."""
        self.shop.newsletter(self.shopper(person))

    @operation(Books, person=PrivacyMachine.people)
    def books(self, person: Person) -> None:
        """The books are written."""
        self.shop.books(self.shopper(person))

    @operation(person=PrivacyMachine.people, yes=st.booleans())
    def subscribe(self, person: Person, *, yes: bool) -> None:
        """Somebody ticks the box, or unticks it."""
        if yes:
            self.agrees(person, Newsletter)
            self.shop.subscribe(self.subject(person))
        else:
            self.shop.unsubscribe(self.subject(person))

    @operation(person=PrivacyMachine.people)
    def leave(self, person: Person) -> None:
        """Somebody leaves."""
        self.shop.leave(self.subject(person))


def run(machine: type[PrivacyMachine], *, examples: int) -> None:
    """Run a machine."""
    found = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=found)


def caught(kind: type[Shop], *, examples: int = 200) -> MisuseFound:
    """Give what is found in a shop."""
    machine = type("WrongShop", (ShopMachine,), {"kind": kind})
    with pytest.raises(MisuseFound) as found:
        run(machine, examples=examples)
    return found.value


def test_the_right_shop_passes() -> None:
    """And each of its operations was done, and those that need a consent were refused, too."""
    run(ShopMachine, examples=25)
    done = {rule for rule, outcome in ShopMachine.tally if outcome == "done"}
    refused = {rule for rule, outcome in ShopMachine.tally if outcome == "refused"}
    assert done == {"order", "charge", "deliver", "newsletter", "books", "subscribe", "leave"}
    assert refused >= {"order", "charge", "deliver", "newsletter"}


def test_a_cache_is_caught_after_the_withdrawal() -> None:
    """The value came out although the person had taken the consent back, and nothing was recorded."""
    found = caught(CachingShop)
    assert (found.rule, found.item, found.purpose) == ("charge", "bank-card", "machine.payment")
    assert found.problem.startswith("it came out without a record, and ")


@pytest.mark.parametrize(
    ("kind", "rule", "item", "says"),
    [
        (CastingShop, "newsletter", "bank-card", "not for machine.newsletter"),
        (PretextShop, "newsletter", "consignee-name", "the rule is for machine.newsletter"),
        (HoardingShop, "deliver", "consignee-name", "was erased"),
        (BackdoorShop, "deliver", "consignee-name", "without a record"),
        (EncodingShop, "deliver", "consignee-name", "without a record"),
        (AssumingShop, "", "a consent", "never gave"),
        (ChattyShop, "", "", "without a record"),
    ],
)
def test_a_bug_is_caught_and_named(kind: type[Shop], rule: str, item: str, says: str) -> None:
    """Rule, person, item and what is wrong stand in the failure, and no value does."""
    found = caught(kind)
    assert found.rule == rule or not rule
    assert found.item == item or not item
    assert says in found.problem
    assert found.person in {"anna", "bert", "chen", "dina", "emil", "fang"}


def test_versions_come_into_force_on_the_way() -> None:
    """The shop is started anew on the same store, and goes on."""

    class Versions(ShopMachine):
        later = (renamed(POLICY),)

    run(Versions, examples=8)
    assert Versions.tally["deliver", "done"]
