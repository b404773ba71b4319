"""Classes that hold a value, as applications have them, and ways to show them."""

# Whatever an application holds may come here, so nothing is known of its type.
# pyright: basic
from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, TypedDict

import attrs


@dataclasses.dataclass
class Data:
    """A dataclass."""

    field: Any


@dataclasses.dataclass(order=True)
class Ordered:
    """A dataclass that is compared."""

    field: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """A dataclass that is hashed."""

    field: Any


@attrs.define
class Attr:
    """An attrs class."""

    field: Any


@attrs.frozen(order=True)
class OrderedAttr:
    """An attrs class that is hashed and compared."""

    field: Any


@attrs.define
class Checked:
    """An attrs class whose validator quotes what it refuses."""

    field: Any = attrs.field(validator=attrs.validators.instance_of(str))


@attrs.define
class Converted:
    """An attrs class with a converter."""

    field: Any = attrs.field(converter=str)


class Pair(NamedTuple):
    """A named tuple."""

    field: Any


class Row(TypedDict):
    """A typed dictionary."""

    field: Any


class Plain:
    """A class of its own."""

    def __init__(self, field: Any) -> None:
        self.field = field


class Descriptor:
    """A class that hands the value out by attribute."""

    def __init__(self, field: Any) -> None:
        self._field = field

    @property
    def field(self) -> Any:
        """Give it."""
        return self._field
