"""What subjects agreed to, as events that are only ever added, and the state that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.consent._kind import DECLINED, EVERYBODY, EventKind

if TYPE_CHECKING:
    from obq_privacy.consent._event import ConsentEvent, Notice
    from obq_privacy.consent._fold import Consent, Hold, Published, Standing, standing_of
else:
    # Where nobody is a subject yet, there are no events.
    __getattr__ = late(
        __name__,
        {
            **dict.fromkeys(("ConsentEvent", "Notice"), "_event"),
            **dict.fromkeys(("Consent", "Hold", "Published", "Standing", "standing_of"), "_fold"),
        },
    )

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
