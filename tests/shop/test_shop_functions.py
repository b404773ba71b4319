"""The functions of the shop as people meet them: what each permits, what it refuses, and where the border is."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from market_world import ADDRESS, CARD, NAME, PHONE, START, adult, market, untyped

from obq_privacy import Kind, Level, Place, combine, shop
from obq_privacy.errors import (
    ArgumentInvalid,
    ConsentMissing,
    ConsentRefused,
    ConsentTooWeak,
    ConsentWithdrawn,
    Denied,
    ItemNotNeeded,
    NotPublished,
    ObjectionStands,
    PurposeNotAllowed,
    RequiredConsentMissing,
    RequiredPurposeMissing,
    UserActionMissing,
)
from obq_privacy.shop import items as i
from obq_privacy.shop import purposes as p

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy import Purpose, Subject
    from obq_privacy.vocab import AnyItem

FEATURES = bytes(512)
VALUES: dict[AnyItem, Any] = {
    i.POSITION_NOW: Place(latitude=30.27, longitude=120.15, accuracy=20),
    i.SCANNED_CODE: "login:4711",
    i.PHOTO: b"\x89PNG",
    i.VOICE_RECORDING: b"RIFF",
    i.BOOK_NAME: "Han Meimei",
    i.CALENDAR_ENTRY: "sale begins at ten",
    i.DEVICE_ID: "device-4711",
    i.STEPS: 8_000,
}
PERMISSIONS: list[tuple[str, type[Purpose], AnyItem]] = [
    ("location", p.LocationServices, i.POSITION_NOW),
    ("camera", p.CameraServices, i.SCANNED_CODE),
    ("album", p.AlbumServices, i.PHOTO),
    ("microphone", p.VoiceServices, i.VOICE_RECORDING),
    ("address-book", p.AddressBookServices, i.BOOK_NAME),
    ("calendar", p.CalendarServices, i.CALENDAR_ENTRY),
    ("phone-state", p.PhoneStateSecurity, i.DEVICE_ID),
    ("steps", p.StepServices, i.STEPS),
]
BASIC = [rule.purpose for rule in shop.POLICY.purposes if rule.kind is Kind.BASIC]
ADDITIONAL = [rule.purpose for rule in shop.POLICY.purposes if rule.kind is Kind.ADDITIONAL]


def collected(subject: Subject, item: AnyItem, value: object) -> Any:
    """Collect a value while the subject acts."""
    return subject.collecting(user_action=True).collect(untyped(item), value)


def shut(use: Callable[[], object], reason: type[Denied]) -> Denied:
    """Make sure that a use is refused, for this reason among others, and give the refusal."""
    with pytest.raises(Denied) as caught:
        use()
    assert reason.code in caught.value.codes
    return caught.value


# ── Membership ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-3")
def test_whoever_consents_to_nothing_can_browse_and_search() -> None:
    """The function needs no personal item, and what it may use of a device it uses without consent."""
    with market() as guard:
        visitor = guard.subject("visitor")
        assert visitor.collect(i.LANGUAGE, "zh-CN").reveal(p.BrowseAndSearch) == "zh-CN"
        rule = guard.policy.rule(p.BrowseAndSearch)
        assert rule is not None
        assert rule.necessary == ()


@pytest.mark.clause("USE-3")
def test_membership_needs_its_four_items_and_consent() -> None:
    """Number, name, member name and password: with consent they are collected and used, without it they are not."""
    rule = shop.POLICY.rule(p.Membership)
    assert rule is not None
    assert set(rule.items) == {i.MOBILE_PHONE, i.CONTACT_NAME, i.MEMBER_NAME, i.PASSWORD}
    with market() as guard:
        member = adult(guard, p.Membership)
        assert member.collect(i.MOBILE_PHONE, PHONE).reveal(p.Membership) == PHONE
        assert member.collect(i.PASSWORD, "correct horse").reveal(p.Membership) == "correct horse"
        visitor = adult(guard, name="visitor")
        shut(lambda: visitor.collect(i.PASSWORD, "correct horse"), ConsentMissing)


@pytest.mark.clause("USE-3")
def test_browsing_is_not_a_way_to_personal_items() -> None:
    """What membership knows is not for browsing, whatever was consented to."""
    with market() as guard:
        member = adult(guard, p.Membership, p.BrowseAndSearch)
        phone = member.collect(i.MOBILE_PHONE, PHONE)
        with pytest.raises(PurposeNotAllowed):
            phone.reveal(untyped(p.BrowseAndSearch))


@pytest.mark.clause("USE-4")
def test_logging_in_by_face_comes_on_top_of_authentication() -> None:
    """It is refused before, permitted after, and rests when the authentication is withdrawn."""
    with market() as guard:
        member = adult(guard)
        with pytest.raises(RequiredConsentMissing):
            member.grant(p.FaceLogin, level=Level.SEPARATE)
        member.grant(p.RealPersonAuthentication, level=Level.SEPARATE)
        member.grant(p.FaceLogin, level=Level.SEPARATE)
        face = member.collect(i.FACE_FEATURES, FEATURES)
        assert face.reveal(p.FaceLogin) == FEATURES
        member.withdraw(p.RealPersonAuthentication)
        with pytest.raises(RequiredPurposeMissing):
            face.reveal(p.FaceLogin)


@pytest.mark.clause("USE-19")
def test_face_features_need_an_explicit_consent_for_each_purpose() -> None:
    """Consent to the wider protection, or to several purposes at once, does not reach them; one of their own does."""
    with market() as guard:
        member = adult(guard)
        member.grant(p.RealPersonAuthentication, level=Level.SEPARATE)
        member.grant(p.EnhancedProtection, level=Level.SEPARATE)
        face = member.collect(i.FACE_FEATURES, FEATURES)
        with pytest.raises(ConsentMissing):
            face.reveal(p.FaceLogin)
        member.grant(p.FaceLogin, p.Membership)
        with pytest.raises(ConsentTooWeak):
            face.reveal(p.FaceLogin)
        member.grant(p.FaceLogin, level=Level.SEPARATE)
        assert face.reveal(p.FaceLogin) == FEATURES


@pytest.mark.clause("USE-5")
def test_a_profile_personalises_and_refusing_it_changes_nothing_else() -> None:
    """The six items are used with consent; refused, they are shut, and whoever refuses orders and browses on."""
    with market() as guard:
        member = adult(guard, p.ProfilePersonalisation, p.OrderManagement)
        position = member.collect(i.POSITION, "buyer")
        consignee = member.collect(i.CONSIGNEE_NAME, NAME)
        assert position.reveal(p.ProfilePersonalisation) == "buyer"
        member.refuse(p.ProfilePersonalisation)
        shut(lambda: position.reveal(p.ProfilePersonalisation), ConsentRefused)
        assert consignee.reveal(p.OrderManagement) == NAME
        assert member.collect(i.LANGUAGE, "zh-CN").reveal(p.BrowseAndSearch) == "zh-CN"


@pytest.mark.clause("USE-5")
def test_sellers_prove_who_they_are_and_that_they_qualify() -> None:
    """Their documents serve the verification, and nothing that they did not consent to."""
    with market() as guard:
        seller = adult(guard, p.SellerVerification)
        licence = seller.collect(i.BUSINESS_LICENCE, "91330100MA27XYZ12A")
        assert licence.reveal(p.SellerVerification) == "91330100MA27XYZ12A"
        with pytest.raises(PurposeNotAllowed):
            licence.reveal(untyped(p.PersonalisedRecommendation))
        buyer = adult(guard, name="buyer")
        shut(lambda: buyer.collect(i.BUSINESS_LICENCE, "91330100MA27XYZ12A"), ConsentMissing)


# ── Portraits ─────────────────────────────────────────────────────────────────────────────────────────────

SWITCHES = [
    (p.PersonalisedRecommendation, p.PersonalisedAdvertising, "general sorting"),
    (p.PersonalisedAdvertising, p.PersonalisedRecommendation, "advertisements that are the same"),
]


@pytest.mark.parametrize(("off", "on", "instead"), SWITCHES, ids=["recommendation", "advertising"])
@pytest.mark.clause("USE-7")
def test_each_portrait_has_a_switch_of_its_own(off: Any, on: Any, instead: str) -> None:
    """Switching one off leaves the other one on, and the refusal says what is offered instead."""
    with market() as guard:
        shopper = adult(guard, p.PersonalisedRecommendation, p.PersonalisedAdvertising)
        browsed = shopper.collect(i.BROWSING, "walnut desks")
        assert browsed.reveal(off) == browsed.reveal(on) == "walnut desks"
        shopper.withdraw(off)
        assert browsed.reveal(on) == "walnut desks"
        denied = shut(lambda: browsed.reveal(off), ConsentWithdrawn)
        assert instead in denied.alternative


@pytest.mark.clause("USE-7")
def test_blocking_a_kind_of_content_narrows_a_portrait() -> None:
    """What is about the topic is not used; the rest is, in the other portrait all is, and unblocking opens it again."""
    with market() as guard:
        shopper = adult(guard, p.PersonalisedRecommendation, p.PersonalisedAdvertising)
        toys = shopper.collecting(topics=["toys"]).collect(i.BROWSING, "wooden trains")
        desks = shopper.collecting(topics=["furniture"]).collect(i.BROWSING, "walnut desks")
        shopper.object_to(p.PersonalisedRecommendation, "toys")
        with pytest.raises(ObjectionStands):
            toys.reveal(p.PersonalisedRecommendation)
        assert desks.reveal(p.PersonalisedRecommendation) == "walnut desks"
        assert toys.reveal(p.PersonalisedAdvertising) == "wooden trains"
        both = combine(lambda one, other: f"{one}, {other}", toys, desks)
        with pytest.raises(ObjectionStands):
            both.reveal(p.PersonalisedRecommendation)
        shopper.allow(p.PersonalisedRecommendation, "toys")
        assert toys.reveal(p.PersonalisedRecommendation) == "wooden trains"


@pytest.mark.clause("USE-7")
def test_a_signal_of_the_browser_refuses_what_follows_people() -> None:
    """Advertising, partners' audiences and mail tracking end by it; recommendations and orders do not."""
    with market() as guard:
        shopper = adult(guard, p.PersonalisedRecommendation, p.PersonalisedAdvertising)
        browsed = shopper.collect(i.BROWSING, "walnut desks")
        refused = shopper.privacy_signal()
        assert set(refused) == {p.PersonalisedAdvertising, p.PartnerAudiences, p.MailTracking}
        shut(lambda: browsed.reveal(p.PersonalisedAdvertising), ConsentRefused)
        assert browsed.reveal(p.PersonalisedRecommendation) == "walnut desks"


