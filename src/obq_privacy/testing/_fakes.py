"""What tests stand on instead of the real thing. Each of these warns when it is made outside of a test run."""

from __future__ import annotations

import datetime as dt
import os
import threading
import warnings
from typing import TYPE_CHECKING, Final, Self, final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from obq_privacy.crypto._provider import unopened, unwrap_under, wrap_under
from obq_privacy.errors import KeyProviderError
from obq_privacy.guard import Clock
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.rights import Holding
    from obq_privacy.vocab import Pseudonym

NOON: Final = dt.datetime(2027, 1, 15, 12, tzinfo=dt.UTC)
"""When the clock of a test stands unless told otherwise."""

_PLACE = "test keys, not for production"


class UnsafeTestWarning(UserWarning):
    """Something that is made for tests is used outside of them, where it protects nobody."""


def in_tests() -> bool:
    """Tell whether this process, or one that started it, is run by pytest."""
    return "PYTEST_VERSION" in os.environ or "PYTEST_CURRENT_TEST" in os.environ


def warn_outside_tests(name: str) -> None:
    """Warn the caller's caller unless this is a test run."""
    if not in_tests():
        warnings.warn(f"{name} is made for tests and protects nobody", UnsafeTestWarning, stacklevel=3)


@final
class UnsafeTestKeys(Shut):
    """Key-encryption keys that everybody can read here: a `KeyProvider` for tests.

    Version n is the text "NOT FOR PRODUCTION", its number, and zeros, so that a dump of memory, or of a store that was
    filled by a test, shows at a glance what it is.
    """

    __slots__ = ("_gone", "_lock", "_newest")

    def __init__(self) -> None:
        warn_outside_tests("UnsafeTestKeys")
        self._newest = 0
        self._gone = 1
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "UnsafeTestKeys()"

    def current(self) -> int:
        """Return the newest version, 0 when there is none yet."""
        return self._newest

    def wrap(self, version: int, key: bytes, context: bytes) -> bytes:
        """Return `key` encrypted under `version` in `context`.

        Raises:
            KeyProviderError: the version is not there.
        """
        try:
            cipher = self._cipher(version)
        except KeyProviderError:
            del key  # a traceback that shows locals must not show it
            raise
        return wrap_under(cipher, key, context)

    def unwrap(self, version: int, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that `wrap` was given.

        Raises:
            KeyProviderError: the version is not there, or does not open it in this context.
        """
        key = unwrap_under(self._cipher(version), wrapped, context)
        if key is None:
            raise unopened(_PLACE, version)
        return key

    def advance(self, above: int) -> int:
        """Make sure that a version above `above` exists, and return the newest."""
        with self._lock:
            if self._newest <= above:
                self._newest = above + 1
            return self._newest

    def retire(self, below: int) -> None:
        """Forget every version below `below`."""
        with self._lock:
            self._gone = max(self._gone, min(below, self._newest))

    def _cipher(self, version: int) -> AESGCM:
        if not self._gone <= version <= self._newest:
            raise KeyProviderError(place=_PLACE, problem=f"version {version} is not there")
        return AESGCM(f"NOT FOR PRODUCTION {version}".encode().ljust(32, b"0"))


class _Hands:
    """Where the hands of a clock stand, in nanoseconds."""

    def __init__(self, wall_ns: int) -> None:
        self.wall_ns = wall_ns
        self.monotonic_ns = 1_000_000_000


@final
class FrozenClock(Clock):
    """A clock that stands until it is moved. Give it to a guard as its clock.

    In a test with several processes on one store use the real one: a withdrawal waits for time to pass.

    >>> clock = FrozenClock(dt.datetime(2027, 1, 15, tzinfo=dt.UTC))
    >>> clock.advance(dt.timedelta(days=30))
    >>> clock.now()
    datetime.datetime(2027, 2, 14, 0, 0, tzinfo=datetime.timezone.utc)
    """

    _hands: _Hands

    def __new__(cls, at: dt.datetime = NOON) -> Self:
        """Make a clock that stands at an aware instant."""
        warn_outside_tests("FrozenClock")
        hands = _Hands(_ns(at))
        made = super().__new__(cls, lambda: hands.wall_ns, lambda: hands.monotonic_ns)
        made._hands = hands
        return made

    def __repr__(self) -> str:
        return f"FrozenClock({self.now().isoformat()})"

    def advance(self, by: dt.timedelta) -> None:
        """Let time pass.

        Raises:
            ValueError: time would go back.
        """
        passed = by // dt.timedelta(microseconds=1) * 1000
        if passed < 0:
            raise ValueError("time goes forward only; make another clock for another time")
        self._hands.wall_ns += passed
        self._hands.monotonic_ns += passed

    def move_to(self, at: dt.datetime) -> None:
        """Let time pass until an aware instant.

        Raises:
            ValueError: it is over already, or has no zone.
        """
        self.advance(dt.timedelta(microseconds=(_ns(at) - self._hands.wall_ns) // 1000))


def _ns(at: dt.datetime) -> int:
    if at.utcoffset() is None:
        raise ValueError("the instant must be aware; give it a zone such as datetime.UTC")
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 1000


@final
class MemoryHolder:
    """A holder that keeps sealed values in a dictionary: for tests of what is done about everybody's data.

    Args:
        name: its name in evidence.
    """

    def __init__(self, name: str = "memory") -> None:
        warn_outside_tests("MemoryHolder")
        self._name = name
        self._kept: dict[Pseudonym, dict[tuple[str, str], Holding]] = {}
        self.isolated: set[tuple[str, str]] = set()

    @property
    def name(self) -> str:
        """Its name in evidence."""
        return self._name

    def keep(self, subject: Pseudonym, holding: Holding, /) -> None:
        """Keep a sealed value of a subject; one at the same place and field is replaced."""
        self._kept.setdefault(subject, {})[holding.place, holding.field] = holding

    def holdings(self, subject: Pseudonym, /) -> Iterable[Holding]:
        """Give every sealed value of a subject."""
        return list(self._kept.get(subject, {}).values())

    def erase(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Delete values, by (place, field)."""
        kept = self._kept.get(subject, {})
        gone = [kept.pop(place) for place in dict.fromkeys(places) if place in kept]
        return f"{len(gone)} deleted"

    def isolate(self, subject: Pseudonym, places: Sequence[tuple[str, str]], /) -> str:
        """Remember these values as kept apart."""
        self.isolated.update(place for place in places if place in self._kept.get(subject, {}))
        return f"{len(places)} kept apart"
