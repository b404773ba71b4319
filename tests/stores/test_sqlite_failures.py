"""What the SQLite store does when SQLite, the disk or the file fails: a typed error, no content, no half change."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from obq_privacy.errors import StoreError, StoreUnavailable
from obq_privacy.stores import SQLiteStore

from .makers import NOW, connection_of, enroll, event_of, field_of, give, row_of, secret, turn, who
from .processes import child, script, wait

if TYPE_CHECKING:
    from collections.abc import Callable


def usable(store: SQLiteStore) -> bool:
    """Tell whether a store takes a write and has it afterwards, and nothing of the one that failed."""
    head = store.feed(0, b"me").head
    change = store.put_profile(who(1), b"afterwards")
    row = store.subject(who(1))
    return change == head + 1 and row is not None and row.profile == b"afterwards"


def test_a_store_that_others_hold_is_unavailable_for_writing(store: SQLiteStore) -> None:
    """After the time to wait a write is refused, reading goes on, and writing too when the others have gone."""
    with closing(sqlite3.connect(store.place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY") as caught:
            store.put_profile(who(1), secret("new"))
        assert caught.value.__context__ is None
        assert store.subject(who(1)) == row_of(1)
    assert usable(store)


def test_a_full_disk_is_unavailable_and_loses_nothing(store: SQLiteStore) -> None:
    """The transaction that does not fit leaves no trace, and once there is space the store goes on."""
    connection = connection_of(store)
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreUnavailable, match="no space is left"):
        store.keep("order", [field_of(1, size=100_000)], NOW)
    assert list(store.load("order")) == []
    assert not connection.in_transaction
    connection.execute("PRAGMA max_page_count = 1000000")
    store.keep("order", [field_of(1, size=100_000)], NOW)
    assert usable(store)


LIMITED = """
import json, resource, sys
from contextlib import suppress
from pathlib import Path
from obq_privacy.errors import StoreUnavailable
from obq_privacy.stores import SQLiteStore
from stores.makers import *

store = SQLiteStore(sys.argv[1])
enroll(store, 1)
limit = Path(sys.argv[1] + "-wal").stat().st_size + 150_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
done = []
failed = 0
for n in range(200):
    try:
        store.keep(f"order-{n}", [field_of(1, size=9000)], NOW)
    except StoreUnavailable as error:
        failed += 1
        assert "SQLITE_" in error.problem, error
    else:
        done.append(n)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.keep("last", [field_of(1)], NOW)
