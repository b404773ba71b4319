"""Sinks of the standard library that write and send, each telling what it got."""

# Whatever an application holds may come here, so nothing is known of its type.
# pyright: basic
from __future__ import annotations

import contextlib
import csv
import email.message
import http.cookies
import io
import multiprocessing
import pickle
import shelve
import socket
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any


def written_csv(v: Any, **options: Any) -> str:
    """Write it as a row."""
    out = io.StringIO()
    try:
        csv.writer(out, **options).writerow(["a", v])
    finally:
        print(out.getvalue())  # noqa: T201
    return out.getvalue()


def written_dict_csv(v: Any) -> str:
    """Write it as a row of a dictionary."""
    out = io.StringIO()
    csv.DictWriter(out, ["field"]).writerow({"field": v})
    return out.getvalue()


def queried(v: Any, query: str = "select ?", *, named: bool = False) -> Any:
    """Pass it to a database."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        return database.execute(query, {"v": v} if named else (v,)).fetchall()


def queried_many(v: Any) -> Any:
    """Insert it many times."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table t (a)")
        database.executemany("insert into t values (?)", [(v,), (v,)])
        return database.execute("select a from t").fetchall()


def returned_to_sql(v: Any) -> Any:
    """Give it back from an SQL function."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.create_function("f", 0, lambda: v)
        return database.execute("select f()").fetchall()


def shelved(v: Any) -> list[bytes]:
    """Put it on a shelf, and give what the files hold afterwards."""
    with tempfile.TemporaryDirectory() as place:
        try:
            with shelve.open(str(Path(place) / "shelf")) as shelf:  # noqa: S301
                shelf["key"] = v
        finally:
            for path in Path(place).iterdir():
                print(path.read_bytes().decode("latin-1")[:200].strip("\0"))  # noqa: T201
        return []


def dumped(v: Any, module: Any, *options: Any) -> bytes:
    """Dump it to a file, and print what was written even if it fails."""
    out = io.BytesIO()
    try:
        module.dump(v, out, *options)
    finally:
        print(out.getvalue().decode("latin-1"))  # noqa: T201
    return out.getvalue()


def pickled_in_python(v: Any, protocol: int) -> bytes:
    """Pickle it by the implementation in Python, which writes as it goes."""
    out = io.BytesIO()
    try:
        pickle._Pickler(out, protocol).dump(v)
    finally:
        print(len(out.getvalue()), out.getvalue().decode("latin-1"))  # noqa: T201
    return out.getvalue()


def cookie(v: Any) -> str:
    """Set a cookie."""
    jar = http.cookies.SimpleCookie()
    jar["name"] = v
    return jar.output()


def mailed(v: Any) -> str:
    """Put it into a mail."""
    message = email.message.EmailMessage()
    message["Subject"] = v
    return message.as_string()


def mailed_old(v: Any) -> str:
    """Put it into a mail of the older kind."""
    message = email.message.Message()
    message["Subject"] = v
    return message.as_string()


def mailed_body(v: Any) -> str:
    """Make it the body of a mail."""
    message = email.message.EmailMessage()
    message.set_content(v)
    return message.as_string()


def element(v: Any) -> bytes:
    """Make it the text of an XML element."""
    made = ET.Element("a")
    made.text = v
    return ET.tostring(made)


def attribute(v: Any) -> bytes:
    """Make it an attribute of an XML element."""
    return ET.tostring(ET.Element("a", {"b": v}))


def written(v: Any, mode: str) -> str:
    """Write it to a file, and give what the file holds."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "file"
        try:
            with path.open(mode) as file:
                file.write(v)
        finally:
            print(path.read_bytes())  # noqa: T201
        return ""


def written_by_path(v: Any, method: str) -> None:
    """Write it to a file by pathlib."""
    with tempfile.TemporaryDirectory() as place:
        getattr(Path(place) / "file", method)(v)


def ran(v: Any, **options: Any) -> Any:
    """Pass it to another program."""
    return subprocess.run([sys.executable, "-c", "pass", v], check=False, capture_output=True, **options)  # noqa: S603


def ran_with(v: Any, **options: Any) -> Any:
    """Pass it to another program by its input or environment."""
    return subprocess.run([sys.executable, "-c", "pass"], check=False, capture_output=True, **options)


def queued(v: Any) -> str:
    """Put it into a queue between processes, whose feeder thread pickles it."""
    queue: Any = multiprocessing.get_context("spawn").Queue()
    queue.put(v)
    queue.close()
    queue.join_thread()
    return ""


def sent(v: Any) -> bytes:
    """Send it through a pipe between processes."""
    one, other = multiprocessing.Pipe()
    with one, other:
        one.send(v)
        return b"sent"


def sent_by_socket(v: Any) -> int:
    """Send it by a socket."""
    one, other = socket.socketpair()
    with one, other:
        return one.send(v)
