"""Receipts and decisions say the same: what a receipt calls in force is permitted, and nothing else of the consent."""

from __future__ import annotations

import datetime as dt
import json

from hypothesis import given
from hypothesis import strategies as st
from receipts_world import DAY, GRANTABLE, ISSUER, POLICY, START, SUBJECT, event, times

from obq_privacy import ConsentEvent, EventKind, Label, Level, Operation, Permit, Pseudonym, PurposeSet, Source, decide
from obq_privacy.consent import EVERYBODY, standing_of
from obq_privacy.rights import receipt_27560, receipt_kantara
from obq_privacy.vocab import AnyItem, Request

ADULT = dt.date(1990, 5, 1)
KINDS = (
    *(EventKind.REQUEST, EventKind.WITHDRAW, EventKind.REFUSE, EventKind.RENEW, EventKind.INVALIDATE),
    *(EventKind.EXPIRE, EventKind.CLOSE, EventKind.SUCCEED),
)
OF_EVERYTHING = (EventKind.CLOSE, EventKind.SUCCEED)


@st.composite
def stories(draw: st.DrawFn) -> tuple[ConsentEvent, list[ConsentEvent], dt.datetime]:
    """Draw a consent of an adult, what happened since, and an instant."""
    at = draw(times)
    grant = event(
        EventKind.GRANT,
        *draw(st.lists(st.sampled_from(GRANTABLE), min_size=1, max_size=3, unique=True)),
        at=at,
        level=Level.EXPRESS,
        items=tuple(draw(st.lists(st.sampled_from(["card", "mail", "name", "face"]), max_size=2, unique=True))),
        valid_until=draw(st.none() | st.integers(1, 20).map(lambda days: at + days * DAY)),
    )
    history: list[ConsentEvent] = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(KINDS))
        when = max(draw(times), at) if kind is EventKind.CLOSE else draw(times)  # a guard grants nothing afterwards
        history.append(
            event(
                kind,
                *(() if kind in OF_EVERYTHING else draw(st.lists(st.sampled_from(GRANTABLE), max_size=2, unique=True))),
                number=number + 2,
                at=when,
                subject=EVERYBODY if kind is EventKind.SUCCEED else SUBJECT,
                about=draw(st.sampled_from(["", grant.id, "f" * 32])),
                method=draw(st.sampled_from(["declined", "accepted"])),
                valid_until=draw(st.none() | st.integers(1, 20).map(lambda days: START + days * DAY)),
            )
        )
    return grant, history, at + draw(st.integers(0, 30)) * DAY


def label(item: AnyItem, at: dt.datetime) -> Label:
    return Label(
        items=frozenset({item.key}),
        categories=frozenset({item.category}),
        sensitivity=item.sensitivity,
        purposes=PurposeSet(item.purposes.wide, item.purposes.exact),
        subjects=frozenset({SUBJECT}),
        sources=frozenset({Source()}),
        regions=frozenset({"CN"}),
        versions=frozenset({"v1"}),
        collected=(at, at),
    )


@given(stories())
def test_receipts_agree_with_decisions(story: tuple[ConsentEvent, list[ConsentEvent], dt.datetime]) -> None:
    """For every purpose and item: both receipts call the consent in force exactly when `decide` permits the use."""
    grant, history, issued = story
    there = [grant, *(one for one in history if one.at <= issued)]
    standing = standing_of(there, subject=Pseudonym(SUBJECT), born=ADULT)
    permitted: dict[str, set[str]] = {}
    for rule in POLICY.purposes:
        if any(wider.key in grant.purposes for wider in rule.purpose.lineage):
            permitted[rule.purpose.key] = {
                item.key
                for item in rule.items
                if item.sensitivity.value
                and item.purposes.allows(rule.purpose)
                and isinstance(
                    decide(POLICY, standing, label(item, issued), Request(Operation.USE, rule.purpose), issued), Permit
                )
            }
    record = json.loads(receipt_27560(POLICY, grant, issuer=ISSUER, born=ADULT, issued=issued, history=history))
    kantara = json.loads(
        receipt_kantara(POLICY, grant, issuer=ISSUER, born=ADULT, issued=issued, history=history, public_key=bytes(32))
    )
    named = record["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
    terms = [purpose["termination"] for purpose in kantara["services"][0]["purposes"]]
    assert len(named) == len(terms)
    for process, term in zip(named, terms, strict=True):
        key = process["dpv:hasPurpose"]["dct:identifier"]
        items = {data["dct:identifier"] for data in process["dpv:hasPersonalData"]}
        until = dt.datetime.fromisoformat(term.split(",")[0].removeprefix("until ")) if "," in term else None
        in_force = not term.startswith("ended") and (until is None or issued < until)
        assert permitted[key] == (items if in_force else set()), (key, term)
