"""What a receipt tells of one consent, before it is spelled in the words of a standard."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.consent import DECLINED, EVERYBODY, ConsentEvent, EventKind, standing_of
from obq_privacy.errors import ReceiptInvalid
from obq_privacy.policy import Kind
from obq_privacy.vocab import Category, Operation, RecipientKind, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from obq_privacy.consent import Consent
    from obq_privacy.guard import Guard, Subject
    from obq_privacy.policy import Contact, Policy, PurposeRule
    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose


class Issuer(NamedTuple):
    """What a receipt says of the controller, and the policy does not.

    The name of the controller, the responsible department and the address of the policy come from the policy.

    Attributes:
        email: mail address of the responsible department.
        phone: its telephone number.
        address: its postal address.
        url: a page of the controller's, or "".
        control: the page where consent is changed and withdrawn, or "" for that of the policy.
        language: BCP 47 tag for consents that came without a notice; a notice says its own.
        service: what the controller's service is called, or "" for the name of the controller.
    """

    email: str
    phone: str
    address: str
    url: str = ""
    control: str = ""
    language: str = "und"
    service: str = ""


class Covered(NamedTuple):
    """One purpose that a consent covers: itself or one below it, with what may be used for it."""

    purpose: type[Purpose]
    rule: PurposeRule
    items: tuple[AnyItem, ...]
    recipients: tuple[AnyRecipient, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the purpose in the DPV, or of the nearest wider one that has some."""
        return next((wider.dpv for wider in self.purpose.lineage if wider.dpv), ())

    @property
    def necessary(self) -> frozenset[str]:
        """Keys of the items that the purpose cannot do without."""
        return frozenset(item.key for item in self.rule.necessary)


class Happened(NamedTuple):
    """Something that happened to the consent, and the purposes that it touched; none for all of them."""

    event: ConsentEvent
    purposes: tuple[str, ...]


class Told(NamedTuple):
    """What became of a consent.

    Attributes:
        happened: in order.
        state: its state after that.
        ended: what ended all of it at once, or None.
    """

    happened: tuple[Happened, ...]
    state: Consent
    ended: EventKind | None

    @property
    def over(self) -> bool:
        """Whether nothing of it is in force, whatever the time."""
        return self.ended is not None or self.state.over


class Matter(NamedTuple):
    """Everything that a receipt is about."""

    id: str
    policy: Policy
    contact: Contact
    event: ConsentEvent
    covered: tuple[Covered, ...]
    issuer: Issuer
    child: bool


def consent_history(guard: Guard, subject: Subject, /) -> tuple[ConsentEvent, ...]:
    """Give what happened between a subject and the controller, and what was about everybody, as receipts take it.

    It names people by pseudonym and holds no value.

    Raises:
        GuardClosed: the guard is closed.
    """
    core = guard._core
    core.refresh()
    return (*core.store.events(EVERYBODY), *core.store.events(subject.pseudonym))


def receipt_id(event: ConsentEvent, /) -> str:
    """Give the id under which receipts of a consent stand: a version 4 UUID made from the id of the event.

    Both standards recommend such an id. 122 of the event's 128 random bits are in it.
    """
    from uuid import UUID  # noqa: PLC0415  only receipts need it

    return str(UUID(hex=event.id, version=4))


def matter_of(policy: Policy, event: ConsentEvent, issuer: Issuer, born: dt.date | None) -> Matter:
    """Check that a receipt can be made, and find out what it covers.

    Raises:
        ReceiptInvalid: the event makes no consent, names another version or purposes that the policy does not
            declare, or the policy or the issuer says too little.
    """
    if not isinstance(event, ConsentEvent):
        raise ReceiptInvalid(consent="unknown", problem="what stands for the event is not a ConsentEvent")
    for problem in _problems(policy, event, issuer):
        raise ReceiptInvalid(consent=event.id, problem=problem)
    covered = tuple(_covered(policy, event))
    if not covered:
        raise ReceiptInvalid(consent=event.id, problem="nothing that it names rests on consent")
    if policy.contact is None or not policy.contact.url:
        raise ReceiptInvalid(consent=event.id, problem="the policy names no contact, or not where it is published")
    minors = policy.minors
    child = minors.unknown == "child" if born is None else event.at < minors.sensitive_until(born)
    return Matter(receipt_id(event), policy, policy.contact, event, covered, issuer, child)


def _problems(policy: Policy, event: ConsentEvent, issuer: Issuer) -> Iterator[str]:
    if not event.kind.consents:
        yield f"an event of the kind {event.kind.value} makes no consent"
    if event.version != policy.version:
        yield "it was made under another version of the policy"
    if any(policy.purpose(key) is None for key in event.purposes):
        yield "the policy does not declare its purposes"
    for name in ("email", "phone", "address", "language"):
        if not getattr(issuer, name).strip():
            yield f"the issuer says no {name}"


