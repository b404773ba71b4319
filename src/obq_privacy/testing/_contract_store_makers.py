"""Small things to put into stores, each made from a number, and threads that begin together."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from typing import TYPE_CHECKING, TypeVar

from obq_privacy.audit import Batch, Fact
from obq_privacy.audit._slots import COMMITTED, SLOT
from obq_privacy.consent import ConsentEvent, EventKind
from obq_privacy.crypto import WrappedKey
from obq_privacy.stores import SubjectRow, VaultField
from obq_privacy.vocab import Pseudonym

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from obq_privacy.stores import CaseEntry, Store

T = TypeVar("T")

NOW = dt.datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
FACT = Fact("use", "permit", items=("bank-card",), purpose="payment", basis="consent", version="2026-11")
OTHER_FACT = Fact("use", "deny", items=("bank-card",), purpose="marketing", codes=("OBQ114",), version="2026-11")


def secret(name: str, size: int = 60) -> bytes:
    """Return bytes that occur nowhere else."""
    return hashlib.shake_128(name.encode()).digest(size)


def who(n: int) -> Pseudonym:
    """Return the pseudonym of a person."""
    return Pseudonym(f"{n:032x}")


def key_of(n: int, kek: int = 1, *, attempt: int = 0) -> WrappedKey:
    """Return a wrapped key of a person."""
    return WrappedKey(secret(f"key id {n} {attempt}", 16), who(n), kek, secret(f"wrapped {n} {kek} {attempt}"))


def row_of(n: int, *, attempt: int = 0) -> SubjectRow:
    """Return the row of a person."""
    return SubjectRow(who(n), secret(f"id {n}", 32), key_of(n, attempt=attempt).key_id, secret(f"profile {n}", 99))


def enroll(store: Store, *people: int) -> None:
    """Add people, and version 1 to wrap with if there is none."""
    store.init_kek(1)
    for n in people:
        assert store.add_subject(row_of(n), key_of(n)) == row_of(n)


def event_of(n: int, key: str = "first", kind: EventKind = EventKind.GRANT) -> ConsentEvent:
    """Return a consent event of a person."""
    return ConsentEvent(
        id=secret(key, 16).hex(),
        key=key,
        kind=kind,
        subject=who(n),
        actor=who(n),
        purposes=("payment",),
        version="2026-11",
        at=NOW,
    )


def give(event: ConsentEvent | None) -> Callable[[Sequence[ConsentEvent]], ConsentEvent | None]:
    """Return a callback for `append` that gives this event, whatever was there."""
    return lambda _: event


def turn(
    text: str, *, still: bool = True, due: dt.datetime | None = None
) -> Callable[[Sequence[CaseEntry]], tuple[str, bool, dt.datetime | None]]:
    """Return a callback for `enter` that gives this, whatever was there."""
    return lambda _: (text, still, due)


def field_of(n: int, name: str = "card", size: int = 128) -> VaultField:
    """Return a sealed field about a person."""
    return VaultField(name, who(n), "bank-card", secret(f"token {n} {name}", size))


def batch_of(
    people: Iterable[int], *, journal: int = 1, segment: int = 0, first: int = 0, at: int = 1000, fact: Fact = FACT
) -> Batch:
    """Return slots of a journal: one record for each person, a nanosecond apart."""
    slots = [SLOT.pack(bytes.fromhex(who(n)), at + index, fact.id, COMMITTED) for index, n in enumerate(people)]
    return Batch(journal.to_bytes(8, "big"), segment, first, 0, b"".join(slots))


def together(number: int, work: Callable[[int], T]) -> list[T | Exception]:
    """Call `work` in threads that begin at the same moment; return what it returned or raised, by thread."""
    results: list[T | Exception] = [AssertionError("it never ended")] * number
    barrier = threading.Barrier(number)

    def one(n: int) -> None:
        barrier.wait()
        try:
            results[n] = work(n)
        except Exception as error:  # noqa: BLE001
            results[n] = error

    threads = [threading.Thread(target=one, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
