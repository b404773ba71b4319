"""The policy: everything that an application declares, checked as a whole and compiled for decisions."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast, final

from obq_privacy import _late
from obq_privacy.errors import PolicyInvalid
from obq_privacy.policy._minors import Minors
from obq_privacy.policy._rules import Kind, PurposeRule
from obq_privacy.vocab import AnyItem, Category, Level, Operation, Purpose, Sensitivity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from obq_privacy.policy._rules import Retention

LevelKey = Category | Sensitivity | tuple[Category | Sensitivity, Operation]

_AT_LEAST = {
    Sensitivity.NON_PERSONAL: Level.GENERAL,
    Sensitivity.PERSONAL: Level.GENERAL,
    Sensitivity.SENSITIVE: Level.EXPRESS,
}


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

    Raises:
        PolicyInvalid: a group with every finding, each naming the declaration.
    """

    __slots__ = (
        "_archive",
        "_items",
        "_levels",
        "_retention",
        "_rules",
        "_scopes",
        "controller",
        "home_region",
        "items",
        "levels",
        "minors",
        "purposes",
        "retention",
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
    ) -> None:
        from obq_privacy.policy._check import findings, misfits  # noqa: PLC0415  loaded where it is used

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
        }
        for name, value in put.items():
            object.__setattr__(self, name, value)
        found = misfits(put)
        if not found:
            self._compile({})
            found = findings(self)
        if found:
            raise PolicyInvalid(f"policy {version!r} has {len(found)} finding(s)", found)

    def _compile(self, archive: Mapping[str, Mapping[tuple[str, str], bytes]]) -> None:
        put = object.__setattr__
        rules = {rule.purpose: rule for rule in self.purposes}
        put(self, "_rules", rules)
        put(self, "_items", {item.key: item for item in self.items})
        put(self, "_retention", {entry.item.key: entry.keep for entry in self.retention})
        scopes = {(r.purpose.key, i.key): scope(r, i) for r in self.purposes for i in r.items}
        scopes.update({(r.purpose.key, ""): DECLARED for r in self.purposes})
        put(self, "_scopes", MappingProxyType(scopes))
        put(self, "_archive", dict(archive))
        put(self, "_levels", {})

    def with_archive(self, archive: Mapping[str, Mapping[tuple[str, str], bytes]]) -> Policy:
        """Give the same policy knowing what earlier versions said (their `scopes`, by version)."""
        other = object.__new__(Policy)
        for name in ("version", "controller", "home_region", "purposes", "items", "levels", "minors", "retention"):
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
        found: dict[type[Purpose], None] = {}
        stack = [purpose]
        while stack:
            rule = self.rule(stack.pop())
            for required in rule.requires if rule is not None else ():
                if required not in found:
                    found[required] = None
                    stack.append(required)
        return tuple(found)

    def purpose(self, key: str) -> type[Purpose] | None:
        """Give the declared purpose with this key."""
        return next((purpose for purpose in self._rules if purpose.key == key), None)

    def item(self, key: str) -> AnyItem | None:
        """Give the item with this key."""
        return self._items.get(key)

    def keep(self, item: str) -> dt.timedelta | None:
        """Give how long values of an item may be kept, None for no limit."""
        return self._retention.get(item)

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

        A pair with an empty item says that the purpose has a rule of its own.
        """
        return self._scopes

    def unchanged_since(self, version: str, purpose: type[Purpose], item: str) -> bool:
        """Tell whether `version` said the same of this purpose and item; a version that is not archived did not.

        What it said is said by the rule of the purpose, or of the nearest wider one: the same one then and now.
        """
        if version == self.version:
            return True
        rule = self.rule(purpose)
        scopes = self._archive.get(version)
        if rule is None or scopes is None:
            return False
        then = next((wider.key for wider in purpose.lineage if (wider.key, "") in scopes), None)
        pair = (rule.purpose.key, item)
        return then == rule.purpose.key and pair in self._scopes and scopes.get(pair) == self._scopes[pair]

    def dumps(self) -> str:
        """Give the policy as a document; see `docs/formats/policy.md`. One policy has one text."""
        from obq_privacy.policy._document import dumps  # noqa: PLC0415  it imports this module

        return dumps(self)

    @classmethod
    def loads(cls, text: str, *, purposes: Iterable[type[Purpose]] = (), items: Iterable[AnyItem] = ()) -> Policy:
        """Read a document. Nothing is imported by a name in it.

        Args:
            text: the document.
            purposes: classes to use for the purposes of the same keys; each must say what the document says. For the
                others, classes are made.
            items: items to use for those of the same keys, with their purposes; each must say what the document says.
                The others are made, if their values are of a plain type and they name no codec, validator or mask.

        Raises:
            PolicyDocumentInvalid: the text is not such a document, disagrees with what is given, or has an item that
                must be given; the error names the place.
            PolicyInvalid: the policy that it states cannot hold; a group of findings.
        """
        from obq_privacy.policy._document import loads  # noqa: PLC0415  it imports this module

        return loads(text, purposes=purposes, items=items)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("Policy is immutable")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("Policy is immutable")

    def __repr__(self) -> str:
        return f"Policy({self.version!r}, {len(self.purposes)} purposes, {len(self.items)} items)"

    _rules: dict[type[Purpose], PurposeRule]
    _items: dict[str, AnyItem]
    _retention: dict[str, dt.timedelta]
    _scopes: Mapping[tuple[str, str], bytes]
    _archive: dict[str, Mapping[tuple[str, str], bytes]]
    _levels: dict[tuple[Category, Sensitivity, Operation, bool], Level]


def purpose_text(purpose: type[Purpose]) -> str:
    """Give what the purpose says of itself: its docstring, tidied."""
    text: object = purpose.__doc__
    return tidy(text) if isinstance(text, str) else ""


def tidy(text: str) -> str:
    """Give lines without indentation or repeated blanks, as all versions of Python do from the same source."""
    return "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))


def type_name(kind: type[Any]) -> str:
    """Give the name of an item's type in documents: `str`, or `module:Class` for what is not built in."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}:{kind.__qualname__}"


