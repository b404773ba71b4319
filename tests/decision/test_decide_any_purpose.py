"""Decisions for any purpose of a value, and what no consent is needed for: the exact answers, the longest permit."""

from __future__ import annotations

from typing import Any

import pytest
from cases import NOW, START, a_grant, a_policy, a_standing, an_event, codes_of
from test_decide_terms import (
    AT_BUREAU,
    AT_GOSSIP,
    BILL,
    CLERK,
    EXEMPTIONS,
    Books,
    Voice,
    answer_to,
    invoked,
    shop,
)
from worlds import CARD, DAY, DEVICE, FACE, NAME, SUBJECT, TICK, Account, FaceLogin, Marketing, Orders, label_of

from obq_privacy.consent import ConsentEvent, EventKind
from obq_privacy.decision import Deny, Permit, Reason, _decide
from obq_privacy.decision._terms import held
from obq_privacy.policy import Anchor, Retention, additional, basic, statutory
from obq_privacy.vocab import LegalBasis, Operation, Purpose, Source, SourceKind

COLLECT = Operation.COLLECT
SINCE = label_of(NAME).collected[0]
KEPT = a_policy(
    purposes=[
        basic(Orders, necessary=[NAME], optional=[DEVICE]),
        basic(Account, optional=[NAME]),
        additional(Marketing, optional=[NAME, DEVICE]),
    ],
    exemptions=EXEMPTIONS,
    retention=[
        Retention(NAME, 20 * DAY, Orders),
        Retention(NAME, 30 * DAY, Account),
        Retention(NAME, 40 * DAY, Marketing),
        Retention(DEVICE, 20 * DAY, Orders),
        Retention(DEVICE, 40 * DAY, Marketing),
    ],
)


ONE_PERIOD = shop(retention=[Retention(BILL, 10 * DAY, at_least=40 * DAY)])


@pytest.mark.clause("PROT-3")
def test_a_use_for_any_purpose_lasts_as_long_as_the_law_wants_the_value_kept() -> None:
    """A duty by law reaches it when everything else has ended, and is no reason to collect it."""
    grant = a_grant(Orders)
    use = answer_to(a_standing(grant), label_of(BILL), None, policy=ONE_PERIOD, actor=CLERK)
    assert use == Permit(LegalBasis.STATUTORY, SINCE + 40 * DAY)
    collected = answer_to(a_standing(grant), label_of(BILL), None, policy=ONE_PERIOD, operation=COLLECT)
    assert collected == Permit(LegalBasis.CONSENT, SINCE + 10 * DAY, (grant.id,))


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"policy": ONE_PERIOD}, 1),
        ({"policy": shop()}, 1),
        ({"policy": shop(retention=[Retention(BILL, 10 * DAY, Orders)])}, 2),
        ({"policy": shop(retention=[Retention(BILL, 10 * DAY, Orders), Retention(BILL, 20 * DAY)])}, 2),
        ({"policy": ONE_PERIOD, "valid_until": SINCE + 9 * DAY}, 2),
    ],
    ids=["its period", "for ever", "a period of one purpose", "of one and of all", "a consent that ends before"],
)
def test_collecting_asks_no_further_once_nothing_can_last_longer(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], asked: int
) -> None:
    """So that a collection costs what a use costs."""
    seen: list[type[Purpose]] = []
    decided = _decide._for_purpose

    def counted(case: Any, purpose: type[Purpose]) -> Permit | Deny:
        seen.append(purpose)
        return decided(case, purpose)

    monkeypatch.setattr(_decide, "_for_purpose", counted)
    grants = [a_grant(Orders, valid_until=changes.pop("valid_until", None)), a_grant(Voice, number=1)]
    label = label_of(BILL)
    answer = answer_to(a_standing(*grants), label, None, operation=COLLECT, user_action=True, **changes)
    assert isinstance(answer, Permit)
    assert len(seen) == asked


@pytest.mark.clause("USE-2", "PROT-3")
def test_collecting_for_any_purpose_lasts_as_long_as_the_longest_that_somebody_consented_to() -> None:
    """And cites the consent to that one; what nobody consented to lasts for nothing."""
    grants = [a_grant(purpose, number=number) for number, purpose in enumerate((Orders, Account))]
    longest = Permit(LegalBasis.CONSENT, SINCE + 30 * DAY, (grants[1].id,))
    for said in (grants, grants[::-1]):
        assert answer_to(a_standing(*said), label_of(NAME), None, operation=COLLECT, policy=KEPT) == longest
    at = SINCE + 25 * DAY
    assert answer_to(a_standing(*grants), label_of(NAME), None, operation=COLLECT, policy=KEPT, at=at) == longest
    over = answer_to(a_standing(*grants), label_of(NAME), None, operation=COLLECT, policy=KEPT, at=SINCE + 30 * DAY)
    assert set(codes_of(over)) == {"OBQ105", "OBQ114"}


