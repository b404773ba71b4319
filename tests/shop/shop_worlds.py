"""Situations in the shop: its policies with archives, people, and histories in which everything can happen."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from shop_oracle_reading import Facts

from obq_privacy import shop
from obq_privacy.consent import ConsentEvent, EventKind, Standing, standing_of
from obq_privacy.policy import Policy, former_of
from obq_privacy.shop import items as i
from obq_privacy.shop import pipl
from obq_privacy.shop import policy as shop_policy
from obq_privacy.shop import purposes as p
from obq_privacy.shop import recipients as r
from obq_privacy.values import Label
from obq_privacy.vocab import (
    Actor,
    Agreement,
    AnyItem,
    AnyRecipient,
    Category,
    Invoked,
    LegalBasis,
    Level,
    Operation,
    Pseudonym,
    Purpose,
    Recipient,
    RecipientKind,
    Request,
    Role,
    SecurityCheck,
    Sensitivity,
    Source,
    SourceKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.policy import PurposeRule

T = TypeVar("T")

EXAMPLES: int = settings().max_examples  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""How many examples the profile asks for."""

# ── Instants and people ───────────────────────────────────────────────────────────────────────────────────

MIDNIGHT = dt.datetime(2026, 11, 9, 16, tzinfo=dt.UTC)
"""The first instant of 10 November 2026 in the shop's zone: birthdays fall there, and contracts end there."""

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)
TODAY = dt.date(2026, 11, 10)
EVENTS_AT = (MIDNIGHT - 60 * DAY, MIDNIGHT - 2 * DAY, MIDNIGHT - TICK, MIDNIGHT, MIDNIGHT + DAY)
ASKED_AT = (
    *(MIDNIGHT + DAY, MIDNIGHT - TICK, MIDNIGHT, MIDNIGHT + DAY + TICK, MIDNIGHT + 20 * DAY),
    *(MIDNIGHT + 124 * DAY, MIDNIGHT + 184 * DAY, MIDNIGHT + 305 * DAY, MIDNIGHT + 366 * DAY, MIDNIGHT + 1100 * DAY),
)
ENDS = (*(None,) * 6, MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + 40 * DAY)

ADULT = dt.date(1990, 5, 1)
BIRTHS = (
    *(ADULT,) * 10,
    dt.date(2016, 1, 1),
    dt.date(2012, 11, 10),  # 14 at MIDNIGHT
    dt.date(2012, 2, 29),
    dt.date(2011, 11, 10),  # 15 at MIDNIGHT
    dt.date(2011, 11, 11),
    dt.date(2010, 6, 1),
    dt.date(2008, 11, 10),  # 18 at MIDNIGHT
    dt.date(2008, 11, 11),
    None,
)

SUBJECT = Pseudonym("5" * 32)
PARENT = Pseudonym("9" * 32)
ORDERER = Pseudonym("7" * 32)
FRIEND = Pseudonym("8" * 32)

# ── Policies and their archives ───────────────────────────────────────────────────────────────────────────

_LAPSING = Agreement("lapsing", dt.date(2026, 1, 1), TODAY)
_FURTHER: tuple[AnyRecipient, ...] = (
    r.carrier("carrier-abroad", region="SG"),
    r.carrier("carrier-lapsing", agreement=_LAPSING),
    r.carrier("carrier-unbound", agreement=None),
    r.payment_institution("pay-abroad", region="US"),
    r.payment_institution("pay-lapsing", check=SecurityCheck(dt.date(2025, 1, 1), TODAY - DAY)),
    r.payment_institution("pay-unchecked", check=None),
    r.seller("seller-abroad", region="SG"),
    Recipient(
        "sister-abroad",
        p.AffiliateServices | p.CustomerService | p.DisputeResolution | p.OrderManagement,
        kind=RecipientKind.AFFILIATE,
        follows_policy=True,
        region="SG",
    ),
    Recipient(
        "sister",
        p.AffiliateServices | p.CustomerService | p.DisputeResolution | p.PartnerAudiences,
        kind=RecipientKind.AFFILIATE,
        follows_policy=True,
    ),
    Recipient(
        "sister-analytics",
        p.PartnerAudiences,
        kind=RecipientKind.AFFILIATE,
        follows_policy=True,
        role=Role.ANALYTICS,
    ),
    Recipient(
        "analytics-abroad",
        p.PartnerAudiences,
        kind=RecipientKind.PARTNER,
        role=Role.ANALYTICS,
        region="US",
        agreement=_LAPSING,
    ),
    Recipient(
        "successor",
        p.Succession,
        kind=RecipientKind.THIRD_PARTY,
        role=Role.SUCCESSOR,
        agreement=r.AGREEMENT,
    ),
    Recipient(
        "successor-abroad",
        p.Succession,
        kind=RecipientKind.THIRD_PARTY,
        role=Role.SUCCESSOR,
        region="US",
        agreement=r.AGREEMENT,
    ),
)
_SOURCES = (r.source("source.lapsing", undertaking=_LAPSING), r.source("source.unsigned", undertaking=None))
STRANGERS: tuple[AnyRecipient, ...] = (r.carrier("stranger"), r.carrier("carrier"), r.seller("seller"))
"""Not declared, although two of them say so."""


