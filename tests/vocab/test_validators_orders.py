"""The example orders: made by their script byte for byte, valid but for the rows that their README names."""

from __future__ import annotations

import importlib.util
import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from obq_privacy.vocab.validators import BankCard, IdentityNumber, MobileNumber, Text, identity_birth

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

DATA = Path(__file__).parents[2] / "examples" / "data"
FIELDS = [
    *("order", "placed", "shopper", "born", "guardian", "consignee", "address", "phone"),
    *("id_number", "card", "amount", "goods", "consents"),
]
TODAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that made the orders, without running it."""
    spec = importlib.util.spec_from_file_location("make_orders", DATA / "make_orders.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """The lines of the file."""
    return (DATA / "orders.jsonl").read_bytes().decode("utf-8").removesuffix("\n").split("\n")


def faults(row: dict[str, Any]) -> list[str]:
    """Name the fields of a row that do not fit."""
    name = Text(1, 60)
    checks: dict[str, Callable[[Any], bool]] = {
        "placed": lambda value: datetime.fromisoformat(value).utcoffset() is not None,
        "shopper": lambda value: re.fullmatch("shopper-[0-9]+", value) is not None,
        "born": lambda value: date(1900, 1, 1) <= date.fromisoformat(value) <= TODAY,
        "guardian": lambda value: value is None or re.fullmatch("shopper-[0-9]+", value) is not None,
        "consignee": lambda value: name(value) is None,
        "address": lambda value: Text(1, 200)(value) is None,
        "phone": lambda value: MobileNumber()(value) is None,
        "id_number": lambda value: value is None or IdentityNumber(today=lambda: TODAY)(value) is None,
        "card": lambda value: BankCard()(value) is None,
        "amount": lambda value: Decimal(value) > 0 and re.fullmatch(r"[0-9]+\.[0-9]{2}", value) is not None,
        "goods": lambda value: bool(value) and set(map(type, value)) == {str},
        "consents": lambda value: set(value) <= {"delivery", "payment", "marketing"},
    }
    found: list[str] = []
    for field, check in checks.items():
        try:
            fits = check(row[field])
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            found.append(field)
    return found


def good(lines: list[str], script: ModuleType) -> list[dict[str, Any]]:
    bad = {line for line, _ in script.malformed()}
    return [json.loads(text) for line, text in enumerate(lines, 1) if line not in bad]


def test_the_script_makes_the_same_bytes(script: ModuleType) -> None:
    """Whoever runs it gets the committed file."""
    assert (DATA / "orders.jsonl").read_bytes() == script.content().encode("utf-8")
    assert script.main(["--check"]) == 0


def test_the_readme_names_every_malformed_row(script: ModuleType) -> None:
    """Line and kind in the table are those of the script."""
    table = re.findall(r"^\| (\d+) \|[^|]*\| (.+) \|$", (DATA / "README.md").read_text("utf-8"), re.MULTILINE)
    assert [(int(line), kind) for line, kind in table] == script.malformed()


def test_every_other_row_is_valid(lines: list[str], script: ModuleType) -> None:
    """All fields in order, all of them fit, and an identity number tells the same birth as the row."""
    rows = good(lines, script)
    assert len(lines) == 201
    assert len(rows) == 188
    for row in rows:
        assert list(row) == FIELDS
        assert faults(row) == []
        assert row["id_number"] is None or identity_birth(row["id_number"]).isoformat() == row["born"]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (31, ["card"]),
        (47, ["address"]),
        (64, ["card"]),
        (81, ["id_number"]),
        (105, ["born"]),
        (120, ["consents"]),
        (134, ["amount"]),
        (147, ["phone"]),
        (172, ["born"]),
        (187, ["phone", "card"]),
    ],
)
def test_malformed_rows_are_wrong_in_their_fields_only(lines: list[str], line: int, fields: list[str]) -> None:
    """What the README says is wrong is wrong, and nothing else."""
    assert faults(json.loads(lines[line - 1])) == fields


def test_malformed_lines_are_no_objects(lines: list[str]) -> None:
    """One is cut, one is empty, one is a list."""
    for line in (12, 98):
        with pytest.raises(json.JSONDecodeError):
            json.loads(lines[line - 1])
    assert lines[97] == ""
    assert isinstance(json.loads(lines[158]), list)


def test_the_shoppers_are_whom_the_readme_promises(lines: list[str], script: ModuleType) -> None:
    """Sixty people, each the same in all orders; a child whose guardian is known before; all kinds of documents."""
    rows = good(lines, script)
    people: dict[str, dict[str, Any]] = {}
    for row in rows:
        told = {field: row[field] for field in FIELDS if field not in {"order", "placed", "amount", "goods"}}
        assert people.setdefault(row["shopper"], told) == told
        assert row["guardian"] is None or row["guardian"] in people
    assert len(people) == 60
    assert people["shopper-17"]["guardian"] == "shopper-3"
    assert [who for who, told in people.items() if told["guardian"]] == ["shopper-17"]
    birthdays = {who: date.fromisoformat(told["born"]) for who, told in people.items()}
    minors = {who: (TODAY - born).days // 365.25 for who, born in birthdays.items() if born.year > 2008}
    assert minors == {"shopper-17": 9, "shopper-29": 16}
    documents = [told["id_number"] for told in people.values() if told["id_number"]]
    assert sum(len(document) == 15 for document in documents) >= 5
    assert {document[:2] for document in documents} >= {"81", "82", "83", "94"}
    assert len(set(documents)) == len(documents)


def test_orders_are_numbered_and_in_time(lines: list[str], script: ModuleType) -> None:
    """Numbers are unique and rise with time."""
    rows = good(lines, script)
    assert [row["order"] for row in rows] == sorted({row["order"] for row in rows})
    assert [row["placed"] for row in rows] == sorted(row["placed"] for row in rows)
