"""The state of consent: a pure fold of the events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple, final

import attrs

from obq_privacy.consent._kind import DECLINED, EventKind
from obq_privacy.vocab import Pseudonym
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.consent._event import ConsentEvent


class Consent(NamedTuple):
    """What became of one grant.

    Attributes:
        grant: the event that made it.
        ended: for each purpose key that was taken away since, by which kind of event first; it also ends what is
            below it.
        valid_until: when it ends by itself, renewals included.
    """

    grant: ConsentEvent
    ended: Mapping[str, EventKind]
    valid_until: dt.datetime | None = None

    @property
    def over(self) -> bool:
        """Whether every purpose that it named was taken away by name."""
        return all(purpose in self.ended for purpose in self.grant.purposes)


class Published(NamedTuple):
    """That a subject made an item public, by which act and when (PROT-4)."""

    item: str
    matter: str
    act: str
    at: dt.datetime


class Hold(NamedTuple):
    """That the law wants values kept, whatever else becomes of them: an empty item or matter means all."""

    item: str
    matter: str
    reference: str
    at: dt.datetime


for _public in (Consent, Hold, Published):  # all are loaded after the package has published its other names
    _public.__module__ = "obq_privacy"


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Standing(Noun):
    """Everything about a subject that a decision depends on.

    Attributes:
        subject: the pseudonym.
        born: the birth date, or None when it is not known.
        consents: every grant, choice and attestation and what became of it, oldest first.
        refused: purpose keys that the subject refused and has not granted since, and when.
        erased: whether the subject was erased.
        marks: when something happened from which a period counts, by (anchor, matter).
        published: what the subject made public.
        confirmed: items that the subject confirmed of a source, as (item, source).
        objections: topics that the subject blocks, as (purpose key, topic).
        restrictions: values that are isolated, as (item, matter); empty means all.
        holds: values that the law wants kept.
        closed: when the account was cancelled, or None.
        agreed: versions of the policy that the subject agreed to.
        longer: until when the subject agreed to keep an item.
        carried: consents given before this were ended by a succession, or None.
        ceased: when the controller ceased operations, or None.
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    subject: Pseudonym
    born: dt.date | None = attrs.field(default=None, repr=False)
    consents: tuple[Consent, ...] = ()
    refused: Mapping[str, dt.datetime] = attrs.field(factory=dict[str, dt.datetime])
    erased: bool = False
    marks: Mapping[tuple[str, str], dt.datetime] = attrs.field(factory=dict[tuple[str, str], dt.datetime])
    published: tuple[Published, ...] = ()
    confirmed: frozenset[tuple[str, str]] = frozenset()
    objections: frozenset[tuple[str, str]] = frozenset()
    restrictions: frozenset[tuple[str, str]] = frozenset()
    holds: tuple[Hold, ...] = ()
    closed: dt.datetime | None = None
    agreed: frozenset[str] = frozenset()
    longer: Mapping[str, dt.datetime] = attrs.field(factory=dict[str, dt.datetime])
    carried: dt.datetime | None = None
    ceased: dt.datetime | None = None


_NEVER = dt.timedelta(-1)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
_TURN = {
    kind: turn
    for turn, kind in enumerate(
        (
            *(EventKind.RENEW, EventKind.WITHDRAW, EventKind.REFUSE, EventKind.INVALIDATE, EventKind.EXPIRE),
            *(EventKind.OBJECT, EventKind.RESTRICT, EventKind.HOLD, EventKind.CLOSE),
        ),
        start=1,
    )
}
"""Of what happens at one instant these come after everything else, in this order."""


def standing_of(
    events: Iterable[ConsentEvent], *, subject: Pseudonym, born: dt.date | None = None, erased: bool = False
) -> Standing:
    """Fold events into a standing.

    The result depends on the set of the events alone: their order and repetitions do not matter, nor do their ids,
    which are only names. Events count in the order of their times; at the same time what leaves the subject's data
    more open counts first: grants, renewals, and then what ends consent, so withdrawal wins a tie. A consent that
    was taken away never comes back: a renewal extends only what is still live, and a new grant is a new consent.
    """
    fold = _Fold()
    for event in _ordered(events):
        fold.add(event)
    return Standing(
        subject=subject,
        born=born,
        consents=tuple(fold.consents),
        refused=fold.refused,
        erased=erased,
        marks=fold.marks,
        published=tuple(fold.published),
        confirmed=frozenset(fold.confirmed),
        objections=frozenset(fold.objections),
        restrictions=frozenset(fold.restrictions),
        holds=tuple(fold.holds),
        closed=fold.closed,
        agreed=frozenset(fold.agreed),
        longer=fold.longer,
        carried=fold.carried,
        ceased=fold.ceased,
    )


