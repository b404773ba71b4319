"""The methods that the attrs classes of the library share behave as the ones that attrs would have generated."""

from __future__ import annotations

import attrs
import pytest

from obq_privacy.vocab._noun import Noun


@attrs.frozen(eq=False, repr=False)
class Mine(Noun):
    """A class of the library's kind."""

    first: object
    second: object = ""
    hidden: object = attrs.field(default=None, repr=False)


@attrs.frozen(eq=False, repr=False)
class Twin(Noun):
    """Another one with the same fields."""

    first: object
    second: object = ""
    hidden: object = attrs.field(default=None, repr=False)


@attrs.frozen
class Generated:
    """What attrs makes of the same fields."""

    first: object
    second: object = ""
    hidden: object = attrs.field(default=None, repr=False)


SAMPLES = [(1, "a"), (1, "a"), (1, "b"), (2, "a"), (1, "a", "x"), (True, "a"), ((1, "a"), ""), (None, None, None)]


@pytest.mark.parametrize("one", SAMPLES)
@pytest.mark.parametrize("other", SAMPLES)
def test_equality_and_hash_are_those_of_attrs(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    """Two are equal exactly where the generated ones are, and then their hashes are, too."""
    assert (Mine(*one) == Mine(*other)) is (Generated(*one) == Generated(*other))
    assert (Mine(*one) != Mine(*other)) is (Generated(*one) != Generated(*other))
    assert Mine(*one) != Mine(*other) or hash(Mine(*one)) == hash(Mine(*other))


@pytest.mark.parametrize("one", SAMPLES)
def test_another_class_is_never_equal(one: tuple[object, ...]) -> None:
    """Neither one with the same fields, nor a tuple of them; only an object that says so of itself."""
    assert Mine(*one) != Twin(*one)
    assert hash(Mine(*one)) != hash(Twin(*one))
    assert Mine(*one) != one
    assert Mine(*one).__eq__(one) is NotImplemented


@pytest.mark.parametrize("one", SAMPLES)
def test_the_repr_is_that_of_attrs(one: tuple[object, ...]) -> None:
    """Fields in their order, and none of those that are not for the repr."""
    assert repr(Mine(*one)) == repr(Generated(*one)).replace("Generated", "Mine")


def test_a_field_without_a_hash_has_none() -> None:
    """What holds a list cannot be a key."""
    with pytest.raises(TypeError):
        hash(Mine([]))


def test_nothing_is_added_to_the_annotations() -> None:
    """Whoever reads the annotations of a class finds its fields, so that an item can have such a type."""
    assert not Noun.__annotations__
    assert [field.name for field in attrs.fields(Mine)] == ["first", "second", "hidden"]
