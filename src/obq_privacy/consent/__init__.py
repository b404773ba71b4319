"""Consent as an append-only ledger of events, and its fold."""

from __future__ import annotations

from obq_privacy.consent._event import ConsentEvent, EventKind, Notice
from obq_privacy.consent._fold import Consent, Standing, standing_of

__all__ = ["Consent", "ConsentEvent", "EventKind", "Notice", "Standing", "standing_of"]
