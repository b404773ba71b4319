"""Mutants: small wrong versions of a module, each of which some test should notice.

A mutant changes one place of the syntax tree: a comparison, a truth value, a constant, an argument, a statement. Its id
is a digest of the module, the text of its line and the change, so that an explanation of a survivor stays valid when
lines move and lapses when the line changes.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar, cast, final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

_N = TypeVar("_N", bound=ast.AST)

_SWAPS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@final
@attrs.frozen
class Mutant:
    """One wrong version.

    Attributes:
        id: digest of module, line and change.
        line: number of the line.
        text: the line, without indentation.
        change: what was changed into what.
        function: dotted name of the outermost function that holds the change, or "" when it lies in the module, in a
            class or in a signature, whose code has run once the module is imported.
    """

    id: str
    line: int
    text: str
    change: str
    function: str
    _put: Callable[[], ast.Module]

    @property
    def tree(self) -> ast.Module:
        """The whole module with the change in place, made anew."""
        return self._put()


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Give every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    lines = source.splitlines()
    seen: dict[str, int] = {}
    for place, node in sorted(_places(tree), key=lambda found: (found[1].lineno, found[1].col_offset)):
        for changed in _changes(node):
            change = f"{_spell(node)} → {_spell(changed)}"
            text = lines[node.lineno - 1].strip()
            facts = f"{module}\n{text}\n{change}"
            seen[facts] = seen.get(facts, 0) + 1
            digest = sha256(f"{facts}\n{seen[facts]}".encode()).hexdigest()[:12]
            yield Mutant(digest, node.lineno, text, change, _function(tree, place), partial(_put, tree, place, changed))


# ── Places ────────────────────────────────────────────────────────────────────────────────────────────────

_Step = tuple[str, int | None]
_Place = tuple[_Step, ...]
_Node = ast.stmt | ast.expr


def _places(node: ast.AST, place: _Place = ()) -> Iterator[tuple[_Place, _Node]]:
    """Give every statement and expression that runs, with the way to it from the root."""
    for name, part in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params", "type_comment"}:
            continue
        children = enumerate(cast("list[object]", part)) if isinstance(part, list) else [(None, part)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _idle(child) or (name, index) == _type_in(node):
                continue
            here = (*place, (name, index))
            if isinstance(child, ast.stmt | ast.expr):
                yield here, child
            yield from _places(child, here)


def _idle(node: ast.AST) -> bool:
    """Tell what says something to readers and type checkers only: imports, docstrings, types, signatures."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar" | "NewType"))):
            return True
        case ast.FunctionDef(body=body, decorator_list=marks):
            overloaded = any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in marks)
            return overloaded or all(isinstance(line, ast.Expr) and _idle(line) for line in body)
        case ast.Call(func=ast.Name(id="cast"), args=[_, value]):
            return isinstance(value, ast.Name)
        case ast.Subscript(value=ast.Name(id="dict" | "list" | "set" | "tuple" | "frozenset" | "type")):
            return True
        case _:
            return False


def _type_in(node: ast.AST) -> tuple[str, int] | None:
    """Tell where a call has a type that only the checkers read, if it has."""
    match node:
        case ast.Call(func=ast.Name(id="cast")):
            return "args", 0
        case _:
            return None


def _put(tree: ast.Module, place: _Place, changed: ast.AST) -> ast.Module:
    """Give a copy of the tree with another node at a place."""
    root = copy.deepcopy(tree)
    parent: ast.AST = root
    for name, index in place[:-1]:
        part = getattr(parent, name)
        parent = part if index is None else part[index]
    name, index = place[-1]
    if index is None:
        setattr(parent, name, changed)
    else:
        getattr(parent, name)[index] = changed
    return ast.fix_missing_locations(root)


