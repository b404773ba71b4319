"""Collecting: what comes in is wrapped as what it is, records all or nothing, and nobody's values are in a frame."""

from __future__ import annotations

import json
import threading
from contextvars import copy_context
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from laws_world import (
    AMOUNT,
    BUREAU,
    CARD,
    DEVICE,
    NAME,
    SOUND,
    Bookkeeping,
    Delivery,
    Order,
    Payment,
    Voice,
    bazaar,
    facts,
    person,
    untyped,
)

from obq_privacy import Actor, NonPersonal, Personal, PersonalItem, Policy, Sensitive, basic, held_as, record
from obq_privacy.crypto import Token, open_token
from obq_privacy.errors import (
    ActorNotAuthorised,
    ArgumentInvalid,
    ConsentMissing,
    Denied,
    ItemInvalid,
    PrivacyError,
    RecordInvalid,
    SubjectInvalid,
    UserActionMissing,
    ValueInvalid,
    WrapperMisuse,
)
from obq_privacy.guard._pass import Box
from obq_privacy.vocab import Invoked, LegalBasis

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Guard, Subject

CANARY = "Zq7#Xw9Vk3"
ACCOUNTANT = Actor("agent-7", frozenset({"accountant"}))


@record
class Picky:
    """A record whose plain field is checked by the class."""

    note: str = attrs.field(validator=attrs.validators.max_len(3))
    name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)


# ── What comes in ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1", "DEF-1")
def test_a_value_comes_in_the_wrapper_of_its_item() -> None:
    """Sensitive items as Sensitive, personal ones as Personal, others as NonPersonal; also from a record."""
    with bazaar() as guard:
        shopper = person(guard, Delivery, Payment)
        order = shopper.collect_record(Order, number="1", name="Li Lei", card="6222", device="phone 7")
        for coming in (shopper, shopper.collecting(matter="1")):
            assert type(coming.collect(NAME, "Li Lei")) is Personal
            assert type(coming.collect(CARD, "6222")) is Sensitive
            assert type(coming.collect(DEVICE, "phone 7")) is NonPersonal
        assert (type(order.name), type(order.card), type(order.device)) == (Personal, Sensitive, NonPersonal)


def test_a_record_takes_wrappers_and_leaves_out_what_is_optional() -> None:
    """What was collected already is not collected again, None stands for what is optional, and for nothing else."""
    with bazaar() as guard:
        shopper = person(guard, Delivery, Payment)
        name, card = shopper.collect(NAME, "Li Lei"), shopper.collect(CARD, "6222")
        before = len(facts(guard))
        order = shopper.collect_record(Order, number="1", name=name, card=card)
        assert (order.name, order.card, order.device) == (name, card, None)
        assert len(facts(guard)) == before
        order = shopper.collect_record(Order, number="1", name=name, card=None, device=None)
        assert (order.card, order.device) == (None, None)
        assert len(facts(guard)) == before
        with pytest.raises(RecordInvalid) as refused:
            shopper.collect_record(Order, number="1", name=None)
        assert refused.value.fields == ("name",)
        order = shopper.collect_record(Order, number="1", name="Han Mei", card=card)
        assert order.card is card
        assert facts(guard)[before:] == [("collect", "permit", ("name",), "", "consent")]


def test_a_record_that_its_own_class_refuses_says_so_and_no_more() -> None:
    """What the validator says may quote the value, so it is withheld."""
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        with pytest.raises(RecordInvalid) as refused:
            shopper.collect_record(Picky, note=CANARY, name="Li Lei")
        assert refused.value == RecordInvalid(record="Picky", fields=(), problems=("its own validators refuse it",))
        assert shopper.collect_record(Picky, note="abc", name="Li Lei").note == "abc"


def test_a_record_comes_in_the_way_it_was_said_to() -> None:
    """Its fields have the business case and the source of the collecting."""
    with bazaar() as guard:
        shopper = person(guard, Delivery, Payment)
        order = shopper.collecting(matter="order-1", topics=["toys"]).collect_record(
            Order, number="1", name="Li Lei", card="6222"
        )
        assert order.card is not None
        for value in (order.name, order.card):
            assert value.label.matters == {"order-1"}
            assert value.label.topics == {"toys"}
        with pytest.raises(Denied):
            shopper.collecting(source=BUREAU).collect_record(Order, number="1", name="Li Lei", card="6222")


@pytest.mark.clause("USE-20", "USE-22")
def test_what_is_not_said_about_the_way_is_not_so() -> None:
    """Nobody pressed the microphone, and no legal basis was invoked, unless somebody says so."""
    law = Invoked(LegalBasis.NATIONAL_SECURITY, justification="file 1", by="legal-desk")
    with bazaar() as guard:
        shopper = person(guard, Voice)
        for coming in (shopper, shopper.collecting(), shopper.collecting(matter="1"), shopper.collecting(topics=["a"])):
            with pytest.raises(UserActionMissing):
                coming.collect(SOUND, b"shoes")
        assert shopper.collecting(user_action=True).collect(SOUND, b"shoes").reveal(Voice) == b"shoes"
        with pytest.raises(UserActionMissing):
            shopper.collecting(user_action=untyped("yes")).collect(SOUND, b"shoes")
        with pytest.raises(ConsentMissing):
            shopper.collecting(matter="1").collect(NAME, "Li Lei")
        assert shopper.collecting(under=law).collect(NAME, "Li Lei").reveal_under(law) == "Li Lei"


