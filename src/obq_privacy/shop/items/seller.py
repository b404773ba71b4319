"""Who sells, and what: sections 1(1)3, 1(9) and 3(3) of the source."""

from __future__ import annotations

from obq_privacy.shop import _checks
from obq_privacy.shop._terms import pd
from obq_privacy.shop.purposes import (
    Anytime,
    ProductPublishing,
    PublicPosting,
    Quotations,
    SecurityAndFraudPrevention,
    SellerVerification,
    ShopOpening,
    StatutoryRecord,
    ViolationNotices,
)
from obq_privacy.vocab import Category, PersonalItem, masks, validators

COMPANY_NAME = PersonalItem(
    "seller.company_name",
    str,
    SellerVerification | ShopOpening | ViolationNotices | Anytime,
    category=Category.PROFILE,
    validate=validators.Text(1, 120),
    clause="USE-5",
    dpv=pd("Professional"),
    fides=("user.workplace",),
)

BUSINESS_LICENCE = PersonalItem(
    "seller.business_licence",
    str,
    SellerVerification | ShopOpening | Anytime,
    category=Category.PROFILE,
    validate=_checks.licence,
    mask=masks.last(4, groups=2),
    clause="USE-5",
    dpv=pd("Professional"),
    fides=("user.workplace",),
)

QUALIFICATION = PersonalItem(
    "seller.qualification",
    str,
    SellerVerification | Anytime,
    category=Category.PROFILE,
    validate=validators.Text(1, 400, lines=True),
    clause="USE-5",
    dpv=pd("Professional"),
    fides=("user.workplace",),
)

STORE_INFORMATION = PersonalItem(
    "seller.store",
    str,
    SellerVerification | ShopOpening | PublicPosting | ViolationNotices | StatutoryRecord | Anytime,
    category=Category.CONTENT,
    validate=validators.Text(1, 4000, lines=True),
    clause="USE-16",
    dpv=pd("Professional"),
    fides=("user.workplace",),
)

PRODUCT_INFORMATION = PersonalItem(
    "seller.product",
    str,
    ProductPublishing | PublicPosting | StatutoryRecord | Anytime,
    category=Category.CONTENT,
    validate=validators.Text(1, 20000, lines=True),
    clause="USE-16",
    dpv=pd("Professional"),
    fides=("user.workplace",),
)

QUOTATION = PersonalItem(
    "seller.quotation",
    str,
    Quotations | Anytime,
    category=Category.CONTENT,
    validate=validators.Text(1, 4000, lines=True),
    clause="USE-17",
    dpv=pd("Professional"),
    fides=("user.workplace",),
)

VIOLATION = PersonalItem(
    "seller.violation",
    str,
    SecurityAndFraudPrevention | ViolationNotices | Anytime,
    category=Category.LOG,
    validate=validators.Text(1, 4000, lines=True),
    clause="SHARE-7",
    dpv=pd("ServiceConsumptionBehaviour"),
    fides=("user.behavior",),
)
