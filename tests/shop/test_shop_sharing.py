"""Who gets what from the shop: payment, delivery, sellers, affiliates, partners and embedded software."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from market_world import ADDRESS, CARD, NAME, PHONE, HandClock, adult, market, untyped

from obq_privacy import Actor, Agreement, Invoked, LegalBasis, Level, RecipientKind, Role, SecurityCheck
from obq_privacy.errors import (
    ActorNotAuthorised,
    AgreementMissing,
    BasisNotCovering,
    CheckMissing,
    ChoiceMissing,
    ConsentMissing,
    Denied,
    IdentifyingRefused,
    ItemNotShared,
    PurposeNotAllowed,
    RecipientNotAllowed,
    RecipientUnknown,
)
from obq_privacy.shop import items as i
from obq_privacy.shop import policy
from obq_privacy.shop import purposes as p
from obq_privacy.shop import recipients as r

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Guard, Subject
    from obq_privacy.vocab import AnyItem, AnyRecipient

TO_INSTITUTION: dict[AnyItem, str] = {
    i.MEMBER_NAME: "lilei",
    i.PAYMENT_ACCOUNT_NAME: "Li Lei",
    i.PAYMENT_DETAILS: "O-1, 12.50",
    i.PAYMENT_DEVICE: "device-4711",
    i.LAUNDERING_DATA: "resident of Hangzhou",
}
TO_BANK: dict[AnyItem, str] = {i.CARD_NUMBER: CARD, i.CARD_EXPIRY: "04/29"}
CONSIGNEE: dict[AnyItem, str] = {i.CONSIGNEE_NAME: NAME, i.CONSIGNEE_PHONE: PHONE, i.CONSIGNEE_ADDRESS: ADDRESS}


def shut(use: Callable[[], object], reason: type[Denied]) -> None:
    """Make sure that something is refused, for this reason among others."""
    with pytest.raises(Denied) as caught:
        use()
    assert reason.code in caught.value.codes


def order(subject: Subject, values: dict[AnyItem, str], matter: str = "O-1") -> dict[AnyItem, Any]:
    """Collect what an order brings."""
    arriving = subject.collecting(matter=matter)
    return {item: arriving.collect(untyped(item), value) for item, value in values.items()}


# ── Payment ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("chosen", "values"), [(r.PAYPAL, TO_INSTITUTION), (r.BANK, TO_BANK)], ids=["paypal", "bank"])
@pytest.mark.clause("USE-13")
def test_the_chosen_payment_recipient_gets_what_it_needs(chosen: Any, values: dict[AnyItem, str]) -> None:
    """Every item that the source names goes there for this order, and not before the choice."""
    with market() as guard:
        payer = adult(guard, p.Payment)
        held = order(payer, values)
        for item in values:
            shut(partial(held[item].share, p.Payment, to=chosen), ChoiceMissing)
        payer.choose(p.Payment, chosen, matter="O-1")
        assert {item: value.share(p.Payment, to=chosen) for item, value in held.items()} == values


@pytest.mark.clause("USE-13")
def test_a_choice_is_of_one_recipient_for_one_order() -> None:
    """Not for another order, not for another recipient, and a new choice takes the place of the former one."""
    with market() as guard:
        payer = adult(guard, p.Payment)
        first = order(payer, TO_INSTITUTION)[i.PAYMENT_DETAILS]
        second = order(payer, TO_INSTITUTION, "O-2")[i.PAYMENT_DETAILS]
        payer.choose(p.Payment, r.PAYPAL, matter="O-1")
        assert first.share(p.Payment, to=r.PAYPAL)
        shut(lambda: second.share(p.Payment, to=r.PAYPAL), ChoiceMissing)
        shut(lambda: first.share(p.Payment, to=r.PAYMENT_PLATFORM), ChoiceMissing)
        payer.choose(p.Payment, r.PAYMENT_PLATFORM, matter="O-1")
        assert first.share(p.Payment, to=r.PAYMENT_PLATFORM)
        shut(lambda: first.share(p.Payment, to=r.PAYPAL), ChoiceMissing)


@pytest.mark.clause("USE-13")
def test_neither_gets_what_is_named_for_the_other() -> None:
    """The institution gets no card, the bank nothing but the card, and nobody what the purpose does not share."""
    with market() as guard:
        payer = adult(guard, p.Payment)
        held = order(payer, {**TO_INSTITUTION, **TO_BANK, i.PAYMENT_ACCOUNT: "li@example.com"})
        payer.choose(p.Payment, r.PAYPAL, matter="O-1")
        for item in TO_BANK:
            shut(partial(held[item].share, p.Payment, to=r.PAYPAL), RecipientNotAllowed)
        shut(lambda: held[i.PAYMENT_ACCOUNT].share(p.Payment, to=r.PAYPAL), ItemNotShared)
        payer.choose(p.Payment, r.BANK, matter="O-1")
        for item in TO_INSTITUTION:
            shut(partial(held[item].share, p.Payment, to=r.BANK), RecipientNotAllowed)


@pytest.mark.clause("USE-13")
def test_somebody_else_may_pay() -> None:
    """The payer's account and phone are collected for the payment, and shared with nobody for it."""
    with market() as guard:
        buyer, payer = adult(guard, p.Payment), adult(guard, name="payer")
        payer.attest(p.Payment, by=buyer)
        account = payer.collecting(matter="O-1", provided_by=buyer).collect(i.PAYER_ACCOUNT, "han@example.com")
        assert account.reveal(p.Payment) == "han@example.com"
        payer.choose(p.Payment, r.PAYPAL, matter="O-1")
        shut(lambda: account.share(p.Payment, to=r.PAYPAL), ItemNotShared)