# ── Functions around an order ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("item", [i.FAVOURITES, i.CART, i.FOLLOWS, i.SHARES], ids=lambda item: item.key)
@pytest.mark.clause("USE-11")
def test_favourites_serve_their_function_and_nothing_else(item: Any) -> None:
    """Kept with consent and used for that; not without consent, and not for advertising."""
    with market() as guard:
        shopper = adult(guard, p.FavouritesAndFollows, p.PersonalisedAdvertising)
        kept = shopper.collect(item, "walnut desk")
        assert kept.reveal(p.FavouritesAndFollows) == "walnut desk"
        with pytest.raises(PurposeNotAllowed):
            kept.reveal(untyped(p.PersonalisedAdvertising))
        with pytest.raises(ConsentMissing):
            adult(guard, name="visitor").collect(item, "walnut desk")


@pytest.mark.clause("USE-12")
def test_an_order_needs_seven_items_and_may_use_two_more() -> None:
    """Consignee, address and phone from the person; goods, number, time and amount from the order."""
    rule = shop.POLICY.rule(p.OrderManagement)
    assert rule is not None
    consignee = {i.CONSIGNEE_NAME, i.CONSIGNEE_ADDRESS, i.CONSIGNEE_PHONE}
    assert set(rule.necessary) == consignee | {i.ORDER_GOODS, i.ORDER_NUMBER, i.ORDER_TIME, i.ORDER_AMOUNT}
    assert set(rule.optional) == {i.OTHER_PHONE, i.DELIVERY_TIME}
    with market() as guard:
        buyer = adult(guard, p.OrderManagement)
        arriving = buyer.collecting(matter="O-1")
        assert arriving.collect(i.CONSIGNEE_ADDRESS, ADDRESS).reveal(p.OrderManagement) == ADDRESS
        assert arriving.collect(i.ORDER_AMOUNT, Decimal("12.50")).reveal(p.OrderManagement) == Decimal("12.50")
        assert arriving.collect(i.DELIVERY_TIME, "evenings").reveal(p.OrderManagement) == "evenings"
        with pytest.raises(ConsentMissing):
            adult(guard, name="visitor").collect(i.CONSIGNEE_ADDRESS, ADDRESS)


