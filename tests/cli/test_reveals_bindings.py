"""Every way of binding a way out is found, and what only looks like one is not."""

from __future__ import annotations

import time

import pytest
from reveals_world import PREAMBLE, told, ways

# ── What is found ─────────────────────────────────────────────────────────────────────────────────────────

OUT = {
    "card.reveal(Payment)": "plaintext of ? for Payment",
    "card.reveal_under(invoked)": "plaintext of ? for ?",
    "card.share(Payment, to=BANK)": "plaintext of ? for Payment",
    "card.transfer(Payment, to=BANK)": "plaintext of ? for Payment",
    "card.disclose(Payment)": "plaintext of ? for Payment",
    "card.mask(Payment)": "masked of ? for Payment",
    "card.seal()": "ciphertext of ? for ?",
    "card.map(show)": "derivation of ? for ?",
    "order.card.reveal(Payment)": "plaintext of bank-card for Payment",
    "reveal_all(Payment, order.card, order.name)": "plaintext of bank-card+name for Payment",
    "share_all(Payment, order.card, to=BANK)": "plaintext of bank-card for Payment",
    "equal(Payment, order.card, card)": "answer of bank-card for Payment",
    "combine(show, order.name, order.card)": "derivation of bank-card+name for ?",
    "guard.unseal(CARD, token)": "wrapper of bank-card for ?",
    "guard.vault.load(Order, name)": "wrapper of bank-card+name for ?",
    "guard.envelope(Payment, …, to=BANK)": "ciphertext of bank-card for Payment",
    "guard.release(Payment, orders, by=…)": "answer of ? for Payment",
    "guard.index(order.card, Payment)": "answer of bank-card for Payment",
    "guard.matches(order.card, order.card, Payment)": "answer of bank-card for Payment",
    "Rights(guard).export(subject, by=…)": "plaintext of ? for ?",
    "inbox.open(data, …, subject=person)": "wrapper of bank-card for ?",
    "inbox.open_record(data, Order, subject=person)": "wrapper of bank-card+name for ?",
    "deciding.reveal(order.card, Payment)": "plaintext of bank-card for Payment",
    "key.private": "key of ? for ?",
    "receipt.export()": "key of ? for ?",
    "guard.subject(…).standing.born": "plaintext of ? for ?",
}
_SPELLED = {
    "guard.envelope(Payment, …, to=BANK)": 'guard.envelope(Payment, {"card": order.card}, to=BANK)',
    "guard.release(Payment, orders, by=…)": 'guard.release(Payment, orders, by={"x": pick})',
    "Rights(guard).export(subject, by=…)": 'Rights(guard).export(subject, by="me")',
    "inbox.open(data, …, subject=person)": 'inbox.open(data, {"card": CARD}, subject=person)',
    "guard.subject(…).standing.born": 'guard.subject("x").standing.born',
}


@pytest.mark.parametrize("text", OUT)
def test_every_way_out_is_listed_for_what_it_is(text: str) -> None:
    """Each public method and function through which anything of a value comes out is known, and its kind."""
    code = f"""
        from obq_privacy import EnvelopeKey, Inbox
        from obq_privacy.rights import Deciding, ReceiptKey, Rights
        def f(card: Sensitive[str, Payment], order: Order, guard: Guard, inbox: Inbox, key: EnvelopeKey,
              receipt: ReceiptKey, deciding: Deciding, orders: list[Order]):
            {_SPELLED.get(text, text)}
    """
    assert told(code) == [f"f: {text} = {OUT[text]}"]


