"""An incident as the docket has it: what happened, what it reached, and how far it has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, final

import attrs

from obq_privacy.audit import Head
from obq_privacy.rights._affected import IncidentScope
from obq_privacy.rights._notices import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.rights._steps import Step


class IncidentKind(Enum):
    """What happened, or may have happened, to the data."""

    LEAK = "leak"
    TAMPERING = "tampering"
    LOSS = "loss"

    @property
    def says(self) -> str:
        """What that means for the data."""
        return _MEANS[self]


_MEANS: Final = {
    IncidentKind.LEAK: "leaked, or may have leaked",
    IncidentKind.TAMPERING: "altered, or may have been altered",
    IncidentKind.LOSS: "lost, or may have been lost",
}


class IncidentState(Enum):
    """Where an incident stands: what was done last. Subjects and authority are told in either order."""

    RECORDED = "recorded"
    ASSESSED = "assessed"
    NOTIFIED = "notified"
    REPORTED = "reported"
    CLOSED = "closed"


class IncidentExtent(NamedTuple):
    """What the record says of an incident.

    Attributes:
        at: when it was worked out.
        head: the end of the audit log as of which it holds.
        verified: whether the whole log was checked.
        subjects: how many subjects are affected.
        items: keys of the items, of all of them together.
        recipients: keys of the recipients.
        records: how many entries say so.
        attempts: how many refusals there were in the scope.
        digest: SHA-256 over pseudonyms and items, in hexadecimal: the same list has the same one.
    """

    at: dt.datetime
    head: Head
    verified: bool
    subjects: int
    items: tuple[str, ...]
    recipients: tuple[str, ...]
    records: int
    attempts: int
    digest: str


@final
@attrs.frozen(kw_only=True)
class Incident:
    """An incident as the docket has it; no values.

    Attributes:
        case: its name.
        kind: what happened to the data.
        scope: what it reached.
        by: who recorded it.
        recorded: when.
        state: what was done last.
        parts: what was said of it so far, by part.
        assessed: what the record says, or None.
        notified: when all affected subjects had been told, as of the last assessment, or None.
        announced: why they were told by announcement, or "".
        reported: when the authority had been told, as of the last assessment, or None.
        closed: when it was closed, or None.
    """

    case: str
    kind: IncidentKind
    scope: IncidentScope
    by: str
    recorded: dt.datetime
    state: IncidentState
    parts: Mapping[str, str]
    assessed: IncidentExtent | None
    notified: dt.datetime | None
    announced: str
    reported: dt.datetime | None
    closed: dt.datetime | None


def folded(case: str, taken: Sequence[Step]) -> Incident:
    first = taken[0]
    parts: dict[str, str] = {}
    latest = first
    found: IncidentExtent | None = None
    state = IncidentState.RECORDED
    done: dict[str, Step] = {}
    for step in taken[1:]:
        if step.name == "describe":
            parts.update({part: step.text(part) for part in PARTS if step.text(part)})
            continue
        if step.name == "assess":
            latest, found, done = step, _read(step), {}
        done[step.name] = step
        state = _STATES[step.name]
    notified, reported, closed = (done.get(name) for name in ("notified", "reported", "close"))
    return Incident(
        case=case,
        kind=IncidentKind(first.text("kind")),
        scope=IncidentScope.of(latest),
        by=first.text("by"),
        recorded=first.at,
        state=state,
        parts=parts,
        assessed=found,
        notified=notified.at if notified is not None else None,
        announced=notified.text("because") if notified is not None else "",
        reported=reported.at if reported is not None else None,
        closed=closed.at if closed is not None else None,
    )


_STATES: Final = {
    "assess": IncidentState.ASSESSED,
    "notified": IncidentState.NOTIFIED,
    "reported": IncidentState.REPORTED,
    "close": IncidentState.CLOSED,
}


def _read(step: Step) -> IncidentExtent:
    return IncidentExtent(
        at=step.at,
        head=Head.parse(step.text("head")),
        verified=bool(step.facts.get("verified")),
        subjects=step.number("subjects"),
        items=step.texts("found"),
        recipients=step.texts("to"),
        records=step.number("records"),
        attempts=step.number("attempts"),
        digest=step.text("digest"),
    )
