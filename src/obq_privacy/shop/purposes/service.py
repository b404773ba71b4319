"""The service itself, and what it shows: sections 1(2) to 1(6) of the source."""

from __future__ import annotations

from typing import TypeAlias

from obq_privacy.shop._terms import dpv
from obq_privacy.vocab import Purpose


class BrowseAndSearch(
    Purpose, key="display.search", clause="USE-3", dpv=dpv("SearchFunctionalities"), fides=("essential.service",)
):
    """Let anybody browse and search, sorted in the same way for everybody."""


class PersonalisedRecommendation(
    Purpose,
    key="display.recommendation",
    clause="USE-7",
    dpv=dpv("ProvideProductRecommendations"),
    fides=("personalize.content.profiled", "personalize.content.profiling"),
):
    """Choose what is shown by an indirect portrait of the person."""


class PersonalisedAdvertising(
    Purpose,
    key="display.advertising",
    clause="USE-7",
    dpv=dpv("PersonalisedAdvertising"),
    fides=("marketing.advertising.first_party.targeted", "marketing.advertising.profiling"),
):
    """Choose advertisements by an indirect portrait of the person."""


class MarketingMessages(
    Purpose,
    key="display.marketing_message",
    clause="USE-7",
    dpv=dpv("DirectMarketing"),
    fides=("marketing.communications.sms", "marketing.communications.email"),
):
    """Send offers, until the person unsubscribes."""


class ServiceImprovement(
    Purpose,
    key="improve.service",
    clause="USE-7",
    dpv=dpv("ImproveExistingProductsAndServices"),
    fides=("functional.service.improve",),
):
    """Improve what is shown and how well it works."""


class ServiceProvision(
    Purpose,
    key="service.provide",
    clause="USE-8",
    dpv=dpv("RequestedServiceProvision"),
    fides=("essential.service",),
):
    """Do what the person asks the service to do, and be able to reach him or her about it."""


class PaymentStatus(
    Purpose,
    key="service.payment_status",
    clause="USE-8",
    dpv=dpv("PaymentManagement"),
    fides=("essential.service.payment_processing",),
):
    """Know whether what has to be paid for was paid."""


class AccountSecurityLog(
    Purpose,
    key="service.log_account_security",
    clause="USE-9",
    dpv=dpv("MisusePreventionAndDetection"),
    fides=("essential.service.security",),
):
    """Notice what is unusual about the use of an account."""


class PageAdaptation(
    Purpose,
    key="service.page_adaptation",
    clause="USE-9",
    dpv=dpv("OptimiseUserInterface"),
    fides=("functional.service",),
):
    """Make pages fit the device that shows them."""


class IndirectAcquisition(
    Purpose,
    key="service.indirect_acquisition",
    clause="USE-10",
    dpv=dpv("CustomerOrderManagement", "DisputeManagement"),
    fides=("essential.service",),
):
    """Learn from the other parties to an order how far it has come, and tell them what they need for that."""


class AffiliateServices(
    Purpose,
    key="service.affiliate_one_stop",
    clause="USE-10",
    dpv=dpv("ServicePersonalisation"),
    fides=("personalize.content",),
):
    """Show what affiliates know of the member in one place, and let the account be used with them."""


class FavouritesAndFollows(
    Purpose,
    key="social.collect_follow_share",
    clause="USE-11",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Keep favourites, cart, follows and shares."""


class OrderManagement(
    Purpose,
    key="order.place_manage",
    clause="USE-12",
    dpv=dpv("CustomerOrderManagement"),
    fides=("essential.service",),
):
    """Take an order, show it, and see it through with the seller."""


class Payment(
    Purpose,
    key="payment.complete",
    clause="USE-13",
    dpv=dpv("PaymentManagement"),
    fides=("essential.service.payment_processing",),
):
    """Have an order paid by the means that the person chose."""


class AntiMoneyLaundering(
    Purpose,
    key="payment.anti_money_laundering",
    clause="USE-13",
    dpv=dpv("CounterMoneyLaundering", "LegalCompliance"),
    fides=("essential.legal_obligation",),
):
    """Do what the law against money laundering demands of a payment."""


Portraits: TypeAlias = PersonalisedRecommendation | PersonalisedAdvertising
"""What indirect portraits are drawn for; each has a switch of its own (USE-7)."""
