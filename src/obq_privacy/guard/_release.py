"""Releases: how many people stand in each of several groups, the one way out that leaves nobody's data behind it.

Values are opened inside, one decision each, and what comes out are counts. `_refinement` says which of them may;
earlier releases are remembered in the docket, as sets of digests that die with the keys of their subjects.
"""

from __future__ import annotations

import datetime as dt
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar, cast, final

import attrs

from obq_privacy.errors import (
    ArgumentInvalid,
    DifferenceTooSmall,
    GroupTooSmall,
    ReleaseRefused,
    StoreIncompatible,
    WrapperMisuse,
)
from obq_privacy.guard._arguments import check_kind, check_purposes, check_text
from obq_privacy.guard._counting import DIGEST, Naming, counted, order, people_of
from obq_privacy.guard._pass import Box
from obq_privacy.guard._refinement import Cells, Verdict, Why, judge
from obq_privacy.values._door import keys_of
from obq_privacy.vocab import Invoked, Operation, Recipient, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from obq_privacy.guard._core import Core
    from obq_privacy.guard._counting import Opened
    from obq_privacy.stores import CaseEntry
    from obq_privacy.values import Protected
    from obq_privacy.vocab import AnyRecipient, Purpose

P = TypeVar("P", bound="Purpose")

CASE: Final = "releases"
"""The one case in the docket that every release is entered in: what is released is compared with all of it."""

_VERSION: Final = 1
_GLOBAL: Final = "0" * 32


@final
@attrs.frozen
class Group:
    """People who have the same values.

    Attributes:
        values: what they have in common, in the order of `Release.names`.
        subjects: how many people they are.
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

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

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

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
        key: key of the purpose.
        names: of what the groups differ in.
        least: the least number of people behind each.
        suppress: whether to leave out small groups instead of refusing.
    """

    key: str
    names: tuple[str, ...]
    least: int
    suppress: bool


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
    # Only a basis that is invoked asks what comes out; without one it is a use like any other, and kept as such.
    use = Request(Operation.USE, purpose, invoked=under, deidentified=under is not None)
    share = None if to is None else Request(Operation.SHARE, purpose, recipient=to, deidentified=True)
    ask = Ask(purpose.key, tuple(by), least, suppressing)
    if not isinstance(records.value, Iterable):
        raise ArgumentInvalid(argument="records", problem="they are records, or wrappers, and several")
    people = people_of(core, records, by)
    values = (value for rows in people.values() for row in rows for value in row)
    said: dict[str, Any] = {"purpose": purpose.key, "items": tuple(sorted({key for v in values for key in keys_of(v)}))}
    if to is not None:
        said["recipient"] = to.key
    if under is not None:
        said |= {"basis": under.basis.value, "actor": under.by, "justification": under.justification}
    with core.strictly():
        opened = counted(ask.names, people, use=use, share=share)
    named = Box(sorted(opened.groups, key=order))
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
    check_kind("small", small, str)
    if small not in {"refuse", "suppress"}:
        raise ArgumentInvalid(argument="small", problem='it is "refuse" or "suppress"')
    check_kind("by", by, Mapping)
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
        form = json.loads(entry.text)
        if form["v"] != _VERSION:
            raise StoreIncompatible(store=CASE, problem=f"entry {entry.seq} is of another version")
        for spelled in form["sets"]:
            members = b64decode(spelled)
            cells.split({members[at : at + DIGEST] for at in range(0, len(members), DIGEST)})
    return cells


def _spelled(core: Core, ask: Ask, verdict: Verdict) -> str:
    """Spell a release for the docket: of the groups only what can be told apart by them, and nothing of their names."""
    form = {
        "v": _VERSION,
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
