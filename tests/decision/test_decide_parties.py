"""Single decisions about what leaves, and about whose consent counts for what: the exact answer at each edge."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from cases import EIGHTEEN, FIFTEEN, NOW, POLICY, START, a_grant, a_policy, a_standing, an_event, ask, codes_of
from worlds import (
    CARD,
    DAY,
    DEVICE,
    FACE,
    GUARDIAN,
    NAME,
    SUBJECT,
    TICK,
    Account,
    FaceLogin,
    Marketing,
    Orders,
    label_of,
)

from obq_privacy.consent import EventKind, Standing
from obq_privacy.decision import (
    Deny,
    Permit,
    Reason,
    Request,
    consent_problem,
    decide,
    is_of_age,
    live,
    too_young,
)
from obq_privacy.policy import Minors, Policy, additional, basic, former_of, statutory
from obq_privacy.vocab import (
    Agreement,
    Category,
    LegalBasis,
    Level,
    Operation,
    PersonalItem,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    Source,
    SourceKind,
)


class Books(Purpose):
    """Keep what the law wants kept."""


class Payment(Purpose):
    """Take the money."""


class Reviews(Purpose):
    """Let the shopper publish reviews."""


REVIEW = PersonalItem("review", str, Reviews | Books | Payment, category=Category.CONTENT)
TODAY = dt.date(2023, 3, 1)
TERM = Agreement("DPA-1", TODAY, TODAY + 9 * DAY)
TERM_ENDS = NOW + 10 * DAY
CHECK = SecurityCheck(TODAY, TODAY + 4 * DAY)
CHECK_ENDS = NOW + 5 * DAY


def recipient(key: str, purposes: Any = Orders, **changes: Any) -> Recipient[Any]:
    return Recipient(key, purposes, **{"kind": RecipientKind.PARTNER, "agreement": TERM, **changes})


CARRIER = recipient("carrier", role=Role.LOGISTICS)
PICKY = recipient("picky", items=[CARD, DEVICE])
SELLER = recipient("seller", Marketing)
UNBOUND = recipient("unbound", agreement=None)
FUTURE = recipient("future", agreement=Agreement("DPA-2", TODAY + DAY, TODAY + 9 * DAY))
STALE = recipient("stale", agreement=Agreement("DPA-0", TODAY - 9 * DAY, TODAY - DAY))
THIRD = recipient("third", kind=RecipientKind.THIRD_PARTY, agreement=None)
SDK = recipient("sdk", sdk=True, check=CHECK)
UNCHECKED = recipient("unchecked", kind=RecipientKind.AFFILIATE, follows_policy=True, sdk=True, agreement=None)
SISTER = recipient("sister", Orders | Reviews, kind=RecipientKind.AFFILIATE, follows_policy=True, agreement=None)
ADS = recipient("ads", role=Role.ADVERTISING)
COUNTER = recipient("counter", role=Role.ANALYTICS, kind=RecipientKind.AFFILIATE, follows_policy=True, agreement=None)
ABROAD = recipient("abroad", region="SG")
BANK = recipient("bank", Payment, role=Role.PAYMENT)
AUDITOR = recipient("auditor", Books | Payment)
EVERYONE = recipient("everyone", kind=RecipientKind.PUBLIC)
DECLARED = (
    *(CARRIER, PICKY, SELLER, UNBOUND, FUTURE, STALE, THIRD, SDK, UNCHECKED, SISTER, ADS, COUNTER, ABROAD, BANK),
    AUDITOR,
    EVERYONE,
)


def shop(**changes: Any) -> Policy:
    purposes = [
        basic(Orders, necessary=[NAME], optional=[CARD, DEVICE], shared=[NAME, CARD, DEVICE]),
        *POLICY.purposes[1:],
        basic(Payment, necessary=[REVIEW], shared=[REVIEW], choice=True),
        additional(Reviews, optional=[REVIEW]),
        statutory(Books, items=[REVIEW], shared=[REVIEW]),
    ]
    return a_policy(**{"purposes": purposes, "recipients": DECLARED, **changes})


SHOP = shop()


def leave(
    standing: Standing,
    label: Any,
    to: Recipient[Any] | None,
    purpose: type[Purpose] = Orders,
    *,
    operation: Operation = Operation.SHARE,
    policy: Policy = SHOP,
    at: dt.datetime = NOW,
    **more: Any,
) -> Permit | Deny:
    return decide(policy, standing, label, Request(operation, purpose, to, **more), at)


def to_share(*parties: str, number: int = 0, **changes: Any) -> Any:
    facts = {"operations": (Operation.SHARE,), "parties": parties, **changes}
    return a_grant(facts.pop("purpose", Orders), number=number, **facts)


def share(recipient: Recipient[Any], **changes: Any) -> Any:
    return to_share(recipient.key, **changes)


# ── Who gets anything at all ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-1")
def test_a_recipient_is_the_one_that_the_policy_declares() -> None:
    """Nobody, a stranger and a namesake are unknown, each under its own name."""
    standing = a_standing(share(CARRIER))
    for asked, detail in (
        (None, "nobody"),
        (recipient("stranger"), "stranger"),
        (recipient("carrier", role=Role.LOGISTICS), "carrier"),
    ):
        assert leave(standing, label_of(NAME), asked) == Deny([Reason("OBQ115", "name", "orders", detail)])
    assert leave(standing, label_of(NAME), CARRIER) == Permit(LegalBasis.CONSENT, TERM_ENDS, ("0" * 32,))


@pytest.mark.clause("SHARE-5", "USE-14")
@pytest.mark.parametrize("to", [PICKY, SELLER], ids=["another item", "another purpose"])
def test_a_recipient_is_not_sent_what_it_is_not_declared_for(to: Recipient[Any]) -> None:
    """Whatever was consented to; its items are a limit, and so are its purposes."""
    answer = leave(a_standing(share(to)), label_of(NAME), to)
    assert answer == Deny([Reason("OBQ116", "name", "orders", to.key)])
    assert isinstance(leave(a_standing(share(PICKY)), label_of(CARD), PICKY), Permit)


@pytest.mark.clause("SHARE-7")
@pytest.mark.parametrize("operation", [Operation.SHARE, Operation.TRANSFER])
def test_the_public_is_no_recipient_to_share_with(operation: Operation) -> None:
    """That is disclosure, which is asked for by its own name."""
    standing = a_standing(a_grant(Orders, operations=tuple(Operation), parties=("everyone",), level=Level.SEPARATE))
    answer = leave(standing, label_of(NAME), EVERYONE, operation=operation)
    assert answer == Deny([Reason("OBQ116", "name", "orders", "everyone")])


@pytest.mark.clause("USE-13", "SHARE-6")
def test_what_a_purpose_does_not_share_is_not_shared_and_may_be_transferred_by_consent() -> None:
    """What is listed as shared is about sharing alone, and so is the agreement."""
    narrow = shop(purposes=[basic(Orders, necessary=[NAME], optional=[CARD], shared=[CARD]), *SHOP.purposes[1:]])
    both = a_grant(Orders, operations=(Operation.SHARE, Operation.TRANSFER), parties=("third", "unbound"))
    standing = a_standing(both)
    refused = [Reason("OBQ117", "name", "orders", "third"), Reason("OBQ119", "name", "orders")]
    assert leave(standing, label_of(NAME), THIRD, policy=narrow) == Deny(refused)
    for to in (THIRD, UNBOUND):
        moved = leave(standing, label_of(NAME), to, policy=narrow, operation=Operation.TRANSFER)
        assert moved == Permit(LegalBasis.CONSENT, None, (both.id,))


@pytest.mark.clause("SHARE-5")
@pytest.mark.parametrize("to", [UNBOUND, FUTURE, STALE, THIRD], ids=lambda to: to.key)
def test_partners_and_third_parties_need_an_agreement_in_force(to: Recipient[Any]) -> None:
    """One that is missing, has yet to begin or is over is none."""
    answer = leave(a_standing(share(to)), label_of(NAME), to)
    assert answer == Deny([Reason("OBQ117", "name", "orders", to.key)])


@pytest.mark.clause("SHARE-5")
def test_an_agreement_begins_and_ends_with_its_days() -> None:
    """At midnight where the policy is; the permit ends with it."""
    standing = a_standing(share(CARRIER), share(FUTURE, number=1))
    assert codes_of(leave(standing, label_of(NAME), CARRIER, at=NOW - TICK)) == ["OBQ117"]
    assert codes_of(leave(standing, label_of(NAME), FUTURE, at=NOW + DAY - TICK)) == ["OBQ117"]
    assert codes_of(leave(standing, label_of(NAME), FUTURE, at=NOW + DAY)) == []
    assert codes_of(leave(standing, label_of(NAME), CARRIER, at=TERM_ENDS - TICK)) == []
    assert codes_of(leave(standing, label_of(NAME), CARRIER, at=TERM_ENDS)) == ["OBQ117"]
    shorter = a_standing(share(CARRIER, valid_until=NOW + DAY))
    assert leave(shorter, label_of(NAME), CARRIER) == Permit(LegalBasis.CONSENT, NOW + DAY, ("0" * 32,))


@pytest.mark.clause("SHARE-5")
@pytest.mark.parametrize("zone", ["+08:00", "-12:00", "+14:00", "Asia/Shanghai", "America/New_York"])
def test_an_agreement_may_last_as_long_as_dates_reach(zone: str) -> None:
    """The first and the last day of the calendar are no bounds, wherever the policy is; the days beside them are."""
    first, last = dt.date.min, dt.date.max
    edge = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
    for since, until, ends in (
        (first, last, edge[1]),
        (first + DAY, last, edge[1]),
        (first, TODAY + 9 * DAY, None),
        (last - DAY, last, "not yet"),
        (first, first + DAY, "over"),
    ):
        carrier = recipient("carrier", agreement=Agreement("DPA-9", since, until))
        policy = shop(recipients=[carrier], minors=Minors(zone=zone))
        answer = leave(a_standing(share(carrier)), label_of(NAME), carrier, policy=policy)
        if isinstance(ends, str):
            assert codes_of(answer) == ["OBQ117"]
        else:
            assert isinstance(answer, Permit)
            assert answer.until is not None
            assert answer.until == ends if ends is not None else edge[0] < answer.until < edge[1]


@pytest.mark.clause("COOK-3")
def test_embedded_software_needs_a_security_check_that_counts() -> None:
    """Of whichever kind its maker is, for a transfer too, and the permit ends with it."""
    moved = a_grant(Orders, number=2, operations=(Operation.TRANSFER,), parties=("sdk",))
    standing = a_standing(a_grant(Orders, number=1), share(SDK, number=3), moved)
    missing = [Reason("OBQ118", "name", "orders", "unchecked")]
    assert leave(standing, label_of(NAME), UNCHECKED) == Deny(missing)
    shared = leave(standing, label_of(NAME), SDK)
    assert isinstance(shared, Permit)
    assert shared.until == CHECK_ENDS
    transferred = leave(standing, label_of(NAME), SDK, operation=Operation.TRANSFER)
    assert transferred == Permit(LegalBasis.CONSENT, CHECK_ENDS, (moved.id,))
    late = leave(standing, label_of(NAME), SDK, at=CHECK_ENDS)
    assert late == Deny([Reason("OBQ118", "name", "orders", "sdk")])


@pytest.mark.clause("SHARE-5", "USE-23")
def test_what_identifies_nobody_is_shared_with_whoever_is_bound() -> None:
    """Data about nobody, or a de-identified result: without consent, while the terms run, and not beyond them."""
    nobody = a_standing()
    permit = Permit(LegalBasis.NON_PERSONAL, TERM_ENDS)
    assert leave(nobody, label_of(DEVICE), CARRIER) == permit
    assert leave(nobody, label_of(NAME), CARRIER, deidentified=True) == permit
    assert leave(nobody, label_of(NAME), ADS, deidentified=True) == permit
    assert codes_of(leave(nobody, label_of(DEVICE), UNBOUND)) == ["OBQ117"]
    assert codes_of(leave(nobody, label_of(NAME), CARRIER)) == ["OBQ114"]


@pytest.mark.clause("SHARE-2", "PROT-3")
def test_a_statutory_purpose_shares_without_consent_and_discloses_nothing_without() -> None:
    """What the law wants shared; only with whom the purpose allows, and while the terms run."""
    nobody = a_standing()
    label = label_of(REVIEW)
    assert leave(nobody, label, AUDITOR, Books) == Permit(LegalBasis.STATUTORY, TERM_ENDS)
    public = leave(nobody, label, None, Books, operation=Operation.DISCLOSE)
    assert set(codes_of(public)) == {"OBQ114", "OBQ136"}
    assert codes_of(leave(nobody, label, CARRIER, Books)) == ["OBQ116"]


# ── Affiliates and audiences ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-4")
def test_an_affiliate_shares_in_the_consent_to_use_and_in_nothing_else() -> None:
    """Personal data on that consent; sensitive data, and every transfer, on one that names it."""
    use = a_grant(Orders)
    assert leave(a_standing(use), label_of(NAME), SISTER) == Permit(LegalBasis.CONSENT, None, (use.id,))
    assert codes_of(leave(a_standing(), label_of(NAME), SISTER)) == ["OBQ114"]
    collected = a_standing(a_grant(Orders, operations=(Operation.COLLECT,)))
    assert codes_of(leave(collected, label_of(NAME), SISTER)) == ["OBQ114"]
    assert codes_of(leave(a_standing(use), label_of(NAME), SISTER, operation=Operation.TRANSFER)) == ["OBQ114"]
    for level, answer in (
        (Level.EXPRESS, Deny([Reason("OBQ113", "card", "orders", "separate")])),
        (Level.SEPARATE, Permit(LegalBasis.CONSENT, None, ("1".rjust(32, "0"),))),
    ):
        standing = a_standing(use, share(SISTER, number=1, level=level))
        assert leave(standing, label_of(CARD), SISTER) == answer
    general = a_standing(a_grant(Orders, level=Level.GENERAL))
    assert isinstance(leave(general, label_of(NAME), SISTER), Permit)


@pytest.mark.clause("SHARE-1")
def test_sharing_is_consented_to_expressly_at_least() -> None:
    """A consent to the policy as a whole shares nothing; an express one to a partner does."""
    for level, codes in ((Level.GENERAL, ["OBQ113"]), (Level.EXPRESS, [])):
        assert codes_of(leave(a_standing(share(CARRIER, level=level)), label_of(NAME), CARRIER)) == codes
    role = a_standing(to_share("role:logistics"))
    assert codes_of(leave(role, label_of(NAME), CARRIER)) == []
    assert codes_of(leave(role, label_of(NAME), SDK)) == ["OBQ114"]


@pytest.mark.clause("SHARE-5")
def test_an_audience_gets_what_identifies_only_on_a_separate_consent() -> None:
    """Advertising and analytics; the refusal says that what identifies nobody may go."""
    for level, codes in ((None, ["OBQ114", "OBQ120"]), (Level.EXPRESS, ["OBQ113", "OBQ120"]), (Level.SEPARATE, [])):
        grants = [] if level is None else [share(ADS, level=level)]
        answer = leave(a_standing(*grants), label_of(NAME), ADS)
        assert sorted(codes_of(answer)) == codes
        if isinstance(answer, Deny):
            assert Reason("OBQ120", "name", "orders", "ads") in answer.reasons
    use = a_standing(a_grant(Orders))
    assert isinstance(leave(use, label_of(NAME), COUNTER), Permit), "an affiliate shares in the consent to use"
    assert sorted(codes_of(leave(use, label_of(CARD), COUNTER))) == ["OBQ114", "OBQ120"]


# ── Choices ───────────────────────────────────────────────────────────────────────────────────────────────


def choice(number: int = 0, **changes: Any) -> Any:
    facts = {"operations": (Operation.SHARE,), "parties": ("bank",), "level": Level.SEPARATE, **changes}
    return an_event(EventKind.CHOOSE, Payment, number=number, **facts)


@pytest.mark.clause("USE-13", "SHARE-3")
def test_a_purpose_of_choice_shares_on_the_choice_alone() -> None:
    """What a consent says besides is not asked for; why a choice no longer counts is told."""
    label = label_of(REVIEW)
    chosen = choice()
    assert leave(a_standing(chosen), label, BANK, Payment) == Permit(LegalBasis.CHOICE, TERM_ENDS, (chosen.id,))
    missing = Reason("OBQ126", "review", "payment", "bank")
    assert leave(a_standing(), label, BANK, Payment) == Deny([missing])
    granted = to_share("bank", purpose=Payment, level=Level.SEPARATE, number=1)
    assert leave(a_standing(granted), label, BANK, Payment) == Deny([missing])
    gone = an_event(EventKind.WITHDRAW, Payment, number=2, at=NOW)
    answer = leave(a_standing(chosen, gone), label, BANK, Payment)
    assert answer == Deny([missing, Reason("OBQ108", "review", "payment")])
    assert codes_of(leave(a_standing(choice(parties=("other",))), label, BANK, Payment)) == ["OBQ126"]
    newer = a_standing(chosen, attrs.evolve(granted, at=START + DAY))
    assert leave(newer, label, BANK, Payment) == Permit(LegalBasis.CHOICE, TERM_ENDS, (chosen.id,))


@pytest.mark.clause("SHARE-3")
def test_a_choice_that_another_one_replaced_is_over() -> None:
    """For whoever was chosen before; both keep their place in the ledger."""
    label = label_of(REVIEW)
    replaced = a_standing(choice(), choice(number=1, at=START + DAY, parties=("auditor",)))
    answer = leave(replaced, label, BANK, Payment)
    assert isinstance(answer, Deny)
    assert set(answer.codes) == {"OBQ126"}


@pytest.mark.clause("SHARE-3", "SHARE-5")
def test_where_no_choice_is_asked_for_one_counts_as_consent_but_not_for_an_audience() -> None:
    """An audience and what is sensitive need a consent that says so."""
    for to, permitted in ((CARRIER, True), (ADS, False)):
        chosen = an_event(
            EventKind.CHOOSE, Orders, operations=(Operation.SHARE,), parties=(to.key,), level=Level.SEPARATE
        )
        answer = leave(a_standing(chosen), label_of(NAME), to)
        assert isinstance(answer, Permit) == permitted
        if isinstance(answer, Permit):
            assert answer == Permit(LegalBasis.CHOICE, TERM_ENDS, (chosen.id,))


@pytest.mark.clause("SHARE-3", "SHARE-6")
def test_a_transfer_asks_for_consent_even_where_sharing_asks_for_a_choice() -> None:
    """And consent to it is enough."""
    granted = a_grant(Payment, operations=(Operation.TRANSFER,), parties=("bank",))
    moved = leave(a_standing(granted), label_of(REVIEW), BANK, Payment, operation=Operation.TRANSFER)
    assert moved == Permit(LegalBasis.CONSENT, None, (granted.id,))
    chosen = a_standing(choice())
    answer = leave(chosen, label_of(REVIEW), BANK, Payment, operation=Operation.TRANSFER)
    assert codes_of(answer) == ["OBQ114"]


@pytest.mark.clause("SHARE-3")
def test_a_choice_is_about_its_business_case_and_no_other() -> None:
    """One without a case is about values without one; a value of two orders was chosen for neither alone."""
    for matter, matters, permitted in (
        ("order-1", {"order-1"}, True),
        ("order-1", {"order-2"}, False),
        ("order-1", {"order-1", "order-2"}, False),
        ("order-1", {""}, False),
        ("order-1", {"", "order-1"}, False),
        ("", {""}, True),
        ("", {"order-1"}, False),
        ("", {"", "order-1"}, False),
    ):
        label = label_of(REVIEW, matters=frozenset(matters))
        answer = leave(a_standing(choice(matter=matter)), label, BANK, Payment)
        assert isinstance(answer, Permit) == permitted, (matter, matters)


# ── Across the border ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CROSS-1")
def test_what_crosses_the_border_needs_both_consents_and_ends_with_the_first() -> None:
    """Both are missed where both are missing, and one consent may be both."""
    across = {"level": Level.SEPARATE, "regions": ("SG",)}
    closed, missing = Reason("OBQ121", "name", "orders", "SG"), Reason("OBQ114", "name", "orders")
    assert leave(a_standing(), label_of(NAME), ABROAD) == Deny([closed, missing])
    assert leave(a_standing(share(ABROAD)), label_of(NAME), ABROAD) == Deny([closed])
    border = to_share(number=1, valid_until=NOW + 3 * DAY, **across)
    assert leave(a_standing(border), label_of(NAME), ABROAD) == Deny([missing])
    named = share(ABROAD, valid_until=NOW + 4 * DAY)
    answer = leave(a_standing(named, border), label_of(NAME), ABROAD)
    assert answer == Permit(LegalBasis.CONSENT, NOW + 3 * DAY, (named.id, border.id))
    one = share(ABROAD, **across)
    assert leave(a_standing(one), label_of(NAME), ABROAD) == Permit(LegalBasis.CONSENT, TERM_ENDS, (one.id,))
    weak = attrs.evolve(one, level=Level.EXPRESS)
    assert leave(a_standing(weak), label_of(NAME), ABROAD) == Deny([closed])


@pytest.mark.clause("CROSS-1")
def test_a_store_abroad_is_asked_for_by_region() -> None:
    """At home, or where no region is named, nothing is; the permit to collect ends with that consent."""
    grant = a_grant(Orders)
    abroad = a_grant(Orders, number=1, level=Level.SEPARATE, regions=("SG",), valid_until=NOW + DAY)
    for region in ("", "CN"):
        asked = Request(Operation.COLLECT, Orders, region=region)
        answer = decide(SHOP, a_standing(grant), label_of(NAME), asked, NOW)
        assert answer == Permit(LegalBasis.CONSENT, None, (grant.id,))
    asked = Request(Operation.COLLECT, Orders, region="SG")
    closed = Reason("OBQ121", "name", "orders", "SG")
    assert decide(SHOP, a_standing(grant), label_of(NAME), asked, NOW) == Deny([closed])
    assert decide(SHOP, a_standing(), label_of(NAME), asked, NOW) == Deny([closed, Reason("OBQ114", "name", "orders")])
    both = decide(SHOP, a_standing(grant, abroad), label_of(NAME), asked, NOW)
    assert both == Permit(LegalBasis.CONSENT, NOW + DAY, (grant.id,))
    us = a_standing(grant, attrs.evolve(abroad, regions=("US",)))
    assert decide(SHOP, us, label_of(NAME), asked, NOW) == Deny([closed])


@pytest.mark.clause("CROSS-1", "CHANGE-1")
def test_a_home_that_moved_is_abroad_for_who_has_not_agreed_to_it() -> None:
    """What was collected at the old home stays there until its subject agrees to the version that moved."""
    here, there = recipient("here", region="SG"), recipient("there", region="CN")
    then = shop(version="2", recipients=(here, there))
    now = shop(home_region="SG", recipients=(here, there))
    now = now.with_archive({"2": former_of(then.dumps())})
    label = label_of(NAME, versions=frozenset({"2"}))
    old = a_standing(to_share("here", "there", version="2"))
    for to, region in ((here, "SG"), (there, "CN")):
        answer = leave(old, label, to, policy=now)
        assert answer == Deny([Reason("OBQ121", "name", "orders", region)])
    agreed = a_standing(to_share("here", "there", version="2"), an_event(EventKind.AGREE, number=5))
    assert isinstance(leave(agreed, label, here, policy=now), Permit)
    assert codes_of(leave(agreed, label, there, policy=now)) == ["OBQ121"]


# ── Disclosure ────────────────────────────────────────────────────────────────────────────────────────────


def published(*items: str, matter: str = "", number: int = 7, at: dt.datetime = NOW - DAY) -> Any:
    return an_event(EventKind.PUBLISH, number=number, items=items, matter=matter, method="posted", at=at)


def disclose(standing: Standing, label: Any, policy: Policy = SHOP, **more: Any) -> Permit | Deny:
    return leave(standing, label, None, Reviews, operation=Operation.DISCLOSE, policy=policy, **more)


@pytest.mark.clause("SHARE-7", "PROT-4")
def test_disclosure_rests_on_the_subjects_act_or_on_express_consent() -> None:
    """The act is about the item and, for a value of a business case, about that case."""
    label = label_of(REVIEW)
    act = Permit(LegalBasis.OWN_ACT, None)
    assert disclose(a_standing(published("review")), label) == act
    refused = Deny([Reason("OBQ136", "review", "reviews"), Reason("OBQ114", "review", "reviews")])
    assert disclose(a_standing(), label) == refused
    assert disclose(a_standing(published("name")), label) == refused
    assert disclose(a_standing(published("review", matter="order-1")), label) == refused
    of_order = label_of(REVIEW, matters=frozenset({"order-1"}))
    assert disclose(a_standing(published("review")), of_order) == refused
    assert disclose(a_standing(published("review", matter="order-2")), of_order) == refused
    assert disclose(a_standing(published("review", matter="order-1")), of_order) == act
    of_two = label_of(REVIEW, matters=frozenset({"", "order-1"}))
    one, two = published("review", matter="order-1"), published("review", number=8)
    assert disclose(a_standing(one), of_two) == disclose(a_standing(two), of_two) == refused
    assert disclose(a_standing(one, two), of_two) == act
    for level, codes in ((Level.GENERAL, ["OBQ113", "OBQ136"]), (Level.EXPRESS, [])):
        consent = a_grant(Reviews, operations=(Operation.DISCLOSE,), level=level)
        assert sorted(codes_of(disclose(a_standing(consent), label))) == codes
    assert disclose(a_standing(), label, deidentified=True) == Permit(LegalBasis.NON_PERSONAL, None)
    device = leave(a_standing(), label_of(DEVICE), None, operation=Operation.DISCLOSE)
    assert device == Permit(LegalBasis.NON_PERSONAL, None)


@pytest.mark.clause("SHARE-7", "PROT-4", "USE-22")
def test_an_act_makes_public_what_was_there_and_not_what_is_collected_later() -> None:
    """At the instant of collecting it is early enough; what comes from the public is out there anyway."""
    act = a_standing(published("review", at=NOW - DAY))
    for newest, sources, permitted in (
        (NOW - DAY, {Source()}, True),
        (NOW - DAY + TICK, {Source()}, False),
        (NOW - DAY + TICK, {Source(SourceKind.PUBLIC)}, True),
        (NOW - DAY + TICK, {Source(SourceKind.PUBLIC), Source()}, False),
    ):
        label = label_of(REVIEW, collected=(START, newest), sources=frozenset(sources))
        assert isinstance(disclose(act, label), Permit) == permitted
    assert isinstance(disclose(a_standing(), label_of(REVIEW, sources=frozenset({Source(SourceKind.PUBLIC)}))), Deny)


@pytest.mark.clause("MINOR-2", "SHARE-7")
def test_a_minors_own_act_makes_nothing_public_where_the_guardian_has_to_agree() -> None:
    """Neither before majority nor under a policy that asks the guardian; an adult's act does."""
    policy = shop(minors=Minors(guardian_operations=frozenset({"disclose"})))
    for of, born, permitted in (
        (policy, EIGHTEEN, False),
        (policy, dt.date(1990, 1, 1), True),
        (SHOP, EIGHTEEN, True),
    ):
        standing = a_standing(published("review"), born=born)
        answer = disclose(standing, label_of(REVIEW), of, at=NOW - TICK)
        assert isinstance(answer, Permit) == permitted
    guarded = a_grant(Reviews, actor=GUARDIAN, operations=(Operation.DISCLOSE,))
    answer = disclose(a_standing(guarded, born=EIGHTEEN), label_of(REVIEW), policy, at=NOW - TICK)
    assert answer == Permit(LegalBasis.GUARDIAN_CONSENT, NOW, (guarded.id,))


