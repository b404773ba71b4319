"""How much a database holds and does, as of an instant: counted through the store, without any key or value."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.audit import HANDED_OUT, AuditLog
from obq_privacy.consent import EVERYBODY, standing_of
from obq_privacy.decision import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy.cli._progress import Progress
    from obq_privacy.policy import Policy
    from obq_privacy.stores import SQLiteStore
    from obq_privacy.vocab import Pseudonym

WINDOW: Final = dt.timedelta(days=30)
"""How far back uses and refusals are counted."""

_PAGE: Final = 500
_OUTWARD: Final = frozenset({"share", "transfer", "disclose"})


class Volumes(NamedTuple):
    """What was counted.

    Attributes:
        subjects: how many people are registered and not erased.
        erased: how many were erased, or are being so.
        consents: how many consents run; whether a guardian had to give them is not asked, as births are sealed.
        agreed: for each declared purpose, by key: how many people's consent covers it.
        kept: for each item, by key: how many values the vault keeps.
        used: for each purpose, by key: how often something was handed out for it in the window.
        items: for each item, by key: likewise.
        sent: for each recipient, by key: how many times something was shared, transferred or disclosed.
        refused: for each purpose, by key: how many requests the policy refused, though a guard may have only observed.
        codes: for each code, how many refusals have it for their weightiest reason.
    """

    subjects: int
    erased: int
    consents: int
    agreed: Counter[str]
    kept: Counter[str]
    used: Counter[str]
    items: Counter[str]
    sent: Counter[str]
    refused: Counter[str]
    codes: Counter[str]


def counted_in(store: SQLiteStore, policy: Policy, at: dt.datetime, progress: Progress) -> Volumes:
    """Count consents as of an instant, uses before it, and what is held now."""
    found = Volumes(0, len(store.erasures()), 0, *(Counter[str]() for _ in range(7)))
    subjects = consents = 0
    everybody = store.events(EVERYBODY)
    for subject in progress.over(_subjects(store)):
        subjects += 1
        events = (event for event in chain(store.events(subject), everybody) if event.at <= at)
        standing = standing_of(events, subject=subject)
        live = list(running(policy, standing, at))
        consents += len({consent.grant.id for consent, _ in live})
        found.agreed.update({purpose.key for _, purpose in live})
        for record in store.records(subject):
            found.kept.update(field.item for field in store.load(record) if field.subject == subject and field.item)
    _uses(store, at, found, progress)
    return found._replace(subjects=subjects, consents=consents)


def _subjects(store: SQLiteStore) -> Iterator[Pseudonym]:
    after = ""
    while page := store.subjects(after, _PAGE):
        yield from (subject for subject in page if subject != EVERYBODY)
        after = page[-1]


def _uses(store: SQLiteStore, at: dt.datetime, found: Volumes, progress: Progress) -> None:
    log = AuditLog(store, flush=lambda: None)
    for entry in progress.over(log.entries(since=at - WINDOW, until=at)):
        if entry.outcome in HANDED_OUT and entry.operation != "collect":
            found.used[entry.purpose] += 1
            found.items.update(entry.items)
            if entry.operation in _OUTWARD and entry.recipient:
                found.sent[entry.recipient] += 1
        if entry.outcome != "permit" and entry.codes:
            found.refused[entry.purpose] += 1
            found.codes[entry.codes[0]] += 1


__all__ = ["WINDOW", "Volumes", "counted_in"]
