"""The work of a sweep: judging the values of a subject, and carrying out what the judgement says; all of it repeatable.

What is going to be done is written into the docket before, and that it was done, after. Whoever takes up a part that
was cut short judges again what is still there, so a value that was replaced meanwhile is safe.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

import attrs

from obq_privacy.consent import EventKind
from obq_privacy.decision._lifetime import lifetime
from obq_privacy.decision._terms import held
from obq_privacy.errors import HolderFailed, PrivacyError, SubjectErased
from obq_privacy.guard._for_rights import label_of
from obq_privacy.guard._ledger import Entry, append

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from obq_privacy.consent import Standing
    from obq_privacy.rights._holders import Desk, Found
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, Pseudonym


class Fate(Enum):
    """What a sweep does with a value.

    `LEFT`: some purpose may still use it. `RESTRICTED`: only a duty by law or a legal matter wants it. `ERASED`: its
    periods are over for every purpose. `UNKNOWN`: the policy does not declare its item any more, or its label cannot
    be read, so nothing is known of its periods, and it is left. `FAILED`: a holder did not do its part.
    """

    LEFT = "left"
    RESTRICTED = "restricted"
    ERASED = "erased"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Swept(NamedTuple):
    """What became of one value; identifiers only.

    Attributes:
        fate: what was done.
        subject: pseudonym of whom it is about.
        holder: who holds it, "vault" or the name of a holder.
        place: where; for the vault the name of the record.
        field: its name there.
        item: key of its item.
        matter: the business case that it belongs to, or "".
        ended: when its last ordinary period ended, ISO 8601; "" where that is not known.
        until: of a restricted value: until when a duty by law wants it, ISO 8601; "" where that has no end.
        holds: of a restricted value: references of legal matters, joined by ", ".
    """

    fate: Fate
    subject: Pseudonym
    holder: str
    place: str
    field: str
    item: str
    matter: str = ""
    ended: str = ""
    until: str = ""
    holds: str = ""

    @property
    def spot(self) -> tuple[str, str, str]:
        """Holder, place and field."""
        return self.holder, self.place, self.field


class Before(NamedTuple):
    """What the last whole sweep has seen to already.

    Attributes:
        begun: when it began, or None.
        holders: whom it asked.
    """

    begun: dt.datetime | None
    holders: frozenset[str]


class Judged(NamedTuple):
    """A value, and what is to be done with it.

    Attributes:
        found: the value.
        swept: what to say of it.
        closed: whether its restriction goes into the ledger: every value of its item in its business case is over.
        new: whether it was not restricted before.
    """

    found: Found
    swept: Swept
    closed: bool
    new: bool


# ── Judging ───────────────────────────────────────────────────────────────────────────────────────────────


def judged(desk: Desk, subject: Pseudonym, before: Before, at: dt.datetime) -> tuple[list[Judged], list[Swept]]:
    """Judge every sealed value of a subject; give also the holders that did not answer, as failed."""
    standing = desk.core.access(subject).standing()
    values: list[Judged] = []
    failed: list[Swept] = []
    for name in desk.holders.names:
        try:
            found = desk.holders.found_at(name, subject)
        except HolderFailed:
            failed.append(Swept(Fate.FAILED, subject, name, "", "", ""))
            continue
        values += [_judged(desk, standing, one, before, at) for one in found if one.holding.item]
    return values, failed


def _judged(desk: Desk, standing: Standing, found: Found, before: Before, at: dt.datetime) -> Judged:
    core, subject, holding = desk.core, standing.subject, found.holding
    item = core.policy.item(holding.item)
    label: Label | None = None
    if item is not None:
        try:
            label = label_of(core, item, holding.token, subject)
        except PrivacyError:  # damaged: it says nothing of its periods
            label = None
    if item is None or label is None:
        return Judged(found, Swept(Fate.UNKNOWN, subject, *found.spot, holding.item), closed=False, new=False)
    life = lifetime(core.policy, standing, label, item, at)
    holds = held(standing, item, label)
    fate = Fate.ERASED
    if life.running(at) or (not life.ordinary and life.owed(at)):
        fate = Fate.LEFT
    elif life.owed(at) or holds:
        fate = Fate.RESTRICTED
    (matter,) = label.matters
    ended = life.ended
    swept = Swept(fate, subject, *found.spot, item.key, matter, _told(ended), "", ", ".join(holds))
    if fate is not Fate.RESTRICTED:
        return Judged(found, swept._replace(holds=""), closed=False, new=False)
    if life.owed(at):
        swept = swept._replace(until=_told(life.owed_until))
    closed = bool(matter) and _closed(desk, standing, label, item, at)
    known = (item.key, matter) in standing.restrictions or standing.closed is not None
    fresh = before.begun is None or found.holder not in before.holders or (ended is not None and ended > before.begun)
    return Judged(found, swept, closed=closed and not known, new=fresh or (closed and not known))


def _closed(desk: Desk, standing: Standing, label: Label, item: AnyItem, at: dt.datetime) -> bool:
    """Tell whether even a value of the same item and business case that were collected now would be over.

    Otherwise a restriction in the ledger would stop the use of newer values. The periods themselves refuse the use of
    this one in any case.
    """
    now = at.replace(microsecond=0)
    newest = attrs.evolve(label, collected=(now, now), versions=frozenset({desk.core.policy.version}), ends=None)
    return not lifetime(desk.core.policy, standing, newest, item, at).running(at)


def _told(at: dt.datetime | None) -> str:
    return at.isoformat() if at is not None else ""


# ── Carrying out ──────────────────────────────────────────────────────────────────────────────────────────


def carry_out(
    desk: Desk, case: str, go: Iterable[Swept], stay: Iterable[Swept], at: dt.datetime
) -> dict[str, list[Swept]]:
    """Erase and restrict what a plan names, as far as a second look agrees.

    Returns:
        What failed, and what turned out to be kept because something has changed since the plan was made.
    """
    planned: dict[Pseudonym, list[Swept]] = {}
    for row in (*go, *stay):
        planned.setdefault(row.subject, []).append(row)
    failed: list[Swept] = []
    kept: list[Swept] = []
    change = 0
    for subject, rows in planned.items():
        if desk.core.access(subject).standing().erased:
            continue  # everything went with the key
        values, silent = judged(desk, subject, Before(None, frozenset()), at)
        deaf = {row.holder for row in (*silent, *rows) if row in silent or row.holder not in desk.holders.names}
        failed += [row for row in rows if row.holder in deaf]
        now = {one.swept.spot: one for one in values}
        erase: list[Judged] = []
        restrict: list[Judged] = []
        for row in rows:
            one = now.get(row.spot)
            if one is None or row.holder in deaf:
                continue  # it is gone, which is what erasing is for
            if row.fate is Fate.ERASED is one.swept.fate:
                erase.append(one)
            elif row.fate is Fate.RESTRICTED is one.swept.fate:
                restrict.append(one)
            else:
                kept.append(row)
        change = max(change, _restrict(desk, case, subject, restrict, failed))
        _erase(desk, case, subject, erase, failed)
    if change:
        desk.core.settle(change)
    return {"failed": failed, "kept": kept}


def _restrict(desk: Desk, case: str, subject: Pseudonym, values: Sequence[Judged], failed: list[Swept]) -> int:
    """Isolate values; give the number of the change of the ledger that others have to see."""
    if not values:
        return 0
    desk.record(subject, "sweep-restrict", *{one.swept.item for one in values}, actor=case)
    change = 0
    for item, matter in sorted({(one.swept.item, one.swept.matter) for one in values if one.closed}):
        entry = Entry(EventKind.RESTRICT, subject, items=(item,), matter=matter, method=case)
        try:
            change = max(change, append(desk.core, desk.core.access(subject), entry)[1])
        except SubjectErased:  # another process erases everything meanwhile
            return change
    for holder, there in _by_holder(values):
        try:
            desk.holders.isolate(holder, subject, [one.swept.spot[1:] for one in there])
        except HolderFailed:
            failed.extend(one.swept for one in there)
    return change


def _erase(desk: Desk, case: str, subject: Pseudonym, values: Sequence[Judged], failed: list[Swept]) -> None:
    if not values:
        return
    desk.record(subject, "sweep-erase", *{one.swept.item for one in values}, actor=case)
    for holder, there in _by_holder(values):
        try:
            desk.holders.erase(holder, subject, [one.swept.spot[1:] for one in there], [one.found for one in there])
        except HolderFailed:
            failed.extend(one.swept for one in there)


def _by_holder(values: Sequence[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    for holder in dict.fromkeys(one.swept.holder for one in values):
        yield holder, [one for one in values if one.swept.holder == holder]
