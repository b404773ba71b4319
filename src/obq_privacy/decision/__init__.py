"""The decision, apart from everything that it is decided for."""

from __future__ import annotations

from obq_privacy.decision._answer import Deny, Permit, Reason, Request, explain
from obq_privacy.decision._decide import consent_problem, decide, guardian_needed, live

__all__ = ["Deny", "Permit", "Reason", "Request", "consent_problem", "decide", "explain", "guardian_needed", "live"]
