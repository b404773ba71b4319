"""`KeyProviderContract`: what any provider of key-encryption keys must pass. A test module derives a class."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING, ClassVar

import pytest

from obq_privacy.errors import KeyProviderError
from obq_privacy.guard import Guard
from obq_privacy.policy import Policy, basic
from obq_privacy.testing._leaks_errors import chain
from obq_privacy.vocab import Category, Purpose, SensitiveItem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy.crypto import KeyProvider

DATA_KEY = b"D4#data-key-bytes-of-length-32.."


class Trial(Purpose, key="obq-contract-trial"):
    """Try a provider of keys."""


SECRET = SensitiveItem("obq-contract-secret", str, Trial, category=Category.OTHER)
POLICY = Policy(version="1", controller="contract", purposes=[basic(Trial, necessary=[SECRET])])


class KeyProviderContract:
    """What any provider must pass.

    Attributes:
        makes_versions: whether `advance` makes a version; if an operator has to, `open_provider` gives one that has
            version 1, and what is about further versions is skipped.
        survives: whether a provider that is opened again in the same directory has the same versions.
    """

    makes_versions: ClassVar[bool] = True
    survives: ClassVar[bool] = True

    def open_provider(self, directory: Path) -> KeyProvider:
        """Open a provider; a directory of its own is there for its files, in which it may have been opened before."""
        raise NotImplementedError

    @pytest.fixture
    def provider(self, tmp_path: Path) -> KeyProvider:
        """A provider with version 1."""
        provider = self.open_provider(tmp_path)
        assert provider.advance(0) == provider.current() == 1
        return provider

    def test_a_wrapped_key_opens_in_its_context_and_version(self, provider: KeyProvider) -> None:
        """What was wrapped comes back, wrapped differently each time and never in clear."""
        one, two = (provider.wrap(1, DATA_KEY, b"context") for _ in range(2))
        assert provider.unwrap(1, one, b"context") == provider.unwrap(1, two, b"context") == DATA_KEY
        assert one != two
        assert DATA_KEY not in one

    @pytest.mark.parametrize("context", [b"", b"contexts", b"contex", b"\0context"])
    def test_a_wrapped_key_opens_in_no_other_context(self, provider: KeyProvider, context: bytes) -> None:
        """A key that was moved to another subject stays shut."""
        self.refused(lambda: provider.unwrap(1, provider.wrap(1, DATA_KEY, b"context"), context))

    @pytest.mark.parametrize("how", ["first", "middle", "last", "empty", "shorter", "longer"])
    def test_a_damaged_key_does_not_open(self, provider: KeyProvider, how: str) -> None:
        """Changed in its first, a middle or its last byte, cut short or made longer."""
        wrapped = bytearray(provider.wrap(1, DATA_KEY, b"context"))
        at = {"first": 0, "middle": len(wrapped) // 2, "last": -1}.get(how)
        if at is not None:
            wrapped[at] ^= 1
        damaged = {"empty": b"", "shorter": bytes(wrapped[:-1]), "longer": bytes(wrapped) + b"\0"}
        self.refused(lambda: provider.unwrap(1, damaged.get(how, bytes(wrapped)), b"context"))

    def test_a_missing_version_is_refused(self, provider: KeyProvider) -> None:
        """By the one error that there is, which shows no key, nor do the frames that raise it."""
        wrapped = provider.wrap(1, DATA_KEY, b"context")
        self.refused(lambda: provider.wrap(9, DATA_KEY, b"context"))
        self.refused(lambda: provider.unwrap(9, wrapped, b"context"))

    def test_retiring_what_is_not_there_is_no_error(self, provider: KeyProvider) -> None:
        """Nothing below version 1 exists, however often one says so."""
        for below in (1, 0, 1):
            provider.retire(below)
        assert provider.current() == 1

    def test_advancing_again_makes_no_second_version(self, tmp_path: Path) -> None:
        """A repetition with the same version to go beyond gives what is there; one that lags behind goes beyond."""
        provider = self.growing(tmp_path)
        assert [provider.advance(above) for above in (0, 0, 1, 1, 5, 3)] == [1, 1, 2, 2, 6, 6]
        assert provider.current() == 6

    def test_threads_that_advance_make_one_version(self, tmp_path: Path) -> None:
        """And what each of them wraps under it opens for all."""
        provider = self.growing(tmp_path)
        wrapped: list[bytes] = []
        barrier = threading.Barrier(4)

        def act() -> None:
            barrier.wait()
            version = provider.advance(0)
            wrapped.append(provider.wrap(version, DATA_KEY, b"context"))

        threads = [threading.Thread(target=act) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert provider.current() == 1
        assert [provider.unwrap(1, one, b"context") for one in wrapped] == [DATA_KEY] * 4

    def test_a_retired_version_is_gone(self, tmp_path: Path) -> None:
        """What was wrapped under it never opens again, and its number is not given to another key."""
        provider = self.growing(tmp_path)
        provider.advance(0)
        old = provider.wrap(1, DATA_KEY, b"context")
        assert provider.advance(1) == 2
        new = provider.wrap(2, DATA_KEY, b"context")
        provider.retire(2)
        provider.retire(2)
        self.refused(lambda: provider.unwrap(1, old, b"context"))
        assert provider.unwrap(2, new, b"context") == DATA_KEY
        assert provider.advance(0) == provider.current() == 2

    def test_another_one_in_the_same_place_has_the_same_keys(self, tmp_path: Path) -> None:
        """As in the next process, or in one that runs beside this one."""
        if not self.survives:
            pytest.skip("it lives and dies with its process")
        provider = self.open_provider(tmp_path)
        version = provider.advance(0)
        wrapped = provider.wrap(version, DATA_KEY, b"context")
        again = self.open_provider(tmp_path)
        assert again.current() == version
        assert again.unwrap(version, wrapped, b"context") == DATA_KEY

    def test_a_guard_works_on_it(self, tmp_path: Path) -> None:
        """It opens, keeps values, and where versions can be made it rotates without losing any."""
        provider = self.open_provider(tmp_path)
        with Guard.in_memory(policy=POLICY, keys=provider) as guard:
            person = guard.subject("person", born=dt.date(1990, 5, 1))
            person.grant(Trial)
            token = person.collect(SECRET, "value").seal()
            if self.makes_versions:
                before = provider.current()
                assert guard.rotate() > 0
                assert provider.current() > before
            assert guard.unseal(SECRET, token).reveal(Trial) == "value"

    # ── Parts ─────────────────────────────────────────────────────────────────────────────────────────────

    def growing(self, directory: Path) -> KeyProvider:
        """Give a new provider that makes versions, or skip the test."""
        if not self.makes_versions:
            pytest.skip("versions are made by an operator")
        return self.open_provider(directory)

    @staticmethod
    def refused(act: Callable[[], object]) -> None:
        """Make sure that it is refused by a KeyProviderError that shows no key."""
        with pytest.raises(KeyProviderError) as caught:
            act()
        for error in chain(caught.value):
            assert isinstance(error, KeyProviderError), "the error of another library must not stay behind it"
            assert DATA_KEY.decode() not in f"{error} {error.args!r} {error.facts!r}"
        trace = caught.value.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            if frame.f_globals.get("__name__") != __name__:
                assert not any(value == DATA_KEY for value in frame.f_locals.values()), "a frame holds the data key"
            trace = trace.tb_next
