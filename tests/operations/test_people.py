"""Other people, third parties, minors and guardians, and whoever acts (USE-8, USE-10, MINOR-1, MINOR-2, PROT-1)."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Thread

import pytest
from market import (
    ADDRESS,
    AGENT,
    AMOUNT,
    BUREAU,
    CARRIER,
    EXEMPTIONS,
    GOSSIP,
    NAME,
    NICKNAME,
    UNDECLARED,
    UNTIL,
    Bookkeeping,
    Delivery,
    HandClock,
    Membership,
    Payment,
    adult,
    market,
    market_policy,
    midnight,
)

from obq_privacy import Actor, Invoked, LegalBasis, Minors, SourceKind, ThirdPartySource, errors

MINORS = Minors(
    guardian_until_majority=frozenset({"membership"}),
    guardian_operations=frozenset({"use", "share", "transfer", "disclose"}),
)
GUARDED = market_policy(minors=MINORS)
SIXTEEN = date(2010, 11, 3)
FIFTEEN_SOON = date(2011, 11, 3)
RESCUE = Invoked(LegalBasis.MINOR_PROTECTION, justification="missing person 12", by="safety-desk")


@pytest.mark.clause("USE-8")
def test_a_value_about_somebody_else_needs_the_attestation_of_whoever_provides_it() -> None:
    """Its subject is that person, its source says who provided it, and it serves only what was attested."""
    with market() as guard:
        orderer, consignee = adult(guard, name="orderer"), guard.subject("friend", born=date(1991, 1, 1))
        coming = consignee.collecting(provided_by=orderer)
        with pytest.raises(errors.AttestationMissing):
            coming.collect(ADDRESS, "1 Canary Row")
        consignee.attest(Delivery, by=orderer)
        address = coming.collect(ADDRESS, "1 Canary Row")
        (source,) = address.label.sources
        assert (source.kind, source.name) == (SourceKind.PERSON, orderer.pseudonym)
        assert address.label.subjects == {consignee.pseudonym}
        assert address.reveal(Delivery) == "1 Canary Row"
        assert next(guard.audit.entries(operation="use")).basis == "authorised"
        with pytest.raises(errors.Denied):
            consignee.collect(ADDRESS, "from the friend, who consented to nothing")
        with pytest.raises(errors.AttestationMissing):
            consignee.collecting(provided_by=adult(guard, name="other")).collect(ADDRESS, "1 Canary Row")
        with pytest.raises(errors.Denied):
            coming.collect(AMOUNT, 1).reveal(Payment)
        consignee.withdraw(Delivery)
        with pytest.raises(errors.ConsentWithdrawn):
            address.reveal(Delivery)


@pytest.mark.clause("USE-8")
def test_nobody_attests_for_themselves() -> None:
    """That would be a consent under another name."""
    with market() as guard:
        shopper = adult(guard)
        with pytest.raises(errors.ArgumentInvalid):
            shopper.attest(Delivery, by=guard.subject("shopper"))
        with pytest.raises(errors.ArgumentInvalid):
            shopper.collecting(provided_by=adult(guard, name="a"), source=BUREAU)


@pytest.mark.clause("USE-10")
def test_a_third_party_needs_a_written_undertaking_in_force() -> None:
    """Declared, in force on the day, and with the subject's consent."""
    clock = HandClock()
    with market(clock=clock.clock) as guard:
        shopper = adult(guard, Delivery)
        address = shopper.collecting(source=BUREAU).collect(ADDRESS, "1 Canary Row")
        assert {str(source) for source in address.label.sources} == {"third-party:bureau"}
        with pytest.raises(errors.UndertakingMissing):
            shopper.collecting(source=GOSSIP).collect(ADDRESS, "1 Canary Row")
        with pytest.raises(errors.SourceUnknown):
            shopper.collecting(source=UNDECLARED).collect(ADDRESS, "1 Canary Row")
        with pytest.raises(errors.ConsentMissing):
            adult(guard, name="other").collecting(source=BUREAU).collect(ADDRESS, "1 Canary Row")
        clock.move_to(midnight(UNTIL + timedelta(days=1)) - timedelta(seconds=1))
        shopper.collecting(source=BUREAU).collect(ADDRESS, "1 Canary Row")
        clock.move_to(midnight(UNTIL + timedelta(days=1)))
        with pytest.raises(errors.UndertakingMissing):
            shopper.collecting(source=BUREAU).collect(ADDRESS, "1 Canary Row")
        assert address.reveal(Delivery) == "1 Canary Row", "what was lawfully collected stays so"


