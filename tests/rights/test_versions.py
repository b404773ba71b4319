"""A new version of the policy: what it does not give without agreement, and who must be told and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from versions_world import (
    ADULT,
    CARRIER,
    DAY,
    INCOME,
    NAME,
    PHONE,
    POST,
    SIGNED,
    Books,
    Delivery,
    HandClock,
    Marketing,
    Scoring,
    new,
    old,
    shop,
)

from obq_privacy import (
    Category,
    Level,
    Minors,
    Operation,
    Recipient,
    RecipientKind,
    Retention,
    Role,
    additional,
    basic,
    statutory,
)
from obq_privacy.errors import (
    ConsentMissing,
    ConsentOutdated,
    Denied,
    PolicyConflict,
    PolicyDocumentInvalid,
    RetentionEnded,
    VersionUnknown,
)
from obq_privacy.rights import affected, archived, concerned, diff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy import Guard, Policy, Pseudonym, Subject
    from obq_privacy.rights import Concerned


def code(act: Callable[[], object]) -> str:
    """Give the code of the refusal, or "" where there is none."""
    try:
        act()
    except Denied as refusal:
        return refusal.codes[0]
    return ""


def returning(guard: Guard, name: str = "shopper") -> Subject:
    return guard.subject(name)


def kept(guard: Guard, subject: Subject) -> tuple[bytes, bytes]:
    """Collect a name and a telephone number, and give them sealed."""
    assert returning(guard).pseudonym
    name = subject.collect(NAME, "Li Lei of Canary Row")
    phone = subject.collect(PHONE, "13800138000")
    return name.seal(), phone.seal()


# ── Nothing is widened without agreement (CHANGE-1) ───────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-1")
def test_what_a_later_version_adds_is_not_covered(tmp_path: Path) -> None:
    """A purpose, a recipient, an item and a shared item of version 2, under the consents of version 1."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Delivery, Marketing)
        subject.grant(Delivery, recipients=[CARRIER, POST])
        name, phone = kept(guard, subject)
        assert code(lambda: guard.unseal(NAME, name).share(Delivery, to=CARRIER)) == ""
        assert code(lambda: guard.unseal(PHONE, phone).reveal(Delivery)) == ""
        assert code(lambda: guard.unseal(PHONE, phone).share(Delivery, to=CARRIER)) == "OBQ119"
        assert code(lambda: guard.unseal(NAME, name).share(Delivery, to=POST)) == "OBQ115"
    with shop(path, new(), clock) as guard:
        subject = returning(guard)
        assert code(lambda: guard.unseal(NAME, name).reveal(Delivery)) == ""
        assert code(lambda: guard.unseal(NAME, name).share(Delivery, to=CARRIER)) == ""
        assert code(lambda: guard.unseal(PHONE, phone).reveal(Delivery)) == ""
        assert code(lambda: guard.unseal(NAME, name).share(Delivery, to=POST)) == ConsentOutdated.code
        assert code(lambda: guard.unseal(PHONE, phone).share(Delivery, to=CARRIER)) == ConsentOutdated.code
        assert code(lambda: guard.unseal(PHONE, phone).reveal(Marketing)) == ConsentOutdated.code
        assert code(lambda: subject.collect(INCOME, 5)) == ConsentMissing.code
        subject.grant(Delivery, recipients=[CARRIER, POST])
        subject.grant(Marketing)
        assert code(lambda: guard.unseal(NAME, name).share(Delivery, to=POST)) == ""
        assert code(lambda: guard.unseal(PHONE, phone).share(Delivery, to=CARRIER)) == ""
        assert code(lambda: guard.unseal(PHONE, phone).reveal(Marketing)) == ""


