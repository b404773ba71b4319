"""What any store must keep of consent, of the feed of changes, and of policies."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

import attrs
import pytest

from obq_privacy.consent import ConsentEvent, EventKind, Notice
from obq_privacy.errors import PolicyConflict, StoreError
from obq_privacy.stores import Feed, Store
from obq_privacy.testing._contract_store_makers import HOUR, NOW, enroll, event_of, give, row_of, together, who
from obq_privacy.vocab import Level, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence


class Oops(Exception):
    """What a callback raises."""


class LedgerContract:
    """Consent events, feed, followers, policies."""

    # ── Events ────────────────────────────────────────────────────────────────────────────────────────────

    def test_events_come_back_as_they_were_in_order(self, store: Store) -> None:
        """Every field of an event survives, and those of other subjects do not mix in."""
        enroll(store, 1, 2)
        whole = ConsentEvent(
            id="ab" * 16,
            key="键 \u202e",
            kind=EventKind.RENEW,
            subject=who(1),
            actor=who(2),
            purposes=("a", "b"),
            items=("i",),
            categories=("c",),
            operations=(Operation.USE, Operation.SHARE),
            level=Level.SEPARATE,
            version="v",
            notice=Notice("00" * 32, "zh-CN", NOW),
            method="checkbox",
            at=NOW,
            valid_until=NOW + HOUR,
            about="cd" * 16,
        )
        given = [event_of(1, "z"), whole, event_of(1, "a", EventKind.WITHDRAW)]
        for event in given:
            store.append(who(2), give(event_of(2, event.key)))
            assert store.append(who(1), give(event))[0] == event
        assert list(store.events(who(1))) == given
        assert [event.key for event in store.events(who(2))] == [event.key for event in given]
        assert list(store.events(who(3))) == []

    def test_the_latest_time_is_that_of_any_subject(self, store: Store) -> None:
        """Whoever it was, in whatever order it came, and to the microsecond; nothing has none."""
        enroll(store, 1, 2)
        assert store.latest() is None
        late = attrs.evolve(event_of(2, "late"), at=NOW + HOUR + dt.timedelta(microseconds=1))
        for event in (event_of(1, "first"), late, attrs.evolve(event_of(1, "between"), at=NOW + HOUR)):
            store.append(event.subject, give(event))
        assert store.latest() == late.at

    def test_the_callback_sees_what_is_there(self, store: Store) -> None:
        """It is given the events of its subject, and what it returns comes after them."""
        enroll(store, 1)
        seen: list[int] = []

        def make(events: Sequence[ConsentEvent]) -> ConsentEvent:
            seen.append(len(events))
            return event_of(1, str(len(events)))

        changes = [store.append(who(1), make)[1] for _ in range(3)]
        assert seen == [0, 1, 2]
        assert changes == [2, 3, 4]

    def test_a_callback_that_gives_nothing_appends_nothing(self, store: Store) -> None:
        """The answer is None and the number of the newest change."""
        enroll(store, 1, 2)
        assert store.append(who(1), give(None)) == (None, 2)
        assert list(store.events(who(1))) == []
        assert store.feed(0, b"me").head == 2

    def test_an_event_with_a_key_that_is_there_is_the_same_event(self, store: Store) -> None:
        """The older one is returned and nothing is appended; another subject may use the same key."""
        enroll(store, 1, 2)
        store.append(who(1), give(event_of(1, "k")))
        assert store.append(who(2), give(event_of(2, "k"))) == (event_of(2, "k"), 4)
        again = event_of(1, "k", EventKind.WITHDRAW)
        assert store.append(who(1), give(again)) == (event_of(1, "k"), 4)
        assert list(store.events(who(1))) == [event_of(1, "k")]

    def test_a_callback_that_raises_leaves_nothing(self, store: Store) -> None:
        """Its exception passes through as it is, and the store goes on."""
        enroll(store, 1)

        def make(_: Sequence[ConsentEvent]) -> ConsentEvent:
            raise Oops

        with pytest.raises(Oops) as caught:
            store.append(who(1), make)
        assert caught.value.__context__ is None
        assert store.feed(0, b"me").head == 1
        assert store.append(who(1), give(event_of(1))) == (event_of(1), 2)

    def test_an_event_of_another_subject_or_an_unknown_one_is_refused(self, store: Store) -> None:
        """Nothing is appended to a ledger that is not the event's own, nor to one of nobody."""
        enroll(store, 1, 2)
        with pytest.raises(StoreError):
            store.append(who(1), give(event_of(2)))
        with pytest.raises(StoreError):
            store.append(who(3), give(event_of(3)))
        assert [*store.events(who(1)), *store.events(who(2)), *store.events(who(3))] == []

    def test_a_callback_may_read_and_nothing_else(self, store: Store) -> None:
        """Reading shows the state before the event; writing, and closing the store, are refused."""
        enroll(store, 1)

        def make(_: Sequence[ConsentEvent]) -> ConsentEvent:
            assert store.subject(who(1)) == row_of(1)
            assert list(store.events(who(1))) == []
            with pytest.raises(StoreError):
                store.put_profile(who(1), b"new")
            with pytest.raises(StoreError):
                store.append(who(1), give(event_of(1, "inner")))
            with pytest.raises(StoreError):
                store.close()
            return event_of(1, "outer")

        assert store.append(who(1), make) == (event_of(1, "outer"), 2)
        assert [event.key for event in store.events(who(1))] == ["outer"]
        assert store.subject(who(1)) == row_of(1)

    def test_identical_grants_at_once_make_one_event(self, store: Store) -> None:
        """All threads are given the one that came first."""
        enroll(store, 1)
        given = [event_of(1, "same", kind) for kind in (EventKind.GRANT, EventKind.RENEW) for _ in range(5)]
        results = {*map(repr, together(10, lambda n: store.append(who(1), give(given[n]))[0]))}
        (only,) = store.events(who(1))
        assert results == {repr(only)}
        assert store.feed(0, b"me").head == 2

    def test_a_callback_decides_on_the_newest_state(self, store: Store) -> None:
        """Of threads that grant only if nobody has, exactly one does: what it saw was still so when it wrote."""
        enroll(store, 1)

        def grant(n: int) -> bool:
            return store.append(who(1), lambda events: None if events else event_of(1, f"by {n}"))[0] is not None

        assert sorted(map(str, together(10, grant))) == ["False"] * 9 + ["True"]
        assert len(store.events(who(1))) == 1

    # ── Feed ──────────────────────────────────────────────────────────────────────────────────────────────

    def test_every_change_has_the_next_number(self, store: Store) -> None:
        """Numbers begin at 1 and have no gap, whatever failed in between."""
        assert store.feed(0, b"me") == Feed(0, (), following=False)
        enroll(store, 1, 2)
        with pytest.raises(StoreError):
            store.append(who(1), give(event_of(2)))
        assert store.append(who(1), give(event_of(1)))[1] == 3
        assert store.put_profile(who(2), b"new") == 4
        assert store.begin_erasure(who(1), NOW) == 5
        assert store.finish_erasure(who(1), NOW)[0] == 6
        assert store.feed(6, b"me") == Feed(6, (), following=False)

    def test_the_feed_names_each_changed_subject_once(self, store: Store) -> None:
        """Subjects are those changed after the number, in the order in which they changed first."""
        enroll(store, 1, 2, 3)
        for n in (3, 1, 3):
            store.put_profile(who(n), b"new")
        assert store.feed(0, b"me").subjects == (who(1), who(2), who(3))
        assert store.feed(3, b"me").subjects == (who(3), who(1))
        assert store.feed(5, b"me").subjects == (who(3),)
        assert store.feed(6, b"me").subjects == ()
        assert store.feed(99, b"me") == Feed(6, (), following=False)

    def test_a_reader_beside_writers_misses_nothing(self, store: Store) -> None:
        """Numbers become visible in order: whoever has read up to one never finds a lower one later."""
        enroll(store, *range(4))
        seen, done = {who(n): 0 for n in range(4)}, threading.Event()
        heads: list[int] = []

        def read() -> None:
            head = 4
            while True:
                last = done.is_set()
                feed = store.feed(head, b"me")
                assert len(feed.subjects) <= feed.head - head
                for subject in feed.subjects:
                    seen[subject] = len(store.events(subject))
                head = feed.head
                heads.append(head)
                if last:
                    return

        reader = threading.Thread(target=read)
        reader.start()
        assert not [
            error
            for error in together(
                4, lambda n: [store.append(who(n), give(event_of(n, str(k)))) for k in range(20)] and None
            )
            if error
        ]
        done.set()
        reader.join()
        assert heads[-1] == 84
        assert set(seen.values()) == {20}

    def test_followers_say_how_far_they_are(self, store: Store) -> None:
        """A follower is registered by its first word, and an earlier number that comes late does not count."""
        assert store.followers() == {}
        store.follow(b"a", 0)
        store.follow(b"b", 7)
        store.follow(b"b", 5)
        assert store.followers() == {b"a": 0, b"b": 7}
        assert store.feed(0, b"a").following
        assert not store.feed(0, b"c").following

    def test_a_follower_is_forgotten(self, store: Store) -> None:
        """With a bound, only if it has not read that far; forgetting one that is not there does nothing."""
        store.follow(b"a", 3)
        store.unfollow(b"a", below=3)
        store.unfollow(b"b", below=3)
        assert store.followers() == {b"a": 3}
        store.unfollow(b"a", below=4)
        store.follow(b"c", 9)
        store.unfollow(b"c")
        store.unfollow(b"c")
        assert store.followers() == {}
        assert not store.feed(0, b"a").following

    # ── Policies ──────────────────────────────────────────────────────────────────────────────────────────

    def test_every_version_of_the_policy_is_kept(self, store: Store) -> None:
        """They come back oldest first, and repeating one changes nothing."""
        texts = {"2026-11": '{"a":1}', "2026-02": "", "2027": "政策\n"}
        for version, text in [*texts.items(), *texts.items()]:
            store.put_policy(version, text, NOW)
        assert list(store.policies().items()) == list(texts.items())

    def test_a_version_never_changes(self, store: Store) -> None:
        """Another text under a version that is there is refused, and the old one stays."""
        store.put_policy("1", "old", NOW)
        with pytest.raises(PolicyConflict) as caught:
            store.put_policy("1", "new", NOW + HOUR)
        assert caught.value.version == "1"
        assert store.policies() == {"1": "old"}

    def test_of_different_texts_at_once_one_is_kept(self, store: Store) -> None:
        """Threads that register different texts under one version: one succeeds, the others are refused."""
        results = together(6, lambda n: store.put_policy("1", str(n), NOW))
        assert sum(isinstance(result, PolicyConflict) for result in results) == 5
        assert store.policies() == {"1": str(results.index(None))}
