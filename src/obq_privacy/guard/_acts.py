"""What happens between a subject and the controller besides giving and ending consent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, TypeVar

from obq_privacy.consent import ConsentEvent, EventKind
from obq_privacy.errors import ArgumentInvalid
from obq_privacy.guard._arguments import all_of, check_kind, check_purposes, check_text, is_region
from obq_privacy.guard._ledger import Entry, append
from obq_privacy.policy import Anchor
from obq_privacy.vocab import (
    AnyItem,
    AnyRecipient,
    Item,
    Level,
    Operation,
    Pseudonym,
    Purpose,
    Recipient,
    Role,
    ThirdPartySource,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from obq_privacy.consent import Notice, Standing
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._core import Core

P = TypeVar("P", bound=Purpose)


class Acts:
    """The part of a subject that is about everything but giving and ending consent."""

    __slots__ = ("_access", "_core")

    def __init__(self, core: Core, access: Access) -> None:
        self._core = core
        self._access = access

    @property
    def pseudonym(self) -> Pseudonym:
        """The random name under which the subject stands in records and tokens."""
        return self._access.subject

    @property
    def standing(self) -> Standing:
        """The state of consent, as fresh as the lease promises."""
        return self._access.standing()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.pseudonym})"

    # ── Recipients, sources and other people ──────────────────────────────────────────────────────────────

    def choose(
        self, purpose: type[P], /, *recipients: Recipient[P], matter: str = "", by: Self | None = None
    ) -> ConsentEvent:
        """Record that the subject chose who gets what the purpose shares (SHARE-3), for one business case.

        One choice names everybody who is chosen, such as a payment institution and a bank. Another choice for the same
        purpose and case takes its place as a whole. Withdrawing the purpose ends it.

        Raises:
            GrantInvalid: the policy declares no such recipient for the purpose, or somebody else has to choose.
        """
        chosen = all_of("recipients", recipients, Recipient)
        if not chosen:
            raise ArgumentInvalid(argument="recipients", problem="it names at least one")
        return self._made(
            Entry(
                EventKind.CHOOSE,
                self._actor(by),
                purposes=(purpose,),
                level=Level.SEPARATE,
                parties=tuple(recipient.key for recipient in chosen),
                operations=(Operation.SHARE,),
                matter=matter,
            )
        )

    def attest(self, *purposes: type[Purpose], by: Self, notice: Notice | None = None, key: str = "") -> ConsentEvent:
        """Record the word of another person that this one authorised them to provide data (USE-8).

        It counts for what that person provides, and for nothing else.

        Args:
            purposes: what it is authorised for.
            by: who attests it, and provides the data.
            notice: what that person was shown.
            key: idempotency key of the application's.
        """
        check_kind("by", by, Acts)
        if by.pseudonym == self.pseudonym:
            raise ArgumentInvalid(argument="by", problem="nobody attests for themselves; grant instead")
        return self._made(Entry(EventKind.ATTEST, self._actor(by), purposes=purposes, notice=notice, key=key))

    def confirm(self, *items: AnyItem, source: ThirdPartySource, by: Self | None = None) -> None:
        """Record that the subject confirmed sensitive items that come from a third party (USE-10)."""
        check_kind("source", source, ThirdPartySource)
        self._note(Entry(EventKind.CONFIRM, self._actor(by), items=_some(items), parties=(source.key,)))

    def publish(self, *items: AnyItem, act: str, matter: str = "", by: Self | None = None) -> None:
        """Record that the subject made items public, and by which act (PROT-4).

        Args:
            items: what was made public.
            act: identifier of the act, such as the number of a review.
            matter: the business case whose values they are.
            by: the guardian who did it.
        """
        check_text("act", act)
        if not act:
            raise ArgumentInvalid(argument="act", problem="it names the act")
        self._note(Entry(EventKind.PUBLISH, self._actor(by), items=_some(items), matter=matter, method=act))

    # ── Settings ──────────────────────────────────────────────────────────────────────────────────────────

    def object_to(self, purpose: type[Purpose], /, *topics: str, by: Self | None = None) -> None:
        """Block topics in a purpose without withdrawing it (USE-7). When this returns, no process uses them for it.

        Topics are compared letter by letter: an objection to "Toys" does not block "toys".
        """
        self._note(Entry(EventKind.OBJECT, self._actor(by), purposes=(purpose,), topics=_named(topics)))

    def allow(self, purpose: type[Purpose], /, *topics: str, by: Self | None = None) -> None:
        """Unblock topics in a purpose."""
        self._note(Entry(EventKind.ALLOW, self._actor(by), purposes=(purpose,), topics=_named(topics)))

    def objections(self, purpose: type[Purpose], /) -> frozenset[str]:
        """Give the topics that the subject blocks in a purpose."""
        check_purposes("objections", purpose)
        keys = purpose.names
        return frozenset(topic for key, topic in self.standing.objections if key in keys)

    def permission_changed(
        self, permission: str, /, *, on: bool, by: Self | None = None, notice: Notice | None = None
    ) -> None:
        """Record that a device permission was turned on, which is consent, or off, which is withdrawal (USE-18).

        It is about exactly the purposes that the policy ties to the permission. Earlier processing is not undone.

        Raises:
            ArgumentInvalid: the policy ties no purpose to the permission.
            GrantInvalid: the consent could not count.
        """
        check_text("permission", permission)
        check_kind("on", on, bool)
        purposes = self._core.policy.permitted_by(permission)
        if not purposes:
            raise ArgumentInvalid(argument="permission", problem="the policy ties no purpose to it")
        method = f"permission {permission}"
        if not on:
            self._note(Entry(EventKind.WITHDRAW, self._actor(by), purposes=purposes, method=method))
            return
        level = Level.SEPARATE if len(purposes) == 1 else Level.EXPRESS
        self._made(
            Entry(EventKind.GRANT, self._actor(by), purposes=purposes, level=level, method=method, notice=notice)
        )

    def privacy_signal(self) -> tuple[type[Purpose], ...]:
        """Record a Global Privacy Control signal as a refusal of every purpose that the policy ends by it (COOK-2).

        Returns:
            These purposes.
        """
        purposes = tuple(rule.purpose for rule in self._core.policy.purposes if rule.signal)
        if purposes:
            self._note(Entry(EventKind.REFUSE, self.pseudonym, purposes=purposes, method="Sec-GPC"))
        return purposes

    # ── What values are kept for ──────────────────────────────────────────────────────────────────────────

    def mark(self, anchor: Anchor, /, *, matter: str = "") -> None:
        """Record that something has happened from which a retention period counts (PROT-3).

        The first completion of a business case counts, and the last activity.

        Raises:
            ArgumentInvalid: it is not a completion of a business case, or an activity.
        """
        check_kind("anchor", anchor, Anchor)
        if anchor not in {Anchor.COMPLETION, Anchor.ACTIVITY} or (anchor is Anchor.COMPLETION) != bool(matter):
            problem = "it is the completion of a matter, or an activity; collecting and closing mark themselves"
            raise ArgumentInvalid(argument="anchor", problem=problem)
        self._note(Entry(EventKind.MARK, self.pseudonym, anchor=anchor.value, matter=matter))

    def restrict(self, *items: AnyItem, matter: str = "", method: str = "") -> None:
        """Isolate values: only statutory purposes reach them until `lift` (RIGHT-3). No items means all."""
        self._note(Entry(EventKind.RESTRICT, self.pseudonym, items=_keys(items), matter=matter, method=method))

    def lift(self, *items: AnyItem, matter: str = "", method: str = "") -> None:
        """End the restriction that was made with the same items and business case."""
        self._note(Entry(EventKind.LIFT, self.pseudonym, items=_keys(items), matter=matter, method=method))

    def hold(self, *items: AnyItem, matter: str = "", reference: str) -> None:
        """Keep values for a legal matter, whatever else becomes of them; `release` ends it. No items means all."""
        check_text("reference", reference)
        if not reference:
            raise ArgumentInvalid(argument="reference", problem="it names the legal matter")
        self._note(Entry(EventKind.HOLD, self.pseudonym, items=_keys(items), matter=matter, method=reference))

    def release(self, reference: str, /) -> None:
        """End every hold of a reference."""
        self._note(Entry(EventKind.RELEASE, self.pseudonym, method=reference))

    def agree(
        self, *, items: Iterable[AnyItem] = (), until: dt.datetime | None = None, by: Self | None = None
    ) -> ConsentEvent:
        """Record that the subject agreed to the version in force (CHANGE-1) or, with items, to keep them longer.

        Args:
            items: what to keep until `until`, beyond the policy's period (PROT-3).
            until: until when (aware).
            by: the guardian who agrees.

        Raises:
            ArgumentInvalid: only one of items and until is given, or until is naive.
        """
        check_kind("until", until, dt.datetime | None)
        keys = _keys(all_of("items", items, Item))
        if bool(keys) != (until is not None) or (until is not None and until.utcoffset() is None):
            raise ArgumentInvalid(argument="until", problem="it is an aware time, and goes with items")
        end = until.astimezone(dt.UTC) if until is not None else None
        return self._made(Entry(EventKind.AGREE, self._actor(by), items=keys, until=end))

    def close(self, *, by: Self | None = None, method: str = "") -> None:
        """Close the account: every consent ends, and what must be kept is isolated (USE-6).

        When this returns, no process uses anything of the subject's but for statutory purposes. To erase what need
        not be kept is for `obq_privacy.rights`.
        """
        self._note(Entry(EventKind.CLOSE, self._actor(by), method=method))

    # ── Within ────────────────────────────────────────────────────────────────────────────────────────────

    def _actor(self, by: Acts | None) -> Pseudonym:
        check_kind("by", by, Acts | None)
        if by is not None and by._core is not self._core:
            raise ArgumentInvalid(argument="by", problem="it is a subject of the same guard")
        return self.pseudonym if by is None else by.pseudonym

    def _made(self, entry: Entry) -> ConsentEvent:
        """Append an event that opens something up, and give it."""
        event, change = append(self._core, self._access, entry)
        if event is None:  # nothing has changed: an earlier one says it already
            events = [one for one in self._core.store.events(self.pseudonym) if one.kind is entry.kind]
            alike = [one for one in events if _says(one, entry, self._core.policy.version)]
            event = (alike or events)[-1]
        self._core.settle(change)
        return event

    def _note(self, entry: Entry) -> None:
        """Append an event, and wait until no process relies on the state before it."""
        self._core.settle(append(self._core, self._access, entry)[1])


def _says(event: ConsentEvent, entry: Entry, version: str) -> bool:
    """Tell whether an event agrees to the version, or to keep the items as long."""
    if not entry.items:
        return not event.items and event.version == version
    return set(entry.items) <= set(event.items) and event.valid_until == entry.until


def names_of(recipients: Iterable[AnyRecipient | Role]) -> tuple[str, ...]:
    """Give the words by which a consent names recipients and roles.

    Raises:
        ArgumentInvalid: one is neither.
    """
    return tuple(
        f"role:{one.value}" if isinstance(one, Role) else one.key
        for one in all_of("recipients", recipients, Recipient | Role)
    )


def operations_of(operations: Iterable[Operation], *, shared: bool) -> tuple[Operation, ...]:
    """Give what a consent covers: collecting and using, or sharing where it names recipients."""
    named = set(all_of("operations", operations, Operation))
    default = {Operation.SHARE} if shared else {Operation.COLLECT, Operation.USE}
    return tuple(operation for operation in Operation if operation in (named or default))


def regions_of(regions: Iterable[str]) -> tuple[str, ...]:
    """Give the regions that a consent names.

    Raises:
        ArgumentInvalid: one is no country code.
    """
    named = all_of("regions", regions, str)
    if not all(is_region(region) for region in named):
        raise ArgumentInvalid(argument="regions", problem="they are ISO 3166-1 codes of two capital letters")
    return named


def _keys(items: Iterable[AnyItem]) -> tuple[str, ...]:
    return tuple(sorted({item.key for item in all_of("items", items, Item)}))


def _some(items: tuple[AnyItem, ...]) -> tuple[str, ...]:
    if not items:
        raise ArgumentInvalid(argument="items", problem="it names at least one")
    return _keys(items)


def _named(topics: tuple[str, ...]) -> tuple[str, ...]:
    if not topics or not all(all_of("topics", topics, str)):
        raise ArgumentInvalid(argument="topics", problem="it names at least one, none of them empty")
    return topics


async def settled(core: Core, change: int) -> None:
    """Wait as `Core.settle` does, without blocking the event loop."""
    import asyncio  # noqa: PLC0415  programs without an event loop need not pay for it

    for pause in core.pauses(change):
        await asyncio.sleep(pause)
