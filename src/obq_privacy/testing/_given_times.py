"""The instants at which time alone changes what is allowed, and the ticks around them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from hypothesis import strategies as st

from obq_privacy.consent import EventKind
from obq_privacy.policy import Anchor
from obq_privacy.testing._given_people import thresholds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hypothesis.strategies import SearchStrategy

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.policy import Policy

TICK: Final = dt.timedelta(microseconds=1)
_DAY = dt.timedelta(days=1)


class Boundary(NamedTuple):
    """An instant at which something begins or ends: it holds from `at` on.

    Attributes:
        what: what begins or ends, such as "retention of parcel-note ends".
        at: when (UTC).
    """

    what: str
    at: dt.datetime


def boundaries(
    policy: Policy,
    *,
    collected: Iterable[dt.datetime] = (),
    born: Iterable[dt.date | None] = (),
    events: Sequence[ConsentEvent] = (),
) -> tuple[Boundary, ...]:
    """Give every boundary of a policy, in the order of time.

    Args:
        policy: the policy: its periods, and the days of its agreements, checks and undertakings.
        collected: when values were collected, from which periods count.
        born: birth dates, whose holders grow up.
        events: consents, which end, and whatever else periods count from.
    """
    found = {
        *_terms(policy),
        *_periods(policy, tuple(collected), events),
        *_birthdays(policy, born),
        *_consents(policy, events),
    }
    return tuple(sorted(found, key=lambda boundary: (boundary.at, boundary.what)))


def _terms(policy: Policy) -> Iterator[Boundary]:
    """Give the days of contracts: both of them belong to it, in the policy's zone."""
    terms: list[tuple[str, dt.date, dt.date]] = []
    for recipient in policy.recipients:
        if recipient.agreement is not None:
            terms.append((f"agreement of {recipient.key}", recipient.agreement.since, recipient.agreement.until))
        if recipient.check is not None:
            terms.append((f"security check of {recipient.key}", recipient.check.on, recipient.check.until))
    terms += [
        (f"undertaking of {source.key}", source.undertaking.since, source.undertaking.until)
        for source in policy.sources
        if source.undertaking is not None
    ]
    for what, since, until in terms:
        yield from _day(policy, f"{what} begins", since)
        yield from _day(policy, f"{what} ends", until, after=1)


def _day(policy: Policy, what: str, day: dt.date, *, after: int = 0) -> Iterator[Boundary]:
    try:
        yield Boundary(what, policy.minors.midnight(day + after * _DAY))
    except OverflowError:  # the first and the last day of the calendar begin, in some zones, where no date is
        return


def _periods(policy: Policy, collected: tuple[dt.datetime, ...], events: Sequence[ConsentEvent]) -> Iterator[Boundary]:
    for entry in policy.retention:
        name = entry.item.key if entry.purpose is None else f"{entry.item.key} for {entry.purpose.key}"
        starts = set(collected) if entry.after in {Anchor.COLLECTION, Anchor.ACTIVITY} else set[dt.datetime]()
        starts |= {event.at for event in events if _starts(event, entry.after)}
        if entry.after is Anchor.COMPLETION:  # of a value that belongs to no business case
            starts |= set(collected)
        for start in starts:
            yield Boundary(f"retention of {name} ends", start + entry.keep)
            if entry.at_least is not None:
                yield Boundary(f"duty to keep {name} ends", start + entry.at_least)


def _starts(event: ConsentEvent, anchor: Anchor) -> bool:
    if anchor is Anchor.ACCOUNT_END:
        return event.kind is EventKind.CLOSE
    return event.kind is EventKind.MARK and event.anchor == anchor.value


def _birthdays(policy: Policy, born: Iterable[dt.date | None]) -> Iterator[Boundary]:
    for day in (one for one in born if one is not None):
        for what, years in thresholds(policy.minors).items():
            yield Boundary(f"birthday {years} ({what}) of {day}", policy.minors.reaches(day, years))


def _consents(policy: Policy, events: Sequence[ConsentEvent]) -> Iterator[Boundary]:
    for event in events:
        yield Boundary(event.kind.value, event.at)
        if event.valid_until is not None:
            what = "longer period" if event.kind is EventKind.AGREE else "consent"
            yield Boundary(f"{what} ends", event.valid_until)
        if event.kind is EventKind.REFUSE and policy.refusal_rest is not None:
            yield Boundary("rest after a refusal ends", event.at + policy.refusal_rest)


def around(found: Iterable[Boundary], *, present: dt.datetime) -> SearchStrategy[dt.datetime]:
    """Give the present, and each boundary: just before, at, and just after it."""
    edges = sorted({boundary.at for boundary in found})
    if not edges:
        return st.just(present)
    ticks = st.sampled_from((0, -1, 1)).map(TICK.__mul__)
    return st.one_of(st.just(present), st.builds(dt.datetime.__add__, st.sampled_from(edges), ticks))
