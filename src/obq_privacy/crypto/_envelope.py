"""Envelopes: values sealed to a recipient's public key, with their label, byte by byte as in docs/formats/envelope.md.

HPKE (RFC 9180) as the `cryptography` package has it, one message for each key schedule, so that `info` authenticates
everything that stands in clear. Nothing of it is imported before the first envelope: the package may be too old for
it, and whoever shares nothing does not pay for it.
"""

from __future__ import annotations

import os
from enum import IntEnum
from functools import cache, lru_cache
from hashlib import sha256, shake_256
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm

from obq_privacy.crypto._encoding import BLOCK, encode, pad, unpad
from obq_privacy.crypto._envelope_header import LONGEST_HEADER, EnvelopeField, EnvelopeHeader
from obq_privacy.crypto._keys import Shut
from obq_privacy.crypto._provider import TAG_BYTES
from obq_privacy.errors import (
    ArgumentInvalid,
    EnvelopeBroken,
    EnvelopeKeyInvalid,
    EnvelopeNotForYou,
    EnvelopeUnavailable,
    EnvelopeUnknownSuite,
    SealBroken,
    WrapperMisuse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite

VERSION: Final = 1

_MAGIC: Final = b"OBQE"
_VERSION: Final = len(_MAGIC)
_SUITE: Final = _VERSION + 1
_KEY_ID: Final = _SUITE + 1
_SIZE: Final = _KEY_ID + 16
_LABEL: Final = _SIZE + 4

_SECRET_BYTES: Final = 32
_SEED_BYTES: Final = 64
_LATTICE_BYTES: Final = 1184
_LONGEST: Final = 2**31 - 1024


class EnvelopeSuite(IntEnum):
    """How an envelope is sealed, always with HKDF-SHA256 and AES-256-GCM. The number stands in keys and envelopes.

    `MLKEM768_X25519` holds as long as one of its halves does, so also against whoever keeps envelopes until there are
    quantum computers. It needs cryptography 48; `X25519` alone needs 47.
    """

    X25519 = 1
    MLKEM768_X25519 = 2


_TRIAL: Final = EnvelopeHeader(
    *("0" * 32, "", "", "", "", 0), (EnvelopeField("trial", 0, (), "", 0, (), (), (), (), (), (), (0, 0), None),)
)

_ENCAPSULATED: Final = {EnvelopeSuite.X25519: 32, EnvelopeSuite.MLKEM768_X25519: 1120}
_PUBLIC: Final = {EnvelopeSuite.X25519: 32, EnvelopeSuite.MLKEM768_X25519: _LATTICE_BYTES + 32}


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────


@final
class EnvelopeKey(Shut):
    """The key pair of a recipient of envelopes. Make one with `new`, and again with `of`.

    It compares by identity, never changes, and shows its key id only.

    Attributes:
        suite: how envelopes to it are sealed.
        public: what senders get, for `Recipient(public_key=)`; it holds the suite.
        key_id: 16 bytes of the digest of `public`; they stand in every envelope, and people compare them.
    """

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
        raise EnvelopeUnavailable(suite=_named(suite or EnvelopeSuite.X25519))

    @classmethod
    def of(cls, private: bytes, /) -> EnvelopeKey:
        """Make the key pair of the bytes in `private` again.

        Raises:
            EnvelopeKeyInvalid: they are no private key. They are nowhere in the error.
            EnvelopeUnavailable: the installed `cryptography` does not have its suite.
        """
        problem = _key_problem(private, dict.fromkeys(EnvelopeSuite, _SECRET_BYTES))
        if problem:
            del private  # a traceback that shows locals must not show it
            raise EnvelopeKeyInvalid(half="private", problem=problem)
        suite = EnvelopeSuite(private[0])
        made = _pair(suite, private[1:])
        if made is None:
            del private
            raise EnvelopeUnavailable(suite=_named(suite))
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
            _scheme(suite)
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
def _sealer(public: bytes) -> X25519PublicKey | MLKEM768X25519PublicKey | str:
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
def _scheme(suite: EnvelopeSuite) -> Suite:
    """Give the suite.

    Raises:
        ImportError: the installed `cryptography` has no HPKE.
    """
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite  # noqa: PLC0415

    kem = KEM.X25519 if suite is EnvelopeSuite.X25519 else KEM.MLKEM768_X25519
    return Suite(kem, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _named(suite: EnvelopeSuite) -> str:
    return suite.name.replace("_", "-")


def _key_problem(data: object, sizes: Mapping[EnvelopeSuite, int]) -> str:
    """Say what is wrong with the bytes of a key, "" for nothing."""
    if type(data) is not bytes or not data:
        return "it is bytes that are not empty"
    if data[0] not in sizes:
        return f"it is of suite {data[0]}, which is unknown here"
    right = sizes[EnvelopeSuite(data[0])] + 1
    return "" if len(data) == right else f"it has {len(data)} bytes instead of {right}"


# ── Sealing ───────────────────────────────────────────────────────────────────────────────────────────────


def seal_envelope(public: bytes, header: EnvelopeHeader, contents: Mapping[str, bytes], /) -> bytes:
    """Seal values to a public key, with their label in clear beside them.

    Args:
        public: the recipient's `EnvelopeKey.public`.
        header: the label; it names every value once.
        contents: the values by name, encoded.

    Raises:
        EnvelopeKeyInvalid: the public key is none.
        EnvelopeUnavailable: the installed `cryptography` does not have the key's suite.
        ArgumentInvalid: the header cannot be spelled, does not name these values, or they are too long.
    """
    try:
        made = _sealed(public, header, contents)
    finally:
        del contents  # a traceback that shows locals must not show it
    if isinstance(made, bytes):
        return made
    raise made


def check_envelope_public(public: bytes, /) -> None:
    """Check that envelopes can be sealed to a public key, here and now: before there is a record that says so.

    Raises:
        EnvelopeKeyInvalid: the public key is none.
        EnvelopeUnavailable: the installed `cryptography` does not have the key's suite.
    """
    problem = _key_problem(public, _PUBLIC)
    if problem:
        raise EnvelopeKeyInvalid(half="public", problem=problem)
    _tried(public)


@lru_cache(maxsize=64)
def _tried(public: bytes) -> None:
    seal_envelope(public, _TRIAL, {"trial": b""})


def _sealed(
    public: bytes, header: EnvelopeHeader, contents: Mapping[str, bytes]
) -> bytes | EnvelopeKeyInvalid | EnvelopeUnavailable | ArgumentInvalid:
    """Give the envelope, or the error to raise where no frame holds a value."""
    problem = _key_problem(public, _PUBLIC)
    if problem:
        return EnvelopeKeyInvalid(half="public", problem=problem)
    try:
        label = header.spelled()
    except ArgumentInvalid as error:
        return error.with_traceback(None)
    if set(contents) != {field.name for field in header.fields}:
        return ArgumentInvalid(argument="contents", problem="it has exactly the values that the header names")
    if not all(type(value) is bytes for value in contents.values()):
        return ArgumentInvalid(argument="contents", problem="its values are bytes")
    if sum(map(len, contents.values())) > _LONGEST:
        return ArgumentInvalid(argument="contents", problem="the values are too long to be sealed together")
    suite, key_id = EnvelopeSuite(public[0]), key_id_of(public)
    info = _facts(suite, key_id, label)
    try:
        key = _sealer(public)
        if isinstance(key, str):
            return EnvelopeKeyInvalid(half="public", problem=key)
        body = _scheme(suite).encrypt(_packed(header, contents), key, info)
    except (ImportError, UnsupportedAlgorithm):
        return EnvelopeUnavailable(suite=_named(suite))
    except ValueError:  # a point of small order, for which no shared secret is secret
        return EnvelopeKeyInvalid(half="public", problem="it is no point of its suite")
    return b"".join((_MAGIC, bytes((VERSION, suite)), key_id, len(label).to_bytes(4, "big"), label, body))


def _facts(suite: EnvelopeSuite, key_id: bytes, label: bytes) -> bytes:
    """Return what is authenticated beside the ciphertext."""
    return encode("obq-privacy/envelope/1", VERSION, int(suite), key_id, label)


def _packed(header: EnvelopeHeader, contents: Mapping[str, bytes]) -> bytes:
    """Return the values in the order of the header, each after its length, padded together."""
    values = [contents[field.name] for field in header.fields]
    return pad(b"".join(part for value in values for part in (len(value).to_bytes(4, "big"), value)))


def _unpacked(header: EnvelopeHeader, packed: bytes) -> dict[str, bytes] | None:
    """Undo `_packed` after the padding, None if it is not exactly what that gives."""
    found: dict[str, bytes] = {}
    start = 0
    for field in header.fields:
        end = start + 4 + int.from_bytes(packed[start : start + 4], "big")
        if start + 4 > len(packed) or end > len(packed):
            return None
        found[field.name] = packed[start + 4 : end]
        start = end
    return found if start == len(packed) else None


# ── Opening ───────────────────────────────────────────────────────────────────────────────────────────────


class _Parts(NamedTuple):
    key_id: bytes
    label: bytes
    body: bytes


def open_envelope(key: EnvelopeKey, data: bytes, /) -> tuple[EnvelopeHeader, dict[str, bytes]]:
    """Open an envelope: its label, for which this vouches, and the values by name.

    That it opens says that nothing was changed since it was sealed, and not who sealed it: everybody can who has the
    public key.

    Args:
        key: the recipient's key pair.
        data: what `seal_envelope` gave.

    Raises:
        EnvelopeBroken: it is damaged, or its label was changed. The error has no context.
        EnvelopeNotForYou: it is sealed to another key.
        EnvelopeUnknownSuite: it is of a form or suite that this version of the library does not know.
    """
    parts = _parse(data)
    if parts.key_id != key.key_id:
        raise EnvelopeNotForYou(sealed_to=parts.key_id.hex(), key=key.key_id.hex())
    opened = _opened(key, parts)
    if opened is None:
        raise EnvelopeBroken
    return opened


def _parse(data: bytes) -> _Parts:
    if type(data) is not bytes or data[:_VERSION] != _MAGIC or len(data) < _LABEL:
        raise EnvelopeBroken
    version, number = data[_VERSION], data[_SUITE]
    if version != VERSION or number not in set(EnvelopeSuite):
        raise EnvelopeUnknownSuite(form=version, suite=number)
    size = int.from_bytes(data[_SIZE:_LABEL], "big")
    padded = len(data) - _LABEL - size - _ENCAPSULATED[EnvelopeSuite(number)] - TAG_BYTES
    if size > LONGEST_HEADER or padded < BLOCK or padded % BLOCK:
        raise EnvelopeBroken
    return _Parts(data[_KEY_ID:_SIZE], data[_LABEL : _LABEL + size], data[_LABEL + size :])


def _opened(key: EnvelopeKey, parts: _Parts) -> tuple[EnvelopeHeader, dict[str, bytes]] | None:
    info = _facts(key.suite, key.key_id, parts.label)
    try:
        packed = unpad(_scheme(key.suite).decrypt(parts.body, key._opener, info))
    except (InvalidTag, ValueError, SealBroken):
        return None
    # Not before it is authentic: what reads JSON need not stand up to everybody.
    header = EnvelopeHeader.parse(parts.label)
    contents = None if header is None else _unpacked(header, packed)
    return None if header is None or contents is None else (header, contents)
