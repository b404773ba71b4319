"""The second act: what leaves the shop and to whom, what shoppers can ask for, and what the shop owes them.

Each step is a function that shows one thing. All of them can be cut short and repeated: what was done stays done.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal

from shop_terms import (
    ACCOUNTANT,
    ADVERTISER,
    BANK,
    CARRIER,
    ISSUER,
    NEXT,
    OTHER_BANK,
    PHONE,
    UNSIGNED,
    Bookkeeping,
    Delivery,
    Marketing,
    Order,
    Payment,
    Pickup,
    Transaction,
    attempt,
)

from obq_privacy import Actor, Anchor, Guard, Recipient, Role, Subject, evolve, share_all
from obq_privacy.errors import ReleaseRefused, RecordUnknown
from obq_privacy.rights import (
    Fate,
    ReceiptKey,
    Requests,
    RequestKind,
    RequestState,
    Rights,
    affected,
    consent_history,
    diff,
    receipt_27560,
    sign_receipt,
    sweep,
    verify_receipt,
)
from obq_privacy.vocab import generalise

ADULT = date(1988, 3, 9)
CLERK = Actor("clerk-3", frozenset({ACCOUNTANT}))


def second_act(guard: Guard, orders: Iterable[str], *, now: Callable[[], datetime]) -> None:
    """Play all of it.

    Args:
        guard: the guard.
        orders: names of the orders of the first act, for statistics.
        now: the clock.
    """
    print("\n\nThe second act")
    share(guard)
    correct_age(guard)
    advertise(guard, orders)
    change_policy(guard)
    give_access(guard)
    cancel(guard)
    give_receipt(guard, now)
    clean_up(guard)
    print(f"\nThe audit chain is whole up to segment {guard.audit.verify().seq}.")


def chapter(title: str) -> None:
    """Print what comes."""
    print(f"\n{title}")


# ── Orders that leave the shop ────────────────────────────────────────────────────────────────────────────


def share(guard: Guard) -> None:
    """Hand an order over to the bank that the shopper chose for it, and to a carrier."""
    chapter("Ada orders; her bank and a carrier get what they need, and nobody else anything (SHARE-1, SHARE-3):")
    order = settled(guard, "ada", "S-0001", bank=BANK, card="9999000100020001")
    print("  example-bank has the card of order S-0001, which she chose it for; swift-parcels has name, address and phone")
    attempt(lambda: order.card.share(Payment, to=OTHER_BANK))
    attempt(lambda: order.address.share(Delivery, to=UNSIGNED))


def settled(guard: Guard, member: str, number: str, *, bank: Recipient[Payment], card: str) -> Order:
    """Take an order, charge and send it, unless an earlier run did.

    A run that is killed between sharing and saying so shares again: bank and carrier know an order by its number.
    """
    person = guard.subject(member, born=ADULT)
    name = f"order-{number}"
    if name not in guard.vault:
        person.grant(Delivery, Payment, method="checkbox", key="first order")
        person.grant(Delivery, recipients=[Role.LOGISTICS], method="checkbox", key="first order, carriers")
        person.choose(Payment, bank, matter=number)
        way = person.collecting(matter=number)
        order = way.collect_record(
            Order,
            number=number,
            settled=False,
            amount=Decimal("129.50"),
            goods="one teapot",
            consignee="A. Nobody",
            address="9 Imaginary Lane, Nowhere",
            phone="+8615400000001",
            card=card,
        )
        guard.vault.keep(f"pickup-{number}", way.collect_record(Pickup, number=number, code="K7-teapot"))
        guard.vault.keep(name, order)
    order = guard.vault.load(Order, name)
    if not order.settled:
        share_all(Payment, order.card, order.amount, to=bank)
        share_all(Delivery, order.consignee, order.address, order.phone, to=CARRIER)
        order = evolve(order, settled=True)
        guard.vault.keep(name, order)
    person.mark(Anchor.COMPLETION, matter=number)
    return order


# ── A child ───────────────────────────────────────────────────────────────────────────────────────────────


def correct_age(guard: Guard) -> None:
    """Correct the birth date of somebody who said to be of age: the consent was a child's, so it never counted."""
    chapter("Kit said to be of age, and is nine; consent that a child gave alone does not count (MINOR-1):")
    kit, mother = guard.subject("kit"), guard.subject("kits-mother", born=ADULT)
    if "pickup-S-0002" not in guard.vault:
        kit.update(born=ADULT)
        kit.grant(Delivery, method="checkbox", key="first order")
        guard.vault.keep("pickup-S-0002", kit.collect_record(Pickup, number="S-0002", code="K8-kite"))
    code = guard.vault.load(Pickup, "pickup-S-0002").code
    if not any(consent.grant.by_guardian for consent in kit.standing.consents):
        kit.update(born=date(kit_born_year(guard), 1, 1), guardians=[mother])
        attempt(lambda: code.reveal(Delivery))
        kit.grant(Delivery, by=mother, method="letter", key="first order, mother")
    print(f"  with her mother's consent the parcel is handed out: {len(code.reveal(Delivery)) > 0}")
    attempt(lambda: kit.grant(Payment))
    print(f"  and the value has been sensitive all the time: {code.label.sensitivity.name.lower()}")
