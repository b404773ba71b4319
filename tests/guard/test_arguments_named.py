"""Whatever an argument cannot be: one typed error names it and says what it should be, and nothing is recorded."""

from __future__ import annotations

import datetime as dt
import os
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from guard_world import START
from laws_world import (
    AMOUNT,
    BUREAU,
    CARD,
    CARRIER,
    NAME,
    POLICY,
    TWIN,
    Delivery,
    Order,
    Payment,
    bazaar,
    person,
    untyped,
)

from obq_privacy import (
    Actor,
    Anchor,
    Category,
    ConsentEvent,
    Guard,
    Invoked,
    LegalBasis,
    Level,
    Notice,
    Operation,
    Policy,
    Purpose,
    Recipient,
    Role,
    ThirdPartySource,
    reveal_all,
    share_all,
)
from obq_privacy.errors import (
    ArgumentInvalid,
    GrantInvalid,
    ItemInvalid,
    PrivacyError,
    PurposeInvalid,
    RecordMismatch,
    SubjectInvalid,
)
from obq_privacy.guard import Clock, Erasure, Subject
from obq_privacy.vocab import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LAW = Invoked(LegalBasis.NATIONAL_SECURITY, justification="file 1", by="legal-desk")
HALF = "half \ud800"
TEXT = "it is a str that UTF-8 can spell"
PURPOSES = "it takes Purpose classes"
ITSELF = "Purpose itself is no purpose; name a subclass"
BORN = "born is a datetime.date"
WHEN = "born is neither in the future nor before 1900"
SOON = "it would be over before it begins"
NAMELESS = "its name is a str that is not empty"
COUNTRY = "they are ISO 3166-1 codes of two capital letters"


def a(*kinds: Any) -> str:
    """Say of which type an argument is."""
    kind = kinds[0]
    for other in kinds[1:]:
        kind = kind | other
    return f"it is a {kind.__name__ if isinstance(kind, type) else kind}"


def each(kind: Any) -> str:
    """Say of which type the members of an argument are."""
    return f"its members are each a {kind.__name__ if isinstance(kind, type) else kind}"


Acts: Any = Subject.__mro__[1]


def wrong(argument: str, problem: str) -> ArgumentInvalid:
    """Give the error about an argument."""
    return ArgumentInvalid(argument=argument, problem=problem)


def no_purpose(where: str, problem: str = PURPOSES) -> PurposeInvalid:
    """Give the error about what is no purpose."""
    return PurposeInvalid(declaration=where, problem=problem)


class W(NamedTuple):
    """A guard, somebody, their values, and a consent; without types, as careless callers use them."""

    g: Any
    s: Any
    name: Any
    card: Any
    given: Any
    token: bytes


@pytest.fixture
def w() -> Iterator[W]:
    """Give a world that no test changes."""
    with bazaar() as guard:
        shopper = person(guard)
        given = shopper.grant(Delivery, Payment)
        card = shopper.collect(CARD, "6222021234567890128")
        guard.vault.keep("order-1", shopper.collect_record(Order, number="1", name="Li Lei"))
        name = shopper.collect(NAME, "Li Lei")
        name.reveal(Delivery)
        yield W(guard, shopper, name, card, given, card.seal())


Row = tuple[PrivacyError, "Callable[[W], object]"]
MANY: tuple[Any, ...] = ("name", 5, [5], b"name")
NONE: tuple[Any, ...] = ("delivery", None, int, [])

