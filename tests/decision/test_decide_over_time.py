"""Single decisions, each at the edge of one clause: what time, age and new versions of the policy do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from cases import (
    EIGHTEEN,
    FIFTEEN,
    NOW,
    POLICY,
    a_grant,
    a_policy,
    a_standing,
    an_event,
    ask,
    codes_of,
)
from worlds import (
    CARD,
    DAY,
    DEVICE,
    FACE,
    GUARDIAN,
    NAME,
    PHONE,
    SUBJECT,
    TICK,
    Account,
    EmailMarketing,
    ExpressOrders,
    FaceLogin,
    Marketing,
    NightOrders,
    Orders,
    Portrait,
    label_of,
)

from obq_privacy.consent import EventKind
from obq_privacy.decision import Deny, Permit, Reason
from obq_privacy.policy import Minors, Policy, Retention, additional, basic, former_of
from obq_privacy.vocab import (
    LegalBasis,
    Pseudonym,
    PurposeSet,
)

# ── What ends a consent ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (EventKind.WITHDRAW, "OBQ108"),
        (EventKind.REFUSE, "OBQ109"),
        (EventKind.EXPIRE, "OBQ110"),
        (EventKind.INVALIDATE, "OBQ111"),
    ],
)
def test_the_reason_says_how_consent_ended(kind: EventKind, code: str) -> None:
    """Each way of ending has its code, and ends what is below the purpose as well."""
    for asked in (Orders, NightOrders):
        for named in (Orders, ExpressOrders):
            answer = ask(a_standing(a_grant(Orders), an_event(kind, named, number=1)), label_of(NAME), asked)
            reached = issubclass(asked, named)
            assert answer == (Deny([Reason(code, "name", asked.key)]) if reached else answer)
            assert isinstance(answer, Deny) == reached


@pytest.mark.clause("RIGHT-4")
def test_a_new_grant_after_a_withdrawal_permits_again_and_at_the_same_instant_does_not() -> None:
    """On a tie withdrawal wins; a later grant is a new consent, whatever became of the old one."""
    old, new = a_grant(Orders, number=1), a_grant(Orders, number=2, at=NOW)
    withdrawn = an_event(EventKind.WITHDRAW, Orders, number=3, at=NOW)
    assert codes_of(ask(a_standing(old, new, withdrawn), label_of(NAME), Orders)) == ["OBQ108"]
    later = attrs.evolve(new, at=NOW + TICK)
    assert ask(a_standing(old, later, withdrawn), label_of(NAME), Orders) == Permit(LegalBasis.CONSENT, None, (new.id,))


@pytest.mark.clause("USE-2")
def test_a_consent_ends_at_the_instant_that_it_names() -> None:
    """Up to its end it holds; at its end it does not."""
    standing = a_standing(a_grant(Orders, valid_until=NOW))
    assert codes_of(ask(standing, label_of(NAME), Orders, at=NOW - TICK)) == []
    assert codes_of(ask(standing, label_of(NAME), Orders, at=NOW)) == ["OBQ110"]


@pytest.mark.clause("USE-1")
def test_a_refusal_is_told_apart_from_silence() -> None:
    """Who was asked and refused, also a wider purpose, did not simply say nothing."""
    refused = a_standing(an_event(EventKind.REFUSE, Marketing))
    assert ask(refused, label_of(NAME), EmailMarketing) == Deny([Reason("OBQ109", "name", "email-marketing")])
    assert ask(refused, label_of(NAME), Orders) == Deny([Reason("OBQ114", "name", "orders")])
    narrower = a_standing(an_event(EventKind.REFUSE, EmailMarketing))
    assert codes_of(ask(narrower, label_of(NAME), Marketing)) == ["OBQ114"]


# ── Retention ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
@pytest.mark.parametrize("item", [NAME, DEVICE], ids=["personal", "non-personal"])
def test_retention_counts_from_the_oldest_part_to_the_instant(item: Any) -> None:
    """One tick before its end the value can be used; at its end it cannot, consent or none."""
    policy = a_policy(retention=[Retention(NAME, 5 * DAY), Retention(DEVICE, 5 * DAY)])
    label = label_of(item, collected=(NOW - 5 * DAY, NOW))
    standing = a_standing(a_grant(Orders))
    answer = ask(standing, label, Orders, policy=policy, at=NOW - TICK)
    assert isinstance(answer, Permit)
    assert answer.until == NOW
    assert codes_of(ask(standing, label, Orders, policy=policy, at=NOW)) == ["OBQ105"]


@pytest.mark.clause("PROT-3")
def test_what_ends_first_ends_the_permit() -> None:
    """The permit ends with retention or with the consent, whichever comes first."""
    policy = a_policy(retention=[Retention(NAME, 5 * DAY)])
    label = label_of(NAME, collected=NOW)
    for end, until in ((None, 5), (4, 4), (5, 5), (6, 5)):
        grant = a_grant(Orders, valid_until=None if end is None else NOW + end * DAY)
        answer = ask(a_standing(grant), label, Orders, policy=policy)
        assert answer == Permit(LegalBasis.CONSENT, NOW + until * DAY, (grant.id,))


# ── USE-4: purposes that build on others ──────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-4")
def test_withdrawing_what_a_purpose_builds_on_suspends_it() -> None:
    """Directly or further down; and a consent to it again brings the purpose back."""
    account, login, portrait = (a_grant(p, number=n) for n, p in enumerate((Account, FaceLogin, Portrait)))
    label = label_of(NAME, purposes=PurposeSet([Portrait]))
    assert codes_of(ask(a_standing(account, login, portrait), label, Portrait)) == []
    for without in (Account, FaceLogin):
        gone = an_event(EventKind.WITHDRAW, without, number=8, at=NOW)
        answer = ask(a_standing(account, login, portrait, gone), label, Portrait)
        assert answer == Deny([Reason("OBQ107", "", "portrait", without.key)])
        again = a_grant(without, number=9, at=NOW + DAY)
        assert codes_of(ask(a_standing(account, login, portrait, gone, again), label, Portrait)) == []


@pytest.mark.clause("USE-4")
def test_the_permit_ends_with_the_longest_consent_to_what_it_builds_on() -> None:
    """The required purpose limits the permit, and its consent is cited."""
    login = a_grant(FaceLogin)
    accounts = [a_grant(Account, number=n, valid_until=NOW + n * DAY) for n in (1, 3, 2)]
    assert ask(a_standing(login, *accounts), label_of(FACE), FaceLogin) == Permit(
        LegalBasis.CONSENT, NOW + 3 * DAY, (login.id, accounts[1].id)
    )
    endless = [a_grant(Account, number=n) for n in (4, 5)]
    assert ask(a_standing(login, *accounts, *endless), label_of(FACE), FaceLogin) == Permit(
        LegalBasis.CONSENT, None, (login.id, endless[1].id)
    )


# ── MINOR-1 ───────────────────────────────────────────────────────────────────────────────────────────────

GUARDED = a_policy(minors=Minors(guardian_until_majority=frozenset({"orders"})))


@pytest.mark.clause("MINOR-1")
@pytest.mark.parametrize(
    ("born", "inclusive", "given", "detail"),
    [
        (FIFTEEN, True, NOW - TICK, "child"),
        (FIFTEEN, True, NOW, ""),
        (FIFTEEN, False, NOW - TICK, ""),
        (dt.date(2009, 3, 1), False, NOW - TICK, "child"),
        (dt.date(2009, 3, 1), False, NOW, ""),
        (dt.date(2009, 3, 1), True, NOW, "child"),
        (None, True, NOW, "birth date unknown"),
    ],
)
def test_a_child_cannot_consent_alone(
    born: dt.date | None, given: dt.datetime, detail: str, *, inclusive: bool
) -> None:
    """At or below 14 (or below 14, as the policy says) on the day of the consent, it does not count, ever after."""
    policy = a_policy(minors=Minors(guardian_inclusive=inclusive))
    standing = a_standing(a_grant(Orders, at=given), born=born)
    for at in (NOW, NOW + 4000 * DAY):
        answer = ask(standing, label_of(NAME), Orders, policy=policy, at=at)
        assert answer == (Deny([Reason("OBQ106", "name", "orders", detail)]) if detail else answer)
        assert isinstance(answer, Deny) == bool(detail)


@pytest.mark.clause("MINOR-1")
def test_a_minor_consents_alone_except_to_what_the_policy_guards() -> None:
    """Above 14 and below 18: not to the guarded purpose, nor to one below it; to the others, yes."""
    minor = a_standing(a_grant(Orders, Marketing, at=NOW - TICK), born=EIGHTEEN)
    for asked in (Orders, NightOrders):
        assert ask(minor, label_of(NAME), asked, policy=GUARDED) == Deny([Reason("OBQ106", "name", asked.key, "minor")])
    assert codes_of(ask(minor, label_of(NAME), Marketing, policy=GUARDED)) == []
    of_age = a_standing(a_grant(Orders, at=NOW), born=EIGHTEEN)
    assert codes_of(ask(of_age, label_of(NAME), Orders, policy=GUARDED)) == []


@pytest.mark.clause("MINOR-1")
def test_coming_of_age_is_exact_on_the_last_day_of_a_year() -> None:
    """Born on 31 December, counted from the day after, far west of Greenwich: the day begins in the next year's UTC."""
    minors = Minors(counted_from="day-after", zone="-12:00", guardian_until_majority=frozenset({"orders"}))
    policy = a_policy(minors=minors)
    of_age = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    for given, codes in ((of_age - TICK, ["OBQ106"]), (of_age, [])):
        standing = a_standing(a_grant(Orders, at=given), born=dt.date(2005, 12, 31))
        assert codes_of(ask(standing, label_of(NAME), Orders, policy=policy, at=of_age)) == codes


