"""A type of the shop's own whose content must not get out by accident."""

from __future__ import annotations


class Voucher:
    """A code that is worth money to whoever reads it.

    Args:
        code: what the customer types in.
    """

    __slots__ = ("_code",)

    def __init__(self, code: str) -> None:
        self._code = code

    def __repr__(self) -> str:
        return "Voucher(...)"

    def redeem(self) -> str:
        """Hand the code out."""
        return self._code
