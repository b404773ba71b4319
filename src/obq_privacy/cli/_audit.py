"""`audit verify|show`: whether the record is whole, and what is on it. Neither needs a key, apart from --subject."""

from __future__ import annotations

import argparse
import datetime as dt
import re
from collections import deque
from typing import TYPE_CHECKING, Final

from obq_privacy.cli._databases import KEYS_HELP, SUBJECT_HELP, adopted, guarded, known, opened, subject_id
from obq_privacy.cli._failures import CommandMisused, SubjectUnknown
from obq_privacy.cli._progress import Progress
from obq_privacy.cli._report import counted, failed, listed, say, say_json
from obq_privacy.cli._shape import DONE, EXITS, FOUND, with_json, with_progress
from obq_privacy.cli._standins import read_for_looking
from obq_privacy.errors import AuditBroken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from obq_privacy.audit import Batch, Entry, Fact, FactRow, Head, SegmentRow
    from obq_privacy.cli._report import Json
    from obq_privacy.cli._shape import Commands
    from obq_privacy.stores import SQLiteStore

_OUTCOMES: Final = ("permit", "deny", "gap", "done", "observed")
_WIDEST: Final = max(map(len, _OUTCOMES))
_PSEUDONYM: Final = re.compile("[0-9a-f]{32}")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def add(commands: Commands) -> None:
    """Register both commands."""
    parser = commands.add_parser("audit", help="verify and read the audit log", epilog=EXITS)
    actions = parser.add_subparsers(dest="action", required=True)

    verify = actions.add_parser("verify", help="check every link of the chain", epilog=EXITS)
    verify.add_argument("database", metavar="DATABASE")
    verify.add_argument("--anchor", metavar="HEAD", help="an earlier end of the chain that was kept elsewhere")
    verify.set_defaults(run=_verify)

    show = actions.add_parser("show", help="print what is on record, oldest first", epilog=EXITS)
    show.add_argument("database", metavar="DATABASE")
    whom = show.add_mutually_exclusive_group()
    whom.add_argument("--subject", metavar="SUBJECT", help=f"{SUBJECT_HELP}; needs the key")
    whom.add_argument("--pseudonym", metavar="PSEUDONYM", help="as records have it, in 32 hex digits; needs no key")
    show.add_argument("--item", metavar="ITEM", help="key of an item")
    show.add_argument("--purpose", metavar="PURPOSE", help="key of a purpose")
    show.add_argument("--operation", metavar="OPERATION", help="collect, use, share, erase, export, …")
    show.add_argument("--recipient", metavar="RECIPIENT", help="key of a recipient")
    show.add_argument("--outcome", choices=_OUTCOMES)
    show.add_argument("--since", metavar="TIME", help="ISO 8601, the first instant; in UTC unless it says otherwise")
    show.add_argument("--until", metavar="TIME", help="the first instant that is too late")
    show.add_argument("--limit", metavar="N", type=_limit, help="only the newest N")
    show.add_argument("--keys", metavar="KEYS", default="", help=KEYS_HELP)
    show.set_defaults(run=_show)

    for action in (verify, show):
        with_json(action)
        with_progress(action)


def _limit(text: str) -> int:
    if text.isdecimal() and text.isascii() and 0 < int(text) < 2**31:
        return int(text)
    raise argparse.ArgumentTypeError("it is a whole number from 1")


# ── Verify ────────────────────────────────────────────────────────────────────────────────────────────────


class _Watched:
    """A store whose rows of the chain are counted as they are read."""

    def __init__(self, store: SQLiteStore, progress: Progress) -> None:
        self._store = store
        self._progress = progress
        self.before: SegmentRow | None = None
        self.last: SegmentRow | None = None
        self.since: int | None = None
        self.until: int | None = None

    def segments(
        self, *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
    ) -> Iterator[SegmentRow]:
        for row in self._store.segments(after=after, subject=subject, since=since, until=until):
            self.before, self.last = self.last, row
            self.since = row.since if self.since is None else min(self.since, row.since)
            self.until = row.until if self.until is None else max(self.until, row.until)
            yield row
            self._progress.step()

    def add_facts(self, facts: Iterable[Fact], /) -> None:
        self._store.add_facts(facts)

    def fact(self, fact: bytes, /) -> FactRow | None:
        return self._store.fact(fact)

    def append_segments(self, batches: Iterable[Batch], /) -> None:
        self._store.append_segments(batches)

    def pairs(self, seq: int, /) -> Collection[tuple[bytes, bytes]]:
        return self._store.pairs(seq)

    def head(self) -> Head:
        return self._store.head()


