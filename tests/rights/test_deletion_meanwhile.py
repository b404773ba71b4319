"""What happens while a deletion or correction is under way: new values, holds, recipients, and other processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from deletion_world import (
    CARRIER,
    DAY,
    DELIVERIES,
    DEPOT,
    GOODS_VALUE,
    NAME,
    NAME_VALUE,
    YEAR,
    Delivery,
    HandClock,
    Order,
    Person,
    Shelf,
    filled,
    rights_of,
    shelved,
    shop,
    shopper,
    with_label,
)

from obq_privacy.errors import ArgumentInvalid, HolderFailed, KeyReused, SealBroken
from obq_privacy.policy import Anchor
from obq_privacy.rights import DeletionGround, DeletionState, Fate, Holding, Rights, sweep, sweep_of
from obq_privacy.rights import _correct as corrections_of
from obq_privacy.rights import _delete as deletions_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Guard

GROUND = DeletionGround.NO_CONSENT
NEW = "Han Meimei of Canary Row"


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock()


@pytest.fixture(params=["memory", "file"])
def guard(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Guard]:
    """A guard in memory, and one on a file."""
    with shop(tmp_path / "db" if request.param == "file" else None, clock=clock) as guard:
        yield guard


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A holder with files."""
    return Shelf(tmp_path / "shelf")


def broken(*_: object) -> str:
    """Fail, as a holder that is down."""
    raise OSError(NAME_VALUE)


# ── New values ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3")
def test_what_is_kept_later_in_the_same_place_is_not_deleted(guard: Guard, clock: HandClock) -> None:
    """Of a named record something stays; another record of that name comes, and outlives the end of the duty."""
    subject = filled(guard)
    rights = rights_of(guard)
    assert rights.delete(subject, GROUND, by="clerk", what=["order-1-shopper"]).state is DeletionState.ISOLATED
    clock.move(DAY)
    guard.vault.keep("order-1-shopper", subject.collect_record(Person, number="8", name=NEW))
    rights.resume()
    clock.move(4 * YEAR)
    rights.resume()
    assert guard.vault.load(Person, "order-1-shopper").name.reveal(Delivery) == NEW
    assert guard.vault.load(Person, "order-1-shopper").number == "8"


@pytest.mark.clause("RIGHT-3")
def test_a_deletion_that_was_cut_short_spares_what_came_after_it(guard: Guard, clock: HandClock, shelf: Shelf) -> None:
    """Cut short before its first plan or after it, in the vault and with a holder; what is old goes."""
    subject = filled(guard, orders=0)
    shelved(guard, shelf, subject)
    rights = rights_of(guard, shelf)
    erase = shelf.erase
    shelf.erase = broken  # type: ignore[method-assign]
    with pytest.raises(HolderFailed):
        rights.delete(subject, GROUND, by="clerk", what=["person-shopper", "row-1"])
    clock.move(DAY)
    guard.vault.keep("person-shopper", subject.collect_record(Person, number="8", name=NEW))
    shelved(guard, shelf, subject, "row-1")
    shelf.erase = erase  # type: ignore[method-assign]
    assert rights.resume()[0].state is DeletionState.COMPLETE
    assert guard.vault.load(Person, "person-shopper").name.reveal(Delivery) == NEW
    assert [name.split(".")[0] for name in shelf.names()] == ["row-1"]
    shelf.fails = True
    with pytest.raises(HolderFailed):
        rights.delete(subject, GROUND, by="clerk", what=["person-shopper"], key="k")
    assert rights.deletions() == []  # nothing could be found, so nothing was ordered


