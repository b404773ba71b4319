"""Which reason speaks for a denial, and what a purpose offers instead."""

from __future__ import annotations

import pytest
from worlds import SUBJECT, Orders

from obq_privacy import errors
from obq_privacy.decision import Deny, Reason, Request, explain, weight
from obq_privacy.vocab import Operation

USE = Request(Operation.USE, Orders)
OF_CONSENT = [f"OBQ{number}" for number in range(106, 115)]
CODES = sorted(kind.code for kind in errors.Denied.__subclasses__())


@pytest.mark.clause("DEF-2")
def test_what_no_consent_could_help_speaks_before_what_is_wrong_with_consents() -> None:
    """Within each of the two groups the lower code speaks."""
    assert sorted(CODES, key=weight) == [*(code for code in CODES if code not in OF_CONSENT), *OF_CONSENT]
    assert Deny([Reason("OBQ114"), Reason("OBQ106"), Reason("OBQ137"), Reason("OBQ115")]).codes == (
        *("OBQ115", "OBQ137"),
        *("OBQ106", "OBQ114"),
    )


@pytest.mark.clause("USE-7")
def test_a_denial_says_what_there_is_without_personal_data() -> None:
    """In its words and on its error; where there is nothing, neither says anything."""
    reasons = [Reason("OBQ109", "name", "orders")]
    offering, bare = Deny(reasons, "the sort by sales"), Deny(reasons)
    assert explain(offering, USE) == explain(bare, USE) + "\nWithout personal data there is: the sort by sales."
    assert offering.error(USE, items=("name",), subject=SUBJECT).alternative == "the sort by sales"
    assert bare.error(USE, items=("name",), subject=SUBJECT).alternative == ""
    assert offering != bare
