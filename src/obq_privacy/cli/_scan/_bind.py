"""Where a scope binds names, without those of the functions and classes in it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

How: TypeAlias = Literal["value", "each", "annotation", "import", "class", "def"]


class Binding(NamedTuple):
    """A place that binds names.

    Attributes:
        target: what is bound; None for imports, functions and classes, which say so themselves.
        how: from a value, from each element of one, or by an annotation, an import or a definition.
        node: the value, annotation or statement.
    """

    target: ast.expr | None
    how: How
    node: ast.AST


def bindings(body: Iterable[ast.AST]) -> Iterator[Binding]:
    """Give the bindings of a scope in the order of its code."""
    stack = list(body)
    stack.reverse()
    while stack:
        node = stack.pop()
        yield from _of(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        children = list(ast.iter_child_nodes(node))
        children.reverse()
        stack.extend(children)


def _of(node: ast.AST) -> Iterator[Binding]:
    match node:
        case ast.Assign():
            for target in node.targets:
                yield Binding(target, "value", node.value)
        case ast.AnnAssign():
            yield Binding(node.target, "annotation", node.annotation)
            if node.value is not None:
                yield Binding(node.target, "value", node.value)
        case ast.NamedExpr():
            yield Binding(node.target, "value", node.value)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            yield Binding(node.target, "each", node.iter)
        case ast.withitem() if node.optional_vars is not None:
            yield Binding(node.optional_vars, "value", node.context_expr)
        case ast.Import() | ast.ImportFrom():
            yield Binding(None, "import", node)
        case ast.ClassDef():
            yield Binding(None, "class", node)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield Binding(None, "def", node)
        case _:
            pass


def parameters(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
) -> Iterator[tuple[str, ast.expr | None, bool]]:
    """Give the parameters of a function: name, annotation, and whether it collects several arguments."""
    given = node.args
    for one in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        yield one.arg, one.annotation, False
    for rest in (given.vararg, given.kwarg):
        if rest is not None:
            yield rest.arg, rest.annotation, True