@pytest.mark.clause("CHANGE-1")
def test_longer_retention_waits_for_agreement(tmp_path: Path) -> None:
    """Up to the last second of the older period, and from then on only for whoever agreed."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        tokens = {}
        for name in ("silent", "agreeing"):
            subject = guard.subject(name, born=ADULT)
            subject.grant(Delivery)
            tokens[name] = subject.collect(NAME, "Li Lei of Canary Row").seal()
    clock.move(DAY)
    with shop(path, new(), clock) as guard:
        clock.move(29 * DAY - DAY / 86400)
        assert code(lambda: guard.unseal(NAME, tokens["silent"]).reveal(Delivery)) == ""
        clock.move(DAY / 86400)
        assert code(lambda: guard.unseal(NAME, tokens["silent"]).reveal(Delivery)) == RetentionEnded.code
        assert code(lambda: guard.unseal(NAME, tokens["agreeing"]).reveal(Delivery)) == RetentionEnded.code
        guard.subject("agreeing").agree()
        assert code(lambda: guard.unseal(NAME, tokens["agreeing"]).reveal(Delivery)) == ""
        assert code(lambda: guard.unseal(NAME, tokens["silent"]).reveal(Delivery)) == RetentionEnded.code
        clock.move(30 * DAY)
        assert code(lambda: guard.unseal(NAME, tokens["agreeing"]).reveal(Delivery)) == RetentionEnded.code


@pytest.mark.clause("CHANGE-1")
def test_a_consent_to_the_new_version_is_an_agreement_for_its_purpose(tmp_path: Path) -> None:
    """It was given to the text that says how long."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Delivery, Marketing)
        token = subject.collect(NAME, "Li Lei of Canary Row").seal()
    with shop(path, new(), clock) as guard:
        returning(guard).grant(Marketing)
        clock.move(45 * DAY)
        assert code(lambda: guard.unseal(NAME, token).reveal(Marketing)) == ""
        assert code(lambda: guard.unseal(NAME, token).reveal(Delivery)) == RetentionEnded.code


@pytest.mark.clause("CHANGE-1")
def test_what_is_collected_under_a_version_that_was_not_agreed_to_goes_by_the_older_one(tmp_path: Path) -> None:
    """The consent covers it, and so do the terms of the consent."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        guard.subject("shopper", born=ADULT).grant(Delivery)
    with shop(path, new(), clock) as guard:
        value = returning(guard).collect(NAME, "Li Lei of Canary Row")
        clock.move(29 * DAY)
        assert code(lambda: value.reveal(Delivery)) == ""
        clock.move(DAY)
        assert code(lambda: value.reveal(Delivery)) == RetentionEnded.code
        returning(guard).agree()
        assert code(lambda: value.reveal(Delivery)) == ""


@pytest.mark.clause("CHANGE-1")
def test_a_limit_that_was_dropped_still_holds_for_older_values(tmp_path: Path) -> None:
    """Also where a younger value of the same origin has just been revealed."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Delivery)
        early = subject.collect(NAME, "Li Lei of Canary Row").seal()
        clock.move(20 * DAY)
        late = subject.collect(NAME, "Li Lei of Canary Row").seal()
    with shop(path, new(retention=[]), clock) as guard:
        first, second = guard.unseal(NAME, early), guard.unseal(NAME, late)
        clock.move(10 * DAY)
        assert code(lambda: second.reveal(Delivery)) == ""
        assert code(lambda: first.reveal(Delivery)) == RetentionEnded.code


@pytest.mark.clause("CHANGE-1")
def test_a_higher_age_limit_does_not_end_what_was_valid_alone(tmp_path: Path) -> None:
    """Somebody of fifteen consented alone under a limit of fourteen; the next one asks for a guardian below sixteen."""
    clock, path = HandClock(), tmp_path / "shop.db"
    fifteen = ADULT.replace(year=2011)
    with shop(path, old(), clock) as guard:
        subject = guard.subject("teen", born=fifteen)
        subject.grant(Delivery)
        token = subject.collect(NAME, "Li Lei of Canary Row").seal()
    with shop(path, new(minors=Minors(guardian_age=16)), clock) as guard:
        assert code(lambda: guard.unseal(NAME, token).reveal(Delivery)) == ""
        with pytest.raises(Exception, match="guardian"):
            guard.subject("teen").grant(Marketing)


