"""How far a long command is, on standard error."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, Self, TypeVar, final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

_FIRST: Final = 0.5
"""Seconds before anything is said: what is done by then needs no progress."""
_EVERY: Final = 0.2
_EVERY_LINE: Final = 5.0


@final
class Progress:
    """Count what is done and say so now and then: on one line of a terminal, which is wiped at the end.

    Nothing is said where standard error is no terminal, unless it is asked for; then it is in lines of their own.

    Args:
        what: what is counted.
        asked: whether to say it anywhere.
    """

    __slots__ = ("_begun", "_count", "_every", "_next", "_said", "_shown", "_terminal", "_what")

    def __init__(self, what: str, *, asked: bool) -> None:
        self._what = what
        self._terminal = sys.stderr.isatty()
        self._shown = asked or self._terminal
        self._every = _EVERY if self._terminal else _EVERY_LINE
        self._count = 0
        self._said = False
        self._begun = time.monotonic()
        self._next = self._begun + (0.0 if asked else _FIRST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._said and self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def over(self, many: Iterable[T]) -> Iterator[T]:
        """Yield what is there, counting it."""
        for one in many:
            yield one
            self.step()

    def step(self) -> None:
        """Count one."""
        self._count += 1
        if not self._shown or (now := time.monotonic()) < self._next:
            return
        self._next = now + self._every
        self._said = True
        text = f"{self._count:,}".replace(",", " ") + f" {self._what}, {now - self._begun:.0f} s"
        sys.stderr.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        sys.stderr.flush()


__all__ = ["Progress"]
