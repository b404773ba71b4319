"""Building a policy: everything that is wrong is found at once, each thing named, and nothing else is blamed."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_random import policies
from policy_whole import whole_policy

from obq_privacy.errors import ItemInvalid, PolicyFinding, PolicyInvalid, PurposeInvalid
from obq_privacy.policy import Kind, Minors, Policy, PurposeRule, Retention, additional, basic
from obq_privacy.vocab import (
    Category,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Purpose,
    SensitiveItem,
    Sensitivity,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Delivery(Purpose):
    """Bring it."""


class Express(Delivery):
    """Bring it fast."""


class Drone(Express):
    """Bring it through the air."""


class Payment(Purpose):
    """Take the money."""


class Marketing(Purpose):
    """Make offers."""


NAME = PersonalItem("name", str, Delivery)
FORM: dict[str, Any] = {"version": "1", "controller": "Shop", "purposes": [basic(Delivery, necessary=[NAME])]}
make: Callable[..., Any] = Policy


def findings(**changes: Any) -> list[tuple[str, str]]:
    """Build the policy with changes; give what was found."""
    with pytest.raises(PolicyInvalid) as caught:
        make(**{**FORM, **changes})
    found = [finding for finding in caught.value.exceptions if isinstance(finding, PolicyFinding)]
    assert len(found) == len(caught.value.exceptions)
    return [(finding.declaration, finding.problem) for finding in found]


def the_finding(**changes: Any) -> tuple[str, str]:
    (only,) = findings(**changes)
    return only


# ── Valid ones ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_smallest_policy_builds() -> None:
    """One purpose that needs nothing is enough."""
    assert (
        repr(Policy(version="1", controller="Shop", purposes=[basic(Delivery)])) == "Policy('1', 1 purposes, 0 items)"
    )


@given(policies())
def test_valid_policies_build(policy: Policy) -> None:
    """Random ones, valid by the way they are made; listing items that purposes name changes nothing."""
    assert {item.key for item in policy.items} >= {item.key for rule in policy.purposes for item in rule.items}


def test_the_whole_policy_builds() -> None:
    """Every feature at once."""
    assert len(whole_policy().items) == 6


def test_a_policy_is_immutable() -> None:
    """What was checked stays so, and nothing inside it can be exchanged either."""
    policy: Any = make(**FORM)
    for name in ("version", "levels", "_rules", "other"):
        with pytest.raises(AttributeError):
            setattr(policy, name, None)
        with pytest.raises(AttributeError):
            delattr(policy, name)
    for mapping in (policy.levels, policy.scopes):
        with pytest.raises(TypeError):
            mapping["x"] = None


# ── One finding at a time ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "declaration"),
    [
        ({"version": " "}, "version"),
        ({"controller": ""}, "controller"),
        ({"home_region": "cn"}, "home_region"),
        ({"home_region": "CN\n"}, "home_region"),
        ({"home_region": "CHN"}, "home_region"),
        ({"minors": Minors(majority=-1)}, "minors"),
        ({"version": "\ud800"}, "version"),
        ({"controller": "a\udfff"}, "controller"),
    ],
)
def test_the_head_is_checked(changes: dict[str, Any], declaration: str) -> None:
    """Version, controller, region and the rules on age."""
    assert the_finding(**changes)[0] == declaration


def test_a_policy_without_purposes_is_refused() -> None:
    """Nothing would ever be allowed."""
    assert the_finding(purposes=[])[0] == "purposes"


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 1},
        {"controller": None},
        {"home_region": b"CN"},
        {"minors": "strict"},
        {"purposes": [Delivery]},
        {"items": ["name"]},
        {"retention": [(NAME, dt.timedelta(days=1))]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_declarations_of_another_type_are_named(changes: dict[str, Any]) -> None:
    """A purpose that was not wrapped in `basic`, for example."""
    assert the_finding(**changes)[0] == next(iter(changes))


@pytest.mark.parametrize("purpose", ["delivery", None, Delivery | Payment, int, basic(Delivery)])
def test_a_rule_is_about_one_purpose(purpose: Any) -> None:
    """A union or a key in its place is refused where it is written."""
    with pytest.raises(PurposeInvalid):
        basic(purpose)
    with pytest.raises(PurposeInvalid):
        additional(Marketing, requires=[purpose])


@pytest.mark.parametrize("item", ["name", None, PersonalItem, Delivery])
def test_a_rule_names_items(item: Any) -> None:
    """A key in the place of an item is refused where it is written."""
    with pytest.raises(ItemInvalid) as caught:
        basic(Delivery, optional=[item])
    assert caught.value.declaration == "purpose delivery"


def test_purpose_itself_is_not_declared() -> None:
    """It would cover everything."""
    assert the_finding(purposes=[*FORM["purposes"], basic(Purpose)]) == (
        "purpose",
        "Purpose itself is not declared; subclass it",
    )


class _Silent:
    def __init_subclass__(cls) -> None:
        """Call nothing."""


class _Unready(_Silent, Purpose):
    """A purpose that never got its own key."""


def test_a_purpose_that_was_never_set_up_is_refused() -> None:
    """It has no key and no lineage, so no check could be trusted."""
    assert the_finding(purposes=[*FORM["purposes"], basic(_Unready)])[0] == "purpose _Unready"


def test_two_purposes_of_one_key_are_refused() -> None:
    """Wherever they stand: declared, required, wider or only named by an item."""

    class Other(Purpose, key="delivery"):
        """Bring something else."""

    class Below(Other):
        """Part of it."""

    expected = ("purpose delivery", "share the key")
    for rules in (
        [basic(Other)],
        [basic(Below)],
        [basic(Delivery, optional=[PersonalItem("thing", str, Express | Delivery)]), basic(Below)],
    ):
        found = findings(purposes=[*FORM["purposes"][: 2 - len(rules)], *rules])
        assert [(d, p[-len(expected[1]) :]) for d, p in found] == [expected]


def test_a_purpose_that_is_declared_twice_is_refused() -> None:
    """Even if both say the same."""
    assert the_finding(purposes=FORM["purposes"] * 2) == ("purpose delivery", "it is declared more than once")


@pytest.mark.clause("USE-1")
def test_a_basic_purpose_does_not_stand_below_an_additional_one() -> None:
    """Consent to the wider one covers the narrower, so refusing the additional one would end a basic function."""
    found = the_finding(purposes=[additional(Delivery, necessary=[NAME]), basic(Drone)])
    assert found == ("purpose drone", "a basic purpose stands below the additional delivery")


def test_a_required_purpose_is_declared() -> None:
    """Otherwise nobody could ever consent to it."""
    assert the_finding(purposes=[*FORM["purposes"], additional(Marketing, requires=[Payment])]) == (
        "purpose marketing",
        "it requires payment, which the policy lacks",
    )


@pytest.mark.clause("USE-1")
def test_a_basic_purpose_does_not_require_an_additional_one() -> None:
    """Refusing an additional purpose leaves every basic function as it was."""
    rules = [*FORM["purposes"], additional(Marketing), basic(Payment, requires=[Marketing])]
    assert the_finding(purposes=rules) == ("purpose payment", "a basic purpose requires the additional marketing")


def test_a_required_purpose_is_named_once() -> None:
    """Twice is a slip."""
    rules = [*FORM["purposes"], additional(Marketing, requires=[Delivery, Delivery])]
    assert the_finding(purposes=rules) == ("purpose marketing", "it requires delivery twice")


@pytest.mark.clause("USE-4")
def test_a_purpose_that_requires_itself_is_a_cycle() -> None:
    """The shortest one."""
    rules = [*FORM["purposes"], additional(Marketing, requires=[Marketing])]
    assert the_finding(purposes=rules) == (
        "purpose marketing",
        "its required purposes form a cycle: marketing → marketing",
    )


NODES: list[Any] = [type(f"Node{letter}", (Purpose,), {}) for letter in "ABCDE"]


@pytest.mark.clause("USE-4")
@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4))))
def test_cycles_are_found_exactly_where_there_are_some(edges: set[tuple[int, int]]) -> None:
    """A policy has a cycle if walking the required purposes comes back, and every cycle that is named is one."""
    reach = set(edges)
    for _ in NODES:
        reach |= {(a, d) for a, b in reach for c, d in reach if b == c}
    rules = [
        additional(node, requires=[NODES[b] for a, b in sorted(edges) if a == at]) for at, node in enumerate(NODES)
    ]
    if not any((at, at) in reach for at in range(len(NODES))):
        Policy(version="1", controller="Shop", purposes=rules)
        return
    named: set[frozenset[str]] = set()
    for declaration, problem in findings(purposes=rules):
        steps = problem.removeprefix("its required purposes form a cycle: ").split(" → ")
        keys = [node.key for node in NODES]
        assert declaration == f"purpose {steps[0]}"
        assert steps[0] == steps[-1]
        assert len(set(steps)) == len(steps) - 1
        assert all((keys.index(a), keys.index(b)) in edges for a, b in pairwise(steps))
        assert frozenset(steps) not in named
        named.add(frozenset(steps))
    on_cycles = {node.key for at, node in enumerate(NODES) if (at, at) in reach}
    assert frozenset[str]().union(*named) == on_cycles


def test_two_items_of_one_key_are_refused() -> None:
    """Also if both say the same: values of one would pass for values of the other."""
    other = PersonalItem("name", str, Delivery)
    assert the_finding(purposes=[basic(Delivery, necessary=[NAME], optional=[other])]) == (
        "item name",
        "two items share the key",
    )


@pytest.mark.clause("DEF-3")
@pytest.mark.parametrize("category", [category for category in Category if category.sensitive])
@pytest.mark.parametrize("kind", [PersonalItem, NonPersonalItem])
def test_a_sensitive_category_needs_a_sensitive_item(category: Category, kind: Any) -> None:
    """Data of the seven kinds cannot be declared as anything less."""
    item = kind("number", str, Delivery, category=category)
    assert the_finding(purposes=[basic(Delivery, necessary=[item])]) == (
        "item number",
        f"the category {category.value} is sensitive; declare a SensitiveItem",
    )


def test_an_item_is_allowed_only_for_purposes_of_the_policy() -> None:
    """A purpose that nobody can consent to."""
    item = PersonalItem("thing", str, Delivery | Marketing)
    assert the_finding(purposes=[basic(Delivery, necessary=[item])]) == (
        "item thing",
        "it is allowed for marketing, which the policy lacks",
    )


def test_an_item_may_name_wider_or_narrower_purposes() -> None:
    """A narrower purpose goes by the rule of the wider one; of a wider one, only what is declared below counts."""
    for declared, named in ((Delivery, Drone), (Drone, Delivery)):
        item: Any = PersonalItem("thing", str, named)
        policy = Policy(version="1", controller="Shop", purposes=[basic(declared, necessary=[item])])
        assert policy.item("thing") is item


def test_an_exact_item_does_not_name_a_wider_purpose_than_is_declared() -> None:
    """It would be allowed for nothing that the policy speaks of."""
    item = PersonalItem("thing", str, Delivery, exact=True)
    assert findings(purposes=[basic(Drone, optional=[item])]) == [
        ("item thing", "it is allowed for delivery, which the policy lacks"),
        ("purpose drone", "its optional item thing may not be used for it"),
    ]


@pytest.mark.clause("DEF-2")
def test_an_unreachable_item_is_refused() -> None:
    """No purpose could ever use it, so nothing may be collected through it."""
    item = PersonalItem("thing", str, Delivery)
    assert the_finding(items=[item]) == (
        "item thing",
        "it is unreachable: no purpose names it as necessary or optional",
    )


@pytest.mark.clause("USE-2")
@pytest.mark.parametrize("place", ["necessary", "optional"])
def test_an_item_of_a_purpose_may_be_used_for_it(place: str) -> None:
    """Otherwise the purpose could never have it."""
    rules: list[Any] = [*FORM["purposes"], basic(Payment, **{place: [NAME]})]  # type: ignore[arg-type]
    assert the_finding(purposes=rules) == ("purpose payment", f"its {place} item name may not be used for it")


def test_an_item_is_necessary_or_optional_and_named_once() -> None:
    """Both at once cannot be shown to anybody."""
    assert the_finding(purposes=[basic(Delivery, necessary=[NAME], optional=[NAME])]) == (
        "purpose delivery",
        "its item name is both necessary and optional",
    )
    for place in ("necessary", "optional"):
        rules: list[Any] = [basic(Delivery, **{place: [NAME, NAME, NAME]})]  # type: ignore[arg-type]
        assert the_finding(purposes=rules) == ("purpose delivery", "it names its item name twice")


@pytest.mark.parametrize(
    ("levels", "declaration"),
    [
        ({"biometric": Level.SEPARATE}, "levels"),
        ({Operation.SHARE: Level.SEPARATE}, "levels"),
        ({(Operation.SHARE, Category.CHILD): Level.SEPARATE}, "levels"),
        ({(Category.CHILD,): Level.SEPARATE}, "levels"),
        ({(Category.CHILD, Operation.SHARE, 1): Level.SEPARATE}, "levels"),
        ({Category.CHILD: 3}, "levels CHILD"),
        ({Category.CHILD: "separate"}, "levels CHILD"),
        ({Sensitivity.NON_PERSONAL: Level.EXPRESS}, "levels NON_PERSONAL"),
        ({Sensitivity.SENSITIVE: Level.GENERAL}, "levels SENSITIVE"),
        ({(Category.BIOMETRIC, Operation.SHARE): Level.GENERAL}, "levels BIOMETRIC"),
    ],
    ids=repr,
)
def test_levels_are_checked(levels: dict[Any, Any], declaration: str) -> None:
    """Keys of the right form, levels, and none that is weaker than the least or without any effect."""
    assert the_finding(levels=levels)[0] == declaration


@pytest.mark.parametrize(
    "keep",
    [
        dt.timedelta(0),
        dt.timedelta(days=-1),
        dt.timedelta(microseconds=1),
        dt.timedelta(days=1, microseconds=1),
        dt.timedelta.max,
        dt.timedelta(days=365_250, seconds=1),
    ],
)
def test_retention_is_whole_seconds(keep: dt.timedelta) -> None:
    """Not none, not a fraction, and not so long that its end is no date."""
    assert the_finding(retention=[Retention(NAME, keep)])[0] == "retention of name"


def test_retention_is_stated_once_of_items_of_the_policy() -> None:
    """An item of the same key is another item."""
    day = dt.timedelta(days=1)
    assert the_finding(retention=[Retention(NAME, day), Retention(NAME, day * 2)]) == (
        "retention of name",
        "it is stated more than once",
    )
    for key in ("name", "other"):
        other = PersonalItem(key, str, Delivery)
        assert the_finding(retention=[Retention(other, day)]) == (
            f"retention of {key}",
            "the policy has no such item",
        )


@pytest.mark.clause("MINOR-1")
def test_purposes_that_need_a_guardian_are_known() -> None:
    """A slip in a key would leave minors without the guard that was meant."""
    declaration, problem = the_finding(minors=Minors(guardian_until_majority={"delivery", "membership"}))
    assert declaration == "minors"
    assert "'membership'" in problem


@pytest.mark.parametrize("where", ["title", "clause", "text"])
def test_text_without_bytes_is_refused(where: str) -> None:
    """A lone surrogate could not be written into a document."""
    broken = "broken \ud83d"
    purpose: Any = type("Broken", (Purpose,), {} if where == "text" else {where: broken})
    if where == "text":
        purpose.__doc__ = broken
    assert the_finding(purposes=[basic(purpose)])[0] == "purpose broken"
    if where != "text":
        texts: Any = {where: broken}
        item: Any = PersonalItem("thing", str, Delivery, **texts)
        assert the_finding(purposes=[basic(Delivery, necessary=[item])])[0] == "item thing"


# ── All of them at once ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-2", "DEF-3")
def test_everything_is_found_at_once() -> None:
    """One group holds every finding, in the order of the declarations, and each names its own."""
    card = PersonalItem("card", str, Payment | Marketing, category=Category.BANK_ACCOUNT)
    found = findings(
        version="",
        home_region="xx",
        minors=Minors(zone="Nowhere"),
        purposes=[
            basic(Delivery, necessary=[NAME, card], requires=[Payment]),
            basic(Payment, requires=[Delivery]),
        ],
        items=[SensitiveItem("spare", str, Payment, category=Category.CHILD)],
        levels={Sensitivity.NON_PERSONAL: Level.EXPRESS},
        retention=[Retention(NAME, dt.timedelta(0))],
    )
    assert [declaration for declaration, _ in found] == [
        "version",
        "home_region",
        "minors",
        "purpose delivery",
        "item card",
        "item card",
        "item spare",
        "purpose delivery",
        "levels NON_PERSONAL",
        "retention of name",
    ]


def test_the_group_says_which_policy_and_each_finding_which_code() -> None:
    """Errors carry a stable code and what to do."""
    with pytest.raises(PolicyInvalid, match=r"policy '7' has 2 finding\(s\)") as caught:
        make(**{**FORM, "version": "7", "controller": "", "home_region": ""})
    assert caught.value.code == "OBQ204"
    assert str(caught.value.exceptions[0]) == "controller: it is empty; change the declaration [OBQ203]"


def test_findings_come_in_one_order() -> None:
    """Not in that of hashes of objects, which differ from run to run."""
    items = [PersonalItem(f"item{at}", str, Delivery) for at in range(20)]
    found = findings(purposes=[PurposeRule(Delivery, Kind.BASIC, tuple(items), tuple(items), ())])
    assert found == [
        ("purpose delivery", f"its item item{at} is both necessary and optional") for at in range(len(items))
    ]
