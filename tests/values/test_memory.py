"""What is sensitive is ciphertext in memory: a search of everything that a value keeps alive finds no plaintext."""

from __future__ import annotations

import gc
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from values_world import CARD, DIARY, NAME, Delivery, Order, Payment, World

from obq_privacy.values._door import payload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def w() -> Iterator[World]:
    """Give a world of its own."""
    world = World()
    yield world
    world.guard.close()


def everything_from(start: object) -> Iterator[object]:
    """Follow every reference that the garbage collector knows, from an object to all that it keeps alive.

    Code is left out: through modules, classes and the globals of functions everything in the process is reachable, the
    search itself included.
    """
    seen: set[int] = {id(sys.modules)}
    stack: list[object] = [start]
    while stack:
        top = stack.pop()
        if id(top) in seen or isinstance(top, _CODE) or (isinstance(top, dict) and "__builtins__" in top):
            continue
        seen.add(id(top))
        yield top
        stack += gc.get_referents(top)


_CODE = (types.ModuleType, type, types.FrameType, types.GeneratorType, types.CodeType, types.TracebackType)


def holds(start: object, spelled_backwards: str) -> bool:
    """Tell whether a text is reachable, as text or bytes; it is given backwards, so that the search is not found."""
    text = spelled_backwards[::-1]
    data = text.encode()
    mine = {id(text), id(data)}
    return any(
        (isinstance(one, str) and text in one) or (isinstance(one, bytes | bytearray) and data in one)
        for one in everything_from(start)
        if id(one) not in mine
    )


BACKWARDS = "tJ5mL-3kV-9wX-7qZ"


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("how", ["sensitive", "a child's", "encrypted item", "a child's record", "unsealed", "loaded"])
def test_what_is_sensitive_is_ciphertext_in_memory(w: World, how: str) -> None:
    """From collection on, and after unsealing, no object that the wrapper keeps alive has the plaintext."""
    makers: dict[str, Callable[[], Any]] = {
        "sensitive": lambda: w.adult.collect(CARD, BACKWARDS[::-1]),
        "a child's": lambda: w.child.collect(NAME, BACKWARDS[::-1]),
        "encrypted item": lambda: w.adult.collect(DIARY, BACKWARDS[::-1]),
        "a child's record": lambda: w.child.collect_record(Order, number="1", name=BACKWARDS[::-1], card="1").name,
        "unsealed": lambda: w.guard.unseal(CARD, w.adult.collect(CARD, BACKWARDS[::-1]).seal()),
        "loaded": lambda: loaded(w, BACKWARDS[::-1]),
    }
    value = makers[how]()
    content = payload(value)
    assert isinstance(content, bytes)
    assert BACKWARDS[::-1].encode() not in content
    assert len(content) == 12 + len(BACKWARDS) + 16
    del content
    assert not holds(value.map(str.upper), BACKWARDS)
    purpose: Any = Payment if how in {"sensitive", "unsealed", "loaded"} else Delivery
    assert value.reveal(purpose) == BACKWARDS[::-1]
    assert not holds(value, BACKWARDS)  # nor after it was revealed and the text was let go


def loaded(w: World, text: str) -> Any:
    """Keep a record and load it back."""
    w.guard.vault.keep("r", w.adult.collect_record(Order, number="1", name="a", card=text))
    return w.guard.vault.load(Order, "r").card


def test_the_search_of_memory_finds_what_is_there(w: World) -> None:
    """A personal value of an adult is plain in memory, as documented, and the search sees it."""
    value = w.adult.collect(NAME, BACKWARDS[::-1])
    assert payload(value) == BACKWARDS[::-1]
    assert holds(value, BACKWARDS)
    assert holds(value.map(str.upper), BACKWARDS)
