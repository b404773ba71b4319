"""A decision is kept while it holds, and for no value that it was not about; each use is on record."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from guard_world import ADULT, START, HandClock
from laws_world import (
    ADDRESS,
    AMOUNT,
    BANK,
    BROWSING,
    BUREAU,
    CARD,
    CARRIER,
    DAY,
    DEVICE,
    KEEP,
    LEASE,
    MICRO,
    NAME,
    REVIEW,
    TWIN,
    Bookkeeping,
    Delivery,
    Express,
    Order,
    Payment,
    Posting,
    Recommendation,
    Undeclared,
    bazaar,
    bazaar_policy,
    kept_for,
    person,
    untyped,
)

from obq_privacy import (
    Actor,
    Category,
    Clock,
    LegalBasis,
    Level,
    Minors,
    NonPersonal,
    Personal,
    PersonalItem,
    Policy,
    Retention,
    Sensitive,
    SensitiveItem,
    Sensitivity,
    basic,
    combine,
    equal,
    held_as,
    record,
    reveal_all,
    share_all,
)
from obq_privacy.errors import (
    ActorNotAuthorised,
    ConsentExpired,
    ConsentMissing,
    ConsentTooWeak,
    Denied,
    DerivationFailed,
    ItemInvalid,
    JournalUnavailable,
    KeyErased,
    MaskUndefined,
    PolicyGap,
    PurposeNotAllowed,
    RetentionEnded,
    SealBroken,
    SubjectErased,
    ValueInvalid,
)
from obq_privacy.guard._pass import Pass
from obq_privacy.values._door import payload, wrap
from obq_privacy.vocab import Invoked

if TYPE_CHECKING:
    from collections.abc import Callable

    from obq_privacy import Guard, Subject

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LAW = Invoked(LegalBasis.NATIONAL_SECURITY, justification="file 1", by="legal-desk")
ACCOUNTANT = Actor("agent-7", frozenset({"accountant"}))
BORN = date(2011, 12, 1)
FIFTEEN = datetime(2026, 11, 30, 16, tzinfo=UTC)
"""The 15th birthday, where the policy's days begin."""


def refused(kind: type[Exception], act: Callable[[], object]) -> bool:
    """Tell whether an act is refused with this error, or succeeds."""
    try:
        act()
    except kind:
        return True
    return False


class Counting:
    """A clock that counts how often it is asked what time it is on the wall."""

    def __init__(self, hand: HandClock) -> None:
        self.asked = 0
        self.clock = Clock(wall_ns=self._wall, monotonic_ns=hand.clock.monotonic_ns)
        self._hand = hand

    def _wall(self) -> int:
        self.asked += 1
        return self._hand.clock.wall_ns()


# ── For how long ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-2")
@pytest.mark.parametrize("lease", [HOUR, 3 * DAY])
@pytest.mark.parametrize("asked_before", [False, True])
def test_a_use_ends_with_the_consent_and_not_with_the_lease(lease: timedelta, asked_before: bool) -> None:
    """To the microsecond, for a single value, a derived one, a masked one and several at once."""
    hand = HandClock()
    with bazaar(clock=hand.clock, lease=lease) as guard:
        shopper = person(guard)
        until = shopper.grant(Delivery, valid_for=DAY).valid_until
        assert until is not None
        name, address = shopper.collect(NAME, "Li Lei"), shopper.collect(ADDRESS, "1 Canary Row")
        uses: list[Callable[[], object]] = [
            lambda: name.reveal(Delivery),
            lambda: name.map(len).reveal(Delivery),
            lambda: address.mask(Delivery),
            lambda: reveal_all(Delivery, name, address),
            lambda: equal(Delivery, name, address),
            lambda: shopper.collect(ADDRESS, "2 Canary Row"),
        ]
        for moment, over in ((until - MICRO, False), (until, True), (until + DAY, True)):
            if asked_before:
                for use in uses:
                    refused(ConsentExpired, use)
            hand.move_to(moment)
            assert [refused(ConsentExpired, use) for use in uses] == [over] * len(uses)


