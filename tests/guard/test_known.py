"""Finding somebody without registering anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from guard_world import ADULT, POLICY

from obq_privacy import Guard, errors

if TYPE_CHECKING:
    from pathlib import Path


def test_nobody_is_registered_by_asking(tmp_path: Path) -> None:
    """Somebody is known once registered, in every process, under the pseudonym that they have."""
    with Guard.open(tmp_path / "shop.db", policy=POLICY) as guard:
        assert guard.known("42") is None
        assert guard.known("42") is None
        subject = guard.subject("42", born=ADULT)
        again = guard.known("42")
        assert again is not None
        assert again.pseudonym == subject.pseudonym
        assert guard.known("43") is None
    with Guard.open(tmp_path / "shop.db", policy=POLICY) as other:
        found = other.known("42")
        assert found is not None
        assert found.pseudonym == subject.pseudonym
        assert other.known("43") is None


def test_somebody_erased_stays_known_as_erased() -> None:
    """So that an application can tell them from somebody new."""
    with Guard.in_memory(policy=POLICY) as guard:
        subject = guard.subject("42", born=ADULT)
        subject.erase()
        found = guard.known("42")
        assert found is not None
        assert (found.pseudonym, found.standing.erased) == (subject.pseudonym, True)


@pytest.mark.parametrize("wrong", ["", "  ", 42, None])
def test_an_id_is_a_text(wrong: str) -> None:
    """The error does not quote it."""
    with Guard.in_memory(policy=POLICY) as guard, pytest.raises(errors.SubjectInvalid, match="its id is a str"):
        guard.known(wrong)