def _function(tree: ast.Module, place: _Place) -> str:
    """Give the name of the outermost function whose body holds a place."""
    node: ast.AST = tree
    names: list[str] = []
    for name, index in place:
        if isinstance(node, ast.FunctionDef):
            return ".".join(names) if name == "body" else ""
        part = getattr(node, name)
        node = part if index is None else part[index]
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
    return ".".join(names) if isinstance(node, ast.FunctionDef) else ""


def _spell(node: ast.AST) -> str:
    text = ast.unparse(node)
    return " ".join(line.strip() for line in text.splitlines()[:1]) + (" …" if "\n" in text else "")


# ── Changes ───────────────────────────────────────────────────────────────────────────────────────────────


def _changes(node: _Node) -> Iterator[ast.AST]:
    if isinstance(node, ast.stmt):
        yield from _statement(node)
    else:
        yield from _expression(node)


def _with(node: _N, **parts: object) -> _N:
    """Give a copy of a node with other parts."""
    changed = copy.deepcopy(node)
    for name, part in parts.items():
        setattr(changed, name, part)
    return changed


def _statement(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.FunctionDef():
            yield _with(node, body=[ast.Return(ast.Constant(None))])
        case ast.If() | ast.While():
            if not isinstance(node.test, ast.Compare):
                yield _with(node, test=_negated(node.test))
        case ast.For():
            yield _with(node, iter=ast.Tuple([], ast.Load()))
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and value.value in {None, False}):  # False is changed into True
                yield _with(node, value=ast.Constant(None))
        case ast.Assign() | ast.AugAssign() | ast.Expr() | ast.Raise() | ast.Delete():
            yield ast.copy_location(ast.Pass(), node)
        case ast.Continue():
            yield ast.copy_location(ast.Break(), node)
        case ast.Break():
            yield ast.copy_location(ast.Continue(), node)
        case _:
            pass


def _expression(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                for other in _SWAPS[type(operator)]:
                    yield _with(node, ops=[*ops[:index], other(), *ops[index + 1 :]])
        case ast.BoolOp(op=operator, values=values):
            yield _with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
            for left in _without_each(values):
                yield _with(node, values=left) if len(left) > 1 else left[0]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.IfExp(test=test):
            if not isinstance(test, ast.Compare):
                yield _with(node, test=_negated(test))
        case ast.BinOp(op=operator):
            if type(operator) in _ARITHMETIC:
                yield _with(node, op=_ARITHMETIC[type(operator)]())
        case ast.Constant(value=value):
            yield from (_with(node, value=other) for other in _constants(value))
        case ast.Call():
            yield from _call(node)
        case ast.Dict(keys=keys, values=values):
            for index in range(len(keys)):
                yield _with(node, keys=_drop(keys, index), values=_drop(values, index))
        case ast.Tuple(elts=parts, ctx=ast.Load()) | ast.List(elts=parts, ctx=ast.Load()) | ast.Set(elts=parts):
            yield from (_with(node, elts=left) for left in _without_each(parts) if left)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from _comprehension(node)
        case _:
            pass


def _negated(test: ast.expr) -> ast.expr:
    return test.operand if isinstance(test, ast.UnaryOp) else ast.UnaryOp(ast.Not(), test)


def _constants(value: object) -> Iterator[object]:
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
            if value > 0:
                yield value - 1
        case str():
            yield f"XX{value}"
        case bytes():
            yield b"XX" + value
        case _:
            pass


def _call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _NAMES:
        yield _with(node, func=ast.Name(_NAMES[node.func.id], ast.Load()))
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            yield _with(node, keywords=_drop(node.keywords, index))


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Iterator[ast.AST]:
    for index, generator in enumerate(node.generators):
        for left in _without_each(generator.ifs):
            changed = _with(generator, ifs=left)
            yield _with(node, generators=[*node.generators[:index], changed, *node.generators[index + 1 :]])


_T = TypeVar("_T")


def _drop(parts: list[_T], index: int) -> list[_T]:
    return [*parts[:index], *parts[index + 1 :]]


def _without_each(parts: list[_T]) -> Iterator[list[_T]]:
    return (_drop(parts, index) for index in range(len(parts)))
