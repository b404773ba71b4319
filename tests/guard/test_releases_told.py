"""What releases and pseudonyms say of themselves: errors, records, the docket, and keyed digests, to the letter."""

from __future__ import annotations

import hmac
import traceback
from base64 import b32encode, b64encode
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import START, HandClock
from releases_world import (
    ADULT,
    ALIAS,
    ANALYTICS,
    BORN,
    PHONE,
    REGION,
    AddressBook,
    Delivery,
    K,
    Member,
    Research,
    members,
    opened,
    person,
)

import obq_privacy
from obq_privacy import (
    Group,
    Guard,
    Invoked,
    LegalBasis,
    PersonalItem,
    Policy,
    Purpose,
    Recipient,
    Release,
    additional,
    basic,
    combine,
)
from obq_privacy.errors import (
    AgreementMissing,
    ArgumentInvalid,
    DerivationFailed,
    DifferenceTooSmall,
    PurposeInvalid,
    ReleaseInvalid,
    StoreIncompatible,
    WrapperMisuse,
)
from obq_privacy.guard._counting import Opened
from obq_privacy.guard._refinement import Cells, Verdict, Why, judge
from obq_privacy.policy import Exemption
from obq_privacy.stores import CaseRow
from obq_privacy.vocab import Operation, generalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from obq_privacy import Protected
    from obq_privacy.stores import CaseEntry

PURPOSES = "it takes Purpose classes"
ITSELF = "Purpose itself is no purpose; name a subclass"
FOREIGN = "it belongs to another guard"


def untyped(value: object) -> Any:
    """Give something as callers without a type checker use it."""
    return value


def region(member: Member) -> Protected[str, Research]:
    return member.region


def by_region(guard: Guard, records: Iterable[Member], **rest: Any) -> Release:
    return guard.release(Research, records, by={"region": region}, **rest)


def rows_of(release: Release) -> dict[Any, int]:
    return {group.values[0]: group.subjects for group in release.groups}


def spelled(domain: str, *fields: bytes | str) -> bytes:
    """Spell fields as docs/formats/token.md says, without the library."""
    parts = [len(domain).to_bytes(4, "big"), domain.encode()]
    for field in fields:
        content = field.encode() if isinstance(field, str) else field
        parts += [b"s" if isinstance(field, str) else b"b", len(content).to_bytes(4, "big"), content]
    return b"".join(parts)


def keyed(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, sha256).digest()


def shown(whole: bytes) -> str:
    return b32encode(whole[:16]).decode().rstrip("=").lower()


# ── Pseudonyms and the index ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-21", "USE-23")
def test_names_of_values_are_digests_under_the_stores_own_key_for_one_domain_and_purpose() -> None:
    """Whoever has that key computes the same with the standard library, of text as of a date."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        own = guard._core.own_key().key
        values: list[tuple[Protected[Any, Research], str, bytes]] = [
            (subject.collect(REGION, "north"), "builtins.str", b"north"),
            (subject.collect(BORN, date(1990, 5, 1)), "datetime.date", b"1990-05-01"),
        ]
        for value, kind, content in values:
            made = {
                name: keyed(
                    keyed(own, spelled(f"obq-privacy/{name}/1", "research")),
                    spelled(f"obq-privacy/{name}/1", kind, content),
                )
                for name in ("pseudonym", "index")
            }
            assert guard.index(value, Research) == made["index"]
            assert guard.pseudonym(value, Research).reveal(Research) == shown(made["pseudonym"])


@pytest.mark.clause("USE-23")
def test_the_name_of_a_person_is_a_digest_under_the_persons_own_key() -> None:
    """So it dies with that key, and with nothing else."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        own = guard._core.access(subject.pseudonym).key().key
        made = guard.pseudonym(subject, Research, item=ALIAS).reveal(Research)
        assert made == shown(keyed(own, spelled("obq-privacy/subject-pseudonym/1", "research")))


