"""Items: what a piece of data is called, what it is, and what it may be used for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, TypeVar, cast, final

from obq_privacy.errors import ItemInvalid, ValueInvalid
from obq_privacy.vocab._category import Category, Sensitivity
from obq_privacy.vocab._codec import adapt, codec_for
from obq_privacy.vocab._purpose import Purpose, PurposeSet, is_key, purposes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import TypeForm

    from obq_privacy.vocab._codec import Codec, Form

T = TypeVar("T")
P_contra = TypeVar("P_contra", bound=Purpose, contravariant=True)

_FAILED = "its validator failed"
_UNTOLD = "its validator did not say why in words that hold nothing of it"


class Item(Generic[T, P_contra]):
    """What the three kinds of item have in common. Declare one of the kinds; this class is for `isinstance`."""

    __slots__ = (
        "_form",
        "category",
        "clause",
        "codec",
        "dpv",
        "encrypt",
        "fides",
        "key",
        "kind",
        "mask",
        "purposes",
        "title",
        "validate",
    )
    sensitivity: ClassVar[Sensitivity]

    key: str
    kind: type[T]
    purposes: PurposeSet
    category: Category
    encrypt: bool
    title: str
    clause: str | None
    dpv: tuple[str, ...]
    fides: tuple[str, ...]
    codec: Codec[T] | None
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
        dpv: Iterable[str],
        fides: Iterable[str],
    ) -> None:
        if not is_key(key):
            raise ItemInvalid(declaration=repr(key), problem="its key is not lower-case words joined by . - or _")
        if key.startswith("obq-privacy."):
            raise ItemInvalid(declaration=repr(key), problem="keys that begin with obq-privacy. are the library's own")
        if not isinstance(cast("object", category), Category):
            raise ItemInvalid(declaration=key, problem="its category is not a Category")
        form = _form_of(key, kind, codec)
        named = purposes_of(purposes, declaration=key)
        put = partial(object.__setattr__, self)
        put("key", key)
        put("kind", kind)
        put("purposes", PurposeSet((), named) if exact else PurposeSet(named))
        put("category", category)
        put("encrypt", encrypt)
        put("title", title or key.replace("-", " ").replace(".", " "))
        put("clause", clause or None)
        put("dpv", tuple(dpv))
        put("fides", tuple(fides))
        put("codec", codec)
        put("validate", validate)
        put("mask", mask)
        put("_form", form)

    def check(self, value: object) -> str | None:
        """Tell what is wrong with `value`, in words that hold nothing of it; None when it is valid.

        A validator that raises, answers with something other than text, or quotes the value is not passed on.
        """
        try:
            if not self._form.accepts(value):
                return f"it is not of type {self.kind.__name__}"
            if self.validate is None:
                return None
            problem: object = self.validate(cast("T", value))
            if problem is None:
                return None
            return problem if type(problem) is str and problem and not _quotes(problem, value) else _UNTOLD
        except Exception:  # noqa: BLE001  a validator's own error may quote the value
            return _FAILED

    def encode(self, value: T) -> bytes:
        """Give the bytes of a valid value.

        Raises:
            ValueInvalid: the codec cannot spell it (a lone surrogate in a str, for example).
        """
        data: object = None
        try:
            data = self._form.encode(value)
        except Exception:  # noqa: BLE001  the codec's own error may quote the value
            data = None
        if type(data) is bytes:
            return data
        del value, data  # a renderer of tracebacks may show this frame
        raise ValueInvalid(item=self.key, problem="it cannot be written as bytes")

    def decode(self, data: bytes) -> T:
        """Give the value that `encode` spelled so.

        Raises:
            ValueInvalid: the bytes are of no value of the item's type, as after a change of the type. They, and what
                the codec says of them, are nowhere in the error.
        """
        try:
            return self._form.decode(data)
        except Exception:  # noqa: BLE001  the codec's own error may quote the value
            del data
        raise ValueInvalid(item=self.key, problem=f"its bytes are not those of a {self.kind.__name__}")

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


def _form_of(key: str, kind: type[T], codec: Codec[T] | None) -> Form[T]:
    """Give the form of an item's values.

    Raises:
        ItemInvalid: the type is no class, or has no known form and no codec, or the codec is none.
    """
    if not isinstance(cast("object", kind), type):
        raise ItemInvalid(declaration=key, problem="the type of its values is not a class")
    if codec is not None:
        if not (callable(getattr(codec, "encode", None)) and callable(getattr(codec, "decode", None))):
            raise ItemInvalid(declaration=key, problem="its codec lacks encode or decode")
        return adapt(codec, kind)
    form = codec_for(kind)
    if form is None:
        problem = f"values of {kind.__qualname__} have no known form; name a codec for them"
        raise ItemInvalid(declaration=key, problem=problem)
    return form


_LOOKED_AT = 10_000
"""Characters of a value that are looked for in what its validator says."""


def _quotes(problem: str, value: object) -> bool:
    """Tell whether a text repeats four characters of a value in a row; shorter parts stand in any text."""
    for shown in (str(value), repr(value)):
        if any(shown[at : at + 4] in problem for at in range(min(len(shown), _LOOKED_AT) - 3)):
            return True
    return False


@final
class PersonalItem(Item[T, P_contra]):
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
        dpv: its terms among the personal data categories of the W3C Data Privacy Vocabulary, as addresses.
        fides: its keys among the data categories of fideslang.

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
        purposes: TypeForm[P_contra],
        *,
        category: Category = Category.OTHER,
        codec: Codec[T] | None = None,
        validate: Callable[[T], str | None] | None = None,
        mask: Callable[[T], str] | None = None,
        exact: bool = False,
        encrypt: bool = False,
        title: str = "",
        clause: str | None = None,
        dpv: Iterable[str] = (),
        fides: Iterable[str] = (),
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
            dpv=dpv,
            fides=fides,
        )


@final
class SensitiveItem(Item[T, P_contra]):
    """Sensitive personal data: ciphertext from collection on. Arguments as for `PersonalItem`.

    `category` has no default. A biometric item is exact: it never inherits a broader consent (USE-19).
    """

    __slots__ = ()
    sensitivity = Sensitivity.SENSITIVE

    def __init__(
        self,
        key: str,
        kind: type[T],
        purposes: TypeForm[P_contra],
        *,
        category: Category,
        codec: Codec[T] | None = None,
        validate: Callable[[T], str | None] | None = None,
        mask: Callable[[T], str] | None = None,
        exact: bool = False,
        title: str = "",
        clause: str | None = None,
        dpv: Iterable[str] = (),
        fides: Iterable[str] = (),
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
            dpv=dpv,
            fides=fides,
        )


@final
class NonPersonalItem(Item[T, P_contra]):
    """Data that identifies nobody alone, such as a device model. Arguments as for `PersonalItem`.

    Its values need no consent; combined with personal values they become personal (USE-9).
    """

    __slots__ = ()
    sensitivity = Sensitivity.NON_PERSONAL

    def __init__(
        self,
        key: str,
        kind: type[T],
        purposes: TypeForm[P_contra],
        *,
        category: Category = Category.DEVICE,
        codec: Codec[T] | None = None,
        validate: Callable[[T], str | None] | None = None,
        mask: Callable[[T], str] | None = None,
        exact: bool = False,
        title: str = "",
        clause: str | None = None,
        dpv: Iterable[str] = (),
        fides: Iterable[str] = (),
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
            dpv=dpv,
            fides=fides,
        )


AnyItem = Item[Any, Any]
"""An item of any type and purposes, for collections of declarations."""
