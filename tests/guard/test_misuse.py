"""Misuse: whatever callers pass, one clear error of the library names what is wrong, and nothing is half done."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from guard_world import (
    CARD,
    CARD_VALUE,
    CONSIGNEE,
    LEASE,
    NAME_VALUE,
    POLICY,
    Delivery,
    Marketing,
    Order,
    Payment,
    adult,
    outcomes,
    shop,
)

from obq_privacy import Category, Guard, Level, PersonalItem, Purpose, combine, equal, reveal_all
from obq_privacy.errors import GuardClosed, ItemInvalid, PrivacyError, PurposeInvalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CANARY = "canary 6222"
NOT_PURPOSES: list[Any] = ["payment", None, 5, Purpose, [], {}, int, object(), CANARY]
NOT_ITEMS: list[Any] = ["bank-card", None, 5, Delivery, [], object()]
NOT_SUBJECTS: list[Any] = ["x", 5, [], object(), CANARY]
NOT_TEXT: list[Any] = [5, b"x", "\ud800", [], object()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A guard on disk with a subject, a name, a card and a consent."""
    with shop(tmp_path_factory.mktemp("misuse") / "db") as guard:
        shopper = adult(guard, "shopper")
        consent = shopper.grant(Delivery, Payment)
        yield (
            guard,
            shopper,
            shopper.collect(CONSIGNEE, NAME_VALUE),
            shopper.collect(CARD, CARD_VALUE),
            consent,
            shopper.collect_record(Order, number="1", consignee=NAME_VALUE),
        )


W = tuple[Any, ...]

TAKES_PURPOSES: dict[str, Callable[[W, Any], object]] = {
    "grant": lambda w, bad: w[1].grant(Delivery, bad),
    "withdraw": lambda w, bad: w[1].withdraw(bad),
    "refuse": lambda w, bad: w[1].refuse(bad),
    "request": lambda w, bad: w[1].request(bad),
    "reveal personal": lambda w, bad: w[2].reveal(bad),
    "reveal sensitive": lambda w, bad: w[3].reveal(bad),
    "reveal derived": lambda w, bad: combine("{}{}".format, w[2], w[3]).reveal(bad),
    "mask": lambda w, bad: w[3].mask(bad),
    "reveal_all": lambda w, bad: reveal_all(bad, w[2], w[3]),
    "equal": lambda w, bad: equal(bad, w[3], w[3]),
    "explain": lambda w, bad: w[0].explain(w[3], bad),
}
TAKES_ITEMS: dict[str, Callable[[W, Any], object]] = {
    "collect": lambda w, bad: w[1].collect(bad, CANARY),
    "unseal": lambda w, bad: w[0].unseal(bad, w[3].seal()),
}
TAKES_OTHERS: dict[str, tuple[Callable[[W, Any], object], list[Any]]] = {
    "subject": (lambda w, bad: w[0].subject(bad), [5, None, "", " ", b"x", []]),
    "born": (
        lambda w, bad: w[0].subject("new", born=bad),
        [5, CANARY, dt.datetime(1990, 1, 1, tzinfo=dt.UTC), dt.date(2100, 1, 1), dt.date(1899, 12, 31), True],
    ),
    "guardians": (lambda w, bad: w[0].subject("new", guardians=bad), [5, None, "abc", [5], [CANARY]]),
    "update born": (lambda w, bad: w[1].update(born=bad), [5, CANARY, dt.date(2100, 1, 1)]),
    "update guardians": (lambda w, bad: w[1].update(guardians=bad), [5, "abc", [None]]),
    "by": (lambda w, bad: w[1].grant(Delivery, by=bad), NOT_SUBJECTS),
    "withdraw by": (lambda w, bad: w[1].withdraw(by=bad), NOT_SUBJECTS),
    "level": (lambda w, bad: w[1].grant(Delivery, level=bad), ["express", 5, None, 2]),
    "items": (lambda w, bad: w[1].grant(Delivery, items=bad), [["x"], 5, CARD, [None], "x"]),
    "categories": (lambda w, bad: w[1].grant(Delivery, categories=bad), [["name"], 5, Category.NAME, [None]]),
    "valid_for": (
        lambda w, bad: w[1].grant(Delivery, valid_for=bad),
        [5, "x", dt.timedelta(0), dt.timedelta(-1), dt.timedelta.max],
    ),
    "renew for": (
        lambda w, bad: w[1].renew(w[4], valid_for=bad),
        [5, "x", dt.timedelta(0), dt.timedelta(-1), dt.timedelta.max],
    ),
    "notice": (lambda w, bad: w[1].grant(Delivery, notice=bad), [CANARY, 5]),
    "method": (lambda w, bad: w[1].grant(Delivery, method=bad), [*NOT_TEXT, None]),
    "withdraw method": (lambda w, bad: w[1].withdraw(method=bad), [*NOT_TEXT, None]),
    "key": (lambda w, bad: w[1].grant(Delivery, key=bad), [*NOT_TEXT, None]),
    "renew": (lambda w, bad: w[1].renew(bad, valid_for=None), [CANARY, None, 5]),
    "invalidate": (lambda w, bad: w[1].invalidate(bad), [CANARY, None, 5]),
    "expire": (lambda w, bad: w[1].expire(bad), [CANARY, None, 5]),
    "consent of another": (lambda w, _: w[0].subject("another").invalidate(w[4]), [None]),
    "value": (lambda w, bad: w[1].collect(CARD, bad), [5, None, b"x", "\ud800", []]),
    "record class": (lambda w, bad: w[1].collect_record(bad, number="1"), [5, "Order", int, None]),
    "record fields": (
        lambda w, bad: w[1].collect_record(Order, **bad),
        [{}, {"number": "1"}, {"number": "1", "consignee": 5}, {"number": "1", "consignee": CANARY, "odd": CANARY}],
    ),
    "token": (lambda w, bad: w[0].unseal(CARD, bad), [CANARY, None, 5, b"", b"x" * 200, bytearray(200)]),
    "token's record": (lambda w, bad: w[0].unseal(CARD, w[3].seal(), record=bad), [5, None, b"x"]),
    "seal for": (lambda w, bad: w[3].seal(record=bad), [5, None, b"x"]),
    "keep as": (lambda w, bad: w[0].vault.keep(bad, w[5]), [*NOT_TEXT, None, ""]),
    "keep what": (lambda w, bad: w[0].vault.keep("record", bad), [CANARY, None, 5, object()]),
    "load": (lambda w, bad: w[0].vault.load(Order, bad), [*NOT_TEXT, None, "", "nothing"]),
    "load as": (lambda w, bad: w[0].vault.load(bad, "record"), [5, None, "Order"]),
    "contains": (lambda w, bad: bad in w[0].vault, [*NOT_TEXT, None, ""]),
    "drop": (lambda w, bad: w[0].vault.drop(bad), [*NOT_TEXT, None, ""]),
    "records": (lambda w, bad: w[0].vault.records(bad), [*NOT_SUBJECTS, None]),
    "explain": (lambda w, bad: w[0].explain(bad, Payment), [CANARY, None, 5]),
    "combine": (lambda w, bad: combine("{}{}".format, w[2], bad), [CANARY, None, 5]),
    "reveal_all": (lambda w, bad: reveal_all(Payment, bad), [CANARY, None, 5]),
    "map": (lambda w, bad: w[2].map(bad).reveal(Payment), [CANARY, None, 5]),
    "replay": (lambda w, bad: w[0].replay(bad), [CANARY, None, 5, [5], [CANARY]]),
}


