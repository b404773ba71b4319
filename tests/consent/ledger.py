"""Events for the tests of consent: short to write, and strategies of small ledgers full of ties and repetitions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st

from obq_privacy.consent import ConsentEvent, EventKind, Notice, Standing, standing_of
from obq_privacy.vocab import Level, Operation, Pseudonym

SUBJECT = Pseudonym("5" * 32)
GUARDIAN = Pseudonym("9" * 32)
START = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
EXAMPLES: int = settings().max_examples  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""How many examples the profile asks for."""

PURPOSES = ("delivery", "payment", "marketing")


def event(kind: EventKind, *purposes: str, name: str = "0", hour: int = 0, **changes: Any) -> ConsentEvent:
    """Give an event at some hour; its name makes its id and its key."""
    facts: dict[str, Any] = {
        "id": name.rjust(32, "0"),
        "key": f"key-{name}",
        "kind": kind,
        "subject": SUBJECT,
        "actor": SUBJECT,
        "purposes": purposes,
        "version": "1",
        "at": START + hour * HOUR,
    }
    return ConsentEvent(**{**facts, **changes})


def fold(*events: ConsentEvent) -> Standing:
    """Give the standing."""
    return standing_of(events, subject=SUBJECT)


hours = st.integers(0, 4)
ends = st.one_of(st.none(), st.integers(1, 8).map(lambda hour: START + hour * HOUR))
some_purposes = st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=3, unique=True).map(
    lambda keys: tuple(sorted(keys))
)
_DRAWN = st.builds(
    ConsentEvent,
    id=st.just(""),
    key=st.integers(0, 20).map("key-{}".format),
    kind=st.sampled_from((*(EventKind.GRANT,) * 4, *EventKind)),
    subject=st.just(SUBJECT),
    actor=st.sampled_from((SUBJECT, SUBJECT, GUARDIAN)),
    purposes=some_purposes,
    version=st.sampled_from(("1", "2")),
    at=hours.map(lambda hour: START + hour * HOUR),
    valid_until=ends,
    about=st.integers(0, 3).map(str),
)


def _numbered(drawn: list[ConsentEvent]) -> list[ConsentEvent]:
    """Give ids; `about` becomes the id of a grant, or nothing for half of what ends consent."""
    made = [attrs.evolve(each, id=f"{number:032x}") for number, each in enumerate(drawn)]
    grants = [each.id for each in made if each.kind is EventKind.GRANT] or ["f" * 32]
    return [
        attrs.evolve(
            each,
            about=grants[int(each.about) % len(grants)]
            if each.kind is EventKind.RENEW or (each.kind.ends and each.about in {"0", "1"})
            else "",
        )
        for each in made
    ]


ledgers = st.lists(_DRAWN, max_size=8).map(_numbered)

_keys = st.text("abcdefghij0123456789.-", min_size=1, max_size=12)
_whens = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(9000, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
anything = st.builds(
    ConsentEvent,
    id=st.text("0123456789abcdef", min_size=32, max_size=32),
    key=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    kind=st.sampled_from(EventKind),
    subject=st.just(SUBJECT),
    actor=st.sampled_from((SUBJECT, GUARDIAN)),
    purposes=st.lists(_keys, max_size=3).map(tuple),
    items=st.lists(_keys, max_size=3).map(tuple),
    categories=st.lists(_keys, max_size=3).map(tuple),
    operations=st.lists(st.sampled_from(Operation), max_size=5, unique=True).map(tuple),
    level=st.sampled_from(Level),
    version=st.text(st.characters(codec="utf-8"), max_size=10),
    notice=st.one_of(
        st.none(), st.builds(Notice, st.text("0123456789abcdef", min_size=64, max_size=64), st.just("zh-Hans"), _whens)
    ),
    method=st.text(st.characters(codec="utf-8"), max_size=10),
    at=_whens,
    valid_until=st.one_of(st.none(), _whens),
    about=st.one_of(st.just(""), st.text("0123456789abcdef", min_size=32, max_size=32)),
)
