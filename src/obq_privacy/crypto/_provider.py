"""Key-encryption keys: the protocol behind which a KMS may stand, and the providers for memory and environment.

Key bytes live in `Versions` only. Functions pass that object on instead of bytes, so that a traceback that shows local
variables shows no key.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from obq_privacy import _late
from obq_privacy.errors import KeyProviderError
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class KeyProvider(Protocol):
    """Wrap data keys under a key-encryption key that has versions and may never leave a KMS.

    Every method raises KeyProviderError, and nothing else, when the key-encryption key cannot be had. Versions are
    numbered from 1 and only grow. An implementation must be safe for threads and for several processes.
    """

    def current(self) -> int:
        """Return the newest version, 0 when there is none yet."""
        ...

    def wrap(self, version: int, key: bytes, context: bytes) -> bytes:
        """Return `key` encrypted under `version`, such that it opens with the same `context` only."""
        ...

    def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that `wrap` was given.

        Raises:
            KeyProviderError: the version is missing or destroyed, or this was not wrapped by it in this context.
        """
        ...

    def advance(self, above: int) -> int:
        """Make sure that a version above `above` exists, and return the newest.

        A repetition with the same `above`, after a kill or by another process, makes no second version.
        """
        ...

    def retire(self, below: int) -> None:
        """Destroy every version below `below`; that they are destroyed already is no error."""
        ...


@final
class Versions(Shut):
    """Key-encryption keys by version, which never show."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[int, bytes] | None = None) -> None:
        self._keys: dict[int, bytes] = dict(keys or {})

    def __repr__(self) -> str:
        return f"Versions({', '.join(map(str, self.numbers()))})"

    def numbers(self) -> list[int]:
        """Return the versions, ascending."""
        return sorted(self._keys.copy())  # a copy is made in one step, while another thread may insert

    def newest(self) -> int:
        """Return the newest version, 0 when there is none."""
        return max(self._keys.copy(), default=0)

    def copy(self) -> Versions:
        """Return a copy that can be changed apart."""
        return Versions(self._keys)

    def grow(self, above: int) -> int:
        """Add a random version unless one above `above` exists, and return the newest."""
        newest = self.newest()
        if newest <= above:
            newest = max(newest, above) + 1
            self._keys.setdefault(newest, os.urandom(KEY_BYTES))  # one step: of two threads one wins
        return newest

    def shrink(self, below: int) -> bool:
        """Drop the versions below `below` and say whether there were any."""
        old = [version for version in self.numbers() if version < below]
        for version in old:
            self._keys.pop(version, None)
        return bool(old)

    def lines(self) -> bytes:
        """Return one line `version base64` per version, ascending."""
        return b"".join(
            b"%d %s" % (version, _late.binascii.b2a_base64(self._keys[version])) for version in self.numbers()
        )

    def cipher(self, version: int, place: str) -> AESGCM:
        """Return the cipher of a version.

        Raises:
            KeyProviderError: it is not there.
        """
        key = self._keys.get(version)
        if key is None:
            held = ", ".join(map(str, self.numbers())) or "none"
            raise KeyProviderError(place=place, problem=f"version {version} is not there; there is {held}")
        return AESGCM(key)


def wrap_under(cipher: AESGCM, key: bytes, context: bytes) -> bytes:
    """Return `nonce | ciphertext and tag` of a data key under a key-encryption key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, key, context)


def unwrap_under(cipher: AESGCM, wrapped: bytes, context: bytes) -> bytes | None:
    """Return the data key, None when it does not open."""
    if len(wrapped) != NONCE_BYTES + KEY_BYTES + TAG_BYTES:
        return None
    try:
        return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
    except InvalidTag:
        return None


def unopened(place: str, version: int) -> KeyProviderError:
    """Return the error for a wrapped key that a version does not open."""
    return KeyProviderError(
        place=place,
        problem=f"version {version} does not open a key that is said to be wrapped by it; "
        "it is the key-encryption key of another store, or the stored key was changed",
    )


def read_version(text: bytes) -> int | None:
    """Return a version in its one decimal spelling, from 1 to 2**31 - 1, or None."""
    if not (text.isdigit() and len(text) <= 10) or text.startswith(b"0"):
        return None
    version = int(text)
    return version if version < 2**31 else None


