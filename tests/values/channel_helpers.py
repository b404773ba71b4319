"""What channels need that is more than a line: classes with a field for the value, and sinks that tell what they got.

Everything here takes the value as it would get there by accident; nothing knows that it is a wrapper.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import copy
import csv
import dataclasses
import difflib
import doctest
import email.message
import enum
import http.cookies
import io
import logging
import logging.config
import logging.handlers
import multiprocessing
import pickle
import reprlib
import shelve
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import traceback
import types
import unittest
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict
from unittest import mock

import attrs
import cattrs
import msgspec
import pydantic
import rich.console
import rich.traceback
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

# ── Classes that hold it ──────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass
class Data:
    """A dataclass."""

    field: Any


@dataclasses.dataclass(order=True)
class Ordered:
    """A dataclass that is compared."""

    field: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """A dataclass that is hashed."""

    field: Any


@attrs.define
class Attr:
    """An attrs class."""

    field: Any


@attrs.frozen(order=True)
class OrderedAttr:
    """An attrs class that is hashed and compared."""

    field: Any


@attrs.define
class Checked:
    """An attrs class whose validator quotes what it refuses."""

    field: Any = attrs.field(validator=attrs.validators.instance_of(str))


@attrs.define
class Converted:
    """An attrs class with a converter."""

    field: Any = attrs.field(converter=str)


class Model(pydantic.BaseModel):
    """A pydantic model."""

    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    field: Any


class StrictModel(pydantic.BaseModel):
    """A pydantic model that expects text."""

    field: str


class Struct(msgspec.Struct):
    """A msgspec struct."""

    field: Any


class OrderedStruct(msgspec.Struct, frozen=True, order=True):
    """A msgspec struct that is hashed and compared."""

    field: Any


class Pair(NamedTuple):
    """A named tuple."""

    field: Any


class Row(TypedDict):
    """A typed dictionary."""

    field: Any


class Plain:
    """A class of its own."""

    def __init__(self, field: Any) -> None:
        self.field = field


class Descriptor:
    """A class that hands the value out by attribute."""

    def __init__(self, field: Any) -> None:
        self._field = field

    @property
    def field(self) -> Any:
        """Give it."""
        return self._field


def typed_model(v: Any) -> Any:
    """Make a pydantic model whose field has the wrapper's own class as annotation."""
    return pydantic.create_model(
        "Typed", __config__=pydantic.ConfigDict(arbitrary_types_allowed=True), field=(type(v), ...)
    )(field=v)


def adapted(v: Any) -> Any:
    """Let pydantic dump a bare value."""
    return pydantic.TypeAdapter(Any).dump_json(v)


# ── The language ──────────────────────────────────────────────────────────────────────────────────────────


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
    kind = type(v)
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


def rich_traceback(v: Any) -> str:
    """Render a traceback with locals, as rich does."""
    console = rich.console.Console(file=io.StringIO(), width=200, color_system=None)
    try:
        raised_with(v)
    except ValueError as error:
        shown = rich.traceback.Traceback.from_exception(
            type(error), error, error.__traceback__, show_locals=True, extra_lines=0
        )
        with contextlib.suppress(TypeError):
            console.print(shown)
    out = console.file
    return out.getvalue() if isinstance(out, io.StringIO) else ""


def rich_print(v: Any) -> str:
    """Print by rich."""
    out = io.StringIO()
    rich.console.Console(file=out, width=200, color_system=None).print(v)
    return out.getvalue()


def rich_inspect(v: Any, **options: Any) -> str:
    """Inspect by rich."""
    out = io.StringIO()
    rich.inspect(v, console=rich.console.Console(file=out, width=200, color_system=None), **options)
    return out.getvalue()


def rich_log(v: Any) -> str:
    """Log by rich, with locals."""
    out = io.StringIO()
    rich.console.Console(file=out, width=200, color_system=None, log_time=False).log("value", v, log_locals=True)
    return out.getvalue()


# ── Looking inside ────────────────────────────────────────────────────────────────────────────────────────


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
        elif type(top).__module__.startswith(("obq_privacy", "channel", "values_world")):
            stack += [getattr(top, name, None) for name in sorted(_slots(top)) if not name.startswith("__")]
            stack += getattr(top, "__dict__", {}).values()
    return sorted(texts)


def default_getstate(v: Any) -> object:
    """Take the state by the default of `object`."""
    return object.__getstate__(v)


# ── Sinks of the standard library ─────────────────────────────────────────────────────────────────────────


def logged(v: Any, text: str = "value %s", style: Any = "%", form: str | None = None, **options: Any) -> str:
    """Log it to a stream."""
    out = io.StringIO()
    logger = logging.Logger("channel")
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter(form, style=style))
    logger.addHandler(handler)
    logger.error(text, *([v] if "%" in text else []), **options)
    return out.getvalue()


def logged_as_message(v: Any) -> str:
    """Log it as the message itself."""
    out = io.StringIO()
    logger = logging.Logger("channel")
    logger.addHandler(logging.StreamHandler(out))
    logger.error(v)
    return out.getvalue()


