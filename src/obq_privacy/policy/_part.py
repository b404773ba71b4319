"""Reading JSON of a fixed form: every part knows its place, so that an error can name it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, TypeVar, cast

from obq_privacy.errors import PolicyDocumentInvalid
from obq_privacy.vocab._purpose import is_key
from obq_privacy.vocab._text import is_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn, TypeGuard

T = TypeVar("T")


class _Object(dict[str, object]):
    """A JSON object; `doubled` is a key that stands in it twice, which a plain dict would hide."""

    __slots__ = ("doubled",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.doubled: str | None = None
        if len(self) != len(pairs):
            keys = [key for key, _ in pairs]
            self.doubled = next(key for key in keys if keys.count(key) > 1)


class Part:
    """A part of a document and its place, such as `items[3].category`."""

    __slots__ = ("place", "value")

    def __init__(self, value: object, place: str = "") -> None:
        self.value = value
        self.place = place

    def error(self, problem: str) -> PolicyDocumentInvalid:
        """Give the error to raise for this part."""
        return PolicyDocumentInvalid(place=self.place or "document", problem=problem)

    def fields(self, *names: str) -> dict[str, Part]:
        """Take it as an object with exactly these keys."""
        if not isinstance(self.value, _Object):
            raise self.error("it is not an object")
        if self.value.doubled is not None:
            raise self.error(f"the key {_short(self.value.doubled)} stands in it twice")
        dot = f"{self.place}." if self.place else ""
        for name in names:
            if name not in self.value:
                raise Part(None, dot + name).error("it is missing")
        for name in self.value:
            if name not in names:
                raise self.error(f"the key {_short(name)} is not known")
        return {name: Part(self.value[name], dot + name) for name in names}

    def elements(self) -> list[Part]:
        """Take it as an array."""
        if not _is_array(self.value):
            raise self.error("it is not an array")
        return [Part(value, f"{self.place}[{at}]") for at, value in enumerate(self.value)]

    def text(self, *, empty: bool = False) -> str:
        """Take it as text, empty only where that is allowed."""
        if not isinstance(self.value, str):
            raise self.error("it is not text")
        if not is_text(self.value):
            raise self.error("it is not valid Unicode text")
        if not (self.value or empty):
            raise self.error("it is empty")
        return self.value

    def text_or_null(self) -> str | None:
        """Take it as text or null."""
        return None if self.value is None else self.text()

    def key(self) -> str:
        """Take it as the key of a purpose or an item."""
        if not is_key(self.value):
            raise self.error("it is not a key: lower-case words joined by . - or _")
        return cast("str", self.value)

    def key_or_null(self) -> str | None:
        """Take it as a key or null."""
        return None if self.value is None else self.key()

    def keys(self) -> list[str]:
        """Take it as an array of different keys; give them sorted."""
        found: set[str] = set()
        for part in self.elements():
            if part.key() in found:
                raise part.error("it stands in the array twice")
            found.add(part.key())
        return sorted(found)

    def texts(self) -> list[str]:
        """Take it as an array of different texts; give them sorted."""
        found: set[str] = set()
        for part in self.elements():
            if part.text() in found:
                raise part.error("it stands in the array twice")
            found.add(part.text())
        return sorted(found)

    def words(self, known: Mapping[str, T]) -> list[str]:
        """Take it as an array of different words out of some; give them sorted."""
        for part in self.elements():
            part.one_of(known)
        return self.texts()

    def day(self) -> dt.date:
        """Take it as a calendar day, such as 2026-11-30."""
        text = self.text()
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or day.isoformat() != text:
            raise self.error("it is not a day such as 2026-11-30")
        return day

    def data_or_null(self) -> str | None:
        """Take it as bytes in Base64, or null; give them as they stand there."""
        if self.value is None:
            return None
        from base64 import b64decode, b64encode  # noqa: PLC0415  only policies with public keys need it

        text = self.text()
        try:
            data = b64decode(text.encode(), validate=True)
        except ValueError:
            data = b""
        if not data or b64encode(data).decode("ascii") != text:
            raise self.error("it is not Base64 of some bytes")
        return text

    def whole(self, low: int, high: int) -> int:
        """Take it as a whole number in a range."""
        if type(self.value) is not int or not low <= self.value <= high:
            raise self.error(f"it is not a whole number from {low} to {high}")
        return self.value

    def flag(self) -> bool:
        """Take it as true or false."""
        if not isinstance(self.value, bool):
            raise self.error("it is not true or false")
        return self.value

    def one_of(self, words: Mapping[str, T]) -> T:
        """Take it as one of some words; give what the word stands for."""
        if not isinstance(self.value, str) or self.value not in words:
            raise self.error(f"it is not one of {', '.join(words)}")
        return words[self.value]


def parse(text: str) -> Part:
    """Read JSON as it is standardised: no NaN, no infinity, no number of unbounded length.

    Raises:
        PolicyDocumentInvalid: it is not JSON, or is nested more deeply than any document.
    """
    import json  # noqa: PLC0415  only programs that read or write documents need it

    try:
        return Part(json.loads(text, object_pairs_hook=_Object, parse_constant=_refuse))
    except json.JSONDecodeError as error:
        place, problem = f"line {error.lineno} column {error.colno}", "it is not JSON"
    except RecursionError:
        place, problem = "document", "it is nested too deeply"
    except ValueError:
        place, problem = "document", "a number in it is not finite or far too long"
    except TypeError:
        place, problem = "document", "it is not text"
    raise PolicyDocumentInvalid(place=place, problem=problem)


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _short(key: str) -> str:
    return repr(key if len(key) <= 40 else key[:40] + "…")
