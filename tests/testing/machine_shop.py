"""A downstream application, as its authors would write it, and the ways in which they could get it wrong."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from obq_privacy import (
    Category,
    Guard,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    Retention,
    Sensitive,
    SensitiveItem,
    additional,
    basic,
    held_as,
    record,
    statutory,
    validators,
)
from obq_privacy.errors import PrivacyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Subject


class Delivery(Purpose, key="machine.delivery"):
    """Bring the order to the consignee."""


class Payment(Purpose, key="machine.payment"):
    """Take the money for the order."""


class Newsletter(Purpose, key="machine.newsletter"):
    """Tell the shopper about offers."""


class Gifts(Newsletter, key="machine.newsletter.gifts"):
    """Tell the shopper about gifts."""


class Books(Purpose, key="machine.books"):
    """Keep what the law wants kept."""


CONSIGNEE = PersonalItem(
    "consignee-name", str, Delivery | Newsletter | Books, category=Category.NAME, validate=validators.Text(1, 60)
)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT, validate=validators.BankCard())
POLICY = Policy(
    version="1",
    controller="Example Shop",
    purposes=[
        basic(Delivery, necessary=[CONSIGNEE]),
        basic(Payment, necessary=[CARD]),
        additional(Newsletter, optional=[CONSIGNEE], requires=[Delivery]),
        statutory(Books, items=[CONSIGNEE]),
    ],
    retention=[Retention(CONSIGNEE, timedelta(days=400), at_least=timedelta(days=1000))],
)
ADULT = date(1990, 5, 1)


@record
class Order:
    """One order."""

    number: str
    consignee: Personal[str, Delivery | Newsletter | Books] = held_as(CONSIGNEE)
    card: Sensitive[str, Payment] = held_as(CARD)


class Shop:
    """Take orders, deliver, charge, and send offers. Its subclasses are wrong, each in one way."""

    def __init__(self, guard: Guard, send: Callable[[object], None]) -> None:
        self.guard = guard
        self.send = send

    def order(self, subject: Subject, name: str, card: str) -> str:
        """Take an order."""
        number = f"order-{subject.pseudonym}"
        self.guard.vault.keep(number, subject.collect_record(Order, number=number, consignee=name, card=card))
        return number

    def _order(self, subject: Subject) -> Order:
        return self.guard.vault.load(Order, f"order-{subject.pseudonym}")

    def charge(self, subject: Subject) -> None:
        """Take the money."""
        self.send({"terminal": self._order(subject).card.reveal(Payment)})

    def deliver(self, subject: Subject) -> str:
        """Print the label of the parcel."""
        return f"<label>{self._order(subject).consignee.reveal(Delivery)}</label>"

    def newsletter(self, subject: Subject) -> None:
        """Send offers."""
        self.send(f"Dear {self._order(subject).consignee.reveal(Newsletter)}, …")

    def books(self, subject: Subject) -> None:
        """Write the books."""
        self.send(self._order(subject).consignee.reveal(Books).encode())

    def subscribe(self, subject: Subject) -> None:
        """Record that the shopper ticked the box."""
        subject.grant(Newsletter)

    def unsubscribe(self, subject: Subject) -> None:
        """Record that the shopper unticked it."""
        subject.withdraw(Newsletter)

    def leave(self, subject: Subject) -> None:
        """Forget the shopper."""
        subject.erase()


def untyped(thing: object) -> Any:
    """Give something as callers without a type checker pass it."""
    return thing


class CachingShop(Shop):
    """Keep the card number, in case that the next charge is refused."""

    def __init__(self, guard: Guard, send: Callable[[object], None]) -> None:
        super().__init__(guard, send)
        self._cards: dict[str, str] = {}

    def charge(self, subject: Subject) -> None:
        """Take the money, whatever the shopper says meanwhile."""
        try:
            self._cards[subject.pseudonym] = self._order(subject).card.reveal(Payment)
        except PrivacyError:
            if subject.pseudonym not in self._cards:
                raise
        self.send({"terminal": self._cards[subject.pseudonym]})


class CastingShop(Shop):
    """Use the card for offers, with a cast to quieten the type checker."""

    def newsletter(self, subject: Subject) -> None:
        """Send offers to those with a card of the right bank."""
        try:
            self.send(untyped(self._order(subject).card).reveal(Newsletter))
        except PrivacyError:
            super().newsletter(subject)


class PretextShop(Shop):
    """Reveal names for the delivery, which is permitted, and put them into the newsletter."""

    def newsletter(self, subject: Subject) -> None:
        """Send offers."""
        self.send(f"Dear {self._order(subject).consignee.reveal(Delivery)}, …")


class HoardingShop(Shop):
    """Keep a copy of every name, and print labels from it once the original is gone."""

    def __init__(self, guard: Guard, send: Callable[[object], None]) -> None:
        super().__init__(guard, send)
        self._copies: dict[str, str] = {}

    def order(self, subject: Subject, name: str, card: str) -> str:
        """Take an order."""
        number = super().order(subject, name, card)
        self._copies[subject.pseudonym] = name
        return number

    def deliver(self, subject: Subject) -> str:
        """Print the label of the parcel."""
        if subject.standing.erased:
            return f"<label>{self._copies.get(subject.pseudonym, '')}</label>"
        return super().deliver(subject)


class BackdoorShop(Shop):
    """Read names where they lie in memory."""

    def deliver(self, subject: Subject) -> str:
        """Print the label of the parcel."""
        from obq_privacy.values._door import payload  # noqa: PLC0415

        return f"<label>{payload(self._order(subject).consignee)}</label>"


class EncodingShop(Shop):
    """Read names where they lie in memory, and send them in an attachment."""

    def deliver(self, subject: Subject) -> str:
        """Print the label of the parcel."""
        import base64  # noqa: PLC0415

        from obq_privacy.values._door import payload  # noqa: PLC0415

        return base64.b64encode(f"label: {payload(self._order(subject).consignee)}".encode()).decode()


class AssumingShop(Shop):
    """Record a consent to the newsletter with every order."""

    def order(self, subject: Subject, name: str, card: str) -> str:
        """Take an order."""
        number = super().order(subject, name, card)
        subject.grant(Newsletter)
        return number


class ChattyShop(Shop):
    """Put the card number into the message of an error."""

    def charge(self, subject: Subject) -> None:
        """Take the money."""
        card = self._order(subject).card.reveal(Payment)
        self.send({"terminal": card})

    def order(self, subject: Subject, name: str, card: str) -> str:
        """Take an order, and log it."""
        self.send(f"order by {name} with {card}")
        return super().order(subject, name, card)
