"""Laws of the decision over the whole shop; their premises use none of the code that decides."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from shop_worlds import (
    ADULT,
    BIRTHS,
    DAY,
    EVENTS_AT,
    EXAMPLES,
    MATTERS,
    MIDNIGHT,
    PARENT,
    SUBJECT,
    TICK,
    TOPICS,
    Scene,
    World,
    edition,
    event_of,
    label_of,
    scenes,
)

from obq_privacy import shop
from obq_privacy.consent import EventKind
from obq_privacy.decision import Deny, Permit, decide
from obq_privacy.policy import Kind, Policy
from obq_privacy.shop import items as i
from obq_privacy.shop import pipl
from obq_privacy.shop import purposes as p
from obq_privacy.shop import recipients as r
from obq_privacy.vocab import Category, LegalBasis, Level, Operation, Request, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.policy import LevelKey, PurposeRule
    from obq_privacy.vocab import Purpose

BASIC = tuple(rule for rule in shop.POLICY.purposes if rule.kind is Kind.BASIC)
ADDITIONAL = tuple(rule for rule in shop.POLICY.purposes if rule.kind is Kind.ADDITIONAL)


def _ask(scene: Scene, further: Iterable[ConsentEvent] = ()) -> Permit | Deny:
    world, label, request, at = scene
    return decide(world.policy, world.standing(further), label, request, at)


def _last(until: dt.datetime | None) -> dt.datetime:
    return until or dt.datetime.max.replace(tzinfo=dt.UTC)


def _is_no_looser(after: Permit | Deny, before: Permit | Deny) -> bool:
    """Tell whether `after` permits no more than `before`, and no longer."""
    if isinstance(after, Deny):
        return True
    return isinstance(before, Permit) and _last(after.until) <= _last(before.until)


# ── USE-1 ─────────────────────────────────────────────────────────────────────────────────────────────────

_REFUSALS = st.tuples(
    st.sampled_from((EventKind.REFUSE, EventKind.WITHDRAW)),
    st.lists(st.sampled_from(ADDITIONAL), min_size=1, max_size=3, unique=True),
    st.sampled_from(EVENTS_AT),
    st.sampled_from((SUBJECT, PARENT)),
    st.integers(min_value=-1, max_value=8),
)


@pytest.mark.clause("USE-1", "USE-5", "USE-17")
@settings(max_examples=EXAMPLES * 2)
@given(scene=scenes(), drawn=st.lists(_REFUSALS, min_size=1, max_size=6), rule=st.sampled_from(BASIC))
def test_no_refusal_or_withdrawal_of_additional_purposes_changes_a_basic_one(
    scene: Scene, drawn: Sequence[tuple[EventKind, list[PurposeRule], dt.datetime, str, int]], rule: object
) -> None:
    """Whatever was refused or withdrawn, in whatever order, of whatever consent: basic purposes stay as they were."""
    (basic,) = [each for each in BASIC if each is rule]
    grants = [event.id for event in scene.world.history if event.kind.consents]
    extra = [
        event_of(
            scene.world.policy, kind, *(each.purpose for each in ADDITIONAL if each in refused),
            at=at, actor=actor, about=grants[number % len(grants)] if grants and number >= 0 else "",
        )
        for kind, refused, at, actor, number in drawn
    ]  # fmt: skip
    labels = [scene.label, *(label_of(scene.world.policy, item) for item in basic.items)]
    purposes = {basic.purpose, *(each.purpose for each in BASIC if each.purpose is scene.request.purpose)}
    for label in labels:
        for purpose in purposes:
            asked = scene._replace(label=label, request=scene.request._replace(purpose=purpose))
            assert _ask(asked, extra) == _ask(asked)


@pytest.mark.clause("USE-1", "USE-3")
def test_who_refuses_everything_additional_has_the_whole_basic_service() -> None:
    """Every item of every basic purpose is collected and used, and goes to whom it has to go."""
    history = [event_of(shop.POLICY, EventKind.REFUSE, rule.purpose) for rule in ADDITIONAL]
    for rule in BASIC:
        takers = [one for one in shop.POLICY.recipients if one.purposes.allows(rule.purpose)]
        names = tuple(one.key for one in takers)
        history.append(event_of(shop.POLICY, EventKind.GRANT, rule.purpose, operations=tuple(Operation), parties=names))
        if rule.choice:
            history.append(
                event_of(
                    shop.POLICY,
                    EventKind.CHOOSE,
                    rule.purpose,
                    parties=names,
                    operations=(Operation.SHARE,),
                    level=Level.SEPARATE,
                    at=MIDNIGHT - TICK,
                )
            )
    world = World(edition(0)._replace(policy=shop.POLICY), history, ADULT, erased=False)
    standing = world.standing()
    shared = 0
    for rule in BASIC:
        for item in rule.items:
            label = label_of(shop.POLICY, item)
            for operation in (Operation.COLLECT, Operation.USE):
                answer = decide(shop.POLICY, standing, label, Request(operation, rule.purpose), MIDNIGHT)
                assert isinstance(answer, Permit)
            for one in shop.POLICY.recipients:
                if one.purposes.allows(rule.purpose) and item in rule.shared and item in (one.items or rule.shared):
                    request = Request(Operation.SHARE, rule.purpose, recipient=one)
                    assert isinstance(decide(shop.POLICY, standing, label, request, MIDNIGHT), Permit)
                    shared += 1
    assert shared > 50
    for rule in ADDITIONAL:
        for item in rule.items:
            if item.sensitivity is not Sensitivity.NON_PERSONAL:
                request = Request(Operation.USE, rule.purpose)
                assert isinstance(decide(shop.POLICY, standing, label_of(shop.POLICY, item), request, MIDNIGHT), Deny)


# ── RIGHT-4 ───────────────────────────────────────────────────────────────────────────────────────────────

_WITHOUT_CONSENT = {LegalBasis.STATUTORY, LegalBasis.NON_PERSONAL, LegalBasis.OWN_ACT}
"""What the subject made public is public: that act is no consent, and no withdrawal undoes it."""


@pytest.mark.clause("RIGHT-4")
@settings(max_examples=EXAMPLES * 3)
@given(scene=scenes(), kind=st.sampled_from((EventKind.WITHDRAW, EventKind.REFUSE)), one_by_one=st.booleans())
def test_after_everything_was_withdrawn_nothing_rests_on_consent(
    scene: Scene, kind: EventKind, one_by_one: bool
) -> None:
    """Only duties by law, what somebody invokes and answers for, and what identifies nobody are left."""
    policy, last = scene.world.policy, max([EVENTS_AT[0], *(event.at for event in scene.world.history)])
    purposes = [rule.purpose for rule in policy.purposes]
    at_once = [event_of(policy, kind, *purposes, at=last)]
    extra = [event_of(policy, kind, each, at=last) for each in purposes] if one_by_one else at_once
    answer = _ask(scene, extra)
    if isinstance(answer, Permit):
        assert answer.basis.invoked or answer.basis in _WITHOUT_CONSENT
        assert answer.consents == ()
        assert scene.request.invoked is None or answer.basis is scene.request.invoked.basis


@pytest.mark.clause("USE-6", "RIGHT-4")
@settings(max_examples=EXAMPLES * 2)
@given(scene=scenes(), at=st.sampled_from(EVENTS_AT))
def test_after_the_account_was_closed_only_duties_by_law_are_left(scene: Scene, at: dt.datetime) -> None:
    """No consent, no basis that somebody invokes for another purpose, and no data that identifies nobody."""
    answer = _ask(scene, [event_of(scene.world.policy, EventKind.CLOSE, at=at)])
    purpose = scene.request.purpose
    if isinstance(answer, Permit):
        assert purpose is not None
        rule = scene.world.policy.rule(purpose)
        assert rule is not None
        assert rule.kind is Kind.STATUTORY


@pytest.mark.clause("USE-24")
@settings(max_examples=EXAMPLES)
@given(scene=scenes(), purpose=st.sampled_from([None, *(rule.purpose for rule in shop.POLICY.purposes)]))
def test_after_operations_ceased_nothing_is_collected(scene: Scene, purpose: type[Purpose] | None) -> None:
    """Not by consent, not by law, and not even what identifies nobody."""
    ceased = event_of(scene.world.policy, EventKind.CEASE)
    asked = scene._replace(request=scene.request._replace(operation=Operation.COLLECT, purpose=purpose))
    assert isinstance(_ask(asked, [ceased]), Deny)


# ── Monotony ──────────────────────────────────────────────────────────────────────────────────────────────

_ENDINGS = sorted((kind for kind in EventKind if kind.ends and kind is not EventKind.HOLD), key=lambda kind: kind.value)
"""All but a legal hold, which keeps a value for duties by law."""


@pytest.mark.clause("RIGHT-4", "RIGHT-3", "USE-6", "USE-7", "USE-24", "SHARE-6")
@settings(max_examples=EXAMPLES * 4)
@given(scene=scenes(), kind=st.sampled_from(_ENDINGS), at=st.sampled_from(EVENTS_AT), data=st.data())
def test_what_ends_something_never_permits_more(
    scene: Scene, kind: EventKind, at: dt.datetime, data: st.DataObject
) -> None:
    """Whatever is refused, withdrawn, expired, invalid, objected to, restricted, closed, declined or ceased."""
    policy = scene.world.policy
    named = [rule.purpose for rule in policy.purposes if rule.purpose is scene.request.purpose] or [p.Membership]
    grants = [event.id for event in scene.world.history if event.kind.consents]
    fields: dict[str, Any] = {"at": at, "method": data.draw(st.sampled_from(("declined", "accepted")))}
    if kind is EventKind.RESTRICT:
        fields["items"] = data.draw(st.sampled_from(((), tuple(sorted(scene.label.items)))))
        fields["matter"] = data.draw(st.sampled_from(MATTERS))
    if kind is EventKind.OBJECT:
        fields["topics"] = TOPICS
    if kind in {EventKind.WITHDRAW, EventKind.REFUSE, EventKind.EXPIRE, EventKind.INVALIDATE}:
        fields["about"] = data.draw(st.sampled_from(["", *grants]))
    without = {EventKind.RESTRICT, EventKind.CLOSE, EventKind.SUCCEED, EventKind.CEASE}
    extra = event_of(policy, kind, *(() if kind in without else named), **fields)
    assert _is_no_looser(_ask(scene, [extra]), _ask(scene))


def _with_levels(policy: Policy, levels: Mapping[LevelKey, Level]) -> Policy:
    """Give the same policy with stronger levels of consent, under the same name."""
    parts: dict[str, Any] = {name: getattr(policy, name) for name in Policy.__slots__ if not name.startswith("_")}
    parts["levels"] = {**policy.levels, **levels}
    return Policy(**parts).with_archive(policy.archive)


_LEVELS: tuple[Mapping[LevelKey, Level], ...] = (
    {Sensitivity.SENSITIVE: Level.SEPARATE},
    {Sensitivity.PERSONAL: Level.EXPRESS},
    {Sensitivity.PERSONAL: Level.SEPARATE, Sensitivity.SENSITIVE: Level.SEPARATE},
    {category: Level.SEPARATE for category in Category},  # noqa: C420  fromkeys loses the type of the keys
    {(Category.CHILD, operation): Level.SEPARATE for operation in Operation},
    {(category, Operation.SHARE): Level.SEPARATE for category in Category},
)
_STRICTER = tuple(_with_levels(edition(1).policy, levels) for levels in _LEVELS)


@pytest.mark.clause("DEF-3", "USE-19")
@settings(max_examples=EXAMPLES * 2)
@given(scene=scenes(), stricter=st.sampled_from(range(len(_STRICTER))))
def test_a_stronger_level_never_permits_more(scene: Scene, stricter: int) -> None:
    """Whatever needs a stronger consent, by kind, sensitivity or operation."""
    world = scene.world._replace(edition=edition(1))
    strict = world._replace(edition=edition(1)._replace(policy=_STRICTER[stricter]))
    assert _is_no_looser(_ask(scene._replace(world=strict)), _ask(scene._replace(world=world)))


@pytest.mark.clause("USE-9", "DEF-3")
@settings(max_examples=EXAMPLES * 4)
@given(scene=scenes(), other=scenes())
def test_what_is_made_of_two_values_is_permitted_only_where_both_are(scene: Scene, other: Scene) -> None:
    """Joining never loosens a label: whatever else is in it, a value keeps everything that stood in its way."""
    joined = scene._replace(label=scene.label.join(other.label))
    after = _ask(joined)
    if scene.label.sensitivity is other.label.sensitivity:
        for label in (scene.label, other.label):
            assert _is_no_looser(after, _ask(scene._replace(label=label)))
    else:
        assert _is_no_looser(after, _ask(scene))


@pytest.mark.clause("USE-9", "PROT-3")
def test_a_period_that_is_over_stays_over_in_what_is_made_of_it() -> None:
    """A value of no business case, combined with one of an open order, is no fresher than it was alone."""
    loose = label_of(shop.POLICY, i.CONSIGNEE_NAME)
    ordered = attrs.evolve(label_of(shop.POLICY, i.CONSIGNEE_PHONE), matters=frozenset({"O-1"}))
    history = [event_of(shop.POLICY, EventKind.GRANT, p.Delivery)]
    world = World(edition(0)._replace(policy=shop.POLICY), history, ADULT, erased=False)
    later = Scene(world, loose, Request(Operation.USE, p.Delivery), MIDNIGHT + 800 * DAY)
    assert isinstance(_ask(later), Deny)
    assert isinstance(_ask(later._replace(label=ordered)), Permit)
    assert isinstance(_ask(later._replace(label=loose.join(ordered))), Deny)


@pytest.mark.clause("USE-9", "USE-16", "SHARE-7")
def test_what_was_not_published_stays_unpublished_in_what_is_made_of_it() -> None:
    """A value of no business case, combined with a published one, is not public."""
    loose = label_of(shop.POLICY, i.POST)
    posted = attrs.evolve(loose, matters=frozenset({"review-1"}))
    act = event_of(shop.POLICY, EventKind.PUBLISH, items=(i.POST.key,), matter="review-1", method="review-1")
    world = World(edition(0)._replace(policy=shop.POLICY), [act], ADULT, erased=False)
    scene = Scene(world, loose, Request(Operation.DISCLOSE, p.PublicPosting), MIDNIGHT)
    assert isinstance(_ask(scene), Deny)
    assert isinstance(_ask(scene._replace(label=posted)), Permit)
    assert isinstance(_ask(scene._replace(label=loose.join(posted))), Deny)


@pytest.mark.clause("USE-9", "USE-13")
def test_what_is_of_no_order_goes_to_nobody_by_the_choice_for_an_order() -> None:
    """A value of no business case, combined with one of an order, was not among what the choice was about."""
    loose = label_of(shop.POLICY, i.CARD_EXPIRY)
    ordered = attrs.evolve(label_of(shop.POLICY, i.CARD_NUMBER), matters=frozenset({"O-1"}))
    choice = event_of(
        shop.POLICY, EventKind.CHOOSE, p.Payment, matter="O-1", parties=("bank",), operations=(Operation.SHARE,),
        level=Level.SEPARATE,
    )  # fmt: skip
    world = World(edition(0)._replace(policy=shop.POLICY), [choice], ADULT, erased=False)
    scene = Scene(world, loose, Request(Operation.SHARE, p.Payment, recipient=r.BANK), MIDNIGHT)
    assert isinstance(_ask(scene), Deny)
    assert isinstance(_ask(scene._replace(label=ordered)), Permit)
    assert isinstance(_ask(scene._replace(label=loose.join(ordered))), Deny)


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3", "MINOR-2", "SHARE-5")
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(scene=scenes(), parts=st.lists(st.floats(min_value=0, max_value=1, allow_nan=False), min_size=1, max_size=4))
def test_a_permit_holds_until_it_says(scene: Scene, parts: Sequence[float]) -> None:
    """At every instant up to the end the answer is the same, so whoever keeps it until then is never wrong."""
    answer = _ask(scene)
    assume(isinstance(answer, Permit))
    assert isinstance(answer, Permit)
    end = answer.until if answer.until is not None else scene.at + 40_000 * DAY
    assert end > scene.at
    for at in (*(scene.at + part * (end - TICK - scene.at) for part in parts), end - TICK):
        later = _ask(scene._replace(at=at))
        assert isinstance(later, Permit)
        assert (later.basis, later.until) == (answer.basis, answer.until)


# ── The stricter profile ──────────────────────────────────────────────────────────────────────────────────

_OTHERWISE = {
    "values are sensitive for their age below 14",
    "a guardian consents below 14",
}
"""The declared differences by which the profile is the looser one: for people who are exactly 14."""


def _is_fourteen(born: dt.date | None, at: dt.datetime) -> bool:
    day = (at + dt.timedelta(hours=8)).date()
    return born is not None and (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) == 14


def test_the_profile_says_by_what_it_is_looser() -> None:
    """The two on the age of 14, and nothing else."""
    assert _OTHERWISE.issubset(one.what for one in pipl.DIFFERENCES)
    assert len(pipl.DIFFERENCES) == 11


@pytest.mark.clause("DEF-3", "MINOR-1", "USE-22", "SHARE-1")
@settings(max_examples=EXAMPLES * 4)
@given(scene=scenes(), wider=st.booleans())
def test_the_profile_never_permits_what_the_shop_refuses(scene: Scene, wider: bool) -> None:
    """The same people, values, consents and questions: no more and no longer, but for the age of 14."""
    ours, strict = (edition(number) for number in ((1, 4) if wider else (0, 2)))
    recipient, world = scene.request.recipient, scene.world
    assume(recipient is None or recipient in ours.policy.recipients)
    assume(not any(_is_fourteen(world.born, at) for at in (*scene.label.collected, *(e.at for e in world.history))))

    def under(number: int) -> Permit | Deny:
        known = (ours, strict)[number]
        current = {world.policy.version: known.policy.version}
        history = [attrs.evolve(e, version=current.get(e.version, e.version)) for e in world.history]
        versions = frozenset(current.get(version, version) for version in scene.label.versions)
        label = attrs.evolve(scene.label, versions=versions)
        return _ask(scene._replace(world=world._replace(edition=known, history=history), label=label))

    assert _is_no_looser(under(1), under(0))


def test_the_scenes_have_people_on_both_sides_of_every_birthday() -> None:
    """Without somebody of 14, of 15 and of 18 the laws above would say little."""
    ages = {MIDNIGHT.year - born.year for born in BIRTHS if born is not None}
    assert not {14, 15, 18} - ages
