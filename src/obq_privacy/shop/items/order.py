"""Orders and their delivery: sections 1(5) and 1(7) of the source."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from obq_privacy.shop import _checks
from obq_privacy.shop._terms import pd
from obq_privacy.shop.purposes import (
    AffiliateServices,
    AntiMoneyLaundering,
    Anytime,
    CustomerService,
    Delivery,
    DisputeResolution,
    IndirectAcquisition,
    OrderManagement,
    Payment,
    Portraits,
    PostingPermission,
    Research,
    RiskyTransactions,
    SecurityAndFraudPrevention,
    StatutoryRecord,
)
from obq_privacy.vocab import Category, PersonalItem, SensitiveItem, masks, validators

CONSIGNEE_NAME = PersonalItem(
    "order.consignee_name",
    str,
    OrderManagement | Delivery | DisputeResolution | Anytime,
    category=Category.NAME,
    validate=validators.Text(1, 80),
    mask=masks.name,
    clause="USE-12",
    dpv=pd("Name"),
    fides=("user.name",),
)

CONSIGNEE_ADDRESS = PersonalItem(
    "order.consignee_address",
    str,
    OrderManagement | Delivery | DisputeResolution | Anytime,
    category=Category.CONTACT,
    validate=validators.Text(5, 400, lines=True),
    mask=masks.hidden,
    clause="USE-12",
    dpv=pd("PhysicalAddress"),
    fides=("user.contact.address",),
)

CONSIGNEE_PHONE = PersonalItem(
    "order.consignee_phone",
    str,
    OrderManagement | Delivery | DisputeResolution | Anytime,
    category=Category.CONTACT,
    validate=validators.MobileNumber(),
    mask=masks.phone,
    clause="USE-12",
    dpv=pd("TelephoneNumber"),
    fides=("user.contact.phone_number",),
)

OTHER_PHONE = PersonalItem(
    "order.other_phone",
    str,
    OrderManagement | Delivery | Anytime,
    category=Category.CONTACT,
    validate=_checks.fixed_phone,
    mask=masks.last(4, groups=2),
    clause="USE-12",
    dpv=pd("TelephoneNumber"),
    fides=("user.contact.phone_number",),
)

DELIVERY_TIME = PersonalItem(
    "order.delivery_time",
    str,
    OrderManagement | Delivery | Anytime,
    category=Category.PROFILE,
    validate=validators.Text(1, 120),
    clause="USE-12",
    dpv=pd("PhysicalAddress", "Purchase"),
    fides=(
        "user.contact.address",
        "user.behavior.purchase_history",
    ),
)

ORDER_GOODS = SensitiveItem(
    "order.info.goods",
    str,
    OrderManagement
    | IndirectAcquisition
    | DisputeResolution
    | CustomerService
    | Portraits
    | PostingPermission
    | StatutoryRecord
    | Research
    | Anytime,
    category=Category.TRANSACTION,
    validate=validators.Text(1, 4000, lines=True),
    clause="USE-12",
    dpv=pd("Purchase"),
    fides=("user.behavior.purchase_history",),
)

ORDER_NUMBER = SensitiveItem(
    "order.info.number",
    str,
    OrderManagement
    | IndirectAcquisition
    | DisputeResolution
    | CustomerService
    | Payment
    | Delivery
    | RiskyTransactions
    | SecurityAndFraudPrevention
    | StatutoryRecord
    | Anytime,
    category=Category.TRANSACTION,
    validate=validators.Text(1, 64),
    mask=masks.last(4, groups=2),
    clause="USE-12",
    dpv=pd("Purchase"),
    fides=("user.behavior.purchase_history",),
)

ORDER_TIME = SensitiveItem(
    "order.info.time",
    dt.datetime,
    OrderManagement | IndirectAcquisition | DisputeResolution | CustomerService | StatutoryRecord | Research | Anytime,
    category=Category.TRANSACTION,
    clause="USE-12",
    dpv=pd("Purchase"),
    fides=("user.behavior.purchase_history",),
)

ORDER_AMOUNT = SensitiveItem(
    "order.transaction_amount",
    Decimal,
    OrderManagement
    | IndirectAcquisition
    | DisputeResolution
    | CustomerService
    | Payment
    | AntiMoneyLaundering
    | SecurityAndFraudPrevention
    | StatutoryRecord
    | Research
    | Anytime,
    category=Category.TRANSACTION,
    validate=_checks.amount,
    clause="USE-12",
    dpv=pd("Transaction"),
    fides=("user.payment",),
)

DELIVERY_PROGRESS = PersonalItem(
    "order.logistics",
    str,
    IndirectAcquisition | Delivery | DisputeResolution | CustomerService | Anytime,
    category=Category.LOG,
    validate=validators.Text(1, 4000, lines=True),
    clause="USE-14",
    dpv=pd("PhysicalAddress", "Purchase"),
    fides=(
        "user.contact.address",
        "user.behavior.purchase_history",
    ),
)

AFFILIATE_INFORMATION = PersonalItem(
    "affiliate.information",
    str,
    AffiliateServices | Anytime,
    category=Category.BEHAVIOUR,
    validate=validators.Text(1, 4000, lines=True),
    clause="USE-10",
    dpv=pd("ServiceConsumptionBehaviour"),
    fides=(
        "user.behavior",
        "user.telemetry",
    ),
)
