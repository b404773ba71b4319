"""Key material comes out of no accidental channel."""

from __future__ import annotations

import copy
import inspect
import io
import json
import logging
import pickle
import pprint
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.pretty import pretty_repr

from obq_privacy import crypto
from obq_privacy.crypto import DataKey, KeyEnvironment, KeyFile, KeyMemory, Keyring, WrappedKey
from obq_privacy.crypto._provider import Versions
from obq_privacy.errors import AccidentalUse, WrapperMisuse

from .worlds import NOW, MemoryKeys, frames_hold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = b"K7#secret-key-bytes-of-length-32"
assert len(SECRET) == 32
KEY = DataKey(b"I" * 16, "a" * 32, SECRET)


@pytest.fixture(params=["data key", "versions", "memory", "environment", "file", "ring"])
def holder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Every object that holds key material, or leads to it, with the same bytes inside where they can be chosen."""
    monkeypatch.setattr("os.urandom", lambda size: SECRET[:size])
    memory = KeyMemory()
    memory.advance(0)
    file = KeyFile(tmp_path / "keys")
    file.advance(0)
    match request.param:
        case "data key":
            return KEY
        case "versions":
            return Versions({1: SECRET})
        case "memory":
            return memory
        case "environment":
            return KeyEnvironment()
        case "file":
            return file
        case _:
            return Keyring(MemoryKeys(), memory)


def rich_locals(held: object) -> str:
    """Return what rich shows of an object in a traceback with local variables."""
    console = Console(file=io.StringIO(), width=200)
    try:
        _ = dict[int, int]()[len([held])]
    except KeyError:
        console.print_exception(show_locals=True)
    shown = console.file
    assert isinstance(shown, io.StringIO)
    return shown.getvalue()


def logged(held: object) -> str:
    """Return what logging makes of an object."""
    return logging.LogRecord("n", logging.INFO, "p", 1, "%s %r", (held, held), None).getMessage()


@pytest.mark.parametrize(
    "render",
    [repr, str, format, ascii, pprint.pformat, pretty_repr, "{0!r:>90}".format, "%s".__mod__, logged, rich_locals, dir],
)
def test_no_rendering_shows_key_bytes(holder: object, render: Callable[[object], object]) -> None:
    """Text of every kind has the class and identifiers only."""
    text = str(render(holder))
    assert "secret-key" not in text
    assert SECRET.hex() not in text
    assert type(holder).__name__ in text or render is dir


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused(holder: object, protocol: int) -> None:
    """No protocol of pickle takes key material to a file or another process."""
    with pytest.raises(AccidentalUse) as caught:
        pickle.dumps(holder, protocol)
    assert caught.value == AccidentalUse(wrapper=type(holder).__name__, channel="pickle")


@pytest.mark.parametrize(
    ("copier", "channel"),
    [(copy.copy, "copy"), (copy.deepcopy, "deepcopy"), (lambda held: copy.deepcopy([held]), "deepcopy")],
)
def test_copying_is_refused(holder: object, copier: Callable[[object], object], channel: str) -> None:
    """Neither a copy nor a deep copy of what contains it."""
    with pytest.raises(AccidentalUse) as caught:
        copier(holder)
    assert caught.value == AccidentalUse(wrapper=type(holder).__name__, channel=channel)


def test_state_is_not_handed_out(holder: object) -> None:
    """What serializers ask for, state, reduction and attributes by name, is refused or absent."""
    with pytest.raises(AccidentalUse) as caught:
        getattr(holder, "__getstate__")()  # noqa: B009 - as serializers do
    assert caught.value == AccidentalUse(wrapper=type(holder).__name__, channel="getstate")
    with pytest.raises(AccidentalUse) as caught:
        holder.__reduce__()
    assert caught.value == AccidentalUse(wrapper=type(holder).__name__, channel="pickle")
    with pytest.raises(TypeError):
        vars(holder)
    with pytest.raises(TypeError):
        json.dumps(holder)


def test_a_data_key_lists_no_member_with_the_key() -> None:
    """Tools that read every listed attribute do not come across the key, which has a name all the same."""
    members = inspect.getmembers(KEY)
    assert {"key_id", "subject"} <= {name for name, _ in members}
    assert not any(isinstance(value, bytes) and SECRET in value for _, value in members)
    assert KEY.key == SECRET


def test_a_data_key_never_changes() -> None:
    """Attributes can be neither set nor deleted, and the refusal does not quote what was to be set."""
    with pytest.raises(WrapperMisuse) as caught:
        KEY.subject = "secret-key"
    assert "secret-key" not in str(caught.value)
    with pytest.raises(WrapperMisuse) as deleted:
        del KEY.subject
    assert caught.value == deleted.value == WrapperMisuse(wrapper="DataKey", problem="a key never changes")
    assert (KEY.key_id, KEY.subject) == (b"I" * 16, "a" * 32)


def test_a_data_key_is_what_it_was_made_of() -> None:
    """Id, subject and key are what was given; the repr has the id only, and the list of members has no key."""
    key = DataKey(b"J" * 16, "b" * 32, SECRET)
    assert (key.key_id, key.subject, key.key) == (b"J" * 16, "b" * 32, SECRET)
    assert repr(key) == f"DataKey({'4a' * 16})"
    listed = {name for name in dir(key) if not name.startswith("__")}
    assert listed == {"key_id", "subject"}


def test_what_was_to_be_set_on_a_key_is_in_no_frame() -> None:
    """The refusal forgets the value before it raises."""
    with pytest.raises(WrapperMisuse) as caught:
        setattr(KEY, "key", SECRET)  # noqa: B010
    assert frames_hold(caught.value, SECRET) == []


def test_data_keys_compare_by_identity() -> None:
    """Equality and hash tell nothing about the bytes of two keys."""
    twin = DataKey(KEY.key_id, KEY.subject, SECRET)
    assert twin != KEY
    assert len({twin, KEY}) == 2


def test_a_wrapped_key_shows_its_state_only() -> None:
    """The repr of a stored key has no wrapped bytes and no subject."""
    live = WrappedKey(b"I" * 16, "a" * 32, 3, b"wrapped")
    assert repr(live) == f"WrappedKey({'49' * 16}, kek=3)"
    assert repr(live._replace(wrapped=None, destroyed_at=NOW)) == f"WrappedKey({'49' * 16}, destroyed)"


def test_providers_show_their_place(tmp_path: Path) -> None:
    """Each provider says where its keys are, in a constant shape."""
    assert repr(KeyMemory()) == "KeyMemory()"
    assert repr(KeyEnvironment("SOME_KEYS")) == "KeyEnvironment(SOME_KEYS)"
    assert repr(KeyFile(tmp_path / "k")) == f"KeyFile({tmp_path / 'k'})"
    assert repr(Versions({2: SECRET, 1: SECRET})) == "Versions(1, 2)"


def test_the_facade_is_sorted_and_complete() -> None:
    """`__all__` names what exists, sorted, and no private name."""
    assert sorted(crypto.__all__) == crypto.__all__
    assert all(hasattr(crypto, name) and not name.startswith("_") for name in crypto.__all__)
