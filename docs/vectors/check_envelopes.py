"""Check the vectors of docs/formats/envelope.md with an implementation of its own.

    python docs/vectors/check_envelopes.py --check      every vector, with nothing but the cryptography package
    python docs/vectors/check_envelopes.py --library    every vector, through the library, and envelopes made anew
    python docs/vectors/check_envelopes.py --write      make the vectors anew, which only a new format version may need

`--check` and `--library` can stand together. The exit status is 0 if everything holds, 1 if not. HPKE is written out
here from RFC 9180; of the package it takes X25519, ML-KEM-768 and AES-GCM, which needs cryptography 48.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = Path(__file__).with_name("envelope-v1.json")
BROKEN, ELSEWHERE, UNKNOWN = "OBQ421", "OBQ422", "OBQ423"
KEMS = {1: 0x0020, 2: 0x647A}
ENCAPSULATED = {1: 32, 2: 1120}


class Key(TypedDict):
    """A key pair, in hex."""

    private: str
    public: str
    key_id: str


class Header(TypedDict):
    """Bytes of a header, and whether a reader takes them."""

    why: str
    data: str
    taken: bool


class Envelope(TypedDict):
    """An envelope and what it holds; contents None: it is refused with the error of this code."""

    why: str
    private: str
    ephemeral: str
    header: str
    contents: dict[str, str] | None
    code: str
    envelope: str


class Vectors(TypedDict):
    """The whole file; `lattice` is what ML-KEM-768 gave once for the second key, because it draws at random."""

    format: str
    lattice: str
    keys: list[Key]
    headers: list[Header]
    envelopes: list[Envelope]


# ── The format, written a second time ─────────────────────────────────────────────────────────────────────


def encode(domain: str, *fields: bytes | int) -> bytes:
    """Encode fields as token.md says; no envelope has text among them."""
    out = struct.pack(">I", len(domain)) + domain.encode("ascii")
    for field in fields:
        kind, content = (b"b", field) if isinstance(field, bytes) else (b"i", struct.pack(">q", field))
        out += kind + struct.pack(">I", len(content)) + content
    return out


def extract(salt: bytes, suite: bytes, label: bytes, secret: bytes) -> bytes:
    """Return LabeledExtract of RFC 9180."""
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256").digest()


def expand(secret: bytes, suite: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """Return LabeledExpand of RFC 9180."""
    labelled = struct.pack(">H", size) + b"HPKE-v1" + suite + label + info
    out = block = b""
    count = 0
    while len(out) < size:
        count += 1
        block = hmac.new(secret, block + labelled + bytes([count]), "sha256").digest()
        out += block
    return out[:size]


class Recipient:
    """A private key, taken apart."""

    def __init__(self, private: bytes) -> None:
        self.suite = private[0]
        self.lattice: MLKEM768PrivateKey | None = None
        if self.suite == 1:
            self.curve = X25519PrivateKey.from_private_bytes(private[1:])
        else:
            drawn = hashlib.shake_256(private[1:]).digest(96)
            self.lattice = MLKEM768PrivateKey.from_seed_bytes(drawn[:64])
            self.curve = X25519PrivateKey.from_private_bytes(drawn[64:])
        self.point = self.curve.public_key().public_bytes_raw()
        raw = b"" if self.lattice is None else self.lattice.public_key().public_bytes_raw()
        self.public = private[:1] + raw + self.point
        self.key_id = hashlib.sha256(encode("obq-privacy/envelope-key/1", self.public)).digest()[:16]

    def shared(self, met: bytes, lattice: bytes, point: bytes) -> bytes:
        """Return the shared secret from what X25519 gave, the ciphertext of ML-KEM and the sender's point."""
        if self.lattice is None:
            suite = b"KEM" + struct.pack(">H", KEMS[1])
            secret = extract(b"", suite, b"eae_prk", met)
            return expand(secret, suite, b"shared_secret", point + self.point, 32)
        hidden = self.lattice.decapsulate(lattice)
        return hashlib.sha3_256(hidden + met + point + self.point + b"\\.//^\\").digest()

    def cipher(self, shared: bytes, info: bytes) -> tuple[AESGCM, bytes]:
        """Return the cipher and the nonce of the first and only message."""
        suite = b"HPKE" + struct.pack(">HHH", KEMS[self.suite], 1, 2)
        context = b"\0" + extract(b"", suite, b"psk_id_hash", b"") + extract(b"", suite, b"info_hash", info)
        secret = extract(shared, suite, b"secret", b"")
        return AESGCM(expand(secret, suite, b"key", context, 32)), expand(secret, suite, b"base_nonce", context, 12)


