"""The list of reviewed places: what it lets pass, and what it does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reveals_world import PREAMBLE, Ran, run

from obq_privacy.cli._reveals_lock import Entry, dumps, loads

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

PAY = '''\
from terms import *


def pay(order: Order) -> None:
    """Take the money."""
    number = order.card.reveal(Payment)
    bank(number)


def label(order: Order) -> str:
    return order.name.reveal(Delivery)
'''


class Project:
    """A small application in a folder of its own, and the command run on it."""

    def __init__(self, folder: Path, go: Callable[..., Ran]) -> None:
        self.folder = folder
        self.source = folder / "src"
        self.source.mkdir()
        self.lock = folder / "reveals.toml"
        self.write("terms", PREAMBLE)
        self.write("pay", PAY)
        self._go = go

    def write(self, name: str, text: str) -> None:
        self.source.joinpath(f"{name}.py").write_text(text, "utf-8")

    def change(self, before: str, after: str) -> None:
        file = self.source / "pay.py"
        text = file.read_text("utf-8")
        assert before in text
        file.write_text(text.replace(before, after), "utf-8")

    def run(self, *words: object) -> Ran:
        return self._go("--lock", self.lock, *words, self.source)


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    return Project(tmp_path, lambda *words: run(capsys, *words))


@pytest.fixture
def reviewed(project: Project) -> Project:
    assert project.run("--update").status == 0
    return project


def states(ran: Ran) -> dict[str, str]:
    return {place["call"]: place["state"] for place in ran.form["places"]}


# ── The exit status ───────────────────────────────────────────────────────────────────────────────────────


def test_what_was_reviewed_passes(reviewed: Project) -> None:
    """A list that was just written has everything in it."""
    ran = reviewed.run("--check")
    assert (ran.status, ran.err) == (0, "")
    assert "0 not reviewed, 0 gone" in ran.out


def test_nothing_is_reviewed_without_a_list(project: Project) -> None:
    """A list that is not there lets nothing pass, and checking makes none."""
    ran = project.run("--check")
    assert ran.status == 1
    assert "not there yet" in ran.err
    assert not project.lock.exists()


def test_listing_alone_never_fails(project: Project) -> None:
    """Without `--check`, places are shown with their state."""
    ran = project.run("--json")
    assert ran.status == 0
    assert set(states(ran).values()) == {"new"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    bank(number)\n", "    bank(number)\n    print(number)\n"),
        ("    bank(number)\n", "    bank(number)\n    order.card.reveal(Payment)\n"),
        ("reveal(Payment)", "reveal(Delivery)"),
        ("order.card.reveal", "order.card.mask"),
        ("def pay(order: Order)", "@show\ndef pay(order: Order)"),
        ("def pay(", "def charge("),
        ("order.name.reveal(Delivery)", "order.name.reveal(Delivery)  # type: ignore"),
    ],
)
def test_what_was_not_reviewed_fails(reviewed: Project, before: str, after: str) -> None:
    """Other code around a place, another place, another name of the function, a silenced checker."""
    reviewed.change(before, after)
    assert reviewed.run("--check").status == 1
    assert reviewed.run("--update").status == 0
    assert reviewed.run("--check").status == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    bank(number)\n", "    # the bank wants it\n\n    bank( number )  # now\n"),
        ("Take the money.", "Take all of the money."),
        ("def label", "def other(): ...\n\n\ndef label"),
        ("from terms import *\n", "from terms import *\nimport os\n\nX = 1\n"),
    ],
)
def test_what_changes_nothing_passes(reviewed: Project, before: str, after: str) -> None:
    """Comments, layout, docstrings, and code elsewhere in the file."""
    reviewed.change(before, after)
    assert reviewed.run("--check").status == 0


def test_only_the_changed_function_is_to_be_reviewed_again(reviewed: Project) -> None:
    """The other places stay reviewed."""
    reviewed.change("bank(number)", "bank(number + '')")
    ran = reviewed.run("--check", "--json")
    assert ran.status == 1
    assert states(ran) == {"order.card.reveal(Payment)": "changed", "order.name.reveal(Delivery)": "reviewed"}


def test_a_declaration_elsewhere_is_noticed(reviewed: Project) -> None:
    """The function is the same, and what it reveals is not."""
    reviewed.write("terms", PREAMBLE.replace('"bank-card"', '"identity-number"'))
    ran = reviewed.run("--check", "--json")
    assert ran.status == 1
    assert [place["why"] for place in ran.form["places"] if place["why"]] == ["items: bank-card, now identity-number"]


def test_a_place_that_moved_says_from_where(reviewed: Project) -> None:
    """It has to be reviewed where it is now, and is not told as gone as well."""
    reviewed.change("def pay(", "def charge(")
    ran = reviewed.run("--check", "--json")
    moved = next(place for place in ran.form["places"] if place["state"] == "moved")
    assert (moved["function"], moved["why"]) == ("charge", "it was in pay of src/pay.py")
    assert ran.form["gone"] == []


def test_a_place_that_is_gone_is_told_and_does_not_fail(reviewed: Project) -> None:
    """Nothing leaves there any more; the next update takes it out."""
    reviewed.change("    return order.name.reveal(Delivery)", "    return ''")
    ran = reviewed.run("--check")
    assert ran.status == 0
    assert "gone: order.name.reveal(Delivery) in label" in ran.out
    assert reviewed.run("--update").status == 0
    assert "gone:" not in reviewed.run("--check").out


def test_a_file_that_is_gone_is_told(reviewed: Project) -> None:
    """Its places are gone with it."""
    (reviewed.source / "pay.py").unlink()
    ran = reviewed.run("--check", "--json")
    assert (ran.status, len(ran.form["gone"])) == (0, 2)


def test_other_files_are_left_alone(reviewed: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Looking at one file neither misses nor forgets the places of another."""
    lock = reviewed.lock.read_text("utf-8")
    ran = run(capsys, "--lock", reviewed.lock, "--check", "--json", reviewed.source / "terms.py")
    assert (ran.status, ran.form["gone"]) == (0, [])
    assert run(capsys, "--lock", reviewed.lock, "--update", reviewed.source / "terms.py").status == 0
    assert reviewed.lock.read_text("utf-8") == lock


