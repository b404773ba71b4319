"""Receipts of consents: every field that the standards require, and the truth in it."""

from __future__ import annotations

import datetime as dt
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from receipts_world import (
    CONTACT,
    DAY,
    GUARDIAN,
    ISSUER,
    POLICY,
    START,
    SUBJECT,
    EmailMarketing,
    Marketing,
    Payment,
    event,
    grants,
    histories,
    shop,
    valid,
)

from obq_privacy import (
    Category,
    ConsentEvent,
    EventKind,
    Guard,
    Level,
    Minors,
    Notice,
    Operation,
    PersonalItem,
    Policy,
    Pseudonym,
    Purpose,
    Retention,
    additional,
    errors,
)
from obq_privacy.rights import Issuer, consent_history, receipt_27560, receipt_id, receipt_kantara
from obq_privacy.rights._receipt_dpv import _CATEGORIES as DPV_CATEGORIES
from obq_privacy.rights._receipt_kantara import _CATEGORIES as KANTARA_CATEGORIES

KEY = bytes(range(32))
ADULT = dt.date(1990, 5, 1)
LATER = START + 2000 * DAY

# What the JSON schema of the specification requires, and what its text and its example have besides.
REQUIRED = {
    *("version", "jurisdiction", "consentTimestamp", "collectionMethod", "consentReceiptID", "publicKey", "language"),
    *("piiPrincipalId", "piiControllers", "policyUrl", "services", "sensitive", "spiCat"),
}
OF_CONTROLLER = {"piiController", "contact", "address", "email", "phone"}
OF_PURPOSE = {"consentType", "purposeCategory", "piiCategory", "termination", "thirdPartyDisclosure"}

# The terms that receipts use, each looked up in the DPV 2.3 and its extensions for personal data and locations.
TERMS_OF_DPV = frozenset(
    """
    Collect ConsentExpired ConsentGiven ConsentInvalidated ConsentNotice ConsentReceipt ConsentRecord ConsentRefused
    ConsentRequested ConsentRevoked ConsentWithdrawn DataController DataProcessor DataSubject DataSubjectRight
    DeliveryOfGoods DirectMarketing Disclose Entity ExplicitlyExpressedConsent ExpressedConsent GuardianOfDataSubject
    InformedConsent Optional PaymentManagement PersonalData Process ProcessingLocation Purpose Recipient
    RenewedConsentGiven Required SensitivePersonalData Service ServicePersonalisation Share StorageDuration
    StorageLocation Store TemporalDuration ThirdParty Transfer UntilEventDuration UntilTimeDuration Use WithdrawConsent
    hasConsentControl hasConsentStatus hasDataController hasDataSubject hasDuration hasEntity hasIdentifier
    hasIndicationMethod hasJurisdiction hasLegalBasis hasLocation hasName hasNecessity hasNotice hasPersonalData
    hasProcess hasProcessing hasProcessingCondition hasPurpose hasRecipient hasRecordOfActivity hasRight hasService
    hasStorageCondition isExercisedAt isIndicatedAtTime isIndicatedBy
    """.split()  # noqa: SIM905  as a list each would have a line of its own
)
TERMS_OF_PD = frozenset(
    """
    AccountIdentifier Behavioural Biometric Communication Contact DeviceBased EmailAddress FinancialAccount Health
    Location Name OfficialID Ownership Profile SocialNetwork Tracking Transaction
    """.split()  # noqa: SIM905  as a list each would have a line of its own
)


def kantara(grant: ConsentEvent, **more: object) -> str:
    facts: dict[str, object] = {"issuer": ISSUER, "born": ADULT, "issued": LATER, "public_key": KEY} | more
    return receipt_kantara(POLICY, grant, **facts)  # type: ignore[arg-type]


def dpv(grant: ConsentEvent, **more: object) -> str:
    facts: dict[str, object] = {"issuer": ISSUER, "born": ADULT, "issued": LATER} | more
    return receipt_27560(POLICY, grant, **facts)  # type: ignore[arg-type]


def words(form: object) -> list[str]:
    """Give every text in a form, keys included."""
    if isinstance(form, dict):
        return [word for key, value in form.items() for word in (key, *words(value))]
    if isinstance(form, list):
        return [word for value in form for word in words(value)]
    return [form] if isinstance(form, str) else []


# ── Kantara ───────────────────────────────────────────────────────────────────────────────────────────────


