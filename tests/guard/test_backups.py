"""What a backup that is put back does not undo: the database is the old one, and what people ended stays ended."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import (
    CARD,
    CARD_VALUE,
    CONSIGNEE,
    NAME_VALUE,
    PARCEL,
    Delivery,
    Marketing,
    Order,
    Payment,
    adult,
    shop,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from obq_privacy import Guard, Permit, Request, decide
from obq_privacy.errors import ArgumentInvalid, ConsentWithdrawn, PrivacyError, StoreUnavailable
from obq_privacy.guard import _endings
from obq_privacy.guard._beside import Lines
from obq_privacy.vocab import Operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy import Standing, Subject


def restore(place: Path, backup: Path) -> None:
    """Put a backup in the place of the database, as docs/how-to/restore.md says."""
    backup.replace(place)
    for suffix in ("-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)


def endings(place: Path) -> list[dict[str, Any]]:
    """Read what was written down beside the database."""
    text = place.with_name(f"{place.name}.endings").read_text("utf-8")
    return [json.loads(json.loads(line)["event"]) for line in text.splitlines() if line]


ENDS: dict[str, Callable[[Guard, Subject], object]] = {
    "withdraw": lambda _, shopper: shopper.withdraw(Marketing),
    "withdraw everything": lambda _, shopper: shopper.withdraw(),
    "refuse": lambda _, shopper: shopper.refuse(Marketing),
    "expire": lambda _, shopper: shopper.expire(shopper.standing.consents[0].grant),
    "invalidate": lambda _, shopper: shopper.invalidate(shopper.standing.consents[0].grant),
    "object": lambda _, shopper: shopper.object_to(Marketing, "toys"),
    "restrict": lambda _, shopper: shopper.restrict(CONSIGNEE),
    "restrict everything": lambda _, shopper: shopper.restrict(),
    "hold": lambda _, shopper: shopper.hold(CONSIGNEE, reference="case 9"),
    "close": lambda _, shopper: shopper.close(),
    "succession": lambda guard, _: guard.succession("buyer", accepted=False),
    "cessation": lambda guard, _: guard.cease(),
}


@pytest.mark.clause("RIGHT-4", "USE-6", "USE-7", "RIGHT-3")
@pytest.mark.parametrize("end", ENDS)
def test_what_was_ended_since_a_backup_stays_ended(end: str, tmp_path: Path) -> None:
    """By whatever word; with its own time, in the audit, and once."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Marketing)
        guard.back_up(tmp_path / "backup")
        before = shopper.standing
        ENDS[end](guard, shopper)
        ended = shopper.standing
        assert ended != before
    restore(place, tmp_path / "backup")
    for _ in range(2):
        with shop(place) as guard:
            assert guard.subject("shopper").standing == ended
            replayed = [entry for entry in guard.audit.entries(outcome="done") if entry.actor == "replayed"]
            assert len(replayed) == 1
            assert replayed[0].items == (("consignee-name",) if end in {"restrict", "hold"} else ())
            guard.audit.verify()


@pytest.mark.clause("RIGHT-4")
def test_a_use_after_a_withdrawal_stays_refused_by_a_restored_database(tmp_path: Path) -> None:
    """A value that the backup has, and one whose consent goes on."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        guard.vault.keep("order", shopper.collect_record(Order, number="1", consignee=NAME_VALUE, card=CARD_VALUE))
        guard.back_up(tmp_path / "backup")
        shopper.withdraw(Payment)
    restore(place, tmp_path / "backup")
    with shop(place) as guard:
        order = guard.vault.load(Order, "order")
        assert order.consignee.reveal(Delivery) == NAME_VALUE
        with pytest.raises(ConsentWithdrawn):
            order.consignee.reveal(Payment)


@pytest.mark.clause("USE-7", "RIGHT-3")
def test_what_was_taken_back_again_is_taken_back(tmp_path: Path) -> None:
    """An objection, a restriction and a hold that were lifted after the backup do not come back for ever."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Marketing)
        shopper.object_to(Marketing, "cars")
        guard.back_up(tmp_path / "backup")
        shopper.object_to(Marketing, "toys")
        shopper.restrict(CONSIGNEE)
        shopper.hold(CONSIGNEE, reference="case 9")
        shopper.allow(Marketing, "toys", "cars")
        shopper.lift(CONSIGNEE)
        shopper.release("case 9")
        ended = shopper.standing
    restore(place, tmp_path / "backup")
    with shop(place) as guard:
        assert guard.subject("shopper").standing == ended
        assert ended.objections == ended.restrictions == frozenset()


