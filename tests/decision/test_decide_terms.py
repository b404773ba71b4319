"""Single decisions about what stands in the way whoever consented, and about what is invoked: the exact answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from cases import EIGHTEEN, LATE, NOW, POLICY, START, a_grant, a_policy, a_standing, an_event, ask, codes_of
from worlds import (
    CARD,
    DAY,
    DEVICE,
    GUARDIAN,
    NAME,
    STRAY,
    TICK,
    EmailMarketing,
    ExpressOrders,
    Marketing,
    Orders,
    Unspoken,
    label_of,
)

from obq_privacy.consent import ConsentEvent, EventKind, Standing
from obq_privacy.decision import Deny, Permit, Reason, Request, decide
from obq_privacy.decision._terms import held
from obq_privacy.policy import Anchor, Exemption, Minors, Policy, Retention, additional, basic, former_of, statutory
from obq_privacy.vocab import (
    Actor,
    Agreement,
    Category,
    Invoked,
    LegalBasis,
    Operation,
    PersonalItem,
    Purpose,
    PurposeSet,
    Recipient,
    RecipientKind,
    Source,
    SourceKind,
    ThirdPartySource,
)


class Books(Purpose):
    """Keep what the law wants kept."""


class Voice(Purpose):
    """Search by voice."""


BILL = PersonalItem("bill", str, Orders | Books | Voice, category=Category.CONTENT)
TODAY = dt.date(2023, 3, 1)
TERM = Agreement("U-1", TODAY, TODAY + 9 * DAY)
CARRIER = Recipient("carrier", Orders, kind=RecipientKind.PARTNER)
BUREAU = ThirdPartySource("bureau", undertaking=TERM)
GOSSIP = ThirdPartySource("gossip", undertaking=None)
AT_BUREAU, AT_GOSSIP = (Source(SourceKind.THIRD_PARTY, name) for name in ("bureau", "gossip"))
EVERYWHERE = frozenset(Operation)
EXEMPTIONS = (
    Exemption(LegalBasis.NEWS, frozenset({Operation.USE, Operation.COLLECT})),
    Exemption(LegalBasis.RESEARCH, frozenset({Operation.USE}), deidentified=True),
    Exemption(LegalBasis.SELF_PUBLISHED, EVERYWHERE),
    Exemption(LegalBasis.MINOR_PROTECTION, EVERYWHERE),
    Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset({Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})),
)


def shop(**changes: Any) -> Policy:
    purposes = [
        basic(Orders, necessary=[NAME], optional=[CARD, DEVICE, BILL], shared=[NAME]),
        *POLICY.purposes[1:],
        additional(Voice, optional=[BILL], permission="microphone", user_initiated=True, alternative="typing"),
        statutory(Books, items=[BILL], roles=["clerk", "auditor"]),
    ]
    facts: dict[str, Any] = {
        "purposes": purposes,
        "sources": [BUREAU, GOSSIP],
        "exemptions": EXEMPTIONS,
        "recipients": [CARRIER],
    }
    return a_policy(**{**facts, **changes})


SHOP = shop()
CLERK = Actor("agent-7", frozenset({"clerk"}))


def invoked(basis: LegalBasis) -> Invoked:
    return Invoked(basis, justification="file 17", by="legal-desk")


def answer_to(
    standing: Standing,
    label: Any,
    purpose: type[Purpose] | None,
    *,
    operation: Operation = Operation.USE,
    policy: Policy = SHOP,
    at: dt.datetime = NOW,
    **more: Any,
) -> Permit | Deny:
    return decide(policy, standing, label, Request(operation, purpose, **more), at)


# ── Who acts ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1")
def test_a_role_is_one_of_those_that_the_purpose_names() -> None:
    """Any of them is enough; the refusal names all of them, and is about every item."""
    label = label_of(BILL)
    missing = Deny([Reason("OBQ127", "bill", "books", "auditor or clerk")])
    for actor in (None, Actor("guest"), Actor("guest", frozenset({"visitor"}))):
        assert answer_to(a_standing(), label, Books, actor=actor) == missing
    for role in ("clerk", "auditor"):
        actor = Actor("agent-7", frozenset({role, "visitor"}))
        assert answer_to(a_standing(), label, Books, actor=actor) == Permit(LegalBasis.STATUTORY, None)
    assert isinstance(answer_to(a_standing(a_grant(Orders)), label, Orders), Permit)


@pytest.mark.clause("USE-20")
def test_what_the_subject_starts_is_not_collected_without_the_subjects_action() -> None:
    """Using it later needs none; the refusal says what there is without."""
    standing = a_standing(a_grant(Voice))
    collect: dict[str, Any] = {"operation": Operation.COLLECT}
    refused = answer_to(standing, label_of(BILL), Voice, **collect)
    assert refused == Deny([Reason("OBQ133", "bill", "voice")], "typing")
    assert isinstance(answer_to(standing, label_of(BILL), Voice, **collect, user_action=True), Permit)
    assert isinstance(answer_to(standing, label_of(BILL), Voice), Permit)


@pytest.mark.clause("PROT-1", "MINOR-2")
def test_a_minors_data_is_used_with_an_approval_where_the_policy_asks_for_it() -> None:
    """Not what identifies nobody, not an adult's, and not for collecting; at majority no more."""
    policy = shop(minors=Minors(approval=True))
    minor = a_standing(a_grant(Orders, actor=GUARDIAN), a_grant(Orders, number=1), born=EIGHTEEN)
    before: dict[str, Any] = {"policy": policy, "at": NOW - TICK}
    missing = Deny([Reason("OBQ128", item, "orders") for item in ("device", "name")])
    assert answer_to(minor, label_of(NAME, DEVICE), Orders, **before) == missing
    assert answer_to(minor, label_of(NAME, DEVICE), Orders, **before, approval=" ") == missing
    assert isinstance(answer_to(minor, label_of(NAME), Orders, **before, approval="privacy officer"), Permit)
    assert answer_to(minor, label_of(DEVICE), Orders, **before) == Permit(LegalBasis.NON_PERSONAL, None)
    assert isinstance(answer_to(minor, label_of(NAME), Orders, **before, operation=Operation.COLLECT), Permit)
    assert isinstance(answer_to(minor, label_of(NAME), Orders, policy=policy), Permit)
    news: dict[str, Any] = {"invoked": invoked(LegalBasis.NEWS)}
    for blank in ("", " "):
        refused = answer_to(minor, label_of(NAME), None, **before, **news, approval=blank)
        assert refused == Deny([Reason("OBQ128", "name")])
    assert answer_to(minor, label_of(DEVICE), None, **before, **news) == Permit(LegalBasis.NEWS, None)
    unasked = answer_to(minor, label_of(NAME), None, at=NOW - TICK, **news)
    assert unasked == Permit(LegalBasis.NEWS, None)
    approved = answer_to(minor, label_of(NAME), None, **before, **news, approval="privacy officer")
    assert approved == Permit(LegalBasis.NEWS, None)
    assert answer_to(minor, label_of(NAME), None, policy=policy, **news) == Permit(LegalBasis.NEWS, None)


