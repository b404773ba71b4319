"""Whoever knows the members of every group that was told isolates nobody by comparing them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from releases_world import ADULT, REGION, People, Research, isolated, opened, person, solved

from obq_privacy.errors import DifferenceTooSmall, GroupTooSmall, ReleaseRefused
from obq_privacy.guard._refinement import Cells, Verdict, Why, judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from obq_privacy import Guard, Personal, Protected
    from obq_privacy.guard._release import Release

NAMES = [f"p{number}" for number in range(12)]


class Step(NamedTuple):
    """One release: who stands in which group, perhaps in several, who may not be used, and what of small groups."""

    rows: list[tuple[str, str]]
    withdrawn: set[str]
    small: Literal["refuse", "suppress"]


@st.composite
def steps(draw: st.DrawFn, least: int) -> list[Step]:
    """Draw releases of blocks of people that are just large enough, often with a few of them out of place."""
    blocks = [NAMES[at : at + least] for at in range(0, len(NAMES), least)]
    place = st.sampled_from(["a", "b", "c", ""])
    made: list[Step] = []
    for _ in range(draw(st.integers(1, 5))):
        where = {name: group for block in blocks for name, group in zip(block, [draw(place)] * least, strict=False)}
        if draw(st.integers(0, 2)) == 0:
            where.update(draw(st.dictionaries(st.sampled_from(NAMES), place, min_size=1, max_size=3)))
        rows = [(name, group) for name, group in where.items() if group]
        if draw(st.integers(0, 3)) == 0:
            rows += [(name, "d") for name in draw(st.sets(st.sampled_from(NAMES), max_size=5))]
        out = (
            draw(st.sampled_from(blocks))
            if draw(st.integers(0, 4)) == 0
            else draw(st.sampled_from([[], [], NAMES[:1]]))
        )
        made.append(Step(rows, set(out), draw(st.sampled_from(["refuse", "suppress"]))))
    return made


def known(release: Release, step: Step) -> list[People]:
    """Give whom the attacker knows to be in what was told: the groups, the suppressed, and those who were left out."""
    usable = [(name, group) for name, group in step.rows if name not in step.withdrawn]
    groups = [People(name for name, group in usable if group == told.values[0]) for told in release.groups]
    assert [len(group) for group in groups] == [told.subjects for told in release.groups]
    everybody = People(name for name, _ in usable)
    rest = everybody.difference(*groups)
    assert len(rest) == release.suppressed
    out = People(name for name, _ in step.rows) - everybody
    assert release.left_out in {None, len(out)}
    return [*groups, rest, everybody, *([out] if release.left_out is not None else [])]


def make(guard: Guard, values: Mapping[str, Personal[str, Research]], step: Step) -> Release:
    """Make one release through the public interface."""
    for name in values:
        subject = guard.subject(name, born=ADULT)
        if name in step.withdrawn:
            subject.withdraw(Research)
        else:
            subject.grant(Research)

    def group(row: tuple[str, str]) -> Protected[str, Research]:
        return values[row[0]].map(lambda _: row[1])

    return guard.release(Research, step.rows, by={"group": group}, small=step.small)


@pytest.mark.clause("USE-23")
@given(st.data(), st.integers(2, 4))
def test_no_sequence_of_releases_isolates_fewer_than_k_people(data: st.DataObject, smallest: int) -> None:
    """All pairs of groups, and of unions of groups, subtracted and intersected, leave nobody or at least k."""
    sequence = data.draw(steps(smallest))
    told: list[People] = []
    made = 0
    with opened(smallest=smallest) as guard:
        values = {name: person(guard, name, Research).collect(REGION, name) for name in NAMES}
        for step in sequence:
            try:
                release = make(guard, values, step)
            except ReleaseRefused as refusal:
                event(type(refusal).__name__)
                continue
            made += 1
            told += known(release, step)
            assert isolated(told, smallest) == []
    event(f"{made} releases")


# ── The judgement alone, on worlds that are tried exhaustively ────────────────────────────────────────────


def digests(people: People) -> frozenset[bytes]:
    return frozenset(name.encode() for name in people)


def parts(told: list[People]) -> list[People]:
    """Give the people who are in the same groups, for every combination of groups that somebody is in."""
    same: dict[tuple[bool, ...], set[str]] = {}
    for name in People().union(*told):
        same.setdefault(tuple(name in group for group in told), set()).add(name)
    return [People(each) for each in same.values()]


people = st.sets(st.sampled_from(NAMES[:10]), min_size=1).map(People)


@pytest.mark.clause("USE-23")
@pytest.mark.parametrize("least", [2, 3])
def test_every_pair_of_groups_of_a_small_world(least: int) -> None:
    """Of six people: each group after each other one passes when, and only when, comparing them isolates nobody."""
    groups = [People(NAMES[at] for at in range(6) if bits >> at & 1) for bits in range(1, 64)]
    passed = 0
    for one in groups:
        first = judge(Cells(), [digests(one)], frozenset(), least=least, suppress=False)
        assert isinstance(first, Verdict) == (len(one) >= least)
        if isinstance(first, Why):
            continue
        for other in groups:
            second = judge(first.cells, [digests(other)], frozenset(), least=least, suppress=False)
            assert isinstance(second, Verdict) == (isolated([one, other], least) == [])
            passed += isinstance(second, Verdict)
    assert passed > len(groups)


@pytest.mark.clause("USE-23")
def test_every_third_group_of_a_small_world() -> None:
    """Of five people: whatever passes as a third group isolates nobody by all unions of all three."""
    groups = [People(NAMES[at] for at in range(5) if bits >> at & 1) for bits in range(1, 32)]
    worlds: list[tuple[Cells, list[People]]] = [(Cells(), [])]
    for _ in range(3):
        after: list[tuple[Cells, list[People]]] = []
        for cells, told in worlds:
            for group in groups:
                verdict = judge(cells, [digests(group)], frozenset(), least=2, suppress=False)
                if isinstance(verdict, Verdict):
                    after.append((verdict.cells, [*told, group]))
        worlds = after
    assert len(worlds) > 500
    for _, told in worlds:
        assert isolated(told, 2, most=3) == []


@pytest.mark.clause("USE-23")
@given(st.lists(st.lists(people, min_size=1, max_size=3), min_size=1, max_size=4), st.integers(1, 3))
def test_the_judgement_refuses_exactly_what_would_make_a_small_part(history: list[list[People]], least: int) -> None:
    """Neither too much nor too little: a release passes when, and only when, everybody stays among at least k."""
    cells, told = Cells(), list[People]()
    for groups in history:
        after = [*told, *groups, People().union(*groups)]
        verdict = judge(cells, [digests(group) for group in groups], frozenset(), least=least, suppress=False)
        safe = all(len(part) >= least for part in parts(after))
        assert isinstance(verdict, Verdict) == safe
        event(f"passes: {safe}")
        if isinstance(verdict, Verdict):
            cells, told = verdict.cells, after
            assert isolated(told, least) == []


@pytest.mark.clause("USE-23")
@given(st.lists(st.lists(people, min_size=1, max_size=4), min_size=1, max_size=4), st.integers(2, 4))
def test_suppression_leaves_only_what_may_be_told_together(history: list[list[People]], least: int) -> None:
    """Whatever is suppressed, what is left is safe together with everything before; and something is left."""
    cells, told = Cells(), list[People]()
    for groups in history:
        verdict = judge(cells, [digests(group) for group in groups], frozenset(), least=least, suppress=True)
        if isinstance(verdict, Why):
            continue
        assert verdict.groups
        shown = [groups[number] for number in verdict.groups]
        rest = People().union(*groups).difference(*shown)
        assert verdict.rest == len(rest)
        told = [*told, *shown, rest, People().union(*groups)]
        assert all(len(part) >= least for part in parts(told))
        cells = verdict.cells


@given(st.lists(st.tuples(st.lists(people, min_size=1, max_size=3), people), min_size=1, max_size=4))
def test_what_is_remembered_is_enough(history: list[tuple[list[People], People]]) -> None:
    """The sets that a verdict wants remembered make the same cells again, in any later process."""
    cells, again = Cells(), Cells()
    for groups, others in history:
        left = digests(others.difference(*groups))
        verdict = judge(cells, [digests(group) for group in groups], left, least=2, suppress=True)
        if isinstance(verdict, Verdict):
            event(f"left out is told: {verdict.left_out}")
            cells = verdict.cells
            for remembered in verdict.sets:
                again.split(remembered)

    def same(made: Cells) -> set[frozenset[bytes]]:
        return {frozenset(n for n in made.of if made.of[n] == cell) for cell in made.of.values()}

    assert same(cells) == same(again)


@given(st.data(), st.integers(2, 3))
def test_whoever_solves_equations_gets_no_further_than_the_parts(data: st.DataObject, least: int) -> None:
    """Counts added and subtracted several times single out nobody either, where the judgement passes."""
    blocks = [NAMES[at : at + least] for at in range(0, 4 * least, least)]
    group = st.sets(st.sampled_from(range(4)), min_size=1).map(
        lambda chosen: People(name for number in chosen for name in blocks[number])
    )
    groups = data.draw(st.lists(group, min_size=2, max_size=4))
    spoilt = data.draw(st.sampled_from([People(), People(), People(NAMES[:1])]))
    groups[0] = groups[0] - spoilt or groups[0]
    verdict = judge(Cells(), [digests(one) for one in groups], frozenset(), least=least, suppress=False)
    if isinstance(verdict, Verdict):
        assert solved(groups, least) == []
    event(type(verdict).__name__)


def test_the_attacker_finds_what_there_is_to_find() -> None:
    """The attacker is no straw man: nested groups, unions, overlaps and small groups are all found."""
    a, b, c = People("abcd"), People("abc"), People("efgh")
    assert isolated([a, b], 2) == [People("d")]
    assert isolated([a | c, a, People("efg")], 2) == [People("h")]
    assert isolated([a, People("defg")], 2) == [People("d")]
    assert isolated([People("a")], 2) == [People("a")]
    assert isolated([a, c], 2) == []
    assert solved([a | c, a, People("efg")], 2) == [People("h")]


@pytest.mark.clause("USE-23")
def test_a_chain_of_small_steps_does_not_pass_where_one_big_step_would_not() -> None:
    """Taking away k each time is told; taking away one more than that and then one less is not."""
    with opened(smallest=3) as guard:
        values = {name: person(guard, name, Research).collect(REGION, name) for name in NAMES}

        def tell(count: int) -> None:
            make(guard, values, Step([(name, "a") for name in NAMES[:count]], set(), "refuse"))

        for first, second in pairwise([12, 9, 6]):
            tell(first)
            with pytest.raises(DifferenceTooSmall):
                tell(second + 1)
        tell(6)
        for count in (5, 4):
            with pytest.raises(DifferenceTooSmall):
                tell(count)
        with pytest.raises(GroupTooSmall):
            tell(2)
        tell(3)
