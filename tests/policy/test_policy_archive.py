"""What earlier versions said still stands for whoever has not agreed to more (CHANGE-1)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_random import policies
from policy_whole import whole_policy

from obq_privacy.errors import PolicyDocumentInvalid
from obq_privacy.policy import (
    Anchor,
    Former,
    Limit,
    Minors,
    Policy,
    Retention,
    additional,
    basic,
    former_of,
    scopes_of,
    statutory,
)
from obq_privacy.vocab import NonPersonalItem, PersonalItem, Purpose, Recipient, RecipientKind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable


class Delivery(Purpose):
    """Bring the order."""


class Drone(Delivery):
    """Bring it through the air."""


class Marketing(Purpose):
    """Make offers."""


class Books(Purpose):
    """Keep the books."""


DAY = dt.timedelta(days=1)
NAME = PersonalItem("name", str, Delivery | Marketing | Books)
PHONE = PersonalItem("phone", str, Delivery)
SIZE = NonPersonalItem("size", int, Delivery)


def carrier(**changes: Any) -> Any:
    said = {"kind": RecipientKind.PARTNER, "role": Role.LOGISTICS, "items": (NAME,), **changes}
    return Recipient("carrier", said.pop("purposes", Delivery), **said)


def of(version: str, *, shared: Iterable[Any] = (NAME,), rules: Iterable[Any] | None = None, **more: Any) -> Policy:
    declared = rules or [
        basic(Delivery, necessary=[NAME, PHONE], optional=[SIZE], shared=shared),
        additional(Marketing, optional=[NAME]),
        statutory(Books, items=[NAME]),
    ]
    return Policy(version=version, controller="Shop", purposes=declared, **more)


def key_of(kept: Retention) -> str | None:
    """Give the key of the purpose that it is stated for."""
    return None if kept.purpose is None else kept.purpose.key


def after(new: Policy, *old: Policy) -> Policy:
    """Give a policy that knows older ones, oldest first."""
    return new.with_archive({policy.version: former_of(policy.dumps()) for policy in old})


# ── What is archived ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-3")
@given(policies())
def test_a_document_says_what_its_policy_said(policy: Policy) -> None:
    """Retention, region, rules on age, group size and scopes, without any class."""
    former = former_of(policy.dumps())
    assert former.version == policy.version
    assert former.scopes == policy.scopes
    assert (former.home_region, former.minors) == (policy.home_region, policy.minors)
    assert former.smallest_group == policy.smallest_group
    assert {(key, limit) for key, limits in former.retention.items() for limit in limits} == {
        (kept.item.key, Limit(key_of(kept), kept.keep, kept.after, kept.at_least)) for kept in policy.retention
    }


def test_what_is_no_document_is_not_archived() -> None:
    """It would be read as a version that allowed everything, or nothing."""
    for text in ("", "{}", whole_policy().dumps()[:-5]):
        with pytest.raises(PolicyDocumentInvalid):
            former_of(text)
        with pytest.raises(PolicyDocumentInvalid):
            scopes_of(text)


def test_versions_that_are_not_archived_said_nothing() -> None:
    """Neither widening nor narrowing follows from an unknown name."""
    policy = after(of("2", retention=[Retention(NAME, DAY)]), of("1"))
    assert policy.former("0") is None
    assert policy.former("2") is None
    assert isinstance(policy.former("1"), Former)
    assert policy.retentions("name", bound={"0"}) == policy.retentions("name")
    assert policy.minors_of("0") == policy.minors
    assert policy.homes({"0"}) == {"CN"}


# ── Recipients and shared items ───────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-1")
@pytest.mark.parametrize(
    "changes",
    [
        {"kind": RecipientKind.THIRD_PARTY},
        {"role": Role.SELLER},
        {"region": "SG"},
        {"sdk": True},
        {"kind": RecipientKind.AFFILIATE, "follows_policy": True},
        {"purposes": Delivery | Marketing},
        {"purposes": Drone},
        {"items": ()},
        {"items": (NAME, PHONE)},
    ],
    ids=range(9),
)
def test_a_changed_recipient_is_another_one(changes: dict[str, Any]) -> None:
    """Another kind, role, place, way, purpose or item: an older consent does not mean it."""
    new = of("2", recipients=[carrier(**changes)])
    policy = after(new, of("1", recipients=[carrier()]))
    assert not policy.recipient_unchanged("1", policy.recipients[0])
    assert policy.recipient_unchanged("2", policy.recipients[0])


@pytest.mark.clause("CHANGE-1")
def test_an_unchanged_recipient_is_the_same_one() -> None:
    """A new contract, check, key, title or clause widens nothing."""
    new = carrier(title="Other", clause="SHARE-9", public_key=b"key")
    policy = after(of("2", recipients=[new]), of("1", recipients=[carrier()]))
    assert policy.recipient_unchanged("1", new)


@pytest.mark.clause("CHANGE-1")
def test_an_added_recipient_is_not_covered() -> None:
    """Nor is one of a version that nobody knows."""
    policy = after(of("3", recipients=[carrier()]), of("1"), of("2", recipients=[carrier()]))
    assert not policy.recipient_unchanged("1", policy.recipients[0])
    assert policy.recipient_unchanged("2", policy.recipients[0])
    assert not policy.recipient_unchanged("0", policy.recipients[0])


@pytest.mark.clause("CHANGE-1")
def test_an_item_that_is_shared_later_is_not_covered() -> None:
    """It was agreed to use it, not to hand it on."""
    policy = after(of("2", shared=[NAME, PHONE]), of("1"))
    assert policy.shared_unchanged("1", Delivery, "name")
    assert policy.shared_unchanged("1", Drone, "name")
    assert policy.unchanged_since("1", Delivery, "phone")
    assert not policy.shared_unchanged("1", Delivery, "phone")
    assert policy.shared_unchanged("2", Delivery, "phone")
    assert not policy.shared_unchanged("0", Delivery, "name")
    assert policy.shared_unchanged("1", Marketing, "name")
    assert after(of("2", shared=[]), of("1")).shared_unchanged("1", Delivery, "name")


@pytest.mark.clause("CHANGE-1")
def test_a_narrower_rule_of_a_later_version_is_not_what_was_agreed_to() -> None:
    """The purpose was judged by the wider rule then, and is judged by its own now."""
    rules = [
        basic(Delivery, necessary=[NAME, PHONE], optional=[SIZE], shared=[NAME]),
        basic(Drone, necessary=[NAME], shared=[NAME]),
        additional(Marketing, optional=[NAME]),
        statutory(Books, items=[NAME]),
    ]
    policy = after(of("2", rules=rules), of("1"))
    assert not policy.shared_unchanged("1", Drone, "name")
    assert policy.shared_unchanged("1", Delivery, "name")


# ── Whose terms stand ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-1")
def test_the_latest_version_that_was_agreed_to_stands() -> None:
    """Without any, the one under which a value was collected; who agreed to this one is bound by nothing."""
    policy = after(of("3"), of("1"), of("2"))
    assert policy.stands({"1"}, agreed=()) == {"1"}
    assert policy.stands({"1", "2"}, agreed=()) == {"1", "2"}
    assert policy.stands({"3"}, agreed=()) == frozenset()
    assert policy.stands({"1", "3"}, agreed=()) == {"1"}
    assert policy.stands({"3"}, agreed={"1"}) == {"1"}
    assert policy.stands({"1"}, agreed={"2"}) == {"2"}
    assert policy.stands({"1"}, agreed={"2", "1"}) == {"2"}
    assert policy.stands({"1"}, agreed={"3"}) == frozenset()
    assert policy.stands({"1"}, agreed={"3", "1"}) == frozenset()
    assert policy.stands({"1"}, agreed={"unknown"}) == {"1"}


@pytest.mark.clause("CHANGE-1")
def test_a_region_is_home_if_it_was_when_it_was_agreed_to() -> None:
    """Moving the home does not take everybody's data across the border."""
    policy = after(of("2", home_region="SG"), of("1"))
    assert policy.homes() == {"SG"}
    assert policy.homes({"1"}) == frozenset()
    assert after(of("2"), of("1")).homes({"1"}) == {"CN"}