@given(grants(), st.data())
def test_a_kantara_receipt_has_every_required_field(grant: ConsentEvent, data: st.DataObject) -> None:
    """Whatever was consented to and whatever became of it, the receipt keeps the specification and our schema."""
    form = valid("receipt-kantara", kantara(grant, history=data.draw(histories(grant))))
    assert form.keys() == REQUIRED
    assert form["version"] == "KI-CR-v1.1.0"
    assert all(controller.keys() >= OF_CONTROLLER for controller in form["piiControllers"])
    purposes = [purpose for service in form["services"] for purpose in service["purposes"]]
    assert purposes
    for purpose in purposes:
        assert purpose.keys() >= OF_PURPOSE
        assert purpose["thirdPartyDisclosure"] == bool(purpose.get("thirdPartyName", ""))


@given(grants())
def test_a_kantara_receipt_counts_whole_seconds(grant: ConsentEvent) -> None:
    """The time is an integer of seconds, the one that the consent fell into, never a float or milliseconds."""
    stamp = json.loads(kantara(grant))["consentTimestamp"]
    assert type(stamp) is int
    second = dt.datetime.fromtimestamp(stamp, dt.UTC)
    assert second <= grant.at < second + dt.timedelta(seconds=1)


@given(grants(), st.none() | st.dates(dt.date(2005, 1, 1), dt.date(2020, 1, 1)))
def test_what_is_sensitive_is_named(grant: ConsentEvent, born: dt.date | None) -> None:
    """`sensitive` and `spiCat` say the same: never a sensitive receipt without a category, nor the other way round."""
    form = json.loads(kantara(grant, born=born))
    assert form["sensitive"] == bool(form["spiCat"])


def test_a_sensitive_item_of_no_known_category_is_named_too() -> None:
    """Also a sensitive item of the category "other" fills `spiCat`."""
    form = json.loads(kantara(event(EventKind.GRANT, "portrait", items=("salary",))))
    assert (form["sensitive"], form["spiCat"]) == (True, ["Other"])


@pytest.mark.clause("DEF-3")
def test_all_of_a_childs_data_is_sensitive_until_the_fifteenth_birthday() -> None:
    """A consent on the last day of being 14 has a sensitive receipt, one on the day after has not."""
    born = dt.date(2011, 11, 3)
    last = dt.datetime(2026, 11, 2, 15, 59, 59, tzinfo=dt.UTC)  # 23:59:59 in China
    child = json.loads(kantara(event(EventKind.GRANT, "delivery", at=last), born=born))
    grown = json.loads(kantara(event(EventKind.GRANT, "delivery", at=last + dt.timedelta(seconds=1)), born=born))
    assert (child["sensitive"], child["spiCat"]) == (True, ["1 - Biographical", "Children"])
    assert (grown["sensitive"], grown["spiCat"]) == (False, [])
    record = json.loads(dpv(event(EventKind.GRANT, "delivery", at=last), born=born))["dpv:hasRecordOfActivity"]
    assert record["dpv:hasProcess"][0]["dpv:hasPersonalData"][0]["@type"] == "dpv:SensitivePersonalData"
    assert "2011" not in kantara(event(EventKind.GRANT, "delivery", at=last), born=born)


def test_a_person_of_unknown_age_counts_as_the_policy_says() -> None:
    """By default as a child, as for every value of the person; as an adult where the policy says so."""
    grant = event(EventKind.GRANT, "delivery")
    assert json.loads(kantara(grant, born=None))["sensitive"] is True
    policy = shop(minors=Minors(unknown="adult"))
    text = receipt_kantara(policy, grant, issuer=ISSUER, born=None, issued=LATER, public_key=KEY)
    assert json.loads(text)["sensitive"] is False


@pytest.mark.parametrize(
    ("parties", "names"),
    [
        ((), None),
        (("carrier",), None),  # not for this purpose
        (("sister",), None),  # of the same policy, and so no third party
        (("stranger",), "Stranger"),  # an affiliate with a policy of its own
        (("role:advertising",), "Agency"),
        (("agency", "stranger"), "Agency, Stranger"),
    ],
)
def test_third_parties_are_named_when_data_goes_to_them(parties: tuple[str, ...], names: str | None) -> None:
    """Only recipients that the consent names, for a purpose of theirs, are disclosed to; and then by name."""
    grant = event(EventKind.GRANT, "email-marketing", operations=(Operation.SHARE,), parties=parties)
    purpose = json.loads(kantara(grant))["services"][0]["purposes"][0]
    assert (purpose["thirdPartyDisclosure"], purpose.get("thirdPartyName")) == (names is not None, names)


