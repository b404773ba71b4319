"""A ledger in which only what can happen happens."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, final

from hypothesis import strategies as st

from obq_privacy.consent import ConsentEvent, EventKind, Standing, standing_of
from obq_privacy.decision import consent_problem, is_of_age, live, too_young
from obq_privacy.policy import Kind
from obq_privacy.vocab import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.policy import Policy
    from obq_privacy.testing._given_people import Person
    from obq_privacy.vocab import Purpose

Words = dict[str, Any]
"""Fields of an event."""

SELDOM: SearchStrategy[bool] = st.sampled_from((False, False, False, True))
_OPENING = frozenset({EventKind.CONFIRM, EventKind.PUBLISH, EventKind.ALLOW, EventKind.AGREE})
"""What somebody too young cannot do alone, and a guardian does only for somebody who is not of age."""


def standing_after(person: Person, events: Sequence[ConsentEvent], *, erased: bool = False) -> Standing:
    """Fold a person's history."""
    return standing_of(events, subject=person.pseudonym, born=person.born, erased=erased)


@final
class Ledger:
    """A ledger in which only what can happen happens."""

    def __init__(self, draw: DrawFn, versions: Sequence[Policy], person: Person) -> None:
        self.draw = draw
        self.person = person
        self.later = list(versions)
        self.policy = self.later.pop(0)
        self.events: list[ConsentEvent] = []
        self.standing = standing_after(person, ())
        self.at = dt.datetime.min.replace(tzinfo=dt.UTC)

    def add(self, kind: EventKind, words: Words) -> None:
        """Write an event down, unless it changes nothing; then a ledger does not."""
        made = self.event(kind, words)
        after = standing_after(self.person, (*self.events, made))
        if after != self.standing or kind is EventKind.REQUEST:
            self.events.append(made)
            self.standing = after

    def event(self, kind: EventKind, words: Words) -> ConsentEvent:
        """Give the event that the words say, of the person's own hand unless they say otherwise."""
        name = f"{len(self.events) + 1:032x}"
        whole: Words = {
            "id": name,
            "key": name,
            "kind": kind,
            "subject": self.person.pseudonym,
            "actor": self.person.pseudonym,
            "purposes": (),
            "version": self.policy.version,
            "at": self.at,
        }
        return ConsentEvent(**{**whole, **words})

    def guardian(self) -> Words:
        """Give the words of an act by the guardian, or none where there is no guardian."""
        guardian = self.person.guardian
        return {} if guardian is None else {"actor": guardian.pseudonym}

    def purposes(self) -> list[type[Purpose]]:
        """Give the purposes that can be consented to."""
        return [rule.purpose for rule in self.policy.purposes if rule.kind is not Kind.STATUTORY]

    def hand(self, kind: EventKind) -> Words | None:
        """Give whose hand does something besides consenting; None where nobody's can."""
        minors, born = self.policy.minors, self.person.born
        if kind not in _OPENING or not too_young(minors, born, self.at):
            return {}
        able = self.person.guardian is not None and not is_of_age(minors, born, self.at)
        return self.guardian() if able else None

    def consenting(self, *purposes: type[Purpose], level: Level) -> Words | None:
        """Give whose hand can consent to purposes now; None where nobody's can."""
        hands: list[Words] = [{}, self.guardian()] if self.person.guardian is not None else [{}]
        for hand in hands:
            problem = consent_problem(
                self.policy, self.standing, purposes, level=level, by_guardian=bool(hand), at=self.at
            )
            if problem is None:
                return hand
        return None

    def bearing(self, purpose: type[Purpose]) -> type[Purpose]:
        """Give the purpose itself, or one that it builds on, to which consent has to come first."""
        for required in reversed(self.policy.required(purpose)):
            there = live(self.policy, self.standing, required, self.at)
            if not there and self.consenting(required, level=Level.EXPRESS) is not None:
                return required
        return purpose
