"""Data Rights Protocol 1.0: signed requests of agents and their statuses, and nothing of a person left behind."""

from __future__ import annotations

import datetime as dt
import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from messages_world import (
    MAIL,
    OTHER_MAIL,
    PHONE,
    VERIFY_KEY,
    People,
    drp_message,
    nobody,
    refused,
    shows,
    signed,
)
from receipts_world import POLICY, valid

from obq_privacy import Guard, errors
from obq_privacy.rights import (
    Identity,
    RefusalGround,
    RequestKind,
    RequestState,
    drp_request,
    drp_status,
    open_drp,
    read_drp_request,
    read_drp_status,
)

WHEN = dt.datetime(2026, 11, 2, 15, 0, tzinfo=dt.UTC)
WINDOW = dt.timedelta(minutes=10)
MAPPED = {RequestKind.EXPORT, RequestKind.DELETE, RequestKind.CANCEL_ACCOUNT, RequestKind.OBJECT}

times = st.integers(0, 10**14).map(lambda micro: WHEN + dt.timedelta(microseconds=micro))


def read(text: str | bytes, find: Any = nobody, **changes: Any) -> Any:
    facts: dict[str, Any] = {"agent": "AGENT", "business": "SHOP", "at": WHEN} | changes
    return read_drp_request(text, find, **facts)


# ── Signatures ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signed_body_gives_its_message() -> None:
    """The signature stands before the message, and both in base64: as text or as bytes."""
    body = signed(drp_message())
    assert open_drp(body, VERIFY_KEY) == open_drp(body.decode(), VERIFY_KEY) == drp_message().encode()


def test_no_byte_of_a_signed_body_can_be_changed() -> None:
    """Whichever byte of the signature or the message is changed, it is forged, and nothing of it is shown."""
    raw = bytearray(b64decode(signed(drp_message())))
    for at in range(len(raw)):
        raw[at] ^= 1
        with pytest.raises(errors.MessageForged):
            open_drp(b64encode(bytes(raw)), VERIFY_KEY)
        raw[at] ^= 1
    with refused(errors.MessageForged, MAIL):
        open_drp(signed(drp_message(), Ed25519PrivateKey.generate()), VERIFY_KEY)


@pytest.mark.parametrize("body", ["", MAIL, "====", b64encode(b"short"), b"\xff", None, 7, b64encode(bytes(64))])
def test_what_is_no_signed_body_is_forged(body: Any) -> None:
    """Not base64, too short, or nothing that was ever signed."""
    with refused(errors.MessageForged, MAIL):
        open_drp(body, VERIFY_KEY)


@pytest.mark.parametrize("key", [b"", bytes(31), None])
def test_what_is_no_key_verifies_nothing(key: Any) -> None:
    """A key of another form is as good as a wrong one."""
    with refused(errors.MessageForged, MAIL):
        open_drp(signed(drp_message()), key)


# ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_read_into_our_words() -> None:
    """Who, what, when, which id, under which law, and where to report; what says that a claim was verified is lost."""
    with Guard.in_memory(policy=POLICY) as guard:
        people = People(guard)
        request, lost = read(open_drp(signed(drp_message()), VERIFY_KEY), people.find)
        assert request.kind is RequestKind.DELETE
        assert request.subject.pseudonym == people.li.pseudonym
        assert (request.reference, request.submitted, request.regime) == ("request-7", WHEN, "ccpa")
        assert request.callbacks == ("https://agent.example/status",)
        assert lost == ("expires-at", "name", "email_verified", "relationships")
        assert people.asked == [("name", "raw"), ("email", "raw")]
        assert request.protocol == "DRP 1.0"
        assert "request-7" not in repr(request)
        assert "agent.example" not in repr(request)


@pytest.mark.parametrize(
    ("right", "kind", "lost"),
    [
        ("access", RequestKind.EXPORT, False),
        ("access:categories", RequestKind.EXPORT, True),
        ("access:specific", RequestKind.EXPORT, True),
        ("deletion", RequestKind.DELETE, False),
        ("sale:opt-out", RequestKind.OBJECT, True),
    ],
)
def test_every_right_is_a_kind_of_request(right: str, kind: RequestKind, *, lost: bool) -> None:
    """Each of the rights of the protocol is one of our kinds; where the right says more, that is lost and said."""
    converted = read(drp_message(exercise=right))
    assert (converted.message.kind, "exercise" in converted.lost) == (kind, lost)


