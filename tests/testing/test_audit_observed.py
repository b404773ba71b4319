"""Assertions on the log of a guard that only observes: what it handed out was used, although it was refused."""

from __future__ import annotations

import datetime as dt

import pytest
from machine_shop import CONSIGNEE, POLICY, Delivery

from obq_privacy import Guard
from obq_privacy.testing import AuditAssertions
from obq_privacy.unsafe import UnsafeObserve, UnsafeWarning


def test_what_was_handed_out_was_used() -> None:
    """It is no refusal, and `nothing_else` does not take it for the ground that a test stands on."""
    with pytest.warns(UnsafeWarning):
        opened = Guard.in_memory(policy=POLICY, unsafe=UnsafeObserve())
    with opened as guard:
        shopper = guard.subject("42", born=dt.date(1990, 5, 1))
        name = shopper.collect(CONSIGNEE, "Li Lei")
        audit = AuditAssertions(guard.audit)
        with pytest.raises(AssertionError, match="observed: collect consignee"):
            audit.nothing_else()
        audit.collected(CONSIGNEE, times=1)
        audit.nothing_else()
        name.reveal(Delivery)
        audit.used(CONSIGNEE, for_=Delivery, by=shopper, times=1)
        audit.nothing_else()
        with pytest.raises(AssertionError, match="was refused"):
            audit.refused(CONSIGNEE)
