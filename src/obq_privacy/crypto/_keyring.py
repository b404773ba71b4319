"""Data keys: made, wrapped, found, rewrapped. What is cached, and for how long, is decided by the caller."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol, final

from obq_privacy.crypto._encoding import encode
from obq_privacy.crypto._keys import DataKey, WrappedKey
from obq_privacy.crypto._provider import KEY_BYTES
from obq_privacy.errors import KeyErased, KeyProviderError, KeyUnknown
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from obq_privacy.crypto._provider import KeyProvider

_KEY_ID_BYTES: Final = 16
_ATTEMPTS: Final = 16


class StaleKek(Exception):
    """The key was wrapped under another version than the store wants now, because a rotation began meanwhile."""


class KeyStore(Protocol):
    """Keep wrapped keys, and the state of a rotation. Every method is one transaction."""

    def kek(self) -> tuple[int, int | None]:
        """Return the version to wrap with (0 = none yet), and the target of a rotation in progress or None."""
        ...

    def init_kek(self, version: int) -> int:
        """Set the version if there is none yet, and return the one that is stored: the first wins."""
        ...

    def begin_rotation(self, target: int) -> None:
        """Set the target, under which alone new keys are accepted from now on.

        No effect if a rotation is in progress, or if `target` is not above the version to wrap with.
        """
        ...

    def finish_rotation(self, target: int) -> None:
        """Make `target` the version to wrap with and end the rotation; no effect unless it is in progress."""
        ...

    def add_key(self, key: WrappedKey) -> WrappedKey:
        """Add a key and return it, or the one that its subject has already, destroyed or not: the first wins.

        Raises:
            StaleKek: it would be added, but `key.kek` is not the target of the rotation in progress, or without one
                the version to wrap with.
        """
        ...

    def key_of(self, subject: str) -> WrappedKey | None:
        """Return the key of a subject, destroyed or not, or None."""
        ...

    def key(self, key_id: bytes) -> WrappedKey | None:
        """Return the key with this id, destroyed or not, or None."""
        ...

    def keys_behind(self, version: int, limit: int) -> list[WrappedKey]:
        """Return up to `limit` keys that are not destroyed and wrapped under a version below `version`."""
        ...

    def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        """Replace the wrapped form of these keys, on disk for good when this returns, even if the power fails.

        The version that wrapped them before is destroyed next: were the new form lost, the keys would be.

        A key that is destroyed by now stays so, and one whose stored version is not below the new one is left alone: a
        slow process must not bring back a version that is destroyed meanwhile.
        """
        ...

    def destroy_key(self, subject: str, at: datetime) -> WrappedKey | None:
        """Remove the wrapped form, even if the power fails, and return the tombstone, or None if no key is there.

        A repetition changes nothing, not even the time.
        """
        ...


@final
class Keyring(Shut):
    """Make and open the data keys of a store under the key-encryption keys of a provider.

    It keeps no key. The store says which version to wrap with, the provider has it.

    Args:
        store: where the wrapped keys are.
        provider: what wraps them.
    """

    __slots__ = ("_provider", "_store")

    def __init__(self, store: KeyStore, provider: KeyProvider) -> None:
        self._store = store
        self._provider = provider

    def new(self, subject: str) -> WrappedKey:
        """Return a random key for a subject, which is not stored: the store adds it together with the subject.

        If the store answers StaleKek, a rotation began meanwhile; then call again.

        Args:
            subject: pseudonym of the subject, "" for a key of the store itself.

        Raises:
            KeyProviderError: the key-encryption key cannot be had.
        """
        key_id = os.urandom(_KEY_ID_BYTES)
        version = self._version()
        while True:
            try:
                # The key has no name here, so that no traceback shows it.
                wrapped = self._provider.wrap(version, os.urandom(KEY_BYTES), _context(key_id, subject, version))
            except KeyProviderError as error:
                failure = error
            else:
                return WrappedKey(key_id, subject, version, wrapped)
            # A rotation may have run from beginning to end, and destroyed the version, since it was read.
            now = self._version()
            if now == version:
                raise failure from None
            version = now

    def ensure(self, subject: str) -> DataKey:
        """Return the key of a subject, after making and storing it if there is none.

        Raises:
            KeyErased: it was destroyed; it is never made again (DEF-4).
            KeyProviderError: the key-encryption key cannot be had.
        """
        for _ in range(_ATTEMPTS):
            found = self._store.key_of(subject)
            if found is None:
                try:
                    found = self._store.add_key(self.new(subject))
                except StaleKek:
                    continue
            return self.opened(found)
        raise StaleKek

    def of(self, subject: str, /) -> DataKey:
        """Return the key of a subject.

        Raises:
            KeyUnknown: there is none.
            KeyErased: it was destroyed (DEF-4).
            KeyProviderError: the key-encryption key cannot be had.
        """
        return self.opened(self._store.key_of(subject))

    def by_id(self, key_id: bytes, /) -> DataKey:
        """Return the key that a token names.

        Raises:
            KeyUnknown: there is none.
            KeyErased: it was destroyed (DEF-4).
            KeyProviderError: the key-encryption key cannot be had.
        """
        return self.opened(self._store.key(key_id))

    def rotate(self, batch: int = 500) -> int:
        """Rewrap every key under a newer version, destroy the older versions, and return the number rewrapped.

        It can be killed at any point: the next call finishes the rotation in progress, and begins none beside it.
        Several processes may call it at once. The older versions are destroyed before the rotation counts as finished,
        so that wrapped keys in older backups never open again (DEF-4).

        Args:
            batch: how many keys are rewrapped in one transaction.

        Raises:
            KeyProviderError: the key-encryption key cannot be had, or a stored key does not open; call again after
                mending it. Nothing is destroyed before every key is rewrapped.
            ValueError: `batch` is below 1.
        """
        if batch < 1:
            raise ValueError("a batch has at least one key")
        target = self._target()
        if target is None:
            return 0
        moved = 0
        while behind := self._store.keys_behind(target, batch):
            rewrapped = [fresh for key in behind if (fresh := self._rewrapped(key, target))]
            self._store.rewrap(rewrapped)
            moved += len(rewrapped)
        self._provider.retire(target)
        self._store.finish_rotation(target)
        return moved

    def _target(self) -> int | None:
        """Return the version to rewrap under, beginning a rotation if none is in progress."""
        self._version()
        version, target = self._store.kek()
        if target is not None:
            return target
        newest = self._provider.current()
        if newest < version:
            raise KeyProviderError(
                place=repr(self._provider),
                problem=f"version {version} wraps the stored keys, but the newest there is {newest}",
            )
        # This makes no version if there is one that no key uses, by a rotation that was killed or by the operator.
        self._store.begin_rotation(self._provider.advance(version))
        return self._store.kek()[1]  # another process may have begun first, or even finished

    def _version(self) -> int:
        version, target = self._store.kek()
        if version == 0:
            version = self._store.init_kek(self._provider.advance(0))
        return version if target is None else target

    def opened(self, key: WrappedKey | None, /) -> DataKey:
        """Return a key that the store gave, or that `new` made, ready for use.

        Raises:
            KeyUnknown: there is none.
            KeyErased: it was destroyed (DEF-4).
            KeyProviderError: the key-encryption key cannot be had.
        """
        live = _live(key)
        while True:
            try:
                return DataKey(live.key_id, live.subject, self._unwrap(live))
            except KeyProviderError as error:
                failure = error
            # A rotation may have moved the key, and destroyed the version, since it was read.
            fresh = _live(self._store.key(live.key_id))
            if fresh.kek <= live.kek:
                raise failure from None
            live = fresh

    def _rewrapped(self, key: WrappedKey, target: int) -> WrappedKey | None:
        """Return the key under the target version, or None if somebody else saw to it."""
        context = _context(key.key_id, key.subject, target)
        try:
            wrapped = self._provider.wrap(target, self._unwrap(key), context)
        except KeyProviderError:
            now = self._store.key(key.key_id)
            if now is None or now.wrapped is None or now.kek > key.kek:
                return None
            raise
        return key._replace(kek=target, wrapped=wrapped)

    def _unwrap(self, key: WrappedKey) -> bytes:
        """Return the bytes of a key that is not destroyed, which go into a DataKey or a wrapping and get no name."""
        context = _context(key.key_id, key.subject, key.kek)
        try:
            secret = self._provider.unwrap(key.kek, key.wrapped or b"", context)
            if len(secret) == KEY_BYTES:
                return secret
            del secret
            place, problem = repr(self._provider), "a data key of another length came back"
        except KeyProviderError as error:
            if type(error) is not KeyProviderError:
                raise
            place, problem = error.place, error.problem
        raise KeyProviderError(place=place, problem=f"{problem} (data key {key.key_id.hex()})")


def _live(key: WrappedKey | None) -> WrappedKey:
    if key is None:
        raise KeyUnknown
    if key.wrapped is None:
        raise KeyErased
    return key


def _context(key_id: bytes, subject: str, version: int) -> bytes:
    """Return what a wrapped key is bound to, so that it opens in no other row and under no other version."""
    return encode("obq-privacy/wrap/1", key_id, subject, version)
