"""Statistics leave with enough people behind each group, and nothing follows from comparing them."""

from __future__ import annotations

import traceback
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import HandClock, Undeclared
from releases_world import (
    ANALYTICS,
    BORN,
    REGION,
    STUDY,
    AddressBook,
    Auditing,
    Delivery,
    K,
    Member,
    Planning,
    Research,
    members,
    opened,
    person,
)

from obq_privacy import combine
from obq_privacy.errors import (
    AccidentalUse,
    ActorNotAuthorised,
    AgreementMissing,
    ArgumentInvalid,
    BasisNotCovering,
    Denied,
    DerivationFailed,
    DifferenceTooSmall,
    GroupTooSmall,
    IdentifyingRefused,
    ItemNotNeeded,
    JournalUnavailable,
    PolicyGap,
    PrivacyError,
    PurposeNotAllowed,
    ReleaseInvalid,
    ReleaseRefused,
    WrapperMisuse,
)
from obq_privacy.guard._release import Release
from obq_privacy.vocab import Actor, Invoked, LegalBasis, generalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from obq_privacy import Guard, Protected


def region(member: Member) -> Protected[str, Delivery | Research | Planning]:
    return member.region


def everybody(member: Member) -> Protected[str, Delivery | Research | Planning]:
    return member.region.map(generalise.suppress)


def counts(release: Release) -> dict[Any, int]:
    """Give the counts of a release with one name by value."""
    return {group.values[0]: group.subjects for group in release.groups}


def by_region(guard: Guard, records: Iterable[Member], **rest: Any) -> dict[Any, int]:
    return counts(guard.release(Research, records, by={"region": region}, **rest))


def untyped(value: object) -> Any:
    """Give something as callers without a type checker use it."""
    return value


def named(members: Iterable[Member], *names: str) -> list[Member]:
    return [member for member in members if member.name not in names]


# ── k ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize("smallest", [2, 3, 10])
def test_a_group_of_exactly_k_people_is_told(smallest: int) -> None:
    """The boundary itself is enough, whatever the policy sets it to."""
    with opened(smallest=smallest) as guard:
        people = members(guard, {"north": smallest, "south": smallest + 4})
        assert by_region(guard, people) == {"north": smallest, "south": smallest + 4}


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize("smallest", [2, 3, 10])
def test_a_group_of_one_less_is_refused_and_with_it_everything(smallest: int) -> None:
    """One person less, and nothing is told of any group."""
    with opened(smallest=smallest) as guard:
        people = members(guard, {"north": smallest - 1, "south": smallest + 4})
        with pytest.raises(GroupTooSmall) as refusal:
            by_region(guard, people)
        assert refusal.value.facts == {"purpose": "research", "smallest": smallest}
        assert not guard._core.store.entries("releases")


@pytest.mark.clause("USE-23")
def test_a_release_can_ask_for_more_than_the_policy_and_never_for_less() -> None:
    """`smallest` goes up from the policy's, not down."""
    with opened() as guard:
        people = members(guard, {"north": K, "south": K + 1})
        for less in (K - 1, 1, 0, True, "9"):
            with pytest.raises(ArgumentInvalid):
                by_region(guard, people, smallest=less)
        with pytest.raises(GroupTooSmall):
            by_region(guard, people, smallest=K + 1)
        assert by_region(guard, people, smallest=K) == {"north": K, "south": K + 1}


@pytest.mark.clause("USE-23")
def test_people_count_and_not_records() -> None:
    """Many records of one person are one person."""
    with opened() as guard:
        people = members(guard, {"north": K - 1})
        with pytest.raises(GroupTooSmall):
            by_region(guard, people * 5)
        people += members(guard, {"north": K})
        assert by_region(guard, people * 5) == {"north": K}


def test_nobody_is_no_group() -> None:
    """Without records there is nothing to tell, not even that."""
    with opened() as guard, pytest.raises(GroupTooSmall):
        by_region(guard, [])


