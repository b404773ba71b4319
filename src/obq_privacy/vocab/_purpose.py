"""Purposes: classes, so that the type checker can tell them apart, and sets of them."""

from __future__ import annotations

import re
import types
from typing import TYPE_CHECKING, ClassVar, NoReturn, Self, Union, get_args, get_origin

from obq_privacy.errors import PurposeInvalid, WrapperMisuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KEY = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*\Z")


def is_key(text: object) -> bool:
    """Tell whether `text` can be a key: words of a to z and 0 to 9, joined by single dots, hyphens or underscores."""
    return isinstance(text, str) and _KEY.match(text) is not None


class Purpose:
    """What data is used for. An application subclasses it; a subclass of a subclass is a narrower purpose.

    ```python
    class Marketing(Purpose):
        "Tell the shopper about offers."

    class EmailMarketing(Marketing, key="marketing.email", clause="USE-7"):
        "Tell the shopper about offers by mail."
    ```

    Attributes:
        key: stable identifier in records, consents and policy documents; from the class name when not given.
        title: what people read; from the class name when not given.
        clause: the clause of the policy that the purpose comes from, or None.
        dpv: its terms in the W3C Data Privacy Vocabulary, as addresses.
        fides: its keys among the data uses of fideslang.
        lineage: the purpose itself and those that it is part of, the nearest first.
        names: their keys, by any of which a consent can mean it.

    Raises:
        PurposeInvalid: a class has two purposes as parents (it would satisfy both, so every check of either), or
            its key is not lower-case words joined by dots, hyphens or underscores.
        WrapperMisuse: a purpose was called; purposes are classes and have no instances.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    clause: ClassVar[str | None] = None
    dpv: ClassVar[tuple[str, ...]] = ()
    fides: ClassVar[tuple[str, ...]] = ()
    lineage: ClassVar[tuple[type[Purpose], ...]] = ()
    names: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(
        cls,
        *,
        key: str | None = None,
        title: str | None = None,
        clause: str | None = None,
        dpv: Iterable[str] = (),
        fides: Iterable[str] = (),
    ) -> None:
        parents = [base for base in cls.__bases__ if issubclass(base, Purpose)]
        if len(parents) != 1:
            names = " and ".join(parent.__name__ for parent in parents)
            raise PurposeInvalid(
                declaration=cls.__qualname__, problem=f"a purpose has one purpose as parent, not {names}"
            )
        words = [word for part in cls.__name__.split("_") for word in _WORD.split(part) if word]
        cls.key = key or cls.__dict__.get("key") or "-".join(words).lower()
        cls.title = title or cls.__dict__.get("title") or " ".join(words)
        cls.clause = clause or cls.__dict__.get("clause")
        cls.dpv = tuple(dpv) or cls.__dict__.get("dpv", ())
        cls.fides = tuple(fides) or cls.__dict__.get("fides", ())
        cls.lineage = (cls, *parents[0].lineage)
        cls.names = parents[0].names | {cls.key}
        if not is_key(cls.key):
            raise PurposeInvalid(
                declaration=cls.__qualname__, problem="its key is not lower-case words joined by . - or _"
            )

    def __new__(cls) -> Self:
        raise WrapperMisuse(wrapper=cls.__name__, problem="a purpose is a class and is passed as such")


class PurposeSet:
    """The purposes that something allows: a set closed under narrowing, or under nothing where exact.

    `wide` purposes allow themselves and every purpose below them, `exact` ones only themselves. The set is kept in
    normal form (no member that another one implies), so equal sets compare equal.
    """

    __slots__ = ("exact", "wide")

    wide: frozenset[type[Purpose]]
    exact: frozenset[type[Purpose]]

    def __init__(self, wide: Iterable[type[Purpose]] = (), exact: Iterable[type[Purpose]] = ()) -> None:
        wide = frozenset(wide)
        kept = frozenset(p for p in wide if wide.isdisjoint(p.lineage[1:]))
        object.__setattr__(self, "wide", kept)
        object.__setattr__(self, "exact", frozenset(p for p in exact if kept.isdisjoint(p.lineage)))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("PurposeSet is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("PurposeSet is immutable")

    def allows(self, purpose: type[Purpose]) -> bool:
        """Tell whether `purpose` is in the set."""
        return purpose in self.exact or not self.wide.isdisjoint(purpose.lineage)

    def meet(self, other: PurposeSet) -> PurposeSet:
        """Give the purposes that both sets allow. Commutative, associative, idempotent."""
        wide = [p for p in self.wide if not other.wide.isdisjoint(p.lineage)]
        wide += [p for p in other.wide if not self.wide.isdisjoint(p.lineage)]
        exact = [p for p in self.exact if other.allows(p)]
        exact += [p for p in other.exact if self.allows(p)]
        return PurposeSet(wide, exact)

    def __le__(self, other: PurposeSet) -> bool:
        return self.meet(other) == self

    def __iter__(self) -> Iterator[type[Purpose]]:
        """Yield the members that stand for the set, sorted by key."""
        return iter(sorted(self.wide | self.exact, key=lambda p: p.key))

    def __bool__(self) -> bool:
        return bool(self.wide or self.exact)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PurposeSet) and self.wide == other.wide and self.exact == other.exact

    def __hash__(self) -> int:
        return hash((self.wide, self.exact))

    def __repr__(self) -> str:
        names = [p.key for p in sorted(self.wide, key=lambda p: p.key)]
        names += [f"{p.key} only" for p in sorted(self.exact, key=lambda p: p.key)]
        return f"PurposeSet({', '.join(names)})"

    def __reduce__(self) -> tuple[object, ...]:
        return PurposeSet, (tuple(self.wide), tuple(self.exact))


def purposes_of(form: object, *, declaration: str) -> tuple[type[Purpose], ...]:
    """Read a type form such as `Delivery | Payment` into its purposes.

    Raises:
        PurposeInvalid: a member is not a purpose, or is `Purpose` itself, which would allow everything, or never got
            its own key because a class before it overrides `__init_subclass__`.
    """
    is_union = isinstance(form, types.UnionType) or get_origin(form) is Union
    named: list[type[Purpose]] = []
    for member in get_args(form) if is_union else (form,):
        if not (isinstance(member, type) and issubclass(member, Purpose)):
            raise PurposeInvalid(declaration=declaration, problem="its purposes are not Purpose classes joined by |")
        if member is Purpose:
            raise PurposeInvalid(declaration=declaration, problem="Purpose itself would allow everything; name which")
        if member.lineage[:1] != (member,):
            problem = f"{member.__qualname__} overrides __init_subclass__ without calling super().__init_subclass__"
            raise PurposeInvalid(declaration=declaration, problem=problem)
        named.append(member)
    return tuple(named)
