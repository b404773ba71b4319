"""Who somebody is, and how to reach them: section 1(1) of the source."""

from __future__ import annotations

from obq_privacy.shop import _checks
from obq_privacy.shop._terms import pd
from obq_privacy.shop.purposes import (
    AccountManagement,
    AffiliateServices,
    AntiMoneyLaundering,
    Anytime,
    CustomerService,
    FaceLogin,
    FaceRecognition,
    FindableByPhone,
    IncidentNotices,
    MarketingMessages,
    Membership,
    MemberVerification,
    Notices,
    PartnerAudiences,
    Payment,
    PostingPermission,
    ProfilePersonalisation,
    PublicPosting,
    RealNameVerification,
    RealPersonAuthentication,
    Research,
    RightsFulfilment,
    SecurityAndFraudPrevention,
    SellerVerification,
    ServiceProvision,
    SupplierServices,
    ViolationNotices,
    VoiceprintLogin,
)
from obq_privacy.vocab import Category, PersonalItem, SensitiveItem, masks, validators

MOBILE_PHONE = PersonalItem(
    "contact.mobile_phone",
    str,
    Membership
    | MemberVerification
    | ServiceProvision
    | SellerVerification
    | MarketingMessages
    | AffiliateServices
    | CustomerService
    | SecurityAndFraudPrevention
    | AccountManagement
    | FindableByPhone
    | SupplierServices
    | Notices
    | Anytime,
    category=Category.CONTACT,
    validate=validators.MobileNumber(),
    mask=masks.phone,
    encrypt=True,
    clause="USE-3",
    dpv=pd("TelephoneNumber"),
    fides=("user.contact.phone_number",),
)

CONTACT_NAME = PersonalItem(
    "contact.name",
    str,
    Membership | MemberVerification | ServiceProvision | MarketingMessages | CustomerService | Notices | Anytime,
    category=Category.NAME,
    validate=validators.Text(1, 80),
    mask=masks.name,
    clause="USE-3",
    dpv=pd("Name"),
    fides=("user.name",),
)

MEMBER_NAME = PersonalItem(
    "account.member_name",
    str,
    Membership
    | MemberVerification
    | Payment
    | AntiMoneyLaundering
    | CustomerService
    | PublicPosting
    | AffiliateServices
    | SecurityAndFraudPrevention
    | SupplierServices
    | AccountManagement
    | ViolationNotices
    | RightsFulfilment
    | Anytime,
    category=Category.ACCOUNT,
    validate=validators.Text(1, 60),
    clause="USE-3",
    dpv=pd("Username"),
    fides=("user.account.username",),
)

PASSWORD = PersonalItem(
    "account.password",
    str,
    Membership | MemberVerification,
    category=Category.ACCOUNT,
    validate=validators.Text(8, 256),
    mask=masks.hidden,
    encrypt=True,
    clause="USE-3",
    dpv=pd("Password"),
    fides=("user.authorization.password",),
)

MEMBERSHIP_TYPE = PersonalItem(
    "account.membership_type",
    str,
    PostingPermission | Anytime,
    category=Category.ACCOUNT,
    validate=validators.Text(1, 40),
    clause="USE-16",
    dpv=pd("AccountIdentifier"),
    fides=("user.account",),
)

ID_CARD = SensitiveItem(
    "identity.id_card",
    str,
    RealPersonAuthentication | RealNameVerification | SellerVerification | AntiMoneyLaundering | Anytime,
    category=Category.IDENTITY_DOCUMENT,
    validate=validators.IdentityNumber(),
    mask=masks.last(4),
    clause="USE-4",
    dpv=pd("OfficialID"),
    fides=("user.government_id.national_identification_number",),
)

PASSPORT = SensitiveItem(
    "identity.passport",
    str,
    RealPersonAuthentication | RealNameVerification | SellerVerification | AntiMoneyLaundering | Anytime,
    category=Category.IDENTITY_DOCUMENT,
    validate=validators.Passport(),
    mask=masks.last(2),
    clause="USE-4",
    dpv=pd("Passport"),
    fides=("user.government_id.passport_number",),
)

OTHER_DOCUMENT = SensitiveItem(
    "identity.other_document",
    str,
    RealPersonAuthentication | SellerVerification | Anytime,
    category=Category.IDENTITY_DOCUMENT,
    validate=validators.Text(4, 60),
    mask=masks.hidden,
    clause="USE-4",
    dpv=pd("OfficialID"),
    fides=("user.government_id",),
)

FACE_FEATURES = SensitiveItem(
    "biometric.face",
    bytes,
    RealPersonAuthentication | FaceLogin | FaceRecognition | RealNameVerification | Anytime,
    category=Category.BIOMETRIC,
    validate=validators.Features(128, 65_536),
    clause="USE-19",
    dpv=pd("FacialPrint"),
    fides=("user.biometric",),
)

VOICEPRINT = SensitiveItem(
    "biometric.voiceprint",
    bytes,
    VoiceprintLogin | Anytime,
    category=Category.BIOMETRIC,
    validate=validators.Features(128, 65_536),
    clause="USE-4",
    dpv=pd("Biometric"),
    fides=("user.biometric.voice",),
)

REAL_NAME = PersonalItem(
    "profile.real_name",
    str,
    ProfilePersonalisation | SellerVerification | RealNameVerification | AntiMoneyLaundering | Anytime,
    category=Category.NAME,
    validate=validators.Text(1, 80),
    mask=masks.name,
    clause="USE-5",
    dpv=pd("Name"),
    fides=("user.name",),
)

GENDER = PersonalItem(
    "profile.gender",
    str,
    ProfilePersonalisation | PartnerAudiences | Research | Anytime,
    category=Category.PROFILE,
    validate=validators.OneOf("female", "male", "other"),
    clause="USE-5",
    dpv=pd("Gender"),
    fides=("user.demographic.gender",),
)

FIXED_PHONE = PersonalItem(
    "contact.fixed_phone",
    str,
    ProfilePersonalisation | IncidentNotices | Anytime,
    category=Category.CONTACT,
    validate=_checks.fixed_phone,
    mask=masks.last(4, groups=2),
    clause="USE-5",
    dpv=pd("TelephoneNumber"),
    fides=("user.contact.phone_number",),
)

EMAIL = PersonalItem(
    "contact.email",
    str,
    ProfilePersonalisation | MarketingMessages | Notices | Anytime,
    category=Category.CONTACT,
    validate=_checks.email,
    mask=masks.email,
    clause="USE-5",
    dpv=pd("EmailAddress"),
    fides=("user.contact.email",),
)

POSITION = PersonalItem(
    "profile.position",
    str,
    ProfilePersonalisation | Anytime,
    category=Category.PROFILE,
    validate=validators.Text(1, 80),
    clause="USE-5",
    dpv=pd("Job"),
    fides=("user.job_title",),
)

INDUSTRY = PersonalItem(
    "profile.industry",
    str,
    ProfilePersonalisation | PartnerAudiences | Research | Anytime,
    category=Category.PROFILE,
    validate=validators.Text(1, 80),
    clause="USE-5",
    dpv=pd("Professional"),
    fides=("user.workplace",),
)
