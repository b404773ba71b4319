"""The nouns of key management: a key as it is stored, a key as it is used, and what neither of them gives away."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn, final

from obq_privacy.errors import WrapperMisuse
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from datetime import datetime


@final
class DataKey(Shut):
    """The key of one data subject, ready for use.

    It compares by identity, never changes, and shows its key id only.

    Attributes:
        key_id: 16 random bytes that stand in every token.
        subject: pseudonym of the subject, "" for a key of the store itself.
    """

    __slots__ = ("_secret", "key_id", "subject")

    key_id: bytes
    subject: str
    _secret: bytes

    def __init__(self, key_id: bytes, subject: str, key: bytes) -> None:
        object.__setattr__(self, "key_id", key_id)
        object.__setattr__(self, "subject", subject)
        object.__setattr__(self, "_secret", key)

    @property
    def key(self) -> bytes:
        """The 32 bytes of the key: for AES-256-GCM and HMAC-SHA-256, and never for keeping."""
        return self._secret

    def __repr__(self) -> str:
        return f"DataKey({self.key_id.hex()})"

    def __dir__(self) -> list[str]:
        # What lists attributes in order to read them (inspect.getmembers, debuggers) does not come across the key.
        return [name for name in super().__dir__() if name not in {"key", "_secret"}]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value
        raise WrapperMisuse(wrapper="DataKey", problem="a key never changes")

    def __delattr__(self, name: str) -> NoReturn:
        raise WrapperMisuse(wrapper="DataKey", problem="a key never changes")


class WrappedKey(NamedTuple):
    """The key of one data subject as a store keeps it: wrapped, or destroyed.

    Attributes:
        key_id: 16 random bytes that stand in every token.
        subject: pseudonym of the subject (32 hex digits), "" for a key of the store itself.
        kek: version of the key-encryption key that wraps it, from 1.
        wrapped: the wrapped key, None once it is destroyed.
        destroyed_at: when it was destroyed, aware and in UTC, or None.
    """

    key_id: bytes
    subject: str
    kek: int
    wrapped: bytes | None
    destroyed_at: datetime | None = None

    def __repr__(self) -> str:
        state = "destroyed" if self.wrapped is None else f"kek={self.kek}"
        return f"WrappedKey({self.key_id.hex()}, {state})"
