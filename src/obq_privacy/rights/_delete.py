"""Carrying out a deletion: isolate, plan, delete with every holder, destroy the key; each step can be repeated.

What is done is written into the docket after it was done, and everything that is done can be done again. So whoever
takes up a deletion that was cut short looks at what is there, and goes on.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from obq_privacy.errors import DeletionInvalid, KeyReused
from obq_privacy.rights._correct import check_recipient, enter
from obq_privacy.rights._deletion import KIND, Deletion, Plan, Stays, deletion_of
from obq_privacy.rights._grounds import DeletionGround, RequestKind
from obq_privacy.rights._kept import kept, label_of
from obq_privacy.rights._requests import check_working
from obq_privacy.rights._steps import Json, named, said, spelled, steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.guard import Subject
    from obq_privacy.rights._holders import Desk, Found
    from obq_privacy.stores import CaseEntry
    from obq_privacy.vocab import Pseudonym


class Order:
    """What is to be deleted, and why."""

    __slots__ = ("account", "by", "ground", "guardian", "key", "request", "targets")

    def __init__(
        self,
        ground: DeletionGround,
        *,
        targets: Iterable[str | tuple[str, str]] = (),
        account: bool = False,
        guardian: str = "",
        request: str = "",
        by: str = "",
        key: str = "",
    ) -> None:
        pairs = ((one, "") if isinstance(one, str) else one for one in targets)
        self.targets = sorted({(said("what", place), said("what", field, needed=False)) for place, field in pairs})
        self.ground = ground
        self.account = account
        self.guardian = guardian
        self.request = said("request", request, needed=False)
        self.by = said("by", by, needed=False)
        self.key = said("key", key, needed=False)

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


def order(desk: Desk, subject: Subject, wanted: Order) -> str:
    """Write an order down, or find that it is there, and give the name of its case.

    Raises:
        DeletionInvalid: nothing that is named is there.
        KeyReused: the key stands for another order.
    """
    core = desk.core
    core.refresh()
    pseudonym = subject.pseudonym
    case = named(KIND, pseudonym, wanted.key)
    there = steps(core.store.entries(case))
    if there:
        if spelled("order", there[0].facts) != spelled("order", wanted.facts()):
            raise KeyReused(case=case, step="order")
        return case
    if wanted.request:
        check_working(core, wanted.request, RequestKind.DELETE, pseudonym)
    if wanted.targets and not _aimed(desk.holders.found(pseudonym), wanted.targets):
        raise DeletionInvalid(case=case, problem="nothing that it names is there")
    desk.record(pseudonym, "delete", actor=wanted.by)

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
    work.carry(work.plan())
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

    def _enter(self, name: str, facts: dict[str, Json], *, still: bool = True, due: dt.datetime | None = None) -> None:
        enter(self._desk, KIND, self.there.case, self._pseudonym, name, facts, open_after=still, due=due)

    def isolate(self) -> None:
        """Let no process use, collect or share anything from now on, where the deletion is about everything."""
        if self.there.destroyed is not None or self._subject.standing.erased or not self.there.whole:
            return
        if not self.there.account:
            self._subject.restrict(method=self.there.case)
            return
        first = steps(self._desk.core.store.entries(self.there.case))[0]
        guardian = first.text("guardian")
        by = self._desk.subject(type(self._pseudonym)(guardian)) if guardian else None
        self._subject.close(by=by, method=self.there.case)

    def last_plan(self) -> Plan | None:
        """Give the plan that was made last."""
        taken = steps(self._desk.core.store.entries(self.there.case))
        return next((Plan.of(step) for step in reversed(taken) if step.name == "plan"), None)

    def plan(self) -> Plan:
        """Look at what is there, and write down what goes and what stays."""
        found = self._desk.holders.found(self._pseudonym)
        aimed = _aimed(found, self.there.targets) if self.there.targets else found
        staying = self._staying(aimed)
        keep = {(stay.holder, stay.place) for stay in staying.values()}
        for one in aimed:
            holder, holding = one
            if not holding.item and (holder, holding.place) in keep:  # what makes sense of the rest stays with it
                staying[one.spot] = Stays(*one.spot, "", "", "", "")
        go = tuple((*one.spot, one.holding.item) for one in aimed if one.spot not in staying)
        earlier = self.last_plan()
        since = earlier.since if earlier is not None else self._since(aimed)
        made = Plan(go, tuple(staying.values()), since)
        if earlier is None or go or made.stay != earlier.stay:
            self._enter("plan", {"go": made.go, "stay": made.stay, "since": made.since})
        return made

    def _staying(self, aimed: Sequence[Found]) -> dict[tuple[str, str, str], Stays]:
        """Find what the law or a legal matter wants kept."""
        core, standing = self._desk.core, self._subject.standing
        now = core.clock.now()
        staying: dict[tuple[str, str, str], Stays] = {}
        for one in aimed:
            item = core.policy.item(one.holding.item)
            if item is None:
                held = [hold.reference for hold in standing.holds if hold.item in {"", one.holding.item}]
                if held and one.holding.item:
                    staying[one.spot] = Stays(*one.spot, one.holding.item, "", "", ", ".join(sorted(set(held))))
                continue
            label = label_of(core, item, one.holding, self._pseudonym)
            found = kept(core.policy, standing, label, item, now)
            if found.stays:
                until = found.until.isoformat() if found.until is not None and not found.holds else ""
                matter = min(label.matters, default="")
                staying[one.spot] = Stays(*one.spot, item.key, matter, until, ", ".join(found.holds))
        return staying

    def _since(self, aimed: Sequence[Found]) -> str:
        """Give when the oldest of the values was collected."""
        core = self._desk.core
        collected = [
            label_of(core, item, one.holding, self._pseudonym).collected[0]
            for one in aimed
            if (item := core.policy.item(one.holding.item)) is not None
        ]
        return min(collected).isoformat() if collected else ""

    def carry(self, plan: Plan) -> None:
        """Isolate what stays, and delete what goes and may still go."""
        self._keep_apart(plan)
        found = {one.spot: one for one in self._desk.holders.found(self._pseudonym)}
        stays_now = self._staying(list(found.values()))
        leaving = [row for row in plan.go if row[:3] not in stays_now]
        if self.there.whole and not plan.stay and not stays_now:
            self._destroy()
        for holder in dict.fromkeys(row[0] for row in leaving):
            places = [(row[1], row[2]) for row in leaving if row[0] == holder]
            shows = self._desk.holders.erase(holder, self._pseudonym, places)
            self._enter("erased", {"holder": holder, "count": len(places), "shows": shows})
        items = sorted({row[3] for row in leaving if row[3]})
        if items:
            self._desk.record(self._pseudonym, "delete", *items, actor=self.there.case)

    def _keep_apart(self, plan: Plan) -> None:
        core = self._desk.core
        if not self.there.whole:
            for key, matter in sorted({(stay.item, stay.matter) for stay in plan.stay if stay.item}):
                item = core.policy.item(key)
                if item is not None:
                    self._subject.restrict(item, matter=matter, method=self.there.case)
        for holder in dict.fromkeys(stay.holder for stay in plan.stay):
            places = [(stay.place, stay.field) for stay in plan.stay if stay.holder == holder]
            shows = self._desk.holders.isolate(holder, self._pseudonym, places)
            self._enter("isolated", {"holder": holder, "count": len(places), "shows": shows})

    def _destroy(self) -> None:
        evidence = self._subject.erase()
        self._enter("destroyed", {"key_id": evidence.key_id, "at": evidence.completed.isoformat()})

    def close(self) -> Deletion:
        """Write down how far it has come, and give it."""
        case = self.there.case
        plan = self.last_plan()
        ends = [dt.datetime.fromisoformat(stay.until) for stay in (plan.stay if plan is not None else ()) if stay.until]
        there = deletion_of(self._desk, case)
        still = bool(there.stays) or bool(there.outstanding)
        number = sum(step.name == "plan" for step in steps(self._desk.core.store.entries(case)))
        self._enter("done", {"plan": number}, still=still, due=min(ends, default=None))
        return deletion_of(self._desk, case)


def acknowledge(desk: Desk, case: str, recipient: str, reference: str) -> Deletion:
    """Write down that a recipient has deleted what it got.

    Raises:
        ArgumentInvalid: it got nothing.
    """
    there = deletion_of(desk, case)
    check_recipient(there.notices, recipient)
    facts: dict[str, Json] = {"recipient": recipient, "reference": said("reference", reference)}
    left = any(notice.recipient != recipient for notice in there.outstanding)
    row = desk.core.store.case(case)
    still = left or bool(there.stays) or there.state.value == "ordered"
    due = row.due if row is not None else None
    enter(desk, KIND, case, there.subject, "acknowledge", facts, open_after=still, due=due)
    return deletion_of(desk, case)


def _aimed(found: Iterable[Found], targets: Iterable[tuple[str, str]]) -> list[Found]:
    """Give what is named: by place, or by place and field."""
    named_ = set(targets)
    return [one for one in found if not named_.isdisjoint({(one.spot[1], ""), one.spot[1:]})]
