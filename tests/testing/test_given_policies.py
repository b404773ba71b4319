"""Policies: the valid ones build, and the others have exactly the finding that they are named for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from given_shop import ADDRESS, BANK, CARD, CARRIER, NAME, POLICY, SOUND, Books, Delivery, Membership, Payment
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import find as found
from hypothesis import strategies as st

from obq_privacy import Kind, Level, Policy, Sensitivity
from obq_privacy.errors import PolicyInvalid
from obq_privacy.shop.policy import POLICY as SHOP
from obq_privacy.testing import (
    InvalidPolicy,
    any_policy,
    invalid_policies,
    items,
    policies,
    purposes,
    recipients,
    strategies_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Purpose, Recipient
    from obq_privacy.testing import PolicyStrategies

GIVEN = strategies_for(POLICY)
MOST = settings(max_examples=500, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


# ── Valid ones ────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=25)
@given(policies())
def test_every_policy_can_be_written_down(policy: Policy) -> None:
    """It was built, so it is valid; and everything in it has a text."""
    assert json.loads(policy.dumps())["version"] == policy.version


@settings(max_examples=25)
@given(policies(plain=True))
def test_a_plain_policy_is_made_again_from_its_document(policy: Policy) -> None:
    """No validator, mask or class of values is needed for it."""
    assert Policy.loads(policy.dumps()).dumps() == policy.dumps()


@settings(max_examples=25)
@given(policies([Delivery, Payment, Books]))
def test_policies_can_be_about_ones_own_purposes(policy: Policy) -> None:
    """And about nothing else."""
    assert {rule.purpose for rule in policy.purposes} <= {Delivery, Payment, Books}


FEATURES: tuple[Callable[[Policy], bool], ...] = (
    lambda policy: len(policy.purposes) == 1 and not policy.items,
    lambda policy: {rule.kind for rule in policy.purposes} == set(Kind),
    lambda policy: any(policy.required(rule.purpose) for rule in policy.purposes),
    lambda policy: any(rule.choice for rule in policy.purposes),
    lambda policy: any(rule.user_initiated for rule in policy.purposes),
    lambda policy: any(rule.signal for rule in policy.purposes),
    lambda policy: any(entry.at_least for entry in policy.retention),
    lambda policy: any(entry.purpose for entry in policy.retention),
    lambda policy: any(recipient.items and recipient.sdk for recipient in policy.recipients),
    lambda policy: any(source.undertaking for source in policy.sources),
    lambda policy: bool(policy.exemptions) and policy.contact is not None,
    lambda policy: any(item.exact for item in policy.items),
    lambda policy: Level.SEPARATE in policy.levels.values(),
    lambda policy: {item.sensitivity for item in policy.items} == set(Sensitivity),
    lambda policy: policy.minors.leap_day == "28-feb" and policy.minors.unknown == "adult",
    lambda policy: bool(policy.minors.guardian_until_majority and policy.minors.guardian_operations),
)


def test_policies_use_every_feature() -> None:
    """Each is drawn soon, so none is forgotten."""
    seen: set[int] = set()

    @settings(max_examples=250, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(policies())
    def draw(policy: Policy) -> None:
        seen.update(at for at, has in enumerate(FEATURES) if has(policy))

    draw()
    assert seen == set(range(len(FEATURES)))


@given(items([Delivery, Payment]), recipients(), purposes())
def test_parts_can_be_drawn_alone(item: Any, recipient: Recipient[Any], purpose: type[Purpose]) -> None:
    """Items for the purposes that are asked for, recipients and purposes of the kit's own."""
    assert set(item.purposes) <= {Delivery, Payment}
    assert recipient.key
    assert purpose.key.startswith("given.")


# ── One's own ─────────────────────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from([GIVEN, strategies_for(SHOP)]).flatmap(lambda own: st.tuples(st.just(own), own.policies())))
def test_what_a_policy_might_read_next_is_valid(pair: tuple[PolicyStrategies, Policy]) -> None:
    """Another version, never the same one, of the same purposes."""
    own, policy = pair
    assert policy.version != own.policy.version
    assert [rule.purpose for rule in policy.purposes] == [rule.purpose for rule in own.policy.purposes]


@given(st.data())
def test_what_is_narrowed_to_a_policy_is_declared_by_it(data: st.DataObject) -> None:
    """Purposes of an item, items of a purpose, recipients of a purpose."""
    item = data.draw(GIVEN.items())
    assert POLICY.item(item.key) is item
    purpose = data.draw(GIVEN.purposes(item))
    assert item in data.draw(st.just(POLICY.rule(purpose))).items  # type: ignore[union-attr]
    assert data.draw(GIVEN.items(Payment)) in {CARD, *POLICY.items}
    assert data.draw(GIVEN.recipients(Delivery)) is CARRIER
    assert data.draw(GIVEN.recipients()) in {CARRIER, BANK}
    assert not NAME.purposes.allows(data.draw(GIVEN.other_purposes(NAME)))


def test_every_part_of_a_policy_is_drawn() -> None:
    """No item, purpose or recipient is left out."""
    for item in POLICY.items:
        assert found(GIVEN.items(), lambda one, item=item: one is item, settings=MOST) is item  # type: ignore[misc]
    for rule in POLICY.purposes:
        assert found(GIVEN.purposes(), lambda one, rule=rule: one is rule.purpose, settings=MOST)  # type: ignore[misc]
    assert found(GIVEN.items(Membership), lambda item: item is not NAME, settings=MOST) is not SOUND
    assert found(GIVEN.purposes(ADDRESS), lambda _: True) is Delivery


# ── Invalid ones ──────────────────────────────────────────────────────────────────────────────────────────


def raised(invalid: InvalidPolicy) -> PolicyInvalid:
    with pytest.raises(PolicyInvalid) as caught:
        invalid.build()
    return caught.value


@pytest.mark.parametrize("flaw", InvalidPolicy.flaws())
@settings(max_examples=2)
@given(st.data())
def test_an_invalid_policy_has_the_finding_that_it_is_named_for(flaw: str, data: st.DataObject) -> None:
    """In any policy and in one's own."""
    drawn = [data.draw(strategy) for strategy in (invalid_policies(flaw), GIVEN.invalid_policies(flaw))]
    for invalid in drawn:
        error = raised(invalid)
        assert (invalid.flaw, invalid.code) == (flaw, "OBQ203")
        assert invalid.named_by(error)
        assert any(invalid.problem in str(finding) for finding in error.exceptions)


@settings(max_examples=15)
@given(invalid_policies(), invalid_policies())
def test_a_finding_is_not_found_in_another_policy(one: InvalidPolicy, other: InvalidPolicy) -> None:
    """`named_by` tells findings apart."""
    assume((one.declaration, one.problem) != (other.declaration, other.problem))
    error = raised(other)
    said = {(str(getattr(f, "declaration", "")), str(getattr(f, "problem", ""))) for f in error.exceptions}
    assert one.named_by(error) == ((one.declaration, one.problem) in said)


@settings(max_examples=10)
@given(any_policy())
def test_strategies_of_any_policy_are_narrowed_to_it(drawn: PolicyStrategies) -> None:
    """`any_policy` draws a policy with what belongs to it."""
    assert drawn.policy.purposes
