"""Around an order: delivery, help, posts and security, sections 1(7) to 1(10) of the source."""

from __future__ import annotations

from typing import TypeAlias

from obq_privacy.shop._terms import dpv
from obq_privacy.shop.purposes.service import AccountSecurityLog
from obq_privacy.vocab import Purpose


class Delivery(
    Purpose,
    key="delivery.fulfil",
    clause="USE-14",
    dpv=dpv("DeliveryOfGoods"),
    fides=("essential.service", "third_party_sharing"),
):
    """Bring the order to the consignee."""


class CustomerService(
    Purpose,
    key="support.customer_service",
    clause="USE-15",
    dpv=dpv("CommunicationForCustomerCare"),
    fides=("essential.service.operations.support",),
):
    """Answer members, and record what was said and how it ended."""


class DisputeResolution(
    Purpose,
    key="support.dispute",
    clause="USE-15",
    dpv=dpv("DisputeManagement"),
    fides=("essential.service.operations.support",),
):
    """Settle disputes and deal with returns."""


class QualitySurveys(
    Purpose,
    key="support.survey_quality",
    clause="USE-15",
    dpv=dpv("CustomerRelationshipManagement", "ImproveExistingProductsAndServices"),
    fides=("functional.service.improve",),
):
    """Ask members how good the service is."""


class PublicPosting(
    Purpose,
    key="publish.user_content",
    clause="USE-16",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Publish what a member wants to be read: reviews, answers, posts, live broadcasts, what a seller offers."""


class PostingPermission(
    Purpose,
    key="publish.permission_check",
    clause="USE-16",
    dpv=dpv("ServiceAccessDetermination"),
    fides=("essential.service",),
):
    """Find out which of the functions for publishing a member may use."""


class RealNameVerification(
    Purpose,
    key="security.real_name",
    clause="USE-17",
    dpv=dpv("IdentityVerification"),
    fides=("essential.legal_obligation",),
):
    """Make sure of a member's real name before functions that are risky for others."""


class AccountManagement(
    Purpose,
    key="risky.account_management",
    clause="USE-17",
    dpv=dpv("AccountManagement"),
    fides=("functional.service",),
):
    """Change what protects an account, or hand it on."""


class ShopOpening(
    Purpose, key="risky.shop_opening", clause="USE-17", dpv=dpv("ServiceRegistration"), fides=("functional.service",)
):
    """Open a shop."""


class ProductPublishing(
    Purpose,
    key="risky.product_publishing",
    clause="USE-17",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Offer products to everybody."""


class Quotations(
    Purpose,
    key="risky.quotations",
    clause="USE-17",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Quote prices to buyers."""


class RiskyTransactions(
    Purpose,
    key="risky.transactions",
    clause="USE-17",
    dpv=dpv("CustomerOrderManagement"),
    fides=("functional.service",),
):
    """Go on with a transaction that looks risky."""


class SecurityAndFraudPrevention(
    Purpose,
    key="security.risk_control",
    clause="USE-17",
    dpv=dpv("FraudPreventionAndDetection", "EnforceSecurity"),
    fides=("essential.fraud_detection", "essential.service.security"),
):
    """Find fraud, intrusion and other dangers to members, and guard against them."""


RISKY_FUNCTIONS: tuple[type[Purpose], ...] = (
    AccountManagement,
    ShopOpening,
    ProductPublishing,
    Quotations,
    RiskyTransactions,
)
"""What whoever does without real-name verification does without; browsing and searching stay (USE-17)."""

Security: TypeAlias = AccountSecurityLog | SecurityAndFraudPrevention
"""What devices and logs are watched for."""
