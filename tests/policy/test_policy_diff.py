"""Comparing versions: every change is found, classed as one of the six kinds or minor, and weighed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from policy_random import policies
from policy_whole import whole_policy

from obq_privacy.errors import PolicyConflict
from obq_privacy.policy import (
    Anchor,
    ChangeKind,
    Contact,
    Exemption,
    Minors,
    Policy,
    Retention,
    additional,
    basic,
    diff,
    statutory,
)
from obq_privacy.policy._classes import FIELDS, PARTS, SETTINGS
from obq_privacy.policy._rules import PurposeRule
from obq_privacy.vocab import (
    Agreement,
    Category,
    LegalBasis,
    Level,
    Operation,
    PersonalItem,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    ThirdPartySource,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Delivery(Purpose):
    """Bring the order."""


class Drone(Delivery):
    """Bring it through the air."""


class Marketing(Purpose):
    """Make offers."""


class Books(Purpose):
    """Keep the books."""


DAY = dt.timedelta(days=1)
SIGNED = Agreement("1", dt.date(2026, 1, 1), dt.date(2026, 12, 31))
NAME = PersonalItem("name", str, Delivery | Marketing | Books, mask=str.upper)
PHONE = PersonalItem("phone", str, Delivery, encrypt=True)
DELIVERY = basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME], choice=True, roles=["clerk"])
MARKETING = additional(
    Marketing, optional=[NAME], alternative="None.", permission="camera", user_initiated=True, signal=True
)
BOOKS = statutory(Books, items=[NAME])
CARRIER = Recipient(
    "carrier", Delivery | Marketing, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, items=[NAME], agreement=SIGNED
)
SOURCE = ThirdPartySource("shop", undertaking=SIGNED)
NEWS = Exemption(LegalBasis.NEWS, frozenset({Operation.USE}), deidentified=True)
BASE: dict[str, Any] = {
    "controller": "Shop",
    "purposes": [DELIVERY, MARKETING, BOOKS],
    "levels": {Category.NAME: Level.SEPARATE},
    "minors": Minors(guardian_operations={"share"}, approval=True),
    "retention": [Retention(NAME, 30 * DAY, at_least=90 * DAY), Retention(PHONE, 5 * DAY, Delivery)],
    "recipients": [CARRIER],
    "sources": [SOURCE],
    "exemptions": [NEWS],
    "contact": Contact("office", "mail", "court", "page"),
    "refusal_rest": 2 * DAY,
    "machine_refusal": True,
}
make: Callable[..., Any] = Policy


def old() -> Policy:
    policy: Policy = make(version="1", **BASE)
    return policy


def new(**changes: Any) -> Policy:
    policy: Policy = make(version="2", **{**BASE, **changes})
    return policy


def found(**changes: Any) -> list[tuple[str, str, str, bool]]:
    """Give what changed: declaration, field, kind, and whether it takes a right away."""
    return [(c.declaration, c.field, c.kind.value, c.reduces) for c in diff(old(), new(**changes)).changes]


def party(**changes: Any) -> Any:
    names = ("kind", "role", "region", "items", "agreement", "follows_policy", "sdk", "check", "public_key", "title")
    said = {name: getattr(CARRIER, name) for name in names} | {"purposes": Delivery | Marketing} | changes
    return Recipient("carrier", said.pop("purposes"), **said)


def rules(*changed: Any) -> dict[str, Any]:
    other = {rule.purpose: rule for rule in changed}
    kept = [other.pop(rule.purpose, rule) for rule in BASE["purposes"]]
    return {"purposes": [*kept, *other.values()]}


# ── Each kind of change ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-2")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"controller": "Other"}, ("controller", "", "control", True)),
        ({"home_region": "SG"}, ("home_region", "", "service-model", True)),
        ({"contact": Contact("x", "mail", "court", "page")}, ("contact", "department", "contacts", False)),
        ({"contact": Contact("office", "x", "court", "page")}, ("contact", "address", "contacts", False)),
        ({"contact": Contact("office", "mail", "x", "page")}, ("contact", "court", "contacts", False)),
        ({"contact": Contact("office", "mail", "court")}, ("contact", "url", "contacts", False)),
        ({"smallest_group": 9}, ("smallest_group", "", "service-model", True)),
        ({"smallest_group": 11}, ("smallest_group", "", "service-model", False)),
        ({"answer_within": 16 * DAY}, ("answer_within_seconds", "", "rights", True)),
        ({"answer_within": 14 * DAY}, ("answer_within_seconds", "", "rights", False)),
        ({"refusal_rest": DAY}, ("refusal_rest_seconds", "", "rights", True)),
        ({"refusal_rest": None}, ("refusal_rest_seconds", "", "rights", True)),
        ({"refusal_rest": 3 * DAY}, ("refusal_rest_seconds", "", "rights", False)),
        ({"machine_refusal": False}, ("machine_refusal", "", "rights", True)),
        ({"levels": {}}, ("level of category:name for *", "", "rights", True)),
        ({"levels": {Category.NAME: Level.EXPRESS}}, ("level of category:name for *", "level", "rights", True)),
        (
            {"levels": {Category.NAME: Level.SEPARATE, Category.CHILD: Level.SEPARATE}},
            ("level of category:child for *", "", "rights", False),
        ),
        ({"recipients": []}, ("recipient carrier", "", "main-recipients", False)),
        (
            {"recipients": [CARRIER, Recipient("other", Delivery, kind=RecipientKind.PARTNER)]},
            ("recipient other", "", "main-recipients", True),
        ),
        (
            {"recipients": [party(kind=RecipientKind.THIRD_PARTY)]},
            ("recipient carrier", "kind", "main-recipients", True),
        ),
        ({"recipients": [party(role=Role.SELLER)]}, ("recipient carrier", "role", "main-recipients", True)),
        ({"recipients": [party(region="SG")]}, ("recipient carrier", "region", "main-recipients", True)),
        ({"recipients": [party(purposes=Delivery)]}, ("recipient carrier", "purposes", "main-recipients", False)),
        ({"recipients": [party(items=[NAME, PHONE])]}, ("recipient carrier", "items", "main-recipients", True)),
        ({"recipients": [party(items=[])]}, ("recipient carrier", "items", "main-recipients", True)),
        ({"recipients": [party(sdk=True)]}, ("recipient carrier", "sdk", "main-recipients", True)),
        ({"recipients": [party(agreement=None)]}, ("recipient carrier", "agreement", "minor", False)),
        ({"recipients": [party(title="T")]}, ("recipient carrier", "title", "minor", False)),
        ({"recipients": [party(public_key=b"k")]}, ("recipient carrier", "public_key", "minor", False)),
        (
            {"recipients": [party(check=SecurityCheck(dt.date(2026, 1, 1), dt.date(2026, 1, 2)))]},
            ("recipient carrier", "check", "minor", False),
        ),
        ({"sources": []}, ("source shop", "", "service-model", False)),
        (
            {"sources": [SOURCE, ThirdPartySource("other", undertaking=None)]},
            ("source other", "", "service-model", True),
        ),
        ({"sources": [ThirdPartySource("shop", undertaking=None)]}, ("source shop", "undertaking", "minor", False)),
        ({"exemptions": []}, ("exemption news", "", "rights", False)),
        (
            {"exemptions": [NEWS, Exemption(LegalBasis.RESEARCH, frozenset({Operation.USE}))]},
            ("exemption research", "", "rights", True),
        ),
        (
            {"exemptions": [NEWS._replace(operations=frozenset({Operation.USE, Operation.SHARE}))]},
            ("exemption news", "operations", "rights", True),
        ),
        ({"exemptions": [NEWS._replace(deidentified=False)]}, ("exemption news", "deidentified", "rights", True)),
        ({"exemptions": [NEWS._replace(clause="SHARE-8")]}, ("exemption news", "clause", "minor", False)),
        ({"retention": BASE["retention"][:1]}, ("retention of phone for delivery", "", "service-model", True)),
        (
            {"retention": [*BASE["retention"], Retention(PHONE, DAY)]},
            ("retention of phone", "", "service-model", False),
        ),
        (
            {"retention": [Retention(NAME, 31 * DAY, at_least=90 * DAY), *BASE["retention"][1:]]},
            ("retention of name", "keep_seconds", "service-model", True),
        ),
        (
            {"retention": [Retention(NAME, 29 * DAY, at_least=90 * DAY), *BASE["retention"][1:]]},
            ("retention of name", "keep_seconds", "service-model", False),
        ),
        (
            {"retention": [Retention(NAME, 30 * DAY), *BASE["retention"][1:]]},
            ("retention of name", "at_least_seconds", "service-model", False),
        ),
        (
            {"retention": [Retention(NAME, 30 * DAY, at_least=91 * DAY), *BASE["retention"][1:]]},
            ("retention of name", "at_least_seconds", "service-model", True),
        ),
        (
            {"retention": [attrs.evolve(BASE["retention"][0], after=Anchor.ACTIVITY), *BASE["retention"][1:]]},
            ("retention of name", "after", "service-model", True),
        ),
        (
            {**rules(attrs.evolve(DELIVERY, optional=())), "retention": BASE["retention"][:1]},
            ("item phone", "", "service-model", False),
        ),
        (
            rules(attrs.evolve(DELIVERY, necessary=(NAME, PHONE), optional=())),
            ("purpose delivery", "necessary", "service-model", True),
        ),
        (rules(attrs.evolve(DELIVERY, shared=(NAME, PHONE))), ("purpose delivery", "shared", "service-model", True)),
        (rules(attrs.evolve(DELIVERY, choice=False)), ("purpose delivery", "choice", "service-model", True)),
        (rules(attrs.evolve(DELIVERY, roles=frozenset())), ("purpose delivery", "roles", "service-model", True)),
        (
            rules(attrs.evolve(DELIVERY, roles=frozenset({"a", "clerk"}))),
            ("purpose delivery", "roles", "service-model", True),
        ),
        (
            rules(attrs.evolve(MARKETING, requires=(Delivery,))),
            ("purpose marketing", "requires", "service-model", True),
        ),
        (rules(attrs.evolve(MARKETING, alternative="")), ("purpose marketing", "alternative", "rights", True)),
        (rules(attrs.evolve(MARKETING, alternative="x")), ("purpose marketing", "alternative", "rights", False)),
        (
            rules(attrs.evolve(MARKETING, permission="microphone")),
            ("purpose marketing", "permission", "service-model", True),
        ),
        (
            rules(attrs.evolve(MARKETING, user_initiated=False)),
            ("purpose marketing", "user_initiated", "service-model", True),
        ),
        (rules(attrs.evolve(MARKETING, signal=False)), ("purpose marketing", "signal", "rights", True)),
        (rules(basic(Marketing, optional=[NAME])), ("purpose marketing", "kind", "service-model", True)),
        (
            rules(additional(Delivery, necessary=[NAME], optional=[PHONE])),
            ("purpose delivery", "kind", "service-model", False),
        ),
        (rules(basic(Drone, optional=[PHONE])), ("purpose drone", "", "service-model", True)),
    ],
)
def test_a_change_is_of_one_kind_and_takes_a_right_away_or_not(
    changes: dict[str, Any], expected: tuple[str, str, str, bool]
) -> None:
    """Service model, control, recipients, rights, contacts, or minor; and wider or not."""
    assert expected in found(**changes)


@pytest.mark.clause("CHANGE-1", "CHANGE-2")
@pytest.mark.parametrize(
    ("changes", "reduces"),
    [
        ({"sensitive_age": 13}, True),
        ({"sensitive_inclusive": False}, True),
        ({"guardian_age": 16}, True),
        ({"guardian_inclusive": False}, True),
        ({"majority": 21}, True),
        ({"guardian_until_majority": {"delivery"}}, True),
        ({"guardian_operations": ()}, True),
        ({"guardian_operations": {"share", "disclose"}}, False),
        ({"approval": False}, True),
        ({"unknown": "adult"}, True),
        ({"counted_from": "day-after"}, True),
        ({"leap_day": "28-feb"}, True),
        ({"zone": "+09:00"}, True),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_change_of_age_limits_is_one_of_rights(changes: dict[str, Any], reduces: bool) -> None:
    """A higher limit takes the right to decide alone, a lower one a protection."""
    assert found(minors=attrs.evolve(BASE["minors"], **changes)) == [("minors", next(iter(changes)), "rights", reduces)]


@pytest.mark.clause("CHANGE-2")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "T"}, ("title", "minor", False)),
        ({"clause": "USE-1"}, ("clause", "minor", False)),
        ({"mask": None}, ("mask", "minor", False)),
        ({"validate": str.upper}, ("validate", "minor", False)),
        ({"dpv": ["x"]}, ("dpv", "minor", False)),
        ({"fides": ["x"]}, ("fides", "minor", False)),
        ({"kind": bytes}, ("type", "service-model", True)),
        ({"category": Category.CONTACT}, ("category", "service-model", True)),
        ({"exact": True}, ("exact", "service-model", False)),
        ({"encrypt": True}, ("encrypt", "service-model", False)),
        ({"purposes": Delivery | Marketing | Books | Drone}, None),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_change_of_an_item_is_one_of_the_kinds_of_data(changes: dict[str, Any], expected: Any) -> None:
    """Or minor, where it is only about how it is shown or checked."""
    said: dict[str, Any] = {"kind": str, "purposes": Delivery | Marketing | Books, "mask": str.upper, **changes}
    item: Any = PersonalItem("name", said.pop("kind"), said.pop("purposes"), **said)
    other = {
        **rules(
            attrs.evolve(DELIVERY, necessary=(item,), shared=(item,)),
            attrs.evolve(MARKETING, optional=(item,)),
            attrs.evolve(BOOKS, necessary=(item,)),
        ),
        "retention": [attrs.evolve(BASE["retention"][0], item=item), BASE["retention"][1]],
        "recipients": [party(items=[item])],
    }
    assert found(**other) == ([] if expected is None else [("item name", *expected)])


@pytest.mark.clause("CHANGE-2")
def test_a_change_of_a_purpose_s_words_is_one_of_the_service_unless_it_is_only_layout() -> None:
    """What people agreed to is what it said."""

    def of(text: str, **more: Any) -> Policy:
        purpose = type("P", (more.pop("parent", Purpose),), {"__doc__": text}, key="p", **more)
        return Policy(version=text + str(more), controller="x", purposes=[basic(purpose), basic(Delivery)])

    def change(policy: Policy) -> list[tuple[str, str, bool]]:
        return [(c.field, c.kind.value, c.reduces) for c in diff(of("One two."), policy).changes]

    assert change(of("One three.")) == [("text", "service-model", True)]
    assert change(of("One\ntwo.")) == [("text", "service-model", False)]
    assert change(of("One two.", title="T")) == [("title", "minor", False)]
    assert change(of("One two.", dpv=["x"])) == [("dpv", "minor", False)]
    assert change(of("One two.", parent=Delivery, title="P")) == [("parent", "service-model", True)]


@pytest.mark.clause("CHANGE-1")
def test_a_purpose_that_loses_its_rule_to_a_wider_one_is_widened() -> None:
    """It goes by the wider rule; without one it is gone, which takes nothing away."""
    one = new(**rules(basic(Drone, optional=[PHONE])))
    removed = {c.declaration: c.reduces for c in diff(one, make(version="3", **BASE)).changes if c.after is None}
    assert removed["purpose drone"]
    gone = diff(
        Policy(version="1", controller="x", purposes=[basic(Delivery), basic(Marketing)]),
        Policy(version="2", controller="x", purposes=[basic(Delivery)]),
    )
    assert [(c.declaration, c.reduces) for c in gone.changes if c.kind.major] == [("purpose marketing", False)]


@pytest.mark.clause("CHANGE-2")
def test_an_assessment_that_shows_a_high_risk_is_a_change_of_its_own() -> None:
    """The sixth kind has no declaration in the policy."""
    compared = diff(old(), new(), high_risks=["assessment 7"])
    assert [(c.declaration, c.after, c.kind) for c in compared.changes] == [
        ("impact assessment", "assessment 7", ChangeKind.IMPACT)
    ]
    assert compared.for_everybody


# ── All of them ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-2")
@given(policies(), policies())
def test_every_change_is_found_and_nothing_else(one: Policy, other: Policy) -> None:
    """Applying the changes to the older document gives the newer one, apart from its version."""
    other = Policy.loads(
        other.dumps().replace(f'"version": {json.dumps(other.version, ensure_ascii=False)}', '"version": "other"', 1)
    )
    if one.version == "other":
        return
    before, after = json.loads(one.dumps()), json.loads(other.dumps())
    changes = diff(one, other).changes
    words = {part.word: part for part in PARTS}
    rows = {part.name: {_name(part, row): row for row in before[part.name]} for part in PARTS}
    for change in changes:
        word = next((word for word in words if change.declaration.startswith(f"{word} ")), None)
        if word is None:
            _set(before, change)
        elif change.field:
            rows[words[word].name][change.declaration][change.field] = change.after
        elif change.after is None:
            del rows[words[word].name][change.declaration]
        else:
            rows[words[word].name][change.declaration] = change.after
    for part in PARTS:
        named = {_name(part, row): row for row in after[part.name]}
        assert rows[part.name] == named
    for name in {path.partition(".")[0] for path in SETTINGS}:
        assert before[name] == after[name]


def _name(part: Any, row: Any) -> str:
    return f"{part.word} " + " for ".join(str(row[key]) for key in part.keys if row[key] is not None)


def _set(document: Any, change: Any) -> None:
    if not change.field:
        document[change.declaration] = change.after
        return
    document[change.declaration] = document[change.declaration] or {}
    document[change.declaration][change.field] = change.after
    if all(value is None for value in document[change.declaration].values()):
        document[change.declaration] = None


@pytest.mark.clause("CHANGE-2", "CHANGE-3", "COOK-2")
def test_all_that_a_policy_says_of_a_purpose_is_in_its_document() -> None:
    """Or a changed text would pass for the same version, and what is read of a document would say less than it."""
    assert {field.name for field in attrs.fields(PurposeRule)} - {"purpose"} == FIELDS["purposes"].keys()


@pytest.mark.clause("CHANGE-2")
def test_every_field_of_a_document_is_classed() -> None:
    """A field that a later form adds cannot be forgotten."""
    document = json.loads(whole_policy().dumps())
    paths = {path.partition(".")[0] for path in SETTINGS}
    assert {part.name for part in PARTS} | paths | {"format", "version"} == set(document)
    for place in ("minors", "contact"):
        assert {path for path in SETTINGS if path.startswith(f"{place}.")} == {
            f"{place}.{key}" for key in document[place]
        }
    for part in PARTS:
        for row in document[part.name]:
            assert {*part.keys, *FIELDS[part.name]} == set(row)


@given(policies())
def test_a_policy_does_not_differ_from_itself(policy: Policy) -> None:
    """Nor from what is read of its document."""
    assert diff(policy, Policy.loads(policy.dumps())).changes == ()


@pytest.mark.clause("CHANGE-3")
def test_one_version_does_not_say_two_things() -> None:
    """It could not be told which of them somebody agreed to."""
    with pytest.raises(PolicyConflict):
        diff(old(), make(version="1", **{**BASE, "controller": "Other"}))
    assert not diff(old(), old()).changes


# ── Who must be told ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-2")
def test_a_change_of_one_purpose_concerns_whoever_consented_to_it() -> None:
    """To it, to a wider or to a narrower one; nobody else, as long as nothing is about everybody."""
    both = rules(basic(Drone, optional=[PHONE]))
    before: Policy = make(version="1", **{**BASE, **both})
    changed = rules(basic(Drone, optional=[PHONE], shared=[PHONE]))
    compared = diff(before, new(**changed))
    assert [(c.declaration, c.purposes) for c in compared.major] == [("purpose drone", ("drone",))]
    assert not compared.for_everybody
    for purposes, told in ((["drone"], 1), (["delivery"], 1), (["marketing"], 0), ([], 0), (["marketing", "drone"], 1)):
        assert len(compared.told(purposes)) == told


@pytest.mark.clause("CHANGE-2")
@pytest.mark.parametrize(
    "changes",
    [{"controller": "Other"}, {"contact": Contact("x", "y", "z")}, rules(basic(Drone, optional=[PHONE]))],
    ids=range(3),
)
def test_a_change_of_everything_or_something_new_concerns_everybody(changes: dict[str, Any]) -> None:
    """Control, contacts, and a purpose that nobody knows yet."""
    compared = diff(old(), new(**changes))
    assert compared.for_everybody
    assert compared.told([])


@pytest.mark.clause("CHANGE-2")
def test_minor_changes_are_told_to_nobody() -> None:
    """They are listed, and that is all."""
    compared = diff(old(), new(recipients=[party(title="T", public_key=b"k")]))
    assert compared.kinds == {ChangeKind.MINOR}
    assert len(compared.changes) == 2
    assert (compared.major, compared.reducing, compared.for_everybody) == ((), (), False)
    assert compared.told(["delivery", "marketing"]) == ()


def test_the_items_of_a_changed_kind_name_their_purposes() -> None:
    """Before and after."""
    compared = diff(old(), new(retention=[Retention(NAME, 31 * DAY, at_least=90 * DAY), BASE["retention"][1]]))
    (change,) = compared.changes
    assert change.purposes == ("books", "delivery", "marketing")
    assert (change.before, change.after) == (30 * 86400, 31 * 86400)
    assert repr(compared) == "Diff('1', '2', 1 changes)"
    assert compared.new.former("1") is not None
