"""The chain: whatever is changed after it was linked is found, and where."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from audit_stores import MemoryStore, SqliteStore, numbers_in, subject_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obq_privacy.audit import GENESIS, AuditLog, Batch, Fact, Head, Journal, SegmentRow, flush, link, verify_chain
from obq_privacy.errors import AuditBroken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FACTS = (
    Fact("use", "permit", items=("bank-card",), purpose="payment"),
    Fact("use", "deny", items=("bank-card",), purpose="marketing", codes=("OBQ103",), clauses=("USE-2",)),
    Fact("erase", "done", items=()),
)
ROWS, PER_ROW = 6, 5


def filled(store: SqliteStore | MemoryStore, rows: int = ROWS) -> None:
    """Link rows of five records each."""
    store.add_facts(FACTS)
    journal = Journal.open(None, slots=15)
    for number in range(rows * PER_ROW):
        journal.append(subject_of(number % 4), number, FACTS[number % 3].id)
        if number % PER_ROW == PER_ROW - 1:
            flush(journal, store)
    journal.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """A store with a chain."""
    with SqliteStore(tmp_path / "db") as store:
        filled(store)
        store.db.execute("PRAGMA foreign_keys = OFF")
        yield store


def broken(store: SqliteStore | MemoryStore, anchor: Head | None = None) -> tuple[str, str]:
    """Verify, and return place and problem of what it finds."""
    with pytest.raises(AuditBroken) as caught:
        AuditLog(store, flush=lambda: None).verify(anchor)
    return caught.value.place, caught.value.problem


@pytest.mark.clause("PROT-2")
def test_a_whole_chain_verifies(store: SqliteStore) -> None:
    """An untouched chain verifies, alone and against each of its earlier ends, and grows on."""
    heads = [GENESIS, *(row.head for row in store.segments())]
    assert verify_chain(store) == heads[-1] == store.head()
    filled(store, 1)
    for head in heads:
        assert verify_chain(store, head) == store.head()
        assert Head.parse(str(head)) == head


def test_an_empty_chain_verifies() -> None:
    """Without records the end is the beginning."""
    assert verify_chain(MemoryStore()) == GENESIS
    assert verify_chain(MemoryStore(), GENESIS) == GENESIS
    assert broken(MemoryStore(), Head(0, b"x" * 32))[0] == "segment 0"


@pytest.mark.parametrize("text", ["", "1", "1:", "x:" + "00" * 32, "01:" + "00" * 32, "1:" + "AB" * 32, "1:00"])
def test_a_head_has_one_spelling(text: str) -> None:
    """An anchor that was not written by the library is not read."""
    with pytest.raises(ValueError, match="hex"):
        Head.parse(text)


COLUMNS = ("prev", "hash", "journal", "data")
NUMBERS = ("segment", "first", "anchor", "since", "until")


@pytest.mark.clause("PROT-2")
@given(column=st.sampled_from(COLUMNS), seq=st.integers(1, ROWS), bit=st.integers(0, 10**6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
def test_a_flipped_bit_is_found(store: SqliteStore, column: str, seq: int, bit: int) -> None:
    """Whichever bit of a row is flipped, verifying names that row."""
    store.db.execute("BEGIN")
    (value,) = store.db.execute(f"SELECT {column} FROM audit_segment WHERE seq = ?", (seq,)).fetchone()  # noqa: S608
    changed = bytearray(value)
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8
    store.db.execute(f"UPDATE audit_segment SET {column} = ? WHERE seq = ?", (bytes(changed), seq))  # noqa: S608
    place, problem = broken(store)
    store.db.execute("ROLLBACK")
    assert place == f"segment {seq}"
    assert "changed" in problem or "unknown" in problem
    assert verify_chain(store) == store.head()


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("by", [7, -1, 2**40, -(2**40)])
def test_a_changed_number_is_found(store: SqliteStore, column: str, by: int) -> None:
    """Other columns of a row, those that only serve queries too, cannot be changed unnoticed."""
    store.db.execute(f"UPDATE audit_segment SET {column} = {column} + ? WHERE seq = 3", (by,))  # noqa: S608
    place, problem = broken(store)
    assert place == "segment 3"
    assert "changed" in problem


@pytest.mark.clause("PROT-2")
@pytest.mark.parametrize("seq", range(1, ROWS))
def test_a_deleted_row_is_found(store: SqliteStore, seq: int) -> None:
    """A row missing at the beginning or in the middle is named."""
    store.db.execute("DELETE FROM audit_segment WHERE seq = ?", (seq,))
    assert broken(store) == (f"segment {seq}", f"segments {seq} to {seq} are missing")


def test_a_deleted_row_whose_followers_moved_up_is_found(store: SqliteStore) -> None:
    """Closing the gap by renumbering shows, as rows are linked under their number."""
    store.db.execute("DELETE FROM audit_segment WHERE seq = 3")
    for seq in range(4, ROWS + 1):
        store.db.execute("UPDATE audit_segment SET seq = seq - 1 WHERE seq = ?", (seq,))
    assert broken(store) == ("segment 3", "it was linked as segment 4: reordered or duplicated")


@pytest.mark.clause("PROT-2")
def test_swapped_rows_are_found(store: SqliteStore) -> None:
    """Two rows that changed places are told from changed ones."""
    for old, new in ((2, 99), (4, 2), (99, 4)):
        store.db.execute("UPDATE audit_segment SET seq = ? WHERE seq = ?", (new, old))
    assert broken(store) == ("segment 2", "it was linked as segment 4: reordered or duplicated")


@pytest.mark.clause("PROT-2")
def test_a_truncated_tail_is_found_by_an_anchor(store: SqliteStore) -> None:
    """Whoever kept the end of the chain elsewhere sees that rows were cut off, or replaced."""
    anchor = store.head()
    store.db.execute("DELETE FROM audit_segment WHERE seq > 4")
    assert verify_chain(store).seq == 4
    assert broken(store, anchor) == ("segment 5", "truncated: segments 5 to 6 are missing from the end")
    store.db.execute("DELETE FROM audit_pair WHERE seq > 4")
    filled(store, 3)
    assert verify_chain(store).seq == 7
    assert broken(store, anchor) == ("segment 6", "it is not the one that the anchor names")


@pytest.mark.clause("PROT-2")
def test_a_duplicated_row_is_found(store: SqliteStore) -> None:
    """A copy of a row at the end was linked under another number."""
    store.db.execute(
        "INSERT INTO audit_segment SELECT 7, prev, hash, journal, segment, first + 100, anchor, since, until, data "
        "FROM audit_segment WHERE seq = 2"
    )
    assert broken(store)[0] == "segment 7"
    memory = MemoryStore()
    filled(memory)
    memory.rows.append(memory.rows[2])
    assert broken(memory) == ("segment 7", "segment 3 stands here: reordered or duplicated")
    memory.rows[-1] = memory.rows[2]._replace(seq=7)
    assert broken(memory) == ("segment 7", "it was linked as segment 3: reordered or duplicated")


def test_a_row_of_another_chain_is_found() -> None:
    """A row that is whole by itself but was linked to another one shows at its predecessor."""
    one, other = MemoryStore(), MemoryStore()
    filled(one)
    filled(other)
    one.rows[3] = other.rows[3]
    one.index[4] = other.index[4]
    assert broken(one) == ("segment 4", "it was linked to another row than the one before it")


@pytest.mark.clause("PROT-2")
@pytest.mark.parametrize("column", ["text", "digest", "both"])
def test_a_changed_fact_is_found(store: SqliteStore, column: str) -> None:
    """A fact that says something else than when it was used shows at its first use."""
    other = Fact("use", "permit", items=("consignee-name",), purpose="payment")
    if column in {"text", "both"}:
        store.db.execute("UPDATE audit_fact SET text = ? WHERE id = ?", (other.text, FACTS[0].id))
    if column in {"digest", "both"}:
        store.db.execute("UPDATE audit_fact SET digest = ? WHERE id = ?", (other.digest, FACTS[0].id))
    assert broken(store) == ("segment 1", f"fact {FACTS[0].id.hex()} was changed")
    with pytest.raises(AuditBroken, match="changed"):
        list(AuditLog(store, flush=lambda: None).entries())


def test_a_fact_with_the_same_id_and_another_digest_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain commits to the whole digest of a fact: one that shares the 7 bytes does not pass."""
    store, other = MemoryStore(), Fact("use", "permit", items=("consignee-name",))
    filled(store)

    def same(_: bytes) -> bytes:
        return FACTS[0].id

    monkeypatch.setattr("obq_privacy.audit._chain.fact_id", same)
    store.known[FACTS[0].id] = store.known[FACTS[0].id]._replace(digest=other.digest, text=other.text)
    row = store.rows[0]
    log = AuditLog(MemoryStore(), flush=lambda: None)
    assert log.verify() == GENESIS
    with pytest.raises(AuditBroken) as caught:
        verify_chain(_Only(store, row))
    assert caught.value.facts == {"place": "segment 1", "problem": "it was changed"}


