"""Requests of subjects: received, identity verified, in progress, fulfilled or refused, complained (RIGHT-6)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, final

from obq_privacy.errors import (
    ArgumentInvalid,
    CaseUnknown,
    ContactMissing,
    FeeInvalid,
    IdentityUnverified,
    RefusalInvalid,
    TransitionInvalid,
)
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import check_kind
from obq_privacy.guard._ledger import guardian_problem
from obq_privacy.policy._minors import zone_of
from obq_privacy.rights._answer import Answer, RequestState, RightsRequest, due_after, request_of
from obq_privacy.rights._grounds import DeletionGround, RefusalGround, RequestKind
from obq_privacy.rights._steps import Json, Step, again, check_subject, named, said, spelled, steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from obq_privacy.audit import Fact
    from obq_privacy.guard import Subject
    from obq_privacy.guard._core import Core
    from obq_privacy.stores import CaseEntry
    from obq_privacy.vocab import Pseudonym

KIND: Final = "request"
_BEGUN: Final = frozenset({"verify", "begin"})
_FROM: Final[Mapping[str, frozenset[RequestState]]] = {
    "verify": frozenset({RequestState.RECEIVED, RequestState.COMPLAINED}),
    "begin": frozenset({RequestState.VERIFIED, RequestState.COMPLAINED}),
    "charge": frozenset({RequestState.VERIFIED, RequestState.IN_PROGRESS}),
    "fulfil": frozenset({RequestState.IN_PROGRESS}),
    "refuse": frozenset(
        {RequestState.RECEIVED, RequestState.VERIFIED, RequestState.IN_PROGRESS, RequestState.COMPLAINED}
    ),
    "complain": frozenset({RequestState.FULFILLED, RequestState.REFUSED}),
}


@final
class Requests:
    """The requests of subjects, kept in the docket of the guard's store. Safe for threads and processes.

    A request is due at the end of a calendar day in the policy's zone: the day on which it came does not count, and
    the last of the `answer_within` days does, to its end. It cannot be extended. A complaint opens the request
    again, with as much time from then on.

    Of several threads or processes that take a step at once, one does, and the others are told where it stands now.
    A step with a `key` can be repeated: the same key is the same step.

    Args:
        guard: the guard.
        repeated_after: how many earlier requests of the same kind make the next one repeated beyond reason.
        repeated_within: the period in which earlier requests count.

    Raises:
        ContactMissing: the policy names nobody whom subjects can turn to.
        ArgumentInvalid: the settings cannot be meant.
    """

    __slots__ = ("_after", "_contact", "_core", "_within")

    def __init__(
        self, guard: Guard, *, repeated_after: int = 3, repeated_within: dt.timedelta = dt.timedelta(days=365)
    ) -> None:
        check_kind("guard", guard, Guard)
        check_kind("repeated_after", repeated_after, int)
        check_kind("repeated_within", repeated_within, dt.timedelta)
        if guard.policy.contact is None:
            raise ContactMissing(version=guard.policy.version)
        if repeated_after < 1:
            raise ArgumentInvalid(argument="repeated_after", problem="the first request is always free")
        if repeated_within <= dt.timedelta(0):
            raise ArgumentInvalid(argument="repeated_within", problem="it is a positive timedelta")
        self._core = guard._core
        self._contact = guard.policy.contact
        self._after = repeated_after
        self._within = repeated_within

    # ── Steps ─────────────────────────────────────────────────────────────────────────────────────────────

    def receive(
        self,
        subject: Subject,
        kind: RequestKind,
        /,
        *,
        ground: DeletionGround | None = None,
        about: str = "",
        by: Subject | None = None,
        key: str = "",
    ) -> RightsRequest:
        """Write down that somebody asks for something; from now on the time runs.

        Args:
            subject: whom it concerns.
            kind: what is asked for.
            ground: of a deletion: its ground; of nothing else.
            about: the record, case or decision that it is about; no values.
            by: the guardian who asks; None for the subject.
            key: idempotency key: the same key of the same subject is the same request.

        Raises:
            ArgumentInvalid: a deletion without a ground, a ground without a deletion, a person who is no guardian, or
                who belongs to another guard.
            KeyReused: the key stands for another request.
        """
        self._core.refresh()
        _check_ground(kind, ground)
        asker = asker_of(self._core, subject, by)
        now = self._core.clock.now()
        case = named(KIND, subject.pseudonym, said("key", key, needed=False))
        due = due_after(self._core.policy, now)
        facts: dict[str, Json] = {
            "kind": kind.value,
            "ground": ground.value if ground is not None else "",
            "about": said("about", about, needed=False),
            "asker": asker,
            "due": due.isoformat(),
            "key": key,
        }

        fact = self._fact("receive", kind, "subject" if asker == subject.pseudonym else "guardian")

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime] | None:
            if again(case, steps(entries), "receive", facts):
                return None
            earlier = self._earlier(subject.pseudonym, kind, now)
            text = spelled("receive", {**facts, "earlier": earlier})
            self._core.record(subject.pseudonym, fact)  # before the entry, which is no more repeated
            return text, True, due

        self._core.store.enter(case, KIND, subject.pseudonym, make, now)
        return self.get(case)

    def verify(self, case: str | RightsRequest, /, *, method: str, by: str, key: str = "") -> RightsRequest:
        """Write down that it was verified who asks, by which method and by whom.

        Raises:
            TransitionInvalid: it is verified already, or answered.
        """
        return self._step(case, "verify", by, {"method": said("method", method), "key": key})

    def begin(self, case: str | RightsRequest, /, *, by: str, key: str = "") -> RightsRequest:
        """Write down who works on it.

        Raises:
            IdentityUnverified: nobody has verified who asks.
            TransitionInvalid: it is being worked on, or answered.
        """
        return self._step(case, "begin", by, {"key": key})

    def charge(self, case: str | RightsRequest, /, *, fee: str, by: str, key: str = "") -> RightsRequest:
        """State what the request costs, which only one that is repeated beyond reason does.

        Raises:
            FeeInvalid: it is not repeated often enough, and therefore free.
            TransitionInvalid: it is not verified yet, or answered.
        """
        return self._step(case, "charge", by, {"fee": said("fee", fee), "key": key})

    def fulfil(self, case: str | RightsRequest, /, *, evidence: str, by: str, key: str = "") -> RightsRequest:
        """Write down that it was fulfilled, and what shows it; no values.

        Raises:
            TransitionInvalid: it is not in progress.
        """
        return self._step(case, "fulfil", by, {"evidence": said("evidence", evidence), "key": key})

    def refuse(
        self, case: str | RightsRequest, ground: RefusalGround, /, *, because: str, by: str, key: str = ""
    ) -> RightsRequest:
        """Refuse it on one of the listed grounds.

        Args:
            case: the request.
            ground: the ground. Where nobody has verified who asks, that is the only one; afterwards it is none.
            because: what shows that the ground holds, to be told to the subject; no values.
            by: who refuses it.
            key: idempotency key.

        Raises:
            RefusalInvalid: the ground does not hold.
            TransitionInvalid: it is answered.
        """
        if not isinstance(ground, RefusalGround):
            raise ArgumentInvalid(argument="ground", problem="it is a RefusalGround")
        return self._step(case, "refuse", by, {"ground": ground.value, "because": said("because", because), "key": key})

    def complain(self, case: str | RightsRequest, /, *, about: str = "", key: str = "") -> RightsRequest:
        """Write down that the subject is not satisfied with the answer; the request is open again.

        Args:
            case: the request.
            about: reference of the complaint; no values.
            key: idempotency key.

        Raises:
            TransitionInvalid: there is no answer to complain about.
        """
        due = due_after(self._core.policy, self._core.clock.now())
        facts: dict[str, Json] = {"about": said("about", about, needed=False), "due": due.isoformat(), "key": key}
        return self._step(case, "complain", self.get(case).asker, facts)

    # ── Questions ─────────────────────────────────────────────────────────────────────────────────────────

    def get(self, case: str | RightsRequest, /) -> RightsRequest:
        """Give a request as it stands.

        Raises:
            CaseUnknown: there is none of that name.
        """
        name = case.case if isinstance(case, RightsRequest) else case
        row = self._core.store.case(name)
        if row is None or row.kind != KIND or not row.subject:
            raise CaseUnknown(case=name)
        return request_of(name, row.subject, steps(self._core.store.entries(name)))

    def of(self, subject: Subject, /) -> list[RightsRequest]:
        """Give every request of a subject, those due first first.

        Raises:
            ArgumentInvalid: it is no subject of this guard.
        """
        check_subject(self._core, subject)
        return [self.get(row.case) for row in self._core.store.cases(KIND, subject=subject.pseudonym)]

    def open(self) -> list[RightsRequest]:
        """Give every request that waits for an answer: overdue ones first, then by when they are due."""
        return [self.get(row.case) for row in self._core.store.cases(KIND, open=True)]

    def overdue(self) -> list[RightsRequest]:
        """Give every request that waits for an answer although its time is over."""
        now = self._core.clock.now()
        return [request for request in self.open() if request.overdue(now)]

    def history(self, case: str | RightsRequest, /) -> tuple[Step, ...]:
        """Give every step of a request, with when it was taken and by whom."""
        return steps(self._core.store.entries(self.get(case).case))

    def answer(self, case: str | RightsRequest, /) -> Answer:
        """Give what the subject is to be told now."""
        policy = self._core.policy
        return Answer(
            request=self.get(case),
            contact=self._contact,
            zone=zone_of(policy.minors.zone),
            days=policy.answer_within.days,
        )

    # ── Parts of the above ────────────────────────────────────────────────────────────────────────────────

    def _step(self, case: str | RightsRequest, name: str, by: str, facts: dict[str, Json]) -> RightsRequest:
        """Take a step, unless it was taken under the same key."""
        self._core.refresh()
        said("key", facts["key"], needed=False)
        request = self.get(case)
        facts["by"] = said("by", by)
        now = self._core.clock.now()
        actor = by if name != "complain" else "subject" if by == request.subject else "guardian"
        fact = self._fact(name, request.kind, actor)

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime] | None:
            taken = steps(entries)
            if again(request.case, taken, name, facts):
                return None
            there = request_of(request.case, request.subject, taken)
            self._check(there, name, facts)
            text = spelled(name, facts)
            after = there.after(Step(name, now, facts))
            self._core.record(request.subject, fact)
            return text, after.open, after.due

        self._core.store.enter(request.case, KIND, request.subject, make, now)
        return self.get(request.case)

    def _check(self, there: RightsRequest, name: str, facts: Mapping[str, Json]) -> None:
        """Check that a step can be taken from where a request stands."""
        verified = there.verified is not None
        if name == "begin" and there.open and not verified:
            raise IdentityUnverified(case=there.case)
        if there.state not in _FROM[name] or (name == "verify" and verified):
            raise TransitionInvalid(case=there.case, state=there.state.value, step=name)
        if name == "charge" and there.earlier < self._after:
            raise FeeInvalid(case=there.case, problem=f"{there.earlier} earlier ones are not beyond reason")
        if name == "refuse":
            self._check_refusal(there, RefusalGround(facts["ground"]))

    def _check_refusal(self, there: RightsRequest, ground: RefusalGround) -> None:
        problem = ""
        if ground is RefusalGround.IDENTITY:
            problem = "it was verified who asks" if there.verified is not None else ""
        elif there.verified is None:
            problem = "nobody has verified who asks, and whoever it is must not learn more"
        elif ground is RefusalGround.REPEATED and there.earlier < self._after:
            problem = f"{there.earlier} earlier ones are not beyond reason"
        if problem:
            raise RefusalInvalid(case=there.case, ground=ground.value, problem=problem)

    def _earlier(self, subject: Pseudonym, kind: RequestKind, now: dt.datetime) -> int:
        """Count the requests of a kind in the period that counts; one that began it to the instant counts."""
        store = self._core.store
        firsts = (steps(store.entries(row.case))[0] for row in store.cases(KIND, subject=subject))
        return sum(first.text("kind") == kind.value and now - first.at <= self._within for first in firsts)

    def _fact(self, step: str, kind: RequestKind, by: str) -> Fact:
        return self._core.fact("request", "done", actor=by, justification=f"{kind.value}: {step}")


def asker_of(core: Core, subject: Subject, by: Subject | None) -> Pseudonym:
    """Give who asks: the subject, or a guardian, judged now.

    Raises:
        ArgumentInvalid: the person may not act for the subject, or one of them is no subject of this guard.
    """
    check_subject(core, subject)
    if by is None:
        return subject.pseudonym
    check_subject(core, by, "by")
    if by.pseudonym == subject.pseudonym:
        return subject.pseudonym
    problem = guardian_problem(core, core.access(subject.pseudonym), by.pseudonym)
    if problem:
        raise ArgumentInvalid(argument="by", problem=problem)
    return by.pseudonym


def check_working(core: Core, case: str, kind: RequestKind, subject: Pseudonym) -> None:
    """Check that somebody works on a request of a kind of a subject, which needs that it was verified who asks.

    Raises:
        CaseUnknown: there is no such request.
        ArgumentInvalid: it is another kind of request, or one of somebody else.
        IdentityUnverified: nobody has verified who asks.
        TransitionInvalid: nobody works on it, or it is answered.
    """
    row = core.store.case(case)
    if row is None or row.kind != KIND or not row.subject:
        raise CaseUnknown(case=case)
    request = request_of(case, row.subject, steps(core.store.entries(case)))
    if (request.kind, request.subject) != (kind, subject):
        raise ArgumentInvalid(argument="request", problem=f"it is a request of this subject to {kind.value}")
    if request.verified is None:
        raise IdentityUnverified(case=case)
    if request.state is not RequestState.IN_PROGRESS:
        raise TransitionInvalid(case=case, state=request.state.value, step=kind.value)


def _check_ground(kind: object, ground: object) -> None:
    if not isinstance(kind, RequestKind):
        raise ArgumentInvalid(argument="kind", problem="it is a RequestKind")
    if not isinstance(ground, DeletionGround | None):
        raise ArgumentInvalid(argument="ground", problem="it is a DeletionGround")
    if (kind is RequestKind.DELETE) != (ground is not None):
        raise ArgumentInvalid(
            argument="ground", problem="a deletion names its ground, and nothing else has one (RIGHT-3)"
        )
