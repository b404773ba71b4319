"""A request that comes as a message is answered as one, by way of the requests of the guard."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from messages_world import MAIL, REFERENCE, VERIFY_KEY, People, drp_message, opendsr_message, refused, signed
from receipts_world import POLICY, START, valid
from request_world import HandClock

from obq_privacy import Guard, errors
from obq_privacy.rights import (
    DeletionGround,
    RefusalGround,
    RequestKind,
    Requests,
    drp_status,
    open_drp,
    opendsr_status,
    read_drp_request,
    read_opendsr_request,
)

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy import Clock
    from obq_privacy.rights import RightsRequest

DAY = dt.timedelta(days=1)


def opened(clock: Clock, path: Path | None = None) -> Guard:
    if path is None:
        return Guard.in_memory(policy=POLICY, clock=clock)
    return Guard.open(path, policy=POLICY, clock=clock)


@pytest.mark.clause("RIGHT-6")
@pytest.mark.parametrize("kept", ["memory", "file"])
def test_a_deletion_by_opendsr_is_answered_within_its_time(kept: str, tmp_path: Path) -> None:
    """Received, verified, begun, fulfilled: every state has its word, and what is expected is our due date."""
    clock = HandClock()
    with opened(clock.clock, tmp_path / "privacy.db" if kept == "file" else None) as guard:
        people = People(guard)
        requests = Requests(guard)
        came = read_opendsr_request(opendsr_message(), people.find).message
        assert came.subject is not None

        def status(request: RightsRequest) -> str:
            text, _ = opendsr_status(request.state, reference=came.reference, controller_id="c-1", expected=request.due)
            form = valid("opendsr", text, "status")
            assert dt.datetime.fromisoformat(form["expected_completion_time"]) == request.due
            return str(form["request_status"])

        def receive() -> RightsRequest:
            assert came.subject is not None
            return requests.receive(came.subject, came.kind, ground=DeletionGround.NO_CONSENT, key=came.reference)

        request = receive()
        assert START + 15 * DAY < request.due <= START + 17 * DAY
        assert receive() == request  # the same message again is the same request
        assert status(request) == "pending"
        with pytest.raises(errors.IdentityUnverified):
            requests.begin(request, by="clerk")
        assert status(requests.verify(request, method="by the controller", by="clerk")) == "pending"
        assert status(requests.begin(request, by="clerk")) == "in_progress"
        assert status(requests.fulfil(request, evidence="key destroyed", by="clerk")) == "completed"
        assert requests.open() == []
        everything = repr([step for one in requests.of(people.li) for step in requests.history(one)])
        assert MAIL not in everything
        assert REFERENCE in everything


@pytest.mark.clause("RIGHT-6")
def test_an_access_by_drp_is_refused_with_its_ground() -> None:
    """The ground of a refusal reaches the agent as a reason, or in words where the protocol has none."""
    clock = HandClock()
    with opened(clock.clock) as guard:
        people = People(guard)
        requests = Requests(guard)
        at = clock.clock.now()
        text = drp_message(**{"exercise": "access", "issued-at": at.isoformat(), "expires-at": (at + DAY).isoformat()})
        came = read_drp_request(
            open_drp(signed(text), VERIFY_KEY), people.find, agent="AGENT", business="SHOP", at=at
        ).message
        assert came.kind is RequestKind.EXPORT
        assert came.subject is not None
        request = requests.receive(came.subject, came.kind, key=came.reference)
        requests.verify(request, method="by the agent", by="clerk")
        requests.begin(request, by="clerk")
        with pytest.raises(errors.RefusalInvalid):
            requests.refuse(request, RefusalGround.IDENTITY, because="-", by="clerk")
        request = requests.refuse(request, RefusalGround.TRADE_SECRETS, because="file 12", by="clerk")
        told, lost = drp_status(
            request.state,
            request_id=request.case,
            received=request.received,
            expected=request.due,
            refusal=request.refusal,
            reference=came.reference,
        )
    form = valid("drp", told, "status")
    assert (form["status"], form["reason"]) == ("denied", "other")
    assert form["processing_details"] == RefusalGround.TRADE_SECRETS.says
    assert form["agent_request_id"] == "request-7"
    assert lost == ("refusal",)
    assert MAIL not in told


def test_a_message_that_is_refused_registers_nothing() -> None:
    """No request and no person comes of a message that does not fit."""
    clock = HandClock()
    with opened(clock.clock) as guard:
        people = People(guard)
        with refused(errors.MessageInvalid, MAIL):
            read_opendsr_request(opendsr_message(subject_request_id="7"), people.find)
        assert people.asked == []
        assert Requests(guard).open() == []