def read_key(text: bytes) -> bytes | None:
    """Return the 32 bytes that a canonical base64 text stands for, or None."""
    try:
        key = _late.binascii.a2b_base64(text)
    except _late.binascii.Error:
        return None
    # Reading passes over stray characters, and over stray bits of the last digit; a key has one spelling.
    if len(key) != KEY_BYTES or _late.binascii.b2a_base64(key, newline=False) != text:
        return None
    return key


@final
class KeyMemory(Shut):
    """Random key-encryption keys that live and die with this process, for guards in memory."""

    __slots__ = ("_versions",)

    def __init__(self) -> None:
        self._versions = Versions()

    def current(self) -> int:
        """Return the newest version, 0 when there is none yet."""
        return self._versions.newest()

    def wrap(self, version: int, key: bytes, context: bytes) -> bytes:
        """Return `key` encrypted under `version` in `context`.

        Raises:
            KeyProviderError: the version is not there.
        """
        try:
            cipher = self._versions.cipher(version, "memory")
        except KeyProviderError:
            del key  # a traceback that shows locals must not show it
            raise
        return wrap_under(cipher, key, context)

    def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that `wrap` was given.

        Raises:
            KeyProviderError: the version is not there, or does not open it in this context.
        """
        key = unwrap_under(self._versions.cipher(version, "memory"), wrapped, context)
        if key is None:
            raise unopened("memory", version)
        return key

    def advance(self, above: int) -> int:
        """Make sure that a version above `above` exists, and return the newest."""
        return self._versions.grow(above)

    def retire(self, below: int) -> None:
        """Destroy every version below `below`."""
        self._versions.shrink(below)


@final
class KeyEnvironment(Shut):
    """Key-encryption keys from an environment variable, `1:<base64>,2:<base64>`, each of 32 random bytes.

    The variable is read at every use and never written: versions are added and removed by the operator.

    Args:
        name: name of the variable.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str = "OBQ_PRIVACY_KEYS") -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"KeyEnvironment({self._name})"

    def current(self) -> int:
        """Return the newest version, 0 when the variable is not set.

        Raises:
            KeyProviderError: the variable is malformed.
        """
        return self._read().newest()

    def wrap(self, version: int, key: bytes, context: bytes) -> bytes:
        """Return `key` encrypted under `version` in `context`.

        Raises:
            KeyProviderError: the variable is malformed, or the version is not in it.
        """
        try:
            cipher = self._read().cipher(version, self._place)
        except KeyProviderError:
            del key  # a traceback that shows locals must not show it
            raise
        return wrap_under(cipher, key, context)

    def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that `wrap` was given.

        Raises:
            KeyProviderError: the variable is malformed, or the version is not in it or does not open this.
        """
        key = unwrap_under(self._read().cipher(version, self._place), wrapped, context)
        if key is None:
            raise unopened(self._place, version)
        return key

    def advance(self, above: int) -> int:
        """Return the newest version if it is above `above`.

        Raises:
            KeyProviderError: it is not; the message says what the operator adds.
        """
        newest = self.current()
        if newest <= above:
            raise KeyProviderError(
                place=self._place,
                problem=f"it needs a version above {above}; add {above + 1}:<base64 of 32 random bytes> to it",
            )
        return newest

    def retire(self, below: int) -> None:
        """Check that no version below `below` is left.

        Raises:
            KeyProviderError: there is; the message says what the operator removes.
        """
        old = [str(version) for version in self._read().numbers() if version < below]
        if old:
            raise KeyProviderError(
                place=self._place,
                problem=f"no key needs version {', '.join(old)} any more; "
                "remove it from the variable and rotate again to finish",
            )

    @property
    def _place(self) -> str:
        return f"environment variable {self._name}"

    def _read(self) -> Versions:
        found = _read_variable(self._name)
        if isinstance(found, str):
            raise KeyProviderError(place=self._place, problem=found)
        return found


def _read_variable(name: str) -> Versions | str:
    """Return the versions that a variable holds, or what is wrong with it."""
    keys: dict[int, bytes] = {}
    for position, entry in enumerate(filter(None, os.environ.get(name, "").split(",")), start=1):
        number, colon, text = entry.strip().encode("ascii", "replace").partition(b":")
        version = read_version(number)
        if version is None or not colon:
            return f"entry {position} does not begin with a version and a colon, as in 1:<base64>"
        key = read_key(text)
        if key is None:
            return f"entry {position} (version {version}) is not the base64 of 32 bytes"
        if version in keys:
            return f"version {version} is there twice"
        keys[version] = key
    return Versions(keys)
