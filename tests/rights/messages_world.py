"""What the tests of messages share: people with recognisable values, and a watch on what errors show."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import obq_privacy
from obq_privacy import Guard, Subject, errors
from obq_privacy.rights import Identity

if TYPE_CHECKING:
    from collections.abc import Generator

LIBRARY = str(Path(obq_privacy.__file__).parent)
MAIL = "li.lei@mail.example"
PHONE = "+8613800138000"
OTHER_MAIL = "han.meimei@mail.example"


class People:
    """Two people whom an application knows by mail and telephone."""

    def __init__(self, guard: Guard) -> None:
        self.li = guard.subject("li")
        self.han = guard.subject("han")
        self.asked: list[tuple[str, str]] = []
        self._known = {MAIL: self.li, PHONE: self.li, OTHER_MAIL: self.han}

    def find(self, identity: Identity) -> Subject | None:
        """Find a person."""
        self.asked.append((identity.kind, identity.form))
        return self._known.get(identity.value)


def nobody(identity: Identity) -> None:
    """Find nobody."""


@contextmanager
def refused(kind: type[errors.PrivacyError], *values: str) -> Generator[pytest.ExceptionInfo[errors.PrivacyError]]:
    """Expect an error in which none of the values stands: not in it, its causes, or the frames of the library."""
    with pytest.raises(kind) as caught:
        yield caught
    shown = list(traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack)
    inside = [str(frame.locals) for frame in shown if frame.filename.startswith(LIBRARY)]
    said = [repr(caught.value), str(caught.value), repr(caught.value.__context__), repr(caught.value.__cause__), *inside]
    for value in values:
        assert not any(value in text for text in said), said


def shows(thing: object) -> str:
    """Give everything that a thing shows of itself."""
    fields = [repr(getattr(thing, name, "")) for name in dir(thing) if not name.startswith("__")]
    return " ".join([repr(thing), str(thing), *fields])
