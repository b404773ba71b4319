"""Releases: how many people stand in each of several groups, the one way out that leaves nobody's data behind it.

Values are opened inside, one decision each, and what comes out are counts. `_refinement` says which of them may;
earlier releases are remembered in the docket, as sets of digests that die with the keys of their subjects.
"""

from __future__ import annotations

import datetime as dt
import json
from base64 import b64decode, b64encode
from enum import Enum
from hmac import digest
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar, cast, final

import attrs

from obq_privacy.crypto import encode
from obq_privacy.errors import (
    ArgumentInvalid,
    Denied,
    DifferenceTooSmall,
    GroupTooSmall,
    KeyErased,
    ReleaseInvalid,
    ReleaseRefused,
    WrapperMisuse,
)
from obq_privacy.guard._access import Access
from obq_privacy.guard._arguments import check_kind, check_purposes, check_text
from obq_privacy.guard._pass import Box
from obq_privacy.guard._refinement import Cells, Verdict, Why, judge
from obq_privacy.values import Protected
from obq_privacy.values._door import Derived, Failure, derive, keys_of, leaves, open_all, payload
from obq_privacy.vocab import Invoked, Operation, Recipient, Request
from obq_privacy.vocab.generalise import Technique, suppress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from obq_privacy.guard._core import Core
    from obq_privacy.stores import CaseEntry
    from obq_privacy.vocab import AnyRecipient, Purpose

P = TypeVar("P", bound="Purpose")

CASE: Final = "releases"
"""The one case in the docket that every release is entered in: what is released is compared with all of it."""

_DIGEST: Final = 12
"""Bytes that stand for a subject: two of a million people share them with a chance of about 2⁻⁵⁷."""

_GLOBAL: Final = "0" * 32

Naming = str | int | bool | dt.date | Enum | None
"""What may name a group: the values of a technique are text."""

Key = tuple[tuple[str, Naming], ...]
"""The name of a group: each value with the name of its type, because True equals 1."""


@final
@attrs.frozen
class Group:
    """People who have the same values.

    Attributes:
        values: what they have in common, in the order of `Release.names`.
        subjects: how many people they are.
    """

    values: tuple[Naming, ...]
    subjects: int


@final
@attrs.frozen(init=False)
class Release:
    """Counts that may be told to anybody: no longer personal data. Made by `Guard.release` only.

    Attributes:
        purpose: key of the purpose that the values were used for.
        names: of what the groups differ in.
        groups: the groups, in the order of their values.
        smallest: the least number of people behind each.
        suppressed: people whose groups are not told: none, or at least `smallest` together.
        left_out: people whose data may not be used for the purpose; None where that is not told.
        techniques: for each name, by which named techniques its values were made less exact.
        version: the version of the policy.
        at: when.
    """

    purpose: str
    names: tuple[str, ...]
    groups: tuple[Group, ...]
    smallest: int
    suppressed: int
    left_out: int | None
    techniques: tuple[tuple[str, ...], ...]
    version: str
    at: dt.datetime

    def __init__(self, *args: object, **kwargs: object) -> None:
        del args, kwargs
        raise WrapperMisuse(wrapper="Release", problem="it has no public constructor; see guard.release")

    @property
    def rows(self) -> tuple[dict[str, Naming], ...]:
        """The groups as plain dicts, with the number of people as `subjects`."""
        pairs = ((dict(zip(self.names, one.values, strict=True)), one.subjects) for one in self.groups)
        return tuple({**values, "subjects": subjects} for values, subjects in pairs)


class Ask(NamedTuple):
    """What is to be released, and how.

    Attributes:
        use: the request to use each value.
        share: the request to share what comes of it, or None where nobody in particular gets it.
        names: of what the groups differ in.
        least: the least number of people behind each.
        suppress: whether to leave out small groups instead of refusing.
    """

    use: Request
    share: Request | None
    names: tuple[str, ...]
    least: int
    suppress: bool

    @property
    def key(self) -> str:
        """The key of the purpose."""
        return self.use.purpose.key if self.use.purpose is not None else ""


class Opened:
    """Who stands in which group. The names of groups are values, so nothing shows them."""

    __slots__ = ("groups", "left", "techniques")

    def __init__(self) -> None:
        self.groups: dict[Key, set[bytes]] = {}
        self.left: set[bytes] = set()
        self.techniques: dict[str, set[str]] = {}

    def __repr__(self) -> str:
        return "Opened(…)"

    def add(self, member: bytes, keys: Box) -> None:
        """Put a person into groups, or with those who are left out where there are none."""
        for key in keys.value:
            self.groups.setdefault(key, set()).add(member)
        if not keys.value:
            self.left.add(member)


