"""Draining: from the journals of living and dead processes into a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from obq_privacy.audit._segment import orphans
from obq_privacy.errors import AuditBroken

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy.audit._chain import AuditStore
    from obq_privacy.audit._journal import Journal


class Adopted(NamedTuple):
    """What was found of dead processes.

    Attributes:
        segments: how many segments were moved into the store and removed.
        left: names of segment files that stay, because they cannot be read or name facts that the store lacks.
    """

    segments: int
    left: tuple[str, ...]


def flush(journal: Journal, store: AuditStore) -> int:
    """Move what this process has appended into the store, in one transaction, and return the number of slots.

    Killed at any instant, nothing is lost and nothing doubled: the store knows which slots it has.

    Raises:
        StoreError: the store cannot take them now; they stay in the journal.
        AuditBroken: a record names a fact that the store does not have; they stay in the journal.
    """
    batches = journal.take()
    if batches:
        store.append_segments(batches)
        journal.done(batches)
    return sum(batch.end - batch.first for batch in batches)


def adopt_orphans(directory: Path, store: AuditStore) -> Adopted:
    """Move what dead processes have left into the store; journals of living ones are passed over.

    Raises:
        StoreError: the store cannot take them now; they stay where they are.
    """
    moved = 0
    left: dict[str, list[str]] = {}
    for orphan in orphans(directory):
        if orphan.journal in left or orphan.batch is None:  # the later ones of a journal wait for the earlier
            left.setdefault(orphan.journal, []).append(orphan.path.name)
            continue
        try:
            store.append_segments([orphan.batch])
        except AuditBroken:
            left.setdefault(orphan.journal, []).append(orphan.path.name)
            continue
        moved += 1
        try:
            orphan.path.unlink(missing_ok=True)
        except OSError:  # it holds nothing new any more, and is tried again next time
            left.setdefault(orphan.journal, []).append(orphan.path.name)
    return Adopted(moved, tuple(name for names in left.values() for name in names))


Adopted.__module__ = "obq_privacy.audit"  # it is loaded after the package has published its other names