class _Only(MemoryStore):
    """A store with one row that uses one fact."""

    def __init__(self, store: MemoryStore, row: SegmentRow) -> None:
        super().__init__()
        self.known = {fact: store.known[FACTS[0].id]._replace(id=fact) for fact in store.known}
        batch = Batch(row.journal, 0, 0, 0, row.data[:32])
        linked = link(GENESIS, batch, position=0, digest_of={fact.id: fact.digest for fact in FACTS}.get)
        assert linked is not None
        self.rows, self.index = [linked], {1: linked.pairs}


def test_a_missing_fact_is_found(store: SqliteStore) -> None:
    """A fact that was deleted is named with the row that needs it."""
    store.db.execute("DELETE FROM audit_fact WHERE id = ?", (FACTS[1].id,))
    assert broken(store) == ("segment 1", f"fact {FACTS[1].id.hex()} is unknown")


@pytest.mark.parametrize("change", ["DELETE FROM audit_pair WHERE seq = 2", "UPDATE audit_pair SET seq = 3 - seq"])
def test_a_changed_index_is_found(store: SqliteStore, change: str) -> None:
    """An index that would hide records from queries is not whole."""
    store.db.execute("DELETE FROM audit_pair WHERE seq > 2")
    store.db.execute("DELETE FROM audit_segment WHERE seq > 2")
    store.db.execute("INSERT INTO audit_pair VALUES (1, ?, ?)", (subject_of(77), FACTS[0].id))
    store.db.execute("DELETE FROM audit_pair WHERE subject = ?", (subject_of(77),))
    if change.startswith("UPDATE"):
        store.db.execute("UPDATE audit_pair SET seq = seq + 10")
        store.db.execute("UPDATE audit_pair SET seq = 13 - seq")
    else:
        store.db.execute(change)
    assert "index" in broken(store)[1]


