"""Carrying out a deletion: isolate, plan, delete with every holder, destroy the key; each step can be repeated.

What is done is written into the docket after it was done, and everything that is done can be done again. So whoever
takes up a deletion that was cut short looks at what is there, and goes on.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from obq_privacy.errors import ArgumentInvalid, DeletionInvalid, GuardianRequired, KeyReused, PrivacyError
from obq_privacy.guard._arguments import all_of
from obq_privacy.guard._for_rights import label_of
from obq_privacy.rights._deletion import KIND, Deletion, DeletionState, Plan, Stays, deletion_of, folded
from obq_privacy.rights._grounds import DeletionGround, RequestKind
from obq_privacy.rights._holders import VAULT, Case
from obq_privacy.rights._kept import kept
from obq_privacy.rights._recipients import check_recipient, went
from obq_privacy.rights._requests import asker_of, check_working
from obq_privacy.rights._steps import Json, Step, named, said, spelled, steps
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.guard import Subject
    from obq_privacy.rights._holders import Desk, Found
    from obq_privacy.stores import CaseEntry
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem


ACCOUNT: Final = "account"
"""The scope of the one deletion that cancels an account."""


class Order:
    """What is to be deleted, and why."""

    __slots__ = ("by", "ground", "guardian", "key", "request", "scope", "targets")

    def __init__(
        self,
        ground: DeletionGround,
        *,
        targets: Iterable[str | tuple[str, str]] = (),
        scope: str = KIND,
        guardian: str = "",
        request: str = "",
        by: str = "",
        key: str = "",
    ) -> None:
        self.targets = sorted({_target(one) for one in all_of("what", targets, str | tuple)})
        self.ground = ground
        self.scope = scope  # what the key is one of: the application's, or what this library does once for a subject
        self.guardian = guardian
        self.request = said("request", request, needed=False)
        self.by = said("by", by, needed=False)
        self.key = said("key", key, needed=False)

    @property
    def account(self) -> bool:
        """Whether the account is cancelled with it."""
        return self.scope == ACCOUNT

    @property
    def actor(self) -> str:
        """Who orders it, for the audit log: a person of the controller's, or in which role somebody else."""
        if not self.account:
            return self.by
        return "guardian" if self.guardian else "subject"

    def case(self, subject: Pseudonym) -> str:
        """Name its case."""
        return named(self.scope, subject, self.key)

    def facts(self) -> dict[str, Json]:
        """Spell it for the docket."""
        return {
            "ground": self.ground.value,
            "account": self.account,
            "targets": self.targets,
            "guardian": self.guardian,
            "request": self.request,
            "by": self.by,
            "key": self.key,
        }


def _target(one: str | tuple[str, ...]) -> tuple[str, str]:
    """Read what is named: a record, or a field of one.

    Raises:
        ArgumentInvalid: it is something else.
    """
    if isinstance(one, str):
        return said("what", one), ""
    if len(one) != 2:
        raise ArgumentInvalid(argument="what", problem="it names records, or each a record and a field")
    place, field = one
    return said("what", place), said("what", field, needed=False)


def order(desk: Desk, subject: Subject, wanted: Order) -> str:
    """Write an order down, or find that it is there, and give the name of its case.

    Raises:
        DeletionInvalid: nothing that is named is there.
        KeyReused: the key stands for another order.
    """
    core = desk.core
    core.refresh()
    pseudonym = subject.pseudonym
    case = wanted.case(pseudonym)
    there = steps(core.store.entries(case))
    if there:
        if spelled("order", there[0].facts) != spelled("order", wanted.facts()):
            raise KeyReused(case=case, step="order")
        return case
    if wanted.request:
        check_working(core, wanted.request, RequestKind.DELETE, pseudonym)
    if wanted.targets and not _aimed(desk.holders.found(pseudonym), wanted.targets):
        raise DeletionInvalid(case=case, problem="nothing that it names is there")
    desk.record(pseudonym, "delete", actor=wanted.actor)

    def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None] | None:
        return None if entries else (spelled("order", wanted.facts()), True, None)

    core.store.enter(case, KIND, pseudonym, make, core.clock.now())
    return case


def carry_out(desk: Desk, case: str) -> Deletion:
    """Do what is left of a deletion, as far as it may go now.

    Raises:
        HolderFailed: a holder does not answer; what was done stays done.
        StoreError: the store does not answer.
    """
    desk.core.refresh()
    work = _Work(desk, deletion_of(desk, case))
    work.isolate()
    last = work.last_plan()
    if last is not None and work.there.state.value == "ordered":
        work.carry(last)  # it was cut short; everything in it is done again, and then shown
    while not work.carry(work.plan()):
        pass  # something has to stay since it was planned
    return work.close()


