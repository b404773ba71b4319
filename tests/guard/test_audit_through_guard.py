"""The audit as an application meets it: recorded before the effect, found again, whole, and without any value."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from guard_world import (
    ADULT,
    CARD,
    CARD_VALUE,
    CONSIGNEE,
    FACE,
    NAME_VALUE,
    PARCEL,
    PHONE,
    PHONE_VALUE,
    POLICY,
    Child,
    Delivery,
    HandClock,
    Marketing,
    Order,
    Payment,
    Undeclared,
    adult,
    shop,
    untyped,
)

from obq_privacy import Guard, combine, equal, reveal_all
from obq_privacy.errors import AuditBroken, Denied, JournalUnavailable, PolicyGap, PurposeNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from obq_privacy import Entry


def said(entries: list[Entry]) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Give what entries are about."""
    return [(entry.operation, entry.outcome, entry.items, entry.purpose) for entry in entries]


@pytest.mark.clause("PROT-2")
@pytest.mark.parametrize("on_disk", [False, True])
def test_everything_is_recorded(on_disk: bool, tmp_path: Path) -> None:
    """Each kind of use, refusal, gap and key event leaves its record, in order."""
    with shop(tmp_path / "db" if on_disk else None) as guard:
        shopper = adult(guard, "shopper", Delivery, Payment)
        name, card = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(CARD, CARD_VALUE)
        phone = shopper.collect(PHONE, PHONE_VALUE)
        name.reveal(Delivery)
        card.mask(Payment)
        reveal_all(Payment, name, card)
        equal(Payment, card, shopper.collect(CARD, CARD_VALUE))
        combine("{}{}".format, name, phone).map(len).reveal(Delivery)
        refused: list[tuple[type[Denied], Callable[[], object]]] = [
            (Denied, lambda: name.reveal(Marketing)),
            (PurposeNotAllowed, lambda: card.reveal(untyped(Delivery))),
            (PolicyGap, lambda: name.reveal(untyped(Undeclared))),
            (Denied, lambda: shopper.collect(FACE, b"face")),
            (Denied, lambda: reveal_all(Marketing, name, phone)),
            (Denied, lambda: phone.mask(Marketing)),
        ]
        for error, use in refused:
            with pytest.raises(error):
                use()
        shopper.collect_record(Order, number="1", consignee=NAME_VALUE, card=CARD_VALUE)
        shopper.update(born=ADULT.replace(day=2))
        guard.rotate()
        shopper.erase()
        with pytest.raises(Denied):
            name.reveal(Delivery)
        both = ("bank-card", "consignee-name")
        assert said(list(guard.audit.entries())) == [
            ("collect", "permit", ("consignee-name",), ""),
            ("collect", "permit", ("bank-card",), ""),
            ("collect", "permit", ("phone",), ""),
            ("use", "permit", ("consignee-name",), "delivery"),
            ("use", "permit", ("bank-card",), "payment"),
            ("use", "permit", both, "payment"),
            ("collect", "permit", ("bank-card",), ""),
            ("use", "permit", ("bank-card",), "payment"),
            ("use", "permit", ("consignee-name", "phone"), "delivery"),
            ("use", "deny", ("consignee-name",), "marketing"),
            ("use", "deny", ("bank-card",), "delivery"),
            ("use", "gap", ("consignee-name",), "undeclared"),
            ("collect", "deny", ("face",), ""),
            ("use", "deny", ("consignee-name",), "marketing"),
            ("use", "deny", ("phone",), "marketing"),
            ("use", "deny", ("phone",), "marketing"),
            ("collect", "permit", both, ""),
            ("update", "done", (), ""),
            ("rotate", "done", (), ""),
            ("rotate", "done", (), ""),
            ("erase", "done", (), ""),
            ("erase", "done", (), ""),
            ("use", "deny", ("consignee-name",), "delivery"),
        ]
        denied = next(guard.audit.entries(outcome="gap"))
        assert (denied.codes, denied.clauses, denied.version) == (("OBQ102",), ("DEF-2",), "2026-11")
        assert {entry.basis for entry in guard.audit.entries(outcome="permit")} == {"consent"}
        guard.audit.verify()