@pytest.mark.parametrize(("purpose", "problem"), [(str, PURPOSES), ("research", PURPOSES), (Purpose, ITSELF)])
def test_what_is_no_purpose_is_refused_under_the_name_of_the_call(purpose: object, problem: str) -> None:
    """Of pseudonyms, the index and matching, in each place that takes a purpose."""
    wrong = untyped(purpose)
    with opened() as guard:
        subject = person(guard, "one", AddressBook)
        value = subject.collect(PHONE, "1")
        calls: list[tuple[str, Callable[[], object]]] = [
            ("pseudonym", lambda: guard.pseudonym(value, wrong)),
            ("pseudonym", lambda: guard.pseudonym(subject, wrong, item=untyped(ALIAS))),
            ("index", lambda: guard.index(value, wrong)),
            ("index", lambda: guard.index(value, AddressBook, within=wrong)),
            ("matches", lambda: guard.matches(value, value, wrong)),
            ("matches", lambda: guard.matches(value, value, AddressBook, found=wrong)),
            ("release", lambda: guard.release(wrong, [value], by={"phone": lambda each: each})),
        ]
        for name, call in calls:
            with pytest.raises(PurposeInvalid) as caught:
                call()
            assert caught.value == PurposeInvalid(declaration=name, problem=problem)