@pytest.mark.clause("MINOR-1")
def test_a_guardians_consent_counts_until_the_subject_is_of_age() -> None:
    """It permits with its own basis, ends with minority at the latest, and then asks the subject."""
    grant = a_grant(Orders, actor=GUARDIAN)
    standing = a_standing(grant, born=EIGHTEEN)
    assert ask(standing, label_of(NAME), Orders, at=NOW - TICK) == Permit(LegalBasis.GUARDIAN_CONSENT, NOW, (grant.id,))
    assert ask(standing, label_of(NAME), Orders) == Deny([Reason("OBQ110", "name", "orders")])
    sooner = a_standing(attrs.evolve(grant, valid_until=NOW - DAY), born=EIGHTEEN)
    answer = ask(sooner, label_of(NAME), Orders, at=NOW - 2 * DAY)
    assert isinstance(answer, Permit)
    assert answer.until == NOW - DAY


@pytest.mark.clause("MINOR-1")
def test_a_guardian_speaks_for_an_unknown_age_only_where_that_counts_as_a_child() -> None:
    """Where an unknown birth date means an adult, nobody consents for the subject, who consents alone."""
    guarded = a_standing(a_grant(Orders, actor=GUARDIAN), born=None)
    alone = a_standing(a_grant(Orders), born=None)
    adult = a_policy(minors=Minors(unknown="adult"))
    assert ask(guarded, label_of(NAME), Orders) == Permit(LegalBasis.GUARDIAN_CONSENT, None, ("0" * 32,))
    assert codes_of(ask(alone, label_of(NAME), Orders)) == ["OBQ106"]
    assert ask(guarded, label_of(NAME), Orders, policy=adult) == Deny([Reason("OBQ114", "name", "orders")])
    assert codes_of(ask(alone, label_of(NAME), Orders, policy=adult)) == []
    theirs, own = a_grant(Orders, number=1, actor=GUARDIAN), a_grant(Orders, number=2, at=NOW, valid_until=NOW + DAY)
    both = a_standing(theirs, own, born=None)
    assert ask(both, label_of(NAME), Orders, policy=adult) == Permit(LegalBasis.CONSENT, NOW + DAY, (own.id,))
    assert codes_of(ask(both, label_of(NAME), Orders, policy=adult, at=NOW + DAY)) == ["OBQ110", "OBQ114"]