# ── Suppression ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-23")
def test_suppressed_groups_together_are_no_small_group_either() -> None:
    """A single small group would follow from the total, so the smallest of the others is suppressed with it."""
    with opened() as guard:
        people = members(guard, {"east": 6, "north": 2, "south": 4})
        release = guard.release(Research, people, by={"region": region}, small="suppress")
        assert counts(release) == {"east": 6}
        assert release.suppressed == 6


@pytest.mark.clause("USE-23")
def test_small_groups_that_are_enough_together_hide_each_other() -> None:
    """Two groups of two are four people: nothing else has to be suppressed."""
    with opened() as guard:
        people = members(guard, {"east": 2, "north": 2, "south": 3})
        release = guard.release(Research, people, by={"region": region}, small="suppress")
        assert counts(release) == {"south": 3}
        assert release.suppressed == 4


def test_without_small_groups_nothing_is_suppressed() -> None:
    """Suppressing is for small groups alone."""
    with opened() as guard:
        release = guard.release(Research, members(guard, {"a": 3, "b": 4}), by={"region": region}, small="suppress")
        assert (counts(release), release.suppressed) == ({"a": 3, "b": 4}, 0)


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize("regions", [{"north": 2, "south": 3}, {"north": 2}, {"a": 2, "b": 2}])
def test_when_nothing_can_be_told_it_is_refused(regions: dict[str, int]) -> None:
    """Suppressing everything is no release."""
    with opened() as guard, pytest.raises(ReleaseRefused):
        by_region(guard, members(guard, regions), small="suppress")


# ── Differences ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-23")
def test_everybody_and_everybody_but_one_are_not_both_told() -> None:
    """In either order: the difference is a person."""
    for reverse in (False, True):
        with opened() as guard:
            people = members(guard, {"north": 8})
            first, second = (people, people[1:]) if not reverse else (people[1:], people)
            assert by_region(guard, first) == {"north": len(first)}
            with pytest.raises(DifferenceTooSmall):
                by_region(guard, second)


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize(("apart", "told"), [(K - 1, False), (K, True)])
def test_nested_groups_differ_by_at_least_k_people(apart: int, told: bool) -> None:
    """The boundary holds for differences as for groups."""
    with opened() as guard:
        people = members(guard, {"north": 8})
        by_region(guard, people)
        if told:
            assert by_region(guard, people[apart:]) == {"north": 8 - apart}
        else:
            with pytest.raises(DifferenceTooSmall):
                by_region(guard, people[apart:])


@pytest.mark.clause("USE-23")
def test_two_parts_are_not_told_when_with_the_whole_they_leave_a_few() -> None:
    """Eight people, then three of them, then three others: two would be left."""
    with opened() as guard:
        people = members(guard, {"north": 8})
        by_region(guard, people)
        assert by_region(guard, people[:3]) == {"north": 3}
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, people[3:6])
        assert by_region(guard, people[3:]) == {"north": 5}


@pytest.mark.clause("USE-23")
def test_groups_of_one_release_that_overlap_in_a_few_people_are_not_told() -> None:
    """One person who moved from north to south would be known as the one who is in both."""
    with opened() as guard:
        people = members(guard, {"north": 5, "south": 5})
        moved = person(guard, "north-0", Research).collect_record(Member, name="north-0", region="south")
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, [*people, moved])


@pytest.mark.clause("USE-23")
def test_another_purpose_is_no_way_around() -> None:
    """What was told for one purpose is compared with what was told for any other."""
    with opened() as guard:
        people = members(guard, {"north": 8}, Research, Planning)
        by_region(guard, people)
        with pytest.raises(DifferenceTooSmall):
            guard.release(Planning, people[1:], by={"region": region})


