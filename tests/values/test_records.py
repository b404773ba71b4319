"""Record classes: what the decorator makes of a class, what its constructor takes, and what is known of its fields."""

from __future__ import annotations

import datetime as dt
import traceback
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from values_world import CARD, DEVICE, NAME, Delivery, Payment, World

from obq_privacy import NonPersonal, Personal, Sensitive, evolve, held_as, record
from obq_privacy.errors import WrapperMisuse
from obq_privacy.values import RecordField, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def w() -> Iterator[World]:
    """Give a world of its own."""
    world = World()
    yield world
    world.guard.close()


def parcel() -> Any:
    """Make a record class, here and now."""

    @record
    class Parcel:
        name: Personal[str, Delivery | Payment] = held_as(NAME)
        _card: Sensitive[str, Payment] = held_as(CARD)
        device: NonPersonal[str, Delivery | Payment] | None = held_as(DEVICE, default=None)
        number: str
        at: dt.datetime | None = None
        weight: int = attrs.field(default=1, validator=attrs.validators.ge(0))
        _note: str = "none"
        total: int = attrs.field(init=False, default=7)

    return Parcel


def misfit(field: str, item: str) -> WrapperMisuse:
    """Give the error for a field that is given something else than its item's value."""
    return WrapperMisuse(wrapper=field, problem=f"it takes a collected value of {item}")


def test_a_record_is_frozen_slotted_and_one_of_a_kind(w: World) -> None:
    """No attribute is set, deleted or added, and two records with the same content are two."""
    kind = parcel()
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    one, other = (kind(number="1", name=name, card=card) for _ in range(2))
    assert one == one  # noqa: PLR0124
    assert one != other
    assert len({one, other}) == 2
    assert not hasattr(one, "__dict__")
    for field in ("number", "name", "weight", "else"):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(one, field, "2")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del one.number
    assert (one.number, one.name, one._card, one.device, one.weight, one.total) == ("1", name, card, None, 1, 7)


def test_the_constructor_takes_keywords_and_says_what_is_missing(w: World) -> None:
    """As attrs would; order of the fields does not matter, so one without default may follow one with."""
    kind = parcel()
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    with pytest.raises(TypeError, match="positional"):
        kind("1", name, card)
    with pytest.raises(TypeError, match="missing"):
        kind(number="1", name=name)
    with pytest.raises(TypeError, match="colour"):
        kind(number="1", name=name, card=card, colour="red")
    with pytest.raises(ValueError, match="weight"):
        kind(number="1", name=name, card=card, weight=-1)
    assert kind.__init__.__qualname__ == f"{kind.__qualname__}.__init__"


def test_each_field_takes_its_item_and_nothing_else(w: World) -> None:
    """Of several that are wrong the first by name is told, as the attribute is called; None only where optional."""
    kind = parcel()
    name, card, device = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622"), w.adult.collect(DEVICE, "phone")
    made = kind(number="1", name=name, card=card, device=device)
    assert (made.name, made._card, made.device) == (name, card, device)
    for wrong in ("Li", None, card, name.map(str), object()):
        with pytest.raises(WrapperMisuse) as caught:
            kind(number="1", name=wrong, card=card)
        assert caught.value == misfit("name", "consignee-name")
    with pytest.raises(WrapperMisuse) as caught:
        kind(number="1", name="Li", card="622", device="phone")
    assert caught.value == misfit("_card", "bank-card")
    with pytest.raises(WrapperMisuse) as caught:
        kind(number="1", name="Li", card=card, device="phone")
    assert caught.value == misfit("device", "device-model")
    assert kind(number="1", name=name, card=card, device=None).device is None


def test_a_refused_value_is_in_no_frame(w: World) -> None:
    """A plain value in place of a wrapper, given, set or changed, is in no local when the error is shown."""
    kind, name, card = parcel(), w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    made = kind(number="1", name=name, card=card)
    with pytest.raises(WrapperMisuse) as given:
        kind(number="1", name=f"{'Zq7'}#{'Xw9'}", card=card)
    with pytest.raises(attrs.exceptions.FrozenInstanceError) as put:
        made.name = f"{'Zq7'}#{'Xw9'}"
    with pytest.raises(WrapperMisuse) as changed:
        evolve(made, name=f"{'Zq7'}#{'Xw9'}")
    with pytest.raises(WrapperMisuse) as misspelled:
        evolve(made, nmae=f"{'Zq7'}#{'Xw9'}")
    for error in (given.value, put.value, changed.value, misspelled.value):
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][1:]  # without the one of this test
        assert frames
        assert [frame for frame in frames if "Zq7#Xw9" in repr(frame.f_locals)] == []