def release(
    core: Core,
    purpose: type[P],
    records: Box,
    *,
    by: Mapping[str, Callable[[Any], Protected[Any, P]]],
    smallest: int | None,
    small: Literal["refuse", "suppress"],
    to: AnyRecipient | None,
    under: Invoked | None,
) -> Release:
    """Do what `Guard.release` says; the records come in a box, because their plain fields may be values."""
    check_purposes("release", purpose)
    check_kind("to", to, Recipient | None)
    check_kind("under", under, Invoked | None)
    least, suppressing = _limits(core, by, smallest, small)
    use = Request(Operation.USE, purpose, invoked=under, deidentified=True)
    share = None if to is None else Request(Operation.SHARE, purpose, recipient=to, deidentified=True)
    ask = Ask(use, share, tuple(by), least, suppressing)
    people = _people(core, records, by)
    values = (value for rows in people.values() for row in rows for value in row)
    said: dict[str, Any] = {"purpose": purpose.key, "items": tuple(sorted({key for v in values for key in keys_of(v)}))}
    if to is not None:
        said["recipient"] = to.key
    if under is not None:
        said |= {"basis": under.basis.value, "actor": under.by, "justification": under.justification}
    opened = _opened(ask, people)
    named = Box(sorted(opened.groups, key=_order))
    groups = [frozenset(opened.groups[name]) for name in named.value]
    try:
        verdict = _entered(core, ask, frozenset(opened.left), groups)
    except ReleaseRefused as refusal:
        codes, clauses = (refusal.code,), (refusal.clause or "",)
        core.record(_GLOBAL, core.fact("release", "deny", codes=codes, clauses=clauses, **said))
        raise
    core.record(_GLOBAL, core.fact("release", "done", **said))
    told = [Group(tuple(value for _, value in named.value[each]), len(groups[each])) for each in verdict.groups]
    return _made(core, ask, opened, told, verdict)


def _limits(core: Core, by: Mapping[str, object], smallest: int | None, small: object) -> tuple[int, bool]:
    """Check what limits a release: the least number of people, and whether small groups are suppressed."""
    if small not in {"refuse", "suppress"}:
        raise ArgumentInvalid(argument="small", problem='it is "refuse" or "suppress"')
    least = core.policy.smallest_group if smallest is None else smallest
    if type(least) is not int or least < core.policy.smallest_group:
        raise ArgumentInvalid(argument="smallest", problem="it is an int, not below the policy's smallest_group")
    for name in by:
        check_text("by", name)
    if not by or not all(map(callable, by.values())):
        raise ArgumentInvalid(argument="by", problem="it names at least one function from a record to a wrapper")
    if "subjects" in by:
        raise ArgumentInvalid(argument="by", problem="subjects is the name of the counts")
    return least, small == "suppress"


# ── Who, and what of them ─────────────────────────────────────────────────────────────────────────────────

Row = tuple[Protected[Any, Any], ...]


def _people(core: Core, records: Box, by: Mapping[str, Callable[[Any], object]]) -> dict[Access, list[Row]]:
    """Give the wrappers of every record, by the person that they are about."""
    people: dict[Access, list[Row]] = {}
    for record in map(Box, records.value):
        row = tuple(select(record.value) for select in by.values())
        if not all(isinstance(value, Protected) for value in row):
            del row  # what is no wrapper may be a value
            raise ReleaseInvalid(problem="a function in by gives something other than a wrapper")
        wrappers = cast("Row", row)
        about = {leaf._keeper for value in wrappers for leaf in leaves(value)}
        access = about.pop()
        if about or not isinstance(access, Access) or access._core is not core:
            raise ReleaseInvalid(problem="the values of one record are about several people, or of another guard")
        people.setdefault(access, []).append(wrappers)
    return people


def _opened(ask: Ask, people: dict[Access, list[Row]]) -> Opened:
    """Open the values of one person after the other, and keep only in which groups they stand."""
    opened = Opened()
    for access, rows in people.items():
        member = _digest(access)
        if member is None:
            continue  # erased: there is nobody to count
        usable, keys = _keys(ask.use, rows)
        if isinstance(keys, Failure):
            raise keys.error()
        if keys.value is None:
            raise ReleaseInvalid(problem="a group is named by something other than text, a whole number or a date")
        if ask.share is not None and usable:  # it is refused for what the recipient is, so for everybody
            open_all(ask.share, [suppressed for row in usable for suppressed in map(_emptied, row)])
        opened.add(member, keys)
        for name, values in zip(ask.names, zip(*rows, strict=True), strict=True):
            opened.techniques.setdefault(name, set()).update(*map(_techniques, values))
    return opened


def _emptied(value: Protected[Any, Any]) -> Protected[Any, Any]:
    return derive(suppress, value)


