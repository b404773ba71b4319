"""Incidents: recorded, assessed from the audit log, told to subjects and authority, and closed (PROT-6, CONT-1)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, final

from obq_privacy.consent import EVERYBODY
from obq_privacy.errors import ArgumentInvalid, CaseUnknown, IncidentInvalid
from obq_privacy.guard import Guard
from obq_privacy.rights import _notices
from obq_privacy.rights._affected import AffectedSubject, IncidentScope, affected, attempts, check_scope
from obq_privacy.rights._holders import Desk, Holders
from obq_privacy.rights._incident_case import Incident, IncidentExtent, IncidentKind, folded
from obq_privacy.rights._notices import IncidentNotice
from obq_privacy.rights._steps import Json, again, check_subject, named, said, spelled, steps

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from obq_privacy.guard import Subject
    from obq_privacy.stores import CaseEntry
    from obq_privacy.vocab import Pseudonym

KIND: Final = "incident"
TOLD: Final = "incident-told"


@final
class Incidents:
    """The incidents of a controller, kept in the docket. Safe for threads and processes.

    Args:
        guard: the guard.
    """

    __slots__ = ("_desk",)

    def __init__(self, guard: Guard) -> None:
        if not isinstance(guard, Guard):
            raise ArgumentInvalid(argument="guard", problem="it is a Guard")
        self._desk = Desk(guard, Holders(guard._core, ()))

    # ── What happened ─────────────────────────────────────────────────────────────────────────────────────

    def record(self, kind: IncidentKind, scope: IncidentScope, /, *, by: str, key: str = "") -> Incident:
        """Write down that something happened, or may have. It is due from now on.

        Args:
            kind: what happened to the data.
            scope: what it reached, as far as that is known; `assess` can be given another one later.
            by: who records it.
            key: idempotency key.

        Raises:
            ScopeInvalid: the scope names what cannot be there.
            KeyReused: the key stands for another incident.
        """
        if not isinstance(kind, IncidentKind):
            raise ArgumentInvalid(argument="kind", problem="it is an IncidentKind")
        check_scope(self._desk.guard, scope)
        case = named(KIND, "", said("key", key, needed=False))
        facts: dict[str, Json] = {**scope.facts(), "kind": kind.value, "by": said("by", by), "key": key}
        core = self._desk.core
        now = core.clock.now()
        fact = core.fact("incident-record", "done", items=scope.items, basis="rights", actor=by)

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime] | None:
            if again(case, steps(entries), "record", facts):
                return None
            text = spelled("record", facts)
            core.record(EVERYBODY, fact)  # before the entry, which is no more repeated
            return text, True, now

        core.store.enter(case, KIND, "", make, now)
        return self.get(case)

    def describe(
        self,
        case: str | Incident,
        /,
        *,
        by: str,
        happened: str = "",
        cause: str = "",
        impact: str = "",
        measures: str = "",
        protection: str = "",
        remedies: str = "",
    ) -> Incident:
        """Say what is known of it; what was said before stays unless it is said anew. It must not quote values.

        Args:
            case: the incident.
            by: who says so.
            happened: what happened.
            cause: why.
            impact: what it may mean for the subjects.
            measures: what was done and will be done.
            protection: how subjects can protect themselves.
            remedies: which remedies they have.

        Raises:
            IncidentInvalid: it is closed.
        """
        parts = (happened, cause, impact, measures, protection, remedies)
        told = {name: said(name, text, needed=False).strip() for name, text in zip(_notices.PARTS, parts, strict=True)}
        return self._step(case, "describe", by, dict(told))

    def assess(
        self, case: str | Incident, /, *, by: str, scope: IncidentScope | None = None, verify: bool = True
    ) -> Incident:
        """Work out from the audit log who is affected, and with which items, as of its end, which is recorded.

        What other living processes have not handed in yet is not seen. It can be done again, with another scope as
        well; subjects and authority have to be told anew then.

        Args:
            case: the incident.
            by: who does it.
            scope: what it reached; None for what was recorded last.
            verify: whether to check the whole log before. Without it the report says so.

        Raises:
            AuditBroken: the log was tampered with; `verify=False` reads on as far as it can be read.
            IncidentInvalid: it is closed.
            ScopeInvalid: the scope names what cannot be there.
        """
        guard, there = self._desk.guard, self.get(case)
        reach = scope if scope is not None else there.scope
        check_scope(guard, reach)
        head = guard.audit.verify() if verify else guard.audit.head()
        items: set[str] = set()
        recipients: set[str] = set()
        subjects = records = 0
        digest = sha256()
        for one in affected(guard, reach, head):
            subjects += 1
            records += one.records
            items.update(one.items)
            recipients.update(one.recipients)
            digest.update(f"{one.subject} {' '.join(one.items)}\n".encode())
        facts: dict[str, Json] = {
            **reach.facts(),
            "head": str(head),
            "verified": verify,
            "subjects": subjects,
            "records": records,
            "found": sorted(items),
            "to": sorted(recipients),
            "attempts": attempts(guard, reach, head),
            "digest": digest.hexdigest(),
        }
        return self._step(case, "assess", by, facts)

    def affected(self, case: str | Incident, /) -> Iterator[AffectedSubject]:
        """Give who is affected, as of the end of the log that was recorded, sorted by pseudonym.

        Raises:
            IncidentInvalid: it was not assessed.
        """
        there, found = self._assessed(case, "affected")
        return affected(self._desk.guard, there.scope, found.head)

    # ── What is said of it ────────────────────────────────────────────────────────────────────────────────

    def notice(self, case: str | Incident, subject: Subject, /) -> IncidentNotice:
        """Draft the notice to one subject.

        Raises:
            ArgumentInvalid: the subject is not affected, or belongs to another guard.
            IncidentIncomplete: parts are missing.
        """
        check_subject(self._desk.core, subject)
        for one in self.notices(case):
            if one.subject == subject.pseudonym:
                return one
        raise ArgumentInvalid(argument="subject", problem="the incident does not affect it")

    def notices(self, case: str | Incident, /) -> Iterator[IncidentNotice]:
        """Draft the notice to each affected subject.

        Raises:
            IncidentIncomplete: parts are missing.
            IncidentInvalid: it was not assessed.
        """
        there, found = self._assessed(case, "notice")
        guard = self._desk.guard
        _notices.check_parts(guard.policy, there)
        everybody = affected(guard, there.scope, found.head)
        return (_notices.notice(guard.policy, there, one, found.digest) for one in everybody)

    def announcement(self, case: str | Incident, /, *, because: str) -> str:
        """Draft the public announcement, for where it is hard to tell everybody one by one.

        Args:
            case: the incident.
            because: why it is hard.

        Raises:
            IncidentIncomplete: parts are missing.
            IncidentInvalid: it was not assessed.
        """
        there, found = self._assessed(case, "announcement")
        return _notices.announcement(self._desk.guard.policy, there, found.items, said("because", because))

    def report(self, case: str | Incident, /) -> str:
        """Draft the report to the authority.

        Raises:
            IncidentIncomplete: parts are missing.
            IncidentInvalid: it was not assessed.
        """
        there, _ = self._assessed(case, "report")
        return _notices.report(self._desk.guard.policy, there)

    # ── What was done about it ────────────────────────────────────────────────────────────────────────────

    def told(self, case: str | Incident, subject: Pseudonym | IncidentNotice, /, *, reference: str) -> None:
        """Write down that one subject was told of all items that concern it. Repeating it does nothing.

        Args:
            case: the incident.
            subject: the notice that the subject got, or the pseudonym of one who was told of the last assessment
                otherwise. A notice counts for the assessment that it was drafted from, also where there is another by
                now.
            reference: what shows it; no values.
        """
        there, found = self._assessed(case, "told")
        person = subject.subject if isinstance(subject, IncidentNotice) else subject
        digest = subject.digest if isinstance(subject, IncidentNotice) else found.digest
        name = _told_case(there.case, said("subject", person))
        facts: dict[str, Json] = {
            "incident": there.case,
            "list": digest,
            "reference": said("reference", reference),
        }
        text = spelled("told", facts)

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
            known = any(step.text("list") == digest for step in steps(entries))
            return None if known else (text, False, None)

        self._desk.core.store.enter(name, TOLD, person, make, self._desk.core.clock.now())

    def untold(self, case: str | Incident, /) -> Iterator[AffectedSubject]:
        """Give the affected subjects that were not told of what the last assessment found."""
        there, found = self._assessed(case, "untold")
        for one in affected(self._desk.guard, there.scope, found.head):
            taken = steps(self._desk.core.store.entries(_told_case(there.case, one.subject)))
            if not any(step.text("list") == found.digest for step in taken):
                yield one

    def notified(self, case: str | Incident, /, *, by: str, because: str = "") -> Incident:
        """Write down that every affected subject was told, or that it was announced.

        Args:
            case: the incident.
            by: who says so.
            because: why it was announced and not told one by one; "" where everybody was told.

        Raises:
            IncidentInvalid: it was not assessed, or somebody was not told and it was not announced, or it was assessed
                anew meanwhile.
            IncidentIncomplete: parts are missing, so nobody can have been told of them.
        """
        there, found = self._assessed(case, "notified")
        _notices.check_parts(self._desk.guard.policy, there)
        because = said("because", because, needed=False).strip()
        if not because and next(self.untold(there), None) is not None:
            raise IncidentInvalid(case=there.case, state=there.state.value, step="notified")
        return self._step(there, "notified", by, {"because": because}, of=found)

    def reported(self, case: str | Incident, /, *, authority: str, reference: str, by: str) -> Incident:
        """Write down that the authority was told.

        Raises:
            IncidentInvalid: it was not assessed, or is closed, or was assessed anew meanwhile.
            IncidentIncomplete: parts are missing.
        """
        there, found = self._assessed(case, "reported")
        _notices.check_parts(self._desk.guard.policy, there)
        facts: dict[str, Json] = {"authority": said("authority", authority), "reference": said("reference", reference)}
        return self._step(there, "reported", by, facts, of=found)

    def close(self, case: str | Incident, /, *, by: str) -> Incident:
        """Close it, once subjects and authority were told of the last assessment.

        Raises:
            IncidentInvalid: somebody was not told.
        """
        return self._step(case, "close", by, {})

    def get(self, case: str | Incident, /) -> Incident:
        """Give an incident as it stands.

        Raises:
            CaseUnknown: there is none of that name.
        """
        name = case.case if isinstance(case, Incident) else case
        row = self._desk.core.store.case(name)
        if row is None or row.kind != KIND:
            raise CaseUnknown(case=str(name))
        return folded(name, steps(self._desk.core.store.entries(name)))

    def open(self) -> list[Incident]:
        """Give every incident that is not closed, the oldest first."""
        return [self.get(row.case) for row in self._desk.core.store.cases(KIND, open=True)]

    def _assessed(self, case: str | Incident, step: str) -> tuple[Incident, IncidentExtent]:
        there = self.get(case)
        if there.assessed is None:
            raise IncidentInvalid(case=there.case, state=there.state.value, step=step)
        return there, there.assessed

    def _step(
        self, case: str | Incident, name: str, by: str, facts: dict[str, Json], *, of: IncidentExtent | None = None
    ) -> Incident:
        """Take a step, unless the last assessment is no more the one that it is about."""
        there, core = self.get(case), self._desk.core
        text = spelled(name, {**facts, "by": said("by", by)})
        fact = core.fact(f"incident-{name}", "done", basis="rights", actor=by)

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, dt.datetime | None]:
            now = folded(there.case, steps(entries))
            if not _may(now, name) or (of is not None and now.assessed != of):
                raise IncidentInvalid(case=there.case, state=now.state.value, step=name)
            core.record(EVERYBODY, fact)
            return text, name != "close", None if name == "close" else now.recorded

        core.store.enter(there.case, KIND, "", make, core.clock.now())
        return self.get(there.case)


def _may(now: Incident, step: str) -> bool:
    if now.closed is not None:
        return False
    if step == "close":
        return now.notified is not None and now.reported is not None
    return step in {"describe", "assess"} or now.assessed is not None


def _told_case(case: str, subject: str) -> str:
    return named(TOLD, subject, case)
