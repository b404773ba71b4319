"""The one door for plaintext: the only code that puts content into wrappers or takes it out.

The slot that holds the content is cut off its class, so that no attribute of a wrapper leads to it; `payload` and
`wrap` below are what is left of it. The import contracts say who may import this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, final

from obq_privacy.errors import DerivationFailed
from obq_privacy.values._protected import Held, P_contra, Protected, T_co
from obq_privacy.vocab import Operation, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
        return cast("T_co", open_one(Request(Operation.USE, purpose), self))

    @property
    def label(self) -> Label:
        """The join of the labels of everything that it is derived from."""
        first, *rest = leaves(self)
        joined = first.label
        for leaf in rest:
            joined = joined.join(leaf.label)
        return joined

    def __repr__(self) -> str:
        return f"Protected({', '.join(sorted(keys_of(self)))})"


def derive(function: Callable[..., R], *parents: Protected[Any, P]) -> Protected[R, P]:
    """Compose lazily: the wrapper holds the function and its parents, and no content."""
    value: Derived[R, P] = _blank(Derived)  # pyright: ignore[reportUnknownVariableType]
    _put_payload(value, (function, parents))
    return value


def leaves(value: Protected[Any, Any]) -> list[Held[Any, Any]]:
    """Give the collected values that `value` is made of, each once, in order of first use."""
    seen: set[int] = set()
    found: list[Held[Any, Any]] = []
    stack: list[Protected[Any, Any]] = [value]
    while stack:
        top = stack.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        if isinstance(top, Derived):
            _, parents = payload(cast("object", top))
            stack.extend(reversed(parents))
        else:
            found.append(cast("Held[Any, Any]", top))
    return found


class Failure:
    """That a derivation failed, without the exception, whose text may quote the value."""

    __slots__ = ("function", "items", "raised")

    def __init__(self, items: Iterable[str], function: object, error: Exception) -> None:
        self.items = tuple(sorted(set(items)))
        name: object = getattr(function, "__qualname__", None)
        self.function = name if isinstance(name, str) else type(function).__name__
        self.raised = type(error).__name__

    def error(self) -> DerivationFailed:
        """Give the error to raise, once no frame holds plaintext any more."""
        return DerivationFailed(items=self.items, function=self.function, raised=self.raised)


def keys_of(value: Protected[Any, Any]) -> set[str]:
    """Give the keys of the items that `value` is made of."""
    return {leaf._origin.item.key for leaf in leaves(value)}


def bare(stop: BaseException) -> BaseException:
    """Give an exception that is no `Exception` (an interrupt, an exit) without what it may say of the value."""
    while isinstance(stop, BaseExceptionGroup):
        parts: Iterable[BaseException] = cast("Any", stop).exceptions
        stop = next(part for part in parts if not isinstance(part, Exception))
    stop.args = ()
    stop.__cause__ = stop.__context__ = None
    vars(stop).pop("__notes__", None)
    if isinstance(stop, SystemExit) and not isinstance(stop.code, int | None):
        stop.code = 1  # what the interpreter gives for a text, after printing it
    return stop.with_traceback(None)


def _step(top: Protected[Any, Any], done: dict[int, Any]) -> list[Protected[Any, Any]] | BaseException:
    """Compute one value into `done`, or name the parents to compute first; what stops the program is handed back."""
    function, parents = payload(top)
    missing = [parent for parent in parents if id(parent) not in done]
    if missing:
        return missing
    failed = next((done[id(parent)] for parent in parents if isinstance(done[id(parent)], Failure)), None)
    if failed is not None:
        done[id(top)] = failed
        return []
    try:
        done[id(top)] = function(*(done[id(parent)] for parent in parents))
    except Exception as error:  # noqa: BLE001  its text may quote the value
        done[id(top)] = Failure(keys_of(top), function, error)
    except BaseException as stop:  # noqa: BLE001  it is raised again, bare
        return bare(stop)
    return []


def evaluate(values: Sequence[Protected[Any, Any]], done: dict[int, Any]) -> list[Any]:
    """Compute values from their opened leaves (by `id`, in `done`); a `Failure` stands for one that failed.

    Every function is called once, however many values share its result. It works bottom-up without recursion, so that
    long chains of `map` do not exhaust the stack. Callers keep no plaintext in their own frames when they raise:
    renderers of tracebacks show the locals of every frame.
    """
    stack = list(reversed(values))
    while stack:
        if id(stack[-1]) in done:
            stack.pop()
            continue
        more = _step(stack[-1], done)
        if isinstance(more, BaseException):
            raise more
        stack.extend(more)
    return [done[id(value)] for value in values]


def open_all(request: Request, values: Sequence[Protected[Any, Any]]) -> list[Any]:
    """Open values on one request: one decision pass, one record; a `Failure` stands for one that failed.

    Parts of one derived value are all treated as the most sensitive of them (USE-9).
    """
    least: dict[int, tuple[Held[Any, Any], Sensitivity]] = {}
    for value in values:
        parts = leaves(value)
        top = max(leaf._origin.sensitivity for leaf in parts)
        for leaf in parts:
            least[id(leaf)] = leaf, max(top, least.get(id(leaf), (leaf, top))[1])
    held = list(least.values())
    opened = dict(zip(least, held[0][0]._keeper.open_held(held, request), strict=True))
    try:
        return evaluate(values, opened)
    finally:
        opened.clear()


def open_one(request: Request, value: Protected[Any, Any]) -> Any:
    """Open one value on a request.

    Raises:
        Denied: the request is refused.
        JournalUnavailable: the record cannot be written, so the value stays shut.
        DerivationFailed: a function given to map or combine raised.
    """
    (result,) = open_all(request, [value])
    if isinstance(result, Failure):
        raise result.error()
    return result
