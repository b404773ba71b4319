"""A place on earth, the value of items of category whereabouts."""

from __future__ import annotations

import sys
from typing import final

import attrs

from obq_privacy.errors import ValueInvalid
from obq_privacy.vocab._noun import Noun


@final
@attrs.frozen(kw_only=True, init=False, eq=False, repr=False)
class Place(Noun):
    """A position and how well it is known.

    Whole numbers become floats and -0.0 becomes 0.0, so that equal places have one spelling. The repr has a constant
    shape and shows no coordinate.

    Attributes:
        latitude: degrees north in WGS 84, from -90 to 90.
        longitude: degrees east in WGS 84, from -180 to 180; the two ends are one meridian but two values.
        accuracy: radius around the position in metres, 0 or more and finite.

    Raises:
        ValueInvalid: one of the three is outside its range or is not an int or a float. The value is nowhere in the
            error, nor in the frame that raises it.

    >>> Place(latitude=39.9, longitude=116.4, accuracy=30)
    Place(...)
    >>> Place(latitude=91, longitude=116.4, accuracy=30)
    Traceback (most recent call last):
    obq_privacy.errors.ValueInvalid: the value for place is not valid: the latitude must be -90 to 90 degrees; ...
    """

    __module__ = "obq_privacy"  # it is loaded after the package has published its other names

    latitude: float
    longitude: float
    accuracy: float

    def __init__(self, *, latitude: float, longitude: float, accuracy: float) -> None:
        problem = _problem(latitude, longitude, accuracy)
        if problem is not None:
            del latitude, longitude, accuracy  # a renderer of tracebacks may show this frame
            raise ValueInvalid(item="place", problem=problem) from None
        # Adding 0.0 turns -0.0 into 0.0.
        object.__setattr__(self, "latitude", float(latitude) + 0.0)
        object.__setattr__(self, "longitude", float(longitude) + 0.0)
        object.__setattr__(self, "accuracy", float(accuracy) + 0.0)

    def __repr__(self) -> str:
        return "Place(...)"


def _problem(latitude: object, longitude: object, accuracy: object) -> str | None:
    if not _lies(latitude, -90, 90):
        return "the latitude must be -90 to 90 degrees"
    if not _lies(longitude, -180, 180):
        return "the longitude must be -180 to 180 degrees"
    if not _lies(accuracy, 0, sys.float_info.max):
        return "the accuracy must be 0 metres or more, and finite"
    return None


def _lies(value: object, low: float, high: float) -> bool:
    """Tell whether `value` is a number in a range; not a number is in none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