def facts(suite: int, key_id: bytes, header: bytes) -> bytes:
    """Return what is authenticated beside the ciphertext."""
    return encode("obq-privacy/envelope/1", 1, suite, key_id, header)


def pad(content: bytes) -> bytes:
    """Pad as the document says."""
    out = struct.pack(">I", len(content)) + content
    return out + bytes(-len(out) % 32)


def seal(private: bytes, ephemeral: bytes, lattice: bytes, header: bytes, padded: bytes) -> bytes:
    """Make an envelope."""
    to = Recipient(private)
    sender = X25519PrivateKey.from_private_bytes(ephemeral)
    point = sender.public_key().public_bytes_raw()
    cipher, nonce = to.cipher(
        to.shared(sender.exchange(to.curve.public_key()), lattice, point), facts(to.suite, to.key_id, header)
    )
    head = b"OBQE" + bytes([1, to.suite]) + to.key_id + struct.pack(">I", len(header)) + header
    return head + (lattice if to.suite == 2 else b"") + point + cipher.encrypt(nonce, padded, b"")


def packed(header: bytes, contents: dict[str, bytes]) -> bytes:
    """Return the values in the order of the header, padded."""
    names = [field["name"] for field in json.loads(header)["fields"]]
    return pad(b"".join(struct.pack(">I", len(contents[name])) + contents[name] for name in names))


def open_envelope(private: bytes, data: bytes) -> dict[str, bytes] | str:
    """Return the values, or the code of the error."""
    to = Recipient(private)
    if len(data) < 26 or data[:4] != b"OBQE":
        return BROKEN
    version, suite, key_id, size = struct.unpack(">BB16sI", data[4:26])
    if version != 1 or suite not in KEMS:
        return UNKNOWN
    header, rest = data[26 : 26 + size], data[26 + size :]
    body = len(rest) - ENCAPSULATED[suite] - 16
    if len(header) != size or size > 2**20 or body < 32 or body % 32:
        return BROKEN
    if key_id != to.key_id:
        return ELSEWHERE
    if suite != to.suite:
        return BROKEN
    split = ENCAPSULATED[suite]
    lattice, point, sealed = rest[: split - 32], rest[split - 32 : split], rest[split:]
    try:
        met = to.curve.exchange(X25519PublicKey.from_public_bytes(point))
        cipher, nonce = to.cipher(to.shared(met, lattice, point), facts(suite, key_id, header))
        plain = cipher.decrypt(nonce, sealed, b"")
    except (InvalidTag, ValueError):
        return BROKEN
    content = plain[4 : 4 + struct.unpack(">I", plain[:4])[0]]
    if pad(content) != plain or not is_header(header):
        return BROKEN
    return unpacked([field["name"] for field in json.loads(header)["fields"]], content)


def unpacked(names: list[str], content: bytes) -> dict[str, bytes] | str:
    """Return the values by name, or the code of the error."""
    found: dict[str, bytes] = {}
    for name in names:
        size = struct.unpack(">I", content[:4])[0] if len(content) >= 4 else len(content)
        if len(content) < 4 + size:
            return BROKEN
        found[name], content = content[4 : 4 + size], content[4 + size :]
    return found if not content else BROKEN


def is_texts(part: object) -> bool:
    """Tell whether this is a list of texts."""
    return isinstance(part, list) and all(isinstance(text, str) for text in cast("list[object]", part))


def is_whole(part: object) -> bool:
    """Tell whether this is a whole number that every reader of JSON keeps exact."""
    return type(part) is int and abs(part) < 2**53


def is_field(part: object) -> bool:
    """Tell whether this describes a value."""
    form = cast("dict[str, object]", part)
    texts = ("items", "categories", "wide", "exact", "regions", "sources", "versions")
    if not isinstance(part, dict) or set(form) != {
        *texts,
        "name",
        "person",
        "spelling",
        "sensitivity",
        "collected",
        "until",
    }:
        return False
    times = form["collected"]
    span = cast("list[int]", times)
    return (
        all(is_texts(form[name]) for name in texts)
        and isinstance(form["name"], str)
        and form["name"] != ""
        and isinstance(form["spelling"], str)
        and is_whole(form["person"])
        and cast("int", form["person"]) >= 0
        and is_whole(form["sensitivity"])
        and form["sensitivity"] in {0, 1, 2}
        and isinstance(times, list)
        and len(span) == 2
        and all(map(is_whole, span))
        and span[0] <= span[1]
        and (form["until"] is None or is_whole(form["until"]))
    )