def test_what_was_decided_is_not_decided_again_while_it_holds() -> None:
    """Within the lease a repeated use or collection does not even look at the calendar; after it, it does."""
    hand = HandClock()
    counting = Counting(hand)
    with bazaar(clock=counting.clock, lease=HOUR, policy=bazaar_policy(retention=[kept_for(DAY)])) as guard:
        shopper = person(guard)
        shopper.grant(Delivery, Payment, valid_for=DAY)
        values = [shopper.collect(item, text) for item, text in ((NAME, "Li Lei"), (ADDRESS, "1 Canary Row"))]
        uses: list[Callable[[], object]] = [
            lambda: values[0].reveal(Delivery),
            lambda: values[1].reveal(Delivery),
            lambda: untyped(values[0]).reveal(Payment),
            lambda: reveal_all(Delivery, *values),
            lambda: values[0].map(len).reveal(Delivery),
        ]
        no = partial(untyped(values[1]).reveal, Payment)
        for _ in range(2):
            counting.asked = 0
            for use in uses:
                use()
            assert refused(PurposeNotAllowed, no)
        assert counting.asked == 0
        hand.move(HOUR - MICRO)
        values[0].reveal(Delivery)
        assert counting.asked == 0
        hand.move(MICRO)
        values[0].reveal(Delivery)
        assert counting.asked > 0


def test_the_sensitive_value_of_a_child_is_decided_on_once_as_well() -> None:
    """Its label says that it is a child's, so what was decided holds for no other."""
    counting = Counting(HandClock())
    with bazaar(clock=counting.clock, lease=HOUR) as guard:
        parent = person(guard, name="parent")
        child = guard.subject("child", born=BORN, guardians=[parent])
        child.grant(Delivery, by=parent)
        name = child.collect(NAME, "Xiao Ming")
        name.reveal(Delivery)
        counting.asked = 0
        name.reveal(Delivery)
        assert counting.asked == 0


def test_collecting_again_is_decided_once() -> None:
    """Of the calendar only the second of collecting is asked, also for a child."""
    counting = Counting(HandClock())
    with bazaar(clock=counting.clock, lease=HOUR) as guard:
        parent, shopper = person(guard, name="parent"), person(guard, Delivery)
        child = guard.subject("child", born=BORN, guardians=[parent])
        child.grant(Delivery, by=parent)
        for whose in (shopper, child):
            for item, value in ((NAME, "Li Lei"), (DEVICE, "phone 7")):
                whose.collect(item, untyped(value))
                counting.asked = 0
                whose.collect(item, untyped(value))
                assert counting.asked == 1


def test_what_is_kept_about_decisions_is_bounded() -> None:
    """However many business cases the values of a person belong to."""
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        values = [shopper.collecting(matter=f"order-{number}").collect(NAME, "x") for number in range(1100)]
        gc.collect()
        before = sum(isinstance(one, Pass) for one in gc.get_objects())
        for number, value in enumerate(values):
            assert value.reveal(Delivery) == "x"
            if number == 1000:
                assert sum(isinstance(one, Pass) for one in gc.get_objects()) >= before + 1000
        assert sum(isinstance(one, Pass) for one in gc.get_objects()) < before + 1030


@pytest.mark.clause("PROT-3")
@pytest.mark.parametrize("asked", [SECOND * 50, SECOND * 50 + timedelta(milliseconds=500)])
def test_a_decision_about_a_younger_value_does_not_keep_an_older_one_alive(asked: timedelta) -> None:
    """Each value of an item ends when its own period does, whichever of them was asked for before."""
    hand = HandClock()
    minute = timedelta(minutes=1)
    policy = bazaar_policy(retention=[kept_for(minute), Retention(NAME, HOUR, purpose=Payment)])
    with bazaar(clock=hand.clock, lease=SECOND * 10, policy=policy) as guard:
        shopper = person(guard, Delivery)
        values: list[tuple[datetime, Personal[str, Any]]] = []
        for second in (0, 1, 2, 40):
            hand.move_to(START + SECOND * second)
            values.append((hand.clock.now(), shopper.collect(NAME, str(second))))
        hand.move_to(START + asked)
        for half in range(44):
            hand.move_to(START + asked + half * timedelta(milliseconds=300))
            for at, value in reversed(values):
                over = hand.clock.now() >= at + minute
                assert refused(RetentionEnded, partial(value.reveal, Delivery)) == over
                assert refused(RetentionEnded, partial(reveal_all, Delivery, value, value)) == over


