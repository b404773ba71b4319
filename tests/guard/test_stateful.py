"""The guard against a model that is too simple to be wrong: who has consented to what, and who was erased."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import (
    CARD,
    CONSIGNEE,
    LONG,
    Delivery,
    HandClock,
    Marketing,
    Order,
    Payment,
    adult,
    shop,
    untyped,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from obq_privacy import combine
from obq_privacy.errors import Denied, KeyErased, PurposeNotAllowed, RecordUnknown, SubjectErased

if TYPE_CHECKING:
    from obq_privacy import Guard, Personal, Purpose, Sensitive, Subject

WHO = st.sampled_from(["anna", "bert"])
PURPOSES: dict[str, type[Purpose]] = {"delivery": Delivery, "payment": Payment, "marketing": Marketing}
WHAT = st.sampled_from(sorted(PURPOSES))
NEVER = 10**9


class GuardMachine(RuleBasedStateMachine):
    """Two people, three purposes; the model is a dict of when each consent ends, in hours."""

    on_disk = False

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.hand = HandClock()
        self.hour = 0
        self.live: dict[tuple[str, str], int] = {}
        self.erased: set[str] = set()
        self.kept: dict[str, str] = {}
        self.names: dict[str, tuple[Personal[str, Delivery | Payment | Marketing], str]] = {}
        self.cards: dict[str, tuple[Sensitive[str, Payment], str]] = {}
        self.tokens: dict[str, tuple[bytes, str]] = {}
        self.counts = {"permit": 0, "deny": 0}

    @initialize()
    def begin(self) -> None:
        """Open the guard."""
        folder = self.stack.enter_context(tempfile.TemporaryDirectory()) if self.on_disk else ""
        self.path = Path(folder) / "db" if folder else None
        self._open()

    def _open(self) -> None:
        self.opened = ExitStack()
        self.guard: Guard = self.opened.enter_context(
            shop(self.path, clock=self.hand.clock, lease=timedelta(seconds=1))
        )

    def teardown(self) -> None:
        """Close everything."""
        if hasattr(self, "opened"):
            self.opened.close()
        self.stack.close()

    def subject(self, who: str) -> Subject:
        """Give the subject, as an application does each time."""
        return adult(self.guard, who)

    def allowed(self, who: str, what: str) -> bool:
        """Say what the model says."""
        return who not in self.erased and self.live.get((who, what), -1) > self.hour

    def attempt(self, use: Any, *, allowed: bool, records: int = 1) -> Any:
        """Use something, and see that it succeeds exactly if the model says so."""
        try:
            result = use()
        except Denied:
            assert not allowed
            self.counts["deny"] += records
            return None
        assert allowed
        self.counts["permit"] += 1
        return result

    @rule(who=WHO, what=WHAT, hours=st.sampled_from([1, 5, NEVER]))
    def grant(self, who: str, what: str, hours: int) -> None:
        """Consent, for a while or for good; a consent of the same length that is in force stays as it is."""
        if who in self.erased:
            with pytest.raises(SubjectErased):
                self.subject(who).grant(PURPOSES[what])
            return
        self.subject(who).withdraw(PURPOSES[what])
        self.subject(who).grant(PURPOSES[what], valid_for=None if hours == NEVER else timedelta(hours=hours))
        self.live[who, what] = NEVER if hours == NEVER else self.hour + hours

    @rule(who=WHO, what=WHAT, way=st.sampled_from(["withdraw", "refuse"]))
    def take_back(self, who: str, what: str, way: str) -> None:
        """Withdraw or refuse."""
        if who in self.erased:
            with pytest.raises(SubjectErased):
                getattr(self.subject(who), way)(PURPOSES[what])
            return
        getattr(self.subject(who), way)(PURPOSES[what])
        self.live.pop((who, what), None)

    @rule(who=WHO)
    def withdraw_everything(self, who: str) -> None:
        """Withdraw whatever there is."""
        if who not in self.erased:
            self.subject(who).withdraw()
            for what in PURPOSES:
                self.live.pop((who, what), None)

    @rule(who=WHO, text=st.text(min_size=1, max_size=20))
    def collect_name(self, who: str, text: str) -> None:
        """Collect a personal value: any of its purposes will do."""
        allowed = any(self.allowed(who, what) for what in PURPOSES)
        value = self.attempt(lambda: self.subject(who).collect(CONSIGNEE, text), allowed=allowed)
        if value is not None:
            self.names[who] = value, text

    @rule(who=WHO, text=st.text(min_size=1, max_size=20))
    def collect_card(self, who: str, text: str) -> None:
        """Collect a sensitive value, for payment only."""
        value = self.attempt(lambda: self.subject(who).collect(CARD, text), allowed=self.allowed(who, "payment"))
        if value is not None:
            self.cards[who] = value, text

    @rule(who=WHO, what=WHAT)
    def reveal(self, who: str, what: str) -> None:
        """Reveal a personal value."""
        if who in self.names:
            value, text = self.names[who]
            got = self.attempt(lambda: value.reveal(untyped(PURPOSES[what])), allowed=self.allowed(who, what))
            assert got in {None, text}

    @rule(who=WHO)
    def reveal_card(self, who: str) -> None:
        """Reveal a sensitive value, also for what its item does not allow."""
        if who in self.cards:
            value, text = self.cards[who]
            got = self.attempt(lambda: value.reveal(Payment), allowed=self.allowed(who, "payment"))
            assert got in {None, text}
            with pytest.raises(SubjectErased if who in self.erased else PurposeNotAllowed):
                value.reveal(untyped(Delivery))
            self.counts["deny"] += 1

    @rule(what=WHAT)
    def combine(self, what: str) -> None:
        """Reveal what is derived of values of both people."""
        if len(self.names) == 2:
            (first, one), (second, two) = self.names["anna"], self.names["bert"]
            line = combine("{}|{}".format, first, second).map(str.upper)
            both = [self.allowed(who, what) for who in ("anna", "bert")]
            got = self.attempt(
                lambda: line.reveal(untyped(PURPOSES[what])),
                allowed=all(both),
                records=both.count(False),
            )
            self.counts["permit"] += all(both)  # one record for each of the two
            assert got in {None, f"{one}|{two}".upper()}

    @rule(who=WHO)
    def seal(self, who: str) -> None:
        """Seal a value; only an erasure prevents it."""
        if who in self.cards:
            value, text = self.cards[who]
            if who in self.erased:
                with pytest.raises(KeyErased):
                    value.seal(record=who)
            else:
                self.tokens[who] = value.seal(record=who), text

    @rule(who=WHO)
    def unseal(self, who: str) -> None:
        """Open a sealed value into a wrapper, which obeys as any other."""
        if who not in self.tokens:
            return
        token, text = self.tokens[who]
        if who in self.erased:
            with pytest.raises(KeyErased):
                self.guard.unseal(CARD, token, record=who)
        else:
            self.cards[who] = self.guard.unseal(CARD, token, record=who), text

    @rule(who=WHO)
    def keep(self, who: str) -> None:
        """Keep a record in the vault."""
        if who in self.names:
            order = Order(number=who, consignee=self.names[who][0])
            if who in self.erased:
                with pytest.raises(KeyErased):
                    self.guard.vault.keep(who, order)
            else:
                self.guard.vault.keep(who, order)
                self.kept[who] = self.names[who][1]

    @rule(who=WHO)
    def load(self, who: str) -> None:
        """Load a record from the vault."""
        if who in self.kept:
            self.names[who] = self.guard.vault.load(Order, who).consignee, self.kept[who]
        else:
            with pytest.raises(RecordUnknown):
                self.guard.vault.load(Order, who)

    @rule(who=WHO)
    def erase(self, who: str) -> None:
        """Erase, also again."""
        self.subject(who).erase()
        self.erased.add(who)
        self.kept.pop(who, None)

    @rule(hours=st.integers(1, 6))
    def pass_time(self, hours: int) -> None:
        """Let time pass."""
        self.hour += hours
        self.hand.move(timedelta(hours=hours, seconds=1))

    @rule()
    def rotate(self) -> None:
        """Rotate the key-encryption key."""
        self.guard.rotate()

    @rule()
    def reopen(self) -> None:
        """Close and open again; wrappers of before are shut."""
        if self.path is None:
            return
        self.opened.close()
        self._open()
        self.names, self.cards = {}, {}

    @invariant()
    def counts_match(self) -> None:
        """The audit has exactly the records that the model counted, and is whole."""
        if hasattr(self, "guard"):
            assert len(list(self.guard.audit.entries(outcome="permit"))) == self.counts["permit"]
            assert len(list(self.guard.audit.entries(outcome="deny"))) == self.counts["deny"]

    @rule()
    def verify(self) -> None:
        """Check the chain."""
        self.guard.audit.verify()


class GuardMachineOnDisk(GuardMachine):
    """The same on SQLite, with reopening."""

    on_disk = True


TestGuardInMemory: Any = pytest.mark.clause("RIGHT-4", "DEF-4", "USE-2", "PROT-2")(GuardMachine.TestCase)
TestGuardInMemory.settings = settings(max_examples=400 if LONG else 40, stateful_step_count=40, deadline=None)
TestGuardOnDisk: Any = pytest.mark.clause("RIGHT-4", "DEF-4", "USE-2", "PROT-2")(GuardMachineOnDisk.TestCase)
TestGuardOnDisk.settings = settings(max_examples=150 if LONG else 10, stateful_step_count=40, deadline=None)
