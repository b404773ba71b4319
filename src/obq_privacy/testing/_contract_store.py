"""`StoreContract`: what any store must pass. A test module derives a class and says how a store is opened."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from obq_privacy.errors import StoreError
from obq_privacy.testing._contract_store_audit import AuditContract
from obq_privacy.testing._contract_store_docket import DocketContract
from obq_privacy.testing._contract_store_keys import KeyContract
from obq_privacy.testing._contract_store_ledger import LedgerContract
from obq_privacy.testing._contract_store_makers import (
    FACT,
    HOUR,
    NOW,
    batch_of,
    enroll,
    event_of,
    field_of,
    give,
    key_of,
    row_of,
    secret,
    together,
    turn,
    who,
)
from obq_privacy.testing._contract_store_subjects import SubjectContract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from obq_privacy.stores import Store


class VaultContract:
    """Sealed fields by record."""

    def test_a_record_comes_back_in_order(self, store: Store) -> None:
        """Its fields may be of any length; a record that is not there is empty."""
        enroll(store, 1, 2)
        fields = [field_of(n % 2 + 1, f"f{n}", size) for n, size in enumerate([0, 1, 64, 1000, 5000, 300_000])]
        store.keep("order", iter(fields[::-1]), NOW)
        assert list(store.load("order")) == fields[::-1]
        assert list(store.load("other")) == []

    def test_keeping_replaces_the_record_as_a_whole(self, store: Store) -> None:
        """No field of the old one stays, whether the new one has more, fewer or none."""
        enroll(store, 1, 2)
        for fields in ([field_of(1), field_of(2)], [field_of(2, "x"), field_of(1), field_of(1, "y")], [field_of(2)]):
            store.keep("order", fields, NOW)
            assert list(store.load("order")) == fields
        assert list(store.records(who(1))) == []
        store.keep("order", [], NOW)
        assert not store.drop("order")

    def test_a_record_is_dropped(self, store: Store) -> None:
        """The answer tells whether there was one."""
        enroll(store, 1)
        store.keep("a", [field_of(1)], NOW)
        store.keep("b", [field_of(1)], NOW)
        assert store.drop("a")
        assert not store.drop("a")
        assert list(store.load("a")) == []
        assert list(store.records(who(1))) == ["b"]

    def test_records_of_a_subject_are_sorted(self, store: Store) -> None:
        """Each name comes once, and those about others only do not come."""
        enroll(store, 1, 2)
        for name in ("b", "a", "é", "Z", "\U0001f600", "￿"):
            store.keep(name, [field_of(1), field_of(2), field_of(1, "more")], NOW)
        store.keep("other", [field_of(2)], NOW)
        assert list(store.records(who(1))) == ["Z", "a", "b", "é", "￿", "\U0001f600"]
        assert list(store.records(who(3))) == []

    def test_one_field_is_amended_if_it_is_what_it_was(self, store: Store) -> None:
        """Of any length; the others stay, and whoever comes with an older token changes nothing."""
        enroll(store, 1, 2)
        store.keep("order", [field_of(1), field_of(2, "more"), field_of(1, "last")], NOW)
        for old, new in [(field_of(1).token, b"x" * 5000), (b"x" * 5000, b""), (b"", secret("third"))]:
            assert store.amend("order", "card", old, new, NOW)
            assert not store.amend("order", "card", old, b"late", NOW)
            assert list(store.load("order")) == [
                field_of(1)._replace(token=new),
                field_of(2, "more"),
                field_of(1, "last"),
            ]
        assert not store.amend("order", "none", b"", b"x", NOW)
        assert not store.amend("other", "card", secret("third"), b"x", NOW)

    def test_nothing_of_a_subject_that_is_being_erased_is_amended(self, store: Store) -> None:
        """Its fields are about to go; those of others in the record can be amended."""
        enroll(store, 1, 2)
        store.keep("order", [field_of(1), field_of(2, "more")], NOW)
        store.begin_erasure(who(1), NOW)
        assert not store.amend("order", "card", field_of(1).token, b"x", NOW)
        assert store.amend("order", "more", field_of(2, "more").token, b"x", NOW)

    def test_fields_are_struck(self, store: Store) -> None:
        """Each by its name, once; the record goes with its last field, and names that are not there do nothing."""
        enroll(store, 1, 2)
        store.keep("order", [field_of(1), field_of(2, "b"), field_of(1, "c")], NOW)
        store.keep("other", [field_of(1)], NOW)
        assert store.strike("order", iter(["card", "none", "card"])) == 1
        assert list(store.load("order")) == [field_of(2, "b"), field_of(1, "c")]
        assert store.strike("order", []) == store.strike("order", ["card"]) == store.strike("none", ["card"]) == 0
        assert store.strike("order", ["b", "c"]) == 2
        assert list(store.load("order")) == []
        assert list(store.records(who(1))) == ["other"]

    def test_a_field_that_was_replaced_since_is_not_struck(self, store: Store) -> None:
        """Where the token is named with it; by its name alone it goes."""
        enroll(store, 1)
        store.keep("order", [field_of(1)], NOW)
        assert store.strike("order", {"card": b"another"}) == 0
        assert list(store.load("order")) == [field_of(1)]
        assert store.strike("order", {"card": field_of(1).token}) == 1
        assert list(store.load("order")) == []

    def test_of_amending_at_once_one_wins(self, store: Store) -> None:
        """Threads that know the same token: one replaces it, the others are told that they are late."""
        enroll(store, 1)
        store.keep("order", [field_of(1)], NOW)
        done = together(8, lambda n: store.amend("order", "card", field_of(1).token, bytes([n]), NOW))
        assert sorted(map(str, done)) == ["False"] * 7 + ["True"]
        assert store.load("order")[0].token == bytes([done.index(True)])


class StoreContract(SubjectContract, VaultContract, LedgerContract, DocketContract, KeyContract, AuditContract):
    """What any store must pass."""

    def open_store(self, directory: Path) -> Store:
        """Open a new store; a directory of its own is there for its files."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """A new store, closed at the end."""
        store = self.open_store(tmp_path)
        yield store
        store.close()

    def test_it_says_what_it_is(self, store: Store) -> None:
        """Messages have a place to name, and the guard knows whether other processes see it."""
        assert store.place
        assert isinstance(store.shared, bool)

    def test_it_refuses_times_without_a_zone(self, store: Store) -> None:
        """A time that could mean several is a mistake of the caller, and nothing is stored; others are kept in UTC."""
        enroll(store, 1)
        naive = NOW.replace(tzinfo=None)
        for act in (store.begin_erasure, store.finish_erasure, store.destroy_key):
            with pytest.raises(ValueError, match="aware"):
                act(who(1), naive)
        with pytest.raises(ValueError, match="aware"):
            store.keep("order", [field_of(1)], naive)
        with pytest.raises(ValueError, match="aware"):
            store.amend("order", "card", b"", b"", naive)
        with pytest.raises(ValueError, match="aware"):
            store.put_policy("1", "text", naive)
        with pytest.raises(ValueError, match="aware"):
            store.bury(row_of(2)._replace(erasing=naive))
        assert store.feed(0, b"me").head == 1
        store.begin_erasure(who(1), NOW.astimezone(dt.timezone(8 * HOUR)))
        erasing = store.erasures()[0].erasing
        assert erasing == NOW
        assert erasing is not None
        assert erasing.utcoffset() == dt.timedelta(0)

    def test_once_closed_everything_is_an_error(self, store: Store) -> None:
        """Closing again does nothing; every other call is a StoreError."""
        store.close()
        store.close()
        for act in _calls(store):
            with pytest.raises(StoreError):
                act()

    def test_readers_and_writers_at_once_do_each_other_no_harm(self, store: Store) -> None:
        """Threads that do everything at once on subjects of their own find what they wrote."""
        store.init_kek(1)
        store.add_facts([FACT])

        def work(n: int) -> bool:
            enroll(store, n)
            for k in range(5):
                store.append(who(n), give(event_of(n, str(k))))
                store.keep(f"{n}-{k}", [field_of(n)], NOW)
                store.append_segments([batch_of([n], journal=n, first=k)])
                store.follow(bytes([n]), k)
                store.enter(f"case-{n}", "request", who(n), turn(str(k)), NOW)
                assert store.subject(who(n)) == row_of(n)
            store.finish_erasure(who(n), NOW)
            assert len(store.entries(f"case-{n}")) == 5
            return len(store.events(who(n))) == 5 and not store.records(who(n)) and store.feed(0, b"").head > 5

        assert together(6, work) == [True] * 6
        assert store.feed(0, b"").head == 6 * 7


def _calls(store: Store) -> list[Callable[[], object]]:
    return [
        lambda: store.subject_by_lookup(b"x"),
        lambda: store.subject(who(1)),
        lambda: store.add_subject(row_of(1), key_of(1)),
        lambda: store.put_profile(who(1), b"x"),
        lambda: store.begin_erasure(who(1), NOW),
        lambda: store.finish_erasure(who(1), NOW),
        lambda: store.bury(row_of(1)._replace(erasing=NOW)),
        store.erasures,
        lambda: store.append(who(1), give(None)),
        lambda: store.events(who(1)),
        lambda: store.feed(0, b"me"),
        lambda: store.follow(b"me", 0),
        lambda: store.unfollow(b"me"),
        store.followers,
        lambda: store.put_policy("1", "text", NOW),
        store.policies,
        lambda: store.keep("order", [], NOW),
        lambda: store.load("order"),
        lambda: store.drop("order"),
        lambda: store.records(who(1)),
        lambda: store.amend("order", "card", b"", b"", NOW),
        lambda: store.strike("order", []),
        store.latest,
        lambda: store.subjects("", 1),
        lambda: store.enter("a", "request", "", turn("x"), NOW),
        lambda: store.entries("a"),
        lambda: store.case("a"),
        lambda: store.cases("request"),
        store.kek,
        lambda: store.init_kek(1),
        lambda: store.begin_rotation(1),
        lambda: store.finish_rotation(1),
        lambda: store.add_key(key_of(1)),
        lambda: store.key_of(who(1)),
        lambda: store.key(b"x"),
        lambda: store.keys_behind(1, 1),
        lambda: store.rewrap([]),
        lambda: store.destroy_key(who(1), NOW),
        lambda: store.add_facts([]),
        lambda: store.fact(FACT.id),
        lambda: store.append_segments([]),
        lambda: list(store.segments()),
        lambda: list(store.segments(subject=bytes(16))),
        lambda: store.pairs(1),
        store.head,
    ]
