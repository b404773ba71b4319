"""What the message protocols have in common: strict reading that quotes nothing, and our side of a request.

Messages carry names, addresses and telephone numbers in the clear. A reader looks a person up and forgets them: nothing
here keeps such a value, shows it, or puts it into an error. For the same reason errors name only fields that a protocol
knows, never a key that somebody else chose.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NamedTuple, NoReturn, TypeVar, cast, final

import attrs

from obq_privacy.errors import MessageInvalid
from obq_privacy.guard import Subject
from obq_privacy.rights._answer import RequestState
from obq_privacy.rights._grounds import RefusalGround, RequestKind
from obq_privacy.vocab._shut import Shut
from obq_privacy.vocab._text import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T")

LONGEST = 1 << 20
"""Bytes of the longest message that is read."""

UNKNOWN = "unknown fields"
"""Stands in `Converted.lost` for all fields that the protocol does not know; their names are not passed on."""


@final
class Identity(Shut):
    """By what a message means a person: a kind such as `email`, a format such as `raw` or `sha256`, and the value.

    It shows its kind and format only, and cannot be pickled or copied.
    """

    __slots__ = ("_value", "form", "kind")

    kind: str
    form: str
    _value: str

    def __init__(self, kind: str, value: str, /, *, form: str = "raw") -> None:
        self.kind = kind
        self.form = form
        self._value = value

    @property
    def value(self) -> str:
        """The value, in the clear unless `form` says otherwise: for looking the person up, and never for keeping."""
        return self._value

    def __repr__(self) -> str:
        return f"Identity({self.kind}, {self.form})"

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in {"value", "_value"}]


Finder = Callable[[Identity], Subject | None]
"""Finds the person whom an identity means, by the application's own knowledge, or gives None.

`Guard.subject` registers whom it does not know: call it only for people whom the application knows.
"""


class Converted(NamedTuple, Generic[T]):
    """What came of a conversion, and what was lost: the fields that have no counterpart on the other side."""

    message: T
    lost: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class IncomingRequest:
    """A request that came as a message, in our words; `Requests.receive` takes its subject and kind.

    A deletion needs a ground as well, which no protocol names: the application says it.

    Attributes:
        protocol: where it came from.
        kind: what is asked for.
        subject: whom it concerns, or None when nobody was found.
        submitted: when the person asked.
        reference: its id at the other side, or "".
        regime: the law that it invokes, or "".
        callbacks: where the other side wants to be told.
    """

    protocol: str
    kind: RequestKind
    subject: Subject | None
    submitted: dt.datetime
    reference: str = attrs.field(repr=False)
    regime: str
    callbacks: tuple[str, ...] = attrs.field(repr=False)


@final
@attrs.frozen(kw_only=True)
class RemoteStatus:
    """Where a request stands at the other side, in our words.

    Attributes:
        protocol: where it came from.
        reference: the id of the request.
        state: where it stands, or None where the other side dropped it without an answer.
        refusal: of a refused one: the ground, where the protocol has one that we know.
        expected: until when an answer is expected, or None.
        results: where the result can be fetched, or "".
    """

    protocol: str
    reference: str = attrs.field(repr=False)
    state: RequestState | None
    refusal: RefusalGround | None = None
    expected: dt.datetime | None = None
    results: str = attrs.field(default="", repr=False)


class Fields:
    """A JSON object of a message; it knows what was taken from it, so that the rest can be called lost."""

    __slots__ = ("_form", "_place", "_protocol", "_taken")

    def __init__(self, protocol: str, form: Mapping[str, object], place: str = "") -> None:
        self._protocol = protocol
        self._form = form
        self._place = place
        self._taken: set[str] = set()

    def __repr__(self) -> str:
        return f"Fields({self._protocol})"

    def error(self, name: str, problem: str) -> MessageInvalid:
        """Give the error to raise for a field."""
        return MessageInvalid(protocol=self._protocol, place=self._place + name, problem=problem)

    def has(self, name: str) -> bool:
        """Tell whether a field is there and not null."""
        return self._form.get(name) is not None

    def text(self, name: str, *, needed: bool = True) -> str:
        """Take a text; "" when it is not needed and not there."""
        value = self._take(name, needed=needed)
        if value is None:
            return ""
        if is_text(value) and value.strip():
            return value
        del value  # a renderer of tracebacks may show this frame
        raise self.error(name, "it is not text that says something")

    def one_of(self, name: str, words: Mapping[str, T]) -> T:
        """Take one of some words; give what it stands for."""
        word = self.text(name)
        if word in words:
            return words[word]
        del word
        raise self.error(name, f"it is not one of {', '.join(words)}")

    def time(self, name: str) -> dt.datetime:
        """Take an instant with its offset."""
        found: dt.datetime | None = None
        try:
            found = dt.datetime.fromisoformat(self.text(name))
            found = found.astimezone(dt.UTC) if found.tzinfo is not None else None
        except (ValueError, OverflowError):
            found = None
        if found is None:
            raise self.error(name, "it is not an instant with its offset, by RFC 3339")
        return found

    def time_or_none(self, name: str) -> dt.datetime | None:
        """Take an instant, where it is there."""
        return self.time(name) if self.has(name) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Take an array of texts; nothing when it is not there."""
        value = self._take(name, needed=False)
        if value is None:
            return ()
        found = cast("list[object]", value) if isinstance(value, list) else [None]
        texts = tuple(one for one in found if is_text(one))
        if len(texts) == len(found):
            return texts
        del value, found, texts
        raise self.error(name, "it is not an array of texts")

    def objects(self, name: str) -> list[Fields]:
        """Take an array of objects; nothing when it is not there."""
        value = self._take(name, needed=False)
        if value is None:
            return []
        found = cast("list[object]", value) if isinstance(value, list) else [None]
        forms = [cast("dict[str, object]", one) for one in found if isinstance(one, dict)]
        if len(forms) == len(found):
            return [Fields(self._protocol, one, f"{self._place}{name}[{at}].") for at, one in enumerate(forms)]
        del value, found, forms
        raise self.error(name, "it is not an array of objects")

    def lost(self, known: Iterable[str]) -> tuple[str, ...]:
        """Give the fields that are there and were not taken; `known` are those whose names are the protocol's."""
        left = {name for name in self._form if name not in self._taken and self.has(name)}
        named = left & set(known)
        return (*sorted(named), *([UNKNOWN] if left - named else []))

    def _take(self, name: str, *, needed: bool) -> object:
        value = self._form.get(name)
        if value is None and needed:
            raise self.error(name, "it is missing")
        self._taken.add(name)
        return value