@pytest.mark.clause("CHANGE-1")
def test_a_consent_is_judged_by_the_age_limits_of_its_version() -> None:
    """A higher limit does not undo it, a lower one does not make good what was none."""
    old, new = Minors(guardian_age=14), Minors(guardian_age=16)
    assert after(of("2", minors=new), of("1", minors=old)).minors_of("1").guardian_age == 14
    assert after(of("2", minors=old), of("1", minors=new)).minors_of("1").guardian_age == 16
    assert after(of("2", minors=old), of("1", minors=new)).minors_of("2").guardian_age == 14


# ── The narrower period ───────────────────────────────────────────────────────────────────────────────────


def periods(policy: Policy, *bound: str) -> set[tuple[str, int, str, int]]:
    """Give what is said of the name: for which purpose, how many days, after what, and how many at least."""
    return {
        (
            kept.purpose.key if kept.purpose else "",
            kept.keep.days,
            kept.after.value,
            kept.at_least.days if kept.at_least else 0,
        )
        for kept in policy.retentions("name", bound=bound)
    }


def keep(days: int, purpose: Any = None, after: Anchor = Anchor.COLLECTION, least: int = 0) -> Retention:
    return Retention(NAME, days * DAY, purpose, after, least * DAY or None)


@pytest.mark.clause("CHANGE-1")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([keep(30)], [keep(60)], {("", 30, "collection", 0)}),
        ([keep(60)], [keep(30)], {("", 30, "collection", 0)}),
        ([keep(30)], [keep(30)], {("", 30, "collection", 0)}),
        ([keep(30)], [], {("", 30, "collection", 0)}),
        ([], [keep(30)], {("", 30, "collection", 0)}),
        ([], [], set()),
        ([keep(30)], [keep(9, after=Anchor.ACTIVITY)], {("", 30, "collection", 0), ("", 9, "activity", 0)}),
        ([keep(30, least=90)], [keep(30, least=60)], {("", 30, "collection", 60)}),
        ([keep(30, least=60)], [keep(30, least=90)], {("", 30, "collection", 60)}),
        ([keep(30)], [keep(30, least=90)], {("", 30, "collection", 0)}),
        ([keep(30, least=90)], [keep(30)], {("", 30, "collection", 0)}),
        ([], [keep(30, least=90)], {("", 30, "collection", 90)}),
        ([keep(30, least=90)], [], {("", 30, "collection", 90)}),
        ([keep(30)], [keep(60), keep(90, Marketing)], {("", 30, "collection", 0), ("marketing", 30, "collection", 0)}),
        (
            [keep(30), keep(5, Marketing)],
            [keep(60)],
            {("", 30, "collection", 0), ("marketing", 5, "collection", 0)},
        ),
        ([keep(30, Delivery)], [keep(60, Drone)], {("delivery", 30, "collection", 0), ("drone", 30, "collection", 0)}),
    ],
    ids=range(16),
)
def test_longer_retention_does_not_apply_without_agreement(
    old: list[Retention], new: list[Retention], expected: set[tuple[str, int, str, int]]
) -> None:
    """The shorter of two periods, both where they count from different things, and the shorter duty."""
    policy = after(of("2", retention=new), of("1", retention=old))
    assert periods(policy, "1") == expected
    assert periods(policy) == periods(of("2", retention=new))


