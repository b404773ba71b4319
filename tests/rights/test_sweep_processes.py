"""Sweeps of several processes, and sweeps that are killed at every step: nothing is lost, nothing is done by halves."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from sweep_world import (
    DAY,
    GOODS,
    NOTE,
    START,
    YEAR,
    Delivery,
    Order,
    Parcel,
    Shelf,
    TaxAudit,
    child,
    fields,
    noted,
    ordered,
    shop,
    shopper,
    wait,
)

from obq_privacy import Clock
from obq_privacy.errors import Denied
from obq_privacy.policy import Anchor
from obq_privacy.rights import Fate, Holding, SweepCount, sweep, sweep_of
from obq_privacy.stores import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from obq_privacy import Guard


class Running:
    """A clock that begins at an instant and runs: the leases of processes that died have to end."""

    def __init__(self, now: datetime) -> None:
        ahead = int(now.timestamp()) * 1_000_000_000 - time.monotonic_ns()
        self.clock = Clock(wall_ns=lambda: time.monotonic_ns() + ahead)


LATER = START + YEAR + DAY
WRITES = ("enter", "strike", "append")
PEOPLE = 4


def stocked(path: Path, shelf: Shelf) -> None:
    """Fill a shop: everybody has a note that is due, goods that the law wants, and a name that is in use."""
    with shop(path, clock=Running(START)) as guard:
        for n in range(PEOPLE):
            subject = shopper(guard, str(n))
            order = ordered(guard, subject, f"order-{n}")
            subject.mark(Anchor.COMPLETION, matter=order)
            noted(guard, subject, f"parcel-{n}")
            token = subject.collect(NOTE, "canary").seal(record="row")
            shelf.put(subject, Holding("row", "note", NOTE.key, token, "row"))


def checked(guard: Guard, shelf: Shelf) -> None:
    """Check that what was due is gone, what the law wants is restricted, and the rest is there."""
    for n in range(PEOPLE):
        assert f"parcel-{n}" not in guard.vault
        assert fields(guard, f"order-{n}") == ["goods", "name", "note", "number"]
        order = guard.vault.load(Order, f"order-{n}")
        assert order.goods is not None
        assert order.name.reveal(Delivery) == "canary"
        assert order.goods.reveal(TaxAudit)
        with pytest.raises(Denied):
            order.goods.reveal(Delivery)
        standing = guard.subject(str(n)).standing
        assert standing.restrictions == {(GOODS.key, f"order-{n}")}
    assert shelf.names() == []


def dying(step: int, *, after: bool) -> None:
    """Kill this process at its n-th write, before or after it."""
    left = [step]

    def deadly(write: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            left[0] -= 1
            if left[0] == 0 and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = write(*arguments)
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return run

    for name in WRITES:
        setattr(SQLiteStore, name, deadly(getattr(SQLiteStore, name)))
    Shelf.erase = deadly(Shelf.erase)  # type: ignore[method-assign]


def swept(path: Path, shelf: Shelf) -> None:
    """Sweep a year later."""
    with shop(path, clock=Running(LATER)) as guard:
        sweep(guard, holders=[shelf], batch=2)


def killed(path: Path, shelf: Shelf, step: int, *, after: bool) -> bool:
    """Sweep in a process that dies at a step; tell whether there was such a step."""

    def work() -> None:
        dying(step, after=after)
        swept(path, shelf)

    status = os.waitpid(child(work), 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


@pytest.mark.clause("PROT-3")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_sweep_that_is_killed_anywhere_goes_on(tmp_path: Path, *, after: bool) -> None:
    """However often and wherever it dies, one sweep comes to its end, and says everything that was done."""
    shelf = Shelf(tmp_path / "shelf")
    step = deaths = 0
    while True:
        step += 1
        path = tmp_path / f"db-{step}"
        stocked(path, shelf)
        if not killed(path, shelf, step, after=after):
            break
        deaths += 1
        with shop(path, clock=Running(LATER + DAY)) as guard:
            found = sweep(guard, holders=[shelf], batch=2)
            checked(guard, shelf)
            if found.evidence:
                assert found.counts[NOTE.key] == SweepCount(erased=2 * PEOPLE)
                assert sum(row.fate is Fate.ERASED for row in found.evidence) == 2 * PEOPLE
                assert sum(row.fate is Fate.RESTRICTED for row in found.evidence) == PEOPLE
            else:  # it died after its last step
                assert len(guard._core.store.cases("sweep")) == 2
            assert sweep(guard, holders=[shelf]).evidence == ()
            assert not guard._core.store.cases("sweep", open=True)
            assert guard.audit.verify().seq
    assert deaths > 10


@pytest.mark.clause("PROT-3")
def test_a_sweep_that_dies_at_every_step_comes_to_an_end(tmp_path: Path) -> None:
    """One process after the other does one step and dies, and the next one goes on from there."""
    shelf = Shelf(tmp_path / "shelf")
    path = tmp_path / "db"
    stocked(path, shelf)
    step = 3
    while killed(path, shelf, step, after=True):
        step += 1
        assert step < 100
    with shop(path, clock=Running(LATER)) as guard:
        checked(guard, shelf)
        (row,) = [row for row in guard._core.store.cases("sweep") if sweep_of(guard, row.case).evidence]
        assert sweep_of(guard, row.case).counts[NOTE.key] == SweepCount(erased=2 * PEOPLE)


@pytest.mark.clause("PROT-3")
def test_two_sweeps_at_once_do_no_harm(tmp_path: Path) -> None:
    """Both come to their end, and everything was done once."""
    shelf = Shelf(tmp_path / "shelf")
    path = tmp_path / "db"
    stocked(path, shelf)
    wait(*[child(lambda: swept(path, shelf)) for _ in range(2)])
    with shop(path, clock=Running(LATER)) as guard:
        checked(guard, shelf)
        whole = [sweep_of(guard, row.case) for row in guard._core.store.cases("sweep")]
        assert not guard._core.store.cases("sweep", open=True)
        assert not any(found.failed for found in whole)
        rows = [row for found in whole for row in found.evidence]
        assert sum(row.fate is Fate.ERASED for row in rows) == 2 * PEOPLE
        assert sum(row.fate is Fate.RESTRICTED for row in rows) == PEOPLE


@pytest.mark.clause("PROT-3")
def test_a_value_that_was_replaced_since_the_plan_is_safe(tmp_path: Path) -> None:
    """Whoever takes up a plan looks at what is there now."""
    shelf = Shelf(tmp_path / "shelf")
    path = tmp_path / "db"
    stocked(path, shelf)
    assert killed(path, shelf, 2, after=True)  # the first part is planned, and nothing is done
    with shop(path, clock=Running(LATER)) as guard:
        (part,) = guard._core.store.cases("sweep-part")
        text = guard._core.store.entries(part.case)[0].text
        name = next(f"parcel-{n}" for n in range(PEOPLE) if f"parcel-{n}" in text)
        noted(guard, guard.subject(name.removeprefix("parcel-")), name)
        found = sweep(guard, holders=[shelf])
        note = guard.vault.load(Parcel, name).note
        assert note is not None
        assert note.reveal(Delivery)
        assert name not in {row.place for row in found.evidence}
        assert found.counts[NOTE.key] == SweepCount(erased=2 * PEOPLE - 1, left=1)
