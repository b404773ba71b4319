"""What flows on from a place is followed within its function, to every sink, and no further than it goes."""

from __future__ import annotations

import pytest
from reveals_world import sinks, ways

SINKS = {
    "print(v)": {"print"},
    "print('card', v, file=out)": {"print"},
    "logging.info('%s', v)": {"log"},
    "log.warning(v)": {"log"},
    "self.logger.error('x', extra={'card': v})": {"log"},
    "warnings.warn(v)": {"log"},
    "x = f'{v}'": {"f-string"},
    "x = f'{v!r:>20}'": {"f-string"},
    "x = 'card {}'.format(v)": {"format"},
    "x = '%s' % v": {"format"},
    "x = '%(v)s' % {'v': v}": {"format"},
    "raise ValueError(v)": {"exception"},
    "raise ValueError('x') from Wrong(v)": {"exception"},
    "assert len(v) > 3, v": {"exception"},
    "open('f', 'w').write(v)": {"write"},
    "path.write_text(v)": {"write"},
    "open(v)": {"write"},
    "requests.post('u', json={'card': v})": {"network"},
    "httpx.get('u', params={'c': v})": {"network"},
    "urllib.request.urlopen('u?' + v)": {"network"},
    "sock.sendall(v.encode())": {"network"},
    "client.post('u', data=v)": {"network"},
    "json.dumps({'card': v})": {"serialise"},
    "pickle.dump(v, out)": {"serialise"},
    "cursor.execute('insert', (v,))": {"database"},
    "subprocess.run(['x', v])": {"process"},
    "return v": {"return"},
    "yield v": {"return"},
    "self.card = v": {"attribute"},
    "self.cards['a'] = v": {"attribute"},
    "setattr(self, 'card', v)": {"attribute"},
    "exec(v)": {"code"},
    "charge_bank(v)": {"call charge_bank"},
    "bank.charge.now(card=v)": set(),  # nothing is known of it
    "len(v)": set(),
    "print(len(v) > 3, v == 'x', not v, bool(v))": set(),
    "v = None; print(v)": set(),
    "del v; print(v)": set(),
}


@pytest.mark.parametrize("use", SINKS)
def test_every_sink_is_told(use: str) -> None:
    """Where a value that was revealed is easily lost from sight, the place says so."""
    code = f"""
import json, logging, pickle, subprocess, urllib.request, warnings
import requests, httpx
def f(self, order: Order, out, path, sock, client, cursor, log, bank):
    v = order.card.reveal(Payment)
    {use}
"""
    assert sinks(code) == SINKS[use]


WAYS = {
    "directly": "print(order.card.reveal(Payment))",
    "a tuple": "a, b = reveal_all(Payment, order.card, order.name)\n    print(b)",
    "unpacking in parallel": "a, b = 1, order.card.reveal(Payment)\n    print(b)",
    "a star": "a, *b = order.card.reveal(Payment)\n    print(b)",
    "a method": "print(order.card.reveal(Payment).strip().upper())",
    "a slice": "print(order.card.reveal(Payment)[:4])",
    "an operator": "print('card ' + order.card.reveal(Payment))",
    "an assignment with an operator": "t = ''\n    t += order.card.reveal(Payment)\n    print(t)",
    "a builtin": "print(str(order.card.reveal(Payment)))",
    "a walrus": "if (v := order.card.reveal(Payment)):\n        print(v)",
    "a list": "v = [order.card.reveal(Payment)]\n    print(v)",
    "appending": "v = []\n    v.append(order.card.reveal(Payment))\n    print(v)",
    "an item": "v = {}\n    v['a'] = order.card.reveal(Payment)\n    print(v)",
    "an attribute": "order.x = order.card.reveal(Payment)\n    print(order.x)",
    "a comprehension": "print([c for c in order.card.reveal(Payment)])",
    "a dict of a comprehension": "print({k: order.card.reveal(Payment) for k in 'ab'})",
    "a loop": "for c in order.card.reveal(Payment):\n        print(c)",
    "a loop that goes on": "v = ''\n    for _ in 'ab':\n        print(v)\n        v = order.card.reveal(Payment)",
    "a while": "v = ''\n    while True:\n        print(v)\n        v = order.card.reveal(Payment)",
    "one branch": "v = ''\n    if order:\n        v = order.card.reveal(Payment)\n    print(v)",
    "a with": "with order.card.reveal(Payment) as v:\n        print(v)",
    "a try": "v = ''\n    try:\n        v = order.card.reveal(Payment)\n    finally:\n        print(v)",
    "a handler": "v = ''\n    try:\n        v = order.card.reveal(Payment)\n    except E:\n        print(v)",
    "a match": "match order.card.reveal(Payment):\n        case str() as v:\n            print(v)",
    "an expression for either": "print(order.card.reveal(Payment) if order else '')",
    "a lambda": "g = lambda: print(order.card.reveal(Payment))",
    "a lambda that is handed the value": "(lambda v: print(v))(order.card.reveal(Payment))",
    "a map": "list(map(lambda v: print(v), reveal_all(Payment, order.card)))",
    "a nested function": "v = order.card.reveal(Payment)\n    def g():\n        print(v)",
    "a method that is handed on": "g = order.card.reveal\n    print(g(Payment))",
    "mapping the method": "print(list(map(order.card.reveal, [Payment])))",
    "getattr": "print(getattr(order.card, 'reveal')(Payment))",
    "a derivation": "order.card.map(lambda v: print(v))",
    "a derivation by print": "order.card.map(print)",
    "a mask": "print(order.card.mask(Payment))",
    "await": "print(await later(order.card.reveal(Payment)))",
}


@pytest.mark.parametrize("how", WAYS)
def test_values_are_followed(how: str) -> None:
    """Through everything that a function does with them before it prints them."""
    assert "print" in sinks(f"async def f(order: Order):\n    {WAYS[how]}\n")


def test_what_does_not_come_from_a_place_is_not_followed() -> None:
    """Each place has its own sinks; ciphertext, answers and wrappers have none."""
    code = """
        def f(order: Order, guard: Guard):
            a = order.card.reveal(Payment)
            b = order.name.reveal(Delivery)
            print(b)
            print(order.card.seal(), op.equal(Payment, order.card, order.card), guard.vault.load(Order, "x"))
    """
    found = {way.text: [where for where, _ in way.into] for way in ways(code)}
    assert found.pop("order.name.reveal(Delivery)") == ["print"]
    assert set(map(tuple, found.values())) == {()}


def test_the_line_of_the_sink_is_told() -> None:
    """So that a reviewer finds it."""
    code = "def f(order: Order):\n    v = order.card.reveal(Payment)\n\n    print(v)\n"
    (found,) = ways(code)
    assert found.into == (("print", found.line + 2),)


def test_a_global_is_a_sink_and_seen_by_functions() -> None:
    """What a module keeps outlives the use, and functions of the module can print it."""
    code = "def made() -> Order: ...\nKEPT = made().card.reveal(Payment)\ndef f():\n    print(KEPT)\n"
    assert sinks(code) == {"global", "print"}


def test_a_name_of_one_function_says_nothing_of_another() -> None:
    """Only nested functions see what their outer one has."""
    code = "def f(order: Order):\n    v = order.card.reveal(Payment)\ndef g(v):\n    print(v)\n"
    assert sinks(code) == set()
