"""The impact assessment and the records of processing, from the declared policy and what is on record (PROT-5)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from enum import Enum
from typing import Final, final

import attrs

from obq_privacy.audit import Head
from obq_privacy.errors import ArgumentInvalid, AuditBroken
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import check_kind
from obq_privacy.rights import _rendering
from obq_privacy.rights._risks import Limits, Risk, risks
from obq_privacy.rights._ropa import processing
from obq_privacy.rights._steps import Json
from obq_privacy.rights._volumes import counted

FORMAT: Final = "obq-privacy/assessment/1"
_USUAL: Final = Limits()


class AssessmentKind(Enum):
    """What a document is for."""

    IMPACT = "impact-assessment"
    RECORDS = "records-of-processing"

    @property
    def title(self) -> str:
        """Its heading."""
        return "Impact assessment" if self is AssessmentKind.IMPACT else "Records of processing"


@final
@attrs.frozen(kw_only=True)
class Assessment:
    """A document in three forms that say the same; numbers and keys only, no values and no pseudonyms.

    docs/formats/assessment.md describes it.

    Attributes:
        kind: what it is for.
        made: when it was made.
        head: the end of the audit log as of which it holds.
        risks: what should be looked at, the most urgent first; none in records of processing.
        form: the content.
    """

    kind: AssessmentKind
    made: dt.datetime
    head: Head
    risks: tuple[Risk, ...]
    form: Mapping[str, Json] = attrs.field(repr=False)

    def json(self) -> str:
        """Give it as JSON."""
        return json.dumps(self.form, ensure_ascii=False, indent=2) + "\n"

    def markdown(self) -> str:
        """Give it as Markdown."""
        return _rendering.markdown(_page(self))

    def html(self) -> str:
        """Give it as one HTML file that is readable without scripts, styles or a network."""
        return _rendering.html(_page(self))


def impact_assessment(
    guard: Guard,
    /,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    soon: dt.timedelta = _USUAL.soon,
    refusals: int = _USUAL.refusals,
) -> Assessment:
    """Draw up the impact assessment of a policy: open risks first, then what is processed, how much, and why.

    The same policy, record, docket and time give the same document. Numbers of people are exact: where few people
    stand behind one, leave it out of what is published.

    Args:
        guard: the guard; the policy in force is assessed.
        since: from when on processing counts (aware); None for the beginning.
        until: the first instant that does not count (aware); None for now.
        soon: how long before its last day an agreement or security check is about to end.
        refusals: from how many on refusals of an additional purpose are many, if they are at least half of its uses.

    Raises:
        ArgumentInvalid: an argument cannot be meant.
    """
    return _made(guard, AssessmentKind.IMPACT, since, until, Limits(soon, refusals))


def processing_records(
    guard: Guard, /, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> Assessment:
    """Draw up the records of processing: who processes what for which purposes, on which basis, for how long and whom.

    Args:
        guard: the guard; the policy in force is described.
        since: from when on processing counts (aware); None for the beginning.
        until: the first instant that does not count (aware); None for now.

    Raises:
        ArgumentInvalid: an argument cannot be meant.
    """
    return _made(guard, AssessmentKind.RECORDS, since, until, _USUAL)


def _made(
    guard: Guard, kind: AssessmentKind, since: dt.datetime | None, until: dt.datetime | None, limits: Limits
) -> Assessment:
    check_kind("guard", guard, Guard)
    check_kind("soon", limits.soon, dt.timedelta)
    check_kind("refusals", limits.refusals, int)
    if limits.soon < dt.timedelta(0) or limits.refusals < 1:
        raise ArgumentInvalid(argument="soon, refusals", problem="they are not negative, and refusals not zero")
    now = guard._core.clock.now()
    broken = ""
    try:
        head = guard.audit.verify()
    except AuditBroken as error:
        broken, head = error.place, guard.audit.head()
    found = counted(guard, head, since=since, until=until)
    open_risks = risks(guard, found, now, limits, broken=broken) if kind is AssessmentKind.IMPACT else ()
    policy, contact = guard.policy, guard.policy.contact
    form: dict[str, Json] = {
        "format": FORMAT,
        "kind": kind.value,
        "made": now.isoformat(),
        "controller": policy.controller,
        "contact": contact._asdict() if contact is not None else None,
        "policy": policy.version,
        "home_region": policy.home_region,
        "period": {
            "since": since.astimezone(dt.UTC).isoformat() if since is not None else "",
            "until": (until or now).astimezone(dt.UTC).isoformat(),
        },
        "record": {"head": str(head), "whole": not broken},
        "volumes": {
            "permits": found.all.permits.total(),
            "refusals": found.all.refused,
            "gaps": found.all.gaps,
            "subjects": len(found.all.subjects),
        },
    }
    if kind is AssessmentKind.IMPACT:
        form["risks"] = [
            {"level": one.level.value, "code": one.code, "about": one.about, "says": one.says} for one in open_risks
        ]
    form.update(processing(policy, found, now))
    return Assessment(kind=kind, made=now, head=head, risks=open_risks, form=form)


_SECTIONS: Final = {
    "risks": ("Open risks", "No open risks were found."),
    "purposes": ("Purposes", "There are no purposes."),
    "items": ("Items", "There are no items."),
    "recipients": ("Recipients", "Nobody gets data."),
    "sources": ("Sources", "Data comes from its subjects alone."),
    "exemptions": ("Legal bases that may be invoked", "None may be invoked."),
    "undeclared": ("Recorded for purposes that this version does not declare", "Nothing."),
    "safeguards": ("Safeguards", "None."),
}


def _page(made: Assessment) -> _rendering.Page:
    facts = {name: value for name, value in made.form.items() if name not in _SECTIONS}
    sections: list[_rendering.Section] = []
    for name, value in made.form.items():
        if name in _SECTIONS and isinstance(value, list | tuple):
            title, empty = _SECTIONS[name]
            sections.append(_rendering.Section(title, value, empty))
    return _rendering.Page(f"{made.kind.title}: {made.form['controller']}", facts, sections)
