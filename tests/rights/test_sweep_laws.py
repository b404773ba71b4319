"""The lifetime that sweeps go by is the one that decisions apply, whatever the policy and the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from obq_privacy import ConsentEvent, EventKind, PersonalItem, Policy, Pseudonym, Purpose, Retention, additional, basic
from obq_privacy.consent import standing_of
from obq_privacy.decision import Deny, Request, decide
from obq_privacy.decision._lifetime import lifetime
from obq_privacy.errors import RetentionEnded
from obq_privacy.policy import Anchor, former_of, statutory
from obq_privacy.rights._kept import kept
from obq_privacy.values import Label
from obq_privacy.vocab import Operation, Source

if TYPE_CHECKING:
    from obq_privacy.consent import Standing


class Delivery(Purpose):
    """Bring the order to the consignee."""


class Marketing(Purpose):
    """Tell the shopper about offers."""


class EmailMarketing(Marketing):
    """Tell the shopper about offers by mail."""


class TaxAudit(Purpose):
    """Show the tax office what was sold."""


NAME = PersonalItem("name", str, Delivery | Marketing | TaxAudit)
ORDINARY = (Delivery, Marketing, EmailMarketing)
SUBJECT = Pseudonym("ab" * 16)
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

days = st.integers(0, 12).map(lambda n: n * DAY)
times = st.integers(0, 20).map(lambda n: START + n * DAY)


@st.composite
def periods(draw: st.DrawFn) -> Retention:
    """Give a period of any kind."""
    keep = draw(days.filter(bool))
    purpose = draw(st.sampled_from([None, *ORDINARY, TaxAudit]))
    least = keep + draw(days) if draw(st.booleans()) else None
    return Retention(NAME, keep, purpose, draw(st.sampled_from(list(Anchor))), least)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Give a policy that may have said something else before."""
    drawn: list[Policy] = []
    for version in ("1", "2"):
        entries = {entry.purpose: entry for entry in draw(st.lists(periods(), max_size=3))}
        drawn.append(
            Policy(
                version=version,
                controller="Example Shop",
                purposes=[
                    basic(Delivery, necessary=[NAME]),
                    additional(Marketing, optional=[NAME]),
                    statutory(TaxAudit, items=[NAME]),
                ],
                retention=entries.values(),
            )
        )
    older, newer = drawn
    return newer.with_archive({"1": former_of(older.dumps())}) if draw(st.booleans()) else newer


@st.composite
def events(draw: st.DrawFn) -> ConsentEvent:
    """Give an event from which a period may depend."""
    kind = draw(
        st.sampled_from(
            [EventKind.GRANT, EventKind.MARK, EventKind.AGREE, EventKind.HOLD, EventKind.RELEASE, EventKind.CLOSE]
        )
    )
    anchor = draw(st.sampled_from(["completion", "activity"])) if kind is EventKind.MARK else ""
    longer = kind is EventKind.AGREE and draw(st.booleans())
    name = draw(st.uuids()).hex
    return ConsentEvent(
        id=name,
        key=name,
        kind=kind,
        subject=SUBJECT,
        actor=SUBJECT,
        purposes=(draw(st.sampled_from(ORDINARY)).key,) if kind is EventKind.GRANT else (),
        items=(NAME.key,) if longer or (kind is EventKind.HOLD and draw(st.booleans())) else (),
        version=draw(st.sampled_from(["1", "2"])),
        at=draw(times),
        valid_until=START + 30 * DAY if longer else None,
        matter="m" if anchor == "completion" else "",
        anchor=anchor,
        method="reference" if kind in {EventKind.HOLD, EventKind.RELEASE} else "",
    )


@st.composite
def labels(draw: st.DrawFn) -> Label:
    """Give the label of a value."""
    at = draw(times)
    ends = draw(st.none() | times)
    return Label(
        items=frozenset({NAME.key}),
        categories=frozenset({NAME.category}),
        sensitivity=NAME.sensitivity,
        purposes=NAME.purposes,
        subjects=frozenset({SUBJECT}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({draw(st.sampled_from(["1", "2"]))}),
        collected=(at, at),
        matters=frozenset({"m" if draw(st.booleans()) else ""}),
        ends=ends,
    )


def over(policy: Policy, standing: Standing, label: Label, purpose: type[Purpose], at: datetime) -> bool:
    """Tell whether the decision says that the period is over."""
    answer = decide(policy, standing, label, Request(Operation.USE, purpose), at)
    return isinstance(answer, Deny) and RetentionEnded.code in answer.codes


@pytest.mark.clause("PROT-3")
@given(policies(), st.lists(events(), max_size=5), labels(), st.integers(0, 40))
def test_a_value_is_due_exactly_when_every_purpose_is_refused_for_its_period(
    policy: Policy, history: list[ConsentEvent], label: Label, day: int
) -> None:
    """Ordinary purposes and duties by law are judged apart, and neither sooner nor later than by the decision."""
    at = START + day * DAY
    standing = standing_of(history, subject=SUBJECT)
    assume(not standing.erased)
    life = lifetime(policy, standing, label, NAME, at)
    running = not all(over(policy, standing, label, purpose, at) for purpose in ORDINARY)
    assert life.running(at) is running
    assert life.owed(at) is not over(policy, standing, label, TaxAudit, at)
    assert life.ended is None or life.running(life.ended - timedelta(microseconds=1)) or life.ended <= START
    assert life.ended is None or not life.running(life.ended)


@pytest.mark.clause("PROT-3")
@pytest.mark.parametrize("microseconds", [-1, 0])
def test_the_boundary_is_an_instant(microseconds: int) -> None:
    """One microsecond before its end a period is running."""
    policy = Policy(
        version="1",
        controller="Example Shop",
        purposes=[
            basic(Delivery, necessary=[NAME]),
            additional(Marketing, optional=[NAME]),
            statutory(TaxAudit, items=[NAME]),
        ],
        retention=[Retention(NAME, DAY)],
    )
    at = START + DAY + timedelta(microseconds=microseconds)
    label = Label(
        items=frozenset({NAME.key}),
        categories=frozenset({NAME.category}),
        sensitivity=NAME.sensitivity,
        purposes=NAME.purposes,
        subjects=frozenset({SUBJECT}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({"1"}),
        collected=(START, START),
    )
    life = lifetime(policy, standing_of([], subject=SUBJECT), label, NAME, at)
    assert life.running(at) is (microseconds < 0)
    assert life.ended == START + DAY


@pytest.mark.clause("PROT-3", "RIGHT-3")
@given(policies(), st.lists(events(), max_size=5), labels(), st.integers(0, 40))
def test_what_a_deletion_has_to_leave_no_sweep_erases(
    policy: Policy, history: list[ConsentEvent], label: Label, day: int
) -> None:
    """While the law wants a value kept, a duty reaches it, and for no shorter time."""
    at = START + day * DAY
    standing = standing_of(history, subject=SUBJECT)
    stays = kept(policy, standing, label, NAME, at)
    life = lifetime(policy, standing, label, NAME, at)
    assert life.owed(at) or not stays.lawful
    assert not stays.lawful or life.owed_until is None or (stays.until is not None and stays.until <= life.owed_until)
