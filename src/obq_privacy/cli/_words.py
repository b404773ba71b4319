"""What several commands say of a policy, in the same words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from obq_privacy.policy import Anchor

if TYPE_CHECKING:
    from obq_privacy.policy import Policy, PurposeRule, Retention
    from obq_privacy.vocab import AnyItem, AnyRecipient

_FROM: Final = {
    Anchor.COLLECTION: "collection",
    Anchor.COMPLETION: "completion",
    Anchor.ACTIVITY: "the last activity",
    Anchor.ACCOUNT_END: "the end of the account",
}


def period(time: dt.timedelta) -> str:
    """Say how long something lasts, exactly: in years of 365 days where it is whole ones, in days, or in seconds."""
    if time != dt.timedelta(time.days) or not time.days:
        return _number(time // dt.timedelta(seconds=1), "second")
    years, rest = divmod(time.days, 365)
    return _number(time.days, "day") if rest else _number(years, "year")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def kept_words(one: Retention) -> str:
    """Say how long values are kept."""
    aim = f" for {one.purpose.key}" if one.purpose is not None else ""
    least = f"; by law at least {period(one.at_least)}" if one.at_least is not None else ""
    return f"{period(one.keep)} from {_FROM[one.after]}{aim}{least}"


def recipients_of(policy: Policy, rule: PurposeRule) -> list[AnyRecipient]:
    """Give who is declared for a purpose: shared with, or handed something over to with a consent of its own."""
    return [one for one in policy.recipients if declared_for(policy, rule, one)]


def shared_with(policy: Policy, rule: PurposeRule, one: AnyRecipient) -> tuple[AnyItem, ...]:
    """Give what a recipient may get for a purpose."""
    if not declared_for(policy, rule, one):
        return ()
    return tuple(item for item in rule.shared if not one.items or item in one.items)


def declared_for(policy: Policy, rule: PurposeRule, one: AnyRecipient) -> bool:
    """Tell whether a recipient is declared for a purpose, or for a narrower one that goes by its rule."""
    narrower = any(policy.rule(purpose) is rule for purpose in one.purposes)
    return narrower or one.purposes.allows(rule.purpose)


def sensitivity_word(item: AnyItem) -> str:
    """Say how sensitive an item is."""
    return item.sensitivity.name.lower().replace("_", "-")


__all__ = ["declared_for", "kept_words", "period", "recipients_of", "sensitivity_word", "shared_with"]
