"""`HolderContract`: what any holder of sealed values must pass. A test module derives a class."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from obq_privacy.policy import Policy, basic
from obq_privacy.rights import Holding, Rights
from obq_privacy.testing._guard import guard_for_tests
from obq_privacy.vocab import Category, Pseudonym, Purpose, SensitiveItem

if TYPE_CHECKING:
    from pathlib import Path

    from obq_privacy.rights import Holder

ONE, OTHER, NOBODY = (Pseudonym(f"{n:032x}") for n in (1, 2, 3))


class Trial(Purpose, key="obq-contract-holding"):
    """Try a holder."""


SECRET = SensitiveItem("obq-contract-held", str, Trial, category=Category.OTHER)
POLICY = Policy(version="1", controller="contract", purposes=[basic(Trial, necessary=[SECRET])])


def held(place: str, field: str = "card", *, size: int = 120) -> Holding:
    """Make a holding whose token occurs nowhere else."""
    token = f"{place}/{field}!".encode() * (size // len(f"{place}/{field}!") + 1)
    return Holding(place, field, "bank-card", token[:size], f"{place}.{field}")


class HolderContract:
    """What any holder must pass."""

    def open_holder(self, directory: Path) -> Holder:
        """Open an empty holder; a directory of its own is there for its files."""
        raise NotImplementedError

    def put(self, holder: Holder, subject: Pseudonym, holding: Holding) -> None:
        """Put a sealed value of a subject there, as the application does."""
        raise NotImplementedError

    @pytest.fixture
    def holder(self, tmp_path: Path) -> Holder:
        """An empty holder."""
        return self.open_holder(tmp_path)

    def test_it_has_a_name_of_its_own(self, holder: Holder) -> None:
        """Evidence names it; the vault is called vault."""
        assert holder.name
        assert holder.name == holder.name.strip() != "vault"

    def test_of_somebody_unknown_it_holds_nothing(self, holder: Holder) -> None:
        """Asking, erasing and isolating what is not there is no error."""
        self.put(holder, ONE, held("a"))
        assert list(holder.holdings(NOBODY)) == []
        for act in (holder.erase, holder.isolate):
            assert isinstance(act(NOBODY, [("a", "card")]), str)
            assert isinstance(act(ONE, []), str)
        assert list(holder.holdings(ONE)) == [held("a")]

    @pytest.mark.parametrize("size", [1, 120, 5000])
    def test_values_come_back_as_they_were(self, holder: Holder, size: int) -> None:
        """Every field of them, each once, and those of others do not mix in."""
        mine = [held("a", size=size), held("a", "name", size=size), held("b", size=size)]
        for one in mine:
            self.put(holder, ONE, one)
        self.put(holder, OTHER, held("c", size=size))
        assert sorted(holder.holdings(ONE)) == sorted(mine)
        assert list(holder.holdings(OTHER)) == [held("c", size=size)]

    def test_only_what_is_named_is_erased(self, holder: Holder) -> None:
        """By place and field, of this subject; doing it again, as after a kill, is no error."""
        for one in (held("a"), held("a", "name"), held("b")):
            self.put(holder, ONE, one)
        self.put(holder, OTHER, held("c"))
        for _ in range(2):
            self.plain(holder.erase(ONE, [("a", "card"), ("c", "card"), ("gone", "card")]))
            assert sorted(holder.holdings(ONE)) == [held("a", "name"), held("b")]
            assert list(holder.holdings(OTHER)) == [held("c")]

    def test_what_is_isolated_is_still_found(self, holder: Holder) -> None:
        """An export has to name it, and an erasure has to reach it; doing it again is no error."""
        for one in (held("a"), held("b")):
            self.put(holder, ONE, one)
        for _ in range(2):
            self.plain(holder.isolate(ONE, [("a", "card")]))
            assert sorted(holder.holdings(ONE)) == [held("a"), held("b")]
        self.plain(holder.erase(ONE, [("a", "card")]))
        assert list(holder.holdings(ONE)) == [held("b")]

    def test_an_export_finds_what_it_holds(self, holder: Holder) -> None:
        """Together with a guard, from a token that the guard has sealed."""
        with guard_for_tests(POLICY) as guard:
            person = guard.subject("person", born=dt.date(1990, 5, 1))
            person.grant(Trial)
            token = person.collect(SECRET, "value").seal(record="a")
            self.put(holder, person.pseudonym, Holding("a", "secret", SECRET.key, token, "a"))
            text = Rights(guard, holders=[holder]).export(person, by="contract").text
            assert f'"{holder.name}"' in text
            assert '"value"' in text

    @staticmethod
    def plain(evidence: str) -> None:
        """Make sure that evidence is a text without values."""
        assert isinstance(evidence, str)
        assert "!" not in evidence, "evidence must not hold a token"
