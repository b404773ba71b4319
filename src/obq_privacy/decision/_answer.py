"""What is asked of a decision, and what it answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, final

import attrs

from obq_privacy import errors
from obq_privacy.vocab import LegalBasis, Operation, Pseudonym
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from obq_privacy.vocab import Request


class Permit(NamedTuple):
    """Yes.

    Attributes:
        basis: what makes it lawful.
        until: the first instant at which time alone could change the answer; None for never.
        consents: ids of the consents that it rests on.
    """

    basis: LegalBasis
    until: dt.datetime | None
    consents: tuple[str, ...] = ()


class Reason(NamedTuple):
    """One thing that stands in the way.

    Attributes:
        code: stable code; the error class of the same code says what to do.
        item: key of the item that it is about, or "".
        purpose: key of the purpose that it is about, or "".
        detail: the identifier that it is about: a required purpose, a level, a version.
    """

    code: str
    item: str = ""
    purpose: str = ""
    detail: str = ""

    @property
    def clause(self) -> str:
        """The clause of the policy that the refusal keeps."""
        return _CLASSES[self.code].clause or ""


def _sorted(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(set(reasons), key=lambda reason: (weight(reason.code), *reason[1:])))


def weight(code: str) -> tuple[bool, str]:
    """Order codes, the weightiest first: what no consent could help comes before what is wrong with consents."""
    return code in _OF_CONSENT, code


_OF_CONSENT = frozenset(f"OBQ{number}" for number in range(106, 115))


@final
@attrs.frozen(eq=False, repr=False)
class Deny(Noun):
    """No, with every reason, the weightiest first; there is at least one.

    Attributes:
        reasons: what stands in the way.
        alternative: what the purpose offers without personal data, or "" (USE-7).
    """

    reasons: tuple[Reason, ...] = attrs.field(converter=_sorted, validator=attrs.validators.min_len(1))
    alternative: str = ""

    @property
    def gap(self) -> bool:
        """Whether the policy does not speak of this at all, as opposed to a refusal."""
        return self.reasons[0].code == errors.PolicyGap.code

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, each once, in their order."""
        return tuple(dict.fromkeys(reason.code for reason in self.reasons))

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of the reasons, each once, in their order."""
        return tuple(dict.fromkeys(reason.clause for reason in self.reasons))

    def error(self, request: Request, *, items: tuple[str, ...], subject: Pseudonym) -> errors.Denied:
        """Give the exception that says it at the edge."""
        return self.refusal(request, items=items, subject=subject)()

    def refusal(self, request: Request, *, items: tuple[str, ...], subject: Pseudonym) -> Callable[[], errors.Denied]:
        """Give what makes that exception, for a refusal that is raised again and again."""
        return partial(
            _CLASSES[self.reasons[0].code],
            operation=request.operation.value,
            items=items,
            purpose=request.purpose.key if request.purpose is not None else "",
            subject=subject,
            codes=self.codes,
            clauses=self.clauses,
            detail=self.reasons[0].detail,
            alternative=self.alternative,
        )


def _subclasses() -> dict[str, type[errors.Denied]]:
    return {kind.code: kind for kind in errors.Denied.__subclasses__()}


_CLASSES = _subclasses()


def explain(decision: Permit | Deny, request: Request) -> str:
    """Say a decision in plain words: what was asked, what was missing, and what would make it allowed."""
    what = "collection" if request.operation is Operation.COLLECT else request.operation.value
    aim = f"for {request.purpose.key}" if request.purpose is not None else "for any of its purposes"
    if isinstance(decision, Permit):
        good = f"until {decision.until.isoformat()}" if decision.until else "until something other than time changes"
        return f"Asked: {what} {aim}.\nAllowed, on the basis of {decision.basis.value}, {good}."
    lines = [f"Asked: {what} {aim}.", "Not covered by the policy:" if decision.gap else "Refused:"]
    for reason in decision.reasons:
        kind = _CLASSES[reason.code]
        facts = {
            "operation": request.operation.value,
            "items": reason.item or "the value",
            "purpose": reason.purpose or "any of its purposes",
            "subject": "the subject",
            "detail": reason.detail,
        }
        lines.append(f"- {kind.says.format(**facts)} [{reason.code}, {reason.clause}]")
        if kind.remedy != errors.Denied.remedy:
            lines.append(f"  To allow it: {kind.remedy.format(**facts)}.")
    if decision.alternative:
        lines.append(f"Without personal data there is: {decision.alternative}.")
    return "\n".join(lines)