# ── What is isolated ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3")
@pytest.mark.parametrize(
    ("items", "matter", "reaches"),
    [
        ((), "", True),
        (("bill",), "", True),
        ((), "order-1", True),
        (("bill",), "order-1", True),
        (("name",), "", False),
        ((), "order-2", False),
        (("bill",), "order-2", False),
        (("name",), "order-1", False),
    ],
)
def test_a_restriction_reaches_what_it_names_and_no_names_are_all(
    items: tuple[str, ...], matter: str, *, reaches: bool
) -> None:
    """For every purpose but a statutory one, and for what is invoked as well."""
    restricted = an_event(EventKind.RESTRICT, number=1, items=items, matter=matter)
    standing = a_standing(a_grant(Orders), restricted)
    label = label_of(BILL, matters=frozenset({"order-1"}))
    answer = answer_to(standing, label, Orders)
    assert answer == (Deny([Reason("OBQ124", "bill", "orders")]) if reaches else answer)
    assert isinstance(answer, Deny) == reaches
    news = answer_to(standing, label, None, invoked=invoked(LegalBasis.NEWS))
    assert news == (Deny([Reason("OBQ124", "bill")]) if reaches else Permit(LegalBasis.NEWS, None))
    assert answer_to(standing, label, Books, actor=CLERK) == Permit(LegalBasis.STATUTORY, None)


@pytest.mark.clause("RIGHT-3")
def test_a_restricted_case_does_not_reach_values_of_no_case() -> None:
    """And what is restricted as a whole does."""
    grant = a_grant(Orders)
    of_order = an_event(EventKind.RESTRICT, number=1, matter="order-1")
    assert isinstance(answer_to(a_standing(grant, of_order), label_of(NAME), Orders), Permit)
    whole = an_event(EventKind.RESTRICT, number=1)
    assert codes_of(answer_to(a_standing(grant, whole), label_of(NAME), Orders)) == ["OBQ124"]


@pytest.mark.clause("USE-6")
def test_a_cancelled_account_opens_for_statutory_purposes_alone() -> None:
    """Not for data about nobody either, and not for what is invoked."""
    closed = a_standing(a_grant(Orders), an_event(EventKind.CLOSE, number=1))
    assert answer_to(closed, label_of(BILL), Orders) == Deny([Reason("OBQ135", "bill", "orders")])
    assert answer_to(closed, label_of(DEVICE), Orders) == Deny([Reason("OBQ135", "device", "orders")])
    news = answer_to(closed, label_of(BILL), None, invoked=invoked(LegalBasis.NEWS))
    assert news == Deny([Reason("OBQ135", "bill")])
    assert answer_to(closed, label_of(BILL), Books, actor=CLERK) == Permit(LegalBasis.STATUTORY, None)


@pytest.mark.clause("USE-24")
def test_after_ceasing_nothing_is_collected_and_the_refusal_names_each_item() -> None:
    """Whatever is invoked; using goes on."""
    ceased = a_standing(a_grant(Orders), an_event(EventKind.CEASE, number=1))
    label = label_of(NAME, CARD)
    for purpose, basis in ((Orders, None), (None, None), (None, invoked(LegalBasis.NEWS))):
        refused = answer_to(ceased, label, purpose, operation=Operation.COLLECT, invoked=basis)
        assert refused == Deny([Reason("OBQ134", "card"), Reason("OBQ134", "name")])
    assert isinstance(answer_to(ceased, label, Orders), Permit)