BINDINGS = {
    "an alias of the package": "op.reveal_all(Payment, order.card)",
    "an alias of the function": "from obq_privacy import reveal_all as ra; ra(Payment, order.card)",
    "an import in the function": "from obq_privacy.values import reveal_all as rb; rb(Payment, order.card)",
    "a name for the method": "show = order.card.reveal; show(Payment)",
    "a name for the function": "op2 = op; op2.reveal_all(Payment, order.card)",
    "getattr": "getattr(order.card, 'reveal')(Payment)",
    "getattr with a default": "getattr(order.card, 'reveal', None)(Payment)",
    "methodcaller": "import operator; operator.methodcaller('reveal', Payment)(order.card)",
    "map over a method": "list(map(order.card.reveal, [Payment]))",
    "partial": "import functools; functools.partial(order.card.reveal, Payment)()",
    "the function of the class": "op.Protected.reveal(order.card, Payment)",
    "a lambda": "f = lambda: order.card.reveal(Payment)",
    "a lambda over many": "list(map(lambda one: one.card.reveal(Payment), [order]))",
    "a comprehension": "[one.card.reveal(Payment) for one in [order]]",
    "a comprehension of dicts": "{one.number: one.card.reveal(Payment) for one in (order,)}",
    "a walrus": "(c := order.card).reveal(Payment)",
    "a tuple": "a, b = order.card, 1; a.reveal(Payment)",
    "a star": "first, *rest = [order.card]; first.reveal(Payment)",
    "a list": "cards = [order.card]; cards[0].reveal(Payment)",
    "a dict": "cards = {'a': order.card}; cards.get('a').reveal(Payment)",
    "either": "(order.card if order else None).reveal(Payment)",
    "or": "(None or order.card).reveal(Payment)",
    "cast": "from typing import cast; cast('Sensitive[str, Payment]', order.card).reveal(Payment)",
    "arguments that are spread": "order.card.reveal(*[Payment])",
    "a default": "def g(x=order.card.reveal(Payment)): ...",
    "a decorator": "@order.card.reveal(Payment)\n    def g(): ...",
    "a match": "match order.card.reveal(Payment):\n        case _: ...",
    "an f-string": "f'{order.card.reveal(Payment)}'",
    "await": "await later(order.card.reveal(Payment))",
    "yield": "yield order.card.reveal(Payment)",
    "del": "del x[order.card.reveal(Payment)]",
    "a class": "class C:\n        x = order.card.reveal(Payment)",
}


@pytest.mark.parametrize("how", BINDINGS)
def test_every_form_of_binding_is_seen(how: str) -> None:
    """However the method or function is reached, the place is listed with its item."""
    found = ways(f"async def f(order: Order):\n    {BINDINGS[how]}\n")
    assert any(str(way.out) == "plaintext" for way in found), found
    assert {item for way in found for item in way.items} <= {"bank-card"}
    if "methodcaller" not in BINDINGS[how] and "ra(" not in BINDINGS[how]:
        assert any(way.items == ("bank-card",) for way in found), found


def test_places_outside_of_functions_are_listed_by_where_they_are() -> None:
    """At the level of the module, in a class, in a method, in a nested and in an async function."""
    code = """
        def made() -> Order: ...
        made().card.reveal(Payment)
        class C:
            made().card.reveal(Payment)
            def m(self): made().card.reveal(Payment)
            async def a(self):
                def inner(): return made().card.reveal(Payment)
    """
    assert [way.function for way in ways(code)] == ["<module>", "C", "C.m", "C.a.inner"]


def test_attributes_of_objects_are_followed() -> None:
    """What a class declares, and what its methods set, tells what is revealed elsewhere in it."""
    code = """
        class Desk:
            order: Order
            def __init__(self, guard: Guard, card: Sensitive[str, Payment]) -> None:
                self.guard = guard
                self.kept = self.guard.unseal(CARD, b"")
            @property
            def last(self) -> Order: ...
            def a(self): self.order.card.reveal(Payment)
            def b(self): self.kept.reveal(Payment)
            def c(self): self.last.name.reveal(Delivery)
            def d(self): self.guard.vault.load(Order, "x").card.mask(Payment)
    """
    found = [line for line in told(code) if "wrapper" not in line]
    assert found == [
        "Desk.a: self.order.card.reveal(Payment) = plaintext of bank-card for Payment",
        "Desk.b: self.kept.reveal(Payment) = plaintext of bank-card for Payment",
        "Desk.c: self.last.name.reveal(Delivery) = plaintext of name for Delivery",
        "Desk.d: self.guard.vault.load(Order, …).card.mask(Payment) = masked of bank-card for Payment",
    ]


def test_items_come_from_what_is_collected() -> None:
    """`collect(ITEM, …)` tells the item, also where the guard's type is not known."""
    code = """
        def f(guard):
            card = guard.subject("x").collect(CARD, "1")
            card.reveal(Payment)
            order = guard.subject("x").collect_record(Order, number="1")
            order.name.reveal(Delivery)
            evolved = op.evolve(order, number="2")
            evolved.card.reveal(Payment)
    """
    assert [line.partition(" = ")[2] for line in told(code)] == [
        "plaintext of bank-card for Payment",
        "plaintext of name for Delivery",
        "plaintext of bank-card for Payment",
    ]


def test_a_module_without_the_library_is_read_through_those_that_it_imports() -> None:
    """A module that only imports records from a module of the library's users is read as closely."""
    views = """
        from here import Order, Payment as P
        def view(order: Order): return order.card.reveal(P)
    """
    (found,) = [way for way in ways("", views=views) if way.file == "views.py"]
    assert (found.items, found.purposes, found.sure) == (("bank-card",), ("Payment",), True)


