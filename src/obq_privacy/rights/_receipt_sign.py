"""Signing receipts, and verifying them with nothing but a public key."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Self, cast, final

from obq_privacy.errors import ReceiptForged, ReceiptKeyInvalid, ReceiptKeyMismatch, ReceiptMalformed
from obq_privacy.guard._arguments import check_kind
from obq_privacy.rights._receipt import spelled
from obq_privacy.vocab._shut import Shut

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SIZE = 32


@final
class ReceiptKey(Shut):
    """The Ed25519 key with which a controller signs its receipts.

    Make one with `new` or `of`. It shows its name only (`name`, the RFC 7638 thumbprint of its public key), and cannot
    be pickled or copied; `export` hands out the secret, for the place where the application keeps its secrets.
    """

    __slots__ = ("_key", "name", "public")

    public: bytes
    name: str
    _key: Ed25519PrivateKey

    def __init__(self, key: Ed25519PrivateKey, /) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.name = _thumbprint(self.public)

    @classmethod
    def new(cls) -> Self:
        """Make a key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, secret: bytes, /) -> Self:
        """Give the key whose secret `export` handed out.

        Raises:
            ReceiptKeyInvalid: it is not 32 bytes long.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

        known = secret if type(secret) is bytes and len(secret) == _SIZE else None
        del secret  # a renderer of tracebacks may show this frame
        if known is None:
            raise ReceiptKeyInvalid(problem="the secret is not 32 bytes long")
        return cls(Ed25519PrivateKey.from_private_bytes(known))

    def export(self) -> bytes:
        """Give the 32 bytes of the secret, to be kept where secrets are kept."""
        return self._key.private_bytes_raw()

    def sign(self, data: bytes, /) -> bytes:
        """Give the 64 bytes of the signature of `data`."""
        return self._key.sign(data)

    def __repr__(self) -> str:
        return f"ReceiptKey({self.name})"

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name != "_key"]


def sign_receipt(receipt: str, key: ReceiptKey, /) -> str:
    """Sign a receipt; give the text that is handed out: the receipt and a detached JWS (RFC 7515, RFC 8037).

    The signature is of the bytes of the receipt in the one spelling that `receipt_27560` and `receipt_kantara` give.

    Raises:
        ReceiptMalformed: the receipt is not a JSON object in that spelling.
        ArgumentInvalid: the key is no ReceiptKey.
    """
    check_kind("key", key, ReceiptKey)
    form = _object(receipt)
    header = _header(key.public)
    signature = key.sign(_signed(header, receipt))
    return spelled({"receipt": form, "signature": f"{header}..{_base64(signature)}"})


def verify_receipt(text: str, public_key: bytes, /) -> str:
    """Verify a signed receipt, offline, and give the receipt that was signed.

    Whatever was changed, even a blank, makes it fail.

    Raises:
        ReceiptMalformed: the text is not as `sign_receipt` spells it.
        ReceiptKeyMismatch: it names another key than `public_key`.
        ReceiptForged: the signature is not of this receipt.
        ReceiptKeyInvalid: the key is not 32 bytes long.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    known = _public(public_key)
    form = _object(text)
    receipt, jws = form.get("receipt"), form.get("signature")
    if form.keys() != {"receipt", "signature"} or not isinstance(receipt, dict) or not isinstance(jws, str):
        raise ReceiptMalformed(problem="it does not consist of a receipt and a signature")
    parts = jws.split(".")
    if len(parts) != 3 or parts[1]:
        raise ReceiptMalformed(problem="its signature is not a detached JWS")
    _check_header(parts[0], public_key)
    inner = spelled(cast("dict[str, object]", receipt))
    try:
        known.verify(_bytes(parts[2]), _signed(parts[0], inner))
    except InvalidSignature:
        raise ReceiptForged(key=_thumbprint(public_key)) from None
    return inner


def _check_header(header: str, public_key: bytes) -> None:
    """Check that a header is the only one that this library writes: another algorithm or key never verifies."""
    if header == _header(public_key):
        return
    try:
        form: object = json.loads(_bytes(header))
    except ValueError:  # not JSON, or not UTF-8
        form = None
    if not isinstance(form, dict) or cast("dict[str, object]", form).get("alg") != "EdDSA":
        raise ReceiptMalformed(problem="its signature is not by EdDSA")
    raise ReceiptKeyMismatch(key=_thumbprint(public_key))


def _object(text: object) -> dict[str, object]:
    """Read a JSON object that has the one spelling."""
    form: object = None
    same = False
    try:
        if isinstance(text, str):
            form = json.loads(text)
            same = spelled(form).encode("utf-8") == text.encode("utf-8")
    except (ValueError, RecursionError):  # not JSON, not finite, nested without end, or not Unicode
        same = False
    if not same or not isinstance(form, dict):
        raise ReceiptMalformed(problem="it is not a JSON object in its one spelling")
    return cast("dict[str, object]", form)


def _header(public_key: bytes) -> str:
    return _base64(spelled({"alg": "EdDSA", "kid": _thumbprint(public_key)}).encode())


def _signed(header: str, receipt: str) -> bytes:
    """Give the signing input of RFC 7515, with the payload that the text leaves out."""
    return f"{header}.{_base64(receipt.encode('utf-8'))}".encode("ascii")


def _thumbprint(public_key: bytes) -> str:
    """Give the name of a key: the digest of its members in the order of RFC 7638, for the key type of RFC 8037."""
    return _base64(sha256(spelled({"crv": "Ed25519", "kty": "OKP", "x": _base64(public_key)}).encode()).digest())


def _public(public_key: object) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    if not isinstance(public_key, bytes) or len(public_key) != _SIZE:
        raise ReceiptKeyInvalid(problem="the public key is not 32 bytes long")
    return Ed25519PublicKey.from_public_bytes(public_key)


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    """Read base64url without padding, in its one spelling.

    Raises:
        ReceiptMalformed: it is not that.
    """
    data: bytes | None = None
    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:  # not ASCII, or of a length that cannot be
        data = None
    if data is None or _base64(data) != text:
        raise ReceiptMalformed(problem="its signature is not base64url")
    return data