def test_asking_to_be_sold_again_is_no_request() -> None:
    """Consent comes from the person and not from a message of an agent."""
    with refused(errors.MessageUnmapped, MAIL):
        read(drp_message(exercise="sale:opt-in"))


def test_what_the_protocol_does_not_know_is_lost_without_its_name() -> None:
    """The name of an unknown field may be anything, also a value of a person."""
    _, lost = read(drp_message(**{MAIL: 1}))
    assert "unknown fields" in lost
    assert MAIL not in repr(lost)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"agent": "OTHER"}, "agent-id"),
        ({"business": "OTHER"}, "business-id"),
        ({"at": WHEN - dt.timedelta(microseconds=1)}, "issued-at"),
        ({"at": WHEN + WINDOW}, "expires-at"),
    ],
)
def test_a_message_counts_for_its_agent_its_business_and_its_time(changes: dict[str, Any], place: str) -> None:
    """A message of another agent, for another business, from the future or expired is refused."""
    with refused(errors.MessageStale, MAIL) as caught:
        read(drp_message(), **changes)
    assert caught.value.facts["place"] == place


@pytest.mark.parametrize("at", [WHEN, WHEN + WINDOW - dt.timedelta(microseconds=1)])
def test_a_message_counts_from_its_first_to_its_last_instant(at: dt.datetime) -> None:
    """From the instant of issue on, and until just before it expires."""
    assert read(drp_message(), at=at).message.submitted == WHEN


def test_claims_of_two_people_are_one_too_many() -> None:
    """A request that means two people concerns neither; one person by two claims is one person."""
    with Guard.in_memory(policy=POLICY) as guard:
        people = People(guard)
        with refused(errors.MessageInvalid, OTHER_MAIL, PHONE):
            read(drp_message(email=OTHER_MAIL, phone_number=PHONE), people.find)
        assert read(drp_message(phone_number=PHONE), people.find).message.subject.pseudonym == people.li.pseudonym


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"agent-id": None}, "agent-id"),
        ({"business-id": 7}, "business-id"),
        ({"issued-at": None}, "issued-at"),
        ({"expires-at": MAIL}, "expires-at"),
        ({"expires-at": "2026-11-02T15:10:00"}, "expires-at"),
        ({"drp.version": "0.9"}, "drp.version"),
        ({"drp.version": None}, "drp.version"),
        ({"exercise": "sale:opt_out"}, "exercise"),
        ({"exercise": None}, "exercise"),
        ({"regime": "gdpr"}, "regime"),
        ({"email": [MAIL]}, "email"),
        ({"name": ""}, "name"),
        ({"agent-request-id": MAIL}, "agent-request-id"),
        ({"agent-request-id": "Li Lei"}, "agent-request-id"),
        ({"agent-request-id": "7" * 129}, "agent-request-id"),
        ({"status_callback": [MAIL]}, "status_callback"),
    ],
)
def test_a_request_of_another_form_is_refused_without_quoting_it(changes: dict[str, Any], place: str) -> None:
    """The error names the field and nothing that stood in it."""
    with refused(errors.MessageInvalid, MAIL) as caught:
        read(drp_message(**changes))
    assert caught.value.facts["place"] == place


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=6, max_size=20), st.data())
def test_no_value_of_a_claim_stays(value: str, data: st.DataObject) -> None:
    """Whether a request is read or refused: the value of the person is in nothing that it gives, shows or raises."""
    claim = data.draw(st.sampled_from(["name", "email", "phone_number"]))
    spoilt = data.draw(st.sampled_from(["", "exercise", "issued-at", "regime", "drp.version"]))
    text = drp_message(**{claim: value}, **({spoilt: value} if spoilt else {}))
    if not spoilt:
        request, lost = read(text)
        assert value not in shows(request) + repr(lost)
        return
    with refused(errors.MessageInvalid, value):
        read(text)


