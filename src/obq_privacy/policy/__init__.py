"""What an application declares, checked as a whole."""

from __future__ import annotations

from obq_privacy.policy._former import Former, Limit, former_of, scopes_of
from obq_privacy.policy._minors import Minors
from obq_privacy.policy._policy import LevelKey, Policy
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
from obq_privacy.policy._scopes import purpose_text, type_name

__all__ = [
    "Anchor",
    "Contact",
    "Exemption",
    "Former",
    "Kind",
    "LevelKey",
    "Limit",
    "Minors",
    "Policy",
    "PurposeRule",
    "Retention",
    "additional",
    "basic",
    "former_of",
    "purpose_text",
    "scopes_of",
    "statutory",
    "type_name",
]
