"""The README's table of refusals holds, row by row. Its programs are run as they stand by the suite itself."""

from __future__ import annotations

import builtins
import json
import os
import pickle
import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from obq_privacy import (
    Category,
    Clock,
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
    combine,
    errors,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

README = Path(__file__).resolve().parents[2] / "README.md"


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Payment(Purpose):
    """Take the money for the order."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class Points(Purpose):
    """Collect points with each payment."""


class Undeclared(Purpose):
    """No policy speaks of this."""


NAME = PersonalItem("consignee-name", str, Delivery | Payment | Marketing)
CARD = SensitiveItem("bank-card", str, Payment | Points, category=Category.BANK_ACCOUNT)
NOTE = PersonalItem("note", str, Delivery | Marketing)
RULES = [
    basic(Delivery, necessary=[NAME, NOTE]),
    basic(Payment, necessary=[CARD]),
    additional(Marketing, optional=[NAME]),
    additional(Points, optional=[CARD], requires=[Payment]),
]
POLICY = Policy(version="1", controller="Shop", purposes=RULES, retention=[Retention(NOTE, timedelta(days=30))])


class World:
    """A shop in memory with a clock of its own, and one shopper who agreed to everything but marketing."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.shopper = guard.subject("shopper", born=date(1990, 5, 1))
        self.shopper.grant(Delivery, Payment)

    now = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1_000_000_000

    def name(self) -> Personal[str, Delivery | Payment | Marketing]:
        return self.shopper.collect(NAME, "Li Lei")

    def card(self) -> Sensitive[str, Payment | Points]:
        return self.shopper.collect(CARD, "6222021234567890128")


@contextmanager
def world() -> Generator[World]:
    clock = Clock(wall_ns=lambda: World.now, monotonic_ns=lambda: World.now)
    before = World.now
    with Guard.in_memory(policy=POLICY, clock=clock) as guard:
        yield World(guard)
    World.now = before


def raised(use: Callable[[], object]) -> str:
    """Give the name of the error."""
    try:
        use()
    except Exception as error:  # noqa: BLE001  every one is compared by name
        return type(error).__name__
    return "nothing"


# ── One function for each row: what it raises, in the order of the row ────────────────────────────────────


def other_purpose(it: World) -> list[str]:
    card: Any = it.card()
    return [raised(lambda: card.reveal(Marketing))]


def nothing_in_common(it: World) -> list[str]:
    it.shopper.grant(Marketing)
    join: Any = combine
    both: Any = join("{}{}".format, it.card(), it.name())
    return [raised(lambda: both.reveal(Delivery))]


def consents(it: World) -> list[str]:
    name = it.name()
    found = [raised(lambda: name.reveal(Marketing))]
    it.shopper.grant(Marketing)
    it.shopper.withdraw(Marketing)
    found.append(raised(lambda: name.reveal(Marketing)))
    other = it.guard.subject("other", born=date(1990, 5, 1))
    other.grant(Delivery)
    other.refuse(Marketing)
    hers = other.collect(NAME, "Han Meimei")
    found.append(raised(lambda: hers.reveal(Marketing)))
    third = it.guard.subject("third", born=date(1990, 5, 1))
    third.grant(Delivery, valid_for=timedelta(days=1))
    his = third.collect(NAME, "Wang")
    World.now += 24 * 3600 * 10**9
    found.append(raised(lambda: his.reveal(Delivery)))
    return found


def older_text(_: World) -> list[str]:
    place = "older-text.db"
    with Guard.open(place, policy=POLICY) as guard:
        guard.subject("shopper", born=date(1990, 5, 1)).grant(Delivery, Marketing)
    rules = [*RULES[:2], additional(Marketing, optional=[NAME, NOTE]), RULES[3]]
    with Guard.open(place, policy=Policy(version="2", controller="Shop", purposes=rules)) as guard:
        note = guard.subject("shopper").collect(NOTE, "ring twice")
        assert note.reveal(Delivery) == "ring twice"
        return [raised(lambda: note.reveal(Marketing))]


def gap(it: World) -> list[str]:
    name: Any = it.name()
    stranger = PersonalItem("strange", str, Delivery)
    uses: list[Callable[[], object]] = [lambda: name.reveal(Undeclared), lambda: it.shopper.collect(stranger, "x")]
    found = {raised(use) for use in uses}
    return [*found]


def not_needed(it: World) -> list[str]:
    it.shopper.grant(Marketing)
    note = it.shopper.collect(NOTE, "ring twice")
    return [raised(lambda: note.reveal(Marketing))]


def children(it: World) -> list[str]:
    youth = it.guard.subject("youth", born=date(2012, 11, 2))
    parent = it.guard.subject("parent", born=date(1980, 1, 1))
    child = it.guard.subject("child", born=date(2016, 1, 1), guardians=[parent])
    child.grant(Delivery, by=parent)
    assert raised(lambda: youth.grant(Delivery)) == errors.GuardianRequired.__name__
    assert issubclass(errors.GuardianRequired, errors.GrantInvalid)
    with Guard.in_memory(policy=POLICY) as guard:  # a birth date that is corrected makes an older consent not count
        later = guard.subject("later", born=date(1990, 1, 1))
        later.grant(Delivery)
        name = later.collect(NAME, "Xiaoyu")
        later.update(born=datetime.now(UTC).date() - timedelta(days=9 * 365))
        return [raised(lambda: name.reveal(Delivery)), errors.GrantInvalid.__name__]


def built_on(it: World) -> list[str]:
    it.shopper.grant(Points)
    card = it.card()
    it.shopper.withdraw(Payment)
    return [raised(lambda: card.reveal(Points))]


def retention(it: World) -> list[str]:
    note = it.shopper.collect(NOTE, "ring twice")
    World.now += 30 * 24 * 3600 * 10**9
    return [raised(lambda: note.reveal(Delivery))]


def erased(it: World) -> list[str]:
    name, card = it.name(), it.card()
    both = combine("{}{}".format, name, card)
    token = card.seal(record="7")
    it.shopper.erase()
    found = {raised(lambda: name.reveal(Delivery)), raised(lambda: both.reveal(Payment))}
    return [*found, raised(lambda: it.guard.unseal(CARD, token, record="7"))]


def accidents(it: World) -> list[str]:
    name: Any = it.name()
    uses: list[Callable[[], object]] = [
        lambda: str(name),
        lambda: f"{name}",
        lambda: name == "Li Lei",
        lambda: bool(name),
        lambda: pickle.dumps(name),
    ]
    found = {raised(use) for use in uses}
    plain: list[Callable[[], object]] = [
        lambda: json.dumps(name),
        lambda: {name: 1},
        lambda: list(name),
        lambda: name + "",
    ]
    return [*found, *{raised(use) for use in plain}]


def wider_field(it: World) -> list[str]:
    field: Any = it.card()
    return [raised(lambda: field.reveal(Delivery))]


def moved(it: World) -> list[str]:
    token = it.card().seal(record="7")
    other = it.guard.subject("other", born=date(1990, 5, 1))
    other.grant(Payment)
    relabelled = token.replace(b'"sensitivity":3', b'"sensitivity":1').replace(b'"version":"1"', b'"version":"2"')
    assert relabelled != token
    uses: list[Callable[[], object]] = [
        lambda: it.guard.unseal(CARD, token, record="8"),
        lambda: it.guard.unseal(NAME, token, record="7"),
        lambda: it.guard.unseal(CARD, relabelled, record="7"),
        lambda: it.guard.unseal(CARD, token[:2] + other.collect(CARD, "x").seal()[2:18] + token[18:], record="7"),
    ]
    return [*{raised(use) for use in uses}]


def changed_policy(_: World) -> list[str]:
    with Guard.open("changed.db", policy=POLICY):
        pass
    changed = Policy(version="1", controller="Another Shop", purposes=RULES)
    return [raised(lambda: Guard.open("changed.db", policy=changed))]


def unrecorded(_: World) -> list[str]:
    with Guard.open("unrecorded.db", policy=POLICY) as guard:
        shopper = guard.subject("shopper", born=date(1990, 5, 1))
        shopper.grant(Delivery)
        name = shopper.collect(NAME, "Li Lei")
        journal = Path("unrecorded.db.journal")
        list(guard.audit.entries())
        aside = journal.rename("aside")
        try:
            found = raised(lambda: [name.reveal(Delivery) for _ in range(10_000)])
        finally:
            aside.rename(journal)
        assert name.reveal(Delivery) == "Li Lei"
        return [found]


ROWS: dict[str, Callable[[World], list[str]]] = {
    "use for a purpose that the item does not name": other_purpose,
    "combining values whose purposes have nothing in common": nothing_in_common,
    "use without consent, after withdrawal, refusal or expiry": consents,
    "use on a consent to an older text that did not say this": older_text,
    "a purpose or an item that the policy does not speak of": gap,
    "asking for what the purpose does not need": not_needed,
    "a child's or minor's own consent where a guardian's is needed": children,
    "a function on top of another one without consent to that": built_on,
    "use after the retention period": retention,
    "anything of an erased subject: old wrappers, derived values, tokens, backups": erased,
    "`str`, f-string, `==`, `bool`, pickling, JSON, logging of a wrapper": accidents,
    "a record field annotated for more purposes than its item has": wider_field,
    "a sealed value moved to another row, column or person, or relabelled": moved,
    "opening with a changed policy under a used version": changed_policy,
    "a use that cannot be recorded (disk full)": unrecorded,
}


def table() -> dict[str, list[str]]:
    """Give the rows of the table of refusals: what, and the errors that the last column names."""
    section = README.read_text("utf-8").partition("## What is refused, and how")[2].partition("\n## ")[0]
    rows = [line.strip("|").rsplit("|", 1) for line in section.splitlines() if line.startswith("| ")][1:]
    return {what.split(" | ", 1)[0].strip(): re.findall(r"`(\w+)`", how) for what, how in rows}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(tmp_path)
    yield
    os.chdir(before)


def test_every_row_is_tried() -> None:
    """The table and this module speak of the same refusals."""
    assert set(table()) == set(ROWS)


def test_every_error_in_the_table_is_one() -> None:
    """What the table calls an error can be imported from obq_privacy.errors, or is built in."""
    for named in table().values():
        assert all(hasattr(errors, name) or hasattr(builtins, name) for name in named)


@pytest.mark.parametrize("what", ROWS)
def test_the_row_holds(what: str) -> None:
    """What the row describes raises what the row says."""
    with world() as it:
        found = ROWS[what](it)
    assert found == table()[what]


def test_the_commands_are_one_line_each() -> None:
    """The README has two commands to copy, each one line, marked so that .ci/run finds and runs them."""
    text = README.read_text("utf-8")
    for mark in ("demo", "tests"):
        block = text.partition(f"<!-- {mark} -->")[2].partition("```console\n")[2].partition("```")[0]
        assert len(block.splitlines()) == 1
        assert block.startswith("python3 ")