@pytest.mark.parametrize("item", [None, "alias", BORN])
def test_the_item_of_a_persons_name_is_one_of_text(item: object) -> None:
    """No item, its key, and an item of dates get the same answer."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        with pytest.raises(ArgumentInvalid) as caught:
            guard.pseudonym(subject, Research, item=untyped(item))
        problem = "the pseudonym of a person is collected as an item of type str"
        assert caught.value == ArgumentInvalid(argument="item", problem=problem)


@pytest.mark.clause("USE-21", "USE-23")
def test_values_of_another_guard_get_no_names_here_not_even_together_with_ones_own() -> None:
    """Wherever a call takes a value; the keys of one store tell nothing of the people of another."""
    with opened() as guard, opened() as other:
        mine = person(guard, "one", AddressBook).collect(PHONE, "1")
        foreign = person(other, "one", AddressBook).collect(PHONE, "1")
        both = combine("{}{}".format, mine, foreign)
        for value in (foreign, both):
            calls: list[Callable[[], object]] = [
                partial(guard.pseudonym, value, AddressBook),
                partial(guard.index, value, AddressBook),
                partial(guard.matches, value, mine, AddressBook),
                partial(guard.matches, mine, value, AddressBook),
            ]
            for call in calls:
                with pytest.raises(WrapperMisuse) as caught:
                    call()
                assert caught.value == WrapperMisuse(wrapper=repr(value), problem=FOREIGN)


@pytest.mark.clause("USE-21", "USE-23")
def test_what_has_no_canonical_bytes_says_which_name_it_cannot_get() -> None:
    """The error names items, function and type, as of any function that cannot read a value."""
    with opened() as guard:
        value = person(guard, "one", Research).collect(REGION, "north").map(lambda text: [text])
        with pytest.raises(DerivationFailed) as caught:
            guard.pseudonym(value, Research).reveal(Research)
        assert caught.value == DerivationFailed(items=("region",), function="pseudonym", raised="TypeError")
        for call in (lambda: guard.index(value, Research), lambda: guard.matches(value, value, Research)):
            with pytest.raises(DerivationFailed) as caught:
                call()
            assert caught.value == DerivationFailed(items=("region",), function="index", raised="TypeError")


# ── Arguments of a release ────────────────────────────────────────────────────────────────────────────────

BY = "it names at least one function from a record to a wrapper"
SMALL = 'it is "refuse" or "suppress"'
LEAST = "it is an int, not below the policy's smallest_group"
TEXT = "it is a str that UTF-8 can spell"

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "to is no recipient": ({"to": "counting-house"}, "to", f"it is a {Recipient | None}"),
    "under is no basis": ({"under": "research"}, "under", f"it is a {Invoked | None}"),
    "small is no text": ({"small": ["refuse"]}, "small", "it is a str"),
    "small is another word": ({"small": "hide"}, "small", SMALL),
    "by is no mapping": ({"by": [("region", region)]}, "by", "it is a Mapping"),
    "by is empty": ({"by": {}}, "by", BY),
    "by has no function": ({"by": {"region": "region"}}, "by", BY),
    "by has a function and something else": ({"by": {"region": region, "other": "region"}}, "by", BY),
    "by has a name that is no text": ({"by": {7: region}}, "by", TEXT),
    "by has half a letter": ({"by": {"\ud800": region}}, "by", TEXT),
    "by has the name of the counts": ({"by": {"subjects": region}}, "by", "subjects is the name of the counts"),
    "smallest is less than the policy's": ({"smallest": K - 1}, "smallest", LEAST),
    "smallest is no int": ({"smallest": float(K)}, "smallest", LEAST),
    "smallest is text": ({"smallest": str(K)}, "smallest", LEAST),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_named_before_anything_is_opened(wrong: tuple[dict[str, Any], str, str]) -> None:
    """The error says which one and what it should be; nothing is used and nothing is entered."""
    arguments, argument, problem = wrong
    with opened() as guard:
        people = members(guard, {"north": K})
        before = len(list(guard.audit.entries()))
        with pytest.raises(ArgumentInvalid) as caught:
            guard.release(Research, people, **{"by": {"region": region}, **arguments})
        assert caught.value == ArgumentInvalid(argument=argument, problem=problem)
        assert len(list(guard.audit.entries())) == before
        assert not guard._core.store.entries("releases")


def test_records_are_several() -> None:
    """One record by itself is none."""
    with opened() as guard:
        (member,) = members(guard, {"north": 1})
        with pytest.raises(ArgumentInvalid) as caught:
            by_region(guard, untyped(member))
        problem = "they are records, or wrappers, and several"
        assert caught.value == ArgumentInvalid(argument="records", problem=problem)


def test_what_a_function_in_by_may_not_give_is_said() -> None:
    """Something that is no wrapper, a value of two people, and a value that names no group."""
    with opened() as guard:
        people = members(guard, {"north": K})
        both = combine("{}{}".format, people[0].region, people[1].region)
        wrong: list[tuple[Callable[[Member], Any], str]] = [
            (lambda member: member.name, "a function in by gives something other than a wrapper"),
            (lambda _: both, "the values of one record are about several people, or of another guard"),
            (
                lambda member: member.region.map(len).map(float),
                "a group is named by something other than text, a whole number or a date",
            ),
        ]
        for select, problem in wrong:
            with pytest.raises(ReleaseInvalid) as caught:
                guard.release(Research, people, by={"region": select})
            assert caught.value == ReleaseInvalid(problem=problem)


# ── What is told and what is remembered ───────────────────────────────────────────────────────────────────


def test_a_release_and_its_groups_are_nouns_of_the_package() -> None:
    """They say what they are under their public names, with everything that was asked and answered."""
    assert (Group.__module__, Release.__module__) == ("obq_privacy", "obq_privacy")
    assert (obq_privacy.Group, obq_privacy.Release) == (Group, Release)
    with opened(clock=HandClock().clock) as guard:
        people = members(guard, {"north": 4, "south": 5})
        release = by_region(guard, people, smallest=4)
        assert repr(release.groups[0]) == "Group(values=('north',), subjects=4)"
        assert release.groups == (Group(("north",), 4), Group(("south",), 5))
        assert release.rows == ({"region": "north", "subjects": 4}, {"region": "south", "subjects": 5})
        assert (release.smallest, release.suppressed, release.left_out) == (4, 0, None)
        assert (release.techniques, release.version, release.at) == (((),), "2026-11", START)


def test_nobody_makes_a_release_by_hand_and_what_they_tried_is_kept_in_no_frame() -> None:
    """The error says where releases come from."""
    with pytest.raises(WrapperMisuse) as caught:
        untyped(Release)("canary", groups="canary")
    problem = "it has no public constructor; see guard.release"
    assert caught.value == WrapperMisuse(wrapper="Release", problem=problem)
    *_, (frame, _) = traceback.walk_tb(caught.value.__traceback__)
    assert set(frame.f_locals) == {"self"}


def test_what_was_counted_shows_nothing_of_the_groups() -> None:
    """Their names are values."""
    assert repr(Opened()) == "Opened(…)"


@pytest.mark.clause("PROT-2", "USE-23")
def test_a_release_is_recorded_once_with_all_that_was_asked() -> None:
    """Also one that was refused, with the code and the clause of the refusal; it is about nobody in particular."""
    with opened() as guard:
        people = members(guard, {"north": 6})
        by_region(guard, people, to=ANALYTICS)
        with pytest.raises(DifferenceTooSmall):
            by_region(guard, people[1:])
        done, refused = (entry for entry in guard.audit.entries() if entry.operation == "release")
        assert (done.subject, done.outcome, done.purpose, done.items) == ("", "done", "research", ("region",))
        assert (done.recipient, done.codes, done.clauses, done.basis) == ("counting-house", (), (), "")
        assert (refused.subject, refused.outcome, refused.purpose) == ("", "deny", "research")
        assert (refused.items, refused.recipient) == (("region",), "")
        assert (refused.codes, refused.clauses) == ((DifferenceTooSmall.code,), ("USE-23",))


@pytest.mark.clause("USE-23")
def test_the_docket_has_each_release_as_one_line_of_canonical_text() -> None:
    """One case that is about nobody, never open and never due; names stay as they are, people are digests."""
    with opened(clock=HandClock().clock) as guard:
        people = members(guard, {"north": 4, "south": 3})
        guard.release(Research, people, by={"地区": region})
        guard.release(Research, people, by={"地区": region, "b": region}, small="suppress")
        store = guard._core.store
        first, second = store.entries("releases")
        assert store.case("releases") == CaseRow("releases", "release", "", open=False, due=None, seq=2)
        assert first.at == START
        keys = [guard._core.access(guard.subject(member.name).pseudonym).key().key for member in people]
        digests = [keyed(key, spelled("obq-privacy/release/1"))[:12] for key in keys]
        north, south = (b64encode(b"".join(sorted(each))).decode() for each in (digests[:4], digests[4:]))
        rest = '"smallest":3,"v":1,"version":"2026-11"}'
        assert first.text == f'{{"groups":2,"names":["地区"],"purpose":"research","sets":["{north}","{south}"],{rest}'
        assert second.text == f'{{"groups":2,"names":["地区","b"],"purpose":"research","sets":[],{rest}'


def test_an_entry_of_another_version_is_named() -> None:
    """By its number, with the case that it is in."""
    with opened(clock=HandClock().clock) as guard:
        people = members(guard, {"north": 3})
        by_region(guard, people)
        guard._core.store.enter("releases", "release", "", lambda _: ('{"v":0,"sets":[]}', False, None), START)
        with pytest.raises(StoreIncompatible) as caught:
            by_region(guard, people)
        problem = "entry 2 is of another version"
        assert caught.value == StoreIncompatible(store="releases", problem=problem)


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize(("before", "told"), [(1, False), (K, True)])
def test_a_release_that_comes_in_between_counts_as_an_earlier_one(
    before: int, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one is entered after the docket was read and before this one is: they are compared all the same."""
    with opened() as guard:
        people = members(guard, {"north": 8})
        store = guard._core.store
        read = store.entries

        def late(case: str) -> Sequence[CaseEntry]:
            found = read(case)
            monkeypatch.undo()
            by_region(guard, people[before:])
            return found

        monkeypatch.setattr(store, "entries", late)
        if told:
            assert rows_of(by_region(guard, people)) == {"north": 8}
        else:
            with pytest.raises(DifferenceTooSmall):
                by_region(guard, people)
        assert len(store.entries("releases")) == 1 + told


