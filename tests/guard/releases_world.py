"""People with regions and birth dates, and an attacker who knows who is in every group that was told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations
from typing import TYPE_CHECKING

from obq_privacy import (
    Category,
    Guard,
    Personal,
    PersonalItem,
    Policy,
    Purpose,
    SensitiveItem,
    additional,
    basic,
    held_as,
    record,
)
from obq_privacy.policy import Exemption
from obq_privacy.vocab import Agreement, Invoked, LegalBasis, Operation, Recipient, RecipientKind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from obq_privacy import Clock, Subject


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Research(Purpose):
    """Find out what shoppers need."""


class Planning(Purpose):
    """Decide where to open shops."""


class Auditing(Purpose):
    """Check the figures of the shop, by those who may."""


class AddressBook(Purpose):
    """Find friends who are members."""


class Findable(Purpose):
    """Be found by friends who know the phone number."""


REGION = PersonalItem("region", str, Delivery | Research | Planning | Auditing, encrypt=True)
BORN = PersonalItem("birth-date", date, Research | Planning | Auditing)
ACCOUNT = SensitiveItem("account", str, Research | Planning, category=Category.BANK_ACCOUNT)
PHONE = PersonalItem("phone", str, Delivery | AddressBook | Findable, encrypt=True)
LETTER = PersonalItem("contact-phone", str, AddressBook, encrypt=True)
ALIAS = PersonalItem("alias", str, Research | Planning)

ANALYTICS = Recipient(
    "counting-house",
    Research,
    kind=RecipientKind.PARTNER,
    role=Role.ANALYTICS,
    agreement=Agreement("A-1", date(2026, 1, 1), date(2026, 12, 31)),
)
STUDY = Invoked(LegalBasis.RESEARCH, justification="study 7 of the faculty", by="dean")
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ADULT = date(1990, 5, 1)
K = 3


def world_policy(smallest: int = K) -> Policy:
    """Give the policy."""
    return Policy(
        version="2026-11",
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[REGION], optional=[PHONE]),
            additional(Research, optional=[REGION, BORN, ACCOUNT, ALIAS], shared=[REGION, BORN]),
            additional(Planning, optional=[REGION, BORN, ACCOUNT, ALIAS]),
            additional(Auditing, optional=[REGION], roles=["auditor"]),
            additional(AddressBook, optional=[LETTER, PHONE]),
            additional(Findable, optional=[PHONE]),
        ],
        recipients=[ANALYTICS],
        exemptions=[
            Exemption(LegalBasis.RESEARCH, frozenset({Operation.USE}), deidentified=True),
            Exemption(LegalBasis.SELF_PUBLISHED, frozenset({Operation.USE})),
        ],
        smallest_group=smallest,
    )


POLICY = world_policy()


@record
class Member:
    """Somebody, with what statistics are about."""

    name: str
    region: Personal[str, Delivery | Research | Planning] = held_as(REGION)
    born: Personal[date, Research | Planning] | None = held_as(BORN, default=None)


def opened(path: Path | None = None, *, smallest: int = K, clock: Clock | None = None) -> Guard:
    """Open a guard, in memory without a path."""
    policy = world_policy(smallest)
    return Guard.in_memory(policy=policy, clock=clock) if path is None else Guard.open(path, policy=policy, clock=clock)


def person(guard: Guard, name: str, *purposes: type[Purpose]) -> Subject:
    """Register an adult who consents to delivery and to these purposes."""
    subject = guard.subject(name, born=ADULT)
    subject.grant(Delivery, *purposes)
    return subject


def members(guard: Guard, regions: dict[str, int], *purposes: type[Purpose]) -> list[Member]:
    """Give so many members of each region, named by region and number, who consent to research or these purposes."""
    return [
        person(guard, f"{region}-{number}", *(purposes or (Research,))).collect_record(
            Member, name=f"{region}-{number}", region=region
        )
        for region, count in regions.items()
        for number in range(count)
    ]


# ── The attacker ──────────────────────────────────────────────────────────────────────────────────────────

People = frozenset[str]


def unions(groups: Sequence[People], most: int) -> set[People]:
    """Give every union of up to `most` groups."""
    return {
        People().union(*chosen)
        for size in range(1, most + 1)
        for chosen in combinations(groups, min(size, len(groups)))
    }


def isolated(groups: Iterable[People], least: int, *, most: int = 2) -> list[People]:
    """Give whom somebody can single out who subtracts and intersects all unions of the groups with each other.

    Written without regard to how releases are judged: it tries everything.
    """
    known = unions(sorted(set(groups), key=sorted), most)
    found: set[People] = {one for one in known if 0 < len(one) < least}
    for one in known:
        for other in known:
            for derived in (one - other, one & other, one ^ other):
                if 0 < len(derived) < least:
                    found.add(derived)
    return sorted(found, key=sorted)


def solved(groups: Sequence[People], least: int) -> list[People]:
    """Give whom somebody can count who adds and subtracts the counts, each taken up to twice; for few groups only."""
    found: set[People] = set()
    everybody = sorted(People().union(*groups))
    weights: list[tuple[int, ...]] = [()]
    for _ in groups:
        weights = [(*before, weight) for before in weights for weight in (-2, -1, 0, 1, 2)]
    for chosen in weights:
        sums = [sum(w for w, group in zip(chosen, groups, strict=True) if one in group) for one in everybody]
        if set(sums) <= {0, 1} and 0 < sum(sums) < least:
            found.add(frozenset(one for one, total in zip(everybody, sums, strict=True) if total))
    return sorted(found, key=sorted)
