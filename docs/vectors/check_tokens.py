"""Check the vectors of docs/formats/token.md with an implementation of its own.

    python docs/vectors/check_tokens.py --check      every vector, with nothing but the cryptography package
    python docs/vectors/check_tokens.py --library    every vector, through the library
    python docs/vectors/check_tokens.py --write      make the vectors anew, which only a new format version may need

`--check` and `--library` can stand together. The exit status is 0 if everything holds, 1 if not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = Path(__file__).with_name("token-v1.json")
Field = bytes | str | int


class Encoding(TypedDict):
    """Typed fields (`{"s": text}`, `{"b": hex}`, `{"i": number}`) and their encoding."""

    domain: str
    fields: list[dict[str, str | int]]
    encoded: str


class Padding(TypedDict):
    """Content and padded content, both in hex; content None: these bytes must be refused."""

    content: str | None
    padded: str


class Wrapping(TypedDict):
    """A data key wrapped under a key-encryption key."""

    kek: str
    version: int
    key_id: str
    subject: str
    nonce: str
    key: str
    context: str
    wrapped: str


class Sealing(TypedDict):
    """A value, everything that it is bound to, and its token; plaintext None: the token must be refused."""

    why: str
    key: str
    key_id: str
    subject: str
    item: str
    record: str
    label: str
    nonce: str
    plaintext: str | None
    token: str


class Lookup(TypedDict):
    """A subject id and what it is found under."""

    key: str
    subject_id: str
    lookup: str


class Memory(TypedDict):
    """Typed fields and the associated data of a value in memory."""

    fields: list[dict[str, str | int]]
    context: str


class KeyFileText(TypedDict):
    """Key-encryption keys by version and the text of their file; versions None: the text must be refused."""

    versions: dict[str, str] | None
    text: str


class Vectors(TypedDict):
    """The whole file."""

    format: str
    encodings: list[Encoding]
    paddings: list[Padding]
    wrappings: list[Wrapping]
    sealings: list[Sealing]
    lookups: list[Lookup]
    memories: list[Memory]
    key_files: list[KeyFileText]


# ── The format, written a second time ─────────────────────────────────────────────────────────────────────


def encode(domain: str, *fields: Field) -> bytes:
    """Encode fields as the document says."""
    name = domain.encode("utf-8", "surrogatepass")
    out = struct.pack(">I", len(name)) + name
    for field in fields:
        if isinstance(field, str):
            kind, content = b"s", field.encode("utf-8", "surrogatepass")
        elif isinstance(field, bytes):
            kind, content = b"b", field
        else:
            kind, content = b"i", struct.pack(">q", field)
        out += kind + struct.pack(">I", len(content)) + content
    return out


def pad(content: bytes) -> bytes:
    """Pad as the document says."""
    out = struct.pack(">I", len(content)) + content
    while len(out) % 32:
        out += b"\0"
    return out


def unpad(padded: bytes) -> bytes | None:
    """Undo it, None if it is not exactly what padding makes."""
    if len(padded) < 4:
        return None
    content = padded[4 : 4 + struct.unpack(">I", padded[:4])[0]]
    return content if pad(content) == padded else None


def seal(v: Sealing, plaintext: bytes) -> bytes:
    """Make the token of a vector."""
    key_id, nonce, label = (bytes.fromhex(v[name]) for name in ("key_id", "nonce", "label"))
    facts = encode("obq-privacy/seal/1", 1, 1, key_id, v["subject"], v["item"], label, v["record"])
    head = struct.pack(">BB16s12sH", 1, 1, key_id, nonce, len(label))
    return head + label + AESGCM(bytes.fromhex(v["key"])).encrypt(nonce, pad(plaintext), facts)


def open_token(v: Sealing) -> bytes | None:
    """Open the token of a vector, None if it is refused."""
    token = bytes.fromhex(v["token"])
    if len(token) < 32:
        return None
    version, suite, key_id, nonce, size = struct.unpack(">BB16s12sH", token[:32])
    label, body = token[32 : 32 + size], token[32 + size :]
    if (version, suite, key_id) != (1, 1, bytes.fromhex(v["key_id"])) or len(label) != size or len(body) < 16:
        return None
    facts = encode("obq-privacy/seal/1", version, suite, key_id, v["subject"], v["item"], label, v["record"])
    try:
        return unpad(AESGCM(bytes.fromhex(v["key"])).decrypt(nonce, body, facts))
    except InvalidTag:
        return None


def wrap_context(v: Wrapping) -> bytes:
    """Return what a wrapped key is bound to."""
    return encode("obq-privacy/wrap/1", bytes.fromhex(v["key_id"]), v["subject"], v["version"])


def wrap(v: Wrapping) -> bytes:
    """Wrap the data key of a vector."""
    nonce = bytes.fromhex(v["nonce"])
    return nonce + AESGCM(bytes.fromhex(v["kek"])).encrypt(nonce, bytes.fromhex(v["key"]), wrap_context(v))


def lookup(v: Lookup) -> bytes:
    """Return what a subject id is found under."""
    return hmac.new(bytes.fromhex(v["key"]), encode("obq-privacy/lookup/1", v["subject_id"]), "sha256").digest()


def key_file(versions: dict[str, str]) -> str:
    """Write a key file."""
    lines = ["obq-privacy-keys 1"]
    lines += [f"{version} {base64.b64encode(bytes.fromhex(key)).decode()}" for version, key in versions.items()]
    body = "".join(line + "\n" for line in lines)
    return f"{body}sha256 {hashlib.sha256(body.encode()).hexdigest()}\n"


def read_key_file(text: str) -> dict[str, str] | None:
    """Read a key file, None if it is refused."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != "obq-privacy-keys 1" or lines[-1]:
        return None
    found: dict[str, str] = {}
    for line in lines[1:-2]:
        version, _, key = line.partition(" ")
        try:
            found[version] = base64.b64decode(key, validate=True).hex()
        except ValueError:
            return None
        if not version.isdigit() or str(int(version)) != version or len(found[version]) != 64:
            return None
    ordered = dict(sorted(found.items(), key=lambda pair: int(pair[0])))
    return found if key_file(ordered) == text and "0" not in found else None