def test_relative_imports_and_star_imports_are_followed() -> None:
    """As absolute ones are."""
    from obq_privacy.cli._scan import scan  # noqa: PLC0415

    sources = {
        "app/terms.py": PREAMBLE,
        "app/views.py": "from .terms import Order, Payment\ndef f(o: Order): o.card.reveal(Payment)\n",
        "app/sub/deep.py": "from ..terms import *\ndef f(o: Order): o.card.reveal(Payment)\n",
        "app/far.py": "from app import terms\ndef f(o: terms.Order): o.card.reveal(terms.Payment)\n",
    }
    found = scan(sources).ways
    assert [(way.file, way.items, way.purposes) for way in found] == [
        (file, ("bank-card",), ("Payment",)) for file in ("app/far.py", "app/sub/deep.py", "app/views.py")
    ]


# ── What is not ───────────────────────────────────────────────────────────────────────────────────────────

HARMLESS = {
    "a lock": "import threading; threading.Lock().release()",
    "an index of a list": "[1, 2].index(1, 0)",
    "an index of something": "names.index('x', 0)",
    "JSON": "import json; json.load(file)",
    "loading with two arguments": "import torch; torch.load(path, where)",
    "a frame's mask": "frame.mask(frame > 0)",
    "a map of something": "pool.map(work)",
    "a method of one's own class": "Slide().reveal(1)",
    "a method without a purpose": "panel.reveal()",
    "opening a file": "open('x'); path.open('r', 1)",
    "a thing of another library": "import cards; cards.reveal(1)",
    "an instance of another library": "import cards; cards.Deck().reveal(1)",
    "sharing by a name": "photo.share('friends')",
    "sealing a box": "box.seal('red')",
    "an export": "table.export('x.csv')",
    "equal of another library": "import numpy; numpy.equal(Payment, a, b)",
    "a text": "'reveal'.index('r', 0)",
    "disclosing nothing": "panel.disclose()",
    "an attribute that is set": "panel.reveal = True",
    "getattr of another name": "getattr(panel, 'reveal_all_cards')",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_methods_of_the_same_name_are_not_listed(what: str) -> None:
    """In a module that uses the library, what is known to be something else is left out."""
    code = f"class Slide:\n    def reveal(self, n): ...\ndef f(panel, names, frame):\n    {HARMLESS[what]}\n"
    assert [way for way in ways(code) if way.function == "f"] == []


def test_a_parameter_of_another_librarys_type_is_not_ours() -> None:
    """An annotation settles it, in either direction."""
    code = "from cards import Deck\ndef f(deck: Deck, card: op.Protected[str, Payment]):\n    {}.reveal(Payment)\n"
    assert ways(code.format("deck")) == []
    assert len(ways(code.format("card"))) == 1


def test_what_lies_behind_another_librarys_object_may_be_ours() -> None:
    """A session of a database gives back records of the application: that is not taken for another library's."""
    code = "import flask, orm\ndef f(session: orm.Session):\n    {}.reveal(Payment)\n"
    for receiver in ("flask.g.card", "session.get(Order, 1).card", "orm.load('x')"):
        assert len(ways(code.format(receiver))) == 1, receiver


def test_what_may_be_anything_is_not_taken_for_something_else() -> None:
    """A name that holds another library's object at one time and something unknown at another may hold ours."""
    code = "import cards\ndef f(deck: cards.Deck):\n    {}deck.reveal(Payment)\n"
    assert ways(code.format("")) == []
    assert len(ways(code.format("deck = find('x')\n    "))) == 1


def test_the_shape_of_a_call_tells_where_its_receiver_does_not() -> None:
    """A purpose, a record class, or a keyword such as `to=` makes a call the library's, in a module that uses it."""
    code = """
        def f(x, purpose, wanted: type[Payment]):
            x.mask(Payment), x.mask(wanted), x.mask(purpose), x.mask(other)
            x.share(other, to=y), x.share(other)
            x.load(Order, "n"), x.load(other, "n")
            x.index(card, Payment), x.index(card, 1)
            x.seal(record="n"), x.seal()
            x.export(y, by="me"), x.export(y)
    """
    sure = [way.text for way in ways(code)]
    assert sure == [
        *("x.mask(Payment)", "x.mask(wanted)", "x.mask(purpose)"),
        *("x.share(other, to=y)", "x.load(Order, …)", "x.index(card, Payment)", "x.seal(record=…)"),
        "x.export(y, by=…)",
    ]
    maybe = {way.text for way in ways(code, everything=True) if not way.sure}
    assert maybe == {"x.mask(other)", "x.load(other, …)", "x.index(card, …)", "x.seal()"}


def test_a_module_that_has_nothing_to_do_with_the_library_is_listed_with_all_only() -> None:
    """There it is a maybe."""
    code = "def f(card):\n    card.reveal(1)\n    card.index(1)\n"
    assert ways(code, preamble="") == []
    (found,) = ways(code, preamble="", everything=True)
    assert (found.text, found.sure) == ("card.reveal(…)", False)


# ── Doors ─────────────────────────────────────────────────────────────────────────────────────────────────

DOORS = [
    "import obq_privacy.values._door",
    "from obq_privacy.values import _door",
    "from obq_privacy.values._door import payload",
    "import importlib; importlib.import_module('obq_privacy.values._door')",
    "op.values._door.payload(card)",
    "card._keeper.reveal(card, Payment)",
    "guard._core",
    "getattr(card, '_payload')",
    "import gc; gc.get_referents(card)",
    "from obq_privacy.crypto import open_token",
]


@pytest.mark.parametrize("code", DOORS)
def test_door_openers_are_back_doors(code: str) -> None:
    """Whatever goes behind the wrapper is listed as such."""
    found = ways(f"def f(card: Sensitive[str, Payment], guard: Guard):\n    {code}\n")
    assert "back door" in {str(way.out) for way in found}, found


def test_public_parts_of_the_library_are_no_back_doors() -> None:
    """Nor are private names of other things."""
    code = (
        "from obq_privacy.crypto import EnvelopeSuite, KeyFile\nfrom obq_privacy.errors import Denied\nop.__version__\n"
    )
    assert ways(f"{code}def f(other): return other._core\n") == []


def test_what_calls_itself_unsafe_is_flagged() -> None:
    """Its import, and each use."""
    code = "from obq_privacy.unsafe import UnsafeObserve\ndef f(): return UnsafeObserve(enforce=[])\n"
    assert [(way.text, str(way.out)) for way in ways(code)] == [
        ("import obq_privacy.unsafe.UnsafeObserve", "unsafe"),
        ("UnsafeObserve(enforce=…)", "unsafe"),
    ]


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("card.reveal(Delivery)  # type: ignore[arg-type]", "type: ignore"),
        ("card.reveal(Delivery)  # pyright: ignore", "type: ignore"),
        ("cast(Any, card).reveal(Delivery)", "cast"),
        ("card.reveal(cast('type[Payment]', Delivery))", "cast"),
        ("x = cast(int, card.reveal(Payment))", "cast"),
        ("card.reveal(\n        Delivery  # type: ignore\n    )", "type: ignore"),
    ],
)
def test_silencing_the_type_checker_is_flagged(line: str, note: str) -> None:
    """It is what tells wrong purposes, so a reviewer has to know where it is not heard."""
    code = f"from typing import Any, cast\ndef f(card: Sensitive[str, Payment]):\n    {line}\n    card.mask(Payment)\n"
    first, second = ways(code)
    assert note in first.notes
    assert second.notes == ()


