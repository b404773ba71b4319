"""Keys as an application meets them: the file beside the database, the environment, rotation, and what is missing."""

from __future__ import annotations

import base64
import os
import stat
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from guard_world import CARD, CARD_VALUE, Child, Delivery, Order, Payment, adult, shop

from obq_privacy import KeyEnvironment
from obq_privacy.errors import KeyFileExposed, KeyProviderError, PrivacyError

if TYPE_CHECKING:
    from pathlib import Path


def state(folder: Path) -> dict[str, bytes]:
    """Give every file that says something, apart from SQLite's own helpers and locks."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))
    }


@pytest.mark.clause("PROT-1")
def test_everything_beside_the_database_is_private(tmp_path: Path) -> None:
    """Database, key, journal and orders can be read by their owner only, whatever the umask says."""
    before = os.umask(0)
    try:
        with shop(tmp_path / "db") as guard:
            adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE)
            adult(guard, "other").erase()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    finally:
        os.umask(before)
    assert {"db", "db.key", "db.erasures", "db.journal"} <= set(modes)
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_an_exposed_key_file_is_refused(mode: int, tmp_path: Path) -> None:
    """A key file that others can use opens nothing, also while a guard is open."""
    place = tmp_path / "db"
    with shop(place) as guard:
        adult(guard, "shopper")
        (tmp_path / "db.key").chmod(mode)
        with pytest.raises(KeyFileExposed):
            adult(guard, "other")
        (tmp_path / "db.key").chmod(0o600)
        adult(guard, "other")
    (tmp_path / "db.key").chmod(mode)
    with pytest.raises(KeyFileExposed) as exposed, shop(place):
        pass
    assert exposed.value.place == f"{place}.key"


@pytest.mark.clause("PROT-1")
def test_a_missing_key_file_is_one_clear_error(tmp_path: Path) -> None:
    """Without its key a database opens not at all; no new key is made in its place, and nothing is changed."""
    place = tmp_path / "db"
    with shop(place) as guard:
        token = adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE).seal()
    (tmp_path / "db.key").rename(tmp_path / "safe")
    before = state(tmp_path)
    for _ in range(2):
        with pytest.raises(KeyProviderError, match="the file is missing") as missing, shop(place):
            pass
        assert "restore the key" in str(missing.value)
        assert not (tmp_path / "db.key").exists()
    after = state(tmp_path)
    assert before.keys() == after.keys()
    (tmp_path / "safe").rename(tmp_path / "db.key")
    with shop(place) as guard:
        assert guard.unseal(CARD, token).reveal(Payment) == CARD_VALUE
        guard.audit.verify()


@pytest.mark.clause("PROT-1")
def test_the_key_of_another_store_is_one_clear_error(tmp_path: Path) -> None:
    """A key file of another database is told apart from a damaged one, and neither opens anything."""
    for name in ("db", "other"):
        with shop(tmp_path / name) as guard:
            adult(guard, "shopper")
    own = (tmp_path / "db.key").read_bytes()
    (tmp_path / "db.key").write_bytes((tmp_path / "other.key").read_bytes())
    with pytest.raises(KeyProviderError, match="another store"), shop(tmp_path / "db"):
        pass
    (tmp_path / "db.key").write_bytes(own[:-9])
    with pytest.raises(KeyProviderError, match="checksum"), shop(tmp_path / "db"):
        pass
    (tmp_path / "db.key").write_bytes(own)
    with shop(tmp_path / "db") as guard:
        assert not guard.subject("shopper").standing.erased


@pytest.mark.clause("PROT-1")
def test_a_key_that_is_lost_meanwhile_shuts_what_is_not_in_hand(tmp_path: Path) -> None:
    """When the key file disappears under an open guard, new subjects are refused whole, and it comes back."""
    with shop(tmp_path / "db") as guard:
        adult(guard, "shopper")
        (tmp_path / "db.key").rename(tmp_path / "safe")
        with pytest.raises(KeyProviderError):
            adult(guard, "other")
        with pytest.raises(KeyProviderError):
            guard.rotate()
        (tmp_path / "safe").rename(tmp_path / "db.key")
        assert guard.rotate() >= 2
        adult(guard, "other", Payment)


def test_keys_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With keys in a variable no file is made, and rotating tells the operator each step."""
    keys = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    place, provider = tmp_path / "db", KeyEnvironment("OBQ_TEST_KEYS")
    with pytest.raises(KeyProviderError, match="add 1:"), shop(place, keys=provider):
        pass
    monkeypatch.setenv("OBQ_TEST_KEYS", f"1:{keys[0]}")
    with shop(place, keys=provider) as guard:
        token = adult(guard, "shopper", Payment).collect(CARD, CARD_VALUE).seal()
        with pytest.raises(KeyProviderError, match="add 2:"):
            guard.rotate()
        monkeypatch.setenv("OBQ_TEST_KEYS", f"1:{keys[0]},2:{keys[1]}")
        with pytest.raises(KeyProviderError, match="no key needs version 1 any more"):
            guard.rotate()
        adult(guard, "during")
        monkeypatch.setenv("OBQ_TEST_KEYS", f"2:{keys[1]}")
        assert guard.rotate() == 0
    assert not (tmp_path / "db.key").exists()
    with shop(place, keys=provider) as guard:
        assert guard.unseal(CARD, token).reveal(Payment) == CARD_VALUE
        assert not guard.subject("during").standing.erased
    assert keys[1] not in repr(provider)


def test_rotating_while_other_processes_register_people(tmp_path: Path) -> None:
    """However a rotation falls between them, no subject's key is lost."""
    place, times = tmp_path / "db", 15
    with shop(place) as guard, ExitStack() as stack:
        children = [stack.enter_context(Child("register", place, first, times)) for first in (0, 100)]
        for child in children:
            child.ready()
        for _ in range(5):
            guard.rotate()
            time.sleep(0.01)
        for child in children:
            assert child.end() == 0
            assert len(child.said) == times
        guard.rotate()
        for number in (*range(times), *range(100, 100 + times)):
            order = guard.vault.load(Order, f"order-{number}")
            assert order.consignee.reveal(Delivery) == f"name {number}"
    with shop(place) as guard:
        assert guard.vault.load(Order, "order-100").consignee.reveal(Delivery) == "name 100"
        assert guard._core.store.keys_behind(guard._core.store.kek()[0], 10) == []


def test_opening_where_nothing_can_be_made(tmp_path: Path) -> None:
    """A folder that is not there is one clear error, and nothing is left behind."""
    with pytest.raises(PrivacyError, match="no such file or directory"), shop(tmp_path / "nowhere" / "db"):
        pass
    assert list(tmp_path.iterdir()) == []
