"""Ways to fail while a value is at hand. No frame here has the value as a local: `secret()` stands for it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import attrs
from values_world import CANARY, CARD, DEVICE, NAME, PHONE, Delivery, Marketing, Order, Payment, World

import obq_privacy
from obq_privacy import (
    Category,
    Personal,
    PersonalItem,
    Policy,
    SensitiveItem,
    additional,
    basic,
    held_as,
    record,
    validators,
)
from obq_privacy.errors import (
    AccidentalUse,
    ConsentWithdrawn,
    DerivationFailed,
    GuardClosed,
    JournalUnavailable,
    KeyErased,
    KeyUnknown,
    PolicyGap,
    PurposeInvalid,
    PurposeNotAllowed,
    RecordInvalid,
    RecordMismatch,
    SealBroken,
    SubjectErased,
    SubjectInvalid,
    ValueInvalid,
    WrapperMisuse,
)

if TYPE_CHECKING:
    from collections.abc import Callable


# Most scenes are wrong on purpose: what the type checkers say of that is in tests/typing.
combine: Any = obq_privacy.combine
equal: Any = obq_privacy.equal
evolve: Any = obq_privacy.evolve
reveal_all: Any = obq_privacy.reveal_all
make_order: Any = Order
make_personal: Any = Personal


def secret() -> str:
    """Give the value, which no frame keeps."""
    return CANARY


def unspeakable() -> str:
    """Give a value that has no bytes: it ends in half of a character."""
    return f"{CANARY}\ud800"


# ── Items that fail ───────────────────────────────────────────────────────────────────────────────────────


def raises(value: object) -> NoReturn:
    """Quote the value in an error, as people do."""
    raise ValueError(f"bad value {value!r}", value)


def raises_noted(value: object) -> NoReturn:
    """Quote the value in a note and in a cause."""
    error = KeyError(value)
    error.add_note(f"it was {value}")
    raise error from ValueError(value)


def stops(value: object) -> NoReturn:
    """Raise what ends iteration."""
    raise StopIteration(value)


def recurses(value: object) -> object:
    """Never come back."""
    return recurses([value])


def interrupts(value: object) -> NoReturn:
    """Raise what Ctrl-C raises."""
    error = KeyboardInterrupt(value)
    error.add_note(f"it was {value}")
    raise error from ValueError(value)


def exits(value: object) -> NoReturn:
    """Exit with the value as message."""
    raise SystemExit(f"bad value {value}")


def closes(value: object) -> NoReturn:
    """Raise what closes a generator."""
    raise GeneratorExit(value)


def cancels(value: object) -> NoReturn:
    """Raise what cancels a task."""
    raise asyncio.CancelledError(value)


def groups(value: object) -> NoReturn:
    """Raise a group of errors."""
    raise ExceptionGroup(f"bad value {value}", [ValueError(value)])


def groups_interrupts(value: object) -> NoReturn:
    """Raise a group that holds an interrupt."""
    inner: BaseExceptionGroup[BaseException] = BaseExceptionGroup(f"{value}", [KeyboardInterrupt(value)])
    raise BaseExceptionGroup(f"bad value {value}", [ValueError(value), inner])


def refuses(value: object) -> NoReturn:
    """Raise an error of the library with the value in it."""
    raise ValueInvalid(item="other", problem=f"bad value {value}")


class Failing:
    """A codec that fails as it is told, and quotes the value."""

    def __init__(self, *, encode: bool = False, decode: bool = False) -> None:
        self._encode = encode
        self._decode = decode

    def encode(self, value: str, /) -> bytes:
        """Spell it."""
        return raises(value) if self._encode else value.encode()

    def decode(self, data: bytes, /) -> str:
        """Read it."""
        return raises(data) if self._decode else data.decode()


AGE = PersonalItem("age", int, Delivery)
CHECKED = PersonalItem("checked", str, Delivery, validate=raises)
QUOTED = PersonalItem("quoted", str, Delivery, validate=lambda value: f"{value} is not good")
SHOWN = PersonalItem("shown", str, Delivery, validate=lambda value: f"{value!r} is not good")
CUT = PersonalItem("cut", str, Delivery, validate=lambda value: f"nothing begins with {value[:6]}")
BANK = SensitiveItem("checked-card", str, Delivery, category=Category.BANK_ACCOUNT, validate=validators.BankCard())
UNWRITABLE = SensitiveItem(
    "unwritable", str, Delivery, category=Category.PROPERTY, codec=Failing(encode=True), mask=str
)
UNWRITABLE_PLAIN = PersonalItem("unwritable-plain", str, Delivery, codec=Failing(encode=True))
UNREADABLE = SensitiveItem("unreadable", str, Delivery, category=Category.PROPERTY, codec=Failing(decode=True))
UNREADABLE_PLAIN = PersonalItem("unreadable-plain", str, Delivery, codec=Failing(decode=True))
MASKED = PersonalItem("masked", str, Delivery, mask=raises)
REFUSED_MASK = PersonalItem("masked-refused", str, Delivery, mask=refuses)
INTERRUPTED_MASK = PersonalItem("masked-interrupted", str, Delivery, mask=interrupts)
SEALED = SensitiveItem("sealed", str, Delivery, category=Category.PROPERTY)
SEALED_AS_AGE = SensitiveItem("sealed", int, Delivery, category=Category.PROPERTY)
NAME_AS_AGE = PersonalItem("consignee-name", int, Delivery)
ITEMS = (
    AGE,
    CHECKED,
    QUOTED,
    SHOWN,
    CUT,
    BANK,
    UNWRITABLE,
    UNWRITABLE_PLAIN,
    UNREADABLE,
    UNREADABLE_PLAIN,
    MASKED,
    REFUSED_MASK,
    INTERRUPTED_MASK,
    SEALED,
)
FAILING_POLICY = Policy(
    version="1",
    controller="Example Shop",
    purposes=[
        basic(Delivery, necessary=[NAME], optional=[DEVICE, PHONE, *ITEMS]),
        basic(Payment, necessary=[CARD], optional=[NAME, DEVICE]),
        additional(Marketing, optional=[PHONE]),
    ],
)


@record
class Form:
    """A record whose fields are checked."""

    age: Personal[int, Delivery] = held_as(AGE)
    checked: Personal[str, Delivery] = held_as(CHECKED)
    quoted: Personal[str, Delivery] = held_as(QUOTED)


@record
class Sealed:
    """A record with a plain field."""

    note: str
    name: Personal[str, Delivery | Payment] = held_as(NAME)


@record
class Noted:
    """A record with a plain field that is checked."""

    note: str = attrs.field(validator=attrs.validators.max_len(3))
    name: Personal[str, Delivery | Payment] = held_as(NAME)


def name(w: World) -> Any:
    """Collect the value as a personal one."""
    return w.adult.collect(NAME, secret())


def card(w: World) -> Any:
    """Collect the value as a sensitive one."""
    return w.adult.collect(CARD, secret())


def order(w: World) -> Any:
    """Collect the value as a record."""
    return w.adult.collect_record(Order, number="881", name=secret(), card=secret())


def no_journal(w: World) -> World:
    """Close the journal behind the guard's back."""
    core: Any = w.guard._core
    core.journal.close()
    return w


