"""What subjects agreed to, as events that are only ever added, and the state that follows from them."""

from __future__ import annotations

from obq_privacy.consent._event import EVERYBODY, ConsentEvent, EventKind, Notice
from obq_privacy.consent._fold import DECLINED, Consent, Hold, Published, Standing, standing_of

__all__ = [
    "DECLINED",
    "EVERYBODY",
    "Consent",
    "ConsentEvent",
    "EventKind",
    "Hold",
    "Notice",
    "Published",
    "Standing",
    "standing_of",
]