def test_a_consent_to_use_discloses_to_nobody() -> None:
    """Without an operation that leads outside nobody gets anything, whatever the consent names."""
    grant = event(EventKind.GRANT, "marketing", parties=("agency",))
    purposes = json.loads(kantara(grant))["services"][0]["purposes"]
    assert not any(purpose["thirdPartyDisclosure"] for purpose in purposes)


@pytest.mark.parametrize("operation", Operation)
def test_a_consent_to_any_operation_that_leads_outside_discloses(operation: Operation) -> None:
    """Sharing, transferring and disclosing do; collecting and using do not. The operation stands in the record."""
    grant = event(EventKind.GRANT, "marketing", operations=(operation,), parties=("agency",))
    purposes = json.loads(kantara(grant))["services"][0]["purposes"]
    outward = operation in {Operation.SHARE, Operation.TRANSFER, Operation.DISCLOSE}
    assert [purpose["thirdPartyDisclosure"] for purpose in purposes] == [outward, outward]
    process = json.loads(dpv(grant))["dpv:hasRecordOfActivity"]["dpv:hasProcess"][0]
    assert f"dpv:{operation.value.capitalize()}" in process["dpv:hasProcessing"]


def test_an_implied_consent_is_not_called_explicit() -> None:
    """Agreement to the policy as a whole is IMPLICIT; an act about named purposes is EXPLICIT."""
    said = {
        level: json.loads(kantara(event(EventKind.GRANT, "delivery", level=level)))["services"][0]["purposes"][0][
            "consentType"
        ]
        for level in Level
    }
    assert said == {Level.GENERAL: "IMPLICIT", Level.EXPRESS: "EXPLICIT", Level.SEPARATE: "EXPLICIT"}


def test_termination_says_what_became_of_each_purpose() -> None:
    """A purpose that was withdrawn says so; the others say until when they hold."""
    grant = event(EventKind.GRANT, "delivery", "marketing", valid_until=START + 9 * DAY)
    gone = event(EventKind.WITHDRAW, "email-marketing", number=2, at=START + DAY)
    purposes = json.loads(kantara(grant, history=[gone]))["services"][0]["purposes"]
    assert [purpose["termination"] for purpose in purposes] == [
        "until 2026-11-11T08:00:00Z, or withdrawn before",
        "ended: withdraw",
        "until 2026-11-11T08:00:00Z, or withdrawn before",
    ]


def test_every_category_has_a_name_in_both_vocabularies() -> None:
    """A category that is added later cannot be forgotten."""
    assert set(KANTARA_CATEGORIES) == set(DPV_CATEGORIES) == set(Category)


# ── ISO/IEC TS 27560 in the words of the DPV ──────────────────────────────────────────────────────────────


@given(grants(), st.data())
def test_a_27560_receipt_has_every_required_field(grant: ConsentEvent, data: st.DataObject) -> None:
    """Whatever was consented to and whatever became of it, the receipt keeps our schema of the required fields."""
    form = valid("receipt-27560", dpv(grant, history=data.draw(histories(grant))))
    record = form["dpv:hasRecordOfActivity"]
    assert record["dpv:hasDataSubject"]["dct:identifier"] == grant.subject
    assert record["dct:identifier"] == form["dct:identifier"] == receipt_id(grant)
    nodes = {entity["@id"] for entity in record["dpv:hasEntity"]}
    assert {node for process in record["dpv:hasProcess"] for node in process["dpv:hasRecipient"]} <= nodes


@given(grants(), st.data())
def test_a_27560_receipt_uses_terms_that_there_are(grant: ConsentEvent, data: st.DataObject) -> None:
    """Every term with a prefix is one of the vocabulary, and every prefix is declared."""
    form = json.loads(dpv(grant, history=data.draw(histories(grant))))
    prefixed = {word.partition(":")[::2] for word in words(form) if word.startswith(("dpv:", "pd:", "loc:"))}
    known = {"dpv": TERMS_OF_DPV, "pd": TERMS_OF_PD, "loc": {"CN", "HK", "US"}}
    assert all(term in known[prefix] for prefix, term in prefixed)
    assert {prefix for prefix, _ in prefixed} <= form["@context"].keys()


