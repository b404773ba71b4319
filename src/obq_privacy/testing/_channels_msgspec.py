"""Structs of msgspec that hold a value."""

from __future__ import annotations

from typing import Any

import msgspec


class Struct(msgspec.Struct):
    """A msgspec struct."""

    field: Any


class OrderedStruct(msgspec.Struct, frozen=True, order=True):
    """A msgspec struct that is hashed and compared."""

    field: Any
