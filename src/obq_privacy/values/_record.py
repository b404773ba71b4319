"""Records: attrs classes whose fields may be wrappers tied to items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

import attrs

from obq_privacy.errors import WrapperMisuse
from obq_privacy.values._protected import Held, NonPersonal, Personal, Sensitive
from obq_privacy.vocab import Item, NonPersonalItem, PersonalItem, Purpose, SensitiveItem

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)
C = TypeVar("C", bound=type)

_ITEM = "obq_privacy.item"


@overload
def held_as(item: SensitiveItem[T, P], /) -> Sensitive[T, P]: ...
@overload
def held_as(item: PersonalItem[T, P], /) -> Personal[T, P]: ...
@overload
def held_as(item: NonPersonalItem[T, P], /) -> NonPersonal[T, P]: ...
def held_as(item: Item[Any, Any], /) -> Any:
    """Tie a field of a record to its item.

    The annotation of the field may name fewer purposes than the item (it narrows); others are a type error. At run
    time the field takes only wrappers of this item.
    """

    def check(_record: object, field: attrs.Attribute[object], value: object) -> None:
        if not (isinstance(value, Held) and value._origin.item.key == item.key):
            del value
            raise WrapperMisuse(wrapper=field.name, problem=f"it takes a collected value of {item.key}")

    return attrs.field(validator=check, metadata={_ITEM: item})


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
    return attrs.define(cls, frozen=True, kw_only=True, eq=False, slots=True)


def items_of(kind: type) -> Mapping[str, Item[Any, Any] | None]:
    """Give the fields of a record class in order, each with its item, or None for a plain field.

    Raises:
        WrapperMisuse: `kind` is not a record.
    """
    if not attrs.has(kind):
        raise WrapperMisuse(wrapper=kind.__qualname__, problem="it is not a record; decorate it with @record")
    return {field.name: field.metadata.get(_ITEM) for field in attrs.fields(kind)}
