"""What a command says: lines and JSON on standard output, one line for an error on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeAlias, cast

from obq_privacy.cli._failures import CommandMisused
from obq_privacy.cli._shape import FOUND, MISUSED
from obq_privacy.errors import PolicyInvalid, PrivacyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


def plain(text: object) -> str:
    """Give text that is safe on a terminal: in one line, and without control characters or direction marks."""
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in str(text))


def say(*lines: str) -> None:
    """Print lines; they hold what others declared or recorded, so each is made plain."""
    sys.stdout.writelines(plain(line) + "\n" for line in lines)


def say_json(form: Mapping[str, Json], *, lines: bool = False) -> None:
    """Print one JSON object, indented; or in a line of its own, where there are many."""
    import json  # noqa: PLC0415  only --json needs it

    indent = None if lines else 2
    sys.stdout.write(json.dumps(form, ensure_ascii=True, indent=indent, allow_nan=False) + "\n")


def failed(error: PrivacyError | PolicyInvalid, *, json: bool = False) -> int:
    """Say an error in one line on standard error, and as JSON if asked for; give the exit status."""
    print(f"obq-privacy: {plain(_line(error))}", file=sys.stderr)
    if json:
        say_json({"format": "obq-privacy/cli/error/1", "error": form_of(error)})
    return MISUSED if isinstance(error, CommandMisused) else FOUND


def _line(error: PrivacyError | PolicyInvalid) -> str:
    if isinstance(error, PolicyInvalid):
        return f"the policy has {_findings(len(error.exceptions))}; list them with: policy check [{error.code}]"
    return str(error)


def _findings(count: int) -> str:
    return "1 finding" if count == 1 else f"{count} findings"


def form_of(error: PrivacyError | PolicyInvalid) -> dict[str, Json]:
    """Give an error as JSON."""
    if isinstance(error, PolicyInvalid):
        found = [form_of(cast("PrivacyError", one)) for one in error.exceptions]
        says = f"the policy has {_findings(len(found))}"
        return {
            "code": error.code,
            "clause": None,
            "says": says,
            "remedy": "change the declarations",
            "findings": found,
        }
    says, _, remedy = str(error).rpartition(" [")[0].rpartition("; ")
    facts: dict[str, Json] = {
        name: list(fact) if isinstance(fact, tuple) else fact for name, fact in error.facts.items()
    }
    return {"code": error.code, "clause": error.clause, "says": says, "remedy": remedy, "facts": facts}


def table(rows: Iterable[Sequence[str]], *, indent: str = "") -> list[str]:
    """Lay rows out in columns, each as wide as its widest cell; the last one runs on."""
    laid = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*laid, strict=True)][:-1] if laid else []
    lines: list[str] = []
    for row in laid:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append((indent + "  ".join([*cells, row[-1]])).rstrip())
    return lines


def listed(names: Iterable[str], none: str = "none") -> str:
    """Join names for people."""
    return ", ".join(names) or none


def counted(count: int, noun: str, plural: str = "") -> str:
    """Give a number with its noun."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}".replace(",", " ")


__all__ = ["counted", "failed", "form_of", "listed", "plain", "say", "say_json", "table"]
