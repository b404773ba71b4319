"""OpenDSR 2.0: requests and statuses in both directions, and nothing of a person left behind."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from base64 import b64decode
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_world import (
    MAIL,
    OTHER_MAIL,
    PHONE,
    REFERENCE,
    People,
    identity,
    nobody,
    opendsr_message,
    refused,
    shows,
)
from receipts_world import POLICY, valid

from obq_privacy import Guard, errors
from obq_privacy.rights import (
    Identity,
    RequestKind,
    RequestState,
    opendsr_discovery,
    opendsr_request,
    opendsr_response,
    opendsr_status,
    read_opendsr_request,
    read_opendsr_status,
)

WHEN = dt.datetime(2026, 11, 2, 15, 0, tzinfo=dt.UTC)
MAPPED = {RequestKind.EXPORT, RequestKind.DELETE, RequestKind.CANCEL_ACCOUNT}

times = st.integers(0, 10**14).map(lambda micro: WHEN + dt.timedelta(microseconds=micro))


# ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_read_into_our_words() -> None:
    """Who, what, when, which id, under which law, and where to report; the version is lost."""
    with Guard.in_memory(policy=POLICY) as guard:
        people = People(guard)
        request, lost = read_opendsr_request(opendsr_message(), people.find)
        assert (request.kind, request.subject and request.subject.pseudonym) == (
            RequestKind.DELETE,
            people.li.pseudonym,
        )
        assert (request.reference, request.submitted, request.regime) == (REFERENCE, WHEN, "gdpr")
        assert request.callbacks == ("https://controller.example/callbacks",)
        assert lost == ("api_version",)
        assert people.asked == [("email", "raw")]
        assert request.protocol == "OpenDSR 2.0"
        assert REFERENCE not in repr(request)
        assert "controller.example" not in repr(request)


@pytest.mark.parametrize(
    ("changes", "kind", "lost"),
    [
        ({"subject_request_type": "access"}, RequestKind.EXPORT, ("subject_request_type", "api_version")),
        ({"subject_request_type": "portability"}, RequestKind.EXPORT, ("subject_request_type", "api_version")),
        ({"extensions": {"a.example": {"id": 1}}}, RequestKind.DELETE, ("api_version", "extensions")),
        ({"li.lei@mail.example": 1, "api_version": None}, RequestKind.DELETE, ("unknown fields",)),
        (
            {"subject_identities": [identity(MAIL), identity("x@y")]},
            RequestKind.DELETE,
            ("subject_identities[1]", "api_version"),
        ),
        ({"regulation": None, "status_callback_urls": None}, RequestKind.DELETE, ("api_version",)),
        ({"subject_identities": None, "extensions": {}}, RequestKind.DELETE, ("api_version", "extensions")),
    ],
)
def test_what_has_no_counterpart_is_named(changes: dict[str, Any], kind: RequestKind, lost: tuple[str, ...]) -> None:
    """Fields that the protocol knows by their names; all others together, because their names are somebody else's."""
    with Guard.in_memory(policy=POLICY) as guard:
        read = read_opendsr_request(opendsr_message(**changes), People(guard).find)
    assert (read.message.kind, read.lost) == (kind, lost)


@given(
    st.sampled_from(sorted(MAPPED, key=lambda kind: kind.value)),
    st.uuids(version=4).map(str),
    times,
    st.sampled_from(["gdpr", "ccpa"]),
    st.lists(st.sampled_from(["https://a.example/1", "https://b.example/2"])),
    st.sampled_from([MAIL, PHONE, "nobody@mail.example"]),
)
def test_a_request_comes_back_but_for_what_was_lost(  # noqa: PLR0917
    kind: RequestKind, reference: str, submitted: dt.datetime, regulation: Any, callbacks: list[str], value: str
) -> None:
    """What we write keeps the schema, and reading it gives what was written."""
    with Guard.in_memory(policy=POLICY) as guard:
        people = People(guard)
        text, lost = opendsr_request(
            kind,
            reference=reference,
            submitted=submitted,
            identities=[Identity("email", value)],
            regulation=regulation,
            callbacks=callbacks,
        )
        valid("opendsr", text, "request")
        request, _ = read_opendsr_request(text, people.find)
        assert (request.kind is kind) == (not lost)
        assert (request.reference, request.submitted, request.regime) == (reference, submitted, regulation)
        assert request.callbacks == tuple(callbacks)
        assert (request.subject is None) == (value == "nobody@mail.example")


