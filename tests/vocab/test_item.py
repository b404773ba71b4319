"""Items: what is declared holds, what cannot hold is refused, and nothing that fails tells the value."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from obq_privacy.errors import ItemInvalid, PurposeInvalid, ValueInvalid
from obq_privacy.vocab import Category, NonPersonalItem, PersonalItem, Purpose, PurposeSet, SensitiveItem, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obq_privacy.vocab import AnyItem


class Delivery(Purpose):
    """Bring it."""


class Express(Delivery):
    """Bring it fast."""


class Payment(Purpose):
    """Take the money."""


class Colour(Enum):
    """An enum."""

    RED = 1


@attrs.frozen
class Inner:
    """An attrs class of plain types."""

    number: int


@attrs.frozen
class Outer:
    """An attrs class of another one and an enum."""

    inner: Inner
    colour: Colour


class Strange:
    """A type that the library does not know."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"Strange of {self.text}"


class StrangeCodec:
    """A codec for it."""

    def encode(self, value: Strange, /) -> bytes:
        return value.text.encode()

    def decode(self, data: bytes, /) -> Strange:
        return Strange(data.decode())


# For calls that no type checker would let pass.
personal: Callable[..., AnyItem] = PersonalItem
sensitive: Callable[..., AnyItem] = SensitiveItem
non_personal: Callable[..., AnyItem] = NonPersonalItem


# ── What is declared ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-2")
def test_every_kind_of_item_says_how_sensitive_it_is() -> None:
    """An item is non-personal, personal or sensitive by its class, so that no item leaves it open."""
    items: list[AnyItem] = [
        NonPersonalItem("model", str, Delivery),
        PersonalItem("name", str, Delivery),
        SensitiveItem("card", str, Delivery, category=Category.BANK_ACCOUNT),
    ]
    assert [item.sensitivity for item in items] == [
        Sensitivity.NON_PERSONAL,
        Sensitivity.PERSONAL,
        Sensitivity.SENSITIVE,
    ]
    assert [item.encrypt for item in items] == [False, False, True]


@pytest.mark.clause("DEF-2")
def test_a_sensitive_item_has_to_name_its_category() -> None:
    """There is no default that could be wrong."""
    with pytest.raises(TypeError, match="category"):
        sensitive("card", str, Delivery)


def test_what_is_declared_can_be_read() -> None:
    """Every argument, and what stands for one that is left out."""

    def rule(value: str) -> str | None:
        return None if value else "it is empty"

    item = PersonalItem(
        "home.address",
        str,
        Delivery | Payment,
        category=Category.CONTACT,
        validate=rule,
        mask=str.upper,
        encrypt=True,
        title="Where to",
        clause="USE-12",
    )
    assert (item.key, item.kind, item.category, item.encrypt) == ("home.address", str, Category.CONTACT, True)
    assert (item.title, item.clause, item.codec) == ("Where to", "USE-12", None)
    assert (item.validate, item.mask) == (rule, str.upper)
    assert item.purposes == PurposeSet([Delivery, Payment])
    assert repr(item) == "PersonalItem(home.address)"
    plain = PersonalItem("home.address-line", str, Delivery, clause="")
    assert (plain.title, plain.clause, plain.exact, plain.encrypt) == ("home address line", None, False, False)


def test_exact_items_refuse_narrower_purposes() -> None:
    """By default a narrower purpose is covered."""
    assert PersonalItem("a", str, Delivery).purposes.allows(Express)
    exact = PersonalItem("a", str, Delivery, exact=True)
    assert exact.exact
    assert exact.purposes.allows(Delivery)
    assert not exact.purposes.allows(Express)


@pytest.mark.clause("USE-19")
def test_biometric_items_are_exact_whatever_is_declared() -> None:
    """Facial features are used strictly within what was authorised: a broader consent is never inherited."""
    for exact in (True, False):
        face = SensitiveItem("face", bytes, Delivery, category=Category.BIOMETRIC, exact=exact)
        assert face.exact
        assert not face.purposes.allows(Express)
    for category in set(Category) - {Category.BIOMETRIC}:
        assert not SensitiveItem("other", str, Delivery, category=category).exact


