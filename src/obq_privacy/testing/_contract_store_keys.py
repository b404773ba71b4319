"""What any store must keep about keys: the first wins, a tombstone stays, and a rotation never goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from obq_privacy.crypto import KeyMemory, Keyring, StaleKek
from obq_privacy.errors import KeyErased, KeyUnknown, StoreError
from obq_privacy.testing._contract_store_makers import HOUR, NOW, enroll, key_of, secret, together, who

if TYPE_CHECKING:
    from obq_privacy.stores import Store


class KeyContract:
    """Keys and rotations."""

    def test_there_is_no_version_to_wrap_with_at_first(self, store: Store) -> None:
        """A new store has no version, no rotation and no keys."""
        assert store.kek() == (0, None)
        assert store.keys_behind(9, 9) == []
        assert store.key_of(who(1)) is None
        assert store.key(secret("any", 16)) is None

    def test_the_first_version_wins(self, store: Store) -> None:
        """Whoever sets the version later is told the one that is there."""
        assert {*together(8, lambda n: store.init_kek(n + 1))} == {store.kek()[0]}
        assert store.init_kek(99) == store.kek()[0] != 99

    def test_a_rotation_goes_up_and_one_at_a_time(self, store: Store) -> None:
        """A target that is not above the version, or beside another, has no effect; nor has finishing another one."""
        store.init_kek(3)
        store.begin_rotation(3)
        store.begin_rotation(2)
        assert store.kek() == (3, None)
        store.begin_rotation(5)
        store.begin_rotation(6)
        assert store.kek() == (3, 5)
        store.finish_rotation(6)
        assert store.kek() == (3, 5)
        assert store.init_kek(9) == 3
        store.finish_rotation(5)
        store.finish_rotation(5)
        assert store.kek() == (5, None)

    def test_a_key_is_found_by_subject_and_by_id(self, store: Store) -> None:
        """What was added comes back as it was, that of the store itself included."""
        store.init_kek(1)
        own = key_of(0)._replace(subject="")
        for key in (own, key_of(1)):
            assert store.add_key(key) == key
            assert store.key_of(key.subject) == key
            assert store.key(key.key_id) == key

    def test_the_first_key_of_a_subject_wins(self, store: Store) -> None:
        """Of threads that add a key for one subject, all are given the same one, and only that is there."""
        store.init_kek(1)
        keys = [key_of(1, attempt=n) for n in range(8)]
        found = {*together(8, lambda n: store.add_key(keys[n]))}
        assert found == {store.key_of(who(1))}
        assert sum(store.key(key.key_id) is not None for key in keys) == 1

    def test_a_key_that_is_wrapped_under_another_version_is_not_added(self, store: Store) -> None:
        """Only the version to wrap with counts, or the target of a rotation in progress."""
        with pytest.raises(StaleKek):
            store.add_key(key_of(1))
        store.init_kek(1)
        with pytest.raises(StaleKek):
            store.add_key(key_of(1, kek=2))
        store.begin_rotation(2)
        with pytest.raises(StaleKek):
            store.add_key(key_of(1, kek=1))
        assert store.key_of(who(1)) is None
        assert store.add_key(key_of(1, kek=2)) == key_of(1, kek=2)
        assert store.add_key(key_of(1, kek=1, attempt=1)) == key_of(1, kek=2)

    def test_a_key_id_is_used_once(self, store: Store) -> None:
        """A key id that another subject has is refused, and so is a key that is destroyed already."""
        store.init_kek(1)
        store.add_key(key_of(1))
        with pytest.raises(StoreError):
            store.add_key(key_of(2)._replace(key_id=key_of(1).key_id))
        with pytest.raises(StoreError):
            store.add_key(key_of(2)._replace(wrapped=None, destroyed_at=NOW))
        assert store.key_of(who(2)) is None

    def test_keys_behind_are_live_and_below(self, store: Store) -> None:
        """Destroyed keys and those of the version itself are left out, and no more than the limit come."""
        enroll(store, 1, 2, 3)
        store.destroy_key(who(2), NOW)
        assert store.keys_behind(1, 9) == []
        assert sorted(store.keys_behind(2, 9)) == sorted([key_of(1), key_of(3)])
        assert len(store.keys_behind(2, 1)) == 1
        assert store.keys_behind(2, 0) == []

    @pytest.mark.parametrize("size", [0, 16, 60, 61, 500])
    def test_rewrapping_replaces_the_wrapped_form(self, store: Store, size: int) -> None:
        """The new form may be of any length; unknown keys are passed over."""
        enroll(store, 1, 2)
        new = key_of(1)._replace(kek=2, wrapped=secret("new", size))
        store.rewrap([new, key_of(7, kek=2)])
        assert store.key_of(who(1)) == store.key(new.key_id) == new
        assert store.key_of(who(2)) == key_of(2)
        assert store.key_of(who(7)) is None
        assert store.keys_behind(2, 9) == [key_of(2)]

    def test_rewrapping_never_goes_back(self, store: Store) -> None:
        """A slow process does not bring back a version that may be destroyed by now, nor the same one."""
        enroll(store, 1)
        newest = key_of(1)._replace(kek=3, wrapped=secret("newest"))
        store.rewrap([newest])
        store.rewrap([key_of(1, kek=2), newest._replace(wrapped=secret("late")), newest._replace(kek=4, wrapped=None)])
        assert store.key_of(who(1)) == newest

    def test_rewrapping_never_brings_back_a_destroyed_key(self, store: Store) -> None:
        """A rotation that read the key before it was destroyed does not revive it."""
        enroll(store, 1)
        (behind,) = store.keys_behind(2, 9)
        tombstone = store.destroy_key(who(1), NOW)
        store.rewrap([behind._replace(kek=2)])
        assert store.key_of(who(1)) == tombstone == behind._replace(wrapped=None, destroyed_at=NOW)

    def test_a_destroyed_key_leaves_a_tombstone_for_ever(self, store: Store) -> None:
        """Neither a repetition nor a new key changes it, and the time is that of the first destruction."""
        store.init_kek(1)
        assert store.destroy_key(who(1), NOW) is None
        key = store.add_key(key_of(1))
        tombstone = key._replace(wrapped=None, destroyed_at=NOW)
        assert store.destroy_key(who(1), NOW) == tombstone
        assert store.destroy_key(who(1), NOW + HOUR) == tombstone
        assert store.add_key(key_of(1, attempt=1)) == tombstone
        assert store.key_of(who(1)) == store.key(key.key_id) == tombstone

    def test_destroying_the_key_of_a_subject_is_a_change(self, store: Store) -> None:
        """Followers hear of it, once."""
        enroll(store, 1)
        store.destroy_key(who(1), NOW)
        store.destroy_key(who(1), NOW)
        assert store.feed(1, b"me").subjects == (who(1),)
        assert store.feed(0, b"me").head == 2

    def test_a_keyring_works_on_it(self, store: Store) -> None:
        """Keys survive a rotation, erased ones do not come back, and new ones are made under the new version."""
        ring = Keyring(store, KeyMemory())
        before = {n: ring.ensure(who(n)).key for n in range(5)}
        store.destroy_key(who(0), NOW)
        assert ring.rotate(batch=2) == 4
        assert {n: ring.of(who(n)).key for n in range(1, 5)} == {n: before[n] for n in range(1, 5)}
        with pytest.raises(KeyErased):
            ring.ensure(who(0))
        with pytest.raises(KeyUnknown):
            ring.of(who(9))
        ring.ensure(who(9))
        assert store.keys_behind(store.kek()[0], 99) == []

    def test_a_rotation_beside_new_keys_leaves_none_behind(self, store: Store) -> None:
        """Threads that make keys while others rotate end with every key under the newest version, and usable."""
        ring = Keyring(store, KeyMemory())
        ring.ensure("")
        made: dict[int, bytes] = {}

        def work(thread: int) -> int:
            if thread < 2:
                return ring.rotate(batch=3)
            for n in range(thread * 10, thread * 10 + 10):
                made[n] = ring.ensure(who(n)).key
            return 0

        assert not [error for error in together(5, work) if isinstance(error, Exception)]
        ring.rotate()
        assert {n: ring.of(who(n)).key for n in made} == made
        assert store.keys_behind(store.kek()[0], 999) == []
