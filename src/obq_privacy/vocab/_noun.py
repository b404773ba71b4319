"""What the attrs classes of the library inherit instead of having it generated for each: equality, hash and repr."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, cast

import attrs

if TYPE_CHECKING:
    from typing import Any, ClassVar


class Noun:
    """Base of `attrs.frozen(eq=False, repr=False)` classes: equal when of the same class with equal fields.

    attrs would write and compile the same methods anew for each class, which is half of what importing one costs.
    """

    __slots__ = ()

    if TYPE_CHECKING:  # whoever reads the annotations of a noun finds its fields and nothing else
        _values: ClassVar[attrgetter[Any]]

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        cls._values = attrgetter(*(field.name for field in attrs.fields(cast("type[attrs.AttrsInstance]", cls))))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        values = self._values
        return bool(values(self) == values(other))

    def __hash__(self) -> int:
        return hash((type(self), self._values(self)))

    def __repr__(self) -> str:
        fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(self)))
        shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields if field.repr)
        return f"{type(self).__qualname__}({shown})"
