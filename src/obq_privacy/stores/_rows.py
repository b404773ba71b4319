"""What goes into a store and comes out of it, apart from what other packages make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from obq_privacy.vocab import Pseudonym


class SubjectRow(NamedTuple):
    """A subject as a store holds it.

    Attributes:
        pseudonym: 32 hexadecimal digits.
        lookup: keyed digest of the application's id, 32 bytes; the id itself is not stored.
        key_id: id of the subject's data key, 16 bytes.
        profile: what is known about the subject (birth date, guardians), sealed; None once erased.
        erasing: when erasure was ordered, or None.
        erased: when it was complete, or None.
    """

    pseudonym: Pseudonym
    lookup: bytes
    key_id: bytes
    profile: bytes | None
    erasing: dt.datetime | None = None
    erased: dt.datetime | None = None


class VaultField(NamedTuple):
    """A sealed field of a record.

    Attributes:
        field: its name in the record.
        subject: who it is about.
        item: key of its item, "" for a plain field.
        token: the sealed value.
    """

    field: str
    subject: Pseudonym
    item: str
    token: bytes


class Feed(NamedTuple):
    """What has changed since a follower last asked.

    Attributes:
        head: number of the newest change.
        subjects: who changed, each once.
        following: whether the follower is registered.
    """

    head: int
    subjects: tuple[Pseudonym, ...]
    following: bool


class CaseRow(NamedTuple):
    """Where a case of the docket stands.

    Attributes:
        case: its name.
        kind: what kind of case it is, the same for good.
        subject: whom it concerns, the same for good; "" for nobody in particular.
        open: whether something is still to be done.
        due: by when, or None.
        seq: number of its newest entry; they count from 1.
    """

    case: str
    kind: str
    subject: Pseudonym | Literal[""]
    open: bool
    due: dt.datetime | None
    seq: int


class CaseEntry(NamedTuple):
    """One thing that happened in a case.

    Attributes:
        case: name of the case.
        seq: its number in the case; entries count from 1, without gaps.
        at: when it was entered.
        text: what happened, in the words of whoever entered it; no value of a person.
    """

    case: str
    seq: int
    at: dt.datetime
    text: str


def tokens_of(fields: Iterable[str] | Mapping[str, bytes]) -> dict[str, bytes | None]:
    """Give the token that each of some fields is to have, None where any will do."""
    if isinstance(fields, Mapping):
        return dict(cast("Mapping[str, bytes]", fields))
    return dict.fromkeys(fields)
