"""Becoming a member: section 1(1) of the source."""

from __future__ import annotations

from obq_privacy.shop._terms import dpv
from obq_privacy.vocab import Purpose


class Membership(
    Purpose,
    key="membership.register",
    clause="USE-3",
    dpv=dpv("AccountManagement", "ServiceRegistration"),
    fides=("essential.service",),
):
    """Open and keep an account."""


class MemberVerification(
    Purpose,
    key="membership.verify_member",
    clause="USE-3",
    dpv=dpv("IdentityAuthentication"),
    fides=("essential.service.authentication",),
):
    """Make sure that whoever uses the account is its member."""


class RealPersonAuthentication(
    Purpose,
    key="membership.real_person_auth",
    clause="USE-4",
    dpv=dpv("IdentityVerification"),
    fides=("functional.service",),
):
    """Make sure that a member is the person whom an identity document names."""


class EnhancedProtection(
    Purpose,
    key="membership.enhanced_protection",
    clause="USE-4",
    dpv=dpv("IdentityAuthentication"),
    fides=("functional.service",),
):
    """Protect the account by more than a password."""


class VoiceprintLogin(
    EnhancedProtection,
    key="membership.voiceprint_login",
    clause="USE-4",
    dpv=dpv("IdentityAuthentication"),
    fides=("functional.service",),
):
    """Let the member's voice protect the account."""


class FaceLogin(
    EnhancedProtection,
    key="membership.face_login",
    clause="USE-4",
    dpv=dpv("IdentityAuthentication"),
    fides=("functional.service",),
):
    """Let the member log in by face."""


class ProfilePersonalisation(
    Purpose,
    key="membership.profile_completion",
    clause="USE-5",
    dpv=dpv("ServicePersonalisation"),
    fides=("personalize.content",),
):
    """Suit products and services to what the member says of himself or herself."""


class SellerVerification(
    Purpose,
    key="membership.role_qualification",
    clause="USE-5",
    dpv=dpv("IdentityVerification", "VendorSelectionAssessment"),
    fides=("essential.legal_obligation",),
):
    """Register sellers and service providers: check who they are and that they qualify, and make it known."""