SUBJECT: list[Row] = [
    *((no_purpose("grant"), lambda w, bad=bad: w.s.grant(Delivery, bad)) for bad in NONE),
    (no_purpose("grant", ITSELF), lambda w: w.s.grant(Purpose)),
    (no_purpose("withdraw"), lambda w: w.s.withdraw(5)),
    (no_purpose("refuse"), lambda w: w.s.refuse("delivery")),
    (no_purpose("request"), lambda w: w.s.request("delivery")),
    (no_purpose("choose"), lambda w: w.s.choose("payment", CARRIER)),
    (no_purpose("object"), lambda w: w.s.object_to("delivery", "toys")),
    (no_purpose("objections"), lambda w: w.s.objections("delivery")),
    (wrong("level", a(Level)), lambda w: w.s.grant(Delivery, level=2)),
    (wrong("notice", a(Notice, None)), lambda w: w.s.grant(Delivery, notice="text")),
    (wrong("notice", a(Notice, None)), lambda w: w.s.request(Delivery, notice="text")),
    (wrong("valid_for", a(dt.timedelta, None)), lambda w: w.s.grant(Delivery, valid_for=5)),
    (wrong("valid_for", a(dt.timedelta, None)), lambda w: w.s.renew(w.given, valid_for=5)),
    *((wrong("method", TEXT), lambda w, bad=bad: w.s.grant(Delivery, method=bad)) for bad in (HALF, 5, None, b"x")),
    (wrong("key", TEXT), lambda w: w.s.grant(Delivery, key=HALF)),
    (wrong("matter", TEXT), lambda w: w.s.restrict(matter=HALF)),
    (wrong("topics, parties and regions", TEXT), lambda w: w.s.object_to(Delivery, HALF)),
    *((wrong("items", each(Item)), lambda w, bad=bad: w.s.grant(Delivery, items=bad)) for bad in MANY),
    (wrong("categories", each(Category)), lambda w: w.s.grant(Delivery, categories=["name"])),
    (wrong("recipients", each(Recipient | Role)), lambda w: w.s.grant(Delivery, recipients=["carrier"])),
    (wrong("operations", each(Operation)), lambda w: w.s.grant(Delivery, operations=["use"])),
    (wrong("regions", each(str)), lambda w: w.s.grant(Delivery, regions=[5])),
    *(
        (wrong("regions", COUNTRY), lambda w, bad=bad: w.s.grant(Delivery, regions=["SG", bad]))
        for bad in ("sg", "Sg", "S", "SGP", "S1", "ÅÄ", "")
    ),
    (wrong("by", a(Acts, None)), lambda w: w.s.grant(Delivery, by="parent")),
    (wrong("consent", a(ConsentEvent)), lambda w: w.s.renew("consent", valid_for=None)),
    (wrong("consent", a(ConsentEvent)), lambda w: w.s.withdraw(consent=5)),
    (wrong("consent", a(ConsentEvent)), lambda w: w.s.expire(5)),
    (wrong("consent", a(ConsentEvent)), lambda w: w.s.invalidate(5)),
    (wrong("recipients", each(Recipient)), lambda w: w.s.choose(Payment, "bank")),
    (wrong("recipients", "it names at least one"), lambda w: w.s.choose(Payment)),
    (wrong("by", a(Acts)), lambda w: w.s.attest(Delivery, by="friend")),
    (wrong("by", "nobody attests for themselves; grant instead"), lambda w: w.s.attest(Delivery, by=w.s)),
    (wrong("source", a(ThirdPartySource)), lambda w: w.s.confirm(CARD, source="bureau")),
    (wrong("items", "it names at least one"), lambda w: w.s.confirm(source=BUREAU)),
    (wrong("items", each(Item)), lambda w: w.s.confirm("card", source=BUREAU)),
    (wrong("act", TEXT), lambda w: w.s.publish(NAME, act=5)),
    (wrong("act", "it names the act"), lambda w: w.s.publish(NAME, act="")),
    (wrong("items", "it names at least one"), lambda w: w.s.publish(act="review-1")),
    (wrong("topics", "it names at least one, none of them empty"), lambda w: w.s.object_to(Delivery)),
    (wrong("topics", "it names at least one, none of them empty"), lambda w: w.s.allow(Delivery, "toys", "")),
    (wrong("topics", each(str)), lambda w: w.s.allow(Delivery, 5)),
    (wrong("permission", TEXT), lambda w: w.s.permission_changed(5, on=True)),
    (wrong("on", a(bool)), lambda w: w.s.permission_changed("microphone", on="no")),
    (wrong("permission", "the policy ties no purpose to it"), lambda w: w.s.permission_changed("camera", on=True)),
    (wrong("anchor", a(Anchor)), lambda w: w.s.mark("activity")),
    (wrong("reference", TEXT), lambda w: w.s.hold(reference=5)),
    (wrong("reference", "it names the legal matter"), lambda w: w.s.hold(reference="")),
    (wrong("items", each(Item)), lambda w: w.s.hold("name", reference="case 9")),
    (wrong("method", TEXT), lambda w: w.s.release(5)),
    (wrong("items", each(Item)), lambda w: w.s.agree(items=["name"], until=START)),
    (wrong("until", a(dt.datetime, None)), lambda w: w.s.agree(items=[NAME], until="2030")),
    (wrong("until", "it is an aware time, and goes with items"), lambda w: w.s.agree(items=[NAME])),
    (wrong("by", a(Acts, None)), lambda w: w.s.close(by="parent")),
    (wrong("by", "it is a subject of the same guard"), lambda w: w.s.close(by=stranger())),
    (GrantInvalid(purpose="delivery", problem=SOON), lambda w: w.s.grant(Delivery, valid_for=dt.timedelta(0))),
    (GrantInvalid(purpose="everything", problem=SOON), lambda w: w.s.renew(w.given, valid_for=-dt.timedelta(1))),
    (
        GrantInvalid(purpose="nothing", problem="the consent is one of another subject"),
        lambda w: stranger().withdraw(consent=w.given),
    ),
    (wrong("guardians", each(Subject)), lambda w: w.s.update(guardians=["parent"])),
]