@pytest.mark.clause("USE-10", "USE-22")
@pytest.mark.parametrize("source", [GOSSIP, UNDECLARED])
def test_no_exemption_from_consent_is_one_from_the_undertaking_of_a_third_party(source: ThirdPartySource) -> None:
    """Nor from its last day."""
    clock = HandClock()
    under = Invoked(LegalBasis.CONTRACT, justification="order 17", by="legal-desk")
    with market(clock=clock.clock) as guard:
        shopper = adult(guard)
        with pytest.raises(errors.Denied) as refused:
            shopper.collecting(source=source, under=under).collect(ADDRESS, "1 Canary Row")
        assert set(refused.value.codes) <= {errors.UndertakingMissing.code, errors.SourceUnknown.code}
        shopper.collecting(under=under).collect(ADDRESS, "1 Canary Row")
        clock.move_to(midnight(UNTIL + timedelta(days=1)) - timedelta(seconds=1))
        shopper.collecting(source=BUREAU, under=under).collect(ADDRESS, "1 Canary Row")
        clock.move_to(midnight(UNTIL + timedelta(days=1)))
        with pytest.raises(errors.UndertakingMissing):
            shopper.collecting(source=BUREAU, under=under).collect(ADDRESS, "1 Canary Row")


@pytest.mark.clause("USE-10")
def test_sensitive_items_of_a_third_party_need_the_subjects_confirmation() -> None:
    """Of that item and that source."""
    with market() as guard:
        shopper = adult(guard, Delivery, Payment)
        with pytest.raises(errors.Denied) as refused:
            shopper.collecting(source=BUREAU).collect(AMOUNT, 1999)
        assert errors.ConfirmationMissing.code in refused.value.codes
        shopper.confirm(AMOUNT, source=BUREAU)
        assert shopper.collecting(source=BUREAU).collect(AMOUNT, 1999).reveal(Payment) == 1999


@pytest.mark.clause("MINOR-2")
def test_a_minors_data_is_used_and_shared_only_with_the_guardians_express_consent() -> None:
    """The minor's own consent collects; using it needs the guardian, a legal basis, or the minor's protection."""
    with market(policy=GUARDED) as guard:
        parent = adult(guard, name="parent")
        minor = guard.subject("minor", born=SIXTEEN, guardians=[parent])
        minor.grant(Delivery)
        minor.grant(Delivery, recipients=[CARRIER])
        name = minor.collect(NAME, "Xiao Ming")
        with pytest.raises(errors.GuardianAgreementMissing) as refused:
            name.reveal(Delivery)
        assert refused.value.clause == "MINOR-2"
        with pytest.raises(errors.GuardianAgreementMissing):
            name.share(Delivery, to=CARRIER)
        assert name.reveal_under(RESCUE) == "Xiao Ming"
        minor.grant(Delivery, by=parent)
        assert name.reveal(Delivery) == "Xiao Ming"
        with pytest.raises(errors.GuardianAgreementMissing):
            name.share(Delivery, to=CARRIER)
        minor.grant(Delivery, recipients=[CARRIER], by=parent)
        assert name.share(Delivery, to=CARRIER) == "Xiao Ming"


@pytest.mark.clause("MINOR-2")
def test_coming_of_age_is_judged_at_the_time_of_use() -> None:
    """One second before the 18th birthday the guardian's word counts alone, from then on the subject's own."""
    clock = HandClock()
    with market(policy=GUARDED, clock=clock.clock) as guard:
        parent = adult(guard, name="parent")
        minor = guard.subject("minor", born=date(2008, 11, 10), guardians=[parent])
        minor.grant(Delivery, by=parent)
        minor.grant(Delivery)
        name = minor.collect(NAME, "Xiao Ming")
        birthday = midnight(date(2026, 11, 10))
        clock.move_to(birthday - timedelta(seconds=1))
        assert name.reveal(Delivery) == "Xiao Ming"
        minor.withdraw(Delivery, by=parent)
        minor.grant(Delivery)
        with pytest.raises(errors.GuardianAgreementMissing):
            name.reveal(Delivery)
        assert name.reveal_under(RESCUE) == "Xiao Ming"
        clock.move_to(birthday)
        assert name.reveal(Delivery) == "Xiao Ming"
        with pytest.raises(errors.BasisNotCovering):
            name.reveal_under(RESCUE)