@pytest.mark.clause("RIGHT-2", "RIGHT-3")
def test_a_value_that_had_to_stay_goes_even_if_it_was_corrected(guard: Guard, clock: HandClock) -> None:
    """A correction makes no new value of it."""
    subject = filled(guard)
    rights = rights_of(guard)
    rights.delete(subject, GROUND, by="clerk", what=["order-1-shopper"])
    clock.move(DAY)
    rights.correct("order-1-shopper", "goods", "two umbrellas", by="clerk")
    subject.mark(Anchor.COMPLETION, matter="order-1")
    clock.move(4 * YEAR)
    rights.resume()
    assert guard.vault.records(subject) == ["person-shopper"]


# ── Recipients ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3")
def test_who_got_a_part_before_it_was_gone_is_told(guard: Guard, clock: HandClock, shelf: Shelf) -> None:
    """Also after it was planned to go; who gets another value of the item afterwards is not."""
    subject = filled(guard, orders=0)
    shelved(guard, shelf, subject)
    rights = rights_of(guard, shelf)
    (held,) = shelf.holdings(subject.pseudonym)
    erase = shelf.erase
    shelf.erase = broken  # type: ignore[method-assign]
    with pytest.raises(HolderFailed):
        rights.delete(subject, GROUND, by="clerk", what=["row-1"])
    clock.move(DAY)
    guard.unseal(NAME, held.token, record="row-1").share(Delivery, to=CARRIER)
    shelf.erase = erase  # type: ignore[method-assign]
    clock.move(DAY)
    (deletion,) = rights.resume()
    assert [told.recipient for told in deletion.outstanding] == ["carrier"]
    clock.move(DAY)
    guard.vault.load(Person, "person-shopper").name.share(Delivery, to=DEPOT)
    assert rights.deletion(deletion.case).notices == deletion.notices


