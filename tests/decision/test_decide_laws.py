"""Laws of `decide` that need no second implementation, and whose premises use none of the first."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from worlds import (
    DAY,
    FACE,
    INSTANTS,
    ITEMS,
    MIDNIGHT,
    PURPOSES,
    SUBJECT,
    TICK,
    Unspoken,
    World,
    asked_of,
    histories,
    instants_of,
    label_of,
    labels,
    policies,
    worlds,
)

from obq_privacy.consent import ConsentEvent, EventKind, standing_of
from obq_privacy.decision import Deny, Permit, Request, decide
from obq_privacy.policy import Kind
from obq_privacy.vocab import Category, Level, Operation, Purpose, PurposeSet, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.policy import Policy, PurposeRule
    from obq_privacy.values import Label

ASKED = st.sampled_from((*PURPOSES, None))
OPERATIONS = st.sampled_from((Operation.USE, Operation.COLLECT, Operation.SHARE))


def _ask(
    world: World,
    label: Label,
    purpose: type[Purpose] | None,
    at: dt.datetime,
    *,
    history: Iterable[ConsentEvent] | None = None,
    operation: Operation = Operation.USE,
) -> Permit | Deny:
    events = world.history if history is None else history
    standing = standing_of(events, subject=SUBJECT, born=world.born, erased=world.erased)
    return decide(world.policy, standing, label, Request(operation, purpose), at)


def _is_no_looser(after: Permit | Deny, before: Permit | Deny) -> bool:
    """Tell whether `after` permits no more than `before`, and no longer."""
    if isinstance(after, Deny):
        return True
    return isinstance(before, Permit) and _last(after.until) <= _last(before.until)


def _last(until: dt.datetime | None) -> dt.datetime:
    return until or dt.datetime.max.replace(tzinfo=dt.UTC)


# ── RIGHT-4: taking away ──────────────────────────────────────────────────────────────────────────────────

_TAKES_AWAY = (EventKind.WITHDRAW, EventKind.REFUSE, EventKind.EXPIRE, EventKind.INVALIDATE)


@pytest.mark.clause("RIGHT-4")
@given(world=worlds(), label=labels(), at=st.sampled_from(INSTANTS), data=st.data())
def test_taking_consent_away_never_permits_more(
    world: World, label: Label, at: dt.datetime, data: st.DataObject
) -> None:
    """Whatever is withdrawn, refused, expired or invalidated, whenever: no answer becomes looser."""
    grants = [event for event in world.history if event.kind is EventKind.GRANT]
    assume(grants)
    drawn = data.draw(st.sampled_from(grants))
    ending = attrs.evolve(
        drawn,
        id="e" * 32,
        key="taken away",
        kind=data.draw(st.sampled_from(_TAKES_AWAY)),
        at=data.draw(st.sampled_from(INSTANTS)),
        about=data.draw(st.sampled_from(("", drawn.id))),
        purposes=(data.draw(st.sampled_from(PURPOSES)).key, *drawn.purposes[1:]),
    )
    for purpose in asked_of(label, world.policy):
        before = _ask(world, label, purpose, at)
        assert _is_no_looser(_ask(world, label, purpose, at, history=[*world.history, ending]), before)


@pytest.mark.clause("RIGHT-4")
@given(world=worlds(), at=st.sampled_from(INSTANTS), named=st.sampled_from(PURPOSES), data=st.data())
def test_after_a_withdrawal_nothing_below_it_is_permitted(
    world: World, at: dt.datetime, named: type[Purpose], data: st.DataObject
) -> None:
    """A withdrawal that no grant came after refuses its purpose and every narrower one, for every personal item."""
    last = max((event.at for event in world.history), default=INSTANTS[0])
    withdrawal = ConsentEvent(
        id="e" * 32,
        key="withdrawal",
        kind=data.draw(st.sampled_from((EventKind.WITHDRAW, EventKind.REFUSE))),
        subject=SUBJECT,
        actor=SUBJECT,
        purposes=(named.key,),
        version="3",
        at=data.draw(st.sampled_from((last, last + DAY))),
    )
    history = [withdrawal, *world.history]
    for item in ITEMS:
        if item.sensitivity is not Sensitivity.NON_PERSONAL:
            for purpose in PURPOSES:
                if issubclass(purpose, named):
                    assert isinstance(_ask(world, label_of(item), purpose, at, history=history), Deny)


@pytest.mark.clause("RIGHT-4")
@given(world=worlds(), label=labels(), purpose=ASKED, at=st.sampled_from(INSTANTS))
def test_nothing_is_permitted_of_an_erased_subject(
    world: World, label: Label, purpose: type[Purpose] | None, at: dt.datetime
) -> None:
    """Erasure beats every consent, and also data that needs none."""
    answer = _ask(world._replace(erased=True), label, purpose, at)
    assert isinstance(answer, Deny)
    assert answer.codes == ("OBQ101",)


# ── USE-1: basic and additional ───────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-1")
@given(world=worlds(), label=labels(), data=st.data())
def test_nothing_said_about_additional_purposes_changes_a_basic_one(
    world: World, label: Label, data: st.DataObject
) -> None:
    """No sequence of events about additional purposes, on whatever consent, changes a decision for a basic one."""
    kinds = {purpose: _nearest(world.policy, purpose).kind for purpose in PURPOSES if purpose is not Unspoken}
    extra = data.draw(histories([each for each, kind in kinds.items() if kind is Kind.ADDITIONAL], namespace="b"))
    grants = [event.id for event in world.history if event.kind is EventKind.GRANT]
    if grants:
        aimed = data.draw(st.sampled_from(("", *grants)))
        extra += [attrs.evolve(event, id=f"c{event.id}", key=f"c{event.key}", about=aimed) for event in extra]
    for at in data.draw(st.lists(st.sampled_from(instants_of(world, label)), min_size=1, max_size=3)):
        for purpose, kind in kinds.items():
            if kind is Kind.BASIC:
                alone = _ask(world, label, purpose, at)
                assert _ask(world, label, purpose, at, history=[*extra, *world.history]) == alone


def _nearest(policy: Policy, purpose: type[Purpose]) -> PurposeRule:
    """Give the rule of the purpose or of the nearest wider one."""
    return max((rule for rule in policy.purposes if issubclass(purpose, rule.purpose)), key=_depth)


def _depth(rule: PurposeRule) -> int:
    return len(rule.purpose.__mro__)


@pytest.mark.clause("USE-1")
@given(policy=policies(), at=st.sampled_from(INSTANTS))
def test_refusing_every_additional_purpose_leaves_the_basic_ones_as_they_were(policy: Policy, at: dt.datetime) -> None:
    """With consent to the basic purposes alone, each of their items can be used for them, whatever else is refused."""
    basics = [rule for rule in policy.purposes if rule.kind is Kind.BASIC]
    additional = [rule for rule in policy.purposes if rule.kind is Kind.ADDITIONAL]
    kinds = [(rule, EventKind.GRANT) for rule in basics] + [(rule, EventKind.REFUSE) for rule in additional]
    history = [_said(kind, rule.purpose, level=Level.SEPARATE) for rule, kind in kinds]
    world = World(policy, {}, history, dt.date(1990, 5, 1), erased=False)
    for rule in basics:
        for item in rule.items:
            if item.purposes.allows(rule.purpose) and not policy.retentions(item.key):
                assert isinstance(_ask(world, label_of(item), rule.purpose, at), Permit)
    for rule in additional:
        for item in rule.items:
            if item.sensitivity is not Sensitivity.NON_PERSONAL:
                assert isinstance(_ask(world, label_of(item), rule.purpose, at), Deny)


@pytest.mark.clause("USE-1")
@given(world=worlds(), item=st.sampled_from(ITEMS), purpose=st.sampled_from(PURPOSES), at=st.sampled_from(INSTANTS))
def test_an_item_that_a_purpose_does_not_list_is_refused(
    world: World, item: object, purpose: type[Purpose], at: dt.datetime
) -> None:
    """Minimisation: neither necessary nor optional means refused, whatever was consented to."""
    (key, label) = next((each.key, label_of(each)) for each in ITEMS if each is item)
    assume(purpose is not Unspoken and not world.erased)
    rule = _nearest(world.policy, purpose)
    if key not in {each.key for each in (*rule.necessary, *rule.optional)}:
        answer = _ask(world, label, purpose, at)
        assert isinstance(answer, Deny)
        assert set(answer.codes) & {"OBQ102", "OBQ103", "OBQ104"}


# ── USE-2: purposes and versions ──────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2")
@given(
    world=worlds(),
    label=labels(),
    purpose=st.sampled_from(PURPOSES),
    allowed=st.sampled_from(PURPOSES),
    at=st.sampled_from(INSTANTS),
)
def test_a_purpose_outside_the_label_is_refused_whatever_was_consented_to(
    world: World, label: Label, purpose: type[Purpose], allowed: type[Purpose], at: dt.datetime
) -> None:
    """Neither consents nor data that needs none widen what a label allows."""
    assume(not issubclass(purpose, allowed))
    narrow = attrs.evolve(label, purposes=PurposeSet([allowed]))
    assert isinstance(_ask(world, narrow, purpose, at), Deny)


@pytest.mark.clause("USE-2")
@given(world=worlds(), label=labels(), purpose=st.sampled_from(PURPOSES), at=st.sampled_from(INSTANTS))
def test_a_purpose_outside_the_item_is_refused_even_where_the_label_allows_it(
    world: World, label: Label, purpose: type[Purpose], at: dt.datetime
) -> None:
    """A label that claims more than its item, from whatever mistake, gives nothing."""
    named = [item for item in ITEMS if item.key in label.items]
    outside = [
        i for i in named if not any(issubclass(purpose, p) and (p is purpose or not i.exact) for p in i.purposes)
    ]
    assume(outside)
    claimed = attrs.evolve(label, purposes=PurposeSet(PURPOSES))
    assert isinstance(_ask(world, claimed, purpose, at), Deny)


@pytest.mark.clause("USE-2")
@given(world=worlds(), label=labels(), purpose=ASKED, at=st.sampled_from(INSTANTS))
def test_without_a_grant_only_what_identifies_nobody_is_permitted(
    world: World, label: Label, purpose: type[Purpose] | None, at: dt.datetime
) -> None:
    """No consent, no use."""
    silent = [event for event in world.history if event.kind is not EventKind.GRANT]
    highest = max(item.sensitivity for item in ITEMS if item.key in {*label.items, "device"})
    personal = max(highest, label.sensitivity) is not Sensitivity.NON_PERSONAL
    if personal or "stray" in label.items:
        assert isinstance(_ask(world, label, purpose, at, history=silent), Deny)


@pytest.mark.clause("USE-2")
@given(world=worlds(), label=labels(), purpose=ASKED, at=st.sampled_from(INSTANTS))
def test_consent_under_an_unknown_version_covers_nothing(
    world: World, label: Label, purpose: type[Purpose] | None, at: dt.datetime
) -> None:
    """When nobody can say what a version said, consent under it is as good as none."""
    lost = [attrs.evolve(event, version="lost") for event in world.history]
    none = [event for event in world.history if event.kind is not EventKind.GRANT]
    assert isinstance(_ask(world, label, purpose, at, history=lost), Permit) == isinstance(
        _ask(world, label, purpose, at, history=none), Permit
    )


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────


@given(world=worlds(), label=labels(), operation=OPERATIONS, data=st.data())
def test_a_permit_holds_until_the_instant_that_it_names_and_no_longer(
    world: World, label: Label, operation: Operation, data: st.DataObject
) -> None:
    """From `at` up to `until` the answer is the very same permit; at `until` it is a refusal, for good."""
    instants = instants_of(world, label)
    for purpose in asked_of(label, world.policy):
        at = data.draw(st.sampled_from(instants))
        answer = _ask(world, label, purpose, at, operation=operation)
        if isinstance(answer, Deny):
            continue
        assert answer.until is None or answer.until > at
        for later in (*(when for when in instants if when > at), MIDNIGHT + 40_000 * DAY):
            again = _ask(world, label, purpose, later, operation=operation)
            if answer.until is None or later < answer.until:
                assert again == answer
            else:
                assert isinstance(again, Deny)
        if answer.until is not None:
            assert _ask(world, label, purpose, answer.until - TICK, operation=operation) == answer
            assert isinstance(_ask(world, label, purpose, answer.until, operation=operation), Deny)


@pytest.mark.clause("PROT-3", "MINOR-1")
@given(world=worlds(), label=labels(), data=st.data())
def test_time_alone_never_permits_what_was_refused(world: World, label: Label, data: st.DataObject) -> None:
    """Neither growing up nor the end of anything makes an old consent count."""
    instants = instants_of(world, label)
    for purpose in asked_of(label, world.policy):
        at = data.draw(st.sampled_from(instants))
        if isinstance(_ask(world, label, purpose, at), Deny):
            for later in instants:
                if later > at:
                    assert isinstance(_ask(world, label, purpose, later), Deny)


@given(world=worlds(), label=labels(), purpose=ASKED, data=st.data())
def test_the_same_instant_in_another_zone_is_the_same_answer(
    world: World, label: Label, purpose: type[Purpose] | None, data: st.DataObject
) -> None:
    """Instants are compared, not clocks on walls."""
    at = data.draw(st.sampled_from(instants_of(world, label)))
    zone = dt.timezone(dt.timedelta(hours=data.draw(st.integers(-12, 14))))
    elsewhere = [attrs.evolve(event, at=event.at.astimezone(zone)) for event in world.history]
    assert _ask(world, label, purpose, at.astimezone(zone), history=elsewhere) == _ask(world, label, purpose, at)


# ── Labels ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-9")
@given(world=worlds(), one=labels(), two=labels(), at=st.sampled_from(INSTANTS))
def test_a_combined_value_is_permitted_only_where_each_part_is(
    world: World, one: Label, two: Label, at: dt.datetime
) -> None:
    """Joining never loosens: where the join is permitted so is each part, and for no shorter."""
    joined = one.join(two)
    for purpose in PURPOSES:
        whole = _ask(world, joined, purpose, at)
        for part in (one, two):
            assert _is_no_looser(whole, _ask(world, part, purpose, at))


@pytest.mark.clause("USE-9")
@given(
    world=worlds(),
    parts=st.lists(labels(), min_size=2, max_size=3),
    sensitivity=st.sampled_from(Sensitivity),
    at=st.sampled_from(INSTANTS),
)
def test_a_combined_value_is_permitted_where_each_part_is(
    world: World, parts: list[Label], sensitivity: Sensitivity, at: dt.datetime
) -> None:
    """Parts of one sensitivity, kind and age are permitted together exactly when, and as long as, each one is."""
    items = [item for part in parts for item in ITEMS if item.key in part.items]
    highest = max([sensitivity, *(item.sensitivity for item in items)])
    kinds = frozenset[Category]().union(*(part.categories for part in parts))
    then = parts[0].collected
    alike = [attrs.evolve(part, sensitivity=highest, categories=kinds, collected=then) for part in parts]
    joined = reduce(lambda a, b: a.join(b), alike)
    for purpose in PURPOSES:
        answers = [_ask(world, part, purpose, at) for part in alike]
        untils = [_last(answer.until) for answer in answers if isinstance(answer, Permit)]
        whole = _ask(world, joined, purpose, at)
        assert isinstance(whole, Permit) == (len(untils) == len(parts))
        if isinstance(whole, Permit):
            assert _last(whole.until) == min(untils)
            cited = {consent for answer in answers if isinstance(answer, Permit) for consent in answer.consents}
            assert set(whole.consents) == cited


@given(world=worlds(), label=labels(), kept=st.sampled_from(PURPOSES), at=st.sampled_from(INSTANTS))
def test_a_narrower_label_never_permits_more(world: World, label: Label, kept: type[Purpose], at: dt.datetime) -> None:
    """A value whose purposes were narrowed is permitted at most what it was permitted before."""
    narrow = attrs.evolve(label, purposes=label.purposes.meet(PurposeSet([kept])))
    for purpose in PURPOSES:
        assert _is_no_looser(_ask(world, narrow, purpose, at), _ask(world, label, purpose, at))


@given(world=worlds(), label=labels(), at=st.sampled_from(INSTANTS), operation=OPERATIONS)
def test_any_purpose_is_permitted_for_as_long_as_the_best_of_them(
    world: World, label: Label, at: dt.datetime, operation: Operation
) -> None:
    """Asking for any purpose is asking for each that the label names, or that the policy declares below them."""
    named = {*label.purposes.wide, *label.purposes.exact}
    named |= {rule.purpose for rule in world.policy.purposes if label.purposes.allows(rule.purpose)}
    answers = [_ask(world, label, purpose, at, operation=operation) for purpose in named]
    untils = [_last(answer.until) for answer in answers if isinstance(answer, Permit)]
    whole = _ask(world, label, None, at, operation=operation)
    assert isinstance(whole, Permit) == bool(untils)
    if isinstance(whole, Permit):
        assert _last(whole.until) == max(untils)
        assert whole in answers
    elif answers:
        assert set(whole.reasons) == {r for answer in answers if isinstance(answer, Deny) for r in answer.reasons}


# ── USE-19: biometrics ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-19")
@given(world=worlds(), purpose=st.sampled_from(PURPOSES), at=st.sampled_from(INSTANTS))
def test_a_biometric_value_needs_a_consent_that_names_the_purpose(
    world: World, purpose: type[Purpose], at: dt.datetime
) -> None:
    """However broad, consents that do not name the very purpose do not open a biometric value."""
    others = [event for event in world.history if purpose.key not in event.purposes]
    assert isinstance(_ask(world, label_of(FACE), purpose, at, history=others), Deny)


@pytest.mark.clause("USE-19")
@given(world=worlds(), at=st.sampled_from(INSTANTS))
def test_general_agreement_does_not_open_a_sensitive_value(world: World, at: dt.datetime) -> None:
    """What is sensitive needs an express consent."""
    general = [attrs.evolve(event, level=Level.GENERAL) for event in world.history]
    for item in ITEMS:
        if item.sensitivity is Sensitivity.SENSITIVE:
            for purpose in PURPOSES:
                assert isinstance(_ask(world, label_of(item), purpose, at, history=general), Deny)


# ── Names and numbers that mean nothing ───────────────────────────────────────────────────────────────────


@given(world=worlds(), label=labels(), purpose=ASKED, at=st.sampled_from(INSTANTS), data=st.data())
def test_ids_of_events_are_only_names(
    world: World, label: Label, purpose: type[Purpose] | None, at: dt.datetime, data: st.DataObject
) -> None:
    """Other random ids, in another order, give the same answer, citing consents by their new names."""
    assume(len({event.key for event in world.history}) == len(world.history))
    order = data.draw(st.permutations(range(len(world.history))))
    names = {event.id: f"{number:032x}" for event, number in zip(world.history, order, strict=True)}
    renamed = [
        attrs.evolve(event, id=names[event.id], about=names.get(event.about, event.about)) for event in world.history
    ]
    before, after = _ask(world, label, purpose, at), _ask(world, label, purpose, at, history=renamed)
    if isinstance(before, Deny):
        assert before == after
    else:
        assert isinstance(after, Permit)
        assert after.until == before.until


def _said(kind: EventKind, purpose: type[Purpose], *, level: Level = Level.EXPRESS) -> ConsentEvent:
    name = purpose.key
    return ConsentEvent(
        id=name,
        key=name,
        kind=kind,
        subject=SUBJECT,
        actor=SUBJECT,
        purposes=(purpose.key,),
        level=level,
        version="3",
        at=INSTANTS[0],
    )
