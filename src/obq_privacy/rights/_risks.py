"""Open risks: what the declarations and the record themselves say should be looked at."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.policy import Kind
from obq_privacy.rights._ropa import going, kept_for, keys, state
from obq_privacy.vocab import Operation, Pseudonym, RecipientKind, Role, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy.guard import Guard
    from obq_privacy.policy import Policy
    from obq_privacy.rights._volumes import Volumes
    from obq_privacy.vocab import Agreement


class RiskLevel(Enum):
    """How soon to look at it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Risk(NamedTuple):
    """Something to look at.

    Attributes:
        level: how soon.
        code: what kind of risk.
        about: keys of what it is about.
        says: what it is, in words.
    """

    level: RiskLevel
    code: str
    about: tuple[str, ...]
    says: str


class Limits(NamedTuple):
    """From where on something is a risk.

    Attributes:
        soon: how long before its last day an agreement or a check is about to end.
        refusals: how many refusals of an additional purpose are many, if they are at least half of what was asked.
    """

    soon: dt.timedelta = dt.timedelta(days=90)
    refusals: int = 10


HIGH, MEDIUM, LOW = RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW
_RANK = {level: rank for rank, level in enumerate(RiskLevel)}
_PASSED = {
    Operation.SHARE: "be shared with",
    Operation.TRANSFER: "be transferred to",
    Operation.DISCLOSE: "be disclosed to",
}
_BOUND = frozenset({RecipientKind.PARTNER, RecipientKind.THIRD_PARTY})


def risks(guard: Guard, found: Volumes, at: dt.datetime, limits: Limits, *, broken: str) -> tuple[Risk, ...]:
    """Give every risk, the most urgent first."""
    policy = guard.policy
    every = [
        *_of_sharing(policy),
        *_of_terms(policy, at, limits),
        *_of_retention(policy),
        *_of_record(found, broken),
        *_of_minors(guard, found),
        *_of_refusals(policy, found, limits),
        *_of_cases(guard, policy),
    ]
    return tuple(sorted(every, key=lambda risk: (_RANK[risk.level], risk.code, risk.about)))


def _of_sharing(policy: Policy) -> Iterator[Risk]:
    for rule in policy.purposes:
        for recipient, operation, items in going(policy, rule):
            passed = f"{_PASSED[operation]} {recipient.key} in {recipient.region}, outside {policy.home_region}"
            sensitive = keys(item for item in items if item.sensitivity is Sensitivity.SENSITIVE)
            about = (rule.purpose.key, recipient.key, *sensitive)
            if sensitive and recipient.region != policy.home_region:
                yield Risk(HIGH, "sensitive-abroad", about, f"sensitive items may {passed}")
            elif recipient.region != policy.home_region:
                named = (rule.purpose.key, recipient.key, *keys(items))
                yield Risk(MEDIUM, "shared-abroad", named, f"items may {passed}")
            if sensitive and operation is Operation.DISCLOSE:
                yield Risk(HIGH, "sensitive-public", about, "sensitive items may be disclosed to the public")


def _of_terms(policy: Policy, at: dt.datetime, limits: Limits) -> Iterator[Risk]:
    for one in policy.recipients:
        contracted = one.standing in _BOUND and one.role is not Role.AUTHORITY  # the law binds an authority
        if contracted or one.agreement is not None:
            yield from _of_term(policy, one.key, "agreement", _term(one.agreement), at, limits)
        if one.sdk or one.check is not None:
            check = None if one.check is None else (one.check.on, one.check.until)
            yield from _of_term(policy, one.key, "check", check, at, limits)
    for source in policy.sources:
        yield from _of_term(policy, source.key, "undertaking", _term(source.undertaking), at, limits)


def _term(one: Agreement | None) -> tuple[dt.date, dt.date] | None:
    return None if one is None else (one.since, one.until)


