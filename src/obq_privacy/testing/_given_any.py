"""Strategies that are about no policy in particular, for libraries and frameworks on top of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from obq_privacy.policy import Minors, Policy
from obq_privacy.testing import _given_policies
from obq_privacy.testing._given import PolicyStrategies, strategies_for
from obq_privacy.testing._given_items import items_for
from obq_privacy.testing._given_parties import recipients_for
from obq_privacy.testing._given_people import START, Person, birth_dates, people_of
from obq_privacy.testing._given_purposes import PURPOSES
from obq_privacy.testing._given_values import values_of
from obq_privacy.testing._invalid import InvalidPolicy, invalid_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

    from obq_privacy.consent import ConsentEvent, Standing
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, AnyRecipient, Item, Purpose, Request

T = TypeVar("T")


def policies(purposes: Sequence[type[Purpose]] = PURPOSES, *, plain: bool = False) -> SearchStrategy[Policy]:
    """Give policies that can hold, by construction.

    Args:
        purposes: what they declare some of; purposes of this kit's own by default.
        plain: whether the type of an item alone says what its values are, as where a policy is made from its document;
            else some items have validators and masks.
    """
    return _given_policies.policies(purposes, plain=plain)


def invalid_policies(flaw: str | None = None) -> SearchStrategy[InvalidPolicy]:
    """Give policies with one thing wrong; `InvalidPolicy.flaws()` are the names.

    Args:
        flaw: the name of what is wrong; any by default.
    """
    return invalid_of(_given_policies.policies(), flaw)


def purposes() -> SearchStrategy[type[Purpose]]:
    """Give purposes of this kit's own, of which some are narrower than others."""
    return st.sampled_from(PURPOSES)


def items(purposes: Sequence[type[Purpose]] = PURPOSES) -> SearchStrategy[AnyItem]:
    """Give items of all three kinds, with and without validators, for some of these purposes."""
    return items_for(purposes, plain=False)


def recipients(
    purposes: Sequence[type[Purpose]] = PURPOSES, items: Sequence[AnyItem] = ()
) -> SearchStrategy[AnyRecipient]:
    """Give recipients of every kind and role, for some of these purposes and items."""
    return recipients_for(purposes, items)


def values(item: Item[T, Any], *, known: Mapping[Any, SearchStrategy[Any]] | None = None) -> SearchStrategy[T]:
    """Give plain values that an item accepts.

    Args:
        item: the item.
        known: strategies for what this kit cannot know: by item, by validator, or by the type of the values.

    Raises:
        ArgumentInvalid: nothing is known of its validator, codec or type; the error names the item.
    """
    return values_of(item, known or {})


def people(minors: Minors | None = None) -> SearchStrategy[Person]:
    """Give people of every age that matters under rules on age; the library's own ones by default."""
    rules = minors or Minors()
    return people_of(birth_dates(rules, START), rules, START)


def any_policy() -> SearchStrategy[PolicyStrategies]:
    """Give strategies for policies: draw from them what has to fit together."""
    return _given_policies.policies().map(strategies_for)


def histories() -> SearchStrategy[list[ConsentEvent]]:
    """Give histories of an adult under any policy."""
    return any_policy().flatmap(PolicyStrategies.histories)


def standings() -> SearchStrategy[Standing]:
    """Give standings of people of every age under any policy."""
    return any_policy().flatmap(PolicyStrategies.standings)


def requests() -> SearchStrategy[Request]:
    """Give requests of every operation, about any policy."""
    return any_policy().flatmap(PolicyStrategies.requests)


def labels() -> SearchStrategy[Label]:
    """Give labels of an adult's values under any policy."""
    return any_policy().filter(_has_items).flatmap(PolicyStrategies.labels)


def times(policy: Policy) -> SearchStrategy[dt.datetime]:
    """Give the present and every boundary of a policy: a microsecond before, at, and after it."""
    return strategies_for(policy).times()


def _has_items(given: PolicyStrategies) -> bool:
    return bool(given.policy.items)
