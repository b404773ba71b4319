"""Consent events: what happened between a subject and the controller, never changed afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any, final

import attrs

from obq_privacy import _late
from obq_privacy.consent._kind import EventKind
from obq_privacy.vocab import Level, Operation, Pseudonym
from obq_privacy.vocab._noun import Noun

_SELDOM = ("parties", "regions", "topics", "matter", "anchor")
"""Fields that are written only where they say something."""


@final
@attrs.frozen(eq=False, repr=False)
class Notice(Noun):
    """What the subject was shown before deciding.

    Attributes:
        digest: SHA-256 of the text, in hexadecimal; the text itself stays with the application.
        language: its BCP 47 tag.
        shown: when it was shown (aware).
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    digest: str
    language: str
    shown: dt.datetime

    @classmethod
    def of(cls, text: str, *, language: str, shown: dt.datetime) -> Notice:
        """Give the notice of a text."""
        return cls(_late.hashlib.sha256(text.encode("utf-8")).hexdigest(), language, shown.astimezone(dt.UTC))

    def form(self) -> dict[str, str]:
        """Give the fields as JSON holds them."""
        return {"digest": self.digest, "language": self.language, "shown": self.shown.isoformat()}


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class ConsentEvent(Noun):
    """One event of the ledger.

    Attributes:
        id: 32 hexadecimal digits; the id of a grant is the id of the consent that it makes.
        key: idempotency key; a second event of the subject with the same key is the same event.
        kind: what happened.
        subject: pseudonym of the data subject.
        actor: pseudonym of the person who acted: the subject, a guardian, or who attests.
        purposes: keys of purposes, sorted.
        items: keys of items that it is limited to; empty for all that the purposes name.
        categories: categories that it is limited to; empty for all.
        operations: the operations that it covers.
        level: how strongly consent was given.
        version: the version of the policy.
        notice: what the subject was shown.
        method: how it was given ("checkbox", "signature", …), an identifier of the application's.
        at: when (UTC).
        valid_until: when it ends by itself, or None.
        about: id of the one consent that it is about, or "" for every consent to its purposes; a renewal always
            names one.
        parties: keys of the recipients or sources that it names, or "role:…" for recipients of a role, sorted.
        regions: regions outside the home region that it covers (CROSS-1), sorted.
        topics: topics that it is about, sorted.
        matter: the order or other business case that it is about, or "".
        anchor: what has happened, for a mark.
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    id: str
    key: str
    kind: EventKind
    subject: Pseudonym
    actor: Pseudonym
    purposes: tuple[str, ...]
    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = (Operation.COLLECT, Operation.USE)
    level: Level = Level.EXPRESS
    version: str
    notice: Notice | None = None
    method: str = ""
    at: dt.datetime
    valid_until: dt.datetime | None = None
    about: str = ""
    parties: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    matter: str = ""
    anchor: str = ""

    @property
    def by_guardian(self) -> bool:
        """Whether a guardian acted for the subject."""
        return self.actor != self.subject and self.kind is not EventKind.ATTEST

    def same_content(self, other: ConsentEvent) -> bool:
        """Tell whether both say the same; ids, keys and times take no part, but how long it is valid does."""
        return self._content() == other._content()

    def _content(self) -> tuple[object, ...]:
        notice = self.notice and (self.notice.digest, self.notice.language)
        return (
            self.kind,
            self.subject,
            self.actor,
            self.purposes,
            self.items,
            self.categories,
            self.operations,
            self.level,
            self.version,
            notice,
            self.method,
            self.valid_until and self.valid_until - self.at,
            self.about,
            self.parties,
            self.regions,
            self.topics,
            self.matter,
            self.anchor,
        )

    def dumps(self) -> str:
        """Give the canonical JSON form that stores keep."""
        form: dict[str, object] = {
            "id": self.id,
            "key": self.key,
            "kind": self.kind.value,
            "subject": self.subject,
            "actor": self.actor,
            "purposes": self.purposes,
            "items": self.items,
            "categories": self.categories,
            "operations": [operation.value for operation in self.operations],
            "level": self.level.name.lower(),
            "version": self.version,
            "method": self.method,
            "at": self.at.isoformat(),
            "valid_until": self.valid_until and self.valid_until.isoformat(),
            "about": self.about,
            "notice": self.notice and self.notice.form(),
        }
        form.update((name, said) for name in _SELDOM if (said := getattr(self, name)))
        return _late.json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def loads(cls, text: str) -> ConsentEvent:
        """Read the form that `dumps` gives."""
        form: dict[str, Any] = _late.json.loads(text)
        notice = form["notice"]
        return cls(
            id=form["id"],
            key=form["key"],
            kind=EventKind(form["kind"]),
            subject=Pseudonym(form["subject"]),
            actor=Pseudonym(form["actor"]),
            purposes=tuple(form["purposes"]),
            items=tuple(form["items"]),
            categories=tuple(form["categories"]),
            operations=tuple(Operation(name) for name in form["operations"]),
            level=Level[form["level"].upper()],
            version=form["version"],
            notice=notice and Notice(notice["digest"], notice["language"], dt.datetime.fromisoformat(notice["shown"])),
            method=form["method"],
            at=dt.datetime.fromisoformat(form["at"]),
            valid_until=form["valid_until"] and dt.datetime.fromisoformat(form["valid_until"]),
            about=form["about"],
            parties=tuple(form.get("parties", ())),
            regions=tuple(form.get("regions", ())),
            topics=tuple(form.get("topics", ())),
            matter=form.get("matter", ""),
            anchor=form.get("anchor", ""),
        )