def test_slots_that_were_never_linked_are_found() -> None:
    """Slots or a segment that vanished before they were drained leave a gap that verifying names."""
    whole = MemoryStore()
    filled(whole)
    for missing in (0, 1, 3, 4):  # without the last one of a segment, it looks like a segment that was not filled
        partial, head = MemoryStore(), GENESIS
        partial.known = whole.known
        for row in whole.rows[:missing] + whole.rows[missing + 1 :]:
            batch = Batch(row.journal, row.segment, row.first, row.anchor, row.data)
            linked = link(head, batch, position=batch.first, digest_of=lambda fact: whole.known[fact].digest)
            assert linked is not None
            partial.rows.append(linked)
            partial.index[linked.seq] = linked.pairs
            head = linked.head
        place, problem = broken(partial)
        assert place == f"segment {missing + 1}"
        assert "records are missing from journal" in problem


# ── Linking ───────────────────────────────────────────────────────────────────────────────────────────────

slots = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2**63), st.integers(-1, 2)), min_size=1, max_size=40)


@given(slots, st.data())
@settings(deadline=None)
def test_however_slots_are_split_the_records_are_the_same(
    written: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Cutting a segment into batches at any places, overlapping or repeated, gives every record once and alike."""
    store = MemoryStore()
    store.add_facts(FACTS)
    content = b"".join(
        (subject_of(subject) if fact >= 0 else (at // 2**20).to_bytes(8, "little") + bytes(8))
        + at.to_bytes(8, "little")
        + (FACTS[fact].id if fact >= 0 else bytes(7))
        + b"\xa5"
        for subject, at, fact in written
    )
    whole = Batch(bytes(8), 0, 0, 1000, content)
    while (have := store.rows[-1].end if store.rows else 0) < len(written):
        first = data.draw(st.integers(0, have))
        end = data.draw(st.integers(min(first + 1, len(written)), len(written)))
        store.append_segments([whole.after(first)._replace(data=whole.data[first * 32 : end * 32])])
    assert b"".join(row.data for row in store.rows) == content
    assert verify_chain(store) == store.head()
    single = MemoryStore()
    single.add_facts(FACTS)
    single.append_segments([whole, whole])
    assert len(single.rows) == 1

    def seen(one: MemoryStore) -> list[Any]:
        return [(entry.at, entry.subject, entry.fact) for entry in AuditLog(one, flush=lambda: None).entries()]

    assert seen(store) == seen(single)
    assert numbers_in(store.rows) == numbers_in(single.rows)


def test_a_batch_behind_a_gap_is_not_linked() -> None:
    """A store that lacks earlier slots of the segment refuses later ones, and keeps what it has."""
    store = MemoryStore()
    store.add_facts(FACTS)
    slot = subject_of(1) + bytes(8) + FACTS[0].id + b"\xa5"
    with pytest.raises(AuditBroken, match="slots 0 to 4 are missing"):
        store.append_segments([Batch(bytes(8), 0, 5, 0, slot)])
    assert store.rows == []


def test_a_store_refuses_two_facts_with_one_id(tmp_path: Path) -> None:
    """Facts whose ids clash are not confused."""
    with SqliteStore(tmp_path / "db") as store:
        for each in (MemoryStore(), store):
            each.add_facts([FACTS[0], FACTS[0]])
            clash = Fact("use", "deny", items=("x",))
            object.__setattr__(clash, "id", FACTS[0].id)
            with pytest.raises(AuditBroken):
                each.add_facts([clash])
            assert each.fact(FACTS[0].id) == (FACTS[0].id, FACTS[0].digest, FACTS[0].text)


def test_a_row_that_cannot_be_read_is_broken(store: SqliteStore) -> None:
    """Slots of the wrong length are reported, not decoded."""
    for data in (b"", b"x" * 33):
        store.db.execute("UPDATE audit_segment SET data = ? WHERE seq = 2", (data,))
        assert broken(store) == ("segment 2", "it was changed: its slots are cut")
    with pytest.raises(sqlite3.IntegrityError):
        store.db.execute("UPDATE audit_segment SET data = 'text' WHERE seq = 2")