@pytest.mark.clause("USE-12")
def test_what_was_ordered_is_sensitive_and_stays_ciphertext() -> None:
    """Transaction items are sensitive values: wrapped as such, and shut without express consent."""
    with market() as guard:
        buyer = adult(guard, p.OrderManagement)
        goods = buyer.collect(i.ORDER_GOODS, "walnut desk")
        assert goods.label.sensitivity.name == "SENSITIVE"
        assert "walnut" not in repr(goods)
        buyer.withdraw(p.OrderManagement)
        buyer.grant(p.OrderManagement, level=Level.GENERAL)
        shut(lambda: goods.reveal(p.OrderManagement), ConsentTooWeak)


@pytest.mark.clause("USE-1", "USE-12")
def test_an_order_does_not_ask_for_more() -> None:
    """An item that the function does not list is refused, even though everything was consented to."""
    with market() as guard:
        buyer = adult(guard, p.OrderManagement, p.RealPersonAuthentication)
        card = buyer.collect(i.PASSPORT, "X1234567")
        with pytest.raises((PurposeNotAllowed, ItemNotNeeded)):
            card.reveal(untyped(p.OrderManagement))


@pytest.mark.clause("USE-15")
def test_customer_service_verifies_the_member_and_records_the_case() -> None:
    """The member name is necessary; conversation and outcome are kept for the case, and not for offers."""
    rule = shop.POLICY.rule(p.CustomerService)
    assert rule is not None
    assert rule.necessary == (i.MEMBER_NAME,)
    with market() as guard:
        member = adult(guard, p.CustomerService)
        case = member.collecting(matter="case-9")
        assert case.collect(i.MEMBER_NAME, "lilei").reveal(p.CustomerService) == "lilei"
        said = case.collect(i.CONVERSATION, "the desk has a scratch")
        assert said.reveal(p.CustomerService) == "the desk has a scratch"
        assert case.collect(i.CASE_OUTCOME, "refunded").reveal(p.CustomerService) == "refunded"
        with pytest.raises(PurposeNotAllowed):
            said.reveal(untyped(p.MarketingMessages))
        member.withdraw(p.CustomerService)
        with pytest.raises(ConsentWithdrawn):
            said.reveal(p.CustomerService)


