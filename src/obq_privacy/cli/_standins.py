"""Policies read from documents to be looked at: stand-ins take the place of code that a document only names.

`Policy.loads` imports nothing by name, so it wants items with a codec, a validator or a mask to be given. Nothing here
opens a value, so what stands in for them needs to have their names and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from obq_privacy.policy import Policy
from obq_privacy.vocab import Category, NonPersonalItem, PersonalItem, Purpose, SensitiveItem

if TYPE_CHECKING:
    from obq_privacy.vocab import AnyItem

Row = Mapping[str, Any]

_CODE: Final = ("codec", "validate", "mask")
_PLAIN: Final[Mapping[str, type[Any]]] = {
    **{kind.__name__: kind for kind in (str, bytes, int, float, bool)},
    **{f"{kind.__module__}:{kind.__name__}": kind for kind in (Decimal, dt.date, dt.datetime, UUID)},
}


def read_for_looking(text: str) -> Policy:
    """Read a policy document; its items decode nothing.

    Raises:
        PolicyDocumentInvalid: it is no such document.
        PolicyInvalid: the policy that it states cannot hold.
    """
    items = _items(text)
    return Policy.loads(text, items=items)


def _items(text: str) -> list[AnyItem]:
    """Give stand-ins for the items that name code; none where the document is not sound, which `loads` then says."""
    import json  # noqa: PLC0415  only commands that read documents need it

    try:
        document = json.loads(text)
        words = {row["key"]: row for row in document["vocabulary"]}
        purposes: dict[str, type[Purpose]] = {}
        return [_item(row, words, purposes) for row in document["items"] if _names_code(row)]
    except Exception:  # noqa: BLE001  whatever is wrong with it, `loads` names the place
        return []


def _names_code(row: Row) -> bool:
    return row["type"] not in _PLAIN or any(row[name] is not None for name in _CODE)


def _purpose(key: str, words: Mapping[str, Row], made: dict[str, type[Purpose]]) -> type[Purpose]:
    """Give the class for a purpose, below those of the wider ones."""
    if key not in made:
        word = words[key]
        parent = Purpose if word["parent"] is None else _purpose(word["parent"], words, made)
        body = {"__doc__": word["text"], "__module__": __name__}
        settings: dict[str, Any] = {name: word[name] for name in ("key", "title", "clause", "dpv", "fides")}
        make: Any = type
        made[key] = make("Read", (parent,), body, **settings)
    return made[key]


def _item(row: Row, words: Mapping[str, Row], made: dict[str, type[Purpose]]) -> AnyItem:
    purposes: Any = _purpose(row["purposes"][0], words, made)
    for key in row["purposes"][1:]:
        purposes = purposes | _purpose(key, words, made)
    kind: Any = _PLAIN.get(row["type"]) or _named(row["type"], Enum("StandIn", ["ONE"]))
    more: dict[str, Any] = {name: row[name] for name in ("exact", "title", "clause", "dpv", "fides")}
    more["category"] = Category(row["category"])
    for name in ("validate", "mask"):
        more[name] = None if row[name] is None else _named(row[name], _function())
    codec = row["codec"]
    if codec is not None:
        more["codec"] = _named(codec, type("StandIn", (), {"encode": _function(), "decode": _function()}))
    match row["sensitivity"]:
        case "sensitive":
            return SensitiveItem(row["key"], kind, purposes, **more)
        case "personal":
            return PersonalItem(row["key"], kind, purposes, encrypt=row["encrypt"], **more)
        case _:
            return NonPersonalItem(row["key"], kind, purposes, **more)


def _function() -> object:
    def stand_in(value: object) -> None:
        """Do nothing with a value."""

    return stand_in


def _named(name: str, thing: Any) -> object:
    """Give a stand-in the name of what it stands for; a type without a module is built in."""
    module, _, own = name.rpartition(":")
    thing.__module__, thing.__qualname__ = module or "builtins", own
    return thing


__all__ = ["read_for_looking"]
