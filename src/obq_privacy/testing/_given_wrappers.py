"""Values that a guard has collected, with the consents that collecting them took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from obq_privacy.errors import ArgumentInvalid, PrivacyError
from obq_privacy.policy import Kind
from obq_privacy.vocab import Level, Sensitivity

if TYPE_CHECKING:
    from obq_privacy.guard import Guard, Subject
    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.testing._given_people import Person
    from obq_privacy.vocab import AnyItem, Purpose


def collected(guard: Guard, person: Person, item: AnyItem, value: object, *purposes: type[Purpose]) -> Any:
    """Register a person, let them consent to what an item can be collected for, and collect a value.

    Args:
        guard: the guard.
        person: whom it is about; a guardian consents where one has to.
        item: an item that the policy declares.
        value: a value of it.
        purposes: what to consent to; the first purpose that can do without further ones, by default.

    Raises:
        ArgumentInvalid: the policy has no purpose for which the item can be collected.
    """
    subject = person.register(guard)
    rules = _reasons(guard.policy, item)
    if not rules:
        problem = f"{guard.policy!r} has no purpose, apart from duties by law, for which {item.key} is collected"
        raise ArgumentInvalid(argument="item", problem=problem)
    for purpose in purposes or (rules[0].purpose,):
        consent(guard, person, subject, purpose)
    initiated = bool(purposes) or rules[0].user_initiated
    coming: Any = subject.collecting(user_action=True) if initiated else subject
    return coming.collect(item, value)


def consent(guard: Guard, person: Person, subject: Subject, purpose: type[Purpose]) -> None:
    """Let a person consent to a purpose and to all that it builds on: each by itself, as strongly as can be."""
    guardian = person.guardian.register(guard) if person.guardian is not None else None
    for one in (*reversed(guard.policy.required(purpose)), purpose):
        try:
            subject.grant(one, level=Level.SEPARATE)
        except PrivacyError:
            if guardian is None:
                raise
            subject.grant(one, level=Level.SEPARATE, by=guardian)


def _reasons(policy: Policy, item: AnyItem) -> list[PurposeRule]:
    """Give the rules by which an item can be collected, those first that build on nothing and need no act."""
    if item.sensitivity is Sensitivity.NON_PERSONAL:
        candidates = [rule for rule in policy.purposes if item in rule.items]
    else:
        candidates = [rule for rule in policy.purposes if item in rule.items and rule.kind is not Kind.STATUTORY]
    fitting = [rule for rule in candidates if item.purposes.allows(rule.purpose)]
    return sorted(fitting, key=lambda rule: (rule.user_initiated, len(policy.required(rule.purpose))))