# ── Objections ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-7")
def test_an_objection_holds_for_the_purpose_and_for_narrower_ones() -> None:
    """For one topic out of several; not for wider purposes, and not for values about something else."""
    grant = a_grant(Marketing)
    objected = an_event(EventKind.OBJECT, Marketing, number=1, topics=("shoes", "toys"))
    about = label_of(NAME, topics=frozenset({"toys", "books", "shoes"}))
    standing = a_standing(grant, objected)
    for purpose in (Marketing, EmailMarketing):
        assert answer_to(standing, about, purpose) == Deny([Reason("OBQ125", "name", purpose.key, "shoes")])
    assert isinstance(answer_to(standing, label_of(NAME, topics=frozenset({"books"})), Marketing), Permit)
    assert isinstance(answer_to(standing, label_of(NAME), Marketing), Permit)
    narrow = a_standing(grant, attrs.evolve(objected, purposes=("email-marketing",)))
    assert isinstance(answer_to(narrow, about, Marketing), Permit)
    assert codes_of(answer_to(narrow, about, EmailMarketing)) == ["OBQ125"]


# ── How long ──────────────────────────────────────────────────────────────────────────────────────────────


def keeping(*retention: Retention, **changes: Any) -> Policy:
    return shop(retention=retention, **changes)


def mark(anchor: Anchor, day: int, matter: str = "", number: int = 1) -> ConsentEvent:
    return an_event(EventKind.MARK, number=number, at=START + day * DAY, anchor=anchor.value, matter=matter)


@pytest.mark.clause("PROT-3")
def test_a_period_after_the_last_activity_begins_anew_with_each() -> None:
    """And never before the value was collected."""
    policy = keeping(Retention(NAME, 20 * DAY, after=Anchor.ACTIVITY))
    grant, label = a_grant(Orders, number=9), label_of(NAME, collected=START + 4 * DAY)
    for marks, day in (([], 4), ([1], 4), ([6], 6), ([6, 8], 8)):
        events = [mark(Anchor.ACTIVITY, each, number=each) for each in marks]
        answer = answer_to(a_standing(grant, *events), label, Orders, policy=policy)
        assert answer == Permit(LegalBasis.CONSENT, START + (day + 20) * DAY, (grant.id,))


@pytest.mark.clause("PROT-3")
def test_a_period_after_the_end_of_the_account_waits_for_it() -> None:
    """For a statutory purpose too, which alone opens it then."""
    policy = keeping(Retention(BILL, 5 * DAY, after=Anchor.ACCOUNT_END))
    grant, closed = a_grant(Orders), an_event(EventKind.CLOSE, number=1, at=NOW - 3 * DAY)
    assert answer_to(a_standing(grant), label_of(BILL), Orders, policy=policy) == Permit(
        LegalBasis.CONSENT, None, (grant.id,)
    )
    books = answer_to(a_standing(grant, closed), label_of(BILL), Books, policy=policy, actor=CLERK)
    assert books == Permit(LegalBasis.STATUTORY, NOW + 2 * DAY)


@pytest.mark.clause("PROT-3")
def test_a_period_after_completion_counts_from_the_first_case_of_a_value() -> None:
    """Of no case, from collection; of cases of which none is completed, from nothing."""
    policy = keeping(Retention(NAME, 20 * DAY, after=Anchor.COMPLETION))
    grant = a_grant(Orders, number=9)
    done = [mark(Anchor.COMPLETION, day, f"order-{day}", number=day) for day in (2, 4)]
    for matters, day in (
        (("",), 1),
        (("", "order-2"), 1),
        (("order-3",), None),
        (("order-2",), 2),
        (("order-4", "order-2", "order-3"), 2),
        (("order-4", "order-3"), 4),
    ):
        label = label_of(NAME, collected=START + DAY, matters=frozenset(matters))
        answer = answer_to(a_standing(grant, *done), label, Orders, policy=policy)
        until = None if day is None else START + (day + 20) * DAY
        assert answer == Permit(LegalBasis.CONSENT, until, (grant.id,))


