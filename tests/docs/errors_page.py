"""Write docs/errors.md from the errors themselves.

python tests/docs/errors_page.py --write
python tests/docs/errors_page.py --check
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from obq_privacy import errors
from obq_privacy.cli import _failures as failures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"

_HEAD = """\
# Errors

Written by `python tests/docs/errors_page.py --write` from `obq_privacy.errors`,
and for OBQ700 and on from the command line, which prints them.

Every error says what happened and, after a semicolon, what to do; then come its code and the clause that it keeps, if
there is one. Codes are stable. An error holds identifiers only (keys of items and purposes, pseudonyms, names of
records, paths, counts) and never a value. Its facts are attributes, and together `error.facts`, ready for a structured
log. Errors can be pickled, and are equal when their facts are. All of them are `PrivacyError`, apart from
`PolicyInvalid`, which is a group of them.

*Words in italics* below stand for facts. The anchor of a code is the code itself: `errors.md#obq108` is
[ConsentWithdrawn](#obq108).
"""

_PARTS = {
    "0": "The base of all",
    "1": "A use that is not permitted",
    "2": "Declarations and consents",
    "3": "Values",
    "4": "Keys and sealed values",
    "5": "Stores and the guard",
    "6": "Rights, retention, releases, receipts, incidents and versions",
    "7": "The command line",
}

Kind = type[errors.PrivacyError] | type[errors.PolicyInvalid]


def kinds() -> list[Kind]:
    """Give every error class, by code."""
    found: list[Kind] = [errors.PolicyInvalid]
    for module in (errors, failures):
        for name in dir(module):
            kind: object = getattr(module, name)
            if isinstance(kind, type) and issubclass(kind, errors.PrivacyError) and kind not in found:
                found.append(kind)
    return sorted(found, key=lambda kind: kind.code)


def page() -> str:
    """Give the text of docs/errors.md."""
    lines = [_HEAD, "| code | error | clause |", "|---|---|---|"]
    lines += [f"| [{kind.code}](#{_anchor(kind)}) | `{kind.__name__}` | {_clause(kind)} |" for kind in kinds()]
    part = ""
    for kind in kinds():
        if part != kind.code[3]:
            part = kind.code[3]
            lines += ["", f"## {_PARTS[part]}"]
        lines += ["", *_entry(kind)]
    return "\n".join(lines) + "\n"


def _entry(kind: Kind) -> list[str]:
    """Describe one error."""
    doc = (kind.__doc__ or "").strip().partition("\n")[0]
    lines = [f"### {kind.code}", "", f"`{kind.__name__}`: {doc}", ""]
    if issubclass(kind, errors.PrivacyError):
        lines += [f"- Says: {_sentence(kind.says)}.", f"- To do: {_sentence(kind.remedy)}."]
        facts = [f"`{name}`" for name in kind._names if kind._names != getattr(kind.__base__, "_names", {})]
        lines += [f"- Facts: {', '.join(facts)}"] if facts else []
    else:
        lines += ["- Says: the version of the policy and the number of findings.", "- To do: see each of `exceptions`."]
    if kind.__dict__.get("clause"):
        lines.append(f"- Clause: [{_clause(kind)}](clauses.md#{_clause(kind).lower()})")
    parents = [f"`{base.__name__}`" for base in kind.__bases__ if base is not Exception]
    narrower = [f"`{each.__name__}`" for each in kinds() if kind in each.__bases__]
    lines += [f"- Is a {' and a '.join(parents)}"] if parents else []
    lines += [f"- Catch it for all of {', '.join(narrower)}"] if narrower and kind is not errors.PrivacyError else []
    return lines


def _anchor(kind: Kind) -> str:
    """Give the anchor of a code: its heading is the code alone, so every renderer makes the same of it."""
    return kind.code.lower()


def _clause(kind: Kind) -> str:
    return getattr(kind, "clause", None) or ""


def _sentence(template: str) -> str:
    return re.sub(r"\{(\w+)\}", r"*\1*", template)


def main(arguments: list[str] | None = None) -> int:
    """Write or check the page; return 0 when all is well."""
    parser = argparse.ArgumentParser(description="docs/errors.md, from the errors themselves.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write docs/errors.md")
    what.add_argument("--check", action="store_true", help="fail when the page is stale")
    options = parser.parse_args(arguments)
    if options.write:
        PAGE.write_text(page(), "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == page():
        return 0
    sys.stderr.write("docs/errors.md is stale; write it anew with --write\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