@pytest.mark.clause("DEF-3", "MINOR-1")
def test_a_childs_values_are_sensitive_until_the_birthday_and_stay_so() -> None:
    """To the microsecond, whatever was collected or used before, and under a lease that lasts far beyond."""
    hand = HandClock()
    policy = bazaar_policy()
    with bazaar(clock=hand.clock, lease=90 * DAY, policy=policy) as guard:
        parent = person(guard, name="parent")
        child = guard.subject("child", born=BORN, guardians=[parent])
        child.grant(Delivery, by=parent)
        young = child.collect(NAME, "Xiao Ming")
        thing = child.collect(DEVICE, "phone 7")
        assert young.label.sensitivity is Sensitivity.SENSITIVE
        assert young.label.categories == {Category.NAME, Category.CHILD}
        assert thing.label.sensitivity is Sensitivity.NON_PERSONAL
        hand.move_to(FIFTEEN - MICRO)
        assert child.collect(NAME, "Xiao Ming").label.sensitivity is Sensitivity.SENSITIVE
        hand.move(MICRO)
        assert child.collect(NAME, "Xiao Ming").label.sensitivity is Sensitivity.PERSONAL
        assert young.reveal(Delivery) == "Xiao Ming"
        nobody = guard.subject("nobody")
        assert refused(Denied, lambda: nobody.collect(NAME, "x"))
    for unknown, expected in (("child", Sensitivity.SENSITIVE), ("adult", Sensitivity.PERSONAL)):
        with bazaar(policy=bazaar_policy(minors=Minors(unknown=untyped(unknown)))) as guard:
            nobody = guard.subject("nobody")
            value = nobody.collecting(under=LAW).collect(NAME, "x")
            assert value.label.sensitivity is expected
            amount = nobody.collecting(under=LAW).collect(AMOUNT, 1)
            for one in (value, amount):
                assert refused(ConsentMissing, partial(one.reveal, Delivery))


@pytest.mark.clause("DEF-3", "USE-9")
@pytest.mark.parametrize("keep", [None, 400 * DAY])
@pytest.mark.parametrize("first", ["young", "grown"])
def test_a_decision_about_a_grown_persons_value_is_none_about_the_childs(first: str, keep: timedelta | None) -> None:
    """Values of an item that is sensitive for everybody look alike; what was a child's keeps needing what it needed."""
    hand = HandClock(FIFTEEN - SECOND)
    rules = [basic(Delivery, optional=[SIZE])]
    policy = Policy(
        version="1",
        controller="Example Bazaar",
        purposes=rules,
        levels={Category.CHILD: Level.SEPARATE},
        retention=[] if keep is None else [Retention(SIZE, keep)],
    )
    with bazaar(clock=hand.clock, lease=90 * DAY, policy=policy) as guard:
        parent = person(guard, name="parent")
        child = guard.subject("child", born=BORN, guardians=[parent])
        child.grant(Delivery, by=parent, level=Level.SEPARATE)
        young = child.collect(SIZE, 1)
        hand.move(SECOND)
        child.withdraw(by=parent)
        child.grant(Delivery)
        grown = child.collect(SIZE, 2)
        for _ in range(2):
            for value in (young, grown) if first == "young" else (grown, young):
                uses: list[Callable[[], object]] = [
                    partial(value.reveal, Delivery),
                    partial(reveal_all, Delivery, value, value),
                ]
                assert [refused(Denied, use) for use in uses] == [value is young] * 2


# ── What is asked about ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("USE-9")
def test_together_values_are_treated_as_the_most_sensitive() -> None:
    """A consent that is enough for each alone may be too weak for what is made of them; it is for each of its parts."""
    rules = [basic(Delivery, optional=[NICK, SIZE])]
    policy = Policy(
        version="1", controller="Example Bazaar", purposes=rules, levels={Sensitivity.SENSITIVE: Level.SEPARATE}
    )
    with bazaar(policy=policy) as guard:
        shopper = person(guard, Delivery)
        nick = shopper.collect(NICK, "Lei")
        separate = shopper.grant(Delivery, level=Level.SEPARATE, items=[SIZE])
        size = shopper.collect(SIZE, 42)
        assert (nick.reveal(Delivery), size.reveal(Delivery)) == ("Lei", 42)
        assert reveal_all(Delivery, nick, size) == ("Lei", 42)
        both = combine("{} {}".format, nick, size)
        with pytest.raises(ConsentTooWeak) as weak:
            both.reveal(Delivery)
        assert weak.value.items == ("nick",)
        assert refused(ConsentTooWeak, lambda: reveal_all(Delivery, nick, both))
        assert nick.map(len).reveal(Delivery) == 3
        shopper.grant(Delivery, level=Level.SEPARATE)
        assert both.reveal(Delivery) == "Lei 42"
        shopper.withdraw(consent=separate)
        assert both.reveal(Delivery) == "Lei 42"