@pytest.mark.clause("USE-23")
def test_another_grouping_is_no_way_around() -> None:
    """Groups by region and groups by age are compared although their names have nothing in common."""
    with opened() as guard:
        people = [
            person(guard, f"p-{number}", Research).collect_record(
                Member,
                name="",
                region="north" if number < 6 else "south",
                born=date(1950 if number < 7 else 1990, 1, 1),
            )
            for number in range(12)
        ]
        bands = generalise.age_bands(60, on=date(2026, 11, 2))

        def age(member: Member) -> Protected[str, Research | Planning]:
            assert member.born is not None
            return member.born.map(bands)

        by_region(guard, people)
        with pytest.raises(DifferenceTooSmall):  # one person is old and in the south
            guard.release(Research, people, by={"age": age})
        with pytest.raises(GroupTooSmall):
            guard.release(Research, people, by={"age": age, "region": region})


@pytest.mark.clause("USE-23")
def test_the_same_release_can_be_made_again() -> None:
    """Nothing new follows from it, and the docket does not grow by more than a line."""
    with opened() as guard:
        people = members(guard, {"north": 4, "south": 5})
        for _ in range(3):
            assert by_region(guard, people) == {"north": 4, "south": 5}
            assert by_region(guard, people[:4]) == {"north": 4}
        texts = [entry.text for entry in guard._core.store.entries("releases")]
        assert sum('"sets":[]' in text for text in texts) == len(texts) - 1


@pytest.mark.clause("USE-23")
def test_suppression_hides_who_moved_and_nothing_else() -> None:
    """One moved from north to south, three each from south to north and west: where the one is follows from nothing."""
    with opened() as guard:
        homes = members(guard, {"east": 5, "north": 8, "south": 12})
        by_region(guard, homes)
        now = {"north-0": "south"} | {f"south-{n}": "north" if n < 3 else "west" for n in range(6)}
        moved = [
            person(guard, name, Research).collect_record(Member, name=name, region=place) for name, place in now.items()
        ]
        people = named(homes, *now) + moved
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, people)
        release = guard.release(Research, people, by={"region": region}, small="suppress")
        assert counts(release) == {"east": 5, "west": 3}
        assert release.suppressed == 17


@pytest.mark.clause("USE-23")
def test_no_suppression_hides_who_left() -> None:
    """Two people are missing from the whole, whatever is suppressed."""
    with opened() as guard:
        people = members(guard, {"east": 5, "north": 8, "south": 9})
        by_region(guard, people[5:])  # without the east
        left = named(people, "north-0", "north-1")
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, left)
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, left, small="suppress")


# ── Whose values may be used ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-23", "RIGHT-4")
def test_who_did_not_consent_is_left_out_and_not_counted_as_a_few() -> None:
    """The number of people who are left out is told from k on only."""
    with opened() as guard:
        people = members(guard, {"north": 8}) + members(guard, {"south": K - 1}, Planning)
        release = guard.release(Research, people, by={"region": region})
        assert (counts(release), release.left_out) == ({"north": 8}, None)
        people += members(guard, {"west": 1}, Planning)
        assert guard.release(Research, people, by={"region": region}).left_out == K
        people += members(guard, {"west": 2}, Planning)
        assert guard.release(Research, people, by={"region": region}).left_out is None  # one more than before


@pytest.mark.clause("USE-23", "RIGHT-4")
def test_withdrawing_after_a_release_singles_nobody_out() -> None:
    """The next release would lack exactly one person, so it is refused until at least k differ."""
    with opened() as guard:
        people = members(guard, {"north": 9})
        by_region(guard, people)
        for number in range(K):
            guard.subject(f"north-{number}").withdraw(Research)
            if number < K - 1:
                with pytest.raises(DifferenceTooSmall):
                    by_region(guard, people)
        assert by_region(guard, people) == {"north": 9 - K}


