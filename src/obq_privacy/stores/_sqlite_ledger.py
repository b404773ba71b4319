"""The ledger on SQLite: consent events, the feed of changes with its followers, and policies."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from obq_privacy.consent import ConsentEvent
from obq_privacy.errors import PolicyConflict
from obq_privacy.stores._rows import Feed
from obq_privacy.stores._sqlite_part import Part, to_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from obq_privacy.stores._sqlite_errors import Row
    from obq_privacy.vocab import Pseudonym

_EVENTS = "SELECT event FROM events WHERE subject = ? ORDER BY seq"


class LedgerPart(Part):
    """Keep what is only ever added."""

    def append(
        self, subject: Pseudonym, make: Callable[[Sequence[ConsentEvent]], ConsentEvent | None], /
    ) -> tuple[ConsentEvent | None, int]:
        """Let `make` see the events of the subject and append what it returns."""
        with self._database.writing() as turn:
            if self._is_erasing(turn, subject):
                return None, self._newest(turn)
            events = self._parsed(turn.run(_EVENTS, subject))
            event = make(events)
            if event is None:
                return None, self._newest(turn)
            if event.subject != subject:
                raise self._database.failure("the event is about another subject")
            for older in events:
                if older.key == event.key:
                    return older, self._newest(turn)
            change = self._changed(turn, subject)
            turn.run("INSERT INTO events VALUES (?, ?, ?, ?)", subject, change, event.key, event.dumps())
            return event, change

    def events(self, subject: Pseudonym, /) -> Sequence[ConsentEvent]:
        """Return the events of a subject in the order in which they were appended."""
        return self._parsed(self._database.ask(_EVENTS, subject))

    def latest(self) -> dt.datetime | None:
        """Return the latest time of any event."""
        ((text,),) = self._database.ask("SELECT max(json_extract(event, '$.at')) FROM events")
        return None if text is None else dt.datetime.fromisoformat(text)

    def _parsed(self, rows: Sequence[Row]) -> tuple[ConsentEvent, ...]:
        try:
            return tuple(ConsentEvent.loads(text) for (text,) in rows)
        except (ValueError, LookupError, TypeError):  # they may quote the row
            pass
        raise self._database.failure("a consent event is not written as events are")

    # ── Feed ──────────────────────────────────────────────────────────────────────────────────────────────

    def feed(self, after: int, follower: bytes, /) -> Feed:
        """Return what has changed since change number `after`."""
        with self._database.reading() as turn:
            ((head, following),) = turn.run(
                "SELECT (SELECT coalesce(max(seq), 0) FROM feed), EXISTS (SELECT 1 FROM followers WHERE id = ?)",
                follower,
            )
            # Rows up to the head never change, so no transaction is needed to read them.
            found = (
                ()
                if head <= after
                else turn.run(
                    "SELECT subject FROM feed WHERE seq > ? AND seq <= ? GROUP BY subject ORDER BY min(seq)",
                    after,
                    head,
                )
            )
        return Feed(head, tuple(subject for (subject,) in found), bool(following))

    def follow(self, follower: bytes, seen: int, /) -> None:
        """Register a follower, or say how far it has read."""
        with self._database.writing() as turn:
            turn.run(
                "INSERT INTO followers VALUES (?, ?) ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen)",
                follower,
                max(seen, 0),
            )

    def unfollow(self, follower: bytes, /, *, below: int | None = None) -> None:
        """Forget a follower, with `below` only if it has not read that far."""
        with self._database.writing() as turn:
            turn.run("DELETE FROM followers WHERE id = ? AND (? OR seen < ?)", follower, below is None, below)

    def followers(self) -> Mapping[bytes, int]:
        """Return how far every follower has read."""
        return dict(self._database.ask("SELECT id, seen FROM followers"))

    # ── Policies ──────────────────────────────────────────────────────────────────────────────────────────

    def put_policy(self, version: str, text: str, at: dt.datetime, /) -> None:
        """Keep a version of the policy."""
        when = to_number(at)
        with self._database.writing() as turn:
            found = turn.run("SELECT text FROM policies WHERE version = ?", version)
            if not found:
                turn.run("INSERT INTO policies (version, text, at) VALUES (?, ?, ?)", version, text, when)
            elif found[0][0] != text:
                raise PolicyConflict(version=version)

    def policies(self) -> Mapping[str, str]:
        """Return the text of every version, oldest first."""
        return dict(self._database.ask("SELECT version, text FROM policies ORDER BY n"))
