"""No accidental channel lets anything of a value out: not the content, nor its length, emptiness, or hash.

The tables of channels are source text, one line each. Every channel runs on values of different content and length,
one of them empty; what comes out, result or refusal, must be the same to the byte (addresses and clocks aside), and
must hold no fragment of a value in any spelling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pydantic
import pytest
from values_world import CANARY, CARD, NAME, SHORT, VALUES, Delivery, Payment, World, targets

from obq_privacy.testing import LEAK_CHANNELS, LeakChannel
from obq_privacy.testing._channels_outcome import leaks, steady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 1022
"""How many channels there are; the documentation quotes it."""

LIMITS = {
    "gc.get_referents(v)": "it hands out what the interpreter itself holds on to",
    "gc.get_objects()": "as above, for the whole process",
    "ctypes.string_at(id(v), sys.getsizeof(v))": "it reads memory past every rule of the language",
    "sys.settrace / sys.setprofile / sys._current_frames": "they see the frames of a permitted reveal while it runs",
    "object.__setattr__(v, '__class__', …), vars(Protected) edited": "they rewrite the library",
    "obq_privacy.values._door.payload(v)": "the door itself; the import contracts say who may use it",
}
"""Ways in that Python leaves to a determined caller, and why they are no accidents."""

SECRETS = (CANARY, SHORT)
SUBJECT_ID = "Kd4%wq8Tj"
SOME_KINDS = ("Sensitive", "combined", "record")
BY_IDENTITY = {"record"}
"""What compares and hashes by identity, so that numbers made from addresses may come out."""


class Fixture(NamedTuple):
    """For each value everything that can hold it, all about the same two people; and the like, for comparisons."""

    worlds: list[dict[str, Any]]
    others: dict[str, Any]


@pytest.fixture(scope="module")
def held() -> Iterator[Fixture]:
    """Make one world for all channels."""
    world = World()
    worlds = [targets(world.adult, world.child, value) for value in VALUES]
    yield Fixture(worlds, targets(world.adult, world.child, CANARY))
    world.guard.close()


def findings(channel: LeakChannel, name: str, held: Fixture) -> list[str]:
    """Say what is wrong with a channel for one kind of target."""
    outcomes = [channel.outcome(world[name], held.others[name], CANARY) for world in held.worlds]
    texts = [steady(one.text, numbers=name in BY_IDENTITY) for one in outcomes]
    found = [f"{name} lets out {leak!r} in {text}" for text in {*texts} for leak in leaks(text, SECRETS)]
    if "raw" not in channel.source:  # then the frames of others hold what the caller passed
        frames = {steady(one.frames) for one in outcomes}
        found += [f"{name}: {text} hold {leak!r}" for text in frames for leak in leaks(text, SECRETS)]
    found += [f"{name} refuses with {one.error!r}" for one in outcomes if one.improper]
    found += [f"{name} tells values apart: {text} not {texts[0]}" for text in texts if text != texts[0]]
    return found


def test_the_count_that_the_documentation_quotes() -> None:
    """There are as many channels as is said, and each is there once."""
    assert len(LEAK_CHANNELS) == len({channel.source for channel in LEAK_CHANNELS}) == COUNT


@pytest.mark.parametrize("channel", LEAK_CHANNELS, ids=str)
def test_nothing_of_a_value_comes_out(channel: LeakChannel, held: Fixture) -> None:
    """The outcome is the same whatever the value is, and holds nothing of it."""
    names = SOME_KINDS if channel.slow else held.others
    assert [finding for name in names for finding in findings(channel, name, held)] == []


FAST = [channel for channel in LEAK_CHANNELS if not channel.slow and "raw" not in channel.source]
"""Channels that are fast and do not pass the value itself."""


@pytest.mark.parametrize("channel", FAST, ids=str)
def test_nothing_comes_out_of_what_stands_behind_a_value(channel: LeakChannel) -> None:
    """Guard, subject, and everything that an attribute of a wrapper leads to show neither values nor ids of people."""
    world = World(name=SUBJECT_ID)
    name, card = world.adult.collect(NAME, CANARY), world.adult.collect(CARD, CANARY)
    assert (name.reveal(Delivery), card.reveal(Payment)) == (CANARY, CANARY)
    access: Any = name._keeper
    secrets = (*SECRETS, SUBJECT_ID)
    for behind in (world.guard, world.adult, access, access._core, name._origin, name.label):
        result = channel.outcome(behind, behind, CANARY)
        assert leaks(result.text + result.frames, secrets) == []


SAFE = ("text", "numbers", "comparison", "iteration", "serialising", "classes", "encoders")
"""Tables whose channels do no harm with a plain text: no other program runs, no file is made."""


def test_the_harness_sees_what_a_plain_str_lets_out() -> None:
    """Most channels let a plain str out, and the harness notices: the tests above can fail."""
    noticed, tried = _noticed(lambda value: value)
    assert noticed > tried * 0.6


def test_the_harness_sees_what_a_masking_wrapper_lets_out() -> None:
    """A wrapper that masks lets length, emptiness, equality or hash out of a good part of them."""
    noticed, tried = _noticed(pydantic.SecretStr)
    assert noticed > tried * 0.3


def _noticed(wrap: Callable[[str], object]) -> tuple[int, int]:
    """Count the channels that tell something of a value in another wrapper, and those that were tried."""
    tried = [channel for channel in LEAK_CHANNELS if channel.group in SAFE and "shelved" not in channel.source]
    return sum(bool(channel.try_on(wrap, secrets=VALUES)) for channel in tried), len(tried)