def _of_term(  # noqa: PLR0917  a term of somebody at a time
    policy: Policy, key: str, what: str, term: tuple[dt.date, dt.date] | None, at: dt.datetime, limits: Limits
) -> Iterator[Risk]:
    if term is None:
        says = f"there is no {what} with {key}, so without an invoked basis nothing may pass"
        yield Risk(MEDIUM, f"{what}-missing", (key,), says)
        return
    since, until = term
    now = state(policy, since, until, at)
    if now == "lapsed":
        yield Risk(HIGH, f"{what}-lapsed", (key,), f"the {what} with {key} has ended on {until.isoformat()}")
    elif now != "in force":
        yield Risk(LOW, f"{what}-to-come", (key,), f"the {what} with {key} begins on {since.isoformat()}")
    elif until - policy.minors.today(at) < limits.soon:
        yield Risk(MEDIUM, f"{what}-ending", (key,), f"the {what} with {key} ends on {until.isoformat()}")


def _of_retention(policy: Policy) -> Iterator[Risk]:
    for rule in policy.purposes:
        for item in rule.items:
            if item.sensitivity is Sensitivity.NON_PERSONAL or kept_for(policy, rule, item):
                continue
            level = HIGH if item.sensitivity is Sensitivity.SENSITIVE else MEDIUM
            says = f"nothing says how long {item.key} is kept for {rule.purpose.key}"
            yield Risk(level, "retention-missing", (rule.purpose.key, item.key), says)


def _of_record(found: Volumes, broken: str) -> Iterator[Risk]:
    if broken:
        yield Risk(HIGH, "record-broken", (), f"the record was changed at {broken}")
    gaps = {key: one for key, one in found.items.items() if one.gaps}
    for key, one in gaps.items():
        yield Risk(MEDIUM, "policy-gap", (key,), f"{one.gaps} uses of {key} were refused where the policy is silent")
    for key, one in found.undeclared.items():
        if one.permits:
            says = f"{one.permits.total()} uses for {key} are on record, which this version does not declare"
            yield Risk(MEDIUM, "undeclared-purpose", (key,), says)


def _of_minors(guard: Guard, found: Volumes) -> Iterator[Risk]:
    """Look up the age only of those who were concerned by an invoked basis."""
    minors = guard.policy.minors
    young: dict[str, set[str]] = {}
    for (basis, subject), first in found.invoked.items():
        standing = guard._core.access(Pseudonym(subject)).standing()
        if standing.erased:
            continue
        born = standing.born
        if (minors.unknown == "child") if born is None else (first < minors.minor_until(born)):
            young.setdefault(basis, set()).add(subject)
    for basis, subjects in young.items():
        says = f"data of {len(subjects)} minors was used under the invoked basis {basis}"
        yield Risk(HIGH, "minors-invoked", (basis,), says)


def _of_refusals(policy: Policy, found: Volumes, limits: Limits) -> Iterator[Risk]:
    for rule in policy.purposes:
        one = found.purposes.get(rule.purpose.key)
        if rule.kind is not Kind.ADDITIONAL or one is None or one.refused < limits.refusals:
            continue
        if one.refused >= one.permits.total():
            says = f"{one.refused} of {one.refused + one.permits.total()} uses for {rule.purpose.key} were refused"
            yield Risk(MEDIUM, "many-refusals", (rule.purpose.key,), says)


def _of_cases(guard: Guard, policy: Policy) -> Iterator[Risk]:
    store = guard._core.store
    for row in store.cases("incident", open=True):
        yield Risk(HIGH, "incident-open", (row.case,), "an incident is not closed")
    now = guard._core.clock.now()
    for kind, code, what in (("request", "request", "a request"), ("automated-decision", "appeal", "an appeal")):
        for row in store.cases(kind, open=True):
            if row.due is not None and row.due <= now:
                yield Risk(HIGH, f"{code}-overdue", (row.case,), f"{what} of a subject is overdue")
    if policy.retention and not store.cases("sweep", open=False):
        yield Risk(MEDIUM, "never-swept", (), "nothing was ever swept, so what is due is still there")
    if policy.contact is None:
        yield Risk(HIGH, "contact-missing", (), "the policy names nobody whom subjects can turn to")
