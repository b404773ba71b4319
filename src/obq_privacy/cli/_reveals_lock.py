"""The list of places that somebody has reviewed, in a TOML file with one place a line.

A place is known by file, function and code in short, and was reviewed as long as the code of the function around it is
the same. Line numbers are not kept, so that code may move within its file.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from obq_privacy.cli._scan import Way

VERSION: Final = 1
State: TypeAlias = Literal["reviewed", "new", "moved", "changed"]
_HEAD: Final = f"""\
# Places where values leave, as somebody has reviewed them, one a line. `into` is for the reader; the rest is compared.
# After a review: python -m obq_privacy reveals --lock THIS-FILE --update SRC...
version = {VERSION}
places = [
"""
_TEXTS: Final = ("file", "function", "call", "out", "code")
_LISTS: Final = ("for", "of", "to", "notes")
_LINE: Final = re.compile(r"at line (\d+)")


class LockInvalid(Exception):
    """The file is no list of places; `line` says where."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


class Entry(NamedTuple):
    """A reviewed place; the first four say which, the rest what it was."""

    file: str
    function: str
    call: str
    number: int
    out: str
    purposes: tuple[str, ...]
    items: tuple[str, ...]
    recipients: tuple[str, ...]
    notes: tuple[str, ...]
    code: str
    into: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Which place it is."""
        return self[:4]


class Judged(NamedTuple):
    """A place beside the list.

    Attributes:
        way: the place.
        state: whether it was reviewed as it is, or why not.
        why: in words; "" where it was reviewed or is new.
    """

    way: Way
    state: State
    why: str


class Comparison(NamedTuple):
    """What was found beside what was reviewed: every place, and the entries whose place is gone."""

    judged: tuple[Judged, ...]
    gone: tuple[Entry, ...]

    @property
    def unreviewed(self) -> tuple[Judged, ...]:
        """Places that nobody has reviewed as they are."""
        return tuple(one for one in self.judged if one.state != "reviewed")


def entry_of(way: Way) -> Entry:
    """Give the entry for a place as it is."""
    into = tuple(sorted({where for where, _ in way.into}))
    return Entry(
        way.file,
        way.function,
        way.text,
        way.number,
        str(way.out),
        way.purposes,
        way.items,
        way.recipients,
        way.notes,
        way.code,
        into,
    )


def compare(ways: Iterable[Way], entries: Iterable[Entry], covered: Callable[[str], bool]) -> Comparison:
    """Compare places with reviewed ones; entries of files that are not covered are left alone."""
    known = {entry.key: entry for entry in entries}
    pairs = [(way, known.pop(entry_of(way).key, None)) for way in ways]
    left = [entry for entry in known.values() if covered(entry.file)]
    judged: list[Judged] = []
    for way, entry in pairs:
        if entry is not None:
            why = "; ".join(_differences(entry, entry_of(way)))
            judged.append(Judged(way, "changed" if why else "reviewed", why))
            continue
        former = next((one for one in left if (one.call, one.out) == (way.text, way.out)), None)
        if former is None:
            judged.append(Judged(way, "new", ""))
        else:
            left.remove(former)
            judged.append(Judged(way, "moved", f"it was in {former.function} of {former.file}"))
    return Comparison(tuple(judged), tuple(sorted(left)))


def _differences(before: Entry, now: Entry) -> Iterable[str]:
    if before.code != now.code:
        yield "the code around it has changed"
    if before.out != now.out:
        yield f"what comes out: {before.out}, now {now.out}"
    sides = (
        ("purposes", before.purposes, now.purposes),
        ("items", before.items, now.items),
        ("recipients", before.recipients, now.recipients),
        ("notes", before.notes, now.notes),
    )
    for name, former, current in sides:
        if former != current:
            yield f"{name}: {', '.join(former) or 'not said'}, now {', '.join(current) or 'not said'}"


# ── The file ──────────────────────────────────────────────────────────────────────────────────────────────


def dumps(entries: Iterable[Entry]) -> str:
    """Write entries, sorted; every line ends alike, so that a merge meets only what both sides have changed."""
    return _HEAD + "".join(f"    {_line(entry)},\n" for entry in sorted(entries)) + "]\n"


def _line(entry: Entry) -> str:
    fields: list[tuple[str, object]] = [("file", entry.file), ("function", entry.function), ("call", entry.call)]
    if entry.number > 1:
        fields.append(("number", entry.number))
    lists = zip(_LISTS, (entry.purposes, entry.items, entry.recipients, entry.notes), strict=True)
    fields += [("out", entry.out), *((name, value) for name, value in lists if value)]
    if entry.into:
        fields.append(("into", entry.into))
    fields.append(("code", entry.code))
    return f"{{ {', '.join(f'{name} = {_spelled(value)}' for name, value in fields)} }}"


def _spelled(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_spelled(one) for one in cast('tuple[object, ...]', value))}]"
    return str(value) if isinstance(value, int) else f'"{_ESCAPED.sub(_escape, str(value))}"'


_ESCAPED: Final = re.compile(r'[\x00-\x1f"\\\x7f\ud800-\udfff]')


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if "\ud800" <= character <= "\udfff":
        return "�"  # half a character, which no file holds
    return f"\\u{ord(character):04x}"


def loads(text: str) -> list[Entry]:
    """Read what `dumps` has written.

    Raises:
        LockInvalid: it is something else, or of another version.
    """
    try:
        form = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        raise LockInvalid(int(found.group(1)) if found else 1, f"it is no TOML: {error}") from None
    if form.get("version") != VERSION:
        raise LockInvalid(1, f"it is not of version {VERSION}; write it anew with --update")
    places: object = form.get("places")
    if not isinstance(places, list):
        raise LockInvalid(1, "it has no places")
    entries = [_entry(place) for place in cast("list[object]", places)]
    if len({entry.key for entry in entries}) != len(entries):
        raise LockInvalid(1, "it has a place twice, as after a careless merge; write it anew with --update")
    return entries


def _entry(place: object) -> Entry:
    if not isinstance(place, dict):
        raise LockInvalid(1, "a place is no table")
    form = cast("dict[str, object]", place)
    file, function, call, out, code = (_text(form, name) for name in _TEXTS)
    number = form.get("number", 1)
    if type(number) is not int:
        raise LockInvalid(1, "the number of a place is no int")
    purposes, items, recipients, notes = (_texts(form, name) for name in _LISTS)
    return Entry(file, function, call, number, out, purposes, items, recipients, notes, code, _texts(form, "into"))


def _text(form: dict[str, object], name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str):
        raise LockInvalid(1, f"a place has no {name}")
    return value


def _texts(form: dict[str, object], name: str) -> tuple[str, ...]:
    value = form.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in cast("list[object]", value)):
        raise LockInvalid(1, f"{name} of a place is no list of texts")
    return tuple(cast("Sequence[str]", value))
