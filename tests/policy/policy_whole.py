"""A policy that uses everything a document can say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from obq_privacy.policy import Minors, Policy, Retention, additional, basic
from obq_privacy.vocab import (
    Category,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Purpose,
    SensitiveItem,
    Sensitivity,
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


class Payment(Purpose, title="Paying “here”"):
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
AMOUNT = SensitiveItem("amount", Decimal, Payment | Wordless, category=Category.TRANSACTION)
GIVEN: tuple[AnyItem, ...] = (NAME, CARD, FACE, SIZE)
"""The items that cannot be made from a document."""


def whole_policy(order: Callable[[Iterable[Any]], Iterable[Any]] = tuple) -> Policy:
    """Give the policy that uses everything, its declarations in an order."""
    rules = [
        basic(Delivery, necessary=order([NAME, SIZE]), optional=order([FACE])),
        basic(Payment, necessary=order([CARD, AMOUNT]), optional=order([NAME])),
        basic(Login),
        additional(FaceLogin, necessary=[FACE], requires=order([Login, Delivery])),
        additional(Marketing, optional=[BORN, AMOUNT]),
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
            counted_from="day-after",
            leap_day="28-feb",
            zone="Asia/Shanghai",
            unknown="adult",
        ),
        retention=order([Retention(NAME, dt.timedelta(days=30)), Retention(CARD, dt.timedelta(seconds=1))]),
    )


def shuffled(things: Iterable[Any]) -> Iterable[Any]:
    """Give things in the order of their hashes, where they have some."""
    listed = tuple(things)
    try:
        return tuple(set(listed))
    except TypeError:
        return listed[::-1]