@pytest.mark.parametrize("kind", RequestKind)
def test_every_kind_has_a_counterpart_or_a_refusal(kind: RequestKind) -> None:
    """No kind of request falls through: it is written, or the error says that the protocol has no word for it."""

    def write() -> tuple[str, tuple[str, ...]]:
        return opendsr_request(
            kind, reference=REFERENCE, submitted=WHEN, identities=[Identity("email", MAIL)], regulation="gdpr"
        )

    if kind in MAPPED:
        assert write()[1] == (("kind",) if kind is RequestKind.CANCEL_ACCOUNT else ())
        return
    with refused(errors.MessageUnmapped, MAIL) as caught:
        write()
    assert caught.value.facts["what"] == kind.value


def test_identities_of_two_people_are_one_too_many() -> None:
    """A request that means two people concerns neither."""
    with Guard.in_memory(policy=POLICY) as guard:
        people = People(guard)
        two = opendsr_message(subject_identities=[identity(MAIL), identity(OTHER_MAIL)])
        with refused(errors.MessageInvalid, MAIL, OTHER_MAIL):
            read_opendsr_request(two, people.find)
        one = opendsr_message(subject_identities=[identity(MAIL), identity(PHONE, "controller_customer_id")])
        assert read_opendsr_request(one, people.find).message.subject is not None


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"subject_request_id": None}, "subject_request_id"),
        ({"subject_request_id": MAIL}, "subject_request_id"),
        ({"subject_request_id": REFERENCE.upper()}, "subject_request_id"),
        ({"subject_request_id": "a7551968-d5d6-14b2-9831-815ac9017798"}, "subject_request_id"),  # version 1
        ({"subject_request_type": None}, "subject_request_type"),
        ({"subject_request_type": MAIL}, "subject_request_type"),
        ({"regulation": "pipl"}, "regulation"),
        ({"submitted_time": None}, "submitted_time"),
        ({"submitted_time": "2026-11-02T15:00:00"}, "submitted_time"),
        ({"submitted_time": MAIL}, "submitted_time"),
        ({"submitted_time": 1790000000}, "submitted_time"),
        ({"subject_identities": None}, "subject_identities"),
        ({"subject_identities": MAIL}, "subject_identities"),
        ({"subject_identities": [MAIL]}, "subject_identities"),
        ({"subject_identities": [identity(MAIL, MAIL)]}, "subject_identities[0].identity_type"),
        ({"subject_identities": [identity(MAIL, form=MAIL)]}, "subject_identities[0].identity_format"),
        ({"subject_identities": [identity(MAIL), identity("")]}, "subject_identities[1].identity_value"),
        ({"subject_identities": [{"identity_value": MAIL}]}, "subject_identities[0].identity_type"),
        ({"status_callback_urls": MAIL}, "status_callback_urls"),
        ({"status_callback_urls": [1, MAIL]}, "status_callback_urls"),
    ],
)
def test_a_request_of_another_form_is_refused_without_quoting_it(changes: dict[str, Any], place: str) -> None:
    """The error names the field and nothing that stood in it; nobody was looked up for a message that is refused."""
    with refused(errors.MessageInvalid, MAIL) as caught:
        read_opendsr_request(opendsr_message(**changes), nobody)
    assert caught.value.facts["place"] == place


@pytest.mark.parametrize(
    "text",
    [
        MAIL,
        "",
        "[]",
        "null",
        f'"{MAIL}"',
        f'{{"a":"{MAIL}","a":1}}',
        f'{{"a":"{MAIL}","b":NaN}}',
        '{"a":' * 100_000,
        "[" * 100_000 + MAIL,
        f'{{"a":"{MAIL}'.encode() + b"\xff",
        '{"a":"' + MAIL + "x" * (1 << 20) + '"}',
        None,
        7,
    ],
)
def test_what_is_no_json_object_is_refused_without_quoting_it(text: Any) -> None:
    """Text, arrays, doubled keys, NaN, depth without end, bytes that are no text, and messages too long to be meant."""
    with refused(errors.MessageInvalid, MAIL):
        read_opendsr_request(text, nobody)
    with refused(errors.MessageInvalid, MAIL):
        read_opendsr_status(text)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=6, max_size=20), st.data())
def test_no_value_of_an_identity_stays(value: str, data: st.DataObject) -> None:
    """Whether a request is read or refused: the value of the person is in nothing that it gives, shows or raises."""
    spoilt = data.draw(st.sampled_from(["", "subject_request_id", "submitted_time", "regulation", "callbacks"]))
    text = opendsr_message(
        subject_identities=[identity(value)], **({spoilt: value} if spoilt in opendsr_message() else {})
    )
    if spoilt in {"", "callbacks"}:
        request, lost = read_opendsr_request(text, nobody)
        assert value not in shows(request) + repr(lost)
        return
    with refused(errors.MessageInvalid, value):
        read_opendsr_request(text, nobody)


