"""Whatever fails, and however it is shown: errors and the frames of the library hold nothing of a value.

The acts in `traceback_scenes` keep the value out of their own frames, so that a whole rendered traceback with locals
can be searched for it.
"""

from __future__ import annotations

import resource
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import rich.traceback
from traceback_scenes import FAILING_POLICY, KNOWN, SCENES, Scene, failure, secret
from values_world import ADULT, CANARY, NAME, POLICY, Delivery, World

from obq_privacy import Guard
from obq_privacy.errors import JournalUnavailable, PrivacyError
from obq_privacy.testing._channels_outcome import leaks
from obq_privacy.testing._leaks_errors import chain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

ATTRIBUTES = ("object", "doc", "obj", "name", "value", "code", "filename", "exceptions")
"""Where exceptions of Python keep what they are about, besides `args`."""


@pytest.fixture
def w() -> Iterator[World]:
    """Give a world of failing items."""
    world = World(FAILING_POLICY)
    yield world
    world.guard.close()


def inside(value: object) -> Iterator[object]:
    """Give a value and, one level deep, what it contains."""
    yield value
    if isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value


def texts_of(error: BaseException) -> Iterator[str]:
    """Give everything that an error, what it came from, and the frames on its way hold."""
    for one in chain(error):
        parts = [*one.args, *getattr(one, "__notes__", ()), *vars(one).values()]
        parts += [getattr(one, name, None) for name in ATTRIBUTES]
        yield from (repr(part) for whole in parts for part in inside(whole))
        yield f"{one} {one!r}"
        for frame, _ in traceback.walk_tb(one.__traceback__):
            yield from held_by(frame)


def held_by(frame: FrameType) -> Iterator[str]:
    """Give the locals of a frame."""
    for name, value in frame.f_locals.items():
        yield from (f"{frame.f_code.co_qualname} {name}={part!r}" for part in inside(value))


def rendered(error: BaseException) -> Iterator[str]:
    """Show the traceback with locals, as the standard library does, and as rich does before it adds colours."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    yield "".join(line for line in shown.format() if "secret()" not in line or "=" in line)
    options: Any = {"show_locals": True, "locals_max_string": None, "locals_max_length": None}
    for stack in rich.traceback.Traceback.extract(type(error), error, error.__traceback__, **options).stacks:
        yield f"{stack.exc_value} {stack.notes}"
        for frame in stack.frames:
            yield from (f"{name}={node.render()}" for name, node in (frame.locals or {}).items())


def found_in(error: BaseException) -> list[str]:
    """Give the texts that hold something of the value."""
    return [text[:2000] for text in (*texts_of(error), *rendered(error)) if leaks(text, [CANARY])]


def _marks(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, reason=KNOWN[name])] if name in KNOWN else []


@pytest.mark.parametrize("scene", [pytest.param(scene, id=name, marks=_marks(name)) for name, scene in SCENES.items()])
def test_no_error_and_no_frame_holds_the_value(scene: Scene, w: World) -> None:
    """The error is the one that is documented, and nothing that a renderer could show holds the value."""
    error = failure(scene, w)
    assert isinstance(error, scene.kind), error
    assert found_in(error) == []


def test_a_journal_on_a_full_disk_shuts_values_without_showing_them(tmp_path: Path) -> None:
    """A limit on the size of files makes the journal fail for real; what was being collected is in no frame."""
    with Guard.open(tmp_path / "db", policy=POLICY, lease=timedelta(hours=1)) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Delivery)
        name = subject.collect(NAME, secret())
        assert name.reveal(Delivery) == secret()  # both facts are in the store from now on
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        errors: list[BaseException] = []
        try:
            for act in (lambda: name.reveal(Delivery), lambda: subject.collect(NAME, secret())):
                error = until_it_fails(act)
                errors += [error] if error else []
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [type(error) for error in errors] == [JournalUnavailable, JournalUnavailable]
        assert [found for error in errors for found in found_in(error)] == []


def until_it_fails(act: Any) -> BaseException | None:
    """Repeat what fills a segment of the journal."""
    for _ in range(20_000):
        try:
            act()
        except PrivacyError as error:
            return error
    return None


def test_the_search_finds_what_is_there() -> None:
    """A function of the library that held the value would be found: in arguments, notes, causes and locals."""

    def careless(value: str) -> None:
        kept = [value]
        raise ValueError(len(kept)) from KeyError(value)

    with pytest.raises(ValueError, match="1") as caught:
        careless(secret())
    assert len(found_in(caught.value)) >= 4
