"""Which consents count for what, and which can be recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy import errors
from obq_privacy.consent import EventKind
from obq_privacy.decision._answer import Permit, Reason
from obq_privacy.decision._case import State, is_minor, never
from obq_privacy.vocab import Category, LegalBasis, Level, Operation, SourceKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from obq_privacy.consent import Consent, ConsentEvent, Standing
    from obq_privacy.decision._case import Case
    from obq_privacy.policy import Minors, Policy
    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose

_ENDED = {
    EventKind.WITHDRAW: errors.ConsentWithdrawn.code,
    EventKind.REFUSE: errors.ConsentRefused.code,
    EventKind.EXPIRE: errors.ConsentExpired.code,
    EventKind.INVALIDATE: errors.ConsentInvalidated.code,
    EventKind.CLOSE: errors.AccountClosed.code,
    EventKind.CHOOSE: errors.ChoiceMissing.code,
}

_BASES = {
    EventKind.GRANT: LegalBasis.CONSENT,
    EventKind.CHOOSE: LegalBasis.CHOICE,
    EventKind.ATTEST: LegalBasis.AUTHORISED,
}


def consented(
    case: Case,
    item: AnyItem,
    purpose: type[Purpose],
    *,
    operation: Operation,
    least: Level = Level.GENERAL,
    recipient: AnyRecipient | None = None,
    region: str = "",
    choices: bool | None = None,
    known: AnyRecipient | None = None,
) -> Permit | list[Reason]:
    """Find the consent that covers the item for the longest time, or every reason why none does.

    Args:
        case: what is decided.
        item: the item.
        purpose: the purpose.
        operation: what the consent has to cover.
        least: the least level, where the policy asks for no stronger one.
        recipient: whom the consent has to name, by key or role.
        region: the region that the consent has to name.
        known: whom the version of the consent has to have declared as now, though the consent need not name them.
        choices: whether nothing but choices of a recipient count, or none of them; None where both do.
    """
    state = case.state
    needed = max(
        least, state.policy.level(item, case.sensitivity, operation, child=of_child(case)), _least_of_minor(state)
    )
    names = purpose.names
    best: Permit | None = None
    found: list[tuple[str, str]] = []
    for consent in reversed(state.standing.consents):
        if best is not None and best.until is None:
            break
        grant = consent.grant
        if names.isdisjoint(grant.purposes) or operation not in grant.operations:
            continue
        if not _names(case, grant, purpose, item):
            continue
        if choices is not None and choices is not (grant.kind is EventKind.CHOOSE):
            continue
        if (recipient is not None and recipient.names.isdisjoint(grant.parties)) or (
            region and region not in grant.regions
        ):
            continue
        lapse = lapsed(state, consent, purpose, operation)
        if not isinstance(lapse, Permit):
            found.append(lapse)
        elif _level(grant, purpose) < needed:
            found.append((errors.ConsentTooWeak.code, needed.name.lower()))
        elif not _unchanged(state.policy, grant, purpose, item, recipient or known):
            found.append((errors.ConsentOutdated.code, grant.version))
        elif best is None or never(best.until) < never(lapse.until):
            best = lapse
    if best is not None:
        return best
    if not found:
        refused = not names.isdisjoint(state.standing.refused)
        found.append((errors.ConsentRefused.code if refused else errors.ConsentMissing.code, ""))
    return [Reason(code, item.key, purpose.key, detail) for code, detail in found]


def _least_of_minor(state: State) -> Level:
    return Level.EXPRESS if state.policy.minors.guardian_operations and is_minor(state) else Level.GENERAL


def _unchanged(
    policy: Policy, grant: ConsentEvent, purpose: type[Purpose], item: AnyItem, recipient: AnyRecipient | None
) -> bool:
    """Tell whether the version of a consent said the same of all that it has to cover (USE-2)."""
    if grant.version == policy.version:
        return True
    if not policy.unchanged_since(grant.version, purpose, item.key):
        return False
    return recipient is None or (
        policy.recipient_unchanged(grant.version, recipient)
        and policy.shared_unchanged(grant.version, purpose, item.key)
    )


def of_child(case: Case) -> bool:
    """Tell whether the value is a child's: its label says so, or its subject was one when it was collected (DEF-3).

    The label of an item that is sensitive for everybody does not say.
    """
    if Category.CHILD in case.label.categories:
        return True
    minors = case.state.policy.minors
    born, collected = case.state.standing.born, case.label.collected[0]
    if born is None:
        return minors.unknown == "child"
    if collected.year - born.year > minors.sensitive_age + 2:
        return False
    return collected < minors.sensitive_until(born)


def _level(grant: ConsentEvent, purpose: type[Purpose]) -> Level:
    """Give the level at which a grant covers a purpose: separate for the one that it names alone, else express."""
    return grant.level if grant.purposes == (purpose.key,) else min(grant.level, Level.EXPRESS)


def _names(case: Case, grant: ConsentEvent, purpose: type[Purpose], item: AnyItem) -> bool:
    """Tell whether a grant that covers the purpose does so by its own name, where the item is exact, and the value."""
    if item.exact and purpose.key not in grant.purposes:
        return False
    if grant.items and item.key not in grant.items:
        return False
    if grant.kind is not EventKind.GRANT and not _is_about(case, grant):
        return False
    return not grant.categories or item.category.value in grant.categories


def covers(grant: ConsentEvent, purpose: type[Purpose]) -> bool:
    """Tell whether a grant names a purpose, or a wider one."""
    return not purpose.names.isdisjoint(grant.purposes)


def _is_about(case: Case, grant: ConsentEvent) -> bool:
    """Tell whether a choice is of the value's business case, or an attestation by whoever provided the value."""
    if grant.kind is EventKind.CHOOSE:
        return case.label.matters == frozenset({grant.matter})
    sources = {(source.kind, source.name) for source in case.label.sources}
    return sources == {(SourceKind.PERSON, grant.actor)}


