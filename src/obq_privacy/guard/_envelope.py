"""Envelopes on the sender's side: values that leave for a recipient under the label that they have here.

The sharing is decided and recorded like any other, once for all values; what leaves is sealed to the recipient's key.
The recipient's side is `_inbox`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from obq_privacy.crypto import EnvelopeField, EnvelopeHeader, check_envelope_public, seal_envelope
from obq_privacy.decision import Deny, decide
from obq_privacy.errors import ArgumentInvalid, RecipientKeyMissing, ValueInvalid
from obq_privacy.guard._arguments import check_kind, check_purposes, check_text
from obq_privacy.values import Held, Protected
from obq_privacy.values._door import Failure, keys_of, leaves, open_all
from obq_privacy.vocab import Invoked, Operation, Place, PurposeSet, Recipient, Request, SourceKind, codec_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy.decision import Permit
    from obq_privacy.errors import Denied, DerivationFailed
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._core import Core
    from obq_privacy.guard._pass import Box
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyRecipient, Pseudonym, Purpose, Source


def envelope(
    core: Core,
    purpose: type[Purpose],
    box: Box,
    *,
    to: AnyRecipient,
    under: Invoked | None,
) -> bytes:
    """Share values in an envelope: one decision for all of them, one record for each person, and only then sealed.

    Args:
        core: the guard's.
        purpose: what the recipient needs them for.
        box: holds wrappers by the names that both sides know them by.
        to: the recipient, as the policy declares it, with a public key.
        under: a legal basis that somebody invokes instead of consent.

    Raises:
        ArgumentInvalid: an argument is of another type, or a value is another guard's or about several people.
        RecipientKeyMissing: the recipient has no public key.
        EnvelopeKeyInvalid: its public key is none.
        EnvelopeUnavailable: the installed `cryptography` does not have its suite.
        Denied: a value may not be shared, so none is; the subclass and its codes say why.
        DerivationFailed: a function given to map or combine raised.
        ValueInvalid: a value cannot be written as bytes.
        JournalUnavailable: the record cannot be written, so nothing leaves.
    """
    check_purposes("envelope", purpose)
    check_kind("to", to, Recipient)
    check_kind("under", under, Invoked | None)
    values = _checked(core, box)
    if to.public_key is None:
        raise RecipientKeyMissing(recipient=to.key)
    check_envelope_public(to.public_key)
    core.refresh()
    request = Request(Operation.SHARE, purpose, recipient=to, invoked=under)
    refusal, fields = _fields(core, values, core.acted(request))
    with core.strictly():
        opened = open_all(request, list(values.values()))
    contents: dict[str, bytes] = {}
    spellings: dict[str, str] = {}
    try:
        # A refusal has raised already, unless the subject has agreed just now.
        failed = refusal or _encoded(values, opened, contents, spellings)
        if failed is not None:
            raise failed
        header = EnvelopeHeader(
            id=os.urandom(16).hex(),
            sender=core.policy.controller,
            recipient=to.key,
            purpose=purpose.key,
            version=core.policy.version,
            made=core.second(),
            fields=tuple(field._replace(spelling=spellings[field.name]) for field in fields),
        )
        return seal_envelope(to.public_key, header, contents)
    finally:
        opened.clear()
        contents.clear()


def _checked(core: Core, box: Box) -> Mapping[str, Protected[Any, Any]]:
    """Give the wrappers by name.

    Raises:
        ArgumentInvalid: they are none, or not to be shared together. What is no wrapper is in no frame.
    """
    values = cast("Mapping[str, Protected[Any, Any]]", box.value)
    named = isinstance(cast("object", box.value), Mapping) and all(
        isinstance(name, str) and name for name in cast("Any", values)
    )
    if not named or not values or not all(isinstance(value, Protected) for value in values.values()):
        del values
        raise ArgumentInvalid(argument="values", problem="it maps names to wrappers, at least one")
    if not all(cast("Access", leaf._keeper)._core is core for value in values.values() for leaf in leaves(value)):
        raise ArgumentInvalid(argument="values", problem="one of them belongs to another guard")
    if any(len(value.label.subjects) > 1 for value in values.values()):
        raise ArgumentInvalid(argument="values", problem="one is about several people, whom nobody could tell apart")
    for name in values:
        check_text("the name of a value", name)
    return values


def _fields(
    core: Core, values: Mapping[str, Protected[Any, Any]], request: Request
) -> tuple[Denied | None, list[EnvelopeField]]:
    """Describe the values for the recipient; the first refusal, where one is refused."""
    fields: list[EnvelopeField] = []
    people: dict[Pseudonym, int] = {}
    for name, value in values.items():
        label = value.label
        (subject,) = label.subjects
        now = core.clock.now()
        answer = decide(core.policy, core.access(subject).standing(), label, request, now)
        if isinstance(answer, Deny):
            return answer.refusal(request, items=tuple(sorted(label.items)), subject=subject)(), []
        number = people.setdefault(subject, len(people))
        fields.append(_field(name, number, label, request, answer))
    return None, fields


def _field(name: str, person: int, label: Label, request: Request, permit: Permit) -> EnvelopeField:
    asked = PurposeSet((request.purpose,) if request.purpose is not None else ())
    shared = label.purposes.meet(asked)
    first, last = label.collected
    return EnvelopeField(
        name=name,
        person=person,
        items=tuple(sorted(label.items)),
        spelling="",
        sensitivity=int(label.sensitivity),
        categories=tuple(sorted(category.value for category in label.categories)),
        wide=tuple(sorted(purpose.key for purpose in shared.wide)),
        exact=tuple(sorted(purpose.key for purpose in shared.exact)),
        regions=tuple(sorted(label.regions)),
        sources=tuple(sorted(map(_named, label.sources))),
        versions=tuple(sorted(label.versions)),
        collected=(int(first.timestamp()), int(last.timestamp())),
        # Rounded down: not a part of a second longer than the sender.
        until=int(permit.until.timestamp() // 1) if permit.until is not None else None,
    )


_SPELLED: Final = frozenset({str, bytes, int, float, bool, Decimal, dt.date, dt.datetime, UUID, Place})


def spelling_of(kind: type[object], *, own: bool) -> str:
    """Name the type whose bytes a value is spelled in; "" for a type of the application's or a codec of its own."""
    return kind.__name__ if kind in _SPELLED and not own else ""


def _named(source: Source) -> str:
    """Name a source for somebody else: a person's pseudonym stays here."""
    return source.kind.value if source.kind is SourceKind.PERSON else str(source)


def _encoded(
    values: Mapping[str, Protected[Any, Any]],
    opened: Sequence[object],
    contents: dict[str, bytes],
    spellings: dict[str, str],
) -> DerivationFailed | ValueInvalid | None:
    """Spell opened values as bytes into `contents`, and how into `spellings`; the error to raise where that fails."""
    for (name, value), plain in zip(values.items(), opened, strict=True):
        if isinstance(plain, Failure):
            return plain.error()
        items = ", ".join(sorted(keys_of(value)))
        try:
            if isinstance(value, Held):
                contents[name] = value._origin.item.encode(plain)
                spellings[name] = spelling_of(value._origin.item.kind, own=value._origin.item.codec is not None)
                continue
            form = codec_for(type(plain))
            if form is None:
                return ValueInvalid(item=items, problem="what was derived has no canonical bytes; map it to some")
            contents[name] = form.encode(plain)
            spellings[name] = spelling_of(type(plain), own=False)
        except Exception:  # noqa: BLE001  a codec's own error may quote the value
            return ValueInvalid(item=items, problem="it cannot be written as bytes")
    return None
