"""What an envelope says in clear: the label that sticks to what is inside, and its one spelling."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeGuard

from obq_privacy.errors import ArgumentInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[object], bool]

LONGEST_HEADER: Final = 1 << 20

_EXACT: Final = 2**53
"""Below it every reader of JSON keeps a whole number as it is."""


class EnvelopeField(NamedTuple):
    """What an envelope says in clear about one value.

    Attributes:
        name: by which sender and recipient know it.
        person: number of the person whom it is about, from 0: the same number, the same person.
        items: keys of the sender's items that it is made of.
        spelling: name of the built-in type whose bytes it is spelled in, "" for a type of the application's.
        sensitivity: 0 not personal, 1 personal, 2 sensitive.
        categories: kinds of data.
        wide: keys of the purposes that it was shared for, with everything below them.
        exact: keys of the purposes that it was shared for, with nothing below them.
        regions: where it was collected.
        sources: where the sender had it from.
        versions: versions of the sender's policy that it was collected under.
        collected: when its oldest and its newest part were collected (seconds since the epoch).
        until: when the sender may not share it any more (seconds since the epoch), None for never.
    """

    name: str
    person: int
    items: tuple[str, ...]
    spelling: str
    sensitivity: int
    categories: tuple[str, ...]
    wide: tuple[str, ...]
    exact: tuple[str, ...]
    regions: tuple[str, ...]
    sources: tuple[str, ...]
    versions: tuple[str, ...]
    collected: tuple[int, int]
    until: int | None


class EnvelopeHeader(NamedTuple):
    """What an envelope says in clear: authenticated, and readable by everybody who carries it.

    Attributes:
        id: 32 hexadecimal digits, drawn at random for each envelope.
        sender: who shares, as recipients know the controller.
        recipient: key of the recipient in the sender's policy.
        purpose: key of the purpose that it was shared for.
        version: of the sender's policy, by which the sharing was decided.
        made: when it was sealed (seconds since the epoch).
        fields: the values inside, in order.
    """

    id: str
    sender: str
    recipient: str
    purpose: str
    version: str
    made: int
    fields: tuple[EnvelopeField, ...]

    def spelled(self) -> bytes:
        """Give the one spelling: JSON with sorted keys, no white space and no escapes but the needed, in UTF-8.

        Raises:
            ArgumentInvalid: a part is of another type or range than it should be, there is no value, two have one
                name, or it would be longer than 1 MiB. The parts are nowhere in the error.
        """
        data = _spelled(self)
        if data is None or read(data) != self:
            raise ArgumentInvalid(argument="header", problem="its parts are not those of an envelope's header")
        if len(data) > LONGEST_HEADER:
            raise ArgumentInvalid(argument="header", problem="it is longer than 1 MiB")
        return data

    @staticmethod
    def parse(data: bytes, /) -> EnvelopeHeader | None:
        """Read what `spelled` gave; None for anything else, another spelling of the same included."""
        found = read(data) if len(data) <= LONGEST_HEADER else None
        return found if found is not None and _spelled(found) == data else None


def _spelled(header: EnvelopeHeader) -> bytes | None:
    try:
        form = {**header._asdict(), "fields": [field._asdict() for field in header.fields]}
        return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    except (AttributeError, TypeError, ValueError, RecursionError):
        return None


def read(data: bytes) -> EnvelopeHeader | None:
    """Read a header in any spelling, None if it is none."""
    try:
        form: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    parts = _parts(form, _HEADER)
    if parts is None:
        return None
    fields = [_parts(field, _FIELD) for field in parts.pop("fields")]
    found = tuple(EnvelopeField(**field) for field in fields if field is not None)
    if len(found) != len(fields) or len({field.name for field in found}) != len(found):
        return None
    return EnvelopeHeader(**parts, fields=found)


def _parts(form: object, shape: Mapping[str, Check]) -> dict[str, Any] | None:
    """Give the members of a JSON object that has exactly the members of `shape`; its lists become tuples."""
    if not _is_object(form) or form.keys() != shape.keys():
        return None
    if not all(check(form[name]) for name, check in shape.items()):
        return None
    return {name: tuple(part) if _is_list(part) else part for name, part in form.items()}


def _is_object(form: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(form, dict)


def _is_list(part: object) -> TypeGuard[list[Any]]:
    return isinstance(part, list)


def _text(part: object) -> bool:
    return isinstance(part, str)


def _texts(part: object) -> bool:
    return _is_list(part) and all(isinstance(text, str) for text in part)


def _name(part: object) -> bool:
    return isinstance(part, str) and part != ""


def _id(part: object) -> bool:
    return isinstance(part, str) and len(part) == 32 and not part.strip("0123456789abcdef")


def _whole(part: object) -> bool:
    return type(part) is int and -_EXACT < part < _EXACT


def _count(part: object) -> bool:
    return type(part) is int and 0 <= part < _EXACT


def _level(part: object) -> bool:
    return type(part) is int and 0 <= part <= 2


def _span(part: object) -> bool:
    return _is_list(part) and len(part) == 2 and all(map(_whole, part)) and part[0] <= part[1]


def _end(part: object) -> bool:
    return part is None or _whole(part)


def _some(part: object) -> bool:
    return _is_list(part) and bool(part)


_HEADER: Final[Mapping[str, Check]] = {
    "id": _id,
    "sender": _text,
    "recipient": _text,
    "purpose": _text,
    "version": _text,
    "made": _whole,
    "fields": _some,
}
_FIELD: Final[Mapping[str, Check]] = {
    "name": _name,
    "person": _count,
    "items": _texts,
    "spelling": _text,
    "sensitivity": _level,
    "categories": _texts,
    "wide": _texts,
    "exact": _texts,
    "regions": _texts,
    "sources": _texts,
    "versions": _texts,
    "collected": _span,
    "until": _end,
}
