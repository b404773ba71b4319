"""Collecting values that come in some way other than simply from the subject, and records of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, final, overload

from obq_privacy.errors import ArgumentInvalid, ItemInvalid, RecordInvalid
from obq_privacy.guard._arguments import check_kind
from obq_privacy.guard._pass import Box
from obq_privacy.values import Held, NonPersonal, Personal, RecordField, Sensitive, fields_of
from obq_privacy.vocab import (
    AnyItem,
    Item,
    NonPersonalItem,
    PersonalItem,
    Pseudonym,
    Purpose,
    SensitiveItem,
    Source,
    SourceKind,
    ThirdPartySource,
)

if TYPE_CHECKING:
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._acting import Coming

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)
R = TypeVar("R")


@final
class Collecting:
    """Collects values of one subject that come in one way; made by `Subject.collecting`."""

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    __slots__ = ("_access", "_coming")

    def __init__(self, access: Access, coming: Coming) -> None:
        self._access = access
        self._coming = coming

    def __repr__(self) -> str:
        return f"Collecting({self._access.subject})"

    @overload
    def collect(self, item: SensitiveItem[T, P], value: T, /) -> Sensitive[T, P]: ...
    @overload
    def collect(self, item: PersonalItem[T, P], value: T, /) -> Personal[T, P]: ...
    @overload
    def collect(self, item: NonPersonalItem[T, P], value: T, /) -> NonPersonal[T, P]: ...
    def collect(self, item: AnyItem, value: object, /) -> Any:
        """Collect a value, as `Subject.collect` does."""
        box = Box(value)
        del value
        if not isinstance(cast("object", item), Item):
            del item  # it may be the value, and a renderer of tracebacks may show this frame
            raise ItemInvalid(declaration="collect", problem="it takes an item and then its value")
        return self._access.collect(item, box, self._coming)

    def collect_record(self, kind: type[R], /, **fields: object) -> R:
        """Collect a record, all or nothing, as `Subject.collect_record` does."""
        boxes = {name: Box(value) for name, value in fields.items()}
        fields.clear()
        return collect_record(self._access, kind, boxes, self._coming)


def source_of(person: Pseudonym | None, third: ThirdPartySource | None, *, public: bool) -> Source | None:
    """Give where values come from, None for the subject.

    Raises:
        ArgumentInvalid: several sources are named, or one is of another type.
    """
    check_kind("source", third, ThirdPartySource | None)
    named: list[Source] = []
    if person is not None:
        named.append(Source(SourceKind.PERSON, person))
    if third is not None:
        named.append(Source(SourceKind.THIRD_PARTY, third.key))
    if public:
        named.append(Source(SourceKind.PUBLIC))
    if len(named) > 1:
        raise ArgumentInvalid(argument="collecting", problem="a value comes from one source")
    return named[0] if named else None


def collect_record(access: Access, kind: type[R], boxes: dict[str, Box], coming: Coming) -> R:
    """Collect a record, all or nothing: one decision pass, one audit record.

    Raises:
        RecordInvalid: fields are missing, unknown or not valid; all of them are named, and nothing was kept.
        Denied: a field may not be collected now; nothing was kept.
    """
    check_kind("kind", kind, type)
    known = {field.alias: field for field in fields_of(kind)}
    problems = {name: "is unknown" for name in boxes if name not in known}
    problems |= {name: "is missing" for name, field in known.items() if field.required and name not in boxes}
    raw = {
        name: (field.item, boxes[name])
        for name, field in known.items()
        if field.item is not None and name in boxes and _raw(field, boxes[name])
    }
    passes = access.admitted({name: item for name, (item, _) in raw.items()}, coming)
    for name, (item, box) in raw.items():
        problem = item.check(box.value)
        if problem is not None:
            problems[name] = problem
    if problems:
        raise RecordInvalid(
            record=kind.__name__,
            fields=tuple(sorted(problems)),
            problems=tuple(f"{name}: {problems[name]}" for name in sorted(problems)),
        )
    held = access.collect_record({name: (passes[name], box) for name, (_, box) in raw.items()}, coming.invoked)
    return _built(kind, {name: held.get(name, box.value) for name, box in boxes.items()})


def _raw(field: RecordField, box: Box) -> bool:
    """Tell whether a field still has to be collected: not when it is a wrapper already, or absent and optional."""
    return not isinstance(box.value, Held) and not (box.value is None and not field.required)


def _built(kind: type[R], values: dict[str, object]) -> R:
    """Build a record; what its own validators say may quote plain values and is withheld."""
    try:
        return kind(**values)
    except Exception:  # noqa: BLE001
        values.clear()
    raise RecordInvalid(record=kind.__name__, fields=(), problems=("its own validators refuse it",))
