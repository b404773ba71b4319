"""Files of the SQLite store: how they are made, which are refused, and what happens when they fail."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from obq_privacy.errors import StoreError, StoreIncompatible, StoreUnavailable
from obq_privacy.stores import SQLiteStore, _schema, _sqlite_open
from obq_privacy.stores._schema import APPLICATION_ID, MIGRATIONS
from obq_privacy.stores._sqlite_errors import Row, run

from .makers import (
    FACT,
    NOW,
    batch_of,
    connection_of,
    enroll,
    event_of,
    field_of,
    give,
    key_of,
    row_of,
    secret,
    turn,
    who,
)
from .processes import child, wait


def files(path: Path) -> dict[str, bytes]:
    """Return the content of all files of a database, apart from its shared memory, which has none of its own."""
    return {
        file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*") if not file.name.endswith("-shm")
    }


# ── Made ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("umask", [0, 0o022])
def test_nobody_else_can_read_the_files(path: Path, umask: int) -> None:
    """All three are created with mode 0600, whatever the umask lets through."""
    before = os.umask(umask)
    try:
        store = SQLiteStore(path)
        enroll(store, 1)
    finally:
        os.umask(before)
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    store.close()
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_the_pragmas_are_those_that_are_documented(store: SQLiteStore) -> None:
    """Durability, foreign keys, overwriting: a connection without them would keep less than is promised."""
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "temp_store": 2,
        "trusted_schema": 0,
        "application_id": APPLICATION_ID,
        "user_version": len(MIGRATIONS),
        "busy_timeout": 50,
    }
    connection = connection_of(store)
    assert {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted


@pytest.mark.parametrize("name", ["a b", "100%41?mode=ro#x", ":memory:", "订单", "file:x.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is the one that was named, and stays it when the working directory changes."""
    monkeypatch.chdir(tmp_path)
    store = SQLiteStore(name)
    monkeypatch.chdir("/")
    wait(child(lambda: enroll(store, 1)))
    assert store.place == str(tmp_path / name)
    store.close()
    assert {file.name for file in tmp_path.iterdir()} == {name, f"{name}-wal", f"{name}-shm"}  # the child's were last


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    """So does one whose first opening was killed after it had switched to write-ahead logging."""
    path.touch()
    SQLiteStore(path).close()
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    store = SQLiteStore(path)
    enroll(store, 1)
    store.close()


