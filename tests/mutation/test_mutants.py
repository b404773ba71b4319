"""The mutation gate itself: what it changes, and that explanations belong to something."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from mutants import mutants
from mutate import explained, modules, mutants_of, source_of


def _changed(source: str) -> set[str]:
    """Give the last line of every mutant of a function with this body."""
    whole = "def f(a, b):\n" + "\n".join(f"    {line}" for line in dedent(source).splitlines())
    trees = [mutant.tree for mutant in mutants("m", whole)]
    bodies = [function.body for tree in trees for function in tree.body if isinstance(function, ast.FunctionDef)]
    return {ast.unparse(body[-1]) for body in bodies}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return a < b", {"return a <= b", "return a >= b", "return None"}),
        ("return a is None", {"return a is not None", "return None"}),
        ("return a and b", {"return a or b", "return a", "return b", "return None"}),
        ("return not a", {"return a", "return None"}),
        ("return min(a, b)", {"return max(a, b)", "return min(a, b)", "return None"}),
        ("return [x for x in a if x]", {"return [x for x in a]", "return None"}),
        ("return {1: a}", {"return {}", "return {2: a}", "return {0: a}", "return None"}),
        ("return a + 'x'", {"return a - 'x'", "return a + 'XXx'", "return None"}),
        ("return f(a, b=b)", {"return f(a)", "return None"}),
        ("a.clear()", {"pass", "return None"}),
        ("if a:\n    return", {"if not a:\n    return", "return None"}),
        ("for x in a:\n    continue", {"for x in ():\n    continue", "for x in a:\n    break", "return None"}),
        ('"""Say."""\nimport x', {"return None"}),
        ("return cast('C', f(1))", {"return cast('C', f(2))", "return cast('C', f(0))", "return None"}),
    ],
)
def test_each_place_is_changed_in_each_way(source: str, expected: set[str]) -> None:
    """Comparisons, truth values, constants, arguments, statements; not what only readers read."""
    (same,) = {ast.unparse(part) for part in ast.parse(dedent(source)).body[-1:]}
    assert _changed(source) - {same} == expected - {same}


def test_ids_outlive_a_move_and_not_a_change() -> None:
    """An explanation belongs to the text of a line, wherever the line is, and to nothing else."""
    source = "def f(a):\n    return a < 1\n"

    def ids(text: str) -> set[str]:
        return {mutant.id for mutant in mutants("m", text) if mutant.text.startswith("return")}

    assert ids(source) == ids(f"\n\n{source}")
    assert ids(source).isdisjoint(ids(source.replace("1", "2")))
    assert len(ids(source)) == len([m for m in mutants("m", source) if m.text.startswith("return")])
    twice = source + source.replace("def f", "def g")
    assert len(ids(twice)) == 2 * len(ids(source))


def test_a_mutant_knows_the_function_that_it_is_in() -> None:
    """The outermost one; defaults and class bodies are in none, as they run when the module is imported."""
    source = (
        "x = 1\nclass C:\n    y = 2\n    def f(self, z=3):\n        def g():\n            return 4\n        return g\n"
    )
    assert {mutant.change: mutant.function for mutant in mutants("m", source) if "→ 5" in mutant.change} == {
        "4 → 5": "C.f"
    }
    assert {mutant.function for mutant in mutants("m", source) if mutant.change in {"1 → 2", "2 → 3", "3 → 4"}} == {""}


def test_what_only_declares_is_left_alone() -> None:
    """Overloads and the methods of protocols have no mutants; the function after its overloads has."""
    source = (
        "class C:\n    def f(self, a=1):\n        ...\n@overload\ndef g(a, b=1): ...\ndef g(a, b=1):\n    return a\n"
    )
    found = [(mutant.line, mutant.function) for mutant in mutants("m", source)]
    assert sorted(found) == [(6, ""), (6, ""), (6, "g"), (7, "g")]


def test_every_explanation_belongs_to_a_mutant() -> None:
    """Each survivor that is explained exists, says why, and stands under its own module, line and change."""
    known = {(name, mutant.id): mutant for name in modules() for mutant in mutants_of(name)}
    for entry in explained().values():
        mutant = known[entry["module"], entry["id"]]
        assert (mutant.text, mutant.change) == (entry["line"], entry["change"])
        assert len(entry["why"]) > 20


def test_every_module_and_test_of_the_gate_exists() -> None:
    """modules.toml names files that are there."""
    root = source_of("obq_privacy").parent.parent
    for name, tests in modules().items():
        assert source_of(name).is_file()
        assert tests
        assert all((root / test).exists() for test in tests)
