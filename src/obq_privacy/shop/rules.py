"""What each purpose needs and may use, in the order of the source.

Necessary is what the function cannot do without; an item that is neither necessary nor optional is refused (USE-1).
The source counts some functions as basic whose data is sensitive; they are basic here too, and need consent like any
other. What it calls an exception to consent is declared as additional: only a basis that somebody invokes, or an
express consent, opens it. Duties by law are statutory.
"""

from __future__ import annotations

from obq_privacy.policy import additional, basic, statutory
from obq_privacy.shop import items as i
from obq_privacy.shop import purposes as p

_DEVICE = (i.DEVICE_ID, i.IMEI, i.IMSI, i.MAC_ADDRESS, i.ANDROID_ID, i.IDFA, i.OAID, i.APP_LIST)
_DEVICE_KIND = (i.DEVICE_MODEL, i.OPERATING_SYSTEM, i.DEVICE_SETTINGS, i.DEVICE_ENVIRONMENT)
_LOG = (i.SERVICE_LOG, i.BROWSING, i.IP_ADDRESS, i.BROWSER, i.LANGUAGE, i.OPERATOR)
_CONSIGNEE = (i.CONSIGNEE_NAME, i.CONSIGNEE_ADDRESS, i.CONSIGNEE_PHONE)
_ORDER = (i.ORDER_GOODS, i.ORDER_NUMBER, i.ORDER_TIME, i.ORDER_AMOUNT)
_TO_INSTITUTION = (i.MEMBER_NAME, i.PAYMENT_ACCOUNT_NAME, i.PAYMENT_DETAILS, i.PAYMENT_DEVICE, i.LAUNDERING_DATA)
_TO_BANK = (i.CARD_NUMBER, i.CARD_EXPIRY)

GENERAL_SORTING = "the general sorting, which is the same for everybody"
GENERAL_ADVERTISEMENTS = "advertisements that are the same for everybody"

MEMBERSHIP = (
    basic(p.Membership, necessary=[i.MOBILE_PHONE, i.CONTACT_NAME, i.MEMBER_NAME, i.PASSWORD]),
    basic(
        p.MemberVerification,
        necessary=[i.MEMBER_NAME, i.PASSWORD],
        optional=[i.MOBILE_PHONE, i.CONTACT_NAME],
        requires=[p.Membership],
    ),
    additional(p.RealPersonAuthentication, optional=[i.ID_CARD, i.PASSPORT, i.OTHER_DOCUMENT, i.FACE_FEATURES]),
    additional(p.EnhancedProtection, requires=[p.RealPersonAuthentication]),
    additional(p.VoiceprintLogin, necessary=[i.VOICEPRINT], requires=[p.RealPersonAuthentication]),
    additional(p.FaceLogin, necessary=[i.FACE_FEATURES], requires=[p.RealPersonAuthentication]),
    additional(
        p.ProfilePersonalisation,
        optional=[i.REAL_NAME, i.GENDER, i.FIXED_PHONE, i.EMAIL, i.POSITION, i.INDUSTRY],
        alternative="the same products and services as without a profile",
    ),
    additional(
        p.SellerVerification,
        optional=[
            *(i.REAL_NAME, i.MOBILE_PHONE, i.ID_CARD, i.PASSPORT, i.OTHER_DOCUMENT),
            *(i.COMPANY_NAME, i.BUSINESS_LICENCE, i.QUALIFICATION, i.STORE_INFORMATION),
        ],
    ),
)
"""Section 1(1)."""

