"""What stands behind values shows nothing of them, nor of the person, to whatever renders objects by accident."""

from __future__ import annotations

import copy
import inspect
import pickle
import pprint
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import rich.pretty
from guard_world import POLICY

from obq_privacy import Guard
from obq_privacy.guard._pass import Box
from obq_privacy.guard._profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "Zq7#Xw9Vk3"
RENDERERS: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "pprint": pprint.pformat,
    "rich": rich.pretty.pretty_repr,
    "a list": lambda value: repr([value]),
    "getmembers": lambda value: repr(inspect.getmembers(value)),
    "pickle": pickle.dumps,
    "an old pickle": lambda value: pickle.dumps(value, 0),
    "reduce": lambda value: repr(value.__reduce_ex__(2)),
    "copy": lambda value: repr(copy.copy(value)),
    "state": lambda value: repr(value.__getstate__()),
}


def shown(how: Callable[[Any], object], value: object) -> str:
    """Give what a renderer makes of it; a refusal shows its own text."""
    try:
        return repr(how(value))
    except Exception as error:  # noqa: BLE001
        return f"{error!r} {error}"


@pytest.mark.parametrize("how", RENDERERS.values(), ids=RENDERERS)
def test_a_box_shows_nothing_of_what_it_carries(how: Callable[[Any], object]) -> None:
    """The box that carries a value through the frames of the library is as shut as a wrapper."""
    assert CANARY not in shown(how, Box(CANARY))


@pytest.mark.parametrize("how", ["repr", "str", "format", "pprint", "rich", "a list"])
@pytest.mark.parametrize("kind", ["standing", "profile"])
def test_the_birth_date_is_in_no_repr(how: str, kind: str) -> None:
    """The birth date is personal data: code may read the attribute, but logs and tracebacks do not show it."""
    with Guard.in_memory(policy=POLICY) as guard:
        standing = guard.subject("shopper", born=date(1987, 3, 9)).standing
        assert standing.born == date(1987, 3, 9)
        assert "1987" not in shown(RENDERERS[how], standing if kind == "standing" else Profile(standing.born))
