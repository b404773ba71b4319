"""The guard: the one place where policy, consent, keys, stores and audit come together."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast, final, overload

import attrs

from obq_privacy.consent import DECLINED, EVERYBODY, EventKind
from obq_privacy.crypto import KeyMemory, StaleKek, Token
from obq_privacy.decision import decide, explain
from obq_privacy.errors import ArgumentInvalid, KeyErased, KeyUnknown, SubjectInvalid
from obq_privacy.guard._acting import Acting, acting
from obq_privacy.guard._arguments import (
    all_of,
    check_item,
    check_kind,
    check_purposes,
    check_text,
)
from obq_privacy.guard._clock import Clock
from obq_privacy.guard._pass import Box
from obq_privacy.guard._profile import Profile, check_born
from obq_privacy.values import Protected
from obq_privacy.values._door import leaves
from obq_privacy.vocab import (
    AnyItem,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Pseudonym,
    Purpose,
    Recipient,
    Request,
    SensitiveItem,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from typing import Literal

    from obq_privacy.audit import AuditLog
    from obq_privacy.crypto import KeyProvider
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._core import Core
    from obq_privacy.guard._erasure import Erasure, Orders
    from obq_privacy.guard._ledger import Entry
    from obq_privacy.guard._observing import Observed, UnsafeObserve
    from obq_privacy.guard._release import Release
    from obq_privacy.guard._subject import Subject
    from obq_privacy.guard._vault import Vault
    from obq_privacy.policy import Policy
    from obq_privacy.stores import SubjectRow
    from obq_privacy.values import NonPersonal, Personal, Sensitive
    from obq_privacy.vocab import Actor, Invoked

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)
Q = TypeVar("Q", bound=Purpose)
R = TypeVar("R")

LEASE = dt.timedelta(seconds=1)
"""How long a process may rely on what it knows without asking: the most that a withdrawal ever waits."""


def _check_id(box: Box) -> None:
    if not isinstance(box.value, str) or not box.value.strip():
        raise SubjectInvalid(subject="without id", problem="its id is a str that is not empty")


@final
class Guard:
    """The way to personal data under one policy. Safe for threads, for fork, and in several processes at once.

    Make one with `Guard.open` or `Guard.in_memory`, use it as a context manager, or close it. After a fork the child
    goes on with connections, journal and lease of its own.
    """

    __slots__ = ("__weakref__", "_core", "_orders", "audit", "vault")

    vault: Vault
    audit: AuditLog

    def __init__(self, core: Core, orders: Orders) -> None:
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
        region: str = "",
        unsafe: UnsafeObserve | None = None,
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
            region: ISO 3166-1 alpha-2 code of where the store is; the policy's home region by default. Outside of it
                every collection needs a separate consent that names it (CROSS-1).
            unsafe: lets this guard hand out what the policy refuses, and record it; see `obq_privacy.unsafe`. It warns.

        Raises:
            PolicyConflict: the version is stored with a different text (CHANGE-3).
            KeyProviderError: the key-encryption key cannot be had; `KeyFileExposed` if others can read its file.
            StoreUnavailable: the store cannot be opened.
            StoreIncompatible: the file is something else, or was written by a newer version of the library.
        """
        from pathlib import Path  # noqa: PLC0415  all are loaded where they are used

        from obq_privacy.crypto import KeyFile  # noqa: PLC0415
        from obq_privacy.guard._opening import beside, check, started  # noqa: PLC0415
        from obq_privacy.stores import SQLiteStore  # noqa: PLC0415

        check_kind("path", path, str | os.PathLike)
        check(policy, keys, lease, clock, region=region, unsafe=unsafe)
        place = Path(path)
        if not place.name:
            raise ArgumentInvalid(argument="path", problem="it names a file")
        provider = keys if keys is not None else KeyFile(beside(place, ".key"))
        core, orders = started(
            SQLiteStore(place), provider, policy, lease, clock or Clock(), place=place, region=region, unsafe=unsafe
        )
        return cls(core, orders)

    @classmethod
    def in_memory(
        cls,
        *,
        policy: Policy,
        keys: KeyProvider | None = None,
        lease: dt.timedelta = LEASE,
        clock: Clock | None = None,
        region: str = "",
        unsafe: UnsafeObserve | None = None,
    ) -> Self:
        """Open a store that lives and dies with this process, for tests and trials. Arguments as for `open`."""
        from obq_privacy.guard._opening import check, started  # noqa: PLC0415  all are loaded where they are used
        from obq_privacy.stores import MemoryStore  # noqa: PLC0415

        check(policy, keys, lease, clock, region=region, unsafe=unsafe)
        provider = keys if keys is not None else KeyMemory()
        core, orders = started(MemoryStore(), provider, policy, lease, clock or Clock(), region=region, unsafe=unsafe)
        return cls(core, orders)

    def close(self) -> None:
        """Move the journal into the store and let go of everything; wrappers stay shut from then on."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        observing = self._core.observing
        return f"Guard({self._core.store.place}{f', {observing!r}' if observing is not None else ''})"

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
        from obq_privacy.guard._subject import Subject  # noqa: PLC0415  loaded where it is used

        core.refresh()
        _check_id(box)
        check_born(born, core.policy.minors.today(core.clock.now()), "being registered")
        named = frozenset(one.pseudonym for one in all_of("guardians", guardians, Subject))
        digest = core.lookup(box.value)
        row = core.store.subject_by_lookup(digest) or self._registered(digest, Profile(born, named))
        subject = Subject(core, self._orders, core.access(row.pseudonym))
        if row.erasing is None and (born is not None or named):
            self._completed(subject, born, named)
        return subject

    def known(self, subject_id: str, /) -> Subject | None:
        """Give the data subject who is registered under an application's id; None, and nobody new, if nobody is.

        Somebody whose data was erased stays known, as an erased subject.

        Raises:
            SubjectInvalid: the id is empty.
        """
        core = self._core
        box = Box(subject_id)
        del subject_id  # a renderer of tracebacks may show this frame
        from obq_privacy.guard._subject import Subject  # noqa: PLC0415  loaded where it is used

        core.refresh()
        _check_id(box)
        row = core.store.subject_by_lookup(core.lookup(box.value))
        return None if row is None else Subject(core, self._orders, core.access(row.pseudonym))

    def _registered(self, digest: bytes, profile: Profile) -> SubjectRow:
        from obq_privacy.stores import SubjectRow  # noqa: PLC0415  loaded where it is used

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
        from obq_privacy.guard._subject import Subject  # noqa: PLC0415  loaded where it is used

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

    # ── Who acts, and what happens to everybody ───────────────────────────────────────────────────────────

    @staticmethod
    def acting(actor: Actor, /, *, approval: str = "") -> AbstractContextManager[None]:
        """Let somebody act within a `with` block, in this thread or task: with their roles, and under an approval.

        A purpose may need a role, and access to a minor's data an approval (PROT-1); where one is needed, actor and
        approval are recorded. Who somebody is, and that they have the role, is for the application's own access
        control to know.

        Raises:
            ArgumentInvalid: the actor has no key, or roles that are no set of names.
        """
        from obq_privacy.vocab import Actor  # noqa: PLC0415  loaded where it is used

        check_kind("actor", actor, Actor)
        check_text("actor", actor.key)
        if not actor.key or not isinstance(cast("object", actor.roles), frozenset | set):
            raise ArgumentInvalid(argument="actor", problem="it has a key that is not empty, and a set of roles")
        all_of("actor", actor.roles, str)
        check_text("approval", approval)
        return acting(Acting(actor, approval))

    def succession(self, successor: str, /, *, accepted: bool) -> None:
        """Record that another organisation has taken over (SHARE-6).

        Where it accepted the policy, consents carry over; where it did not, every consent given before ends now, in
        every process, when this returns.

        Args:
            successor: identifier of the organisation.
            accepted: whether it accepted to be bound by the policy.
        """
        check_text("successor", successor)
        if not successor:
            raise ArgumentInvalid(argument="successor", problem="it names the organisation")
        check_kind("accepted", accepted, bool)
        from obq_privacy.guard._ledger import Entry  # noqa: PLC0415  loaded where it is used

        method = "accepted" if accepted else DECLINED
        self._about_everybody(Entry(EventKind.SUCCEED, EVERYBODY, parties=(successor,), method=method))

    def cease(self) -> None:
        """Cease operations: when this returns, no process collects anything any more (USE-24).

        What is held is erased by `obq_privacy.rights`, which also says whom to notify.
        """
        from obq_privacy.guard._ledger import Entry  # noqa: PLC0415  loaded where it is used

        self._about_everybody(Entry(EventKind.CEASE, EVERYBODY))

    def _about_everybody(self, entry: Entry) -> None:
        from obq_privacy.guard._ledger import append  # noqa: PLC0415  loaded where it is used

        self._core.refresh()
        self._core.settle(append(self._core, self._core.everybody(), entry)[1])

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

    def explain(self, value: Protected[Any, P], purpose: type[P], /, *, to: Recipient[P] | None = None) -> str:
        """Say in plain words whether a value may be used for a purpose now, and what would allow it. Not recorded.

        Args:
            value: the value.
            purpose: the purpose.
            to: a recipient to share it with; without one it is about using it.
        """
        core = self._core
        if not isinstance(cast("object", value), Protected):
            del value  # a renderer of tracebacks may show this frame
            raise ArgumentInvalid(argument="value", problem="it is a wrapper")
        check_purposes("explain", purpose)
        check_kind("to", to, Recipient | None)
        request = core.acted(Request(Operation.USE if to is None else Operation.SHARE, purpose, recipient=to))
        said: list[str] = []
        strictest = value.label.sensitivity
        for leaf in leaves(value):
            label = attrs.evolve(leaf.label, sensitivity=strictest)
            standing = cast("Access", leaf._keeper).standing()
            answer = decide(core.policy, standing, label, request, core.clock.now())
            said.append(f"{leaf!r}\n{explain(answer, request)}")
        return "\n".join(said)

    def observed(self, *, since: dt.datetime | None = None) -> tuple[Observed, ...]:
        """Give what was handed out although the policy refuses it, what happened most often first.

        Nothing, unless a guard on this store was opened with `obq_privacy.unsafe.UnsafeObserve`.

        Args:
            since: the first instant to look at, aware; from the beginning by default.
        """
        from obq_privacy.guard._observing import observed  # noqa: PLC0415  loaded where it is used

        return observed(self._core, since)

    # ── Releases, pseudonyms, the blind index ─────────────────────────────────────────────────────────────

    def release(
        self,
        purpose: type[P],
        records: Iterable[R],
        /,
        *,
        by: Mapping[str, Callable[[R], Protected[object, P]]],
        smallest: int | None = None,
        small: Literal["refuse", "suppress"] = "refuse",
        to: Recipient[P] | None = None,
        under: Invoked | None = None,
    ) -> Release:
        """Give how many people stand in each group of records: the explicit exit for statistics (USE-23).

        Values are opened inside, one decision each and one record for each person; what comes out is no longer
        personal data. People whose values may not be used for the purpose are left out. Every release is remembered:
        none is made from which, together with all earlier ones, fewer people than `smallest` could be told apart.
        What that covers and what it does not is in docs/releases.md.

        Args:
            purpose: what the values are used for.
            records: records, or wrappers.
            by: for each name of what the groups differ in, a function from a record to a wrapper about the person,
                made less exact by `map` with a technique of `obq_privacy.vocab.generalise`.
            smallest: the least number of people behind each group; the policy's `smallest_group`, or more.
            small: "refuse" the whole release when a group is too small, or "suppress" such groups, and as many others
                as it takes so that their size does not follow from the rest.
            to: who gets it, as the policy declares them; advertising and analytics partners may get nothing else
                without a separate consent (SHARE-5).
            under: a legal basis that somebody invokes instead of consent, such as research (USE-22).

        Raises:
            Denied: the policy allows nobody's values for it, or whoever acts, or the recipient; nothing is released.
            GroupTooSmall: a group is too small, or all are.
            DifferenceTooSmall: comparing groups, of this release and earlier ones, would tell of too few people.
            ReleaseInvalid: the values of a record are about several people, or what names a group is no plain name.
            DerivationFailed: a function given to map or combine raised.
            JournalUnavailable: the record cannot be written; nothing is released.
        """
        from obq_privacy.guard import _release as releases  # noqa: PLC0415  loaded where it is used

        box = Box(records)
        del records  # plain fields of records, which a renderer of tracebacks may show, may be values
        return releases.release(self._core, purpose, box, by=by, smallest=smallest, small=small, to=to, under=under)

    @overload
    def pseudonym(self, of: Protected[Any, P], purpose: type[P], /) -> Protected[str, P]: ...
    @overload
    def pseudonym(self, of: Subject, purpose: type[P], /, *, item: PersonalItem[str, P]) -> Personal[str, P]: ...
    @overload
    def pseudonym(self, of: Subject, purpose: type[P], /, *, item: SensitiveItem[str, P]) -> Sensitive[str, P]: ...
    def pseudonym(
        self, of: Subject | Protected[Any, Any], purpose: type[Purpose], /, *, item: AnyItem | None = None
    ) -> Any:
        """Give a name that stands for a value or a person within one purpose; those of two purposes do not connect.

        It is a wrapper, because it is still personal data (USE-23), and comes out for this purpose only. For a value it
        is lazy, and equal for equal values of the same type, whoever they are about. For a person it is collected as a
        value of `item`, and made with the person's own key: after erasure nobody can make it again.

        Args:
            of: a value, or a subject.
            purpose: what the name is for.
            item: for a subject, an item of type str that the policy declares.

        Raises:
            Denied: for a subject: the item may not be collected now.
            ArgumentInvalid: for a subject: without an item of type str.
            KeyErased: the subject was erased.
        """
        from obq_privacy.guard import _pseudonym as pseudonyms  # noqa: PLC0415  both are loaded where they are used
        from obq_privacy.guard._subject import Subject  # noqa: PLC0415

        if not isinstance(cast("object", of), Subject | Protected):
            del of  # a renderer of tracebacks may show this frame
            raise ArgumentInvalid(argument="of", problem="it is a wrapper or a subject")
        if isinstance(of, Subject):
            return pseudonyms.of_subject(self._core, of, purpose, item)
        return pseudonyms.of_value(self._core, of, purpose)

    def index(self, value: Protected[Any, P], purpose: type[P], /, *, within: type[Purpose] | None = None) -> bytes:
        """Use a value for a purpose, and give the 32 bytes that stand for it in a table of the application's (USE-21).

        Two values of one type have the same bytes when they are equal, within one purpose. Before acting on equal
        bytes, ask `matches`, which decides again: bytes in a table do not know of a withdrawal. They are personal data
        as long as the store's own key is there; delete them with the person's other data.

        Args:
            value: what is looked for later, such as a phone number.
            purpose: what it is used for; the person it is about has to permit it.
            within: the purpose whose index it is; `purpose` when not given.

        Raises:
            Denied: the value may not be used for the purpose.
            DerivationFailed: the value is of a type that has no canonical bytes, or a function given to map raised.
        """
        from obq_privacy.guard import _pseudonym as pseudonyms  # noqa: PLC0415  loaded where it is used

        if not isinstance(cast("object", value), Protected):
            del value  # a renderer of tracebacks may show this frame
            raise ArgumentInvalid(argument="value", problem="it is a wrapper")
        return pseudonyms.index(self._core, value, purpose, purpose if within is None else within)

    @overload
    def matches(self, value: Protected[T, P], other: Protected[T, P], purpose: type[P], /) -> bool: ...
    @overload
    def matches(
        self, value: Protected[T, P], other: Protected[T, Q], purpose: type[P], /, *, found: type[Q]
    ) -> bool: ...
    def matches(
        self,
        value: Protected[Any, P],
        other: Protected[Any, Any],
        purpose: type[P],
        /,
        *,
        found: type[Purpose] | None = None,
    ) -> bool:
        """Tell whether two values of two people are equal, without revealing either (USE-21).

        Both are decided and recorded, each for the person it is about: first the one who would be found, whose consent
        to being found is a consent of their own. Only keyed digests are compared, in constant time.

        Args:
            value: what is looked for, such as a phone number in somebody's address book.
            other: what it may equal, such as a member's own phone number.
            purpose: what the first is used for.
            found: what the other is used for: the purpose of being found; `purpose` when not given.

        Raises:
            Denied: one of them may not be used; for the one who would be found: there is no consent to being found.
            DerivationFailed: a value is of a type that has no canonical bytes, or a function given to map raised.
        """
        from obq_privacy.guard import _pseudonym as pseudonyms  # noqa: PLC0415  loaded where it is used

        if not all(isinstance(one, Protected) for one in (cast("object", value), cast("object", other))):
            del value, other  # a renderer of tracebacks may show this frame
            raise ArgumentInvalid(argument="matches", problem="both are wrappers")
        return pseudonyms.matches(self._core, value, other, purpose, purpose if found is None else found)

    # ── Envelopes ─────────────────────────────────────────────────────────────────────────────────────────

    def envelope(
        self,
        purpose: type[P],
        values: Mapping[str, Protected[Any, P]],
        /,
        *,
        to: Recipient[P],
        under: Invoked | None = None,
    ) -> bytes:
        """Share values with a recipient who runs this library, sealed to the recipient's public key (SHARE-5).

        They open there as wrappers for what they were shared for, under no looser label, by an `Inbox`. One decision
        for all of them, and one record for each person.

        Args:
            purpose: what the recipient needs them for.
            values: wrappers by the names that both sides know them by.
            to: the recipient, as the policy declares it, with a public key.
            under: a legal basis that somebody invokes instead of consent.

        Raises:
            Denied: a value may not be shared, so none is; the subclass and its codes say why.
            RecipientKeyMissing: the recipient has no public key; `EnvelopeKeyInvalid` if it is none.
            EnvelopeUnavailable: the installed `cryptography` does not have its suite.
            JournalUnavailable: the record cannot be written; nothing is sealed.
        """
        from obq_privacy.guard import _envelope as envelopes  # noqa: PLC0415  loaded where it is used

        box = Box(values)
        del values  # what is no wrapper may be a value, and a renderer of tracebacks may show this frame
        return envelopes.envelope(self._core, purpose, box, to=to, under=under)

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

    def back_up(self, place: str | os.PathLike[str], /) -> None:
        """Copy the store as it is now into a new file, for its owner alone, while threads and processes go on.

        Put back in its place, beside the `.erasures` and `.endings` of the database, nobody comes back who was erased
        since, and no consent that was ended since. The copy opens nothing without the key, which is not in it.

        Raises:
            ArgumentInvalid: there is a file already.
            StoreUnavailable: the store is in memory, or the file cannot be written.
        """
        check_kind("place", place, str | os.PathLike)
        core = self._core
        core.refresh()
        core.flush()
        core.store.back_up(place)

    def erasures(self) -> list[Erasure]:
        """Give the evidence of every erasure, to keep apart from backups of the store."""
        from obq_privacy.guard._erasure import evidence  # noqa: PLC0415  loaded where it is used

        self._core.refresh()
        return evidence(self._core)

    def replay(self, erasures: Iterable[Erasure], /) -> int:
        """Erase again whoever a restored backup has brought back; return how many subjects that were.

        Orders in the file beside the database are replayed by `open`; this is for a backup of everything.
        """
        from obq_privacy.guard._erasure import Erasure, replay, row_of  # noqa: PLC0415  loaded where they are used

        self._core.refresh()
        orders = [row_of(one) for one in all_of("erasures", erasures, Erasure)]
        revived, change = replay(self._core, orders)
        self._core.settle(change)
        return revived
