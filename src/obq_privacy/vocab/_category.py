"""What kind of data an item is, and how sensitive that makes it."""

from __future__ import annotations

from enum import Enum, IntEnum


class Sensitivity(IntEnum):
    """How much protection a value needs; joining values takes the highest."""

    NON_PERSONAL = 0
    PERSONAL = 1
    SENSITIVE = 2


class Category(Enum):
    """The kind of data. Seven kinds are sensitive by DEF-3; the others are as sensitive as their item says."""

    IDENTITY_DOCUMENT = "identity-document"
    BIOMETRIC = "biometric"
    BANK_ACCOUNT = "bank-account"
    PROPERTY = "property"
    WHEREABOUTS = "whereabouts"
    TRANSACTION = "transaction"
    CHILD = "child"

    NAME = "name"
    CONTACT = "contact"
    ACCOUNT = "account"
    PROFILE = "profile"
    BEHAVIOUR = "behaviour"
    DEVICE = "device"
    LOG = "log"
    COMMUNICATION = "communication"
    CONTENT = "content"
    ADDRESS_BOOK = "address-book"
    CALENDAR = "calendar"
    HEALTH = "health"
    COOKIE = "cookie"
    OTHER = "other"

    __hash__ = object.__hash__  # members are single objects; Enum would hash their names, in Python

    @property
    def sensitive(self) -> bool:
        """Whether the policy counts every value of this kind as sensitive (DEF-3)."""
        return self in _SENSITIVE


_SENSITIVE = frozenset(
    {
        Category.IDENTITY_DOCUMENT,
        Category.BIOMETRIC,
        Category.BANK_ACCOUNT,
        Category.PROPERTY,
        Category.WHEREABOUTS,
        Category.TRANSACTION,
        Category.CHILD,
    }
)
