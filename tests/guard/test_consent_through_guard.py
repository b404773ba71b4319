"""Consent as an application gives and takes it: who may, what it covers, how long, and under which text."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from guard_world import (
    ADULT,
    CARD,
    CARD_VALUE,
    CONSIGNEE,
    FACE,
    NAME_VALUE,
    PHONE,
    PHONE_VALUE,
    Authentication,
    Child,
    Delivery,
    EmailMarketing,
    FaceLogin,
    HandClock,
    Marketing,
    Payment,
    Undeclared,
    adult,
    shop,
    shop_policy,
)
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy import (
    Category,
    EventKind,
    Guard,
    Level,
    Minors,
    Notice,
    PersonalItem,
    Policy,
    Purpose,
    Sensitivity,
    additional,
    basic,
)
from obq_privacy.errors import (
    ConsentExpired,
    ConsentInvalidated,
    ConsentMissing,
    ConsentOutdated,
    ConsentRefused,
    ConsentTooWeak,
    ConsentWithdrawn,
    Denied,
    GrantInvalid,
    GuardianNeeded,
    PolicyConflict,
    RequiredPurposeMissing,
)

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)
MICRO = timedelta(microseconds=1)
MIDNIGHT = timedelta(hours=16)  # of UTC, when days begin at +08:00


class Membership(Purpose):
    """Have an account."""


MEMBER = PersonalItem("member-name", str, Membership | Delivery)


def minors_policy(minors: Minors | None = None) -> Policy:
    """Give a policy in which minors may not join alone."""
    return Policy(
        version="1",
        controller="Example Shop",
        purposes=[basic(Membership, necessary=[MEMBER]), basic(Delivery, optional=[MEMBER])],
        minors=minors or Minors(guardian_until_majority=frozenset({"membership"})),
    )


def birthday(born: date, years: int) -> datetime:
    """Give the instant at which a birthday begins in the zone of the policy."""
    try:
        day = born.replace(year=born.year + years)
    except ValueError:
        day = date(born.year + years, 3, 1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)


# ── Minors ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("MINOR-1", "DEF-3")
@pytest.mark.parametrize("born", [date(2011, 6, 15), date(2012, 2, 29), date(2011, 12, 31), date(2012, 1, 1)])
def test_a_child_consents_alone_from_the_fifteenth_birthday_on(born: date) -> None:
    """One microsecond before the 15th birthday a guardian is needed and values are sensitive; from then on not."""
    hand = HandClock(birthday(born, 15) - DAY)
    with shop(policy=minors_policy(), clock=hand.clock) as guard:
        guardian = guard.subject("mother", born=ADULT)
        child = guard.subject("child", born=born, guardians=[guardian])
        hand.move_to(birthday(born, 15) - MICRO)
        with pytest.raises(GrantInvalid, match=r"guardian has to give it \(child\)"):
            child.grant(Delivery)
        with pytest.raises(Denied):
            child.collect(MEMBER, "x")
        child.grant(Delivery, by=guardian)
        young = child.collect(MEMBER, "young")
        assert young.label.sensitivity is Sensitivity.SENSITIVE
        assert Category.CHILD in young.label.categories
        hand.move(MICRO)
        child.grant(Delivery)
        grown = child.collect(MEMBER, "grown")
        assert grown.label.sensitivity is Sensitivity.PERSONAL
        assert young.label.sensitivity is Sensitivity.SENSITIVE
        assert (young.reveal(Delivery), grown.reveal(Delivery)) == ("young", "grown")


@pytest.mark.clause("MINOR-1")
@pytest.mark.parametrize("born", [date(2010, 6, 15), date(2012, 2, 29)])
def test_coming_of_age_ends_what_the_guardian_gave(born: date) -> None:
    """Membership needs the guardian until the 18th birthday, at which the guardian's consent ends by itself."""
    hand = HandClock(birthday(born, 18) - DAY)
    with shop(policy=minors_policy(), clock=hand.clock) as guard:
        guardian = guard.subject("mother", born=ADULT)
        minor = guard.subject("minor", born=born, guardians=[guardian])
        minor.grant(Delivery)
        with pytest.raises(GrantInvalid, match=r"\(minor\)"):
            minor.grant(Membership)
        minor.grant(Membership, by=guardian)
        name = minor.collect(MEMBER, "minor")
        hand.move_to(birthday(born, 18) - MICRO)
        assert name.reveal(Membership) == "minor"
        hand.move(MICRO)
        with pytest.raises(ConsentExpired):
            name.reveal(Membership)
        assert name.reveal(Delivery) == "minor"
        with pytest.raises(GrantInvalid, match="of age"):
            minor.grant(Membership, by=guardian)
        minor.grant(Membership)
        assert name.reveal(Membership) == "minor"


