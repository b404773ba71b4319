"""Whether a method is the library's, or somebody else's of the same name.

What a receiver is known to be decides. Where it is not known, the module has to have to do with the library, and the
name has to be one that hardly anything else has, or the call has to have the library's shape: a purpose among its
arguments, or a keyword such as `to=`. Everything else with the right number of arguments is a "maybe".
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from obq_privacy.cli._scan._given import last_of
from obq_privacy.cli._scan._table import CLASSES, METHODS, OTHER_OUT, WRAPPERS, Out, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.cli._scan._kind import Kind
    from obq_privacy.cli._scan._names import Names, Scope

Verdict: TypeAlias = Literal["sure", "maybe", "no"]
_ELSEWHERE: Final = frozenset({"many", "tuple", "item", "purpose", "recipient", "function"})
_UNBOUND: Final = 1


class Method(NamedTuple):
    """A use of an attribute that has the name of a way out.

    Attributes:
        name: of the method.
        base: what it is of.
        owner: the class of the library that has it, or "" where that is not known.
        out: what comes out.
        skip: how many arguments stand before those of the method: 1 when it is called on the class.
        verdict: whether it is the library's.
    """

    name: str
    base: Kind
    owner: str
    out: Out
    skip: int
    verdict: Verdict


class Judge:
    """Judges uses of attributes in one module."""

    def __init__(self, names: Names, *, connected: bool) -> None:
        self._names = names
        self._connected = connected

    def called(self, name: str, receiver: ast.expr, call: ast.Call, scope: Scope) -> Method:
        """Judge a call of a method."""
        shape = METHODS[name]
        base = self._names.of(receiver, scope)
        owner, skip = self._owner(name, base)
        fits = _fits(shape, call, skip)
        verdict: Verdict = "sure" if owner else "no"
        if not owner and fits and not self._is_other(name, base, receiver):
            verdict = "sure" if self._connected and self._shaped(shape, call, scope) else "maybe"
        elif not owner and fits and base.tag not in _ELSEWHERE:
            verdict = "maybe"
        return Method(name, base, owner, OTHER_OUT.get((owner, name), shape.out), skip, verdict)

    def referred(self, name: str, receiver: ast.expr, scope: Scope) -> Method:
        """Judge an attribute that is not called where it stands."""
        shape = METHODS[name]
        base = self._names.of(receiver, scope)
        owner, skip = self._owner(name, base)
        verdict: Verdict = "sure" if owner else "maybe"
        if not owner and base.tag in _ELSEWHERE:
            verdict = "no"
        elif not owner and self._connected and shape.distinct and not self._is_other(name, base, receiver):
            verdict = "sure"
        return Method(name, base, owner, OTHER_OUT.get((owner, name), shape.out), skip, verdict)

    def _owner(self, name: str, base: Kind) -> tuple[str, int]:
        """Give the class of the library that has the method, and whether it is named instead of an instance."""
        if base.tag == "wrapper" and name in CLASSES["Protected"]:
            return "Protected", 0
        if base.tag in {"ours", "our instance"} and name in CLASSES.get(base.name, ()):
            owner = "Protected" if base.name in WRAPPERS else base.name
            return owner, _UNBOUND if base.tag == "ours" else 0
        return "", 0

    def _is_other(self, name: str, base: Kind, receiver: ast.expr) -> bool:
        """Tell whether the receiver is known to be something else."""
        if base.tag in _ELSEWHERE or base.tag in {"wrapper", "our instance", "ours"}:
            return True
        if base.tag in {"instance", "class"}:
            return self._names.field(base, name).tag != "unknown" or base.tag == "class"
        plain = isinstance(receiver, ast.Name | ast.Constant | ast.JoinedStr | ast.Call)
        return plain and base.tag in {"module", "foreign"}  # what lies behind their attributes may be anything

    def _shaped(self, shape: Shape, call: ast.Call, scope: Scope) -> bool:
        named = {one.arg for one in call.keywords}
        if shape.distinct or (shape.named and shape.named in named):
            return True
        if shape.out is Out.WRAPPER:
            return any(self._names.items_of(self._names.of(one, scope)) for one in call.args)
        return any(self.is_purpose(one, scope) for one in call.args)

    def is_purpose(self, node: ast.expr, scope: Scope) -> bool:
        """Tell whether an expression is a purpose, as far as its kind or else its name tells."""
        kind = self._names.of(node, scope)
        name = last_of(node)
        match kind.tag:
            case "purpose":
                return True
            case "ours":
                return _is_class(name) and name not in CLASSES
            case "module":
                return _is_class(name)
            case "unknown":
                return name.lower().endswith("purpose")
            case _:
                return False


def _is_class(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()


def _fits(shape: Shape, call: ast.Call, skip: int) -> bool:
    """Tell whether the arguments are as many as the library's method takes, and named as its are."""
    given: Sequence[ast.expr] = call.args
    if any(isinstance(one, ast.Starred) for one in given) or any(one.arg is None for one in call.keywords):
        return True
    named = {one.arg for one in call.keywords}
    if shape.named and shape.named not in named and (shape.most or named):
        return False
    return shape.least + skip <= len(given) <= shape.most + skip
