"""The form of code that a review is about: what it does, without how it is laid out.

Comments, layout, quotes and docstrings do not matter; names, values and order do. The form is spelled here and not
by `ast.dump`, whose text differs from one Python to the next.
"""

from __future__ import annotations

import ast
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Scope: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_LAID_OUT: Final = frozenset({"ctx", "type_comment", "kind", "type_ignores"})
_DIGITS: Final = 32


def digest(nodes: Iterable[ast.AST]) -> str:
    """Give the digest of code, 32 hexadecimal digits."""
    spelled = sha256()
    stack: list[object] = [*nodes]
    stack.reverse()
    while stack:
        top = stack.pop()
        if isinstance(top, _Word):
            spelled.update(str(top).encode("utf-8", "surrogatepass"))
        elif isinstance(top, ast.AST):
            spelled.update(f"{type(top).__name__}(".encode())
            stack.append(_Word(")"))
            for name, value in reversed(_fields(top)):
                stack.extend((value, _Word(f"{name}=")))
        elif isinstance(top, list):
            values = cast("list[object]", top)
            spelled.update(f"[{len(values)}:".encode())
            stack.extend(reversed(values))
        else:
            spelled.update(_constant(top).encode())
    return spelled.hexdigest()[:_DIGITS]


class _Word(str):
    """A piece of the spelling, as opposed to a constant of the code."""

    __slots__ = ()


def _fields(node: ast.AST) -> list[tuple[str, object]]:
    """Give the fields that say what the code does; empty ones, which differ between Pythons, are left out."""
    found: list[tuple[str, object]] = []
    for name in node._fields:
        value: object = getattr(node, name, None)
        if name == "body" and isinstance(node, Scope):
            value = own_body(node)
        elif name == "values" and isinstance(node, ast.JoinedStr):
            value = _pieces(node.values)
        if name not in _LAID_OUT and (value is not None or isinstance(node, ast.Constant)) and value != []:
            found.append((name, value))
    return found


def _pieces(values: Sequence[ast.expr]) -> list[ast.expr]:
    """Join the constant pieces of an f-string, which one Python cuts in other places than another."""
    found: list[ast.expr] = []
    for value in values:
        last = found[-1] if found else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            if not value.value:
                continue
            if isinstance(last, ast.Constant) and isinstance(last.value, str):
                found[-1] = ast.Constant(last.value + value.value)
                continue
        found.append(value)
    return found


def _constant(value: object) -> str:
    """Spell a constant with its type; `repr` of a str depends on what the Python knows to be printable."""
    spelled = hex(value) if type(value) is int else ascii(value)
    return f"<{type(value).__name__} {len(spelled)}:{spelled}>"


def own_body(scope: Scope) -> list[ast.stmt]:
    """Give the statements of a scope without its docstring."""
    match scope.body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case body:
            return body


def digest_of(scope: Scope) -> str:
    """Give the digest of the code that a review of a place in `scope` is about.

    Of a function all of it, with decorators, signature, and whatever is nested in it. Of a module or class what it does
    itself: neither its imports nor its functions and classes, each of which has a digest of its own.
    """
    if isinstance(scope, FUNCTIONS):
        return digest([scope])
    own: list[ast.AST] = [
        statement
        for statement in own_body(scope)
        if not isinstance(statement, (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom))
    ]
    if isinstance(scope, ast.ClassDef):
        own = [*scope.decorator_list, *scope.bases, *scope.keywords, *own]
    return digest(own)