def closed(w: World) -> World:
    """Close the guard."""
    w.guard.close()
    return w


def erased(w: World) -> World:
    """Erase the adult."""
    w.adult.erase()
    return w


def withdrawn(w: World) -> World:
    """Withdraw every consent."""
    w.adult.withdraw()
    return w


def tampered(token: bytes) -> bytes:
    """Change the last byte."""
    return token[:-1] + bytes([token[-1] ^ 1])


def after(value: Any, change: Callable[[World], World], w: World) -> Any:
    """Give a value that was made before something happened."""
    change(w)
    return value


def mapped(function: Callable[[Any], object]) -> Callable[[Any], object]:
    """Reveal what a function gives of the value."""
    return lambda w: card(w).map(function).reveal(Payment)


class Scene(NamedTuple):
    """A way to fail, and the error that it ends with."""

    kind: type[BaseException]
    act: Callable[[Any], object]


S = Scene
DERIVATIONS = {
    "raises": raises,
    "raises with note and cause": raises_noted,
    "stops iteration": stops,
    "recurses": recurses,
    "raises a group": groups,
    "raises our error": refuses,
}
STOPS: dict[str, tuple[type[BaseException], Callable[[object], object]]] = {
    "interrupts": (KeyboardInterrupt, interrupts),
    "exits": (SystemExit, exits),
    "closes": (GeneratorExit, closes),
    "cancels": (asyncio.CancelledError, cancels),
    "groups an interrupt": (KeyboardInterrupt, groups_interrupts),
}

