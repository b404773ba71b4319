"""Erasure: ordered before it is begun, repeated until it is complete, and replayed on restored backups."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, final

import attrs

from obq_privacy import _late, stores
from obq_privacy.errors import ArgumentInvalid, StoreUnavailable
from obq_privacy.guard._beside import Lines
from obq_privacy.vocab import Pseudonym
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from obq_privacy.guard._core import Core
    from obq_privacy.stores import SubjectRow

_FORMAT: Final = "obq-privacy/erasure/1"
_PSEUDONYM: Final = 16


@final
@attrs.frozen(kw_only=True, eq=False, repr=False)
class Erasure(Noun):
    """Evidence that a subject was erased: what was done where. It holds no personal data and outlives the subject.

    Attributes:
        subject: the pseudonym.
        lookup: keyed digest of the application's id, in hexadecimal.
        key_id: id of the destroyed data key, in hexadecimal.
        ordered: when erasure was ordered (UTC).
        completed: when key, profile and vault fields were destroyed (UTC).
        vault_fields: how many fields of the vault were deleted; 0 when repeated.
    """

    subject: Pseudonym
    lookup: str
    key_id: str
    ordered: dt.datetime
    completed: dt.datetime
    vault_fields: int

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    def dumps(self) -> str:
        """Give a JSON object in one line, to be kept apart from backups."""
        form = {"subject": self.subject, "lookup": self.lookup, "key": self.key_id, "fields": self.vault_fields}
        times = {"ordered": self.ordered.isoformat(), "completed": self.completed.isoformat()}
        return _late.json.dumps({"format": _FORMAT, **form, **times}, sort_keys=True)

    @classmethod
    def loads(cls, text: str, /) -> Erasure:
        """Read what `dumps` gave.

        Raises:
            ArgumentInvalid: it is something else.
        """
        try:
            form = _late.json.loads(text)
            subject, lookup, key = (bytes.fromhex(form[name]) for name in ("subject", "lookup", "key"))
            ordered, completed = (dt.datetime.fromisoformat(form[name]) for name in ("ordered", "completed"))
            fields = form["fields"]
            timed = None not in {ordered.tzinfo, completed.tzinfo}
            if form["format"] == _FORMAT and len(subject) == _PSEUDONYM and timed and type(fields) is int:
                return cls(
                    subject=Pseudonym(subject.hex()),
                    lookup=lookup.hex(),
                    key_id=key.hex(),
                    ordered=ordered,
                    completed=completed,
                    vault_fields=fields,
                )
        except (ValueError, LookupError, TypeError, RecursionError):
            pass
        raise ArgumentInvalid(argument="text", problem="it is what Erasure.dumps gave")


class Orders:
    """The orders to erase, in a file beside the database: a restored backup of the database meets them again.

    Each is synced to disk before anything is destroyed.
    """

    def __init__(self, path: Path | None) -> None:
        self._lines = Lines(path)

    def add(self, row: SubjectRow, at: dt.datetime) -> None:
        """Write an order down, durably.

        Raises:
            StoreUnavailable: the file cannot be written; nothing was begun.
        """
        order = {"subject": row.pseudonym, "lookup": row.lookup.hex(), "key": row.key_id.hex(), "at": at.isoformat()}
        self._lines.add(_late.json.dumps(order, sort_keys=True))

    def all(self) -> list[SubjectRow]:
        """Read every complete order.

        Raises:
            StoreUnavailable: the file cannot be read; no store opens without what it orders.
        """
        return [row for line in self._lines.oldest_first() if (row := _read(line)) is not None]


def _read(line: bytes) -> SubjectRow | None:
    try:
        form = _late.json.loads(line)
        return stores.SubjectRow(
            pseudonym=Pseudonym(form["subject"]),
            lookup=bytes.fromhex(form["lookup"]),
            key_id=bytes.fromhex(form["key"]),
            profile=None,
            erasing=dt.datetime.fromisoformat(form["at"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def carry_out(core: Core, orders: Orders, subject: Pseudonym) -> tuple[Erasure, int]:
    """Erase a subject up to the point where only other processes' leases have to run out.

    Returns:
        The evidence, and the number of the change to wait for.
    """
    row = core.store.subject(subject)
    if row is None:
        raise StoreUnavailable(store=core.store.place, problem=f"it has lost the subject {subject}")
    ordered = row.erasing or core.clock.now()
    core.record(subject, core.fact("erase", "done", actor="ordered"))
    orders.add(row, ordered)
    core.store.begin_erasure(subject, ordered)
    core.drop(subject)
    completed = row.erased or core.clock.now()
    change, fields = core.store.finish_erasure(subject, completed)
    core.drop(subject)
    core.record(subject, core.fact("erase", "done", actor="completed"))
    return _evidence(row, ordered, completed, fields), change


def evidence(core: Core) -> list[Erasure]:
    """Give the evidence of every completed erasure."""
    return [
        _evidence(row, row.erasing or row.erased, row.erased, 0)
        for row in core.store.erasures()
        if row.erased is not None
    ]


def _evidence(row: SubjectRow, ordered: dt.datetime, completed: dt.datetime, fields: int) -> Erasure:
    return Erasure(
        subject=row.pseudonym,
        lookup=row.lookup.hex(),
        key_id=row.key_id.hex(),
        ordered=ordered,
        completed=completed,
        vault_fields=fields,
    )


def row_of(one: Erasure) -> SubjectRow:
    """Give the order that a piece of evidence stands for."""
    return stores.SubjectRow(one.subject, bytes.fromhex(one.lookup), bytes.fromhex(one.key_id), None, one.ordered)


def replay(core: Core, rows: Iterable[SubjectRow]) -> tuple[int, int]:
    """Erase again whatever a restored backup has brought back, up to where only leases have to run out.

    Returns:
        How many subjects that were, and the number of the change to wait for.
    """
    known = {row.pseudonym: row for row in core.store.erasures()}
    revived = change = 0
    for row in rows:
        there = known.get(row.pseudonym)
        if there is None or there.erased is None:
            change = core.store.bury(row)
            core.drop(row.pseudonym)
            core.record(row.pseudonym, core.fact("erase", "done", actor="replayed"))
            revived += 1
    for pseudonym, row in known.items():
        if row.erased is None:
            change, _ = core.store.finish_erasure(pseudonym, core.clock.now())
            core.drop(pseudonym)
    return revived, change
