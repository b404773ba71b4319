"""Corrections: a value in the vault is replaced, who asked is kept, and who got the old one is told (RIGHT-2)."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from typing import TYPE_CHECKING, Final, final

import attrs

from obq_privacy.errors import CaseUnknown, CorrectionInvalid, KeyReused, ValueInvalid
from obq_privacy.guard._for_rights import label_of, replaced
from obq_privacy.guard._vault import place_of
from obq_privacy.rights._grounds import RequestKind
from obq_privacy.rights._holders import VAULT, Case
from obq_privacy.rights._recipients import RecipientNotice, Went, check_recipient, notices, went
from obq_privacy.rights._requests import check_working
from obq_privacy.rights._steps import Json, Step, named, said, steps
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.guard._pass import Box
    from obq_privacy.rights._holders import Desk
    from obq_privacy.vocab import AnyItem

KIND: Final = "correction"


@final
@attrs.frozen(kw_only=True)
class Correction:
    """A value that was corrected; neither the old nor the new one is in it.

    Attributes:
        case: its name in the docket.
        subject: pseudonym of whom it is about.
        record: name of the record.
        field: name of the field.
        item: key of the item.
        by: who did it.
        request: name of the request that it answers, or "".
        ordered: when it was begun.
        corrected: when the value was replaced; None where that was cut short: correct it again, with the same key.
        notices: who got the old value and is to be told.
    """

    case: str
    subject: Pseudonym
    record: str
    field: str
    item: str
    by: str
    request: str
    ordered: dt.datetime
    corrected: dt.datetime | None
    notices: tuple[RecipientNotice, ...]

    @property
    def outstanding(self) -> tuple[RecipientNotice, ...]:
        """Who has not confirmed yet."""
        return tuple(notice for notice in self.notices if notice.acknowledged is None)


class Wanted:
    """What a correction is about."""

    __slots__ = ("by", "field", "key", "record", "request")

    def __init__(self, record: str, field: str, *, by: str, request: str, key: str) -> None:
        self.record = said("record", record)
        self.field = said("field", field)
        self.by = said("by", by)
        self.request = said("request", request, needed=False)
        self.key = said("key", key, needed=False)

    def facts(self, item: AnyItem) -> dict[str, Json]:
        """Spell it for the docket, without what may differ when it is repeated."""
        return {
            "holder": VAULT,
            "record": self.record,
            "field": self.field,
            "item": item.key,
            "by": self.by,
            "request": self.request,
            "key": self.key,
        }

    def error(self, problem: str) -> CorrectionInvalid:
        """Give the error that says it of this correction."""
        return CorrectionInvalid(record=self.record, field=self.field, problem=problem)


def correct(desk: Desk, wanted: Wanted, box: Box) -> Correction:
    """Replace a value.

    Raises:
        CorrectionInvalid: there is no such value, or another process changed it at the same moment.
        ValueInvalid: the new value does not fit the item.
        KeyReused: the key stands for another correction.
        KeyErased: the subject was erased.
    """
    core = desk.core
    core.refresh()
    row = next((row for row in core.store.load(wanted.record) if row.field == wanted.field), None)
    item = core.policy.item(row.item) if row is not None else None
    if row is None or item is None:
        raise wanted.error("the vault has no such value of an item that the policy declares")
    if wanted.request:
        check_working(core, wanted.request, RequestKind.CORRECT, row.subject)
    problem = item.check(box.value)
    if problem is not None:
        raise ValueInvalid(item=item.key, problem=problem)
    case = named(KIND, row.subject, wanted.key)
    there = steps(core.store.entries(case))
    facts = wanted.facts(item)
    if there and any(there[0].text(name) != fact for name, fact in facts.items()):
        raise KeyReused(case=case, step="order")
    if any(step.name == "done" for step in there):
        return correction_of(desk, case)
    place = place_of(wanted.record, wanted.field)
    anew = replaced(core, row.subject, row.token, item=item, place=place, content=box)
    desk.record(row.subject, "correct", item.key, actor=wanted.by)
    since = label_of(core, item, row.token, row.subject).collected[0]
    order: dict[str, Json] = {**facts, "since": since.isoformat(), "became": _digest(anew)}
    desk.enter(Case(case, KIND, row.subject), "order", order, open_after=True)
    if not core.store.amend(wanted.record, wanted.field, row.token, anew, core.clock.now()):
        raise wanted.error("it was changed at the same moment")
    return _entered(desk, correction_of(desk, case), "done", {})


def _digest(token: bytes) -> str:
    return sha256(token).hexdigest()


def settle(desk: Desk, case: str) -> None:
    """Write down that a correction was done that was cut short right after the value had been replaced.

    Where it was not replaced, only whoever has the new value can go on: nothing but the vault ever holds one.
    """
    there = correction_of(desk, case)
    if there.corrected is None:
        became = {step.text("became") for step in steps(desk.core.store.entries(case)) if step.name == "order"}
        rows = desk.core.store.load(there.record)
        if any(row.field == there.field and _digest(row.token) in became for row in rows):
            _entered(desk, there, "done", {})


def correction_of(desk: Desk, case: str) -> Correction:
    """Fold the steps of a correction.

    Raises:
        CaseUnknown: there is none of that name.
    """
    store = desk.core.store
    row = store.case(said("case", case))
    if row is None or row.kind != KIND or not row.subject:
        raise CaseUnknown(case=case)
    return _folded(case, row.subject, steps(store.entries(case)), went(desk.guard, row.subject), desk.core.clock.now())


def _folded(case: str, subject: Pseudonym, taken: Sequence[Step], left: Iterable[Went], now: dt.datetime) -> Correction:
    first = taken[0]
    done = next((step.at for step in taken if step.name == "done"), None)
    told = notices(
        left,
        taken,
        items={first.text("item")},
        since=dt.datetime.fromisoformat(first.text("since")),
        until=done or now,
    )
    return Correction(
        case=case,
        subject=subject,
        record=first.text("record"),
        field=first.text("field"),
        item=first.text("item"),
        by=first.text("by"),
        request=first.text("request"),
        ordered=first.at,
        corrected=done,
        notices=told,
    )


def acknowledge(desk: Desk, case: str, recipient: str, reference: str) -> Correction:
    """Write down that a recipient has corrected the value, too.

    Raises:
        ArgumentInvalid: it did not get the value.
    """
    there = correction_of(desk, case)
    check_recipient(there.notices, recipient)
    facts: dict[str, Json] = {"recipient": recipient, "reference": said("reference", reference)}
    return _entered(desk, there, "acknowledge", facts)


def _entered(desk: Desk, there: Correction, name: str, facts: dict[str, Json]) -> Correction:
    """Add a step after which a correction may be over, and give it."""
    left = went(desk.guard, there.subject)

    def still(taken: Sequence[Step]) -> bool:
        after = _folded(there.case, there.subject, taken, left, desk.core.clock.now())
        return after.corrected is None or bool(after.outstanding)

    desk.enter(Case(there.case, KIND, there.subject), name, facts, open_after=still)
    return correction_of(desk, there.case)
