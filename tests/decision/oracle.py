"""A second implementation of the decision: from the clauses, by brute force, as slow and plain as can be.

It shares no step with the library. There is no fold: of each grant, questions are asked of the whole list of events.
Ages are counted birthday by birthday; `until` is found by asking the same question again at every instant at which
anything at all happens; older versions of the policy are compared by what they say, not by their digests.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.consent import EventKind
from obq_privacy.vocab import Category, Level, Operation, Purpose, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.policy import Minors, Policy, PurposeRule
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, PurposeSet

ERASED, GAP, NOT_ALLOWED, NOT_NEEDED, RETENTION = "OBQ101", "OBQ102", "OBQ103", "OBQ104", "OBQ105"
GUARDIAN, REQUIRED, WITHDRAWN, REFUSED, EXPIRED = "OBQ106", "OBQ107", "OBQ108", "OBQ109", "OBQ110"
INVALIDATED, OUTDATED, WEAK, MISSING = "OBQ111", "OBQ112", "OBQ113", "OBQ114"

_ENDS = {
    EventKind.WITHDRAW: WITHDRAWN,
    EventKind.REFUSE: REFUSED,
    EventKind.INVALIDATE: INVALIDATED,
    EventKind.EXPIRE: EXPIRED,
}
_TURNS = [EventKind.GRANT, EventKind.RENEW, *_ENDS]
"""On a tie, who speaks first; withdrawal speaks after every grant, and is named before other endings."""


class Facts(NamedTuple):
    """The question, apart from the time."""

    policy: Policy
    older: Mapping[str, Policy]
    history: Sequence[ConsentEvent]
    born: dt.date | None
    erased: bool


class Verdict(NamedTuple):
    """Permitted or not; until when; and if not, the codes."""

    permitted: bool
    until: dt.datetime | None
    codes: frozenset[str]


def verdict(
    facts: Facts, label: Label, operation: Operation, purpose: type[Purpose] | None, at: dt.datetime
) -> Verdict:
    """Decide."""
    codes = _codes(facts, label, operation, purpose, at)
    if codes:
        return Verdict(permitted=False, until=None, codes=codes)
    later = sorted(when for when in _turning_points(facts, label) if when > at)
    changed = (when for when in later if _codes(facts, label, operation, purpose, when))
    return Verdict(permitted=True, until=next(changed, None), codes=frozenset())


def _turning_points(facts: Facts, label: Label) -> Iterator[dt.datetime]:
    """Give every instant at which anything ends."""
    for event in facts.history:
        if event.valid_until is not None:
            yield event.valid_until
    for policy in (facts.policy, *facts.older.values()):
        for entry in policy.retention:
            yield label.collected[0] + entry.keep
    if facts.born is not None:
        for policy in (facts.policy, *facts.older.values()):
            yield comes_of_age(policy.minors, facts.born)


def _codes(
    facts: Facts, label: Label, operation: Operation, purpose: type[Purpose] | None, at: dt.datetime
) -> frozenset[str]:
    """Give everything that stands in the way; nothing when it is permitted."""
    if facts.erased:
        return frozenset({ERASED})
    if not label.items:
        return frozenset({GAP})
    if purpose is not None:
        return frozenset(_against(facts, label, operation, purpose, at))
    possible = set(label.purposes) | {r.purpose for r in facts.policy.purposes if _within(r.purpose, label.purposes)}
    answers = [frozenset(_against(facts, label, operation, each, at)) for each in possible]
    if not answers:
        return frozenset({GAP})
    if any(not codes for codes in answers):
        return frozenset()
    return frozenset(code for codes in answers for code in codes)


def _within(purpose: type[Purpose], allowed: PurposeSet) -> bool:
    """Tell whether a set of purposes speaks of this one: by name, or by the name of something wider."""
    return purpose in allowed.exact or any(issubclass(purpose, each) for each in allowed.wide)


def _above(purpose: type[Purpose]) -> list[str]:
    """Give the keys of a purpose and of the wider ones, nearest first."""
    return [cls.key for cls in purpose.__mro__ if issubclass(cls, Purpose) and cls is not Purpose]


def _spoken_of(policy: Policy, purpose: type[Purpose]) -> PurposeRule | None:
    """Give the rule of the purpose, or of the nearest wider purpose that has one."""
    for key in _above(purpose):
        for rule in policy.purposes:
            if rule.purpose.key == key:
                return rule
    return None


# ── DEF-2, USE-1, USE-2, USE-4, PROT-3: what may be asked at all ──────────────────────────────────────────


def _against(
    facts: Facts, label: Label, operation: Operation, purpose: type[Purpose], at: dt.datetime
) -> Iterator[str]:
    """Give everything that stands in the way of one purpose."""
    rule = _spoken_of(facts.policy, purpose)
    if rule is None:
        yield GAP
        return
    declared = {item.key: item for each in facts.policy.purposes for item in (*each.necessary, *each.optional)}
    highest = max([label.sensitivity, *(declared[key].sensitivity for key in label.items if key in declared)])
    for key in label.items:
        if key not in declared:
            yield GAP
        else:
            item = declared[key]
            found = list(_beyond_consent(facts, label, purpose, item, at))
            yield from found
            if not found and highest > Sensitivity.NON_PERSONAL:
                needed = _needed(facts, label, item, operation, highest)
                yield from _unconsented(facts, operation, purpose, _Need(item, needed), at)
    if highest > Sensitivity.NON_PERSONAL:
        for required in _built_on(facts.policy, rule):
            if not in_force(facts, required, at):
                yield REQUIRED


def in_force(facts: Facts, purpose: type[Purpose], at: dt.datetime) -> bool:
    """Tell whether any consent names the purpose or a wider one and counts."""
    return any(
        _names_purpose(grant, purpose, exact=False) and not _dead(facts, grant, purpose, at)
        for grant in _grants(facts.history)
    )


def _built_on(policy: Policy, rule: PurposeRule) -> set[type[Purpose]]:
    direct = set(rule.requires)
    for purpose in rule.requires:
        further = _spoken_of(policy, purpose)
        if further is not None:
            direct |= _built_on(policy, further)
    return direct


class _Need(NamedTuple):
    """An item and how strong a consent it needs."""

    item: AnyItem
    level: Level


def _beyond_consent(
    facts: Facts, label: Label, purpose: type[Purpose], item: AnyItem, at: dt.datetime
) -> Iterator[str]:
    """Give what no consent can help: the wrong purpose, an item that is not needed, a period that is over."""
    rule = _spoken_of(facts.policy, purpose)
    if not _within(purpose, item.purposes) or not _within(purpose, label.purposes):
        yield NOT_ALLOWED
    elif rule is None or (item not in rule.necessary and item not in rule.optional):
        yield NOT_NEEDED
    speaking = [facts.policy, *_binding(facts, label, purpose)]
    periods = [entry.keep for policy in speaking for entry in policy.retention if entry.item.key == item.key]
    if any(at - label.collected[0] >= period for period in periods):
        yield RETENTION


def _binding(facts: Facts, label: Label, purpose: type[Purpose]) -> list[Policy]:
    """CHANGE-1: the older versions whose shorter periods stand, because the subject knows no later one.

    That is the latest version under which the subject consented to the purpose or a wider one; without any that is
    known, the versions under which the value was collected.
    """
    agreed = {grant.version for grant in _grants(facts.history) if _names_purpose(grant, purpose, exact=False)}
    if facts.policy.version in agreed:
        return []
    known = [version for version in sorted(facts.older) if version in agreed]
    return [facts.older[version] for version in known[-1:] or sorted(label.versions) if version in facts.older]


def _unconsented(
    facts: Facts, operation: Operation, purpose: type[Purpose], need: _Need, at: dt.datetime
) -> Iterator[str]:
    """Give why each consent that speaks of this does not count; nothing when one does."""
    item = need.item
    relevant = [
        grant
        for grant in _grants(facts.history)
        if _names_purpose(grant, purpose, exact=item.exact)
        and operation in grant.operations
        and (not grant.items or item.key in grant.items)
        and (not grant.categories or item.category.value in grant.categories)
    ]
    problems = [
        _dead(facts, grant, purpose, at)
        or (WEAK if _strength(grant, purpose) < need.level else "")
        or ("" if _same_then(facts, grant.version, purpose, item) else OUTDATED)
        for grant in relevant
    ]
    if problems:
        yield from () if "" in problems else problems
    else:
        yield REFUSED if _refused(facts.history, purpose) else MISSING


# ── USE-19 and levels: how a consent was given ────────────────────────────────────────────────────────────


def _needed(facts: Facts, label: Label, item: AnyItem, operation: Operation, sensitivity: Sensitivity) -> Level:
    """Express for what is sensitive, general for the rest, or whatever stronger the policy says of what it is.

    It is of its item's kind, as sensitive as the whole value, and a child's where the label or the age says so.
    """
    is_a: set[Category | Sensitivity] = {item.category, sensitivity}
    if Category.CHILD in label.categories or _is_child(facts, label.collected[0]):
        is_a.add(Category.CHILD)
    asked = [Level.EXPRESS if sensitivity == Sensitivity.SENSITIVE else Level.GENERAL]
    for key, level in facts.policy.levels.items():
        of, on = key if isinstance(key, tuple) else (key, operation)
        if on is operation and of in is_a:
            asked.append(level)
    return max(asked)


def _is_child(facts: Facts, at: dt.datetime) -> bool:
    """DEF-3: at most 14, or below 14, on the day; an unknown age counts as the policy says."""
    minors = facts.policy.minors
    if facts.born is None:
        return minors.unknown == "child"
    age = _age(minors, facts.born, at)
    return age < minors.sensitive_age or (age == minors.sensitive_age and minors.sensitive_inclusive)


def _strength(grant: ConsentEvent, purpose: type[Purpose]) -> Level:
    """A separate consent covers exactly one purpose: the one that it names alone."""
    if grant.level is Level.SEPARATE and list(grant.purposes) != [purpose.key]:
        return Level.EXPRESS
    return grant.level


def _names_purpose(grant: ConsentEvent, purpose: type[Purpose], *, exact: bool) -> bool:
    return any(key in grant.purposes for key in ([purpose.key] if exact else _above(purpose)))


def _same_then(facts: Facts, version: str, purpose: type[Purpose], item: AnyItem) -> bool:
    """USE-2: whether the version of the consent said the same of this purpose and this item."""
    if version == facts.policy.version:
        return True
    if version not in facts.older:
        return False
    now = _said(facts.policy, purpose, item)
    return now is not None and now == _said(facts.older[version], purpose, item)


def _said(policy: Policy, purpose: type[Purpose], item: AnyItem) -> tuple[object, ...] | None:
    """Give everything that a policy says of using the item for the purpose, by whichever rule speaks of it there."""
    rule = _spoken_of(policy, purpose)
    for listed in (*rule.necessary, *rule.optional) if rule is not None else ():
        if rule is not None and listed.key == item.key:
            return (
                rule.purpose.key,
                rule.purpose.__doc__,
                rule.kind,
                listed.key in {each.key for each in rule.necessary},
                {required.key for required in rule.requires},
                listed.kind,
                listed.category,
                listed.sensitivity,
            )
    return None


# ── RIGHT-4: what became of a grant ───────────────────────────────────────────────────────────────────────


def _counted(history: Iterable[ConsentEvent]) -> list[ConsentEvent]:
    """Leave out an event when an earlier one has the same key."""
    events = list(history)
    return [event for event in events if not any(other.key == event.key and _before(other, event) for other in events)]


def _before(one: ConsentEvent, two: ConsentEvent) -> bool:
    if one.at != two.at:
        return one.at < two.at
    if _turn(one) != _turn(two):
        return _turn(one) < _turn(two)
    ends_one, ends_two = (event.valid_until or _NEVER for event in (one, two))
    return ends_one > ends_two or (ends_one == ends_two and one.id < two.id)


_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _turn(event: ConsentEvent) -> int:
    return _TURNS.index(event.kind) if event.kind in _TURNS else 0


def _grants(history: Iterable[ConsentEvent]) -> list[ConsentEvent]:
    return [event for event in _counted(history) if event.kind is EventKind.GRANT]


def _endings(history: Iterable[ConsentEvent], grant: ConsentEvent, key: str) -> list[ConsentEvent]:
    """Give what took this key away from this grant: at the same instant or later."""
    return [
        event
        for event in _counted(history)
        if event.kind in _ENDS
        and event.at >= grant.at
        and event.about in {"", grant.id}
        and key in (event.purposes or grant.purposes)
    ]


def _deadline(history: Sequence[ConsentEvent], grant: ConsentEvent) -> dt.datetime | None:
    """Give when a grant ends by itself after all its renewals that came in time.

    A renewal counts when it is about this grant, by the same hand (the subject or a guardian), of everything that is
    left of it, and before its end.
    """
    deadline = grant.valid_until
    renewals = [e for e in _counted(history) if e.kind is EventKind.RENEW and e.about == grant.id and e.at >= grant.at]
    while renewals:
        renewal = next(one for one in renewals if not any(_before(other, one) for other in renewals))
        renewals.remove(renewal)
        same_hand = (renewal.actor == renewal.subject) == (grant.actor == grant.subject)
        gone = {key for key in grant.purposes for event in _endings(history, grant, key) if event.at < renewal.at}
        of_all_left = set(grant.purposes) - gone <= set(renewal.purposes or grant.purposes)
        in_time = deadline is None or renewal.at < deadline
        if same_hand and of_all_left and in_time:
            deadline = renewal.valid_until
    return deadline


def _dead(facts: Facts, grant: ConsentEvent, purpose: type[Purpose], at: dt.datetime) -> str:
    """Give why a grant that names the purpose does not count at an instant, or ""."""
    for key in _above(purpose):
        endings = _endings(facts.history, grant, key)
        for event in endings:
            if not any(_before(other, event) for other in endings):
                return _ENDS[event.kind]
    deadline = _deadline(facts.history, grant)
    if deadline is not None and at >= deadline:
        return EXPIRED
    return _wrong_hand(facts, grant, purpose, at)


def _refused(history: Sequence[ConsentEvent], purpose: type[Purpose]) -> bool:
    """Tell whether the subject refused the purpose or a wider one by name, and has not granted that name since."""
    counted = _counted(history)
    return any(
        event.kind is EventKind.REFUSE
        and key in event.purposes
        and not any(
            later.kind is EventKind.GRANT and key in later.purposes and later.at > event.at for later in counted
        )
        for key in _above(purpose)
        for event in counted
    )


# ── MINOR-1: whose consent counts ─────────────────────────────────────────────────────────────────────────


def _wrong_hand(facts: Facts, grant: ConsentEvent, purpose: type[Purpose], at: dt.datetime) -> str:
    minors = _rules_of_then(facts, grant.version) if facts.born is not None else facts.policy.minors
    by_guardian = grant.actor != grant.subject
    if facts.born is None:
        if minors.unknown == "adult":
            return MISSING if by_guardian else ""
        return "" if by_guardian else GUARDIAN
    if by_guardian:
        return EXPIRED if _age(minors, facts.born, at) >= minors.majority else ""
    age = _age(minors, facts.born, grant.at)
    if age < minors.guardian_age or (age == minors.guardian_age and minors.guardian_inclusive):
        return GUARDIAN
    guarded = any(key in minors.guardian_until_majority for key in _above(purpose))
    return GUARDIAN if guarded and age < minors.majority else ""


def _rules_of_then(facts: Facts, version: str) -> Minors:
    """CHANGE-1: whether somebody could consent alone is judged by the version of that consent."""
    known = version != facts.policy.version and version in facts.older
    return facts.older[version].minors if known else facts.policy.minors


def _age(minors: Minors, born: dt.date, at: dt.datetime) -> int:
    """Count the birthdays up to the local day of an instant."""
    return _age_on(minors, born, at.astimezone(dt.datetime.strptime(minors.zone, "%z").tzinfo).date())


@cache
def _age_on(minors: Minors, born: dt.date, day: dt.date) -> int:
    counted = day - dt.timedelta(days=1) if minors.counted_from == "day-after" else day
    return sum(_birthday(minors, born, year) <= counted for year in range(born.year + 1, counted.year + 1))


def _birthday(minors: Minors, born: dt.date, year: int) -> dt.date:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (born.month, born.day) == (2, 29) and not leap:
        return dt.date(year, 2, 28) if minors.leap_day == "28-feb" else dt.date(year, 3, 1)
    return dt.date(year, born.month, born.day)


@cache
def comes_of_age(minors: Minors, born: dt.date) -> dt.datetime:
    """Give the first instant of the first local day on which somebody is no minor: look at every day."""
    day = dt.date(born.year + minors.majority, 1, 1)
    while _age_on(minors, born, day) < minors.majority:
        day += dt.timedelta(days=1)
    midnight = dt.datetime.combine(day, dt.time(), dt.datetime.strptime(minors.zone, "%z").tzinfo)
    return midnight.astimezone(dt.UTC)


# ── What may be recorded ──────────────────────────────────────────────────────────────────────────────────


def recordable(facts: Facts, grant: ConsentEvent) -> bool:
    """Tell whether a consent, given when it says, would count for every purpose that it names."""
    named = [(key, rule) for key in grant.purposes for rule in [_rule_of_key(facts.policy, key)]]
    if not named or any(rule is None for _, rule in named) or (grant.level is Level.SEPARATE and len(named) > 1):
        return False
    for key, rule in named:
        if rule is None or _wrong_hand(facts, grant, _class_of(facts.policy, key), grant.at):
            return False
        for required in _built_on(facts.policy, rule):
            if not _names_purpose(grant, required, exact=False) and not in_force(facts, required, grant.at):
                return False
    return True


def _class_of(policy: Policy, key: str) -> type[Purpose]:
    classes = {rule.purpose for rule in policy.purposes}
    while classes:
        cls = classes.pop()
        if cls.key == key:
            return cls
        classes |= set(cls.__subclasses__())
    raise LookupError(key)


def _rule_of_key(policy: Policy, key: str) -> PurposeRule | None:
    try:
        return _spoken_of(policy, _class_of(policy, key))
    except LookupError:
        return None