def test_a_lease_may_be_nothing() -> None:
    """Then every use asks the store."""
    with bazaar(lease=timedelta(0)) as guard:
        assert person(guard, Delivery).collect(NAME, "Li Lei").reveal(Delivery) == "Li Lei"


def test_a_class_that_is_no_record_is_misuse() -> None:
    """As for a single value, the error is typed."""
    with bazaar() as guard, pytest.raises(WrapperMisuse):
        person(guard, Delivery).collect_record(dict, name="Li Lei")


# ── What is shown ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_box_has_nothing_to_list() -> None:
    """What renders objects by their attributes finds none, and its repr says that there is something."""
    box = Box(CANARY)
    assert dir(box) == []
    assert repr(box) == "Box(…)"
    assert not hasattr(box, "__dict__")
    with bazaar() as guard:
        profile = guard._core.access(person(guard).pseudonym).profile
        assert repr(profile) == "Profile(…)"


def frames_with_it(error: BaseException) -> list[str]:
    """Name the frames of the library in which a renderer of tracebacks sees the value."""
    found: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/obq_privacy/" in code.co_filename:
            found += [
                f"{code.co_qualname}: {key}" for key, one in trace.tb_frame.f_locals.items() if CANARY in repr(one)
            ]
        trace = trace.tb_next
    return found


def canary() -> Any:
    """Give the value, without having it as a local."""
    return CANARY


UNFIT: dict[str, tuple[type[PrivacyError], Callable[[Guard, Subject], object]]] = {
    "collect what is no item": (ItemInvalid, lambda _, s: untyped(s).collect(canary(), "x")),
    "collect for no item": (ItemInvalid, lambda _, s: untyped(s).collect("x", canary())),
    "collect refused": (ConsentMissing, lambda _, s: s.collect(CARD, canary())),
    "collect unfit": (ValueInvalid, lambda _, s: s.collect(AMOUNT, untyped(canary()))),
    "come what is no item": (ItemInvalid, lambda _, s: untyped(s.collecting(matter="1")).collect(canary(), "x")),
    "come for no item": (ItemInvalid, lambda _, s: untyped(s.collecting(matter="1")).collect("x", canary())),
    "come refused": (Denied, lambda _, s: s.collecting(source=BUREAU).collect(CARD, canary())),
    "record refused": (Denied, lambda _, s: s.collect_record(Order, number=canary(), name=canary(), card=canary())),
    "record unfit": (RecordInvalid, lambda _, s: s.collect_record(Order, numbre=canary(), name=canary())),
    "record picky": (RecordInvalid, lambda _, s: s.collect_record(Picky, note=canary(), name="Li Lei")),
    "record that comes, unfit": (
        RecordInvalid,
        lambda _, s: s.collecting(matter="1").collect_record(Order, numbre=canary(), name=canary()),
    ),
    "record that comes, picky": (
        RecordInvalid,
        lambda _, s: s.collecting(matter="1").collect_record(Picky, note=canary(), name="Li Lei"),
    ),
    "explain": (ArgumentInvalid, lambda g, _: g.explain(untyped(canary()), Delivery)),
    "pseudonym": (ArgumentInvalid, lambda g, _: g.pseudonym(untyped(canary()), Delivery)),
    "index": (ArgumentInvalid, lambda g, _: g.index(untyped(canary()), Delivery)),
    "matches": (ArgumentInvalid, lambda g, s: g.matches(s.collect(NAME, "x"), untyped(canary()), Delivery)),
    "matches first": (ArgumentInvalid, lambda g, s: g.matches(untyped(canary()), s.collect(NAME, "x"), Delivery)),
    "subject": (SubjectInvalid, lambda g, _: g.subject(canary(), born=date(2100, 1, 1))),
    "subject unfit": (SubjectInvalid, lambda g, _: g.subject(untyped([canary()]))),
    "keep": (WrapperMisuse, lambda g, _: g.vault.keep("r", canary())),
}


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("where", list(UNFIT))
def test_no_frame_has_the_value_of_a_call_that_failed(where: str) -> None:
    """A renderer of tracebacks shows the locals of every frame, and logs are read by many."""
    kind, act = UNFIT[where]
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        with pytest.raises(kind) as refused:
            act(guard, shopper)
        assert frames_with_it(refused.value) == []
        assert CANARY not in f"{refused.value!r}"


