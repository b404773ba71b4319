"""What an application declares, checked as a whole."""

from __future__ import annotations

from obq_privacy.policy._minors import Minors
from obq_privacy.policy._policy import LevelKey, Policy, purpose_text, scopes_of, type_name
from obq_privacy.policy._rules import (
    Anchor,
    Contact,
    Exemption,
    Kind,
    PurposeRule,
    Retention,
    additional,
    basic,
    statutory,
)

__all__ = [
    "Anchor",
    "Contact",
    "Exemption",
    "Kind",
    "LevelKey",
    "Minors",
    "Policy",
    "PurposeRule",
    "Retention",
    "additional",
    "basic",
    "purpose_text",
    "scopes_of",
    "statutory",
    "type_name",
]