# ── Which consents count ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-1")
def test_a_consent_to_another_recipient_or_region_hides_none_before_it() -> None:
    """The newest consent is looked at first, and the others after it."""
    standing = a_standing(share(CARRIER, number=1), share(SDK, number=2, at=START + DAY))
    assert codes_of(leave(standing, label_of(NAME), CARRIER)) == []
    assert codes_of(leave(standing, label_of(NAME), SDK)) == []


@pytest.mark.clause("USE-8")
@pytest.mark.parametrize(
    ("sources", "permitted"),
    [
        ([Source(SourceKind.PERSON, GUARDIAN)], True),
        ([Source(SourceKind.PERSON, "7" * 32)], False),
        ([Source(SourceKind.THIRD_PARTY, GUARDIAN)], False),
        ([Source()], False),
        ([Source(SourceKind.PERSON, GUARDIAN), Source()], False),
        ([Source(SourceKind.PERSON, GUARDIAN), Source(SourceKind.PERSON, "7" * 32)], False),
    ],
    ids=["who attested", "another", "a party of that name", "the subject", "and the subject", "and another"],
)
def test_an_attestation_counts_for_what_that_person_provided_alone(sources: list[Source], *, permitted: bool) -> None:
    """Every source of the value has to be the person who attested."""
    attested = an_event(EventKind.ATTEST, Orders, actor=GUARDIAN)
    answer = ask(a_standing(attested), label_of(NAME, sources=frozenset(sources)), Orders)
    expected = Permit(LegalBasis.AUTHORISED, None, (attested.id,))
    assert answer == (expected if permitted else Deny([Reason("OBQ114", "name", "orders")]))


