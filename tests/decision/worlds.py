"""Small worlds for decisions: purposes, items, policies and histories, all valid by construction."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import attrs
from hypothesis import settings
from hypothesis import strategies as st

from obq_privacy.consent import ConsentEvent, EventKind
from obq_privacy.policy import Minors, Policy, PurposeRule, Retention, additional, basic, former_of
from obq_privacy.values import Label
from obq_privacy.vocab import (
    AnyItem,
    Category,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Pseudonym,
    Purpose,
    PurposeSet,
    SensitiveItem,
    Sensitivity,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.policy import LevelKey

T = TypeVar("T")

EXAMPLES: int = settings().max_examples  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""How many examples the profile asks for."""

# ── Purposes ──────────────────────────────────────────────────────────────────────────────────────────────


class Orders(Purpose):
    """Take and fulfil orders."""


class ExpressOrders(Orders):
    """Fulfil orders within a day."""


class NightOrders(ExpressOrders):
    """Fulfil orders at night."""


class Account(Purpose):
    """Know the shopper again."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


class EmailDigest(EmailMarketing):
    """Tell the shopper about offers once a week."""


class Portrait(Orders):
    """Learn from orders what the shopper likes."""


class FaceLogin(Purpose):
    """Let the shopper in by face."""


class Unspoken(Purpose):
    """Something that no policy declares."""


PURPOSES: tuple[type[Purpose], ...] = (
    Orders,
    ExpressOrders,
    NightOrders,
    Account,
    Marketing,
    EmailMarketing,
    EmailDigest,
    Portrait,
    FaceLogin,
    Unspoken,
)

# ── Items ─────────────────────────────────────────────────────────────────────────────────────────────────

NAME = PersonalItem("name", str, Orders | Account | Marketing, category=Category.NAME)
PHONE = PersonalItem("phone", str, Orders | EmailMarketing, category=Category.CONTACT, exact=True, encrypt=True)
CARD = SensitiveItem("card", str, Orders, category=Category.BANK_ACCOUNT)
FACE = SensitiveItem("face", bytes, FaceLogin | Account, category=Category.BIOMETRIC)
DEVICE = NonPersonalItem("device", str, Orders | Marketing)
STRAY = PersonalItem("stray", str, Orders | Unspoken)
ITEMS: tuple[AnyItem, ...] = (NAME, PHONE, CARD, FACE, DEVICE)

NAME_ONCE = PersonalItem("name", str, Orders | Account | Marketing, category=Category.PROFILE)
CARD_ONCE = PersonalItem("card", str, Orders, category=Category.ACCOUNT)
OLD_ITEMS: tuple[AnyItem, ...] = (NAME_ONCE, PHONE, CARD_ONCE, FACE, DEVICE)

# ── Instants and birth dates ──────────────────────────────────────────────────────────────────────────────

MIDNIGHT = dt.datetime(2023, 2, 28, 16, tzinfo=dt.UTC)
"""The first instant of 1 March 2023 at +08:00: where most of the birthdays below fall."""

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)
INSTANTS = (MIDNIGHT - 2 * DAY, MIDNIGHT - TICK, MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + 30 * DAY)
ENDS = (None, None, None, MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + 40 * DAY)
KEEPS = (dt.timedelta(seconds=1), DAY, 30 * DAY, 400 * DAY, 360_000 * DAY)
BIRTHS = (
    None,
    *(dt.date(1990, 5, 1),) * 6,
    dt.date(2020, 1, 1),
    dt.date(2009, 3, 1),  # 14 at MIDNIGHT
    dt.date(2008, 2, 28),
    dt.date(2008, 2, 29),  # 15 at MIDNIGHT or a day earlier, as the policy says
    dt.date(2008, 3, 1),  # 15 at MIDNIGHT
    dt.date(2005, 2, 28),
    dt.date(2005, 3, 1),  # 18 at MIDNIGHT
    dt.date(2004, 2, 29),
)

SUBJECT = Pseudonym("5" * 32)
GUARDIAN = Pseudonym("9" * 32)

# ── Policies ──────────────────────────────────────────────────────────────────────────────────────────────


class Choices:
    """Choices out of drawn bytes: one draw instead of dozens, which is most of what a world would cost."""

    def __init__(self, drawn: bytes) -> None:
        self._left = iter(drawn)

    def among(self, options: Sequence[T]) -> T:
        """Give one of the options; the first when the bytes are zero, so that examples shrink to it."""
        return options[next(self._left) % len(options)]


def _usable(items: Sequence[AnyItem], purpose: type[Purpose]) -> list[AnyItem]:
    """Give the items that a rule for this purpose may list."""
    return [
        item
        for item in items
        if any(named in purpose.lineage if not item.exact else named is purpose for named in item.purposes)
        or any(purpose in named.lineage for named in item.purposes)
    ]


_PLACES = (*("optional",) * 5, "necessary", "no")
_LEVELS: tuple[dict[LevelKey, Level], ...] = (
    {},
    {},
    {Sensitivity.PERSONAL: Level.EXPRESS},
    {Category.BIOMETRIC: Level.SEPARATE},
    {Category.NAME: Level.SEPARATE},
    {(Category.NAME, Operation.USE): Level.EXPRESS},
    {(Sensitivity.SENSITIVE, Operation.SHARE): Level.SEPARATE},
    {Category.CHILD: Level.SEPARATE},
    {(Category.CHILD, Operation.USE): Level.SEPARATE, Sensitivity.PERSONAL: Level.EXPRESS},
    {Sensitivity.PERSONAL: Level.EXPRESS, (Category.CONTACT, Operation.USE): Level.SEPARATE},
)


def policy_of(drawn: bytes, *, version: str = "3", items: Sequence[AnyItem] = ITEMS) -> Policy:
    """Make a valid policy of 64 bytes; Orders, Account, Marketing and FaceLogin are always declared."""
    choices = Choices(drawn)
    declared: list[type[Purpose]] = [Orders, Account, Marketing, FaceLogin]
    declared += [each for each in (ExpressOrders, EmailMarketing, Portrait) if choices.among((True, False))]
    basics = {Orders, Account, *choices.among(((), (ExpressOrders,)))}
    requires: dict[type[Purpose], tuple[type[Purpose], ...]] = {
        FaceLogin: choices.among(((), (Account,))),
        ExpressOrders: choices.among(((), (Orders,))),
        Portrait: choices.among(((), (), (Marketing,), (FaceLogin,))),
    }
    rules: list[PurposeRule] = []
    for purpose in declared:
        places = {item: choices.among(_PLACES) for item in _usable(items, purpose)}
        rules.append(
            (basic if purpose in basics else additional)(
                purpose,
                necessary=[item for item, place in places.items() if place == "necessary"],
                optional=[item for item, place in places.items() if place == "optional"],
                requires=requires.get(purpose, ()),
            )
        )
    reached = {item.key: item for rule in rules for item in rule.items}
    keeps = {item: choices.among((None,) * 12 + KEEPS) for item in reached.values()}
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=rules,
        levels=choices.among(_LEVELS),
        minors=_minors_of(choices),
        retention=[Retention(item, keep) for item, keep in keeps.items() if keep is not None],
    )


def _minors_of(choices: Choices) -> Minors:
    guarded: tuple[frozenset[str], ...] = (frozenset(), frozenset({"account"}), frozenset({"orders"}))
    return Minors(
        guardian_inclusive=choices.among((True, False)),
        sensitive_inclusive=choices.among((True, False)),
        guardian_until_majority=choices.among(guarded),
        counted_from=choices.among(("birthday", "day-after")),
        leap_day=choices.among(("1-mar", "28-feb")),
        zone=choices.among(("+08:00", "+08:00", "-11:00", "+00:00")),
        unknown=choices.among(("child", "adult")),
    )


_BYTES = st.binary(min_size=64, max_size=64)


def policies() -> st.SearchStrategy[Policy]:
    """Draw a valid policy."""
    return _BYTES.map(policy_of)


# ── Histories ─────────────────────────────────────────────────────────────────────────────────────────────

_KINDS = (
    *(EventKind.GRANT,) * 12,
    *(EventKind.RENEW,) * 3,
    *(EventKind.WITHDRAW,) * 2,
    EventKind.REFUSE,
    EventKind.EXPIRE,
    EventKind.INVALIDATE,
    EventKind.REQUEST,
)
_OPERATIONS = (
    *((Operation.COLLECT, Operation.USE),) * 6,
    (Operation.USE,),
    tuple(Operation),
)
_NARROWINGS = (*((),) * 8, ("name",), ("name", "phone", "card"))
_CATEGORIES = (*((),) * 8, ("name", "contact"), ("bank-account", "biometric"))


_LEVELS_GIVEN = (*(Level.EXPRESS,) * 6, *(Level.SEPARATE,) * 3, Level.GENERAL)
_VERSIONS = (*("3",) * 12, "2", "2", "2", "1", "0")


def event_of(drawn: bytes, purposes: Sequence[type[Purpose]] = PURPOSES, *, namespace: str = "a") -> ConsentEvent:
    """Make an event about some of the purposes out of 16 bytes; `numbered` gives it an id."""
    choices = Choices(drawn)
    keys = [purpose.key for purpose in purposes if purpose is not Unspoken]
    named = {choices.among(keys) for _ in range(choices.among((1, 1, 2, 3)))}
    return ConsentEvent(
        id="",
        key=f"{namespace}-{choices.among(range(31))}",
        kind=choices.among(_KINDS),
        subject=SUBJECT,
        actor=choices.among((*(SUBJECT,) * 5, GUARDIAN)),
        purposes=tuple(sorted(named)),
        items=choices.among(_NARROWINGS),
        categories=choices.among(_CATEGORIES),
        operations=choices.among(_OPERATIONS),
        level=choices.among(_LEVELS_GIVEN),
        version=choices.among(_VERSIONS),
        at=choices.among(INSTANTS),
        valid_until=choices.among(ENDS),
        about=choices.among(("", "0", "1", "2", "3")),
    )


def numbered(drawn: Sequence[ConsentEvent], *, namespace: str = "a") -> list[ConsentEvent]:
    """Give the events their ids; `about` becomes the id of an event, of a grant in most histories.

    A renewal or ending about a number means the grant of that number, where there is one.
    """
    made = [attrs.evolve(event, id=identity(namespace, number)) for number, event in enumerate(drawn)]
    grants = [event.id for event in made if event.kind is EventKind.GRANT]
    return [_aimed(event, grants) for event in made]


def identity(namespace: str, number: int) -> str:
    """Give an id of 32 hexadecimal digits."""
    return f"{namespace}{number:031x}"


def _aimed(event: ConsentEvent, grants: Sequence[str]) -> ConsentEvent:
    if event.kind in {EventKind.GRANT, EventKind.REQUEST}:
        return attrs.evolve(event, about="")
    about = event.about
    if event.kind is EventKind.RENEW and not about:
        about = "0"
    if not about:
        return event
    return attrs.evolve(event, about=grants[int(about) % len(grants)] if grants else "f" * 32)


def histories(
    purposes: Sequence[type[Purpose]] = PURPOSES, *, namespace: str = "a", min_size: int = 0
) -> st.SearchStrategy[list[ConsentEvent]]:
    """Draw a history of up to eight events at few instants, so that ties and repeated keys happen."""
    return st.lists(st.binary(min_size=16, max_size=16), min_size=min_size, max_size=8).map(
        lambda drawn: numbered([event_of(each, purposes, namespace=namespace) for each in drawn], namespace=namespace)
    )


# ── Worlds ────────────────────────────────────────────────────────────────────────────────────────────────


class World(NamedTuple):
    """Everything that a decision depends on, and the older versions themselves, which the oracle reads."""

    policy: Policy
    older: dict[str, Policy]
    history: list[ConsentEvent]
    born: dt.date | None
    erased: bool


@st.composite
def archives(draw: st.DrawFn) -> tuple[Policy, dict[str, Policy]]:
    """Draw a policy that knows two older versions, the elder with other items. Version 0 is lost.

    A third of the time the last change changed nothing but the version.
    """
    now, then = draw(_BYTES), draw(_BYTES)
    older = {
        "1": policy_of(then, version="1", items=OLD_ITEMS),
        "2": policy_of(draw(st.sampled_from((now, then, then))), version="2"),
    }
    return policy_of(now).with_archive({version: former_of(policy.dumps()) for version, policy in older.items()}), older


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a world."""
    policy, older = draw(archives())
    erased = draw(st.sampled_from((*(False,) * 40, True)))
    return World(policy, older, draw(histories(min_size=3)), draw(st.sampled_from(BIRTHS)), erased)


