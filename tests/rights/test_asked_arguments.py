"""Arguments that cannot be meant are named at once, by an error of the library's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from request_world import (
    ADULT,
    INCOME,
    NAME,
    NAME_VALUE,
    POLICY,
    Delivery,
    Marketing,
    Scoring,
    shop,
    shop_policy,
    shopper,
)

from obq_privacy import Guard, errors
from obq_privacy.policy import diff
from obq_privacy.rights import (
    Automated,
    Decisions,
    Identity,
    IncidentKind,
    Incidents,
    IncidentScope,
    RequestKind,
    Requests,
    affected,
    archived,
    drp_request,
    impact_assessment,
    opendsr_response,
    read_drp_request,
    replay,
    sign_receipt,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BAD: Any = "x"
NOW = datetime(2026, 11, 2, tzinfo=UTC)
DRP = '{"agent-id":"a","business-id":"b","issued-at":"2026-11-01T00:00:00Z","expires-at":"2026-11-09T00:00:00Z"}'


@pytest.fixture
def guard() -> Iterator[Guard]:
    with shop() as guard:
        yield guard


def _decide(guard: Guard, purpose: Any, because: Any = ()) -> None:
    subject = shopper(guard, "shopper", Scoring)
    with Automated(guard, logic="l", version="1").deciding(subject, purpose) as deciding:
        deciding.conclude("no", because=because)


def _leak(guard: Guard) -> tuple[Incidents, str]:
    shopper(guard, "shopper", Delivery).collect(NAME, NAME_VALUE)
    incidents = Incidents(guard)
    incident = incidents.record(IncidentKind.LEAK, IncidentScope(items=[NAME.key]), by="officer")
    return incidents, incidents.assess(incident, by="officer").case


def _told(guard: Guard) -> None:
    incidents, case = _leak(guard)
    someone: Any = guard.subject("shopper")
    incidents.told(case, someone, reference="mail")


NUMBER: Any = 5
NOTHING: Any = None
CALLS: dict[str, Callable[[Guard], object]] = {
    "requests: guard": lambda _: Requests(BAD),
    "requests: after": lambda guard: Requests(guard, repeated_after=BAD),
    "requests: within": lambda guard: Requests(guard, repeated_within=NUMBER),
    "requests: nobody": lambda guard: Requests(guard).receive(NOTHING, RequestKind.EXPORT),
    "requests: of": lambda guard: Requests(guard).of(BAD),
    "automated: guard": lambda _: Automated(BAD, logic="l", version="1"),
    "automated: words": lambda guard: Automated(guard, logic="l", version="1", words=[BAD]),  # type: ignore[arg-type]
    "automated: purpose": lambda guard: _decide(guard, BAD),
    "automated: no reasons": lambda guard: _decide(guard, Scoring, None),
    "automated: a text of reasons": lambda guard: _decide(guard, Scoring, "abc"),
    "decisions: guard": lambda _: Decisions(BAD),
    "decisions: refuse": lambda guard: Decisions(guard).refuse(guard.subject("s", born=ADULT), BAD),
    "decisions: allow": lambda guard: Decisions(guard).allow(guard.subject("s", born=ADULT), BAD),
    "incidents: told": _told,
    "incidents: scope": lambda guard: Incidents(guard).record(IncidentKind.LEAK, BAD, by="officer"),
    "scope: since": lambda _: IncidentScope(since=BAD),
    "scope: keys": lambda _: IncidentScope(keys=NUMBER),
    "scope: a text of items": lambda _: IncidentScope(items=BAD),
    "assessment: soon": lambda guard: impact_assessment(guard, soon=NUMBER),
    "assessment: refusals": lambda guard: impact_assessment(guard, refusals=BAD),
    "replay": lambda guard: replay(guard, BAD),
    "replay: guard": lambda _: replay(BAD, POLICY),
    "diff": lambda _: diff(POLICY, BAD),
    "diff: a text of risks": lambda _: diff(POLICY, shop_policy("2027"), high_risks="DPIA-1"),
    "diff: risks": lambda _: diff(POLICY, shop_policy("2027"), high_risks=[NUMBER]),
    "affected": lambda guard: list(affected(guard, BAD)),
    "archived": lambda guard: archived(guard, NOTHING),
    "release: by": lambda guard: guard.release(Delivery, [], by=NOTHING),
    "release: small": lambda guard: guard.release(Delivery, [], by={"n": lambda row: row}, small=[]),  # type: ignore[arg-type]
    "drp: at": lambda _: read_drp_request(DRP, lambda _: None, agent="a", business="b", at=NOW.replace(tzinfo=None)),
    "opendsr: body": lambda _: opendsr_response(
        BAD, reference="3f0b2c5e-7a1d-4b6e-9c8f-1a2b3c4d5e6f", controller_id="c", received=NOW, expected=NOW
    ),
    "receipt: key": lambda _: sign_receipt("{}", BAD),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_cannot_be_meant_is_named(guard: Guard, name: str) -> None:
    with pytest.raises((errors.ArgumentInvalid, errors.PurposeInvalid)):
        CALLS[name](guard)


@pytest.mark.clause("RIGHT-5")
def test_a_text_is_no_list_of_reasons(guard: Guard) -> None:
    """It is not taken for its letters, and nothing is decided."""
    with pytest.raises(errors.ArgumentInvalid, match="because"):
        _decide(guard, Scoring, "abc")
    assert Decisions(guard).of(guard.subject("shopper")) == []


@pytest.mark.clause("RIGHT-6")
def test_a_message_with_room_for_one_address_does_not_drop_the_other() -> None:
    both = [Identity("email", "a@example.cn"), Identity("email", "b@example.cn")]
    with pytest.raises(errors.MessageInvalid) as caught:
        drp_request(
            RequestKind.EXPORT,
            agent="a",
            business="b",
            identities=both,
            issued=NOW,
            expires=NOW + timedelta(days=1),
        )
    assert "example.cn" not in str(caught.value)


@pytest.mark.clause("CHANGE-2")
def test_a_succession_is_nobody_whom_a_version_concerns(guard: Guard) -> None:
    subject = shopper(guard, "shopper", Delivery)
    guard.succession("Next Shop", accepted=True)
    other = shop_policy("2027", answer_within=timedelta(days=14))
    changed = diff(POLICY, other, high_risks=["DPIA-1"])
    assert [one.subject for one in affected(guard, changed)] == [subject.pseudonym]


@pytest.mark.clause("PROT-3")
def test_repeating_an_agreement_gives_the_event_of_that_agreement(guard: Guard) -> None:
    subject = shopper(guard, "shopper", Delivery, Marketing, Scoring)
    until = datetime(2030, 1, 1, tzinfo=UTC)
    first = subject.agree(items=[NAME], until=until)
    version = subject.agree()
    second = subject.agree(items=[INCOME], until=until)
    assert subject.agree(items=[NAME], until=until) == first
    assert subject.agree(items=[INCOME], until=until) == second
    assert subject.agree() == version