@pytest.mark.clause("PROT-2")
def test_records_are_found_by_what_they_are_about(tmp_path: Path) -> None:
    """Queries by subject, item, purpose, outcome and time give exactly the entries that a filter over all gives."""
    hand = HandClock()
    with shop(tmp_path / "db", clock=hand.clock) as guard:
        instants: list[datetime] = []
        for number in range(12):
            shopper = adult(guard, f"shopper-{number % 3}", Delivery, Payment)
            name, card = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(CARD, CARD_VALUE)
            name.reveal((Delivery, Payment)[number % 2])
            reveal_all(Payment, name, card)
            with pytest.raises(Denied):
                name.reveal(Marketing)
            instants.append(hand.clock.now())
            hand.move(timedelta(minutes=7))
            if number % 4 == 3:
                guard.audit.head()  # a row of the chain of its own
        everything = list(guard.audit.entries())
        assert len(everything) == 12 * 5
        somebody = guard.subject("shopper-1").pseudonym
        ask = guard.audit.entries
        assert list(ask(subject=somebody)) == [one for one in everything if one.subject == somebody]
        assert list(ask(item=CARD)) == list(ask(item="bank-card")) == [e for e in everything if "bank-card" in e.items]
        assert list(ask(purpose=Delivery)) == [e for e in everything if e.purpose == "delivery"]
        assert list(ask(outcome="deny")) == [e for e in everything if e.outcome == "deny"]
        for first, last in ((0, 5), (3, 4), (5, 5), (0, 11)):
            since, until = instants[first], instants[last]
            assert list(ask(since=since, until=until)) == [e for e in everything if since <= e.at < until]
        assert list(ask(subject=somebody, item=CARD, purpose=Payment, outcome="permit", since=instants[2])) == [
            e
            for e in everything
            if (e.subject, e.purpose, e.outcome) == (somebody, "payment", "permit")
            and "bank-card" in e.items
            and e.at >= instants[2]
        ]
        assert list(ask(subject="0" * 31 + "1")) == []


# ── No record, no plaintext ───────────────────────────────────────────────────────────────────────────────


def uses_of(guard: Guard) -> list[Callable[[], object]]:
    """Give every way to a plaintext or to a value that leaves a record first."""
    shopper = adult(guard, "shopper", Delivery, Payment)
    name, card = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(CARD, CARD_VALUE)
    line = combine("{}{}".format, name, card)
    return [
        lambda: name.reveal(Delivery),
        lambda: card.reveal(Payment),
        lambda: card.mask(Payment),
        lambda: line.reveal(Payment),
        lambda: reveal_all(Payment, name, card),
        lambda: equal(Payment, card, card),
        lambda: shopper.collect(CARD, CARD_VALUE),
        lambda: shopper.collect_record(Order, number="1", consignee=NAME_VALUE),
    ]


def fill_segment(guard: Guard) -> None:
    """Use up what is left of the journal's segment."""
    card = adult(guard, "filler", Payment).collect(CARD, CARD_VALUE)
    journal = guard._core.journal
    while journal._current is not None and journal._current.written < journal._current.slots:
        card.reveal(Payment)


@pytest.mark.clause("PROT-2")
def test_without_space_for_records_values_stay_shut(tmp_path: Path) -> None:
    """When no file can grow any more, every use is refused with JournalUnavailable; with space it works again."""
    with shop(tmp_path / "db", lease=timedelta(seconds=30)) as guard:
        uses = uses_of(guard)
        for use in uses:
            use()
        fill_segment(guard)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            for use in uses:
                with pytest.raises(JournalUnavailable, match="too large"):
                    use()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        for use in uses:
            use()
        guard.audit.verify()


