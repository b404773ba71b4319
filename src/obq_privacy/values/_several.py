"""Operations on several values at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar, overload

from obq_privacy import _late
from obq_privacy.errors import WrapperMisuse
from obq_privacy.values._door import Failure, derive, keys_of, open_all
from obq_privacy.values._protected import Protected
from obq_privacy.vocab import Operation, Purpose, Request, codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")
R = TypeVar("R")
P = TypeVar("P", bound=Purpose)

MOST = 8
"""Values that are combined or revealed at once: as many as the overloads spell out."""


@overload
def combine(fn: Callable[[A, B], R], a: Protected[A, P], b: Protected[B, P], /) -> Protected[R, P]: ...
@overload
def combine(
    fn: Callable[[A, B, C], R], a: Protected[A, P], b: Protected[B, P], c: Protected[C, P], /
) -> Protected[R, P]: ...
@overload
def combine(
    fn: Callable[[A, B, C, D], R], a: Protected[A, P], b: Protected[B, P], c: Protected[C, P], d: Protected[D, P], /
) -> Protected[R, P]: ...
@overload
def combine(
    fn: Callable[[A, B, C, D, E], R],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    /,
) -> Protected[R, P]: ...
@overload
def combine(
    fn: Callable[[A, B, C, D, E, F], R],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    /,
) -> Protected[R, P]: ...
@overload
def combine(
    fn: Callable[[A, B, C, D, E, F, G], R],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    g: Protected[G, P],
    /,
) -> Protected[R, P]: ...
@overload
def combine(
    fn: Callable[[A, B, C, D, E, F, G, H], R],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    g: Protected[G, P],
    h: Protected[H, P],
    /,
) -> Protected[R, P]: ...
def combine(fn: Callable[..., R], /, *values: Protected[Any, P]) -> Protected[R, P]:
    """Give what `fn` makes of two to eight values, lazily, for the purposes that all of them allow.

    Nothing is opened before a permitted reveal of the result, so withdrawal and erasure of any parent hold for it.
    The type checker infers the intersection of the purposes.

    Raises:
        WrapperMisuse: fewer than two or more than eight values, or one that is not a wrapper.
    """
    problem = problem_of(values, least=2)
    if problem is not None:
        del values  # a renderer of tracebacks may show this frame
        raise WrapperMisuse(wrapper="combine", problem=problem)
    return derive(fn, *values)


@overload
def reveal_all(purpose: type[P], a: Protected[A, P], /) -> tuple[A]: ...
@overload
def reveal_all(purpose: type[P], a: Protected[A, P], b: Protected[B, P], /) -> tuple[A, B]: ...
@overload
def reveal_all(purpose: type[P], a: Protected[A, P], b: Protected[B, P], c: Protected[C, P], /) -> tuple[A, B, C]: ...
@overload
def reveal_all(
    purpose: type[P], a: Protected[A, P], b: Protected[B, P], c: Protected[C, P], d: Protected[D, P], /
) -> tuple[A, B, C, D]: ...
@overload
def reveal_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    /,
) -> tuple[A, B, C, D, E]: ...
@overload
def reveal_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    /,
) -> tuple[A, B, C, D, E, F]: ...
@overload
def reveal_all(
    purpose: type[P],
    a: Protected[A, P],
    b: Protected[B, P],
    c: Protected[C, P],
    d: Protected[D, P],
    e: Protected[E, P],
    f: Protected[F, P],
    g: Protected[G, P],
    /,
) -> tuple[A, B, C, D, E, F, G]: ...
@overload
def reveal_all(
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
) -> tuple[A, B, C, D, E, F, G, H]: ...
def reveal_all(purpose: type[P], /, *values: Protected[Any, P]) -> tuple[Any, ...]:
    """Hand out one to eight values for one purpose: one decision pass, one record, all or nothing.

    Raises:
        Denied: one of them may not be used; none is handed out, and the refusal is recorded.
        JournalUnavailable: the record cannot be written, so all stay shut.
        DerivationFailed: a function given to map or combine raised.
    """
    problem = problem_of(values, least=1)
    if problem is not None:
        del values  # a renderer of tracebacks may show this frame
        raise WrapperMisuse(wrapper="reveal_all", problem=problem)
    results = open_all(Request(Operation.USE, purpose), values)
    failed = failure_in(results)
    if failed is not None:
        results.clear()
        raise failed.error()
    return tuple(results)


def equal(purpose: type[P], a: Protected[A, P], b: Protected[A, P], /) -> bool:
    """Tell whether two values are equal, for a purpose that both allow; one decision pass, one record.

    Two values are equal when their types and the bytes that spell them are; text is not normalised. The time it takes
    does not depend on where they differ: digests of the whole values are compared.

    Raises:
        Denied: one of them may not be used for `purpose`.
        WrapperMisuse: one is no wrapper, or the values are of a type that has no canonical bytes.
        DerivationFailed: a function given to map or combine raised, or a value cannot be spelled as bytes.
    """
    problem = problem_of((a, b), least=2)
    if problem is not None:
        del a, b  # a renderer of tracebacks may show this frame
        raise WrapperMisuse(wrapper="equal", problem=problem)
    key = os.urandom(32)  # so that a digest says nothing, wherever it is seen
    first, second = map(_digest, (key, key), (a, b), open_all(Request(Operation.USE, purpose), (a, b)))
    failed = failure_in((first, second))
    if failed is not None:
        raise failed.error()
    if not (isinstance(first, bytes) and isinstance(second, bytes)):
        raise WrapperMisuse(wrapper="equal", problem="values of this type have no canonical bytes; map them to some")
    return _late.hmac.compare_digest(first, second)


def _digest(key: bytes, value: Protected[Any, Any], plain: object) -> bytes | Failure | None:
    """Give a digest of type and content; None for a type without canonical bytes."""
    if isinstance(plain, Failure):
        return plain
    form = codec_for(type(plain))
    if form is None:
        return None
    kind = f"{type(plain).__module__}.{type(plain).__qualname__}".encode()
    try:
        return _late.hmac.digest(key, _late.hashlib.sha256(kind).digest() + form.encode(plain), "sha256")
    except Exception as error:  # noqa: BLE001  its text may quote the value
        return Failure(keys_of(value), equal, error)


def problem_of(values: Sequence[object], *, least: int) -> str | None:
    """Tell what is wrong with arguments that should be wrappers; what is none may be a value."""
    if not least <= len(values) <= MOST:
        return f"it takes {'one' if least == 1 else 'two'} to eight values"
    if not all(isinstance(value, Protected) for value in values):
        return "all values are wrappers"
    return None


def failure_in(results: Iterable[object]) -> Failure | None:
    return next((result for result in results if isinstance(result, Failure)), None)


for _public in (combine, equal, reveal_all):  # they are loaded after the package has published its other names
    _public.__module__ = "obq_privacy"