@pytest.mark.clause("USE-16", "SHARE-7")
def test_a_post_becomes_public_by_its_authors_act() -> None:
    """Consent to use does not publish it; the act does, and the act is on record."""
    with market() as guard:
        author = adult(guard, p.PublicPosting)
        review = author.collecting(matter="review-1").collect(i.POST, "a fine desk")
        other = author.collecting(matter="review-2").collect(i.POST, "a poor chair")
        shut(lambda: review.disclose(p.PublicPosting), NotPublished)
        author.publish(i.POST, act="pressed publish", matter="review-1")
        assert review.disclose(p.PublicPosting) == "a fine desk"
        shut(lambda: other.disclose(p.PublicPosting), NotPublished)
        (act,) = author.standing.published
        assert (act.item, act.act, act.matter) == ("content.public_post", "pressed publish", "review-1")


@pytest.mark.clause("USE-16")
def test_what_a_member_may_publish_depends_on_the_membership() -> None:
    """The kind of membership is used to find that out, with consent."""
    with market() as guard:
        member = adult(guard, p.PostingPermission)
        assert member.collect(i.MEMBERSHIP_TYPE, "buyer").reveal(p.PostingPermission) == "buyer"
        member.refuse(p.PostingPermission)
        shut(lambda: member.collect(i.MEMBERSHIP_TYPE, "seller"), ConsentRefused)


