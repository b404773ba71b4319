"""What needs no consent, and is invoked by name: sections 1(13) and 3(4) of the source.

Eleven situations permit collection and use. Six of them permit sharing, transfer and public disclosure as well, and the
other five do not. Three further grounds stand elsewhere in the source and cover one kind of step each.
"""

from __future__ import annotations

from obq_privacy.policy import Exemption
from obq_privacy.vocab import LegalBasis, Operation

INSIDE = frozenset({Operation.COLLECT, Operation.USE})
"""Collection and use: section 1(13)."""

OUTSIDE = frozenset({Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})
"""Sharing, transfer and public disclosure: section 3(4)."""

NATIONAL_SECURITY = Exemption(LegalBasis.NATIONAL_SECURITY, INSIDE | OUTSIDE, clause="SHARE-8")
PUBLIC_SAFETY = Exemption(LegalBasis.PUBLIC_SAFETY, INSIDE | OUTSIDE, clause="SHARE-8")
CRIMINAL_MATTERS = Exemption(LegalBasis.CRIMINAL_MATTERS, INSIDE | OUTSIDE, clause="SHARE-8")
VITAL_INTERESTS = Exemption(LegalBasis.VITAL_INTERESTS, INSIDE | OUTSIDE, clause="SHARE-8")
SELF_PUBLISHED = Exemption(LegalBasis.SELF_PUBLISHED, INSIDE | OUTSIDE, clause="SHARE-8")
PUBLIC_SOURCE = Exemption(LegalBasis.PUBLIC_SOURCE, INSIDE | OUTSIDE, clause="SHARE-8")

CONTRACT = Exemption(LegalBasis.CONTRACT, INSIDE, clause="USE-22")
SERVICE_SECURITY = Exemption(LegalBasis.SERVICE_SECURITY, INSIDE, clause="USE-22")
NEWS = Exemption(LegalBasis.NEWS, INSIDE, clause="USE-22")
RESEARCH = Exemption(LegalBasis.RESEARCH, INSIDE, deidentified=True, clause="USE-22")
OTHER_LAW = Exemption(LegalBasis.OTHER_LAW, INSIDE, clause="USE-22")

LEGAL_OBLIGATION = Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset({Operation.SHARE}), clause="SHARE-2")
SERIOUS_VIOLATION = Exemption(LegalBasis.SERIOUS_VIOLATION, frozenset({Operation.DISCLOSE}), clause="SHARE-7")
MINOR_PROTECTION = Exemption(LegalBasis.MINOR_PROTECTION, frozenset({Operation.USE}) | OUTSIDE, clause="MINOR-2")

EXEMPTIONS = (
    *(NATIONAL_SECURITY, PUBLIC_SAFETY, CRIMINAL_MATTERS, VITAL_INTERESTS, SELF_PUBLISHED, PUBLIC_SOURCE),
    *(CONTRACT, SERVICE_SECURITY, NEWS, RESEARCH, OTHER_LAW),
    *(LEGAL_OBLIGATION, SERIOUS_VIOLATION, MINOR_PROTECTION),
)
"""All of them."""
