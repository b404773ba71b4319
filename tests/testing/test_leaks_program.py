"""What a program says and leaves behind: each planted leak is found, and the clean version of it raises no alarm."""

# ruff: noqa: G004, PLE1205, T201  what is tested is how a value gets out
from __future__ import annotations

import base64
import gzip
import logging
import sqlite3
import sys
import warnings
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pytest
from leaks_world import CARD, CARRIER, NAME, POLICY, Delivery, Payment, shopper_of

from obq_privacy import Guard
from obq_privacy.testing import LeakFound, NoLeaks, guard_for_tests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HERE = "tests/testing/test_leaks_program.py"


@pytest.fixture
def silent() -> Iterator[logging.Logger]:
    """A logger that passes nothing on and has no handler."""
    logger = logging.getLogger("shop.silent")
    logger.propagate = False
    yield logger
    logger.propagate = True


def places(no_leaks: NoLeaks) -> list[tuple[str, str]]:
    """Give channel and place of what is found."""
    return [(leak.channel, leak.place) for leak in no_leaks.found()]


# ── Logging ───────────────────────────────────────────────────────────────────────────────────────────────

LOGGING: dict[str, Callable[[logging.Logger, str], None]] = {
    "in the message": lambda logger, card: logger.warning(f"paid with {card}"),
    "as an argument": lambda logger, card: logger.warning("paid with %s", card),
    "as an argument that is not shown": lambda logger, card: logger.warning("paid", {"card": [card]}),
    "as an extra": lambda logger, card: logger.warning("paid", extra={"card": card}),
    "encoded": lambda logger, card: logger.warning("paid with %s", base64.b64encode(f"a {card}".encode())),
    "in an exception": lambda logger, card: logger.warning("failed", exc_info=ValueError(card)),
    "behind an exception": lambda logger, card: logger.warning("failed", exc_info=_behind(card)),
    "in a note": lambda logger, card: logger.warning("failed", exc_info=_noted(card)),
}


def _behind(card: str) -> Exception:
    error = ValueError("cannot pay")
    error.__context__ = KeyError(card)
    return error


def _noted(card: str) -> Exception:
    error = ValueError("cannot pay")
    error.add_note(f"with {card}")
    return error


@pytest.mark.parametrize("how", LOGGING)
def test_a_record_of_any_logger_is_searched(how: str, silent: logging.Logger) -> None:
    """Also of one whose records nobody gets."""
    with NoLeaks() as no_leaks:
        LOGGING[how](silent, no_leaks.canary(CARD))
    (leak,) = no_leaks.found()
    assert leak.channel == "log"
    assert HERE in leak.place
    assert "logger 'shop.silent'" in leak.place


def test_a_clean_program_logs_what_it_likes(silent: logging.Logger) -> None:
    """The wrapper, the pseudonym, the last digits, and another card."""
    guard = guard_for_tests(POLICY)
    with NoLeaks() as no_leaks, guard:
        shopper = shopper_of(guard)
        card = shopper.collect(CARD, no_leaks.canary(CARD))
        plain = card.reveal(Payment)
        silent.warning("paid with %r ending in %s for %s", card, plain[-4:], shopper.pseudonym)
        silent.warning("not with %s", "6222021234567890128", extra={"card": card})
    assert no_leaks.found() == []


def test_a_filter_that_redacts_in_place_is_respected(silent: logging.Logger) -> None:
    """What handlers get is what counts."""

    def redact(record: logging.LogRecord) -> bool:
        record.args = ("***",)
        return True

    silent.addFilter(redact)
    with NoLeaks() as no_leaks:
        silent.warning("paid with %s", no_leaks.canary(CARD))
    silent.removeFilter(redact)
    assert no_leaks.found() == []


def test_the_factory_of_records_is_given_back() -> None:
    """Also when watching twice at once, and when somebody else has stepped in between."""
    before = logging.getLogRecordFactory()
    with NoLeaks() as outer, NoLeaks() as inner:
        logging.getLogger("shop").warning("x %s", [watch.canary(CARD) for watch in (outer, inner)])
    assert logging.getLogRecordFactory() is before
    assert len(outer.found()) == len(inner.found()) == 1
    with NoLeaks() as no_leaks:
        former = logging.getLogRecordFactory()
        logging.setLogRecordFactory(partial(former))
    logging.getLogger("shop").warning("paid with %s", no_leaks.canary(CARD))
    logging.setLogRecordFactory(before)
    assert no_leaks.found() == []


