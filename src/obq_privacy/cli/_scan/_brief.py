"""Code in short, on one line and without literals: what stands in lists and in the lock file."""

from __future__ import annotations

import ast
from typing import Final

from obq_privacy.cli._scan._table import FUNCTIONS, METHODS, SLOTS, is_private

_LONG: Final = 100


def brief(node: ast.AST, depth: int = 4) -> str:
    """Spell an expression in short; the same on every Python, and however the code is laid out."""
    text = _brief(node, depth)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _brief(node: ast.AST, depth: int) -> str:
    if not depth:
        return "…"
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{_brief(node.value, depth)}.{node.attr}"
        case ast.Call():
            args = [
                *(_brief(one, depth - 1) for one in node.args),
                *(_keyword(one, depth - 1) for one in node.keywords),
            ]
            return f"{_brief(node.func, depth)}({', '.join(args)})"
        case ast.Subscript():
            return f"{_brief(node.value, depth)}[…]"
        case ast.Starred():
            return f"*{_brief(node.value, depth)}"
        case ast.Await():
            return f"await {_brief(node.value, depth)}"
        case ast.Constant(value=str() as text) if text.rpartition(".")[2] in {
            *METHODS,
            *FUNCTIONS,
            *SLOTS,
        } or is_private(text):
            return f"'{text}'"
        case ast.Constant(value=None | True | False):
            return str(node.value)
        case ast.Lambda():
            return f"lambda: {_brief(node.body, depth - 1)}"
        case _:
            return "…"


def _keyword(node: ast.keyword, depth: int) -> str:
    return f"**{_brief(node.value, depth)}" if node.arg is None else f"{node.arg}={_brief(node.value, depth)}"
