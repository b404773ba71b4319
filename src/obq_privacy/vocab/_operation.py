"""What is done with data, on which legal basis, and where a value came from."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import NewType, final

import attrs

from obq_privacy.vocab._noun import Noun

Pseudonym = NewType("Pseudonym", str)
"""32 hexadecimal digits, drawn at random for a subject; the only name of a person in records and tokens."""


class Operation(Enum):
    """What is done with data; each is decided and recorded on its own."""

    COLLECT = "collect"
    USE = "use"
    SHARE = "share"
    TRANSFER = "transfer"
    DISCLOSE = "disclose"

    __hash__ = object.__hash__  # members are single objects; Enum would hash their names, in Python


class Level(IntEnum):
    """How strongly a consent was given; a stronger one serves where a weaker one is needed.

    `GENERAL` is agreement to the policy as a whole, `EXPRESS` an act of the subject about named purposes, `SEPARATE`
    an act about exactly one purpose and nothing else.
    """

    GENERAL = 1
    EXPRESS = 2
    SEPARATE = 3


class LegalBasis(Enum):
    """What makes an operation lawful.

    The first group a decision finds by itself. The second are invoked by name, with a justification (`Invoked`): the
    eleven exemptions of USE-22, and the further grounds of SHARE-2, SHARE-7 and MINOR-2.
    """

    CONSENT = "consent"
    GUARDIAN_CONSENT = "guardian-consent"
    NON_PERSONAL = "non-personal"
    AUTHORISED = "authorised"
    CHOICE = "choice"
    OWN_ACT = "own-act"
    STATUTORY = "statutory"

    NATIONAL_SECURITY = "national-security"
    PUBLIC_SAFETY = "public-safety"
    CRIMINAL_MATTERS = "criminal-matters"
    VITAL_INTERESTS = "vital-interests"
    SELF_PUBLISHED = "self-published"
    PUBLIC_SOURCE = "public-source"
    CONTRACT = "contract"
    SERVICE_SECURITY = "service-security"
    NEWS = "news"
    RESEARCH = "research"
    OTHER_LAW = "other-law"
    LEGAL_OBLIGATION = "legal-obligation"
    SERIOUS_VIOLATION = "serious-violation"
    MINOR_PROTECTION = "minor-protection"

    __hash__ = object.__hash__

    @property
    def invoked(self) -> bool:
        """Whether it has to be invoked by name."""
        return self not in _FOUND


_FOUND = frozenset(
    {
        LegalBasis.CONSENT,
        LegalBasis.GUARDIAN_CONSENT,
        LegalBasis.NON_PERSONAL,
        LegalBasis.AUTHORISED,
        LegalBasis.CHOICE,
        LegalBasis.OWN_ACT,
        LegalBasis.STATUTORY,
    }
)


class SourceKind(Enum):
    """Who a value came from."""

    SUBJECT = "subject"
    PERSON = "person"
    THIRD_PARTY = "third-party"
    PUBLIC = "public"
    DERIVED = "derived"


@final
@attrs.frozen(eq=False, repr=False)
class Source(Noun):
    """Where a value came from: `kind`, and the registered name of the third party or a pseudonym where one applies."""

    kind: SourceKind = SourceKind.SUBJECT
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value
