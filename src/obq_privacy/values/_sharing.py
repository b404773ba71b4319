"""Sharing several values at once, with recipients that the type checker knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from obq_privacy.errors import WrapperMisuse
from obq_privacy.values._door import open_all
from obq_privacy.values._several import failure_in, problem_of
from obq_privacy.vocab import Operation, Purpose, Request

if TYPE_CHECKING:
    from obq_privacy.values._protected import Protected
    from obq_privacy.vocab import Invoked, Recipient

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")
P = TypeVar("P", bound=Purpose)


@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A]: ...
@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A, B]: ...
@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A, B, C]: ...
@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A, B, C, D]: ...
@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A, B, C, D, E]: ...
@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A, B, C, D, E, F]: ...
@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    g: Protected[G, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A, B, C, D, E, F, G]: ...
@overload
def share_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    g: Protected[G, P],
    h: Protected[H, P],
    /,
    *,
    to: Recipient[P],
    under: Invoked | None = None,
) -> tuple[A, B, C, D, E, F, G, H]: ...
def share_all(
    purpose: type[P], /, *values: Protected[Any, P], to: Recipient[P], under: Invoked | None = None
) -> tuple[Any, ...]:
    """Hand out one to eight values for a recipient: one decision pass, one record, all or nothing (SHARE-1).

    The type checker sees that every value allows the purpose, and that the recipient is declared for it.

    Args:
        purpose: what the recipient needs them for.
        values: the values.
        to: the recipient, as the policy declares it.
        under: a legal basis that somebody invokes instead of consent (SHARE-2, SHARE-8).

    Raises:
        Denied: one of them may not be shared; none is handed out, and the refusal is recorded.
        JournalUnavailable: the record cannot be written, so all stay shut.
        DerivationFailed: a function given to map or combine raised.
    """
    problem = problem_of(values, least=1)
    if problem is not None:
        del values  # a renderer of tracebacks may show this frame
        raise WrapperMisuse(wrapper="share_all", problem=problem)
    results = open_all(Request(Operation.SHARE, purpose, recipient=to, invoked=under), values)
    failed = failure_in(results)
    if failed is not None:
        results.clear()
        raise failed.error()
    return tuple(results)


share_all.__module__ = "obq_privacy"  # it is loaded after the package has published its other names
