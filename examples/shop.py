"""A shop on real input: it collects, delivers, charges, refuses, forgets, and accounts for all of it.

The second act is about everybody else who wants something: banks, carriers, advertisers, guardians, the law, and the
shoppers themselves.

    python examples/shop.py                     # on ./shop.db, created on first use
    python examples/shop.py --database other.db --orders other.jsonl

A second run on the same database goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, cast

import attrs
from second_act import second_act
from shop_terms import (
    CARD,
    CONSIGNEE,
    POLICY,
    Delivery,
    Marketing,
    Order,
    Payment,
    attempt,
)

from obq_privacy import Clock, Guard, Purpose, Subject, evolve, reveal_all
from obq_privacy.errors import Denied, GrantInvalid, PrivacyError, RecordInvalid, SubjectInvalid

PURPOSES: dict[str, type[Purpose]] = {"delivery": Delivery, "payment": Payment, "marketing": Marketing}

# ── What the shop does ────────────────────────────────────────────────────────────────────────────────────


@attrs.define
class Shop:
    """The shop's day, and what it will tell of it."""

    guard: Guard
    counts: Counter[str] = attrs.field(factory=Counter[str])
    bad_rows: list[str] = attrs.field(factory=list[str])
    refused: Counter[str] = attrs.field(factory=Counter[str])
    first: dict[str, str] = attrs.field(factory=dict[str, str])

    def take(self, line: int, text: bytes) -> None:
        """Take one row: a bad one is reported by line and field, never by value."""
        try:
            row = read_row(text)
            shopper = self.register(row)
            self.fulfil(shopper, row)
        except BadRow as error:
            self.bad_rows.append(f"line {line}: {error}")
        except RecordInvalid as error:
            self.bad_rows.append(f"line {line}: {'; '.join(error.problems)}")
        except SubjectInvalid as error:
            self.bad_rows.append(f"line {line}: born: {error.problem.removeprefix('born ')}")
        except (Denied, GrantInvalid) as error:
            self.refused[f"{type(error).__name__} ({error.clause})"] += 1

    def register(self, row: dict[str, Any]) -> Subject:
        """Register the shopper with the consents of the row, each given once and never again after a withdrawal."""
        guardian = self.guard.subject(row["guardian"]) if row["guardian"] else None
        guardians = [guardian] if guardian else []
        shopper = self.guard.subject(row["shopper"], born=date.fromisoformat(row["born"]), guardians=guardians)
        for name in row["consents"]:
            shopper.grant(PURPOSES[name], by=guardian, method="checkbox", key=f"first order, {name}")
        return shopper

    def fulfil(self, shopper: Subject, row: dict[str, Any]) -> None:
        """Collect and keep an order unless an earlier run did, then deliver and charge it.

        A run that is killed after charging and before it says so charges again: the bank knows an order by its number.
        """
        name = f"order-{row['order']}"
        if name in self.guard.vault:
            order = self.guard.vault.load(Order, name)
        else:
            order = shopper.collecting(matter=row["order"]).collect_record(
                Order,
                number=row["order"],
                amount=Decimal(row["amount"]),
                goods=", ".join(row["goods"]),
                settled=False,
                **{field: row[field] for field in ("consignee", "address", "phone", "card", "id_number")},
            )
            self.guard.vault.keep(name, order)
            self.counts["orders collected"] += 1
        self.first.setdefault(row["shopper"], name)
        if order.settled:
            self.counts["orders settled by an earlier run"] += 1
            return
        deliver(order)
        charge(order)
        self.guard.vault.keep(name, evolve(order, settled=True))
        self.counts["orders delivered and charged"] += 1
        self.advertise(order)

    def advertise(self, order: Order) -> None:
        """Send an offer, to those who agreed to offers."""
        try:
            reveal_all(Marketing, order.consignee, order.phone)
            self.counts["offers sent"] += 1
        except Denied as error:
            self.refused[f"{type(error).__name__} ({error.clause})"] += 1


def deliver(order: Order) -> str:
    """Print the label of a parcel."""
    name, address, phone = reveal_all(Delivery, order.consignee, order.address, order.phone)
    return f"{name}\n{address}\n{phone}"