def fields(typed: list[dict[str, str | int]]) -> list[Field]:
    """Read typed fields."""
    found: list[Field] = []
    for field in typed:
        ((kind, content),) = field.items()
        found.append(bytes.fromhex(str(content)) if kind == "b" else content)
    return found


def own_faults(vectors: Vectors) -> Iterator[str]:
    """Say which vectors do not hold."""
    for n, e in enumerate(vectors["encodings"]):
        if encode(e["domain"], *fields(e["fields"])).hex() != e["encoded"]:
            yield f"encodings {n}"
    for n, p in enumerate(vectors["paddings"]):
        content = unpad(bytes.fromhex(p["padded"]))
        if (None if content is None else content.hex()) != p["content"]:
            yield f"paddings {n}"
    for n, w in enumerate(vectors["wrappings"]):
        if wrap(w).hex() != w["wrapped"] or wrap_context(w).hex() != w["context"]:
            yield f"wrappings {n}"
    for n, s in enumerate(vectors["sealings"]):
        plaintext = open_token(s)
        sealed = s["plaintext"] is None or seal(s, bytes.fromhex(s["plaintext"])).hex() == s["token"]
        if (None if plaintext is None else plaintext.hex()) != s["plaintext"] or not sealed:
            yield f"sealings {n} ({s['why']})"
    for n, x in enumerate(vectors["lookups"]):
        if lookup(x).hex() != x["lookup"]:
            yield f"lookups {n}"
    for n, m in enumerate(vectors["memories"]):
        if hashlib.sha256(encode("obq-privacy/memory/1", *fields(m["fields"]))).hexdigest() != m["context"]:
            yield f"memories {n}"
    for n, k in enumerate(vectors["key_files"]):
        if read_key_file(k["text"]) != k["versions"]:
            yield f"key_files {n}"


