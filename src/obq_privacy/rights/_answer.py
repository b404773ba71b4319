"""Answers to subjects: where a request stands, why, and whom to turn to."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING, final

import attrs

from obq_privacy.policy import Contact
from obq_privacy.rights._grounds import DeletionGround, RefusalGround, RequestKind
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from obq_privacy.policy import Policy
    from obq_privacy.rights._steps import Step


def due_after(policy: Policy, now: dt.datetime) -> dt.datetime:
    """Give the end of the last day for an answer: the day on which something is asked does not count (RIGHT-6)."""
    day = policy.minors.today(now) + policy.answer_within + dt.timedelta(days=1)
    return policy.minors.midnight(day)


class RequestState(Enum):
    """Where a request stands (RIGHT-6)."""

    RECEIVED = "received"
    VERIFIED = "identity-verified"
    IN_PROGRESS = "in-progress"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    COMPLAINED = "complained"

    @property
    def open(self) -> bool:
        """Whether the subject still waits for an answer."""
        return self not in {RequestState.FULFILLED, RequestState.REFUSED}


@final
@attrs.frozen(kw_only=True)
class RightsRequest:
    """A request of a subject, as its steps leave it.

    Attributes:
        case: its name in the docket.
        kind: what is asked for.
        subject: pseudonym of whom it concerns.
        asker: pseudonym of who asked: the subject, or a guardian.
        state: where it stands.
        received: when it came.
        due: the first instant that is too late for the answer that is waited for, or was.
        earlier: how many requests of the same kind the subject had made in the period that counts.
        ground: of a deletion: its ground.
        about: the record, case or decision that it is about, or "".
        verified: when it was verified who asks, or None.
        answered: when it was fulfilled or refused last, or None.
        refusal: of a refused one: the ground.
        because: of a refused one: what shows that the ground holds.
        evidence: of a fulfilled one: what shows what was done.
        fee: what it costs, "" for nothing.
    """

    case: str
    kind: RequestKind
    subject: Pseudonym
    asker: Pseudonym
    state: RequestState
    received: dt.datetime
    due: dt.datetime
    earlier: int
    ground: DeletionGround | None = None
    about: str = ""
    verified: dt.datetime | None = None
    answered: dt.datetime | None = None
    refusal: RefusalGround | None = None
    because: str = ""
    evidence: str = ""
    fee: str = ""

    @property
    def open(self) -> bool:
        """Whether the subject still waits for an answer."""
        return self.state.open

    def overdue(self, now: dt.datetime) -> bool:
        """Tell whether the answer was not there in time, or is not there although the time is over."""
        if self.open or self.answered is None:
            return now >= self.due
        return self.answered >= self.due

    def after(self, step: Step) -> RightsRequest:
        """Give the request as one more step leaves it."""
        match step.name:
            case "verify":
                return attrs.evolve(self, state=RequestState.VERIFIED, verified=step.at)
            case "begin":
                return attrs.evolve(self, state=RequestState.IN_PROGRESS)
            case "charge":
                return attrs.evolve(self, fee=step.text("fee"))
            case "fulfil":
                done = attrs.evolve(self, state=RequestState.FULFILLED, answered=step.at)
                return attrs.evolve(done, evidence=step.text("evidence"), refusal=None, because="")
            case "refuse":
                done = attrs.evolve(self, state=RequestState.REFUSED, answered=step.at)
                ground = RefusalGround(step.text("ground"))
                return attrs.evolve(done, refusal=ground, because=step.text("because"), evidence="")
            case _:  # a complaint: the time for an answer runs anew
                due = dt.datetime.fromisoformat(step.text("due"))
                return attrs.evolve(self, state=RequestState.COMPLAINED, due=due)


def request_of(case: str, subject: Pseudonym, taken: tuple[Step, ...]) -> RightsRequest:
    """Fold the steps of a request."""
    first, *rest = taken
    ground = first.text("ground")
    request = RightsRequest(
        case=case,
        kind=RequestKind(first.text("kind")),
        subject=subject,
        asker=Pseudonym(first.text("asker")),
        state=RequestState.RECEIVED,
        received=first.at,
        due=dt.datetime.fromisoformat(first.text("due")),
        earlier=first.number("earlier"),
        ground=DeletionGround(ground) if ground else None,
        about=first.text("about"),
    )
    for step in rest:
        request = request.after(step)
    return request


@final
@attrs.frozen(kw_only=True)
class Answer:
    """What a subject is told about a request. Every answer names the way to complain (RIGHT-6, CONT-1).

    Attributes:
        request: the request as it stands.
        contact: the department, how to reach it, and the court.
        zone: in which days are counted.
        days: within how many days a complaint is answered.
    """

    request: RightsRequest
    contact: Contact
    zone: dt.tzinfo
    days: int

    @property
    def text(self) -> str:
        """The answer in plain words."""
        asked, contact = self.request, self.contact
        cost = "This is free of charge."
        if asked.fee:
            cost = f"Cost: {asked.fee}, because you have asked for the same {asked.earlier} times before."
        where = f"complain to {contact.department} ({contact.address}); you have an answer within {self.days} days"
        return "\n".join(
            [
                f"Request {asked.case}",
                f"On {self._day(asked.received)} you asked us to {asked.kind.says}.",
                *self._state(),
                cost,
                f"If you are not satisfied, {where}. You can also go to {contact.court}.",
            ]
        )

    def __str__(self) -> str:
        return self.text

    def _state(self) -> list[str]:
        asked = self.request
        last = self._day(asked.due - dt.timedelta(microseconds=1))
        match asked.state:
            case RequestState.RECEIVED:
                return [f"We verify first that it comes from you, and answer by {last}."]
            case RequestState.VERIFIED | RequestState.IN_PROGRESS:
                return [f"We work on it, and answer by {last}."]
            case RequestState.COMPLAINED:
                return [f"We have your complaint, look at the request again, and answer by {last}."]
            case RequestState.FULFILLED:
                return [f"It was fulfilled on {self._day(asked.answered)}: {asked.evidence}"]
            case RequestState.REFUSED:
                why = asked.refusal.says if asked.refusal is not None else ""
                return [f"It was refused on {self._day(asked.answered)}. {why}", f"Reference: {asked.because}"]

    def _day(self, at: dt.datetime | None) -> str:
        return "" if at is None else at.astimezone(self.zone).date().isoformat()