@pytest.mark.clause("PROT-3")
def test_a_period_for_a_purpose_is_for_it_and_narrower_ones() -> None:
    """Where several apply, the shortest counts; use for no purpose is held to the general one."""
    general, orders = Retention(NAME, 30 * DAY), Retention(NAME, 20 * DAY, Orders)
    policy = keeping(general, orders)
    grant = a_grant(Orders, Marketing)
    label = label_of(NAME, collected=START)
    for either in (policy, keeping(orders, general)):
        for purpose, days in ((Orders, 20), (ExpressOrders, 20), (Marketing, 30)):
            answer = answer_to(a_standing(grant), label, purpose, policy=either)
            assert answer == Permit(LegalBasis.CONSENT, START + days * DAY, (grant.id,))
    for waiting in (
        (attrs.evolve(general, after=Anchor.ACCOUNT_END), orders),
        (orders, attrs.evolve(general, after=Anchor.ACCOUNT_END)),
    ):
        answer = answer_to(a_standing(grant), label, Orders, policy=keeping(*waiting))
        assert answer == Permit(LegalBasis.CONSENT, START + 20 * DAY, (grant.id,))
    only = keeping(orders)
    assert answer_to(a_standing(grant), label, Marketing, policy=only) == Permit(LegalBasis.CONSENT, None, (grant.id,))
    news: dict[str, Any] = {"invoked": invoked(LegalBasis.NEWS)}
    assert answer_to(a_standing(), label, None, policy=policy, **news) == Permit(LegalBasis.NEWS, START + 30 * DAY)
    assert answer_to(a_standing(), label, None, policy=only, **news) == Permit(LegalBasis.NEWS, None)
    at_end = answer_to(a_standing(), label, None, policy=policy, at=START + 30 * DAY, **news)
    assert at_end == Deny([Reason("OBQ105", "name")])
    assert isinstance(answer_to(a_standing(), label, None, policy=policy, at=START + 30 * DAY - TICK, **news), Permit)


@pytest.mark.clause("PROT-3", "CHANGE-1")
def test_a_subject_agrees_to_longer_and_never_to_shorter() -> None:
    """For the item that it is about; a statutory duty may last longer still, for its purpose alone."""
    policy = keeping(Retention(BILL, 20 * DAY, at_least=60 * DAY))
    grant, label = a_grant(Orders), label_of(BILL, collected=START)

    def until(item: str, days: int, purpose: type[Purpose] = Orders) -> int:
        agreed = an_event(EventKind.AGREE, number=1, items=(item,), valid_until=START + days * DAY)
        answer = answer_to(a_standing(grant, agreed), label, purpose, policy=policy, actor=CLERK)
        assert isinstance(answer, Permit)
        assert answer.until is not None
        return (answer.until - START).days

    assert [until("bill", days) for days in (15, 20, 40, 90)] == [20, 20, 40, 90]
    assert until("name", 40) == 20
    assert [until("bill", days, Books) for days in (15, 40, 90)] == [60, 60, 90]


@pytest.mark.clause("PROT-3")
def test_a_value_with_an_end_of_its_own_ends_by_it() -> None:
    """Whatever the policy says and whatever is held."""
    ends = NOW + 2 * DAY
    grant = a_grant(Orders)
    hold = an_event(EventKind.HOLD, number=1, method="case 9")
    label = label_of(BILL, collected=START, ends=ends)
    for policy in (SHOP, keeping(Retention(BILL, 30 * DAY))):
        for purpose, basis, consents in ((Orders, LegalBasis.CONSENT, (grant.id,)), (Books, LegalBasis.STATUTORY, ())):
            answer = answer_to(a_standing(grant, hold), label, purpose, policy=policy, actor=CLERK)
            assert answer == Permit(basis, ends, consents)
    sooner = keeping(Retention(BILL, 11 * DAY))
    assert answer_to(a_standing(grant), label, Orders, policy=sooner) == Permit(
        LegalBasis.CONSENT, START + 11 * DAY, (grant.id,)
    )


@pytest.mark.clause("RIGHT-3", "PROT-3")
@pytest.mark.parametrize(
    ("items", "matter", "keeps"),
    [((), "", True), (("bill",), "order-1", True), (("name",), "", False), (("bill",), "order-2", False)],
)
def test_what_is_held_opens_for_statutory_purposes_beyond_its_period(
    items: tuple[str, ...], matter: str, *, keeps: bool
) -> None:
    """And for no other purpose: being held makes nothing usable."""
    policy = keeping(Retention(BILL, 5 * DAY))
    hold = an_event(EventKind.HOLD, number=1, items=items, matter=matter, method="case 9")
    standing = a_standing(a_grant(Orders), hold)
    label = label_of(BILL, collected=START, matters=frozenset({"order-1"}))
    answer = answer_to(standing, label, Books, policy=policy, actor=CLERK)
    assert answer == (Permit(LegalBasis.STATUTORY, None) if keeps else Deny([Reason("OBQ105", "bill", "books")]))
    assert answer_to(standing, label, Orders, policy=policy) == Deny([Reason("OBQ105", "bill", "orders")])


@pytest.mark.clause("RIGHT-3")
def test_the_legal_matters_that_hold_a_value_are_named_once_and_sorted() -> None:
    """Nothing where none does; whoever sweeps puts them on record."""
    holds = [an_event(EventKind.HOLD, number=n, method=case) for n, case in enumerate(("case 9", "case 10"))]
    again = an_event(EventKind.HOLD, number=5, items=("name",), method="case 9")
    assert held(a_standing(), NAME, label_of(NAME)) == ()
    assert held(a_standing(*holds, again), NAME, label_of(NAME)) == ("case 10", "case 9")
    assert held(a_standing(again), CARD, label_of(CARD)) == ()


