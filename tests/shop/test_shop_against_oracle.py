"""On the whole shop `decide` says what the second implementation says, and what that one found is kept here."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_oracle import Verdict, turning_points, verdict
from shop_oracle_reading import comes_to
from shop_worlds import (
    ADULT,
    DAY,
    EXAMPLES,
    MIDNIGHT,
    ORDERER,
    PARENT,
    TICK,
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
from obq_privacy.policy import former_of
from obq_privacy.shop import items as i
from obq_privacy.shop import pipl
from obq_privacy.shop import purposes as p
from obq_privacy.shop import recipients as r
from obq_privacy.vocab import (
    AnyRecipient,
    Invoked,
    LegalBasis,
    Level,
    Operation,
    Recipient,
    RecipientKind,
    Request,
    Role,
)

if TYPE_CHECKING:
    from obq_privacy.consent import ConsentEvent
    from obq_privacy.policy import Policy
    from obq_privacy.values import Label
    from obq_privacy.vocab import Purpose


def _agree(scene: Scene) -> Verdict:
    """Make sure that both say the same of a scene.

    Which of several reasons a refusal names is not for the clauses to say: what the library names has to be among
    what stands in the way, and where one thing alone does, it is that.
    """
    world, label, request, at = scene
    expected = verdict(world.facts(), label, request, at)
    answer = decide(world.policy, world.standing(), label, request, at)
    match answer:
        case Permit():
            assert expected.permitted, f"only decide permits; the oracle says {sorted(expected.codes)}"
            if answer.until != expected.until:
                _passes_from_the_guardian(world, answer, expected)
        case Deny():
            assert not expected.permitted, f"only the oracle permits; decide says {answer.codes}"
            assert set(answer.codes) <= expected.codes
    return expected


def _passes_from_the_guardian(world: World, answer: Permit, expected: Verdict) -> None:
    """The day on which the subject's own word takes over ends an answer that rests on the guardian's."""
    assert answer.basis is LegalBasis.GUARDIAN_CONSENT
    assert world.born is not None
    rules = [world.policy.minors, *(former.minors for former in world.policy.archive.values())]
    assert answer.until in {comes_to(minors, world.born, minors.majority) for minors in rules}
    assert answer.until is not None
    assert expected.until is None or answer.until < expected.until


@pytest.mark.clause("USE-1", "USE-2", "RIGHT-4", "SHARE-1", "MINOR-2")
@settings(max_examples=EXAMPLES * 8)
@given(scene=scenes())
def test_decide_agrees_with_the_second_implementation_on_the_whole_shop(scene: Scene) -> None:
    """Permitted or not, until when, and why not: five policies, every operation, recipient, basis and event."""
    _agree(scene)


@pytest.mark.clause("PROT-3", "MINOR-1", "MINOR-2", "SHARE-5")
@settings(max_examples=EXAMPLES)
@given(scene=scenes(), data=st.data())
def test_they_agree_around_every_instant_at_which_something_ends(scene: Scene, data: st.DataObject) -> None:
    """On the instant, and a tick before it."""
    points = sorted(turning_points(scene.world.facts(), scene.label, scene.request))
    for when in data.draw(st.lists(st.sampled_from(points), min_size=2, max_size=4)):
        for at in (when - TICK, when):
            _agree(scene._replace(at=at))


# ── Every purpose with every item ─────────────────────────────────────────────────────────────────────────

_EVERYTHING = (Operation.COLLECT, Operation.USE, Operation.TRANSFER, Operation.DISCLOSE)


def _questions(policy: Policy) -> list[tuple[Label, Request]]:
    """Give every item of every purpose, for every operation and for everybody who may get it."""
    asked: list[tuple[Label, Request]] = []
    for rule in policy.purposes:
        takers: list[AnyRecipient] = [one for one in policy.recipients if one.purposes.allows(rule.purpose)]
        for item in rule.items:
            label = label_of(policy, item)
            asked += [(label, Request(operation, rule.purpose)) for operation in _EVERYTHING]
            asked += [(label, Request(Operation.SHARE, rule.purpose, recipient=one)) for one in takers]
    return asked


def _everything_said(policy: Policy) -> list[ConsentEvent]:
    """Give a separate consent to every purpose, for everything and everybody, and every choice."""
    said: list[ConsentEvent] = []
    for rule in policy.purposes:
        takers: list[AnyRecipient] = [one for one in policy.recipients if one.purposes.allows(rule.purpose)]
        names = tuple(one.key for one in takers)
        said.append(
            event_of(
                policy, EventKind.GRANT, rule.purpose, level=Level.SEPARATE, operations=tuple(Operation), parties=names
            )
        )
        if rule.choice:
            said += [
                event_of(
                    policy, EventKind.CHOOSE, rule.purpose, parties=(name,), operations=(Operation.SHARE,),
                    level=Level.SEPARATE,
                )
                for name in names
            ]  # fmt: skip
    return said


@pytest.mark.slow
@pytest.mark.clause("USE-1", "USE-2", "SHARE-1", "SHARE-3")
@pytest.mark.parametrize("number", [0, 2], ids=["shop", "pipl"])
@pytest.mark.parametrize("said", [True, False], ids=["everything said", "nothing said"])
def test_they_agree_on_every_item_of_every_purpose(number: int, said: bool) -> None:
    """For every operation and every recipient, with consent to everything and with none."""
    known = edition(number)
    history = _everything_said(known.policy) if said else []
    standing = World(known, history, ADULT, erased=False).standing()
    for label, request in _questions(known.policy):
        rule = known.policy.rule(request.purpose) if request.purpose is not None else None
        assert rule is not None
        keys = {rule.purpose.key, *(one.key for one in rule.requires)}
        about = [event for event in history if set(event.purposes) & keys]
        world = World(known, about, ADULT, erased=False)
        expected = verdict(world.facts(), label, request, MIDNIGHT)
        answer = decide(known.policy, standing, label, request, MIDNIGHT)
        assert isinstance(answer, Permit) == expected.permitted
        if isinstance(answer, Permit):
            assert answer.until == expected.until


# ── What the second implementation found ──────────────────────────────────────────────────────────────────


def _ask(
    label: Label,
    request: Request,
    *events: ConsentEvent,
    born: dt.date | None = ADULT,
    policy: Policy = shop.POLICY,
    at: dt.datetime = MIDNIGHT,
) -> Permit | Deny:
    world = World(edition(0)._replace(policy=policy), list(events), born, erased=False)
    return decide(policy, world.standing(), label, request, at)


def _invoked(basis: LegalBasis) -> Invoked:
    return Invoked(basis, justification="case 9", by="counsel-3")


def _said(kind: EventKind, *purposes: type[Purpose], **fields: Any) -> ConsentEvent:
    return event_of(shop.POLICY, kind, *purposes, **fields)


@pytest.mark.clause("MINOR-2")
@pytest.mark.parametrize("purpose", [None, p.CustomerService])
def test_the_protection_of_a_minor_ends_with_minority(purpose: type[p.CustomerService] | None) -> None:
    """An answer on that basis does not outlast the 18th birthday."""
    request = Request(Operation.USE, purpose, invoked=_invoked(LegalBasis.MINOR_PROTECTION))
    label, born = label_of(shop.POLICY, i.CASE_OUTCOME), dt.date(2008, 11, 12)
    answer = _ask(label, request, born=born)
    assert isinstance(answer, Permit)
    assert answer.until == MIDNIGHT + 2 * DAY
    assert isinstance(_ask(label, request, born=born, at=MIDNIGHT + 2 * DAY), Deny)


@pytest.mark.clause("SHARE-7")
@pytest.mark.parametrize("operation", [Operation.SHARE, Operation.TRANSFER])
def test_nothing_is_made_public_under_another_name(operation: Operation) -> None:
    """To share with everybody is to disclose, and rests on what disclosure rests on; law can demand the one only."""
    label = label_of(shop.POLICY, i.STORE_INFORMATION)
    for basis in (LegalBasis.LEGAL_OBLIGATION, LegalBasis.VITAL_INTERESTS, None):
        invoked = None if basis is None else _invoked(basis)
        request = Request(operation, p.ViolationNotices, recipient=r.PUBLIC, invoked=invoked)
        consent = _said(EventKind.GRANT, p.ViolationNotices, operations=tuple(Operation), parties=("public",))
        assert isinstance(_ask(label, request, consent), Deny)


@pytest.mark.clause("SHARE-7")
def test_a_duty_by_law_makes_nothing_public() -> None:
    """To keep records is no ground to publish them: the subject's act, express consent, or a basis that is invoked."""
    label, disclosure = label_of(shop.POLICY, i.ORDER_GOODS), Request(Operation.DISCLOSE, p.StatutoryRecord)
    answer = _ask(label, disclosure)
    assert isinstance(answer, Deny)
    assert "OBQ136" in answer.codes
    assert isinstance(_ask(label, disclosure._replace(invoked=_invoked(LegalBasis.PUBLIC_SAFETY))), Permit)


