"""Envelopes on the recipient's side: values come in under the label they left with, and never under a looser one.

They are opened into wrappers: for no more purposes than they were shared for, no less sensitive, for no longer than
the sender may, and only after a decision to collect them here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeVar, cast, final

from obq_privacy.crypto import EnvelopeKey, open_envelope
from obq_privacy.decision import decide
from obq_privacy.errors import (
    ArgumentInvalid,
    EnvelopeMismatch,
    EnvelopeOverdue,
    EnvelopeReplayed,
    ValueInvalid,
    WrapperMisuse,
)
from obq_privacy.guard import _sealing as sealing
from obq_privacy.guard._arguments import check_item, check_kind, check_text
from obq_privacy.guard._collecting import _built as built
from obq_privacy.guard._core import Core
from obq_privacy.guard._envelope import spelling_of
from obq_privacy.guard._pass import Box, Pass, joined
from obq_privacy.guard._subject import Subject
from obq_privacy.values import fields_of
from obq_privacy.vocab import Category, Operation, PurposeSet, Request, Sensitivity, Source, SourceKind
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.crypto import EnvelopeField, EnvelopeHeader
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._guard import Guard
    from obq_privacy.stores import CaseEntry
    from obq_privacy.values import Held
    from obq_privacy.vocab import AnyItem

R = TypeVar("R")

CASE: Final = "envelope"
"""The kind of the cases in the docket that remember as whose values an envelope was opened."""


class _Asked(NamedTuple):
    """One value that is to come out of an envelope."""

    name: str
    item: AnyItem
    access: Access
    field: EnvelopeField
    box: Box


@final
class Inbox(Shut):
    """Where envelopes of one sender are opened, as wrappers of this guard.

    A value comes out for the purposes that its item here and the envelope have in common, by key, at least as
    sensitive as it was at the sender, from `third-party:<sender>`, and for no longer than the sender may share it.
    Whether it may be collected is decided and recorded here: the policy declares the sender as a source (USE-10).

    Opening an envelope again gives the same values under the same label; as values of other people it is refused.

    Args:
        guard: the guard here.
        key: the key pair whose public half the sender has.
        sender: key of the sender among the policy's sources.
        controller: what the sender's policy calls its controller; by default the title of the source.
        within: refuse envelopes that were made longer ago, so that nobody can keep one back; None for no limit.

    Raises:
        ArgumentInvalid: an argument is of another type, or the policy declares no such source.
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    __slots__ = ("_controller", "_core", "_key", "_source", "_within")

    def __init__(
        self,
        guard: Guard,
        key: EnvelopeKey,
        /,
        *,
        sender: str,
        controller: str = "",
        within: dt.timedelta | None = None,
    ) -> None:
        core: object = getattr(guard, "_core", None)
        check_kind("key", key, EnvelopeKey)
        check_text("sender", sender)
        check_text("controller", controller)
        check_kind("within", within, dt.timedelta | None)
        if not isinstance(core, Core):
            raise ArgumentInvalid(argument="guard", problem="it is a Guard")
        source = core.policy.source(sender)
        if source is None:
            raise ArgumentInvalid(argument="sender", problem="it is the key of a source that the policy declares")
        self._core = core
        self._key = key
        self._source = Source(SourceKind.THIRD_PARTY, sender)
        self._controller = controller or source.title
        self._within = within

    def __repr__(self) -> str:
        return f"Inbox({self._source.name}, {self._key.key_id.hex()})"

    def open(
        self,
        data: bytes,
        items: Mapping[str, AnyItem],
        /,
        *,
        subject: Subject | Mapping[str, Subject],
        user_action: bool = False,
    ) -> dict[str, Held[Any, Any]]:
        """Open an envelope into wrappers, all or nothing; values that are not asked for stay shut.

        Args:
            data: the envelope.
            items: what the values are here, by the names in the envelope.
            subject: whom the values are about; by name where they are about several people.
            user_action: whether the subject is acting just now (USE-20).

        Raises:
            EnvelopeBroken: it is damaged or was changed.
            EnvelopeNotForYou: it is sealed to another key.
            EnvelopeUnknownSuite: it is of a form that is unknown here.
            EnvelopeMismatch: it does not hold what is asked for, from this sender, for a purpose of the item.
            EnvelopeOverdue: the sender's own time has ended.
            EnvelopeReplayed: it was opened before, as values of other people.
            ArgumentInvalid: an argument is of another type, or somebody belongs to another guard.
            Denied: a value may not be collected here; the subclass and its codes say why.
            ValueInvalid: a value does not fit its item here. The value is nowhere in the error.
            JournalUnavailable: the record cannot be written; nothing was collected.
        """
        _check_names(items)
        _check_people(self._core, subject)
        header, boxes = self._unsealed(data)
        return self._collected(header, boxes, sha256(data).hexdigest(), items, subject, user_action=user_action)

    def open_record(
        self, data: bytes, kind: type[R], /, *, subject: Subject | Mapping[str, Subject], user_action: bool = False
    ) -> R:
        """Open an envelope into a record whose protected fields are named as its values; otherwise as `open`.

        Optional fields are taken where the envelope has them.

        Raises:
            WrapperMisuse: it is no record, or a required field of it is not protected.
            EnvelopeMismatch: a required field is not in the envelope.
        """
        check_kind("kind", kind, type)
        fields = fields_of(kind)
        plain = sorted(field.name for field in fields if field.item is None and field.required)
        if plain:
            raise WrapperMisuse(wrapper=kind.__name__, problem=f"no envelope holds what is plain: {', '.join(plain)}")
        _check_people(self._core, subject)
        header, boxes = self._unsealed(data)
        items = {
            field.alias: field.item
            for field in fields
            if field.item is not None and (field.required or field.alias in boxes)
        }
        found = self._collected(header, boxes, sha256(data).hexdigest(), items, subject, user_action=user_action)
        return built(kind, dict(found))

    def _unsealed(self, data: bytes) -> tuple[EnvelopeHeader, dict[str, Box]]:
        self._core.refresh()
        header, contents = open_envelope(self._key, data)
        boxes = {name: Box(content) for name, content in contents.items()}
        contents.clear()
        return header, boxes

    def _collected(
        self,
        header: EnvelopeHeader,
        boxes: Mapping[str, Box],
        digest: str,
        items: Mapping[str, AnyItem],
        subject: Subject | Mapping[str, Subject],
        *,
        user_action: bool,
    ) -> dict[str, Held[Any, Any]]:
        """Collect what is asked for, all or nothing."""
        core = self._core
        for item in items.values():
            check_item("open", item, core.policy)
        asked = self._asked(header, items, _people(items, subject), boxes)
        passes = self._admitted(header, asked, user_action=user_action)
        decoded = {one.name: _decoded(one) for one in asked}
        core.store.enter(f"{CASE}.{header.id}", CASE, "", _Binding(header, digest, asked), core.clock.now())
        kept: dict[str, Held[Any, Any]] = {}
        for access in dict.fromkeys(one.access for one in asked):
            fields = {one.name: (passes[one.name], decoded[one.name]) for one in asked if one.access is access}
            kept.update(access.collect_record(fields))
        return {name: kept[name] for name in items}

    def _asked(
        self,
        header: EnvelopeHeader,
        items: Mapping[str, AnyItem],
        people: Mapping[str, Access],
        boxes: Mapping[str, Box],
    ) -> list[_Asked]:
        """Find what is asked for, and check everything that the label says against it."""
        fields = {field.name: field for field in header.fields}
        now = self._core.second()
        if header.sender != self._controller:
            _misfit(header, "its sender is another than this inbox is for")
        if self._within is not None and header.made < now - self._within.total_seconds():
            _misfit(header, "it was made too long ago")
        missing = sorted(set(items) - set(fields))
        if missing:
            _misfit(header, f"it does not hold {', '.join(missing)}")
        asked = [_Asked(name, item, people[name], fields[name], boxes[name]) for name, item in items.items()]
        overdue = tuple(one.name for one in asked if one.field.until is not None and one.field.until <= now)
        if overdue:
            raise EnvelopeOverdue(envelope=header.id, fields=overdue)
        pairs = {(one.field.person, one.access) for one in asked}
        if len(pairs) != len({person for person, _ in pairs}) or len(pairs) != len({access for _, access in pairs}):
            _misfit(header, "its values are not about these people: one subject for each person in it")
        for one in asked:
            _check_kind_of_data(header, one)
        return asked

    def _admitted(self, header: EnvelopeHeader, asked: Sequence[_Asked], *, user_action: bool) -> dict[str, Pass]:
        """Decide about collecting all of it, all or nothing; refusals are recorded."""
        core = self._core
        passes: dict[str, Pass] = {}
        refused: list[Pass] = []
        for one in asked:
            with core.lock:
                core.refresh()
                passes[one.name] = held = self._pass(header, one, user_action=user_action)
            if held.refusal is not None:
                refused.append(held)
                core.journal.append(bytes.fromhex(one.access.subject), core.clock.monotonic_ns(), held.fact)
        if refused:
            raise joined([held.refusal() for held in refused if held.refusal is not None])
        return passes

    def _pass(self, header: EnvelopeHeader, one: _Asked, *, user_action: bool) -> Pass:
        core, item, field = self._core, one.item, one.field
        now = core.clock.now()
        shared = PurposeSet(
            sealing._purposes(core, item, list(field.wide)), sealing._purposes(core, item, list(field.exact))
        )
        purposes = item.purposes.meet(shared)
        if not purposes:
            _misfit(header, f"{one.name} was not shared for any purpose of {item.key}")
        origin = core.origin(
            item,
            max(one.access.sensitivity(item, now), Sensitivity(field.sensitivity)),
            purposes=purposes,
            source=self._source,
            region="+".join(field.regions),
            ends=min(field.until or 0, sealing.LAST),
        )
        label = origin.label(one.access.subject, int(now.timestamp()))
        request = Request(Operation.COLLECT, None, region=core.region, user_action=user_action)
        answer = decide(core.policy, one.access.standing(), label, request, now)
        with core.strictly():
            return one.access._pass(answer, request, origin, now)