@pytest.mark.clause("USE-22", "DEF-4", "PROT-3")
def test_without_the_need_of_a_consent_every_purpose_counts_whatever_somebody_consented_to() -> None:
    """An invoked basis, and what identifies nobody: the purpose that keeps it longest."""
    standing = a_standing(a_grant(Orders))
    news: dict[str, Any] = {"invoked": invoked(LegalBasis.NEWS), "operation": COLLECT, "policy": KEPT}
    assert answer_to(standing, label_of(NAME), None, **news) == Permit(LegalBasis.NEWS, SINCE + 40 * DAY)
    device = answer_to(standing, label_of(DEVICE), None, operation=COLLECT, policy=KEPT)
    assert device == Permit(LegalBasis.NON_PERSONAL, SINCE + 40 * DAY)


@pytest.mark.clause("PROT-3")
def test_using_for_any_purpose_reaches_the_duty_that_keeps_it_longest() -> None:
    """A duty by law needs no consent, and is no reason to collect."""
    policy = shop(
        retention=[Retention(BILL, 20 * DAY, Orders), Retention(BILL, 40 * DAY, Books)],
        purposes=[
            basic(Orders, optional=[BILL]),
            additional(Voice, optional=[BILL]),
            statutory(Books, items=[BILL]),
        ],
        recipients=[],
    )
    standing, label = a_standing(a_grant(Orders)), label_of(BILL)
    used = answer_to(standing, label, None, policy=policy)
    assert used == Permit(LegalBasis.STATUTORY, SINCE + 40 * DAY)
    collected = answer_to(standing, label, None, policy=policy, operation=COLLECT)
    assert collected == Permit(LegalBasis.CONSENT, SINCE + 20 * DAY, (a_grant(Orders).id,))


@pytest.mark.clause("USE-10", "USE-22")
def test_what_needs_no_consent_needs_the_word_of_a_third_party_all_the_same() -> None:
    """Of each of them, while it lasts; for collecting only, and not for what identifies nobody."""
    news: dict[str, Any] = {"invoked": invoked(LegalBasis.NEWS)}
    stranger = Source(SourceKind.THIRD_PARTY, "stranger")
    label = label_of(NAME, sources=frozenset({stranger, AT_GOSSIP, AT_BUREAU, Source()}))
    missing = [Reason("OBQ129", "name", "orders", "stranger"), Reason("OBQ130", "name", "orders", "gossip")]
    assert answer_to(a_standing(), label, Orders, operation=COLLECT, **news) == Deny(missing)
    assert answer_to(a_standing(), label, Orders, **news) == Permit(LegalBasis.NEWS, None)
    uncovered = answer_to(a_standing(), label, Orders, operation=COLLECT, invoked=invoked(LegalBasis.RESEARCH))
    assert uncovered == Deny([Reason("OBQ123", "name", "orders", "research"), *missing])
    bound = label_of(NAME, sources=frozenset({AT_BUREAU, Source()}))
    assert answer_to(a_standing(), bound, Orders, operation=COLLECT, **news) == Permit(LegalBasis.NEWS, NOW + 10 * DAY)
    late = answer_to(a_standing(), bound, Orders, operation=COLLECT, at=NOW + 10 * DAY, **news)
    assert late == Deny([Reason("OBQ130", "name", "orders", "bureau")])
    device = label_of(DEVICE, sources=frozenset({AT_GOSSIP}))
    assert answer_to(a_standing(), device, Orders, operation=COLLECT, **news) == Permit(LegalBasis.NEWS, None)


@pytest.mark.clause("USE-4")
def test_of_consents_to_what_it_builds_on_that_end_together_the_newest_is_cited() -> None:
    login = a_grant(FaceLogin)
    same = [a_grant(Account, number=n, valid_until=NOW + DAY, at=START + n * TICK) for n in (1, 2)]
    for said in (same, same[::-1]):
        answer = answer_to(a_standing(login, *said), label_of(FACE), FaceLogin, policy=a_policy())
        assert answer == Permit(LegalBasis.CONSENT, NOW + DAY, (login.id, same[1].id))


