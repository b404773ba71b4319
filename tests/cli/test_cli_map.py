"""The map: one page, for everybody, of a small policy and of a large one, with and without volumes."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cli_shop import NAME, POLICY, Delivery
from cli_world import ADULT, CARD_VALUE, NAME_VALUE, OTHER, SHOPPER, run, snapshot

from obq_privacy import Guard
from obq_privacy.unsafe import UnsafeObserve, UnsafeWarning

if TYPE_CHECKING:
    from pathlib import Path

AT = ("--at", "2026-11-22T22:00:00Z")
SMALL = ("map", "--policy", "cli_shop:POLICY", *AT)
LARGE = ("map", "--policy", "obq_privacy.shop:POLICY", *AT)
VOID = frozenset({"meta", "wbr", "br"})


class Element(NamedTuple):
    """An element, with the names of those around it."""

    name: str
    attributes: dict[str, str]
    around: tuple[str, ...]


class Page(HTMLParser):
    """What a page is made of, read by rules of its own."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: Counter[str] = Counter()
        self.first: list[str] = []  # the first element of each svg
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._open and self._open[-1] == "svg" and self.elements[-1].name == "svg":
            self.first.append(tag)
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.texts[data.strip()] += 1

    def all(self, *names: str) -> list[Element]:
        """Give every element of these names."""
        return [element for element in self.elements if element.name in names]


def drawn(folder: Path, *words: str) -> str:
    """Give the page that a command prints."""
    found = run(folder, *words)
    assert (found.status, found.err) == (0, "")
    return found.out


@pytest.fixture(params=["small", "small with volumes", "large"])
def text(request: pytest.FixtureRequest, folder: Path) -> str:
    """Give one of three pages."""
    words = {"small": SMALL, "small with volumes": (*SMALL, "--database", "shop.db"), "large": LARGE}
    return drawn(folder, *words[request.param])


def test_a_page_needs_nothing_else_and_is_laid_out_for_everybody(text: str) -> None:
    """No script, no address outside, landmarks, headings in order, named pictures, tables with heads, unique ids."""
    page = Page(text)
    names = {element.name for element in page.elements}
    assert names.isdisjoint({"script", "link", "iframe", "img", "object", "embed", "form", "base"})
    assert {"html", "header", "nav", "main", "footer"} <= names
    for element in page.elements:
        assert not {name for name in element.attributes if name.startswith("on") or name in {"src", "srcset"}}
        assert element.attributes.get("href", "#").startswith("#")
    assert not re.search(r"@import|url\(|https?:", re.sub(r">[^<]*<", "><", text))
    levels = [int(element.name[1]) for element in page.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))
    assert set(page.first) == {"title"}
    assert len(page.first) == len(page.all("svg"))
    assert len(page.all("table")) == len(page.all("caption"))
    for head in page.all("th"):
        assert head.attributes["scope"] in {"col", "row"}
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.all("a"):
        assert element.attributes["href"].removeprefix("#") in ids
    for element in page.elements:
        for name in element.attributes.get("aria-labelledby", "").split():
            assert name in ids
    assert page.all("html")[0].attributes["lang"] == "en"


def test_everything_that_is_declared_is_in_picture_and_tables(folder: Path) -> None:
    """Each purpose, item and recipient has a row, and a place in the picture that leads to it; each link is drawn."""
    from obq_privacy import shop  # noqa: PLC0415

    for words, policy in ((SMALL, POLICY), (LARGE, shop.POLICY)):
        page = Page(drawn(folder, *words))
        rows = {element.attributes["id"] for element in page.all("tr") if "id" in element.attributes}
        expected = {f"p-{rule.purpose.key}" for rule in policy.purposes} | {f"i-{item.key}" for item in policy.items}
        expected |= {f"r-{one.key}" for one in policy.recipients} | {f"s-{one.key}" for one in policy.sources}
        assert rows == expected
        nodes = [element for element in page.all("a") if "svg" in element.around]
        assert {f"#{name}" for name in expected if name[0] != "s"} == {node.attributes["href"] for node in nodes}
        links = [
            element for element in page.all("path") if "g" in element.around and element.attributes["class"][0] == "l"
        ]
        used = [link for link in links if " r " not in link.attributes["class"]]
        assert len(used) == sum(len(rule.items) for rule in policy.purposes)
        assert len(links) > len(used)


def test_texts_of_others_are_texts(folder: Path) -> None:
    """Marks in a title or a purpose's text are shown, and are no elements."""
    text = drawn(folder, *SMALL)
    assert "<b>" not in text
    assert "<Parcels>" not in text
    page = Page(text)
    assert any("Tell the shopper about <b>offers</b> & more." in one for one in page.texts)
    assert any("Swift <Parcels> & Co." in one for one in page.texts)


def test_the_same_question_gives_the_same_bytes(folder: Path) -> None:
    """Whatever seed Python's hashes have; on standard output and in a file alike."""
    words = (*LARGE, "--database", "shop.db")
    one = run(folder, *words, PYTHONHASHSEED="1").out
    other = run(folder, *words, PYTHONHASHSEED="77").out
    assert one == other
    assert run(folder, *words, PYTHONIOENCODING="ascii").out == one
    assert run(folder, *words, "-o", "map.html").out == "60 purposes, 91 items and 19 recipients in map.html\n"
    assert (folder / "map.html").read_text("utf-8") == one


