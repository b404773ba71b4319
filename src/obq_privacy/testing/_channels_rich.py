"""What rich shows of a value."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import rich
import rich.console
import rich.traceback

from obq_privacy.testing._channels_acts import raised_with


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