@pytest.mark.clause("USE-23", "DEF-4")
def test_who_was_erased_is_nobody_but_stays_in_what_was_told() -> None:
    """An erased person is not counted, and a release without that person alone is refused."""
    with opened() as guard:
        people = members(guard, {"north": 9})
        by_region(guard, people)
        guard.subject("north-0").erase()
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, people)
        for number in range(1, K):
            guard.subject(f"north-{number}").erase()
        release = guard.release(Research, people, by={"region": region})
        assert (counts(release), release.left_out) == ({"north": 9 - K}, None)


@pytest.mark.clause("USE-22", "USE-23")
def test_research_may_be_invoked_for_statistics_and_for_nothing_else() -> None:
    """The academic basis hands out de-identified results only; who invoked it and why is on record."""
    with opened() as guard:
        people = members(guard, {"north": 4}, Planning)
        with pytest.raises(BasisNotCovering):
            people[0].region.reveal_under(STUDY)
        with pytest.raises(GroupTooSmall):
            by_region(guard, people)  # nobody consented
        assert by_region(guard, people, under=STUDY) == {"north": 4}
        (last,) = [entry for entry in guard.audit.entries() if (entry.operation, entry.outcome) == ("release", "done")]
        assert (last.basis, last.actor, last.justification) == ("research", "dean", "study 7 of the faculty")
        with pytest.raises(ReleaseRefused):
            by_region(guard, people[1:], under=STUDY)  # and it is no way around k


@pytest.mark.clause("SHARE-5", "USE-23")
def test_an_analytics_partner_gets_counts_and_nothing_that_identifies() -> None:
    """Until the last day of the agreement; each value by itself is refused."""
    clock = HandClock()
    with opened(clock=clock.clock) as guard:
        people = members(guard, {"north": 4})
        with pytest.raises(Denied) as refusal:
            untyped(people[0].region).share(Research, to=ANALYTICS)
        assert IdentifyingRefused.code in refusal.value.codes
        assert by_region(guard, people, to=ANALYTICS) == {"north": 4}
        assert not [entry for entry in guard.audit.entries() if (entry.operation, entry.outcome) == ("share", "permit")]
        (last,) = [entry for entry in guard.audit.entries() if entry.operation == "release"]
        assert last.recipient == "counting-house"
        clock.move_to(datetime(2026, 12, 31, 12, tzinfo=UTC))
        assert by_region(guard, people, to=ANALYTICS) == {"north": 4}
        clock.move_to(datetime(2027, 1, 1, 12, tzinfo=UTC))
        with pytest.raises(AgreementMissing):
            by_region(guard, people, to=ANALYTICS)
        assert [entry.operation for entry in guard.audit.entries() if entry.outcome == "deny"] == ["share"] * 2


@pytest.mark.clause("USE-2", "USE-22")
def test_what_the_policy_allows_for_nobody_is_refused_and_not_counted_as_left_out() -> None:
    """A purpose that an item is not for, one that the policy lacks, and a basis that it does not let be invoked."""
    with opened() as guard:
        people = members(guard, {"north": 4})
        for purpose, kind in ((AddressBook, PurposeNotAllowed), (Undeclared, PolicyGap)):
            with pytest.raises(kind):
                guard.release(untyped(purpose), people, by={"region": region})
        born = [
            guard.subject(member.name).collect_record(Member, name="", region="north", born=date(1990, 1, 1))
            for member in people
        ]
        with pytest.raises(ItemNotNeeded):
            guard.release(
                untyped(Auditing), born, by={"born": lambda member: untyped(member.born).map(generalise.year)}
            )
        news = Invoked(LegalBasis.NEWS, justification="a report", by="editor")
        with pytest.raises(BasisNotCovering):
            by_region(guard, people, under=news)


@pytest.mark.clause("PROT-1")
def test_who_may_not_act_for_a_purpose_is_refused_and_leaves_nobody_out() -> None:
    """A release for a purpose with roles is for those who have one of them."""
    with opened() as guard:
        people = members(guard, {"north": 4}, Auditing)
        with pytest.raises(ActorNotAuthorised):
            guard.release(untyped(Auditing), people, by={"region": region})
        with guard.acting(Actor("kim", frozenset({"auditor"}))):
            assert counts(guard.release(untyped(Auditing), people, by={"region": region})) == {"north": 4}


