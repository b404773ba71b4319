"""What calls give: items from their declarations, wrappers from what collects them, records from what loads them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from obq_privacy.cli._scan._kind import UNKNOWN, Kind, element, instance_of, join, many
from obq_privacy.cli._scan._table import ITEMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.cli._scan._names import Names, Scope

_SAME: Final = frozenset({"list", "tuple", "sorted", "set", "frozenset", "iter", "reversed", "deque"})
_ONE: Final = frozenset({"next", "min", "max"})
_ELEMENT: Final = frozenset({"get", "pop", "popleft", "setdefault"})
_WITH_ITEM: Final = frozenset({"collect", "unseal", "held_as", "pseudonym"})
_WITH_RECORD: Final = frozenset({"collect_record", "load", "open_record"})


def last_of(node: ast.expr) -> str:
    """Give the last name of a dotted expression, or ""."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""


def item_of(names: Names, node: ast.expr, scope: Scope) -> tuple[str, ...]:
    """Give the key of the item that an expression is; the name of a constant where its key is not said here."""
    kind = names.of(node, scope)
    if kind.tag == "item" and kind.items:
        return kind.items
    name = last_of(node)
    return (name,) if name.isupper() else ()


def indexed(base: Kind, at: ast.expr) -> Kind:
    """Give one element of a collection."""
    if base.tag == "tuple" and isinstance(at, ast.Constant) and type(at.value) is int:
        return base.parts[at.value] if -len(base.parts) <= at.value < len(base.parts) else UNKNOWN
    return base if isinstance(at, ast.Slice) else element(base)


def given(names: Names, node: ast.Call, scope: Scope) -> Kind:
    """Give what a call gives."""
    name = last_of(node.func)
    told = _told(names, name, node, scope)
    if told != UNKNOWN:
        return told
    if isinstance(node.func, ast.Attribute):  # each link of a chain is looked at once
        base = names.of(node.func.value, scope)
        if name == "map" and base.tag == "wrapper":
            return base
        if base.tag == "many":
            return _of_many(base, name)
        kind = names.attribute(base, name, scope.module)
    else:
        kind = names.of(node.func, scope)
    match kind.tag:
        case "ours" if kind.name in ITEMS:
            return Kind("item", items=_literal(node))
        case "ours" if kind.name == "Recipient":
            return Kind("recipient", "".join(_literal(node)))
        case "our instance":
            return kind
        case "function":
            return names.returned(kind)
        case _:
            return instance_of(kind)


def _literal(node: ast.Call) -> tuple[str, ...]:
    """Give the key that a declaration begins with, where it is written out."""
    first = node.args[0] if node.args else next((one.value for one in node.keywords if one.arg == "key"), None)
    return (first.value,) if isinstance(first, ast.Constant) and isinstance(first.value, str) else ()


def _told(names: Names, name: str, node: ast.Call, scope: Scope) -> Kind:
    """Give what a call gives by what it is called with, whoever it is called of."""
    args = node.args
    if not args:
        return UNKNOWN
    first = args[0]
    if name in _WITH_ITEM:
        wanted = next((one.value for one in node.keywords if one.arg == "item"), first)
        items = item_of(names, wanted, scope)
        return Kind("wrapper", items=items) if items else UNKNOWN
    if name in _WITH_RECORD:
        kind = names.of(first, scope)
        return instance_of(kind) if kind.tag == "class" else UNKNOWN
    if name == "open" and len(args) == 2 and isinstance(args[1], ast.Dict):
        found = sorted({key for value in args[1].values for key in item_of(names, value, scope)})
        return many(Kind("wrapper", items=tuple(found))) if found else UNKNOWN
    if name == "combine":
        parts = join(names.of(part, scope) for part in args[1:])
        return parts if parts.tag == "wrapper" else UNKNOWN
    if name in {"evolve", "copy", "deepcopy", "replace"}:
        return _mine(names.of(first, scope))
    if name == "cast" and len(args) == 2:
        return join((_mine(names.annotation(first, scope)), _mine(names.of(args[1], scope))))
    return _builtin(names, name, args, scope)


def _mine(kind: Kind) -> Kind:
    return kind if kind.tag in {"wrapper", "instance", "many", "tuple"} else UNKNOWN


def _builtin(names: Names, name: str, args: Sequence[ast.expr], scope: Scope) -> Kind:
    if scope.find(name) not in {None, UNKNOWN}:
        return UNKNOWN
    if name in _SAME:
        return many(element(names.of(args[0], scope)))
    if name in _ONE:
        return element(names.of(args[0], scope))
    if name == "enumerate":
        return many(Kind("tuple", parts=(UNKNOWN, element(names.of(args[0], scope)))))
    if name == "zip":
        return many(Kind("tuple", parts=tuple(element(names.of(one, scope)) for one in args)))
    return UNKNOWN


def _of_many(base: Kind, name: str) -> Kind:
    if name in _ELEMENT:
        return element(base)
    if name == "items":
        return many(Kind("tuple", parts=(UNKNOWN, element(base))))
    return base if name in {"values", "copy"} else UNKNOWN