NICK = PersonalItem("nick", str, Delivery)
SIZE = SensitiveItem("size", int, Delivery, category=Category.PROPERTY)


class Broken:
    """A codec that stops reading what it wrote."""

    stopped = False

    def encode(self, value: str, /) -> bytes:
        """Spell text."""
        return value.encode()

    def decode(self, data: bytes, /) -> str:
        """Read it, or fail, quoting it."""
        if self.stopped:
            raise RuntimeError(data)
        return data.decode()


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize("encrypt", [False, True])
def test_a_value_that_cannot_be_read_any_more_is_withheld(encrypt: bool) -> None:
    """What a codec says may quote the value; the error of the library does not."""
    codec = Broken()
    item = PersonalItem("odd", str, Delivery, codec=codec, encrypt=encrypt)
    policy = Policy(version="1", controller="Example Bazaar", purposes=[basic(Delivery, optional=[item])])
    with bazaar(policy=policy) as guard:
        shopper = person(guard, Delivery)
        value = shopper.collect(item, "Li Lei")
        token = value.seal()
        assert guard.unseal(item, token).reveal(Delivery) == "Li Lei"
        codec.stopped = True
        kind = ValueInvalid if encrypt else SealBroken
        acts: list[Callable[[], object]] = [lambda: guard.unseal(item, token).reveal(Delivery)]
        if encrypt:
            acts += [lambda: value.reveal(Delivery), lambda: value.map(len).reveal(Delivery)]
        for act in acts:
            with pytest.raises(kind) as broken:
                act()
            assert broken.value.__cause__ is None
            assert "Li Lei" not in f"{broken.value!r}"
        if not encrypt:
            assert value.reveal(Delivery) == "Li Lei"


@pytest.mark.clause("PROT-1")
def test_a_ciphertext_in_memory_opens_in_its_own_value_only() -> None:
    """It is bound to person, item and label: put into another wrapper it is a broken seal, however it is asked for."""
    with bazaar() as guard:
        shopper = person(guard, Payment)
        one = shopper.collecting(matter="order-1").collect(CARD, "6222")
        other = shopper.collecting(matter="order-2").collect(CARD, "6225")
        one = wrap(Sensitive, payload(other), one._keeper, one._origin, one._collected)
        acts: list[Callable[[], object]] = [
            lambda: one.reveal(Payment),
            lambda: one.map(len).reveal(Payment),
            lambda: reveal_all(Payment, other, one),
            lambda: one.mask(Payment),
            one.seal,
        ]
        for act in acts:
            with pytest.raises(SealBroken) as broken:
                act()
            assert broken.value.__context__ is None
        assert other.reveal(Payment) == "6225"


def test_a_mask_is_a_use_and_gives_text() -> None:
    """Without a rule there is none, and a rule that gives no text fails without showing what it gave."""
    length = PersonalItem("length", str, Delivery, mask=untyped(len))
    failing = PersonalItem("failing", str, Delivery, mask=untyped(lambda text: text / 2))
    policy = Policy(
        version="1",
        controller="Example Bazaar",
        purposes=[basic(Delivery, optional=[NICK, length, failing])],
    )
    with bazaar(policy=policy) as guard:
        shopper = person(guard, Delivery)
        with pytest.raises(MaskUndefined) as none:
            shopper.collect(NICK, "Lei").mask(Delivery)
        assert none.value.item == "nick"
        with pytest.raises(DerivationFailed) as number:
            shopper.collect(length, "Li Lei").mask(Delivery)
        assert number.value == DerivationFailed(items=("length",), function="mask", raised="no text")
        with pytest.raises(DerivationFailed) as failed:
            shopper.collect(failing, "Li Lei").mask(Delivery)
        assert (failed.value.items, failed.value.raised) == (("failing",), "TypeError")
    with bazaar() as guard:
        address = person(guard, Delivery).collect(ADDRESS, "1 Canary Row")
        assert address.mask(Delivery).endswith("Row")
        assert refused(PurposeNotAllowed, lambda: address.mask(untyped(Payment)))
        assert [one.outcome for one in guard.audit.entries(operation="use")] == ["permit", "deny"]


