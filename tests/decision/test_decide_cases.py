"""Single decisions, each at the edge of one clause: what is asked, of what, and how it was consented to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from cases import (
    FIFTEEN,
    LATE,
    NOW,
    POLICY,
    START,
    a_grant,
    a_policy,
    a_standing,
    ask,
    codes_of,
)
from worlds import (
    CARD,
    DAY,
    DEVICE,
    FACE,
    GUARDIAN,
    NAME,
    PHONE,
    STRAY,
    SUBJECT,
    TICK,
    Account,
    EmailDigest,
    EmailMarketing,
    ExpressOrders,
    FaceLogin,
    Marketing,
    NightOrders,
    Orders,
    Portrait,
    Unspoken,
    label_of,
)

from obq_privacy import errors
from obq_privacy.decision import Deny, Permit, Reason
from obq_privacy.policy import Minors, Retention, additional, basic
from obq_privacy.vocab import (
    Category,
    LegalBasis,
    Level,
    NonPersonalItem,
    Operation,
    PersonalItem,
    Purpose,
    PurposeSet,
    Sensitivity,
)

if TYPE_CHECKING:
    from obq_privacy.values import Label

# ── What a permit says ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2")
def test_a_consent_permits_and_is_cited() -> None:
    """The permit names its basis, its end and the consent that it rests on."""
    grant = a_grant(Orders, valid_until=NOW + DAY)
    assert ask(a_standing(grant), label_of(NAME), Orders) == Permit(LegalBasis.CONSENT, NOW + DAY, (grant.id,))


def test_the_longest_consent_is_cited_and_the_newest_of_equals() -> None:
    """Of several consents the one that holds longest counts; among equals the newest."""
    ends = {1: NOW + DAY, 2: NOW + 3 * DAY, 3: NOW + 3 * DAY, 4: NOW + 2 * DAY}
    grants = [a_grant(Orders, number=n, at=START + n * DAY, valid_until=end) for n, end in ends.items()]
    assert ask(a_standing(*grants), label_of(NAME), Orders) == Permit(
        LegalBasis.CONSENT, NOW + 3 * DAY, (grants[2].id,)
    )
    endless = [a_grant(Orders, number=n, at=START + n * DAY) for n in (0, 5)]
    assert ask(a_standing(endless[0], *grants), label_of(NAME), Orders) == Permit(
        LegalBasis.CONSENT, None, (endless[0].id,)
    )
    assert ask(a_standing(*endless, *grants), label_of(NAME), Orders) == Permit(
        LegalBasis.CONSENT, None, (endless[1].id,)
    )


def test_combined_items_cite_each_consent_and_end_with_the_first() -> None:
    """A value of two items holds while both consents do; a guardian's consent names the basis."""
    name = a_grant(Orders, number=1, items=("name",), valid_until=NOW + 2 * DAY)
    card = a_grant(Orders, number=2, items=("card",), valid_until=NOW + DAY)
    label = label_of(NAME, CARD)
    answer = ask(a_standing(name, card), label, Orders)
    assert isinstance(answer, Permit)
    assert (answer.basis, answer.until, set(answer.consents)) == (
        LegalBasis.CONSENT,
        NOW + DAY,
        {name.id, card.id},
    )
    young = dt.date(2007, 1, 1)
    guarded = attrs.evolve(card, actor=GUARDIAN)
    answer = ask(a_standing(name, guarded, born=young), label, Orders)
    assert isinstance(answer, Permit)
    assert answer.basis is LegalBasis.GUARDIAN_CONSENT
    assert answer.until == NOW + DAY


def test_one_consent_for_two_items_is_cited_once() -> None:
    """Consents are cited each once."""
    grant = a_grant(Orders)
    assert ask(a_standing(grant), label_of(NAME, CARD), Orders) == Permit(LegalBasis.CONSENT, None, (grant.id,))


@pytest.mark.clause("USE-9")
def test_what_identifies_nobody_needs_no_consent_until_it_is_combined() -> None:
    """Non-personal data is free for its purposes; joined with personal data it needs the consent too."""
    nobody = a_standing()
    assert ask(nobody, label_of(DEVICE), Orders) == Permit(LegalBasis.NON_PERSONAL, None)
    assert codes_of(ask(nobody, label_of(DEVICE).join(label_of(NAME)), Orders)) == ["OBQ114"]
    only_name = a_standing(a_grant(Orders, items=("name",)))
    assert codes_of(ask(only_name, label_of(NAME), Orders)) == []
    assert codes_of(ask(only_name, label_of(DEVICE).join(label_of(NAME)), Orders)) == ["OBQ114"]


