"""Where values leave: every use of a way out in a module, however it is bound."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.cli._scan._brief import brief
from obq_privacy.cli._scan._doors import imported, is_slot, is_unsafe
from obq_privacy.cli._scan._form import FUNCTIONS as DEFINITIONS
from obq_privacy.cli._scan._given import item_of, last_of
from obq_privacy.cli._scan._kind import UNKNOWN, Kind, element, join
from obq_privacy.cli._scan._sure import Judge, Method
from obq_privacy.cli._scan._table import ATTRIBUTES, DOORS, FUNCTIONS, METHODS, ROOT, Out, is_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.cli._scan._form import Scope as Around
    from obq_privacy.cli._scan._names import Names, Scope
    from obq_privacy.cli._scan._world import Module

MODULE: Final = "<module>"
_PURPOSE_AT: Final = {"index": 1, "matches": 2}
_BY_NAME: Final = frozenset({"getattr", "methodcaller", "attrgetter"})
_BY_MODULE: Final = frozenset({"import_module", "__import__"})
_WALKERS: Final = frozenset({"get_referents", "get_referrers"})


class Found(NamedTuple):
    """A place where something comes out.

    Attributes:
        node: the code.
        function: qualified name of the function or class around it.
        around: the code whose digest a review is about.
        text: the code in short, without literals.
        out: what comes out.
        purposes: names of purpose classes; empty where the code does not say.
        items: keys of items, or names of the constants that declare them; empty where the code does not say.
        recipients: who gets it, where that is said.
        notes: what else a reviewer has to know.
        sure: whether it is the library's beyond doubt.
    """

    node: ast.AST
    function: str
    around: Around
    text: str
    out: Out
    purposes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sure: bool = True


class _Spot(NamedTuple):
    """Where the walk is: what names stand for, the function's name, and the code around."""

    scope: Scope
    function: str
    around: Around


