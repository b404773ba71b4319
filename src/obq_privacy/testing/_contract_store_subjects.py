"""What any store must keep of subjects, and what an erasure takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from obq_privacy.crypto import StaleKek
from obq_privacy.errors import KeyErased, StoreError
from obq_privacy.testing._contract_store_makers import (
    HOUR,
    NOW,
    enroll,
    event_of,
    field_of,
    give,
    key_of,
    row_of,
    secret,
    together,
    who,
)

if TYPE_CHECKING:
    from obq_privacy.crypto import WrappedKey
    from obq_privacy.stores import Store, SubjectRow


class SubjectContract:
    """Subjects and their erasure."""

    def test_subjects_come_in_pages(self, store: Store) -> None:
        """Sorted, each once, without those that are erased or being erased."""
        enroll(store, 5, 3, 1, 4, 2)
        store.begin_erasure(who(2), NOW)
        store.finish_erasure(who(4), NOW)
        assert list(store.subjects("", 2)) == [who(1), who(3)]
        assert list(store.subjects(who(3), 2)) == [who(5)]
        assert list(store.subjects(who(5), 2)) == list(store.subjects("", 0)) == list(store.subjects("", -1)) == []

    def test_a_subject_is_found_by_lookup_and_by_pseudonym(self, store: Store) -> None:
        """It comes back as it was added, together with its key; whoever was not added is not found."""
        enroll(store, 1)
        assert store.subject(who(1)) == store.subject_by_lookup(row_of(1).lookup) == row_of(1)
        assert store.key_of(who(1)) == store.key(row_of(1).key_id) == key_of(1)
        assert store.subject(who(2)) is None
        assert store.subject_by_lookup(row_of(2).lookup) is None

    def test_the_first_subject_with_a_lookup_wins(self, store: Store) -> None:
        """The later one is given the first, whatever its key is wrapped under, and leaves nothing behind."""
        enroll(store, 1)
        late = row_of(2)._replace(lookup=row_of(1).lookup)
        assert store.add_subject(late, key_of(2, kek=9)) == row_of(1)
        assert store.subject(who(2)) is None
        assert store.key_of(who(2)) is None
        assert store.feed(0, b"me").head == 1

    def test_of_threads_that_add_one_person_one_wins(self, store: Store) -> None:
        """All are given the same subject, and nothing of the others is there."""
        store.init_kek(1)
        rows = [row_of(n)._replace(lookup=secret("one person", 32)) for n in range(10)]
        results = together(10, lambda n: store.add_subject(rows[n], key_of(n)))
        winner = store.subject_by_lookup(secret("one person", 32))
        assert results == [winner] * 10
        assert sum(store.key(row.key_id) is not None for row in rows) == 1
        assert store.feed(0, b"me").head == 1

    def test_a_subject_whose_key_is_wrapped_under_another_version_is_not_added(self, store: Store) -> None:
        """Neither before there is a version, nor under one that a rotation in progress replaces."""
        with pytest.raises(StaleKek):
            store.add_subject(row_of(1), key_of(1))
        store.init_kek(1)
        store.begin_rotation(2)
        with pytest.raises(StaleKek):
            store.add_subject(row_of(1), key_of(1))
        assert store.subject(who(1)) is None
        assert store.feed(0, b"me").head == 0
        assert store.add_subject(row_of(1), key_of(1, kek=2)) == row_of(1)

    @pytest.mark.parametrize(
        ("row", "key"),
        [
            (row_of(2)._replace(pseudonym=who(1)), key_of(2)._replace(subject=who(1))),
            (row_of(2)._replace(key_id=row_of(1).key_id), key_of(2)._replace(key_id=row_of(1).key_id)),
            (row_of(2), key_of(3)),
            (row_of(2), key_of(2, attempt=1)),
            (row_of(2)._replace(erasing=NOW), key_of(2)),
        ],
        ids=["pseudonym-taken", "key-taken", "key-of-another", "key-id-of-another", "not-new"],
    )
    def test_a_subject_that_contradicts_what_is_stored_is_refused(
        self, store: Store, row: SubjectRow, key: WrappedKey
    ) -> None:
        """Nothing of it is stored."""
        enroll(store, 1)
        with pytest.raises(StoreError):
            store.add_subject(row, key)
        assert store.subject(who(1)) == row_of(1)
        assert store.key_of(who(1)) == key_of(1)
        assert store.subject(who(2)) is None
        assert store.key_of(who(2)) is None
        assert store.feed(0, b"me").head == 1

    @pytest.mark.parametrize("size", [0, 1, 60, 61, 99, 5000, 100_000])
    def test_a_profile_is_replaced(self, store: Store, size: int) -> None:
        """It may be of any length, and those of others stay as they are."""
        enroll(store, 1, 2)
        assert store.put_profile(who(1), secret("new", size)) == 3
        assert store.subject(who(1)) == row_of(1)._replace(profile=secret("new", size))
        assert store.subject(who(2)) == row_of(2)

    def test_nothing_can_be_done_about_somebody_unknown(self, store: Store) -> None:
        """An erasure that would erase nobody is an error, not a success."""
        enroll(store, 1)
        for act in (
            lambda: store.put_profile(who(2), b"new"),
            lambda: store.begin_erasure(who(2), NOW),
            lambda: store.finish_erasure(who(2), NOW),
            lambda: store.append(who(2), give(None)),
            lambda: store.keep("order", [field_of(1), field_of(2)], NOW),
        ):
            with pytest.raises(StoreError):
                act()
        assert store.feed(0, b"me").head == 1
        assert list(store.load("order")) == []

    # ── Erasure ───────────────────────────────────────────────────────────────────────────────────────────

    def test_from_the_order_on_nothing_is_added_about_the_subject(self, store: Store) -> None:
        """Neither consent (the callback is not even asked), nor profile, nor vault fields; others are not affected."""
        enroll(store, 1, 2)
        store.keep("order", [field_of(2)], NOW)
        assert store.begin_erasure(who(1), NOW) == 3
        assert store.append(who(1), lambda _: pytest.fail("it was asked")) == (None, 3)
        assert store.put_profile(who(1), b"new") == 0
        with pytest.raises(KeyErased):
            store.keep("order", [field_of(2, "new"), field_of(1)], NOW)
        assert list(store.load("order")) == [field_of(2)]
        assert store.subject(who(1)) == row_of(1)._replace(erasing=NOW)
        assert store.key_of(who(1)) == key_of(1)
        assert store.feed(0, b"me").head == 3
        assert store.put_profile(who(2), b"new") == 4

    def test_repeating_the_order_keeps_the_first_time(self, store: Store) -> None:
        """The answer is the number of the newest change, which is at least that of the order."""
        enroll(store, 1, 2)
        store.begin_erasure(who(1), NOW)
        store.put_profile(who(2), b"new")
        assert store.begin_erasure(who(1), NOW + HOUR) == 4
        assert store.subject(who(1)) == row_of(1)._replace(erasing=NOW)

    def test_erasure_destroys_key_profile_and_vault_fields(self, store: Store) -> None:
        """Tombstones of subject and key stay, the ledger stays, and so does what is about others."""
        enroll(store, 1, 2)
        store.append(who(1), give(event_of(1)))
        store.keep("mixed", [field_of(1, "a"), field_of(2, "b"), field_of(1, "c")], NOW)
        store.keep("own", [field_of(1)], NOW)
        store.begin_erasure(who(1), NOW)
        assert store.finish_erasure(who(1), NOW + HOUR) == (5, 3)
        row = row_of(1)._replace(profile=None, erasing=NOW, erased=NOW + HOUR)
        assert store.subject(who(1)) == store.subject_by_lookup(row.lookup) == row
        assert store.key_of(who(1)) == key_of(1)._replace(wrapped=None, destroyed_at=NOW + HOUR)
        assert list(store.load("mixed")) == [field_of(2, "b")]
        assert list(store.load("own")) == []
        assert not store.drop("own")
        assert list(store.records(who(1))) == []
        assert list(store.events(who(1))) == [event_of(1)]
        assert (store.subject(who(2)), store.key_of(who(2))) == (row_of(2), key_of(2))

    def test_repeating_an_erasure_changes_nothing(self, store: Store) -> None:
        """It gives zero fields and the newest number; an order that was never given is dated like the erasure."""
        enroll(store, 1)
        assert store.finish_erasure(who(1), NOW) == (2, 0)
        row = row_of(1)._replace(profile=None, erasing=NOW, erased=NOW)
        assert store.begin_erasure(who(1), NOW + HOUR) == 2
        assert store.finish_erasure(who(1), NOW + HOUR) == (2, 0)
        assert store.subject(who(1)) == row
        assert store.key_of(who(1)) == key_of(1)._replace(wrapped=None, destroyed_at=NOW)

    def test_an_erased_subject_is_never_resurrected(self, store: Store) -> None:
        """Adding the person again, a new key, a rotation, a profile: none of it brings anything back."""
        enroll(store, 1)
        store.destroy_key(who(1), NOW)
        store.finish_erasure(who(1), NOW + HOUR)
        row, key = store.subject(who(1)), store.key_of(who(1))
        assert key == key_of(1)._replace(wrapped=None, destroyed_at=NOW)
        assert store.add_subject(row_of(2)._replace(lookup=row_of(1).lookup), key_of(2)) == row
        assert store.add_key(key_of(1, attempt=1)) == key
        store.rewrap([key_of(1, kek=2)])
        assert store.put_profile(who(1), b"new") == 0
        assert store.append(who(1), give(event_of(1)))[0] is None
        assert (store.subject(who(1)), store.key_of(who(1))) == (row, key)
        assert store.keys_behind(9, 9) == []

    def test_of_erasing_and_keeping_at_once_nothing_stays(self, store: Store) -> None:
        """Whatever threads keep while another erases, no field of the subject is there in the end."""
        enroll(store, 1, 2)

        def work(thread: int) -> None:
            if thread == 0:
                store.begin_erasure(who(1), NOW)
                store.finish_erasure(who(1), NOW)
                return
            for k in range(10):
                try:
                    store.keep(f"{thread}-{k}", [field_of(2), field_of(1)], NOW)
                except KeyErased:
                    return

        assert together(4, work) == [None] * 4
        assert list(store.records(who(1))) == []

    def test_erasures_are_listed_oldest_first(self, store: Store) -> None:
        """Those that were ordered and those that are complete, and nobody else."""
        enroll(store, 1, 2, 3, 4)
        store.begin_erasure(who(3), NOW + HOUR)
        store.finish_erasure(who(4), NOW)
        store.begin_erasure(who(1), NOW + HOUR)
        assert [row.pseudonym for row in store.erasures()] == [who(4), who(1), who(3)]
        assert next(iter(store.erasures())) == row_of(4)._replace(profile=None, erasing=NOW, erased=NOW)

    def test_burying_erases_who_is_there(self, store: Store) -> None:
        """A backup brought the subject back: what it brought is destroyed, under the time of the order."""
        enroll(store, 1, 2)
        store.keep("order", [field_of(1)], NOW)
        order = row_of(1)._replace(profile=None, erasing=NOW)
        assert store.bury(order) == 3
        assert store.subject(who(1)) == order._replace(erased=NOW)
        assert store.key_of(who(1)) == key_of(1)._replace(wrapped=None, destroyed_at=NOW)
        assert list(store.load("order")) == []
        assert store.bury(order._replace(erased=NOW + HOUR)) == 3
        assert store.subject(who(1)) == order._replace(erased=NOW)

    def test_burying_finishes_an_erasure_that_was_begun(self, store: Store) -> None:
        """The time of the order that is there stays."""
        enroll(store, 1)
        store.begin_erasure(who(1), NOW)
        store.bury(row_of(1)._replace(erasing=NOW - HOUR, erased=NOW + HOUR))
        assert store.subject(who(1)) == row_of(1)._replace(profile=None, erasing=NOW, erased=NOW + HOUR)

    def test_burying_somebody_unknown_adds_a_tombstone(self, store: Store) -> None:
        """Neither the person nor the key can be added any more, and an old token's key counts as erased."""
        store.init_kek(1)
        buried = row_of(1)._replace(profile=None, erasing=NOW, erased=NOW + HOUR)
        assert store.bury(buried._replace(profile=b"never kept")) == 1
        assert store.subject(who(1)) == store.subject_by_lookup(buried.lookup) == buried
        key = store.key(buried.key_id)
        assert key is not None
        assert (key.subject, key.wrapped, key.destroyed_at) == (who(1), None, NOW + HOUR)
        assert store.add_key(key_of(1)) == key
        assert store.add_subject(row_of(2)._replace(lookup=buried.lookup), key_of(2)) == buried
        assert list(store.erasures()) == [buried]
        assert store.bury(buried) == 1

    def test_burying_leaves_a_newcomer_alone(self, store: Store) -> None:
        """Whoever was added under the same lookup since the backup is another subject, with another key."""
        enroll(store, 1)
        old = row_of(2)._replace(lookup=row_of(1).lookup, profile=None, erasing=NOW, erased=NOW)
        store.bury(old)
        assert store.subject_by_lookup(old.lookup) == row_of(1)
        assert store.subject(who(2)) == old

    def test_only_what_was_erased_is_buried(self, store: Store) -> None:
        """A row without an order, or with the key of somebody else, is refused."""
        enroll(store, 1)
        store.add_key(key_of(3))
        for row in (
            row_of(1),
            row_of(2)._replace(key_id=row_of(1).key_id, erasing=NOW),
            row_of(3)._replace(key_id=row_of(4).key_id, erasing=NOW),
        ):
            with pytest.raises(StoreError):
                store.bury(row)
        assert store.subject(who(1)) == row_of(1)
        assert store.key_of(who(3)) == key_of(3)
        assert list(store.erasures()) == []
