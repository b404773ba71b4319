"""Operations on several values at once."""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, TypeVar, overload

from obq_privacy.errors import WrapperMisuse
from obq_privacy.values._door import Failure, derive, open_all
from obq_privacy.values._protected import Protected
from obq_privacy.vocab import Purpose, codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    if not 2 <= len(values) <= 8:
        raise WrapperMisuse(wrapper="combine", problem="it takes two to eight values")
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
    if not 1 <= len(values) <= 8:
        raise WrapperMisuse(wrapper="reveal_all", problem="it takes one to eight values")
    results = _open(purpose, values)
    for result in results:
        if isinstance(result, Failure):
            results.clear()
            raise result.error()
    return tuple(results)


def equal(purpose: type[P], a: Protected[A, P], b: Protected[A, P], /) -> bool:
    """Tell whether two values are equal, for a purpose that both allow; one decision pass, one record.

    The time it takes does not depend on where they differ: digests of the whole values are compared.

    Raises:
        Denied: one of them may not be used for `purpose`.
        WrapperMisuse: the values are of a type that has no canonical bytes.
    """
    first, second = map(_digest, _open(purpose, (a, b)))
    if isinstance(first, Failure):
        raise first.error()
    if isinstance(second, Failure):
        raise second.error()
    if first is None or second is None:
        raise WrapperMisuse(wrapper="equal", problem="values of this type have no canonical bytes; map them to some")
    return compare_digest(first, second)


def _digest(plain: object) -> bytes | Failure | None:
    """Give a digest of type and content; None for a type without canonical bytes."""
    if isinstance(plain, Failure):
        return plain
    form = codec_for(type(plain))
    if form is None:
        return None
    kind = f"{type(plain).__module__}.{type(plain).__qualname__}".encode()
    return sha256(sha256(kind).digest() + form.encode(plain)).digest()


def _open(purpose: type[Purpose], values: Sequence[Protected[Any, Any]]) -> list[Any]:
    for value in values:
        if not isinstance(value, Protected):
            raise WrapperMisuse(wrapper="reveal_all", problem="all values are wrappers")
    return open_all(purpose, values)
