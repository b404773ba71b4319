"""The vault: records come back as they were kept, as wrappers, for the class that they were kept as, and no other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import attrs
import pytest
from guard_world import START
from laws_world import CARD, NAME, Bookkeeping, Delivery, Order, Payment, bazaar, person, untyped

from obq_privacy import Personal, Sensitive, held_as, record
from obq_privacy.crypto import Token, open_token, seal
from obq_privacy.errors import (
    GuardClosed,
    KeyErased,
    RecordMismatch,
    RecordUnknown,
    SealBroken,
    WrapperMisuse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from obq_privacy import Guard
    from obq_privacy.stores import VaultField

CANARY = "Zq7#Xw9Vk3"


@record
class Kept:
    """A record with plain fields of every kind, and one about somebody."""

    text: str
    data: bytes
    number: int
    share: float
    done: bool
    nothing: str | None
    amount: Decimal
    day: date
    name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)
    note: str = "none"
    _code: str = "0"


@record
class Named:
    """A record of the same name, of which only the name is left."""

    name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)


@record
class Shared:
    """A record about two people."""

    name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)
    card: Sensitive[str, Payment] = held_as(CARD)


@record
class PlainName:
    """A record in which the name is a plain text."""

    name: str
    card: Sensitive[str, Payment] | None = held_as(CARD, default=None)


def plain_record(kind: Any) -> Any:
    """Make a class with one plain field of a type."""
    fields = {"value": kind, "name": Personal[str, Delivery | Payment | Bookkeeping]}
    return record(type("Plain", (), {"__annotations__": fields, "name": held_as(NAME)}))


@pytest.fixture
def guard() -> Generator[Guard]:
    """Give a guard in memory."""
    with bazaar() as made:
        yield made


def kept(guard: Guard, name: str = "kept-1") -> Kept:
    """Keep a record."""
    made = untyped(Kept)(
        text="订单",
        data=b"\0\xff",
        number=-7,
        share=0.5,
        done=True,
        nothing=None,
        amount=Decimal("19.90"),
        day=date(2026, 11, 2),
        name=person(guard, Delivery, Payment).collect(NAME, "Li Lei"),
        code="9",
    )
    guard.vault.keep(name, made)
    return cast("Kept", made)


def fields_of(guard: Guard, name: str = "kept-1") -> dict[str, VaultField]:
    """Give the rows of a record, as the store has them."""
    return {row.field: row for row in guard._core.store.load(name)}


def put(guard: Guard, name: str, *rows: VaultField) -> None:
    """Put rows into the store, as whoever can write to it could."""
    guard._core.store.keep(name, list(rows), START)


# ── As it was ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_comes_back_as_it_was_kept(guard: Guard) -> None:
    """Each plain field with its type, each protected one as a wrapper under its label."""
    made = kept(guard)
    back = guard.vault.load(Kept, "kept-1")
    for field in attrs.fields(untyped(Kept)):
        if field.name != "name":
            value = getattr(made, field.name)
            assert getattr(back, field.name) == value
            assert type(getattr(back, field.name)) is type(value)
    assert back.name.label == made.name.label
    assert back.name.reveal(Delivery) == "Li Lei"
    assert type(guard.vault).__module__ == "obq_privacy"
    order = person(guard).collect_record(Order, number="1", name=made.name)
    guard.vault.keep("order", order)
    assert guard.vault.load(Order, "order").card is None


@pytest.mark.clause("PROT-1")
def test_what_is_kept_is_sealed_field_by_field(guard: Guard) -> None:
    """In a form that every later version reads, under the key of the person, for its own place."""
    made = kept(guard)
    rows = fields_of(guard)
    subject = person(guard).pseudonym
    key = guard._core.keyring.of(subject)
    assert {row.subject for row in rows.values()} == {subject}
    assert {name: row.item for name, row in rows.items() if row.item} == {"name": "name"}
    spelled = {
        "text": b"str\0" + "订单".encode(),
        "data": b"bytes\0\0\xff",
        "number": b"int\0\xf9",
        "nothing": b"none\0",
        "_code": b"str\0" + b"9",
    }
    for name, plain in spelled.items():
        token = Token.parse(rows[name].token)
        assert token.label == b""
        assert open_token(key, token, item="obq-privacy.plain", record=f"6:kept-1/{name}") == plain
    name_token = Token.parse(rows["name"].token)
    assert open_token(key, name_token, item="name", record="6:kept-1/name") == b"Li Lei"
    assert guard.unseal(NAME, rows["name"].token, record="6:kept-1/name").label == made.name.label


def test_a_record_of_the_same_name_takes_its_place_as_a_whole(guard: Guard) -> None:
    """Nothing of the former one is left, and what is dropped is gone."""
    made = kept(guard)
    guard.vault.keep("kept-1", Named(name=made.name))
    assert set(fields_of(guard)) == {"name"}
    assert "kept-1" in guard.vault
    assert "kept-2" not in guard.vault
    assert list(guard.vault.records(person(guard))) == ["kept-1"]
    assert list(guard.vault.records(person(guard, name="other"))) == []
    assert guard.vault.drop("kept-1") is True
    assert guard.vault.drop("kept-1") is False
    assert "kept-1" not in guard.vault
    with pytest.raises(RecordUnknown) as unknown:
        guard.vault.load(Kept, "kept-1")
    assert unknown.value.record == "kept-1"


# ── What does not fit ─────────────────────────────────────────────────────────────────────────────────────


def mismatch(problem: str, name: str = "kept-1") -> RecordMismatch:
    """Give the error of a record that does not fit."""
    return RecordMismatch(record=name, problem=problem)


@record
class Strict:
    """A record that refuses what was kept."""

    text: str = attrs.field(validator=attrs.validators.max_len(1))
    name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)


def test_a_record_is_loaded_as_its_own_class_only(guard: Guard) -> None:
    """The error names the fields; values are in none."""
    made = kept(guard)
    guard.vault.keep("named", Named(name=made.name))
    strange = "Named has no field _code, amount, data, day, done, note, nothing, number, share, text"
    rows: list[tuple[Any, str, str]] = [
        (Named, "kept-1", strange),
        (Shared, "named", "its field card is gone"),
        (PlainName, "named", "its field name is protected"),
    ]
    for kind, name, problem in rows:
        with pytest.raises(RecordMismatch) as refused:
            guard.vault.load(kind, name)
        assert refused.value == mismatch(problem, name)
    with pytest.raises(WrapperMisuse):
        guard.vault.load(dict, "named")


def test_what_a_class_says_of_what_was_kept_is_withheld(guard: Guard) -> None:
    """Its validators may quote a plain field; an error of the library's own is passed on."""
    made = kept(guard)

    @record
    class Lax:
        text: str
        name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)

    guard.vault.keep("lax", Lax(text=CANARY, name=made.name))
    with pytest.raises(RecordMismatch) as refused:
        guard.vault.load(Strict, "lax")
    assert refused.value == mismatch("the validators of Strict refuse it", "lax")
    assert refused.value.__cause__ is None
    assert not [one for one in locals_of(refused.value) if CANARY in one]

    @record
    class Ours:
        text: str = attrs.field(validator=lambda *_: guard.vault.load(Lax, "no such record"))
        name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)

    with pytest.raises(RecordUnknown):
        guard.vault.load(Ours, "lax")


