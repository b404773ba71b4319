"""What it takes to pay: sections 1(3)1 and 1(6) of the source."""

from __future__ import annotations

from obq_privacy.shop import _checks
from obq_privacy.shop._terms import pd
from obq_privacy.shop.purposes import (
    AntiMoneyLaundering,
    Anytime,
    CustomerService,
    DisputeResolution,
    IndirectAcquisition,
    Payment,
    PaymentStatus,
    RealNameVerification,
    SecurityAndFraudPrevention,
    StatutoryRecord,
)
from obq_privacy.vocab import Category, PersonalItem, SensitiveItem, masks, validators

CARD_NUMBER = SensitiveItem(
    "finance.bank_card.number",
    str,
    PaymentStatus | Payment | AntiMoneyLaundering | Anytime,
    category=Category.BANK_ACCOUNT,
    validate=validators.BankCard(),
    mask=masks.last(4),
    clause="USE-13",
    dpv=pd("PaymentCardNumber", "PaymentCardExpiry", "BankAccount"),
    fides=(
        "user.financial.bank_account",
        "user.financial.credit_card",
    ),
)

CARD_EXPIRY = SensitiveItem(
    "finance.bank_card.expiry",
    str,
    Payment | Anytime,
    category=Category.BANK_ACCOUNT,
    validate=_checks.expiry,
    mask=masks.hidden,
    clause="USE-13",
    dpv=pd("PaymentCardNumber", "PaymentCardExpiry", "BankAccount"),
    fides=(
        "user.financial.bank_account",
        "user.financial.credit_card",
    ),
)

PAYMENT_ACCOUNT = SensitiveItem(
    "finance.third_party_account.number",
    str,
    PaymentStatus | Payment | RealNameVerification | Anytime,
    category=Category.BANK_ACCOUNT,
    validate=validators.Text(1, 254),
    mask=masks.hidden,
    clause="USE-8",
    dpv=pd("FinancialAccount", "AccountIdentifier"),
    fides=("user.financial",),
)

PAYMENT_ACCOUNT_NAME = SensitiveItem(
    "finance.third_party_account.name",
    str,
    Payment | AntiMoneyLaundering | Anytime,
    category=Category.BANK_ACCOUNT,
    validate=validators.Text(1, 120),
    mask=masks.name,
    clause="USE-13",
    dpv=pd("FinancialAccount", "AccountIdentifier"),
    fides=("user.financial",),
)

PAYMENT_DETAILS = SensitiveItem(
    "payment.details",
    str,
    Payment | AntiMoneyLaundering | StatutoryRecord | Anytime,
    category=Category.TRANSACTION,
    validate=validators.Text(1, 4000, lines=True),
    clause="USE-13",
    dpv=pd("Transaction"),
    fides=("user.payment",),
)

PAYMENT_DEVICE = PersonalItem(
    "payment.device",
    str,
    Payment | SecurityAndFraudPrevention | Anytime,
    category=Category.DEVICE,
    validate=validators.Text(1, 2000),
    mask=masks.hidden,
    clause="USE-13",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

LAUNDERING_DATA = SensitiveItem(
    "payment.anti_money_laundering",
    str,
    Payment | AntiMoneyLaundering | Anytime,
    category=Category.BANK_ACCOUNT,
    validate=validators.Text(1, 4000, lines=True),
    mask=masks.hidden,
    clause="USE-13",
    dpv=pd("FinancialAccount", "AccountIdentifier"),
    fides=("user.financial",),
)

PAYMENT_PROGRESS = SensitiveItem(
    "payment.progress",
    str,
    PaymentStatus | IndirectAcquisition | DisputeResolution | CustomerService | StatutoryRecord | Anytime,
    category=Category.TRANSACTION,
    validate=validators.Text(1, 400),
    clause="USE-13",
    dpv=pd("Transaction"),
    fides=("user.payment",),
)

PAYER_ACCOUNT = SensitiveItem(
    "payer.account",
    str,
    Payment | Anytime,
    category=Category.BANK_ACCOUNT,
    validate=validators.Text(1, 254),
    mask=masks.hidden,
    clause="USE-13",
    dpv=pd("FinancialAccount", "AccountIdentifier"),
    fides=("user.financial",),
)

PAYER_PHONE = PersonalItem(
    "payer.phone",
    str,
    Payment | Anytime,
    category=Category.CONTACT,
    validate=validators.MobileNumber(),
    mask=masks.phone,
    clause="USE-13",
    dpv=pd("TelephoneNumber"),
    fides=("user.contact.phone_number",),
)

PROPERTY = SensitiveItem(
    "finance.property",
    str,
    AntiMoneyLaundering | Anytime,
    category=Category.PROPERTY,
    validate=validators.Text(1, 4000, lines=True),
    mask=masks.hidden,
    clause="DEF-3",
    dpv=pd("Ownership", "Financial"),
    fides=("user.financial",),
)
