"""Accidental channels: lines of code through which the content of an object comes out although nobody meant it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final, final

import attrs

from obq_privacy.testing._channels_language import LANGUAGE
from obq_privacy.testing._channels_libraries import LIBRARIES
from obq_privacy.testing._channels_names import installed, names_for, requires
from obq_privacy.testing._channels_outcome import Outcome, compiled, leaks, run, steady
from obq_privacy.testing._channels_stdlib import STDLIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

SECRET: Final = 'Zq7#Xw9é李Vk3&Lm5"Jt'  # noqa: S105
"""A value that no file, name or message holds by chance, with characters that every escaping treats differently."""

SECRETS: Final = (SECRET, "Yp2@Bn8", "")
"""What objects are made of to be compared: other content, other length, and nothing at all."""

_SLOW = re.compile("rich|structured_exception|get_type_hints|sleep|queued|ran_with")


@final
@attrs.frozen
class LeakChannel:
    """One accidental channel.

    Attributes:
        group: what it belongs to: "text", "serialising", "encoders", …
        source: its code. `v` is the object under attack, `u` another one of its kind, `raw` the content of `u`.
    """

    group: str
    source: str

    def __str__(self) -> str:
        shown = self.source.replace("\n", "\\n")
        return f"{self.group}: {shown}"

    @property
    def slow(self) -> bool:
        """Whether it takes more than a moment."""
        return _SLOW.search(self.source) is not None

    @property
    def requires(self) -> tuple[str, ...]:
        """The libraries outside of the standard one that it goes through."""
        return requires(self._code)

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of them that are not installed."""
        return tuple(library for library in self.requires if not installed(library))

    @property
    def _code(self) -> CodeType:
        return compiled(self.source)

    def outcome(self, v: object, u: object, raw: str = SECRET) -> Outcome:
        """Run it; what comes out, result or error, is told in full."""
        return run(self._code, {**_names(self.source), "v": v, "u": u, "raw": raw})

    def try_on(self, make: Callable[[str], object], /, *, secrets: Sequence[str] = SECRETS) -> list[str]:
        """Say what comes out of your objects; nothing, if the list is empty.

        In a test whose libraries are not installed, it skips the test.

        Args:
            make: makes an object that holds a text which must not come out, such as the class itself.
            secrets: the texts. The first two are looked for in every spelling, in pieces of four characters; with
                several, the outcome must be the same for all of them, so that not even length or emptiness come out.

        Example:
            @pytest.mark.parametrize("channel", LEAK_CHANNELS, ids=str)
            def test_a_token_stays_inside(channel: LeakChannel) -> None:
                assert channel.try_on(Token) == []
        """
        __tracebackhide__ = True
        if self.missing:
            import pytest  # noqa: PLC0415  loaded where it is used

            pytest.skip(f"not installed: {', '.join(self.missing)}")
        other = make(secrets[0])
        outcomes = [self.outcome(make(secret), other, secrets[0]) for secret in secrets]
        texts = [steady(one.text, numbers=True) for one in outcomes]
        shown = {*texts} if "raw" in self.source else {*texts, *(steady(one.frames) for one in outcomes)}
        looked_for = [secret for secret in secrets[:2] if secret]
        found = sorted({f"{piece!r} comes out" for text in shown for piece in leaks(text, looked_for)})
        if any(text != texts[0] for text in texts):
            found.append("what comes out tells one content from another")
        return found


@functools.cache
def _names(source: str) -> dict[str, Any]:
    return names_for(compiled(source))


TABLES: Final = {**LANGUAGE, **STDLIB, **LIBRARIES}
LEAK_CHANNELS: Final = tuple(
    LeakChannel(group, line.replace("\\n", "\n"))
    for group, table in TABLES.items()
    for line in table.strip().splitlines()
)
"""Every channel that is known, in the order of the tables."""