VALUES: list[Row] = [
    (ItemInvalid(declaration="collect", problem="it takes an item and then its value"), lambda w: w.s.collect("x", 1)),
    (
        ItemInvalid(declaration="collect", problem="it takes an item and then its value"),
        lambda w: w.s.collecting().collect("x", 1),
    ),
    (
        ItemInvalid(declaration="card", problem="collect takes the item that the policy declares by this key"),
        lambda w: w.s.collect(TWIN, "1"),
    ),
    (
        ItemInvalid(declaration="card", problem="unseal takes the item that the policy declares by this key"),
        lambda w: w.g.unseal(TWIN, w.token),
    ),
    (ItemInvalid(declaration="unseal", problem="it takes an item"), lambda w: w.g.unseal("card", w.token)),
    (wrong("record", a(str)), lambda w: w.g.unseal(CARD, w.token, record=5)),
    (wrong("record", TEXT), lambda w: w.name.seal(record=HALF)),
    (wrong("kind", a(type)), lambda w: w.s.collect_record("Order", number="1")),
    (wrong("kind", a(type)), lambda w: w.s.collecting().collect_record("Order", number="1")),
    (wrong("matter", TEXT), lambda w: w.s.collecting(matter=HALF)),
    (wrong("topics", each(str)), lambda w: w.s.collecting(topics="toys")),
    (wrong("by", a(Acts, None)), lambda w: w.s.collecting(provided_by="friend")),
    (wrong("source", a(ThirdPartySource, None)), lambda w: w.s.collecting(source="bureau")),
    (wrong("under", a(Invoked, None)), lambda w: w.s.collecting(under="law")),
    (wrong("collecting", "a value comes from one source"), lambda w: w.s.collecting(source=BUREAU, public=True)),
    (
        wrong("collecting", "a value comes from one source"),
        lambda w: w.s.collecting(provided_by=w.g.subject("friend"), public=True),
    ),
    *((no_purpose("reveal"), lambda w, bad=bad: w.name.reveal(bad)) for bad in NONE),
    (no_purpose("reveal", ITSELF), lambda w: w.card.reveal(Purpose)),
    (no_purpose("reveal"), lambda w: reveal_all(untyped(None), w.name, w.card)),
    (no_purpose("share"), lambda w: w.name.share("delivery", to=CARRIER)),
    (no_purpose("share"), lambda w: w.name.share("delivery", to=CARRIER, under=LAW)),
    (no_purpose("transfer"), lambda w: w.name.transfer("delivery", to=CARRIER)),
    (no_purpose("disclose"), lambda w: w.name.disclose("delivery")),
    (wrong("to", a(Recipient, None)), lambda w: w.name.share(Delivery, to="carrier")),
    (wrong("to", a(Recipient, None)), lambda w: share_all(Delivery, w.name, to=untyped("carrier"))),
    (wrong("under", a(Invoked, None)), lambda w: w.name.disclose(Delivery, under="law")),
    (wrong("under", a(Invoked, None)), lambda w: w.name.reveal_under("law")),
    (no_purpose("explain"), lambda w: w.g.explain(w.name, "delivery")),
    (wrong("value", "it is a wrapper"), lambda w: w.g.explain("Li Lei", Delivery)),
    (wrong("to", a(Recipient, None)), lambda w: w.g.explain(w.name, Delivery, to="carrier")),
    (wrong("value", "it is a wrapper"), lambda w: w.g.index("Li Lei", Delivery)),
    (no_purpose("index"), lambda w: w.g.index(w.name, "delivery")),
    (no_purpose("index"), lambda w: w.g.index(w.name, Delivery, within="delivery")),
    (wrong("matches", "both are wrappers"), lambda w: w.g.matches(w.name, "Li Lei", Delivery)),
    (wrong("matches", "both are wrappers"), lambda w: w.g.matches("Li Lei", w.name, Delivery)),
    (no_purpose("matches"), lambda w: w.g.matches(w.name, w.name, "delivery")),
    (no_purpose("matches"), lambda w: w.g.matches(w.name, w.name, Delivery, found="delivery")),
    (wrong("of", "it is a wrapper or a subject"), lambda w: w.g.pseudonym("Li Lei", Delivery)),
    (no_purpose("pseudonym"), lambda w: w.g.pseudonym(w.name, "delivery")),
    (no_purpose("pseudonym"), lambda w: w.g.pseudonym(w.s, "delivery", item=NAME)),
    *(
        (
            wrong("item", "the pseudonym of a person is collected as an item of type str"),
            lambda w, bad=bad: w.g.pseudonym(w.s, Delivery, item=bad),
        )
        for bad in (None, "name", AMOUNT)
    ),
]

