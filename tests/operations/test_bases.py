"""What rests on something other than consent, and what is isolated (USE-22, SHARE-8, PROT-3, RIGHT-3, USE-6, USE-7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from market import (
    ADDRESS,
    AGENT,
    AMOUNT,
    BROWSING,
    BUYER,
    CARRIER,
    FIVE,
    NAME,
    SIX,
    SOUND,
    Bookkeeping,
    Delivery,
    HandClock,
    Payment,
    Posting,
    Recommendation,
    Voice,
    adult,
    market,
    midnight,
    untyped,
)

from obq_privacy import Anchor, Clock, Invoked, LegalBasis, combine, errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

YEARS = (date(2027, 12, 1), date(2029, 11, 30))


def invoked(basis: LegalBasis) -> Invoked:
    """Invoke a basis."""
    return Invoked(basis, justification="file 17", by="legal-desk")


@pytest.mark.clause("USE-22")
@pytest.mark.parametrize("basis", [*SIX, *FIVE])
def test_eleven_bases_collect_and_use_without_consent(basis: LegalBasis) -> None:
    """By name, with who and why on record; research hands out only what is de-identified, so no value."""
    with market() as guard:
        shopper = adult(guard)
        if basis is LegalBasis.RESEARCH:
            with pytest.raises(errors.BasisNotCovering):
                shopper.collecting(under=invoked(basis)).collect(NAME, "Li Lei")
            return
        if basis is LegalBasis.SELF_PUBLISHED:
            with pytest.raises(errors.BasisNotCovering):
                shopper.collecting(under=invoked(basis)).collect(NAME, "Li Lei")
            shopper.publish(NAME, act="profile page")
        name = shopper.collecting(under=invoked(basis)).collect(NAME, "Li Lei")
        assert name.reveal_under(invoked(basis)) == "Li Lei"
        entry = next(iter(guard.audit.entries(operation="use")))
        assert (entry.basis, entry.actor, entry.justification) == (basis.value, "legal-desk", "file 17")
        with pytest.raises(errors.ConsentMissing):
            name.reveal(Delivery)


@pytest.mark.clause("SHARE-8")
@pytest.mark.parametrize("basis", [*SIX, *FIVE])
def test_six_of_them_cover_what_leaves_and_the_other_five_do_not(basis: LegalBasis) -> None:
    """Sharing, transfer and disclosure alike."""
    with market() as guard:
        shopper = adult(guard, Delivery, Posting)
        shopper.publish(NAME, act="profile page")
        name = shopper.collect(NAME, "Li Lei")
        leaving: tuple[Callable[[], str], ...] = (
            lambda: name.share(Delivery, to=CARRIER, under=invoked(basis)),
            lambda: name.transfer(Delivery, to=BUYER, under=invoked(basis)),
            lambda: name.disclose(Posting, under=invoked(basis)),
        )
        for leave in leaving:
            if basis in SIX:
                assert leave() == "Li Lei"
            else:
                with pytest.raises(errors.BasisNotCovering):
                    leave()


@pytest.mark.clause("USE-22", "SHARE-7")
def test_a_basis_never_widens_what_an_item_is_for() -> None:
    """With a purpose it is held to what the item allows; and a serious violation is disclosed, not shared."""
    with market() as guard:
        name = adult(guard, Delivery).collect(ADDRESS, "1 Canary Row")
        with pytest.raises(errors.PurposeNotAllowed):
            name.disclose(untyped(Posting), under=invoked(LegalBasis.SERIOUS_VIOLATION))
        with pytest.raises(errors.BasisNotCovering):
            name.share(Delivery, to=CARRIER, under=invoked(LegalBasis.SERIOUS_VIOLATION))


@pytest.mark.clause("USE-22")
def test_a_basis_says_why_and_by_whom() -> None:
    """A missing justification is one typed error, and what is found by itself cannot be invoked."""
    for justification, by in (("", "legal-desk"), ("file 17", " "), ("\ud800", "legal-desk")):
        with pytest.raises(errors.ArgumentInvalid):
            Invoked(LegalBasis.NEWS, justification=justification, by=by)
    with pytest.raises(errors.ArgumentInvalid):
        Invoked(LegalBasis.CONSENT, justification="file 17", by="legal-desk")
    with market() as guard:
        name = adult(guard, Delivery).collect(NAME, "Li Lei")
        with pytest.raises(errors.PurposeInvalid):
            name.reveal(untyped(None))


# ── Retention and restriction ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
def test_a_period_counts_from_the_completion_of_the_order() -> None:
    """Until then there is none; after it only the statutory purpose reveals, for as long as the law says."""
    clock = HandClock()
    with market(clock=clock.clock) as guard:
        shopper = adult(guard, Payment)
        amount = shopper.collecting(matter="order-1").collect(AMOUNT, 1999)
        clock.move_to(midnight(date(2027, 11, 30)))
        assert amount.reveal(Payment) == 1999, "the order is not completed"
        shopper.mark(Anchor.COMPLETION, matter="order-1")
        completed = clock.clock.now()
        shopper.mark(Anchor.COMPLETION, matter="order-1")
        year = timedelta(days=365)
        clock.move_to(completed + year - timedelta(seconds=1))
        assert amount.reveal(Payment) == 1999
        clock.move_to(completed + year + timedelta(seconds=1))
        with pytest.raises(errors.RetentionEnded):
            amount.reveal(Payment)
        with guard.acting(AGENT):
            assert amount.reveal(Bookkeeping) == 1999
            clock.move_to(completed + 3 * year - timedelta(seconds=1))
            assert amount.reveal(Bookkeeping) == 1999
            clock.move_to(completed + 3 * year + timedelta(seconds=1))
            with pytest.raises(errors.RetentionEnded):
                amount.reveal(Bookkeeping)


@pytest.mark.clause("PROT-3")
def test_a_subject_can_agree_to_a_longer_period() -> None:
    """For that item, until that time."""
    clock = HandClock()
    with market(clock=clock.clock) as guard:
        shopper = adult(guard, Payment)
        amount = shopper.collecting(matter="order-1").collect(AMOUNT, 1999)
        shopper.mark(Anchor.COMPLETION, matter="order-1")
        until = datetime(2030, 1, 1, tzinfo=UTC)
        shopper.agree(items=[AMOUNT], until=until)
        clock.move_to(until - timedelta(seconds=1))
        assert amount.reveal(Payment) == 1999
        clock.move_to(until)
        with pytest.raises(errors.RetentionEnded):
            amount.reveal(Payment)
        with pytest.raises(errors.ArgumentInvalid):
            shopper.agree(items=[AMOUNT])


@pytest.mark.clause("RIGHT-3")
def test_what_is_restricted_opens_for_statutory_purposes_alone() -> None:
    """Derived values, values in hand and every invoked basis included; lifting it ends it."""
    with market() as guard:
        shopper = adult(guard, Payment)
        amount = shopper.collecting(matter="order-1").collect(AMOUNT, 1999)
        other = shopper.collecting(matter="order-2").collect(AMOUNT, 5)
        double = amount.map(lambda cents: 2 * cents)
        shopper.restrict(AMOUNT, matter="order-1")
        reveals: tuple[Callable[[], int], ...] = (lambda: amount.reveal(Payment), lambda: double.reveal(Payment))
        for refused in reveals:
            with pytest.raises(errors.Restricted):
                refused()
        with pytest.raises(errors.Restricted):
            amount.reveal_under(invoked(LegalBasis.NEWS))
        assert other.reveal(Payment) == 5
        with guard.acting(AGENT):
            assert amount.reveal(Bookkeeping) == 1999
        shopper.lift(AMOUNT, matter="order-1")
        assert double.reveal(Payment) == 3998


@pytest.mark.clause("USE-6", "RIGHT-4")
def test_a_closed_account_is_used_by_nobody_in_any_process(tmp_path: Path) -> None:
    """Every consent ends at once, none is given any more, and what the law wants kept stays reachable for it."""
    path = tmp_path / "store.db"
    with market(path, clock=Clock()) as guard, market(path, clock=Clock()) as elsewhere:
        shopper = adult(guard, Payment)
        amount = shopper.collect(AMOUNT, 1999)
        there = elsewhere.unseal(AMOUNT, amount.seal())
        assert there.reveal(Payment) == 1999
        shopper.close()
        shopper.close()
        for value in (amount, there):
            with pytest.raises(errors.AccountClosed):
                value.reveal(Payment)
        with pytest.raises(errors.GrantInvalid):
            elsewhere.subject("shopper").grant(Payment)
        with pytest.raises(errors.Denied):
            shopper.collect(AMOUNT, 1)
        with elsewhere.acting(AGENT):
            assert there.reveal(Bookkeeping) == 1999


@pytest.mark.clause("RIGHT-3")
def test_a_hold_is_kept_until_it_is_released() -> None:
    """It stops no use by itself; it is there for whoever deletes."""
    with market() as guard:
        shopper = adult(guard, Payment)
        shopper.hold(AMOUNT, matter="order-1", reference="case 9")
        shopper.hold(AMOUNT, matter="order-1", reference="case 9")
        (hold,) = shopper.standing.holds
        assert (hold.item, hold.matter, hold.reference) == ("amount", "order-1", "case 9")
        shopper.release("case 9")
        assert shopper.standing.holds == ()


@pytest.mark.clause("USE-24")
def test_after_ceasing_nothing_is_collected_in_any_process(tmp_path: Path) -> None:
    """What is held can still be used, to say goodbye with."""
    path = tmp_path / "store.db"
    with market(path, clock=Clock()) as guard, market(path, clock=Clock()) as elsewhere:
        name = adult(guard, Delivery).collect(NAME, "Li Lei")
        there = elsewhere.subject("shopper")
        there.collect(NAME, "Li Lei")
        guard.cease()
        guard.cease()
        for subject in (there, guard.subject("shopper")):
            with pytest.raises(errors.OperationsCeased):
                subject.collect(NAME, "Li Lei")
        assert name.reveal(Delivery) == "Li Lei"
    with market(path, clock=Clock()) as again, pytest.raises(errors.OperationsCeased):
        again.subject("shopper").collect(NAME, "Li Lei")


# ── Personalisation, permissions and signals ──────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-7")
def test_an_objection_narrows_a_purpose_without_withdrawing_it() -> None:
    """Also for portraits made of blocked and other topics; the refusal offers the alternative."""
    with market() as guard:
        shopper = adult(guard, Recommendation)
        toys = shopper.collecting(topics=["toys"]).collect(BROWSING, "bear")
        shoes = shopper.collecting(topics=["shoes"]).collect(BROWSING, "boots")
        portrait = combine("{}+{}".format, toys, shoes)
        assert portrait.reveal(Recommendation) == "bear+boots"
        shopper.object_to(Recommendation, "toys")
        assert shopper.objections(Recommendation) == {"toys"}
        for blocked in (toys, portrait):
            with pytest.raises(errors.ObjectionStands) as refused:
                blocked.reveal(Recommendation)
            assert (refused.value.detail, refused.value.alternative) == ("toys", "the sort by sales")
        assert shoes.reveal(Recommendation) == "boots"
        assert "Without personal data there is: the sort by sales." in guard.explain(toys, Recommendation)
        shopper.allow(Recommendation, "toys")
        assert portrait.reveal(Recommendation) == "bear+boots"
        shopper.refuse(Recommendation)
        with pytest.raises(errors.ConsentRefused) as refusal:
            shoes.reveal(Recommendation)
        assert refusal.value.alternative == "the sort by sales"


@pytest.mark.clause("USE-18", "USE-20")
def test_a_permission_grants_and_withdraws_its_purposes_and_sound_needs_an_action() -> None:
    """Turning it off does not undo what was done; without the subject's action nothing is collected."""
    with market() as guard:
        shopper = adult(guard)
        pressing = shopper.collecting(user_action=True)
        with pytest.raises(errors.ConsentMissing):
            pressing.collect(SOUND, b"hello")
        shopper.permission_changed("microphone", on=True)
        sound = pressing.collect(SOUND, b"hello")
        with pytest.raises(errors.UserActionMissing):
            shopper.collect(SOUND, b"overheard")
        assert sound.reveal(Voice) == b"hello"
        shopper.permission_changed("microphone", on=False)
        with pytest.raises(errors.ConsentWithdrawn):
            sound.reveal(Voice)
        done = [entry.outcome for entry in guard.audit.entries(purpose="voice", operation="use")]
        assert done == ["permit", "deny"]
        with pytest.raises(errors.ArgumentInvalid):
            shopper.permission_changed("telepathy", on=True)


@pytest.mark.clause("COOK-2")
def test_a_privacy_signal_is_a_recorded_refusal() -> None:
    """Of the purposes that the policy ends by it, and of nothing else; a later consent by name counts."""
    with market() as guard:
        shopper = adult(guard, Recommendation, Delivery)
        browsing = shopper.collect(BROWSING, "boots")
        assert shopper.privacy_signal() == (Recommendation,)
        with pytest.raises(errors.ConsentRefused):
            browsing.reveal(Recommendation)
        assert set(shopper.standing.refused) == {"recommendation"}
        assert shopper.collect(NAME, "Li Lei").reveal(Delivery) == "Li Lei"
        shopper.grant(Recommendation)
        assert browsing.reveal(Recommendation) == "boots"
