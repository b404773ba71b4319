"""The parts of a sweep: some subjects each, planned in the docket, carried out, and then said to be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.consent import EVERYBODY
from obq_privacy.rights._steps import Json, Step, spelled, steps
from obq_privacy.rights._sweeping import Before, Fate, Swept, carry_out, judged
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from obq_privacy.guard import Guard
    from obq_privacy.rights._holders import Desk
    from obq_privacy.stores import CaseEntry

_PART: Final = "sweep-part"
_PARTS: Final = 1 << 40


class SweepCount(NamedTuple):
    """How many values of an item a sweep found, by what becomes of them.

    Attributes:
        left: some purpose may still use them.
        restricted: only a duty by law or a legal matter wants them; those that were so before included.
        erased: they are gone.
        unknown: nothing is known of their periods.
    """

    left: int = 0
    restricted: int = 0
    erased: int = 0
    unknown: int = 0

    def plus(self, other: SweepCount) -> SweepCount:
        """Give the sum."""
        return SweepCount(*(one + another for one, another in zip(self, other, strict=True)))


class Part:
    """A number of subjects that are looked at together: the plan, and what came of it."""

    def __init__(self, taken: Sequence[Step]) -> None:
        plan, *rest = taken
        self.upto = plan.text("upto")
        self.subjects = plan.number("subjects")
        self.go = _read(plan, "go", Fate.ERASED)
        self.stay = _read(plan, "stay", Fate.RESTRICTED)
        self._silent = _read(plan, "silent", Fate.FAILED)
        self.carried = bool(rest) or not (self.go or self.stay)
        self._failed = _read(rest[0], "failed", Fate.FAILED) if rest else ()
        kept = _read(rest[0], "kept", Fate.LEFT) if rest else ()
        self._not = {_place(row) for row in (*self._failed, *kept)}
        self.counts = _counts(plan)
        for row in self.go:
            if _place(row) in self._not:
                self.counts[row.item] = self.counts[row.item].plus(SweepCount(left=1, erased=-1))

    @property
    def evidence(self) -> tuple[Swept, ...]:
        """What was done and what was not; nothing before it was carried out."""
        if not self.carried:
            return ()
        done = (row for row in (*self.go, *self.stay) if _place(row) not in self._not)
        return (*done, *self._silent, *self._failed)


def _place(row: Swept) -> tuple[str, ...]:
    return row.subject, *row.spot


def carried_out(desk: Desk, case: str, batch: int) -> str:
    """Carry out part after part, and give the name of the sweep."""
    store = desk.core.store
    first = steps(store.entries(case))[0]
    begun = first.text("before")
    before = Before(dt.datetime.fromisoformat(begun) if begun else None, frozenset(first.texts("knew")))
    number = _last(desk, case)
    after = ""
    if number:
        after = _carry_part(desk, case, number).upto
    while who := store.subjects(after, batch):
        desk.core.refresh()
        number += 1
        _plan_part(desk, _name(case, number), who, before)
        after = _carry_part(desk, case, number).upto
    return case


def _carry_part(desk: Desk, case: str, number: int) -> Part:
    """Carry out a part as it was planned, by whomever, unless that is done."""
    store, name = desk.core.store, _name(case, number)
    part = Part(steps(store.entries(name)))
    if part.carried:
        return part
    found = carry_out(desk, case, part.go, part.stay, desk.core.clock.now())
    facts: dict[str, Json] = {key: [_row(row) for row in rows] for key, rows in found.items()}

    def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
        return None if len(entries) > 1 else (spelled("carried", facts), False, None)

    store.enter(name, _PART, "", make, desk.core.clock.now())
    return part


def _plan_part(desk: Desk, name: str, who: Sequence[Pseudonym], before: Before) -> None:
    """Write down what is to be done, unless another process has."""
    now = desk.core.clock.now()
    found = Looked(desk, who, before, now)
    facts: dict[str, Json] = {
        "upto": who[-1],
        "subjects": found.subjects,
        "go": [_row(row) for row in found.go],
        "stay": [_row(row) for row in found.stay],
        "silent": [_row(row) for row in found.silent],
        "counts": {item: list(count) for item, count in found.counts.items()},
    }
    text, still = spelled("plan", facts), bool(found.go or found.stay)
    desk.core.store.enter(name, _PART, "", lambda entries: None if entries else (text, still, None), now)


class Looked:
    """What some subjects have."""

    def __init__(self, desk: Desk, who: Iterable[Pseudonym], before: Before, now: dt.datetime) -> None:
        self.subjects = 0
        self.go: list[Swept] = []
        self.stay: list[Swept] = []
        self.silent: list[Swept] = []
        self.counts: dict[str, SweepCount] = {}
        for subject in who:
            if subject == EVERYBODY:
                continue
            self.subjects += 1
            values, silent = judged(desk, subject, before, now)
            self.silent += silent
            for one in values:
                row = one.swept
                self.counts[row.item] = self.counts.get(row.item, SweepCount()).plus(SweepCount(**{row.fate.value: 1}))
                if row.fate is Fate.ERASED:
                    self.go.append(row)
                elif row.fate is Fate.RESTRICTED and one.new:
                    self.stay.append(row)


def parts_of(guard: Guard, case: str) -> Iterator[Sequence[Step]]:
    number = 1
    while taken := steps(guard._core.store.entries(_name(case, number))):
        yield taken
        number += 1


def _last(desk: Desk, case: str) -> int:
    """Give the number of the last part, 0 before the first; they have no gaps, so it is found by halving."""
    low, high = 0, 1
    while high < _PARTS and desk.core.store.case(_name(case, high)) is not None:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        there = desk.core.store.case(_name(case, middle)) is not None
        low, high = (middle, high) if there else (low, middle)
    return low


def _name(case: str, number: int) -> str:
    return f"{case}-{number}"


def _row(row: Swept) -> list[str]:
    return [row.subject, *row.spot, row.item, row.matter, row.ended, row.until, row.holds]


def _read(step: Step, name: str, fate: Fate) -> tuple[Swept, ...]:
    return tuple(Swept(fate, Pseudonym(who), *rest) for who, *rest in step.rows(name))


def _counts(step: Step) -> dict[str, SweepCount]:
    found = step.facts.get("counts", {})
    counts: dict[str, SweepCount] = {}
    for item, numbers in found.items() if isinstance(found, Mapping) else ():
        if isinstance(numbers, Sequence):
            counts[item] = SweepCount(*(int(str(number)) for number in numbers))
    return counts