def test_a_record_without_anybody_or_of_strange_things_is_not_kept(guard: Guard) -> None:
    """Each is misuse, in words; and nothing was kept."""
    name = kept(guard).name
    rows: list[tuple[object, WrapperMisuse]] = [
        (PlainName(name="Li Lei"), WrapperMisuse(wrapper="PlainName", problem="it holds no collected value")),
        (
            plain_record(list)(value=[1], name=name),
            WrapperMisuse(wrapper="value", problem="a plain field of list cannot be kept"),
        ),
        (
            plain_record(object)(value=Decimal(1), name=name),
            WrapperMisuse(wrapper="value", problem="a plain field of Decimal cannot be kept"),
        ),
        (
            plain_record(str)(value="\ud800", name=name),
            WrapperMisuse(wrapper="value", problem="a plain field of str cannot be written as bytes"),
        ),
    ]
    for made, expected in rows:
        with pytest.raises(WrapperMisuse) as refused:
            guard.vault.keep("strange", made)
        assert refused.value == expected
        assert refused.value.__cause__ is None
    assert "strange" not in guard.vault
    for value in ("x", b"x", 5, 0.5, True):
        for kind in (object, type(value)):
            guard.vault.keep("any", plain_record(kind)(value=value, name=name))
            back = guard.vault.load(plain_record(object), "any").value
            assert (type(back), back) == (type(value), value)


def locals_of(error: BaseException) -> list[str]:
    """Show the locals of the library's frames, as a renderer of tracebacks does."""
    shown: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        if "/obq_privacy/" in trace.tb_frame.f_code.co_filename:
            shown += [repr(one) for one in trace.tb_frame.f_locals.values()]
        trace = trace.tb_next
    assert shown
    return shown


@pytest.mark.clause("PROT-1")
def test_what_could_not_be_kept_is_in_no_frame(guard: Guard) -> None:
    """The repr of a record has its plain fields."""
    with pytest.raises(WrapperMisuse) as refused:
        guard.vault.keep("plain", PlainName(name=CANARY))
    assert not [one for one in locals_of(refused.value) if CANARY in one]


def test_a_wrapper_in_a_plain_field_makes_no_record(guard: Guard) -> None:
    """What holds nothing collected in a field of an item is not kept."""
    loose = record(type("Loose", (), {"__annotations__": {"value": object}}))
    with pytest.raises(WrapperMisuse) as refused:
        guard.vault.keep("loose", untyped(loose)(value=kept(guard).name))
    assert refused.value == WrapperMisuse(wrapper="Loose", problem="it holds no collected value")


