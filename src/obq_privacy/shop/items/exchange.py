"""What people say, show and open: sections 1(8), 1(9) and 1(11) of the source."""

from __future__ import annotations

from obq_privacy.shop import _checks
from obq_privacy.shop._terms import pd
from obq_privacy.shop.purposes import (
    AddressBookMatching,
    AddressBookServices,
    AlbumServices,
    Anytime,
    CalendarServices,
    CameraServices,
    CustomerService,
    DisputeResolution,
    PublicPosting,
    QualitySurveys,
    Research,
    StepServices,
    SupplierServices,
    VoiceServices,
)
from obq_privacy.vocab import Category, PersonalItem, masks, validators

CALL_RECORD = PersonalItem(
    "comm.call_record",
    str,
    CustomerService | DisputeResolution | Anytime,
    category=Category.COMMUNICATION,
    validate=validators.Text(1, 4000, lines=True),
    encrypt=True,
    clause="USE-15",
    dpv=pd("CallLog", "VoiceCommunicationRecording"),
    fides=("user.content.private",),
)

CONVERSATION = PersonalItem(
    "comm.content",
    str,
    CustomerService | DisputeResolution | QualitySurveys | SupplierServices | Anytime,
    category=Category.COMMUNICATION,
    validate=validators.Text(1, 20000, lines=True),
    encrypt=True,
    clause="USE-15",
    dpv=pd("Communication"),
    fides=("user.content.private",),
)

LEFT_CONTACT = PersonalItem(
    "comm.left_contact",
    str,
    CustomerService | DisputeResolution | Anytime,
    category=Category.CONTACT,
    validate=validators.Text(1, 254),
    mask=masks.hidden,
    clause="USE-15",
    dpv=pd("Contact"),
    fides=("user.contact",),
)

EVIDENCE = PersonalItem(
    "comm.evidence",
    str,
    CustomerService | DisputeResolution | Anytime,
    category=Category.COMMUNICATION,
    validate=validators.Text(1, 20000, lines=True),
    encrypt=True,
    clause="USE-15",
    dpv=pd("Communication"),
    fides=("user.content.private",),
)

CASE_OUTCOME = PersonalItem(
    "comm.outcome",
    str,
    CustomerService | DisputeResolution | Anytime,
    category=Category.COMMUNICATION,
    validate=validators.Text(1, 4000, lines=True),
    clause="USE-15",
    dpv=pd("Communication"),
    fides=("user.content.private",),
)

SURVEY_ANSWERS = PersonalItem(
    "comm.survey_answer",
    str,
    QualitySurveys | Research | Anytime,
    category=Category.COMMUNICATION,
    validate=validators.Text(1, 20000, lines=True),
    clause="USE-15",
    dpv=pd("Opinion"),
    fides=("user.content.private",),
)

POST = PersonalItem(
    "content.public_post",
    str,
    PublicPosting | Anytime,
    category=Category.CONTENT,
    validate=validators.Text(1, 20000, lines=True),
    clause="USE-16",
    dpv=pd("Opinion", "SocialMediaCommunication"),
    fides=("user.content.public",),
)

LIVE_BROADCAST = PersonalItem(
    "content.public_post.live",
    bytes,
    PublicPosting | Anytime,
    category=Category.CONTENT,
    clause="USE-16",
    dpv=pd("Opinion", "SocialMediaCommunication"),
    fides=("user.content.public",),
)

PHOTO = PersonalItem(
    "content.photo_video",
    bytes,
    CameraServices | AlbumServices | PublicPosting | CustomerService | DisputeResolution | Anytime,
    category=Category.CONTENT,
    clause="USE-18",
    dpv=pd("Picture"),
    fides=(
        "user.content.self_image",
        "user.content",
    ),
)

SCANNED_CODE = PersonalItem(
    "content.scanned_code",
    str,
    CameraServices | Anytime,
    category=Category.CONTENT,
    validate=validators.Text(1, 4000),
    clause="USE-18",
    dpv=pd("ServiceConsumptionBehaviour"),
    fides=("user.behavior",),
)

VOICE_RECORDING = PersonalItem(
    "content.voice_recording",
    bytes,
    VoiceServices | Anytime,
    category=Category.CONTENT,
    clause="USE-20",
    dpv=pd("VoiceCommunicationRecording"),
    fides=("user.content.private",),
)

BOOK_NAME = PersonalItem(
    "contacts.address_book.name",
    str,
    AddressBookServices | AddressBookMatching | Anytime,
    category=Category.ADDRESS_BOOK,
    validate=validators.Text(1, 80),
    mask=masks.name,
    encrypt=True,
    clause="USE-21",
    dpv=pd("SocialNetwork", "Acquaintance"),
    fides=("user.social",),
)

BOOK_PHONE = PersonalItem(
    "contacts.address_book.phone",
    str,
    AddressBookServices | AddressBookMatching | Anytime,
    category=Category.ADDRESS_BOOK,
    validate=validators.MobileNumber(),
    mask=masks.phone,
    encrypt=True,
    clause="USE-21",
    dpv=pd("SocialNetwork", "Acquaintance"),
    fides=("user.social",),
)

CALENDAR_ENTRY = PersonalItem(
    "calendar.entries",
    str,
    CalendarServices | Anytime,
    category=Category.CALENDAR,
    validate=validators.Text(1, 4000, lines=True),
    encrypt=True,
    clause="USE-18",
    dpv=pd("Intention"),
    fides=("user.content.private",),
)

STEPS = PersonalItem(
    "health.steps",
    int,
    StepServices | Anytime,
    category=Category.HEALTH,
    validate=_checks.steps,
    encrypt=True,
    clause="USE-18",
    dpv=pd("Behavioural"),
    fides=("user.sensor",),
)
