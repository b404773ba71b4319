"""`policy diff`: what changed from one version to another, and whom it concerns."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from obq_privacy.cli._databases import guarded
from obq_privacy.cli._progress import Progress
from obq_privacy.cli._report import counted, listed, plain, say, say_json
from obq_privacy.cli._shape import DONE, FOUND
from obq_privacy.cli._sources import policy_named
from obq_privacy.cli._words import period
from obq_privacy.policy import ChangeKind, diff

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from obq_privacy.cli._report import Json
    from obq_privacy.policy import Change, Diff
    from obq_privacy.rights import Concerned

_SHOWN = 100
"""Letters of a former and a new value in a line; --json has all of them."""


def run(options: argparse.Namespace) -> int:
    """Compare two policies; major changes are what is found."""
    found = diff(policy_named(options.old), policy_named(options.new), high_risks=options.high_risk)
    concerned = _concerned(found, options) if options.database else None
    if options.json:
        say_json(_form(found, concerned))
    else:
        say(*_lines(found, concerned))
    return FOUND if found.major else DONE


def _concerned(found: Diff, options: argparse.Namespace) -> list[Concerned]:
    """Ask the database, under the older version, whom the newer one concerns."""
    from obq_privacy.rights import affected  # noqa: PLC0415  only with a database

    progress = Progress("subjects concerned", asked=options.progress)
    with guarded(options.database, found.old, options.keys) as guard, progress:
        return list(progress.over(affected(guard, found)))


def asked_again(found: Diff) -> dict[str, tuple[str, ...]]:
    """Give the purposes whose older consents do not cover the new text, with the items that this is about.

    That is a purpose that was declared before, with items that were declared for it, or shared for it, otherwise.
    """
    old, new = found.old, found.new
    known = {rule.purpose.key for rule in old.purposes}
    again: dict[str, tuple[str, ...]] = {}
    for rule in new.purposes:
        if rule.purpose.key in known:
            items = tuple(
                item.key
                for item in rule.items
                if not new.unchanged_since(old.version, rule.purpose, item.key)
                or not new.shared_unchanged(old.version, rule.purpose, item.key)
            )
            if items:
                again[rule.purpose.key] = items
    return again


def _told(found: Diff) -> list[str] | None:
    """Give the purposes whose consenters are told; None for everybody."""
    if found.for_everybody:
        return None
    return sorted({key for change in found.major for key in change.purposes})


def _lines(found: Diff, concerned: list[Concerned] | None) -> Iterator[str]:
    reducing = found.reducing
    yield (
        f"{found.old.version} to {found.new.version}: {counted(len(found.changes), 'change')}, "
        f"{len(found.major)} major, {len(reducing)} in force only once agreed to"
    )
    for kind in ChangeKind:
        changes = [change for change in found.changes if change.kind is kind]
        if changes:
            yield ""
            yield f"{kind.value}:"
            yield from (_change(change) for change in changes)
    yield ""
    told = _told(found)
    if not found.major:
        yield "nobody has to be told"
    elif told is None:
        yield "everybody is told"
    else:
        yield f"told is who consented to: {', '.join(told)}"
    again = asked_again(found)
    for key, items in again.items():
        yield f"asked again is who consented to {key}, about: {', '.join(items)}"
    if not again:
        yield "nobody has to be asked again"
    if concerned is not None:
        yield from _people(concerned)


def _change(change: Change) -> str:
    mark = "-" if change.after is None else "+" if change.before is None else "*"
    named = filter(None, (change.declaration, change.field))
    what = ": ".join(part.removesuffix("_seconds") for part in named)
    ending = " (only once agreed to, CHANGE-1)" if change.reduces else ""
    if mark == "*":
        lasting = (change.field or change.declaration).endswith("_seconds")
        return f"  * {what}: {_shown(change.before, change.after, lasting=lasting)}{ending}"
    reference = f" {change.after}" if change.kind is ChangeKind.IMPACT else ""
    return f"  {mark} {what}{reference}{ending}"


def _shown(before: object, after: object, *, lasting: bool) -> str:
    """Say what a value was and is; of lists, what came and what went."""
    old, new = _list(before), _list(after)
    if old is not None and new is not None:
        return " ".join([f"+{one}" for one in new if one not in old] + [f"-{one}" for one in old if one not in new])
    if lasting:
        before, after = (period(dt.timedelta(seconds=one)) if isinstance(one, int) else one for one in (before, after))
    return f"{_short(before)} is now {_short(after)}"


def _list(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def _short(value: object) -> str:
    text = "nothing" if value in {None, ""} else _flat(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return listed(f"{name} {one}" for name, one in cast("Mapping[str, object]", value).items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value)


def _people(concerned: list[Concerned]) -> Iterator[str]:
    ask = sum(bool(one.ask) for one in concerned)
    tell = sum(bool(one.tell) for one in concerned)
    narrower = sum(bool(one.narrower) for one in concerned)
    yield ""
    yield (
        f"in the database: {counted(tell, 'subject')} to tell, {ask} to ask again, "
        f"and for {narrower} the older, narrower terms stand"
    )
    yield from (f"  {one.subject}  ask again about: {', '.join(one.ask)}" for one in concerned if one.ask)


def _form(found: Diff, concerned: list[Concerned] | None) -> dict[str, Json]:
    told = _told(found)
    return {
        "format": "obq-privacy/cli/policy-diff/1",
        "old": found.old.version,
        "new": found.new.version,
        "kinds": sorted(kind.value for kind in found.kinds),
        "changes": [
            {
                "declaration": change.declaration,
                "field": change.field,
                "before": cast("Json", change.before),
                "after": cast("Json", change.after),
                "kind": change.kind.value,
                "major": change.kind.major,
                "reduces": change.reduces,
                "purposes": change.purposes,
            }
            for change in found.changes
        ],
        "tell": {"everybody": bool(found.major) and told is None, "purposes": [] if told is None else told},
        "ask_again": {key: list(items) for key, items in asked_again(found).items()},
        "subjects": None
        if concerned is None
        else [
            {"subject": one.subject, "ask": one.ask, "narrower": one.narrower, "tell": len(one.tell)}
            for one in concerned
        ],
    }


__all__ = ["asked_again", "run"]
