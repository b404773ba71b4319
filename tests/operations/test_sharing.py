"""Who gets what: consent to share, agreements, checks, choices, affiliates, borders (section 3 of the policy)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from market import (
    ABROAD,
    ADDRESS,
    ADVERTISER,
    AMOUNT,
    BANK,
    BROWSING,
    BUYER,
    CARD,
    CARRIER,
    COURT,
    COUSIN,
    NAME,
    OTHER_BANK,
    OTHER_CARRIER,
    SDK,
    SISTER,
    STRANGER,
    UNBOUND,
    UNCHECKED,
    UNTIL,
    Delivery,
    HandClock,
    Payment,
    Posting,
    Recommendation,
    adult,
    market,
    market_policy,
    midnight,
    untyped,
)

from obq_privacy import Clock, Invoked, LegalBasis, Level, Operation, Recipient, RecipientKind, Role, combine, errors

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy import Guard, Personal

NOBODY = Invoked(LegalBasis.LEGAL_OBLIGATION, justification="order 2026-17 of the court", by="legal-desk")


def delivered(guard: Guard) -> Personal[str, Delivery | Payment | Any]:
    """Give a name that may be used for delivery."""
    return adult(guard, Delivery).collect(NAME, "Li Lei")


@pytest.mark.clause("SHARE-1")
def test_consent_to_use_is_no_consent_to_share() -> None:
    """Sharing is decided by itself: it needs a consent that names the recipient or its role."""
    with market() as guard:
        name = delivered(guard)
        assert name.reveal(Delivery) == "Li Lei"
        with pytest.raises(errors.ConsentMissing) as refused:
            name.share(Delivery, to=CARRIER)
        assert (refused.value.operation, refused.value.items) == ("share", ("name",))
        shopper = guard.subject("shopper")
        consent = shopper.grant(Delivery, recipients=[CARRIER])
        assert name.share(Delivery, to=CARRIER) == "Li Lei"
        with pytest.raises(errors.ConsentMissing):
            name.share(Delivery, to=OTHER_CARRIER)
        shopper.grant(Delivery, recipients=[Role.LOGISTICS])
        assert name.share(Delivery, to=OTHER_CARRIER) == "Li Lei"
        shopper.withdraw(consent=consent)
        assert name.share(Delivery, to=CARRIER) == "Li Lei", "the role is named still"
        assert name.reveal(Delivery) == "Li Lei"


@pytest.mark.clause("SHARE-1", "RIGHT-4")
def test_withdrawing_one_consent_to_share_leaves_the_use() -> None:
    """And withdrawing the purpose ends both."""
    with market() as guard:
        name = delivered(guard)
        shopper = guard.subject("shopper")
        consent = shopper.grant(Delivery, recipients=[CARRIER])
        shopper.withdraw(consent=consent)
        with pytest.raises(errors.ConsentWithdrawn):
            name.share(Delivery, to=CARRIER)
        assert name.reveal(Delivery) == "Li Lei"
        shopper.grant(Delivery, recipients=[CARRIER])
        shopper.withdraw(Delivery)
        with pytest.raises(errors.ConsentWithdrawn):
            name.share(Delivery, to=CARRIER)
        with pytest.raises(errors.ConsentWithdrawn):
            name.reveal(Delivery)


@pytest.mark.clause("SHARE-1")
def test_nobody_gets_anything_whom_the_policy_does_not_declare() -> None:
    """Not even with consent by that name, and not under the key of a recipient that it declares."""
    with market() as guard:
        name = delivered(guard)
        guard.subject("shopper").grant(Delivery, recipients=[STRANGER, CARRIER])
        twin = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER, agreement=CARRIER.agreement)
        for nobody in (STRANGER, twin):
            with pytest.raises(errors.RecipientUnknown) as refused:
                name.share(Delivery, to=nobody)
            assert refused.value.detail == nobody.key


@pytest.mark.clause("USE-14", "SHARE-5")
def test_a_recipient_gets_its_items_for_its_purposes_and_for_nothing_else() -> None:
    """The carrier gets name and address for delivery: no amount, and nothing for payment."""
    with market() as guard:
        shopper = adult(guard, Delivery, Payment)
        shopper.grant(Delivery, recipients=[CARRIER])
        address, amount = shopper.collect(ADDRESS, "1 Canary Row"), shopper.collect(AMOUNT, 1999)
        assert address.share(Delivery, to=CARRIER) == "1 Canary Row"
        with pytest.raises(errors.RecipientNotAllowed):
            amount.share(Delivery, to=CARRIER)
        name = shopper.collect(NAME, "Li Lei")
        with pytest.raises(errors.RecipientNotAllowed):
            name.share(Payment, to=untyped(CARRIER))
        label = combine("{}, {}".format, name, address)
        assert label.share(Delivery, to=CARRIER) == "Li Lei, 1 Canary Row"
        with pytest.raises(errors.RecipientNotAllowed):
            combine("{} {}".format, name, amount).share(Delivery, to=CARRIER)


@pytest.mark.clause("SHARE-5")
def test_without_an_agreement_in_force_nothing_is_shared() -> None:
    """Both days of an agreement belong to it, where the market is."""
    clock = HandClock()
    with market(clock=clock.clock) as guard:
        name = delivered(guard)
        guard.subject("shopper").grant(Delivery, recipients=[Role.LOGISTICS])
        with pytest.raises(errors.AgreementMissing):
            name.share(Delivery, to=UNBOUND)
        clock.move_to(midnight(UNTIL + timedelta(days=1)) - timedelta(seconds=1))
        assert name.share(Delivery, to=CARRIER) == "Li Lei"
        clock.move_to(midnight(UNTIL + timedelta(days=1)))
        with pytest.raises(errors.AgreementMissing) as refused:
            name.share(Delivery, to=CARRIER)
        assert refused.value.detail == "carrier"
        assert name.reveal(Delivery) == "Li Lei"


@pytest.mark.clause("COOK-3")
def test_an_embedded_sdk_needs_a_security_check_that_counts() -> None:
    """Its last day belongs to it; one that was never checked gets nothing."""
    clock = HandClock()
    with market(clock=clock.clock) as guard:
        shopper = adult(guard, Recommendation)
        shopper.grant(Recommendation, recipients=[SDK, UNCHECKED])
        browsing = shopper.collect(BROWSING, "shoes")
        clock.move_to(midnight(date(2026, 12, 1)) - timedelta(seconds=1))
        assert browsing.share(Recommendation, to=SDK) == "shoes"
        with pytest.raises(errors.CheckMissing):
            browsing.share(Recommendation, to=UNCHECKED)
        clock.move_to(midnight(date(2026, 12, 1)))
        with pytest.raises(errors.CheckMissing):
            browsing.share(Recommendation, to=SDK)


@pytest.mark.clause("USE-13", "SHARE-3")
def test_payment_shares_with_the_recipient_that_the_subject_chose_for_the_order() -> None:
    """No consent replaces the choice; it is about one order, and another choice takes its place."""
    with market() as guard:
        shopper = adult(guard, Payment)
        shopper.grant(Payment, recipients=[BANK])
        order = shopper.collecting(matter="order-1")
        card = order.collect(CARD, "6222021234567890128")
        with pytest.raises(errors.ChoiceMissing):
            card.share(Payment, to=BANK)
        shopper.choose(Payment, BANK, matter="order-1")
        assert card.share(Payment, to=BANK) == "6222021234567890128"
        with pytest.raises(errors.ChoiceMissing):
            card.share(Payment, to=OTHER_BANK)
        with pytest.raises(errors.ChoiceMissing):
            shopper.collecting(matter="order-2").collect(CARD, "6222021234567890128").share(Payment, to=BANK)
        shopper.choose(Payment, OTHER_BANK, matter="order-1")
        assert card.share(Payment, to=OTHER_BANK) == "6222021234567890128"
        with pytest.raises(errors.ChoiceMissing):
            card.share(Payment, to=BANK)
        shopper.withdraw(Payment)
        with pytest.raises(errors.Denied):
            card.share(Payment, to=OTHER_BANK)


@pytest.mark.clause("USE-13")
def test_only_what_the_purpose_lists_is_shared() -> None:
    """The amount is used for payment, and is not among what is shared for it."""
    with market() as guard:
        shopper = adult(guard, Payment)
        shopper.choose(Payment, BANK)
        amount, card = shopper.collect(AMOUNT, 1999), shopper.collect(CARD, "6222021234567890128")
        assert card.share(Payment, to=BANK) == "6222021234567890128"
        with pytest.raises(errors.ItemNotShared):
            amount.share(Payment, to=BANK)
        with pytest.raises(errors.GrantInvalid):
            shopper.choose(Payment, untyped(CARRIER))


@pytest.mark.clause("SHARE-4", "DEF-1")
def test_an_affiliate_gets_personal_items_on_the_consent_to_use() -> None:
    """Sensitive ones need a separate consent that names it; an affiliate with its own policy is a third party."""
    with market() as guard:
        shopper = adult(guard, Delivery)
        name, amount = shopper.collect(NAME, "Li Lei"), shopper.collect(AMOUNT, 1999)
        assert name.share(Delivery, to=SISTER) == "Li Lei"
        with pytest.raises(errors.ConsentMissing):
            amount.share(Delivery, to=SISTER)
        shopper.grant(Delivery, recipients=[SISTER])
        with pytest.raises(errors.ConsentTooWeak):
            amount.share(Delivery, to=SISTER)
        shopper.grant(Delivery, recipients=[SISTER], level=Level.SEPARATE)
        assert amount.share(Delivery, to=SISTER) == 1999
        with pytest.raises(errors.ConsentMissing):
            name.share(Delivery, to=COUSIN)
        shopper.grant(Delivery, recipients=[COUSIN])
        assert name.share(Delivery, to=COUSIN) == "Li Lei"


@pytest.mark.clause("SHARE-5")
def test_advertisers_get_nothing_that_identifies_unless_a_separate_consent_names_them() -> None:
    """A consent at any lower level, or to the role, is not enough unless it is separate."""
    with market() as guard:
        shopper = adult(guard, Recommendation)
        browsing = shopper.collect(BROWSING, "shoes")
        shopper.grant(Recommendation, recipients=[ADVERTISER])
        with pytest.raises(errors.Denied) as refused:
            browsing.share(Recommendation, to=ADVERTISER)
        assert errors.IdentifyingRefused.code in refused.value.codes
        shopper.grant(Recommendation, recipients=[ADVERTISER], level=Level.SEPARATE)
        assert browsing.share(Recommendation, to=ADVERTISER) == "shoes"


@pytest.mark.clause("CROSS-1")
def test_across_the_border_needs_a_separate_consent_that_names_the_region() -> None:
    """Consent to the recipient is not enough, nor is a region without it, nor another region."""
    with market() as guard:
        name = delivered(guard)
        shopper = guard.subject("shopper")
        shopper.grant(Delivery, recipients=[ABROAD])
        with pytest.raises(errors.BorderClosed) as refused:
            name.share(Delivery, to=ABROAD)
        assert refused.value.detail == "SG"
        shopper.grant(Delivery, recipients=[ABROAD], regions=["US"], level=Level.SEPARATE)
        with pytest.raises(errors.BorderClosed):
            name.share(Delivery, to=ABROAD)
        consent = shopper.grant(Delivery, recipients=[ABROAD], regions=["SG"], level=Level.SEPARATE)
        assert name.share(Delivery, to=ABROAD) == "Li Lei"
        shopper.withdraw(consent=consent)
        with pytest.raises(errors.BorderClosed):
            name.share(Delivery, to=ABROAD)
        assert name.share(Delivery, to=ABROAD, under=NOBODY) == "Li Lei", "or a legal basis"


@pytest.mark.clause("CROSS-1")
def test_a_store_abroad_needs_that_consent_for_every_collection(tmp_path: Path) -> None:
    """What is collected there is collected on a separate consent that names the region."""
    with market(tmp_path / "store.db", region="SG") as guard:
        shopper = adult(guard, Delivery)
        with pytest.raises(errors.BorderClosed):
            shopper.collect(ADDRESS, "1 Canary Row")
        shopper.grant(Delivery, regions=["SG"], level=Level.SEPARATE)
        address = shopper.collect(ADDRESS, "1 Canary Row")
        assert address.label.regions == {"SG"}
        assert address.reveal(Delivery) == "1 Canary Row"
    with market(tmp_path / "home.db", region="CN") as guard:
        assert delivered(guard).label.regions == {"CN"}


@pytest.mark.clause("SHARE-6")
def test_a_transfer_is_an_operation_of_its_own() -> None:
    """Consent to share is none to transfer."""
    with market() as guard:
        name = delivered(guard)
        shopper = guard.subject("shopper")
        shopper.grant(Delivery, recipients=[BUYER])
        with pytest.raises(errors.ConsentMissing):
            name.transfer(Delivery, to=BUYER)
        shopper.grant(Delivery, recipients=[BUYER], operations=[Operation.TRANSFER])
        assert name.transfer(Delivery, to=BUYER) == "Li Lei"
        entries = [(entry.operation, entry.recipient) for entry in guard.audit.entries(outcome="permit")]
        assert ("transfer", "buyer") in entries


@pytest.mark.clause("SHARE-6")
@pytest.mark.parametrize("accepted", [True, False])
def test_a_successor_that_declines_the_policy_ends_every_consent(accepted: bool, tmp_path: Path) -> None:
    """At that moment, in every process; new consents count, and one that accepted changes nothing."""
    path = tmp_path / "store.db"
    with market(path, clock=Clock()) as guard, market(path, clock=Clock()) as elsewhere:
        name = delivered(guard)
        there = elsewhere.subject("shopper").collect(NAME, "Li Lei")
        guard.succession("buyer", accepted=accepted)
        if accepted:
            assert (name.reveal(Delivery), there.reveal(Delivery)) == ("Li Lei", "Li Lei")
            return
        for value in (name, there):
            with pytest.raises(errors.ConsentNotCarried):
                value.reveal(Delivery)
        elsewhere.subject("shopper").grant(Delivery)
        assert there.reveal(Delivery) == "Li Lei"
    with market(path, clock=Clock()) as again, pytest.raises(errors.ConsentMissing):
        again.subject("other", born=date(1990, 1, 1)).collect(NAME, "Han")


@pytest.mark.clause("SHARE-7", "PROT-4", "USE-16")
def test_disclosure_needs_an_act_of_the_subject_or_express_consent() -> None:
    """The act is recorded with when and by which act; it is about that item and that business case."""
    with market() as guard:
        shopper = adult(guard, Posting)
        name = shopper.collecting(matter="review-17").collect(NAME, "Li Lei")
        with pytest.raises(errors.NotPublished):
            name.disclose(Posting)
        shopper.publish(NAME, act="review-17", matter="review-17")
        assert name.disclose(Posting) == "Li Lei"
        (published,) = shopper.standing.published
        assert (published.item, published.act, published.at) == ("name", "review-17", shopper.standing.published[0].at)
        with pytest.raises(errors.NotPublished):
            shopper.collect(NAME, "Li Lei").disclose(Posting)
        shopper.grant(Posting, operations=[Operation.DISCLOSE])
        assert shopper.collect(NAME, "Li Lei").disclose(Posting) == "Li Lei"


@pytest.mark.clause("SHARE-2")
def test_the_law_may_demand_sharing_and_says_who_and_why() -> None:
    """Without consent and agreement, with a justification, and to nobody undeclared."""
    with market() as guard:
        name = delivered(guard)
        with pytest.raises(errors.Denied):
            name.share(Delivery, to=COURT)
        assert name.share(Delivery, to=COURT, under=NOBODY) == "Li Lei"
        (entry,) = guard.audit.entries(operation="share", outcome="permit")
        said = (entry.basis, entry.actor, entry.justification, entry.recipient)
        assert said == ("legal-obligation", "legal-desk", "order 2026-17 of the court", "court")
        with pytest.raises(errors.RecipientUnknown):
            name.share(Delivery, to=STRANGER, under=NOBODY)
        with pytest.raises(errors.BasisNotCovering):
            name.reveal_under(NOBODY)


@pytest.mark.clause("USE-2", "SHARE-1")
def test_a_recipient_that_changed_needs_a_new_consent(tmp_path: Path) -> None:
    """A consent of an older version covers the recipient as it was declared then."""
    path = tmp_path / "store.db"
    with market(path) as guard:
        adult(guard, Delivery).grant(Delivery, recipients=[CARRIER])
    moved = Recipient(
        "carrier", Delivery, kind=RecipientKind.THIRD_PARTY, role=Role.LOGISTICS, agreement=CARRIER.agreement
    )
    others = tuple(one for one in market_policy().recipients if one.key != "carrier")
    with market(path, policy=market_policy("2027-01", recipients=(moved, *others))) as guard:
        shopper = guard.subject("shopper")
        name = shopper.collect(NAME, "Li Lei")
        with pytest.raises(errors.ConsentOutdated):
            name.share(Delivery, to=moved)
        shopper.grant(Delivery, recipients=[moved])
        assert name.share(Delivery, to=moved) == "Li Lei"


@pytest.mark.clause("PROT-2")
def test_shares_and_their_refusals_are_on_record() -> None:
    """With the recipient, on a chain that verifies."""
    with market() as guard:
        name = delivered(guard)
        with pytest.raises(errors.Denied):
            name.share(Delivery, to=CARRIER)
        guard.subject("shopper").grant(Delivery, recipients=[CARRIER])
        name.share(Delivery, to=CARRIER)
        said = [(entry.outcome, entry.recipient, entry.purpose) for entry in guard.audit.entries(operation="share")]
        assert said == [("deny", "carrier", "delivery"), ("permit", "carrier", "delivery")]
        guard.audit.verify()
        assert "no consent" in guard.explain(name, Delivery, to=OTHER_CARRIER)
