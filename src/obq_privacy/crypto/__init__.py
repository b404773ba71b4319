"""Keys and sealing: data keys per subject, wrapped by versioned key-encryption keys, and the token format.

The formats are documented byte by byte in docs/formats/token.md, with vectors in docs/vectors.
"""

from __future__ import annotations

from obq_privacy.crypto._encoding import encode, memory_context, pad, unpad
from obq_privacy.crypto._keyfile import KeyFile
from obq_privacy.crypto._keyring import Keyring, KeyStore, StaleKek
from obq_privacy.crypto._keys import DataKey, Shut, WrappedKey
from obq_privacy.crypto._provider import KeyEnvironment, KeyMemory, KeyProvider
from obq_privacy.crypto._token import Token, lookup, open_token, seal

__all__ = [
    "DataKey",
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
    "encode",
    "lookup",
    "memory_context",
    "open_token",
    "pad",
    "seal",
    "unpad",
]
