"""Doors to plaintext that are not the front door: private modules, slots, and what calls itself unsafe."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from obq_privacy.cli._scan._table import DOORS, ROOT, SLOTS, Out, is_private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy.cli._scan._kind import Kind

_PLAIN_SLOTS: Final = frozenset({"_payload", "_keeper"})
"""Slots whose names hardly anything else has."""


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Out, str]]:
    """Give the imports of a statement that open a door: in short, what it is, and a note."""
    if isinstance(node, ast.ImportFrom) and node.level:
        return
    for alias in node.names:
        dotted = alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        if not dotted.startswith(f"{ROOT}."):
            continue
        text = f"import {dotted}"
        if is_private(dotted):
            yield text, Out.BACK_DOOR, "a private module"
        elif alias.name in DOORS and ".crypto." in dotted:
            yield text, Out.BACK_DOOR, "it opens without a decision"
        elif is_unsafe(dotted):
            yield text, Out.UNSAFE, ""


def is_unsafe(dotted: str) -> bool:
    """Tell whether a public name of the library is a dangerous one."""
    return any(part == "unsafe" or part.startswith("Unsafe") for part in dotted.split("."))


def is_slot(name: str, base: Kind, *, connected: bool) -> bool:
    """Tell whether an attribute leads behind a wrapper or a guard."""
    ours = base.tag in {"wrapper", "our instance", "ours"}
    return name in SLOTS and (ours or (connected and name in _PLAIN_SLOTS))
