"""The clauses of the source policy and the tests that keep them.

python tests/clauses.py --write    write docs/clauses.md
python tests/clauses.py --check    fail where a clause lacks a test, a mark is not understood, or the page is stale

Marks are found by reading the tests, not by running them: `@pytest.mark.clause("USE-2")` on a test or a class, and
`pytestmark = pytest.mark.clause("USE-2")` in a module or a class.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "clauses.md"
NAMES = TESTS / "clauses.toml"

_HEAD = """\
# Clauses and the tests that keep them

Written by `python tests/clauses.py --write`; `--check` compares. A test names the clauses that it keeps with
`@pytest.mark.clause(...)`; `python -m pytest -m clause` runs them all. The wording is ours and short.
"""


class Names(NamedTuple):
    """The ids that are known.

    Attributes:
        scope: clauses that this release keeps, with our wording.
        also: clauses that it keeps in part, likewise.
        later: the others.
    """

    scope: dict[str, str]
    also: dict[str, str]
    later: frozenset[str]

    @classmethod
    def read(cls, path: Path = NAMES) -> Names:
        """Read clauses.toml."""
        form = tomllib.loads(path.read_text("utf-8"))
        return cls(form["scope"], form["also"], frozenset(form["later"]))


class Mark(NamedTuple):
    """One mark: the clause, and the test that has it."""

    clause: str
    module: str
    test: str

    @property
    def place(self) -> str:
        """The test as pytest names it."""
        return f"{self.module}::{self.test}" if self.test else self.module


class Marks(ast.NodeVisitor):
    """Collect the marks of one module, and what is wrong with them."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.found: list[Mark] = []
        self.problems: list[str] = []
        self._within: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Read the marks of a class, then those inside it."""
        self._named(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Read the marks of a test."""
        self._named(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Read the marks of a test that is a coroutine."""
        self._named(node)

    def _named(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if not isinstance(node, ast.ClassDef) and not node.name.startswith("test") and any(map(_is_mark, _parts(node))):
            self.problems.append(f"{self.module}:{node.lineno}: {node.name} is marked and is no test")
        self._within.append(node.name)
        self.generic_visit(node)
        self._within.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        """Read `TestIt = pytest.mark.clause(...)(Machine.TestCase)`; a `pytestmark` is of what it stands in."""
        names = [target.id for target in node.targets if isinstance(target, ast.Name) and target.id != "pytestmark"]
        self._within.extend(names)
        self.generic_visit(node)
        del self._within[len(self._within) - len(names) :]

    def visit_Call(self, node: ast.Call) -> None:
        """Read a mark."""
        if _is_mark(node):
            self._mark(node)
        self.generic_visit(node)

    def _mark(self, node: ast.Call) -> None:
        place = f"{self.module}:{node.lineno}"
        if not node.args or node.keywords:
            self.problems.append(f"{place}: a mark takes ids and nothing else")
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                self.found.append(Mark(argument.value, self.module, "::".join(self._within)))
            else:
                self.problems.append(f"{place}: an id is spelled out, so that it can be found without running anything")


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"pytest.mark.clause", "mark.clause"}


def _parts(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    return [part for decorator in node.decorator_list for part in ast.walk(decorator)]


def collect(tests: Path = TESTS) -> tuple[list[Mark], list[str]]:
    """Read every module of the tests; return the marks, sorted, and what is wrong with them."""
    marks: set[Mark] = set()
    problems: list[str] = []
    for path in sorted(tests.rglob("*.py")):
        reader = Marks(path.relative_to(tests).as_posix())
        try:
            reader.visit(ast.parse(path.read_text("utf-8")))
        except SyntaxError as error:
            problems.append(f"{reader.module}:{error.lineno}: it is no Python")
        marks.update(reader.found)
        problems.extend(reader.problems)
    return sorted(marks), problems


def check(names: Names, marks: list[Mark]) -> list[str]:
    """Say which clauses of the scope have no test, and which marks are of no clause, or of one without a wording."""
    worded = names.scope | names.also
    marked = {mark.clause for mark in marks}
    problems = [f"{clause} has no test" for clause in names.scope if clause not in marked]
    for mark in marks:
        if mark.clause not in worded:
            known = "has no wording in tests/clauses.toml" if mark.clause in names.later else "is no clause"
            problems.append(f"{mark.place}: {mark.clause} {known}")
    return problems


def page(names: Names, marks: list[Mark]) -> str:
    """Give the text of docs/clauses.md."""
    marked = {mark.clause for mark in marks}
    shown = names.scope | {clause: says for clause, says in names.also.items() if clause in marked}
    lines = [_HEAD, "| clause | what it asks | tests |", "|---|---|---|"]
    lines += [f"| [{clause}](#{clause.lower()}) | {says} | {_count(clause, marks)} |" for clause, says in shown.items()]
    for clause in shown:
        lines += ["", f"## {clause}", "", shown[clause], ""]
        lines += [f"- `{mark.place}`" for mark in marks if mark.clause == clause]
    return "\n".join(lines).rstrip() + "\n"


def _count(clause: str, marks: list[Mark]) -> int:
    return sum(mark.clause == clause for mark in marks)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the page; return 0 when all is well."""
    parser = argparse.ArgumentParser(description="The clauses of the source policy and the tests that keep them.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write docs/clauses.md")
    what.add_argument("--check", action="store_true", help="fail where something is missing, unknown or stale")
    options = parser.parse_args(arguments)
    names = Names.read()
    marks, problems = collect()
    problems += check(names, marks)
    if options.write:
        PAGE.write_text(page(names, marks), "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != page(names, marks):
        problems.append("docs/clauses.md is stale; write it anew with --write")
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if not problems:
        sys.stdout.write(f"{len(names.scope)} clauses, {len(marks)} marks\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
