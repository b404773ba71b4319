"""The stored form of what events say of recipients, regions, topics and business cases, and what the kinds are."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from ledger import GUARDIAN, HOUR, START, SUBJECT, event

from obq_privacy.consent import EVERYBODY, ConsentEvent, EventKind, Notice

NAMED: dict[str, Any] = {
    "parties": ("bank", "role:logistics"),
    "regions": ("SG", "US"),
    "topics": ("toys",),
    "matter": "order-1",
    "anchor": "completion",
}
WHOLE = event(EventKind.CHOOSE, "payment", name="1", valid_until=START + HOUR, **NAMED)


def test_what_is_seldom_said_has_one_spelling() -> None:
    """All five fields, byte for byte as they were first written."""
    assert WHOLE.dumps() == (
        '{"about":"","actor":"55555555555555555555555555555555","anchor":"completion","at":"2026-11-01T08:00:00+00:00",'
        '"categories":[],"id":"00000000000000000000000000000001","items":[],"key":"key-1","kind":"choose",'
        '"level":"express","matter":"order-1","method":"","notice":null,"operations":["collect","use"],'
        '"parties":["bank","role:logistics"],"purposes":["payment"],"regions":["SG","US"],'
        '"subject":"55555555555555555555555555555555","topics":["toys"],'
        '"valid_until":"2026-11-01T09:00:00+00:00","version":"1"}'
    )
    assert ConsentEvent.loads(WHOLE.dumps()) == WHOLE


@pytest.mark.parametrize("name", sorted(NAMED))
def test_each_of_them_is_written_only_where_it_says_something(name: str) -> None:
    """An event without it is what older versions wrote, and is read as saying nothing."""
    without = attrs.evolve(WHOLE, **{name: type(NAMED[name])()})
    assert f'"{name}"' in WHOLE.dumps()
    assert f'"{name}"' not in without.dumps()
    assert ConsentEvent.loads(without.dumps()) == without
    assert getattr(ConsentEvent.loads(event(EventKind.GRANT).dumps()), name) == type(NAMED[name])()


@pytest.mark.parametrize("name", sorted(NAMED))
def test_each_of_them_takes_part_in_the_content(name: str) -> None:
    """Consent to another recipient, region, topic or business case is another consent."""
    other: Any = "other" if isinstance(NAMED[name], str) else ("other",)
    assert not WHOLE.same_content(attrs.evolve(WHOLE, **{name: other}))
    assert WHOLE.same_content(attrs.evolve(WHOLE, id="e" * 32))


@pytest.mark.clause("USE-8", "MINOR-1")
def test_who_attests_is_no_guardian() -> None:
    """Everybody else who acts for the subject is one."""
    for kind in EventKind:
        assert event(kind, actor=GUARDIAN).by_guardian == (kind is not EventKind.ATTEST)
        assert not event(kind, actor=SUBJECT).by_guardian


def test_which_kinds_make_a_consent() -> None:
    """A grant, the choice of a recipient, and the word of who provides data."""
    assert {kind for kind in EventKind if kind.consents} == {EventKind.GRANT, EventKind.CHOOSE, EventKind.ATTEST}


def test_the_names_of_kinds_and_of_everybody_are_written_to_disk() -> None:
    """They never change."""
    assert EVERYBODY == "0" * 32
    assert [kind.value for kind in EventKind] == [kind.name.lower() for kind in EventKind]


def test_events_report_their_public_module() -> None:
    """It is where readers of a traceback find them, and where they are pickled from."""
    assert (ConsentEvent.__module__, Notice.__module__) == ("obq_privacy", "obq_privacy")
