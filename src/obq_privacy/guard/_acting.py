"""Who acts just now, and how a value comes in."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

    from obq_privacy.vocab import Actor, Invoked, Source


class Acting:
    """Somebody who acts, and the approval under which they do, or ""; over when its block is."""

    __slots__ = ("actor", "approval", "over")

    def __init__(self, actor: Actor, approval: str) -> None:
        self.actor = actor
        self.approval = approval
        self.over = False


_current: ContextVar[Acting | None] = ContextVar("obq_privacy.acting", default=None)


def current() -> Acting | None:
    """Give who acts in this thread or task, or None where nobody said, or whose block is left."""
    who = _current.get()
    return None if who is None or who.over else who


@contextmanager
def acting(who: Acting) -> Generator[None]:
    """Let somebody act within the block, in this thread or task only."""
    token = _current.set(who)
    try:
        yield
    finally:
        who.over = True  # a task that was begun within the block does not go on with its role
        _current.reset(token)


class Coming:
    """How a value comes in, apart from itself.

    Attributes:
        source: where it comes from; None for the subject.
        matter: the order or other business case that it belongs to, or "".
        topics: what it is about.
        user_action: whether the subject is acting just now (USE-20).
        invoked: a legal basis invoked instead of consent, or None.
        ends: when it may not be used any more, in seconds since the epoch; 0 where only the policy says.
    """

    __slots__ = ("ends", "invoked", "matter", "source", "topics", "user_action")

    def __init__(
        self,
        source: Source | None = None,
        *,
        matter: str = "",
        topics: frozenset[str] = frozenset(),
        user_action: bool = False,
        invoked: Invoked | None = None,
        ends: int = 0,
    ) -> None:
        self.source = source
        self.matter = matter
        self.topics = topics
        self.user_action = user_action
        self.invoked = invoked
        self.ends = ends


PLAIN: Final = Coming()
"""From the subject, for no business case in particular."""
