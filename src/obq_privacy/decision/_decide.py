"""The decision: a pure function of policy, standing, label, request and time."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from obq_privacy import errors
from obq_privacy.decision._answer import Deny, Permit, Reason
from obq_privacy.decision._case import Case, State, earlier, is_minor, never, sensitivity_of
from obq_privacy.decision._consents import consented, required_consent
from obq_privacy.decision._outward import bound, is_published, known, outward, stored
from obq_privacy.decision._terms import (
    acting,
    collectable_until,
    isolated,
    objection,
    sourced,
    undertaken,
    usable_until,
)
from obq_privacy.policy import Kind
from obq_privacy.vocab import LegalBasis, Operation, Sensitivity

if TYPE_CHECKING:
    import datetime as dt

    from obq_privacy.consent import Standing
    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, Invoked, Purpose, Request

_OUTWARD = frozenset({Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE})


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
    case = Case(State(policy, standing, at), label, sensitivity_of(policy, label), request)
    if request.operation is Operation.COLLECT and standing.ceased is not None:
        return Deny([Reason(errors.OperationsCeased.code, key) for key in label.items])
    if request.purpose is not None:
        return _for_purpose(case, request.purpose)
    if request.operation is not Operation.COLLECT and request.invoked is not None:
        return _for_no_purpose(case, request.invoked)
    return _for_any_purpose(case)


def _for_any_purpose(case: Case) -> Permit | Deny:
    """Decide for what the label names and what the policy declares below it: the longest permit counts.

    A duty by law keeps what was collected for something else, and is no reason to collect it. What the subject has
    consented to comes first, because a permit is likely there; the order changes no answer, only what it costs.
    """
    collecting = case.request.operation is Operation.COLLECT
    on_consent = collecting and case.request.invoked is None and case.sensitivity is not Sensitivity.NON_PERSONAL
    candidates = case.state.policy.within(case.label.purposes, collecting=collecting)
    granted = {key for consent in case.state.standing.consents for key in consent.grant.purposes}
    asked = [purpose for purpose in candidates if not purpose.names.isdisjoint(granted)]
    longest = collectable_until(case) if collecting else None
    best: Permit | None = None
    reasons: list[Reason] = []
    for purpose in chain(asked, (purpose for purpose in candidates if purpose not in asked)):
        if best is not None and purpose not in asked and on_consent:
            break  # without any consent to it there is no permit
        answer = _for_purpose(case, purpose)
        if isinstance(answer, Deny):
            reasons.extend(answer.reasons)
        elif answer.until is None or answer.until == longest:
            return answer  # nothing lasts longer
        elif best is None or never(best.until) < never(answer.until):
            best = answer
    if best is not None:
        return best
    return Deny(reasons or [Reason(errors.PolicyGap.code, item, "", "no purpose") for item in case.label.items])


def _for_purpose(case: Case, purpose: type[Purpose]) -> Permit | Deny:
    label = case.label
    policy = case.state.policy
    rule = policy.rule(purpose)
    if rule is None:
        return Deny([Reason(errors.PolicyGap.code, item, purpose.key, "purpose") for item in label.items])
    permits: list[Permit] = []
    reasons = acting(case, purpose, rule)
    for key in label.items:
        item = policy.item(key)
        if item is None:
            reasons.append(Reason(errors.PolicyGap.code, key, purpose.key, "item"))
            continue
        answer = _item(case, item, purpose, rule)
        if isinstance(answer, Permit):
            permits.append(answer)
        else:
            reasons.extend(answer)
    consent_counts = case.request.invoked is None and rule.kind is not Kind.STATUTORY
    if consent_counts and case.sensitivity is not Sensitivity.NON_PERSONAL:
        for required in policy.required(purpose):
            built_on = required_consent(case.state, purpose, required)
            if isinstance(built_on, Permit):
                permits.append(built_on)
            else:
                reasons.append(built_on)
    return Deny(reasons, rule.alternative) if reasons else _join(permits)


def _join(permits: list[Permit]) -> Permit:
    """Give the permit that holds while all of them do; a guardian's consent speaks for it, or else a consent."""
    if len(permits) == 1:
        return permits[0]
    bases = [permit.basis for permit in permits]
    basis = next((basis for basis in (LegalBasis.GUARDIAN_CONSENT, LegalBasis.CONSENT) if basis in bases), bases[0])
    until: dt.datetime | None = None
    consents: dict[str, None] = {}
    for permit in permits:
        until = earlier(until, permit.until)
        consents.update(dict.fromkeys(permit.consents))
    return Permit(basis, until, tuple(consents))


def _item(case: Case, item: AnyItem, purpose: type[Purpose], rule: PurposeRule) -> Permit | list[Reason]:
    reasons: list[Reason] = []
    if not (item.purposes.allows(purpose) and case.label.purposes.allows(purpose)):
        reasons.append(Reason(errors.PurposeNotAllowed.code, item.key, purpose.key))
    elif item not in rule.items:
        reasons.append(Reason(errors.ItemNotNeeded.code, item.key, purpose.key))
    reasons += [*isolated(case, item, purpose, rule), *objection(case, item, purpose, rule)]
    ends = usable_until(case, item, purpose, rule)
    if ends is not None and case.state.at >= ends:
        reasons.append(Reason(errors.RetentionEnded.code, item.key, purpose.key))
    if reasons:
        return reasons
    answer = _lawful(case, item, purpose, rule)
    if isinstance(answer, Permit) and ends is not None and (answer.until is None or ends < answer.until):
        return Permit(answer.basis, ends, answer.consents)
    return answer


