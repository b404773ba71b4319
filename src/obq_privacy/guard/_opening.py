"""Opening a guard: what it is opened with is checked, brought together, and what a killed process left is finished."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from obq_privacy.audit import adopt_orphans
from obq_privacy.crypto import Keyring
from obq_privacy.errors import ArgumentInvalid
from obq_privacy.guard._arguments import check_kind, check_lease, check_region
from obq_privacy.guard._clock import Clock
from obq_privacy.guard._core import Core
from obq_privacy.guard._endings import Endings
from obq_privacy.guard._erasure import Orders, replay
from obq_privacy.policy import Policy, former_of

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy.crypto import KeyProvider
    from obq_privacy.guard._observing import UnsafeObserve
    from obq_privacy.stores import Store


def check(
    policy: Policy,
    keys: KeyProvider | None,
    lease: dt.timedelta,
    clock: Clock | None,
    *,
    region: str,
    unsafe: UnsafeObserve | None,
) -> None:
    """Check what a guard is opened with, before anything is created."""
    check_region(region)
    check_kind("policy", policy, Policy)
    check_kind("clock", clock, Clock | None)
    check_lease(lease)
    if keys is not None and not callable(getattr(keys, "unwrap", None)):
        raise ArgumentInvalid(argument="keys", problem="it is a KeyProvider")
    if unsafe is not None:
        from obq_privacy.guard._observing import UnsafeObserve  # noqa: PLC0415  hardly any program observes

        check_kind("unsafe", unsafe, UnsafeObserve)
        unsafe.warn()


def started(
    store: Store,
    provider: KeyProvider,
    policy: Policy,
    lease: dt.timedelta,
    clock: Clock,
    *,
    place: Path | None = None,
    region: str,
    unsafe: UnsafeObserve | None,
) -> tuple[Core, Orders]:
    """Bring everything together, finish what a killed process has left, and leave nothing open when it fails."""
    orders = Orders(beside(place, ".erasures") if place is not None else None)
    journal = beside(place, ".journal") if place is not None else None
    try:
        store.put_policy(policy.version, policy.dumps(), clock.now())
        earlier = {version: text for version, text in store.policies().items() if version != policy.version}
        core = Core(
            store=store,
            keyring=Keyring(store, provider),
            policy=policy.with_archive({version: former_of(text) for version, text in earlier.items()}),
            journal=journal,
            lease_ns=lease // dt.timedelta(microseconds=1) * 1000,
            clock=clock,
            region=region,
            observing=unsafe,
        )
    except BaseException:
        store.close()
        raise
    try:
        core.lookup("")  # the key-encryption key is there and opens what is stored, or this raises
        replay(core, orders.all())
        if place is not None:
            core.endings = Endings(beside(place, ".endings"), core.own_key().key_id)
            core.settle(core.endings.replay(core))
        if journal is not None:
            adopt_orphans(journal, store)
    except BaseException:
        core.close()
        raise
    return core, orders


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
