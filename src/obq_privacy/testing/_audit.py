"""Assertions on the audit log that read as sentences and fail with what the log holds instead."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, final

from obq_privacy.audit import HANDED_OUT
from obq_privacy.errors import PrivacyError
from obq_privacy.vocab import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from obq_privacy.audit import AuditLog, Entry
    from obq_privacy.errors import Denied
    from obq_privacy.guard import Subject
    from obq_privacy.vocab import AnyItem, AnyRecipient, Purpose

_OUTWARD = frozenset({Operation.SHARE.value, Operation.TRANSFER.value, Operation.DISCLOSE.value})
_REFUSED = frozenset({"deny", "gap"})
_QUIET = frozenset({"collect"})
"""Operations whose permits are the ground that a test stands on; `nothing_else` passes over them."""


@final
class AuditAssertions:
    """What a test claims of the audit log. Every claim that holds covers the records that it is about.

    Args:
        log: the log of a guard.
    """

    def __init__(self, log: AuditLog) -> None:
        self._log = log
        self._covered: set[tuple[int, int]] = set()
        self._before: set[tuple[int, int]] = set()

    def used(
        self, item: AnyItem, /, *, for_: type[Purpose], by: Subject | None = None, times: int | None = None
    ) -> None:
        """Assert that values of an item were used for a purpose.

        Args:
            item: whose values.
            for_: the purpose that was asked for.
            by: only those of this data subject.
            times: how often; without it, at least once.
        """
        __tracebackhide__ = True
        found = [entry for entry in self._about(item, by) if _is(entry, {"use"}, HANDED_OUT, for_)]
        self._claim(found, times, f"{item.key} was used for {for_.key}")

    def collected(self, item: AnyItem, /, *, by: Subject | None = None, times: int | None = None) -> None:
        """Assert that values of an item were collected."""
        __tracebackhide__ = True
        found = [entry for entry in self._about(item, by) if _is(entry, {"collect"}, HANDED_OUT, None)]
        self._claim(found, times, f"{item.key} was collected")

    def shared(
        self,
        item: AnyItem,
        /,
        *,
        to: AnyRecipient,
        for_: type[Purpose] | None = None,
        by: Subject | None = None,
        times: int | None = None,
    ) -> None:
        """Assert that values of an item were shared with, or transferred or disclosed to, a recipient."""
        __tracebackhide__ = True
        found = [
            entry
            for entry in self._about(item, by)
            if _is(entry, _OUTWARD, HANDED_OUT, for_) and entry.recipient == to.key
        ]
        purpose = "" if for_ is None else f" for {for_.key}"
        self._claim(found, times, f"{item.key} was shared with {to.key}{purpose}")

    def refused(
        self,
        item: AnyItem,
        /,
        *,
        for_: type[Purpose] | None = None,
        code: str | type[Denied] | None = None,
        by: Subject | None = None,
        times: int | None = None,
    ) -> None:
        """Assert that something was refused.

        Args:
            item: whose values were asked for.
            for_: the purpose that was asked for; None for any, and for collecting.
            code: a reason among those of the refusal, as a code or as the error that has it.
            by: only those of this data subject.
            times: how often; without it, at least once.
        """
        __tracebackhide__ = True
        wanted = code.code if isinstance(code, type) and issubclass(code, PrivacyError) else code
        found = [
            entry
            for entry in self._about(item, by)
            if entry.outcome in _REFUSED
            and (for_ is None or entry.purpose == for_.key)
            and (wanted is None or wanted in entry.codes)
        ]
        purpose = "" if for_ is None else f" for {for_.key}"
        self._claim(found, times, f"{item.key} was refused{purpose}{'' if wanted is None else f' ({wanted})'}")

    def nothing_else(self) -> None:
        """Assert that nothing was used, shared or refused besides what was asserted since `from_now_on`.

        Permitted collection, and what was recorded without a decision (erasing, updating), are passed over.
        """
        __tracebackhide__ = True
        rest = [
            entry
            for entry in self._entries()
            if (entry.seq, entry.index) not in self._covered
            and entry.outcome != "done"
            and not (entry.outcome == "permit" and entry.operation in _QUIET)
        ]
        if rest:
            raise AssertionError(f"the audit log holds more than was asserted:\n{listed(rest)}")

    def from_now_on(self) -> None:
        """Pass over everything that is recorded by now, in every later assertion."""
        self._before.update((entry.seq, entry.index) for entry in self._log.entries())

    def __repr__(self) -> str:
        return f"AuditAssertions({len(self._entries())} records)"

    def _entries(self) -> list[Entry]:
        return [entry for entry in self._log.entries() if (entry.seq, entry.index) not in self._before]

    def _about(self, item: AnyItem, by: Subject | None) -> list[Entry]:
        return [
            entry
            for entry in self._entries()
            if item.key in entry.items and (by is None or entry.subject == by.pseudonym)
        ]

    def _claim(self, found: list[Entry], times: int | None, claim: str) -> None:
        __tracebackhide__ = True
        self._covered.update((entry.seq, entry.index) for entry in found)
        if len(found) == times if times is not None else found:
            return
        often = "" if times is None else f" {times} time(s), but {len(found)}"
        raise AssertionError(f"the audit log does not say that {claim}{often}; it holds:\n{listed(self._entries())}")


def _is(entry: Entry, operations: Iterable[str], outcomes: Iterable[str], purpose: type[Purpose] | None) -> bool:
    return (
        entry.operation in operations
        and entry.outcome in outcomes
        and (purpose is None or entry.purpose == purpose.key)
    )


def listed(entries: Iterable[Entry]) -> str:
    """Give records as lines, the same ones together; without values, which they do not hold, and without free text."""
    counted = Counter(_line(entry) for entry in entries)
    lines = [f"  {line}{f' ({count} times)' if count > 1 else ''}" for line, count in counted.items()]
    return "\n".join(lines) or "  nothing"


def _line(entry: Entry) -> str:
    parts = [f"{entry.outcome}: {entry.operation} {', '.join(entry.items) or 'nothing'}"]
    parts += [f"for {entry.purpose}"] * bool(entry.purpose)
    parts += [f"to {entry.recipient}"] * bool(entry.recipient)
    parts += [f"[{', '.join(entry.codes)}]"] * bool(entry.codes)
    parts += [f"on {entry.basis}"] * bool(entry.basis)
    return " ".join(parts)