@pytest.mark.clause("CHANGE-1", "PROT-3")
def test_a_shorter_period_of_an_older_version_stands_until_the_subject_agrees() -> None:
    """By a consent to the purpose under the new version, or to the version itself; a consent elsewhere is none."""
    then = keeping(Retention(NAME, 20 * DAY), version="2")
    now = keeping(Retention(NAME, 40 * DAY)).with_archive({"2": former_of(then.dumps())})
    label = label_of(NAME, collected=START, versions=frozenset({"2"}))
    old = a_grant(Orders, version="2")

    def days(*events: ConsentEvent) -> int:
        answer = answer_to(a_standing(old, *events), label, Orders, policy=now)
        assert isinstance(answer, Permit)
        assert answer.until is not None
        return (answer.until - START).days

    assert days() == 20
    assert days(a_grant(Marketing, number=1)) == 20
    assert days(a_grant(Orders, number=1)) == 40
    assert days(an_event(EventKind.CHOOSE, Orders, number=1)) == 20
    assert days(an_event(EventKind.AGREE, number=1)) == 40
    assert days(an_event(EventKind.AGREE, number=1, version="2")) == 20
    bare: dict[str, Any] = {"invoked": invoked(LegalBasis.NEWS), "policy": now}
    for events, kept in (([a_grant(Orders)], 20), ([an_event(EventKind.AGREE)], 40)):
        answer = answer_to(a_standing(*events), label, None, **bare)
        assert answer == Permit(LegalBasis.NEWS, START + kept * DAY)


# ── Where it comes from ───────────────────────────────────────────────────────────────────────────────────


def collect(standing: Standing, label: Any, **more: Any) -> Permit | Deny:
    return answer_to(standing, label, Orders, operation=Operation.COLLECT, **more)


@pytest.mark.clause("USE-10")
def test_a_third_party_is_declared_bound_and_where_it_matters_confirmed() -> None:
    """Every source is asked; the permit ends with the undertaking."""
    grant = a_grant(Orders)
    standing = a_standing(grant)
    stranger = Source(SourceKind.THIRD_PARTY, "stranger")
    label = label_of(NAME, sources=frozenset({stranger, AT_GOSSIP, AT_BUREAU, Source()}))
    assert collect(standing, label) == Deny(
        [Reason("OBQ129", "name", "orders", "stranger"), Reason("OBQ130", "name", "orders", "gossip")]
    )
    bound = label_of(NAME, sources=frozenset({AT_BUREAU}))
    assert collect(standing, bound) == Permit(LegalBasis.CONSENT, NOW + 10 * DAY, (grant.id,))
    assert collect(standing, bound, at=NOW - TICK) == Deny([Reason("OBQ130", "name", "orders", "bureau")])
    assert collect(standing, bound, at=NOW + 10 * DAY) == Deny([Reason("OBQ130", "name", "orders", "bureau")])
    assert collect(a_standing(), bound) == Deny([Reason("OBQ114", "name", "orders")])
    card = label_of(CARD, sources=frozenset({AT_BUREAU}))
    unconfirmed = Deny([Reason("OBQ131", "card", "orders", "bureau")])
    assert collect(standing, card) == unconfirmed
    for items, parties, answer in (
        (("card",), ("bureau",), Permit(LegalBasis.CONSENT, NOW + 10 * DAY, (grant.id,))),
        (("name",), ("bureau",), unconfirmed),
        (("card",), ("gossip",), unconfirmed),
    ):
        confirmed = an_event(EventKind.CONFIRM, number=1, items=items, parties=parties)
        assert collect(a_standing(grant, confirmed), card) == answer


@pytest.mark.clause("USE-8")
def test_what_somebody_else_provides_needs_their_attestation_while_it_lasts() -> None:
    """By that person, for the purpose or a wider one, not withdrawn, and given by nobody else."""
    label = label_of(NAME, sources=frozenset({Source(SourceKind.PERSON, GUARDIAN)}))
    missing = Reason("OBQ132", "name", "orders")

    def attest(number: int = 1, **changes: Any) -> ConsentEvent:
        return an_event(EventKind.ATTEST, Orders, number=number, **{"actor": GUARDIAN, **changes})

    one = attest(valid_until=NOW + DAY)
    assert collect(a_standing(one), label) == Permit(LegalBasis.AUTHORISED, NOW + DAY, (one.id,))
    for wrong in (attest(actor="7" * 32), attest(purposes=("marketing",)), attest(purposes=("express-orders",))):
        assert missing in reasons_of(collect(a_standing(wrong), label))
    grant = a_grant(Orders, number=5, actor=GUARDIAN)
    assert missing in reasons_of(collect(a_standing(grant, born=EIGHTEEN), label, at=NOW - TICK))
    over = a_standing(one, an_event(EventKind.WITHDRAW, Orders, number=2, at=NOW))
    assert collect(over, label) == Deny([Reason("OBQ108", "name", "orders"), missing])
    again = a_standing(attrs.evolve(one, valid_until=NOW), attest(number=3, at=NOW - DAY))
    assert isinstance(collect(again, label), Permit)
    narrow = answer_to(a_standing(one), label, ExpressOrders, operation=Operation.COLLECT)
    assert narrow == Permit(LegalBasis.AUTHORISED, NOW + DAY, (one.id,))
    granted = a_grant(Orders, number=6, valid_until=NOW + 3 * DAY)
    assert collect(a_standing(one, granted), label) == Permit(LegalBasis.CONSENT, NOW + DAY, (granted.id,))


