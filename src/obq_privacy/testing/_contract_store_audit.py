"""What any store must keep of the audit: a chain that is whole, and an index that finds what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from obq_privacy.audit import GENESIS, Batch, FactRow, verify_chain
from obq_privacy.errors import AuditBroken, StoreError
from obq_privacy.testing._contract_store_makers import FACT, OTHER_FACT, batch_of, together, who

if TYPE_CHECKING:
    from obq_privacy.stores import Store


def slot_name(n: int) -> bytes:
    """Return a pseudonym as slots have it."""
    return bytes.fromhex(who(n))


class AuditContract:
    """Facts and the chain."""

    def test_facts_come_back_and_repetition_changes_nothing(self, store: Store) -> None:
        """A fact is found by its id, an unknown id gives None."""
        store.add_facts([FACT, OTHER_FACT, FACT])
        store.add_facts(iter([FACT]))
        assert store.fact(FACT.id) == FactRow(FACT.id, FACT.digest, FACT.text)
        assert store.fact(bytes(7)) is None

    def test_another_fact_with_the_same_id_is_refused(self, store: Store) -> None:
        """None of the facts that came with it is inserted, and the first one stays."""
        store.add_facts([FACT])
        twin = type(FACT)("use", "permit", items=("twin",))
        object.__setattr__(twin, "id", FACT.id)
        with pytest.raises(AuditBroken):
            store.add_facts([OTHER_FACT, twin])
        assert store.fact(OTHER_FACT.id) is None
        assert store.fact(FACT.id) == FactRow(FACT.id, FACT.digest, FACT.text)

    def test_an_empty_chain_ends_at_genesis(self, store: Store) -> None:
        """There are no rows and no index entries."""
        assert store.head() == GENESIS
        assert list(store.segments()) == []
        assert list(store.pairs(1)) == []
        assert verify_chain(store) == GENESIS

    def test_batches_become_a_chain(self, store: Store) -> None:
        """Rows have the slots of their batches, and the chain of them verifies."""
        store.add_facts([FACT, OTHER_FACT])
        batches = [
            batch_of([1, 2]),
            batch_of([2, 3], first=2),
            batch_of([1], segment=1, fact=OTHER_FACT),
            batch_of([4], journal=2),
        ]
        store.append_segments(batches[:1])
        store.append_segments(batches[1:])
        rows = list(store.segments())
        assert [Batch(row.journal, row.segment, row.first, row.anchor, row.data) for row in rows] == batches
        assert verify_chain(store) == store.head() == rows[-1].head
        assert store.head().seq == 4

    def test_what_is_there_is_not_added_again(self, store: Store) -> None:
        """A repeated batch adds nothing, one that overlaps adds its new slots, in one call or several."""
        store.add_facts([FACT])
        store.append_segments([batch_of([1, 2])])
        store.append_segments([batch_of([1, 2]), batch_of([1, 2, 3, 4]), batch_of([2], first=1)])
        assert [(row.first, row.data) for row in store.segments()] == [
            (0, batch_of([1, 2]).data),
            (2, batch_of([1, 2, 3, 4]).data[64:]),
        ]
        verify_chain(store)

    @pytest.mark.parametrize(
        "bad", [batch_of([1], journal=2, fact=OTHER_FACT), batch_of([1], journal=2, first=1)], ids=["fact", "gap"]
    )
    def test_a_batch_that_does_not_fit_takes_the_others_with_it(self, store: Store, bad: Batch) -> None:
        """An unknown fact or missing slots: nothing of the call is added, and the store goes on."""
        store.add_facts([FACT])
        store.append_segments([batch_of([1])])
        head = store.head()
        with pytest.raises(AuditBroken):
            store.append_segments([batch_of([2], first=1), bad])
        assert store.head() == head
        assert len(list(store.segments())) == 1
        store.append_segments([batch_of([2], first=1)])
        verify_chain(store)

    def test_the_index_has_each_pair_once(self, store: Store) -> None:
        """Who and what a row is about, void slots left out."""
        store.add_facts([FACT, OTHER_FACT])
        void = batch_of([9]).data[:-1] + b"\0"
        both = batch_of([1, 2, 1]).data + batch_of([1], fact=OTHER_FACT).data + void
        store.append_segments([batch_of([])._replace(data=both)])
        assert sorted(store.pairs(1)) == sorted(
            [(slot_name(1), FACT.id), (slot_name(2), FACT.id), (slot_name(1), OTHER_FACT.id)]
        )

    def test_queries_leave_out_only_what_cannot_fit(self, store: Store) -> None:
        """By number, by subject and by time; bounds may be beyond what 64 bits hold."""
        store.add_facts([FACT])
        for k in range(30):
            store.append_segments([batch_of([k % 3, 7], journal=k, at=100 * k)])  # records at 100 k and 100 k + 1
        everything = list(range(1, 31))

        def found(
            *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
        ) -> list[int]:
            return [row.seq for row in store.segments(after=after, subject=subject, since=since, until=until)]

        assert found() == everything
        assert found(after=27) == [28, 29, 30]
        assert found(after=30) == []
        assert found(subject=slot_name(1)) == list(range(2, 31, 3))
        assert found(subject=slot_name(1), after=20) == [23, 26, 29]
        assert found(subject=slot_name(8)) == []
        assert found(since=2801) == [29, 30]
        assert found(since=2802) == [30]
        assert found(until=100) == [1]
        assert found(until=101) == [1, 2]
        assert found(subject=slot_name(0), since=500, until=1000) == [7, 10]
        assert found(since=-(10**30), until=10**30) == everything
        assert found(since=10**30) == []
        assert found(until=-(10**30)) == []

    def test_nothing_is_locked_between_two_rows(self, store: Store) -> None:
        """Whoever reads the chain slowly does not stop writers, and reading ends with an error once it is closed."""
        store.add_facts([FACT])
        for k in range(20):
            store.append_segments([batch_of([1], journal=k)])
        rows = store.segments()
        next(rows)
        mine = store.segments(subject=slot_name(1))
        next(mine)
        together(1, lambda _: store.append_segments([batch_of([1], journal=99)]))
        assert store.head().seq == 21
        store.close()
        for reading in (rows, mine):
            with pytest.raises(StoreError):
                list(reading)

    def test_writers_at_once_make_one_chain(self, store: Store) -> None:
        """Everything that threads append is there once, in order for each of them, and the chain verifies."""
        store.add_facts([FACT])

        def work(thread: int) -> None:
            for k in range(15):
                batch = batch_of([thread, k], journal=thread, first=2 * k)
                store.append_segments([batch])
                store.append_segments([batch])

        assert together(6, work) == [None] * 6
        verify_chain(store)
        assert sorted((row.journal, row.first) for row in store.segments()) == [
            (thread.to_bytes(8, "big"), 2 * k) for thread in range(6) for k in range(15)
        ]
