"""What the tests of messages share: people with recognisable values, and a watch on what errors show."""

from __future__ import annotations

import json
import traceback
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import obq_privacy
from obq_privacy import Guard, Subject, errors

if TYPE_CHECKING:
    from collections.abc import Generator

    from obq_privacy.rights import Identity

LIBRARY = str(Path(obq_privacy.__file__).parent)
MAIL = "li.lei@mail.example"
PHONE = "+8613800138000"
OTHER_MAIL = "han.meimei@mail.example"
REFERENCE = "a7551968-d5d6-44b2-9831-815ac9017798"
AGENT = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFY_KEY = AGENT.public_key().public_bytes_raw()


class People:
    """Two people whom an application knows by mail and telephone."""

    def __init__(self, guard: Guard) -> None:
        self.li = guard.subject("li")
        self.han = guard.subject("han")
        self.asked: list[tuple[str, str]] = []
        self._known = {MAIL: self.li, PHONE: self.li, OTHER_MAIL: self.han}

    def find(self, identity: Identity) -> Subject | None:
        """Find a person."""
        self.asked.append((identity.kind, identity.form))
        return self._known.get(identity.value)


def nobody(identity: Identity) -> None:
    """Find nobody."""


@contextmanager
def refused(kind: type[errors.PrivacyError], *values: str) -> Generator[pytest.ExceptionInfo[errors.PrivacyError]]:
    """Expect an error in which none of the values stands: not in it, its causes, or the frames of the library."""
    with pytest.raises(kind) as caught:
        yield caught
    shown = list(traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack)
    inside = [str(frame.locals) for frame in shown if frame.filename.startswith(LIBRARY)]
    said = [
        repr(caught.value),
        str(caught.value),
        repr(caught.value.__context__),
        repr(caught.value.__cause__),
        *inside,
    ]
    for value in values:
        assert not any(value in text for text in said), said


def shows(thing: object) -> str:
    """Give everything that a thing shows of itself."""
    fields = [repr(getattr(thing, name, "")) for name in dir(thing) if not name.startswith("__")]
    return " ".join([repr(thing), str(thing), *fields])


def identity(value: str, kind: str = "email", form: str = "raw") -> dict[str, str]:
    return {"identity_type": kind, "identity_value": value, "identity_format": form}


def opendsr_message(**changes: Any) -> str:
    """Give a request as a controller sends one; a change to None leaves the field out."""
    form: dict[str, Any] = {
        "regulation": "gdpr",
        "subject_request_id": REFERENCE,
        "subject_request_type": "erasure",
        "submitted_time": "2026-11-02T15:00:00Z",
        "subject_identities": [identity(MAIL)],
        "api_version": "2.0",
        "status_callback_urls": ["https://controller.example/callbacks"],
    } | changes
    return json.dumps({name: value for name, value in form.items() if value is not None})


def drp_message(**changes: Any) -> str:
    """Give a message as an agent sends one; a change to None leaves the field out."""
    form: dict[str, Any] = {
        "agent-id": "AGENT",
        "business-id": "SHOP",
        "issued-at": "2026-11-02T15:00:00Z",
        "expires-at": "2026-11-02T15:10:00+00:00",
        "agent-request-id": "request-7",
        "drp.version": "1.0",
        "exercise": "deletion",
        "regime": "ccpa",
        "relationships": ["customer"],
        "status_callback": "https://agent.example/status",
        "name": "Li Lei of Canary Row",
        "email": MAIL,
        "email_verified": True,
    }
    form |= changes
    return json.dumps({name: value for name, value in form.items() if value is not None})


def signed(text: str, key: Ed25519PrivateKey = AGENT) -> bytes:
    return b64encode(key.sign(text.encode()) + text.encode())