# ── Output and warnings ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_printed_is_searched(capsys: pytest.CaptureFixture[str]) -> None:
    """With the line that printed it, on both streams, also while it is captured and also in pieces."""
    with NoLeaks() as no_leaks:
        card = no_leaks.canary(CARD)
        first = sys._getframe().f_lineno + 1
        print("card", card)
        sys.stderr.write(f"card {card.encode().hex()}")
    assert places(no_leaks) == [("stdout", f"{HERE}:{first}"), ("stderr", f"{HERE}:{first + 1}")]
    assert card in capsys.readouterr().out
    with NoLeaks() as no_leaks:
        for character in no_leaks.canary(CARD):
            print(character, end="")
    assert places(no_leaks) == [("stdout", "in pieces")]


def test_the_streams_are_given_back() -> None:
    """Nothing is heard after the end, and nothing stays on the objects."""
    with NoLeaks() as no_leaks:
        card = no_leaks.canary(CARD)
    print(card)
    assert no_leaks.found() == []
    assert "write" not in vars(sys.stdout)


def test_warnings_are_searched() -> None:
    """Whoever records them, in their text and in their arguments."""
    making: tuple[Callable[[str], Warning], ...] = (
        lambda card: UserWarning(f"old card {card}"),
        lambda card: UserWarning("old", card),
    )
    for make in making:
        with NoLeaks() as no_leaks, pytest.warns(UserWarning, match="old"):
            warnings.warn(make(no_leaks.canary(CARD)), stacklevel=1)
        (leak,) = no_leaks.found()
        assert leak.channel == "warning"
        assert leak.place.startswith(HERE)
    with NoLeaks() as no_leaks, warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        warnings.warn("an old card", stacklevel=1)
        no_leaks.canary(CARD)
    assert no_leaks.found() == []


# ── Files and databases ───────────────────────────────────────────────────────────────────────────────────


def test_files_are_searched_by_line(tmp_path: Path) -> None:
    """In folders below, in names, and in what is compressed; a clean file raises no alarm."""
    no_leaks = NoLeaks()
    no_leaks.folder(tmp_path)
    card = no_leaks.canary(CARD)
    (tmp_path / "clean.txt").write_text("6222021234567890128")
    assert no_leaks.found() == []
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "orders.csv").write_text(f"number,card\n881,{card}\n")
    (tmp_path / "cache.gz").write_bytes(gzip.compress(card.encode()))
    (tmp_path / f"{card}.txt").touch()
    assert [(leak.place, leak.encoding) for leak in no_leaks.found()] == [
        ("name of a file", "plain"),
        ("a/orders.csv:2", "plain"),
        ("cache.gz", "gzip, plain"),
    ]


def test_databases_are_searched_by_column(tmp_path: Path) -> None:
    """Whatever the type of the value there, and in an open database in memory as well."""
    no_leaks = NoLeaks()
    no_leaks.folder(tmp_path)
    card = no_leaks.canary(CARD)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("create table orders (number text, card)")
        database.execute("insert into orders values ('1', ?)", (b"sealed",))
        database.commit()
        assert no_leaks.found() == []
        database.execute("insert into orders values ('2', ?)", (card.encode("utf-16-le"),))
        database.commit()
    assert places(no_leaks) == [("sqlite", "shop.db, orders.card")]
    memory = sqlite3.connect(":memory:")
    with closing(memory):
        memory.execute("create table t (a)")
        memory.execute("insert into t values (?)", ([card][0],))
        no_leaks.sqlite(memory, "cache")
        assert places(no_leaks)[1:] == [("sqlite", "cache, t.a")]


def test_what_a_database_has_deleted_is_searched(tmp_path: Path) -> None:
    """It stays in free pages, and in the write-ahead log while the database is open."""
    no_leaks = NoLeaks()
    no_leaks.folder(tmp_path)
    card = no_leaks.canary(CARD)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("pragma secure_delete = off")
        database.execute("create table orders (card text)")
        database.execute("insert into orders values (?)", (card,))
        database.commit()
        database.execute("delete from orders")
        database.commit()
    assert places(no_leaks) == [("sqlite", "shop.db, in no row any more: free pages, or a row that was changed")]
    with closing(sqlite3.connect(tmp_path / "wal.db")) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table orders (card text)")
        database.execute("insert into orders values (?)", (card,))
        database.execute("delete from orders")
        database.commit()
        database.execute("pragma wal_checkpoint(passive)")
        database.execute("insert into orders values (?)", (card,))
        database.commit()
        database.execute("delete from orders")
        database.commit()
        assert ("sqlite", "wal.db-wal") in places(no_leaks)


