"""Erasure: nothing that is left anywhere opens again, and no backup brings it back."""

from __future__ import annotations

import errno
import os
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from guard_world import (
    CARD,
    CARD_VALUE,
    CONSIGNEE,
    DEVICE,
    NAME_VALUE,
    PHONE,
    PHONE_VALUE,
    Child,
    Delivery,
    Order,
    Payment,
    adult,
    outcomes,
    shop,
)

from obq_privacy import Guard, combine, reveal_all
from obq_privacy.errors import (
    KeyErased,
    KeyUnknown,
    PrivacyError,
    RecordUnknown,
    SealError,
    StoreUnavailable,
    SubjectErased,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy import Subject


def files(place: Path) -> dict[str, bytes]:
    """Copy the database with everything beside it, except for the journal; the guard must be closed."""
    return {path.name: path.read_bytes() for path in place.parent.iterdir() if path.is_file()}


def put_back(place: Path, backup: dict[str, bytes], *, but: tuple[str, ...] = ()) -> None:
    """Restore a backup, with the same modes, apart from files with these suffixes."""
    for path in list(place.parent.iterdir()):
        if path.is_file() and not path.name.endswith(but):
            path.unlink()
    for name, content in backup.items():
        if not name.endswith(but):
            (place.parent / name).write_bytes(content)
            (place.parent / name).chmod(0o600)


@pytest.mark.clause("DEF-4")
@pytest.mark.parametrize("on_disk", [False, True])
def test_nothing_in_hand_opens_after_an_erasure(on_disk: bool, tmp_path: Path) -> None:
    """Old wrappers, derived values, tokens and vault records are all shut, for every use; repeating it succeeds."""
    with shop(tmp_path / "db" if on_disk else None) as guard:
        shopper, other = adult(guard, "shopper", Delivery, Payment), adult(guard, "other", Delivery)
        name, card = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(CARD, CARD_VALUE)
        phone, device = shopper.collect(PHONE, PHONE_VALUE), shopper.collect(DEVICE, "model 7")
        theirs = other.collect(CONSIGNEE, "somebody else")
        derived = combine("{}{}".format, name, card).map(len)
        mixed = combine("{}{}".format, theirs, phone)
        token, named = card.seal(record="row"), name.seal()
        guard.vault.keep("order", shopper.collect_record(Order, number="1", consignee=NAME_VALUE, card=CARD_VALUE))
        order = guard.vault.load(Order, "order")
        for value in (name, card, derived):
            value.reveal(Payment)

        evidence = shopper.erase()
        assert (evidence.subject, evidence.vault_fields) == (shopper.pseudonym, 3)
        uses: list[Callable[[], object]] = [
            lambda: name.reveal(Payment),
            lambda: card.reveal(Payment),
            lambda: phone.reveal(Delivery),
            lambda: device.reveal(Delivery),
            lambda: derived.reveal(Payment),
            lambda: mixed.reveal(Delivery),
            lambda: reveal_all(Delivery, theirs, name),
            lambda: card.mask(Payment),
            lambda: order.consignee.reveal(Delivery),
            lambda: shopper.collect(CONSIGNEE, NAME_VALUE),
            lambda: shopper.collect_record(Order, number="2", consignee=NAME_VALUE),
            lambda: shopper.grant(Delivery),
            lambda: shopper.request(Delivery),
            lambda: shopper.update(born=None),
            lambda: guard.subject("shopper").grant(Delivery),
        ]
        for use in uses:
            with pytest.raises(SubjectErased):
                use()
        shut: list[Callable[[], object]] = [
            lambda: guard.unseal(CARD, token, record="row"),
            lambda: guard.unseal(CONSIGNEE, named),
            lambda: guard.unseal(CARD, token),
            card.seal,
            name.seal,
            lambda: guard.vault.keep("order", order),
        ]
        for use in shut:
            with pytest.raises(KeyErased):
                use()
        with pytest.raises(RecordUnknown):
            guard.vault.load(Order, "order")
        assert "order" not in guard.vault
        assert guard.vault.records(shopper) == []

        again = shopper.erase()
        assert (again.subject, again.ordered, again.completed, again.vault_fields) == (
            evidence.subject,
            evidence.ordered,
            evidence.completed,
            0,
        )
        assert guard.subject("shopper").pseudonym == shopper.pseudonym
        assert theirs.reveal(Delivery) == "somebody else"
        assert [one.subject for one in guard.erasures()] == [shopper.pseudonym]
        assert ("erase", "done", "") in outcomes(guard, shopper)
        guard.audit.verify()


@pytest.mark.clause("DEF-4", "RIGHT-4")
def test_the_audit_of_earlier_uses_outlives_the_subject(tmp_path: Path) -> None:
    """What was recorded before an erasure is unchanged after it."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper", Payment)
        shopper.collect(CARD, CARD_VALUE).reveal(Payment)
        before = outcomes(guard, shopper)
        head = guard.audit.head()
        shopper.erase()
        assert outcomes(guard, shopper)[: len(before)] == before
        guard.audit.verify(head)


@pytest.mark.clause("DEF-4")
def test_another_process_with_the_key_in_hand_is_shut_out(tmp_path: Path) -> None:
    """A process that has key and values cached refuses from the moment at which the erasure returned."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        guard.vault.keep("order", shopper.collect_record(Order, number="1", consignee=NAME_VALUE, card=CARD_VALUE))
        with (
            Child("follow", tmp_path / "db", "unseal").ready() as unsealing,
            Child("follow", tmp_path / "db", "derived").ready() as deriving,
        ):
            for child in (unsealing, deriving):
                assert child.read().startswith("open")
            time.sleep(0.05)
            shopper.erase()
            returned = time.monotonic_ns()
            for child in (unsealing, deriving):
                word, error, began = child.read().split()
                assert (word, error) in {("shut", "SubjectErased"), ("shut", "KeyErased")}
                assert int(began) <= returned
                assert child.end() == 0


@pytest.mark.clause("DEF-4")
def test_a_grant_during_an_erasure_is_refused(tmp_path: Path) -> None:
    """A process whose lease still runs cannot record a consent once another one has begun to erase."""
    lease = timedelta(milliseconds=600)
    with shop(tmp_path / "db", lease=lease) as erasing, shop(tmp_path / "db", lease=lease) as other:
        shopper = adult(erasing, "shopper", Delivery)
        theirs = other.subject("shopper")
        assert not theirs.standing.erased
        thread = threading.Thread(target=shopper.erase)
        thread.start()
        while not erasing._core.store.erasures():
            time.sleep(0.005)
        with pytest.raises(SubjectErased):
            theirs.grant(Payment)
        thread.join()


@pytest.mark.clause("DEF-4")
def test_erasing_during_collection_and_keeping(tmp_path: Path) -> None:
    """While threads collect and keep, an erasure wins: afterwards nothing is kept and nothing opens."""
    for _ in range(5):
        with shop(tmp_path / "db") as guard:
            erase_while_keeping(guard, adult(guard, os.urandom(4).hex(), Delivery, Payment))


def erase_while_keeping(guard: Guard, shopper: Subject) -> None:
    """Erase a subject about whom threads collect and keep."""
    kept: list[Order] = []
    strange: list[BaseException] = []
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                order = shopper.collect_record(Order, number="1", consignee=NAME_VALUE, card=CARD_VALUE)
                kept.append(order)
                guard.vault.keep(f"order-{threading.get_ident()}-{number}", order)
            except (SubjectErased, KeyErased):
                continue
            except BaseException as error:  # noqa: BLE001
                strange.append(error)
                return

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    shopper.erase()
    assert guard.vault.records(shopper) == []
    begun = len(kept)
    stop.set()
    for thread in threads:
        thread.join()
    assert strange == []
    assert len(kept) <= begun + len(threads)
    assert guard.vault.records(shopper) == []
    for order in kept:
        with pytest.raises(SubjectErased):
            order.consignee.reveal(Delivery)


@pytest.mark.clause("DEF-4")
def test_a_restored_database_is_erased_again(tmp_path: Path) -> None:
    """Putting back the database of before an erasure does not bring the subject back: the orders stand beside it."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        token = shopper.collect(CARD, CARD_VALUE).seal()
        guard.vault.keep("order", shopper.collect_record(Order, number="1", consignee=NAME_VALUE))
    backup = files(place)
    with shop(place) as guard:
        guard.subject("shopper").erase()
    put_back(place, backup, but=(".erasures",))
    with shop(place) as guard:
        assert guard.subject("shopper").standing.erased
        assert "order" not in guard.vault
        with pytest.raises(KeyErased):
            guard.unseal(CARD, token)
        assert [one.subject for one in guard.erasures()] == [shopper.pseudonym]
        assert "replayed" in {entry.actor for entry in guard.audit.entries(subject=shopper.pseudonym)}
        guard.audit.verify()
    with shop(place) as guard:
        assert guard.subject("shopper").standing.erased


@pytest.mark.clause("DEF-4")
def test_a_backup_of_everything_is_erased_again_by_evidence(tmp_path: Path) -> None:
    """When the orders were put back as well, the evidence that was kept elsewhere erases again, also twice."""
    place = tmp_path / "db"
    with shop(place) as guard:
        early = adult(guard, "early", Payment)
        token = early.collect(CARD, CARD_VALUE).seal()
    backup = files(place)
    with shop(place) as guard:
        late = adult(guard, "late", Payment)
        sealed = late.collect(CARD, CARD_VALUE).seal()
        guard.subject("early").erase()
        late.erase()
        evidence = guard.erasures()
    put_back(place, backup)
    with shop(place) as guard:
        assert guard.unseal(CARD, token).reveal(Payment) == CARD_VALUE  # everything was put back
        assert guard.replay(evidence) == 2
        assert guard.replay(evidence) == 0
        for one, error in ((token, KeyErased), (sealed, KeyErased)):
            with pytest.raises(error):
                guard.unseal(CARD, one)
        assert guard.subject("early").standing.erased
        assert guard.subject("late").pseudonym == late.pseudonym  # it never was in this store, and never will be
        assert guard.subject("late").standing.erased
        assert {one.subject for one in guard.erasures()} == {early.pseudonym, late.pseudonym}
        guard.audit.verify()


@pytest.mark.clause("DEF-4")
def test_a_replay_reaches_other_processes_before_it_returns(tmp_path: Path) -> None:
    """A replay waits for other processes just as an erasure does."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        guard.vault.keep("order", shopper.collect_record(Order, number="1", consignee=NAME_VALUE, card=CARD_VALUE))
    backup = files(place)
    with shop(place) as guard:
        guard.subject("shopper").erase()
        evidence = guard.erasures()
    put_back(place, backup)
    with shop(place) as guard, Child("follow", place, "card").ready() as child:
        assert child.read().startswith("open")
        guard.replay(evidence)
        returned = time.monotonic_ns()
        _, error, began = child.read().split()
        assert error in {"SubjectErased", "KeyErased"}
        assert int(began) <= returned


@pytest.mark.clause("DEF-4")
def test_rotating_ends_what_backups_hold(tmp_path: Path) -> None:
    """After a rotation, a database of before it has only keys that nobody can unwrap: it does not open at all."""
    place = tmp_path / "db"
    with shop(place) as guard:
        adult(guard, "shopper", Payment)
    backup = files(place)
    with shop(place) as guard:
        guard.subject("shopper").erase()
        guard.rotate()
    put_back(place, backup, but=(".erasures", ".key"))
    with pytest.raises(PrivacyError, match="version 1 is not there"), shop(place):
        pass


@pytest.mark.clause("DEF-4")
def test_one_unknown_and_two_erased_and_three_broken_tokens(tmp_path: Path) -> None:
    """Three states are told apart: a key of another store, a destroyed key, a damaged token."""
    with shop() as guard, shop() as elsewhere:
        shopper = adult(guard, "shopper", Payment)
        token = shopper.collect(CARD, CARD_VALUE).seal()
        with pytest.raises(KeyUnknown):
            elsewhere.unseal(CARD, token)
        with pytest.raises(SealError) as broken:
            guard.unseal(CARD, token[:-1] + bytes([token[-1] ^ 1]))
        assert type(broken.value).__name__ == "SealBroken"
        shopper.erase()
        with pytest.raises(KeyErased):
            guard.unseal(CARD, token)


@pytest.mark.clause("DEF-4")
@pytest.mark.parametrize("how", ["short", "full"])
def test_an_order_that_cannot_be_written_begins_nothing(how: str, tmp_path: Path) -> None:
    """With a full disk the erasure is refused with a typed error, nothing is destroyed, and later it succeeds."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper", Payment)
        card = shopper.collect(CARD, CARD_VALUE)
        write = os.write

        def full(handle: int, line: bytes) -> int:
            if how == "full":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(handle, line[: len(line) // 2])

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(StoreUnavailable, match="no space left on device"):
                shopper.erase()
        assert card.reveal(Payment) == CARD_VALUE
        assert guard.erasures() == []
    with shop(tmp_path / "db") as guard:  # a line that was cut short orders nothing
        shopper = guard.subject("shopper")
        assert [shopper.standing.erased, bool(shopper.erase()), shopper.standing.erased] == [False, True, True]
    assert shopper.pseudonym in (tmp_path / "db.erasures").read_text()


@pytest.mark.clause("DEF-4")
def test_orders_that_cannot_be_read_keep_the_store_shut(tmp_path: Path) -> None:
    """If the orders are there and cannot be read, nothing is opened without them."""
    with shop(tmp_path / "db"):
        pass
    (tmp_path / "db.erasures").mkdir()
    with pytest.raises(StoreUnavailable, match="erasures"), shop(tmp_path / "db"):
        pass


@pytest.mark.clause("DEF-4")
def test_one_whose_id_comes_back_stays_erased(tmp_path: Path) -> None:
    """Registering the same application id again, also with other facts, gives the tombstone."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "shopper", Payment)
        shopper.erase()
        for _ in range(2):
            back = adult(guard, "shopper")
            assert back.pseudonym == shopper.pseudonym
            with pytest.raises(SubjectErased):
                back.grant(Payment)
            with pytest.raises(SubjectErased):
                back.collect(CARD, CARD_VALUE)