def scopes_of(text: str) -> tuple[str, dict[tuple[str, str], bytes]]:
    """Read the version and the scopes of a document without binding any class; they equal `Policy.scopes`.

    Raises:
        PolicyDocumentInvalid: the text is not such a document.
    """
    from obq_privacy.policy._plain import scopes_of  # noqa: PLC0415  it imports this module

    return scopes_of(text)


DECLARED: Final = bytes(16)
"""Stands in the scopes for the rule of a purpose itself."""


def scope(rule: PurposeRule, item: AnyItem) -> bytes:
    """Digest what a subject agrees to with one purpose and one item; whatever changes it needs a new consent."""
    return scope_digest(
        lineage=[purpose.key for purpose in rule.purpose.lineage],
        text=purpose_text(rule.purpose),
        kind=rule.kind.value,
        need="necessary" if item in rule.necessary else "optional",
        requires=[purpose.key for purpose in rule.requires],
        item=item.key,
        type_=type_name(item.kind),
        category=item.category.value,
        sensitivity=sensitivity_name(item.sensitivity),
        exact=item.exact,
    )


def sensitivity_name(sensitivity: Sensitivity) -> str:
    """Give the name of a sensitivity in documents."""
    return sensitivity.name.lower().replace("_", "-")


def scope_digest(
    *,
    lineage: Sequence[str],
    text: str,
    kind: str,
    need: str,
    requires: Sequence[str],
    item: str,
    type_: str,
    category: str,
    sensitivity: str,
    exact: bool,
) -> bytes:
    """Digest a scope that is given in the words of a document.

    Part of it are the wider purposes, because consent to one of them counts, and whether the item is exact. Not part
    of it: line breaks in the text, the other purposes and items, retention, clauses and titles.
    """
    parts = [
        "obq-privacy/scope/1",
        *lineage,
        "/",  # no key is a slash, so the lists end where they end
        " ".join(text.split()),
        kind,
        need,
        *sorted(requires),
        "/",
        item,
        type_,
        category,
        sensitivity,
        "exact" if exact else "wide",
    ]
    # A policy that has a finding, such as a text without bytes, is digested before it is refused.
    spelled = [part.encode("utf-8", "surrogatepass") for part in parts]
    return _late.hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in spelled)).digest()[:16]


__all__ = [
    "DECLARED",
    "Kind",
    "LevelKey",
    "Policy",
    "purpose_text",
    "scope",
    "scope_digest",
    "scopes_of",
    "sensitivity_name",
    "tidy",
    "type_name",
]