def charge(order: Order) -> str:
    """Tell the bank what it needs, and give the line for the receipt."""
    order.card.reveal(Payment)
    if order.id_number is not None:
        order.id_number.reveal(Payment)
    return f"{order.amount.reveal(Payment)} by card {order.card.mask(Payment)}"


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────


class BadRow(Exception):
    """A row that is no order, by field and never by value."""


FIELDS = {
    "order": str,
    "shopper": str,
    "born": str,
    "consignee": str,
    "address": str,
    "phone": str,
    "card": str,
    "amount": str,
    "goods": list,
    "consents": list,
}
OPTIONAL = {"guardian": str, "id_number": str}


def read_row(text: bytes) -> dict[str, Any]:
    """Read one line; what the items check is left to them."""
    row: dict[str, Any] = {"guardian": None, "id_number": None, **parsed(text)}
    problems = [f"{name}: is missing" for name in FIELDS if name not in row]
    kinds = FIELDS | {name: kind for name, kind in OPTIONAL.items() if row[name] is not None}
    given = kinds.keys() & row.keys()
    problems += [
        f"{name}: {problem}" for name in kinds if name in given and (problem := misfit(row[name], kinds[name]))
    ]
    if not problems:
        names = {"order": row["order"], "shopper": row["shopper"], "guardian": row["guardian"] or "nobody"}
        problems = [f"{name}: is blank" for name, value in names.items() if not value.strip()]
        checks = (("born", bad_date(row)), ("amount", bad_amount(row)))
        problems += [f"{name}: {problem}" for name, problem in checks if problem]
        problems += ["consents: unknown purpose" for name in row["consents"] if name not in PURPOSES]
    if problems:
        raise BadRow("; ".join(problems))
    return row


def misfit(value: object, kind: type[object]) -> str:
    """Say that a value is not of a type, is a list of other things than texts, or has halves of characters."""
    if not isinstance(value, kind):
        return f"is not of type {kind.__name__}"
    texts = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        return "is not a list of str"
    halves = any("\ud800" <= character <= "\udfff" for text in texts for character in str(text))
    return "has halves of characters" if halves else ""


def parsed(text: bytes) -> dict[str, Any]:
    """Read a JSON object in UTF-8."""
    try:
        row: object = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise BadRow("the line is not JSON") from None
    if not isinstance(row, dict):
        raise BadRow("the line is not an object")
    return cast("dict[str, Any]", row)


def bad_date(row: dict[str, Any]) -> str:
    """Say what is wrong with the birth date."""
    try:
        date.fromisoformat(row["born"])
    except ValueError:
        return "is no date"
    return ""


def bad_amount(row: dict[str, Any]) -> str:
    """Say what is wrong with the amount."""
    try:
        amount = Decimal(row["amount"])
    except InvalidOperation:
        return "is no number"
    if not amount.is_finite():
        return "is no number"
    return "is negative" if amount < 0 else ""


# ── The day ───────────────────────────────────────────────────────────────────────────────────────────────


def run(shop: Shop, orders: Path) -> None:
    """Take every row, then the withdrawals and one erasure, and what becomes of orders afterwards."""
    with orders.open("rb") as lines:  # by line feeds only, which is what separates rows
        for line, text in enumerate(lines, 1):
            shop.take(line, text)
    protect_child(shop.guard)
    withdraw(shop.guard)
    forget(shop.guard)


def protect_child(guard: Guard) -> None:
    """Show what is different for a child, if the child's order is here."""
    if "order-O-0017" not in guard.vault:
        return
    print("\nA child alone cannot consent:")
    child = guard.subject("shopper-17")
    attempt(lambda: child.grant(Delivery))
    order = guard.vault.load(Order, "order-O-0017")
    print(f"  and every value is sensitive: {order.address!r} is {order.address.label.sensitivity.name.lower()}")


