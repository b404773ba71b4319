"""Single decisions, each at the edge of one clause."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from worlds import (
    CARD,
    DAY,
    DEVICE,
    FACE,
    GUARDIAN,
    MIDNIGHT,
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
from obq_privacy.consent import ConsentEvent, EventKind, Standing, standing_of
from obq_privacy.decision import Deny, Permit, Reason, Request, decide
from obq_privacy.policy import Minors, Policy, Retention, additional, basic
from obq_privacy.vocab import (
    Category,
    LegalBasis,
    Level,
    Operation,
    PersonalItem,
    Pseudonym,
    Purpose,
    PurposeSet,
    Sensitivity,
)

if TYPE_CHECKING:
    from obq_privacy.values import Label

ADULT = dt.date(1990, 5, 1)
START = MIDNIGHT - 10 * DAY
NOW = MIDNIGHT


def _policy(**changes: Any) -> Policy:
    settings: dict[str, Any] = {
        "version": "3",
        "controller": "Example Shop",
        "purposes": [
            basic(Orders, necessary=[NAME], optional=[CARD, PHONE, DEVICE]),
            basic(Account, optional=[NAME, FACE]),
            additional(Marketing, optional=[NAME, DEVICE]),
            additional(EmailMarketing, optional=[NAME, PHONE]),
            additional(FaceLogin, optional=[FACE], requires=[Account]),
            additional(Portrait, optional=[NAME, DEVICE], requires=[FaceLogin]),
        ],
    }
    return Policy(**{**settings, **changes})


POLICY = _policy()


def _event(kind: EventKind, *purposes: type[Purpose], number: int = 0, **changes: Any) -> ConsentEvent:
    facts: dict[str, Any] = {
        "id": f"{number:032x}",
        "key": f"key-{number}",
        "kind": kind,
        "subject": SUBJECT,
        "actor": SUBJECT,
        "purposes": tuple(sorted(purpose.key for purpose in purposes)),
        "version": "3",
        "at": START,
    }
    return ConsentEvent(**{**facts, **changes})


def _grant(*purposes: type[Purpose], number: int = 0, **changes: Any) -> ConsentEvent:
    return _event(EventKind.GRANT, *purposes, number=number, **changes)


def _standing(*events: ConsentEvent, born: dt.date | None = ADULT) -> Standing:
    return standing_of(events, subject=SUBJECT, born=born)


def _decide(
    standing: Standing,
    label: Label,
    purpose: type[Purpose] | None,
    *,
    policy: Policy = POLICY,
    at: dt.datetime = NOW,
    operation: Operation = Operation.USE,
) -> Permit | Deny:
    return decide(policy, standing, label, Request(operation, purpose), at)


def _codes(answer: Permit | Deny) -> list[str]:
    return [] if isinstance(answer, Permit) else list(answer.codes)


# ── What a permit says ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2")
def test_a_consent_permits_and_is_cited() -> None:
    """The permit names its basis, its end and the consent that it rests on."""
    grant = _grant(Orders, valid_until=NOW + DAY)
    assert _decide(_standing(grant), label_of(NAME), Orders) == Permit(LegalBasis.CONSENT, NOW + DAY, (grant.id,))


def test_the_longest_consent_is_cited_and_the_newest_of_equals() -> None:
    """Of several consents the one that holds longest counts; among equals the newest."""
    ends = {1: NOW + DAY, 2: NOW + 3 * DAY, 3: NOW + 3 * DAY, 4: NOW + 2 * DAY}
    grants = [_grant(Orders, number=n, at=START + n * DAY, valid_until=end) for n, end in ends.items()]
    assert _decide(_standing(*grants), label_of(NAME), Orders) == Permit(
        LegalBasis.CONSENT, NOW + 3 * DAY, (grants[2].id,)
    )
    endless = [_grant(Orders, number=n, at=START + n * DAY) for n in (0, 5)]
    assert _decide(_standing(endless[0], *grants), label_of(NAME), Orders) == Permit(
        LegalBasis.CONSENT, None, (endless[0].id,)
    )
    assert _decide(_standing(*endless, *grants), label_of(NAME), Orders) == Permit(
        LegalBasis.CONSENT, None, (endless[1].id,)
    )


def test_combined_items_cite_each_consent_and_end_with_the_first() -> None:
    """A value of two items holds while both consents do; a guardian's consent names the basis."""
    name = _grant(Orders, number=1, items=("name",), valid_until=NOW + 2 * DAY)
    card = _grant(Orders, number=2, items=("card",), valid_until=NOW + DAY)
    label = label_of(NAME, CARD)
    answer = _decide(_standing(name, card), label, Orders)
    assert isinstance(answer, Permit)
    assert (answer.basis, answer.until, set(answer.consents)) == (
        LegalBasis.CONSENT,
        NOW + DAY,
        {name.id, card.id},
    )
    young = dt.date(2007, 1, 1)
    guarded = attrs.evolve(card, actor=GUARDIAN)
    answer = _decide(_standing(name, guarded, born=young), label, Orders)
    assert isinstance(answer, Permit)
    assert answer.basis is LegalBasis.GUARDIAN_CONSENT
    assert answer.until == NOW + DAY


