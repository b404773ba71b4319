"""Additional services, most of them on a permission of the device: section 1(11) of the source."""

from __future__ import annotations

from obq_privacy.shop._terms import dpv
from obq_privacy.vocab import Purpose


class LocationServices(
    Purpose,
    key="addon.location",
    clause="USE-18",
    dpv=dpv("PersonalisedBenefits"),
    fides=("personalize.content.limited",),
):
    """Show what is near, such as offers in the neighbourhood."""


class CameraServices(
    Purpose,
    key="addon.camera_scan",
    clause="USE-18",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Scan codes, and take photos and videos for reviews and sharing."""


class FaceRecognition(
    Purpose,
    key="addon.face_recognition",
    clause="USE-19",
    dpv=dpv("IdentityAuthentication"),
    fides=("functional.service",),
):
    """Recognise the member's face where the member authorised it, and nowhere else."""


class AlbumServices(
    Purpose, key="addon.album", clause="USE-18", dpv=dpv("RequestedServiceProvision"), fides=("functional.service",)
):
    """Upload photos and videos: as avatar, in a review, to find a product, as proof."""


class VoiceServices(
    Purpose,
    key="addon.microphone_voice",
    clause="USE-20",
    dpv=dpv("SearchFunctionalities", "CustomerCare"),
    fides=("functional.service",),
):
    """Shop by voice, and talk to customer service."""


class AddressBookServices(
    Purpose,
    key="addon.address_book_pick",
    clause="USE-18",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Pick a contact instead of typing a number."""


class AddressBookMatching(
    Purpose,
    key="addon.address_book_match",
    clause="USE-21",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Find out which contacts are members too."""


class FindableByPhone(
    Purpose,
    key="addon.findable_by_phone",
    clause="USE-21",
    dpv=dpv("RequestedServiceProvision"),
    fides=("functional.service",),
):
    """Let other members find this member by the mobile number."""


class AddressBookWriting(
    Purpose,
    key="addon.address_book_write",
    clause="USE-18",
    dpv=dpv("CommunicationManagement"),
    fides=("essential.service.notifications.sms",),
):
    """Write the numbers of the service into the address book, so that its calls are known."""


class CalendarServices(
    Purpose, key="addon.calendar", clause="USE-18", dpv=dpv("CommunicationManagement"), fides=("functional.service",)
):
    """Keep and recall dates of shopping and of benefits."""


class PhoneStateSecurity(
    Purpose,
    key="addon.phone_state",
    clause="USE-18",
    dpv=dpv("MisusePreventionAndDetection"),
    fides=("essential.service.security",),
):
    """Know the device again, to protect account and use."""


class StepServices(
    Purpose, key="addon.steps", clause="USE-18", dpv=dpv("PersonalisedBenefits"), fides=("functional.service",)
):
    """Count steps for the activities that the member takes part in."""