def lapsed(
    state: State, consent: Consent, purpose: type[Purpose], operation: Operation | None
) -> Permit | tuple[str, str]:
    """Tell why a consent that names the purpose does not count, or until when it does."""
    over = _over(state.standing, consent, purpose, state.at)
    if over:
        return over, ""
    until = consent.valid_until
    basis = _BASES[consent.grant.kind]
    born = state.standing.born
    minors = state.policy.minors if born is None else state.policy.minors_of(consent.grant.version)  # CHANGE-1
    if consent.grant.by_guardian:
        if born is None:
            if minors.unknown == "adult":
                return errors.ConsentMissing.code, ""
        else:
            majority = minors.minor_until(born)
            if state.at >= majority:
                return errors.ConsentExpired.code, ""
            until = majority if until is None else min(until, majority)
        basis = LegalBasis.GUARDIAN_CONSENT if consent.grant.kind is EventKind.GRANT else basis
    else:
        missing = guardian_needed(minors, born, purpose, consent.grant.at)
        if missing:
            return errors.GuardianNeeded.code, missing
        guarded = state.policy.minors.guardian_operations
        if operation is not None and operation.value in guarded and is_minor(state):
            return errors.GuardianAgreementMissing.code, ""
    return Permit(basis, until, (consent.grant.id,))


def _over(standing: Standing, consent: Consent, purpose: type[Purpose], at: dt.datetime) -> str:
    """Give the code of what has ended a consent for a purpose, whoever gave it; "" while it runs."""
    if consent.ended:
        for wider in purpose.lineage:
            kind = consent.ended.get(wider.key)
            if kind is not None:
                return _ENDED[kind]
    if consent.valid_until is not None and at >= consent.valid_until:
        return errors.ConsentExpired.code
    if standing.carried is not None and consent.grant.at <= standing.carried:
        return errors.ConsentNotCarried.code
    return ""


def guardian_needed(minors: Minors, born: dt.date | None, purpose: type[Purpose], at: dt.datetime) -> str:
    """Say why the subject cannot consent alone to a purpose at a given time; "" when they can (MINOR-1).

    A consent is judged by the age on the day when it was given: growing older does not make it count.
    """
    if born is None:
        return "" if minors.unknown == "adult" else "birth date unknown"
    if at.year - born.year > minors.majority + 1:
        return ""
    if at < minors.guardian_until(born):
        return "child"
    guarded = not purpose.names.isdisjoint(minors.guardian_until_majority)
    return "minor" if guarded and at < minors.minor_until(born) else ""


