"""The pictures say what the code does: the house is the one of import-linter, the states are those of the fold."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import sys
import tomllib
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from obq_privacy import (
    ConsentEvent,
    EventKind,
    Label,
    Operation,
    Permit,
    PersonalItem,
    Policy,
    Pseudonym,
    Purpose,
    Request,
    Sensitivity,
    Source,
    additional,
    decide,
)
from obq_privacy.consent import standing_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = DOCS / "pictures"
sys.path.insert(0, str(PICTURES))

from draw import floors_of, main, names  # noqa: E402  it is found by the line above

_SVG = "{http://www.w3.org/2000/svg}"


def text_of(name: str) -> dict[str, Any]:
    return tomllib.loads((PICTURES / f"{name}.toml").read_text("utf-8"))


def test_no_picture_is_stale() -> None:
    """After a change of a text, `python docs/pictures/draw.py` draws the pictures anew."""
    assert names() == ["consent", "house", "lease", "life"]
    assert main(["--check"]) == 0


def test_a_stale_picture_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` fails when a picture says something else than its text."""
    monkeypatch.setattr("draw.svg_of", lambda name: f"something else about {name}")
    assert main(["--check"]) == 1


@pytest.mark.parametrize("name", names())
def test_a_picture_can_be_read_aloud_and_stays_within_its_edges(name: str) -> None:
    """It has a title and a description, and no text or box is cut off."""
    root = ET.fromstring((PICTURES / f"{name}.svg").read_text("utf-8"))  # noqa: S314  our own file
    assert root.findtext(f"{_SVG}title")
    assert len(root.findtext(f"{_SVG}desc") or "") > 40
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    for rect in root.iter(f"{_SVG}rect"):
        x, y, w, h = (float(rect.attrib[side]) for side in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
    for words in root.iter(f"{_SVG}text"):
        if "transform" not in words.attrib:
            x, half = float(words.attrib["x"]), 3.6 * len(words.text or "")
            begins = x if "left" in words.attrib["class"] else x - half
            assert begins >= 0, words.text
            assert begins + 2 * half <= width, words.text
            assert 0 < float(words.attrib["y"]) < height, words.text


def test_the_house_has_every_room_that_the_code_has() -> None:
    """Its floors are the layers of import-linter, which is exhaustive; every room is there."""
    rooms = [room for floor in floors_of() for room in floor]
    package = DOCS.parent / "src" / "obq_privacy"
    there = {path.stem for path in package.iterdir() if not path.stem.startswith("_") and path.suffix in {"", ".py"}}
    assert set(rooms) == there
    drawn = re.findall(r'class="name code"[^>]*>([^<]+)<', (PICTURES / "house.svg").read_text("utf-8"))
    assert drawn == rooms


# ── The states of consent ─────────────────────────────────────────────────────────────────────────────────


class Delivery(Purpose):
    """Bring the order to the consignee."""


NAME = PersonalItem("name", str, Delivery)
POLICY = Policy(version="1", controller="Example Shop", purposes=[additional(Delivery, optional=[NAME])])
SUBJECT = Pseudonym("1" * 32)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LABEL = Label(
    items=frozenset({NAME.key}),
    categories=frozenset({NAME.category}),
    sensitivity=Sensitivity.PERSONAL,
    purposes=NAME.purposes,
    subjects=frozenset({SUBJECT}),
    sources=frozenset({Source()}),
    regions=frozenset({"CN"}),
    versions=frozenset({"1"}),
    collected=(START, START),
)
TIME = "its time is over"
WORDS = ("request", "grant", "renew", "refuse", "withdraw", "expire", "invalidate", "close", TIME)
"""What can happen between a subject and the controller to one consent; `TIME` is that thirty days pass."""


def state(history: tuple[str, ...]) -> tuple[str, ...]:
    """Give what a use gets after a history: "permitted", or the codes of the refusal, for each consent."""
    events, now, grant = [], START, ""
    for number, word in enumerate(history, 1):
        now += DAY
        if word == TIME:
            now += 30 * DAY
            continue
        lasts = word in {"grant", "renew"}
        event = ConsentEvent(
            id=f"{number:032x}",
            key=f"key-{number}",
            kind=EventKind(word),
            subject=SUBJECT,
            actor=SUBJECT,
            purposes=() if word == "close" else (Delivery.key,),
            version="1",
            at=now,
            valid_until=now + 30 * DAY if lasts else None,
            about=grant if word == "renew" else "",
        )
        grant = event.id if word == "grant" else grant
        events.append(event)
    standing = standing_of(events, subject=SUBJECT, born=dt.date(1990, 1, 1))
    answer = decide(POLICY, standing, LABEL, Request(Operation.USE, Delivery), now + DAY)
    return ("permitted",) if isinstance(answer, Permit) else answer.codes


@cache
def drawn() -> dict[tuple[str, str], str]:
    """Give what the picture says: for a state and what happens, the next state. Other things change nothing."""
    text = text_of("consent")
    inside = {"granted": ("permitted", "over")}  # arrows from the group are from all that is in it
    edges: dict[tuple[str, str], str] = {("over", "grant"): "permitted"}  # as the note says
    for edge in text["edge"]:
        label = "grant" if edge.get("look") == "back" else edge["label"]
        for word in WORDS:
            if re.search(rf"\b{word}\b", label):
                every = "from every state" in label
                begins = codes() if every else inside.get(edge["from"], (edge["from"],))
                edges |= {(begin, word): edge["to"] for begin in begins}
    return edges


@cache
def codes() -> dict[str, str]:
    """Give what each state of the picture says that a use gets: "permitted" or a code."""
    boxes = text_of("consent")["box"]
    return {box["name"]: next((line for line in box["lines"] if line.startswith("OBQ")), "permitted") for box in boxes}


def test_the_states_of_consent_are_those_of_the_code() -> None:
    """After every history of up to four events the fold and the decision are in the state that the picture leads to."""
    reached = set()
    for length in range(5):
        for history in itertools.product(WORDS, repeat=length):
            if "renew" in history and "grant" not in history[: history.index("renew")]:
                continue  # a renewal names a consent
            shown = "missing"
            for word in history:
                shown = drawn().get((shown, word), shown)
            assert codes()[shown] in state(history), history
            reached.add(shown)
    assert reached == set(codes())


def test_every_arrow_of_the_states_says_what_happens() -> None:
    """No arrow is without a word that the test above understands: dashed ones are grants, as the note says."""
    text = text_of("consent")
    assert text["note"][0]["lines"][0].startswith("dashed: grant")
    assert '"over"' in text["note"][0]["lines"][1]
    for edge in text["edge"]:
        assert (edge.get("look") == "back") != ("label" in edge)
        assert "label" not in edge or any(re.search(rf"\b{word}\b", edge["label"]) for word in WORDS)
