"""Which kind of change each field of a policy document is, and when a change of it takes a right away (CHANGE-1).

What is not known to leave every right as it was counts as taking one away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from obq_privacy.vocab import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from obq_privacy.policy._policy import Policy

    Reduces = Callable[[object, object], bool]

_SERVICE, _CONTROL, _RECIPIENTS, _RIGHTS = "service-model", "control", "main-recipients", "rights"
_CONTACTS, _MINOR = "contacts", "minor"


class Effect(NamedTuple):
    """What a change of a field is.

    Attributes:
        kind: the kind of change.
        reduces: whether a change from one value to another takes a right away.
    """

    kind: str
    reduces: Reduces


class Part(NamedTuple):
    """An array of a document.

    Attributes:
        name: its key.
        word: what findings call its rows.
        keys: the fields that tell its rows apart.
        kind: what adding or removing a row is.
        added: whether adding a row takes a right away.
        removed: whether removing one does.
    """

    name: str
    word: str
    keys: tuple[str, ...]
    kind: str
    added: Callable[[Mapping[str, object] | None], bool]
    removed: Callable[[Mapping[str, object] | None], bool]


def _never(*_: object) -> bool:
    return False


def _always(*_: object) -> bool:
    return True


def _more(before: object, after: object) -> bool:
    """Tell whether a list got something new."""
    return not set(cast("list[str]", after)) <= set(cast("list[str]", before))


def _fewer(before: object, after: object) -> bool:
    return _more(after, before)


def _more_of_all(before: object, after: object) -> bool:
    """Tell whether a list got something new that means everything when it is empty."""
    return bool(before) and (not after or _more(before, after))


def _longer(before: object, after: object) -> bool:
    return cast("int", after) > cast("int", before)


def _shorter(before: object, after: object) -> bool:
    return cast("int", after) < cast("int", before)


def _longer_or_new(before: object, after: object) -> bool:
    return after is not None and (before is None or _longer(before, after))


def _shorter_or_gone(before: object, after: object) -> bool:
    return before is not None and (after is None or _shorter(before, after))


def _on(_before: object, after: object) -> bool:
    return after is True


def _off(_before: object, after: object) -> bool:
    return after is False


def _gone(before: object, after: object) -> bool:
    return bool(before) and not after


def _grown_up(_before: object, after: object) -> bool:
    return after == "adult"


def _reworded(before: object, after: object) -> bool:
    """Tell whether more than line breaks changed."""
    return str(before).split() != str(after).split()


def _weaker_kind(_before: object, after: object) -> bool:
    """Tell whether something can no longer be refused, or not without losing the service."""
    return after != "additional"


def _weaker(before: object, after: object) -> bool:
    return Level[str(after).upper()] < Level[str(before).upper()]


def _kept_by_law(row: Mapping[str, object] | None) -> bool:
    """Tell whether a limit keeps something, too; any other new limit only ends what was kept for ever."""
    return row is not None and row["at_least_seconds"] is not None


SETTINGS: dict[str, Effect] = {
    "controller": Effect(_CONTROL, _always),
    "home_region": Effect(_SERVICE, _always),
    "contact.department": Effect(_CONTACTS, _gone),
    "contact.address": Effect(_CONTACTS, _gone),
    "contact.court": Effect(_CONTACTS, _gone),
    "contact.url": Effect(_CONTACTS, _never),
    # Raising a limit takes the right to decide alone, lowering it takes a protection.
    **{
        f"minors.{name}": Effect(_RIGHTS, _always)
        for name in (
            *("sensitive_age", "sensitive_inclusive", "guardian_age", "guardian_inclusive", "majority"),
            *("guardian_until_majority", "counted_from", "leap_day", "zone"),
        )
    },
    "minors.guardian_operations": Effect(_RIGHTS, _fewer),
    "minors.approval": Effect(_RIGHTS, _off),
    "minors.unknown": Effect(_RIGHTS, _grown_up),
    "smallest_group": Effect(_SERVICE, _shorter),
    "answer_within_seconds": Effect(_RIGHTS, _longer),
    "refusal_rest_seconds": Effect(_RIGHTS, _shorter_or_gone),
    "machine_refusal": Effect(_RIGHTS, _off),
}
"""What stands on its own, by its place. The version is no change by itself."""

_TERMS = {"dpv": Effect(_MINOR, _never), "fides": Effect(_MINOR, _never)}
_NAMES = {"title": Effect(_MINOR, _never), "clause": Effect(_MINOR, _never)}

FIELDS: dict[str, dict[str, Effect]] = {
    "levels": {"level": Effect(_RIGHTS, _weaker)},
    "vocabulary": {
        **_NAMES,
        "text": Effect(_SERVICE, _reworded),
        "parent": Effect(_SERVICE, _always),
        **_TERMS,
    },
    "purposes": {
        "kind": Effect(_SERVICE, _weaker_kind),
        "necessary": Effect(_SERVICE, _more),
        "optional": Effect(_SERVICE, _more),
        "requires": Effect(_SERVICE, _more),
        "shared": Effect(_SERVICE, _more),
        "choice": Effect(_SERVICE, _off),
        "roles": Effect(_SERVICE, _more_of_all),
        "alternative": Effect(_RIGHTS, _gone),
        "permission": Effect(_SERVICE, _always),
        "user_initiated": Effect(_SERVICE, _off),
        "signal": Effect(_RIGHTS, _off),
    },
    "items": {
        **_NAMES,
        "sensitivity": Effect(_SERVICE, _always),
        "category": Effect(_SERVICE, _always),
        "type": Effect(_SERVICE, _always),
        "purposes": Effect(_SERVICE, _more),
        "exact": Effect(_SERVICE, _off),
        "encrypt": Effect(_SERVICE, _off),
        "codec": Effect(_MINOR, _never),
        "validate": Effect(_MINOR, _never),
        "mask": Effect(_MINOR, _never),
        **_TERMS,
    },
    "retention": {
        "after": Effect(_SERVICE, _always),
        "keep_seconds": Effect(_SERVICE, _longer),
        "at_least_seconds": Effect(_SERVICE, _longer_or_new),
    },
    "recipients": {
        **_NAMES,
        "purposes": Effect(_RECIPIENTS, _more),
        "kind": Effect(_RECIPIENTS, _always),
        "role": Effect(_RECIPIENTS, _always),
        "region": Effect(_RECIPIENTS, _always),
        "items": Effect(_RECIPIENTS, _more_of_all),
        "agreement": Effect(_MINOR, _never),
        "follows_policy": Effect(_RECIPIENTS, _always),
        "sdk": Effect(_RECIPIENTS, _on),
        "check": Effect(_MINOR, _never),
        "public_key": Effect(_MINOR, _never),
    },
    "sources": {**_NAMES, "region": Effect(_MINOR, _never), "undertaking": Effect(_MINOR, _never)},
    "exemptions": {
        "operations": Effect(_RIGHTS, _more),
        "deidentified": Effect(_RIGHTS, _off),
        "clause": Effect(_MINOR, _never),
    },
}
"""The fields of each array, apart from those that tell its rows apart."""

PARTS = (
    Part("levels", "level of", ("of", "operation"), _RIGHTS, _never, _always),
    Part("vocabulary", "word", ("key",), _MINOR, _never, _never),
    Part("purposes", "purpose", ("key",), _SERVICE, _always, _never),
    Part("items", "item", ("key",), _SERVICE, _always, _never),
    Part("retention", "retention of", ("item", "purpose"), _SERVICE, _kept_by_law, _always),
    Part("recipients", "recipient", ("key",), _RECIPIENTS, _always, _never),
    Part("sources", "source", ("key",), _SERVICE, _always, _never),
    Part("exemptions", "exemption", ("basis",), _RIGHTS, _always, _never),
)


def removed_rule(old: Policy, new: Policy, key: str) -> bool:
    """Tell whether a purpose that lost its rule goes by that of a wider one from now on."""
    purpose = old.purpose(key)
    wider = {one.key for one in purpose.lineage[1:]} if purpose is not None else set[str]()
    return any(rule.purpose.key in wider for rule in new.purposes)
