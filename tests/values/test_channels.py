"""No accidental channel lets anything of a value out: not the content, nor its length, emptiness, or hash.

The tables of channels are source text, one line each. Every channel runs on values of different content and length,
one of them empty; what comes out, result or refusal, must be the same to the byte (addresses and clocks aside), and
must hold no fragment of a value in any spelling.
"""

from __future__ import annotations

import builtins
import importlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import channel_helpers
import pydantic
import pytest
from channel_tools import Outcome, compiled, leaks, run, steady
from channels_language import LANGUAGE
from channels_libraries import LIBRARIES
from channels_stdlib import STDLIB
from values_world import CANARY, CARD, NAME, SHORT, VALUES, Delivery, Payment, World, targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLES = {**LANGUAGE, **STDLIB, **LIBRARIES}
CHANNELS = [
    pytest.param(line.replace("\\n", "\n"), id=f"{group}: {line}")
    for group, table in TABLES.items()
    for line in table.strip().splitlines()
]
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

_MODULES = """
abc argparse array ast asyncio attrs base64 binascii bisect bz2 cattrs cattrs.preconf.json cattrs.preconf.msgpack
cattrs.preconf.orjson cattrs.preconf.pyyaml cmath cmd code codecs codeop collections concurrent.futures configparser
contextvars copy copyreg csv ctypes dataclasses datetime decimal difflib email.header email.utils enum faulthandler
fnmatch fractions functools gc gettext glob gzip hashlib heapq hmac html http.client http.cookies hypothesis
hypothesis.vendor.pretty hypothesis.internal.reflection importlib importlib.util inspect io ipaddress itertools json
locale logging logging.handlers lzma marshal math mimetypes mmap msgpack msgspec multiprocessing
multiprocessing.reduction operator orjson os pathlib pickle pickletools plistlib pprint pydantic pydantic_core pytest
queue quopri random re reprlib rich.json rich.markup rich.pretty rich.repr rich.table rich.text secrets shlex shutil
socket sqlite3 statistics string struct structlog structlog.dev structlog.stdlib subprocess sys tempfile textwrap
threading time timeit tomllib traceback types typing unicodedata urllib.parse urllib.request uuid warnings weakref
wsgiref.headers xml.sax.saxutils xmlrpc.client yaml zlib _pytest._io.saferepr _pytest._io.pprint
_pytest.assertion.util
"""
MODULES = _MODULES.split()
NAMES: dict[str, Any] = {
    **{name: value for name, value in vars(channel_helpers).items() if not name.startswith("__")},
    **{name.partition(".")[0]: importlib.import_module(name.partition(".")[0]) for name in MODULES},
    "__builtins__": builtins,
    "__name__": "channel",
}
for each in MODULES:
    importlib.import_module(each)

SECRETS = (CANARY, SHORT)
SUBJECT_ID = "Kd4%wq8Tj"
SLOW = re.compile("rich|structured_exception|get_type_hints|sleep|queued|ran_with")
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


def outcome(channel: str, v: Any, u: Any) -> Outcome:
    """Run a channel."""
    return run(compiled(channel), {**NAMES, "v": v, "u": u, "raw": CANARY})


def findings(channel: str, name: str, held: Fixture) -> list[str]:
    """Say what is wrong with a channel for one kind of target."""
    outcomes = [outcome(channel, world[name], held.others[name]) for world in held.worlds]
    texts = [steady(one.text, numbers=name in BY_IDENTITY) for one in outcomes]
    found = [f"{name} lets out {leak!r} in {text}" for text in {*texts} for leak in leaks(text, SECRETS)]
    if "raw" not in channel:  # then the frames of others hold what the caller passed
        frames = {steady(one.frames) for one in outcomes}
        found += [f"{name}: {text} hold {leak!r}" for text in frames for leak in leaks(text, SECRETS)]
    found += [f"{name} refuses with {one.error!r}" for one in outcomes if one.improper]
    found += [f"{name} tells values apart: {text} not {texts[0]}" for text in texts if text != texts[0]]
    return found


def test_the_count_that_the_documentation_quotes() -> None:
    """There are as many channels as is said, and each is there once."""
    lines = [line for table in TABLES.values() for line in table.strip().splitlines()]
    assert len(lines) == len(set(lines)) == COUNT


@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_of_a_value_comes_out(channel: str, held: Fixture) -> None:
    """The outcome is the same whatever the value is, and holds nothing of it."""
    names = SOME_KINDS if SLOW.search(channel) else held.others
    assert [finding for name in names for finding in findings(channel, name, held)] == []


FAST = [one for one in CHANNELS if not SLOW.search(str(one.values[0])) and "raw" not in str(one.values[0])]
"""Channels that are fast and do not pass the value itself."""


@pytest.mark.parametrize("channel", FAST)
def test_nothing_comes_out_of_what_stands_behind_a_value(channel: str) -> None:
    """Guard, subject, and everything that an attribute of a wrapper leads to show neither values nor ids of people."""
    world = World(name=SUBJECT_ID)
    name, card = world.adult.collect(NAME, CANARY), world.adult.collect(CARD, CANARY)
    assert (name.reveal(Delivery), card.reveal(Payment)) == (CANARY, CANARY)
    access: Any = name._keeper
    secrets = (*SECRETS, SUBJECT_ID)
    for behind in (world.guard, world.adult, access, access._core, name._origin, name.label):
        result = outcome(channel, behind, behind)
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
    channels = [line for group in SAFE for line in TABLES[group].strip().splitlines() if "shelved" not in line]
    noticed = 0
    for channel in channels:
        outcomes = [outcome(channel.replace("\\n", "\n"), wrap(value), wrap(CANARY)).text for value in VALUES]
        noticed += any(leaks(text, SECRETS) for text in outcomes) or len({*map(steady, outcomes)}) > 1
    return noticed, len(channels)
