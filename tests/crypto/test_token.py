"""Tokens: what was sealed opens in its place only, and damage is refused with the right error and no other."""

from __future__ import annotations

import random
from collections import Counter
from typing import cast

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from obq_privacy import crypto
from obq_privacy.crypto import DataKey, KeyMemory, Keyring, Token, lookup, open_token, pad, seal
from obq_privacy.crypto._token import _facts, _seal_with
from obq_privacy.errors import KeyErased, KeyUnknown, SealBroken, SealError, ValueInvalid

from .worlds import NOW, MemoryKeys, frames_hold

KEY = DataKey(b"I" * 16, "a" * 32, b"K" * 32)
SECRET = b"6222021234567890128"
PLACE = {"item": "bank-card", "record": "order-881"}
TEXTS = st.text(max_size=20)


def sealed(key: DataKey = KEY, *, plaintext: bytes = SECRET, label: bytes = b"label") -> bytes:
    return seal(key, label=label, plaintext=plaintext, **PLACE)


@given(TEXTS, TEXTS, st.binary(max_size=300), st.binary(max_size=200))
def test_a_token_opens_in_its_place(item: str, record: str, label: bytes, plaintext: bytes) -> None:
    """Value and label come back, and the token has the documented length."""
    made = seal(KEY, item=item, label=label, record=record, plaintext=plaintext)
    token = Token.parse(made)
    assert open_token(KEY, token, item=item, record=record) == plaintext
    assert (token.label, token.key_id) == (label, KEY.key_id)
    assert len(made) == 32 + len(label) + len(pad(plaintext)) + 16


@pytest.mark.clause("PROT-1")
@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
def test_a_token_opens_nowhere_else(here: tuple[str, str], there: tuple[str, str]) -> None:
    """Sealed for one item and record, a value opens for another pair only if the pairs are equal."""
    token = Token.parse(seal(KEY, item=here[0], record=here[1], label=b"", plaintext=SECRET))
    if here == there:
        assert open_token(KEY, token, item=there[0], record=there[1]) == SECRET
    else:
        with pytest.raises(SealBroken):
            open_token(KEY, token, item=there[0], record=there[1])


@pytest.mark.clause("PROT-1")
@pytest.mark.parametrize(
    "other",
    [
        DataKey(KEY.key_id, "b" * 32, KEY.key),
        DataKey(b"J" * 16, KEY.subject, KEY.key),
        DataKey(KEY.key_id, KEY.subject, b"L" * 32),
    ],
    ids=["another subject", "another key id", "another key"],
)
def test_a_token_opens_for_its_subject_and_key_only(other: DataKey) -> None:
    """Each of subject, key id and key alone is enough to keep a token shut."""
    with pytest.raises(SealBroken):
        open_token(other, Token.parse(sealed()), **PLACE)


def test_nonces_are_fresh_and_tokens_do_not_show_equality() -> None:
    """The same value sealed a thousand times gives a thousand nonces and ciphertexts."""
    tokens = [Token.parse(sealed()) for _ in range(1000)]
    assert len({token.nonce for token in tokens}) == 1000
    assert len({token.body for token in tokens}) == 1000


def test_the_nonce_cannot_be_chosen_in_public() -> None:
    """No public name takes a nonce: one that is used twice would give both values away."""
    assert "_seal_with" not in crypto.__all__
    with pytest.raises(TypeError):
        seal(KEY, nonce=bytes(12), label=b"", plaintext=SECRET, **PLACE)  # type: ignore[call-arg]


def test_a_token_does_not_show_the_value_or_its_exact_length() -> None:
    """Values of 0 to 28 bytes make tokens of one length, and none stands in its token."""
    assert len({len(sealed(plaintext=SECRET[:size])) for size in range(19)}) == 1
    assert SECRET not in sealed()


@pytest.mark.parametrize(
    "token",
    [
        b"",
        b"\1",
        b"\1\1",
        bytes(103),
        sealed()[:32],
        sealed()[:-1],
        sealed() + b"\0",
        b"\0" + sealed()[1:],
        b"\2" + sealed()[1:],
        b"\1\2" + sealed()[2:],
        sealed()[:30] + b"\xff\xff" + sealed()[32:],
        sealed()[: 32 + 5 + 16],
        bytearray(sealed()),
        memoryview(sealed()),
        sealed().hex(),
        None,
        7,
    ],
    ids=lambda token: type(token).__name__,  # tokens are random, and names of tests are not
)
def test_what_is_no_token_is_refused(token: object) -> None:
    """Wrong versions, suites, lengths and types all give the one error, with no context."""
    with pytest.raises(SealBroken) as caught:
        Token.parse(cast("bytes", token))
    assert caught.value.__context__ is None


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"\1\1" + tail))
def test_arbitrary_bytes_never_crash_the_parser(noise: bytes) -> None:
    """Bytes from anywhere are a token in form, whose parts make it up again, or are refused."""
    try:
        token = Token.parse(noise)
    except SealBroken:
        return
    size = len(token.label).to_bytes(2, "big")
    assert b"\1\1" + token.key_id + token.nonce + size + token.label + token.body == noise


