"""Run the README and the documentation as a reader would: every Python block, session, file and marked command.

- A Python block is executed in the namespace of its page; one that begins with `>>>` is a session whose output is
  compared, in which `...` stands for anything.
- `<!-- file: NAME -->` before a Python block makes it a file in the page's folder, and `<!-- more: NAME -->` the rest
  of one. Both end the session, as the reader starts Python again.
- `<!-- run -->` before a console block runs its commands there, and compares what they print in the same way.
"""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sybil import Region, Sybil
from sybil.evaluators.doctest import DocTest, DocTestRunner
from sybil.evaluators.python import PythonEvaluator
from sybil.region import Lexeme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Document, Example
    from sybil.typing import Evaluator

_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>file|more|run)(?:: (?P<name>[\w.-]+))? -->\n)?"
    r"```(?P<language>python|console)\n(?P<source>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (?P<command>.+)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.MULTILINE)
_SECONDS = re.compile(r"\b\d+\.\d+s\b")
_CHECKERS = ("mypy", "pyright")
_OURS = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST", "CI", "BUILD_NUMBER")
_home: list[str] = []


def _blocks(document: Document) -> Iterator[Region]:
    for found in _BLOCK.finditer(document.text):
        source = found["source"]
        evaluate: Evaluator
        if found["mark"] == "run":
            evaluate = _run
        elif found["language"] == "console":
            continue
        elif found["mark"]:
            evaluate = _write
        elif source.startswith(">>>"):
            evaluate = _talk
        else:
            evaluate = PythonEvaluator()
        lines = found[0].count("\n") - source.count("\n")
        yield Region(found.start(), found.end(), Lexeme(source, 0, lines), evaluate, lexemes=found.groupdict())


def _write(example: Example) -> None:
    lexemes = example.region.lexemes
    with Path(lexemes["name"]).open("a" if lexemes["mark"] == "more" else "w", encoding="utf-8") as file:
        file.write(("\n\n" if lexemes["mark"] == "more" else "") + example.parsed)
    _restart(example.namespace)


def _talk(example: Example) -> str:
    said: list[str] = []
    first = example.line + example.parsed.line_offset
    examples = doctest.DocTestParser().get_examples(str(example.parsed), example.path)
    example.namespace.setdefault("__name__", "__main__")
    session = DocTest(examples, example.namespace, Path(example.path).name, example.path, first, None)
    DocTestRunner(doctest.ELLIPSIS).run(session, clear_globs=False, out=said.append)
    return "".join(said)


def _run(example: Example) -> str:
    said = ""
    for found in _COMMAND.finditer(example.parsed):
        command = found["command"]
        checker = command.split()[0]
        if checker in _CHECKERS and importlib.util.find_spec(checker) is None:
            pytest.skip(f"{checker} is not installed")
        shown, printed = (_SECONDS.sub("0.00s", text) for text in (found["shown"], _printed(command)))
        wanted, compare = doctest.Example(command, shown), doctest.OutputChecker()
        if not compare.check_output(wanted.want, printed, doctest.ELLIPSIS):
            said += f"$ {command}\n{compare.output_difference(wanted, printed, doctest.ELLIPSIS)}"
    _restart(example.namespace)
    return said


def _printed(command: str) -> str:
    """Give what a command prints in the shell of a reader, who has no test suite running."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    bin_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S602  the commands are those of the page
        command,
        shell=True,
        env={**outside, "PATH": bin_first, "COLUMNS": "80", "NO_COLOR": "1", "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.replace("\xa0", " ").rstrip() + "\n"  # pyright indents with hard spaces


def _restart(namespace: dict[str, Any]) -> None:
    """Forget everything, as the Python that a reader starts next has."""
    kept = namespace["_folder"]
    namespace.clear()
    namespace["_folder"] = kept
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(kept.name):
            del sys.modules[name]


def _enter(namespace: dict[str, Any]) -> None:
    """Begin a page in an empty folder, from which modules can be imported."""
    namespace["_folder"] = folder = tempfile.TemporaryDirectory()
    _home.append(str(Path.cwd()))
    os.chdir(folder.name)
    sys.path.insert(0, folder.name)


def _leave(namespace: dict[str, Any]) -> None:
    folder = namespace["_folder"]
    _restart(namespace)
    sys.path.remove(folder.name)
    os.chdir(_home.pop())
    folder.cleanup()


pytest_collect_file = Sybil(
    parsers=[_blocks],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=_enter,
    teardown=_leave,
).pytest()
