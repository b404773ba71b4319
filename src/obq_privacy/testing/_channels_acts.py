"""What the language and introspection do with a value, where that takes more than a line."""

# Whatever an application holds may come here, so nothing is known of its type.
# pyright: basic
from __future__ import annotations

import asyncio
import contextlib
import copy
import enum
import traceback
import types
from typing import TYPE_CHECKING, Any

from obq_privacy.testing._channels_classes import Plain

if TYPE_CHECKING:
    from collections.abc import Callable


def matched(v: Any) -> list[str]:
    """Try every kind of pattern."""
    found: list[str] = []
    match v:
        case str() | bytes() | int() | float():
            found.append("plain")
        case [*_]:
            found.append("sequence")
        case {}:
            found.append("mapping")
        case object(_payload=_) | object(payload=_) | object(value=_) | object(_value=_):
            found.append("attribute")
        case _:
            found.append("nothing")
    with contextlib.suppress(TypeError):
        match v:
            case Plain():
                found.append("class")
            case None | True | False:
                found.append("constant")
    return found


def matched_by_position(v: Any) -> Any:
    """Try a positional sub-pattern."""
    kind: Any = type(v)
    match v:
        case kind(inner):
            return inner
    return None


def matched_by_value(v: Any, raw: str) -> str:
    """Try a value pattern."""
    names = types.SimpleNamespace(raw=raw)
    match v:
        case names.raw:
            return "equal"
        case _:
            return "other"


async def _awaited(v: Any) -> Any:
    return await v


def awaited(v: Any) -> Any:
    """Await it."""
    return asyncio.run(_awaited(v))


async def _async_for(v: Any) -> list[Any]:
    return [part async for part in v]


def async_for(v: Any) -> Any:
    """Iterate over it asynchronously."""
    return asyncio.run(_async_for(v))


def raised_with(v: Any) -> None:
    """Raise an exception that holds it."""
    raise ValueError("bad value", v)


def raised_alone(v: Any) -> None:
    """Raise an exception that is nothing but it."""
    raise ValueError(v)


def raised_key(v: Any) -> None:
    """Raise a KeyError, which shows the repr of its argument."""
    raise KeyError(v)


def raised_note(v: Any) -> None:
    """Raise with a note."""
    error = ValueError("bad value")
    error.add_note(v)
    raise error


def raised_group(v: Any) -> None:
    """Raise a group of exceptions that hold it."""
    raise ExceptionGroup("bad values", [ValueError(v), KeyError(v)])


def format_exc(v: Any, *, how: Callable[[Any], None] = raised_with) -> str:
    """Format the traceback of an exception that holds it, with locals."""
    try:
        how(v)
    except Exception as error:  # noqa: BLE001
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return ""


def attributes(v: Any) -> dict[str, object]:
    """Get everything that `dir` names, of the object and of its class."""
    found: dict[str, object] = {}
    for name in sorted({*dir(v), *object.__dir__(v), *dir(type(v)), *_slots(v)}):
        if name in {"__hash__", "__weakref__", "__sizeof__", "__doc__", "__dict__", "__builtins__"}:
            continue
        try:
            got = getattr(v, name)
        except Exception as error:  # noqa: BLE001
            got = f"{type(error).__name__}: {error}"
        found[name] = got if isinstance(got, str | int | bytes | tuple | list | dict | None) else repr(got)
    return found


def _slots(v: Any) -> set[str]:
    names: set[str] = set()
    for kind in type(v).__mro__:
        slots = vars(kind).get("__slots__", ())
        names.update([slots] if isinstance(slots, str) else slots)
    return names


def descriptors(v: Any) -> dict[str, object]:
    """Ask every data descriptor in the class and its bases."""
    found: dict[str, object] = {}
    for kind in type(v).__mro__:
        for name, member in vars(kind).items():
            if isinstance(member, types.MemberDescriptorType | types.GetSetDescriptorType | property):
                try:
                    found[f"{kind.__name__}.{name}"] = member.__get__(v)
                except Exception as error:  # noqa: BLE001
                    found[f"{kind.__name__}.{name}"] = f"{type(error).__name__}: {error}"
    found.pop("Protected.__weakref__", None)
    return found


def reachable(v: Any, limit: int = 4000) -> list[str]:
    """Walk attributes and containers from an object, and give every text on the way; methods are not called."""
    homes = {"obq_privacy", type(v).__module__.partition(".")[0]} - {"builtins"}
    seen: dict[int, object] = {}
    texts: list[str] = []
    stack: list[object] = [v]
    while stack and len(seen) < limit:
        top = stack.pop()
        if id(top) in seen or isinstance(top, type | types.ModuleType | types.FunctionType | types.MethodType):
            continue
        seen[id(top)] = top
        if isinstance(top, str):
            texts.append(top)
        elif isinstance(top, bytes | bytearray):
            texts.append(bytes(top).decode("latin-1"))
        elif isinstance(top, dict):
            stack += [*top.keys(), *top.values()]
        elif isinstance(top, list | tuple | set | frozenset):
            stack += top
        elif type(top).__module__.partition(".")[0] in homes:
            stack += [getattr(top, name, None) for name in sorted(_slots(top)) if not name.startswith("__")]
            stack += getattr(top, "__dict__", {}).values()
    return sorted(texts)


def default_getstate(v: Any) -> object:
    """Take the state by the default of `object`."""
    return object.__getstate__(v)


def replaced(v: Any) -> Any:
    """Copy it with changes, as from 3.13 on."""
    replace = getattr(copy, "replace", None)
    return replace(v) if replace is not None else "copy.replace comes with 3.13"


def enum_of(members: dict[str, Any]) -> Any:
    """Make an enum."""
    make: Any = enum.Enum
    return make("Made", members)


def enumerated(v: Any) -> list[object]:
    """Make it the value of a member of an enum."""
    made: Any = enum_of({"A": v})
    return [repr(made.A), repr(made), made.A.value]


def enum_lookup(v: Any) -> object:
    """Look a member up by it."""
    made: Any = enum_of({"A": "a", "B": "b"})
    return made(v)
