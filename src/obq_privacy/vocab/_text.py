"""Text that can be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeGuard


def is_text(value: object) -> TypeGuard[str]:
    """Tell whether it is a str that UTF-8 can spell; one with a lone surrogate is not."""
    return isinstance(value, str) and value.encode("utf-8", "replace") == value.encode("utf-8", "surrogatepass")
