"""Child processes for the tests: forked, since real ones that are started anew cost a third of a second each."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def child(work: Callable[[], object]) -> int:
    """Let a forked child do something and end at once, with exit code 1 after an exception; return its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads is what some tests are about
        pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  the test must not go on in the child
        traceback.print_exc()
    finally:
        os._exit(code)


def wait(*pids: int) -> None:
    """Wait for children, all of which must end well."""
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    assert codes == [0] * len(pids)


def script(program: str, *arguments: object) -> str:
    """Run a program that ends in the ordinary way, and return what it says."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
        cwd=Path(__file__).parent.parent,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    ).stdout
