"""Everything that can be wrong with a policy, found at once."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, TypeVar, cast

from obq_privacy.errors import PolicyFinding
from obq_privacy.policy._rules import Kind
from obq_privacy.vocab import (
    Category,
    Level,
    Operation,
    Purpose,
    Recipient,
    RecipientKind,
    Sensitivity,
    is_key,
)
from obq_privacy.vocab._text import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from obq_privacy.policy._policy import Policy
    from obq_privacy.policy._rules import PurposeRule
    from obq_privacy.vocab import AnyItem, ThirdPartySource

T = TypeVar("T")

_LONGEST = dt.timedelta(days=365_250)  # the end of a longer period may be no date
_REGION = re.compile(r"[A-Z]{2}\Z")


def vocabulary(policy: Policy) -> tuple[type[Purpose], ...]:
    """Give every purpose that the policy speaks of, with all wider ones, sorted by key."""
    spoken = [purpose for rule in policy.purposes for purpose in (rule.purpose, *rule.requires)]
    spoken += [purpose for item in policy.items for purpose in item.purposes]
    spoken += [purpose for recipient in policy.recipients for purpose in recipient.purposes]
    spoken += [entry.purpose for entry in policy.retention if entry.purpose is not None]
    involved = {ancestor for purpose in spoken for ancestor in purpose.lineage}
    return tuple(sorted(involved, key=lambda purpose: (purpose.key, purpose.__module__, purpose.__qualname__)))


def findings(policy: Policy) -> list[PolicyFinding]:
    """Give every finding, in the order of the declarations."""
    checks = (_header, _texts, _purposes, _requirements, _items, _uses, _levels, _retention, _parties, _bases)
    return [
        PolicyFinding(declaration=declaration, problem=problem)
        for check in checks
        for declaration, problem in check(policy)
    ]


def _header(policy: Policy) -> Iterator[tuple[str, str]]:
    if not policy.version.strip():
        yield "version", "it is empty"
    if not policy.controller.strip():
        yield "controller", "it is empty"
    if not _REGION.match(policy.home_region):
        yield "home_region", "it is not an ISO 3166-1 code of two capital letters"
    if not policy.purposes:
        yield "purposes", "there are none, so nothing would ever be allowed"
    for problem in policy.minors.problems():
        yield "minors", problem
    known = {purpose.key for purpose in vocabulary(policy)}
    for key in sorted(map(str, policy.minors.guardian_until_majority)):
        if key not in known:
            yield "minors", f"guardian_until_majority names {key!r}, which the policy lacks"


def _texts(policy: Policy) -> Iterator[tuple[str, str]]:
    """Find what could not be written into a document."""
    texts: list[tuple[str, object]] = [("version", policy.version), ("controller", policy.controller)]
    terms: list[tuple[str, Sequence[object]]] = []
    for purpose in vocabulary(policy):
        texts += [(f"purpose {purpose.key}", text) for text in (purpose.title, purpose.__doc__, purpose.clause)]
        terms += [(f"purpose {purpose.key}", purpose.dpv), (f"purpose {purpose.key}", purpose.fides)]
    for item in policy.items:
        texts += [(f"item {item.key}", text) for text in (item.title, item.clause)]
        terms += [(f"item {item.key}", item.dpv), (f"item {item.key}", item.fides)]
    for rule in policy.purposes:
        texts.append((f"purpose {rule.purpose.key}", rule.alternative))
        terms.append((f"purpose {rule.purpose.key}", sorted(rule.roles)))
    texts += [(f"exemption {exemption.basis.value}", exemption.clause) for exemption in policy.exemptions]
    texts += [("contact", text) for text in policy.contact or ()]
    for declaration, text in texts:
        if text is not None and not is_text(text):
            yield declaration, "a title, text or clause of it is not valid Unicode text"
    for declaration, named in terms:
        if not all(is_text(term) and term for term in named):
            yield declaration, "a role or a dpv or fides term of it is empty or not valid Unicode text"


def _purposes(policy: Policy) -> Iterator[tuple[str, str]]:
    kinds = {rule.purpose: rule.kind for rule in policy.purposes}
    seen: dict[str, type[Purpose]] = {}
    for purpose in kinds:
        if purpose is Purpose:
            yield "purpose", "Purpose itself is not declared; subclass it"
        elif purpose.lineage[:1] != (purpose,):
            yield f"purpose {purpose.__qualname__}", "it overrides __init_subclass__ without calling super()"
    for purpose in vocabulary(policy):
        other = seen.setdefault(purpose.key, purpose)
        if other is not purpose:
            yield f"purpose {purpose.key}", f"{other.__qualname__} and {purpose.__qualname__} share the key"
    for purpose in kinds:
        if sum(rule.purpose is purpose for rule in policy.purposes) > 1:
            yield f"purpose {purpose.key}", "it is declared more than once"
    for purpose, kind in kinds.items():
        for ancestor in purpose.lineage[1:]:
            if kind is Kind.BASIC and kinds.get(ancestor) is Kind.ADDITIONAL:
                yield f"purpose {purpose.key}", f"a basic purpose stands below the additional {ancestor.key}"


def _requirements(policy: Policy) -> Iterator[tuple[str, str]]:
    rules = {rule.purpose: rule for rule in policy.purposes}
    for rule in policy.purposes:
        for required in _twice(rule.requires):
            yield f"purpose {rule.purpose.key}", f"it requires {required.key} twice"
        for required in dict.fromkeys(rule.requires):
            if required not in rules:
                yield f"purpose {rule.purpose.key}", f"it requires {required.key}, which the policy lacks"
            elif rules[required].kind is Kind.STATUTORY:
                yield (
                    f"purpose {rule.purpose.key}",
                    f"it requires the statutory {required.key}, to which nobody consents",
                )
            elif rule.kind is Kind.BASIC and rules[required].kind is Kind.ADDITIONAL:
                yield f"purpose {rule.purpose.key}", f"a basic purpose requires the additional {required.key}"
    for cycle in _cycles(rules):
        yield f"purpose {cycle[0]}", f"its required purposes form a cycle: {' → '.join(cycle)}"


def _cycles(rules: dict[type[Purpose], PurposeRule]) -> Iterator[tuple[str, ...]]:
    """Give each cycle once, beginning with its smallest key."""
    found: set[frozenset[str]] = set()
    for start in sorted(rules, key=lambda purpose: purpose.key):
        stack: list[tuple[type[Purpose], tuple[str, ...]]] = [(start, (start.key,))]
        visited: set[type[Purpose]] = set()
        while stack:
            purpose, path = stack.pop()
            for required in rules[purpose].requires:
                if required is start:
                    if frozenset(path) not in found:
                        found.add(frozenset(path))
                        yield (*path, start.key)
                elif required in rules and required not in visited:
                    visited.add(required)
                    stack.append((required, (*path, required.key)))


def _items(policy: Policy) -> Iterator[tuple[str, str]]:
    seen: dict[str, AnyItem] = {}
    for item in policy.items:
        name = f"item {item.key}"
        other = seen.setdefault(item.key, item)
        if other is not item:
            yield name, "two items share the key"
        if item.category.sensitive and item.sensitivity is not Sensitivity.SENSITIVE:
            yield name, f"the category {item.category.value} is sensitive; declare a SensitiveItem"
        for purpose in item.purposes:
            exact = purpose in item.purposes.exact
            below = any(purpose in rule.purpose.lineage for rule in policy.purposes)
            if policy.rule(purpose) is None and (exact or not below):
                yield name, f"it is allowed for {purpose.key}, which the policy lacks"
        if not any(item in rule.items for rule in policy.purposes):
            yield name, "it is unreachable: no purpose names it as necessary or optional"


def _uses(policy: Policy) -> Iterator[tuple[str, str]]:
    for rule in policy.purposes:
        for item in rule.items:
            if not _usable(item, rule.purpose):
                kind = "necessary" if item in rule.necessary else "optional"
                yield f"purpose {rule.purpose.key}", f"its {kind} item {item.key} may not be used for it"
        for item in _twice((*dict.fromkeys(rule.necessary), *dict.fromkeys(rule.optional))):
            yield f"purpose {rule.purpose.key}", f"its item {item.key} is both necessary and optional"
        for item in (*_twice(rule.necessary), *_twice(rule.optional)):
            yield f"purpose {rule.purpose.key}", f"it names its item {item.key} twice"


def _twice(things: Sequence[T]) -> list[T]:
    """Give what occurs more than once, each once, in order."""
    return [thing for thing in dict.fromkeys(things) if things.count(thing) > 1]


def _usable(item: AnyItem, purpose: type[Purpose]) -> bool:
    """Tell whether the item allows the purpose or, where it names narrower ones, at least one of these."""
    return item.purposes.allows(purpose) or any(purpose in named.lineage for named in item.purposes)


def _levels(policy: Policy) -> Iterator[tuple[str, str]]:
    declared: list[tuple[object, object]] = list(policy.levels.items())  # a caller may break what the types promise
    for key, level in declared:
        pair = cast("tuple[object, ...]", key) if isinstance(key, tuple) else (key, Operation.USE)
        of, operation = pair if len(pair) == 2 else (None, None)
        if not isinstance(of, Category | Sensitivity) or not isinstance(operation, Operation):
            yield "levels", "a key is a Category or a Sensitivity, alone or in a pair with an Operation"
        elif not isinstance(level, Level):
            yield f"levels {of.name}", "it is not a Level"
        elif of is Sensitivity.NON_PERSONAL:
            yield f"levels {of.name}", "data that identifies nobody needs no consent"
        elif level < Level.EXPRESS and (of is Sensitivity.SENSITIVE or (isinstance(of, Category) and of.sensitive)):
            yield f"levels {of.name}", "sensitive data needs express consent at least"


def _retention(policy: Policy) -> Iterator[tuple[str, str]]:
    seen: set[tuple[str, type[Purpose] | None]] = set()
    for entry in policy.retention:
        name = f"retention of {entry.item.key}"
        if entry.item not in policy.items:
            yield name, "the policy has no such item"
        if (entry.item.key, entry.purpose) in seen:
            yield name, "it is stated more than once"
        seen.add((entry.item.key, entry.purpose))
        if entry.purpose is not None and policy.rule(entry.purpose) is None:
            yield name, f"it is stated for {entry.purpose.key}, which the policy lacks"
        periods = [entry.keep] if entry.at_least is None else [entry.keep, entry.at_least]
        if any(period < dt.timedelta(seconds=1) or period.microseconds for period in periods):
            yield name, "it is not a positive number of whole seconds"
        elif any(period > _LONGEST for period in periods):
            yield name, "it is longer than a thousand years; leave it out where there is no limit"
        if entry.at_least is not None and not any(
            rule.kind is Kind.STATUTORY and entry.item in rule.items for rule in policy.purposes
        ):
            yield name, "no statutory purpose names the item, so nothing could reveal it while the law keeps it"


def _parties(policy: Policy) -> Iterator[tuple[str, str]]:
    """Check recipients and sources."""
    seen: set[str] = set()
    parties: list[Recipient[Any] | ThirdPartySource] = [*policy.recipients, *policy.sources]
    for party in parties:
        name = f"{'recipient' if isinstance(party, Recipient) else 'source'} {party.key}"
        if party.key in seen:
            yield name, "two recipients or sources share the key"
        seen.add(party.key)
        if not _REGION.match(party.region):
            yield name, "its region is not an ISO 3166-1 code of two capital letters"
        agreement = party.agreement if isinstance(party, Recipient) else party.undertaking
        if agreement is not None and not agreement.since <= agreement.until:
            yield name, "its agreement ends before it begins"
        for text in (party.title, party.clause, agreement.reference if agreement else None):
            if text is not None and not (is_text(text) and text):
                yield name, "a title, reference or clause of it is empty or not valid Unicode text"
    for recipient in policy.recipients:
        yield from ((f"recipient {recipient.key}", problem) for problem in _recipient(policy, recipient))


def _recipient(policy: Policy, recipient: Recipient[Any]) -> Iterator[str]:
    for purpose in recipient.purposes:
        if policy.rule(purpose) is None:
            yield f"it is for {purpose.key}, which the policy lacks"
    for item in recipient.items:
        if item not in policy.items:
            yield f"it names the item {item.key}, which the policy lacks"
        elif not any(_usable(item, purpose) for purpose in recipient.purposes):
            yield f"its item {item.key} may not be used for any of its purposes"
    for item in _twice(recipient.items):
        yield f"it names its item {item.key} twice"
    if recipient.check is not None and not recipient.check.on <= recipient.check.until:
        yield "its security check ends before it begins"
    if recipient.follows_policy and recipient.kind is not RecipientKind.AFFILIATE:
        yield "only an affiliate follows the policy or does not"


def _bases(policy: Policy) -> Iterator[tuple[str, str]]:
    """Check what rests on something other than consent, and the settings."""
    for exemption in policy.exemptions:
        name = f"exemption {exemption.basis.value}"
        if not exemption.basis.invoked:
            yield name, "it is not a basis that is invoked"
        if not exemption.operations:
            yield name, "it covers no operation"
        if not exemption.clause:
            yield name, "it names no clause"
    for basis in _twice([exemption.basis for exemption in policy.exemptions]):
        yield f"exemption {basis.value}", "it is stated more than once"
    for rule in policy.purposes:
        name = f"purpose {rule.purpose.key}"
        for item in rule.shared:
            if item not in rule.items:
                yield name, f"it shares the item {item.key}, which it does not use"
        for item in _twice(rule.shared):
            yield name, f"it shares its item {item.key} twice"
        if rule.choice and not rule.shared:
            yield name, "its recipient is chosen, and it shares nothing"
        if rule.permission and not is_key(rule.permission):
            yield name, "its permission is not lower-case words joined by . - or _"
        if rule.user_initiated and not rule.permission:
            yield name, "it is user-initiated without a device permission"
    if policy.smallest_group < 2:
        yield "smallest_group", "a group of fewer than two is a person"
    if policy.answer_within < dt.timedelta(days=1):
        yield "answer_within", "it is less than a day"
    if policy.refusal_rest is not None and policy.refusal_rest < dt.timedelta(seconds=1):
        yield "refusal_rest", "it is not positive"
    for name, period in (("answer_within", policy.answer_within), ("refusal_rest", policy.refusal_rest)):
        if period is not None and (period.microseconds or period > _LONGEST):
            yield name, "it is not a number of whole seconds up to a thousand years"
    if policy.contact is not None and not all(text.strip() for text in policy.contact[:3]):
        yield "contact", "it names no department, address or court"