class Size(Enum):
    """Members of it have no order of their own."""

    SMALL = 2
    LARGE = 1


def test_members_of_an_enum_name_groups_in_the_order_of_their_names() -> None:
    """Also where Python itself could not say which of two comes first."""
    with opened() as guard:
        people = members(guard, {"SMALL": 3, "LARGE": 4})
        release = guard.release(Research, people, by={"size": lambda member: member.region.map(Size.__getitem__)})
        assert [(group.values, group.subjects) for group in release.groups] == [((Size.LARGE,), 4), ((Size.SMALL,), 3)]


# ── Who is counted ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-4", "USE-23")
def test_who_was_erased_stops_nobody_else_from_being_counted() -> None:
    """Also where that person comes first."""
    with opened() as guard:
        people = members(guard, {"north": 5})
        guard.subject("north-0").erase()
        assert rows_of(by_region(guard, people)) == {"north": 4}


@pytest.mark.clause("USE-23")
def test_a_record_that_may_not_be_used_does_not_hide_those_after_it() -> None:
    """Of each person the first record is refused, and the second one counts; a recipient is decided about for it."""
    clock = HandClock()
    with opened(clock=clock.clock) as guard:
        mixed: list[Protected[Any, Research]] = []
        for member in members(guard, {"north": 3}):
            subject = guard.subject(member.name)
            mixed += [subject.collect(BORN, date(1990, 1, 1)).map(generalise.year), member.region]
            subject.withdraw(Research)
            subject.grant(Research, items=[REGION])
        by: dict[str, Callable[[Protected[Any, Research]], Protected[Any, Research]]] = {"what": lambda value: value}
        assert rows_of(guard.release(Research, mixed, by=by)) == {"north": 3}
        clock.move_to(datetime(2027, 1, 1, 12, tzinfo=UTC))
        with pytest.raises(AgreementMissing):
            guard.release(Research, mixed, by=by, to=ANALYTICS)


