"""Signed receipts: verifiable by anybody with the public key, and with no other text, key or signature."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from receipts_world import DAY, GUARDIAN, ISSUER, POLICY, START, event, grants

from obq_privacy import EventKind, Notice, Operation, errors
from obq_privacy.rights import ReceiptKey, receipt_27560, receipt_kantara, sign_receipt, verify_receipt

ADULT = date(1990, 5, 1)
KEY = ReceiptKey.of(bytes(range(32)))
OTHER = ReceiptKey.of(bytes(range(1, 33)))
GRANT = event(EventKind.GRANT, "delivery")
RECEIPT = receipt_kantara(POLICY, GRANT, issuer=ISSUER, born=ADULT, issued=START + DAY, public_key=KEY.public)
SIGNED = sign_receipt(RECEIPT, KEY)
REFUSED = (errors.ReceiptMalformed, errors.ReceiptKeyMismatch, errors.ReceiptForged)


def plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


# ── What verifies ─────────────────────────────────────────────────────────────────────────────────────────


@given(grants(), st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_given_back(grant: object, secret: bytes) -> None:
    """For every consent, both forms and every key: verifying gives the very text that was signed."""
    key = ReceiptKey.of(secret)
    issued = START + 2000 * DAY
    for receipt in (
        receipt_27560(POLICY, grant, issuer=ISSUER, born=ADULT, issued=issued),  # type: ignore[arg-type]
        receipt_kantara(POLICY, grant, issuer=ISSUER, born=ADULT, issued=issued, public_key=key.public),  # type: ignore[arg-type]
    ):
        signed = sign_receipt(receipt, key)
        assert verify_receipt(signed, key.public) == receipt
        assert signed == sign_receipt(receipt, key)


def test_the_signature_is_a_detached_jws() -> None:
    """Another implementation verifies it: RFC 7515 says what is signed, RFC 8037 how."""
    form = json.loads(SIGNED)
    header, nothing, signature = form["signature"].split(".")
    assert nothing == ""
    assert json.loads(plain(header)) == {"alg": "EdDSA", "kid": KEY.name}
    payload = json.dumps(form["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    signed = f"{header}.{base64url(payload)}".encode()
    Ed25519PublicKey.from_public_bytes(KEY.public).verify(plain(signature), signed)


def test_keys_and_names_are_those_of_the_standard() -> None:
    """The key pair, the thumbprint and the signature of RFC 8037, appendix A."""
    key = ReceiptKey.of(plain("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
    assert key.public == plain("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    assert key.name == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert base64url(key.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")) == (
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_it_is_verified_offline() -> None:
    """A process that opens no guard, no store and no socket verifies it from two texts."""
    code = """
