"""Items: what a piece of data is called, what it is, and what it may be used for."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar, cast, final

from obq_privacy.errors import ItemInvalid, ValueInvalid
from obq_privacy.vocab._category import Category, Sensitivity
from obq_privacy.vocab._codec import adapt, codec_for
from obq_privacy.vocab._purpose import Purpose, PurposeSet, purposes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeForm

    from obq_privacy.vocab._codec import Codec, Form

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)

_KEY = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*\Z")


class Item(Generic[T, P]):
    """What the three kinds of item have in common. Declare one of the kinds; this class is for `isinstance`."""

    __slots__ = ("_form", "category", "clause", "encrypt", "key", "kind", "mask", "purposes", "title", "validate")
    sensitivity: ClassVar[Sensitivity]

    key: str
    kind: type[T]
    purposes: PurposeSet
    category: Category
    encrypt: bool
    title: str
    clause: str | None
    validate: Callable[[T], str | None] | None
    mask: Callable[[T], str] | None
    _form: Form[T]

    def _declare(
        self,
        key: str,
        kind: type[T],
        purposes: object,
        *,
        category: Category,
        codec: Codec[T] | None,
        validate: Callable[[T], str | None] | None,
        mask: Callable[[T], str] | None,
        exact: bool,
        encrypt: bool,
        title: str,
        clause: str | None,
    ) -> None:
        if not _KEY.match(key):
            raise ItemInvalid(declaration=repr(key), problem="its key is not lower-case words joined by . - or _")
        form = adapt(codec, kind) if codec is not None else codec_for(kind)
        if form is None:
            raise ItemInvalid(
                declaration=key, problem=f"values of {kind.__qualname__} have no known form; name a codec for them"
            )
        named = purposes_of(purposes, declaration=key)
        put = partial(object.__setattr__, self)
        put("key", key)
        put("kind", kind)
        put("purposes", PurposeSet((), named) if exact else PurposeSet(named))
        put("category", category)
        put("encrypt", encrypt)
        put("title", title or key.replace("-", " ").replace(".", " "))
        put("clause", clause)
        put("validate", validate)
        put("mask", mask)
        put("_form", form)

    def check(self, value: object) -> str | None:
        """Tell what is wrong with `value`, in words that hold nothing of it; None when it is valid."""
        try:
            if not self._form.accepts(value):
                return f"it is not of type {self.kind.__name__}"
            return None if self.validate is None else self.validate(cast("T", value))
        except Exception:  # noqa: BLE001  a validator's own error may quote the value
            return "its validator failed"

    def encode(self, value: T) -> bytes:
        """Give the bytes of a valid value.

        Raises:
            ValueInvalid: the codec cannot spell it (a lone surrogate in a str, for example).
        """
        try:
            return self._form.encode(value)
        except Exception:  # noqa: BLE001  the codec's own error may quote the value
            del value
        raise ValueInvalid(item=self.key, problem="it cannot be written as bytes")

    @property
    def decode(self) -> Callable[[bytes], T]:
        """The inverse of `encode`."""
        return self._form.decode

    @property
    def exact(self) -> bool:
        """Whether narrower purposes than the named ones are refused."""
        return bool(self.purposes.exact)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__}({self.key}) is a declaration: import it instead of pickling it")


@final
class PersonalItem(Item[T, P]):
    """Personal data that the policy does not count as sensitive.

    Args:
        key: stable identifier in records, tokens and policy documents.
        kind: the type of its values: str, bytes, int, float, bool, Decimal, date, datetime, UUID, an enum, an attrs
            class of these, or any other type with a codec.
        purposes: what it may be used for: purpose classes joined by `|`.
        category: the kind of data.
        codec: turns values into bytes and back, for types that the library does not know.
        validate: gives None for a valid value, else what is wrong, in words that hold nothing of the value.
        mask: the rendering that `mask` hands out.
        exact: whether narrower purposes than the named ones are refused.
        encrypt: keep values as ciphertext in memory although they are not sensitive.
        title: what people read.
        clause: the clause of the policy that the item comes from.

    Raises:
        ItemInvalid: the key or the type cannot be used.
        PurposeInvalid: the purposes are not purpose classes.
    """

    __slots__ = ()
    sensitivity = Sensitivity.PERSONAL

    def __init__(
        self,
        key: str,
        kind: type[T],
        purposes: TypeForm[P],
        *,
        category: Category = Category.OTHER,
        codec: Codec[T] | None = None,
        validate: Callable[[T], str | None] | None = None,
        mask: Callable[[T], str] | None = None,
        exact: bool = False,
        encrypt: bool = False,
        title: str = "",
        clause: str | None = None,
    ) -> None:
        self._declare(
            key,
            kind,
            purposes,
            category=category,
            codec=codec,
            validate=validate,
            mask=mask,
            exact=exact,
            encrypt=encrypt,
            title=title,
            clause=clause,
        )


@final
class SensitiveItem(Item[T, P]):
    """Sensitive personal data: ciphertext from collection on. Arguments as for `PersonalItem`.

    `category` has no default. A biometric item is exact: it never inherits a broader consent (USE-19).
    """

    __slots__ = ()
    sensitivity = Sensitivity.SENSITIVE

    def __init__(
        self,
        key: str,
        kind: type[T],
        purposes: TypeForm[P],
        *,
        category: Category,
        codec: Codec[T] | None = None,
        validate: Callable[[T], str | None] | None = None,
        mask: Callable[[T], str] | None = None,
        exact: bool = False,
        title: str = "",
        clause: str | None = None,
    ) -> None:
        self._declare(
            key,
            kind,
            purposes,
            category=category,
            codec=codec,
            validate=validate,
            mask=mask,
            exact=exact or category is Category.BIOMETRIC,
            encrypt=True,
            title=title,
            clause=clause,
        )


@final
class NonPersonalItem(Item[T, P]):
    """Data that identifies nobody alone, such as a device model. Arguments as for `PersonalItem`.

    Its values need no consent; combined with personal values they become personal (USE-9).
    """

    __slots__ = ()
    sensitivity = Sensitivity.NON_PERSONAL

    def __init__(
        self,
        key: str,
        kind: type[T],
        purposes: TypeForm[P],
        *,
        category: Category = Category.DEVICE,
        codec: Codec[T] | None = None,
        validate: Callable[[T], str | None] | None = None,
        mask: Callable[[T], str] | None = None,
        exact: bool = False,
        title: str = "",
        clause: str | None = None,
    ) -> None:
        self._declare(
            key,
            kind,
            purposes,
            category=category,
            codec=codec,
            validate=validate,
            mask=mask,
            exact=exact,
            encrypt=False,
            title=title,
            clause=clause,
        )


AnyItem = Item[Any, Any]
"""An item of any type and purposes, for collections of declarations."""
