"""The state of consent: a pure fold of the events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, final

import attrs

from obq_privacy.consent._event import ConsentEvent, EventKind
from obq_privacy.vocab import Pseudonym
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable


@final
@attrs.frozen(eq=False, repr=False)
class Consent(Noun):
    """What became of one grant.

    Attributes:
        grant: the event that made it.
        ended: for each purpose key that was taken away since, by which kind of event first; it also ends what is
            below it.
        valid_until: when it ends by itself, renewals included.
    """

    grant: ConsentEvent
    ended: Mapping[str, EventKind] = attrs.field(factory=dict[str, EventKind])
    valid_until: dt.datetime | None = None

    @property
    def over(self) -> bool:
        """Whether every purpose that it named was taken away by name."""
        return all(purpose in self.ended for purpose in self.grant.purposes)


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Standing(Noun):
    """Everything about a subject that a decision depends on.

    Attributes:
        subject: the pseudonym.
        born: the birth date, or None when it is not known.
        consents: every grant and what became of it, oldest first.
        refused: purpose keys that the subject refused and has not granted since.
        erased: whether the subject was erased.
    """

    subject: Pseudonym
    born: dt.date | None = attrs.field(default=None, repr=False)
    consents: tuple[Consent, ...] = ()
    refused: frozenset[str] = frozenset()
    erased: bool = False


_NEVER = dt.timedelta(-1)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
_TURN = {
    kind: turn
    for turn, kind in enumerate(
        (EventKind.RENEW, EventKind.WITHDRAW, EventKind.REFUSE, EventKind.INVALIDATE, EventKind.EXPIRE), start=1
    )
}


def standing_of(
    events: Iterable[ConsentEvent], *, subject: Pseudonym, born: dt.date | None = None, erased: bool = False
) -> Standing:
    """Fold events into a standing.

    The result depends on the set of the events alone: their order and repetitions do not matter, nor do their ids,
    which are only names. Events count in the order of their times; at the same time what leaves the subject's data
    more open counts first: grants, renewals, and then what ends consent, so withdrawal wins a tie. A consent that
    was taken away never comes back: a renewal extends only what is still live, and a new grant is a new consent.
    """
    consents: list[Consent] = []
    refused: set[str] = set()
    for event in _ordered(events):
        if event.kind is EventKind.GRANT:
            consents.append(Consent(event, {}, event.valid_until))
            refused.difference_update(event.purposes)
        elif event.kind is EventKind.RENEW:
            consents = [_renewed(consent, event) for consent in consents]
        elif event.kind.ends:
            consents = [_ended(consent, event) for consent in consents]
            if event.kind is EventKind.REFUSE:
                refused.update(event.purposes)
    return Standing(subject=subject, born=born, consents=tuple(consents), refused=frozenset(refused), erased=erased)


def _ordered(events: Iterable[ConsentEvent]) -> list[ConsentEvent]:
    """Sort by time and turn, and keep one event of each idempotency key, the first."""
    first: dict[str, ConsentEvent] = {}
    for event in sorted(events, key=_place):
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
    return attrs.evolve(consent, valid_until=event.valid_until)


def _ended(consent: Consent, event: ConsentEvent) -> Consent:
    if event.about and event.about != consent.grant.id:
        return consent
    names = event.purposes or consent.grant.purposes
    fresh = {name: event.kind for name in names if name not in consent.ended}
    return attrs.evolve(consent, ended={**consent.ended, **fresh})
