"""What happens between subjects and the controller, by name."""

from __future__ import annotations

from enum import Enum
from typing import Final

from obq_privacy.vocab import Pseudonym


class EventKind(Enum):
    """What happened between a subject and the controller.

    The first group makes and ends consent. `CHOOSE` is the choice of a recipient (SHARE-3), `ATTEST` the word of
    somebody else that the subject authorised it (USE-8), `CONFIRM` the confirmation of what a third party said
    (USE-10), `PUBLISH` an act by which the subject made something public (PROT-4), `OBJECT` and `ALLOW` block and
    unblock topics (USE-7). `MARK` notes that something has happened from which a period counts (PROT-3), `RESTRICT`
    and `LIFT` isolate values (RIGHT-3), `HOLD` and `RELEASE` keep values that the law wants kept, `CLOSE` ends the
    account (USE-6), `AGREE` accepts a new version or a longer period (CHANGE-1).

    `SUCCEED` (SHARE-6) and `CEASE` (USE-24) are about everybody, and stand in the ledger of `EVERYBODY`.
    """

    REQUEST = "request"
    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    RENEW = "renew"
    EXPIRE = "expire"
    INVALIDATE = "invalidate"

    CHOOSE = "choose"
    ATTEST = "attest"
    CONFIRM = "confirm"
    PUBLISH = "publish"
    OBJECT = "object"
    ALLOW = "allow"
    MARK = "mark"
    RESTRICT = "restrict"
    LIFT = "lift"
    HOLD = "hold"
    RELEASE = "release"
    CLOSE = "close"
    AGREE = "agree"

    SUCCEED = "succeed"
    CEASE = "cease"

    __hash__ = object.__hash__  # members are single objects; Enum would hash their names, in Python

    @property
    def ends(self) -> bool:
        """Whether it takes something away that was permitted: it never waits for anything, and wins a tie."""
        return self in _ENDINGS

    @property
    def consents(self) -> bool:
        """Whether it makes a consent."""
        return self in _CONSENTS


_CONSENTS = frozenset({EventKind.GRANT, EventKind.CHOOSE, EventKind.ATTEST})
_ENDINGS = frozenset(
    {
        EventKind.REFUSE,
        EventKind.WITHDRAW,
        EventKind.EXPIRE,
        EventKind.INVALIDATE,
        EventKind.OBJECT,
        EventKind.RESTRICT,
        EventKind.HOLD,
        EventKind.CLOSE,
        EventKind.SUCCEED,
        EventKind.CEASE,
    }
)

EVERYBODY: Final = Pseudonym("0" * 32)
"""Stands for no subject, but for all of them."""

DECLINED: Final = "declined"
"""How a successor took over that did not accept the policy."""