def label_of(
    *items: AnyItem,
    purposes: PurposeSet | None = None,
    sensitivity: Sensitivity | None = None,
    collected: tuple[dt.datetime, dt.datetime] | dt.datetime = INSTANTS[0],
    categories: frozenset[Category] | None = None,
    **changes: Any,
) -> Label:
    """Give the label of a value made of these items."""
    when = collected if isinstance(collected, tuple) else (collected, collected)
    allowed = items[0].purposes if items else PurposeSet()
    for item in items[1:]:
        allowed = allowed.meet(item.purposes)
    highest = max((item.sensitivity for item in items), default=Sensitivity.PERSONAL)
    label = Label(
        items=frozenset(item.key for item in items),
        categories=frozenset(item.category for item in items) if categories is None else categories,
        sensitivity=highest if sensitivity is None else sensitivity,
        purposes=allowed if purposes is None else purposes,
        subjects=frozenset({SUBJECT}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({"3"}),
        collected=when,
    )
    return attrs.evolve(label, **changes)


def labels() -> st.SearchStrategy[Label]:
    """Draw the label of one item or of two combined, as the guard makes them, with surprises now and then."""
    return st.binary(min_size=9, max_size=9).map(_label_of_bytes)


def _label_of_bytes(drawn: bytes) -> Label:
    choices = Choices(drawn)
    items = dict.fromkeys(choices.among((*ITEMS, *ITEMS, STRAY)) for _ in range(choices.among((1, 1, 2))))
    sensitivity = choices.among((*(None,) * 6, *Sensitivity))
    first = choices.among(INSTANTS[:3])
    last = choices.among([when for when in INSTANTS if when >= first])
    label = label_of(*items, sensitivity=sensitivity, collected=(first, last))
    if choices.among((False, False, sensitivity is Sensitivity.SENSITIVE, True)):
        label = attrs.evolve(label, categories=label.categories | {Category.CHILD})
    narrowed = choices.among((*(None,) * 40, *PURPOSES))
    return label if narrowed is None else attrs.evolve(label, purposes=label.purposes.meet(PurposeSet([narrowed])))


def asked_of(label: Label, policy: Policy) -> list[type[Purpose] | None]:
    """Give the purposes worth asking about: those that the label allows, a declared and an undeclared other one."""
    allowed = [purpose for purpose in PURPOSES if label.purposes.allows(purpose)]
    others = [purpose for purpose in PURPOSES if purpose not in allowed and policy.rule(purpose) is not None]
    return [*allowed, *others[:1], Unspoken, None]


def instants_of(world: World, label: Label) -> list[dt.datetime]:
    """Give the instants around everything that time changes in a world, each with the tick before it."""
    found = {*INSTANTS, *(event.valid_until for event in world.history if event.valid_until is not None)}
    found |= {label.collected[0] + keep for keep in KEEPS}
    if world.born is not None:
        found |= {world.policy.minors.minor_until(world.born), world.policy.minors.guardian_until(world.born)}
    return sorted({*found, *(when - TICK for when in found)})
