"""A stricter profile of the shop: the law of China as it stands in 2026.

It differs from `obq_privacy.shop.policy` by declarations only; purposes, items, recipients and sources are the same
objects. `DIFFERENCES` says what differs, and by which article. Where the shop's own policy is the stricter one the
profile keeps to it, with one exception that the law words otherwise: a child is younger than 14, not 14 as well.

Separate consent to cross a border (PIPL 39) is no difference: the library asks for it under every policy (CROSS-1).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import attrs

from obq_privacy.shop import exemptions as e
from obq_privacy.shop import policy as base
from obq_privacy.vocab import Category, LegalBasis, Level, Operation, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from obq_privacy.policy import LevelKey, Policy
    from obq_privacy.vocab import AnyRecipient, ThirdPartySource

VERSION = "2026-11-pipl"

REFUSAL_REST = dt.timedelta(days=30)
"""The law forbids to ask frequently after a refusal and names no number; a month is the shop's reading of it."""

LEVELS: Mapping[LevelKey, Level] = {
    **base.LEVELS,
    Sensitivity.SENSITIVE: Level.SEPARATE,
    Category.HEALTH: Level.SEPARATE,
    (Sensitivity.PERSONAL, Operation.SHARE): Level.SEPARATE,
    (Sensitivity.PERSONAL, Operation.TRANSFER): Level.SEPARATE,
    (Sensitivity.PERSONAL, Operation.DISCLOSE): Level.SEPARATE,
}

MINORS = attrs.evolve(base.MINORS, sensitive_inclusive=False, guardian_inclusive=False, approval=True)

BASES: Mapping[LegalBasis, str] = {
    LegalBasis.CONTRACT: "PIPL 13(2)",
    LegalBasis.LEGAL_OBLIGATION: "PIPL 13(3)",
    LegalBasis.SERIOUS_VIOLATION: "PIPL 13(3) with E-Commerce Law 36",
    LegalBasis.VITAL_INTERESTS: "PIPL 13(4)",
    LegalBasis.NEWS: "PIPL 13(5)",
    LegalBasis.SELF_PUBLISHED: "PIPL 13(6), 27",
    LegalBasis.PUBLIC_SOURCE: "PIPL 13(6), 27",
    LegalBasis.OTHER_LAW: "PIPL 13(7)",
}
"""Where the exemptions that are left have their ground. The others of the source have none of their own: security,
public interest and criminal matters count where a law says so, which is then the basis; stable operation, research and
the protection of minors are no grounds beside consent, apart from emergencies."""

EXEMPTIONS = tuple(exemption for exemption in e.EXEMPTIONS if exemption.basis in BASES)


class Difference(NamedTuple):
    """What the profile declares otherwise than the shop, and where the law says so."""

    what: str
    article: str


DIFFERENCES = (
    Difference("separate consent for every operation on sensitive items", "PIPL 29; Network Data Regulations 22(2)"),
    Difference("separate consent for counts of steps, which tell of health", "PIPL 28, 29"),
    Difference("separate consent to share personal items", "PIPL 23"),
    Difference("separate consent to transfer personal items", "PIPL 22, 23"),
    Difference("separate consent to disclose personal items", "PIPL 25"),
    Difference("values are sensitive for their age below 14", "PIPL 28"),
    Difference("a guardian consents below 14", "PIPL 31; Network Data Regulations 22(3)"),
    Difference("using a minor's data needs a recorded approval", "Regulations on Minors Online 36"),
    Difference("exemptions without a ground of their own in the law are left out", "PIPL 13"),
    Difference("nobody is asked again for 30 days after a refusal", "Network Data Regulations 22(5)"),
    Difference("decisions that a machine makes alone can be refused", "PIPL 24"),
)
"""Everything that differs."""


def build(
    *, version: str = VERSION, recipients: Iterable[AnyRecipient] = (), sources: Iterable[ThirdPartySource] = ()
) -> Policy:
    """Declare the profile with the facts of one deployment; arguments as for `obq_privacy.shop.policy.build`.

    Raises:
        PolicyInvalid: the facts do not fit; a group with every finding.
    """
    return base.build(
        version=version,
        recipients=recipients,
        sources=sources,
        exemptions=EXEMPTIONS,
        levels=LEVELS,
        minors=MINORS,
        refusal_rest=REFUSAL_REST,
        machine_refusal=True,
    )


POLICY = build()
"""The stricter profile, with agreements and checks in force from 2026 to 2028."""