@pytest.mark.clause("USE-2", "CHANGE-1", "SHARE-4")
def test_an_older_consent_covers_no_affiliate_that_was_added_or_changed_since() -> None:
    """Sharing on the consent to use needs no name, but somebody of whom that version said the same."""
    sister = Recipient("sister", p.AffiliateServices, kind=RecipientKind.AFFILIATE, follows_policy=True)
    moved = Recipient(
        "caiyuanbao", p.AffiliateServices, kind=RecipientKind.AFFILIATE, follows_policy=True, role=Role.ADVERTISING
    )
    now = shop.policy.build(version="2026-12", recipients=[sister, moved])
    now = now.with_archive({shop.POLICY.version: former_of(shop.POLICY.dumps())})
    label = label_of(now, i.MEMBER_NAME)
    older = _said(EventKind.GRANT, p.AffiliateServices)
    newer = attrs.evolve(older, version=now.version)
    for affiliate in (sister, moved):
        request = Request(Operation.SHARE, p.AffiliateServices, recipient=affiliate)
        answer = _ask(label, request, older, policy=now)
        assert isinstance(answer, Deny)
        assert answer.codes == ("OBQ112",)
        assert isinstance(_ask(label, request, newer, policy=now), Permit)
    same = Request(Operation.SHARE, p.AffiliateServices, recipient=r.INDUSTRIAL_PRODUCTS)
    assert isinstance(_ask(label, same, older, policy=now), Permit)