@pytest.mark.clause("SHARE-6")
def test_a_consent_from_the_moment_of_a_declined_succession_is_not_carried_over() -> None:
    """One tick later it is a new one."""
    declined = an_event(EventKind.SUCCEED, number=1, at=START, parties=("buyer",), method="declined")
    assert ask(a_standing(a_grant(Orders), declined), label_of(NAME), Orders) == Deny(
        [Reason("OBQ122", "name", "orders")]
    )
    later = a_standing(a_grant(Orders, at=START + TICK), declined)
    assert codes_of(ask(later, label_of(NAME), Orders)) == []


@pytest.mark.clause("MINOR-2")
@pytest.mark.parametrize(
    ("guarded", "born", "codes"),
    [({"use"}, EIGHTEEN, ["OBQ113"]), (set[str](), EIGHTEEN, []), ({"use"}, dt.date(2005, 2, 28), ["OBQ110"])],
    ids=["guarded", "not guarded", "of age"],
)
def test_a_guardian_agrees_expressly_where_the_policy_asks_for_it(
    guarded: set[str], born: dt.date, codes: list[str]
) -> None:
    """Consent to the policy as a whole is not enough for a minor, and is for everybody else."""
    policy = a_policy(minors=Minors(guardian_operations=frozenset(guarded)))
    guardian = a_standing(a_grant(Orders, actor=GUARDIAN, level=Level.GENERAL), born=born)
    assert codes_of(ask(guardian, label_of(NAME), Orders, policy=policy, at=NOW - TICK)) == codes
    adult = a_standing(a_grant(Orders, level=Level.GENERAL))
    assert codes_of(ask(adult, label_of(NAME), Orders, policy=policy)) == []


