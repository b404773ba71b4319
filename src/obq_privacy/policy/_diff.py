"""What changed from one version of a policy to another, and what that means to subjects (CHANGE-1, CHANGE-2)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, cast, final

from obq_privacy.errors import ArgumentInvalid, PolicyConflict
from obq_privacy.policy._classes import FIELDS, PARTS, SETTINGS, Part, removed_rule
from obq_privacy.policy._former import former_of
from obq_privacy.policy._policy import Policy
from obq_privacy.policy._written import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Row = Mapping[str, object]


class ChangeKind(Enum):
    """The six kinds of major change that are announced prominently, and all the others (CHANGE-2)."""

    SERVICE = "service-model"
    CONTROL = "control"
    RECIPIENTS = "main-recipients"
    RIGHTS = "rights"
    CONTACTS = "contacts"
    IMPACT = "impact-assessment"
    MINOR = "minor"

    @property
    def major(self) -> bool:
        """Whether it is announced prominently."""
        return self is not ChangeKind.MINOR


class Change(NamedTuple):
    """One thing that changed.

    Attributes:
        declaration: what was added, removed or changed, such as `purpose delivery`.
        field: the field of it, as in the document; "" where the whole was added or removed.
        before: what it was, as in the document; None where it was not there.
        after: what it is, likewise.
        kind: which kind of change it is.
        reduces: whether it takes a right away, so that it does not apply before it is agreed to (CHANGE-1).
        purposes: keys of the purposes that it is about, sorted; none where it is about all of them.
    """

    declaration: str
    field: str
    before: object
    after: object
    kind: ChangeKind
    reduces: bool
    purposes: tuple[str, ...] = ()


@final
class Diff:
    """Everything that changed from one version to another. Made by `diff`.

    Attributes:
        old: the older policy.
        new: the newer one, which knows what the older one said.
        changes: every change, in the order of the document.
    """

    __slots__ = ("changes", "new", "old")
    old: Policy
    new: Policy
    changes: tuple[Change, ...]

    def __init__(self, old: Policy, new: Policy, changes: Iterable[Change]) -> None:
        known = {**old.archive, **new.archive, old.version: former_of(old.dumps())}
        known.pop(new.version, None)
        self.old = old
        self.new = new.with_archive(known)
        self.changes = tuple(changes)

    @property
    def major(self) -> tuple[Change, ...]:
        """The changes that are announced prominently, to everybody (CHANGE-2)."""
        return tuple(change for change in self.changes if change.kind.major)

    @property
    def reducing(self) -> tuple[Change, ...]:
        """The changes that take a right away (CHANGE-1)."""
        return tuple(change for change in self.changes if change.reduces)

    @property
    def kinds(self) -> frozenset[ChangeKind]:
        """The kinds of change that there are."""
        return frozenset(change.kind for change in self.changes)

    @property
    def for_everybody(self) -> bool:
        """Whether a major change is about all purposes, or about what is new, so that everybody must be told."""
        known = {rule.purpose.key for rule in self.old.purposes}
        return any(not change.purposes or not known.issuperset(change.purposes) for change in self.major)

    def told(self, purposes: Iterable[str]) -> tuple[Change, ...]:
        """Give the major changes that somebody must be told who consented to these purposes (keys).

        A change to one purpose concerns whoever consented to it, to a wider or to a narrower one; a change to all of
        them, and a purpose that is new, concern everybody.
        """
        mine = frozenset(purposes)
        known = {rule.purpose.key for rule in self.old.purposes}
        near = {key: _near(self.new, key) | _near(self.old, key) for change in self.major for key in change.purposes}
        return tuple(
            change
            for change in self.major
            if not change.purposes or any(key not in known or near[key] & mine for key in change.purposes)
        )

    def __repr__(self) -> str:
        return f"Diff({self.old.version!r}, {self.new.version!r}, {len(self.changes)} changes)"


def _near(policy: Policy, key: str) -> frozenset[str]:
    """Give a purpose with all wider and narrower ones, by key."""
    purposes = [rule.purpose for rule in policy.purposes]
    found = {key}
    for purpose in purposes:
        line = [one.key for one in purpose.lineage]
        if purpose.key == key:
            found.update(line)
        elif key in line:
            found.add(purpose.key)
    return frozenset(found)


def diff(old: Policy, new: Policy, *, high_risks: Iterable[str] = ()) -> Diff:
    """Compare two versions of a policy, and say what each change means.

    Args:
        old: the older policy.
        new: the newer one.
        high_risks: references of impact assessments that show a high risk; each is a major change of its own.

    Raises:
        PolicyConflict: both have the name of one version and say different things (CHANGE-3).
        ArgumentInvalid: one is no policy, or `high_risks` are not texts.
    """
    for name, one in (("old", old), ("new", new)):
        if not isinstance(one, Policy):
            raise ArgumentInvalid(argument=name, problem="it is a Policy")
    risks = _texts(high_risks)
    before, after = document(old), document(new)
    if old.version == new.version and before != after:
        raise PolicyConflict(version=new.version)
    found = [*_settings(before, after)]
    for part in PARTS:
        found += _part(part, _rows(part, before), _rows(part, after), old, new)
    found += [Change("impact assessment", "", None, risk, ChangeKind.IMPACT, reduces=False) for risk in risks]
    return Diff(old, new, found)


def _texts(risks: object) -> tuple[str, ...]:
    found = tuple(cast("Iterable[object]", risks)) if isinstance(risks, Iterable) else (None,)
    if isinstance(risks, str) or not all(isinstance(one, str) for one in found):
        raise ArgumentInvalid(argument="high_risks", problem="they are several texts, not one")
    return cast("tuple[str, ...]", found)


def _settings(before: Row, after: Row) -> Iterator[Change]:
    """Compare what stands on its own, and the fields of contact and minors."""
    for path, effect in SETTINGS.items():
        place, _, name = path.partition(".")
        was, now = before[place], after[place]
        if name:
            was, now = (cast("Row", side).get(name) if side is not None else None for side in (was, now))
        if was != now:
            yield Change(place, name, was, now, ChangeKind(effect.kind), reduces=effect.reduces(was, now))


def _rows(part: Part, document: Row) -> dict[str, Row]:
    rows = cast("list[Row]", document[part.name])
    return {" for ".join(str(row[key]) for key in part.keys if row[key] is not None): row for row in rows}


def _part(
    part: Part, before: Mapping[str, Row], after: Mapping[str, Row], old: Policy, new: Policy
) -> Iterator[Change]:
    """Compare the rows of one array."""
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        name = f"{part.word} {key}"
        purposes = tuple(sorted({*_purposes(part, was, old), *_purposes(part, now, new)}))
        if was is None:
            yield Change(name, "", None, now, ChangeKind(part.kind), reduces=part.added(now), purposes=purposes)
        elif now is None:
            reduces = part.removed(was) or (part.name == "purposes" and removed_rule(old, new, key))
            yield Change(name, "", was, None, ChangeKind(part.kind), reduces=reduces, purposes=purposes)
        else:
            for field, effect in FIELDS[part.name].items():
                one, other = was[field], now[field]
                if one != other:
                    kind = ChangeKind(effect.kind)
                    yield Change(name, field, one, other, kind, reduces=effect.reduces(one, other), purposes=purposes)


def _purposes(part: Part, row: Row | None, policy: Policy) -> Iterable[str]:
    """Give the keys of the purposes that a row is about."""
    if row is None:
        return ()
    if part.name in {"purposes", "vocabulary"}:
        return [str(row["key"])]
    if part.name == "recipients":
        return cast("list[str]", row["purposes"])
    if part.name == "retention" and row["purpose"] is not None:
        return [str(row["purpose"])]
    if part.name in {"items", "retention"}:
        item = str(row["key"] if part.name == "items" else row["item"])
        return [rule.purpose.key for rule in policy.purposes if any(one.key == item for one in rule.items)]
    return ()
