"""A second implementation of the decision on the whole shop: from the clauses, by brute force, slow and plain.

It shares no step with the library. There is no fold: every question is asked of the whole list of events. Older
versions of the policy are read as what they were, documents. Ages are counted birthday by birthday, days of agreements
one by one; `until` is found by asking the same question again at every instant at which anything at all happens.
"""

from __future__ import annotations

import datetime as dt
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from shop_oracle_reading import (
    ACTOR,
    APPROVAL,
    BORDER,
    CEASED,
    CLOSED,
    ERASED,
    GAP,
    IDENTIFYING,
    MISSING,
    NO_ACTION,
    NO_GUARDIAN,
    NO_SOURCE,
    NOT_ALLOWED,
    NOT_COVERING,
    NOT_FOR_IT,
    NOT_NEEDED,
    NOT_SHARED,
    OBJECTION,
    OUTDATED,
    REFUSED,
    REQUIRED,
    RESTRICTED,
    RETENTION,
    UNATTESTED,
    UNBOUND,
    UNCHECKED,
    UNCHOSEN,
    UNCONFIRMED,
    UNDERTAKING,
    UNKNOWN,
    UNPUBLISHED,
    WEAK,
    Facts,
    above,
    age_of,
    before,
    built_on,
    by_guardian,
    comes_to,
    counted,
    day_of,
    deaths,
    given_in,
    is_duty,
    last_of,
    midnight,
    minors_in,
    names_purpose,
    periods_anywhere,
    periods_for,
    purposes_in,
    said_of,
    spoken_of,
    strength,
    who_is,
    within,
)