@pytest.mark.clause("PROT-2")
def test_without_a_directory_for_records_values_stay_shut(tmp_path: Path) -> None:
    """When the journal's directory is gone, uses and refusals raise JournalUnavailable until it is back."""
    with shop(tmp_path / "db", lease=timedelta(seconds=30)) as guard:
        uses = uses_of(guard)
        shopper = guard.subject("shopper")
        name = shopper.collect(CONSIGNEE, NAME_VALUE)
        with pytest.raises(Denied):
            name.reveal(Marketing)
        shutil.rmtree(tmp_path / "db.journal")
        count = len(list(guard.audit.entries()))  # nothing of what was recorded is lost
        everything: list[Callable[[], object]] = [*uses, lambda: name.reveal(Marketing)]
        for use in everything:
            with pytest.raises(JournalUnavailable, match="no such file or directory"):
                use()
        with pytest.raises(JournalUnavailable):
            shopper.erase()
        with pytest.raises(JournalUnavailable):
            guard.rotate()
        assert guard._core.store.kek() == (1, None)
        assert not (tmp_path / "db.erasures").exists()
        (tmp_path / "db.journal").mkdir(mode=0o700)
        for use in uses:
            use()
        with pytest.raises(Denied):
            name.reveal(Marketing)
        assert len(list(guard.audit.entries())) == count + len(uses) + 1
        guard.audit.verify()


@pytest.mark.clause("PROT-2")
def test_the_record_comes_before_the_effect() -> None:
    """At the moment at which a record is written, nothing has been opened, and nothing has been destroyed yet."""
    with shop() as guard:
        shopper = adult(guard, "shopper", Payment)
        opened: list[str] = []
        card = shopper.collect(CARD, CARD_VALUE)
        derived = card.map(opened.append)

        def refuse(*_: object) -> None:
            raise JournalUnavailable(place="memory", problem="it is full")

        uses: list[Callable[[], object]] = [
            lambda: derived.reveal(Payment),
            lambda: card.reveal(Payment),
            shopper.erase,
            guard.rotate,
            lambda: shopper.update(born=ADULT.replace(day=3)),
        ]
        for use in uses:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(guard._core.journal, "append", refuse)
                with pytest.raises(JournalUnavailable):
                    use()
        assert opened == []
        assert shopper.standing.born == ADULT
        assert card.reveal(Payment) == CARD_VALUE


def test_records_that_could_not_be_drained_at_close_wait_for_the_next_process(tmp_path: Path) -> None:
    """When the store fails while a guard is closed, its records are adopted by the next guard, even in this process."""

    def fail(*_: object) -> None:
        raise AuditBroken(place="here", problem="it is a test")

    guard = Guard.open(tmp_path / "db", policy=POLICY)
    adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(guard._core.store), "append_segments", fail)
        with pytest.raises(AuditBroken):
            guard.close()
    with shop(tmp_path / "db") as guard:
        assert said(list(guard.audit.entries())) == [("collect", "permit", ("bank-card",), "")]


# ── Tampering ─────────────────────────────────────────────────────────────────────────────────────────────

TAMPERING = {
    "changed": "UPDATE audit_segments SET data = CAST(x'00' || substr(data, 2) AS BLOB) WHERE seq = 2",
    "removed": "DELETE FROM audit_segments WHERE seq = 2",
    "reordered": "UPDATE audit_segments SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3)",
    "another time": "UPDATE audit_segments SET anchor = anchor + 3600000000000 WHERE seq = 2",
    "another fact": "UPDATE audit_facts SET text = replace(text, 'permit', 'deny')",
    "no index": "DELETE FROM audit_index WHERE seq = 2",
}