def library_faults(vectors: Vectors) -> Iterator[str]:
    """Say which vectors the library does not keep."""
    # Here and not above, so that --check runs where the library is not installed.
    from obq_privacy import crypto  # noqa: PLC0415
    from obq_privacy.crypto import _keyfile, _provider, _token  # noqa: PLC0415
    from obq_privacy.errors import SealBroken  # noqa: PLC0415

    def broken(call: object, *args: object, **named: object) -> bytes | None:
        try:
            return cast("bytes", call(*args, **named)) if callable(call) else None
        except SealBroken:
            return None

    for n, e in enumerate(vectors["encodings"]):
        if crypto.encode(e["domain"], *fields(e["fields"])).hex() != e["encoded"]:
            yield f"library: encodings {n}"
    for n, p in enumerate(vectors["paddings"]):
        content = broken(crypto.unpad, bytes.fromhex(p["padded"]))
        padded = p["content"] is None or crypto.pad(bytes.fromhex(p["content"])).hex() == p["padded"]
        if (None if content is None else content.hex()) != p["content"] or not padded:
            yield f"library: paddings {n}"
    for n, w in enumerate(vectors["wrappings"]):
        opened = _provider.unwrap_under(
            AESGCM(bytes.fromhex(w["kek"])),
            bytes.fromhex(w["wrapped"]),
            crypto.encode("obq-privacy/wrap/1", bytes.fromhex(w["key_id"]), w["subject"], w["version"]),
        )
        if opened is None or opened.hex() != w["key"]:
            yield f"library: wrappings {n}"
    for n, s in enumerate(vectors["sealings"]):
        key = crypto.DataKey(bytes.fromhex(s["key_id"]), s["subject"], bytes.fromhex(s["key"]))
        place = {"item": s["item"], "record": s["record"]}
        token = broken(crypto.Token.parse, bytes.fromhex(s["token"]))
        plaintext = None if token is None else broken(crypto.open_token, key, token, **place)
        sealed = (
            s["plaintext"] is None
            or s["token"]
            == _token._seal_with(
                bytes.fromhex(s["nonce"]),
                key,
                label=bytes.fromhex(s["label"]),
                plaintext=bytes.fromhex(s["plaintext"]),
                item=s["item"],
                record=s["record"],
            ).hex()
        )
        if (None if plaintext is None else plaintext.hex()) != s["plaintext"] or not sealed:
            yield f"library: sealings {n} ({s['why']})"
    for n, x in enumerate(vectors["lookups"]):
        if crypto.lookup(crypto.DataKey(bytes(16), "", bytes.fromhex(x["key"])), x["subject_id"]).hex() != x["lookup"]:
            yield f"library: lookups {n}"
    for n, m in enumerate(vectors["memories"]):
        if crypto.memory_context(*fields(m["fields"])).hex() != m["context"]:
            yield f"library: memories {n}"
    for n, k in enumerate(vectors["key_files"]):
        parsed = _keyfile._parse(k["text"].encode())
        held = None if isinstance(parsed, str) else {int(v): bytes.fromhex(h) for v, h in (k["versions"] or {}).items()}
        if (held is None) != (k["versions"] is None) or (
            held and _keyfile._text(_provider.Versions(held)) != k["text"].encode()
        ):
            yield f"library: key_files {n}"


# ── Making them ───────────────────────────────────────────────────────────────────────────────────────────


def drawn(name: str, size: int) -> str:
    """Return bytes in hex that are the same in every run and plainly not random."""
    return hashlib.shake_128(f"obq-privacy vectors: {name}".encode()).hexdigest(size)


def sealing(why: str, plaintext: bytes | None = None, token: bytes = b"", **changed: str) -> Sealing:
    """Return a vector of the first key, with what is changed in it."""
    made: Sealing = {
        "why": why,
        "key": drawn("data key", 32),
        "key_id": drawn("key id", 16),
        "subject": drawn("subject", 16),
        "item": "bank-card",
        "record": "order-881",
        "label": b'{"items":["bank-card"]}'.hex(),
        "nonce": drawn("nonce " + why, 12),
        "plaintext": None,
        "token": "",
    }
    made = cast("Sealing", {**made, **changed})
    if plaintext is not None:
        made["plaintext"] = plaintext.hex()
        token = seal(made, plaintext)
    made["token"] = token.hex()
    return made