def states(text: str) -> list[str]:
    """Give the states in the history of a receipt."""
    found = json.loads(text)["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    return [status["@type"][0].removeprefix("dpv:Consent").removeprefix("dpv:") for status in found]


def test_the_history_tells_request_consent_renewal_and_withdrawal() -> None:
    """Everything that happened to the consent stands in its record, in order, whatever order it is given in."""
    grant = event(EventKind.GRANT, "marketing", valid_until=START + 10 * DAY, at=START + DAY)
    asked = event(EventKind.REQUEST, "marketing", number=2)
    longer = event(EventKind.RENEW, number=3, at=START + 2 * DAY, valid_until=START + 99 * DAY, about=grant.id)
    gone = event(EventKind.WITHDRAW, "marketing", number=4, at=START + 3 * DAY)
    again = event(EventKind.WITHDRAW, "marketing", number=5, at=START + 4 * DAY)
    text = dpv(grant, history=[again, gone, longer, asked, grant])
    assert states(text) == ["Requested", "Given", "RenewedConsentGiven", "Withdrawn"]
    assert text == dpv(grant, history=[asked, longer, gone, again])


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (event(EventKind.WITHDRAW, number=2, at=START + DAY), "Withdrawn"),
        (event(EventKind.REFUSE, "delivery", number=2, at=START + DAY), "Refused"),
        (event(EventKind.EXPIRE, number=2, at=START + DAY, about=f"{1:032x}"), "Expired"),
        (event(EventKind.INVALIDATE, number=2, at=START + DAY, about=f"{1:032x}"), "Invalidated"),
        (event(EventKind.CLOSE, number=2, at=START + DAY), "Withdrawn"),
        (event(EventKind.SUCCEED, number=2, at=START + DAY, subject=Pseudonym("0" * 32), method="declined"), "Revoked"),
    ],
    ids=lambda each: each.kind.value if isinstance(each, ConsentEvent) else "",
)
def test_every_way_to_end_shows(ending: ConsentEvent, state: str) -> None:
    """Withdrawal, refusal, expiry, invalidity, the end of the account, and a successor who declined."""
    assert states(dpv(event(EventKind.GRANT, "delivery"), history=[ending])) == ["Given", state]


@pytest.mark.parametrize(
    "other",
    [
        event(EventKind.WITHDRAW, "payment", number=2, at=START + DAY),
        event(EventKind.WITHDRAW, "delivery", number=2, at=START - DAY),
        event(EventKind.WITHDRAW, "delivery", number=2, at=LATER + DAY),
        event(EventKind.WITHDRAW, "delivery", number=2, at=START + DAY, subject=GUARDIAN),
        event(EventKind.INVALIDATE, number=2, at=START + DAY, about="f" * 32),
        event(EventKind.REQUEST, "delivery", number=2, at=START + DAY),
        event(EventKind.MARK, number=2, at=START + DAY, anchor="completion"),
        event(EventKind.SUCCEED, number=2, at=START + DAY, subject=Pseudonym("0" * 32), method="accepted"),
    ],
    ids=(
        "other-purpose",
        "before",
        "after-the-receipt",
        "other-subject",
        "other-consent",
        "asked-later",
        "mark",
        "kept",
    ),
)
def test_what_is_not_about_the_consent_stays_out(other: ConsentEvent) -> None:
    """Events of other purposes, subjects, consents or times have no place in the record."""
    assert states(dpv(event(EventKind.GRANT, "delivery"), history=[other])) == ["Given"]


def test_a_consent_that_ran_out_shows_as_expired_from_its_last_instant() -> None:
    """No event ends it: the receipt says that it expired from that instant on, and not before."""
    grant = event(EventKind.GRANT, "delivery", valid_until=START + DAY)
    assert states(dpv(grant, issued=START + DAY - dt.timedelta(microseconds=1))) == ["Given"]
    assert states(dpv(grant, issued=START + DAY)) == ["Given", "Expired"]


def test_a_guardian_is_called_one() -> None:
    """Who consented for the subject stands in the record by pseudonym; the subject does by name of the role."""
    by = [
        json.loads(dpv(event(EventKind.GRANT, "delivery", actor=actor)))["dpv:hasRecordOfActivity"][
            "dpv:hasConsentStatus"
        ][0]["dpv:isIndicatedBy"]
        for actor in (SUBJECT, GUARDIAN)
    ]
    assert by == ["dpv:DataSubject", {"@type": "dpv:GuardianOfDataSubject", "dct:identifier": GUARDIAN}]


