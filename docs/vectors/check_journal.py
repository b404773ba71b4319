"""Check the vectors of the audit journal (docs/formats/journal.md).

python docs/vectors/check_journal.py --check      with a second implementation that shares no code with the library
python docs/vectors/check_journal.py --library    with the library
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("journal-v1.json").read_text("utf-8"))


def expect(name: str, found: object, expected: object) -> None:
    """Stop with a message unless the two are equal."""
    if found != expected:
        raise SystemExit(f"{name}: found {found!r}, the vector has {expected!r}")


def spelled(*fields: bytes) -> bytes:
    """Put each field behind its length."""
    result = bytearray()
    for field in fields:
        result += len(field).to_bytes(4, "big")
        result += field
    return bytes(result)


def check_facts() -> dict[str, str]:
    """Check texts, digests and ids; return the digests by id."""
    digests: dict[str, str] = {}
    for vector in VECTORS["facts"]:
        said = {("op" if name == "operation" else name): value for name, value in vector["fields"].items() if value}
        said["items"] = sorted(set(said.get("items", [])))
        if not said["items"]:
            del said["items"]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        expect("text of a fact", text, vector["text"])
        digest = hashlib.sha256(spelled(b"obq-privacy/audit-fact/1", text.encode("utf-8"))).hexdigest()
        expect("digest of a fact", digest, vector["digest"])
        expect("id of a fact", digest[:14], vector["id"])
        digests[digest[:14]] = digest
    return digests


def slot_bytes(slot: dict[str, Any]) -> bytes:
    """Spell a slot."""
    if "void" in slot:
        return bytes.fromhex(slot["void"])
    at: int = slot["at"]
    if "anchor" in slot:
        anchor: int = slot["anchor"]
        subject, fact = anchor.to_bytes(8, "little", signed=True) + bytes(8), bytes(7)
    else:
        subject, fact = bytes.fromhex(slot["subject"]), bytes.fromhex(slot["fact"])
    return subject + at.to_bytes(8, "little") + fact + b"\xa5"


def check_segments() -> None:
    """Check that the parts of each file, put together by hand, are the file."""
    for vector in VECTORS["segments"]:
        head = vector["header"]
        content = b"OBQJRNL\0"
        content += (1).to_bytes(2, "little") + (32).to_bytes(2, "little") + head["slots"].to_bytes(4, "little")
        content += bytes.fromhex(head["journal"]) + head["segment"].to_bytes(4, "little")
        content += head["pid"].to_bytes(4, "little") + head["anchor"].to_bytes(8, "little", signed=True)
        content = content.ljust(64, b"\0") + b"".join(map(slot_bytes, vector["slots"]))
        content = content.ljust(64 + 32 * head["slots"], b"\0")
        expect("file of a segment", content.hex(), vector["file"])


def decoded(row: dict[str, Any]) -> Iterator[tuple[int, int, str, str]]:
    """Yield index, wall time, subject and fact id of the records of a row."""
    data, anchor = bytes.fromhex(row["data"]), row["anchor"]
    for index in range(len(data) // 32):
        slot = data[32 * index : 32 * index + 32]
        if slot[31] != 0xA5:
            continue
        if slot[24:31] == bytes(7):
            anchor = int.from_bytes(slot[:8], "little", signed=True)
            continue
        yield index, int.from_bytes(slot[16:24], "little") + anchor, slot[:16].hex(), slot[24:31].hex()


def check_chain(digests: dict[str, str]) -> None:
    """Check that each row holds slots of its file, hashes what it should, and is indexed by what it holds."""
    files = {(each["header"]["journal"], each["header"]["segment"]): each for each in VECTORS["segments"]}
    prev, entries = "00" * 32, list[dict[str, Any]]()
    for number, row in enumerate(VECTORS["chain"], 1):
        start = 2 * (64 + 32 * row["first"])
        file = files[row["journal"], row["segment"]]["file"]
        expect("slots of a row", file[start : start + len(row["data"])], row["data"])
        records = list(decoded(row))
        pairs = sorted({(subject, fact) for _, _, subject, fact in records})
        content = spelled(
            b"obq-privacy/audit-segment/1",
            bytes.fromhex(row["journal"]),
            row["segment"].to_bytes(4, "big"),
            row["first"].to_bytes(4, "big"),
            row["anchor"].to_bytes(8, "big", signed=True),
            b"".join(bytes.fromhex(digests[fact]) for fact in sorted({fact for _, fact in pairs})),
            bytes.fromhex(row["data"]),
        )
        inner = hashlib.sha256(content).digest()
        outer = spelled(b"obq-privacy/audit-chain/1", bytes.fromhex(prev), number.to_bytes(8, "big"), inner)
        expect("number of a row", row["seq"], number)
        expect("hash before a row", row["prev"], prev)
        expect("hash of a row", hashlib.sha256(outer).hexdigest(), row["hash"])
        expect("pairs of a row", pairs, [tuple(pair) for pair in row["pairs"]])
        times = [wall for _, wall, _, _ in records] or [0]
        expect("times of a row", (min(times), max(times)), (row["since"], row["until"]))
        prev = row["hash"]
        entries += [
            {
                "wall_ns": wall,
                "subject": subject if int(subject, 16) else "",
                "fact": fact,
                "seq": number,
                "index": index,
            }
            for index, wall, subject, fact in records
        ]
    expect("entries", entries, VECTORS["entries"])
    expect("head", f"{len(VECTORS['chain'])}:{prev}", VECTORS["head"])


def check_library() -> None:
    """Check the same through the library's public functions."""
    from obq_privacy.audit import GENESIS, AuditLog, Fact, FactRow, Head, SegmentRow, link, parse_segment  # noqa: PLC0415

    facts = {fact.id: fact for fact in (Fact(**vector["fields"]) for vector in VECTORS["facts"])}
    for fact, vector in zip(facts.values(), VECTORS["facts"], strict=True):
        expect(
            "a fact", (fact.text, fact.digest.hex(), fact.id.hex()), (vector["text"], vector["digest"], vector["id"])
        )
        expect("a fact read back", Fact.parse(vector["text"]), fact)
    batches = {
        (batch.journal, batch.segment): batch
        for vector in VECTORS["segments"]
        if (batch := parse_segment(bytes.fromhex(vector["file"])))
    }
    rows: list[SegmentRow] = []
    head = GENESIS
    for vector in VECTORS["chain"]:
        whole = batches[bytes.fromhex(vector["journal"]), vector["segment"]]
        part = whole._replace(data=whole.data[: 32 * vector["first"] + len(vector["data"]) // 2])
        row = link(
            head, part, position=vector["first"], digest_of=lambda fact: facts[fact].digest if fact in facts else None
        )
        if row is None:
            raise SystemExit("a row of the vectors is not linked")
        for name, value in row._asdict().items():
            expect(f"{name} of a row", value.hex() if isinstance(value, bytes) else value, vector[name])
        expect("pairs", sorted([subject.hex(), fact.hex()] for subject, fact in row.pairs), vector["pairs"])
        rows.append(row)
        head = row.head

    class Store:
        """What reading needs of a store."""

        def add_facts(self, facts: object, /) -> None:
            raise NotImplementedError

        def append_segments(self, batches: object, /) -> None:
            raise NotImplementedError

        def fact(self, fact: bytes, /) -> FactRow | None:
            known = facts.get(fact)
            return FactRow(known.id, known.digest, known.text) if known else None

        def segments(
            self, *, after: int = 0, subject: bytes | None = None, since: int | None = None, until: int | None = None
        ) -> Iterator[SegmentRow]:
            del subject, since, until
            return iter(rows[after:])

        def pairs(self, seq: int, /) -> frozenset[tuple[bytes, bytes]]:
            return rows[seq - 1].pairs

        def head(self) -> Head:
            return head

    log = AuditLog(Store(), flush=lambda: None)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    expect("head", str(log.verify(Head.parse(VECTORS["head"]))), VECTORS["head"])
    for entry, vector in zip(log.entries(), VECTORS["entries"], strict=True):
        expect("time of an entry", entry.at, epoch + timedelta(microseconds=vector["wall_ns"] // 1000))
        found = {"subject": entry.subject, "fact": entry.fact.id.hex(), "seq": entry.seq, "index": entry.index}
        expect("an entry", found, {name: vector[name] for name in found})


def main() -> None:
    """Do what the argument says."""
    match sys.argv[1:]:
        case ["--check"]:
            check_segments()
            check_chain(check_facts())
        case ["--library"]:
            check_library()
        case _:
            raise SystemExit(__doc__)
    sys.stdout.write("the vectors of the audit journal hold\n")


if __name__ == "__main__":
    main()