@pytest.mark.clause("USE-9")
def test_two_items_that_identify_nobody_are_free_together() -> None:
    """Joined with each other they stay what they were, and end with the first."""
    model = NonPersonalItem("model", str, Orders)
    policy = a_policy(
        purposes=[basic(Orders, optional=[NAME, DEVICE, model]), *POLICY.purposes[1:]],
        retention=[Retention(DEVICE, 9 * DAY), Retention(model, 5 * DAY)],
    )
    label = label_of(DEVICE, model, collected=NOW)
    assert ask(a_standing(), label, Orders, policy=policy) == Permit(LegalBasis.NON_PERSONAL, NOW + 5 * DAY)


@pytest.mark.clause("USE-2")
def test_an_item_listed_under_a_wider_purpose_is_not_allowed_for_it() -> None:
    """A rule may list an item of a narrower purpose; for the wider one it stays shut, whatever a label claims."""
    policy = a_policy(
        purposes=[*POLICY.purposes[:2], additional(Marketing, optional=[NAME, PHONE]), *POLICY.purposes[3:]]
    )
    claimed = label_of(PHONE, purposes=PurposeSet([Marketing]))
    standing = a_standing(a_grant(Marketing, EmailMarketing))
    assert ask(standing, claimed, Marketing, policy=policy) == Deny([Reason("OBQ103", "phone", "marketing")])
    assert isinstance(ask(standing, claimed, EmailMarketing, policy=policy), Permit)


@pytest.mark.clause("DEF-2", "DEF-3")
@pytest.mark.parametrize(
    ("item", "labelled"),
    [
        (NAME, Sensitivity.NON_PERSONAL),
        (CARD, Sensitivity.NON_PERSONAL),
        (CARD, Sensitivity.PERSONAL),
    ],
    ids=["personal now", "sensitive now", "more sensitive now"],
)
def test_a_value_is_as_sensitive_as_its_item_is_declared_now(item: Any, labelled: Sensitivity) -> None:
    """A label from before the item was declared more sensitive does not go without the consent that it needs now."""
    label = label_of(item, sensitivity=labelled)
    general = a_standing(a_grant(Orders, level=Level.GENERAL if item is CARD else Level.EXPRESS, items=("phone",)))
    assert isinstance(ask(general, label, Orders), Deny)
    if item is CARD:
        general = a_standing(a_grant(Orders, level=Level.GENERAL))
        assert codes_of(ask(general, label, Orders)) == ["OBQ113"]
    assert isinstance(ask(a_standing(a_grant(Orders)), label, Orders), Permit)


@pytest.mark.clause("USE-4")
def test_a_purpose_that_builds_on_another_asks_it_for_data_declared_personal_since() -> None:
    """The label's old sensitivity does not leave out the required purpose either."""
    label = label_of(NAME, sensitivity=Sensitivity.NON_PERSONAL, purposes=PurposeSet([Portrait]))
    assert codes_of(ask(a_standing(a_grant(Portrait)), label, Portrait)) == ["OBQ107"]


@pytest.mark.clause("DEF-3")
def test_a_personal_item_of_a_child_needs_what_sensitive_data_needs() -> None:
    """The label's sensitivity counts where it is higher than the item's."""
    label = label_of(NAME, sensitivity=Sensitivity.SENSITIVE)
    assert codes_of(ask(a_standing(a_grant(Orders, level=Level.GENERAL)), label, Orders)) == ["OBQ113"]
    assert codes_of(ask(a_standing(a_grant(Orders, level=Level.GENERAL)), label_of(NAME), Orders)) == []


@pytest.mark.clause("DEF-3")
def test_a_level_for_children_holds_for_every_item_of_a_child() -> None:
    """Where the policy asks separate consent for children, a child's name needs it, and an adult's does not."""
    policy = a_policy(levels={Category.CHILD: Level.SEPARATE})
    child = label_of(NAME, categories=frozenset({Category.NAME, Category.CHILD}))
    express, separate = a_standing(a_grant(Orders, Marketing)), a_standing(a_grant(Orders, level=Level.SEPARATE))
    assert ask(express, child, Orders, policy=policy) == Deny([Reason("OBQ113", "name", "orders", "separate")])
    assert codes_of(ask(separate, child, Orders, policy=policy)) == []
    assert codes_of(ask(express, label_of(NAME), Orders, policy=policy)) == []


