"""Labels as sealed values carry them: what was written is read back, and whatever else stands there is no label."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from laws_world import CARD, NAME, Delivery, Payment, bazaar

from obq_privacy import Sensitivity, SourceKind
from obq_privacy.errors import SealBroken
from obq_privacy.guard._sealing import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obq_privacy import Guard

FIRST = int(datetime.min.replace(tzinfo=UTC).timestamp())
LAST = int(datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp())
LABEL: dict[str, Any] = {
    "at": 1_700_000_000,
    "exact": [],
    "wide": ["delivery", "payment"],
    "region": "CN",
    "source": ["subject", ""],
    "sensitivity": 1,
    "version": "1",
}


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Give a guard of the bazaar."""
    with bazaar() as guard:
        yield guard


def read(guard: Guard, label: dict[str, Any] | bytes, item: Any = NAME) -> Any:
    text = label if isinstance(label, bytes) else json.dumps(label).encode()
    return origin_of(guard._core, item, text)


def test_a_label_is_read_back(guard: Guard) -> None:
    """Also one that says more, and at the first and the last second that dates reach."""
    origin, collected = read(guard, LABEL)
    assert (origin.item, origin.sensitivity, origin.region, origin.version) == (NAME, Sensitivity.PERSONAL, "CN", "1")
    assert (origin.source.kind, origin.source.name, collected) == (SourceKind.SUBJECT, "", LABEL["at"])
    assert (origin.matter, origin.topics, origin.ends) == ("", frozenset(), 0)
    assert set(origin.purposes.wide) == {Delivery, Payment}
    more = LABEL | {"matter": "order-1", "topics": ["toys"], "ends": LAST}
    origin, _ = read(guard, more)
    assert (origin.matter, origin.topics, origin.ends) == ("order-1", frozenset({"toys"}), LAST)
    for at in (FIRST, LAST):
        assert read(guard, LABEL | {"at": at})[1] == at
    assert read(guard, LABEL | {"ends": 0})[0].ends == 0


@pytest.mark.clause("USE-9", "DEF-3")
def test_a_label_is_never_looser_than_its_item(guard: Guard) -> None:
    """Neither less sensitive nor for more purposes than the item allows now; what nobody knows any more is left out."""
    assert read(guard, LABEL, CARD)[0].sensitivity is Sensitivity.SENSITIVE
    assert read(guard, LABEL | {"sensitivity": 2})[0].sensitivity is Sensitivity.SENSITIVE
    assert set(read(guard, LABEL, CARD)[0].purposes.wide) == {Payment}
    assert set(read(guard, LABEL | {"wide": ["payment", "forgotten"]})[0].purposes.wide) == {Payment}


@pytest.mark.parametrize(
    "label",
    [
        b"",
        b"{",
        b"\xff",
        b"7",
        b"[]",
        b'"at"',
        b"null",
        b"[" * 100_000,
        *({name: value for name, value in LABEL.items() if name != missing} for missing in LABEL),
        LABEL | {"more": 1},
        *(LABEL | {name: None} for name in (*LABEL, "matter", "topics", "ends")),
        LABEL | {"at": True},
        LABEL | {"at": 1.5},
        LABEL | {"at": FIRST - 1},
        LABEL | {"at": LAST + 1},
        LABEL | {"ends": -1},
        LABEL | {"ends": LAST + 1},
        LABEL | {"at": LAST + 1, "ends": LAST + 1},
        LABEL | {"sensitivity": 9},
        LABEL | {"source": ["nobody", ""]},
        LABEL | {"source": ["subject"]},
        LABEL | {"source": ["subject", "", ""]},
        LABEL | {"source": ["subject", 7]},
        LABEL | {"wide": [7]},
        LABEL | {"wide": [["delivery"]]},
        LABEL | {"topics": [{}]},
        LABEL | {"wide": ["delivery", "\ud800"]},
        LABEL | {"region": "\ud800"},
        LABEL | {"version": "\ud800"},
        LABEL | {"matter": "\ud800"},
        LABEL | {"matter": 7},
    ],
    ids=lambda label: str(label)[:40],
)
def test_anything_else_is_no_label(guard: Guard, label: dict[str, Any] | bytes) -> None:
    """One typed error, with nothing of it."""
    with pytest.raises(SealBroken) as caught:
        read(guard, label)
    assert caught.value.__cause__ is None