# ── Delivery and sellers ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("carrier", [r.LOGISTICS_PLATFORM, r.CARRIER], ids=lambda one: one.key)
@pytest.mark.clause("USE-14", "SHARE-1")
def test_the_consignee_goes_to_whoever_delivers(carrier: Any) -> None:
    """Name, phone and address, with consent to share with logistics; consent to use alone is not enough."""
    with market() as guard:
        buyer = adult(guard, p.Delivery)
        held = order(buyer, CONSIGNEE)
        for item in CONSIGNEE:
            shut(partial(held[item].share, p.Delivery, to=carrier), ConsentMissing)
        buyer.grant(p.Delivery, recipients=[Role.LOGISTICS])
        assert {item: value.share(p.Delivery, to=carrier) for item, value in held.items()} == CONSIGNEE


@pytest.mark.clause("USE-14")
def test_whoever_delivers_gets_it_for_delivery_and_gets_nothing_else() -> None:
    """Not for the order as such, not the goods or the number, and nobody else gets it for delivery."""
    with market() as guard:
        buyer = adult(guard, p.Delivery, p.OrderManagement)
        buyer.grant(p.Delivery, recipients=[Role.LOGISTICS, r.SELLER])
        buyer.grant(p.OrderManagement, recipients=[Role.LOGISTICS])
        held = order(buyer, {**CONSIGNEE, i.ORDER_NUMBER: "O-1", i.DELIVERY_TIME: "evenings"})
        address = held[i.CONSIGNEE_ADDRESS]
        shut(lambda: address.share(p.OrderManagement, to=r.CARRIER), RecipientNotAllowed)
        shut(lambda: held[i.ORDER_NUMBER].share(p.Delivery, to=r.CARRIER), ItemNotShared)
        shut(lambda: held[i.DELIVERY_TIME].share(p.Delivery, to=r.CARRIER), ItemNotShared)
        shut(lambda: address.share(p.Delivery, to=untyped(r.SELLER)), RecipientNotAllowed)
        shut(lambda: address.share(untyped(p.MarketingMessages), to=r.CARRIER), PurposeNotAllowed)


@pytest.mark.clause("USE-14", "SHARE-1")
def test_a_carrier_that_the_policy_does_not_know_gets_nothing() -> None:
    """Neither a stranger nor somebody who calls himself by a known key; a declared one does."""
    stranger, impostor = r.carrier("stranger"), r.carrier("carrier")
    further = r.carrier("another-carrier")
    with market(policy=policy.build(version="2026-12", recipients=[further])) as guard:
        buyer = adult(guard, p.Delivery)
        buyer.grant(p.Delivery, recipients=[Role.LOGISTICS])
        address = order(buyer, CONSIGNEE)[i.CONSIGNEE_ADDRESS]
        shut(lambda: address.share(p.Delivery, to=stranger), RecipientUnknown)
        shut(lambda: address.share(p.Delivery, to=impostor), RecipientUnknown)
        assert address.share(p.Delivery, to=further) == ADDRESS


