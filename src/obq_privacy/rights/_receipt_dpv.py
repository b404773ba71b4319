"""Consent receipts as ISO/IEC TS 27560 describes them, in the words of the W3C Data Privacy Vocabulary."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from obq_privacy.consent import EventKind
from obq_privacy.policy import purpose_text
from obq_privacy.rights._receipt import Covered, Happened, Issuer, Matter, Told, matter_of, spelled, stamp, told
from obq_privacy.vocab import Category, Level, Operation, RecipientKind, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.consent import ConsentEvent
    from obq_privacy.policy import Policy, Retention
    from obq_privacy.vocab import AnyItem, AnyRecipient

Form = dict[str, object]

PREFIXES: Final = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"
_CONTROLLER, _CONTACT = "_:controller", "_:contact"

# Without these a reader of JSON-LD takes the names of terms, addresses and times for plain text.
_TIMES = ("dct:created", "dct:date", "dpv:isIndicatedAtTime")
_TERMS = (
    *("dct:conformsTo", "dct:publisher", "schema:contactPoint", "schema:recipient", "schema:url", "skos:broader"),
    *("dpv:hasDataController", "dpv:hasJurisdiction", "dpv:hasLegalBasis", "dpv:hasLocation", "dpv:hasNecessity"),
    *("dpv:hasProcessing", "dpv:hasPurpose", "dpv:hasRecipient", "dpv:isExercisedAt", "dpv:isIndicatedBy"),
)

_CATEGORIES: Final = {
    Category.IDENTITY_DOCUMENT: "pd:OfficialID",
    Category.BIOMETRIC: "pd:Biometric",
    Category.BANK_ACCOUNT: "pd:FinancialAccount",
    Category.PROPERTY: "pd:Ownership",
    Category.WHEREABOUTS: "pd:Location",
    Category.TRANSACTION: "pd:Transaction",
    Category.CHILD: "dpv:SensitivePersonalData",
    Category.NAME: "pd:Name",
    Category.CONTACT: "pd:Contact",
    Category.ACCOUNT: "pd:AccountIdentifier",
    Category.PROFILE: "pd:Profile",
    Category.BEHAVIOUR: "pd:Behavioural",
    Category.DEVICE: "pd:DeviceBased",
    Category.LOG: "pd:Tracking",
    Category.COMMUNICATION: "pd:Communication",
    Category.CONTENT: "pd:Communication",
    Category.ADDRESS_BOOK: "pd:SocialNetwork",
    Category.CALENDAR: "pd:Behavioural",
    Category.HEALTH: "pd:Health",
    Category.COOKIE: "pd:Tracking",
    Category.OTHER: "dpv:PersonalData",
}
_OPERATIONS: Final = {
    Operation.COLLECT: ("dpv:Collect", "dpv:Store"),
    Operation.USE: ("dpv:Use",),
    Operation.SHARE: ("dpv:Share",),
    Operation.TRANSFER: ("dpv:Transfer",),
    Operation.DISCLOSE: ("dpv:Disclose",),
}
_LEVELS: Final = {
    Level.GENERAL: "dpv:InformedConsent",
    Level.EXPRESS: "dpv:ExpressedConsent",
    Level.SEPARATE: "dpv:ExplicitlyExpressedConsent",
}
_STATES: Final = {
    EventKind.REQUEST: "dpv:ConsentRequested",
    EventKind.GRANT: "dpv:ConsentGiven",
    EventKind.CHOOSE: "dpv:ConsentGiven",
    EventKind.ATTEST: "dpv:ConsentGiven",
    EventKind.RENEW: "dpv:RenewedConsentGiven",
    EventKind.REFUSE: "dpv:ConsentRefused",
    EventKind.WITHDRAW: "dpv:ConsentWithdrawn",
    EventKind.CLOSE: "dpv:ConsentWithdrawn",
    EventKind.EXPIRE: "dpv:ConsentExpired",
    EventKind.INVALIDATE: "dpv:ConsentInvalidated",
    EventKind.SUCCEED: "dpv:ConsentRevoked",
}
_RECIPIENTS: Final = {
    RecipientKind.CONTROLLER: "dpv:DataController",
    RecipientKind.AFFILIATE: "dpv:Recipient",
    RecipientKind.PARTNER: "dpv:DataProcessor",
    RecipientKind.THIRD_PARTY: "dpv:ThirdParty",
    RecipientKind.PUBLIC: "dpv:Recipient",
}


def receipt_27560(
    policy: Policy,
    event: ConsentEvent,
    /,
    *,
    issuer: Issuer,
    born: dt.date | None,
    issued: dt.datetime,
    history: Iterable[ConsentEvent] = (),
) -> str:
    """Give the receipt of a consent by ISO/IEC TS 27560:2023, as JSON-LD with terms of the DPV.

    Pure, and one text for the same arguments. It names the subject by pseudonym and holds no value of anybody. See
    `docs/formats/receipts.md`.

    Args:
        policy: the version under which the consent was given, with a contact that says where it is published.
        event: the event that made the consent.
        issuer: what the policy does not say of the controller.
        born: the subject's birth date (`Subject.standing.born`), None where it is not known: whether everything counts
            as sensitive follows from it, as the policy says. It is not shown.
        issued: when the receipt is made (aware); what happened later is left out.
        history: events of the subject, in any order; those about this consent make its history, others are passed
            over.

    Raises:
        ReceiptInvalid: no receipt can be made of this.
    """
    matter = matter_of(policy, event, issuer, born)
    became = told(matter, history, issued)
    form: Form = {
        "@context": _context(),
        "@id": f"urn:uuid:{matter.id}#receipt",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": f"{_PROFILE}receipt",
        "dct:created": stamp(issued),
        "dct:identifier": matter.id,
        "dct:publisher": _CONTROLLER,
        "dpv:hasIdentifier": matter.id,
        "dpv:hasRecordOfActivity": _record(matter, became, issued),
        "schema:recipient": "dpv:DataSubject",
    }
    return spelled(form)


def _context() -> Form:
    form: Form = {term: {"@type": "@id"} for term in _TERMS}
    return {**PREFIXES, **form, **{term: {"@type": "xsd:dateTime"} for term in _TIMES}}


def _record(matter: Matter, became: Told, issued: dt.datetime) -> Form:
    event, notice = matter.event, matter.event.notice
    language = matter.issuer.language if notice is None else notice.language
    shown: Form = {"@type": "dpv:ConsentNotice", "dct:language": language, "schema:url": matter.contact.url}
    if notice is not None:
        shown |= {"dct:date": stamp(notice.shown), "dct:identifier": f"sha256:{notice.digest}"}
    statuses = [_status(one) for one in became.happened]
    until = became.state.valid_until
    if until is not None and until <= issued and not became.over:
        statuses = sorted([*statuses, _expired(until)], key=lambda status: str(status["dpv:isIndicatedAtTime"]))
    return {
        "@id": f"urn:uuid:{matter.id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": f"{_PROFILE}record",
        "dct:identifier": matter.id,
        "dct:source": f"{event.id} under version {event.version}",
        "dpv:hasConsentStatus": statuses,
        "dpv:hasDataController": _CONTROLLER,
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": event.subject},
        "dpv:hasEntity": _entities(matter),
        "dpv:hasIdentifier": matter.id,
        "dpv:hasJurisdiction": f"loc:{matter.policy.home_region}",
        "dpv:hasNotice": shown,
        "dpv:hasProcess": [_process(matter, covered) for covered in matter.covered],
    }


# ── What happened ─────────────────────────────────────────────────────────────────────────────────────────


def _status(one: Happened) -> Form:
    event = one.event
    state = _STATES[event.kind]
    form: Form = {
        "@type": [state, _LEVELS[event.level]] if event.kind.consents else [state],
        "dpv:hasDuration": _lasting(event),
        "dpv:isIndicatedAtTime": stamp(event.at),
        "dpv:isIndicatedBy": _actor(event),
    }
    if event.method:
        form["dpv:hasIndicationMethod"] = event.method
    if one.purposes:
        form["dct:subject"] = list(one.purposes)
    return form


def _lasting(event: ConsentEvent) -> Form:
    if event.valid_until is not None:
        return {"@type": "dpv:UntilTimeDuration", "rdf:value": stamp(event.valid_until)}
    until = "consent is withdrawn" if not event.kind.ends else "consent is given anew"
    if event.kind is EventKind.REQUEST:
        until = "it is answered"
    return {"@type": "dpv:UntilEventDuration", "rdf:value": until}


def _actor(event: ConsentEvent) -> object:
    if event.kind in {EventKind.REQUEST, EventKind.EXPIRE, EventKind.INVALIDATE, EventKind.SUCCEED}:
        return _CONTROLLER
    if event.kind is EventKind.ATTEST:
        return {"@type": "dpv:Entity", "dct:identifier": event.actor}
    if event.by_guardian:
        return {"@type": "dpv:GuardianOfDataSubject", "dct:identifier": event.actor}
    return "dpv:DataSubject"


def _expired(at: dt.datetime) -> Form:
    return {
        "@type": ["dpv:ConsentExpired"],
        "dpv:hasDuration": {"@type": "dpv:UntilEventDuration", "rdf:value": "consent is given anew"},
        "dpv:isIndicatedAtTime": stamp(at),
        "dpv:isIndicatedBy": _CONTROLLER,
    }


# ── What is done with the data ────────────────────────────────────────────────────────────────────────────


def _process(matter: Matter, covered: Covered) -> Form:
    event = matter.event
    control = matter.issuer.control or matter.contact.url
    operations = [term for operation in event.operations for term in _OPERATIONS[operation]]
    form: Form = {
        "@type": "dpv:Process",
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": control},
        "dpv:hasDataController": _CONTROLLER,
        "dpv:hasJurisdiction": f"loc:{matter.policy.home_region}",
        "dpv:hasLegalBasis": _LEVELS[event.level],
        "dpv:hasPersonalData": [_data(matter, covered, item) for item in covered.items],
        "dpv:hasProcessing": sorted(operations),
        "dpv:hasPurpose": _purpose(covered),
        "dpv:hasRecipient": [_CONTROLLER, *(_name(recipient) for recipient in covered.recipients)],
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight",
            "dct:title": "Right to withdraw consent",
            "dpv:isExercisedAt": control,
        },
        "dpv:hasService": {"@type": "dpv:Service", "dct:title": matter.issuer.service or matter.policy.controller},
        "dpv:hasStorageCondition": [
            _place("Storage", [matter.policy.home_region]),
            *_durations(matter.policy, covered),
        ],
    }
    abroad = list(event.regions)
    return {**form, "dpv:hasProcessingCondition": [_place("Processing", abroad)]} if abroad else form


def _purpose(covered: Covered) -> Form:
    purpose = covered.purpose
    form: Form = {
        "@type": "dpv:Purpose",
        "dct:identifier": purpose.key,
        "dct:title": purpose.title,
        "skos:broader": [_short(term) for term in covered.terms] or ["dpv:Purpose"],
    }
    text = purpose_text(purpose)
    return {**form, "dct:description": text} if text else form


def _data(matter: Matter, covered: Covered, item: AnyItem) -> Form:
    sensitive = matter.child or item.sensitivity is Sensitivity.SENSITIVE
    return {
        "@type": "dpv:SensitivePersonalData" if sensitive else "dpv:PersonalData",
        "dct:identifier": item.key,
        "dct:title": item.title,
        "dpv:hasNecessity": "dpv:Required" if item.key in covered.necessary else "dpv:Optional",
        "skos:broader": [_short(term) for term in item.dpv] or [_CATEGORIES[item.category]],
    }


def _place(what: str, regions: list[str]) -> Form:
    return {"@type": f"dpv:{what}Location", "dpv:hasLocation": [f"loc:{region}" for region in regions]}


def _durations(policy: Policy, covered: Covered) -> list[Form]:
    """Give how long each item is kept for the purpose; without a rule until the subject is erased."""
    found: list[Form] = []
    for item in covered.items:
        rules = [rule for rule in policy.retention if rule.item is item and _applies(rule, covered)]
        for rule in rules:
            whole = rule.keep == dt.timedelta(rule.keep.days)
            value = f"P{rule.keep.days}D" if whole else f"PT{int(rule.keep.total_seconds())}S"
            kept = {"@type": "dpv:TemporalDuration", "rdf:value": value, "skos:note": f"after {rule.after.value}"}
            found.append({"@type": "dpv:StorageDuration", "dct:subject": item.key, "dpv:hasDuration": kept})
        if not rules:
            open_end = {"@type": "dpv:UntilEventDuration", "rdf:value": "the subject is erased"}
            found.append({"@type": "dpv:StorageDuration", "dct:subject": item.key, "dpv:hasDuration": open_end})
    return found


def _applies(rule: Retention, covered: Covered) -> bool:
    return rule.purpose is None or rule.purpose in covered.purpose.lineage


# ── Who has to do with it ─────────────────────────────────────────────────────────────────────────────────


def _entities(matter: Matter) -> list[Form]:
    """Describe the controller and every recipient; whoever has no address of its own is reached through it."""
    issuer = matter.issuer
    contact: Form = {
        "@id": _CONTACT,
        "@type": ["schema:ContactPoint", "schema:PostalAddress"],
        "schema:addressCountry": matter.policy.home_region,
        "schema:contactType": matter.contact.department,
        "schema:email": issuer.email,
        "schema:streetAddress": issuer.address,
        "schema:telephone": issuer.phone,
    }
    controller: Form = {
        "@id": _CONTROLLER,
        "@type": "dpv:DataController",
        "dpv:hasIdentifier": matter.policy.controller,
        "dpv:hasName": matter.policy.controller,
        "schema:contactPoint": contact,
        "schema:url": issuer.url or matter.contact.url,
    }
    known = {recipient.key: recipient for covered in matter.covered for recipient in covered.recipients}
    return [controller, *(_entity(known[key]) for key in sorted(known))]


def _entity(recipient: AnyRecipient) -> Form:
    return {
        "@id": _name(recipient),
        "@type": _RECIPIENTS[recipient.standing],
        "dpv:hasIdentifier": recipient.key,
        "dpv:hasLocation": f"loc:{recipient.region}",
        "dpv:hasName": recipient.title,
        "schema:contactPoint": _CONTACT,
    }


def _name(recipient: AnyRecipient) -> str:
    """Give the name of its node; a dot may not end such a name, and none ends a key."""
    return f"_:recipient-{recipient.key}"


def _short(term: str) -> str:
    """Give a term with its prefix, where it is of a vocabulary that the receipt declares."""
    for prefix in ("pd", "loc", "dpv"):
        if term.startswith(PREFIXES[prefix]):
            return f"{prefix}:{term.removeprefix(PREFIXES[prefix])}"
    return term
