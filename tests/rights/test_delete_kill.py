"""SIGKILL before every single step of everything that takes several: whoever goes on finishes it, and nothing more."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from deletion_world import (
    Delivery,
    Person,
    Shelf,
    child,
    filled,
    rights_of,
    shelved,
    shop,
    wait,
)
from request_world import LONG

from obq_privacy.errors import Denied
from obq_privacy.rights import Cessation, DeletionGround, DeletionState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obq_privacy import Guard
    from obq_privacy.rights import Rights

WRITES = (
    *("enter", "append", "put_profile", "begin_erasure", "finish_erasure", "keep", "drop", "strike", "amend"),
    *("add_subject", "destroy_key", "add_key"),
)
GROUND = DeletionGround.NO_CONSENT


def delete_everything(guard: Guard, rights: Rights) -> None:
    """Delete somebody of whom nothing has to stay."""
    rights.delete(guard.subject("free"), GROUND, by="clerk", key="k")


def delete_what_may_go(guard: Guard, rights: Rights) -> None:
    """Delete somebody of whom goods have to stay."""
    rights.delete(guard.subject("bound"), GROUND, by="clerk", key="k")


def delete_parts(guard: Guard, rights: Rights) -> None:
    """Delete a record, an order and what is on the shelf."""
    what = ["person-bound", "order-1-bound", "row-1"]
    rights.delete(guard.subject("bound"), GROUND, by="clerk", what=what, key="k")


def cancel(guard: Guard, rights: Rights) -> None:
    """Cancel both accounts."""
    rights.cancel_account(guard.subject("free"))
    rights.cancel_account(guard.subject("bound"))


def cease(guard: Guard, rights: Rights) -> None:
    """Cease, announce and erase."""
    del guard
    cessation: Cessation = rights.cease_operations(by="board")
    cessation.announce("front page")
    cessation.erase()


def correct(guard: Guard, rights: Rights) -> None:
    """Correct a name."""
    del guard
    rights.correct("person-free", "name", "Han Meimei", by="clerk", key="k")


def state(guard: Guard, shelf: Shelf) -> object:
    """Give what is there: records with their fields, the shelf, and who is erased, closed or restricted."""
    found: dict[str, object] = {}
    for name in ("free", "bound", "other"):
        subject = guard.subject(name)
        standing = subject.standing
        records = {
            record: sorted(row.field for row in guard._core.store.load(record))
            for record in guard.vault.records(subject)
        }
        found[name] = (
            records,
            standing.erased,
            standing.closed is not None,
            sorted(standing.restrictions),
            [name for name in shelf.names() if name.startswith("row")],
            sorted(shelf.marked()),
        )
        if not standing.erased and f"person-{name}" in records:
            with suppress(Denied):
                found[f"{name} said"] = guard.vault.load(Person, f"person-{name}").name.reveal(Delivery)
    return found


def outcome(rights: Rights) -> list[tuple[object, ...]]:
    """Give what the docket says of every deletion, apart from names and times."""
    store = rights._desk.core.store
    cases = [rights.deletion(row.case) for row in store.cases("deletion")]
    return sorted(
        (
            one.state.value,
            one.account,
            len(one.stays),
            one.destroyed is None,
            [told.recipient for told in one.notices],
            sorted((shown.holder, "key" if "destroyed" in shown.shows else shown.values) for shown in one.evidence),
        )
        for one in cases
    )


def prepared(folder: Path) -> None:
    """Make a shop with three people and a shelf."""
    shelf = Shelf(folder / "shelf")
    with shop(folder / "db", real=True) as guard:
        for name, orders in (("free", 0), ("bound", 1), ("other", 1)):
            shelved(guard, shelf, filled(guard, name, orders=orders))


def armed(guard: Guard, shelf: Shelf, last: int) -> None:
    """Let the process kill itself before its write number `last`."""
    left = last

    def fused(act: Callable[..., Any]) -> Callable[..., Any]:
        def before(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*args, **kwargs)

        return before

    store: Any = guard._core.store
    for name in WRITES:
        setattr(store, name, fused(getattr(store, name)))
    for name in ("erase", "isolate"):
        setattr(shelf, name, fused(getattr(shelf, name)))


def killed(folder: Path, act: Callable[[Guard, Rights], None], last: int) -> bool:
    """Do something in a process that dies before its write number `last`; tell whether it died."""

    def work() -> None:
        shelf = Shelf(folder / "shelf")
        with shop(folder / "db", real=True) as guard:
            rights = rights_of(guard, shelf)
            armed(guard, shelf, last)
            act(guard, rights)

    _, status = os.waitpid(child(work), 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, -signal.SIGKILL}
    return code != 0


@pytest.mark.clause("RIGHT-2", "RIGHT-3", "USE-6", "USE-24", "DEF-4")
@pytest.mark.parametrize("act", [delete_everything, delete_what_may_go, delete_parts, cancel, cease, correct])
def test_killed_before_any_write_it_is_finished_by_the_next(
    act: Callable[[Guard, Rights], None], tmp_path: Path
) -> None:
    """The same is there as if nobody had been killed, others are untouched, and repeating changes nothing."""
    fresh, whole = tmp_path / "fresh", tmp_path / "whole"
    fresh.mkdir()
    prepared(fresh)
    shutil.copytree(fresh, whole)
    shelf = Shelf(whole / "shelf")
    with shop(whole / "db", real=True) as guard:
        rights = rights_of(guard, shelf)
        act(guard, rights)
        wanted, said = state(guard, shelf), outcome(rights)
    last = 0
    pace = 4 if act in {cancel, cease} and not LONG else 1  # they repeat for several people what the others do for one
    while True:
        last += pace if last else 1
        folder = tmp_path / str(last)
        shutil.copytree(fresh, folder)
        shelf = Shelf(folder / "shelf")
        if not killed(folder, act, last):
            break
        with shop(folder / "db", real=True) as guard:
            rights = rights_of(guard, shelf)
            rights.resume()
            assert all(one[0] != DeletionState.ORDERED.value for one in outcome(rights))
            for _ in range(2):
                act(guard, rights)
                assert (state(guard, shelf), outcome(rights)) == (wanted, said)
                rights.resume()
            guard.audit.verify()
        shutil.rmtree(folder)
    assert last > 3


@pytest.mark.clause("RIGHT-3")
def test_processes_that_carry_out_the_same_deletion_do_it_once(tmp_path: Path) -> None:
    """Each thing is shown once, and the end is the same as with one of them."""
    prepared(tmp_path)

    def work() -> None:
        with shop(tmp_path / "db", real=True) as guard:
            rights = rights_of(guard, Shelf(tmp_path / "shelf"))
            delete_what_may_go(guard, rights)
            rights.resume()

    wait(*[child(work) for _ in range(3)])
    shelf = Shelf(tmp_path / "shelf")
    with shop(tmp_path / "db", real=True) as guard:
        rights = rights_of(guard, shelf)
        (deletion,) = rights.deletions()
        assert deletion.state is DeletionState.ISOLATED
        assert {stay.spot[1:] for stay in deletion.stays} == {("order-1-bound", "number"), ("order-1-bound", "goods")}
        plans = sum('"step":"plan"' in entry.text for entry in guard._core.store.entries(deletion.case))
        assert len(deletion.evidence) <= 2 * plans
        assert guard.vault.records(guard.subject("bound")) == ["order-1-bound"]
        assert len(shelf.names()) == 2
        guard.audit.verify()
