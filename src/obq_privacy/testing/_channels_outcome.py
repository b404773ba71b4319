"""How the outcome of a channel is told, and how a value is looked for in it in all its spellings."""

# Whatever an application holds may come here, so nothing is known of its type.
# pyright: basic
from __future__ import annotations

import base64
import contextlib
import functools
import io
import json
import re
import traceback
import urllib.parse
from typing import TYPE_CHECKING, Any

from obq_privacy.errors import AccidentalUse, PrivacyError, WrapperMisuse
from obq_privacy.testing._leaks_errors import chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType

_VARYING = [
    (re.compile(r"0x[0-9a-fA-F]+"), "0x…"),
    (re.compile(r"={5,}"), "==="),
    (re.compile(r"\b\d{15}\b"), "<address>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hex>"),
    (re.compile(r"/tmp/\w+"), "/tmp/…"),  # noqa: S108  it looks for the name only
    (re.compile(r"Task-\d+|Thread-\d+|Dummy-\d+|Queue\w+-\d+"), "<name>"),
    (re.compile(r"\bin \d+\.\d+s|\b\d+\.\d+ ?(ms|s|seconds)\b"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?Z?|\[\d\d/\d\d/\d\d \d\d:\d\d:\d\d\]"), "<when>"),
]
_NUMBERS = re.compile(r"-?\d{7,}")
_DEPTH = 6
CHANNEL = "<channel>"


@functools.cache
def compiled(channel: str) -> CodeType:
    """Compile a channel: an expression, whose value is the outcome, or statements that may assign `out`."""
    try:
        return compile(f"out = {channel}", CHANNEL, "exec")
    except SyntaxError:
        return compile(channel, CHANNEL, "exec")


def steady(text: str, *, numbers: bool = False) -> str:
    """Take out of a text what differs from run to run: addresses, names of tasks, times; long numbers if told."""
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return _NUMBERS.sub("<number>", text) if numbers else text


# ── Looking for a value ───────────────────────────────────────────────────────────────────────────────────


def _windows(text: str, size: int) -> set[str]:
    return {text[at : at + size] for at in range(max(0, len(text) - size + 1))}


@functools.cache
def needles(value: str) -> set[str]:
    """Give every fragment of four characters of a value, and of its spellings what cannot be there by chance."""
    data = value.encode()
    found = _windows(value, 4) | _windows(value[::-1], 4) | _windows(value.upper(), 4) | _windows(value.lower(), 4)
    for spelled in (
        data.hex(),
        data.hex().upper(),
        urllib.parse.quote(value, safe=""),
        json.dumps(value)[1:-1],
        ascii(value)[1:-1],
        value.encode("utf-16-le").decode("latin-1"),
        value.encode("utf-32-le").decode("latin-1"),
    ):
        found |= {window for window in _windows(spelled, 8) if not window.isdecimal()}
    found |= _windows(repr(data)[2:-1], 16)
    for shift in range(3):
        spelled = base64.b64encode(b"-" * shift + data).decode()[4:-4]
        found |= _windows(spelled, 6) | _windows(spelled.replace("+", "-").replace("/", "_"), 6)
    return found


def leaks(text: str, values: Iterable[str]) -> list[str]:
    """Give what a text holds of values."""
    return sorted({needle for value in values for needle in needles(value) if needle in text})


# ── The outcome of a channel ──────────────────────────────────────────────────────────────────────────────


class Outcome:
    """What came out of a channel.

    Attributes:
        text: tells all of it, and what the frames of the library hold.
        frames: what the frames of others hold, where addresses and the like differ from run to run.
        error: the exception, if one was raised.
    """

    def __init__(self, text: str, frames: str, error: BaseException | None) -> None:
        self.text = text
        self.frames = frames
        self.error = error

    @property
    def improper(self) -> bool:
        """Whether the library refused with something other than the two errors for this."""
        return isinstance(self.error, PrivacyError) and not isinstance(self.error, AccidentalUse | WrapperMisuse)


def run(code: CodeType, names: Mapping[str, Any]) -> Outcome:
    """Run one channel; what it prints and what its frames hold are part of the outcome."""
    space: dict[str, Any] = dict(names)
    printed = io.StringIO()
    frames = ""
    error: BaseException | None = None
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            exec(code, space)  # noqa: S102  the channels are the texts of the tables
            told = f"gave {told_of(space.get('out'))}"
        except BaseException as raised:  # noqa: BLE001  an exit or an interrupt is an outcome, too
            error = raised
            told = f"raised {told_of_error(raised)}\n{told_of_frames(raised, library=True)}"
            frames = told_of_frames(raised, library=False)
    return Outcome(f"{told}\nprinted {printed.getvalue()}", frames, error)


def told_of(value: object, depth: int = _DEPTH) -> str:
    """Tell everything that a result shows: its type, its text, and what is inside."""
    kind = type(value).__qualname__
    parts = [f"{kind}:{_text(repr, value)}"]
    if isinstance(value, bytes | bytearray | memoryview):
        parts.append(bytes(value).decode("latin-1"))
    elif not isinstance(value, str | int | float | complex | type | None):
        parts.append(_text(str, value))
    if depth and isinstance(value, dict):
        parts += [told_of(part, depth - 1) for pair in value.items() for part in pair]
    elif depth and isinstance(value, list | tuple | set | frozenset):
        parts += [told_of(part, depth - 1) for part in value]
    return " | ".join(parts)


def _text(how: type[str] | Any, value: object) -> str:
    try:
        return str(how(value))
    except BaseException as error:  # noqa: BLE001  what it says is part of the outcome
        return f"{type(error).__name__}({_args(error)})"


def _args(error: BaseException) -> str:
    try:
        return f"{error} {error.args!r}"
    except BaseException as again:  # noqa: BLE001  an error that holds a wrapper has no text
        return f"no text, {type(again).__name__}"


def told_of_error(error: BaseException) -> str:
    """Tell everything that an error and those before it hold."""
    parts: list[str] = []
    for one in chain(error):
        parts += [type(one).__qualname__, _args(one), repr(getattr(one, "__notes__", ""))]
        parts += [told_of(part) for part in one.args]
    return "\n".join(parts)


def told_of_frames(error: BaseException, *, library: bool) -> str:
    """Tell the locals of the frames of the library, or of all others but the channel and what runs it."""
    parts: list[str] = []
    for one in chain(error):
        for frame, _ in traceback.walk_tb(one.__traceback__):
            file = frame.f_code.co_filename
            if file not in {CHANNEL, __file__} and library == _of_the_library(file):
                parts.append(frame.f_code.co_name)
                parts += [f"{name}={_text(repr, value)}" for name, value in frame.f_locals.items()]
    return "\n".join(parts)


def _of_the_library(file: str) -> bool:
    return "/obq_privacy/" in file and "/obq_privacy/testing/" not in file