DISPLAY = (
    basic(p.BrowseAndSearch, optional=[i.DEVICE_MODEL, i.OPERATING_SYSTEM, i.BROWSER, i.LANGUAGE]),
    additional(
        p.PersonalisedRecommendation,
        optional=[
            *(i.BROWSING, i.SEARCHES, i.PREFERENCE_TAGS, i.POSITION_NOW, i.ORDER_GOODS, i.PREFERENCE_COOKIE),
            *(i.IDFA, i.OAID, *_DEVICE_KIND),
        ],
        alternative=GENERAL_SORTING,
    ),
    additional(
        p.PersonalisedAdvertising,
        optional=[
            *(i.BROWSING, i.SEARCHES, i.PREFERENCE_TAGS, i.POSITION_NOW, i.ORDER_GOODS, i.ADVERTISING_COOKIE),
            *(i.IDFA, i.OAID, *_DEVICE_KIND),
        ],
        alternative=GENERAL_ADVERTISEMENTS,
        signal=True,
    ),
    additional(p.MarketingMessages, optional=[i.MOBILE_PHONE, i.EMAIL, i.CONTACT_NAME]),
    additional(p.ServiceImprovement, optional=[i.BROWSING, i.SEARCHES, i.SERVICE_LOG]),
)
"""Section 1(2)."""

SERVICE = (
    basic(p.ServiceProvision, necessary=[i.CONTACT_NAME, i.MOBILE_PHONE]),
    basic(p.PaymentStatus, optional=[i.CARD_NUMBER, i.PAYMENT_ACCOUNT, i.PAYMENT_PROGRESS]),
    basic(p.AccountSecurityLog, optional=[*_DEVICE, *_DEVICE_KIND, *_LOG]),
    basic(p.PageAdaptation, optional=[*_DEVICE_KIND, i.BROWSER, i.LANGUAGE, i.OPERATOR]),
    basic(
        p.IndirectAcquisition,
        optional=[*_ORDER, i.PAYMENT_PROGRESS, i.DELIVERY_PROGRESS],
        shared=_ORDER,
        choice=True,
    ),
    additional(
        p.AffiliateServices,
        optional=[i.MEMBER_NAME, i.MOBILE_PHONE, i.AFFILIATE_INFORMATION],
        shared=[i.MEMBER_NAME, i.MOBILE_PHONE],
        alternative="the service without what affiliates know",
    ),
    additional(p.FavouritesAndFollows, optional=[i.FAVOURITES, i.CART, i.FOLLOWS, i.SHARES]),
)
"""Sections 1(3) and 1(4)."""

TRADE = (
    basic(
        p.OrderManagement,
        necessary=[*_CONSIGNEE, *_ORDER],
        optional=[i.OTHER_PHONE, i.DELIVERY_TIME],
        shared=[*_CONSIGNEE, *_ORDER, i.OTHER_PHONE, i.DELIVERY_TIME],
        choice=True,
    ),
    basic(
        p.Payment,
        necessary=[i.MEMBER_NAME, i.PAYMENT_DETAILS],
        optional=[
            *(i.PAYMENT_ACCOUNT, i.PAYMENT_ACCOUNT_NAME, i.PAYMENT_DEVICE, i.LAUNDERING_DATA, *_TO_BANK),
            *(i.PAYER_ACCOUNT, i.PAYER_PHONE, i.ORDER_NUMBER, i.ORDER_AMOUNT),
        ],
        shared=[*_TO_INSTITUTION, *_TO_BANK],
        choice=True,
    ),
    statutory(
        p.AntiMoneyLaundering,
        items=[
            *(i.MEMBER_NAME, i.REAL_NAME, i.ID_CARD, i.PASSPORT, i.PAYMENT_ACCOUNT_NAME, i.CARD_NUMBER),
            *(i.PAYMENT_DETAILS, i.LAUNDERING_DATA, i.ORDER_AMOUNT, i.PROPERTY),
        ],
    ),
    basic(
        p.Delivery,
        necessary=_CONSIGNEE,
        optional=[i.OTHER_PHONE, i.DELIVERY_TIME, i.ORDER_NUMBER, i.DELIVERY_PROGRESS],
        shared=_CONSIGNEE,
    ),
)
"""Sections 1(5) to 1(7)."""