def test_only_what_the_consent_covers_is_in_it() -> None:
    """Limits to items and categories count; what is not personal is left out; an exact item needs its own purpose."""
    grant = event(EventKind.GRANT, "delivery", "marketing", items=("mail", "device"))
    record = json.loads(dpv(grant))["dpv:hasRecordOfActivity"]
    items = {
        process["dpv:hasPurpose"]["dct:identifier"]: [item["dct:identifier"] for item in process["dpv:hasPersonalData"]]
        for process in record["dpv:hasProcess"]
    }
    assert items == {"delivery": [], "email-marketing": ["mail"], "marketing": ["mail"]}


def test_retention_of_each_item_is_in_it() -> None:
    """The period that the policy gives for the item and the purpose, counted from what it says."""
    record = json.loads(dpv(event(EventKind.GRANT, "payment")))["dpv:hasRecordOfActivity"]
    kept = {
        condition["dct:subject"]: condition["dpv:hasDuration"]["rdf:value"]
        for condition in record["dpv:hasProcess"][0]["dpv:hasStorageCondition"]
        if "dct:subject" in condition
    }
    assert kept == {"card": "P90D", "name": "the subject is erased"}


@pytest.mark.parametrize(
    ("keep", "value"),
    [(2 * DAY, "P2D"), (dt.timedelta(days=1, hours=23), "PT169200S"), (dt.timedelta(hours=1), "PT3600S")],
)
def test_a_period_of_days_and_hours_loses_none(keep: dt.timedelta, value: str) -> None:
    """Whole days are told as days, and everything else in seconds."""

    class Raffle(Purpose):
        """Draw winners."""

    lot = PersonalItem("lot", str, Raffle)
    policy = Policy(
        version="v1",
        controller="Shop",
        purposes=[additional(Raffle, optional=[lot])],
        retention=[Retention(lot, keep)],
        contact=CONTACT,
    )
    text = receipt_27560(policy, event(EventKind.GRANT, "raffle"), issuer=ISSUER, born=ADULT, issued=LATER)
    process = valid("receipt-27560", text)["dpv:hasRecordOfActivity"]["dpv:hasProcess"][0]
    kept = [one["dpv:hasDuration"]["rdf:value"] for one in process["dpv:hasStorageCondition"] if "dct:subject" in one]
    assert kept == [value]


def test_terms_of_another_vocabulary_stay_as_they_are() -> None:
    """Only terms of the vocabularies that the receipt declares are shortened."""

    class Raffle(Purpose, dpv=["https://terms.example/raffle", "https://w3id.org/dpv#Marketing"]):
        """Draw winners."""

    lot = PersonalItem("lot", str, Raffle, dpv=["https://w3id.org/dpv/pd#Interest", "https://terms.example/lot"])
    policy = Policy(version="v1", controller="Shop", purposes=[additional(Raffle, optional=[lot])], contact=CONTACT)
    text = receipt_27560(policy, event(EventKind.GRANT, "raffle"), issuer=ISSUER, born=ADULT, issued=LATER)
    process = valid("receipt-27560", text)["dpv:hasRecordOfActivity"]["dpv:hasProcess"][0]
    assert process["dpv:hasPurpose"]["skos:broader"] == ["https://terms.example/raffle", "dpv:Marketing"]
    assert process["dpv:hasPersonalData"][0]["skos:broader"] == ["pd:Interest", "https://terms.example/lot"]


def test_the_notice_that_was_shown_is_in_it() -> None:
    """Its digest, its language and when it was shown; the text itself stays with the application."""
    notice = Notice.of("We use your name to deliver.", language="zh-CN", shown=START)
    record = json.loads(dpv(event(EventKind.GRANT, "delivery", notice=notice)))["dpv:hasRecordOfActivity"]
    assert record["dpv:hasNotice"]["dct:identifier"] == f"sha256:{notice.digest}"
    assert record["dpv:hasNotice"]["dct:language"] == "zh-CN"
    assert json.loads(kantara(event(EventKind.GRANT, "delivery", notice=notice)))["language"] == "zh-CN"


# ── Both ──────────────────────────────────────────────────────────────────────────────────────────────────