@pytest.mark.clause("MINOR-1")
def test_fourteen_is_a_setting() -> None:
    """Where the law says below 14, the 14th birthday is the boundary."""
    born = date(2012, 12, 15)
    hand = HandClock()
    hand.move_to(birthday(born, 14) - MICRO)
    rules = Minors(guardian_inclusive=False, sensitive_inclusive=False)
    with shop(policy=minors_policy(rules), clock=hand.clock) as guard:
        child = guard.subject("child", born=born)
        with pytest.raises(GrantInvalid):
            child.grant(Delivery)
        hand.move(MICRO)
        child.grant(Delivery)
        assert child.collect(MEMBER, "x").label.sensitivity is Sensitivity.PERSONAL


@pytest.mark.clause("MINOR-1", "DEF-3")
def test_without_a_birth_date_a_subject_counts_as_a_child() -> None:
    """An unknown birth date is the closed case, unless the policy says otherwise; giving it opens."""
    with shop(policy=minors_policy()) as guard:
        unknown = guard.subject("unknown")
        with pytest.raises(GrantInvalid, match="birth date unknown"):
            unknown.grant(Delivery)
        guard.subject("unknown", born=ADULT).grant(Delivery)
        assert unknown.collect(MEMBER, "x").label.sensitivity is Sensitivity.PERSONAL
    with shop(policy=minors_policy(Minors(unknown="adult"))) as guard:
        unknown = guard.subject("unknown")
        unknown.grant(Delivery)
        assert unknown.collect(MEMBER, "x").reveal(Delivery) == "x"


@pytest.mark.clause("MINOR-1")
def test_only_a_registered_guardian_acts_for_a_child() -> None:
    """Somebody else, or a guardian who is one no more, can neither give, renew nor take back."""
    with shop(policy=minors_policy()) as guard:
        mother, stranger = guard.subject("mother", born=ADULT), guard.subject("stranger", born=ADULT)
        child = guard.subject("child", born=date(2020, 1, 1), guardians=[mother])
        for act in (lambda: child.grant(Delivery, by=stranger), lambda: child.withdraw(by=stranger)):
            with pytest.raises(GrantInvalid, match="not registered as a guardian"):
                act()
        consent = child.grant(Delivery, by=mother)
        assert (consent.by_guardian, consent.actor) == (True, mother.pseudonym)
        name = child.collect(MEMBER, "x")
        child.withdraw(Delivery)  # a child can always take it back
        with pytest.raises(ConsentWithdrawn):
            name.reveal(Delivery)
        child.grant(Delivery, by=mother)
        child.update(guardians=[stranger])
        with pytest.raises(GrantInvalid):
            child.grant(Delivery, by=mother, method="again")
        child.grant(Delivery, by=stranger)


@pytest.mark.clause("MINOR-1")
def test_a_corrected_birth_date_counts_at_once() -> None:
    """When an adult turns out to be a child, their own consent counts no more, from the correction on."""
    with shop(policy=minors_policy()) as guard:
        shopper = guard.subject("shopper", born=ADULT)
        shopper.grant(Delivery)
        name = shopper.collect(MEMBER, "x")
        assert name.reveal(Delivery) == "x"
        shopper.update(born=date(2020, 1, 1))
        with pytest.raises(GuardianNeeded):
            name.reveal(Delivery)