class Edition(NamedTuple):
    """A policy with what it knows of older versions: their documents, its own last."""

    policy: Policy
    documents: Mapping[str, dict[str, Any]]

    def __repr__(self) -> str:
        return f"Edition({self.policy.version})"


_ADULT_UNLESS_KNOWN = attrs.evolve(shop_policy.MINORS, unknown="adult", leap_day="28-feb")
POLICIES: tuple[Policy, ...] = (
    shop.POLICY,
    shop_policy.build(version="2026-12", recipients=_FURTHER, sources=_SOURCES),
    pipl.POLICY,
    shop_policy.build(version="2027-01", recipients=_FURTHER, sources=_SOURCES, minors=_ADULT_UNLESS_KNOWN),
    pipl.build(version="2026-12-pipl", recipients=_FURTHER, sources=_SOURCES),
)
"""The shop as it is, with further recipients and sources of every kind, and its stricter profile likewise."""


@cache
def edition(number: int) -> Edition:
    """Give a policy with its archive: versions 1 and 2 said other things, version 3 said the same."""
    policy = POLICIES[number]
    documents = {"1": _changed(policy, "1"), "2": _changed(policy, "2"), "3": _changed(policy, "3")}
    archive = {version: former_of(json.dumps(document)) for version, document in documents.items()}
    known = policy.with_archive(archive)
    return Edition(known, {**documents, policy.version: json.loads(policy.dumps())})


def _changed(policy: Policy, version: str) -> dict[str, Any]:
    """Give the document of an older version of a policy."""
    document: dict[str, Any] = json.loads(policy.dumps())
    document["version"] = version
    step = {"1": 2, "2": 5, "3": 0}[version]
    if not step:
        return document
    if version == "1":
        document["home_region"] = "HK"
        document["minors"] |= {"guardian_age": 15, "sensitive_age": 15, "majority": 19}
    for number, rule in enumerate(document["purposes"]):
        if number % step == 0:
            rule["shared"] = rule["shared"][1:]
        if number % (step + 1) == 1:
            rule["necessary"], rule["optional"] = rule["optional"], rule["necessary"]
        if number % (step + 4) == 3:
            rule["kind"] = "additional" if rule["kind"] == "basic" else "basic"
    for number, purpose in enumerate(document["vocabulary"]):
        if number % (step + 6) == 5:
            purpose["text"] += " And more."
    for number, one in enumerate(document["recipients"]):
        if number % (step + 1) == 0:
            one["region"] = "MO"
        if number % (step + 2) == 2:
            one["agreement"] = None
    for number, one in enumerate(document["retention"]):
        one["keep_seconds"] //= 1 + number % (step + 1)
        if number % (step + 2) == 1:
            one["after"] = "collection"
        if number % (step + 2) == 2 and one["at_least_seconds"]:
            one["at_least_seconds"] //= 2
    return document


# ── Choices out of bytes ──────────────────────────────────────────────────────────────────────────────────


class Choices:
    """Choices out of drawn bytes, the first option when there are none left or they are zero."""

    def __init__(self, drawn: bytes) -> None:
        self._left = iter(drawn)

    def among(self, options: Sequence[T]) -> T:
        """Give one of the options."""
        return options[next(self._left, 0) % len(options)]

    def often(self, usual: T, *others: T) -> T:
        """Give the usual one three times out of four."""
        return self.among((*(usual,) * (3 * max(1, len(others))), *others)) if others else usual


