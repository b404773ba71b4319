"""The guard: the one place where policy, consent, keys, stores and audit come together."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast, final, overload

import attrs

from obq_privacy.audit import adopt_orphans
from obq_privacy.crypto import KeyMemory, Keyring, StaleKek, Token
from obq_privacy.decision import Request, decide, explain
from obq_privacy.errors import ArgumentInvalid, KeyErased, KeyUnknown, SubjectInvalid
from obq_privacy.guard import _erasure as erasure
from obq_privacy.guard._arguments import all_of, check_item, check_kind, check_lease, check_purposes
from obq_privacy.guard._clock import Clock
from obq_privacy.guard._core import Core
from obq_privacy.guard._pass import Box
from obq_privacy.guard._profile import Profile, check_born
from obq_privacy.guard._subject import Subject
from obq_privacy.policy import Policy, scopes_of
from obq_privacy.stores import SubjectRow
from obq_privacy.values import Protected
from obq_privacy.values._door import leaves
from obq_privacy.vocab import AnyItem, NonPersonalItem, Operation, PersonalItem, Pseudonym, Purpose, SensitiveItem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from obq_privacy.audit import AuditLog
    from obq_privacy.crypto import KeyProvider
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._erasure import Erasure
    from obq_privacy.guard._vault import Vault
    from obq_privacy.stores import Store
    from obq_privacy.values import NonPersonal, Personal, Sensitive

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)

LEASE = dt.timedelta(seconds=1)
"""How long a process may rely on what it knows without asking: the most that a withdrawal ever waits."""


@final
class Guard:
    """The way to personal data under one policy. Safe for threads, for fork, and in several processes at once.

    Make one with `Guard.open` or `Guard.in_memory`, use it as a context manager, or close it. After a fork the child
    goes on with connections, journal and lease of its own.
    """

    __slots__ = ("__weakref__", "_core", "_orders", "audit", "vault")

    vault: Vault
    audit: AuditLog

    def __init__(self, core: Core, orders: erasure.Orders) -> None:
        from obq_privacy.audit import AuditLog  # noqa: PLC0415  both are loaded where they are used
        from obq_privacy.guard._vault import Vault  # noqa: PLC0415

        self._core = core
        self._orders = orders
        self.vault = Vault(core)
        self.audit = AuditLog(core.store, flush=core.flush)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        policy: Policy,
        keys: KeyProvider | None = None,
        lease: dt.timedelta = LEASE,
        clock: Clock | None = None,
    ) -> Self:
        """Open the store at `path`, an SQLite file that is created on first use.

        Beside it stand `path.key` (the key-encryption key, mode 0600, unless `keys` says otherwise), `path.journal/`
        (audit records on their way into the store) and `path.erasures` (orders to erase). Back up the database without
        the key, and keep both apart.

        Args:
            path: of the database.
            policy: the policy in force; its version is archived.
            keys: where the key-encryption key is; a file beside the database by default.
            lease: how long this process relies on what it knows without asking; the same for all processes.
            clock: where the time comes from.

        Raises:
            PolicyConflict: the version is stored with a different text (CHANGE-3).
            KeyProviderError: the key-encryption key cannot be had; `KeyFileExposed` if others can read its file.
            StoreUnavailable: the store cannot be opened.
            StoreIncompatible: the file is something else, or was written by a newer version of the library.
        """
        from pathlib import Path  # noqa: PLC0415  all are loaded where they are used

        from obq_privacy.crypto import KeyFile  # noqa: PLC0415
        from obq_privacy.stores import SQLiteStore  # noqa: PLC0415

        check_kind("path", path, str | os.PathLike)
        _check(policy, keys, lease, clock)
        place = Path(path)
        if not place.name:
            raise ArgumentInvalid(argument="path", problem="it names a file")
        provider = keys if keys is not None else KeyFile(_beside(place, ".key"))
        core, orders = _started(SQLiteStore(place), provider, policy, lease, clock or Clock(), place)
        return cls(core, orders)

    @classmethod
    def in_memory(
        cls,
        *,
        policy: Policy,
        keys: KeyProvider | None = None,
        lease: dt.timedelta = LEASE,
        clock: Clock | None = None,
    ) -> Self:
        """Open a store that lives and dies with this process, for tests and trials. Arguments as for `open`."""
        from obq_privacy.stores import MemoryStore  # noqa: PLC0415  loaded where it is used

        _check(policy, keys, lease, clock)
        provider = keys if keys is not None else KeyMemory()
        core, orders = _started(MemoryStore(), provider, policy, lease, clock or Clock())
        return cls(core, orders)

    def close(self) -> None:
        """Move the journal into the store and let go of everything; wrappers stay shut from then on."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Guard({self._core.store.place})"

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._core.policy

    # ── Subjects ──────────────────────────────────────────────────────────────────────────────────────────

    def subject(self, subject_id: str, /, *, born: dt.date | None = None, guardians: Iterable[Subject] = ()) -> Subject:
        """Give the data subject with an application's id, registering the person on first use.

        The id itself is not stored: it is found by a keyed digest, and stands for a random pseudonym.

        Args:
            subject_id: the application's id of the person.
            born: the birth date; without one the person counts as the policy's `minors.unknown` says.
            guardians: who can consent for a child; added to those that are known.

        Raises:
            SubjectInvalid: the id is empty, the birth date cannot be, or contradicts the one that is stored (then
                correct it with `Subject.update`).
        """
        core = self._core
        box = Box(subject_id)
        del subject_id  # a renderer of tracebacks may show this frame
        core.refresh()
        if not isinstance(box.value, str) or not box.value.strip():
            raise SubjectInvalid(subject="without id", problem="its id is a str that is not empty")
        check_born(born, core.policy.minors.today(core.clock.now()), "being registered")
        named = frozenset(one.pseudonym for one in all_of("guardians", guardians, Subject))
        digest = core.lookup(box.value)
        row = core.store.subject_by_lookup(digest) or self._registered(digest, Profile(born, named))
        subject = Subject(core, self._orders, core.access(row.pseudonym))
        if row.erasing is None and (born is not None or named):
            self._completed(subject, born, named)
        return subject

    def _registered(self, digest: bytes, profile: Profile) -> SubjectRow:
        pseudonym = Pseudonym(os.urandom(16).hex())
        while True:
            wrapped = self._core.keyring.new(pseudonym)
            sealed = profile.sealed(self._core.keyring.opened(wrapped))
            try:
                return self._core.store.add_subject(SubjectRow(pseudonym, digest, wrapped.key_id, sealed), wrapped)
            except StaleKek:
                continue

    def _completed(self, subject: Subject, born: dt.date | None, guardians: frozenset[Pseudonym]) -> None:
        """Add what was not known before; never change what was."""
        standing = subject.standing
        known = self._core.access(subject.pseudonym).profile
        if standing.erased:
            return
        if born is not None and known.born is not None and known.born != born:
            raise SubjectInvalid(subject=subject.pseudonym, problem="born contradicts the birth date that is stored")
        if not guardians <= known.guardians or (born is not None and known.born is None):
            everybody = [
                Subject(self._core, self._orders, self._core.access(Pseudonym(one)))
                for one in known.guardians | guardians
            ]
            subject.update(born=born, guardians=everybody)

    # ── Values ────────────────────────────────────────────────────────────────────────────────────────────

    @overload
    def unseal(self, item: SensitiveItem[T, P], token: bytes, /, *, record: str = "") -> Sensitive[T, P]: ...
    @overload
    def unseal(self, item: PersonalItem[T, P], token: bytes, /, *, record: str = "") -> Personal[T, P]: ...
    @overload
    def unseal(self, item: NonPersonalItem[T, P], token: bytes, /, *, record: str = "") -> NonPersonal[T, P]: ...
    def unseal(self, item: AnyItem, token: bytes, /, *, record: str = "") -> Any:
        """Open a sealed value into a wrapper; this reveals nothing and never loosens its label.

        Args:
            item: what it was sealed as.
            token: what `seal` gave.
            record: the name of the row that it was sealed for.

        Raises:
            KeyUnknown: its key is not in this store.
            KeyErased: its subject was erased.
            SealBroken: it was tampered with, or sealed for another item or record.
        """
        core = self._core
        core.refresh()
        check_item("unseal", item, core.policy)
        check_kind("record", record, str)
        parsed = Token.parse(token)
        row = core.store.key(parsed.key_id)
        if row is None or not row.subject:  # the store's own key seals no values
            raise KeyUnknown
        if row.wrapped is None:
            raise KeyErased
        return core.access(Pseudonym(row.subject)).restored(item, parsed, record)

    def explain(self, value: Protected[Any, Any], purpose: type[Purpose], /) -> str:
        """Say in plain words whether a value may be used for a purpose now, and what would allow it. Not recorded."""
        core = self._core
        check_kind("value", value, Protected)
        check_purposes("explain", purpose)
        request = Request(Operation.USE, purpose)
        said: list[str] = []
        strictest = value.label.sensitivity
        for leaf in leaves(value):
            label = attrs.evolve(leaf.label, sensitivity=strictest)
            standing = cast("Access", leaf._keeper).standing()
            answer = decide(core.policy, standing, label, request, core.clock.now())
            said.append(f"{leaf!r}\n{explain(answer, request)}")
        return "\n".join(said)

    # ── Keys and erasure ──────────────────────────────────────────────────────────────────────────────────

    def rotate(self) -> int:
        """Make a new key-encryption key, rewrap every data key, and destroy the former one.

        It can be killed at any point and called again, and returns how many keys it rewrapped. Wrapped keys in old
        backups die with the former key-encryption key.

        Raises:
            KeyProviderError: the provider cannot make one; nothing is lost.
        """
        core = self._core
        core.refresh()
        core.record("0" * 32, core.fact("rotate", "done", actor="ordered"))
        moved = core.keyring.rotate()
        core.record("0" * 32, core.fact("rotate", "done", actor="completed"))
        return moved

    def erasures(self) -> list[Erasure]:
        """Give the evidence of every erasure, to keep apart from backups of the store."""
        self._core.refresh()
        return erasure.evidence(self._core)

    def replay(self, erasures: Iterable[Erasure], /) -> int:
        """Erase again whoever a restored backup has brought back; return how many subjects that were.

        Orders in the file beside the database are replayed by `open`; this is for a backup of everything.
        """
        self._core.refresh()
        orders = [erasure.row_of(one) for one in all_of("erasures", erasures, erasure.Erasure)]
        revived, change = erasure.replay(self._core, orders)
        self._core.settle(change)
        return revived


