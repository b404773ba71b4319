"""The modules that are read together: which of them have to do with the library, and what their names stand for."""

from __future__ import annotations

import ast
import warnings
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from obq_privacy.cli._scan._table import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from obq_privacy.cli._scan._kind import Kind


_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where statements have statements in them."""


class Problem(NamedTuple):
    """A file that cannot be read as Python, and where."""

    file: str
    line: int
    problem: str


class Module:
    """A module: its tree, what it imports, and its classes and functions by name.

    Attributes:
        path: of the file, with slashes.
        package: the parts of its folder, as far as the path tells.
        tree: the code.
        imports: what it imports.
        connected: whether it has to do with the library: by an import, direct or through other scanned modules.
        classes: by qualified name.
        functions: by qualified name.
        names: what the names of the module stand for; None until they are read.
    """

    def __init__(self, path: str, source: str, tree: ast.Module) -> None:
        pure = PurePosixPath(path)
        self.path = path
        self.parts = pure.parent.parts if pure.stem == "__init__" else (*pure.parent.parts, pure.stem)
        self.package = pure.parent.parts
        self.imports = list(_imports(tree)) if "import" in source else []
        self.classes: dict[str, ast.ClassDef] = {}
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.names: dict[str, Kind] | None = None
        self._source = source
        self._tree: ast.Module | None = tree if ROOT in source else None  # trees of all modules are a lot
        self.connected = self._tree is not None and self._speaks_of_it()

    @property
    def tree(self) -> ast.Module:
        """The code."""
        if self._tree is None:
            self._tree = parsed(self._source)
        return self._tree

    @property
    def lines(self) -> list[str]:
        """The source, by line as Python counts them: a form feed, for one, ends none."""
        return self._source.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def _speaks_of_it(self) -> bool:
        named = any(name.split(".")[0] == ROOT for one in self.imports for name in one.modules)
        return named or any(
            isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.split(".")[0] == ROOT
            for node in ast.walk(self.tree)
        )

    def define(self) -> None:
        """Find the classes and functions, for those who read the module."""
        stack: list[tuple[str, ast.AST]] = [("", self.tree)]
        while stack:
            prefix, node = stack.pop()
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    name = f"{prefix}{child.name}"
                    if isinstance(child, ast.ClassDef):
                        self.classes[name] = child
                    else:
                        self.functions[name] = child
                    stack.append((f"{name}.", child))
                elif isinstance(child, ast.stmt):
                    stack.append((prefix, child))


class Import(NamedTuple):
    """What one import statement names: dotted modules, and how many dots stand before them."""

    modules: tuple[str, ...]
    level: int


def _imports(tree: ast.Module) -> Iterator[Import]:
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import):
            yield Import(tuple(alias.name for alias in node.names), 0)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            inner = tuple(f"{base}.{alias.name}".lstrip(".") for alias in node.names if alias.name != "*")
            yield Import((base, *inner) if base else inner, node.level)
        else:
            for field in _BLOCKS:
                nested: object = getattr(node, field, None)
                if isinstance(nested, list):
                    stack.extend(cast("list[ast.AST]", nested))


class World:
    """All modules that are read together."""

    def __init__(self, sources: Mapping[str, str], step: Callable[[], None]) -> None:
        self.modules: dict[str, Module] = {}
        self.problems: list[Problem] = []
        self._endings: dict[tuple[str, ...], list[Module]] = {}
        for path, source in sources.items():
            step()
            try:
                module = Module(path, source, parsed(source))
            except SyntaxError as error:
                self.problems.append(Problem(path, error.lineno or 1, f"it does not parse: {error.msg}"))
            except (RecursionError, MemoryError):
                self.problems.append(Problem(path, 1, "it is nested too deeply to be read"))
            except ValueError as error:
                self.problems.append(Problem(path, 1, f"it does not parse: {error}"))
            else:
                self.modules[path] = module
                for start in range(len(module.parts)):
                    self._endings.setdefault(module.parts[start:], []).append(module)
        self._connect()

    def _connect(self) -> None:
        """Let connection spread to whoever imports what is connected."""
        importers: dict[str, list[Module]] = {}
        for module in self.modules.values():
            for one in module.imports:
                for name in one.modules:
                    for found in self._found(module, name, one.level):
                        importers.setdefault(found.path, []).append(module)
        ready = [module for module in self.modules.values() if module.connected]
        while ready:
            for module in importers.get(ready.pop().path, ()):
                if not module.connected:
                    module.connected = True
                    ready.append(module)
        for module in self.modules.values():
            if module.connected:
                module.define()

    def find(self, importer: Module, dotted: str, level: int = 0) -> Module | None:
        """Find the scanned module that an import means, or None where none is, or several could be."""
        found = self._found(importer, dotted, level)
        return found[0] if len(found) == 1 else None

    def _found(self, importer: Module, dotted: str, level: int) -> Sequence[Module]:
        parts = tuple(dotted.split(".")) if dotted else ()
        if level:
            parts = (*importer.package[: len(importer.package) - level + 1], *parts)
        if not parts or parts[0] == ROOT:
            return ()
        return self._endings.get((*importer.package, *parts), ()) or self._endings.get(parts, ())


def parsed(source: str) -> ast.Module:
    """Parse a source; what Python warns of in it is its own affair.

    Raises:
        SyntaxError: it is no Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
