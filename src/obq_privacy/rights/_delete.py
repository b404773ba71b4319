"""Carrying out a deletion: isolate, plan, delete with every holder, destroy the key; each step can be repeated.

What is done is written into the docket after it was done, and everything that is done can be done again. So whoever
takes up a deletion that was cut short looks at what is there, and goes on.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from obq_privacy.errors import DeletionInvalid, GuardianRequired, KeyReused, PrivacyError
from obq_privacy.guard._for_rights import label_of
from obq_privacy.rights._deletion import KIND, Deletion, Plan, Stays, deletion_of
from obq_privacy.rights._grounds import DeletionGround, RequestKind
from obq_privacy.rights._holders import VAULT, Case
from obq_privacy.rights._kept import kept
from obq_privacy.rights._recipients import check_recipient
from obq_privacy.rights._requests import check_working
from obq_privacy.rights._steps import Json, Step, named, said, spelled, steps
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from obq_privacy.guard import Subject
    from obq_privacy.rights._holders import Desk, Found
    from obq_privacy.stores import CaseEntry
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem


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

    @property
    def actor(self) -> str:
        """Who orders it, for the audit log: a person of the controller's, or in which role somebody else."""
        if not self.account:
            return self.by
        return "guardian" if self.guardian else "subject"

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
        once = ("holder", "plan") if "holder" in facts else ()  # each shows once what it did, in whichever process
        case = Case(self.there.case, KIND, self._pseudonym)
        self._desk.enter(case, name, facts, open_after=still, due=due, once=once)

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
        except GuardianRequired:  # no guardian any more; the order was given when they were one
            self._subject.close(method=self.there.case)

    def last_plan(self) -> Plan | None:
        """Give the plan that was made last."""
        return next((Plan.of(step) for step in reversed(self._steps()) if step.name == "plan"), None)

    def _steps(self) -> tuple[Step, ...]:
        return steps(self._desk.core.store.entries(self.there.case))

    def _shown(self, name: str) -> set[str]:
        """Give the holders that have shown that they did their part of the newest plan."""
        plans = self._plans()
        done = (step for step in self._steps() if step.name == name and step.number("plan") == plans)
        return {step.text("holder") for step in done}

    def _plans(self) -> int:
        """Give the number of the plan that is being carried out."""
        return sum(step.name == "plan" for step in self._steps())

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

    def carry(self, plan: Plan) -> None:
        """Isolate what stays, and delete what goes and may still go."""
        self._keep_apart(plan)
        found = {one.spot: one for one in self._desk.holders.found(self._pseudonym)}
        stays_now = self._staying(list(found.values()))
        leaving = [row for row in plan.go if row[:3] not in stays_now]
        if self.there.whole and not plan.stay and not stays_now:
            self._destroy()
        gone = self._shown("erased")
        if self._subject.standing.erased:
            gone.add(VAULT)  # it went with the key
        for holder in dict.fromkeys(row[0] for row in leaving if row[0] not in gone):
            places = [(row[1], row[2]) for row in leaving if row[0] == holder]
            shows = self._desk.holders.erase(holder, self._pseudonym, places)
            self._enter("erased", {"holder": holder, "values": len(places), "shows": shows, "plan": self._plans()})
        items = sorted({row[3] for row in leaving if row[3]})
        if items:
            self._desk.record(self._pseudonym, "delete", *items, actor="" if self.there.account else self.there.by)

    def _keep_apart(self, plan: Plan) -> None:
        core = self._desk.core
        if self._subject.standing.erased:
            return
        if not self.there.whole:
            for key, matter in sorted({(stay.item, stay.matter) for stay in plan.stay if stay.item}):
                item = core.policy.item(key)
                if item is not None:
                    self._subject.restrict(item, matter=matter, method=self.there.case)
        apart = self._shown("isolated")
        for holder in dict.fromkeys(stay.holder for stay in plan.stay if stay.holder not in apart):
            places = [(stay.place, stay.field) for stay in plan.stay if stay.holder == holder]
            shows = self._desk.holders.isolate(holder, self._pseudonym, places)
            self._enter("isolated", {"holder": holder, "values": len(places), "shows": shows, "plan": self._plans()})

    def _destroy(self) -> None:
        if any(step.name == "destroyed" for step in self._steps()):
            return
        evidence = self._subject.erase()
        shows = f"key {evidence.key_id} destroyed"
        self._enter("destroyed", {"holder": VAULT, "values": evidence.vault_fields, "shows": shows})

    def close(self) -> Deletion:
        """Write down how far it has come, and give it."""
        case = self.there.case
        plan = self.last_plan()
        ends = [dt.datetime.fromisoformat(stay.until) for stay in (plan.stay if plan is not None else ()) if stay.until]
        there = deletion_of(self._desk, case)
        still = bool(there.stays) or bool(there.outstanding)
        self._enter("done", {"plan": self._plans()}, still=still, due=min(ends, default=None))
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
    desk.enter(Case(case, KIND, there.subject), "acknowledge", facts, open_after=still, due=due)
    return deletion_of(desk, case)


def _aimed(found: Iterable[Found], targets: Iterable[tuple[str, str]]) -> list[Found]:
    """Give what is named: by place, or by place and field."""
    named_ = set(targets)
    return [one for one in found if not named_.isdisjoint({(one.spot[1], ""), one.spot[1:]})]
