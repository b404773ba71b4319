"""Deletion: what may go goes everywhere, what must stay is isolated, and whoever got values is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from deletion_world import (
    CARRIER,
    DAY,
    DEPOT,
    GOODS,
    GOODS_VALUE,
    NAME,
    NAME_VALUE,
    PHOTO,
    PHOTO_VALUE,
    START,
    YEAR,
    Delivery,
    HandClock,
    Marketing,
    Order,
    Person,
    Shelf,
    TaxAudit,
    filled,
    outcomes,
    rights_of,
    shelved,
    shop,
    shopper,
)

from obq_privacy.errors import (
    ArgumentInvalid,
    CaseUnknown,
    DeletionInvalid,
    Denied,
    HolderFailed,
    IdentityUnverified,
    KeyErased,
    KeyReused,
    RecordUnknown,
    Restricted,
    TransitionInvalid,
)
from obq_privacy.policy import Anchor
from obq_privacy.rights import DeletionGround, DeletionState, Holding, RequestKind, Requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Guard

GROUND = DeletionGround.NO_CONSENT


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
    """A holder outside."""
    return Shelf(tmp_path / "shelf")


# ── Everything ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3", "DEF-4")
def test_where_nothing_has_to_stay_the_key_is_destroyed(guard: Guard, shelf: Shelf) -> None:
    """Vault and holders are empty, no old wrapper or token opens, and the evidence says what was done where."""
    subject, other = filled(guard, orders=0), filled(guard, "other", orders=0)
    shelved(guard, shelf, subject)
    shelved(guard, shelf, other)
    name = guard.vault.load(Person, "person-shopper").name
    token = name.seal(record="x")
    deletion = rights_of(guard, shelf).delete(subject, GROUND, by="clerk")
    assert deletion.state is DeletionState.COMPLETE
    assert (deletion.ground, deletion.by, deletion.ordered, deletion.destroyed) == (GROUND, "clerk", START, START)
    assert {(one.holder, one.values) for one in deletion.evidence} == {("vault", 4), ("shelf", 1)}
    assert any("destroyed" in one.shows for one in deletion.evidence)
    assert subject.standing.erased
    with pytest.raises(RecordUnknown):
        guard.vault.load(Person, "person-shopper")
    with pytest.raises(Denied):
        name.reveal(Delivery)
    with pytest.raises(KeyErased):
        guard.unseal(NAME, token, record="x")
    assert len(shelf.names()) == 1
    assert guard.vault.load(Person, "person-other").name.reveal(Delivery) == NAME_VALUE


@pytest.mark.clause("RIGHT-3", "PROT-3")
@pytest.mark.parametrize("completed", [True, False])
def test_what_the_law_wants_kept_stays_isolated(
    guard: Guard, clock: HandClock, shelf: Shelf, *, completed: bool
) -> None:
    """The goods of an order stay for the tax office alone until the period is over, and then go with the key."""
    subject = filled(guard)
    if completed:
        subject.mark(Anchor.COMPLETION, matter="order-1")
    shelved(guard, shelf, subject)
    goods = guard.vault.load(Order, "order-1-shopper").goods
    rights = rights_of(guard, shelf)
    deletion = rights.delete(subject, GROUND, by="clerk")
    assert deletion.state is DeletionState.ISOLATED
    assert {stay.spot for stay in deletion.stays} == {
        ("vault", "order-1-shopper", "goods"),
        ("vault", "order-1-shopper", "number"),
    }
    (goods_stay,) = [stay for stay in deletion.stays if stay.item]
    done = subject.standing.marks.get((Anchor.COMPLETION.value, "order-1"))
    assert goods_stay.until == ("" if done is None else (done + 3 * YEAR).isoformat())
    assert guard.vault.records(subject) == ["order-1-shopper"]
    assert shelf.names() == []
    assert goods.reveal(TaxAudit) == GOODS_VALUE
    with pytest.raises(Restricted):
        goods.reveal(Delivery)
    with pytest.raises(Restricted):
        subject.collect(NAME, NAME_VALUE)
    if not completed:
        subject.mark(Anchor.COMPLETION, matter="order-1")
    clock.move(3 * YEAR - DAY)
    assert rights.resume()[0].state is DeletionState.ISOLATED
    clock.move(2 * DAY)
    assert rights.resume()[0].state is DeletionState.COMPLETE
    assert subject.standing.erased


@pytest.mark.clause("RIGHT-3", "PROT-3")
def test_a_legal_hold_keeps_what_it_names_until_it_is_released(guard: Guard) -> None:
    """Held values stay isolated, whatever the ground; after the release they go."""
    subject = filled(guard, orders=0)
    subject.hold(NAME, reference="court 12")
    rights = rights_of(guard)
    deletion = rights.delete(subject, DeletionGround.UNLAWFUL, by="clerk")
    assert [(stay.item, stay.holds) for stay in deletion.stays] == [("consignee-name", "court 12"), ("", "")]
    assert rights.resume()[0].state is DeletionState.ISOLATED
    subject.release("court 12")
    assert rights.resume()[0].state is DeletionState.COMPLETE
    assert rights.deletion(deletion.case).destroyed is not None


@pytest.mark.clause("RIGHT-3")
def test_a_hold_on_everything_keeps_everything(guard: Guard, shelf: Shelf) -> None:
    """Nothing goes, and holders are told to keep their part apart."""
    subject = filled(guard)
    shelved(guard, shelf, subject)
    subject.hold(reference="court 12")
    deletion = rights_of(guard, shelf).delete(subject, GROUND, by="clerk")
    assert len(deletion.stays) == 8
    assert not deletion.evidence
    assert shelf.marked() == ["row-1.name"]
    with pytest.raises(Restricted):
        guard.vault.load(Person, "person-shopper").name.reveal(Delivery)


# ── Parts ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3")
def test_single_records_and_fields_go(guard: Guard, shelf: Shelf) -> None:
    """What is not named stays as usable as it was."""
    subject = filled(guard, orders=2)
    for row in ("row-1", "row-2"):
        shelved(guard, shelf, subject, row)
    rights = rights_of(guard, shelf)
    deletion = rights.delete(subject, GROUND, by="clerk", what=[("person-shopper", "photo"), "row-1"])
    assert deletion.state is DeletionState.COMPLETE
    assert deletion.destroyed is None
    assert {(one.holder, one.values) for one in deletion.evidence} == {("vault", 1), ("shelf", 1)}
    person = guard.vault.load(Person, "person-shopper")
    assert person.photo is None
    assert person.number == "7"
    assert person.name.reveal(Delivery) == NAME_VALUE
    assert [name.split(".", 1)[0] for name in shelf.names()] == ["row-2"]
    rights.delete(subject, GROUND, by="clerk", what=["person-shopper"])
    assert guard.vault.records(subject) == ["order-1-shopper", "order-2-shopper"]


@pytest.mark.clause("RIGHT-3", "PROT-3")
def test_of_a_named_record_the_law_may_want_a_part(guard: Guard) -> None:
    """The goods of the one order are isolated, its name is gone, and the other order is as usable as before."""
    subject = filled(guard, orders=2)
    deletion = rights_of(guard).delete(subject, GROUND, by="clerk", what=["order-1-shopper"])
    assert [(stay.item, stay.matter) for stay in deletion.stays if stay.item] == [("goods", "order-1")]
    other = guard.vault.load(Order, "order-2-shopper")
    assert other.goods.reveal(Delivery) == GOODS_VALUE
    kept = {row.field: row for row in guard._core.store.load("order-1-shopper")}
    assert sorted(kept) == ["goods", "number"]
    goods = guard.unseal(GOODS, kept["goods"].token, record="15:order-1-shopper/goods")
    with pytest.raises(Restricted):
        goods.reveal(Delivery)
    assert goods.reveal(TaxAudit) == GOODS_VALUE


def test_what_is_not_there_cannot_be_deleted(guard: Guard) -> None:
    """Nothing is written down; a name that is there beside others is enough."""
    subject, rights = filled(guard), rights_of(guard)
    for wrong in (["none"], [("person-shopper", "none")], ["person-other"]):
        with pytest.raises(DeletionInvalid):
            rights.delete(subject, GROUND, by="clerk", what=wrong)
    assert rights.deletions() == []
    assert outcomes(guard, "delete") == []
    rights.delete(subject, GROUND, by="clerk", what=["none", "person-shopper"])


@pytest.mark.clause("RIGHT-1", "RIGHT-3")
@pytest.mark.parametrize("what", [[], ["pair"]])
def test_of_a_record_about_two_people_one_part_goes(guard: Guard, what: list[str]) -> None:
    """Neither an export nor a deletion of the one touches what is the other's."""
    one, other = shopper(guard, "one"), shopper(guard, "other")
    name, photo = one.collect(NAME, NAME_VALUE), other.collect(PHOTO, PHOTO_VALUE)
    guard.vault.keep("pair", Person(number="7", name=name, photo=photo))
    rights = rights_of(guard)
    assert {value["field"] for value in json.loads(rights.export(one, by="clerk").text)["values"]} == {
        "number",
        "name",
        "born",
    }
    assert {value["field"] for value in json.loads(rights.export(other, by="clerk").text)["values"]} == {"photo"}
    rights.delete(one, GROUND, by="clerk", what=what)
    assert [row.field for row in guard._core.store.load("pair")] == ["photo"]
    assert not other.standing.erased
    assert photo.reveal(Delivery) == PHOTO_VALUE