@pytest.mark.clause("USE-8", "CHANGE-1")
def test_an_attestation_under_an_older_text_counts_while_that_said_the_same() -> None:
    """Of the purpose and the item; what it said of other items does not matter."""
    label = label_of(NAME, sources=frozenset({Source(SourceKind.PERSON, GUARDIAN)}))
    attested = an_event(EventKind.ATTEST, Orders, actor=GUARDIAN, version="2")
    granted = a_grant(Orders, number=1)
    same = POLICY.with_archive({"2": former_of(a_policy(version="2").dumps())})
    other = [basic(Orders, necessary=[CARD], optional=[NAME]), *POLICY.purposes[1:]]
    changed = POLICY.with_archive({"2": former_of(a_policy(version="2", purposes=other).dumps())})
    standing = a_standing(attested, granted)
    assert isinstance(collect(standing, label, policy=same), Permit)
    assert collect(standing, label, policy=changed) == Deny([Reason("OBQ132", "name", "orders")])
    assert collect(standing, label) == Deny([Reason("OBQ132", "name", "orders")])


def reasons_of(answer: Permit | Deny) -> tuple[Reason, ...]:
    assert isinstance(answer, Deny)
    return answer.reasons


# ── What is invoked ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-22")
def test_an_invoked_basis_covers_what_the_policy_says_of_it() -> None:
    """The operations, de-identified results where it asks for them, and nothing where it is not declared."""
    standing = a_standing()
    label = label_of(NAME)
    for basis, operation, deidentified, covers in (
        (LegalBasis.NEWS, Operation.USE, False, True),
        (LegalBasis.NEWS, Operation.COLLECT, False, True),
        (LegalBasis.NEWS, Operation.DISCLOSE, False, False),
        (LegalBasis.CONTRACT, Operation.USE, False, False),
        (LegalBasis.RESEARCH, Operation.USE, False, False),
        (LegalBasis.RESEARCH, Operation.USE, True, True),
        (LegalBasis.NEWS, Operation.USE, True, True),
        (LegalBasis.SELF_PUBLISHED, Operation.USE, False, False),
        (LegalBasis.MINOR_PROTECTION, Operation.USE, False, False),
    ):
        more: dict[str, Any] = {"invoked": invoked(basis), "deidentified": deidentified}
        answer = answer_to(standing, label, Orders, operation=operation, **more)
        refused = Deny([Reason("OBQ123", "name", "orders", basis.value)])
        assert answer == (Permit(basis, None) if covers else refused)
        if operation is Operation.USE:
            bare = answer_to(standing, label, None, **more)
            assert bare == (Permit(basis, None) if covers else Deny([Reason("OBQ123", "name", "", basis.value)]))


@pytest.mark.clause("USE-22", "MINOR-2")
def test_two_bases_ask_for_more_than_their_name_and_for_their_name_too() -> None:
    """The value was made public by its subject; the subject is a minor still."""
    public = a_standing(an_event(EventKind.PUBLISH, items=("name",), method="posted", at=NOW))
    own: dict[str, Any] = {"invoked": invoked(LegalBasis.SELF_PUBLISHED)}
    assert answer_to(public, label_of(NAME), Orders, **own) == Permit(LegalBasis.SELF_PUBLISHED, None)
    assert codes_of(answer_to(public, label_of(NAME, CARD), Orders, **own)) == ["OBQ123"]
    minor: dict[str, Any] = {"invoked": invoked(LegalBasis.MINOR_PROTECTION)}
    standing = a_standing(born=EIGHTEEN)
    permitted = answer_to(standing, label_of(NAME), Orders, at=NOW - TICK, **minor)
    assert permitted == Permit(LegalBasis.MINOR_PROTECTION, NOW)
    assert codes_of(answer_to(standing, label_of(NAME), Orders, **minor)) == ["OBQ123"]
    early, west = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC), shop(minors=LATE)
    last_day = a_standing(born=dt.date(2005, 12, 31))
    for at, codes in ((early - TICK, []), (early, ["OBQ123"])):
        assert codes_of(answer_to(last_day, label_of(NAME), Orders, policy=west, at=at, **minor)) == codes
    bare = shop(exemptions=[Exemption(LegalBasis.SELF_PUBLISHED, frozenset({Operation.USE}))])
    assert codes_of(answer_to(standing, label_of(NAME), Orders, policy=bare, at=NOW - TICK, **minor)) == ["OBQ123"]
    assert codes_of(answer_to(public, label_of(NAME), Orders, policy=bare, **own)) == []
    collected = answer_to(public, label_of(NAME), Orders, policy=bare, operation=Operation.COLLECT, **own)
    assert codes_of(collected) == ["OBQ123"]
    later = label_of(NAME, collected=NOW + TICK)
    assert codes_of(answer_to(public, later, Orders, operation=Operation.COLLECT, **own)) == []
    assert codes_of(answer_to(public, later, Orders, **own)) == ["OBQ123"]
    unknown = a_standing(born=None)
    assert isinstance(answer_to(unknown, label_of(NAME), Orders, **minor), Permit)
    adults = shop(minors=Minors(unknown="adult"))
    assert codes_of(answer_to(unknown, label_of(NAME), Orders, policy=adults, **minor)) == ["OBQ123"]


