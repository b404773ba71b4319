"""Labels form a lattice: joining never loosens, and being at least as strict is a partial order."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.values import Label, Origin
from obq_privacy.vocab import (
    Category,
    NonPersonalItem,
    PersonalItem,
    Pseudonym,
    Purpose,
    PurposeSet,
    SensitiveItem,
    Sensitivity,
    Source,
    SourceKind,
)


class Delivery(Purpose):
    """Bring the order."""


class Courier(Delivery):
    """Bring the order by courier."""


class NightCourier(Courier):
    """Bring the order by courier at night."""


class Marketing(Purpose):
    """Tell about offers."""


class Mail(Marketing):
    """Tell about offers by mail."""


PURPOSES = (Delivery, Courier, NightCourier, Marketing, Mail)
START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

some_purposes = st.lists(st.sampled_from(PURPOSES), max_size=3, unique=True)
purpose_sets = st.builds(PurposeSet, some_purposes, some_purposes)


def _some(*options: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(options), max_size=2)


_spans = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(
    lambda hours: (START + min(hours) * HOUR, START + max(hours) * HOUR)
)
labels = st.builds(
    Label,
    items=_some("name", "card", "device"),
    categories=_some(Category.NAME, Category.BANK_ACCOUNT, Category.CHILD),
    sensitivity=st.sampled_from(Sensitivity),
    purposes=purpose_sets,
    subjects=_some(Pseudonym("1" * 32), Pseudonym("2" * 32)),
    sources=_some(Source(), Source(SourceKind.DERIVED), Source(SourceKind.THIRD_PARTY, "bank")),
    regions=_some("CN", "SG"),
    versions=_some("1", "2"),
    collected=_spans,
)
UNITED = ("items", "categories", "subjects", "sources", "regions", "versions")


# ── Join ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-9")
@given(a=labels, b=labels)
def test_join_is_commutative(a: Label, b: Label) -> None:
    """Which part comes first does not matter."""
    assert a.join(b) == b.join(a)


@pytest.mark.clause("USE-9")
@given(a=labels, b=labels, c=labels)
def test_join_is_associative(a: Label, b: Label, c: Label) -> None:
    """How parts are put together does not matter."""
    assert a.join(b).join(c) == a.join(b.join(c))


@pytest.mark.clause("USE-9")
@given(a=labels)
def test_join_is_idempotent(a: Label) -> None:
    """A value combined with itself is no stricter."""
    assert a.join(a) == a


@pytest.mark.clause("USE-9")
@given(parts=st.lists(labels, min_size=1, max_size=5))
def test_join_is_never_looser_than_any_part(parts: list[Label]) -> None:
    """Sensitivity is the highest, purposes those of all, everything else the union, the span of time the widest."""
    joined = reduce(lambda one, other: one.join(other), parts)
    assert joined.sensitivity == max(part.sensitivity for part in parts)
    for purpose in PURPOSES:
        assert joined.purposes.allows(purpose) == all(part.purposes.allows(purpose) for part in parts)
    for name in UNITED:
        assert getattr(joined, name) == frozenset().union(*(getattr(part, name) for part in parts))
    assert joined.collected == (
        min(part.collected[0] for part in parts),
        max(part.collected[1] for part in parts),
    )
    for part in parts:
        assert part <= joined


@pytest.mark.clause("USE-9")
def test_what_identifies_nobody_becomes_personal_beside_personal_data() -> None:
    """The join of a device and a name is as sensitive as the name."""
    device = _origin(NonPersonalItem("device", str, Delivery)).label(SUBJECT, 0)
    name = _origin(PersonalItem("name", str, Delivery | Marketing, category=Category.NAME)).label(SUBJECT, 0)
    assert device.sensitivity is Sensitivity.NON_PERSONAL
    joined = device.join(name)
    assert joined.sensitivity is Sensitivity.PERSONAL
    assert joined.purposes == PurposeSet([Delivery])


# ── Order ─────────────────────────────────────────────────────────────────────────────────────────────────


def _at_most(a: Label, b: Label) -> bool:
    """Say part by part whether `b` is at least as strict as `a`."""
    return (
        a.sensitivity <= b.sensitivity
        and all(a.purposes.allows(purpose) for purpose in _samples(b.purposes))
        and all(getattr(a, name) <= getattr(b, name) for name in UNITED)
        and b.collected[0] <= a.collected[0]
        and a.collected[1] <= b.collected[1]
    )


def _samples(purposes: PurposeSet) -> list[type[Purpose]]:
    """Give the purposes of a set, and for wide ones a narrower one that nobody named."""
    named = [purpose for purpose in PURPOSES if purposes.allows(purpose)]
    return named + [_BELOW[purpose] for purpose in named if purposes.allows(_BELOW[purpose])]


def _unheard(purpose: type[Purpose]) -> type[Purpose]:
    class Unheard(purpose):  # type: ignore[valid-type, misc]
        """Something narrower."""

    return Unheard


_BELOW = {purpose: _unheard(purpose) for purpose in PURPOSES}


@given(a=labels, b=labels)
def test_order_is_what_each_part_says(a: Label, b: Label) -> None:
    """One label is at most another exactly when every part of it is."""
    assert (a <= b) == _at_most(a, b)
    assert (b <= a) == _at_most(b, a)
    assert a <= a.join(b)


@given(a=labels, b=labels, c=labels)
def test_order_is_partial(a: Label, b: Label, c: Label) -> None:
    """Reflexive, antisymmetric and transitive, also along chains that really are chains."""
    assert a <= a  # noqa: PLR0124  reflexive
    if a <= b <= a:
        assert a == b
    ab, abc = a.join(b), a.join(b).join(c)
    assert a <= ab <= abc
    assert a <= abc
    if a <= b <= c:
        assert a <= c


@given(a=labels, b=labels, c=labels)
def test_join_is_the_least_label_above_both(a: Label, b: Label, c: Label) -> None:
    """Whatever is at least as strict as both is at least as strict as their join; joining keeps the order."""
    above = a.join(b).join(c)
    assert a <= above
    assert b <= above
    assert a.join(b) <= above
    if a <= b:
        assert a.join(c) <= b.join(c)


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Label)])
def test_every_part_takes_part_in_the_order(name: str) -> None:
    """Making any single part stricter makes the label stricter, and not the other way round."""
    loose = _origin(NonPersonalItem("device", str, Delivery)).label(SUBJECT, 0)
    stricter: dict[str, Any] = {
        "sensitivity": Sensitivity.PERSONAL,
        "purposes": PurposeSet([Courier]),
        "categories": loose.categories | {Category.NAME},
        "sources": loose.sources | {Source(SourceKind.DERIVED)},
        "collected": (loose.collected[0], loose.collected[1] + HOUR),
        "ends": loose.collected[1],
    }
    changed: dict[str, Any] = {name: stricter.get(name) or getattr(loose, name) | {"other"}}
    strict = attrs.evolve(loose, **changed)
    assert loose <= strict
    assert not strict <= loose
    assert loose != strict


# ── Origins ───────────────────────────────────────────────────────────────────────────────────────────────

SUBJECT = Pseudonym("5" * 32)
NAME = PersonalItem("name", str, Delivery | Marketing, category=Category.NAME)
PHONE = PersonalItem("phone", str, Delivery, category=Category.CONTACT, encrypt=True)
CARD = SensitiveItem("card", str, Delivery, category=Category.BANK_ACCOUNT)


def _origin(item: Any, sensitivity: Sensitivity | None = None) -> Origin:
    return Origin(
        item=item,
        sensitivity=item.sensitivity if sensitivity is None else sensitivity,
        purposes=item.purposes,
        source=Source(),
        region="CN",
        version="3",
    )


def test_the_label_of_an_origin_is_what_it_shares_and_whose_and_when() -> None:
    """One item, one subject, one instant; the rest from the origin."""
    assert _origin(NAME).label(SUBJECT, 1_793_491_200) == Label(
        items=frozenset({"name"}),
        categories=frozenset({Category.NAME}),
        sensitivity=Sensitivity.PERSONAL,
        purposes=PurposeSet([Delivery, Marketing]),
        subjects=frozenset({SUBJECT}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({"3"}),
        collected=(START, START),
    )
    assert _origin(NAME).label(SUBJECT, 0).collected[0].tzinfo is dt.UTC


@pytest.mark.clause("DEF-3")
def test_the_value_of_a_child_says_so_and_is_sealed() -> None:
    """A personal item that is sensitive for its subject's age carries that category too."""
    child = _origin(NAME, Sensitivity.SENSITIVE)
    assert child.label(SUBJECT, 0).categories == {Category.NAME, Category.CHILD}
    assert child.label(SUBJECT, 0).sensitivity is Sensitivity.SENSITIVE
    assert child.sealed


@pytest.mark.clause("PROT-1")
def test_sensitive_and_encrypt_always_items_are_sealed_and_others_are_not() -> None:
    """What is sensitive or says so is ciphertext in memory."""
    assert _origin(CARD).sealed
    assert _origin(PHONE).sealed
    assert not _origin(NAME).sealed
    assert not _origin(NonPersonalItem("device", str, Delivery)).sealed


@given(purposes=purpose_sets)
def test_narrowing_keeps_what_both_allow_and_everything_else(purposes: PurposeSet) -> None:
    """A narrowed origin gives labels at least as strict, and differs in nothing but purposes."""
    wide = _origin(NAME)
    narrow = wide.narrowed(purposes)
    for purpose in PURPOSES:
        assert narrow.purposes.allows(purpose) == (NAME.purposes.allows(purpose) and purposes.allows(purpose))
    assert wide.label(SUBJECT, 7) <= narrow.label(SUBJECT, 7)
    assert attrs.evolve(narrow.label(SUBJECT, 7), purposes=wide.purposes) == wide.label(SUBJECT, 7)
