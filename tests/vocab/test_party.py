"""Recipients, sources, invoked bases and actors: what a declaration says, and that nothing changes it afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from obq_privacy import Actor, Agreement, Invoked, LegalBasis, Recipient, RecipientKind, Role, SecurityCheck, errors
from obq_privacy.vocab import Category, PersonalItem, Purpose, PurposeSet, ThirdPartySource


class Delivery(Purpose):
    """Bring the order."""


class Payment(Purpose):
    """Take the money."""


NAME = PersonalItem("name", str, Delivery, category=Category.NAME)
TERM = Agreement("DPA-1", dt.date(2026, 1, 1), dt.date(2026, 12, 31))
CHECK = SecurityCheck(dt.date(2026, 6, 1), dt.date(2026, 11, 30))


def a_recipient(key: str = "fast-carrier.cn", **changes: Any) -> Recipient[Any]:
    """Give a recipient."""
    return Recipient(key, Delivery, **{"kind": RecipientKind.PARTNER, **changes})


# ── Recipients ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-1", "SHARE-5")
def test_what_is_left_out_of_a_recipient_permits_least() -> None:
    """No agreement, no check, a policy of its own, at home; its title is its key in words."""
    bare = a_recipient()
    assert (bare.key, bare.kind, bare.role, bare.region) == ("fast-carrier.cn", RecipientKind.PARTNER, Role.OTHER, "CN")
    assert (bare.items, bare.agreement, bare.check, bare.public_key) == ((), None, None, None)
    assert (bare.follows_policy, bare.sdk, bare.title, bare.clause) == (False, False, "fast carrier cn", None)
    assert bare.purposes == PurposeSet([Delivery])


def test_a_recipient_keeps_what_its_declaration_says() -> None:
    """Every part, under its own name."""
    whole = Recipient(
        "carrier",
        Delivery | Payment,
        kind=RecipientKind.AFFILIATE,
        role=Role.LOGISTICS,
        region="SG",
        items=iter([NAME]),
        agreement=TERM,
        follows_policy=True,
        sdk=True,
        check=CHECK,
        public_key=b"k" * 32,
        title="The carrier",
        clause="SHARE-5",
    )
    assert (whole.kind, whole.role, whole.region) == (RecipientKind.AFFILIATE, Role.LOGISTICS, "SG")
    assert (whole.items, whole.agreement, whole.check, whole.public_key) == ((NAME,), TERM, CHECK, b"k" * 32)
    assert (whole.follows_policy, whole.sdk, whole.title, whole.clause) == (True, True, "The carrier", "SHARE-5")
    assert whole.purposes == PurposeSet([Delivery, Payment])
    assert repr(whole) == "Recipient(carrier)"


def test_items_that_are_no_collection_are_refused_in_the_name_of_the_recipient() -> None:
    """One item by itself is none; an empty clause is no clause."""
    wrong: Any = NAME
    with pytest.raises(errors.RecipientInvalid) as refused:
        a_recipient(items=wrong)
    assert refused.value.declaration == "fast-carrier.cn"
    assert refused.value.problem == "its items are a collection of items"
    assert a_recipient(clause="").clause is None
    assert ThirdPartySource("bureau", undertaking=None, clause="").clause is None


@pytest.mark.clause("DEF-1")
@pytest.mark.parametrize("kind", list(RecipientKind))
def test_an_affiliate_with_a_policy_of_its_own_counts_as_a_third_party(kind: RecipientKind) -> None:
    """Every other kind counts as what it is, whatever policy it follows."""
    assert a_recipient(kind=kind, follows_policy=True).standing is kind
    own = RecipientKind.THIRD_PARTY if kind is RecipientKind.AFFILIATE else kind
    assert a_recipient(kind=kind).standing is own


@pytest.mark.clause("SHARE-1")
def test_a_consent_means_a_recipient_by_its_key_or_its_role() -> None:
    """By these two words and no other; a key is never mistaken for a role, because it has no colon."""
    assert a_recipient(role=Role.LOGISTICS).names == {"fast-carrier.cn", "role:logistics"}
    with pytest.raises(errors.RecipientInvalid):
        a_recipient("role:logistics")


@pytest.mark.clause("SHARE-5")
def test_advertising_and_analytics_are_an_audience() -> None:
    """They get what identifies nobody; nobody else is held to that by the role."""
    assert {role for role in Role if role.audience} == {Role.ADVERTISING, Role.ANALYTICS}


def test_the_words_for_kinds_and_roles_are_written_to_disk() -> None:
    """They never change: policies and consents hold them."""
    assert [kind.value for kind in RecipientKind] == ["controller", "affiliate", "partner", "third-party", "public"]
    assert [role.value for role in Role] == [
        *("payment", "logistics", "seller", "advertising", "analytics", "supplier", "customer-service"),
        *("authority", "successor", "other"),
    ]


@pytest.mark.parametrize("key", ["", "Carrier", "a b", "顺丰", 7])
def test_a_key_that_cannot_stand_in_records_is_refused(key: Any) -> None:
    """Of a recipient and of a source, in words that quote the key and say what a key is."""
    with pytest.raises(errors.RecipientInvalid) as refused:
        a_recipient(key) if isinstance(key, str) else Recipient(key, Delivery, kind=RecipientKind.PARTNER, title="x")
    assert refused.value.declaration == repr(key)
    assert refused.value.problem == "its key is not lower-case words joined by . - or _"
    with pytest.raises(errors.RecipientInvalid):
        ThirdPartySource(key, undertaking=None, title="x")


def test_a_recipient_is_for_purposes() -> None:
    """Something else is refused in its name, and so is Purpose itself, which would allow everything."""
    wrong: Any
    for wrong in (str, Purpose, None):
        with pytest.raises(errors.PurposeInvalid) as refused:
            Recipient("carrier", wrong, kind=RecipientKind.PARTNER)
        assert refused.value.declaration == "carrier"


# ── Sources ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-10")
def test_a_source_keeps_what_its_declaration_says() -> None:
    """Its undertaking has to be named, even where there is none."""
    whole = ThirdPartySource("credit.bureau", undertaking=TERM, region="SG", title="The bureau", clause="USE-10")
    said = (whole.key, whole.undertaking, whole.region, whole.title, whole.clause)
    assert said == ("credit.bureau", TERM, "SG", "The bureau", "USE-10")
    bare = ThirdPartySource("credit-bureau.cn", undertaking=None)
    assert (bare.undertaking, bare.region, bare.title, bare.clause) == (None, "CN", "credit bureau cn", None)
    assert repr(bare) == "ThirdPartySource(credit-bureau.cn)"


# ── What is invoked ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-22")
@pytest.mark.parametrize("basis", [basis for basis in LegalBasis if basis.invoked])
def test_an_invoked_basis_says_why_and_by_whom(basis: LegalBasis) -> None:
    """What it shows is the basis and the person; why is for the record alone."""
    invoked = Invoked(basis, justification="file 17", by="legal-desk")
    assert (invoked.basis, invoked.justification, invoked.by) == (basis, "file 17", "legal-desk")
    assert repr(invoked) == f"Invoked({basis.value}, by legal-desk)"


@pytest.mark.clause("USE-22")
@pytest.mark.parametrize("basis", [*(basis for basis in LegalBasis if not basis.invoked), "news", None])
def test_what_is_found_by_itself_is_not_invoked(basis: Any) -> None:
    """Nor is a mere word."""
    with pytest.raises(errors.ArgumentInvalid) as refused:
        Invoked(basis, justification="file 17", by="legal-desk")
    assert (refused.value.argument, refused.value.problem) == ("basis", "it is a legal basis that has to be invoked")


@pytest.mark.clause("USE-22")
@pytest.mark.parametrize("text", ["", " \n", "\ud800", "file \udfff", 7, None, b"file 17"])
def test_an_invoked_basis_is_answered_for_in_text(text: Any) -> None:
    """Neither part is empty, or cannot be written."""
    for name in ("justification", "by"):
        with pytest.raises(errors.ArgumentInvalid) as refused:
            Invoked(LegalBasis.NEWS, **{"justification": "file 17", "by": "legal-desk", name: text})
        assert refused.value.argument == name
        assert refused.value.problem == "it is a str that says something and has bytes"
    assert Invoked(LegalBasis.NEWS, justification="案件 17 🗂", by="?").justification == "案件 17 🗂"


# ── All of them ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        (a_recipient(agreement=TERM), "agreement"),
        (a_recipient(), "public_key"),
        (ThirdPartySource("bureau", undertaking=TERM), "undertaking"),
        (ThirdPartySource("bureau", undertaking=TERM), "key"),
        (Invoked(LegalBasis.NEWS, justification="file 17", by="legal-desk"), "justification"),
    ],
)
def test_a_declaration_cannot_be_changed(declared: Any, name: str) -> None:
    """Nothing is set, replaced or taken away; nothing can be added."""
    before = getattr(declared, name)
    words = rf"^{type(declared).__name__} is immutable$"
    with pytest.raises(AttributeError, match=words):
        setattr(declared, name, "other")
    with pytest.raises(AttributeError, match=words):
        delattr(declared, name)
    with pytest.raises(AttributeError):
        object.__setattr__(declared, "added", 1)
    assert getattr(declared, name) is before


@pytest.mark.clause("PROT-1")
def test_an_actor_has_no_role_that_was_not_given() -> None:
    """A name alone gives none."""
    assert Actor("guest").roles == frozenset()