def test_it_does_not_matter_where_it_is_run(reviewed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are kept relative to the list."""
    monkeypatch.chdir(reviewed.source)
    assert reviewed.run("--check").status == 0


def test_the_same_place_twice_is_two_places(reviewed: Project) -> None:
    """A second use like the first one in the same function has a line of its own."""
    reviewed.change("bank(number)", "bank(order.card.reveal(Payment))")
    ran = reviewed.run("--check", "--json")
    assert [place["number"] for place in ran.form["places"]] == [1, 2, 1]


# ── Wrong calls, and files that cannot be read ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [["--check", "src"], ["--update", "src"], ["nowhere"], [], ["--lock", "a", "--check", "--update", "src"]],
)
def test_a_wrong_call_is_told_from_a_finding(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It exits with 2."""
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = run(capsys, *words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"x = 1\ndef f(:\n", 2),
        (b"<<<<<<< ours\nx = 1\n", 1),
        (b"x = '\xff'\n", 1),
        (b"# coding: nothing\n", 1),
        (b"x = 1\0\n", 1),
        (b"x = " + b"(" * 500 + b")" * 500, 1),
        (b"x = " + b"-" * 20000 + b"1", 1),
    ],
)
def test_a_file_that_is_no_python_is_named_and_fails(reviewed: Project, content: bytes, line: int) -> None:
    """What cannot be read may reveal anything; the list is left as it was, and other files are still looked at."""
    lock = reviewed.lock.read_text("utf-8")
    (reviewed.source / "bad.py").write_bytes(content)
    for act in ("--check", "--update"):
        ran = reviewed.run(act)
        assert ran.status == 2, act
        assert f"src/bad.py:{line}: " in ran.err
    assert reviewed.lock.read_text("utf-8") == lock
    assert "order.card.reveal(Payment)" in reviewed.run().out


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("places = [", "<<<<<<< ours\nplaces = ["),
        lambda text: text.replace("version = 1", "version = 2"),
        lambda text: text.replace("code =", "digest ="),
        lambda text: text.replace("places = [", "places = [\n 1,"),
        lambda text: text + "places = 1",
        lambda text: text.replace("]\n", text.splitlines()[4] + "\n]\n"),
        lambda text: "version = 1\n",
    ],
)
def test_a_damaged_list_lets_nothing_pass(reviewed: Project, damage: Callable[[str], str]) -> None:
    """A merge conflict or a missing field is an error of its own, and no empty list."""
    reviewed.lock.write_text(damage(reviewed.lock.read_text("utf-8")), "utf-8")
    ran = reviewed.run("--check")
    assert ran.status == 2
    assert "reveals.toml:" in ran.err