@pytest.mark.clause("MINOR-2", "DEF-3")
def test_somebody_born_on_29_february_comes_of_age_on_1_march() -> None:
    """As the policy states it for common years."""
    clock = HandClock(midnight(date(2026, 2, 28)))
    with market(policy=GUARDED, clock=clock.clock) as guard:
        minor = guard.subject("leapling", born=date(2008, 2, 29))
        minor.grant(Delivery)
        name = minor.collect(NAME, "Xiao Ming")
        clock.move_to(midnight(date(2026, 3, 1)) - timedelta(seconds=1))
        with pytest.raises(errors.GuardianAgreementMissing):
            name.reveal(Delivery)
        clock.move_to(midnight(date(2026, 3, 1)))
        assert name.reveal(Delivery) == "Xiao Ming"


@pytest.mark.clause("MINOR-1")
def test_an_account_of_a_minor_needs_the_guardian_at_any_age_below_majority() -> None:
    """Above 14 a minor consents alone to other things, and never to membership; at 14 to nothing."""
    clock = HandClock()
    with market(
        policy=market_policy(minors=Minors(guardian_until_majority=frozenset({"membership"}))), clock=clock.clock
    ) as guard:
        parent = adult(guard, name="parent")
        fourteen = guard.subject("fourteen", born=FIFTEEN_SOON, guardians=[parent])
        with pytest.raises(errors.GuardianRequired):
            fourteen.grant(Delivery)
        clock.move_to(midnight(date(2026, 11, 3)))
        fourteen.grant(Delivery)
        with pytest.raises(errors.GuardianRequired):
            fourteen.grant(Membership)
        fourteen.grant(Membership, by=parent)
        assert fourteen.collect(NICKNAME, "ming").reveal(Membership) == "ming"


@pytest.mark.clause("PROT-1")
def test_a_purpose_may_need_a_role() -> None:
    """Only within the block, in the thread that entered it; who acted is on record."""
    with market() as guard:
        shopper = adult(guard, Payment)
        amount = shopper.collect(AMOUNT, 1999)
        with pytest.raises(errors.ActorNotAuthorised) as refused:
            amount.reveal(Bookkeeping)
        assert refused.value.detail == "accountant"
        with guard.acting(Actor("guest", frozenset({"visitor"}))), pytest.raises(errors.ActorNotAuthorised):
            amount.reveal(Bookkeeping)
        with guard.acting(AGENT):
            assert amount.reveal(Bookkeeping) == 1999
            outside: list[type[BaseException]] = []

            def elsewhere() -> None:
                try:
                    amount.reveal(Bookkeeping)
                except errors.Denied as error:
                    outside.append(type(error))

            thread = Thread(target=elsewhere)
            thread.start()
            thread.join()
            assert outside == [errors.ActorNotAuthorised]
        with pytest.raises(errors.ActorNotAuthorised):
            amount.reveal(Bookkeeping)
        (entry,) = guard.audit.entries(outcome="permit", purpose="bookkeeping")
        assert (entry.actor, entry.basis) == ("agent-7", "statutory")


@pytest.mark.clause("PROT-1", "MINOR-2")
def test_access_to_a_minors_data_may_need_an_approval_that_is_recorded() -> None:
    """Of adults' data it does not."""
    with market(policy=market_policy(minors=Minors(approval=True))) as guard:
        parent = adult(guard, name="parent")
        minor = guard.subject("minor", born=SIXTEEN, guardians=[parent])
        minor.grant(Delivery, by=parent)
        name = minor.collect(NAME, "Xiao Ming")
        with pytest.raises(errors.ApprovalMissing):
            name.reveal(Delivery)
        with guard.acting(AGENT, approval="privacy officer, 12 November"):
            assert name.reveal(Delivery) == "Xiao Ming"
        with pytest.raises(errors.ApprovalMissing):
            name.reveal(Delivery)
        (entry,) = guard.audit.entries(operation="use", outcome="permit")
        assert (entry.actor, entry.justification) == ("agent-7", "privacy officer, 12 November")
        assert adult(guard, Delivery).collect(NAME, "Li Lei").reveal(Delivery) == "Li Lei"


def test_the_bases_are_as_many_as_the_policy_says() -> None:
    """Eleven for collecting and using, six of them for what leaves, and three of other clauses."""
    assert len(EXEMPTIONS) == 14
