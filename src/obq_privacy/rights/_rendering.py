"""One content as Markdown and as HTML: titles, facts and tables, with everything escaped and nothing left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from obq_privacy.rights._steps import Json

_MARKS: Final = re.compile(r"([\\`*_{}\[\]#|~])")
_BLANKS: Final = re.compile(r"\s+")

_STYLE: Final = (
    "body{font:1rem/1.5 sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0 2rem}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}"
    "th,td{border:1px solid #767676;padding:.4rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f0f0f0}.wide{overflow-x:auto}"
)


class Section(NamedTuple):
    """A part of a document.

    Attributes:
        title: its heading.
        rows: a table, as forms with the same names; or texts, as a list.
        empty: what stands there where there are none.
    """

    title: str
    rows: Sequence[Json]
    empty: str


class Page(NamedTuple):
    """A document.

    Attributes:
        title: its heading.
        facts: names and values at its top.
        sections: the rest.
    """

    title: str
    facts: Mapping[str, Json]
    sections: Sequence[Section]


def said(value: Json) -> str:
    """Say a value in one line; nothing is left out."""
    if value is None or (isinstance(value, str | Mapping | Sequence) and not value):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{named(name)}: {said(one)}" for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(said, value))
    return _BLANKS.sub(" ", str(value)).strip()


def named(name: str) -> str:
    """Give a name in words."""
    return name.replace("_", " ")


# ── Markdown ──────────────────────────────────────────────────────────────────────────────────────────────


def markdown(page: Page) -> str:
    """Give a document as Markdown with tables."""
    lines = [
        f"# {_md(page.title)}",
        "",
        *_md_table([{"name": named(key), "value": one} for key, one in page.facts.items()]),
    ]
    for section in page.sections:
        lines += [f"## {_md(section.title)}", ""]
        rows = [row for row in section.rows if isinstance(row, Mapping)]
        if rows:
            lines += _md_table(rows)
        else:
            lines += [*(f"- {_md(said(row))}" for row in section.rows or (section.empty,)), ""]
    return "\n".join(lines)


def _md(text: str) -> str:
    return escape(_MARKS.sub(r"\\\1", text), quote=False)


def _md_table(rows: Sequence[Mapping[str, Json]]) -> list[str]:
    heads = list(rows[0])
    lines = ["| " + " | ".join(_md(named(head)) for head in heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(_md(said(row[head])) for head in heads) + " |" for row in rows]
    return [*lines, ""]


# ── HTML ──────────────────────────────────────────────────────────────────────────────────────────────────


def html(page: Page) -> str:
    """Give a document as one HTML file that needs nothing else: no script, no picture, no address."""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(page.title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(page.title)}</h1>",
        "<table>",
        "<caption>About this document</caption>",
        "<tbody>",
        *(
            f'<tr><th scope="row">{escape(named(name))}</th><td>{escape(said(value))}</td></tr>'
            for name, value in page.facts.items()
        ),
        "</tbody>",
        "</table>",
    ]
    for section in page.sections:
        lines += _html_section(section)
    return "\n".join([*lines, "</main>", "</body>", "</html>", ""])


def _html_section(section: Section) -> list[str]:
    title = escape(section.title)
    rows = [row for row in section.rows if isinstance(row, Mapping)]
    if not rows:
        texts = [f"<li>{escape(said(row))}</li>" for row in section.rows or (section.empty,)]
        return ["<section>", f"<h2>{title}</h2>", "<ul>", *texts, "</ul>", "</section>"]
    heads = list(rows[0])
    lines = [
        "<section>",
        f"<h2>{title}</h2>",
        f'<div class="wide" role="region" aria-label="{title}" tabindex="0">',
        "<table>",
        f"<caption>{title}</caption>",
        "<thead>",
        "<tr>" + "".join(f'<th scope="col">{escape(named(head))}</th>' for head in heads) + "</tr>",
        "</thead>",
        "<tbody>",
    ]
    for row in rows:
        first, *rest = (escape(said(row[head])) for head in heads)
        lines.append(f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>")
    return [*lines, "</tbody>", "</table>", "</div>", "</section>"]
