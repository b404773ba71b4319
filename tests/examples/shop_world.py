"""The example shop as a process, and what its rows lead to, worked out by a second reading of them."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, cast

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples" / "shop.py"
ORDERS = ROOT / "examples" / "data" / "orders.jsonl"
DATABASE = "shop.db"

# Lines that are no orders, as examples/data/README.md lists them, with the fields that are wrong.
MALFORMED = {
    12: [],
    31: ["card"],
    47: ["address"],
    64: ["card"],
    81: ["id_number"],
    98: [],
    105: ["born"],
    120: ["consents"],
    134: ["amount"],
    147: ["phone"],
    159: [],
    172: ["born"],
    187: ["card", "phone"],
}
_UNREAD = {12, 31, 47, 98, 105, 120, 134, 159, 172}  # refused before anybody is registered
ERASED, WITHDRAWN = "shopper-9", "shopper-5"


class Expected(NamedTuple):
    """What a whole day leaves.

    Attributes:
        kept: rows of the orders that are collected and settled, by number.
        offers: how many orders an offer follows.
        refused: how many rows are refused for want of consent.
        bad: the malformed lines.
    """

    kept: dict[str, dict[str, Any]]
    offers: int
    refused: int
    bad: list[int]


def expected(lines: int = 10**6) -> Expected:
    """Read the first rows and say what comes of them, in the plainest way."""
    consents: dict[str, set[str]] = {}
    kept: dict[str, dict[str, Any]] = {}
    offers = refused = 0
    bad = [line for line in MALFORMED if line <= lines]
    for line, text in enumerate(ORDERS.read_bytes().split(b"\n")[:lines], 1):
        if line in _UNREAD or not text:
            continue
        row = json.loads(text)
        agreed = consents.setdefault(row["shopper"], set())
        agreed.update(row["consents"])
        if line in MALFORMED:
            continue
        if not {"delivery", "payment"} <= agreed:
            refused += 1
            continue
        kept[row["order"]] = row
        offers += "marketing" in agreed
    return Expected(kept, offers, refused, bad)


def command(folder: Path, lines: int | None = None) -> list[str]:
    """Give the command that runs the shop, on the first rows only where a number is given."""
    orders = ORDERS
    if lines is not None:
        orders = folder.parent / f"{lines}.jsonl"
        orders.write_bytes(b"\n".join(ORDERS.read_bytes().split(b"\n")[:lines]) + b"\n")
    return [sys.executable, str(SHOP), "--database", DATABASE, "--orders", str(orders)]


def run(folder: Path, lines: int | None = None) -> str:
    """Run the shop to its end and return what it said."""
    done = subprocess.run(command(folder, lines), cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def counts(said: str) -> dict[str, int]:
    """Read the part of the account that counts orders."""
    part = said.partition("\nOrders:\n")[2].partition("\n\n")[0]
    return {what: int(count) for count, what in re.findall(r"^ +(\d+) (.+)$", part, re.MULTILINE)}


def values_of(rows: list[dict[str, Any]]) -> set[str]:
    """Give everything that rows say of people and of what they bought."""
    found: set[str] = set()
    for row in rows:
        for field, value in row.items():
            if field not in {"consents", "order"}:
                parts = cast("list[object]", value) if isinstance(value, list) else [value]
                found.update(str(part) for part in parts if part is not None)
    return found


def load_shop() -> Any:
    """Import examples/shop.py, with its folder on the path as for a script."""
    spec = importlib.util.spec_from_file_location("shop_of_the_tests", SHOP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(SHOP.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SHOP.parent))
    return module


def uses(shop: Any, folder: Path, item: str, purpose: str, outcome: str = "permit") -> int:
    """Count uses on record."""
    with shop.Guard.open(folder / DATABASE, policy=shop.POLICY) as guard:
        found = guard.audit.entries(item=item, purpose=purpose, outcome=outcome)
        return sum(entry.operation == "use" for entry in found)


def check_outcome(shop: Any, folder: Path, due: Expected) -> None:
    """Check that the vault has exactly the orders that are due, settled and as they were written."""
    with shop.Guard.open(folder / DATABASE, policy=shop.POLICY) as guard:
        guard.audit.verify()
        for number, row in due.kept.items():
            name = f"order-{number}"
            assert (name in guard.vault) == (row["shopper"] != ERASED), name
            if row["shopper"] == ERASED:
                continue
            order = guard.vault.load(shop.Order, name)
            told = shop.reveal_all(shop.Delivery, order.consignee, order.address, order.phone)
            assert told == (row["consignee"], row["address"], row["phone"])
            assert (order.number, order.settled) == (number, True)
            assert order.goods.reveal(shop.Delivery) == ", ".join(row["goods"])
            if row["shopper"] != WITHDRAWN:
                assert shop.reveal_all(shop.Payment, order.card, order.amount) == (row["card"], Decimal(row["amount"]))
        shoppers = {row["shopper"] for row in due.kept.values()}
        kept = {name for shopper in shoppers for name in guard.vault.records(guard.subject(shopper))}
        assert kept == {f"order-{number}" for number, row in due.kept.items() if row["shopper"] != ERASED}


def traces(folder: Path, values: set[str]) -> dict[str, str]:
    """Find values in the bytes of files, spelled as UTF-8, UTF-16, hex or escaped JSON; short ones occur by chance."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        folded = content.lower()
        for value in values:
            plain = value.encode()
            if len(plain) < 6:
                continue
            spellings = (plain, value.encode("utf-16-le"), value.encode("utf-16-be"), json.dumps(value)[1:-1].encode())
            if any(each in content for each in spellings) or plain.hex().encode() in folded:
                found[value] = path.name
    return found
