"""Where plaintext is easily lost from sight: what a call does with its arguments, by the name of what is called."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from obq_privacy.cli._scan._brief import brief
from obq_privacy.cli._scan._given import last_of

if TYPE_CHECKING:
    from obq_privacy.cli._scan._names import Names, Scope

_REMOTE: Final = (
    *("requests", "httpx", "urllib", "urllib3", "socket", "aiohttp", "http", "smtplib", "ftplib", "grpc", "websockets"),
    *("boto3", "botocore", "paramiko", "xmlrpc", "redis", "kafka", "pika", "stripe"),
)
_MODULES: Final[dict[str, str]] = {
    **dict.fromkeys(("logging", "structlog", "loguru", "warnings"), "log"),
    **dict.fromkeys(_REMOTE, "network"),
    **dict.fromkeys(("json", "orjson", "ujson", "pickle", "marshal", "yaml", "msgpack", "msgspec", "csv"), "serialise"),
    **dict.fromkeys(("subprocess", "os"), "process"),
    **dict.fromkeys(("sqlite3", "psycopg", "psycopg2", "sqlalchemy", "asyncpg"), "database"),
    **dict.fromkeys(("shutil", "tempfile"), "write"),
}
_METHODS: Final[dict[str, str]] = {
    **dict.fromkeys(("debug", "info", "warning", "warn", "error", "critical", "exception", "log"), "log"),
    **dict.fromkeys(("send", "sendall", "sendto", "sendmail", "send_message", "urlopen", "publish"), "network"),
    **dict.fromkeys(("post", "patch", "request"), "network"),
    **dict.fromkeys(("write", "writelines", "write_text", "write_bytes", "writerow", "writerows"), "write"),
    **dict.fromkeys(("dumps", "dump"), "serialise"),
    **dict.fromkeys(("execute", "executemany", "executescript"), "database"),
    "add_note": "exception",
    "format": "format",
    "format_map": "format",
}
_BUILTINS: Final[dict[str, str]] = {
    "print": "print",
    "pprint": "print",
    "open": "write",
    "format": "format",
    "setattr": "attribute",
    **dict.fromkeys(("exec", "eval", "compile"), "code"),
}
_SILENT: Final = frozenset(
    {
        *("abs", "ascii", "bytearray", "bytes", "chr", "complex", "dict", "divmod", "enumerate"),
        *("filter", "float", "frozenset", "getattr", "hex", "int", "iter", "list", "map"),
        *("max", "memoryview", "min", "next", "object", "oct", "ord", "pow", "property"),
        *("range", "repr", "reversed", "round", "set", "slice", "sorted", "str", "sum"),
        *("super", "tuple", "vars", "zip", "len", "bool", "isinstance", "issubclass", "type"),
        *("id", "hash", "callable", "any", "all", "hasattr", "dir", "cast"),
    }
)
"""Builtins that only work on a value, which is then followed on."""

OPAQUE: Final = frozenset(
    {"len", "bool", "isinstance", "issubclass", "type", "id", "callable", "any", "all", "hasattr"}
)
"""What these give is not the value any more, and is not followed."""

ADDING: Final = frozenset(
    {"append", "add", "extend", "insert", "update", "setdefault", "appendleft", "put", "put_nowait"}
)
"""Methods that keep an argument in what they are called on."""


def sink(names: Names, call: ast.Call, scope: Scope) -> str:
    """Say where the arguments of a call go: a word of the tables, "call f" for other code, or "" for plain work."""
    func, name = call.func, last_of(call.func)
    kind = names.of(func, scope)
    origin = kind.name if kind.tag in {"module", "foreign"} else ""
    if isinstance(func, ast.Attribute):
        base = names.of(func.value, scope)
        if base.tag in {"module", "foreign"} and not origin:
            origin = base.name
        by_module = "" if base.tag == "foreign" and base.name == "builtins" else _MODULES.get(origin.split(".")[0], "")
        if name.startswith("load") and by_module == "serialise":
            return ""
        if by_module and not (by_module == "process" and name in {"fspath", "getenv", "path", "join"}):
            return by_module
        if name in _METHODS:
            return _METHODS[name]
        own = base.tag in {"instance", "class"} or (kind.tag == "function")
        return f"call {brief(func)}" if own or (base.tag in {"module", "foreign"} and base.name != "builtins") else ""
    if origin:
        return _MODULES.get(origin.split(".")[0], "") or _BUILTINS.get(name, "") or f"call {brief(func)}"
    if kind.tag in {"ours", "our instance", "wrapper"} or not name:
        return ""
    if scope.find(name) is None:
        return _BUILTINS.get(name, "" if name in _SILENT or name[:1].isupper() else f"call {name}")
    return f"call {name}" if kind.tag in {"function", "class", "instance", "unknown"} else ""
