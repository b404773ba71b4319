"""Commands as they are run: processes of their own, in a folder with an application and its database."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cli_shop import AMOUNT, BANK, CARD, NAME, POLICY, Delivery, Marketing, Payment

from obq_privacy import Guard, Personal, Sensitive, errors, held_as, record

if TYPE_CHECKING:
    from collections.abc import Generator

HERE = Path(__file__).parent
SHOPPER = "shopper-42-Han-Meimei"
OTHER = "shopper-7-Li-Lei"
NAME_VALUE = "Han Meimei of Canary Row"
CARD_VALUE = "6222021234567890128"
VALUES = (SHOPPER, OTHER, NAME_VALUE, CARD_VALUE)
ADULT = date(1990, 5, 1)


@record
class Order:
    """One order of the shop."""

    number: str
    name: Personal[str, Delivery | Payment | Marketing] = held_as(NAME)
    card: Sensitive[str, Payment] = held_as(CARD)
    amount: Sensitive[int, Payment] = held_as(AMOUNT)


class Ran(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Its one line on standard error."""
        (line,) = self.err.splitlines()
        return line


def run(folder: Path, *words: object, stdin: str = "", **environment: str) -> Ran:
    """Run a command of the library in a folder; whatever it says, it says without a traceback and without a value."""
    done = subprocess.run(
        [sys.executable, "-m", "obq_privacy", *map(str, words)],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stderr, done.stderr
    for value in VALUES:
        assert value not in done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def make_folder(folder: Path) -> None:
    """Put an application into a folder, with a database in which two people are known and one has withdrawn."""
    shutil.copy(HERE / "cli_shop.py", folder)
    with Guard.open(folder / "shop.db", policy=POLICY) as guard:
        for name in (SHOPPER, OTHER):
            shopper = guard.subject(name, born=ADULT)
            shopper.grant(Delivery, Payment)
            order = shopper.collecting(matter="881").collect_record(
                Order, number="881", name=NAME_VALUE, card=CARD_VALUE, amount=1999
            )
            guard.vault.keep(f"order-{name}", order)
            order.card.reveal(Payment)
            refused(lambda order=order: order.name.reveal(Marketing))
        shopper = guard.subject(SHOPPER)
        shopper.choose(Payment, BANK, matter="881")
        guard.vault.load(Order, f"order-{SHOPPER}").card.share(Payment, to=BANK)
        other = guard.subject(OTHER)
        other.withdraw(Payment)
        card = guard.vault.load(Order, f"order-{OTHER}").card
        refused(lambda: card.reveal(Payment))


def refused(use: Any) -> None:
    """Try something that the policy refuses."""
    try:
        use()
    except errors.Denied:
        return
    raise AssertionError("it was permitted")


def pseudonym(folder: Path, name: str) -> str:
    """Give the pseudonym of somebody."""
    with Guard.open(folder / "shop.db", policy=POLICY) as guard:
        return guard.subject(name).pseudonym


def people(folder: Path) -> int:
    """Count who is registered."""
    with sql(folder) as database:
        ((count,),) = database.execute("SELECT count(*) FROM subjects").fetchall()
    return int(count)


@contextmanager
def sql(folder: Path) -> Generator[sqlite3.Connection]:
    """Open the database as whoever tampers with it would."""
    with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as database:
        yield database


def snapshot(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
