"""What holds of the desk for every value that its policy allows."""

from __future__ import annotations

import datetime as dt

from bookshop.declarations import CARD, NAME, POLICY, Delivery, Payment
from bookshop.desk import Desk
from hypothesis import given, settings

from obq_privacy.testing import guard_for_tests, strategies_for

GIVEN = strategies_for(POLICY)


@settings(max_examples=20, deadline=None)
@given(name=GIVEN.values(NAME), card=GIVEN.values(CARD))
def test_labels_and_charges_are_true_to_the_order(name: str, card: str) -> None:
    """Whatever people are called: nothing is cut, escaped or lost on the way through the vault."""
    sent: list[str] = []
    with guard_for_tests(POLICY) as guard:
        desk = Desk(guard, sent.append)
        customer = guard.subject("anna", born=dt.date(1990, 5, 1))
        customer.grant(Delivery, Payment)
        desk.order(customer, name=name, card=card)
        desk.deliver(customer)
        desk.charge(customer)
    assert sent == [f"order-{customer.pseudonym}: {name}", card]