@pytest.mark.clause("SHARE-3")
def test_the_chosen_seller_gets_the_order() -> None:
    """What the order needs goes to the seller of the person's choice, and to no other one."""
    other = r.seller("other-seller")
    with market(policy=policy.build(version="2026-12", recipients=[other])) as guard:
        buyer = adult(guard, p.OrderManagement)
        held = order(buyer, {**CONSIGNEE, i.ORDER_GOODS: "walnut desk"})
        amount = buyer.collecting(matter="O-1").collect(i.ORDER_AMOUNT, Decimal("12.50"))
        shut(lambda: amount.share(p.OrderManagement, to=r.SELLER), ChoiceMissing)
        buyer.choose(p.OrderManagement, r.SELLER, matter="O-1")
        assert amount.share(p.OrderManagement, to=r.SELLER) == Decimal("12.50")
        assert held[i.CONSIGNEE_NAME].share(p.OrderManagement, to=r.SELLER) == NAME
        shut(lambda: held[i.CONSIGNEE_NAME].share(p.OrderManagement, to=other), ChoiceMissing)


# ── Affiliates ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-1")
def test_an_affiliate_counts_by_the_policy_that_it_follows() -> None:
    """Without one of its own it is an affiliate; with one it is a third party, and needs a contract and a consent."""
    assert r.CAIYUANBAO.standing is r.INDUSTRIAL_PRODUCTS.standing is RecipientKind.AFFILIATE
    assert r.TMALL.standing is r.ALIEXPRESS.standing is RecipientKind.THIRD_PARTY
    with market() as guard:
        member = adult(guard, p.AffiliateServices)
        name = member.collect(i.MEMBER_NAME, "lilei")
        assert name.share(p.AffiliateServices, to=r.CAIYUANBAO) == "lilei"
        shut(lambda: name.share(p.AffiliateServices, to=r.TMALL), ConsentMissing)
        member.grant(p.AffiliateServices, recipients=[r.TMALL])
        assert name.share(p.AffiliateServices, to=r.TMALL) == "lilei"
        shut(lambda: name.share(p.AffiliateServices, to=r.ALIEXPRESS), ConsentMissing)


@pytest.mark.clause("DEF-1")
def test_an_affiliate_gets_nothing_where_its_service_is_refused() -> None:
    """The consent to the purpose is the border: refused, nothing goes to anybody."""
    with market() as guard:
        member = adult(guard, p.AffiliateServices, p.Membership)
        name = member.collect(i.MEMBER_NAME, "lilei")
        member.refuse(p.AffiliateServices)
        for affiliate in (r.CAIYUANBAO, r.TMALL):
            with pytest.raises(Denied):
                name.share(p.AffiliateServices, to=affiliate)
        assert name.reveal(p.Membership) == "lilei"


# ── Partners and embedded software ────────────────────────────────────────────────────────────────────────


def watched(guard: Guard, *parties: AnyRecipient) -> Any:
    """Give a device identifier that may go to these, as far as consent goes."""
    member = adult(guard, p.SecurityAndFraudPrevention)
    if parties:
        member.grant(p.SecurityAndFraudPrevention, recipients=parties)
    return member.collect(i.IMEI, "490154203237518")


@pytest.mark.clause("COOK-3")
def test_a_checked_sdk_gets_what_it_is_for() -> None:
    """Registered and checked: the security SDK gets device data for security, and nothing for anything else."""
    with market() as guard:
        imei = watched(guard)
        assert imei.share(p.SecurityAndFraudPrevention, to=r.SECURITY_SDK) == "490154203237518"
        shut(lambda: imei.share(untyped(p.AccountSecurityLog), to=r.SECURITY_SDK), RecipientNotAllowed)


CHECKS = [
    (None, False),
    (SecurityCheck(date(2025, 1, 1), date(2026, 11, 1)), False),
    (SecurityCheck(date(2025, 1, 1), date(2026, 11, 2)), True),
    (SecurityCheck(date(2026, 11, 2), date(2027, 11, 1)), True),
    (SecurityCheck(date(2026, 11, 3), date(2027, 11, 1)), False),
]


@pytest.mark.parametrize(("check", "good"), CHECKS, ids=["none", "lapsed", "last day", "first day", "not yet"])
@pytest.mark.clause("COOK-3")
def test_an_sdk_without_a_check_in_force_gets_nothing(check: SecurityCheck | None, good: bool) -> None:
    """Unchecked, lapsed or not yet checked: refused. Both days of the check count."""
    institution = r.payment_institution("paypal", check=check)
    with market(policy=policy.build(version="2026-12", recipients=[institution])) as guard:
        payer = adult(guard, p.Payment)
        details = order(payer, TO_INSTITUTION)[i.PAYMENT_DETAILS]
        payer.choose(p.Payment, institution, matter="O-1")
        if good:
            assert details.share(p.Payment, to=institution)
        else:
            shut(lambda: details.share(p.Payment, to=institution), CheckMissing)


