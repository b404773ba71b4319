"""Sweeps: what is due goes without a trace, what the law wants stays for the law alone, and everything else is left."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sweep_world import (
    DAY,
    GOODS,
    GOODS_VALUE,
    MONTH,
    NOTE,
    NOTE_VALUE,
    PHONE,
    SECOND,
    START,
    THREE_YEARS,
    TRACE,
    VALUE,
    YEAR,
    Delivery,
    EmailMarketing,
    HandClock,
    Marketing,
    Member,
    Order,
    Parcel,
    Shelf,
    TaxAudit,
    at,
    fields,
    noted,
    ordered,
    outcomes,
    shop,
    shop_policy,
    shopper,
)

from obq_privacy import Guard, Retention
from obq_privacy.errors import (
    ArgumentInvalid,
    CaseUnknown,
    Denied,
    RecordUnknown,
    Restricted,
    RetentionEnded,
    SweepIncomplete,
)
from obq_privacy.policy import Anchor
from obq_privacy.rights import (
    DeletionGround,
    DeletionState,
    Fate,
    Holding,
    Rights,
    SweepCount,
    sweep,
    sweep_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None, clock=clock) as guard:
        yield guard


def fates(guard: Guard, *, dry: bool = False) -> dict[tuple[str, str], Fate]:
    """Sweep, and give what became of what, by place and field."""
    return {(row.place, row.field): row.fate for row in sweep(guard, dry=dry).evidence}


# ── The boundary ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
def test_the_last_second_is_kept_and_the_first_one_after_is_swept(guard: Guard, clock: HandClock) -> None:
    """The sweep erases exactly from the instant at which the decision refuses."""
    parcel = noted(guard, shopper(guard))
    note = guard.vault.load(Parcel, parcel).note
    assert note is not None
    clock.move_to(START + MONTH - SECOND)
    swept = sweep(guard)
    assert swept.counts == {NOTE.key: SweepCount(left=1)}
    assert swept.evidence == ()
    assert note.reveal(Delivery) == NOTE_VALUE
    clock.move(SECOND)
    with pytest.raises(RetentionEnded):
        note.reveal(Delivery)
    swept = sweep(guard, by="clerk")
    assert swept.counts == {NOTE.key: SweepCount(erased=1)}
    (row,) = swept.evidence
    assert (row.fate, row.place, row.field, row.item) == (Fate.ERASED, parcel, "note", NOTE.key)
    assert at(row.ended) == START + MONTH
    assert (swept.by, swept.begun, swept.done, swept.subjects) == ("clerk", clock.clock.now(), clock.clock.now(), 1)
    assert sweep_of(guard, swept.case) == swept


@pytest.mark.clause("PROT-3")
def test_plain_fields_go_with_the_last_value_of_a_record(guard: Guard, clock: HandClock) -> None:
    """A record of which something stays keeps what makes sense of it."""
    subject = shopper(guard)
    parcel = noted(guard, subject)
    order = subject.collect_record(Order, number="1", name=VALUE, note=NOTE_VALUE)
    guard.vault.keep("order", order)
    clock.move(MONTH)
    sweep(guard)
    with pytest.raises(RecordUnknown):
        guard.vault.load(Parcel, parcel)
    assert fields(guard, "order") == ["goods", "name", "number"]  # no goods is a plain nothing
    loaded = guard.vault.load(Order, "order")
    assert (loaded.number, loaded.note, loaded.name.reveal(Delivery)) == ("1", None, VALUE)


@pytest.mark.clause("PROT-3")
def test_what_is_erased_leaves_nothing_in_the_files(tmp_path: Path, clock: HandClock) -> None:
    """The token is nowhere on the disk any more, write-ahead log included."""
    with shop(tmp_path / "db", clock=clock) as guard:
        parcel = noted(guard, shopper(guard))
        (token,) = [row.token for row in guard._core.store.load(parcel) if row.item]
        assert any(token in file.read_bytes() for file in tmp_path.glob("db*") if file.is_file())
        clock.move(MONTH)
        sweep(guard)
        assert not any(token in file.read_bytes() for file in tmp_path.glob("db*") if file.is_file())


# ── What a period counts from ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
def test_activity_begins_a_period_anew(guard: Guard, clock: HandClock) -> None:
    """The last activity counts, and a year without one ends it."""
    subject = shopper(guard)
    guard.vault.keep("member", subject.collect_record(Member, phone=VALUE))
    clock.move(YEAR - DAY)
    subject.mark(Anchor.ACTIVITY)
    clock.move(YEAR - SECOND)
    assert fates(guard) == {}
    clock.move(SECOND)
    assert fates(guard) == {("member", "phone"): Fate.ERASED}


@pytest.mark.clause("PROT-3", "USE-6")
def test_the_end_of_the_account_begins_a_period(guard: Guard, clock: HandClock) -> None:
    """While the account is open nothing runs."""
    subject = shopper(guard)
    guard.vault.keep("member", subject.collect_record(Member, farewell=VALUE))
    clock.move(10 * YEAR)
    assert fates(guard) == {}
    subject.close()
    clock.move(MONTH - SECOND)
    assert fates(guard) == {}
    clock.move(SECOND)
    assert fates(guard) == {("member", "farewell"): Fate.ERASED}


@pytest.mark.clause("PROT-3")
def test_a_period_of_one_purpose_ends_a_value_that_has_no_other(guard: Guard, clock: HandClock) -> None:
    """A trace serves marketing alone; a name has no period, and is left for good."""
    subject = shopper(guard)
    guard.vault.keep("member", subject.collect_record(Member, trace=VALUE))
    guard.vault.keep("order", subject.collect_record(Order, number="1", name=VALUE))
    clock.move(MONTH)
    assert fates(guard) == {("member", "trace"): Fate.ERASED}
    clock.move(100 * YEAR)
    assert fates(guard) == {}
    assert "name" in fields(guard, "order")


@pytest.mark.clause("PROT-3")
def test_a_value_that_another_purpose_needs_is_left(clock: HandClock) -> None:
    """The shorter period of marketing ends that use; delivery may go on until its own end."""
    extra = [Retention(NOTE, DAY, purpose=Marketing)]
    with shop(policy=shop_policy(extra=extra), clock=clock) as guard:
        parcel = noted(guard, shopper(guard))
        clock.move(2 * DAY)
        assert fates(guard) == {}
        note = guard.vault.load(Parcel, parcel).note
        assert note is not None
        assert note.reveal(Delivery) == NOTE_VALUE
        with pytest.raises(RetentionEnded):
            note.reveal(Marketing)
        clock.move(MONTH)
        assert fates(guard) == {(parcel, "note"): Fate.ERASED}


@pytest.mark.clause("PROT-3")
def test_what_the_subject_agreed_to_keep_longer_is_left_until_then(guard: Guard, clock: HandClock) -> None:
    """The agreed end counts in place of the policy's."""
    subject = shopper(guard)
    parcel = noted(guard, subject)
    subject.agree(items=[NOTE], until=START + YEAR)
    clock.move_to(START + YEAR - SECOND)
    assert fates(guard) == {}
    clock.move(SECOND)
    assert fates(guard) == {(parcel, "note"): Fate.ERASED}