@pytest.mark.clause("RIGHT-4", "USE-2")
def test_a_consent_of_after_the_end_stands_where_the_backup_has_it(tmp_path: Path) -> None:
    """And is lost where it has not: then the person is asked again."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Marketing)
        guard.back_up(tmp_path / "early")
        shopper.withdraw(Marketing)
        shopper.grant(Marketing)
        guard.back_up(tmp_path / "late")
    restore(place, tmp_path / "late")
    with shop(place) as guard:
        assert guard.subject("shopper").collect(CONSIGNEE, NAME_VALUE).reveal(Marketing) == NAME_VALUE
    restore(place, tmp_path / "early")
    with shop(place) as guard, pytest.raises(ConsentWithdrawn):
        guard.subject("shopper").collect(CONSIGNEE, NAME_VALUE).reveal(Marketing)


WORDS = ("withdraw", "refuse", "object", "restrict", "hold", "close")


def permitted(guard: Guard, standing: Standing, value: Any) -> set[str]:
    """Give the purposes for which a value may be used now."""
    now = datetime.now(UTC)
    asked = [rule.purpose for rule in guard.policy.purposes]
    answers = {one.key: decide(guard.policy, standing, value.label, Request(Operation.USE, one), now) for one in asked}
    return {key for key, answer in answers.items() if isinstance(answer, Permit)}


@pytest.mark.clause("RIGHT-4")
@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(
    said=st.lists(st.tuples(st.sampled_from(("grant", *WORDS)), st.sampled_from((Delivery, Payment, Marketing)))),
    saved=st.integers(0, 8),
)
def test_putting_a_backup_back_never_permits_more(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, Any]], saved: int
) -> None:
    """Whatever somebody says, and whenever the backup is made between."""
    folder = tmp_path_factory.mktemp("restored")
    place = folder / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        name = shopper.collect(CONSIGNEE, NAME_VALUE)
        for number, (word, purpose) in enumerate(said):
            if number == saved:
                guard.back_up(folder / "backup")
            _say(shopper, word, purpose)
        if saved >= len(said):
            guard.back_up(folder / "backup")
        before, standing = permitted(guard, shopper.standing, name), shopper.standing
    restore(place, folder / "backup")
    with shop(place) as guard:
        after = guard.subject("shopper").standing
        assert permitted(guard, after, name) <= before
        assert (after.closed, after.restrictions, after.holds) == (
            standing.closed,
            standing.restrictions,
            standing.holds,
        )


def _say(shopper: Subject, word: str, purpose: Any) -> None:
    match word:
        case "grant":
            if shopper.standing.closed is None:
                shopper.grant(purpose)
        case "object":
            shopper.object_to(purpose, "toys")
        case "restrict":
            shopper.restrict(CARD)
        case "hold":
            shopper.hold(CARD, reference="case 9")
        case "close":
            shopper.close()
        case _:
            getattr(shopper, word)(purpose)


# ── The file ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1")
def test_the_file_is_for_its_owner_and_holds_pseudonyms(tmp_path: Path) -> None:
    """What opens something up is not in it, and neither is an id of the application or a value."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper-42", Delivery, Marketing)
        shopper.collect(CONSIGNEE, NAME_VALUE)
        assert not place.with_name("db.endings").exists()
        shopper.withdraw(Marketing)
        shopper.withdraw(Marketing)  # nothing is left to end
        shopper.grant(Marketing)
    file = place.with_name("db.endings")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(one["kind"], one["subject"]) for one in endings(place)] == [("withdraw", shopper.pseudonym)]
    assert "shopper-42" not in file.read_text("utf-8")


