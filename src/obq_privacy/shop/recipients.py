"""Who may get data, and whom data comes from: sections 1(3)3, 1(6), 1(7), 2(3) and 3(1) of the source.

The source names kinds of partners and a few companies. When contracts were signed and software was checked is a fact
of a deployment: the ones here are ready to run, and `obq_privacy.shop.policy.build` takes others. Payment
institutions, banks, sellers and carriers come in numbers, so there is a function that declares one more of each.
"""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

from obq_privacy.shop import items as i
from obq_privacy.shop.purposes import (
    AffiliateServices,
    CustomerService,
    Delivery,
    DisputeResolution,
    IndirectAcquisition,
    OrderManagement,
    PartnerAudiences,
    Payment,
    PublicPosting,
    QualitySurveys,
    SecurityAndFraudPrevention,
    StatutorySharing,
    Succession,
    SupplierServices,
    ViolationNotices,
)
from obq_privacy.vocab import (
    Agreement,
    AnyRecipient,
    Recipient,
    RecipientKind,
    Role,
    SecurityCheck,
    ThirdPartySource,
)

AGREEMENT = Agreement("data protection agreement 2026", dt.date(2026, 1, 1), dt.date(2028, 12, 31))
"""The contract with every partner, unless the deployment says otherwise."""

CHECK = SecurityCheck(dt.date(2026, 1, 1), dt.date(2028, 12, 31))
"""The last check of every embedded SDK, unless the deployment says otherwise."""

Trade: TypeAlias = Payment | IndirectAcquisition
Sale: TypeAlias = OrderManagement | IndirectAcquisition | DisputeResolution

_ORDER = (i.ORDER_GOODS, i.ORDER_NUMBER, i.ORDER_TIME, i.ORDER_AMOUNT)


# ── Chosen by the subject ─────────────────────────────────────────────────────────────────────────────────


def payment_institution(
    key: str,
    *,
    title: str = "",
    region: str = "CN",
    agreement: Agreement | None = AGREEMENT,
    check: SecurityCheck | None = CHECK,
) -> Recipient[Trade]:
    """Declare a payment institution whose SDK is embedded: it gets what USE-13 lists, and nothing of a bank card."""
    return Recipient(
        key,
        Trade,
        kind=RecipientKind.THIRD_PARTY,
        role=Role.PAYMENT,
        region=region,
        items=(
            *(i.MEMBER_NAME, i.PAYMENT_ACCOUNT_NAME, i.PAYMENT_DETAILS, i.PAYMENT_DEVICE, i.LAUNDERING_DATA),
            *_ORDER,
        ),
        agreement=agreement,
        sdk=True,
        check=check,
        title=title,
        clause="USE-13",
    )


def bank(key: str, *, title: str = "", region: str = "CN", agreement: Agreement | None = AGREEMENT) -> Recipient[Trade]:
    """Declare a bank that a subject can choose: it gets card number and expiry (USE-13)."""
    return Recipient(
        key,
        Trade,
        kind=RecipientKind.THIRD_PARTY,
        role=Role.PAYMENT,
        region=region,
        items=(i.CARD_NUMBER, i.CARD_EXPIRY, *_ORDER),
        agreement=agreement,
        title=title,
        clause="USE-13",
    )


def seller(
    key: str, *, title: str = "", region: str = "CN", agreement: Agreement | None = AGREEMENT
) -> Recipient[Sale]:
    """Declare a seller: it gets what its orders need, after the subject has chosen it (SHARE-3)."""
    return Recipient(
        key,
        Sale,
        kind=RecipientKind.THIRD_PARTY,
        role=Role.SELLER,
        region=region,
        agreement=agreement,
        title=title,
        clause="SHARE-3",
    )


PAYPAL = payment_institution("paypal", title="PayPal")
PAYMENT_PLATFORM = payment_institution("payment-platform", title="third-party payment platform")
BANK = bank("bank", title="bank of the payer's choice")
SELLER = seller("seller", title="seller of the goods")


# ── Delivery ──────────────────────────────────────────────────────────────────────────────────────────────


def carrier(
    key: str, *, title: str = "", region: str = "CN", agreement: Agreement | None = AGREEMENT
) -> Recipient[Delivery]:
    """Declare a carrier that the logistics platform appoints: consignee, phone and address, to deliver (USE-14)."""
    return Recipient(
        key,
        Delivery,
        kind=RecipientKind.PARTNER,
        role=Role.LOGISTICS,
        region=region,
        items=(i.CONSIGNEE_NAME, i.CONSIGNEE_PHONE, i.CONSIGNEE_ADDRESS),
        agreement=agreement,
        title=title,
        clause="USE-14",
    )


LOGISTICS_PLATFORM = carrier("cainiao", title="Zhejiang Cainiao Supply Chain Management Co., Ltd.")
CARRIER = carrier("carrier", title="carrier that the platform appoints")


# ── Affiliates ────────────────────────────────────────────────────────────────────────────────────────────

