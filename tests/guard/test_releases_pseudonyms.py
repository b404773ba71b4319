"""Pseudonyms of one purpose do not connect with those of another, and equality is told without a value."""

from __future__ import annotations

import re
from base64 import b32encode
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from releases_world import (
    ACCOUNT,
    ALIAS,
    BORN,
    LETTER,
    PHONE,
    REGION,
    AddressBook,
    Findable,
    Member,
    Planning,
    Research,
    opened,
    person,
)

from obq_privacy import Personal, combine
from obq_privacy.errors import (
    AccidentalUse,
    ArgumentInvalid,
    ConsentMissing,
    ConsentWithdrawn,
    Denied,
    DerivationFailed,
    KeyErased,
    PurposeInvalid,
    PurposeNotAllowed,
    SubjectErased,
    WrapperMisuse,
)
from obq_privacy.guard._pseudonym import narrowed

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "13800138000"
_FORM = re.compile(r"[a-z2-7]{26}")


def untyped(value: object) -> Any:
    """Give something as callers without a type checker pass it."""
    return value


# ── Pseudonyms of values ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-23")
def test_equal_values_have_one_pseudonym_whoever_they_are_about() -> None:
    """Within a purpose it stands for the value, in each of two people's records."""
    with opened() as guard:
        values = [person(guard, name, Research).collect(REGION, "north") for name in ("one", "two")]
        other = person(guard, "three", Research).collect(REGION, "south")
        first, second, third = (guard.pseudonym(value, Research).reveal(Research) for value in (*values, other))
        assert first == second != third
        assert _FORM.fullmatch(first)


@pytest.mark.clause("USE-23")
@given(st.text(max_size=20).filter(lambda text: text.encode("utf-8", "ignore").decode() == text))
def test_pseudonyms_of_two_purposes_and_of_two_stores_do_not_connect(text: str) -> None:
    """Neither equals the other, or holds the value."""
    made: list[str] = []
    for _ in range(2):
        with opened() as guard:
            value = person(guard, "one", Research, Planning).collect(REGION, text)
            made.append(guard.pseudonym(value, Research).reveal(Research))
            made.append(guard.pseudonym(value, Planning).reveal(Planning))
            again = guard.subject("one").collect(REGION, text)
            assert guard.pseudonym(again, Research).reveal(Research) == made[-2]
    assert len(set(made)) == 4


@pytest.mark.clause("USE-23")
def test_a_pseudonym_is_personal_data_and_comes_out_for_its_purpose_only() -> None:
    """It is a wrapper of the same items that narrows the purposes, at run time as well; nothing is opened before."""
    with opened() as guard:
        subject = person(guard, "one", Research, Planning)
        for value in (
            subject.collect(REGION, "north"),  # sealed
            subject.collect(BORN, date(1990, 5, 1)),  # plain
            subject.collect(ACCOUNT, "6222"),  # sensitive
            subject.collect(REGION, "north").map(str.upper),
            combine("{}{}".format, subject.collect(BORN, date(1990, 5, 1)), subject.collect(REGION, "north")),
        ):
            before = len(list(guard.audit.entries()))
            pseudonym = guard.pseudonym(value, Research)
            assert len(list(guard.audit.entries())) == before
            assert pseudonym.label.items == value.label.items
            assert pseudonym.label.sensitivity is value.label.sensitivity
            assert not pseudonym.label.purposes.allows(Planning)
            with pytest.raises(AccidentalUse):
                str(pseudonym)
            with pytest.raises(PurposeNotAllowed):
                pseudonym.reveal(untyped(Planning))
            value.reveal(Planning)
            assert _FORM.fullmatch(pseudonym.reveal(Research))


