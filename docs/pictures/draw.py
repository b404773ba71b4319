"""Draw the pictures of the documentation from their texts.

python docs/pictures/draw.py            write the SVG beside each text
python docs/pictures/draw.py --check    fail when one is stale

A picture has a title and a description for those who do not see it, and colours for light and for dark.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
PROJECT: Final = HERE.parents[1] / "pyproject.toml"

Text = Mapping[str, Any]

_LIGHT: Final = (
    "--paper:#fff;--ink:#1f2328;--soft:#57606a;--line:#6e7781;--box:#f3f4f6;--good:#dcf1e1;--bad:#fbe3e0;--wait:#fdf0cf"
)
_DARK: Final = (
    "--paper:#131416;--ink:#e6edf3;--soft:#a3adb8;--line:#8b949e;"
    "--box:#262c34;--good:#1d3b2a;--bad:#4a2623;--wait:#463a17"
)
_STYLE: Final = f"""\
.obqp{{{_LIGHT};font:14px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;max-width:100%;height:auto}}
@media (prefers-color-scheme:dark){{.obqp{{{_DARK}}}}}
body[data-theme="light"] .obqp{{{_LIGHT}}}
body[data-theme="dark"] .obqp{{{_DARK}}}
.obqp text{{fill:var(--ink);text-anchor:middle}}
.obqp .soft{{fill:var(--soft);font-size:12.5px}}
.obqp .over{{paint-order:stroke;stroke:var(--paper);stroke-width:6px;stroke-linejoin:round}}
.obqp .name{{font-weight:600}}
.obqp .left{{text-anchor:start}}
.obqp .code{{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}}
.obqp rect{{fill:var(--box);stroke:var(--line);stroke-width:1}}
.obqp .good,.obqp .lease{{fill:var(--good)}}
.obqp .bad,.obqp .told{{fill:var(--bad)}}
.obqp .wait{{fill:var(--wait)}}
.obqp .plain{{fill:none;stroke-dasharray:4 3}}
.obqp line,.obqp path{{stroke:var(--line);stroke-width:1.4;fill:none}}
.obqp .back{{stroke-dasharray:5 4}}
.obqp .head{{fill:var(--line);stroke:none}}
.obqp .dot{{fill:var(--ink);stroke:none}}
"""


def svg_of(name: str) -> str:
    """Give the SVG of a picture."""
    text: Text = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
    (width, height), parts = _KINDS[text["kind"]](text)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    heard = f'role="img" aria-labelledby="{name}-title {name}-desc"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="obqp" {size} {heard}>',
        f'<title id="{name}-title">{escape(text["title"])}</title>',
        f'<desc id="{name}-desc">{escape(text["desc"])}</desc>',
        f"<style>\n{_STYLE}</style>",
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def floors_of(project: Path = PROJECT) -> list[list[str]]:
    """Give the public rooms of each floor, the highest floor first, as import-linter holds the code to them."""
    contracts = tomllib.loads(project.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    rooms = [[room.strip("( )") for room in layer.replace(":", "|").split("|")] for layer in layers]
    return [kept for floor in rooms if (kept := [room for room in floor if not room.startswith("_")])]


def _floors(text: Text) -> tuple[tuple[int, int], Iterator[str]]:
    floors = floors_of()
    return (900, 24 + 58 * len(floors)), _drawn_floors(text, floors)


def _drawn_floors(text: Text, floors: Sequence[Sequence[str]]) -> Iterator[str]:
    left, width, high = 10, 800, 50
    for number, rooms in enumerate(floors):
        top = 12 + number * 58
        each = (width - 8 * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            x = left + place * (each + 8)
            yield f'<rect x="{x:g}" y="{top}" width="{each:g}" height="{high}" rx="5"/>'
            yield _words(x + each / 2, top + 21, room, "name code")
            yield _words(x + each / 2, top + 39, text["words"][room], "soft")
    bottom = 12 + 58 * len(floors) - 8
    yield from _arrow((850, 14), (850, bottom), "")
    middle = (14 + bottom) / 2
    yield f'<text class="soft" transform="translate(874 {middle:g}) rotate(90)">{escape(text["side"])}</text>'


def _graph(text: Text) -> tuple[tuple[int, int], Iterator[str]]:
    width, height = text["size"]
    return (width, height), _drawn_graph(text)


def _drawn_graph(text: Text) -> Iterator[str]:
    groups = text.get("group", ())
    places = {box["name"]: box["at"] for box in (*text["box"], *groups)}
    for group in groups:
        yield _rect(group, "plain")
        yield _words(group["at"][0], group["at"][1] - group["size"][1] / 2 + 20, group["label"], "soft")
    for edge in text["edge"]:
        start = _moved(places[edge["from"]], edge["start"])
        yield from _arrow(start, _moved(places[edge.get("into", edge["to"])], edge["end"]), edge.get("look", ""))
    for box in text["box"]:
        yield _rect(box, box.get("look", ""))
        yield from _stack(box["at"], box["lines"])
    for edge in text["edge"]:
        if "label" in edge:
            x, y = edge["label_at"]
            yield _words(x, y, edge["label"], "soft over")
    for note in text.get("note", ()):
        for number, line in enumerate(note["lines"]):
            yield _words(note["at"][0], note["at"][1] + 18 * number, line, "soft")


def _rect(box: Text, look: str) -> str:
    (x, y), (width, height) = box["at"], box["size"]
    corner = f'x="{x - width / 2:g}" y="{y - height / 2:g}"'
    return f'<rect class="{look}" {corner} width="{width}" height="{height}" rx="7"/>'


def _stack(at: Sequence[float], lines: Sequence[str]) -> Iterator[str]:
    """Write lines into the middle of a box: a name, and what is said of it."""
    x, y = at
    top = y - 9 * (len(lines) - 1) + 5
    for number, line in enumerate(lines):
        look = "name" if number == 0 else "soft code" if line.startswith("OBQ") else "soft"
        yield _words(x, top + 18 * number, line, look)


def _timeline(text: Text) -> tuple[tuple[int, int], Iterator[str]]:
    width, height = text["size"]
    return (width, height), _drawn_timeline(text)


def _drawn_timeline(text: Text) -> Iterator[str]:
    left, right, until = float(text["span"][0]), float(text["span"][1]), float(text["until"])
    tops = {lane["name"]: 62 + 92 * number for number, lane in enumerate(text["lane"])}
    low = 62 + 92 * len(tops) - 30

    def at(time: float) -> float:
        return left + (right - left) * time / until

    for line in text["line"]:
        yield f'<line class="back" x1="{at(line["at"]):g}" y1="30" x2="{at(line["at"]):g}" y2="{low}"/>'
        yield _words(at(line["at"]), 18, line["label"], "name")
    for lane in text["lane"]:
        top = tops[lane["name"]]
        yield _words(12, top + 14, lane["name"], "name left")
        yield _words(12, top + 32, lane["says"], "soft left")
        yield f'<line x1="{left}" y1="{top + 18}" x2="{right}" y2="{top + 18}"/>'
    for bar in text["bar"]:
        start, end, top = at(bar["from"]), at(bar["to"]), tops[bar["lane"]]
        yield f'<rect class="{bar["look"]}" x="{start:g}" y="{top}" width="{end - start:g}" height="36" rx="4"/>'
        yield _words((start + end) / 2, top + 23, bar["label"], "")
    for point in text["point"]:
        x, top = at(point["at"]), tops[point["lane"]]
        yield f'<circle class="dot" cx="{x:g}" cy="{top + 18}" r="4"/>'
        yield _words(x, top + 54, point["label"], "soft over")
    for measure in text["measure"]:
        start, end = at(measure["from"]), at(measure["to"])
        yield from _arrow(((start + end) / 2, low + 22), (start, low + 22), "")
        yield from _arrow(((start + end) / 2, low + 22), (end, low + 22), "")
        yield _words((start + end) / 2, low + 44, measure["label"], "")
    yield from _arrow((left, low + 70), (right, low + 70), "")
    yield _words(right - 20, low + 62, "time", "soft")


def _arrow(start: Sequence[float], end: Sequence[float], look: str) -> Iterator[str]:
    """Draw a line with a head at its end."""
    (x, y), (to_x, to_y) = start, end
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    along, across = ((to_x - x) / length, (to_y - y) / length), ((to_y - y) / length, -(to_x - x) / length)
    base = (to_x - 9 * along[0], to_y - 9 * along[1])
    yield f'<line class="{look}" x1="{x:g}" y1="{y:g}" x2="{base[0]:.1f}" y2="{base[1]:.1f}"/>'
    sides = [(base[0] + turn * 4.5 * across[0], base[1] + turn * 4.5 * across[1]) for turn in (1, -1)]
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in [(to_x, to_y), *sides])
    yield f'<polygon class="head" points="{points}"/>'


def _words(x: float, y: float, words: str, look: str) -> str:
    return f'<text class="{look}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _moved(place: Sequence[float], by: Sequence[float]) -> tuple[float, float]:
    return place[0] + by[0], place[1] + by[1]


_KINDS: Final[Mapping[str, Callable[[Text], tuple[tuple[int, int], Iterator[str]]]]] = {
    "floors": _floors,
    "graph": _graph,
    "timeline": _timeline,
}


def names() -> list[str]:
    """Give the name of every picture."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def main(arguments: list[str] | None = None) -> int:
    """Write or check the pictures; return 0 when all is well."""
    parser = argparse.ArgumentParser(description="The pictures of the documentation, from their texts.")
    parser.add_argument("--check", action="store_true", help="fail when a picture is stale")
    options = parser.parse_args(arguments)
    stale = 0
    for name in names():
        path, svg = HERE / f"{name}.svg", svg_of(name)
        if not options.check:
            path.write_text(svg, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != svg:
            sys.stderr.write(f"docs/pictures/{name}.svg is stale; run docs/pictures/draw.py\n")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
