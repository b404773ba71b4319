"""Observing instead of enforcing: what a guard hands out that the policy refuses, and the account of it."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, final

from obq_privacy.guard._arguments import all_of, check_purposes
from obq_privacy.vocab import Operation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.consent import Standing
    from obq_privacy.guard._core import Core
    from obq_privacy.values import Label
    from obq_privacy.vocab import Purpose, Request


class UnsafeWarning(UserWarning):
    """Something lets data out that the policy refuses."""


@final
class UnsafeObserve:
    """Let a guard decide and record, and hand out what the policy refuses: for existing code that moves over.

    What a person has said no to is refused even so: what was withdrawn, refused, objected to or restricted, and
    everything of closed accounts and erased subjects. So are use under an invoked basis, releases and envelopes, which
    existing code does not have.

    Args:
        enforce: purposes for which everything is enforced already, with those below them. Collecting an item is, once
            all the purposes are that it may be used for.

    Raises:
        PurposeInvalid: one is no purpose class.
    """

    __slots__ = ("_enforced",)

    def __init__(self, *, enforce: Iterable[type[Purpose]] = ()) -> None:
        enforced = all_of("enforce", enforce, type)
        check_purposes("enforce", *enforced)
        self._enforced: frozenset[type[Purpose]] = frozenset(enforced)

    def __repr__(self) -> str:
        return f"UnsafeObserve(enforce=[{', '.join(sorted(purpose.__name__ for purpose in self._enforced))}])"

    def warn(self) -> None:
        """Say that it is in force, to whoever opens the guard."""
        kept = ", ".join(sorted(purpose.key for purpose in self._enforced)) or "nothing"
        said = f"this guard only observes: it hands out what the policy refuses, and enforces it for {kept}"
        warnings.warn(said, UnsafeWarning, stacklevel=4)

    def lets(self, standing: Standing, label: Label, request: Request) -> bool:
        """Tell whether a refusal is only recorded.

        It is judged by what the person said and not by the reasons of the refusal: a decision stops at the first things
        that no consent could help, such as a purpose that is not declared any more.
        """
        if request.invoked is not None or _isolated(standing, label, request):
            return False
        asked = label.purposes if request.purpose is None else (request.purpose,)
        return any(
            self._enforced.isdisjoint(purpose.lineage) and not _said_no(standing, label, purpose) for purpose in asked
        )


def _isolated(standing: Standing, label: Label, request: Request) -> bool:
    """Tell whether nothing of the person, or not this value, may be touched at all."""
    if standing.erased or standing.closed is not None:
        return True
    if standing.ceased is not None and request.operation is Operation.COLLECT:
        return True
    places = ((item, matter) for item in ("", *label.items) for matter in ("", *label.matters))
    return not standing.restrictions.isdisjoint(places)


def _said_no(standing: Standing, label: Label, purpose: type[Purpose]) -> bool:
    """Tell whether the last word about a purpose is no: objected, refused or withdrawn, and not granted since."""
    keys = purpose.names
    if any((key, topic) in standing.objections for key in keys for topic in label.topics):
        return True
    taken = not keys.isdisjoint(standing.refused)
    for consent in standing.consents:
        named = keys.intersection(consent.grant.purposes)
        if named and keys.isdisjoint(consent.ended):
            return False
        taken = taken or bool(named)
    return taken


class Observed(NamedTuple):
    """What was handed out again and again although the policy refuses it.

    Attributes:
        operation: what was done: "collect", "use", "share", …
        purpose: key of the purpose; "" for a collection.
        items: keys of the items.
        codes: what stands in the way.
        clauses: the clauses of the policy that enforcing would keep.
        recipient: key of who got it, or "".
        times: how often.
        people: of how many people.
        last: when it happened last.
    """

    operation: str
    purpose: str
    items: tuple[str, ...]
    codes: tuple[str, ...]
    clauses: tuple[str, ...]
    recipient: str
    times: int
    people: int
    last: dt.datetime

    def __str__(self) -> str:
        what = " ".join(
            (
                f"{self.operation} of {', '.join(self.items)}",
                *((f"for {self.purpose}",) if self.purpose else ()),
                *((f"to {self.recipient}",) if self.recipient else ()),
            )
        )
        kept = f", {', '.join(self.clauses)}" if self.clauses else ""
        return f"{what}: {self.times} times, {self.people} people ({', '.join(self.codes)}{kept})"


def observed(core: Core, since: dt.datetime | None) -> tuple[Observed, ...]:
    """Read the account from the audit log, what happened most often first."""
    from obq_privacy.audit import AuditLog  # noqa: PLC0415  loaded where it is used

    times: Counter[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str]] = Counter()
    people: dict[object, set[str]] = {}
    last: dict[object, dt.datetime] = {}
    for entry in AuditLog(core.store, flush=core.flush).entries(outcome="observed", since=since):
        fact = entry.fact
        key = (fact.operation, fact.purpose, fact.items, fact.codes, fact.clauses, fact.recipient)
        times[key] += 1
        people.setdefault(key, set()).add(entry.subject)
        last[key] = max(entry.at, last.get(key, entry.at))
    ordered = sorted(times, key=lambda key: (-times[key], key))
    return tuple(Observed(*key, times[key], len(people[key]), last[key]) for key in ordered)