@pytest.mark.clause("USE-23", "RIGHT-4", "DEF-4")
def test_a_pseudonym_ends_with_the_consent_and_with_the_person() -> None:
    """Withdrawal and erasure shut it like the value that it is made of."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        pseudonym = guard.pseudonym(subject.collect(REGION, "north"), Research)
        subject.withdraw(Research)
        with pytest.raises(ConsentWithdrawn):
            pseudonym.reveal(Research)
        subject.grant(Research)
        pseudonym.reveal(Research)
        subject.erase()
        with pytest.raises(SubjectErased):
            pseudonym.reveal(Research)


def test_types_are_part_of_a_value_and_some_have_no_bytes() -> None:
    """Text is no number with the same digits; what has no canonical bytes has no pseudonym."""
    with opened() as guard:
        value = person(guard, "one", Research).collect(REGION, "7")
        text, number = (guard.pseudonym(each, Research).reveal(Research) for each in (value, value.map(int)))
        assert text != number
        with pytest.raises(DerivationFailed) as failure:
            guard.pseudonym(value.map(lambda each: [each]), Research).reveal(Research)
        assert failure.value.function == "pseudonym"


@pytest.mark.clause("USE-23")
def test_pseudonyms_are_the_same_when_the_store_is_opened_again(tmp_path: Path) -> None:
    """They are stable: over time, over processes, over a rotation of keys."""
    made: set[tuple[str, str, bytes]] = set()
    for _ in range(3):
        with opened(tmp_path / "shop.db") as guard:
            subject = person(guard, "one", Research, Planning)
            value = subject.collect(REGION, "north")
            mine = guard.pseudonym(subject, Research, item=ALIAS).reveal(Research)
            made.add((guard.pseudonym(value, Research).reveal(Research), mine, guard.index(value, Planning)))
            guard.rotate()
    assert len(made) == 1


def test_a_store_that_was_just_opened_makes_the_same_pseudonym(tmp_path: Path) -> None:
    """Also of a value that was loaded, before anything else asked for the store's own key."""
    path = tmp_path / "shop.db"
    with opened(path) as guard:
        member = person(guard, "one", Research).collect_record(Member, name="one", region="north")
        guard.vault.keep("one", member)
        before = guard.pseudonym(member.region, Research).reveal(Research)
    with opened(path) as guard:
        loaded = guard.vault.load(Member, "one").region
        assert guard.pseudonym(loaded, Research).reveal(Research) == before


def test_narrowing_changes_the_purposes_of_a_label_and_nothing_else() -> None:
    """Business case, topics and times stay, so that whatever they stop is stopped for the pseudonym as well."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        for value in (
            subject.collecting(matter="order-1", topics=["sport"]).collect(REGION, "north"),
            subject.collect(BORN, date(1990, 5, 1)),
            subject.collect(ACCOUNT, "6222"),
        ):
            narrow = narrowed(guard._core, value, Research)
            assert attrs.evolve(value.label, purposes=narrow.label.purposes) == narrow.label
            assert not narrow.label.purposes.allows(Planning)
            assert narrow.reveal(Research) == value.reveal(Research)


# ── Pseudonyms of people ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-23")
def test_a_person_has_one_pseudonym_for_each_purpose() -> None:
    """It is collected as an item of the policy's, so that all rules hold for it, and is not the store's own name."""
    with opened() as guard:
        one, two = (person(guard, name, Research, Planning) for name in ("one", "two"))
        mine = guard.pseudonym(one, Research, item=ALIAS)
        assert isinstance(mine, Personal)
        assert mine.label.items == {"alias"}
        again = guard.pseudonym(guard.subject("one"), Research, item=ALIAS).reveal(Research)
        assert mine.reveal(Research) == again
        made = {
            mine.reveal(Research),
            guard.pseudonym(one, Planning, item=ALIAS).reveal(Planning),
            guard.pseudonym(two, Research, item=ALIAS).reveal(Research),
            one.pseudonym,
        }
        assert len(made) == 4
        with pytest.raises(PurposeNotAllowed):
            mine.reveal(untyped(Planning))


@pytest.mark.clause("USE-23", "DEF-2")
def test_a_person_gets_a_pseudonym_only_where_the_item_may_be_collected() -> None:
    """Without consent there is none, and without an item of type str neither."""
    with opened() as guard:
        subject = person(guard, "one")
        with pytest.raises(ConsentMissing):
            guard.pseudonym(subject, Research, item=ALIAS)
        for item in (None, BORN, "alias"):
            with pytest.raises(ArgumentInvalid):
                guard.pseudonym(subject, Research, item=untyped(item))


@pytest.mark.clause("USE-23", "DEF-4")
def test_nobody_can_make_the_pseudonym_of_a_person_again_after_erasure() -> None:
    """It is made with the person's own key, which is destroyed; old wrappers stay shut."""
    with opened() as guard:
        subject = person(guard, "one", Research)
        mine = guard.pseudonym(subject, Research, item=ALIAS)
        subject.erase()
        with pytest.raises(KeyErased):
            guard.pseudonym(subject, Research, item=ALIAS)
        with pytest.raises(Denied):
            mine.reveal(Research)


