"""What other versions of a policy said, as far as a later one may not widen it without being agreed to (CHANGE-1)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import attrs

from obq_privacy.policy._check import vocabulary
from obq_privacy.policy._plain import Plain, scopes_in
from obq_privacy.policy._rules import Anchor, Retention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.policy._minors import Minors
    from obq_privacy.policy._policy import Policy
    from obq_privacy.vocab import AnyItem, Purpose


class Limit(NamedTuple):
    """How long values of an item could be kept; as `Retention`, with the key of the purpose.

    Attributes:
        purpose: key of the purpose that it was stated for; None for every purpose.
        keep: for how long they may be used.
        after: what the period counts from.
        at_least: how long the law wants them kept, or None.
    """

    purpose: str | None
    keep: dt.timedelta
    after: Anchor
    at_least: dt.timedelta | None


class Former(NamedTuple):
    """What a version said.

    Attributes:
        version: its name.
        scopes: what a consent under it covers; equal to its `Policy.scopes`.
        retention: how long values may be kept, by item.
        home_region: where data was collected and kept.
        minors: the rules on age.
        smallest_group: how many subjects stood behind every released group.
    """

    version: str
    scopes: Mapping[tuple[str, str], bytes]
    retention: Mapping[str, tuple[Limit, ...]]
    home_region: str
    minors: Minors
    smallest_group: int


def former_of(text: str) -> Former:
    """Read what a document said without binding any class.

    Raises:
        PolicyDocumentInvalid: the text is not such a document.
    """
    read = Plain(text)
    retention: dict[str, list[Limit]] = {}
    for kept in read.retention:
        least = kept["at_least_seconds"]
        limit = Limit(
            kept["purpose"],
            dt.timedelta(seconds=kept["keep_seconds"]),
            Anchor(kept["after"]),
            None if least is None else dt.timedelta(seconds=least),
        )
        retention.setdefault(kept["item"], []).append(limit)
    version, _, home_region = read.head
    limits = {item: tuple(found) for item, found in retention.items()}
    return Former(version, scopes_in(read), limits, home_region, read.minors, read.smallest_group)


def scopes_of(text: str) -> tuple[str, dict[tuple[str, str], bytes]]:
    """Read the version and the scopes of a document without binding any class; they equal `Policy.scopes`.

    Raises:
        PolicyDocumentInvalid: the text is not such a document.
    """
    read = Plain(text)
    return read.head[0], scopes_in(read)


# ── The narrower rule ─────────────────────────────────────────────────────────────────────────────────────


def narrowed(
    policy: Policy, key: str, purpose: type[Purpose] | None, formers: Iterable[Former]
) -> tuple[Retention, ...]:
    """Give how long values of an item may be kept where everything that these versions said stands as well.

    A purpose that the policy no longer speaks of has no entry, unless it is the one that is asked for.
    """
    entries = list(policy.retentions(key))
    item = policy.item(key)
    if item is None:
        return tuple(entries)
    asked = purpose.lineage if purpose is not None else ()
    spoken = {one.key: one for one in (*vocabulary(policy), *asked)}
    for former in formers:
        limits = [_retention(item, limit, spoken) for limit in former.retention.get(key, ()) if _speaks(limit, spoken)]
        places = dict.fromkeys([None, *(entry.purpose for entry in (*entries, *limits))])
        entries = [entry for place in places for entry in _both(_at(entries, place), _at(limits, place), place)]
    return tuple(entries)


def _speaks(limit: Limit, spoken: Mapping[str, type[Purpose]]) -> bool:
    return limit.purpose is None or limit.purpose in spoken


def _retention(item: AnyItem, limit: Limit, spoken: Mapping[str, type[Purpose]]) -> Retention:
    purpose = None if limit.purpose is None else spoken[limit.purpose]
    return Retention(item, limit.keep, purpose, limit.after, limit.at_least)


def _at(entries: Sequence[Retention], place: type[Purpose] | None) -> list[Retention]:
    """Give the entries that hold for a purpose: its own, else those of the nearest wider one, else the general ones."""
    for purpose in (*(place.lineage if place is not None else ()), None):
        found = [entry for entry in entries if entry.purpose is purpose]
        if found:
            return found
    return []


def _both(one: Sequence[Retention], other: Sequence[Retention], place: type[Purpose] | None) -> list[Retention]:
    """Give entries that hold exactly where both do: the shorter period of each anchor, and the shorter duty."""
    if not (one and other):
        return [attrs.evolve(entry, purpose=place) for entry in (*one, *other)]
    least = min(_duty(one), _duty(other)) or None
    shortest: dict[Anchor, Retention] = {}
    for entry in (*one, *other):
        known = shortest.get(entry.after)
        if known is None or entry.keep < known.keep:
            shortest[entry.after] = attrs.evolve(entry, purpose=place, at_least=least)
    return list(shortest.values())


def _duty(entries: Sequence[Retention]) -> dt.timedelta:
    """Give how long the law wants values kept; nothing where it does not say."""
    return max((entry.at_least or dt.timedelta(0) for entry in entries), default=dt.timedelta(0))
