"""What the library costs, as ratios to raw AES-256-GCM measured in the same run.

    python benchmarks/cost.py            # the table
    python benchmarks/cost.py --check    # exit status 1 when a limit is not kept

Raw is `AESGCM` of the `cryptography` package with a reused object on 18 bytes, with 32 bytes of associated data. Every
row is measured in turns with raw, and the median of the ratios counts: what else the machine does hits both alike.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from obq_privacy import (
    Category,
    ConsentEvent,
    EventKind,
    Guard,
    Operation,
    PersonalItem,
    Policy,
    Pseudonym,
    Purpose,
    Request,
    SensitiveItem,
    Standing,
    additional,
    basic,
    decide,
)
from obq_privacy.consent import standing_of
from obq_privacy.errors import Denied

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 41
VALUE = "622202123456789012"
OWN = ("values", "guard")


class Delivery(Purpose):
    """Bring the order."""


class Payment(Purpose):
    """Take the money."""


class Marketing(Purpose):
    """Tell about offers."""


NAME = PersonalItem("consignee-name", str, Delivery | Payment)
CARD = SensitiveItem("bank-card", str, Payment, category=Category.BANK_ACCOUNT)
POLICY = Policy(
    version="bench",
    controller="Bench",
    purposes=[
        basic(Delivery, necessary=[NAME]),
        basic(Payment, necessary=[CARD], optional=[NAME]),
        additional(Marketing),
    ],
)


class Row(NamedTuple):
    """A measured figure and its limit."""

    what: str
    measured: float
    limit: float
    unit: str


def timed(call: Callable[[], object], count: int) -> float:
    """Return seconds per call."""
    repeat = range(count)
    began = time.perf_counter()
    for _ in repeat:
        call()
    return (time.perf_counter() - began) / count


def ratio(call: Callable[[], object], raw: Callable[[], object], *, count: int) -> float:
    """Return the median over the turns of the time of `call` in units of the time of `raw`."""
    timed(call, count)
    timed(raw, count)
    found: list[float] = []
    gc.disable()
    try:
        for _ in range(TURNS):
            before = timed(raw, count)
            mine = timed(call, count)
            found.append(mine * 2 / (before + timed(raw, count)))
    finally:
        gc.enable()
    return statistics.median(found)


def speed(guard: Guard) -> list[Row]:
    """Measure the operations on values."""
    key = AESGCM(os.urandom(32))
    nonce, context, plain = os.urandom(12), os.urandom(32), VALUE.encode()
    sealed = key.encrypt(nonce, plain, context)
    shopper = guard.subject("shopper", born=dt.date(1990, 5, 1))
    shopper.grant(Delivery, Payment)
    name, card = shopper.collect(NAME, VALUE), shopper.collect(CARD, VALUE)

    def decrypt() -> object:
        return key.decrypt(nonce, sealed, context)

    def encrypt() -> object:
        return key.encrypt(os.urandom(12), plain, context)

    def refused() -> None:
        try:
            card.reveal(Marketing)  # type: ignore[arg-type]
        except Denied:
            return
        raise AssertionError

    standing, label, request = cold_subject(), card.label, Request(Operation.USE, Payment)
    now = dt.datetime.now(dt.UTC)
    return [
        Row(
            "reveal a Personal value, journal on",
            ratio(lambda: name.reveal(Payment), decrypt, count=500),
            2,
            "x decrypt",
        ),
        Row(
            "reveal a Sensitive value, journal on",
            ratio(lambda: card.reveal(Payment), decrypt, count=500),
            3,
            "x decrypt",
        ),
        Row(
            "collect a Sensitive value", ratio(lambda: shopper.collect(CARD, VALUE), encrypt, count=300), 4, "x encrypt"
        ),
        Row("a refused reveal", ratio(refused, decrypt, count=300), 10, "x decrypt"),
        Row(
            "decide() on a cold subject with ten consents",
            ratio(lambda: decide(guard.policy, standing(), label, request, now), decrypt, count=100),
            40,
            "x decrypt",
        ),
    ]


def cold_subject() -> Callable[[], Standing]:
    """Make a function that folds ten consents anew at each call."""
    subject = Pseudonym("0" * 32)
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    events = [
        ConsentEvent(
            id=f"{number:032x}",
            key=str(number),
            kind=EventKind.GRANT,
            subject=subject,
            actor=subject,
            purposes=("payment",),
            version="bench",
            at=at + dt.timedelta(hours=number),
        )
        for number in range(10)
    ]
    return lambda: standing_of(events, subject=subject, born=dt.date(1990, 5, 1))


def memory(guard: Guard) -> list[Row]:
    """Measure bytes for each wrapper beyond the bytes of its payload."""
    shopper = guard.subject("shopper", born=dt.date(1990, 5, 1))
    shopper.grant(Delivery, Payment)
    texts = [f"{number:018d}" for number in range(10_000)]
    rows: list[Row] = []
    for what, item, limit, own in (("Personal", NAME, 72, 0), ("Sensitive", CARD, 160, len(VALUE))):
        collect: Callable[[str], Any] = partial(shopper.collect, item)
        for text in texts[:10]:
            collect(text)
        gc.collect()
        tracemalloc.start()
        held = [collect(text) for text in texts]
        # What the journal buffers meanwhile is not the wrappers': only allocations by these two packages count.
        mine = [tracemalloc.Filter(inclusive=True, filename_pattern=f"*/obq_privacy/{name}/*") for name in OWN]
        grown = sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(mine).traces)
        tracemalloc.stop()
        assert len(held) == len(texts)
        rows.append(Row(f"memory of a {what} value beyond its payload", grown / len(texts) - own, limit, "bytes"))
    return rows


def importing() -> Row:
    """Measure the import of the package beyond attrs and cryptography, in fresh processes."""
    code = (
        "import attrs, time; from cryptography.hazmat.primitives.ciphers.aead import AESGCM;"
        "began = time.perf_counter(); import obq_privacy; print((time.perf_counter() - began) * 1000)"
    )
    # Compiled modules are cached, as in any installation.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    runs = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment).stdout)
        for _ in range(11)
    ]
    return Row("importing the package beyond attrs and cryptography", statistics.median(runs[1:]), 40, "ms")


def opening(folder: Path, subjects: int) -> Row:
    """Measure opening a guard on many subjects against opening one on ten."""

    def opened(place: Path) -> float:
        began = time.perf_counter()
        with Guard.open(place, policy=POLICY):
            return time.perf_counter() - began

    few, many = folder / "few.db", folder / "many.db"
    for place in (few, many):
        with Guard.open(place, policy=POLICY) as guard:
            for number in range(10):
                guard.subject(f"shopper-{number}", born=dt.date(1990, 5, 1))
    multiply(many, subjects)
    turns = [(opened(many), opened(few)) for _ in range(15)]
    return Row(
        f"opening a guard on {subjects:,} subjects",
        statistics.median(large / small for large, small in turns),
        1.5,
        "x on ten",
    )


def multiply(place: Path, subjects: int) -> None:
    """Copy a subject and its key until the store has many."""
    numbers = "WITH RECURSIVE count (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM count WHERE i < ?)"
    one_key = "(SELECT * FROM keys WHERE subject != '' LIMIT 1)"
    one_subject = "(SELECT * FROM subjects LIMIT 1)"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(
            f"{numbers} INSERT INTO keys SELECT randomblob(16), printf('%032x', i), kek, wrapped, NULL"
            f" FROM count, {one_key}",
            (subjects,),
        )
        connection.execute(
            f"{numbers} INSERT INTO subjects SELECT NULL, printf('%032x', i), randomblob(32), key_id, profile,"
            f" NULL, NULL FROM count, {one_subject}",
            (subjects,),
        )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is not kept")
    parser.add_argument("--subjects", type=int, default=1_000_000, help="of the large store")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Guard.open(folder / "cost.db", policy=POLICY, lease=dt.timedelta(seconds=1)) as guard:
            rows = [*speed(guard), *memory(guard)]
        rows += [importing(), opening(folder, options.subjects)]
    print(f"{'what':<52} {'measured':>9} {'at most':>8}")
    for row in rows:
        kept = "" if row.measured <= row.limit else "   ← over"
        print(f"{row.what:<52} {row.measured:>9.2f} {row.limit:>8g} {row.unit}{kept}")
    return int(options.check and any(row.measured > row.limit for row in rows))


if __name__ == "__main__":
    sys.exit(main())
