"""What is known about a subject: sealed with the subject's own key, so that it goes with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from obq_privacy import _late
from obq_privacy.crypto import Token, open_token, seal
from obq_privacy.errors import SubjectInvalid

if TYPE_CHECKING:
    from obq_privacy.crypto import DataKey

_ITEM = "obq-privacy.profile"
_FIRST = dt.date(1900, 1, 1)


class Profile:
    """The birth date, None where it is not known, and the pseudonyms of the guardians. Its repr shows neither."""

    __slots__ = ("born", "guardians")

    def __init__(self, born: dt.date | None = None, guardians: frozenset[str] = frozenset()) -> None:
        self.born = born
        self.guardians = guardians

    def __repr__(self) -> str:
        return "Profile(…)"

    def same(self, other: Profile) -> bool:
        """Tell whether both say the same."""
        return (self.born, self.guardians) == (other.born, other.guardians)

    def sealed(self, key: DataKey) -> bytes:
        """Seal it under the key of its subject."""
        form = {"born": self.born.isoformat() if self.born else None, "guardians": sorted(self.guardians)}
        plaintext = _late.json.dumps(form, sort_keys=True, separators=(",", ":")).encode()
        return seal(key, item=_ITEM, label=b"", record=key.subject, plaintext=plaintext)

    @classmethod
    def opened(cls, key: DataKey, token: bytes) -> Profile:
        """Open what `sealed` gave.

        Raises:
            SealBroken: it was tampered with, or belongs to somebody else.
        """
        form = _late.json.loads(open_token(key, Token.parse(token), item=_ITEM, record=key.subject))
        born = dt.date.fromisoformat(form["born"]) if form["born"] else None
        return cls(born, frozenset(form["guardians"]))


def check_born(born: dt.date | None, today: dt.date, subject: str) -> None:
    """Check a birth date.

    Raises:
        SubjectInvalid: it is no date, in the future, or before 1900.
    """
    if born is None:
        return
    if isinstance(born, dt.datetime) or not isinstance(cast("object", born), dt.date):
        raise SubjectInvalid(subject=subject, problem="born is a datetime.date")
    if not _FIRST <= born <= today:
        raise SubjectInvalid(subject=subject, problem="born is neither in the future nor before 1900")
