"""Everything that is held about a subject, in a form that can be taken elsewhere (RIGHT-1). docs/formats/export.md."""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Final, final

from obq_privacy.errors import JournalUnavailable, PrivacyError, ValueInvalid
from obq_privacy.guard._for_rights import label_of, opened
from obq_privacy.guard._pass import Box
from obq_privacy.rights._answer import request_of
from obq_privacy.rights._decisions import decisions_of
from obq_privacy.rights._grounds import RequestKind
from obq_privacy.rights._kept import Kept, kept
from obq_privacy.rights._recipients import Went, went
from obq_privacy.rights._requests import KIND as REQUEST
from obq_privacy.rights._requests import check_working
from obq_privacy.rights._steps import said, steps
from obq_privacy.vocab import Sensitivity
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from obq_privacy.consent import Consent, Standing
    from obq_privacy.guard import Subject
    from obq_privacy.rights._holders import Desk, Found
    from obq_privacy.rights._steps import Json
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, PurposeSet

FORMAT: Final = "obq-privacy/export/1"
_EXACT = 2**53
"""Whole numbers up to this one mean the same to every reader of JSON."""


@final
class Export(Shut):
    """What is held about a subject, in plain: hand it to the subject and to nobody else.

    Attributes:
        subject: the pseudonym.
        values: how many values are in it.
        digest: SHA-256 of its bytes, in hexadecimal, to stand in evidence.
    """

    __slots__ = ("_box", "digest", "subject", "values")

    def __init__(self, form: Mapping[str, Json]) -> None:
        text = json.dumps(form, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
        values = form["values"]
        self._box = Box(text)
        self.subject = str(form["subject"])
        self.values = len(values) if isinstance(values, list) else 0
        self.digest = sha256(text.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"Export({self.subject}, {self.values} values)"

    @property
    def text(self) -> str:
        """The document, as JSON."""
        text: str = self._box.value
        return text


def export(desk: Desk, subject: Subject, *, request: str, by: str) -> Export:
    """Gather everything; each value is recorded before it is opened.

    Raises:
        IdentityUnverified: it answers a request, and nobody has verified who asks.
        HolderFailed: a holder does not answer.
        JournalUnavailable: a record cannot be written; nothing was handed out.
    """
    core = desk.core
    by, request = said("by", by), said("request", request, needed=False)
    core.refresh()
    if request:
        check_working(core, request, RequestKind.EXPORT, subject.pseudonym)
    standing = subject.standing
    by_item: dict[str, list[Went]] = defaultdict(list)
    for one in went(desk.guard, subject.pseudonym):
        by_item[one.item].append(one)
    desk.record(subject.pseudonym, "export", actor=by)
    found = desk.holders.found(subject.pseudonym)
    now = core.clock.now()
    contact = core.policy.contact
    return Export(
        {
            "format": FORMAT,
            "made": now.isoformat(),
            "controller": core.policy.controller,
            "policy": core.policy.version,
            "contact": None if contact is None else dict(contact._asdict()),
            "subject": subject.pseudonym,
            "person": _person(desk, subject, standing),
            "values": [_Value(desk, subject, standing, one).form(by_item, by) for one in found],
            "consents": [_consent(consent) for consent in standing.consents],
            "history": [json.loads(event.dumps()) for event in core.store.events(subject.pseudonym)],
            "requests": _requests(desk, subject),
            "decisions": _decisions(desk, subject),
        }
    )


def _person(desk: Desk, subject: Subject, standing: Standing) -> dict[str, Json]:
    """Give what is known about the person apart from collected values."""
    guardians = desk.core.access(subject.pseudonym).profile.guardians
    return {
        "born": None if standing.born is None else standing.born.isoformat(),
        "guardians": sorted(guardians),
        "closed": _time(standing.closed),
        "erased": standing.erased,
    }


class _Value:
    """One value on its way out."""

    __slots__ = ("_desk", "_found", "_item", "_standing", "_subject")

    def __init__(self, desk: Desk, subject: Subject, standing: Standing, found: Found) -> None:
        self._desk = desk
        self._subject = subject
        self._standing = standing
        self._found = found
        self._item = desk.core.policy.item(found.holding.item) if found.holding.item else None

    def form(self, left: Mapping[str, Sequence[Went]], by: str) -> dict[str, Json]:
        """Give everything about it."""
        holder, holding = self._found
        place: dict[str, Json] = {"holder": holder, "place": holding.place, "field": holding.field}
        if self._item is None:
            # A plain field of a record, or a value of an item that the policy does not declare any more.
            item: Json = {"key": holding.item} if holding.item else None
            return {**place, "item": item, "label": None, **self._content(by)}
        try:
            label = label_of(self._desk.core, self._item, holding.token, self._subject.pseudonym)
        except PrivacyError:
            return {**place, "item": _item(self._item), "label": None, "encoding": "none", "value": None}
        now = self._desk.core.clock.now()
        stays = kept(self._desk.core.policy, self._standing, label, self._item, now)
        since = label.collected[0]
        return {
            **place,
            "item": _item(self._item),
            "label": _label(label, stays),
            "recipients": [_went(one) for one in left.get(self._item.key, ()) if one.at >= since],
            **self._content(by),
        }

    def _content(self, by: str) -> dict[str, Json]:
        """Record, and only then open."""
        holding = self._found.holding
        core, subject = self._desk.core, self._subject.pseudonym
        where = {"item": holding.item, "place": holding.record}
        try:
            box = opened(core, subject, holding.token, **where, operation="export", actor=by)
        except JournalUnavailable:
            raise
        except PrivacyError:  # erased meanwhile, or damaged: it is said, and the rest goes out
            return {"encoding": "none", "value": None}
        if not holding.item:
            return self._plain(box)
        return _bytes(box) if self._item is None else self._spelled(self._item, box)

    @staticmethod
    def _plain(box: Box) -> dict[str, Json]:
        """Give the bytes of a plain field, which begin with the name of their type."""
        return _bytes(Box(box.value.partition(b"\0")[2]))

    @staticmethod
    def _spelled(item: AnyItem, box: Box) -> dict[str, Json]:
        """Give a value as JSON where it means the same there, or its bytes."""
        try:
            value = Box(item.decode(box.value))
        except ValueInvalid:
            return {"encoding": "none", "value": None}
        plain = value.value
        exact = isinstance(plain, str | bool)
        exact |= isinstance(plain, int) and -_EXACT <= plain <= _EXACT
        exact |= isinstance(plain, float) and math.isfinite(plain)
        if exact and type(plain) in {str, bool, int, float}:
            return {"encoding": "json", "value": plain}
        return _bytes(box)


def _bytes(box: Box) -> dict[str, Json]:
    try:
        return {"encoding": "text", "value": box.value.decode("utf-8")}
    except UnicodeDecodeError:
        return {"encoding": "base64", "value": b64encode(box.value).decode("ascii")}


def _item(item: AnyItem) -> dict[str, Json]:
    return {
        "key": item.key,
        "title": item.title,
        "category": item.category.value,
        "sensitivity": item.sensitivity.name.lower().replace("_", "-"),
    }


def _label(label: Label, stays: Kept) -> dict[str, Json]:
    """Give where a value is from, what it is for, and how long it is there."""
    (source,), (matter,) = label.sources, label.matters
    return {
        "sensitivity": Sensitivity(label.sensitivity).name.lower().replace("_", "-"),
        "categories": sorted(category.value for category in label.categories),
        "purposes": _purposes(label.purposes),
        "source": {"kind": source.kind.value, "name": source.name},
        "collected": _time(label.collected[0]),
        "region": min(label.regions),
        "version": min(label.versions),
        "matter": matter,
        "topics": sorted(label.topics),
        "usable_until": _time(stays.usable),
        "kept_by_law": stays.lawful,
        "kept_until": _time(stays.until),
        "held_for": list(stays.holds),
    }


def _purposes(purposes: PurposeSet) -> list[Json]:
    return [{"key": purpose.key, "title": purpose.title, "narrower": purpose in purposes.wide} for purpose in purposes]


def _went(one: Went) -> dict[str, Json]:
    return {
        "recipient": one.recipient,
        "operation": one.operation,
        "purpose": one.purpose,
        "basis": one.basis,
        "at": _time(one.at),
    }


def _consent(consent: Consent) -> dict[str, Json]:
    grant = consent.grant
    return {
        "id": grant.id,
        "kind": grant.kind.value,
        "purposes": list(grant.purposes),
        "items": list(grant.items),
        "operations": [operation.value for operation in grant.operations],
        "recipients": list(grant.parties),
        "given": _time(grant.at),
        "by_guardian": grant.by_guardian,
        "level": grant.level.name.lower(),
        "version": grant.version,
        "valid_until": _time(consent.valid_until),
        "ended": {purpose: kind.value for purpose, kind in sorted(consent.ended.items())},
    }


def _requests(desk: Desk, subject: Subject) -> list[Json]:
    store = desk.core.store
    made = [
        request_of(row.case, subject.pseudonym, steps(store.entries(row.case)))
        for row in store.cases(REQUEST, subject=subject.pseudonym)
    ]
    return [
        {
            "case": one.case,
            "kind": one.kind.value,
            "state": one.state.value,
            "received": _time(one.received),
            "due": _time(one.due),
            "answered": _time(one.answered),
            "refused": None if one.refusal is None else one.refusal.value,
        }
        for one in made
    ]


def _decisions(desk: Desk, subject: Subject) -> list[Json]:
    return [
        {
            "case": one.case,
            "at": _time(one.at),
            "purpose": one.purpose,
            "items": list(one.items),
            "outcome": one.outcome,
            "result": one.result,
            "logic": one.logic,
            "version": one.logic_version,
            "appealed": _time(one.appealed),
            "resolved": _time(one.resolved),
        }
        for one in decisions_of(desk.core, subject.pseudonym)
    ]


def _time(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat()