@final
class Wire(Shut):
    """A message as it came; it shows nothing."""

    __slots__ = ("_data",)
    _data: object

    def __init__(self, data: object) -> None:
        self._data = data

    @property
    def data(self) -> object:
        """The message."""
        return self._data


def parse(protocol: str, wire: Wire) -> Fields:
    """Read a JSON object as it is standardised: every key once, no NaN, no infinity, at most 1 MiB.

    Raises:
        MessageInvalid: it is not that. Nothing of it is in the error.
    """
    problem, form = "it is not JSON", cast("object", None)
    data = wire.data
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        if not isinstance(text, str):
            problem = "it is neither text nor bytes"
        elif len(text) > LONGEST:
            problem = "it is too long"
        else:
            form = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
            problem = "it is not an object"
    except (ValueError, RecursionError):
        problem = "it is not JSON in UTF-8, or a key stands in an object twice"
    data = text = None  # a renderer of tracebacks may show this frame
    if not isinstance(form, dict):
        form = None
        raise MessageInvalid(protocol=protocol, place="message", problem=problem)
    return Fields(protocol, cast("dict[str, object]", form))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    form = dict(pairs)
    if len(form) != len(pairs):
        raise ValueError
    return form


def _refuse(constant: str) -> NoReturn:
    raise ValueError


def found_among(protocol: str, place: str, identities: Iterable[tuple[str, Identity]], find: Finder) -> Found:
    """Look identities up, each with its place; give the person, and the places of those that mean nobody we know.

    Raises:
        MessageInvalid: they mean different people.
    """
    subject: Subject | None = None
    nobody: list[str] = []
    for where, identity in identities:
        one = find(identity)
        if one is None:
            nobody.append(where)
        elif subject is not None and subject.pseudonym != one.pseudonym:
            raise MessageInvalid(protocol=protocol, place=place, problem="its identities mean different people")
        else:
            subject = one
    return Found(subject, tuple(nobody))


class Found(NamedTuple):
    """Whom identities mean, and which of them mean nobody we know."""

    subject: Subject | None
    nobody: tuple[str, ...]


def instant(protocol: str, at: dt.datetime) -> str:
    """Give an instant in UTC, as RFC 3339 spells it.

    Raises:
        MessageInvalid: it is not aware.
    """
    if at.tzinfo is None:
        raise MessageInvalid(protocol=protocol, place="time", problem="it is not aware")
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
