"""What an exception shows: its text, arguments and notes, those before it, and the locals that reports print."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from obq_privacy.testing._leaks_output import Said, spot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_HARNESS = ("_pytest", "pluggy", "pytest", "obq_privacy.testing")


def said_of(error: BaseException, *, own: str = "", channel: str = "exception") -> Iterator[Said]:
    """Give what an exception and those behind it show.

    Args:
        error: the exception.
        own: the file of the test; its own frames hold the value by right. Without it no frame is looked at.
        channel: the channel to name.
    """
    for one in chain(error):
        name = type(one).__name__
        where = f"{name} raised at {_raised_at(one.__traceback__)}"
        yield Said(channel, f"{where}, message", one)
        yield Said(channel, f"{where}, arguments", one.args)
        yield Said(channel, f"{where}, notes", getattr(one, "__notes__", ()))
        if own:
            yield from _locals(one.__traceback__, own, channel)


def _raised_at(trace: TracebackType | None) -> str:
    if trace is None:
        return "an unknown place"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return spot(trace.tb_frame.f_code.co_filename, trace.tb_lineno)


def _locals(trace: TracebackType | None, own: str, channel: str) -> Iterator[Said]:
    while trace is not None:
        frame = trace.tb_frame
        file = frame.f_code.co_filename
        home = str(frame.f_globals.get("__name__", ""))
        if file != own and not home.startswith(_HARNESS):
            for name, value in list(frame.f_locals.items()):
                where = f"local {name} of {frame.f_code.co_qualname} at {spot(file, trace.tb_lineno)}"
                yield Said(channel, where, value)
        trace = trace.tb_next


def chain(error: BaseException) -> list[BaseException]:
    """Give an exception with its causes, contexts and the parts of groups, each once."""
    found: list[BaseException] = []
    stack: list[BaseException | None] = [error]
    while stack:
        one = stack.pop()
        if one is None or any(one is other for other in found):
            continue
        found.append(one)
        stack += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            stack += cast("BaseExceptionGroup[BaseException]", one).exceptions
    return found
