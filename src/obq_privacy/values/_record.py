"""Records: attrs classes whose fields may be wrappers tied to items."""

from __future__ import annotations

import builtins
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast, dataclass_transform, overload

import attrs

from obq_privacy.errors import WrapperMisuse
from obq_privacy.values._protected import Held, NonPersonal, Personal, Sensitive
from obq_privacy.vocab import Item, NonPersonalItem, PersonalItem, Purpose, SensitiveItem

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)
C = TypeVar("C", bound=type)
R = TypeVar("R")

_ITEM = "obq_privacy.item"


@overload
def held_as(item: SensitiveItem[T, P], /) -> Sensitive[T, P]: ...
@overload
def held_as(item: PersonalItem[T, P], /) -> Personal[T, P]: ...
@overload
def held_as(item: NonPersonalItem[T, P], /) -> NonPersonal[T, P]: ...
@overload
def held_as(item: SensitiveItem[T, P], /, *, default: None) -> Sensitive[T, P] | None: ...
@overload
def held_as(item: PersonalItem[T, P], /, *, default: None) -> Personal[T, P] | None: ...
@overload
def held_as(item: NonPersonalItem[T, P], /, *, default: None) -> NonPersonal[T, P] | None: ...
def held_as(item: Item[Any, Any], /, *, default: Any = attrs.NOTHING) -> Any:
    """Tie a field of a record to its item.

    The annotation of the field may name fewer purposes than the item (it narrows); others are a type error. At run
    time the field takes only wrappers of this item.

    Args:
        item: what the field holds.
        default: None makes the field optional.
    """

    def check(_record: object, field: attrs.Attribute[object], value: object) -> None:
        if not _fits(item, value, optional=default is None):
            del value  # a renderer of tracebacks may show this frame
            raise _misfit(field.name, item)

    return attrs.field(default=default, validator=check, metadata={_ITEM: item})


def _fits(item: Item[Any, Any], value: object, *, optional: bool) -> bool:
    if value is None:
        return optional
    return isinstance(value, Held) and value._origin.item.key == item.key


def _misfit(field: str, item: Item[Any, Any]) -> WrapperMisuse:
    return WrapperMisuse(wrapper=field, problem=f"it takes a collected value of {item.key}")


@dataclass_transform(field_specifiers=(held_as, attrs.field), kw_only_default=True, frozen_default=True)
def record(cls: C, /) -> C:
    """Make an attrs class with privacy-minded defaults: frozen, keyword-only, slotted, compared by identity.

    ```python
    @record
    class Order:
        number: str
        card: Sensitive[str, Payment] = held_as(BANK_CARD)
    ```
    """
    generated = "__init__" not in vars(cls)
    made = attrs.define(cls, frozen=True, kw_only=True, eq=False, slots=True)
    if generated:
        _shut_frames(made)
    return made


def _shut_frames(kind: type[Any]) -> None:
    """Let a record refuse values in place of wrappers without any frame that holds them."""
    build: Callable[..., None] = kind.__init__
    protected = {field.alias: (field, field.item) for field in fields_of(kind) if field.item is not None}

    @wraps(build)
    def __init__(self: object, /, **fields: object) -> None:  # noqa: N807
        wrong: WrapperMisuse | None = None
        for alias in sorted(protected.keys() & fields.keys(), reverse=True):
            field, item = protected[alias]
            if not _fits(item, fields[alias], optional=not field.required):
                wrong = _misfit(field.name, item)
        try:
            if wrong is None:
                build(self, **fields)
        finally:
            fields.clear()
            del self  # half made, it has no repr either
        if wrong is not None:
            raise wrong

    def __setattr__(self: object, name: str, value: object) -> NoReturn:  # noqa: N807
        del self, name, value
        raise attrs.exceptions.FrozenInstanceError

    # The checkers know both by the decorator.
    setattr(kind, "__init__", __init__)  # noqa: B010
    setattr(kind, "__setattr__", __setattr__)  # noqa: B010


def evolve(instance: R, /, **changes: object) -> R:
    """Give a copy of a record with some fields changed; wrappers are shared, not opened.

    Raises:
        WrapperMisuse: it is no record, has no such field, or a protected field is given something else.
    """
    kind = type(instance)
    try:
        fields = fields_of(kind)
        unknown = sorted(changes.keys() - {field.alias for field in fields})
        if not unknown:
            return kind(**{field.alias: getattr(instance, field.name) for field in fields} | changes)
    finally:
        changes.clear()  # as in the constructor
    raise WrapperMisuse(wrapper=kind.__qualname__, problem=f"it has no field {', '.join(unknown)}")


class RecordField:
    """A field of a record class.

    Attributes:
        name: of the attribute.
        alias: of the argument of the constructor.
        item: its item, or None for a plain field.
        required: whether it has no default.
        kind: the class in its annotation, or None where that is not a plain class.
    """

    __slots__ = ("alias", "item", "kind", "name", "required")

    def __init__(
        self, *, name: str, alias: str, item: Item[Any, Any] | None, required: bool, kind: type[Any] | None
    ) -> None:
        self.name = name
        self.alias = alias
        self.item = item
        self.required = required
        self.kind = kind


def fields_of(kind: type[Any]) -> tuple[RecordField, ...]:
    """Give the fields of a record class in order.

    Raises:
        WrapperMisuse: `kind` is not a record.
    """
    if not attrs.has(kind):
        raise WrapperMisuse(wrapper=kind.__qualname__, problem="it is not a record; decorate it with @record")
    return tuple(
        RecordField(
            name=field.name,
            alias=field.alias or field.name,
            item=field.metadata.get(_ITEM),
            required=field.default is attrs.NOTHING,
            kind=_class_of(kind, field),
        )
        for field in attrs.fields(kind)
        if field.init
    )


def _class_of(owner: type[Any], field: attrs.Attribute[Any]) -> type[Any] | None:
    """Give the class that a field is annotated with, also where annotations are texts."""
    found: object = field.type
    if isinstance(found, str):
        first, *rest = found.split(".")
        found = getattr(sys.modules.get(owner.__module__), first, getattr(builtins, first, None))
        for name in rest:
            found = getattr(cast("object", found), name, None)
    return cast("type[Any]", found) if isinstance(found, type) else None


for _public in (evolve, held_as, record):  # they are loaded after the package has published its other names
    _public.__module__ = "obq_privacy"
