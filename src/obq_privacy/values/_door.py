"""The one door for plaintext: the only code that puts content into wrappers or takes it out.

The slot that holds the content is cut off its class, so that no attribute of a wrapper leads to it; `payload` and
`wrap` below are what is left of it. The import contracts say who may import this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, final

from obq_privacy.errors import DerivationFailed, WrapperMisuse
from obq_privacy.values._protected import Held, P_contra, Protected, T_co

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from obq_privacy.values._label import Label, Origin
    from obq_privacy.values._protected import Keeper
    from obq_privacy.vocab import Purpose, Sensitivity

R = TypeVar("R")
P = TypeVar("P", bound="Purpose")
H = TypeVar("H", bound="Held[Any, Any]")

_slot = vars(Protected)["_payload"]
payload: Callable[[object], Any] = _slot.__get__
"""Give the content of a wrapper as it lies in memory: plaintext, or ciphertext where the origin is sealed."""

_put_payload = _slot.__set__
_put_keeper = vars(Protected)["_keeper"].__set__
_put_origin = vars(Protected)["_origin"].__set__
_put_collected = vars(Protected)["_collected"].__set__
_blank = object.__new__
delattr(Protected, "_payload")
setattr(Protected, "__slots__", ())  # noqa: B010  what walks slots finds none


def wrap(kind: type[H], content: object, keeper: Keeper, origin: Origin, collected: int) -> H:
    """Make a wrapper of collected content; `collected` is in seconds since the epoch."""
    value = _blank(kind)
    _put_payload(value, content)
    _put_keeper(value, keeper)
    _put_origin(value, origin)
    _put_collected(value, collected)
    return value


@final
class Derived(Protected[T_co, P_contra]):
    """What a function will give of other values, once it is revealed. Its type for applications is `Protected`."""

    __slots__ = ()

    def reveal(self, purpose: type[P_contra], /) -> T_co:
        """Hand out the value for a purpose that every parent allows: one decision pass, one record."""
        (result,) = open_all(purpose, [self])
        if isinstance(result, Failure):
            raise result.error()
        return cast("T_co", result)

    @property
    def label(self) -> Label:
        """The join of the labels of everything that it is derived from."""
        first, *rest = leaves(self)
        joined = first.label
        for leaf in rest:
            joined = joined.join(leaf.label)
        return joined

    def __repr__(self) -> str:
        return f"Protected({', '.join(sorted({leaf._origin.item.key for leaf in leaves(self)}))})"


def derive(function: Callable[..., R], *parents: Protected[Any, P]) -> Protected[R, P]:
    """Compose lazily: the wrapper holds the function and its parents, and no content."""
    for parent in parents:
        if not isinstance(parent, Protected):
            raise WrapperMisuse(wrapper="combine", problem="all arguments after the function are wrappers")
    value: Derived[R, P] = _blank(Derived)  # pyright: ignore[reportUnknownVariableType]
    _put_payload(value, (function, parents))
    return value


def leaves(value: Protected[Any, Any]) -> list[Held[Any, Any]]:
    """Give the collected values that `value` is made of, each once, in order of first use."""
    found: dict[int, Held[Any, Any]] = {}
    stack: list[Protected[Any, Any]] = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, Derived):
            _, parents = payload(cast("object", top))
            stack.extend(reversed(parents))
        else:
            found[id(top)] = cast("Held[Any, Any]", top)
    return list(found.values())


class Failure:
    """That a derivation failed, without the exception, whose text may quote the value."""

    __slots__ = ("function", "items", "raised")

    def __init__(self, value: Protected[Any, Any], function: object, error: Exception) -> None:
        self.items = tuple(sorted({leaf._origin.item.key for leaf in leaves(value)}))
        self.function: str = getattr(function, "__qualname__", type(function).__name__)
        self.raised = type(error).__name__

    def error(self) -> DerivationFailed:
        """Give the error to raise, once no frame holds plaintext any more."""
        return DerivationFailed(items=self.items, function=self.function, raised=self.raised)


def evaluate(value: Protected[Any, Any], opened: dict[int, Any]) -> Any:
    """Compute a value from its opened leaves (by `id`); a `Failure` stands for a function that raised.

    It works bottom-up without recursion, so that long chains of `map` do not exhaust the stack. Callers keep no
    plaintext in their own frames when they raise: renderers of tracebacks show the locals of every frame.
    """
    done = dict(opened)
    stack = [value]
    try:
        while stack:
            top = stack[-1]
            if id(top) in done:
                stack.pop()
                continue
            function, parents = payload(top)
            missing = [parent for parent in parents if id(parent) not in done]
            if missing:
                stack.extend(missing)
                continue
            try:
                done[id(top)] = function(*(done[id(parent)] for parent in parents))
            except Exception as error:  # noqa: BLE001  its text may quote the value
                return Failure(value, function, error)
            stack.pop()
        return done[id(value)]
    finally:
        done.clear()
        opened.clear()


def open_all(purpose: type[Purpose], values: Sequence[Protected[Any, Any]]) -> list[Any]:
    """Open values for one purpose: one decision pass, one record; a `Failure` stands for one that failed.

    Parts of one derived value are all treated as the most sensitive of them (USE-9).
    """
    least: dict[int, tuple[Held[Any, Any], Sensitivity]] = {}
    for value in values:
        parts = leaves(value)
        top = max(leaf._origin.sensitivity for leaf in parts)
        for leaf in parts:
            least[id(leaf)] = leaf, max(top, least.get(id(leaf), (leaf, top))[1])
    held = list(least.values())
    opened = dict(zip(least, held[0][0]._keeper.reveal_all(held, purpose), strict=True))
    try:
        return [evaluate(value, dict(opened)) for value in values]
    finally:
        opened.clear()
