"""What any store must keep of cases."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING, Literal

import pytest

from obq_privacy.errors import StoreError
from obq_privacy.stores import CaseEntry, CaseRow
from obq_privacy.testing._contract_store_makers import HOUR, NOW, enroll, together, turn, who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from obq_privacy import Pseudonym
    from obq_privacy.stores import Store


class Oops(Exception):
    """What a callback raises."""


class DocketContract:
    """Cases, and what happened in them."""

    def test_a_case_begins_with_its_first_entry(self, store: Store) -> None:
        """It is where that entry put it, and one that nobody began is not there."""
        assert store.case("a") is None
        assert list(store.entries("a")) == []
        entry = store.enter("a", "request", who(1), turn("first", due=NOW + HOUR), NOW)
        assert entry == CaseEntry("a", 1, NOW, "first")
        assert list(store.entries("a")) == [entry]
        assert store.case("a") == CaseRow("a", "request", who(1), open=True, due=NOW + HOUR, seq=1)

    def test_entries_stay_in_order_and_each_moves_the_case(self, store: Store) -> None:
        """Their numbers have no gap, earlier ones stay as they are, and cases do not mix."""
        for n in range(1, 4):
            store.enter("a", "request", who(1), turn(f"a{n}", due=NOW + n * HOUR), NOW - n * HOUR)
            store.enter("b", "incident", "", turn(f"b{n}", still=n < 3), NOW)
        assert list(store.entries("a")) == [CaseEntry("a", n, NOW - n * HOUR, f"a{n}") for n in range(1, 4)]
        assert [entry.text for entry in store.entries("b")] == ["b1", "b2", "b3"]
        assert store.case("a") == CaseRow("a", "request", who(1), open=True, due=NOW + 3 * HOUR, seq=3)
        assert store.case("b") == CaseRow("b", "incident", "", open=False, due=None, seq=3)

    def test_text_is_kept_as_it_is(self, store: Store) -> None:
        """Of any length and in any script, the name of the case too."""
        texts = ["", "订单 \U0001f600", '{"a":"\n"}', "x" * 300_000]
        for text in texts:
            store.enter("案 1", "request", "", turn(text), NOW)
        assert [entry.text for entry in store.entries("案 1")] == texts

    def test_the_callback_sees_what_is_there(self, store: Store) -> None:
        """It is given the entries of its case, and what it returns comes after them."""
        seen: list[Sequence[CaseEntry]] = []
        for n in range(3):

            def make(entries: Sequence[CaseEntry], n: int = n) -> tuple[str, bool, None]:
                seen.append(entries)
                return str(n), True, None

            store.enter("a", "request", "", make, NOW)
        assert [[entry.text for entry in entries] for entries in seen] == [[], ["0"], ["0", "1"]]

    def test_a_callback_that_gives_nothing_adds_nothing(self, store: Store) -> None:
        """Neither does it begin a case, nor move one that is there."""
        assert store.enter("a", "request", "", lambda _: None, NOW) is None
        assert store.case("a") is None
        store.enter("a", "request", "", turn("first"), NOW)
        assert store.enter("a", "request", "", lambda _: None, NOW) is None
        assert len(store.entries("a")) == 1

    def test_a_callback_that_raises_adds_nothing(self, store: Store) -> None:
        """Its exception passes through as it is, and the store goes on."""

        def make(_: Sequence[CaseEntry]) -> None:
            raise Oops

        with pytest.raises(Oops) as caught:
            store.enter("a", "request", "", make, NOW)
        assert caught.value.__context__ is None
        assert store.case("a") is None
        assert store.enter("a", "request", "", turn("first"), NOW) is not None

    def test_a_callback_of_a_case_may_read_and_nothing_else(self, store: Store) -> None:
        """Reading shows the state before the entry; writing, and closing the store, are refused."""
        enroll(store, 1)

        def make(_: Sequence[CaseEntry]) -> tuple[str, bool, None]:
            assert store.case("a") is None
            with pytest.raises(StoreError):
                store.enter("b", "request", "", turn("inner"), NOW)
            with pytest.raises(StoreError):
                store.put_profile(who(1), b"new")
            with pytest.raises(StoreError):
                store.close()
            return "outer", True, None

        assert store.enter("a", "request", "", make, NOW) is not None
        assert store.case("b") is None

    @pytest.mark.parametrize(("kind", "n"), [("incident", 1), ("request", 2)])
    def test_a_case_keeps_its_kind_and_its_subject(self, store: Store, kind: str, n: int) -> None:
        """Whoever takes it for another one is refused, before the callback is asked."""
        store.enter("a", "request", who(1), turn("first"), NOW)
        asked: list[object] = []

        def make(entries: Sequence[CaseEntry]) -> tuple[str, bool, None]:
            asked.append(entries)
            return "second", True, None

        with pytest.raises(StoreError, match="another kind, or about somebody else"):
            store.enter("a", kind, who(n), make, NOW)
        assert not asked
        assert len(store.entries("a")) == 1

    def test_cases_come_by_when_they_are_due(self, store: Store) -> None:
        """What is due first comes first, what is never due comes last, and names decide between equals."""
        dues = {"d": 2, "c": None, "b": 1, "a": 2, "e": 1, "é": None, "Z": None}
        for name, due in dues.items():
            store.enter(name, "request", "", turn("x", due=None if due is None else NOW + due * HOUR), NOW)
        assert [row.case for row in store.cases("request")] == ["b", "e", "a", "d", "Z", "c", "é"]

    def test_cases_are_found_by_what_they_are(self, store: Store) -> None:
        """By kind, by whom they concern, nobody included, and by whether something is left to do."""
        subjects: tuple[Pseudonym | Literal[""], ...] = (who(1), who(2), "")
        for n, (kind, subject, still) in enumerate(product(("request", "incident"), subjects, (True, False))):
            store.enter(f"{n:02}", kind, subject, turn("x", still=still), NOW)

        def found(kind: str, subject: Pseudonym | Literal[""] | None, still: bool | None) -> list[str]:  # noqa: FBT001
            return [row.case for row in store.cases(kind, subject=subject, open=still)]

        assert found("request", None, None) == ["00", "01", "02", "03", "04", "05"]
        assert found("request", who(2), None) == ["02", "03"]
        assert found("request", "", True) == ["04"]  # noqa: FBT003
        assert found("incident", None, False) == ["07", "09", "11"]  # noqa: FBT003
        assert found("appeal", None, None) == found("request", who(3), None) == []

    def test_a_case_can_be_opened_again(self, store: Store) -> None:
        """Whether it is open is what its newest entry says."""
        for still in (True, False, True):
            store.enter("a", "request", "", turn("x", still=still), NOW)
            assert [row.case for row in store.cases("request", open=still)] == ["a"]
            assert list(store.cases("request", open=not still)) == []

    def test_times_of_a_case_are_aware_and_in_utc(self, store: Store) -> None:
        """Naive ones are a mistake of the caller, and nothing is entered."""
        naive, there = NOW.replace(tzinfo=None), dt.timezone(8 * HOUR)
        with pytest.raises(ValueError, match="aware"):
            store.enter("a", "request", "", turn("x"), naive)
        with pytest.raises(ValueError, match="aware"):
            store.enter("a", "request", "", turn("x", due=naive), NOW)
        assert store.case("a") is None
        entry = store.enter("a", "request", "", turn("x", due=NOW.astimezone(there)), NOW.astimezone(there))
        row = store.case("a")
        assert entry is not None
        assert row is not None
        assert row.due is not None
        assert (entry.at, entry.at.utcoffset(), row.due, row.due.utcoffset()) == (NOW, HOUR * 0, NOW, HOUR * 0)

    def test_a_callback_of_a_case_decides_on_the_newest_state(self, store: Store) -> None:
        """Of threads that enter only if nobody has, exactly one does."""

        def enter(n: int) -> bool:
            return store.enter("a", "r", "", lambda there: None if there else (str(n), True, None), NOW) is not None

        assert sorted(map(str, together(10, enter))) == ["False"] * 9 + ["True"]
        assert len(store.entries("a")) == 1

    def test_the_docket_is_no_change_of_a_subject(self, store: Store) -> None:
        """Followers have nothing to drop for it, and erasing the subject leaves it."""
        enroll(store, 1)
        store.enter("a", "request", who(1), turn("first"), NOW)
        assert store.feed(0, b"me").head == 1
        store.finish_erasure(who(1), NOW)
        assert [row.case for row in store.cases("request", subject=who(1))] == ["a"]
        assert store.enter("a", "request", who(1), turn("second"), NOW) is not None