SCENES: dict[str, Scene] = {
    # What a validator or a codec says.
    "wrong type": S(ValueInvalid, lambda w: w.adult.collect(AGE, secret())),
    "validator raises": S(ValueInvalid, lambda w: w.adult.collect(CHECKED, secret())),
    "validator quotes": S(ValueInvalid, lambda w: w.adult.collect(QUOTED, secret())),
    "validator shows the repr": S(ValueInvalid, lambda w: w.adult.collect(SHOWN, f"{secret()}\n'")),
    "validator shows a part": S(ValueInvalid, lambda w: w.adult.collect(CUT, secret())),
    "card number": S(ValueInvalid, lambda w: w.adult.collect(BANK, secret())),
    "codec cannot write": S(ValueInvalid, lambda w: w.adult.collect(UNWRITABLE, secret())),
    "codec cannot read": S(ValueInvalid, lambda w: w.adult.collect(UNREADABLE, secret()).reveal(Delivery)),
    "no bytes": S(ValueInvalid, lambda w: w.adult.collect(CARD, unspeakable())),
    "passing a wrapper": S(ValueInvalid, lambda w: w.adult.collect(NAME, name(w))),
    # What a function of map, combine or mask says.
    **{f"map {said}": S(DerivationFailed, mapped(function)) for said, function in DERIVATIONS.items()},
    **{f"map {said}": S(kind, mapped(function)) for said, (kind, function) in STOPS.items()},
    "map of a map": S(DerivationFailed, lambda w: name(w).map(str.upper).map(list).map(raises).reveal(Payment)),
    "map after a failure": S(DerivationFailed, lambda w: name(w).map(raises).map(str).reveal(Payment)),
    "combine": S(DerivationFailed, lambda w: combine(lambda a, b: raises(a + b), name(w), card(w)).reveal(Payment)),
    "combine interrupted": S(
        KeyboardInterrupt, lambda w: combine(lambda a, b: interrupts(a + b), name(w), card(w)).reveal(Payment)
    ),
    "reveal_all": S(DerivationFailed, lambda w: reveal_all(Payment, name(w), card(w), card(w).map(raises))),
    "reveal_all interrupted": S(KeyboardInterrupt, lambda w: reveal_all(Payment, name(w), name(w).map(interrupts))),
    "equal of a failure": S(DerivationFailed, lambda w: equal(Payment, name(w), card(w).map(raises))),
    "mask raises": S(DerivationFailed, lambda w: w.adult.collect(MASKED, secret()).mask(Delivery)),
    # Values without bytes.
    "equal without bytes": S(WrapperMisuse, lambda w: equal(Payment, name(w).map(list), name(w).map(list))),
    "equal of one without bytes": S(WrapperMisuse, lambda w: equal(Payment, name(w), name(w).map(list))),
    "equal of what cannot be spelled": S(
        DerivationFailed, lambda w: equal(Payment, name(w), w.adult.collect(NAME, unspeakable()))
    ),
    "equal of what a function cannot be spelled": S(
        DerivationFailed, lambda w: equal(Payment, name(w).map(unreal), name(w).map(unreal))
    ),
    # Refusals.
    "collect refused": S(
        PolicyGap, lambda w: w.adult.collect(SensitiveItem("x", str, Delivery, category=Category.PROPERTY), secret())
    ),
    "collect after withdrawal": S(ConsentWithdrawn, lambda w: withdrawn(w).adult.collect(NAME, secret())),
    "collect after erasure": S(SubjectErased, lambda w: erased(w).adult.collect(NAME, secret())),
    "collect after close": S(GuardClosed, lambda w: closed(w).adult.collect(NAME, secret())),
    "collect for no item": S(Exception, lambda w: w.adult.collect("bank-card", secret())),
    "reveal for another purpose": S(PurposeNotAllowed, lambda w: name(w).reveal(Marketing)),
    "reveal for no purpose": S(PurposeInvalid, lambda w: name(w).reveal("delivery")),
    "reveal after withdrawal": S(ConsentWithdrawn, lambda w: after(name(w), withdrawn, w).reveal(Delivery)),
    "reveal after erasure": S(SubjectErased, lambda w: after(card(w), erased, w).reveal(Payment)),
    "reveal after close": S(GuardClosed, lambda w: after(name(w), closed, w).reveal(Delivery)),
    "reveal derived for another purpose": S(PurposeNotAllowed, lambda w: name(w).map(len).reveal(Marketing)),
    "reveal_all after withdrawal": S(
        ConsentWithdrawn, lambda w: reveal_all(Payment, *after((name(w), card(w)), withdrawn, w))
    ),
    "mask for another purpose": S(PurposeNotAllowed, lambda w: w.adult.collect(CARD, secret()).mask(Delivery)),
    # Records.
    "record of bad fields": S(
        RecordInvalid,
        lambda w: w.adult.collect_record(Form, age=secret(), checked=secret(), quoted=secret(), nott=secret()),
    ),
    "record with a plain field that its class refuses": S(
        RecordInvalid, lambda w: w.adult.collect_record(Noted, note=secret(), name="a")
    ),
    "record without bytes": S(
        Exception, lambda w: w.adult.collect_record(Order, number="1", name="a", card=unspeakable())
    ),
    "record refused": S(
        ConsentWithdrawn, lambda w: withdrawn(w).adult.collect_record(Order, number="1", name=secret(), card=secret())
    ),
    "record of no class": S(WrapperMisuse, lambda w: w.adult.collect_record(World, name=secret())),
    "record made of plain values": S(WrapperMisuse, lambda w: make_order(number="1", name=secret(), card=card(w))),
    "record made of another item": S(
        WrapperMisuse, lambda w: make_order(number="1", name=w.adult.collect(PHONE, "1"), card=card(w))
    ),
    "record made with a misspelled field": S(
        TypeError, lambda w: make_order(nmae=secret(), number="1", name=name(w), card=card(w))
    ),
    "record made by position": S(TypeError, lambda w: make_order(secret())),
    "record changed": S(attrs.exceptions.FrozenInstanceError, lambda w: setattr(order(w), "card", secret())),
    "record evolved": S(WrapperMisuse, lambda w: evolve(order(w), card=secret())),
    "record evolved by a misspelled field": S(WrapperMisuse, lambda w: evolve(order(w), crad=secret())),
    # Sealed values.
    "unseal tampered": S(SealBroken, lambda w: w.guard.unseal(NAME, tampered(name(w).seal()))),
    "unseal for another record": S(SealBroken, lambda w: w.guard.unseal(NAME, name(w).seal(record="a"), record="b")),
    "unseal as another item": S(SealBroken, lambda w: w.guard.unseal(CARD, name(w).seal())),
    "unseal as another type": S(Exception, lambda w: w.guard.unseal(NAME_AS_AGE, name(w).seal())),
    "unseal as another type, sensitive": S(
        Exception, lambda w: w.guard.unseal(SEALED_AS_AGE, w.adult.collect(SEALED, secret()).seal()).reveal(Delivery)
    ),
    "unseal the unreadable": S(
        Exception, lambda w: w.guard.unseal(UNREADABLE_PLAIN, w.adult.collect(UNREADABLE_PLAIN, secret()).seal())
    ),
    "unseal elsewhere": S(KeyUnknown, lambda w: World().guard.unseal(NAME, name(w).seal())),
    "unseal after erasure": S(KeyErased, lambda w: w.guard.unseal(NAME, after(name(w).seal(), erased, w))),
    "seal after erasure": S(Exception, lambda w: after(name(w), erased, w).seal()),
    "seal without bytes": S(ValueInvalid, lambda w: w.adult.collect(NAME, unspeakable()).seal()),
    "seal the unwritable": S(ValueInvalid, lambda w: w.adult.collect(UNWRITABLE_PLAIN, secret()).seal()),
    "keep without bytes": S(
        ValueInvalid,
        lambda w: w.guard.vault.keep("r", w.adult.collect_record(Order, number="1", name=unspeakable(), card="a")),
    ),
    "keep a plain field without bytes": S(
        Exception, lambda w: w.guard.vault.keep("r", w.adult.collect_record(Sealed, note=unspeakable(), name="a"))
    ),
    "load as another class": S(RecordMismatch, lambda w: w.guard.vault.load(Sealed, kept(w))),
    # No record, no plaintext.
    "collect without journal": S(JournalUnavailable, lambda w: no_journal(w).adult.collect(NAME, secret())),
    "collect sensitive without journal": S(JournalUnavailable, lambda w: no_journal(w).adult.collect(CARD, secret())),
    "collect_record without journal": S(
        JournalUnavailable,
        lambda w: no_journal(w).adult.collect_record(Order, number="1", name=secret(), card=secret()),
    ),
    "reveal without journal": S(JournalUnavailable, lambda w: after(name(w), no_journal, w).reveal(Delivery)),
    "reveal sensitive without journal": S(JournalUnavailable, lambda w: after(card(w), no_journal, w).reveal(Payment)),
    "reveal_all without journal": S(
        JournalUnavailable, lambda w: reveal_all(Payment, *after((name(w), card(w)), no_journal, w))
    ),
    "reveal derived without journal": S(
        JournalUnavailable, lambda w: after(name(w).map(str), no_journal, w).reveal(Delivery)
    ),
    "mask without journal": S(JournalUnavailable, lambda w: after(card(w), no_journal, w).mask(Payment)),
    # Misuse with the value itself.
    "compared with the value": S(AccidentalUse, lambda w: card(w) == secret()),
    "looked for in a list": S(AccidentalUse, lambda w: card(w) in [secret()]),
    "formatted by the value": S(AccidentalUse, lambda w: format(card(w), secret())),
    "attribute set": S(WrapperMisuse, lambda w: setattr(card(w), "value", secret())),
    "state set": S(AccidentalUse, lambda w: card(w).__setstate__(secret())),
    "constructed": S(WrapperMisuse, lambda _: make_personal(secret())),
    "combined with a plain value": S(WrapperMisuse, lambda w: combine(str, name(w), secret())),
    "revealed with a plain value": S(WrapperMisuse, lambda w: reveal_all(Payment, name(w), secret())),
    "compared to a plain value": S(WrapperMisuse, lambda w: equal(Payment, name(w), secret())),
}

SCENES |= {
    "mask raises our error": S(DerivationFailed, lambda w: w.adult.collect(REFUSED_MASK, secret()).mask(Delivery)),
    "mask interrupted": S(KeyboardInterrupt, lambda w: w.adult.collect(INTERRUPTED_MASK, secret()).mask(Delivery)),
    "subject without id": S(SubjectInvalid, lambda w: w.guard.subject([secret()])),
    "subject born tomorrow": S(SubjectInvalid, lambda w: w.guard.subject(secret(), born=dt.date(2099, 1, 1))),
}


KNOWN: dict[str, str] = {}
"""Leaks to be mended outside of the values."""


def unreal(text: str) -> str:
    """Add half of a character."""
    return f"{text}\ud800"


def kept(w: World) -> str:
    """Keep an order."""
    w.guard.vault.keep("r", order(w))
    return "r"


def failure(scene: Scene, w: World) -> BaseException | None:
    """Let it fail, and give the error."""
    try:
        scene.act(w)
    except BaseException as error:  # noqa: BLE001  some of them are interrupts
        return error
    return None