def test_one_consent_for_two_items_is_cited_once() -> None:
    """Consents are cited each once."""
    grant = _grant(Orders)
    assert _decide(_standing(grant), label_of(NAME, CARD), Orders) == Permit(LegalBasis.CONSENT, None, (grant.id,))


@pytest.mark.clause("USE-9")
def test_what_identifies_nobody_needs_no_consent_until_it_is_combined() -> None:
    """Non-personal data is free for its purposes; joined with personal data it needs the consent too."""
    nobody = _standing()
    assert _decide(nobody, label_of(DEVICE), Orders) == Permit(LegalBasis.NON_PERSONAL, None)
    assert _codes(_decide(nobody, label_of(DEVICE).join(label_of(NAME)), Orders)) == ["OBQ114"]
    only_name = _standing(_grant(Orders, items=("name",)))
    assert _codes(_decide(only_name, label_of(NAME), Orders)) == []
    assert _codes(_decide(only_name, label_of(DEVICE).join(label_of(NAME)), Orders)) == ["OBQ114"]


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
    general = _standing(_grant(Orders, level=Level.GENERAL if item is CARD else Level.EXPRESS, items=("phone",)))
    assert isinstance(_decide(general, label, Orders), Deny)
    if item is CARD:
        general = _standing(_grant(Orders, level=Level.GENERAL))
        assert _codes(_decide(general, label, Orders)) == ["OBQ113"]
    assert isinstance(_decide(_standing(_grant(Orders)), label, Orders), Permit)


@pytest.mark.clause("USE-4")
def test_a_purpose_that_builds_on_another_asks_it_for_data_declared_personal_since() -> None:
    """The label's old sensitivity does not leave out the required purpose either."""
    label = label_of(NAME, sensitivity=Sensitivity.NON_PERSONAL, purposes=PurposeSet([Portrait]))
    assert _codes(_decide(_standing(_grant(Portrait)), label, Portrait)) == ["OBQ107"]


@pytest.mark.clause("DEF-3")
def test_a_personal_item_of_a_child_needs_what_sensitive_data_needs() -> None:
    """The label's sensitivity counts where it is higher than the item's."""
    label = label_of(NAME, sensitivity=Sensitivity.SENSITIVE)
    assert _codes(_decide(_standing(_grant(Orders, level=Level.GENERAL)), label, Orders)) == ["OBQ113"]
    assert _codes(_decide(_standing(_grant(Orders, level=Level.GENERAL)), label_of(NAME), Orders)) == []


@pytest.mark.clause("DEF-3")
def test_a_level_for_children_holds_for_every_item_of_a_child() -> None:
    """Where the policy asks separate consent for children, a child's name needs it, and an adult's does not."""
    policy = _policy(levels={Category.CHILD: Level.SEPARATE})
    child = label_of(NAME, categories=frozenset({Category.NAME, Category.CHILD}))
    express, separate = _standing(_grant(Orders, Marketing)), _standing(_grant(Orders, level=Level.SEPARATE))
    assert _decide(express, child, Orders, policy=policy) == Deny([Reason("OBQ113", "name", "orders", "separate")])
    assert _codes(_decide(separate, child, Orders, policy=policy)) == []
    assert _codes(_decide(express, label_of(NAME), Orders, policy=policy)) == []


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
    answer = _decide(_standing(_grant(Orders, Marketing)), label, purpose)
    assert answer == Deny([reason])
    assert isinstance(answer, Deny)
    assert answer.gap


