"""What stands behind an erasure: the order that is written first, the evidence that outlives it, and the replay."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import START, HandClock
from laws_world import CARD, DAY, LEASE, NAME, POLICY, Delivery, Order, Payment, bazaar, person

from obq_privacy import Guard
from obq_privacy.crypto import KeyMemory
from obq_privacy.errors import KeyErased, StoreUnavailable, SubjectErased
from obq_privacy.guard import Erasure

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    from obq_privacy import KeyProvider, Subject


DESCRIPTORS = Path("/proc/self/fd")


def opened(place: Path, hand: HandClock, keys: KeyProvider) -> AbstractContextManager[Guard]:
    """Open a bazaar on disk."""
    return Guard.open(place, policy=POLICY, keys=keys, lease=LEASE, clock=hand.clock)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a place for the database."""
    return tmp_path / "db"


@pytest.fixture
def guard() -> Generator[Guard]:
    """Give a guard in memory."""
    with bazaar() as made:
        yield made


def orders(place: Path) -> list[dict[str, Any]]:
    """Read the orders beside a database."""
    lines = place.with_name("db.erasures").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def acts(guard: Guard, subject: Subject) -> list[tuple[str, str]]:
    """Give what is on record about erasing somebody."""
    return [(one.outcome, one.actor) for one in guard.audit.entries(subject=subject.pseudonym, operation="erase")]


# ── Evidence ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-4")
def test_the_evidence_says_what_was_done_when_and_to_whom() -> None:
    """To whoever has no personal data left: pseudonym, keyed digest, key, times, and what the vault lost."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper, other = person(guard, Delivery, Payment), person(guard, Delivery, name="other")
        row = guard._core.store.subject(shopper.pseudonym)
        assert row is not None
        guard.vault.keep("1", shopper.collect_record(Order, number="1", name="Li Lei", card="6222"))
        guard.vault.keep("2", other.collect_record(Order, number="2", name="Han Mei"))
        assert guard.erasures() == []
        evidence = shopper.erase()
        assert evidence == Erasure(
            subject=shopper.pseudonym,
            lookup=row.lookup.hex(),
            key_id=row.key_id.hex(),
            ordered=START,
            completed=START,
            vault_fields=4,
        )
        assert type(evidence).__module__ == "obq_privacy"
        hand.move(DAY)
        again = shopper.erase()
        kept = [evidence.subject, evidence.lookup, evidence.key_id, START, START, 0]
        assert [getattr(again, name) for name in Erasure.__annotations__] == kept
        assert guard.erasures() == [again]
        assert acts(guard, shopper) == [("done", "ordered"), ("done", "completed")] * 2
        assert "2" in guard.vault
        later = other.erase()
        assert (later.ordered, later.completed) == (START + DAY, START + DAY)
        assert {one.subject for one in guard.erasures()} == {shopper.pseudonym, other.pseudonym}


@pytest.mark.clause("DEF-4")
def test_an_erasure_that_was_begun_keeps_the_time_of_its_order() -> None:
    """Whoever finishes it: the time of the order is that of whoever gave it."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard, Delivery)
        guard._core.store.begin_erasure(shopper.pseudonym, START)
        assert guard.erasures() == []
        hand.move(DAY)
        evidence = shopper.erase()
        assert (evidence.ordered, evidence.completed) == (START, START + DAY)


@pytest.mark.clause("DEF-4")
def test_an_erasure_that_fails_half_way_is_begun_and_shuts_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a lease of a day, in the process that began it; the next attempt finishes it."""
    with bazaar(lease=DAY) as guard:
        shopper = person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        assert name.reveal(Delivery) == "Li Lei"

        def failing(*_: object) -> Any:
            raise StoreUnavailable(store="db", problem="no answer")

        with monkeypatch.context() as patch:
            patch.setattr(guard._core.store, "finish_erasure", failing)
            with pytest.raises(StoreUnavailable):
                shopper.erase()
        with pytest.raises(SubjectErased):
            name.reveal(Delivery)
        assert guard.erasures() == []
        assert shopper.erase().ordered == START


@pytest.mark.clause("DEF-4")
def test_a_key_that_was_fetched_during_an_erasure_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever used it at the last moment has it no longer when the erasure returns."""
    with bazaar(lease=DAY) as guard:
        shopper = person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        finish = guard._core.store.finish_erasure

        def late(*arguments: Any) -> Any:
            assert name.seal()
            return finish(*arguments)

        monkeypatch.setattr(guard._core.store, "finish_erasure", late)
        shopper.erase()
        with pytest.raises(KeyErased):
            name.seal()