@pytest.mark.clause("RIGHT-2", "RIGHT-3")
@pytest.mark.parametrize("what", ["deletion", "correction"])
def test_recipients_that_confirm_at_once_end_the_case(guard: Guard, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Each sees the confirmation of the other, so nothing is left open with nobody to wait for."""
    filled(guard)
    order = guard.vault.load(Order, "order-1-shopper")
    order.name.share(Delivery, to=DEPOT)
    rights = rights_of(guard)
    case = (
        rights.delete(guard.subject("shopper"), GROUND, by="clerk", what=["person-shopper"]).case
        if what == "deletion"
        else rights.correct("order-1-shopper", "name", NEW, by="clerk").case
    )
    module = deletions_of if what == "deletion" else corrections_of
    check = module.check_recipient

    def slow(told: Any, recipient: str) -> None:
        check(told, recipient)
        monkeypatch.undo()
        Rights(guard).acknowledge(case, DEPOT.key, reference="mail 2")

    monkeypatch.setattr(module, "check_recipient", slow)
    assert rights.acknowledge(case, CARRIER.key, reference="mail 1").outstanding == ()
    assert (rights.deletions(), rights.corrections()) == ([], [])


@pytest.mark.clause("RIGHT-3")
def test_a_deletion_that_waits_for_nobody_is_over_when_it_is_resumed(guard: Guard) -> None:
    """Even if the docket has it open."""
    subject, rights = filled(guard), rights_of(guard)
    case = rights.delete(subject, GROUND, by="clerk", what=["person-shopper"]).case
    rights.acknowledge(case, CARRIER.key, reference="mail 1")
    store = guard._core.store
    (row,) = [row for row in store.cases("deletion") if row.case == case]
    text = store.entries(case)[-1].text
    store.enter(case, row.kind, subject.pseudonym, lambda _: (text, True, None), guard._core.clock.now())
    assert [one.case for one in rights.deletions()] == [case]
    rights.resume()
    assert rights.deletions() == []


# ── Holds ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3", "PROT-3")
@pytest.mark.parametrize(("what", "step"), [([], "_destroy"), ([], "_keep_apart"), (["person-shopper"], "_keep_apart")])
def test_a_hold_that_comes_after_the_plan_is_kept_to(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, what: list[str], step: str
) -> None:
    """What it names stays, isolated, with what makes sense of it, and goes when the matter is over."""
    subject = filled(guard, orders=0)
    rights = rights_of(guard)
    act = getattr(deletions_of._Work, step)

    def late(self: Any, *rest: Any) -> Any:
        monkeypatch.undo()
        subject.hold(NAME, reference="court 7")
        return act(self, *rest)

    monkeypatch.setattr(deletions_of._Work, step, late)
    deletion = rights.delete(subject, GROUND, by="clerk", what=what)
    assert deletion.state is DeletionState.ISOLATED
    assert deletion.destroyed is None
    assert {(stay.item, stay.holds) for stay in deletion.stays} == {("consignee-name", "court 7"), ("", "")}
    assert [row.field for row in guard._core.store.load("person-shopper")] == ["number", "name"]
    subject.release("court 7")
    assert rights.resume()[0].state is DeletionState.COMPLETE
    assert guard.vault.records(subject) == []


# ── Damage ────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = {"at": 1, "exact": [], "wide": [], "region": "CN", "source": ["subject", ""], "sensitivity": 1, "version": "1"}
BAD_LABELS = [
    *(b"", b"\xff", b"5", b"[]", b"[" * 60_000, b"{}", json.dumps(WHOLE | {"more": 1}).encode()),
    *(json.dumps({key: kept for key, kept in WHOLE.items() if key != name}).encode() for name in WHOLE),
    *(json.dumps(WHOLE | {name: None}).encode() for name in (*WHOLE, "matter", "topics", "ends")),
    json.dumps(WHOLE | {"at": 10**15}).encode(),
    json.dumps(WHOLE | {"ends": -1}).encode(),
    json.dumps(WHOLE | {"sensitivity": 99}).encode(),
    json.dumps(WHOLE | {"source": ["moon", ""]}).encode(),
    json.dumps(WHOLE | {"source": ["subject"]}).encode(),
    json.dumps(WHOLE | {"wide": [["x"]]}).encode(),
    json.dumps(WHOLE | {"matter": "\ud800"}).encode(),
]


@pytest.mark.clause("RIGHT-1", "RIGHT-3", "PROT-3")
@pytest.mark.parametrize("label", BAD_LABELS)
def test_a_damaged_label_stops_nothing(label: bytes, shelf: Shelf) -> None:
    """It is exported as unreadable, left by sweeps, and deleted; unsealing it is refused as any damage is."""
    with shop() as guard:
        subject = filled(guard, orders=0)
        token = with_label(subject.collect(NAME, NAME_VALUE).seal(record="row-1"), label)
        shelf.put(subject, Holding("row-1", "name", NAME.key, token, "row-1"))
        rights = rights_of(guard, shelf)
        values = json.loads(rights.export(subject, by="clerk").text)["values"]
        assert [one["value"] for one in values if one["place"] == "row-1"] == [None]
        assert sweep(guard, holders=[shelf]).counts[NAME.key].unknown == 1
        with pytest.raises(SealBroken):
            guard.unseal(NAME, token, record="row-1")
        assert rights.delete(subject, GROUND, by="clerk").state is DeletionState.COMPLETE
        assert shelf.names() == []


@pytest.mark.clause("RIGHT-3", "USE-24")
def test_one_deletion_that_fails_does_not_stop_the_others(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resuming and ceasing go on with everybody else, and then say what failed."""
    people = [filled(guard, name, orders=0) for name in ("one", "two", "three")]
    rights = rights_of(guard)
    carry_out, bad = deletions_of._Work.carry, people[1].pseudonym

    def fails(self: Any, plan: Any) -> bool:
        if self.there.subject == bad:
            raise SealBroken
        return carry_out(self, plan)

    with monkeypatch.context() as patch:
        patch.setattr(deletions_of._Work, "carry", fails)
        cessation = rights.cease_operations(by="board")
        cessation.announce("front page")
        for act in (cessation.erase, rights.resume):
            with pytest.raises(SealBroken):
                act()
        assert [one.standing.erased for one in people] == [True, False, True]
        assert not cessation.done
    rights.resume()
    assert rights.cease_operations(by="board").done
    assert people[1].standing.erased


# ── Keys, and whose subjects they are ─────────────────────────────────────────────────────────────────────


def test_a_key_of_one_correction_is_none_of_another(guard: Guard) -> None:
    """For another field, by somebody else, or for a request: nothing is changed in silence."""
    filled(guard)
    rights = rights_of(guard)
    rights.correct("person-shopper", "name", NEW, by="clerk", key="k")
    for record, field, by in (
        ("order-1-shopper", "name", "clerk"),
        ("order-1-shopper", "goods", "clerk"),
        ("person-shopper", "name", "another clerk"),
    ):
        with pytest.raises(KeyReused):
            rights.correct(record, field, NEW, by=by, key="k")
    assert guard.vault.load(Order, "order-1-shopper").name.reveal(Delivery) == NAME_VALUE
    assert guard.vault.load(Order, "order-1-shopper").goods.reveal(Delivery) == GOODS_VALUE


@pytest.mark.clause("USE-6", "USE-24")
@pytest.mark.parametrize("key", ["account", "cessation"])
def test_no_key_of_the_application_stands_in_for_the_end_of_an_account(guard: Guard, key: str) -> None:
    """Whatever was deleted before, the account is closed, and everything goes."""
    subject = filled(guard, orders=0)
    rights = rights_of(guard)
    rights.delete(subject, GROUND, by="clerk", what=[("person-shopper", "photo")], key=key)
    if key == "account":
        assert rights.cancel_account(subject).account
    else:
        cessation = rights.cease_operations(by="board")
        cessation.announce("front page")
        assert cessation.erase() == 1
    assert subject.standing.erased


def test_a_subject_of_another_guard_is_refused(guard: Guard) -> None:
    """It knows other people under other keys; nothing is written down."""
    with shop() as other:
        stranger = shopper(other)
        own = shopper(guard, "own")
        rights = rights_of(guard)
        for act in (
            lambda: rights.export(stranger, by="clerk"),
            lambda: rights.delete(stranger, GROUND, by="clerk"),
            lambda: rights.cancel_account(stranger),
            lambda: rights.cancel_account(own, by=stranger),
            lambda: rights.cease_operations(by="board").notified(stranger, method="mail"),
        ):
            with pytest.raises(ArgumentInvalid):
                act()
        assert rights.deletions() == []


def test_what_is_no_argument_is_said_before_anything_is_done(guard: Guard) -> None:
    """A text is no list of letters, and a number is no list at all."""
    subject, rights, wrong = filled(guard), rights_of(guard), 5
    bad: Any = wrong
    three: Any = [("order-1-shopper", "name", "more")]
    text: Any = "order"
    for act in (
        lambda: rights.delete(subject, GROUND, by="clerk", what=bad),
        lambda: rights.delete(subject, GROUND, by="clerk", what=[bad]),
        lambda: rights.delete(subject, GROUND, by="clerk", what=three),
        lambda: rights.delete(subject, GROUND, by="clerk", what=text),
        lambda: rights.delete(subject, GROUND, by="clerk", what=[(bad, "name")]),
        lambda: rights.export(subject, by=bad),
        lambda: rights.export(subject, by=""),
        lambda: rights.export(subject, by="clerk", request=bad),
        lambda: rights.cancel_account(subject, by=bad),
        lambda: rights.deletion(bad),
        lambda: rights.correction(bad),
        lambda: rights.acknowledge(bad, "carrier", reference="x"),
        lambda: rights.cease_operations(by="board").notified(bad, method="x"),
        lambda: Rights(guard, holders=bad),
        lambda: Rights(guard, holders=[bad]),
        lambda: sweep(guard, holders=bad),
        lambda: sweep(guard, holders=[bad]),
        lambda: sweep_of(bad, "sweep-1"),
        lambda: sweep_of(guard, bad),
    ):
        with pytest.raises(ArgumentInvalid):
            act()
    assert rights.deletions() == []


# ── Corrections that were cut short ───────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-2")
@pytest.mark.parametrize("replaced", [True, False])
def test_a_correction_that_was_cut_short_is_found(
    guard: Guard, clock: HandClock, monkeypatch: pytest.MonkeyPatch, *, replaced: bool
) -> None:
    """Where the value is in the vault, resuming says so; else it waits for whoever has it. Who got the old is told."""
    filled(guard)
    rights = rights_of(guard)
    store = guard._core.store
    amend = type(store).amend

    def cut(*args: Any) -> bool:
        if replaced:
            amend(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "amend", cut)
        with pytest.raises(KeyboardInterrupt):
            rights.correct("order-1-shopper", "name", NEW, by="clerk", key="k")
    (there,) = rights.corrections()
    assert there.corrected is None
    clock.move(DAY)
    rights.resume()
    (there,) = rights.corrections()
    assert (there.corrected is not None) is replaced
    again = rights.correct("order-1-shopper", "name", NEW, by="clerk", key="k")
    assert guard.vault.load(Order, "order-1-shopper").name.reveal(Delivery) == NEW
    assert (again.case, again.corrected is not None) == (there.case, True)
    rights.resume()
    assert rights.corrections() == [again]
    rights.acknowledge(there.case, CARRIER.key, reference="mail")
    assert rights.corrections() == []


# ── What the law wants kept ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-3", "RIGHT-3")
@pytest.mark.parametrize("policy", DELIVERIES)
def test_a_duty_by_law_holds_whatever_period_says_it(policy: Any, clock: HandClock) -> None:
    """A deletion and a sweep keep the same for the same time, for the tax office alone; then it goes."""
    with shop(policy=policy, clock=clock) as guard:
        swept, deleted = filled(guard, "swept"), filled(guard, "deleted")
        until = clock.clock.now() + 3 * YEAR
        rights = rights_of(guard)
        clock.move(400 * DAY)
        rights.delete(deleted, GROUND, by="clerk")
        fates = {row.subject: (row.fate, row.until) for row in sweep(guard).evidence if row.item == "goods"}
        assert fates[swept.pseudonym] == (Fate.RESTRICTED, until.isoformat())
        (stays,) = [one for one in rights.deletions()[0].stays if one.item]
        assert (stays.item, stays.until) == ("goods", until.isoformat())
        clock.move_to(until - DAY)
        assert sweep(guard).failed == ()
        rights.resume()
        assert guard.vault.records(deleted) == ["order-1-deleted"]
        assert [row.field for row in guard._core.store.load("order-1-swept")] == ["number", "name", "goods"]
        clock.move_to(until)
        sweep(guard)
        rights.resume()
        assert deleted.standing.erased
        assert [row.field for row in guard._core.store.load("order-1-swept")] == ["number", "name"]


# ── Exports ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-1")
def test_values_of_items_that_are_no_longer_declared_are_exported_whole(
    guard: Guard, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zero byte in them cuts nothing off, and without one nothing is lost."""
    subject = filled(guard, orders=0)
    for place, text in (("old-1", NAME_VALUE), ("old-2", "before\0after")):
        token = subject.collect(NAME, text).seal(record=place)
        shelf.put(subject, Holding(place, "name", NAME.key, token, place))
    rights = rights_of(guard, shelf)
    known = guard.policy.item
    with monkeypatch.context() as patch:
        patch.setattr(type(guard.policy), "item", lambda _, key: None if key == NAME.key else known(key))
        values = json.loads(rights.export(subject, by="clerk").text)["values"]
    found = {one["place"]: one["value"] for one in values if one["field"] in {"name", "number"}}
    assert found["old-1"] == NAME_VALUE
    assert found["old-2"] == "before\0after"
