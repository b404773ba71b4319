"""What the package offers, and what importing it costs."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import types

import pytest

import obq_privacy
from obq_privacy import errors, masks, validators

# What a program pays for when it uses it, and what only tests and development have.
_ELSEWHERE = (
    *("sqlite3", "asyncio", "logging", "pathlib", "ctypes", "zoneinfo", "ssl", "socket"),
    *("binascii", "decimal", "fcntl", "hashlib", "hmac", "json", "mmap", "uuid"),
    *("hypothesis", "pytest", "sybil", "pydantic", "stdnum", "msgspec", "orjson", "yaml", "cattrs"),
)


@pytest.mark.parametrize("name", obq_privacy.__all__)
def test_every_public_name_says_what_it_is(name: str) -> None:
    """It can be imported, has a docstring, and reports the package as its module."""
    public = getattr(obq_privacy, name)
    if name == "__version__":
        assert isinstance(public, str)
        return
    assert (inspect.getdoc(public) or "").strip()
    module = public.__name__ if isinstance(public, types.ModuleType) else public.__module__
    assert module.startswith("obq_privacy")
    assert "._" not in module


@pytest.mark.parametrize("module", [obq_privacy, masks, validators], ids=lambda module: module.__name__)
def test_public_names_are_listed_in_order(module: types.ModuleType) -> None:
    """`__all__` is sorted, names nothing twice, and names only what is there."""
    assert module.__all__ == sorted(set(module.__all__))
    assert all(hasattr(module, name) for name in module.__all__)


def test_nothing_public_is_left_out() -> None:
    """Whatever the package's own namespace has without an underscore is either public or one of its folders."""
    inner = {"audit", "consent", "crypto", "decision", "guard", "policy", "stores", "values", "vocab", "cli"} | {
        "testing",
        "unsafe",
        "rights",
        "shop",
    }
    names = {name for name in vars(obq_privacy) if not name.startswith("_")}
    assert names - inner - {"annotations"} <= set(obq_privacy.__all__)


def public_methods() -> list[tuple[str, object]]:
    """Give every method and property of the public classes that is not private."""
    return [
        (f"{name}.{method}", member)
        for name in obq_privacy.__all__
        if inspect.isclass(kind := getattr(obq_privacy, name)) and kind.__module__.startswith("obq_privacy")
        for method, member in vars(kind).items()
        if not method.startswith("_") and (inspect.isfunction(member) or isinstance(member, property | classmethod))
    ]


@pytest.mark.parametrize(("name", "member"), public_methods(), ids=lambda each: each if isinstance(each, str) else "")
def test_every_public_method_says_what_it_does(name: str, member: object) -> None:
    """Docstrings are contracts: no public method or property is without one."""
    assert (inspect.getdoc(member) or "").strip(), name


def test_every_error_is_public() -> None:
    """The errors are in one module of their own, apart from the other names."""
    found = [(name, getattr(errors, name)) for name in dir(errors)]
    raised = [name for name, kind in found if inspect.isclass(kind) and issubclass(kind, BaseException)]
    assert all(getattr(errors, name).__module__ == "obq_privacy.errors" for name in raised)
    assert not set(raised) & set(obq_privacy.__all__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    """SQLite, asyncio and the like are loaded where they are used, and nothing of the tests ever."""
    code = f"""
import sys, attrs, cryptography
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
before = set(sys.modules)
import obq_privacy
print(*sorted(({set(_ELSEWHERE)!r} & set(sys.modules)) - before))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    "package", ["", ".audit", ".consent", ".crypto", ".guard", ".policy", ".stores", ".values", ".vocab"]
)
def test_names_that_load_late_are_there_from_the_start(package: str) -> None:
    """They are listed, found and the same object at each turn, and a name that does not exist is an AttributeError."""
    code = f"""
import importlib
package = importlib.import_module("obq_privacy{package}")
assert {package!r} or set(package.__all__) <= set(dir(package))
for name in package.__all__:
    assert getattr(package, name) is getattr(package, name)
assert not hasattr(package, "no_such_name")
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_classes_that_load_late_pickle_by_their_public_name() -> None:
    """It makes no difference that an object exists before anybody has asked the package for its class."""
    code = """
import pickle
from obq_privacy.vocab._place import Place
place = Place(latitude=1, longitude=2, accuracy=3)
assert Place.__module__ == "obq_privacy" and pickle.loads(pickle.dumps(place)) == place
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_the_package_starts_nothing() -> None:
    """No thread, no open file, no output, and no warning, even where warnings are errors."""
    code = """
import os, threading
files = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()
import obq_privacy
assert threading.active_count() == 1
assert not os.path.isdir("/proc/self/fd") or len(os.listdir("/proc/self/fd")) <= len(files)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-I", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_package_is_typed() -> None:
    """Type checkers of applications read its annotations: the marker file is there."""
    files = importlib.import_module("importlib.resources").files("obq_privacy")
    assert files.joinpath("py.typed").is_file()