@pytest.mark.clause("SHARE-1", "SHARE-2", "SHARE-8")
def test_what_leaves_under_a_basis_leaves_to_somebody_declared() -> None:
    """Without agreement or consent; what is disclosed goes to nobody in particular."""
    law: dict[str, Any] = {"invoked": invoked(LegalBasis.LEGAL_OBLIGATION)}
    stranger = Recipient("stranger", Orders, kind=RecipientKind.PARTNER)
    for operation in (Operation.SHARE, Operation.TRANSFER):
        for to, answer in (
            (CARRIER, Permit(LegalBasis.LEGAL_OBLIGATION, None)),
            (stranger, Deny([Reason("OBQ115", "name", "orders", "stranger")])),
            (None, Deny([Reason("OBQ115", "name", "orders", "nobody")])),
        ):
            asked = answer_to(a_standing(), label_of(NAME), Orders, operation=operation, recipient=to, **law)
            assert asked == answer
    public = answer_to(a_standing(), label_of(NAME), Orders, operation=Operation.DISCLOSE, **law)
    assert public == Permit(LegalBasis.LEGAL_OBLIGATION, None)


@pytest.mark.clause("SHARE-1", "SHARE-2", "COOK-3")
def test_a_basis_waives_the_agreement_and_neither_purpose_items_nor_check() -> None:
    """Being listed as shared is waived as well; what a recipient is declared for is not."""
    law: dict[str, Any] = {"invoked": invoked(LegalBasis.LEGAL_OBLIGATION), "operation": Operation.SHARE}
    to = [
        Recipient("carrier", Orders, kind=RecipientKind.PARTNER),
        Recipient("seller", Marketing, kind=RecipientKind.PARTNER),
        Recipient("picky", Orders, kind=RecipientKind.PARTNER, items=[CARD]),
        Recipient("sdk", Orders, kind=RecipientKind.PARTNER, sdk=True),
    ]
    policy = shop(recipients=to, purposes=[basic(Orders, necessary=[NAME], optional=[CARD]), *SHOP.purposes[1:]])
    codes = [
        codes_of(answer_to(a_standing(), label_of(NAME), Orders, policy=policy, recipient=one, **law)) for one in to
    ]
    assert codes == [[], ["OBQ116"], ["OBQ116"], ["OBQ118"]]


@pytest.mark.clause("USE-7")
def test_nobody_objects_to_a_duty_by_law() -> None:
    """The topic is blocked for every other purpose."""
    objected = an_event(EventKind.OBJECT, Books, Orders, number=1, topics=("toys",))
    standing, label = a_standing(a_grant(Orders), objected), label_of(BILL, topics=frozenset({"toys"}))
    assert answer_to(standing, label, Books, actor=CLERK) == Permit(LegalBasis.STATUTORY, None)
    assert codes_of(answer_to(standing, label, Orders)) == ["OBQ125"]


@pytest.mark.clause("USE-22")
def test_for_no_purpose_something_is_used_and_never_leaves() -> None:
    """Every item is asked about, and the permit ends with the first."""
    news: dict[str, Any] = {"invoked": invoked(LegalBasis.NEWS)}
    for operation in (Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE):
        answer = answer_to(a_standing(), label_of(NAME, CARD), None, operation=operation, **news)
        assert answer == Deny([Reason("OBQ102", item, "", "no purpose") for item in ("card", "name")])
    policy = keeping(Retention(NAME, 30 * DAY), Retention(CARD, 20 * DAY))
    answer = answer_to(a_standing(), label_of(NAME, CARD, collected=START), None, policy=policy, **news)
    assert answer == Permit(LegalBasis.NEWS, START + 20 * DAY)
    strays = answer_to(a_standing(), label_of(STRAY, NAME), None, **news)
    assert strays == Deny([Reason("OBQ102", "stray", "", "item")])
    both = answer_to(a_standing(), label_of(STRAY, NAME), None, invoked=invoked(LegalBasis.CONTRACT))
    assert both == Deny([Reason("OBQ102", "stray", "", "item"), Reason("OBQ123", "name", "", "contract")])


@pytest.mark.clause("USE-22", "USE-4")
def test_what_is_invoked_builds_on_no_consent() -> None:
    """Nor does a duty by law; what is collected under a basis needs no purpose to be named."""
    portrait = next(rule.purpose for rule in POLICY.purposes if rule.purpose.key == "portrait")
    asked = answer_to(a_standing(), label_of(NAME), portrait, invoked=invoked(LegalBasis.NEWS))
    assert asked == Permit(LegalBasis.NEWS, None)
    assert codes_of(answer_to(a_standing(), label_of(NAME), portrait)) == ["OBQ107", "OBQ114"]
    basis: dict[str, Any] = {"operation": Operation.COLLECT, "invoked": invoked(LegalBasis.NEWS)}
    assert answer_to(a_standing(), label_of(NAME), None, **basis) == Permit(LegalBasis.NEWS, None)


