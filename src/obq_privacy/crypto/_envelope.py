"""Envelopes: values sealed to a recipient's public key, with their label, byte by byte as in docs/formats/envelope.md.

HPKE (RFC 9180) as the `cryptography` package has it, one message for each key schedule, so that `info` authenticates
everything that stands in clear.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm

from obq_privacy.crypto._encoding import BLOCK, encode, pad, unpad
from obq_privacy.crypto._envelope_header import LONGEST_HEADER, EnvelopeField, EnvelopeHeader
from obq_privacy.crypto._envelope_key import (
    PUBLIC_BYTES,
    EnvelopeKey,
    EnvelopeSuite,
    key_id_of,
    key_problem,
    named,
    scheme,
    sealer,
)
from obq_privacy.crypto._provider import TAG_BYTES
from obq_privacy.errors import (
    ArgumentInvalid,
    EnvelopeBroken,
    EnvelopeKeyInvalid,
    EnvelopeNotForYou,
    EnvelopeUnavailable,
    EnvelopeUnknownSuite,
    SealBroken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = 1

_MAGIC: Final = b"OBQE"
_VERSION: Final = len(_MAGIC)
_SUITE: Final = _VERSION + 1
_KEY_ID: Final = _SUITE + 1
_SIZE: Final = _KEY_ID + 16
_LABEL: Final = _SIZE + 4
_LONGEST: Final = 2**31 - 1024

_ENCAPSULATED: Final = {EnvelopeSuite.X25519: 32, EnvelopeSuite.MLKEM768_X25519: 1120}

_TRIAL: Final = EnvelopeHeader(
    *("0" * 32, "", "", "", "", 0), (EnvelopeField("trial", 0, (), "", 0, (), (), (), (), (), (), (0, 0), None),)
)


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
    problem = key_problem(public, PUBLIC_BYTES)
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
    problem = key_problem(public, PUBLIC_BYTES)
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
        key = sealer(public)
        if isinstance(key, str):
            return EnvelopeKeyInvalid(half="public", problem=key)
        body = scheme(suite).encrypt(_packed(header, contents), key, info)
    except (ImportError, UnsupportedAlgorithm):
        return EnvelopeUnavailable(suite=named(suite))
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
        packed = unpad(scheme(key.suite).decrypt(parts.body, key._opener, info))
    except (InvalidTag, ValueError, SealBroken):
        return None
    # Not before it is authentic: what reads JSON need not stand up to everybody.
    header = EnvelopeHeader.parse(parts.label)
    contents = None if header is None else _unpacked(header, packed)
    return None if header is None or contents is None else (header, contents)
