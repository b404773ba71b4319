"""The docket of a store in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from obq_privacy.stores._memory_audit import MemoryAudit, failure, utc
from obq_privacy.stores._rows import CaseEntry, CaseRow

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from obq_privacy.vocab import Pseudonym


class MemoryDocket(MemoryAudit):
    """Keep cases and their entries in dicts."""

    def _clear_docket(self) -> None:
        self._cases: dict[str, CaseRow] = {}
        self._entries: dict[str, list[CaseEntry]] = {}

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
        at = utc(at)
        with self._turn():
            row = self._cases.get(case)
            if row is not None and (row.kind, row.subject) != (kind, subject):
                raise failure("the case is of another kind, or about somebody else")
            entries = tuple(self._entries.get(case, ()))
            self._making = True
            try:
                made = make(entries)
            finally:
                self._making = False
            if made is None:
                return None
            text, still, due = made
            due = None if due is None else utc(due)
            entry = CaseEntry(case, len(entries) + 1, at, text)
            self._cases[case] = CaseRow(case, kind, subject, still, due, entry.seq)
            self._entries.setdefault(case, []).append(entry)
            return entry

    def entries(self, case: str, /) -> Sequence[CaseEntry]:
        """Return the entries of a case, oldest first."""
        with self._turn(writing=False):
            return tuple(self._entries.get(case, ()))

    def case(self, case: str, /) -> CaseRow | None:
        """Return where a case stands."""
        with self._turn(writing=False):
            return self._cases.get(case)

    def cases(
        self,
        kind: str,
        /,
        *,
        subject: Pseudonym | Literal[""] | None = None,
        open: bool | None = None,  # noqa: A002  as the row calls it
    ) -> Sequence[CaseRow]:
        """Return the cases of a kind that fit, those due first first."""
        with self._turn(writing=False):
            found = [
                row
                for row in self._cases.values()
                if row.kind == kind and subject in {None, row.subject} and open in {None, row.open}
            ]
        due = sorted((row.due, row.case, row) for row in found if row.due is not None)
        never = sorted((row.case, row) for row in found if row.due is None)
        return [*(row for _, _, row in due), *(row for _, row in never)]
