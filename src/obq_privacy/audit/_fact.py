"""Facts: the part of an audit record that many records share, kept once and named by its hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast, final, get_args

import attrs

from obq_privacy import _late
from obq_privacy.errors import AuditBroken
from obq_privacy.vocab._noun import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

Outcome = Literal["permit", "deny", "gap", "done", "observed"]

OUTCOMES: frozenset[str] = frozenset(get_args(Outcome))
HANDED_OUT: frozenset[str] = frozenset({"permit", "observed"})
"""Outcomes after which a value was handed out."""
ID_BYTES = 7
NO_FACT = bytes(ID_BYTES)
_DOMAIN = b"obq-privacy/audit-fact/1"
_TUPLES = ("items", "codes", "clauses")
_TEXTS = ("op", "outcome", "purpose", "basis", "version", "recipient", "actor", "justification")


def encode(*fields: bytes) -> bytes:
    """Join fields so that no two lists of fields spell the same bytes: each behind its length, u32 big-endian."""
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def fact_digest(text: str) -> bytes:
    """Return the SHA-256 that stands for a fact's text, separated from every other hash of the library."""
    return _late.hashlib.sha256(encode(_DOMAIN, text.encode())).digest()


def fact_id(digest: bytes) -> bytes:
    """Return the 7 bytes that stand in slots: the first ones of the digest, or its last ones if those are zero."""
    head = digest[:ID_BYTES]
    return head if head != NO_FACT else digest[-ID_BYTES:]


def _text(fact: Fact) -> str:
    fields: dict[str, object] = {
        "op": fact.operation,
        "outcome": fact.outcome,
        "items": fact.items,
        "purpose": fact.purpose,
        "basis": fact.basis,
        "codes": fact.codes,
        "clauses": fact.clauses,
        "version": fact.version,
        "recipient": fact.recipient,
        "actor": fact.actor,
        "justification": fact.justification,
    }
    said = {name: value for name, value in fields.items() if value}
    return _late.json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _digest(fact: Fact) -> bytes:
    return fact_digest(fact.text)


def _id(fact: Fact) -> bytes:
    return fact_id(fact.digest)


def _is_text(_: object, field: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{field.name} must be text")
    try:
        value.encode()
    except UnicodeEncodeError:  # it quotes the text, so it goes no further
        pass
    else:
        return
    raise ValueError(f"{field.name} must be text that UTF-8 can write")


def _is_texts(owner: object, field: attrs.Attribute[tuple[str, ...]], value: tuple[object, ...]) -> None:
    for part in value:
        _is_text(owner, cast("attrs.Attribute[str]", field), part)
        if not part:
            raise ValueError(f"{field.name} must not hold empty names")


def _is_outcome(_: object, field: attrs.Attribute[Outcome], value: object) -> None:
    if value not in OUTCOMES:
        raise ValueError(f"{field.name} must be one of {', '.join(sorted(OUTCOMES))}")


def _is_said(owner: object, field: attrs.Attribute[str], value: object) -> None:
    _is_text(owner, field, value)
    if not value:
        raise ValueError(f"{field.name} must not be empty")


def _names(value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError("one text is not a tuple of names")
    return tuple(value)


def _sorted_names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(_names(value))))


@final
@attrs.frozen(eq=False, repr=False)
class Fact(Noun):
    """Say what was asked and how it ended, without saying of whom and when.

    Building one costs tens of microseconds: build it where a decision is made, keep it, and hand its `id` to
    `Journal.append`. Two facts that say the same have the same text, digest and id.

    Attributes:
        operation: what was done or asked: "collect", "use", "share", "erase", ...
        outcome: "permit" or "deny" by a decision, "gap" where the policy is silent, "done" where none was needed,
            "observed" where it was refused and handed out all the same (`obq_privacy.unsafe`).
        items: keys of the items, sorted, each once.
        purpose: key of the purpose, or "".
        basis: the legal basis of a permit, or "".
        codes: stable codes of the reasons of a refusal, in the order of the decision.
        clauses: the clauses that the reasons keep, in the order of `codes`.
        version: the version of the policy that decided, or "".
        recipient: key of the recipient of what was shared, or "".
        actor: pseudonym or key of the person or program that acted, or "".
        justification: the one field with free text; it must not quote values.
        text: the canonical JSON: keys sorted, no spaces, empty fields left out.
        digest: SHA-256 of the text, 32 bytes.
        id: 7 bytes of the digest, never all zero, which stand for the fact in a slot of the journal.

    >>> Fact("use", "permit", items=("b", "a"), purpose="pay").text
    '{"items":["a","b"],"op":"use","outcome":"permit","purpose":"pay"}'
    """

    operation: str = attrs.field(validator=_is_said)
    outcome: Outcome = attrs.field(validator=_is_outcome)
    items: tuple[str, ...] = attrs.field(kw_only=True, converter=_sorted_names, validator=_is_texts)
    purpose: str = attrs.field(default="", kw_only=True, validator=_is_text)
    basis: str = attrs.field(default="", kw_only=True, validator=_is_text)
    codes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_names, validator=_is_texts)
    clauses: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_names, validator=_is_texts)
    version: str = attrs.field(default="", kw_only=True, validator=_is_text)
    recipient: str = attrs.field(default="", kw_only=True, validator=_is_text)
    actor: str = attrs.field(default="", kw_only=True, validator=_is_text)
    justification: str = attrs.field(default="", kw_only=True, validator=_is_text)
    text: str = attrs.field(init=False, repr=False)
    digest: bytes = attrs.field(init=False, repr=False)
    id: bytes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Compute once what every record of this fact needs; validators have run."""
        object.__setattr__(self, "text", _text(self))
        object.__setattr__(self, "digest", _digest(self))
        object.__setattr__(self, "id", _id(self))

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, Fact) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    @classmethod
    def parse(cls, text: str) -> Fact:
        """Read the canonical text back.

        Raises:
            AuditBroken: the text is not the canonical text of a fact.
        """
        fact = _parsed(text)
        if fact is None or fact.text != text:
            raise AuditBroken(place="a fact", problem="it is not written as facts are")
        return fact


def _parsed(text: str) -> Fact | None:
    try:
        said = _late.json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    fields = cast("dict[str, object]", said)
    if not fields.keys() <= {*_TUPLES, *_TEXTS}:
        return None
    lists = {name: fields.pop(name, []) for name in _TUPLES}
    if not all(isinstance(value, list) for value in lists.values()):
        return None
    names = {name: tuple(cast("list[str]", value)) for name, value in lists.items()}
    texts = {name: cast("str", fields.get(name, "")) for name in _TEXTS}  # the validators see whether they are
    try:
        return Fact(
            texts["op"],
            cast("Outcome", texts["outcome"]),
            items=names["items"],
            purpose=texts["purpose"],
            basis=texts["basis"],
            codes=names["codes"],
            clauses=names["clauses"],
            version=texts["version"],
            recipient=texts["recipient"],
            actor=texts["actor"],
            justification=texts["justification"],
        )
    except (TypeError, ValueError):
        return None