@pytest.mark.clause("DEF-3")
@pytest.mark.parametrize(
    ("born", "minors", "collected", "child"),
    [
        (FIFTEEN, Minors(), NOW - TICK, True),
        (FIFTEEN, Minors(), NOW, False),
        (FIFTEEN, Minors(sensitive_inclusive=False), NOW - TICK, False),
        (None, Minors(unknown="child"), NOW, True),
        (None, Minors(unknown="adult"), NOW, False),
        (dt.date(2007, 12, 31), LATE, dt.datetime(2023, 1, 1, 12, tzinfo=dt.UTC) - TICK, True),
        (dt.date(2007, 12, 31), LATE, dt.datetime(2023, 1, 1, 12, tzinfo=dt.UTC), False),
    ],
)
def test_a_level_for_children_goes_by_the_age_at_collection_too(
    born: dt.date | None, minors: Minors, collected: dt.datetime, *, child: bool
) -> None:
    """The label of a sensitive item does not say whose it is: who was a child when it was collected counts as one."""
    policy = a_policy(levels={Category.CHILD: Level.SEPARATE}, minors=minors)
    by = SUBJECT if born is None and minors.unknown == "adult" else GUARDIAN
    standing = a_standing(a_grant(Orders, Marketing, actor=by), born=born)
    answer = ask(standing, label_of(CARD, collected=collected), Orders, policy=policy)
    assert codes_of(answer) == (["OBQ113"] if child else [])


# ── Gaps ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-2")
@pytest.mark.parametrize(
    ("label", "purpose", "reason"),
    [
        (label_of(NAME), Unspoken, Reason("OBQ102", "name", "unspoken", "purpose")),
        (label_of(STRAY), Orders, Reason("OBQ102", "stray", "orders", "item")),
        (label_of(), Orders, Reason("OBQ102", "", "orders", "no item")),
        (label_of(), Unspoken, Reason("OBQ102", "", "unspoken", "no item")),
        (label_of(), None, Reason("OBQ102", "", "", "no item")),
        (label_of(NAME, purposes=PurposeSet()), None, Reason("OBQ102", "name", "", "no purpose")),
    ],
    ids=["purpose", "item", "nothing", "nothing for nothing", "nothing for any", "no purpose left"],
)
def test_what_the_policy_does_not_speak_of_is_a_gap(
    label: Label, purpose: type[Purpose] | None, reason: Reason
) -> None:
    """Refused, and told apart from a refusal."""
    answer = ask(a_standing(a_grant(Orders, Marketing)), label, purpose)
    assert answer == Deny([reason])
    assert isinstance(answer, Deny)
    assert answer.gap


@pytest.mark.clause("DEF-2")
def test_every_item_that_the_policy_lacks_is_named() -> None:
    """One gap does not hide the next: whoever closes the first sees at once what else is missing."""
    strays = [PersonalItem(f"stray-{number}", str, Orders) for number in range(4)]
    denied = ask(a_standing(a_grant(Orders)), label_of(NAME, *strays), Orders)
    assert isinstance(denied, Deny)
    assert {reason.item for reason in denied.reasons if reason.code == "OBQ102"} == {item.key for item in strays}


@pytest.mark.clause("DEF-2")
def test_a_refusal_is_no_gap_and_a_gap_among_refusals_shows() -> None:
    """A gap is the weightiest reason after erasure."""
    refusal = ask(a_standing(), label_of(NAME), Orders)
    assert isinstance(refusal, Deny)
    assert not refusal.gap
    mixed = ask(a_standing(), label_of(STRAY, NAME, purposes=PurposeSet([Orders])), Orders)
    assert isinstance(mixed, Deny)
    assert mixed.gap
    assert mixed.codes == ("OBQ102", "OBQ114")
    unknown = [PersonalItem(f"stray-{number}", str, Orders) for number in range(5)]
    every = a_standing(), label_of(NAME, CARD, *unknown, purposes=PurposeSet([Orders]))
    assert ask(*every, Orders) == Deny(
        [
            *(Reason("OBQ102", item.key, "orders", "item") for item in unknown),
            Reason("OBQ114", "card", "orders"),
            Reason("OBQ114", "name", "orders"),
        ]
    )
    erased = attrs.evolve(a_standing(), erased=True)
    gone = ask(erased, label_of(STRAY), Unspoken)
    assert isinstance(gone, Deny)
    assert gone.reasons == (Reason("OBQ101"),)
    assert not gone.gap