# ── Matching ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-21")
@pytest.mark.parametrize(("number", "same"), [(NUMBER, True), ("13800138001", False), ("", False)])
def test_two_encrypted_phones_are_matched_without_revealing_either(number: str, same: bool) -> None:
    """The answer is all that comes out; both people's records say that their value was used, and what for."""
    with opened() as guard:
        friend, member = person(guard, "friend", AddressBook), person(guard, "member", Findable)
        contact, phone = friend.collect(LETTER, number), member.collect(PHONE, NUMBER)
        assert contact._origin.sealed
        assert phone._origin.sealed
        assert guard.matches(contact, phone, AddressBook, found=Findable) is same
        for subject, purpose in ((friend, "address-book"), (member, "findable")):
            (used,) = [entry for entry in guard.audit.entries(subject=subject.pseudonym) if entry.operation == "use"]
            assert (used.outcome, used.purpose) == ("permit", purpose)


@pytest.mark.clause("USE-21")
def test_who_did_not_consent_to_being_found_is_not_found() -> None:
    """Using the phone for something else, even for finding others, is no consent to be found; withdrawing ends it."""
    with opened() as guard:
        friend, member = person(guard, "friend", AddressBook), person(guard, "member", AddressBook)
        contact = friend.collect(LETTER, NUMBER)
        phone = member.collect(PHONE, NUMBER)
        with pytest.raises(ConsentMissing) as refusal:
            guard.matches(contact, phone, AddressBook, found=Findable)
        assert (refusal.value.subject, refusal.value.purpose) == (member.pseudonym, "findable")
        used = [entry.outcome for entry in guard.audit.entries(subject=friend.pseudonym) if entry.operation == "use"]
        assert used == []  # the friend's contact was not opened for it
        member.grant(Findable)
        assert guard.matches(contact, phone, AddressBook, found=Findable)
        member.withdraw(Findable)
        with pytest.raises(ConsentWithdrawn):
            guard.matches(contact, phone, AddressBook, found=Findable)


@pytest.mark.clause("USE-21")
def test_who_looks_has_to_be_allowed_to_as_well() -> None:
    """Both sides are decided: a contact whose owner withdrew is not looked for."""
    with opened() as guard:
        friend, member = person(guard, "friend", AddressBook), person(guard, "member", Findable)
        contact, phone = friend.collect(LETTER, NUMBER), member.collect(PHONE, NUMBER)
        friend.withdraw(AddressBook)
        with pytest.raises(ConsentWithdrawn):
            guard.matches(contact, phone, AddressBook, found=Findable)


@pytest.mark.clause("USE-21")
def test_an_index_finds_candidates_in_a_table_of_the_applications() -> None:
    """Equal values have equal bytes within a purpose, whatever they are used for, and none across purposes."""
    with opened() as guard:
        friend, member = person(guard, "friend", AddressBook), person(guard, "member", AddressBook, Findable)
        contact, phone = friend.collect(LETTER, NUMBER), member.collect(PHONE, NUMBER)
        table = {guard.index(phone, Findable, within=AddressBook): member.pseudonym}
        assert table[guard.index(contact, AddressBook)] == member.pseudonym
        assert guard.index(friend.collect(LETTER, "13800138001"), AddressBook) not in table
        assert guard.index(phone, Findable) not in table
        assert len(guard.index(phone, Findable)) == 32
        member.withdraw(Findable)
        with pytest.raises(ConsentWithdrawn):
            guard.index(phone, Findable, within=AddressBook)


@pytest.mark.clause("USE-21", "USE-23")
def test_index_and_pseudonym_of_a_value_have_nothing_in_common() -> None:
    """One cannot be looked up in a table of the other."""
    with opened() as guard:
        value = person(guard, "one", Research).collect(REGION, "north")
        shown = b32encode(guard.index(value, Research)[:16]).decode().rstrip("=").lower()
        assert shown != guard.pseudonym(value, Research).reveal(Research)


def test_what_cannot_be_meant_is_refused() -> None:
    """Values of another guard, things that are no wrappers, and classes that are no purposes."""
    with opened() as guard, opened() as other:
        mine = person(guard, "one", AddressBook).collect(PHONE, NUMBER)
        foreign = person(other, "one", AddressBook).collect(PHONE, NUMBER)
        for value in (NUMBER, None, b""):
            for call in (guard.pseudonym, guard.index):
                with pytest.raises(ArgumentInvalid) as wrong:
                    untyped(call)(value, AddressBook)
                assert NUMBER not in str(wrong.value)
        with pytest.raises(WrapperMisuse):
            guard.pseudonym(foreign, AddressBook)
        with pytest.raises(WrapperMisuse):
            guard.matches(mine, foreign, AddressBook)
        with pytest.raises(PurposeInvalid):
            guard.index(mine, untyped(str))
        with pytest.raises(PurposeInvalid):
            guard.index(mine, AddressBook, within=untyped("findable"))
        assert guard.matches(mine, mine, AddressBook)
