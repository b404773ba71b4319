"""The wrappers: values that refuse every accidental way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, Self, TypeVar, cast, final

from obq_privacy.errors import AccidentalUse, WrapperMisuse
from obq_privacy.vocab import Operation, Purpose, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from obq_privacy.values._label import Label, Origin
    from obq_privacy.vocab import AnyRecipient, Invoked, Pseudonym, Sensitivity

T_co = TypeVar("T_co", covariant=True)
P_contra = TypeVar("P_contra", bound=Purpose, contravariant=True)
R = TypeVar("R")


class Keeper(Protocol):
    """Who decides about the values of one subject, records it, and opens them: implemented by the guard."""

    @property
    def subject(self) -> Pseudonym:
        """The pseudonym of the data subject."""
        ...

    def reveal(self, value: Held[Any, Any], purpose: type[Purpose], /) -> Any:
        """Decide, record, and only then open one value."""
        ...

    def open_held(self, values: Sequence[tuple[Held[Any, Any], Sensitivity]], request: Request, /) -> list[Any]:
        """Decide on a request about all values, whoever they are about, record, and only then open them.

        Each is treated as at least as sensitive as is said with it: as the strictest that it is combined with.
        """
        ...

    def mask(self, value: Held[Any, Any], purpose: type[Purpose], /) -> str:
        """Decide, record, and only then render one value by its item's masking rule."""
        ...

    def seal(self, value: Held[Any, Any], record: str, /) -> bytes:
        """Encrypt one value for storage outside, bound to subject, item, label and record."""
        ...


def _refused(channel: str) -> Callable[..., NoReturn]:
    def refuse(self: object, *args: object, **kwargs: object) -> NoReturn:
        del args, kwargs  # what it is compared with may be a value, and a renderer of tracebacks may show this frame
        raise AccidentalUse(wrapper=repr(self), channel=channel)

    return refuse