@pytest.mark.clause("USE-22", "USE-23")
def test_a_basis_for_minors_leaves_out_the_adults() -> None:
    """It holds for some, so that the others are left out instead of refusing it for all."""
    place = PersonalItem("place", str, Delivery | Research)
    policy = Policy(
        version="2026-11",
        controller="Example Shop",
        purposes=[basic(Delivery, necessary=[place]), additional(Research, optional=[place])],
        exemptions=[Exemption(LegalBasis.MINOR_PROTECTION, frozenset({Operation.USE}))],
        smallest_group=K,
    )
    under = Invoked(LegalBasis.MINOR_PROTECTION, justification="a missing child", by="desk")
    with Guard.in_memory(policy=policy, clock=HandClock().clock) as guard:
        people: list[Protected[str, Research]] = []
        for number, born in enumerate([ADULT] * 2 + [date(2011, 1, 1)] * K):
            subject = guard.subject(f"p{number}", born=born)
            subject.grant(Delivery)
            people.append(subject.collect(place, "north"))
        release = guard.release(Research, people, by={"region": lambda value: value}, under=under)
        assert (rows_of(release), release.left_out) == ({"north": K}, None)


def test_a_value_that_is_made_of_itself_many_times_over_is_looked_at_once() -> None:
    """Sixty steps that each use the one before twice name their technique, and take no longer than sixty."""
    with opened() as guard:
        values: list[Protected[str, Research]] = []
        for member in members(guard, {"north": K}):
            value: Protected[str, Research] = member.region.map(generalise.suppress)
            for _ in range(60):
                value = combine(lambda first, _: str(first), value, value)
            values.append(value)
        release = guard.release(Research, values, by={"region": lambda value: value})
        assert (rows_of(release), release.techniques) == ({"*": K}, (("suppress",),))


