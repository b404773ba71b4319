"""What a label without any business case or source is: nothing that anything was said about."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from market import AMOUNT, POLICY, REVIEW, START, Bookkeeping, Posting

from obq_privacy import Actor, ConsentEvent, Deny, EventKind, Operation, Permit, Pseudonym, Request, decide
from obq_privacy.consent import standing_of
from obq_privacy.values import Label
from obq_privacy.vocab import AnyItem, Source

WHO = Pseudonym("5" * 32)
LONG_AGO = START - dt.timedelta(days=3650)


def label_of(item: AnyItem, **parts: Any) -> Label:
    """Give the label of a value that was collected just now."""
    plain = Label(
        items=frozenset({item.key}),
        categories=frozenset({item.category}),
        sensitivity=item.sensitivity,
        purposes=item.purposes,
        subjects=frozenset({WHO}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({POLICY.version}),
        collected=(START, START),
    )
    return attrs.evolve(plain, **parts)


def said(kind: EventKind, **parts: Any) -> ConsentEvent:
    """Give an event of now."""
    made = ConsentEvent(
        id="0" * 32, key="0", kind=kind, subject=WHO, actor=WHO, purposes=(), version=POLICY.version, at=START
    )
    return attrs.evolve(made, **parts)


@pytest.mark.clause("SHARE-7", "PROT-4")
def test_what_belongs_to_nothing_was_never_published() -> None:
    """Not vacuously; and a publication before collection counts for what came from the public alone."""
    published = [said(EventKind.PUBLISH, items=("review",), method="post")]
    standing = standing_of(published, subject=WHO, born=dt.date(1990, 1, 1))
    asked = Request(Operation.DISCLOSE, Posting)
    assert isinstance(decide(POLICY, standing, label_of(REVIEW), asked, START), Permit)
    assert isinstance(decide(POLICY, standing, label_of(REVIEW, matters=frozenset()), asked, START), Deny)
    later = (START + dt.timedelta(days=1),) * 2
    nowhere = label_of(REVIEW, sources=frozenset(), collected=later)
    assert isinstance(decide(POLICY, standing, nowhere, asked, later[0]), Deny)


@pytest.mark.clause("PROT-3", "USE-9")
def test_a_hold_on_one_order_does_not_hold_what_is_made_of_two() -> None:
    """The part that nothing holds is past its period, and so is the whole."""
    hold = said(EventKind.HOLD, items=("amount",), matter="order-1", method="case 9")
    done = [
        said(EventKind.MARK, id=str(n) * 32, key=str(n), anchor="completion", matter=f"order-{n}", at=LONG_AGO)
        for n in (1, 2)
    ]
    standing = standing_of([hold, *done], subject=WHO, born=dt.date(1990, 1, 1))
    asked = Request(Operation.USE, Bookkeeping, actor=Actor("agent", frozenset({"accountant"})))
    one = label_of(AMOUNT, matters=frozenset({"order-1"}), collected=(LONG_AGO, LONG_AGO))
    both = attrs.evolve(one, matters=frozenset({"order-1", "order-2"}))
    assert isinstance(decide(POLICY, standing, one, asked, START), Permit)
    assert isinstance(decide(POLICY, standing, both, asked, START), Deny)