# ── Security ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("risky", p.RISKY_FUNCTIONS, ids=lambda purpose: purpose.key)
@pytest.mark.clause("USE-17")
def test_without_real_name_verification_risky_functions_are_closed(risky: type[Purpose]) -> None:
    """Refusing it closes each of them, consenting opens them, and browsing stays open all the while."""
    with market() as guard:
        member = adult(guard)
        member.refuse(p.RealNameVerification)
        with pytest.raises(RequiredConsentMissing):
            member.grant(risky)
        language = member.collect(i.LANGUAGE, "zh-CN")
        assert language.reveal(p.BrowseAndSearch) == "zh-CN"
        member.grant(p.RealNameVerification)
        member.grant(risky)
        member.refuse(p.RealNameVerification)
        assert language.reveal(p.BrowseAndSearch) == "zh-CN"


@pytest.mark.clause("USE-17")
def test_a_risky_function_rests_when_the_verification_is_withdrawn() -> None:
    """What was open for a shop is shut at that moment; the shop's other data is not touched."""
    with market() as guard:
        seller = adult(guard, p.RealNameVerification, p.ProductPublishing, p.Membership)
        product = seller.collect(i.PRODUCT_INFORMATION, "walnut desk, 120 cm")
        name = seller.collect(i.MEMBER_NAME, "lilei")
        assert product.reveal(p.ProductPublishing) == "walnut desk, 120 cm"
        seller.withdraw(p.RealNameVerification)
        with pytest.raises(RequiredPurposeMissing):
            product.reveal(p.ProductPublishing)
        assert name.reveal(p.Membership) == "lilei"


@pytest.mark.clause("USE-17")
def test_devices_and_logs_are_watched_for_security() -> None:
    """Device, log, member and transaction data serve it, and serve it only where they may."""
    with market() as guard:
        member = adult(guard, p.SecurityAndFraudPrevention)
        for item, value in ((i.IMEI, "490154203237518"), (i.IP_ADDRESS, "203.0.113.7"), (i.MEMBER_NAME, "lilei")):
            assert member.collect(untyped(item), value).reveal(p.SecurityAndFraudPrevention) == value
        imei = member.collect(i.IMEI, "490154203237518")
        with pytest.raises(PurposeNotAllowed):
            imei.reveal(untyped(p.PersonalisedAdvertising))
        with pytest.raises(ConsentMissing):
            adult(guard, name="visitor").collect(i.IMEI, "490154203237518")


# ── Permissions of the device ─────────────────────────────────────────────────────────────────────────────


def test_eight_permissions_carry_eight_purposes() -> None:
    """Each has one purpose, and no other purpose depends on a permission."""
    carried = {rule.permission: rule.purpose for rule in shop.POLICY.purposes if rule.permission}
    assert carried == {permission: purpose for permission, purpose, _ in PERMISSIONS}


@pytest.mark.parametrize(("permission", "purpose", "item"), PERMISSIONS, ids=[row[0] for row in PERMISSIONS])
@pytest.mark.clause("USE-18")
def test_a_permission_turned_on_is_consent_and_turned_off_is_withdrawal(
    permission: str, purpose: type[Purpose], item: AnyItem
) -> None:
    """Before, nothing is collected; on, it is; off, it is not any more. What was done stays on record."""
    with market() as guard:
        member = adult(guard)
        value = VALUES[item]
        shut(lambda: collected(member, item, value), ConsentMissing)
        member.permission_changed(permission, on=True)
        held = collected(member, item, value)
        assert held.reveal(purpose) == value
        member.permission_changed(permission, on=False)
        with pytest.raises(ConsentWithdrawn):
            held.reveal(purpose)
        shut(lambda: collected(member, item, value), ConsentWithdrawn)
        used = [entry for entry in guard.audit.entries(subject=member.pseudonym) if entry.purpose == purpose.key]
        assert next(entry.outcome for entry in used if entry.operation == "use") == "permit"


