"""Envelopes open whole and unchanged, for the key that they are sealed to, or with one typed error."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import pprint
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from obq_privacy.crypto import (
    EnvelopeField,
    EnvelopeHeader,
    EnvelopeKey,
    EnvelopeSuite,
    _envelope,
    _envelope_key,
    check_envelope_public,
    key_id_of,
    open_envelope,
    seal_envelope,
)
from obq_privacy.errors import (
    AccidentalUse,
    ArgumentInvalid,
    EnvelopeBroken,
    EnvelopeError,
    EnvelopeKeyInvalid,
    EnvelopeNotForYou,
    EnvelopeUnavailable,
    EnvelopeUnknownSuite,
    WrapperMisuse,
)

from .worlds import frames_hold

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

SUITES = list(EnvelopeSuite)
HEAD = 26
ENCAPSULATED = {EnvelopeSuite.X25519: 32, EnvelopeSuite.MLKEM768_X25519: 1120}
FIELD = EnvelopeField(
    name="consignee",
    person=0,
    items=("consignee-name",),
    spelling="str",
    sensitivity=1,
    categories=("name",),
    wide=("delivery",),
    exact=(),
    regions=("CN",),
    sources=("subject",),
    versions=("2026-11",),
    collected=(1_793_600_000, 1_793_600_001),
    until=1_801_376_000,
)
HEADER = EnvelopeHeader(
    id="0123456789abcdef" * 2,
    sender="Example Shop",
    recipient="parcel-express",
    purpose="delivery",
    version="2026-11",
    made=1_793_700_000,
    fields=(FIELD, FIELD._replace(name="phone", items=("phone",), until=None)),
)
SECRET = b"Li Lei of Canary Row"
CONTENTS = {"consignee": SECRET, "phone": b"13800138000"}


@cache
def key(suite: EnvelopeSuite, which: int = 0) -> EnvelopeKey:
    """Give the same key pair every time."""
    return EnvelopeKey.of(bytes([suite]) + bytes([which]) * 32)


@cache
def envelope(suite: EnvelopeSuite) -> bytes:
    """Give an envelope to the first key."""
    return seal_envelope(key(suite).public, HEADER, CONTENTS)


def refusal(data: bytes, opener: EnvelopeKey) -> EnvelopeError:
    """Open what does not open, and give its error, which holds and leads to nothing else."""
    with pytest.raises(EnvelopeError) as caught:
        open_envelope(opener, data)
    error = caught.value
    assert error.__context__ is None
    assert error.__cause__ is None
    assert frames_hold(error, SECRET) == []
    return error


# ── What opens ────────────────────────────────────────────────────────────────────────────────────────────

texts = st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=3).map(tuple)
instants = st.integers(-(2**53) + 1, 2**53 - 1)


@st.composite
def headers(draw: st.DrawFn) -> EnvelopeHeader:
    """Draw any header."""
    names = draw(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, unique=True))
    text = st.text(st.characters(codec="utf-8"), max_size=8)
    fields = tuple(
        EnvelopeField(
            name=name,
            person=draw(st.integers(0, 3)),
            items=draw(texts),
            spelling=draw(text),
            sensitivity=draw(st.integers(0, 2)),
            categories=draw(texts),
            wide=draw(texts),
            exact=draw(texts),
            regions=draw(texts),
            sources=draw(texts),
            versions=draw(texts),
            collected=draw(st.tuples(instants, instants).map(sorted).map(lambda two: (two[0], two[1]))),
            until=draw(st.none() | instants),
        )
        for name in names
    )
    return EnvelopeHeader(
        id=draw(st.binary(min_size=16, max_size=16)).hex(),
        sender=draw(text),
        recipient=draw(text),
        purpose=draw(text),
        version=draw(text),
        made=draw(instants),
        fields=fields,
    )


@given(header=headers(), suite=st.sampled_from(SUITES), data=st.data())
def test_what_is_sealed_opens_with_its_label(header: EnvelopeHeader, suite: EnvelopeSuite, data: st.DataObject) -> None:
    """Every header and every value comes back as it was, with a key that was made again from its bytes."""
    contents = {field.name: data.draw(st.binary(max_size=70)) for field in header.fields}
    sealed = seal_envelope(key(suite).public, header, contents)
    assert open_envelope(EnvelopeKey.of(key(suite).private), sealed) == (header, contents)


@pytest.mark.parametrize("suite", SUITES)
def test_no_two_envelopes_are_alike(suite: EnvelopeSuite) -> None:
    """Sealing the same twice gives nothing in common behind the label."""
    first, second = (seal_envelope(key(suite).public, HEADER, CONTENTS) for _ in range(2))
    behind = HEAD + len(HEADER.spelled())
    assert first[:behind] == second[:behind]
    assert first[behind : behind + 32] != second[behind : behind + 32]
    assert first[-64:-32] != second[-64:-32]


@pytest.mark.parametrize("suite", SUITES)
def test_lengths_show_in_steps_only(suite: EnvelopeSuite) -> None:
    """Values of 0 to 24 bytes make envelopes of one length; the 25th byte adds a block of 32."""
    header = HEADER._replace(fields=(FIELD,))
    sizes = [len(seal_envelope(key(suite).public, header, {"consignee": bytes(n)})) for n in (0, 24, 25)]
    assert sizes[1] - sizes[0] == 0
    assert sizes[2] - sizes[1] == 32


@pytest.mark.parametrize("suite", SUITES)
def test_nothing_inside_stands_in_clear(suite: EnvelopeSuite) -> None:
    """The label is readable on the way; no value is."""
    sealed = envelope(suite)
    assert HEADER.spelled() in sealed
    assert SECRET not in sealed
    assert CONTENTS["phone"] not in sealed


# ── What does not ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.clause("SHARE-5")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("bit", [0, 6])
def test_no_byte_can_be_changed(suite: EnvelopeSuite, bit: int) -> None:
    """A change of any byte is noticed: of the label like of anything else, and by the same error."""
    sealed = envelope(suite)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1 << bit
        error = refusal(bytes(changed), key(suite))
        if place in {4, 5} and not (place == 5 and changed[5] in set(EnvelopeSuite)):
            assert error == EnvelopeUnknownSuite(form=changed[4], suite=changed[5])
        elif 6 <= place < 22:
            assert error == EnvelopeNotForYou(sealed_to=bytes(changed[6:22]).hex(), key=key(suite).key_id.hex())
        else:
            assert error == EnvelopeBroken()


@pytest.mark.parametrize("suite", SUITES)
def test_no_envelope_opens_in_part(suite: EnvelopeSuite) -> None:
    """Cut short by any number of bytes, it is refused."""
    sealed = envelope(suite)
    for size in range(len(sealed)):
        assert refusal(sealed[:size], key(suite)) == EnvelopeBroken()


@given(suite=st.sampled_from(SUITES), data=st.data())
@settings(max_examples=500)
def test_no_damage_opens(suite: EnvelopeSuite, data: st.DataObject) -> None:
    """Whatever is cut out, put in, overwritten, repeated or taken from elsewhere, one of three errors says so."""
    sealed = envelope(suite)
    other = data.draw(st.sampled_from([*map(envelope, SUITES), b""]))
    one, two = sorted(data.draw(st.tuples(st.integers(0, len(sealed)), st.integers(0, len(sealed)))))
    middle = data.draw(st.sampled_from([b"", other[one:two], sealed[one:two] * 2, other])) or data.draw(
        st.binary(max_size=64)
    )
    changed = sealed[:one] + middle + sealed[two:]
    if changed != sealed:
        assert type(refusal(changed, key(suite))) in {EnvelopeBroken, EnvelopeNotForYou, EnvelopeUnknownSuite}


@given(header=headers(), suite=st.sampled_from(SUITES))
@pytest.mark.clause("SHARE-5")
def test_another_label_does_not_stick(header: EnvelopeHeader, suite: EnvelopeSuite) -> None:
    """An envelope whose label was replaced by any other, in the right form, does not open."""
    sealed, old, new = envelope(suite), HEADER.spelled(), header.spelled()
    if new != old:
        changed = sealed[:22] + len(new).to_bytes(4, "big") + new + sealed[HEAD + len(old) :]
        assert refusal(changed, key(suite)) == EnvelopeBroken()


@pytest.mark.clause("SHARE-5")
@pytest.mark.parametrize("suite", SUITES)
def test_a_looser_label_does_not_stick(suite: EnvelopeSuite) -> None:
    """More purposes, less sensitive, a later end, another sender: none opens, though each is spelled as a label."""
    for looser in (
        HEADER._replace(fields=(FIELD._replace(wide=("delivery", "marketing")), HEADER.fields[1])),
        HEADER._replace(fields=(FIELD._replace(sensitivity=0), HEADER.fields[1])),
        HEADER._replace(fields=(FIELD._replace(until=None), HEADER.fields[1])),
        HEADER._replace(sender="Another Shop"),
        HEADER._replace(id="f" * 32),
        HEADER._replace(fields=HEADER.fields[::-1]),
    ):
        new = looser.spelled()
        rest = envelope(suite)[HEAD + len(HEADER.spelled()) :]
        changed = envelope(suite)[:22] + len(new).to_bytes(4, "big") + new + rest
        assert refusal(changed, key(suite)) == EnvelopeBroken()


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("other", SUITES)
def test_somebody_elses_envelope_does_not_open(suite: EnvelopeSuite, other: EnvelopeSuite) -> None:
    """Another key is told that it is another one; with its id written into the envelope, it is broken."""
    stranger = key(other, 1)
    error = refusal(envelope(suite), stranger)
    assert error == EnvelopeNotForYou(sealed_to=key(suite).key_id.hex(), key=stranger.key_id.hex())
    claimed = envelope(suite)[:6] + stranger.key_id + envelope(suite)[22:]
    assert refusal(claimed, stranger) == EnvelopeBroken()


@pytest.mark.parametrize("suite", SUITES)
def test_halves_of_two_envelopes_do_not_open(suite: EnvelopeSuite) -> None:
    """Encapsulation, ciphertext and label of two authentic envelopes to one key belong together."""
    start = HEAD + len(HEADER.spelled())
    middle = start + ENCAPSULATED[suite]
    one, two = envelope(suite), seal_envelope(key(suite).public, HEADER._replace(id="e" * 32), CONTENTS)
    assert len(one) == len(two)
    for cut in (start, middle, len(one) - 16):
        assert refusal(one[:cut] + two[cut:], key(suite)) == EnvelopeBroken()


def test_what_is_no_bytes_does_not_open() -> None:
    """Text and views are refused like any other damage."""
    odd: Any
    for odd in ("OBQE", bytearray(envelope(SUITES[0])), memoryview(envelope(SUITES[0])), None):
        assert refusal(odd, key(SUITES[0])) == EnvelopeBroken()


# ── What is not sealed ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "contents",
    [{}, {"consignee": SECRET}, {**CONTENTS, "more": SECRET}, {"consignee": SECRET, "phone": bytearray(SECRET)}],
)
def test_contents_and_label_go_together(contents: dict[str, Any]) -> None:
    """A value without a label, a label without a value, or a value that is no bytes makes no envelope."""
    with pytest.raises(ArgumentInvalid) as caught:
        seal_envelope(key(SUITES[0]).public, HEADER, contents)
    assert caught.value.argument == "contents"
    assert frames_hold(caught.value, SECRET) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "short"},
        {"id": "A" * 32},
        {"made": 1.0},
        {"made": True},
        {"made": 2**53},
        {"sender": None},
        {"sender": "\ud800"},
        {"fields": ()},
        {"fields": (FIELD, FIELD)},
        {"fields": None},
        {"fields": ("consignee",)},
        {"fields": (FIELD._replace(name=""),)},
        {"fields": (FIELD._replace(person=-1),)},
        {"fields": (FIELD._replace(sensitivity=3),)},
        {"fields": (FIELD._replace(collected=(2, 1)),)},
    ],
)
def test_a_label_in_the_wrong_form_is_not_sealed(changed: dict[str, Any]) -> None:
    """What no reader would take is not written either; the error quotes none of it."""
    header = HEADER._replace(**changed)
    with pytest.raises(ArgumentInvalid) as caught:
        header.spelled()
    assert caught.value == ArgumentInvalid(argument="header", problem="its parts are not those of an envelope's header")
    with pytest.raises(ArgumentInvalid) as sealed:
        seal_envelope(key(SUITES[0]).public, header, CONTENTS)
    assert sealed.value.argument == "header"
    assert frames_hold(sealed.value, SECRET) == []


def test_a_label_has_an_end() -> None:
    """A header of more than 1 MiB is not sealed."""
    with pytest.raises(ArgumentInvalid, match="longer than 1 MiB"):
        HEADER._replace(sender="x" * (1 << 20)).spelled()
    assert len(HEADER._replace(sender="x" * 1_000_000).spelled()) < 1 << 20


def low_order() -> bytes:
    """Give a point with which every shared secret is zero."""
    return bytes([EnvelopeSuite.X25519]) + bytes(32)


@pytest.mark.parametrize(
    ("public", "problem"),
    [
        (b"", "it is bytes that are not empty"),
        ("text", "it is bytes that are not empty"),
        (b"\0" + bytes(32), "it is of suite 0, which is unknown here"),
        (b"\3" + bytes(32), "it is of suite 3, which is unknown here"),
        (b"\1" + bytes(31), "it has 32 bytes instead of 33"),
        (b"\2" + bytes(32), "it has 33 bytes instead of 1217"),
        (low_order(), "it is no point of its suite"),
        (b"\2" + b"\xff" * 1216, "it is no point of its suite"),
        (key(EnvelopeSuite.MLKEM768_X25519).public[:-32] + bytes(32), "it is no point of its suite"),
    ],
)
def test_nothing_is_sealed_to_what_is_no_key(public: Any, problem: str) -> None:
    """Each is one typed error, with what is wrong and without a value."""
    with pytest.raises(EnvelopeKeyInvalid) as caught:
        seal_envelope(public, HEADER, CONTENTS)
    assert caught.value == EnvelopeKeyInvalid(half="public", problem=problem)
    assert caught.value.__context__ is None
    assert frames_hold(caught.value, SECRET) == []


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────

PRIVATE = b"K7#secret-key-bytes-of-length-32"


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("render", [repr, str, format, ascii, pprint.pformat, pretty_repr, "%s".__mod__, dir])
def test_no_rendering_shows_a_private_key(suite: EnvelopeSuite, render: Callable[[object], object]) -> None:
    """Text of every kind has the class and the key id only."""
    held = EnvelopeKey.of(bytes([suite]) + PRIVATE)
    text = str(render(held))
    assert "secret-key" not in text
    assert PRIVATE.hex() not in text
    assert held.key_id.hex() in text or render is dir
    assert not any(isinstance(value, bytes) and PRIVATE in value for _, value in inspect.getmembers(held))


@pytest.mark.parametrize("use", [pickle.dumps, copy.copy, copy.deepcopy, lambda held: held.__getstate__()])
def test_keys_are_not_pickled_or_copied(use: Callable[[object], object]) -> None:
    """No accidental channel takes a private key along."""
    with pytest.raises(AccidentalUse) as caught:
        use(key(SUITES[0]))
    assert caught.value.wrapper == "EnvelopeKey"
    with pytest.raises(TypeError):
        json.dumps(key(SUITES[0]))
    with pytest.raises(TypeError):
        vars(key(SUITES[0]))


def test_keys_never_change_and_are_not_constructed() -> None:
    """Attributes can be neither set nor deleted, the refusal quotes nothing, and there are two ways to a key."""
    held: Any = key(SUITES[0])
    with pytest.raises(WrapperMisuse) as caught:
        held.public = PRIVATE
    assert "secret-key" not in str(caught.value)
    with pytest.raises(WrapperMisuse):
        del held.public
    with pytest.raises(WrapperMisuse) as built:
        EnvelopeKey()
    problem = "it has no public constructor; use new or of"
    assert built.value == WrapperMisuse(wrapper="EnvelopeKey", problem=problem)


@pytest.mark.parametrize("suite", SUITES)
def test_a_key_is_made_again_from_its_bytes(suite: EnvelopeSuite) -> None:
    """New keys differ; the same bytes give the same public key and id, and another object."""
    one, two = EnvelopeKey.new(suite=suite), EnvelopeKey.new(suite=suite)
    again = EnvelopeKey.of(one.private)
    assert one.public != two.public
    assert (again.private, again.public, again.key_id, again.suite) == (one.private, one.public, one.key_id, suite)
    assert again != one
    assert key_id_of(one.public) == one.key_id
    assert one.private[0] == one.public[0] == suite


def test_the_default_is_the_strongest() -> None:
    """Where ML-KEM is there, a new key has it."""
    assert EnvelopeKey.new().suite is EnvelopeSuite.MLKEM768_X25519


def test_a_plain_key_is_an_x25519_key() -> None:
    """Suite 1 is nothing of the library's own: the public half is what X25519 makes of the private one."""
    plain = X25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw()
    assert EnvelopeKey.of(b"\1" + PRIVATE).public == b"\1" + plain


