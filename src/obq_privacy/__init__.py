"""Purpose-bound data handling: say once what personal data is for, and every other use is refused.

Start with `Purpose`, the items, `Policy` and `Guard`; the errors are in `obq_privacy.errors`.
"""

from __future__ import annotations

from obq_privacy import errors
from obq_privacy._version import __version__
from obq_privacy.audit import AuditLog, Entry, Head
from obq_privacy.consent import Consent, ConsentEvent, EventKind, Notice, Standing
from obq_privacy.crypto import KeyEnvironment, KeyFile, KeyProvider
from obq_privacy.decision import Deny, Permit, Reason, Request, decide, explain
from obq_privacy.guard import Clock, Erasure, Guard, Subject, Vault
from obq_privacy.policy import Kind, Minors, Policy, PurposeRule, Retention, additional, basic
from obq_privacy.values import (
    Label,
    NonPersonal,
    Personal,
    Protected,
    Sensitive,
    combine,
    equal,
    evolve,
    held_as,
    record,
    reveal_all,
)
from obq_privacy.vocab import (
    Category,
    Codec,
    LegalBasis,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Place,
    Pseudonym,
    Purpose,
    PurposeSet,
    SensitiveItem,
    Sensitivity,
    Source,
    SourceKind,
    masks,
    validators,
)

__all__ = [
    "AuditLog",
    "Category",
    "Clock",
    "Codec",
    "Consent",
    "ConsentEvent",
    "Deny",
    "Entry",
    "Erasure",
    "EventKind",
    "Guard",
    "Head",
    "KeyEnvironment",
    "KeyFile",
    "KeyProvider",
    "Kind",
    "Label",
    "LegalBasis",
    "Level",
    "Minors",
    "NonPersonal",
    "NonPersonalItem",
    "Notice",
    "Operation",
    "Permit",
    "Personal",
    "PersonalItem",
    "Place",
    "Policy",
    "Protected",
    "Pseudonym",
    "Purpose",
    "PurposeRule",
    "PurposeSet",
    "Reason",
    "Request",
    "Retention",
    "Sensitive",
    "SensitiveItem",
    "Sensitivity",
    "Source",
    "SourceKind",
    "Standing",
    "Subject",
    "Vault",
    "__version__",
    "additional",
    "basic",
    "combine",
    "decide",
    "equal",
    "errors",
    "evolve",
    "explain",
    "held_as",
    "masks",
    "record",
    "reveal_all",
    "validators",
]


def _publish() -> None:
    """Make public names report their public module."""
    for name in __all__:
        public = globals()[name]
        if callable(public):
            public.__module__ = __name__


_publish()