@pytest.mark.clause("PROT-4")
def test_what_belongs_to_no_business_case_at_all_was_never_published() -> None:
    published = ConsentEvent(
        id="f" * 32, key="f", kind=EventKind.PUBLISH, subject=SUBJECT, actor=SUBJECT, purposes=(), items=("name",),
        version="3", at=SINCE + DAY, method="review-1",
    )  # fmt: skip
    everything: dict[str, Any] = {"operation": Operation.DISCLOSE}
    standing = a_standing(published)
    assert answer_to(standing, label_of(NAME), Orders, **everything) == Permit(LegalBasis.OWN_ACT, None)
    nothing = answer_to(standing, label_of(NAME, matters=frozenset()), Orders, **everything)
    assert codes_of(nothing) == ["OBQ136", "OBQ114"]


@pytest.mark.clause("PROT-3")
def test_a_duty_whose_beginning_has_not_come_has_no_end_yet() -> None:
    """An order that is not completed: its three years have not begun, whatever else is over."""
    kept = [
        Retention(BILL, 20 * DAY, Orders),
        Retention(BILL, 20 * DAY, after=Anchor.COMPLETION, at_least=40 * DAY),
    ]
    policy = shop(retention=kept)
    open_, done = a_standing(), a_standing(an_event(EventKind.MARK, anchor="completion", matter="o-1", at=START))
    label = label_of(BILL, matters=frozenset({"o-1"}))
    clerk: dict[str, Any] = {"policy": policy, "actor": CLERK, "at": START + 39 * DAY}
    assert answer_to(open_, label, Books, **clerk) == Permit(LegalBasis.STATUTORY, None)
    assert answer_to(done, label, Books, **clerk) == Permit(LegalBasis.STATUTORY, START + 40 * DAY)
    late = answer_to(done, label, Books, **{**clerk, "at": START + 40 * DAY})
    assert late == Deny([Reason("OBQ105", "bill", "books")])


@pytest.mark.clause("PROT-3")
@pytest.mark.parametrize(
    ("kept", "days"),
    [
        ([Retention(BILL, 20 * DAY, Orders, at_least=40 * DAY), Retention(BILL, 20 * DAY)], 40),
        ([Retention(BILL, 20 * DAY, Orders, at_least=40 * DAY), Retention(BILL, 50 * DAY)], 50),
        (
            [Retention(BILL, 20 * DAY, Orders, at_least=40 * DAY), Retention(BILL, 20 * DAY, Voice, at_least=30 * DAY)],
            40,
        ),
        ([Retention(BILL, 30 * DAY, at_least=10 * DAY)], 30),
        ([Retention(BILL, 10 * DAY, at_least=30 * DAY)], 30),
    ],
)
def test_a_duty_lasts_whatever_purpose_it_was_stated_beside(kept: list[Retention], days: int) -> None:
    """The longest of the duties, and of what may be used anyway."""
    asked: dict[str, Any] = {"policy": shop(retention=kept), "actor": CLERK}
    answer = answer_to(a_standing(), label_of(BILL), Books, at=SINCE + days * DAY - TICK, **asked)
    assert answer == Permit(LegalBasis.STATUTORY, SINCE + days * DAY)
    over = answer_to(a_standing(), label_of(BILL), Books, at=SINCE + days * DAY, **asked)
    assert over == Deny([Reason("OBQ105", "bill", "books")])


@pytest.mark.clause("USE-10")
def test_a_sensitive_item_of_a_stranger_is_refused_for_the_stranger_alone() -> None:
    """To confirm it would not help."""
    label = label_of(CARD, sources=frozenset({Source(SourceKind.THIRD_PARTY, "stranger")}))
    refused = answer_to(a_standing(a_grant(Orders)), label, Orders, operation=COLLECT)
    assert refused == Deny([Reason("OBQ129", "card", "orders", "stranger")])


@pytest.mark.clause("PROT-3")
def test_a_value_is_held_for_its_own_matters_only() -> None:
    """A hold of another business case is none of its references."""
    holds = [
        an_event(EventKind.HOLD, number=number, items=("name",), matter=matter, method=f"case-{matter}")
        for number, matter in enumerate(("o-1", "o-2"))
    ]
    assert held(a_standing(*holds), NAME, label_of(NAME, matters=frozenset({"o-1"}))) == ("case-o-1",)