def _lawful(case: Case, item: AnyItem, purpose: type[Purpose], rule: PurposeRule) -> Permit | list[Reason]:
    """Find what makes the operation lawful: an invoked basis, the law, a consent, or that nobody is identified."""
    operation = case.request.operation
    if case.request.invoked is not None:
        return _undertaken(case, item, purpose, _invoked(case, item, (purpose, rule), case.request.invoked))
    if operation in _OUTWARD:
        return outward(case, item, purpose, rule)
    if case.sensitivity is Sensitivity.NON_PERSONAL:
        return Permit(LegalBasis.NON_PERSONAL, None)
    if rule.kind is Kind.STATUTORY:
        return _undertaken(case, item, purpose, Permit(LegalBasis.STATUTORY, None))
    found = consented(case, item, purpose, operation=operation)
    return _collected(case, item, purpose, found) if operation is Operation.COLLECT else found


def _collected(
    case: Case, item: AnyItem, purpose: type[Purpose], found: Permit | list[Reason]
) -> Permit | list[Reason]:
    """Add what collecting needs besides consent: a source, and a place to be stored in."""
    source, place = sourced(case, item, purpose), stored(case, item, purpose)
    if isinstance(found, Permit) and not isinstance(source, list) and not isinstance(place, Reason):
        until = earlier(found.until, source)
        return Permit(found.basis, earlier(until, place.until) if place is not None else until, found.consents)
    return [
        *(found if isinstance(found, list) else ()),
        *(source if isinstance(source, list) else ()),
        *((place,) if isinstance(place, Reason) else ()),
    ]


def _undertaken(
    case: Case, item: AnyItem, purpose: type[Purpose], covered: Permit | list[Reason]
) -> Permit | list[Reason]:
    """Add to what needs no consent that a third party said in writing that its data is lawful (USE-10)."""
    if case.request.operation is not Operation.COLLECT or case.sensitivity is Sensitivity.NON_PERSONAL:
        return covered
    answers = [undertaken(case, item, purpose, source) for source in case.label.sources]
    found = [answer for answer in answers if isinstance(answer, Reason)]
    if isinstance(covered, list) or found:
        return [*(covered if isinstance(covered, list) else ()), *found]
    until = covered.until
    for answer in answers:
        until = earlier(until, answer if not isinstance(answer, Reason) else None)
    return Permit(covered.basis, until)


def _invoked(
    case: Case, item: AnyItem, aim: tuple[type[Purpose], PurposeRule] | None, invoked: Invoked
) -> Permit | list[Reason]:
    """Decide on a basis that somebody invokes: the policy says for what it may be (USE-22, SHARE-8)."""
    basis, request, key = invoked.basis, case.request, aim[0].key if aim is not None else ""
    exemption = case.state.policy.exemption(basis)
    covers = exemption is not None and request.operation in exemption.operations
    if covers and basis is LegalBasis.SELF_PUBLISHED:
        covers = is_published(case, item)
    if covers and basis is LegalBasis.MINOR_PROTECTION:
        covers = is_minor(case.state)
    if not covers or (exemption is not None and exemption.deidentified and not request.deidentified):
        return [Reason(errors.BasisNotCovering.code, item.key, key, basis.value)]
    born, minors = case.state.standing.born, case.state.policy.minors
    ends = minors.minor_until(born) if basis is LegalBasis.MINOR_PROTECTION and born is not None else None
    if aim is None or request.operation not in {Operation.SHARE, Operation.TRANSFER}:
        return Permit(basis, ends)
    recipient = known(case, item, aim[0])
    if isinstance(recipient, Reason):
        return [recipient]
    terms = bound(case, item, *aim, recipient)
    return terms if isinstance(terms, list) else Permit(basis, earlier(ends, terms))


def _for_no_purpose(case: Case, invoked: Invoked) -> Permit | Deny:
    """Decide on a use under an invoked basis alone, which serves no purpose of the policy."""
    if case.request.operation is not Operation.USE:
        return Deny([Reason(errors.PolicyGap.code, item, "", "no purpose") for item in case.label.items])
    permits: list[Permit] = []
    reasons: list[Reason] = []
    for key in case.label.items:
        item = case.state.policy.item(key)
        if item is None:
            reasons.append(Reason(errors.PolicyGap.code, key, "", "item"))
            continue
        ends = usable_until(case, item, None, None)
        reasons += isolated(case, item, None, None)
        if ends is not None and case.state.at >= ends:
            reasons.append(Reason(errors.RetentionEnded.code, key))
        answer = _invoked(case, item, None, invoked)
        if isinstance(answer, Permit):
            permits.append(Permit(answer.basis, earlier(ends, answer.until)))
        else:
            reasons.extend(answer)
    unapproved = case.state.policy.minors.approval and not case.request.approval.strip()
    if unapproved and case.sensitivity is not Sensitivity.NON_PERSONAL and is_minor(case.state):
        reasons += [Reason(errors.ApprovalMissing.code, key) for key in case.label.items]
    return Deny(reasons) if reasons else _join(permits)
