"""Keys and sealing: data keys per subject, wrapped by versioned key-encryption keys, tokens, and envelopes.

The formats are documented byte by byte in docs/formats/token.md and envelope.md, with vectors in docs/vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.crypto._encoding import encode, memory_context, pad, unpad
from obq_privacy.crypto._keyring import Keyring, KeyStore, StaleKek
from obq_privacy.crypto._keys import DataKey, WrappedKey
from obq_privacy.crypto._provider import KeyEnvironment, KeyMemory, KeyProvider
from obq_privacy.crypto._token import Token, lookup, open_token, seal

if TYPE_CHECKING:
    from obq_privacy.crypto._envelope import check_envelope_public, open_envelope, seal_envelope
    from obq_privacy.crypto._envelope_header import EnvelopeField, EnvelopeHeader
    from obq_privacy.crypto._envelope_key import EnvelopeKey, EnvelopeSuite, key_id_of
    from obq_privacy.crypto._keyfile import KeyFile
else:
    # A program that keeps its keys elsewhere, or keeps nothing, has no key file; one that shares nothing, no envelope.
    __getattr__ = late(
        __name__,
        {
            "EnvelopeField": "_envelope_header",
            "EnvelopeHeader": "_envelope_header",
            "EnvelopeKey": "_envelope_key",
            "EnvelopeSuite": "_envelope_key",
            "KeyFile": "_keyfile",
            "check_envelope_public": "_envelope",
            "key_id_of": "_envelope_key",
            "open_envelope": "_envelope",
            "seal_envelope": "_envelope",
        },
    )

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