HELP = (
    basic(
        p.CustomerService,
        necessary=[i.MEMBER_NAME],
        optional=[
            *(i.CONTACT_NAME, i.MOBILE_PHONE, i.LEFT_CONTACT, i.CALL_RECORD, i.CONVERSATION, i.EVIDENCE, i.PHOTO),
            *(i.CASE_OUTCOME, *_ORDER, i.PAYMENT_PROGRESS, i.DELIVERY_PROGRESS),
        ],
        shared=[i.MEMBER_NAME, i.CONVERSATION, i.EVIDENCE, i.CASE_OUTCOME],
    ),
    basic(
        p.DisputeResolution,
        optional=[
            *(i.LEFT_CONTACT, i.CALL_RECORD, i.CONVERSATION, i.EVIDENCE, i.PHOTO, i.CASE_OUTCOME),
            *(*_CONSIGNEE, *_ORDER, i.PAYMENT_PROGRESS, i.DELIVERY_PROGRESS),
        ],
        shared=[i.EVIDENCE, i.CASE_OUTCOME, i.ORDER_NUMBER, i.ORDER_GOODS],
        choice=True,
    ),
    additional(p.QualitySurveys, optional=[i.SURVEY_ANSWERS, i.CONVERSATION], shared=[i.SURVEY_ANSWERS]),
)
"""Section 1(8)."""

PUBLISHING = (
    additional(
        p.PublicPosting,
        optional=[i.POST, i.PHOTO, i.LIVE_BROADCAST, i.MEMBER_NAME, i.STORE_INFORMATION, i.PRODUCT_INFORMATION],
    ),
    additional(p.PostingPermission, optional=[i.MEMBERSHIP_TYPE, i.SERVICE_LOG, i.ORDER_GOODS]),
)
"""Section 1(9)."""

SECURITY = (
    additional(
        p.RealNameVerification,
        optional=[i.REAL_NAME, i.ID_CARD, i.PASSPORT, i.PAYMENT_ACCOUNT, i.FACE_FEATURES],
        alternative="browsing and searching, and everything else that puts nobody at risk",
    ),
    additional(p.AccountManagement, optional=[i.MEMBER_NAME, i.MOBILE_PHONE], requires=[p.RealNameVerification]),
    additional(
        p.ShopOpening,
        optional=[i.COMPANY_NAME, i.BUSINESS_LICENCE, i.STORE_INFORMATION],
        requires=[p.RealNameVerification],
    ),
    additional(p.ProductPublishing, optional=[i.PRODUCT_INFORMATION], requires=[p.RealNameVerification]),
    additional(p.Quotations, optional=[i.QUOTATION], requires=[p.RealNameVerification]),
    additional(p.RiskyTransactions, optional=[i.ORDER_NUMBER], requires=[p.RealNameVerification]),
    basic(
        p.SecurityAndFraudPrevention,
        optional=[
            *(*_DEVICE, *_DEVICE_KIND, *_LOG, i.NETWORK_PLACE, i.PAYMENT_DEVICE),
            *(i.MEMBER_NAME, i.MOBILE_PHONE, i.ORDER_NUMBER, i.ORDER_AMOUNT, i.VIOLATION),
        ],
        shared=[*_DEVICE, *_DEVICE_KIND, *_LOG],
    ),
)
"""Section 1(10)."""

ADDONS = (
    additional(p.LocationServices, optional=[i.POSITION_NOW, i.NETWORK_PLACE], permission="location"),
    additional(p.CameraServices, optional=[i.PHOTO, i.SCANNED_CODE], permission="camera"),
    additional(p.FaceRecognition, necessary=[i.FACE_FEATURES], requires=[p.CameraServices]),
    additional(p.AlbumServices, optional=[i.PHOTO], permission="album"),
    additional(
        p.VoiceServices,
        optional=[i.VOICE_RECORDING],
        alternative="typing",
        permission="microphone",
        user_initiated=True,
    ),
    additional(
        p.AddressBookServices,
        optional=[i.BOOK_NAME, i.BOOK_PHONE],
        alternative="typing the number",
        permission="address-book",
    ),
    additional(p.AddressBookMatching, necessary=[i.BOOK_PHONE], optional=[i.BOOK_NAME]),
    additional(p.FindableByPhone, necessary=[i.MOBILE_PHONE]),
    additional(p.AddressBookWriting),
    additional(p.CalendarServices, optional=[i.CALENDAR_ENTRY], permission="calendar"),
    additional(p.PhoneStateSecurity, optional=[i.DEVICE_ID, i.IMEI, i.IMSI], permission="phone-state"),
    additional(p.StepServices, optional=[i.STEPS], permission="steps"),
)
"""Section 1(11)."""