@pytest.mark.clause("DEF-2")
def test_a_refusal_is_no_gap_and_a_gap_among_refusals_shows() -> None:
    """A gap is the weightiest reason after erasure."""
    refusal = _decide(_standing(), label_of(NAME), Orders)
    assert isinstance(refusal, Deny)
    assert not refusal.gap
    mixed = _decide(_standing(), label_of(STRAY, NAME, purposes=PurposeSet([Orders])), Orders)
    assert isinstance(mixed, Deny)
    assert mixed.gap
    assert mixed.codes == ("OBQ102", "OBQ114")
    erased = attrs.evolve(_standing(), erased=True)
    gone = _decide(erased, label_of(STRAY), Unspoken)
    assert isinstance(gone, Deny)
    assert gone.reasons == (Reason("OBQ101"),)
    assert not gone.gap


# ── Hierarchy, exactness, levels ──────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2")
def test_consent_covers_narrower_purposes_and_never_wider_ones() -> None:
    """A consent to orders covers orders at night; one to orders at night does not cover orders."""
    label = label_of(NAME)
    wide, narrow = _standing(_grant(Orders)), _standing(_grant(NightOrders))
    assert [_codes(_decide(wide, label, p)) for p in (Orders, ExpressOrders, NightOrders)] == [[], [], []]
    assert [_codes(_decide(narrow, label, p)) for p in (Orders, ExpressOrders, NightOrders)] == [
        ["OBQ114"],
        ["OBQ114"],
        [],
    ]


@pytest.mark.clause("USE-19")
def test_a_consent_to_a_wider_purpose_does_not_reach_an_exact_item() -> None:
    """Exact items need the purpose's own name in the consent."""
    label = label_of(PHONE)
    assert _codes(_decide(_standing(_grant(Marketing)), label, EmailMarketing)) == ["OBQ114"]
    assert _codes(_decide(_standing(_grant(EmailMarketing)), label, EmailMarketing)) == []
    assert _codes(_decide(_standing(_grant(EmailMarketing)), label, EmailDigest)) == ["OBQ103"]


@pytest.mark.clause("USE-19")
def test_face_needs_its_own_express_consent_for_each_purpose() -> None:
    """Consent to the account does not let a face be used for logging in, nor the other way round."""
    account, login = _grant(Account, number=1), _grant(FaceLogin, number=2)
    assert _codes(_decide(_standing(account), label_of(FACE), FaceLogin)) == ["OBQ114"]
    assert _codes(_decide(_standing(account, login), label_of(FACE), FaceLogin)) == []
    assert _codes(_decide(_standing(login), label_of(FACE), Account)) == ["OBQ114"]
    weak = attrs.evolve(login, level=Level.GENERAL)
    assert _decide(_standing(account, weak), label_of(FACE), FaceLogin) == Deny(
        [Reason("OBQ113", "face", "face-login", "express")]
    )


SEPARATELY = _policy(levels={Category.NAME: Level.SEPARATE})


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
    standing = _standing(_grant(*purposes, level=level))
    assert _codes(_decide(standing, label_of(NAME), asked, policy=SEPARATELY)) == codes


def test_a_separate_consent_serves_where_express_is_enough() -> None:
    """Stronger serves for weaker, with what an express consent covers; weaker does not serve for stronger."""
    standing = _standing(_grant(Orders, level=Level.SEPARATE))
    assert _codes(_decide(standing, label_of(CARD), NightOrders)) == []
    both = _standing(_grant(Orders, Marketing, level=Level.SEPARATE))
    assert _codes(_decide(both, label_of(CARD), Orders)) == []
    general = _standing(_grant(Orders, Marketing, level=Level.GENERAL))
    assert _codes(_decide(general, label_of(CARD), Orders)) == ["OBQ113"]


def test_the_needed_level_is_named() -> None:
    """The reason says which level would do."""
    answer = _decide(_standing(_grant(Orders)), label_of(NAME), Orders, policy=SEPARATELY)
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
    answer = _decide(_standing(_grant(Orders, **changes)), label_of(NAME), Orders)
    assert isinstance(answer, Permit) == permitted


