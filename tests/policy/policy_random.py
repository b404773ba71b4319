"""Random valid policies about the purposes of `policy_whole`, whose items are all of plain types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy_whole import Delivery, EmailMarketing, FaceLogin, Login, Marketing, Payment, Wordless

from obq_privacy import testing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from obq_privacy import Policy, Purpose

PURPOSES: tuple[type[Purpose], ...] = (Delivery, Payment, Login, FaceLogin, Marketing, EmailMarketing, Wordless)


def policies() -> SearchStrategy[Policy]:
    """Give valid policies that a document alone is enough to make again."""
    return testing.policies(PURPOSES, plain=True)
