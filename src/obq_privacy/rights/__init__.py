"""What subjects can ask for, and what the controller owes: everything here goes through a guard or is pure."""

from __future__ import annotations

from types import FunctionType

from obq_privacy.policy import Change, ChangeKind, Diff, diff
from obq_privacy.rights._affected import AffectedSubject, IncidentScope
from obq_privacy.rights._answer import Answer, RequestState, RightsRequest
from obq_privacy.rights._assessment import Assessment, AssessmentKind, impact_assessment, processing_records
from obq_privacy.rights._automated import Automated, Deciding, MachineDecision
from obq_privacy.rights._cease import Cessation
from obq_privacy.rights._correct import Correction
from obq_privacy.rights._decisions import Decisions
from obq_privacy.rights._deletion import Deletion, DeletionState, Evidence, Stays
from obq_privacy.rights._export import Export
from obq_privacy.rights._grounds import DeletionGround, RefusalGround, RequestKind
from obq_privacy.rights._holders import Holder, Holding
from obq_privacy.rights._incident import Incidents
from obq_privacy.rights._incident_case import Incident, IncidentExtent, IncidentKind, IncidentState
from obq_privacy.rights._messages import Converted, Finder, Identity, IncomingRequest, RemoteStatus
from obq_privacy.rights._messages_drp import drp_request, drp_status, open_drp, read_drp_request, read_drp_status
from obq_privacy.rights._messages_opendsr import (
    opendsr_discovery,
    opendsr_request,
    opendsr_response,
    opendsr_status,
    read_opendsr_request,
    read_opendsr_status,
)
from obq_privacy.rights._notices import IncidentNotice
from obq_privacy.rights._receipt import Issuer, consent_history, receipt_id
from obq_privacy.rights._receipt_dpv import receipt_27560
from obq_privacy.rights._receipt_kantara import receipt_kantara
from obq_privacy.rights._receipt_sign import ReceiptKey, sign_receipt, verify_receipt
from obq_privacy.rights._recipients import RecipientNotice
from obq_privacy.rights._replay import Difference, Replay, replay
from obq_privacy.rights._requests import Requests
from obq_privacy.rights._rights import Rights
from obq_privacy.rights._risks import Risk, RiskLevel
from obq_privacy.rights._sweep import Sweep, sweep, sweep_of
from obq_privacy.rights._sweep_parts import SweepCount
from obq_privacy.rights._sweeping import Fate, Swept
from obq_privacy.rights._versions import Concerned, affected, archived, concerned

__all__ = [
    "AffectedSubject",
    "Answer",
    "Assessment",
    "AssessmentKind",
    "Automated",
    "Cessation",
    "Change",
    "ChangeKind",
    "Concerned",
    "Converted",
    "Correction",
    "Deciding",
    "Decisions",
    "Deletion",
    "DeletionGround",
    "DeletionState",
    "Diff",
    "Difference",
    "Evidence",
    "Export",
    "Fate",
    "Finder",
    "Holder",
    "Holding",
    "Identity",
    "Incident",
    "IncidentExtent",
    "IncidentKind",
    "IncidentNotice",
    "IncidentScope",
    "IncidentState",
    "Incidents",
    "IncomingRequest",
    "Issuer",
    "MachineDecision",
    "ReceiptKey",
    "RecipientNotice",
    "RefusalGround",
    "RemoteStatus",
    "Replay",
    "RequestKind",
    "RequestState",
    "Requests",
    "Rights",
    "RightsRequest",
    "Risk",
    "RiskLevel",
    "Stays",
    "Sweep",
    "SweepCount",
    "Swept",
    "affected",
    "archived",
    "concerned",
    "consent_history",
    "diff",
    "drp_request",
    "drp_status",
    "impact_assessment",
    "open_drp",
    "opendsr_discovery",
    "opendsr_request",
    "opendsr_response",
    "opendsr_status",
    "processing_records",
    "read_drp_request",
    "read_drp_status",
    "read_opendsr_request",
    "read_opendsr_status",
    "receipt_27560",
    "receipt_id",
    "receipt_kantara",
    "replay",
    "sign_receipt",
    "sweep",
    "sweep_of",
    "verify_receipt",
]


def _publish() -> None:
    """Make public names report their public module."""
    for name in __all__:
        public = globals()[name]
        if isinstance(public, type | FunctionType):
            public.__module__ = __name__


_publish()
