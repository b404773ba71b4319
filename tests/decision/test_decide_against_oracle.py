"""`decide` says what the second implementation says, in random worlds and in every world of a small size."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Facts, verdict
from worlds import (
    EXAMPLES,
    INSTANTS,
    ITEMS,
    NAME,
    PURPOSES,
    SUBJECT,
    TICK,
    Account,
    EmailMarketing,
    Marketing,
    Orders,
    World,
    identity,
    instants_of,
    label_of,
    labels,
    worlds,
)

from obq_privacy.consent import ConsentEvent, EventKind, Standing, standing_of
from obq_privacy.decision import Deny, Permit, Request, decide
from obq_privacy.policy import Policy, additional, basic
from obq_privacy.vocab import Operation

if TYPE_CHECKING:
    from obq_privacy.values import Label
    from obq_privacy.vocab import Purpose


def _standing(world: World) -> Standing:
    return standing_of(world.history, subject=SUBJECT, born=world.born, erased=world.erased)


class _Question(NamedTuple):
    label: Label
    operation: Operation
    purpose: type[Purpose] | None
    at: dt.datetime


def _agree(world: World, standing: Standing, question: _Question) -> None:
    facts = Facts(world.policy, world.older, world.history, world.born, world.erased)
    label, operation, purpose, at = question
    expected = verdict(facts, label, operation, purpose, at)
    answer = decide(world.policy, standing, label, Request(operation, purpose), at)
    match answer:
        case Permit(until=until):
            assert expected.permitted, f"only decide permits; the oracle says {sorted(expected.codes)}"
            assert until == expected.until
        case Deny():
            assert not expected.permitted, f"only the oracle permits; decide says {answer.codes}"
            assert set(answer.codes) == expected.codes


@pytest.mark.clause("DEF-2", "USE-1", "USE-2", "USE-4", "USE-19", "MINOR-1", "PROT-3", "RIGHT-4")
@settings(max_examples=EXAMPLES * 4)
@given(world=worlds(), label=labels(), data=st.data())
def test_decide_agrees_with_the_oracle(world: World, label: Label, data: st.DataObject) -> None:
    """Verdict, end and codes are those of the naive implementation."""
    standing = _standing(world)
    operation = data.draw(st.sampled_from((Operation.USE, Operation.USE, Operation.COLLECT)))
    at = data.draw(st.sampled_from(instants_of(world, label)))
    for purpose in (*PURPOSES, None):
        _agree(world, standing, _Question(label, operation, purpose, at))


@settings(max_examples=EXAMPLES * 2)
@given(world=worlds(), item=st.sampled_from(ITEMS), purpose=st.sampled_from((*PURPOSES, None)))
def test_decide_agrees_with_the_oracle_at_every_boundary(
    world: World, item: object, purpose: type[Purpose] | None
) -> None:
    """Around every instant at which something ends, the two agree."""
    (label,) = [label_of(each) for each in ITEMS if each is item]
    standing = _standing(world)
    for at in instants_of(world, label):
        _agree(world, standing, _Question(label, Operation.USE, purpose, at))


# ── Every small world ─────────────────────────────────────────────────────────────────────────────────────

_SMALL = Policy(
    version="3",
    controller="Example Shop",
    purposes=[
        additional(Marketing, optional=[NAME]),
        additional(EmailMarketing, optional=[NAME]),
        basic(Orders),
        basic(Account),
    ],
)
_KINDS = (EventKind.GRANT, EventKind.WITHDRAW, EventKind.REFUSE, EventKind.RENEW)
_END = INSTANTS[-1]
_EVENTS = tuple(product(_KINDS, (Marketing, EmailMarketing), INSTANTS[1:3]))


def _history(steps: tuple[tuple[EventKind, type[Purpose], dt.datetime], ...]) -> list[ConsentEvent]:
    """Make events of steps; grants last until `_END`, and a renewal makes the first grant of its purpose endless."""
    names = [identity("a", number) for number in range(len(steps))]
    firsts = {
        purpose: name
        for name, (kind, purpose, _) in reversed(list(zip(names, steps, strict=True)))
        if kind is EventKind.GRANT
    }
    return [
        ConsentEvent(
            id=name,
            key=name,
            kind=kind,
            subject=SUBJECT,
            actor=SUBJECT,
            purposes=(purpose.key,),
            version="3",
            at=at,
            valid_until=_END if kind is EventKind.GRANT else None,
            about=firsts.get(purpose, "f" * 32) if kind is EventKind.RENEW else "",
        )
        for name, (kind, purpose, at) in zip(names, steps, strict=True)
    ]


@pytest.mark.clause("USE-2", "RIGHT-4")
@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_every_history_of_a_small_world_is_decided_as_the_oracle_says(length: int) -> None:
    """All sequences of grants, withdrawals, refusals and renewals of a purpose and one below it, at two instants."""
    label, born = label_of(NAME), dt.date(1990, 5, 1)
    for steps in product(_EVENTS, repeat=length):
        world = World(_SMALL, {}, _history(steps), born, erased=False)
        standing = _standing(world)
        for at in (_END - TICK, _END):
            for purpose in (Marketing, EmailMarketing):
                _agree(world, standing, _Question(label, Operation.USE, purpose, at))
