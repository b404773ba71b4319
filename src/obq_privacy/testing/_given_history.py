"""Histories: what happened between a person and a controller, event by event, as a ledger would have taken it."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from obq_privacy.consent import EventKind
from obq_privacy.decision import consent_problem
from obq_privacy.policy import Anchor
from obq_privacy.testing._given_items import some
from obq_privacy.testing._given_ledger import SELDOM, Ledger, Words
from obq_privacy.testing._given_people import Person
from obq_privacy.vocab import Level, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from obq_privacy.consent import Consent, ConsentEvent
    from obq_privacy.policy import Policy
    from obq_privacy.vocab import Purpose

WITNESS: Final = Person("witness")
"""Who attests, in histories, that the person authorised something."""

MATTERS: Final = ("", "order-1", "order-2")
TOPICS: Final = ("toys", "health")
_MOST: Final = 8
_TICK, _HOUR, _DAY = dt.timedelta(microseconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)
_STEPS = st.sampled_from((_HOUR, _TICK, _DAY, 30 * _DAY, 200 * _DAY))
_ENDS = st.sampled_from((None, None, _HOUR, 40 * _DAY, 400 * _DAY))
_KINDS = st.sampled_from(
    (
        *((EventKind.GRANT,) * 9),
        *((EventKind.WITHDRAW,) * 3),
        *((EventKind.REFUSE,) * 2),
        *((EventKind.RENEW, EventKind.ALLOW, EventKind.LIFT)),
        *(kind for kind in EventKind if kind not in {EventKind.GRANT, EventKind.SUCCEED, EventKind.CEASE}),
    )
)
_LEVELS = st.sampled_from((Level.EXPRESS, Level.SEPARATE, Level.GENERAL))


def histories_of(
    versions: Sequence[Policy], person: Person, *, before: dt.datetime, least: int = 0
) -> SearchStrategy[list[ConsentEvent]]:
    """Give histories of up to eight events before an instant, each of which a ledger would have taken.

    Args:
        versions: versions of the policy, oldest first; a history moves on from one to the next.
        person: whose history it is; where there is a guardian, the guardian acts, too.
        before: the present.
        least: how many things are tried at least; what the policy or the age forbids does not happen.
    """

    @st.composite
    def build(draw: DrawFn) -> list[ConsentEvent]:
        steps = draw(st.lists(_STEPS, min_size=least, max_size=_MOST))
        ledger = Ledger(draw, versions, person)
        began = before - sum(steps, dt.timedelta())
        for passed in [dt.timedelta(), *accumulate(steps[:-1])] if steps else ():
            _go_on(ledger, began + passed)
        return ledger.events

    return build()


def _go_on(ledger: Ledger, at: dt.datetime) -> None:
    """Let one thing happen at an instant, if it can; now and then another version comes into force before."""
    ledger.at = at
    if ledger.later and ledger.draw(SELDOM) is True:
        ledger.policy = ledger.later.pop(0)
    kind = ledger.draw(_KINDS)
    words = _MAKERS.get(kind, _ending)(ledger, kind)
    if words is not None:
        ledger.add(kind, words)


# ── Consent ───────────────────────────────────────────────────────────────────────────────────────────────


def _grant(ledger: Ledger, kind: EventKind) -> Words | None:
    draw, open_to = ledger.draw, ledger.purposes()
    if not open_to:
        return None
    purposes = [draw(st.sampled_from(open_to))]
    level = draw(_LEVELS)
    if level is not Level.SEPARATE and draw(SELDOM):
        purposes = sorted({*purposes, draw(st.sampled_from(open_to))}, key=lambda purpose: purpose.key)
    elif ledger.consenting(*purposes, level=level) is None:
        purposes = [ledger.bearing(purposes[0])]
    hand = ledger.consenting(*purposes, level=level)
    if hand is None:
        return None
    lasts = draw(_ENDS)
    words: Words = {
        **hand,
        "purposes": tuple(purpose.key for purpose in purposes),
        "level": level,
        "valid_until": None if lasts is None else ledger.at + lasts,
        **_narrowed(ledger, purposes[0]),
    }
    return _unless_there(ledger, kind, words)


def _narrowed(ledger: Ledger, purpose: type[Purpose]) -> Words:
    """Draw what a consent is limited to, or widened to: mostly nothing."""
    draw, rule = ledger.draw, ledger.policy.rule(purpose)
    recipients = [one for one in ledger.policy.recipients if one.purposes.allows(purpose)]
    match draw(st.integers(0, 9)):
        case 9 if recipients:
            named = draw(st.sampled_from(sorted({name for one in recipients for name in one.names})))
            regions = draw(st.sampled_from(((), ("SG",))))
            return {"operations": (Operation.SHARE,), "parties": (named,), "regions": regions}
        case 8:
            return {"operations": tuple(some(draw, list(Operation), least=1))}
        case 7 if rule is not None and rule.items:
            return {"items": (draw(st.sampled_from(sorted(item.key for item in rule.items))),)}
        case 6 if rule is not None and rule.items:
            return {"categories": (draw(st.sampled_from(sorted(item.category.value for item in rule.items))),)}
        case _:
            return {}


def _unless_there(ledger: Ledger, kind: EventKind, words: Words) -> Words | None:
    """Give the words of a consent, or None where the same one is in force, which a ledger would give instead."""
    made = ledger.event(kind, words)
    there = any(
        not consent.ended
        and (consent.valid_until is None or ledger.at < consent.valid_until)
        and consent.grant.same_content(made)
        for consent in ledger.standing.consents
    )
    return None if there else words


def _choose(ledger: Ledger, kind: EventKind) -> Words | None:
    draw, open_to = ledger.draw, ledger.purposes()
    pairs = [(purpose, one) for purpose in open_to for one in ledger.policy.recipients if one.purposes.allows(purpose)]
    if not pairs:
        return None
    purpose, recipient = draw(st.sampled_from(pairs))
    hand = ledger.consenting(purpose, level=Level.SEPARATE)
    if hand is None:
        return None
    words: Words = {
        **hand,
        "purposes": (purpose.key,),
        "level": Level.SEPARATE,
        "operations": (Operation.SHARE,),
        "parties": (recipient.key,),
        "matter": draw(st.sampled_from(MATTERS)),
    }
    return _unless_there(ledger, kind, words)


def _attest(ledger: Ledger, kind: EventKind) -> Words | None:
    open_to = ledger.purposes()
    purpose = ledger.draw(st.sampled_from(open_to)) if open_to else None
    if purpose is None or ledger.person == WITNESS:
        return None
    if consent_problem(
        ledger.policy, ledger.standing, (purpose,), level=Level.EXPRESS, by_guardian=False, at=ledger.at
    ):
        return None
    return _unless_there(ledger, kind, {"purposes": (purpose.key,), "actor": WITNESS.pseudonym})


def _one(ledger: Ledger) -> Consent | None:
    """Draw one of the consents that there are."""
    return ledger.draw(st.sampled_from(ledger.standing.consents)) if ledger.standing.consents else None


def _renew(ledger: Ledger, _: EventKind) -> Words | None:
    consent = _one(ledger)
    if consent is None or consent.over or (consent.valid_until is not None and ledger.at >= consent.valid_until):
        return None
    lasts = ledger.draw(_ENDS)
    hand = ledger.guardian() if consent.grant.by_guardian else {}
    return {**hand, "about": consent.grant.id, "valid_until": None if lasts is None else ledger.at + lasts}


def _request(ledger: Ledger, _: EventKind) -> Words | None:
    open_to = ledger.purposes()
    if not open_to:
        return None
    purpose = ledger.draw(st.sampled_from(open_to))
    since, rest = ledger.standing.refused.get(purpose.key), ledger.policy.refusal_rest
    soon = since is not None and rest is not None and ledger.at < since + rest
    return None if soon else {"purposes": (purpose.key,)}


def _ending(ledger: Ledger, kind: EventKind) -> Words | None:
    """Withdraw, refuse, expire or invalidate: one consent, some purposes, or everything."""
    consent = _one(ledger)
    if kind in {EventKind.EXPIRE, EventKind.INVALIDATE} or (kind is EventKind.WITHDRAW and ledger.draw(SELDOM)):
        return None if consent is None else {"about": consent.grant.id, "purposes": consent.grant.purposes}
    if kind is EventKind.WITHDRAW and consent is not None and ledger.draw(SELDOM):
        named = {key for one in ledger.standing.consents for key in one.grant.purposes}
        return {"purposes": tuple(sorted(named))}
    open_to = ledger.purposes()
    if consent is not None and kind is EventKind.WITHDRAW:
        return {"purposes": (ledger.draw(st.sampled_from(consent.grant.purposes)),)}
    if kind is not EventKind.REFUSE or not open_to:
        return None
    refused = ledger.draw(st.sampled_from(open_to)).key
    left = any(refused not in one.ended for one in ledger.standing.consents)
    return {"purposes": (refused,)} if left or refused not in ledger.standing.refused else None


# ── Everything else ───────────────────────────────────────────────────────────────────────────────────────


def _about_items(ledger: Ledger, kind: EventKind) -> Words | None:
    """Confirm, publish, restrict, hold, release, or agree: to a version, or to keep for longer."""
    draw, keys = ledger.draw, sorted(item.key for item in ledger.policy.items)
    hand = ledger.hand(kind)
    sources = ledger.policy.sources
    if hand is None or not keys or (kind is EventKind.CONFIRM and not sources):
        return None
    items = (draw(st.sampled_from(keys)),)
    matter = draw(st.sampled_from(MATTERS))
    match kind:
        case EventKind.CONFIRM:
            return {**hand, "items": items, "parties": (draw(st.sampled_from(sources)).key,)}
        case EventKind.PUBLISH:
            return {**hand, "items": items, "matter": matter, "method": "review-1"}
        case EventKind.AGREE if draw(st.booleans()):
            return {**hand, "items": items, "valid_until": ledger.at + 400 * _DAY}
        case EventKind.AGREE:
            return hand
        case EventKind.RELEASE:
            return {"method": "case-1"}
        case EventKind.HOLD:
            return {"items": items, "matter": matter, "method": "case-1"}
        case _:
            return {"items": items if draw(st.booleans()) else (), "matter": matter}


def _topic(ledger: Ledger, kind: EventKind) -> Words | None:
    hand = ledger.hand(kind)
    blocked = sorted(ledger.standing.objections)
    pairs = [(purpose.key, topic) for purpose in ledger.purposes() for topic in TOPICS]
    open_to = blocked if kind is EventKind.ALLOW else pairs
    if hand is None or not open_to:
        return None
    purpose, topic = ledger.draw(st.sampled_from(open_to))
    return {**hand, "purposes": (purpose,), "topics": (topic,)}


def _lift(ledger: Ledger, _: EventKind) -> Words | None:
    if not ledger.standing.restrictions:
        return None
    item, matter = ledger.draw(st.sampled_from(sorted(ledger.standing.restrictions)))
    return {"items": (item,) if item else (), "matter": matter}


def _mark(ledger: Ledger, _: EventKind) -> Words:
    matter = ledger.draw(st.sampled_from(MATTERS))
    return {"anchor": (Anchor.COMPLETION if matter else Anchor.ACTIVITY).value, "matter": matter}


def _close(ledger: Ledger, _: EventKind) -> Words | None:
    return {} if ledger.draw(SELDOM) else None


_MAKERS: Final[dict[EventKind, Callable[[Ledger, EventKind], Words | None]]] = {
    EventKind.GRANT: _grant,
    EventKind.CHOOSE: _choose,
    EventKind.ATTEST: _attest,
    EventKind.RENEW: _renew,
    EventKind.REQUEST: _request,
    EventKind.OBJECT: _topic,
    EventKind.ALLOW: _topic,
    EventKind.LIFT: _lift,
    EventKind.MARK: _mark,
    EventKind.CLOSE: _close,
    **dict.fromkeys(
        (
            *(EventKind.CONFIRM, EventKind.PUBLISH, EventKind.RESTRICT),
            *(EventKind.HOLD, EventKind.RELEASE, EventKind.AGREE),
        ),
        _about_items,
    ),
}
