"""What wrappers do: derive lazily, join labels, refuse misuse, and give back exactly what was collected."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import unicodedata
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import pytest
from values_world import (
    CARD,
    DEVICE,
    NAME,
    PHONE,
    POLICY,
    Delivery,
    Express,
    Marketing,
    Order,
    Payment,
    World,
    targets,
)

from obq_privacy import (
    Category,
    Label,
    NonPersonal,
    Personal,
    PersonalItem,
    Place,
    Policy,
    Protected,
    PurposeSet,
    Sensitive,
    SensitiveItem,
    Sensitivity,
    basic,
    combine,
    equal,
    evolve,
    held_as,
    record,
    reveal_all,
)
from obq_privacy.errors import (
    AccidentalUse,
    ConsentMissing,
    ConsentWithdrawn,
    DerivationFailed,
    MaskUndefined,
    PurposeNotAllowed,
    RecordInvalid,
    SealBroken,
    ValueInvalid,
    WrapperMisuse,
)
from obq_privacy.values._door import payload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def w() -> Iterator[World]:
    """Give a world of its own."""
    world = World()
    yield world
    world.guard.close()


class Calls:
    """A function that counts."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.count = 0

    def __call__(self, *arguments: Any) -> Any:
        """Count and call."""
        self.count += 1
        return self.function(*arguments)


def uses(w: World) -> int:
    """Count the audit records of uses."""
    return sum(entry.operation == "use" for entry in w.guard.audit.entries())