def traces(world: W) -> tuple[object, ...]:
    """Give everything that an action could have left behind."""
    guard, shopper, *_ = world
    return (
        guard._core.store.events(shopper.pseudonym),
        guard._core.store.subject(shopper.pseudonym),
        guard.vault.records(shopper),
        guard._core.store.erasures(),
        [entry for entry in outcomes(guard) if entry[:2] != ("use", "permit")],
    )


def refused(world: W, use: Callable[[W, Any], object], bad: Any) -> PrivacyError:
    """See that a call is refused with an error of the library that does not quote its argument, and leaves no trace."""
    with suppress(PrivacyError):
        world[0].subject("another", born=dt.date(1990, 1, 1))
    before = traces(world)
    with pytest.raises(PrivacyError) as error:
        use(world, bad)
    assert CANARY not in f"{error.value} {error.value!r} {error.value.args}"
    assert "; " in str(error.value)  # what happened; what to do
    assert error.value.__context__ is None or type(error.value.__context__) in {KeyError, TypeError}
    assert traces(world) == before
    return error.value


@pytest.mark.parametrize("bad", NOT_PURPOSES, ids=lambda bad: type(bad).__name__)
@pytest.mark.parametrize("where", list(TAKES_PURPOSES))
def test_only_purpose_classes_are_purposes(where: str, bad: Any, world: W) -> None:
    """A key, an instance, `Purpose` itself or anything else is refused as a purpose, and nothing is revealed."""
    assert isinstance(refused(world, TAKES_PURPOSES[where], bad), PurposeInvalid)


