"""Corrections: the value is replaced, who asked is kept, and who got the old one is to be told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from deletion_world import (
    CARRIER,
    DAY,
    DEPOT,
    GOODS_VALUE,
    NAME_VALUE,
    START,
    Delivery,
    HandClock,
    Order,
    Person,
    child,
    filled,
    outcomes,
    rights_of,
    shop,
    wait,
)

from obq_privacy.errors import (
    ArgumentInvalid,
    CaseUnknown,
    CorrectionInvalid,
    IdentityUnverified,
    JournalUnavailable,
    SealBroken,
    ValueInvalid,
)
from obq_privacy.rights import RequestKind, Requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Guard

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


@pytest.mark.clause("RIGHT-2", "PROT-2")
def test_a_correction_replaces_the_value(guard: Guard, clock: HandClock) -> None:
    """The new one is in the vault with the label of the old one; who did it and when is kept and recorded."""
    filled(guard, orders=0)
    before = guard.vault.load(Person, "person-shopper").name.label
    clock.move(DAY)
    correction = rights_of(guard).correct("person-shopper", "name", NEW, by="clerk")
    person = guard.vault.load(Person, "person-shopper")
    assert person.name.reveal(Delivery) == NEW
    assert person.name.label == before
    assert (person.number, person.photo is not None) == ("7", True)
    assert (correction.record, correction.field, correction.item) == ("person-shopper", "name", "consignee-name")
    assert (correction.by, correction.ordered, correction.corrected) == ("clerk", START + DAY, START + DAY)
    assert correction.notices == ()
    assert outcomes(guard, "correct") == [("done", "clerk", "")]
    assert NEW not in repr(correction)


@pytest.mark.clause("RIGHT-2")
def test_who_got_the_old_value_is_told(guard: Guard, clock: HandClock) -> None:
    """Until the correction, and not after it; confirmations are tracked."""
    filled(guard)
    rights = rights_of(guard)
    clock.move(DAY)
    correction = rights.correct("order-1-shopper", "name", NEW, by="clerk")
    clock.move(DAY)
    assert guard.vault.load(Order, "order-1-shopper").name.share(Delivery, to=DEPOT) == NEW
    (notice,) = rights.correction(correction.case).outstanding
    assert (notice.recipient, notice.items, notice.last) == (CARRIER.key, ("consignee-name",), START)
    told = rights.acknowledge(correction.case, CARRIER.key, reference="mail 3")
    assert told.outstanding == ()
    assert [(one.acknowledged, one.reference) for one in told.notices] == [(START + 2 * DAY, "mail 3")]
    with pytest.raises(ArgumentInvalid):
        rights.acknowledge(correction.case, DEPOT.key, reference="mail 4")
    assert rights.correct("order-1-shopper", "goods", "two umbrellas", by="clerk").notices == ()


@pytest.mark.clause("RIGHT-2")
def test_restricted_values_are_corrected_too(guard: Guard) -> None:
    """And stay restricted; a sensitive value stays encrypted."""
    subject = filled(guard)
    subject.withdraw()
    subject.restrict()
    rights_of(guard).correct("order-1-shopper", "goods", "two umbrellas", by="clerk")
    subject.lift()
    subject.grant(Delivery)
    assert guard.vault.load(Order, "order-1-shopper").goods.reveal(Delivery) == "two umbrellas"
    (row,) = [row for row in guard._core.store.load("order-1-shopper") if row.field == "goods"]
    assert b"umbrella" not in row.token
    assert GOODS_VALUE != "two umbrellas"


@pytest.mark.clause("RIGHT-2")
def test_a_value_that_does_not_fit_changes_nothing(guard: Guard) -> None:
    """The error says no value, and nothing is written down."""
    filled(guard, orders=0)
    rights = rights_of(guard)
    wrong: Any = 4_815_162_342
    with pytest.raises(ValueInvalid) as caught:
        rights.correct("person-shopper", "name", wrong, by="clerk")
    assert "4815162342" not in str(caught.value)
    for record, field in (("none", "name"), ("person-shopper", "none"), ("person-shopper", "number")):
        with pytest.raises(CorrectionInvalid):
            rights.correct(record, field, NEW, by="clerk")
    for bad in ("", " ", None):
        by: Any = bad
        with pytest.raises(ArgumentInvalid):
            rights.correct("person-shopper", "name", NEW, by=by)
    with pytest.raises(CaseUnknown):
        rights.correction("correction-1")
    assert guard.vault.load(Person, "person-shopper").name.reveal(Delivery) == NAME_VALUE
    assert list(guard._core.store.cases("correction")) == []


@pytest.mark.clause("RIGHT-2", "PROT-2")
def test_without_a_record_nothing_is_corrected(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the journal cannot be written, the old value stays."""
    filled(guard, orders=0)

    def failing(*_: Any) -> None:
        raise JournalUnavailable(place="journal", problem="full")

    with monkeypatch.context() as patch:
        patch.setattr(type(guard._core.journal), "append", failing)
        with pytest.raises(JournalUnavailable):
            rights_of(guard).correct("person-shopper", "name", NEW, by="clerk")
    assert guard.vault.load(Person, "person-shopper").name.reveal(Delivery) == NAME_VALUE


