"""Keys and sealing: data keys per subject, wrapped by versioned key-encryption keys, and the token format.

The formats are documented byte by byte in docs/formats/token.md, with vectors in docs/vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy._late import late
from obq_privacy.crypto._encoding import encode, memory_context, pad, unpad
from obq_privacy.crypto._keyring import Keyring, KeyStore, StaleKek
from obq_privacy.crypto._keys import DataKey, Shut, WrappedKey
from obq_privacy.crypto._provider import KeyEnvironment, KeyMemory, KeyProvider
from obq_privacy.crypto._token import Token, lookup, open_token, seal

if TYPE_CHECKING:
    from obq_privacy.crypto._keyfile import KeyFile
else:
    # A program that keeps its keys elsewhere, or keeps nothing, has no key file.
    __getattr__ = late(__name__, {"KeyFile": "_keyfile"})

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