@pytest.mark.parametrize(
    "token",
    [
        Token.parse(sealed())._replace(nonce=b""),
        Token.parse(sealed())._replace(nonce=bytes(200)),
        Token.parse(sealed())._replace(body=b""),
        Token.parse(sealed())._replace(label=b"looser"),
    ],
)
def test_a_token_that_was_not_parsed_is_refused_alike(token: Token) -> None:
    """Parts put together by hand give the one error too, not one of the cryptography package."""
    with pytest.raises(SealBroken) as caught:
        open_token(KEY, token, **PLACE)
    assert caught.value.__context__ is None


class Damage:
    """Tokens of two live subjects and an erased one, and what each change of them must lead to."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - damage has to be the same in every run
        self.store = MemoryKeys()
        self.ring = Keyring(self.store, KeyMemory())
        keys = [self.ring.ensure(name * 32) for name in "abe"]
        self.tokens = [sealed(key, plaintext=SECRET * (n + 1), label=b"l" * n) for n in range(6) for key in keys[:2]]
        self.erased = sealed(keys[2])
        self.store.destroy_key("e" * 32, NOW)
        self.refused: Counter[str] = Counter()

    def unseal(self, token: bytes, *, item: str = "bank-card", record: str = "order-881") -> bytes:
        """Do what a guard does with a token."""
        parsed = Token.parse(token)
        return open_token(self.ring.by_id(parsed.key_id), parsed, item=item, record=record)

    def refuse(
        self, token: bytes, expected: type[SealError], *, item: str = "bank-card", record: str = "order-881"
    ) -> None:
        """Check that the token is refused with exactly this error, which has no context and holds nothing."""
        with pytest.raises(SealError) as caught:
            self.unseal(token, item=item, record=record)
        assert type(caught.value) is expected, (token.hex(), expected)
        assert caught.value.__context__ is None
        assert caught.value.args == ()
        self.refused[expected.__name__] += 1

    def change(self, token: bytes) -> None:
        """Change each bit, cut at each byte, and lengthen, in every way that the form lets one think of."""
        for at in range(len(token)):
            for bit in range(8):
                changed = bytearray(token)
                changed[at] ^= 1 << bit
                self.refuse(bytes(changed), KeyUnknown if 2 <= at < 18 else SealBroken)
            self.refuse(token[:at], SealBroken)
        for size in (1, 15, 16, 31, 32, 33, 64):
            self.refuse(token + self.random.randbytes(size), SealBroken)
            self.refuse(token + bytes(size), SealBroken)
        self.refuse(token + token, SealBroken)
        for _ in range(60):
            start = self.random.randrange(32, len(token) - 8)
            noise = self.random.randbytes(8)
            if noise != token[start : start + 8]:
                self.refuse(token[:start] + noise + token[start + 8 :], SealBroken)

    def cross(self, one: bytes, two: bytes) -> None:
        """Put a part of one token into another, and move the label's end."""
        for start, end in ((2, 18), (18, 30), (2, 30), (30, 32), (0, 32), (32, None), (-16, None), (-48, None)):
            mixed = one[:start] + two[start:end] + (b"" if end is None else one[end:])
            if mixed not in (one, two):
                self.refuse(mixed, SealBroken)

    def relabel(self, token: bytes) -> None:
        """Put other labels in, with a length that is right for them."""
        end = 32 + int.from_bytes(token[30:32], "big")
        for label in (b"", b"L", token[32:end] + b" ", b"l" * 300):
            if label != token[32:end]:
                self.refuse(token[:30] + len(label).to_bytes(2, "big") + label + token[end:], SealBroken)

    def misplace(self, token: bytes) -> None:
        """Expect another item or record."""
        for item in ("", "bank-car", "bank-card ", "Bank-card", "bank-cardo"):
            self.refuse(token, SealBroken, item=item)
        for record in ("", "order-88", "order-882", "rder-881"):
            self.refuse(token, SealBroken, record=record)