def _check(policy: Policy, keys: KeyProvider | None, lease: dt.timedelta, clock: Clock | None) -> None:
    """Check what a guard is opened with, before anything is created."""
    check_kind("policy", policy, Policy)
    check_kind("clock", clock, Clock | None)
    check_lease(lease)
    if keys is not None and not callable(getattr(keys, "unwrap", None)):
        raise ArgumentInvalid(argument="keys", problem="it is a KeyProvider")


def _started(  # noqa: PLR0917  private, and each is of another type
    store: Store, provider: KeyProvider, policy: Policy, lease: dt.timedelta, clock: Clock, place: Path | None = None
) -> tuple[Core, erasure.Orders]:
    """Bring everything together, finish what a killed process has left, and leave nothing open when it fails."""
    orders = erasure.Orders(_beside(place, ".erasures") if place is not None else None)
    journal = _beside(place, ".journal") if place is not None else None
    try:
        store.put_policy(policy.version, policy.dumps(), clock.now())
        earlier = {version: text for version, text in store.policies().items() if version != policy.version}
        core = Core(
            store=store,
            keyring=Keyring(store, provider),
            policy=policy.with_archive({version: scopes_of(text)[1] for version, text in earlier.items()}),
            journal=journal,
            lease_ns=lease // dt.timedelta(microseconds=1) * 1000,
            clock=clock,
        )
    except BaseException:
        store.close()
        raise
    try:
        core.lookup("")  # the key-encryption key is there and opens what is stored, or this raises
        erasure.replay(core, orders.all())
        if journal is not None:
            adopt_orphans(journal, store)
    except BaseException:
        core.close()
        raise
    return core, orders


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
