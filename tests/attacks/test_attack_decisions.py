"""Uses that nobody agreed to, reached through what is decided, kept or noted."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import date, timedelta

import pytest
from attack_world import (
    ACCOUNTANT,
    ADVERTISER,
    AMOUNT,
    BANK,
    BROWSING,
    CARD,
    CARRIER,
    DAY,
    FACE,
    LAB,
    NAME,
    ORDER,
    REVIEW,
    START,
    THREAT,
    UNCHECKED,
    Bookkeeping,
    Delivery,
    FaceCheck,
    FaceLogin,
    HandClock,
    Payment,
    Posting,
    Recommendation,
    adult,
    untyped,
    world,
    world_policy,
)

from obq_privacy import Category, Invoked, LegalBasis, Level, Minors, Operation, Role, Sensitivity, errors


@pytest.mark.clause("DEF-3", "RIGHT-4")
def test_a_decision_about_a_grown_persons_value_does_not_open_the_value_of_the_child() -> None:
    """What was collected from a child keeps needing the level of a child, whichever value was used before it."""
    clock = HandClock()
    policy = world_policy(levels={Category.CHILD: Level.SEPARATE, Sensitivity.SENSITIVE: Level.EXPRESS})
    with world(policy=policy, clock=clock.clock) as guard:
        parent = adult(guard, name="parent")
        person = guard.subject("person", born=START.date().replace(year=2011) + 2 * DAY, guardians=[parent])
        person.grant(Payment, by=parent, level=Level.SEPARATE)
        of_child = person.collect(CARD, "of the child")
        clock.move(3 * DAY)
        person.withdraw(Payment, by=parent)
        person.grant(Payment, Delivery)
        of_grown = person.collect(CARD, "of the grown person")
        assert of_grown.reveal(Payment) == "of the grown person"
        with pytest.raises(errors.Denied):
            of_child.reveal(Payment)


@pytest.mark.clause("SHARE-7", "PROT-3")
def test_a_duty_to_keep_is_no_basis_to_make_public() -> None:
    """Disclosing has its own bases and no others; what a duty keeps is not even declared as shared."""
    with world() as guard:
        shopper = adult(guard, Delivery)
        amount = shopper.collect(AMOUNT, 1999)
        shopper.restrict()
        with guard.acting(ACCOUNTANT):
            assert amount.reveal(Bookkeeping) == 1999
            with pytest.raises(errors.Denied):
                amount.disclose(Bookkeeping)


@pytest.mark.clause("SHARE-7", "PROT-4")
def test_what_is_collected_after_a_publication_was_not_made_public_by_it() -> None:
    """The act is about values that were there; a draft of a month later is none of them."""
    clock = HandClock()
    with world(clock=clock.clock) as guard:
        shopper = adult(guard, Posting)
        published = shopper.collect(REVIEW, "good shoes")
        shopper.publish(REVIEW, act="review-1")
        assert published.disclose(Posting) == "good shoes"
        clock.move(30 * DAY)
        draft = shopper.collect(REVIEW, "a draft that nobody has seen")
        with pytest.raises(errors.NotPublished):
            draft.disclose(Posting)
        own_word = Invoked(LegalBasis.SELF_PUBLISHED, justification="review-1", by="desk")
        with pytest.raises(errors.BasisNotCovering):
            draft.reveal_under(own_word)


@pytest.mark.clause("SHARE-5")
def test_a_choice_of_a_provider_is_no_separate_consent_to_an_advertiser() -> None:
    """An advertiser needs a consent that says so; a choice of who delivers something is another act."""
    with world() as guard:
        shopper = adult(guard, Recommendation)
        browsing = shopper.collect(BROWSING, "shoes")
        with contextlib.suppress(errors.GrantInvalid):  # not recording it will do as well
            shopper.choose(Recommendation, ADVERTISER)
        with pytest.raises(errors.IdentifyingRefused):
            browsing.share(Recommendation, to=ADVERTISER)


@pytest.mark.clause("USE-13")
def test_a_consent_beside_a_choice_does_not_take_the_choice_away() -> None:
    """Whoever chose the bank and then also consents to sharing with it has still chosen it."""
    with world() as guard:
        shopper = adult(guard, Payment)
        card = shopper.collecting(matter="order-1").collect(CARD, "6222")
        shopper.choose(Payment, BANK, matter="order-1")
        shopper.grant(Payment, recipients=[BANK])
        assert card.share(Payment, to=BANK) == "6222"


@pytest.mark.clause("SHARE-5")
def test_an_advertiser_gets_no_identifying_value_by_transfer_either() -> None:
    """A consent among others that sharing refuses is not good enough under the name of a transfer."""
    with world() as guard:
        shopper = adult(guard, Recommendation)
        browsing = shopper.collect(BROWSING, "shoes")
        shopper.grant(Recommendation, recipients=[Role.ADVERTISING], operations=[Operation.SHARE, Operation.TRANSFER])
        with pytest.raises(errors.IdentifyingRefused):
            browsing.share(Recommendation, to=ADVERTISER)
        with pytest.raises(errors.IdentifyingRefused):
            browsing.transfer(Recommendation, to=ADVERTISER)


@pytest.mark.clause("COOK-3")
def test_an_invoked_basis_does_not_open_the_way_to_an_unchecked_sdk() -> None:
    """A court order is no security check."""
    with world() as guard:
        browsing = adult(guard, Recommendation).collect(BROWSING, "shoes")
        with pytest.raises(errors.CheckMissing):
            browsing.share(Recommendation, to=UNCHECKED, under=ORDER)


@pytest.mark.clause("SHARE-5")
def test_an_invoked_basis_does_not_widen_what_a_recipient_is_declared_for() -> None:
    """The carrier is there for deliveries and names; an order by law goes to whom it names, declared for that."""
    with world() as guard:
        shopper = adult(guard, Delivery, Payment)
        amount, card = shopper.collect(AMOUNT, 1999), shopper.collect(CARD, "6222")
        with pytest.raises(errors.RecipientNotAllowed):
            amount.share(Delivery, to=CARRIER, under=ORDER)
        with pytest.raises(errors.RecipientNotAllowed):
            card.share(Payment, to=untyped(CARRIER), under=ORDER)


@pytest.mark.clause("USE-4")
def test_a_consent_to_share_alone_is_not_what_another_function_builds_on() -> None:
    """Login with the face builds on the check of the face being agreed to, not on a laboratory getting it."""
    with world() as guard:
        shopper = adult(guard)
        shopper.grant(FaceCheck, recipients=[LAB])
        with pytest.raises(errors.RequiredConsentMissing):
            shopper.grant(FaceLogin)
        with pytest.raises(errors.Denied):
            shopper.collect(FACE, "face")


@pytest.mark.clause("SHARE-6")
def test_a_successor_that_declined_inherits_no_consent_that_was_given_before() -> None:
    """Also not the second of two that were given within one tick, which the ledger dates a tick later."""
    with world() as guard:
        shopper = adult(guard, Delivery)
        shopper.grant(Payment)
        name = shopper.collect(NAME, "Li Lei")
        guard.succession("buyer", accepted=False)
        with pytest.raises(errors.ConsentNotCarried):
            name.reveal(Delivery)
        with pytest.raises(errors.ConsentNotCarried):
            name.reveal(Payment)


@pytest.mark.clause("SHARE-6")
def test_a_clock_that_was_set_back_does_not_carry_consents_to_a_successor() -> None:
    """`withdraw` stands a clock that runs backwards; an end for everybody has to as well."""
    clock = HandClock()
    with world(clock=clock.clock) as guard:
        name = adult(guard, Delivery).collect(NAME, "Li Lei")
        clock.move(-timedelta(seconds=1))
        guard.succession("buyer", accepted=False)
        with pytest.raises(errors.ConsentNotCarried):
            name.reveal(Delivery)


@pytest.mark.clause("PROT-1")
def test_a_task_that_outlives_the_block_does_not_keep_the_role() -> None:
    """`acting` lets somebody act within the block."""

    async def late() -> int:
        await asyncio.sleep(0.01)
        return amount.reveal(Bookkeeping)

    async def begun_within() -> int:
        with guard.acting(ACCOUNTANT):
            task = asyncio.create_task(late())
        return await task

    with world() as guard:
        amount = adult(guard, Delivery).collect(AMOUNT, 1999)
        with pytest.raises(errors.ActorNotAuthorised):
            asyncio.run(begun_within())


@pytest.mark.clause("PROT-1")
def test_an_approval_that_was_needed_is_in_the_record_of_an_invoked_basis() -> None:
    """Both are recorded: on whose approval, and on what basis."""
    with world(policy=world_policy(minors=Minors(approval=True))) as guard:
        parent = adult(guard, name="parent")
        child = guard.subject("child", born=date(2018, 1, 1), guardians=[parent])
        child.grant(Delivery, by=parent)
        name = child.collect(NAME, "Xiaoyu")
        with pytest.raises(errors.ApprovalMissing), guard.acting(ACCOUNTANT, approval=" "):
            name.reveal_under(THREAT)
        with guard.acting(ACCOUNTANT, approval="ticket-5"):
            assert name.reveal_under(THREAT) == "Xiaoyu"
        (entry,) = guard.audit.entries(operation="use", outcome="permit")
        said = f"{entry.actor} {entry.justification}"
        assert "agent-7" in said
        assert "ticket-5" in said
