"""Key pairs of the recipients of envelopes: how they are drawn, kept and shown to nobody.

Nothing of HPKE is imported before the first key or envelope: the installed `cryptography` may be too old for it, and
whoever shares nothing does not pay for it.
"""

from __future__ import annotations

import os
from enum import IntEnum
from functools import cache, lru_cache
from hashlib import sha256, shake_256
from typing import TYPE_CHECKING, Final, NoReturn, final

from cryptography.exceptions import UnsupportedAlgorithm

from obq_privacy.crypto._encoding import encode
from obq_privacy.errors import EnvelopeKeyInvalid, EnvelopeUnavailable, WrapperMisuse
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite

_SECRET_BYTES: Final = 32
_SEED_BYTES: Final = 64
_LATTICE_BYTES: Final = 1184


class EnvelopeSuite(IntEnum):
    """How an envelope is sealed, always with HKDF-SHA256 and AES-256-GCM. The number stands in keys and envelopes.

    `MLKEM768_X25519` holds as long as one of its halves does, so also against whoever keeps envelopes until there are
    quantum computers. It needs cryptography 48; `X25519` alone needs 47.
    """

    X25519 = 1
    MLKEM768_X25519 = 2


PUBLIC_BYTES: Final = {EnvelopeSuite.X25519: 32, EnvelopeSuite.MLKEM768_X25519: _LATTICE_BYTES + 32}


