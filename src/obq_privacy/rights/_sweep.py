"""Sweeps: what is due is erased or restricted, what was done is said, and one that was cut short goes on (PROT-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast, final

import attrs

from obq_privacy.consent import EVERYBODY
from obq_privacy.errors import ArgumentInvalid, CaseUnknown, SweepIncomplete
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import check_kind
from obq_privacy.rights._holders import Desk, Holders
from obq_privacy.rights._steps import Json, named, said, spelled, steps
from obq_privacy.rights._sweep_parts import Looked, Part, SweepCount, carried_out, parts_of
from obq_privacy.rights._sweeping import Before, Fate, Swept

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.rights._holders import Holder
    from obq_privacy.stores import CaseEntry

KIND: Final = "sweep"
_BATCH: Final = 100


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
    check_kind("guard", guard, Guard)
    if not isinstance(cast("object", batch), int) or batch < 1:
        raise ArgumentInvalid(argument="batch", problem="it is a number of subjects, at least 1")
    desk = Desk(guard, Holders(guard._core, holders))
    desk.core.refresh()
    if dry:
        return _dry(desk, said("by", by), batch)
    found = _finish(desk, carried_out(desk, _open(desk, said("by", by)), batch))
    if found.failed:
        names = tuple(sorted({row.holder for row in found.failed}))
        raise SweepIncomplete(case=found.case, failed=len(found.failed), holders=names)
    return found


def sweep_of(guard: Guard, case: str, /) -> Sweep:
    """Give what a sweep did, as far as it has come.

    Raises:
        CaseUnknown: there is none of that name.
    """
    check_kind("guard", guard, Guard)
    store = guard._core.store
    row = store.case(said("case", case))
    if row is None or row.kind != KIND:
        raise CaseUnknown(case=case)
    first, *rest = steps(store.entries(case))
    parts = [Part(taken) for taken in parts_of(guard, case)]
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
    """Give the sweep that was cut short, or begin one: of several processes at once, the same one."""
    store, now = desk.core.store, desk.core.clock.now()
    names = sorted(desk.holders.names)
    earlier = len(store.cases(KIND, subject=""))  # counted first: one that begins meanwhile has this name, too
    for row in store.cases(KIND, subject="", open=True):
        if list(steps(store.entries(row.case))[0].texts("holders")) == names:
            return row.case
    case = named(KIND, "", f"{earlier} {' '.join(names)}")
    before = _before(desk)
    facts: dict[str, Json] = {
        "by": by,
        "holders": names,
        "before": before.begun.isoformat() if before.begun is not None else "",
        "knew": sorted(before.holders),
        "version": desk.core.policy.version,
    }
    desk.record(EVERYBODY, KIND, actor=by)
    store.enter(case, KIND, "", lambda entries: None if entries else (spelled("begin", facts), True, None), now)
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


def _dry(desk: Desk, by: str, batch: int) -> Sweep:
    now, before, after = desk.core.clock.now(), _before(desk), ""
    evidence: list[Swept] = []
    counts: dict[str, SweepCount] = {}
    subjects = 0
    while who := desk.core.store.subjects(after, batch):
        desk.core.refresh()
        found = Looked(desk, who, before, now)
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
