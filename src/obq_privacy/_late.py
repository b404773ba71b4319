"""What `import obq_privacy` does without: modules and names that are imported when they are first used.

Of the standard library, hashlib and hmac load OpenSSL's own library, json comes in five parts, and the others are
libraries to be opened; together they would take a quarter of the time.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import binascii
    import fcntl
    import hashlib
    import hmac
    import json
    import mmap
    from collections.abc import Callable, Mapping
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = globals()[name] = import_module(name)
        return module


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Make the `__getattr__` of a package: for each name, the module of the package that has it or is it."""

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(f"{package}.{homes[name]}")
        found = home if homes[name] == name else getattr(home, name)
        setattr(sys.modules[package], name, found)
        return found

    return find


__all__ = ["binascii", "fcntl", "hashlib", "hmac", "json", "late", "mmap"]