def logged_to(v: Any, handler: logging.Handler) -> list[str]:
    """Log it to a handler, and give what the handler makes of it."""
    logger = logging.Logger("channel")
    logger.addHandler(handler)
    logger.error("value %s", v)
    logger.error("value %r", v)
    logger.removeHandler(handler)
    handler.close()
    if isinstance(handler, logging.handlers.BufferingHandler):
        return [handler.format(record) for record in handler.buffer]
    return []


def logged_by_socket(v: Any) -> bytes:
    """Make the pickle that the socket handler sends."""
    record = logging.LogRecord("channel", logging.ERROR, "file", 1, "value %s", (v,), None)
    vars(record).update(created=0, msecs=0, relativeCreated=0)
    return logging.handlers.SocketHandler("localhost", 9).makePickle(record)


def logged_through_queue(v: Any) -> Any:
    """Prepare a record for a queue."""
    record = logging.LogRecord("channel", logging.ERROR, "file", 1, "value %s", (v,), None)
    return vars(logging.handlers.QueueHandler(mock.Mock()).prepare(record))["msg"]


def logged_exception(v: Any) -> str:
    """Log an exception that holds it."""
    out = io.StringIO()
    logger = logging.Logger("channel")
    logger.addHandler(logging.StreamHandler(out))
    try:
        raised_with(v)
    except ValueError:
        logger.exception("failed for %r", v)
    return out.getvalue().replace(__file__, "file")


def configured(v: Any) -> None:
    """Put it into a logging configuration."""
    logging.config.dictConfig({"version": 1, "incremental": True, "handlers": {"h": {"level": v}}})


RICH_CONSOLE = structlog.dev.ConsoleRenderer(
    colors=False,
    exception_formatter=structlog.dev.RichTracebackFormatter(width=200, color_system=None, extra_lines=0),
)
PLAIN_CONSOLE = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def structured(v: Any, *processors: Any) -> str:
    """Log it by structlog."""
    out = io.StringIO()
    logger = structlog.wrap_logger(structlog.PrintLogger(out), processors=list(processors))
    logger.error("event", value=v, inside={"value": [v]})
    return out.getvalue()


def structured_exception(v: Any, *processors: Any) -> str:
    """Log an exception that holds it by structlog, with locals."""
    out = io.StringIO()
    logger = structlog.wrap_logger(structlog.PrintLogger(out), processors=list(processors))
    try:
        raised_with(v)
    except ValueError:
        logger.exception("event")
    return out.getvalue().replace(__file__, "file")


def written_csv(v: Any, **options: Any) -> str:
    """Write it as a row."""
    out = io.StringIO()
    try:
        csv.writer(out, **options).writerow(["a", v])
    finally:
        print(out.getvalue())  # noqa: T201
    return out.getvalue()


def written_dict_csv(v: Any) -> str:
    """Write it as a row of a dictionary."""
    out = io.StringIO()
    csv.DictWriter(out, ["field"]).writerow({"field": v})
    return out.getvalue()


def queried(v: Any, query: str = "select ?", *, named: bool = False) -> Any:
    """Pass it to a database."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        return database.execute(query, {"v": v} if named else (v,)).fetchall()


def queried_many(v: Any) -> Any:
    """Insert it many times."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table t (a)")
        database.executemany("insert into t values (?)", [(v,), (v,)])
        return database.execute("select a from t").fetchall()


def returned_to_sql(v: Any) -> Any:
    """Give it back from an SQL function."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.create_function("f", 0, lambda: v)
        return database.execute("select f()").fetchall()


def shelved(v: Any) -> list[bytes]:
    """Put it on a shelf, and give what the files hold afterwards."""
    with tempfile.TemporaryDirectory() as place:
        try:
            with shelve.open(str(Path(place) / "shelf")) as shelf:
                shelf["key"] = v
        finally:
            for path in Path(place).iterdir():
                print(path.read_bytes().decode("latin-1")[:200].strip("\0"))  # noqa: T201
        return []


def dumped(v: Any, module: Any, *options: Any) -> bytes:
    """Dump it to a file, and print what was written even if it fails."""
    out = io.BytesIO()
    try:
        module.dump(v, out, *options)
    finally:
        print(out.getvalue().decode("latin-1"))  # noqa: T201
    return out.getvalue()


def pickled_in_python(v: Any, protocol: int) -> bytes:
    """Pickle it by the implementation in Python, which writes as it goes."""
    out = io.BytesIO()
    try:
        pickle._Pickler(out, protocol).dump(v)
    finally:
        print(len(out.getvalue()), out.getvalue().decode("latin-1"))  # noqa: T201
    return out.getvalue()


def cookie(v: Any) -> str:
    """Set a cookie."""
    jar = http.cookies.SimpleCookie()
    jar["name"] = v
    return jar.output()


def mailed(v: Any) -> str:
    """Put it into a mail."""
    message = email.message.EmailMessage()
    message["Subject"] = v
    return message.as_string()


def mailed_old(v: Any) -> str:
    """Put it into a mail of the older kind."""
    message = email.message.Message()
    message["Subject"] = v
    return message.as_string()


def mailed_body(v: Any) -> str:
    """Make it the body of a mail."""
    message = email.message.EmailMessage()
    message.set_content(v)
    return message.as_string()


def element(v: Any) -> bytes:
    """Make it the text of an XML element."""
    made = ET.Element("a")
    made.text = v
    return ET.tostring(made)


def attribute(v: Any) -> bytes:
    """Make it an attribute of an XML element."""
    return ET.tostring(ET.Element("a", {"b": v}))


def written(v: Any, mode: str) -> str:
    """Write it to a file, and give what the file holds."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "file"
        try:
            with path.open(mode) as file:
                file.write(v)
        finally:
            print(path.read_bytes())  # noqa: T201
        return ""