@pytest.mark.clause("USE-22", "USE-23")
def test_a_basis_that_holds_for_some_leaves_out_the_others() -> None:
    """Who made the region public is counted on that basis, who did not is left out."""
    with opened() as guard:
        people = members(guard, {"north": 5}, Planning)
        for member in people[:4]:
            guard.subject(member.name).publish(REGION, act="profile")
        public = Invoked(LegalBasis.SELF_PUBLISHED, justification="their profiles", by="editor")
        assert by_region(guard, people, under=public) == {"north": 4}


def test_every_name_needs_a_wrapper_of_a_plain_name() -> None:
    """One of two is not enough."""
    with opened() as guard:
        people = members(guard, {"north": 4})
        with pytest.raises(ReleaseInvalid, match="named"):
            guard.release(Research, people, by={"region": region, "half": lambda member: member.region.map(_half)})
        with pytest.raises(ReleaseInvalid, match="wrapper"):
            guard.release(Research, people, by={"region": region, "name": untyped(lambda member: member.name)})


# ── What stays inside ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-2", "USE-23")
def test_every_value_is_decided_and_each_person_recorded_once() -> None:
    """One use for each person, and the release itself; a refusal is recorded with its code."""
    with opened() as guard:
        people = members(guard, {"north": 4, "south": 3})
        by_region(guard, [*people, *people])
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, people[1:])
        entries = [entry for entry in guard.audit.entries() if entry.operation in {"use", "release"}]
        told, refused = entries[:8], entries[8:]
        assert [(entry.operation, entry.outcome) for entry in told] == [("use", "permit")] * 7 + [("release", "done")]
        assert len({entry.subject for entry in told}) == 8
        assert (refused[-1].outcome, refused[-1].codes, refused[-1].items) == ("deny", ("OBQ643",), ("region",))


@pytest.mark.clause("PROT-2")
def test_a_denial_is_recorded_for_who_was_left_out() -> None:
    """A person who did not consent has a refusal in the audit."""
    with opened() as guard:
        people = members(guard, {"north": 3})
        other = members(guard, {"south": 1}, Planning)
        by_region(guard, [*people, *other])
        denied = [e for e in guard.audit.entries(subject=guard.subject("south-0").pseudonym) if e.outcome == "deny"]
        assert [(entry.operation, entry.purpose) for entry in denied] == [("use", "research")]


CANARY = "canary-street-7"


def _half(text: str) -> float:
    return len(text) / 2


def _spoil(*_: object) -> str:
    raise ValueError(CANARY)


WRONG: dict[str, tuple[Callable[[Member], Any], type[PrivacyError]]] = {
    "too small": (region, GroupTooSmall),
    "of a type that names no group": (lambda member: member.region.map(lambda text: [text]), ReleaseInvalid),
    "a float": (lambda member: member.region.map(lambda text: len(text) / 7), ReleaseInvalid),
    "a function that fails": (lambda member: member.region.map(_spoil), DerivationFailed),
    "a float after others": (
        lambda member: member.region.map(lambda text: text if text == CANARY else 0.5),
        ReleaseInvalid,
    ),
    "a value that cannot be read": (lambda member: member.region.map(lambda text: {CANARY: 1}[text]), DerivationFailed),
    "no wrapper": (lambda member: member.name, ReleaseInvalid),
    "no wrapper for one": (lambda member: member.name if member.name == CANARY else member.region, ReleaseInvalid),
}


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_no_error_and_no_frame_holds_a_value(wrong: tuple[Callable[[Member], Any], type[PrivacyError]]) -> None:
    """Nothing of the values is in the error, its context, or the locals of the frames that it came through."""
    select, kind = wrong
    with opened() as guard:
        people = members(guard, {"north": 4})
        people.insert(1, person(guard, "x", Research).collect_record(Member, name=CANARY, region=CANARY))
        with pytest.raises(kind) as caught:
            guard.release(Research, people, by={"region": select})
    text = "".join(traceback.TracebackException.from_exception(caught.value).format())
    assert "raise ValueError(CANARY)" not in text
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    inner = [frame for frame in frames if "obq_privacy" in frame.f_code.co_filename]
    assert len(inner) >= 2
    assert not any(CANARY in repr(value) for frame in inner for value in frame.f_locals.values())
    assert CANARY not in repr(caught.value)