def test_a_plain_field_comes_back_as_the_type_that_it_was_kept_as(guard: Guard) -> None:
    """A class that names another type for what only it knows is refused; the five that all know are as they were."""
    name = kept(guard).name
    guard.vault.keep("day", plain_record(date)(value=date(2026, 11, 2), name=name))
    assert guard.vault.load(plain_record(date), "day").value == date(2026, 11, 2)
    for other in (Decimal, object, str, date | None):
        with pytest.raises(RecordMismatch) as refused:
            guard.vault.load(plain_record(other), "day")
        assert refused.value == mismatch("it was kept as a value of another type", "value")
    guard.vault.keep("text", plain_record(str)(value="x", name=name))
    assert guard.vault.load(plain_record(date), "text").value == "x"


# ── Who writes to the store ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1")
def test_what_was_moved_in_the_store_does_not_open(guard: Guard) -> None:
    """To another record, another field, another person, or under another item."""
    made = kept(guard)
    other = person(guard, name="other")
    rows = fields_of(guard)
    name, text, data = rows["name"], rows["text"], rows["data"]
    guard.vault.keep("named", Named(name=made.name))
    moved: list[VaultField] = [
        name,
        name._replace(subject=other.pseudonym),
        fields_of(guard, "named")["name"]._replace(token=name.token[:-1] + bytes([name.token[-1] ^ 1])),
    ]
    for row in moved:
        put(guard, "named", row)
        with pytest.raises(SealBroken):
            guard.vault.load(Named, "named")
    put(guard, "kept-1", *(row for field, row in rows.items() if field not in {"text", "data"}), text, data)
    assert guard.vault.load(Kept, "kept-1").text == "订单"
    swapped = {**rows, "text": text._replace(token=rows["note"].token), "note": rows["note"]._replace(token=text.token)}
    put(guard, "kept-1", *swapped.values())
    with pytest.raises(SealBroken):
        guard.vault.load(Kept, "kept-1")
    put(guard, "kept-1", *{**rows, "name": name._replace(item="")}.values())
    with pytest.raises(SealBroken):
        guard.vault.load(Kept, "kept-1")


def test_names_of_records_and_fields_do_not_run_into_each_other(guard: Guard) -> None:
    """A field of one record never opens as a field of another whose name goes on with it."""
    made = kept(guard, "a/b")
    guard.vault.keep("a", Named(name=made.name))
    row = fields_of(guard, "a")["name"]
    with pytest.raises(SealBroken):
        guard.unseal(NAME, row.token, record="a/name")
    assert guard.unseal(NAME, row.token, record="1:a/name").reveal(Delivery) == "Li Lei"


def test_bytes_that_are_none_of_their_type_are_a_broken_seal(guard: Guard) -> None:
    """Even where they were sealed with the right key for the right place."""
    made = kept(guard)
    key = guard._core.keyring.of(person(guard).pseudonym)
    guard.vault.keep("number", plain_record(str)(value="5", name=made.name))
    rows = fields_of(guard, "number")
    token = seal(key, item="obq-privacy.plain", label=b"", record="6:number/value", plaintext=b"str\0\xff")
    put(guard, "number", rows["value"]._replace(token=token), rows["name"])
    with pytest.raises(SealBroken) as broken:
        guard.vault.load(plain_record(str), "number")
    assert broken.value.__suppress_context__


# ── Erasure, and the end ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-4")
def test_with_one_of_two_people_a_record_loses_what_is_theirs(guard: Guard) -> None:
    """The plain fields go with the first of them; what is left is not a whole record any more."""
    first, second = person(guard, Delivery), person(guard, Payment, name="second")
    guard.vault.keep("shared", Shared(name=first.collect(NAME, "Li Lei"), card=second.collect(CARD, "6222")))
    assert guard.vault.load(Shared, "shared").card.reveal(Payment) == "6222"
    second.erase()
    with pytest.raises(RecordMismatch) as gone:
        guard.vault.load(Shared, "shared")
    assert gone.value == mismatch("its field card is gone", "shared")
    assert guard.vault.load(Named, "shared").name.reveal(Delivery) == "Li Lei"
    made = Named(name=first.collect(NAME, "Li Lei"))
    first.erase()
    with pytest.raises(RecordUnknown):
        guard.vault.load(Named, "shared")
    with pytest.raises(KeyErased):
        guard.vault.keep("late", made)


def test_a_closed_vault_says_so() -> None:
    """Whatever is asked of it."""
    with bazaar() as guard:
        made = Named(name=person(guard, Delivery).collect(NAME, "Li Lei"))
        shopper, vault = person(guard), guard.vault
    acts: list[Callable[[], object]] = [
        lambda: vault.keep("named", made),
        lambda: vault.load(Named, "named"),
        lambda: "named" in vault,
        lambda: vault.drop("named"),
        lambda: vault.records(shopper),
    ]
    for act in acts:
        with pytest.raises(GuardClosed):
            act()
