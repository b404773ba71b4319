"""Whom a new version of the policy concerns: who must be told, who asked again, and for which purposes (CHANGE-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.consent import EVERYBODY, EventKind
from obq_privacy.decision import Deny, Permit, decide
from obq_privacy.errors import (
    BorderClosed,
    ChoiceMissing,
    ConsentMissing,
    ConsentOutdated,
    ConsentTooWeak,
    GuardianAgreementMissing,
    GuardianNeeded,
    IdentifyingRefused,
    NotPublished,
    RequiredPurposeMissing,
    VersionUnknown,
)
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import check_kind, check_text
from obq_privacy.policy import Diff, Kind, Policy
from obq_privacy.rights._probe import Probe, asked
from obq_privacy.vocab import Operation, RecipientKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from obq_privacy.consent import Consent, ConsentEvent, Standing
    from obq_privacy.policy import Change, PurposeRule, Retention
    from obq_privacy.vocab import AnyItem, AnyRecipient, Pseudonym, Purpose, ThirdPartySource

_ASKING_HELPS = frozenset(
    kind.code
    for kind in (
        *(ConsentOutdated, ConsentTooWeak, ConsentMissing, RequiredPurposeMissing, GuardianNeeded),
        *(GuardianAgreementMissing, BorderClosed, ChoiceMissing, IdentifyingRefused, NotPublished),
    )
)

_PAGE = 500


class Concerned(NamedTuple):
    """What a new version means for one subject.

    Attributes:
        subject: the pseudonym.
        ask: keys of the purposes that the subject consented to and must be asked about again, sorted: under the new
            version something of them is refused that was permitted, or was added to them.
        narrower: keys of the purposes for which what the older version said stands until the subject agrees to the new
            one (CHANGE-1), sorted.
        tell: the major changes that concern the subject.
    """

    subject: Pseudonym
    ask: tuple[str, ...]
    narrower: tuple[str, ...]
    tell: tuple[Change, ...]


def concerned(diff: Diff, standing: Standing, *, at: dt.datetime) -> Concerned:
    """Tell what a new version means for a subject, by deciding what the subject's consents cover under both.

    Pure: no I/O, no clock.

    Args:
        diff: what changed.
        standing: the state of the subject.
        at: now (aware).
    """
    ask: set[str] = set()
    narrower: set[str] = set()
    mine: set[str] = set()
    for consent in standing.consents:
        left = _left(consent, at)
        mine |= left
        for rule, probe in _probes(diff.new, consent, left):
            answer = _answered(diff.new, standing, probe, at)
            if isinstance(answer, Permit):
                if _stands(diff.new, standing, rule, probe):
                    narrower.add(rule.purpose.key)
            elif _to_ask(diff, standing, probe, answer, at):
                ask.add(rule.purpose.key)
    told = diff.told(mine) if not standing.erased else ()
    return Concerned(standing.subject, tuple(sorted(ask)), tuple(sorted(narrower - ask)), told)


def affected(guard: Guard, diff: Diff) -> Iterator[Concerned]:
    """Yield every subject whom a new version concerns, in pages; whoever is erased is left out.

    Args:
        guard: the guard, under either version.
        diff: what changed.

    Raises:
        ArgumentInvalid: it is no guard, or no diff.
    """
    check_kind("guard", guard, Guard)
    check_kind("diff", diff, Diff)
    core = guard._core
    core.refresh()
    after = ""
    while page := core.store.subjects(after, _PAGE):
        for subject in page:
            if subject == EVERYBODY:  # a succession is entered under its name
                continue
            found = concerned(diff, core.access(subject).standing(), at=core.clock.now())
            if found.ask or found.narrower or found.tell:
                yield found
        after = page[-1]


def archived(
    guard: Guard,
    version: str,
    *,
    purposes: Iterable[type[Purpose]] = (),
    items: Iterable[AnyItem] = (),
    recipients: Iterable[AnyRecipient] = (),
    sources: Iterable[ThirdPartySource] = (),
) -> Policy:
    """Read a version that the guard's store keeps (CHANGE-3). Arguments as for `Policy.loads`.

    Raises:
        VersionUnknown: no such version was ever in force here.
        PolicyDocumentInvalid: something of it must be given, or disagrees with what is given.
    """
    check_kind("guard", guard, Guard)
    check_text("version", version)
    core = guard._core
    core.refresh()
    text = core.store.policies().get(version)
    if text is None:
        raise VersionUnknown(version=version)
    return Policy.loads(text, purposes=purposes, items=items, recipients=recipients, sources=sources)


# ── What is asked under both versions ─────────────────────────────────────────────────────────────────────


def _left(consent: Consent, at: dt.datetime) -> frozenset[str]:
    """Give the keys of the purposes for which a consent still counts."""
    if consent.valid_until is not None and at >= consent.valid_until:
        return frozenset()
    return frozenset(key for key in consent.grant.purposes if key not in consent.ended)


def _probes(policy: Policy, consent: Consent, left: frozenset[str]) -> Iterator[tuple[PurposeRule, Probe]]:
    """Give everything that a consent is about, as the policy declares it."""
    grant = consent.grant
    for rule in policy.purposes:
        if rule.kind is Kind.STATUTORY or rule.purpose.names.isdisjoint(left):
            continue
        for item in rule.items:
            if grant.items and item.key not in grant.items:
                continue
            if grant.categories and item.category.value not in grant.categories:
                continue
            for probe in _of(policy, rule, item, grant):
                yield rule, probe


def _of(policy: Policy, rule: PurposeRule, item: AnyItem, grant: ConsentEvent) -> Iterator[Probe]:
    plain = Probe(
        Operation.USE,
        rule.purpose.key,
        (item.key,),
        matter=grant.matter if grant.kind is EventKind.CHOOSE else "",
        provider=grant.actor if grant.kind is EventKind.ATTEST else "",
    )
    for operation in grant.operations:
        if operation not in {Operation.SHARE, Operation.TRANSFER}:
            yield plain._replace(operation=operation)
    for recipient in policy.recipients:
        if not recipient.purposes.allows(rule.purpose) or (recipient.items and item not in recipient.items):
            continue
        named = not recipient.names.isdisjoint(grant.parties)
        if Operation.TRANSFER in grant.operations and named:
            yield plain._replace(operation=Operation.TRANSFER, recipient=recipient.key)
        sister = recipient.standing is RecipientKind.AFFILIATE and Operation.USE in grant.operations
        if item in rule.shared and (sister or (named and Operation.SHARE in grant.operations)):
            yield plain._replace(operation=Operation.SHARE, recipient=recipient.key)


def _answered(policy: Policy, standing: Standing, probe: Probe, at: dt.datetime) -> Permit | Deny:
    label, request = asked(policy, standing, probe, at)
    return decide(policy, standing, label, request, at)


def _to_ask(diff: Diff, standing: Standing, probe: Probe, answer: Deny, at: dt.datetime) -> bool:
    """Tell whether asking the subject helps, and is for the change: it was permitted, or the consent is outdated."""
    if _ASKING_HELPS.isdisjoint(answer.codes):
        return False
    return ConsentOutdated.code in answer.codes or isinstance(_answered(diff.old, standing, probe, at), Permit)


def _stands(policy: Policy, standing: Standing, rule: PurposeRule, probe: Probe) -> bool:
    """Tell whether older terms stand for the subject that are narrower than the new ones."""
    agreed = {*standing.agreed, *_versions(standing, rule.purpose)}
    bound = policy.stands((), agreed=agreed)
    if policy.homes(bound) != policy.homes():
        return True
    (item,) = probe.items
    now = policy.retentions(item)
    then = policy.retentions(item, bound=bound, purpose=rule.purpose)
    return _periods(now, rule.purpose) != _periods(then, rule.purpose)


def _versions(standing: Standing, purpose: type[Purpose]) -> Iterator[str]:
    """Give the versions under which the subject consented to a purpose; a choice of a recipient agrees to no terms."""
    for consent in standing.consents:
        grant = consent.grant
        if grant.kind is EventKind.GRANT and not purpose.names.isdisjoint(grant.purposes):
            yield grant.version


def _periods(entries: Iterable[Retention], purpose: type[Purpose]) -> dict[object, tuple[object, object]]:
    """Give the shortest period for each thing that one counts from, and the least that the law wants."""
    found: dict[object, tuple[dt.timedelta, dt.timedelta | None]] = {}
    for entry in entries:
        if entry.purpose is None or entry.purpose in purpose.lineage:
            known = found.get(entry.after)
            if known is None or entry.keep < known[0]:
                found[entry.after] = (entry.keep, entry.at_least)
    return dict(found)