@pytest.mark.parametrize(
    ("private", "problem"),
    [
        (b"", "it is bytes that are not empty"),
        (None, "it is bytes that are not empty"),
        (b"\0" + PRIVATE, "it is of suite 0, which is unknown here"),
        (b"\1" + PRIVATE[:-1], "it has 32 bytes instead of 33"),
        (b"\2" + PRIVATE + b"\0", "it has 34 bytes instead of 33"),
    ],
)
def test_what_is_no_private_key_is_refused(private: Any, problem: str) -> None:
    """The bytes may be most of a key, so they are nowhere in the error and its frames."""
    with pytest.raises(EnvelopeKeyInvalid) as caught:
        EnvelopeKey.of(private)
    assert caught.value == EnvelopeKeyInvalid(half="private", problem=problem)
    assert frames_hold(caught.value, PRIVATE[:-1]) == []


# ── Where HPKE is missing ─────────────────────────────────────────────────────────────────────────────────


def alone(code: str) -> str:
    """Run a program of its own and give what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_imports_no_hpke() -> None:
    """Whoever shares nothing pays nothing."""
    late = "('.hpke', '.mlkem', '._envelope', '._envelope_header', '._envelope_key', '._inbox')"
    said = alone(f"import sys, obq_privacy; print([name for name in sys.modules if name.endswith({late})])")
    assert said == "[]"


@pytest.mark.parametrize(
    ("missing", "tried", "said"),
    [
        ("hpke", "EnvelopeKey.new()", "X25519"),
        ("hpke", "EnvelopeKey.new(suite=EnvelopeSuite.MLKEM768_X25519)", "MLKEM768-X25519"),
        ("hpke", "EnvelopeKey.of(bytes([1]) + bytes(32))", "X25519"),
        ("hpke", "EnvelopeKey.of(bytes([2]) + bytes(32))", "MLKEM768-X25519"),
        ("hpke", "seal_envelope(bytes([1, 9] + [0] * 31), header, {'v': b''})", "X25519"),
        ("hpke", "seal_envelope(bytes([2]) + bytes(1216), header, {'v': b''})", "MLKEM768-X25519"),
        ("asymmetric.mlkem", "EnvelopeKey.new()", ""),
        ("asymmetric.mlkem", "EnvelopeKey.new(suite=EnvelopeSuite.MLKEM768_X25519)", "MLKEM768-X25519"),
        ("asymmetric.mlkem", "EnvelopeKey.of(bytes([2]) + bytes(32))", "MLKEM768-X25519"),
        ("asymmetric.mlkem", "seal_envelope(bytes([2]) + bytes(1216), header, {'v': b''})", "MLKEM768-X25519"),
    ],
)
def test_an_older_cryptography_is_one_typed_error(missing: str, tried: str, said: str) -> None:
    """Without HPKE there are no envelopes, without ML-KEM plain ones; which package helps is said."""
    found = alone(
        f"import sys; sys.modules['cryptography.hazmat.primitives.{missing}'] = None\n"
        "from obq_privacy.crypto import *\n"
        "from obq_privacy.crypto import EnvelopeField, EnvelopeHeader\n"
        "from obq_privacy.errors import EnvelopeUnavailable\n"
        "field = EnvelopeField('v', 0, (), '', 0, (), (), (), (), (), (), (0, 0), None)\n"
        "header = EnvelopeHeader('0' * 32, '', '', '', '', 0, (field,))\n"
        f"try:\n    print(getattr({tried}, 'suite'))\n"
        "except EnvelopeUnavailable as error:\n"
        "    assert error.__context__ is None\n    assert 'cryptography 48' in str(error)\n    print(error.suite)\n"
    )
    assert found == (said or str(EnvelopeSuite.X25519))


class Absent:
    """Stands for what a build of `cryptography` names and does not have."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: object) -> None:
            raise UnsupportedAlgorithm(name)

        return refuse


