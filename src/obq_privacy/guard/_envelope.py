"""Envelopes on the sender's side: values that leave for a recipient under the label that they have here.

The sharing is decided and recorded like any other, once for all values; what leaves is sealed to the recipient's key.
The recipient's side is `_inbox`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from obq_privacy.crypto import EnvelopeField, EnvelopeHeader, check_envelope_public, seal_envelope
from obq_privacy.decision import Deny, decide
from obq_privacy.errors import ArgumentInvalid, RecipientKeyMissing, ValueInvalid
from obq_privacy.guard._arguments import check_kind, check_purposes, check_text
from obq_privacy.values import Held, Protected
from obq_privacy.values._door import Failure, keys_of, leaves, open_all
from obq_privacy.vocab import Invoked, Operation, PurposeSet, Recipient, Request, SourceKind, codec_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from obq_privacy.decision import Permit
    from obq_privacy.errors import Denied, DerivationFailed
    from obq_privacy.guard._access import Access
    from obq_privacy.guard._core import Core
    from obq_privacy.values import Label
    from obq_privacy.vocab import AnyRecipient, Pseudonym, Purpose, Source


def envelope(
    core: Core,
    purpose: type[Purpose],
    values: Mapping[str, Protected[Any, Any]],
    *,
    to: AnyRecipient,
    under: Invoked | None,
) -> bytes:
    """Share values in an envelope: see `Guard.envelope`."""
    check_purposes("envelope", purpose)
    check_kind("to", to, Recipient)
    check_kind("under", under, Invoked | None)
    _check_values(core, values)
    if to.public_key is None:
        raise RecipientKeyMissing(recipient=to.key)
    check_envelope_public(to.public_key)
    core.refresh()
    request = Request(Operation.SHARE, purpose, recipient=to, invoked=under)
    refusal, fields = _fields(core, values, core.acted(request))
    opened = open_all(request, list(values.values()))
    contents: dict[str, bytes] = {}
    try:
        failed = refusal or _encoded(values, opened, contents)  # a refusal has raised already, unless just now
        if failed is not None:
            raise failed
        header = EnvelopeHeader(
            id=os.urandom(16).hex(),
            sender=core.policy.controller,
            recipient=to.key,
            purpose=purpose.key,
            version=core.policy.version,
            made=core.second(),
            fields=tuple(fields),
        )
        return seal_envelope(to.public_key, header, contents)
    finally:
        opened.clear()
        contents.clear()


def _check_values(core: Core, values: Mapping[str, Protected[Any, Any]]) -> None:
    problem = ""
    if not hasattr(values, "values") or not values:
        problem = "it maps names to wrappers, at least one"
    elif not all(isinstance(value, Protected) for value in values.values()):
        problem = "all its values are wrappers"
    elif not all(cast("Access", leaf._keeper)._core is core for value in values.values() for leaf in leaves(value)):
        problem = "a value of it belongs to another guard"
    elif any(len(value.label.subjects) > 1 for value in values.values()):
        problem = "a value of it is about several people, of whom a recipient could not tell which"
    if problem:
        del values  # what is no wrapper may be a value
        raise ArgumentInvalid(argument="values", problem=problem)
    for name in values:
        check_text("the name of a value", name)
        if not name:
            raise ArgumentInvalid(argument="the name of a value", problem="it is not empty")


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


def _named(source: Source) -> str:
    """Name a source for somebody else: a person's pseudonym stays here."""
    return source.kind.value if source.kind is SourceKind.PERSON else str(source)


def _encoded(
    values: Mapping[str, Protected[Any, Any]], opened: Sequence[object], contents: dict[str, bytes]
) -> DerivationFailed | ValueInvalid | None:
    """Spell opened values as bytes into `contents`; the error to raise, where one cannot be."""
    for (name, value), plain in zip(values.items(), opened, strict=True):
        if isinstance(plain, Failure):
            return plain.error()
        items = ", ".join(sorted(keys_of(value)))
        try:
            if isinstance(value, Held):
                contents[name] = value._origin.item.encode(plain)
                continue
            form = codec_for(type(plain))
            if form is None:
                return ValueInvalid(item=items, problem="what was derived has no canonical bytes; map it to some")
            contents[name] = form.encode(plain)
        except Exception:  # noqa: BLE001  a codec's own error may quote the value
            return ValueInvalid(item=items, problem="it cannot be written as bytes")
    return None