class Protected(Generic[T_co, P_contra]):
    """A value of type `T_co` that may be used for the purposes `P_contra`.

    Covariant in the value and contravariant in the purpose: a value allowed for more purposes fits where fewer are
    needed. It refuses to become text, a truth value, a key, a pickle, or equal to anything; only `repr` answers, with
    a shape that does not depend on the content. Values come from `Subject.collect`, `map` and `combine`.
    """

    __slots__ = ("_collected", "_keeper", "_origin", "_payload")
    _keeper: Keeper
    _origin: Origin
    _collected: int

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        del args, kwargs  # a renderer of tracebacks may show this frame
        raise WrapperMisuse(wrapper=cls.__name__, problem="it has no public constructor")

    def __init_subclass__(cls) -> None:
        if not cls.__module__.startswith("obq_privacy.values."):
            raise WrapperMisuse(wrapper=cls.__name__, problem="wrappers are not subclassed")

    def reveal(self, purpose: type[P_contra], /) -> T_co:
        """Hand out the value for a purpose, after a decision and an audit record.

        Args:
            purpose: what the value is needed for, now.

        Raises:
            Denied: the use is not permitted; the subclass and its codes say why.
            JournalUnavailable: the audit record cannot be written, so the value stays shut.
            StoreUnavailable: the store does not answer.
        """
        return cast("T_co", self._keeper.reveal(cast("Held[Any, Any]", self), purpose))

    def reveal_under(self, invoked: Invoked, /) -> T_co:
        """Hand out the value on a legal basis that somebody invokes, which serves no purpose of the policy (USE-22).

        Args:
            invoked: the basis, its justification, and who invokes it; all of it is recorded.

        Raises:
            BasisNotCovering: the policy does not let the basis be invoked for this.
            Denied: something else stands in the way, such as a restriction.
            JournalUnavailable: the audit record cannot be written, so the value stays shut.
        """
        return cast("T_co", _open(Request(Operation.USE, None, invoked=invoked), self))

    def share(self, purpose: type[P_contra], /, *, to: AnyRecipient, under: Invoked | None = None) -> T_co:
        """Hand out the value for a recipient, who gets it for a purpose (SHARE-1).

        `share_all` does the same for several values, and lets the type checker see what the recipient is for as well.

        Args:
            purpose: what the recipient needs it for.
            to: the recipient, as the policy declares it.
            under: a legal basis that somebody invokes instead of consent (SHARE-2, SHARE-8).

        Raises:
            Denied: it may not be shared; the subclass and its codes say why.
            JournalUnavailable: the audit record cannot be written, so the value stays shut.
        """
        return cast("T_co", _open(Request(Operation.SHARE, purpose, recipient=to, invoked=under), self))

    def transfer(self, purpose: type[P_contra], /, *, to: AnyRecipient, under: Invoked | None = None) -> T_co:
        """Hand out the value for another controller, who answers for it from then on (SHARE-6). As `share`."""
        return cast("T_co", _open(Request(Operation.TRANSFER, purpose, recipient=to, invoked=under), self))

    def disclose(self, purpose: type[P_contra], /, *, under: Invoked | None = None) -> T_co:
        """Hand out the value to be made public: the subject's own act, or express consent (SHARE-7). As `share`."""
        return cast("T_co", _open(Request(Operation.DISCLOSE, purpose, invoked=under), self))

    def map(self, function: Callable[[T_co], R], /) -> Protected[R, P_contra]:
        """Give the value of `function`, lazily: nothing is opened before a permitted reveal of the result.

        An exception of `function` comes out of that reveal as `DerivationFailed`, which withholds its text.
        """
        from obq_privacy.values._door import derive  # noqa: PLC0415  the door stands on the classes of this module

        return derive(function, self)

    @property
    def label(self) -> Label:
        """What is known about the value without its content."""
        return self._origin.label(self._keeper.subject, self._collected)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._origin.item.key})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value
        raise WrapperMisuse(wrapper=repr(self), problem="it is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise WrapperMisuse(wrapper=repr(self), problem="it is immutable")

    def __dir__(self) -> list[str]:
        return ["disclose", "label", "map", "reveal", "reveal_under", "share", "transfer"]

    if not TYPE_CHECKING:  # the checkers keep the signatures of object, and flag {value: …} by __hash__ below
        __str__ = _refused("str()")
        __format__ = _refused("format() and f-strings")
        __bytes__ = _refused("bytes()")
        __eq__ = _refused("==, because the answer would leak; use equal()")
        __ne__ = _refused("!=, because the answer would leak; use equal()")
        __bool__ = _refused("a truth test, because emptiness would leak")
        __reduce__ = _refused("pickling")
        __reduce_ex__ = _refused("pickling")
        __getstate__ = _refused("pickling")
        __setstate__ = _refused("unpickling")
    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


def _open(request: Request, value: Protected[Any, Any]) -> Any:
    from obq_privacy.values._door import open_one  # noqa: PLC0415  the door stands on the classes of this module

    return open_one(request, value)


class Held(Protected[T_co, P_contra]):
    """A value that was collected, as opposed to one that was derived."""

    __slots__ = ()

    def mask(self, purpose: type[P_contra], /) -> str:
        """Hand out the value as its item masks it, after a decision and an audit record.

        Raises:
            MaskUndefined: the item has no masking rule.
            Denied: as for `reveal`.
        """
        return self._keeper.mask(self, purpose)

    def seal(self, *, record: str = "") -> bytes:
        """Encrypt the value for storage outside; `Guard.unseal` opens it again, as a wrapper.

        Args:
            record: the name of the row it is for; the sealed value opens only for the same name.

        Raises:
            KeyErased: the subject was erased.
        """
        return self._keeper.seal(self, record)

    def __dir__(self) -> list[str]:
        return ["disclose", "label", "map", "mask", "reveal", "reveal_under", "seal", "share", "transfer"]


@final
class NonPersonal(Held[T_co, P_contra]):
    """A value that identifies nobody alone; combined with personal values it becomes personal."""

    __slots__ = ()


@final
class Personal(Held[T_co, P_contra]):
    """A personal value."""

    __slots__ = ()


@final
class Sensitive(Held[T_co, P_contra]):
    """A sensitive value, ciphertext from the moment of collection."""

    __slots__ = ()