class _Work:
    """One deletion that is being carried out."""

    __slots__ = ("_desk", "_subject", "there")

    def __init__(self, desk: Desk, there: Deletion) -> None:
        self._desk = desk
        self._subject = desk.subject(there.subject)
        self.there = there

    @property
    def _pseudonym(self) -> Pseudonym:
        return self._subject.pseudonym

    def _enter(self, name: str, facts: dict[str, Json]) -> None:
        once = ("holder", "plan") if "holder" in facts else ()  # each shows once what it did, in whichever process
        self._desk.enter(Case(self.there.case, KIND, self._pseudonym), name, facts, open_after=True, once=once)

    def isolate(self) -> None:
        """Let no process use, collect or share anything from now on, where the deletion is about everything."""
        if self.there.destroyed is not None or self._subject.standing.erased or not self.there.whole:
            return
        if not self.there.account:
            self._subject.restrict(method=self.there.case)
            return
        guardian = self._steps()[0].text("guardian")
        by = self._desk.subject(Pseudonym(guardian)) if guardian else None
        try:
            self._subject.close(by=by, method=self.there.case)
        except GuardianRequired:  # no guardian any more, or not needed; they were when they gave the order
            self._subject.close(method=self.there.case)

    def last_plan(self) -> Plan | None:
        """Give the plan that was made last."""
        return next((Plan.of(step) for step in reversed(self._steps()) if step.name == "plan"), None)

    def _steps(self) -> tuple[Step, ...]:
        return steps(self._desk.core.store.entries(self.there.case))

    def _shown(self, name: str) -> dict[str, Step]:
        """Give what holders have shown of the newest plan, by holder."""
        plans = self._plans()
        done = (step for step in self._steps() if step.name == name and step.number("plan") == plans)
        return {step.text("holder"): step for step in done}

    def _plans(self) -> int:
        """Give the number of the plan that is being carried out."""
        return sum(step.name == "plan" for step in self._steps())

    def plan(self) -> Plan:
        """Look at what is there, and write down what goes and what stays."""
        earlier = self.last_plan()
        aimed = self._aimed(earlier)
        staying = self._staying(aimed)
        go = tuple((*one.spot, one.holding.item) for one in aimed if one.spot not in staying)
        since = earlier.since if earlier is not None else self._since(aimed)
        made = Plan(go, tuple(staying.values()), since)
        if earlier is None or go or made.stay != earlier.stay:
            self._enter("plan", {"go": made.go, "stay": made.stay, "since": made.since})
        return made

    def _aimed(self, earlier: Plan | None) -> list[Found]:
        """Find what this is about: everything, or what is named, was there when it was ordered, and is not gone."""
        found = self._desk.holders.found(self._pseudonym)
        if self.there.whole:
            return found
        if earlier is None:
            aimed = _aimed(found, self.there.targets)
        else:
            shown = {holder: step.rows("held") for holder, step in self._shown("erased").items()}
            left = {row[:3] for row in earlier.go if row[:3] in shown.get(row[0], (row[:3],))}
            left.update(stay.spot for stay in earlier.stay)
            aimed = [one for one in found if one.spot in left]
        later = self._later(found)
        return [one for one in aimed if one.spot not in later]

    def _later(self, found: Sequence[Found]) -> set[tuple[str, str, str]]:
        """Give what was collected after a part was ordered deleted, with what makes sense of it."""
        if self.there.whole:
            return set()
        new: set[tuple[str, str, str]] = set()
        for one in found:
            item = self._desk.core.policy.item(one.holding.item)
            label = self._label(item, one) if item is not None else None
            if label is not None and label.collected[0] > self.there.ordered:
                new.add(one.spot)
        places = {spot[:2] for spot in new}
        return new | {one.spot for one in found if not one.holding.item and one.spot[:2] in places}

    def _staying(self, aimed: Sequence[Found]) -> dict[tuple[str, str, str], Stays]:
        """Find what the law or a legal matter wants kept."""
        core, standing = self._desk.core, self._subject.standing
        if standing.erased:
            return {}
        now = core.clock.now()
        staying: dict[tuple[str, str, str], Stays] = {}
        for one in aimed:
            key = one.holding.item
            item = core.policy.item(key)
            label = self._label(item, one) if item is not None else None
            if item is None or label is None:  # all that is known of it is the key of its item
                held = sorted({hold.reference for hold in standing.holds if hold.item in {"", key}})
                if held and key:
                    staying[one.spot] = Stays(*one.spot, key, "", "", ", ".join(held))
                continue
            found = kept(core.policy, standing, label, item, now)
            if found.stays:
                until = found.until.isoformat() if found.until is not None and not found.holds else ""
                (matter,) = label.matters
                staying[one.spot] = Stays(*one.spot, item.key, matter, until, ", ".join(found.holds))
        keep = {spot[:2] for spot in staying}
        for one in aimed:
            if not one.holding.item and one.spot[:2] in keep:  # what makes sense of the rest stays with it
                staying[one.spot] = Stays(*one.spot, "", "", "", "")
        return staying

    def _since(self, aimed: Sequence[Found]) -> str:
        """Give when the oldest of the values was collected."""
        items = [(self._desk.core.policy.item(one.holding.item), one) for one in aimed]
        labels = [self._label(item, one) for item, one in items if item is not None]
        return min((label.collected[0].isoformat() for label in labels if label is not None), default="")

    def _label(self, item: AnyItem, one: Found) -> Label | None:
        """Read the label of a value, None where it is damaged."""
        try:
            return label_of(self._desk.core, item, one.holding.token, self._pseudonym)
        except PrivacyError:
            return None

    def carry(self, plan: Plan) -> bool:
        """Isolate what stays, and delete what goes and may still go; tell whether that was all of it."""
        self._keep_apart(plan)
        if self.there.whole and not plan.stay:
            self._destroy()
        self._desk.core.refresh()
        found = self._desk.holders.found(self._pseudonym)
        later = self._later(found)
        go = [row for row in plan.go if row[:3] not in later]
        spots = {row[:3] for row in go}
        held = self._staying([one for one in found if one.spot in spots])
        leaving = [row for row in go if row[:3] not in held]
        gone = set(self._shown("erased"))
        if self._subject.standing.erased:
            gone.add(VAULT)  # it went with the key
        for holder in dict.fromkeys(row[0] for row in leaving if row[0] not in gone):
            places = [(row[1], row[2]) for row in leaving if row[0] == holder]
            shows = self._desk.holders.erase(holder, self._pseudonym, places, found)
            facts: dict[str, Json] = {"holder": holder, "values": len(places), "shows": shows, "plan": self._plans()}
            self._enter("erased", {**facts, "held": [spot for spot in held if spot[0] == holder]})
        items = sorted({row[3] for row in leaving if row[3]})
        if items:
            self._desk.record(self._pseudonym, "delete", *items, actor="" if self.there.account else self.there.by)
        return not held

    def _keep_apart(self, plan: Plan) -> None:
        core = self._desk.core
        if self._subject.standing.erased:
            return
        if not self.there.whole:
            for key, matter in sorted({(stay.item, stay.matter) for stay in plan.stay if stay.item}):
                item = core.policy.item(key)
                if item is not None:
                    self._subject.restrict(item, matter=matter, method=self.there.case)
        apart = set(self._shown("isolated"))
        for holder in dict.fromkeys(stay.holder for stay in plan.stay if stay.holder not in apart):
            places = [(stay.place, stay.field) for stay in plan.stay if stay.holder == holder]
            shows = self._desk.holders.isolate(holder, self._pseudonym, places)
            self._enter("isolated", {"holder": holder, "values": len(places), "shows": shows, "plan": self._plans()})

    def _destroy(self) -> None:
        """Destroy the key, unless something has to stay since that was looked at last."""
        if any(step.name == "destroyed" for step in self._steps()):
            return
        self._desk.core.refresh()
        if self._staying(self._desk.holders.found(self._pseudonym)):
            return
        evidence = self._subject.erase()
        shows = f"key {evidence.key_id} destroyed"
        self._enter("destroyed", {"holder": VAULT, "values": evidence.vault_fields, "shows": shows})

    def close(self) -> Deletion:
        """Write down how far it has come, and give it."""
        plan = self.last_plan()
        ends = [dt.datetime.fromisoformat(stay.until) for stay in (plan.stay if plan is not None else ()) if stay.until]
        return _entered(self._desk, self.there, "done", {"plan": self._plans()}, due=min(ends, default=None))


