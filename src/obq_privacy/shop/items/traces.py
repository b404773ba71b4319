"""What people leave behind by using the service: sections 1(2) to 1(4) and 2 of the source."""

from __future__ import annotations

import datetime as dt

from obq_privacy.shop import _checks
from obq_privacy.shop._terms import pd
from obq_privacy.shop.purposes import (
    Anytime,
    BrowseAndSearch,
    FavouritesAndFollows,
    LocationServices,
    MailTracking,
    PageAdaptation,
    PartnerAudiences,
    PersonalisedAdvertising,
    PersonalisedRecommendation,
    PhoneStateSecurity,
    Portraits,
    PostingPermission,
    Research,
    Security,
    SecurityAndFraudPrevention,
    ServiceImprovement,
    SiteOperation,
    SupplierServices,
)
from obq_privacy.vocab import Category, NonPersonalItem, PersonalItem, Place, SensitiveItem, masks, validators

BROWSING = PersonalItem(
    "behaviour.browsing",
    str,
    Portraits | ServiceImprovement | Security | Research | Anytime,
    category=Category.BEHAVIOUR,
    validate=validators.Text(1, 2000),
    clause="USE-7",
    dpv=pd("BrowsingBehaviour", "BrowserHistory"),
    fides=("user.behavior.browsing_history",),
)

SEARCHES = PersonalItem(
    "behaviour.search",
    str,
    Portraits | ServiceImprovement | Research | Anytime,
    category=Category.BEHAVIOUR,
    validate=validators.Text(1, 400),
    clause="USE-7",
    dpv=pd("BrowsingBehaviour"),
    fides=("user.behavior.search_history",),
)

PREFERENCE_TAGS = PersonalItem(
    "behaviour.preference_tags",
    str,
    Portraits | PartnerAudiences | Anytime,
    category=Category.BEHAVIOUR,
    validate=validators.Text(1, 400),
    clause="USE-7",
    dpv=pd("Preference", "GroupProfile"),
    fides=("user.demographic.profile",),
)

FAVOURITES = PersonalItem(
    "behaviour.favourite_cart_follow.favourite",
    str,
    FavouritesAndFollows | Anytime,
    category=Category.LOG,
    validate=validators.Text(1, 400),
    clause="USE-11",
    dpv=pd("Favourite", "Interest"),
    fides=("user.behavior",),
)

CART = PersonalItem(
    "behaviour.favourite_cart_follow.cart",
    str,
    FavouritesAndFollows | Anytime,
    category=Category.LOG,
    validate=validators.Text(1, 400),
    clause="USE-11",
    dpv=pd("Favourite", "Interest"),
    fides=("user.behavior",),
)

FOLLOWS = PersonalItem(
    "behaviour.favourite_cart_follow.follow",
    str,
    FavouritesAndFollows | Anytime,
    category=Category.LOG,
    validate=validators.Text(1, 400),
    clause="USE-11",
    dpv=pd("Favourite", "Interest"),
    fides=("user.behavior",),
)

SHARES = PersonalItem(
    "behaviour.favourite_cart_follow.share",
    str,
    FavouritesAndFollows | Anytime,
    category=Category.LOG,
    validate=validators.Text(1, 400),
    clause="USE-11",
    dpv=pd("Favourite", "Interest"),
    fides=("user.behavior",),
)

DEVICE_MODEL = NonPersonalItem(
    "device.info.model",
    str,
    BrowseAndSearch | PageAdaptation | Security | Portraits,
    category=Category.DEVICE,
    validate=validators.Text(1, 120),
    clause="USE-9",
    dpv=pd("DeviceBased", "DeviceSoftware", "DeviceOperatingSystem"),
    fides=("user.device",),
)

OPERATING_SYSTEM = NonPersonalItem(
    "device.info.system",
    str,
    BrowseAndSearch | PageAdaptation | Security | Portraits,
    category=Category.DEVICE,
    validate=validators.Text(1, 120),
    clause="USE-9",
    dpv=pd("DeviceBased", "DeviceSoftware", "DeviceOperatingSystem"),
    fides=("user.device",),
)

DEVICE_SETTINGS = NonPersonalItem(
    "device.info.settings",
    str,
    PageAdaptation | Security | Portraits,
    category=Category.DEVICE,
    validate=validators.Text(1, 2000),
    clause="USE-9",
    dpv=pd("DeviceBased", "DeviceSoftware", "DeviceOperatingSystem"),
    fides=("user.device",),
)

DEVICE_ENVIRONMENT = NonPersonalItem(
    "device.info.environment",
    str,
    PageAdaptation | Security | Portraits,
    category=Category.DEVICE,
    validate=validators.Text(1, 2000),
    clause="USE-9",
    dpv=pd("DeviceBased", "DeviceSoftware", "DeviceOperatingSystem"),
    fides=("user.device",),
)