def test_a_person_whom_the_store_has_lost_cannot_be_erased(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, rather than giving evidence of what nobody did."""
    shopper = person(guard)
    monkeypatch.setattr(guard._core.store, "subject", lambda _: None)
    with pytest.raises(StoreUnavailable) as lost:
        shopper.erase()
    assert lost.value == StoreUnavailable(
        store=guard._core.store.place, problem=f"it has lost the subject {shopper.pseudonym}"
    )


# ── Orders ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-4")
def test_an_order_is_one_line_that_only_the_owner_reads(place: Path) -> None:
    """Of pseudonym, digest, key and time; every order is added to those before."""
    hand, keys = HandClock(), KeyMemory()
    before = os.umask(0)
    try:
        with opened(place, hand, keys) as guard:
            first, second = person(guard, name="first"), person(guard, name="second")
            assert not place.with_name("db.erasures").exists()
            one = first.erase()
            hand.move(DAY)
            other = second.erase()
            files = len(list(DESCRIPTORS.iterdir()))
            first.erase()
            assert len(list(DESCRIPTORS.iterdir())) == files
    finally:
        os.umask(before)
    said = [
        {"subject": row.subject, "lookup": row.lookup, "key": row.key_id, "at": at.isoformat()}
        for row, at in ((one, START), (other, START + DAY), (one, START))
    ]
    assert orders(place) == said
    text = place.with_name("db.erasures").read_bytes()
    assert text == b"".join(b"\n" + json.dumps(line, sort_keys=True).encode() + b"\n" for line in said)
    assert stat.S_IMODE(place.with_name("db.erasures").stat().st_mode) == 0o600


@pytest.mark.clause("DEF-4")
def test_an_order_is_on_disk_before_anything_is_destroyed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So whatever the process is killed at, a backup that is put back meets the order."""
    synced: list[bool] = []
    real = os.fsync
    with opened(place, HandClock(), KeyMemory()) as guard:
        shopper = person(guard, Payment)
        token = shopper.collect(CARD, "6222").seal()

        def syncing(handle: int) -> None:
            real(handle)
            if os.path.samestat(os.fstat(handle), place.with_name("db.erasures").stat()):
                row = guard._core.store.subject(shopper.pseudonym)
                synced.append(row is not None and row.erasing is None and row.erased is None)
                assert orders(place)[0]["subject"] == shopper.pseudonym

        monkeypatch.setattr(os, "fsync", syncing)
        assert guard.unseal(CARD, token).reveal(Payment) == "6222"
        shopper.erase()
        assert synced == [True]


@pytest.mark.clause("DEF-4")
@pytest.mark.parametrize("how", ["no file", "nothing written", "cut short"])
def test_an_order_that_cannot_be_written_destroys_nothing(
    how: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one typed error that names the file and the problem; the next order is whole, on a line of its own."""
    hand, keys = HandClock(), KeyMemory()
    file = place.with_name("db.erasures")
    write = os.write
    with opened(place, hand, keys) as guard:
        shopper = person(guard, Payment)
        card = shopper.collect(CARD, "6222")
        with monkeypatch.context() as patch:
            if how == "no file":
                file.mkdir()
            elif how == "cut short":
                patch.setattr(os, "write", lambda handle, line: write(handle, line[:30]))
            else:
                patch.setattr(os, "write", lambda _handle, _line: 0)
            with pytest.raises(StoreUnavailable) as full:
                shopper.erase()
        problem = "is a directory" if how == "no file" else "no space left on device"
        assert full.value == StoreUnavailable(store=str(file), problem=problem)
        assert (card.reveal(Payment), guard.erasures()) == ("6222", [])
        if how == "no file":
            file.rmdir()
        shopper.erase()
    with file.open("rb") as lines:
        assert json.loads([line for line in lines if line.strip()][-1])["subject"] == shopper.pseudonym


@pytest.mark.clause("DEF-4")
def test_what_is_no_order_orders_nothing_and_hides_none(place: Path) -> None:
    """Lines that were cut short or changed are passed over, wherever they stand; the orders around them count."""
    hand, keys = HandClock(), KeyMemory()
    file = place.with_name("db.erasures")
    with opened(place, hand, keys) as guard:
        people = [person(guard, Payment, name=str(number)) for number in range(3)]
        rows = [guard._core.store.subject(one.pseudonym) for one in people]
    order = [
        {"subject": row.pseudonym, "lookup": row.lookup.hex(), "key": row.key_id.hex(), "at": START.isoformat()}
        for row in rows
        if row is not None
    ]
    lines = [
        json.dumps(order[0]),
        *("", "{", "[]", "5", "null", '"text"', "\ufffd", "{}"),
        *(json.dumps({key: value for key, value in order[1].items() if key != left}) for left in order[1]),
        *(json.dumps({**order[1], key: 5}) for key in ("lookup", "key", "at")),
        *(json.dumps({**order[1], key: "no hex"}) for key in ("lookup", "key", "at")),
        json.dumps(order[2])[:-1],
        json.dumps(order[2]),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    hand.move(DAY)
    with opened(place, hand, keys) as guard:
        assert [person_of.standing.erased for person_of in map(guard.subject, "012")] == [True, False, True]
        assert {one.ordered for one in guard.erasures()} == {START}
        assert acts(guard, guard.subject("0")) == [("done", "replayed")]
        assert acts(guard, guard.subject("1")) == []


def test_orders_that_cannot_be_read_keep_the_store_shut(place: Path) -> None:
    """With the file and the problem."""
    hand, keys = HandClock(), KeyMemory()
    with opened(place, hand, keys):
        pass
    place.with_name("db.erasures").mkdir()
    with pytest.raises(StoreUnavailable) as shut, opened(place, hand, keys):
        pass
    assert shut.value == StoreUnavailable(store=str(place.with_name("db.erasures")), problem="is a directory")


# ── Replay ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-4")
def test_a_replay_erases_whom_a_backup_brought_back_and_nobody_else() -> None:
    """As often as it is asked for: whoever is erased is not counted again, whoever never was there is a tombstone."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as former, bazaar(clock=hand.clock) as guard:
        gone, here = person(former, name="gone"), person(guard, Payment, name="here")
        token = here.collect(CARD, "6222").seal()
        row = guard._core.store.subject(here.pseudonym)
        assert row is not None
        there = Erasure(
            subject=here.pseudonym,
            lookup=row.lookup.hex(),
            key_id=row.key_id.hex(),
            ordered=START,
            completed=START,
            vault_fields=0,
        )
        evidence = [gone.erase(), there]
        hand.move(timedelta(hours=1))
        assert guard.replay([]) == 0
        assert not here.standing.erased
        assert guard.replay(evidence) == 2
        assert guard.replay(evidence) == 0
        assert {one.subject: one.ordered for one in guard.erasures()} == {
            gone.pseudonym: START,
            here.pseudonym: START,
        }
        with pytest.raises(KeyErased):
            guard.unseal(CARD, token)
        assert acts(guard, here) == [("done", "replayed")]
        assert [one.actor for one in guard.audit.entries(subject=gone.pseudonym)] == ["replayed"]


@pytest.mark.clause("DEF-4")
def test_a_replay_counts_at_once() -> None:
    """Values in hand are shut when it returns, under a lease of a day."""
    with bazaar(lease=DAY) as guard:
        shopper, other = person(guard, Delivery), person(guard, Delivery, name="other")
        name, theirs = shopper.collect(NAME, "Li Lei"), other.collect(NAME, "Han Mei")
        assert (name.reveal(Delivery), theirs.reveal(Delivery)) == ("Li Lei", "Han Mei")
        row = guard._core.store.subject(shopper.pseudonym)
        assert row is not None
        there = Erasure(
            subject=shopper.pseudonym,
            lookup=row.lookup.hex(),
            key_id=row.key_id.hex(),
            ordered=START,
            completed=START,
            vault_fields=0,
        )
        assert guard.replay([there]) == 1
        with pytest.raises(SubjectErased):
            name.reveal(Delivery)
        assert theirs.reveal(Delivery) == "Han Mei"


@pytest.mark.clause("DEF-4")
def test_what_a_killed_process_has_begun_is_finished_by_a_replay(place: Path) -> None:
    """Also by opening the store; it is no revival, so it is not counted."""
    hand, keys = HandClock(), KeyMemory()
    with bazaar(lease=DAY) as guard:
        shopper = person(guard, Payment)
        card = shopper.collect(CARD, "6222")
        assert card.reveal(Payment) == "6222"
        guard._core.store.begin_erasure(shopper.pseudonym, START)
        assert guard.replay([]) == 0
        with pytest.raises(SubjectErased):
            card.reveal(Payment)
        assert [one.subject for one in guard.erasures()] == [shopper.pseudonym]
    with opened(place, hand, keys) as guard:
        shopper = person(guard, Payment)
        token = shopper.collect(CARD, "6222").seal()
        guard._core.store.begin_erasure(shopper.pseudonym, START)
    hand.move(DAY)
    with opened(place, hand, keys) as guard:
        (evidence,) = guard.erasures()
        assert (evidence.ordered, evidence.completed) == (START, START + DAY)
        with pytest.raises(KeyErased):
            guard.unseal(CARD, token)


@pytest.mark.clause("DEF-4", "PROT-2")
def test_whoever_finishes_what_was_ordered_says_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that died between beginning and finishing is followed by a record of the next one."""
    hand, keys = HandClock(), KeyMemory()

    def failing(*_: object) -> Any:
        raise StoreUnavailable(store="db", problem="no answer")

    with opened(place, hand, keys) as guard:
        shopper = person(guard, Payment)
        with monkeypatch.context() as patch:
            patch.setattr(type(guard._core.store), "finish_erasure", failing)
            with pytest.raises(StoreUnavailable):
                shopper.erase()
    with opened(place, hand, keys) as guard:
        assert acts(guard, shopper) == [("done", "ordered"), ("done", "replayed")]
        assert [one.subject for one in guard.erasures()] == [shopper.pseudonym]