class World(NamedTuple):
    """Everything that a decision depends on."""

    edition: Edition
    history: list[ConsentEvent]
    born: dt.date | None
    erased: bool

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.edition.policy

    def facts(self) -> Facts:
        """Give it as the second implementation takes it."""
        return Facts(self.policy, self.edition.documents, self.history, self.born, self.erased)

    def standing(self, further: Iterable[ConsentEvent] = ()) -> Standing:
        """Give it as the library takes it."""
        events = [*self.history, *further]
        return standing_of(events, subject=SUBJECT, born=self.born, erased=self.erased)


class Scene(NamedTuple):
    """A world, a value in it, something that is asked of the value, and when."""

    world: World
    label: Label
    request: Request
    at: dt.datetime


def scenes() -> st.SearchStrategy[Scene]:
    """Draw a scene."""
    return st.binary(min_size=200, max_size=200).map(scene_of)


_OPERATIONS = (
    *(Operation.USE,) * 6,
    *(Operation.SHARE,) * 7,
    *(Operation.COLLECT,) * 4,
    *(Operation.TRANSFER,) * 2,
    *(Operation.DISCLOSE,) * 3,
)


def scene_of(drawn: bytes) -> Scene:
    """Make a scene of 200 bytes."""
    choices = Choices(drawn)
    known = edition(choices.among((0, 1, 1, 2, 3, 4)))
    policy = known.policy
    operation = choices.among(_OPERATIONS)
    rule = choices.among(_rules_for(policy, operation))
    items = _items_for(choices, policy, rule, operation)
    recipient = _recipient_for(choices, policy, rule, operation)
    born = choices.among(BIRTHS)
    label = _label_for(choices, known, items, born)
    request = _request_for(choices, rule, operation, recipient)
    history = _history_for(choices, known, rule, label, request)
    erased = choices.among((*(False,) * 60, True))
    return Scene(World(known, history, born, erased), label, request, choices.among(ASKED_AT))


@cache
def _rules_for(policy: Policy, operation: Operation) -> tuple[PurposeRule, ...]:
    """Give the rules worth asking about: for what leaves, mostly those that somebody gets something for."""
    by = {rule.purpose: rule for rule in policy.purposes}
    match operation:
        case Operation.SHARE:
            return tuple(rule for rule in policy.purposes if rule.shared)
        case Operation.TRANSFER:
            return (*(by[p.Succession],) * 4, by[p.Delivery], by[p.AffiliateServices], by[p.PartnerAudiences])
        case Operation.DISCLOSE:
            public = (*(by[p.PublicPosting],) * 8, *(by[p.ViolationNotices],) * 4)
            return (*public, by[p.Delivery], by[p.StatutoryRecord])
        case _:
            return policy.purposes


def _items_for(choices: Choices, policy: Policy, rule: PurposeRule, operation: Operation) -> list[AnyItem]:
    named = (rule.shared if operation is Operation.SHARE else ()) or rule.items or policy.items
    first = choices.among(policy.items if choices.among((*(False,) * 11, True)) else named)
    if choices.among((*(True,) * 5, False)):
        return [first]
    return list(dict.fromkeys([first, choices.among(named)]))


def _recipient_for(choices: Choices, policy: Policy, rule: PurposeRule, operation: Operation) -> AnyRecipient | None:
    aside = choices.among(range(24))
    fitting = [one for one in policy.recipients if one.purposes.allows(rule.purpose)]
    which = choices.among(fitting or policy.recipients)
    if operation is Operation.DISCLOSE:
        return None
    if operation not in {Operation.SHARE, Operation.TRANSFER} or aside == 3:
        return None
    if aside == 4:
        return choices.among(STRANGERS)
    return choices.among(policy.recipients) if aside in {5, 6} else which


MATTERS = ("O-1", "", "O-2")
TOPICS = ("toys", "shoes")


