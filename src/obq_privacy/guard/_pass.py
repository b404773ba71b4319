"""What access to values hands around: boxes for values on their way in, and decisions that are good for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from obq_privacy.decision import weight
from obq_privacy.values import NonPersonal, Personal, Sensitive
from obq_privacy.vocab import NonPersonalItem, SensitiveItem
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from obq_privacy.errors import Denied
    from obq_privacy.values import Held, Origin
    from obq_privacy.vocab import AnyItem


class Box(Shut):
    """Holds a value on its way in, so that no frame of the library has it as a local."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value: Any = value

    def __repr__(self) -> str:
        return "Box(…)"

    def __dir__(self) -> list[str]:
        return []  # what lists attributes in order to read them finds none


class Pass:
    """A decision that is good for a while.

    Attributes:
        deadline: monotonic ns from which on it says nothing.
        fact: id of the fact to record.
        refusal: gives the error to raise; None for a permit.
        after: wall seconds; values collected at or before it need a decision of their own (retention).
        context: associated data of sealed content, None where content is plain.
        decode: turns bytes into the value.
        origin: the origin of values collected on this pass.
        basis: what makes it lawful; "" where it is refused, or handed out all the same.
    """

    __slots__ = ("after", "basis", "context", "deadline", "decode", "fact", "origin", "refusal")

    deadline: int
    fact: bytes
    refusal: Callable[[], Denied] | None
    after: int
    context: bytes | None
    decode: Callable[[bytes], Any]
    origin: Origin
    basis: str


def wrapper_of(item: AnyItem) -> type[Held[Any, Any]]:
    """Give the wrapper class that values of an item come in."""
    if isinstance(item, SensitiveItem):
        return Sensitive
    return NonPersonal if isinstance(item, NonPersonalItem) else Personal


def joined(errors: Sequence[Denied]) -> Denied:
    """Give one error for several refusals: of the class of the weightiest, naming every item and code."""
    first = min(errors, key=lambda error: weight(error.codes[0]))
    first.items = tuple(sorted({item for error in errors for item in error.items}))
    first.codes = tuple(dict.fromkeys((*first.codes, *(code for error in errors for code in error.codes))))
    first.clauses = tuple(dict.fromkeys((*first.clauses, *(clause for error in errors for clause in error.clauses))))
    return first