@pytest.mark.parametrize(("permission", "purpose", "item"), PERMISSIONS, ids=[row[0] for row in PERMISSIONS])
@pytest.mark.clause("USE-18")
def test_a_permission_is_about_its_own_purpose_only(permission: str, purpose: type[Purpose], item: AnyItem) -> None:
    """Turning one on or off changes nothing for the seven others."""
    del item
    with market() as guard:
        member = adult(guard)
        for name, _, _ in PERMISSIONS:
            if name != permission:
                member.permission_changed(name, on=True)
        member.permission_changed(permission, on=True)
        member.permission_changed(permission, on=False)
        for name, other, thing in PERMISSIONS:
            if name != permission:
                assert collected(member, thing, VALUES[thing]).reveal(other) == VALUES[thing]
        assert purpose.key in {key for consent in member.standing.consents for key in consent.ended}


@pytest.mark.clause("USE-18", "RIGHT-4")
def test_a_permission_that_was_turned_off_stays_off_after_a_restart(tmp_path: Path) -> None:
    """On a file: what was collected and sealed before is shut, until the permission is turned on again."""
    path = tmp_path / "shop.db"
    with market(path) as guard:
        member = adult(guard)
        member.permission_changed("location", on=True)
        sealed = member.collect(i.POSITION_NOW, VALUES[i.POSITION_NOW]).seal(record="trip")
        member.permission_changed("location", on=False)
    with market(path) as guard:
        member = adult(guard)
        place = guard.unseal(i.POSITION_NOW, sealed, record="trip")
        shut(lambda: place.reveal(p.LocationServices), ConsentWithdrawn)
        member.permission_changed("location", on=True)
        assert place.reveal(p.LocationServices) == VALUES[i.POSITION_NOW]


@pytest.mark.clause("USE-18")
def test_a_permission_that_the_policy_lacks_is_refused() -> None:
    """An unknown permission is a mistake of the application, not a consent."""
    with market() as guard, pytest.raises(ArgumentInvalid):
        adult(guard).permission_changed("bluetooth", on=True)


@pytest.mark.clause("USE-19")
def test_the_camera_permission_is_no_consent_to_recognise_faces() -> None:
    """Recognition builds on the camera, needs its own consent besides, and rests when the camera is turned off."""
    with market() as guard:
        member = adult(guard)
        member.permission_changed("camera", on=True)
        shut(lambda: member.collect(i.FACE_FEATURES, FEATURES), ConsentMissing)
        member.grant(p.FaceRecognition, level=Level.SEPARATE)
        face = member.collect(i.FACE_FEATURES, FEATURES)
        assert face.reveal(p.FaceRecognition) == FEATURES
        member.permission_changed("camera", on=False)
        with pytest.raises(RequiredPurposeMissing):
            face.reveal(p.FaceRecognition)


@pytest.mark.clause("USE-20")
def test_the_microphone_hears_only_while_it_is_pressed() -> None:
    """With the permission and the press it records; without the press it does not; without the permission neither."""
    with market() as guard:
        member = adult(guard)
        member.permission_changed("microphone", on=True)
        heard = member.collecting(user_action=True).collect(i.VOICE_RECORDING, b"RIFF")
        assert heard.reveal(p.VoiceServices) == b"RIFF"
        shut(lambda: member.collect(i.VOICE_RECORDING, b"RIFF"), UserActionMissing)
        released = member.collecting(user_action=False)
        shut(lambda: released.collect(i.VOICE_RECORDING, b"RIFF"), UserActionMissing)
        member.permission_changed("microphone", on=False)
        pressed = member.collecting(user_action=True)
        shut(lambda: pressed.collect(i.VOICE_RECORDING, b"RIFF"), ConsentWithdrawn)


@pytest.mark.clause("USE-21")
def test_a_contact_is_matched_without_telling_the_number() -> None:
    """Numbers of both are encrypted; the match needs the consent of the one and, apart, of the one who is found."""
    with market() as guard:
        owner = adult(guard, p.AddressBookMatching)
        friend = adult(guard, p.Membership, name="friend")
        listed = owner.collect(i.BOOK_PHONE, PHONE)
        own = friend.collect(i.MOBILE_PHONE, PHONE)
        assert i.BOOK_PHONE.encrypt
        assert i.MOBILE_PHONE.encrypt
        with pytest.raises(ConsentMissing):
            guard.matches(listed, own, p.AddressBookMatching, found=p.FindableByPhone)
        friend.grant(p.FindableByPhone)
        assert guard.matches(listed, own, p.AddressBookMatching, found=p.FindableByPhone)
        friend.withdraw(p.FindableByPhone)
        with pytest.raises(ConsentWithdrawn):
            guard.matches(listed, own, p.AddressBookMatching, found=p.FindableByPhone)