def cancel(desk: Desk, subject: Subject, by: Subject | None) -> Deletion:
    """Cancel an account, or go on with it, whoever gave the order.

    Raises:
        ArgumentInvalid: the person may not act for the subject.
        HolderFailed: a holder does not answer; what was done stays done.
    """
    case = named(ACCOUNT, subject.pseudonym, ACCOUNT)
    if desk.core.store.case(case) is None:
        asker = asker_of(desk.core, subject, by)
        guardian = asker if asker != subject.pseudonym else ""
        ground = DeletionGround.ACCOUNT_ENDED
        order(desk, subject, Order(ground, scope=ACCOUNT, guardian=guardian, by=asker, key=ACCOUNT))
    return carry_out(desk, case)


def acknowledge(desk: Desk, case: str, recipient: str, reference: str) -> Deletion:
    """Write down that a recipient has deleted what it got.

    Raises:
        ArgumentInvalid: it got nothing.
    """
    there = deletion_of(desk, case)
    check_recipient(there.notices, recipient)
    facts: dict[str, Json] = {"recipient": recipient, "reference": said("reference", reference)}
    row = desk.core.store.case(case)
    return _entered(desk, there, "acknowledge", facts, due=row.due if row is not None else None)


def _entered(desk: Desk, there: Deletion, name: str, facts: dict[str, Json], *, due: dt.datetime | None) -> Deletion:
    """Add a step after which a deletion may be over, and give it."""
    left = went(desk.guard, there.subject)

    def still(taken: Sequence[Step]) -> bool:
        after = folded(there.case, there.subject, taken, left, desk.core.clock.now())
        return after.state is not DeletionState.COMPLETE or bool(after.outstanding)

    desk.enter(Case(there.case, KIND, there.subject), name, facts, open_after=still, due=due)
    return deletion_of(desk, there.case)


def _aimed(found: Iterable[Found], targets: Iterable[tuple[str, str]]) -> list[Found]:
    """Give what is named: by place, or by place and field."""
    named_ = set(targets)
    return [one for one in found if not named_.isdisjoint({(one.spot[1], ""), one.spot[1:]})]