def _misfit(header: EnvelopeHeader, problem: str) -> NoReturn:
    raise EnvelopeMismatch(envelope=header.id, problem=problem)


def _check_names(items: Mapping[str, AnyItem]) -> None:
    given: object = items
    if not isinstance(given, Mapping) or not given or not all(isinstance(name, str) for name in cast("Any", given)):
        raise ArgumentInvalid(argument="items", problem="it maps names to items, at least one")


def _check_people(core: Core, subject: object) -> None:
    people: list[Any] = list(cast("Any", subject).values()) if isinstance(subject, Mapping) else [subject]
    if not all(isinstance(one, Subject) for one in people):
        raise ArgumentInvalid(argument="subject", problem="it is a Subject, or one for each name")
    if any(one._core is not core for one in people):
        raise ArgumentInvalid(argument="subject", problem="it belongs to another guard")


def _people(items: Mapping[str, AnyItem], subject: Subject | Mapping[str, Subject]) -> dict[str, Access]:
    if isinstance(subject, Subject):
        return dict.fromkeys(items, subject._access)
    if set(subject) != set(items):
        raise ArgumentInvalid(argument="subject", problem="it is a Subject, or one for each name")
    return {name: one._access for name, one in subject.items()}


def _check_kind_of_data(header: EnvelopeHeader, one: _Asked) -> None:
    """Check that an item is no other and no looser description of what the sender says it is."""
    if one.field.spelling != spelling_of(one.item.kind, own=one.item.codec is not None):
        _misfit(header, f"{one.name} is no {one.item.kind.__name__}")
    level = Sensitivity(one.field.sensitivity)
    if one.item.sensitivity is Sensitivity.NON_PERSONAL and level is not Sensitivity.NON_PERSONAL:
        _misfit(header, f"{one.name} identifies people, {one.item.key} does not")
    of_item = one.item.category.value
    others = {one.value for one in Category if one.sensitive} - {Category.CHILD.value, of_item}
    if level is Sensitivity.SENSITIVE and (of_item not in one.field.categories or others & {*one.field.categories}):
        _misfit(header, f"{one.name} is another kind of sensitive data than {one.item.key}")