@pytest.mark.clause("COOK-3")
def test_a_check_lapses_while_the_shop_is_open() -> None:
    """At the end of the last day in the shop's zone, without anybody doing anything."""
    institution = r.payment_institution("paypal", check=SecurityCheck(date(2026, 1, 1), date(2026, 11, 2)))
    clock = HandClock()
    with market(policy=policy.build(version="2026-12", recipients=[institution]), clock=clock) as guard:
        payer = adult(guard, p.Payment)
        details = order(payer, TO_INSTITUTION)[i.PAYMENT_DETAILS]
        payer.choose(p.Payment, institution, matter="O-1")
        midnight = datetime(2026, 11, 2, 16, tzinfo=UTC)
        clock.move_to(midnight - timedelta(microseconds=1))
        assert details.share(p.Payment, to=institution)
        clock.move_to(midnight)
        shut(lambda: details.share(p.Payment, to=institution), CheckMissing)


@pytest.mark.clause("COOK-3", "SHARE-5")
def test_an_sdk_that_is_not_registered_or_not_bound_gets_nothing() -> None:
    """A check alone does not make a recipient: it has to be declared, and to have signed."""
    unknown = r.payment_institution("unknown-sdk")
    unbound = r.payment_institution("unbound-sdk", agreement=None)
    lapsed = r.payment_institution("lapsed-sdk", agreement=Agreement("A-1", date(2025, 1, 1), date(2025, 12, 31)))
    with market(policy=policy.build(version="2026-12", recipients=[unbound, lapsed])) as guard:
        payer = adult(guard, p.Payment)
        details = order(payer, TO_INSTITUTION)[i.PAYMENT_DETAILS]
        shut(lambda: details.share(p.Payment, to=unknown), RecipientUnknown)
        for institution in (unbound, lapsed):
            payer.choose(p.Payment, institution, matter="O-1")
            shut(partial(details.share, p.Payment, to=institution), AgreementMissing)


@pytest.mark.clause("SHARE-5")
def test_advertising_partners_get_nothing_that_identifies() -> None:
    """Not under a general consent to them as a kind, but under a separate one that names the partner."""
    with market() as guard:
        member = adult(guard, p.PartnerAudiences)
        tag = member.collect(i.PREFERENCE_TAGS, "walnut")
        shut(lambda: tag.share(p.PartnerAudiences, to=r.ADVERTISING_PARTNER), IdentifyingRefused)
        member.grant(p.PartnerAudiences, recipients=[r.ADVERTISING_PARTNER], level=Level.SEPARATE)
        assert tag.share(p.PartnerAudiences, to=r.ADVERTISING_PARTNER) == "walnut"
        shut(lambda: tag.share(p.PartnerAudiences, to=r.ANALYTICS_PARTNER), IdentifyingRefused)


# ── By law ────────────────────────────────────────────────────────────────────────────────────────────────

ORDERED = Invoked(LegalBasis.LEGAL_OBLIGATION, justification="court order 17/2026", by="counsel-3")


@pytest.mark.clause("SHARE-2")
def test_what_the_law_demands_goes_to_the_authority() -> None:
    """Invoked by name, by somebody of the legal department: yes. Without the basis, or without the role: no."""
    with market() as guard:
        member = adult(guard, p.Membership)
        name = member.collect(i.MEMBER_NAME, "lilei")
        shut(lambda: name.share(p.StatutorySharing, to=r.AUTHORITY, under=ORDERED), ActorNotAuthorised)
        with guard.acting(Actor("counsel-3", frozenset({"legal"}))):
            assert name.share(p.StatutorySharing, to=r.AUTHORITY, under=ORDERED) == "lilei"
            with pytest.raises(Denied):
                name.share(p.StatutorySharing, to=r.AUTHORITY)
            news = Invoked(LegalBasis.NEWS, justification="a report", by="counsel-3")
            shut(lambda: name.share(p.StatutorySharing, to=r.AUTHORITY, under=news), BasisNotCovering)


@pytest.mark.clause("SHARE-7")
def test_a_serious_violation_is_made_known_on_its_own_ground() -> None:
    """The seller did not consent: the ground, invoked, discloses what the notice needs, and does not share it."""
    with market() as guard:
        seller = adult(guard, p.SellerVerification, p.SecurityAndFraudPrevention)
        store = seller.collect(i.STORE_INFORMATION, "Li's desks")
        with pytest.raises(Denied):
            store.disclose(p.ViolationNotices)
        found = Invoked(LegalBasis.SERIOUS_VIOLATION, justification="counterfeits, case 9", by="counsel-3")
        assert store.disclose(p.ViolationNotices, under=found) == "Li's desks"
        shut(lambda: store.share(p.ViolationNotices, to=r.PUBLIC, under=found), BasisNotCovering)
