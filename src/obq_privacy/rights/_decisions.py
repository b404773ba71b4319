"""What people do about decisions that a machine made alone: explain, appeal, resolve, and refuse them (RIGHT-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from obq_privacy.errors import AppealInvalid, CaseUnknown, ContactMissing, MachineDecisionInvalid
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import check_kind, check_purposes
from obq_privacy.rights._answer import due_after
from obq_privacy.rights._automated import KIND, REFUSAL, MachineDecision, deciding_now, decision_of
from obq_privacy.rights._steps import Json, check_subject, named, said, spelled, steps

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from obq_privacy.guard import Subject
    from obq_privacy.guard._core import Core
    from obq_privacy.stores import CaseEntry
    from obq_privacy.vocab import Pseudonym, Purpose

    _Make = Callable[[MachineDecision], Mapping[str, Json] | None]


@final
class Decisions:
    """What people do about decisions by machine: explain them, lodge and resolve appeals, refuse them for good.

    Args:
        guard: the guard.

    Raises:
        ContactMissing: the policy names nobody whom subjects can turn to.
    """

    __slots__ = ("_contact", "_core")

    def __init__(self, guard: Guard) -> None:
        check_kind("guard", guard, Guard)
        if guard.policy.contact is None:
            raise ContactMissing(version=guard.policy.version)
        self._core = guard._core
        self._contact = guard.policy.contact

    def get(self, case: str | MachineDecision, /) -> MachineDecision:
        """Give a decision as it stands.

        Raises:
            CaseUnknown: there is none of that name.
        """
        name = case.case if isinstance(case, MachineDecision) else case
        row = self._core.store.case(name)
        if row is None or row.kind != KIND or not row.subject:
            raise CaseUnknown(case=name)
        return decision_of(name, row.subject, steps(self._core.store.entries(name)))

    def of(self, subject: Subject, /) -> list[MachineDecision]:
        """Give every decision about a subject, the oldest first.

        Raises:
            ArgumentInvalid: it is no subject of this guard.
        """
        check_subject(self._core, subject)
        return decisions_of(self._core, subject.pseudonym)

    def appeals(self) -> list[MachineDecision]:
        """Give every decision with an appeal that nobody has resolved, by when the answer is due."""
        return [self.get(row.case) for row in self._core.store.cases(KIND, open=True)]

    def explain(self, case: str | MachineDecision, /) -> str:
        """Say a decision in plain words: what was decided, by what, from what, and how to appeal.

        Raises:
            CaseUnknown: there is none of that name.
        """
        decision = self.get(case)
        policy = self._core.policy
        purpose = policy.purpose(decision.purpose)
        words = decision.words
        lines = [
            f"Decision {decision.case}, made on {policy.minors.today(decision.at)} by machine alone.",
            f"Purpose: {decision.purpose if purpose is None else purpose.title}.",
            f"Decided: {words.get(decision.outcome, decision.outcome)}",
            f"By: {decision.logic}, version {decision.logic_version}. {decision.says}".rstrip(),
            f"Read: {', '.join(map(self._title, decision.items)) or 'nothing about you'}.",
            *(f"Because: {words.get(reason, reason)}" for reason in decision.because),
            f"Under version {decision.version} of the policy.",
            *self._appeal(decision),
        ]
        return "\n".join(lines)

    def _title(self, key: str) -> str:
        item = self._core.policy.item(key)
        return key if item is None else item.title

    def _appeal(self, decision: MachineDecision) -> list[str]:
        if decision.resolved is not None:
            result = decision.words.get(decision.result, decision.result)
            kept = "upheld it" if decision.result == decision.outcome else f"decided instead: {result}"
            return [f"You appealed, and a person ({decision.by}) {kept}"]
        if decision.appealed is not None:
            return ["You appealed; a person looks at it."]
        where = f"{self._contact.department} ({self._contact.address})"
        return [f"To have a person look at it, appeal to {where}; you can also go to {self._contact.court}."]

    def appeal(self, case: str | MachineDecision, /, *, about: str = "") -> MachineDecision:
        """Write down that the subject appeals; a person has to answer by the end of the same day as any request.

        Repeating it changes nothing.

        Args:
            case: the decision.
            about: reference of what the subject says; no values.

        Raises:
            AppealInvalid: a person has resolved an appeal already; the court is next.
        """
        facts: dict[str, Json] = {"about": said("about", about, needed=False)}

        def make(there: MachineDecision) -> Mapping[str, Json] | None:
            if there.resolved is not None:
                raise AppealInvalid(case=there.case, problem="a person has resolved one already")
            return None if there.appealed is not None else facts

        return self._step(case, "appeal", make)

    def resolve(self, case: str | MachineDecision, /, *, by: str, result: str = "") -> MachineDecision:
        """Resolve an appeal, as a person.

        Args:
            case: the decision.
            by: the person, an identifier of the controller's.
            result: the outcome that counts from now on; "" to uphold the machine's.

        Raises:
            AppealInvalid: there is no appeal to resolve, or a machine tries to.
        """
        person = said("by", by)
        result = said("result", result, needed=False)

        def make(there: MachineDecision) -> Mapping[str, Json]:
            if deciding_now.get() or person.split("/")[0] == there.logic:
                raise AppealInvalid(case=there.case, problem="a machine cannot resolve it")
            if there.appealed is None or there.resolved is not None:
                raise AppealInvalid(case=there.case, problem="there is none to resolve")
            return {"by": person, "result": result or there.outcome}

        return self._step(case, "resolve", make)

    # ── Refused for good ──────────────────────────────────────────────────────────────────────────────────

    def refuse(self, subject: Subject, purpose: type[Purpose], /) -> None:
        """Write down that the subject lets no machine decide alone for a purpose, nor for any below it.

        When this returns, no process records such a decision any more. Repeating it changes nothing.

        Raises:
            MachineDecisionInvalid: the policy does not offer it.
            ArgumentInvalid: it is no subject of this guard.
        """
        check_purposes("refuse", purpose)
        if not self._core.policy.machine_refusal:
            raise MachineDecisionInvalid(logic=purpose.key, problem="the policy does not offer to refuse its decisions")
        self._switch(subject, purpose, refused=True)

    def allow(self, subject: Subject, purpose: type[Purpose], /) -> None:
        """Take a refusal back. Repeating it changes nothing.

        Raises:
            ArgumentInvalid: it is no subject of this guard.
        """
        check_purposes("allow", purpose)
        self._switch(subject, purpose, refused=False)

    def _switch(self, subject: Subject, purpose: type[Purpose], *, refused: bool) -> None:
        check_subject(self._core, subject)
        self._core.refresh()
        case = named(REFUSAL, subject.pseudonym, purpose.key)
        name, kept = ("refuse", "refused") if refused else ("allow", "allowed")
        fact = self._core.fact("automated-decision", "done", purpose=purpose.key, justification=kept)

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
            there = bool(entries) and steps(entries)[-1].name == "refuse"
            if there == refused:
                return None
            self._core.record(subject.pseudonym, fact)  # before the entry, which is no more repeated
            return spelled(name, {"purpose": purpose.key}), refused, None

        self._core.store.enter(case, REFUSAL, subject.pseudonym, make, self._core.clock.now())

    def _step(self, case: str | MachineDecision, name: str, make: _Make) -> MachineDecision:
        self._core.refresh()
        decision = self.get(case)
        now = self._core.clock.now()
        appealed = name == "appeal"
        due = due_after(self._core.policy, now) if appealed else None
        what = {"purpose": decision.purpose, "actor": "" if appealed else "person", "justification": name}
        fact = self._core.fact("automated-decision", "done", **what)

        def entry(entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime | None] | None:
            facts = make(decision_of(decision.case, decision.subject, steps(entries)))
            if facts is None:
                return None
            text = spelled(name, facts)
            self._core.record(decision.subject, fact)
            return text, appealed, due

        self._core.store.enter(decision.case, KIND, decision.subject, entry, now)
        return self.get(decision.case)


def decisions_of(core: Core, subject: Pseudonym) -> list[MachineDecision]:
    """Give every decision about a subject, the oldest first."""
    store = core.store
    found = [
        decision_of(row.case, subject, steps(store.entries(row.case))) for row in store.cases(KIND, subject=subject)
    ]
    return sorted(found, key=lambda decision: (decision.at, decision.case))
