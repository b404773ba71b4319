"""Every clause of this release's scope has a test, and the committed page says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import clauses
from clauses import Mark, Names

if TYPE_CHECKING:
    from pathlib import Path

NAMES = Names({"USE-2": "No other use.", "DEF-4": "Gone is gone."}, {"PROT-3": "Not for ever."}, frozenset({"CONT-1"}))

MODULE = """
import pytest

pytestmark = [pytest.mark.clause("USE-1")]

@pytest.mark.clause("USE-2", "DEF-4")
def test_one(): ...

@pytest.mark.clause("PROT-1")
class TestSeveral:
    @pytest.mark.clause("PROT-2")
    async def test_inside(self): ...

TestMachine = pytest.mark.clause("RIGHT-4")(Machine.TestCase)

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.clause("MINOR-1"))])
def test_with_parameters(n): ...
"""


def read(tmp_path: Path, text: str) -> tuple[list[Mark], list[str]]:
    (tmp_path / "test_it.py").write_text(text, "utf-8")
    return clauses.collect(tmp_path)


def test_the_clauses_of_this_release_are_kept_by_tests() -> None:
    """No clause of the scope is without a test, and no mark is of an unknown clause."""
    marks, problems = clauses.collect()
    assert problems + clauses.check(Names.read(), marks) == []


def test_the_committed_page_is_what_the_tests_say() -> None:
    """After a test was added, `python tests/clauses.py --write` writes the page anew."""
    marks, _ = clauses.collect()
    assert clauses.PAGE.read_text("utf-8") == clauses.page(Names.read(), marks)


def test_the_scope_is_the_whole_policy() -> None:
    """All fifty-eight clauses are kept, each named once, and none is put off."""
    names = Names.read()
    counted = {
        "DEF": 4,
        "USE": 24,
        "COOK": 3,
        "SHARE": 8,
        "PROT": 6,
        "RIGHT": 6,
        "MINOR": 2,
        "CROSS": 1,
        "CHANGE": 3,
        "CONT": 1,
    }
    assert set(names.scope) == {f"{part}-{n}" for part, count in counted.items() for n in range(1, count + 1)}
    assert not names.also
    assert not names.later


def test_marks_are_found_wherever_pytest_takes_them(tmp_path: Path) -> None:
    """On modules, classes, functions, coroutines, parameters, and test cases that are made by an assignment."""
    marks, problems = read(tmp_path, MODULE)
    assert problems == []
    assert {(mark.clause, mark.place) for mark in marks} == {
        ("USE-1", "test_it.py"),
        ("USE-2", "test_it.py::test_one"),
        ("DEF-4", "test_it.py::test_one"),
        ("PROT-1", "test_it.py::TestSeveral"),
        ("PROT-2", "test_it.py::TestSeveral::test_inside"),
        ("RIGHT-4", "test_it.py::TestMachine"),
        ("MINOR-1", "test_it.py::test_with_parameters"),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@pytest.mark.clause()\ndef test_it(): ...", "takes ids"),
        ("@pytest.mark.clause(id='USE-2')\ndef test_it(): ...", "takes ids"),
        ("@pytest.mark.clause(NAME)\ndef test_it(): ...", "spelled out"),
        ("@pytest.mark.clause('USE-2')\ndef helper(): ...", "is no test"),
        ("def test_it(:", "no Python"),
    ],
)
def test_a_mark_that_cannot_be_read_is_a_problem(tmp_path: Path, text: str, problem: str) -> None:
    """What static reading does not understand is never passed over."""
    _, problems = read(tmp_path, text)
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("marked", "problem"),
    [
        (["USE-2"], "DEF-4 has no test"),
        (["USE-2", "DEF-4", "USE-99"], "USE-99 is no clause"),
        (["USE-2", "DEF-4", "CONT-1"], "CONT-1 has no wording"),
    ],
)
def test_missing_and_unknown_clauses_are_problems(marked: list[str], problem: str) -> None:
    """A clause of the scope needs a test, and a mark needs a clause that has a wording."""
    problems = clauses.check(NAMES, [Mark(clause, "test_it.py", "test_one") for clause in marked])
    assert len(problems) == 1
    assert problem in problems[0]


def test_a_clause_kept_in_part_is_shown_where_it_is_marked() -> None:
    """Clauses outside of the scope appear with their tests, and not without one."""
    marks = [Mark("USE-2", "a.py", "test_a"), Mark("DEF-4", "a.py", "test_a")]
    assert clauses.check(NAMES, marks) == []
    assert "PROT-3" not in clauses.page(NAMES, marks)
    assert "`b.py::test_b`" in clauses.page(NAMES, [*marks, Mark("PROT-3", "b.py", "test_b")])


def test_a_stale_page_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` fails on a page that is missing or old, and passes on the one that `--write` has written."""
    monkeypatch.setattr(clauses, "PAGE", tmp_path / "clauses.md")
    assert clauses.main(["--check"]) == 1
    assert clauses.main(["--write"]) == clauses.main(["--check"])
    (tmp_path / "clauses.md").write_text("old", "utf-8")
    assert clauses.main(["--check"]) == 1