# ── Recipients ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3")
def test_recipients_are_listed_and_their_confirmation_is_tracked(guard: Guard, clock: HandClock) -> None:
    """Who got values is to be told what; the deletion is over when everybody has confirmed."""
    subject = filled(guard)
    clock.move(DAY)
    person = guard.vault.load(Person, "person-shopper")
    person.name.share(Delivery, to=DEPOT)
    filled(guard, "other")
    rights = rights_of(guard)
    deletion = rights.delete(subject, GROUND, by="clerk", what=["person-shopper"])
    assert [(one.recipient, one.items, one.last) for one in deletion.notices] == [
        ("carrier", ("consignee-name",), START),
        ("depot", ("consignee-name",), START + DAY),
    ]
    assert [one.case for one in rights.deletions()] == [deletion.case]
    rights.acknowledge(deletion.case, "depot", reference="mail 4")
    (left,) = rights.deletion(deletion.case).outstanding
    assert left.recipient == "carrier"
    assert len(rights.deletions()) == 1
    for _ in range(2):
        rights.acknowledge(deletion.case, "carrier", reference="mail 5")
    assert rights.deletions() == []
    told = rights.deletion(deletion.case).notices
    assert [(one.acknowledged, one.reference) for one in told] == [(START + DAY, "mail 5"), (START + DAY, "mail 4")]
    with pytest.raises(ArgumentInvalid):
        rights.acknowledge(deletion.case, "nobody", reference="x")


