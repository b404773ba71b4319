"""What an expression is, as far as reading the code tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from obq_privacy.cli._scan._table import CLASSES, WRAPPERS

if TYPE_CHECKING:
    from collections.abc import Iterable

Tag: TypeAlias = Literal[
    "unknown",
    "wrapper",  # of the items
    "ours",  # a class, function or module of the library, by its last name
    "our instance",  # of the class of the library that is named
    "class",  # of the scanned code: name, home
    "instance",  # of a class of the scanned code
    "function",  # of the scanned code
    "item",  # a declared item, by its key
    "purpose",  # a purpose class
    "recipient",  # a declared recipient, by its key
    "many",  # a collection of the one part
    "tuple",  # of the parts
    "module",  # something that is imported from elsewhere, by its dotted name
    "foreign",  # an instance of a class that is imported from elsewhere
]


class Kind(NamedTuple):
    """What an expression is.

    Attributes:
        tag: which sort of thing.
        name: of the class, function, purpose or module.
        home: path of the scanned module that has it, or "".
        items: keys of items.
        parts: what it is made of.
    """

    tag: Tag = "unknown"
    name: str = ""
    home: str = ""
    items: tuple[str, ...] = ()
    parts: tuple[Kind, ...] = ()


UNKNOWN: Final = Kind()
WRAPPER: Final = Kind("wrapper")
_WEIGHT: Final[dict[Tag, int]] = {"unknown": 1, "foreign": 0, "module": 0}
"""What may be anything may be the library's, whatever else it may be."""


def many(part: Kind) -> Kind:
    """Give a collection of something."""
    return Kind("many", parts=(part,))


def element(kind: Kind) -> Kind:
    """Give what iterating over something gives."""
    return join(kind.parts) if kind.tag in {"many", "tuple"} else UNKNOWN


def join(kinds: Iterable[Kind]) -> Kind:
    """Give what is known of something that is one of several: what has to do with the library weighs most."""
    found: Kind | None = None
    for kind in kinds:
        if found is None:
            found = kind
        elif kind.tag == found.tag and kind.tag in {"wrapper", "item", "purpose"}:
            items = tuple(sorted({*found.items, *kind.items}))
            names = " | ".join(sorted({*found.name.split(" | "), *kind.name.split(" | ")} - {""}))
            found = Kind(kind.tag, names, items=items)
        elif kind.tag == found.tag and kind.tag in {"many", "tuple"}:
            found = many(join((element(found), element(kind))))
        elif _WEIGHT.get(kind.tag, 2) > _WEIGHT.get(found.tag, 2):
            found = kind
    return UNKNOWN if found is None else found


def instance_of(kind: Kind) -> Kind:
    """Give what a call of a class, or an annotation with it, gives."""
    match kind.tag:
        case "class":
            return kind._replace(tag="instance")
        case "ours" if kind.name in WRAPPERS:
            return WRAPPER
        case "ours" if kind.name in CLASSES or kind.name[:1].isupper():
            return kind._replace(tag="our instance")
        case "module" if kind.name.rpartition(".")[2][:1].isupper():
            return kind._replace(tag="foreign")
        case _:
            return UNKNOWN
