"""Deletions as the docket has them: what was ordered, what goes and what stays, and what shows it (RIGHT-3)."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, final

import attrs

from obq_privacy.errors import CaseUnknown
from obq_privacy.rights._grounds import DeletionGround
from obq_privacy.rights._recipients import RecipientNotice, Went, notices, went
from obq_privacy.rights._steps import Step, said, steps
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.rights._holders import Desk

KIND: Final = "deletion"


class DeletionState(Enum):
    """Where a deletion stands."""

    ORDERED = "ordered"
    ISOLATED = "isolated"
    COMPLETE = "complete"


class Stays(NamedTuple):
    """A value that cannot go yet, and is isolated.

    Attributes:
        holder: who holds it.
        place: where.
        field: its name there.
        item: key of its item, "" for a plain field of a record of which something stays.
        matter: the business case that it belongs to, or "".
        until: until when the law wants it kept, ISO 8601; "" where that is not known yet.
        holds: references of legal matters, joined by ", ".
    """

    holder: str
    place: str
    field: str
    item: str
    matter: str
    until: str
    holds: str

    @property
    def spot(self) -> tuple[str, str, str]:
        """Holder, place and field."""
        return self.holder, self.place, self.field


class Evidence(NamedTuple):
    """That a holder has deleted something.

    Attributes:
        holder: who.
        values: how many values it was asked to delete.
        shows: what it says.
        at: when.
    """

    holder: str
    values: int
    shows: str
    at: dt.datetime


@final
@attrs.frozen(kw_only=True)
class Deletion:
    """A deletion and what shows it; no values are in it.

    Attributes:
        case: its name in the docket.
        subject: pseudonym of whom it is about.
        ground: on which ground.
        account: whether the account was cancelled with it.
        targets: what was named, as (place, field), "" for every field; empty for everything about the subject.
        request: name of the request that it answers, or "".
        by: who ordered it.
        ordered: when.
        state: ordered (not finished: resume it), isolated (something stays), or complete.
        evidence: what each holder says, the oldest first.
        stays: what cannot go yet.
        destroyed: when the subject's key was destroyed, or None.
        notices: who got values, and is to be told to delete them.
    """

    case: str
    subject: Pseudonym
    ground: DeletionGround
    account: bool
    targets: tuple[tuple[str, str], ...]
    request: str
    by: str
    ordered: dt.datetime
    state: DeletionState
    evidence: tuple[Evidence, ...]
    stays: tuple[Stays, ...]
    destroyed: dt.datetime | None
    notices: tuple[RecipientNotice, ...]

    @property
    def outstanding(self) -> tuple[RecipientNotice, ...]:
        """Who has not confirmed yet."""
        return tuple(notice for notice in self.notices if notice.acknowledged is None)

    @property
    def whole(self) -> bool:
        """Whether it is about everything."""
        return not self.targets


class Plan(NamedTuple):
    """What goes and what stays, and since when the values are there that are concerned."""

    go: tuple[tuple[str, str, str, str], ...]
    stay: tuple[Stays, ...]
    since: str

    @classmethod
    def of(cls, step: Step) -> Plan:
        """Read it from a step."""
        go = tuple((row[0], row[1], row[2], row[3]) for row in step.rows("go"))
        stay = tuple(Stays(*row) for row in step.rows("stay"))
        return cls(go, stay, step.text("since"))


def deletion_of(desk: Desk, case: str) -> Deletion:
    """Fold the steps of a deletion.

    Raises:
        CaseUnknown: there is none of that name.
    """
    store = desk.core.store
    row = store.case(said("case", case))
    if row is None or row.kind != KIND or not row.subject:
        raise CaseUnknown(case=case)
    left = went(desk.guard, row.subject)
    return folded(case, row.subject, steps(store.entries(case)), left, desk.core.clock.now())


def folded(case: str, subject: Pseudonym, taken: Sequence[Step], left: Iterable[Went], now: dt.datetime) -> Deletion:
    """Fold steps, with what has left; it asks no store."""
    first = taken[0]
    plans = [(step.at, Plan.of(step)) for step in taken if step.name == "plan"]
    stays = plans[-1][1].stay if plans else ()
    finished = [step.name for step in taken if step.name in {"plan", "done"}][-1:] == ["done"]
    targets = tuple((target[0], target[1]) for target in first.rows("targets"))
    return Deletion(
        case=case,
        subject=subject,
        ground=DeletionGround(first.text("ground")),
        account=bool(first.facts.get("account")),
        targets=targets,
        request=first.text("request"),
        by=first.text("by"),
        ordered=first.at,
        state=(DeletionState.ISOLATED if stays else DeletionState.COMPLETE) if finished else DeletionState.ORDERED,
        evidence=tuple(
            Evidence(step.text("holder"), step.number("values"), step.text("shows"), step.at)
            for step in taken
            if step.name in {"erased", "destroyed"}
        ),
        stays=stays,
        destroyed=next((step.at for step in taken if step.name == "destroyed"), None),
        notices=_told(left, taken, plans, now, whole=not targets),
    )


def _told(
    left: Iterable[Went],
    taken: Sequence[Step],
    plans: Sequence[tuple[dt.datetime, Plan]],
    now: dt.datetime,
    *,
    whole: bool,
) -> tuple[RecipientNotice, ...]:
    """Give whom to tell: whoever got something until nobody could any more.

    Everything about a subject is isolated before the first plan; a part is gone or isolated when it is done first.
    """
    ends = [at for at, _ in plans] if whole else [step.at for step in taken if step.name == "done"]
    since = plans[0][1].since if plans else ""
    items = {row[3] for _, plan in plans for row in plan.go} | {stay.item for _, plan in plans for stay in plan.stay}
    return notices(
        left,
        taken,
        items=None if whole else items,
        since=None if whole or not since else dt.datetime.fromisoformat(since),
        until=min(ends, default=now),
    )
