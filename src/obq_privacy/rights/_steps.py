"""Cases of the docket as steps: each a name, a time and facts, spelled as canonical JSON without values of persons."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from obq_privacy.errors import ArgumentInvalid, KeyReused
from obq_privacy.guard import Subject
from obq_privacy.vocab._text import is_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.guard._core import Core
    from obq_privacy.stores import CaseEntry

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]

_FORM: Final = 1
_NAME_BYTES: Final = 16


class Step(NamedTuple):
    """One step of a case.

    Attributes:
        name: what was done.
        at: when (UTC).
        facts: the rest, by name.
    """

    name: str
    at: dt.datetime
    facts: Mapping[str, Json]

    def text(self, name: str) -> str:
        """Give a fact that is text, "" where it is missing."""
        found = self.facts.get(name, "")
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int:
        """Give a fact that is a number, 0 where it is missing."""
        found = self.facts.get(name, 0)
        return found if isinstance(found, int) else 0

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a fact that is a list of texts, none where it is missing."""
        found = self.facts.get(name, ())
        return tuple(map(str, found)) if isinstance(found, Sequence) and not isinstance(found, str) else ()

    def rows(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Give a fact that is a list of lists of texts, none where it is missing."""
        found = self.facts.get(name, ())
        if not isinstance(found, Sequence) or isinstance(found, str):
            return ()
        return tuple(tuple(map(str, row)) for row in found if isinstance(row, Sequence) and not isinstance(row, str))

    def pairs(self, name: str) -> dict[str, str]:
        """Give a fact that maps texts to texts, none where it is missing."""
        found = self.facts.get(name, {})
        return {key: str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}


def spelled(name: str, facts: Mapping[str, Json]) -> str:
    """Spell a step; facts that are empty are left out."""
    kept = {key: value for key, value in facts.items() if value or isinstance(value, int)}
    form = {**kept, "form": _FORM, "step": name}
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def steps(entries: Iterable[CaseEntry]) -> tuple[Step, ...]:
    """Read what `spelled` gave."""
    return tuple(map(_step, entries))


def _step(entry: CaseEntry) -> Step:
    form = cast("dict[str, Json]", json.loads(entry.text))
    return Step(str(form.pop("step")), entry.at, form)


def named(kind: str, subject: str, key: str) -> str:
    """Name a case: by the key of the application, so that the same key is the same case, or at random."""
    if not key:
        return f"{kind}-{os.urandom(_NAME_BYTES).hex()}"
    parts = (part.encode() for part in (kind, subject, key))
    digest = sha256(b"".join(len(part).to_bytes(4, "big") + part for part in (b"obq-privacy/case/1", *parts)))
    return f"{kind}-{digest.hexdigest()[: 2 * _NAME_BYTES]}"


def again(case: str, there: Sequence[Step], name: str, facts: Mapping[str, Json]) -> bool:
    """Tell whether a step with the same idempotency key has been taken.

    Raises:
        KeyReused: the key was used for something else.
    """
    key = facts.get("key")
    if not key:
        return False
    for step in there:
        if step.facts.get("key") == key:
            if step.name != name or _content(step.facts) != _content(facts):
                raise KeyReused(case=case, step=name)
            return True
    return False


def _content(facts: Mapping[str, Json]) -> Mapping[str, Json]:
    kept = cast("dict[str, Json]", json.loads(spelled("", facts)))
    return {name: value for name, value in kept.items() if name not in _VARYING}


_VARYING: Final = frozenset({"form", "step", "due", "earlier", "version"})
"""Facts that follow from when a step is taken, and may differ when it is repeated."""


def said(argument: str, text: object, *, needed: bool = True) -> str:
    """Check text of the application's: an identifier or a reference, which can be stored.

    Raises:
        ArgumentInvalid: it is no text, has no bytes, or is empty where it is needed.
    """
    if not is_text(text):
        raise ArgumentInvalid(argument=argument, problem="it is a str that UTF-8 can spell")
    if needed and not text.strip():
        raise ArgumentInvalid(argument=argument, problem="it says something")
    return text


def check_subject(core: Core, subject: object, argument: str = "subject") -> None:
    """Check that an argument is a subject of this guard: another one knows other people under other keys.

    Raises:
        ArgumentInvalid: it is not.
    """
    if not isinstance(subject, Subject):
        raise ArgumentInvalid(argument=argument, problem="it is a Subject")
    if subject._core is not core:
        raise ArgumentInvalid(argument=argument, problem="it belongs to another guard")
