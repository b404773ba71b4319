"""`policy show`: what a policy declares, as text to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.cli._report import counted, listed, say
from obq_privacy.cli._shape import DONE
from obq_privacy.cli._sources import policy_named
from obq_privacy.cli._words import kept_words, period, recipients_of, sensitivity_word, shared_with
from obq_privacy.policy import purpose_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.vocab import AnyItem, AnyRecipient, ThirdPartySource


def run(options: argparse.Namespace) -> int:
    """Print the policy, or its document."""
    policy = policy_named(options.policy)
    if options.json:
        import sys  # noqa: PLC0415  the document is JSON already, and none of it is changed on the way

        sys.stdout.write(policy.dumps())
    else:
        say(*_lines(policy))
    return DONE


def _lines(policy: Policy) -> Iterator[str]:
    yield f"{policy.controller}: policy {policy.version}, home region {policy.home_region}"
    if policy.contact is not None:
        yield f"contact: {listed(part for part in policy.contact if part)}"
    minors = policy.minors
    yield (
        f"a guardian consents up to {minors.guardian_age}{'' if minors.guardian_inclusive else ' (not included)'}, "
        f"majority is at {minors.majority}; answers within {period(policy.answer_within)}; "
        f"groups of at least {policy.smallest_group}"
    )
    for title, rows in (
        (_counted(policy.purposes, "purpose"), (_purpose(policy, rule) for rule in policy.purposes)),
        (_counted(policy.items, "item"), (_item(policy, item) for item in policy.items)),
        (_counted(policy.recipients, "recipient"), (_recipient(policy, one) for one in policy.recipients)),
        (_counted(policy.sources, "source"), (_source(one) for one in policy.sources)),
        (_counted(policy.exemptions, "legal basis to invoke", "legal bases to invoke"), _exemptions(policy)),
    ):
        yield from ("", title) if title else ()
        for row in rows:
            yield from row


def _counted(declared: Sequence[object], noun: str, plural: str = "") -> str:
    """Give the heading of a part, none for a part in which nothing is."""
    return counted(len(declared), noun, plural) if declared else ""


def _source(source: ThirdPartySource) -> Iterator[str]:
    known = source.undertaking
    terms = "no undertaking" if known is None else f"{known.reference}, {known.since} to {known.until}"
    yield f"  {source.key}  {source.region}, {terms}"


def _exemptions(policy: Policy) -> Iterator[Iterator[str]]:
    for one in policy.exemptions:
        covered = listed(sorted(operation.value for operation in one.operations))
        yield iter([f"  {one.basis.value}  covers {covered} [{one.clause}]"])


def _head(key: str, title: str, facts: Iterable[str], clause: str | None) -> str:
    named = "" if title.lower() == key.replace("-", " ").replace(".", " ") else f" ({title})"
    return f"  {key}{named}  {listed(fact for fact in facts if fact)}{f' [{clause}]' if clause else ''}"


def _facts(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, said in rows:
        if said:
            yield f"    {name.ljust(10)}{said}"


def _purpose(policy: Policy, rule: PurposeRule) -> Iterator[str]:
    purpose = rule.purpose
    yield _head(purpose.key, purpose.title, (rule.kind.value,), purpose.clause)
    to = [one for one in recipients_of(policy, rule) if shared_with(policy, rule, one)]
    rows = (
        ("is to", " ".join(purpose_text(purpose).split())),
        ("needs", ", ".join(item.key for item in rule.necessary)),
        ("may use", ", ".join(item.key for item in rule.optional)),
        ("builds on", ", ".join(one.key for one in rule.requires)),
        ("shares", ", ".join(item.key for item in rule.shared)),
        ("with", ", ".join(one.key for one in to) + (" (as the subject chose)" if rule.choice and to else "")),
        ("roles", ", ".join(sorted(rule.roles))),
        ("permission", rule.permission),
        ("instead", rule.alternative),
    )
    yield from _facts(rows)


def _item(policy: Policy, item: AnyItem) -> Iterator[str]:
    encrypted = "encrypted" if item.encrypt else ""
    yield _head(item.key, item.title, (sensitivity_word(item), item.category.value, encrypted), item.clause)
    kept = "; ".join(kept_words(one) for one in policy.retentions(item.key))
    yield from _facts((("for", ", ".join(purpose.key for purpose in item.purposes)), ("kept", kept or "without limit")))


def _recipient(policy: Policy, one: AnyRecipient) -> Iterator[str]:
    abroad = f"{one.region}, abroad" if one.region != policy.home_region else one.region
    yield _head(one.key, one.title, (one.standing.value, one.role.value, abroad), one.clause)
    agreement, check = one.agreement, one.check
    rows = (
        ("for", ", ".join(purpose.key for purpose in one.purposes)),
        ("gets", ", ".join(item.key for item in one.items)),
        ("agreement", "" if agreement is None else f"{agreement.reference}, {agreement.since} to {agreement.until}"),
        ("checked", "" if check is None else f"{check.on}, counts until {check.until}"),
    )
    yield from _facts(rows)


__all__ = ["run"]