@pytest.mark.clause("PROT-1")
def test_what_a_mask_gave_instead_of_text_is_in_no_frame() -> None:
    """It may be the value."""
    listed = PersonalItem("listed", str, Delivery, mask=untyped(lambda text: [text]))
    policy = Policy(version="1", controller="Example Bazaar", purposes=[basic(Delivery, optional=[listed])])
    with bazaar(policy=policy) as guard:
        value = person(guard, Delivery).collect(listed, f"{'Zq7'}#{'Xw9'}")
        with pytest.raises(DerivationFailed) as failed:
            value.mask(Delivery)
        trace = failed.value.__traceback__
        shown: list[str] = []
        while trace is not None:
            if "/obq_privacy/" in trace.tb_frame.f_code.co_filename:
                shown += [repr(one) for one in trace.tb_frame.f_locals.values()]
            trace = trace.tb_next
        assert shown
        assert not [one for one in shown if "Zq7#Xw9" in one]


# ── What is on record ─────────────────────────────────────────────────────────────────────────────────────


class Said(NamedTuple):
    """What an entry says, apart from whom it is about and when."""

    operation: str
    outcome: str
    items: tuple[str, ...]
    purpose: str = ""
    basis: str = ""
    codes: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    recipient: str = ""
    actor: str = ""
    justification: str = ""


def said(guard: Guard, since: int = 0, about: Subject | None = None) -> list[Said]:
    """Give what is on record, oldest first."""
    found = guard.audit.entries(subject=None if about is None else about.pseudonym)
    return [Said(*(getattr(one, name) for name in Said._fields)) for one in list(found)[since:] if one.version == "1"]


def refusal(kind: type[Denied]) -> dict[str, Any]:
    """Give code and clause of a refusal for one reason."""
    return {"codes": (kind.code,), "clauses": (kind.clause,)}


@pytest.mark.clause("PROT-1")
def test_every_collection_and_its_refusal_are_on_record() -> None:
    """With item, basis, source of the duty and reasons; a value that does not fit was not collected."""
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        shopper.collect(NAME, "Li Lei")
        shopper.collect(DEVICE, "phone 7")
        assert refused(ConsentMissing, lambda: shopper.collect(CARD, "6222"))
        assert refused(ConsentMissing, lambda: shopper.collect(CARD, "6222"))
        assert refused(ValueInvalid, lambda: shopper.collect(NAME, untyped(5)))
        shopper.collecting(under=LAW, matter="1").collect(CARD, "6222")
        assert refused(PolicyGap, lambda: shopper.collect(PersonalItem("shoe", str, Delivery), "42"))
        shopper.collect_record(Order, number="1", name="Li Lei", device="phone 7")
        assert refused(Denied, lambda: shopper.collect_record(Order, number="1", name="Li Lei", card="6222"))
        shopper.collecting(under=LAW).collect_record(Order, number="1", name="Li Lei", card="6222")
        permit, deny = ("collect", "permit"), ("collect", "deny")
        by_law: dict[str, Any] = {"basis": "national-security", "actor": "legal-desk", "justification": "file 1"}
        assert said(guard) == [
            Said(*permit, ("name",), basis="consent"),
            Said(*permit, ("device",), basis="non-personal"),
            Said(*deny, ("card",), **refusal(ConsentMissing)),
            Said(*deny, ("card",), **refusal(ConsentMissing)),
            Said(*permit, ("card",), **by_law),
            Said("collect", "gap", ("shoe",), **refusal(PolicyGap)),
            Said(*permit, ("device", "name"), basis="consent+non-personal"),
            Said(*deny, ("card",), **refusal(ConsentMissing)),
            Said(*permit, ("card", "name"), **by_law),
        ]
        assert {one.subject for one in guard.audit.entries()} == {shopper.pseudonym}


@record
class Looser:
    """An order whose card is not the item that the policy declares."""

    number: str
    name: Personal[str, Delivery | Payment | Bookkeeping] = held_as(NAME)
    card: Personal[str, Delivery | Payment] | None = held_as(TWIN, default=None)
    device: NonPersonal[str, Delivery] | None = held_as(DEVICE, default=None)


@pytest.mark.clause("DEF-2", "PROT-1")
def test_what_was_kept_is_not_loaded_as_a_looser_item() -> None:
    """Under the same key, or it would come out for more and unsealed."""
    with bazaar() as guard:
        shopper = person(guard, Delivery, Payment)
        guard.vault.keep("order", shopper.collect_record(Order, number="1", name="Li Lei", card="6222"))
        with pytest.raises(ItemInvalid) as twin:
            guard.vault.load(Looser, "order")
        assert twin.value == ItemInvalid(
            declaration="card", problem="unseal takes the item that the policy declares by this key"
        )


