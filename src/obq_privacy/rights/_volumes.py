"""How much was processed: counted from the audit log in one pass, as of an end of the chain."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from obq_privacy.audit import HANDED_OUT
from obq_privacy.vocab import LegalBasis

if TYPE_CHECKING:
    import datetime as dt

    from obq_privacy.audit import Entry, Head
    from obq_privacy.guard import Guard
    from obq_privacy.policy import Policy

_INVOKED = frozenset(basis.value for basis in LegalBasis if basis.invoked)


class Volume:
    """What was counted of a purpose, an item or a recipient.

    Attributes:
        permits: how often something was done, by operation.
        denials: how often something was refused, by the code of each reason.
        bases: how often each legal basis made it lawful; "none" counts what was handed out although it was refused.
        refused: how many refusals there were.
        gaps: how many refusals there were because the policy is silent.
        subjects: whom it was about.
    """

    __slots__ = ("bases", "denials", "gaps", "permits", "refused", "subjects")

    def __init__(self) -> None:
        self.permits: Counter[str] = Counter()
        self.denials: Counter[str] = Counter()
        self.bases: Counter[str] = Counter()
        self.refused = 0
        self.gaps = 0
        self.subjects: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        if entry.subject:
            self.subjects.add(entry.subject)
        if entry.outcome in HANDED_OUT:
            self.permits[entry.operation] += 1
            self.bases.update((entry.basis or NO_BASIS).split("+"))
            return
        self.refused += 1
        self.gaps += entry.outcome == "gap"
        self.denials.update(entry.codes)


NO_BASIS: Final = "none"
"""Stands among the legal bases where a guard only observed, and handed out what the policy refuses."""


class Volumes:
    """What was counted in a period.

    Attributes:
        all: everything.
        purposes: by key of the declared purpose; what was asked for below it counts for it.
        items: by key of the item.
        recipients: by key of the recipient.
        undeclared: by key of the purpose, where the policy in force has none of that name.
        invoked: who was concerned by an invoked basis, and when first, by (basis, pseudonym).
    """

    def __init__(self) -> None:
        self.all = Volume()
        self.purposes: dict[str, Volume] = {}
        self.items: dict[str, Volume] = {}
        self.recipients: dict[str, Volume] = {}
        self.undeclared: dict[str, Volume] = {}
        self.invoked: dict[tuple[str, str], dt.datetime] = {}


def counted(guard: Guard, head: Head, *, since: dt.datetime | None, until: dt.datetime | None) -> Volumes:
    """Count what is on record in a period, and no further than `head`."""
    policy, found = guard.policy, Volumes()
    owner = _owners(policy)
    for entry in guard.audit.entries(since=since, until=until):
        if entry.seq > head.seq:
            break
        if entry.outcome == "done":
            continue
        found.all.add(entry)
        for item in entry.items:
            found.items.setdefault(item, Volume()).add(entry)
        if entry.purpose in owner:
            found.purposes.setdefault(owner[entry.purpose], Volume()).add(entry)
        elif entry.purpose:
            found.undeclared.setdefault(entry.purpose, Volume()).add(entry)
        if entry.recipient:
            found.recipients.setdefault(entry.recipient, Volume()).add(entry)
        if entry.outcome == "permit":
            for basis in _INVOKED.intersection(entry.basis.split("+")):
                found.invoked.setdefault((basis, entry.subject), entry.at)
    return found


def _owners(policy: Policy) -> dict[str, str]:
    """Give the declared purpose that speaks for each purpose of the program, by key."""
    owners: dict[str, str] = {}
    left = [rule.purpose for rule in policy.purposes]
    for purpose in left:
        rule = policy.rule(purpose)
        if rule is not None and (purpose is rule.purpose or purpose.key not in owners):
            owners[purpose.key] = rule.purpose.key
        left.extend(one for one in purpose.__subclasses__() if one not in left)
    return owners
