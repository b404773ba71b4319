"""Categories, sensitivities and sources: exactly the seven of the policy are sensitive."""

from __future__ import annotations

import pytest

from obq_privacy.vocab import Category, Sensitivity, Source, SourceKind


@pytest.mark.clause("DEF-3")
def test_exactly_the_seven_categories_are_sensitive() -> None:
    """Identity documents, biometrics, bank accounts, property, whereabouts, transactions, information on children."""
    assert {category.value for category in Category if category.sensitive} == {
        "identity-document",
        "biometric",
        "bank-account",
        "property",
        "whereabouts",
        "transaction",
        "child",
    }


def test_sensitivities_are_ordered() -> None:
    """Joining takes the highest, so the order is part of the meaning."""
    assert sorted(Sensitivity) == [Sensitivity.NON_PERSONAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE]


def test_category_names_are_keys_and_differ() -> None:
    """They stand in documents and records, and none is an alias of another."""
    values = [category.value for category in Category]
    assert len(set(values)) == len(Category.__members__)
    assert all(value.replace("-", "").isascii() and value.islower() for value in values)


def test_a_source_is_told_by_kind_and_name() -> None:
    """Where nothing is said, a value came from its subject."""
    assert str(Source()) == "subject"
    assert str(Source(SourceKind.THIRD_PARTY, "bureau")) == "third-party:bureau"
    assert len({Source(), Source(SourceKind.SUBJECT), Source(SourceKind.PUBLIC)}) == 2