@pytest.mark.clause("USE-7", "USE-8", "USE-10")
def test_a_value_says_how_it_came_in() -> None:
    """Its source, its business case and its topics; from the subject, for no case and about nothing otherwise."""
    with bazaar() as guard:
        shopper = person(guard, Delivery)
        shopper.attest(Delivery, by=person(guard, name="orderer"))
        plain = shopper.collect(NAME, "Li Lei").label
        bureau = shopper.collecting(source=BUREAU, topics=["toys"]).collect(NAME, "Li Lei").label
        orderer = shopper.collecting(provided_by=guard.subject("orderer"), matter="1").collect(NAME, "Li Lei").label
        assert {str(one) for one in plain.sources} == {"subject"}
        assert {str(one) for one in bureau.sources} == {"third-party:bureau"}
        assert {one.name for one in orderer.sources} == {guard.subject("orderer").pseudonym}
        assert [one.topics for one in (plain, bureau, orderer)] == [set(), {"toys"}, set()]
        assert [one.matters for one in (plain, bureau, orderer)] == [{""}, {""}, {"1"}]


@pytest.mark.clause("PROT-1", "USE-9")
def test_every_use_and_its_refusal_are_on_record() -> None:
    """One record for each person and act; a refusal of several values names each, and nothing was opened."""
    with bazaar() as guard:
        shopper, other = person(guard, Delivery, Payment), person(guard, Delivery, name="other")
        name, amount, device = (
            shopper.collect(NAME, "Li Lei"),
            shopper.collect(AMOUNT, 1999),
            shopper.collect(DEVICE, "phone 7"),
        )
        theirs = other.collect(NAME, "Han Mei")
        since = len(said(guard))
        use, no = ("use", "permit"), ("use", "deny")

        def now(*expected: Said) -> None:
            nonlocal since
            found = said(guard, since)
            since += len(found)
            assert found == list(expected)

        name.reveal(Delivery)
        now(Said(*use, ("name",), "delivery", "consent"))
        name.reveal(untyped(Express))
        now(Said(*use, ("name",), "express", "consent"))
        reveal_all(Delivery, device, name, name)
        now(Said(*use, ("device", "name"), "delivery", "consent+non-personal"))
        amount.map(str).reveal(Payment)
        now(Said(*use, ("amount",), "payment", "consent"))
        combine("{}{}".format, name, theirs).reveal(Delivery)
        now(Said(*use, ("name",), "delivery", "consent"), Said(*use, ("name",), "delivery", "consent"))
        assert [one.subject for one in guard.audit.entries()][-2:] == [shopper.pseudonym, other.pseudonym]
        assert refused(ConsentMissing, lambda: reveal_all(Payment, name, theirs))
        now(Said(*no, ("name",), "payment", **refusal(ConsentMissing)))
        assert refused(PolicyGap, lambda: name.reveal(untyped(Undeclared)))
        now(Said("use", "gap", ("name",), "undeclared", **refusal(PolicyGap)))
        assert name.reveal_under(LAW) == "Li Lei"
        assert combine("{}{}".format, name, amount).reveal_under(LAW) == "Li Lei1999"
        by_law: dict[str, Any] = {"basis": "national-security", "actor": "legal-desk", "justification": "file 1"}
        now(Said(*use, ("name",), **by_law), Said(*use, ("amount", "name"), **by_law))
        assert refused(ActorNotAuthorised, lambda: amount.reveal(Bookkeeping))
        with guard.acting(ACCOUNTANT, approval="A 1"):
            amount.reveal(Bookkeeping)
            reveal_all(Bookkeeping, amount, name)
            name.reveal(Delivery)
        acting: dict[str, Any] = {"actor": "agent-7", "justification": "A 1"}
        now(
            Said(*no, ("amount",), "bookkeeping", **refusal(ActorNotAuthorised)),
            Said(*use, ("amount",), "bookkeeping", "statutory", **acting),
            Said(*use, ("amount", "name"), "bookkeeping", "statutory", **acting),
            Said(*use, ("name",), "delivery", "consent"),
        )