def test_every_reason_is_given() -> None:
    """A purpose that the item does not allow and a period that is over are both told; consents then are not."""
    policy = _policy(retention=[Retention(NAME, DAY)])
    answer = _decide(_standing(), label_of(NAME, collected=NOW - DAY), FaceLogin, policy=policy)
    assert answer == Deny(
        [
            Reason("OBQ103", "name", "face-login"),
            Reason("OBQ105", "name", "face-login"),
            Reason("OBQ107", "", "face-login", "account"),
        ]
    )
    grants = [
        _grant(Orders, number=1, valid_until=NOW),
        _grant(Orders, number=2, level=Level.GENERAL),
        _grant(Orders, number=3, version="2"),
    ]
    assert _decide(_standing(*grants), label_of(CARD), Orders) == Deny(
        [
            Reason("OBQ110", "card", "orders"),
            Reason("OBQ112", "card", "orders", "2"),
            Reason("OBQ113", "card", "orders", "express"),
        ]
    )


@pytest.mark.clause("USE-1")
def test_an_item_that_its_purpose_does_not_list_is_not_needed() -> None:
    """Minimisation, with the item and the purpose in the reason."""
    assert _decide(_standing(_grant(Portrait)), label_of(CARD), Portrait).__class__ is Deny
    answer = _decide(_standing(_grant(Marketing)), label_of(DEVICE), EmailMarketing)
    assert answer == Deny([Reason("OBQ104", "device", "email-marketing")])


# ── What ends a consent ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (EventKind.WITHDRAW, "OBQ108"),
        (EventKind.REFUSE, "OBQ109"),
        (EventKind.EXPIRE, "OBQ110"),
        (EventKind.INVALIDATE, "OBQ111"),
    ],
)
def test_the_reason_says_how_consent_ended(kind: EventKind, code: str) -> None:
    """Each way of ending has its code, and ends what is below the purpose as well."""
    for asked in (Orders, NightOrders):
        for named in (Orders, ExpressOrders):
            answer = _decide(_standing(_grant(Orders), _event(kind, named, number=1)), label_of(NAME), asked)
            reached = issubclass(asked, named)
            assert answer == (Deny([Reason(code, "name", asked.key)]) if reached else answer)
            assert isinstance(answer, Deny) == reached


@pytest.mark.clause("RIGHT-4")
def test_a_new_grant_after_a_withdrawal_permits_again_and_at_the_same_instant_does_not() -> None:
    """On a tie withdrawal wins; a later grant is a new consent, whatever became of the old one."""
    old, new = _grant(Orders, number=1), _grant(Orders, number=2, at=NOW)
    withdrawn = _event(EventKind.WITHDRAW, Orders, number=3, at=NOW)
    assert _codes(_decide(_standing(old, new, withdrawn), label_of(NAME), Orders)) == ["OBQ108"]
    later = attrs.evolve(new, at=NOW + TICK)
    assert _decide(_standing(old, later, withdrawn), label_of(NAME), Orders) == Permit(
        LegalBasis.CONSENT, None, (new.id,)
    )


@pytest.mark.clause("USE-2")
def test_a_consent_ends_at_the_instant_that_it_names() -> None:
    """Up to its end it holds; at its end it does not."""
    standing = _standing(_grant(Orders, valid_until=NOW))
    assert _codes(_decide(standing, label_of(NAME), Orders, at=NOW - TICK)) == []
    assert _codes(_decide(standing, label_of(NAME), Orders, at=NOW)) == ["OBQ110"]


@pytest.mark.clause("USE-1")
def test_a_refusal_is_told_apart_from_silence() -> None:
    """Who was asked and refused, also a wider purpose, did not simply say nothing."""
    refused = _standing(_event(EventKind.REFUSE, Marketing))
    assert _codes(_decide(refused, label_of(NAME), EmailMarketing)) == ["OBQ109"]
    assert _codes(_decide(refused, label_of(NAME), Orders)) == ["OBQ114"]
    narrower = _standing(_event(EventKind.REFUSE, EmailMarketing))
    assert _codes(_decide(narrower, label_of(NAME), Marketing)) == ["OBQ114"]


