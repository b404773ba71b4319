"""What structlog writes of a value."""

from __future__ import annotations

import io
from typing import Any

import structlog

from obq_privacy.testing._channels_acts import raised_with

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
