"""A guard for tests: in memory, on a clock that stands, with keys that protect nobody, and seen to collect."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from obq_privacy.crypto import Keyring
from obq_privacy.guard import LEASE, Clock, Guard
from obq_privacy.guard._access import Access
from obq_privacy.guard._core import Core
from obq_privacy.guard._erasure import Orders
from obq_privacy.stores import MemoryStore
from obq_privacy.testing._fakes import FrozenClock, UnsafeTestKeys, warn_outside_tests

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy.crypto import KeyProvider
    from obq_privacy.guard._pass import Box, Pass
    from obq_privacy.policy import Policy
    from obq_privacy.vocab import AnyItem, Pseudonym

    Notice = Callable[[AnyItem, Any], None]
    """What is told of each value that is collected: the item and the value."""


class _Watched(Access):
    """Access that tells of every value on its way in; `_content` is where all of them pass."""

    __slots__ = ()

    def _content(self, held: Pass, box: Box) -> object:
        core = self._core
        if isinstance(core, _Watching):
            core.notice(held.origin.item, box.value)
        return super()._content(held, box)


class _Watching(Core):
    """A core whose subjects are watched."""

    def __init__(self, *, notice: Notice, **parts: Any) -> None:
        self.notice = notice
        super().__init__(**parts)

    def access(self, subject: Pseudonym) -> Access:
        """Give the one access object of a subject."""
        with self.lock:
            found = self._accesses.get(subject)
            if found is None:
                found = self._accesses[subject] = _Watched(self, subject)
            return found


def guard_for_tests(
    policy: Policy,
    *,
    clock: Clock | None = None,
    keys: KeyProvider | None = None,
    lease: dt.timedelta = LEASE,
    notice: Notice = lambda item, value: None,
) -> Guard:
    """Open a guard in memory whose keys are not for production.

    Args:
        policy: the policy in force.
        clock: where the time comes from; a clock that stands by default.
        keys: where the key-encryption key is; `UnsafeTestKeys` by default.
        lease: how long the guard relies on what it knows.
        notice: told of each value that is collected.
    """
    warn_outside_tests("guard_for_tests")
    clock = clock if clock is not None else FrozenClock()
    store = MemoryStore()
    store.put_policy(policy.version, policy.dumps(), clock.now())
    core = _Watching(
        notice=notice,
        store=store,
        keyring=Keyring(store, keys if keys is not None else UnsafeTestKeys()),
        policy=policy,
        journal=None,
        lease_ns=lease // dt.timedelta(microseconds=1) * 1000,
        clock=clock,
    )
    core.lookup("")  # as every guard does: the key-encryption key is there
    return Guard(core, Orders(None))
