"""Sinks of the standard library that report: logs, warnings, hooks, tasks, and tools of tests."""

# Whatever an application holds may come here, so nothing is known of its type.
# pyright: basic
from __future__ import annotations

import asyncio
import concurrent.futures
import difflib
import doctest
import io
import logging
import logging.config
import logging.handlers
import reprlib
import sys
import threading
import types
import unittest
import warnings
from typing import Any
from unittest import mock

from obq_privacy.testing._channels_acts import raised_with


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


def warned(v: Any) -> list[str]:
    """Warn of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(v, stacklevel=1)
        return [str(warning) for warning in caught]


def unraisable(v: Any) -> None:
    """Let the hook print an error that nobody can catch."""
    told: dict[str, Any] = {
        "exc_type": ValueError,
        "exc_value": ValueError(v),
        "exc_traceback": None,
        "err_msg": None,
        "object": v,
    }
    namespace: Any = types.SimpleNamespace(**told)
    sys.__unraisablehook__(namespace)


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


def future(v: Any) -> str:
    """Make it the result of a future, and show the future."""
    made: concurrent.futures.Future[Any] = concurrent.futures.Future()
    made.set_result(v)
    return repr(made)


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
