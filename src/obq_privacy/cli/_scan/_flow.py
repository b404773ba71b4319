"""Where a value goes on from a place, within one function: print, logs, texts, exceptions, files, the network.

A value is followed through assignments, unpacking, attributes, items, calls that work on it, comprehensions, `with`,
`try`, loops, lambdas and nested functions. It is not followed into other functions, nor through what is only computed
from it: lengths, truth tests, comparisons.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeAlias

from obq_privacy.cli._scan._bind import parameters
from obq_privacy.cli._scan._given import last_of
from obq_privacy.cli._scan._sinks import ADDING, OPAQUE, sink
from obq_privacy.cli._scan._table import HARMLESS, Out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.cli._scan._find import Found
    from obq_privacy.cli._scan._names import Names, Scope

Marks: TypeAlias = frozenset[int]
Seen: TypeAlias = dict[str, Marks]
CLEAN: Final[Marks] = frozenset()
FOLLOWED: Final = frozenset({Out.PLAINTEXT, Out.MASKED, Out.KEY, Out.BACK_DOOR})
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Flow:
    """Follows what comes out at the places of one module; `into` has for each place where it goes, with the line."""

    def __init__(self, names: Names, tree: ast.Module, found: Sequence[Found], scopes: Mapping[int, Scope]) -> None:
        self.into: list[set[tuple[str, int]]] = [set() for _ in found]
        self._names = names
        self._scopes = scopes
        self._source = {id(one.node): index for index, one in enumerate(found) if one.out in FOLLOWED}
        self._derived = {id(one.node): index for index, one in enumerate(found) if one.out is Out.DERIVATION}
        self._scope: Scope = scopes[id(tree)]
        self._shared: set[str] = set()
        self._level = "module"
        self._run(tree.body, {}, self._scope, "module")

    # ── Scopes ────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, body: Sequence[ast.stmt], seen: Seen, scope: Scope, level: str) -> None:
        """Follow through a scope, and then through the functions in it, which see what it has at any time."""
        before = self._scope, self._level, self._shared
        self._scope, self._level, self._shared = scope, level, set()
        inner: list[_Function] = []
        self._block(body, seen, inner)
        for function in inner:
            held = {name: marks for name, marks in seen.items() if marks}
            for name, _, _ in parameters(function):
                held.pop(name, None)
            if id(function) in self._scopes:
                self._run(function.body, held, self._scopes[id(function)], "function")
        self._scope, self._level, self._shared = before

    def _block(self, body: Sequence[ast.stmt], seen: Seen, inner: list[_Function]) -> None:
        for statement in body:
            self._statement(statement, seen, inner)

    def _branches(self, bodies: Iterable[Sequence[ast.stmt]], seen: Seen, inner: list[_Function]) -> None:
        """Follow through each of several ways, and go on with what any of them leaves."""
        ends: list[Seen] = []
        for body in bodies:
            own = dict(seen)
            self._block(body, own, inner)
            ends.append(own)
        for name in {name for end in ends for name in end}:
            seen[name] = CLEAN.union(*(end.get(name, CLEAN) for end in ends))

    def _statement(self, node: ast.stmt, seen: Seen, inner: list[_Function]) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for one in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
                    self._value(one, seen)
                inner.append(node)
            case ast.ClassDef():
                for one in (*node.decorator_list, *node.bases, *(word.value for word in node.keywords)):
                    self._value(one, seen)
                if id(node) in self._scopes:
                    self._run(node.body, dict(seen), self._scopes[id(node)], "class")
            case ast.Assign():
                marks = self._value(node.value, seen)
                for target in node.targets:
                    self._assign(target, node.value, marks, seen)
            case ast.AnnAssign():
                if node.value is not None:
                    self._assign(node.target, node.value, self._value(node.value, seen), seen)
            case ast.AugAssign():
                marks = self._value(node.value, seen) | self._value(node.target, seen)
                self._assign(node.target, node.value, marks, seen)
            case ast.Return():
                self._goes(self._value(node.value, seen), "return", node)
            case ast.Raise():
                self._goes(self._value(node.exc, seen) | self._value(node.cause, seen), "exception", node)
            case ast.Assert():
                self._value(node.test, seen)
                self._goes(self._value(node.msg, seen), "exception", node)
            case ast.Global() | ast.Nonlocal():
                self._shared.update(node.names)
            case _:
                self._compound(node, seen, inner)

    def _compound(self, node: ast.stmt, seen: Seen, inner: list[_Function]) -> None:
        match node:
            case ast.If():
                self._value(node.test, seen)
                self._branches((node.body, node.orelse), seen, inner)
            case ast.For() | ast.AsyncFor():
                marks = self._value(node.iter, seen)
                for _ in range(2):  # what a round leaves, the next one meets
                    self._assign(node.target, None, marks, seen)
                    self._branches((node.body, ()), seen, inner)
                self._block(node.orelse, seen, inner)
            case ast.While():
                for _ in range(2):
                    self._value(node.test, seen)
                    self._branches((node.body, ()), seen, inner)
                self._block(node.orelse, seen, inner)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    marks = self._value(item.context_expr, seen)
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, item.context_expr, marks, seen)
                self._block(node.body, seen, inner)
            case ast.Try() | ast.TryStar():
                self._branches((node.body, ()), seen, inner)
                self._branches((node.orelse, *(handler.body for handler in node.handlers)), seen, inner)
                self._block(node.finalbody, seen, inner)
            case ast.Match():
                marks = self._value(node.subject, seen)
                for case in node.cases:
                    for name in _captured(case.pattern):
                        seen[name] = marks
                    self._value(case.guard, seen)
                self._branches([*(case.body for case in node.cases), ()], seen, inner)
            case ast.Delete():
                for target in node.targets:
                    seen.pop(_path(target), None)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._value(child, seen)

    def _assign(self, target: ast.expr, value: ast.expr | None, marks: Marks, seen: Seen) -> None:
        match target:
            case ast.Name():
                seen[target.id] = marks
                if self._level != "function" or target.id in self._shared:
                    self._goes(marks, "class variable" if self._level == "class" else "global", target)
            case ast.Tuple() | ast.List():
                exact = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
                for place, part in enumerate(target.elts):
                    own = value.elts[place] if exact and isinstance(value, ast.Tuple | ast.List) else None
                    self._assign(part, own, marks if own is None else self._value(own, seen), seen)
            case ast.Starred():
                self._assign(target.value, None, marks, seen)
            case ast.Attribute():
                seen[_path(target)] = marks
                self._goes(marks, "attribute", target)
            case ast.Subscript():
                self._value(target.slice, seen)
                name = _path(target.value)
                seen[name] = seen.get(name, CLEAN) | marks
                if isinstance(target.value, ast.Attribute):
                    self._goes(marks, "attribute", target)
            case _:
                pass

    # ── Expressions ───────────────────────────────────────────────────────────────────────────────────────

    def _goes(self, marks: Marks, where: str, node: ast.AST) -> None:
        for mark in marks:
            self.into[mark].add((where, getattr(node, "lineno", 0)))

    def _value(self, node: ast.AST | None, seen: Seen) -> Marks:
        """Give the places whose value an expression holds, and note where values go in it."""
        if node is None:
            return CLEAN
        own = self._source.get(id(node))
        marks = self._follow(node, seen)
        return marks if own is None else marks | {own}

    def _all(self, nodes: Iterable[ast.AST | None], seen: Seen) -> Marks:
        return CLEAN.union(*(self._value(node, seen) for node in nodes))

    def _follow(self, node: ast.AST, seen: Seen) -> Marks:
        match node:
            case ast.Name():
                return seen.get(node.id, CLEAN)
            case ast.Attribute():
                base = self._names.of(node.value, self._scope)
                marks = seen.get(_path(node), CLEAN) | self._value(node.value, seen)
                return CLEAN if (base.name, node.attr) in HARMLESS else marks
            case ast.Call():
                return self._call(node, seen)
            case ast.JoinedStr():
                marks = self._all(node.values, seen)
                self._goes(marks, "f-string", node)
                return marks
            case ast.BinOp():
                marks = self._all((node.left, node.right), seen)
                if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant | ast.JoinedStr):
                    self._goes(marks, "format", node)
                return marks
            case ast.Compare():
                self._all((node.left, *node.comparators), seen)
                return CLEAN
            case ast.UnaryOp(op=ast.Not()):
                self._value(node.operand, seen)
                return CLEAN
            case ast.IfExp():
                self._value(node.test, seen)
                return self._all((node.body, node.orelse), seen)
            case ast.NamedExpr():
                marks = self._value(node.value, seen)
                self._assign(node.target, node.value, marks, seen)
                return marks
            case ast.Lambda():
                return self._lambda(node, CLEAN, seen)
            case ast.Yield() | ast.YieldFrom():
                self._goes(self._value(node.value, seen), "return", node)
                return CLEAN
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, seen)
            case _:
                return self._all(ast.iter_child_nodes(node), seen)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, seen: Seen) -> Marks:
        own = dict(seen)
        for one in node.generators:
            marks = self._value(one.iter, own)
            held = self._level
            self._level = "function"  # its variables are its own
            self._assign(one.target, None, marks, own)
            self._level = held
            self._all(one.ifs, own)
        if isinstance(node, ast.DictComp):
            return self._all((node.key, node.value), own)
        return self._value(node.elt, own)

    def _lambda(self, node: ast.Lambda, marks: Marks, seen: Seen) -> Marks:
        own = seen | {name: marks for name, _, _ in parameters(node)}
        before = self._scope
        self._scope = self._scopes.get(id(node), before)
        found = self._value(node.body, own)
        self._scope = before
        return found

    def _call(self, node: ast.Call, seen: Seen) -> Marks:
        parts = [*node.args, *(one.value for one in node.keywords)]
        functions = [part for part in (node.func, *parts) if isinstance(part, ast.Lambda)]
        receiver = CLEAN if node.func in functions else self._value(node.func, seen)
        handed = self._all((part for part in parts if part not in functions), seen)
        index = self._derived.get(id(node))
        given = receiver | handed if index is None else receiver | handed | {index}
        handed |= CLEAN.union(*(self._lambda(one, given, seen) for one in functions))
        if index is not None:
            self._into_function(index, node)
            return CLEAN
        if id(node) in self._source:
            return CLEAN
        marks = receiver | handed
        where = sink(self._names, node, self._scope) if marks else ""
        if where:  # a method's receiver is not handed to it, but to `format` it is
            self._goes(handed if isinstance(node.func, ast.Attribute) and where != "format" else marks, where, node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ADDING and handed:
            name = _path(node.func.value)
            seen[name] = seen.get(name, CLEAN) | handed
        return CLEAN if last_of(node.func) in OPAQUE else marks

    def _into_function(self, index: int, node: ast.Call) -> None:
        """Note which function a derivation hands plaintext to."""
        for one in node.args[:1]:
            if not isinstance(one, ast.Lambda):
                where = sink(self._names, ast.copy_location(ast.Call(one, [], []), one), self._scope)
                self._goes(frozenset({index}), where, node) if where else None


def _path(node: ast.expr) -> str:
    """Spell what a value is kept under: a name, or attributes of one."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return f"{_path(node.value)}.{node.attr}"
        case ast.Subscript() | ast.Starred() | ast.Call():
            return _path(node.func if isinstance(node, ast.Call) else node.value)
        case _:
            return ""


def _captured(pattern: ast.pattern) -> list[str]:
    """Give the names that a pattern binds."""
    names = (getattr(node, field, None) for node in ast.walk(pattern) for field in ("name", "rest"))
    return [name for name in names if isinstance(name, str)]
