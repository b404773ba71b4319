"""What cattrs takes apart."""

from __future__ import annotations

from typing import Any

import cattrs


def unstructured(v: Any, converter: Any = None) -> Any:
    """Unstructure it by cattrs."""
    return (converter or cattrs.Converter()).unstructure(v)