@pytest.mark.clause("RIGHT-3")
def test_only_who_got_what_is_deleted_is_told(guard: Guard) -> None:
    """A photo went to nobody, and a value that is collected later is not what went before."""
    subject, rights = filled(guard), rights_of(guard)
    assert rights.delete(subject, GROUND, by="clerk", what=[("person-shopper", "photo")]).notices == ()
    assert rights.deletions() == []


# ── Requests, repetition, failures ────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("RIGHT-3", "RIGHT-6")
def test_for_a_request_identity_comes_first(guard: Guard) -> None:
    """Nothing is deleted before somebody works on a verified request of the same subject to delete."""
    subject, rights, requests = filled(guard, orders=0), rights_of(guard), Requests(guard)
    request = requests.receive(subject, RequestKind.DELETE, ground=GROUND)
    with pytest.raises(IdentityUnverified):
        rights.delete(subject, GROUND, by="clerk", request=request.case)
    requests.verify(request, method="code", by="clerk")
    with pytest.raises(TransitionInvalid):
        rights.delete(subject, GROUND, by="clerk", request=request.case)
    requests.begin(request, by="clerk")
    with pytest.raises(ArgumentInvalid):
        rights.delete(shopper(guard, "other"), GROUND, by="clerk", request=request.case)
    with pytest.raises(CaseUnknown):
        rights.delete(subject, GROUND, by="clerk", request="request-1")
    other = requests.receive(subject, RequestKind.EXPORT)
    with pytest.raises(ArgumentInvalid):
        rights.delete(subject, GROUND, by="clerk", request=other.case)
    assert not subject.standing.erased
    deletion = rights.delete(subject, GROUND, by="clerk", request=request.case)
    assert deletion.request == request.case
    requests.fulfil(request, evidence=deletion.case, by="clerk")


