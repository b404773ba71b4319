"""Keys on SQLite: wrapped keys, their destruction, and the state of a rotation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from obq_privacy.crypto import StaleKek, WrappedKey
from obq_privacy.stores._sqlite_part import Part, to_number, to_time
from obq_privacy.stores._sqlite_sealed import content, put, wipe

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from obq_privacy.stores._sqlite_database import Turn
    from obq_privacy.stores._sqlite_errors import Row

_KEY: Final = (
    "SELECT key_id, subject, kek, sealed.data, destroyed_at FROM keys LEFT JOIN sealed ON sealed.n = keys.wrapped"
)
_KEK: Final = "SELECT (SELECT value FROM meta WHERE name = 'kek'), (SELECT value FROM meta WHERE name = 'kek_target')"


class KeyPart(Part):
    """Keep wrapped keys."""

    def kek(self) -> tuple[int, int | None]:
        """Return the version to wrap with, and the target of a rotation in progress."""
        ((version, target),) = self._database.ask(_KEK)
        return version, target

    def init_kek(self, version: int) -> int:
        """Set the version if there is none yet."""
        with self._database.writing() as turn:
            turn.run("UPDATE meta SET value = ? WHERE name = 'kek' AND value = 0", version)
            ((stored, _),) = turn.run(_KEK)
            return int(stored)

    def begin_rotation(self, target: int) -> None:
        """Set the target of a rotation."""
        with self._database.writing() as turn:
            ((version, running),) = turn.run(_KEK)
            if running is None and target > version:
                turn.run("UPDATE meta SET value = ? WHERE name = 'kek_target'", target)

    def finish_rotation(self, target: int) -> None:
        """Make `target` the version to wrap with."""
        with self._database.writing() as turn:
            ((_, running),) = turn.run(_KEK)
            if running == target:
                turn.run("UPDATE meta SET value = ? WHERE name = 'kek'", target)
                turn.run("UPDATE meta SET value = NULL WHERE name = 'kek_target'")

    def add_key(self, key: WrappedKey) -> WrappedKey:
        """Add a key, or return the one that its subject has."""
        with self._database.writing() as turn:
            found = turn.run(f"{_KEY} WHERE subject = ?", key.subject)
            return _key(found[0]) if found else self._insert_key(turn, key)

    def key_of(self, subject: str) -> WrappedKey | None:
        """Return the key of a subject, destroyed or not."""
        return next(map(_key, self._database.ask(f"{_KEY} WHERE subject = ?", subject)), None)

    def key(self, key_id: bytes) -> WrappedKey | None:
        """Return the key with this id, destroyed or not."""
        return next(map(_key, self._database.ask(f"{_KEY} WHERE key_id = ?", key_id)), None)

    def keys_behind(self, version: int, limit: int) -> list[WrappedKey]:
        """Return keys that are wrapped under a version below `version`."""
        found = self._database.ask(f"{_KEY} WHERE wrapped IS NOT NULL AND kek < ? LIMIT ?", version, max(limit, 0))
        return [_key(row) for row in found]

    def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        """Replace the wrapped form of these keys."""
        with self._database.writing() as turn:
            for key in keys:
                behind = turn.run(
                    "SELECT wrapped FROM keys WHERE key_id = ? AND wrapped IS NOT NULL AND kek < ?", key.key_id, key.kek
                )
                if behind and key.wrapped is not None:
                    wipe(turn, behind[0][0])
                    cell = put(turn, key.wrapped)
                    turn.run("UPDATE keys SET kek = ?, wrapped = ? WHERE key_id = ?", key.kek, cell, key.key_id)

    def destroy_key(self, subject: str, at: dt.datetime) -> WrappedKey | None:
        """Remove the wrapped form for good."""
        when = to_number(at)
        with self._database.writing() as turn:
            if self._destroy_key(turn, subject, when) and turn.run(
                "SELECT 1 FROM subjects WHERE pseudonym = ?", subject
            ):
                self._changed(turn, subject)
            found = turn.run(f"{_KEY} WHERE subject = ?", subject)
        self._database.scrub()
        return _key(found[0]) if found else None

    # ── Parts of transactions ─────────────────────────────────────────────────────────────────────────────

    def _insert_key(self, turn: Turn, key: WrappedKey) -> WrappedKey:
        ((version, target),) = turn.run(_KEK)
        if key.kek != (version if target is None else target):
            raise StaleKek
        if key.wrapped is None or key.destroyed_at is not None:
            raise self._database.failure("a destroyed key cannot be added")
        if turn.run("SELECT 1 FROM keys WHERE key_id = ?", key.key_id):
            raise self._database.failure("the key id is taken")
        turn.run(
            "INSERT INTO keys (key_id, subject, kek, wrapped) VALUES (?, ?, ?, ?)",
            key.key_id,
            key.subject,
            key.kek,
            put(turn, key.wrapped),
        )
        return key

    def _destroy_key(self, turn: Turn, subject: str, when: int) -> bool:
        """Destroy a key that is not destroyed yet, and see to it that nothing of it stays in the log."""
        found = turn.run("SELECT wrapped FROM keys WHERE subject = ? AND wrapped IS NOT NULL", subject)
        for (cell,) in found:
            wipe(turn, cell)
            turn.run("UPDATE keys SET wrapped = NULL, destroyed_at = ? WHERE subject = ?", when, subject)
            turn.run("UPDATE meta SET value = value + 1 WHERE name = 'scrub_wanted'")
        return bool(found)

    def _bury_key(self, turn: Turn, key_id: bytes, subject: str, when: int) -> None:
        """Make sure that the key of a subject is a tombstone."""
        for (other,) in turn.run("SELECT key_id FROM keys WHERE subject = ?", subject):
            if other != key_id:
                raise self._database.failure("the subject has another key")
            self._destroy_key(turn, subject, when)
            return
        if turn.run("SELECT 1 FROM keys WHERE key_id = ?", key_id):
            raise self._database.failure("the key id is taken")
        ((version, target),) = turn.run(_KEK)
        turn.run(
            "INSERT INTO keys (key_id, subject, kek, destroyed_at) VALUES (?, ?, ?, ?)",
            key_id,
            subject,
            target or version or 1,
            when,
        )


def _key(row: Row) -> WrappedKey:
    key_id, subject, kek, cell, destroyed_at = row
    return WrappedKey(key_id, subject, kek, content(cell), to_time(destroyed_at))