@given(
    st.sampled_from(sorted(MAPPED, key=lambda kind: kind.value)),
    times,
    st.sampled_from(["", "request-7"]),
    st.sampled_from(["", "ccpa"]),
    st.sampled_from(["", "https://agent.example/status"]),
    st.sampled_from(["email", "phone_number"]),
)
def test_a_request_comes_back_but_for_what_was_lost(  # noqa: PLR0917
    kind: RequestKind, issued: dt.datetime, reference: str, regime: str, callback: str, claim: str
) -> None:
    """What we write keeps the schema, and reading it gives what was written."""
    value = MAIL if claim == "email" else PHONE
    with Guard.in_memory(policy=POLICY) as guard:
        people = People(guard)
        text, lost = drp_request(
            kind,
            agent="AGENT",
            business="SHOP",
            identities=[Identity(claim, value)],
            issued=issued,
            expires=issued + WINDOW,
            reference=reference,
            regime=regime,
            callback=callback,
        )
        valid("drp", text, "request")
        request = read(text, people.find, at=issued).message
        assert (request.kind is kind) or "kind" in lost
        assert (request.submitted, request.reference, request.regime) == (issued, reference, regime)
        assert request.callbacks == ((callback,) if callback else ())
        assert request.subject.pseudonym == people.li.pseudonym


@pytest.mark.parametrize("kind", RequestKind)
def test_every_kind_has_a_counterpart_or_a_refusal(kind: RequestKind) -> None:
    """No kind of request falls through: it is written, or the error says that the protocol has no word for it."""
    facts: dict[str, Any] = {
        "agent": "AGENT",
        "business": "SHOP",
        "identities": [Identity("email", MAIL)],
        "issued": WHEN,
        "expires": WHEN + WINDOW,
    }
    if kind in MAPPED:
        assert valid("drp", drp_request(kind, **facts).message, "request")["email"] == MAIL
        return
    with refused(errors.MessageUnmapped, MAIL):
        drp_request(kind, **facts)


@pytest.mark.parametrize(
    "changes",
    [
        {"identities": [Identity("address", MAIL)]},
        {"identities": [Identity("email", MAIL, form="sha256")]},
        {"regime": "gdpr"},
        {"issued": WHEN.replace(tzinfo=None)},
    ],
)
def test_no_request_is_written_that_the_protocol_forbids(changes: dict[str, Any]) -> None:
    """Claims, laws and times that it does not know are refused before anything is written."""
    facts: dict[str, Any] = {
        "agent": "AGENT",
        "business": "SHOP",
        "identities": [Identity("email", MAIL)],
        "issued": WHEN,
        "expires": WHEN + WINDOW,
    } | changes
    with refused(errors.MessageInvalid, MAIL):
        drp_request(RequestKind.DELETE, **facts)


# ── Statuses ──────────────────────────────────────────────────────────────────────────────────────────────


@given(st.sampled_from(RequestState), st.sampled_from(RefusalGround), times, st.sampled_from(["", "request-7"]))
def test_a_status_comes_back_but_for_what_was_lost(
    state: RequestState, ground: RefusalGround, at: dt.datetime, reference: str
) -> None:
    """Every state and every ground has a word; where several share one, that is said."""
    refusal = ground if state is RequestState.REFUSED else None
    text, lost = drp_status(
        state,
        request_id="r-1",
        received=at,
        expected=at + dt.timedelta(days=15),
        refusal=refusal,
        reference=reference,
        results_url="https://shop.example/results",
    )
    form = valid("drp", text, "status")
    assert form.get("agent_request_id", "") == reference
    status, _ = read_drp_status(text)
    assert (status.state is state) == ("state" not in lost)
    assert (status.refusal is refusal) == ("refusal" not in lost)
    assert (status.reference, status.expected) == ("r-1", at + dt.timedelta(days=15))
    assert status.results == "https://shop.example/results"


REASONS = {
    "suspected_fraud": RefusalGround.BAD_FAITH,
    "insuf_verification": RefusalGround.IDENTITY,
    "too_many_requests": RefusalGround.REPEATED,
    "no_match": None,
    "claim_not_covered": None,
    "outside_jurisdiction": None,
    "other": None,
}


@pytest.mark.parametrize(("reason", "ground"), REASONS.items())
def test_every_reason_of_the_protocol_is_read(reason: str, ground: RefusalGround | None) -> None:
    """Three of them are grounds of ours; the others are lost, and said to be. Ours are written as the same words."""
    form = {"request_id": "r-1", "received_at": "2026-11-02T15:00:00Z", "status": "denied", "reason": reason}
    status, lost = read_drp_status(json.dumps(form))
    assert (status.protocol, status.state, status.refusal) == ("DRP 1.0", RequestState.REFUSED, ground)
    assert ("reason" in lost) == (ground is None)
    if ground is not None:
        told, _ = drp_status(RequestState.REFUSED, request_id="r-1", received=WHEN, refusal=ground)
        assert json.loads(told)["reason"] == reason


