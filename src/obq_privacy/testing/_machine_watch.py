"""What leaves an application, held against what was planted, what was recorded, and what people said."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple, final

from obq_privacy.audit import HANDED_OUT
from obq_privacy.testing._leaks_search import Finder
from obq_privacy.testing._machine_found import MisuseFound
from obq_privacy.testing._machine_model import Life, Slip, outside, overdue
from obq_privacy.vocab import LegalBasis, Operation, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.audit import Entry
    from obq_privacy.guard import Guard
    from obq_privacy.testing._given_people import Person
    from obq_privacy.vocab import AnyItem

_USES = frozenset({Operation.USE, Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})
_USE_NAMES = frozenset(operation.value for operation in _USES)
_LATE = dt.timedelta(hours=1)
"""How far behind the last record another one may be, whose time is taken from an older reading of the clock."""

_FORBIDDEN = frozenset({"OBQ102", "OBQ103", "OBQ104"})
"""Codes of refusals that no consent could have changed: a gap, another purpose, an item that is not needed."""


class Planted(NamedTuple):
    """A value that stands nowhere else: whose it is, what of, and since when."""

    person: Person
    item: AnyItem
    at: dt.datetime


class Window(NamedTuple):
    """One rule of an application: its name, and what it is for; None where nobody said."""

    rule: str
    purposes: tuple[type[Purpose], ...] | None
    consents: dict[str, set[str]]


@final
class Watch:
    """Everything that one run of a machine knows."""

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}
        self.planted: list[Planted] = []
        self._finder = Finder()
        self._names: dict[str, str] = {}
        self._hits: set[int] = set()
        self._read: tuple[int, int] = (0, -1)
        self._since: dt.datetime | None = None

    # ── What the machine does ─────────────────────────────────────────────────────────────────────────────

    def know(self, person: Person, pseudonym: str) -> Life:
        """Give the life of a person, who stands in records under a pseudonym."""
        self._names[pseudonym] = person.name
        return self.lives.setdefault(person.name, Life(person))

    def plant(self, person: Person, item: AnyItem, value: object, at: dt.datetime) -> None:
        """Watch a value."""
        self._finder.add(str(len(self.planted)), value)
        self.planted.append(Planted(person, item, at))

    def see(self, thing: object) -> None:
        """Look at what left the application."""
        self._hits.update(int(hit.item) for hit in self._finder.hits_in(thing))

    # ── What is checked ───────────────────────────────────────────────────────────────────────────────────

    def check(self, guard: Guard, window: Window, at: dt.datetime) -> Sequence[Entry]:
        """Check everything since the last time, and give what was recorded.

        Raises:
            MisuseFound: something was used, asked for, or agreed to, that may not be.
        """
        entries = self._entries(guard)
        self._agreed(guard, window)
        for entry in entries:
            if entry.operation in _USE_NAMES and entry.subject in self._names:
                self._recorded(guard, window, entry, at)
        hits, self._hits = sorted(self._hits), set()
        for number in hits:
            self._shown(guard, window, self.planted[number], entries, at)
        return entries

    def _entries(self, guard: Guard) -> list[Entry]:
        """Give the records that came since the last time."""
        if guard.audit.head().seq == self._read[0]:
            return []
        found = [entry for entry in guard.audit.entries(since=self._since) if (entry.seq, entry.index) > self._read]
        if found:
            self._read = max((entry.seq, entry.index) for entry in found)
            self._since = found[-1].at - _LATE
        return found

    def _agreed(self, guard: Guard, window: Window) -> None:
        """Find consents that nobody gave, and learn what the application took back or erased itself."""
        for life in self.lives.values():
            if life.erased:
                continue
            standing = guard.subject(life.person.name).standing
            for consent in standing.consents:
                grant = consent.grant
                if grant.id not in life.slips:
                    given = window.consents.get(life.person.name, set[str]())
                    if not given.issuperset(grant.purposes):
                        purpose = ", ".join(sorted(set(grant.purposes) - given))
                        problem = f"a consent was recorded that {life.person.name} never gave"
                        raise MisuseFound(window.rule, life.person.name, "a consent", purpose, problem)
                    life.agree(grant.id, Slip(grant.purposes, consent.valid_until, by_guardian=grant.by_guardian))
                life.slips[grant.id].learn(consent.ended, consent.valid_until)
            life.longer.update(standing.longer)
            life.closed |= standing.closed is not None
            life.erased |= standing.erased

    def _recorded(self, guard: Guard, window: Window, entry: Entry, at: dt.datetime) -> None:
        """Check a use that was recorded, or refused: what it was for, and whether it may have been permitted."""
        life = self.lives[self._names[entry.subject]]
        purpose = _purpose(entry.purpose, guard)
        who, shown = life.person.name, ", ".join(entry.items)
        aims = window.purposes
        if aims is not None and purpose is not None and not any(aim in purpose.lineage for aim in aims):
            meant = ", ".join(aim.key for aim in aims) or "nothing"
            raise MisuseFound(window.rule, who, shown, entry.purpose, f"the rule is for {meant}")
        items = [item for item in (guard.policy.item(key) for key in entry.items) if item is not None]
        if entry.outcome not in HANDED_OUT:
            mismatch = next(
                (found for item in items if purpose is not None and (found := outside(guard.policy, item, purpose))),
                None,
            )
            if mismatch is not None and not _FORBIDDEN.isdisjoint(entry.codes):
                raise MisuseFound(window.rule, who, shown, entry.purpose, f"it was asked for, and {mismatch}")
            return
        if purpose is None or _invoked(entry):
            return
        for item in items:
            against = life.against(guard.policy, item, purpose, at, operation=entry.operation)
            if against is not None:
                raise MisuseFound(window.rule, who, item.key, entry.purpose, f"it was used, and {against}")

    def _shown(self, guard: Guard, window: Window, planted: Planted, entries: Iterable[Entry], at: dt.datetime) -> None:
        """Check a planted value that came out: somebody must have recorded it, and its period must be running."""
        person, item = planted.person, planted.item
        life = self.lives[person.name]
        records = [
            entry
            for entry in entries
            if entry.outcome in HANDED_OUT
            and entry.operation in _USE_NAMES
            and self._names.get(entry.subject) == person.name
            and item.key in entry.items
        ]
        aims = window.purposes or ()
        named = ", ".join(aim.key for aim in aims)
        if not records:
            reasons = [
                life.against(guard.policy, item, aim, at) or overdue(guard.policy, item, aim, planted.at, at)
                for aim in aims
            ]
            why = f"{person.name} was erased" if life.erased else reasons[0] if all(reasons) and reasons else None
            problem = "it came out without a record" + (f", and {why}" if why else "")
            raise MisuseFound(window.rule, person.name, item.key, named, problem)
        for entry in records:
            purpose = _purpose(entry.purpose, guard)
            late = purpose and overdue(guard.policy, item, purpose, planted.at, at)
            if late and item.key not in life.longer and not _invoked(entry):
                raise MisuseFound(window.rule, person.name, item.key, entry.purpose, f"it came out, and {late}")


def _invoked(entry: Entry) -> bool:
    """Tell whether a use rests on a basis that somebody invoked by name and answers for."""
    return any(LegalBasis(basis).invoked for basis in entry.basis.split("+") if basis)


def _purpose(key: str, guard: Guard) -> type[Purpose] | None:
    """Give the purpose with a key: one that the policy declares, or any other class of this program."""
    declared = guard.policy.purpose(key) if key else None
    if declared is not None or not key:
        return declared
    left: list[type[Purpose]] = [Purpose]
    for purpose in left:
        left.extend(purpose.__subclasses__())
    return next((purpose for purpose in left if purpose.key == key), None)