DEVICE_ID = PersonalItem(
    "device.identifiers.device_id",
    str,
    Security | PhoneStateSecurity | Anytime,
    category=Category.DEVICE,
    validate=validators.Text(4, 128),
    mask=masks.last(4, groups=2),
    clause="USE-9",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

IMEI = PersonalItem(
    "device.identifiers.imei",
    str,
    Security | PhoneStateSecurity | Anytime,
    category=Category.DEVICE,
    validate=validators.Imei(),
    mask=masks.last(4, groups=2),
    clause="USE-9",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

IMSI = PersonalItem(
    "device.identifiers.imsi",
    str,
    Security | PhoneStateSecurity | Anytime,
    category=Category.DEVICE,
    validate=_checks.imsi,
    mask=masks.last(4, groups=2),
    clause="USE-9",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

MAC_ADDRESS = PersonalItem(
    "device.identifiers.mac",
    str,
    Security | Anytime,
    category=Category.DEVICE,
    validate=_checks.mac_address,
    mask=masks.hidden,
    clause="USE-9",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

ANDROID_ID = PersonalItem(
    "device.identifiers.android_id",
    str,
    Security | Anytime,
    category=Category.DEVICE,
    validate=validators.Text(8, 64),
    mask=masks.hidden,
    clause="USE-9",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

IDFA = PersonalItem(
    "device.identifiers.idfa",
    str,
    Security | Portraits | PartnerAudiences | Anytime,
    category=Category.DEVICE,
    validate=validators.Text(8, 64),
    mask=masks.hidden,
    clause="USE-9",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

OAID = PersonalItem(
    "device.identifiers.oaid",
    str,
    Security | Portraits | PartnerAudiences | Anytime,
    category=Category.DEVICE,
    validate=validators.Text(8, 128),
    mask=masks.hidden,
    clause="USE-9",
    dpv=pd("UID", "MACAddress"),
    fides=("user.device.device_id",),
)

APP_LIST = PersonalItem(
    "device.app_list",
    str,
    Security | Anytime,
    category=Category.DEVICE,
    validate=validators.Text(1, 20000, lines=True),
    clause="USE-9",
    dpv=pd("DeviceApplications"),
    fides=("user.device",),
)

SERVICE_LOG = PersonalItem(
    "log.service",
    str,
    Security | ServiceImprovement | PostingPermission | SupplierServices | Research | Anytime,
    category=Category.LOG,
    validate=validators.Text(1, 4000),
    clause="USE-9",
    dpv=pd("ServiceConsumptionBehaviour"),
    fides=(
        "user.behavior",
        "user.telemetry",
    ),
)

IP_ADDRESS = PersonalItem(
    "log.ip_address",
    str,
    Security | Anytime,
    category=Category.LOG,
    validate=_checks.ip_address,
    mask=masks.hidden,
    clause="USE-9",
    dpv=pd("IPAddress"),
    fides=("user.device.ip_address",),
)

BROWSER = NonPersonalItem(
    "log.user_agent_language_carrier.browser",
    str,
    BrowseAndSearch | PageAdaptation | Security,
    category=Category.LOG,
    validate=validators.Text(1, 400),
    clause="USE-9",
    dpv=pd("UserAgent", "Language"),
    fides=("user.device",),
)

LANGUAGE = NonPersonalItem(
    "log.user_agent_language_carrier.language",
    str,
    BrowseAndSearch | PageAdaptation | Security,
    category=Category.LOG,
    validate=validators.Text(1, 40),
    clause="USE-9",
    dpv=pd("UserAgent", "Language"),
    fides=("user.device",),
)

OPERATOR = NonPersonalItem(
    "log.user_agent_language_carrier.operator",
    str,
    PageAdaptation | Security,
    category=Category.LOG,
    validate=validators.Text(1, 80),
    clause="USE-9",
    dpv=pd("UserAgent", "Language"),
    fides=("user.device",),
)

POSITION_NOW = SensitiveItem(
    "location.gps",
    Place,
    LocationServices | Portraits | Anytime,
    category=Category.WHEREABOUTS,
    mask=masks.place(),
    clause="USE-18",
    dpv=pd("GPSCoordinate", "CurrentLocation"),
    fides=("user.location.precise",),
)

NETWORK_PLACE = SensitiveItem(
    "location.wifi_bt_cell",
    str,
    LocationServices | SecurityAndFraudPrevention | Anytime,
    category=Category.WHEREABOUTS,
    validate=validators.Text(1, 400),
    mask=masks.hidden,
    clause="USE-9",
    dpv=pd("Location"),
    fides=("user.location.imprecise",),
)

SITE_COOKIE = PersonalItem(
    "cookie.identifier.site",
    str,
    SiteOperation,
    category=Category.COOKIE,
    validate=validators.Text(1, 4096),
    mask=masks.hidden,
    clause="COOK-1",
    dpv=pd("Identifier", "DigitalFingerprint"),
    fides=("user.device.cookie_id",),
)

PREFERENCE_COOKIE = PersonalItem(
    "cookie.identifier.preference",
    str,
    PersonalisedRecommendation,
    category=Category.COOKIE,
    validate=validators.Text(1, 4096),
    mask=masks.hidden,
    clause="COOK-1",
    dpv=pd("Identifier", "DigitalFingerprint"),
    fides=("user.device.cookie_id",),
)

ADVERTISING_COOKIE = PersonalItem(
    "cookie.identifier.advertising",
    str,
    PersonalisedAdvertising | PartnerAudiences,
    category=Category.COOKIE,
    validate=validators.Text(1, 4096),
    mask=masks.hidden,
    clause="COOK-1",
    dpv=pd("Identifier", "DigitalFingerprint"),
    fides=("user.device.cookie_id",),
)

MAIL_OPENED = PersonalItem(
    "tracker.mail_opened",
    dt.datetime,
    MailTracking,
    category=Category.COOKIE,
    clause="COOK-2",
    dpv=pd("Identifier"),
    fides=("user.behavior",),
)

LINK_FOLLOWED = PersonalItem(
    "tracker.link_followed",
    str,
    MailTracking,
    category=Category.COOKIE,
    validate=validators.Text(1, 2000),
    clause="COOK-2",
    dpv=pd("Identifier"),
    fides=("user.behavior",),
)