from obq_privacy.consent import EventKind
from obq_privacy.policy import Anchor, Kind
from obq_privacy.vocab import (
    Agreement,
    Category,
    LegalBasis,
    Level,
    Operation,
    RecipientKind,
    Role,
    Sensitivity,
    SourceKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, Request, SecurityCheck

_OUTWARD = (Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE)


class Verdict(NamedTuple):
    """Permitted or not; until when; and if not, the codes."""

    permitted: bool
    until: dt.datetime | None
    codes: frozenset[str]


def verdict(facts: Facts, label: Label, request: Request, at: dt.datetime) -> Verdict:
    """Decide."""
    facts = facts._replace(history=counted(facts.history))
    found = codes(facts, label, request, at)
    if found:
        return Verdict(permitted=False, until=None, codes=found)
    later = sorted(when for when in turning_points(facts, label, request) if when > at)
    changed = (when for when in later if codes(facts, label, request, when))
    return Verdict(permitted=True, until=next(changed, None), codes=frozenset())


def turning_points(facts: Facts, label: Label, request: Request) -> set[dt.datetime]:
    """Give every instant at which anything can end."""
    found = {event.valid_until for event in facts.history if event.valid_until is not None}
    if label.ends is not None:
        found.add(label.ends)
    starts = {*label.collected, *(event.at for event in facts.history)}
    for key in label.items:
        for _, _, keep, least in periods_anywhere(facts, key):
            found |= {start + span for start in starts for span in (keep, least) if span is not None}
    if facts.born is not None:
        for minors in (facts.policy.minors, *(minors_in(document) for document in facts.documents.values())):
            for years in (minors.majority, minors.sensitive_age, minors.guardian_age):
                found |= {comes_to(minors, facts.born, years), comes_to(minors, facts.born, years + 1)}
    bound: list[Agreement | SecurityCheck | None] = [source.undertaking for source in facts.policy.sources]
    if request.recipient is not None:
        bound += [request.recipient.agreement, request.recipient.check]
    last_days = [one.until for one in bound if one is not None]
    return found | {midnight(facts.policy.minors, day + dt.timedelta(days=1)) for day in last_days}


def codes(facts: Facts, label: Label, request: Request, at: dt.datetime) -> frozenset[str]:
    """Give everything that stands in the way; nothing when it is permitted."""
    if facts.erased:
        return frozenset({ERASED})
    if not label.items:
        return frozenset({GAP})
    without = request.invoked is not None and request.operation is not Operation.COLLECT
    if request.purpose is not None or without:
        return frozenset(_Case(facts, label, request, at).against())
    declared = {rule.purpose for rule in facts.policy.purposes if within(rule.purpose, label.purposes)}
    answers = [
        frozenset(_Case(facts, label, request._replace(purpose=each), at).against())
        for each in {*label.purposes, *declared}
        if not is_duty(facts.policy, each)
    ]
    if not answers:
        return frozenset({GAP, CEASED} if any(e.kind is EventKind.CEASE for e in facts.history) else {GAP})
    return frozenset() if frozenset() in answers else frozenset(chain.from_iterable(answers))


class _Need(NamedTuple):
    """What a consent has to be to: for whom, how strong, and of an item; None stands for any item."""

    operation: Operation
    item: AnyItem | None
    level: Level


class _Case:
    """One question about one purpose, or about none under an invoked basis."""

    def __init__(self, facts: Facts, label: Label, request: Request, at: dt.datetime) -> None:
        self.facts, self.label, self.request, self.at = facts, label, request, at
        self.policy, self.purpose = facts.policy, request.purpose
        self.rule = spoken_of(facts.policy, request.purpose) if request.purpose is not None else None
        declared = {item.key: item for item in facts.policy.items}
        self.items = [declared[key] for key in sorted(label.items) if key in declared]
        self.missing = [key for key in label.items if key not in declared]
        self.sensitivity = max([label.sensitivity, *(item.sensitivity for item in self.items)])
        self.personal = self.sensitivity > Sensitivity.NON_PERSONAL
        self.outward = request.operation in _OUTWARD
        self.duty = self.rule is not None and self.rule.kind is Kind.STATUTORY
        self.matters = label.matters or frozenset({""})

    def against(self) -> Iterator[str]:
        """Give everything that stands in the way."""
        if self.purpose is not None and self.rule is None:
            yield GAP
            return
        if self.missing:
            yield GAP
        yield from self._whatever_it_rests_on()
        yield from self._about_the_items()
        if self.request.invoked is not None:
            yield from self._not_covered()
            return
        yield from self._bound()
        nobody = not self.personal or (self.outward and self.request.deidentified)
        if not nobody and (not self.duty or self.request.operation is Operation.DISCLOSE):
            yield from self._unconfirmed()
            yield from self._not_built()
            for item in self.items:
                yield from self._unconsented(item)
            yield from self._abroad()

    # ── What holds whatever it rests on ───────────────────────────────────────────────────────────────────

    def _whatever_it_rests_on(self) -> Iterator[str]:
        facts, rule, request = self.facts, self.rule, self.request
        happened = {event.kind for event in facts.history}
        collects = request.operation is Operation.COLLECT
        if collects and EventKind.CEASE in happened:
            yield CEASED
        if EventKind.CLOSE in happened and not self.duty:
            yield CLOSED
        if (
            rule is not None
            and rule.roles
            and not collects
            and not (request.actor and rule.roles & request.actor.roles)
        ):
            yield ACTOR
        if rule is not None and rule.user_initiated and collects and not request.user_action:
            yield NO_ACTION
        if self.personal and self.policy.minors.approval and not collects and not request.approval and self._minor():
            yield APPROVAL
        if rule is not None and not self.duty and any(self._blocked(topic) for topic in self.label.topics):
            yield OBJECTION
        if collects and self.personal:
            yield from self._unsourced()
        if self.outward:
            yield from self._not_for()

    def _minor(self) -> bool:
        minors = self.policy.minors
        if self.facts.born is None:
            return minors.unknown == "child"
        return age_of(minors, self.facts.born, self.at) < minors.majority

    def _blocked(self, topic: str) -> bool:
        """USE-7: the last word about a topic in this purpose or a wider one counts."""
        for key in above(self.purpose):
            said = [
                event
                for event in self.facts.history
                if event.kind in {EventKind.OBJECT, EventKind.ALLOW} and key in event.purposes and topic in event.topics
            ]
            if said and last_of(said).kind is EventKind.OBJECT:
                return True
        return False

    def _unsourced(self) -> Iterator[str]:
        """USE-10: what is collected from a third party needs its undertaking of today."""
        for source in self.label.sources:
            if source.kind is SourceKind.THIRD_PARTY:
                declared = [one for one in self.policy.sources if one.key == source.name]
                if not declared:
                    yield NO_SOURCE
                elif not self._in_force(declared[0].undertaking):
                    yield UNDERTAKING

    def _in_force(self, paper: Agreement | SecurityCheck | None) -> bool:
        if paper is None:
            return False
        since = paper.since if isinstance(paper, Agreement) else paper.on
        return since <= day_of(self.policy.minors, self.at) <= paper.until

    def _not_for(self) -> Iterator[str]:
        """SHARE-1, SHARE-5, SHARE-7: who may get it at all."""
        to, purpose = self.request.recipient, self.purpose
        if to is None:
            if self.request.operation is not Operation.DISCLOSE:
                yield UNKNOWN
            return
        if not any(to is one for one in self.policy.recipients):
            yield UNKNOWN
            return
        if to.kind is RecipientKind.PUBLIC and self.request.operation is not Operation.DISCLOSE:
            yield NOT_FOR_IT  # that would be to make it public under another name
        if purpose is not None and not within(purpose, to.purposes):
            yield NOT_FOR_IT
        if to.items and any(item not in to.items for item in self.items):
            yield NOT_FOR_IT
        if to.sdk and not self._in_force(to.check):
            yield UNCHECKED

    # ── The items ─────────────────────────────────────────────────────────────────────────────────────────

    def _about_the_items(self) -> Iterator[str]:
        """DEF-2, USE-1, USE-2, PROT-3, RIGHT-3: what no consent can help."""
        rule, purpose = self.rule, self.purpose
        for item in self.items:
            if purpose is not None and rule is not None:
                if not within(purpose, item.purposes) or not within(purpose, self.label.purposes):
                    yield NOT_ALLOWED
                elif item not in rule.necessary and item not in rule.optional:
                    yield NOT_NEEDED
                elif (
                    self.request.operation is Operation.SHARE
                    and self.request.invoked is None
                    and item not in rule.shared
                ):
                    yield NOT_SHARED
            if self._over(item):
                yield RETENTION
            if not self.duty and self._isolated(item):
                yield RESTRICTED

    def _isolated(self, item: AnyItem) -> bool:
        """RIGHT-3: the last word about each place counts, and a place may be everything."""
        for of in ("", item.key):
            for matter in {"", *self.label.matters}:
                said = [
                    event
                    for event in self.facts.history
                    if event.kind in {EventKind.RESTRICT, EventKind.LIFT}
                    and event.matter == matter
                    and of in (event.items or ("",))
                ]
                if said and last_of(said).kind is EventKind.RESTRICT:
                    return True
        return False

    def _over(self, item: AnyItem) -> bool:
        """PROT-3: whether any period is over, of this version or of one whose narrower terms stand (CHANGE-1)."""
        if self.label.ends is not None and self.at >= self.label.ends:
            return True
        if self.duty and self._held(item):
            return False
        longer = [e for e in self.facts.history if e.kind is EventKind.AGREE and item.key in e.items]
        agreed_end = last_of(longer).valid_until if longer else None
        if agreed_end is not None and self.at < agreed_end:
            return False
        versions = [self.policy.version, *self._standing_versions()]
        periods = [periods_for(self.facts.documents[version], item.key, self.purpose) for version in versions]
        duties = [max((least or dt.timedelta(0) for _, _, _, least in some), default=None) for some in periods if some]
        duty = min((each for each in duties if each is not None), default=dt.timedelta(0))
        for _, after, keep, _ in chain.from_iterable(periods):
            for start in self._starts(after):
                if self.at >= start + (max(keep, duty) if self.duty else keep):
                    return True
        return False

    def _held(self, item: AnyItem) -> bool:
        """Tell whether a legal matter holds it that was not released since."""
        holds = [
            event
            for event in self.facts.history
            if event.kind is EventKind.HOLD
            and event.matter in {"", *self.label.matters}
            and (not event.items or item.key in event.items)
        ]
        releases = [event for event in self.facts.history if event.kind is EventKind.RELEASE]
        return any(not any(e.method == hold.method and before(hold, e) for e in releases) for hold in holds)

    def _starts(self, after: Anchor) -> list[dt.datetime]:
        if after is Anchor.COLLECTION:
            return [self.label.collected[0]]
        if after is Anchor.ACCOUNT_END:
            ends = [event.at for event in self.facts.history if event.kind is EventKind.CLOSE]
            return [min(ends)] if ends else []
        marks = [e for e in self.facts.history if e.kind is EventKind.MARK and e.anchor == after.value]
        if after is Anchor.ACTIVITY:
            return [max([self.label.collected[0], *(event.at for event in marks)])]
        completed = [[event.at for event in marks if event.matter == matter] for matter in self.matters if matter]
        never = [self.label.collected[0]] if "" in self.matters else []  # nothing will ever complete such a part
        return [*never, *(min(times) for times in completed if times)]

    def _standing_versions(self) -> list[str]:
        """CHANGE-1: the older versions whose narrower terms still stand for this subject and this value."""
        agreed = {e.version for e in self.facts.history if e.kind is EventKind.AGREE and not e.items}
        for grant in self.facts.history:
            spoken = self.purpose is not None and names_purpose(grant, self.purpose, exact=False)
            if grant.kind is EventKind.GRANT and spoken:
                agreed.add(grant.version)
        if self.policy.version in agreed:
            return []
        known = [version for version in self.facts.documents if version != self.policy.version]
        latest = [version for version in known if version in agreed][-1:]
        return latest or [version for version in known if version in self.label.versions]

    # ── An invoked basis ──────────────────────────────────────────────────────────────────────────────────

    def _not_covered(self) -> Iterator[str]:
        """USE-22, SHARE-2, SHARE-7, SHARE-8, MINOR-2: whether the basis covers this."""
        invoked, operation = self.request.invoked, self.request.operation
        granted = [one for one in self.policy.exemptions if invoked is not None and one.basis is invoked.basis]
        covers = any(
            operation in one.operations and (self.request.deidentified or not one.deidentified) for one in granted
        )
        for one in granted:
            if one.basis is LegalBasis.SELF_PUBLISHED:
                covers = covers and all(self._published(item) for item in self.items)
            if one.basis is LegalBasis.MINOR_PROTECTION:
                covers = covers and self._minor()
        if not covers:
            yield NOT_COVERING

    def _published(self, item: AnyItem) -> bool:
        """PROT-4: whether the subject made it public, as what it is of each business case that it belongs to."""
        old = self.request.operation is not Operation.COLLECT and any(
            source.kind is not SourceKind.PUBLIC for source in self.label.sources
        )
        acts = [
            event
            for event in self.facts.history
            if event.kind is EventKind.PUBLISH
            and item.key in event.items
            and not (old and event.at < self.label.collected[1])
        ]
        return all(any(act.matter == matter for act in acts) for matter in self.matters)

    # ── Consent ───────────────────────────────────────────────────────────────────────────────────────────

    def _bound(self) -> Iterator[str]:
        """SHARE-5, COOK-3: whoever gets something is bound, and checked."""
        to = self.request.recipient
        if not self.outward or to is None or not any(to is one for one in self.policy.recipients):
            return
        third = to.standing in {RecipientKind.PARTNER, RecipientKind.THIRD_PARTY}
        if third and self.request.operation is Operation.SHARE and not self._in_force(to.agreement):
            yield UNBOUND

    def _unconfirmed(self) -> Iterator[str]:
        """USE-10: the subject confirms what is sensitive and comes from somebody else."""
        if self.sensitivity < Sensitivity.SENSITIVE or self.request.operation is not Operation.COLLECT:
            return
        confirmed = {
            (key, party)
            for event in self.facts.history
            if event.kind is EventKind.CONFIRM
            for key in event.items
            for party in event.parties
        }
        for source in self.label.sources:
            if source.kind is SourceKind.THIRD_PARTY and any(
                (item.key, source.name) not in confirmed for item in self.items
            ):
                yield UNCONFIRMED

    def _not_built(self) -> Iterator[str]:
        """USE-4: what it builds on is consented to."""
        if self.rule is None:
            return
        for required in built_on(self.policy, self.rule):
            if not any(
                grant.kind is EventKind.GRANT
                and Operation.USE in grant.operations
                and names_purpose(grant, required, exact=False)
                and not deaths(self.facts, grant, required, self.at)
                for grant in given_in(self.facts.history)
            ):
                yield REQUIRED

    def _unconsented(self, item: AnyItem) -> Iterator[str]:
        """Give why no consent counts for an item; nothing when one does."""
        operation, to, rule = self.request.operation, self.request.recipient, self.rule
        if operation is Operation.DISCLOSE and self._published(item) and not self._guarded():
            return
        level = self._needed(item, operation)
        if operation is Operation.SHARE and rule is not None and rule.choice:
            for matter in self.matters:
                chosen = self._choices(matter) if len(self.matters) == 1 else []
                if self._problems(_Need(operation, item, level), chosen):
                    yield UNCHOSEN
                    yield from self._problems(_Need(operation, item, level), chosen)
            return
        inside = to is not None and to.standing is RecipientKind.AFFILIATE and operation is Operation.SHARE
        if inside and self.sensitivity < Sensitivity.SENSITIVE:
            level = self._needed(item, Operation.USE)
            yield from self._problems(_Need(Operation.USE, item, level), self._grants())
            return
        by_name = inside or (to is not None and self.outward and to.role in {Role.ADVERTISING, Role.ANALYTICS})
        if by_name:
            level = Level.SEPARATE
        if (
            not by_name
            and len(self.matters) == 1
            and not self._problems(_Need(operation, item, level), self._choices(next(iter(self.matters))))
        ):
            return
        found = self._problems(_Need(operation, item, level), self._grants())
        if found and operation is Operation.SHARE:
            every = [grant for grant in given_in(self.facts.history) if grant.kind is EventKind.CHOOSE]
            found += self._problems(_Need(operation, item, level), every)
        if found and to is not None and self.outward and to.role in {Role.ADVERTISING, Role.ANALYTICS}:
            yield IDENTIFYING
        if found and operation is Operation.DISCLOSE:
            yield UNPUBLISHED
        yield from found
        people = {source.name for source in self.label.sources if source.kind is SourceKind.PERSON}
        for person in people if operation is Operation.COLLECT else ():
            word = [g for g in given_in(self.facts.history) if g.kind is EventKind.ATTEST and g.actor == person]
            if self._problems(_Need(operation, item, level), word):
                yield UNATTESTED

    def _guarded(self) -> bool:
        """MINOR-2: whether only the guardian's word counts."""
        return self.request.operation.value in self.policy.minors.guardian_operations and self._minor()

    def _grants(self) -> list[ConsentEvent]:
        """Give consents and attestations; an attestation is about what that person alone provides (USE-8)."""
        return [
            grant
            for grant in given_in(self.facts.history)
            if grant.kind is EventKind.GRANT
            or (
                grant.kind is EventKind.ATTEST
                and all((s.kind, s.name) == (SourceKind.PERSON, grant.actor) for s in self.label.sources)
            )
        ]

    def _choices(self, matter: str) -> list[ConsentEvent]:
        """SHARE-3: a choice is about one business case."""
        return [g for g in given_in(self.facts.history) if g.kind is EventKind.CHOOSE and g.matter == matter]

    def _problems(self, need: _Need, grants: Sequence[ConsentEvent]) -> list[str]:
        """Give why each of the grants that speak of this does not count; nothing when one does."""
        purpose, item = self.purpose, need.item
        if purpose is None or item is None:
            return [MISSING]
        relevant = [
            grant
            for grant in grants
            if names_purpose(grant, purpose, exact=item.exact)
            and need.operation in grant.operations
            and (not grant.items or item.key in grant.items)
            and (not grant.categories or item.category.value in grant.categories)
            and self._names_recipient(grant, need.operation)
        ]
        found = [self._problem(grant, need.level, item) for grant in relevant]
        if not found:
            return [REFUSED if self._refused() else MISSING]
        return [] if [] in found else list(chain.from_iterable(found))

    def _names_recipient(self, grant: ConsentEvent, operation: Operation) -> bool:
        to = self.request.recipient
        if operation not in {Operation.SHARE, Operation.TRANSFER} or to is None:
            return True
        return to.key in grant.parties or f"role:{to.role.value}" in grant.parties

    def _problem(self, grant: ConsentEvent, level: Level, item: AnyItem) -> list[str]:
        """Give everything for which a consent that speaks of this does not count."""
        purpose = self.purpose
        if purpose is None:
            return [MISSING]
        found = {
            WEAK: strength(grant, purpose) < level,
            OUTDATED: not self._same_then(grant.version, item),
            NO_GUARDIAN: self._guarded() and not by_guardian(grant),
        }
        return [*deaths(self.facts, grant, purpose, self.at), *(code for code, holds in found.items() if holds)]

    def _refused(self) -> bool:
        """Tell whether the subject refused it or what is wider by name, and has not granted that name since."""
        history = self.facts.history
        return any(
            event.kind is EventKind.REFUSE
            and key in event.purposes
            and not any(
                later.kind is EventKind.GRANT and key in later.purposes and later.at > event.at for later in history
            )
            for key in above(self.purpose)
            for event in history
        )

    def _needed(self, item: AnyItem, operation: Operation) -> Level:
        """Express for what is sensitive or a minor's, general for the rest, or what the policy says of what it is."""
        is_a: set[Category | Sensitivity] = {item.category, self.sensitivity}
        if Category.CHILD in self.label.categories or self._child():
            is_a.add(Category.CHILD)
        guarded = bool(self.policy.minors.guardian_operations) and self._minor()
        asked = [Level.EXPRESS if guarded or self.sensitivity == Sensitivity.SENSITIVE else Level.GENERAL]
        for key, level in self.policy.levels.items():
            of, on = key if isinstance(key, tuple) else (key, operation)
            if on is operation and of in is_a:
                asked.append(level)
        return max(asked)

    def _child(self) -> bool:
        """DEF-3: at most 14, or below it, on the day of collection."""
        minors, born = self.policy.minors, self.facts.born
        if born is None:
            return minors.unknown == "child"
        age = age_of(minors, born, self.label.collected[0])
        return age < minors.sensitive_age or (age == minors.sensitive_age and minors.sensitive_inclusive)

    def _same_then(self, version: str, item: AnyItem) -> bool:
        """USE-2, CHANGE-1: whether the version of a consent said the same of purpose, item and recipient."""
        now, then = self.facts.documents[self.policy.version], self.facts.documents.get(version)
        if version == self.policy.version:
            return True
        if then is None or self.purpose is None:
            return False
        said = said_of(now, self.purpose, item.key)
        if said is None or said != said_of(then, self.purpose, item.key):
            return False
        to, key = self.request.recipient, said[0]
        if not self.outward or to is None:
            return True
        added = item.key in purposes_in(now)[key]["shared"] and item.key not in purposes_in(then)[key]["shared"]
        return not added and who_is(now, to) == who_is(then, to)

    def _abroad(self) -> Iterator[str]:
        """CROSS-1: what leaves home needs a separate consent that names where to; whom to, another one says."""
        to = self.request.recipient
        stored = self.request.region if self.request.operation is Operation.COLLECT else ""
        region = to.region if to is not None and self.outward else stored
        if not region or self.duty:
            return
        homes = {self.facts.documents[v]["home_region"] for v in (self.policy.version, *self._standing_versions())}
        if homes == {region}:
            return
        beyond = _Case(self.facts, self.label, self.request._replace(recipient=None), self.at)
        for item in self.items:
            named = [grant for grant in self._grants() if region in grant.regions]
            if beyond._problems(_Need(self.request.operation, item, Level.SEPARATE), named):
                yield BORDER
