"""Policies with one thing wrong, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

import attrs
from hypothesis import strategies as st

from obq_privacy.errors import PolicyFinding, PolicyInvalid
from obq_privacy.policy import Policy
from obq_privacy.testing._given_versions import parts_of
from obq_privacy.testing._invalid_flaws import FLAWS
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@final
@attrs.frozen(eq=False, repr=False)
class InvalidPolicy(Noun):
    """A policy that cannot be built, and why.

    Attributes:
        flaw: the name of what is wrong, one of `InvalidPolicy.flaws()`.
        declaration: the declaration that the finding names.
        problem: what the finding says of it.
        code: the code of the finding.
    """

    __module__ = "obq_privacy.testing"

    flaw: str
    declaration: str
    problem: str
    _parts: Mapping[str, Any] = attrs.field(repr=False)
    code: str = PolicyFinding.code

    def build(self) -> Policy:
        """Build it.

        Raises:
            PolicyInvalid: always; its exceptions hold the finding that this one names.
        """
        return Policy(**self._parts)

    def named_by(self, error: PolicyInvalid) -> bool:
        """Tell whether an error holds the finding."""
        wanted = PolicyFinding(declaration=self.declaration, problem=self.problem)
        return wanted in error.exceptions

    @staticmethod
    def flaws() -> tuple[str, ...]:
        """Give the names of everything that can be wrong, sorted."""
        return tuple(sorted(FLAWS))


def invalid_of(valid: SearchStrategy[Policy], flaw: str | None = None) -> SearchStrategy[InvalidPolicy]:
    """Give valid policies with one flaw each, or with this one."""
    names = st.sampled_from(InvalidPolicy.flaws()) if flaw is None else st.just(flaw)

    def spoil(policy: Policy, name: str) -> InvalidPolicy:
        declaration, problem, changes = FLAWS[name](policy)
        return InvalidPolicy(name, declaration, problem, {**parts_of(policy), **changes})

    return st.builds(spoil, valid, names)
