"""The desk: orders come in, and what has to be done about them goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookshop.declarations import Order
from bookshop.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Guard, Subject


class Desk:
    """Take orders, charge, deliver, and send newsletters.

    Args:
        guard: the guard on the shop's policy.
        send: takes what leaves the shop: to the terminal, the printer, the mailer.
    """

    def __init__(self, guard: Guard, send: Callable[[str], None]) -> None:
        self._vault = guard.vault
        self._send = send
        self._printer = PARTS.printer()

    def order(self, customer: Subject, *, name: str, card: str) -> None:
        """Take an order."""
        number = _number(customer)
        self._vault.keep(number, customer.collect_record(Order, number=number, name=name, card=card))

    def charge(self, customer: Subject) -> None:
        """Take the money."""
        self._send(PARTS.charge(self._order(customer)))

    def deliver(self, customer: Subject) -> None:
        """Send the parcel."""
        self._send(self._printer.label(self._order(customer)))

    def newsletter(self, customer: Subject) -> None:
        """Send the newsletter."""
        self._send(PARTS.greet(self._order(customer)))

    def _order(self, customer: Subject) -> Order:
        return self._vault.load(Order, _number(customer))


def _number(customer: Subject) -> str:
    return f"order-{customer.pseudonym}"
