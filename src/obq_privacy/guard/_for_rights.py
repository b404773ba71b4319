"""What the rights of subjects do with sealed values, without a purpose: read labels, open for the subject, replace.

Nothing else opens a value without a decision. What is opened is recorded first, as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obq_privacy.crypto import Token, open_token, seal
from obq_privacy.guard._pass import Box
from obq_privacy.guard._sealing import origin_of
from obq_privacy.guard._vault import PLAIN

if TYPE_CHECKING:
    from obq_privacy.guard._core import Core
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyItem, Pseudonym


def label_of(core: Core, item: AnyItem, token: bytes, subject: Pseudonym) -> Label:
    """Read the label of a sealed value, which nobody has authenticated yet.

    Raises:
        SealBroken: it is no token, or has no label.
    """
    origin, collected = origin_of(core, item, Token.parse(token).label)
    return origin.label(subject, collected)


def note(core: Core, subject: Pseudonym, operation: str, *items: str, actor: str) -> None:
    """Write an audit record about something that is done for a subject's rights.

    Raises:
        JournalUnavailable: it cannot be written; then nothing is done.
    """
    core.record(subject, core.fact(operation, "done", items=items, basis="rights", actor=actor))


def opened(core: Core, subject: Pseudonym, token: bytes, *, item: str, place: str, operation: str, actor: str) -> Box:
    """Record, and only then open a sealed value for the subject; without an item it is a plain field of a record.

    Raises:
        JournalUnavailable: the record cannot be written, so the value stays shut.
        SealBroken: it was tampered with or moved.
        KeyErased: the subject was erased.
    """
    note(core, subject, operation, *((item,) if item else ()), actor=actor)
    return Box(open_token(core.access(subject).key(), Token.parse(token), item=item or PLAIN, record=place))


def replaced(core: Core, subject: Pseudonym, token: bytes, *, item: AnyItem, place: str, content: Box) -> bytes:
    """Seal another value in the place of one, under the label of that one, which has to be authentic.

    Raises:
        SealBroken: it was tampered with or moved.
        KeyErased: the subject was erased.
    """
    parsed, key = Token.parse(token), core.access(subject).key()
    open_token(key, parsed, item=item.key, record=place)
    return seal(key, item=item.key, label=parsed.label, record=place, plaintext=item.encode(content.value))