def withdraw(guard: Guard) -> None:
    """Show what a withdrawal stops, and what it does not."""
    if "order-O-0005" not in guard.vault:
        return
    print("\nshopper-5 withdraws payment; a card that is in hand already stays shut:")
    order = guard.vault.load(Order, "order-O-0005")
    guard.subject("shopper-5").withdraw(Payment)
    attempt(lambda: order.card.reveal(Payment))
    print(f"  delivery goes on: {len(order.address.reveal(Delivery)) > 0}")


def forget(guard: Guard) -> None:
    """Show what an erasure leaves: nothing that opens, in this run or a later one."""
    print("\nshopper-9 asks to be forgotten; what was sealed for elsewhere cannot be opened by anyone:")
    shopper = guard.subject("shopper-9")
    if "order-O-0009" in guard.vault:
        order = guard.vault.load(Order, "order-O-0009")
        token = order.card.seal(record="payments/9")
        evidence = shopper.erase()
        print(f"  key {evidence.key_id[:8]}… destroyed, {evidence.vault_fields} vault fields deleted")
        attempt(lambda: guard.unseal(CARD, token, record="payments/9"))
        attempt(lambda: order.consignee.reveal(Delivery))
    elif shopper.standing.erased:
        print("  done by an earlier run")
        attempt(lambda: shopper.collect(CONSIGNEE, "somebody"))
    else:
        print("  there is nothing yet")


def account(guard: Guard) -> None:
    """Print who used what for what, what else was done, refusals with their clauses, and whether all of it is there."""
    uses: Counter[tuple[str, str, str]] = Counter()
    people: dict[tuple[str, str, str], set[str]] = {}
    work: Counter[tuple[str, str]] = Counter()
    denials: Counter[tuple[str, str, str]] = Counter()
    for entry in guard.audit.entries():
        for item in entry.items:
            if entry.outcome == "permit":
                unnamed = "any of its purposes" if entry.operation == "collect" else entry.basis
                key = (entry.operation, entry.purpose or unnamed, item)
                uses[key] += 1
                people.setdefault(key, set()).add(entry.subject)
            elif entry.outcome == "done":
                work[(entry.operation, item)] += 1
            else:
                denials[(entry.purpose or entry.operation, item, ", ".join(entry.clauses))] += 1
    print("\nWho used what for what, since the database was created:")
    for key, count in sorted(uses.items()):
        operation, purpose, item = key
        print(f"  {operation:<8} {item:<18} for {purpose:<20} {count:>5} times, {len(people[key]):>3} people")
    print("\nWhat was done for shoppers and for the law:")
    for (operation, item), count in sorted(work.items()):
        print(f"  {operation:<16} {item:<18} {count:>5} times")
    print("\nWhat was refused, and the clause that it keeps:")
    for (purpose, item, clauses), count in sorted(denials.items()):
        print(f"  {purpose:<10} {item:<18} {clauses:<16} {count:>5} times")
    head = guard.audit.verify()
    print(f"\nThe audit chain is whole up to segment {head.seq}.")


def main(arguments: list[str] | None = None, *, clock: Clock | None = None) -> None:
    """Run the shop."""
    parser = argparse.ArgumentParser(description="A shop that keeps its privacy policy.")
    parser.add_argument("--database", default="shop.db", help="an SQLite file, created on first use")
    parser.add_argument("--orders", type=Path, default=Path(__file__).parent / "data" / "orders.jsonl")
    options = parser.parse_args(arguments)
    try:
        with Guard.open(options.database, policy=POLICY, clock=clock) as guard:
            shop = Shop(guard)
            run(shop, options.orders)
            print(f"\nBad rows, {len(shop.bad_rows)}:", *shop.bad_rows, sep="\n  ")
            print("\nOrders:", *(f"{count:>5} {what}" for what, count in sorted(shop.counts.items())), sep="\n  ")
            print("\nRefused on the way:", *(f"{n:>5} {why}" for why, n in sorted(shop.refused.items())), sep="\n  ")
            second_act(guard, shop.first.values(), now=(clock or Clock()).now)
            account(guard)
    except PrivacyError as error:
        parser.exit(1, f"{type(error).__name__}: {error}\n")
    except OSError as error:
        parser.exit(1, f"{options.orders} cannot be read: {error.strerror}\n")


if __name__ == "__main__":
    main()