@given(grants())
def test_ids_are_version_4_uuids(grant: ConsentEvent) -> None:
    """Both standards recommend them; the id is that of the consent, apart from the six bits that say so."""
    assert UUID(receipt_id(grant)).version == 4
    differing = UUID(receipt_id(grant)).int ^ int(grant.id, 16)
    assert differing & ~(0xF << 76 | 0b11 << 62) == 0


@given(grants(), st.data())
def test_the_text_is_one(grant: ConsentEvent, data: st.DataObject) -> None:
    """The same facts give the same text, however the events are ordered, and nothing in it need be escaped."""
    history = data.draw(histories(grant))
    shuffled = data.draw(st.permutations(history))
    for make in (kantara, dpv):
        text = make(grant, history=history)
        assert (
            text
            == make(grant, history=shuffled)
            == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        )


@pytest.mark.parametrize(
    ("grant", "policy", "issuer"),
    [
        (event(EventKind.WITHDRAW, "delivery"), POLICY, ISSUER),
        (event(EventKind.REQUEST, "delivery"), POLICY, ISSUER),
        (event(EventKind.GRANT, "delivery", version="v0"), POLICY, ISSUER),
        (event(EventKind.GRANT, "delivery"), shop("v2"), ISSUER),
        (event(EventKind.GRANT, "never-declared"), POLICY, ISSUER),
        (event(EventKind.GRANT, "delivery", "never-declared"), POLICY, ISSUER),
        (event(EventKind.GRANT, "bookkeeping"), POLICY, ISSUER),  # a duty by law
        (event(EventKind.GRANT), POLICY, ISSUER),
        (event(EventKind.GRANT, "delivery"), shop(contact=None), ISSUER),
        (event(EventKind.GRANT, "delivery"), shop(contact=CONTACT._replace(url="")), ISSUER),
        (event(EventKind.GRANT, "delivery"), POLICY, ISSUER._replace(phone=" ")),
        (event(EventKind.GRANT, "delivery"), POLICY, ISSUER._replace(email="")),
        ("event", POLICY, ISSUER),
    ],
)
def test_no_receipt_of_what_is_no_consent(grant: ConsentEvent, policy: Policy, issuer: Issuer) -> None:
    """Endings, other versions, undeclared purposes and missing contacts are refused, in both forms alike."""
    with pytest.raises(errors.ReceiptInvalid):
        receipt_27560(policy, grant, issuer=issuer, born=ADULT, issued=LATER)
    with pytest.raises(errors.ReceiptInvalid):
        receipt_kantara(policy, grant, issuer=issuer, born=ADULT, issued=LATER, public_key=KEY)


@pytest.mark.parametrize("issued", [START - DAY, START.replace(tzinfo=None)])
def test_a_receipt_is_not_older_than_the_consent(issued: dt.datetime) -> None:
    """A time before the consent, or without an offset, is refused."""
    with pytest.raises(errors.ReceiptInvalid):
        dpv(event(EventKind.GRANT, "delivery"), issued=issued)


def test_a_kantara_receipt_names_a_key() -> None:
    """Something that is no public key is refused before anything is written."""
    with pytest.raises(errors.ReceiptKeyInvalid):
        kantara(event(EventKind.GRANT, "delivery"), public_key=b"short")


def test_receipts_of_a_guard_tell_what_its_ledger_holds() -> None:
    """From the consent of a person to its withdrawal, through the guard; the person's id is nowhere in it."""
    with Guard.in_memory(policy=POLICY) as guard:
        shopper = guard.subject("li.lei@mail.example", born=ADULT)
        grant = shopper.grant(Payment, Marketing, method="checkbox")
        shopper.withdraw(EmailMarketing)
        shopper.withdraw(Payment)
        history = consent_history(guard, shopper)
        issued = dt.datetime.now(dt.UTC) + DAY
    text = receipt_27560(POLICY, grant, issuer=ISSUER, born=ADULT, issued=issued, history=history)
    ended = [
        status.get("dct:subject")
        for status in valid("receipt-27560", text)["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    ]
    assert states(text) == ["Given", "Withdrawn", "Withdrawn"]
    assert ended == [None, ["email-marketing"], ["payment"]]
    other = receipt_kantara(POLICY, grant, issuer=ISSUER, born=ADULT, issued=issued, history=history, public_key=KEY)
    assert valid("receipt-kantara", other)["piiPrincipalId"] == shopper.pseudonym
    assert "li.lei" not in text + other