OPENING: list[Row] = [
    (wrong("policy", a(Policy)), lambda _: Guard.in_memory(policy=untyped("policy"))),
    (wrong("clock", a(Clock, None)), lambda _: Guard.in_memory(policy=POLICY, clock=untyped(5))),
    (wrong("keys", "it is a KeyProvider"), lambda _: Guard.in_memory(policy=POLICY, keys=untyped(5))),
    *(
        (
            wrong("lease", "it is a timedelta that is not negative"),
            lambda _, bad=bad: Guard.in_memory(policy=POLICY, lease=untyped(bad)),
        )
        for bad in (1, None, -dt.timedelta.resolution)
    ),
    (wrong("path", a(str, os.PathLike)), lambda _: Guard.open(untyped(5), policy=POLICY)),
    (wrong("path", "it names a file"), lambda _: Guard.open("", policy=POLICY)),
    *(
        (
            wrong("region", "it is an ISO 3166-1 code of two capital letters"),
            lambda _, bad=bad: Guard.open("no such directory/db", policy=POLICY, region=untyped(bad)),
        )
        for bad in ("sg", "SGP", "S", "S1", 5, None)
    ),
]

PEOPLE: list[Row] = [
    *(
        (
            SubjectInvalid(subject="without id", problem="its id is a str that is not empty"),
            lambda w, bad=bad: w.g.subject(bad),
        )
        for bad in ("", " ", 5, None, b"x")
    ),
    *(
        (SubjectInvalid(subject="being registered", problem=BORN), lambda w, bad=bad: w.g.subject("new", born=bad))
        for bad in ("1990-01-01", 5, START)
    ),
    *(
        (SubjectInvalid(subject="being registered", problem=WHEN), lambda w, bad=bad: w.g.subject("new", born=bad))
        for bad in (date(1899, 12, 31), date(2026, 11, 3))
    ),
    (wrong("guardians", each(Subject)), lambda w: w.g.subject("new", guardians=["parent"])),
    (wrong("actor", a(Actor)), lambda w: w.g.acting("agent")),
    (wrong("actor", TEXT), lambda w: w.g.acting(Actor(HALF, frozenset()))),
    *(
        (wrong("actor", "it has a key that is not empty, and a set of roles"), lambda w, bad=bad: w.g.acting(bad))
        for bad in (Actor("", frozenset()), Actor("agent", untyped("accountant")))
    ),
    (wrong("actor", each(str)), lambda w: w.g.acting(Actor("agent", frozenset({untyped(5)})))),
    (wrong("approval", TEXT), lambda w: w.g.acting(Actor("agent", frozenset()), approval=5)),
    (wrong("successor", TEXT), lambda w: w.g.succession(5, accepted=True)),
    (wrong("successor", "it names the organisation"), lambda w: w.g.succession("", accepted=True)),
    (wrong("accepted", a(bool)), lambda w: w.g.succession("other shop", accepted="yes")),
    (wrong("erasures", each(Erasure)), lambda w: w.g.replay(["shopper"])),
    *(
        (RecordMismatch(record="without a name", problem=NAMELESS), act)
        for bad in ("", None, 5, HALF)
        for act in (
            lambda w, bad=bad: w.g.vault.keep(bad, w.given),
            lambda w, bad=bad: w.g.vault.load(Order, bad),
            lambda w, bad=bad: bad in w.g.vault,
            lambda w, bad=bad: w.g.vault.drop(bad),
        )
    ),
    (wrong("kind", a(type)), lambda w: w.g.vault.load("Order", "order-1")),
    (wrong("subject", a(Subject)), lambda w: w.g.vault.records("shopper")),
]


def stranger() -> Any:
    """Give somebody of another guard."""
    with bazaar() as other:
        return person(other)


def test_an_act_of_a_subject_names_its_wrong_argument(w: W) -> None:
    """And puts nothing on record."""
    assert unlike(SUBJECT, w) == {}


def test_a_use_of_values_names_its_wrong_argument(w: W) -> None:
    """And opens nothing."""
    assert unlike(VALUES, w) == {}


def test_opening_names_its_wrong_argument(w: W) -> None:
    """Before anything is made."""
    assert unlike(OPENING, w) == {}


def test_people_and_records_are_named_rightly(w: W) -> None:
    """Or nobody is registered, acts or is looked for."""
    assert unlike(PEOPLE, w) == {}


def unlike(rows: list[Row], w: W) -> dict[int, object]:
    """Give, by number, the rows that end in something else than exactly their error, or change something."""
    found: dict[int, object] = {}
    before = w.s.standing, len(list(w.g.audit.entries()))
    for number, (expected, act) in enumerate(rows):
        ended: object = None
        try:
            act(w)
        except Exception as error:  # noqa: BLE001  whatever it is, it is compared
            ended = error
        if ended != expected:
            found[number] = ended
    assert (w.s.standing, len(list(w.g.audit.entries()))) == before
    return found