@pytest.mark.clause("PROT-3", "CHANGE-1")
@pytest.mark.parametrize("agrees", ["no", "version", "narrower-purpose"])
def test_a_narrower_older_version_stands_until_the_subject_agrees(
    tmp_path: Path, clock: HandClock, agrees: str
) -> None:
    """A longer period of a later version keeps only the values of those who agreed to it, if for one purpose."""
    with shop(tmp_path / "db", clock=clock) as guard:
        parcel = noted(guard, shopper(guard))
    with shop(tmp_path / "db", policy=shop_policy("2027-01", notes=YEAR), clock=clock) as guard:
        subject = guard.subject("shopper")
        if agrees == "version":
            subject.agree()
        if agrees == "narrower-purpose":
            subject.grant(EmailMarketing)
        clock.move_to(START + MONTH)
        swept = fates(guard)
        assert swept == ({(parcel, "note"): Fate.ERASED} if agrees == "no" else {})
        if agrees == "narrower-purpose":
            note = guard.vault.load(Parcel, parcel).note
            assert note is not None
            assert note.reveal(EmailMarketing) == NOTE_VALUE
            with pytest.raises(RetentionEnded):
                note.reveal(Delivery)


# ── What the law wants kept ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
@pytest.mark.parametrize("completed", ["2027-11-03", "2028-02-28", "2028-02-29", "2028-03-01"])
def test_transactions_stay_for_the_law_alone_for_three_years(guard: Guard, clock: HandClock, completed: str) -> None:
    """From the completion on a year of use, then restriction until three years of the calendar are over."""
    subject = shopper(guard)
    order = ordered(guard, subject)
    goods = guard.vault.load(Order, order).goods
    assert goods is not None
    clock.move_to(at(f"{completed}T10:00:00+00:00"))
    subject.mark(Anchor.COMPLETION, matter=order)
    done = clock.clock.now()
    clock.move(YEAR - SECOND)
    assert fates(guard) == {}
    assert goods.reveal(Delivery) == GOODS_VALUE
    clock.move(SECOND)
    swept = sweep(guard)
    (row,) = swept.evidence
    assert (row.fate, row.item, row.matter) == (Fate.RESTRICTED, GOODS.key, order)
    assert (at(row.ended), at(row.until)) == (done + YEAR, done + THREE_YEARS)
    with pytest.raises(Denied) as caught:
        goods.reveal(Delivery)
    assert Restricted.code in caught.value.codes
    assert goods.reveal(TaxAudit) == GOODS_VALUE
    assert sweep(guard).evidence == ()  # said once
    assert sweep(guard).counts[GOODS.key] == SweepCount(restricted=1)
    day = date.fromisoformat(completed)
    later = date(day.year + 3, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 3)
    clock.move_to(at(f"{later}T09:59:59+00:00"))
    assert fates(guard) == {}  # never before three years of the calendar
    assert goods.reveal(TaxAudit) == GOODS_VALUE
    clock.move_to(done + THREE_YEARS - SECOND)
    assert fates(guard) == {}
    assert goods.reveal(TaxAudit) == GOODS_VALUE
    clock.move(SECOND)
    assert fates(guard) == {(order, "goods"): Fate.ERASED}
    assert fields(guard, order) == ["name", "note", "number"]


