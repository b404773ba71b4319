"""Run every Python block of the README and the documentation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

_home: list[str] = []


def _enter(namespace: dict[str, Any]) -> None:
    """Run the blocks of a page in an empty folder."""
    import tempfile  # noqa: PLC0415

    namespace["_folder"] = folder = tempfile.TemporaryDirectory()
    _home.append(str(Path.cwd()))
    os.chdir(folder.name)


def _leave(namespace: dict[str, Any]) -> None:
    os.chdir(_home.pop())
    namespace["_folder"].cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=_enter,
    teardown=_leave,
).pytest()