@pytest.mark.clause("PROT-1")
def test_ten_thousand_damaged_tokens_are_refused_with_the_right_error() -> None:
    """Changed, cut, lengthened, mixed, relabelled and misplaced: each is unknown, erased or broken, as it must be."""
    damage = Damage(seed=20261122)
    for token in damage.tokens:
        assert damage.unseal(token).startswith(SECRET)
        damage.change(token)
        damage.relabel(token)
        damage.misplace(token)
        for other in damage.tokens:
            damage.cross(token, other)
        # A live token that claims the erased key, and the erased one itself, damaged in its body or not.
        damage.refuse(token[:2] + damage.erased[2:18] + token[18:], KeyErased)
    for at in range(32, len(damage.erased)):
        damage.refuse(damage.erased[:at] + bytes([damage.erased[at] ^ 1]) + damage.erased[at + 1 :], KeyErased)
    damage.refuse(damage.erased, KeyErased)
    assert damage.refused.total() >= 10_000
    assert min(damage.refused[name] for name in ("SealBroken", "KeyUnknown", "KeyErased")) >= 50


@given(st.data())
def test_any_change_of_a_token_keeps_it_shut(data: st.DataObject) -> None:
    """Hypothesis may replace any stretch of a token by any other: what is not the token itself is refused."""
    token = sealed()
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, len(token)))
    changed = token[:start] + data.draw(st.binary(max_size=40)) + token[end:]
    if changed != token:
        with pytest.raises(SealBroken) as caught:
            open_token(KEY, Token.parse(changed), **PLACE)
        assert caught.value.__context__ is None


def test_authentic_tokens_with_false_padding_show_no_plaintext() -> None:
    """A writer that pads wrongly makes a token that is refused, and no frame of the refusal holds the plaintext."""
    token = Token.parse(sealed())
    body = AESGCM(KEY.key).encrypt(token.nonce, pad(SECRET) + bytes(32), _facts(KEY, label=token.label, **PLACE))
    with pytest.raises(SealBroken) as caught:
        open_token(KEY, token._replace(body=body), **PLACE)
    assert caught.value.__context__ is None
    assert frames_hold(caught.value, SECRET) == []
    assert frames_hold(caught.value, KEY.key) == []


def test_refusals_hold_neither_key_nor_plaintext() -> None:
    """No frame of a refused token holds the key."""
    with pytest.raises(SealBroken) as caught:
        open_token(KEY, Token.parse(sealed()), item="bank-card", record="elsewhere")
    assert frames_hold(caught.value, KEY.key) == []


def test_labels_and_values_that_do_not_fit_are_refused_before_sealing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest label is sealed; a longer one, or a value too long for the cipher, is an error without the value."""
    longest = sealed(label=b"l" * 65535)
    assert Token.parse(longest).label == b"l" * 65535
    with pytest.raises(ValueInvalid) as caught:
        sealed(label=b"l" * 65536)
    assert caught.value == ValueInvalid(item="bank-card", problem="its label is too long to be sealed")
    assert frames_hold(caught.value, SECRET) == []
    monkeypatch.setattr("obq_privacy.crypto._token._LONGEST", len(SECRET))
    assert open_token(KEY, Token.parse(sealed()), **PLACE) == SECRET
    with pytest.raises(ValueInvalid) as caught:
        sealed(plaintext=SECRET + b"0")
    assert caught.value == ValueInvalid(item="bank-card", problem="it is too long to be sealed")
    assert frames_hold(caught.value, SECRET) == []


def test_a_token_shows_its_key_id_only() -> None:
    """The repr of a parsed token quotes neither label nor ciphertext."""
    assert repr(Token.parse(sealed())) == f"Token({KEY.key_id.hex()})"


def test_sealing_is_determined_by_its_nonce() -> None:
    """Nothing but the nonce varies, so that vectors can pin the format."""
    once = _seal_with(b"n" * 12, KEY, label=b"x", plaintext=SECRET, **PLACE)
    assert once == _seal_with(b"n" * 12, KEY, label=b"x", plaintext=SECRET, **PLACE)
    assert open_token(KEY, Token.parse(once), **PLACE) == SECRET


@given(st.text(max_size=30), st.text(max_size=30))
def test_lookup_tells_ids_apart_under_each_key(one: str, two: str) -> None:
    """Equal ids meet in the index, different ones do not, and another store's key gives other entries."""
    other = DataKey(KEY.key_id, KEY.subject, b"L" * 32)
    assert len(lookup(KEY, one)) == 32
    assert (lookup(KEY, one) == lookup(KEY, two)) is (one == two)
    assert lookup(KEY, one) != lookup(other, one)


def test_lookup_never_quotes_an_id() -> None:
    """An id with a lone surrogate, which UTF-8 refuses by quoting the text, has an entry like any other."""
    assert lookup(KEY, "shopper-\ud800") != lookup(KEY, "shopper-\ud801")