def test_volumes_are_counted_without_a_key(folder: Path) -> None:
    """People, consents, values, uses and refusals are those of the database; no value and no id is on the page."""
    (folder / "shop.db.key").unlink()
    words = ("map", "--policy", "cli_shop:POLICY", "--database", "shop.db", "-o", "map.html", "--json")
    found = run(folder, *words).json
    assert found["volumes"] == {
        "subjects": 2,
        "erased": 0,
        "consents": 2,
        "agreed": {"delivery": 2, "payment": 1},
        "kept": {"bank-card": 2, "consignee-name": 2, "order-amount": 2},
        "used": {"payment": 3},
        "items": {"bank-card": 3},
        "sent": {"example-bank": 1},
        "refused": {"marketing": 2, "payment": 1},
        "codes": {"OBQ108": 1, "OBQ114": 2},
    }
    text = (folder / "map.html").read_text("utf-8")
    for value in (SHOPPER, OTHER, NAME_VALUE, CARD_VALUE):
        assert value not in text
    assert ">OBQ108<" in text
    assert "NOT in force" in text  # the carrier's agreement is over


def test_uses_are_those_of_thirty_days(folder: Path) -> None:
    """Seen from later, nothing was used lately, and consents are still there; from before, there are none."""
    words = ("map", "--policy", "cli_shop:POLICY", "--database", "shop.db", "-o", "map.html", "--json", "--at")
    later = run(folder, *words, "2040-01-01").json["volumes"]
    assert (later["used"], later["codes"], later["consents"]) == ({}, {}, 2)
    before = run(folder, *words, "2020-01-01").json["volumes"]
    assert (before["used"], before["consents"], before["agreed"]) == ({}, 0, {})


def test_what_was_only_observed_is_counted_as_used_and_as_refused(folder: Path) -> None:
    """Somebody had it, although the policy refuses it."""
    with pytest.warns(UnsafeWarning):
        opened = Guard.open(folder / "shop.db", policy=POLICY, unsafe=UnsafeObserve())
    with opened as guard:
        name = guard.subject("shopper-9", born=ADULT).collect(NAME, "nobody agreed")
        name.reveal(Delivery)
    words = ("map", "--policy", "cli_shop:POLICY", "--database", "shop.db", "-o", "map.html", "--json")
    volumes = run(folder, *words).json["volumes"]
    assert volumes["used"] == {"delivery": 1, "payment": 3}
    assert volumes["items"] == {"bank-card": 3, "consignee-name": 1}
    assert volumes["refused"] == {"": 1, "delivery": 1, "marketing": 2, "payment": 1}
    shown = run(folder, "audit", "show", "shop.db", "--outcome", "observed").out.splitlines()
    assert [line.split()[2:4] for line in shown] == [["observed", "collect"], ["observed", "use"]]


@pytest.mark.parametrize("end", ["withdraw", "expire", "decline"])
def test_consents_that_are_over_are_not_counted(folder: Path, end: str) -> None:
    """Whether a withdrawal, their validity or a succession ended them; the others still are."""
    with Guard.open(folder / "shop.db", policy=POLICY) as guard:
        shopper = guard.subject(SHOPPER)
        if end == "withdraw":
            shopper.withdraw(Delivery)
        elif end == "expire":
            shopper.withdraw(Delivery)
            shopper.grant(Delivery, valid_for=dt.timedelta(microseconds=1))
        else:
            guard.succession("Other Shop", accepted=False)
    words = ("map", "--policy", "cli_shop:POLICY", "--database", "shop.db", "-o", "map.html", "--json")
    volumes = run(folder, *words).json["volumes"]
    assert volumes["agreed"] == ({} if end == "decline" else {"delivery": 1, "payment": 1})


def test_a_page_that_cannot_be_put_there_leaves_what_was(folder: Path) -> None:
    """No half page and no file of ours is left."""
    (folder / "taken").mkdir()
    before = snapshot(folder)
    found = run(folder, *SMALL, "-o", "taken")
    assert found.status == 1
    assert "[OBQ706]" in found.error
    assert {name: data for name, data in snapshot(folder).items() if ".pyc" not in name} == {
        name: data for name, data in before.items() if ".pyc" not in name
    }
    assert run(folder, *SMALL, "--json").status == 2
    assert run(folder, *SMALL[:3], "--at", "yesterday").status == 2


def test_every_colour_of_text_can_be_read(folder: Path) -> None:
    """4.5 to 1 at least, on every ground, in light and in dark (WCAG 2.2, 1.4.3)."""
    schemes = re.findall(r":root\{(--paper[^}]*)\}", drawn(folder, *SMALL))
    assert len(schemes) == 3  # light, dark, and light again for paper
    for scheme in schemes:
        colours = dict(re.findall(r"--([a-z]+):(#[0-9a-f]{6})", scheme))
        for ground in ("paper", "card", "box"):
            for ink in ("ink", "soft", "link", "sensitive", "personal", "other", "recipient"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours as WCAG counts it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