# ── What cannot hold ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("make", [personal, non_personal, lambda *a: sensitive(*a, category=Category.CHILD)])
@pytest.mark.parametrize("key", ["", "Name", "a b", "a--b", "-a", "a.", "a/b", "名", "a\n", "a\0", 5, None, b"a"])
def test_a_bad_key_is_refused(make: Callable[..., AnyItem], key: object) -> None:
    """Keys stand in tokens, records and documents, so they have one simple form."""
    with pytest.raises(ItemInvalid, match="key"):
        make(key, str, Delivery)


@pytest.mark.parametrize("kind", [Strange, object, list, complex, type(None), Enum])
def test_an_unknown_type_needs_a_codec(kind: type) -> None:
    """The library does not guess how to write values of a type that it does not know."""
    with pytest.raises(ItemInvalid, match="codec") as caught:
        personal("thing", kind, Delivery)
    assert kind.__qualname__ in caught.value.problem


@pytest.mark.parametrize("kind", [list[int], int | None, "str", None, 5])
def test_what_is_no_class_is_refused(kind: object) -> None:
    """A codec does not help: values are checked against a class."""
    for codec in (None, StrangeCodec()):
        with pytest.raises(ItemInvalid, match="not a class"):
            personal("thing", kind, Delivery, codec=codec)


@pytest.mark.parametrize("codec", [object(), "utf-8", 5, str])
def test_what_is_no_codec_is_refused(codec: object) -> None:
    """It is found when the item is declared, not when the first value is lost."""
    with pytest.raises(ItemInvalid, match="lacks encode or decode"):
        personal("thing", Strange, Delivery, codec=codec)


def test_a_category_is_a_category() -> None:
    """A name of one would compare unequal everywhere, and so count as not sensitive."""
    with pytest.raises(ItemInvalid, match="category"):
        personal("card", str, Delivery, category="bank-account")


@pytest.mark.parametrize("purposes", [Purpose, "Delivery", None, int, Delivery | None, [Delivery]])
def test_purposes_are_purposes(purposes: object) -> None:
    """The error names the item."""
    with pytest.raises(PurposeInvalid) as caught:
        personal("thing", str, purposes)
    assert caught.value.declaration == "thing"