def _decoded(one: _Asked) -> Box:
    """Give the value itself, checked.

    Raises:
        ValueInvalid: it is none of its item.
    """
    box = Box(one.item.decode(one.box.value))
    problem = one.item.check(box.value)
    if problem is not None:
        raise ValueInvalid(item=one.item.key, problem=problem)
    return box


class _Binding:
    """Remembers as whose values an envelope was opened, and refuses others."""

    __slots__ = ("_digest", "_header", "_people")

    def __init__(self, header: EnvelopeHeader, digest: str, asked: Sequence[_Asked]) -> None:
        self._header = header
        self._digest = digest
        self._people = {str(one.field.person): str(one.access.subject) for one in asked}

    def __call__(self, entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime | None] | None:
        known: dict[str, str] = {}
        for entry in entries:
            said = json.loads(entry.text)
            known.update(said["people"])
            if said["digest"] != self._digest:
                raise EnvelopeReplayed(envelope=self._header.id)
        both = known | self._people
        # A person stays who it was, and nobody is two of them.
        if any(both[person] != subject for person, subject in known.items()) or len(set(both.values())) != len(both):
            raise EnvelopeReplayed(envelope=self._header.id)
        if both == known:
            return None
        form = {"digest": self._digest, "people": both, "sender": self._header.sender}
        return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False), False, None