@pytest.mark.clause("MINOR-2")
def test_what_a_minor_cannot_do_alone_is_told_and_by_age_of_now() -> None:
    """Only for the operations that the policy names."""
    policy = a_policy(minors=Minors(guardian_operations=frozenset({"use"})))
    own = a_standing(a_grant(Orders, at=NOW - 9 * DAY), born=EIGHTEEN)
    answer = ask(own, label_of(NAME), Orders, policy=policy, at=NOW - TICK)
    assert answer == Deny([Reason("OBQ137", "name", "orders")])
    assert codes_of(ask(own, label_of(NAME), Orders, policy=policy)) == []
    collected = ask(own, label_of(NAME), Orders, policy=policy, at=NOW - TICK, operation=Operation.COLLECT)
    assert codes_of(collected) == []


@pytest.mark.clause("DEF-3")
def test_the_oldest_part_tells_whether_a_value_is_a_childs() -> None:
    """A value that was put together later does not grow up by that."""
    policy = a_policy(levels={Category.CHILD: Level.SEPARATE})
    standing = a_standing(a_grant(Orders, Marketing, actor=GUARDIAN), born=FIFTEEN)
    label = label_of(CARD, collected=(NOW - TICK, NOW + DAY))
    assert codes_of(ask(standing, label, Orders, policy=policy, at=NOW + DAY)) == ["OBQ113"]


