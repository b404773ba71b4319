"""A store in memory: for tests and programs that keep nothing, and the model that other stores are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from obq_privacy.crypto import StaleKek, WrappedKey
from obq_privacy.errors import KeyErased, PolicyConflict, StoreUnavailable
from obq_privacy.stores._memory_audit import PLACE, failure, utc
from obq_privacy.stores._memory_docket import MemoryDocket
from obq_privacy.stores._rows import Feed, SubjectRow, VaultField, tokens_of
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike

    from obq_privacy.consent import ConsentEvent


@final
class MemoryStore(MemoryDocket):
    """Keep everything in dicts under one lock; it is gone with the process, and a forked child has a copy of its own.

    The methods do what `Store` says.
    """

    def __init__(self) -> None:
        super().__init__()
        self._clear()

    def _clear(self) -> None:
        self._subjects: dict[Pseudonym, SubjectRow] = {}
        self._feed: list[Pseudonym] = []
        self._followers: dict[bytes, int] = {}
        self._events: dict[Pseudonym, list[ConsentEvent]] = {}
        self._policies: dict[str, str] = {}
        self._vault: dict[str, list[VaultField]] = {}
        self._keys: dict[str, WrappedKey] = {}
        self._kek: tuple[int, int | None] = (0, None)
        self._clear_audit()
        self._clear_docket()

    def __repr__(self) -> str:
        return "MemoryStore()"

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return PLACE

    @property
    def shared(self) -> bool:
        """No other process sees it."""
        return False

    def back_up(self, place: str | PathLike[str], /) -> None:
        """Say that it cannot be copied."""
        del place
        raise StoreUnavailable(store=PLACE, problem="it lives and dies with its process")

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            if self._making:
                raise failure("a callback must not close it")
            self._closed = True
            self._clear()

    # ── Subjects ──────────────────────────────────────────────────────────────────────────────────────────

    def subject_by_lookup(self, lookup: bytes, /) -> SubjectRow | None:
        """Return the subject with this lookup, or None."""
        with self._turn(writing=False):
            return next((row for row in self._subjects.values() if row.lookup == lookup), None)

    def subject(self, pseudonym: Pseudonym, /) -> SubjectRow | None:
        """Return the subject with this pseudonym, or None."""
        with self._turn(writing=False):
            return self._subjects.get(pseudonym)

    def subjects(self, after: str, limit: int, /) -> Sequence[Pseudonym]:
        """Return pseudonyms of subjects that are not erased, sorted."""
        with self._turn(writing=False):
            found = sorted(name for name, row in self._subjects.items() if name > after and not row.erasing)
            return found[: max(limit, 0)]

    def add_subject(self, row: SubjectRow, key: WrappedKey, /) -> SubjectRow:
        """Add a subject together with its key, or return the one that has the lookup."""
        if (key.subject, key.key_id) != (row.pseudonym, row.key_id) or row.erasing or row.erased:
            raise failure("the key is not of the subject, or the subject is not a new one")
        with self._turn():
            found = self.subject_by_lookup(row.lookup)
            if found is not None:
                return found
            if row.pseudonym in self._subjects or row.pseudonym in self._keys:
                raise failure("the pseudonym is taken")
            self._insert_key(key)
            self._subjects[row.pseudonym] = row
            self._changed(row.pseudonym)
            return row

    def put_profile(self, pseudonym: Pseudonym, profile: bytes, /) -> int:
        """Replace the sealed profile."""
        with self._turn():
            row = self._known(pseudonym)
            if row.erasing:
                return 0
            self._subjects[pseudonym] = row._replace(profile=profile)
            return self._changed(pseudonym)

    def begin_erasure(self, pseudonym: Pseudonym, at: dt.datetime, /) -> int:
        """Record that the subject is to be erased."""
        at = utc(at)
        with self._turn():
            row = self._known(pseudonym)
            if row.erasing:
                return len(self._feed)
            self._subjects[pseudonym] = row._replace(erasing=at)
            return self._changed(pseudonym)

    def finish_erasure(self, pseudonym: Pseudonym, at: dt.datetime, /) -> tuple[int, int]:
        """Destroy key, profile and vault fields."""
        at = utc(at)
        with self._turn():
            row = self._known(pseudonym)
            if row.erased:
                return len(self._feed), 0
            self._destroy(pseudonym, at)
            self._subjects[pseudonym] = row._replace(profile=None, erasing=row.erasing or at, erased=at)
            return self._changed(pseudonym), self._drop_fields(pseudonym)

    def bury(self, row: SubjectRow, /) -> int:
        """Make sure that an erased subject is a tombstone here."""
        at = row.erased or row.erasing
        if at is None:
            raise failure("only a subject that is erased or being erased is buried")
        erased, begun = utc(at), utc(row.erasing or at)
        with self._turn():
            there = self._subjects.get(row.pseudonym)
            if there is None:
                self._bury_key(row.key_id, row.pseudonym, erased)
                there = row._replace(erasing=None, erased=None)
            self._subjects[row.pseudonym] = there._replace(erasing=there.erasing or begun)
            return self.finish_erasure(row.pseudonym, erased)[0]

    def erasures(self) -> Sequence[SubjectRow]:
        """Return every subject that is erased or being erased, oldest first."""
        with self._turn(writing=False):
            ordered = [(row.erasing, row) for row in self._subjects.values() if row.erasing]
            return [row for _, row in sorted(ordered, key=lambda pair: pair[0])]

    # ── Consent, feed, policies ───────────────────────────────────────────────────────────────────────────

    def append(
        self, subject: Pseudonym, make: Callable[[Sequence[ConsentEvent]], ConsentEvent | None], /
    ) -> tuple[ConsentEvent | None, int]:
        """Let `make` see the events of the subject and append what it returns."""
        with self._turn():
            if self._known(subject).erasing:
                return None, len(self._feed)
            events = self.events(subject)
            self._making = True
            try:
                event = make(events)
            finally:
                self._making = False
            if event is None:
                return None, len(self._feed)
            if event.subject != subject:
                raise failure("the event is about another subject")
            for older in events:
                if older.key == event.key:
                    return older, len(self._feed)
            self._events.setdefault(subject, []).append(event)
            return event, self._changed(subject)

    def events(self, subject: Pseudonym, /) -> Sequence[ConsentEvent]:
        """Return the events of a subject in the order in which they were appended."""
        with self._turn(writing=False):
            return tuple(self._events.get(subject, ()))

    def latest(self) -> dt.datetime | None:
        """Return the latest time of any event."""
        with self._turn(writing=False):
            return max((event.at for events in self._events.values() for event in events), default=None)

    def feed(self, after: int, follower: bytes, /) -> Feed:
        """Return what has changed since change number `after`."""
        with self._turn(writing=False):
            subjects = tuple(dict.fromkeys(self._feed[max(after, 0) :]))
            return Feed(len(self._feed), subjects, follower in self._followers)

    def follow(self, follower: bytes, seen: int, /) -> None:
        """Register a follower, or say how far it has read."""
        with self._turn():
            self._followers[follower] = max(seen, self._followers.get(follower, 0))

    def unfollow(self, follower: bytes, /, *, below: int | None = None) -> None:
        """Forget a follower, with `below` only if it has not read that far."""
        with self._turn():
            if below is None or self._followers.get(follower, below) < below:
                self._followers.pop(follower, None)

    def followers(self) -> Mapping[bytes, int]:
        """Return how far every follower has read."""
        with self._turn(writing=False):
            return dict(self._followers)

    def put_policy(self, version: str, text: str, at: dt.datetime, /) -> None:
        """Keep a version of the policy."""
        utc(at)
        with self._turn():
            if self._policies.setdefault(version, text) != text:
                raise PolicyConflict(version=version)

    def policies(self) -> Mapping[str, str]:
        """Return the text of every version, oldest first."""
        with self._turn(writing=False):
            return dict(self._policies)

    # ── Vault ─────────────────────────────────────────────────────────────────────────────────────────────

    def keep(self, record: str, fields: Iterable[VaultField], at: dt.datetime, /) -> None:
        """Replace the record as a whole."""
        utc(at)
        kept = list(fields)
        with self._turn():
            if any(self._known(field.subject).erasing for field in kept):
                raise KeyErased
            self._vault.pop(record, None)
            if kept:
                self._vault[record] = kept

    def load(self, record: str, /) -> Sequence[VaultField]:
        """Return the fields of a record in the order in which they were kept."""
        with self._turn(writing=False):
            return tuple(self._vault.get(record, ()))

    def drop(self, record: str, /) -> bool:
        """Delete a record; tell whether there was one."""
        with self._turn():
            return self._vault.pop(record, None) is not None

    def records(self, subject: Pseudonym, /) -> Sequence[str]:
        """Return the names of the records that hold something about a subject, sorted."""
        with self._turn(writing=False):
            return sorted(name for name, kept in self._vault.items() if any(one.subject == subject for one in kept))

    def amend(self, record: str, field: str, old: bytes, new: bytes, at: dt.datetime, /) -> bool:
        """Replace the token of one field, if it is `old` still."""
        utc(at)
        with self._turn():
            kept = self._vault.get(record, [])
            for index, there in enumerate(kept):
                if (there.field, there.token) == (field, old) and not self._known(there.subject).erasing:
                    kept[index] = there._replace(token=new)
                    return True
            return False

    def strike(self, record: str, fields: Iterable[str] | Mapping[str, bytes], /) -> int:
        """Delete these fields of a record."""
        tokens = tokens_of(fields)
        with self._turn():
            kept = self._vault.pop(record, [])
            left = [there for there in kept if not _meant(there, tokens)]
            if left:
                self._vault[record] = left
            return len(kept) - len(left)

    # ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────

    def kek(self) -> tuple[int, int | None]:
        """Return the version to wrap with, and the target of a rotation in progress."""
        with self._turn(writing=False):
            return self._kek

    def init_kek(self, version: int) -> int:
        """Set the version if there is none yet."""
        with self._turn():
            self._kek = (self._kek[0] or version, self._kek[1])
            return self._kek[0]

    def begin_rotation(self, target: int) -> None:
        """Set the target of a rotation."""
        with self._turn():
            version, running = self._kek
            if running is None and target > version:
                self._kek = (version, target)

    def finish_rotation(self, target: int) -> None:
        """Make `target` the version to wrap with."""
        with self._turn():
            if self._kek[1] == target:
                self._kek = (target, None)

    def add_key(self, key: WrappedKey) -> WrappedKey:
        """Add a key, or return the one that its subject has."""
        with self._turn():
            found = self._keys.get(key.subject)
            return found or self._insert_key(key)

    def key_of(self, subject: str) -> WrappedKey | None:
        """Return the key of a subject, destroyed or not."""
        with self._turn(writing=False):
            return self._keys.get(subject)

    def key(self, key_id: bytes) -> WrappedKey | None:
        """Return the key with this id, destroyed or not."""
        with self._turn(writing=False):
            return next((key for key in self._keys.values() if key.key_id == key_id), None)

    def keys_behind(self, version: int, limit: int) -> list[WrappedKey]:
        """Return keys that are wrapped under a version below `version`."""
        with self._turn(writing=False):
            behind = [key for key in self._keys.values() if key.wrapped is not None and key.kek < version]
            return behind[: max(limit, 0)]

    def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        """Replace the wrapped form of these keys."""
        with self._turn():
            for new in keys:
                old = self.key(new.key_id)
                if old and old.wrapped is not None and new.wrapped is not None and old.kek < new.kek:
                    self._keys[old.subject] = old._replace(kek=new.kek, wrapped=new.wrapped)

    def destroy_key(self, subject: str, at: dt.datetime) -> WrappedKey | None:
        """Remove the wrapped form for good."""
        at = utc(at)
        with self._turn():
            before = self._keys.get(subject)
            after = self._destroy(subject, at)
            if after is not before and subject in self._subjects:
                self._changed(Pseudonym(subject))
            return after

    # ── Parts of the above ────────────────────────────────────────────────────────────────────────────────

    def _known(self, pseudonym: Pseudonym) -> SubjectRow:
        row = self._subjects.get(pseudonym)
        if row is None:
            raise failure("the subject is unknown")
        return row

    def _changed(self, pseudonym: Pseudonym) -> int:
        self._feed.append(pseudonym)
        return len(self._feed)

    def _wanted(self) -> int:
        version, target = self._kek
        return version if target is None else target

    def _insert_key(self, key: WrappedKey) -> WrappedKey:
        if key.kek != self._wanted():
            raise StaleKek
        if key.wrapped is None or key.destroyed_at is not None:
            raise failure("a destroyed key cannot be added")
        if self.key(key.key_id) is not None:
            raise failure("the key id is taken")
        self._keys[key.subject] = key
        return key

    def _bury_key(self, key_id: bytes, subject: str, at: dt.datetime) -> None:
        found = self._keys.get(subject)
        if found is not None and found.key_id != key_id:
            raise failure("the subject has another key")
        if found is None and self.key(key_id) is not None:
            raise failure("the key id is taken")
        if found is None:
            self._keys[subject] = WrappedKey(key_id, subject, self._wanted() or 1, None, at)
        self._destroy(subject, at)

    def _destroy(self, subject: str, at: dt.datetime) -> WrappedKey | None:
        key = self._keys.get(subject)
        if key is not None and key.wrapped is not None:
            key = self._keys[subject] = key._replace(wrapped=None, destroyed_at=at)
        return key

    def _drop_fields(self, pseudonym: Pseudonym) -> int:
        dropped = 0
        for name, fields in list(self._vault.items()):
            left = [field for field in fields if field.subject != pseudonym]
            dropped += len(fields) - len(left)
            if left:
                self._vault[name] = left
            else:
                del self._vault[name]
        return dropped


def _meant(there: VaultField, tokens: Mapping[str, bytes | None]) -> bool:
    """Tell whether a field is among those named, with the token that was named, if one was."""
    return there.field in tokens and tokens[there.field] in {None, there.token}
