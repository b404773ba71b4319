"""What people ended, in a file beside the database: a backup that is put back meets it again (RIGHT-4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from obq_privacy import _late
from obq_privacy.consent import EVERYBODY, ConsentEvent, EventKind
from obq_privacy.guard._beside import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy.guard._core import Core

_UNDOES: Final = frozenset({EventKind.ALLOW, EventKind.LIFT, EventKind.RELEASE})
"""What takes an objection, a restriction or a hold back: without it these would stand for ever."""


class Endings:
    """The events that end something, and those that undo such an end.

    Each is written down and synced within the transaction that appends it to the ledger, so that the file has them in
    the order of the ledger. A backup of the ledger lacks the last of them, and nothing else; what a killed process had
    not committed any more counts as ended as well.

    Args:
        path: the file.
        store: id of the key of the store itself, which tells what another store at the same place has left.
    """

    __slots__ = ("_lines", "_store")

    def __init__(self, path: Path, store: bytes) -> None:
        self._lines = Lines(path)
        self._store = store.hex()

    def add(self, event: ConsentEvent) -> None:
        """Write an event down, durably, if it is one of these.

        Raises:
            StoreUnavailable: the file cannot be written; then nothing is appended to the ledger either.
        """
        if event.kind.ends or event.kind in _UNDOES:
            self._lines.add(_late.json.dumps({"store": self._store, "event": event.dumps()}))

    def replay(self, core: Core) -> int:
        """Append what the ledger lacks, with its own time, and give the number of the change to wait for.

        It reads from the end up to the first event that the ledger has, so it costs nothing where nothing is missing.
        The state of consent does not depend on the order of appending: what was granted after an end stands.

        Raises:
            StoreUnavailable: the file cannot be read, or added to: nobody could withdraw anything.
        """
        self._lines.check()
        change = 0
        for event in reversed(list(self._missing(core))):
            if event.subject == EVERYBODY:
                core.everybody()  # makes its ledger, which the backup may be without
            _, change = core.store.append(event.subject, partial(_as_it_was, event))
            core.record(event.subject, core.fact(event.kind.value, "done", items=event.items, actor="replayed"))
        return change

    def _missing(self, core: Core) -> Iterator[ConsentEvent]:
        """Yield what the ledger lacks about people whom it knows, newest first."""
        for line in self._lines.newest_first():
            event = _read(line, self._store)
            if event is None:
                continue
            if event.subject != EVERYBODY:
                row = core.store.subject(event.subject)
                if row is None or row.erasing is not None:
                    continue
            if any(event.key == one.key for one in core.store.events(event.subject)):
                return
            yield event


def _as_it_was(event: ConsentEvent, _: object) -> ConsentEvent:
    return event


def _read(line: bytes, store: str) -> ConsentEvent | None:
    """Read a line; None where it is about another store, or was cut short."""
    try:
        form = _late.json.loads(line)
        return ConsentEvent.loads(form["event"]) if form["store"] == store else None
    except (ValueError, LookupError, TypeError):
        return None
