"""A ledger in use, beside a model that is too simple to be wrong."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from ledger import EXAMPLES, GUARDIAN, HOUR, PURPOSES, START, SUBJECT, some_purposes

from obq_privacy.consent import ConsentEvent, EventKind, standing_of

if TYPE_CHECKING:
    import datetime as dt

_NEVER = START + 10_000 * HOUR


class _Paper(NamedTuple):
    """A consent as a clerk would keep it: a sheet with what is not struck out, an end, and whose hand signed it."""

    open: set[str]
    struck: dict[str, EventKind]
    ends: list[dt.datetime]
    guardian: bool


class Ledger(RuleBasedStateMachine):
    """The clerk acts at once on each event; the fold sees the whole ledger, shuffled, with copies."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.now = START
        self.events: list[ConsentEvent] = []
        self.sheets: dict[str, _Paper] = {}
        self.refused: set[str] = set()

    def _append(self, kind: EventKind, purposes: tuple[str, ...], **changes: Any) -> ConsentEvent:
        self.now += HOUR
        number = len(self.events)
        base = ConsentEvent(
            id=f"{number:032x}",
            key=f"key-{number}",
            kind=kind,
            subject=SUBJECT,
            actor=SUBJECT,
            purposes=purposes,
            version="1",
            at=self.now,
        )
        made = attrs.evolve(base, **changes)
        self.events.append(made)
        return made

    @rule(purposes=some_purposes, length=st.one_of(st.none(), st.integers(1, 5)), guardian=st.booleans())
    def grant(self, purposes: tuple[str, ...], length: int | None, *, guardian: bool) -> None:
        """A new sheet."""
        end = None if length is None else self.now + (length + 1) * HOUR
        actor = GUARDIAN if guardian else SUBJECT
        made = self._append(EventKind.GRANT, purposes, valid_until=end, actor=actor)
        self.sheets[made.id] = _Paper(set(purposes), {}, [end or _NEVER], guardian)
        self.refused -= set(purposes)

    @rule(
        purposes=some_purposes,
        kind=st.sampled_from([EventKind.WITHDRAW, EventKind.REFUSE, EventKind.EXPIRE, EventKind.INVALIDATE]),
        one=st.booleans(),
        data=st.data(),
    )
    def end(self, purposes: tuple[str, ...], kind: EventKind, data: st.DataObject, *, one: bool) -> None:
        """Strike these purposes out on one sheet or on all."""
        about = data.draw(st.sampled_from(sorted(self.sheets))) if one and self.sheets else ""
        self._append(kind, purposes, about=about)
        for name, sheet in self.sheets.items():
            if about in {"", name}:
                for purpose in purposes:
                    sheet.struck.setdefault(purpose, kind)
                sheet.open.difference_update(purposes)
        if kind is EventKind.REFUSE:
            self.refused |= set(purposes)

    @precondition(lambda self: self.sheets)
    @rule(data=st.data(), length=st.one_of(st.none(), st.integers(0, 5)), guardian=st.booleans())
    def renew(self, data: st.DataObject, length: int | None, *, guardian: bool) -> None:
        """Write a new end on a sheet that is still good, with the hand that signed it."""
        name = data.draw(st.sampled_from(sorted(self.sheets)))
        sheet = self.sheets[name]
        end = None if length is None else self.now + (length + 1) * HOUR
        actor = GUARDIAN if guardian else SUBJECT
        self._append(EventKind.RENEW, PURPOSES, about=name, valid_until=end, actor=actor)
        if sheet.open and self.now < sheet.ends[-1] and guardian == sheet.guardian:
            sheet.ends.append(end or _NEVER)

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """The same event comes in again, later, under a new id: the clerk has it already."""
        again = data.draw(st.sampled_from(self.events))
        self.now += HOUR
        self.events.append(attrs.evolve(again, id=f"{len(self.events):032x}", at=self.now))

    @rule(purposes=some_purposes)
    def request(self, purposes: tuple[str, ...]) -> None:
        """Asking changes no sheet."""
        self._append(EventKind.REQUEST, purposes)

    @invariant()
    def the_fold_is_what_the_clerk_has(self) -> None:
        """Every sheet: what is struck out and how, its end, and what was refused."""
        shuffled = [*self.events, *self.events[::3]]
        random.Random(len(shuffled)).shuffle(shuffled)  # noqa: S311
        standing = standing_of(shuffled, subject=SUBJECT)
        assert [consent.grant.id for consent in standing.consents] == sorted(self.sheets)
        for consent in standing.consents:
            sheet = self.sheets[consent.grant.id]
            assert consent.ended == sheet.struck
            assert (consent.valid_until or _NEVER) == sheet.ends[-1]
            assert consent.over == (not sheet.open)
        assert set(standing.refused) == self.refused


TestLedger = Ledger.TestCase  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
TestLedger.settings = settings(max_examples=EXAMPLES // 2, stateful_step_count=25)
