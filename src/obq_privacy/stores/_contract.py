"""What a store offers. Every method is one transaction; a store's own failures are `StoreError`.

Times are aware and come back in UTC; a naive one is a `ValueError`. What a store must pass is
`obq_privacy.testing.StoreContract`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from obq_privacy.audit import AuditStore
from obq_privacy.crypto import KeyStore

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.crypto import WrappedKey
    from obq_privacy.stores._rows import CaseEntry, CaseRow, Feed, SubjectRow, VaultField
    from obq_privacy.vocab import Pseudonym


class SubjectStore(Protocol):
    """Keep subjects. Whatever changes one adds a row to the feed in the same transaction.

    To change a subject that is not there is a `StoreError`: an erasure of nobody must not look like one.
    """

    def subject_by_lookup(self, lookup: bytes, /) -> SubjectRow | None:
        """Return the subject with this lookup, or None."""
        ...

    def subject(self, pseudonym: Pseudonym, /) -> SubjectRow | None:
        """Return the subject with this pseudonym, or None."""
        ...

    def add_subject(self, row: SubjectRow, key: WrappedKey, /) -> SubjectRow:
        """Add a subject together with its key and return it, or the one that has the lookup already: the first wins.

        Raises:
            StaleKek: it would be added, but the key is not wrapped under the version to wrap with now.
            StoreError: the pseudonym or the key id is taken, or the key is not the subject's.
        """
        ...

    def subjects(self, after: str, limit: int, /) -> Sequence[Pseudonym]:
        """Return up to `limit` pseudonyms above `after`, sorted, of subjects that are not (being) erased."""
        ...

    def put_profile(self, pseudonym: Pseudonym, profile: bytes, /) -> int:
        """Replace the sealed profile and return the number of the change, 0 for a subject that is (being) erased."""
        ...

    def begin_erasure(self, pseudonym: Pseudonym, at: dt.datetime, /) -> int:
        """Record that the subject is to be erased and return the number of the change; repeating keeps the first time.

        Repeated, it gives the number of the newest change, which is not below that of the order. From here on
        `append`, `put_profile` and `keep` do nothing for this subject.
        """
        ...

    def finish_erasure(self, pseudonym: Pseudonym, at: dt.datetime, /) -> tuple[int, int]:
        """Destroy key, profile and vault fields; return (number of the change, number of vault fields deleted).

        The rows of subject and key stay as tombstones. Nothing of what is destroyed may stay in the files of the
        store (free pages and write-ahead log included). Repeating it changes nothing and gives zero fields; without
        `begin_erasure` before, it does that, too.
        """
        ...

    def bury(self, row: SubjectRow, /) -> int:
        """Make sure that an erased subject is a tombstone here, whether or not this store ever knew it.

        For a restored backup: the subject is erased if it is there, and a tombstone is added if it is not. A row that
        says only when erasure was ordered is complete as of then. A subject that was added since under the same lookup
        is another one, and is left alone.
        """
        ...

    def erasures(self) -> Sequence[SubjectRow]:
        """Return every subject that is erased or being erased, oldest first."""
        ...


class LedgerStore(Protocol):
    """Keep consent events, only ever adding."""

    def append(
        self, subject: Pseudonym, make: Callable[[Sequence[ConsentEvent]], ConsentEvent | None], /
    ) -> tuple[ConsentEvent | None, int]:
        """Let `make` see the events of the subject and append what it returns, against every other writer.

        Returns the event and the number of the change. When `make` returns None, or an event whose key the subject
        has already, nothing is appended: the answer is (None or the older event, number of the newest change).
        `make` may read from the store; writing to it or closing it is a `StoreError`. What it raises passes through.
        """
        ...

    def events(self, subject: Pseudonym, /) -> Sequence[ConsentEvent]:
        """Return the events of a subject in the order in which they were appended."""
        ...

    def latest(self) -> dt.datetime | None:
        """Return the latest time of any event, or None when there is none."""
        ...


class FeedStore(Protocol):
    """Tell followers what has changed, and who follows how far. Numbers become visible in order, without gaps."""

    def feed(self, after: int, follower: bytes, /) -> Feed:
        """Return what has changed since change number `after`."""
        ...

    def follow(self, follower: bytes, seen: int, /) -> None:
        """Register a follower, or say that it has read and applied everything up to change number `seen`.

        A number below an earlier one of the same follower came late, and has no effect.
        """
        ...

    def unfollow(self, follower: bytes, /, *, below: int | None = None) -> None:
        """Forget a follower; with `below`, only if it has not read up to that change number."""
        ...

    def followers(self) -> Mapping[bytes, int]:
        """Return how far every follower has read."""
        ...


class PolicyStore(Protocol):
    """Keep every version of the policy that was ever in force."""

    def put_policy(self, version: str, text: str, at: dt.datetime, /) -> None:
        """Keep a version; repeating the same text changes nothing.

        Raises:
            PolicyConflict: the version is there with a different text (CHANGE-3).
        """
        ...

    def policies(self) -> Mapping[str, str]:
        """Return the text of every version, oldest first."""
        ...


class VaultStore(Protocol):
    """Keep sealed fields by record."""

    def keep(self, record: str, fields: Iterable[VaultField], at: dt.datetime, /) -> None:
        """Replace the record as a whole; without fields, there is none afterwards.

        Raises:
            KeyErased: one of its subjects is erased or being erased; nothing is kept.
        """
        ...

    def load(self, record: str, /) -> Sequence[VaultField]:
        """Return the fields of a record in the order in which they were kept; empty when there is none."""
        ...

    def drop(self, record: str, /) -> bool:
        """Delete a record; tell whether there was one."""
        ...

    def records(self, subject: Pseudonym, /) -> Sequence[str]:
        """Return the names of the records that hold something about a subject, sorted."""
        ...

    def amend(self, record: str, field: str, old: bytes, new: bytes, at: dt.datetime, /) -> bool:
        """Replace the token of one field, if it is `old` still, and tell whether it was.

        Nothing of the old token may stay in the files of the store. A subject that is being erased has nothing left to
        amend.
        """
        ...

    def strike(self, record: str, fields: Iterable[str] | Mapping[str, bytes], /) -> int:
        """Delete these fields of a record and return how many there were; without any, there is no record.

        Where tokens are given with the names, a field that holds another one by now stays. Nothing of those that are
        deleted may stay in the files of the store.
        """
        ...


class DocketStore(Protocol):
    """Keep cases, such as requests: each is a list of entries that only grows, and says whether it is still open.

    Erasing a subject leaves the cases about it, which hold pseudonyms and no values.
    """

    def enter(
        self,
        case: str,
        kind: str,
        subject: Pseudonym | Literal[""],
        make: Callable[[Sequence[CaseEntry]], tuple[str, bool, dt.datetime | None] | None],
        at: dt.datetime,
        /,
    ) -> CaseEntry | None:
        """Let `make` see the entries of the case and add what it returns, against every other writer.

        It returns (text, whether the case is open from now on, by when it is due), or None to add nothing. A case
        begins with its first entry. `make` may read from the store; writing to it or closing it is a `StoreError`.
        What it raises passes through, and nothing is added.

        Raises:
            StoreError: the case is of another kind, or about somebody else.
        """
        ...

    def entries(self, case: str, /) -> Sequence[CaseEntry]:
        """Return the entries of a case, oldest first; empty when there is none."""
        ...

    def case(self, case: str, /) -> CaseRow | None:
        """Return where a case stands, or None when there is none."""
        ...

    def cases(
        self,
        kind: str,
        /,
        *,
        subject: Pseudonym | Literal[""] | None = None,
        open: bool | None = None,  # noqa: A002  as the row calls it
    ) -> Sequence[CaseRow]:
        """Return the cases of a kind that fit, those due first first, those never due last, then by name."""
        ...


class Store(SubjectStore, LedgerStore, FeedStore, PolicyStore, VaultStore, DocketStore, KeyStore, AuditStore, Protocol):
    """Everything that a guard stands on."""

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes see the same store; one that is not is useless after a fork."""
        ...

    def back_up(self, place: str | PathLike[str], /) -> None:
        """Copy everything as it is now into a new file, for its owner alone, that opens as a store of this kind.

        Nobody waits for it, and it leaves a whole copy or none.

        Raises:
            ArgumentInvalid: there is a file already.
            StoreUnavailable: it cannot be written, or this store cannot be copied.
        """
        ...

    def close(self) -> None:
        """Let go of everything. Every later call is a `StoreError`. Repeating it does nothing."""
        ...
