"""Consent receipts as the Kantara Initiative describes them, version 1.1."""

from __future__ import annotations

import datetime as dt
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Final, cast

from obq_privacy.errors import ReceiptKeyInvalid
from obq_privacy.policy import Kind, purpose_text
from obq_privacy.rights._receipt import (
    Covered,
    Issuer,
    Matter,
    Told,
    matter_of,
    sensitive_categories,
    spelled,
    stamp,
    third_parties,
    told,
)
from obq_privacy.vocab import Category, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.policy import Policy

Form = dict[str, object]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_CATEGORIES: Final = {
    Category.IDENTITY_DOCUMENT: "8 - Official/Government Identifiers",
    Category.BIOMETRIC: "3 - Biometric",
    Category.BANK_ACCOUNT: "7 - Financial",
    Category.PROPERTY: "7 - Financial",
    Category.WHEREABOUTS: "15 - Behavioral",
    Category.TRANSACTION: "7 - Financial",
    Category.CHILD: "Children",
    Category.NAME: "1 - Biographical",
    Category.CONTACT: "2 - Contact",
    Category.ACCOUNT: "5 - Network/Service",
    Category.PROFILE: "1 - Biographical",
    Category.BEHAVIOUR: "15 - Behavioral",
    Category.DEVICE: "11 - Property/Asset",
    Category.LOG: "5 - Network/Service",
    Category.COMMUNICATION: "4 - Communications/Social",
    Category.CONTENT: "4 - Communications/Social",
    Category.ADDRESS_BOOK: "4 - Communications/Social",
    Category.CALENDAR: "15 - Behavioral",
    Category.HEALTH: "6 - Health",
    Category.COOKIE: "5 - Network/Service",
    Category.OTHER: "Other",
}
_KINDS: Final = {
    Kind.BASIC: "1 - Core Function",
    Kind.ADDITIONAL: "2 - Contracted Service",
    Kind.STATUTORY: "12 - Legally Required Data Retention",
}
_NARROWER: Final = {"Marketing": "6 - Marketing", "Advertising": "6 - Marketing"} | {
    "Personalis": "5 - Personalize Experience"
}


def receipt_kantara(
    policy: Policy,
    event: ConsentEvent,
    /,
    *,
    issuer: Issuer,
    born: dt.date | None,
    issued: dt.datetime,
    public_key: bytes,
    history: Iterable[ConsentEvent] = (),
) -> str:
    """Give the receipt of a consent by the Kantara Consent Receipt Specification 1.1, as JSON.

    Pure, and one text for the same arguments. It names the subject by pseudonym and holds no value of anybody. The
    form has no place for what happened later: a purpose that was taken away since says so in its `termination`. See
    `docs/formats/receipts.md`.

    Args:
        policy: the version under which the consent was given, with a contact that says where it is published.
        event: the event that made the consent.
        issuer: what the policy does not say of the controller.
        born: the subject's birth date (`Subject.standing.born`), None where it is not known: whether everything counts
            as sensitive follows from it, as the policy says. It is not shown.
        issued: when the receipt is made (aware); what happened later is left out.
        public_key: the key that the receipt can be verified with, `ReceiptKey.public`.
        history: events of the subject, in any order.

    Raises:
        ReceiptInvalid: no receipt can be made of this.
        ReceiptKeyInvalid: the key is not one of 32 bytes.
    """
    if not isinstance(cast("object", public_key), bytes) or len(public_key) != 32:
        raise ReceiptKeyInvalid(problem="it is not 32 bytes long")
    matter = matter_of(policy, event, issuer, born)
    became = told(matter, history, issued)
    categories = sensitive_categories(matter)
    form: Form = {
        "version": "KI-CR-v1.1.0",
        "jurisdiction": policy.home_region,
        "consentTimestamp": (event.at - _EPOCH) // dt.timedelta(seconds=1),
        "collectionMethod": event.method or "not stated",
        "consentReceiptID": matter.id,
        "publicKey": urlsafe_b64encode(public_key).rstrip(b"=").decode(),
        "language": issuer.language if event.notice is None else event.notice.language,
        "piiPrincipalId": event.subject,
        "piiControllers": [_controller(matter)],
        "policyUrl": matter.contact.url,
        "services": [_service(matter, became)],
        "sensitive": bool(categories),
        "spiCat": _names(categories),
    }
    return spelled(form)


def _controller(matter: Matter) -> Form:
    issuer = matter.issuer
    form: Form = {
        "piiController": matter.policy.controller,
        "onBehalf": False,
        "contact": matter.contact.department,
        "address": {"streetAddress": issuer.address, "addressCountry": matter.policy.home_region},
        "email": issuer.email,
        "phone": issuer.phone,
    }
    return {**form, "piiControllerUrl": issuer.url} if issuer.url else form


def _service(matter: Matter, became: Told) -> Form:
    return {
        "service": matter.issuer.service or matter.policy.controller,
        "purposes": [_purpose(matter, covered, became) for covered in matter.covered],
    }


def _purpose(matter: Matter, covered: Covered, became: Told) -> Form:
    names = third_parties(covered)
    form: Form = {
        "purpose": purpose_text(covered.purpose) or covered.purpose.title,
        "purposeCategory": [_kind(covered)],
        "consentType": "IMPLICIT" if matter.event.level is Level.GENERAL else "EXPLICIT",
        "piiCategory": _names(item.category for item in covered.items),
        "primaryPurpose": covered.rule.kind is Kind.BASIC,
        "termination": _termination(covered, became),
        "thirdPartyDisclosure": bool(names),
    }
    return {**form, "thirdPartyName": ", ".join(names)} if names else form


def _kind(covered: Covered) -> str:
    """Give the category of a purpose by its kind, or more narrowly by its terms, where it has some."""
    if covered.rule.kind is Kind.ADDITIONAL:
        for part, name in _NARROWER.items():
            if any(part in term for term in covered.terms):
                return name
    return _KINDS[covered.rule.kind]


def _termination(covered: Covered, became: Told) -> str:
    ended = (became.state.ended.get(wider.key) for wider in covered.purpose.lineage)
    kind = became.ended or next(filter(None, ended), None)
    if kind is not None:
        return f"ended: {kind.value}"
    until = became.state.valid_until
    return "until withdrawn" if until is None else f"until {stamp(until)}, or withdrawn before"


def _names(categories: Iterable[Category]) -> list[str]:
    """Give the names of categories once each, in the order of the specification."""
    found = {_CATEGORIES[category] for category in categories}
    return sorted(found, key=_place)


def _place(name: str) -> tuple[int, str]:
    number, _, rest = name.partition(" - ")
    return (int(number), rest) if rest else (100, name)
