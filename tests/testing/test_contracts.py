"""The providers of keys and the holders that are here pass the contracts; ones that are wrong do not."""

from __future__ import annotations

import base64
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from obq_privacy import KeyEnvironment, KeyFile
from obq_privacy.crypto import KeyMemory
from obq_privacy.errors import KeyProviderError
from obq_privacy.testing import FrozenClock, HolderContract, KeyProviderContract, MemoryHolder, UnsafeTestKeys

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy import KeyProvider, Pseudonym
    from obq_privacy.rights import Holder, Holding

pytest_plugins = ["pytester"]


class TestKeyMemory(KeyProviderContract):
    """Keys in memory."""

    survives = False

    def open_provider(self, directory: Path) -> KeyProvider:
        """Open one; it needs no directory."""
        del directory
        return KeyMemory()


class TestUnsafeTestKeys(KeyProviderContract):
    """Keys that everybody knows."""

    survives = False

    def open_provider(self, directory: Path) -> KeyProvider:
        """Open one; it needs no directory."""
        del directory
        return UnsafeTestKeys()


class TestKeyFile(KeyProviderContract):
    """Keys in a file."""

    def open_provider(self, directory: Path) -> KeyProvider:
        """Open one on a file of the directory."""
        return KeyFile(directory / "keys")


class TestKeyEnvironment(KeyProviderContract):
    """Keys in a variable, which an operator fills."""

    makes_versions = False

    @pytest.fixture(autouse=True)
    def variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Fill it."""
        monkeypatch.setenv("OBQ_PRIVACY_KEYS", f"1:{base64.b64encode(bytes(range(32))).decode()}")

    def open_provider(self, directory: Path) -> KeyProvider:
        """Open one; it needs no directory."""
        del directory
        return KeyEnvironment()


class TestMemoryHolder(HolderContract):
    """The holder in memory."""

    def open_holder(self, directory: Path) -> Holder:
        """Open one; it needs no directory."""
        del directory
        return MemoryHolder()

    def put(self, holder: Holder, subject: Pseudonym, holding: Holding) -> None:
        """Keep it there."""
        assert isinstance(holder, MemoryHolder)
        holder.keep(subject, holding)


WRONG = """
from obq_privacy.crypto import KeyMemory
from obq_privacy.errors import KeyProviderError
from obq_privacy.errors import KeyProviderError
from obq_privacy.stores import MemoryStore
from obq_privacy.testing import HolderContract, KeyProviderContract, MemoryHolder, StoreContract

class NoContext:
    def __init__(self):
        self.keys = KeyMemory()
        self.current, self.advance = self.keys.current, self.keys.advance
    def wrap(self, version, key, context): return self.keys.wrap(version, key, b"")
    def unwrap(self, version, wrapped, context): return self.keys.unwrap(version, wrapped, b"")
    def retire(self, below): pass

class TestKeys(KeyProviderContract):
    survives = False
    def open_provider(self, directory): return NoContext()

class Forgetful:
    name = "forgetful"
    def __init__(self): self.inner = MemoryHolder()
    def holdings(self, subject): return self.inner.holdings(subject)
    def erase(self, subject, places): return "done"
    def isolate(self, subject, places): return self.inner.erase(subject, places)

class TestHolder(HolderContract):
    def open_holder(self, directory): return Forgetful()
    def put(self, holder, subject, holding): holder.inner.keep(subject, holding)

class Reviving:
    def __init__(self): self.inner = MemoryStore()
    def __getattr__(self, name): return getattr(self.inner, name)
    def destroy_key(self, subject, at): return None

class TestStore(StoreContract):
    def open_store(self, directory): return Reviving()
"""


def test_what_is_wrong_fails_its_contract(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys without context that never retire, a holder that erases nothing, a store that keeps destroyed keys."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(test_wrong=WRONG)
    pytester.makeini("[pytest]\naddopts = --strict-markers -p obq_privacy.testing.plugin\nfilterwarnings = error\n")
    shown = pytester.runpytest_subprocess("-rf", "--tb=short").stdout.str()
    for name in (
        "TestKeys::test_a_wrapped_key_opens_in_no_other_context",
        "TestKeys::test_a_retired_version_is_gone",
        "TestHolder::test_only_what_is_named_is_erased",
        "TestHolder::test_what_is_isolated_is_still_found",
        "TestStore::test_a_destroyed_key_leaves_a_tombstone_for_ever",
    ):
        assert f"FAILED test_wrong.py::{name}" in shown
    assert "FAILED test_wrong.py::TestHolder::test_values_come_back_as_they_were" not in shown
    assert "where" in shown or "At index" in shown  # the assertions of the contract explain themselves


@pytest.mark.parametrize("make", ["FrozenClock()", "UnsafeTestKeys()", "MemoryHolder()"])
def test_a_fake_warns_outside_of_tests(make: str) -> None:
    """By a class of its own, naming the line that made it."""
    code = f"import obq_privacy.testing as t; t.{make}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    name = make.removesuffix("()")
    assert done.stderr.startswith(f"<string>:1: UnsafeTestWarning: {name} is made for tests and protects nobody")


def test_keys_for_tests_show_what_they_are() -> None:
    """Whoever finds one in a dump can read it; a clock that is asked to go back refuses."""
    with pytest.raises(KeyProviderError, match="not for production"):
        UnsafeTestKeys().wrap(1, bytes(32), b"")
    clock = FrozenClock()
    before = clock.now()
    clock.move_to(before.replace(hour=13))
    assert clock.now() == before.replace(hour=13)
    with pytest.raises(ValueError, match="goes forward only"):
        clock.move_to(before)
    with pytest.raises(ValueError, match="aware"):
        clock.move_to(before.replace(tzinfo=None))
