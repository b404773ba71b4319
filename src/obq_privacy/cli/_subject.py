"""`subject export`: everything that is held about one person, as the documented JSON."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from obq_privacy.cli._databases import (
    KEYS_HELP,
    SUBJECT_HELP,
    check_database,
    guarded,
    known,
    subject_id,
)
from obq_privacy.cli._failures import CommandMisused, OutputFailed
from obq_privacy.cli._report import counted, say, say_json
from obq_privacy.cli._shape import DONE, EXITS, with_json
from obq_privacy.cli._sources import HELP, holder_named, policy_named

if TYPE_CHECKING:
    import argparse

    from obq_privacy.cli._shape import Commands
    from obq_privacy.rights import Export, Holder


def add(commands: Commands) -> None:
    """Register the command."""
    parser = commands.add_parser("subject", help="answer a person", epilog=EXITS)
    actions = parser.add_subparsers(dest="action", required=True)
    export = actions.add_parser("export", help="give everything that is held about a person", epilog=EXITS)
    export.add_argument("database", metavar="DATABASE")
    export.add_argument("subject", metavar="SUBJECT", help=SUBJECT_HELP)
    export.add_argument("--policy", metavar="POLICY", required=True, help=f"the one in force: {HELP}")
    export.add_argument(
        "-o", "--output", metavar="FILE", default="-", help="made with mode 0600; standard output by default"
    )
    export.add_argument(
        "--by", metavar="WHO", default="", help="who does it, for the record; the user's name by default"
    )
    export.add_argument("--request", metavar="CASE", default="", help="the request that it answers")
    export.add_argument(
        "--holder", metavar="MODULE:ATTRIBUTE", action="append", default=[], help="where else sealed values are"
    )
    export.add_argument("--keys", metavar="KEYS", default="", help=KEYS_HELP)
    with_json(export)
    export.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> int:
    """Export a registered subject; it is recorded, as any export is."""
    check_database(options.database)
    policy = policy_named(options.policy, for_use=True)
    holders = [cast("Holder", holder_named(name)) for name in options.holder]
    subject = subject_id(options.subject)
    from obq_privacy.rights import Rights  # noqa: PLC0415  what was named wrongly is said without it

    place = None if options.output == "-" else Path(options.output)
    file = _made(place) if place is not None else None
    try:
        with guarded(options.database, policy, options.keys) as guard:
            whose = known(guard, options.database, subject)
            rights = Rights(guard, holders=holders)
            made = rights.export(whose, by=options.by or _user(), request=options.request)
        if file is not None:
            _write(file, options.output, made)
    except BaseException:
        if place is not None:
            with suppress(OSError):
                place.unlink()
        raise
    if place is None:
        sys.stdout.write(made.text + "\n")
    elif options.json:
        say_json(
            {
                "format": "obq-privacy/cli/subject-export/1",
                "subject": made.subject,
                "values": made.values,
                "sha256": made.digest,
                "file": str(place),
            }
        )
    else:
        say(f"{counted(made.values, 'value')} of {made.subject} in {place}, sha256 {made.digest}")
    return DONE


def _made(place: Path) -> int:
    """Make the file for nobody else to read, before anything is opened; what is there already stays as it is."""
    try:
        return os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        problem = os.strerror(error.errno or 0).lower()
    raise OutputFailed(place=str(place), problem=problem)


def _write(file: int, place: str, made: Export) -> None:
    """Write the document to the disk."""
    problem = ""
    try:
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            stream.write(made.text)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        problem = os.strerror(error.errno or 0).lower()
    if problem:
        raise OutputFailed(place=place, problem=problem)


def _user() -> str:
    """Give the name of whoever runs the command, as the system knows it; the environment could say anything.

    Raises:
        CommandMisused: the system does not know.
    """
    import pwd  # noqa: PLC0415  only this command needs it

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        pass
    raise CommandMisused(argument="--by", problem="the user has no name, so say who does it")


__all__ = ["add"]
