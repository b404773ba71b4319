"""Subjects and the vault on SQLite: what is known about a person, and what an erasure takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from obq_privacy.errors import KeyErased
from obq_privacy.stores._rows import SubjectRow, VaultField, tokens_of
from obq_privacy.stores._sqlite_keys import KeyPart
from obq_privacy.stores._sqlite_part import to_number, to_time
from obq_privacy.stores._sqlite_sealed import content, put, wipe

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.crypto import WrappedKey
    from obq_privacy.stores._sqlite_database import Turn
    from obq_privacy.stores._sqlite_errors import Row
    from obq_privacy.vocab import Pseudonym

_SUBJECT: Final = (
    "SELECT pseudonym, lookup, key_id, sealed.data, erasing, erased"
    " FROM subjects LEFT JOIN sealed ON sealed.n = subjects.profile"
)
_WIPE_RECORD: Final = (
    "UPDATE sealed SET used = 0, data = zeroblob(size) WHERE n IN (SELECT token FROM vault WHERE record = ?)"
)
_WIPE_SUBJECT: Final = (
    "UPDATE sealed SET used = 0, data = zeroblob(size) WHERE n IN (SELECT token FROM vault WHERE subject = ?)"
)
_SCRUB: Final = "UPDATE meta SET value = value + 1 WHERE name = 'scrub_wanted'"


class SubjectPart(KeyPart):
    """Keep subjects, and sealed fields about them."""

    def subject_by_lookup(self, lookup: bytes, /) -> SubjectRow | None:
        """Return the subject with this lookup, or None."""
        found = self._database.ask(f"{_SUBJECT} WHERE lookup = ? ORDER BY subjects.n LIMIT 1", lookup)
        return _subject(found[0]) if found else None

    def subject(self, pseudonym: Pseudonym, /) -> SubjectRow | None:
        """Return the subject with this pseudonym, or None."""
        found = self._database.ask(f"{_SUBJECT} WHERE pseudonym = ?", pseudonym)
        return _subject(found[0]) if found else None

    def subjects(self, after: str, limit: int, /) -> Sequence[Pseudonym]:
        """Return pseudonyms of subjects that are not erased, sorted."""
        found = self._database.ask(
            "SELECT pseudonym FROM subjects WHERE pseudonym > ? AND erasing IS NULL ORDER BY pseudonym LIMIT ?",
            after,
            max(limit, 0),
        )
        return [pseudonym for (pseudonym,) in found]

    def add_subject(self, row: SubjectRow, key: WrappedKey, /) -> SubjectRow:
        """Add a subject together with its key, or return the one that has the lookup."""
        if (key.subject, key.key_id) != (row.pseudonym, row.key_id) or row.erasing or row.erased:
            raise self._database.failure("the key is not of the subject, or the subject is not a new one")
        with self._database.writing() as turn:
            found = turn.run(f"{_SUBJECT} WHERE lookup = ? ORDER BY subjects.n LIMIT 1", row.lookup)
            if found:
                return _subject(found[0])
            if turn.run("SELECT 1 FROM keys WHERE subject = ?", row.pseudonym):
                raise self._database.failure("the pseudonym is taken")
            self._insert_key(turn, key)
            turn.run(
                "INSERT INTO subjects (pseudonym, lookup, key_id, profile) VALUES (?, ?, ?, ?)",
                row.pseudonym,
                row.lookup,
                row.key_id,
                None if row.profile is None else put(turn, row.profile),
            )
            self._changed(turn, row.pseudonym)
            return row

    def put_profile(self, pseudonym: Pseudonym, profile: bytes, /) -> int:
        """Replace the sealed profile."""
        with self._database.writing() as turn:
            if self._is_erasing(turn, pseudonym):
                return 0
            self._wipe_profile(turn, pseudonym)
            cell = put(turn, profile)
            turn.run("UPDATE subjects SET profile = ? WHERE pseudonym = ?", cell, pseudonym)
            return self._changed(turn, pseudonym)

    def begin_erasure(self, pseudonym: Pseudonym, at: dt.datetime, /) -> int:
        """Record that the subject is to be erased."""
        when = to_number(at)
        with self._database.writing() as turn:
            if self._is_erasing(turn, pseudonym):
                return self._newest(turn)
            turn.run("UPDATE subjects SET erasing = ? WHERE pseudonym = ?", when, pseudonym)
            return self._changed(turn, pseudonym)

    def finish_erasure(self, pseudonym: Pseudonym, at: dt.datetime, /) -> tuple[int, int]:
        """Destroy key, profile and vault fields."""
        when = to_number(at)
        with self._database.writing() as turn:
            self._is_erasing(turn, pseudonym)
            done = self._erase(turn, pseudonym, when)
        self._database.scrub()
        return done

    def bury(self, row: SubjectRow, /) -> int:
        """Make sure that an erased subject is a tombstone here."""
        at = row.erased or row.erasing
        if at is None:
            raise self._database.failure("only a subject that is erased or being erased is buried")
        when, begun = to_number(at), to_number(row.erasing or at)
        with self._database.writing() as turn:
            if not turn.run("SELECT 1 FROM subjects WHERE pseudonym = ?", row.pseudonym):
                self._bury_key(turn, row.key_id, row.pseudonym, when)
                turn.run(
                    "INSERT INTO subjects (pseudonym, lookup, key_id, erasing) VALUES (?, ?, ?, ?)",
                    row.pseudonym,
                    row.lookup,
                    row.key_id,
                    begun,
                )
            turn.run("UPDATE subjects SET erasing = coalesce(erasing, ?) WHERE pseudonym = ?", begun, row.pseudonym)
            change, _ = self._erase(turn, row.pseudonym, when)
        self._database.scrub()
        return change

    def erasures(self) -> Sequence[SubjectRow]:
        """Return every subject that is erased or being erased, oldest first."""
        return [
            _subject(row)
            for row in self._database.ask(f"{_SUBJECT} WHERE erasing IS NOT NULL ORDER BY erasing, subjects.n")
        ]

    # ── Vault ─────────────────────────────────────────────────────────────────────────────────────────────

    def keep(self, record: str, fields: Iterable[VaultField], at: dt.datetime, /) -> None:
        """Replace the record as a whole."""
        when = to_number(at)
        kept = list(fields)
        with self._database.writing() as turn:
            if any(self._is_erasing(turn, subject) for subject in dict.fromkeys(field.subject for field in kept)):
                raise KeyErased
            self._drop_record(turn, record)
            for position, field in enumerate(kept):
                turn.run(
                    "INSERT INTO vault VALUES (?, ?, ?, ?, ?, ?, ?)",
                    record,
                    position,
                    field.field,
                    field.subject,
                    field.item,
                    put(turn, field.token),
                    when,
                )

    def load(self, record: str, /) -> Sequence[VaultField]:
        """Return the fields of a record in the order in which they were kept."""
        found = self._database.ask(
            "SELECT field, subject, item, sealed.data FROM vault JOIN sealed ON sealed.n = vault.token"
            " WHERE record = ? ORDER BY position",
            record,
        )
        return tuple(VaultField(field, subject, item, content(cell) or b"") for field, subject, item, cell in found)

    def drop(self, record: str, /) -> bool:
        """Delete a record; tell whether there was one."""
        with self._database.writing() as turn:
            return self._drop_record(turn, record)

    def records(self, subject: Pseudonym, /) -> Sequence[str]:
        """Return the names of the records that hold something about a subject, sorted."""
        found = self._database.ask("SELECT DISTINCT record FROM vault WHERE subject = ? ORDER BY record", subject)
        return [record for (record,) in found]

    def amend(self, record: str, field: str, old: bytes, new: bytes, at: dt.datetime, /) -> bool:
        """Replace the token of one field, if it is `old` still."""
        when = to_number(at)
        with self._database.writing() as turn:
            found = turn.run(
                "SELECT position, token, sealed.data, subject FROM vault JOIN sealed ON sealed.n = vault.token"
                " WHERE record = ? AND field = ? ORDER BY position",
                record,
                field,
            )
            same = [row for row in found if content(row[2]) == old and not self._is_erasing(turn, row[3])]
            for position, cell, _, _ in same[:1]:
                turn.run(
                    "UPDATE vault SET token = ?, at = ? WHERE record = ? AND position = ?",
                    put(turn, new),
                    when,
                    record,
                    position,
                )
                wipe(turn, cell)
                turn.run(_SCRUB)
        self._database.scrub()
        return bool(same)

    def strike(self, record: str, fields: Iterable[str] | Mapping[str, bytes], /) -> int:
        """Delete these fields of a record."""
        struck = 0
        tokens = tokens_of(fields)
        with self._database.writing() as turn:
            for field, token in tokens.items():
                found = turn.run(
                    "SELECT token, position, sealed.data FROM vault JOIN sealed ON sealed.n = vault.token"
                    " WHERE record = ? AND field = ?",
                    record,
                    field,
                )
                for cell, position, data in found:
                    if token is not None and content(data) != token:
                        continue
                    wipe(turn, cell)
                    turn.run("DELETE FROM vault WHERE record = ? AND position = ?", record, position)
                    struck += 1
            if struck:
                turn.run(_SCRUB)
        self._database.scrub()
        return struck

    # ── Parts of transactions ─────────────────────────────────────────────────────────────────────────────

    def _erase(self, turn: Turn, pseudonym: Pseudonym, when: int) -> tuple[int, int]:
        """Destroy what is left of a subject and return the number of the change and of the vault fields deleted."""
        if turn.run("SELECT 1 FROM subjects WHERE pseudonym = ? AND erased IS NOT NULL", pseudonym):
            return self._newest(turn), 0
        self._destroy_key(turn, pseudonym, when)
        self._wipe_profile(turn, pseudonym)
        turn.run(
            "UPDATE subjects SET profile = NULL, erasing = coalesce(erasing, ?), erased = ? WHERE pseudonym = ?",
            when,
            when,
            pseudonym,
        )
        turn.run(_WIPE_SUBJECT, pseudonym)
        fields = turn.run("DELETE FROM vault WHERE subject = ? RETURNING 1", pseudonym)
        turn.run(_SCRUB)
        return self._changed(turn, pseudonym), len(fields)

    def _wipe_profile(self, turn: Turn, pseudonym: Pseudonym) -> None:
        for (cell,) in turn.run("SELECT profile FROM subjects WHERE pseudonym = ?", pseudonym):
            wipe(turn, cell)

    def _drop_record(self, turn: Turn, record: str) -> bool:
        turn.run(_WIPE_RECORD, record)
        return bool(turn.run("DELETE FROM vault WHERE record = ? RETURNING 1", record))


def _subject(row: Row) -> SubjectRow:
    pseudonym, lookup, key_id, cell, erasing, erased = row
    return SubjectRow(pseudonym, lookup, key_id, content(cell), to_time(erasing), to_time(erased))
