"""Customers consent, withdraw, age and are erased in every order, and the desk keeps up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookshop.declarations import CARD, NAME, POLICY, Delivery, Payment
from bookshop.desk import Desk
from hypothesis import Phase, settings

from obq_privacy.testing import Person, PrivacyMachine, operation

if TYPE_CHECKING:
    from obq_privacy import Guard


class DeskMachine(PrivacyMachine):
    """What the desk does for orders, and what each of it is for."""

    policy = POLICY

    def start(self, guard: Guard) -> None:
        """Open the desk."""
        self.desk = Desk(guard, self.seen)

    @operation(Delivery, Payment, person=PrivacyMachine.people)
    def order(self, person: Person) -> None:
        """Somebody orders a book that is in stock, and gets it at once."""
        customer = self.subject(person)
        self.desk.order(customer, name=self.plant(person, NAME), card=self.plant(person, CARD))
        self.desk.deliver(customer)

    @operation(Payment, person=PrivacyMachine.people)
    def charge(self, person: Person) -> None:
        """The money is taken."""
        self.desk.charge(self.subject(person))

    @operation(Delivery, person=PrivacyMachine.people)
    def deliver(self, person: Person) -> None:
        """The rest of the books is sent."""
        self.desk.deliver(self.subject(person))


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(
    max_examples=50,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # the first failure is told; making it shorter takes longer than finding it
)
