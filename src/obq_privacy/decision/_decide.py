"""The decision: a pure function of policy, standing, label, request and time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from obq_privacy import errors
from obq_privacy.consent import EventKind
from obq_privacy.decision._answer import Deny, Permit, Reason
from obq_privacy.vocab import Category, LegalBasis, Level, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.consent import Consent, ConsentEvent, Standing
    from obq_privacy.decision._answer import Request
    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, Operation, Purpose

_ENDED = {
    EventKind.WITHDRAW: errors.ConsentWithdrawn.code,
    EventKind.REFUSE: errors.ConsentRefused.code,
    EventKind.EXPIRE: errors.ConsentExpired.code,
    EventKind.INVALIDATE: errors.ConsentInvalidated.code,
}

_ANY = dt.datetime.min.replace(tzinfo=dt.UTC)


class _State:
    """What a consent is judged by."""

    __slots__ = ("at", "policy", "standing")

    def __init__(self, policy: Policy, standing: Standing, at: dt.datetime) -> None:
        self.policy = policy
        self.standing = standing
        self.at = at


class _Case:
    """Everything that a decision depends on, apart from the purpose."""

    __slots__ = ("label", "operation", "sensitivity", "state")

    def __init__(self, state: _State, label: Label, sensitivity: Sensitivity, operation: Operation) -> None:
        self.state = state
        self.label = label
        self.sensitivity = sensitivity
        self.operation = operation


def decide(policy: Policy, standing: Standing, label: Label, request: Request, at: dt.datetime) -> Permit | Deny:
    """Decide whether something may be done with a value now.

    Pure: no I/O, no clock. What is not permitted is refused, and what the policy does not speak of is a gap.

    Args:
        policy: the policy in force.
        standing: the state of the subject; a label of several subjects is decided once for each.
        label: the label of the value.
        request: what is asked.
        at: now (aware).
    """
    if standing.erased:
        return Deny([Reason(errors.SubjectErased.code)])
    if not label.items:
        return Deny([Reason(errors.PolicyGap.code, "", request.purpose.key if request.purpose else "", "no item")])
    case = _Case(_State(policy, standing, at), label, _sensitivity(policy, label), request.operation)
    if request.purpose is not None:
        return _for_purpose(case, request.purpose)
    answers = [_for_purpose(case, purpose) for purpose in _candidates(policy, label)]
    permits = [answer for answer in answers if isinstance(answer, Permit)]
    if permits:
        return max(permits, key=lambda permit: _never(permit.until))
    if not answers:
        return Deny([Reason(errors.PolicyGap.code, item, "", "no purpose") for item in label.items])
    return Deny([reason for answer in answers if isinstance(answer, Deny) for reason in answer.reasons])


def _sensitivity(policy: Policy, label: Label) -> Sensitivity:
    """Give the higher of what was true when the value was collected and what the policy says of its items now."""
    sensitivity = label.sensitivity
    for key in label.items:
        item = policy.item(key)
        if item is not None:
            sensitivity = max(sensitivity, item.sensitivity)
    return sensitivity


def _never(until: dt.datetime | None) -> tuple[bool, dt.datetime]:
    """Order instants with None, which is never, last."""
    return (until is None, until if until is not None else _ANY)


def _candidates(policy: Policy, label: Label) -> Iterable[type[Purpose]]:
    """Give the purposes that a collection can be for: what the label names, and what the policy declares below it."""
    named = dict.fromkeys(label.purposes)
    named.update(dict.fromkeys(rule.purpose for rule in policy.purposes if label.purposes.allows(rule.purpose)))
    return named


def _for_purpose(case: _Case, purpose: type[Purpose]) -> Permit | Deny:
    label = case.label
    rule = case.state.policy.rule(purpose)
    if rule is None:
        return Deny([Reason(errors.PolicyGap.code, item, purpose.key, "purpose") for item in label.items])
    permits: list[Permit] = []
    reasons: list[Reason] = []
    for key in label.items:
        item = case.state.policy.item(key)
        if item is None:
            reasons.append(Reason(errors.PolicyGap.code, key, purpose.key, "item"))
            continue
        answer = _item(case, item, purpose, rule)
        if isinstance(answer, Permit):
            permits.append(answer)
        else:
            reasons.extend(answer)
    if case.sensitivity is not Sensitivity.NON_PERSONAL:
        for required in case.state.policy.required(purpose):
            built_on = _required(case.state, purpose, required)
            if isinstance(built_on, Permit):
                permits.append(built_on)
            else:
                reasons.append(built_on)
    return Deny(reasons) if reasons else _join(permits)


def _join(permits: list[Permit]) -> Permit:
    """Give the permit that holds while all of them do."""
    if len(permits) == 1:
        return permits[0]
    bases = {permit.basis for permit in permits}
    basis = next(b for b in (LegalBasis.GUARDIAN_CONSENT, LegalBasis.CONSENT, LegalBasis.NON_PERSONAL) if b in bases)
    first = min(permits, key=lambda permit: _never(permit.until))
    consents = dict.fromkeys(consent for permit in permits for consent in permit.consents)
    return Permit(basis, first.until, tuple(consents))


def _item(case: _Case, item: AnyItem, purpose: type[Purpose], rule: PurposeRule) -> Permit | list[Reason]:
    label = case.label
    reasons: list[Reason] = []
    if not (item.purposes.allows(purpose) and label.purposes.allows(purpose)):
        reasons.append(Reason(errors.PurposeNotAllowed.code, item.key, purpose.key))
    elif item not in rule.items:
        reasons.append(Reason(errors.ItemNotNeeded.code, item.key, purpose.key))
    keep = case.state.policy.keep(item.key)
    ends = label.collected[0] + keep if keep is not None else None
    if ends is not None and case.state.at >= ends:
        reasons.append(Reason(errors.RetentionEnded.code, item.key, purpose.key))
    if reasons:
        return reasons
    if case.sensitivity is Sensitivity.NON_PERSONAL:
        return Permit(LegalBasis.NON_PERSONAL, ends)
    found = _consented(case, item, purpose)
    if isinstance(found, Permit) and ends is not None and (found.until is None or ends < found.until):
        return Permit(found.basis, ends, found.consents)
    return found


def _consented(case: _Case, item: AnyItem, purpose: type[Purpose]) -> Permit | list[Reason]:
    """Find the consent that covers the item for the longest time, or every reason why none does."""
    needed = case.state.policy.level(item, case.sensitivity, case.operation, child=_of_child(case))
    best: Permit | None = None
    found: list[tuple[str, str]] = []
    for consent in reversed(case.state.standing.consents):
        if best is not None and best.until is None:
            break
        grant = consent.grant
        if not _names(consent, purpose, item) or case.operation not in grant.operations:
            continue
        lapse = _lapsed(case.state, consent, purpose)
        if isinstance(lapse, tuple):
            found.append(lapse)
        elif _level(grant, purpose) < needed:
            found.append((errors.ConsentTooWeak.code, needed.name.lower()))
        elif not case.state.policy.unchanged_since(grant.version, purpose, item.key):
            found.append((errors.ConsentOutdated.code, grant.version))
        elif best is None or _never(best.until) < _never(lapse.until):
            best = lapse
    if best is not None:
        return best
    if not found:
        refused = any(ancestor.key in case.state.standing.refused for ancestor in purpose.lineage)
        found.append((errors.ConsentRefused.code if refused else errors.ConsentMissing.code, ""))
    return [Reason(code, item.key, purpose.key, detail) for code, detail in found]


def _of_child(case: _Case) -> bool:
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


def _names(consent: Consent, purpose: type[Purpose], item: AnyItem) -> bool:
    """Tell whether the grant speaks of the purpose (by its own name, where the item is exact) and of the item."""
    grant = consent.grant
    if purpose.key not in grant.purposes and (
        item.exact or all(ancestor.key not in grant.purposes for ancestor in purpose.lineage)
    ):
        return False
    if grant.items and item.key not in grant.items:
        return False
    return not grant.categories or item.category.value in grant.categories


def _lapsed(state: _State, consent: Consent, purpose: type[Purpose]) -> Permit | tuple[str, str]:
    """Tell why a consent that names the purpose does not count, or until when it does."""
    for ancestor in purpose.lineage:
        kind = consent.ended.get(ancestor.key)
        if kind is not None:
            return _ENDED[kind], ""
    until = consent.valid_until
    if until is not None and state.at >= until:
        return errors.ConsentExpired.code, ""
    basis = LegalBasis.CONSENT
    minors = state.policy.minors
    born = state.standing.born
    if consent.grant.by_guardian:
        if born is None:
            if minors.unknown == "adult":
                return errors.ConsentMissing.code, ""
        else:
            majority = minors.minor_until(born)
            if state.at >= majority:
                return errors.ConsentExpired.code, ""
            until = majority if until is None else min(until, majority)
        basis = LegalBasis.GUARDIAN_CONSENT
    else:
        missing = guardian_needed(state.policy, born, purpose, consent.grant.at)
        if missing:
            return errors.GuardianNeeded.code, missing
    return Permit(basis, until, (consent.grant.id,))


def guardian_needed(policy: Policy, born: dt.date | None, purpose: type[Purpose], at: dt.datetime) -> str:
    """Say why the subject cannot consent alone to a purpose at a given time; "" when they can (MINOR-1).

    A consent is judged by the age on the day when it was given: growing older does not make it count.
    """
    minors = policy.minors
    if born is None:
        return "" if minors.unknown == "adult" else "birth date unknown"
    if at.year - born.year > minors.majority + 1:
        return ""
    if at < minors.guardian_until(born):
        return "child"
    guarded = any(ancestor.key in minors.guardian_until_majority for ancestor in purpose.lineage)
    return "minor" if guarded and at < minors.minor_until(born) else ""


def _required(state: _State, purpose: type[Purpose], required: type[Purpose]) -> Permit | Reason:
    """Find the live consent to a purpose that another one builds on (USE-4)."""
    best: Permit | None = None
    for consent in state.standing.consents:
        if any(ancestor.key in consent.grant.purposes for ancestor in required.lineage):
            lapse = _lapsed(state, consent, required)
            if isinstance(lapse, Permit) and (best is None or _never(best.until) < _never(lapse.until)):
                best = lapse
    return best or Reason(errors.RequiredPurposeMissing.code, "", purpose.key, required.key)


def live(policy: Policy, standing: Standing, purpose: type[Purpose], at: dt.datetime) -> bool:
    """Tell whether any consent to a purpose is in force, whatever items it covers."""
    return isinstance(_required(_State(policy, standing, at), purpose, purpose), Permit)


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
    if level is Level.SEPARATE and len(purposes) != 1:
        return errors.GrantInvalid(
            purpose=purposes[1].key, problem="a separate consent covers exactly one purpose; grant them one by one"
        )
    granted = {purpose.key for purpose in purposes}
    for purpose in purposes:
        if policy.rule(purpose) is None:
            return errors.GrantInvalid(purpose=purpose.key, problem="the policy does not declare it")
        for required in policy.required(purpose):
            named = any(ancestor.key in granted for ancestor in required.lineage)
            if not named and not live(policy, standing, required, at):
                return errors.RequiredConsentMissing(
                    purpose=purpose.key, problem=f"it builds on {required.key}, which has no live consent"
                )
        if not by_guardian:
            missing = guardian_needed(policy, standing.born, purpose, at)
            if missing:
                return errors.GuardianRequired(purpose=purpose.key, problem=f"a guardian has to give it ({missing})")
    if by_guardian and _of_age(policy, standing.born, at):
        return errors.GrantInvalid(purpose=purposes[0].key, problem="the subject is of age and consents alone")
    return None


def _of_age(policy: Policy, born: dt.date | None, at: dt.datetime) -> bool:
    return policy.minors.unknown == "adult" if born is None else at >= policy.minors.minor_until(born)
