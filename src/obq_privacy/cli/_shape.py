"""What the commands have in common: a module's `add` registers a parser, whose `run` gives the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse
    from typing import TypeAlias

    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

DONE: Final = 0
FOUND: Final = 1  # found something, was refused, or failed
MISUSED: Final = 2
INTERRUPTED: Final = 130  # as shells report SIGINT
UNREAD: Final = 141  # as shells report SIGPIPE

EXITS: Final = (
    "exit status: 0 done; 1 found something, was refused, or failed; 2 called wrongly; 130 interrupted; "
    "141 nobody reads the output any more"
)
"""What every --help ends with."""


def with_json(parser: argparse.ArgumentParser) -> None:
    """Add what every command takes."""
    parser.add_argument("--json", action="store_true", help="print JSON of the form that the documentation describes")


def with_progress(parser: argparse.ArgumentParser) -> None:
    """Add what commands take that may take long."""
    parser.add_argument(
        "--progress", action="store_true", help="tell on standard error how far it is, even where that is no terminal"
    )


__all__ = ["DONE", "EXITS", "FOUND", "INTERRUPTED", "MISUSED", "UNREAD", "with_json", "with_progress"]