# ── Cookies ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("COOK-1")
def test_cookies_can_be_refused_one_kind_at_a_time() -> None:
    """Necessary ones are basic; the others are additional and go without taking the necessary ones with them."""
    assert p.SiteOperation in BASIC
    with market() as guard:
        visitor = adult(guard, p.SiteOperation, p.PersonalisedRecommendation)
        site = visitor.collect(i.SITE_COOKIE, "s-1")
        preference = visitor.collect(i.PREFERENCE_COOKIE, "p-1")
        visitor.refuse(p.PersonalisedRecommendation)
        assert site.reveal(p.SiteOperation) == "s-1"
        shut(lambda: preference.reveal(p.PersonalisedRecommendation), ConsentRefused)
        visitor.refuse(p.PersonalisedAdvertising)
        shut(lambda: visitor.collect(i.ADVERTISING_COOKIE, "a-1"), ConsentRefused)
        visitor.refuse(p.SiteOperation)
        shut(lambda: visitor.collect(i.SITE_COOKIE, "s-2"), ConsentRefused)
        assert visitor.collect(i.LANGUAGE, "zh-CN").reveal(p.BrowseAndSearch) == "zh-CN"


@pytest.mark.clause("COOK-1")
def test_a_cookie_of_one_kind_is_not_used_for_the_other() -> None:
    """What keeps the site going is not for advertising."""
    with market() as guard:
        visitor = adult(guard, p.SiteOperation, p.PersonalisedAdvertising)
        site = visitor.collect(i.SITE_COOKIE, "s-1")
        with pytest.raises(PurposeNotAllowed):
            site.reveal(untyped(p.PersonalisedAdvertising))


@pytest.mark.parametrize(("item", "value"), [(i.MAIL_OPENED, START), (i.LINK_FOLLOWED, "/sale")], ids=["open", "link"])
@pytest.mark.clause("COOK-2")
def test_unsubscribing_stops_the_tracking_of_mails(item: Any, value: Any) -> None:
    """With consent openings and clicks are collected; after unsubscribing nothing more is, nor is the old used."""
    with market() as guard:
        reader = adult(guard, p.MailTracking, p.MarketingMessages)
        before = reader.collect(item, value)
        assert before.reveal(p.MailTracking) == value
        reader.withdraw(p.MailTracking)
        with pytest.raises(ConsentWithdrawn):
            reader.collect(item, value)
        with pytest.raises(ConsentWithdrawn):
            before.reveal(p.MailTracking)
        assert reader.collect(i.EMAIL, "li@example.com").reveal(p.MarketingMessages) == "li@example.com"


# ── All of them ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-1")
def test_doing_without_everything_additional_leaves_a_shop() -> None:
    """Whoever refuses every additional function still joins, orders, pays and is delivered to."""
    with market() as guard:
        member = adult(guard, *BASIC)
        for purpose in ADDITIONAL:
            member.refuse(purpose)
        order = member.collecting(matter="O-1")
        assert member.collect(i.MEMBER_NAME, "lilei").reveal(p.Membership) == "lilei"
        assert order.collect(i.CONSIGNEE_PHONE, PHONE).reveal(p.Delivery) == PHONE
        assert order.collect(i.CARD_NUMBER, CARD).reveal(p.Payment) == CARD


@pytest.mark.clause("USE-2")
def test_a_duty_by_law_is_no_way_to_collect() -> None:
    """That the law wants a record kept, or a notice sent, permits nobody to collect what was not consented to."""
    with market() as guard:
        visitor = adult(guard)
        for item, value in ((i.MOBILE_PHONE, PHONE), (i.ORDER_GOODS, "walnut desk"), (i.CARD_NUMBER, CARD)):
            shut(partial(visitor.collect, untyped(item), value), ConsentMissing)
