"""What a policy document says of others: recipients, sources, invoked bases, and whom to turn to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.policy._clauses import Contact
from obq_privacy.policy._forms import BASES, OPERATIONS, RECIPIENTS, ROLES

if TYPE_CHECKING:
    from obq_privacy.policy._forms import Checked, Contract, Exempt, Origin, Party
    from obq_privacy.policy._part import Part
    from obq_privacy.policy._plain import Plain


def party_in(part: Part, read: Plain) -> Party:
    """Take it as a recipient, for purposes and of items that the document declares."""
    parts = part.fields(
        *("key", "title", "clause", "purposes", "kind", "role", "region", "items", "agreement", "follows_policy"),
        *("sdk", "check", "public_key"),
    )
    if not parts["purposes"].elements():
        raise parts["purposes"].error("it is empty")
    return {
        "key": parts["key"].key(),
        "title": parts["title"].text(),
        "clause": parts["clause"].text_or_null(),
        "purposes": read.known(parts["purposes"], read.words),
        "kind": parts["kind"].one_of(RECIPIENTS).value,
        "role": parts["role"].one_of(ROLES).value,
        "region": parts["region"].text(),
        "items": read.known(parts["items"], read.entries),
        "agreement": _contract(parts["agreement"]),
        "follows_policy": parts["follows_policy"].flag(),
        "sdk": parts["sdk"].flag(),
        "check": _check(parts["check"]),
        "public_key": parts["public_key"].data_or_null(),
    }


def origin_in(part: Part) -> Origin:
    """Take it as a source."""
    parts = part.fields("key", "title", "clause", "region", "undertaking")
    return {
        "key": parts["key"].key(),
        "title": parts["title"].text(),
        "clause": parts["clause"].text_or_null(),
        "region": parts["region"].text(),
        "undertaking": _contract(parts["undertaking"]),
    }


def _contract(part: Part) -> Contract | None:
    if part.value is None:
        return None
    parts = part.fields("reference", "since", "until")
    return {
        "reference": parts["reference"].text(),
        "since": parts["since"].day().isoformat(),
        "until": parts["until"].day().isoformat(),
    }


def _check(part: Part) -> Checked | None:
    if part.value is None:
        return None
    parts = part.fields("on", "until")
    return {"on": parts["on"].day().isoformat(), "until": parts["until"].day().isoformat()}


def exempt_in(part: Part) -> dict[str, Exempt]:
    """Take it as an array of legal bases that may be invoked; give them by name."""
    found: dict[str, Exempt] = {}
    for row in part.elements():
        parts = row.fields("basis", "operations", "deidentified", "clause")
        basis = parts["basis"].one_of(BASES).value
        if basis in found:
            raise row.error("its basis stands in the array twice")
        found[basis] = {
            "basis": basis,
            "operations": parts["operations"].words(OPERATIONS),
            "deidentified": parts["deidentified"].flag(),
            "clause": parts["clause"].text(),
        }
    return found


def contact_in(part: Part) -> Contact | None:
    """Take it as whom to turn to, or null."""
    if part.value is None:
        return None
    parts = part.fields("department", "address", "court", "url")
    return Contact(
        parts["department"].text(empty=True),
        parts["address"].text(empty=True),
        parts["court"].text(empty=True),
        parts["url"].text(empty=True),
    )
