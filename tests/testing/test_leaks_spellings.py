"""Canaries are valid and rare, and are found however they are spelled."""

from __future__ import annotations

import base64
import gzip
import html
import json
import random
import re
import urllib.parse
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaks_world import ACCOUNT, ADDRESS, CARD, CODE, NAME, STRONG, WEAK, WHERE

from obq_privacy.testing import NoLeaks, WeakCanary

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy.vocab import AnyItem


def _after(length: int, spell: Callable[[bytes], bytes], text: str) -> bytes:
    """Spell a text behind as many bytes."""
    return spell(b">" * length + text.encode() + b"yz")


ENCODINGS: dict[str, Callable[[str], str | bytes]] = {
    "plain": str,
    "bytes": str.encode,
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "url": lambda text: urllib.parse.quote(text, safe=""),
    "url plus": urllib.parse.quote_plus,
    "url, small digits": lambda text: re.sub("%..", lambda found: found[0].lower(), urllib.parse.quote(text, safe="")),
    "json": json.dumps,
    "json with escaped slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "json as it is": lambda text: json.dumps(text, ensure_ascii=False),
    "json, capital digits": lambda text: re.sub(r"(?<=\\u)....", lambda found: found[0].upper(), json.dumps(text)),
    "html": html.escape,
    "repr": repr,
    "ascii": ascii,
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32"),
    "gb18030": lambda text: text.encode("gb18030"),
    "gzip": lambda text: gzip.compress(f"<p>{text}</p>".encode()),
    "zlib": lambda text: zlib.compress(f"<p>{text}</p>".encode()),
    "base64, in lines": lambda text: base64.encodebytes(b"x" * 50 + text.encode()),
    "capitals": str.upper,
    "small letters": str.lower,
    "a container": lambda text: repr({"a": [text]}),
    **{f"base64 after {n}": partial(_after, n, base64.b64encode) for n in range(4)},
    **{f"url-safe after {n}": partial(_after, n, base64.urlsafe_b64encode) for n in range(4)},
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("value", ["6222021234567890128", "李雷/Wéi \"Xq7\" & 'Zk'\n?>>>~~", "Ünï+çødé %20 \\ name"])
def test_a_value_is_found_in_every_encoding(encoding: str, value: str) -> None:
    """Embedded in other text, and named by its item without being shown."""
    no_leaks = NoLeaks()
    no_leaks.canary(NAME, value=value)
    spelled = ENCODINGS[encoding](value)
    no_leaks.look("queue", spelled, at="a topic")
    (leak,) = no_leaks.found()
    assert (leak.item, leak.channel, leak.place) == ("consignee-name", "queue", "a topic")
    assert value not in str(leak)


@given(st.binary(max_size=40), st.binary(max_size=40), st.text(min_size=12, max_size=40), st.booleans())
def test_base64_is_found_wherever_the_value_begins(before: bytes, after: bytes, value: str, safe: bool) -> None:
    """Whatever stands around it."""
    no_leaks = NoLeaks()
    try:
        no_leaks.canary(NAME, value=value)
    except (WeakCanary, UnicodeEncodeError):
        return
    encode = base64.urlsafe_b64encode if safe else base64.b64encode
    no_leaks.look("queue", encode(before + value.encode("utf-8", "surrogatepass") + after))
    assert [leak.item for leak in no_leaks.found()] == ["consignee-name"]


@pytest.mark.parametrize("item", STRONG, ids=lambda item: item.key)
def test_a_canary_is_a_valid_value_and_found(item: AnyItem) -> None:
    """Of every type of which a leak can be told from chance: as text, in a container, and in JSON where it can be."""
    for _ in range(20):
        no_leaks = NoLeaks()
        value: Any = no_leaks.canary(item)
        assert item.check(value) is None
        shown = f"{value.latitude} {value.longitude}" if item is WHERE else value
        no_leaks.look("queue", [1, {"a": shown}])
        no_leaks.look("queue", f"it was {shown}!", at="text")
        assert [(leak.item, leak.channel) for leak in no_leaks.found()] == [(item.key, "queue")] * 2


def test_no_two_canaries_are_alike() -> None:
    """Each is made at random."""
    no_leaks = NoLeaks()
    items: tuple[AnyItem, ...] = (CARD, NAME, ACCOUNT)
    assert len({no_leaks.canary(item) for item in items for _ in range(50)}) == 150


@pytest.mark.parametrize("item", WEAK, ids=lambda item: item.key)
def test_types_of_few_values_are_refused(item: AnyItem) -> None:
    """A yes or no, a date, or a member of an enum stands everywhere."""
    with pytest.raises(WeakCanary, match=f"{item.key} is a .*: there are too few to tell a leak from chance"):
        NoLeaks().canary(item)


@pytest.mark.parametrize("value", ["Li Lei", "aaaaaaaaaaaaaaaa", "1990-05-01", "", "20261122", "customer"])
def test_common_values_are_refused(value: str) -> None:
    """Short, monotonous, or a date: they are in many texts that leak nothing."""
    with pytest.raises(WeakCanary, match="too little in it") as caught:
        NoLeaks().canary(NAME, value=value)
    assert not value or value not in str(caught.value)


def test_a_validator_that_asks_for_something_special_is_told_so() -> None:
    """Then the test gives a value of its own, which has to be valid."""
    with pytest.raises(WeakCanary, match=r"no valid value of code \(str\) comes to mind; give one"):
        NoLeaks().canary(CODE)
    with pytest.raises(WeakCanary, match="is no value of it: no X- in front"):
        NoLeaks().canary(CODE, value="Kd7wQ2mTz9Lp")
    assert NoLeaks().canary(CODE, value="X-Kd7wQ2mTz9Lp") == "X-Kd7wQ2mTz9Lp"


@pytest.mark.parametrize("seed", range(20))
def test_chance_finds_nothing(seed: int) -> None:
    """Half a megabyte of digits, of hex digits and of base64 hold no canary."""
    chance = random.Random(seed)  # noqa: S311
    no_leaks = NoLeaks()
    strong: tuple[AnyItem, ...] = tuple(STRONG)
    for item in strong:
        no_leaks.canary(item)
    no_leaks.look("noise", "".join(chance.choices("0123456789", k=100_000)))
    no_leaks.look("noise", chance.randbytes(100_000))
    no_leaks.look("noise", chance.randbytes(100_000).hex())
    no_leaks.look("noise", base64.b64encode(chance.randbytes(100_000)))
    assert no_leaks.found() == []


def test_only_the_beginning_of_a_long_value_is_needed() -> None:
    """What is shown may be cut."""
    no_leaks = NoLeaks()
    value = no_leaks.canary(ADDRESS, value="Yp2@Bn8 Zq7#Xw9 " * 3)
    no_leaks.look("queue", value)
    no_leaks.look("other", value[:10])
    assert [leak.channel for leak in no_leaks.found()] == ["queue"]


def test_a_report_never_holds_a_value() -> None:
    """Not even where the place itself has it, as in the address of a request."""
    no_leaks = NoLeaks()
    card = no_leaks.canary(CARD)
    no_leaks.look("queue", card, at=f"orders/{card}?q={card.encode().hex()}")
    (leak,) = no_leaks.found()
    assert leak.place == "orders/<bank-card>?q=<bank-card>"
    assert card not in repr(no_leaks)
    assert card not in repr(vars(no_leaks)["_finder"])
