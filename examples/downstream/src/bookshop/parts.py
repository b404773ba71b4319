"""Three parts of the desk: each as it should be, and with a mistake that `DOWNSTREAM_BUGS` puts in its place."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from bookshop.declarations import Delivery, Newsletter, Payment

if TYPE_CHECKING:
    from collections.abc import Callable

    from bookshop.declarations import Order

T = TypeVar("T")

log = logging.getLogger("bookshop")


class Printer(Protocol):
    """Prints the label of a parcel."""

    def label(self, order: Order) -> str:
        """Give the label."""
        ...


# ── Labels ────────────────────────────────────────────────────────────────────────────────────────────────


class Labels:
    """Print every label anew."""

    def label(self, order: Order) -> str:
        """Give the label."""
        return f"{order.number}: {order.name.reveal(Delivery)}"


class CachedLabels:
    """Mistake: a label that was printed once is printed again, whatever the customer has said meanwhile."""

    def __init__(self) -> None:
        self._printed: dict[str, str] = {}

    def label(self, order: Order) -> str:
        """Give the label."""
        self._printed[order.number] = self._printed.get(order.number) or Labels().label(order)
        return self._printed[order.number]


# ── Charging ──────────────────────────────────────────────────────────────────────────────────────────────


def charge(order: Order) -> str:
    """Give the number of the card to the terminal, and log its last digits."""
    number = order.card.reveal(Payment)
    log.info("charged a card ending in %s for %s", number[-4:], order.number)
    return number


def charge_and_tell(order: Order) -> str:
    """Mistake: the log record has the whole number, where the handler of today does not show it."""
    number = order.card.reveal(Payment)
    log.info("charged for %s", order.number, extra={"card": number})
    return number


# ── Newsletters ───────────────────────────────────────────────────────────────────────────────────────────


def greet(order: Order) -> str:
    """Give the first line of the newsletter."""
    return f"Dear {order.name.reveal(Newsletter)},"


def greet_as_for_a_parcel(order: Order) -> str:
    """Mistake: the name may be revealed for the delivery, so nothing refuses this."""
    return f"Dear {order.name.reveal(Delivery)},"


# ── The switch ────────────────────────────────────────────────────────────────────────────────────────────


class Parts(NamedTuple):
    """What the desk is made of."""

    printer: Callable[[], Printer]
    charge: Callable[[Order], str]
    greet: Callable[[Order], str]


_MISTAKES: Final = frozenset(os.environ.get("DOWNSTREAM_BUGS", "").split(","))


def _pick(name: str, right: T, wrong: T) -> T:
    return (right, wrong)[name in _MISTAKES]


_PRINTERS: Final[tuple[type[Printer], type[Printer]]] = (Labels, CachedLabels)
PARTS: Final = Parts(
    printer=_pick("cache", *_PRINTERS),
    charge=_pick("log", charge, charge_and_tell),
    greet=_pick("purpose", greet, greet_as_for_a_parcel),
)
