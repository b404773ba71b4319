"""Consent events, made inside the transaction that appends them."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, NamedTuple

import attrs

from obq_privacy.consent import ConsentEvent, EventKind, Notice, standing_of
from obq_privacy.decision import consent_problem, is_of_age, too_young
from obq_privacy.errors import AskedTooSoon, GrantInvalid, GuardianRequired, SubjectErased
from obq_privacy.guard._arguments import check_kind, check_purposes, check_text
from obq_privacy.vocab import Level, Operation, Pseudonym, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.consent import Standing
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._core import Core

_TICK = dt.timedelta(microseconds=1)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


class Entry(NamedTuple):
    """What is to be appended, as far as the caller knows it."""

    kind: EventKind
    actor: Pseudonym
    purposes: tuple[type[Purpose], ...] = ()
    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    level: Level = Level.EXPRESS
    valid_for: dt.timedelta | None = None
    notice: Notice | None = None
    method: str = ""
    key: str = ""
    about: str = ""
    operations: tuple[Operation, ...] = (Operation.COLLECT, Operation.USE)
    parties: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    matter: str = ""
    anchor: str = ""
    until: dt.datetime | None = None


def append(core: Core, access: Access, entry: Entry) -> tuple[ConsentEvent | None, int]:
    """Append an event, or find that it is there already; return it and the number of the newest change.

    Raises:
        GrantInvalid: it is a consent that could not count.
        SubjectErased: the subject was erased.
        StoreError: it could not be recorded.
    """
    _check(entry)
    standing = access.standing()
    if standing.erased:
        raise _erased(access, entry)
    if entry.kind is EventKind.ATTEST:
        _check_witness(core, entry)
    elif entry.actor != access.subject:
        _check_guardian(core, access, entry)
    elif entry.kind in _OF_AGE:
        _check_age(core, standing, entry)

    everybody = core.about_everybody()
    asked = False

    def make(events: Sequence[ConsentEvent]) -> ConsentEvent | None:
        nonlocal asked
        asked = True
        now = standing_of([*events, *everybody], subject=access.subject, born=standing.born)
        event = _MAKERS.get(entry.kind, _make)(core, now, events, entry)
        if event is not None and core.endings is not None:
            core.endings.add(event)
        return event

    result = core.store.append(access.subject, make)
    core.drop(access.subject)
    if not asked and not entry.kind.ends:  # another process has begun to erase meanwhile
        raise _erased(access, entry)
    return result


def _check_guardian(core: Core, access: Access, entry: Entry) -> None:
    """Check that a person may act for the subject: registered, there, and of age where something is granted."""
    closes = entry.kind is EventKind.CLOSE
    problem = guardian_problem(
        core, access, entry.actor, for_child=entry.kind in _OF_AGE, of_age=closes or not entry.kind.ends
    )
    if problem:
        raise GuardianRequired(purpose=_first(entry), problem=problem)


def guardian_problem(
    core: Core, access: Access, actor: Pseudonym, *, for_child: bool = True, of_age: bool = True
) -> str:
    """Say why a person may not act for a subject now; "" when they may (MINOR-1).

    Args:
        core: the guard's.
        access: the subject's.
        actor: the person who acts.
        for_child: whether nobody does it for somebody of age.
        of_age: whether the person has to be of age, too.
    """
    minors, now = core.policy.minors, core.clock.now()
    subject = access.standing()
    if actor not in access.profile.guardians:
        return "the person is not registered as a guardian of the subject"
    if for_child and is_of_age(minors, subject.born, now):
        return "the subject is of age and acts alone"
    if not of_age:
        return ""
    guardian = core.access(actor).standing()
    if guardian.erased:
        return "the guardian was erased"
    if guardian.born is None:
        return "" if minors.unknown == "adult" else "the guardian's birth date is unknown"
    return "the guardian is a minor" if now < minors.minor_until(guardian.born) else ""


_OF_AGE = frozenset({EventKind.CONFIRM, EventKind.PUBLISH, EventKind.ALLOW, EventKind.AGREE, EventKind.CLOSE})
"""What a guardian does for a child, and for nobody of age; consents are judged as such."""


def _check_age(core: Core, standing: Standing, entry: Entry) -> None:
    """Check that the subject is old enough to open something up alone; closing is open to everybody."""
    missing = "" if entry.kind.ends else too_young(core.policy.minors, standing.born, core.clock.now())
    if missing:
        raise GuardianRequired(purpose=_first(entry), problem=f"a guardian has to do it ({missing})")


def _check_witness(core: Core, entry: Entry) -> None:
    """Check that whoever attests is there, and old enough to be believed (USE-8)."""
    witness = core.access(entry.actor).standing()
    missing = too_young(core.policy.minors, witness.born, core.clock.now())
    if witness.erased or missing:
        problem = "whoever attests it was erased" if witness.erased else f"whoever attests it is too young ({missing})"
        raise GrantInvalid(purpose=_first(entry), problem=problem)


def _erased(access: Access, entry: Entry) -> SubjectErased:
    return SubjectErased(
        operation=entry.kind.value,
        items=(),
        purpose="",
        subject=access.subject,
        codes=(SubjectErased.code,),
        clauses=(SubjectErased.clause or "",),
    )


def _check(entry: Entry) -> None:
    """Check what callers without a type checker may get wrong, before anything is begun."""
    check_purposes(entry.kind.value, *entry.purposes)
    check_kind("level", entry.level, Level)
    check_kind("notice", entry.notice, Notice | None)
    check_kind("valid_for", entry.valid_for, dt.timedelta | None)
    check_text("method", entry.method)
    check_text("key", entry.key)
    check_text("matter", entry.matter)
    for text in (*entry.topics, *entry.parties, *entry.regions):
        check_text("topics, parties and regions", text)
    if entry.valid_for is not None and entry.valid_for <= dt.timedelta(0):
        raise GrantInvalid(purpose=_first(entry), problem="it would be over before it begins")


def _first(entry: Entry) -> str:
    return entry.purposes[0].key if entry.purposes else "everything"


def _make(core: Core, standing: Standing, events: Sequence[ConsentEvent], entry: Entry) -> ConsentEvent:
    """Build the event. Times never run backwards within a subject, and only an ending may tie (and wins)."""
    at = core.clock.now()
    if events:
        last = max(event.at for event in events)
        at = max(at, last if entry.kind.ends else last + _TICK)
    if standing.carried is not None and not entry.kind.ends:
        at = max(at, standing.carried + _TICK)
    if entry.kind is EventKind.SUCCEED:  # it ends what was consented to before, whatever the clocks said then
        at = max(at, core.store.latest() or at)
    name = os.urandom(16).hex()
    if entry.valid_for is not None and entry.valid_for > _LAST - at:
        raise GrantInvalid(purpose=_first(entry), problem="it would last longer than dates reach")
    return ConsentEvent(
        id=name,
        key=entry.key or name,
        kind=entry.kind,
        subject=standing.subject,
        actor=entry.actor,
        purposes=tuple(sorted({purpose.key for purpose in entry.purposes})),
        items=entry.items,
        categories=entry.categories,
        level=entry.level,
        version=core.policy.version,
        notice=entry.notice,
        method=entry.method,
        at=at,
        valid_until=at + entry.valid_for if entry.valid_for is not None else entry.until,
        about=entry.about,
        operations=entry.operations,
        parties=tuple(sorted(set(entry.parties))),
        regions=tuple(sorted(set(entry.regions))),
        topics=tuple(sorted(set(entry.topics))),
        matter=entry.matter,
        anchor=entry.anchor,
    )


def _grant(core: Core, standing: Standing, events: Sequence[ConsentEvent], entry: Entry) -> ConsentEvent:
    event = _make(core, standing, events, entry)
    for older in events:
        if entry.key and older.key == entry.key:
            if older.kind is not entry.kind:
                raise GrantInvalid(purpose=_first(entry), problem="its key is that of something else")
            return older
    problem = consent_problem(
        core.policy,
        standing,
        entry.purposes,
        level=entry.level,
        by_guardian=event.by_guardian,
        at=event.at,
    )
    if problem is not None:
        raise problem
    for consent in reversed(standing.consents):
        live = not consent.ended and (consent.valid_until is None or event.at < consent.valid_until)
        carried = standing.carried is None or consent.grant.at > standing.carried
        if live and carried and consent.grant.same_content(event):
            return consent.grant
    return event


def _renew(core: Core, standing: Standing, events: Sequence[ConsentEvent], entry: Entry) -> ConsentEvent:
    event = _make(core, standing, events, entry)
    for consent in standing.consents:
        if consent.grant.id == entry.about:
            if consent.over or (consent.valid_until is not None and event.at >= consent.valid_until):
                raise GrantInvalid(
                    purpose=consent.grant.purposes[0], problem="the consent is over; a new one has to be given"
                )
            return event
    raise GrantInvalid(purpose="nothing", problem="there is no such consent")


def _end(core: Core, standing: Standing, events: Sequence[ConsentEvent], entry: Entry) -> ConsentEvent | None:
    """Build an ending, or nothing where nothing is left to end."""
    event = _make(core, standing, events, entry)
    about = [consent for consent in standing.consents if entry.about in {"", consent.grant.id}]
    if not event.purposes:
        named = {purpose for consent in about for purpose in consent.grant.purposes}
        event = attrs.evolve(event, purposes=tuple(sorted(named)))
    left = any(purpose not in consent.ended for consent in about for purpose in event.purposes)
    rest = core.policy.refusal_rest
    stands = {key for key, since in standing.refused.items() if rest is None or event.at < since + rest}
    refused = entry.kind is EventKind.REFUSE and not stands.issuperset(event.purposes)
    return event if left or refused else None


def _ask(core: Core, standing: Standing, events: Sequence[ConsentEvent], entry: Entry) -> ConsentEvent:
    """Build a request, unless the subject refused it, or all of its kind, so lately that nobody may ask again."""
    rest = core.policy.refusal_rest
    if rest is not None:
        for wider in dict.fromkeys(wider for purpose in entry.purposes for wider in purpose.lineage):
            since = standing.refused.get(wider.key)
            if since is not None and core.clock.now() < since + rest:
                raise AskedTooSoon(purpose=wider.key, until=(since + rest).isoformat())
    return _make(core, standing, events, entry)


def _choose(core: Core, standing: Standing, events: Sequence[ConsentEvent], entry: Entry) -> ConsentEvent:
    """Build a choice of a recipient; another choice for the same business case takes its place."""
    for purpose in entry.purposes:
        for party in entry.parties:
            recipient = core.policy.recipient(party)
            if recipient is None or not recipient.purposes.allows(purpose):
                problem = f"the policy declares no recipient {party} for it"
                raise GrantInvalid(purpose=purpose.key, problem=problem)
    return _grant(core, standing, events, entry)


def _note(core: Core, standing: Standing, events: Sequence[ConsentEvent], entry: Entry) -> ConsentEvent | None:
    """Build an event about anything but consent, or nothing where it changes nothing."""
    event = _make(core, standing, events, entry)
    if entry.key and any(older.key == entry.key for older in events):
        return event  # the store finds the older one
    before = standing_of(events, subject=standing.subject, born=standing.born)
    after = standing_of([*events, event], subject=standing.subject, born=standing.born)
    return event if after != before else None


_MAKERS = {
    EventKind.REQUEST: _ask,
    EventKind.CHOOSE: _choose,
    EventKind.ATTEST: _grant,
    **dict.fromkeys(
        (
            *(EventKind.CONFIRM, EventKind.PUBLISH, EventKind.OBJECT, EventKind.ALLOW, EventKind.MARK),
            *(EventKind.RESTRICT, EventKind.LIFT, EventKind.HOLD, EventKind.RELEASE, EventKind.CLOSE),
            *(EventKind.AGREE, EventKind.CEASE),
        ),
        _note,
    ),
    EventKind.GRANT: _grant,
    EventKind.RENEW: _renew,
    EventKind.WITHDRAW: _end,
    EventKind.REFUSE: _end,
    EventKind.EXPIRE: _end,
    EventKind.INVALIDATE: _end,
}
