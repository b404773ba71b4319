"""The docket on SQLite: cases, and the entries that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from obq_privacy.stores._rows import CaseEntry, CaseRow
from obq_privacy.stores._sqlite_part import Part, instant, to_number, to_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from obq_privacy.stores._sqlite_errors import Row
    from obq_privacy.vocab import Pseudonym

_CASE: Final = "SELECT name, kind, subject, open, due, seq FROM cases"
_ENTRIES: Final = "SELECT name, seq, at, text FROM case_entries WHERE name = ? ORDER BY seq"


class DocketPart(Part):
    """Keep cases."""

    def enter(
        self,
        case: str,
        kind: str,
        subject: Pseudonym | Literal[""],
        make: Callable[[Sequence[CaseEntry]], tuple[str, bool, dt.datetime | None] | None],
        at: dt.datetime,
        /,
    ) -> CaseEntry | None:
        """Let `make` see the entries of the case and add what it returns."""
        when = to_number(at)
        with self._database.writing() as turn:
            found = turn.run("SELECT kind, subject FROM cases WHERE name = ?", case)
            if found and found[0] != (kind, subject):
                raise self._database.failure("the case is of another kind, or about somebody else")
            entries = _parsed(turn.run(_ENTRIES, case))
            made = make(entries)
            if made is None:
                return None
            text, still, due = made
            seq = len(entries) + 1
            turn.run(
                "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET open = excluded.open, due = excluded.due, seq = excluded.seq",
                case,
                kind,
                subject,
                still,
                None if due is None else to_number(due),
                seq,
            )
            turn.run("INSERT INTO case_entries VALUES (?, ?, ?, ?)", case, seq, when, text)
            return CaseEntry(case, seq, instant(when), text)

    def entries(self, case: str, /) -> Sequence[CaseEntry]:
        """Return the entries of a case, oldest first."""
        return _parsed(self._database.ask(_ENTRIES, case))

    def case(self, case: str, /) -> CaseRow | None:
        """Return where a case stands."""
        found = self._database.ask(f"{_CASE} WHERE name = ?", case)
        return _row(found[0]) if found else None

    def cases(
        self,
        kind: str,
        /,
        *,
        subject: Pseudonym | Literal[""] | None = None,
        open: bool | None = None,  # noqa: A002  as the row calls it
    ) -> Sequence[CaseRow]:
        """Return the cases of a kind that fit, those due first first."""
        fits = {"kind": kind, "subject": subject, "open": open}
        wanted = {column: value for column, value in fits.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in wanted)
        found = self._database.ask(f"{_CASE} WHERE {where} ORDER BY due IS NULL, due, name", *wanted.values())
        return [_row(row) for row in found]


def _parsed(rows: Sequence[Row]) -> tuple[CaseEntry, ...]:
    return tuple(map(_entry, rows))


def _entry(row: Row) -> CaseEntry:
    name, seq, at, text = row
    return CaseEntry(name, seq, instant(at), text)


def _row(row: Row) -> CaseRow:
    name, kind, subject, still, due, seq = row
    return CaseRow(name, kind, subject, bool(still), to_time(due), seq)