import socket, sys
socket.socket = None
from obq_privacy.rights import verify_receipt
text, key = sys.stdin.read().split("\\n")
print(verify_receipt(text, bytes.fromhex(key)), end="")
assert "sqlite3" not in sys.modules
"""
    told = f"{SIGNED}\n{KEY.public.hex()}"
    done = subprocess.run([sys.executable, "-c", code], input=told, capture_output=True, text=True, check=True)
    assert done.stdout == RECEIPT


# ── What does not ─────────────────────────────────────────────────────────────────────────────────────────


def test_no_byte_can_be_changed() -> None:
    """Whichever one character of a signed receipt is changed, in text, header or signature, it does not verify."""
    for at, old in enumerate(SIGNED):
        new = chr(ord(old) ^ 1)
        with pytest.raises(REFUSED):
            verify_receipt(SIGNED[:at] + new + SIGNED[at + 1 :], KEY.public)


@given(st.integers(0, len(SIGNED)), st.text(max_size=2), st.integers(0, 2))
def test_nothing_can_be_put_in_or_taken_out(at: int, put: str, taken: int) -> None:
    """Any other text does not verify, not even one that another reader of JSON takes for the same."""
    text = SIGNED[:at] + put + SIGNED[at + taken :]
    if text == SIGNED:
        return
    with pytest.raises(REFUSED):
        verify_receipt(text, KEY.public)


SPELLING = "it is not a JSON object in its one spelling"
PARTS = "it does not consist of a receipt and a signature"
DETACHED = "its signature is not a detached JWS"
BASE64 = "its signature is not base64url"


def with_parts(**parts: object) -> str:
    """Give the signed receipt with other parts, in the one spelling."""
    form = {name: part for name, part in (json.loads(SIGNED) | parts).items() if part is not None}
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


HEADER, _, SIGNATURE = json.loads(SIGNED)["signature"].split(".")
PAYLOAD = base64url(RECEIPT.encode())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (json.dumps(json.loads(SIGNED), indent=1), SPELLING),
        (SIGNED + "\n", SPELLING),
        (SIGNED.replace("Example Shop", "\\u0045xample Shop"), SPELLING),
        (SIGNED.replace('"onBehalf":false', '"onBehalf":false,"onBehalf":false'), SPELLING),
        ("", SPELLING),
        ("null", SPELLING),
        ("[]", SPELLING),
        ("NaN", SPELLING),
        ('{"a":NaN}', SPELLING),
        ("[" * 100_000, SPELLING),
        (b"{}", SPELLING),
        (None, SPELLING),
        (with_parts(more=1), PARTS),
        (with_parts(receipt=None), PARTS),
        (with_parts(signature=None), PARTS),
        (with_parts(receipt=[]), PARTS),
        (with_parts(signature=7), PARTS),
        ("{}", PARTS),
        (with_parts(signature=""), DETACHED),
        (with_parts(signature=f"{HEADER}.{SIGNATURE}"), DETACHED),
        (with_parts(signature=f"{HEADER}.{PAYLOAD}.{SIGNATURE}"), DETACHED),
        (with_parts(signature=f"{HEADER}..{SIGNATURE}."), DETACHED),
        (with_parts(signature=f"{HEADER}..{SIGNATURE}="), BASE64),
        (with_parts(signature=f"{HEADER}..{SIGNATURE} "), BASE64),
        (with_parts(signature=f"{HEADER}..{SIGNATURE[:-1]}"), BASE64),
        (with_parts(signature=f"{HEADER}..é"), BASE64),
        (with_parts(signature=f"é..{SIGNATURE}"), BASE64),
        (with_parts(signature="\ud800"), SPELLING),
    ],
)
def test_what_is_no_signed_receipt_is_malformed(text: str, problem: str) -> None:
    """Other spellings, other forms, more or fewer parts, and what is no JSON at all."""
    with pytest.raises(errors.ReceiptMalformed) as caught:
        verify_receipt(text, KEY.public)
    assert caught.value.problem == problem


def test_unused_bits_of_base64_are_not_free() -> None:
    """Of the characters that stand for the same bytes of the signature only one is taken."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = [last for last in alphabet if plain(SIGNATURE[:-1] + last) == plain(SIGNATURE)]
    assert len(same) == 16
    for last in set(same) - {SIGNATURE[-1]}:
        with pytest.raises(errors.ReceiptMalformed):
            verify_receipt(with_parts(signature=f"{HEADER}..{SIGNATURE[:-1]}{last}"), KEY.public)


def test_a_signature_of_another_length_is_forged() -> None:
    """Well spelled, and yet no signature of 64 bytes."""
    for data in (b"", plain(SIGNATURE)[:-1], plain(SIGNATURE) + b"x"):
        with pytest.raises(errors.ReceiptForged):
            verify_receipt(with_parts(signature=f"{HEADER}..{base64url(data)}"), KEY.public)


def with_header(header: object) -> str:
    """Give the receipt with another header, honestly signed by the same key."""
    form = json.loads(SIGNED)
    first = base64url(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
    signature = KEY.sign(f"{first}.{base64url(RECEIPT.encode())}".encode())
    form["signature"] = f"{first}..{base64url(signature)}"
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": KEY.name},
        {"alg": "HS256", "kid": KEY.name},
        {"alg": "Ed25519", "kid": KEY.name},
        {"kid": KEY.name},
        [],
        "EdDSA",
    ],
)
def test_another_algorithm_never_verifies(header: object) -> None:
    """The header cannot talk the reader into another algorithm."""
    with pytest.raises(errors.ReceiptMalformed) as caught:
        verify_receipt(with_header(header), KEY.public)
    assert caught.value.problem == "its signature is not by EdDSA"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "EdDSA"},
        {"alg": "EdDSA", "kid": OTHER.name},
        {"alg": "EdDSA", "kid": KEY.name, "crit": ["exp"], "exp": 1},
        {"alg": "EdDSA", "kid": KEY.name, "jwk": {"crv": "Ed25519", "kty": "OKP", "x": base64url(OTHER.public)}},
    ],
)
def test_a_header_that_is_not_ours_never_verifies(header: object) -> None:
    """No other key, no further members: the key comes from whoever verifies, not from the receipt."""
    with pytest.raises(errors.ReceiptKeyMismatch):
        verify_receipt(with_header(header), KEY.public)


