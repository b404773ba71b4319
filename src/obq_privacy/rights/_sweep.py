"""Sweeps: what is due is erased or restricted, what was done is said, and a sweep that was cut short goes on (PROT-3)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple, final

import attrs

from obq_privacy.consent import EVERYBODY
from obq_privacy.errors import ArgumentInvalid, CaseUnknown, SweepIncomplete
from obq_privacy.guard import Guard
from obq_privacy.rights._holders import Desk, Holders
from obq_privacy.rights._steps import Json, Step, named, said, spelled, steps
from obq_privacy.rights._sweeping import Before, Fate, Swept, carry_out, judged
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from obq_privacy.rights._holders import Holder
    from obq_privacy.stores import CaseEntry

KIND: Final = "sweep"
PART: Final = "sweep-part"
_BATCH: Final = 100
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


@final
@attrs.frozen(kw_only=True)
class Sweep:
    """What a sweep did; identifiers only.

    Attributes:
        case: its name in the docket; "" for a dry run, which leaves nothing there.
        by: who ordered it.
        begun: when.
        done: when it was over; None where it was cut short: sweep again, and it goes on.
        subjects: how many subjects it looked at.
        counts: how many values it found, by key of the item.
        evidence: what it erased, restricted for the first time, or could not do.
    """

    case: str
    by: str
    begun: dt.datetime
    done: dt.datetime | None
    subjects: int
    counts: Mapping[str, SweepCount]
    evidence: tuple[Swept, ...]

    @property
    def dry(self) -> bool:
        """Whether it only said what would be done."""
        return not self.case

    @property
    def total(self) -> SweepCount:
        """The counts of all items together."""
        total = SweepCount()
        for count in self.counts.values():
            total = total.plus(count)
        return total

    @property
    def failed(self) -> tuple[Swept, ...]:
        """What holders did not do; without a place where a holder did not say what it has."""
        return tuple(row for row in self.evidence if row.fate is Fate.FAILED)


def sweep(
    guard: Guard, /, *, holders: Iterable[Holder] = (), batch: int = _BATCH, by: str = "sweep", dry: bool = False
) -> Sweep:
    """Erase every value whose periods are over for every purpose, and restrict what only the law still wants.

    The periods are those that decisions apply: of item and purpose, by what they count from, longer where the subject
    agreed, shorter where an older version stands. A value that no ordinary purpose may use any more is erased, so that
    nothing of it stays in the files of the store; while a duty by law (`Retention.at_least`) or a legal hold wants it,
    it is restricted, and only a statutory purpose reveals it. What some purpose may still use is left. Plain fields
    of a record go with the last of its values.

    Call it once a day. A sweep that was cut short, by whatever, is taken up by the next call with the same holders, in
    any process; several at once share the work. Every part is written into the docket before it is carried out, and
    into the audit log.

    Args:
        guard: the guard.
        holders: places outside of the vault where sealed values are kept; always the same ones.
        batch: how many subjects are looked at in one part.
        by: who orders it.
        dry: whether nothing is done or written, and the answer says what would be.

    Raises:
        SweepIncomplete: it is over, but holders did not do their part; `sweep_of` gives what was done.
        StoreError: the store does not answer; sweep again.
    """
    if not isinstance(guard, Guard):
        raise ArgumentInvalid(argument="guard", problem="it is a Guard")
    if not isinstance(batch, int) or batch < 1:
        raise ArgumentInvalid(argument="batch", problem="it is a number of subjects, at least 1")
    desk = Desk(guard, Holders(guard._core, holders))
    desk.core.refresh()
    if dry:
        return _dry(desk, said("by", by), batch)
    found = _finish(desk, _carried(desk, _open(desk, said("by", by)), batch))
    if found.failed:
        names = tuple(sorted({row.holder for row in found.failed}))
        raise SweepIncomplete(case=found.case, failed=len(found.failed), holders=names)
    return found


def sweep_of(guard: Guard, case: str, /) -> Sweep:
    """Give what a sweep did, as far as it has come.

    Raises:
        CaseUnknown: there is none of that name.
    """
    store = guard._core.store
    row = store.case(case)
    if row is None or row.kind != KIND:
        raise CaseUnknown(case=case)
    first, *rest = steps(store.entries(case))
    parts = [_Part(taken) for taken in _parts(guard, case)]
    counts: dict[str, SweepCount] = {}
    for part in parts:
        for item, count in part.counts.items():
            counts[item] = counts.get(item, SweepCount()).plus(count)
    return Sweep(
        case=case,
        by=first.text("by"),
        begun=first.at,
        done=next((step.at for step in rest if step.name == "done"), None),
        subjects=sum(part.subjects for part in parts),
        counts=dict(sorted(counts.items())),
        evidence=tuple(found for part in parts for found in part.evidence),
    )


# ── A sweep in the docket ─────────────────────────────────────────────────────────────────────────────────


def _open(desk: Desk, by: str) -> str:
    """Give the sweep that was cut short, or begin one."""
    store, now = desk.core.store, desk.core.clock.now()
    names = sorted(desk.holders._all)
    for row in store.cases(KIND, subject="", open=True):
        if list(steps(store.entries(row.case))[0].texts("holders")) == names:
            return row.case
    case = named(KIND, "", "")
    before = _before(desk)
    facts: dict[str, Json] = {
        "by": by,
        "holders": names,
        "before": before.begun.isoformat() if before.begun is not None else "",
        "knew": sorted(before.holders),
        "version": desk.core.policy.version,
    }
    desk.record(EVERYBODY, KIND, actor=by)
    store.enter(case, KIND, "", lambda _: (spelled("begin", facts), True, None), now)
    return case


def _before(desk: Desk) -> Before:
    """Give the last sweep that left nothing undone."""
    found = Before(None, frozenset())
    for row in desk.core.store.cases(KIND, subject="", open=False):
        first, *rest = steps(desk.core.store.entries(row.case))
        whole = any(step.name == "done" and not step.number("failed") for step in rest)
        if whole and (found.begun is None or first.at > found.begun):
            found = Before(first.at, frozenset(first.texts("holders")))
    return found


def _finish(desk: Desk, case: str) -> Sweep:
    found = sweep_of(desk.guard, case)
    facts: dict[str, Json] = {
        "subjects": found.subjects,
        "counts": {item: list(count) for item, count in found.counts.items()},
        "failed": len(found.failed),
    }

    def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
        return None if len(entries) > 1 else (spelled("done", facts), False, None)

    desk.core.store.enter(case, KIND, "", make, desk.core.clock.now())
    return sweep_of(desk.guard, case)


# ── Parts ─────────────────────────────────────────────────────────────────────────────────────────────────


class _Part:
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


def _carried(desk: Desk, case: str, batch: int) -> str:
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


def _carry_part(desk: Desk, case: str, number: int) -> _Part:
    """Carry out a part as it was planned, by whomever, unless that is done."""
    store, name = desk.core.store, _name(case, number)
    part = _Part(steps(store.entries(name)))
    if part.carried:
        return part
    found = carry_out(desk, case, part.go, part.stay, desk.core.clock.now())
    facts: dict[str, Json] = {key: [_row(row) for row in rows] for key, rows in found.items()}

    def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
        return None if len(entries) > 1 else (spelled("carried", facts), False, None)

    store.enter(name, PART, "", make, desk.core.clock.now())
    return part


def _plan_part(desk: Desk, name: str, who: Sequence[Pseudonym], before: Before) -> None:
    """Write down what is to be done, unless another process has."""
    now = desk.core.clock.now()
    found = _Looked(desk, who, before, now)
    facts: dict[str, Json] = {
        "upto": who[-1],
        "subjects": found.subjects,
        "go": [_row(row) for row in found.go],
        "stay": [_row(row) for row in found.stay],
        "silent": [_row(row) for row in found.silent],
        "counts": {item: list(count) for item, count in found.counts.items()},
    }
    text, still = spelled("plan", facts), bool(found.go or found.stay)
    desk.core.store.enter(name, PART, "", lambda entries: None if entries else (text, still, None), now)


class _Looked:
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


def _parts(guard: Guard, case: str) -> Iterator[Sequence[Step]]:
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
    rows = found.items() if isinstance(found, dict) else ()
    return {item: SweepCount(*(int(str(number)) for number in numbers)) for item, numbers in rows}


def _dry(desk: Desk, by: str, batch: int) -> Sweep:
    now, before, after = desk.core.clock.now(), _before(desk), ""
    evidence: list[Swept] = []
    counts: dict[str, SweepCount] = {}
    subjects = 0
    while who := desk.core.store.subjects(after, batch):
        desk.core.refresh()
        found = _Looked(desk, who, before, now)
        evidence += [*found.go, *found.stay, *found.silent]
        for item, count in found.counts.items():
            counts[item] = counts.get(item, SweepCount()).plus(count)
        subjects += found.subjects
        after = who[-1]
    return Sweep(
        case="",
        by=by,
        begun=now,
        done=now,
        subjects=subjects,
        counts=dict(sorted(counts.items())),
        evidence=tuple(evidence),
    )