def test_opening_reads_no_further_than_what_the_ledger_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many endings there are, one line is read where nothing is missing, and one more for each that is."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery)
        for number in range(300):
            shopper.hold(PARCEL, reference=f"case {number}")
        guard.back_up(tmp_path / "backup")
        for number in range(5):
            shopper.hold(PARCEL, reference=f"later case {number}")
        held = shopper.standing.holds
    read: list[bytes] = []
    once = _endings._read

    def counted(line: bytes, store: str) -> Any:
        read.append(line)
        return once(line, store)

    monkeypatch.setattr(_endings, "_read", counted)
    with shop(place):
        assert len([line for line in read if line]) == 1
    read.clear()
    restore(place, tmp_path / "backup")
    with shop(place) as guard:
        assert len([line for line in read if line]) == 6
        assert guard.subject("shopper").standing.holds == held


def test_lines_that_were_cut_short_and_those_of_another_store_are_passed_over(tmp_path: Path) -> None:
    """A database that is made anew where another one was does not obey what that one was told."""
    place = tmp_path / "db"
    with shop(place) as guard:
        adult(guard, "shopper", Delivery)
        guard.cease()
    with place.with_name("db.endings").open("a", encoding="utf-8") as file:
        file.write('\n{"more": 1}\n7\n[]\nnull\n{"store": "00", "ev')
    with shop(place) as guard:
        guard.back_up(tmp_path / "backup")
        guard.subject("shopper").withdraw()
    restore(place, tmp_path / "backup")
    with shop(place) as guard:
        assert guard.subject("shopper").standing.consents[0].over
    for path in place.parent.glob("db*"):
        if path.is_file() and path.suffix != ".endings":
            path.unlink()
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery)
        assert shopper.standing.ceased is None
        assert shopper.collect(CONSIGNEE, NAME_VALUE).reveal(Delivery) == NAME_VALUE


def test_people_whom_the_backup_does_not_know_and_erased_ones_are_passed_over(tmp_path: Path) -> None:
    """Those who came later, and those who were erased since."""
    place = tmp_path / "db"
    with shop(place) as guard:
        early = adult(guard, "early", Delivery)
        erased = adult(guard, "erased", Delivery)
        guard.back_up(tmp_path / "backup")
        early.withdraw(Delivery)
        erased.withdraw(Delivery)
        adult(guard, "late", Delivery).withdraw(Delivery)
        erased.erase()
    restore(place, tmp_path / "backup")
    with shop(place) as guard:
        assert guard.known("late") is None
        assert guard.subject("erased").standing.erased
        assert guard.subject("early").standing.consents[0].over
        replayed = [entry for entry in guard.audit.entries(outcome="done") if entry.actor == "replayed"]
        assert [(entry.subject, entry.operation) for entry in replayed] == [
            (erased.pseudonym, "erase"),
            (early.pseudonym, "withdraw"),
        ]


