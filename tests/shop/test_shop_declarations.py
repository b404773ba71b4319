"""The shop's policy is whole: it speaks of everything that the source does, and every word of it is put to use."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from market_world import VOCABULARY, keys

from clauses import Names
from obq_privacy import (
    Agreement,
    Anchor,
    Category,
    Contact,
    Kind,
    LegalBasis,
    Operation,
    Policy,
    Sensitivity,
    shop,
)
from obq_privacy.errors import PolicyInvalid
from obq_privacy.shop import exemptions, items, pipl, policy, purposes, recipients, retention, rules

if TYPE_CHECKING:
    from obq_privacy import Purpose
    from obq_privacy.vocab import AnyItem

RULES = {rule.purpose: rule for rule in shop.POLICY.purposes}
KINDS = {"basic": Kind.BASIC, "additional": Kind.ADDITIONAL, "exempt": Kind.ADDITIONAL}
BY_LAW = {purposes.AntiMoneyLaundering, purposes.StatutoryRecord, purposes.RightsFulfilment, purposes.IncidentNotices}
IDS = [entry["key"] for entry in VOCABULARY["purposes"]]
CATEGORIES = [entry["key"] for entry in VOCABULARY["categories"] if entry["key"] != "child.any_under_14"]


def of_category(key: str) -> list[AnyItem]:
    """Give the items of a category of the mapping: the one of its key, and those below it."""
    return [item for item in shop.POLICY.items if item.key == key or item.key.startswith(f"{key}.")]


def test_the_policy_is_what_it_says_it_is() -> None:
    """Nothing is lost between the declarations and the policy."""
    declared = {getattr(purposes, name) for name in purposes.__all__ if isinstance(getattr(purposes, name), type)}
    assert set(RULES) == declared
    assert keys(shop.POLICY.items) == keys(getattr(items, name) for name in items.__all__)
    assert shop.POLICY.recipients == recipients.RECIPIENTS
    assert shop.POLICY.sources == recipients.SOURCES
    assert shop.POLICY.exemptions == exemptions.EXEMPTIONS
    assert shop.POLICY.retention == retention.RETENTION


@pytest.mark.parametrize("entry", VOCABULARY["purposes"], ids=IDS)
def test_every_purpose_of_the_source_is_declared(entry: dict[str, Any]) -> None:
    """Under the key of the mapping, with exactly its terms, and as the kind that the source makes it."""
    purpose = shop.POLICY.purpose(entry["key"])
    assert purpose is not None
    assert list(purpose.dpv) == entry["dpv"]
    assert list(purpose.fides) == entry["fides"]
    assert RULES[purpose].kind is (Kind.STATUTORY if purpose in BY_LAW else KINDS[entry["kind"]])


@pytest.mark.parametrize("key", CATEGORIES)
def test_every_category_of_the_source_has_an_item(key: str) -> None:
    """At least one item, with exactly the terms of the mapping, and sensitive where the source says so."""
    entry = next(entry for entry in VOCABULARY["categories"] if entry["key"] == key)
    found = of_category(key)
    assert found
    mapped = [item for item in found if item.key == key] or found
    for item in mapped:
        assert list(item.dpv) == entry["pd"]
        assert list(item.fides) == entry["fides"]
        assert (item.sensitivity is Sensitivity.SENSITIVE) == entry["sensitive"]


@pytest.mark.clause("DEF-3")
def test_data_of_children_is_no_item_but_a_rule() -> None:
    """The category that is about the subject and not about a field is the age rule: 14 is included."""
    minors = shop.POLICY.minors
    assert (minors.sensitive_age, minors.sensitive_inclusive) == (14, True)
    assert not any(item.category is Category.CHILD for item in shop.POLICY.items)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("finance.bank_card", ["expiry", "number"]),
        ("finance.third_party_account", ["name", "number"]),
        ("device.identifiers", ["android_id", "device_id", "idfa", "imei", "imsi", "mac", "oaid"]),
        ("device.info", ["environment", "model", "settings", "system"]),
        ("log.user_agent_language_carrier", ["browser", "language", "operator"]),
        ("behaviour.favourite_cart_follow", ["cart", "favourite", "follow", "share"]),
        ("contacts.address_book", ["name", "phone"]),
        ("order.info", ["goods", "number", "time"]),
        ("cookie.identifier", ["advertising", "preference", "site"]),
    ],
)
def test_what_the_source_names_apart_is_apart(key: str, parts: list[str]) -> None:
    """Where the source names several things of a category, each is an item of its own."""
    assert keys(of_category(key)) == [f"{key}.{part}" for part in parts]


def test_every_declaration_names_its_clause() -> None:
    """Purposes, items, recipients, sources and exemptions: each names a clause that there is."""
    names = Names.read()
    known = {*names.scope, *names.also, *names.later}
    declared: list[Any] = [*RULES, *shop.POLICY.items, *shop.POLICY.recipients, *shop.POLICY.sources]
    declared += shop.POLICY.exemptions
    assert {one.clause for one in declared} <= known


def test_terms_have_addresses_of_the_vocabulary() -> None:
    """Every purpose and item carries terms: addresses below the two bases, and dotted keys."""
    for purpose in RULES:
        assert purpose.dpv
        assert purpose.fides
        assert all(term.startswith(VOCABULARY["dpv_base"]) for term in purpose.dpv)
    for item in shop.POLICY.items:
        assert item.dpv
        assert item.fides
        assert all(term.startswith(VOCABULARY["pd_base"]) for term in item.dpv)


def test_an_item_is_used_for_every_purpose_that_it_allows() -> None:
    """No item allows a purpose that does not list it; such room would be an invitation."""
    idle = [
        (item.key, purpose.key)
        for item in shop.POLICY.items
        for purpose in item.purposes
        if item not in RULES[purpose].items
    ]
    assert idle == []


def test_every_personal_item_is_kept_for_a_time_with_a_reason() -> None:
    """What is personal has one period, and each period says why."""
    stated = [rule.item for rule in retention.RETENTION]
    assert len(stated) == len(set(stated))
    assert keys(stated) == keys(item for item in shop.POLICY.items if item.sensitivity >= Sensitivity.PERSONAL)
    assert all(period.reason for period in retention.PERIODS)


@pytest.mark.clause("PROT-3")
def test_transactions_are_kept_as_long_as_the_law_wants() -> None:
    """Goods, services and transactions: three years from completion, for the statutory record; nothing else longer."""
    record = RULES[purposes.StatutoryRecord]
    assert record.kind is Kind.STATUTORY
    for entry in retention.RETENTION:
        if entry.item in record.items:
            assert entry.after is Anchor.COMPLETION
            assert entry.at_least is not None
            for year in range(2026, 2034):
                begun = date(year, 2, 28)
                assert begun + entry.at_least >= begun.replace(year=year + 3)
        else:
            assert entry.at_least is None
    transactions = [item for item in shop.POLICY.items if item.category is Category.TRANSACTION]
    assert set(transactions) <= set(record.items)


def test_exemptions_are_those_of_the_source() -> None:
    """Eleven for collection and use; six of them for sharing, transfer and disclosure; three more grounds."""
    inside = {one.basis for one in exemptions.EXEMPTIONS if one.operations >= exemptions.INSIDE}
    outside = {one.basis for one in exemptions.EXEMPTIONS if one.operations >= exemptions.OUTSIDE}
    assert len(inside) == 11
    assert len(outside & inside) == 6
    further = {one.basis: one.operations for one in exemptions.EXEMPTIONS if one.basis not in inside}
    assert further == {
        LegalBasis.LEGAL_OBLIGATION: {Operation.SHARE},
        LegalBasis.SERIOUS_VIOLATION: {Operation.DISCLOSE},
        LegalBasis.MINOR_PROTECTION: {Operation.USE, *exemptions.OUTSIDE},
    }
    assert [one.basis for one in exemptions.EXEMPTIONS if one.deidentified] == [LegalBasis.RESEARCH]


def test_every_partner_has_what_binds_it() -> None:
    """Partners and third parties that the shop shares with have an agreement; embedded SDKs have a check."""
    for recipient in shop.POLICY.recipients:
        if recipient.sdk:
            assert recipient.check is not None
        bound = recipient.kind.value in {"partner", "third-party"}
        exempt = recipient in {recipients.AUTHORITY, recipients.SUCCESSOR}
        assert (recipient.agreement is not None) or not bound or exempt
    assert all(source.undertaking is not None for source in shop.POLICY.sources)


@pytest.mark.clause("USE-1")
def test_basic_functions_build_on_basic_ones_only() -> None:
    """No basic purpose requires an additional one, and none is below one."""
    for rule in RULES.values():
        if rule.kind is Kind.BASIC:
            assert all(RULES[one].kind is Kind.BASIC for one in rule.requires)


@pytest.mark.parametrize("built", [shop.POLICY, pipl.POLICY], ids=["shop", "pipl"])
@pytest.mark.clause("CHANGE-3")
def test_the_policy_is_the_same_after_it_was_written_down(built: Policy) -> None:
    """Its document gives it back, word for word, and what a consent to it covers with it."""
    text = built.dumps()
    read = Policy.loads(
        text,
        purposes=list(RULES),
        items=built.items,
        recipients=built.recipients,
        sources=built.sources,
    )
    assert read.dumps() == text
    assert read.scopes == built.scopes


def test_a_deployment_brings_its_own_facts() -> None:
    """Its recipients take the place of the ready ones or stand beside them; the rest stays."""
    own = Agreement("A-17", date(2026, 6, 1), date(2027, 5, 31))
    cainiao = recipients.carrier("cainiao", agreement=own)
    further = recipients.carrier("another-carrier")
    source = recipients.source("source.credit", undertaking=own)
    built = policy.build(version="2026-12", recipients=[cainiao, further], sources=[source])
    assert built.recipient("cainiao") is cainiao
    assert built.recipient("another-carrier") is further
    assert built.source("source.credit") is source
    assert len(built.recipients) == len(shop.POLICY.recipients) + 1
    assert shop.POLICY.recipient("cainiao") is recipients.LOGISTICS_PLATFORM
    assert built.purposes == shop.POLICY.purposes


def test_a_deployment_with_impossible_facts_is_refused() -> None:
    """An agreement that ends before it begins is a finding, not a policy."""
    wrong = Agreement("A-17", date(2027, 6, 1), date(2026, 5, 31))
    with pytest.raises(PolicyInvalid):
        policy.build(version="2026-12", recipients=[recipients.carrier("cainiao", agreement=wrong)])


@pytest.mark.parametrize("built", [shop.POLICY, pipl.POLICY], ids=["shop", "pipl"])
@pytest.mark.clause("CONT-1")
def test_the_policy_names_whom_to_turn_to(built: Policy) -> None:
    """A department, an address and a court, and an answer within fifteen days."""
    assert built.contact is not None
    assert built.contact.department
    assert built.contact.address == "vip@obq.net"
    assert "domicile of the defendant" in built.contact.court
    assert built.answer_within.days == 15


@pytest.mark.parametrize("missing", ["department", "address", "court"])
@pytest.mark.clause("CONT-1")
def test_a_policy_that_leaves_out_whom_to_turn_to_is_refused(missing: str) -> None:
    """Each of the three has to be there; a blank is not."""
    contact: Contact = policy.CONTACT._replace(**{missing: " "})
    with pytest.raises(PolicyInvalid):
        policy.build(version="2026-12", contact=contact)


def test_functions_of_the_risky_kind_are_the_five_of_the_source() -> None:
    """Account management, opening a shop, publishing products, quotations, risky transactions."""
    requiring = {rule.purpose for rule in RULES.values() if purposes.RealNameVerification in rule.requires}
    assert requiring == set(purposes.RISKY_FUNCTIONS)


def test_importing_the_package_does_not_import_the_shop() -> None:
    """Who does not use the shop does not pay for it."""
    code = "import sys, obq_privacy; print([m for m in sys.modules if m.startswith('obq_privacy.shop')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


def test_rules_are_in_the_order_of_the_source() -> None:
    """The functions come by section, the duties after them, and what concerns every item last."""
    assert rules.PURPOSES[0].purpose is purposes.Membership
    assert [rule.purpose for rule in rules.ANY_ITEM] == [purposes.StatutorySharing, purposes.Succession]
    for rule in rules.ANY_ITEM:
        allowed: set[AnyItem] = {item for item in shop.POLICY.items if item.purposes.allows(rule.purpose)}
        assert set(rule.items) == allowed


def names(purpose_set: list[type[Purpose]]) -> list[str]:
    """Give the keys of purposes, sorted."""
    return sorted(purpose.key for purpose in purpose_set)


@pytest.mark.clause("USE-13", "USE-14")
def test_what_is_shared_for_payment_and_delivery_is_spelled_out() -> None:
    """Exactly what the source names, by kind of recipient."""
    payment, delivery = RULES[purposes.Payment], RULES[purposes.Delivery]
    institution = {items.MEMBER_NAME, items.PAYMENT_ACCOUNT_NAME, items.PAYMENT_DETAILS, items.PAYMENT_DEVICE}
    institution |= {items.LAUNDERING_DATA}
    card = {items.CARD_NUMBER, items.CARD_EXPIRY}
    assert set(payment.shared) == institution | card
    assert payment.choice
    assert set(recipients.PAYPAL.items) & set(payment.shared) == institution
    assert set(recipients.BANK.items) & set(payment.shared) == card
    consignee = {items.CONSIGNEE_NAME, items.CONSIGNEE_PHONE, items.CONSIGNEE_ADDRESS}
    assert set(delivery.shared) == consignee
    for carrier in (recipients.LOGISTICS_PLATFORM, recipients.CARRIER):
        assert set(carrier.items) == consignee
        assert names(list(carrier.purposes)) == ["delivery.fulfil"]
    assert all(one.region == "CN" for one in shop.POLICY.recipients)