@pytest.mark.clause("CHANGE-1")
def test_who_agrees_gets_the_new_period() -> None:
    """And whoever agreed to a version in between gets that one's."""
    one, two, three = (of(str(at), retention=[keep(days)]) for at, days in enumerate((30, 45, 60), start=1))
    policy = after(three, one, two)
    for agreed, days in (({"1"}, 30), ({"2"}, 45), ({"1", "2"}, 45), ({"3"}, 60), ({"1", "3"}, 60)):
        bound = policy.stands({"1"}, agreed=agreed)
        assert periods(policy, *bound) == {("", days, "collection", 0)}


KEEPS = st.lists(
    st.builds(
        keep,
        st.integers(1, 5),
        st.sampled_from([None, Delivery, Drone, Marketing]),
        st.sampled_from(Anchor),
        st.integers(0, 5),
    ),
    unique_by=key_of,
    max_size=4,
)


def ends(entries: Iterable[Retention], purpose: type[Purpose] | None, anchors: dict[Anchor, int]) -> int:
    """Give the day on which the first period that applies is over."""
    found = [
        anchors[kept.after] + kept.keep.days
        for kept in entries
        if kept.purpose is None or (purpose is not None and kept.purpose in purpose.lineage)
    ]
    return min(found, default=10**6)


@pytest.mark.clause("CHANGE-1")
@given(
    KEEPS,
    KEEPS,
    KEEPS,
    st.sampled_from([None, Delivery, Drone, Marketing, Books]),
    st.fixed_dictionaries({anchor: st.integers(0, 9) for anchor in Anchor}),
)
def test_nothing_is_kept_longer_than_any_version_that_stands_said(
    one: list[Retention],
    two: list[Retention],
    new: list[Retention],
    purpose: type[Purpose] | None,
    anchors: dict[Anchor, int],
) -> None:
    """Nor shorter: the first end of all of them counts, whatever the periods count from."""
    policy = after(of("3", retention=new), of("1", retention=one), of("2", retention=two))
    said = [ends(entries, purpose, anchors) for entries in (one, two, new)]
    assert ends(policy.retentions("name", bound={"1", "2"}, purpose=purpose), purpose, anchors) == min(said)
    assert ends(policy.retentions("name", bound={"1"}, purpose=purpose), purpose, anchors) == min(said[0], said[2])


@pytest.mark.clause("CHANGE-1")
def test_what_is_no_longer_spoken_of_says_nothing() -> None:
    """An item or a purpose that the policy dropped cannot be used for anything."""
    old = of("1", retention=[keep(5, Marketing), attrs.evolve(keep(9), item=PHONE)])
    rules = [basic(Delivery, necessary=[PersonalItem("name", str, Delivery)])]
    policy = after(of("2", rules=rules), old)
    assert policy.retentions("name", bound={"1"}) == ()
    assert periods(policy, "1") == set()
    asked = policy.retentions("name", bound={"1"}, purpose=Marketing)
    assert [(kept.keep, kept.purpose) for kept in asked] == [(5 * DAY, Marketing)]
    assert policy.retentions("phone", bound={"1"}) == ()
