"""How long values are kept: section 4(3) of the source.

The source states one period, because the law does: goods, services and transactions, at least three years from the
completion of the transaction (E-Commerce Law, article 31). For everything else it says that data is kept no longer
than its purpose needs. Each such period here is a setting of the shop's, with the reason for it; a deployment that
knows better declares its own. Orders and payments are used for as long as after-sales service needs them, and then lie
restricted until the law lets them go: no purpose but the statutory record reaches them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.policy import Anchor, Retention
from obq_privacy.shop import items as i

if TYPE_CHECKING:
    from obq_privacy.vocab import AnyItem

MONTH = dt.timedelta(days=30)
HALF_YEAR = dt.timedelta(days=184)
YEAR = dt.timedelta(days=365)
THREE_YEARS = dt.timedelta(days=1096)
"""Never shorter than three years of the calendar, of which one can be a leap year."""


class Period(NamedTuple):
    """How long some items are kept, and why.

    Attributes:
        items: the items.
        keep: for how long they may be used.
        after: what that counts from.
        reason: why so long and no longer.
        at_least: how long the source and the law want them kept, restricted once `keep` is over; None where only the
            setting counts.
    """

    items: tuple[AnyItem, ...]
    keep: dt.timedelta
    after: Anchor
    reason: str
    at_least: dt.timedelta | None = None

    def rules(self) -> tuple[Retention, ...]:
        """Give what the policy is told."""
        return tuple(Retention(item, self.keep, after=self.after, at_least=self.at_least) for item in self.items)


PERIODS = (
    Period(
        (i.ORDER_GOODS, i.ORDER_NUMBER, i.ORDER_TIME, i.ORDER_AMOUNT, i.PAYMENT_DETAILS, i.PAYMENT_PROGRESS),
        YEAR,
        Anchor.COMPLETION,
        "after-sales service takes a year; the law wants the record for three",
        at_least=THREE_YEARS,
    ),
    Period(
        (i.STORE_INFORMATION, i.PRODUCT_INFORMATION),
        YEAR,
        Anchor.COMPLETION,
        "an offer is of use for as long as its sales can come back; the law wants the record for three years",
        at_least=THREE_YEARS,
    ),
    Period(
        (
            *(i.CONSIGNEE_NAME, i.CONSIGNEE_ADDRESS, i.CONSIGNEE_PHONE, i.OTHER_PHONE, i.DELIVERY_TIME),
            *(i.DELIVERY_PROGRESS, i.PAYER_PHONE),
        ),
        YEAR,
        Anchor.COMPLETION,
        "returns and complaints about a delivery come within a year",
    ),
    Period(
        (i.CARD_NUMBER, i.CARD_EXPIRY, i.PAYMENT_ACCOUNT, i.PAYMENT_ACCOUNT_NAME, i.PAYER_ACCOUNT, i.PAYMENT_DEVICE),
        HALF_YEAR,
        Anchor.COMPLETION,
        "refunds go back the way that the money came, within half a year",
    ),
    Period(
        (i.LAUNDERING_DATA, i.PROPERTY),
        THREE_YEARS,
        Anchor.COMPLETION,
        "an inquiry can concern a transaction for as long as its record is kept",
    ),
    Period(
        (i.MOBILE_PHONE, i.CONTACT_NAME, i.MEMBER_NAME, i.PASSWORD, i.MEMBERSHIP_TYPE, i.EMAIL, i.FIXED_PHONE),
        THREE_YEARS,
        Anchor.ACTIVITY,
        "an account that nobody has used for three years is given up",
    ),
    Period(
        (i.REAL_NAME, i.GENDER, i.POSITION, i.INDUSTRY),
        YEAR,
        Anchor.ACTIVITY,
        "a profile that has not been used for a year suits nobody any more",
    ),
    Period(
        (i.ID_CARD, i.PASSPORT, i.OTHER_DOCUMENT, i.FACE_FEATURES, i.VOICEPRINT),
        YEAR,
        Anchor.ACTIVITY,
        "what proves an identity harms most when it leaks, and can be shown again",
    ),
    Period(
        (i.COMPANY_NAME, i.BUSINESS_LICENCE, i.QUALIFICATION, i.QUOTATION, i.VIOLATION),
        THREE_YEARS,
        Anchor.ACTIVITY,
        "buyers can have claims against a seller for as long as records of its sales are kept",
    ),
    Period(
        (i.BROWSING, i.SEARCHES, i.PREFERENCE_TAGS, i.AFFILIATE_INFORMATION),
        HALF_YEAR,
        Anchor.COLLECTION,
        "interests change within half a year",
    ),
    Period(
        (i.FAVOURITES, i.CART, i.FOLLOWS, i.SHARES),
        YEAR,
        Anchor.ACTIVITY,
        "whoever has not come back for a year does not miss a cart",
    ),
    Period(
        (
            *(i.DEVICE_ID, i.IMEI, i.IMSI, i.MAC_ADDRESS, i.ANDROID_ID, i.IDFA, i.OAID, i.APP_LIST),
            *(i.SERVICE_LOG, i.IP_ADDRESS),
        ),
        HALF_YEAR,
        Anchor.COLLECTION,
        "an intrusion is found within half a year, or in another way",
    ),
    Period(
        (i.POSITION_NOW, i.NETWORK_PLACE, i.SCANNED_CODE, i.VOICE_RECORDING, i.BOOK_NAME, i.BOOK_PHONE),
        MONTH,
        Anchor.COLLECTION,
        "it serves the moment; a month is enough to deal with complaints",
    ),
    Period(
        (i.CALENDAR_ENTRY, i.STEPS),
        HALF_YEAR,
        Anchor.COLLECTION,
        "activities that steps and reminders belong to last no longer",
    ),
    Period(
        (i.CALL_RECORD, i.CONVERSATION, i.LEFT_CONTACT, i.EVIDENCE, i.CASE_OUTCOME),
        THREE_YEARS,
        Anchor.COMPLETION,
        "a complaint that was settled can be taken to court for as long as the record of the transaction is kept",
    ),
    Period((i.SURVEY_ANSWERS,), YEAR, Anchor.COLLECTION, "surveys are compared with those of the year before"),
    Period(
        (i.POST, i.PHOTO, i.LIVE_BROADCAST),
        THREE_YEARS,
        Anchor.ACTIVITY,
        "what a member published stands for as long as the account",
    ),
    Period((i.SITE_COOKIE,), MONTH, Anchor.COLLECTION, "whoever comes back later begins anew"),
    Period(
        (i.PREFERENCE_COOKIE, i.ADVERTISING_COOKIE, i.MAIL_OPENED, i.LINK_FOLLOWED),
        HALF_YEAR,
        Anchor.COLLECTION,
        "interests change within half a year",
    ),
)
"""Every period with its reason."""

RETENTION = tuple(rule for period in PERIODS for rule in period.rules())
"""The periods as the policy takes them, one for each item."""