print(json.dumps([done, failed, list(store.records(who(1)))]))
"""


def test_a_file_that_cannot_grow_is_unavailable_and_loses_nothing(path: Path) -> None:
    """What was acknowledged before the limit is there, what was refused is not, and afterwards writing goes on."""
    done, failed, records = json.loads(script(LIMITED, path))
    assert failed
    assert sorted(records) == sorted([*(f"order-{n}" for n in done), "last"])
    with closing(SQLiteStore(path)) as store:
        assert sorted(store.records(who(1))) == sorted(records)
        assert connection_of(store).execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_damaged_file_is_an_error_without_content(path: Path) -> None:
    """What SQLite says about it is not passed on."""
    store = SQLiteStore(path)
    enroll(store, *range(50))
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\x5a" * (len(content) - 4096))
    with pytest.raises(StoreError) as caught, closing(SQLiteStore(path)) as store:
        store.subject(who(1))
    assert caught.value.__context__ is None
    assert "damaged" in caught.value.problem


def test_a_file_that_is_gone_is_unavailable(store: SQLiteStore, tmp_path: Path) -> None:
    """Neither this process nor its child goes on with a file that nobody else finds, or creates it anew."""
    (tmp_path / "elsewhere").mkdir()
    files = list(tmp_path.glob("store.db*"))
    for file in files:
        shutil.move(file, tmp_path / "elsewhere")

    def refused() -> None:
        with pytest.raises(StoreUnavailable, match="removed or replaced"):
            store.subject(who(1))
        with pytest.raises(StoreUnavailable, match="removed or replaced"):
            store.put_profile(who(1), b"new")

    refused()
    wait(child(refused))
    assert not Path(store.place).exists()
    for file in files:
        shutil.move(tmp_path / "elsewhere" / file.name, tmp_path)
    assert usable(store)


def test_a_file_that_was_replaced_is_unavailable(store: SQLiteStore, tmp_path: Path) -> None:
    """A restored backup is another store, with other numbers of changes: it has to be opened anew."""
    with closing(SQLiteStore(tmp_path / "backup.db")) as backup:
        enroll(backup, 2)
    (tmp_path / "backup.db").replace(store.place)
    for act in (store.followers, lambda: store.feed(0, b"me"), lambda: store.put_profile(who(1), b"new")):
        with pytest.raises(StoreUnavailable, match="removed or replaced"):
            act()
    store.close()
    for leftover in ("-wal", "-shm"):
        Path(store.place + leftover).unlink(missing_ok=True)
    with closing(SQLiteStore(store.place)) as restored:
        assert restored.subject(who(2)) == row_of(2)


def test_what_cannot_be_stored_is_an_error_without_content(store: SQLiteStore) -> None:
    """Half a character, a number beyond 64 bits: nothing is stored, and the error does not quote it."""
    acts: list[Callable[[], object]] = [
        lambda: store.keep("secret \ud800", [field_of(1)], NOW),
        lambda: store.follow(b"me", 2**63),
        lambda: store.put_policy("secret", "\udfff", NOW),
        lambda: store.enter("secret", "request", "", turn("\udfff"), NOW),
    ]
    for act in acts:
        with pytest.raises(StoreError) as caught:
            act()
        assert caught.value.__context__ is None
        assert "secret" not in str(caught.value)
    assert usable(store)
    assert store.policies() == {}
    assert store.case("secret") is None


def test_an_event_that_is_not_written_as_events_are_is_an_error_without_content(store: SQLiteStore) -> None:
    """A row that somebody wrote by hand is not taken for consent."""
    for n, text in enumerate(("{}", "secret", '{"notice":null,"id":"secret"}', "[]")):
        connection_of(store).execute("INSERT INTO events VALUES (?, ?, ?, ?)", (who(1), 100 + n, str(n), text))
        with pytest.raises(StoreError) as caught:
            store.events(who(1))
        assert caught.value.__context__ is None
        assert "secret" not in str(caught.value)


@pytest.mark.clause("CHANGE-3")
@pytest.mark.parametrize("table", ["events", "policies", "case_entries"])
def test_the_database_itself_refuses_to_change_history(store: SQLiteStore, table: str) -> None:
    """Events, policies and what happened in cases are only added, even by somebody with a prompt of SQL."""
    store.append(who(1), give(event_of(1)))
    store.put_policy("1", "text", NOW)
    store.enter("case", "request", who(1), turn("text"), NOW)
    column = {"events": "event", "policies": "text", "case_entries": "text"}[table]
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):  # noqa: S608  names from above
        with pytest.raises(sqlite3.IntegrityError):
            connection_of(store).execute(statement)
    assert store.policies() == {"1": "text"}
    assert list(store.events(who(1))) == [event_of(1)]
    assert [entry.text for entry in store.entries("case")] == ["text"]


def test_a_connection_that_cannot_roll_back_is_replaced(store: SQLiteStore) -> None:
    """The next call opens another one."""
    first = connection_of(store)

    def make(_: object) -> None:
        first.close()

    with pytest.raises(StoreError):
        store.append(who(1), make)
    assert connection_of(store) is not first
    assert usable(store)


def test_an_interrupted_call_leaves_the_store_to_other_threads(store: SQLiteStore) -> None:
    """Even an exception that is no error gives back the turn, and rolls back."""

    def make(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.append(who(1), make)
    thread = threading.Thread(target=store.put_profile, args=(who(1), b"other"))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert usable(store)
