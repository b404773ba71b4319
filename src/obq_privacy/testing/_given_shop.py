"""Values that the validators of the ready shop accept."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from obq_privacy.shop import _checks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

_DIGITS = "0123456789"
_HEX = "0123456789abcdefABCDEF"
_WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
_PAIRS = st.text(_HEX, min_size=2, max_size=2)

CHECKED: Final[Mapping[object, SearchStrategy[Any]]] = {
    _checks.email: st.builds(
        "{}{}@{}.{}".format, _WORDS, st.sampled_from(("", "+tag", ".x", "'s", "é")), _WORDS, _WORDS
    ),
    _checks.fixed_phone: st.builds(
        "{}{}{}{}".format,
        st.sampled_from(("", "+")),
        st.text(_DIGITS, min_size=3, max_size=4),
        st.sampled_from(("", "-")),
        st.text(_DIGITS, min_size=4, max_size=12),
    ),
    _checks.expiry: st.builds("{:02}/{:02}".format, st.integers(1, 12), st.integers(0, 99)),
    _checks.amount: st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2)),
    _checks.steps: st.integers(0, 200_000),
    _checks.imsi: st.text(_DIGITS, min_size=14, max_size=15),
    _checks.mac_address: st.lists(_PAIRS, min_size=6, max_size=6).map(":".join),
    _checks.ip_address: st.ip_addresses().map(str),
    _checks.licence: st.one_of(
        st.text("ABCDEFGHJKLMNPQRTUWXY" + _DIGITS, min_size=18, max_size=18),
        st.text(_DIGITS, min_size=15, max_size=15),
    ),
}
"""By validator."""