@pytest.mark.clause("PROT-2")
@pytest.mark.parametrize("how", list(TAMPERING))
def test_tampering_is_found(how: str, tmp_path: Path) -> None:
    """Whatever somebody changes in the database's audit tables, `verify` says that and where."""
    place = tmp_path / "db"
    with shop(place) as guard:
        for number in range(4):
            adult(guard, f"shopper-{number}", Payment).collect(CARD, CARD_VALUE).reveal(Payment)
            guard.audit.head()
        head = guard.audit.verify()
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(TAMPERING[how])
    connection.execute("UPDATE audit_segments SET seq = -seq WHERE seq < 0")
    connection.close()
    with shop(place) as guard, pytest.raises(AuditBroken) as broken:
        guard.audit.verify(head)
    assert broken.value.place in {"segment 1", "segment 2", "segment 3"}
    assert broken.value.clause == "PROT-2"


@pytest.mark.clause("PROT-2")
def test_a_chain_that_was_cut_is_found_by_a_head_kept_elsewhere(tmp_path: Path) -> None:
    """Cutting the end off leaves a whole chain; the head that somebody kept shows that it is too short."""
    place = tmp_path / "db"
    with shop(place) as guard:
        adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE)
        guard.audit.head()
        adult(guard, "other", Payment).collect(CARD, CARD_VALUE)
        head = guard.audit.head()
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM audit_index WHERE seq = 2")
    connection.execute("DELETE FROM audit_segments WHERE seq = 2")
    connection.close()
    with shop(place) as guard:
        guard.audit.verify()
        with pytest.raises(AuditBroken, match="truncated"):
            guard.audit.verify(head)


# ── Nothing in clear ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1")
def test_no_file_holds_a_value_an_id_or_a_birth_date(tmp_path: Path) -> None:
    """In no file beside the database, while it is open, after a kill and after closing, is anything in clear."""
    canaries = ["canary shopper 77", "Zhang Canary", "6222020000000000077", "13877700077", "note 7770777", "1987-07-07"]

    def check() -> None:
        for path in tmp_path.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for canary in canaries:
                    for form in (canary.encode(), canary.encode("utf-16-le"), canary.encode().hex().encode()):
                        assert form not in content, (path.name, canary)

    def fill(guard: Guard) -> None:
        shopper = guard.subject("canary shopper 77", born=ADULT.replace(1987, 7, 7))
        guardian = guard.subject("canary shopper 77's mother")
        shopper.update(guardians=[guardian])
        shopper.grant(Delivery, Payment, Marketing)
        name, card = shopper.collect(CONSIGNEE, "Zhang Canary"), shopper.collect(CARD, "6222020000000000077")
        phone, note = shopper.collect(PHONE, "13877700077"), shopper.collect(PARCEL, "note 7770777")
        order = shopper.collect_record(Order, number="note 7770777", consignee="Zhang Canary")
        guard.vault.keep("order-1", order)
        (tmp_path / "token").write_bytes(b"".join(value.seal(record="r") for value in (name, card, phone, note)))
        combine("{}{}".format, name, card).reveal(Payment)
        phone.mask(Delivery)
        with pytest.raises(Denied):
            note.reveal(untyped(Marketing))

    with shop(tmp_path / "db") as guard:
        fill(guard)
    check()
    with shop(tmp_path / "db") as guard:
        guard.rotate()
        guard.subject("canary shopper 77").erase()
    check()
    canaries[:] = ["canary 0-0", "card 0-0"]
    with Child("labour", tmp_path / "db", 0).ready() as child:
        for _ in range(8):
            child.read()
        child.signal(9)
    check()


@pytest.mark.clause("PROT-1")
def test_errors_and_records_hold_identifiers_only(tmp_path: Path) -> None:
    """What a refusal says, and what is recorded of it, names items, purposes and pseudonyms, never a value."""
    with shop(tmp_path / "db") as guard:
        shopper = adult(guard, "canary-shopper", Delivery)
        name = shopper.collect(CONSIGNEE, NAME_VALUE)
        with pytest.raises(Denied) as refused:
            name.reveal(Marketing)
        texts = [str(refused.value), repr(refused.value), repr(refused.value.args)]
        texts += [repr(entry) for entry in guard.audit.entries()]
        assert all("Canary" not in text and "canary" not in text for text in texts)