CAIYUANBAO = Recipient(
    "caiyuanbao",
    AffiliateServices,
    kind=RecipientKind.AFFILIATE,
    follows_policy=True,
    title="Caiyuanbao",
    clause="DEF-1",
)
INDUSTRIAL_PRODUCTS = Recipient(
    "industrial-products",
    AffiliateServices,
    kind=RecipientKind.AFFILIATE,
    follows_policy=True,
    title="Industrial Products",
    clause="DEF-1",
)
TMALL = Recipient(
    "tmall", AffiliateServices, kind=RecipientKind.AFFILIATE, agreement=AGREEMENT, title="Tmall", clause="DEF-1"
)
ALIEXPRESS = Recipient(
    "aliexpress",
    AffiliateServices,
    kind=RecipientKind.AFFILIATE,
    agreement=AGREEMENT,
    title="AliExpress",
    clause="DEF-1",
)
SECURITY_SDK = Recipient(
    "security-sdk",
    SecurityAndFraudPrevention,
    kind=RecipientKind.AFFILIATE,
    follows_policy=True,
    sdk=True,
    check=CHECK,
    title="security SDK of an affiliate",
    clause="USE-17",
)


# ── Partners ──────────────────────────────────────────────────────────────────────────────────────────────

ADVERTISING_PARTNER = Recipient(
    "advertising-partner",
    PartnerAudiences,
    kind=RecipientKind.PARTNER,
    role=Role.ADVERTISING,
    agreement=AGREEMENT,
    title="advertising partners",
    clause="SHARE-5",
)
ANALYTICS_PARTNER = Recipient(
    "analytics-partner",
    PartnerAudiences,
    kind=RecipientKind.PARTNER,
    role=Role.ANALYTICS,
    agreement=AGREEMENT,
    sdk=True,
    check=CHECK,
    title="SDK of analytics partners",
    clause="COOK-3",
)
INFRASTRUCTURE = Recipient(
    "infrastructure",
    SupplierServices,
    kind=RecipientKind.PARTNER,
    role=Role.SUPPLIER,
    agreement=AGREEMENT,
    title="suppliers of technical infrastructure",
    clause="SHARE-5",
)
CUSTOMER_SERVICE = Recipient(
    "customer-service-partner",
    CustomerService | SupplierServices,
    kind=RecipientKind.PARTNER,
    role=Role.CUSTOMER_SERVICE,
    agreement=AGREEMENT,
    title="partners who answer customers",
    clause="SHARE-5",
)
SURVEY_PARTNER = Recipient(
    "survey-partner",
    QualitySurveys,
    kind=RecipientKind.PARTNER,
    role=Role.SUPPLIER,
    agreement=AGREEMENT,
    title="partners who carry out surveys",
    clause="SHARE-5",
)


# ── Everybody else ────────────────────────────────────────────────────────────────────────────────────────

AUTHORITY = Recipient(
    "authority",
    StatutorySharing,
    kind=RecipientKind.THIRD_PARTY,
    role=Role.AUTHORITY,
    title="authorities and courts",
    clause="SHARE-2",
)
SUCCESSOR = Recipient(
    "successor",
    Succession,
    kind=RecipientKind.THIRD_PARTY,
    role=Role.SUCCESSOR,
    title="successor after a merger, an acquisition or a bankruptcy",
    clause="SHARE-6",
)
PUBLIC = Recipient(
    "public", PublicPosting | ViolationNotices, kind=RecipientKind.PUBLIC, title="everybody", clause="SHARE-7"
)

RECIPIENTS: tuple[AnyRecipient, ...] = (
    *(PAYPAL, PAYMENT_PLATFORM, BANK, SELLER, LOGISTICS_PLATFORM, CARRIER),
    *(CAIYUANBAO, INDUSTRIAL_PRODUCTS, TMALL, ALIEXPRESS, SECURITY_SDK),
    *(ADVERTISING_PARTNER, ANALYTICS_PARTNER, INFRASTRUCTURE, CUSTOMER_SERVICE, SURVEY_PARTNER),
    *(AUTHORITY, SUCCESSOR, PUBLIC),
)
"""Everybody who may get data."""


# ── Sources ───────────────────────────────────────────────────────────────────────────────────────────────

UNDERTAKING = Agreement("undertaking of lawful origin 2026", dt.date(2026, 1, 1), dt.date(2028, 12, 31))
"""What every source has confirmed in writing, unless the deployment says otherwise."""


def source(
    key: str, *, title: str = "", region: str = "CN", undertaking: Agreement | None = UNDERTAKING
) -> ThirdPartySource:
    """Declare a third party that data may come from (USE-10)."""
    return ThirdPartySource(key, undertaking=undertaking, region=region, title=title, clause="USE-10")


FROM_PAYMENT = source("source.payment", title="payment institutions and banks, on the progress of payments")
FROM_LOGISTICS = source("source.logistics", title="logistics platform and carriers, on the progress of deliveries")
FROM_SELLERS = source("source.sellers", title="sellers, on the progress of orders")
FROM_AFFILIATES = source("source.affiliates", title="affiliates whose services the member uses with the account")
FROM_PARTNERS = source("source.partners", title="partners, on risks to accounts and transactions")

SOURCES = (FROM_PAYMENT, FROM_LOGISTICS, FROM_SELLERS, FROM_AFFILIATES, FROM_PARTNERS)
"""Everybody whom data may come from."""
