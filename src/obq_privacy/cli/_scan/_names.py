"""What names and expressions stand for: items, purposes, wrappers, records, guards, and things from elsewhere."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from obq_privacy.cli._scan._bind import Binding, bindings, parameters
from obq_privacy.cli._scan._given import given, indexed, last_of
from obq_privacy.cli._scan._kind import UNKNOWN, WRAPPER, Kind, element, instance_of, join, many
from obq_privacy.cli._scan._table import CLASSES, FUNCTIONS, ITEMS, MEMBERS, ROOT, WRAPPERS
from obq_privacy.cli._scan._world import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.cli._scan._world import Module, World

_STAR: Final = frozenset({*CLASSES, *FUNCTIONS, *ITEMS, "Purpose", "Recipient", "held_as", "evolve", "record"})


class Scope:
    """What names stand for in a function, class or module.

    Attributes:
        module: where it is.
        parent: the scope around it.
        owner: qualified name of the class, in a class and its methods; otherwise "".
        names: what is known.
    """

    __slots__ = ("inner", "module", "names", "owner", "parent")

    def __init__(
        self, module: Module, parent: Scope | None, owner: str, names: dict[str, Kind], *, inner: bool = True
    ) -> None:
        self.module = module
        self.parent = parent
        self.owner = owner
        self.names = names
        self.inner = inner  # False for classes, whose names functions do not see

    def find(self, name: str) -> Kind | None:
        """Give what a name stands for, or None where nothing binds it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope.inner or scope is self):
                return scope.names[name]
            scope = scope.parent
        return None