@pytest.mark.clause("PROT-2", "USE-23")
def test_without_a_record_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the release cannot be recorded it is not handed out, although it counts as told from then on."""
    with opened() as guard:
        people = members(guard, {CANARY: 4, "south": 3})

        def fail(subject: str, fact: object) -> None:
            raise JournalUnavailable(place="here", problem="full")

        with monkeypatch.context() as broken:
            broken.setattr(guard._core, "record", fail)
            with pytest.raises(JournalUnavailable) as caught:
                by_region(guard, people)
        frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
        inner = [frame for frame in frames if "obq_privacy" in frame.f_code.co_filename]
        assert inner
        assert not any(CANARY in repr(value) for frame in inner for value in frame.f_locals.values())
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, people[1:])


@pytest.mark.clause("USE-23")
def test_what_is_remembered_holds_no_value_and_no_name_of_a_group(tmp_path: Path) -> None:
    """The docket has digests; regions are in no file of the store, nor are pseudonyms in the docket."""
    with opened(tmp_path / "shop.db") as guard:
        people = members(guard, {CANARY: 4, "south": 3})
        assert by_region(guard, people) == {CANARY: 4, "south": 3}
        (entry,) = guard._core.store.entries("releases")
        assert CANARY not in entry.text
        assert not any(guard.subject(member.name).pseudonym in entry.text for member in people)
    assert not any(CANARY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


# ── Arguments and results ─────────────────────────────────────────────────────────────────────────────────


def test_the_values_of_one_record_are_about_one_person() -> None:
    """A value of two people stands in no group, and one of another guard belongs elsewhere."""
    with opened() as guard, opened() as other:
        people = members(guard, {"north": 4})
        both = combine("{}{}".format, people[0].region, people[1].region)
        with pytest.raises(ReleaseInvalid, match="several people"):
            guard.release(Research, people, by={"region": lambda _: both})
        with pytest.raises(ReleaseInvalid, match="another guard"):
            by_region(guard, members(other, {"north": 4}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": {}},
        {"by": {"region": "region"}},
        {"by": {1: region}},
        {"by": {"\ud800": region}},
        {"by": {"subjects": region}},
        {"small": "hide"},
        {"to": "counting-house"},
        {"under": "research"},
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    """Before anything is opened."""
    with opened() as guard:
        people = members(guard, {"north": 4})
        with pytest.raises(ArgumentInvalid):
            guard.release(Research, people, **{"by": {"region": region}, **wrong})
        with pytest.raises(ArgumentInvalid):
            by_region(guard, untyped(7))
        assert not [entry for entry in guard.audit.entries() if entry.operation == "use"]


def test_a_release_says_what_it_is_and_cannot_be_made_by_hand() -> None:
    """Its groups are plain values, in order, with the names of the techniques that made them."""
    with opened() as guard:
        people = members(guard, {"310115": 3, "110101": 4, "310101": 2})
        code = generalise.region("province")
        release = guard.release(
            Research, people, by={"province": lambda member: member.region.map(code), "who": everybody}
        )
        assert release.rows == (
            {"province": "110000", "who": "*", "subjects": 4},
            {"province": "310000", "who": "*", "subjects": 5},
        )
        assert release.techniques == (("region(province)",), ("suppress",))
        assert (release.purpose, release.names, release.smallest, release.version) == (
            "research",
            ("province", "who"),
            K,
            "2026-11",
        )
    with pytest.raises(WrapperMisuse):
        Release("research")


def test_groups_are_in_the_order_of_their_values() -> None:
    """Numbers as numbers, dates and text as text; techniques are named however far down they are."""
    with opened() as guard:
        people = members(guard, {"10": 3, "9": 3, "-2": 3})
        release = guard.release(Research, people, by={"number": lambda member: member.region.map(int)})
        assert list(counts(release)) == [-2, 9, 10]
        assert list(by_region(guard, people)) == ["-2", "10", "9"]
        days = {"10": date(2026, 1, 2), "9": date(2026, 1, 1), "-2": date(2027, 1, 1)}
        release = guard.release(Research, people, by={"day": lambda member: member.region.map(days.__getitem__)})
        assert list(counts(release)) == sorted(days.values())
        release = guard.release(
            Research,
            people,
            by={"who": lambda member: combine("{}{}".format, everybody(member), member.region.map(len)).map(str.upper)},
        )
        assert release.techniques == (("suppress",),)


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize(("spoil", "kind"), [(lambda _: 1 / 0, DerivationFailed), (lambda _: 0.5, ReleaseInvalid)])
def test_what_fails_fails_also_where_another_record_of_the_person_may_not_be_used(
    spoil: Callable[[object], object], kind: type[PrivacyError]
) -> None:
    """A refused record does not hide that another one cannot be read."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        born = subject.collect(BORN, date(1990, 1, 1)).map(generalise.year)
        subject.withdraw(Research)
        subject.grant(Research, items=[REGION])
        values: list[Protected[object, Research]] = [born, subject.collect(REGION, "north").map(spoil)]
        with pytest.raises(kind):
            guard.release(Research, values, by={"what": lambda value: value})


