"""Labels as bytes, and values as tokens."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from obq_privacy import _late
from obq_privacy.crypto import seal
from obq_privacy.errors import SealBroken
from obq_privacy.vocab import PurposeSet, Sensitivity, Source, SourceKind
from obq_privacy.vocab._text import is_text

if TYPE_CHECKING:
    from obq_privacy.crypto import DataKey
    from obq_privacy.guard._core import Core
    from obq_privacy.guard._pass import Box
    from obq_privacy.values import Held, Origin
    from obq_privacy.vocab import AnyItem, Purpose


def label_bytes(origin: Origin, collected: int) -> bytes:
    """Spell the label of a value, apart from item and subject, which are authenticated beside it.

    Canonical JSON: collected (seconds since the epoch), exact and wide purposes, region, source, sensitivity, version,
    and where there are any matter, topics and end.
    """
    form: dict[str, object] = {
        "at": collected,
        "exact": sorted(purpose.key for purpose in origin.purposes.exact),
        "wide": sorted(purpose.key for purpose in origin.purposes.wide),
        "region": origin.region,
        "source": [origin.source.kind.value, origin.source.name],
        "sensitivity": int(origin.sensitivity),
        "version": origin.version,
    }
    if origin.matter:
        form["matter"] = origin.matter
    if origin.topics:
        form["topics"] = sorted(origin.topics)
    if origin.ends:
        form["ends"] = origin.ends
    return _late.json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def origin_of(core: Core, item: AnyItem, label: bytes) -> tuple[Origin, int]:
    """Read a label back; what the item does not allow any more is not allowed again.

    Returns:
        The origin and when the value was collected (seconds since the epoch).

    Raises:
        SealBroken: it is no label. Where nobody has authenticated it, as with `label_of`, it may be anything.
    """
    form = _parsed(label)
    try:
        sensitivity = max(item.sensitivity, Sensitivity(form["sensitivity"]))
        kind, name = form["source"]
        source = Source(SourceKind(kind), name)
    except ValueError:
        raise SealBroken from None
    sealed = PurposeSet(_purposes(core, item, form["wide"]), _purposes(core, item, form["exact"]))
    origin = core.origin(
        item,
        sensitivity,
        purposes=item.purposes.meet(sealed),
        source=source,
        region=form["region"],
        version=form["version"],
        matter=form["matter"],
        topics=frozenset(form["topics"]),
        ends=form["ends"],
    )
    return origin, form["at"]


def sealed(key: DataKey, value: Held[Any, Any], content: Box, record: str) -> bytes:
    """Seal the bytes of a value under its own label."""
    origin = value._origin
    label = label_bytes(origin, value._collected)
    return seal(key, item=origin.item.key, label=label, record=record, plaintext=content.value)


_EMPTY: Final[dict[str, Any]] = {"matter": "", "topics": [], "ends": 0}
_KINDS: Final = {
    **dict.fromkeys(("at", "ends", "sensitivity"), int),
    **dict.fromkeys(("region", "version", "matter"), str),
    **dict.fromkeys(("exact", "wide", "source", "topics"), list),
}
FIRST: Final = -62_135_596_800
LAST: Final = 253_402_300_799
"""The first and the last second that dates reach."""


def _parsed(label: bytes) -> dict[str, Any]:
    """Read the parts of a label, each of its type."""
    try:
        read: Any = _late.json.loads(label)
    except (ValueError, RecursionError):
        raise SealBroken from None
    if type(read) is not dict:
        raise SealBroken
    form: dict[str, Any] = _EMPTY | read
    if form.keys() != _KINDS.keys() or any(type(form[name]) is not kind for name, kind in _KINDS.items()):
        raise SealBroken
    lists = [form[name] for name, kind in _KINDS.items() if kind is list]
    texts = [form[name] for name, kind in _KINDS.items() if kind is str]
    in_time = FIRST <= form["at"] <= LAST and 0 <= form["ends"] <= LAST
    if not (in_time and all(map(is_text, chain(texts, *lists)))):
        raise SealBroken
    return form


def _purposes(core: Core, item: AnyItem, keys: list[str]) -> list[type[Purpose]]:
    """Find the classes behind keys among what item and policy know; others are left out, which only narrows."""
    known = {ancestor.key: ancestor for purpose in item.purposes for ancestor in purpose.lineage}
    known.update({rule.purpose.key: rule.purpose for rule in core.policy.purposes})
    return [known[key] for key in keys if key in known]