def test_an_identity_shows_its_kind_only() -> None:
    """Its repr, its pickles and its copies do not hold the value."""
    one = Identity("email", MAIL)
    assert repr(one) == "Identity(email, raw)"
    assert MAIL not in shows(one)
    assert one.value == MAIL
    for leak in (copy.copy, copy.deepcopy, pickle.dumps):
        with refused(errors.AccidentalUse, MAIL):
            leak(one)


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": "1"},
        {"reference": str(uuid4()).upper()},
        {"submitted": WHEN.replace(tzinfo=None)},
        {"identities": []},
        {"identities": [Identity("phone", PHONE)]},
        {"identities": [Identity("email", MAIL, form="rot13")]},
        {"regulation": "pipl"},
    ],
)
def test_no_request_is_written_that_the_protocol_forbids(changes: dict[str, Any]) -> None:
    """Ids, times, identities and laws that it does not know are refused before anything is written."""
    facts: dict[str, Any] = {
        "reference": REFERENCE,
        "submitted": WHEN,
        "identities": [Identity("email", MAIL)],
        "regulation": "gdpr",
    } | changes
    with refused(errors.MessageInvalid, MAIL, PHONE):
        opendsr_request(RequestKind.DELETE, **facts)


# ── Answers and statuses ──────────────────────────────────────────────────────────────────────────────────


def test_the_answer_repeats_the_request_as_it_came() -> None:
    """Byte for byte, in base64, with both times."""
    body = opendsr_message().encode()
    text = opendsr_response(
        body, reference=REFERENCE, controller_id="c-1", received=WHEN, expected=WHEN + dt.timedelta(days=15)
    )
    form = valid("opendsr", text, "response")
    assert b64decode(form["encoded_request"]) == body
    assert form["expected_completion_time"] == "2026-11-17T15:00:00Z"


@given(
    st.sampled_from(RequestState),
    st.uuids(version=4).map(str),
    times,
    st.sampled_from(["", "https://processor.example/results"]),
    st.none() | st.integers(0, 10**6),
    st.sampled_from(["", "https://controller.example/callbacks"]),
)
def test_a_status_comes_back_but_for_what_was_lost(  # noqa: PLR0917
    state: RequestState, reference: str, expected: dt.datetime, url: str, count: int | None, callback: str
) -> None:
    """Every state has a word; where several share one, or the ground of a refusal goes, that is said."""
    text, lost = opendsr_status(
        state,
        reference=reference,
        controller_id="c-1",
        expected=expected,
        callback=callback,
        results_url=url,
        results_count=count,
    )
    valid("opendsr", text, "callback" if callback else "status")
    status, _ = read_opendsr_status(text)
    assert (status.state is state) == ("state" not in lost)
    assert ("refusal" in lost) == (state is RequestState.REFUSED)
    assert (status.reference, status.expected, status.results) == (reference, expected, url)


def test_what_a_status_loses_is_named() -> None:
    """Ids of the parties, the version, the number of results, and where it was posted."""
    facts: dict[str, Any] = {"reference": REFERENCE, "controller_id": "c", "expected": WHEN, "results_count": 3}
    asked, _ = opendsr_status(RequestState.FULFILLED, **facts)
    posted, _ = opendsr_status(RequestState.FULFILLED, callback="https://controller.example/callbacks", **facts)
    assert read_opendsr_status(asked).lost == ("api_version", "controller_id", "results_count")
    assert read_opendsr_status(posted).lost == ("controller_id", "results_count", "status_callback_url")


@pytest.mark.parametrize("change", [{"request_status": "distributed"}, {"expected_completion_time": None}])
def test_a_status_that_the_protocol_does_not_know_is_refused(change: dict[str, Any]) -> None:
    """An unknown word, or a required time that is missing."""
    text, _ = opendsr_status(RequestState.RECEIVED, reference=REFERENCE, controller_id="c", expected=WHEN)
    with pytest.raises(errors.MessageInvalid):
        read_opendsr_status(json.dumps(json.loads(text) | change))


def test_discovery_says_what_is_understood() -> None:
    """The requests that are read here, and the identities that the application names."""
    form = valid(
        "opendsr", opendsr_discovery("https://shop.example/cert.pem", identities=[("email", "sha256")]), "discovery"
    )
    assert form["supported_identities"] == [{"identity_type": "email", "identity_format": "sha256"}]
    assert form["supported_subject_request_types"] == ["access", "erasure", "portability"]
    valid("opendsr", opendsr_discovery("https://shop.example/cert.pem"), "discovery")
    with pytest.raises(errors.MessageInvalid):
        opendsr_discovery("https://shop.example/cert.pem", identities=[("phone", "raw")])
