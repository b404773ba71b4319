"""What stands in the way whoever consented: restriction, retention, objections, sources, and who acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from obq_privacy import errors
from obq_privacy.consent import EventKind
from obq_privacy.decision._answer import Permit, Reason
from obq_privacy.decision._case import earlier, in_force, is_minor, never
from obq_privacy.decision._consents import covers, lapsed
from obq_privacy.policy import Anchor, Kind
from obq_privacy.vocab import Operation, Sensitivity, SourceKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.consent import Standing
    from obq_privacy.decision._case import Case
    from obq_privacy.policy import PurposeRule, Retention
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, Purpose, Source

_COMPLETION: Final = Anchor.COMPLETION.value
_ACTIVITY: Final = Anchor.ACTIVITY.value


def acting(case: Case, purpose: type[Purpose], rule: PurposeRule) -> list[Reason]:
    """Tell why whoever acts may not, for this purpose (PROT-1, USE-20)."""
    request = case.request
    found: list[Reason] = []
    if request.operation is Operation.COLLECT:
        if rule.user_initiated and not request.user_action:
            found += [Reason(errors.UserActionMissing.code, key, purpose.key) for key in case.label.items]
        return found
    if rule.roles and (request.actor is None or rule.roles.isdisjoint(request.actor.roles)):
        detail = " or ".join(sorted(rule.roles))
        found += [Reason(errors.ActorNotAuthorised.code, key, purpose.key, detail) for key in case.label.items]
    unapproved = case.state.policy.minors.approval and not request.approval.strip()
    if unapproved and case.sensitivity is not Sensitivity.NON_PERSONAL and is_minor(case.state):
        found += [Reason(errors.ApprovalMissing.code, key, purpose.key) for key in case.label.items]
    return found


def isolated(case: Case, item: AnyItem, purpose: type[Purpose] | None, rule: PurposeRule | None) -> tuple[Reason, ...]:
    """Tell whether the value is kept for statutory purposes alone (RIGHT-3, USE-6)."""
    standing = case.state.standing
    if rule is not None and rule.kind is Kind.STATUTORY:
        return ()
    key = purpose.key if purpose is not None else ""
    if standing.closed is not None:
        return (Reason(errors.AccountClosed.code, item.key, key),)
    if standing.restrictions:
        matters = {"", *case.label.matters}
        if any((name, matter) in standing.restrictions for name in ("", item.key) for matter in matters):
            return (Reason(errors.Restricted.code, item.key, key),)
    return ()


def objection(case: Case, item: AnyItem, purpose: type[Purpose], rule: PurposeRule) -> tuple[Reason, ...]:
    """Tell whether the subject objects to what the value is about (USE-7); nobody objects to a duty by law."""
    objections = case.state.standing.objections
    for topic in sorted(case.label.topics) if objections and rule.kind is not Kind.STATUTORY else ():
        if any((name, topic) in objections for name in purpose.names):
            return (Reason(errors.ObjectionStands.code, item.key, purpose.key, topic),)
    return ()


def usable_until(
    case: Case, item: AnyItem, purpose: type[Purpose] | None, rule: PurposeRule | None
) -> dt.datetime | None:
    """Give when the value may not be used for the purpose any more; None for never (PROT-3).

    Where several periods apply the shortest counts. A statutory purpose reaches a value at least for as long as the
    law wants it kept, or a legal matter holds it.
    """
    statutory = rule is not None and rule.kind is Kind.STATUTORY
    if statutory and held(case.state.standing, item, case.label):
        return case.label.ends
    bound = standing_versions(case, purpose)
    entries = case.state.policy.retentions(item.key, bound=bound, purpose=purpose)
    usable: dt.datetime | None = None
    limited = False
    for entry in entries:
        if entry.purpose is None or (purpose is not None and entry.purpose in purpose.lineage):
            usable = earlier(usable, _ends(case, item.key, entry, statutory=statutory))
            limited = True
    if statutory and (owed := duties(case, entries)):
        usable = max([*owed, *([usable] if limited else [])], key=never)
    return earlier(case.label.ends, usable)


def collectable_until(case: Case) -> dt.datetime | None:
    """Give when what is collected may not be used for anything any more, at the latest: no permit lasts longer."""
    policy, until = case.state.policy, case.label.ends
    for key in case.label.items:
        for entry in policy.retentions(key):
            if entry.purpose is None:
                until = earlier(until, _ends(case, key, entry, statutory=False))
    return until


def duties(case: Case, entries: Iterable[Retention]) -> tuple[dt.datetime | None, ...]:
    """Give until when the law wants a value kept, for each purpose beside which it says so; None for not known yet.

    A duty is the law's, and no period of another purpose shortens it. What an older version said of the same purpose
    does (CHANGE-1).
    """
    ends: dict[type[Purpose] | None, dt.datetime | None] = {}
    for entry in entries:
        start = begins(case, entry)
        if entry.at_least is not None:
            ends[entry.purpose] = earlier(ends.get(entry.purpose), start and start + entry.at_least)
    return tuple(ends.values())


def _ends(case: Case, item: str, entry: Retention, *, statutory: bool) -> dt.datetime | None:
    """Give when a period ends; None where it has not begun."""
    start = begins(case, entry)
    if start is None:
        return None
    lawful = entry.at_least if statutory else None
    end = start + (entry.keep if lawful is None else max(entry.keep, lawful))
    longer = case.state.standing.longer.get(item)
    return end if longer is None else max(end, longer)


def held(standing: Standing, item: AnyItem, label: Label) -> tuple[str, ...]:
    """Give the references of the legal matters that a value is held for, sorted: none where a part of it is not."""
    holds = [hold for hold in standing.holds if hold.item in {"", item.key} and hold.matter in {"", *label.matters}]
    covered = {hold.matter for hold in holds}
    if "" not in covered and not label.matters <= covered:
        return ()
    return tuple(sorted({hold.reference for hold in holds}))


def standing_versions(case: Case, purpose: type[Purpose] | None) -> frozenset[str]:
    """Give the older versions whose narrower terms stand, because the subject has not agreed to this one (CHANGE-1)."""
    policy, versions = case.state.policy, case.label.versions
    if not policy.archive:
        return frozenset()
    names = purpose.names if purpose is not None else frozenset[str]()
    grants = [one.grant for one in case.state.standing.consents if one.grant.kind is EventKind.GRANT]
    agreed = {grant.version for grant in grants if not names.isdisjoint(grant.purposes)}
    return policy.stands(versions, agreed=agreed | case.state.standing.agreed)


def begins(case: Case, entry: Retention) -> dt.datetime | None:
    """Give when a period begins; None where what it counts from has not happened.

    A value that belongs to no business case can see none completed, so its period begins with its collection.
    """
    collected, standing = case.label.collected[0], case.state.standing
    if entry.after is Anchor.COLLECTION:
        return collected
    if entry.after is Anchor.ACCOUNT_END:
        return standing.closed
    if entry.after is Anchor.ACTIVITY:
        return max(collected, standing.marks.get((_ACTIVITY, ""), collected))
    done = [standing.marks.get((_COMPLETION, matter)) if matter else collected for matter in case.label.matters]
    known = [at for at in done if at is not None]
    return min(known) if known else None


def sourced(case: Case, item: AnyItem, purpose: type[Purpose]) -> dt.datetime | list[Reason] | None:
    """Give until when a value may be collected from where it comes from, None for ever, or why not (USE-8, USE-10)."""
    until: dt.datetime | None = None
    found: list[Reason] = []
    for source in case.label.sources:
        answer = _from(case, item, purpose, source)
        if isinstance(answer, Reason):
            found.append(answer)
        else:
            until = earlier(until, answer)
    return found or until


def undertaken(case: Case, item: AnyItem, purpose: type[Purpose], source: Source) -> dt.datetime | Reason | None:
    """Give until when the undertaking of a third party runs, None for another source, or why it is none (USE-10)."""
    if source.kind is not SourceKind.THIRD_PARTY:
        return None
    declared = case.state.policy.source(source.name)
    if declared is None:
        return Reason(errors.SourceUnknown.code, item.key, purpose.key, source.name)
    term = declared.undertaking
    ends = in_force(case.state, term.since, term.until) if term is not None else None
    return ends or Reason(errors.UndertakingMissing.code, item.key, purpose.key, source.name)


def _from(case: Case, item: AnyItem, purpose: type[Purpose], source: Source) -> dt.datetime | Reason | None:
    """Give until when a source is good, None for ever, or why it is not."""
    state = case.state
    if source.kind is SourceKind.THIRD_PARTY:
        ends = undertaken(case, item, purpose, source)
        confirmed = isinstance(ends, Reason) or (item.key, source.name) in state.standing.confirmed
        if case.sensitivity is Sensitivity.SENSITIVE and not confirmed:
            return Reason(errors.ConfirmationMissing.code, item.key, purpose.key, source.name)
        return ends
    if source.kind is SourceKind.PERSON:
        for consent in state.standing.consents:
            grant = consent.grant
            mine = grant.kind is EventKind.ATTEST and grant.actor == source.name
            if mine and state.policy.unchanged_since(grant.version, purpose, item.key) and covers(grant, purpose):
                lapse = lapsed(state, consent, purpose, Operation.COLLECT)
                if isinstance(lapse, Permit):
                    return lapse.until
        return Reason(errors.AttestationMissing.code, item.key, purpose.key)
    return None