def test_a_line_is_a_line_as_python_counts_them() -> None:
    """A form feed or a separator in a text ends no line, so that notes stand at their own place."""
    code = (
        'X = "\\x0c\x0c\x1c\u2028"\ndef f(card: Sensitive[str, Payment]):\n    card.reveal(Payment)  # type: ignore\n'
    )
    (found,) = ways(code)
    assert found.notes == ("type: ignore",)


def test_no_literal_of_the_code_is_listed() -> None:
    """Texts in code may be values; lists and lock files are kept and shown around."""
    code = "def f(guard: Guard, order: Order): guard.vault.load(Order, '6222'), order.card.seal(record='6222')\n"
    assert "6222" not in repr(ways(code))


CIRCLES = {
    "classes": "class A(B): x: B\nclass B(A): y: A\ndef f(a: A): a.x.y.x.reveal(Payment)",
    "one class": "class A(A): ...\ndef f(a: A): a.q.reveal(Payment)",
    "names": "x = y\ny = x\ndef f(): x.reveal(Payment)",
    "a chain": "def f(x): x" + ".a(1)" * 80 + ".reveal(Payment)",
    "a nest": "def f(x): " + "x.a(" * 80 + "x.reveal(Payment)" + ")" * 80,
    "loops": "def f(x):\n" + "".join(f"{'  ' * n}  for a in x:\n" for n in range(8)) + " " * 18 + "x.reveal(Payment)",
}


@pytest.mark.parametrize("what", CIRCLES)
def test_code_that_goes_in_circles_or_on_for_long_is_read(what: str) -> None:
    """Neither endless nor exponential: a scanner that hangs is a gate that is turned off."""
    began = time.process_time()
    assert [way.purposes for way in ways(CIRCLES[what])] == [("Payment",)]
    assert time.process_time() - began < 5