@pytest.mark.clause("USE-4")
def test_only_a_consent_of_the_subjects_is_built_on_and_the_longest_counts() -> None:
    """A choice of a recipient or the word of somebody else is no consent to the purpose that another needs."""
    login = a_grant(FaceLogin, number=9)
    for kind, actor in ((EventKind.CHOOSE, SUBJECT), (EventKind.ATTEST, GUARDIAN)):
        standing = a_standing(login, an_event(kind, Account, actor=actor))
        assert codes_of(ask(standing, label_of(FACE), FaceLogin)) == ["OBQ107"]
        assert not live(POLICY, standing, Account, NOW)
    for operations in ((Operation.SHARE,), (Operation.COLLECT,)):
        standing = a_standing(login, a_grant(Account, operations=operations))
        assert codes_of(ask(standing, label_of(FACE), FaceLogin)) == ["OBQ107"]
    accounts = [
        a_grant(Account, number=n, at=START + n * TICK, valid_until=NOW + days * DAY)
        for n, days in enumerate((1, 3, 2))
    ]
    answer = ask(a_standing(login, *accounts), label_of(FACE), FaceLogin)
    assert answer == Permit(LegalBasis.CONSENT, NOW + 3 * DAY, (login.id, accounts[1].id))


@pytest.mark.clause("USE-6")
def test_a_cancelled_account_refuses_what_builds_on_another_purpose_too() -> None:
    """Both reasons are told."""
    grants = [a_grant(Account, number=1), a_grant(FaceLogin, number=2)]
    standing = a_standing(*grants, an_event(EventKind.CLOSE, number=3, at=NOW))
    assert ask(standing, label_of(FACE), FaceLogin) == Deny(
        [Reason("OBQ135", "face", "face-login"), Reason("OBQ107", "", "face-login", "account")]
    )