def test_what_a_status_loses_is_named() -> None:
    """The agent's own id, details in words, and times that we lack."""
    facts: dict[str, Any] = {"request_id": "r-1", "received": WHEN, "expected": WHEN, "reference": "request-7"}
    denied, _ = drp_status(RequestState.REFUSED, refusal=RefusalGround.REPEATED, expires=WHEN, **facts)
    waiting, _ = drp_status(RequestState.RECEIVED, verification_url="https://shop.example/verify", **facts)
    assert read_drp_status(denied).lost == ("agent_request_id", "expires_at", "processing_details", "received_at")
    assert read_drp_status(waiting).lost == ("agent_request_id", "received_at", "user_verification_url")


def test_what_a_request_loses_is_named() -> None:
    """Every claim and field of the protocol that our words have no place for."""
    more = {"phone_number_verified": True, "address": {}, "address_verified": False, "power_of_attorney": "p-1"}
    names = ("address", "address_verified", "email_verified", "phone_number_verified", "power_of_attorney")
    assert read(drp_message(**more)).lost == ("expires-at", "name", "email", *names, "relationships")


def test_a_person_who_is_not_verified_is_sent_to_a_page() -> None:
    """A request that waits for its person is in progress at the protocol, and received with us."""
    text, _ = drp_status(
        RequestState.RECEIVED,
        request_id="r-1",
        received=WHEN,
        expected=WHEN + WINDOW,
        verification_url="https://shop.example/verify",
    )
    form = valid("drp", text, "status")
    assert (form["status"], form["reason"]) == ("in_progress", "need_user_verification")
    assert read_drp_status(text).message.state is RequestState.RECEIVED


def test_nobody_found_is_a_reason_of_its_own() -> None:
    """Claims that mean nobody are denied as no match, which is no ground of ours."""
    text, _ = drp_status(RequestState.REFUSED, request_id="r-1", received=WHEN, no_match=True)
    assert valid("drp", text, "status")["reason"] == "no_match"
    status, lost = read_drp_status(text)
    assert (status.state, status.refusal) == (RequestState.REFUSED, None)
    assert "reason" in lost


@pytest.mark.parametrize(
    "facts",
    [
        {"state": RequestState.REFUSED},
        {"state": RequestState.FULFILLED, "refusal": RefusalGround.REPEATED},
        {"state": RequestState.RECEIVED, "no_match": True},
        {"state": RequestState.IN_PROGRESS},
        {"state": RequestState.RECEIVED, "verification_url": "https://shop.example/verify"},
        {"state": RequestState.FULFILLED, "received": WHEN.replace(tzinfo=None)},
    ],
)
def test_a_status_fits_itself(facts: dict[str, Any]) -> None:
    """A refusal has a ground and nothing else has one; what is in progress says until when; times have an offset."""
    state = facts.pop("state")
    with pytest.raises(errors.MessageInvalid):
        drp_status(state, **{"request_id": "r-1", "received": WHEN, **facts})


@pytest.mark.parametrize("word", ["revoked", "expired"])
def test_a_request_that_was_dropped_has_no_state_of_ours(word: str) -> None:
    """Revoked and expired requests were never answered: no state, and that is said."""
    text, _ = drp_status(RequestState.RECEIVED, request_id="r-1", received=WHEN)
    status, lost = read_drp_status(json.dumps(json.loads(text) | {"status": word}))
    assert status.state is None
    assert "status" in lost


@pytest.mark.parametrize(
    "change",
    [
        {"status": "done"},
        {"status": "denied", "reason": "mood"},
        {"status": "fulfilled", "reason": "no_match"},
        {"status": "denied", "reason": "need_user_verification"},
        {"status": "in_progress", "reason": "other"},
        {"request_id": None},
        {"expected_by": "soon"},
    ],
)
def test_a_status_that_the_protocol_does_not_know_is_refused(change: dict[str, Any]) -> None:
    """Unknown words, reasons that do not go with the status, and fields of another form."""
    text, _ = drp_status(RequestState.RECEIVED, request_id="r-1", received=WHEN)
    with pytest.raises(errors.MessageInvalid):
        read_drp_status(json.dumps(json.loads(text) | change))