@pytest.mark.clause("PROT-3")
def test_an_order_that_is_not_completed_is_left(guard: Guard, clock: HandClock) -> None:
    """Its periods have not begun."""
    ordered(guard, shopper(guard))
    clock.move(20 * YEAR)
    assert fates(guard) == {}


@pytest.mark.clause("PROT-3")
def test_restricting_old_values_does_not_stop_the_use_of_new_ones(guard: Guard, clock: HandClock) -> None:
    """Values without a business case are kept apart by their own periods; the ledger restricts nothing."""
    subject = shopper(guard)
    guard.vault.keep("old", subject.collect_record(Order, number="1", name=VALUE, goods=GOODS_VALUE))
    clock.move(YEAR)
    assert fates(guard) == {("old", "goods"): Fate.RESTRICTED}
    old = guard.vault.load(Order, "old").goods
    assert old is not None
    with pytest.raises(RetentionEnded):
        old.reveal(Delivery)
    assert old.reveal(TaxAudit) == GOODS_VALUE
    assert subject.standing.restrictions == frozenset()
    assert subject.collect(GOODS, GOODS_VALUE).reveal(Delivery) == GOODS_VALUE
    assert fates(guard) == {}
    clock.move(THREE_YEARS - YEAR)
    assert fates(guard) == {("old", "goods"): Fate.ERASED}


# ── Legal holds ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3", "RIGHT-3")
def test_a_legal_hold_keeps_single_fields_until_it_is_released(guard: Guard, clock: HandClock) -> None:
    """What it names stays, restricted, and what it does not name goes."""
    subject, other = shopper(guard), shopper(guard, "other")
    order = ordered(guard, subject)
    subject.mark(Anchor.COMPLETION, matter=order)
    parcel = noted(guard, subject)
    noted(guard, other, "parcel-other")
    subject.hold(GOODS, matter=order, reference="court 12")
    clock.move(THREE_YEARS + DAY)
    swept = {(row.place, row.field): row for row in sweep(guard).evidence}
    assert {spot: row.fate for spot, row in swept.items()} == {
        (order, "goods"): Fate.RESTRICTED,
        (parcel, "note"): Fate.ERASED,
        ("parcel-other", "note"): Fate.ERASED,
    }
    assert (swept[order, "goods"].holds, swept[order, "goods"].until) == ("court 12", "")
    goods = guard.vault.load(Order, order).goods
    assert goods is not None
    assert goods.reveal(TaxAudit) == GOODS_VALUE
    with pytest.raises(Denied):
        goods.reveal(Delivery)
    subject.release("court 12")
    with pytest.raises(RetentionEnded):
        goods.reveal(TaxAudit)
    assert fates(guard) == {(order, "goods"): Fate.ERASED}