@pytest.mark.clause("RIGHT-4")
def test_an_end_that_cannot_be_written_down_is_an_error_and_nothing_half_done(tmp_path: Path) -> None:
    """The ledger is as it was, and so is the file; it works again when the disk does."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Marketing)
        place.with_name("db.endings").mkdir()
        before = shopper.standing
        with pytest.raises(StoreUnavailable) as caught:
            shopper.withdraw(Marketing)
        assert caught.value == StoreUnavailable(store=str(place.with_name("db.endings")), problem="is a directory")
        assert shopper.standing == before
        shopper.grant(Payment)  # what opens something up is not written down
        place.with_name("db.endings").rmdir()
        shopper.withdraw(Marketing)
    assert [one["purposes"] for one in endings(place)] == [["marketing"]]
    place.with_name("db.endings").unlink()
    place.with_name("db.endings").mkdir()
    with pytest.raises(StoreUnavailable):
        Guard.open(place, policy=guard.policy)


@pytest.mark.clause("RIGHT-4")
def test_what_was_written_down_and_not_committed_is_ended_by_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process had been killed between."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery, Marketing)
        add = _endings.Endings.add

        def killed(self: _endings.Endings, event: Any) -> None:
            add(self, event)
            raise StoreUnavailable(store="db", problem="killed")

        with monkeypatch.context() as patch:
            patch.setattr(_endings.Endings, "add", killed)
            with pytest.raises(StoreUnavailable):
                shopper.withdraw(Marketing)
        assert not shopper.standing.consents[0].ended
    with shop(place) as guard:
        (consent,) = guard.subject("shopper").standing.consents
        assert set(consent.ended) == {"marketing"}


def test_a_guard_does_not_open_where_nobody_could_withdraw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather at once than when somebody does; where there is no file yet, one is made then."""
    place = tmp_path / "db"
    with shop(place) as guard:
        adult(guard, "shopper", Delivery).withdraw()
    opened = os.open

    def refused(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if str(path).endswith(".endings") and flags & os.O_WRONLY:
            raise PermissionError(errno.EACCES, "no")
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(StoreUnavailable, match="permission denied"):
        Guard.open(place, policy=guard.policy)
    monkeypatch.undo()
    with shop(place) as again:
        assert again.subject("shopper").standing.consents[0].over


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=40), max_size=12))
def test_lines_are_read_from_both_ends_alike(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Also across the blocks in which the file is read."""
    lines = Lines(tmp_path_factory.mktemp("lines") / "file")
    assert list(lines.newest_first()) == lines.oldest_first() == []
    wanted = [text for text in (*texts, *("x" * 70_000 for _ in texts[:2]), *texts) if text]
    for text in wanted:
        lines.add(text)
    assert [line.decode() for line in lines.oldest_first() if line] == wanted
    assert [line.decode() for line in lines.newest_first() if line] == wanted[::-1]


# ── Backing up ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1")
def test_a_backup_is_whole_and_for_its_owner_while_others_write(tmp_path: Path) -> None:
    """It is a database like the other one, of one instant, with the audit up to there, and without the key."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = adult(guard, "shopper", Delivery)
        shopper.collect(CONSIGNEE, NAME_VALUE).reveal(Delivery)
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                guard.vault.keep(f"order-{number}", shopper.collect_record(Order, number="1", consignee=NAME_VALUE))
                number += 1

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for number in range(5):
                guard.back_up(tmp_path / f"copy-{number}")
        finally:
            stop.set()
            thread.join()
    for number in range(5):
        copy = tmp_path / f"copy-{number}"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with pytest.raises(PrivacyError):
            Guard.open(copy, policy=guard.policy)  # it has no key file of its own, and makes none for what is there
    (tmp_path / "db.key").rename(tmp_path / "copy-4.key")
    with Guard.open(tmp_path / "copy-4", policy=guard.policy) as copied:
        assert ("use", "permit") in {(entry.operation, entry.outcome) for entry in copied.audit.entries()}
        copied.audit.verify()
    assert not list(tmp_path.glob("*.part*"))


def test_a_backup_replaces_nothing_and_leaves_nothing_half(tmp_path: Path) -> None:
    """A file that is there stays, and a folder that is not is named."""
    with shop(tmp_path / "db") as guard:
        (tmp_path / "taken").write_text("mine")
        with pytest.raises(ArgumentInvalid, match="there is a file already"):
            guard.back_up(tmp_path / "taken")
        assert (tmp_path / "taken").read_text() == "mine"
        with pytest.raises(StoreUnavailable, match="no such file or directory"):
            guard.back_up(tmp_path / "nowhere" / "copy")
        with pytest.raises(ArgumentInvalid):
            guard.back_up(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        assert not list(tmp_path.glob("*.part*"))
    with shop() as guard, pytest.raises(StoreUnavailable, match="it lives and dies with its process"):
        guard.back_up(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
