"""Policies as documents: one policy has one text, and reading one imports nothing by name.

The form is described in `docs/formats/policy.md`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, assert_never, cast

from obq_privacy.policy._check import vocabulary
from obq_privacy.policy._plain import ALL, CATEGORIES, FORMAT, KINDS, OF, SENSITIVITIES, Plain
from obq_privacy.policy._policy import Policy, purpose_text, sensitivity_name, type_name
from obq_privacy.policy._rules import PurposeRule, Retention
from obq_privacy.vocab import Level, NonPersonalItem, PersonalItem, Purpose, SensitiveItem, Sensitivity
from obq_privacy.vocab._codec import built_in
from obq_privacy.vocab._purpose import purposes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.policy._plain import Entry, Rule, Word
    from obq_privacy.policy._policy import LevelKey
    from obq_privacy.vocab import AnyItem

_TYPES = {type_name(kind): kind for kind in built_in()}

# ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────


def dumps(policy: Policy) -> str:
    """Give the document of a policy. The order of declarations makes no difference."""
    import json  # noqa: PLC0415  only programs that read or write documents need it

    minors = policy.minors
    document: dict[str, object] = {
        "format": FORMAT,
        "version": policy.version,
        "controller": policy.controller,
        "home_region": policy.home_region,
        "minors": {
            "sensitive_age": minors.sensitive_age,
            "sensitive_inclusive": minors.sensitive_inclusive,
            "guardian_age": minors.guardian_age,
            "guardian_inclusive": minors.guardian_inclusive,
            "majority": minors.majority,
            "guardian_until_majority": sorted(minors.guardian_until_majority),
            "counted_from": minors.counted_from,
            "leap_day": minors.leap_day,
            "zone": minors.zone,
            "unknown": minors.unknown,
        },
        "levels": _levels_out(policy.levels),
        "vocabulary": [_word(purpose) for purpose in vocabulary(policy)],
        "purposes": sorted((_rule(rule) for rule in policy.purposes), key=_key),
        "items": sorted((_entry(item) for item in policy.items), key=_key),
        "retention": [
            {"item": kept.item.key, "keep_seconds": kept.keep // dt.timedelta(seconds=1)}
            for kept in sorted(policy.retention, key=lambda kept: kept.item.key)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _key(part: Word | Rule | Entry) -> str:
    return part["key"]


def _levels_out(levels: Mapping[LevelKey, Level]) -> list[dict[str, str]]:
    names = {of: name for name, of in OF.items()}
    rows: list[tuple[str, str, str]] = []
    for key, level in levels.items():
        of, operation = (key[0], key[1].value) if isinstance(key, tuple) else (key, ALL)
        rows.append((names[of], operation, level.name.lower()))
    return [{"of": of, "operation": operation, "level": level} for of, operation, level in sorted(rows)]


def _word(purpose: type[Purpose]) -> Word:
    wider = purpose.lineage[1:2]
    return {
        "key": purpose.key,
        "title": purpose.title,
        "text": purpose_text(purpose),
        "clause": purpose.clause,
        "parent": wider[0].key if wider else None,
    }


def _rule(rule: PurposeRule) -> Rule:
    return {
        "key": rule.purpose.key,
        "kind": rule.kind.value,
        "necessary": sorted(item.key for item in rule.necessary),
        "optional": sorted(item.key for item in rule.optional),
        "requires": sorted(purpose.key for purpose in rule.requires),
    }


def _entry(item: AnyItem) -> Entry:
    return {
        "key": item.key,
        "title": item.title,
        "clause": item.clause,
        "sensitivity": sensitivity_name(item.sensitivity),
        "category": item.category.value,
        "type": type_name(item.kind),
        "purposes": sorted(purpose.key for purpose in item.purposes),
        "exact": item.exact,
        "encrypt": item.encrypt,
        "codec": _callable_name(item.codec),
        "validate": _callable_name(item.validate),
        "mask": _callable_name(item.mask),
    }


def _callable_name(thing: object) -> str | None:
    """Give `module:name` of a function or class; of another object, that of its class."""
    if thing is None:
        return None
    named: object = thing if hasattr(thing, "__qualname__") else type(thing)
    module: object = getattr(named, "__module__", None) or getattr(thing, "__objclass__", type(thing)).__module__
    return f"{module}:{cast('type', named).__qualname__}"


# ── Binding to classes ────────────────────────────────────────────────────────────────────────────────────


def loads(text: str, *, purposes: Iterable[type[Purpose]] = (), items: Iterable[AnyItem] = ()) -> Policy:
    """Read a document; see `Policy.loads`."""
    read = Plain(text)
    given = tuple(items)
    named = [purpose for purpose in purposes for purpose in purposes_of(purpose, declaration="purposes of loads")]
    classes = _bind_purposes(read, [*named, *(purpose for item in given for purpose in item.purposes)])
    bound = _bind_items(read, classes, given)
    version, controller, home_region = read.head
    policy = Policy(
        version=version,
        controller=controller,
        purposes=[
            PurposeRule(
                classes[rule["key"]],
                KINDS[rule["kind"]],
                tuple(bound[key] for key in rule["necessary"]),
                tuple(bound[key] for key in rule["optional"]),
                tuple(classes[key] for key in rule["requires"]),
            )
            for rule in read.rules.values()
        ],
        items=bound.values(),
        levels=read.levels,
        minors=read.minors,
        retention=[Retention(bound[key], keep) for key, keep in read.retention.items()],
        home_region=home_region,
    )
    spoken = {purpose.key for purpose in vocabulary(policy)}
    for key in read.words:
        if key not in spoken:
            raise read.error(f"word {key}", "key", "nothing in the document speaks of it")
    return policy


def _bind_purposes(read: Plain, given: Sequence[type[Purpose]]) -> dict[str, type[Purpose]]:
    known: dict[str, type[Purpose]] = {}
    for purpose in dict.fromkeys(ancestor for each in given for ancestor in each.lineage):
        if known.setdefault(purpose.key, purpose) is not purpose and purpose.key in read.words:
            raise read.error(f"word {purpose.key}", "key", "two purposes of that key are given")
    bound: dict[str, type[Purpose]] = {}
    for key in sorted(read.words, key=lambda key: len(read.lineages[key])):  # the wider ones first
        word = read.words[key]
        if key in known:
            bound[key] = known[key]
            read.agree(f"word {key}", word, _word(known[key]), "it differs from the purpose that is given")
        else:
            parent = word["parent"]
            bound[key] = _made_purpose(read, word, Purpose if parent is None else bound[parent])
    return bound


def _made_purpose(read: Plain, word: Word, parent: type[Purpose]) -> type[Purpose]:
    name = "".join(part.capitalize() for part in word["key"].replace("_", "-").replace(".", "-").split("-"))
    body = {"__doc__": word["text"], "__module__": __name__}
    settings: dict[str, Any] = {"key": word["key"], "title": word["title"], "clause": word["clause"]}
    made: object = None
    try:
        made = type(name, (parent,), body, **settings)
    except Exception:  # noqa: BLE001  a given parent may refuse it with an error of its own
        made = None
    if made is None:
        raise read.error(f"word {word['key']}", "parent", "no class can be made below it; the purpose must be given")
    return cast("type[Purpose]", made)


def _bind_items(read: Plain, classes: Mapping[str, type[Purpose]], given: Sequence[AnyItem]) -> dict[str, AnyItem]:
    known: dict[str, AnyItem] = {}
    for item in given:
        if known.setdefault(item.key, item) is not item and item.key in read.entries:
            raise read.error(f"item {item.key}", "key", "two items of that key are given")
    bound: dict[str, AnyItem] = {}
    for key, entry in read.entries.items():
        if key in known:
            bound[key] = known[key]
            read.agree(f"item {key}", entry, _entry(known[key]), "it differs from the item that is given")
        else:
            bound[key] = _made_item(read, entry, [classes[purpose] for purpose in entry["purposes"]])
            read.agree(f"item {key}", entry, _entry(bound[key]), "it contradicts the rest of the item")
    return bound


def _made_item(read: Plain, entry: Entry, purposes: Sequence[type[Purpose]]) -> AnyItem:
    name = f"item {entry['key']}"
    for field, value in (("codec", entry["codec"]), ("validate", entry["validate"]), ("mask", entry["mask"])):
        if value is not None:
            raise read.error(name, field, "nothing is imported by name; the item must be given")
    if entry["type"] not in _TYPES:
        raise read.error(name, "type", "it is not a plain type; the item must be given")
    kind: type[Any] = _TYPES[entry["type"]]
    form: Any = purposes[0]
    for purpose in purposes[1:]:
        form = form | purpose
    key, title, clause, exact = entry["key"], entry["title"], entry["clause"], entry["exact"]
    category = CATEGORIES[entry["category"]]
    match SENSITIVITIES[entry["sensitivity"]]:
        case Sensitivity.SENSITIVE:
            return SensitiveItem(key, kind, form, category=category, exact=exact, title=title, clause=clause)
        case Sensitivity.NON_PERSONAL:
            return NonPersonalItem(key, kind, form, category=category, exact=exact, title=title, clause=clause)
        case Sensitivity.PERSONAL:
            encrypt = entry["encrypt"]
            return PersonalItem(
                key, kind, form, category=category, exact=exact, encrypt=encrypt, title=title, clause=clause
            )
        case _ as never:
            assert_never(never)