def test_hidden_folders_and_environments_are_passed_over(reviewed: Project) -> None:
    """They are not the project's code; a file that is named is read wherever it is."""
    for name in (".hidden", "env", "__pycache__"):
        (reviewed.source / name).mkdir()
        (reviewed.source / name / "bad.py").write_text(PAY.replace("Order", "Other"), "utf-8")
    (reviewed.source / "env" / "pyvenv.cfg").touch()
    assert reviewed.run("--check").status == 0


# ── The file ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_has_one_place_a_line_sorted(reviewed: Project) -> None:
    """Two branches that add places to different functions merge without a conflict."""
    lines = reviewed.lock.read_text("utf-8").splitlines()
    places = [line for line in lines if line.startswith("    {")]
    assert len(places) == 2
    assert places == sorted(places)
    assert all(line.endswith("},") for line in places)
    assert not any(line.isdigit() for line in lines)


def test_updating_again_writes_the_same(reviewed: Project) -> None:
    """Nothing in it depends on time, order or machine."""
    before = reviewed.lock.read_bytes()
    assert reviewed.run("--update").status == 0
    assert reviewed.lock.read_bytes() == before


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_several = st.lists(_texts, max_size=3).map(tuple)
_entries = st.lists(
    st.builds(
        Entry,
        _texts,
        _texts,
        _texts,
        st.integers(1, 9),
        _texts,
        _several,
        _several,
        _several,
        _several,
        _texts,
        _several,
    ),
    unique_by=lambda entry: entry.key,
    max_size=6,
)


@given(entries=_entries, order=st.randoms(use_true_random=False))
def test_the_list_reads_back_as_it_was_written(entries: list[Entry], order: random.Random) -> None:
    """Whatever names files and functions have, and in whatever order places are found."""
    shuffled = list(entries)
    order.shuffle(shuffled)
    text = dumps(shuffled)
    assert loads(text) == sorted(entries)
    assert dumps(entries) == text
    assert len(text.splitlines()) >= len(entries)


def test_json_has_everything(reviewed: Project) -> None:
    """For tools: one object, whose form has a name."""
    form = json.loads(reviewed.run("--json").out)
    assert form["format"] == "obq-privacy/cli/reveals/1"
    first = form["places"][0]
    assert first | {"code": "", "line": 0} == {
        "file": "src/pay.py",
        "line": 0,
        "column": 14,
        "function": "pay",
        "call": "order.card.reveal(Payment)",
        "number": 1,
        "out": "plaintext",
        "purposes": ["Payment"],
        "items": ["bank-card"],
        "recipients": [],
        "into": [{"where": "call bank", "line": 7}],
        "notes": [],
        "sure": True,
        "code": "",
        "state": "reviewed",
        "why": "",
    }