def _label_for(choices: Choices, known: Edition, items: Sequence[AnyItem], born: dt.date | None) -> Label:
    minors = known.policy.minors
    collected = choices.among(EVENTS_AT[:4])
    child = minors.unknown == "child" if born is None else collected < minors.sensitive_until(born)
    sources = {choices.among(_sources(known.policy))}
    if len(items) > 1 and choices.among((False, False, True)):
        sources.add(choices.among(_sources(known.policy)))
    purposes = items[0].purposes
    for item in items[1:]:
        purposes = purposes.meet(item.purposes)
    highest = max(item.sensitivity for item in items)
    raised = child and highest > Sensitivity.NON_PERSONAL
    matters = {choices.among(MATTERS)} | ({choices.among(MATTERS)} if len(items) > 1 else set())
    return Label(
        items=frozenset(item.key for item in items),
        categories=frozenset(item.category for item in items) | ({Category.CHILD} if raised else set()),
        sensitivity=Sensitivity.SENSITIVE if raised else highest,
        purposes=purposes,
        subjects=frozenset({SUBJECT}),
        sources=frozenset(sources),
        regions=frozenset({"CN"}),
        versions=frozenset({choices.often(known.policy.version, "1", "2", "3")}),
        collected=(collected, max(collected, choices.among(EVENTS_AT[:4]))),
        matters=frozenset(matters) or frozenset({""}),
        topics=frozenset({choices.among(TOPICS)} if choices.among((False, False, True)) else ()),
        ends=choices.among((*(None,) * 20, MIDNIGHT + DAY, MIDNIGHT + 30 * DAY)),
    )


@cache
def _sources(policy: Policy) -> tuple[Source, ...]:
    of = [Source(SourceKind.THIRD_PARTY, one.key) for one in policy.sources]
    further = (Source(SourceKind.PUBLIC), Source(SourceKind.DERIVED), Source(SourceKind.THIRD_PARTY, "source.nowhere"))
    people = (Source(SourceKind.PERSON, ORDERER), Source(SourceKind.PERSON, FRIEND))
    return (*(Source(),) * 14, *of[:1], *of[-2:], *further, people[0], people[0], people[1])


def _request_for(choices: Choices, rule: PurposeRule, operation: Operation, recipient: AnyRecipient | None) -> Request:
    basis = choices.among((*(None,) * 12, *(each for each in LegalBasis if each.invoked)))
    invoked = None if basis is None else Invoked(basis, justification="case 9", by="counsel-3")
    purpose: type[Purpose] | None = rule.purpose
    inside = operation is Operation.COLLECT or (operation is Operation.USE and invoked is not None)
    if inside and choices.among((False, False, True)):
        purpose = None
    elif choices.among((*(False,) * 30, True)):
        purpose = p.BrowseAndSearch
    return Request(
        operation,
        purpose,
        recipient=recipient,
        invoked=invoked,
        actor=choices.among((None, Actor("staff-7", frozenset({"legal"})), Actor("staff-8", frozenset({"support"})))),
        approval=choices.among(("", "approval-12")),
        region=choices.among(("", "", "", "CN", "SG")) if operation is Operation.COLLECT else "",
        user_action=choices.among((True, False)),
        deidentified=choices.among((False, False, True))
        if invoked is not None
        else operation is Operation.SHARE and choices.among((*(False,) * 15, True)),
    )


