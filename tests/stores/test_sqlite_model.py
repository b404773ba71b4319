"""The store on SQLite against the one in memory: whatever is done to both, they answer alike."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from obq_privacy.audit import verify_chain
from obq_privacy.consent import EventKind
from obq_privacy.crypto import StaleKek
from obq_privacy.errors import PrivacyError
from obq_privacy.stores import MemoryStore, SQLiteStore, Store

from .makers import (
    FACT,
    HOUR,
    NOW,
    OTHER_FACT,
    batch_of,
    connection_of,
    event_of,
    field_of,
    give,
    key_of,
    row_of,
    turn,
    who,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Pseudonym

people = st.integers(0, 3)
versions = st.integers(0, 4)
names = st.sampled_from(["a", "b", "c"])
times = st.sampled_from([NOW, NOW + HOUR, NOW - HOUR])
numbers = st.integers(-1, 12)
followers = st.sampled_from([b"x", b"y"])


class Twins(RuleBasedStateMachine):
    """Both stores, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.sqlite = self.opened()
        self.memory = MemoryStore()
        self.places: dict[int, int] = {}

    def opened(self) -> SQLiteStore:
        store = SQLiteStore(self.directory / "store.db")
        connection_of(store).execute("PRAGMA synchronous = OFF")  # nothing is to survive a crash here
        return store

    def teardown(self) -> None:
        assert verify_chain(self.sqlite) == verify_chain(self.memory)
        assert connection_of(self.sqlite).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        self.sqlite.close()
        shutil.rmtree(self.directory)

    def both(self, act: Callable[[Store], Any]) -> None:
        """Do something to both and compare what comes of it, errors included."""
        answers = []
        for store in (self.memory, self.sqlite):
            try:
                answers.append(act(store))
            except (PrivacyError, StaleKek) as error:
                answers.append((type(error), getattr(error, "problem", "")))
        assert answers[0] == answers[1]

    # ── Subjects and keys ─────────────────────────────────────────────────────────────────────────────────

    @rule(n=people, lookup=people, attempt=st.integers(0, 1), kek=versions)
    def add_subject(self, n: int, lookup: int, attempt: int, kek: int) -> None:
        row = row_of(n, attempt=attempt)._replace(lookup=row_of(lookup).lookup)
        self.both(lambda store: store.add_subject(row, key_of(n, kek, attempt=attempt)))

    @rule(n=people)
    def add_subject_under_the_version_to_wrap_with(self, n: int) -> None:
        version, target = self.memory.kek()
        self.both(lambda store: store.add_subject(row_of(n), key_of(n, target or version)))

    @rule(n=people, profile=st.binary(max_size=200))
    def put_profile(self, n: int, profile: bytes) -> None:
        self.both(lambda store: store.put_profile(who(n), profile))

    @rule(n=people, at=times)
    def begin_erasure(self, n: int, at: Any) -> None:
        self.both(lambda store: store.begin_erasure(who(n), at))

    @rule(n=people, at=times)
    def finish_erasure(self, n: int, at: Any) -> None:
        self.both(lambda store: store.finish_erasure(who(n), at))

    @rule(n=people, lookup=people, erasing=st.none() | times, erased=st.none() | times)
    def bury(self, n: int, lookup: int, erasing: Any, erased: Any) -> None:
        row = row_of(n)._replace(lookup=row_of(lookup).lookup, erasing=erasing, erased=erased)
        self.both(lambda store: store.bury(row))

    @rule(version=st.integers(1, 4))
    def init_kek(self, version: int) -> None:
        self.both(lambda store: store.init_kek(version))

    @rule(version=versions)
    def begin_rotation(self, version: int) -> None:
        self.both(lambda store: store.begin_rotation(version))

    @rule(version=versions)
    def finish_rotation(self, version: int) -> None:
        self.both(lambda store: store.finish_rotation(version))

    @rule(n=people, kek=versions, attempt=st.integers(0, 1))
    def add_key(self, n: int, kek: int, attempt: int) -> None:
        self.both(lambda store: store.add_key(key_of(n, kek, attempt=attempt)))

    @rule(n=people, kek=versions, attempt=st.integers(0, 1))
    def rewrap(self, n: int, kek: int, attempt: int) -> None:
        self.both(lambda store: store.rewrap([key_of(n, kek, attempt=attempt)]))

    @rule(n=people, at=times)
    def destroy_key(self, n: int, at: Any) -> None:
        self.both(lambda store: store.destroy_key(who(n), at))

    # ── Ledger ────────────────────────────────────────────────────────────────────────────────────────────

    @rule(n=people, key=names, kind=st.sampled_from(EventKind))
    def append(self, n: int, key: str, kind: EventKind) -> None:
        self.both(lambda store: store.append(who(n), give(event_of(n, key, kind))))

    @rule(n=people)
    def append_nothing(self, n: int) -> None:
        self.both(lambda store: store.append(who(n), give(None)))

    @rule(follower=followers, seen=numbers)
    def follow(self, follower: bytes, seen: int) -> None:
        self.both(lambda store: store.follow(follower, seen))

    @rule(follower=followers, below=st.none() | numbers)
    def unfollow(self, follower: bytes, below: int | None) -> None:
        self.both(lambda store: store.unfollow(follower, below=below))

    @rule(version=names, text=names)
    def put_policy(self, version: str, text: str) -> None:
        self.both(lambda store: store.put_policy(version, text, NOW))

    # ── Vault and audit ───────────────────────────────────────────────────────────────────────────────────

    @rule(record=names, fields=st.lists(st.builds(field_of, people, names, st.integers(0, 300)), max_size=4))
    def keep(self, record: str, fields: Any) -> None:
        self.both(lambda store: store.keep(record, fields, NOW))

    @rule(record=names, field=names, n=people, size=st.integers(0, 300), new=st.binary(max_size=300))
    def amend(self, record: str, field: str, n: int, size: int, new: bytes) -> None:
        self.both(lambda store: store.amend(record, field, field_of(n, field, size).token, new, NOW))

    @rule(record=names, fields=st.lists(names))
    def strike(self, record: str, fields: list[str]) -> None:
        self.both(lambda store: store.strike(record, fields))

    @rule(after=st.none() | people, limit=st.integers(-1, 3))
    def page(self, after: int | None, limit: int) -> None:
        self.both(lambda store: list(store.subjects("" if after is None else who(after), limit)))

    @rule(record=names)
    def drop(self, record: str) -> None:
        self.both(lambda store: store.drop(record))

    @rule(facts=st.lists(st.sampled_from([FACT, OTHER_FACT])))
    def add_facts(self, facts: Any) -> None:
        self.both(lambda store: store.add_facts(facts))

    @rule(
        journal=st.integers(0, 2),
        who_=st.lists(people, max_size=3),
        back=st.integers(-1, 2),
        at=st.integers(0, 50),
        fact=st.sampled_from([FACT, OTHER_FACT]),
    )
    def append_segments(self, journal: int, who_: list[int], back: int, at: int, fact: Any) -> None:
        first = max(0, self.places.get(journal, 0) - back)
        batches = [
            batch_of(who_, journal=journal, first=first, at=at, fact=fact),
            batch_of(who_, journal=journal, first=first + len(who_), at=at, fact=fact),
        ]
        self.both(lambda store: store.append_segments(batches))
        ends = [row.end for row in self.memory.segments() if row.journal == batches[0].journal]
        self.places[journal] = max(ends, default=0)

    # ── Docket ────────────────────────────────────────────────────────────────────────────────────────────

    @rule(case=names, kind=names, n=st.none() | people, text=names, still=st.booleans(), due=st.none() | times)
    def enter(self, case: str, kind: str, n: int | None, text: str, *, still: bool, due: Any) -> None:
        subject: Pseudonym | Literal[""] = "" if n is None else who(n)
        self.both(lambda store: store.enter(case, kind, subject, turn(text, still=still, due=due), NOW))

    @rule(case=names, kind=names, n=st.none() | people, still=st.none() | st.booleans())
    def look_at_cases(self, case: str, kind: str, n: int | None, *, still: bool | None) -> None:
        subject = None if n is None else who(n)
        self.both(
            lambda store: (
                store.case(case),
                list(store.entries(case)),
                list(store.cases(kind)),
                list(store.cases(kind, subject=subject, open=still)),
            )
        )

    # ── Questions ─────────────────────────────────────────────────────────────────────────────────────────

    @rule(n=people, after=numbers, follower=followers, version=versions, record=names)
    def compare(self, n: int, after: int, follower: bytes, version: int, record: str) -> None:
        self.both(
            lambda store: (
                store.subject(who(n)),
                store.subject_by_lookup(row_of(n).lookup),
                list(store.erasures()),
                list(store.events(who(n))),
                store.feed(after, follower),
                store.followers(),
                list(store.policies().items()),
                list(store.load(record)),
                list(store.records(who(n))),
                store.kek(),
                store.key_of(who(n)),
                store.key(key_of(n).key_id),
                sorted(store.keys_behind(version, 99)),
                store.head(),
                sorted(store.pairs(after)),
                store.fact(FACT.id),
            )
        )

    @rule(after=numbers, n=st.none() | people, since=st.none() | numbers, until=st.none() | numbers)
    def query(self, after: int, n: int | None, since: int | None, until: int | None) -> None:
        subject = None if n is None else bytes.fromhex(who(n))
        self.both(lambda store: list(store.segments(after=after, subject=subject, since=since, until=until)))

    @rule()
    def reopen(self) -> None:
        self.sqlite.close()
        self.sqlite = self.opened()


TestTwins = Twins.TestCase
TestTwins.settings = settings(settings.get_profile(settings.get_current_profile_name()), stateful_step_count=40)


def test_the_model_is_not_vacuous() -> None:
    """Both take a subject, and the comparison tells stores that differ."""
    twins = Twins()
    with closing(twins.sqlite):
        twins.init_kek(1)
        twins.add_subject_under_the_version_to_wrap_with(1)
        assert twins.memory.subject(who(1)) == row_of(1)
        twins.memory.put_profile(who(1), b"other")
        try:
            twins.compare(1, 0, b"x", 0, "a")
        except AssertionError:
            pass
        else:
            raise AssertionError
    shutil.rmtree(twins.directory)
