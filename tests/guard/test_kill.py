"""SIGKILL at random instants: what was acknowledged is there, and what was handed out is on record."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from guard_world import LONG, Child, Delivery, Marketing, Order, Payment, shop

from obq_privacy.errors import KeyErased, RecordUnknown

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy import Guard

KILLS = 200 if LONG else 12


class Acknowledged:
    """What the killed processes said that they had done."""

    def __init__(self) -> None:
        self.granted: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.withdrawn: set[str] = set()
        self.erased: dict[str, str] = {}
        self.plain: Counter[str] = Counter()
        self.denied: Counter[str] = Counter()

    def add(self, lines: list[str]) -> None:
        """Read the lines of one process."""
        for line in lines:
            match line.split():
                case ["grant", name, consent]:
                    self.granted[name] = consent
                case ["kept", name, pseudonym]:
                    self.kept[name] = pseudonym
                case ["plain", pseudonym, _]:
                    self.plain[pseudonym] += 1
                case ["denied", pseudonym]:
                    self.denied[pseudonym] += 1
                case ["withdrawn", name]:
                    self.withdrawn.add(name)
                case ["erased", name, pseudonym]:
                    self.erased[name] = pseudonym
                case _:
                    assert line == "ready" or line.startswith("rotated")


def check(guard: Guard, done: Acknowledged, *, names: list[str]) -> None:
    """Check that everything that was acknowledged is in the store."""
    for name in names:
        shopper = guard.subject(name)
        if shopper.standing.erased:
            assert f"order-{name}" not in guard.vault
            continue
        assert name not in done.erased
        if name in done.granted:
            assert done.granted[name] in {consent.grant.id for consent in shopper.standing.consents}
        if name in done.withdrawn:
            assert all("payment" in consent.ended for consent in shopper.standing.consents)
        if name in done.kept or f"order-{name}" in guard.vault:
            order = guard.vault.load(Order, f"order-{name}")
            assert order.number == name
            assert order.consignee.reveal(Delivery) == f"canary {name}"


def check_audit(guard: Guard, done: Acknowledged) -> None:
    """Check that every plaintext, refusal and erasure that a process told of is on record."""
    used: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    erased: set[str] = set()
    for entry in guard.audit.entries():
        used[entry.subject] += (entry.operation, entry.outcome, entry.purpose) == ("use", "permit", Payment.key)
        refused[entry.subject] += (entry.outcome, entry.purpose) == ("deny", Marketing.key)
        if (entry.operation, entry.actor) == ("erase", "completed"):
            erased.add(entry.subject)
    assert not done.plain - used
    assert not done.denied - refused
    assert erased >= set(done.erased.values())
    guard.audit.verify()


@pytest.mark.clause("PROT-2", "RIGHT-4", "DEF-4")
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """However often processes are killed, no consent, withdrawal, erasure or record that they told of is lost."""
    done = Acknowledged()
    dice = random.Random(20261122)  # noqa: S311
    place = tmp_path / "db"
    with shop(place):
        pass
    for seed in range(KILLS):
        before = dict(done.granted)
        with Child("labour", place, seed).ready() as child:
            time.sleep(dice.uniform(0, 0.25))
            child.signal(signal.SIGKILL)
            child.end()
        done.add(child.said[:])
        with shop(place) as guard:
            fresh = [name for name in done.granted if name not in before]
            check(guard, done, names=[*fresh, f"{seed}-{len(fresh)}"])
            version, target = guard._core.store.kek()
            if target is not None:
                guard.rotate()
            assert guard._core.store.kek()[0] >= version
            guard.audit.verify()
    with shop(place) as guard:
        assert len(done.granted) >= KILLS / 2
        check(guard, done, names=list(done.granted))
        check_audit(guard, done)
        guard.rotate()
        check(guard, done, names=list(done.granted))
    assert list((tmp_path / "db.journal").iterdir()) == []


@pytest.mark.clause("PROT-2")
def test_killed_beside_a_living_process(tmp_path: Path) -> None:
    """Records of a killed process come into the chain of those that live, each once."""
    done = Acknowledged()
    place = tmp_path / "db"
    with shop(place) as guard:
        for seed in range(max(3, KILLS // 20)):
            with Child("labour", place, seed).ready() as child:
                time.sleep(0.15)
                child.signal(signal.SIGKILL)
                child.end()
            done.add(child.said)
            guard.audit.verify()
            with shop(place):
                pass
        check(guard, done, names=list(done.granted))
        check_audit(guard, done)


@pytest.mark.clause("DEF-4")
@pytest.mark.parametrize("step", ["record", "order", "begin", "finish", "completed"])
def test_an_erasure_that_was_cut_short_is_completed_by_the_next_open(step: str, tmp_path: Path) -> None:
    """Once an order is written down, whoever opens the store next carries it out; before that nothing was begun."""
    place = tmp_path / "db"
    with shop(place) as guard:
        shopper = guard.subject("shopper")
    with Child("erase-until", place, step) as child:
        assert child.end() == -signal.SIGKILL
    with shop(place) as guard:
        assert guard.subject("shopper").pseudonym == shopper.pseudonym
        ordered = step not in {"record", "order"}
        assert guard.subject("shopper").standing.erased == ordered
        assert len(guard.erasures()) == ordered
        assert (place.with_name("db.erasures").exists()) == ordered
        if ordered:
            with pytest.raises(RecordUnknown):
                guard.vault.load(Order, "order")
            with pytest.raises(KeyErased):
                guard._core.keyring.of(shopper.pseudonym)
        guard.audit.verify()
