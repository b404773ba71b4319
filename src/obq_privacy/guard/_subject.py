"""A data subject, as an application sees one: consent, and the collection of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, final, overload

from obq_privacy.consent import ConsentEvent, EventKind
from obq_privacy.errors import GrantInvalid, ItemInvalid, SubjectErased
from obq_privacy.guard._acting import PLAIN, Coming
from obq_privacy.guard._acts import Acts, names_of, operations_of, regions_of, settled
from obq_privacy.guard._arguments import all_of, check_kind, checked, checked_text
from obq_privacy.guard._collecting import Collecting, collect_record, source_of
from obq_privacy.guard._ledger import Entry, append
from obq_privacy.guard._pass import Box
from obq_privacy.guard._profile import Profile, check_born
from obq_privacy.vocab import (
    AnyItem,
    Category,
    Invoked,
    Item,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Purpose,
    SensitiveItem,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.consent import Notice
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._core import Core
    from obq_privacy.guard._erasure import Erasure, Orders
    from obq_privacy.values import NonPersonal, Personal, Sensitive
    from obq_privacy.vocab import AnyRecipient, Role, ThirdPartySource

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)
R = TypeVar("R")


@final
class Subject(Acts):
    """One data subject; made by `Guard.subject`. Safe for threads."""

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    __slots__ = ("_orders",)

    def __init__(self, core: Core, orders: Orders, access: Access) -> None:
        super().__init__(core, access)
        self._orders = orders

    # ── Consent ───────────────────────────────────────────────────────────────────────────────────────────

    def request(self, *purposes: type[Purpose], notice: Notice | None = None, method: str = "") -> ConsentEvent:
        """Record that the subject was asked; this permits nothing."""
        entry = Entry(kind=EventKind.REQUEST, actor=self.pseudonym, purposes=purposes, notice=notice, method=method)
        return cast("ConsentEvent", append(self._core, self._access, entry)[0])

    def grant(
        self,
        *purposes: type[Purpose],
        by: Subject | None = None,
        level: Level = Level.EXPRESS,
        items: Iterable[AnyItem] = (),
        categories: Iterable[Category] = (),
        recipients: Iterable[AnyRecipient | Role] = (),
        operations: Iterable[Operation] = (),
        regions: Iterable[str] = (),
        valid_for: dt.timedelta | None = None,
        notice: Notice | None = None,
        method: str = "",
        key: str = "",
    ) -> ConsentEvent:
        """Record consent to purposes: to collect and use for them or, with `recipients`, to share (SHARE-1).

        Granting again what is in force already, with the same content, changes nothing and gives the event that is
        there, however many processes do it at once.

        Args:
            purposes: what the consent is to.
            by: the guardian who gives it; None for the subject.
            level: how strongly it is given; a separate consent names exactly one purpose.
            items: limit it to these items; none for all that the purposes name.
            categories: limit it to these categories; none for all.
            recipients: whom to share with, by name or role; consent to use never implies it.
            operations: what it covers; collect and use by default, share where there are recipients.
            regions: regions outside the home region where it may go, or be stored (CROSS-1).
            valid_for: how long it is good for; None until it is withdrawn.
            notice: what the person was shown.
            method: how it was given, an identifier of the application's.
            key: idempotency key of the application's; the same key is the same event, also after a withdrawal.

        Raises:
            GrantInvalid: the consent could not count: an undeclared purpose, one whose required purpose has no
                consent, several purposes in a separate consent, or a person who may not give it.
            SubjectErased: the subject was erased.
        """
        entry = Entry(
            kind=EventKind.GRANT,
            actor=self._actor(by),
            purposes=purposes,
            level=level,
            items=tuple(sorted({item.key for item in all_of("items", items, Item)})),
            categories=tuple(sorted({category.value for category in all_of("categories", categories, Category)})),
            parties=(named := names_of(recipients)),
            operations=operations_of(operations, shared=bool(named)),
            regions=regions_of(regions),
            valid_for=valid_for,
            notice=notice,
            method=method,
            key=key,
        )
        return cast("ConsentEvent", append(self._core, self._access, entry)[0])

    def renew(
        self, consent: ConsentEvent, *, valid_for: dt.timedelta | None, by: Subject | None = None
    ) -> ConsentEvent:
        """Extend a consent that is in force, from now on; one that is over is not brought back.

        Raises:
            GrantInvalid: the consent is not in force; ask for a new one.
        """
        entry = Entry(kind=EventKind.RENEW, actor=self._actor(by), valid_for=valid_for, about=self._about(consent))
        return cast("ConsentEvent", append(self._core, self._access, entry)[0])

    def refuse(
        self, *purposes: type[Purpose], by: Subject | None = None, notice: Notice | None = None, method: str = ""
    ) -> None:
        """Record that the subject was asked and refused; consent given before ends, as by `withdraw`.

        From a coroutine use `arefuse`.
        """
        self._core.settle(self._refuse(purposes, by, notice, method))

    async def arefuse(
        self, *purposes: type[Purpose], by: Subject | None = None, notice: Notice | None = None, method: str = ""
    ) -> None:
        """Do as `refuse`, without blocking the event loop for longer than a local write."""
        await settled(self._core, self._refuse(purposes, by, notice, method))

    def _refuse(
        self, purposes: tuple[type[Purpose], ...], by: Subject | None, notice: Notice | None, method: str
    ) -> int:
        entry = Entry(kind=EventKind.REFUSE, actor=self._actor(by), purposes=purposes, notice=notice, method=method)
        return append(self._core, self._access, entry)[1]

    def withdraw(
        self,
        *purposes: type[Purpose],
        by: Subject | None = None,
        consent: ConsentEvent | None = None,
        method: str = "",
    ) -> None:
        """Withdraw consent to purposes and all below them, or to everything when none is named (RIGHT-4).

        With `consent` only that one is withdrawn, such as one to share, and the others stay.

        When this returns, no use on the withdrawn consent succeeds in any thread or process that shares the store:
        other processes have either heard of it, or their lease has run out, which takes one lease at most. Repeating
        it changes nothing. From a coroutine use `awithdraw`.

        Raises:
            StoreError: it could not be recorded.
        """
        self._core.settle(self._withdraw(purposes, by, consent, method))

    async def awithdraw(
        self,
        *purposes: type[Purpose],
        by: Subject | None = None,
        consent: ConsentEvent | None = None,
        method: str = "",
    ) -> None:
        """Do as `withdraw`, without blocking the event loop for longer than a local write."""
        await settled(self._core, self._withdraw(purposes, by, consent, method))

    def _withdraw(
        self, purposes: tuple[type[Purpose], ...], by: Subject | None, consent: ConsentEvent | None, method: str
    ) -> int:
        about = "" if consent is None else self._about(consent)
        entry = Entry(kind=EventKind.WITHDRAW, actor=self._actor(by), purposes=purposes, method=method, about=about)
        return append(self._core, self._access, entry)[1]

    def invalidate(self, consent: ConsentEvent, *, method: str = "") -> None:
        """Record that a consent was never valid, for example because the wrong person gave it; it ends at once."""
        self._core.settle(self._over(EventKind.INVALIDATE, consent, method))

    async def ainvalidate(self, consent: ConsentEvent, *, method: str = "") -> None:
        """Do as `invalidate`, without blocking the event loop for longer than a local write."""
        await settled(self._core, self._over(EventKind.INVALIDATE, consent, method))

    def expire(self, consent: ConsentEvent, *, method: str = "") -> None:
        """Record that a consent ended by itself, for a reason other than its validity, which needs no event."""
        self._core.settle(self._over(EventKind.EXPIRE, consent, method))

    async def aexpire(self, consent: ConsentEvent, *, method: str = "") -> None:
        """Do as `expire`, without blocking the event loop for longer than a local write."""
        await settled(self._core, self._over(EventKind.EXPIRE, consent, method))

    def _over(self, kind: EventKind, consent: ConsentEvent, method: str) -> int:
        entry = Entry(kind=kind, actor=self.pseudonym, about=self._about(consent), method=method)
        return append(self._core, self._access, entry)[1]

    def _about(self, consent: ConsentEvent) -> str:
        check_kind("consent", consent, ConsentEvent)
        if consent.subject != self.pseudonym:
            raise GrantInvalid(purpose="nothing", problem="the consent is one of another subject")
        return consent.id

    # ── Values ────────────────────────────────────────────────────────────────────────────────────────────

    @overload
    def collect(self, item: SensitiveItem[T, P], value: T, /) -> Sensitive[T, P]: ...
    @overload
    def collect(self, item: PersonalItem[T, P], value: T, /) -> Personal[T, P]: ...
    @overload
    def collect(self, item: NonPersonalItem[T, P], value: T, /) -> NonPersonal[T, P]: ...
    def collect(self, item: AnyItem, value: object, /) -> Any:
        """Collect a value: decide, check, encrypt where it is sensitive, record, and wrap.

        Raises:
            Denied: the item may not be collected now; the subclass and its codes say why.
            ValueInvalid: the value does not fit the item. The value is nowhere in the error.
            JournalUnavailable: the record cannot be written; nothing was collected.
        """
        box = Box(value)
        del value
        if not isinstance(cast("object", item), Item):
            del item  # it may be the value, and a renderer of tracebacks may show this frame
            raise ItemInvalid(declaration="collect", problem="it takes an item and then its value")
        return self._access.collect(item, box)

    def collect_record(self, kind: type[R], /, **fields: object) -> R:
        """Collect a record, all or nothing: one decision pass, one audit record.

        Args:
            kind: a `record` class.
            fields: raw values for the fields that have an item, and plain values for the others.

        Raises:
            RecordInvalid: fields are missing, unknown or not valid; all of them are named, and nothing was kept.
            Denied: a field may not be collected now; nothing was kept.
        """
        boxes = {name: Box(value) for name, value in fields.items()}
        fields.clear()
        return collect_record(self._access, kind, boxes, PLAIN)

    def collecting(
        self,
        *,
        matter: str = "",
        topics: Iterable[str] = (),
        provided_by: Subject | None = None,
        source: ThirdPartySource | None = None,
        public: bool = False,
        user_action: bool = False,
        under: Invoked | None = None,
    ) -> Collecting:
        """Say how values come in that do not simply come from the subject; then collect them.

        Args:
            matter: the order or other business case that they belong to; choices of recipients and completions are
                about one.
            topics: what they are about; a subject may object to a topic (USE-7).
            provided_by: another person who provides them, and has attested that this one authorised it (USE-8).
            source: the third party that they come from (USE-10).
            public: whether they come from a lawfully public source.
            user_action: whether the subject is acting just now, such as pressing the microphone (USE-20).
            under: a legal basis that somebody invokes instead of consent (USE-22).

        Raises:
            ArgumentInvalid: an argument is of another type, or several sources are named.
        """
        self._actor(provided_by)
        person = provided_by.pseudonym if provided_by is not None else None
        return Collecting(
            self._access,
            Coming(
                source=source_of(person, source, public=public),
                matter=checked_text("matter", matter),
                topics=frozenset(all_of("topics", topics, str)),
                user_action=user_action is True,
                invoked=checked("under", under, Invoked | None),
            ),
        )

    # ── The person ────────────────────────────────────────────────────────────────────────────────────────

    def update(self, *, born: dt.date | None = None, guardians: Iterable[Subject] | None = None) -> None:
        """Correct the birth date or the guardians; what is not given stays. Recorded in the audit.

        Returns when no process relies on the former ones any more. From a coroutine use `aupdate`.

        Raises:
            SubjectInvalid: the birth date cannot be.
            SubjectErased: the subject was erased.
        """
        self._core.settle(self._update(born, guardians))

    async def aupdate(self, *, born: dt.date | None = None, guardians: Iterable[Subject] | None = None) -> None:
        """Do as `update`, without blocking the event loop for longer than a local write."""
        await settled(self._core, self._update(born, guardians))

    def _update(self, born: dt.date | None, guardians: Iterable[Subject] | None) -> int:
        """Give the number of the change to wait for, 0 for none."""
        core = self._core
        check_born(born, core.policy.minors.today(core.clock.now()), self.pseudonym)
        people = None if guardians is None else all_of("guardians", guardians, Subject)
        with core.lock:
            core.drop(self.pseudonym)  # what another process has put since this one last asked must not be undone
            if self._access.standing().erased:
                raise SubjectErased(
                    operation="update",
                    items=(),
                    purpose="",
                    subject=self.pseudonym,
                    codes=(SubjectErased.code,),
                    clauses=(SubjectErased.clause or "",),
                )
            old = self._access.profile
            named = old.guardians if people is None else frozenset(one.pseudonym for one in people)
            profile = Profile(born or old.born, named)
            if profile.same(old):
                return 0
            core.record(self.pseudonym, core.fact("update", "done"))
            change = core.store.put_profile(self.pseudonym, profile.sealed(self._access.key()))
            core.drop(self.pseudonym)
        return change

    def erase(self) -> Erasure:
        """Erase the subject: destroy the key, and with it every value wherever its ciphertext may be (DEF-4).

        The order is written down first; from then on it is carried out even if the process dies, when the store is
        opened next, and again when a backup is restored. When this returns, no value of the subject opens in any
        thread or process. Repeating it succeeds. From a coroutine use `aerase`.

        Raises:
            StoreError: it could not be carried out (yet).
        """
        evidence, change = self._erase()
        self._core.settle(change)
        return evidence

    async def aerase(self) -> Erasure:
        """Do as `erase`, without blocking the event loop for longer than a local write."""
        evidence, change = self._erase()
        await settled(self._core, change)
        return evidence

    def _erase(self) -> tuple[Erasure, int]:
        from obq_privacy.guard._erasure import carry_out  # noqa: PLC0415  loaded where it is used

        self._core.refresh()
        return carry_out(self._core, self._orders, self.pseudonym)