def test_attrs_classes_check_their_fields_without_showing_them(w: World) -> None:
    """A field of a plain attrs class refuses likewise, and its validator keeps no refused value."""

    @attrs.define
    class Plain:
        name: Personal[str, Delivery | Payment] = held_as(NAME)  # noqa: RUF009
        device: NonPersonal[str, Delivery | Payment] | None = held_as(DEVICE, default=None)  # noqa: RUF009

    make: Any = Plain
    name = w.adult.collect(NAME, "Li")
    assert make(name).device is None
    assert make(name, None).name is name
    for arguments in (("Li",), (None,), (name, name)):
        with pytest.raises(WrapperMisuse) as caught:
            make(*arguments)
        assert caught.value == (misfit("device", "device-model") if len(arguments) > 1 else misfit(*NAMED))
        checked = [
            frame for frame, _ in traceback.walk_tb(caught.value.__traceback__) if frame.f_code.co_name == "check"
        ]
        assert ["value" in frame.f_locals for frame in checked] == [False]


NAMED = ("name", "consignee-name")


def test_a_record_with_its_own_constructor_keeps_it(w: World) -> None:
    """It is called as it is, and the fields are checked and frozen all the same."""

    @record
    class Own:
        name: Personal[str, Delivery | Payment] = held_as(NAME)

        def __init__(self, either: Any) -> None:
            self.__attrs_init__(name=either)  # type: ignore[attr-defined]

    name, make = w.adult.collect(NAME, "Li"), Own
    own: Any = make(name)
    assert own.name is name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        own.name = name
    with pytest.raises(WrapperMisuse) as caught:
        make("Li")
    assert caught.value == misfit("name", "consignee-name")


def test_evolve_changes_by_the_names_of_the_constructor(w: World) -> None:
    """What is not changed is shared; what it does not know is named, in order, and what it refuses keeps its error."""
    kind = parcel()
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    old = kind(number="1", name=name, card=card, weight=3, note="fragile")
    new = evolve(old, number="2", card=w.adult.collect(CARD, "623"))
    assert (new.number, new.weight, new._note, new.total) == ("2", 3, "fragile", 7)
    assert new.name is name
    assert new._card is not card
    assert type(evolve(old)) is kind
    with pytest.raises(WrapperMisuse) as caught:
        evolve(old, _card=card, colour="red", total=8)
    assert caught.value == WrapperMisuse(wrapper=kind.__qualname__, problem="it has no field _card, colour, total")
    with pytest.raises(WrapperMisuse) as caught:
        evolve(old, name="Li")
    assert caught.value == misfit("name", "consignee-name")
    with pytest.raises(WrapperMisuse) as caught:
        evolve("order", name="Li")
    assert caught.value == WrapperMisuse(wrapper="str", problem="it is not a record; decorate it with @record")


def test_the_fields_of_a_record_are_known() -> None:
    """Name, argument, item, whether it must be given, and its class where it is a plain one; in order."""
    found = [(field.name, field.alias, field.item, field.required, field.kind) for field in fields_of(parcel())]
    assert found == [
        ("name", "name", NAME, True, None),
        ("_card", "card", CARD, True, None),
        ("device", "device", DEVICE, False, None),
        ("number", "number", None, True, str),
        ("at", "at", None, False, None),
        ("weight", "weight", None, False, int),
        ("_note", "note", None, False, str),
    ]
    assert all(isinstance(field, RecordField) for field in fields_of(parcel()))


class Outer:
    """Holds a class."""

    class Inner:
        """Is held."""


str_like = "no class"
complex: Any = None  # noqa: A001  a module may hide what is built in
"""Stands for a name that is no class."""


def test_classes_of_fields_are_found_by_their_annotation() -> None:
    """In the module of the record first, then among what is built in; a dotted name is followed; others are none."""

    @record
    class Kinds:
        built_in: str
        hidden: complex
        own: World
        dotted: Outer.Inner
        dotted_module: dt.date
        missing: Nowhere  # type: ignore[name-defined]  # noqa: F821
        missing_part: Outer.Nothing.At  # type: ignore[name-defined]
        no_class: str_like  # type: ignore[valid-type]
        union: str | None

    assert {field.name: field.kind for field in fields_of(Kinds)} == {
        "built_in": str,
        "hidden": None,
        "own": World,
        "dotted": Outer.Inner,
        "dotted_module": dt.date,
        "missing": None,
        "missing_part": None,
        "no_class": None,
        "union": None,
    }
    made: Any = attrs.make_class("Made", {"number": attrs.field(type=bytes), "other": attrs.field()})
    assert [field.kind for field in fields_of(made)] == [bytes, None]


def test_functions_of_records_report_their_public_module() -> None:
    """As readers import them, although they are loaded late."""
    assert {function.__module__ for function in (evolve, held_as, record)} == {"obq_privacy"}
