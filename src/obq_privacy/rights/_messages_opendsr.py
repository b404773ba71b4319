"""Requests as OpenDSR 2.0 messages (formerly OpenGDPR), between controllers and their processors."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from obq_privacy.errors import MessageInvalid, MessageUnmapped
from obq_privacy.guard._arguments import check_kind
from obq_privacy.rights._answer import RequestState
from obq_privacy.rights._grounds import RequestKind
from obq_privacy.rights._messages import (
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
    from collections.abc import Iterable, Mapping

    from obq_privacy.rights._messages import Fields

OPENDSR: Final = "OpenDSR 2.0"
_VERSION = "2.0"

IDENTITY_TYPES: Final = (
    *("controller_customer_id", "android_advertising_id", "android_id", "email", "fire_advertising_id"),
    *("ios_advertising_id", "ios_vendor_id", "microsoft_advertising_id", "microsoft_publisher_id"),
    *("roku_publisher_id", "roku_advertising_id"),
)
IDENTITY_FORMATS: Final = ("raw", "sha1", "md5", "sha256")
_REGULATIONS: Final = {"gdpr": "gdpr", "ccpa": "ccpa"}

# Fields that the protocol knows and our words have no place for.
_REQUEST: Final = ("api_version", "extensions")
_STATUS: Final = ("controller_id", "api_version", "results_count", "status_callback_url")

_KINDS: Final = {
    "access": RequestKind.EXPORT,
    "portability": RequestKind.EXPORT,
    "erasure": RequestKind.DELETE,
}
_TYPES: Final = {
    RequestKind.EXPORT: ("portability", ()),
    RequestKind.DELETE: ("erasure", ()),
    RequestKind.CANCEL_ACCOUNT: ("erasure", ("kind",)),
}
_STATUSES: Final[Mapping[RequestState, tuple[str, tuple[str, ...]]]] = {
    RequestState.RECEIVED: ("pending", ()),
    RequestState.VERIFIED: ("pending", ("state",)),
    RequestState.IN_PROGRESS: ("in_progress", ()),
    RequestState.FULFILLED: ("completed", ()),
    RequestState.REFUSED: ("cancelled", ("refusal",)),
    RequestState.COMPLAINED: ("in_progress", ("state",)),
}
_STATES: Final = {
    "pending": RequestState.RECEIVED,
    "in_progress": RequestState.IN_PROGRESS,
    "completed": RequestState.FULFILLED,
    "cancelled": RequestState.REFUSED,
}


def read_opendsr_request(message: str | bytes, /, find: Finder) -> Converted[IncomingRequest]:
    """Read the body of `POST /requests`.

    Lost are the identities that mean nobody we know, which of access and portability was asked for, the version, the
    extensions, and whatever the protocol does not know.

    Args:
        message: the body.
        find: finds the person whom an identity means.

    Raises:
        MessageInvalid: it is not such a request, or its identities mean different people. No value is in the error.
    """
    wire = Wire(message)
    del message  # a renderer of tracebacks may show this frame
    fields = parse(OPENDSR, wire)
    reference = _reference(fields)
    kind = fields.one_of("subject_request_type", _KINDS)
    identities = list(enumerate(fields.objects("subject_identities")))
    if not identities and not fields.has("extensions"):
        raise fields.error("subject_identities", "it is missing")
    named = [(f"subject_identities[{at}]", _identity(one)) for at, one in identities]
    subject, nobody = found_among(OPENDSR, "subject_identities", named, find)
    request = IncomingRequest(
        protocol=OPENDSR,
        kind=kind,
        subject=subject,
        submitted=fields.time("submitted_time"),
        reference=reference,
        # The specification requires it, and leaves it out of its own example.
        regime=fields.one_of("regulation", _REGULATIONS) if fields.has("regulation") else "",
        callbacks=fields.texts("status_callback_urls"),
    )
    merged = ("subject_request_type",) if kind is RequestKind.EXPORT else ()
    return Converted(request, (*merged, *nobody, *fields.lost(_REQUEST)))


def opendsr_request(
    kind: RequestKind,
    /,
    *,
    reference: str,
    submitted: dt.datetime,
    identities: Iterable[Identity],
    regulation: Literal["gdpr", "ccpa"],
    callbacks: Iterable[str] = (),
) -> Converted[str]:
    """Give the body of `POST /requests` for a processor. It holds the identities: send it, and keep it nowhere.

    Lost is `kind` where the protocol has no word for all of it: cancelling an account is more than erasure.

    Args:
        kind: what is asked for.
        reference: a version 4 UUID in lower case.
        submitted: when the person asked (aware).
        identities: by what the processor knows the person.
        regulation: one of the two that the protocol knows.
        callbacks: where the processor reports.

    Raises:
        MessageUnmapped: the protocol has no such request.
        MessageInvalid: the reference, an identity or the time does not fit.
    """
    if kind not in _TYPES:
        raise MessageUnmapped(protocol=OPENDSR, what=kind.value)
    word, lost = _TYPES[kind]
    named = list(identities)
    _check_reference(reference)
    if regulation not in _REGULATIONS:
        raise MessageInvalid(protocol=OPENDSR, place="regulation", problem="it is not one of gdpr, ccpa")
    if not named:
        raise MessageInvalid(protocol=OPENDSR, place="subject_identities", problem="it is missing")
    for one in named:
        if one.kind not in IDENTITY_TYPES or one.form not in IDENTITY_FORMATS:
            raise MessageInvalid(protocol=OPENDSR, place="subject_identities", problem="a type or format is unknown")
    form: dict[str, object] = {
        "api_version": _VERSION,
        "regulation": regulation,
        "subject_request_id": reference,
        "subject_request_type": word,
        "submitted_time": instant(OPENDSR, submitted),
        "subject_identities": [
            {"identity_type": one.kind, "identity_value": one.value, "identity_format": one.form} for one in named
        ],
    }
    urls = list(callbacks)
    return Converted(spelled({**form, "status_callback_urls": urls} if urls else form), lost)


def opendsr_response(
    body: bytes, /, *, reference: str, controller_id: str, received: dt.datetime, expected: dt.datetime
) -> str:
    """Give the body of the answer 201 to a request. It repeats the request, as it must: send it, and log it nowhere.

    The signature of the answer stands in a header, and is made with the processor's certificate.

    Args:
        body: the request, as it came.
        reference: its `subject_request_id`.
        controller_id: the name of the controller at the processor.
        received: when it came (aware).
        expected: when it will be fulfilled (aware).

    Raises:
        ArgumentInvalid: the body is not bytes.
    """
    check_kind("body", body, bytes)
    _check_reference(reference)
    return spelled(
        {
            "controller_id": controller_id,
            "encoded_request": b64encode(body).decode("ascii"),
            "expected_completion_time": instant(OPENDSR, expected),
            "received_time": instant(OPENDSR, received),
            "subject_request_id": reference,
        }
    )


def opendsr_status(
    state: RequestState,
    /,
    *,
    reference: str,
    controller_id: str,
    expected: dt.datetime,
    callback: str = "",
    results_url: str = "",
    results_count: int | None = None,
) -> Converted[str]:
    """Give the status of a request: the answer to `GET /requests/{id}`, or with `callback` what is posted there.

    Lost is `refusal`, because the protocol has no refusals and so no grounds (`cancelled`), and `state` where several
    of ours have one word.
    """
    word, lost = _STATUSES[state]
    _check_reference(reference)
    form: dict[str, object] = {
        "controller_id": controller_id,
        "expected_completion_time": instant(OPENDSR, expected),
        "request_status": word,
        "subject_request_id": reference,
    }
    if callback:
        form["status_callback_url"] = callback
    else:
        form["api_version"] = _VERSION
    if results_url:
        form["results_url"] = results_url
    if results_count is not None:
        form["results_count"] = results_count
    return Converted(spelled(form), lost)


def read_opendsr_status(message: str | bytes, /) -> Converted[RemoteStatus]:
    """Read a status or a callback of a processor. Lost are the ids of the parties and the number of results.

    Raises:
        MessageInvalid: it is not such a message.
    """
    wire = Wire(message)
    del message
    fields = parse(OPENDSR, wire)
    status = RemoteStatus(
        protocol=OPENDSR,
        reference=_reference(fields),
        state=fields.one_of("request_status", _STATES),
        expected=fields.time("expected_completion_time"),
        results=fields.text("results_url", needed=False),
    )
    return Converted(status, fields.lost(_STATUS))


def opendsr_discovery(certificate: str, /, *, identities: Iterable[tuple[str, str]] = ()) -> str:
    """Give the answer to `GET /discovery`: which requests and identities are understood here.

    Args:
        certificate: https address of the certificate that answers are signed with.
        identities: pairs of identity type and format; without any the controller's own id of the person, raw.

    Raises:
        MessageInvalid: a type or format is none of the protocol.
    """
    pairs = list(identities) or [("controller_customer_id", "raw")]
    if not all(kind in IDENTITY_TYPES and form in IDENTITY_FORMATS for kind, form in pairs):
        raise MessageInvalid(protocol=OPENDSR, place="supported_identities", problem="a type or format is unknown")
    return spelled(
        {
            "api_version": _VERSION,
            "processor_certificate": certificate,
            "supported_identities": [{"identity_type": kind, "identity_format": form} for kind, form in pairs],
            "supported_subject_request_types": sorted(_KINDS),
        }
    )


def _identity(fields: Fields) -> Identity:
    kind = fields.one_of("identity_type", {name: name for name in IDENTITY_TYPES})
    form = fields.one_of("identity_format", {name: name for name in IDENTITY_FORMATS})
    return Identity(kind, fields.text("identity_value"), form=form)


def _reference(fields: Fields) -> str:
    reference = fields.text("subject_request_id")
    if _is_reference(reference):
        return reference
    del reference  # it may be anything, and a renderer of tracebacks may show this frame
    raise fields.error("subject_request_id", "it is not a version 4 UUID in lower case")


def _check_reference(reference: str) -> None:
    if not _is_reference(reference):
        raise MessageInvalid(
            protocol=OPENDSR, place="subject_request_id", problem="it is not a version 4 UUID in lower case"
        )


def _is_reference(text: str) -> bool:
    try:
        known = UUID(text)
    except ValueError:
        return False
    return known.version == 4 and str(known) == text
