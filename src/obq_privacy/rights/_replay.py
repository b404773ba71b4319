"""Recorded uses of a period decided again under another version of the policy; nothing is opened (CHANGE-2)."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, NamedTuple, final

from obq_privacy.consent import EVERYBODY, EventKind, standing_of
from obq_privacy.decision import Deny, decide
from obq_privacy.errors import PolicyConflict
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import all_of, check_kind
from obq_privacy.policy import Policy, former_of
from obq_privacy.rights._probe import Probe, asked
from obq_privacy.vocab import Invoked, LegalBasis, Operation, Pseudonym

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from obq_privacy.audit import Entry
    from obq_privacy.consent import ConsentEvent, Standing
    from obq_privacy.guard._core import Core
    from obq_privacy.vocab import Purpose

PERMIT = "permit"
"""Stands for a permit where a refusal has the code of its first reason."""

ASSUMED = (
    "every value was collected from its subject, or from whoever attested, at home, when the record was written",
    "what was shared by choice belongs to the business case of the choice that fits best",
    "birth dates are those that are stored now",
    "whoever acted had the roles and the approval that the policy asks for, and the subject acted where that counts",
    "a refusal names no legal basis, so none was invoked",
)
"""What a record does not say."""

_OPERATIONS = {operation.value: operation for operation in Operation}
_SUBJECTS = 256
"""How many ledgers are kept at hand."""


class Difference(NamedTuple):
    """What would be decided otherwise.

    Attributes:
        operation: what was done or asked.
        purpose: key of the purpose, or "".
        items: keys of the items.
        recipient: key of the recipient, or "".
        before: what was decided: "permit", or the code of the first reason of the refusal.
        after: what would be decided, likewise.
    """

    operation: str
    purpose: str
    items: tuple[str, ...]
    recipient: str
    before: str
    after: str

    @property
    def refused(self) -> bool:
        """Whether it was permitted and would be refused."""
        return self.before == PERMIT

    @property
    def permitted(self) -> bool:
        """Whether it was refused and would be permitted."""
        return self.after == PERMIT


@final
class Replay:
    """What would have been decided otherwise in a period. Made by `replay`.

    Attributes:
        version: the version that decided again.
        decided: how many records were decided again.
        differences: what would change, and how often.
        unexplained: how many records the version of then does not decide as recorded, because of what a record does
            not say; they are left out.
        erased: how many records are about subjects who are erased by now, and are left out.
        assumed: what is assumed, because records do not say it.
    """

    __slots__ = ("assumed", "decided", "differences", "erased", "unexplained", "version")

    def __init__(self, version: str) -> None:
        self.version = version
        self.decided = 0
        self.differences: Counter[Difference] = Counter()
        self.unexplained = 0
        self.erased = 0
        self.assumed = ASSUMED

    @property
    def refused(self) -> int:
        """How many permits would be refusals."""
        return sum(count for difference, count in self.differences.items() if difference.refused)

    @property
    def permitted(self) -> int:
        """How many refusals would be permits."""
        return sum(count for difference, count in self.differences.items() if difference.permitted)

    def by_reason(self) -> Mapping[str, int]:
        """Count what would change by what would be decided: "permit", or the code of a refusal."""
        return self._by(lambda difference: (difference.after,))

    def by_purpose(self) -> Mapping[str, int]:
        """Count what would change by key of the purpose."""
        return self._by(lambda difference: (difference.purpose,))

    def by_item(self) -> Mapping[str, int]:
        """Count what would change by key of the item; a record of several counts for each."""
        return self._by(lambda difference: difference.items)

    def _by(self, names: Callable[[Difference], Iterable[str]]) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for difference, count in self.differences.items():
            for name in names(difference):
                found[name] += count
        return dict(found.most_common())

    def __repr__(self) -> str:
        return f"Replay({self.version!r}, {self.decided} decided, {self.differences.total()} otherwise)"


def replay(
    guard: Guard,
    policy: Policy,
    /,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    purposes: Iterable[type[Purpose]] = (),
) -> Replay:
    """Decide what the audit log says of a period again, as if another version of the policy had been in force.

    Each record is decided with the consents of its time. What is decided otherwise is a difference only if the version
    of then, where it is the guard's, decides as was recorded on the same assumptions. Records are read one by one, and
    no value is opened. The log shows what this process knows of it: see `AuditLog`.

    Args:
        guard: the guard whose log it is.
        policy: the version to decide under: a draft, or an older one.
        since: the first instant, aware.
        until: the first instant that is too late, aware.
        purposes: narrower purposes that no policy declares, and that records name.

    Raises:
        PolicyConflict: the version is stored with a different text; a changed draft needs a name of its own.
        ArgumentInvalid: a time is not aware, or an argument is of another type.
        AuditBroken: the log is not what was written.
    """
    check_kind("guard", guard, Guard)
    check_kind("policy", policy, Policy)
    core = guard._core
    core.refresh()
    texts = core.store.policies()
    if texts.get(policy.version, text := policy.dumps()) != text:
        raise PolicyConflict(version=policy.version)
    others = {version: former_of(one) for version, one in texts.items() if version != policy.version}
    run = _Run(core, policy.with_archive(others), all_of("purposes", purposes, type))
    found = Replay(policy.version)
    for entry in guard.audit.entries(since=since, until=until):
        if entry.operation in _OPERATIONS and entry.outcome != "done" and entry.subject:
            run.decide(entry, found)
    return found


class _Run:
    """One replay: the policies, and the ledgers that are at hand."""

    def __init__(self, core: Core, policy: Policy, purposes: tuple[type[Purpose], ...]) -> None:
        self._core = core
        self._policy = policy
        self._purposes = purposes
        self._everybody = tuple(core.store.events(EVERYBODY))
        self._ledgers: OrderedDict[str, tuple[ConsentEvent, ...]] = OrderedDict()
        self._standings: dict[str, tuple[int, Standing]] = {}

    def decide(self, entry: Entry, found: Replay) -> None:
        """Decide one record again, and count what comes of it."""
        subject = Pseudonym(entry.subject)
        now = self._core.access(subject).standing()
        if now.erased:
            found.erased += 1
            return
        found.decided += 1
        before = entry.codes[0] if entry.outcome != PERMIT and entry.codes else PERMIT
        current = self._core.policy
        for standing in self._then(now, entry.at):
            if entry.version != current.version or self._answer(current, standing, entry) == before:
                break
        else:
            found.unexplained += 1
            return
        after = self._answer(self._policy, standing, entry)
        if after != before:
            what = (entry.operation, entry.purpose, entry.items, entry.recipient)
            found.differences[Difference(*what, before, after)] += 1

    def _answer(self, policy: Policy, standing: Standing, entry: Entry) -> str:
        """Decide under a policy; of what the record may mean, what is permitted counts."""
        best = ""
        for probe in _probes(standing, entry):
            label, request = asked(policy, standing, probe, entry.at, invoked=_invoked(entry), purposes=self._purposes)
            answer = decide(policy, standing, label, request, entry.at)
            if not isinstance(answer, Deny):
                return PERMIT
            best = best or answer.codes[0]
        return best

    def _then(self, now: Standing, at: dt.datetime) -> Iterator[Standing]:
        """Give the state of a subject at a time: after what happened in that microsecond, and before it."""
        events = [event for event in (*self._ledger(now.subject), *self._everybody) if event.at <= at]
        yield self._folded(now, events)
        before = [event for event in events if event.at < at]
        if len(before) < len(events):
            yield self._folded(now, before)

    def _folded(self, now: Standing, events: list[ConsentEvent]) -> Standing:
        known = self._standings.get(now.subject)
        if known is not None and known[0] == len(events):
            return known[1]
        standing = standing_of(events, subject=now.subject, born=now.born)
        self._standings[now.subject] = (len(events), standing)
        return standing

    def _ledger(self, subject: Pseudonym) -> tuple[ConsentEvent, ...]:
        found = self._ledgers.get(subject)
        if found is None:
            found = self._ledgers[subject] = tuple(self._core.store.events(subject))
            if len(self._ledgers) > _SUBJECTS:
                dropped, _ = self._ledgers.popitem(last=False)
                self._standings.pop(dropped, None)
        return found


def _probes(standing: Standing, entry: Entry) -> Iterator[Probe]:
    """Give what a record may have been about: as it stands there, then for each choice and attestation that fits."""
    plain = Probe(_OPERATIONS[entry.operation], entry.purpose, entry.items, entry.recipient, version=entry.version)
    yield plain
    for consent in standing.consents:
        grant = consent.grant
        if grant.kind is EventKind.CHOOSE and entry.recipient in grant.parties and grant.matter:
            yield plain._replace(matter=grant.matter)
        elif grant.kind is EventKind.ATTEST:
            yield plain._replace(provider=grant.actor)


def _invoked(entry: Entry) -> Invoked | None:
    """Give the legal basis that was invoked, if a permit says so."""
    for name in entry.basis.split("+"):
        basis = next((basis for basis in LegalBasis if basis.value == name), None)
        if basis is not None and basis.invoked:
            return Invoked(basis, justification=entry.justification or "recorded", by=entry.actor or "recorded")
    return None
