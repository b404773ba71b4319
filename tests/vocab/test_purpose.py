"""Purposes: one parent each, no instances, and sets of them that meet like the sets of classes they stand for."""

from __future__ import annotations

import pickle
from typing import Any, Generic, Optional, TypeVar, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.errors import PurposeInvalid, WrapperMisuse
from obq_privacy.vocab import Purpose, PurposeSet
from obq_privacy.vocab._purpose import is_key, purposes_of


class Care(Purpose):
    """Look after people."""


class Nursing(Care):
    """Look after them at home."""


class NightNursing(Nursing):
    """Look after them at night."""


class Advice(Care):
    """Tell them what to do."""


class Billing(Purpose):
    """Write bills."""


class Dunning(Billing):
    """Write them again."""


ALL: tuple[type[Purpose], ...] = (Care, Nursing, NightNursing, Advice, Billing, Dunning)
Parts = tuple[frozenset[type[Purpose]], frozenset[type[Purpose]]]

some = st.frozensets(st.sampled_from(ALL))
parts = st.tuples(some, some)


def meaning(of: Parts) -> set[type[Purpose]]:
    """Say which classes are meant, with nothing but `issubclass`."""
    wide, exact = of
    return {p for p in ALL if p in exact or any(issubclass(p, wider) for wider in wide)}


def built(of: Parts) -> PurposeSet:
    return PurposeSet(*of)


# ── Declaring ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "key", "title"),
    [
        ("Delivery", "delivery", "Delivery"),
        ("EmailMarketing", "email-marketing", "Email Marketing"),
        ("HTTPLogin", "http-login", "HTTP Login"),
        ("LoginByHTTP", "login-by-http", "Login By HTTP"),
        ("OAuth2Login", "o-auth2-login", "O Auth2 Login"),
        ("Step2", "step2", "Step2"),
        ("Real_Name", "real-name", "Real Name"),
        ("Real__Name", "real-name", "Real Name"),
        ("_Hidden", "hidden", "Hidden"),
    ],
)
def test_key_and_title_come_from_the_class_name(name: str, key: str, title: str) -> None:
    """Words begin where capitals do, and runs of capitals are one word."""
    made: Any = type(name, (Purpose,), {})
    assert (made.key, made.title, made.clause) == (key, title, None)


def test_class_keywords_and_attributes_give_key_title_and_clause() -> None:
    """Both ways of declaring say the same, and the keyword wins."""

    class First(Purpose, key="a.b", title="One", clause="USE-7"):
        pass

    class Second(Purpose):
        key = "a.b"
        title = "One"
        clause = "USE-7"

    class Third(Purpose, key="c"):
        key = "d"

    assert (
        (First.key, First.title, First.clause) == (Second.key, Second.title, Second.clause) == ("a.b", "One", "USE-7")
    )
    assert Third.key == "c"


def test_nothing_is_inherited_but_the_lineage() -> None:
    """A narrower purpose has its own key, title and clause, and knows all wider ones, the nearest first."""

    class Wide(Purpose, key="w", title="W", clause="USE-1"):
        pass

    class Narrow(Wide):
        pass

    assert (Narrow.key, Narrow.title, Narrow.clause) == ("narrow", "Narrow", None)
    assert Narrow.lineage == (Narrow, Wide)


@pytest.mark.parametrize(
    "key", ["Upper", "two words", "a--b", "-a", "a-", ".a", "a..b", "a/b", "a\n", "é", "a" + chr(0x0663), "*"]
)
def test_a_bad_key_is_refused(key: str) -> None:
    """Keys stand in records and documents, so they have one simple form."""
    with pytest.raises(PurposeInvalid) as caught:
        type("Odd", (Purpose,), {}, key=key)
    assert caught.value.declaration == "Odd"
    assert not is_key(key)


def test_a_class_name_that_gives_no_key_is_refused() -> None:
    """A name in another script needs an explicit key."""
    with pytest.raises(PurposeInvalid):
        type("配送", (Purpose,), {})
    assert type("配送", (Purpose,), {}, key="delivery").key == "delivery"  # type: ignore[attr-defined]


T = TypeVar("T")


class _Mixin:
    """Anything that is not a purpose."""


class _Plain:
    """Another one."""


class _Tagged(_Mixin, Care):
    """A purpose by way of a mixin."""


@pytest.mark.parametrize(
    "bases",
    [
        (Care, Billing),
        (Nursing, Advice),  # a diamond: both stand below Care
        (NightNursing, Care),
        (Care, Purpose),
        (_Tagged, Billing),
        (_Plain, _Tagged, Billing),
        (Dunning, _Tagged),
    ],
)
def test_two_purposes_as_parents_are_refused(bases: tuple[type, ...]) -> None:
    """A class that is two purposes would satisfy every check of either, whichever way it comes by them."""
    with pytest.raises(PurposeInvalid) as caught:
        type("Both", bases, {})
    assert "one purpose as parent" in caught.value.problem


def test_a_mixin_that_is_no_purpose_is_fine() -> None:
    """Other bases say nothing about what data is used for."""

    class Parametrised(Care, Generic[T]):
        pass

    assert _Tagged.lineage == (_Tagged, Care)
    assert Parametrised.lineage == (Parametrised, Care)


@pytest.mark.parametrize("purpose", [Purpose, Care, NightNursing])
def test_a_purpose_has_no_instances(purpose: type[Purpose]) -> None:
    """It is passed as a class; calling it is a mistake that is told."""
    with pytest.raises(WrapperMisuse):
        purpose()