# ── map and combine ───────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_opened_before_a_reveal(w: World) -> None:
    """Composing calls no function and leaves no record of a use."""
    upper = Calls(str.upper)
    derived = combine("{} {}".format, w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")).map(upper)
    assert repr(derived) == "Protected(bank-card, consignee-name)"
    assert derived.label.items == {"bank-card", "consignee-name"}
    assert (upper.count, uses(w)) == (0, 0)
    assert derived.reveal(Payment) == "LI 622"
    assert (upper.count, uses(w)) == (1, 1)


def test_a_function_is_called_once_for_each_reveal(w: World) -> None:
    """A part that is shared is computed once, within one value and over several that are revealed together."""
    upper, join = Calls(str.upper), Calls("{}{}".format)
    shared = w.adult.collect(NAME, "li").map(upper)
    derived = combine(join, shared, combine(join, shared, shared))
    assert derived.reveal(Delivery) == "LILILI"
    assert (upper.count, join.count) == (1, 2)
    assert reveal_all(Delivery, shared, derived, shared.map(len)) == ("LI", "LILILI", 2)
    assert (upper.count, join.count) == (2, 4)
    assert derived.reveal(Delivery) == "LILILI"
    assert upper.count == 3


def test_a_shared_part_that_fails_is_called_once(w: World) -> None:
    """A failure is passed on like a value, so it is not tried again for the next parent."""

    def fail(_: str) -> str:
        raise ValueError

    failing, after = Calls(fail), Calls(str)
    shared = w.adult.collect(NAME, "li").map(failing)
    with pytest.raises(DerivationFailed) as caught:
        reveal_all(Delivery, shared.map(after), shared.map(after))
    assert (failing.count, after.count) == (1, 0)
    assert caught.value == DerivationFailed(items=("consignee-name",), function="Calls", raised="ValueError")


def test_deep_chains_work(w: World) -> None:
    """Ten thousand maps are revealed, labelled, shown and dropped without exhausting the stack."""
    value: Protected[int, Any] = w.adult.collect(NAME, "Li").map(len)
    for _ in range(10_000):
        value = value.map(lambda number: number + 1)
    assert value.reveal(Delivery) == 10_002
    assert value.label.items == {"consignee-name"}
    assert repr(value) == "Protected(consignee-name)"
    del value


def test_deep_diamonds_work(w: World) -> None:
    """A value that is combined with itself sixty times over is a value of sixty steps, not of two to the sixtieth."""
    add = Calls(lambda a, b: (a + b) % 97)
    value: Protected[int, Any] = w.adult.collect(NAME, "L").map(len)
    for _ in range(60):
        value = combine(add, value, value)
    assert value.reveal(Delivery) == pow(2, 60, 97)
    assert add.count == 60
    assert repr(value) == "Protected(consignee-name)"


@pytest.mark.parametrize("count", range(2, 9))
def test_two_to_eight_values_are_combined_and_revealed(w: World, count: int) -> None:
    """Each goes to its place."""
    values = [w.adult.collect(NAME, str(number)) for number in range(count)]
    together: Any = combine
    derived: Protected[tuple[str, ...], Any] = together(lambda *parts: parts, *values)
    expected = tuple(str(number) for number in range(count))
    all_of: Any = reveal_all
    assert derived.reveal(Delivery) == expected
    assert all_of(Delivery, *values) == expected


def test_other_counts_are_refused(w: World) -> None:
    """One value is mapped rather than combined, nine are too many, and none is nothing."""
    values = [w.adult.collect(NAME, str(number)) for number in range(9)]
    together: Any = combine
    all_of: Any = reveal_all
    for few_or_many in ([], values[:1], values):
        with pytest.raises(WrapperMisuse) as caught:
            together(str, *few_or_many)
        assert caught.value == WrapperMisuse(wrapper="combine", problem="it takes two to eight values")
    for few_or_many in ([], values):
        with pytest.raises(WrapperMisuse) as caught:
            all_of(Delivery, *few_or_many)
        assert caught.value == WrapperMisuse(wrapper="reveal_all", problem="it takes one to eight values")


@pytest.mark.parametrize("other", ["Li", None, 1, Personal, [1], object()])
def test_what_is_no_wrapper_is_refused(w: World, other: Any) -> None:
    """Plain values do not pass as wrappers."""
    name = w.adult.collect(NAME, "Li")
    acts: list[tuple[str, Callable[[], object]]] = [
        ("combine", lambda: combine(print, name, other)),
        ("combine", lambda: combine(print, other, name)),
        ("reveal_all", lambda: reveal_all(Delivery, name, other)),
        ("equal", lambda: equal(Delivery, name, other)),
        ("equal", lambda: equal(Delivery, other, name)),
    ]
    for function, act in acts:
        with pytest.raises(WrapperMisuse) as caught:
            act()
        assert caught.value == WrapperMisuse(wrapper=function, problem="all values are wrappers")
    assert uses(w) == 0


@pytest.mark.clause("USE-9")
def test_the_label_of_a_derived_value_is_the_join(w: World) -> None:
    """Sensitivity is the higher one, purposes are the intersection, subjects and items the union."""
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    childs = w.child.collect(DEVICE, "phone")
    derived = combine("{}{}{}".format, name, card, childs)
    assert derived.label == name.label.join(card.label).join(childs.label)
    assert derived.map(str).label == derived.label
    assert derived.label.sensitivity is Sensitivity.SENSITIVE
    assert derived.label.purposes == PurposeSet([Payment])
    assert derived.label.subjects == {w.adult.pseudonym, w.child.pseudonym}
    assert derived.label.items == {"consignee-name", "bank-card", "device-model"}


def test_a_derived_value_obeys_the_withdrawal_of_every_parent(w: World) -> None:
    """Whoever of the people withdraws shuts it, for as long as it lives."""
    both = combine("{} {}".format, w.adult.collect(NAME, "Li"), w.child.collect(NAME, "Mei"))
    assert both.reveal(Delivery) == "Li Mei"
    w.child.withdraw(Delivery, by=w.parent)
    with pytest.raises(ConsentWithdrawn):
        both.reveal(Delivery)


@pytest.mark.clause("USE-9")
def test_what_is_not_personal_needs_consent_once_it_is_combined(w: World) -> None:
    """A device model is used without consent alone; with a name of somebody who consents, it needs its own."""
    stranger = w.guard.subject("stranger", born=dt.date(1990, 1, 1))
    device, name = stranger.collect(DEVICE, "phone"), w.adult.collect(NAME, "Li")
    assert device.reveal(Delivery) == "phone"
    assert device.map(str.upper).reveal(Delivery) == "PHONE"
    assert reveal_all(Delivery, device, name) == ("phone", "Li")
    both = combine("{} {}".format, device, name)
    with pytest.raises(ConsentMissing) as caught:
        both.reveal(Delivery)
    assert caught.value.items == ("device-model",)
    with pytest.raises(ConsentMissing):
        both.map(len).reveal(Delivery)
    with pytest.raises(ConsentMissing):
        reveal_all(Delivery, device, both)
    stranger.grant(Delivery)
    assert both.reveal(Delivery) == "phone Li"


@pytest.mark.clause("USE-9")
def test_two_that_are_not_personal_stay_so(w: World) -> None:
    """Combining does not make anything personal that holds nothing personal."""
    stranger = w.guard.subject("stranger", born=dt.date(1990, 1, 1))
    both = combine("{} {}".format, stranger.collect(DEVICE, "a"), stranger.collect(DEVICE, "b"))
    assert both.label.sensitivity is Sensitivity.NON_PERSONAL
    assert both.reveal(Delivery) == "a b"


# ── Misuse of the wrappers themselves ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [Protected, Personal, Sensitive, NonPersonal])
def test_there_is_no_public_constructor_and_no_subclass(kind: type[Any]) -> None:
    """Values come from a subject, and nobody makes a wrapper that lets them out."""
    make: Any = kind
    for act in (make, lambda: make("Li"), lambda: make[str, Delivery]("Li"), lambda: make.__new__(kind)):
        with pytest.raises(WrapperMisuse) as caught:
            act()
        assert caught.value == WrapperMisuse(wrapper=kind.__name__, problem="it has no public constructor")
    with pytest.raises(WrapperMisuse) as caught:
        type("Leaky", (kind,), {"__str__": lambda self: "leak"})
    assert caught.value == WrapperMisuse(wrapper="Leaky", problem="wrappers are not subclassed")


def test_wrappers_never_change(w: World) -> None:
    """No attribute of a wrapper is set or deleted, be it there or not."""
    for value in targets(w.adult, w.child, "Li").values():
        if isinstance(value, Protected):
            immutable = WrapperMisuse(wrapper=repr(value), problem="it is immutable")
            for name in ("_payload", "_keeper", "_origin", "_collected", "label", "__class__", "anything"):
                with pytest.raises(WrapperMisuse) as caught:
                    setattr(value, name, None)
                assert caught.value == immutable
                with pytest.raises(WrapperMisuse) as caught:
                    delattr(value, name)
                assert caught.value == immutable


LEAKING = "because the answer would leak; use equal()"
ACCIDENTS: dict[str, Callable[[Any], object]] = {
    "str()": str,
    "format() and f-strings": lambda value: f"{value:>9}",
    "bytes()": bytes,
    f"==, {LEAKING}": lambda value: value == value,  # noqa: PLR0124
    f"!=, {LEAKING}": lambda value: value != "Li",
    "a truth test, because emptiness would leak": bool,
    "pickling": pickle.dumps,
    "unpickling": lambda value: value.__setstate__({}),
}


@pytest.mark.parametrize("channel", ACCIDENTS)
def test_a_refused_channel_is_named(w: World, channel: str) -> None:
    """Whoever uses a value by accident reads which channel it was, for which wrapper, and what to do instead."""
    for value in targets(w.adult, w.child, "Li").values():
        if isinstance(value, Protected):
            with pytest.raises(AccidentalUse) as caught:
                ACCIDENTS[channel](value)
            assert caught.value == AccidentalUse(wrapper=repr(value), channel=channel)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_protocol_of_pickle_takes_a_wrapper(w: World, protocol: int) -> None:
    """Neither itself nor its reduction nor its state is handed out."""
    name = w.adult.collect(NAME, "Li")
    acts: list[Callable[[], object]] = [
        lambda: pickle.dumps(name, protocol),
        lambda: name.__reduce_ex__(protocol),
        name.__reduce__,
        getattr(name, "__getstate__"),  # noqa: B009 - as serializers do
    ]
    for act in acts:
        with pytest.raises(AccidentalUse) as caught:
            act()
        assert caught.value.channel == "pickling"


def test_a_copy_of_a_wrapper_is_the_wrapper(w: World) -> None:
    """Copying makes no second one, so that a record that is copied, however deeply, shares what it holds."""
    for value in targets(w.adult, w.child, "Li").values():
        if isinstance(value, Protected):
            assert copy.copy(value) is value
            assert copy.deepcopy([value])[0] is value
            with pytest.raises(TypeError, match="unhashable"):
                hash(value)


def test_wrappers_list_only_what_they_have(w: World) -> None:
    """What `dir` names is there and public: a collected value is masked and sealed, a derived one is not."""
    name = w.adult.collect(NAME, "Li")
    derived = ["disclose", "label", "map", "reveal", "reveal_under", "share", "transfer"]
    assert dir(name.map(str)) == derived
    assert dir(name) == sorted([*derived, "mask", "seal"])
    for value in targets(w.adult, w.child, "Li").values():
        if isinstance(value, Protected):
            assert [name for name in dir(value) if not hasattr(value, name)] == []
            assert not hasattr(value, "_payload")
            assert not hasattr(value, "__dict__")


def test_walking_the_slots_of_a_wrapper_finds_nothing(w: World) -> None:
    """Serializers read what the classes of an object name in `__slots__`; those of a wrapper name nothing."""
    for value in targets(w.adult, w.child, "Li").values():
        if isinstance(value, Protected):
            assert [slot for kind in type(value).__mro__ for slot in getattr(kind, "__slots__", ())] == []


# ── equal and mask ────────────────────────────────────────────────────────────────────────────────────────


def test_equal_asks_for_a_purpose_and_leaves_a_record(w: World) -> None:
    """Equality is a use like any other."""
    one, other, third = (w.adult.collect(NAME, text) for text in ("Li", "Li", "Lei"))
    assert equal(Delivery, one, other)
    assert not equal(Delivery, one, third)
    assert equal(Delivery, one, one)
    assert equal(Delivery, one.map(str.upper), other.map(str.upper))
    assert uses(w) == 4
    with pytest.raises(PurposeNotAllowed):
        equal(Marketing, one, other)  # type: ignore[misc]
    w.adult.withdraw(Delivery)
    with pytest.raises(ConsentWithdrawn):
        equal(Delivery, one, other)


def test_equal_tells_types_apart(w: World) -> None:
    """Values of different types are never equal, even where Python says so or their bytes are the same."""
    one = w.adult.collect(NAME, "1")
    makers: list[Callable[[str], object]] = [str, int, float, Decimal, str.encode, bool, lambda _: b"\1"]
    for first in makers:
        for second in makers:
            same = equal(Delivery, one.map(first), one.map(second))
            assert same == (type(first("1")) is type(second("1")) and first("1") == second("1"))


def test_equal_does_not_normalise(w: World) -> None:
    """Two spellings of one word are two values."""
    composed = w.adult.collect(NAME, unicodedata.normalize("NFC", "é"))
    decomposed = w.adult.collect(NAME, unicodedata.normalize("NFD", "é"))
    assert not equal(Delivery, composed, decomposed)
    assert equal(Delivery, composed, decomposed.map(lambda text: unicodedata.normalize("NFC", text)))
    assert not equal(Delivery, composed.map(lambda _: Decimal("1.0")), composed.map(lambda _: Decimal("1.00")))


def test_equal_refuses_what_has_no_bytes(w: World) -> None:
    """Values of a type without canonical bytes have to be mapped to some, whichever side they are on."""
    one = w.adult.collect(NAME, "Li")
    parts: Protected[Any, Delivery] = one.map(list)
    for first, second in ((parts, parts), (parts, one), (one, parts)):
        with pytest.raises(WrapperMisuse) as caught:
            equal(Delivery, first, second)
        problem = "values of this type have no canonical bytes; map them to some"
        assert caught.value == WrapperMisuse(wrapper="equal", problem=problem)


def test_mask_is_a_use_for_a_purpose(w: World) -> None:
    """A masked rendering is decided and recorded; an item without a rule has none."""
    card = w.adult.collect(CARD, "6222021234567890128")
    assert card.mask(Payment) == "**** **** **** 0128"
    assert w.adult.collect(PHONE, "13800138000").mask(Marketing) == "**** **** **** 8000"
    assert uses(w) == 2
    with pytest.raises(PurposeNotAllowed):
        card.mask(Delivery)  # type: ignore[arg-type]
    with pytest.raises(MaskUndefined):
        w.adult.collect(NAME, "Li").mask(Delivery)
    w.adult.withdraw()
    with pytest.raises(ConsentWithdrawn):
        card.mask(Payment)


def test_narrower_purposes_are_accepted(w: World) -> None:
    """What is allowed for a purpose is allowed for the narrower ones below it."""
    name = w.adult.collect(NAME, "Li")
    assert name.reveal(Express) == "Li"
    assert name.map(len).reveal(Express) == 2


# ── Records ───────────────────────────────────────────────────────────────────────────────────────────────


def test_records_are_frozen_keyword_only_and_compared_by_identity(w: World) -> None:
    """Two records with the same wrappers are two records."""
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    order, other = (Order(number="1", name=name, card=card) for _ in range(2))
    assert order == order  # noqa: PLR0124
    assert order != other
    assert len({order, other}) == 2
    assert not hasattr(order, "__dict__")
    assert repr(order) == "Order(number='1', name=Personal(consignee-name), card=Sensitive(bank-card), device=None)"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        order.number = "2"  # type: ignore[misc]
    with pytest.raises(TypeError, match="positional"):
        Order("1", name, card)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing"):
        Order(number="1")  # type: ignore[call-arg]


def test_a_field_takes_only_wrappers_of_its_item(w: World) -> None:
    """A plain value, another item's value, a derived one, and None are refused where one must be; None where not."""
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    for wrong in ("Li", None, card, name.map(str), Personal):
        with pytest.raises(WrapperMisuse, match="name: it takes a collected value of consignee-name"):
            Order(number="1", name=wrong, card=card)  # type: ignore[arg-type]
    assert Order(number="1", name=name, card=card, device=None).device is None
    with pytest.raises(WrapperMisuse, match="device"):
        Order(number="1", name=name, card=card, device=name)  # type: ignore[arg-type]


def test_a_record_may_bring_its_own_constructor(w: World) -> None:
    """Then it is called as it is, and the fields are checked all the same."""

    @record
    class Own:
        name: Personal[str, Delivery | Payment] = held_as(NAME)

        def __init__(self, either: Any) -> None:
            self.__attrs_init__(name=either)  # type: ignore[attr-defined]

    name = w.adult.collect(NAME, "Li")
    make: Any = Own
    assert make(name).name is name
    with pytest.raises(WrapperMisuse, match="name: it takes a collected value"):
        make("Li")


def test_held_as_works_in_a_plain_attrs_class(w: World) -> None:
    """The field is checked there, too."""

    @attrs.define
    class Plain:
        name: Personal[str, Delivery | Payment] | None = held_as(NAME, default=None)  # noqa: RUF009

    assert Plain().name is None
    assert Plain(w.adult.collect(NAME, "Li")).name is not None
    with pytest.raises(WrapperMisuse):
        Plain("Li")  # type: ignore[arg-type]


def test_evolve_shares_wrappers(w: World) -> None:
    """A changed copy has the same wrappers and opens nothing."""
    order = w.adult.collect_record(Order, number="1", name="Li", card="622")
    other = evolve(order, number="2")
    assert (other.number, order.number) == ("2", "1")
    assert other.name is order.name
    assert uses(w) == 0
    with pytest.raises(WrapperMisuse, match="no field colour, size"):
        evolve(order, size=1, colour=2)
    with pytest.raises(WrapperMisuse, match="collected value of bank-card"):
        evolve(order, card="622")
    with pytest.raises(WrapperMisuse, match="not a record"):
        evolve("order", card="622")


def test_collect_record_names_every_bad_field_and_keeps_nothing(w: World) -> None:
    """Unknown, missing and invalid fields are named at once; there is no record of a collection."""
    before = len(list(w.guard.audit.entries()))
    with pytest.raises(RecordInvalid) as caught:
        w.adult.collect_record(Order, name=1, card=b"622", colour="red")
    assert caught.value == RecordInvalid(
        record="Order",
        fields=("card", "colour", "name", "number"),
        problems=(
            "card: it is not of type str",
            "colour: is unknown",
            "name: it is not of type str",
            "number: is missing",
        ),
    )
    assert len(list(w.guard.audit.entries())) == before


def test_collect_record_takes_what_is_collected_already(w: World) -> None:
    """A wrapper of the field's item goes in as it is; one of another item is refused."""
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    order = w.adult.collect_record(Order, number="1", name=name, card="622", device="phone")
    assert order.name is name
    assert order.device is not None
    assert reveal_all(Delivery, order.name, order.device) == ("Li", "phone")
    with pytest.raises((RecordInvalid, WrapperMisuse)):
        w.adult.collect_record(Order, number="1", name=card, card="622")


def test_collect_record_is_all_or_nothing_in_decisions(w: World) -> None:
    """Where one field may not be collected, none is."""
    w.adult.withdraw(Payment)
    with pytest.raises(ConsentWithdrawn) as caught:
        w.adult.collect_record(Order, number="1", name="Li", card="622")
    assert caught.value.items == ("bank-card",)
    assert [entry.outcome for entry in w.guard.audit.entries() if entry.operation == "collect"] == ["deny"]


# ── Every type, in every form ─────────────────────────────────────────────────────────────────────────────


class Size(Enum):
    """A plain enum."""

    SMALL = "s"
    LARGE = "l"


@attrs.frozen
class Address:
    """An attrs class of supported types."""

    street: str
    number: int
    size: Size
    since: dt.date


VALUES: list[Any] = [
    "Li Lei",
    "",
    "李雷 é \N{FAMILY} \0 end",
    b"",
    b"\0\xff",
    0,
    -1,
    10**40,
    True,
    False,
    0.1,
    float("inf"),
    -0.0,
    Decimal("1.00"),
    Decimal("-0"),
    dt.date(1, 1, 1),
    dt.datetime(2026, 11, 22, 12, 30, 1, 5, dt.UTC),
    dt.datetime(2026, 11, 22, 12, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    dt.datetime(2026, 11, 22, 12, 30, fold=1),  # noqa: DTZ001
    UUID(int=5),
    Size.LARGE,
    Address("Main St.", 5, Size.SMALL, dt.date(2020, 2, 29)),
    Place(latitude=39.9, longitude=116.4, accuracy=30),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("form", ["personal", "sensitive", "encrypted", "child's"])
def test_every_type_comes_back_as_it_was(value: Any, form: str) -> None:
    """Collected and revealed, sealed and unsealed, kept and loaded: the same value of the same type."""
    kind: Any = type(value)
    item: Any = (
        SensitiveItem("item", kind, Delivery, category=Category.PROPERTY)
        if form == "sensitive"
        else PersonalItem("item", kind, Delivery, encrypt=form == "encrypted")
    )
    w = World(Policy(version="1", controller="x", purposes=[basic(Delivery, necessary=[item])]))
    subject = w.child if form == "child's" else w.adult
    collected = subject.collect(item, value)
    assert isinstance(payload(collected), bytes) == (form != "personal" or kind is bytes)
    token = collected.seal(record="r")
    for wrapper in (collected, w.guard.unseal(item, token, record="r")):
        revealed = wrapper.reveal(Delivery)
        assert type(revealed) is kind
        assert (revealed, repr(revealed)) == (value, repr(value))
        assert getattr(revealed, "fold", 0) == getattr(value, "fold", 0)
        assert wrapper.label == collected.label
    assert equal(Delivery, collected, w.guard.unseal(item, token, record="r"))
    w.guard.close()


class Text(str):
    """A str that is none."""

    __slots__ = ()


@pytest.mark.parametrize("value", [Text("Li"), b"Li", None, 1, ["Li"]], ids=repr)
def test_a_value_of_another_type_is_refused(w: World, value: Any) -> None:
    """What would not come back as it is, is not collected."""
    with pytest.raises(ValueInvalid, match="not of type str"):
        w.adult.collect(NAME, value)


# ── Ciphertext and labels ─────────────────────────────────────────────────────────────────────────────────


def test_equal_values_have_different_ciphertext(w: World) -> None:
    """Neither in memory nor sealed does ciphertext tell that two values are the same."""
    one, other = w.adult.collect(CARD, "622"), w.adult.collect(CARD, "622")
    assert payload(one) != payload(other)
    assert one.seal() != one.seal()


def test_a_value_that_is_sealed_for_no_row_opens_for_none(w: World) -> None:
    """Without a name of a row it is bound to no row, which is not the same as to any."""
    token = w.adult.collect(CARD, "622").seal()
    assert w.guard.unseal(CARD, token).reveal(Payment) == "622"
    assert w.guard.unseal(CARD, token, record="").reveal(Payment) == "622"
    with pytest.raises(SealBroken):
        w.guard.unseal(CARD, token, record="r")


def test_the_length_of_a_sealed_value_shows_in_steps_only(w: World) -> None:
    """Tokens of values of one to twenty-eight bytes are of one length."""
    lengths = {len(w.adult.collect(CARD, "x" * size).seal()) for size in range(29)}
    assert len(lengths) == 1


def test_labels_say_what_is_known(w: World) -> None:
    """A label names everything but the content."""
    label = w.child.collect(NAME, "Mei").label
    assert isinstance(label, Label)
    assert label.categories == {Category.NAME, Category.CHILD}
    assert label.sensitivity is Sensitivity.SENSITIVE
    assert label.versions == {POLICY.version}


def test_functions_report_their_public_module() -> None:
    """As readers import them, although they are loaded late."""
    functions = (combine, equal, reveal_all)
    assert {function.__module__ for function in functions} == {"obq_privacy"}