def test_a_key_is_one_deletion(guard: Guard) -> None:
    """Repeated, it changes nothing; for something else it is refused."""
    subject, rights = filled(guard), rights_of(guard)
    first = rights.delete(subject, GROUND, by="clerk", key="k")
    assert rights.delete(subject, GROUND, by="clerk", key="k") == first
    with pytest.raises(KeyReused):
        rights.delete(subject, DeletionGround.BREACH, by="clerk", key="k")


@pytest.mark.clause("RIGHT-3")
def test_a_holder_that_fails_is_asked_again(guard: Guard, shelf: Shelf) -> None:
    """Its error says no value; what was isolated stays so, and resuming goes on."""
    subject = filled(guard, orders=0)
    shelved(guard, shelf, subject)
    rights = rights_of(guard, shelf)
    shelf.fails = True
    with pytest.raises(HolderFailed) as caught:
        rights.delete(subject, GROUND, by="clerk")
    assert (caught.value.holder, caught.value.raised, caught.value.__context__) == ("shelf", "OSError", None)
    assert NAME_VALUE not in str(caught.value)
    (deletion,) = rights.deletions()
    assert deletion.state is DeletionState.ORDERED
    with pytest.raises(HolderFailed):
        rights.resume()
    with pytest.raises(Restricted):
        guard.vault.load(Person, "person-shopper").name.reveal(Marketing)
    shelf.fails = False
    assert rights.resume()[0].state is DeletionState.COMPLETE
    assert shelf.names() == []


@pytest.mark.clause("RIGHT-3")
def test_a_part_that_was_cut_short_ends_with_the_subject(guard: Guard, shelf: Shelf) -> None:
    """Somebody who was erased meanwhile has nothing left to isolate, and what a holder has still goes."""
    subject = filled(guard)
    shelved(guard, shelf, subject)
    rights = rights_of(guard, shelf)
    erase = shelf.erase
    shelf.erase = _broken  # type: ignore[method-assign]
    with pytest.raises(HolderFailed):
        rights.delete(subject, GROUND, by="clerk", what=["order-1-shopper", "row-1"])
    subject.erase()
    shelf.erase = erase  # type: ignore[method-assign]
    (deletion,) = rights.resume()
    assert deletion.state is DeletionState.COMPLETE
    assert shelf.names() == []


def _broken(*_: object) -> str:
    raise OSError(NAME_VALUE)


@pytest.mark.clause("RIGHT-3")
def test_what_nobody_can_read_goes_unless_it_is_held(guard: Guard, shelf: Shelf) -> None:
    """A damaged value, and one of an item that the policy does not declare any more."""
    subject = filled(guard, orders=0)
    token = subject.collect(NAME, NAME_VALUE).seal(record="r")
    shelf.put(subject, Holding("odd", "name", "gone-item", token, "r"))
    shelf.put(subject, Holding("short", "name", NAME.key, b"?", "r"))
    rights = rights_of(guard, shelf)
    subject.hold(reference="court 1")
    deletion = rights.delete(subject, GROUND, by="clerk", what=["odd", "short"])
    assert [(stay.place, stay.item, stay.holds) for stay in deletion.stays] == [
        ("odd", "gone-item", "court 1"),
        ("short", "consignee-name", "court 1"),
    ]
    assert len(shelf.names()) == 2
    subject.release("court 1")
    rights.resume()
    assert shelf.names() == []


def test_arguments_are_checked(guard: Guard, shelf: Shelf) -> None:
    """Callers without a type checker are told before anything is done."""
    subject, rights, wrong = filled(guard), rights_of(guard), "wrong"
    bad: Any = wrong
    for act in (
        lambda: rights.delete(bad, GROUND, by="clerk"),
        lambda: rights.delete(subject, bad, by="clerk"),
        lambda: rights.delete(subject, GROUND, by="clerk", what=[""]),
        lambda: rights_of(bad),
        lambda: rights_of(guard, shelf, shelf),
        lambda: rights_of(guard, Shelf(shelf._folder, "vault")),
    ):
        with pytest.raises(ArgumentInvalid):
            act()
    with pytest.raises(CaseUnknown):
        rights.deletion("deletion-1")
    with pytest.raises(CaseUnknown):
        rights.acknowledge("deletion-1", CARRIER.key, reference="x")
    assert rights.resume() == []