@pytest.mark.clause("MINOR-1")
def test_a_correction_is_not_undone_by_another_process(tmp_path: Path) -> None:
    """Adding a guardian in one process does not bring back the birth date that another one has just corrected."""
    lease = timedelta(milliseconds=500)
    with shop(tmp_path / "db", lease=lease) as one, shop(tmp_path / "db", lease=lease) as two:
        first = one.subject("shopper", born=ADULT)
        second, mother = two.subject("shopper"), two.subject("mother", born=ADULT)
        assert second.standing.born == ADULT
        correcting = threading.Thread(target=lambda: first.update(born=date(2020, 1, 1)))
        correcting.start()
        while first.standing.born == ADULT:
            pass
        second.update(guardians=[mother])
        correcting.join()
        assert first.standing.born == second.standing.born == date(2020, 1, 1)


# ── Once and once only ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-4")
def test_a_retried_grant_does_not_revive_a_withdrawn_one() -> None:
    """With an idempotency key, repeating a grant after its withdrawal gives the old event and no consent."""
    with shop() as guard:
        shopper = adult(guard, "shopper")
        first = shopper.grant(Payment, key="order 881")
        card = shopper.collect(CARD, CARD_VALUE)
        shopper.withdraw(Payment)
        assert shopper.grant(Payment, key="order 881") == first
        with pytest.raises(ConsentWithdrawn):
            card.reveal(Payment)
        assert shopper.grant(Payment).id != first.id
        assert card.reveal(Payment) == CARD_VALUE


@pytest.mark.clause("RIGHT-4")
def test_withdrawing_is_idempotent_and_as_easy_as_granting() -> None:
    """Repeating a withdrawal adds no event; one that names nothing takes everything."""
    with shop() as guard:
        shopper = adult(guard, "shopper", Delivery, Payment, Marketing)
        shopper.withdraw(Marketing)
        events = guard._core.store.events(shopper.pseudonym)
        for _ in range(3):
            shopper.withdraw(Marketing)
            shopper.withdraw(EmailMarketing)
        assert len(guard._core.store.events(shopper.pseudonym)) <= len(events) + 1
        shopper.withdraw()
        shopper.withdraw()
        for purpose in (Delivery, Payment, Marketing):
            with pytest.raises(Denied):
                shopper.collect(CONSIGNEE, NAME_VALUE).reveal(purpose)