def sealings() -> list[Sealing]:
    """Return tokens that open and tokens that do not."""
    plain = sealing("the worked example", b"6222021234567890128")
    token = bytes.fromhex(plain["token"])
    body = 32 + len(bytes.fromhex(plain["label"]))
    other = {"key_id": drawn("other key id", 16), "key": drawn("other data key", 32)}
    ragged = sealing("a label that claims more than there is")
    return [
        plain,
        sealing("nothing inside", b""),
        sealing("28 bytes fill one block", bytes(range(28))),
        sealing("29 bytes need two", bytes(range(29))),
        sealing("no label", b"\0", label=""),
        sealing("a label longer than a block", b"x", label="6c" * 300),
        sealing("text beyond ASCII", "李雷".encode(), item="姓名", record="订单-881"),
        sealing("no record", b"v", record=""),
        sealing("another subject", token=token, subject=drawn("other subject", 16)),
        sealing("another item", token=token, item="bank-card2"),
        sealing("another record", token=token, record="order-882"),
        sealing("item and record run into each other", token=token, item="bank-cardo", record="rder-881"),
        sealing("another key under the same id", token=token, key=other["key"]),
        sealing("another key id", token=token, key_id=other["key_id"]),
        sealing("another label", token=token[:32] + b'{"items":["other-one"]}' + token[body:]),
        sealing("version 0", token=b"\0" + token[1:]),
        sealing("version 2", token=b"\2" + token[1:]),
        sealing("suite 0", token=token[:1] + b"\0" + token[2:]),
        sealing("suite 2", token=token[:1] + b"\2" + token[2:]),
        sealing("another nonce", token=token[:18] + bytes(12) + token[30:]),
        sealing("a changed last byte", token=token[:-1] + bytes([token[-1] ^ 1])),
        sealing(
            "a changed first byte of the ciphertext",
            token=token[:body] + bytes([token[body] ^ 128]) + token[body + 1 :],
        ),
        sealing("one byte short", token=token[:-1]),
        sealing("one byte too many", token=token + b"\0"),
        sealing("one block too many", token=token + bytes(32)),
        sealing("the head only", token=token[:32]),
        sealing("nothing", token=b""),
        cast("Sealing", {**ragged, "token": (token[:30] + b"\xff\xff" + token[32:]).hex()}),
        sealing("padding of zeros missing", token=unpadded(plain, b"\0\0\0\x01v")),
        sealing("padding with something in it", token=unpadded(plain, b"\0\0\0\x01v" + bytes(26) + b"\x01")),
        sealing("padding one block too long", token=unpadded(plain, b"\0\0\0\x01v" + bytes(59))),
        sealing("a length beyond the end", token=unpadded(plain, b"\0\0\0\x1d" + bytes(28))),
    ]


def unpadded(v: Sealing, padded: bytes) -> bytes:
    """Return an authentic token with padding that no writer makes."""
    key_id, nonce, label = (bytes.fromhex(v[name]) for name in ("key_id", "nonce", "label"))
    facts = encode("obq-privacy/seal/1", 1, 1, key_id, v["subject"], v["item"], label, v["record"])
    head = struct.pack(">BB16s12sH", 1, 1, key_id, nonce, len(label))
    return head + label + AESGCM(bytes.fromhex(v["key"])).encrypt(nonce, padded, facts)


