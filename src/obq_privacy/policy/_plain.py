"""A policy document as plain parts: well formed, referring to nothing that is not there, bound to no class."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from obq_privacy.errors import PolicyDocumentInvalid
from obq_privacy.policy._minors import Minors
from obq_privacy.policy._part import Part, parse
from obq_privacy.policy._policy import DECLARED, scope_digest, sensitivity_name, tidy
from obq_privacy.policy._rules import Kind
from obq_privacy.vocab import Category, Level, Operation, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from typing import TypedDict

    from obq_privacy.policy._policy import LevelKey

    class Word(TypedDict):
        """A purpose as such."""

        key: str
        title: str
        text: str
        clause: str | None
        parent: str | None

    class Rule(TypedDict):
        """What the policy says of a purpose."""

        key: str
        kind: str
        necessary: list[str]
        optional: list[str]
        requires: list[str]

    class Entry(TypedDict):
        """An item."""

        key: str
        title: str
        clause: str | None
        sensitivity: str
        category: str
        type: str
        purposes: list[str]
        exact: bool
        encrypt: bool
        codec: str | None
        validate: str | None
        mask: str | None


FORMAT = "obq-privacy-policy/1"

ALL = "*"
_DEEPEST = 100  # levels of narrower purposes
SENSITIVITIES = {sensitivity_name(sensitivity): sensitivity for sensitivity in Sensitivity}
CATEGORIES = {category.value: category for category in Category}
LEVELS = {level.name.lower(): level for level in Level}
OPERATIONS = {operation.value: operation for operation in Operation}
KINDS = {kind.value: kind for kind in Kind}
OF: dict[str, Category | Sensitivity] = {
    **{f"category:{name}": category for name, category in CATEGORIES.items()},
    **{f"sensitivity:{name}": sensitivity for name, sensitivity in SENSITIVITIES.items()},
}


class Plain:
    """The parts of a document.

    Attributes:
        head: version, controller and home region.
        minors: the rules on age.
        levels: stronger consent than the least.
        places: where each thing is declared, by "word", "item", "purpose" or "retention" and its key.
        words: purposes as such, by key.
        entries: items by key.
        rules: what the policy says of purposes, by key.
        retention: how long values are kept, by item.
        lineages: each purpose with all wider ones, the nearest first.

    Raises:
        PolicyDocumentInvalid: the text is not such a document.
    """

    __slots__ = ("entries", "head", "levels", "lineages", "minors", "places", "retention", "rules", "words")

    def __init__(self, text: str) -> None:
        top = parse(text).fields(
            *("format", "version", "controller", "home_region", "minors", "levels"),
            *("vocabulary", "purposes", "items", "retention"),
        )
        if top["format"].text() != FORMAT:
            raise top["format"].error(f"it is not {FORMAT}")
        self.head = tuple(top[name].text(empty=True) for name in ("version", "controller", "home_region"))
        self.minors = _minors_in(top["minors"])
        self.levels = _levels_in(top["levels"])
        self.places: dict[str, Part] = {}
        self.words = {word["key"]: word for word in map(self._word, top["vocabulary"].elements())}
        self.entries = {entry["key"]: entry for entry in map(self._entry, top["items"].elements())}
        self.rules = {rule["key"]: rule for rule in map(self._rule, top["purposes"].elements())}
        self.retention = dict(map(self._retention, top["retention"].elements()))
        self.lineages = {key: self._lineage(key) for key in self.words}

    def _place(self, name: str, part: Part) -> None:
        """Remember where something is declared, and that it is declared once."""
        if name in self.places:
            raise part.error("its key stands in the array twice")
        self.places[name] = part

    def _known(self, part: Part, known: Container[object]) -> list[str]:
        keys = part.keys()
        for element in part.elements():
            if element.value not in known:
                raise element.error("the document declares nothing of that key")
        return keys

    def _word(self, part: Part) -> Word:
        parts = part.fields("key", "title", "text", "clause", "parent")
        self._place(f"word {parts['key'].key()}", part)
        return {
            "key": parts["key"].key(),
            "title": parts["title"].text(),
            "text": tidy(parts["text"].text(empty=True)),
            "clause": parts["clause"].text_or_null(),
            "parent": parts["parent"].key_or_null(),
        }

    def _entry(self, part: Part) -> Entry:
        parts = part.fields(
            *("key", "title", "clause", "sensitivity", "category", "type", "purposes", "exact", "encrypt"),
            *("codec", "validate", "mask"),
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
            "purposes": self._known(parts["purposes"], self.words),
            "exact": parts["exact"].flag(),
            "encrypt": parts["encrypt"].flag(),
            "codec": parts["codec"].text_or_null(),
            "validate": parts["validate"].text_or_null(),
            "mask": parts["mask"].text_or_null(),
        }

    def _rule(self, part: Part) -> Rule:
        parts = part.fields("key", "kind", "necessary", "optional", "requires")
        self._place(f"purpose {parts['key'].key()}", part)
        if parts["key"].key() not in self.words:
            raise parts["key"].error("the vocabulary has no such purpose")
        return {
            "key": parts["key"].key(),
            "kind": parts["kind"].one_of(KINDS).value,
            "necessary": self._known(parts["necessary"], self.entries),
            "optional": self._known(parts["optional"], self.entries),
            "requires": self._known(parts["requires"], self.words),
        }

    def _retention(self, part: Part) -> tuple[str, dt.timedelta]:
        parts = part.fields("item", "keep_seconds")
        self._place(f"retention {parts['item'].key()}", part)
        if parts["item"].key() not in self.entries:
            raise parts["item"].error("the document declares nothing of that key")
        return parts["item"].key(), dt.timedelta(seconds=parts["keep_seconds"].whole(1, 10**12))

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

    def agree(self, name: str, read: Word | Entry, other: Word | Entry, problem: str) -> None:
        """Make sure that a declaration says what the document says."""
        theirs = cast("Mapping[str, object]", other)
        for field, value in read.items():
            if theirs[field] != value:
                raise self.error(name, field, problem)


def _minors_in(part: Part) -> Minors:
    parts = part.fields(
        *("sensitive_age", "sensitive_inclusive", "guardian_age", "guardian_inclusive", "majority"),
        *("guardian_until_majority", "counted_from", "leap_day", "zone", "unknown"),
    )
    return Minors(
        sensitive_age=parts["sensitive_age"].whole(0, 120),
        sensitive_inclusive=parts["sensitive_inclusive"].flag(),
        guardian_age=parts["guardian_age"].whole(0, 120),
        guardian_inclusive=parts["guardian_inclusive"].flag(),
        majority=parts["majority"].whole(0, 120),
        guardian_until_majority=frozenset(parts["guardian_until_majority"].keys()),
        counted_from=parts["counted_from"].one_of({"birthday": "birthday", "day-after": "day-after"}),
        leap_day=parts["leap_day"].one_of({"28-feb": "28-feb", "1-mar": "1-mar"}),
        zone=parts["zone"].text(),
        unknown=parts["unknown"].one_of({"child": "child", "adult": "adult"}),
    )


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


def scopes_of(text: str) -> tuple[str, dict[tuple[str, str], bytes]]:
    """Read the version and the scopes of a document; see `obq_privacy.policy.scopes_of`."""
    read = Plain(text)
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
    return read.head[0], scopes