@pytest.mark.clause("USE-6", "USE-24")
def test_nothing_is_consented_to_after_the_end() -> None:
    """Of the account, or of the operations; the first is named where both are over."""
    closed = an_event(EventKind.CLOSE, number=1)
    ceased = an_event(EventKind.CEASE, number=2)
    for events, words in (
        ([closed], "the account was cancelled"),
        ([ceased], "operations have ceased"),
        ([closed, ceased], "the account was cancelled"),
    ):
        problem = consent_problem(
            POLICY, a_standing(*events), (Orders,), level=Level.EXPRESS, by_guardian=False, at=NOW
        )
        assert problem is not None
        assert (problem.purpose, problem.problem) == ("orders", words)


@pytest.mark.clause("MINOR-1")
@pytest.mark.parametrize(
    ("born", "at", "words", "of_age"),
    [
        (FIFTEEN, NOW - TICK, "child", False),
        (FIFTEEN, NOW, "", False),
        (EIGHTEEN, NOW - TICK, "", False),
        (EIGHTEEN, NOW, "", True),
        (None, NOW, "birth date unknown", False),
    ],
)
def test_who_acts_alone_and_who_is_of_age(born: dt.date | None, at: dt.datetime, words: str, *, of_age: bool) -> None:
    """On either side of each birthday; an unknown age counts as the policy says."""
    assert too_young(POLICY.minors, born, at) == words
    assert is_of_age(POLICY.minors, born, at) == of_age
    if born is None:
        assert too_young(Minors(unknown="adult"), born, at) == ""
        assert is_of_age(Minors(unknown="adult"), born, at)