@pytest.mark.clause("PROT-3")
def test_a_hold_on_everything_keeps_everything(guard: Guard, clock: HandClock) -> None:
    """A hold without items names all of them; values in use are left in use."""
    subject = shopper(guard)
    parcel = noted(guard, subject)
    subject.hold(reference="court 13")
    assert fates(guard) == {}
    note = guard.vault.load(Parcel, parcel).note
    assert note is not None
    assert note.reveal(Delivery) == NOTE_VALUE
    clock.move(MONTH)
    assert fates(guard) == {(parcel, "note"): Fate.RESTRICTED}
    assert fields(guard, parcel) == ["note", "number"]


@pytest.mark.clause("PROT-3", "RIGHT-3")
def test_a_deletion_is_complete_once_the_sweep_has_erased_what_had_to_stay(guard: Guard, clock: HandClock) -> None:
    """What a deletion had isolated for the law goes with the sweep, and the key with the deletion."""
    subject = shopper(guard)
    order = ordered(guard, subject)
    subject.mark(Anchor.COMPLETION, matter=order)
    rights = Rights(guard)
    deletion = rights.delete(subject, DeletionGround.NO_CONSENT, by="clerk")
    assert deletion.state is DeletionState.ISOLATED
    clock.move(THREE_YEARS - DAY)
    assert sweep(guard).counts == {GOODS.key: SweepCount(restricted=1)}
    clock.move(2 * DAY)
    assert fates(guard) == {(order, "goods"): Fate.ERASED}
    assert order not in guard.vault
    assert [one.state for one in rights.resume()] == [DeletionState.COMPLETE]
    assert subject.standing.erased


# ── Holders ───────────────────────────────────────────────────────────────────────────────────────────────


def shelved(guard: Guard, shelf: Shelf, name: str = "shopper") -> None:
    """Put a sealed note and sealed goods of a subject on the shelf."""
    subject = shopper(guard, name)
    for item, value in ((NOTE, NOTE_VALUE), (GOODS, GOODS_VALUE)):
        token = subject.collect(item, value).seal(record="row-1")
        shelf.put(subject, Holding("row-1", item.key, item.key, token, "row-1"))


@pytest.mark.clause("PROT-3")
def test_registered_holders_erase_and_isolate_too(guard: Guard, clock: HandClock, tmp_path: Path) -> None:
    """What they do is in the evidence under their name."""
    shelf = Shelf(tmp_path / "shelf")
    shelved(guard, shelf)
    assert sweep(guard, holders=[shelf]).evidence == ()
    clock.move(YEAR)
    swept = sweep(guard, holders=[shelf])
    assert {(row.holder, row.field, row.fate) for row in swept.evidence} == {
        ("shelf", NOTE.key, Fate.ERASED),
        ("shelf", GOODS.key, Fate.RESTRICTED),
    }
    assert shelf.names() == ["row-1.goods"]
    assert shelf.marked() == ["row-1.goods"]


def test_a_holder_that_fails_does_not_stop_the_rest(guard: Guard, clock: HandClock, tmp_path: Path) -> None:
    """The sweep names it without what it said, and the next one does what was left."""
    shelf = Shelf(tmp_path / "shelf")
    shelved(guard, shelf)
    parcel = noted(guard, guard.subject("shopper"))
    clock.move(MONTH)
    shelf.fails = True
    with pytest.raises(SweepIncomplete) as caught:
        sweep(guard, holders=[shelf])
    assert (caught.value.failed, caught.value.holders) == (1, ("shelf",))
    assert "canary" not in str(caught.value).lower()
    found = sweep_of(guard, caught.value.case)
    assert {(row.holder, row.fate) for row in found.evidence} == {("vault", Fate.ERASED), ("shelf", Fate.FAILED)}
    assert parcel not in guard.vault
    assert len(shelf.names()) == 2
    shelf.fails = False
    assert sweep(guard, holders=[shelf]).counts[NOTE.key] == SweepCount(erased=1)
    assert shelf.names() == ["row-1.goods"]