# ── Retention ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3")
@pytest.mark.parametrize("item", [NAME, DEVICE], ids=["personal", "non-personal"])
def test_retention_counts_from_the_oldest_part_to_the_instant(item: Any) -> None:
    """One tick before its end the value can be used; at its end it cannot, consent or none."""
    policy = _policy(retention=[Retention(NAME, 5 * DAY), Retention(DEVICE, 5 * DAY)])
    label = label_of(item, collected=(NOW - 5 * DAY, NOW))
    standing = _standing(_grant(Orders))
    answer = _decide(standing, label, Orders, policy=policy, at=NOW - TICK)
    assert isinstance(answer, Permit)
    assert answer.until == NOW
    assert _codes(_decide(standing, label, Orders, policy=policy, at=NOW)) == ["OBQ105"]


@pytest.mark.clause("PROT-3")
def test_what_ends_first_ends_the_permit() -> None:
    """The permit ends with retention or with the consent, whichever comes first."""
    policy = _policy(retention=[Retention(NAME, 5 * DAY)])
    label = label_of(NAME, collected=NOW)
    for end, until in ((None, 5), (4, 4), (5, 5), (6, 5)):
        grant = _grant(Orders, valid_until=None if end is None else NOW + end * DAY)
        answer = _decide(_standing(grant), label, Orders, policy=policy)
        assert answer == Permit(LegalBasis.CONSENT, NOW + until * DAY, (grant.id,))


# ── USE-4: purposes that build on others ──────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-4")
def test_withdrawing_what_a_purpose_builds_on_suspends_it() -> None:
    """Directly or further down; and a consent to it again brings the purpose back."""
    account, login, portrait = (_grant(p, number=n) for n, p in enumerate((Account, FaceLogin, Portrait)))
    label = label_of(NAME, purposes=PurposeSet([Portrait]))
    assert _codes(_decide(_standing(account, login, portrait), label, Portrait)) == []
    for without in (Account, FaceLogin):
        gone = _event(EventKind.WITHDRAW, without, number=8, at=NOW)
        answer = _decide(_standing(account, login, portrait, gone), label, Portrait)
        assert answer == Deny([Reason("OBQ107", "", "portrait", without.key)])
        again = _grant(without, number=9, at=NOW + DAY)
        assert _codes(_decide(_standing(account, login, portrait, gone, again), label, Portrait)) == []


@pytest.mark.clause("USE-4")
def test_the_permit_ends_with_the_longest_consent_to_what_it_builds_on() -> None:
    """The required purpose limits the permit, and its consent is cited."""
    login = _grant(FaceLogin)
    accounts = [_grant(Account, number=n, valid_until=NOW + n * DAY) for n in (1, 3, 2)]
    assert _decide(_standing(login, *accounts), label_of(FACE), FaceLogin) == Permit(
        LegalBasis.CONSENT, NOW + 3 * DAY, (login.id, accounts[1].id)
    )
    endless = [_grant(Account, number=n) for n in (4, 5)]
    assert _decide(_standing(login, *accounts, *endless), label_of(FACE), FaceLogin) == Permit(
        LegalBasis.CONSENT, None, (login.id, endless[0].id)
    )


# ── MINOR-1 ───────────────────────────────────────────────────────────────────────────────────────────────

GUARDED = _policy(minors=Minors(guardian_until_majority=frozenset({"orders"})))
FIFTEEN = dt.date(2008, 3, 1)
EIGHTEEN = dt.date(2005, 3, 1)


@pytest.mark.clause("MINOR-1")
@pytest.mark.parametrize(
    ("born", "inclusive", "given", "detail"),
    [
        (FIFTEEN, True, NOW - TICK, "child"),
        (FIFTEEN, True, NOW, ""),
        (FIFTEEN, False, NOW - TICK, ""),
        (dt.date(2009, 3, 1), False, NOW - TICK, "child"),
        (dt.date(2009, 3, 1), False, NOW, ""),
        (dt.date(2009, 3, 1), True, NOW, "child"),
        (None, True, NOW, "birth date unknown"),
    ],
)
def test_a_child_cannot_consent_alone(
    born: dt.date | None, given: dt.datetime, detail: str, *, inclusive: bool
) -> None:
    """At or below 14 (or below 14, as the policy says) on the day of the consent, it does not count, ever after."""
    policy = _policy(minors=Minors(guardian_inclusive=inclusive))
    standing = _standing(_grant(Orders, at=given), born=born)
    for at in (NOW, NOW + 4000 * DAY):
        answer = _decide(standing, label_of(NAME), Orders, policy=policy, at=at)
        assert answer == (Deny([Reason("OBQ106", "name", "orders", detail)]) if detail else answer)
        assert isinstance(answer, Deny) == bool(detail)


