"""Business cases, topics and ends take part in labels: joining adds the first two, and keeps the earliest end."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.values import Label, Origin
from obq_privacy.vocab import Category, PersonalItem, Pseudonym, Purpose, PurposeSet, Sensitivity, Source


class Delivery(Purpose):
    """Bring the order."""


SUBJECT = Pseudonym("5" * 32)
START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
NAME = PersonalItem("name", str, Delivery, category=Category.NAME)
PLAIN = Origin(NAME, Sensitivity.PERSONAL, PurposeSet([Delivery]), Source(), "CN", "3")

_some = st.frozensets(st.sampled_from(("a", "b", "c")), max_size=2)
_ends = st.one_of(st.none(), st.integers(0, 3).map(lambda hour: START + hour * HOUR))
labels = st.builds(
    lambda matters, topics, ends: attrs.evolve(PLAIN.label(SUBJECT, 0), matters=matters, topics=topics, ends=ends),
    _some,
    _some,
    _ends,
)


@pytest.mark.clause("USE-9", "USE-7", "PROT-3")
@given(a=labels, b=labels, c=labels)
def test_the_laws_of_joining_hold_for_them(a: Label, b: Label, c: Label) -> None:
    """Commutative, associative, idempotent, and never looser than a part."""
    assert a.join(b) == b.join(a)
    assert a.join(b).join(c) == a.join(b.join(c))
    assert a.join(a) == a
    assert a <= a.join(b)
    assert a.join(b).matters == a.matters | b.matters
    assert a.join(b).topics == a.topics | b.topics
    known = [end for end in (a.ends, b.ends) if end is not None]
    assert a.join(b).ends == (sorted(known)[0] if known else None)


@pytest.mark.clause("USE-9")
@given(a=labels, b=labels)
def test_the_order_is_what_each_of_them_says(a: Label, b: Label) -> None:
    """More cases, more topics and an earlier end are stricter, and no end is the loosest."""
    sooner = a.ends is None or (b.ends is not None and b.ends <= a.ends)
    assert (a <= b) == (a.matters <= b.matters and a.topics <= b.topics and sooner)


def test_an_origin_gives_them_to_its_labels() -> None:
    """One business case or none; the end is in whole seconds, and 0 is none."""
    bare = PLAIN.label(SUBJECT, 0)
    assert (bare.matters, bare.topics, bare.ends) == (frozenset({""}), frozenset(), None)
    whole = attrs.evolve(PLAIN, matter="order-1", topics=frozenset({"toys"}), ends=int(START.timestamp()))
    label = whole.label(SUBJECT, 0)
    assert label.matters == {"order-1"}
    assert label.topics == {"toys"}
    assert label.ends == START
    assert label.ends is not None
    assert label.ends.tzinfo is dt.UTC
    first = attrs.evolve(PLAIN, ends=1).label(SUBJECT, 0)
    assert first.ends == dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)


def test_narrowing_an_origin_keeps_them() -> None:
    """Purposes alone change."""
    whole = attrs.evolve(PLAIN, matter="order-1", topics=frozenset({"toys"}), ends=7)
    narrowed = whole.narrowed(PurposeSet()).label(SUBJECT, 0)
    assert narrowed == attrs.evolve(whole.label(SUBJECT, 0), purposes=PurposeSet())


def test_an_origin_shows_its_parts() -> None:
    """It holds nothing of a subject, so that a message may show it."""
    shown = repr(attrs.evolve(PLAIN, matter="order-1"))
    assert shown.startswith("Origin(item=")
    assert "matter='order-1'" in shown