def is_header(data: bytes) -> bool:
    """Tell whether these bytes are a header in its one spelling."""
    try:
        form = json.loads(data)
        spelled = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    if spelled != data or not isinstance(form, dict):
        return False
    texts = ("sender", "recipient", "purpose", "version")
    return (
        set(form) == {*texts, "id", "made", "fields"}
        and all(isinstance(form[name], str) for name in texts)
        and isinstance(form["id"], str)
        and len(form["id"]) == 32
        and set(form["id"]) <= set("0123456789abcdef")
        and is_whole(form["made"])
        and isinstance(form["fields"], list)
        and len(form["fields"]) > 0
        and all(map(is_field, form["fields"]))
        and len({field["name"] for field in form["fields"]}) == len(form["fields"])
    )


def own_faults(vectors: Vectors) -> Iterator[str]:
    """Say which vectors do not hold."""
    for n, k in enumerate(vectors["keys"]):
        pair = Recipient(bytes.fromhex(k["private"]))
        if (pair.public.hex(), pair.key_id.hex()) != (k["public"], k["key_id"]):
            yield f"keys {n}"
    for n, h in enumerate(vectors["headers"]):
        if is_header(bytes.fromhex(h["data"])) != h["taken"]:
            yield f"headers {n} ({h['why']})"
    for n, v in enumerate(vectors["envelopes"]):
        private, header = bytes.fromhex(v["private"]), bytes.fromhex(v["header"])
        found = open_envelope(private, bytes.fromhex(v["envelope"]))
        wanted = {name: bytes.fromhex(value) for name, value in (v["contents"] or {}).items()}
        sealed = not wanted or v["envelope"] == (
            seal(
                private,
                bytes.fromhex(v["ephemeral"]),
                bytes.fromhex(vectors["lattice"]),
                header,
                packed(header, wanted),
            ).hex()
        )
        if found != (wanted or v["code"]) or not sealed:
            yield f"envelopes {n} ({v['why']})"


def library_faults(vectors: Vectors) -> Iterator[str]:
    """Say which vectors the library does not keep, and whether what it seals opens here."""
    # Here and not above, so that --check runs where the library is not installed.
    from obq_privacy import crypto  # noqa: PLC0415
    from obq_privacy.crypto import EnvelopeHeader, EnvelopeKey  # noqa: PLC0415
    from obq_privacy.errors import EnvelopeError  # noqa: PLC0415

    for n, k in enumerate(vectors["keys"]):
        pair = EnvelopeKey.of(bytes.fromhex(k["private"]))
        if (pair.private.hex(), pair.public.hex(), pair.key_id.hex()) != (k["private"], k["public"], k["key_id"]):
            yield f"library: keys {n}"
    for n, h in enumerate(vectors["headers"]):
        data = bytes.fromhex(h["data"])
        parsed = EnvelopeHeader.parse(data)
        if (parsed is not None) != h["taken"] or (parsed is not None and parsed.spelled() != data):
            yield f"library: headers {n} ({h['why']})"
    for n, v in enumerate(vectors["envelopes"]):
        key = EnvelopeKey.of(bytes.fromhex(v["private"]))
        wanted = {name: bytes.fromhex(value) for name, value in (v["contents"] or {}).items()}
        try:
            header, found = crypto.open_envelope(key, bytes.fromhex(v["envelope"]))
            anew = crypto.seal_envelope(key.public, header, found)
            holds = (header.spelled().hex(), found) == (v["header"], wanted)
            holds = holds and open_envelope(bytes.fromhex(v["private"]), anew) == wanted
        except EnvelopeError as error:
            holds = error.code == v["code"]
        if not holds:
            yield f"library: envelopes {n} ({v['why']})"


# ── Making them ───────────────────────────────────────────────────────────────────────────────────────────


def drawn(name: str, size: int) -> bytes:
    """Return bytes that are the same in every run and plainly not random."""
    return hashlib.shake_128(f"obq-privacy vectors: {name}".encode()).digest(size)


PRIVATE = {suite: bytes([suite]) + drawn(f"envelope key {suite}", 32) for suite in KEMS}