def made() -> Vectors:
    """Return all vectors."""
    samples: list[tuple[str, list[dict[str, str | int]]]] = [
        ("", []),
        ("obq-privacy/example/1", [{"s": "a"}, {"b": "61"}, {"i": 97}]),
        ("obq-privacy/example/1", [{"s": ""}, {"b": ""}, {"i": 0}]),
        ("obq-privacy/example/1", [{"i": -1}, {"i": 2**63 - 1}, {"i": -(2**63)}]),
        ("obq-privacy/example/1", [{"s": "ab"}, {"s": "c"}]),
        ("obq-privacy/example/1", [{"s": "a"}, {"s": "bc"}]),
        ("obq-privacy/example/1", [{"s": "李雷 \U0001f512"}, {"s": "\ud83d"}, {"b": "00ff"}]),
    ]
    wrapping: Wrapping = {
        "kek": drawn("kek", 32),
        "version": 1,
        "key_id": drawn("key id", 16),
        "subject": drawn("subject", 16),
        "nonce": drawn("wrap nonce", 12),
        "key": drawn("data key", 32),
        "context": "",
        "wrapped": "",
    }
    wrappings = [wrapping, cast("Wrapping", {**wrapping, "version": 2, "subject": "", "nonce": drawn("wrap 2", 12)})]
    for w in wrappings:
        w["context"], w["wrapped"] = wrap_context(w).hex(), wrap(w).hex()
    lookups: list[Lookup] = [
        {"key": drawn("store key", 32), "subject_id": name, "lookup": ""} for name in ("shopper-42", "", "李雷")
    ]
    for x in lookups:
        x["lookup"] = lookup(x).hex()
    memory: list[dict[str, str | int]] = [{"s": drawn("subject", 16)}, {"s": "bank-card"}, {"b": "00ff"}, {"i": 7}]
    one, two = drawn("kek", 32), drawn("kek 2", 32)
    text = key_file({"1": one, "2": two})
    return {
        "format": "obq-privacy token vectors, version 1",
        "encodings": [{"domain": d, "fields": f, "encoded": encode(d, *fields(f)).hex()} for d, f in samples],
        "paddings": [
            *(Padding(content=c.hex(), padded=pad(c).hex()) for c in (b"", b"v", bytes(28), b"\xff" * 29, bytes(60))),
            *(Padding(content=None, padded=p.hex()) for p in (b"", bytes(31), bytes(33), bytes(64), b"\xff" * 32)),
            Padding(content=None, padded=(b"\0\0\0\x01v" + bytes(26) + b"\x01").hex()),
        ],
        "wrappings": wrappings,
        "sealings": sealings(),
        "lookups": lookups,
        "memories": [
            {"fields": f, "context": hashlib.sha256(encode("obq-privacy/memory/1", *fields(f))).hexdigest()}
            for f in (memory, memory[:2])
        ],
        "key_files": [
            {"versions": {"1": one}, "text": key_file({"1": one})},
            {"versions": {"1": one, "2": two}, "text": text},
            {"versions": {"7": two, "12": one}, "text": key_file({"7": two, "12": one})},
            {"versions": None, "text": ""},
            {"versions": None, "text": text[:-1]},
            {"versions": None, "text": text + "\n"},
            {"versions": None, "text": text.replace("keys 1", "keys 2")},
            {"versions": None, "text": key_file({"2": two, "1": one})},
            {"versions": None, "text": key_file({"0": one})},
            {"versions": None, "text": key_file({"01": one})},
            {"versions": None, "text": key_file({"1": one[:-2]})},
            {"versions": None, "text": key_file({})},
        ],
    }


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description="Check the vectors of docs/formats/token.md.")
    parser.add_argument("--check", action="store_true", help="with an implementation of its own")
    parser.add_argument("--library", action="store_true", help="through the library")
    parser.add_argument("--write", action="store_true", help="make the vectors anew")
    asked = parser.parse_args()
    if not (asked.check or asked.library or asked.write):
        parser.error("say --check, --library or --write")
    if asked.write:
        PLACE.write_text(json.dumps(made(), indent=1) + "\n", encoding="ascii")
    vectors = cast("Vectors", json.loads(PLACE.read_text(encoding="ascii")))
    faults = [*(own_faults(vectors) if asked.check else ()), *(library_faults(vectors) if asked.library else ())]
    for fault in faults:
        sys.stdout.write(f"does not hold: {fault}\n")
    count = sum(len(cast("list[object]", part)) for part in vectors.values() if part != vectors["format"])
    sys.stdout.write(f"{count} vectors, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
