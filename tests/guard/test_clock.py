"""Where a guard takes the time from."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial

from obq_privacy import Clock

AT = datetime(2026, 11, 2, 8, 0, 0, 123456, tzinfo=UTC)


def test_now_is_the_wall_clock_in_utc_to_the_microsecond() -> None:
    """Exactly, where a float would round; what is less than a microsecond is left out."""
    whole = int((AT - timedelta(microseconds=123456)).timestamp()) * 1_000_000_000
    for nanoseconds in (123_456_000, 123_456_999):
        clock = Clock(wall_ns=partial(int, whole + nanoseconds), monotonic_ns=lambda: 0)
        assert clock.now() == AT
        assert clock.now().tzinfo is UTC


def test_without_another_it_is_that_of_the_machine() -> None:
    """The wall clock for what is recorded, and one that is never set for leases."""
    before = time.time_ns(), time.monotonic_ns()
    clock = Clock()
    now = clock.wall_ns(), clock.monotonic_ns()
    after = time.time_ns(), time.monotonic_ns()
    assert before <= now
    assert before[1] <= now[1] <= after[1]
    assert abs(now[0] - after[0]) < 60 * 10**9
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
