"""`reveals`: list the places where values leave, and keep track of which of them were reviewed.

The exit status is 1 when `--check` finds a place that was not reviewed as it is, and 2 when the command was called
wrongly or a file cannot be read as Python.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.cli._failures import CommandMisused
from obq_privacy.cli._progress import Progress
from obq_privacy.cli._report import counted, plain, say, say_json
from obq_privacy.cli._shape import DONE, EXITS, FOUND, MISUSED, with_json, with_progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from obq_privacy.cli._report import Json
    from obq_privacy.cli._reveals_lock import Comparison, Entry
    from obq_privacy.cli._scan import Scan, Way
    from obq_privacy.cli._shape import Commands


def add(commands: Commands) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "reveals",
        help="list every place in code where values leave, and keep track of reviews",
        description="Read code, without running it, and list every place where values leave the library.",
        epilog=EXITS,
    )
    parser.add_argument("sources", metavar="SRC", nargs="+", type=Path, help="files and folders of Python code")
    parser.add_argument("--lock", metavar="FILE", type=Path, help="the list of reviewed places")
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--check", action="store_true", help="fail when a place was not reviewed as it is")
    act.add_argument("--update", action="store_true", help="write down all places as reviewed")
    parser.add_argument("--all", action="store_true", help="list also what may be another library's")
    with_json(parser)
    with_progress(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, check or update, and give the exit status.

    Raises:
        CommandMisused: a source is not there, or the list of reviewed places is none.
    """
    from obq_privacy.cli._scan import Problem, scan  # noqa: PLC0415  other commands do without

    lock: Path | None = options.lock
    if lock is None and (options.check or options.update):
        raise CommandMisused(argument="--lock", problem="--check and --update need it")
    for source in options.sources:
        if not source.exists():
            raise CommandMisused(argument=str(source), problem="there is no such file or folder")
    here = Path.cwd() if lock is None else lock.absolute().parent
    files = {_relative(path, here): path for path in _files(options.sources)}
    with Progress("files", asked=options.progress) as progress:
        texts = {name: _read(path) for name, path in sorted(files.items())}
        sources = {name: text for name, text in texts.items() if text is not None}
        found = scan(sources, everything=options.all, step=progress.step)
    unread = [Problem(name, 1, "it cannot be read as text") for name, text in texts.items() if text is None]
    found = found._replace(problems=tuple(sorted((*found.problems, *unread))))
    if lock is None:
        return _told(_Told(found, None), options)
    return _locked(found, _Cover(files, options.sources, here, found), lock, options)


class _Told(NamedTuple):
    """What is to be said: the places, beside the reviewed ones where there is a list."""

    scan: Scan
    comparison: Comparison | None


class _Cover:
    """Which files were looked at, so that what is not found in them is gone."""

    def __init__(self, files: Iterable[str], sources: Iterable[Path], here: Path, found: Scan) -> None:
        self._files = set(files)
        self._folders = tuple(f"{_relative(one, here)}/" for one in sources if one.is_dir())
        self._unread = {problem.file for problem in found.problems}

    def __call__(self, file: str) -> bool:
        inside = any(folder == "./" or file.startswith(folder) for folder in self._folders)
        return file not in self._unread and (file in self._files or inside)


def _locked(found: Scan, covered: _Cover, lock: Path, options: argparse.Namespace) -> int:
    from obq_privacy.cli._reveals_lock import LockInvalid, compare, dumps, entry_of, loads  # noqa: PLC0415

    sure = [way for way in found.ways if way.sure]
    known: list[Entry] = []
    if lock.exists():
        try:
            known = loads(lock.read_text("utf-8"))
        except LockInvalid as error:
            raise CommandMisused(argument="--lock", problem=f"{lock}:{error.line}: {error}") from None
        except (OSError, ValueError):
            raise CommandMisused(argument="--lock", problem=f"{lock} cannot be read") from None
    elif options.check:
        print(f"{lock} is not there yet; review the places, and write it with --update", file=sys.stderr)
    comparison = compare(sure, known, covered)
    told = _Told(found, comparison)
    if not options.update:
        return _told(told, options)
    if found.problems:
        status = _told(told, options)
        print(f"{lock} is left as it was; every file has to be readable first", file=sys.stderr)
        return status
    kept = [entry for entry in known if not covered(entry.file)]
    try:
        _write(lock, dumps([*kept, *map(entry_of, sure)]))
    except OSError as error:
        problem = f"{lock} cannot be written: {os.strerror(error.errno or 0).lower()}"
        raise CommandMisused(argument="--lock", problem=problem) from None
    if options.json:
        return _told(told, options)
    anew, gone = len(comparison.unreviewed), len(comparison.gone)
    say(f"{lock}: {counted(len(sure), 'place')}, {anew} of them anew, {gone} taken out")
    return DONE