@pytest.mark.clause("SHARE-3")
def test_a_consent_beside_a_choice_does_not_undo_it() -> None:
    """Whichever lasts longer or came later: what was chosen is chosen."""
    label = label_of(shop.POLICY, i.CASE_OUTCOME)
    request = Request(Operation.SHARE, p.DisputeResolution, recipient=r.SELLER)
    sharing = {"operations": (Operation.SHARE,), "parties": ("seller",), "level": Level.SEPARATE}
    choice = _said(EventKind.CHOOSE, p.DisputeResolution, **sharing, valid_until=MIDNIGHT + DAY)
    consent = _said(EventKind.GRANT, p.DisputeResolution, **sharing, at=MIDNIGHT - TICK)
    alone = _ask(label, request, choice)
    assert isinstance(alone, Permit)
    assert _ask(label, request, choice, consent) == alone


@pytest.mark.clause("PROT-4", "SHARE-7", "USE-9")
def test_a_value_of_two_business_cases_is_public_when_both_are() -> None:
    """What is made of a published and an unpublished part is not published."""
    label = attrs.evolve(label_of(shop.POLICY, i.POST), matters=frozenset({"review-1", "review-2"}))
    acts = [_said(EventKind.PUBLISH, items=(i.POST.key,), matter=f"review-{n}", method="post") for n in (1, 2)]
    request = Request(Operation.DISCLOSE, p.PublicPosting)
    assert isinstance(_ask(label, request, acts[0]), Deny)
    assert isinstance(_ask(label, request, *acts), Permit)


@pytest.mark.clause("SHARE-5")
def test_an_audience_partner_gets_nothing_that_identifies_by_a_transfer_either() -> None:
    """Whatever the operation, a separate consent has to name it."""
    label = label_of(shop.POLICY, i.GENDER)
    request = Request(Operation.TRANSFER, p.PartnerAudiences, recipient=r.ADVERTISING_PARTNER)
    express = _said(
        EventKind.GRANT, p.PartnerAudiences, operations=(Operation.TRANSFER,), parties=("advertising-partner",)
    )
    answer = _ask(label, request, express)
    assert isinstance(answer, Deny)
    assert "OBQ120" in answer.codes
    assert isinstance(_ask(label, request, attrs.evolve(express, level=Level.SEPARATE)), Permit)


@pytest.mark.clause("USE-7", "PROT-3")
def test_an_objection_stops_no_duty_by_law() -> None:
    """A blocked topic is about what is shown; records are kept whatever anybody says."""
    label = attrs.evolve(label_of(shop.POLICY, i.ORDER_GOODS), topics=frozenset({"toys"}))
    objection = _said(EventKind.OBJECT, p.StatutoryRecord, topics=("toys",))
    assert isinstance(_ask(label, Request(Operation.USE, p.StatutoryRecord), objection), Permit)


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("purpose", [None, p.PageAdaptation])
def test_what_identifies_nobody_needs_no_approval(purpose: type[p.PageAdaptation] | None) -> None:
    """Under an invoked basis alone no more than for a purpose."""
    request = Request(Operation.USE, purpose, invoked=_invoked(LegalBasis.CONTRACT))
    label = label_of(shop.POLICY, i.LANGUAGE)
    assert isinstance(_ask(label, request, born=dt.date(2012, 1, 1), policy=pipl.POLICY), Permit)


@pytest.mark.clause("COOK-3", "SHARE-8")
@pytest.mark.parametrize("operation", [Operation.SHARE, Operation.TRANSFER])
def test_an_invoked_basis_does_not_outlast_the_check_of_an_sdk(operation: Operation) -> None:
    """An unchecked SDK gets nothing on any basis, so an answer ends with the last day of the check."""
    label = label_of(shop.POLICY, i.PAYMENT_DEVICE)
    request = Request(operation, p.Payment, recipient=r.PAYPAL, invoked=_invoked(LegalBasis.VITAL_INTERESTS))
    lapses = dt.datetime(2028, 12, 31, 16, tzinfo=dt.UTC)
    open_order = attrs.evolve(label, matters=frozenset({"O-1"}))
    assert isinstance(_ask(open_order, request, at=lapses), Deny)
    answer = _ask(open_order, request)
    assert isinstance(answer, Permit)
    assert answer.until == lapses


def test_the_people_of_the_scenes_are_different() -> None:
    """A world in which guardian and orderer were one would show nothing."""
    assert len({PARENT, ORDERER}) == 2
