"""A use of data in plain words, and what is decided about it under a policy: label and request, rebuilt from keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.values import Label
from obq_privacy.vocab import (
    Actor,
    Category,
    Operation,
    Purpose,
    PurposeSet,
    Request,
    Sensitivity,
    Source,
    SourceKind,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.consent import Standing
    from obq_privacy.policy import Policy
    from obq_privacy.vocab import AnyItem, Invoked

_REVIEW = "review"


class Probe(NamedTuple):
    """What is done, by keys.

    Attributes:
        operation: the operation.
        purpose: key of the purpose, or "".
        items: keys of the items.
        recipient: key of the recipient, or "".
        matter: the business case that the value belongs to, or "".
        provider: pseudonym of the person who provided the value, or "" for the subject.
        version: the version under which it was collected, or "" for the policy's own.
    """

    operation: Operation
    purpose: str
    items: tuple[str, ...]
    recipient: str = ""
    matter: str = ""
    provider: str = ""
    version: str = ""


def asked(
    policy: Policy,
    standing: Standing,
    probe: Probe,
    at: dt.datetime,
    *,
    invoked: Invoked | None = None,
    purposes: Iterable[type[Purpose]] = (),
) -> tuple[Label, Request]:
    """Give the label and the request that a policy decides on.

    Assumed are what keys do not say: that the value is collected at `at`, at home, from the subject or the provider,
    that whoever acts has the roles and the approval that the policy asks for, and that the subject acts where that
    counts.

    Args:
        policy: the policy that decides.
        standing: the state of the subject.
        probe: what is done.
        at: when.
        invoked: the legal basis that is invoked, or None.
        purposes: further purposes that keys may mean: narrower ones that no policy declares.
    """
    purpose = _purpose(policy, probe.purpose, purposes)
    rule = policy.rule(purpose) if purpose is not None else None
    actor = Actor(_REVIEW, rule.roles) if rule is not None and rule.roles else None
    approval = _REVIEW if policy.minors.approval else ""
    request = Request(
        probe.operation,
        purpose,
        recipient=policy.recipient(probe.recipient),
        invoked=invoked,
        actor=actor if actor is not None or not approval else Actor(_REVIEW),
        approval=approval,
        user_action=True,
    )
    return _label(policy, standing, probe, at), request


def _purpose(policy: Policy, key: str, further: Iterable[type[Purpose]]) -> type[Purpose] | None:
    """Give the purpose of a key; one that nothing speaks of is a purpose that no policy allows."""
    if not key:
        return None
    found = policy.purpose(key) or next((one for one in further if one.key == key), None)
    return found if found is not None else _Unknown


class _Unknown(Purpose, key="obq-privacy.unknown"):
    """A purpose that no policy declares."""


def _label(policy: Policy, standing: Standing, probe: Probe, at: dt.datetime) -> Label:
    known = [item for item in map(policy.item, probe.items) if item is not None]
    child = _is_child(policy, standing, at)
    purposes = known[0].purposes if known else PurposeSet()
    for item in known[1:]:
        purposes = purposes.meet(item.purposes)
    categories = {item.category for item in known}
    if child and any(item.sensitivity is Sensitivity.PERSONAL for item in known):
        categories.add(Category.CHILD)
    source = Source(SourceKind.PERSON, probe.provider) if probe.provider else Source()
    when = at.replace(microsecond=0)
    return Label(
        items=frozenset(probe.items),
        categories=frozenset(categories),
        sensitivity=max((_sensitivity(item, child=child) for item in known), default=Sensitivity.SENSITIVE),
        purposes=purposes,
        subjects=frozenset({standing.subject}),
        sources=frozenset({source}),
        regions=frozenset({policy.home_region}),
        versions=frozenset({probe.version or policy.version}),
        collected=(when, when),
        matters=frozenset({probe.matter}),
    )


def _sensitivity(item: AnyItem, *, child: bool) -> Sensitivity:
    return Sensitivity.SENSITIVE if child and item.sensitivity is Sensitivity.PERSONAL else item.sensitivity


def _is_child(policy: Policy, standing: Standing, at: dt.datetime) -> bool:
    """Tell whether a value collected now is sensitive for the subject's age (DEF-3)."""
    if standing.born is None:
        return policy.minors.unknown == "child"
    return at < policy.minors.sensitive_until(standing.born)
