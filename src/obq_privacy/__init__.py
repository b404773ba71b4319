"""Purpose-bound data handling: say once what personal data is for, and every other use is refused.

Start with `Purpose`, the items, `Policy` and `Guard`; the errors are in `obq_privacy.errors`.
"""

from __future__ import annotations

import typing as _typing

from obq_privacy import _late, errors
from obq_privacy._version import __version__
from obq_privacy.consent import EventKind
from obq_privacy.crypto import KeyEnvironment, KeyProvider
from obq_privacy.decision import Deny, Permit, Reason, decide, explain
from obq_privacy.guard import Clock, Guard
from obq_privacy.policy import (
    Anchor,
    Kind,
    Minors,
    Policy,
    PurposeRule,
    Retention,
    additional,
    basic,
    statutory,
)
from obq_privacy.values import Label, NonPersonal, Personal, Protected, Sensitive
from obq_privacy.vocab import (
    Category,
    Codec,
    Invoked,
    LegalBasis,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Pseudonym,
    Purpose,
    PurposeSet,
    Recipient,
    RecipientKind,
    Request,
    Role,
    SensitiveItem,
    Sensitivity,
    Source,
    SourceKind,
    ThirdPartySource,
)

if _typing.TYPE_CHECKING:
    from obq_privacy.audit import AuditLog, Entry, Head
    from obq_privacy.consent import Consent, ConsentEvent, Hold, Notice, Published, Standing
    from obq_privacy.crypto import EnvelopeKey, KeyFile
    from obq_privacy.guard import Collecting, Erasure, Group, Inbox, Release, Subject, Vault
    from obq_privacy.policy import Contact, Exemption
    from obq_privacy.values import combine, equal, evolve, held_as, record, reveal_all, share_all
    from obq_privacy.vocab import Actor, Agreement, Place, SecurityCheck, generalise, masks, validators
else:
    __getattr__ = _late.late(
        __name__,
        {
            **dict.fromkeys(("AuditLog", "Entry", "Head"), "audit"),
            **dict.fromkeys(("Consent", "ConsentEvent", "Hold", "Notice", "Published", "Standing"), "consent"),
            **dict.fromkeys(("EnvelopeKey", "KeyFile"), "crypto"),
            **dict.fromkeys(("Collecting", "Erasure", "Group", "Inbox", "Release", "Subject", "Vault"), "guard"),
            **dict.fromkeys(("Contact", "Exemption"), "policy"),
            **dict.fromkeys(("combine", "equal", "evolve", "held_as", "record", "reveal_all", "share_all"), "values"),
            **dict.fromkeys(
                ("Actor", "Agreement", "Place", "SecurityCheck", "generalise", "masks", "validators"), "vocab"
            ),
        },
    )

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Actor",
    "Agreement",
    "Anchor",
    "AuditLog",
    "Category",
    "Clock",
    "Codec",
    "Collecting",
    "Consent",
    "ConsentEvent",
    "Contact",
    "Deny",
    "Entry",
    "EnvelopeKey",
    "Erasure",
    "EventKind",
    "Exemption",
    "Group",
    "Guard",
    "Head",
    "Hold",
    "Inbox",
    "Invoked",
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
    "Published",
    "Purpose",
    "PurposeRule",
    "PurposeSet",
    "Reason",
    "Recipient",
    "RecipientKind",
    "Release",
    "Request",
    "Retention",
    "Role",
    "SecurityCheck",
    "Sensitive",
    "SensitiveItem",
    "Sensitivity",
    "Source",
    "SourceKind",
    "Standing",
    "Subject",
    "ThirdPartySource",
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
    "generalise",
    "held_as",
    "masks",
    "record",
    "reveal_all",
    "share_all",
    "statutory",
    "validators",
]


def _publish() -> None:
    """Make public names report their public module."""
    for name in __all__:
        public = globals().get(name)  # a late one says so itself
        if callable(public):
            public.__module__ = __name__


_publish()
