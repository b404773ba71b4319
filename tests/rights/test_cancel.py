"""The account that is cancelled, and operations that cease."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from deletion_world import (
    CARRIER,
    GOODS_VALUE,
    NAME,
    NAME_VALUE,
    YEAR,
    Delivery,
    HandClock,
    Marketing,
    Order,
    Person,
    Shelf,
    TaxAudit,
    filled,
    outcomes,
    rights_of,
    shelved,
    shop,
    shopper,
)
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy.errors import (
    AccountClosed,
    ArgumentInvalid,
    CessationInvalid,
    Denied,
    HolderFailed,
    KeyErased,
    OperationsCeased,
    RecordUnknown,
    SubjectErased,
)
from obq_privacy.policy import Anchor
from obq_privacy.rights import DeletionGround, DeletionState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Guard


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None, clock=clock) as guard:
        yield guard


# ── Accounts ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-6", "DEF-4")
def test_a_cancelled_account_without_duties_is_erased(guard: Guard) -> None:
    """Every value and the key are gone, and nobody can collect or consent for it any more."""
    subject = filled(guard, orders=0)
    name = guard.vault.load(Person, "person-shopper").name
    deletion = rights_of(guard).cancel_account(subject)
    assert (deletion.state, deletion.account) == (DeletionState.COMPLETE, True)
    assert (deletion.ground, deletion.by) == (DeletionGround.ACCOUNT_ENDED, subject.pseudonym)
    assert subject.standing.erased
    with pytest.raises(Denied):
        name.reveal(Delivery)
    with pytest.raises(SubjectErased):
        subject.collect(NAME, NAME_VALUE)
    with pytest.raises(SubjectErased):
        subject.grant(Delivery)
    with pytest.raises(RecordUnknown):
        guard.vault.load(Person, "person-shopper")


@pytest.mark.clause("USE-6", "PROT-3")
def test_of_a_cancelled_account_only_what_the_law_wants_is_left(guard: Guard, clock: HandClock) -> None:
    """Consents are over, everything but the goods is gone, and these serve the tax office alone, until they go."""
    subject = filled(guard, orders=2)
    subject.mark(Anchor.COMPLETION, matter="order-1")
    order = guard.vault.load(Order, "order-1-shopper")
    rights = rights_of(guard)
    deletion = rights.cancel_account(subject)
    assert deletion.state is DeletionState.ISOLATED
    assert {stay.item for stay in deletion.stays if stay.item} == {"goods"}
    assert subject.standing.closed is not None
    assert all(consent.over for consent in subject.standing.consents)
    assert order.goods.reveal(TaxAudit) == GOODS_VALUE
    for act in (
        lambda: order.goods.reveal(Delivery),
        lambda: order.name.reveal(Marketing),
        lambda: order.name.share(Delivery, to=CARRIER),
        lambda: subject.collect(NAME, NAME_VALUE),
    ):
        with pytest.raises(AccountClosed):
            act()
    assert [one.recipient for one in deletion.outstanding] == ["carrier"]
    assert rights.cancel_account(subject) == deletion
    subject.mark(Anchor.COMPLETION, matter="order-2")
    rights.acknowledge(deletion.case, "carrier", reference="mail 1")
    clock.move(4 * YEAR)
    assert rights.resume()[0].state is DeletionState.COMPLETE
    assert subject.standing.erased
    assert rights.deletions() == []


@pytest.mark.clause("USE-6", "MINOR-1")
def test_a_guardian_cancels_the_account_of_a_child(guard: Guard) -> None:
    """A stranger cannot, and then nothing is closed."""
    parent, stranger = shopper(guard, "parent"), shopper(guard, "stranger")
    young = guard.subject("young", born=date(2016, 1, 1), guardians=[parent])
    rights = rights_of(guard)
    with pytest.raises(ArgumentInvalid):
        rights.cancel_account(young, by=stranger)
    assert young.standing.closed is None
    deletion = rights.cancel_account(young, by=parent)
    assert deletion.by == parent.pseudonym
    assert deletion.state is DeletionState.COMPLETE


@pytest.mark.clause("USE-6", "MINOR-1")
def test_an_order_of_a_guardian_outlives_the_guardianship(guard: Guard, tmp_path: Path) -> None:
    """What was cut short is finished although the person is no guardian any more."""
    parent, shelf = shopper(guard, "parent"), Shelf(tmp_path / "shelf")
    young = guard.subject("young", born=date(2016, 1, 1), guardians=[parent])
    young.grant(Delivery, by=parent)
    shelved(guard, shelf, young)
    young.hold(NAME, reference="court 1")
    rights = rights_of(guard, shelf)
    shelf.fails = True
    with pytest.raises(HolderFailed):
        rights.cancel_account(young, by=parent)
    young.update(guardians=[])
    shelf.fails = False
    assert rights.resume()[0].state is DeletionState.ISOLATED
    young.release("court 1")
    assert rights.cancel_account(young, by=parent).state is DeletionState.COMPLETE


@pytest.mark.clause("USE-6")
@given(
    orders=st.integers(0, 3),
    completed=st.sets(st.integers(1, 3)),
    held=st.booleans(),
    on_shelf=st.booleans(),
)
def test_whatever_there_was_only_what_must_stay_stays(
    orders: int, completed: set[int], *, held: bool, on_shelf: bool
) -> None:
    """After cancelling, no purpose but the statutory one gets any value, and exactly the law's part is there."""
    import tempfile  # noqa: PLC0415  examples of one test need folders of their own
    from pathlib import Path  # noqa: PLC0415

    with shop() as guard, tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        subject = filled(guard, orders=orders)
        loaded = [guard.vault.load(Order, f"order-{n}-shopper") for n in range(1, orders + 1)]
        for n in completed & set(range(1, orders + 1)):
            subject.mark(Anchor.COMPLETION, matter=f"order-{n}")
        if held:
            subject.hold(NAME, reference="court 1")
        if on_shelf:
            shelved(guard, shelf, subject)
        rights = rights_of(guard, shelf)
        deletion = rights.cancel_account(subject)
        kept = {stay.spot for stay in deletion.stays if stay.item}
        names = {("vault", f"order-{n}-shopper", "name") for n in range(1, orders + 1)}
        names |= {("vault", "person-shopper", "name")} | ({("shelf", "row-1", "name")} if on_shelf else set())
        goods = {("vault", f"order-{n}-shopper", "goods") for n in range(1, orders + 1)}
        assert kept == goods | (names if held else set())
        assert subject.standing.erased is not bool(kept)
        left = {("vault", record, row.field) for record in guard.vault.records(subject) for row in _rows(guard, record)}
        assert {spot for spot in left if spot[2] != "number"} == {spot for spot in kept if spot[0] == "vault"}
        assert len(shelf.names()) == (on_shelf and held)
        for order in loaded:
            with pytest.raises(Denied):
                order.name.reveal(Delivery)
            with pytest.raises((Denied, KeyErased)):
                order.goods.reveal(Delivery)
            assert order.goods.reveal(TaxAudit) == GOODS_VALUE