# ── Type forms ────────────────────────────────────────────────────────────────────────────────────────────


def read(form: object) -> tuple[type[Purpose], ...]:
    return purposes_of(form, declaration="here")


def test_a_union_is_read_into_its_members() -> None:
    """One class, both spellings of a union, nested ones and repeated members."""
    assert read(Care) == (Care,)
    assert read(Care | Billing) == (Care, Billing)
    assert read(Union[Care, Billing]) == (Care, Billing)  # noqa: UP007
    assert read(Union[Care, Union[Billing, Care]]) == (Care, Billing)  # noqa: PYI016, UP007


class _Silent:
    def __init_subclass__(cls) -> None:
        """Call nothing."""


class _Unready(_Silent, Purpose):
    """A purpose that never got its own key."""


@pytest.mark.parametrize(
    "form",
    [
        Purpose,
        Care | Purpose,
        Optional[Care],  # noqa: UP045
        Care | None,
        None,
        int,
        Care | int,
        "Care",
        "Care | Billing",
        Union["Care", "Billing"],
        (Care, Billing),
        [Care],
        T,
        Any,
        type[Care],
        PurposeSet([Care]),
        _Unready,
    ],
    ids=repr,
)
def test_what_is_not_purposes_is_refused(form: object) -> None:
    """Nothing else slips in, least of all `Purpose` itself, which would allow everything."""
    with pytest.raises(PurposeInvalid) as caught:
        read(form)
    assert caught.value.declaration == "here"


# ── Sets ──────────────────────────────────────────────────────────────────────────────────────────────────


@given(parts)
def test_a_set_allows_what_it_means(of: Parts) -> None:
    """`allows` agrees with the classes that are meant, member by member."""
    assert {p for p in ALL if built(of).allows(p)} == meaning(of)
    assert bool(built(of)) == bool(meaning(of))


@given(parts)
def test_purpose_itself_is_never_allowed(of: Parts) -> None:
    """The base of all purposes is wider than anything declared."""
    assert not built(of).allows(Purpose)


@given(parts, parts)
def test_meet_is_the_intersection(a: Parts, b: Parts) -> None:
    """What both allow, and nothing else."""
    met = built(a).meet(built(b))
    assert {p for p in ALL if met.allows(p)} == meaning(a) & meaning(b)


@given(parts, parts, parts)
def test_meet_is_commutative_associative_and_idempotent(a: Parts, b: Parts, c: Parts) -> None:
    """The order in which values are combined makes no difference."""
    x, y, z = built(a), built(b), built(c)
    assert x.meet(y) == y.meet(x)
    assert hash(x.meet(y)) == hash(y.meet(x))
    assert x.meet(y).meet(z) == x.meet(y.meet(z))
    assert x.meet(x) == x


@given(parts, parts, parts)
def test_meet_is_monotone_and_never_wider(a: Parts, b: Parts, c: Parts) -> None:
    """A narrower set meets to a narrower one, and no meeting adds a purpose."""
    x, y, z = built(a), built(b), built(c)
    assert x.meet(y) <= x
    narrower = x.meet(y)
    assert narrower.meet(z) <= x.meet(z)


@given(parts, parts)
def test_order_is_that_of_the_meanings(a: Parts, b: Parts) -> None:
    """`<=` implies the subset; the other way holds for wide sets, which also speak of classes yet to come."""
    x, y = built(a), built(b)
    if x <= y:
        assert meaning(a) <= meaning(b)
    wide_only: Parts = (a[0], frozenset())
    if meaning(wide_only) <= meaning((b[0], frozenset())):
        assert built(wide_only) <= y


@given(parts)
def test_the_normal_form_holds_no_member_that_another_implies(of: Parts) -> None:
    """Leaving out any member leaves out a purpose."""
    normal = built(of)
    for member in normal:
        rest = PurposeSet(normal.wide - {member}, normal.exact - {member})
        assert not rest.allows(member)
    assert PurposeSet(normal.wide, normal.exact) == normal


def test_an_exact_purpose_does_not_allow_narrower_ones() -> None:
    """Exact is itself only; wide is itself and everything below."""
    wide, exact = PurposeSet([Care]), PurposeSet((), [Care])
    assert wide.allows(NightNursing)
    assert exact.allows(Care)
    assert not exact.allows(Nursing)
    assert not wide.allows(Billing)
    assert wide.meet(exact) == exact


def test_members_come_sorted_and_the_repr_tells_exact_ones() -> None:
    """What people and documents see does not depend on hashing."""
    mixed = PurposeSet([Dunning, Advice], [Nursing])
    assert [p.key for p in mixed] == ["advice", "dunning", "nursing"]
    assert repr(mixed) == "PurposeSet(advice, dunning, nursing only)"


@given(parts)
def test_a_set_survives_pickling(of: Parts) -> None:
    """A label can travel between processes."""
    assert pickle.loads(pickle.dumps(built(of))) == built(of)


def test_a_set_is_immutable() -> None:
    """Nothing is added to, or taken from, a set that labels share."""
    made: Any = PurposeSet([Care])
    with pytest.raises(AttributeError):
        made.wide = frozenset(ALL)
    with pytest.raises(AttributeError):
        made.other = 1
    with pytest.raises(AttributeError):
        del made.exact
    assert made != {Care}
