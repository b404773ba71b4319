"""Labels as bytes, and values as tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from obq_privacy import _late
from obq_privacy.crypto import seal
from obq_privacy.errors import SealBroken
from obq_privacy.vocab import PurposeSet, Sensitivity, Source, SourceKind

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
    """Read an authenticated label back; what the item does not allow any more is not allowed again.

    Returns:
        The origin and when the value was collected (seconds since the epoch).
    """
    form = _parsed(label)
    sealed = PurposeSet(_purposes(core, item, form["wide"]), _purposes(core, item, form["exact"]))
    origin = core.origin(
        item,
        max(item.sensitivity, Sensitivity(form["sensitivity"])),
        purposes=item.purposes.meet(sealed),
        source=Source(SourceKind(form["source"][0]), form["source"][1]),
        region=form["region"],
        version=form["version"],
        matter=form.get("matter", ""),
        topics=frozenset(form.get("topics", ())),
        ends=form.get("ends", 0),
    )
    return origin, form["at"]


def sealed(key: DataKey, value: Held[Any, Any], content: Box, record: str) -> bytes:
    """Seal the bytes of a value under its own label."""
    origin = value._origin
    label = label_bytes(origin, value._collected)
    return seal(key, item=origin.item.key, label=label, record=record, plaintext=content.value)


def _parsed(label: bytes) -> dict[str, Any]:
    try:
        form: dict[str, Any] = _late.json.loads(label)
    except ValueError:
        raise SealBroken from None
    return form


def _purposes(core: Core, item: AnyItem, keys: list[str]) -> list[type[Purpose]]:
    """Find the classes behind keys among what item and policy know; others are left out, which only narrows."""
    known = {ancestor.key: ancestor for purpose in item.purposes for ancestor in purpose.lineage}
    known.update({rule.purpose.key: rule.purpose for rule in core.policy.purposes})
    return [known[key] for key in keys if key in known]
