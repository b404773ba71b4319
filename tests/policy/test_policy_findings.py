"""Building a policy: everything that is wrong is found at once, each thing named, and nothing else is blamed."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_random import policies
from policy_whole import whole_policy

from obq_privacy.errors import ItemInvalid, PolicyFinding, PolicyInvalid, PurposeInvalid
from obq_privacy.policy import (
    Anchor,
    Contact,
    Exemption,
    Kind,
    Minors,
    Policy,
    PurposeRule,
    Retention,
    additional,
    basic,
    statutory,
)
from obq_privacy.vocab import (
    Agreement,
    Category,
    LegalBasis,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    SensitiveItem,
    Sensitivity,
    ThirdPartySource,
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
CARRIER = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER)
WHOLE = "it is not a number of whole seconds up to a thousand years"
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
        {"recipients": ["carrier"]},
        {"sources": [CARRIER]},
        {"exemptions": [LegalBasis.RESEARCH]},
        {"exemptions": [(LegalBasis.RESEARCH, frozenset(Operation), False, "USE-22")]},
        {"contact": "privacy@shop.example"},
        {"contact": ("a", "b", "c")},
        {"smallest_group": 2.0},
        {"smallest_group": True},
        {"answer_within": 15},
        {"refusal_rest": 48},
        {"machine_refusal": 1},
        {"contact": Contact("a", None, "c")},  # type: ignore[arg-type]
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_declarations_of_another_type_are_named(changes: dict[str, Any]) -> None:
    """A purpose that was not wrapped in `basic`, for example."""
    assert the_finding(**changes)[0] == next(iter(changes))


untyped: Callable[..., Any] = Recipient
untyped_source: Callable[..., Any] = ThirdPartySource
untyped_retention: Callable[..., Any] = Retention
untyped_exemption: Callable[..., Any] = Exemption
RULE = basic(Delivery, necessary=[NAME])
TODAY, NOON = dt.date(2026, 11, 1), dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "partner"}, "its kind is not a RecipientKind"),
        ({"role": "logistics"}, "its role is not a Role"),
        ({"items": ["name"]}, "what it names is not an item"),
        ({"follows_policy": 1}, "follows_policy and sdk are True or False"),
        ({"sdk": None}, "follows_policy and sdk are True or False"),
        ({"check": (TODAY, TODAY)}, "its check is not a SecurityCheck with two dates"),
        ({"check": TODAY}, "its check is not a SecurityCheck with two dates"),
        ({"check": SecurityCheck(TODAY, NOON)}, "its check is not a SecurityCheck with two dates"),
        ({"public_key": "key"}, "its public key is not bytes"),
        ({"public_key": b""}, "its public key is not bytes"),
        ({"region": None}, "its region is not text"),
        ({"agreement": "2026/17"}, "its agreement or undertaking is not an Agreement"),
        ({"agreement": ("2026/17", TODAY, TODAY)}, "its agreement or undertaking is not an Agreement"),
        ({"agreement": Agreement("2026/17", "2026", TODAY)}, "its agreement or undertaking is not dated by two dates"),  # type: ignore[arg-type]
        ({"agreement": Agreement("2026/17", TODAY, NOON)}, "its agreement or undertaking is not dated by two dates"),
    ],
    ids=range(15),
)
def test_a_recipient_is_made_of_the_declared_types(changes: dict[str, Any], problem: str) -> None:
    """An instant is no day, a tuple no agreement, a name no role; each is named with its recipient."""
    party = untyped("carrier", Delivery, **{"kind": RecipientKind.PARTNER, **changes})
    assert the_finding(recipients=[party]) == ("recipient carrier", problem)


@pytest.mark.parametrize(
    "undertaking", ["yes", ("2026/4", TODAY, TODAY), Agreement("2026/4", NOON, TODAY)], ids=range(3)
)
def test_a_source_is_made_of_the_declared_types(undertaking: Any) -> None:
    """Nothing passes for a written undertaking but one."""
    declaration, problem = the_finding(sources=[ThirdPartySource("shop", undertaking=undertaking)])
    assert (declaration, problem[:29]) == ("source shop", "its agreement or undertaking ")
    assert the_finding(sources=[untyped_source("shop", undertaking=None, region=5)])[0] == "source shop"


@pytest.mark.parametrize(
    ("arguments", "declaration", "problem"),
    [
        (("name", dt.timedelta(days=1)), "retention", "what it is about is not an item"),
        ((NAME, 30), "retention of name", "a period of it is not a timedelta"),
        ((NAME, dt.timedelta(days=1), "delivery"), "retention of name", "what it is for is not one purpose"),
        ((NAME, dt.timedelta(days=1), Delivery | Payment), "retention of name", "what it is for is not one purpose"),
        ((NAME, dt.timedelta(days=1), Purpose), "retention of name", "what it is for is not one purpose"),
        ((NAME, dt.timedelta(days=1), None, "activity"), "retention of name", "what it counts from is not an Anchor"),
        (
            (NAME, dt.timedelta(days=1), None, Anchor.ACTIVITY, 30),
            "retention of name",
            "a period of it is not a timedelta",
        ),
    ],
    ids=range(7),
)
def test_a_retention_is_made_of_the_declared_types(arguments: Any, declaration: str, problem: str) -> None:
    """Bare numbers have no unit."""
    assert the_finding(retention=[untyped_retention(*arguments)]) == (declaration, problem)


@pytest.mark.parametrize(
    ("arguments", "declaration", "problem"),
    [
        (("news", frozenset({Operation.USE})), "exemptions", "its basis is not a LegalBasis"),
        ((LegalBasis.NEWS, frozenset({"use"})), "exemption news", "its operations are not a frozenset of Operation"),
        ((LegalBasis.NEWS, Operation.USE), "exemption news", "its operations are not a frozenset of Operation"),
        ((LegalBasis.NEWS, {Operation.USE}), "exemption news", "its operations are not a frozenset of Operation"),
        ((LegalBasis.NEWS, frozenset({Operation.USE}), "no"), "exemption news", "deidentified is True or False"),
        ((LegalBasis.NEWS, frozenset({Operation.USE}), False, None), "exemption news", "its clause is not text"),
    ],
    ids=range(6),
)
def test_an_exemption_is_made_of_the_declared_types(arguments: Any, declaration: str, problem: str) -> None:
    """A set that could still be changed does not count as declared."""
    assert the_finding(exemptions=[untyped_exemption(*arguments)]) == (declaration, problem)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "basic"}, "its kind is not a Kind"),
        ({"choice": 1}, "choice, user_initiated and signal are True or False"),
        ({"signal": None}, "choice, user_initiated and signal are True or False"),
        ({"user_initiated": "yes"}, "choice, user_initiated and signal are True or False"),
        ({"roles": frozenset({Role.SELLER})}, "its roles are not text"),
        ({"roles": {"clerk"}}, "its roles are not text"),
        ({"alternative": None}, "its alternative or permission is not text"),
        ({"permission": b"camera"}, "its alternative or permission is not text"),
    ],
    ids=range(8),
)
def test_a_rule_is_made_of_the_declared_types(changes: dict[str, Any], problem: str) -> None:
    """Also one that was not made by `basic` or its siblings."""
    assert the_finding(purposes=[attrs.evolve(RULE, **changes)]) == ("purpose delivery", problem)


@pytest.mark.clause("SHARE-1")
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"region": "cn"}, "its region is not an ISO 3166-1 code of two capital letters"),
        ({"region": "CN\n"}, "its region is not an ISO 3166-1 code of two capital letters"),
        ({"title": "\ud800"}, "a title, reference or clause of it is empty or not valid Unicode text"),
        ({"clause": "\ud800"}, "a title, reference or clause of it is empty or not valid Unicode text"),
        ({"title": 5}, "a title, reference or clause of it is empty or not valid Unicode text"),
        (
            {"agreement": Agreement("", TODAY, TODAY)},
            "a title, reference or clause of it is empty or not valid Unicode text",
        ),
        ({"agreement": Agreement("1", TODAY, TODAY - dt.timedelta(1))}, "its agreement ends before it begins"),
        ({"check": SecurityCheck(TODAY, TODAY - dt.timedelta(1))}, "its security check ends before it begins"),
        ({"follows_policy": True}, "only an affiliate follows the policy or does not"),
        ({"purposes": Payment}, "it is for payment, which the policy lacks"),
        ({"items": [NAME, NAME]}, "it names its item name twice"),
        ({"items": [PersonalItem("name", str, Delivery)]}, "it names the item name, which the policy lacks"),
    ],
    ids=range(12),
)
def test_a_recipient_that_cannot_hold_is_named(changes: dict[str, Any], problem: str) -> None:
    """Region, texts, dates, purposes and items."""
    said: dict[str, Any] = {"kind": RecipientKind.PARTNER, "purposes": Delivery, **changes}
    party = untyped("carrier", said.pop("purposes"), **said)
    assert the_finding(recipients=[party]) == ("recipient carrier", problem)


@pytest.mark.clause("SHARE-1")
def test_a_recipient_that_can_hold_builds() -> None:
    """On the edge: a contract and a check of one day, an affiliate with the policy, a narrower purpose."""
    day = Agreement("1", TODAY, TODAY)
    for changes in (
        {"agreement": day, "check": SecurityCheck(TODAY, TODAY), "sdk": True},
        {"kind": RecipientKind.AFFILIATE, "follows_policy": True},
        {"purposes": Drone, "items": [NAME]},
    ):
        said: dict[str, Any] = {"kind": RecipientKind.PARTNER, "purposes": Delivery, **changes}
        party = untyped("carrier", said.pop("purposes"), **said)
        policy: Any = make(**{**FORM, "recipients": [party]})
        assert policy.recipient("carrier") is party


@pytest.mark.clause("SHARE-1")
def test_an_item_of_a_recipient_may_be_used_for_one_of_its_purposes() -> None:
    """Otherwise it could never get it."""
    rules = [*FORM["purposes"], basic(Payment)]
    party = Recipient("bank", Payment, kind=RecipientKind.PARTNER, items=[NAME])
    assert the_finding(purposes=rules, recipients=[party]) == (
        "recipient bank",
        "its item name may not be used for any of its purposes",
    )


def test_recipients_and_sources_share_no_key() -> None:
    """Records name either by it."""
    twin: Any = Recipient("carrier", Delivery, kind=RecipientKind.PUBLIC)
    for changes, declaration in (
        ({"recipients": [CARRIER, twin]}, "recipient carrier"),
        ({"recipients": [CARRIER], "sources": [ThirdPartySource("carrier", undertaking=None)]}, "source carrier"),
        ({"sources": [ThirdPartySource("carrier", undertaking=None)] * 2}, "source carrier"),
    ):
        assert the_finding(**changes) == (declaration, "two recipients or sources share the key")


@pytest.mark.clause("USE-10")
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"region": "China"}, "its region is not an ISO 3166-1 code of two capital letters"),
        ({"title": "\udfff"}, "a title, reference or clause of it is empty or not valid Unicode text"),
        ({"undertaking": Agreement("1", TODAY, TODAY - dt.timedelta(1))}, "its agreement ends before it begins"),
    ],
    ids=range(3),
)
def test_a_source_that_cannot_hold_is_named(changes: dict[str, Any], problem: str) -> None:
    """Region, texts and dates."""
    source = untyped_source("shop", **{"undertaking": None, **changes})
    assert the_finding(sources=[source]) == ("source shop", problem)


@pytest.mark.clause("USE-22")
def test_an_exemption_that_cannot_hold_is_named() -> None:
    """Consent is not invoked, an exemption covers something and comes from a clause, and each stands once."""
    use = frozenset({Operation.USE})
    for exemption, problem in (
        (Exemption(LegalBasis.CONSENT, use), "it is not a basis that is invoked"),
        (Exemption(LegalBasis.STATUTORY, use), "it is not a basis that is invoked"),
        (Exemption(LegalBasis.NEWS, frozenset()), "it covers no operation"),
        (Exemption(LegalBasis.NEWS, use, clause=""), "it names no clause"),
        (Exemption(LegalBasis.NEWS, use, clause="\ud800"), "a title, text or clause of it is not valid Unicode text"),
    ):
        assert the_finding(exemptions=[exemption]) == (f"exemption {exemption.basis.value}", problem)
    twice = [Exemption(LegalBasis.NEWS, use), Exemption(LegalBasis.NEWS, frozenset(Operation))]
    assert the_finding(exemptions=twice) == ("exemption news", "it is stated more than once")
    assert make(**{**FORM, "exemptions": twice[:1]}).exemption(LegalBasis.NEWS) is twice[0]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"shared": [PersonalItem("other", str, Delivery)]}, "it shares the item other, which it does not use"),
        ({"shared": [NAME, NAME]}, "it shares its item name twice"),
        ({"choice": True}, "its recipient is chosen, and it shares nothing"),
        ({"permission": "Camera"}, "its permission is not lower-case words joined by . - or _"),
        ({"user_initiated": True}, "it is user-initiated without a device permission"),
        ({"roles": [""]}, "a role or a dpv or fides term of it is empty or not valid Unicode text"),
        ({"roles": ["\ud800"]}, "a role or a dpv or fides term of it is empty or not valid Unicode text"),
        ({"alternative": "\ud800"}, "a title, text or clause of it is not valid Unicode text"),
    ],
    ids=range(8),
)
def test_a_rule_that_cannot_hold_is_named(changes: dict[str, Any], problem: str) -> None:
    """Sharing, choice, permission and roles."""
    declare: Callable[..., PurposeRule] = additional
    rule = declare(Delivery, necessary=[NAME], **changes)
    assert the_finding(purposes=[rule]) == ("purpose delivery", problem)


@pytest.mark.clause("USE-18", "USE-20")
def test_a_rule_that_can_hold_builds() -> None:
    """All of it together."""
    rule = additional(
        Delivery, necessary=[NAME], shared=[NAME], choice=True, permission="camera", user_initiated=True, roles=["a"]
    )
    assert make(**{**FORM, "purposes": [rule]}).permitted_by("camera") == (Delivery,)


def test_nothing_requires_a_statutory_purpose() -> None:
    """Nobody consents to it, so what builds on it could never be had."""
    rules = [*FORM["purposes"], statutory(Payment), additional(Marketing, requires=[Payment])]
    assert the_finding(purposes=rules) == (
        "purpose marketing",
        "it requires the statutory payment, to which nobody consents",
    )


@pytest.mark.parametrize("where", ["dpv", "fides"])
def test_terms_without_bytes_are_refused(where: str) -> None:
    """They stand in the document, too."""
    terms: Any = {where: ["broken \ud83d"]}
    purpose: Any = type("Broken", (Purpose,), {}, **terms)
    assert the_finding(purposes=[basic(purpose)])[0] == "purpose broken"
    item: Any = PersonalItem("thing", str, Delivery, **terms)
    assert the_finding(purposes=[basic(Delivery, necessary=[item])])[0] == "item thing"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"smallest_group": 1}, "a group of fewer than two is a person"),
        ({"answer_within": dt.timedelta(hours=23)}, "it is less than a day"),
        ({"answer_within": dt.timedelta(days=1, microseconds=1)}, WHOLE),
        ({"answer_within": dt.timedelta.max}, WHOLE),
        ({"refusal_rest": dt.timedelta(0)}, "it is not positive"),
        ({"refusal_rest": dt.timedelta(seconds=1.5)}, WHOLE),
        ({"contact": Contact("a", " ", "c")}, "it names no department, address or court"),
        ({"contact": Contact("a", "b", "")}, "it names no department, address or court"),
        ({"contact": Contact("a", "b", "c", "\ud800")}, "a title, text or clause of it is not valid Unicode text"),
        ({"minors": Minors(guardian_operations={"all"})}, "guardian_operations are values of Operation"),
        ({"minors": Minors(approval=1)}, "approval is True or False"),  # type: ignore[arg-type]
    ],
    ids=range(11),
)
def test_settings_that_cannot_hold_are_named(changes: dict[str, Any], problem: str) -> None:
    """Group size, periods, contact and the rules on minors."""
    found = findings(**changes)
    assert (next(iter(changes)), problem) in found
    assert {declaration for declaration, _ in found} == {next(iter(changes))}


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


@pytest.mark.clause("PROT-3")
def test_retention_is_stated_once_for_each_purpose_that_the_policy_knows() -> None:
    """A general one and one for a purpose stand side by side, two for one purpose do not."""
    day = dt.timedelta(days=1)
    make(**{**FORM, "retention": [Retention(NAME, day), Retention(NAME, day, Delivery), Retention(NAME, day, Drone)]})
    assert the_finding(retention=[Retention(NAME, day, Delivery), Retention(NAME, 2 * day, Delivery)]) == (
        "retention of name",
        "it is stated more than once",
    )
    assert the_finding(retention=[Retention(NAME, day, Payment)]) == (
        "retention of name",
        "it is stated for payment, which the policy lacks",
    )


@pytest.mark.clause("PROT-3")
def test_what_the_law_wants_kept_needs_a_statutory_purpose() -> None:
    """Nothing else reveals it while it is restricted; its period is whole seconds, too."""
    day = dt.timedelta(days=1)
    kept = Retention(NAME, day, at_least=2 * day)
    assert the_finding(retention=[kept]) == (
        "retention of name",
        "no statutory purpose names the item, so nothing could reveal it while the law keeps it",
    )
    item: Any = PersonalItem("name", str, Delivery | Payment)
    rules = [basic(Delivery, necessary=[item]), statutory(Payment, items=[item])]
    make(**{**FORM, "purposes": rules, "retention": [attrs.evolve(kept, item=item)]})
    for least in (dt.timedelta(0), dt.timedelta(microseconds=1), dt.timedelta.max):
        assert the_finding(purposes=rules, retention=[attrs.evolve(kept, item=item, at_least=least)])[0] == (
            "retention of name"
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
