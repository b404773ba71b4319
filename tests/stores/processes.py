"""Child processes for the tests: forked, since real ones that are started anew cost a third of a second each."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def child(work: Callable[[], object], *, exits: bool = False) -> int:
    """Let a forked child do something, and return its id.

    Args:
        work: what to do; an exception makes the child's exit code 1.
        exits: end as an ordinary program does, instead of at once.
    """
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
        if not exits:
            os._exit(code)
    sys.exit(code)


def wait(*pids: int) -> None:
    """Wait for children, all of which must end well."""
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    assert codes == [0] * len(pids)
