"""Scopes: digests of what a subject agrees to, by which a later version tells what it said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from obq_privacy import _late

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.policy._policy import Policy
    from obq_privacy.policy._rules import PurposeRule
    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose, Sensitivity


DECLARED: Final = bytes(16)
"""Stands in the scopes for the rule of a purpose itself."""


def scopes(policy: Policy) -> dict[tuple[str, str], bytes]:
    """Give all scopes of a policy; see `docs/formats/policy.md`."""
    found = {(rule.purpose.key, item.key): scope(rule, item) for rule in policy.purposes for item in rule.items}
    found.update({(rule.purpose.key, ""): DECLARED for rule in policy.purposes})
    found.update(
        {shared_pair(rule.purpose.key, item.key): DECLARED for rule in policy.purposes for item in rule.shared}
    )
    found.update({recipient_pair(recipient.key): recipient_scope(recipient) for recipient in policy.recipients})
    return found


def scope(rule: PurposeRule, item: AnyItem) -> bytes:
    """Digest what a subject agrees to with one purpose and one item; whatever changes it needs a new consent."""
    return scope_digest(
        lineage=[purpose.key for purpose in rule.purpose.lineage],
        text=purpose_text(rule.purpose),
        kind=rule.kind.value,
        need="necessary" if item in rule.necessary else "optional",
        requires=[purpose.key for purpose in rule.requires],
        item=item.key,
        type_=type_name(item.kind),
        category=item.category.value,
        sensitivity=sensitivity_name(item.sensitivity),
        exact=item.exact,
    )


def shared_pair(purpose: str, item: str) -> tuple[str, str]:
    """Give the pair that says, in scopes, that an item is shared for a purpose."""
    return f"shared:{purpose}", item  # no key has a colon


def recipient_pair(key: str) -> tuple[str, str]:
    """Give the pair that stands, in scopes, for a recipient."""
    return f"recipient:{key}", ""


def recipient_scope(recipient: AnyRecipient) -> bytes:
    """Digest who a recipient is and what it may get; whoever changes is another one to subjects."""
    return recipient_digest(
        key=recipient.key,
        kind=recipient.kind.value,
        role=recipient.role.value,
        region=recipient.region,
        follows_policy=recipient.follows_policy,
        sdk=recipient.sdk,
        purposes=[purpose.key for purpose in recipient.purposes],
        items=[item.key for item in recipient.items],
    )


def recipient_digest(
    *,
    key: str,
    kind: str,
    role: str,
    region: str,
    follows_policy: bool,
    sdk: bool,
    purposes: Sequence[str],
    items: Sequence[str],
) -> bytes:
    """Digest a recipient that is given in the words of a document. Agreement, check, key and title are no part."""
    return _digest(
        "obq-privacy/recipient-scope/1",
        *(key, kind, role, region),
        "follows" if follows_policy else "own",
        "sdk" if sdk else "plain",
        *sorted(purposes),
        "/",
        *sorted(items),
    )


def sensitivity_name(sensitivity: Sensitivity) -> str:
    """Give the name of a sensitivity in documents."""
    return sensitivity.name.lower().replace("_", "-")


def scope_digest(
    *,
    lineage: Sequence[str],
    text: str,
    kind: str,
    need: str,
    requires: Sequence[str],
    item: str,
    type_: str,
    category: str,
    sensitivity: str,
    exact: bool,
) -> bytes:
    """Digest a scope that is given in the words of a document.

    Part of it are the wider purposes, because consent to one of them counts, and whether the item is exact. Not part
    of it: line breaks in the text, the other purposes and items, retention, clauses and titles.
    """
    return _digest(
        "obq-privacy/scope/1",
        *lineage,
        "/",  # no key is a slash, so the lists end where they end
        " ".join(text.split()),
        kind,
        need,
        *sorted(requires),
        "/",
        item,
        type_,
        category,
        sensitivity,
        "exact" if exact else "wide",
    )


def _digest(*parts: str) -> bytes:
    # A policy that has a finding, such as a text without bytes, is digested before it is refused.
    spelled = [part.encode("utf-8", "surrogatepass") for part in parts]
    return _late.hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in spelled)).digest()[:16]


def purpose_text(purpose: type[Purpose]) -> str:
    """Give what the purpose says of itself: its docstring, tidied."""
    text: object = purpose.__doc__
    return tidy(text) if isinstance(text, str) else ""


def tidy(text: str) -> str:
    """Give lines without indentation or repeated blanks, as all versions of Python do from the same source."""
    return "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))


def type_name(kind: type[Any]) -> str:
    """Give the name of an item's type in documents: `str`, or `module:Class` for what is not built in."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}:{kind.__qualname__}"
