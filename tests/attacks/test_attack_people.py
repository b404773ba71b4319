"""Acts by people who may not act: children, former guardians, attesters who are not there, two at once."""

from __future__ import annotations

from datetime import date
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest
from attack_world import (
    AMOUNT,
    BANK,
    BUREAU,
    CARD,
    CARRIER,
    DAY,
    NAME,
    OTHER_BANK,
    REVIEW,
    START,
    Delivery,
    Payment,
    Posting,
    adult,
    untyped,
    world,
)

from obq_privacy import Clock, errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy import Guard, Subject


def a_child(guard: Guard) -> Subject:
    """Give a child of eight whose parent has consented."""
    parent = adult(guard, name="parent")
    child = guard.subject("child", born=date(2018, 1, 1), guardians=[parent])
    child.grant(Delivery, Posting, by=parent)
    return child


@pytest.mark.clause("MINOR-1", "SHARE-7")
def test_a_child_alone_makes_nothing_public() -> None:
    """What opens disclosure needs the guardian, as a consent to disclose would."""
    with world() as guard:
        child = a_child(guard)
        review = child.collect(REVIEW, "my school is …")
        with pytest.raises(errors.GuardianRequired):
            child.publish(REVIEW, act="review-1")
        with pytest.raises(errors.Denied):
            review.disclose(Posting)


@pytest.mark.clause("MINOR-1", "PROT-3")
def test_a_child_alone_agrees_to_nothing() -> None:
    """Neither to longer periods, nor to a new version, nor to what a third party says."""
    with world() as guard:
        child = a_child(guard)
        with pytest.raises(errors.GuardianRequired):
            child.agree(items=[REVIEW], until=START + 3650 * DAY)
        with pytest.raises(errors.GuardianRequired):
            child.agree()
        with pytest.raises(errors.GuardianRequired):
            child.confirm(AMOUNT, source=BUREAU)


@pytest.mark.clause("MINOR-1")
def test_a_child_alone_does_not_take_back_what_the_guardian_blocked() -> None:
    """Objecting takes away and needs nobody; allowing opens up."""
    with world() as guard:
        child = a_child(guard)
        child.object_to(Posting, "violence", by=guard.subject("parent"))
        with pytest.raises(errors.GuardianRequired):
            child.allow(Posting, "violence")


@pytest.mark.clause("MINOR-1", "SHARE-7")
@pytest.mark.parametrize("act", ["publish", "agree", "confirm", "allow", "close"])
def test_a_former_guardian_does_not_act_for_somebody_of_age(act: str) -> None:
    """`grant(by=)` refuses them; nothing else that they could do for the grown person may be looser."""
    with world() as guard:
        parent = adult(guard, name="parent")
        person = guard.subject("person", born=date(2000, 1, 1), guardians=[parent])
        person.grant(Posting)
        acts: dict[str, Callable[[], object]] = {
            "publish": lambda: person.publish(REVIEW, act="review-1", by=parent),
            "agree": lambda: person.agree(items=[REVIEW], until=START + 3650 * DAY, by=parent),
            "confirm": lambda: person.confirm(AMOUNT, source=BUREAU, by=parent),
            "allow": lambda: person.allow(Posting, "violence", by=parent),
            "close": lambda: person.close(by=parent),
        }
        with pytest.raises(errors.PrivacyError):
            acts[act]()


@pytest.mark.clause("USE-8")
def test_whoever_attests_is_there_grown_up_and_of_this_store() -> None:
    """A child, an erased person and a person of another store have authorisation from nobody."""
    with world() as guard, world() as elsewhere:
        friend = adult(guard, name="friend")
        child = guard.subject("child", born=date(2018, 1, 1))
        erased = adult(guard, name="erased")
        erased.erase()
        for orderer in (child, erased, adult(elsewhere, name="stranger")):
            with pytest.raises(errors.PrivacyError):
                friend.attest(Delivery, by=orderer)
            with pytest.raises(errors.PrivacyError):
                friend.collecting(provided_by=orderer).collect(NAME, "Han Mei")


@pytest.mark.clause("USE-13", "SHARE-3")
def test_a_choice_that_is_refused_leaves_the_former_choice() -> None:
    """Nothing is half done: the new one could not be recorded, so the old one stands."""
    with world() as guard:
        shopper = adult(guard, Payment)
        card = shopper.collecting(matter="order-1").collect(CARD, "6222")
        shopper.choose(Payment, BANK, matter="order-1")
        with pytest.raises(errors.GrantInvalid):
            shopper.choose(Payment, untyped(CARRIER), matter="order-1")
        assert card.share(Payment, to=BANK) == "6222"


@pytest.mark.clause("USE-13", "SHARE-3")
def test_of_two_choices_made_at_once_one_is_left(tmp_path: Path) -> None:
    """Another choice for the same purpose and case takes the place of the first, also in another process."""
    place = tmp_path / "shop.db"
    with world(place, clock=Clock()) as one, world(place, clock=Clock()) as other:
        adult(one, Payment)
        twice: list[str] = []
        for number in range(25):
            matter, together = f"order-{number}", Barrier(2)

            def choose(guard: Guard, bank: str, matter: str = matter, together: Barrier = together) -> None:
                subject = guard.subject("shopper")
                together.wait()
                subject.choose(Payment, BANK if bank == "bank" else OTHER_BANK, matter=matter)

            threads = [Thread(target=choose, args=pair) for pair in ((one, "bank"), (other, "other-bank"))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            consents = one.subject("shopper").standing.consents
            if sum(consent.grant.matter == matter and not consent.over for consent in consents) != 1:
                twice.append(matter)
        assert not twice