# ── Versions ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2", "SHARE-1", "CHANGE-1")
@pytest.mark.parametrize(
    ("then", "codes"),
    [
        (shop(version="2"), []),
        (shop(version="2", recipients=[one for one in DECLARED if one is not CARRIER]), ["OBQ112"]),
        (
            shop(
                version="2",
                purposes=[
                    basic(Orders, necessary=[NAME], optional=[CARD, DEVICE], shared=[CARD, DEVICE]),
                    *SHOP.purposes[1:],
                ],
            ),
            ["OBQ112"],
        ),
    ],
    ids=["nothing", "a recipient", "what is shared"],
)
def test_a_consent_to_share_covers_recipient_and_item_as_they_were_declared_then(
    then: Policy, codes: list[str]
) -> None:
    """Where nothing changed it goes on; whoever is new, or gets something new, is asked for anew."""
    now = SHOP.with_archive({"2": former_of(then.dumps())})
    standing = a_standing(share(CARRIER, version="2"))
    assert codes_of(leave(standing, label_of(NAME), CARRIER, policy=now)) == codes
    agreed = a_standing(share(CARRIER, version="3"))
    assert codes_of(leave(agreed, label_of(NAME), CARRIER, policy=now)) == []


@pytest.mark.clause("USE-2", "SHARE-4", "CHANGE-1")
def test_an_affiliate_that_is_new_needs_a_consent_of_the_version_that_declares_it() -> None:
    """The consent need not name it, and has to know of it."""
    without = shop(version="2", recipients=[one for one in DECLARED if one is not SISTER])
    for then, codes in ((without, ["OBQ112"]), (shop(version="2"), [])):
        now = SHOP.with_archive({"2": former_of(then.dumps())})
        assert codes_of(leave(a_standing(a_grant(Orders, version="2")), label_of(NAME), SISTER, policy=now)) == codes
        assert codes_of(leave(a_standing(a_grant(Orders)), label_of(NAME), SISTER, policy=now)) == []
