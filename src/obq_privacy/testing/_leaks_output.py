"""What a program says while it runs: log records, standard output and error, warnings."""

from __future__ import annotations

import logging
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Said(NamedTuple):
    """Something that came out.

    Attributes:
        channel: through which.
        place: where.
        thing: what; a text, bytes, or any object that shows text.
    """

    channel: str
    place: str
    thing: object


PIECES: Final = frozenset({"in pieces", "captured by pytest"})
"""Places that are a whole stream, and say nothing new once a line of it is known."""


class Collector(Protocol):
    """Something that listens on a channel between start and stop."""

    def start(self) -> None:
        """Begin to listen."""
        ...

    def stop(self) -> None:
        """Put everything back as it was."""
        ...

    def said(self) -> Iterator[Said]:
        """Give everything that was heard since the start."""
        ...


def spot(file: str, line: int) -> str:
    """Name a line of a file, below the working directory by its relative path."""
    path = Path(file)
    with suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return f"{path}:{line}"


# ── Logging ───────────────────────────────────────────────────────────────────────────────────────────────

_USUAL = frozenset(vars(logging.makeLogRecord({})))


class LogRecords:
    """Every record that any logger makes, whether or not it propagates or has handlers."""

    def __init__(self) -> None:
        self._records: list[logging.LogRecord] = []
        self._former: Callable[..., logging.LogRecord] | None = None
        self._on = False

    def start(self) -> None:
        """Stand before the factory of records."""
        self._former, self._on = logging.getLogRecordFactory(), True
        logging.setLogRecordFactory(self._made)

    def stop(self) -> None:
        """Give the factory back, unless somebody stands before this one; then only pass records on."""
        self._on = False
        if self._former is not None and logging.getLogRecordFactory() == self._made:
            logging.setLogRecordFactory(self._former)

    def _made(self, *arguments: Any, **rest: Any) -> logging.LogRecord:
        record = (self._former or logging.LogRecord)(*arguments, **rest)
        if self._on:
            self._records.append(record)
        return record

    def said(self) -> Iterator[Said]:
        """Give what handlers could write of each record: its message, arguments, extras, and exception."""
        for record in list(self._records):
            where = f"{spot(record.pathname, record.lineno)}, logger {record.name!r}"
            with suppress(Exception):
                yield Said("log", f"{where}, message", record.getMessage())
            yield Said("log", f"{where}, message", record.msg)
            yield Said("log", f"{where}, arguments", record.args)
            for name in sorted(vars(record).keys() - _USUAL):
                yield Said("log", f"{where}, extra {name}", vars(record)[name])
            if record.exc_info and record.exc_info[1] is not None:
                yield Said("log", f"{where}, exception", record.exc_info[1])
            yield Said("log", f"{where}, exception", record.exc_text or "")


# ── Standard output and error ─────────────────────────────────────────────────────────────────────────────


class _Ear:
    """Stands in the place of a stream's `write`; once it is off it only hands on."""

    __slots__ = ("channel", "on", "own", "said", "write")

    def __init__(self, channel: str, stream: Any, said: list[Said]) -> None:
        self.channel, self.said, self.on = channel, said, True
        self.own = "write" in getattr(stream, "__dict__", {})
        self.write: Callable[[str], Any] = stream.write

    def __call__(self, text: str, /) -> Any:
        if self.on:
            self.said.append(Said(self.channel, _caller(sys._getframe(1)), text))
        return self.write(text)


def _top(stream: Any) -> _Ear | None:
    """Give what stands in the place of `write` now, if it is one of ours."""
    found: object = getattr(stream, "__dict__", {}).get("write")
    return found if isinstance(found, _Ear) else None


class Streams:
    """What is written to the objects that are `sys.stdout` and `sys.stderr` at the start.

    They stay the same objects, so that whoever holds one is heard as well. Several may listen at a time, and stop in
    any order.
    """

    def __init__(self) -> None:
        self._written: list[Said] = []
        self._ears: list[tuple[Any, _Ear]] = []

    def start(self) -> None:
        """Listen on the two."""
        for channel in ("stdout", "stderr"):
            stream: Any = getattr(sys, channel)
            if stream is not None and all(stream is not heard for heard, _ in self._ears):
                ear = _Ear(channel, stream, self._written)
                with suppress(AttributeError):  # one of slots, or made in C without a dictionary
                    stream.write = ear
                    self._ears.append((stream, ear))

    def stop(self) -> None:
        """Let go of them, and leave them as they were found."""
        for stream, ear in self._ears:
            ear.on = False
            while (top := _top(stream)) is not None and not top.on:
                if top.own:
                    stream.write = top.write
                else:
                    del stream.write  # what its class has comes to light again
        self._ears.clear()

    def said(self) -> Iterator[Said]:
        """Give each text that was written, and then all of them in one: a value may come in pieces."""
        written = list(self._written)
        yield from written
        for channel in ("stdout", "stderr"):
            texts = [str(said.thing) for said in written if said.channel == channel]
            yield Said(channel, "in pieces", "".join(texts))


_LIBRARIES = (str(Path(logging.__file__).parent.parent), "site-packages", "<frozen", __file__)


def _caller(frame: FrameType | None) -> str:
    """Name the line that wrote, past the libraries that did it for it."""
    nearest = frame
    while frame is not None and any(part in frame.f_code.co_filename for part in _LIBRARIES):
        frame = frame.f_back
    found = frame or nearest
    return spot(found.f_code.co_filename, found.f_lineno) if found is not None else "unknown"


# ── Warnings ──────────────────────────────────────────────────────────────────────────────────────────────


class Warned:
    """Every warning that is shown or recorded, also within `pytest.warns` and `catch_warnings(record=True)`.

    The interpreter looks up the class of such messages when it makes one; nothing else sees all of them.
    """

    def __init__(self) -> None:
        self._messages: list[warnings.WarningMessage] = []
        self._former: type[warnings.WarningMessage] = warnings.WarningMessage

    def start(self) -> None:
        """Put a class that remembers its instances in the place of `WarningMessage`."""
        self._former = former = warnings.WarningMessage
        heard = self._messages

        class Heard(former):  # type: ignore[misc, valid-type]
            def __init__(self, *arguments: Any, **rest: Any) -> None:
                super().__init__(*arguments, **rest)
                heard.append(self)

        Heard.__name__ = Heard.__qualname__ = former.__name__
        warnings.WarningMessage = Heard  # type: ignore[misc]

    def stop(self) -> None:
        """Put the class back."""
        warnings.WarningMessage = self._former  # type: ignore[misc]

    def said(self) -> Iterator[Said]:
        """Give the texts and arguments of the warnings."""
        for message in list(self._messages):
            where = spot(message.filename, message.lineno)
            yield Said("warning", where, message.message)
            yield Said("warning", where, cast("Warning", message.message).args)
