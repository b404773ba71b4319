"""Decisions that a machine makes alone: what it reads for them, and what it decides, on record (RIGHT-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast, final

import attrs

from obq_privacy.errors import (
    KeyReused,
    MachineDecisionInvalid,
    MachineDecisionRefused,
)
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import all_of, check_kind, check_purposes
from obq_privacy.rights._steps import Json, Step, check_subject, named, said, spelled, steps
from obq_privacy.vocab import Pseudonym, Purpose

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from obq_privacy.guard import Subject
    from obq_privacy.stores import CaseEntry, Store
    from obq_privacy.values import Protected

T = TypeVar("T")
P = TypeVar("P", bound=Purpose)

KIND: Final = "automated-decision"
REFUSAL: Final = "automated-refusal"

deciding_now: ContextVar[str] = ContextVar("obq_privacy_deciding", default="")
"""The logic that decides in this context, "" for none."""


@final
@attrs.frozen(kw_only=True)
class MachineDecision:
    """A decision that a machine made alone, and what became of it.

    Attributes:
        case: its name in the docket.
        subject: pseudonym of whom it is about.
        at: when it was made.
        purpose: key of the purpose.
        items: keys of the items that it read.
        outcome: what was decided, an identifier.
        because: what it rests on, identifiers.
        logic: name of the logic.
        logic_version: its version.
        version: the version of the policy.
        says: what the logic does, as it said at the time.
        words: plain words for the outcomes and reasons of the logic, as they were at the time.
        appealed: when an appeal was lodged, or None.
        appeal: reference of the appeal, or "".
        resolved: when a person resolved it, or None.
        by: who resolved it, or "".
        result: the outcome that counts: the machine's, or what the person put in its place.
    """

    case: str
    subject: Pseudonym
    at: dt.datetime
    purpose: str
    items: tuple[str, ...]
    outcome: str
    because: tuple[str, ...]
    logic: str
    logic_version: str
    version: str
    says: str
    words: Mapping[str, str]
    appealed: dt.datetime | None = None
    appeal: str = ""
    resolved: dt.datetime | None = None
    by: str = ""
    result: str = ""


class Read(NamedTuple):
    """What a decision was made for, and the keys of the items that it read."""

    purpose: type[Purpose]
    items: tuple[str, ...]


@final
class Deciding:
    """A decision that is being made. Values that are revealed through it are what it read."""

    __slots__ = ("_items", "_logic", "_purpose", "_subject", "decision")
    decision: MachineDecision | None

    def __init__(self, logic: Automated, subject: Subject, purpose: type[Purpose]) -> None:
        self._logic = logic
        self._subject = subject
        self._purpose = purpose
        self._items: set[str] = set()
        self.decision = None

    def __repr__(self) -> str:
        return f"Deciding({self._logic.logic}, {self._purpose.key})"

    def reveal(self, value: Protected[T, P], purpose: type[P], /) -> T:
        """Reveal a value for the purpose of the decision, and note its items.

        Raises:
            MachineDecisionInvalid: the purpose is not that of the decision or below it, the value is not about its
                subject, or there is an outcome already.
            Denied: the use is not permitted.
        """
        if self.decision is not None:
            raise self._logic.invalid("it has an outcome, and reads nothing any more")
        check_purposes("reveal", purpose)
        if self._purpose not in cast("type[Purpose]", purpose).lineage:
            raise self._logic.invalid("it reads for its own purpose only")
        if self._subject.pseudonym not in value.label.subjects:
            raise self._logic.invalid("it reads about its own subject only")
        shown = value.reveal(purpose)
        self._items |= value.label.items
        return shown

    def conclude(self, outcome: str, /, *, because: Iterable[str] = (), key: str = "") -> MachineDecision:
        """Record what is decided. Act on it only once this has returned.

        Args:
            outcome: an identifier, such as "limit-5000"; no values of persons.
            because: what it rests on, identifiers.
            key: idempotency key: the same key of the same subject is the same decision, which is returned as it was
                recorded first.

        Raises:
            MachineDecisionRefused: the subject has refused such decisions meanwhile.
            MachineDecisionInvalid: there is an outcome already.
            KeyReused: the key stands for a decision of another logic, or for another purpose.
        """
        if self.decision is not None:
            raise self._logic.invalid("it has an outcome already")
        reasons = [said("because", reason) for reason in all_of("because", because, str)]
        outcome = said("outcome", outcome)
        self.decision = self._logic.record(
            self._subject, Read(self._purpose, tuple(sorted(self._items))), outcome, reasons, key
        )
        return self.decision


@final
class Automated:
    """A logic that decides about subjects without a person.

    Args:
        guard: the guard.
        logic: its name, an identifier.
        version: its version; another way of deciding is another version.
        says: what it does, in plain words, without trade secrets.
        words: plain words for its outcomes and reasons, by identifier.

    Raises:
        ArgumentInvalid: name or version is empty, or an argument is of another type.
    """

    __slots__ = ("_core", "_says", "_words", "logic", "version")

    def __init__(
        self, guard: Guard, *, logic: str, version: str, says: str = "", words: Mapping[str, str] | None = None
    ) -> None:
        check_kind("guard", guard, Guard)
        check_kind("words", words, Mapping | None)
        self._core = guard._core
        self.logic = said("logic", logic)
        self.version = said("version", version)
        self._says = said("says", says, needed=False)
        self._words = {said("words", key): said("words", text) for key, text in (words or {}).items()}

    def __repr__(self) -> str:
        return f"Automated({self.logic}, version {self.version})"

    @contextmanager
    def deciding(self, subject: Subject, purpose: type[P], /) -> Generator[Deciding]:
        """Decide about a subject; the block ends with `conclude`, or with an exception and no decision.

        Raises:
            MachineDecisionRefused: the subject refuses decisions by machine alone for this purpose.
            MachineDecisionInvalid: the block ends without an outcome.
            ArgumentInvalid: it is no subject of this guard.
        """
        check_subject(self._core, subject)
        check_purposes("deciding", purpose)
        self._core.refresh()
        try:
            self.check(self._core.store, subject.pseudonym, purpose)
        except MachineDecisionRefused as refusal:
            why = {"codes": (refusal.code,), "clauses": (refusal.clause or "",)}
            fact = self._core.fact("automated-decision", "deny", purpose=purpose.key, actor=self.logic, **why)
            self._core.record(subject.pseudonym, fact)
            raise
        deciding = Deciding(self, subject, purpose)
        before = deciding_now.set(self.logic)
        try:
            yield deciding
        finally:
            deciding_now.reset(before)
        if deciding.decision is None:
            raise self.invalid("it ended without an outcome")

    def check(self, store: Store, subject: Pseudonym, purpose: type[Purpose]) -> None:
        """Check that the subject lets a machine decide for this purpose and every wider one.

        Raises:
            MachineDecisionRefused: it does not.
        """
        for wider in purpose.lineage:
            row = store.case(named(REFUSAL, subject, wider.key))
            if row is not None and row.open:
                raise MachineDecisionRefused(subject=subject, purpose=purpose.key, logic=self.logic)

    def record(self, subject: Subject, read: Read, outcome: str, because: list[str], key: str) -> MachineDecision:
        """Write a decision into the docket, against a refusal at the same moment."""
        core = self._core
        core.refresh()
        case = named(KIND, subject.pseudonym, said("key", key, needed=False))
        now = core.clock.now()
        facts: dict[str, Json] = {
            "purpose": read.purpose.key,
            "items": read.items,
            "outcome": outcome,
            "because": because,
            "logic": self.logic,
            "logic_version": self.version,
            "version": core.policy.version,
            "says": self._says,
            "words": self._words,
        }

        what = {"items": read.items, "purpose": read.purpose.key, "actor": f"{self.logic}/{self.version}"}
        fact = core.fact("automated-decision", "done", **what)

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
            if entries:
                first = steps(entries)[0]
                if (first.text("logic"), first.text("purpose")) != (self.logic, read.purpose.key):
                    raise KeyReused(case=case, step="decide")
                return None
            self.check(core.store, subject.pseudonym, read.purpose)
            text = spelled("decide", facts)
            core.record(subject.pseudonym, fact)  # before the entry, which is no more repeated
            return text, False, None

        core.store.enter(case, KIND, subject.pseudonym, make, now)
        return decision_of(case, subject.pseudonym, steps(core.store.entries(case)))

    def invalid(self, problem: str) -> MachineDecisionInvalid:
        """Give the error that says it of this logic."""
        return MachineDecisionInvalid(logic=self.logic, problem=problem)


def decision_of(case: str, subject: Pseudonym, taken: tuple[Step, ...]) -> MachineDecision:
    """Fold the steps of a decision."""
    first, *rest = taken
    decision = MachineDecision(
        case=case,
        subject=subject,
        at=first.at,
        purpose=first.text("purpose"),
        items=first.texts("items"),
        outcome=first.text("outcome"),
        because=first.texts("because"),
        logic=first.text("logic"),
        logic_version=first.text("logic_version"),
        version=first.text("version"),
        says=first.text("says"),
        words=first.pairs("words"),
        result=first.text("outcome"),
    )
    for step in rest:
        if step.name == "appeal":
            decision = attrs.evolve(decision, appealed=step.at, appeal=step.text("about"))
        else:
            decision = attrs.evolve(decision, resolved=step.at, by=step.text("by"), result=step.text("result"))
    return decision
