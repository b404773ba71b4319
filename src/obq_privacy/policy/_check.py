"""Everything that can be wrong with a policy, found at once."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, cast

from obq_privacy.errors import PolicyFinding
from obq_privacy.policy._rules import Kind
from obq_privacy.vocab import Category, Level, Operation, Purpose, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy.policy._policy import Policy
    from obq_privacy.policy._rules import PurposeRule
    from obq_privacy.vocab import AnyItem

_REGION = re.compile(r"[A-Z]{2}\Z")


def findings(policy: Policy) -> list[PolicyFinding]:
    """Give every finding, in the order of the declarations."""
    checks = (_header, _purposes, _requirements, _items, _levels, _retention)
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


def _purposes(policy: Policy) -> Iterator[tuple[str, str]]:
    kinds = {rule.purpose: rule.kind for rule in policy.purposes}
    seen: dict[str, type[Purpose]] = {}
    for rule in policy.purposes:
        if rule.purpose is Purpose:
            yield "purpose", "Purpose itself is not declared; subclass it"
            continue
        other = seen.setdefault(rule.purpose.key, rule.purpose)
        if other is not rule.purpose:
            yield f"purpose {rule.purpose.key}", f"{other.__qualname__} and {rule.purpose.__qualname__} share the key"
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
        for required in rule.requires:
            if required not in rules:
                yield f"purpose {rule.purpose.key}", f"it requires {required.key}, which the policy lacks"
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
                if required is start and frozenset(path) not in found:
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
    for rule in policy.purposes:
        for item in rule.items:
            if not _usable(item, rule.purpose):
                kind = "necessary" if item in rule.necessary else "optional"
                yield f"purpose {rule.purpose.key}", f"its {kind} item {item.key} may not be used for it"
        for item in set(rule.necessary) & set(rule.optional):
            yield f"purpose {rule.purpose.key}", f"its item {item.key} is both necessary and optional"


def _usable(item: AnyItem, purpose: type[Purpose]) -> bool:
    """Tell whether the item allows the purpose or, where it names narrower ones, at least one of these."""
    return item.purposes.allows(purpose) or any(purpose in named.lineage for named in item.purposes)


def _levels(policy: Policy) -> Iterator[tuple[str, str]]:
    declared: list[tuple[object, object]] = list(policy.levels.items())  # a caller may break what the types promise
    for key, level in declared:
        of, operation = cast("tuple[object, object]", key) if isinstance(key, tuple) else (key, Operation.USE)
        if not isinstance(of, Category | Sensitivity) or not isinstance(operation, Operation):
            yield "levels", "a key is a Category or a Sensitivity, alone or in a pair with an Operation"
        elif not isinstance(level, Level):
            yield f"levels {of.name}", "it is not a Level"
        elif of is Sensitivity.NON_PERSONAL:
            yield f"levels {of.name}", "data that identifies nobody needs no consent"


def _retention(policy: Policy) -> Iterator[tuple[str, str]]:
    keys = {item.key for item in policy.items}
    seen: set[str] = set()
    for entry in policy.retention:
        name = f"retention of {entry.item.key}"
        if entry.item.key not in keys:
            yield name, "the policy has no such item"
        if entry.item.key in seen:
            yield name, "it is stated more than once"
        seen.add(entry.item.key)
        if entry.keep < dt.timedelta(seconds=1) or entry.keep.microseconds:
            yield name, "it is not a positive number of whole seconds"