@pytest.mark.parametrize("bad", NOT_ITEMS, ids=lambda bad: type(bad).__name__)
@pytest.mark.parametrize("where", list(TAKES_ITEMS))
def test_only_items_are_items(where: str, bad: Any, world: W) -> None:
    """What is no item is refused as one."""
    assert isinstance(refused(world, TAKES_ITEMS[where], bad), ItemInvalid)


@pytest.mark.parametrize("where", list(TAKES_OTHERS))
def test_other_arguments(where: str, world: W) -> None:
    """Every other argument that cannot be meant is refused as well."""
    use, bads = TAKES_OTHERS[where]
    for bad in bads:
        refused(world, use, bad)


@pytest.mark.clause("DEF-2", "PROT-1")
def test_another_item_under_a_declared_key_is_refused(world: W) -> None:
    """An item that the policy does not declare cannot pass as the one that it does, with looser rules."""
    guard, shopper, _, card, *_ = world
    twin = PersonalItem("bank-card", str, Payment | Marketing)
    with pytest.raises(ItemInvalid):
        shopper.collect(twin, CARD_VALUE)
    with pytest.raises(ItemInvalid):
        guard.unseal(twin, card.seal())


@pytest.mark.parametrize(
    "bad",
    [
        {"policy": None},
        {"policy": CANARY},
        {"policy": POLICY, "lease": 5},
        {"policy": POLICY, "lease": dt.timedelta(-1)},
        {"policy": POLICY, "keys": 5},
        {"policy": POLICY, "clock": 5},
    ],
)
def test_opening_with_what_cannot_be_meant_makes_nothing(bad: Any, tmp_path: Path) -> None:
    """A guard that cannot be opened leaves no file behind."""
    with pytest.raises(PrivacyError):
        Guard.open(tmp_path / "db", **bad)
    with pytest.raises(PrivacyError):
        Guard.in_memory(**bad)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [5, None, b"x", "", ".", "a\0b"])
def test_opening_at_what_is_no_place(bad: Any) -> None:
    """What is no path of a file is refused."""
    with pytest.raises(PrivacyError):
        Guard.open(bad, policy=POLICY)


@pytest.mark.clause("RIGHT-4")
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_closed_guard_refuses_everything(on_disk: bool, tmp_path: Path) -> None:
    """After closing, whatever is still in hand answers with GuardClosed; closing again does nothing."""
    with shop(tmp_path / "db" if on_disk else None, lease=LEASE) as guard:
        shopper = adult(guard, "shopper")
        consent = shopper.grant(Delivery, Payment)
        name, card = shopper.collect(CONSIGNEE, NAME_VALUE), shopper.collect(CARD, CARD_VALUE)
        order = shopper.collect_record(Order, number="1", consignee=NAME_VALUE)
        line = combine("{}{}".format, name, card)
        guard.vault.keep("order", order)
        token, evidence = card.seal(), guard.erasures()
        card.reveal(Payment)
        line.reveal(Payment)
    guard.close()
    uses: list[Callable[[], object]] = [
        lambda: name.reveal(Payment),
        lambda: card.reveal(Payment),
        lambda: card.mask(Payment),
        lambda: line.reveal(Payment),
        lambda: reveal_all(Payment, name),
        lambda: equal(Payment, card, card),
        card.seal,
        name.seal,
        lambda: shopper.collect(CARD, CARD_VALUE),
        lambda: shopper.collect_record(Order, number="1", consignee=NAME_VALUE),
        lambda: shopper.grant(Delivery, level=Level.EXPRESS),
        lambda: shopper.request(Delivery),
        shopper.withdraw,
        shopper.refuse,
        lambda: shopper.renew(consent, valid_for=None),
        lambda: shopper.invalidate(consent),
        lambda: shopper.expire(consent),
        lambda: shopper.update(born=dt.date(1990, 1, 2)),
        shopper.erase,
        lambda: shopper.standing,
        lambda: guard.subject("shopper"),
        lambda: guard.unseal(CARD, token),
        lambda: guard.explain(name, Payment),
        guard.rotate,
        guard.erasures,
        lambda: guard.replay(evidence),
        lambda: guard.vault.keep("order", order),
        lambda: guard.vault.load(Order, "order"),
        lambda: "order" in guard.vault,
        lambda: guard.vault.drop("order"),
        lambda: guard.vault.records(shopper),
        lambda: list(guard.audit.entries()),
        guard.audit.verify,
        guard.audit.head,
    ]
    for use in uses:
        with pytest.raises(GuardClosed):
            use()
    assert repr(name) == "Personal(consignee-name)"
    assert name.label.items == {"consignee-name"}
