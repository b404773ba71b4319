"""`policy explain`: what is allowed for a purpose and an item, and what would make it so."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from obq_privacy.cli._databases import guarded, known, subject_id
from obq_privacy.cli._failures import CommandMisused, NotDeclared
from obq_privacy.cli._report import listed, say, say_json
from obq_privacy.cli._shape import DONE, FOUND
from obq_privacy.cli._sources import policy_named
from obq_privacy.cli._words import kept_words, sensitivity_word, shared_with
from obq_privacy.consent import Standing
from obq_privacy.decision import Permit, decide, explain
from obq_privacy.policy import Kind
from obq_privacy.vocab import Operation, Pseudonym, Sensitivity

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from obq_privacy.cli._report import Json
    from obq_privacy.decision import Deny
    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.vocab import AnyItem, Request

OPERATIONS_HELP: Final = "collect, use, share, transfer or disclose; use by default, share with --to"

_NOBODY: Final = Pseudonym("f" * 32)
_OF_AGE: Final = dt.date(1970, 1, 1)


def run(options: argparse.Namespace) -> int:
    """Decide as the guard would, for a subject or for an adult who was asked nothing, and say it in words."""
    from obq_privacy.rights._probe import Probe, asked  # noqa: PLC0415  much comes with it

    operation = _operation(options)
    policy = policy_named(options.policy)
    item, purpose = policy.item(options.item), policy.purpose(options.purpose)
    if item is None:
        raise NotDeclared(kind="item", key=options.item)
    rule = None if purpose is None else policy.rule(purpose)
    if rule is None:
        raise NotDeclared(kind="purpose", key=options.purpose)
    if options.to and policy.recipient(options.to) is None:
        raise NotDeclared(kind="recipient", key=options.to)
    now = dt.datetime.now(dt.UTC)
    policy, standing = _standing(options, policy)
    probe = Probe(operation, options.purpose, (item.key,), recipient=options.to)
    label, request = asked(policy, standing, probe, now)
    answer = decide(policy, standing, label, request, now)
    if options.json:
        say_json(_form(options, (policy, rule, item), answer, request))
    else:
        say(*_declared(policy, rule, item), "", _whom(options), *explain(answer, request).splitlines())
    return DONE if isinstance(answer, Permit) else FOUND


def _operation(options: argparse.Namespace) -> Operation:
    if (options.subject is None) != (options.database is None):
        raise CommandMisused(argument="--database, --subject", problem="one is of no use without the other")
    word = options.operation or ("share" if options.to else "use")
    try:
        return Operation(word)
    except ValueError:
        pass
    raise CommandMisused(argument="--operation", problem="it is one of collect, use, share, transfer, disclose")


def _standing(options: argparse.Namespace, policy: Policy) -> tuple[Policy, Standing]:
    """Give the state of the subject, with the policy that knows the versions of the database."""
    if options.database is None:
        return policy, Standing(subject=_NOBODY, born=_OF_AGE)
    subject = subject_id(options.subject)
    with guarded(options.database, policy, options.keys) as guard:
        return guard.policy, known(guard, options.database, subject).standing


def _whom(options: argparse.Namespace) -> str:
    return "For this subject, now:" if options.database else "For an adult who has consented to nothing yet:"


def _declared(policy: Policy, rule: PurposeRule, item: AnyItem) -> Iterator[str]:
    purpose = rule.purpose
    yield f"{item.key} is {sensitivity_word(item)} ({item.category.value}), for {_purposes(item)}."
    yield f"{purpose.key} is {rule.kind.value}, and {_need(rule, item)}."
    if item.purposes.allows(purpose) and item in rule.items:
        yield f"Using it needs {_level(policy, rule, item, Operation.USE)}."
        if rule.requires:
            yield f"It builds on {listed(one.key for one in rule.requires)}, which needs consent, too."
        if rule.roles:
            yield f"Whoever acts needs one of these roles: {listed(sorted(rule.roles))}."
        to = [one.key for one in policy.recipients if item in shared_with(policy, rule, one)]
        if item not in rule.shared or not to:
            yield "It is shared with nobody for it."
        else:
            chosen = ", as the subject chose" if rule.choice else ""
            yield f"It may be shared with {listed(to)}{chosen}; that needs a consent or a choice that names them."
    kept = [one for one in policy.retentions(item.key) if one.purpose is None or one.purpose in purpose.lineage]
    yield f"It is kept {listed((kept_words(one) for one in kept), 'without a limit')}."


def _purposes(item: AnyItem) -> str:
    return listed(purpose.key for purpose in item.purposes) + (" and nothing narrower" if item.exact else "")


def _need(rule: PurposeRule, item: AnyItem) -> str:
    if item in rule.necessary:
        return f"needs {item.key}"
    return f"may use {item.key}" if item in rule.optional else f"does not use {item.key}"


def _level(policy: Policy, rule: PurposeRule, item: AnyItem, operation: Operation) -> str:
    if rule.kind is Kind.STATUTORY:
        return "no consent: it is a duty by law"
    if item.sensitivity is Sensitivity.NON_PERSONAL:
        return "no consent: alone it identifies nobody"
    return f"{policy.level(item, item.sensitivity, operation).name.lower()} consent"


def _form(
    options: argparse.Namespace,
    declared: tuple[Policy, PurposeRule, AnyItem],
    answer: Permit | Deny,
    request: Request,
) -> dict[str, Json]:
    policy, rule, item = declared
    form: dict[str, Json] = {
        "format": "obq-privacy/cli/policy-explain/1",
        "policy": policy.version,
        "purpose": rule.purpose.key,
        "item": item.key,
        "operation": request.operation.value,
        "recipient": options.to or None,
        "for_subject": options.database is not None,
        "allowed": isinstance(answer, Permit),
        "declared": list(_declared(policy, rule, item)),
        "explanation": explain(answer, request),
    }
    if isinstance(answer, Permit):
        until = None if answer.until is None else answer.until.isoformat()
        return {**form, "basis": answer.basis.value, "until": until, "reasons": [], "alternative": None}
    reasons = [
        {"code": one.code, "clause": one.clause, "item": one.item, "purpose": one.purpose, "detail": one.detail}
        for one in answer.reasons
    ]
    return {**form, "basis": None, "until": None, "reasons": reasons, "alternative": answer.alternative or None}


__all__ = ["OPERATIONS_HELP", "run"]