# ── Hierarchy, exactness, levels ──────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2")
def test_consent_covers_narrower_purposes_and_never_wider_ones() -> None:
    """A consent to orders covers orders at night; one to orders at night does not cover orders."""
    label = label_of(NAME)
    wide, narrow = a_standing(a_grant(Orders)), a_standing(a_grant(NightOrders))
    assert [codes_of(ask(wide, label, p)) for p in (Orders, ExpressOrders, NightOrders)] == [[], [], []]
    assert [codes_of(ask(narrow, label, p)) for p in (Orders, ExpressOrders, NightOrders)] == [
        ["OBQ114"],
        ["OBQ114"],
        [],
    ]


@pytest.mark.clause("USE-19")
def test_a_consent_to_a_wider_purpose_does_not_reach_an_exact_item() -> None:
    """Exact items need the purpose's own name in the consent."""
    label = label_of(PHONE)
    assert codes_of(ask(a_standing(a_grant(Marketing)), label, EmailMarketing)) == ["OBQ114"]
    assert codes_of(ask(a_standing(a_grant(EmailMarketing)), label, EmailMarketing)) == []
    assert codes_of(ask(a_standing(a_grant(EmailMarketing)), label, EmailDigest)) == ["OBQ103"]


@pytest.mark.clause("USE-19")
def test_face_needs_its_own_express_consent_for_each_purpose() -> None:
    """Consent to the account does not let a face be used for logging in, nor the other way round."""
    account, login = a_grant(Account, number=1), a_grant(FaceLogin, number=2)
    assert codes_of(ask(a_standing(account), label_of(FACE), FaceLogin)) == ["OBQ114"]
    assert codes_of(ask(a_standing(account, login), label_of(FACE), FaceLogin)) == []
    assert codes_of(ask(a_standing(login), label_of(FACE), Account)) == ["OBQ114"]
    weak = attrs.evolve(login, level=Level.GENERAL)
    assert ask(a_standing(account, weak), label_of(FACE), FaceLogin) == Deny(
        [Reason("OBQ113", "face", "face-login", "express")]
    )


SEPARATELY = a_policy(levels={Category.NAME: Level.SEPARATE})


@pytest.mark.clause("USE-2")
@pytest.mark.parametrize(
    ("purposes", "level", "asked", "codes"),
    [
        ((Marketing,), Level.SEPARATE, Marketing, []),
        ((Marketing,), Level.EXPRESS, Marketing, ["OBQ113"]),
        ((Marketing, Orders), Level.SEPARATE, Marketing, ["OBQ113"]),
        ((Marketing,), Level.SEPARATE, EmailMarketing, ["OBQ113"]),
        ((EmailMarketing,), Level.SEPARATE, EmailMarketing, []),
        ((EmailDigest,), Level.SEPARATE, EmailDigest, []),
    ],
    ids=["itself", "not separate", "two at once", "a narrower one", "the narrower by name", "undeclared by name"],
)
def test_a_separate_consent_covers_exactly_the_one_purpose_that_it_names(
    purposes: tuple[type[Purpose], ...], level: Level, asked: type[Purpose], codes: list[str]
) -> None:
    """Where a separate consent is needed, only one that names this purpose and no other counts."""
    standing = a_standing(a_grant(*purposes, level=level))
    assert codes_of(ask(standing, label_of(NAME), asked, policy=SEPARATELY)) == codes


def test_a_separate_consent_serves_where_express_is_enough() -> None:
    """Stronger serves for weaker, with what an express consent covers; weaker does not serve for stronger."""
    standing = a_standing(a_grant(Orders, level=Level.SEPARATE))
    assert codes_of(ask(standing, label_of(CARD), NightOrders)) == []
    both = a_standing(a_grant(Orders, Marketing, level=Level.SEPARATE))
    assert codes_of(ask(both, label_of(CARD), Orders)) == []
    general = a_standing(a_grant(Orders, Marketing, level=Level.GENERAL))
    assert codes_of(ask(general, label_of(CARD), Orders)) == ["OBQ113"]


