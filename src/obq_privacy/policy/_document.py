"""Policies read from documents: reading one imports nothing by name.

The form is described in `docs/formats/policy.md`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, assert_never, cast

from obq_privacy.policy._check import vocabulary
from obq_privacy.policy._clauses import Exemption
from obq_privacy.policy._forms import ANCHORS, BASES, CATEGORIES, KINDS, OPERATIONS, RECIPIENTS, ROLES, SENSITIVITIES
from obq_privacy.policy._plain import Plain
from obq_privacy.policy._policy import Policy
from obq_privacy.policy._rules import PurposeRule, Retention
from obq_privacy.policy._scopes import type_name
from obq_privacy.policy._written import entry as entry_of
from obq_privacy.policy._written import origin as origin_of
from obq_privacy.policy._written import party as party_of
from obq_privacy.policy._written import word as word_of
from obq_privacy.vocab import (
    Agreement,
    NonPersonalItem,
    PersonalItem,
    Purpose,
    Recipient,
    SecurityCheck,
    SensitiveItem,
    Sensitivity,
    ThirdPartySource,
)
from obq_privacy.vocab._codec import built_in
from obq_privacy.vocab._purpose import purposes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.policy._forms import Contract, Entry, Kept, Origin, Party, Rule, Word
    from obq_privacy.vocab import AnyItem, AnyRecipient

_TYPES = {type_name(kind): kind for kind in built_in()}


def loads(
    text: str,
    *,
    purposes: Iterable[type[Purpose]] = (),
    items: Iterable[AnyItem] = (),
    recipients: Iterable[AnyRecipient] = (),
    sources: Iterable[ThirdPartySource] = (),
) -> Policy:
    """Read a document; see `Policy.loads`."""
    read = Plain(text)
    parties = tuple(recipients)
    given = tuple(dict.fromkeys((*items, *(item for party in parties for item in party.items))))
    named = [purpose for purpose in purposes for purpose in purposes_of(purpose, declaration="purposes of loads")]
    named += [purpose for item in given for purpose in item.purposes]
    named += [purpose for party in parties for purpose in party.purposes]
    classes = _bind_purposes(read, named)
    bound = _bind_items(read, classes, given)
    version, controller, home_region = read.head
    policy = Policy(
        version=version,
        controller=controller,
        purposes=[_made_rule(rule, classes, bound) for rule in read.rules.values()],
        items=bound.values(),
        levels=read.levels,
        minors=read.minors,
        retention=[_made_retention(kept, classes, bound) for kept in read.retention],
        home_region=home_region,
        recipients=_bind_recipients(read, classes, bound, parties),
        sources=_bind_sources(read, sources),
        exemptions=[
            Exemption(
                BASES[row["basis"]],
                frozenset(OPERATIONS[operation] for operation in row["operations"]),
                row["deidentified"],
                row["clause"],
            )
            for row in read.exempt.values()
        ],
        contact=read.contact,
        smallest_group=read.smallest_group,
        answer_within=read.answer_within,
        refusal_rest=read.refusal_rest,
        machine_refusal=read.machine_refusal,
    )
    spoken = {purpose.key for purpose in vocabulary(policy)}
    for key in read.words:
        if key not in spoken:
            raise read.error(f"word {key}", "key", "nothing in the document speaks of it")
    return policy


def _made_rule(rule: Rule, classes: Mapping[str, type[Purpose]], bound: Mapping[str, AnyItem]) -> PurposeRule:
    return PurposeRule(
        classes[rule["key"]],
        KINDS[rule["kind"]],
        tuple(bound[key] for key in rule["necessary"]),
        tuple(bound[key] for key in rule["optional"]),
        tuple(classes[key] for key in rule["requires"]),
        shared=tuple(bound[key] for key in rule["shared"]),
        choice=rule["choice"],
        roles=frozenset(rule["roles"]),
        alternative=rule["alternative"],
        permission=rule["permission"],
        user_initiated=rule["user_initiated"],
        signal=rule["signal"],
    )


def _made_retention(kept: Kept, classes: Mapping[str, type[Purpose]], bound: Mapping[str, AnyItem]) -> Retention:
    purpose, least = kept["purpose"], kept["at_least_seconds"]
    return Retention(
        bound[kept["item"]],
        dt.timedelta(seconds=kept["keep_seconds"]),
        None if purpose is None else classes[purpose],
        ANCHORS[kept["after"]],
        None if least is None else dt.timedelta(seconds=least),
    )


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
            read.agree(f"word {key}", word, word_of(known[key]), "it differs from the purpose that is given")
        else:
            parent = word["parent"]
            bound[key] = _made_purpose(read, word, Purpose if parent is None else bound[parent])
    return bound


def _made_purpose(read: Plain, word: Word, parent: type[Purpose]) -> type[Purpose]:
    name = "".join(part.capitalize() for part in word["key"].replace("_", "-").replace(".", "-").split("-"))
    body = {"__doc__": word["text"], "__module__": __name__}
    settings: dict[str, Any] = {
        "key": word["key"],
        "title": word["title"],
        "clause": word["clause"],
        "dpv": word["dpv"],
        "fides": word["fides"],
    }
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
            read.agree(f"item {key}", entry, entry_of(known[key]), "it differs from the item that is given")
        else:
            bound[key] = _made_item(read, entry, [classes[purpose] for purpose in entry["purposes"]])
            read.agree(f"item {key}", entry, entry_of(bound[key]), "it contradicts the rest of the item")
    return bound


def _made_item(read: Plain, entry: Entry, purposes: Sequence[type[Purpose]]) -> AnyItem:
    name = f"item {entry['key']}"
    for field, value in (("codec", entry["codec"]), ("validate", entry["validate"]), ("mask", entry["mask"])):
        if value is not None:
            raise read.error(name, field, "nothing is imported by name; the item must be given")
    if entry["type"] not in _TYPES:
        raise read.error(name, "type", "it is not a plain type; the item must be given")
    kind: type[Any] = _TYPES[entry["type"]]
    form = _joined(purposes)
    more: dict[str, Any] = {
        "category": CATEGORIES[entry["category"]],
        "exact": entry["exact"],
        "title": entry["title"],
        "clause": entry["clause"],
        "dpv": entry["dpv"],
        "fides": entry["fides"],
    }
    match SENSITIVITIES[entry["sensitivity"]]:
        case Sensitivity.SENSITIVE:
            return SensitiveItem(entry["key"], kind, form, **more)
        case Sensitivity.NON_PERSONAL:
            return NonPersonalItem(entry["key"], kind, form, **more)
        case Sensitivity.PERSONAL:
            return PersonalItem(entry["key"], kind, form, encrypt=entry["encrypt"], **more)
        case _ as never:
            assert_never(never)


def _joined(purposes: Sequence[type[Purpose]]) -> Any:
    """Give the purposes joined by `|`."""
    form: Any = purposes[0]
    for purpose in purposes[1:]:
        form = form | purpose
    return form


# ── Recipients and sources ────────────────────────────────────────────────────────────────────────────────


def _bind_recipients(
    read: Plain, classes: Mapping[str, type[Purpose]], bound: Mapping[str, AnyItem], given: Iterable[AnyRecipient]
) -> list[AnyRecipient]:
    known: dict[str, AnyRecipient] = {}
    for recipient in given:
        if known.setdefault(recipient.key, recipient) is not recipient and recipient.key in read.parties:
            raise read.error(f"recipient {recipient.key}", "key", "two recipients of that key are given")
    found: list[AnyRecipient] = []
    for key, party in read.parties.items():
        problem = "it differs from the recipient that is given" if key in known else "a purpose implies another"
        recipient = known.get(key) or _made_recipient(party, classes, bound)
        read.agree(f"recipient {key}", party, party_of(recipient), problem)
        found.append(recipient)
    return found


def _made_recipient(party: Party, classes: Mapping[str, type[Purpose]], bound: Mapping[str, AnyItem]) -> AnyRecipient:
    from base64 import b64decode  # noqa: PLC0415  only policies with public keys need it

    check, key = party["check"], party["public_key"]
    return Recipient(
        party["key"],
        _joined([classes[purpose] for purpose in party["purposes"]]),
        kind=RECIPIENTS[party["kind"]],
        role=ROLES[party["role"]],
        region=party["region"],
        items=[bound[item] for item in party["items"]],
        agreement=_agreement(party["agreement"]),
        follows_policy=party["follows_policy"],
        sdk=party["sdk"],
        check=None if check is None else SecurityCheck(_day(check["on"]), _day(check["until"])),
        public_key=None if key is None else b64decode(key),
        title=party["title"],
        clause=party["clause"],
    )


def _bind_sources(read: Plain, given: Iterable[ThirdPartySource]) -> list[ThirdPartySource]:
    known: dict[str, ThirdPartySource] = {}
    for source in given:
        if known.setdefault(source.key, source) is not source and source.key in read.origins:
            raise read.error(f"source {source.key}", "key", "two sources of that key are given")
    found: list[ThirdPartySource] = []
    for key, origin in read.origins.items():
        source = known.get(key) or _made_source(origin)
        read.agree(f"source {key}", origin, origin_of(source), "it differs from the source that is given")
        found.append(source)
    return found


def _made_source(origin: Origin) -> ThirdPartySource:
    return ThirdPartySource(
        origin["key"],
        undertaking=_agreement(origin["undertaking"]),
        region=origin["region"],
        title=origin["title"],
        clause=origin["clause"],
    )


def _agreement(contract: Contract | None) -> Agreement | None:
    if contract is None:
        return None
    return Agreement(contract["reference"], _day(contract["since"]), _day(contract["until"]))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