class Names:
    """Reads expressions. Cyclic definitions come out as unknown."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._fields: dict[tuple[str, str], dict[str, Kind]] = {}

    # ── Scopes ────────────────────────────────────────────────────────────────────────────────────────────

    def module(self, module: Module) -> Scope:
        """Give the scope of a module."""
        scope = Scope(module, None, "", {} if module.names is None else module.names)
        if module.names is None:
            module.names = scope.names
            self._fill(scope, module.tree.body)
        return scope

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, parent: Scope, owner: str) -> Scope:
        """Give the scope of a function; `owner` is the class of a method."""
        scope = Scope(parent.module, parent, owner, {})
        for name, annotation, collects in parameters(node):
            kind = UNKNOWN if annotation is None else self.annotation(annotation, parent)
            scope.names[name] = many(kind) if collects else kind
        if owner and not isinstance(node, ast.Lambda):
            first = next(iter(scope.names), None)
            if first is not None and scope.names[first] == UNKNOWN:
                scope.names[first] = Kind("instance", owner, parent.module.path)
        self._fill(scope, [node.body] if isinstance(node, ast.Lambda) else node.body)
        return scope

    def class_(self, node: ast.ClassDef, parent: Scope, name: str) -> Scope:
        """Give the scope of a class body."""
        scope = Scope(parent.module, parent, name, {}, inner=False)
        self._fill(scope, node.body)
        return scope

    def _fill(self, scope: Scope, body: Iterable[ast.AST]) -> None:
        found = list(bindings(body))
        for _ in range(2):  # what is used before it is bound, as in a loop
            for one in found:
                self._bind(scope, one)

    def _bind(self, scope: Scope, one: Binding) -> None:
        match one.how:
            case "import":
                self._import(scope, one.node)
            case "class" if isinstance(one.node, ast.ClassDef):
                self._put(scope, one.node.name, self._class(one.node, scope))
            case "def" if isinstance(one.node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._put(scope, one.node.name, Kind("function", one.node.name, scope.module.path))
            case "annotation" if isinstance(one.node, ast.expr):
                self._assign(scope, one.target, self.annotation(one.node, scope))
            case "each" if isinstance(one.node, ast.expr):
                self._assign(scope, one.target, element(self.of(one.node, scope)))
            case "value" if isinstance(one.node, ast.expr):
                self._assign(scope, one.target, self.of(one.node, scope))
            case _:
                pass

    def _put(self, scope: Scope, name: str, kind: Kind) -> None:
        scope.names[name] = join((scope.names[name], kind)) if name in scope.names else kind

    def _assign(self, scope: Scope, target: ast.expr | None, kind: Kind) -> None:
        match target:
            case ast.Name():
                self._put(scope, target.id, kind)
            case ast.Tuple() | ast.List():
                for place, part in enumerate(target.elts):
                    exact = kind.tag == "tuple" and len(kind.parts) == len(target.elts)
                    self._assign(scope, part, kind.parts[place] if exact else element(kind))
            case ast.Starred():
                self._assign(scope, target.value, many(kind))
            case _:
                pass

    def _import(self, scope: Scope, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                dotted = alias.name if alias.asname else alias.name.split(".")[0]
                self._put(scope, alias.asname or dotted, self._imported(scope.module, dotted, 0))
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                if alias.name == "*":
                    self._star(scope, base, node.level)
                    continue
                holder = self._imported(scope.module, base, node.level)
                self._put(scope, alias.asname or alias.name, self._member(holder, alias.name, scope.module, node.level))

    def _star(self, scope: Scope, base: str, level: int) -> None:
        if base.partition(".")[0] == ROOT:
            scope.names.update({name: Kind("ours", name, f"{base}.{name}") for name in _STAR})
            return
        found = self._world.find(scope.module, base, level)
        if found is not None and found is not scope.module:
            scope.names.update(self.module(found).names)

    def _imported(self, importer: Module, dotted: str, level: int) -> Kind:
        if not level and dotted.partition(".")[0] == ROOT:
            return Kind("ours", dotted.rpartition(".")[2], dotted)
        found = self._world.find(importer, dotted, level)
        return Kind("module", "." * level + dotted, "" if found is None else found.path)

    def _member(self, holder: Kind, name: str, importer: Module, level: int = 0) -> Kind:
        """Give what a module has by a name."""
        if holder.tag == "ours":
            return Kind("ours", name, f"{holder.home}.{name}")
        dotted = f"{holder.name}.{name}" if holder.name.strip(".") else holder.name + name
        if holder.home:
            known = self.module(self._world.modules[holder.home]).names.get(name)
            if known is not None:
                return known
        found = self._world.find(importer, dotted.lstrip("."), level)
        return Kind("module", dotted, "" if found is None else found.path)

    def _class(self, node: ast.ClassDef, scope: Scope) -> Kind:
        bases = [self.of(base, scope) for base in node.bases]
        if any(base.tag == "purpose" or (base.tag == "ours" and base.name == "Purpose") for base in bases):
            return Kind("purpose", node.name)
        return Kind("class", f"{scope.owner}.{node.name}".lstrip("."), scope.module.path)

    # ── Annotations ───────────────────────────────────────────────────────────────────────────────────────

    def annotation(self, node: ast.expr, scope: Scope) -> Kind:
        """Give what a value with an annotation is."""
        match node:
            case ast.Constant(value=str() as text):
                return self._written(text, scope)
            case ast.BinOp(op=ast.BitOr()):
                return join((self.annotation(node.left, scope), self.annotation(node.right, scope)))
            case ast.Subscript():
                return self._generic(node, scope)
            case ast.Name() | ast.Attribute():
                kind = self.of(node, scope)
                return kind if kind.tag == "wrapper" else instance_of(kind)
            case _:
                return UNKNOWN

    def _written(self, text: str, scope: Scope) -> Kind:
        try:
            body = parsed(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return UNKNOWN
        match body:
            case [ast.Expr(value=inner)]:
                return self.annotation(inner, scope)
            case _:
                return UNKNOWN

    def _generic(self, node: ast.Subscript, scope: Scope) -> Kind:
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        base = self.of(node.value, scope)
        if base.tag == "wrapper" or (base.tag == "ours" and base.name in WRAPPERS):
            return WRAPPER
        match last_of(node.value):
            case "Annotated" | "Final" | "ClassVar" | "Required" | "NotRequired" | "Awaitable":
                return self.annotation(inner[0], scope)
            case "Optional" | "Union":
                return join(self.annotation(part, scope) for part in inner)
            case "type" | "Type":
                kinds = [self.of(part, scope) for part in inner]
                return Kind("purpose") if kinds[0].tag in {"purpose", "unknown"} else join(kinds)
            case "tuple" | "Tuple" if not any(isinstance(part, ast.Constant) for part in inner):
                return Kind("tuple", parts=tuple(self.annotation(part, scope) for part in inner))
            case "Callable":
                return UNKNOWN
            case _:
                return many(join(self.annotation(part, scope) for part in inner))

    # ── Expressions ───────────────────────────────────────────────────────────────────────────────────────

    def of(self, node: ast.expr, scope: Scope) -> Kind:
        """Give what an expression is."""
        match node:
            case ast.Name():
                return scope.find(node.id) or UNKNOWN
            case ast.Attribute():
                return self.attribute(self.of(node.value, scope), node.attr, scope.module)
            case ast.Call():
                return given(self, node, scope)
            case ast.Subscript():
                base = self.of(node.value, scope)
                return base if base.tag in {"ours", "class"} else indexed(base, node.slice)
            case ast.IfExp():
                return join((self.of(node.body, scope), self.of(node.orelse, scope)))
            case ast.BoolOp():
                return join(self.of(value, scope) for value in node.values)
            case ast.BinOp(op=ast.BitOr()):
                return join((self.of(node.left, scope), self.of(node.right, scope)))
            case ast.NamedExpr() | ast.Await() | ast.Starred():
                return self.of(node.value, scope)
            case ast.Tuple():
                return Kind("tuple", parts=tuple(self.of(part, scope) for part in node.elts))
            case ast.List() | ast.Set():
                return many(join(self.of(part, scope) for part in node.elts))
            case ast.Dict():
                return many(join(self.of(part, scope) for part in node.values))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return many(self.of(node.elt, scope))
            case ast.DictComp():
                return many(self.of(node.value, scope))
            case ast.JoinedStr() | ast.Constant():
                return UNKNOWN if isinstance(node, ast.Constant) and node.value is None else Kind("foreign", "builtins")
            case _:
                return UNKNOWN

    def attribute(self, base: Kind, name: str, importer: Module) -> Kind:
        """Give what an attribute of something is."""
        match base.tag:
            case "ours" | "our instance" if (base.name, name) in MEMBERS:
                return instance_of(Kind("ours", MEMBERS[base.name, name]))
            case "ours" if base.name not in CLASSES:
                return self._member(base, name, importer)
            case "module":
                return self._member(base, name, importer)
            case "instance" | "class":
                return self.field(base, name)
            case _:
                return UNKNOWN

    def field(self, of: Kind, name: str) -> Kind:
        """Give what a class of the scanned code says of one of its attributes, or its bases do."""
        found, seen, left = UNKNOWN, set[Kind](), [of._replace(tag="class")]
        while left and found == UNKNOWN:
            one = left.pop(0)
            module = self._world.modules.get(one.home)
            node = None if module is None else module.classes.get(one.name)
            if module is None or node is None or one in seen:
                continue
            seen.add(one)  # names may lead in a circle
            key = (one.home, one.name)
            if key not in self._fields:
                self._fields[key] = {}
                self._fields[key] = self._fields_of(module, node, one.name)
            found = self._fields[key].get(name, UNKNOWN)
            scope = self.module(module)
            left.extend(base for base in (self.of(each, scope) for each in node.bases) if base.tag == "class")
        return found

    def items_of(self, of: Kind) -> set[str]:
        """Give the keys of the items that a record class of the scanned code holds."""
        if of.tag != "class":
            return set()
        self.field(of, "")
        fields = self._fields.get((of.home, of.name), {})
        return {item for kind in fields.values() if kind.tag == "wrapper" for item in kind.items}

    def _fields_of(self, module: Module, node: ast.ClassDef, name: str) -> dict[str, Kind]:
        """Give what a class says of its attributes, in its body and where its methods set them."""
        around = self.module(module)
        fields = dict(self.class_(node, around, name).names)
        for method in node.body:
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                inside = self.function(method, around, name)
                fields[method.name] = Kind("function", f"{name}.{method.name}", module.path)
                if any(last_of(one) in {"property", "cached_property"} for one in method.decorator_list):
                    fields[method.name] = UNKNOWN if method.returns is None else self.annotation(method.returns, around)
                own = next(iter(inside.names), "")
                for one in bindings(method.body):
                    match one.target:
                        case ast.Attribute(value=ast.Name(id=holder)) if holder == own:
                            kind = self._value(one, inside)
                            known = fields.get(one.target.attr)
                            fields[one.target.attr] = kind if known is None else join((known, kind))
                        case _:
                            pass
        return fields

    def _value(self, one: Binding, scope: Scope) -> Kind:
        if not isinstance(one.node, ast.expr):
            return UNKNOWN
        return self.annotation(one.node, scope) if one.how == "annotation" else self.of(one.node, scope)

    def returned(self, kind: Kind) -> Kind:
        """Give what a function of the scanned code says that it returns."""
        module = self._world.modules[kind.home]
        function = module.functions.get(kind.name)
        if function is None or function.returns is None:
            return UNKNOWN
        return self.annotation(function.returns, self.module(module))
