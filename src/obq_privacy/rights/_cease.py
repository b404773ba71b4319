"""The end of operations: nothing more is collected, everybody is told, and what is held goes (USE-24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from obq_privacy.consent import EVERYBODY
from obq_privacy.errors import CessationInvalid, PrivacyError
from obq_privacy.rights._delete import Order, carry_out, order
from obq_privacy.rights._grounds import DeletionGround
from obq_privacy.rights._steps import check_subject, named, said, spelled, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy.guard import Subject
    from obq_privacy.rights._holders import Desk
    from obq_privacy.vocab import Pseudonym

KIND: Final = "cessation"
NOTICE: Final = "cessation-notice"
_CASE: Final = "cessation"
_PAGE: Final = 256
_KEY: Final = "cessation"


@final
class Cessation:
    """The end of operations, in steps that can be repeated: stop, tell, erase. Made by `Rights.cease_operations`."""

    __slots__ = ("_desk",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __repr__(self) -> str:
        return "Cessation()"

    @property
    def case(self) -> str:
        """Its name in the docket."""
        return _CASE

    def _did(self, name: str) -> bool:
        return any(step.name == name for step in steps(self._desk.core.store.entries(_CASE)))

    @property
    def begun(self) -> bool:
        """Whether operations have ceased, or are about to."""
        return self._did("order")

    @property
    def announced(self) -> bool:
        """Whether everybody was told by announcement."""
        return self._did("announce")

    @property
    def done(self) -> bool:
        """Whether everything that may go is gone."""
        return self._did("done")

    @property
    def told(self) -> bool:
        """Whether everybody was told, one by one or by announcement."""
        return self.announced or next(self.to_notify(), None) is None

    def begin(self, by: str) -> None:
        """Stop collecting."""
        core = self._desk.core
        core.refresh()
        if not self.begun:
            self._desk.record(EVERYBODY, "cease", actor=said("by", by))
            core.store.enter(
                _CASE,
                KIND,
                "",
                lambda there: None if there else (spelled("order", {"by": by}), True, None),
                core.clock.now(),
            )
        self._desk.guard.cease()

    def to_notify(self) -> Iterator[Subject]:
        """Yield every subject who was not told yet; none after an announcement."""
        if self.announced:
            return
        for pseudonym in self._everybody():
            if self._desk.core.store.case(_notice(pseudonym)) is None:
                yield self._desk.subject(pseudonym)

    def notified(self, subject: Subject, /, *, method: str) -> None:
        """Write down that a subject was told, and how. Repeating it changes nothing."""
        core = self._desk.core
        check_subject(core, subject)
        how = said("method", method)
        core.store.enter(
            _notice(subject.pseudonym),
            NOTICE,
            subject.pseudonym,
            lambda there: None if there else (spelled("notify", {"method": how}), False, None),
            core.clock.now(),
        )

    def announce(self, reference: str, /) -> None:
        """Write down that everybody was told by announcement, and where. Repeating it changes nothing."""
        what = {"reference": said("reference", reference)}
        core = self._desk.core

        def make(there: object) -> tuple[str, bool, None] | None:
            del there
            return None if self.announced else (spelled("announce", what), not self.done, None)

        self._check_begun()
        core.store.enter(_CASE, KIND, "", make, core.clock.now())

    def erase(self) -> int:
        """Delete what is held about everybody, and give how many subjects that were.

        What the law wants kept stays, isolated, until `Rights.resume` finds that it may go. It can be killed at any
        point and called again.

        Raises:
            CessationInvalid: operations have not ceased, or somebody was not told.
            HolderFailed: a holder does not answer; what was done stays done, and everybody else's is gone.
        """
        self._check_begun()
        if not self.told:
            raise CessationInvalid(case=_CASE, problem="somebody was not told")
        self._desk.guard.cease()  # whoever was killed between the order and this has not stopped collecting
        count = 0
        failed: list[PrivacyError] = []
        for pseudonym in self._everybody():
            wanted = Order(DeletionGround.SERVICE_ENDED, by=_CASE, scope=KIND, key=_KEY)
            try:
                carry_out(self._desk, order(self._desk, self._desk.subject(pseudonym), wanted))
            except PrivacyError as error:  # the others need not wait for it
                failed.append(error)
            count += 1
        if failed:
            raise failed[0]
        enter_done(self._desk)
        return count

    def _check_begun(self) -> None:
        if not self.begun:
            raise CessationInvalid(case=_CASE, problem="operations have not ceased")

    def _everybody(self) -> Iterator[Pseudonym]:
        """Yield every subject who is not erased."""
        last = ""
        while page := self._desk.core.store.subjects(last, _PAGE):
            yield from (pseudonym for pseudonym in page if pseudonym != EVERYBODY)
            last = page[-1]


def enter_done(desk: Desk) -> None:
    """Write down that everything that may go is gone."""
    core = desk.core
    core.store.enter(
        _CASE,
        KIND,
        "",
        lambda there: None if any(step.name == "done" for step in steps(there)) else (spelled("done", {}), False, None),
        core.clock.now(),
    )


def _notice(pseudonym: Pseudonym) -> str:
    return named(NOTICE, pseudonym, _KEY)