@pytest.mark.clause("PROT-1", "SHARE-1")
def test_every_share_and_its_refusal_are_on_record() -> None:
    """With the recipient; several values are shared together or not at all."""
    with bazaar() as guard:
        shopper = person(guard, Delivery, Payment)
        name, address = shopper.collect(NAME, "Li Lei"), shopper.collect(ADDRESS, "1 Canary Row")
        card = shopper.collecting(matter="1").collect(CARD, "6222")
        since = len(said(guard))
        assert refused(ConsentMissing, lambda: share_all(Delivery, name, address, to=CARRIER))
        shopper.grant(Delivery, recipients=[CARRIER])
        assert share_all(Delivery, name, address, to=CARRIER) == ("Li Lei", "1 Canary Row")
        assert name.share(Delivery, to=CARRIER, under=None) == "Li Lei"
        assert refused(Denied, lambda: card.share(Payment, to=BANK))
        shopper.choose(Payment, BANK, matter="1")
        assert card.share(Payment, to=BANK) == "6222"
        found = said(guard, since)
        assert [(one.outcome, one.items, one.purpose, one.recipient) for one in found] == [
            ("deny", ("name",), "delivery", "carrier"),
            ("deny", ("address",), "delivery", "carrier"),
            ("permit", ("address", "name"), "delivery", "carrier"),
            ("permit", ("name",), "delivery", "carrier"),
            ("deny", ("card",), "payment", "bank"),
            ("permit", ("card",), "payment", "bank"),
        ]
        assert {one.operation for one in found} == {"share"}


@pytest.mark.clause("USE-9")
def test_a_refusal_of_several_names_them_all_and_opens_none() -> None:
    """In the class of the weightiest, with every item, code and clause once."""
    with bazaar() as guard:
        shopper, other = person(guard, Posting, Recommendation), person(guard, Posting, name="other")
        review, browsing = shopper.collect(REVIEW, "good"), shopper.collect(BROWSING, "shoes")
        theirs = other.collect(REVIEW, "bad")
        shopper.withdraw(Posting)
        with pytest.raises(Denied) as several:
            reveal_all(Posting, untyped(browsing), review, theirs)
        assert several.value.items == ("browsing", "review")
        assert several.value.codes[0] == PurposeNotAllowed.code
        assert len(several.value.codes) == len(several.value.clauses) == 2
        assert several.value.subject == shopper.pseudonym
        assert [one.outcome for one in guard.audit.entries(operation="use")] == ["deny", "deny"]


@pytest.mark.clause("PROT-1")
def test_without_a_record_nothing_is_opened_or_collected() -> None:
    """Whether one value is asked for or several, of one person or of two."""
    with bazaar(lease=HOUR) as guard:
        shopper, other = person(guard, Delivery, Payment), person(guard, Delivery, name="other")
        name, amount, theirs = shopper.collect(NAME, "Li Lei"), shopper.collect(AMOUNT, 1), other.collect(NAME, "x")
        opened: list[object] = []
        acts: list[Callable[[], object]] = [
            lambda: opened.append(name.reveal(Delivery)),
            lambda: opened.append(amount.reveal(Delivery)),
            lambda: opened.append(reveal_all(Delivery, name, amount, theirs)),
            lambda: opened.append(name.map(opened.append).reveal(Delivery)),
            lambda: opened.append(shopper.collect(NAME, "Li Lei")),
            lambda: opened.append(shopper.collect_record(Order, number="1", name="Li Lei")),
            lambda: opened.append(shopper.collect(CARD, "6222")),
        ]
        for act in acts:
            act()
        opened.clear()
        guard._core.journal.close()
        assert [refused(JournalUnavailable, act) for act in acts] == [True] * len(acts)
        assert opened == []


# ── What is left ──────────────────────────────────────────────────────────────────────────────────────────


def test_few_ciphers_are_kept_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """At about 2.5 kB each, those of the 256 people who came last; the values of all others open as well."""
    from obq_privacy.guard import _access  # noqa: PLC0415  it is only for this test

    made: list[bytes] = []
    real = untyped(_access).AESGCM

    def making(key: bytes) -> Any:
        made.append(key)
        return real(key)

    monkeypatch.setattr(_access, "AESGCM", making)
    with bazaar(lease=HOUR) as guard:
        values = [person(guard, Payment, name=str(number)).collect(CARD, str(number)) for number in range(257)]
        assert len(made) == 257
        for value in values[1:]:
            value.reveal(Payment)
        assert len(made) == 257
        assert values[0].reveal(Payment) == "0"
        assert len(made) == 258
        assert values[2].reveal(Payment) == "2"
        assert len(made) == 258
        assert values[1].reveal(Payment) == "1"
        assert len(made) == 259
        for _ in range(2):
            assert guard.unseal(CARD, values[1].seal()).reveal(Payment) == "1"
            assert values[1].map(len).reveal(Payment) == 1
        assert len(made) == 259
        for _ in range(2):
            assert person(guard, name="1").collect(CARD, "6222").reveal(Payment) == "6222"
        assert len(made) == 259
        token = values[1].seal()
        guard._core.drop(values[1]._keeper.subject)
        assert guard.unseal(CARD, token).reveal(Payment) == "1"
        for act in (values[1].seal, lambda: values[1].map(len).reveal(Payment), lambda: values[1].reveal(Payment)):
            guard._core.drop(values[1]._keeper.subject)
            assert act()


