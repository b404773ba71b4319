"""What comes out of a derivation that fails or ends the program, and which values a derived one is made of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from values_world import CARD, DEVICE, NAME, Delivery, Payment, World

from obq_privacy import Protected, combine, equal, reveal_all
from obq_privacy.errors import ConsentMissing, DerivationFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def w() -> Iterator[World]:
    """Give a world of its own."""
    world = World()
    yield world
    world.guard.close()


def half(text: str) -> float:
    """Fail for what is no number."""
    return float(text) / 2


class Odd:
    """A function whose name is no text."""

    def __init__(self) -> None:
        self.__qualname__ = 5

    def __call__(self, _: str) -> str:
        """Fail."""
        raise ValueError


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (half, "half"),
        (int, "int"),
        (str.index, "str.index"),
        (partial(half), "partial"),
        (lambda text: half(text), "<lambda>"),  # noqa: PLW0108
    ],
)
def test_a_failed_derivation_names_its_function(w: World, function: Callable[[str], object], name: str) -> None:
    """The error says which function of the program to look at, and what it raised."""
    with pytest.raises(DerivationFailed) as caught:
        w.adult.collect(NAME, "Li").map(function).reveal(Delivery)
    assert caught.value.function.endswith(name)
    assert caught.value.raised == ("TypeError" if name == "str.index" else "ValueError")
    assert caught.value.items == ("consignee-name",)


def test_a_function_without_a_name_is_named_by_its_class(w: World) -> None:
    """Whatever stands where a name should be, the error has a text."""
    with pytest.raises(DerivationFailed) as caught:
        w.adult.collect(NAME, "Li").map(Odd()).reveal(Delivery)
    assert caught.value.function == "Odd"


def test_a_failure_on_either_side_is_no_inequality(w: World) -> None:
    """Where one of the values cannot be had, the answer is the error that says so, whichever it is."""
    name = w.adult.collect(NAME, "Li")
    failing: Protected[Any, Delivery] = name.map(half)
    for first, second in ((failing, name), (name, failing), (failing, failing)):
        with pytest.raises(DerivationFailed) as caught:
            equal(Delivery, first, second)
        assert caught.value == DerivationFailed(items=("consignee-name",), function="half", raised="ValueError")


@pytest.mark.parametrize(("code", "expected"), [(None, None), (0, 0), (3, 3), ("Li", 1), (["Li"], 1)])
def test_the_exit_of_a_derivation_keeps_its_status(w: World, code: Any, expected: int | None) -> None:
    """A number is the status of the process and stays; any other object could be the value, and means failure."""

    def leave(_: str) -> str:
        raise SystemExit(code)

    with pytest.raises(SystemExit) as caught:
        w.adult.collect(NAME, "Li").map(leave).reveal(Delivery)
    assert caught.value.code == expected


@pytest.mark.clause("USE-9")
def test_what_comes_after_a_repeated_part_counts(w: World) -> None:
    """A part that is used twice does not hide those behind it, from the label or from the decision."""
    name, card = w.adult.collect(NAME, "Li"), w.adult.collect(CARD, "622")
    derived: Protected[str, Payment] = combine("{}{}{}".format, name, name, card)
    assert derived.label == name.label.join(card.label)
    assert repr(derived) == "Protected(bank-card, consignee-name)"
    assert derived.reveal(Payment) == "LiLi622"
    w.adult.withdraw(Payment)
    with pytest.raises(Exception, match="bank-card"):
        derived.reveal(Payment)


@pytest.mark.clause("USE-9")
def test_a_value_is_as_sensitive_as_its_strictest_use_in_whatever_order(w: World) -> None:
    """A part that stands alone and in a combination is decided about as in the combination, first or last."""
    stranger = w.guard.subject("stranger")
    device, name = stranger.collect(DEVICE, "phone"), w.adult.collect(NAME, "Li")
    both = combine("{}{}".format, device, name)
    for values in ((device, both), (both, device)):
        with pytest.raises(ConsentMissing) as caught:
            reveal_all(Delivery, *values)
        assert caught.value.items == ("device-model",)
    assert device.reveal(Delivery) == "phone"
