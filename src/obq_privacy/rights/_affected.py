"""Who is affected by an incident, and with which items: read from the audit log, as of an end of the chain."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple, final

import attrs

from obq_privacy.audit import HANDED_OUT
from obq_privacy.errors import ArgumentInvalid, ScopeInvalid
from obq_privacy.guard._arguments import all_of, check_kind, checked
from obq_privacy.rights._steps import said
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from obq_privacy.audit import Entry, Head
    from obq_privacy.guard import Guard
    from obq_privacy.rights._steps import Json, Step

_DONE: Final = frozenset({"export", "correct"})
"""What opens values without a decision for a purpose: work on requests of subjects."""

_KEY_BYTES: Final = 16


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({said("scope", one) for one in all_of("scope", found, str)}))


@final
@attrs.frozen(kw_only=True)
class IncidentScope:
    """What an incident reached; what is named counts together, and what is not named does not narrow.

    Attributes:
        keys: ids of data keys in hexadecimal, as they stand in tokens and evidence; they stand for their subjects.
        items: keys of items.
        recipients: keys of recipients.
        actors: keys of actors, pseudonyms, or names of who invoked a legal basis. The record knows who acted where the
            policy asks for it.
        purposes: keys of purposes, exactly as they were asked for.
        since: from when on (aware); None for the beginning.
        until: the first instant after it (aware); None for the assessment.
        held: whether whatever was held in that time is affected, and not only what was processed: for a key or a disk
            that was stolen. Then everything counts that was recorded before `until`, apart from subjects that had
            been erased by `since`. With keys it is always so.
    """

    keys: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    items: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    recipients: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    actors: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    purposes: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    held: bool = False

    def __attrs_post_init__(self) -> None:
        """Check what the parts mean together."""
        times = [checked("since, until", at, dt.datetime) for at in (self.since, self.until) if at is not None]
        check_kind("held", self.held, bool)
        if any(at.utcoffset() is None for at in times):
            raise ArgumentInvalid(argument="since, until", problem="they are aware datetimes")
        if len(times) == 2 and times[0] >= times[1]:
            raise ScopeInvalid(problem="its time ends before it begins")
        if not (times or self.keys or self.items or self.recipients or self.actors or self.purposes):
            raise ScopeInvalid(problem="it names nothing")

    @property
    def resting(self) -> bool:
        """Whether what was held counts."""
        return self.held or bool(self.keys)

    def facts(self) -> dict[str, Json]:
        """Spell it for the docket."""
        return {
            "keys": self.keys,
            "items": self.items,
            "recipients": self.recipients,
            "actors": self.actors,
            "purposes": self.purposes,
            "since": self.since.astimezone(dt.UTC).isoformat() if self.since is not None else "",
            "until": self.until.astimezone(dt.UTC).isoformat() if self.until is not None else "",
            "held": self.held,
        }

    @classmethod
    def of(cls, step: Step) -> IncidentScope:
        """Read it from a step."""
        since, until = step.text("since"), step.text("until")
        return cls(
            keys=step.texts("keys"),
            items=step.texts("items"),
            recipients=step.texts("recipients"),
            actors=step.texts("actors"),
            purposes=step.texts("purposes"),
            since=dt.datetime.fromisoformat(since) if since else None,
            until=dt.datetime.fromisoformat(until) if until else None,
            held=bool(step.facts.get("held")),
        )


class AffectedSubject(NamedTuple):
    """A subject whom an incident affects; no values.

    Attributes:
        subject: pseudonym.
        items: keys of the items.
        recipients: keys of the recipients that got some of them within the scope.
        records: how many entries of the audit log say so.
        first: when the first of them was made.
        last: when the last of them was made.
    """

    subject: Pseudonym
    items: tuple[str, ...]
    recipients: tuple[str, ...]
    records: int
    first: dt.datetime
    last: dt.datetime


def check_scope(guard: Guard, scope: IncidentScope) -> None:
    """Check that the scope names what can be there.

    Raises:
        ArgumentInvalid: it is no scope.
        ScopeInvalid: a key is of nobody, or a name means nothing in any version of the policy or in the record.
    """
    check_kind("scope", scope, IncidentScope)
    _owners(guard, scope)
    policy = guard.policy
    former = [key for one in policy.archive.values() for _, key in one.scopes]
    known = {item.key for item in policy.items}.union(former)
    strange = [key for key in scope.items if key not in known]
    if strange:
        raise ScopeInvalid(problem=f"no version of the policy has the items {', '.join(strange)}")
    if scope.recipients:
        parties = {recipient.key for recipient in policy.recipients}
        older = {name.removeprefix("recipient:") for one in policy.archive.values() for name, _ in one.scopes}
        strange = [key for key in scope.recipients if key not in parties | older]
        if strange:
            raise ScopeInvalid(problem=f"no version of the policy has the recipients {', '.join(strange)}")


def affected(guard: Guard, scope: IncidentScope, head: Head) -> Iterator[AffectedSubject]:
    """Give everybody who is affected, by pseudonym, reading the log once and no further than `head`.

    Refusals do not count: they opened nothing.
    """
    found: dict[str, _Seen] = {}
    owners = _owners(guard, scope)
    since = None if scope.resting else scope.since
    gone: set[str] = set()
    for entry in guard.audit.entries(since=since, until=scope.until):
        if entry.seq > head.seq:
            break
        early = scope.since is not None and entry.at < scope.since
        if entry.operation == "erase" and entry.actor != "ordered" and early:
            gone.add(entry.subject)
        if not entry.subject or not _opens(entry) or not _within(entry, scope, owners):
            continue
        items = set(entry.items) & set(scope.items) if scope.items else set(entry.items)
        if items:
            found.setdefault(entry.subject, _Seen(entry.at)).add(items, entry)
    for subject in sorted(found.keys() - gone):
        yield found[subject].told(Pseudonym(subject))


def attempts(guard: Guard, scope: IncidentScope, head: Head) -> int:
    """Give how many refusals within the scope are on record."""
    owners = _owners(guard, scope)
    return sum(
        entry.outcome in {"deny", "gap"} and entry.seq <= head.seq and _within(entry, scope, owners)
        for entry in guard.audit.entries(since=scope.since, until=scope.until)
        if not scope.items or not set(scope.items).isdisjoint(entry.items)
    )


def _opens(entry: Entry) -> bool:
    return entry.outcome in HANDED_OUT or (entry.outcome == "done" and entry.operation in _DONE)


def _within(entry: Entry, scope: IncidentScope, owners: frozenset[str] | None) -> bool:
    return (
        (owners is None or entry.subject in owners)
        and (not scope.recipients or entry.recipient in scope.recipients)
        and (not scope.actors or entry.actor in scope.actors)
        and (not scope.purposes or entry.purpose in scope.purposes)
    )


def _owners(guard: Guard, scope: IncidentScope) -> frozenset[str] | None:
    """Give the subjects of the keys; None where no keys are named."""
    if not scope.keys:
        return None
    owners: set[str] = set()
    for text in scope.keys:
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        row = guard._core.store.key(key) if len(key) == _KEY_BYTES else None
        if row is None or not row.subject:
            raise ScopeInvalid(problem=f"the key {text} is of no subject here")
        owners.add(row.subject)
    return frozenset(owners)


class _Seen:
    """What was seen of a subject so far."""

    __slots__ = ("_first", "_items", "_last", "_recipients", "_records")

    def __init__(self, at: dt.datetime) -> None:
        self._first = self._last = at
        self._items: set[str] = set()
        self._recipients: set[str] = set()
        self._records = 0

    def add(self, items: set[str], entry: Entry) -> None:
        """Add an entry."""
        self._items |= items
        self._records += 1
        self._first = min(self._first, entry.at)
        self._last = max(self._last, entry.at)
        if entry.recipient:
            self._recipients.add(entry.recipient)

    def told(self, subject: Pseudonym) -> AffectedSubject:
        """Give it."""
        items, recipients = tuple(sorted(self._items)), tuple(sorted(self._recipients))
        return AffectedSubject(subject, items, recipients, self._records, self._first, self._last)