# ── Values ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "value",
    [
        *("x", b"x", 1, 1.5, True, Decimal("1.5"), date(2026, 1, 1), datetime(2026, 1, 1), UUID(int=7)),  # noqa: DTZ001
        *(Colour.RED, Inner(3), Outer(Inner(3), Colour.RED)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_supported_types_need_no_codec(value: object) -> None:
    """Plain types, enums, and attrs classes of these, nested too, are written and read back."""
    item = personal("thing", type(value), Delivery)
    assert item.check(value) is None
    assert item.decode(item.encode(value)) == value


def test_an_own_codec_is_used() -> None:
    """Also for a type that the library knows."""
    item = PersonalItem("thing", Strange, Delivery, codec=StrangeCodec())
    assert item.check(Strange("a")) is None
    assert item.check("a") == "it is not of type Strange"
    assert item.encode(Strange("a")) == b"a"
    assert item.decode(b"a").text == "a"

    class Reverse:
        def encode(self, value: str, /) -> bytes:
            return value[::-1].encode()

        def decode(self, data: bytes, /) -> str:
            return data.decode()[::-1]

    turned = PersonalItem("word", str, Delivery, codec=Reverse())
    assert turned.encode("abc") == b"cba"
    assert turned.decode(b"cba") == "abc"


def test_the_type_is_checked_before_the_validator_is_asked() -> None:
    """So a validator may rely on the type."""
    asked: list[object] = []
    item = PersonalItem("number", int, Delivery, validate=asked.append)
    assert item.check(True) == "it is not of type int"
    assert asked == []
    assert item.check(1) is None
    assert asked == [1]


def test_the_validators_words_are_passed_on() -> None:
    """They are what the person is told."""
    item = PersonalItem("age", int, Delivery, validate=lambda value: None if value > 17 else "it is below 18")
    assert item.check(18) is None
    assert item.check(17) == "it is below 18"


@pytest.mark.parametrize("answer", [True, False, "", 0, [], object(), b"wrong", {"error": 1}])
def test_an_answer_that_is_neither_none_nor_text_is_a_problem(answer: object) -> None:
    """A predicate in place of a validator lets nothing pass, whichever way round it is."""
    validate = cast("Callable[[str], str | None]", lambda _value: answer)
    problem = PersonalItem("word", str, Delivery, validate=validate).check("secret word")
    assert type(problem) is str
    assert problem


# ── Threats: a failure that tells the value ───────────────────────────────────────────────────────────────

SECRET = "6222021234567890128"  # noqa: S105
secrets = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8).map(lambda text: f"{text}#secret")


def told(error: BaseException | None, own: str) -> Iterator[str]:
    """Yield everything that somebody who renders an error might see, apart from frames of the file `own`."""
    if error is None:
        return
    yield from (str(error), repr(error), repr(error.args), repr(vars(error)), repr(getattr(error, "__notes__", ())))
    frames = error.__traceback__
    while frames is not None:
        if frames.tb_frame.f_code.co_filename != own:
            yield from map(repr, frames.tb_frame.f_locals.values())
        frames = frames.tb_next
    yield from told(error.__cause__, own)
    yield from told(error.__context__, own)


def tells(error: BaseException, secret: str) -> list[str]:
    return [text for text in told(error, __file__) if secret in text]


class Blabbing:
    """A codec and a validator whose errors quote the value every way there is."""

    def encode(self, value: str, /) -> bytes:
        try:
            raise KeyError(value)  # noqa: TRY301
        except KeyError as first:
            second = ValueError(f"cannot write {value}")
            second.add_note(f"it was {value}")
            raise second from first

    def decode(self, data: bytes, /) -> str:
        raise UnicodeDecodeError("utf-8", data, 0, 1, f"cannot read {data!r}")

    def __call__(self, value: str, /) -> str | None:
        raise ValueError(value)


@given(secrets)
def test_a_validator_that_raises_does_not_tell_the_value(secret: str) -> None:
    """Its error is withheld, because it may quote the value."""
    item = PersonalItem("word", str, Delivery, validate=Blabbing())
    assert item.check(secret) == "its validator failed"


@given(secrets, st.sampled_from(["{}", "{!r}", "it is not a number: {}", "the word {!r} is too long"]))
def test_a_validator_that_quotes_the_value_is_not_passed_on(secret: str, words: str) -> None:
    """The most common slip: an error message that says what was wrong by showing it."""
    item = PersonalItem("word", str, Delivery, validate=words.format)
    problem = item.check(secret)
    assert problem is not None
    assert secret not in problem
    number = PersonalItem("number", int, Delivery, validate=words.format)
    assert "1234567" not in (number.check(1234567) or "1234567")
    data = PersonalItem("data", bytes, Delivery, validate=words.format)
    assert secret not in (data.check(secret.encode()) or secret)


def test_a_value_whose_text_raises_does_not_break_the_check() -> None:
    """What the type does when it is printed is not the library's business."""

    class Shy(Strange):
        def __str__(self) -> str:
            raise ValueError(self.text)

    item = PersonalItem("thing", Strange, Delivery, codec=StrangeCodec(), validate=lambda _value: "no")
    assert item.check(Shy(SECRET)) == "its validator failed"


@given(secrets)
def test_a_codec_that_raises_does_not_tell_the_value(secret: str) -> None:
    """Not in arguments, causes, contexts or notes, nor in a local of any frame of the library, either way."""
    item = PersonalItem("word", str, Delivery, codec=Blabbing())
    with pytest.raises(ValueInvalid) as caught:
        item.encode(secret)
    assert caught.value.item == "word"
    assert tells(caught.value, secret) == []
    assert caught.value.__context__ is None
    with pytest.raises(ValueInvalid) as caught:
        item.decode(secret.encode())
    assert tells(caught.value, secret) == []
    assert caught.value.__context__ is None


@given(secrets, st.sampled_from([str, bytearray, lambda value: [value], lambda _value: None, memoryview]))
def test_a_codec_that_gives_no_bytes_does_not_tell_the_value(secret: str, give: Callable[[Any], Any]) -> None:
    """Text in place of bytes would reach the cipher, or a log."""

    class Loose:
        def encode(self, value: bytes, /) -> bytes:
            return cast("bytes", give(value))

        def decode(self, data: bytes, /) -> bytes:
            return data

    item = PersonalItem("word", bytes, Delivery, codec=Loose())
    with pytest.raises(ValueInvalid) as caught:
        item.encode(secret.encode())
    assert tells(caught.value, secret) == []


@given(secrets)
def test_a_lone_surrogate_does_not_tell_the_value(secret: str) -> None:
    """The error of Python's own codec holds the whole text."""
    with pytest.raises(ValueInvalid) as caught:
        PersonalItem("word", str, Delivery).encode(f"{secret}\ud800")
    assert tells(caught.value, secret) == []


@pytest.mark.parametrize("kind", [bool, float, Decimal, date, datetime, UUID, Colour, Inner, Outer])
@given(secret=secrets)
def test_bytes_of_another_type_do_not_tell_the_value(kind: type, secret: str) -> None:
    """When an item's type changes, old values do not open; Python's own errors would quote them."""
    assume(len(secret) not in {8, 16})
    with pytest.raises(ValueInvalid) as caught:
        personal("word", kind, Delivery).decode(secret.encode())
    assert tells(caught.value, secret) == []
    assert caught.value.__context__ is None


def test_an_attrs_class_that_refuses_its_own_fields_does_not_tell_the_value() -> None:
    """A validator of the class may have become stricter since the value was written."""
    strict = [False]

    def stricter(_self: object, _field: object, value: str) -> None:
        if strict[0]:
            raise ValueError(f"not {value}")

    @attrs.frozen
    class Card:
        number: str = attrs.field(validator=stricter)

    item = PersonalItem("card", Card, Delivery)
    data = item.encode(Card(SECRET))
    strict[0] = True
    with pytest.raises(ValueInvalid) as caught:
        item.decode(data)
    assert tells(caught.value, SECRET) == []


# ── An item is a declaration ──────────────────────────────────────────────────────────────────────────────

ITEMS: list[AnyItem] = [
    PersonalItem("name", str, Delivery),
    SensitiveItem("card", str, Payment, category=Category.BANK_ACCOUNT),
    NonPersonalItem("model", str, Delivery),
]


@pytest.mark.parametrize("item", ITEMS, ids=repr)
def test_an_item_is_immutable(item: Any) -> None:
    """What was declared and checked stays so."""
    for name in ("key", "purposes", "encrypt", "category", "validate", "_form", "sensitivity", "other"):
        with pytest.raises(AttributeError):
            setattr(item, name, None)
        with pytest.raises(AttributeError):
            delattr(item, name)
    assert not hasattr(item, "__dict__")


@pytest.mark.parametrize("item", ITEMS, ids=repr)
def test_an_item_is_not_pickled_or_copied(item: AnyItem) -> None:
    """A copy would be another item of the same key."""
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="import it instead"):
            way(item)


def test_items_are_told_apart_by_identity() -> None:
    """Two declarations of one key are two items, and a policy refuses to have both."""
    one, other = PersonalItem("name", str, Delivery), PersonalItem("name", str, Delivery)
    assert one != other
    assert len({one, other}) == 2