def test_the_needed_level_is_named() -> None:
    """The reason says which level would do."""
    answer = ask(a_standing(a_grant(Orders)), label_of(NAME), Orders, policy=SEPARATELY)
    assert answer == Deny([Reason("OBQ113", "name", "orders", "separate")])


@pytest.mark.parametrize(
    ("changes", "permitted"),
    [
        ({"items": ("name",)}, True),
        ({"items": ("card",)}, False),
        ({"categories": ("name",)}, True),
        ({"categories": ("contact",)}, False),
        ({"items": ("name",), "categories": ("contact",)}, False),
        ({"operations": (Operation.USE,)}, True),
        ({"operations": (Operation.COLLECT,)}, False),
        ({"operations": ()}, False),
    ],
)
def test_a_consent_covers_the_items_categories_and_operations_that_it_names(
    changes: dict[str, Any], *, permitted: bool
) -> None:
    """Named limits hold together; no limit named is no limit, but no operation is none."""
    answer = ask(a_standing(a_grant(Orders, **changes)), label_of(NAME), Orders)
    assert isinstance(answer, Permit) == permitted


def test_every_reason_is_given() -> None:
    """A purpose that the item does not allow and a period that is over are both told; consents then are not."""
    policy = a_policy(retention=[Retention(NAME, DAY)])
    answer = ask(a_standing(), label_of(NAME, collected=NOW - DAY), FaceLogin, policy=policy)
    assert answer == Deny(
        [
            Reason("OBQ103", "name", "face-login"),
            Reason("OBQ105", "name", "face-login"),
            Reason("OBQ107", "", "face-login", "account"),
        ]
    )
    grants = [
        a_grant(Orders, number=1, valid_until=NOW),
        a_grant(Orders, number=2, level=Level.GENERAL),
        a_grant(Orders, number=3, version="2"),
    ]
    assert ask(a_standing(*grants), label_of(CARD), Orders) == Deny(
        [
            Reason("OBQ110", "card", "orders"),
            Reason("OBQ112", "card", "orders", "2"),
            Reason("OBQ113", "card", "orders", "express"),
        ]
    )


@pytest.mark.clause("USE-1")
def test_an_item_that_its_purpose_does_not_list_is_not_needed() -> None:
    """Minimisation, with the item and the purpose in the reason."""
    assert ask(a_standing(a_grant(Portrait)), label_of(CARD), Portrait).__class__ is Deny
    answer = ask(a_standing(a_grant(Marketing)), label_of(DEVICE), EmailMarketing)
    assert answer == Deny([Reason("OBQ104", "device", "email-marketing")])


# ── Any purpose ───────────────────────────────────────────────────────────────────────────────────────────


def test_collection_for_any_purpose_takes_the_one_that_holds_longest() -> None:
    """None asks for any of the purposes; an endless one is longer than every other."""
    collect = Operation.COLLECT
    orders, marketing = a_grant(Orders, number=1, valid_until=NOW + DAY), a_grant(Marketing, number=2)
    label = label_of(NAME)
    standing = a_standing(orders, marketing)
    assert ask(standing, label, None, operation=collect) == Permit(LegalBasis.CONSENT, None, (marketing.id,))
    shorter = a_standing(orders, attrs.evolve(marketing, valid_until=NOW + TICK))
    assert ask(shorter, label, None, operation=collect) == Permit(LegalBasis.CONSENT, NOW + DAY, (orders.id,))
    below = a_standing(a_grant(EmailMarketing))
    assert isinstance(ask(below, label, None, operation=collect), Permit)
    nothing = ask(a_standing(), label, None, operation=collect)
    assert isinstance(nothing, Deny)
    assert {reason.purpose for reason in nothing.reasons} == {
        "account",
        "marketing",
        "email-marketing",
        "orders",
        "portrait",
    }


def test_a_denial_has_a_reason() -> None:
    """A refusal without a reason cannot be made."""
    with pytest.raises(ValueError, match="reasons"):
        Deny([])
    assert errors.PolicyGap.code == "OBQ102"
