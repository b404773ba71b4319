"""What the second implementation reads: policies as documents, histories as lists, and ages by counting birthdays."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from obq_privacy.consent import EventKind
from obq_privacy.policy import Anchor, Kind, Minors
from obq_privacy.vocab import Level, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.vocab import AnyRecipient, PurposeSet

ERASED, GAP, NOT_ALLOWED, NOT_NEEDED, RETENTION = "OBQ101", "OBQ102", "OBQ103", "OBQ104", "OBQ105"
GUARDIAN, REQUIRED, WITHDRAWN, REFUSED, EXPIRED = "OBQ106", "OBQ107", "OBQ108", "OBQ109", "OBQ110"
INVALIDATED, OUTDATED, WEAK, MISSING = "OBQ111", "OBQ112", "OBQ113", "OBQ114"
UNKNOWN, NOT_FOR_IT, UNBOUND, UNCHECKED, NOT_SHARED = "OBQ115", "OBQ116", "OBQ117", "OBQ118", "OBQ119"
IDENTIFYING, BORDER, NOT_CARRIED, NOT_COVERING, RESTRICTED = "OBQ120", "OBQ121", "OBQ122", "OBQ123", "OBQ124"
OBJECTION, UNCHOSEN, ACTOR, APPROVAL, NO_SOURCE = "OBQ125", "OBQ126", "OBQ127", "OBQ128", "OBQ129"
UNDERTAKING, UNCONFIRMED, UNATTESTED, NO_ACTION = "OBQ130", "OBQ131", "OBQ132", "OBQ133"
CEASED, CLOSED, UNPUBLISHED, NO_GUARDIAN = "OBQ134", "OBQ135", "OBQ136", "OBQ137"

_ENDS = {
    EventKind.WITHDRAW: WITHDRAWN,
    EventKind.REFUSE: REFUSED,
    EventKind.INVALIDATE: INVALIDATED,
    EventKind.EXPIRE: EXPIRED,
    EventKind.CLOSE: CLOSED,
}
_GIVES = (EventKind.GRANT, EventKind.CHOOSE, EventKind.ATTEST)
_TURNS = (
    *_GIVES,
    *(EventKind.RENEW, EventKind.AGREE, EventKind.CONFIRM, EventKind.PUBLISH, EventKind.ALLOW, EventKind.LIFT),
    *(EventKind.RELEASE, EventKind.MARK, EventKind.WITHDRAW, EventKind.REFUSE, EventKind.INVALIDATE),
    *(EventKind.EXPIRE, EventKind.OBJECT, EventKind.RESTRICT, EventKind.HOLD, EventKind.CLOSE),
    *(EventKind.SUCCEED, EventKind.CEASE),
)
"""On a tie, who speaks first: what takes away speaks after what gives, and withdrawal is named before other endings."""

_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)

Document = dict[str, Any]


class Facts(NamedTuple):
    """The question, apart from what is asked, of which value, and when.

    Attributes:
        policy: the policy in force.
        documents: the documents of all versions that are known, its own included, oldest first.
        history: everything that happened, of this subject and of everybody.
        born: the birth date, if it is known.
        erased: whether the subject was erased.
    """

    policy: Policy
    documents: Mapping[str, Document]
    history: Sequence[ConsentEvent]
    born: dt.date | None
    erased: bool


# ── Policies and purposes ─────────────────────────────────────────────────────────────────────────────────


def within(purpose: type[Purpose], allowed: PurposeSet) -> bool:
    """Tell whether a set of purposes speaks of this one: by name, or by the name of something wider."""
    return purpose in allowed.exact or any(issubclass(purpose, each) for each in allowed.wide)


def above(purpose: type[Purpose] | None) -> list[str]:
    """Give the keys of a purpose and of the wider ones, nearest first."""
    mro = purpose.__mro__ if purpose is not None else ()
    return [cls.key for cls in mro if issubclass(cls, Purpose) and cls is not Purpose]


def spoken_of(policy: Policy, purpose: type[Purpose]) -> PurposeRule | None:
    """Give the rule of the purpose, or of the nearest wider purpose that has one."""
    for key in above(purpose):
        for rule in policy.purposes:
            if rule.purpose.key == key:
                return rule
    return None


def is_duty(policy: Policy, purpose: type[Purpose]) -> bool:
    rule = spoken_of(policy, purpose)
    return rule is not None and rule.kind is Kind.STATUTORY


def built_on(policy: Policy, rule: PurposeRule) -> set[type[Purpose]]:
    direct = set(rule.requires)
    for purpose in rule.requires:
        further = spoken_of(policy, purpose)
        if further is not None:
            direct |= built_on(policy, further)
    return direct


def purposes_in(document: Document) -> dict[str, Document]:
    return {each["key"]: each for each in document["purposes"]}


def said_of(document: Document, purpose: type[Purpose], item: str) -> tuple[Any, ...] | None:
    """Give everything that a document says of using an item for a purpose, by whichever rule speaks of it there."""
    rules = purposes_in(document)
    spoken = [key for key in above(purpose) if key in rules]
    if not spoken:
        return None
    rule = rules[spoken[0]]
    need = [name for name in ("necessary", "optional") if item in rule[name]]
    if not need:
        return None
    words = {each["key"]: each for each in document["vocabulary"]}
    lineage: list[str] = []
    key: str | None = spoken[0]
    while key is not None:
        lineage.append(key)
        key = words[key]["parent"]
    told = next(each for each in document["items"] if each["key"] == item)
    about = tuple(told[name] for name in ("type", "category", "sensitivity", "exact"))
    text = " ".join(words[spoken[0]]["text"].split())
    return (spoken[0], tuple(lineage), text, rule["kind"], need[0], tuple(sorted(rule["requires"])), about)


def who_is(document: Document, recipient: AnyRecipient) -> tuple[Any, ...] | None:
    """Give who a document says that a recipient is, and what it gets."""
    for each in document["recipients"]:
        if each["key"] == recipient.key:
            plain = tuple(each[name] for name in ("kind", "role", "region", "follows_policy", "sdk"))
            return (*plain, tuple(sorted(each["purposes"])), tuple(sorted(each["items"])))
    return None


def periods_anywhere(facts: Facts, item: str) -> list[tuple[str | None, Anchor, dt.timedelta, dt.timedelta | None]]:
    return [each for document in facts.documents.values() for each in _all_periods(document, item)]


def _all_periods(document: Document, item: str) -> list[tuple[str | None, Anchor, dt.timedelta, dt.timedelta | None]]:
    return [
        (
            each["purpose"],
            Anchor(each["after"]),
            dt.timedelta(seconds=each["keep_seconds"]),
            None if each["at_least_seconds"] is None else dt.timedelta(seconds=each["at_least_seconds"]),
        )
        for each in document["retention"]
        if each["item"] == item
    ]


def periods_for(
    document: Document, item: str, purpose: type[Purpose] | None
) -> list[tuple[str | None, Anchor, dt.timedelta, dt.timedelta | None]]:
    """Give the periods for a purpose: stated for it, else for the nearest wider one, else for every purpose."""
    for key in (*above(purpose), None):
        found = [each for each in _all_periods(document, item) if each[0] == key]
        if found:
            return found
    return []


# ── What happened ─────────────────────────────────────────────────────────────────────────────────────────


def before(one: ConsentEvent, two: ConsentEvent) -> bool:
    if one.at != two.at:
        return one.at < two.at
    if _turn(one) != _turn(two):
        return _turn(one) < _turn(two)
    ends_one, ends_two = (event.valid_until or _NEVER for event in (one, two))
    return ends_one > ends_two or (ends_one == ends_two and one.id < two.id)


def _turn(event: ConsentEvent) -> int:
    return 0 if event.kind in _GIVES or event.kind not in _TURNS else _TURNS.index(event.kind)


def counted(history: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """Leave out an event when an earlier one has the same key."""
    return [one for one in history if not any(o.key == one.key and before(o, one) for o in history if o is not one)]


def last_of(events: Sequence[ConsentEvent]) -> ConsentEvent:
    return next(one for one in events if not any(before(one, other) for other in events))


def given_in(history: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    return [event for event in history if event.kind in _GIVES]


def names_purpose(grant: ConsentEvent, purpose: type[Purpose], *, exact: bool) -> bool:
    return any(key in grant.purposes for key in ([purpose.key] if exact else above(purpose)))


def strength(grant: ConsentEvent, purpose: type[Purpose]) -> Level:
    """A separate consent covers exactly one purpose: the one that it names alone."""
    if grant.level is Level.SEPARATE and list(grant.purposes) != [purpose.key]:
        return Level.EXPRESS
    return grant.level


def by_guardian(grant: ConsentEvent) -> bool:
    return grant.actor != grant.subject and grant.kind is not EventKind.ATTEST


def _endings(history: Sequence[ConsentEvent], grant: ConsentEvent, key: str) -> list[ConsentEvent]:
    """Give what took this key away from this grant: at the same instant or later."""
    return [
        event
        for event in history
        if event.kind in _ENDS
        and event.at >= grant.at
        and event.about in {"", grant.id}
        and key in (event.purposes or grant.purposes)
    ]


def _deadline(history: Sequence[ConsentEvent], grant: ConsentEvent) -> dt.datetime | None:
    """Give when a grant ends by itself after all its renewals that came in time.

    A renewal counts when it is about this grant, by the same hand, of everything that is left of it, and in time.
    """
    deadline = grant.valid_until
    renewals = [e for e in history if e.kind is EventKind.RENEW and e.about == grant.id and e.at >= grant.at]
    while renewals:
        renewal = next(one for one in renewals if not any(before(other, one) for other in renewals))
        renewals.remove(renewal)
        gone = {key for key in grant.purposes for event in _endings(history, grant, key) if event.at < renewal.at}
        of_all_left = set(grant.purposes) - gone <= set(renewal.purposes or grant.purposes)
        in_time = deadline is None or renewal.at < deadline
        if by_guardian(renewal) == by_guardian(grant) and of_all_left and in_time and set(grant.purposes) - gone:
            deadline = renewal.valid_until
    return deadline


def deaths(facts: Facts, grant: ConsentEvent, purpose: type[Purpose], at: dt.datetime) -> list[str]:
    """Give everything for which a grant that names the purpose does not count at an instant."""
    found: list[str] = []
    for key in above(purpose):
        endings = _endings(facts.history, grant, key)
        found += [_ENDS[one.kind] for one in endings if not any(before(other, one) for other in endings)]
    if grant.kind is EventKind.CHOOSE and any(
        one.kind is EventKind.CHOOSE
        and before(grant, one)
        and (one.purposes, one.matter) == (grant.purposes, grant.matter)
        and one.parties != grant.parties
        for one in facts.history
    ):
        found.append(UNCHOSEN)
    declined = [e for e in facts.history if e.kind is EventKind.SUCCEED and e.method == "declined"]
    if any(event.at >= grant.at for event in declined):
        found.append(NOT_CARRIED)
    deadline = _deadline(facts.history, grant)
    if deadline is not None and at >= deadline:
        found.append(EXPIRED)
    hand = _wrong_hand(facts, grant, purpose, at)
    return [*found, hand] if hand else found


# ── MINOR-1: whose consent counts ─────────────────────────────────────────────────────────────────────────


def _wrong_hand(facts: Facts, grant: ConsentEvent, purpose: type[Purpose], at: dt.datetime) -> str:
    if facts.born is None:
        if facts.policy.minors.unknown == "adult":
            return MISSING if by_guardian(grant) else ""
        return "" if by_guardian(grant) else GUARDIAN
    known = facts.documents.get(grant.version)
    minors = minors_in(known) if known is not None else facts.policy.minors
    if by_guardian(grant):
        return EXPIRED if age_of(minors, facts.born, at) >= minors.majority else ""
    age = age_of(minors, facts.born, grant.at)
    if age < minors.guardian_age or (age == minors.guardian_age and minors.guardian_inclusive):
        return GUARDIAN
    guarded = any(key in minors.guardian_until_majority for key in above(purpose))
    return GUARDIAN if guarded and age < minors.majority else ""


def minors_in(document: Document) -> Minors:
    return Minors(**document["minors"])


def _zone(minors: Minors) -> dt.tzinfo | None:
    return dt.datetime.strptime(minors.zone, "%z").tzinfo


def day_of(minors: Minors, at: dt.datetime) -> dt.date:
    return at.astimezone(_zone(minors)).date()


def midnight(minors: Minors, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), _zone(minors)).astimezone(dt.UTC)


def age_of(minors: Minors, born: dt.date, at: dt.datetime) -> int:
    """Count the birthdays up to the local day of an instant."""
    return age_on(minors.counted_from, minors.leap_day, born, day_of(minors, at))


@cache
def age_on(counted_from: str, leap_day: str, born: dt.date, day: dt.date) -> int:
    counted = day - dt.timedelta(days=1) if counted_from == "day-after" else day
    return sum(_birthday(leap_day, born, year) <= counted for year in range(born.year + 1, counted.year + 1))


def _birthday(leap_day: str, born: dt.date, year: int) -> dt.date:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (born.month, born.day) == (2, 29) and not leap:
        return dt.date(year, 2, 28) if leap_day == "28-feb" else dt.date(year, 3, 1)
    return dt.date(year, born.month, born.day)


def comes_to(minors: Minors, born: dt.date, years: int) -> dt.datetime:
    """Give the first instant of the first local day on which somebody has an age: look at every day."""
    return midnight(minors, _day_of_age(minors.counted_from, minors.leap_day, born, years))


@cache
def _day_of_age(counted_from: str, leap_day: str, born: dt.date, years: int) -> dt.date:
    day = dt.date(born.year + years, 1, 1)
    while age_on(counted_from, leap_day, born, day) < years:
        day += dt.timedelta(days=1)
    return day