# ── The judgement alone ───────────────────────────────────────────────────────────────────────────────────


def crowd(letter: str, first: int, last: int) -> frozenset[bytes]:
    return frozenset(f"{letter}{number}".encode() for number in range(first, last + 1))


def after(*groups: frozenset[bytes]) -> Cells:
    """Give what can be told apart after these groups were told."""
    cells = Cells()
    for group in groups:
        assert cells.split(group)
    return cells


def judged(
    cells: Cells, *groups: frozenset[bytes], left: frozenset[bytes] = frozenset(), suppress: bool = True
) -> Verdict:
    """Judge what may be told, where something may."""
    verdict = judge(cells, groups, left, least=K, suppress=suppress)
    assert isinstance(verdict, Verdict)
    return verdict


@pytest.mark.clause("USE-23")
def test_each_of_several_groups_is_kept_from_losing_a_few() -> None:
    """Not the first one alone: all but one of any of them are not told."""
    groups = [crowd(letter, 1, 4) for letter in "abc"]
    for group in groups:
        part = frozenset(sorted(group)[1:])
        assert judge(after(*groups), [part], frozenset(), least=K, suppress=False) is Why.DIFFERENCE
        assert judged(after(*groups), group, suppress=False).sets == ()


@pytest.mark.clause("USE-23")
def test_halves_of_two_groups_are_something_new() -> None:
    """As many as each of the groups, and neither of them: it is remembered, and asked again it is nothing new."""
    cells = after(crowd("a", 1, 6), crowd("b", 1, 6))
    halves = crowd("a", 1, 3) | crowd("b", 1, 3)
    verdict = judged(cells, halves)
    assert verdict.sets == (halves,)
    assert len(set(verdict.cells.of.values())) == 4
    assert judged(verdict.cells, halves).sets == ()


@pytest.mark.clause("USE-23")
def test_a_group_is_suppressed_where_a_few_of_its_members_would_be_told_apart() -> None:
    """First that group, then the one that hides the few; a third one has nothing to do with it and is told."""
    mixed = crowd("x", 1, 2) | crowd("n", 1, 4)
    verdict = judged(after(crowd("x", 1, 10)), mixed, crowd("x", 3, 6), crowd("c", 1, 3))
    rest = mixed | crowd("x", 3, 6)
    assert (verdict.groups, verdict.rest, verdict.sets) == ((2,), len(rest), (crowd("c", 1, 3), rest))


@pytest.mark.clause("USE-23")
def test_those_few_are_hidden_among_people_who_were_told_together_with_them() -> None:
    """One of x is suppressed, so the group with others of x goes, not a smaller one; enough of y hide each other."""
    near = crowd("x", 2, 6) | crowd("n", 1, 3)
    far = crowd("y", 5, 7)
    hidden = crowd("x", 1, 1) | crowd("y", 1, 4)
    verdict = judged(
        after(crowd("x", 1, 10), crowd("y", 1, 10)),
        *(far, near, crowd("x", 1, 1), crowd("y", 1, 2), crowd("y", 3, 4)),
    )
    assert (verdict.groups, verdict.rest, verdict.sets) == ((0,), 13, (far, near | hidden))


@pytest.mark.clause("USE-23")
def test_who_was_left_out_is_remembered_once_it_is_told() -> None:
    """With what can be told apart by it; where that is nothing new, it is told and not remembered again."""
    group, left = crowd("a", 1, 4), crowd("b", 1, 3)
    verdict = judged(Cells(), group, left=left)
    assert (verdict.left_out, verdict.sets, frozenset(verdict.cells.of)) == (True, (group, left), group | left)
    again = judged(verdict.cells, group, left=left)
    assert (again.left_out, again.sets) == (True, ())
    fewer = judged(Cells(), group, left=crowd("b", 1, 2))
    assert (fewer.left_out, fewer.sets, frozenset(fewer.cells.of)) == (False, (group,), group)
