"""What releases tell when they are laid side by side: pure, on sets of digests that stand for people.

Laid side by side, the groups that were released part everybody into *cells*: people are in one cell when they stand in
exactly the same groups. Whoever knows all members of all groups can tell apart cells and nothing finer, however they
subtract, intersect and unite. So one rule covers every attack by differences: no cell is smaller than the smallest
group. It is kept by looking at the cells that a new release would make, before it is made.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

NOWHERE = 0
"""The cell of people who are in no group yet; nothing is known of it, so it may be of any size."""


class Cells:
    """People, by digest, parted by the groups that they stand in.

    Attributes:
        of: number of the cell of everybody who stands in a group.
        met: numbers of the cells that a group has met since `copy`: those that it is made of or has left behind.
    """

    __slots__ = ("_next", "_sizes", "met", "of")

    def __init__(self) -> None:
        self.of: dict[bytes, int] = {}
        self.met: set[int] = set()
        self._sizes: Counter[int] = Counter()
        self._next = NOWHERE + 1

    def copy(self) -> Cells:
        """Give the same cells, none of them met."""
        other = Cells()
        other.of = self.of.copy()
        other._sizes = self._sizes.copy()
        other._next = self._next
        return other

    def split(self, group: Collection[bytes]) -> bool:
        """Part the cells by a group; tell whether that changed anything: not for one made of whole cells."""
        parts = Counter(self.of.get(member, NOWHERE) for member in group)
        self.met.update(parts.keys() - {NOWHERE})
        fresh: dict[int, int] = {}
        for cell, members in parts.items():
            if cell == NOWHERE or members < self._sizes[cell]:
                fresh[cell] = self._next
                self._sizes[self._next] = members
                self._sizes[cell] -= members
                self._next += 1
        self.met.update(fresh.values())
        for member in group:
            cell = self.of.get(member, NOWHERE)
            self.of[member] = fresh.get(cell, cell)
        return bool(fresh)

    def small(self, least: int) -> set[int]:
        """Give the cells that were met and have fewer than `least` members."""
        return {cell for cell in self.met if self._sizes[cell] < least}


class Why(Enum):
    """Why nothing may be released."""

    SMALL = "small"
    DIFFERENCE = "difference"


class Verdict(NamedTuple):
    """What may be released.

    Attributes:
        groups: numbers of the groups that may be told, rising.
        rest: how many people are in none of them: none, or at least the smallest group.
        left_out: whether it may be told how many were left out.
        cells: what everybody can tell apart afterwards.
        sets: the sets that have to be remembered for it.
    """

    groups: tuple[int, ...]
    rest: int
    left_out: bool
    cells: Cells
    sets: tuple[frozenset[bytes], ...]


def judge(
    cells: Cells, groups: Sequence[frozenset[bytes]], left: frozenset[bytes], *, least: int, suppress: bool
) -> Verdict | Why:
    """Say which groups may be released after those that made these cells.

    The union of all groups counts as told, whether it is or not: it is taken to be known how many people a release is
    about. So people whose groups are suppressed are together at least `least`, or nobody.

    Args:
        cells: what can be told apart already.
        groups: the people in each group, nobody in none.
        left: the people who were left out, in no group.
        least: how many people a cell has at least.
        suppress: whether to leave out groups that stand in the way, instead of refusing all.
    """
    told = [number for number, group in enumerate(groups) if len(group) >= least]
    if not told or (len(told) < len(groups) and not suppress):
        return Why.SMALL
    everybody = frozenset[bytes]().union(*groups)
    while told:
        after = cells.copy()
        rest = everybody.difference(*(groups[number] for number in told))
        sets = [group for group in (*(groups[number] for number in told), rest) if after.split(group)]
        small = after.small(least)
        if not small:
            verdict = Verdict(tuple(told), len(rest), left_out=False, cells=after, sets=tuple(sets))
            return _with_left(verdict, left, least)
        if not suppress:
            break
        gone = _in_the_way(cells, after, small, {number: groups[number] for number in told}, rest)
        told = [number for number in told if number not in gone] if gone else []
    return Why.DIFFERENCE


def _in_the_way(
    before: Cells, after: Cells, small: set[int], told: dict[int, frozenset[bytes]], rest: frozenset[bytes]
) -> set[int]:
    """Give the groups to suppress next, so that small cells grow; none when no suppression would help."""
    hit = {number for number, group in told.items() if any(after.of[member] in small for member in group)}
    if hit:
        return hit
    # Too few are suppressed: another group has to be, the smallest that shares a former cell with them.
    lacking = {before.of.get(member, NOWHERE) for member in rest if after.of[member] in small}
    near = [number for number, group in told.items() if _meets(before, group, lacking)]
    return {min(near, key=lambda number: len(told[number]))} if near else set()


def _meets(before: Cells, group: Iterable[bytes], cells: set[int]) -> bool:
    return any(before.of.get(member, NOWHERE) in cells for member in group)


def _with_left(verdict: Verdict, left: frozenset[bytes], least: int) -> Verdict:
    """Tell how many were left out where that is no small group, nor makes one."""
    if len(left) < least:
        return verdict
    after = verdict.cells.copy()
    changed = after.split(left)
    if after.small(least):
        return verdict
    return verdict._replace(left_out=True, cells=after, sets=(*verdict.sets, *([left] if changed else [])))
