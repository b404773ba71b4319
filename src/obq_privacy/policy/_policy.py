"""The policy: everything that an application declares, checked as a whole and compiled for decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn, cast, final

from obq_privacy.errors import PolicyInvalid
from obq_privacy.policy._minors import Minors
from obq_privacy.policy._rules import Kind, PurposeRule
from obq_privacy.policy._scopes import recipient_pair, scopes, shared_pair
from obq_privacy.vocab import AnyItem, Category, Level, Operation, Purpose, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from obq_privacy.policy._clauses import Contact, Exemption
    from obq_privacy.policy._former import Former
    from obq_privacy.policy._rules import Retention
    from obq_privacy.vocab import AnyRecipient, LegalBasis, PurposeSet, ThirdPartySource

_DECLARED_PARTS = (
    *("version", "controller", "home_region", "purposes", "items", "levels", "minors", "retention", "recipients"),
    *("sources", "exemptions", "contact", "smallest_group", "answer_within", "refusal_rest", "machine_refusal"),
)

LevelKey = Category | Sensitivity | tuple[Category | Sensitivity, Operation]

_AT_LEAST = {
    Sensitivity.NON_PERSONAL: Level.GENERAL,
    Sensitivity.PERSONAL: Level.GENERAL,
    Sensitivity.SENSITIVE: Level.EXPRESS,
}


def _all(declared: Iterable[object]) -> tuple[object, ...]:
    """Give what is declared as a tuple; of what is no collection it holds something that is a finding."""
    return tuple(declared) if isinstance(cast("object", declared), Iterable) else (None,)


@final
class Policy:
    """One version of a privacy policy. Immutable; everything is checked when it is built.

    Args:
        version: name of this version; a changed text needs a new one (CHANGE-3).
        controller: who answers for the processing.
        purposes: the purposes, each `basic(...)` or `additional(...)`.
        items: further items that purposes do not list by themselves; each must be reachable.
        levels: stronger consent than the least (general; express for sensitive items) by category or sensitivity,
            for all operations or as a pair with one. The strongest that applies counts.
        minors: the rules on age.
        retention: how long values may be kept.
        home_region: ISO 3166-1 alpha-2 code of the region where data is collected and kept.
        recipients: who may get data; nobody else does (SHARE-1).
        sources: third parties that data may come from (USE-10).
        exemptions: legal bases that may be invoked without consent (USE-22, SHARE-8); none that is not listed.
        contact: whom subjects turn to (CONT-1); answers and notices need it.
        smallest_group: how many distinct subjects stand behind every released group at least (USE-23).
        answer_within: how long an answer to a request may take (RIGHT-6).
        refusal_rest: how long nobody is asked again after a refusal; None where nothing forbids asking.
        machine_refusal: whether a subject may refuse decisions that are made by machine alone.

    Raises:
        PolicyInvalid: a group with every finding, each naming the declaration.
    """

    __slots__ = (
        "_archive",
        "_exempt",
        "_items",
        "_levels",
        "_narrowed",
        "_recipients",
        "_required",
        "_retention",
        "_rules",
        "_scopes",
        "_sources",
        "_within",
        "answer_within",
        "contact",
        "controller",
        "exemptions",
        "home_region",
        "items",
        "levels",
        "machine_refusal",
        "minors",
        "purposes",
        "recipients",
        "refusal_rest",
        "retention",
        "smallest_group",
        "sources",
        "version",
    )
    version: str
    controller: str
    home_region: str
    purposes: tuple[PurposeRule, ...]
    items: tuple[AnyItem, ...]
    levels: Mapping[LevelKey, Level]
    minors: Minors
    retention: tuple[Retention, ...]
    recipients: tuple[AnyRecipient, ...]
    sources: tuple[ThirdPartySource, ...]
    exemptions: tuple[Exemption, ...]
    contact: Contact | None
    smallest_group: int
    answer_within: dt.timedelta
    refusal_rest: dt.timedelta | None
    machine_refusal: bool

    def __init__(
        self,
        *,
        version: str,
        controller: str,
        purposes: Iterable[PurposeRule],
        items: Iterable[AnyItem] = (),
        levels: Mapping[LevelKey, Level] | None = None,
        minors: Minors | None = None,
        retention: Iterable[Retention] = (),
        home_region: str = "CN",
        recipients: Iterable[AnyRecipient] = (),
        sources: Iterable[ThirdPartySource] = (),
        exemptions: Iterable[Exemption] = (),
        contact: Contact | None = None,
        smallest_group: int = 10,
        answer_within: dt.timedelta = dt.timedelta(days=15),
        refusal_rest: dt.timedelta | None = None,
        machine_refusal: bool = False,
    ) -> None:
        from obq_privacy.policy._check import findings  # noqa: PLC0415  loaded where it is used
        from obq_privacy.policy._shape import misfits  # noqa: PLC0415

        rules = tuple(purposes)
        further = tuple(items)
        reached = (item for rule in rules if isinstance(cast("object", rule), PurposeRule) for item in rule.items)
        listed = (*reached, *further)
        put: Mapping[str, object] = {
            "version": version,
            "controller": controller,
            "home_region": home_region,
            "purposes": rules,
            "items": tuple({id(item): item for item in listed}.values()),
            "levels": MappingProxyType(dict(levels or {})),
            "minors": minors or Minors(),
            "retention": tuple(retention),
            "recipients": _all(recipients),
            "sources": _all(sources),
            "exemptions": _all(exemptions),
            "contact": contact,
            "smallest_group": smallest_group,
            "answer_within": answer_within,
            "refusal_rest": refusal_rest,
            "machine_refusal": machine_refusal,
        }
        for name, value in put.items():
            object.__setattr__(self, name, value)
        found = misfits(put)
        if not found:
            self._compile({})
            found = findings(self)
        if found:
            raise PolicyInvalid(f"policy {version!r} has {len(found)} finding(s)", found)

    def _compile(self, archive: Mapping[str, Former]) -> None:
        put = object.__setattr__
        rules = {rule.purpose: rule for rule in self.purposes}
        put(self, "_rules", rules)
        put(self, "_items", {item.key: item for item in self.items})
        retention: dict[str, list[Retention]] = {}
        for entry in self.retention:
            retention.setdefault(entry.item.key, []).append(entry)
        put(self, "_retention", {key: tuple(entries) for key, entries in retention.items()})
        put(self, "_recipients", {recipient.key: recipient for recipient in self.recipients})
        put(self, "_sources", {source.key: source for source in self.sources})
        put(self, "_exempt", {exemption.basis: exemption for exemption in self.exemptions})
        put(self, "_required", {})
        put(self, "_within", {})
        put(self, "_scopes", MappingProxyType(scopes(self)))
        put(self, "_archive", dict(archive))
        put(self, "_levels", {})
        put(self, "_narrowed", {})

    def with_archive(self, archive: Mapping[str, Former]) -> Policy:
        """Give the same policy knowing what the other versions said, by version and oldest first; see `former_of`."""
        other = object.__new__(Policy)
        for name in _DECLARED_PARTS:
            object.__setattr__(other, name, getattr(self, name))
        other._compile(archive)
        return other

    def rule(self, purpose: type[Purpose]) -> PurposeRule | None:
        """Give what the policy says of a purpose: its own rule, or that of the nearest wider purpose."""
        for ancestor in purpose.lineage:
            found = self._rules.get(ancestor)
            if found is not None:
                return found
        return None

    def required(self, purpose: type[Purpose]) -> tuple[type[Purpose], ...]:
        """Give every purpose that this one builds on, directly or not."""
        known = self._required.get(purpose)
        if known is not None:
            return known
        found: dict[type[Purpose], None] = {}
        stack = [purpose]
        while stack:
            rule = self.rule(stack.pop())
            for required in rule.requires if rule is not None else ():
                if required not in found:
                    found[required] = None
                    stack.append(required)
        return self._required.setdefault(purpose, tuple(found))

    def within(self, purposes: PurposeSet, *, collecting: bool) -> tuple[type[Purpose], ...]:
        """Give what a set names, and what is declared below it; a duty by law is no reason to collect anything."""
        known = self._within.get((purposes, collecting))
        if known is None:
            named = dict.fromkeys(purposes)
            named.update(dict.fromkeys(rule.purpose for rule in self.purposes if purposes.allows(rule.purpose)))
            duties = {each for each in named if (rule := self.rule(each)) and rule.kind is Kind.STATUTORY}
            known = tuple(each for each in named if not (collecting and each in duties))
            self._within[purposes, collecting] = known
        return known

    def purpose(self, key: str) -> type[Purpose] | None:
        """Give the declared purpose with this key."""
        return next((purpose for purpose in self._rules if purpose.key == key), None)

    def item(self, key: str) -> AnyItem | None:
        """Give the item with this key."""
        return self._items.get(key)

    def retentions(
        self, item: str, *, bound: Iterable[str] = (), purpose: type[Purpose] | None = None
    ) -> tuple[Retention, ...]:
        """Give what is said of how long values of an item may be kept; nothing where there is no limit.

        Args:
            item: key of the item.
            bound: versions whose narrower terms stand for the subject (CHANGE-1), as `stands` gives them. Where one of
                them said a shorter time, that time is given; where it counted from something else, both limits are,
                and both hold. What the law wants kept is the shorter of both, too.
            purpose: what is asked for, so that what was said of it counts even if this version does not name it.
        """
        entries = self._retention.get(item, ())
        if not bound:
            return entries
        key = (item, frozenset(bound), purpose)
        known = self._narrowed.get(key)
        if known is None:
            from obq_privacy.policy._former import narrowed  # noqa: PLC0415  only what is older needs it

            formers = [former for version, former in self._archive.items() if version in key[1]]
            known = self._narrowed[key] = narrowed(self, item, purpose, formers)
        return known

    @property
    def archive(self) -> Mapping[str, Former]:
        """What the other versions said, as far as a later one may not widen it, oldest first."""
        return MappingProxyType(self._archive)

    def former(self, version: str) -> Former | None:
        """Give what another version said; None for one that is not archived."""
        return self._archive.get(version)

    def stands(self, collected: Iterable[str], *, agreed: Iterable[str]) -> frozenset[str]:
        """Give the versions whose terms stand where they are narrower than those of this one (CHANGE-1).

        That is the latest version that the subject agreed to, unless it is this one; without any that is known, the
        versions under which a value was collected.

        Args:
            collected: versions under which the value was collected.
            agreed: versions that the subject agreed to, as such or by a consent to the purpose.
        """
        known = frozenset(agreed)
        if self.version in known:
            return frozenset()
        order = {version: at for at, version in enumerate(self._archive)}
        latest = max(known & order.keys(), key=order.__getitem__, default=None)
        return frozenset(collected) - {self.version} if latest is None else frozenset({latest})

    def homes(self, bound: Iterable[str] = ()) -> frozenset[str]:
        """Give the regions that count as home: the home region, if every version that stands called it home, too."""
        formers = [self._archive[version] for version in bound if version in self._archive]
        moved = any(former.home_region != self.home_region for former in formers)
        return frozenset() if moved else frozenset({self.home_region})

    def minors_of(self, version: str) -> Minors:
        """Give the rules on age by which a consent under a version is judged: those of then (CHANGE-1)."""
        former = self._archive.get(version)
        return former.minors if former is not None else self.minors

    def recipient(self, key: str) -> AnyRecipient | None:
        """Give the recipient with this key."""
        return self._recipients.get(key)

    def source(self, key: str) -> ThirdPartySource | None:
        """Give the third-party source with this key."""
        return self._sources.get(key)

    def exemption(self, basis: LegalBasis) -> Exemption | None:
        """Give what may be done under an invoked basis; None where it may not be invoked."""
        return self._exempt.get(basis)

    def permitted_by(self, permission: str) -> tuple[type[Purpose], ...]:
        """Give the purposes that depend on a device permission (USE-18)."""
        return tuple(rule.purpose for rule in self.purposes if permission and rule.permission == permission)

    def level(self, item: AnyItem, sensitivity: Sensitivity, operation: Operation, *, child: bool = False) -> Level:
        """Give the least level of consent for an operation on an item; `child`: its value is a child's as well."""
        key = (item.category, sensitivity, operation, child)
        known = self._levels.get(key)
        if known is None:
            of = (item.category, sensitivity, *((Category.CHILD,) if child else ()))
            asked = (*of, *((one, operation) for one in of))
            known = max(_AT_LEAST[sensitivity], *(self.levels.get(name, Level.GENERAL) for name in asked))
            self._levels[key] = known
        return known

    @property
    def scopes(self) -> Mapping[tuple[str, str], bytes]:
        """What a consent under this version covers: a digest for each pair of purpose and item keys.

        A pair with an empty item says that the purpose has a rule of its own. The pairs `("recipient:<key>", "")` and
        `("shared:<purpose key>", item key)` say who gets something, and what may be shared.
        """
        return self._scopes

    def unchanged_since(self, version: str, purpose: type[Purpose], item: str) -> bool:
        """Tell whether `version` said the same of this purpose and item; a version that is not archived did not.

        What it said is said by the rule of the purpose, or of the nearest wider one: the same one then and now.
        """
        if version == self.version:
            return True
        rule = self._same_rule(version, purpose)
        return rule is not None and self._said(version, (rule.purpose.key, item))

    def shared_unchanged(self, version: str, purpose: type[Purpose], item: str) -> bool:
        """Tell whether `version` shared the item for the purpose, too, if this one does (CHANGE-1)."""
        if version == self.version:
            return True
        rule = self._same_rule(version, purpose)
        if rule is None:
            return False
        pair = shared_pair(rule.purpose.key, item)
        return pair not in self._scopes or self._said(version, pair)

    def recipient_unchanged(self, version: str, recipient: AnyRecipient) -> bool:
        """Tell whether `version` said the same of who the recipient is and what it gets (CHANGE-1).

        Its agreement, security check, key and title may have changed.
        """
        return version == self.version or self._said(version, recipient_pair(recipient.key))

    def _same_rule(self, version: str, purpose: type[Purpose]) -> PurposeRule | None:
        """Give the rule that speaks of a purpose, if the same one did in another version."""
        rule = self.rule(purpose)
        former = self._archive.get(version)
        if rule is None or former is None:
            return None
        then = next((wider.key for wider in purpose.lineage if (wider.key, "") in former.scopes), None)
        return rule if then == rule.purpose.key else None

    def _said(self, version: str, pair: tuple[str, str]) -> bool:
        """Tell whether a pair is in the scopes of both versions, and means the same."""
        former = self._archive.get(version)
        return former is not None and pair in self._scopes and former.scopes.get(pair) == self._scopes[pair]

    def dumps(self) -> str:
        """Give the policy as a document; see `docs/formats/policy.md`. One policy has one text."""
        from obq_privacy.policy._written import dumps  # noqa: PLC0415  it imports this module

        return dumps(self)

    @classmethod
    def loads(
        cls,
        text: str,
        *,
        purposes: Iterable[type[Purpose]] = (),
        items: Iterable[AnyItem] = (),
        recipients: Iterable[AnyRecipient] = (),
        sources: Iterable[ThirdPartySource] = (),
    ) -> Policy:
        """Read a document. Nothing is imported by a name in it.

        Args:
            text: the document.
            purposes: classes to use for the purposes of the same keys; each must say what the document says. For the
                others, classes are made.
            items: items to use for those of the same keys, with their purposes; each must say what the document says.
                The others are made, if their values are of a plain type and they name no codec, validator or mask.
            recipients: recipients to use for those of the same keys, with their purposes and items. Others are made.
            sources: sources to use for those of the same keys. Others are made.

        Raises:
            PolicyDocumentInvalid: the text is not such a document, disagrees with what is given, or has an item that
                must be given; the error names the place.
            PolicyInvalid: the policy that it states cannot hold; a group of findings.
        """
        from obq_privacy.policy._document import loads  # noqa: PLC0415  it imports this module

        return loads(text, purposes=purposes, items=items, recipients=recipients, sources=sources)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Policy is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("Policy is immutable")

    def __repr__(self) -> str:
        return f"Policy({self.version!r}, {len(self.purposes)} purposes, {len(self.items)} items)"

    _rules: dict[type[Purpose], PurposeRule]
    _items: dict[str, AnyItem]
    _retention: dict[str, tuple[Retention, ...]]
    _recipients: dict[str, AnyRecipient]
    _sources: dict[str, ThirdPartySource]
    _exempt: dict[LegalBasis, Exemption]
    _required: dict[type[Purpose], tuple[type[Purpose], ...]]
    _within: dict[tuple[PurposeSet, bool], tuple[type[Purpose], ...]]
    _scopes: Mapping[tuple[str, str], bytes]
    _archive: dict[str, Former]
    _levels: dict[tuple[Category, Sensitivity, Operation, bool], Level]
    _narrowed: dict[tuple[str, frozenset[str], type[Purpose] | None], tuple[Retention, ...]]
