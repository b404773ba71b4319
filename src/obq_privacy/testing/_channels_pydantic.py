"""Models of pydantic that hold a value."""

# Whatever an application holds may come here, so nothing is known of its type.
# pyright: basic
from __future__ import annotations

from typing import Any

import pydantic


class Model(pydantic.BaseModel):
    """A pydantic model."""

    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    field: Any


class StrictModel(pydantic.BaseModel):
    """A pydantic model that expects text."""

    field: str


def typed_model(v: Any) -> Any:
    """Make a pydantic model whose field has the wrapper's own class as annotation."""
    return pydantic.create_model(
        "Typed", __config__=pydantic.ConfigDict(arbitrary_types_allowed=True), field=(type(v), ...)
    )(field=v)


def adapted(v: Any) -> Any:
    """Let pydantic dump a bare value."""
    return pydantic.TypeAdapter(Any).dump_json(v)