@pytest.mark.clause("MINOR-1")
def test_a_minor_consents_alone_except_to_what_the_policy_guards() -> None:
    """Above 14 and below 18: not to the guarded purpose, nor to one below it; to the others, yes."""
    minor = _standing(_grant(Orders, Marketing, at=NOW - TICK), born=EIGHTEEN)
    for asked in (Orders, NightOrders):
        assert _decide(minor, label_of(NAME), asked, policy=GUARDED) == Deny(
            [Reason("OBQ106", "name", asked.key, "minor")]
        )
    assert _codes(_decide(minor, label_of(NAME), Marketing, policy=GUARDED)) == []
    of_age = _standing(_grant(Orders, at=NOW), born=EIGHTEEN)
    assert _codes(_decide(of_age, label_of(NAME), Orders, policy=GUARDED)) == []


@pytest.mark.clause("MINOR-1")
def test_coming_of_age_is_exact_on_the_last_day_of_a_year() -> None:
    """Born on 31 December, counted from the day after, far west of Greenwich: the day begins in the next year's UTC."""
    minors = Minors(counted_from="day-after", zone="-12:00", guardian_until_majority=frozenset({"orders"}))
    policy = _policy(minors=minors)
    of_age = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    for given, codes in ((of_age - TICK, ["OBQ106"]), (of_age, [])):
        standing = _standing(_grant(Orders, at=given), born=dt.date(2005, 12, 31))
        assert _codes(_decide(standing, label_of(NAME), Orders, policy=policy, at=of_age)) == codes


@pytest.mark.clause("MINOR-1")
def test_a_guardians_consent_counts_until_the_subject_is_of_age() -> None:
    """It permits with its own basis, ends with minority at the latest, and then asks the subject."""
    grant = _grant(Orders, actor=GUARDIAN)
    standing = _standing(grant, born=EIGHTEEN)
    assert _decide(standing, label_of(NAME), Orders, at=NOW - TICK) == Permit(
        LegalBasis.GUARDIAN_CONSENT, NOW, (grant.id,)
    )
    assert _codes(_decide(standing, label_of(NAME), Orders)) == ["OBQ110"]
    sooner = _standing(attrs.evolve(grant, valid_until=NOW - DAY), born=EIGHTEEN)
    answer = _decide(sooner, label_of(NAME), Orders, at=NOW - 2 * DAY)
    assert isinstance(answer, Permit)
    assert answer.until == NOW - DAY


@pytest.mark.clause("MINOR-1")
def test_a_guardian_speaks_for_an_unknown_age_only_where_that_counts_as_a_child() -> None:
    """Where an unknown birth date means an adult, nobody consents for the subject, who consents alone."""
    guarded = _standing(_grant(Orders, actor=GUARDIAN), born=None)
    alone = _standing(_grant(Orders), born=None)
    adult = _policy(minors=Minors(unknown="adult"))
    assert _decide(guarded, label_of(NAME), Orders) == Permit(LegalBasis.GUARDIAN_CONSENT, None, ("0" * 32,))
    assert _codes(_decide(alone, label_of(NAME), Orders)) == ["OBQ106"]
    assert _decide(guarded, label_of(NAME), Orders, policy=adult) == Deny([Reason("OBQ114", "name", "orders")])
    assert _codes(_decide(alone, label_of(NAME), Orders, policy=adult)) == []


@pytest.mark.clause("MINOR-1")
def test_a_child_cannot_prolong_what_a_guardian_consented_to() -> None:
    """A renewal by the child alone is a consent by the child alone."""
    grant = _grant(Orders, number=1, actor=GUARDIAN, valid_until=NOW)
    child = dt.date(2015, 1, 1)
    for actor, codes in ((SUBJECT, ["OBQ110"]), (GUARDIAN, []), (Pseudonym("7" * 32), [])):
        renewal = _event(EventKind.RENEW, Orders, number=2, actor=actor, about=grant.id)
        assert _codes(_decide(_standing(grant, renewal, born=child), label_of(NAME), Orders)) == codes


