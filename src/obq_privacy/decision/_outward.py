"""What leaves the controller: sharing, transfer and public disclosure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy import errors
from obq_privacy.decision._answer import Permit, Reason
from obq_privacy.decision._case import earlier, in_force, is_minor
from obq_privacy.decision._consents import consented
from obq_privacy.decision._terms import standing_versions
from obq_privacy.policy import Kind
from obq_privacy.vocab import LegalBasis, Level, Operation, RecipientKind, Sensitivity, SourceKind

if TYPE_CHECKING:
    import datetime as dt

    from obq_privacy.decision._case import Case
    from obq_privacy.policy import PurposeRule
    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose

_BOUND = frozenset({RecipientKind.PARTNER, RecipientKind.THIRD_PARTY})
"""Who needs an agreement."""


def outward(case: Case, item: AnyItem, purpose: type[Purpose], rule: PurposeRule) -> Permit | list[Reason]:
    """Decide whether an item may leave for a purpose; what an item and a purpose allow was decided before."""
    if case.request.operation is Operation.DISCLOSE:
        return _disclosed(case, item, purpose)
    recipient = known(case, item, purpose)
    if isinstance(recipient, Reason):
        return [recipient]
    terms = bound(case, item, purpose, rule, recipient)
    if isinstance(terms, list):
        return terms
    if case.sensitivity is Sensitivity.NON_PERSONAL or case.request.deidentified:
        return Permit(LegalBasis.NON_PERSONAL, terms)
    if rule.kind is Kind.STATUTORY:
        return Permit(LegalBasis.STATUTORY, terms)
    agreed = _agreed(case, item, purpose, rule, recipient)
    border = _across(case, item, purpose, recipient.region)
    if isinstance(agreed, list) or isinstance(border, Reason):
        return [*(agreed if isinstance(agreed, list) else ()), *((border,) if isinstance(border, Reason) else ())]
    until = earlier(terms, agreed.until)
    if border is None:
        return Permit(agreed.basis, until, agreed.consents)
    return Permit(
        agreed.basis, earlier(until, border.until), tuple(dict.fromkeys((*agreed.consents, *border.consents)))
    )


def known(case: Case, item: AnyItem, purpose: type[Purpose]) -> AnyRecipient | Reason:
    """Give the recipient as the policy declares it (SHARE-1); another one of the same key is unknown."""
    asked = case.request.recipient
    declared = case.state.policy.recipient(asked.key) if asked is not None else None
    if declared is None or declared is not asked:
        return Reason(errors.RecipientUnknown.code, item.key, purpose.key, asked.key if asked is not None else "nobody")
    return declared


def bound(
    case: Case,
    item: AnyItem,
    purpose: type[Purpose],
    rule: PurposeRule,
    recipient: AnyRecipient,
) -> dt.datetime | list[Reason] | None:
    """Give until when the recipient may get the item at all, None for ever, or why not (SHARE-5, COOK-3).

    An agreement, and that the purpose lists the item, is for what is shared without an invoked basis.
    """
    found: list[Reason] = []
    until: dt.datetime | None = None
    everybody = recipient.standing is RecipientKind.PUBLIC  # to share with everybody is to disclose
    if everybody or not recipient.purposes.allows(purpose) or (recipient.items and item not in recipient.items):
        found.append(Reason(errors.RecipientNotAllowed.code, item.key, purpose.key, recipient.key))
    sharing = case.request.operation is Operation.SHARE and case.request.invoked is None
    if sharing and item not in rule.shared:
        found.append(Reason(errors.ItemNotShared.code, item.key, purpose.key))
    if sharing and recipient.standing in _BOUND:
        term = recipient.agreement
        ends = in_force(case.state, term.since, term.until) if term is not None else None
        until = earlier(until, ends)
        if ends is None:
            found.append(Reason(errors.AgreementMissing.code, item.key, purpose.key, recipient.key))
    if recipient.sdk:
        check = recipient.check
        ends = in_force(case.state, check.on, check.until) if check is not None else None
        until = earlier(until, ends)
        if ends is None:
            found.append(Reason(errors.CheckMissing.code, item.key, purpose.key, recipient.key))
    return found or until


def _agreed(
    case: Case, item: AnyItem, purpose: type[Purpose], rule: PurposeRule, recipient: AnyRecipient
) -> Permit | list[Reason]:
    """Find the consent or choice on which the item may go to the recipient (SHARE-1, SHARE-3, SHARE-4, SHARE-5)."""
    operation = case.request.operation
    sensitive = case.sensitivity is Sensitivity.SENSITIVE
    affiliate = recipient.standing is RecipientKind.AFFILIATE and operation is Operation.SHARE
    if operation is Operation.SHARE and rule.choice:
        chosen = consented(case, item, purpose, operation=operation, recipient=recipient, choices=True)
        if isinstance(chosen, Permit):
            return chosen
        return [Reason(errors.ChoiceMissing.code, item.key, purpose.key, recipient.key), *_ended(chosen)]
    if affiliate and not sensitive:
        return consented(case, item, purpose, operation=Operation.USE, known=recipient)
    named = affiliate or recipient.role.audience
    found = consented(
        case,
        item,
        purpose,
        operation=operation,
        least=Level.SEPARATE if named else Level.EXPRESS,
        recipient=recipient,
        choices=False if named else None,
    )
    if isinstance(found, list) and recipient.role.audience:
        return [Reason(errors.IdentifyingRefused.code, item.key, purpose.key, recipient.key), *found]
    return found


def _ended(reasons: list[Reason]) -> list[Reason]:
    """Leave out that there is no consent, where what counts is a choice."""
    return [reason for reason in reasons if reason.code != errors.ConsentMissing.code]


def _across(case: Case, item: AnyItem, purpose: type[Purpose], region: str) -> Permit | Reason | None:
    """Find the separate consent to take the item across the border; None where it stays at home (CROSS-1)."""
    if not region or region in case.state.policy.homes(standing_versions(case, purpose)):
        return None
    operation = case.request.operation
    found = consented(case, item, purpose, operation=operation, least=Level.SEPARATE, region=region)
    return found if isinstance(found, Permit) else Reason(errors.BorderClosed.code, item.key, purpose.key, region)


def stored(case: Case, item: AnyItem, purpose: type[Purpose]) -> Permit | Reason | None:
    """Decide whether the item may be stored where it would be; None where that is at home (CROSS-1)."""
    return _across(case, item, purpose, case.request.region)


def _disclosed(case: Case, item: AnyItem, purpose: type[Purpose]) -> Permit | list[Reason]:
    """Decide on making an item public: by the subject's own act, or with express consent (SHARE-7, PROT-4)."""
    if case.sensitivity is Sensitivity.NON_PERSONAL or case.request.deidentified:
        return Permit(LegalBasis.NON_PERSONAL, None)
    guarded = Operation.DISCLOSE.value in case.state.policy.minors.guardian_operations and is_minor(case.state)
    if is_published(case, item) and not guarded:
        return Permit(LegalBasis.OWN_ACT, None)
    found = consented(case, item, purpose, operation=Operation.DISCLOSE, least=Level.EXPRESS)
    if isinstance(found, Permit):
        return found
    return [Reason(errors.NotPublished.code, item.key, purpose.key), *found]


def is_published(case: Case, item: AnyItem) -> bool:
    """Tell whether the subject made the value public: after it was collected, or it was collected from the public."""
    matters, newest = case.label.matters, case.label.collected[1]
    sources = {source.kind for source in case.label.sources}
    out_there = case.request.operation is Operation.COLLECT or sources == {SourceKind.PUBLIC}
    return bool(matters) and all(
        any(
            one.item == item.key and one.matter == matter and (out_there or newest <= one.at)
            for one in case.state.standing.published
        )
        for matter in matters
    )
