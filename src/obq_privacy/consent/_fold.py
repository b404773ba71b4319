"""The state of consent: a pure fold of the events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, final

import attrs

from obq_privacy.consent._event import ConsentEvent, EventKind
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable


@final
@attrs.frozen
class Consent:
    """What became of one grant.

    Attributes:
        grant: the event that made it.
        ended: for each purpose key that was taken away since, by which kind of event; it also ends what is below it.
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
@attrs.frozen(kw_only=True)
class Standing:
    """Everything about a subject that a decision depends on.

    Attributes:
        subject: the pseudonym.
        born: the birth date, or None when it is not known.
        consents: every grant and what became of it, oldest first.
        refused: purpose keys that the subject refused and has not granted since.
        erased: whether the subject was erased.
    """

    subject: Pseudonym
    born: dt.date | None = None
    consents: tuple[Consent, ...] = ()
    refused: frozenset[str] = frozenset()
    erased: bool = False


def standing_of(
    events: Iterable[ConsentEvent], *, subject: Pseudonym, born: dt.date | None = None, erased: bool = False
) -> Standing:
    """Fold events into a standing.

    The result depends on the set of the events alone: their order and repetitions do not matter. Events count in
    the order of their times; at the same time an event that ends consent counts last, so withdrawal wins a tie. A
    consent that was taken away never comes back: a renewal extends only what is still live, and a new grant is a
    new consent.
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
    """Sort by time, endings last on a tie, and keep one event of each idempotency key."""
    first: dict[str, ConsentEvent] = {}
    for event in sorted(events, key=lambda event: (event.at, event.kind.ends, event.id)):
        first.setdefault(event.key, event)
    return list(first.values())


def _renewed(consent: Consent, event: ConsentEvent) -> Consent:
    live = not consent.over and (consent.valid_until is None or event.at < consent.valid_until)
    if consent.grant.id != event.about or not live:
        return consent
    return attrs.evolve(consent, valid_until=event.valid_until)


def _ended(consent: Consent, event: ConsentEvent) -> Consent:
    if event.about and event.about != consent.grant.id:
        return consent
    names = event.purposes or consent.grant.purposes
    fresh = {name: event.kind for name in names if name not in consent.ended}
    return attrs.evolve(consent, ended={**consent.ended, **fresh})