# ── USE-2: versions ───────────────────────────────────────────────────────────────────────────────────────

NAME_WAS = PersonalItem("name", str, Orders | Account | Marketing, category=Category.PROFILE)


def _since(then: Policy, now: Policy = POLICY) -> Policy:
    return now.with_archive({then.version: then.scopes})


@pytest.mark.clause("USE-2")
def test_consent_to_what_did_not_change_goes_on_under_a_new_version() -> None:
    """An older version that says the same covers the same."""
    old = _standing(_grant(Orders, version="2"))
    assert _codes(_decide(old, label_of(NAME), Orders, policy=_since(_policy(version="2")))) == []
    assert _decide(old, label_of(NAME), Orders) == Deny([Reason("OBQ112", "name", "orders", "2")])


@pytest.mark.clause("USE-2")
@pytest.mark.parametrize(
    "orders",
    [
        basic(Orders, optional=[NAME, CARD, PHONE, DEVICE]),
        basic(Orders, necessary=[CARD], optional=[PHONE, DEVICE]),
        basic(Orders, necessary=[NAME], optional=[CARD, PHONE, DEVICE], requires=[Account]),
        additional(Orders, necessary=[NAME], optional=[CARD, PHONE, DEVICE]),
    ],
    ids=["necessary now", "item added", "requirement dropped", "basic now"],
)
def test_consent_does_not_cover_what_a_later_version_changed(orders: Any) -> None:
    """A changed purpose, item or requirement asks again; what did not change does not."""
    others = [rule for rule in POLICY.purposes if rule.purpose is not Orders]
    then = _policy(version="2", purposes=[orders, *others])
    old = _standing(_grant(Orders, Marketing, version="2"))
    assert _codes(_decide(old, label_of(NAME), Orders, policy=_since(then))) == ["OBQ112"]
    assert _codes(_decide(old, label_of(NAME), Marketing, policy=_since(then))) == []


@pytest.mark.clause("USE-2")
def test_consent_to_a_wider_purpose_does_not_cover_one_declared_since() -> None:
    """A purpose that got a rule of its own is new, although the wider one was consented to."""
    without = [rule for rule in POLICY.purposes if rule.purpose is not EmailMarketing]
    then = _policy(version="2", purposes=without, items=())
    old = _standing(_grant(Marketing, version="2"))
    assert _codes(_decide(old, label_of(NAME), EmailMarketing, policy=_since(then))) == ["OBQ112"]
    assert _codes(_decide(old, label_of(NAME), Marketing, policy=_since(then))) == []


@pytest.mark.clause("USE-2")
def test_consent_does_not_cover_what_a_purpose_gains_by_losing_its_own_rule() -> None:
    """Mail once used no name; falling under the wider rule, it would: consent to mail from then does not cover that."""
    others = [rule for rule in POLICY.purposes if rule.purpose is not EmailMarketing]
    then = _policy(version="2", purposes=[*others, additional(EmailMarketing, optional=[PHONE])])
    now = _policy(purposes=others)
    old = _standing(_grant(EmailMarketing, version="2"))
    assert _codes(_decide(old, label_of(NAME), EmailMarketing, policy=_since(then, now))) == ["OBQ112"]


# ── Any purpose ───────────────────────────────────────────────────────────────────────────────────────────


def test_collection_for_any_purpose_takes_the_one_that_holds_longest() -> None:
    """None asks for any of the purposes; an endless one is longer than every other."""
    collect = Operation.COLLECT
    orders, marketing = _grant(Orders, number=1, valid_until=NOW + DAY), _grant(Marketing, number=2)
    label = label_of(NAME)
    standing = _standing(orders, marketing)
    assert _decide(standing, label, None, operation=collect) == Permit(LegalBasis.CONSENT, None, (marketing.id,))
    shorter = _standing(orders, attrs.evolve(marketing, valid_until=NOW + TICK))
    assert _decide(shorter, label, None, operation=collect) == Permit(LegalBasis.CONSENT, NOW + DAY, (orders.id,))
    below = _standing(_grant(EmailMarketing))
    assert isinstance(_decide(below, label, None, operation=collect), Permit)
    nothing = _decide(_standing(), label, None, operation=collect)
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
