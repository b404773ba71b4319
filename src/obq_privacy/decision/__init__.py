"""The decision, apart from everything that it is decided for."""

from __future__ import annotations

from obq_privacy.decision._answer import Deny, Permit, Reason, explain, weight
from obq_privacy.decision._consents import consent_problem, guardian_needed, is_of_age, live, running, too_young
from obq_privacy.decision._decide import decide
from obq_privacy.vocab import Request

__all__ = [
    "Deny",
    "Permit",
    "Reason",
    "Request",
    "consent_problem",
    "decide",
    "explain",
    "guardian_needed",
    "is_of_age",
    "live",
    "running",
    "too_young",
    "weight",
]
