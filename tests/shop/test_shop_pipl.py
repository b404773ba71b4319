"""The stricter profile: it differs from the shop by declarations only, and each difference can be felt."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from market_world import CARD, DAY, NAME, PHONE, START, HandClock, adult, market

from obq_privacy import Actor, EventKind, Invoked, LegalBasis, Level, Operation, Policy, Sensitivity, shop
from obq_privacy.errors import ApprovalMissing, AskedTooSoon, BasisNotCovering, ConsentTooWeak, Denied, GuardianRequired
from obq_privacy.shop import items as i
from obq_privacy.shop import pipl
from obq_privacy.shop import purposes as p
from obq_privacy.shop import recipients as r

if TYPE_CHECKING:
    from collections.abc import Callable

SAME = ("purposes", "items", "recipients", "sources", "retention", "controller", "home_region", "contact")
OTHER = ("version", "levels", "minors", "exemptions", "refusal_rest", "machine_refusal")
REST = ("smallest_group", "answer_within")

FOURTEEN = date(2012, 11, 2)
"""Born so that the age of 14 is reached on the day when the shop opens."""


def shut(use: Callable[[], object], reason: type[Denied]) -> None:
    """Make sure that something is refused, for this reason among others."""
    with pytest.raises(Denied) as caught:
        use()
    assert reason.code in caught.value.codes


@pytest.mark.parametrize("part", SAME + REST)
def test_what_the_profile_shares_with_the_shop(part: str) -> None:
    """The same objects: code that runs on the one policy runs on the other."""
    assert getattr(pipl.POLICY, part) == getattr(shop.POLICY, part)


@pytest.mark.parametrize("part", OTHER)
def test_what_the_profile_declares_otherwise(part: str) -> None:
    """Six parts of the policy, each of which has to be different."""
    assert getattr(pipl.POLICY, part) != getattr(shop.POLICY, part)


def test_the_profile_is_a_policy_and_nothing_but_declarations() -> None:
    """No part is left that is neither the same nor said to differ, and the module defines no class of policy."""
    parts = {name for name in Policy.__slots__ if not name.startswith("_")}
    assert parts == {*SAME, *OTHER, *REST}
    assert type(pipl.POLICY) is type(shop.POLICY)


def test_consent_is_never_weaker_than_in_the_shop() -> None:
    """For every item and every operation."""
    for item in shop.POLICY.items:
        for operation in Operation:
            ours = shop.POLICY.level(item, item.sensitivity, operation)
            strict = pipl.POLICY.level(item, item.sensitivity, operation)
            assert strict >= ours
            if item.sensitivity is Sensitivity.SENSITIVE:
                assert strict is Level.SEPARATE


def test_every_exemption_that_is_left_has_its_ground() -> None:
    """The profile adds none and widens none."""
    assert {one.basis for one in pipl.EXEMPTIONS} == set(pipl.BASES)
    assert set(pipl.EXEMPTIONS) < set(shop.POLICY.exemptions)


def test_every_difference_names_its_article() -> None:
    """And says what differs, once."""
    assert len({one.what for one in pipl.DIFFERENCES}) == len(pipl.DIFFERENCES)
    assert all(one.article for one in pipl.DIFFERENCES)


def test_sensitive_items_need_a_consent_of_their_own() -> None:
    """What the shop does under a consent to several purposes, the profile does under a separate one only."""
    with market(policy=pipl.POLICY) as guard:
        payer = adult(guard, p.Payment, p.Membership)
        shut(lambda: payer.collect(i.CARD_EXPIRY, "04/29"), ConsentTooWeak)
        assert payer.collect(i.PAYER_PHONE, PHONE).reveal(p.Payment) == PHONE
        payer.grant(p.Payment, level=Level.SEPARATE)
        assert payer.collect(i.CARD_EXPIRY, "04/29").reveal(p.Payment) == "04/29"


def test_steps_count_as_data_on_health() -> None:
    """They are personal in the shop, and need a separate consent here."""
    with market(policy=pipl.POLICY) as guard:
        member = adult(guard, p.StepServices, p.Membership)
        shut(lambda: member.collect(i.STEPS, 8_000), ConsentTooWeak)
        member.permission_changed("steps", on=True)
        assert member.collect(i.STEPS, 8_000).reveal(p.StepServices) == 8_000


def test_sharing_needs_a_consent_of_its_own() -> None:
    """To share with logistics, express consent in the shop; a separate one here."""
    with market(policy=pipl.POLICY) as guard:
        buyer = adult(guard, p.Delivery)
        address = buyer.collect(i.CONSIGNEE_NAME, NAME)
        buyer.grant(p.Delivery, recipients=[r.CARRIER])
        shut(lambda: address.share(p.Delivery, to=r.CARRIER), ConsentTooWeak)
        buyer.grant(p.Delivery, recipients=[r.CARRIER], level=Level.SEPARATE)
        assert address.share(p.Delivery, to=r.CARRIER) == NAME


@pytest.mark.parametrize(("policy", "alone"), [(shop.POLICY, False), (pipl.POLICY, True)], ids=["shop", "pipl"])
@pytest.mark.clause("DEF-3", "MINOR-1")
def test_at_fourteen_the_shop_asks_the_guardian_and_the_law_does_not(policy: Policy, alone: bool) -> None:
    """On the birthday itself; a day younger needs the guardian under both."""
    with market(policy=policy) as guard:
        teenager = guard.subject("teenager", born=FOURTEEN)
        younger = guard.subject("younger", born=FOURTEEN + timedelta(days=1))
        with pytest.raises(GuardianRequired):
            younger.grant(p.FavouritesAndFollows)
        if not alone:
            with pytest.raises(GuardianRequired):
                teenager.grant(p.FavouritesAndFollows)
            return
        teenager.grant(p.FavouritesAndFollows)
        assert teenager.collect(i.CART, "desk lamp").label.sensitivity is Sensitivity.PERSONAL


def test_using_a_minors_data_needs_an_approval_on_record() -> None:
    """The guardian's consent is not enough for staff; with an approval they may."""
    with market(policy=pipl.POLICY) as guard:
        guardian = adult(guard, name="guardian")
        child = guard.subject("child", born=date(2016, 1, 1), guardians=[guardian])
        child.grant(p.FavouritesAndFollows, by=guardian, level=Level.SEPARATE)
        cart = child.collect(i.CART, "desk lamp")
        shut(lambda: cart.reveal(p.FavouritesAndFollows), ApprovalMissing)
        with guard.acting(Actor("staff-7", frozenset({"support"})), approval="approval-12"):
            assert cart.reveal(p.FavouritesAndFollows) == "desk lamp"