@final
class EnvelopeKey(Shut):
    """The key pair of a recipient of envelopes. Make one with `new`, and again with `of`.

    It compares by identity, never changes, and shows its key id only.

    Attributes:
        suite: how envelopes to it are sealed.
        public: what senders get, for `Recipient(public_key=)`; it holds the suite.
        key_id: 16 bytes of the digest of `public`; they stand in every envelope, and people compare them.
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    __slots__ = ("_opener", "_secret", "key_id", "public", "suite")

    suite: EnvelopeSuite
    public: bytes
    key_id: bytes
    _secret: bytes
    _opener: X25519PrivateKey | MLKEM768X25519PrivateKey

    def __new__(cls) -> EnvelopeKey:
        raise WrapperMisuse(wrapper="EnvelopeKey", problem="it has no public constructor; use new or of")

    @classmethod
    def new(cls, *, suite: EnvelopeSuite | None = None) -> EnvelopeKey:
        """Draw a key pair at random.

        Args:
            suite: how envelopes to it are sealed; the strongest that is there by default.

        Raises:
            EnvelopeUnavailable: the installed `cryptography` has no such suite, or none at all.
        """
        for one in (EnvelopeSuite.MLKEM768_X25519, EnvelopeSuite.X25519) if suite is None else (suite,):
            made = _pair(one, os.urandom(_SECRET_BYTES))
            if made is not None:
                return made
        raise EnvelopeUnavailable(suite=named(suite or EnvelopeSuite.X25519))

    @classmethod
    def of(cls, private: bytes, /) -> EnvelopeKey:
        """Make the key pair of the bytes in `private` again.

        Raises:
            EnvelopeKeyInvalid: they are no private key. They are nowhere in the error.
            EnvelopeUnavailable: the installed `cryptography` does not have its suite.
        """
        problem = key_problem(private, dict.fromkeys(EnvelopeSuite, _SECRET_BYTES))
        if problem:
            del private  # a traceback that shows locals must not show it
            raise EnvelopeKeyInvalid(half="private", problem=problem)
        suite = EnvelopeSuite(private[0])
        made = _pair(suite, private[1:])
        if made is None:
            del private
            raise EnvelopeUnavailable(suite=named(suite))
        return made

    @property
    def private(self) -> bytes:
        """The suite and the secret, for the place where the application keeps its keys. Whoever has it opens all."""
        return bytes((self.suite,)) + self._secret

    def __repr__(self) -> str:
        return f"EnvelopeKey({self.key_id.hex()})"

    def __dir__(self) -> list[str]:
        # What lists attributes in order to read them (inspect.getmembers, debuggers) does not come across the key.
        return [name for name in super().__dir__() if name not in {"private", "_secret", "_opener"}]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value
        raise WrapperMisuse(wrapper="EnvelopeKey", problem="a key never changes")

    def __delattr__(self, name: str) -> NoReturn:
        raise WrapperMisuse(wrapper="EnvelopeKey", problem="a key never changes")


def key_id_of(public: bytes, /) -> bytes:
    """Return the id of a public key, by which an envelope says whom it is for."""
    return sha256(encode("obq-privacy/envelope-key/1", public)).digest()[:16]


def _pair(suite: EnvelopeSuite, secret: bytes) -> EnvelopeKey | None:
    """Make a key pair, None if the suite is not there."""
    halves = _halves(suite, secret)
    if halves is None:
        return None
    made: EnvelopeKey = object.__new__(EnvelopeKey)
    opener, raw = halves
    public = bytes((suite,)) + raw
    parts = {"suite": suite, "public": public, "key_id": key_id_of(public), "_secret": secret, "_opener": opener}
    for name, part in parts.items():
        object.__setattr__(made, name, part)
    return made


def _halves(suite: EnvelopeSuite, secret: bytes) -> tuple[X25519PrivateKey | MLKEM768X25519PrivateKey, bytes] | None:
    """Give the private key and the bytes of the public one, None if the suite is not there."""
    try:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415

        if suite is EnvelopeSuite.X25519:
            scheme(suite)
            plain = X25519PrivateKey.from_private_bytes(secret)
            return plain, plain.public_key().public_bytes_raw()
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey  # noqa: PLC0415

        # The expansion of X-Wing, so that a key is 32 bytes and other programs for MLKEM768-X25519 can use it.
        drawn = shake_256(secret).digest(_SEED_BYTES + 32)
        lattice = MLKEM768PrivateKey.from_seed_bytes(drawn[:_SEED_BYTES])
        curve = X25519PrivateKey.from_private_bytes(drawn[_SEED_BYTES:])
        public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        return MLKEM768X25519PrivateKey(lattice, curve), public
    except (ImportError, UnsupportedAlgorithm):
        return None


@lru_cache(maxsize=64)
def sealer(public: bytes) -> X25519PublicKey | MLKEM768X25519PublicKey | str:
    """Read a public key; a text says what is wrong with it.

    Raises:
        ImportError: the suite is not there.
        UnsupportedAlgorithm: likewise.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey  # noqa: PLC0415

    raw = public[1:]
    if public[0] == EnvelopeSuite.X25519:
        return X25519PublicKey.from_public_bytes(raw)
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey  # noqa: PLC0415

    curve = X25519PublicKey.from_public_bytes(raw[_LATTICE_BYTES:])
    try:
        return MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(raw[:_LATTICE_BYTES]), curve)
    except ValueError:
        return "it is no point of its suite"


@cache
def scheme(suite: EnvelopeSuite) -> Suite:
    """Give the suite.

    Raises:
        ImportError: the installed `cryptography` has no HPKE.
    """
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite  # noqa: PLC0415

    kem = KEM.X25519 if suite is EnvelopeSuite.X25519 else KEM.MLKEM768_X25519
    return Suite(kem, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def named(suite: EnvelopeSuite) -> str:
    return suite.name.replace("_", "-")


def key_problem(data: object, sizes: Mapping[EnvelopeSuite, int]) -> str:
    """Say what is wrong with the bytes of a key, "" for nothing."""
    if type(data) is not bytes or not data:
        return "it is bytes that are not empty"
    if data[0] not in sizes:
        return f"it is of suite {data[0]}, which is unknown here"
    right = sizes[EnvelopeSuite(data[0])] + 1
    return "" if len(data) == right else f"it has {len(data)} bytes instead of {right}"
