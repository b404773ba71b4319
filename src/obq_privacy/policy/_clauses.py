"""What a policy states for all of its purposes: what the law exempts, and whom to turn to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from obq_privacy.vocab import LegalBasis, Operation


class Exemption(NamedTuple):
    """A legal basis that may be invoked without consent, and for which operations (USE-22, SHARE-8).

    Attributes:
        basis: the basis.
        operations: what it covers.
        deidentified: whether it hands out nothing but de-identified results.
        clause: the clause of the policy that it comes from.
    """

    basis: LegalBasis
    operations: frozenset[Operation]
    deidentified: bool = False
    clause: str = "USE-22"


class Contact(NamedTuple):
    """Whom to turn to (CONT-1).

    Attributes:
        department: the responsible department.
        address: how to reach it: a mail address, a telephone number or a page.
        court: the court that is competent for complaints.
        url: where the policy is published.
    """

    department: str
    address: str
    court: str
    url: str = ""


for _public in (Contact, Exemption):  # they are loaded after the package has published its other names
    _public.__module__ = "obq_privacy"
