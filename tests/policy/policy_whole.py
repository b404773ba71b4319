"""A policy that uses everything a document can say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from obq_privacy.policy import (
    Anchor,
    Contact,
    Exemption,
    Minors,
    Policy,
    Retention,
    additional,
    basic,
    statutory,
)
from obq_privacy.vocab import (
    Agreement,
    Category,
    LegalBasis,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Purpose,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    SensitiveItem,
    Sensitivity,
    ThirdPartySource,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from obq_privacy.policy import LevelKey
    from obq_privacy.vocab import AnyItem


class Delivery(Purpose, clause="USE-14"):
    """Bring the order to the consignee.

    The carrier sees:
      - the name,
      - the address.
    """


class Payment(Purpose, title="Paying “here”", dpv=["dpv:PaymentManagement"], fides=("essential.service.payment",)):
    """收取订单货款。"""  # noqa: D415


class Login(Purpose):
    """Let members in."""


class FaceLogin(Login, key="login.face", clause="USE-4"):
    """Let members in by their face."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


class Wordless(EmailMarketing):
    __doc__ = None


class Ledger(Purpose, clause="PROT-3"):
    """Keep the books that the law wants."""


class Size(Enum):
    """An enum, which a document can only name."""

    SMALL = 1
    LARGE = 2


class PlainBytes:
    """A codec."""

    def encode(self, value: bytes, /) -> bytes:
        return value

    def decode(self, data: bytes, /) -> bytes:
        return data


class AtMost:
    """A validator that is an object."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, value: str, /) -> str | None:
        return None if len(value) <= self.limit else "it is too long"


def not_empty(value: str) -> str | None:
    return None if value else "it is empty"


def stars(count: int) -> Callable[[str], str]:
    def mask(_value: str) -> str:
        return "*" * count

    return mask


NAME = PersonalItem(
    "consignee-name", str, Delivery | Payment, category=Category.NAME, validate=not_empty, mask=stars(3)
)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, validate=AtMost(19), mask=str.upper)
FACE = SensitiveItem(
    "face", bytes, FaceLogin | Delivery, category=Category.BIOMETRIC, codec=PlainBytes(), clause="USE-19"
)
SIZE = NonPersonalItem("parcel.size", Size, Delivery, title='尺寸 (\\ "/" \u2028)')
BORN = PersonalItem("born", dt.date, Marketing, category=Category.PROFILE, exact=True, encrypt=True)
AMOUNT = SensitiveItem(
    "amount",
    Decimal,
    Payment | Wordless | Ledger,
    category=Category.TRANSACTION,
    dpv=("pd:Transaction", "pd:Purchase"),
    fides=["user.financial"],
)
GIVEN: tuple[AnyItem, ...] = (NAME, CARD, FACE, SIZE)
"""The items that cannot be made from a document."""

DAY = dt.timedelta(days=1)
SIGNED = Agreement("合同 7", dt.date(2026, 1, 1), dt.date(2027, 12, 31))
CARRIER = Recipient(
    "carrier",
    Delivery,
    kind=RecipientKind.PARTNER,
    role=Role.LOGISTICS,
    items=[NAME],
    agreement=SIGNED,
    public_key=bytes(range(32)),
    title="The carrier “fast”",
    clause="SHARE-1",
)


def recipients(order: Callable[[Iterable[Any]], Iterable[Any]] = tuple) -> list[Any]:
    """Give recipients of every kind of setting."""
    return [
        CARRIER,
        Recipient(
            "bank", Payment | Ledger, kind=RecipientKind.THIRD_PARTY, role=Role.PAYMENT, items=order([CARD, AMOUNT])
        ),
        Recipient("sister", FaceLogin, kind=RecipientKind.AFFILIATE, follows_policy=True),
        Recipient(
            "tracker.sdk",
            Wordless,
            kind=RecipientKind.THIRD_PARTY,
            role=Role.ADVERTISING,
            region="SG",
            sdk=True,
            check=SecurityCheck(dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
        ),
    ]


def whole_policy(order: Callable[[Iterable[Any]], Iterable[Any]] = tuple) -> Policy:
    """Give the policy that uses everything, its declarations in an order."""
    rules = [
        basic(
            Delivery,
            necessary=order([NAME, SIZE]),
            optional=order([FACE]),
            shared=order([NAME, SIZE]),
            choice=True,
            roles=order(["clerk", "运营"]),
        ),
        basic(Payment, necessary=order([CARD, AMOUNT]), optional=order([NAME]), shared=[CARD]),
        basic(Login),
        additional(
            FaceLogin,
            necessary=[FACE],
            requires=order([Login, Delivery]),
            alternative="Let them in by a “password”.",
            permission="camera",
            user_initiated=True,
        ),
        additional(Marketing, optional=[BORN, AMOUNT], signal=True),
        statutory(Ledger, items=[AMOUNT], shared=[AMOUNT], roles=["accountant"]),
    ]
    levels: list[tuple[LevelKey, Level]] = [
        (Category.BIOMETRIC, Level.SEPARATE),
        ((Category.NAME, Operation.TRANSFER), Level.SEPARATE),
        (Sensitivity.PERSONAL, Level.EXPRESS),
        ((Sensitivity.SENSITIVE, Operation.SHARE), Level.SEPARATE),
        ((Category.BIOMETRIC, Operation.USE), Level.SEPARATE),
    ]
    return Policy(
        version="2026-11 “one”",
        controller="Example Shop 示例",
        home_region="CN",
        purposes=order(rules),
        items=order([BORN, SIZE]),
        levels=dict(order(levels)),
        minors=Minors(
            sensitive_inclusive=False,
            guardian_age=13,
            majority=19,
            guardian_until_majority=frozenset(order(["login", "payment", "wordless"])),
            guardian_operations=frozenset(order(["share", "disclose"])),
            approval=True,
            counted_from="day-after",
            leap_day="28-feb",
            zone="Asia/Shanghai",
            unknown="adult",
        ),
        retention=order(
            [
                Retention(NAME, 30 * DAY),
                Retention(NAME, 7 * DAY, purpose=FaceLogin, after=Anchor.ACTIVITY),
                Retention(NAME, 9 * DAY, purpose=Delivery, after=Anchor.COMPLETION),
                Retention(CARD, dt.timedelta(seconds=1)),
                Retention(AMOUNT, 90 * DAY, after=Anchor.ACCOUNT_END, at_least=365 * DAY),
            ]
        ),
        recipients=order(recipients(order)),
        sources=order(
            [
                ThirdPartySource("partner-shop", undertaking=SIGNED, title="合作商店", clause="USE-10"),
                ThirdPartySource("open-register", undertaking=None, region="HK"),
            ]
        ),
        exemptions=order(
            [
                Exemption(LegalBasis.RESEARCH, frozenset(order([Operation.USE, Operation.SHARE])), deidentified=True),
                Exemption(LegalBasis.LEGAL_OBLIGATION, frozenset(Operation), clause="SHARE-8"),
            ]
        ),
        contact=Contact("Privacy office 隐私部", "privacy@shop.example", "Court of Haidian", "https://shop.example/p"),
        smallest_group=25,
        answer_within=10 * DAY,
        refusal_rest=dt.timedelta(hours=48),
        machine_refusal=True,
    )


def shuffled(things: Iterable[Any]) -> Iterable[Any]:
    """Give things in the order of their hashes, where they have some."""
    listed = tuple(things)
    try:
        return tuple(set(listed))
    except TypeError:
        return listed[::-1]
