"""The programs of the blueprint, as written, and what every refused line of them raises."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest

from obq_privacy import (
    Category,
    Guard,
    Personal,
    PersonalItem,
    Policy,
    Protected,
    Purpose,
    Sensitive,
    SensitiveItem,
    additional,
    basic,
    combine,
    held_as,
    record,
    reveal_all,
)
from obq_privacy.errors import AccidentalUse, ConsentWithdrawn, PurposeNotAllowed

if TYPE_CHECKING:
    from pathlib import Path


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Payment(Purpose):
    """Take the money for the order."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


CONSIGNEE = PersonalItem("consignee-name", str, Delivery | Payment)
BANK_CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT)

POLICY = Policy(
    version="2026-11",
    controller="Example Shop",
    purposes=[
        basic(Delivery, necessary=[CONSIGNEE]),
        basic(Payment, necessary=[BANK_CARD], optional=[CONSIGNEE]),
        additional(Marketing),
    ],
)


@record
class Order:
    """One order."""

    number: str
    consignee: Personal[str, Delivery | Payment] = held_as(CONSIGNEE)
    card: Sensitive[str, Payment] = held_as(BANK_CARD)


@pytest.mark.clause("DEF-2", "USE-2", "PROT-1", "PROT-2", "RIGHT-4")
def test_the_first_program_runs_as_written(tmp_path: Path) -> None:
    """Every line of the first program does what its comment says."""
    with Guard.open(tmp_path / "privacy.db", policy=POLICY) as guard:
        shopper = guard.subject("shopper-42", born=date(1990, 5, 1))
        shopper.grant(Delivery, Payment)

        name = shopper.collect(CONSIGNEE, "Li Lei")
        card = shopper.collect(BANK_CARD, "6222021234567890128")
        assert (type(name), type(card)) == (Personal, Sensitive)

        assert card.reveal(Payment) == "6222021234567890128"
        with pytest.raises(PurposeNotAllowed) as not_allowed:
            card.reveal(Marketing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        assert (not_allowed.value.items, not_allowed.value.purpose) == (("bank-card",), "marketing")
        line: Protected[str, Payment] = combine("{} / {}".format, name, card)
        assert line.reveal(Payment) == "Li Lei / 6222021234567890128"
        with pytest.raises(AccidentalUse):
            print(f"paying with {card}")  # noqa: T201
        shopper.withdraw(Payment)
        with pytest.raises(ConsentWithdrawn) as withdrawn:
            line.reveal(Payment)
        assert withdrawn.value.clause == "RIGHT-4"
        assert name.reveal(Delivery) == "Li Lei"

        said = [(entry.operation, entry.outcome, entry.items, entry.purpose) for entry in guard.audit.entries()]
    assert said == [
        ("collect", "permit", ("consignee-name",), ""),
        ("collect", "permit", ("bank-card",), ""),
        ("use", "permit", ("bank-card",), "payment"),
        ("use", "deny", ("bank-card",), "marketing"),
        ("use", "permit", ("bank-card", "consignee-name"), "payment"),
        ("use", "deny", ("consignee-name",), "payment"),
        ("use", "deny", ("bank-card",), "payment"),
        ("use", "permit", ("consignee-name",), "delivery"),
    ]


@pytest.mark.clause("DEF-2", "PROT-1")
def test_the_record_program_runs_as_written(tmp_path: Path) -> None:
    """A record is collected, kept sealed, loaded and revealed with one record of the audit."""
    with Guard.open(tmp_path / "privacy.db", policy=POLICY) as guard:
        shopper = guard.subject("shopper-42", born=date(1990, 5, 1))
        shopper.grant(Delivery, Payment)
        order = shopper.collect_record(Order, number="881", consignee="Li Lei", card="6222021234567890128")
        guard.vault.keep("order-881", order)
        order = guard.vault.load(Order, "order-881")
        name, card = reveal_all(Payment, order.consignee, order.card)
        assert (order.number, name, card) == ("881", "Li Lei", "6222021234567890128")
        assert [entry.items for entry in guard.audit.entries(purpose=Payment)] == [("bank-card", "consignee-name")]


SECOND = """
import json, sys
sys.path.insert(0, sys.argv[1])
from test_first_program import BANK_CARD, CONSIGNEE, POLICY, Delivery, Marketing, Order, Payment
from obq_privacy import Guard, combine
from obq_privacy.errors import Denied

def what(use):
    try:
        return use()
    except Denied as error:
        return type(error).__name__

with Guard.open(sys.argv[2], policy=POLICY) as guard:
    order = guard.vault.load(Order, "order-881")
    line = combine("{} / {}".format, order.consignee, order.card)
    name, card = order.consignee, order.card
    asked = (name, Delivery), (name, Payment), (card, Payment), (line, Payment), (card, Marketing)
    print(json.dumps([what(lambda: value.reveal(purpose)) for value, purpose in asked]))
"""


@pytest.mark.clause("RIGHT-4", "USE-2")
def test_a_second_process_sees_it(tmp_path: Path) -> None:
    """What one process has granted, kept and withdrawn is what another one finds."""

    def ask() -> list[str]:
        here = str(__file__).rpartition("/")[0]
        command = [sys.executable, "-c", SECOND, here, str(tmp_path / "privacy.db")]
        answer: list[str] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return answer

    with Guard.open(tmp_path / "privacy.db", policy=POLICY) as guard:
        shopper = guard.subject("shopper-42", born=date(1990, 5, 1))
        shopper.grant(Delivery, Payment)
        order = shopper.collect_record(Order, number="881", consignee="Li Lei", card="6222021234567890128")
        guard.vault.keep("order-881", order)
        number = "6222021234567890128"
        assert ask() == ["Li Lei", "Li Lei", number, f"Li Lei / {number}", "PurposeNotAllowed"]
        shopper.withdraw(Payment)
        gone = "ConsentWithdrawn"
        assert ask() == ["Li Lei", gone, gone, gone, "PurposeNotAllowed"]
