"""A voucher becomes no text by accident."""

from __future__ import annotations

import pytest
from bookshop.voucher import Voucher

from obq_privacy.testing import LEAK_CHANNELS, LeakChannel

TRIED = [channel for channel in LEAK_CHANNELS if channel.group in {"text", "numbers"} and not channel.slow]


@pytest.mark.parametrize("channel", TRIED, ids=str)
def test_nothing_of_a_voucher_comes_out(channel: LeakChannel) -> None:
    """Not its code, and not how long it is."""
    assert channel.try_on(Voucher) == []