class Finder:
    """Walks a module and collects what it finds."""

    def __init__(self, names: Names, module: Module) -> None:
        self.found: list[Found] = []
        self.scopes: dict[int, Scope] = {}
        self._names = names
        self._judge = Judge(names, connected=module.connected)
        self._connected = module.connected
        self._hints: dict[int, Kind] = {}
        self._passed: dict[int, ast.Call] = {}
        self._done: set[int] = set()
        scope = names.module(module)
        self.scopes[id(module.tree)] = scope
        self._each(module.tree.body, _Spot(scope, "", module.tree))

    # ── Walking ───────────────────────────────────────────────────────────────────────────────────────────

    def _each(self, nodes: Iterable[ast.AST | None], spot: _Spot) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node, spot)

    def _visit(self, node: ast.AST, spot: _Spot) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, spot)
            case ast.ClassDef():
                self._class(node, spot)
            case ast.Lambda():
                scope = self._names.function(node, spot.scope, "")
                for one in node.args.args[:1]:
                    scope.names[one.arg] = self._hints.get(id(node), UNKNOWN)
                self.scopes[id(node)] = scope
                self._each((*node.args.defaults, *node.args.kw_defaults), spot)
                self._visit(node.body, spot._replace(scope=scope))
            case ast.Import() | ast.ImportFrom():
                self._import(node, spot)
            case _:
                self._expression(node, spot)
                self._each(ast.iter_child_nodes(node), spot)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, spot: _Spot) -> None:
        name = f"{spot.function}.{node.name}".lstrip(".")
        around = spot.around if isinstance(spot.around, DEFINITIONS) else node
        owner = spot.scope.owner if isinstance(spot.around, ast.ClassDef) else ""
        self._each((*node.decorator_list, *node.args.defaults, *node.args.kw_defaults), _Spot(spot.scope, name, around))
        scope = self.scopes[id(node)] = self._names.function(node, spot.scope, owner)
        self._each(node.body, _Spot(scope, name, around))

    def _class(self, node: ast.ClassDef, spot: _Spot) -> None:
        name = f"{spot.function}.{node.name}".lstrip(".")
        around = spot.around if isinstance(spot.around, DEFINITIONS) else node
        self._each((*node.decorator_list, *node.bases, *node.keywords), _Spot(spot.scope, name, around))
        scope = self.scopes[id(node)] = self._names.class_(node, spot.scope, name)
        self._each(node.body, _Spot(scope, name, around))

    def _expression(self, node: ast.AST, spot: _Spot) -> None:
        match node:
            case ast.Call():
                self._prepare(node, spot.scope)
                self._call(node, spot)
            case ast.Attribute(ctx=ast.Load()) if id(node) not in self._done:
                self._attribute(node, spot)
            case ast.Name(ctx=ast.Load()) if id(node) not in self._done:
                kind = spot.scope.find(node.id) or UNKNOWN
                if kind.tag == "ours" and is_private(kind.home):
                    self._add(node, spot, Out.BACK_DOOR, notes=("it goes behind the wrapper",))
                elif kind.tag == "ours" and kind.name in FUNCTIONS and _is_public(kind):
                    beside = self._purposes_beside(node, spot)
                    self._add(node, spot, FUNCTIONS[kind.name], purposes=beside, notes=("handed on as a function",))
            case _:
                pass

    def _prepare(self, call: ast.Call, scope: Scope) -> None:
        """Note what a call tells of its arguments: what functions among them are called with, and what is beside."""
        parts = [*call.args, *(one.value for one in call.keywords)]
        for part in list(parts):
            self._passed[id(part)] = call
            if isinstance(part, ast.Dict):
                parts.extend(part.values)
        lambdas = [part for part in parts if isinstance(part, ast.Lambda)]
        if lambdas:
            kinds = (self._names.of(part, scope) for part in call.args if not isinstance(part, ast.Lambda))
            kind = join(element(kind) for kind in kinds)
            self._hints.update({id(part): kind for part in lambdas})

    # ── Finding ───────────────────────────────────────────────────────────────────────────────────────────

    def _add(
        self,
        node: ast.AST,
        spot: _Spot,
        out: Out,
        *,
        purposes: tuple[str, ...] = (),
        items: tuple[str, ...] = (),
        recipients: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
        sure: bool = True,
    ) -> None:
        function = spot.function or MODULE
        text = brief(node)
        self.found.append(Found(node, function, spot.around, text, out, purposes, items, recipients, notes, sure))

    def _call(self, node: ast.Call, spot: _Spot) -> None:
        func, name = node.func, last_of(node.func)
        kind = self._names.of(func, spot.scope)
        if isinstance(func, ast.Attribute) and name in METHODS and not (kind.tag == "ours" and name in FUNCTIONS):
            self._method(self._judge.called(name, func.value, node, spot.scope), node, func, spot)
        if kind.tag == "ours" and kind.name in FUNCTIONS and _is_public(kind):
            self._done.add(id(func))
            first, rest = node.args[:1], node.args[1:]
            self._add(
                node,
                spot,
                FUNCTIONS[kind.name],
                purposes=() if kind.name == "combine" else self._purposes(first, spot.scope),
                items=self._items(rest, spot.scope),
                recipients=self._recipients(node, spot.scope),
                notes=_under(node),
            )
        elif kind.tag in {"ours", "our instance"} and is_unsafe(kind.home or kind.name):
            self._add(node, spot, Out.UNSAFE)
        elif name in _BY_NAME and node.args:
            self._by_name(name, node, spot)
        elif name in _BY_MODULE and node.args:
            self._by_module(node, spot)
        elif name in _WALKERS and any(self._names.of(one, spot.scope).tag == "wrapper" for one in node.args):
            self._add(node, spot, Out.BACK_DOOR, notes=("it walks memory",))

    def _method(self, method: Method, node: ast.Call, func: ast.Attribute, spot: _Spot) -> None:
        self._done.add(id(func))
        if method.verdict == "no":
            return
        args, scope = node.args[method.skip :], spot.scope
        values: list[ast.expr] = []
        at = _PURPOSE_AT.get(method.name, 0)
        if method.name == "reveal" and len(args) == 2:  # of `Deciding`: the value, and then the purpose
            at, values = 1, args[:1]
        elif method.name in {"envelope", "release", "index", "matches"}:
            values = [one for index, one in enumerate(args) if index != at]
        elif method.skip:
            values = node.args[:1]
        items = method.base.items if not values and method.base.tag == "wrapper" else self._items(values, scope)
        if method.out is Out.WRAPPER:
            items = self._incoming(args, scope)
        bound = method.out not in {Out.DERIVATION, Out.WRAPPER, Out.CIPHERTEXT, Out.KEY} or method.name == "envelope"
        purposes = (
            self._purposes(args[at : at + 1], scope) if bound and method.name not in {"reveal_under", "export"} else ()
        )
        self._add(
            node,
            spot,
            method.out,
            purposes=purposes,
            items=items,
            recipients=self._recipients(node, scope),
            notes=("under a legal basis",) if method.name == "reveal_under" else _under(node),
            sure=method.verdict == "sure",
        )

    def _attribute(self, node: ast.Attribute, spot: _Spot) -> None:
        base = self._names.of(node.value, spot.scope)
        kind = self._names.of(node, spot.scope)
        if kind.tag == "ours" and kind.name in FUNCTIONS and base.tag == "ours" and _is_public(kind):
            self._add(node, spot, FUNCTIONS[kind.name], purposes=self._purposes_beside(node, spot))
        elif base.tag == "our instance" and (base.name, node.attr) in ATTRIBUTES:
            self._add(node, spot, ATTRIBUTES[base.name, node.attr])
        elif node.attr == "born" and last_of(node.value) == "standing" and self._connected:
            self._add(node, spot, Out.PLAINTEXT)
        elif node.attr in METHODS:
            method = self._judge.referred(node.attr, node.value, spot.scope)
            if method.verdict != "no":
                items = method.base.items if method.base.tag == "wrapper" else ()
                self._add(
                    node,
                    spot,
                    method.out,
                    purposes=self._purposes_beside(node, spot),
                    items=items,
                    notes=("handed on as a function",),
                    sure=method.verdict == "sure",
                )
        elif (kind.tag == "ours" and is_private(kind.home)) or is_slot(node.attr, base, connected=self._connected):
            self._done.add(id(node.value))
            self._add(node, spot, Out.BACK_DOOR, notes=("it goes behind the wrapper",))
        elif kind.tag == "ours" and (kind.name in DOORS and ".crypto." in kind.home):
            self._add(node, spot, Out.BACK_DOOR, notes=("it opens without a decision",))

    def _by_name(self, name: str, node: ast.Call, spot: _Spot) -> None:
        """Look at what is fetched by its name as a text."""
        texts = node.args[1:2] if name == "getattr" else node.args[:1]
        kind = self._names.of(node.args[0], spot.scope) if name == "getattr" else UNKNOWN
        for text in texts:
            if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
                if kind.tag == "wrapper":
                    self._add(
                        node, spot, Out.PLAINTEXT, items=kind.items, notes=("by a name that is not written here",)
                    )
                continue
            last = text.value.rpartition(".")[2]
            if is_slot(last, kind, connected=self._connected):
                self._add(node, spot, Out.BACK_DOOR, notes=("it goes behind the wrapper",))
            elif last in METHODS and name == "getattr":
                method = self._judge.referred(last, node.args[0], spot.scope)
                self._named(node, last, method.verdict, kind, spot)
            elif last in METHODS:
                shaped = METHODS[last].distinct or any(self._judge.is_purpose(one, spot.scope) for one in node.args[1:])
                self._named(node, last, "sure" if shaped and self._connected else "maybe", kind, spot)
            elif last in FUNCTIONS and kind.tag == "ours":
                self._add(node, spot, FUNCTIONS[last], notes=("by its name as a text",))

    def _named(self, node: ast.Call, last: str, verdict: str, kind: Kind, spot: _Spot) -> None:
        if verdict == "no":
            return
        call = self._passed.get(id(node))
        purposes = self._purposes_in([*node.args[1:], *(call.args if call is not None else ())], spot.scope)
        items = kind.items if kind.tag == "wrapper" else ()
        sure, notes = verdict == "sure", ("by its name as a text",)
        self._add(node, spot, METHODS[last].out, purposes=purposes, items=items, notes=notes, sure=sure)

    def _by_module(self, node: ast.Call, spot: _Spot) -> None:
        text = node.args[0]
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and is_private(text.value):
            self._add(node, spot, Out.BACK_DOOR, notes=("a private module",))

    def _import(self, node: ast.Import | ast.ImportFrom, spot: _Spot) -> None:
        for text, out, note in imported(node):
            self.found.append(
                Found(node, spot.function or MODULE, spot.around, text, out, notes=(note,) if note else ())
            )

    # ── What the code says of a place ─────────────────────────────────────────────────────────────────────

    def _purposes(self, nodes: Sequence[ast.expr], scope: Scope) -> tuple[str, ...]:
        said: set[str] = set()
        for node in nodes:
            kind = self._names.of(node, scope)
            if kind.tag == "purpose":
                said.update(kind.name.split(" | "))
            elif self._judge.is_purpose(node, scope) and last_of(node)[:1].isupper():
                said.add(last_of(node))
        return tuple(sorted(said - {""}))

    def _purposes_beside(self, node: ast.expr, spot: _Spot) -> tuple[str, ...]:
        """Give the purposes among the other arguments of the call that a function is handed to."""
        call = self._passed.get(id(node))
        return () if call is None else self._purposes_in([one for one in call.args if one is not node], spot.scope)

    def _purposes_in(self, nodes: Iterable[ast.expr], scope: Scope) -> tuple[str, ...]:
        flat = [part for node in nodes for part in (node.elts if isinstance(node, ast.List | ast.Tuple) else [node])]
        return self._purposes(flat, scope)

    def _items(self, nodes: Iterable[ast.expr], scope: Scope) -> tuple[str, ...]:
        kinds = [self._names.of(node, scope) for node in nodes]
        kinds += [element(kind) for kind in kinds]
        return tuple(sorted({item for kind in kinds if kind.tag == "wrapper" for item in kind.items}))

    def _incoming(self, args: Sequence[ast.expr], scope: Scope) -> tuple[str, ...]:
        found: list[str] = []
        for arg in args:
            parts = arg.values if isinstance(arg, ast.Dict) else [arg]
            for part in parts:
                found.extend(item_of(self._names, part, scope))
                found.extend(self._names.items_of(self._names.of(part, scope)))
        return tuple(sorted(set(found)))

    def _recipients(self, node: ast.Call, scope: Scope) -> tuple[str, ...]:
        found = next((one.value for one in node.keywords if one.arg == "to"), None)
        if found is None:
            return ()
        kind = self._names.of(found, scope)
        return (kind.name if kind.tag == "recipient" and kind.name else brief(found),)


def _is_public(kind: Kind) -> bool:
    return kind.home.startswith(f"{ROOT}.")


def _under(node: ast.Call) -> tuple[str, ...]:
    named = (one.value for one in node.keywords if one.arg == "under")
    return ("under a legal basis",) if any(not isinstance(one, ast.Constant) for one in named) else ()
