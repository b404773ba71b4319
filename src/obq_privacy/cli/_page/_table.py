"""Tables of the map: read as tables by whoever hears them, also where a narrow screen shows them as cards."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


_BREAKS: Final = re.compile(r"(?<=[._:/])|(?<=[a-z])(?=[A-Z])")


class Cell(NamedTuple):
    """A cell.

    Attributes:
        html: what is in it, escaped.
        number: whether it is a number.
    """

    html: str
    number: bool = False


class Table(NamedTuple):
    """A table whose first column names its rows.

    Attributes:
        caption: what it is about.
        heads: the columns; those that begin with # hold numbers.
        rows: for each row its id, and its cells.
    """

    caption: str
    heads: Sequence[str]
    rows: Iterable[tuple[str, Sequence[Cell]]]

    def lines(self) -> Iterator[str]:
        """Give it as HTML. Roles are said aloud, because a table that is laid out otherwise loses them."""
        heads, rows = self._filled()
        yield f'<div class="wide" role="region" tabindex="0" aria-label="{escape(self.caption)}">'
        yield '<table role="table">'
        yield f"<caption>{escape(self.caption)}</caption>"
        yield '<thead role="rowgroup"><tr role="row">'
        for head in heads:
            kind = ' class="num"' if head.startswith("#") else ""
            yield f'<th scope="col" role="columnheader"{kind}>{escape(head.removeprefix("#"))}</th>'
        yield '</tr></thead><tbody role="rowgroup">'
        for name, cells in rows:
            anchor = f' id="{escape(name)}"' if name else ""
            yield f'<tr role="row"{anchor}><th scope="row" role="rowheader">{cells[0].html}</th>'
            for head, cell in zip(heads[1:], cells[1:], strict=True):
                kinds = " ".join(["num"] * cell.number + ["none"] * (not cell.html))
                kind = f' class="{kinds}"' if kinds else ""
                label = escape(head.removeprefix("#"))
                yield f'<td role="cell"{kind} data-label="{label}">{_wrapped(cell.html)}</td>'
            yield "</tr>"
        yield "</tbody></table></div>"

    def _filled(self) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
        """Leave out columns that nothing stands in."""
        rows = list(self.rows)
        full = [any(cells[at].html for _, cells in rows) for at in range(len(self.heads))]
        kept = [at for at, some in enumerate(full) if some or not at]
        return [self.heads[at] for at in kept], [(name, [cells[at] for at in kept]) for name, cells in rows]


def _wrapped(html: str) -> str:
    """Keep what is in a cell together, where cells are laid out as grids."""
    return f"<div>{html}</div>" if html else ""


def text(value: str) -> Cell:
    """Give a cell with text."""
    return Cell(escape(value))


def number(value: int) -> Cell:
    """Give a cell with a number."""
    return Cell(f"{value:,}".replace(",", "\u202f"), number=True)


def several(parts: Iterable[str]) -> Cell:
    """Give a cell with a list of what is escaped already."""
    listed = list(parts)
    return Cell("<ul>" + "".join(f"<li>{part}</li>" for part in listed) + "</ul>" if listed else "")


def link(to: str, title: str) -> str:
    """Give a link within the page."""
    return f'<a href="#{escape(to)}">{breakable(title)}</a>'


def breakable(name: str) -> str:
    """Escape a name, and say where a line may break in it: after marks, and before the words of a CamelCase one."""
    parts = _BREAKS.split(name)
    return "<wbr>".join(map(escape, filter(None, parts)))


__all__ = ["Cell", "Table", "breakable", "link", "number", "several", "text"]