def _verify(options: argparse.Namespace) -> int:
    """Check the chain from its beginning, after taking in what killed processes have left."""
    from obq_privacy.audit import verify_chain  # noqa: PLC0415  only this command needs it

    anchor = _anchor(options.anchor)
    with opened(options.database) as store, Progress("segments verified", asked=options.progress) as progress:
        left = adopted(options.database, store).left
        watched = _Watched(store, progress)
        broken: AuditBroken | None = None
        try:
            head: Head | None = verify_chain(watched, anchor)
        except AuditBroken as error:
            broken = error
            head = watched.before.head if watched.before is not None else None
    if broken is not None:
        failed(broken)
    if options.json:
        say_json(_verified(watched, head, broken, left))
    elif broken is not None:
        say(f"broken: {broken.place}: {broken.problem}", f"intact up to: {head or 'nothing'}")
    else:
        rows = watched.last.seq if watched.last is not None else 0
        say(f"whole: {counted(rows, 'segment')}{_span(watched)}", f"head: {head}")
        if anchor is None:
            say("keep the head where whoever can write the database cannot, and give it as --anchor next time")
    if left and not options.json:
        say(f"unreadable in the journal: {listed(left)}")
    return FOUND if broken is not None or left else DONE


def _anchor(text: str | None) -> Head | None:
    from obq_privacy.audit import Head  # noqa: PLC0415  only with --anchor

    if text is None:
        return None
    try:
        return Head.parse(text)
    except ValueError:
        pass
    raise CommandMisused(argument="--anchor", problem="it is a number, a colon and 64 hex digits, as verify prints it")


def _span(watched: _Watched) -> str:
    if watched.since is None or watched.until is None:
        return ""
    return f", from {_time(_instant(watched.since))} to {_time(_instant(watched.until))}"


def _instant(nanoseconds: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=nanoseconds // 1000)


def _time(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def _verified(
    watched: _Watched, head: Head | None, broken: AuditBroken | None, left: tuple[str, ...]
) -> dict[str, Json]:
    return {
        "format": "obq-privacy/cli/audit-verify/1",
        "whole": broken is None and not left,
        "segments": 0 if head is None else head.seq,
        "head": str(head) if broken is None and head is not None else None,
        "intact": str(head) if head is not None else None,
        "place": None if broken is None else broken.place,
        "problem": None if broken is None else broken.problem,
        "unreadable": left,
    }


# ── Show ──────────────────────────────────────────────────────────────────────────────────────────────────


def _show(options: argparse.Namespace) -> int:
    """Print the entries that fit all of the filters."""
    from obq_privacy.audit import AuditLog  # noqa: PLC0415  only this command needs it

    since, until = _instant_of("--since", options.since), _instant_of("--until", options.until)
    if options.pseudonym is not None and not _PSEUDONYM.fullmatch(options.pseudonym):
        raise CommandMisused(argument="--pseudonym", problem="it is 32 lower-case hex digits")
    subject = None if options.subject is None else subject_id(options.subject)
    with opened(options.database) as store, Progress("entries read", asked=options.progress) as progress:
        pseudonym = options.pseudonym if subject is None else _pseudonym(options, store, subject)
        adopted(options.database, store)
        found = AuditLog(store, flush=lambda: None).entries(
            subject=pseudonym,
            item=options.item,
            purpose=options.purpose,
            outcome=options.outcome,
            operation=options.operation,
            recipient=options.recipient,
            since=since,
            until=until,
        )
        entries: Iterable[Entry] = progress.over(found)
        for entry in entries if options.limit is None else deque(entries, options.limit):
            if options.json:
                say_json(_form(entry), lines=True)
            else:
                say(_line(entry))
    return DONE


def _pseudonym(options: argparse.Namespace, store: SQLiteStore, subject: str) -> str:
    """Find somebody by the application's id, under the policy that the database knows as the newest."""
    texts = list(store.policies().values())
    if not texts:
        raise SubjectUnknown(place=options.database)
    with guarded(options.database, read_for_looking(texts[-1]), options.keys) as guard:
        return known(guard, options.database, subject).pseudonym


def _instant_of(argument: str, text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None:
        raise CommandMisused(argument=argument, problem="it is a time such as 2026-11-30 or 2026-11-30T08:00+08:00")
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)


def _line(entry: Entry) -> str:
    parts = [
        _time(entry.at),
        entry.outcome.ljust(_WIDEST),
        entry.operation,
        listed(entry.items, ""),
        f"for {entry.purpose}" if entry.purpose else "",
        f"to {entry.recipient}" if entry.recipient else "",
        f"on {entry.basis}" if entry.basis else "",
        f"[{', '.join((*entry.codes, *entry.clauses))}]" if entry.codes else "",
        f"of {entry.subject}" if entry.subject else "",
        f"by {entry.actor}" if entry.actor else "",
        f"({entry.justification})" if entry.justification else "",
    ]
    return " ".join(part for part in parts if part)


def _form(entry: Entry) -> dict[str, Json]:
    return {
        "format": "obq-privacy/cli/audit-entry/1",
        "seq": entry.seq,
        "index": entry.index,
        "at": entry.at.isoformat(),
        "subject": entry.subject,
        "operation": entry.operation,
        "outcome": entry.outcome,
        "items": entry.items,
        "purpose": entry.purpose,
        "basis": entry.basis,
        "codes": entry.codes,
        "clauses": entry.clauses,
        "version": entry.version,
        "recipient": entry.recipient,
        "actor": entry.actor,
        "justification": entry.justification,
    }


__all__ = ["add"]
