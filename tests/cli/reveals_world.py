"""Small modules to scan, and the command as a process sees it."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

from obq_privacy.cli import main
from obq_privacy.cli._scan import Way, scan

if TYPE_CHECKING:
    import pytest

PREAMBLE = '''\
from obq_privacy import Guard, Personal, PersonalItem, Purpose, Recipient, Sensitive, SensitiveItem
from obq_privacy import combine, equal, held_as, record, reveal_all, share_all
import obq_privacy as op


class Delivery(Purpose):
    """Bring it."""


class Payment(Purpose):
    """Take the money."""


NAME = PersonalItem("name", str, Delivery | Payment)
CARD = SensitiveItem("bank-card", str, Payment, category=op.Category.BANK_ACCOUNT)
BANK = Recipient("example-bank", Payment)


@record
class Order:
    number: str
    name: Personal[str, Delivery | Payment] = held_as(NAME)
    card: Sensitive[str, Payment] = held_as(CARD)


'''


def ways(code: str, *, preamble: str = PREAMBLE, everything: bool = False, **others: str) -> list[Way]:
    """Scan a module made of the preamble and some code; `others` are modules beside it, by name."""
    sources = {"here.py": preamble + textwrap.dedent(code)}
    sources |= {f"{name}.py": textwrap.dedent(text) for name, text in others.items()}
    found = scan(sources, everything=everything)
    assert found.problems == ()
    return list(found.ways)


def told(code: str, **options: Any) -> list[str]:
    """Scan, and give for each place the function, the code, and what comes out of what for what."""
    return [
        f"{way.function}: {way.text} = {way.out} of {'+'.join(way.items) or '?'} for {'+'.join(way.purposes) or '?'}"
        for way in ways(code, **options)
    ]


def sinks(code: str, **options: Any) -> set[str]:
    """Scan, and give everywhere that any of it flows on to."""
    return {where for way in ways(code, **options) for where, _ in way.into}


class Ran(NamedTuple):
    """What a run of the command has left."""

    status: int
    out: str
    err: str

    @property
    def form(self) -> dict[str, Any]:
        """What it printed, as JSON."""
        form: dict[str, Any] = json.loads(self.out)
        return form


def run(capsys: pytest.CaptureFixture[str], *words: object) -> Ran:
    """Run `reveals`, in this process, as the command line does."""
    try:
        status = main(["reveals", *map(str, words)])
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else 1
    said = capsys.readouterr()
    return Ran(status, said.out, said.err)
