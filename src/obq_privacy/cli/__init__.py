"""The command line: `python -m obq_privacy COMMAND`, one module for each command."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

import obq_privacy
from obq_privacy.cli import (
    _audit,
    _demo,
    _map,
    _policy,
    _reveals,
    _subject,
)
from obq_privacy.cli._failures import OutputFailed, Unexpected, place_of
from obq_privacy.cli._report import failed
from obq_privacy.cli._shape import EXITS, INTERRUPTED, UNREAD
from obq_privacy.errors import PolicyInvalid, PrivacyError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from obq_privacy.cli._shape import Commands

# fmt: off
_COMMANDS: Final[tuple[Callable[[Commands], None], ...]] = (
    _policy.add,
    _map.add,
    _audit.add,
    _reveals.add,
    _subject.add,
    _demo.add,
)
# fmt: on
"""Each registers a parser with `set_defaults(run=…)`, which takes the options and gives the exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status, which docs/reference/command-line.md explains.

    Args:
        arguments: the words after the program's name; those of this process by default.
    """
    parser = argparse.ArgumentParser(prog="python -m obq_privacy", description=obq_privacy.__doc__, epilog=EXITS)
    parser.add_argument("--version", action="version", version=obq_privacy.__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    for add in _COMMANDS:
        add(commands)
    options, rest = parser.parse_known_args(arguments)
    if rest and not getattr(options, "takes_rest", False):
        parser.error("it was given more words than it takes")  # which, it does not say: they may be somebody's id
    options.rest = rest
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    """Run the command that was chosen; whatever ends it early is said in one line."""
    out: TextIO = sys.stdout
    if isinstance(out, io.TextIOWrapper):  # documents are UTF-8, wherever they go
        out.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        try:
            status = int(options.run(options))
            out.flush()
        except (PrivacyError, PolicyInvalid) as error:
            status = failed(error, json=getattr(options, "json", False))
            out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            problem = os.strerror(error.errno or 0).lower()
            full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF}
            status = failed(
                OutputFailed(place="standard output", problem=problem)
                if full
                else Unexpected(kind=f"{type(error).__name__}, {problem},", place=place_of(error))
            )
        except Exception as error:  # noqa: BLE001  a traceback may show values
            status = failed(Unexpected(kind=type(error).__name__, place=place_of(error)))
    except KeyboardInterrupt:
        print("obq-privacy: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # What Python flushes at its end must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return UNREAD
    return status


__all__ = ["main"]