def spelled(**changed: object) -> bytes:
    """Return a header with what is changed in it."""
    field: dict[str, object] = {
        "name": "consignee",
        "person": 0,
        "items": ["consignee-name"],
        "spelling": "str",
        "sensitivity": 1,
        "categories": ["name"],
        "wide": ["delivery"],
        "exact": [],
        "regions": ["CN"],
        "sources": ["subject"],
        "versions": ["2026-11"],
        "collected": [1_793_600_000, 1_793_600_000],
        "until": 1_801_376_000,
    }
    form: dict[str, object] = {
        "id": drawn("envelope id", 16).hex(),
        "sender": "Example Shop",
        "recipient": "parcel-express",
        "purpose": "delivery",
        "version": "2026-11",
        "made": 1_793_700_000,
        "fields": [field],
    }
    for name, part in changed.items():
        (form if name in form else field)[name] = part
    if isinstance(changed.get("fields"), list):
        form["fields"] = [{**field, **extra} for extra in cast("list[dict[str, object]]", changed["fields"])]
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def headers() -> list[Header]:
    """Return headers that are taken and headers that are not."""
    plain = spelled()
    taken = [
        ("the worked example", plain),
        ("text beyond ASCII", spelled(name="收货人", sender="商店")),
        ("quotes and control characters", spelled(name='"\\\n\x01')),
        ("two values of two people", spelled(fields=[{}, {"name": "phone", "person": 1, "until": None}])),
        ("no purpose", spelled(wide=[])),
    ]
    refused = [
        ("nothing", b""),
        ("no JSON", b"{"),
        ("a list", b"[]"),
        ("white space", plain.replace(b":", b": ", 1)),
        ("another order", b'{"version":"2026-11",' + plain.replace(b',"version":"2026-11"}', b"}")[1:]),
        ("a needless escape", spelled().replace(b'"Example', b'"\\u0045xample')),
        ("a name twice", b'{"id":"",' + plain[1:]),
        ("a part too many", plain.replace(b'"version":"2026-11"}', b'"version":"2026-11","x":1}')),
        ("a part missing", plain.replace(b'"sender":"Example Shop",', b"")),
        ("a lone surrogate", spelled(name="\ud800")),
        ("a lone surrogate, escaped", spelled().replace(b'"Example', b'"\\ud800xample')),
        ("an id that is too short", spelled(id="00")),
        ("an id in capitals", spelled(id="A" * 32)),
        ("no value", spelled(fields=[])),
        ("a value without a name", spelled(name="")),
        ("one name for two values", spelled(fields=[{}, {}])),
        ("a truth value for a number", spelled(made=True)),
        ("a fraction", spelled(made=1.5)),
        ("a number that not every reader keeps", spelled(made=2**53)),
        ("a person before the first", spelled(person=-1)),
        ("a sensitivity above the highest", spelled(sensitivity=3)),
        ("text for a list", spelled(items="consignee-name")),
        ("a number in a list of texts", spelled(wide=[1])),
        ("collected for one time", spelled(collected=[1])),
        ("collected backwards", spelled(collected=[2, 1])),
        ("no number that is one", plain.replace(b"1793700000", b"NaN")),
        ("an end that is text", spelled(until="never")),
        ("deep nesting", b"[" * 3000),
    ]
    return [
        *(Header(why=why, data=data.hex(), taken=True) for why, data in taken),
        *(Header(why=why, data=data.hex(), taken=False) for why, data in refused),
    ]


def envelope(why: str, suite: int, lattice: bytes, header: bytes, contents: dict[str, bytes]) -> Envelope:
    """Return an envelope that opens."""
    ephemeral = drawn(f"ephemeral {why} {suite}", 32)
    return {
        "why": why,
        "private": PRIVATE[suite].hex(),
        "ephemeral": ephemeral.hex(),
        "header": header.hex(),
        "contents": {name: value.hex() for name, value in contents.items()},
        "code": "",
        "envelope": seal(PRIVATE[suite], ephemeral, lattice, header, packed(header, contents)).hex(),
    }


def refused(why: str, code: str, suite: int, data: bytes) -> Envelope:
    """Return an envelope that is refused."""
    return {
        "why": why,
        "private": PRIVATE[suite].hex(),
        "ephemeral": "",
        "header": "",
        "contents": None,
        "code": code,
        "envelope": data.hex(),
    }