# ── For any purpose, and a duty by law ────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
def test_a_duty_by_law_is_no_reason_to_collect() -> None:
    """Nor does it wait for consent to what it builds on; asked for by name, it permits."""
    label = label_of(BILL)
    answer = answer_to(a_standing(), label, None, operation=Operation.COLLECT, user_action=True)
    assert isinstance(answer, Deny)
    assert {reason.purpose for reason in answer.reasons} == {"orders", "voice", "portrait"}
    law_alone = label_of(BILL, purposes=PurposeSet([Books]))
    nothing = answer_to(a_standing(), law_alone, None, operation=Operation.COLLECT)
    assert nothing == Deny([Reason("OBQ102", "bill", "", "no purpose")])
    assert isinstance(answer_to(a_standing(), law_alone, Books, actor=CLERK), Permit)
    assert answer_to(a_standing(), law_alone, None, actor=CLERK) == Permit(LegalBasis.STATUTORY, None)
    undeclared = label_of(STRAY, purposes=PurposeSet([Unspoken]))
    gap = answer_to(a_standing(), undeclared, None, operation=Operation.COLLECT)
    assert gap == Deny([Reason("OBQ102", "stray", "unspoken", "purpose")])
    ends = a_grant(Orders, valid_until=NOW + DAY)
    collected = answer_to(a_standing(ends), label, None, operation=Operation.COLLECT)
    assert collected == Permit(LegalBasis.CONSENT, NOW + DAY, (ends.id,))


def test_of_several_bases_the_strongest_speaks_for_the_value() -> None:
    """A guardian's consent before the subject's, consent before an authorisation, and data about nobody last."""
    person = frozenset({Source(SourceKind.PERSON, GUARDIAN)})
    for one, other in (("card", "name"), ("name", "card")):
        guardian = a_grant(Orders, number=1, actor=GUARDIAN, items=(one,))
        own = a_grant(Orders, number=2, items=(other,), at=NOW - 40 * TICK)
        minor = a_standing(guardian, own, born=EIGHTEEN)
        mixed = ask(minor, label_of(NAME, CARD), Orders, at=NOW - TICK)
        assert isinstance(mixed, Permit)
        assert (mixed.basis, mixed.until) == (LegalBasis.GUARDIAN_CONSENT, NOW)
        assert set(mixed.consents) == {guardian.id, own.id}
        attested = an_event(EventKind.ATTEST, Orders, number=3, actor=GUARDIAN, items=(one,))
        consent = a_grant(Orders, number=4, items=(other,))
        both = ask(a_standing(attested, consent), label_of(NAME, CARD, sources=person), Orders)
        assert isinstance(both, Permit)
        assert both.basis is LegalBasis.CONSENT
        assert set(both.consents) == {attested.id, consent.id}


@pytest.mark.clause("USE-4", "USE-9")
def test_what_identifies_nobody_builds_on_no_consent() -> None:
    """A purpose that needs another one does not, for data about nobody."""
    portrait = next(rule.purpose for rule in POLICY.purposes if rule.purpose.key == "portrait")
    assert answer_to(a_standing(), label_of(DEVICE), portrait) == Permit(LegalBasis.NON_PERSONAL, None)


@pytest.mark.clause("USE-2")
def test_a_value_is_held_to_what_its_own_label_allows() -> None:
    """It may be narrower than its item."""
    narrowed = label_of(NAME, purposes=PurposeSet([Marketing]))
    standing = a_standing(a_grant(Orders, Marketing))
    assert answer_to(standing, narrowed, Orders) == Deny([Reason("OBQ103", "name", "orders")])
    assert isinstance(answer_to(standing, narrowed, Marketing), Permit)


@pytest.mark.clause("PROT-3", "USE-2")
def test_a_value_that_is_kept_for_a_while_still_needs_consent() -> None:
    """That its period runs permits nothing."""
    policy = keeping(Retention(NAME, 30 * DAY))
    answer = answer_to(a_standing(), label_of(NAME, collected=START), Orders, policy=policy)
    assert answer == Deny([Reason("OBQ114", "name", "orders")])


@pytest.mark.clause("CHANGE-1", "PROT-3")
def test_a_period_for_a_narrower_purpose_stands_after_that_purpose_lost_its_name() -> None:
    """The older version spoke of it; the new one does not, and is asked for it all the same."""
    own = basic(ExpressOrders, optional=[NAME])
    then = keeping(Retention(NAME, 15 * DAY, ExpressOrders), version="2", purposes=[*SHOP.purposes, own], items=())
    now = keeping(Retention(NAME, 40 * DAY)).with_archive({"2": former_of(then.dumps())})
    label = label_of(NAME, collected=START, versions=frozenset({"2"}))
    answer = answer_to(a_standing(), label, ExpressOrders, policy=now, invoked=invoked(LegalBasis.NEWS))
    assert answer == Permit(LegalBasis.NEWS, START + 15 * DAY)
    wider = answer_to(a_standing(), label, Orders, policy=now, invoked=invoked(LegalBasis.NEWS))
    assert wider == Permit(LegalBasis.NEWS, START + 40 * DAY)
