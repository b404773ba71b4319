"""What the desk does is on record, for the purpose that it is for, and leaves no trace elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bookshop.declarations import CARD, NAME, Delivery, Newsletter, Payment

from obq_privacy.errors import ConsentWithdrawn

if TYPE_CHECKING:
    from bookshop.desk import Desk

    from obq_privacy import Subject
    from obq_privacy.testing import AuditAssertions, NoLeaks


def test_charging_leaks_nothing(desk: Desk, customer: Subject, no_leaks: NoLeaks, sent: list[str]) -> None:
    """The terminal gets the number; logs, output and files do not."""
    card = no_leaks.canary(CARD)
    desk.order(customer, name=no_leaks.canary(NAME), card=card)
    desk.charge(customer)
    assert sent == [card]


def test_charging_uses_the_card_for_payment(desk: Desk, customer: Subject, audit: AuditAssertions) -> None:
    """Once, and nothing else."""
    desk.order(customer, name="Anna", card="6222021234567890128")
    desk.charge(customer)
    audit.used(CARD, for_=Payment, by=customer, times=1)
    audit.nothing_else()


def test_a_newsletter_uses_names_for_newsletters(desk: Desk, customer: Subject, audit: AuditAssertions) -> None:
    """Whoever did not want it could otherwise get it all the same."""
    desk.order(customer, name="Anna", card="6222021234567890128")
    desk.newsletter(customer)
    audit.used(NAME, for_=Newsletter)
    audit.nothing_else()


@pytest.mark.no_leaks
def test_after_a_withdrawal_nothing_is_delivered(desk: Desk, customer: Subject, audit: AuditAssertions) -> None:
    """The first parcel has not been packed yet."""
    desk.order(customer, name="Anna", card="6222021234567890128")
    customer.withdraw(Delivery)
    with pytest.raises(ConsentWithdrawn):
        desk.deliver(customer)
    audit.refused(NAME, for_=Delivery, code=ConsentWithdrawn)
    audit.nothing_else()
