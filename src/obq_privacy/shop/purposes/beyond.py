"""Beyond the functions: research, cookies, sharing, duties; sections 1(13) and 2 to 5 of the source."""

from __future__ import annotations

from typing import TypeAlias

from obq_privacy.shop._terms import dpv
from obq_privacy.vocab import Purpose


class ResearchStatistics(
    Purpose,
    key="research.deidentified_stats",
    clause="USE-23",
    dpv=dpv("ResearchAndDevelopment", "ServiceUsageAnalytics"),
    fides=("analytics.reporting",),
):
    """Draw statistics in which nobody can be recognised."""


class ModelTraining(
    Purpose,
    key="research.model_training",
    clause="USE-23",
    dpv=dpv("ResearchAndDevelopment"),
    fides=("train_ai_system",),
):
    """Train models on data in which nobody can be recognised."""


class SiteOperation(
    Purpose,
    key="cookie.operate",
    clause="COOK-1",
    dpv=dpv("TechnicalServiceProvision"),
    fides=("functional.storage",),
):
    """Keep on the device what the site cannot work without."""


class MailTracking(
    Purpose,
    key="cookie.beacon_analytics",
    clause="COOK-2",
    dpv=dpv("ServiceUsageAnalytics"),
    fides=("analytics.reporting",),
):
    """Learn which mails are opened and which links in them are followed."""


class PartnerAudiences(
    Purpose,
    key="share.ad_analytics_partner",
    clause="SHARE-5",
    dpv=dpv("Advertising"),
    fides=("analytics.reporting.ad_performance",),
):
    """Tell partners whom their advertisements reach and how well they work."""


class SupplierServices(
    Purpose,
    key="share.supplier",
    clause="SHARE-5",
    dpv=dpv("TechnicalServiceProvision"),
    fides=("third_party_sharing",),
):
    """Have suppliers run what the service is built on."""


class StatutorySharing(
    Purpose,
    key="share.statutory",
    clause="SHARE-2",
    dpv=dpv("LegalCompliance"),
    fides=("third_party_sharing.legal_obligation",),
):
    """Give to authorities and in lawsuits what the law demands."""


class Succession(
    Purpose,
    key="transfer.merger",
    clause="SHARE-6",
    dpv=dpv("OrganisationGovernance"),
    fides=("operations",),
):
    """Hand the service over to a successor."""


class ViolationNotices(
    Purpose,
    key="disclose.penalty",
    clause="SHARE-7",
    dpv=dpv("LegalCompliance", "MisusePreventionAndDetection"),
    fides=("third_party_sharing.legal_obligation",),
):
    """Make a serious violation of the rules known, and what was done about it."""


class StatutoryRecord(
    Purpose,
    key="retain.statutory_record",
    clause="PROT-3",
    dpv=dpv("RecordManagement", "LegalCompliance"),
    fides=("essential.legal_obligation",),
):
    """Keep the records of goods, services and transactions for as long as the law wants them."""


class RightsFulfilment(
    Purpose,
    key="rights.fulfil",
    clause="RIGHT-1",
    dpv=dpv("RightsFulfilment"),
    fides=("essential.legal_obligation",),
):
    """Verify and answer a person who asks for something by right."""


class IncidentNotices(
    Purpose,
    key="incident.notify",
    clause="PROT-6",
    dpv=dpv("CommunicationManagement", "LegalCompliance"),
    fides=("essential.service.notifications",),
):
    """Tell people what happened to their data and what they can do."""


Research: TypeAlias = ResearchStatistics | ModelTraining
"""What is learnt from data only where nobody can be recognised."""

Anytime: TypeAlias = StatutorySharing | Succession
"""What can happen to every personal item: the law demands it, or a successor takes it over."""

Notices: TypeAlias = RightsFulfilment | IncidentNotices
"""What needs a way to reach the person."""
