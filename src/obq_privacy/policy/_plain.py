"""A policy document as plain parts: well formed, referring to nothing that is not there, bound to no class."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from obq_privacy.errors import PolicyDocumentInvalid
from obq_privacy.policy._forms import ALL, ANCHORS, CATEGORIES, FORMAT, KINDS, LEVELS, OF, OPERATIONS, SENSITIVITIES
from obq_privacy.policy._minors import Minors
from obq_privacy.policy._part import parse
from obq_privacy.policy._plain_parties import contact_in, exempt_in, origin_in, party_in
from obq_privacy.policy._scopes import (
    DECLARED,
    recipient_digest,
    recipient_pair,
    scope_digest,
    sensitivity_name,
    shared_pair,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from obq_privacy.policy._forms import Entry, Kept, Origin, Party, Rule, Word
    from obq_privacy.policy._part import Part
    from obq_privacy.policy._policy import LevelKey
    from obq_privacy.vocab import Level

    Declared = Word | Entry | Party | Origin

_DEEPEST = 100  # levels of narrower purposes
_LONGEST = 10**12  # seconds; more is not written by anybody


class Plain:
    """The parts of a document.

    Attributes:
        head: version, controller and home region.
        contact: whom subjects turn to.
        minors: the rules on age.
        levels: stronger consent than the least.
        places: where each thing is declared, by "word", "item", "purpose", "recipient", … and its key.
        words: purposes as such, by key.
        entries: items by key.
        rules: what the policy says of purposes, by key.
        retention: how long values are kept.
        parties: recipients by key.
        origins: sources by key.
        exempt: legal bases that may be invoked.
        smallest_group, answer_within, refusal_rest, machine_refusal: as in `Policy`.
        lineages: each purpose with all wider ones, the nearest first.

    Raises:
        PolicyDocumentInvalid: the text is not such a document.
    """

    __slots__ = (
        *("answer_within", "contact", "entries", "exempt", "head", "levels", "lineages", "machine_refusal", "minors"),
        *("origins", "parties", "places", "refusal_rest", "retention", "rules", "smallest_group", "words"),
    )

    def __init__(self, text: str) -> None:
        top = parse(text).fields(
            *("format", "version", "controller", "home_region", "contact", "minors", "levels"),
            *("vocabulary", "purposes", "items", "retention", "recipients", "sources", "exemptions"),
            *("smallest_group", "answer_within_seconds", "refusal_rest_seconds", "machine_refusal"),
        )
        if top["format"].text() != FORMAT:
            raise top["format"].error(f"it is not {FORMAT}")
        self.head = tuple(top[name].text(empty=True) for name in ("version", "controller", "home_region"))
        self.contact = contact_in(top["contact"])
        self.minors = _minors_in(top["minors"])
        self.levels = _levels_in(top["levels"])
        self.places: dict[str, Part] = {}
        self.words = {word["key"]: word for word in map(self._word, top["vocabulary"].elements())}
        self.entries = {entry["key"]: entry for entry in map(self._entry, top["items"].elements())}
        self.rules = {rule["key"]: rule for rule in map(self._rule, top["purposes"].elements())}
        self.retention = [self._kept(part) for part in top["retention"].elements()]
        self.parties = {party["key"]: party for party in map(self._party, top["recipients"].elements())}
        self.origins = {origin["key"]: origin for origin in map(self._origin, top["sources"].elements())}
        self.exempt = exempt_in(top["exemptions"])
        self.smallest_group = top["smallest_group"].whole(0, 10**9)
        self.answer_within = _period(top["answer_within_seconds"])
        rest = top["refusal_rest_seconds"]
        self.refusal_rest = None if rest.value is None else _period(rest)
        self.machine_refusal = top["machine_refusal"].flag()
        self.lineages = {key: self._lineage(key) for key in self.words}

    def _place(self, name: str, part: Part) -> None:
        """Remember where something is declared, and that it is declared once."""
        if name in self.places:
            raise part.error("its key stands in the array twice")
        self.places[name] = part

    def known(self, part: Part, known: Container[object]) -> list[str]:
        """Take it as an array of keys of what is declared."""
        keys = part.keys()
        for element in part.elements():
            if element.value not in known:
                raise element.error("the document declares nothing of that key")
        return keys

    def _word(self, part: Part) -> Word:
        parts = part.fields("key", "title", "text", "clause", "parent", "dpv", "fides")
        self._place(f"word {parts['key'].key()}", part)
        return {
            "key": parts["key"].key(),
            "title": parts["title"].text(),
            "text": tidy(parts["text"].text(empty=True)),
            "clause": parts["clause"].text_or_null(),
            "parent": parts["parent"].key_or_null(),
            "dpv": parts["dpv"].texts(),
            "fides": parts["fides"].texts(),
        }

    def _entry(self, part: Part) -> Entry:
        parts = part.fields(
            *("key", "title", "clause", "sensitivity", "category", "type", "purposes", "exact", "encrypt"),
            *("codec", "validate", "mask", "dpv", "fides"),
        )
        self._place(f"item {parts['key'].key()}", part)
        if not parts["purposes"].elements():
            raise parts["purposes"].error("it is empty")
        return {
            "key": parts["key"].key(),
            "title": parts["title"].text(),
            "clause": parts["clause"].text_or_null(),
            "sensitivity": sensitivity_name(parts["sensitivity"].one_of(SENSITIVITIES)),
            "category": parts["category"].one_of(CATEGORIES).value,
            "type": parts["type"].text(),
            "purposes": self.known(parts["purposes"], self.words),
            "exact": parts["exact"].flag(),
            "encrypt": parts["encrypt"].flag(),
            "codec": parts["codec"].text_or_null(),
            "validate": parts["validate"].text_or_null(),
            "mask": parts["mask"].text_or_null(),
            "dpv": parts["dpv"].texts(),
            "fides": parts["fides"].texts(),
        }

    def _rule(self, part: Part) -> Rule:
        parts = part.fields(
            *("key", "kind", "necessary", "optional", "requires", "shared", "choice", "roles", "alternative"),
            *("permission", "user_initiated", "signal"),
        )
        self._place(f"purpose {parts['key'].key()}", part)
        if parts["key"].key() not in self.words:
            raise parts["key"].error("the vocabulary has no such purpose")
        return {
            "key": parts["key"].key(),
            "kind": parts["kind"].one_of(KINDS).value,
            "necessary": self.known(parts["necessary"], self.entries),
            "optional": self.known(parts["optional"], self.entries),
            "requires": self.known(parts["requires"], self.words),
            "shared": self.known(parts["shared"], self.entries),
            "choice": parts["choice"].flag(),
            "roles": parts["roles"].texts(),
            "alternative": parts["alternative"].text(empty=True),
            "permission": parts["permission"].text(empty=True),
            "user_initiated": parts["user_initiated"].flag(),
            "signal": parts["signal"].flag(),
        }

    def _kept(self, part: Part) -> Kept:
        parts = part.fields("item", "purpose", "after", "keep_seconds", "at_least_seconds")
        item, purpose, least = parts["item"].key(), parts["purpose"].key_or_null(), parts["at_least_seconds"]
        self._place(f"retention {item} {purpose or ''}", part)
        for name, key, known in (("item", item, self.entries), ("purpose", purpose, self.words)):
            if key is not None and key not in known:
                raise parts[name].error("the document declares nothing of that key")
        return {
            "item": item,
            "purpose": purpose,
            "after": parts["after"].one_of(ANCHORS).value,
            "keep_seconds": parts["keep_seconds"].whole(1, _LONGEST),
            "at_least_seconds": None if least.value is None else least.whole(1, _LONGEST),
        }

    def _party(self, part: Part) -> Party:
        party = party_in(part, self)
        self._place(f"recipient {party['key']}", part)
        return party

    def _origin(self, part: Part) -> Origin:
        origin = origin_in(part)
        self._place(f"source {origin['key']}", part)
        return origin

    def _lineage(self, key: str) -> list[str]:
        """Give a purpose and all wider ones, the nearest first."""
        found = [key]
        while (parent := self.words[found[-1]]["parent"]) is not None:
            if parent not in self.words:
                raise self.error(f"word {found[-1]}", "parent", "the vocabulary has no such purpose")
            if parent in found or len(found) == _DEEPEST:
                raise self.error(f"word {key}", "parent", f"it leads in a circle or over {_DEEPEST} levels")
            found.append(parent)
        return found

    def error(self, name: str, field: str, problem: str) -> PolicyDocumentInvalid:
        """Give the error for a field of something declared."""
        return PolicyDocumentInvalid(place=f"{self.places[name].place}.{field}", problem=problem)

    def agree(self, name: str, read: Declared, other: Declared, problem: str) -> None:
        """Make sure that a declaration says what the document says."""
        theirs = cast("Mapping[str, object]", other)
        for field, value in read.items():
            if theirs[field] != value:
                raise self.error(name, field, problem)


def _minors_in(part: Part) -> Minors:
    parts = part.fields(
        *("sensitive_age", "sensitive_inclusive", "guardian_age", "guardian_inclusive", "majority"),
        *("guardian_until_majority", "guardian_operations", "approval", "counted_from", "leap_day", "zone", "unknown"),
    )
    return Minors(
        sensitive_age=parts["sensitive_age"].whole(0, 120),
        sensitive_inclusive=parts["sensitive_inclusive"].flag(),
        guardian_age=parts["guardian_age"].whole(0, 120),
        guardian_inclusive=parts["guardian_inclusive"].flag(),
        majority=parts["majority"].whole(0, 120),
        guardian_until_majority=frozenset(parts["guardian_until_majority"].keys()),
        guardian_operations=frozenset(parts["guardian_operations"].words(OPERATIONS)),
        approval=parts["approval"].flag(),
        counted_from=parts["counted_from"].one_of({"birthday": "birthday", "day-after": "day-after"}),
        leap_day=parts["leap_day"].one_of({"28-feb": "28-feb", "1-mar": "1-mar"}),
        zone=parts["zone"].text(),
        unknown=parts["unknown"].one_of({"child": "child", "adult": "adult"}),
    )


def _period(part: Part) -> dt.timedelta:
    return dt.timedelta(seconds=part.whole(0, _LONGEST))


def _levels_in(part: Part) -> dict[LevelKey, Level]:
    found: dict[LevelKey, Level] = {}
    for row in part.elements():
        parts = row.fields("of", "operation", "level")
        of = parts["of"].one_of(OF)
        operation = parts["operation"].one_of({ALL: None, **OPERATIONS})
        key = of if operation is None else (of, operation)
        if key in found:
            raise row.error("it is stated twice")
        found[key] = parts["level"].one_of(LEVELS)
    return found


def scopes_in(read: Plain) -> dict[tuple[str, str], bytes]:
    """Give the scopes of a document; they equal `Policy.scopes`."""
    scopes: dict[tuple[str, str], bytes] = {}
    for key, rule in read.rules.items():
        scopes[key, ""] = DECLARED
        for item in (*rule["optional"], *rule["necessary"]):
            entry = read.entries[item]
            scopes[key, item] = scope_digest(
                lineage=read.lineages[key],
                text=read.words[key]["text"],
                kind=rule["kind"],
                need="necessary" if item in rule["necessary"] else "optional",
                requires=rule["requires"],
                item=item,
                type_=entry["type"],
                category=entry["category"],
                sensitivity=entry["sensitivity"],
                exact=entry["exact"],
            )
        scopes.update({shared_pair(key, item): DECLARED for item in rule["shared"]})
    for key, party in read.parties.items():
        scopes[recipient_pair(key)] = recipient_digest(
            key=key,
            kind=party["kind"],
            role=party["role"],
            region=party["region"],
            follows_policy=party["follows_policy"],
            sdk=party["sdk"],
            purposes=party["purposes"],
            items=party["items"],
        )
    return scopes