# ── Versions are kept (CHANGE-3) ──────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("CHANGE-3")
def test_another_text_under_a_used_version_is_refused(tmp_path: Path) -> None:
    """And the store stays as it was; the same text opens it, whatever the order of its declarations."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock):
        pass
    with pytest.raises(PolicyConflict), shop(path, old(retention=[Retention(NAME, 31 * DAY)]), clock):
        pass
    with pytest.raises(PolicyConflict), shop(path, old(recipients=[]), clock):
        pass
    with shop(path, old(purposes=old().purposes[::-1]), clock) as guard:
        assert archived(guard, "1", items=[NAME, PHONE]).dumps() == old().dumps()


@pytest.mark.clause("CHANGE-3")
def test_every_version_stays_readable(tmp_path: Path) -> None:
    """With the classes of the application, or without any; an unknown one is told as such."""
    clock, path = HandClock(), tmp_path / "shop.db"
    for policy in (old(), new()):
        with shop(path, policy, clock):
            pass
    with shop(path, new(version="3"), clock) as guard:
        assert archived(guard, "1").dumps() == old().dumps()
        then = archived(guard, "2", items=[NAME, PHONE, INCOME], recipients=[CARRIER])
        assert (then.dumps(), then.item("phone"), then.recipient("carrier")) == (new().dumps(), PHONE, CARRIER)
        assert guard.policy.archive.keys() == {"1", "2"}
        with pytest.raises(VersionUnknown):
            archived(guard, "4")
        with pytest.raises(PolicyDocumentInvalid):
            archived(guard, "1", items=[Fake])


bytes_: Any = bytes
Fake: Any = type(NAME)("phone", bytes_, Delivery)


@pytest.mark.clause("CHANGE-3")
def test_consents_and_values_name_their_version(tmp_path: Path) -> None:
    """The one that they were given and collected under, also later."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        assert subject.grant(Delivery).version == "1"
        token = subject.collect(NAME, "Li Lei of Canary Row").seal()
    with shop(path, new(), clock) as guard:
        assert guard.unseal(NAME, token).label.versions == {"1"}
        assert [one.grant.version for one in returning(guard).standing.consents] == ["1"]
        assert returning(guard).grant(Marketing).version == "2"


# ── Who must be told and asked (CHANGE-2) ─────────────────────────────────────────────────────────────────


def found(guard: Guard, before: Policy, after: Policy) -> dict[Pseudonym, Concerned]:
    return {one.subject: one for one in affected(guard, diff(before, after))}


@pytest.mark.clause("CHANGE-1", "CHANGE-2")
def test_everybody_is_asked_about_what_they_consented_to_and_nothing_else(tmp_path: Path) -> None:
    """Found by deciding what each consent covers under both versions; the new purpose is no matter of asking again."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        people = {name: guard.subject(name, born=ADULT) for name in ("nobody", "user", "sharer", "reader", "past")}
        people["user"].grant(Delivery, items=[NAME])
        people["sharer"].grant(Delivery)
        people["sharer"].grant(Delivery, recipients=[CARRIER])
        people["reader"].grant(Marketing)
        people["past"].grant(Delivery, Marketing)
        people["past"].withdraw(Marketing)
        people["past"].withdraw(Delivery)
        names = {subject.pseudonym: name for name, subject in people.items()}
        by_name = {names[one]: row for one, row in found(guard, old(), new()).items()}
    asked = {name: (row.ask, row.narrower) for name, row in by_name.items()}
    assert asked == {
        "nobody": ((), ()),
        "user": ((), ("delivery",)),
        "sharer": (("delivery",), ()),
        "reader": (("marketing",), ()),
        "past": ((), ()),
    }
    told = {name: {change.declaration for change in row.tell} for name, row in by_name.items()}
    assert "purpose scoring" in told["nobody"]
    assert "recipient post" in told["sharer"]
    assert "recipient post" not in told["reader"]


@pytest.mark.clause("CHANGE-1", "CHANGE-2")
def test_nobody_is_asked_about_less(tmp_path: Path) -> None:
    """From the newer to the older: everything that is left is covered."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, new(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Delivery, Marketing, Scoring)
        subject.grant(Delivery, recipients=[CARRIER, POST])
        (row,) = found(guard, new(), old()).values()
    assert (row.ask, row.narrower) == ((), ())
    assert not [change for change in row.tell if change.reduces]


