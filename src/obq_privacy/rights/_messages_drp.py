"""Requests as messages of the Data Rights Protocol 1.0, between authorised agents and the business."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final

from obq_privacy.errors import ArgumentInvalid, MessageForged, MessageInvalid, MessageStale, MessageUnmapped
from obq_privacy.rights._answer import RequestState
from obq_privacy.rights._grounds import RefusalGround, RequestKind
from obq_privacy.rights._messages import (
    LONGEST,
    Converted,
    Finder,
    Identity,
    IncomingRequest,
    RemoteStatus,
    Wire,
    found_among,
    instant,
    parse,
)
from obq_privacy.rights._receipt import spelled

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.rights._messages import Fields

DRP: Final = "DRP 1.0"
_VERSION = "1.0"
_SIGNATURE = 64
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")

CLAIMS: Final = ("name", "email", "phone_number")
"""The claims about a person that are looked up; an address is not, and what says that one was verified is lost."""

# Fields that the protocol knows and our words have no place for.
_REQUEST: Final = (
    *("relationships", "email_verified", "phone_number_verified", "address", "address_verified"),
    "power_of_attorney",
)
_STATUS: Final = ("agent_request_id", "received_at", "processing_details", "user_verification_url", "expires_at")

_KINDS: Final = {
    "access": (RequestKind.EXPORT, ()),
    "access:categories": (RequestKind.EXPORT, ("exercise",)),
    "access:specific": (RequestKind.EXPORT, ("exercise",)),
    "deletion": (RequestKind.DELETE, ()),
    "sale:opt-out": (RequestKind.OBJECT, ("exercise",)),
    "sale:opt-in": (None, ()),
}
_RIGHTS: Final = {
    RequestKind.EXPORT: ("access", ()),
    RequestKind.DELETE: ("deletion", ()),
    RequestKind.CANCEL_ACCOUNT: ("deletion", ("kind",)),
    RequestKind.OBJECT: ("sale:opt-out", ("kind",)),
}
_STATUSES: Final = {
    RequestState.RECEIVED: ("open", ()),
    RequestState.VERIFIED: ("in_progress", ("state",)),
    RequestState.IN_PROGRESS: ("in_progress", ()),
    RequestState.FULFILLED: ("fulfilled", ()),
    RequestState.REFUSED: ("denied", ()),
    RequestState.COMPLAINED: ("in_progress", ("state",)),
}
_STATES: Final = {
    "open": RequestState.RECEIVED,
    "in_progress": RequestState.IN_PROGRESS,
    "fulfilled": RequestState.FULFILLED,
    "denied": RequestState.REFUSED,
    "revoked": None,
    "expired": None,
}
_REASONS: Final = {
    RefusalGround.BAD_FAITH: "suspected_fraud",
    RefusalGround.IDENTITY: "insuf_verification",
    RefusalGround.REPEATED: "too_many_requests",
}
_GROUNDS: Final = {
    **{reason: ground for ground, reason in _REASONS.items()},
    **dict.fromkeys(("no_match", "claim_not_covered", "outside_jurisdiction", "other", "need_user_verification")),
}


def open_drp(body: str | bytes, verify_key: bytes, /) -> bytes:
    """Verify a signed body (base64 of an Ed25519 signature and the message); give the message.

    Args:
        body: the body of a request, as it came.
        verify_key: the 32 bytes of the key that the directory lists for the agent of the bearer token.

    Raises:
        MessageForged: the signature is not valid, or the body is not of that form.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    wire = Wire(body)
    del body
    signed = _decoded(wire)
    valid = False
    try:
        key = Ed25519PublicKey.from_public_bytes(verify_key)
        key.verify(signed[:_SIGNATURE], signed[_SIGNATURE:])
        valid = True
    except (InvalidSignature, ValueError, TypeError):
        valid = False
    if not valid:
        signed = b""  # a renderer of tracebacks may show this frame
        raise MessageForged(protocol=DRP)
    return signed[_SIGNATURE:]


def _decoded(wire: Wire) -> bytes:
    """Give the bytes of a body; none where it is not base64."""
    data = wire.data
    try:
        if isinstance(data, str | bytes) and len(data) <= 2 * LONGEST:
            return b64decode(data.strip(), validate=True)
    except ValueError:
        pass
    return b""


