"""What subjects, the public and the authority are told of an incident: drafts with every part that is due, no values.

The parts are those of section 4(6) of the source and of article 57 of the PIPL: what kinds of information, why, what
harm it may do, what was done about it, what people can do themselves, which remedies there are, and whom to turn to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.errors import IncidentIncomplete
from obq_privacy.vocab import Pseudonym, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from obq_privacy.policy import Policy
    from obq_privacy.rights._affected import AffectedSubject
    from obq_privacy.rights._incident_case import Incident

PARTS: Final = ("happened", "cause", "impact", "measures", "protection", "remedies")
"""What the controller has to say in its own words; none of it may quote a value."""

CONTACT: Final = "contact"

_HEADINGS: Final[Mapping[str, str]] = {
    "happened": "What happened",
    "cause": "Why it happened",
    "impact": "What it may mean for you",
    "measures": "What we have done and will do",
    "protection": "What you can do to protect yourself",
    "remedies": "Which remedies you have",
}
_TO_AUTHORITY: Final[Mapping[str, str]] = {
    **_HEADINGS,
    "impact": "Possible impact on the people concerned",
    "measures": "Measures taken and to be taken",
    "protection": "What the people concerned are advised to do",
    "remedies": "Remedies of the people concerned",
}


class IncidentNotice(NamedTuple):
    """What one subject is told.

    Attributes:
        subject: pseudonym of whom to tell; the application knows who that is.
        items: keys of the items concerned.
        text: the draft, without any value.
        digest: of the list of who is affected that it was drafted from; another assessment may find another.
    """

    subject: Pseudonym
    items: tuple[str, ...]
    text: str
    digest: str


def missing(policy: Policy, said: Mapping[str, str]) -> tuple[str, ...]:
    """Give the parts that are missing."""
    parts = [part for part in PARTS if not said.get(part)]
    return (*parts, CONTACT) if policy.contact is None else tuple(parts)


def check_parts(policy: Policy, incident: Incident) -> None:
    """Check that every part is there.

    Raises:
        IncidentIncomplete: some are not.
    """
    lacking = missing(policy, incident.parts)
    if lacking:
        raise IncidentIncomplete(case=incident.case, parts=lacking)


def notice(policy: Policy, incident: Incident, one: AffectedSubject, digest: str) -> IncidentNotice:
    """Draft what one subject is told."""
    check_parts(policy, incident)
    lines = [
        "Notice of an incident with your personal information",
        _reference(policy, incident),
        *_kinds(policy, incident, one.items, "Your information that is concerned"),
        *_parts(incident, _HEADINGS),
        *_contact(policy, "You"),
    ]
    return IncidentNotice(one.subject, one.items, _text(lines), digest)


def announcement(policy: Policy, incident: Incident, items: Iterable[str], because: str) -> str:
    """Draft what the public is told where it is hard to tell everybody one by one."""
    check_parts(policy, incident)
    lines = [
        "Announcement of an incident with personal information",
        _reference(policy, incident),
        f"Why this is announced\n{because}",
        *_kinds(policy, incident, items, "Information that is concerned"),
        *_parts(incident, _HEADINGS),
        *_contact(policy, "Whoever is concerned"),
    ]
    return _text(lines)


def report(policy: Policy, incident: Incident) -> str:
    """Draft what the authority is told."""
    check_parts(policy, incident)
    found = incident.assessed
    assert found is not None  # noqa: S101  its caller has seen to it
    scope = incident.scope
    reach = {
        "keys": scope.keys,
        "items": scope.items,
        "recipients": scope.recipients,
        "actors": scope.actors,
        "purposes": scope.purposes,
        "from": (scope.since.isoformat(),) if scope.since is not None else (),
        "until": ((scope.until or found.at).isoformat(),),
    }
    told = f"{incident.notified.isoformat()}" if incident.notified is not None else "not yet"
    how = f"by announcement: {incident.announced}" if incident.announced else "one by one"
    record = "checked as a whole" if found.verified else "not checked"
    lines = [
        "Report of an incident with personal information",
        _reference(policy, incident),
        f"Recorded: {incident.recorded.isoformat()}\nAssessed: {found.at.isoformat()}",
        "Scope\n" + "\n".join(f"- {name}: {', '.join(texts)}" for name, texts in reach.items() if texts),
        (
            f"People concerned: {found.subjects}\nEntries of the record: {found.records}\n"
            f"Refused attempts in the scope: {found.attempts}\n"
            f"Recipients: {', '.join(_titles(policy, found.recipients)) or 'none'}"
        ),
        *_kinds(policy, incident, found.items, "Information that is concerned"),
        *_parts(incident, _TO_AUTHORITY),
        f"The people concerned are told {how}\nDone: {told}",
        f"As of entry {found.head} of the audit log, {record}; digest of the list of subjects: {found.digest}",
        *_contact(policy, "The people concerned"),
    ]
    return _text(lines)


def _reference(policy: Policy, incident: Incident) -> str:
    return f"{policy.controller}\nReference: {incident.case}"


def _kinds(policy: Policy, incident: Incident, items: Iterable[str], heading: str) -> list[str]:
    lines = [f"{heading} ({incident.kind.says})"]
    for key in sorted(items):
        item = policy.item(key)
        sensitive = " (sensitive)" if item is not None and item.sensitivity is Sensitivity.SENSITIVE else ""
        lines.append(f"- {item.title if item is not None else key}{sensitive}")
    return ["\n".join(lines if len(lines) > 1 else [*lines, "- none"])]


def _titles(policy: Policy, recipients: Iterable[str]) -> list[str]:
    found = ((key, policy.recipient(key)) for key in recipients)
    return [recipient.title if recipient is not None else key for key, recipient in found]


def _parts(incident: Incident, headings: Mapping[str, str]) -> list[str]:
    return [f"{headings[part]}\n{incident.parts[part]}" for part in PARTS]


def _contact(policy: Policy, who: str) -> list[str]:
    contact = policy.contact
    assert contact is not None  # noqa: S101  check_parts has seen it
    where = f"\n{contact.url}" if contact.url else ""
    said = (
        f"Whom to turn to\n{contact.department}, {contact.address}{where}\n"
        f"Questions are answered within {policy.answer_within.days} days.\n"
        f"{who} can bring the matter before {contact.court}."
    )
    return [said]


def _text(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"