class _Fold:
    """What has been seen so far."""

    __slots__ = (
        *("agreed", "carried", "ceased", "closed", "confirmed", "consents", "holds", "longer", "marks"),
        *("objections", "published", "refused", "restrictions"),
    )

    def __init__(self) -> None:
        self.consents: list[Consent] = []
        self.refused: dict[str, dt.datetime] = {}
        self.marks: dict[tuple[str, str], dt.datetime] = {}
        self.published: list[Published] = []
        self.confirmed: set[tuple[str, str]] = set()
        self.objections: set[tuple[str, str]] = set()
        self.restrictions: set[tuple[str, str]] = set()
        self.holds: list[Hold] = []
        self.closed: dt.datetime | None = None
        self.agreed: set[str] = set()
        self.longer: dict[str, dt.datetime] = {}
        self.carried: dt.datetime | None = None
        self.ceased: dt.datetime | None = None

    def add(self, event: ConsentEvent) -> None:
        """Add an event; later ones are added later."""
        kind = event.kind
        if kind is EventKind.GRANT:
            self.consents.append(Consent(event, {}, event.valid_until))
            if self.refused:
                for purpose in event.purposes:
                    self.refused.pop(purpose, None)
        elif kind.consents:
            if kind is EventKind.CHOOSE:
                self.consents = [_replaced(consent, event) for consent in self.consents]
            self.consents.append(Consent(event, {}, event.valid_until))
        elif kind is EventKind.RENEW:
            self.consents = [_renewed(consent, event) for consent in self.consents]
        elif kind in _OF_CONSENT:
            self.consents = [_ended(consent, event) for consent in self.consents]
            if kind is EventKind.REFUSE:
                self.refused.update(dict.fromkeys(event.purposes, event.at))
        else:
            self._about_values(event)
            self._about_the_rest(event)

    def _about_values(self, event: ConsentEvent) -> None:
        places = {(item, event.matter) for item in event.items or ("",)}
        match event.kind:
            case EventKind.CONFIRM:
                self.confirmed.update((item, party) for item in event.items for party in event.parties)
            case EventKind.PUBLISH:
                acts = [Published(item, event.matter, event.method, event.at) for item in event.items]
                said = {act[:3] for act in acts}  # the last time counts: what was collected before it is public
                self.published = [one for one in self.published if one[:3] not in said] + acts
            case EventKind.RESTRICT:
                self.restrictions.update(places)
            case EventKind.LIFT:
                self.restrictions.difference_update(places)
            case EventKind.HOLD:
                kept = {hold[:3] for hold in self.holds}
                holds = [Hold(*place, event.method, event.at) for place in sorted(places)]
                self.holds.extend(hold for hold in holds if hold[:3] not in kept)
            case EventKind.RELEASE:
                self.holds = [hold for hold in self.holds if hold.reference != event.method]
            case _:
                pass

    def _about_the_rest(self, event: ConsentEvent) -> None:
        blocked = {(purpose, topic) for purpose in event.purposes for topic in event.topics}
        match event.kind:
            case EventKind.OBJECT:
                self.objections.update(blocked)
            case EventKind.ALLOW:
                self.objections.difference_update(blocked)
            case EventKind.MARK:
                if event.anchor == ACTIVITY or (event.anchor, event.matter) not in self.marks:
                    self.marks[event.anchor, event.matter] = event.at
            case EventKind.AGREE:
                if not event.items:
                    self.agreed.add(event.version)
                elif event.valid_until is not None:
                    self.longer.update(dict.fromkeys(event.items, event.valid_until))
            case EventKind.CLOSE:
                self.closed = self.closed or event.at
                self.consents = [_ended(consent, event) for consent in self.consents]
            case EventKind.SUCCEED:
                self.carried = event.at if event.method == DECLINED else self.carried
            case EventKind.CEASE:
                self.ceased = self.ceased or event.at
            case _:
                pass


ACTIVITY: Final = "activity"
"""The one anchor that happens again and again: the last time counts, for the others the first."""

_OF_CONSENT = frozenset({EventKind.REFUSE, EventKind.WITHDRAW, EventKind.EXPIRE, EventKind.INVALIDATE})


def _ordered(events: Iterable[ConsentEvent]) -> list[ConsentEvent]:
    """Sort by time and turn, and keep one event of each idempotency key, the first."""
    known = list(events)
    tied = len({event.at for event in known}) < len(known)
    first: dict[str, ConsentEvent] = {}
    for event in sorted(known, key=_place if tied else attrgetter("at")):
        first.setdefault(event.key, event)
    return list(first.values())


def _place(event: ConsentEvent) -> tuple[dt.datetime, int, dt.timedelta, str]:
    """Order by time; on a tie by turn, among renewals the shortest last; the id only makes the order total."""
    until = event.valid_until
    return event.at, _TURN.get(event.kind, 0), _NEVER if until is None else _LAST - until, event.id


def _renewed(consent: Consent, event: ConsentEvent) -> Consent:
    """Extend a live consent, when the renewal is of all that is left of it.

    Who gave a consent also renews it: a child does not extend what a guardian consented to, nor the other way round.
    """
    grant = consent.grant
    if consent.over or grant.id != event.about or grant.by_guardian != event.by_guardian:
        return consent
    if consent.valid_until is not None and event.at >= consent.valid_until:
        return consent
    named = event.purposes or grant.purposes
    if any(purpose not in named and purpose not in consent.ended for purpose in grant.purposes):
        return consent
    return consent._replace(valid_until=event.valid_until)


def _replaced(consent: Consent, choice: ConsentEvent) -> Consent:
    """End a choice in whose place another one comes: for the same purposes and business case, of somebody else."""
    grant = consent.grant
    same = grant.kind is EventKind.CHOOSE and (grant.purposes, grant.matter) == (choice.purposes, choice.matter)
    return _ended(consent, choice) if same and grant.parties != choice.parties else consent


def _ended(consent: Consent, event: ConsentEvent) -> Consent:
    if event.about and event.about != consent.grant.id:
        return consent
    names = event.purposes or consent.grant.purposes
    fresh = {name: event.kind for name in names if name not in consent.ended}
    return consent._replace(ended={**consent.ended, **fresh})