@pytest.mark.clause("DEF-4")
def test_after_erasure_the_state_is_that_of_an_erased_person() -> None:
    """Without birth date and guardians, and refused as such."""
    with bazaar() as guard:
        parent = person(guard, name="parent")
        child = guard.subject("child", born=BORN, guardians=[parent])
        child.grant(Delivery, by=parent)
        name = child.collect(NAME, "Xiao Ming")
        assert (child.standing.born, child.standing.erased) == (BORN, False)
        child.erase()
        assert (child.standing.born, child.standing.erased) == (None, True)
        with pytest.raises(SubjectErased) as erased:
            name.reveal(Delivery)
        assert erased.value.subject == child.pseudonym
        assert refused(SubjectErased, lambda: child.collect(NAME, "Xiao Ming"))
        assert repr(name._keeper) == f"Access({child.pseudonym})"


@pytest.mark.clause("DEF-4", "USE-24")
def test_what_another_process_did_counts_after_the_lease() -> None:
    """An erasure that it has begun shuts values and hides the birth date; where the store lost somebody, likewise."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        assert name.reveal(Delivery) == "Li Lei"
        guard._core.store.begin_erasure(shopper.pseudonym, START)
        assert (shopper.standing.born, shopper.standing.erased) == (ADULT, False)
        hand.move(LEASE)
        assert (shopper.standing.born, shopper.standing.erased) == (None, True)
        assert refused(SubjectErased, lambda: name.reveal(Delivery))
        other = person(guard, Delivery, name="other")
        sealed = other.collect(AMOUNT, 1)
        assert sealed.reveal(Delivery) == 1
        guard._core.store.begin_erasure(other.pseudonym, START)
        guard._core.store.finish_erasure(other.pseudonym, START)
        hand.move(LEASE)
        assert refused(KeyErased, sealed.seal)
        assert refused(SubjectErased, lambda: reveal_all(Delivery, sealed, sealed))
        assert refused(SubjectErased, lambda: sealed.reveal_under(LAW))


def test_whoever_the_store_has_lost_counts_as_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an older backup was put in its place."""
    hand = HandClock()
    with bazaar(clock=hand.clock) as guard:
        shopper = person(guard, Delivery)
        name = shopper.collect(NAME, "Li Lei")
        monkeypatch.setattr(guard._core.store, "subject", lambda _: None)
        guard._core.drop(shopper.pseudonym)
        assert refused(SubjectErased, lambda: name.reveal(Delivery))
        assert shopper.standing.born is None


@pytest.mark.clause("USE-24")
def test_after_ceasing_nothing_is_collected() -> None:
    """Of anybody, whatever was decided before."""
    with bazaar(lease=HOUR) as guard:
        shopper = person(guard, Delivery)
        shopper.collect(NAME, "Li Lei")
        guard.cease()
        assert refused(Denied, lambda: shopper.collect(NAME, "Li Lei"))
        assert refused(Denied, lambda: person(guard, name="new").collecting(under=LAW).collect(NAME, "x"))


def test_a_period_is_the_shortest_of_the_policys() -> None:
    """A value of an item ends with the first of its periods, and one without period with none."""
    hand = HandClock()
    with bazaar(clock=hand.clock, policy=bazaar_policy(retention=[kept_for()])) as guard:
        shopper = person(guard, Delivery)
        name, address = shopper.collect(NAME, "Li Lei"), shopper.collect(ADDRESS, "1 Canary Row")
        hand.move(KEEP - MICRO)
        assert name.reveal(Delivery) == "Li Lei"
        hand.move(MICRO)
        assert refused(RetentionEnded, lambda: name.reveal(Delivery))
        assert address.reveal(Delivery) == "1 Canary Row"
