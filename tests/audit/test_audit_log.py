"""The log: every question finds exactly the entries that fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import pytest
from audit_stores import MemoryStore, SqliteStore, subject_of
from hypothesis import given, settings
from hypothesis import strategies as st

from obq_privacy.audit import AuditLog, AuditStore, Entry, Fact, Journal, Outcome, flush
from obq_privacy.errors import AuditBroken, JournalUnavailable

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 11, 1, tzinfo=UTC)
OUTCOMES: tuple[Outcome, ...] = ("permit", "deny", "gap", "done", "observed")
FACTS = tuple(
    Fact("use", outcome, items=items, purpose=purpose)
    for outcome in OUTCOMES
    for items in (("card",), ("card", "name"), ())
    for purpose in ("payment", "delivery")
)
Said = tuple[int, int, int]


class Recorded:
    """A journal with clocks that stand still, its store and its log."""

    def __init__(self, store: SqliteStore | MemoryStore) -> None:
        store.add_facts(FACTS)
        self.store = store
        base = int(START.timestamp()) * 10**9
        self.journal = Journal.open(None, monotonic_ns=lambda: 0, wall_ns=lambda: base, slots=7)
        self.log = AuditLog(store, flush=lambda: void(flush(self.journal, store)))


def void(_: object) -> None:
    """Forget a result."""


def model(said: list[Said], question: dict[str, Any]) -> list[tuple[datetime, str, Fact]]:
    """Answer a question with a loop."""
    answer: list[tuple[datetime, str, Fact]] = []
    for who, second, which in said:
        at, subject, fact = START + timedelta(seconds=second), subject_of(who).hex() if who else "", FACTS[which]
        fits = [
            question.get("subject", subject) == subject,
            "item" not in question or question["item"] in fact.items,
            question.get("purpose", fact.purpose) == fact.purpose,
            question.get("outcome", fact.outcome) == fact.outcome,
            "since" not in question or at >= question["since"],
            "until" not in question or at < question["until"],
        ]
        if all(fits):
            answer.append((at, subject, fact))
    return answer


instants = st.integers(0, 60).map(lambda second: START + timedelta(seconds=second))
questions = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.integers(0, 4).map(lambda who: subject_of(who).hex() if who else ""),
        "item": st.sampled_from(["card", "name", "place"]),
        "purpose": st.sampled_from(["payment", "delivery", ""]),
        "outcome": st.sampled_from(OUTCOMES),
        "since": instants,
        "until": instants,
    },
)
records = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, len(FACTS) - 1)), min_size=1, max_size=60
)


@pytest.mark.clause("PROT-2")
@given(records, st.lists(questions, min_size=1, max_size=5))
@settings(deadline=None)
def test_a_question_finds_exactly_what_fits(said: list[Said], asked: list[dict[str, Any]]) -> None:
    """For any records and any question, a dict store and SQLite answer as a loop over the records does."""
    with SqliteStore(cast("Path", ":memory:")) as sqlite:
        for store in (MemoryStore(), sqlite):
            recorded = Recorded(store)
            for number, (who, second, which) in enumerate(said):
                recorded.journal.append(subject_of(who), second * 10**9, FACTS[which].id)
                if number % 11 == 0:
                    recorded.log.head()
            for question in asked:
                found = [(entry.at, entry.subject, entry.fact) for entry in recorded.log.entries(**question)]
                assert found == model(said, question)
            recorded.journal.close()


def test_an_entry_says_everything() -> None:
    """All that a fact says can be read from the entry, with its time and its place in the chain."""
    store = MemoryStore()
    recorded = Recorded(store)
    fact = Fact(
        *("share", "deny"),
        items=("name", "card"),
        purpose="delivery",
        basis="consent",
        codes=("OBQ108",),
        clauses=("RIGHT-4",),
        version="2026-11",
        recipient="courier",
        actor="clerk",
        justification="asked by telephone",
    )
    store.add_facts([fact])
    recorded.journal.append(subject_of(1), 1_500_999, FACTS[0].id)
    recorded.journal.append(subject_of(2), 1_500_999, fact.id)
    _, entry = recorded.log.entries()
    assert entry == Entry(START + timedelta(microseconds=1500), subject_of(2).hex(), fact=fact, seq=1, index=1)
    assert (entry.operation, entry.outcome, entry.items) == ("share", "deny", ("card", "name"))
    assert (entry.purpose, entry.basis, entry.version) == ("delivery", "consent", "2026-11")
    assert (entry.codes, entry.clauses) == (("OBQ108",), ("RIGHT-4",))
    assert (entry.recipient, entry.actor, entry.justification) == ("courier", "clerk", "asked by telephone")
    assert entry.at.utcoffset() == timedelta(0)
    recorded.journal.close()


class Item:
    """Stands for an item."""

    def __init__(self, key: str) -> None:
        self.key = key


class Purpose:
    """Stands for a purpose, which is a class."""

    key: ClassVar[str] = "payment"


def test_items_and_purposes_may_be_given_themselves() -> None:
    """Something with a key is asked for by it, an object as well as a class."""
    recorded = Recorded(MemoryStore())
    for fact in FACTS:
        recorded.journal.append(subject_of(1), 0, fact.id)
    cards = list(recorded.log.entries(item="card"))
    payments = list(recorded.log.entries(purpose="payment"))
    assert list(recorded.log.entries(item=Item("card"))) == cards != []
    assert list(recorded.log.entries(purpose=Purpose)) == payments != []
    recorded.journal.close()


@pytest.mark.parametrize(
    "question",
    [
        {"subject": "shopper-42"},
        {"subject": "ab"},
        {"subject": "AB" * 16},
        {"subject": "ab " * 16},
        {"outcome": "maybe"},
        {"since": datetime(2026, 11, 1)},  # noqa: DTZ001
        {"until": datetime(2026, 11, 1)},  # noqa: DTZ001
        {"until": "yesterday"},
        {"subject": 5},
        {"item": 5},
        {"purpose": object()},
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(question: dict[str, Any]) -> None:
    """A wrong argument raises at the call, not while iterating, and is not quoted."""
    log = AuditLog(MemoryStore(), flush=lambda: None)
    with pytest.raises(ValueError, match=r"is one of|aware|pseudonym|is a key") as caught:
        log.entries(**question)
    assert "shopper" not in str(caught.value)


def test_reading_drains_first() -> None:
    """What this process has recorded is seen by the next question, and when draining fails, so does the question."""
    recorded = Recorded(MemoryStore())
    recorded.journal.append(subject_of(1), 0, FACTS[0].id)
    assert len(list(recorded.log.entries())) == 1
    recorded.journal.append(subject_of(1), 0, FACTS[0].id)
    assert recorded.log.head().seq == 2
    recorded.journal.append(subject_of(1), 0, FACTS[0].id)
    assert recorded.log.verify().seq == 3

    def fail() -> None:
        raise JournalUnavailable(place="memory", problem="it is closed")

    log = AuditLog(recorded.store, flush=fail)
    for ask in (log.entries, log.head, log.verify):
        with pytest.raises(JournalUnavailable):
            ask()
    recorded.journal.close()


def test_a_damaged_row_is_not_shown() -> None:
    """Entries of a row that is not what was linked are refused; those of whole rows before it are shown."""
    store = MemoryStore()
    recorded = Recorded(store)
    recorded.journal.append(subject_of(1), 0, FACTS[0].id)
    recorded.log.head()
    recorded.journal.append(subject_of(1), 1, FACTS[0].id)
    recorded.log.head()
    row = store.rows[1]
    store.rows[1] = row._replace(data=bytes([row.data[0] ^ 1]) + row.data[1:])
    entries = recorded.log.entries()
    assert next(entries).seq == 1
    with pytest.raises(AuditBroken, match="segment 2: it was changed"):
        next(entries)
    recorded.journal.close()


def test_a_row_with_an_absurd_number_is_refused_at_once() -> None:
    """A changed number does not make reading search for the right one without end."""
    store = MemoryStore()
    recorded = Recorded(store)
    recorded.journal.append(subject_of(1), 0, FACTS[0].id)
    recorded.log.head()
    store.rows[0] = store.rows[0]._replace(seq=2**62, prev=bytes(31) + b"1")
    with pytest.raises(AuditBroken, match="it was changed"):
        next(recorded.log.entries())
    recorded.journal.close()


@pytest.mark.parametrize("at", [0, 2**63, 2**64 - 1])
def test_times_far_away_are_found(at: int) -> None:
    """Whatever a slot can hold as a time is a date, and found by questions that reach beyond what an index can hold."""
    with SqliteStore(cast("Path", ":memory:")) as sqlite:
        for store in (MemoryStore(), sqlite):
            recorded = Recorded(store)
            recorded.journal.append(subject_of(1), at, FACTS[0].id)
            (entry,) = recorded.log.entries()
            assert entry.at == START + timedelta(microseconds=at // 1000)
            early, late = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
            microsecond = timedelta(microseconds=1)
            for since, until in ((early, late), (entry.at, late), (early, entry.at + microsecond)):
                assert list(recorded.log.entries(since=since, until=until)) == [entry]
            for since, until in ((late, late), (early, early), (early, entry.at), (entry.at + microsecond, late)):
                assert list(recorded.log.entries(since=since, until=until)) == []
            assert recorded.log.verify().seq == 1
            recorded.journal.close()


def test_both_stores_keep_the_protocol() -> None:
    """The stores of these tests are audit stores to the type checkers, and outcomes are five."""
    with SqliteStore(cast("Path", ":memory:")) as sqlite:
        stores: list[AuditStore] = [MemoryStore(), sqlite]
        outcome: Literal["permit", "deny", "gap", "done", "observed"] = OUTCOMES[0]
        assert [store.head().seq for store in stores] == [0, 0]
        assert outcome == "permit"
