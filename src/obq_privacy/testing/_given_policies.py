"""Policies that can hold, because each part is chosen out of what the parts before it leave open."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, cast

from hypothesis import strategies as st

from obq_privacy.policy import Anchor, Contact, Exemption, Kind, Minors, Policy, PurposeRule, Retention
from obq_privacy.testing._given_items import SAID, WORDS, item_of, keys, some
from obq_privacy.testing._given_parties import recipients_for, sources
from obq_privacy.testing._given_purposes import PURPOSES, widest_first
from obq_privacy.vocab import Category, LegalBasis, Level, Operation, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.policy import LevelKey
    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose

_KEEPS: Final = tuple(dt.timedelta(seconds=n) for n in (30 * 86_400, 1, 86_400, 400 * 86_400, 10**10))
_REGIONS = st.sampled_from(("CN", "SG", "DE"))
_ROLES = st.sampled_from((frozenset[str](), frozenset({"clerk"}), frozenset({"clerk", "药剂师"})))
_INVOKED = [basis for basis in LegalBasis if basis.invoked]
_OF: tuple[Any, ...] = (*Category, Sensitivity.PERSONAL, Sensitivity.SENSITIVE)
_LEVELS: SearchStrategy[dict[LevelKey, Level]] = st.dictionaries(
    st.one_of(st.sampled_from(_OF), st.tuples(st.sampled_from(_OF), st.sampled_from(Operation))),
    st.sampled_from((Level.EXPRESS, Level.SEPARATE)),
    max_size=4,
)
_CONTACTS = st.one_of(st.none(), st.builds(Contact, SAID, SAID, SAID, WORDS))


def policies(purposes: Sequence[type[Purpose]] = PURPOSES, *, plain: bool = False) -> SearchStrategy[Policy]:
    """Give policies that can hold, by construction.

    Args:
        purposes: what they declare some of; purposes of this kit's own by default.
        plain: whether the type of an item alone says what its values are, as where a policy is made from its document;
            else some items have validators and masks.
    """

    @st.composite
    def build(draw: DrawFn) -> Policy:
        declared = widest_first(some(draw, purposes, least=1))
        kinds = _kinds(draw, declared)
        items, uses = _items(draw, declared, plain=plain)
        rules = [_rule(draw, purpose, kinds, uses) for purpose in declared]
        return Policy(
            version=draw(SAID),
            controller=draw(SAID),
            home_region=draw(_REGIONS),
            purposes=draw(st.permutations(rules)),
            items=draw(st.permutations(items)),
            levels=draw(_LEVELS),
            minors=draw(minors(declared)),
            retention=_retention(draw, items, rules),
            recipients=_recipients(draw, declared, items),
            sources=draw(sources(most=2)),
            exemptions=_exemptions(draw),
            contact=draw(_CONTACTS),
            smallest_group=draw(st.integers(2, 100)),
            answer_within=dt.timedelta(days=draw(st.integers(1, 30))),
            refusal_rest=draw(st.sampled_from((None, dt.timedelta(seconds=1), dt.timedelta(hours=48)))),
            machine_refusal=draw(st.booleans()),
        )

    return build()


def minors(purposes: Sequence[type[Purpose]]) -> SearchStrategy[Minors]:
    """Give rules on age, some about these purposes."""
    named = st.frozensets(st.sampled_from(sorted(purpose.key for purpose in purposes)), max_size=2)
    return st.builds(
        Minors,
        sensitive_age=st.integers(0, 17),
        sensitive_inclusive=st.booleans(),
        guardian_age=st.integers(0, 17),
        guardian_inclusive=st.booleans(),
        majority=st.integers(18, 21),
        guardian_until_majority=named,
        guardian_operations=st.frozensets(st.sampled_from([operation.value for operation in Operation]), max_size=2),
        approval=st.booleans(),
        counted_from=st.sampled_from(("birthday", "day-after")),
        leap_day=st.sampled_from(("1-mar", "28-feb")),
        zone=st.sampled_from(("+08:00", "-03:30", "UTC")),
        unknown=st.sampled_from(("child", "adult")),
    )


def _kinds(draw: DrawFn, declared: Sequence[type[Purpose]]) -> dict[type[Purpose], Kind]:
    """Draw kinds; below an additional purpose nothing is basic."""
    kinds: dict[type[Purpose], Kind] = {}
    for purpose in declared:
        below = any(kinds.get(wider) is Kind.ADDITIONAL for wider in purpose.lineage[1:])
        kinds[purpose] = Kind.ADDITIONAL if below else draw(st.sampled_from(Kind))
    return kinds


_Uses = dict[tuple["type[Purpose]", bool], list["AnyItem"]]
"""Items by purpose and whether it needs them."""


def _items(draw: DrawFn, declared: Sequence[type[Purpose]], *, plain: bool) -> tuple[list[AnyItem], _Uses]:
    """Draw items, and for each the purposes that list it: at least one."""
    items: list[AnyItem] = []
    uses: _Uses = {}
    for key in draw(keys(most=4)):
        purposes = some(draw, declared, least=1)
        item = item_of(draw, key, purposes, plain=plain)
        items.append(item)
        for purpose in some(draw, purposes, least=1):
            uses.setdefault((purpose, draw(st.booleans())), []).append(item)
    return items, uses


def _rule(draw: DrawFn, purpose: type[Purpose], kinds: dict[type[Purpose], Kind], uses: _Uses) -> PurposeRule:
    """Draw the rule of a purpose; it builds on nothing that could close a circle, and on no weaker kind."""
    kind, order = kinds[purpose], list(kinds)
    bearing = {Kind.ADDITIONAL, Kind.BASIC} if kind is Kind.ADDITIONAL else {Kind.BASIC}
    earlier = [other for other in order[: order.index(purpose)] if kinds[other] in bearing]
    necessary, optional = (tuple(uses.get((purpose, needed), ())) for needed in (True, False))
    shared = tuple(some(draw, (*necessary, *optional)))
    permission = draw(st.sampled_from(("", "camera")))
    return PurposeRule(
        purpose,
        kind,
        necessary,
        optional,
        tuple(some(draw, earlier)),
        shared=shared,
        choice=bool(shared) and draw(st.booleans()),
        roles=draw(_ROLES),
        alternative=draw(WORDS),
        permission=permission,
        user_initiated=bool(permission) and draw(st.booleans()),
        signal=draw(st.booleans()),
    )


def _retention(draw: DrawFn, items: Sequence[AnyItem], rules: Sequence[PurposeRule]) -> list[Retention]:
    found: list[Retention] = []
    for item in items:
        owed = any(rule.kind is Kind.STATUTORY and item in rule.items for rule in rules)
        for place in some(draw, cast("Sequence[type[Purpose] | None]", (None, *(rule.purpose for rule in rules[:2])))):
            keep, longer = draw(st.sampled_from(_KEEPS)), draw(st.sampled_from((None, *_KEEPS)))
            found.append(Retention(item, keep, place, draw(st.sampled_from(Anchor)), longer if owed else None))
    return found


def _recipients(draw: DrawFn, declared: Sequence[type[Purpose]], items: Sequence[AnyItem]) -> list[AnyRecipient]:
    return [draw(recipients_for(declared, items, key=f"recipient-{at}")) for at in range(draw(st.integers(0, 2)))]


def _exemptions(draw: DrawFn) -> list[Exemption]:
    bases = draw(st.lists(st.sampled_from(_INVOKED), unique=True, max_size=3))
    return [Exemption(basis, frozenset(some(draw, list(Operation), least=1)), draw(st.booleans())) for basis in bases]
