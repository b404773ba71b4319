"""`map`: a policy, and what a database holds under it, as one page to look at."""

from __future__ import annotations

import datetime as dt
import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from obq_privacy.cli._databases import adopted, opened
from obq_privacy.cli._failures import CommandMisused, OutputFailed
from obq_privacy.cli._progress import Progress
from obq_privacy.cli._report import counted, say, say_json
from obq_privacy.cli._shape import DONE, EXITS, with_json, with_progress
from obq_privacy.cli._sources import HELP, policy_named

if TYPE_CHECKING:
    import argparse

    from obq_privacy.cli._report import Json
    from obq_privacy.cli._shape import Commands
    from obq_privacy.cli._volumes import Volumes
    from obq_privacy.policy import Policy

_SECOND = dt.timedelta(seconds=1)


def add(commands: Commands) -> None:
    """Register the command."""
    parser = commands.add_parser("map", help="draw a policy as one page of HTML", epilog=EXITS)
    parser.add_argument("--policy", metavar="POLICY", required=True, help=HELP)
    parser.add_argument("--database", metavar="DATABASE", help="add volumes, counted without any key")
    parser.add_argument("-o", "--output", metavar="FILE", default="-", help="standard output by default")
    parser.add_argument("--at", metavar="TIME", help="as of when, ISO 8601; now by default")
    with_json(parser)
    with_progress(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    """Draw the page."""
    from obq_privacy.cli._page import Seen, page  # noqa: PLC0415  only this command needs it

    if options.json and options.output == "-":
        raise CommandMisused(argument="--json", problem="the page itself is printed, unless -o names a file")
    at = _at(options.at)
    policy = policy_named(options.policy)
    volumes = _volumes(options, policy, at) if options.database else None
    text = page(Seen(policy, at, volumes))
    if options.output == "-":
        sys.stdout.write(text)
        return DONE
    _write(Path(options.output), text)
    if options.json:
        say_json(_form(options.output, text, policy, volumes))
    else:
        parts = (counted(len(policy.purposes), "purpose"), counted(len(policy.items), "item"))
        say(f"{', '.join(parts)} and {counted(len(policy.recipients), 'recipient')} in {options.output}")
    return DONE


def _at(text: str | None) -> dt.datetime:
    """Give the time that was named, in UTC and whole seconds: the end of the running one, if none was."""
    try:
        at = dt.datetime.now(dt.UTC) + _SECOND if text is None else dt.datetime.fromisoformat(text)
        at = at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
        return at.astimezone(dt.UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise CommandMisused(argument="--at", problem="it is a time such as 2026-11-30 or 2026-11-30T08:00+08:00")


def _volumes(options: argparse.Namespace, policy: Policy, at: dt.datetime) -> Volumes:
    from obq_privacy.cli._volumes import counted_in  # noqa: PLC0415  only with a database

    with opened(options.database) as store, Progress("subjects and entries", asked=options.progress) as progress:
        adopted(options.database, store)
        return counted_in(store, policy, at, progress)


def _write(place: Path, text: str) -> None:
    """Put the page in its place as a whole, so that a kill leaves the old one or the new one."""
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    problem = ""
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(place)
    except OSError as error:
        problem = os.strerror(error.errno or 0).lower()
        with suppress(OSError):
            fresh.unlink()
    if problem:
        raise OutputFailed(place=str(place), problem=problem)


def _form(file: str, text: str, policy: Policy, volumes: Volumes | None) -> dict[str, Json]:
    counts: dict[str, Json] | None = None
    if volumes is not None:
        counts = {
            name: value if isinstance(value, int) else {key: value[key] for key in sorted(value)}
            for name, value in volumes._asdict().items()
        }
    return {
        "format": "obq-privacy/cli/map/1",
        "file": file,
        "sha256": sha256(text.encode()).hexdigest(),
        "version": policy.version,
        "purposes": len(policy.purposes),
        "items": len(policy.items),
        "recipients": len(policy.recipients),
        "volumes": counts,
    }


__all__ = ["add"]