def flipped(data: bytes, place: int) -> bytes:
    """Return the bytes with one bit changed."""
    place %= len(data)
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def envelopes(lattice: bytes) -> Iterator[Envelope]:
    """Yield envelopes that open and envelopes that do not."""
    two = spelled(fields=[{}, {"name": "phone", "items": ["phone"], "person": 0}])
    for suite in KEMS:
        plain = envelope("the worked example", suite, lattice, spelled(), {"consignee": b"Li Lei"})
        yield plain
        yield envelope("two values", suite, lattice, two, {"phone": b"13800138000", "consignee": "李雷".encode()})
        yield envelope("an empty value", suite, lattice, spelled(), {"consignee": b""})
        yield envelope("a long one", suite, lattice, spelled(), {"consignee": bytes(range(256))})
        data, size = bytes.fromhex(plain["envelope"]), len(spelled())
        other = bytes.fromhex(envelope("another", suite, lattice, spelled(), {"consignee": b"Han Meimei"})["envelope"])
        cut = 26 + size
        for why, code, changed in [
            ("nothing", BROKEN, b""),
            ("the head only", BROKEN, data[:26]),
            ("one byte short", BROKEN, data[:-1]),
            ("one byte too many", BROKEN, data + b"\0"),
            ("one block too many", BROKEN, data + bytes(32)),
            ("another magic", BROKEN, flipped(data, 0)),
            ("version 0", UNKNOWN, data[:4] + b"\0" + data[5:]),
            ("version 2", UNKNOWN, data[:4] + b"\2" + data[5:]),
            ("suite 0", UNKNOWN, data[:5] + b"\0" + data[6:]),
            ("suite 3", UNKNOWN, data[:5] + b"\3" + data[6:]),
            ("another key", ELSEWHERE, flipped(data, 6)),
            ("another label", BROKEN, data.replace(b'"wide":["delivery"]', b'"wide":["research"]')),
            ("a later end", BROKEN, data.replace(b"1801376000", b"1901376000")),
            ("a label that claims more than there is", BROKEN, data[:22] + b"\xff\xff\xff\xff" + data[26:]),
            ("a label that claims one block of ciphertext", BROKEN, data[:25] + bytes([data[25] ^ 32]) + data[26:]),
            ("another encapsulation", BROKEN, flipped(data, cut)),
            ("an encapsulation of zeros", BROKEN, data[: -16 - 32 - 32] + bytes(32) + data[-16 - 32 :]),
            ("the encapsulation of another envelope", BROKEN, data[:cut] + other[cut:-48] + data[-48:]),
            ("a changed ciphertext", BROKEN, flipped(data, -17)),
            ("a changed tag", BROKEN, flipped(data, -1)),
        ]:
            yield refused(why, code, suite, changed)
        for why, header, padded in [
            ("padding with something in it", spelled(), pad(b"\0\0\0\x01v")[:-1] + b"\1"),
            ("a value missing", two, pad(b"\0\0\0\x01v")),
            ("a value too many", spelled(), pad(b"\0\0\0\x01v\0\0\0\x01v")),
            ("a value that claims more than there is", spelled(), pad(b"\0\0\0\x09v")),
            ("an authentic header that is none", b"{}", pad(b"")),
        ]:
            made = seal(PRIVATE[suite], drawn(f"ephemeral {why} {suite}", 32), lattice, header, padded)
            yield refused(why, BROKEN, suite, made)


def made(lattice: str) -> Vectors:
    """Return all vectors."""
    pairs = [Recipient(private) for private in PRIVATE.values()]
    return {
        "format": "obq-privacy envelope vectors, version 1",
        "lattice": lattice,
        "keys": [
            {"private": private.hex(), "public": pair.public.hex(), "key_id": pair.key_id.hex()}
            for private, pair in zip(PRIVATE.values(), pairs, strict=True)
        ],
        "headers": headers(),
        "envelopes": list(envelopes(bytes.fromhex(lattice))),
    }


def drawn_once() -> str:
    """Return the ciphertext of ML-KEM-768 that is in the file, or draw one."""
    if PLACE.exists():
        return cast("Vectors", json.loads(PLACE.read_text(encoding="ascii")))["lattice"]
    lattice = Recipient(PRIVATE[2]).lattice
    return "" if lattice is None else lattice.public_key().encapsulate()[1].hex()


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description="Check the vectors of docs/formats/envelope.md.")
    parser.add_argument("--check", action="store_true", help="with an implementation of its own")
    parser.add_argument("--library", action="store_true", help="through the library")
    parser.add_argument("--write", action="store_true", help="make the vectors anew")
    asked = parser.parse_args()
    if not (asked.check or asked.library or asked.write):
        parser.error("say --check, --library or --write")
    if asked.write:
        PLACE.write_text(json.dumps(made(drawn_once()), indent=1) + "\n", encoding="ascii")
    vectors = cast("Vectors", json.loads(PLACE.read_text(encoding="ascii")))
    faults = [*(own_faults(vectors) if asked.check else ()), *(library_faults(vectors) if asked.library else ())]
    for fault in faults:
        sys.stdout.write(f"does not hold: {fault}\n")
    count = len(vectors["keys"]) + len(vectors["headers"]) + len(vectors["envelopes"])
    sys.stdout.write(f"{count} vectors, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