def test_true_is_not_one_and_nothing_is_a_value() -> None:
    """Groups are told apart by type as well, and None names one."""
    with opened() as guard:
        people = members(guard, {"a": 3, "b": 3, "c": 3})
        kinds: dict[str, object] = {"a": True, "b": 1, "c": None}
        release = guard.release(Research, people, by={"kind": lambda member: member.region.map(kinds.get)})
        assert [(group.values[0], group.subjects) for group in release.groups] == [(None, 3), (True, 3), (1, 3)]
        assert [type(group.values[0]) for group in release.groups] == [type(None), bool, int]


@pytest.mark.clause("USE-23")
def test_a_generalised_value_is_still_a_wrapper_and_still_personal() -> None:
    """Being less exact is no exit: it is refused where the value is, and shows nothing."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        band = subject.collect(BORN, date(1960, 1, 1)).map(generalise.age_bands(18, 60, on=date(2026, 11, 2)))
        assert band.label.items == {"birth-date"}
        with pytest.raises(AccidentalUse):
            str(band)
        assert band.reveal(Research) == "60+"
        with pytest.raises(Denied):
            band.reveal(Planning)
        subject.withdraw(Research)
        with pytest.raises(Denied):
            band.reveal(Research)


def test_a_record_that_may_not_be_used_does_not_hide_the_others_of_its_person() -> None:
    """One record is about a region alone, the other about what nobody consented to: the first counts."""
    with opened() as guard:
        people = members(guard, {"north": 3})
        mixed: list[Protected[str, Research]] = []
        for member in people:
            subject = guard.subject(member.name)
            born = subject.collect(BORN, date(1990, 1, 1))
            mixed += [member.region.map(str.upper), born.map(generalise.year)]
            subject.withdraw(Research)
            subject.grant(Research, items=[REGION])
        release = guard.release(Research, mixed, by={"what": lambda value: value})
        assert counts(release) == {"NORTH": 3}
        with suppress(ReleaseRefused):
            guard.release(Research, mixed[1::2], by={"what": lambda value: value})
