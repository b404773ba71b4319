"""The addresses of the vocabularies that the declarations are tagged with.

Purposes carry terms of the W3C Data Privacy Vocabulary 2.3, items those of its extension for personal data; the keys
of fideslang 3.1.4 have no address and are written out.
"""

from __future__ import annotations

DPV = "https://w3id.org/dpv#"
PD = "https://w3id.org/dpv/pd#"


def dpv(*terms: str) -> tuple[str, ...]:
    """Give the addresses of terms of the vocabulary."""
    return tuple(DPV + term for term in terms)


def pd(*terms: str) -> tuple[str, ...]:
    """Give the addresses of terms of its extension for personal data."""
    return tuple(PD + term for term in terms)
