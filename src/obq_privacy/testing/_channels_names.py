"""The names that channels use: modules, and helpers by the module that has them. Each is imported when it is used."""

from __future__ import annotations

import builtins
import functools
import sys
from importlib import import_module
from importlib.util import find_spec
from types import CodeType
from typing import Any, Final

_MODULES: Final = """
abc argparse array ast asyncio attrs base64 binascii bisect bz2 cattrs cattrs.preconf.json cattrs.preconf.msgpack
cattrs.preconf.orjson cattrs.preconf.pyyaml cmath cmd code codecs codeop collections concurrent.futures configparser
contextvars copy copyreg csv ctypes dataclasses datetime decimal difflib email.header email.utils enum faulthandler
fnmatch fractions functools gc gettext glob gzip hashlib heapq hmac html http.client http.cookies hypothesis
hypothesis.vendor.pretty hypothesis.internal.reflection importlib importlib.util inspect io ipaddress itertools json
locale logging logging.handlers lzma marshal math mimetypes mmap msgpack msgspec multiprocessing
multiprocessing.reduction operator orjson os pathlib pickle pickletools plistlib pprint pydantic pydantic_core pytest
queue quopri random re reprlib rich.json rich.markup rich.pretty rich.repr rich.table rich.text secrets shlex shutil
socket sqlite3 statistics string struct structlog structlog.dev structlog.stdlib subprocess sys tempfile textwrap
threading time timeit tomllib traceback types typing unicodedata urllib.parse urllib.request uuid warnings weakref
wsgiref.headers xml.sax.saxutils xmlrpc.client yaml zlib _pytest._io.saferepr _pytest._io.pprint
_pytest.assertion.util
"""

_MODULES_OF: Final[dict[str, tuple[str, ...]]] = {
    top: tuple(name for name in _MODULES.split() if name.partition(".")[0] == top)
    for top in dict.fromkeys(name.partition(".")[0] for name in _MODULES.split())
}
_WORDS: Final[dict[str, str]] = {"mock": "unittest.mock"}
"""Modules that channels call by another name."""

_HELPERS: Final[dict[str, str]] = {
    "_channels_acts": """
        async_for attributes awaited default_getstate descriptors enum_lookup enum_of enumerated format_exc matched
        matched_by_position matched_by_value raised_alone raised_group raised_key raised_note raised_with reachable
        replaced
    """,
    "_channels_cattrs": "unstructured",
    "_channels_classes": "Attr Checked Converted Data Descriptor Frozen Ordered OrderedAttr Pair Plain Row",
    "_channels_msgspec": "OrderedStruct Struct",
    "_channels_pydantic": "Model StrictModel adapted typed_model",
    "_channels_reports": """
        asserted asserted_one compared configured documented future logged logged_as_message logged_by_socket
        logged_exception logged_through_queue logged_to loop_failed mocked short_repr tasked threaded unraisable warned
    """,
    "_channels_rich": "rich_inspect rich_log rich_print rich_traceback",
    "_channels_sinks": """
        attribute cookie dumped element mailed mailed_body mailed_old pickled_in_python queried queried_many queued ran
        ran_with returned_to_sql sent sent_by_socket shelved written written_by_path written_dict_csv written_csv
    """,
    "_channels_structlog": "PLAIN_CONSOLE RICH_CONSOLE structured structured_exception",
}
_HOMES: Final = {name: module for module, names in _HELPERS.items() for name in names.split()}

_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "_channels_cattrs": ("cattrs",),
    "_channels_msgspec": ("msgspec",),
    "_channels_pydantic": ("pydantic",),
    "_channels_rich": ("rich",),
    "_channels_structlog": ("rich", "structlog"),
    "cattrs": ("cattrs", "msgpack", "orjson", "yaml"),
}
"""Libraries that helpers and modules stand on, besides the one that has the name."""


def _used(code: CodeType) -> frozenset[str]:
    """Give every name that a code and the functions in it use."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _used(constant)
    return frozenset(names)


def requires(code: CodeType) -> tuple[str, ...]:
    """Give the libraries outside of the standard one that a code stands on, sorted."""
    found: set[str] = set()
    for name in _used(code):
        home = _HOMES.get(name, name if name in _MODULES_OF else "")
        found.update(_NEEDED.get(home, (home,) if name in _MODULES_OF and name not in sys.stdlib_module_names else ()))
    return tuple(sorted(found))


@functools.cache
def installed(library: str) -> bool:
    """Tell whether a library is installed."""
    return find_spec(library) is not None


def names_for(code: CodeType) -> dict[str, Any]:
    """Import what a code uses, and give it by name."""
    names: dict[str, Any] = {"__builtins__": builtins, "__name__": "channel"}
    for name in _used(code):
        if name in _HOMES:
            names[name] = getattr(import_module(f"obq_privacy.testing.{_HOMES[name]}"), name)
        elif name in _WORDS:
            names[name] = import_module(_WORDS[name])
        elif name in _MODULES_OF:
            for module in _MODULES_OF[name]:
                import_module(module)
            names[name] = sys.modules[name]
    return names
