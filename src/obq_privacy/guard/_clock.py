"""Time, injected."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(NamedTuple):
    """Where a guard takes the time from; a test gives it a clock of its own.

    Attributes:
        wall_ns: nanoseconds since the epoch, for what is recorded and for the limits of consent and retention.
        monotonic_ns: nanoseconds of a clock that is never set, for leases.
    """

    wall_ns: Callable[[], int] = time.time_ns
    monotonic_ns: Callable[[], int] = time.monotonic_ns

    def now(self) -> dt.datetime:
        """Return the wall clock as an aware datetime in UTC."""
        seconds, rest = divmod(self.wall_ns(), 1_000_000_000)
        return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=rest // 1000)