def read_drp_request(
    message: str | bytes, /, find: Finder, *, agent: str, business: str, at: dt.datetime
) -> Converted[IncomingRequest]:
    """Read the verified message of a Data Rights Exercise request; `open_drp` verifies it.

    Lost are the claims that are not looked up or mean nobody we know, whatever says that a claim was verified, the
    relationships, the time at which the message expires, which part of access was asked for, and that an objection was
    to a sale only.

    Args:
        message: what `open_drp` gave.
        find: finds the person whom a claim means: `name`, `email` or `phone_number`.
        agent: the agent of the bearer token.
        business: our id in the directory.
        at: now (aware).

    Raises:
        ArgumentInvalid: `at` is not aware.
        MessageInvalid: it is not such a request, or its claims mean different people. No value is in the error.
        MessageStale: it is of another agent, for another business, not valid yet, or no longer.
        MessageUnmapped: it asks to be sold again, which is a consent and not a request: ask the person.
    """
    wire = Wire(message)
    del message
    fields = parse(DRP, wire)
    _check_addressed(fields, agent, business)
    issued = _check_times(fields, at)
    fields.one_of("drp.version", {_VERSION: _VERSION})
    kind, narrowed = fields.one_of("exercise", _KINDS)
    if kind is None:
        raise MessageUnmapped(protocol=DRP, what="sale:opt-in")
    named = [(name, Identity(name, fields.text(name))) for name in CLAIMS if fields.has(name)]
    subject, nobody = found_among(DRP, "claims", named, find)
    callback = fields.text("status_callback", needed=False)
    request = IncomingRequest(
        protocol=DRP,
        kind=kind,
        subject=subject,
        submitted=issued,
        reference=_reference(fields),
        regime=fields.one_of("regime", {"ccpa": "ccpa"}) if fields.has("regime") else "",
        callbacks=(callback,) if callback else (),
    )
    return Converted(request, (*narrowed, "expires-at", *nobody, *fields.lost(_REQUEST)))


def _reference(fields: Fields) -> str:
    """Take the agent's id of the request, which ends up in records: a name for it, and not for the person."""
    reference = fields.text("agent-request-id", needed=False)
    if not reference or _ID.match(reference):
        return reference
    del reference  # it may be anything, and a renderer of tracebacks may show this frame
    raise fields.error("agent-request-id", "it is not an identifier of at most 128 letters, digits and . _ : -")


def _check_addressed(fields: Fields, agent: str, business: str) -> None:
    if fields.text("agent-id") != agent:
        raise MessageStale(protocol=DRP, place="agent-id", problem="it is of another agent than the bearer token")
    if fields.text("business-id") != business:
        raise MessageStale(protocol=DRP, place="business-id", problem="it is for another business")


def _check_times(fields: Fields, at: dt.datetime) -> dt.datetime:
    """Check that the message is valid now: not before it was issued, and before it expires."""
    if at.utcoffset() is None:
        raise ArgumentInvalid(argument="at", problem="it is aware")
    issued, expires = fields.time("issued-at"), fields.time("expires-at")
    if at < issued:
        raise MessageStale(protocol=DRP, place="issued-at", problem="it was issued in the future")
    if at >= expires:
        raise MessageStale(protocol=DRP, place="expires-at", problem="it has expired")
    return issued


def drp_request(
    kind: RequestKind,
    /,
    *,
    agent: str,
    business: str,
    identities: Iterable[Identity],
    issued: dt.datetime,
    expires: dt.datetime,
    reference: str = "",
    regime: str = "",
    callback: str = "",
) -> Converted[str]:
    """Give the message of a Data Rights Exercise request, unsigned. It holds the claims: send it, keep it nowhere.

    Lost is `kind` where the protocol has no word for all of it: cancelling an account is more than deletion, and an
    objection more than opting out of sale.

    Raises:
        MessageUnmapped: the protocol has no such right.
        MessageInvalid: an identity is not a claim in the clear, or of the kind of another, or a time is not aware.
    """
    if kind not in _RIGHTS:
        raise MessageUnmapped(protocol=DRP, what=kind.value)
    right, lost = _RIGHTS[kind]
    claims = list(identities)
    if any(one.kind not in CLAIMS or one.form != "raw" for one in claims):
        raise MessageInvalid(protocol=DRP, place="claims", problem="one is not a name, email or phone_number")
    if len({one.kind for one in claims}) < len(claims):
        raise MessageInvalid(protocol=DRP, place="claims", problem="the protocol has room for one of a kind")
    if regime not in {"", "ccpa"}:
        raise MessageInvalid(protocol=DRP, place="regime", problem="it is not ccpa")
    form: dict[str, object] = {
        "agent-id": agent,
        "business-id": business,
        "drp.version": _VERSION,
        "exercise": right,
        "expires-at": instant(DRP, expires),
        "issued-at": instant(DRP, issued),
        **{one.kind: one.value for one in claims},
    }
    further = {"agent-request-id": reference, "regime": regime, "status_callback": callback}
    return Converted(spelled({**form, **{name: text for name, text in further.items() if text}}), lost)