def label_of(policy: Policy, *items: AnyItem) -> Label:
    """Give the label of a value of an adult's, made of these items and collected under a policy yesterday."""
    purposes = items[0].purposes
    for item in items[1:]:
        purposes = purposes.meet(item.purposes)
    return Label(
        items=frozenset(item.key for item in items),
        categories=frozenset(item.category for item in items),
        sensitivity=max(item.sensitivity for item in items),
        purposes=purposes,
        subjects=frozenset({SUBJECT}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({policy.version}),
        collected=(MIDNIGHT - DAY, MIDNIGHT - DAY),
    )


_numbers = count()


def event_of(policy: Policy, kind: EventKind, *purposes: type[Purpose], **fields: Any) -> ConsentEvent:
    """Give an event of yesterday, of the subject's own."""
    name = f"e{next(_numbers):031x}"
    keys = tuple(sorted(purpose.key for purpose in purposes))
    plain = ConsentEvent(
        id=name, key=name, kind=kind, subject=SUBJECT, actor=SUBJECT, purposes=keys, version=policy.version,
        at=MIDNIGHT - DAY,
    )  # fmt: skip
    return attrs.evolve(plain, **fields)


# ── Histories ─────────────────────────────────────────────────────────────────────────────────────────────

_KINDS = (
    *(EventKind.GRANT,) * 16,
    *(EventKind.CHOOSE,) * 3,
    *(EventKind.ATTEST,) * 2,
    *(EventKind.CONFIRM,) * 2,
    *(EventKind.PUBLISH,) * 2,
    *(EventKind.MARK,) * 4,
    *(EventKind.AGREE,) * 2,
    *(EventKind.RENEW,) * 2,
    *(EventKind.WITHDRAW, EventKind.REFUSE, EventKind.EXPIRE, EventKind.INVALIDATE, EventKind.REQUEST),
    *(EventKind.OBJECT, EventKind.ALLOW, EventKind.RESTRICT, EventKind.LIFT, EventKind.HOLD, EventKind.RELEASE),
    *(EventKind.CLOSE, EventKind.SUCCEED, EventKind.SUCCEED, EventKind.CEASE),
)
_NOT_ABOUT_ONE = {EventKind.GRANT, EventKind.CHOOSE, EventKind.ATTEST, EventKind.REQUEST}


class _Spot(NamedTuple):
    """What a history is about."""

    known: Edition
    rule: PurposeRule
    label: Label
    request: Request


def _history_for(
    choices: Choices, known: Edition, rule: PurposeRule, label: Label, request: Request
) -> list[ConsentEvent]:
    spot = _Spot(known, rule, label, request)
    asked = [*_apt(choices, spot)] if choices.among((True, True, False)) else []
    made = asked + [_event(choices, spot) for _ in range(choices.among((2, 0, 1, 3, 4, 5, 6)))]
    numbered = [
        attrs.evolve(event, id=f"a{number:031x}", key=event.key or f"k{number}") for number, event in enumerate(made)
    ]
    grants = [event.id for event in numbered if event.kind in {EventKind.GRANT, EventKind.CHOOSE, EventKind.ATTEST}]
    return [_aimed(event, grants, choices.among(range(4))) for event in numbered]


def _aimed(event: ConsentEvent, grants: Sequence[str], number: int) -> ConsentEvent:
    if event.kind in _NOT_ABOUT_ONE or not grants:
        return event
    if event.kind is EventKind.RENEW or event.about:
        return attrs.evolve(event, about=grants[number % len(grants)])
    return event


def _apt(choices: Choices, spot: _Spot) -> Iterable[ConsentEvent]:
    """Give what would make a request good, more or less: without it hardly anything were permitted."""
    known, rule, label, request = spot
    actor = choices.often(SUBJECT, PARENT)
    at, version = choices.among(EVENTS_AT), choices.often(known.policy.version, "1", "2", "3")
    to = request.recipient
    names = () if to is None else (to.key if choices.among((True, False)) else f"role:{to.role.value}",)
    plain = ConsentEvent(
        id="", key="", kind=EventKind.GRANT, subject=SUBJECT, actor=actor, purposes=(rule.purpose.key,),
        operations=tuple(Operation), parties=names, level=choices.often(Level.SEPARATE, Level.EXPRESS, Level.GENERAL),
        version=version, at=at, valid_until=choices.among(ENDS), regions=("SG", "US"),
    )  # fmt: skip
    yield plain
    for required in known.policy.required(rule.purpose):
        yield attrs.evolve(plain, purposes=(required.key,))
    if rule.choice and to is not None:
        matter = next(iter(sorted(label.matters)), "")
        yield attrs.evolve(
            plain, kind=EventKind.CHOOSE, operations=(Operation.SHARE,), parties=(to.key,), matter=matter, regions=(),
            level=Level.SEPARATE,
        )  # fmt: skip
    if request.operation is Operation.DISCLOSE and choices.among((True, False)):
        yield _event(choices, spot, EventKind.PUBLISH)


def _event(choices: Choices, spot: _Spot, kind: EventKind | None = None) -> ConsentEvent:
    """Make any event about what the scene is about, or something near."""
    known, rule, label, _ = spot
    kind = choices.among(_KINDS) if kind is None else kind
    near: list[type[Purpose]] = [
        *rule.purpose.lineage,
        *known.policy.required(rule.purpose),
        p.Membership,
        p.StatutorySharing,
    ]
    named = {choices.often(rule.purpose, *near).key for _ in range(choices.among((1, 1, 1, 2)))}
    event = ConsentEvent(
        id="", key=choices.among((*("",) * 12, "same")), kind=kind, subject=SUBJECT,
        actor=choices.often(SUBJECT, PARENT), purposes=tuple(sorted(named)),
        level=choices.among((Level.EXPRESS, Level.SEPARATE, Level.GENERAL)),
        version=choices.often(known.policy.version, "1", "2", "3", "lost"), at=choices.among(EVENTS_AT),
        valid_until=choices.among(ENDS), about=choices.among(("", "1")),
    )  # fmt: skip
    items = tuple(sorted(choices.often(set(label.items), {i.MEMBER_NAME.key}, set())))
    matter = choices.among((*sorted(label.matters), "", "O-2"))
    return attrs.evolve(event, **_further(choices, spot, kind, items, matter))


def _further(choices: Choices, spot: _Spot, kind: EventKind, items: tuple[str, ...], matter: str) -> dict[str, Any]:
    """Give the fields that an event of a kind has, as the guard writes them."""
    _, _, label, request = spot
    nothing: dict[str, Any] = {"purposes": (), "about": "", "valid_until": None}
    to = request.recipient or r.PUBLIC
    match kind:
        case EventKind.GRANT | EventKind.REQUEST:
            return _granted(choices, spot, items)
        case EventKind.CHOOSE:
            who = choices.often(to.key, "seller", "bank")
            return {
                "operations": (Operation.SHARE,), "parties": (who,), "matter": matter, "level": Level.SEPARATE,
                "purposes": (spot.rule.purpose.key,), "about": "", "valid_until": None,
            }  # fmt: skip
        case EventKind.ATTEST:
            return {"actor": choices.often(ORDERER, FRIEND), "level": Level.EXPRESS, "about": "", "valid_until": None}
        case EventKind.CONFIRM:
            named = sorted(source.name for source in label.sources if source.kind is SourceKind.THIRD_PARTY)
            return {**nothing, "items": items or ("x",), "parties": (named or ["source.payment"])[:1]}
        case EventKind.PUBLISH:
            return {
                **nothing,
                "items": items or ("x",),
                "matter": matter,
                "method": f"review-{choices.among(range(256))}",
            }
        case EventKind.MARK:
            anchor = "completion" if matter else "activity"
            return {**nothing, "anchor": anchor, "matter": matter}
        case EventKind.OBJECT | EventKind.ALLOW:
            return {"topics": (choices.among(TOPICS),), "about": "", "valid_until": None}
        case EventKind.RESTRICT | EventKind.LIFT | EventKind.HOLD | EventKind.RELEASE:
            return {**nothing, "items": items, "matter": matter, "method": "file-1"}
        case EventKind.AGREE:
            longer = choices.among((None, MIDNIGHT + 300 * DAY, MIDNIGHT + 2000 * DAY))
            return {**nothing, "items": items if longer else (), "valid_until": longer}
        case EventKind.CLOSE | EventKind.CEASE:
            return {**nothing, "items": ()}
        case EventKind.SUCCEED:
            return {**nothing, "parties": ("successor",), "method": choices.among(("declined", "accepted"))}
        case EventKind.RENEW:
            return {"level": Level.EXPRESS}
        case _:
            return {"valid_until": None}


def _granted(choices: Choices, spot: _Spot, items: tuple[str, ...]) -> dict[str, Any]:
    policy, to, operation = spot.known.policy, spot.request.recipient, spot.request.operation
    category = sorted(each.value for each in spot.label.categories if each is not Category.CHILD)
    names = (to.key, f"role:{to.role.value}") if to is not None else ("carrier", "role:seller")
    sharing = operation in {Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE}
    operations = (
        (operation,) if sharing else (Operation.COLLECT, Operation.USE),
        (Operation.COLLECT, Operation.USE),
        (operation,),
        tuple(Operation),
    )
    return {
        "about": "",
        "items": choices.among(((), (), (), items)),
        "categories": choices.among(((), (), (), (), tuple(category), ("name",))),
        "operations": choices.among(operations),
        "parties": choices.among(((names[0],), (names[1],), (), ("seller", "role:analytics"))),
        "regions": choices.among(((), ("SG", "US"), (policy.home_region,), ("HK",))),
    }
