"""Keys and sealing: data keys per subject, wrapped by versioned key-encryption keys, tokens, and envelopes.

The formats are documented byte by byte in docs/formats/token.md and envelope.md, with vectors in docs/vectors.
"""

from __future__ import annotations

from obq_privacy.crypto._encoding import encode, memory_context, pad, unpad
from obq_privacy.crypto._envelope import (
    EnvelopeKey,
    EnvelopeSuite,
    check_envelope_public,
    key_id_of,
    open_envelope,
    seal_envelope,
)
from obq_privacy.crypto._envelope_header import EnvelopeField, EnvelopeHeader
from obq_privacy.crypto._keyfile import KeyFile
from obq_privacy.crypto._keyring import Keyring, KeyStore, StaleKek
from obq_privacy.crypto._keys import DataKey, Shut, WrappedKey
from obq_privacy.crypto._provider import KeyEnvironment, KeyMemory, KeyProvider
from obq_privacy.crypto._token import Token, lookup, open_token, seal

__all__ = [
    "DataKey",
    "EnvelopeField",
    "EnvelopeHeader",
    "EnvelopeKey",
    "EnvelopeSuite",
    "KeyEnvironment",
    "KeyFile",
    "KeyMemory",
    "KeyProvider",
    "KeyStore",
    "Keyring",
    "Shut",
    "StaleKek",
    "Token",
    "WrappedKey",
    "check_envelope_public",
    "encode",
    "key_id_of",
    "lookup",
    "memory_context",
    "open_envelope",
    "open_token",
    "pad",
    "seal",
    "seal_envelope",
    "unpad",
]