BEYOND = (
    additional(
        p.ResearchStatistics,
        optional=[
            *(i.BROWSING, i.SEARCHES, i.SERVICE_LOG, i.SURVEY_ANSWERS, i.GENDER, i.INDUSTRY),
            *(i.ORDER_GOODS, i.ORDER_TIME, i.ORDER_AMOUNT),
        ],
    ),
    additional(
        p.ModelTraining,
        optional=[
            *(i.BROWSING, i.SEARCHES, i.SERVICE_LOG, i.SURVEY_ANSWERS, i.GENDER, i.INDUSTRY),
            *(i.ORDER_GOODS, i.ORDER_TIME, i.ORDER_AMOUNT),
        ],
    ),
    basic(p.SiteOperation, necessary=[i.SITE_COOKIE]),
    additional(p.MailTracking, optional=[i.MAIL_OPENED, i.LINK_FOLLOWED], signal=True),
    additional(
        p.PartnerAudiences,
        optional=[i.PREFERENCE_TAGS, i.GENDER, i.INDUSTRY, i.IDFA, i.OAID, i.ADVERTISING_COOKIE],
        shared=[i.PREFERENCE_TAGS, i.GENDER, i.INDUSTRY, i.IDFA, i.OAID, i.ADVERTISING_COOKIE],
        alternative="figures in which nobody can be recognised",
        signal=True,
    ),
    basic(
        p.SupplierServices,
        optional=[i.MEMBER_NAME, i.MOBILE_PHONE, i.SERVICE_LOG, i.CONVERSATION],
        shared=[i.MEMBER_NAME, i.MOBILE_PHONE, i.SERVICE_LOG, i.CONVERSATION],
    ),
    additional(p.ViolationNotices, optional=[i.MEMBER_NAME, i.COMPANY_NAME, i.STORE_INFORMATION, i.VIOLATION]),
)
"""Sections 1(13), 2 and 3."""

DUTIES = (
    statutory(
        p.StatutoryRecord,
        items=[*_ORDER, i.PAYMENT_DETAILS, i.PAYMENT_PROGRESS, i.STORE_INFORMATION, i.PRODUCT_INFORMATION],
    ),
    statutory(p.RightsFulfilment, items=[i.MEMBER_NAME, i.CONTACT_NAME, i.MOBILE_PHONE, i.EMAIL]),
    statutory(p.IncidentNotices, items=[i.CONTACT_NAME, i.MOBILE_PHONE, i.EMAIL, i.FIXED_PHONE]),
)
"""Sections 4(3), 4(6) and 5."""

_FUNCTIONS = (*MEMBERSHIP, *DISPLAY, *SERVICE, *TRADE, *HELP, *PUBLISHING, *SECURITY, *ADDONS, *BEYOND, *DUTIES)
_EVERY_ITEM = tuple(dict.fromkeys(item for rule in _FUNCTIONS for item in rule.items))

ANY_ITEM = (
    additional(
        p.StatutorySharing,
        optional=[item for item in _EVERY_ITEM if item.purposes.allows(p.StatutorySharing)],
        shared=[item for item in _EVERY_ITEM if item.purposes.allows(p.StatutorySharing)],
        roles=["legal"],
    ),
    additional(
        p.Succession,
        optional=[item for item in _EVERY_ITEM if item.purposes.allows(p.Succession)],
    ),
)
"""Sections 3(1)2 and 3(2): what concerns every item that leaves room for it."""

PURPOSES = (*_FUNCTIONS, *ANY_ITEM)
"""Everything that the shop uses data for."""