@pytest.fixture
def fresh() -> Generator[None]:
    """Let nothing be remembered of what is there, before and after."""
    for remembered in (_envelope_key.scheme, _envelope_key.sealer, _envelope._tried):
        remembered.cache_clear()
    yield
    for remembered in (_envelope_key.scheme, _envelope_key.sealer, _envelope._tried):
        remembered.cache_clear()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("how", ["missing", "without support"])
def test_without_ml_kem_envelopes_are_plain(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """An older package lacks the module, an older OpenSSL what it stands for: plain keys work, others say why not."""
    public = key(EnvelopeSuite.MLKEM768_X25519).public
    name = "cryptography.hazmat.primitives.asymmetric.mlkem"
    if how == "missing":
        monkeypatch.setitem(sys.modules, name, None)
    else:
        for half in ("MLKEM768PrivateKey", "MLKEM768PublicKey"):
            monkeypatch.setattr(f"{name}.{half}", Absent())
    made = EnvelopeKey.new()
    assert made.suite is EnvelopeSuite.X25519
    assert open_envelope(made, seal_envelope(made.public, HEADER, CONTENTS)) == (HEADER, CONTENTS)
    for act in (
        lambda: EnvelopeKey.new(suite=EnvelopeSuite.MLKEM768_X25519),
        lambda: EnvelopeKey.of(bytes([EnvelopeSuite.MLKEM768_X25519]) + PRIVATE),
        lambda: seal_envelope(public, HEADER, CONTENTS),
        lambda: check_envelope_public(public),
    ):
        with pytest.raises(EnvelopeUnavailable) as caught:
            act()
        assert caught.value == EnvelopeUnavailable(suite="MLKEM768-X25519")
        assert caught.value.__context__ is None
        assert frames_hold(caught.value, PRIVATE) == frames_hold(caught.value, SECRET) == []


@pytest.mark.usefixtures("fresh")
def test_without_hpke_there_are_no_envelopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of a kind that is asked for is named, else the least."""
    public = key(EnvelopeSuite.X25519).public
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.hpke", None)
    for act in (EnvelopeKey.new, lambda: seal_envelope(public, HEADER, CONTENTS)):
        with pytest.raises(EnvelopeUnavailable) as caught:
            act()
        assert caught.value == EnvelopeUnavailable(suite="X25519")
    with pytest.raises(EnvelopeUnavailable) as named:
        EnvelopeKey.new(suite=EnvelopeSuite.MLKEM768_X25519)
    assert named.value == EnvelopeUnavailable(suite="MLKEM768-X25519")


def test_a_public_key_is_tried_before_it_is_relied_on() -> None:
    """What would not seal is told beforehand, by the same errors."""
    for suite in SUITES:
        check_envelope_public(key(suite).public)
    for public in (b"", bytes(33), low_order(), b"\2" + b"\xff" * 1216):
        with pytest.raises(EnvelopeKeyInvalid):
            check_envelope_public(public)


def test_what_is_sealed_together_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """AES-GCM takes so much here and no more; the values are nowhere in the error."""
    monkeypatch.setattr(_envelope, "_LONGEST", len(SECRET) + len(CONTENTS["phone"]))
    public = key(EnvelopeSuite.X25519).public
    assert seal_envelope(public, HEADER, CONTENTS)
    with pytest.raises(ArgumentInvalid, match="too long to be sealed together") as caught:
        seal_envelope(public, HEADER, {**CONTENTS, "phone": bytes(12)})
    assert frames_hold(caught.value, SECRET) == []
