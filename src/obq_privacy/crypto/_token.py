"""Sealed values: the token, byte by byte as in docs/formats/token.md, and the index of subject ids.

The first three facts that a token is bound to stand in it (version and suite, key, label); subject, item and record do
not, and whoever opens it has to know them. So a value that was moved to another place does not open there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from obq_privacy import _late
from obq_privacy.crypto._encoding import BLOCK, encode, pad, unpad
from obq_privacy.crypto._provider import NONCE_BYTES, TAG_BYTES
from obq_privacy.errors import SealBroken, ValueInvalid

if TYPE_CHECKING:
    from obq_privacy.crypto._keys import DataKey

VERSION: Final = 1
AES_256_GCM: Final = 1

_HEAD: Final = bytes((VERSION, AES_256_GCM))
_KEY_ID_END: Final = 18
_NONCE_END: Final = _KEY_ID_END + NONCE_BYTES
_LABEL: Final = _NONCE_END + 2
_LONGEST_LABEL: Final = 0xFFFF
_LONGEST: Final = 2**31 - 1024
"""Bytes of plaintext that AES-GCM takes here, with room for padding."""


class Token(NamedTuple):
    """A token whose form is right; whether it opens is another question.

    Attributes:
        key_id: id of the data key that sealed it.
        nonce: 12 random bytes.
        label: what the sealer said about the value: authenticated only when the token is opened.
        body: ciphertext and tag.
    """

    key_id: bytes
    nonce: bytes
    label: bytes
    body: bytes

    def __repr__(self) -> str:
        return f"Token({self.key_id.hex()})"

    @classmethod
    def parse(cls, token: bytes, /) -> Token:
        """Take a token apart.

        Raises:
            SealBroken: this is no token: another type, version or suite, cut short or with bytes too many.
        """
        if type(token) is bytes and token[:2] == _HEAD and len(token) > _LABEL:
            body = _LABEL + int.from_bytes(token[_NONCE_END:_LABEL], "big")
            padded = len(token) - body - TAG_BYTES
            if padded >= BLOCK and padded % BLOCK == 0:
                return cls(token[2:_KEY_ID_END], token[_KEY_ID_END:_NONCE_END], token[_LABEL:body], token[body:])
        raise SealBroken


def seal(key: DataKey, /, *, item: str, label: bytes, record: str, plaintext: bytes) -> bytes:
    """Seal a value for storage outside, with a random nonce.

    One data key may encrypt 2**32 values, here and in memory together: the limit for random nonces with AES-GCM.

    Args:
        key: data key of the subject whom the value is about.
        item: key of the item.
        label: the value's label in its one spelling; it stands in the token in clear.
        record: name of the record that the value stands in.
        plaintext: the value, encoded.

    Raises:
        ValueInvalid: the plaintext is longer than 2**31 - 1024 bytes, or the label than 65535.
    """
    problem = ""
    if len(plaintext) > _LONGEST:
        problem = "it is too long to be sealed"
    elif len(label) > _LONGEST_LABEL:
        problem = "its label is too long to be sealed"
    if problem:
        del plaintext  # a traceback that shows locals must not show it
        raise ValueInvalid(item=item, problem=problem)
    return _seal_with(os.urandom(NONCE_BYTES), key, item=item, label=label, record=record, plaintext=plaintext)


def _seal_with(nonce: bytes, key: DataKey, *, item: str, label: bytes, record: str, plaintext: bytes) -> bytes:
    # Private for good: a nonce that is used twice gives both values away. The vectors need it, nothing else does.
    facts = _facts(key, item, label, record)
    body = AESGCM(key.key).encrypt(nonce, pad(plaintext), facts)
    return b"".join((_HEAD, key.key_id, nonce, len(label).to_bytes(2, "big"), label, body))


def open_token(key: DataKey, token: Token, /, *, item: str, record: str) -> bytes:
    """Return the plaintext of a token, which thereby also vouches for `token.label`.

    Args:
        key: the data key with the token's key id.
        token: what `Token.parse` returned.
        item: key of the item that the value is expected to be.
        record: name of the record that it is expected to stand in.

    Raises:
        SealBroken: the token was changed, or was sealed for another subject, item or record. Which is not told, and
            the error has no context.
    """
    # The padded plaintext has no name here, so that no traceback shows it.
    return unpad(_decrypted(key, token, item, record))


def _decrypted(key: DataKey, token: Token, item: str, record: str) -> bytes:
    if key.key_id == token.key_id:
        try:
            return AESGCM(key.key).decrypt(token.nonce, token.body, _facts(key, item, token.label, record))
        except (InvalidTag, ValueError):  # a nonce of another length, in a Token that was not parsed
            pass
    raise SealBroken


def _facts(key: DataKey, item: str, label: bytes, record: str) -> bytes:
    """Return the associated data."""
    return encode("obq-privacy/seal/1", VERSION, AES_256_GCM, key.key_id, key.subject, item, label, record)


def lookup(key: DataKey, subject_id: str, /) -> bytes:
    """Return the 32 bytes under which an application's subject id is found, without the id being stored.

    HMAC-SHA-256 under the store's own key: without it ids cannot be tried out, and once it is destroyed not even then.

    Args:
        key: the store's own data key.
        subject_id: the application's id of the subject.
    """
    return _late.hmac.digest(key.key, encode("obq-privacy/lookup/1", subject_id), "sha256")
