"""Who else has to do with data: recipients and sources, and bases that somebody invokes."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast, final

from obq_privacy.errors import ArgumentInvalid, RecipientInvalid
from obq_privacy.vocab._operation import LegalBasis
from obq_privacy.vocab._purpose import Purpose, PurposeSet, is_key, purposes_of
from obq_privacy.vocab._text import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import TypeForm

    from obq_privacy.vocab._item import AnyItem
    from obq_privacy.vocab._terms import Agreement, SecurityCheck

P_contra = TypeVar("P_contra", bound=Purpose, contravariant=True)


class RecipientKind(Enum):
    """What a recipient is to the controller (DEF-1)."""

    CONTROLLER = "controller"
    AFFILIATE = "affiliate"
    PARTNER = "partner"
    THIRD_PARTY = "third-party"
    PUBLIC = "public"

    __hash__ = object.__hash__  # members are single objects; Enum would hash their names, in Python


class Role(Enum):
    """What a recipient does. A consent can name everybody of a role, as `role:logistics`."""

    PAYMENT = "payment"
    LOGISTICS = "logistics"
    SELLER = "seller"
    ADVERTISING = "advertising"
    ANALYTICS = "analytics"
    SUPPLIER = "supplier"
    CUSTOMER_SERVICE = "customer-service"
    AUTHORITY = "authority"
    SUCCESSOR = "successor"
    OTHER = "other"

    @property
    def audience(self) -> bool:
        """Whether it gets only what identifies nobody, unless the subject permits it by name (SHARE-5)."""
        return self is Role.ADVERTISING or self is Role.ANALYTICS


class _Declared:
    """A declaration: immutable, known by its key."""

    __slots__ = ("clause", "key", "region", "title")
    key: str
    region: str
    title: str
    clause: str | None

    def _put(self, **parts: object) -> None:
        for name, part in parts.items():
            object.__setattr__(self, name, part)
        if not is_key(self.key):
            raise RecipientInvalid(
                declaration=repr(self.key), problem="its key is not lower-case words joined by . - or _"
            )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key})"


@final
class Recipient(_Declared, Generic[P_contra]):
    """Somebody who may get data, and what for; the type checker holds `share` to these purposes.

    Args:
        key: stable identifier in records, consents and policy documents.
        purposes: what the recipient may use the data for: purpose classes joined by `|`.
        kind: what the recipient is to the controller.
        role: what the recipient does.
        region: ISO 3166-1 alpha-2 code of where the data goes.
        items: what the recipient may get; none for whatever the purposes let be shared.
        agreement: the contract; without one in force nothing is shared with a partner or third party. A transfer, and
            what somebody invokes a legal basis for, needs none.
        follows_policy: of an affiliate: whether it follows this policy; one with its own is a third party (DEF-1).
        sdk: whether it is software of theirs that is embedded; then `check` has to be in force (COOK-3).
        check: the last security check.
        public_key: seals envelopes for the recipient, or None.
        title: what people read.
        clause: the clause of the policy that it comes from.

    Raises:
        RecipientInvalid: the key cannot be used.
        PurposeInvalid: the purposes are not purpose classes.
    """

    __slots__ = (
        *("agreement", "check", "follows_policy", "items", "kind", "names", "public_key", "purposes", "role", "sdk"),
        "standing",
    )
    names: frozenset[str]
    """The words by which a consent can mean it: its key and its role."""
    standing: RecipientKind
    """What it counts as: an affiliate with a policy of its own is a third party (DEF-1)."""
    purposes: PurposeSet
    kind: RecipientKind
    role: Role
    items: tuple[AnyItem, ...]
    agreement: Agreement | None
    follows_policy: bool
    sdk: bool
    check: SecurityCheck | None
    public_key: bytes | None

    def __init__(
        self,
        key: str,
        purposes: TypeForm[P_contra],
        *,
        kind: RecipientKind,
        role: Role = Role.OTHER,
        region: str = "CN",
        items: Iterable[AnyItem] = (),
        agreement: Agreement | None = None,
        follows_policy: bool = False,
        sdk: bool = False,
        check: SecurityCheck | None = None,
        public_key: bytes | None = None,
        title: str = "",
        clause: str | None = None,
    ) -> None:
        self._put(
            key=key,
            purposes=PurposeSet(purposes_of(purposes, declaration=key)),
            kind=kind,
            role=role,
            region=region,
            items=_all(key, items),
            agreement=agreement,
            follows_policy=follows_policy,
            sdk=sdk,
            check=check,
            public_key=public_key,
            title=title or key.replace("-", " ").replace(".", " "),
            clause=clause or None,
            names=frozenset({key, f"role:{role.value}"} if isinstance(cast("object", role), Role) else {key}),
            standing=RecipientKind.THIRD_PARTY if kind is RecipientKind.AFFILIATE and not follows_policy else kind,
        )


def _all(key: str, items: Iterable[AnyItem]) -> tuple[AnyItem, ...]:
    try:
        return tuple(items)
    except TypeError:
        pass
    raise RecipientInvalid(declaration=key, problem="its items are a collection of items")


@final
class ThirdPartySource(_Declared):
    """Somebody else whom data comes from, who has confirmed in writing that it is lawful (USE-10).

    Args:
        key: stable identifier in records and labels.
        undertaking: the written confirmation; without one in force nothing is collected.
        region: ISO 3166-1 alpha-2 code of where the source is.
        title: what people read.
        clause: the clause of the policy that it comes from.

    Raises:
        RecipientInvalid: the key cannot be used.
    """

    __slots__ = ("undertaking",)
    undertaking: Agreement | None

    def __init__(
        self,
        key: str,
        *,
        undertaking: Agreement | None,
        region: str = "CN",
        title: str = "",
        clause: str | None = None,
    ) -> None:
        self._put(
            key=key,
            undertaking=undertaking,
            region=region,
            title=title or key.replace("-", " ").replace(".", " "),
            clause=clause or None,
        )


@final
class Invoked:
    """A legal basis that somebody invokes by name, and answers for; the audit record holds all of it.

    Args:
        basis: an exemption or another basis that has to be invoked.
        justification: why it holds, such as the reference of a court order; it must not quote values.
        by: identifier of the person who invokes it.

    Raises:
        ArgumentInvalid: the basis is not one to invoke, or it says not why or by whom.
    """

    __slots__ = ("basis", "by", "justification")
    basis: LegalBasis
    justification: str
    by: str

    def __init__(self, basis: LegalBasis, *, justification: str, by: str) -> None:
        if not isinstance(cast("object", basis), LegalBasis) or not basis.invoked:
            raise ArgumentInvalid(argument="basis", problem="it is a legal basis that has to be invoked")
        for name, text in (("justification", justification), ("by", by)):
            if not (is_text(text) and text.strip()):
                raise ArgumentInvalid(argument=name, problem="it is a str that says something and has bytes")
        object.__setattr__(self, "basis", basis)
        object.__setattr__(self, "justification", justification)
        object.__setattr__(self, "by", by)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Invoked is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("Invoked is immutable")

    def __repr__(self) -> str:
        return f"Invoked({self.basis.value}, by {self.by})"


AnyRecipient = Recipient[Any]
"""A recipient for any purposes, for collections of declarations."""
