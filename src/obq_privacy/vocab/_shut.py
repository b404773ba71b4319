"""What objects with key material or plaintext do not give away."""

from __future__ import annotations

from typing import NoReturn

from obq_privacy.errors import AccidentalUse


class Shut:
    """Base of objects that hold key material or plaintext: nothing copies, pickles or shows them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise AccidentalUse(wrapper=type(self).__name__, channel="pickle")

    def __reduce__(self) -> NoReturn:
        raise AccidentalUse(wrapper=type(self).__name__, channel="pickle")

    def __getstate__(self) -> NoReturn:
        raise AccidentalUse(wrapper=type(self).__name__, channel="getstate")

    def __copy__(self) -> NoReturn:
        raise AccidentalUse(wrapper=type(self).__name__, channel="copy")

    def __deepcopy__(self, memo: object, /) -> NoReturn:
        raise AccidentalUse(wrapper=type(self).__name__, channel="deepcopy")
