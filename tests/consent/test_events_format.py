"""The stored form of consent events: one spelling, and what was ever written stays readable."""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import GUARDIAN, HOUR, START, SUBJECT, anything, event

from obq_privacy.consent import ConsentEvent, EventKind, Notice
from obq_privacy.vocab import Level, Operation, Pseudonym

GOLDEN = Path(__file__).parent / "golden" / "events-v1.jsonl"
NOTICE = Notice.of("We deliver your order. 我们配送您的订单。", language="zh-Hans", shown=START)

EVENTS = (
    event(EventKind.REQUEST, "delivery", "payment", name="1", notice=NOTICE),
    event(
        EventKind.GRANT,
        "face-login",
        name="2",
        hour=1,
        actor=GUARDIAN,
        items=("face",),
        categories=("biometric",),
        operations=(Operation.COLLECT, Operation.USE, Operation.SHARE),
        level=Level.SEPARATE,
        notice=NOTICE,
        method="signature",
        valid_until=START + 24 * HOUR,
    ),
    event(EventKind.REFUSE, "marketing", name="3", hour=2, level=Level.GENERAL),
    event(EventKind.RENEW, "face-login", name="4", hour=3, about="2".rjust(32, "0"), valid_until=START + 48 * HOUR),
    event(EventKind.WITHDRAW, "face-login", name="5", key='取消 "all"', at=START + dt.timedelta(microseconds=1)),
    event(EventKind.EXPIRE, "payment", name="6", hour=5, about="1".rjust(32, "0"), operations=()),
    event(EventKind.INVALIDATE, name="7", hour=6, version="2026-11"),
)


def test_the_stored_form_has_not_changed() -> None:
    """The golden file holds one event of each kind; it is read, and written again byte for byte."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert [ConsentEvent.loads(line) for line in lines] == list(EVENTS)
    assert [each.dumps() for each in EVENTS] == lines
    assert [each.kind for each in EVENTS] == [
        EventKind.REQUEST,
        EventKind.GRANT,
        EventKind.REFUSE,
        EventKind.RENEW,
        EventKind.WITHDRAW,
        EventKind.EXPIRE,
        EventKind.INVALIDATE,
    ]


@given(made=anything)
def test_dumps_and_loads_are_inverse(made: ConsentEvent) -> None:
    """Every event survives; the text is one line of canonical JSON."""
    text = made.dumps()
    assert ConsentEvent.loads(text) == made
    assert ConsentEvent.loads(text).dumps() == text
    assert len(text.splitlines()) == 1 or any(ord(char) > 127 for char in text)
    assert "\n" not in text
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_what_is_left_out_has_its_least_meaning() -> None:
    """Collection and use, express, for everything that the purposes name, without end, about nothing else."""
    made = event(EventKind.GRANT, "delivery")
    assert made.operations == (Operation.COLLECT, Operation.USE)
    assert made.level is Level.EXPRESS
    assert (made.items, made.categories, made.method, made.about) == ((), (), "", "")
    assert (made.notice, made.valid_until) == (None, None)


@pytest.mark.clause("MINOR-1")
def test_a_guardian_is_whoever_is_not_the_subject() -> None:
    """The actor tells."""
    assert not event(EventKind.GRANT).by_guardian
    assert event(EventKind.GRANT, actor=GUARDIAN).by_guardian


def test_which_kinds_end_consent() -> None:
    """Whatever takes something away does: it wins a tie, and waits for nothing."""
    ending = {"refuse", "withdraw", "expire", "invalidate", "object", "restrict", "hold", "close", "succeed", "cease"}
    assert {kind.value for kind in EventKind if kind.ends} == ending


def test_a_notice_keeps_a_digest_and_no_text() -> None:
    """SHA-256 of the UTF-8 text, the language, and when it was shown, in UTC."""
    zone = dt.timezone(8 * HOUR)
    notice = Notice.of("text", language="en", shown=START.astimezone(zone))
    assert notice == Notice(sha256(b"text").hexdigest(), "en", START)
    assert notice.shown.tzinfo is dt.UTC
    assert notice.form() == {
        "digest": sha256(b"text").hexdigest(),
        "language": "en",
        "shown": "2026-11-01T08:00:00+00:00",
    }


@given(made=anything, later=st.timedeltas(dt.timedelta(0), dt.timedelta(days=300_000)))
def test_ids_keys_and_times_take_no_part_in_the_content(made: ConsentEvent, later: dt.timedelta) -> None:
    """The same words at another time, valid for as long, are the same content; valid for longer they are another."""
    notice = made.notice and attrs.evolve(made.notice, shown=made.notice.shown + later)
    end = made.valid_until and made.valid_until + later
    again = attrs.evolve(made, id="e" * 32, key="another", at=made.at + later, notice=notice, valid_until=end)
    assert made.same_content(again)
    assert again.same_content(made)
    if end is not None:
        assert not made.same_content(attrs.evolve(again, valid_until=end + HOUR))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": EventKind.REFUSE},
        {"subject": Pseudonym("1" * 32)},
        {"actor": SUBJECT},
        {"purposes": ("delivery",)},
        {"items": ()},
        {"categories": ("name",)},
        {"operations": (Operation.USE,)},
        {"level": Level.EXPRESS},
        {"version": "2"},
        {"notice": None},
        {"notice": attrs.evolve(NOTICE, digest="0" * 64)},
        {"notice": attrs.evolve(NOTICE, language="en")},
        {"method": "checkbox"},
        {"valid_until": None},
        {"about": "1" * 32},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_everything_else_takes_part_in_the_content(changes: dict[str, Any]) -> None:
    """Another actor, purpose, limit, level, version, text or end is another consent."""
    assert not EVENTS[1].same_content(attrs.evolve(EVENTS[1], **changes))
