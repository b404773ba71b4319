"""Documents: one policy has one text, a text has one meaning, and old texts stay readable."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_random import PURPOSES, policies
from policy_whole import (
    BORN,
    CARRIER,
    DAY,
    GIVEN,
    NAME,
    SIGNED,
    SIZE,
    Delivery,
    EmailMarketing,
    FaceLogin,
    Login,
    Marketing,
    Payment,
    Wordless,
    whole_policy,
)

from obq_privacy.errors import PolicyDocumentInvalid
from obq_privacy.policy import (
    Anchor,
    Contact,
    Exemption,
    Kind,
    Minors,
    Policy,
    Retention,
    additional,
    basic,
    former_of,
    scopes_of,
)
from obq_privacy.vocab import (
    LegalBasis,
    Level,
    Operation,
    PersonalItem,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    Sensitivity,
    ThirdPartySource,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "policy-v1.json"
DOCUMENTED = HERE.parents[1] / "docs" / "formats" / "policy.md"


def golden() -> str:
    return GOLDEN.read_text(encoding="utf-8")


def place_of(text: str, **given: Any) -> str:
    """Give the place that a refusal names."""
    with pytest.raises(PolicyDocumentInvalid) as caught:
        Policy.loads(text, **given)
    return caught.value.place


# ── One policy has one text ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-3")
def test_the_policy_of_the_golden_document_still_has_its_text() -> None:
    """What was archived by an earlier version of the library is what this one writes, byte for byte."""
    assert whole_policy().dumps() == golden()


@pytest.mark.clause("CHANGE-3")
def test_the_golden_document_is_read_as_its_policy() -> None:
    """An archived version stays readable, and says what it said."""
    loaded = Policy.loads(golden(), items=GIVEN)
    assert loaded.dumps() == golden()
    assert loaded.scopes == whole_policy().scopes
    assert scopes_of(golden()) == (whole_policy().version, dict(whole_policy().scopes))
    assert former_of(golden()).scopes == whole_policy().scopes


def test_the_golden_scopes_have_their_digests() -> None:
    """Digests are kept with consents, so they never change for a document."""
    _, scopes = scopes_of(golden())
    assert {" ".join(pair).strip(): digest.hex() for pair, digest in sorted(scopes.items()) if any(digest)} == {
        "delivery consignee-name": "50960640671b03dabadc526b6afc20e2",
        "delivery face": "5685d535034317fe9bc2976b5dc92c49",
        "delivery parcel.size": "568fe18ec933ecc7d36893f917cf6cee",
        "ledger amount": "b8e32d46718368629c15558fa3a87770",
        "login.face face": "5da30faca6556c28c8865a81f1e57d03",
        "marketing amount": "8af56e1be468e08df024bd1d383ec307",
        "marketing born": "8e872bff9876a4252f4b4355e2f1be6e",
        "payment amount": "bd19de2383560e04b3199644649ca880",
        "payment bank-card": "9a2e46871e8058a6c1432439d9442ce7",
        "payment consignee-name": "52bd860499116926100cac6060b956b4",
        "recipient:bank": "64fc1d1a6995d50b1389eba18eddd48f",
        "recipient:carrier": "f3db30a9dbf55a6e84e2733b227bfa4d",
        "recipient:sister": "1767c36f4e6b6f378c541ec627c80a76",
        "recipient:tracker.sdk": "ba3a8acc7f8d2a3721ffe3f034b9d915",
    }
    assert {" ".join(pair) for pair, digest in scopes.items() if not any(digest) and pair[1]} == {
        "shared:delivery consignee-name",
        "shared:delivery parcel.size",
        "shared:ledger amount",
        "shared:payment bank-card",
    }


def digest(parts: list[str]) -> bytes:
    return hashlib.sha256(b"".join(struct.pack(">I", len(p.encode())) + p.encode() for p in parts)).digest()[:16]


@given(policies())
def test_scopes_are_digested_as_documented(policy: Policy) -> None:
    """Written out once more from the description of the form, on the plain document."""
    text = policy.dumps()
    document = json.loads(text)
    words = {word["key"]: word for word in document["vocabulary"]}
    items = {item["key"]: item for item in document["items"]}
    expected: dict[tuple[str, str], bytes] = {}
    for rule in document["purposes"]:
        wider: list[str] = [rule["key"]]
        while words[wider[-1]]["parent"] is not None:
            wider.append(words[wider[-1]]["parent"])
        expected[rule["key"], ""] = bytes(16)
        for need in ("necessary", "optional"):
            for item in (items[key] for key in rule[need]):
                said = " ".join(words[rule["key"]]["text"].split())
                parts = ["obq-privacy/scope/1", *wider, "/", said, rule["kind"], need, *rule["requires"], "/"]
                parts += [item["key"], item["type"], item["category"], item["sensitivity"]]
                parts.append("exact" if item["exact"] else "wide")
                expected[rule["key"], item["key"]] = digest(parts)
        expected.update({(f"shared:{rule['key']}", item): bytes(16) for item in rule["shared"]})
    for party in document["recipients"]:
        parts = ["obq-privacy/recipient-scope/1", party["key"], party["kind"], party["role"], party["region"]]
        parts += ["follows" if party["follows_policy"] else "own", "sdk" if party["sdk"] else "plain"]
        expected[f"recipient:{party['key']}", ""] = digest([*parts, *party["purposes"], "/", *party["items"]])
    assert policy.scopes == scopes_of(text)[1] == expected


@given(policies(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_makes_no_difference(policy: Policy, chance: random.Random) -> None:
    """Whatever the order, the text is the same."""

    def mixed(things: Iterable[Any]) -> list[Any]:
        return chance.sample(listed := list(things), len(listed))

    other = Policy(
        version=policy.version,
        controller=policy.controller,
        home_region=policy.home_region,
        purposes=[
            attrs.evolve(
                rule,
                necessary=tuple(mixed(rule.necessary)),
                optional=tuple(mixed(rule.optional)),
                requires=tuple(mixed(rule.requires)),
                shared=tuple(mixed(rule.shared)),
            )
            for rule in mixed(policy.purposes)
        ],
        items=mixed(policy.items),
        levels=dict(mixed(policy.levels.items())),
        minors=policy.minors,
        retention=mixed(policy.retention),
        recipients=mixed(policy.recipients),
        sources=mixed(policy.sources),
        exemptions=mixed(policy.exemptions),
        contact=policy.contact,
        smallest_group=policy.smallest_group,
        answer_within=policy.answer_within,
        refusal_rest=policy.refusal_rest,
        machine_refusal=policy.machine_refusal,
    )
    assert other.dumps() == policy.dumps()
    assert other.scopes == policy.scopes


@pytest.mark.parametrize(
    "environment", [{"PYTHONHASHSEED": "0"}, {"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "4242"}, {"LC_ALL": "C"}]
)
def test_the_text_is_the_same_in_every_process(environment: dict[str, str]) -> None:
    """Hash seed and locale make no difference, in whatever order things are declared."""
    program = (
        "import sys, policy_whole as w\n"
        "for order in (tuple, w.shuffled, lambda things: sorted(things, key=repr)):\n"
        "    sys.stdout.buffer.write(w.whole_policy(order).dumps().encode())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=HERE,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.decode() == golden() * 3


def test_the_form_is_plain_json() -> None:
    """Keys in a fixed order, two blanks of indentation, characters as they are, a newline at the end."""
    text = golden()
    read = json.loads(text)
    assert json.dumps(read, ensure_ascii=False, indent=2) + "\n" == text
    assert list(read) == [
        *("format", "version", "controller", "home_region", "contact", "minors", "levels", "vocabulary", "purposes"),
        *("items", "retention", "recipients", "sources", "exemptions", "smallest_group", "answer_within_seconds"),
        *("refusal_rest_seconds", "machine_refusal"),
    ]
    assert "收取订单货款。" in text


def test_the_documented_example_is_one() -> None:
    """The document in the description of the form is read, and written the same."""
    page = DOCUMENTED.read_text(encoding="utf-8")
    example = page.split("```json\n", 1)[1].split("```", 1)[0]
    assert Policy.loads(example).dumps() == example


# ── A text has one meaning ────────────────────────────────────────────────────────────────────────────────


def said(entries: Iterable[Retention]) -> set[tuple[object, ...]]:
    return {(e.item.key, e.keep, e.purpose and e.purpose.key, e.after, e.at_least) for e in entries}


@given(policies())
def test_what_is_written_is_read_back_without_any_class(policy: Policy) -> None:
    """Purposes and items of plain types are made; the text, the scopes and every answer stay the same."""
    text = policy.dumps()
    loaded = Policy.loads(text)
    assert loaded.dumps() == text
    assert loaded.scopes == policy.scopes
    assert scopes_of(text) == (policy.version, dict(policy.scopes))
    assert loaded.minors == policy.minors
    assert loaded.levels == policy.levels
    assert set(loaded.exemptions) == set(policy.exemptions)
    for name in ("contact", "smallest_group", "answer_within", "refusal_rest", "machine_refusal"):
        assert getattr(loaded, name) == getattr(policy, name)
    for recipient in policy.recipients:
        read = loaded.recipient(recipient.key)
        assert read is not None
        assert (read.names, read.standing, read.region) == (recipient.names, recipient.standing, recipient.region)
        assert (read.agreement, read.check, read.sdk) == (recipient.agreement, recipient.check, recipient.sdk)
        assert read.public_key == recipient.public_key
        assert repr(read.purposes) == repr(recipient.purposes)
    for source in policy.sources:
        origin = loaded.source(source.key)
        assert origin is not None
        assert (origin.undertaking, origin.region, origin.title) == (source.undertaking, source.region, source.title)
    for rule in policy.purposes:
        made = loaded.purpose(rule.purpose.key)
        assert made is not None
        assert {p.key for p in loaded.required(made)} == {p.key for p in policy.required(rule.purpose)}
    for item in policy.items:
        other = loaded.item(item.key)
        assert other is not None
        assert type(other) is type(item)
        assert (other.kind, other.category, other.title, other.clause) == (
            item.kind,
            item.category,
            item.title,
            item.clause,
        )
        assert repr(other.purposes) == repr(item.purposes)
        assert said(loaded.retentions(item.key)) == said(policy.retentions(item.key))
        for operation in Operation:
            for sensitivity in Sensitivity:
                assert loaded.level(other, sensitivity, operation) is policy.level(item, sensitivity, operation)


@given(policies(), st.sets(st.sampled_from(PURPOSES)), st.data())
def test_what_is_given_is_used(policy: Policy, purposes: set[type[Purpose]], data: st.DataObject) -> None:
    """Given classes and items stand for those of the document, together with all wider purposes."""
    items = [item for item in policy.items if data.draw(st.booleans())]
    parties = [one for one in policy.recipients if data.draw(st.booleans())]
    sources = [one for one in policy.sources if data.draw(st.booleans())]
    loaded = Policy.loads(policy.dumps(), purposes=purposes, items=items, recipients=parties, sources=sources)
    for one in parties:
        assert loaded.recipient(one.key) is one
        assert all(loaded.item(item.key) is item for item in one.items)
    for source in sources:
        assert loaded.source(source.key) is source
    assert loaded.dumps() == policy.dumps()
    for item in items:
        assert loaded.item(item.key) is item
    known = {wider for purpose in purposes for wider in purpose.lineage}
    for rule in policy.purposes:
        if rule.purpose in known:
            assert loaded.purpose(rule.purpose.key) is rule.purpose


def test_made_purposes_stand_below_given_ones() -> None:
    """So a check of the given one holds for them."""
    loaded = Policy.loads(Policy(version="1", controller="x", purposes=[basic(FaceLogin)]).dumps(), purposes=[Login])
    made = loaded.purpose("login.face")
    assert made is not None
    assert made is not FaceLogin
    assert issubclass(made, Login)
    assert (made.title, made.clause, made.__doc__) == ("Face Login", "USE-4", "Let members in by their face.")


def test_items_bring_their_purposes() -> None:
    """An item alone is enough to bind the purposes that it names."""
    loaded = Policy.loads(golden(), items=GIVEN)
    assert loaded.purpose("delivery") is Delivery
    assert loaded.purpose("login") is Login
    assert loaded.purpose("marketing") is not Marketing


def test_what_the_document_does_not_speak_of_may_be_given() -> None:
    """An application can give all that it has."""
    small = Policy(version="1", controller="x", purposes=[basic(Delivery)])
    assert Policy.loads(small.dumps(), purposes=PURPOSES, items=[*GIVEN, BORN]).dumps() == small.dumps()


def test_the_default_rules_on_age_are_written_out() -> None:
    """A later default of the library does not change what an archived policy says."""
    written = json.loads(Policy(version="1", controller="x", purposes=[basic(Login)]).dumps())["minors"]
    assert set(written) == {field.name for field in Minors.__attrs_attrs__}


# ── Threats: a document that passes for what it is not ────────────────────────────────────────────────────


@pytest.mark.parametrize("at", range(len(GIVEN)), ids=lambda at: GIVEN[at].key)
def test_an_item_that_a_document_cannot_make_must_be_given(at: int) -> None:
    """Its type or a callable is only named, and nothing is imported by a name in a document."""
    rest = [item for item in GIVEN if item is not GIVEN[at]]
    before = set(sys.modules)
    place = place_of(golden(), items=rest)
    assert place.startswith("items[")
    assert place.rsplit(".", 1)[1] in {"type", "codec", "validate", "mask"}
    assert set(sys.modules) == before


def test_a_named_type_is_not_imported() -> None:
    """Not even one of the standard library."""
    text = Policy(version="1", controller="x", purposes=[basic(Delivery, optional=[SIZE])]).dumps()
    for name in ("ctypes:Structure", "this:x", "os:system", "decimal.Decimal", "builtins:str", "list", "", "int "):
        assert place_of(text.replace("policy_whole:Size", name)) == "items[0].type"
    assert "this" not in sys.modules


class _Other(Purpose):
    """Only the keys of these agree with the document."""


FAKES: dict[str, Any] = {
    "title": type("D", (Purpose,), {"__doc__": Delivery.__doc__}, key="delivery", clause="USE-14"),
    "text": type("D", (Purpose,), {}, key="delivery", title="Delivery", clause="USE-14"),
    "clause": type("D", (Purpose,), {"__doc__": Delivery.__doc__}, key="delivery", title="Delivery"),
    "parent": type("D", (_Other,), {"__doc__": Delivery.__doc__}, key="delivery", title="Delivery", clause="USE-14"),
}


@pytest.mark.parametrize("field", list(FAKES))
def test_a_given_purpose_that_says_something_else_is_refused(field: str) -> None:
    """The error names what differs."""
    text = Policy(version="1", controller="x", purposes=[basic(Delivery), basic(Payment)]).dumps()
    assert place_of(text, purposes=[FAKES[field]]) == f"vocabulary[0].{field}"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": "Other"}),
        ("clause", {"clause": "USE-1"}),
        ("category", {"category": NAME.category.OTHER}),
        ("purposes", {"purposes": Delivery}),
        ("exact", {"exact": True}),
        ("encrypt", {"encrypt": True}),
        ("type", {"kind": bytes}),
        ("validate", {"validate": None}),
        ("validate", {"validate": str.upper}),
        ("mask", {"mask": None}),
    ],
)
def test_a_given_item_that_says_something_else_is_refused(field: str, changes: dict[str, Any]) -> None:
    """The error names what differs."""
    said: dict[str, Any] = {
        "kind": str,
        "purposes": Delivery | Payment,
        "category": NAME.category,
        "validate": NAME.validate,
        "mask": NAME.mask,
    }
    said.update(changes)
    fake: Any = PersonalItem("consignee-name", said.pop("kind"), said.pop("purposes"), **said)
    given = [fake, *GIVEN[1:]]
    place = place_of(golden(), items=given)
    assert place.startswith("items[")
    assert place.endswith(f".{field}")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": "Other"}),
        ("clause", {"clause": "SHARE-9"}),
        ("purposes", {"purposes": Payment}),
        ("kind", {"kind": RecipientKind.THIRD_PARTY}),
        ("role", {"role": Role.OTHER}),
        ("region", {"region": "SG"}),
        ("items", {"items": ()}),
        ("agreement", {"agreement": None}),
        ("follows_policy", {"follows_policy": True}),
        ("sdk", {"sdk": True}),
        ("check", {"check": SecurityCheck(dt.date(2026, 1, 1), dt.date(2026, 1, 1))}),
        ("public_key", {"public_key": b"other"}),
    ],
)
def test_a_given_recipient_that_says_something_else_is_refused(field: str, changes: dict[str, Any]) -> None:
    """The error names what differs, be it who gets the data, where, or under which key it is sealed."""
    names = ("purposes", "kind", "role", "items", "agreement", "public_key", "title", "clause")
    said = {name: getattr(CARRIER, name) for name in names} | {"purposes": Delivery} | changes
    fake: Any = Recipient("carrier", said.pop("purposes"), **said)
    at = [row["key"] for row in json.loads(golden())["recipients"]].index("carrier")
    assert place_of(golden(), items=GIVEN, recipients=[fake]) == f"recipients[{at}].{field}"


def test_a_given_source_that_says_something_else_is_refused() -> None:
    """An undertaking that the document does not know is none."""
    at = [row["key"] for row in json.loads(golden())["sources"]].index("open-register")
    told: dict[str, dict[str, Any]] = {
        "undertaking": {"undertaking": SIGNED, "region": "HK"},
        "region": {"undertaking": None},
    }
    for field, changes in told.items():
        fake: Any = ThirdPartySource("open-register", **changes)
        assert place_of(golden(), items=GIVEN, sources=[fake]) == f"sources[{at}].{field}"


def test_two_given_things_of_one_key_are_refused() -> None:
    """One of them would silently not count."""
    text = golden()
    twin = type("Twin", (Purpose,), {}, key="delivery")
    assert place_of(text, purposes=[twin], items=GIVEN).startswith("vocabulary[")
    again: Any = PersonalItem("consignee-name", str, Delivery)
    assert place_of(text, items=[*GIVEN, again]).startswith("items[")
    parties: Any = [CARRIER, Recipient("carrier", Delivery, kind=RecipientKind.PARTNER)]
    assert place_of(text, items=GIVEN, recipients=parties).startswith("recipients[")
    shops = [ThirdPartySource("partner-shop", undertaking=None), ThirdPartySource("partner-shop", undertaking=SIGNED)]
    assert place_of(text, items=GIVEN, sources=shops).startswith("sources[")


def test_a_given_parent_that_refuses_subclasses_is_told() -> None:
    """Its own error does not come out."""

    class Picky(Purpose):
        def __init_subclass__(cls, *, colour: str, **more: Any) -> None:
            super().__init_subclass__(**more)

    class Child(Picky, colour="red"):
        pass

    text = Policy(version="1", controller="x", purposes=[basic(Child)]).dumps()
    assert place_of(text, purposes=[Picky]) == "vocabulary[0].parent"
    assert Policy.loads(text, purposes=[Child]).dumps() == text


# ── Every change shows ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-3")
def test_every_declaration_is_part_of_the_text() -> None:
    """A changed policy has a changed text, so that it cannot pass under a used version."""

    def text(**changes: Any) -> str:
        purpose = type(
            "P", (changes.get("parent", Purpose),), {"__doc__": changes.get("text")}, key="p", **changes.get("word", {})
        )
        item: Any = changes.get("item", PersonalItem)(
            "i", changes.get("type", str), changes.get("for", purpose), **changes.get("entry", {})
        )
        more = dict(changes.get("rule", {}))
        if more.get("shared"):
            more["shared"] = (item,)
        rule = changes.get("kind", basic)(
            purpose, **{changes.get("place", "necessary"): [item]}, requires=changes.get("requires", ())
        )
        rule = attrs.evolve(rule, **more)
        kept = {"retention": [Retention(item, **changes["kept"])]} if "kept" in changes else {}
        return Policy(
            **{"version": "1", "controller": "x", "purposes": [rule, additional(Wordless), basic(Login)]}
            | kept
            | changes.get("policy", {})
        ).dumps()

    changed = [
        text(),
        text(text="Other."),
        text(parent=Login),
        text(word={"title": "Other"}),
        text(word={"clause": "USE-1"}),
        text(kind=additional),
        text(place="optional"),
        text(requires=[Login]),
        text(type=bytes),
        *(text(entry=entry) for entry in ({"title": "t"}, {"clause": "USE-1"}, {"exact": True}, {"encrypt": True})),
        *(text(entry=entry) for entry in ({"mask": str.upper}, {"mask": str.lower}, {"validate": str.upper})),
        text(policy={"version": "2"}),
        text(policy={"controller": "y"}),
        text(policy={"home_region": "DE"}),
        *(text(policy={"minors": Minors(**change)}) for change in MINORS),
        *(text(policy={"levels": {of: Level.SEPARATE}}) for of in (Sensitivity.SENSITIVE, NAME.category)),
        text(policy={"levels": {(NAME.category, Operation.SHARE): Level.SEPARATE}}),
        text(policy={"levels": {NAME.category: Level.EXPRESS}}),
        text(word={"dpv": ["dpv:X"]}),
        text(word={"fides": ["x"]}),
        text(entry={"dpv": ["dpv:X"]}),
        text(entry={"fides": ["x"]}),
        *(text(rule=rule) for rule in RULES),
        text(rule={"shared": True}),
        text(rule={"shared": True, "choice": True}),
        *(text(policy=policy) for policy in POLICIES),
        *(text(policy={"recipients": [party]}) for party in PARTIES),
        *(text(kept=kept) for kept in KEPT),
    ]
    assert len(set(changed)) == len(changed)


RULES: list[dict[str, Any]] = [
    {"roles": frozenset({"clerk"})},
    {"alternative": "None."},
    {"permission": "camera"},
    {"permission": "camera", "user_initiated": True},
    {"signal": True},
    {"kind": Kind.STATUTORY},
]
KEPT: list[dict[str, Any]] = [
    {"keep": DAY},
    {"keep": 2 * DAY},
    {"keep": DAY, "purpose": Login},
    {"keep": DAY, "after": Anchor.ACTIVITY},
]
POLICIES: list[dict[str, Any]] = [
    {"contact": Contact("a", "b", "c")},
    {"contact": Contact("a", "b", "c", "d")},
    {"smallest_group": 2},
    {"answer_within": DAY},
    {"refusal_rest": DAY},
    {"machine_refusal": True},
    {"exemptions": [Exemption(LegalBasis.NEWS, frozenset({Operation.USE}))]},
    {"exemptions": [Exemption(LegalBasis.NEWS, frozenset({Operation.USE}), deidentified=True)]},
    {"exemptions": [Exemption(LegalBasis.NEWS, frozenset({Operation.USE}), clause="SHARE-8")]},
    {"exemptions": [Exemption(LegalBasis.NEWS, frozenset({Operation.SHARE}))]},
    {"exemptions": [Exemption(LegalBasis.RESEARCH, frozenset({Operation.USE}))]},
    {"sources": [ThirdPartySource("s", undertaking=None)]},
    {"sources": [ThirdPartySource("s", undertaking=SIGNED)]},
    {"sources": [ThirdPartySource("s", undertaking=None, region="SG")]},
    {"sources": [ThirdPartySource("s", undertaking=None, title="T")]},
    {"sources": [ThirdPartySource("s", undertaking=None, clause="USE-10")]},
]
PARTY: list[dict[str, Any]] = [
    {},
    {"kind": RecipientKind.PARTNER},
    {"role": Role.SELLER},
    {"region": "SG"},
    {"agreement": SIGNED},
    {"agreement": SIGNED._replace(reference="8")},
    {"agreement": SIGNED._replace(since=dt.date(2026, 1, 2))},
    {"agreement": SIGNED._replace(until=dt.date(2027, 1, 2))},
    {"follows_policy": True},
    {"sdk": True},
    {"check": SecurityCheck(dt.date(2026, 1, 1), dt.date(2026, 1, 2))},
    {"check": SecurityCheck(dt.date(2026, 1, 2), dt.date(2026, 1, 2))},
    {"check": SecurityCheck(dt.date(2026, 1, 1), dt.date(2026, 1, 3))},
    {"public_key": b"k"},
    {"title": "T"},
    {"clause": "SHARE-1"},
]
PARTIES: list[Any] = [Recipient("r", Login, **{"kind": RecipientKind.AFFILIATE, **change}) for change in PARTY]
MINORS: list[dict[str, Any]] = [
    {"sensitive_age": 13},
    {"sensitive_inclusive": False},
    {"guardian_age": 13},
    {"guardian_inclusive": False},
    {"majority": 21},
    {"guardian_until_majority": {"p"}},
    {"guardian_operations": {"share"}},
    {"approval": True},
    {"counted_from": "day-after"},
    {"leap_day": "28-feb"},
    {"zone": "+00:00"},
    {"unknown": "adult"},
]


class _Callable:
    def __call__(self, value: str) -> str:
        return value

    def method(self, value: str) -> str:
        return value


@pytest.mark.parametrize(
    ("mask", "name"),
    [
        (str.upper, "builtins:str.upper"),
        (repr, "builtins:repr"),
        (_Callable(), "test_policy_document:_Callable"),
        (_Callable().method, "test_policy_document:_Callable.method"),
        (_Callable, "test_policy_document:_Callable"),
        ("abc".replace, "builtins:str.replace"),
        (lambda value: value, "test_policy_document:<lambda>"),
    ],
)
def test_callables_are_named(mask: Any, name: str) -> None:
    """By module and qualified name, without addresses or anything else that differs from run to run."""
    item: Any = PersonalItem("i", str, EmailMarketing, mask=mask)
    text = Policy(version="1", controller="x", purposes=[additional(EmailMarketing, optional=[item])]).dumps()
    assert json.loads(text)["items"][0]["mask"] == name