def test_identical_grants_of_many_processes_and_threads_are_one_event(tmp_path: Path) -> None:
    """However many give the same consent at once, one event comes of it."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper")
        children = [Child("grant-same", place, 15).ready() for _ in range(3)]
        found: set[str] = set()

        def work() -> None:
            for _ in range(15):
                found.add(shopper.grant(Delivery, Payment, method="checkbox").id)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for child in children:
            child.tell()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for child in children:
            with child:
                assert child.end() == 0
                found.update(child.said[0].split())
        events = guard._core.store.events(shopper.pseudonym)
        assert {event.id for event in events} == found
        assert [event.kind for event in events] == [EventKind.GRANT, EventKind.GRANT]


# ── What a consent covers, and how long ───────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2")
def test_how_consent_ends() -> None:
    """Withdrawn, refused, expired and invalidated consents each refuse with their own error."""
    hand = HandClock()
    with shop(clock=hand.clock) as guard:
        shopper = adult(guard, "shopper", Delivery)
        name = shopper.collect(CONSIGNEE, NAME_VALUE)
        with pytest.raises(ConsentMissing):
            name.reveal(Marketing)
        shopper.refuse(Marketing)
        with pytest.raises(ConsentRefused):
            name.reveal(Marketing)
        consent = shopper.grant(Marketing, valid_for=DAY)
        assert consent.valid_until is not None
        hand.move_to(consent.valid_until - MICRO)
        assert name.reveal(Marketing) == NAME_VALUE
        hand.move(MICRO)
        with pytest.raises(ConsentExpired):
            name.reveal(Marketing)
        with pytest.raises(GrantInvalid, match="is over"):
            shopper.renew(consent, valid_for=DAY)
        consent = shopper.grant(Marketing, valid_for=DAY)
        hand.move(DAY / 2)
        shopper.renew(consent, valid_for=DAY)
        hand.move(DAY - MICRO)
        assert name.reveal(Marketing) == NAME_VALUE
        shopper.renew(consent, valid_for=None)
        hand.move(1000 * DAY)
        assert name.reveal(Marketing) == NAME_VALUE
        shopper.invalidate(consent)
        with pytest.raises(Denied) as invalidated:
            name.reveal(Marketing)
        assert invalidated.value.codes == (
            ConsentExpired.code,
            ConsentInvalidated.code,
        )  # of the older one, and of this
        shopper.expire(shopper.grant(Payment))
        with pytest.raises(ConsentExpired):
            name.reveal(Payment)
        assert name.reveal(Delivery) == NAME_VALUE


@pytest.mark.clause("USE-2")
def test_consent_for_items_and_categories() -> None:
    """A consent that is limited to items or categories covers these and nothing else."""
    with shop() as guard:
        shopper = adult(guard, "shopper", Delivery)
        name, phone = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(PHONE, PHONE_VALUE)
        shopper.grant(Marketing, items=[PHONE])
        assert phone.reveal(Marketing) == PHONE_VALUE
        with pytest.raises(ConsentMissing):
            name.reveal(Marketing)
        shopper.withdraw(Marketing)
        shopper.grant(Marketing, categories=[Category.NAME])
        assert name.reveal(EmailMarketing) == NAME_VALUE
        with pytest.raises(ConsentWithdrawn):
            phone.reveal(Marketing)


@pytest.mark.clause("USE-19")
def test_a_biometric_item_needs_a_separate_consent_for_each_purpose() -> None:
    """A face is used for what it was authorised for by name and alone, and for nothing else."""
    with shop() as guard:
        shopper = adult(guard, "shopper", Authentication)
        with pytest.raises(ConsentTooWeak):
            shopper.collect(FACE, b"face")
        with pytest.raises(GrantInvalid, match="exactly one purpose"):
            shopper.grant(Authentication, FaceLogin, level=Level.SEPARATE)
        shopper.grant(Authentication, level=Level.SEPARATE)
        face = shopper.collect(FACE, b"face")
        assert face.reveal(Authentication) == b"face"
        with pytest.raises(ConsentMissing):
            face.reveal(FaceLogin)
        shopper.grant(FaceLogin)
        with pytest.raises(ConsentTooWeak):
            face.reveal(FaceLogin)
        shopper.grant(FaceLogin, level=Level.SEPARATE)
        assert face.reveal(FaceLogin) == b"face"


@pytest.mark.clause("USE-4")
def test_a_purpose_that_builds_on_another(tmp_path: Path) -> None:
    """It cannot be consented to before the other one, is suspended with it, and comes back with it."""
    with shop() as guard:
        shopper = adult(guard, "shopper")
        with pytest.raises(GrantInvalid, match="builds on authentication"):
            shopper.grant(FaceLogin, level=Level.SEPARATE)
        shopper.grant(Authentication, level=Level.SEPARATE)
        shopper.grant(FaceLogin, level=Level.SEPARATE)
        face = shopper.collect(FACE, b"face")
        assert face.reveal(FaceLogin) == b"face"
        shopper.withdraw(Authentication)
        with pytest.raises(RequiredPurposeMissing):
            face.reveal(FaceLogin)
        shopper.grant(Authentication, level=Level.SEPARATE)
        assert face.reveal(FaceLogin) == b"face"


def test_what_the_subject_was_shown_is_kept(tmp_path: Path) -> None:
    """Notice, method, level, version and times of a consent are there for whoever opens the store later."""
    shown = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper")
        asked = shopper.request(Payment, method="page")
        given = shopper.grant(Payment, notice=Notice.of("text", language="zh-CN", shown=shown), method="checkbox")
        with pytest.raises(ConsentMissing):
            shopper.collect(CONSIGNEE, NAME_VALUE).reveal(Delivery)
    with shop(tmp_path / "db") as guard:
        events = guard._core.store.events(guard.subject("shopper").pseudonym)
        assert list(events) == [asked, given]
        assert given.notice is not None
        assert (given.notice.language, given.method, given.version) == ("zh-CN", "checkbox", "2026-11")


def test_a_grant_for_what_the_policy_lacks_is_refused() -> None:
    """A consent that could never count is not recorded."""
    with shop() as guard:
        shopper = adult(guard, "shopper")
        with pytest.raises(GrantInvalid, match="does not declare"):
            shopper.grant(Undeclared)
        with pytest.raises(GrantInvalid, match="no purpose"):
            shopper.grant()
        assert guard._core.store.events(shopper.pseudonym) == ()


# ── Versions ──────────────────────────────────────────────────────────────────────────────────────────────

EXTRA = PersonalItem("consignee-name", str, Delivery | Payment | Marketing, category=Category.CONTACT)


def changed(version: str) -> Policy:
    """Give a policy in which the name is another kind of data, and payment is left out."""
    return Policy(
        version=version,
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[EXTRA], optional=[PHONE]),
            basic(Payment, necessary=[CARD], optional=[EXTRA]),
            additional(Marketing, optional=[EXTRA, PHONE]),
        ],
    )


@pytest.mark.clause("CHANGE-3")
def test_a_used_version_keeps_its_text(tmp_path: Path) -> None:
    """Opening with the same version and another text is refused, and leaves the store as it was."""
    with shop(tmp_path / "db"):
        pass
    with pytest.raises(PolicyConflict) as conflict:
        Guard.open(tmp_path / "db", policy=changed("2026-11"))
    assert conflict.value.version == "2026-11"
    with shop(tmp_path / "db"), shop(tmp_path / "db", policy=shop_policy("2026-12")) as guard:
        assert set(guard._core.store.policies()) == {"2026-11", "2026-12"}


@pytest.mark.clause("USE-2", "CHANGE-3")
def test_consent_to_an_older_version_covers_what_has_not_changed(tmp_path: Path) -> None:
    """Under a new version an old consent counts for the pairs that say the same, and for no others."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        tokens = shopper.collect(CONSIGNEE, NAME_VALUE).seal(), shopper.collect(PHONE, PHONE_VALUE).seal()
        card_token = shopper.collect(CARD, CARD_VALUE).seal()
    with shop(tmp_path / "db", policy=changed("2027")) as guard:
        shopper = guard.subject("shopper")
        name, phone = guard.unseal(EXTRA, tokens[0]), guard.unseal(PHONE, tokens[1])
        card = guard.unseal(CARD, card_token)
        assert phone.reveal(Delivery) == PHONE_VALUE
        assert card.reveal(Payment) == CARD_VALUE
        with pytest.raises(ConsentOutdated) as outdated:
            name.reveal(Delivery)
        assert outdated.value.detail == "2026-11"
        with pytest.raises(ConsentMissing):
            phone.reveal(Marketing)
        assert name.label.versions == {"2026-11"}
        shopper.grant(Delivery)
        assert name.reveal(Delivery) == NAME_VALUE


# ── USE-1 ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-1")
@given(
    st.lists(st.tuples(st.sampled_from(["grant", "withdraw", "refuse"]), st.sampled_from([Marketing, EmailMarketing])))
)
def test_additional_purposes_never_touch_basic_ones(steps: list[tuple[str, type[Marketing]]]) -> None:
    """No sequence of consents, refusals and withdrawals of additional purposes changes anything for a basic one."""
    with shop() as guard:
        shopper = adult(guard, "shopper", Delivery)
        name = shopper.collect(CONSIGNEE, NAME_VALUE)
        for act, purpose in steps:
            try:
                getattr(shopper, act)(purpose)
            except GrantInvalid:
                assert act == "grant"
            assert name.reveal(Delivery) == NAME_VALUE
            assert shopper.collect(CONSIGNEE, NAME_VALUE).reveal(Delivery) == NAME_VALUE
            with pytest.raises(ConsentMissing):
                name.reveal(Payment)