def written_by_path(v: Any, method: str) -> None:
    """Write it to a file by pathlib."""
    with tempfile.TemporaryDirectory() as place:
        getattr(Path(place) / "file", method)(v)


def ran(v: Any, **options: Any) -> Any:
    """Pass it to another program."""
    return subprocess.run([sys.executable, "-c", "pass", v], check=False, capture_output=True, **options)


def ran_with(v: Any, **options: Any) -> Any:
    """Pass it to another program by its input or environment."""
    return subprocess.run([sys.executable, "-c", "pass"], check=False, capture_output=True, **options)


def warned(v: Any) -> list[str]:
    """Warn of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(v, stacklevel=1)
        return [str(warning) for warning in caught]


def unraisable(v: Any) -> None:
    """Let the hook print an error that nobody can catch."""
    told = {"exc_type": ValueError, "exc_value": ValueError(v), "exc_traceback": None, "err_msg": None, "object": v}
    sys.__unraisablehook__(types.SimpleNamespace(**told))


def threaded(v: Any) -> str:
    """Let a thread fail on it, and give what the hook prints."""
    thread = threading.Thread(target=raised_with, args=(v,), name="worker")
    with mock.patch.object(threading, "excepthook", threading.__excepthook__):
        thread.start()
        thread.join()
    return repr(thread)


def tasked(v: Any) -> str:
    """Make it the result of a task, and show the task."""

    async def give() -> Any:
        return v

    async def main() -> str:
        task = asyncio.ensure_future(give())
        await task
        return repr(task)

    return asyncio.run(main()).replace(__file__, "file")


def loop_failed(v: Any) -> str:
    """Let a callback of an event loop fail on it."""
    seen: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: seen.append(repr(context)))
        loop.call_soon(raised_with, v)
        await asyncio.sleep(0)

    asyncio.run(main())
    return "".join(seen).replace(__file__, "file")


def queued(v: Any) -> str:
    """Put it into a queue between processes, whose feeder thread pickles it."""
    queue: Any = multiprocessing.get_context("spawn").Queue()
    queue.put(v)
    queue.close()
    queue.join_thread()
    return ""


def sent(v: Any) -> bytes:
    """Send it through a pipe between processes."""
    one, other = multiprocessing.Pipe()
    with one, other:
        one.send(v)
        return b"sent"


def sent_by_socket(v: Any) -> int:
    """Send it by a socket."""
    one, other = socket.socketpair()
    with one, other:
        return one.send(v)


def future(v: Any) -> str:
    """Make it the result of a future, and show the future."""
    made: concurrent.futures.Future[Any] = concurrent.futures.Future()
    made.set_result(v)
    return repr(made)


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


def asserted(v: Any, u: Any, method: str) -> None:
    """Assert something of it by unittest."""
    getattr(unittest.TestCase(), method)(v, u)


def asserted_one(v: Any, method: str) -> None:
    """Assert something of it alone by unittest."""
    getattr(unittest.TestCase(), method)(v)


def documented(v: Any) -> str:
    """Let an example of a docstring fail on it."""
    text = ">>> v\n'expected'\n>>> print(v)\nexpected\n>>> [v]\n[]\n"
    example = doctest.DocTestParser().get_doctest(text, {"v": v}, "channel", None, 0)
    out = io.StringIO()
    doctest.DocTestRunner(verbose=True).run(example, out=out.write)
    return out.getvalue()


def compared(v: Any, u: Any) -> list[str]:
    """Compare two by difflib."""
    return list(difflib.ndiff([v], [u]))


def mocked(v: Any, u: Any) -> str:
    """Call a mock with one and assert the other."""
    made = mock.Mock()
    made(v)
    made.assert_called_with(u)
    return repr(made.mock_calls)


def short_repr(v: Any) -> str:
    """Show it with limits."""
    short = reprlib.Repr()
    short.maxother = 100
    return short.repr([v, {"v": v}])


def replaced(v: Any) -> Any:
    """Copy it with changes, as from 3.13 on."""
    replace = getattr(copy, "replace", None)
    return replace(v) if replace is not None else "copy.replace comes with 3.13"


def unstructured(v: Any, converter: Any = None) -> Any:
    """Unstructure it by cattrs."""
    return (converter or cattrs.Converter()).unstructure(v)
