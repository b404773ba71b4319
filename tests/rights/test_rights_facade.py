"""The package of rights as applications see it."""

from __future__ import annotations

import inspect
import typing

import pytest

from obq_privacy import rights


def test_public_names_are_listed_in_order() -> None:
    """`__all__` is sorted, names nothing twice, and names only what is there."""
    assert rights.__all__ == sorted(set(rights.__all__))
    assert all(hasattr(rights, name) for name in rights.__all__)


@pytest.mark.parametrize("name", rights.__all__)
def test_every_public_name_says_what_it_is(name: str) -> None:
    """It has a docstring and reports a public module; an alias of a type has its docstring beside it."""
    public = getattr(rights, name)
    if typing.get_origin(public) is not None:
        return
    assert (inspect.getdoc(public) or "").strip()
    assert public.__module__.startswith("obq_privacy")
    assert "._" not in public.__module__