def _write(lock: Path, text: str) -> None:
    """Write the whole file or nothing."""
    new = lock.with_name(f"{lock.name}.new")
    new.write_text(text, "utf-8", newline="\n")
    new.replace(lock)


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────


def _files(sources: Sequence[Path]) -> Iterator[Path]:
    """Give Python files; in folders those that end in .py, apart from hidden folders and virtual environments."""
    for source in sources:
        if not source.is_dir():
            yield source
            continue
        for folder, inner, names in os.walk(source):
            inner[:] = sorted(one for one in inner if not one.startswith(".") and one != "__pycache__")
            inner[:] = [one for one in inner if not Path(folder, one, "pyvenv.cfg").exists()]
            yield from (Path(folder, name) for name in names if name.endswith(".py"))


def _relative(path: Path, here: Path) -> str:
    return Path(os.path.relpath(path.absolute(), here)).as_posix()


def _read(path: Path) -> str | None:
    """Read a file in the encoding that it declares; None where that does not go."""
    import tokenize  # noqa: PLC0415  loaded where it is used

    try:
        with path.open("rb") as file:
            encoding, _ = tokenize.detect_encoding(file.readline)
            file.seek(0)
            return file.read().decode(encoding)
    except (OSError, SyntaxError, ValueError, LookupError):
        return None


# ── What is said ──────────────────────────────────────────────────────────────────────────────────────────


def _told(told: _Told, options: argparse.Namespace) -> int:
    """Say what was found, and give the exit status."""
    comparison = told.comparison
    if options.json:
        say_json(_form(told))
    else:
        _print(told, only_new=options.check)
    for problem in told.scan.problems:
        print(plain(f"{problem.file}:{problem.line}: {problem.problem}"), file=sys.stderr)
    if told.scan.problems:
        return MISUSED
    return FOUND if options.check and comparison is not None and comparison.unreviewed else DONE


def _print(told: _Told, *, only_new: bool) -> None:
    ways, comparison = told.scan.ways, told.comparison
    states = {} if comparison is None else {one.way: one for one in comparison.judged}
    for way in ways:
        judged = states.get(way)
        if only_new and (judged is None or judged.state == "reviewed"):
            continue
        state = "" if judged is None else f"{judged.state}: "
        say(f"{way.file}:{way.line}:{way.column}: {state}{way.text} in {way.function}")
        say(f"    {'; '.join(_parts(way))}")
        if judged is not None and judged.why:
            say(f"    {judged.why}")
    for entry in () if comparison is None else comparison.gone:
        say(f"{entry.file}: gone: {entry.call} in {entry.function}")
    say(_summary(told))


def _parts(way: Way) -> Iterator[str]:
    of = f" of {', '.join(way.items)}" if way.items else ""
    purposes = f" for {', '.join(way.purposes)}" if way.purposes else ""
    to = f" to {', '.join(way.recipients)}" if way.recipients else ""
    yield f"{way.out}{of}{purposes}{to}"
    if way.into:
        yield f"into {', '.join(f'{where} (line {line})' for where, line in way.into)}"
    yield from way.notes
    if not way.sure:
        yield "maybe another library's"


def _summary(told: _Told) -> str:
    ways, comparison = told.scan.ways, told.comparison
    counts: dict[str, int] = {}
    for way in ways:
        name = str(way.out) if way.sure else "maybe"
        counts[name] = counts.get(name, 0) + 1
    said = [counted(len(ways), "place"), *(f"{count} {name}" for name, count in sorted(counts.items()))]
    if comparison is not None:
        said.append(f"{len(comparison.unreviewed)} not reviewed, {len(comparison.gone)} gone")
    return "; ".join(said)


def _form(told: _Told) -> dict[str, Json]:
    comparison = told.comparison
    states = {} if comparison is None else {one.way: one for one in comparison.judged}
    places: list[Json] = [
        {
            "file": way.file,
            "line": way.line,
            "column": way.column,
            "function": way.function,
            "call": way.text,
            "number": way.number,
            "out": str(way.out),
            "purposes": list(way.purposes),
            "items": list(way.items),
            "recipients": list(way.recipients),
            "into": [{"where": where, "line": line} for where, line in way.into],
            "notes": list(way.notes),
            "sure": way.sure,
            "code": way.code,
            **({"state": states[way].state, "why": states[way].why} if way in states else {}),
        }
        for way in told.scan.ways
    ]
    form: dict[str, Json] = {
        "format": "obq-privacy/cli/reveals/1",
        "places": places,
        "problems": [one._asdict() for one in told.scan.problems],
    }
    if comparison is not None:
        form["gone"] = [{"file": one.file, "function": one.function, "call": one.call} for one in comparison.gone]
    return form
