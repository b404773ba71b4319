"""What an application declares, checked as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.policy._minors import Minors
from obq_privacy.policy._policy import LevelKey, Policy
from obq_privacy.policy._rules import (
    Anchor,
    Kind,
    PurposeRule,
    Retention,
    additional,
    basic,
    statutory,
)
from obq_privacy.policy._scopes import purpose_text, type_name

if TYPE_CHECKING:
    from obq_privacy.policy._clauses import Contact, Exemption
    from obq_privacy.policy._diff import Change, ChangeKind, Diff, diff
    from obq_privacy.policy._former import Former, Limit, former_of, scopes_of
else:
    # Only a program that opens a store reads documents, and only one that reviews versions compares them.
    __getattr__ = late(
        __name__,
        {
            **dict.fromkeys(("Contact", "Exemption"), "_clauses"),
            **dict.fromkeys(("Change", "ChangeKind", "Diff", "diff"), "_diff"),
            **dict.fromkeys(("Former", "Limit", "former_of", "scopes_of"), "_former"),
        },
    )

__all__ = [
    "Anchor",
    "Change",
    "ChangeKind",
    "Contact",
    "Diff",
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
    "diff",
    "former_of",
    "purpose_text",
    "scopes_of",
    "statutory",
    "type_name",
]
