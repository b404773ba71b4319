"""One shop and its shoppers, for single decisions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from worlds import (
    CARD,
    DAY,
    DEVICE,
    FACE,
    MIDNIGHT,
    NAME,
    PHONE,
    SUBJECT,
    Account,
    EmailMarketing,
    FaceLogin,
    Marketing,
    Orders,
    Portrait,
)

from obq_privacy.consent import ConsentEvent, EventKind, Standing, standing_of
from obq_privacy.decision import Deny, Permit, Request, decide
from obq_privacy.policy import Minors, Policy, additional, basic
from obq_privacy.vocab import (
    Operation,
    Purpose,
)

if TYPE_CHECKING:
    from obq_privacy.values import Label

ADULT = dt.date(1990, 5, 1)
FIFTEEN = dt.date(2008, 3, 1)
EIGHTEEN = dt.date(2005, 3, 1)
LATE = Minors(counted_from="day-after", zone="-12:00")
"""Who was born on 31 December is a year older when the next year has come even in Greenwich."""

START = MIDNIGHT - 10 * DAY
NOW = MIDNIGHT


def a_policy(**changes: Any) -> Policy:
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


POLICY = a_policy()


def an_event(kind: EventKind, *purposes: type[Purpose], number: int = 0, **changes: Any) -> ConsentEvent:
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


def a_grant(*purposes: type[Purpose], number: int = 0, **changes: Any) -> ConsentEvent:
    return an_event(EventKind.GRANT, *purposes, number=number, **changes)


def a_standing(*events: ConsentEvent, born: dt.date | None = ADULT) -> Standing:
    return standing_of(events, subject=SUBJECT, born=born)


def ask(
    standing: Standing,
    label: Label,
    purpose: type[Purpose] | None,
    *,
    policy: Policy = POLICY,
    at: dt.datetime = NOW,
    operation: Operation = Operation.USE,
) -> Permit | Deny:
    return decide(policy, standing, label, Request(operation, purpose), at)


def codes_of(answer: Permit | Deny) -> list[str]:
    return [] if isinstance(answer, Permit) else list(answer.codes)
