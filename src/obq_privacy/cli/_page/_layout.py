"""Where everything stands in the picture of a policy: groups in a fixed order, rows near what they are linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from obq_privacy.cli._words import recipients_of
from obq_privacy.policy import Kind
from obq_privacy.vocab import Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.policy import Policy

TOP: Final = 44.0
"""Height of the heads of the columns."""
_HEAD: Final = 34.0
"""Height of the name of a group."""
_TALLEST: Final = 42.0
_FEW: Final = 20
"""Rows that stand apart; more of them are laid closer."""
_ROUNDS: Final = 8
"""How often rows are put near what they are linked to; more changes nothing that one would see."""

LEVELS: Final = {
    Sensitivity.SENSITIVE: "Sensitive",
    Sensitivity.PERSONAL: "Personal",
    Sensitivity.NON_PERSONAL: "Identifies nobody alone",
}
KINDS: Final = {Kind.BASIC: "Basic", Kind.ADDITIONAL: "Additional", Kind.STATUTORY: "Duty by law"}

Groups = list[tuple[str, list[str]]]
"""The groups of a column that have rows: their names, and the keys of the rows."""


class Column(NamedTuple):
    """A column of the picture.

    Attributes:
        rows: where the middle of each row is, by key.
        heads: the names of the groups, and where their lines of text stand.
        pitch: how far apart rows are.
    """

    rows: Mapping[str, float]
    heads: Sequence[tuple[str, float]]
    pitch: float


class Layout(NamedTuple):
    """Where everything is, in units of the picture, downwards."""

    items: Column
    purposes: Column
    recipients: Column
    height: int


def layout(policy: Policy) -> Layout:
    """Put everything in its place. The same policy always looks the same."""
    items = _groups((LEVELS[level], [one.key for one in policy.items if one.sensitivity is level]) for level in LEVELS)
    purposes = _groups(
        (KINDS[kind], [one.purpose.key for one in policy.purposes if one.kind is kind]) for kind in KINDS
    )
    _arrange(policy, items, purposes)
    height = max(_least(items, 18, 26), _least(purposes, 24, 38), 30.0 * len(policy.recipients))
    placed = _column(purposes, height)
    return Layout(_column(items, height), placed, _beside(policy, placed, height), height=int(TOP + height) + 16)


def _groups(named: Iterable[tuple[str, list[str]]]) -> Groups:
    return [(name, keys) for name, keys in named if keys]


def _heads(groups: Groups) -> float:
    return _HEAD * len(groups)


def _count(groups: Groups) -> int:
    return sum(len(keys) for _, keys in groups)


def _least(groups: Groups, dense: int, airy: int) -> float:
    """Give the least height of a column: few rows stand apart, many close together."""
    count = _count(groups)
    return _heads(groups) + (airy if count <= _FEW else dense) * count


def _column(groups: Groups, height: float) -> Column:
    """Spread the rows over the height, but not too far apart; what is left over is above and below them."""
    room = height - _heads(groups)
    pitch = min(_TALLEST, room / max(_count(groups), 1))
    y = TOP + (room - pitch * _count(groups)) / 2
    rows: dict[str, float] = {}
    heads: list[tuple[str, float]] = []
    for name, keys in groups:
        heads.append((name, round(y + _HEAD - 11, 1)))
        y += _HEAD
        for key in keys:
            rows[key] = round(y + pitch / 2, 1)
            y += pitch
    return Column(rows, heads, pitch)


def _beside(policy: Policy, purposes: Column, height: float) -> Column:
    """Put recipients beside the purposes that they are for, as near as their height lets them."""
    keys = [one.key for one in policy.recipients]
    pitch = min(30.0, height / max(len(keys), 1))
    wanted: dict[str, float] = {}
    for key in keys:
        of = [one for one in policy.purposes if any(other.key == key for other in recipients_of(policy, one))]
        found = [purposes.rows[one.purpose.key] for one in of]
        wanted[key] = sum(found) / len(found) if found else TOP + height / 2
    keys.sort(key=wanted.__getitem__)
    rows: dict[str, float] = {}
    y = TOP
    for key in keys:  # from the top, no nearer to each other than their pitch
        rows[key] = y = max(wanted[key], y + pitch if rows else y + pitch / 2)
    y = TOP + height + pitch / 2
    for key in reversed(keys):  # and from the bottom, so that none is below it
        rows[key] = y = min(rows[key], y - pitch)
    return Column({key: round(rows[key], 1) for key in keys}, [], pitch)


def _arrange(policy: Policy, items: Groups, purposes: Groups) -> None:
    """Sort the rows of each group by where what they are linked to is, so that few links cross."""
    used: dict[str, list[str]] = {}
    asking: dict[str, list[str]] = {}
    for rule in policy.purposes:
        used[rule.purpose.key] = [item.key for item in rule.items]
        for item in rule.items:
            asking.setdefault(item.key, []).append(rule.purpose.key)
    for _ in range(_ROUNDS):
        _sort(items, asking, _places(purposes))
        _sort(purposes, used, _places(items))


def _places(groups: Groups) -> dict[str, float]:
    flat = [key for _, keys in groups for key in keys]
    return {key: (at + 0.5) / len(flat) for at, key in enumerate(flat)}


def _sort(groups: Groups, linked: Mapping[str, Sequence[str]], places: Mapping[str, float]) -> None:
    """Sort by the mean of the places; what is linked to nothing comes last, and ties stay as they were."""

    def mean(key: str) -> float:
        found = [places[one] for one in linked.get(key, ())]
        return sum(found) / len(found) if found else 1.0

    for _, keys in groups:
        keys.sort(key=mean)


__all__ = ["KINDS", "LEVELS", "TOP", "Column", "Layout", "layout"]