# ── Reports ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3", "PROT-2")
def test_what_was_done_is_on_record_without_values(guard: Guard, clock: HandClock) -> None:
    """Audit log and docket name subjects, records and items."""
    subject = shopper(guard)
    order = ordered(guard, subject)
    subject.mark(Anchor.COMPLETION, matter=order)
    noted(guard, subject)
    clock.move(YEAR + DAY)
    swept = sweep(guard, by="clerk")
    assert outcomes(guard, "sweep") == [("done", "clerk", "")]
    for operation, item in (("sweep-erase", NOTE.key), ("sweep-restrict", GOODS.key)):
        (entry,) = [entry for entry in guard.audit.entries() if entry.operation == operation]
        assert (entry.subject, entry.items, entry.actor) == (subject.pseudonym, (item,), swept.case)
    store = guard._core.store
    texts = [
        entry.text for kind in ("sweep", "sweep-part") for row in store.cases(kind) for entry in store.entries(row.case)
    ]
    assert any(subject.pseudonym in text for text in texts)
    assert not any("canary" in text for text in texts)
    assert not store.cases("sweep", open=True)
    assert not store.cases("sweep-part", open=True)


@pytest.mark.clause("PROT-3")
def test_a_dry_run_says_what_would_be_done_and_does_nothing(guard: Guard, clock: HandClock) -> None:
    """The same evidence as that of the sweep that follows, and no trace."""
    subject = shopper(guard)
    order = ordered(guard, subject)
    subject.mark(Anchor.COMPLETION, matter=order)
    parcel = noted(guard, subject)
    clock.move(YEAR + DAY)
    before = len(list(guard.audit.entries()))
    dry = sweep(guard, dry=True)
    assert dry.dry
    assert (parcel in guard.vault, subject.standing.restrictions) == (True, frozenset())
    assert len(list(guard.audit.entries())) == before
    assert not guard._core.store.cases("sweep")
    wet = sweep(guard)
    assert not wet.dry
    assert (wet.evidence, wet.counts, wet.total) == (dry.evidence, dry.counts, dry.total)


def test_batches_are_only_portions(clock: HandClock) -> None:
    """However many subjects a part has, everybody is looked at once."""
    for batch in (1, 2, 3, 100):
        with shop(clock=clock) as guard:
            for n in range(5):
                noted(guard, shopper(guard, str(n)), f"parcel-{n}")
            guard._core.everybody()  # it stands among the subjects, and is none
            dry = sweep(guard, batch=batch, dry=True)
            swept = sweep(guard, batch=batch)
            assert (swept.subjects, dry.subjects, swept.total) == (5, 5, SweepCount(left=5))


def test_values_of_unknown_items_are_left_and_counted(tmp_path: Path, clock: HandClock) -> None:
    """Where the policy says nothing of an item, or a label cannot be read, nothing is known of its period."""
    with shop(tmp_path / "db", clock=clock) as guard:
        subject = shopper(guard)
        guard.vault.keep("member", subject.collect_record(Member, phone=VALUE, trace=VALUE))
        parcel = noted(guard, subject)
        (row,) = [row for row in guard._core.store.load(parcel) if row.item]
        assert guard._core.store.amend(parcel, "note", row.token, b"broken", START)
        clock.move(10 * YEAR)
        swept = sweep(guard)
        assert swept.counts[NOTE.key] == SweepCount(unknown=1)
        assert swept.counts[PHONE.key] == swept.counts[TRACE.key] == SweepCount(erased=1)
        assert fields(guard, parcel) == ["note", "number"]


def test_arguments_are_checked(guard: Guard) -> None:
    """Callers without a type checker are told before anything is done."""
    bad: Any = "wrong"
    acts: tuple[Callable[[], object], ...] = (
        lambda: sweep(bad),
        lambda: sweep(guard, batch=0),
        lambda: sweep(guard, batch=bad),
        lambda: sweep(guard, by=""),
    )
    for act in acts:
        with pytest.raises(ArgumentInvalid):
            act()
    with pytest.raises(CaseUnknown):
        sweep_of(guard, "sweep-1")
    assert sweep(guard).total == SweepCount()
