"""What a policy might read next."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import attrs
from hypothesis import strategies as st

from obq_privacy.policy import Policy

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.policy import Retention

_PARTS: Final = (
    *(
        "version",
        "controller",
        "home_region",
        "purposes",
        "items",
        "levels",
        "minors",
        "retention",
        "recipients",
        "sources",
    ),
    *("exemptions", "contact", "smallest_group", "answer_within", "refusal_rest", "machine_refusal"),
)


_SECOND = dt.timedelta(seconds=1)


def parts_of(policy: Policy) -> dict[str, Any]:
    """Give the arguments that a policy is made again with."""
    return {part: getattr(policy, part) for part in _PARTS}


def variants_of(policy: Policy) -> SearchStrategy[Policy]:
    """Give a policy under another version: as it is, or with less of something, so that it can hold as it did."""

    @st.composite
    def build(draw: DrawFn) -> Policy:
        parts = parts_of(policy)
        parts["version"] = f"{policy.version}.{draw(st.integers(1, 3))}"
        match draw(st.sampled_from(("same", "recipients", "retention", "exemptions", "shared", "group"))):
            case "recipients":
                parts["recipients"] = draw(st.sampled_from((policy.recipients[1:], ())))
            case "retention":
                parts["retention"] = [_shorter(entry) for entry in policy.retention]
            case "exemptions":
                parts["exemptions"] = policy.exemptions[1:]
            case "shared":
                parts["purposes"] = [attrs.evolve(rule, shared=(), choice=False) for rule in policy.purposes]
            case "group":
                parts["smallest_group"] = policy.smallest_group + 1
            case _:
                pass
        return Policy(**parts)

    return build()


def _shorter(entry: Retention) -> Retention:
    """Halve a period, in whole seconds."""
    return attrs.evolve(entry, keep=max(entry.keep // (2 * _SECOND) * _SECOND, _SECOND))