def _covered(policy: Policy, event: ConsentEvent) -> Iterator[Covered]:
    """Yield the purposes that the event names and those below them, by key; what is below comes with its own rule."""
    for rule in sorted(policy.purposes, key=lambda rule: rule.purpose.key):
        purpose = rule.purpose
        if rule.kind is not Kind.STATUTORY and not purpose.names.isdisjoint(event.purposes):
            items = tuple(item for item in rule.items if _names(event, purpose, item))
            yield Covered(purpose, rule, items, tuple(_recipients(policy, event, purpose)))


def _names(event: ConsentEvent, purpose: type[Purpose], item: AnyItem) -> bool:
    """Tell whether the consent reaches an item; what is not personal needs none."""
    if item.sensitivity is Sensitivity.NON_PERSONAL or (item.exact and purpose.key not in event.purposes):
        return False
    if event.items and item.key not in event.items:
        return False
    return not event.categories or item.category.value in event.categories


_OUTWARD = frozenset({Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})


def _recipients(policy: Policy, event: ConsentEvent, purpose: type[Purpose]) -> Iterator[AnyRecipient]:
    """Yield whom this very consent lets the data go to: the recipients that it names, by key or by role."""
    if _OUTWARD.isdisjoint(event.operations):
        return
    for recipient in sorted(policy.recipients, key=lambda recipient: recipient.key):
        if recipient.purposes.allows(purpose) and not recipient.names.isdisjoint(event.parties):
            yield recipient


def third_parties(covered: Covered) -> list[str]:
    """Give the names of the recipients that are neither the controller nor an affiliate under the same policy."""
    inside = {RecipientKind.CONTROLLER, RecipientKind.AFFILIATE}
    return [recipient.title for recipient in covered.recipients if recipient.standing not in inside]


def sensitive_categories(matter: Matter) -> tuple[Category, ...]:
    """Give the categories whose values are sensitive, in the order in which they are declared.

    All values of a child are sensitive (DEF-3), so the category of children comes on top.
    """
    found = {
        item.category
        for covered in matter.covered
        for item in covered.items
        if matter.child or item.sensitivity is Sensitivity.SENSITIVE
    }
    if matter.child and found:
        found.add(Category.CHILD)
    return tuple(category for category in Category if category in found)


def told(matter: Matter, history: Iterable[ConsentEvent], issued: dt.datetime) -> Told:
    """Give what became of the consent until `issued`.

    An event counts when it touches a purpose of the consent and changes its state, as `standing_of` folds it; the last
    request before it counts as well. The end of the account, and a successor who declined, end all of it.

    Raises:
        ReceiptInvalid: the instant is not aware, or before the consent.
    """
    grant = matter.event
    if issued.tzinfo is None or issued < grant.at:
        raise ReceiptInvalid(consent=grant.id, problem="the time of the receipt is not aware, or before the consent")
    mine = {EVERYBODY, grant.subject}
    known = {event.id: event for event in history if event.subject in mine and event.at <= issued}
    known.pop(grant.id, None)
    events = sorted(known.values(), key=_when)
    asked = [one for one in events if one.kind is EventKind.REQUEST and one.at <= grant.at and _shares(matter, one)]
    found = [*(Happened(one, one.purposes) for one in asked[-1:]), Happened(grant, ())]
    seen: list[ConsentEvent] = [grant]
    state = _state(seen)
    for event in events:
        if _ends_all(event) and event.at >= grant.at and not state.over:
            return Told((*found, Happened(event, ())), state, event.kind)
        if _touches(matter, event):
            seen.append(event)
            before, state = state, _state(seen)
            if state != before:
                found.append(Happened(event, event.purposes))
    return Told(tuple(found), state, None)


def _when(event: ConsentEvent) -> tuple[dt.datetime, bool, str]:
    return event.at, event.kind.ends, event.id


def _state(events: Sequence[ConsentEvent]) -> Consent:
    return standing_of(events, subject=events[0].subject).consents[0]


def _ends_all(event: ConsentEvent) -> bool:
    return event.kind is EventKind.CLOSE or (event.kind is EventKind.SUCCEED and event.method == DECLINED)


def _touches(matter: Matter, event: ConsentEvent) -> bool:
    """Tell whether an event can be about the consent; whether it changes anything is for the fold to say."""
    return event.kind in _ABOUT_CONSENT and (not event.purposes or _shares(matter, event))


_ABOUT_CONSENT = frozenset(
    {EventKind.RENEW, EventKind.REFUSE, EventKind.WITHDRAW, EventKind.EXPIRE, EventKind.INVALIDATE}
)


def _shares(matter: Matter, event: ConsentEvent) -> bool:
    """Tell whether an event names a purpose of the consent, one above it, or one below it."""
    named = {name for covered in matter.covered for name in covered.purpose.names}
    return not named.isdisjoint(event.purposes)


def stamp(at: dt.datetime) -> str:
    """Give an instant in UTC and whole seconds, as ISO 8601 spells it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spelled(form: object) -> str:
    """Give the one text of a form: keys sorted, no blanks, nothing escaped that need not be."""
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