@pytest.mark.clause("MINOR-1")
def test_a_child_cannot_prolong_what_a_guardian_consented_to() -> None:
    """A renewal by the child alone is a consent by the child alone."""
    grant = a_grant(Orders, number=1, actor=GUARDIAN, valid_until=NOW)
    child = dt.date(2015, 1, 1)
    for actor, codes in ((SUBJECT, ["OBQ110"]), (GUARDIAN, []), (Pseudonym("7" * 32), [])):
        renewal = an_event(EventKind.RENEW, Orders, number=2, actor=actor, about=grant.id)
        assert codes_of(ask(a_standing(grant, renewal, born=child), label_of(NAME), Orders)) == codes


# ── USE-2: versions ───────────────────────────────────────────────────────────────────────────────────────


def _since(then: Policy, now: Policy = POLICY) -> Policy:
    return now.with_archive({then.version: former_of(then.dumps())})


@pytest.mark.clause("USE-2")
def test_consent_to_what_did_not_change_goes_on_under_a_new_version() -> None:
    """An older version that says the same covers the same."""
    old = a_standing(a_grant(Orders, version="2"))
    assert codes_of(ask(old, label_of(NAME), Orders, policy=_since(a_policy(version="2")))) == []
    assert ask(old, label_of(NAME), Orders) == Deny([Reason("OBQ112", "name", "orders", "2")])


