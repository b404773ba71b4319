"""What the controller does for its subjects: export, correct, delete, cancel an account, cease operations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, final

from obq_privacy.errors import PrivacyError
from obq_privacy.guard import Guard
from obq_privacy.guard._arguments import check_kind
from obq_privacy.guard._pass import Box
from obq_privacy.rights import _correct, _delete
from obq_privacy.rights._cease import Cessation
from obq_privacy.rights._deletion import KIND, Deletion, deletion_of
from obq_privacy.rights._export import Export, export
from obq_privacy.rights._grounds import DeletionGround
from obq_privacy.rights._holders import Desk, Holders
from obq_privacy.rights._steps import check_subject, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from obq_privacy.guard import Subject
    from obq_privacy.rights._correct import Correction
    from obq_privacy.rights._holders import Holder
    from obq_privacy.stores import CaseRow


@final
class Rights:
    """What subjects can have done with what is held about them. Safe for threads and processes.

    Everything that takes several steps is written into the docket first. A process that dies in between leaves it
    there, and `resume` in any other one finishes it; to repeat anything is harmless. Only a correction whose new value
    had not come into the vault is repeated by whoever has that value: `corrections` has it.

    Args:
        guard: the guard.
        holders: every place outside of the vault where sealed values are kept.

    Raises:
        ArgumentInvalid: an argument is of another type, or two holders have the same name.
    """

    __slots__ = ("_desk",)

    def __init__(self, guard: Guard, *, holders: Iterable[Holder] = ()) -> None:
        check_kind("guard", guard, Guard)
        self._desk = Desk(guard, Holders(guard._core, holders))

    # ── Export and correction ─────────────────────────────────────────────────────────────────────────────

    def export(self, subject: Subject, /, *, by: str, request: str = "") -> Export:
        """Gather everything that is held about a subject (RIGHT-1), restricted values included.

        Each value is recorded before it is opened. docs/formats/export.md describes the document.

        Args:
            subject: whom it is about.
            by: who does it, for the audit log; "subject" where it is self-service.
            request: the request that it answers, which somebody must be working on.

        Raises:
            IdentityUnverified: nobody has verified who asks.
            HolderFailed: a holder does not answer; nothing was handed out.
            JournalUnavailable: a record cannot be written; nothing was handed out.
        """
        check_subject(self._desk.core, subject)
        return export(self._desk, subject, request=request, by=by)

    def correct(
        self, record: str, field: str, value: object, /, *, by: str, request: str = "", key: str = ""
    ) -> Correction:
        """Replace a value in the vault (RIGHT-2). Label, source and period stay those of the old one.

        Args:
            record: name of the record.
            field: name of the field.
            value: the new value.
            by: who does it.
            request: the request that it answers, which somebody must be working on.
            key: idempotency key.

        Returns:
            What was done, and who got the old value and is to be told.

        Raises:
            CorrectionInvalid: there is no such value, or another process changed it at the same moment.
            KeyReused: the key stands for another correction.
            ValueInvalid: the value does not fit its item; the value itself is nowhere in the error.
            IdentityUnverified: nobody has verified who asks.
            KeyErased: the subject was erased.
        """
        box = Box(value)
        del value
        return _correct.correct(self._desk, _correct.Wanted(record, field, by=by, request=request, key=key), box)

    def correction(self, case: str, /) -> Correction:
        """Give a correction as it stands."""
        return _correct.correction_of(self._desk, case)

    def corrections(self) -> list[Correction]:
        """Give every correction that is not over: it was cut short, or somebody is to be told of it."""
        return [_correct.correction_of(self._desk, row.case) for row in self._open(_correct.KIND)]

    # ── Deletion ──────────────────────────────────────────────────────────────────────────────────────────

    def delete(
        self,
        subject: Subject,
        ground: DeletionGround,
        /,
        *,
        by: str,
        what: Iterable[str | tuple[str, str]] = (),
        request: str = "",
        key: str = "",
    ) -> Deletion:
        """Delete what is held about a subject (RIGHT-3).

        What the law or a legal hold wants kept stays, isolated: only statutory purposes reach it. Where nothing has
        to stay and it is about everything, the subject's key is destroyed. Where it is about single values, sealed
        copies that nobody registered as a holder stay readable; values of an item without a business case are
        isolated all together.

        Args:
            subject: whom it is about.
            ground: why.
            by: who does it.
            what: names of records, or (record, field); also of places of other holders. Nothing for everything.
            request: the request that it answers, which somebody must be working on.
            key: idempotency key.

        Returns:
            What was done, what stays, and who is to be told.

        Raises:
            DeletionInvalid: nothing of what is named is there.
            KeyReused: the key stands for another deletion.
            HolderFailed: a holder does not answer; what was done stays done, and `resume` goes on.
            IdentityUnverified: nobody has verified who asks.
        """
        check_subject(self._desk.core, subject)
        check_kind("ground", ground, DeletionGround)
        wanted = _delete.Order(ground, targets=what, request=request, by=by, key=key)
        return _delete.carry_out(self._desk, _delete.order(self._desk, subject, wanted))

    def cancel_account(self, subject: Subject, /, *, by: Subject | None = None) -> Deletion:
        """Cancel an account (USE-6): every consent ends, every use stops, and every value goes that may go.

        An account that is closed never opens again. Repeating it goes on where it was cut short, and afterwards changes
        nothing.

        Args:
            subject: whose account.
            by: the guardian who cancels it; None for the subject.

        Raises:
            ArgumentInvalid: the person may not act for the subject.
            HolderFailed: a holder does not answer; what was done stays done, and `resume` goes on.
        """
        check_subject(self._desk.core, subject)
        if by is not None:
            check_subject(self._desk.core, by, "by")
        return _delete.cancel(self._desk, subject, by)

    def deletion(self, case: str, /) -> Deletion:
        """Give a deletion as it stands."""
        return deletion_of(self._desk, case)

    def deletions(self) -> list[Deletion]:
        """Give every deletion that is not over: something is left to do or to be confirmed, or stays."""
        return [deletion_of(self._desk, row.case) for row in self._open(KIND)]

    def _open(self, kind: str) -> Sequence[CaseRow]:
        return self._desk.core.store.cases(kind, open=True)

    def acknowledge(self, case: str, recipient: str, /, *, reference: str) -> Deletion | Correction:
        """Write down that a recipient has confirmed that it has deleted, or corrected, what it got.

        Args:
            case: the deletion or correction.
            recipient: key of the recipient.
            reference: of its confirmation; no values.

        Raises:
            ArgumentInvalid: it got nothing.
            CaseUnknown: there is no such case.
        """
        row = self._desk.core.store.case(said("case", case))
        if row is not None and row.kind == _correct.KIND:
            return _correct.acknowledge(self._desk, case, recipient, reference)
        return _delete.acknowledge(self._desk, case, recipient, reference)

    def resume(self) -> list[Deletion]:
        """Finish what was cut short, and delete what had to stay and need not any more.

        Call it when the program starts, and once a day. It gives the deletions that it looked at. A correction that was
        cut short before the value was replaced stays among `corrections`: nothing keeps the new value for it.

        Raises:
            HolderFailed: a holder does not answer; what was done stays done, and everything else was done.
            PrivacyError: something else failed; likewise.
        """
        acts: list[Callable[[], object]] = [
            partial(_delete.carry_out, self._desk, row.case) for row in self._open(KIND)
        ]
        acts += [partial(_correct.settle, self._desk, row.case) for row in self._open(_correct.KIND)]
        done: list[Deletion] = []
        failed: list[PrivacyError] = []
        for act in (*acts, self._resume_ceasing):
            try:
                found = act()
            except PrivacyError as error:  # the others need not wait for it
                failed.append(error)
            else:
                done += [found] if isinstance(found, Deletion) else []
        if failed:
            raise failed[0]
        return done

    def _resume_ceasing(self) -> None:
        cessation = Cessation(self._desk)
        if cessation.begun and not cessation.done:
            self._desk.guard.cease()
            if cessation.told:
                cessation.erase()

    # ── The end of operations ─────────────────────────────────────────────────────────────────────────────

    def cease_operations(self, *, by: str) -> Cessation:
        """Stop (USE-24): when this returns, no process collects anything any more.

        It gives whom to tell; `Cessation.erase` deletes what is held once they were told. Repeating it gives the same.
        """
        cessation = Cessation(self._desk)
        cessation.begin(by)
        return cessation
