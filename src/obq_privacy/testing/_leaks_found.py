"""What leak detection finds, and the error that says so. Neither holds a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence


@final
@attrs.frozen
class Leak:
    """A watched value that turned up.

    Attributes:
        item: key of the item whose value it is.
        channel: "log", "stdout", "stderr", "warning", "exception", "file", "sqlite", "http", or a name of yours.
        place: where: file and line, name of the logger, table and column, header.
        encoding: how it was spelled there: "plain", "base64", …
    """

    item: str
    channel: str
    place: str
    encoding: str

    def __str__(self) -> str:
        return f"{self.item} in {self.channel}: {self.place} ({self.encoding})"


class LeakFound(AssertionError):
    """Watched values turned up where they should not; `leaks` says which and where, and holds none of them."""

    def __init__(self, leaks: Sequence[Leak], unwatched: Sequence[str] = ()) -> None:
        self.leaks = tuple(leaks)
        lines = [f"{len(self.leaks)} leak(s) found; reveal less there, or say that it is meant by no_leaks.expected(…)"]
        lines += [f"  {leak}" for leak in self.leaks]
        if unwatched:
            lines.append(f"  not looked for, because chance makes such values: {', '.join(unwatched)}")
        super().__init__("\n".join(lines))


class WeakCanary(ValueError):
    """A value cannot be looked for, because it, or one like it, stands in many places by chance."""