def _digest(access: Access) -> bytes | None:
    """Give what stands for a subject in the docket: nobody can compute it once the subject's key is destroyed."""
    try:
        return digest(access.key().key, encode("obq-privacy/release/1"), "sha256")[:_DIGEST]
    except KeyErased:
        return None


def _keys(use: Request, rows: list[Row]) -> tuple[list[Row], Box | Failure]:
    """Give the rows of one person that may be used, and the groups that the person stands in by them.

    All values are opened together, so that there is one record; only where some may not be used, each row is opened on
    its own. A box of None says that a value cannot name a group.
    """
    try:
        return rows, _row_keys(use, rows)
    except (Denied, KeyErased):
        if len(rows) == 1:
            return [], Box([])
    usable: list[Row] = []
    found = Box([])
    for row in rows:
        try:
            alone = _row_keys(use, [row])
        except (Denied, KeyErased):
            continue
        usable.append(row)
        if isinstance(alone, Failure) or alone.value is None:
            return usable, alone
        found.value.extend(alone.value)
    return usable, found


def _row_keys(use: Request, rows: list[Row]) -> Box | Failure:
    plain = open_all(use, [value for row in rows for value in row])
    failed = next((value for value in plain if isinstance(value, Failure)), None)
    if failed is not None:
        plain.clear()
        return failed
    if not all(value is None or isinstance(value, str | int | dt.date | Enum) for value in plain):
        return Box(None)
    width = len(rows[0])
    kinds = [(type(value).__name__, value) for value in plain]
    return Box([tuple(kinds[at : at + width]) for at in range(0, len(kinds), width)])


def _techniques(value: Protected[Any, Any]) -> set[str]:
    """Give the names of the techniques that a value is made by."""
    found: set[str] = set()
    stack, seen = [value], set[int]()
    while stack:
        top = stack.pop()
        if isinstance(top, Derived) and id(cast("object", top)) not in seen:
            seen.add(id(cast("object", top)))
            function, parents = payload(cast("object", top))
            stack.extend(parents)
            if isinstance(function, Technique):
                found.add(function.name)
    return found


def _order(key: Key) -> list[tuple[str, int, str]]:
    """Order groups by their values, whatever types those are of."""
    return [(kind, value, "") if isinstance(value, int) else (kind, 0, str(value)) for kind, value in key]


# ── What is remembered ────────────────────────────────────────────────────────────────────────────────────


def _entered(core: Core, ask: Ask, left: frozenset[bytes], groups: Sequence[frozenset[bytes]]) -> Verdict:
    """Judge against every earlier release, and remember this one, in one step against every other process.

    Raises:
        ReleaseRefused: nothing of it may be told; nothing was entered.
    """
    earlier = core.store.entries(CASE)
    cells = _cells(earlier, Cells())
    found = judge(cells, groups, left, least=ask.least, suppress=ask.suppress)

    def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None]:
        nonlocal found
        if len(entries) > len(earlier):
            since = _cells(entries[len(earlier) :], cells)
            found = judge(since, groups, left, least=ask.least, suppress=ask.suppress)
        if isinstance(found, Why):
            kind = GroupTooSmall if found is Why.SMALL else DifferenceTooSmall
            raise kind(purpose=ask.key, smallest=ask.least)
        return _spelled(core, ask, found), False, None

    core.store.enter(CASE, "release", "", make, core.clock.now())
    return cast("Verdict", found)


def _cells(entries: Sequence[CaseEntry], cells: Cells) -> Cells:
    """Add what was released to what can be told apart."""
    for entry in entries:
        for spelled in json.loads(entry.text)["sets"]:
            members = b64decode(spelled)
            cells.split({members[at : at + _DIGEST] for at in range(0, len(members), _DIGEST)})
    return cells


def _spelled(core: Core, ask: Ask, verdict: Verdict) -> str:
    """Spell a release for the docket: of the groups only what can be told apart by them, and nothing of their names."""
    form = {
        "v": 1,
        "purpose": ask.key,
        "names": ask.names,
        "groups": len(verdict.groups),
        "smallest": ask.least,
        "version": core.policy.version,
        "sets": [b64encode(b"".join(sorted(members))).decode("ascii") for members in verdict.sets],
    }
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _made(core: Core, ask: Ask, opened: Opened, groups: list[Group], verdict: Verdict) -> Release:
    made = object.__new__(Release)
    fields = {
        "purpose": ask.key,
        "names": ask.names,
        "groups": tuple(groups),
        "smallest": ask.least,
        "suppressed": verdict.rest,
        "left_out": len(opened.left) if verdict.left_out else None,
        "techniques": tuple(tuple(sorted(opened.techniques.get(name, ()))) for name in ask.names),
        "version": core.policy.version,
        "at": core.clock.now(),
    }
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made
