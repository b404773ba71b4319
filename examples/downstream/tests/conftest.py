"""The policy for the kit's fixtures, and a desk on the kit's guard."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from bookshop.declarations import POLICY, Delivery, Newsletter, Payment
from bookshop.desk import Desk

if TYPE_CHECKING:
    from obq_privacy import Guard, Policy, Subject


@pytest.fixture(scope="session")
def privacy_policy() -> Policy:
    """The shop's policy, for `privacy_guard`."""
    return POLICY


@pytest.fixture
def sent() -> list[str]:
    """What has left the shop."""
    return []


@pytest.fixture
def desk(privacy_guard: Guard, sent: list[str]) -> Desk:
    """The desk."""
    return Desk(privacy_guard, sent.append)


@pytest.fixture
def customer(privacy_guard: Guard) -> Subject:
    """A customer who has consented to everything."""
    customer = privacy_guard.subject("anna", born=dt.date(1990, 5, 1))
    customer.grant(Delivery, Payment, Newsletter)
    return customer
