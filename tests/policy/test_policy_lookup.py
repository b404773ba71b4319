"""What a policy answers: rules by the nearest wider purpose, required purposes, levels, scopes and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_random import PURPOSES, policies
from policy_whole import (
    CARD,
    CARRIER,
    FACE,
    NAME,
    SIGNED,
    Delivery,
    EmailMarketing,
    FaceLogin,
    Login,
    Marketing,
    Payment,
    whole_policy,
)

from obq_privacy.policy import Policy, additional, basic, former_of, purpose_text
from obq_privacy.vocab import Category, LegalBasis, Level, Operation, PersonalItem, Purpose, SensitiveItem, Sensitivity

if TYPE_CHECKING:
    from obq_privacy.policy import LevelKey


class Drone(Delivery):
    """A narrower purpose that no policy declares."""


class NightDrone(Drone):
    """An even narrower one."""


def of(*rules: Any, **more: Any) -> Policy:
    return Policy(version=more.pop("version", "1"), controller="Shop", purposes=rules, **more)


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────


@given(policies(), st.sampled_from([*PURPOSES, Drone, NightDrone]))
def test_a_purpose_goes_by_the_rule_of_the_nearest_wider_one(policy: Policy, purpose: type[Purpose]) -> None:
    """Its own rule counts first; one that nothing declares has none."""
    declared = {rule.purpose: rule for rule in policy.purposes}
    wider = [each for each in purpose.__mro__ if each in declared]
    assert policy.rule(purpose) is (declared[wider[0]] if wider else None)


def test_a_wider_purpose_does_not_go_by_the_rule_of_a_narrower_one() -> None:
    """A rule for mail is none for marketing."""
    policy = of(additional(EmailMarketing))
    assert policy.rule(Marketing) is None
    assert policy.rule(Purpose) is None


def test_purposes_and_items_are_found_by_key() -> None:
    """And only those that are declared."""
    policy = whole_policy()
    assert policy.purpose("login.face") is FaceLogin
    assert policy.purpose("email-marketing") is None
    assert policy.item("bank-card") is CARD
    assert policy.item("bank-cart") is None
    assert [(kept.keep.days, kept.purpose) for kept in policy.retentions("consignee-name")] == [
        (30, None),
        (7, FaceLogin),
        (9, Delivery),
    ]
    assert policy.retentions("face") == policy.retentions("nothing") == ()
    assert policy.recipient("carrier") is CARRIER
    assert policy.recipient("partner-shop") is None
    source, exemption = policy.source("partner-shop"), policy.exemption(LegalBasis.RESEARCH)
    assert source is not None
    assert source.undertaking == SIGNED
    assert policy.source("carrier") is None
    assert exemption is not None
    assert exemption.deidentified
    assert policy.exemption(LegalBasis.NEWS) is None
    assert policy.permitted_by("camera") == (FaceLogin,)
    assert policy.permitted_by("") == policy.permitted_by("microphone") == ()


NODES: list[Any] = [type(f"Step{letter}", (Purpose,), {}) for letter in "ABCDE"]


@pytest.mark.clause("USE-4")
@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda edge: edge[0] > edge[1])))
def test_required_gives_everything_that_a_purpose_builds_on(edges: set[tuple[int, int]]) -> None:
    """Directly or not, each once, and never itself."""
    policy = of(
        *(additional(n, requires=[NODES[b] for a, b in sorted(edges) if a == at]) for at, n in enumerate(NODES))
    )
    reach = set(edges)
    for _ in NODES:
        reach |= {(a, d) for a, b in reach for c, d in reach if b == c}
    for at, node in enumerate(NODES):
        found = policy.required(node)
        assert sorted(found, key=NODES.index) == [NODES[b] for b in range(len(NODES)) if (at, b) in reach]


@pytest.mark.clause("USE-4")
def test_a_narrower_purpose_builds_on_what_the_wider_one_builds_on() -> None:
    """It goes by the same rule, so it is not a way around."""

    class NightFaceLogin(FaceLogin):
        pass

    assert set(whole_policy().required(NightFaceLogin)) == {Login, Delivery}


# ── Levels ────────────────────────────────────────────────────────────────────────────────────────────────

KINDS: list[Any] = [Category.BIOMETRIC, Category.CHILD, Sensitivity.PERSONAL, Sensitivity.SENSITIVE]
keys: st.SearchStrategy[Any] = st.sampled_from(
    [*KINDS, *((kind, operation) for kind in KINDS for operation in Operation)]
)
levels = st.dictionaries(keys, st.sampled_from([Level.EXPRESS, Level.SEPARATE]))


@given(levels, st.sampled_from(Operation), st.sampled_from(Sensitivity))
def test_the_strongest_level_that_applies_counts(
    declared: dict[LevelKey, Level], operation: Operation, sensitivity: Sensitivity
) -> None:
    """Of the least, the category's and the sensitivity's, for all operations and for this one; asked twice as well."""
    policy = of(*whole_policy().purposes, levels=declared)
    least = Level.EXPRESS if sensitivity is Sensitivity.SENSITIVE else Level.GENERAL
    applies = [
        level
        for key, level in declared.items()
        if key in (FACE.category, sensitivity, (FACE.category, operation), (sensitivity, operation))
    ]
    for _ in range(2):
        assert policy.level(FACE, sensitivity, operation) is max([least, *applies])


@pytest.mark.clause("USE-19")
def test_sensitive_data_needs_express_consent_at_least() -> None:
    """Without any setting; a value that is sensitive because of a child needs it too."""
    policy = of(*whole_policy().purposes)
    for operation in Operation:
        assert policy.level(FACE, Sensitivity.SENSITIVE, operation) is Level.EXPRESS
        assert policy.level(NAME, Sensitivity.PERSONAL, operation) is Level.GENERAL
        assert policy.level(NAME, Sensitivity.SENSITIVE, operation) is Level.EXPRESS


# ── Scopes ────────────────────────────────────────────────────────────────────────────────────────────────


def named(key: str, parent: type[Purpose] = Purpose, *, text: str = "Say it.", title: str = "T") -> Any:
    """Make another class of the same key."""
    return type(key.capitalize(), (parent,), {"__doc__": text, "title": title}, key=key)


def thing(purpose: Any, kind: Any = PersonalItem, type_: type = str, **more: Any) -> Any:
    return kind("thing", type_, purpose, **more)


def scope_of(rule: Any, *others: Any) -> bytes:
    return of(rule, *others).scopes["main", "thing"]


def base() -> bytes:
    main = named("main")
    return scope_of(basic(main, necessary=[thing(main)]))


@pytest.mark.clause("USE-2", "CHANGE-3")
def test_whatever_a_subject_agreed_to_is_part_of_the_scope() -> None:
    """Each change of it gives another scope, so that an older consent no longer covers it."""
    main, other = named("main"), named("other")
    reworded = named("main", text="Say something else.")
    below = named("main", other)
    found = [
        base(),
        scope_of(basic(reworded, necessary=[thing(reworded)])),
        scope_of(additional(main, necessary=[thing(main)])),
        scope_of(basic(main, optional=[thing(main)])),
        scope_of(basic(main, necessary=[thing(main)], requires=[other]), basic(other)),
        scope_of(basic(below, necessary=[thing(below)])),
        scope_of(basic(main, necessary=[thing(main, type_=int)])),
        scope_of(basic(main, necessary=[thing(main, category=Category.NAME)])),
        scope_of(basic(main, necessary=[thing(main, SensitiveItem, category=Category.OTHER)])),
        scope_of(basic(main, necessary=[thing(main, exact=True)])),
    ]
    assert len(set(found)) == len(found)
    assert {len(scope) for scope in found} == {16}


@pytest.mark.clause("USE-2")
def test_what_does_not_concern_the_consent_is_not_part_of_the_scope() -> None:
    """Titles, clauses, line breaks, other items and purposes, masks and validators leave older consents in force."""
    main = named("main", title="Another title", text="Say\n   it.")
    item = thing(main, title="X", clause="USE-1", mask=str.upper, validate=lambda _value: None, encrypt=True)
    more = PersonalItem("more", str, main)
    assert scope_of(basic(main, necessary=[more, item]), basic(named("another"))) == base()


@pytest.mark.clause("USE-2", "CHANGE-3")
def test_a_consent_under_an_older_version_counts_where_nothing_changed() -> None:
    """Pair by pair, by what is archived; a version that is not archived said nothing."""
    old = of(basic(Delivery, necessary=[NAME]), basic(Payment, necessary=[CARD, NAME]), version="old")
    new = of(basic(Delivery, necessary=[NAME]), basic(Payment, necessary=[CARD], optional=[NAME]), version="new")
    assert not new.unchanged_since("old", Delivery, "consignee-name")
    known = new.with_archive({"old": former_of(old.dumps())})
    assert known.unchanged_since("old", Delivery, "consignee-name")
    assert known.unchanged_since("old", Payment, "bank-card")
    assert not known.unchanged_since("old", Payment, "consignee-name")
    assert not known.unchanged_since("older", Delivery, "consignee-name")
    assert not known.unchanged_since("old", Delivery, "bank-card")
    assert known.unchanged_since("new", Payment, "consignee-name")
    assert (known.version, known.dumps()) == ("new", new.dumps())


# ── Texts ─────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.text(st.sampled_from("ab \t\n"), max_size=12), st.integers(0, 3))
def test_the_text_of_a_purpose_does_not_depend_on_indentation(text: str, indent: int) -> None:
    """Newer versions of Python take it away when they compile; the text, and with it every digest, stays the same."""
    lines = text.split("\n")
    indented = "\n".join([lines[0], *(" " * indent + line for line in lines[1:])])
    one, other = type("One", (Purpose,), {"__doc__": text}), type("One", (Purpose,), {"__doc__": indented})
    assert purpose_text(one) == purpose_text(other)
    assert purpose_text(one).split() == text.split()


def test_a_purpose_without_a_docstring_has_no_text() -> None:
    """It does not inherit that of a wider purpose."""
    assert purpose_text(type("Silent", (Delivery,), {})) == ""


@pytest.mark.clause("DEF-3")
def test_a_level_for_children_holds_for_every_item_of_a_child() -> None:
    """What an item of an adult needs is not raised; the same item of a child needs what the policy says of children."""
    policy = Policy(
        version="1",
        controller="Shop",
        purposes=[basic(Delivery, necessary=[NAME]), basic(Payment, optional=[NAME])],
        levels={Category.CHILD: Level.SEPARATE},
    )
    assert policy.level(NAME, Sensitivity.SENSITIVE, Operation.USE) is Level.EXPRESS
    assert policy.level(NAME, Sensitivity.SENSITIVE, Operation.USE, child=True) is Level.SEPARATE
