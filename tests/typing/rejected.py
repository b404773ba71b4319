"""What the type checkers refuse: every ignore comment here has to be needed; `test_types` counts them."""

# ruff: noqa: B015, B018
from __future__ import annotations

from accepted import (
    AGE,
    BANK_CARD,
    CONSIGNEE,
    DEVICE,
    Delivery,
    EmailMarketing,
    Marketing,
    Order,
    Payment,
    older_than,
)

from obq_privacy import (
    Guard,
    NonPersonal,
    Personal,
    PersonalItem,
    Protected,
    Purpose,
    Sensitive,
    SensitiveItem,
    Subject,
    combine,
    equal,
    evolve,
    held_as,
    record,
    reveal_all,
)


def revealing(
    name: Personal[str, Delivery | Payment], card: Sensitive[str, Payment], mail: Personal[str, EmailMarketing]
) -> None:
    """A purpose that the value is not for, or what is no purpose."""
    card.reveal(Marketing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    card.reveal(Purpose)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    card.reveal("payment")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    card.reveal(Payment())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    card.reveal()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    name.reveal(Marketing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    mail.reveal(Marketing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    card.mask(Delivery)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    name.map(len).reveal(Marketing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    _text: int = name.reveal(Delivery)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    reveal_all(Marketing, name, card)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    reveal_all(Delivery, name, card)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    reveal_all(Delivery, card)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    reveal_all(Payment, name, "plain")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    _a, _b = reveal_all(Payment, name)  # type: ignore[misc]  # pyright: ignore[reportAssignmentType, reportUnknownVariableType]
    equal(Marketing, name, name)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    equal(Delivery, name, card)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    reveal_all(Payment, name, name, name, name, name, name, name, name, name)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def chosen(purpose: type[Delivery | Marketing], name: Personal[str, Delivery | Payment]) -> str:
    """A purpose that is chosen at run time, where one of the choices is not allowed."""
    return name.reveal(purpose)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def widening(
    name: Personal[str, Delivery], card: Sensitive[str, Payment], offer: Personal[str, EmailMarketing]
) -> None:
    """An annotation that allows more, or tells another type or kind."""
    _more: Personal[str, Delivery | Payment] = name  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    _other: Personal[str, Payment] = name  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    _whole: Personal[str, Marketing] = offer  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    _number: Personal[int, Delivery] = name  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    _personal: Personal[str, Payment] = card  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    _values: list[Protected[str, Payment]] = [name, card]  # type: ignore[list-item]  # pyright: ignore[reportAssignmentType]


def intersecting(
    d: Personal[str, Delivery], p: Personal[str, Payment], both: Personal[str, Delivery | Payment]
) -> None:
    """Values for disjoint purposes combine to something that nobody can reveal."""
    combine("{}{}".format, both, p).reveal(Delivery)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    combine("{}{}{}".format, both, p, both).reveal(Delivery)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    combine("{}{}".format, d, p).reveal(Delivery)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    combine("{}{}".format, d, p).reveal(Payment)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    combine("{}{}".format, d, p).reveal(Purpose)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    combine(older_than, d, p)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    combine(str, d)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    combine("{}{}".format, d, "plain")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    d.map(lambda text: text.nothing)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    combine("{}".format, d, d, d, d, d, d, d, d, d)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def collecting(subject: Subject, guard: Guard, token: bytes) -> None:
    """Values of another type than the item's, and purposes that are none."""
    subject.collect(CONSIGNEE, 1)  # type: ignore[misc]  # pyright: ignore[reportArgumentType, reportCallIssue]
    subject.collect(CONSIGNEE, b"Li")  # type: ignore[misc]  # pyright: ignore[reportArgumentType, reportCallIssue]
    subject.collect(AGE, "36")  # type: ignore[misc]  # pyright: ignore[reportArgumentType, reportCallIssue]
    subject.collect("consignee-name", "Li")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    subject.grant("delivery")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    subject.grant(Delivery())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    _name: Personal[str, Marketing] = subject.collect(CONSIGNEE, "Li")  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
    _card: Personal[str, Payment] = subject.collect(BANK_CARD, "622")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    _number: Sensitive[int, Payment] = guard.unseal(BANK_CARD, token)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
    guard.unseal(CONSIGNEE, "token")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    SensitiveItem("x", str, Delivery)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    PersonalItem("x", str, validate=lambda text: text.nothing, purposes=Delivery)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    _held: Personal[str, Delivery] = guard.vault.load(Order, "881").card  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


@record
class Wider:
    """Annotations that allow what the item does not."""

    consignee: Personal[str, Delivery | Marketing] = held_as(CONSIGNEE)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
    card: Sensitive[str, Delivery] = held_as(BANK_CARD)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
    age: Personal[str, Delivery] = held_as(AGE)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
    device: Personal[str, Delivery] = held_as(DEVICE)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    other: NonPersonal[str, Delivery | Payment] = held_as(DEVICE, default=None)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


def records(
    name: Personal[str, Delivery | Payment], card: Sensitive[str, Payment], age: Personal[int, Delivery], order: Order
) -> None:
    """Plain values where wrappers belong, forgotten and unknown fields, changes."""
    Order(number="1", consignee="Li", card=card, age=age)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Order(number="1", consignee=name, card=name, age=age)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Order(number="1", consignee=name, card=card)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Order(number="1", consignee=name, card=card, age=age, colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Order("1", name, card, age)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    order.number = "2"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    order.card = card  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    order.card.reveal(Delivery)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    reveal_all(Payment, order.consignee, order.device)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    evolve(order).colour  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def accidents(v: Personal[str, Delivery], w: Personal[str, Delivery]) -> None:
    """Operations that refuse at run time, and that the type checkers know of."""
    len(v)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    iter(v)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    v[0]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    v + "x"  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    "x" + v  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    v < w  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    -v  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    int(v)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    float(v)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    abs(v)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    round(v)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    "x".join([v])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType, reportCallIssue]
    "x" in v  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    v()  # type: ignore[operator]  # pyright: ignore[reportCallIssue]
    v.upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    v.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    _text: str = v  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    [*v]  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues, reportUnusedExpression]
    max(v, w)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    sorted([v, w])  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    bytes(v)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    with v:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues]
        pass


def making() -> None:
    """Wrappers are never made or changed by hand."""
    _item = PersonalItem("x", str, str)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportUnknownVariableType]
    _category = SensitiveItem("x", str, Delivery, category="bank")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class Leaky(Personal[str, Delivery]):  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    """A subclass of a wrapper."""


class LeakyItem(PersonalItem[str, Delivery]):  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    """A subclass of an item."""