@pytest.mark.clause("USE-2")
@pytest.mark.parametrize(
    "orders",
    [
        basic(Orders, optional=[NAME, CARD, PHONE, DEVICE]),
        basic(Orders, necessary=[CARD], optional=[PHONE, DEVICE]),
        basic(Orders, necessary=[NAME], optional=[CARD, PHONE, DEVICE], requires=[Account]),
        additional(Orders, necessary=[NAME], optional=[CARD, PHONE, DEVICE]),
    ],
    ids=["necessary now", "item added", "requirement dropped", "basic now"],
)
def test_consent_does_not_cover_what_a_later_version_changed(orders: Any) -> None:
    """A changed purpose, item or requirement asks again; what did not change does not."""
    others = [rule for rule in POLICY.purposes if rule.purpose is not Orders]
    then = a_policy(version="2", purposes=[orders, *others])
    old = a_standing(a_grant(Orders, Marketing, version="2"))
    assert codes_of(ask(old, label_of(NAME), Orders, policy=_since(then))) == ["OBQ112"]
    assert codes_of(ask(old, label_of(NAME), Marketing, policy=_since(then))) == []


@pytest.mark.clause("USE-2")
def test_consent_to_a_wider_purpose_does_not_cover_one_declared_since() -> None:
    """A purpose that got a rule of its own is new, although the wider one was consented to."""
    without = [rule for rule in POLICY.purposes if rule.purpose is not EmailMarketing]
    then = a_policy(version="2", purposes=without, items=())
    old = a_standing(a_grant(Marketing, version="2"))
    assert codes_of(ask(old, label_of(NAME), EmailMarketing, policy=_since(then))) == ["OBQ112"]
    assert codes_of(ask(old, label_of(NAME), Marketing, policy=_since(then))) == []


@pytest.mark.clause("USE-2")
def test_consent_does_not_cover_what_a_purpose_gains_by_losing_its_own_rule() -> None:
    """Mail once used no name; falling under the wider rule, it would: consent to mail from then does not cover that."""
    others = [rule for rule in POLICY.purposes if rule.purpose is not EmailMarketing]
    then = a_policy(version="2", purposes=[*others, additional(EmailMarketing, optional=[PHONE])])
    now = a_policy(purposes=others)
    old = a_standing(a_grant(EmailMarketing, version="2"))
    assert codes_of(ask(old, label_of(NAME), EmailMarketing, policy=_since(then, now))) == ["OBQ112"]
