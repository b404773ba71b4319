"""What can be wrong with a policy: for each flaw the finding, and the parts that make a valid policy have it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from obq_privacy.policy import Contact, Exemption, Minors, PurposeRule, Retention, additional, basic, statutory
from obq_privacy.testing._given_purposes import PURPOSES
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
    SecurityCheck,
    Sensitivity,
    ThirdPartySource,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from obq_privacy.policy import Policy

Flaw = tuple[str, str, "dict[str, object]"]
"""The declaration that is named, what is said of it, and the parts to change."""


class Spoiled(Purpose, key="spoiled.one"):
    """Stand in a policy that cannot hold."""


class Twin(Purpose, key="spoiled.one"):
    """Have the key of another purpose."""


class Narrower(Spoiled, key="spoiled.narrower"):
    """Stand below another purpose."""


class Absent(Purpose, key="spoiled.absent"):
    """Be missing in the policy."""


_DAY = dt.timedelta(days=1)
_TODAY = dt.date(2026, 11, 2)
_BACKWARDS = Agreement("2026/17", _TODAY, _TODAY - _DAY)
_PLAIN = PersonalItem("spoiled-item", str, Spoiled)
_RULE = basic(Spoiled, necessary=[_PLAIN])
_ONE, _REGION = "purpose spoiled.one", "it is not an ISO 3166-1 code of two capital letters"
_SECONDS = "it is not a number of whole seconds up to a thousand years"


def _part(name: str, value: object, problem: str, declaration: str = "") -> Callable[[Policy], Flaw]:
    return lambda _: (declaration or name, problem, {name: value})


def _rules(declaration: str, problem: str, *rules: PurposeRule) -> Callable[[Policy], Flaw]:
    return lambda policy: (declaration, problem, {"purposes": (*policy.purposes, *rules)})


def _retained(problem: str, *entries: Retention) -> Callable[[Policy], Flaw]:
    return lambda policy: (
        "retention of spoiled-item",
        problem,
        {"purposes": (*policy.purposes, _RULE), "retention": (*policy.retention, *entries)},
    )


def _received(problem: str, **changes: Any) -> Callable[[Policy], Flaw]:
    make = cast("Callable[..., Any]", Recipient)
    party = make("spoiled-party", Spoiled, **{"kind": RecipientKind.PARTNER, **changes})
    return lambda policy: (
        "recipient spoiled-party",
        problem,
        {"purposes": (*policy.purposes, _RULE), "recipients": (*policy.recipients, party)},
    )


def _exempted(problem: str, *exemptions: Exemption) -> Callable[[Policy], Flaw]:
    basis = exemptions[0].basis.value
    return lambda policy: (
        f"exemption {basis}",
        problem,
        {"exemptions": (*(one for one in policy.exemptions if one.basis.value != basis), *exemptions)},
    )


def _levelled(declaration: str, problem: str, key: object, level: object) -> Callable[[Policy], Flaw]:
    return lambda policy: (
        declaration,
        problem,
        {"levels": {**cast("dict[object, object]", policy.levels), key: level}},
    )


def _declared_twice(policy: Policy) -> Flaw:
    rule = policy.purposes[0]
    return f"purpose {rule.purpose.key}", "it is declared more than once", {"purposes": (*policy.purposes, rule)}


def _doubled_item(policy: Policy) -> Flaw:
    other = PersonalItem("spoiled-item", str, Spoiled)
    rule = basic(Spoiled, necessary=[_PLAIN, other])
    return "item spoiled-item", "two items share the key", {"purposes": (*policy.purposes, rule)}


def _two_parties(policy: Policy) -> Flaw:
    source = ThirdPartySource("spoiled-party", undertaking=None)
    return (
        "source spoiled-party",
        "two recipients or sources share the key",
        {"sources": (*policy.sources, source, source)},
    )


def _item(problem: str, item: PersonalItem[Any, Any], *, listed: bool = True) -> Callable[[Policy], Flaw]:
    rule = basic(Spoiled, necessary=[item] if listed else [])
    return lambda policy: (
        f"item {item.key}",
        problem,
        {"purposes": (*policy.purposes, rule), "items": (*policy.items, item)},
    )


FLAWS: Final[Mapping[str, Callable[[Policy], Flaw]]] = {
    # ── The head ──
    "version-empty": _part("version", " ", "it is empty"),
    "version-not-text": _part("version", 1, "it is not text"),
    "version-not-unicode": _part("version", "\ud800", "a title, text or clause of it is not valid Unicode text"),
    "controller-empty": _part("controller", "", "it is empty"),
    "home-region-unknown": _part("home_region", "CHN", _REGION),
    "minors-majority": _part("minors", Minors(majority=-1), "majority is a number of whole years from 0 to 120"),
    "minors-guardian-age": _part("minors", Minors(guardian_age=18), "guardian_age is below majority"),
    "minors-zone": _part("minors", Minors(zone="Nowhere"), 'zone is an offset such as "+08:00" or a known IANA name'),
    "minors-purpose-unknown": _part(
        "minors",
        Minors(guardian_until_majority=frozenset({"spoiled.absent"})),
        "guardian_until_majority names 'spoiled.absent', which the policy lacks",
    ),
    "minors-operation-unknown": _part(
        "minors", Minors(guardian_operations=frozenset({"sell"})), "guardian_operations are values of Operation"
    ),
    "smallest-group-one": _part("smallest_group", 1, "a group of fewer than two is a person"),
    "answer-within-a-day": _part("answer_within", dt.timedelta(hours=1), "it is less than a day"),
    "answer-within-fraction": _part("answer_within", dt.timedelta(days=1, microseconds=1), _SECONDS),
    "refusal-rest-zero": _part("refusal_rest", dt.timedelta(0), "it is not positive"),
    "contact-empty": _part("contact", Contact("", "a", "b"), "it names no department, address or court"),
    "machine-refusal-not-bool": _part("machine_refusal", 1, "it is not True or False"),
    # ── Purposes ──
    "purposes-none": lambda _: (
        "purposes",
        "there are none, so nothing would ever be allowed",
        {"purposes": (), "retention": (), "recipients": (), "items": (), "minors": Minors()},
    ),
    "purpose-not-declared-as-such": _part(
        "purposes", (PURPOSES[0],), "one is not made by basic, additional or statutory"
    ),
    "purpose-declared-twice": _declared_twice,
    "purpose-keys-shared": _rules(_ONE, "Spoiled and Twin share the key", basic(Spoiled), basic(Twin)),
    "purpose-basic-below-additional": _rules(
        "purpose spoiled.narrower",
        "a basic purpose stands below the additional spoiled.one",
        additional(Spoiled),
        basic(Narrower),
    ),
    "purpose-requires-unknown": _rules(
        _ONE, "it requires spoiled.absent, which the policy lacks", basic(Spoiled, requires=[Absent])
    ),
    "purpose-requires-twice": _rules(
        _ONE, "it requires spoiled.absent twice", basic(Absent), basic(Spoiled, requires=[Absent, Absent])
    ),
    "purpose-requires-statutory": _rules(
        _ONE,
        "it requires the statutory spoiled.absent, to which nobody consents",
        statutory(Absent),
        additional(Spoiled, requires=[Absent]),
    ),
    "purpose-basic-requires-additional": _rules(
        _ONE,
        "a basic purpose requires the additional spoiled.absent",
        additional(Absent),
        basic(Spoiled, requires=[Absent]),
    ),
    "purpose-requires-itself": _rules(
        "purpose spoiled.absent",
        "its required purposes form a cycle: spoiled.absent → spoiled.one → spoiled.absent",
        basic(Spoiled, requires=[Absent]),
        basic(Absent, requires=[Spoiled]),
    ),
    "purpose-chosen-shares-nothing": _rules(
        _ONE, "its recipient is chosen, and it shares nothing", basic(Spoiled, necessary=[_PLAIN], choice=True)
    ),
    "purpose-permission-no-key": _rules(
        _ONE, "its permission is not lower-case words joined by . - or _", additional(Spoiled, permission="The Camera")
    ),
    "purpose-user-initiated-alone": _rules(
        _ONE, "it is user-initiated without a device permission", additional(Spoiled, user_initiated=True)
    ),
    "purpose-role-empty": _rules(
        _ONE, "a role or a dpv or fides term of it is empty or not valid Unicode text", basic(Spoiled, roles=[""])
    ),
    "purpose-kind-of-another-type": _rules(
        _ONE, "its kind is not a Kind", attrs.evolve(_RULE, kind=cast("Any", "basic"))
    ),
    # ── Items ──
    "item-keys-shared": _doubled_item,
    "item-sensitive-category": _item(
        "the category bank-account is sensitive; declare a SensitiveItem",
        PersonalItem("spoiled-item", str, Spoiled, category=Category.BANK_ACCOUNT),
    ),
    "item-purpose-unknown": _item(
        "it is allowed for spoiled.absent, which the policy lacks", PersonalItem("spoiled-item", str, Spoiled | Absent)
    ),
    "item-unreachable": _item("it is unreachable: no purpose names it as necessary or optional", _PLAIN, listed=False),
    "item-not-usable": _rules(
        _ONE,
        "its necessary item spoiled-item may not be used for it",
        basic(Absent),
        basic(Spoiled, necessary=[PersonalItem("spoiled-item", str, Absent)]),
    ),
    "item-necessary-and-optional": _rules(
        _ONE,
        "its item spoiled-item is both necessary and optional",
        basic(Spoiled, necessary=[_PLAIN], optional=[_PLAIN]),
    ),
    "item-named-twice": _rules(
        _ONE, "it names its item spoiled-item twice", basic(Spoiled, necessary=[_PLAIN, _PLAIN])
    ),
    "item-shared-unused": _rules(
        "purpose spoiled.absent",
        "it shares the item spoiled-item, which it does not use",
        _RULE,
        basic(Absent, shared=[_PLAIN]),
    ),
    "item-shared-twice": _rules(
        _ONE,
        "it shares its item spoiled-item twice",
        basic(Spoiled, necessary=[_PLAIN], shared=[_PLAIN, _PLAIN]),
    ),
    # ── Levels ──
    "level-key": _levelled(
        "levels", "a key is a Category or a Sensitivity, alone or in a pair with an Operation", "name", Level.EXPRESS
    ),
    "level-type": _levelled("levels NAME", "it is not a Level", Category.NAME, 3),
    "level-non-personal": _levelled(
        "levels NON_PERSONAL",
        "data that identifies nobody needs no consent",
        Sensitivity.NON_PERSONAL,
        Level.EXPRESS,
    ),
    "level-sensitive-general": _levelled(
        "levels SENSITIVE", "sensitive data needs express consent at least", Sensitivity.SENSITIVE, Level.GENERAL
    ),
    # ── Retention ──
    "retention-item-unknown": lambda policy: (
        "retention of spoiled-item",
        "the policy has no such item",
        {"retention": (*policy.retention, Retention(_PLAIN, _DAY))},
    ),
    "retention-twice": _retained("it is stated more than once", Retention(_PLAIN, _DAY), Retention(_PLAIN, 2 * _DAY)),
    "retention-purpose-unknown": _retained(
        "it is stated for spoiled.absent, which the policy lacks", Retention(_PLAIN, _DAY, Absent)
    ),
    "retention-fraction": _retained(
        "it is not a positive number of whole seconds", Retention(_PLAIN, dt.timedelta(milliseconds=1500))
    ),
    "retention-too-long": _retained(
        "it is longer than a thousand years; leave it out where there is no limit",
        Retention(_PLAIN, dt.timedelta(days=400_000)),
    ),
    "retention-duty-without-purpose": _retained(
        "no statutory purpose names the item, so nothing could reveal it while the law keeps it",
        Retention(_PLAIN, _DAY, at_least=2 * _DAY),
    ),
    "retention-no-timedelta": _retained("a period of it is not a timedelta", Retention(_PLAIN, cast("Any", 30))),
    # ── Recipients, sources and exemptions ──
    "party-keys-shared": _two_parties,
    "recipient-region": _received(_REGION.replace("it is", "its region is"), region="China"),
    "recipient-agreement-backwards": _received("its agreement ends before it begins", agreement=_BACKWARDS),
    "recipient-check-backwards": _received(
        "its security check ends before it begins", check=SecurityCheck(_TODAY, _TODAY - _DAY)
    ),
    "recipient-item-unknown": _received(
        "it names the item spoiled-other, which the policy lacks", items=[PersonalItem("spoiled-other", str, Spoiled)]
    ),
    "recipient-item-twice": _received("it names its item spoiled-item twice", items=[_PLAIN, _PLAIN]),
    "recipient-follows-policy": _received("only an affiliate follows the policy or does not", follows_policy=True),
    "recipient-key-empty": _received("its public key is not bytes", public_key=b""),
    "recipient-purpose-unknown": lambda policy: (
        "recipient spoiled-party",
        "it is for spoiled.absent, which the policy lacks",
        {"recipients": (*policy.recipients, Recipient("spoiled-party", Absent, kind=RecipientKind.PARTNER))},
    ),
    "source-undertaking-backwards": lambda policy: (
        "source spoiled-party",
        "its agreement ends before it begins",
        {"sources": (*policy.sources, ThirdPartySource("spoiled-party", undertaking=_BACKWARDS))},
    ),
    "exemption-not-invoked": _exempted(
        "it is not a basis that is invoked", Exemption(LegalBasis.CONSENT, frozenset({Operation.USE}))
    ),
    "exemption-covers-nothing": _exempted("it covers no operation", Exemption(LegalBasis.NEWS, frozenset())),
    "exemption-without-clause": _exempted(
        "it names no clause", Exemption(LegalBasis.NEWS, frozenset({Operation.USE}), clause="")
    ),
    "exemption-twice": _exempted(
        "it is stated more than once", *(Exemption(LegalBasis.NEWS, frozenset({Operation.USE})),) * 2
    ),
}
"""By name."""
