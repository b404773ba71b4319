"""The table of accidental channels tells on a project's own types what comes out of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pytest

from obq_privacy.testing import LEAK_CHANNELS, LeakChannel
from obq_privacy.testing._channels import SECRET
from obq_privacy.testing._channels_names import installed

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(repr=False)
class Careless:
    """A type whose repr was thought of, and nothing else."""

    text: str

    def __repr__(self) -> str:
        return "Careless()"


class Careful:
    """A type that refuses what it can; the text is out of reach."""

    __slots__ = ("open",)

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "open", _Shut(text))

    def __repr__(self) -> str:
        return "Careful()"

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("no")

    __str__ = __eq__ = __lt__ = __format__ = __reduce_ex__ = _refuse
    __hash__ = None  # type: ignore[assignment]


class _Shut:
    """Keeps a text in a cell of a closure."""

    __slots__ = ("give",)

    def __init__(self, text: str) -> None:
        def give() -> str:
            return text

        self.give = give

    def __repr__(self) -> str:
        return "_Shut()"


def channel(source: str) -> LeakChannel:
    """Give the channel with a source."""
    return next(one for one in LEAK_CHANNELS if one.source == source)


@pytest.mark.parametrize(
    "source",
    [
        "vars(v)",
        "dataclasses.asdict(v)",
        "pickle.dumps(v)",
        "v == u",
        "OrderedAttr(v) == OrderedAttr(u)",
        "reachable(v)",
    ],
)
def test_what_a_careless_type_lets_out_is_told(source: str) -> None:
    """By its content, or by a difference that its content makes; a careful type lets nothing out there."""
    found = channel(source).try_on(Careless)
    assert found
    assert not any(SECRET in one for one in found)
    assert channel(source).try_on(Careful) == []


@pytest.mark.parametrize("source", ["str(v)", "json.dumps(v)", "hash(v)", 'f"{v}"', "logged(v)", "raised_note(v)"])
def test_what_lets_nothing_out_is_told_to_be_tight(source: str) -> None:
    """The repr of both has a constant shape; a plain text lets everything out."""
    assert channel(source).try_on(Careless) == channel(source).try_on(Careful) == []
    assert channel(source).try_on(str) or source in {"raised_note(v)"}


def test_texts_of_ones_own_can_be_used() -> None:
    """For a type that does not take everything, such as an empty text."""
    assert channel("vars(v)").try_on(Careless, secrets=["Kd7wQ2mTz9", "Xw9Vk3Lm5J"])


def test_every_channel_knows_what_it_needs() -> None:
    """Its libraries are named, and those of the standard library are not."""
    assert channel("str(v)").requires == ()
    assert channel("Model(field=v)").requires == ("pydantic",)
    assert channel("structured_exception(v, RICH_CONSOLE)").requires == ("rich", "structlog")
    assert channel("cattrs.preconf.orjson.make_converter().dumps(Attr(v))").requires == (
        "cattrs",
        "msgpack",
        "orjson",
        "yaml",
    )
    libraries = {library for one in LEAK_CHANNELS for library in one.requires}
    assert not libraries & sys.stdlib_module_names
    assert all(one.missing == () for one in LEAK_CHANNELS)  # the tests of the library install all of them
    assert str(channel("@v\ndef f(): pass")) == "iteration: @v\\ndef f(): pass"


@pytest.fixture
def without_orjson(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where orjson is not installed."""
    monkeypatch.setitem(sys.modules, "orjson", None)
    installed.cache_clear()
    yield
    installed.cache_clear()


def test_a_channel_through_a_library_that_is_missing_is_skipped(without_orjson: None) -> None:
    """With the name of the library; the others go on."""
    del without_orjson
    with pytest.raises(pytest.skip.Exception, match="not installed: orjson"):
        channel("orjson.dumps(v)").try_on(Careless)
    assert channel("vars(v)").try_on(Careless)