def test_the_librarys_own_store_is_clean(tmp_path: Path) -> None:
    """What the guard keeps, in its vault and beside it, holds no value."""
    no_leaks = NoLeaks()
    no_leaks.folder(tmp_path)
    with Guard.open(tmp_path / "privacy.db", policy=POLICY) as guard:
        shopper = shopper_of(guard)
        name, card = shopper.collect(NAME, no_leaks.canary(NAME)), shopper.collect(CARD, no_leaks.canary(CARD))
        (tmp_path / "own.bin").write_bytes(name.seal(record="own") + card.seal(record="own"))
        card.reveal(Payment)
    assert no_leaks.found() == []


# ── Exceptions and exits ──────────────────────────────────────────────────────────────────────────────────


FAILURES: dict[str, Callable[[str], BaseException]] = {
    "message": ValueError,
    "argument": lambda card: ValueError("x", {"card": card}),
    "file": lambda card: OSError(2, "no such file", card),
    "note": _noted,
    "context": _behind,
    "group": lambda card: ExceptionGroup("x", [KeyError("x"), ValueError(card)]),
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_caught_exception_can_be_looked_at(how: str) -> None:
    """Its message, arguments, notes, what it came from, and its group."""
    no_leaks = NoLeaks()
    no_leaks.look("exception", FAILURES[how](no_leaks.canary(CARD)))
    assert {leak.channel for leak in no_leaks.found()} == {"exception"}
    clean = NoLeaks()
    clean.canary(CARD)
    clean.look("exception", FAILURES[how]("bank-card"))
    assert clean.found() == []


def test_a_leak_that_is_meant_is_no_leak() -> None:
    """For the item, the channel and the places that are named, and for no others."""
    no_leaks = NoLeaks()
    name, card = no_leaks.canary(NAME), no_leaks.canary(CARD)
    no_leaks.expected(NAME, in_="http", at="GET /me*")
    no_leaks.look("http", f"{name} {card}", at="GET /me, body")
    no_leaks.look("http", name, at="GET /others, body")
    no_leaks.look("file", name, at="GET /me")
    assert [(leak.item, leak.channel, leak.place) for leak in no_leaks.found()] == [
        ("bank-card", "http", "GET /me, body"),
        ("consignee-name", "http", "GET /others, body"),
        ("consignee-name", "file", "GET /me"),
    ]
    with pytest.raises(LeakFound, match=r"3 leak\(s\) found; .*\n  bank-card in http: GET /me, body \(plain\)\n"):
        no_leaks.check()


def test_an_exit_by_sharing_is_open_once_it_was_shared() -> None:
    """The audit log has to say so."""
    no_leaks = NoLeaks()
    with guard_for_tests(POLICY, notice=no_leaks.noticed) as guard:
        no_leaks.audited(guard.audit)
        shopper = shopper_of(guard)
        shopper.grant(Delivery, recipients=[CARRIER])
        name = shopper.collect(NAME, no_leaks.canary(NAME))
        no_leaks.expected(NAME, in_="parcels", to=CARRIER)
        no_leaks.look("parcels", name.reveal(Delivery))
        assert len(no_leaks.found()) == 1
        name.share(Delivery, to=CARRIER)
        assert no_leaks.found() == []


def test_what_is_collected_is_watched() -> None:
    """One by one, in records, through `collecting`; what chance makes is named as not looked for."""
    no_leaks = NoLeaks()
    with guard_for_tests(POLICY, notice=no_leaks.noticed) as guard:
        shopper = shopper_of(guard)
        card = shopper.collect(CARD, "6222021234567890128")
        name = shopper.collecting(matter="order-881").collect(NAME, "Zhang Weiming")
        shopper.collect(NAME, "Li Lei")
        no_leaks.look("queue", [card.reveal(Payment), name.reveal(Payment), "Li Lei"])
        assert [leak.item for leak in no_leaks.found()] == ["bank-card", "consignee-name"]
        with pytest.raises(LeakFound, match="not looked for, because chance makes such values: consignee-name"):
            no_leaks.check()