def required_consent(state: State, purpose: type[Purpose], required: type[Purpose]) -> Permit | Reason:
    """Find the live consent to a purpose that another one builds on (USE-4)."""
    names = required.names
    best: Permit | None = None
    for consent in reversed(state.standing.consents):
        if best is not None and best.until is None:
            break
        grant = consent.grant
        if (
            names.isdisjoint(grant.purposes)
            or grant.kind is not EventKind.GRANT
            or Operation.USE not in grant.operations
        ):
            continue
        lapse = lapsed(state, consent, required, None)
        if isinstance(lapse, Permit) and (best is None or never(best.until) < never(lapse.until)):
            best = lapse
    return best or Reason(errors.RequiredPurposeMissing.code, "", purpose.key, required.key)


def live(policy: Policy, standing: Standing, purpose: type[Purpose], at: dt.datetime) -> bool:
    """Tell whether any consent to a purpose is in force, whatever items it covers."""
    return isinstance(required_consent(State(policy, standing, at), purpose, purpose), Permit)


def running(policy: Policy, standing: Standing, at: dt.datetime) -> Iterator[tuple[Consent, type[Purpose]]]:
    """Yield each consent that runs with each declared purpose that it covers; who had to give it is not asked."""
    for consent in standing.consents:
        if consent.grant.kind is EventKind.GRANT:
            for rule in policy.purposes:
                if covers(consent.grant, rule.purpose) and not _over(standing, consent, rule.purpose, at):
                    yield consent, rule.purpose


def consent_problem(
    policy: Policy,
    standing: Standing,
    purposes: tuple[type[Purpose], ...],
    *,
    level: Level,
    by_guardian: bool,
    at: dt.datetime,
) -> errors.GrantInvalid | None:
    """Say why a consent cannot be recorded now; None when it can."""
    if not purposes:
        return errors.GrantInvalid(purpose="nothing", problem="it names no purpose")
    if standing.closed is not None or standing.ceased is not None:
        what = "the account was cancelled" if standing.closed is not None else "operations have ceased"
        return errors.GrantInvalid(purpose=purposes[0].key, problem=what)
    if level is Level.SEPARATE and len(purposes) != 1:
        return errors.GrantInvalid(
            purpose=purposes[1].key, problem="a separate consent covers exactly one purpose; grant them one by one"
        )
    granted = {purpose.key for purpose in purposes}
    for purpose in purposes:
        if policy.rule(purpose) is None:
            return errors.GrantInvalid(purpose=purpose.key, problem="the policy does not declare it")
        for required in policy.required(purpose):
            if required.names.isdisjoint(granted) and not live(policy, standing, required, at):
                return errors.RequiredConsentMissing(
                    purpose=purpose.key, problem=f"it builds on {required.key}, which has no live consent"
                )
        if not by_guardian:
            missing = guardian_needed(policy.minors, standing.born, purpose, at)
            if missing:
                return errors.GuardianRequired(purpose=purpose.key, problem=f"a guardian has to give it ({missing})")
    if by_guardian and is_of_age(policy.minors, standing.born, at):
        return errors.GrantInvalid(purpose=purposes[0].key, problem="the subject is of age and consents alone")
    return None


def is_of_age(minors: Minors, born: dt.date | None, at: dt.datetime) -> bool:
    """Tell whether somebody has come of age; an unknown birth date counts as the policy says."""
    return minors.unknown == "adult" if born is None else at >= minors.minor_until(born)


def too_young(minors: Minors, born: dt.date | None, at: dt.datetime) -> str:
    """Say why somebody cannot act alone in anything at all; "" when they can (MINOR-1)."""
    if born is None:
        return "" if minors.unknown == "adult" else "birth date unknown"
    return "child" if at < minors.guardian_until(born) else ""