# ── Who acts ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("PROT-1")
def test_roles_are_those_of_the_innermost_block_and_end_with_it() -> None:
    """Blocks nest; after one the former actor acts again, and in another thread nobody."""
    clerk = Actor("clerk", frozenset({"clerk"}))
    with bazaar() as guard:
        amount = person(guard, Payment).collect(AMOUNT, 1999)

        def may() -> bool:
            try:
                return amount.reveal(Bookkeeping) == 1999
            except ActorNotAuthorised:
                return False

        def elsewhere() -> bool:
            said: list[bool] = []
            thread = threading.Thread(target=lambda: said.append(may()))
            thread.start()
            thread.join()
            return said[0]

        assert not may()
        with guard.acting(ACCOUNTANT, approval="file 1"):
            assert may()
            with guard.acting(clerk):
                assert not may()
            assert may()
            with pytest.raises(ZeroDivisionError), guard.acting(clerk):
                1 / 0  # noqa: B018
            assert may()
            assert not elsewhere()
        assert not may()
        said = [(one.actor, one.justification) for one in guard.audit.entries(operation="use", outcome="permit")]
        assert said == [("agent-7", "file 1")] * 3


@pytest.mark.clause("PROT-1")
def test_a_task_that_was_begun_in_a_block_does_not_keep_its_role() -> None:
    """Its context is a copy of the block's; after the block nobody acts in it."""
    with bazaar() as guard:
        amount = person(guard, Payment).collect(AMOUNT, 1999)
        with guard.acting(ACCOUNTANT):
            task = copy_context()
            assert task.run(amount.reveal, Bookkeeping) == 1999
        with pytest.raises(ActorNotAuthorised):
            task.run(amount.reveal, Bookkeeping)


# ── What is known about a person ──────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("DEF-4", "PROT-1")
def test_a_profile_is_sealed_under_the_key_of_its_person() -> None:
    """In a form that every later version reads."""
    with bazaar() as guard:
        parent = person(guard, name="parent")
        child = guard.subject("child", born=date(2018, 3, 9), guardians=[parent])
        row = guard._core.store.subject(child.pseudonym)
        assert row is not None
        assert row.profile is not None
        assert b"2018" not in row.profile
        token = Token.parse(row.profile)
        key = guard._core.keyring.of(child.pseudonym)
        assert token.label == b""
        plain = open_token(key, token, item="obq-privacy.profile", record=child.pseudonym)
        assert (
            plain == json.dumps({"born": "2018-03-09", "guardians": [parent.pseudonym]}, separators=(",", ":")).encode()
        )


@pytest.mark.clause("MINOR-1")
def test_a_birth_date_is_a_day_from_1900_until_today() -> None:
    """Today is where the policy's days begin; both ends are in."""
    with bazaar() as guard:
        for name, born in (("oldest", date(1900, 1, 1)), ("youngest", date(2026, 11, 2))):
            assert guard.subject(name, born=born).standing.born == born


def test_an_update_that_changes_nothing_leaves_no_record() -> None:
    """And one that does is recorded once, whether it is the birth date or the guardians."""
    with bazaar() as guard:
        mother, father = person(guard, name="mother"), person(guard, name="father")
        child = guard.subject("child", born=date(2018, 1, 1), guardians=[mother])
        child.update()
        child.update(born=date(2018, 1, 1))
        child.update(guardians=[mother])
        assert len(facts(guard, operation="update")) == 0
        child.update(born=date(2017, 1, 1))
        assert len(facts(guard, operation="update")) == 1
        child.update(guardians=[mother, father])
        assert len(facts(guard, operation="update")) == 2
        assert child.standing.born == date(2017, 1, 1)
        child.update(guardians=[])
        assert len(facts(guard, operation="update")) == 3
        with pytest.raises(PrivacyError):
            child.grant(Delivery, by=mother)


# ── Regions and items ─────────────────────────────────────────────────────────────────────────────────────


def test_an_item_that_the_policy_does_not_name_is_a_gap_and_no_misuse() -> None:
    """Another item under a declared key is misuse; an undeclared key is a refusal."""
    unknown = PersonalItem("shoe-size", str, Delivery)
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        with pytest.raises(Denied):
            shopper.collect(unknown, "42")
        with pytest.raises(ItemInvalid):
            shopper.collect(PersonalItem("name", str, Delivery), "Li Lei")


@pytest.mark.clause("CROSS-1")
def test_two_capital_letters_are_a_region(tmp_path: Any) -> None:
    """And a store may be in the home region by name."""
    policy = Policy(version="1", controller="Example Bazaar", purposes=[basic(Delivery, optional=[LABEL])])
    from obq_privacy import Guard as Opened  # noqa: PLC0415  the other name is for the checkers only

    for number, region in enumerate(("", "CN", "SG")):
        with Opened.open(tmp_path / f"{number}.db", policy=policy, region=region) as guard:
            shopper = person(guard, Delivery)
            if region == "SG":
                with pytest.raises(Denied):
                    shopper.collect(LABEL, "x")
            else:
                assert shopper.collect(LABEL, "x").label.regions == {"CN"}


LABEL = PersonalItem("label", str, Delivery)
