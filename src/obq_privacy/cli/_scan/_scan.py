"""Read code, and list every place where something of a value comes out: the scanner behind `reveals`.

It is pure: texts go in, places come out. Nothing is imported, run or looked up.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.cli._scan._find import Finder, Found
from obq_privacy.cli._scan._flow import Flow
from obq_privacy.cli._scan._form import digest_of
from obq_privacy.cli._scan._given import last_of
from obq_privacy.cli._scan._names import Names
from obq_privacy.cli._scan._table import Out
from obq_privacy.cli._scan._world import Module, Problem, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_IGNORED: Final = re.compile(r"#\s*(?:type:\s*ignore|pyright:\s*ignore)")
_WHOLE: Final = re.compile(r"^#\s*(?:mypy:\s*ignore-errors|type:\s*ignore|pyright:\s*(?:basic|ignore))", re.MULTILINE)


class Way(NamedTuple):
    """A place where something of a value comes out.

    Attributes:
        file: path, with slashes.
        line: from 1.
        column: from 1.
        function: qualified name of the function or class around it, or "<module>".
        text: the code in short, without literals.
        number: 1, or 2 for the second place with the same text in the function, and so on.
        out: what comes out.
        purposes: names of purpose classes; empty where the code does not say.
        items: keys of items, or the names of the constants that declare them; empty where the code does not say.
        recipients: who gets it, where it is shared.
        notes: what else a reviewer has to know.
        into: where it goes on in the same function, with lines.
        sure: whether it is a way out of this library beyond doubt.
        code: digest of the function around it.
    """

    file: str
    line: int
    column: int
    function: str
    text: str
    number: int
    out: Out
    purposes: tuple[str, ...]
    items: tuple[str, ...]
    recipients: tuple[str, ...]
    notes: tuple[str, ...]
    into: tuple[tuple[str, int], ...]
    sure: bool
    code: str


class Scan(NamedTuple):
    """What reading found: the ways out, and the files that could not be read."""

    ways: tuple[Way, ...]
    problems: tuple[Problem, ...]


def scan(sources: Mapping[str, str], *, everything: bool = False, step: Callable[[], None] = lambda: None) -> Scan:
    """List the ways out of all sources, in the order of files and lines.

    Args:
        sources: the code, by path with slashes. Modules that import each other are best read together.
        everything: list also what may be another library's method of the same name.
        step: called after each source that was read.
    """
    world = World(sources, step)
    names = Names(world)
    problems = list(world.problems)
    ways: list[Way] = []
    for module in world.modules.values():
        if module.connected or everything:
            try:
                module.define()
                ways.extend(way for way in _ways(names, module) if way.sure or everything)
            except RecursionError:
                problems.append(Problem(module.path, 1, "it is nested too deeply to be read"))
    return Scan(tuple(sorted(ways, key=lambda way: way[:3])), tuple(sorted(problems)))


def _ways(names: Names, module: Module) -> Iterable[Way]:
    finder = Finder(names, module)
    found = finder.found
    into = Flow(names, module.tree, found, finder.scopes).into
    casts = _casts(module.tree) if found else set[int]()
    whole = any(_WHOLE.match(line) for line in module.lines[:20]) if found else False
    digests: dict[int, str] = {}
    counted: dict[tuple[str, str], int] = {}
    order = sorted(range(len(found)), key=lambda each: (_at(found[each].node), found[each].text))
    for index in order:
        one = found[index]
        line, column, end = _at(one.node)
        number = counted[one.function, one.text] = counted.get((one.function, one.text), 0) + 1
        if id(one.around) not in digests:
            digests[id(one.around)] = digest_of(one.around)
        yield Way(
            module.path,
            line,
            column,
            one.function,
            one.text,
            number,
            one.out,
            one.purposes,
            one.items,
            one.recipients,
            (*one.notes, *_silenced(module, one, range(line, end + 1), casts, whole=whole)),
            tuple(sorted(into[index], key=lambda pair: (pair[1], pair[0]))),
            one.sure,
            digests[id(one.around)],
        )


def _at(node: ast.AST) -> tuple[int, int, int]:
    """Give line and column of where a method is named, from 1, and the last line."""
    line: int = getattr(node, "lineno", 1)
    column: int = getattr(node, "col_offset", 0) + 1
    return line, column, getattr(node, "end_lineno", None) or line


def _silenced(module: Module, one: Found, lines: range, casts: set[int], *, whole: bool) -> Iterable[str]:
    """Say where the type checker is not heard."""
    if any(_IGNORED.search(module.lines[line - 1]) for line in lines if line <= len(module.lines)):
        yield "type: ignore"
    elif whole:
        yield "the file is not type-checked"
    if casts.intersection(lines) and one.out not in {Out.BACK_DOOR, Out.UNSAFE}:
        yield "cast"


def _casts(tree: ast.Module) -> set[int]:
    """Give the lines on which something is cast."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_of(node.func) == "cast" and len(node.args) == 2:
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


__all__ = ["Out", "Problem", "Scan", "Way", "scan"]