@pytest.mark.clause("CHANGE-2")
def test_whoever_consented_to_the_new_version_is_not_asked(tmp_path: Path) -> None:
    """One purpose at a time."""
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Delivery, items=[NAME])
        subject.grant(Marketing)
        compared = diff(old(), new())
        assert [(row.ask, row.narrower) for row in affected(guard, compared)] == [(("marketing",), ("delivery",))]
    with shop(path, new(), clock) as guard:
        subject = returning(guard)
        subject.grant(Marketing)
        assert concerned(compared, subject.standing, at=clock.clock.now())[1:3] == ((), ("delivery",))
        subject.agree()
        assert concerned(compared, subject.standing, at=clock.clock.now())[1:3] == ((), ())


@pytest.mark.clause("CHANGE-2")
def test_a_draft_is_compared_before_it_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over more subjects than one page, each once; erased ones are left out."""
    monkeypatch.setattr("obq_privacy.rights._versions._PAGE", 2)
    clock, path = HandClock(), tmp_path / "shop.db"
    with shop(path, old(), clock) as guard:
        for number in range(7):
            guard.subject(f"shopper-{number}", born=ADULT).grant(Marketing)
        guard.subject("shopper-3").erase()
        rows = list(affected(guard, diff(old(), new())))
    assert len(rows) == 6
    assert {row.ask for row in rows} == {("marketing",)}
    assert [row.subject for row in rows] == sorted(row.subject for row in rows)


STRICTER = [
    basic(Delivery, necessary=[NAME, PHONE], shared=[NAME]),
    additional(Marketing, optional=[NAME]),
    statutory(Books, items=[NAME]),
]


@pytest.mark.clause("CHANGE-2")
@pytest.mark.parametrize(
    ("changes", "ask"),
    [
        ({"controller": "Other Shop"}, ()),
        ({"recipients": []}, ()),
        ({"retention": []}, ()),
        ({"home_region": "SG"}, ("delivery",)),
        ({"purposes": STRICTER}, ("delivery",)),
    ],
    ids=range(5),
)
def test_asking_again_is_for_what_asking_helps(changes: dict[str, Any], ask: tuple[str, ...], tmp_path: Path) -> None:
    """Another controller or a lost recipient is told; a border in between or a necessary item is asked about."""
    clock = HandClock()
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Delivery)
        subject.grant(Delivery, recipients=[CARRIER])
        policy = old(version="2", **changes)
        assert concerned(diff(old(), policy), subject.standing, at=clock.clock.now()).ask == ask


SISTER = Recipient("sister", Delivery | Marketing, kind=RecipientKind.AFFILIATE, follows_policy=True)
BUYER = Recipient("buyer", Delivery, kind=RecipientKind.CONTROLLER)


def asked(
    before: dict[str, Any], after: dict[str, Any], grants: Callable[[Subject, Subject], object], path: Path
) -> Any:
    """Give what somebody must be asked about again after some grants under the older version."""
    clock = HandClock()
    with shop(path, old(**before), clock) as guard:
        subject, other = guard.subject("shopper", born=ADULT), guard.subject("other", born=ADULT)
        grants(subject, other)
        compared = diff(old(**before), old(version="2", **{**before, **after}))
        return concerned(compared, subject.standing, at=clock.clock.now())


@pytest.mark.clause("CHANGE-1", "CHANGE-2")
def test_an_affiliate_that_leaves_the_policy_needs_new_consents(tmp_path: Path) -> None:
    """It got what it got on the consent to use; from now on it is a third party, which asking does not change."""
    theirs = Recipient("sister", Delivery | Marketing, kind=RecipientKind.AFFILIATE, agreement=SIGNED)
    row = asked({"recipients": [SISTER]}, {"recipients": [theirs]}, lambda one, _: one.grant(Delivery), tmp_path / "a")
    assert row.ask == ()
    assert [change.field for change in row.tell] == ["follows_policy"]
    row = asked({"recipients": [theirs]}, {"recipients": [SISTER]}, lambda one, _: one.grant(Delivery), tmp_path / "b")
    assert row.ask == ("delivery",), "on the consent to use it gets something only where that consent knew of it"


@pytest.mark.clause("CHANGE-2", "SHARE-6")
def test_a_transfer_that_was_agreed_to_is_asked_about_when_the_successor_changes(tmp_path: Path) -> None:
    """Another region is another recipient; a new title is not."""

    def grants(one: Subject, _: Subject) -> None:
        one.grant(Delivery)
        one.grant(Delivery, recipients=[BUYER], operations=[Operation.TRANSFER])

    abroad = Recipient("buyer", Delivery, kind=RecipientKind.CONTROLLER, region="SG")
    titled = Recipient("buyer", Delivery, kind=RecipientKind.CONTROLLER, title="The new owner")
    assert asked({"recipients": [BUYER]}, {"recipients": [abroad]}, grants, tmp_path / "a").ask == ("delivery",)
    assert asked({"recipients": [BUYER]}, {"recipients": [titled]}, grants, tmp_path / "b").ask == ()


@pytest.mark.clause("CHANGE-2", "SHARE-3", "USE-8")
def test_choices_and_attestations_are_judged_by_what_they_are_about(tmp_path: Path) -> None:
    """The business case of a choice, and the person who attested."""
    rules = [
        basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME], choice=True),
        additional(Marketing, optional=[NAME]),
        statutory(Books, items=[NAME]),
    ]

    def grants(one: Subject, other: Subject) -> None:
        one.choose(Delivery, CARRIER, matter="order-1")
        one.attest(Marketing, by=other)

    before: dict[str, Any] = {"purposes": rules}
    assert asked(before, {"controller": "Other"}, grants, tmp_path / "a").ask == ()
    pushed = [rules[0], basic(Marketing, optional=[NAME]), rules[2]]
    assert asked(before, {"purposes": pushed}, grants, tmp_path / "b").ask == ("marketing",)
    moved = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER, role=Role.LOGISTICS, agreement=SIGNED, sdk=True)
    checked = Recipient("carrier", Delivery, kind=RecipientKind.PARTNER, role=Role.SELLER, agreement=SIGNED)
    assert asked(before, {"recipients": [moved]}, grants, tmp_path / "c").ask == ()
    assert asked(before, {"recipients": [checked]}, grants, tmp_path / "d").ask == ("delivery",)


@pytest.mark.clause("CHANGE-2")
def test_limited_and_expired_consents_are_judged_by_what_is_left_of_them(tmp_path: Path) -> None:
    """By item and category, and not at all once they are over."""
    more = {
        "purposes": [
            basic(Delivery, necessary=[NAME], optional=[PHONE], shared=[NAME]),
            additional(Marketing, optional=[NAME, PHONE]),
            statutory(Books, items=[NAME]),
        ]
    }
    cases: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({}, ("marketing",)),
        ({"items": [NAME]}, ()),
        ({"categories": [Category.NAME]}, ()),
        ({"categories": [Category.NAME, Category.CONTACT]}, ("marketing",)),
        ({"valid_for": DAY}, ("marketing",)),
    ]
    for number, (limits, ask) in enumerate(cases):

        def grants(one: Subject, _: Subject, said: dict[str, Any] = limits) -> object:
            return one.grant(Marketing, **said)

        row = asked({}, more, grants, tmp_path / str(number))
        assert row.ask == ask
    clock = HandClock()
    with shop(tmp_path / "later", old(), clock) as guard:
        subject = guard.subject("shopper", born=ADULT)
        subject.grant(Marketing, valid_for=DAY)
        compared = diff(old(), old(version="2", **more))
        assert concerned(compared, subject.standing, at=clock.clock.now() + DAY).ask == ()


@pytest.mark.clause("CHANGE-2", "MINOR-1")
def test_a_stronger_level_is_asked_for(tmp_path: Path) -> None:
    """Of whoever consented less strongly, and of nobody else; what a guardian consented to goes by the same rules."""
    clock = HandClock()
    separate = old(version="2", levels={Category.CHILD: Level.SEPARATE}, minors=Minors(approval=True))
    with shop(tmp_path / "shop.db", old(), clock) as guard:
        mother = guard.subject("mother", born=ADULT)
        child = guard.subject("child", born=ADULT.replace(year=2016), guardians=[mother])
        mother.grant(Delivery, Marketing)
        child.grant(Delivery, by=mother, level=Level.SEPARATE)
        child.grant(Marketing, by=mother)
        now = clock.clock.now()
        assert concerned(diff(old(), old(version="2", controller="Other")), child.standing, at=now).ask == ()
        assert concerned(diff(old(), separate), child.standing, at=now).ask == ("marketing",)
        assert concerned(diff(old(), separate), mother.standing, at=now).ask == ()
