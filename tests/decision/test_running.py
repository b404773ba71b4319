"""Which consents run, whoever had to give them: what can be counted without a birth date."""

from __future__ import annotations

import pytest
from cases import NOW, POLICY, a_grant, a_standing, an_event
from worlds import DAY, TICK, Account, EmailMarketing, FaceLogin, Marketing

from obq_privacy.consent import EventKind
from obq_privacy.decision import running


def shown(*events: object, at: object = NOW) -> list[tuple[str, str]]:
    standing = a_standing(*events, born=None)  # type: ignore[arg-type]
    found = running(POLICY, standing, at)  # type: ignore[arg-type]
    return [(consent.grant.id[-1], purpose.key) for consent, purpose in found]


def test_each_consent_is_given_with_what_it_covers() -> None:
    """By name and below it, oldest first, of what the policy declares; a choice and an attestation are no consents."""
    grants = a_grant(Marketing, number=1), a_grant(FaceLogin, Account, number=2, at=NOW - DAY)
    others = an_event(EventKind.CHOOSE, Account, number=3), an_event(EventKind.ATTEST, Account, number=4)
    assert shown(*others) == []
    assert shown(*grants, *others) == [
        ("1", Marketing.key),
        ("1", EmailMarketing.key),
        ("2", Account.key),
        ("2", FaceLogin.key),
    ]


@pytest.mark.parametrize("kind", [EventKind.WITHDRAW, EventKind.REFUSE, EventKind.EXPIRE, EventKind.INVALIDATE])
def test_what_was_taken_back_does_not_run_and_the_rest_does(kind: EventKind) -> None:
    """With what is below it; a narrower purpose ends alone."""
    grants = a_grant(Marketing, number=1), a_grant(Account, number=2)
    assert shown(*grants, an_event(kind, Marketing, number=3, at=NOW)) == [("2", Account.key)]
    narrow = an_event(kind, EmailMarketing, number=3, at=NOW)
    assert shown(*grants, narrow) == [("1", Marketing.key), ("2", Account.key)]


def test_a_consent_runs_until_its_time_and_until_a_succession_that_was_declined() -> None:
    """To the tick."""
    short = a_grant(Account, number=1, valid_until=NOW)
    assert shown(short, at=NOW - TICK) == [("1", Account.key)]
    assert shown(short, at=NOW) == []
    before, after = a_grant(Account, number=1, at=NOW - DAY), a_grant(Account, number=2, at=NOW - DAY + TICK)
    declined = an_event(EventKind.SUCCEED, number=3, at=NOW - DAY, method="declined", parties=("other",))
    assert shown(before, after, declined) == [("2", Account.key)]