@pytest.mark.clause("RIGHT-2", "PROT-1")
def test_what_was_tampered_with_is_not_corrected(guard: Guard) -> None:
    """Its label is not to be trusted, so it is not taken over."""
    filled(guard, orders=0)
    store = guard._core.store
    (row,) = [row for row in store.load("person-shopper") if row.field == "name"]
    store.amend("person-shopper", "name", row.token, row.token[:-1] + bytes([row.token[-1] ^ 1]), START)
    with pytest.raises(SealBroken):
        rights_of(guard).correct("person-shopper", "name", NEW, by="clerk")


@pytest.mark.clause("RIGHT-2", "RIGHT-6")
def test_for_a_request_identity_comes_first(guard: Guard) -> None:
    """Nothing is corrected before somebody works on a verified request of the same subject to correct."""
    subject, rights, requests = filled(guard, orders=0), rights_of(guard), Requests(guard)
    request = requests.receive(subject, RequestKind.CORRECT, about="person-shopper")
    with pytest.raises(IdentityUnverified):
        rights.correct("person-shopper", "name", NEW, by="clerk", request=request.case)
    requests.verify(request, method="code", by="clerk")
    requests.begin(request, by="clerk")
    correction = rights.correct("person-shopper", "name", NEW, by="clerk", request=request.case)
    assert correction.request == request.case


def test_a_key_is_one_correction(guard: Guard) -> None:
    """Repeated, the first one stands."""
    filled(guard, orders=0)
    rights = rights_of(guard)
    first = rights.correct("person-shopper", "name", NEW, by="clerk", key="k")
    assert rights.correct("person-shopper", "name", "somebody else", by="clerk", key="k") == first
    assert guard.vault.load(Person, "person-shopper").name.reveal(Delivery) == NEW


@pytest.mark.clause("RIGHT-2")
def test_who_comes_late_is_told(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody else wrote in between stays, and the correction is not called done."""
    filled(guard, orders=0)
    store = guard._core.store
    amend = type(store).amend

    def late(self: Any, record: str, field: str, old: bytes, *rest: Any) -> bool:
        assert amend(self, record, field, old, old + b"other", START)
        return amend(self, record, field, old, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "amend", late)
        with pytest.raises(CorrectionInvalid, match="at the same moment"):
            rights_of(guard).correct("person-shopper", "name", NEW, by="clerk")
    (row,) = store.cases("correction", open=True)
    assert rights_of(guard).correction(row.case).corrected is None


@pytest.mark.clause("RIGHT-2")
def test_of_corrections_at_once_none_is_lost_in_silence(tmp_path: Path) -> None:
    """Each process that is told of success has replaced what was there; the others are told that they were late."""
    with shop(tmp_path / "db", real=True) as guard:
        filled(guard, orders=0)
        heard, told = os.pipe()

        def work(n: int) -> None:
            for k in range(5):
                try:
                    rights_of(guard).correct("person-shopper", "name", f"name {n} {k}", by="clerk")
                    os.write(told, b"1")
                except CorrectionInvalid:
                    os.write(told, b"0")

        wait(*[child(lambda n=n: work(n)) for n in range(3)])  # type: ignore[misc]
        said = os.read(heard, 100)
        os.close(heard)
        os.close(told)
        assert len(said) == 15
        assert said.count(b"1") >= 1
        assert guard.vault.load(Person, "person-shopper").name.reveal(Delivery).startswith("name ")
        done = [row for row in guard._core.store.cases("correction") if not row.open]
        assert len(done) == said.count(b"1")
