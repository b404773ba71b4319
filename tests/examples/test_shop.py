"""The example shop, run as people run it: a process in an empty folder, twice, killed, and on rows of any kind."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from shop_world import (
    DATABASE,
    MALFORMED,
    ORDERS,
    ROOT,
    check_outcome,
    command,
    counts,
    expected,
    load_shop,
    run,
    traces,
    uses,
    values_of,
)

if TYPE_CHECKING:
    from pathlib import Path

FEW = 30  # rows: the child's, the withdrawer's and the erased shopper's first orders are among them
KILLS = 30 if os.environ.get("OBQ_PROFILE") == "long" else 3


@pytest.fixture(scope="module")
def shop() -> Any:
    return load_shop()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give the folder and the account of one whole day, which nobody changes."""
    folder = tmp_path_factory.mktemp("day") / "shop"
    folder.mkdir()
    return folder, run(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "shop"
    path.mkdir()
    return path


def test_the_data_is_what_its_readme_says() -> None:
    """The second reading of the rows that these tests go by agrees with the page beside them."""
    page = (ROOT / "examples" / "data" / "README.md").read_text("utf-8")
    listed = [int(line.split("|")[1]) for line in page.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert listed == sorted(MALFORMED)
    assert len(ORDERS.read_bytes().split(b"\n")) - 1 == 201


def test_every_good_row_is_collected_delivered_and_charged(day: tuple[Path, str]) -> None:
    """The counts of the account are those that a second reading of the rows gives."""
    due = expected()
    assert counts(day[1]) == {
        "orders collected": len(due.kept),
        "orders delivered and charged": len(due.kept),
        "offers sent": due.offers,
    }
    assert f"{due.refused + len(due.kept) - due.offers} ConsentMissing (USE-2)" in day[1]


def test_every_bad_row_is_named_by_line_and_field(day: tuple[Path, str]) -> None:
    """Each malformed line is reported once, with the fields that are wrong, all of them."""
    part = day[1].partition("Bad rows, 13:\n")[2].partition("\n\n")[0]
    reported = {int(line.split()[1].rstrip(":")): line for line in part.splitlines()}
    assert sorted(reported) == sorted(MALFORMED)
    for line, fields in MALFORMED.items():
        assert all(f" {field}: " in reported[line] for field in fields), reported[line]


@pytest.mark.clause("PROT-1")
def test_the_account_tells_no_value(day: tuple[Path, str]) -> None:
    """Nothing that any row says of anybody is in the output, malformed rows included."""
    values = values_of(list(expected().kept.values()))
    for line in MALFORMED:
        text = ORDERS.read_bytes().split(b"\n")[line - 1].decode()
        row: Any = json.loads(text) if text and line != 12 else {"cut": text.split('"')}
        values |= values_of([row if isinstance(row, dict) else {"list": row}])
    told = {"shopper-5", "shopper-9"}  # the account names them, as its stories are about them
    labels = {"order", "placed", "shopper", "born", "guardian", "consignee", "address", "phone", "id_number", "card"}
    labels |= {"amount", "goods", "consents", "delivery", "payment", "['delivery', 'payment']", ": ", ", ", ": null, "}
    values = {value for value in values if len(value) > 2} - told - labels
    assert len(values) > 500
    assert [value for value in values if value in day[1]] == []


def test_the_account_shows_what_is_refused_and_why(day: tuple[Path, str]) -> None:
    """A child alone, a withdrawn card and an erased shopper are refused, each with code and clause."""
    for refusal in ("GuardianRequired", "ConsentWithdrawn", "KeyErased", "SubjectErased"):
        assert f"  {refusal}: " in day[1]
    for reason in ("[OBQ208, MINOR-1]", "[OBQ108, RIGHT-4]", "[OBQ402, DEF-4]", "[OBQ101, DEF-4]"):
        assert reason in day[1]
    assert "The audit chain is whole up to segment " in day[1]


def test_the_vault_has_what_was_ordered(shop: Any, day: tuple[Path, str], tmp_path: Path) -> None:
    """Every order that is due is there, settled, and opens to what its row says; nothing else is."""
    for path in day[0].iterdir():  # a copy, since looking is recorded, too
        if path.is_file():
            copied = tmp_path / path.name
            copied.write_bytes(path.read_bytes())
            copied.chmod(path.stat().st_mode)
    check_outcome(shop, tmp_path, expected())


@pytest.mark.clause("PROT-1")
def test_no_file_holds_a_value(day: tuple[Path, str]) -> None:
    """No name, address, phone, card, identity number, birth date, amount or id is in any byte of what a day leaves."""
    assert {path.name for path in day[0].iterdir()} == {
        *(DATABASE, f"{DATABASE}.key", f"{DATABASE}.key.lock", f"{DATABASE}.journal", f"{DATABASE}.erasures"),
        f"{DATABASE}.endings",
    }
    values = values_of(list(expected().kept.values()))
    assert traces(day[0], values) == {}
    (day[0].parent / "plain").mkdir()
    (day[0].parent / "plain" / "rows").write_bytes(ORDERS.read_bytes())
    assert len(traces(day[0].parent / "plain", values)) > 500  # the search finds what is there


def test_every_file_is_its_owners_alone(day: tuple[Path, str]) -> None:
    """Group and others have no rights to anything that the shop has made."""
    for path in (day[0] / DATABASE).parent.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_a_second_run_goes_on_where_the_first_stopped(shop: Any, folder: Path) -> None:
    """Nothing is collected, delivered or charged twice: the audit has not one use more."""
    run(folder, FEW)
    due = expected(FEW)
    watched = [("bank-card", "payment"), ("consignee-phone", "delivery"), ("consignee-phone", "marketing")]
    before = [uses(shop, folder, *each) for each in watched]
    assert before == [2 * len(due.kept), len(due.kept), due.offers]
    said = run(folder, FEW)
    assert [uses(shop, folder, *each) for each in watched] == before
    gone = sum(row["shopper"] == "shopper-9" for row in due.kept.values())
    assert counts(said) == {"orders settled by an earlier run": len(due.kept) - gone}
    assert "done by an earlier run" in said
    check_outcome(shop, folder, due)


def test_a_second_run_takes_what_is_new(shop: Any, folder: Path) -> None:
    """Rows that came since the first run are taken, and only these are charged."""
    run(folder, 20)
    said = run(folder, FEW)
    new = len(expected(FEW).kept) - len(expected(20).kept)
    assert counts(said)["orders delivered and charged"] == new > 0
    check_outcome(shop, folder, expected(FEW))


def started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command(folder, FEW), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def pace(tmp_path_factory: pytest.TempPathFactory) -> tuple[float, float]:
    """Measure how long an undisturbed run takes until it has a database, and from there to its end (seconds)."""
    folder = tmp_path_factory.mktemp("pace") / "shop"
    folder.mkdir()
    began = time.monotonic()
    with started(folder) as process:
        while not (folder / DATABASE).exists():
            time.sleep(0.001)
        opened = time.monotonic()
        assert process.wait() == 0
    return opened - began, time.monotonic() - opened


def killed_at(folder: Path, seconds: float) -> bool:
    """Run the shop and kill it after that long; tell whether it was alive then."""
    with started(folder) as process:
        time.sleep(seconds)
        process.kill()
        return process.wait() == -signal.SIGKILL


@pytest.mark.clause("PROT-2", "DEF-4")
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_day_is_finished_by_the_next_run(
    shop: Any, folder: Path, pace: tuple[float, float], seed: int
) -> None:
    """Killed at some instants and run again, the shop ends with the vault of an undisturbed day.

    The files of a killed process hold no value either. What was charged is charged once, and at most once more for each
    kill: between charging and saying so there is an instant, and a bank knows an order by its number.
    """
    instants = random.Random(f"shop {seed}")  # noqa: S311  when to kill is no secret
    due = expected(FEW)
    values = values_of(list(due.kept.values()))
    kills = 0
    for _ in range(2):
        kills += killed_at(folder, pace[0] + instants.uniform(0, pace[1]))
        assert traces(folder, values) == {}
    said = run(folder, FEW)
    charged = uses(shop, folder, "bank-card", "payment")
    assert 2 * len(due.kept) <= charged <= 2 * (len(due.kept) + kills)
    assert "The audit chain is whole" in said
    check_outcome(shop, folder, due)


ROW = json.loads(ORDERS.read_bytes().split(b"\n")[0])
HOSTILE: list[tuple[bytes | dict[str, object], str]] = [
    (b"[" * 100_000, "the line is not JSON"),
    (b"\xff\xfe{}", "the line is not JSON"),
    (b'{"order": ' + b"1" * 5000 + b"}", "the line is not JSON"),
    (b"null", "the line is not an object"),
    (b"{}", "shopper: is missing"),
    ({"goods": [1, "secret-goods"]}, "goods: is not a list of str"),
    ({"consents": [["delivery"]]}, "consents: is not a list of str"),
    ({"order": "\ud800secret"}, "order: has halves of characters"),
    ({"goods": ["secret\udfff"]}, "goods: has halves of characters"),
    ({"order": ""}, "order: is blank"),
    ({"shopper": " ", "guardian": " "}, "shopper: is blank; guardian: is blank"),
    ({"guardian": 77_123}, "guardian: is not of type str"),
    ({"id_number": 0}, "id_number: is not of type str"),
    ({"amount": "NaN"}, "amount: is no number"),
    ({"amount": "Infinity"}, "amount: is no number"),
    ({"amount": "-77.12"}, "amount: is negative"),
    ({"born": "0001-01-01"}, "born: is neither in the future nor before 1900"),
    ({"born": "1893-04-15T00:00:00"}, "born: is no date"),
    ({"consignee": "secret\u2028name"}, "consignee: it must not hold control characters"),
    ({"consignee": ["secret"]}, "consignee: is not of type str"),
    ({"card": "", "phone": ""}, "card: "),
]


def test_rows_of_any_kind_are_reported_and_stop_nothing(folder: Path) -> None:
    """Whatever stands in a line, it is named by line and field, its content is told nowhere, and the day goes on."""
    rows = [
        text if isinstance(text, bytes) else json.dumps({**ROW, "order": f"H-{line}", **text}).encode()
        for line, (text, _) in enumerate(HOSTILE)
    ]
    separated = json.dumps({**ROW, "goods": ["a\u2028b\u0085c\x0bd"]}, ensure_ascii=False).encode()
    orders = folder / "orders.jsonl"
    orders.write_bytes(b"\n".join([*rows, separated]))
    done = subprocess.run(
        [*command(folder)[:2], "--orders", str(orders)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for line, (_, problem) in enumerate(HOSTILE, 1):
        assert f"\n  line {line}: {problem}" in done.stdout or f"; {problem}" in done.stdout, problem
    assert f"\nBad rows, {len(HOSTILE)}:" in done.stdout
    assert counts(done.stdout)["orders delivered and charged"] == 1
    told = re.sub("[0-9a-f]{8,}", "", done.stdout)  # names in the record are random, and may hold any digits
    assert not [part for part in ("secret", "77123", "77.12", "1893", ROW["card"]) if part in told]


# ── The command line ──────────────────────────────────────────────────────────────────────────────────────


def cli(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "obq_privacy", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_demo_is_the_shop(folder: Path) -> None:
    """`python -m obq_privacy demo` runs the example on its own orders in the current folder, and passes words on."""
    command(folder, FEW)
    done = cli(folder, "demo", "--orders", str(folder.parent / f"{FEW}.jsonl"), "--database", "other.db")
    assert (done.returncode, done.stderr) == (0, "")
    assert counts(done.stdout)["orders delivered and charged"] == len(expected(FEW).kept)
    assert (folder / "other.db").exists()


def test_the_wheel_carries_the_whole_shop() -> None:
    """Every part of the example that one of them imports goes where the demo looks for it."""
    included = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    parts = {f"examples/{path.name}" for path in (ROOT / "examples").glob("*.py")} | {"examples/data/orders.jsonl"}
    wanted = {part: part.replace("examples", "obq_privacy/_examples", 1) for part in parts}
    assert included["force-include"].items() >= wanted.items()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--help"], 0, "usage: python -m obq_privacy "),
        (["--version"], 0, "."),
        (["demo", "--help"], 0, "usage: python -m obq_privacy demo "),
        ([], 2, "usage: python -m obq_privacy "),
        (["nonsense"], 2, "invalid choice"),
        (["demo", "--nonsense"], 2, "unrecognized arguments: --nonsense"),
        (["demo", "nonsense"], 2, "unrecognized arguments: nonsense"),
        (["demo", "--orders", "missing.jsonl"], 1, "missing.jsonl cannot be read: "),
        (["demo", "--database", "missing/shop.db"], 1, "StoreUnavailable: "),
    ],
)
def test_the_command_line_says_how_it_ended(folder: Path, words: list[str], status: int, said: str) -> None:
    """0 is done, 1 is refused or failed, 2 is called wrongly; no traceback is ever shown."""
    done = cli(folder, *words)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stderr == "") == (status == 0)