def _rows(guard: Guard, record: str) -> Any:
    return guard._core.store.load(record)


# ── Operations that cease ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-24")
def test_after_operations_cease_nothing_is_collected(guard: Guard) -> None:
    """Every new collection is refused, and what is held may be used until it is erased, to tell its subjects."""
    subject, other = filled(guard, orders=0), shopper(guard, "other")
    for _ in range(2):
        rights_of(guard).cease_operations(by="board")
    for one in (subject, other, guard.subject("new")):
        with pytest.raises(OperationsCeased):
            one.collect(NAME, NAME_VALUE)
    assert guard.vault.load(Person, "person-shopper").name.reveal(Delivery) == NAME_VALUE
    assert outcomes(guard, "cease") == [("done", "board", "")]


@pytest.mark.clause("USE-24")
def test_subjects_are_told_before_their_data_goes(guard: Guard) -> None:
    """Who is to be told comes once; with the last of them told, everything goes that may go."""
    subjects = {filled(guard, f"s{n}", orders=n % 2).pseudonym for n in range(5)}
    guard.subject("erased").erase()
    cessation = rights_of(guard).cease_operations(by="board")
    told = list(cessation.to_notify())
    assert {subject.pseudonym for subject in told} == subjects
    for subject in told[:-1]:
        for _ in range(2):
            cessation.notified(subject, method="mail")
    with pytest.raises(CessationInvalid):
        cessation.erase()
    assert [one.pseudonym for one in cessation.to_notify()] == [told[-1].pseudonym]
    assert not any(subject.standing.erased for subject in told)
    cessation.notified(told[-1], method="letter")
    assert cessation.erase() == 5
    assert cessation.done
    erased = [subject.standing.erased for subject in told]
    assert (erased.count(True), erased.count(False)) == (3, 2)
    left = [subject for subject in told if not subject.standing.erased]
    for subject in left:
        (record,) = guard.vault.records(subject)
        assert {row.field for row in _rows(guard, record)} == {"goods", "number"}
    deletions = rights_of(guard).deletions()
    assert {one.ground for one in deletions} == {DeletionGround.SERVICE_ENDED}
    assert {one.subject for one in deletions if one.stays} == {subject.pseudonym for subject in left}


@pytest.mark.clause("USE-24")
def test_what_was_cut_short_while_ceasing_is_resumed(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the order is written down, resuming stops collection; once everybody is told, it erases."""
    subject = filled(guard, orders=0)
    rights = rights_of(guard)

    def cut(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(guard), "cease", cut)
        with pytest.raises(KeyboardInterrupt):
            rights.cease_operations(by="board")
    rights.resume()
    with pytest.raises(OperationsCeased):
        subject.collect(NAME, NAME_VALUE)
    before = subject.standing
    assert not before.erased
    rights.cease_operations(by="board").notified(subject, method="mail")
    rights.resume()
    assert subject.standing.erased
    assert rights.cease_operations(by="board").done


@pytest.mark.clause("USE-24")
def test_an_announcement_tells_everybody(guard: Guard) -> None:
    """Then nobody has to be told one by one."""
    filled(guard, orders=0)
    cessation = rights_of(guard).cease_operations(by="board")
    for _ in range(2):
        cessation.announce("front page, 2026-11-02")
    assert list(cessation.to_notify()) == []
    assert cessation.erase() == 1
    assert cessation.erase() == 0


def test_ceasing_has_an_order(guard: Guard) -> None:
    """Nothing is announced or erased before operations cease, and nobody ceases them without a name."""
    rights = rights_of(guard)
    cessation = rights.cease_operations(by="board")
    assert cessation.begun
    with shop() as other:
        fresh = type(cessation)(rights_of(other)._desk)
        assert not fresh.begun
        with pytest.raises(CessationInvalid):
            fresh.announce("front page")
        with pytest.raises(CessationInvalid):
            fresh.erase()
        with pytest.raises(ArgumentInvalid):
            rights_of(other).cease_operations(by="")
    assert repr(cessation) == "Cessation()"
    assert cessation.case == "cessation"