def drp_status(
    state: RequestState,
    /,
    *,
    request_id: str,
    received: dt.datetime,
    expected: dt.datetime | None = None,
    refusal: RefusalGround | None = None,
    no_match: bool = False,
    reference: str = "",
    verification_url: str = "",
    results_url: str = "",
    expires: dt.datetime | None = None,
) -> Converted[str]:
    """Give the status of a request, for the answer to any of the endpoints and for the status callback.

    Lost is `state` where several of ours have one word, and `refusal` where the protocol has only `other` for the
    ground; `processing_details` says it in words.

    Args:
        state: where it stands.
        request_id: our id of the request.
        received: when it came (aware).
        expected: until when there will be an answer (aware); a request in progress needs it.
        refusal: of a refused one: the ground.
        no_match: of a refused one: nobody was found whom the claims mean.
        reference: the agent's id of the request, where it gave one.
        verification_url: of a received one: where the person can show who they are.
        results_url: of a fulfilled one: where the result is.
        expires: until when the record of the request, or its result, is there (aware).

    Raises:
        MessageInvalid: the state and what goes with it do not fit each other, or a time is not aware.
    """
    word, lost = _STATUSES[state]
    form: dict[str, object] = {"received_at": instant(DRP, received), "request_id": request_id, "status": word}
    if state is RequestState.RECEIVED and verification_url:
        form |= {"status": "in_progress", "reason": "need_user_verification"}
        form["user_verification_url"] = verification_url
    if form["status"] == "in_progress" and expected is None:
        raise MessageInvalid(protocol=DRP, place="expected_by", problem="a request in progress needs it")
    if (state is RequestState.REFUSED) != (no_match or refusal is not None):
        raise MessageInvalid(protocol=DRP, place="reason", problem="a refusal needs a ground, and nothing else has one")
    if no_match:
        form |= {"reason": "no_match", "processing_details": "We hold nothing that these claims lead to."}
    elif refusal is not None:
        form |= {"reason": _REASONS.get(refusal, "other"), "processing_details": refusal.says}
        lost = lost if refusal in _REASONS else ("refusal",)
    further = {
        "agent_request_id": reference,
        "expected_by": "" if expected is None else instant(DRP, expected),
        "expires_at": "" if expires is None else instant(DRP, expires),
        "results_url": results_url,
    }
    return Converted(spelled({**form, **{name: text for name, text in further.items() if text}}), lost)


def read_drp_status(message: str | bytes, /) -> Converted[RemoteStatus]:
    """Read where a request stands at a business. Lost are its own id, details in free text and times that we lack.

    Lost is `status` where the request was revoked or has expired, and `reason` where we have no such ground.

    Raises:
        MessageInvalid: it is not such a message.
    """
    wire = Wire(message)
    del message
    fields = parse(DRP, wire)
    state = fields.one_of("status", _STATES)
    refusal: RefusalGround | None = None
    lost: tuple[str, ...] = () if state is not None else ("status",)
    if fields.has("reason"):
        waiting = fields.text("reason") == "need_user_verification"
        refusal = fields.one_of("reason", _GROUNDS)
        if waiting != (state is RequestState.IN_PROGRESS) or (not waiting and state is not RequestState.REFUSED):
            raise fields.error("reason", "it does not go with the status")
        state = RequestState.RECEIVED if waiting else state
        lost = lost if waiting or refusal is not None else ("reason",)
    status = RemoteStatus(
        protocol=DRP,
        reference=fields.text("request_id"),
        state=state,
        refusal=refusal,
        expected=fields.time_or_none("expected_by"),
        results=fields.text("results_url", needed=False),
    )
    return Converted(status, (*lost, *fields.lost(_STATUS)))