def test_another_key_is_told_apart_from_a_changed_text() -> None:
    """A receipt of another controller is a mismatch; a changed one of this controller is forged."""
    with pytest.raises(errors.ReceiptKeyMismatch) as mismatch:
        verify_receipt(SIGNED, OTHER.public)
    assert mismatch.value.key == OTHER.name
    with pytest.raises(errors.ReceiptForged) as forged:
        verify_receipt(SIGNED.replace("Example Shop", "Example Shoq"), KEY.public)
    assert forged.value.key == KEY.name


def test_a_signature_of_another_receipt_does_not_serve() -> None:
    """Signatures cannot be exchanged between receipts of the same key."""
    grant = event(EventKind.GRANT, "payment", number=2)
    other = receipt_kantara(POLICY, grant, issuer=ISSUER, born=ADULT, issued=START + DAY, public_key=KEY.public)
    form = json.loads(SIGNED) | {"receipt": json.loads(other)}
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with pytest.raises(errors.ReceiptForged):
        verify_receipt(text, KEY.public)


@pytest.mark.parametrize("receipt", ["", "[]", "{ }", '{"b":1,"a":2}', '{"a":NaN}', '{"a":"\ud800"}', None])
def test_only_a_receipt_in_its_one_spelling_is_signed(receipt: str) -> None:
    """Signing does not quietly change what it signs."""
    with pytest.raises(errors.ReceiptMalformed):
        sign_receipt(receipt, KEY)


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_keys_are_new_each_time_and_come_back() -> None:
    """Two new keys differ; what was exported makes the same key again."""
    key = ReceiptKey.new()
    assert key.public != ReceiptKey.new().public
    assert ReceiptKey.of(key.export()).public == key.public


@pytest.mark.parametrize("secret", [b"", b"short", bytes(31), bytes(33), "a" * 32, None, bytearray(32)])
def test_what_is_no_key_is_refused(secret: bytes) -> None:
    """Neither a secret nor a public key of another form is taken."""
    with pytest.raises(errors.ReceiptKeyInvalid) as caught:
        ReceiptKey.of(secret)
    assert caught.value.problem == "the secret is not 32 bytes long"
    with pytest.raises(errors.ReceiptKeyInvalid) as caught:
        verify_receipt(SIGNED, secret)
    assert caught.value.problem == "the public key is not 32 bytes long"


def test_a_key_does_not_get_out_by_accident() -> None:
    """Its repr is its name, it lists no secret, and nothing copies or pickles it."""
    secret = KEY.export().hex()
    assert repr(KEY) == f"ReceiptKey({KEY.name})"
    assert not any(secret in str(getattr(KEY, name)) for name in dir(KEY) if name != "export")
    for leak in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(errors.AccidentalUse):
            leak(KEY)


# ── What was handed out once ──────────────────────────────────────────────────────────────────────────────

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("form", ["27560", "kantara"])
def test_receipts_are_made_as_they_were_before(form: str) -> None:
    """A receipt that was handed out verifies for ever, and the same facts make it again, byte for byte."""
    kept = (GOLDEN / f"receipt-{form}-v1.json").read_text("utf-8").removesuffix("\n")
    assert verify_receipt(kept, KEY.public)
    assert handed_out(form) == kept


def handed_out(form: str) -> str:
    """Make the receipt that is kept beside the tests."""
    notice = Notice.of("我们用您的姓名送货。", language="zh-CN", shown=START)
    grant = event(
        EventKind.GRANT,
        *("marketing", "payment"),
        number=0x0123456789ABCDEF0123456789ABCDEF,
        at=START + DAY,
        operations=(Operation.COLLECT, Operation.USE, Operation.SHARE),
        parties=("agency",),
        regions=("US",),
        notice=notice,
        valid_until=START + 365 * DAY,
        actor=GUARDIAN,
    )
    history = [
        event(EventKind.REQUEST, "marketing", number=2),
        event(
            EventKind.RENEW, number=3, at=START + 2 * DAY, about=grant.id, actor=GUARDIAN, valid_until=START + 700 * DAY
        ),
        event(EventKind.WITHDRAW, "email-marketing", number=4, at=START + 3 * DAY),
    ]
    facts = {"issuer": ISSUER, "issued": START + 4 * DAY, "history": history, "born": date(2013, 2, 28)}
    if form == "27560":
        return sign_receipt(receipt_27560(POLICY, grant, **facts), KEY)  # type: ignore[arg-type]
    return sign_receipt(receipt_kantara(POLICY, grant, public_key=KEY.public, **facts), KEY)  # type: ignore[arg-type]
