"""Ends of a process that print what is at hand; `test_channels_processes` takes them all with a value."""

# ruff: noqa: T201
from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import faulthandler
import gc
import multiprocessing
import os
import pdb
import sys
import threading
import tracemalloc
import warnings
from typing import Any

from values_world import NAME, World


class Dying:
    """An object that fails while it is collected."""

    def __init__(self, v: Any) -> None:
        self.v = v

    def __del__(self) -> None:
        """Fail."""
        raise ValueError(self.v)


def exits(v: Any) -> None:
    """Exit with it."""
    sys.exit(v)


def raises(v: Any) -> None:
    """Raise it."""
    raise ValueError("bad value", v)


def raises_alone(v: Any) -> None:
    """Raise it alone."""
    raise ValueError(v)


def raises_from_another(v: Any) -> None:
    """Raise it from another."""
    try:
        {}[v]
    except TypeError as error:
        raise ValueError(v) from error


def fails_in_a_thread(v: Any) -> None:
    """Raise it in a thread."""
    thread = threading.Thread(target=raises, args=(v,), name="worker")
    thread.start()
    thread.join()


def fails_in_a_loop(v: Any) -> None:
    """Raise it in a task."""

    async def main() -> None:
        raises(v)

    asyncio.run(main(), debug=True)


def is_never_retrieved(v: Any) -> None:
    """Raise it in a task that nobody awaits."""

    async def main() -> None:
        async def fail() -> None:
            raises(v)

        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0.01)
        del task
        gc.collect()

    asyncio.run(main(), debug=True)


def fails_while_dying(v: Any) -> None:
    """Raise it where it can only be printed."""
    dying = Dying(v)
    del dying


def fails_at_exit(v: Any) -> None:
    """Raise it at exit."""
    atexit.register(raises, v)


def dumps_its_frames(v: Any) -> None:
    """Dump the frames of all threads."""
    if v is not None:
        faulthandler.dump_traceback()


def aborts(v: Any) -> None:
    """Abort with the fault handler on."""
    faulthandler.enable()
    if v is not None:
        os.abort()


def is_debugged(v: Any) -> None:
    """Look at it in the debugger."""
    commands = pdb.Pdb(nosigint=True)
    commands.rcLines = ["args", "p v", "pp v", "pp [v]", "p str(v)", "p vars(v)", "whatis v", "display v", "v", "q"]
    commands.set_trace()
    commands.interaction(sys._getframe(), None)


def is_sent_to_a_pool(v: Any) -> None:
    """Send it to another process."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
        pool.submit(print, v).result()


def is_returned_from_a_pool(v: Any) -> None:
    """Return it from another process."""
    with multiprocessing.get_context("fork").Pool(1, initializer=globals().__setitem__, initargs=("held", v)) as pool:
        print(pool.map(_held, [1]))


def _held(_: int) -> Any:
    return globals()["held"]


def is_warned_of(v: Any) -> None:
    """Warn of it."""
    tracemalloc.start()
    warnings.simplefilter("always")
    warnings.warn(repr(v), stacklevel=1)
    warnings.warn(v, stacklevel=1)


ENDS = (
    exits,
    raises,
    raises_alone,
    raises_from_another,
    fails_in_a_thread,
    fails_in_a_loop,
    is_never_retrieved,
    fails_while_dying,
    fails_at_exit,
    dumps_its_frames,
    aborts,
    is_debugged,
    is_sent_to_a_pool,
    is_returned_from_a_pool,
    is_warned_of,
)


def main() -> None:
    """Take each end in a child, one after the other."""
    text = bytes.fromhex(os.environ["OBQ_CHANNEL_VALUE"]).decode()
    v = World().adult.collect(NAME, text)
    del text
    for end in ENDS:
        print(f"── {end.__name__}", flush=True)
        child = os.fork()
        if child == 0:
            end(v)
            sys.exit()
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