def test_opening_loads_nothing(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening reads the schema and the table `meta`, so a million subjects cost nothing."""
    said: list[str] = []
    connect = sqlite3.connect

    def traced(*args: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)  # type: ignore[call-overload]
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    other = SQLiteStore(store.place)
    tables = {name for (name,) in connection_of(store).execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    other.close()
    assert said
    assert {table for table in tables for statement in said if table in statement.split()} == {"meta"}


def test_no_question_reads_a_whole_table(store: SQLiteStore) -> None:
    """Every statement finds its rows by an index, apart from those whose answer is the whole table."""
    said: list[str] = []
    connection = connection_of(store)
    store.add_facts([FACT])
    connection.set_trace_callback(said.append)
    store.keep("order", [field_of(1)], NOW)
    for act in (
        lambda: store.subject(who(1)),
        lambda: store.subject_by_lookup(row_of(1).lookup),
        lambda: enroll(store, 2),
        lambda: store.put_profile(who(1), secret("new")),
        store.erasures,
        lambda: store.append(who(1), give(event_of(1))),
        lambda: store.events(who(1)),
        lambda: store.follow(b"me", 1),
        lambda: store.feed(0, b"me"),
        lambda: store.unfollow(b"me"),
        lambda: store.put_policy("1", "text", NOW),
        lambda: store.load("order"),
        lambda: store.records(who(1)),
        lambda: store.subjects("", 5),
        lambda: store.amend("order", "card", field_of(1).token, b"new", NOW),
        lambda: store.strike("order", ["card"]),
        lambda: store.enter("case", "request", who(1), turn("text"), NOW),
        lambda: store.entries("case"),
        lambda: store.case("case"),
        lambda: store.cases("request"),
        lambda: store.cases("request", open=True),
        lambda: store.cases("request", subject=who(1)),
        lambda: store.cases("request", subject=who(1), open=False),
        lambda: store.key(key_of(1).key_id),
        lambda: store.keys_behind(2, 5),
        lambda: store.rewrap([key_of(1, kek=2)]),
        lambda: store.append_segments([batch_of([1])]),
        lambda: list(store.segments(after=1)),
        lambda: list(store.segments(subject=bytes(16))),
        lambda: store.pairs(1),
        store.head,
        lambda: store.fact(FACT.id),
        lambda: store.begin_erasure(who(1), NOW),
        lambda: store.finish_erasure(who(1), NOW),
        lambda: store.bury(row_of(3)._replace(erasing=NOW)),
        lambda: store.drop("order"),
        lambda: store.destroy_key(who(2), NOW),
    ):
        act()
    connection.set_trace_callback(None)
    statements = {said for said in said if said.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT"}}
    assert len(statements) > 30
    scans = {
        (statement, detail)
        for statement in statements
        for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
        if detail.startswith("SCAN") and "CONSTANT ROW" not in detail
    }
    # A maximum or the last row is taken from the end of the tree.
    assert {(said, detail) for said, detail in scans if "max(seq)" not in said and "DESC LIMIT 1" not in said} == set()


# ── Refused ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_newer_file_is_left_alone(path: Path) -> None:
    """A file of a newer version of the library is refused and stays as it is, byte for byte."""
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = files(path)
    with pytest.raises(StoreIncompatible, match=f"version {len(MIGRATIONS) + 1}"):
        SQLiteStore(path)
    assert files(path)["store.db"] == before["store.db"]


@pytest.mark.parametrize(
    "setup",
    [
        ["CREATE TABLE t (x)"],
        ["PRAGMA application_id = 42", "CREATE TABLE t (x)"],
        ["PRAGMA application_id = 42"],
        ["PRAGMA user_version = 1"],
        ["PRAGMA journal_mode = WAL", "CREATE TABLE t (x)"],
    ],
)
def test_a_database_of_another_program_is_left_alone(path: Path, setup: list[str]) -> None:
    """It is refused, whatever is in it, and stays as it is, byte for byte."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in setup:
            connection.execute(statement)
    before = files(path)
    with pytest.raises(StoreIncompatible):
        SQLiteStore(path)
    assert files(path)["store.db"] == before["store.db"]


def test_the_log_of_another_program_is_left_alone(path: Path) -> None:
    """A write-ahead log that a killed program has left is neither moved into its database nor removed."""

    def killed() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
        os._exit(0)

    wait(child(killed))
    before = files(path)
    assert len(before["store.db-wal"]) > 1000
    with pytest.raises(StoreIncompatible):
        SQLiteStore(path)
    assert files(path) == before


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    """A text file is refused and stays as it is."""
    path.write_text("dear diary\n" * 100)
    with pytest.raises(StoreIncompatible):
        SQLiteStore(path)
    assert path.read_text() == "dear diary\n" * 100


@pytest.mark.parametrize("place", ["missing/store.db", "", "nul\0.db"])
def test_a_place_that_cannot_be_is_unavailable(tmp_path: Path, place: str) -> None:
    """A directory that is missing, one in place of the file, a name that no file can have."""
    with pytest.raises(StoreUnavailable) as caught:
        SQLiteStore(f"{tmp_path}/{place}")
    assert caught.value.__context__ is None


def test_a_directory_that_cannot_be_written_is_unavailable() -> None:
    """Neither is a store made in it, nor one opened that is there and cannot be written."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        SQLiteStore(directory / "there.db").close()
        (directory / "there.db").chmod(0o444)
        directory.chmod(0o555)

        def work() -> None:
            if os.getuid() == 0:
                os.setuid(65534)
            for place in ("new.db", "there.db"):
                with pytest.raises(StoreUnavailable):
                    SQLiteStore(directory / place)

        wait(child(work))
        directory.chmod(0o755)
        assert {file.name.partition("-")[0] for file in directory.iterdir()} == {"there.db"}


def test_an_old_sqlite_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name for the version is said, rather than a syntax error of the schema."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StoreError, match=r"older than 3\.37"):
        SQLiteStore(path)
    assert not path.exists()


# ── Migrated ──────────────────────────────────────────────────────────────────────────────────────────────

STEP = ("CREATE TABLE added (x INTEGER) STRICT", "INSERT INTO added VALUES (7)")


def test_an_older_file_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps that it lacks are taken once, and what was in it stays."""
    store = SQLiteStore(path)
    enroll(store, 1)
    store.close()
    monkeypatch.setattr(_sqlite_open, "MIGRATIONS", (*_schema.MIGRATIONS, STEP))
    for _ in range(2):
        store = SQLiteStore(path)
        assert store.subject(who(1)) == row_of(1)
        assert connection_of(store).execute("SELECT x FROM added").fetchall() == [(7,)]
        store.close()


def test_a_file_without_a_docket_gets_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of version 1 takes the second step, and what was in it stays."""
    with monkeypatch.context() as patch:
        patch.setattr(_sqlite_open, "MIGRATIONS", _schema.MIGRATIONS[:1])
        store = SQLiteStore(path)
        enroll(store, 1)
        store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    with closing(SQLiteStore(path)) as store:
        assert store.subject(who(1)) == row_of(1)
        assert store.enter("case", "request", who(1), turn("text"), NOW) is not None
        assert [row.case for row in store.cases("request")] == ["case"]


@pytest.mark.parametrize("old", [False, True])
def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch, *, old: bool) -> None:
    """All steps are taken or none, for a new file as for an old one."""
    if old:
        SQLiteStore(path).close()
    with monkeypatch.context() as patch:
        patch.setattr(_sqlite_open, "MIGRATIONS", (*_schema.MIGRATIONS, (*STEP, "INSERT INTO nowhere VALUES (1)")))
        with pytest.raises(StoreError):
            SQLiteStore(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) if old else 0,)
        assert connection.execute("SELECT name FROM sqlite_schema WHERE name = 'added'").fetchall() == []
    SQLiteStore(path).close()


def test_processes_that_open_a_new_file_at_once_make_it_once(path: Path) -> None:
    """Each of them can use it at once, and none sees a schema that is half made."""
    for round_ in range(4):
        place = path.with_name(f"{round_}.db")
        start, go = os.pipe()

        def work(n: int, place: Path = place, start: int = start) -> None:
            os.read(start, 1)
            store = SQLiteStore(place)
            enroll(store, n)
            assert store.subject(who(n)) == row_of(n)
            store.close()

        pids = [child(lambda n=n: work(n)) for n in range(6)]  # type: ignore[misc]
        os.write(go, b"g" * 6)
        wait(*pids)
        os.close(start)
        os.close(go)
        with closing(SQLiteStore(place)) as store:
            assert store.feed(0, b"me").head == 6


def test_a_schema_that_appears_while_a_file_is_looked_at_is_no_contradiction(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read of a file to recognise it is read as of one instant."""
    path.touch()
    others: list[threading.Thread] = []

    def slow(connection: sqlite3.Connection, place: str, sql: str) -> list[Row]:
        rows = run(connection, place, sql)
        if sql == "PRAGMA application_id" and not others:
            others.append(threading.Thread(target=lambda: SQLiteStore(path).close()))
            others[0].start()
            others[0].join(0.5)
        return rows

    monkeypatch.setattr(_sqlite_open, "run", slow)
    SQLiteStore(path).close()
    others[0].join()
    assert not others[0].is_alive()
