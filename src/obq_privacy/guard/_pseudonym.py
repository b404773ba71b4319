"""Keyed pseudonyms and the blind index: names that tell whether two values are equal, and nothing else.

Both are HMACs under a key for one purpose, so those of two purposes cannot be connected without the keys. Neither is
anonymous: whoever can use the store can make them again, so what carries them is still personal data (USE-23).
"""

from __future__ import annotations

import os
from base64 import b32encode
from hmac import compare_digest, digest
from typing import TYPE_CHECKING, Any, TypeVar, cast

from obq_privacy.crypto import encode
from obq_privacy.errors import ArgumentInvalid, WrapperMisuse
from obq_privacy.guard._access import NONCE, Access
from obq_privacy.guard._arguments import check_kind, check_purposes
from obq_privacy.guard._pass import Box
from obq_privacy.values import Held, Protected
from obq_privacy.values._door import derive, leaves, open_one, payload, wrap
from obq_privacy.vocab import Item, Operation, PurposeSet, Request, codec_for

if TYPE_CHECKING:
    from obq_privacy.guard._core import Core
    from obq_privacy.guard._subject import Subject
    from obq_privacy.vocab import AnyItem, Purpose

P = TypeVar("P", bound="Purpose")
V = TypeVar("V", bound="Held[Any, Any]")


def of_value(core: Core, value: Protected[Any, P], purpose: type[P]) -> Protected[str, P]:
    """Give the pseudonym of a value for a purpose, lazily; it comes out for that purpose and those below it only."""
    check_kind("value", value, Protected)
    check_purposes("pseudonym", purpose)
    _same_guard(core, value)
    first = narrowed(core, leaves(value)[0], purpose)
    return derive(_text, derive(_Keyed(core, "pseudonym", purpose), value, first))


def of_subject(core: Core, subject: Subject, purpose: type[Purpose], item: AnyItem | None) -> Held[Any, Any]:
    """Give the pseudonym of a person for a purpose, collected as a value of an item of the policy's (DEF-2).

    It is made with the person's own data key: once that is destroyed, nobody can make it again.
    """
    check_purposes("pseudonym", purpose)
    if not isinstance(cast("object", item), Item) or item is None or item.kind is not str:
        raise ArgumentInvalid(argument="item", problem="the pseudonym of a person is collected as an item of type str")
    access = core.access(subject.pseudonym)
    made = Box(_text(digest(access.key().key, encode("obq-privacy/subject-pseudonym/1", purpose.key), "sha256")))
    return narrowed(core, access.collect(item, made), purpose)


def index(core: Core, value: Protected[Any, P], purpose: type[P], within: type[Purpose]) -> bytes:
    """Open a value for a purpose, and hand out the 32 bytes that stand for it in the index of `within`."""
    check_kind("value", value, Protected)
    check_purposes("index", purpose, within)
    _same_guard(core, value)
    return _indexed(core, value, purpose, within)


def matches(
    core: Core, value: Protected[Any, P], other: Protected[Any, Any], purpose: type[P], found: type[Purpose]
) -> bool:
    """Tell whether two values are equal, after a decision on each for its own purpose."""
    check_kind("value", value, Protected)
    check_kind("other", other, Protected)
    check_purposes("matches", purpose, found)
    _same_guard(core, value)
    _same_guard(core, other)
    # First the person who would be found: without their consent nothing is opened.
    second = _indexed(core, other, found, purpose)
    return compare_digest(_indexed(core, value, purpose, purpose), second)


def _indexed(core: Core, value: Protected[Any, Any], purpose: type[Purpose], within: type[Purpose]) -> bytes:
    return cast("bytes", open_one(Request(Operation.USE, purpose), derive(_Keyed(core, "index", within), value)))


def _same_guard(core: Core, value: Protected[Any, Any]) -> None:
    if any(not isinstance(leaf._keeper, Access) or leaf._keeper._core is not core for leaf in leaves(value)):
        raise WrapperMisuse(wrapper=repr(value), problem="it belongs to another guard")


class _Keyed:
    """The keyed digest of a value, made where values are opened; it fetches its key there and keeps none."""

    __slots__ = ("__qualname__", "_core", "_domain", "_purpose")

    def __init__(self, core: Core, name: str, purpose: type[Purpose]) -> None:
        self.__qualname__ = name  # by this an error of a derivation names its function
        self._core = core
        self._domain = f"obq-privacy/{name}/1"
        self._purpose = purpose

    def __call__(self, plain: object, *_: object) -> bytes:
        form = codec_for(type(plain))
        if form is None:
            raise TypeError("values of this type have no canonical bytes")
        kind = f"{type(plain).__module__}.{type(plain).__qualname__}"
        key = digest(self._core.own_key().key, encode(self._domain, self._purpose.key), "sha256")
        return digest(key, encode(self._domain, kind, form.encode(plain)), "sha256")


def _text(whole: bytes) -> str:
    return b32encode(whole[:16]).decode("ascii").rstrip("=").lower()


def narrowed(core: Core, value: V, purpose: type[Purpose]) -> V:
    """Give the same value under a label that allows only one purpose and those below it; nothing is revealed."""
    origin = value._origin
    access = cast("Access", value._keeper)
    narrow = core.shared(origin.narrowed(PurposeSet([purpose])))
    content: object = payload(value)
    if origin.sealed:  # bound to its label, so it is sealed anew
        nonce = os.urandom(NONCE)
        box = access._plain_bytes(value)
        content = nonce + (access._aead or access._cipher()).encrypt(nonce, box.value, access.context(narrow))
    return wrap(type(value), content, access, narrow, value._collected)