def test_nobody_is_asked_again_for_a_month_after_a_refusal() -> None:
    """Not a moment before it is over; and the shop, whose source names no rest, may ask at once."""
    clock = HandClock()
    with market(policy=pipl.POLICY, clock=clock) as guard:
        member = adult(guard)
        member.request(p.MarketingMessages)
        member.refuse(p.MarketingMessages)
        with pytest.raises(AskedTooSoon):
            member.request(p.MarketingMessages)
        clock.move_to(START + 30 * DAY - timedelta(minutes=1))
        with pytest.raises(AskedTooSoon):
            member.request(p.MarketingMessages)
        clock.move_to(START + 30 * DAY + timedelta(minutes=1))
        assert member.request(p.MarketingMessages).kind is EventKind.REQUEST
    with market() as guard:
        member = adult(guard)
        member.refuse(p.MarketingMessages)
        assert member.request(p.MarketingMessages).kind is EventKind.REQUEST


LEFT_OUT = sorted({one.basis for one in shop.POLICY.exemptions} - set(pipl.BASES), key=lambda basis: basis.value)


@pytest.mark.parametrize("basis", LEFT_OUT, ids=lambda basis: basis.value)
@pytest.mark.clause("USE-22")
def test_an_exemption_without_a_ground_cannot_be_invoked(basis: LegalBasis) -> None:
    """Whatever somebody says to justify it."""
    invoked = Invoked(basis, justification="case 9", by="counsel-3")
    with market(policy=pipl.POLICY) as guard:
        member = adult(guard, p.Membership)
        name = member.collect(i.MEMBER_NAME, "lilei")
        shut(lambda: name.reveal_under(invoked), BasisNotCovering)


@pytest.mark.clause("USE-22")
def test_an_exemption_with_a_ground_can_be_invoked() -> None:
    """In an emergency, under both policies."""
    invoked = Invoked(LegalBasis.VITAL_INTERESTS, justification="accident, case 9", by="counsel-3")
    for policy in (shop.POLICY, pipl.POLICY):
        with market(policy=policy) as guard:
            member = adult(guard, p.Membership)
            assert member.collect(i.MEMBER_NAME, "lilei").reveal_under(invoked) == "lilei"


def test_the_card_goes_to_the_chosen_bank_under_both() -> None:
    """A choice names one recipient for one order: it is as separate as a consent can be."""
    for policy in (shop.POLICY, pipl.POLICY):
        with market(policy=policy) as guard:
            payer = adult(guard)
            payer.grant(p.Payment, level=Level.SEPARATE)
            card = payer.collecting(matter="O-1").collect(i.CARD_NUMBER, CARD)
            payer.choose(p.Payment, r.BANK, matter="O-1")
            assert card.share(p.Payment, to=r.BANK) == CARD
